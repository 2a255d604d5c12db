//! Processes: their ids, those of users and groups.

use crate::modules::system::{self, c_int, given};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

macro_rules! numbers {
    ($($name:ident)*) => {
        $(fn $name(_t: &Thread, _m: &Value) -> R {
            // SAFETY: takes nothing and cannot fail.
            Ok(Value::small(unsafe { libc::$name() }.into()))
        })*
    };
}

numbers! { getpid getppid getuid geteuid getgid getegid getpgrp }

fn getgroups(t: &Thread, _m: &Value) -> R {
    // SAFETY: asks for the number.
    let count = system::check(t, unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
    let mut groups = vec![0; count as usize];
    // SAFETY: room for that many.
    let count = system::check(t, unsafe { libc::getgroups(count, groups.as_mut_ptr()) })?;
    Ok(List::make(t, groups[..count as usize].iter().map(|&g| Value::small(g.into()))))
}

fn kill(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (pid, signal) = (c_int(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    system::check(t, unsafe { libc::kill(pid, signal) })?;
    Ok(Value::NONE)
}

fn killpg(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (group, signal) = (c_int(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    system::check(t, unsafe { libc::killpg(group, signal) })?;
    Ok(Value::NONE)
}

fn exit(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let status = c_int(t, given(&a[0]))?;
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

fn abort(_t: &Thread, _m: &Value) -> R {
    std::process::abort()
}

fn getsid(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    // SAFETY: takes a number.
    Ok(int::from_i64(t, system::check(t, unsafe { libc::getsid(pid) })?.into()))
}

fn getpgid(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let pid = c_int(t, given(&a[0]))?;
    // SAFETY: takes a number.
    Ok(int::from_i64(t, system::check(t, unsafe { libc::getpgid(pid) })?.into()))
}

fn setsid(t: &Thread, _m: &Value) -> R {
    // SAFETY: takes nothing.
    system::check(t, unsafe { libc::setsid() })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new("getpid", Func::NoArgs(getpid), "($module, /)", "Return the current process id."),
    Def::new(
        "getppid",
        Func::NoArgs(getppid),
        "($module, /)",
        "Return the parent's process id.\n\nIf the parent process has already exited, Windows machines will still\nreturn its id; others systems will return the id of the 'init' proces\n(1).",
    ),
    Def::new("getuid", Func::NoArgs(getuid), "($module, /)", "Return the current process's user id."),
    Def::new("geteuid", Func::NoArgs(geteuid), "($module, /)", "Return the current process's effective user id."),
    Def::new("getgid", Func::NoArgs(getgid), "($module, /)", "Return the current process's group id."),
    Def::new("getegid", Func::NoArgs(getegid), "($module, /)", "Return the current process's effective group id."),
    Def::new("getpgrp", Func::NoArgs(getpgrp), "($module, /)", "Return the current process group id."),
    Def::new(
        "getgroups",
        Func::NoArgs(getgroups),
        "($module, /)",
        "Return list of supplemental group IDs for the process.",
    ),
    Def::new("kill", Func::Pos(kill, 2, 2), "($module, pid, signal, /)", "Kill a process with a signal."),
    Def::new("killpg", Func::Pos(killpg, 2, 2), "($module, pgid, signal, /)", "Kill a process group with a signal."),
    Def::new(
        "_exit",
        Func::Bound(exit),
        "($module, /, status)",
        "Exit to the system with specified status, without normal exit processing.",
    ),
    Def::new(
        "abort",
        Func::NoArgs(abort),
        "($module, /)",
        "Abort the interpreter immediately.\n\nThis function 'dumps core' or otherwise fails in the hardest way\npossible on the hosting operating system.  This function never returns.",
    ),
    Def::new(
        "getsid",
        Func::Pos(getsid, 1, 1),
        "($module, pid, /)",
        "Call the system call getsid(pid) and return the result.",
    ),
    Def::new(
        "getpgid",
        Func::Bound(getpgid),
        "($module, /, pid)",
        "Call the system call getpgid(), and return the result.",
    ),
    Def::new("setsid", Func::NoArgs(setsid), "($module, /)", "Call the system call setsid()."),
];
