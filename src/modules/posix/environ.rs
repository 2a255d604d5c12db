//! The environment: `environ` as a dict of bytes, `putenv`, `unsetenv`.

use crate::modules::system;
use crate::modules::system::path::fs_converter;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::os::unix::ffi::OsStrExt;

fn make(t: &Thread) -> R {
    let dict = Dict::make(t);
    let namespace = dict.cast::<Dict>().expect("just made");
    for (key, value) in std::env::vars_os() {
        // The first of several wins, as `getenv` sees it.
        let key = Bytes::make(t, key.as_bytes());
        namespace.get_or_insert(t, &key, &Bytes::make(t, value.as_bytes()))?;
    }
    Ok(dict)
}

fn create_environ(t: &Thread, _m: &Value) -> R {
    make(t)
}

fn putenv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (name, value) = (fs_converter(t, &a[0])?, fs_converter(t, &a[1])?);
    if name.as_bytes().contains(&b'=') {
        return Err(t.value_error("illegal environment variable name"));
    }
    // SAFETY: both end with a zero; `setenv` copies them.
    system::check(t, unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) })?;
    Ok(Value::NONE)
}

fn unsetenv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let name = fs_converter(t, &a[0])?;
    // SAFETY: it ends with a zero.
    system::check(t, unsafe { libc::unsetenv(name.as_ptr()) })?;
    Ok(Value::NONE)
}

/// Adds `environ`.
pub fn add(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "environ", make(t)?);
    Ok(())
}

pub const FUNCTIONS: &[Def] = &[
    Def::new("_create_environ", Func::NoArgs(create_environ), "($module, /)", "Create the environment dictionary."),
    Def::new("putenv", Func::Pos(putenv, 2, 2), "($module, name, value, /)", "Change or add an environment variable."),
    Def::new("unsetenv", Func::Pos(unsetenv, 1, 1), "($module, name, /)", "Delete an environment variable."),
];
