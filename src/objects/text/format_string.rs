//! The parser of `str.format` strings: literal text and replacement fields, and a field's name.
//!
//! It hands out ranges of the format string; `str.format`, `string.Formatter` (through `_string`) and
//! f-string-like nesting of specifications are built on it.

use std::ops::Range;

use super::{CodePoints, Unit, unicode};
use crate::objects::number::Fault;

/// Literal text, and the field after it if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where the literal text stands; of a doubled brace it has one.
    pub literal: Range<usize>,
    /// What stands between braces after it.
    pub field: Option<ReplacementField>,
}

/// `{name!conversion:spec}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacementField {
    /// The name, perhaps empty.
    pub name: Range<usize>,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// The format specification, perhaps empty.
    pub spec: Range<usize>,
    /// Whether the specification has fields of its own.
    pub spec_is_nested: bool,
}

/// How deep fields may nest in specifications: one level below the format string itself.
pub const MAX_DEPTH: u32 = 2;

/// The error of deeper nesting.
pub fn too_deep() -> Fault {
    Fault::value("Max string recursion exceeded")
}

/// Walks a format string.
#[derive(Debug)]
pub struct Parser<'f, U: Unit> {
    format: &'f [U],
    at: usize,
    end: usize,
}

impl<'f, U: Unit> Parser<'f, U> {
    /// Of the whole string.
    pub fn new(format: &'f [U]) -> Parser<'f, U> {
        Parser { format, at: 0, end: format.len() }
    }

    /// Of a part of the string, such as a nested specification; the ranges handed out are of the whole.
    pub fn of_range(format: &'f [U], range: Range<usize>) -> Parser<'f, U> {
        Parser { format, at: range.start, end: range.end.min(format.len()) }
    }

    fn peek(&self) -> Option<char> {
        let unit = self.format[..self.end].get(self.at)?;
        Some(char::from_u32(unit.to_u32()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn chunk(&mut self) -> Result<Chunk, Fault> {
        let start = self.at;
        let brace = loop {
            match self.take() {
                Some(brace @ ('{' | '}')) => break brace,
                Some(_) => {}
                None => return Ok(Chunk { literal: start..self.at, field: None }),
            }
        };
        let doubled = self.peek() == Some(brace);
        match brace {
            '}' if !doubled => return Err(Fault::value("Single '}' encountered in format string")),
            '{' if self.at == self.end => return Err(Fault::value("Single '{' encountered in format string")),
            _ => {}
        }
        if doubled {
            self.at += 1;
            return Ok(Chunk { literal: start..self.at - 1, field: None });
        }
        let literal = start..self.at - 1;
        Ok(Chunk { literal, field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<ReplacementField, Fault> {
        let start = self.at;
        let stop = loop {
            match self.take() {
                Some('{') => return Err(Fault::value("unexpected '{' in field name")),
                // An index may have any character but its closing bracket.
                Some('[') => {
                    while self.peek().is_some_and(|c| c != ']') {
                        self.at += 1;
                    }
                }
                Some(stop @ ('}' | ':' | '!')) => break stop,
                Some(_) => {}
                None => return Err(Fault::value("expected '}' before end of string")),
            }
        };
        let name = start..self.at - 1;
        let mut conversion = None;
        if stop == '!' {
            let Some(unit) = self.format[..self.end].get(self.at) else {
                return Err(Fault::value("end of string while looking for conversion specifier"));
            };
            conversion = Some(unit.to_u32());
            self.at += 1;
            match self.take() {
                Some('}') => {
                    return Ok(ReplacementField { name, conversion, spec: self.at..self.at, spec_is_nested: false });
                }
                Some(':') | None => {}
                Some(_) => return Err(Fault::value("expected ':' after conversion specifier")),
            }
        }
        if stop == '}' {
            return Ok(ReplacementField { name, conversion, spec: self.at..self.at, spec_is_nested: false });
        }
        let (start, mut depth, mut spec_is_nested) = (self.at, 1, false);
        loop {
            match self.take() {
                Some('{') => {
                    depth += 1;
                    spec_is_nested = true;
                }
                Some('}') => depth -= 1,
                Some(_) => {}
                None => return Err(Fault::value("unmatched '{' in format spec")),
            }
            if depth == 0 {
                return Ok(ReplacementField { name, conversion, spec: start..self.at - 1, spec_is_nested });
            }
        }
    }
}

impl<U: Unit> Iterator for Parser<'_, U> {
    type Item = Result<Chunk, Fault>;

    fn next(&mut self) -> Option<Result<Chunk, Fault>> {
        if self.at >= self.end {
            return None;
        }
        let chunk = self.chunk();
        if chunk.is_err() {
            self.at = self.end;
        }
        Some(chunk)
    }
}

/// The error of a conversion that is not `r`, `s` or `a`.
pub fn unknown_conversion(conversion: u32) -> Fault {
    match conversion {
        0x21..0x7f => Fault::value(format!("Unknown conversion specifier {}", conversion as u8 as char)),
        _ => Fault::value(format!("Unknown conversion specifier \\x{conversion:x}")),
    }
}

/// A part of a field name: an index if it is all digits, else a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A position or an int index.
    Index(usize),
    /// Where a name stands.
    Name(Range<usize>),
}

/// A step from a field's first object to the one that is formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Attribute(Range<usize>),
    /// `[key]`
    Item(Key),
}

/// The number a text of digits stands for; `None` if it is empty or has something else.
fn integer<U: Unit>(text: &[U]) -> Result<Option<usize>, Fault> {
    let mut value = 0usize;
    for unit in text {
        let Some(digit) = unicode::decimal(unit.to_u32()) else { return Ok(None) };
        let next = value.checked_mul(10).and_then(|v| v.checked_add(digit as usize));
        value = next
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or_else(|| Fault::value("Too many decimal digits in format string"))?;
    }
    Ok((!text.is_empty()).then_some(value))
}

fn key<U: Unit>(format: &[U], range: Range<usize>) -> Result<Key, Fault> {
    Ok(match integer(&format[range.clone()])? {
        Some(index) => Key::Index(index),
        None => Key::Name(range),
    })
}

/// Splits a field name into the first object's key and the [`Steps`] from there.
pub fn split_field_name<U: Unit>(format: &[U], name: Range<usize>) -> Result<(Key, Steps<'_, U>), Fault> {
    let is_step = |u: &U| matches!(u.to_u32(), 0x2e | 0x5b);
    let first = format[name.clone()].iter().position(is_step).map_or(name.end, |i| name.start + i);
    Ok((key(format, name.start..first)?, Steps { format, at: first, end: name.end }))
}

/// The steps of a field name. An error in one is found when the walk reaches it.
#[derive(Debug)]
pub struct Steps<'f, U: Unit> {
    format: &'f [U],
    at: usize,
    end: usize,
}

impl<U: Unit> Steps<'_, U> {
    fn until(&mut self, stops: impl Fn(u32) -> bool) -> Range<usize> {
        let start = self.at;
        while self.at < self.end && !stops(self.format[self.at].to_u32()) {
            self.at += 1;
        }
        start..self.at
    }

    fn step(&mut self) -> Result<Step, Fault> {
        let kind = self.format[self.at].to_u32();
        self.at += 1;
        let empty = || Fault::value("Empty attribute in format string");
        match char::from_u32(kind) {
            Some('.') => {
                let name = self.until(|c| matches!(c, 0x2e | 0x5b));
                if name.is_empty() { Err(empty()) } else { Ok(Step::Attribute(name)) }
            }
            Some('[') => {
                let name = self.until(|c| c == ']' as u32);
                if self.at == self.end {
                    return Err(Fault::value("Missing ']' in format string"));
                }
                self.at += 1;
                let key = key(self.format, name.clone())?;
                if name.is_empty() { Err(empty()) } else { Ok(Step::Item(key)) }
            }
            _ => Err(Fault::value("Only '.' or '[' may follow ']' in format field specifier")),
        }
    }
}

impl<U: Unit> Iterator for Steps<'_, U> {
    type Item = Result<Step, Fault>;

    fn next(&mut self) -> Option<Result<Step, Fault>> {
        if self.at >= self.end {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.at = self.end;
        }
        Some(step)
    }
}

/// Numbers the fields without a name, and refuses to mix them with numbered ones. One serves a format
/// string and its nested specifications.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoNumber {
    next: usize,
    manual: bool,
}

impl AutoNumber {
    /// The key to look up for a field whose first key is `key`.
    pub fn resolve(&mut self, key: Key) -> Result<Key, Fault> {
        match key {
            Key::Name(name) if name.is_empty() => {
                if self.manual {
                    return Err(Fault::value(
                        "cannot switch from manual field specification to automatic field numbering",
                    ));
                }
                self.next += 1;
                Ok(Key::Index(self.next - 1))
            }
            Key::Index(_) if self.next > 0 => {
                Err(Fault::value("cannot switch from automatic field numbering to manual field specification"))
            }
            Key::Index(index) => {
                self.manual = true;
                Ok(Key::Index(index))
            }
            name => Ok(name),
        }
    }
}

/// The text of a range, for an error message or a lookup in Rust.
pub fn text_of<U: Unit>(format: &[U], range: Range<usize>) -> String {
    format[range].iter().map(|u| u.to_u32()).collect::<CodePoints>().to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Rows as of `_string.formatter_parser`, or the message.
    fn parse(format: &str) -> String {
        let units: Vec<u32> = format.chars().map(u32::from).collect();
        let mut out = String::new();
        for chunk in Parser::new(&units) {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(fault) => return fault.message.into_owned(),
            };
            out += &text_of(&units, chunk.literal);
            if let Some(field) = chunk.field {
                let conversion = field.conversion.and_then(char::from_u32).map_or(String::new(), String::from);
                out += &format!("<{}|{}|{conversion}>", text_of(&units, field.name), text_of(&units, field.spec));
            }
            out.push(';');
        }
        out
    }

    fn split(name: &str) -> String {
        let units: Vec<u32> = name.chars().map(u32::from).collect();
        let key = |key: Key| match key {
            Key::Index(index) => index.to_string(),
            Key::Name(range) => format!("'{}'", text_of(&units, range)),
        };
        let (first, steps) = match split_field_name(&units, 0..units.len()) {
            Ok(split) => split,
            Err(fault) => return fault.message.into_owned(),
        };
        let mut out = key(first);
        for step in steps {
            match step {
                Ok(Step::Attribute(range)) => out += &format!(".{}", text_of(&units, range)),
                Ok(Step::Item(item)) => out += &format!("[{}]", key(item)),
                Err(fault) => return fault.message.into_owned(),
            }
        }
        out
    }

    #[test]
    fn parses_as_cpython() {
        for (format, expected) in [
            ("", ""),
            ("a", "a;"),
            ("{", "Single '{' encountered in format string"),
            ("}", "Single '}' encountered in format string"),
            ("a}", "Single '}' encountered in format string"),
            ("a}b", "Single '}' encountered in format string"),
            ("{}}", "Single '}' encountered in format string"),
            ("{{", "{;"),
            ("}}", "};"),
            ("{{}}", "{;};"),
            ("{0", "expected '}' before end of string"),
            ("{!", "end of string while looking for conversion specifier"),
            ("{!r", "unmatched '{' in format spec"),
            ("{!}", "unmatched '{' in format spec"),
            ("{!rs}", "expected ':' after conversion specifier"),
            ("{!r:}", "<||r>;"),
            ("{0!x}", "<0||x>;"),
            ("{0:", "unmatched '{' in format spec"),
            ("{:{", "unmatched '{' in format spec"),
            ("{:{}", "unmatched '{' in format spec"),
            ("{:{}}", "<|{}|>;"),
            ("{:{:{}}}", "<|{:{}}|>;"),
            ("{0!r }", "expected ':' after conversion specifier"),
            ("{a.b.}", "<a.b.||>;"),
            ("{a[}", "expected '}' before end of string"),
            ("{a[0", "expected '}' before end of string"),
            ("{a{}}", "unexpected '{' in field name"),
            ("{a{", "unexpected '{' in field name"),
            ("{0:{a!r}}", "<0|{a!r}|>;"),
            ("{0!\u{20ac}}", "<0||\u{20ac}>;"),
            ("{:}}", "Single '}' encountered in format string"),
            ("{0:a{{b}", "unmatched '{' in format spec"),
            ("x{0:>{1}}y", "x<0|>{1}|>;y;"),
            ("{0:{{}}}", "<0|{{}}|>;"),
            ("{0[}]}", "<0[}]||>;"),
            ("{0[{]}", "<0[{]||>;"),
            ("{}{", "Single '{' encountered in format string"),
            ("{!r:", "unmatched '{' in format spec"),
            ("{:!r}", "<|!r|>;"),
            ("{a!r!s}", "expected ':' after conversion specifier"),
            ("{0[a]:]}", "<0[a]|]|>;"),
            ("{0[!]}", "<0[!]||>;"),
            ("a{{b}}c{d}e", "a{;b};c<d||>;e;"),
        ] {
            assert_eq!(parse(format), expected, "{format:?}");
        }
        for (name, expected) in [
            ("", "''"),
            ("a", "'a'"),
            ("0", "0"),
            ("a.b[c].d[10]", "'a'.b['c'].d[10]"),
            ("a.", "Empty attribute in format string"),
            ("a..b", "Empty attribute in format string"),
            ("a[", "Missing ']' in format string"),
            ("a[]", "Empty attribute in format string"),
            ("a[0]x", "Only '.' or '[' may follow ']' in format field specifier"),
            (".a", "''.a"),
            ("[0]", "''[0]"),
            ("007", "7"),
            ("-1", "'-1'"),
            ("0x", "'0x'"),
            ("99999999999999999999", "Too many decimal digits in format string"),
            ("a[99999999999999999999]", "Too many decimal digits in format string"),
            ("a.b]", "'a'.b]"),
            ("a]b", "'a]b'"),
            ("a[b]]", "Only '.' or '[' may follow ']' in format field specifier"),
            ("\u{663}", "3"),
            ("a[-1]", "'a'['-1']"),
            ("a[ 1]", "'a'[' 1']"),
            ("a.0", "'a'.0"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "Too many decimal digits in format string"),
        ] {
            assert_eq!(split(name), expected, "{name:?}");
        }
    }

    #[test]
    fn numbering() {
        let mut auto = AutoNumber::default();
        assert_eq!(auto.resolve(Key::Name(3..3)), Ok(Key::Index(0)));
        assert_eq!(auto.resolve(Key::Name(0..1)), Ok(Key::Name(0..1)));
        assert_eq!(auto.resolve(Key::Name(3..3)), Ok(Key::Index(1)));
        assert!(auto.resolve(Key::Index(0)).is_err());
        let mut manual = AutoNumber::default();
        assert_eq!(manual.resolve(Key::Index(7)), Ok(Key::Index(7)));
        assert!(manual.resolve(Key::Name(0..0)).is_err());
        assert_eq!(unknown_conversion(0x20ac).message, "Unknown conversion specifier \\x20ac");
    }
}
