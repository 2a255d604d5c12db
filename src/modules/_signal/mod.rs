//! `_signal`: handlers written in Python.
//!
//! The system's handler (`sync::signals`) only marks that a signal has come; at its next switch point the main thread
//! calls the Python handlers, in order of the signals' numbers. A handler's exception arises there.
//!
//! | file | what |
//! |---|---|
//! | here | handlers: setting, looking up and calling them |
//! | `wait` | masks, waiting for signals, sending them |
//! | `timer` | `alarm` and interval timers |
//! | `constants` | numbers |

mod constants;
mod timer;
mod wait;

use super::{ModuleSpec, add_functions, faulthandler};
use crate::modules::system::{self, c_int};
use crate::objects::frame::Frame;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use crate::sync::breaker::bit;
use crate::sync::signals::{self, Action};
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// One more than the greatest signal.
const NSIG: i32 = 65;

/// What the module keeps per interpreter.
struct State {
    /// By signal: `SIG_DFL`, `SIG_IGN`, a callable, or `None` for what somebody else has set.
    handlers: [Slot; NSIG as usize],
    /// Whether a full wake-up descriptor is worth a report.
    warn_on_full_buffer: AtomicBool,
}

impl Default for State {
    fn default() -> State {
        State { handlers: [const { Slot::EMPTY }; NSIG as usize], warn_on_full_buffer: AtomicBool::new(true) }
    }
}

/// Whether the caller is the process's main thread, which alone sets and runs handlers.
fn is_main_thread() -> bool {
    // SAFETY: take nothing.
    unsafe { libc::gettid() == libc::getpid() }
}

/// A signal's number.
fn number(t: &Thread, v: &Value) -> R<i32> {
    match c_int(t, v)? {
        n if !(1..NSIG).contains(&n) => Err(t.value_error("signal number out of range")),
        n => Ok(n),
    }
}

/// Runs the Python handlers of the signals that have come: what the eval breaker calls.
fn run_handlers(t: &Thread) -> R<()> {
    if !is_main_thread() {
        return Ok(());
    }
    if let Some(error) = signals::take_wakeup_error() {
        let full = error == libc::EAGAIN;
        if !full || t.interp.state::<State>().warn_on_full_buffer.load(Relaxed) {
            let raised = t.os_error(error);
            t.unraisable(raised, "Exception ignored when trying to write to the signal wakeup fd", None);
        }
    }
    let mut pending = signals::take_pending();
    while pending != 0 {
        let signal = pending.trailing_zeros() as i32 + 1;
        pending &= pending - 1;
        if !faulthandler::signalled(t, signal) {
            continue;
        }
        let handler = t.interp.state::<State>().handlers[signal as usize].get(t);
        let Some(handler) = handler.filter(|h| !h.is_none() && h.as_small().is_none()) else {
            let message = format!("Signal {signal} ignored due to race condition");
            let raised = t.raise_message(&t.types().os_error, &message);
            t.unraisable(raised, "Exception ignored while calling signal handler", None);
            continue;
        };
        let result = protocol::call(t, &handler, &[Value::small(signal.into()), frame(t)]);
        if let Err(raised) = result {
            // The others are for the next time.
            (1..NSIG).filter(|s| pending & 1 << (s - 1) != 0).for_each(signals::mark);
            return Err(raised);
        }
    }
    Ok(())
}

/// The running frame, as handlers get it.
fn frame(t: &Thread) -> Value {
    let frame = t.frame.get();
    if frame.is_null() {
        return Value::NONE;
    }
    // SAFETY: a live frame of this thread.
    unsafe { Frame::object(t, frame) }
}

/// Runs what is pending now, for calls that a signal has just interrupted or that sent one themselves.
fn check(t: &Thread) -> R<()> {
    if signals::is_pending() && is_main_thread() {
        t.sched.breaker.take(bit::SIGNALS_PENDING);
        return run_handlers(t);
    }
    Ok(())
}

/// `_thread.interrupt_main`: as if the signal had come, unless it is ignored or has its default action.
pub fn interrupt_main(t: &Thread, signal: i32) {
    let handler = t.interp.state::<State>().handlers[signal as usize].get(t);
    if handler.is_none_or(|h| h.as_small().is_none()) {
        signals::mark(signal);
    }
}

fn default_int_handler(t: &Thread, _m: &Value, args: &[Value]) -> R {
    c_int(t, &args[0])?;
    Err(t.raise_with(&t.types().keyboard_interrupt, &[]))
}

fn is_callable(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().call.is_some()
}

fn signal(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (signum, handler) = (c_int(t, &args[0])?, &args[1]);
    if !is_main_thread() {
        return Err(t.value_error("signal only works in main thread of the main interpreter"));
    }
    if !(1..NSIG).contains(&signum) {
        return Err(t.value_error("signal number out of range"));
    }
    let as_number = crate::objects::int::as_i64(handler);
    let (action, kept) = match as_number {
        Some(0) => (Action::Default, Value::small(0)),
        Some(1) => (Action::Ignore, Value::small(1)),
        _ if is_callable(t, handler) => (Action::Handle, handler.clone()),
        _ => {
            let message = "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object";
            return Err(t.type_error(message));
        }
    };
    // Those that have come already are for the old handler.
    check(t)?;
    if let Err(error) = signals::install(signum, action) {
        return Err(t.os_error(error.raw_os_error().unwrap_or(libc::EINVAL)));
    }
    let old = t.interp.state::<State>().handlers[signum as usize].replace(Some(kept));
    Ok(old.unwrap_or(Value::NONE))
}

fn getsignal(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let signum = number(t, &args[0])?;
    Ok(t.interp.state::<State>().handlers[signum as usize].get(t).unwrap_or(Value::NONE))
}

fn strsignal(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let signum = number(t, &args[0])?;
    // SAFETY: the string ends with a zero and stays until the next call in this thread.
    let text = unsafe { libc::strsignal(signum).as_ref().map(|p| CStr::from_ptr(p)) };
    match text.map(|text| text.to_string_lossy()) {
        Some(text) if !text.starts_with("Unknown signal") => Ok(t.str(text)),
        _ => Ok(Value::NONE),
    }
}

fn set_wakeup_fd(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let fd = c_int(t, system::given(&args[0]))?;
    let warn = system::flag_or(t, &args[1], true)?;
    if !is_main_thread() {
        return Err(t.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        // SAFETY: takes numbers.
        let flags = system::check(t, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        if flags & libc::O_NONBLOCK == 0 {
            return Err(t.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    t.interp.state::<State>().warn_on_full_buffer.store(warn, Relaxed);
    Ok(Value::small(signals::set_wakeup_fd(fd).into()))
}

fn siginterrupt(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (signum, flag) = (number(t, &args[0])?, c_int(t, &args[1])?);
    // SAFETY: a zeroed sigaction is room for the old one; only its flags change.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        system::check(t, libc::sigaction(signum, std::ptr::null(), &mut action))?;
        match flag {
            0 => action.sa_flags |= libc::SA_RESTART,
            _ => action.sa_flags &= !libc::SA_RESTART,
        }
        system::check(t, libc::sigaction(signum, &action, std::ptr::null_mut()))?;
    }
    Ok(Value::NONE)
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.",
    functions: FUNCTIONS,
    exec: Some(exec),
};

/// What the system does with each signal now becomes what `getsignal` says; an interrupt from the keyboard becomes
/// `KeyboardInterrupt`.
fn exec(t: &Thread, module: &Module) -> R<()> {
    let value = module.value();
    add_functions(t, module, &value, "_signal", wait::FUNCTIONS);
    add_functions(t, module, &value, "_signal", timer::FUNCTIONS);
    constants::add(t, module);
    timer::add(t, module)?;
    wait::add(t, module);
    let default = module.get(t, &t.intern("default_int_handler")).unwrap_or(Value::NONE);
    let state = t.interp.state::<State>();
    for signum in 1..NSIG {
        // SAFETY: room for the old action, zeroed.
        let action = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signum, std::ptr::null(), &mut action);
            action.sa_sigaction
        };
        state.handlers[signum as usize].set(match action {
            libc::SIG_DFL => Value::small(0),
            libc::SIG_IGN => Value::small(1),
            _ => Value::NONE,
        });
    }
    t.interp.run_signal_handlers.set(Some(run_handlers));
    let interrupt = &state.handlers[libc::SIGINT as usize];
    if interrupt.get(t).is_some_and(|h| h.as_small() == Some(0)) && is_main_thread() {
        interrupt.set(default);
        if let Err(error) = signals::install(libc::SIGINT, Action::Handle) {
            return Err(t.os_error(error.raw_os_error().unwrap_or(libc::EINVAL)));
        }
    }
    Ok(())
}

/// At the end (`_PySignal_Fini`): no Python handler runs any more, and signals do what the system has them do.
pub fn finish(t: &Thread) {
    let state = t.interp.state::<State>();
    for signum in 1..NSIG {
        let old = state.handlers[signum as usize].take();
        if old.is_some_and(|handler| !handler.is_none() && handler.as_small().is_none()) && is_main_thread() {
            // It was installed before, so it can be.
            _ = signals::install(signum, Action::Default);
        }
    }
}

/// At start-up: signals that would end the process where Python has an exception for it are ignored.
pub fn ignore_broken_pipes() {
    for signum in [libc::SIGPIPE, libc::SIGXFSZ] {
        // A signal that cannot be ignored is none the worse for it.
        _ = signals::install(signum, Action::Ignore);
    }
}

const FUNCTIONS: &[Def] = &[
    Def::new(
        "default_int_handler",
        Func::Pos(default_int_handler, 2, 2),
        "($module, signalnum, frame, /)",
        "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
    ),
    Def::new(
        "signal",
        Func::Pos(signal, 2, 2),
        "($module, signalnum, handler, /)",
        "Set the action for the given signal.\n\nThe action can be SIG_DFL, SIG_IGN, or a callable Python object.\nThe previous action is returned.  See getsignal() for possible return\nvalues.\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments: the first is\nthe signal number, the second is the interrupted stack frame.",
    ),
    Def::new(
        "getsignal",
        Func::Pos(getsignal, 1, 1),
        "($module, signalnum, /)",
        "Return the current action for the given signal.\n\nThe return value can be:\n  SIG_IGN -- if the signal is being ignored\n  SIG_DFL -- if the default action for the signal is in effect\n  None    -- if an unknown handler is in effect\n  anything else -- the callable Python object used as a handler",
    ),
    Def::new(
        "strsignal",
        Func::Pos(strsignal, 1, 1),
        "($module, signalnum, /)",
        "Return the system description of the given signal.\n\nReturns the description of signal *signalnum*, such as \"Interrupt\"\nfor :const:`SIGINT`. Returns :const:`None` if *signalnum* has no\ndescription. Raises :exc:`ValueError` if *signalnum* is invalid.",
    ),
    Def::new(
        "set_wakeup_fd",
        Func::Bound(set_wakeup_fd),
        "($module, fd, /, *, warn_on_full_buffer=True)",
        "Sets the fd to be written to (with the signal number) when a signal comes in.\n\nA library can use this to wakeup select or poll.\nThe previous fd or -1 is returned.\n\nThe fd must be non-blocking.",
    ),
    Def::new(
        "siginterrupt",
        Func::Pos(siginterrupt, 2, 2),
        "($module, signalnum, flag, /)",
        "Change system call restart behaviour.\n\nIf flag is False, system calls will be restarted when interrupted by\nsignal sig, else system calls will be interrupted.",
    ),
];
