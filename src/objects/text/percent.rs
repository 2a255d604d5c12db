//! The parser of `%` formats (`'%-5.2f' % x`), for `str` and `bytes`, and the writing of numbers by them.
//!
//! The caller walks the pieces, fetches arguments, and converts; errors in the format are raised only when
//! the walk reaches them, after the arguments before them were used, as in CPython.

use std::ops::Range;

use super::{CodePoints, Unit};
use crate::objects::number::float::{FloatFlags, float_to_string};
use crate::objects::number::format_int::IntRef;
use crate::objects::number::{Fault, check_length};

/// The flags after `%`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`: at the left of the field.
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// A space.
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// It is not given.
    Absent,
    /// It stands in the format.
    Given(usize),
    /// `*`: the next argument, which must be an int ("* wants int").
    Star,
}

/// One `%` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Where the key of `%(key)s` stands in the format.
    pub key: Option<Range<usize>>,
    /// The flags; a negative `*` width sets `left`.
    pub flags: Flags,
    /// The width.
    pub width: Amount,
    /// The precision; a negative `*` precision is 0.
    pub precision: Amount,
    /// The conversion character.
    pub kind: u32,
    /// Where the conversion character stands.
    pub at: usize,
    /// What is wrong with it; to be raised once key and `*` arguments are fetched.
    pub fault: Option<Fault>,
}

/// A piece of a `%` format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text to copy. `%%` is the literal of its second `%`.
    Literal(Range<usize>),
    /// Something to convert.
    Directive(Directive),
}

/// Walks a format.
#[derive(Debug)]
pub struct Parser<'f, U: Unit> {
    format: &'f [U],
    at: usize,
    is_bytes: bool,
}

impl<'f, U: Unit> Parser<'f, U> {
    /// Of a `str` or a `bytes` format: one error text differs.
    pub fn new(format: &'f [U], is_bytes: bool) -> Parser<'f, U> {
        Parser { format, at: 0, is_bytes }
    }

    fn peek(&self) -> Option<char> {
        self.format.get(self.at).map(|u| char::from_u32(u.to_u32()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn directive(&mut self) -> Directive {
        let mut out = Directive {
            key: None,
            flags: Flags::default(),
            width: Amount::Absent,
            precision: Amount::Absent,
            kind: 0,
            at: 0,
            fault: None,
        };
        out.fault = self.parse_into(&mut out).err();
        out
    }

    fn parse_into(&mut self, out: &mut Directive) -> Result<(), Fault> {
        if self.peek() == Some('(') {
            out.key = Some(self.key()?);
        }
        loop {
            match self.peek() {
                Some('-') => out.flags.left = true,
                Some('+') => out.flags.plus = true,
                Some(' ') => out.flags.space = true,
                Some('#') => out.flags.alternate = true,
                Some('0') => out.flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        out.width = self.amount("width too big", isize::MAX as usize)?;
        if self.peek() == Some('.') {
            self.at += 1;
            let message = if self.is_bytes { "prec too big" } else { "precision too big" };
            out.precision = match self.amount(message, i32::MAX as usize)? {
                Amount::Absent => Amount::Given(0),
                amount => amount,
            };
        }
        // C's length modifiers mean nothing here.
        if let Some('h' | 'l' | 'L') = self.peek() {
            self.at += 1;
        }
        let kind = self.format.get(self.at).ok_or_else(|| Fault::value("incomplete format"))?;
        out.kind = kind.to_u32();
        out.at = self.at;
        self.at += 1;
        let known = match self.is_bytes {
            false => "csradiouxXeEfFgG",
            true => "csbradiouxXeEfFgG",
        };
        match char::from_u32(out.kind).is_some_and(|kind| known.contains(kind)) {
            true => Ok(()),
            false => Err(unsupported(out)),
        }
    }

    fn key(&mut self) -> Result<Range<usize>, Fault> {
        self.at += 1;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some(_) => {}
                None => return Err(Fault::value("incomplete format key")),
            }
            self.at += 1;
        }
        Ok(start..self.at - 1)
    }

    fn amount(&mut self, too_big: &'static str, most: usize) -> Result<Amount, Fault> {
        if self.peek() == Some('*') {
            self.at += 1;
            return Ok(Amount::Star);
        }
        let mut value = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let next = value.unwrap_or(0usize).checked_mul(10).and_then(|v| v.checked_add(digit as usize));
            value = Some(next.filter(|&v| v <= most).ok_or_else(|| Fault::value(too_big))?);
            self.at += 1;
        }
        Ok(value.map_or(Amount::Absent, Amount::Given))
    }
}

impl<U: Unit> Iterator for Parser<'_, U> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let start = self.at;
        let rest = self.format.get(start..).filter(|rest| !rest.is_empty())?;
        let is_percent = |u: &U| u.to_u32() == '%' as u32;
        match rest.iter().position(is_percent) {
            Some(0) => {}
            other => {
                self.at = other.map_or(self.format.len(), |length| start + length);
                return Some(Piece::Literal(start..self.at));
            }
        }
        self.at += 1;
        if self.peek() == Some('%') {
            self.at += 1;
            return Some(Piece::Literal(start + 1..start + 2));
        }
        let directive = self.directive();
        if directive.fault.is_some() {
            self.at = self.format.len();
        }
        Some(Piece::Directive(directive))
    }
}

/// The error of a conversion character that is none.
pub fn unsupported(directive: &Directive) -> Fault {
    let shown = match directive.kind {
        0x20..0x7f => directive.kind as u8 as char,
        _ => '?',
    };
    let (code, at) = (directive.kind, directive.at);
    Fault::value(format!("unsupported format character '{shown}' (0x{code:x}) at index {at}"))
}

/// A directive whose `*` have been replaced by their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The flags.
    pub flags: Flags,
    /// The least width.
    pub width: usize,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// The conversion character, always ASCII.
    pub kind: u8,
}

impl Field {
    /// `width` and `precision` are what was found for `*`; they are ignored where the format has no `*`.
    pub fn new(directive: &Directive, width: i64, precision: i64) -> Field {
        let mut flags = directive.flags;
        let width = match directive.width {
            Amount::Absent => 0,
            Amount::Given(width) => width,
            Amount::Star => {
                flags.left |= width < 0;
                width.unsigned_abs() as usize
            }
        };
        let precision = match directive.precision {
            Amount::Absent => None,
            Amount::Given(precision) => Some(precision),
            Amount::Star => Some(precision.max(0) as usize),
        };
        Field { flags, width, precision, kind: directive.kind as u8 }
    }

    /// Converts an int by `d i u o x X`; `limit` is `sys.get_int_max_str_digits()`.
    pub fn write_int(&self, value: IntRef<'_>, limit: usize, out: &mut CodePoints) -> Result<(), Fault> {
        let (base, prefix) = match self.kind {
            b'o' => (8, "0o"),
            b'x' => (16, "0x"),
            b'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = value.magnitude(base, limit)?;
        if self.kind == b'X' {
            digits.make_ascii_uppercase();
        }
        if let Some(missing) = self.precision.and_then(|p| p.checked_sub(digits.len())).filter(|&n| n > 0) {
            check_length(missing)?;
            digits.insert_str(0, &"0".repeat(missing));
        }
        let negative = match value {
            IntRef::Small(small) => small < 0,
            IntRef::Big(big) => big.sign() == num_bigint::Sign::Minus,
        };
        self.write_number(negative, if self.flags.alternate { prefix } else { "" }, &digits, out)
    }

    /// Converts a float by `e E f F g G`.
    pub fn write_float(&self, value: f64, out: &mut CodePoints) -> Result<(), Fault> {
        let precision = self.precision.unwrap_or(6);
        check_length(precision)?;
        let flags = FloatFlags { alternate: self.flags.alternate, ..FloatFlags::default() };
        let text = float_to_string(value, self.kind, precision, flags);
        match text.strip_prefix('-') {
            Some(magnitude) => self.write_number(true, "", magnitude, out),
            None => self.write_number(false, "", &text, out),
        }
    }

    fn write_number(&self, negative: bool, prefix: &str, digits: &str, out: &mut CodePoints) -> Result<(), Fault> {
        let sign = match negative {
            true => "-",
            false if self.flags.plus => "+",
            false if self.flags.space => " ",
            false => "",
        };
        let padding = self.width.saturating_sub(sign.len() + prefix.len() + digits.len());
        check_length(padding)?;
        let (left, zeros, right) = match self.flags {
            Flags { left: true, .. } => (0, 0, padding),
            Flags { zero: true, .. } => (0, padding, 0),
            _ => (padding, 0, 0),
        };
        out.push_repeated(' ' as u32, left);
        out.push_ascii(sign.as_bytes());
        out.push_ascii(prefix.as_bytes());
        out.push_repeated('0' as u32, zeros);
        out.push_ascii(digits.as_bytes());
        out.push_repeated(' ' as u32, right);
        Ok(())
    }

    /// Puts text into the field, for `s r a b c`; the precision cuts it (not for `c`).
    pub fn write_text<U: Unit>(&self, text: &[U], out: &mut CodePoints) -> Result<(), Fault> {
        let most = if self.kind == b'c' { None } else { self.precision };
        let text = &text[..most.unwrap_or(usize::MAX).min(text.len())];
        let padding = self.width.saturating_sub(text.len());
        check_length(padding)?;
        if !self.flags.left {
            out.push_repeated(' ' as u32, padding);
        }
        out.push_units(text);
        if self.flags.left {
            out.push_repeated(' ' as u32, padding);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Arg {
        I(i64),
        F(f64),
        S(&'static str),
    }
    use Arg::*;

    fn format(format: &str, arg: &Arg) -> String {
        let units: Vec<u32> = format.chars().map(u32::from).collect();
        let mut out = CodePoints::new();
        for piece in Parser::new(&units, false) {
            let directive = match piece {
                Piece::Literal(range) => {
                    out.push_units(&units[range]);
                    continue;
                }
                Piece::Directive(directive) => directive,
            };
            if let Some(fault) = directive.fault {
                return fault.message.into_owned();
            }
            let field = Field::new(&directive, 0, 0);
            let written = match *arg {
                I(value) => field.write_int(IntRef::Small(value), 0, &mut out),
                F(value) => field.write_float(value, &mut out),
                S(value) => field.write_text(value.as_bytes(), &mut out),
            };
            if let Err(fault) = written {
                return fault.message.into_owned();
            }
        }
        out.to_string_lossy()
    }

    #[test]
    fn formats_as_cpython() {
        for (text, arg, expected) in [
            ("%", I(1), "incomplete format"),
            ("%y", I(1), "unsupported format character 'y' (0x79) at index 1"),
            ("%\u{20ac}", I(1), "unsupported format character '?' (0x20ac) at index 1"),
            ("%l", I(1), "incomplete format"),
            ("%5", I(1), "incomplete format"),
            ("%99999999999999999999d", I(1), "width too big"),
            ("%.99999999999999999999f", F(1.0), "precision too big"),
            ("%.99999999999d", I(1), "precision too big"),
            ("%ld", I(1), "1"),
            ("%hhd", I(1), "unsupported format character 'h' (0x68) at index 2"),
            ("%lhd", I(1), "unsupported format character 'h' (0x68) at index 2"),
            ("%#x", I(255), "0xff"),
            ("%#X", I(-255), "-0XFF"),
            ("%#o", I(8), "0o10"),
            ("%#08x", I(255), "0x0000ff"),
            ("%+ d", I(5), "+5"),
            ("% d", I(5), " 5"),
            ("%05d", I(-5), "-0005"),
            ("%-05d|", I(5), "5    |"),
            ("%.5d", I(-42), "-00042"),
            ("%08.5d", I(-42), "-0000042"),
            ("%#.5x", I(255), "0x000ff"),
            ("%#10.5x", I(255), "   0x000ff"),
            ("%+x", I(255), "+ff"),
            ("%%%d%%", I(1), "%1%"),
            ("%5%|", I(1), "unsupported format character '%' (0x25) at index 2"),
            ("%i", I(5), "5"),
            ("%u", I(5), "5"),
            ("%5.1f|", F(3.14159), "  3.1|"),
            ("%+.2e", F(0.00012), "+1.20e-04"),
            ("%G", F(1e-10), "1E-10"),
            ("%#g", F(1.0), "1.00000"),
            ("%010.2f", F(-3.14), "-000003.14"),
            ("%010f", F(f64::INFINITY), "0000000inf"),
            ("%-10f|", F(f64::NAN), "nan       |"),
            ("%05s|", S("ab"), "   ab|"),
            ("%.2s", S("abc"), "ab"),
            ("%-5c|", S("a"), "a    |"),
            ("%.0s|", S("abc"), "|"),
            ("%.d", I(5), "5"),
            ("%.f", F(2.5), "2"),
            ("% 05d", I(5), " 0005"),
            ("%d%", I(1), "incomplete format"),
            ("%\u{a}", I(1), "unsupported format character '?' (0xa) at index 1"),
            ("%-+8.3d|", I(7), "+007    |"),
            ("%9223372036854775807d", I(1), ""),
        ] {
            assert_eq!(format(text, &arg), expected, "{text:?}");
        }
    }

    #[test]
    fn keys_and_stars() {
        let pieces: Vec<Piece> = Parser::new(b"a%(k(x))-*.*f", false).collect();
        let Piece::Directive(directive) = &pieces[1] else { panic!("{pieces:?}") };
        assert_eq!((&directive.key, directive.width, directive.precision), (&Some(3..7), Amount::Star, Amount::Star));
        let field = Field::new(directive, -8, -1);
        assert!(field.flags.left && field.width == 8 && field.precision == Some(0) && field.kind == b'f');
        let fault = |format: &[u8]| match Parser::new(format, true).last() {
            Some(Piece::Directive(Directive { fault: Some(fault), .. })) => fault.message.into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(b"%.99999999999f"), "prec too big");
        assert_eq!(fault(b"%(a"), "incomplete format key");
        assert_eq!(fault(b"%(a)%"), "unsupported format character '%' (0x25) at index 4");
    }
}
