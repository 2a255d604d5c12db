//! Base 64.

use super::{ERROR, ascii, flag, required};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::container::try_vec;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NONE: u8 = 0xff;

/// The value of a digit, by its byte.
const VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        table[DIGITS[i] as usize] = i as u8;
        i += 1;
    }
    table
};

pub fn encode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, required(t, &args[0], "b2a_base64")?)?;
    let newline = flag(t, args[1].as_ref(), true)?;
    let mut out = try_vec(t, data.len().div_ceil(3) * 4 + usize::from(newline))?;
    for group in data.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= group.len() { digit } else { b'=' });
        }
    }
    if newline {
        out.push(b'\n');
    }
    Bytes::try_make(t, &out)
}

pub fn decode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = ascii(t, required(t, &args[0], "a2b_base64")?)?;
    let strict = flag(t, args[1].as_ref(), false)?;
    match decoded(&data, strict) {
        Ok(bytes) => Bytes::try_make(t, &bytes),
        Err(message) => Err(ERROR.raise(t, message)),
    }
}

fn decoded(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    if strict && data.first() == Some(&b'=') {
        return Err("Leading padding not allowed".into());
    }
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    // `place` is the digit's place in its group of four; `left` are the bits not yet written.
    let (mut place, mut left, mut pads) = (0, 0u8, 0);
    let mut padding_started = false;
    for &byte in data {
        if byte == b'=' {
            padding_started = true;
            if strict && place == 0 {
                return Err("Excess padding not allowed".into());
            }
            if place >= 2 {
                pads += 1;
                if strict && place + pads > 4 {
                    return Err("Excess padding not allowed".into());
                }
            }
            continue;
        }
        let value = VALUES[byte as usize];
        if value == NONE {
            if strict {
                return Err("Only base64 data is allowed".into());
            }
            continue;
        }
        if strict && padding_started {
            return Err(if place + pads >= 4 {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            }
            .into());
        }
        pads = 0;
        match place {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 0x0f;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 0x03;
            }
            _ => out.push(left << 6 | value),
        }
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ if place + pads < 4 => Err("Incorrect padding".into()),
        _ => Ok(out),
    }
}
