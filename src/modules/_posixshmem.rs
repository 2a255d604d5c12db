//! `_posixshmem`: memory that processes share, by name.

use super::ModuleSpec;
use crate::modules::system::path::encode;
use crate::modules::system::{self, c_int, c_int_or, given};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::CString;

fn name(t: &Thread, v: &Value, what: &str) -> R<CString> {
    if v.cast::<Str>().is_none() {
        return Err(t.type_error(format!("{what} must be str, not {}", v.type_of(t).name_str())));
    }
    CString::new(encode(t, v)?).map_err(|_| t.value_error("embedded null character"))
}

fn shm_open(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let path = name(t, given(&a[0]), "shm_open() argument 1")?;
    let (flags, mode) = (c_int(t, given(&a[1]))?, c_int_or(t, &a[2], 0o777)?);
    let files = [given(&a[0]).clone()];
    // SAFETY: the name ends with a zero.
    let fd = system::call_on(t, &files, || unsafe { libc::shm_open(path.as_ptr(), flags, mode as libc::mode_t) })?;
    Ok(Value::small(fd.into()))
}

fn shm_unlink(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let path = name(t, &a[0], "shm_unlink() argument")?;
    // SAFETY: the name ends with a zero.
    system::call_on(t, &a[..1], || unsafe { libc::shm_unlink(path.as_ptr()) })?;
    Ok(Value::NONE)
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_posixshmem",
    doc: "POSIX shared memory module",
    functions: &[
        Def::new(
            "shm_open",
            Func::Bound(shm_open),
            "($module, /, path, flags, mode=511)",
            "Open a shared memory object.  Returns a file descriptor (integer).",
        ),
        Def::new(
            "shm_unlink",
            Func::Pos(shm_unlink, 1, 1),
            "($module, path, /)",
            "Remove a shared memory object (similar to unlink()).",
        ),
    ],
    ..ModuleSpec::DEFAULT
};
