//! The buffer protocol.
use super::bytes::Bytes;
use super::slots::R;
use super::thread::Thread;
use super::value::Value;

/// The bytes of a bytes-like object; `None` for anything else.
pub fn contiguous_bytes(_t: &Thread, v: &Value) -> R<Option<Vec<u8>>> {
    Ok(v.cast::<Bytes>().map(|b| b.as_slice().to_vec()))
}
