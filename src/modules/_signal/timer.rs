//! `alarm` and interval timers.

use crate::modules::system::c_int;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::OnceLock;

/// `signal.ItimerError`, made with the module.
#[derive(Default)]
struct ItimerError(OnceLock<Value>);

/// Adds `ItimerError`, a class of `OSError`.
pub fn add(t: &Thread, module: &Module) -> R<()> {
    let namespace = Dict::make(t);
    namespace.cast::<Dict>().expect("just made").set_name(t, "__module__", t.str("signal"));
    let bases = t.tuple([t.types().os_error.value()]);
    let class = protocol::call(t, &t.types().type_.value(), &[t.str("ItimerError"), bases, namespace])?;
    module.set(t, "ItimerError", t.interp.state::<ItimerError>().0.get_or_init(|| class).clone());
    Ok(())
}

#[cold]
fn timer_error(t: &Thread) -> Raised {
    let error = crate::modules::system::errno();
    let args = [Value::small(error.into()), t.str(crate::objects::os_message(error))];
    match t.interp.state::<ItimerError>().0.get().and_then(|c| c.cast::<Type>()) {
        Some(class) => t.raise_with(class, &args),
        None => t.os_error(error),
    }
}

fn alarm(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let seconds = c_int(t, &args[0])?;
    // SAFETY: takes a number.
    Ok(int::from_i64(t, unsafe { libc::alarm(seconds as u32) }.into()))
}

/// Seconds as a `timeval`, rounded up: a timer that is to go off must not be switched off.
fn interval(t: &Thread, v: &Value) -> R<libc::timeval> {
    let seconds = match int::as_i64(v) {
        Some(i) => i as f64,
        None => float::to_f64(t, v)?,
    };
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if !(-9.2e18..9.2e18).contains(&seconds) {
        return Err(t.overflow_error("timestamp out of range for platform time_t"));
    }
    let whole = seconds.floor();
    let micros = ((seconds - whole) * 1e6).ceil() as i64;
    Ok(libc::timeval { tv_sec: whole as i64 + micros / 1_000_000, tv_usec: micros % 1_000_000 })
}

fn seconds(t: &Thread, v: libc::timeval) -> Value {
    float::new(t, v.tv_sec as f64 + v.tv_usec as f64 * 1e-6)
}

fn zero() -> libc::itimerval {
    let none = libc::timeval { tv_sec: 0, tv_usec: 0 };
    libc::itimerval { it_interval: none, it_value: none }
}

fn pair(t: &Thread, timer: &libc::itimerval) -> Value {
    t.tuple([seconds(t, timer.it_value), seconds(t, timer.it_interval)])
}

fn setitimer(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let which = c_int(t, &args[0])?;
    let mut new = zero();
    new.it_value = interval(t, &args[1])?;
    if let Some(v) = args.get(2) {
        new.it_interval = interval(t, v)?;
    }
    let mut old = zero();
    // SAFETY: both are timers of ours.
    if unsafe { libc::syscall(libc::SYS_setitimer, which, &new, &mut old) } != 0 {
        return Err(timer_error(t));
    }
    Ok(pair(t, &old))
}

fn getitimer(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let which = c_int(t, &args[0])?;
    let mut now = zero();
    // SAFETY: room for a timer.
    if unsafe { libc::syscall(libc::SYS_getitimer, which, &mut now) } != 0 {
        return Err(timer_error(t));
    }
    Ok(pair(t, &now))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "alarm",
        Func::Pos(alarm, 1, 1),
        "($module, seconds, /)",
        "Arrange for SIGALRM to arrive after the given number of seconds.",
    ),
    Def::new(
        "setitimer",
        Func::Pos(setitimer, 2, 3),
        "($module, which, seconds, interval=0.0, /)",
        "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).\n\nThe timer will fire after value seconds and after that every interval\nseconds.  The itimer can be cleared by setting seconds to zero.\n\nReturns old values as a tuple: (delay, interval).",
    ),
    Def::new("getitimer", Func::Pos(getitimer, 1, 1), "($module, which, /)", "Returns current value of given itimer."),
];
