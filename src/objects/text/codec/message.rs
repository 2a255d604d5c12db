//! What `str()` of a `UnicodeError` says. The attributes may have been set by a script, so they are taken
//! one by one and need not fit the object.

use super::super::repr::push_escape;
use super::super::{CodePoints, Unit};

/// Of a `UnicodeDecodeError`; `byte` is the one byte of the problem, if it is one byte of the object.
pub fn decode_message(encoding: &str, byte: Option<u8>, start: usize, end: usize, reason: &str) -> String {
    match byte {
        Some(byte) if end == start + 1 => {
            format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
        }
        _ => {
            let last = end as i64 - 1;
            format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}")
        }
    }
}

/// Of a `UnicodeEncodeError`; `code` is the one character of the problem, if it is one of the object's.
pub fn encode_message(encoding: &str, code: Option<u32>, start: usize, end: usize, reason: &str) -> String {
    format!("'{encoding}' codec can't encode {}: {reason}", characters(code, start, end))
}

/// Of a `UnicodeTranslateError`.
pub fn translate_message(code: Option<u32>, start: usize, end: usize, reason: &str) -> String {
    format!("can't translate {}: {reason}", characters(code, start, end))
}

fn characters(code: Option<u32>, start: usize, end: usize) -> String {
    match code {
        Some(code) if end == start + 1 => {
            let mut shown = CodePoints::new();
            push_escape(code, &mut shown);
            format!("character '{}' in position {start}", shown.to_string_lossy())
        }
        _ => format!("characters in position {start}-{}", end as i64 - 1),
    }
}

/// The unit at `start`, for the functions above.
pub fn unit_at<U: Unit>(object: &[U], start: usize) -> Option<u32> {
    object.get(start).map(|u| u.to_u32())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(
            decode_message("utf-8", Some(0xff), 1, 2, "invalid start byte"),
            "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"
        );
        assert_eq!(
            decode_message("utf-8", Some(0xe2), 0, 2, "unexpected end of data"),
            "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data"
        );
        assert_eq!(
            encode_message("ascii", Some(0x20ac), 1, 2, "ordinal not in range(128)"),
            "'ascii' codec can't encode character '\\u20ac' in position 1: ordinal not in range(128)"
        );
        assert_eq!(
            encode_message("ascii", Some(0xe9), 0, 3, "ordinal not in range(128)"),
            "'ascii' codec can't encode characters in position 0-2: ordinal not in range(128)"
        );
        assert_eq!(
            translate_message(Some(0xe9), 0, 1, "ouch"),
            "can't translate character '\\xe9' in position 0: ouch"
        );
    }
}
