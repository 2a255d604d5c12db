//! Masks of signals, waiting for them, and sending them.

use super::{NSIG, check, number};
use crate::modules::system::{self, c_int};
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::set::Set;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

static SIGINFO: Description = Description::new(
    "signal.struct_siginfo",
    "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    &[
        ("si_signo", "signal number"),
        ("si_code", "signal code"),
        ("si_errno", "errno associated with this signal"),
        ("si_pid", "sending process ID"),
        ("si_uid", "real user ID of sending process"),
        ("si_status", "exit value or signal"),
        ("si_band", "band event for SIGPOLL"),
    ],
    7,
);

/// Adds the type of what is waited for.
pub fn add(t: &Thread, module: &Module) {
    module.set(t, "struct_siginfo", struct_sequence::type_of(t, &SIGINFO));
}

fn empty() -> libc::sigset_t {
    // SAFETY: a zeroed set is an empty one.
    unsafe { std::mem::zeroed() }
}

/// A set of signals from an iterable.
fn parse(t: &Thread, v: &Value) -> R<libc::sigset_t> {
    let mut mask = empty();
    let it = protocol::iter(t, v)?;
    while let Some(item) = protocol::next(t, &it)? {
        // What is too large for a number of C's is out of range, too.
        let signum = t.catch(int::arg_i64(t, &item), |types| &types.overflow_error)?.unwrap_or(-1);
        if !(1..i64::from(NSIG)).contains(&signum) {
            return Err(t.value_error(format!("signal number {signum} out of range [1; {}]", NSIG - 1)));
        }
        // SAFETY: a set of ours. The C library keeps some signals for itself: those are passed over.
        unsafe { libc::sigaddset(&mut mask, signum as i32) };
    }
    Ok(mask)
}

fn to_set(t: &Thread, mask: &libc::sigset_t) -> R {
    let set = Set::make(t);
    for signum in 1..NSIG {
        // SAFETY: a set of ours.
        if unsafe { libc::sigismember(mask, signum) } == 1 {
            set.cast::<Set>().expect("just made").add(t, &Value::small(signum.into()))?;
        }
    }
    Ok(set)
}

fn pthread_sigmask(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let how = c_int(t, &args[0])?;
    let mask = parse(t, &args[1])?;
    let mut old = empty();
    // SAFETY: both are sets of ours.
    system::check_number(t, unsafe { libc::pthread_sigmask(how, &mask, &mut old) })?;
    // What was unblocked has come by now.
    check(t)?;
    to_set(t, &old)
}

fn sigpending(t: &Thread, _m: &Value) -> R {
    let mut mask = empty();
    // SAFETY: a set of ours.
    system::check(t, unsafe { libc::sigpending(&mut mask) })?;
    to_set(t, &mask)
}

fn valid_signals(t: &Thread, _m: &Value) -> R {
    let mut mask = empty();
    // SAFETY: a set of ours.
    system::check(t, unsafe { libc::sigfillset(&mut mask) })?;
    to_set(t, &mask)
}

fn sigwait(t: &Thread, _m: &Value, v: &Value) -> R {
    let mask = parse(t, v)?;
    let mut signum = 0;
    // SAFETY: a set and a number of ours.
    let error = t.blocking(|| unsafe { libc::sigwait(&mask, &mut signum) });
    system::check_number(t, error)?;
    Ok(Value::small(signum.into()))
}

fn info(t: &Thread, info: &libc::siginfo_t) -> R {
    // SAFETY: plain fields of the structure; which of them mean something depends on the signal.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    // The band of `SIGPOLL` lies where the pid does otherwise.
    let band = if info.si_signo == libc::SIGPOLL { i64::from(pid) } else { 0 };
    let values =
        [info.si_signo.into(), info.si_code.into(), info.si_errno.into(), pid.into(), uid.into(), status.into(), band];
    struct_sequence::make(t, &SIGINFO, values.map(|v: i64| int::from_i64(t, v)))
}

fn sigwaitinfo(t: &Thread, _m: &Value, v: &Value) -> R {
    let mask = parse(t, v)?;
    // SAFETY: room for the structure, zeroed.
    let mut found: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let place = &raw mut found;
    // SAFETY: a set and a place of ours.
    system::call(t, || unsafe { libc::sigwaitinfo(&mask, place) })?;
    info(t, &found)
}

fn sigtimedwait(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let mask = parse(t, &args[0])?;
    let seconds = match int::as_i64(&args[1]) {
        Some(i) => i as f64,
        None => float::to_f64(t, &args[1])?,
    };
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(t.value_error("timeout must be non-negative"));
    }
    if seconds > 9.2e9 {
        return Err(t.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs_f64(seconds);
    // SAFETY: room for the structure, zeroed.
    let mut found: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let place = &raw mut found;
    let answer = system::attempt(t, || {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        let left = libc::timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        // SAFETY: a set, a place and a time of ours.
        unsafe { libc::sigtimedwait(&mask, place, &left) }
    })?;
    match answer {
        Ok(_) => info(t, &found),
        Err(libc::EAGAIN) => Ok(Value::NONE),
        Err(error) => Err(t.os_error(error)),
    }
}

fn pause(t: &Thread, _m: &Value) -> R {
    // SAFETY: takes nothing.
    t.blocking(|| unsafe { libc::pause() });
    check(t)?;
    Ok(Value::NONE)
}

fn raise_signal(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let signum = c_int(t, &args[0])?;
    // SAFETY: takes a number.
    let answer = t.blocking(|| unsafe { libc::raise(signum) });
    if answer != 0 {
        return Err(t.last_os_error());
    }
    check(t)?;
    Ok(Value::NONE)
}

fn pthread_kill(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let i = protocol::index(t, &args[0])?;
    let Some(thread) = int::as_u64(&i) else {
        return Err(t.overflow_error("can't convert negative int to unsigned"));
    };
    let signum = c_int(t, &args[1])?;
    // SAFETY: as in CPython, the caller vouches for the thread.
    system::check_number(t, unsafe { libc::pthread_kill(thread as libc::pthread_t, signum) })?;
    check(t)?;
    Ok(Value::NONE)
}

fn pidfd_send_signal(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (fd, signum) = (c_int(t, &args[0])?, number_any(t, &args[1])?);
    if args.get(2).is_some_and(|v| !v.is_none()) {
        return Err(t.type_error("siginfo must be None"));
    }
    let flags = args.get(3).map_or(Ok(0), |v| c_int(t, v))?;
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: takes numbers and no structure.
    system::check(t, unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signum, none, flags) })?;
    Ok(Value::NONE)
}

/// A signal's number that the system is to check.
fn number_any(t: &Thread, v: &Value) -> R<i32> {
    match c_int(t, v)? {
        0 => Ok(0),
        _ => number(t, v).map_err(|raised| {
            drop(t.take_exception(raised));
            t.os_error(libc::EINVAL)
        }),
    }
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "raise_signal",
        Func::Pos(raise_signal, 1, 1),
        "($module, signalnum, /)",
        "Send a signal to the executing process.",
    ),
    Def::new("pause", Func::NoArgs(pause), "($module, /)", "Wait until a signal arrives."),
    Def::new(
        "pidfd_send_signal",
        Func::Pos(pidfd_send_signal, 2, 4),
        "($module, pidfd, signalnum, siginfo=None, flags=0, /)",
        "Send a signal to a process referred to by a pid file descriptor.",
    ),
    Def::new(
        "pthread_kill",
        Func::Pos(pthread_kill, 2, 2),
        "($module, thread_id, signalnum, /)",
        "Send a signal to a thread.",
    ),
    Def::new(
        "pthread_sigmask",
        Func::Pos(pthread_sigmask, 2, 2),
        "($module, how, mask, /)",
        "Fetch and/or change the signal mask of the calling thread.",
    ),
    Def::new(
        "sigpending",
        Func::NoArgs(sigpending),
        "($module, /)",
        "Examine pending signals.\n\nReturns a set of signal numbers that are pending for delivery to\nthe calling thread.",
    ),
    Def::new(
        "sigwait",
        Func::One(sigwait),
        "($module, sigset, /)",
        "Wait for a signal.\n\nSuspend execution of the calling thread until the delivery of one of the\nsignals specified in the signal set sigset.  The function accepts the\nsignal and returns the signal number.",
    ),
    Def::new(
        "sigwaitinfo",
        Func::One(sigwaitinfo),
        "($module, sigset, /)",
        "Wait synchronously until one of the signals in *sigset* is delivered.\n\nReturns a struct_siginfo containing information about the signal.",
    ),
    Def::new(
        "sigtimedwait",
        Func::Pos(sigtimedwait, 2, 2),
        "($module, sigset, timeout, /)",
        "Like sigwaitinfo(), but with a timeout.\n\nThe timeout is specified in seconds, with floating-point numbers allowed.",
    ),
    Def::new(
        "valid_signals",
        Func::NoArgs(valid_signals),
        "($module, /)",
        "Return a set of valid signal numbers on this platform.\n\nThe signal numbers returned by this function can be safely passed to\nfunctions like `pthread_sigmask`.",
    ),
];
