//! Shared libraries: `dlopen`, `dlsym`, `dlclose`, and the list of what is loaded.

use super::codes::wrapped;
use crate::modules::system::path;
use crate::modules::system::{c_int, os_error_text};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::{CStr, CString};

/// What the system says of the last failure.
fn last_error() -> Option<String> {
    // SAFETY: the text is the thread's own until its next call.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return None;
    }
    // SAFETY: it ends with a zero.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

fn dlopen(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let mode = args.get(1).map_or(Ok(libc::RTLD_NOW), |mode| c_int(t, mode))? | libc::RTLD_NOW;
    crate::modules::sys::audit::audit(t, "ctypes.dlopen", &args[..1])?;
    let name = if args[0].is_none() { None } else { Some(path::fs_converter(t, &args[0])?) };
    let place = name.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    let opened = t.blocking(|| {
        // SAFETY: a name that ends with a zero, or none. What the library does when it is loaded is its own affair.
        let handle = unsafe { libc::dlopen(place, mode) };
        if handle.is_null() {
            Err(last_error().unwrap_or_else(|| "dlopen() error".to_owned()))
        } else {
            Ok(handle as u64)
        }
    });
    match opened {
        Ok(handle) => Ok(int::from_u64(t, handle)),
        Err(text) => Err(os_error_text(t, &text)),
    }
}

fn dlclose(t: &Thread, _m: &Value, handle: &Value) -> R {
    let handle = address(t, handle)?;
    // SAFETY: the script vouches for the handle, as in C.
    if unsafe { libc::dlclose(handle as *mut libc::c_void) } != 0 {
        return Err(os_error_text(t, &last_error().unwrap_or_else(|| "dlclose() error".to_owned())));
    }
    Ok(Value::NONE)
}

fn dlsym(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let handle = address(t, &args[0])?;
    match symbol(t, handle, &args[1])? {
        Ok(address) => Ok(int::from_u64(t, address as u64)),
        Err(text) => Err(os_error_text(t, &text)),
    }
}

/// An int that is an address.
pub fn address(t: &Thread, v: &Value) -> R<u64> {
    if int::is_int(v) { Ok(wrapped(v)) } else { Err(t.type_error("an integer is required")) }
}

/// The handle of a `CDLL`.
pub fn handle_of(t: &Thread, library: &Value) -> R<u64> {
    let handle = protocol::getattr_str(t, library, "_handle")?;
    if int::is_int(&handle) {
        Ok(wrapped(&handle))
    } else {
        Err(t.type_error("the _handle attribute of the second argument must be an integer"))
    }
}

/// A symbol's address, or what the system says.
pub fn symbol(t: &Thread, handle: u64, name: &Value) -> R<Result<*mut u8, String>> {
    let text = match (name.cast::<Str>(), name.cast::<Bytes>()) {
        (Some(name), _) => name.to_str_lossy().as_bytes().to_vec(),
        (_, Some(name)) => name.as_slice().to_vec(),
        _ => return Err(t.type_error(format!("a symbol's name must be str, not {}", name.type_of(t).name_str()))),
    };
    let c_name = CString::new(text).map_err(|_| t.value_error("embedded null character"))?;
    crate::modules::sys::audit::audit(t, "ctypes.dlsym/handle", &[int::from_u64(t, handle), name.clone()])?;
    // SAFETY: the name ends with a zero; the script vouches for the handle. An earlier error is asked for and gone.
    let address = unsafe {
        libc::dlerror();
        libc::dlsym(handle as *mut libc::c_void, c_name.as_ptr())
    };
    // A symbol may be there and have no address.
    let missing = || last_error().unwrap_or_else(|| format!("symbol '{}' not found", c_name.to_string_lossy()));
    Ok(if address.is_null() { Err(missing()) } else { Ok(address.cast()) })
}

fn dllist(t: &Thread, _m: &Value) -> R {
    unsafe extern "C" fn add(info: *mut libc::dl_phdr_info, _size: usize, names: *mut libc::c_void) -> i32 {
        // SAFETY: the system passes what we gave it, and a name that ends with a zero.
        unsafe {
            let names = &mut *(names as *mut Vec<Vec<u8>>);
            names.push(CStr::from_ptr((*info).dlpi_name).to_bytes().to_vec());
        }
        0
    }
    let mut names: Vec<Vec<u8>> = Vec::new();
    // SAFETY: the callback gets the list, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(add), (&raw mut names).cast()) };
    Ok(List::make(t, names.iter().map(|name| path::decode(t, name)).collect::<Vec<_>>()))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "dlopen",
        Func::Pos(dlopen, 1, 2),
        "",
        "dlopen(name, flag={RTLD_GLOBAL|RTLD_LOCAL}) open a shared library",
    ),
    Def::new("dlclose", Func::One(dlclose), "", "dlclose a library"),
    Def::new("dlsym", Func::Pos(dlsym, 2, 2), "", "find symbol in shared library"),
    Def::new("dllist", Func::NoArgs(dllist), "($self, /)", "dllist() return a list of loaded shared libraries"),
];
