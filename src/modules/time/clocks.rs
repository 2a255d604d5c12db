//! The system's clocks, and sleeping.

use crate::modules::_thread::interruptible;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{float, int, protocol, simple_namespace};
use crate::sync::Wake;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Reads a clock; the error is that of the system.
pub fn nanoseconds(clock: libc::clockid_t) -> Result<i64, i32> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is ours.
    match unsafe { libc::clock_gettime(clock, &mut time) } {
        0 => Ok(time.tv_sec.saturating_mul(SECOND).saturating_add(time.tv_nsec)),
        _ => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)),
    }
}

/// Nanoseconds as seconds: exact for whole seconds.
fn seconds(t: &Thread, nanoseconds: i64) -> Value {
    let seconds = match nanoseconds % SECOND {
        0 => (nanoseconds / SECOND) as f64,
        _ => nanoseconds as f64 / SECOND as f64,
    };
    float::new(t, seconds)
}

/// A clock that the module reads under a name of its own.
pub struct Clock {
    name: &'static str,
    id: libc::clockid_t,
    implementation: &'static str,
    monotonic: bool,
    adjustable: bool,
}

static CLOCKS: [Clock; 5] = [
    Clock {
        name: "time",
        id: libc::CLOCK_REALTIME,
        implementation: "clock_gettime(CLOCK_REALTIME)",
        monotonic: false,
        adjustable: true,
    },
    Clock {
        name: "monotonic",
        id: libc::CLOCK_MONOTONIC,
        implementation: "clock_gettime(CLOCK_MONOTONIC)",
        monotonic: true,
        adjustable: false,
    },
    Clock {
        name: "perf_counter",
        id: libc::CLOCK_MONOTONIC,
        implementation: "clock_gettime(CLOCK_MONOTONIC)",
        monotonic: true,
        adjustable: false,
    },
    Clock {
        name: "process_time",
        id: libc::CLOCK_PROCESS_CPUTIME_ID,
        implementation: "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)",
        monotonic: true,
        adjustable: false,
    },
    Clock {
        name: "thread_time",
        id: libc::CLOCK_THREAD_CPUTIME_ID,
        implementation: "clock_gettime(CLOCK_THREAD_CPUTIME_ID)",
        monotonic: true,
        adjustable: false,
    },
];

/// Reads a clock. The monotonic one is the clock of all deadlines, which a script of the lab sets.
fn read(t: &Thread, clock: libc::clockid_t) -> R<i64> {
    if clock == libc::CLOCK_MONOTONIC {
        return Ok(t.interp.scheduler.now() as i64);
    }
    nanoseconds(clock).map_err(|errno| t.os_error(errno))
}

macro_rules! clock_functions {
    ($($name:ident $name_ns:ident $clock:expr;)*) => { $(
        pub fn $name(t: &Thread, _: &Value) -> R {
            read(t, $clock).map(|ns| seconds(t, ns))
        }

        pub fn $name_ns(t: &Thread, _: &Value) -> R {
            read(t, $clock).map(|ns| int::new(t, ns))
        }
    )* };
}

clock_functions! {
    time time_ns libc::CLOCK_REALTIME;
    monotonic monotonic_ns libc::CLOCK_MONOTONIC;
    process_time process_time_ns libc::CLOCK_PROCESS_CPUTIME_ID;
    thread_time thread_time_ns libc::CLOCK_THREAD_CPUTIME_ID;
}

pub fn get_clock_info(t: &Thread, _: &Value, args: &[Value]) -> R {
    let [name] = args else {
        return Err(t.type_error(format!("get_clock_info() takes exactly 1 argument ({} given)", args.len())));
    };
    let Some(text) = name.cast::<Str>() else {
        let given = name.type_of(t).name_str();
        return Err(t.type_error(format!("get_clock_info() argument 1 must be str, not {given}")));
    };
    let Some(clock) = CLOCKS.iter().find(|clock| text.is(clock.name)) else {
        return Err(t.value_error("unknown clock"));
    };
    simple_namespace::make(
        t,
        [
            (t.intern("implementation"), t.str(clock.implementation)),
            (t.intern("monotonic"), Value::bool(clock.monotonic)),
            (t.intern("adjustable"), Value::bool(clock.adjustable)),
            (t.intern("resolution"), resolution(t, clock.id)?),
        ],
    )
}

fn resolution(t: &Thread, clock: libc::clockid_t) -> R {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is ours.
    match unsafe { libc::clock_getres(clock, &mut time) } {
        0 => Ok(float::new(t, time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)),
        _ => Err(t.last_os_error()),
    }
}

/// A clock's number.
fn clock_id(t: &Thread, v: &Value) -> R<libc::clockid_t> {
    match int::as_i64(v).and_then(|i| libc::clockid_t::try_from(i).ok()) {
        Some(id) => Ok(id),
        None => Err(t.type_error(format!("clk_id should be integer, not {}", v.type_of(t).name_str()))),
    }
}

pub fn clock_gettime(t: &Thread, _: &Value, id: &Value) -> R {
    let ns = nanoseconds(clock_id(t, id)?).map_err(|errno| t.os_error(errno))?;
    Ok(seconds(t, ns))
}

pub fn clock_gettime_ns(t: &Thread, _: &Value, id: &Value) -> R {
    let ns = nanoseconds(clock_id(t, id)?).map_err(|errno| t.os_error(errno))?;
    Ok(int::new(t, ns))
}

pub fn clock_getres(t: &Thread, _: &Value, args: &[Value]) -> R {
    match args {
        [id] => resolution(t, int::arg_i32(t, id)?),
        _ => Err(t.type_error(format!("clock_getres() takes exactly 1 argument ({} given)", args.len()))),
    }
}

fn set_clock(t: &Thread, id: i32, ns: i64) -> R {
    let time = libc::timespec { tv_sec: ns.div_euclid(SECOND), tv_nsec: ns.rem_euclid(SECOND) };
    // SAFETY: the structure is ours.
    match unsafe { libc::clock_settime(id, &time) } {
        0 => Ok(Value::NONE),
        _ => Err(t.last_os_error()),
    }
}

fn clock_and_time<'a>(t: &Thread, args: &'a [Value], name: &str) -> R<(i32, &'a Value)> {
    match args {
        [id, time] => Ok((int::arg_i32(t, id)?, time)),
        _ => Err(t.type_error(format!("{name}() takes exactly 2 arguments ({} given)", args.len()))),
    }
}

pub fn clock_settime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (id, time) = clock_and_time(t, args, "clock_settime")?;
    set_clock(t, id, duration(t, time, f64::floor)?)
}

pub fn clock_settime_ns(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (id, time) = clock_and_time(t, args, "clock_settime_ns")?;
    if !int::is_int(time) {
        return Err(t.type_error(format!("expect int, got {}", time.type_of(t).name_str())));
    }
    match int::as_i64(time) {
        Some(ns) => set_clock(t, id, ns),
        None => Err(out_of_range(t)),
    }
}

pub fn pthread_getcpuclockid(t: &Thread, _: &Value, args: &[Value]) -> R {
    let [id] = args else {
        let given = args.len();
        return Err(t.type_error(format!("pthread_getcpuclockid() takes exactly 1 argument ({given} given)")));
    };
    if !int::is_int(id) {
        let given = id.type_of(t).name_str();
        return Err(t.type_error(format!("pthread_getcpuclockid() argument 1 must be int, not {given}")));
    }
    // The system trusts the number, and reads what it points to: only that of a running thread is safe.
    let ident = int::as_u64(id);
    let threads = t.interp.threads.lock();
    // SAFETY: a thread takes its state out of the table, under this lock, before it ends.
    let runs = |&&address: &&usize| Some(unsafe { (*(address as *const Thread)).ident }) == ident;
    let found = ident == Some(t.ident) || threads.iter().find(runs).is_some();
    let mut clock = 0;
    let errno = match (found, ident) {
        // SAFETY: a running thread's identifier, and a place of ours.
        (true, Some(ident)) => unsafe { libc::pthread_getcpuclockid(ident as libc::pthread_t, &mut clock) },
        _ => libc::ESRCH,
    };
    drop(threads);
    match errno {
        0 => Ok(Value::small(i64::from(clock))),
        errno => Err(t.os_error(errno)),
    }
}

#[cold]
pub fn out_of_range(t: &Thread) -> Raised {
    t.overflow_error("timestamp out of range for C PyTime_t")
}

/// Seconds, an int or a float, in nanoseconds.
pub fn duration(t: &Thread, v: &Value, round: fn(f64) -> f64) -> R<i64> {
    if let Some(f) = float::as_f64(v) {
        if f.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let ns = round(f * SECOND as f64);
        // As in `moment`: the upper bound is out of range.
        return match (i64::MIN as f64..i64::MAX as f64).contains(&ns) {
            true => Ok(ns as i64),
            false => Err(out_of_range(t)),
        };
    }
    if !int::is_int(v) && v.type_of(t).slots().nb_index.is_none() {
        let name = v.type_of(t).name_str();
        return Err(t.type_error(format!("'{name}' object cannot be interpreted as an integer or float")));
    }
    let i = protocol::index(t, v)?;
    int::as_i64(&i).and_then(|s| s.checked_mul(SECOND)).ok_or_else(|| out_of_range(t))
}

/// Away from zero, so that nobody wakes too early and a negative time stays one.
pub fn away_from_zero(f: f64) -> f64 {
    if f >= 0.0 { f.ceil() } else { f.floor() }
}

pub fn sleep(t: &Thread, _: &Value, time: &Value) -> R {
    let ns = duration(t, time, away_from_zero)?;
    let Ok(ns) = u64::try_from(ns) else { return Err(t.value_error("sleep length must be non-negative")) };
    let deadline = t.interp.scheduler.now().saturating_add(ns);
    interruptible(t, || match t.sched.sleep_until(deadline) {
        Wake::Interrupted => None,
        _ => Some(()),
    })?;
    Ok(Value::NONE)
}
