//! `stat`, `lstat`, `fstat` and what they return.

use crate::modules::system::path::{self, Also};
use crate::modules::system::{self, flag_or, given};
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::mem::MaybeUninit;

pub static STAT_RESULT: Description = Description::new(
    "os.stat_result",
    "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.",
    &[
        ("st_mode", "protection bits"),
        ("st_ino", "inode"),
        ("st_dev", "device"),
        ("st_nlink", "number of hard links"),
        ("st_uid", "user ID of owner"),
        ("st_gid", "group ID of owner"),
        ("st_size", "total size, in bytes"),
        ("", "integer time of last access"),
        ("", "integer time of last modification"),
        ("", "integer time of last change"),
        ("st_atime", "time of last access"),
        ("st_mtime", "time of last modification"),
        ("st_ctime", "time of last change"),
        ("st_atime_ns", "time of last access in nanoseconds"),
        ("st_mtime_ns", "time of last modification in nanoseconds"),
        ("st_ctime_ns", "time of last change in nanoseconds"),
        ("st_blksize", "blocksize for filesystem I/O"),
        ("st_blocks", "number of blocks allocated"),
        ("st_rdev", "device type (if inode device)"),
    ],
    10,
);

/// What a `struct stat` says, as a `stat_result`.
pub fn make(t: &Thread, st: &libc::stat) -> R {
    let times = [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let unsigned = |i: u64| int::from_u64(t, i);
    let signed = |i: i64| int::from_i64(t, i);
    let mut values = vec![
        unsigned(st.st_mode.into()),
        unsigned(st.st_ino),
        unsigned(st.st_dev),
        unsigned(st.st_nlink),
        unsigned(st.st_uid.into()),
        unsigned(st.st_gid.into()),
        signed(st.st_size),
    ];
    values.extend(times.iter().map(|&(s, _)| signed(s)));
    values.extend(times.iter().map(|&(s, ns)| float::new(t, s as f64 + 1e-9 * ns as f64)));
    values.extend(times.iter().map(|&(s, ns)| int::from_i128(t, i128::from(s) * 1_000_000_000 + i128::from(ns))));
    values.extend([signed(st.st_blksize), signed(st.st_blocks), unsigned(st.st_rdev)]);
    struct_sequence::make(t, &STAT_RESULT, values)
}

/// Calls something that fills a `struct stat`; `Err` is the error number.
pub fn raw(t: &Thread, f: impl Fn(*mut libc::stat) -> i32) -> R<Result<libc::stat, i32>> {
    let mut st = MaybeUninit::<libc::stat>::zeroed();
    let place = st.as_mut_ptr();
    let answer = system::attempt(t, || f(place))?;
    // SAFETY: zeroed, and filled by the call.
    Ok(answer.map(|_| unsafe { st.assume_init() }))
}

/// `stat` under its several names.
pub fn stat_path(t: &Thread, function: &str, p: &path::Path, dir_fd: i32, follow: bool) -> R {
    if p.fd.is_some() && dir_fd != libc::AT_FDCWD {
        return Err(t.value_error(format!("{function}: can't specify dir_fd without matching path")));
    }
    if p.fd.is_some() && !follow {
        return Err(t.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let found = raw(t, |place| {
        // SAFETY: `place` has room for a `struct stat`, the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::fstat(fd, place),
                None => libc::fstatat(dir_fd, p.ptr(), place, flags),
            }
        }
    })?;
    match found {
        Ok(st) => make(t, &st),
        Err(error) => match system::packaged::stat(error, p.name()) {
            Some(st) => make(t, &st),
            None => Err(t.os_error_with(error, p.files())),
        },
    }
}

fn stat(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "stat", "path", Also::Fd)?;
    stat_path(t, "stat", &p, path::dir_fd(t, &a[1])?, flag_or(t, &a[2], true)?)
}

fn lstat(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "lstat", "path", Also::Nothing)?;
    stat_path(t, "lstat", &p, path::dir_fd(t, &a[1])?, false)
}

fn fstat(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = path::fd(t, given(&a[0]))?;
    // SAFETY: `place` has room for a `struct stat`.
    match raw(t, |place| unsafe { libc::fstat(fd, place) })? {
        Ok(st) => make(t, &st),
        Err(error) => Err(t.os_error(error)),
    }
}

/// Adds the types.
pub fn add(t: &Thread, module: &Module) {
    module.set(t, "stat_result", struct_sequence::type_of(t, &STAT_RESULT));
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "stat",
        Func::Bound(stat),
        "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
        "Perform a stat system call on the given path.\n\n  path\n    Path to be examined; can be string, bytes, a path-like object or\n    open-file-descriptor int.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be a relative string; path will then be relative to\n    that directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    stat will examine the symbolic link itself instead of the file\n    the link points to.\n\ndir_fd and follow_symlinks may not be implemented\n  on your platform.  If they are unavailable, using them will raise a\n  NotImplementedError.\n\nIt's an error to use dir_fd or follow_symlinks when specifying path as\n  an open file descriptor.",
    ),
    Def::new(
        "lstat",
        Func::Bound(lstat),
        "($module, /, path, *, dir_fd=None)",
        "Perform a stat system call on the given path, without following symbolic links.\n\nLike stat(), but do not follow symbolic links.\nEquivalent to stat(path, follow_symlinks=False).",
    ),
    Def::new(
        "fstat",
        Func::Bound(fstat),
        "($module, /, fd)",
        "Perform a stat system call on the given file descriptor.\n\nLike stat(), but for an open file descriptor.\nEquivalent to os.stat(fd).",
    ),
];
