//! `hex()` and `fromhex()`.

use super::Bytes;
use super::own;
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The separator and the size of a group that `hex(sep, bytes_per_sep)` was given.
pub fn separator(t: &Thread, sep: Option<&Value>, per: Option<&Value>) -> R<(Option<u8>, i32)> {
    let per = per.map_or(Ok(1), |per| int::arg_i32(t, per))?;
    let Some(sep) = sep else { return Ok((None, per)) };
    if protocol::len(t, sep)? != 1 {
        return Err(t.value_error("sep must be length 1."));
    }
    let byte = if let Some(s) = sep.cast::<Str>() {
        s.units().at(0)
    } else if let Some(b) = super::bytes_or_bytearray(t, sep) {
        b.first().copied().map_or(0, u32::from)
    } else {
        return Err(t.type_error("sep must be str or bytes."));
    };
    match byte {
        0..0x80 => Ok((Some(byte as u8), per)),
        _ => Err(t.value_error("sep must be ASCII.")),
    }
}

/// Two digits a byte, with a separator after every group: groups are counted from the right, or with a negative
/// size from the left.
pub fn hexlify(bytes: &[u8], separator: Option<u8>, per: i32) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let group = per.unsigned_abs() as usize;
    let separator = separator.filter(|_| group != 0 && group < bytes.len());
    let groups = separator.map_or(0, |_| bytes.len() / group);
    let mut out = Vec::with_capacity(bytes.len() * 2 + groups);
    for (i, &byte) in bytes.iter().enumerate() {
        if let Some(separator) = separator
            && i > 0
            && (if per > 0 { (bytes.len() - i) % group == 0 } else { i % group == 0 })
        {
            out.push(separator);
        }
        out.extend([DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]);
    }
    out
}

pub fn hex(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (sep, per) = separator(t, args[0].as_ref(), args[1].as_ref())?;
    Ok(Str::make_ascii(t, &hexlify(&own(t, v), sep, per)))
}

/// Why hexadecimal text is none.
pub enum BadHex {
    /// The index of a character that is no digit.
    Digit(usize),
    /// A digit is left over.
    Odd,
}

/// Reads hexadecimal digits in pairs; white space may stand between pairs.
pub fn parse(text: &[u8]) -> Result<Vec<u8>, BadHex> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    loop {
        while text.get(at).is_some_and(|b| matches!(b, b'\t'..=b'\r' | b' ')) {
            at += 1;
        }
        let Some(&high) = text.get(at) else { return Ok(out) };
        let high = digit(high).ok_or(BadHex::Digit(at))?;
        let &low = text.get(at + 1).ok_or(BadHex::Odd)?;
        out.push(high << 4 | digit(low).ok_or(BadHex::Digit(at + 1))?);
        at += 2;
    }
}

pub fn fromhex(t: &Thread, class: &Value, text: &Value) -> R {
    let parsed = if let Some(s) = text.cast::<Str>() {
        // What is not ASCII is no digit; where it stands is what the error says.
        parse(&s.units().iter().map(|c| u8::try_from(c).unwrap_or(0xff)).collect::<Vec<_>>())
    } else if buffer::is_exporter(t, text) {
        parse(&buffer::bytes_like(t, text)?)
    } else {
        return Err(
            t.type_error(format!("fromhex() argument must be str or bytes-like, not {}", text.type_of(t).name_str()))
        );
    };
    let bytes = match parsed {
        Ok(bytes) => bytes,
        Err(BadHex::Odd) => {
            return Err(t.value_error("fromhex() arg must contain an even number of hexadecimal digits"));
        }
        Err(BadHex::Digit(at)) => {
            return Err(t.value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}")));
        }
    };
    let array = class.cast::<Type>().is_some_and(|c| c.is_subtype(&t.types().bytearray));
    let made = if array { ByteArray::make(t, bytes) } else { Bytes::try_make(t, &bytes)? };
    let own = if array { &t.types().bytearray } else { &t.types().bytes };
    if class.is(&own.value()) { Ok(made) } else { protocol::call(t, class, &[made]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        let hex = |bytes: &[u8], per| String::from_utf8(hexlify(bytes, Some(b':'), per)).unwrap();
        assert_eq!(hex(b"\xb9\x01\xef", 1), "b9:01:ef");
        assert_eq!(hex(b"\xb9\x01\xef", 2), "b9:01ef");
        assert_eq!(hex(b"\xb9\x01\xef", -2), "b901:ef");
        assert_eq!(hex(b"\xb9\x01\xef", 0), "b901ef");
        assert_eq!(hex(b"\xb9", 1), "b9");
        assert_eq!(parse(b" 12 ab\n").ok(), Some(vec![0x12, 0xab]));
        assert!(matches!(parse(b"1"), Err(BadHex::Odd)));
        assert!(matches!(parse(b"1 2"), Err(BadHex::Digit(1))));
    }
}
