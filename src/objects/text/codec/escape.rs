//! `unicode_escape` and `raw_unicode_escape`: text as it stands in a string literal.

use super::super::repr::push_escape;
use super::super::{CodePoints, Unit, unicode};
use super::{DecodeHandler, Failure, Problem};

/// What decoding found, beside the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escaped {
    /// The text.
    pub text: CodePoints,
    /// How many bytes were used.
    pub consumed: usize,
    /// Where the first escape stands that means nothing, for a `DeprecationWarning`: the character after
    /// its backslash.
    pub first_invalid: Option<usize>,
}

/// What is wrong with an escape.
enum Wrong {
    /// It ends with the data.
    Incomplete(&'static str),
    Bad(&'static str),
}

const TRUNCATED_X: &str = "truncated \\xXX escape";
const TRUNCATED_U: &str = "truncated \\uXXXX escape";
const TRUNCATED_BIG_U: &str = "truncated \\UXXXXXXXX escape";

/// Reads so many hexadecimal digits; `at` stays at the first that is none.
fn hex(data: &[u8], at: &mut usize, count: usize, truncated: &'static str) -> Result<u32, Wrong> {
    let mut code = 0u32;
    for _ in 0..count {
        let byte = data.get(*at).ok_or(Wrong::Incomplete(truncated))?;
        let digit = (*byte as char).to_digit(16).ok_or(Wrong::Bad(truncated))?;
        code = code << 4 | digit;
        *at += 1;
    }
    Ok(code)
}

/// Decodes `unicode_escape`; other bytes are Latin-1.
pub fn decode_unicode_escape<H: DecodeHandler>(
    data: &[u8],
    is_final: bool,
    handler: &mut H,
) -> Result<Escaped, Failure<H::Error>> {
    let mut out = Escaped { text: CodePoints::with_capacity(data.len()), consumed: data.len(), first_invalid: None };
    let mut at = 0;
    while at < data.len() {
        let plain = memchr::memchr(b'\\', &data[at..]).unwrap_or(data.len() - at);
        out.text.push_units(&data[at..at + plain]);
        let start = at + plain;
        if start == data.len() {
            break;
        }
        at = start + 1;
        let reason = match escape(data, &mut at, &mut out) {
            Ok(()) => continue,
            Err(Wrong::Incomplete(_)) if !is_final => {
                out.consumed = start;
                return Ok(out);
            }
            Err(Wrong::Incomplete(reason) | Wrong::Bad(reason)) => reason,
        };
        let problem = Problem::new("unicodeescape", start, at, reason);
        at = handler.on_decode(data, problem, &mut out.text)?.min(data.len());
    }
    Ok(out)
}

/// What follows a backslash.
fn escape(data: &[u8], at: &mut usize, out: &mut Escaped) -> Result<(), Wrong> {
    let letter = *data.get(*at).ok_or(Wrong::Incomplete("\\ at end of string"))?;
    *at += 1;
    let code = match letter {
        b'\n' => return Ok(()),
        b'\\' | b'\'' | b'"' => letter.into(),
        b'b' => 0x08,
        b'f' => 0x0c,
        b't' => 0x09,
        b'n' => 0x0a,
        b'r' => 0x0d,
        b'v' => 0x0b,
        b'a' => 0x07,
        b'0'..=b'7' => {
            let mut code = u32::from(letter - b'0');
            for _ in 0..2 {
                let Some(digit @ b'0'..=b'7') = data.get(*at) else { break };
                code = code << 3 | u32::from(digit - b'0');
                *at += 1;
            }
            if code > 0o377 && out.first_invalid.is_none() {
                out.first_invalid = Some(*at - 3);
            }
            code
        }
        b'x' => hex(data, at, 2, TRUNCATED_X)?,
        b'u' => hex(data, at, 4, TRUNCATED_U)?,
        b'U' => match hex(data, at, 8, TRUNCATED_BIG_U)? {
            0x11_0000.. => return Err(Wrong::Bad("illegal Unicode character")),
            code => code,
        },
        b'N' => return named(data, at, &mut out.text),
        _ => {
            if out.first_invalid.is_none() {
                out.first_invalid = Some(*at - 1);
            }
            out.text.push('\\' as u32);
            letter.into()
        }
    };
    out.text.push(code);
    Ok(())
}

/// `\N{name}`
fn named(data: &[u8], at: &mut usize, out: &mut CodePoints) -> Result<(), Wrong> {
    const MALFORMED: &str = "malformed \\N character escape";
    match data.get(*at) {
        None => return Err(Wrong::Incomplete(MALFORMED)),
        Some(b'{') => *at += 1,
        Some(_) => return Err(Wrong::Bad(MALFORMED)),
    }
    let start = *at;
    match memchr::memchr(b'}', &data[start..]) {
        None => {
            *at = data.len();
            Err(Wrong::Incomplete(MALFORMED))
        }
        Some(0) => Err(Wrong::Bad(MALFORMED)),
        Some(length) => {
            *at += length + 1;
            let name = std::str::from_utf8(&data[start..start + length]).ok();
            let code = name.and_then(unicode::lookup).ok_or(Wrong::Bad("unknown Unicode character name"))?;
            out.push(code);
            Ok(())
        }
    }
}

/// Encodes `unicode_escape`.
pub fn encode_unicode_escape<U: Unit>(text: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for unit in text {
        match unit.to_u32() {
            0x09 => out.extend(b"\\t"),
            0x0a => out.extend(b"\\n"),
            0x0d => out.extend(b"\\r"),
            0x5c => out.extend(b"\\\\"),
            code @ 0x20..0x7f => out.push(code as u8),
            code => push_ascii_escape(code, &mut out),
        }
    }
    out
}

fn push_ascii_escape(code: u32, out: &mut Vec<u8>) {
    let mut escaped = CodePoints::new();
    push_escape(code, &mut escaped);
    out.extend(escaped.iter().map(|c| c as u8));
}

/// Decodes `raw_unicode_escape`: only `\uhhhh` and `\Uhhhhhhhh` count; returns text and bytes used.
pub fn decode_raw_unicode_escape<H: DecodeHandler>(
    data: &[u8],
    is_final: bool,
    handler: &mut H,
) -> Result<(CodePoints, usize), Failure<H::Error>> {
    let mut out = CodePoints::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let start = at;
        at += 1;
        if data[start] != b'\\' {
            out.push(data[start].into());
            continue;
        }
        let Some(&letter) = data.get(at) else {
            if !is_final {
                return Ok((out, start));
            }
            out.push('\\' as u32);
            break;
        };
        at += 1;
        let code = match letter {
            b'u' => hex(data, &mut at, 4, TRUNCATED_U),
            b'U' => hex(data, &mut at, 8, TRUNCATED_BIG_U),
            _ => {
                out.push('\\' as u32);
                out.push(letter.into());
                continue;
            }
        };
        let reason = match code {
            Ok(code @ 0..0x11_0000) => {
                out.push(code);
                continue;
            }
            Ok(_) => "\\Uxxxxxxxx out of range",
            Err(Wrong::Incomplete(_)) if !is_final => return Ok((out, start)),
            Err(Wrong::Incomplete(reason) | Wrong::Bad(reason)) => reason,
        };
        let problem = Problem::new("rawunicodeescape", start, at, reason);
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
    }
    Ok((out, data.len()))
}

/// Encodes `raw_unicode_escape`: Latin-1, and escapes above it.
pub fn encode_raw_unicode_escape<U: Unit>(text: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for unit in text {
        match unit.to_u32() {
            code @ 0..0x100 => out.push(code as u8),
            code => push_ascii_escape(code, &mut out),
        }
    }
    out
}
