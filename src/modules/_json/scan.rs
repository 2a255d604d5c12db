//! The lexical part of JSON: strings, numbers and white space.

use crate::objects::string::{Str, Units};
use crate::objects::text::CodePoints;

/// What is wrong, and where.
pub struct Fault {
    pub message: &'static str,
    pub position: usize,
}

fn fault<T>(message: &'static str, position: usize) -> Result<T, Fault> {
    Err(Fault { message, position })
}

fn unit(text: Units<'_>, index: usize) -> Option<u32> {
    (index < text.len()).then(|| text.at(index))
}

/// The index of the first unit from `at` on that is no white space.
pub fn skip_space(text: Units<'_>, mut at: usize) -> usize {
    while matches!(unit(text, at), Some(0x20 | 0x09 | 0x0A | 0x0D)) {
        at += 1;
    }
    at
}

/// Whether a word stands there.
pub fn starts_with(text: Units<'_>, at: usize, word: &str) -> bool {
    word.bytes().enumerate().all(|(i, b)| unit(text, at + i) == Some(b.into()))
}

fn push(out: &mut CodePoints, part: Units<'_>) {
    match part {
        Units::One(units) => out.push_units(units),
        Units::Two(units) => out.push_units(units),
        Units::Four(units) => out.push_units(units),
    }
}

/// Where the run of ordinary characters from `at` on ends.
fn plain_end(text: Units<'_>, at: usize, strict: bool) -> usize {
    let special = |c: u32| c == 0x22 || c == 0x5C || strict && c < 0x20;
    let length = match text {
        Units::One(units) => units[at..].iter().position(|&c| special(c.into())),
        Units::Two(units) => units[at..].iter().position(|&c| special(c.into())),
        Units::Four(units) => units[at..].iter().position(|&c| special(c)),
    };
    length.map_or(text.len(), |n| at + n)
}

/// Four hexadecimal digits.
fn hex(text: Units<'_>, at: usize) -> Option<u32> {
    (at..at + 4).try_fold(0, |n, i| Some(n << 4 | char::from_u32(unit(text, i)?)?.to_digit(16)?))
}

/// A string whose quote stands before `start`: its text, and the index behind its closing quote.
pub fn string(text: &Str, start: usize, strict: bool) -> Result<(CodePoints, usize), Fault> {
    const UNTERMINATED: &str = "Unterminated string starting at";
    const BAD_UNICODE: &str = "Invalid \\uXXXX escape";
    let units = text.units();
    // CPython looks one back, wherever it was told to begin.
    let begin = start.wrapping_sub(1);
    let mut out = CodePoints::new();
    let mut at = start;
    loop {
        let end = plain_end(units, at, strict);
        push(&mut out, units.slice(at, end));
        match unit(units, end) {
            Some(0x22) => return Ok((out, end + 1)),
            Some(0x5C) => {}
            Some(_) => return fault("Invalid control character at", end),
            None => return fault(UNTERMINATED, begin),
        }
        at = end + 2;
        let c = match unit(units, end + 1) {
            None => return fault(UNTERMINATED, begin),
            Some(c @ (0x22 | 0x5C | 0x2F)) => c,
            Some(0x62) => 0x08,
            Some(0x66) => 0x0C,
            Some(0x6E) => 0x0A,
            Some(0x72) => 0x0D,
            Some(0x74) => 0x09,
            Some(0x75) => {
                let Some(high) = hex(units, at) else { return fault(BAD_UNICODE, end + 1) };
                at += 4;
                let pair = (0xD800..0xDC00).contains(&high) && at + 6 <= units.len() && starts_with(units, at, "\\u");
                match pair {
                    true => match hex(units, at + 2) {
                        None => return fault(BAD_UNICODE, at + 1),
                        Some(low @ 0xDC00..0xE000) => {
                            at += 6;
                            0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                        }
                        Some(_) => high,
                    },
                    false => high,
                }
            }
            Some(_) => return fault("Invalid \\escape", end),
        };
        out.push(c);
    }
}

/// The text of a number, and whether it is a float; `None` if none stands there.
pub fn number(text: Units<'_>, start: usize) -> Option<(String, bool)> {
    let digits = |from: usize| {
        let mut at = from;
        while matches!(unit(text, at), Some(0x30..=0x39)) {
            at += 1;
        }
        at
    };
    let mut at = start + usize::from(unit(text, start) == Some(0x2D));
    at = match unit(text, at)? {
        0x30 => at + 1,
        0x31..=0x39 => digits(at),
        _ => return None,
    };
    let mut float = false;
    if unit(text, at) == Some(0x2E) && digits(at + 1) > at + 1 {
        (at, float) = (digits(at + 1), true);
    }
    if matches!(unit(text, at), Some(0x65 | 0x45)) {
        let sign = usize::from(matches!(unit(text, at + 1), Some(0x2B | 0x2D)));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            (at, float) = (end, true);
        }
    }
    let text = text.slice(start, at).iter().filter_map(char::from_u32).collect();
    Some((text, float))
}
