//! `str.upper`, `lower`, `title`, `capitalize`, `swapcase`, `casefold`, and the `is…` tests of whole strings.

use super::unicode::{self, Mapped};
use super::{CodePoints, Unit};

const CAPITAL_SIGMA: u32 = 0x3a3;
const SMALL_SIGMA: u32 = 0x3c3;
const FINAL_SIGMA: u32 = 0x3c2;

/// The lower case of `text[i]` in its context: a capital sigma at a word's end becomes a final sigma.
fn push_lower<U: Unit>(text: &[U], i: usize, out: &mut CodePoints) {
    let code = text[i].to_u32();
    if code != CAPITAL_SIGMA {
        return push(unicode::to_lower(code), out);
    }
    let ignorable = |code: &u32| unicode::is_case_ignorable(*code);
    let before = text[..i].iter().rev().map(|u| u.to_u32()).find(|c| !ignorable(c));
    let after = text[i + 1..].iter().map(|u| u.to_u32()).find(|c| !ignorable(c));
    let is_final = before.is_some_and(unicode::is_cased) && !after.is_some_and(unicode::is_cased);
    out.push(if is_final { FINAL_SIGMA } else { SMALL_SIGMA });
}

#[inline]
fn push(mapped: Mapped, out: &mut CodePoints) {
    mapped.as_slice().iter().for_each(|&code| out.push(code));
}

/// ASCII text, changed byte by byte; `None` if it is not ASCII.
fn of_ascii<U: Unit>(text: &[U], change: impl Fn(&[u8]) -> Vec<u8>) -> Option<CodePoints> {
    let ascii = U::as_bytes(text).filter(|bytes| bytes.is_ascii())?;
    Some(CodePoints::from_ascii(change(ascii)))
}

/// `str.lower`.
pub fn lower<U: Unit>(text: &[U]) -> CodePoints {
    if let Some(done) = of_ascii(text, <[u8]>::to_ascii_lowercase) {
        return done;
    }
    let mut out = CodePoints::with_capacity(text.len());
    (0..text.len()).for_each(|i| push_lower(text, i, &mut out));
    out
}

/// `str.upper`.
pub fn upper<U: Unit>(text: &[U]) -> CodePoints {
    if let Some(done) = of_ascii(text, <[u8]>::to_ascii_uppercase) {
        return done;
    }
    let mut out = CodePoints::with_capacity(text.len());
    text.iter().for_each(|u| push(unicode::to_upper(u.to_u32()), &mut out));
    out
}

/// `str.casefold`.
pub fn casefold<U: Unit>(text: &[U]) -> CodePoints {
    if let Some(done) = of_ascii(text, <[u8]>::to_ascii_lowercase) {
        return done;
    }
    let mut out = CodePoints::with_capacity(text.len());
    text.iter().for_each(|u| push(unicode::to_folded(u.to_u32()), &mut out));
    out
}

/// `str.title`.
pub fn title<U: Unit>(text: &[U]) -> CodePoints {
    let mut out = CodePoints::with_capacity(text.len());
    let mut after_cased = false;
    for (i, unit) in text.iter().enumerate() {
        match after_cased {
            true => push_lower(text, i, &mut out),
            false => push(unicode::to_title(unit.to_u32()), &mut out),
        }
        after_cased = unicode::is_cased(unit.to_u32());
    }
    out
}

/// `str.capitalize`.
pub fn capitalize<U: Unit>(text: &[U]) -> CodePoints {
    let mut out = CodePoints::with_capacity(text.len());
    if let Some(first) = text.first() {
        push(unicode::to_title(first.to_u32()), &mut out);
    }
    (1..text.len()).for_each(|i| push_lower(text, i, &mut out));
    out
}

/// `str.swapcase`.
pub fn swapcase<U: Unit>(text: &[U]) -> CodePoints {
    let mut out = CodePoints::with_capacity(text.len());
    for (i, unit) in text.iter().enumerate() {
        let code = unit.to_u32();
        if unicode::is_upper(code) {
            push_lower(text, i, &mut out);
        } else if unicode::is_lower(code) {
            push(unicode::to_upper(code), &mut out);
        } else {
            out.push(code);
        }
    }
    out
}

/// Whether there is a character and all have a property: `isalpha`, `isdigit`, `isspace` …
pub fn all<U: Unit>(text: &[U], property: fn(u32) -> bool) -> bool {
    !text.is_empty() && text.iter().all(|u| property(u.to_u32()))
}

/// `str.isprintable`: true of the empty string.
pub fn is_printable<U: Unit>(text: &[U]) -> bool {
    text.iter().all(|u| unicode::is_printable(u.to_u32()))
}

/// `str.islower`: some character has a case, and none is upper or title case.
pub fn is_lower<U: Unit>(text: &[U]) -> bool {
    let mut seen = false;
    for unit in text {
        let code = unit.to_u32();
        if unicode::is_upper(code) || unicode::is_title(code) {
            return false;
        }
        seen = seen || unicode::is_lower(code);
    }
    seen
}

/// `str.isupper`: some character has a case, and none is lower or title case.
pub fn is_upper<U: Unit>(text: &[U]) -> bool {
    let mut seen = false;
    for unit in text {
        let code = unit.to_u32();
        if unicode::is_lower(code) || unicode::is_title(code) {
            return false;
        }
        seen = seen || unicode::is_upper(code);
    }
    seen
}

/// `str.istitle`: upper case follows what has no case, lower case what has one.
pub fn is_title<U: Unit>(text: &[U]) -> bool {
    let (mut seen, mut after_cased) = (false, false);
    for unit in text {
        let code = unit.to_u32();
        if unicode::is_upper(code) || unicode::is_title(code) {
            if after_cased {
                return false;
            }
            (seen, after_cased) = (true, true);
        } else if unicode::is_lower(code) {
            if !after_cased {
                return false;
            }
            (seen, after_cased) = (true, true);
        } else {
            after_cased = false;
        }
    }
    seen
}

/// `str.isidentifier`.
pub fn is_identifier<U: Unit>(text: &[U]) -> bool {
    let Some((first, rest)) = text.split_first() else { return false };
    unicode::is_identifier_start(first.to_u32()) && rest.iter().all(|u| unicode::is_identifier_continue(u.to_u32()))
}

/// `bytes.title`, `bytes.istitle` … know only ASCII letters.
pub mod ascii {
    /// `bytes.title`.
    pub fn title(text: &[u8]) -> Vec<u8> {
        let mut after_letter = false;
        let change = |&byte: &u8| {
            let changed = if after_letter { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
            after_letter = byte.is_ascii_alphabetic();
            changed
        };
        text.iter().map(change).collect()
    }

    /// `bytes.capitalize`.
    pub fn capitalize(text: &[u8]) -> Vec<u8> {
        let mut out = text.to_ascii_lowercase();
        if let Some(first) = out.first_mut() {
            first.make_ascii_uppercase();
        }
        out
    }

    /// `bytes.swapcase`.
    pub fn swapcase(text: &[u8]) -> Vec<u8> {
        text.iter().map(|b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { *b }).collect()
    }

    /// `bytes.isspace` of one byte: also the vertical tab, unlike Rust's.
    pub fn is_space(byte: u8) -> bool {
        matches!(byte, b'\t'..=b'\r' | b' ')
    }

    /// `bytes.islower`.
    pub fn is_lower(text: &[u8]) -> bool {
        text.iter().any(u8::is_ascii_lowercase) && !text.iter().any(u8::is_ascii_uppercase)
    }

    /// `bytes.isupper`.
    pub fn is_upper(text: &[u8]) -> bool {
        text.iter().any(u8::is_ascii_uppercase) && !text.iter().any(u8::is_ascii_lowercase)
    }

    /// `bytes.istitle`.
    pub fn is_title(text: &[u8]) -> bool {
        let (mut seen, mut after_letter) = (false, false);
        for byte in text {
            if byte.is_ascii_alphabetic() && byte.is_ascii_uppercase() == after_letter {
                return false;
            }
            after_letter = byte.is_ascii_alphabetic();
            seen |= after_letter;
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u32> {
        text.chars().map(u32::from).collect()
    }

    #[test]
    fn cases_of_strings() {
        assert_eq!(lower(&units("ΑΣ ΣΑ Α\u{301}Σ\u{301}.")).to_string_lossy(), "ας σα α\u{301}ς\u{301}.");
        assert_eq!(upper(&units("straße ŉ")).to_string_lossy(), "STRASSE ʼN");
        assert_eq!(title(&units("hello wORLD they're ǆ")).to_string_lossy(), "Hello World They'Re ǅ");
        assert_eq!(capitalize(&units("ǆΑΣ")).to_string_lossy(), "ǅας");
        assert_eq!(swapcase(&units("aBß1ΑΣ")).to_string_lossy(), "AbSS1ας");
        assert_eq!(casefold(&units("Straße İ")).to_string_lossy(), "strasse i̇");
        assert!(is_title(&units("Hello World1 A")) && !is_title(&units("HELLO")) && !is_title(&units("1")));
        assert!(is_lower(&units("aª1")) && !is_lower(&units("aǅ")) && is_upper(&units("AⅠ")));
        assert!(is_identifier(&units("_é1")) && !is_identifier(&units("1a")) && !is_identifier::<u8>(b""));
        assert_eq!(ascii::title(b"they're bill's"), b"They'Re Bill'S");
        assert!(ascii::is_title(b"Ab Cd") && !ascii::is_title(b"AB") && !ascii::is_title(b"1"));
    }
}
