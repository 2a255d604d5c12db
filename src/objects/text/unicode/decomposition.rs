//! `unicodedata.decomposition`: one step of a character's decomposition, with its tag.
//!
//! The normalization tables know only complete decompositions. One step is mostly the complete one with
//! everything but its last character composed again; what is not stands in a table.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, decompose_compatible};

use super::decomposition_table::{EXCEPTIONS, TAGGED, TAGS};
use super::is_assigned;

fn composed(text: &[char]) -> Vec<char> {
    text.iter().copied().nfc().collect()
}

/// `unicodedata.decomposition`: code points in hexadecimal, after a tag in angle brackets if the
/// decomposition is one of compatibility; empty if there is none. A Hangul
/// syllable decomposes into all its letters.
pub fn decomposition(code: u32) -> String {
    let Some(c) = char::from_u32(code) else { return String::new() };
    if code < 0x80 || !is_assigned(code) {
        return String::new();
    }
    let (tag, steps) = match canonical(c) {
        Some(steps) => (None, steps),
        None => match compatible(c) {
            Some((tag, steps)) => (Some(tag), steps),
            None => return String::new(),
        },
    };
    let steps = match EXCEPTIONS.binary_search_by_key(&code, |row| row.0) {
        Ok(row) => EXCEPTIONS[row].1.to_vec(),
        Err(_) => steps.into_iter().map(u32::from).collect(),
    };
    let tag = tag.map(str::to_owned).into_iter();
    tag.chain(steps.iter().map(|code| format!("{code:04X}"))).collect::<Vec<_>>().join(" ")
}

fn canonical(c: char) -> Option<Vec<char>> {
    let mut full = Vec::new();
    decompose_canonical(c, |part| full.push(part));
    if full == [c] {
        return None;
    }
    if ('\u{ac00}'..='\u{d7a3}').contains(&c) {
        return Some(full);
    }
    let whole = composed(&full);
    // A singleton: another character that stands for the same.
    if whole.len() == 1 && whole != [c] {
        return Some(whole);
    }
    let (last, before) = full.split_last()?;
    let mut steps = composed(before);
    steps.push(*last);
    Some(steps)
}

fn compatible(c: char) -> Option<(&'static str, Vec<char>)> {
    let mut full = Vec::new();
    decompose_compatible(c, |part| full.push(part));
    if full == [c] {
        return None;
    }
    let code = u32::from(c);
    let row = TAGGED.partition_point(|row| row.0 <= code).checked_sub(1)?;
    let (_, last, tag) = TAGGED[row];
    (code <= last).then(|| (TAGS[tag as usize], composed(&full)))
}

#[cfg(test)]
mod tests {
    use super::decomposition;

    #[test]
    fn one_step() {
        for (code, expected) in [
            (0xc5, "0041 030A"),
            (0x212b, "00C5"),
            (0x1e14, "0112 0300"),
            (0xa0, "<noBreak> 0020"),
            (0xbc, "<fraction> 0031 2044 0034"),
            (0x1c4, "<compat> 0044 017D"),
            (0xfb2c, "FB49 05C1"),
            (0xac01, "1100 1161 11A8"),
            (0x41, ""),
            (0xd800, ""),
        ] {
            assert_eq!(decomposition(code), expected, "{code:x}");
        }
    }
}
