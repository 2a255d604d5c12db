//! Cutting text: `split`, `rsplit`, `splitlines`, `strip`. Results are ranges of the text, so the caller
//! makes the pieces in whatever type it has.

use std::ops::Range;

use super::Unit;
use super::search::{Finder, rfind};

/// `split(None, limit)`: pieces between runs of white space, at most `limit` cuts from the left; the last
/// piece keeps the white space at its end if cuts ran out.
pub fn split_whitespace<U: Unit>(text: &[U], limit: usize, is_space: impl Fn(u32) -> bool) -> Vec<Range<usize>> {
    let space = |i: usize| is_space(text[i].to_u32());
    let (mut pieces, mut i) = (Vec::new(), 0);
    loop {
        while i < text.len() && space(i) {
            i += 1;
        }
        if i == text.len() {
            return pieces;
        }
        if pieces.len() == limit {
            pieces.push(i..text.len());
            return pieces;
        }
        let start = i;
        while i < text.len() && !space(i) {
            i += 1;
        }
        pieces.push(start..i);
    }
}

/// `rsplit(None, limit)`: as [`split_whitespace`], cutting from the right.
pub fn rsplit_whitespace<U: Unit>(text: &[U], limit: usize, is_space: impl Fn(u32) -> bool) -> Vec<Range<usize>> {
    let space = |i: usize| is_space(text[i].to_u32());
    let (mut pieces, mut end) = (Vec::new(), text.len());
    loop {
        while end > 0 && space(end - 1) {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        if pieces.len() == limit {
            pieces.push(0..end);
            break;
        }
        let mut start = end;
        while start > 0 && !space(start - 1) {
            start -= 1;
        }
        pieces.push(start..end);
        end = start;
    }
    pieces.reverse();
    pieces
}

/// `split(separator, limit)`; the separator is not empty.
pub fn split_on<U: Unit>(text: &[U], separator: &[U], limit: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for at in Finder::new(separator).find_all(text).take(limit) {
        pieces.push(start..at);
        start = at + separator.len();
    }
    pieces.push(start..text.len());
    pieces
}

/// `rsplit(separator, limit)`; the separator is not empty.
pub fn rsplit_on<U: Unit>(text: &[U], separator: &[U], limit: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut end) = (Vec::new(), text.len());
    while pieces.len() < limit {
        let Some(at) = rfind(&text[..end], separator) else { break };
        pieces.push(at + separator.len()..end);
        end = at;
    }
    pieces.push(0..end);
    pieces.reverse();
    pieces
}

/// `splitlines(keep_ends)` with the given line ends ([`super::unicode::is_line_break`] for `str`,
/// [`is_byte_line_break`] for `bytes`); `\r\n` is one end.
pub fn split_lines<U: Unit>(text: &[U], keep_ends: bool, is_break: impl Fn(u32) -> bool) -> Vec<Range<usize>> {
    let (mut pieces, mut i) = (Vec::new(), 0);
    while i < text.len() {
        let start = i;
        while i < text.len() && !is_break(text[i].to_u32()) {
            i += 1;
        }
        let end = i;
        if i < text.len() {
            let pair = text[i].to_u32() == 0x0d && text.get(i + 1).is_some_and(|u| u.to_u32() == 0x0a);
            i += if pair { 2 } else { 1 };
        }
        pieces.push(start..if keep_ends { i } else { end });
    }
    pieces
}

/// Where `bytes.splitlines` ends a line.
pub fn is_byte_line_break(code: u32) -> bool {
    matches!(code, 0x0a | 0x0d)
}

/// Which ends `strip` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `strip`
    Both,
    /// `lstrip`
    Left,
    /// `rstrip`
    Right,
}

/// What is left without the units at the ends that `strips` accepts.
pub fn strip<U: Unit>(text: &[U], side: Side, strips: impl Fn(u32) -> bool) -> Range<usize> {
    let (mut start, mut end) = (0, text.len());
    if side != Side::Right {
        while start < end && strips(text[start].to_u32()) {
            start += 1;
        }
    }
    if side != Side::Left {
        while start < end && strips(text[end - 1].to_u32()) {
            end -= 1;
        }
    }
    start..end
}

/// As [`strip`] for the units that occur in `set`.
pub fn strip_set<U: Unit, V: Unit>(text: &[U], side: Side, set: &[V]) -> Range<usize> {
    strip(text, side, |code| set.iter().any(|u| u.to_u32() == code))
}

#[cfg(test)]
mod tests {
    use super::super::unicode::{is_line_break, is_space};
    use super::*;

    fn show(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn splits_as_str_does() {
        let ws = |t: &'static str, limit| show(t, split_whitespace(t.as_bytes(), limit, is_space));
        let rws = |t: &'static str, limit| show(t, rsplit_whitespace(t.as_bytes(), limit, is_space));
        assert_eq!(ws(" a  b c ", usize::MAX), ["a", "b", "c"]);
        assert_eq!(ws(" a  b c ", 1), ["a", "b c "]);
        assert_eq!(ws(" a ", 0), ["a "]);
        assert_eq!(ws("  ", 0), [""; 0]);
        assert_eq!(rws(" a  b c ", 1), [" a  b", "c"]);
        assert_eq!(rws(" a ", 0), [" a"]);
        let on = |t: &'static str, s: &str, limit| show(t, split_on(t.as_bytes(), s.as_bytes(), limit));
        let ron = |t: &'static str, s: &str, limit| show(t, rsplit_on(t.as_bytes(), s.as_bytes(), limit));
        assert_eq!(on("a,b,,c", ",", usize::MAX), ["a", "b", "", "c"]);
        assert_eq!(on("a,b,c", ",", 1), ["a", "b,c"]);
        assert_eq!(on("", ",", usize::MAX), [""]);
        assert_eq!(on("aaa", "aa", usize::MAX), ["", "a"]);
        assert_eq!(ron("aaa", "aa", usize::MAX), ["a", ""]);
        assert_eq!(ron("a,b,c", ",", 1), ["a,b", "c"]);
        let lines = |t: &'static str, keep| show(t, split_lines(t.as_bytes(), keep, is_line_break));
        assert_eq!(lines("a\r\nb\n\rc\x0bd", false), ["a", "b", "", "c", "d"]);
        assert_eq!(lines("a\r\nb\n", true), ["a\r\n", "b\n"]);
        assert_eq!(lines("", true), [""; 0]);
        assert_eq!(split_lines(b"a\x0bb\r", false, is_byte_line_break), vec![0..3]);
        assert_eq!(strip(b" a ", Side::Both, is_space), 1..2);
        assert_eq!(strip_set(b"xyax", Side::Left, b"yx"), 2..4);
        assert_eq!(strip(b"  ", Side::Right, is_space), 0..0);
    }
}
