//! File names: between `str` and bytes (UTF-8 with surrogate escapes, PEP 383), and as arguments of system calls.

use super::{c_int, not_none};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::borrow::Cow;
use std::ffi::{CStr, CString};

/// A `str` from bytes of the system: what is not UTF-8 becomes surrogates (`os.fsdecode`).
pub fn decode(t: &Thread, bytes: &[u8]) -> Value {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Str::new(t, text);
    }
    let mut points = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        points.extend(chunk.valid().chars().map(u32::from));
        points.extend(chunk.invalid().iter().map(|&b| 0xDC00 + u32::from(b)));
    }
    Str::from_code_points(t, &points)
}

/// The bytes of a `str` for the system (`os.fsencode`).
pub fn encode<'a>(t: &Thread, v: &'a Value) -> R<Cow<'a, [u8]>> {
    let Some(s) = v.cast::<Str>() else {
        return Err(t.type_error(format!("expected str, not {}", v.type_of(t).name_str())));
    };
    if let Some(text) = s.as_ascii() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut out = Vec::with_capacity(s.len() * 2);
    for (at, c) in s.units().iter().enumerate() {
        match (char::from_u32(c), c) {
            (Some(c), _) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            (None, 0xDC80..=0xDCFF) => out.push((c - 0xDC00) as u8),
            (None, _) => {
                let (start, end) = (Value::small(at as i64), Value::small(at as i64 + 1));
                let args = [t.str("utf-8"), v.clone(), start, end, t.str("surrogates not allowed")];
                return Err(t.raise_with(&t.types().unicode_encode_error, &args));
            }
        }
    }
    Ok(Cow::Owned(out))
}

/// What `__fspath__` gives; `None` if there is none, or it is `None`.
fn call_fspath(t: &Thread, v: &Value) -> R<Option<Value>> {
    match protocol::lookup_special(t, v, &t.intern("__fspath__"))? {
        Some(method) if !method.is_none() => protocol::call(t, &method, &[]).map(Some),
        _ => Ok(None),
    }
}

/// `os.fspath`: a `str` or `bytes`.
pub fn fspath(t: &Thread, v: &Value) -> R {
    if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() {
        return Ok(v.clone());
    }
    match call_fspath(t, v)? {
        None => {
            Err(t.type_error(format!("expected str, bytes or os.PathLike object, not {}", v.type_of(t).name_str())))
        }
        Some(path) if path.cast::<Str>().is_some() || path.cast::<Bytes>().is_some() => Ok(path),
        Some(other) => Err(t.type_error(format!(
            "expected {}.__fspath__() to return str or bytes, not {}",
            v.type_of(t).name_str(),
            other.type_of(t).name_str()
        ))),
    }
}

/// A path as bytes without a zero byte; `str`, `bytes` or path-like (`PyUnicode_FSConverter`).
pub fn fs_converter(t: &Thread, v: &Value) -> R<CString> {
    let path = fspath(t, v)?;
    let bytes = match path.cast::<Bytes>() {
        Some(b) => Cow::Borrowed(b.as_slice()),
        None => encode(t, &path)?,
    };
    CString::new(bytes).map_err(|_| t.value_error("embedded null byte"))
}

/// What a function takes besides names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Also {
    Nothing,
    /// An open descriptor.
    Fd,
    /// `None`, for the current directory.
    None,
    FdOrNone,
}

/// The argument of a function that takes a path.
pub struct Path {
    /// The name; `None` for a descriptor.
    name: Option<CString>,
    pub fd: Option<i32>,
    /// What errors name: the argument, unless that is `None`.
    pub object: Value,
    /// The argument was `None`.
    pub is_none: bool,
    /// Names made from it are `bytes`.
    pub is_bytes: bool,
}

impl Path {
    /// The name; the current directory for `None` and a descriptor.
    pub fn name(&self) -> &CStr {
        self.name.as_deref().unwrap_or(c".")
    }

    /// The name for a system call.
    pub fn ptr(&self) -> *const libc::c_char {
        self.name().as_ptr()
    }

    /// What an error is about.
    pub fn files(&self) -> &[Value] {
        if self.is_none { &[] } else { std::slice::from_ref(&self.object) }
    }

    /// A name made from this path, in its type.
    pub fn make(&self, t: &Thread, bytes: &[u8]) -> Value {
        if self.is_bytes { Bytes::make(t, bytes) } else { decode(t, bytes) }
    }
}

/// Converts the argument `argument` of `function` (`path_converter` of CPython's `posixmodule.c`).
pub fn convert(t: &Thread, v: &Value, function: &str, argument: &str, also: Also) -> R<Path> {
    let object = v.clone();
    let path = Path { name: None, fd: None, object, is_none: false, is_bytes: false };
    if v.is_none() && matches!(also, Also::None | Also::FdOrNone) {
        return Ok(Path { is_none: true, ..path });
    }
    let fd_allowed = matches!(also, Also::Fd | Also::FdOrNone);
    let mut name = v.clone();
    if v.cast::<Str>().is_none() && v.cast::<Bytes>().is_none() {
        if fd_allowed && (int::is_int(v) || v.type_of(t).slots().nb_index.is_some()) {
            super::warn_bool(t, v)?;
            return Ok(Path { fd: Some(descriptor(t, v)?), ..path });
        }
        match call_fspath(t, v)? {
            Some(p) if p.cast::<Str>().is_some() || p.cast::<Bytes>().is_some() => name = p,
            Some(p) => {
                return Err(t.type_error(format!(
                    "expected {}.__fspath__() to return str or bytes, not {}",
                    v.type_of(t).name_str(),
                    p.type_of(t).name_str()
                )));
            }
            None => {
                let kinds = match also {
                    Also::FdOrNone => "string, bytes, os.PathLike, integer or None",
                    Also::Fd => "string, bytes, os.PathLike or integer",
                    Also::None => "string, bytes, os.PathLike or None",
                    Also::Nothing => "string, bytes or os.PathLike",
                };
                let given = v.type_of(t).name_str();
                return Err(t.type_error(format!("{function}: {argument} should be {kinds}, not {given}")));
            }
        }
    }
    let is_bytes = name.cast::<Bytes>().is_some();
    let bytes = match name.cast::<Bytes>() {
        Some(b) => Cow::Borrowed(b.as_slice()),
        None => encode(t, &name)?,
    };
    let c_name =
        CString::new(bytes).map_err(|_| t.value_error(format!("{function}: embedded null character in {argument}")))?;
    Ok(Path { name: Some(c_name), is_bytes, object: name, ..path })
}

/// A path argument given as text or path-like object only.
pub fn plain(t: &Thread, v: &Option<Value>, function: &str) -> R<Path> {
    convert(t, super::given(v), function, "path", Also::Nothing)
}

fn descriptor(t: &Thread, v: &Value) -> R<i32> {
    let i = protocol::index(t, v)?;
    match int::as_i64(&i).map(i32::try_from) {
        Some(Ok(fd)) => Ok(fd),
        Some(Err(_)) if int::as_i64(&i) < Some(0) => Err(t.overflow_error("fd is less than minimum")),
        None if int::clamp_isize(&i) < 0 => Err(t.overflow_error("fd is less than minimum")),
        _ => Err(t.overflow_error("fd is greater than maximum")),
    }
}

/// A `dir_fd` argument: the current directory if it is missing or `None`.
pub fn dir_fd(t: &Thread, v: &Option<Value>) -> R<i32> {
    let Some(v) = not_none(v) else { return Ok(libc::AT_FDCWD) };
    if !int::is_int(v) && v.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error(format!("argument should be integer or None, not {}", v.type_of(t).name_str())));
    }
    super::warn_bool(t, v)?;
    descriptor(t, v)
}

/// A descriptor argument of functions like `os.fsync`: an int or an object with `fileno()`.
pub fn fildes(t: &Thread, v: &Option<Value>) -> R<i32> {
    super::file_descriptor(t, super::given(v))
}

/// A descriptor argument that is an int.
pub fn fd(t: &Thread, v: &Value) -> R<i32> {
    c_int(t, v)
}
