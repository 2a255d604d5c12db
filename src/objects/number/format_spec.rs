//! The format specification mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.
//!
//! Each type's `__format__` parses the specification with its own defaults and refuses what makes no sense
//! for it; the words are CPython's (`Python/formatter_unicode.c`). An empty specification is `str(value)`
//! and does not come here.

use super::{Fault, check_length};
use crate::objects::text::layout::{Align as TextAlign, padding};
use crate::objects::text::{CodePoints, Unit};

/// Where the value stands in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: padding goes between sign and digits
    AfterSign,
}

/// What stands between groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Nothing.
    None,
    /// `,` every three digits.
    Comma,
    /// `_` every three digits.
    Underscore,
    /// `_` every four digits, in bases 2, 8 and 16.
    UnderscoreByFour,
}

impl Grouping {
    /// The separator and the size of a group.
    pub fn separator(self) -> Option<(u8, usize)> {
        match self {
            Grouping::None => None,
            Grouping::Comma => Some((b',', 3)),
            Grouping::Underscore => Some((b'_', 3)),
            Grouping::UnderscoreByFour => Some((b'_', 4)),
        }
    }
}

/// A parsed specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The padding character.
    pub fill: u32,
    /// Where the value stands.
    pub align: Align,
    /// `+`, `-` or a space.
    pub sign: Option<u8>,
    /// `z`: negative zero is written as zero.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The field's least width.
    pub width: Option<usize>,
    /// Separators in the integer part.
    pub grouping: Grouping,
    /// The number after the point.
    pub precision: Option<usize>,
    /// Separators in the fractional part.
    pub fraction_grouping: Grouping,
    /// The presentation type, or the default one.
    pub kind: Option<u32>,
}

fn align_of(code: u32) -> Option<Align> {
    match char::from_u32(code)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

/// A position in the specification.
struct Reader<'a, U: Unit> {
    spec: &'a [U],
    at: usize,
}

impl<U: Unit> Reader<'_, U> {
    fn peek(&self) -> Option<u32> {
        self.spec.get(self.at).map(|u| u.to_u32())
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c as u32);
        self.at += usize::from(found);
        found
    }

    /// Digits of any script; `None` if there are none.
    fn number(&mut self) -> Result<Option<usize>, Fault> {
        let mut value = None;
        while let Some(digit) = self.peek().and_then(crate::objects::text::unicode::decimal) {
            let next = value.unwrap_or(0usize).checked_mul(10).and_then(|v| v.checked_add(digit as usize));
            match next.filter(|&v| v <= isize::MAX as usize) {
                Some(next) => value = Some(next),
                None => return Err(Fault::value("Too many decimal digits in format string")),
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Grouping, Fault> {
        let both = || Fault::value("Cannot specify both ',' and '_'.");
        let comma = self.eat(',');
        if self.eat('_') {
            let again = comma || self.peek() == Some(',' as u32);
            return if again { Err(both()) } else { Ok(Grouping::Underscore) };
        }
        Ok(if comma { Grouping::Comma } else { Grouping::None })
    }
}

/// Parses a specification for a value whose type is called `type_name` in errors.
pub fn parse<U: Unit>(
    spec: &[U],
    type_name: &str,
    default_kind: Option<u8>,
    default_align: Align,
) -> Result<FormatSpec, Fault> {
    let mut reader = Reader { spec, at: 0 };
    let mut out = FormatSpec {
        fill: ' ' as u32,
        align: default_align,
        sign: None,
        no_negative_zero: false,
        alternate: false,
        width: None,
        grouping: Grouping::None,
        precision: None,
        fraction_grouping: Grouping::None,
        kind: default_kind.map(u32::from),
    };
    let (mut fill_given, mut align_given) = (false, false);
    if let Some(align) = spec.get(1).and_then(|u| align_of(u.to_u32())) {
        (out.fill, out.align) = (spec[0].to_u32(), align);
        (fill_given, align_given) = (true, true);
        reader.at = 2;
    } else if let Some(align) = reader.peek().and_then(align_of) {
        out.align = align;
        align_given = true;
        reader.at = 1;
    }
    if let Some(sign @ (0x20 | 0x2b | 0x2d)) = reader.peek() {
        out.sign = Some(sign as u8);
        reader.at += 1;
    }
    out.no_negative_zero = reader.eat('z');
    out.alternate = reader.eat('#');
    // A zero before the width is old shorthand for zero padding; it counts as a digit of the width otherwise.
    if !fill_given && reader.eat('0') {
        out.fill = '0' as u32;
        if !align_given && default_align == Align::Right {
            out.align = Align::AfterSign;
        }
    }
    out.width = reader.number()?;
    out.grouping = reader.grouping()?;
    if reader.eat('.') {
        out.precision = reader.number()?;
        out.fraction_grouping = reader.grouping()?;
        if out.precision.is_none() && out.fraction_grouping == Grouping::None {
            return Err(Fault::value("Format specifier missing precision"));
        }
    }
    if spec.len() - reader.at > 1 {
        let text: CodePoints = spec.iter().map(|u| u.to_u32()).collect();
        let text = text.to_string_lossy();
        return Err(Fault::value(format!("Invalid format specifier '{text}' for object of type '{type_name}'")));
    }
    if let Some(kind) = reader.peek() {
        out.kind = Some(kind);
    }
    check_grouping(&mut out)?;
    Ok(out)
}

/// A character as error messages show it.
fn shown(kind: u32) -> String {
    match kind {
        0x21..0x80 => (kind as u8 as char).to_string(),
        _ => format!("\\x{kind:x}"),
    }
}

fn check_grouping(spec: &mut FormatSpec) -> Result<(), Fault> {
    let refuse = |grouping: Grouping, kind: u32| {
        let separator = grouping.separator().map_or(b' ', |s| s.0) as char;
        Err(Fault::value(format!("Cannot specify '{separator}' with '{}'.", shown(kind))))
    };
    let letter = spec.kind.and_then(char::from_u32);
    if spec.grouping != Grouping::None {
        match letter {
            None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F') => {}
            Some('b' | 'o' | 'x' | 'X') if spec.grouping == Grouping::Underscore => {
                spec.grouping = Grouping::UnderscoreByFour;
            }
            _ => return refuse(spec.grouping, spec.kind.unwrap_or(0)),
        }
    }
    if letter == Some('n') && spec.fraction_grouping != Grouping::None {
        return refuse(spec.fraction_grouping, 'n' as u32);
    }
    Ok(())
}

/// The error of a presentation type that the value's type does not know.
pub fn unknown_kind(kind: u32, type_name: &str) -> Fault {
    Fault::value(format!("Unknown format code '{}' for object of type '{type_name}'", shown(kind)))
}

/// `str.__format__` with a specification that is not empty.
pub fn format_str<U: Unit, S: Unit>(text: &[U], spec: &[S], type_name: &str) -> Result<CodePoints, Fault> {
    let spec = parse(spec, type_name, Some(b's'), Align::Left)?;
    if spec.kind != Some('s' as u32) {
        return Err(unknown_kind(spec.kind.unwrap_or(0), type_name));
    }
    let refused = match spec {
        FormatSpec { sign: Some(b' '), .. } => Some("Space not allowed in string format specifier"),
        FormatSpec { sign: Some(_), .. } => Some("Sign not allowed in string format specifier"),
        FormatSpec { no_negative_zero: true, .. } => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        FormatSpec { alternate: true, .. } => Some("Alternate form (#) not allowed in string format specifier"),
        FormatSpec { align: Align::AfterSign, .. } => Some("'=' alignment not allowed in string format specifier"),
        _ => None,
    };
    if let Some(message) = refused {
        return Err(Fault::value(message));
    }
    let shown = &text[..spec.precision.unwrap_or(usize::MAX).min(text.len())];
    let align = match spec.align {
        Align::Right => TextAlign::Right,
        Align::Center => TextAlign::FormatCenter,
        _ => TextAlign::Left,
    };
    let (left, right) = padding(shown.len(), spec.width.unwrap_or(0), align);
    if left + right > 0 {
        check_length(shown.len() + left + right)?;
    }
    let mut out = CodePoints::with_capacity(shown.len() + left + right);
    out.push_repeated(spec.fill, left);
    out.push_units(shown);
    out.push_repeated(spec.fill, right);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        let units = |t: &str| t.chars().map(u32::from).collect::<Vec<_>>();
        let format = |text: &str, spec: &str| match format_str(&units(text), &units(spec), "str") {
            Ok(text) => text.to_string_lossy(),
            Err(fault) => fault.message.into_owned(),
        };
        for (text, spec, expected) in [
            ("a", "+", "Sign not allowed in string format specifier"),
            ("a", " ", "Space not allowed in string format specifier"),
            ("a", "#", "Alternate form (#) not allowed in string format specifier"),
            ("a", "z", "Negative zero coercion (z) not allowed in string format specifier"),
            ("a", "=", "'=' alignment not allowed in string format specifier"),
            ("a", "=5", "'=' alignment not allowed in string format specifier"),
            ("a", "05", "a0000"),
            ("a", "s,", "Invalid format specifier 's,' for object of type 'str'"),
            ("a", ",", "Cannot specify ',' with 's'."),
            ("a", "d", "Unknown format code 'd' for object of type 'str'"),
            ("a", "\u{1}", "Unknown format code '\\x1' for object of type 'str'"),
            ("a", "\u{e9}", "Unknown format code '\\xe9' for object of type 'str'"),
            ("a", ".,s", "a"),
            ("a", "5._s", "a    "),
            ("a", "}", "Unknown format code '}' for object of type 'str'"),
            ("\u{e9}", "\u{e9}>5", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"),
            ("abc", ".2", "ab"),
            ("abc", "*^6.2", "**ab**"),
            ("abc", "^6", " abc  "),
            ("abc", ">2", "abc"),
            ("abc", "9223372036854775807", ""),
        ] {
            assert_eq!(format(text, spec), expected, "{text:?} {spec:?}");
        }
    }
}
