//! Padding: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`.

use super::{CodePoints, Unit};

/// Where padded text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `ljust`, `<`
    Left,
    /// `rjust`, `>`
    Right,
    /// `str.center`: an odd column goes to the left if the width is odd
    Center,
    /// `^` of a format specification: an odd column goes to the right
    FormatCenter,
}

/// How much padding goes to the left and right of a text to fill a width.
pub fn padding(length: usize, width: usize, align: Align) -> (usize, usize) {
    let total = width.saturating_sub(length);
    let left = match align {
        Align::Left => 0,
        Align::Right => total,
        Align::Center => total / 2 + (total & width & 1),
        Align::FormatCenter => total / 2,
    };
    (left, total - left)
}

/// The text filled up to a width.
pub fn pad<U: Unit>(text: &[U], width: usize, align: Align, fill: u32) -> CodePoints {
    let (left, right) = padding(text.len(), width, align);
    let mut out = CodePoints::with_capacity(text.len() + left + right);
    out.push_repeated(fill, left);
    out.push_units(text);
    out.push_repeated(fill, right);
    out
}

/// `zfill`: zeros go after a sign.
pub fn zfill<U: Unit>(text: &[U], width: usize) -> CodePoints {
    let mut out = CodePoints::with_capacity(width.max(text.len()));
    let signed = text.first().is_some_and(|u| matches!(u.to_u32(), 0x2b | 0x2d));
    let (sign, rest) = text.split_at(usize::from(signed));
    out.push_units(sign);
    out.push_repeated('0' as u32, width.saturating_sub(text.len()));
    out.push_units(rest);
    out
}

/// `expandtabs(tab_size)`; `None` if the result would be longer than a text can be.
pub fn expand_tabs<U: Unit>(text: &[U], tab_size: usize) -> Option<CodePoints> {
    const LONGEST: usize = isize::MAX as usize;
    let (mut column, mut length) = (0usize, 0usize);
    for unit in text {
        let step = match unit.to_u32() {
            0x09 if tab_size == 0 => 0,
            0x09 => tab_size - column % tab_size,
            _ => 1,
        };
        column = if matches!(unit.to_u32(), 0x0a | 0x0d) { 0 } else { column.checked_add(step)? };
        length = length.checked_add(step).filter(|&length| length <= LONGEST)?;
    }
    let mut out = CodePoints::with_capacity(length);
    column = 0;
    for unit in text {
        let code = unit.to_u32();
        if code == 0x09 {
            let step = if tab_size == 0 { 0 } else { tab_size - column % tab_size };
            out.push_repeated(' ' as u32, step);
            column += step;
        } else {
            out.push(code);
            column = if matches!(code, 0x0a | 0x0d) { 0 } else { column + 1 };
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads() {
        let pad = |text: &str, width, align| pad(text.as_bytes(), width, align, '*' as u32).to_string_lossy();
        assert_eq!(pad("ab", 5, Align::Center), "**ab*");
        assert_eq!(pad("a", 4, Align::Center), "*a**");
        assert_eq!(pad("ab", 5, Align::FormatCenter), "*ab**");
        assert_eq!(pad("ab", 4, Align::Right), "**ab");
        assert_eq!(pad("abc", 2, Align::Left), "abc");
        assert_eq!(zfill(b"-5", 4).to_string_lossy(), "-005");
        assert_eq!(zfill(b"", 2).to_string_lossy(), "00");
        let tabs = |text: &str, size| expand_tabs(text.as_bytes(), size).unwrap().to_string_lossy();
        assert_eq!(tabs("ab\tc\n\td", 4), "ab  c\n    d");
        assert_eq!(tabs("a\tb", 0), "ab");
        assert_eq!(expand_tabs(b"\t\t\t", usize::MAX / 2), None);
    }
}
