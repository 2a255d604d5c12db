//! The memory that is packed into and unpacked from: anything with a buffer.

use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::borrow::Cow;

/// What may be packed as `s` or `p`.
pub fn bytes_or_bytearray<'a>(_: &Thread, v: &'a Value) -> Option<Cow<'a, [u8]>> {
    v.cast::<Bytes>().map(|b| Cow::Borrowed(b.as_slice()))
}

/// Reads a bytes-like object.
pub fn read<T>(t: &Thread, v: &Value, f: impl FnOnce(&[u8]) -> R<T>) -> R<T> {
    match v.cast::<Bytes>() {
        Some(bytes) => f(bytes.as_slice()),
        None => Err(t.type_error(format!("a bytes-like object is required, not '{}'", v.type_of(t).name_str()))),
    }
}

/// Writes into a bytes-like object.
pub fn write(t: &Thread, v: &Value, _f: impl FnOnce(&mut [u8]) -> R<()>) -> R<()> {
    Err(t.type_error(format!("argument must be read-write bytes-like object, not {}", v.type_of(t).name_str())))
}
