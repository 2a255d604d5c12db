//! `str.format`, `str.format_map` and `str.__format__`.

use super::slots::this;
use super::{Str, each_width, in_units};
use crate::objects::arith::raise_fault;
use crate::objects::int;
use crate::objects::number::Fault;
use crate::objects::number::format_spec::format_str;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::text::CodePoints;
use crate::objects::text::format_string::{self, AutoNumber, Key, MAX_DEPTH, Parser, ReplacementField, Step};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ops::Range;

/// Where the fields' values come from.
enum Source<'a> {
    Arguments(Args<'a>),
    Mapping(&'a Value),
}

impl Source<'_> {
    fn get(&self, t: &Thread, format: &Str, key: Key) -> R {
        match (self, key) {
            (Source::Arguments(args), Key::Index(i)) => {
                args.pos.get(i).cloned().ok_or_else(|| {
                    t.index_error(format!("Replacement index {i} out of range for positional args tuple"))
                })
            }
            (Source::Mapping(_), Key::Index(_)) => Err(t.value_error("Format string contains positional fields")),
            (Source::Arguments(args), Key::Name(range)) => {
                let name = part(t, format, range);
                let found = name
                    .cast::<Str>()
                    .and_then(|name| args.names.iter().position(|n| n.cast::<Str>().is_some_and(|n| n.equals(name))));
                match found {
                    Some(i) => Ok(args.kw[i].clone()),
                    None => Err(t.key_error(&name)),
                }
            }
            (Source::Mapping(mapping), Key::Name(range)) => protocol::getitem(t, mapping, &part(t, format, range)),
        }
    }
}

fn part(t: &Thread, format: &Str, range: Range<usize>) -> Value {
    Str::from_units(t, format.units().slice(range.start, range.end))
}

/// A format string being worked off.
struct Formatter<'a> {
    t: &'a Thread,
    format: &'a Str,
    source: Source<'a>,
    auto: AutoNumber,
}

impl Formatter<'_> {
    fn fault(&self, fault: Fault) -> crate::objects::slots::Raised {
        raise_fault(self.t, fault)
    }

    /// Works off a part of the format string: all of it, or a nested specification.
    fn write(&mut self, range: Range<usize>, depth: u32, out: &mut CodePoints) -> R<()> {
        if depth == 0 {
            return Err(self.fault(format_string::too_deep()));
        }
        each_width!(self.format.units(), u => {
            for chunk in Parser::of_range(u, range) {
                let chunk = chunk.map_err(|f| self.fault(f))?;
                out.push_units(&u[chunk.literal]);
                if let Some(field) = chunk.field {
                    self.write_field(field, depth, out)?;
                }
            }
        });
        Ok(())
    }

    fn write_field(&mut self, field: ReplacementField, depth: u32, out: &mut CodePoints) -> R<()> {
        let t = self.t;
        let mut value = self.look_up(field.name)?;
        if let Some(conversion) = field.conversion {
            value = match char::from_u32(conversion) {
                Some('r') => protocol::repr(t, &value)?,
                Some('s') => protocol::str(t, &value)?,
                Some('a') => protocol::ascii(t, &value)?,
                _ => return Err(self.fault(format_string::unknown_conversion(conversion))),
            };
        }
        let spec = if field.spec_is_nested {
            let mut text = CodePoints::new();
            self.write(field.spec, depth - 1, &mut text)?;
            Str::from_text(t, text)?
        } else {
            part(t, self.format, field.spec)
        };
        let shown = protocol::format(t, &value, Some(&spec))?;
        if let Some(shown) = shown.cast::<Str>() {
            each_width!(shown.units(), u => out.push_units(u));
        }
        Ok(())
    }

    fn look_up(&mut self, name: Range<usize>) -> R {
        let (t, format) = (self.t, self.format);
        each_width!(format.units(), u => {
            let (first, steps) = format_string::split_field_name(u, name).map_err(|f| self.fault(f))?;
            let key = match self.source {
                // A mapping has no positions to number.
                Source::Mapping(_) if matches!(&first, Key::Name(range) if range.is_empty()) => Key::Index(0),
                _ => self.auto.resolve(first).map_err(|f| self.fault(f))?,
            };
            let mut value = self.source.get(t, format, key)?;
            for step in steps {
                value = match step.map_err(|f| self.fault(f))? {
                    Step::Attribute(range) => {
                        let name = t.interp.intern_value(&part(t, format, range));
                        protocol::getattr(t, &value, &name)?
                    }
                    Step::Item(Key::Index(i)) => protocol::getitem(t, &value, &int::from_usize(t, i))?,
                    Step::Item(Key::Name(range)) => protocol::getitem(t, &value, &part(t, format, range))?,
                };
            }
            Ok(value)
        })
    }
}

fn run(t: &Thread, v: &Value, source: Source<'_>) -> R {
    let format = this(v);
    let mut out = CodePoints::with_capacity(format.len());
    let mut formatter = Formatter { t, format, source, auto: AutoNumber::default() };
    formatter.write(0..format.len(), MAX_DEPTH, &mut out)?;
    Str::from_text(t, out)
}

pub(super) fn format(t: &Thread, v: &Value, args: Args<'_>) -> R {
    run(t, v, Source::Arguments(args))
}

pub(super) fn format_map(t: &Thread, v: &Value, mapping: &Value) -> R {
    run(t, v, Source::Mapping(mapping))
}

pub(super) fn dunder_format(t: &Thread, v: &Value, spec: &Value) -> R {
    let Some(spec) = spec.cast::<Str>() else {
        let given = crate::objects::sequence_args::none_or_type(t, spec);
        return Err(t.type_error(format!("__format__() argument must be str, not {given}")));
    };
    formatted(t, v, spec)
}

/// A `str` by a format specification.
pub fn formatted(t: &Thread, v: &Value, spec: &Str) -> R {
    if spec.is_empty() {
        return protocol::str(t, v);
    }
    let name = v.type_of(t).name_str();
    let text = each_width!(this(v).units(), u => match in_units::<u32>(spec.units()) {
        Some(spec) => format_str(u, &spec, &name),
        None => return protocol::str(t, v),
    });
    Str::from_text(t, text.map_err(|f| raise_fault(t, f))?)
}
