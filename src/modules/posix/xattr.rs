//! Extended attributes of files.

use crate::modules::sys::audit::audit;
use crate::modules::system::path::{self, Also, Path, convert, decode};
use crate::modules::system::{self, c_int_or, flag_or, given};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::list::List;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The file, and whether a link is followed.
fn file(t: &Thread, v: &Option<Value>, follow: &Option<Value>, function: &str, also: Also) -> R<(Path, bool)> {
    let missing = Value::NONE;
    let path = convert(t, v.as_ref().unwrap_or(&missing), function, "path", also)?;
    let follow = flag_or(t, follow, true)?;
    if path.fd.is_some() && !follow {
        return Err(t.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok((path, follow))
}

fn name(t: &Thread, v: &Option<Value>, function: &str) -> R<Path> {
    path::convert(t, given(v), function, "attribute", Also::Nothing)
}

/// Asks for data of unknown size: with room for more and more of it.
fn data(t: &Thread, path: &Path, ask: impl Fn(*mut libc::c_void, usize) -> isize) -> R<Vec<u8>> {
    for size in [128, 65536, 1 << 20] {
        let mut room = vec![0u8; size];
        let place: *mut u8 = room.as_mut_ptr();
        match system::attempt(t, || ask(place.cast(), size))? {
            Ok(n) => {
                room.truncate(n as usize);
                return Ok(room);
            }
            Err(libc::ERANGE) => {}
            Err(error) => return Err(t.os_error_with(error, path.files())),
        }
    }
    Err(t.os_error_with(libc::ERANGE, path.files()))
}

fn getxattr(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, follow) = file(t, &a[0], &a[2], "getxattr", Also::Fd)?;
    let name = name(t, &a[1], "getxattr")?;
    audit(t, "os.getxattr", &[path.object.clone(), name.object.clone()])?;
    // SAFETY: names that end with a zero, and a place of that size.
    let found = data(t, &path, |place, size| unsafe {
        match path.fd {
            Some(fd) => libc::fgetxattr(fd, name.ptr(), place, size),
            None if follow => libc::getxattr(path.ptr(), name.ptr(), place, size),
            None => libc::lgetxattr(path.ptr(), name.ptr(), place, size),
        }
    })?;
    Ok(Bytes::make(t, &found))
}

fn setxattr(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, follow) = file(t, &a[0], &a[4], "setxattr", Also::Fd)?;
    let name = name(t, &a[1], "setxattr")?;
    let value = buffer::bytes_like(t, given(&a[2]))?;
    let flags = c_int_or(t, &a[3], 0)?;
    audit(
        t,
        "os.setxattr",
        &[path.object.clone(), name.object.clone(), given(&a[2]).clone(), Value::small(flags.into())],
    )?;
    let (place, size) = (value.as_ptr().cast(), value.len());
    // SAFETY: names that end with a zero, and data of that size.
    system::call_on(t, path.files(), || unsafe {
        match path.fd {
            Some(fd) => libc::fsetxattr(fd, name.ptr(), place, size, flags),
            None if follow => libc::setxattr(path.ptr(), name.ptr(), place, size, flags),
            None => libc::lsetxattr(path.ptr(), name.ptr(), place, size, flags),
        }
    })?;
    Ok(Value::NONE)
}

fn removexattr(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, follow) = file(t, &a[0], &a[2], "removexattr", Also::Fd)?;
    let name = name(t, &a[1], "removexattr")?;
    audit(t, "os.removexattr", &[path.object.clone(), name.object.clone()])?;
    // SAFETY: names that end with a zero.
    system::call_on(t, path.files(), || unsafe {
        match path.fd {
            Some(fd) => libc::fremovexattr(fd, name.ptr()),
            None if follow => libc::removexattr(path.ptr(), name.ptr()),
            None => libc::lremovexattr(path.ptr(), name.ptr()),
        }
    })?;
    Ok(Value::NONE)
}

fn listxattr(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, follow) = file(t, &a[0], &a[1], "listxattr", Also::FdOrNone)?;
    audit(t, "os.listxattr", std::slice::from_ref(&path.object))?;
    // SAFETY: a name that ends with a zero, and a place of that size.
    let found = data(t, &path, |place, size| unsafe {
        let place = place.cast();
        match path.fd {
            Some(fd) => libc::flistxattr(fd, place, size),
            None if follow => libc::listxattr(path.ptr(), place, size),
            None => libc::llistxattr(path.ptr(), place, size),
        }
    })?;
    let names: Vec<Value> =
        found.split(|&b| b == 0).filter(|name| !name.is_empty()).map(|name| decode(t, name)).collect();
    Ok(List::make(t, names))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "getxattr",
        Func::Bound(getxattr),
        "($module, /, path, attribute, *, follow_symlinks=True)",
        "Return the value of extended attribute attribute on path.\n\npath may be either a string, a path-like object, or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, getxattr will examine the symbolic link itself\ninstead of the file the link points to.",
    ),
    Def::new(
        "setxattr",
        Func::Bound(setxattr),
        "($module, /, path, attribute, value, flags=0, *, follow_symlinks=True)",
        "Set extended attribute attribute on path to value.\n\npath may be either a string, a path-like object,  or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, setxattr will modify the symbolic link itself instead\nof the file the link points to.",
    ),
    Def::new(
        "removexattr",
        Func::Bound(removexattr),
        "($module, /, path, attribute, *, follow_symlinks=True)",
        "Remove extended attribute attribute on path.\n\npath may be either a string, a path-like object, or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, removexattr will modify the symbolic link itself\ninstead of the file the link points to.",
    ),
    Def::new(
        "listxattr",
        Func::Bound(listxattr),
        "($module, /, path=None, *, follow_symlinks=True)",
        "Return a list of extended attributes on path.\n\npath may be either None, a string, a path-like object, or an open file\ndescriptor.  If path is None, listxattr will examine the current\ndirectory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, listxattr will examine the symbolic link itself instead\nof the file the link points to.",
    ),
];
