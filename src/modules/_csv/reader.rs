//! `_csv.reader`: lines in, lists of fields out.

use super::dialect::{self, Dialect, Quoting};
use super::{ERROR, state};
use crate::modules::module_type;
use crate::objects::float;
use crate::objects::int;
use crate::objects::iter::self_iter;
use crate::objects::list::List;
use crate::objects::native::count_message;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The payload of a reader.
pub struct Reader {
    lines: Value,
    dialect: Value,
    line_num: AtomicI64,
    /// Counts the records that were read: to notice that the lines' iterator has read one itself.
    records: AtomicI64,
}

impl Native for Reader {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.lines);
        visit(&self.dialect);
    }
}

/// Where in a record the parser is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    StartRecord,
    StartField,
    Escaped,
    Field,
    Quoted,
    EscapedInQuoted,
    QuoteInQuoted,
    LineEnd,
    AfterEscapedLineEnd,
}

/// The end of a line, as a character.
const END: u32 = u32::MAX;

/// A record being parsed.
struct Record<'a> {
    t: &'a Thread,
    dialect: &'a Dialect,
    at: At,
    field: CodePoints,
    /// No quote stood at the field's start.
    unquoted: bool,
    fields: Vec<Value>,
    limit: i64,
}

impl Record<'_> {
    fn add(&mut self, c: u32) -> R<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(ERROR.raise(self.t, format!("field larger than field limit ({})", self.limit)));
        }
        self.field.push(c);
        Ok(())
    }

    fn save(&mut self) -> R<()> {
        let t = self.t;
        let text = std::mem::take(&mut self.field);
        let (empty, unquoted) = (text.is_empty(), std::mem::replace(&mut self.unquoted, true));
        let field = match self.dialect.quoting {
            Quoting::NotNull | Quoting::Strings if empty && unquoted => Value::NONE,
            Quoting::NonNumeric | Quoting::Strings if !empty && unquoted => {
                float::number_float(t, &Str::from_text(t, text)?)?
            }
            _ => Str::from_text(t, text)?,
        };
        self.fields.push(field);
        Ok(())
    }

    /// Saves the field at the end of a line.
    fn end_line(&mut self, c: u32) -> R<()> {
        self.save()?;
        self.at = if c == END { At::StartRecord } else { At::LineEnd };
        Ok(())
    }

    fn process(&mut self, c: u32) -> R<()> {
        let d = self.dialect;
        let quote = (d.quoting != Quoting::None).then_some(d.quote).flatten();
        let is_end = matches!(c, 0x0a | 0x0d | END);
        match self.at {
            At::StartRecord if c == END => {}
            At::StartRecord if is_end => self.at = At::LineEnd,
            At::StartRecord | At::StartField => {
                if is_end {
                    self.end_line(c)?;
                } else if Some(c) == quote {
                    self.unquoted = false;
                    self.at = At::Quoted;
                } else if Some(c) == d.escape {
                    self.at = At::Escaped;
                } else if c == 0x20 && d.skip_initial_space {
                    self.at = At::StartField;
                } else if c == d.delimiter {
                    self.save()?;
                    self.at = At::StartField;
                } else {
                    self.add(c)?;
                    self.at = At::Field;
                }
            }
            At::Escaped if matches!(c, 0x0a | 0x0d) => {
                self.add(c)?;
                self.at = At::AfterEscapedLineEnd;
            }
            At::Escaped => {
                self.add(if c == END { 0x0a } else { c })?;
                self.at = At::Field;
            }
            At::AfterEscapedLineEnd if c == END => {}
            At::AfterEscapedLineEnd | At::Field => {
                self.at = At::Field;
                if is_end {
                    self.end_line(c)?;
                } else if Some(c) == d.escape {
                    self.at = At::Escaped;
                } else if c == d.delimiter {
                    self.save()?;
                    self.at = At::StartField;
                } else {
                    self.add(c)?;
                }
            }
            At::Quoted if c == END => {}
            At::Quoted if Some(c) == d.escape => self.at = At::EscapedInQuoted,
            At::Quoted if Some(c) == quote => {
                self.at = if d.double_quote { At::QuoteInQuoted } else { At::Field };
            }
            At::Quoted => self.add(c)?,
            At::EscapedInQuoted => {
                self.add(if c == END { 0x0a } else { c })?;
                self.at = At::Quoted;
            }
            At::QuoteInQuoted => {
                if Some(c) == quote {
                    self.add(c)?;
                    self.at = At::Quoted;
                } else if c == d.delimiter {
                    self.save()?;
                    self.at = At::StartField;
                } else if is_end {
                    self.end_line(c)?;
                } else if !d.strict {
                    self.add(c)?;
                    self.at = At::Field;
                } else {
                    let shown = |c: u32| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
                    let (delimiter, quote) = (shown(d.delimiter), shown(d.quote.unwrap_or(0)));
                    return Err(ERROR.raise(self.t, format!("'{delimiter}' expected after '{quote}'")));
                }
            }
            At::LineEnd if c == END => self.at = At::StartRecord,
            At::LineEnd if is_end => {}
            At::LineEnd => {
                return Err(ERROR.raise(
                    self.t,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                ));
            }
        }
        Ok(())
    }
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let reader = v.opaque::<Reader>().expect("slots of readers get them");
    let mut record = Record {
        t,
        dialect: dialect::this(&reader.dialect),
        at: At::StartRecord,
        field: CodePoints::new(),
        unquoted: true,
        fields: Vec::new(),
        limit: state(t).field_limit.load(Relaxed),
    };
    let number = reader.records.load(Relaxed);
    loop {
        let Some(line) = protocol::next(t, &reader.lines)? else {
            if record.field.is_empty() && record.at != At::Quoted {
                return Ok(None);
            }
            if record.dialect.strict {
                return Err(ERROR.raise(t, "unexpected end of data"));
            }
            record.save()?;
            break;
        };
        if reader.records.load(Relaxed) != number {
            return Err(ERROR.raise(t, "iterator has already advanced the reader"));
        }
        let Some(text) = line.cast::<Str>() else {
            return Err(ERROR.raise(
                t,
                format!(
                    "iterator should return strings, not {} (the file should be opened in text mode)",
                    line.type_of(t).name_str()
                ),
            ));
        };
        reader.line_num.fetch_add(1, Relaxed);
        text.units().iter().try_for_each(|c| record.process(c))?;
        record.process(END)?;
        if record.at == At::StartRecord {
            break;
        }
    }
    reader.records.fetch_add(1, Relaxed);
    Ok(Some(List::make(t, record.fields)))
}

pub fn make(t: &Thread, _: &Value, args: Args<'_>) -> R {
    let (iterable, dialect) = match args.pos {
        [iterable] => (iterable, None),
        [iterable, dialect] => (iterable, Some(dialect)),
        _ => return Err(t.type_error(count_message("reader", 1, 2, args.pos.len()))),
    };
    let lines = protocol::iter(t, iterable)?;
    let dialect = dialect::of(t, dialect, args)?;
    let class = module_type(t, &SPEC);
    let reader = Reader { lines, dialect, line_num: AtomicI64::new(0), records: AtomicI64::new(0) };
    opaque::new(t, class.cast::<Type>().expect("a type"), reader)
}

fn this(v: &Value) -> &Reader {
    v.opaque::<Reader>().expect("attributes of readers get them")
}

/// `_csv.reader`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Reader>("_csv.reader");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.doc = "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n";
    spec.slots.iter = Some(self_iter);
    spec.slots.next = Some(next);
    spec.getset = &[
        GetSet::member("dialect", |_, v| Ok(this(v).dialect.clone()), ""),
        GetSet::member("line_num", |t, v| Ok(int::new(t, this(v).line_num.load(Relaxed))), ""),
    ];
    spec
};
