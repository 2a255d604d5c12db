//! `fork` and its hooks.
//!
//! [`fork`] runs what `register_at_fork` has been given around [`vm::fork`](crate::vm::fork), and tells the modules
//! that keep something of threads. `_posixsubprocess` uses it where Python code is to run in the child.

use crate::modules::sys::audit::audit;
use crate::modules::{_imp, _thread};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::warn;
use crate::vm;
use std::sync::atomic::Ordering::Acquire;

/// What `register_at_fork` has been given: lists, made when the first function comes.
struct Callbacks {
    before: Slot,
    in_child: Slot,
    in_parent: Slot,
}

impl Default for Callbacks {
    fn default() -> Callbacks {
        Callbacks { before: Slot::EMPTY, in_child: Slot::EMPTY, in_parent: Slot::EMPTY }
    }
}

fn register_at_fork(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    if a.iter().all(Option::is_none) {
        return Err(t.type_error("At least one argument is required."));
    }
    for (name, given) in ["before", "after_in_child", "after_in_parent"].iter().zip(a) {
        if let Some(f) = given
            && f.type_of(t).slots().call.is_none()
        {
            return Err(t.type_error(format!("'{name}' must be callable, not {}", f.type_of(t).name_str())));
        }
    }
    let callbacks = t.interp.state::<Callbacks>();
    for (slot, given) in [&callbacks.before, &callbacks.in_child, &callbacks.in_parent].into_iter().zip(a) {
        let Some(f) = given else { continue };
        let list = slot.get(t).unwrap_or_else(|| {
            let list = List::make(t, std::iter::empty());
            slot.set(list.clone());
            list
        });
        if let Some(list) = list.cast::<List>() {
            list.push(t, f.clone());
        }
    }
    Ok(Value::NONE)
}

/// Runs the functions; what they raise is reported.
fn run(t: &Thread, slot: &Slot, reverse: bool) {
    let Some(list) = slot.get(t) else { return };
    let mut functions = list.cast::<List>().map(|l| l.snapshot(t)).unwrap_or_default();
    if reverse {
        functions.reverse();
    }
    for f in functions {
        if let Err(raised) = protocol::call(t, &f, &[]) {
            let exception = t.take_exception(raised);
            let name = protocol::repr_text(t, &f).unwrap_or_default();
            let raised = t.raise_as_is(exception);
            t.unraisable(raised, &format!("Exception ignored in atfork callback {name}"), None);
        }
    }
}

/// Forks by calling `call` and puts the interpreter right on both sides; the outer error is an exception before the
/// fork, the inner one the system's.
pub fn fork(t: &Thread, call: impl FnOnce() -> i32) -> R<Result<i32, i32>> {
    let callbacks = t.interp.state::<Callbacks>();
    run(t, &callbacks.before, true);
    _imp::hold_lock(t)?;
    let pid = vm::fork::fork(t, call);
    _imp::let_go(t);
    if pid == Ok(0) {
        _thread::after_fork_in_child(t);
        // The event loop that ran is the parent's.
        drop((t.running_loop.take(), t.running_task.take()));
        run(t, &callbacks.in_child, false);
    } else {
        run(t, &callbacks.in_parent, false);
    }
    Ok(pid)
}

/// The number of OS threads of the process, from field 20 of its `stat` file.
fn os_threads() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses, which may hold anything.
    stat.rsplit_once(") ")?.1.split(' ').nth(17)?.parse().ok()
}

/// Warns in the parent that has more threads than one.
fn warn_of_threads(t: &Thread, function: &str) {
    if os_threads().is_none_or(|n| n < 2) {
        return;
    }
    // A Python thread that was joined has left the interpreter, but its OS thread may still be on its way out.
    let alone = || t.interp.threads.lock().len() == 1;
    let waits = std::iter::repeat_n(std::time::Duration::from_millis(1), 20);
    for wait in waits.take_while(|_| alone()) {
        t.blocking(|| std::thread::sleep(wait));
        if os_threads().is_none_or(|n| n < 2) {
            return;
        }
    }
    let pid = std::process::id();
    let message =
        format!("This process (pid={pid}) is multi-threaded, use of {function}() may lead to deadlocks in the child.");
    // The child exists: a filter that makes this an error comes too late.
    if let Err(raised) = warn::warn(t, |types| &types.deprecation_warning, &message) {
        drop(t.take_exception(raised));
    }
}

fn fork_checked(t: &Thread, function: &str, call: impl FnOnce() -> i32) -> R<i32> {
    if t.interp.finalizing.load(Acquire) {
        let message = "can't fork at interpreter shutdown";
        return Err(t.raise_message(&t.types().python_finalization_error, message));
    }
    audit(t, &format!("os.{function}"), &[])?;
    let pid = fork(t, call)?;
    if pid != Ok(0) {
        warn_of_threads(t, function);
    }
    pid.map_err(|error| t.os_error(error))
}

fn posix_fork(t: &Thread, _m: &Value) -> R {
    // SAFETY: `vm::fork` has stopped the other threads and puts the child right.
    let pid = fork_checked(t, "fork", || unsafe { libc::fork() })?;
    Ok(int::from_i64(t, pid.into()))
}

fn forkpty(t: &Thread, _m: &Value) -> R {
    let mut master = -1;
    let place = &raw mut master;
    // SAFETY: as in `posix_fork`; room for a descriptor.
    let pid = fork_checked(t, "forkpty", || unsafe {
        libc::forkpty(place, std::ptr::null_mut(), std::ptr::null(), std::ptr::null())
    })?;
    Ok(t.tuple([int::from_i64(t, pid.into()), Value::small(master.into())]))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "fork",
        Func::NoArgs(posix_fork),
        "($module, /)",
        "Fork a child process.\n\nReturn 0 to child process and PID of child to parent process.",
    ),
    Def::new(
        "forkpty",
        Func::NoArgs(forkpty),
        "($module, /)",
        "Fork a new process with a new pseudo-terminal as controlling tty.\n\nReturns a tuple of (pid, master_fd).\nLike fork(), return pid of 0 to the child process,\nand pid of child to the parent process.\nTo both, return fd of newly opened pseudo-terminal.",
    ),
    Def::new(
        "register_at_fork",
        Func::Bound(register_at_fork),
        "($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
        "Register callables to be called when forking a new process.\n\n  before\n    A callable to be called in the parent before the fork() syscall.\n  after_in_child\n    A callable to be called in the child after fork().\n  after_in_parent\n    A callable to be called in the parent after fork().\n\n'before' callbacks are called in reverse order.\n'after_in_child' and 'after_in_parent' callbacks are called in order.",
    ),
];
