//! The plain methods of `bytes` and `bytearray`: case, tests, padding, `translate`, `decode`.

use super::{Bytes, like, own, part};
use crate::objects::buffer::bytes_like;
use crate::objects::bytearray::ByteArray;
use crate::objects::codecs;
use crate::objects::container;
use crate::objects::sequence_args as arg;
use crate::objects::slots::R;
use crate::objects::text::case::ascii as case;
use crate::objects::text::layout::{Align, padding};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Methods that make new bytes of all of them.
macro_rules! changes {
    ($($name:ident: $change:expr;)*) => { $(
        pub fn $name(t: &Thread, v: &Value) -> R {
            let change: fn(&[u8]) -> Vec<u8> = $change;
            let changed = change(&own(t, v));
            like(t, v, changed)
        }
    )* };
}
changes! {
    lower: |b| b.to_ascii_lowercase();
    upper: |b| b.to_ascii_uppercase();
    title: case::title;
    capitalize: case::capitalize;
    swapcase: case::swapcase;
}

/// Methods that test every byte.
macro_rules! tests {
    ($($name:ident: $test:expr;)*) => { $(
        pub fn $name(t: &Thread, v: &Value) -> R {
            let test: fn(&[u8]) -> bool = $test;
            Ok(Value::bool(test(&own(t, v))))
        }
    )* };
}
tests! {
    isalnum: |b| !b.is_empty() && b.iter().all(u8::is_ascii_alphanumeric);
    isalpha: |b| !b.is_empty() && b.iter().all(u8::is_ascii_alphabetic);
    isdigit: |b| !b.is_empty() && b.iter().all(u8::is_ascii_digit);
    isspace: |b| !b.is_empty() && b.iter().all(|&b| case::is_space(b));
    isascii: |b| b.is_ascii();
    islower: case::is_lower;
    isupper: case::is_upper;
    istitle: case::is_title;
}

fn pad(t: &Thread, v: &Value, args: &[Value], function: &str, align: Align) -> R {
    let width = arg::width(t, &args[0])?;
    let fill = args.get(1).map_or(Ok(b' '), |fill| fill_byte(t, function, fill))?;
    let bytes = own(t, v);
    if width <= bytes.len() {
        return part(t, v, 0, bytes.len());
    }
    let (left, right) = padding(bytes.len(), width, align);
    let mut out = container::try_vec(t, width)?;
    out.resize(left, fill);
    out.extend_from_slice(&bytes);
    out.resize(left + bytes.len() + right, fill);
    like(t, v, out)
}

fn fill_byte(t: &Thread, function: &str, v: &Value) -> R<u8> {
    match super::bytes_or_bytearray(t, v) {
        Some(bytes) if bytes.len() == 1 => Ok(bytes[0]),
        Some(bytes) => Err(t.type_error(format!(
            "{function}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
            super::kind_name(v),
            bytes.len()
        ))),
        None => Err(t.type_error(format!(
            "{function}() argument 2 must be a byte string of length 1, not {}",
            arg::none_or_type(t, v)
        ))),
    }
}

pub fn center(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, "center", Align::Center)
}

pub fn ljust(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, "ljust", Align::Left)
}

pub fn rjust(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, "rjust", Align::Right)
}

pub fn zfill(t: &Thread, v: &Value, width: &Value) -> R {
    let width = arg::width(t, width)?;
    let bytes = own(t, v);
    if width <= bytes.len() {
        return part(t, v, 0, bytes.len());
    }
    let signed = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut out = container::try_vec(t, width)?;
    out.extend_from_slice(&bytes[..signed]);
    out.resize(width - bytes.len() + signed, b'0');
    out.extend_from_slice(&bytes[signed..]);
    like(t, v, out)
}

pub fn expandtabs(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let size = arg::tab_size(t, args[0].as_ref())?;
    let bytes = own(t, v);
    let tabs = bytes.iter().filter(|&&b| b == b'\t').count();
    let most = tabs.saturating_mul(size).saturating_add(bytes.len());
    let mut out = container::try_vec(t, most)?;
    let mut column = 0;
    for &byte in bytes.iter() {
        match byte {
            b'\t' => {
                let step = if size == 0 { 0 } else { size - column % size };
                out.resize(out.len() + step, b' ');
                column += step;
            }
            _ => {
                out.push(byte);
                column = if matches!(byte, b'\n' | b'\r') { 0 } else { column + 1 };
            }
        }
    }
    out.shrink_to_fit();
    like(t, v, out)
}

pub fn translate(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let table = match args[0].as_ref().filter(|table| !table.is_none()) {
        None => None,
        Some(table) => Some(bytes_like(t, table)?),
    };
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(t.value_error("translation table must be 256 characters long"));
    }
    let mut deleted = [false; 256];
    if let Some(delete) = &args[1] {
        bytes_like(t, delete)?.iter().for_each(|&byte| deleted[byte as usize] = true);
    }
    let bytes = own(t, v);
    let map = |byte: u8| table.as_ref().map_or(byte, |table| table[byte as usize]);
    let out: Vec<u8> = bytes.iter().filter(|&&byte| !deleted[byte as usize]).map(|&byte| map(byte)).collect();
    if out == *bytes {
        return part(t, v, 0, bytes.len());
    }
    like(t, v, out)
}

pub fn maketrans(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (from, to) = (bytes_like(t, &args[0])?, bytes_like(t, &args[1])?);
    if from.len() != to.len() {
        return Err(t.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    from.iter().zip(to.iter()).for_each(|(&from, &to)| table[from as usize] = to);
    Bytes::try_make(t, &table)
}

pub fn decode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let encoding = args[0].as_ref().map(|v| arg::codec_name(t, "decode", "encoding", v)).transpose()?;
    let errors = args[1].as_ref().map(|v| arg::codec_name(t, "decode", "errors", v)).transpose()?;
    // A handler of errors may change the array: it decodes what is there now.
    if v.cast::<ByteArray>().is_some() {
        let copy = super::to_bytes(t, v)?;
        return codecs::decode_text(t, &copy, encoding.as_deref(), errors.as_deref());
    }
    codecs::decode_text(t, v, encoding.as_deref(), errors.as_deref())
}
