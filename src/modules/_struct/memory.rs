//! The memory that is packed into and unpacked from: anything with a buffer.

use crate::objects::buffer;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Reads a bytes-like object.
pub fn read<T>(t: &Thread, v: &Value, f: impl FnOnce(&[u8]) -> R<T>) -> R<T> {
    let bytes = buffer::bytes_like(t, v)?;
    f(&bytes)
}

/// Writes into a bytes-like object.
pub fn write(t: &Thread, v: &Value, f: impl FnOnce(&mut [u8]) -> R<()>) -> R<()> {
    let mut memory = buffer::writable(t, v, "argument")?;
    match memory.as_mut_slice() {
        Some(bytes) => f(bytes),
        None => Err(t.buffer_error("memory is not contiguous")),
    }
}
