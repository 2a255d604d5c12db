//! A number's digits, laid out in a field: sign, prefix, separators, padding.

use super::format_spec::{Align, FormatSpec, Grouping};
use super::{Fault, check_length};
use crate::objects::text::CodePoints;

/// The parts of a number's text, in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberParts<'a> {
    /// Below zero.
    pub negative: bool,
    /// `0x` and the like.
    pub prefix: &'a str,
    /// The integer part's digits.
    pub digits: &'a [u8],
    /// Whether a point follows.
    pub point: bool,
    /// The digits after the point.
    pub fraction: &'a [u8],
    /// What follows: an exponent, `%`, `inf`, or the character of type `c`.
    pub rest: &'a [u32],
}

impl<'a> NumberParts<'a> {
    /// Cuts the text of a float (without sign) into its parts; `rest` is put into `buffer`.
    pub fn of_float(negative: bool, text: &'a [u8], buffer: &'a mut Vec<u32>) -> NumberParts<'a> {
        let count = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, after) = text.split_at(count(text));
        let (point, after) = match after {
            [b'.', after @ ..] => (true, after),
            _ => (false, after),
        };
        let (fraction, rest) = after.split_at(if point { count(after) } else { 0 });
        buffer.extend(rest.iter().map(|&b| u32::from(b)));
        NumberParts { negative, prefix: "", digits, point, fraction, rest: buffer }
    }
}

/// The digits with separators, and with zeros in front up to a width. Zeros are grouped too, so the result
/// may be one wider rather than start with a separator.
fn grouped(digits: &[u8], min_width: usize, grouping: Grouping) -> Vec<u8> {
    let Some((separator, size)) = grouping.separator() else {
        let mut out = vec![b'0'; min_width.max(1).saturating_sub(digits.len())];
        out.extend_from_slice(digits);
        return out;
    };
    // Built from the right. `left` and `width` are what is still to be placed.
    let mut out = Vec::with_capacity(digits.len() * 4 / 3 + 1);
    let (mut left, mut width) = (digits.len(), min_width as i64);
    loop {
        let group = size.min(left.max(width.max(1) as usize));
        let real = left.min(group);
        out.extend(digits[left - real..left].iter().rev());
        out.extend(std::iter::repeat_n(b'0', group - real));
        left -= real;
        width -= group as i64;
        if left == 0 && width <= 0 {
            break;
        }
        width -= 1;
        out.push(separator);
    }
    out.reverse();
    out
}

/// Appends the number to `out`.
pub fn write_number(parts: &NumberParts<'_>, spec: &FormatSpec, out: &mut CodePoints) -> Result<(), Fault> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => Some(b'-'),
        (false, Some(sign @ (b'+' | b' '))) => Some(sign),
        _ => None,
    };
    let width = spec.width.unwrap_or(0);
    check_length(width)?;
    let fraction = match spec.fraction_grouping.separator() {
        Some((separator, size)) => parts.fraction.chunks(size).collect::<Vec<_>>().join(&separator),
        None => parts.fraction.to_vec(),
    };
    let others =
        usize::from(sign.is_some()) + parts.prefix.len() + usize::from(parts.point) + fraction.len() + parts.rest.len();
    let zero_filled = spec.fill == '0' as u32 && spec.align == Align::AfterSign;
    let digits = match parts.digits.is_empty() {
        true => Vec::new(),
        false => grouped(parts.digits, if zero_filled { width.saturating_sub(others) } else { 0 }, spec.grouping),
    };
    let padding = width.saturating_sub(others + digits.len());
    let (left, inner, right) = match spec.align {
        Align::Left => (0, 0, padding),
        Align::Right => (padding, 0, 0),
        Align::Center => (padding / 2, 0, padding - padding / 2),
        Align::AfterSign => (0, padding, 0),
    };
    out.push_repeated(spec.fill, left);
    out.extend(sign.map(u32::from));
    out.push_ascii(parts.prefix.as_bytes());
    out.push_repeated(spec.fill, inner);
    out.push_ascii(&digits);
    if parts.point {
        out.push('.' as u32);
    }
    out.push_ascii(&fraction);
    out.extend(parts.rest.iter().copied());
    out.push_repeated(spec.fill, right);
    Ok(())
}
