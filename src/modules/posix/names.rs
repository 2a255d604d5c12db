//! Names of files: links, renaming, removal, access rights and times.

use crate::modules::system::path::{self, Also, Path};
use crate::modules::system::{self, c_int, c_int_or, flag_or, given, not_none};
use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

fn access(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "access")?;
    let (mode, dir) = (c_int(t, given(&a[1]))?, path::dir_fd(t, &a[2])?);
    let mut flags = 0;
    if flag_or(t, &a[3], false)? {
        flags |= libc::AT_EACCESS;
    }
    if !flag_or(t, &a[4], true)? {
        flags |= libc::AT_SYMLINK_NOFOLLOW;
    }
    // SAFETY: the name ends with a zero.
    let (answer, error) = t.blocking(|| unsafe { (libc::faccessat(dir, p.ptr(), mode, flags), system::errno()) });
    Ok(Value::bool(answer == 0 || system::packaged::access(error, p.name(), mode)))
}

fn readlink(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "readlink")?;
    let dir = path::dir_fd(t, &a[1])?;
    let mut buffer = vec![0u8; libc::PATH_MAX as usize + 1];
    let (place, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the buffer has that size, the name ends with a zero.
    let n = system::call_on(t, p.files(), || unsafe { libc::readlinkat(dir, p.ptr(), place, room) })?;
    Ok(p.make(t, &buffer[..n as usize]))
}

fn symlink(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let src = path::convert(t, given(&a[0]), "symlink", "src", Also::Nothing)?;
    let dst = path::convert(t, given(&a[1]), "symlink", "dst", Also::Nothing)?;
    let dir = path::dir_fd(t, &a[3])?;
    // SAFETY: the names end with zeros.
    system::call_on(t, &pair(&src, &dst), || unsafe { libc::symlinkat(src.ptr(), dir, dst.ptr()) })?;
    Ok(Value::NONE)
}

fn pair(src: &Path, dst: &Path) -> [Value; 2] {
    [src.object.clone(), dst.object.clone()]
}

fn link(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let src = path::convert(t, given(&a[0]), "link", "src", Also::Nothing)?;
    let dst = path::convert(t, given(&a[1]), "link", "dst", Also::Nothing)?;
    let (from, to) = (path::dir_fd(t, &a[2])?, path::dir_fd(t, &a[3])?);
    let flags = if flag_or(t, &a[4], true)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    // SAFETY: the names end with zeros.
    system::call_on(t, &pair(&src, &dst), || unsafe { libc::linkat(from, src.ptr(), to, dst.ptr(), flags) })?;
    Ok(Value::NONE)
}

fn move_file(t: &Thread, function: &str, a: &[Option<Value>]) -> R {
    let src = path::convert(t, given(&a[0]), function, "src", Also::Nothing)?;
    let dst = path::convert(t, given(&a[1]), function, "dst", Also::Nothing)?;
    let (from, to) = (path::dir_fd(t, &a[2])?, path::dir_fd(t, &a[3])?);
    // SAFETY: the names end with zeros.
    system::call_on(t, &pair(&src, &dst), || unsafe { libc::renameat(from, src.ptr(), to, dst.ptr()) })?;
    Ok(Value::NONE)
}

fn rename(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    move_file(t, "rename", a)
}

fn replace(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    move_file(t, "replace", a)
}

fn remove_file(t: &Thread, function: &str, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], function)?;
    let dir = path::dir_fd(t, &a[1])?;
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::unlinkat(dir, p.ptr(), 0) })?;
    Ok(Value::NONE)
}

fn unlink(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    remove_file(t, "unlink", a)
}

fn remove(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    remove_file(t, "remove", a)
}

fn chmod(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "chmod", "path", Also::Fd)?;
    let mode = c_int(t, given(&a[1]))? as libc::mode_t;
    let (dir, follow) = (path::dir_fd(t, &a[2])?, flag_or(t, &a[3], true)?);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let answer = system::attempt(t, || {
        // SAFETY: the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::fchmod(fd, mode),
                None => libc::fchmodat(dir, p.ptr(), mode, flags),
            }
        }
    })?;
    match answer {
        Ok(_) => Ok(Value::NONE),
        Err(libc::ENOTSUP) if !follow => {
            let message = "chmod: follow_symlinks unavailable on this platform";
            Err(t.not_implemented_error(message))
        }
        Err(error) => Err(t.os_error_with(error, p.files())),
    }
}

fn fchmod(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (fd, mode) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?);
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::fchmod(fd, mode as libc::mode_t) })?;
    Ok(Value::NONE)
}

/// A user or group id: -1 leaves it as it is.
pub fn id(t: &Thread, v: &Value, what: &str) -> R<u32> {
    if !int::is_int(v) && v.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error(format!("{what} should be integer, not {}", v.type_of(t).name_str())));
    }
    let i = protocol::index(t, v)?;
    match int::as_i64(&i) {
        Some(-1) => Ok(u32::MAX),
        Some(n) if n < 0 => Err(t.overflow_error(format!("{what} is less than minimum"))),
        Some(n) if n <= i64::from(u32::MAX) => Ok(n as u32),
        // CPython's words for one that is too big for the type of ids, but not for a C long.
        Some(_) => Err(t.overflow_error(format!("{what} is less than minimum"))),
        None if int::clamp_isize(&i) < 0 => Err(t.overflow_error(format!("{what} is less than minimum"))),
        _ => Err(t.overflow_error(format!("{what} is greater than maximum"))),
    }
}

fn chown(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "chown", "path", Also::Fd)?;
    let (uid, gid) = (id(t, given(&a[1]), "uid")?, id(t, given(&a[2]), "gid")?);
    let (dir, follow) = (path::dir_fd(t, &a[3])?, flag_or(t, &a[4], true)?);
    if p.fd.is_some() && dir != libc::AT_FDCWD {
        return Err(t.value_error("chown: can't specify both dir_fd and fd"));
    }
    if p.fd.is_some() && !follow {
        return Err(t.value_error("chown: cannot use fd and follow_symlinks together"));
    }
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    system::call_on(t, p.files(), || {
        // SAFETY: the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::fchown(fd, uid, gid),
                None => libc::fchownat(dir, p.ptr(), uid, gid, flags),
            }
        }
    })?;
    Ok(Value::NONE)
}

fn fchown(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (fd, uid, gid) = (c_int(t, given(&a[0]))?, id(t, given(&a[1]), "uid")?, id(t, given(&a[2]), "gid")?);
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::fchown(fd, uid, gid) })?;
    Ok(Value::NONE)
}

fn lchown(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "lchown")?;
    let (uid, gid) = (id(t, given(&a[1]), "uid")?, id(t, given(&a[2]), "gid")?);
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::lchown(p.ptr(), uid, gid) })?;
    Ok(Value::NONE)
}

/// A length argument of type `off_t`.
pub fn offset(t: &Thread, v: &Value) -> R<i64> {
    int::arg_i64(t, v)
}

fn truncate(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "truncate", "path", Also::Fd)?;
    let length = offset(t, given(&a[1]))?;
    system::call_on(t, p.files(), || {
        // SAFETY: the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::ftruncate(fd, length),
                None => libc::truncate(p.ptr(), length),
            }
        }
    })?;
    Ok(Value::NONE)
}

/// Seconds as a `timespec`, rounded down.
fn seconds(t: &Thread, v: &Value) -> R<libc::timespec> {
    if let Some(s) = int::as_i64(v) {
        return Ok(libc::timespec { tv_sec: s, tv_nsec: 0 });
    }
    let s = float::to_f64(t, v)?;
    if s.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    let whole = s.floor();
    if !(-9.2e18..9.2e18).contains(&whole) {
        return Err(t.overflow_error("timestamp out of range for platform time_t"));
    }
    let ns = ((s - whole) * 1e9).floor() as i64;
    Ok(libc::timespec { tv_sec: whole as i64, tv_nsec: ns.min(999_999_999) })
}

/// Nanoseconds as a `timespec`.
fn nanoseconds(t: &Thread, v: &Value) -> R<libc::timespec> {
    let i = protocol::index(t, v)?;
    let Some(ns) = int::as_i64(&i) else {
        let big = int::big_of(&i).map(|b| b.into_owned()).unwrap_or_default();
        let billion = num_bigint::BigInt::from(1_000_000_000);
        let (s, ns) = num_integer::Integer::div_mod_floor(&big, &billion);
        let parts = (num_traits::ToPrimitive::to_i64(&s), num_traits::ToPrimitive::to_i64(&ns));
        return match parts {
            (Some(tv_sec), Some(tv_nsec)) => Ok(libc::timespec { tv_sec, tv_nsec }),
            _ => Err(t.overflow_error("timestamp out of range for platform time_t")),
        };
    };
    Ok(libc::timespec { tv_sec: ns.div_euclid(1_000_000_000), tv_nsec: ns.rem_euclid(1_000_000_000) })
}

fn utime(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "utime", "path", Also::Fd)?;
    let times = not_none(&a[1]);
    let (dir, follow) = (path::dir_fd(t, &a[3])?, flag_or(t, &a[4], true)?);
    if times.is_some() && a[2].is_some() {
        return Err(t.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let both = |v: &Value, convert: fn(&Thread, &Value) -> R<libc::timespec>, error: &str| match v
        .cast::<Tuple>()
        .map(|v| v.items())
    {
        Some([first, second]) => Ok(Some([convert(t, first)?, convert(t, second)?])),
        _ => Err(t.type_error(error)),
    };
    let spec = match (times, &a[2]) {
        (Some(v), _) => both(v, seconds, "utime: 'times' must be either a tuple of two ints or None")?,
        (None, Some(v)) => both(v, nanoseconds, "utime: 'ns' must be a tuple of two ints")?,
        (None, None) => None,
    };
    if p.fd.is_some() && dir != libc::AT_FDCWD {
        return Err(t.value_error("utime: can't specify dir_fd without matching path"));
    }
    if p.fd.is_some() && !follow {
        return Err(t.value_error("utime: cannot use fd and follow_symlinks together"));
    }
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let times = spec.as_ref().map_or(std::ptr::null(), |s| s.as_ptr());
    system::call_on(t, p.files(), || {
        // SAFETY: two times or null; the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::futimens(fd, times),
                None => libc::utimensat(dir, p.ptr(), times, flags),
            }
        }
    })?;
    Ok(Value::NONE)
}

fn mkfifo(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "mkfifo")?;
    let (mode, dir) = (c_int_or(t, &a[1], 0o666)?, path::dir_fd(t, &a[2])?);
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::mkfifoat(dir, p.ptr(), mode as libc::mode_t) })?;
    Ok(Value::NONE)
}

fn mknod(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "mknod")?;
    let mode = c_int_or(t, &a[1], 0o600)? as libc::mode_t;
    let device = match &a[2] {
        Some(v) => super::info::device(t, v)?,
        None => 0,
    };
    let dir = path::dir_fd(t, &a[3])?;
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::mknodat(dir, p.ptr(), mode, device) })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "access",
        Func::Bound(access),
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       follow_symlinks=True)",
        "Use the real uid/gid to test for access to a path.\n\n  path\n    Path to be tested; can be string, bytes, or a path-like object.\n  mode\n    Operating-system mode bitfield.  Can be F_OK to test existence,\n    or the inclusive-OR of R_OK, W_OK, and X_OK.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  effective_ids\n    If True, access will use the effective uid/gid instead of\n    the real uid/gid.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    access will examine the symbolic link itself instead of the file\n    the link points to.\n\ndir_fd, effective_ids, and follow_symlinks may not be implemented\n  on your platform.  If they are unavailable, using them will raise a\n  NotImplementedError.\n\nNote that most operations will use the effective uid/gid, therefore this\n  routine can be used in a suid/sgid environment to test if the invoking user\n  has the specified access to the path.",
    ),
    Def::new(
        "readlink",
        Func::Bound(readlink),
        "($module, /, path, *, dir_fd=None)",
        "Return a string representing the path to which the symbolic link points.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\n\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.",
    ),
    Def::new(
        "symlink",
        Func::Bound(symlink),
        "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)",
        "Create a symbolic link pointing to src named dst.\n\ntarget_is_directory is required on Windows if the target is to be\ninterpreted as a directory.  (On Windows, symlink requires Windows 6.0\nor greater, and raises a NotImplementedError otherwise.)\ntarget_is_directory is ignored on non-Windows platforms.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.",
    ),
    Def::new(
        "link",
        Func::Bound(link),
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n     follow_symlinks=(os.name != 'nt'))",
        "Create a hard link to a file.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nIf follow_symlinks is False, and the last element of src is a symbolic\nlink, link will create a link to the symbolic link itself instead of the\nfile the link points to.\nsrc_dir_fd, dst_dir_fd, and follow_symlinks may not be implemented on\nyour platform.  If they are unavailable, using them will raise\na NotImplementedError.",
    ),
    Def::new(
        "rename",
        Func::Bound(rename),
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "Rename a file or directory.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nsrc_dir_fd and dst_dir_fd, may not be implemented on your platform.\nIf they are unavailable, using them will raise a NotImplementedError.",
    ),
    Def::new(
        "replace",
        Func::Bound(replace),
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "Rename a file or directory, overwriting the destination.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nsrc_dir_fd and dst_dir_fd, may not be implemented on your platform.\nIf they are unavailable, using them will raise a NotImplementedError.",
    ),
    Def::new(
        "unlink",
        Func::Bound(unlink),
        "($module, /, path, *, dir_fd=None)",
        "Remove a file (same as remove()).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError.",
    ),
    Def::new(
        "remove",
        Func::Bound(remove),
        "($module, /, path, *, dir_fd=None)",
        "Remove a file (same as unlink()).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError.",
    ),
    Def::new(
        "chmod",
        Func::Bound(chmod),
        "($module, /, path, mode, *, dir_fd=None,\n      follow_symlinks=(os.name != 'nt'))",
        "Change the access permissions of a file.\n\n  path\n    Path to be modified.  May always be specified as a str, bytes, or\n    a path-like object.  On some platforms, path may also be specified\n    as an open file descriptor.  If this functionality is unavailable,\n    using it raises an exception.\n  mode\n    Operating-system mode bitfield.\n    Be careful when using number literals for *mode*. The conventional\n    UNIX notation for numeric modes uses an octal base, which needs to\n    be indicated with a ``0o`` prefix in Python.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    chmod will modify the symbolic link itself instead of the file\n    the link points to.\n\nIt is an error to use dir_fd or follow_symlinks when specifying path as\n  an open file descriptor.\ndir_fd and follow_symlinks may not be implemented on your platform.\n  If they are unavailable, using them will raise a NotImplementedError.",
    ),
    Def::new(
        "fchmod",
        Func::Bound(fchmod),
        "($module, /, fd, mode)",
        "Change the access permissions of the file given by file descriptor fd.\n\n  fd\n    The file descriptor of the file to be modified.\n  mode\n    Operating-system mode bitfield.\n    Be careful when using number literals for *mode*.  The conventional\n    UNIX notation for numeric modes uses an octal base, which needs to\n    be indicated with a ``0o`` prefix in Python.\n\nEquivalent to os.chmod(fd, mode).",
    ),
    Def::new(
        "chown",
        Func::Bound(chown),
        "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        "Change the owner and group id of path to the numeric uid and gid.\n\n  path\n    Path to be examined; can be string, bytes, a path-like object, or\n    open-file-descriptor int.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    stat will examine the symbolic link itself instead of the file\n    the link points to.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception.\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, chown will modify the symbolic link itself instead of\nthe file the link points to.\nIt is an error to use dir_fd or follow_symlinks when specifying path as\nan open file descriptor.\ndir_fd and follow_symlinks may not be implemented on your platform.  If\nthey are unavailable, using them will raise a NotImplementedError.",
    ),
    Def::new(
        "fchown",
        Func::Bound(fchown),
        "($module, /, fd, uid, gid)",
        "Change the owner and group id of the file specified by file descriptor.\n\nEquivalent to os.chown(fd, uid, gid).",
    ),
    Def::new(
        "lchown",
        Func::Bound(lchown),
        "($module, /, path, uid, gid)",
        "Change the owner and group id of path to the numeric uid and gid.\n\nThis function will not follow symbolic links.\nEquivalent to os.chown(path, uid, gid, follow_symlinks=False).",
    ),
    Def::new(
        "truncate",
        Func::Bound(truncate),
        "($module, /, path, length)",
        "Truncate a file, specified by path, to a specific length.\n\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception.",
    ),
    Def::new(
        "utime",
        Func::Bound(utime),
        "($module, /, path, times=None, *, ns=<unrepresentable>,\n      dir_fd=None, follow_symlinks=True)",
        "Set the access and modified time of path.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception.\n\nIf times is not None, it must be a tuple (atime, mtime);\natime and mtime should be expressed as float seconds since the epoch.\nIf ns is specified, it must be a tuple (atime_ns, mtime_ns);\natime_ns and mtime_ns should be expressed as integer nanoseconds\nsince the epoch.\nIf times is None and ns is unspecified, utime uses the current time.\nSpecifying tuples for both times and ns is an error.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, utime will modify the symbolic link itself instead of\nthe file the link points to.\nIt is an error to use dir_fd or follow_symlinks when specifying path as\nan open file descriptor.\ndir_fd and follow_symlinks may not be available on your platform.\nIf they are unavailable, using them will raise a NotImplementedError.",
    ),
    Def::new(
        "mkfifo",
        Func::Bound(mkfifo),
        "($module, /, path, mode=438, *, dir_fd=None)",
        "Create a \"fifo\" (a POSIX named pipe).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.",
    ),
    Def::new(
        "mknod",
        Func::Bound(mknod),
        "($module, /, path, mode=384, device=0, *, dir_fd=None)",
        "Create a node in the file system.\n\nCreate a node in the file system (file, device special file or named\npipe) at path.  mode specifies both the permissions to use and the\ntype of node to be created, being combined (bitwise OR) with one of\nS_IFREG, S_IFCHR, S_IFBLK, and S_IFIFO.  If S_IFCHR or S_IFBLK is set\non mode, device defines the newly created device special file (probably\nusing os.makedev()).  Otherwise device is ignored.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.",
    ),
];
