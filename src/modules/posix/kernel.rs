//! What Linux makes a descriptor of: counters of events, memory, processes, timers; namespaces.

use crate::modules::system::path::fs_converter;
use crate::modules::system::{self, c_int, c_int_or, given};
use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::Cell;

/// An argument of an unsigned C type, whose greatest value is given.
fn unsigned(t: &Thread, v: &Value, most: u64, name: &str) -> R<u64> {
    let i = protocol::index(t, v)?;
    match int::as_u64(&i) {
        Some(n) if n <= most => Ok(n),
        None if int::clamp_isize(&i) < 0 => Err(t.value_error("Cannot convert negative int")),
        _ => Err(t.overflow_error(format!("Python int too large for C {name}"))),
    }
}

fn eventfd(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let start = unsigned(t, given(&a[0]), u32::MAX.into(), "unsigned int")?;
    let flags = c_int_or(t, &a[1], libc::EFD_CLOEXEC)?;
    // SAFETY: takes numbers.
    Ok(Value::small(system::check(t, unsafe { libc::eventfd(start as u32, flags) })?.into()))
}

fn eventfd_read(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = system::file_descriptor(t, given(&a[0]))?;
    let value = Cell::new(0);
    system::ready::before_read(t, fd)?;
    // SAFETY: room for the number.
    system::call(t, || unsafe { libc::eventfd_read(fd, value.as_ptr()) })?;
    Ok(int::from_u64(t, value.get()))
}

fn eventfd_write(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = system::file_descriptor(t, given(&a[0]))?;
    let value = unsigned(t, given(&a[1]), u64::MAX, "unsigned long long")?;
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::eventfd_write(fd, value) })?;
    Ok(Value::NONE)
}

fn memfd_create(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let name = fs_converter(t, given(&a[0]))?;
    let flags = match &a[1] {
        Some(v) => int::as_i64(&protocol::index(t, v)?).unwrap_or(-1) as u32,
        None => libc::MFD_CLOEXEC,
    };
    // SAFETY: the name ends with a zero.
    Ok(Value::small(system::call(t, || unsafe { libc::memfd_create(name.as_ptr(), flags) })?.into()))
}

fn pidfd_open(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (pid, flags) = (c_int(t, given(&a[0]))?, c_int_or(t, &a[1], 0)? as u32);
    // SAFETY: takes numbers.
    Ok(Value::small(system::check(t, unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) })?))
}

fn setns(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (fd, kind) = (system::file_descriptor(t, given(&a[0]))?, c_int_or(t, &a[1], 0)?);
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::setns(fd, kind) })?;
    Ok(Value::NONE)
}

fn unshare(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let flags = c_int(t, given(&a[0]))?;
    // SAFETY: takes a number.
    system::call(t, || unsafe { libc::unshare(flags) })?;
    Ok(Value::NONE)
}

const SECOND: i64 = 1_000_000_000;

fn timespec(nanoseconds: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanoseconds.div_euclid(SECOND), tv_nsec: nanoseconds.rem_euclid(SECOND) }
}

fn nanoseconds(time: libc::timespec) -> i64 {
    time.tv_sec.saturating_mul(SECOND).saturating_add(time.tv_nsec)
}

/// Seconds as nanoseconds, rounded down.
fn seconds(t: &Thread, v: &Option<Value>) -> R<i64> {
    let Some(v) = v else { return Ok(0) };
    let nanoseconds = float::to_f64(t, v)? * 1e9;
    if !(nanoseconds >= i64::MIN as f64 && nanoseconds < i64::MAX as f64) {
        return Err(t.overflow_error("timestamp out of range for C PyTime_t"));
    }
    Ok(nanoseconds.floor() as i64)
}

fn whole(t: &Thread, v: &Option<Value>) -> R<i64> {
    let Some(v) = v else { return Ok(0) };
    let i = protocol::index(t, v)?;
    int::as_i64(&i).ok_or_else(|| t.overflow_error("int too big to convert"))
}

fn in_seconds(t: &Thread, time: libc::timespec) -> Value {
    let n = nanoseconds(time);
    let value = if n % SECOND == 0 { (n / SECOND) as f64 } else { n as f64 / 1e9 };
    float::new(t, value)
}

fn in_nanoseconds(t: &Thread, time: libc::timespec) -> Value {
    int::from_i64(t, nanoseconds(time))
}

fn timerfd_create(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (clock, flags) = (c_int(t, given(&a[0]))?, c_int_or(t, &a[1], 0)? | libc::TFD_CLOEXEC);
    // SAFETY: takes numbers.
    Ok(Value::small(system::call(t, || unsafe { libc::timerfd_create(clock, flags) })?.into()))
}

fn settime(
    t: &Thread,
    a: &[Option<Value>],
    read: fn(&Thread, &Option<Value>) -> R<i64>,
    show: fn(&Thread, libc::timespec) -> Value,
) -> R {
    let (fd, flags) = (system::file_descriptor(t, given(&a[0]))?, c_int_or(t, &a[1], 0)?);
    let new = libc::itimerspec { it_value: timespec(read(t, &a[2])?), it_interval: timespec(read(t, &a[3])?) };
    let old = Cell::new(libc::itimerspec { it_value: timespec(0), it_interval: timespec(0) });
    // SAFETY: reads the new times; room for the old ones.
    system::call(t, || unsafe { libc::timerfd_settime(fd, flags, &new, old.as_ptr()) })?;
    let old = old.into_inner();
    Ok(t.tuple([show(t, old.it_value), show(t, old.it_interval)]))
}

fn gettime(t: &Thread, v: &Value, show: fn(&Thread, libc::timespec) -> Value) -> R {
    let fd = system::file_descriptor(t, v)?;
    let now = Cell::new(libc::itimerspec { it_value: timespec(0), it_interval: timespec(0) });
    // SAFETY: room for the times.
    system::call(t, || unsafe { libc::timerfd_gettime(fd, now.as_ptr()) })?;
    let now = now.into_inner();
    Ok(t.tuple([show(t, now.it_value), show(t, now.it_interval)]))
}

fn timerfd_settime(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    settime(t, a, seconds, in_seconds)
}

fn timerfd_settime_ns(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    settime(t, a, whole, in_nanoseconds)
}

fn timerfd_gettime(t: &Thread, _m: &Value, a: &[Value]) -> R {
    gettime(t, &a[0], in_seconds)
}

fn timerfd_gettime_ns(t: &Thread, _m: &Value, a: &[Value]) -> R {
    gettime(t, &a[0], in_nanoseconds)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "eventfd",
        Func::Bound(eventfd),
        "($module, /, initval, flags=EFD_CLOEXEC)",
        "Creates and returns an event notification file descriptor.",
    ),
    Def::new("eventfd_read", Func::Bound(eventfd_read), "($module, /, fd)", "Read eventfd value"),
    Def::new("eventfd_write", Func::Bound(eventfd_write), "($module, /, fd, value)", "Write eventfd value."),
    Def::new("memfd_create", Func::Bound(memfd_create), "($module, /, name, flags=MFD_CLOEXEC)", ""),
    Def::new(
        "pidfd_open",
        Func::Bound(pidfd_open),
        "($module, /, pid, flags=0)",
        "Return a file descriptor referring to the process *pid*.\n\nThe descriptor can be used to perform process management without races\nand signals.",
    ),
    Def::new(
        "setns",
        Func::Bound(setns),
        "($module, /, fd, nstype=0)",
        "Move the calling thread into different namespaces.\n\n  fd\n    A file descriptor to a namespace.\n  nstype\n    Type of namespace.",
    ),
    Def::new(
        "unshare",
        Func::Bound(unshare),
        "($module, /, flags)",
        "Disassociate parts of a process (or thread) execution context.\n\n  flags\n    Namespaces to be unshared.",
    ),
    Def::new(
        "timerfd_create",
        Func::Bound(timerfd_create),
        "($module, clockid, /, *, flags=0)",
        "Create and return a timer file descriptor.\n\n  clockid\n    A valid clock ID constant as timer file descriptor.\n\n    time.CLOCK_REALTIME\n    time.CLOCK_MONOTONIC\n    time.CLOCK_BOOTTIME\n  flags\n    0 or a bit mask of os.TFD_NONBLOCK or os.TFD_CLOEXEC.\n\n    os.TFD_NONBLOCK\n        If *TFD_NONBLOCK* is set as a flag, read doesn't blocks.\n        If *TFD_NONBLOCK* is not set as a flag, read block until the timer fires.\n\n    os.TFD_CLOEXEC\n        If *TFD_CLOEXEC* is set as a flag, enable the close-on-exec flag",
    ),
    Def::new(
        "timerfd_settime",
        Func::Bound(timerfd_settime),
        "($module, fd, /, *, flags=0, initial=0.0, interval=0.0)",
        "Alter a timer file descriptor's internal timer in seconds.\n\n  fd\n    A timer file descriptor.\n  flags\n    0 or a bit mask of TFD_TIMER_ABSTIME or TFD_TIMER_CANCEL_ON_SET.\n  initial\n    The initial expiration time, in seconds.\n  interval\n    The timer's interval, in seconds.",
    ),
    Def::new(
        "timerfd_settime_ns",
        Func::Bound(timerfd_settime_ns),
        "($module, fd, /, *, flags=0, initial=0, interval=0)",
        "Alter a timer file descriptor's internal timer in nanoseconds.\n\n  fd\n    A timer file descriptor.\n  flags\n    0 or a bit mask of TFD_TIMER_ABSTIME or TFD_TIMER_CANCEL_ON_SET.\n  initial\n    initial expiration timing in nanoseconds.\n  interval\n    interval for the timer in nanoseconds.",
    ),
    Def::new(
        "timerfd_gettime",
        Func::Pos(timerfd_gettime, 1, 1),
        "($module, fd, /)",
        "Return a tuple of a timer file descriptor's (next expiration, interval) in float seconds.\n\n  fd\n    A timer file descriptor.",
    ),
    Def::new(
        "timerfd_gettime_ns",
        Func::Pos(timerfd_gettime_ns, 1, 1),
        "($module, fd, /)",
        "Return a tuple of a timer file descriptor's (next expiration, interval) in nanoseconds.\n\n  fd\n    A timer file descriptor.",
    ),
];
