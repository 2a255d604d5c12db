//! `faulthandler`: tracebacks where nobody catches an exception: of a crash, of a program that hangs, on a signal.
//!
//! | file | what |
//! |---|---|
//! | here | the module, `dump_traceback` |
//! | `dump` | writing a traceback |
//! | `fatal` | signals that end the process (`enable`) |
//! | `later` | after a time (`dump_traceback_later`) |
//! | `signals` | on signals of the user's choice (`register`) |

mod dump;
mod fatal;
mod later;
mod signals;

pub use signals::signalled;

use super::ModuleSpec;
use crate::modules::system::{self, c_int};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::world;
use dump::Out;

/// A file to write to: its descriptor, and the object that keeps it open.
struct Target {
    fd: i32,
    file: Value,
}

/// The argument `file`: `sys.stderr` if it is missing, an int, or an object with `fileno()`, which is flushed.
fn target(t: &Thread, v: &Option<Value>) -> R<Target> {
    let file = match system::not_none(v) {
        Some(v) => v.clone(),
        None => match super::sys::attribute(t, "stderr") {
            None => return Err(t.runtime_error("unable to get sys.stderr")),
            Some(v) if v.is_none() => return Err(t.runtime_error("sys.stderr is None")),
            Some(v) => v,
        },
    };
    if int::is_int(&file) {
        system::warn_bool(t, &file)?;
        let fd = c_int(t, &file)?;
        if fd < 0 {
            return Err(t.value_error("file is not a valid file descriptor"));
        }
        return Ok(Target { fd, file: Value::NONE });
    }
    let fd = protocol::call_method_str(t, &file, "fileno", &[])?;
    let number = if int::is_int(&fd) { int::as_i64(&fd).and_then(|n| i32::try_from(n).ok()) } else { None };
    let Some(fd) = number.filter(|&fd| fd >= 0) else {
        return Err(t.runtime_error("file.fileno() is not a valid file descriptor"));
    };
    if let Err(raised) = protocol::call_method_str(t, &file, "flush", &[]) {
        drop(t.take_exception(raised));
    }
    Ok(Target { fd, file })
}

fn dump_traceback(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let target = target(t, &a[0])?;
    let all = system::flag_or(t, &a[1], true)?;
    let mut out = Out::new(target.fd);
    if all {
        world::stop(t);
        // SAFETY: the world is stopped.
        unsafe { dump::all_threads(&mut out, &t.interp, Some(t)) };
        world::start(t);
    } else {
        dump::this_thread(&mut out);
    }
    Ok(Value::NONE)
}

fn dump_c_stack(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let target = target(t, &a[0])?;
    fatal::native_stack(&mut Out::new(target.fd));
    Ok(Value::NONE)
}

/// At start-up: `-X faulthandler`, `PYTHONFAULTHANDLER` or the development mode.
pub fn start(t: &Thread) -> R<()> {
    let config = &t.interp.config;
    let variable = || std::env::var_os("PYTHONFAULTHANDLER").is_some_and(|v| !v.is_empty());
    let wanted = config.dev_mode
        || config.x_options.iter().any(|(name, _)| name == "faulthandler" || name == "dev")
        || (!config.ignore_environment && variable());
    if wanted { fatal::enable(t, Target { fd: 2, file: Value::NONE }, true) } else { Ok(()) }
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "faulthandler",
    doc: "faulthandler module.",
    functions: &[
        Def::new(
            "enable",
            Func::Bound(fatal::enable_function),
            "($module, /, file=sys.stderr, all_threads=True)",
            "Enable the fault handler.",
        ),
        Def::new("disable", Func::NoArgs(fatal::disable), "($module, /)", "Disable the fault handler."),
        Def::new("is_enabled", Func::NoArgs(fatal::is_enabled), "($module, /)", "Check if the handler is enabled."),
        Def::new(
            "dump_traceback",
            Func::Bound(dump_traceback),
            "($module, /, file=sys.stderr, all_threads=True)",
            "Dump the traceback of the current thread, or of all threads if all_threads is True, into file.",
        ),
        Def::new(
            "dump_c_stack",
            Func::Bound(dump_c_stack),
            "($module, /, file=sys.stderr)",
            "Dump the C stack of the current thread.",
        ),
        Def::new(
            "dump_traceback_later",
            Func::Bound(later::dump_traceback_later),
            "($module, /, timeout, repeat=False, file=sys.stderr, exit=False)",
            "Dump the traceback of all threads in timeout seconds,\nor each timeout seconds if repeat is True. If exit is True, call _exit(1) which is not safe.",
        ),
        Def::new(
            "cancel_dump_traceback_later",
            Func::NoArgs(later::cancel),
            "($module, /)",
            "Cancel the previous call to dump_traceback_later().",
        ),
        Def::new(
            "register",
            Func::Bound(signals::register),
            "($module, /, signum, file=sys.stderr, all_threads=True, chain=False)",
            "Register a handler for the signal 'signum': dump the traceback of the current thread, or of all threads if all_threads is True, into file.",
        ),
        Def::new(
            "unregister",
            Func::Pos(signals::unregister, 1, 1),
            "($module, signum, /)",
            "Unregister the handler of the signal 'signum' registered by register().",
        ),
        Def::new(
            "_read_null",
            Func::NoArgs(fatal::read_null),
            "($module, /)",
            "Read from NULL, raise a SIGSEGV or SIGBUS signal depending on the platform.",
        ),
        Def::new(
            "_sigsegv",
            Func::Pos(fatal::sigsegv, 0, 1),
            "($module, release_gil=False, /)",
            "Raise a SIGSEGV signal.",
        ),
        Def::new("_sigabrt", Func::NoArgs(fatal::sigabrt), "($module, /)", "Raise a SIGABRT signal."),
        Def::new("_sigfpe", Func::NoArgs(fatal::sigfpe), "($module, /)", "Raise a SIGFPE signal."),
        Def::new(
            "_fatal_error_c_thread",
            Func::NoArgs(fatal::fatal_error_c_thread),
            "($module, /)",
            "Call Py_FatalError() in a new C thread.",
        ),
        Def::new(
            "_stack_overflow",
            Func::NoArgs(fatal::stack_overflow),
            "($module, /)",
            "Recursive call to raise a stack overflow.",
        ),
    ],
    ..ModuleSpec::DEFAULT
};
