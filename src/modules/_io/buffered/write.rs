//! Writing through a buffer.

use super::enter_open;
use crate::objects::buffer;
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// `write` of bytes that need not be an object's.
pub fn write_bytes(t: &Thread, v: &Value, data: &[u8]) -> R<usize> {
    let mut held = enter_open(t, v, "write to closed file")?;
    let (t, raw, state) = held.parts();
    state.write(t, raw, data)
}

pub fn write(t: &Thread, v: &Value, data: &Value) -> R {
    let data = buffer::bytes_like(t, data)?;
    Ok(int::from_usize(t, write_bytes(t, v, &data)?))
}

/// `flush` of a stream that can write.
pub fn flush(t: &Thread, v: &Value) -> R {
    let mut held = enter_open(t, v, "flush of closed file")?;
    let (t, raw, state) = held.parts();
    state.flush_and_rewind(t, raw)?;
    Ok(Value::NONE)
}
