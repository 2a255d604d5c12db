//! `repr()` and `ascii()` of `str`, `repr()` of `bytes` and `bytearray`'s contents.

use super::{CodePoints, Unit, unicode};

/// A single quote, unless the text has single quotes and no double ones.
fn quote_for(has_single: bool, has_double: bool) -> u8 {
    if has_single && !has_double { b'"' } else { b'\'' }
}

/// `\xhh`, `\uhhhh` or `\Uhhhhhhhh`, whichever is long enough.
pub fn push_escape(code: u32, out: &mut CodePoints) {
    let text = match code {
        0..0x100 => format!("\\x{code:02x}"),
        0x100..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    out.push_ascii(text.as_bytes());
}

fn quoted<U: Unit>(text: &[U], shows: impl Fn(u32) -> bool) -> CodePoints {
    let has = |c: char| text.iter().any(|u| u.to_u32() == c as u32);
    let quote = quote_for(has('\''), has('"'));
    let mut out = CodePoints::with_capacity(text.len() + 2);
    out.push(quote.into());
    for unit in text {
        match unit.to_u32() {
            0x09 => out.push_ascii(b"\\t"),
            0x0a => out.push_ascii(b"\\n"),
            0x0d => out.push_ascii(b"\\r"),
            0x5c => out.push_ascii(b"\\\\"),
            code if code == quote.into() => out.push_ascii(&[b'\\', quote]),
            code if shows(code) => out.push(code),
            code => push_escape(code, &mut out),
        }
    }
    out.push(quote.into());
    out
}

/// `repr()` of a `str`.
pub fn repr_str<U: Unit>(text: &[U]) -> CodePoints {
    quoted(text, unicode::is_printable)
}

/// `ascii()` of a `str`.
pub fn ascii_str<U: Unit>(text: &[U]) -> CodePoints {
    quoted(text, |code| (0x20..0x7f).contains(&code))
}

/// `ascii()` of an object, from its `repr()`: what is not ASCII is escaped, without quoting again.
pub fn ascii_of_repr<U: Unit>(text: &[U]) -> CodePoints {
    let mut out = CodePoints::with_capacity(text.len());
    for unit in text {
        match unit.to_u32() {
            code @ 0..0x80 => out.push(code),
            code => push_escape(code, &mut out),
        }
    }
    out
}

/// `repr()` of `bytes`, or what `bytearray`'s has in its parentheses.
pub fn repr_bytes(data: &[u8]) -> String {
    let quote = quote_for(data.contains(&b'\''), data.contains(&b'"'));
    let mut out = String::with_capacity(data.len() + 3);
    out.push('b');
    out.push(quote as char);
    for &byte in data {
        match byte {
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\\' => out.push_str("\\\\"),
            _ if byte == quote => out.extend(['\\', quote as char]),
            0x20..0x7f => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote as char);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let units = |t: &str| t.chars().map(u32::from).collect::<Vec<_>>();
        let repr = |t: &str| repr_str(&units(t)).to_string_lossy();
        assert_eq!(repr("it's"), r#""it's""#);
        assert_eq!(repr("it's \"x\""), r#"'it\'s "x"'"#);
        assert_eq!(
            repr("a\n\t\r\\\x00\x7f\u{a0}é€\u{200b}😀\u{e0001}"),
            r"'a\n\t\r\\\x00\x7f\xa0é€\u200b😀\U000e0001'"
        );
        assert_eq!(repr_str(&[0xd800u16]).to_string_lossy(), r"'\ud800'");
        assert_eq!(ascii_str(&units("é€😀'")).to_string_lossy(), r#""\xe9\u20ac\U0001f600'""#);
        assert_eq!(repr_bytes(b"a'\"\\\n\xff"), r#"b'a\'"\\\n\xff'"#);
        assert_eq!(repr_bytes(b"'"), r#"b"'""#);
    }
}
