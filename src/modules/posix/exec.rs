//! Running other programs: `execv` and `execve`, `posix_spawn`, `system`.

use super::spawn;
use crate::modules::sys::audit::audit;
use crate::modules::system::path::{self, Also, Path, fs_converter};
use crate::modules::system::{self, given};
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ffi::{CString, c_char};

/// Strings, and their addresses with a null at the end.
pub struct Strings {
    _owned: Vec<CString>,
    addresses: Vec<*const c_char>,
}

impl Strings {
    pub fn new(owned: Vec<CString>) -> Strings {
        let addresses = owned.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect();
        Strings { _owned: owned, addresses }
    }

    /// As C wants them.
    pub fn ptr(&self) -> *const *const c_char {
        self.addresses.as_ptr()
    }

    /// The addresses without the null.
    pub fn each(&self) -> &[*const c_char] {
        &self.addresses[..self.addresses.len() - 1]
    }
}

/// The items of a tuple or list.
pub fn tuple_or_list(t: &Thread, v: &Value) -> Option<Vec<Value>> {
    match v.cast::<Tuple>() {
        Some(tuple) => Some(tuple.items().to_vec()),
        None => Some(v.cast::<List>()?.snapshot(t)),
    }
}

/// The arguments of a program; `what` they are, for messages (`"execv() arg 2"`).
pub fn arguments(t: &Thread, v: &Value, what: &str, separator: &str) -> R<Strings> {
    let Some(items) = tuple_or_list(t, v) else {
        return Err(t.type_error(format!("{what} must be a tuple or list")));
    };
    if items.is_empty() {
        return Err(t.value_error(format!("{what} must not be empty")));
    }
    let strings: Vec<CString> = items.iter().map(|arg| fs_converter(t, arg)).collect::<R<_>>()?;
    if strings[0].is_empty() {
        return Err(t.value_error(format!("{what}{separator}first element cannot be empty")));
    }
    Ok(Strings::new(strings))
}

/// Whether `v[key]` means something.
pub fn is_mapping(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().getitem.is_some()
}

/// The environment of a program, from a mapping.
pub fn environment(t: &Thread, v: &Value) -> R<Strings> {
    let keys = protocol::collect(t, &protocol::call_method_str(t, v, "keys", &[])?)?;
    let values = protocol::collect(t, &protocol::call_method_str(t, v, "values", &[])?)?;
    let mut strings = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        let (key, value) = (fs_converter(t, key)?, fs_converter(t, value)?);
        let name = key.as_bytes();
        if name.is_empty() || name[1..].contains(&b'=') {
            return Err(t.value_error("illegal environment variable name"));
        }
        let line = [name, b"=", value.as_bytes()].concat();
        strings.push(CString::new(line).map_err(|_| t.value_error("embedded null byte"))?);
    }
    Ok(Strings::new(strings))
}

fn execv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let path = path::convert(t, &a[0], "execv", "path", Also::Nothing)?;
    let argv = arguments(t, &a[1], "execv() arg 2", " ")?;
    audit(t, "os.exec", &[path.object.clone(), a[1].clone(), Value::NONE])?;
    // SAFETY: a name and an array of strings. It returns only if it fails.
    unsafe { libc::execv(path.ptr(), argv.ptr()) };
    Err(t.last_os_error())
}

fn execve(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let path: Path = path::convert(t, given(&a[0]), "execve", "path", Also::Fd)?;
    let (args, env) = (given(&a[1]), given(&a[2]));
    let Some(items) = tuple_or_list(t, args) else {
        return Err(t.type_error("execve: argv must be a tuple or list"));
    };
    if items.is_empty() {
        return Err(t.value_error("execve: argv must not be empty"));
    }
    if !is_mapping(t, env) {
        return Err(t.type_error("execve: environment must be a mapping object"));
    }
    let strings: Vec<CString> = items.iter().map(|arg| fs_converter(t, arg)).collect::<R<_>>()?;
    if strings[0].is_empty() {
        return Err(t.value_error("execve: argv first element cannot be empty"));
    }
    let (argv, envp) = (Strings::new(strings), environment(t, env)?);
    audit(t, "os.exec", &[path.object.clone(), args.clone(), env.clone()])?;
    // SAFETY: a name or descriptor, and arrays of strings. They return only if they fail.
    unsafe {
        match path.fd {
            Some(fd) => libc::fexecve(fd, argv.ptr(), envp.ptr()),
            None => libc::execve(path.ptr(), argv.ptr(), envp.ptr()),
        }
    };
    Err(t.os_error_with(system::errno(), path.files()))
}

fn system_call(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let command = fs_converter(t, given(&a[0]))?;
    audit(t, "os.system", &[a[0].clone().unwrap_or(Value::NONE)])?;
    // SAFETY: the command ends with a zero.
    let status = t.blocking(|| unsafe { libc::system(command.as_ptr()) });
    Ok(Value::small(status.into()))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "execv",
        Func::Pos(execv, 2, 2),
        "($module, path, argv, /)",
        "Execute an executable path with arguments, replacing current process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.",
    ),
    Def::new(
        "execve",
        Func::Bound(execve),
        "($module, /, path, argv, env)",
        "Execute an executable path with arguments, replacing current process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings.",
    ),
    Def::new("system", Func::Bound(system_call), "($module, /, command)", "Execute the command in a subshell."),
    Def::new(
        "posix_spawn",
        Func::Bound(spawn::posix_spawn),
        "($module, path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)",
        "Execute the program specified by path in a new process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings.\n  file_actions\n    A sequence of file action tuples.\n  setpgroup\n    The pgroup to use with the POSIX_SPAWN_SETPGROUP flag.\n  resetids\n    If the value is `true` the POSIX_SPAWN_RESETIDS will be activated.\n  setsid\n    If the value is `true` the POSIX_SPAWN_SETSID or POSIX_SPAWN_SETSID_NP\n    will be activated.\n  setsigmask\n    The sigmask to use with the POSIX_SPAWN_SETSIGMASK flag.\n  setsigdef\n    The sigmask to use with the POSIX_SPAWN_SETSIGDEF flag.\n  scheduler\n    A tuple with the scheduler policy (optional) and parameters.",
    ),
    Def::new(
        "posix_spawnp",
        Func::Bound(spawn::posix_spawnp),
        "($module, path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)",
        "Execute the program specified by path in a new process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings.\n  file_actions\n    A sequence of file action tuples.\n  setpgroup\n    The pgroup to use with the POSIX_SPAWN_SETPGROUP flag.\n  resetids\n    If the value is `True` the POSIX_SPAWN_RESETIDS will be activated.\n  setsid\n    If the value is `True` the POSIX_SPAWN_SETSID or POSIX_SPAWN_SETSID_NP\n    will be activated.\n  setsigmask\n    The sigmask to use with the POSIX_SPAWN_SETSIGMASK flag.\n  setsigdef\n    The sigmask to use with the POSIX_SPAWN_SETSIGDEF flag.\n  scheduler\n    A tuple with the scheduler policy (optional) and parameters.",
    ),
];
