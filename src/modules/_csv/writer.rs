//! `_csv.writer`: rows of values in, lines out.

use super::ERROR;
use super::dialect::{self, Dialect, Quoting};
use crate::modules::module_type;
use crate::objects::native::count_message;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::{Str, each_width};
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload of a writer.
pub struct Writer {
    /// The file's `write` method.
    write: Value,
    dialect: Value,
}

impl Native for Writer {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.write);
        visit(&self.dialect);
    }
}

fn this(v: &Value) -> &Writer {
    v.opaque::<Writer>().expect("methods of writers get them")
}

/// A field with its quotes and escapes; `None` is the field of a `None`.
fn quoted(t: &Thread, d: &Dialect, field: Option<&Str>, mut quote: bool) -> R<CodePoints> {
    let terminator = d.line_terminator.cast::<Str>();
    let special = |c: u32| {
        c == d.delimiter
            || Some(c) == d.escape
            || Some(c) == d.quote
            || matches!(c, 0x0a | 0x0d)
            || terminator.is_some_and(|s| s.units().iter().any(|u| u == c))
    };
    let mut text = CodePoints::new();
    for c in field.into_iter().flat_map(|s| s.units().iter()) {
        if special(c) {
            let mut escape = false;
            if d.quoting == Quoting::None {
                escape = true;
            } else if Some(c) == d.quote {
                if d.double_quote {
                    text.push(c);
                } else {
                    escape = true;
                }
            } else if Some(c) == d.escape {
                escape = true;
            }
            if escape {
                match d.escape {
                    Some(escape) => text.push(escape),
                    None => return Err(ERROR.raise(t, "need to escape, but no escapechar set")),
                }
            } else {
                quote = true;
            }
        }
        text.push(c);
    }
    if text.is_empty() && d.delimiter == 0x20 && d.skip_initial_space {
        let null = field.is_none() && matches!(d.quoting, Quoting::Strings | Quoting::NotNull);
        if d.quoting == Quoting::None || null {
            return Err(
                ERROR.raise(t, "empty field must be quoted if delimiter is a space and skipinitialspace is true")
            );
        }
        quote = true;
    }
    let Some(mark) = d.quote.filter(|_| quote) else { return Ok(text) };
    let mut out = CodePoints::with_capacity(text.len() + 2);
    out.push(mark);
    out.append(&text);
    out.push(mark);
    Ok(out)
}

fn is_number(t: &Thread, v: &Value) -> bool {
    let slots = v.type_of(t).slots();
    slots.nb_index.is_some() || slots.nb_int.is_some() || slots.nb_float.is_some()
}

fn writerow(t: &Thread, v: &Value, row: &Value) -> R {
    let writer = this(v);
    let d = dialect::this(&writer.dialect);
    let Some(it) = t.catch(protocol::iter(t, row), |types| &types.type_error)? else {
        return Err(ERROR.raise(t, format!("iterable expected, not {}", row.type_of(t).name_str())));
    };
    let mut line = CodePoints::new();
    let (mut fields, mut null) = (0, false);
    while let Some(field) = protocol::next(t, &it)? {
        let quote = match d.quoting {
            Quoting::NonNumeric => !is_number(t, &field),
            Quoting::All => true,
            Quoting::Strings => field.cast::<Str>().is_some(),
            Quoting::NotNull => !field.is_none(),
            Quoting::Minimal | Quoting::None => false,
        };
        null = field.is_none();
        let text = if null { None } else { Some(protocol::str(t, &field)?) };
        if fields > 0 {
            line.push(d.delimiter);
        }
        line.append(&quoted(t, d, text.as_ref().and_then(|text| text.cast::<Str>()), quote)?);
        fields += 1;
    }
    if fields > 0 && line.is_empty() {
        if d.quoting == Quoting::None || null && matches!(d.quoting, Quoting::Strings | Quoting::NotNull) {
            return Err(ERROR.raise(t, "single empty field record must be quoted"));
        }
        line.append(&quoted(t, d, None, true)?);
    }
    if let Some(end) = d.line_terminator.cast::<Str>() {
        each_width!(end.units(), u => line.push_units(u));
    }
    protocol::call(t, &writer.write, &[Str::from_text(t, line)?])
}

fn writerows(t: &Thread, v: &Value, rows: &Value) -> R {
    let it = protocol::iter(t, rows)?;
    while let Some(row) = protocol::next(t, &it)? {
        writerow(t, v, &row)?;
    }
    Ok(Value::NONE)
}

pub fn make(t: &Thread, _: &Value, args: Args<'_>) -> R {
    let (file, dialect) = match args.pos {
        [file] => (file, None),
        [file, dialect] => (file, Some(dialect)),
        _ => return Err(t.type_error(count_message("writer", 1, 2, args.pos.len()))),
    };
    let dialect = dialect::of(t, dialect, args)?;
    let write = protocol::getattr_opt(t, file, &t.names().write)?;
    let Some(write) = write.filter(|w| w.type_of(t).slots().call.is_some()) else {
        return Err(t.type_error("argument 1 must have a \"write\" method"));
    };
    let class = module_type(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), Writer { write, dialect })
}

/// `_csv.writer`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Writer>("_csv.writer");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.doc = "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n";
    spec.methods = &[
        Def::new(
            "writerow",
            Func::One(writerow),
            "($self, row, /)",
            "Construct and write a CSV record from an iterable of fields.\n\nNon-string elements will be converted to string.",
        ),
        Def::new(
            "writerows",
            Func::One(writerows),
            "($self, rows, /)",
            "Construct and write a series of iterables to a csv file.\n\nNon-string elements will be converted to string.",
        ),
    ];
    spec.getset = &[GetSet::member("dialect", |_, v| Ok(this(v).dialect.clone()), "")];
    spec
};
