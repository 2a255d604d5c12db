//! Users and groups of processes, process groups and sessions, priorities.

use super::names::id;
use crate::modules::system::path::{decode, fs_converter};
use crate::modules::system::{self, c_int, given};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::{CStr, CString, c_char};

/// Most supplementary groups that Linux knows.
const MAX_GROUPS: usize = 65536;

/// A user id.
pub fn uid(t: &Thread, v: &Value) -> R<libc::uid_t> {
    id(t, v, "uid")
}

/// A group id.
pub fn gid(t: &Thread, v: &Value) -> R<libc::gid_t> {
    id(t, v, "gid")
}

/// An id as Python sees it: the one that stands for none is -1.
pub fn to_python(t: &Thread, id: u32) -> Value {
    if id == u32::MAX { Value::small(-1) } else { int::from_u64(t, id.into()) }
}

macro_rules! setters {
    ($($name:ident($($id:ident)*))*) => {
        $(fn $name(t: &Thread, _m: &Value, a: &[Value]) -> R {
            let mut args = a.iter();
            // SAFETY: takes numbers, each converted in order.
            system::check(t, unsafe { libc::$name($($id(t, args.next().unwrap_or(Value::none()))?),*) })?;
            Ok(Value::NONE)
        })*
    };
}

setters! {
    setuid(uid) setgid(gid) seteuid(uid) setegid(gid) setreuid(uid uid) setregid(gid gid) setresuid(uid uid uid)
    setresgid(gid gid gid) setpgid(c_int c_int)
}

fn setpgrp(t: &Thread, _m: &Value) -> R {
    // SAFETY: takes numbers.
    system::check(t, unsafe { libc::setpgid(0, 0) })?;
    Ok(Value::NONE)
}

fn getresuid(t: &Thread, _m: &Value) -> R {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: room for three ids.
    system::check(t, unsafe { libc::getresuid(&mut real, &mut effective, &mut saved) })?;
    Ok(t.tuple([real, effective, saved].map(|id| to_python(t, id))))
}

fn getresgid(t: &Thread, _m: &Value) -> R {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: room for three ids.
    system::check(t, unsafe { libc::getresgid(&mut real, &mut effective, &mut saved) })?;
    Ok(t.tuple([real, effective, saved].map(|id| to_python(t, id))))
}

fn setgroups(t: &Thread, _m: &Value, groups: &Value) -> R {
    if !protocol::is_sequence(t, groups) {
        return Err(t.type_error("setgroups argument must be a sequence"));
    }
    if protocol::len(t, groups)? > MAX_GROUPS {
        return Err(t.value_error("too many groups"));
    }
    let mut ids = Vec::new();
    for item in protocol::collect(t, groups)? {
        if !int::is_int(&item) {
            return Err(t.type_error("groups must be integers"));
        }
        ids.push(gid(t, &item)?);
    }
    // SAFETY: an array of that length.
    system::check(t, unsafe { libc::setgroups(ids.len(), ids.as_ptr()) })?;
    Ok(Value::NONE)
}

fn initgroups(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (name, group) = (fs_converter(t, &a[0])?, gid(t, &a[1])?);
    // SAFETY: the name ends with a zero.
    system::check(t, t.blocking(|| unsafe { libc::initgroups(name.as_ptr(), group) }))?;
    Ok(Value::NONE)
}

fn getgrouplist(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let Some(user) = a[0].cast::<Str>() else {
        let given = a[0].type_of(t).name_str();
        return Err(t.type_error(format!("getgrouplist() argument 1 must be str, not {given}")));
    };
    let user = CString::new(&*user.to_str_lossy()).map_err(|_| t.value_error("embedded null character"))?;
    let group = gid(t, &a[1])?;
    let mut groups: Vec<libc::gid_t> = vec![0; 64];
    loop {
        let mut count = groups.len() as i32;
        // SAFETY: the name ends with a zero; room for that many groups.
        let answer = unsafe { libc::getgrouplist(user.as_ptr(), group, groups.as_mut_ptr(), &mut count) };
        if answer >= 0 {
            return Ok(List::make(t, groups[..count as usize].iter().map(|&g| to_python(t, g))));
        }
        if groups.len() > MAX_GROUPS {
            return Err(t.last_os_error());
        }
        groups.resize(groups.len() * 2, 0);
    }
}

unsafe extern "C" {
    fn getlogin_r(name: *mut c_char, room: usize) -> i32;
}

fn getlogin(t: &Thread, _m: &Value) -> R {
    let mut name = [0; 256];
    // SAFETY: room for the name.
    match unsafe { getlogin_r(name.as_mut_ptr(), name.len()) } {
        // SAFETY: the call has written a string.
        0 => Ok(decode(t, unsafe { CStr::from_ptr(name.as_ptr()) }.to_bytes())),
        error => Err(t.os_error(error)),
    }
}

/// A call that may well give -1: it failed if it also set the error number.
fn or_error(t: &Thread, call: impl FnOnce() -> i32) -> R {
    system::set_errno(0);
    match call() {
        -1 if system::errno() != 0 => Err(t.last_os_error()),
        n => Ok(Value::small(n.into())),
    }
}

fn nice(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let increment = c_int(t, &a[0])?;
    // SAFETY: takes a number.
    or_error(t, || unsafe { libc::nice(increment) })
}

fn getpriority(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (which, who) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?);
    // SAFETY: takes numbers.
    or_error(t, || unsafe { libc::getpriority(which as _, who as _) })
}

fn setpriority(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (which, who, priority) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?, c_int(t, given(&a[2]))?);
    // SAFETY: takes numbers.
    system::check(t, unsafe { libc::setpriority(which as _, who as _, priority) })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new("setuid", Func::Pos(setuid, 1, 1), "($module, uid, /)", "Set the current process's user id."),
    Def::new("setgid", Func::Pos(setgid, 1, 1), "($module, gid, /)", "Set the current process's group id."),
    Def::new("seteuid", Func::Pos(seteuid, 1, 1), "($module, euid, /)", "Set the current process's effective user id."),
    Def::new(
        "setegid",
        Func::Pos(setegid, 1, 1),
        "($module, egid, /)",
        "Set the current process's effective group id.",
    ),
    Def::new(
        "setreuid",
        Func::Pos(setreuid, 2, 2),
        "($module, ruid, euid, /)",
        "Set the current process's real and effective user ids.",
    ),
    Def::new(
        "setregid",
        Func::Pos(setregid, 2, 2),
        "($module, rgid, egid, /)",
        "Set the current process's real and effective group ids.",
    ),
    Def::new(
        "setresuid",
        Func::Pos(setresuid, 3, 3),
        "($module, ruid, euid, suid, /)",
        "Set the current process's real, effective, and saved user ids.",
    ),
    Def::new(
        "setresgid",
        Func::Pos(setresgid, 3, 3),
        "($module, rgid, egid, sgid, /)",
        "Set the current process's real, effective, and saved group ids.",
    ),
    Def::new(
        "getresuid",
        Func::NoArgs(getresuid),
        "($module, /)",
        "Return a tuple of the current process's real, effective, and saved user ids.",
    ),
    Def::new(
        "getresgid",
        Func::NoArgs(getresgid),
        "($module, /)",
        "Return a tuple of the current process's real, effective, and saved group ids.",
    ),
    Def::new(
        "setgroups",
        Func::One(setgroups),
        "($module, groups, /)",
        "Set the groups of the current process to list.",
    ),
    Def::new(
        "initgroups",
        Func::Pos(initgroups, 2, 2),
        "($module, username, gid, /)",
        "Initialize the group access list.\n\nCall the system initgroups() to initialize the group access list with\nall of the groups of which the specified username is a member, plus the\nspecified group id.",
    ),
    Def::new(
        "getgrouplist",
        Func::Pos(getgrouplist, 2, 2),
        "($module, user, group, /)",
        "Returns a list of groups to which a user belongs.\n\n  user\n    username to lookup\n  group\n    base group id of the user",
    ),
    Def::new("getlogin", Func::NoArgs(getlogin), "($module, /)", "Return the actual login name."),
    Def::new(
        "setpgid",
        Func::Pos(setpgid, 2, 2),
        "($module, pid, pgrp, /)",
        "Call the system call setpgid(pid, pgrp).",
    ),
    Def::new(
        "setpgrp",
        Func::NoArgs(setpgrp),
        "($module, /)",
        "Make the current process the leader of its process group.",
    ),
    Def::new(
        "nice",
        Func::Pos(nice, 1, 1),
        "($module, increment, /)",
        "Add increment to the priority of process and return the new priority.",
    ),
    Def::new(
        "getpriority",
        Func::Bound(getpriority),
        "($module, /, which, who)",
        "Return program scheduling priority.",
    ),
    Def::new(
        "setpriority",
        Func::Bound(setpriority),
        "($module, /, which, who, priority)",
        "Set program scheduling priority.",
    ),
];
