//! Uuencode: a length, and lines of digits of 64 from the space on.

use super::{ERROR, ascii, flag, required};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub fn decode(t: &Thread, _: &Value, line: &Value) -> R {
    let line = ascii(t, line)?;
    let Some((&first, mut rest)) = line.split_first() else { return Err(ERROR.raise(t, "Missing length byte")) };
    let length = (first.wrapping_sub(b' ') & 0x3f) as usize;
    let mut out = Vec::with_capacity(length + 3);
    let (mut bits, mut buffer) = (0, 0u32);
    while out.len() < length {
        let value = match rest.first() {
            // A line that ends early is padded: spaces at its end may have been stripped.
            None | Some(b'\n' | b'\r') => 0,
            Some(&byte @ b' '..=b'`') => u32::from(byte - b' ') & 0x3f,
            Some(_) => return Err(ERROR.raise(t, "Illegal char")),
        };
        rest = rest.get(1..).unwrap_or(&[]);
        buffer = buffer << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    if rest.iter().any(|byte| !matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(ERROR.raise(t, "Trailing garbage"));
    }
    Bytes::try_make(t, &out)
}

pub fn encode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, required(t, &args[0], "b2a_uu")?)?;
    let backtick = flag(t, args[1].as_ref(), false)?;
    if data.len() > 45 {
        return Err(ERROR.raise(t, "At most 45 bytes at once"));
    }
    let digit = |value: u32| if backtick && value == 0 { b'`' } else { value as u8 + b' ' };
    let mut out = Vec::with_capacity(2 + data.len().div_ceil(3) * 4);
    out.push(digit(data.len() as u32));
    for group in data.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend((0..4).map(|i| digit(bits >> (18 - 6 * i) & 0x3f)));
    }
    out.push(b'\n');
    Bytes::try_make(t, &out)
}
