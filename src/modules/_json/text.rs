//! Strings: reading them with their escapes, and writing them quoted.

use super::decode_error;
use crate::objects::slots::R;
use crate::objects::string::{Str, Units, push_wtf8};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A unit of a string.
pub trait Unit: Copy + Eq + std::hash::Hash {
    fn code(self) -> u32;
    /// Units as the string's.
    fn units(units: &[Self]) -> Units<'_>;
}

impl Unit for u8 {
    #[inline(always)]
    fn code(self) -> u32 {
        self.into()
    }
    fn units(units: &[u8]) -> Units<'_> {
        Units::One(units)
    }
}

impl Unit for u16 {
    #[inline(always)]
    fn code(self) -> u32 {
        self.into()
    }
    fn units(units: &[u16]) -> Units<'_> {
        Units::Two(units)
    }
}

impl Unit for u32 {
    #[inline(always)]
    fn code(self) -> u32 {
        self
    }
    fn units(units: &[u32]) -> Units<'_> {
        Units::Four(units)
    }
}

const QUOTE: u32 = b'"' as u32;
const BACKSLASH: u32 = b'\\' as u32;

/// A string whose opening quote lies before `start`; with the index behind its closing one.
pub fn scan(t: &Thread, whole: &Value, text: &Str, start: usize, strict: bool) -> R<(Value, usize)> {
    match text.units() {
        Units::One(units) => scan_units(t, whole, units, start, strict),
        Units::Two(units) => scan_units(t, whole, units, start, strict),
        Units::Four(units) => scan_units(t, whole, units, start, strict),
    }
}

/// The place of the next quote or backslash, or of the end.
#[inline]
pub fn plain<U: Unit>(t: &Thread, whole: &Value, units: &[U], start: usize, strict: bool) -> R<usize> {
    for (i, unit) in units[start..].iter().enumerate() {
        match unit.code() {
            QUOTE | BACKSLASH => return Ok(start + i),
            0..=0x1F if strict => return Err(decode_error(t, "Invalid control character at", whole, start + i)),
            _ => {}
        }
    }
    Ok(units.len())
}

/// As [`scan`], for units of one width.
#[inline]
pub fn scan_units<U: Unit>(t: &Thread, whole: &Value, units: &[U], start: usize, strict: bool) -> R<(Value, usize)> {
    let stop = plain(t, whole, units, start, strict)?;
    match units.get(stop).map(|u| u.code()) {
        Some(QUOTE) => Ok((Str::from_units(t, U::units(&units[start..stop])), stop + 1)),
        _ => scan_escaped(t, whole, units, start, strict),
    }
}

/// Four hexadecimal digits.
fn hex<U: Unit>(units: &[U]) -> Option<u32> {
    units.iter().try_fold(0, |n, u| Some(n << 4 | char::from_u32(u.code())?.to_digit(16)?))
}

#[cold]
#[inline(never)]
fn scan_escaped<U: Unit>(t: &Thread, whole: &Value, units: &[U], start: usize, strict: bool) -> R<(Value, usize)> {
    let unterminated = || decode_error(t, "Unterminated string starting at", whole, start.wrapping_sub(1));
    let (mut points, mut at) = (Vec::new(), start);
    loop {
        let stop = plain(t, whole, units, at, strict)?;
        points.extend(units[at..stop].iter().map(|u| u.code()));
        match units.get(stop).map(|u| u.code()) {
            Some(QUOTE) => return Ok((Str::from_code_points(t, &points), stop + 1)),
            Some(_) => {}
            None => return Err(unterminated()),
        }
        let Some(letter) = units.get(stop + 1).map(|u| u.code()) else { return Err(unterminated()) };
        at = stop + 2;
        let plain = match char::from_u32(letter) {
            Some(c @ ('"' | '\\' | '/')) => c as u32,
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let wrong = || decode_error(t, "Invalid \\uXXXX escape", whole, stop + 1);
                let Some(first) = units.get(at..at + 4).and_then(hex) else {
                    return Err(wrong());
                };
                at += 4;
                let second = match first {
                    0xD800..=0xDBFF if at + 6 <= units.len() && units[at].code() == BACKSLASH => {
                        match units[at + 1].code() == u32::from(b'u') {
                            true => match hex(&units[at + 2..at + 6]) {
                                Some(second) => Some(second),
                                None => return Err(decode_error(t, "Invalid \\uXXXX escape", whole, at + 1)),
                            },
                            false => None,
                        }
                    }
                    _ => None,
                };
                match second {
                    Some(second @ 0xDC00..=0xDFFF) => {
                        at += 6;
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                    }
                    _ => first,
                }
            }
            _ => return Err(decode_error(t, "Invalid \\escape", whole, stop)),
        };
        points.push(plain);
    }
}

/// The letter of a character's short escape.
fn short(c: u32) -> Option<u8> {
    Some(match c {
        QUOTE => b'"',
        BACKSLASH => b'\\',
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => return None,
    })
}

fn push_hex(out: &mut Vec<u8>, unit: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    out.extend([12, 8, 4, 0].map(|shift| DIGITS[(unit >> shift & 15) as usize]));
}

/// Writes the escape of a character.
#[cold]
fn push_escape(out: &mut Vec<u8>, c: u32) {
    match (short(c), c) {
        (Some(letter), _) => out.extend([b'\\', letter]),
        (None, 0x10000..) => {
            let c = c - 0x10000;
            push_hex(out, 0xD800 + (c >> 10));
            push_hex(out, 0xDC00 + (c & 0x3FF));
        }
        _ => push_hex(out, c),
    }
}

/// Writes ASCII bytes, copying what needs no escape in one piece.
fn quote_bytes(bytes: &[u8], out: &mut Vec<u8>, is_plain: fn(u8) -> bool) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&b| !is_plain(b)) {
        out.extend_from_slice(&rest[..at]);
        push_escape(out, rest[at].into());
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// The string in quotes, as ASCII.
pub fn quote_ascii(text: &Str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    match text.as_ascii() {
        Some(ascii) => quote_bytes(ascii.as_bytes(), out, |b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'),
        None => {
            for c in text.units().iter() {
                match c {
                    0x20..=0x7E if c != QUOTE && c != BACKSLASH => out.push(c as u8),
                    _ => push_escape(out, c),
                }
            }
        }
    }
    out.push(b'"');
}

/// The string in quotes, as WTF-8.
pub fn quote(text: &Str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    match text.as_ascii() {
        Some(ascii) => quote_bytes(ascii.as_bytes(), out, |b| b >= b' ' && b != b'"' && b != b'\\'),
        None => {
            for c in text.units().iter() {
                match c {
                    0..0x20 | QUOTE | BACKSLASH => push_escape(out, c),
                    _ => push_wtf8(out, c),
                }
            }
        }
    }
    out.push(b'"');
}
