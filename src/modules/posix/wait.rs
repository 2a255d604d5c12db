//! Waiting for child processes, and what their statuses mean.

use crate::modules::resource;
use crate::modules::system::{self, c_int, given, ready};
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::Cell;
use std::mem::MaybeUninit;

static WAITID_RESULT: Description = Description::new(
    "posix.waitid_result",
    "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n  (si_pid, si_uid, si_signo, si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.",
    &[("si_pid", ""), ("si_uid", ""), ("si_signo", ""), ("si_status", ""), ("si_code", "")],
    5,
);

/// Looks whether a wait for such a child would end at once, and leaves the child as it is.
fn would_end(kind: libc::idtype_t, id: libc::id_t, options: i32) -> bool {
    let mut found = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = options | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: room for the information, which is zeroed: no process id unless the call wrote one.
    unsafe { libc::waitid(kind, id, found.as_mut_ptr(), options) != 0 || found.assume_init().si_pid() != 0 }
}

/// To be called before `waitpid` and its like: under a script others get their turns until the child is there.
fn before_wait(t: &Thread, pid: i32, options: i32) -> R<()> {
    if options & libc::WNOHANG != 0 {
        return Ok(());
    }
    let (kind, id) = match pid {
        -1 => (libc::P_ALL, 0),
        1.. => (libc::P_PID, pid),
        _ => (libc::P_PGID, pid.wrapping_neg()),
    };
    ready::before_wait(t, || would_end(kind, id as libc::id_t, options | libc::WEXITED))
}

fn wait_for(t: &Thread, pid: i32, options: i32) -> R {
    before_wait(t, pid, options)?;
    let status = Cell::new(0);
    // SAFETY: room for the status.
    let pid = system::call(t, || unsafe { libc::waitpid(pid, status.as_ptr(), options) })?;
    Ok(t.tuple([int::from_i64(t, pid.into()), Value::small(status.get().into())]))
}

fn wait(t: &Thread, _m: &Value) -> R {
    wait_for(t, -1, 0)
}

fn waitpid(t: &Thread, _m: &Value, a: &[Value]) -> R {
    wait_for(t, c_int(t, &a[0])?, c_int(t, &a[1])?)
}

fn wait_with_usage(t: &Thread, pid: i32, options: i32) -> R {
    before_wait(t, pid, options)?;
    let status = Cell::new(0);
    let usage = Cell::new(MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: room for the status and the usage.
    let pid = system::call(t, || unsafe { libc::wait4(pid, status.as_ptr(), options, usage.as_ptr().cast()) })?;
    // SAFETY: zeroed, and filled by the call if there was a child.
    let usage = resource::usage(t, &unsafe { usage.into_inner().assume_init() })?;
    Ok(t.tuple([int::from_i64(t, pid.into()), Value::small(status.get().into()), usage]))
}

fn wait3(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    wait_with_usage(t, -1, c_int(t, given(&a[0]))?)
}

fn wait4(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    wait_with_usage(t, c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?)
}

fn waitid(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (kind, id, options) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_int(t, &a[2])?);
    let found = Cell::new(MaybeUninit::<libc::siginfo_t>::zeroed());
    let kind = kind as libc::idtype_t;
    if options & libc::WNOHANG == 0 {
        ready::before_wait(t, || would_end(kind, id as libc::id_t, options))?;
    }
    // SAFETY: room for the information.
    system::call(t, || unsafe { libc::waitid(kind, id as libc::id_t, found.as_ptr().cast(), options) })?;
    // SAFETY: zeroed, and filled as of a child if its process id is there.
    let (pid, uid, signo, status, code) = unsafe {
        let found = found.into_inner().assume_init();
        (found.si_pid(), found.si_uid(), found.si_signo, found.si_status(), found.si_code)
    };
    if pid == 0 {
        return Ok(Value::NONE);
    }
    let values = [pid.into(), uid.into(), signo.into(), status.into(), code.into()];
    struct_sequence::make(t, &WAITID_RESULT, values.map(|n| int::from_i64(t, n)))
}

fn waitstatus_to_exitcode(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let status = c_int(t, given(&a[0]))?;
    if libc::WIFEXITED(status) {
        return Ok(Value::small(libc::WEXITSTATUS(status).into()));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(Value::small((-libc::WTERMSIG(status)).into()));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(t.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(t.value_error(format!("invalid wait status: {status}")))
}

fn coredump(t: &Thread, _m: &Value, a: &[Value]) -> R {
    Ok(Value::bool(libc::WCOREDUMP(c_int(t, &a[0])?)))
}

macro_rules! tests {
    ($($name:ident $macro:ident)*) => {
        $(fn $name(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
            Ok(Value::bool(libc::$macro(c_int(t, given(&a[0]))?)))
        })*
    };
}

macro_rules! parts {
    ($($name:ident $macro:ident)*) => {
        $(fn $name(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
            Ok(Value::small(libc::$macro(c_int(t, given(&a[0]))?).into()))
        })*
    };
}

tests! { if_continued WIFCONTINUED if_exited WIFEXITED if_signaled WIFSIGNALED if_stopped WIFSTOPPED }
parts! { exit_status WEXITSTATUS stop_signal WSTOPSIG termination_signal WTERMSIG }

pub fn add(t: &Thread, module: &Module) {
    module.set(t, "waitid_result", struct_sequence::type_of(t, &WAITID_RESULT));
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "wait",
        Func::NoArgs(wait),
        "($module, /)",
        "Wait for completion of a child process.\n\nReturns a tuple of information about the child process:\n    (pid, status)",
    ),
    Def::new(
        "waitpid",
        Func::Pos(waitpid, 2, 2),
        "($module, pid, options, /)",
        "Wait for completion of a given child process.\n\nReturns a tuple of information regarding the child process:\n    (pid, status)\n\nThe options argument is ignored on Windows.",
    ),
    Def::new(
        "wait3",
        Func::Bound(wait3),
        "($module, /, options)",
        "Wait for completion of a child process.\n\nReturns a tuple of information about the child process:\n  (pid, status, rusage)",
    ),
    Def::new(
        "wait4",
        Func::Bound(wait4),
        "($module, /, pid, options)",
        "Wait for completion of a specific child process.\n\nReturns a tuple of information about the child process:\n  (pid, status, rusage)",
    ),
    Def::new(
        "waitid",
        Func::Pos(waitid, 3, 3),
        "($module, idtype, id, options, /)",
        "Returns the result of waiting for a process or processes.\n\n  idtype\n    Must be one of be P_PID, P_PGID or P_ALL.\n  id\n    The id to wait on.\n  options\n    Constructed from the ORing of one or more of WEXITED, WSTOPPED\n    or WCONTINUED and additionally may be ORed with WNOHANG or WNOWAIT.\n\nReturns either waitid_result or None if WNOHANG is specified and there\nare no children in a waitable state.",
    ),
    Def::new(
        "waitstatus_to_exitcode",
        Func::Bound(waitstatus_to_exitcode),
        "($module, /, status)",
        "Convert a wait status to an exit code.\n\nOn Unix:\n\n* If WIFEXITED(status) is true, return WEXITSTATUS(status).\n* If WIFSIGNALED(status) is true, return -WTERMSIG(status).\n* Otherwise, raise a ValueError.\n\nOn Windows, return status shifted right by 8 bits.\n\nOn Unix, if the process is being traced or if waitpid() was called with\nWUNTRACED option, the caller must first check if WIFSTOPPED(status) is\ntrue.  This function must not be called if WIFSTOPPED(status) is true.",
    ),
    Def::new(
        "WCOREDUMP",
        Func::Pos(coredump, 1, 1),
        "($module, status, /)",
        "Return True if the process returning status was dumped to a core file.",
    ),
    Def::new(
        "WIFCONTINUED",
        Func::Bound(if_continued),
        "($module, /, status)",
        "Return True if a particular process was continued from a job control stop.\n\nReturn True if the process returning status was continued from a\njob control stop.",
    ),
    Def::new(
        "WIFSTOPPED",
        Func::Bound(if_stopped),
        "($module, /, status)",
        "Return True if the process returning status was stopped.",
    ),
    Def::new(
        "WIFSIGNALED",
        Func::Bound(if_signaled),
        "($module, /, status)",
        "Return True if the process returning status was terminated by a signal.",
    ),
    Def::new(
        "WIFEXITED",
        Func::Bound(if_exited),
        "($module, /, status)",
        "Return True if the process returning status exited via the exit() system call.",
    ),
    Def::new(
        "WEXITSTATUS",
        Func::Bound(exit_status),
        "($module, /, status)",
        "Return the process return code from status.",
    ),
    Def::new(
        "WTERMSIG",
        Func::Bound(termination_signal),
        "($module, /, status)",
        "Return the signal that terminated the process that provided the status value.",
    ),
    Def::new(
        "WSTOPSIG",
        Func::Bound(stop_signal),
        "($module, /, status)",
        "Return the signal that stopped the process that provided the status value.",
    ),
];
