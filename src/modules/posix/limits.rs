//! What the system can do and where it ends: `sysconf` and its kin, file systems.

use super::constants;
use crate::modules::system::path::{self, Also, decode};
use crate::modules::system::{self, c_int, given};
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::Cell;
use std::mem::MaybeUninit;

static STATVFS_RESULT: Description = Description::new(
    "os.statvfs_result",
    "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.",
    &[
        ("f_bsize", ""),
        ("f_frsize", ""),
        ("f_blocks", ""),
        ("f_bfree", ""),
        ("f_bavail", ""),
        ("f_files", ""),
        ("f_ffree", ""),
        ("f_favail", ""),
        ("f_flag", ""),
        ("f_namemax", ""),
        ("f_fsid", ""),
    ],
    10,
);

/// A configuration value's number, from a number or its name in a table.
fn number(t: &Thread, v: &Value, table: &[(&str, i64)]) -> R<i32> {
    if let Some(name) = v.cast::<Str>() {
        let found = table.iter().find(|(known, _)| name.is(known));
        return found.map(|&(_, n)| n as i32).ok_or_else(|| t.value_error("unrecognized configuration name"));
    }
    if !int::is_int(v) && v.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error("configuration names must be strings or integers"));
    }
    c_int(t, v)
}

/// A limit: -1 with an error number is a failure, without one there is no limit.
fn limit(t: &Thread, files: &[Value], ask: impl FnOnce() -> i64) -> R {
    system::set_errno(0);
    match ask() {
        -1 if system::errno() != 0 => Err(t.os_error_with(system::errno(), files)),
        n => Ok(int::from_i64(t, n)),
    }
}

fn sysconf(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let name = number(t, &a[0], constants::SYSCONF)?;
    // SAFETY: takes a number.
    limit(t, &[], || unsafe { libc::sysconf(name) })
}

fn confstr(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let name = number(t, &a[0], constants::CONFSTR)?;
    let mut room = vec![0u8; 256];
    loop {
        system::set_errno(0);
        // SAFETY: room for that many bytes.
        let length = unsafe { libc::confstr(name, room.as_mut_ptr().cast(), room.len()) };
        match length {
            0 if system::errno() != 0 => return Err(t.last_os_error()),
            0 => return Ok(Value::NONE),
            n if n > room.len() => room.resize(n, 0),
            n => return Ok(decode(t, &room[..n - 1])),
        }
    }
}

fn pathconf(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let path = path::convert(t, given(&a[0]), "pathconf", "path", Also::Fd)?;
    let name = number(t, given(&a[1]), constants::PATHCONF)?;
    // SAFETY: a name that ends with a zero, or a descriptor.
    limit(t, path.files(), || unsafe {
        match path.fd {
            Some(fd) => libc::fpathconf(fd, name),
            None => libc::pathconf(path.ptr(), name),
        }
    })
}

fn fpathconf(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = system::file_descriptor(t, &a[0])?;
    let name = number(t, &a[1], constants::PATHCONF)?;
    // SAFETY: takes numbers.
    limit(t, &[], || unsafe { libc::fpathconf(fd, name) })
}

fn file_system(t: &Thread, found: &libc::statvfs) -> R {
    let values = [
        found.f_bsize,
        found.f_frsize,
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
        found.f_favail,
        found.f_flag,
        found.f_namemax,
        found.f_fsid,
    ];
    struct_sequence::make(t, &STATVFS_RESULT, values.map(|n| int::from_u64(t, n)))
}

fn statvfs(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let path = path::convert(t, given(&a[0]), "statvfs", "path", Also::Fd)?;
    let found = Cell::new(MaybeUninit::<libc::statvfs>::zeroed());
    // SAFETY: a name that ends with a zero or a descriptor; room for the answer.
    system::call_on(t, path.files(), || unsafe {
        match path.fd {
            Some(fd) => libc::fstatvfs(fd, found.as_ptr().cast()),
            None => libc::statvfs(path.ptr(), found.as_ptr().cast()),
        }
    })?;
    // SAFETY: filled by the call.
    file_system(t, &unsafe { found.into_inner().assume_init() })
}

fn fstatvfs(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let found = Cell::new(MaybeUninit::<libc::statvfs>::zeroed());
    // SAFETY: room for the answer.
    system::call(t, || unsafe { libc::fstatvfs(fd, found.as_ptr().cast()) })?;
    // SAFETY: filled by the call.
    file_system(t, &unsafe { found.into_inner().assume_init() })
}

pub fn add(t: &Thread, module: &Module) {
    module.set(t, "statvfs_result", struct_sequence::type_of(t, &STATVFS_RESULT));
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "sysconf",
        Func::Pos(sysconf, 1, 1),
        "($module, name, /)",
        "Return an integer-valued system configuration variable.",
    ),
    Def::new(
        "confstr",
        Func::Pos(confstr, 1, 1),
        "($module, name, /)",
        "Return a string-valued system configuration variable.",
    ),
    Def::new(
        "pathconf",
        Func::Bound(pathconf),
        "($module, /, path, name)",
        "Return the configuration limit name for the file or directory path.\n\nIf there is no limit, return -1.\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception.",
    ),
    Def::new(
        "fpathconf",
        Func::Pos(fpathconf, 2, 2),
        "($module, fd, name, /)",
        "Return the configuration limit name for the file descriptor fd.\n\nIf there is no limit, return -1.",
    ),
    Def::new(
        "statvfs",
        Func::Bound(statvfs),
        "($module, /, path)",
        "Perform a statvfs system call on the given path.\n\npath may always be specified as a string.\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception.",
    ),
    Def::new(
        "fstatvfs",
        Func::Pos(fstatvfs, 1, 1),
        "($module, fd, /)",
        "Perform an fstatvfs system call on the given fd.\n\nEquivalent to statvfs(fd).",
    ),
];
