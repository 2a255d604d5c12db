//! `_csv.Dialect`: how fields are separated and quoted.

use crate::modules::module_type;
use crate::objects::container::class_of;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Which fields are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    Minimal,
    All,
    NonNumeric,
    None,
    Strings,
    NotNull,
}

/// The constants, with their names in the module.
pub const QUOTING: &[(&str, Quoting)] = &[
    ("QUOTE_MINIMAL", Quoting::Minimal),
    ("QUOTE_ALL", Quoting::All),
    ("QUOTE_NONNUMERIC", Quoting::NonNumeric),
    ("QUOTE_NONE", Quoting::None),
    ("QUOTE_STRINGS", Quoting::Strings),
    ("QUOTE_NOTNULL", Quoting::NotNull),
];

/// The payload of a `Dialect`.
pub struct Dialect {
    pub delimiter: u32,
    pub double_quote: bool,
    pub escape: Option<u32>,
    pub line_terminator: Value,
    pub quote: Option<u32>,
    pub quoting: Quoting,
    pub skip_initial_space: bool,
    pub strict: bool,
}

impl Native for Dialect {}

/// The dialect that a slot or method was called on.
pub fn this(v: &Value) -> &Dialect {
    v.opaque::<Dialect>().expect("methods of dialects get them")
}

/// The parameters, in the order of the constructor's arguments.
const NAMES: [&str; 9] = [
    "dialect",
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// The dialect that a function's `dialect` and keyword arguments describe.
pub fn of(t: &Thread, dialect: Option<&Value>, args: Args<'_>) -> R {
    let class = module_type(t, &SPEC);
    let pos = dialect.map_or(&[][..], std::slice::from_ref);
    new(t, &class, Args { pos, ..args })
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let mut given = [const { None }; NAMES.len()];
    if args.pos.len() > NAMES.len() {
        return Err(t.type_error(format!("function takes at most 9 arguments ({} given)", args.pos.len())));
    }
    given.iter_mut().zip(args.pos).for_each(|(slot, v)| *slot = Some(v.clone()));
    for (key, value) in args.names.iter().zip(args.kw) {
        let text = key.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        match NAMES.iter().position(|n| *n == text) {
            Some(i) if given[i].is_none() => given[i] = Some(value.clone()),
            Some(i) => {
                let message = format!("argument for function given by name ('{text}') and position ({})", i + 1);
                return Err(t.type_error(message));
            }
            None => {
                return Err(t.type_error(format!("this function got an unexpected keyword argument '{text}'")));
            }
        }
    }
    let mut dialect = given[0].take().filter(|d| !d.is_none());
    if let Some(name) = dialect.as_ref().filter(|d| d.cast::<Str>().is_some()) {
        dialect = Some(super::registered(t, name)?);
    }
    if let Some(base) = &dialect {
        let exact = class.is(&module_type(t, &SPEC)) && base.opaque::<Dialect>().is_some();
        if exact && given.iter().all(Option::is_none) {
            return Ok(base.clone());
        }
        for (slot, name) in given.iter_mut().zip(NAMES).skip(1) {
            if slot.is_none() {
                *slot = t.catch(protocol::getattr_str(t, base, name), |types| &types.exception)?;
            }
        }
    }
    let made = build(t, given)?;
    opaque::new(t, class_of(t, class)?, made)
}

fn build(t: &Thread, given: [Option<Value>; 9]) -> R<Dialect> {
    let [_, delimiter, double_quote, escape, terminator, quote, quoting, skip, strict] = given;
    let flag = |v: Option<Value>, default: bool| v.map_or(Ok(default), |v| protocol::truth(t, &v));
    let delimiter = match &delimiter {
        None => ',' as u32,
        Some(v) => character(t, "delimiter", "", v)?,
    };
    let double_quote = flag(double_quote, true)?;
    let optional = |name: &str, v: &Option<Value>, default: Option<u32>| match v {
        None => Ok(default),
        Some(v) if v.is_none() => Ok(None),
        Some(v) => character(t, name, " or None", v).map(Some),
    };
    let escape = optional("escapechar", &escape, None)?;
    let line_terminator = match terminator {
        None => t.str("\r\n"),
        Some(v) if v.cast::<Str>().is_some() => v,
        Some(v) => {
            let name = v.type_of(t).name_str();
            return Err(t.type_error(format!("\"lineterminator\" must be a string, not {name}")));
        }
    };
    let no_quote = quote.as_ref().is_some_and(Value::is_none);
    let quote = optional("quotechar", &quote, Some('"' as u32))?;
    let quoting = match quoting {
        None if no_quote => Quoting::None,
        None => Quoting::Minimal,
        Some(v) if !int::is_exact(&v) => {
            return Err(t.type_error(format!("\"quoting\" must be an integer, not {}", v.type_of(t).name_str())));
        }
        Some(v) => match int::as_i64(&v).and_then(|i| QUOTING.get(usize::try_from(i).ok()?)) {
            Some((_, quoting)) => *quoting,
            None => return Err(t.type_error("bad \"quoting\" value")),
        },
    };
    let skip_initial_space = flag(skip, false)?;
    let strict = flag(strict, false)?;
    if quoting != Quoting::None && quote.is_none() {
        return Err(t.type_error("quotechar must be set if quoting enabled"));
    }
    let terminator = |c: u32| line_terminator.cast::<Str>().is_some_and(|s| s.units().iter().any(|u| u == c));
    let check = |name: &str, c: Option<u32>, space: bool| match c {
        Some(0x0a | 0x0d) => Err(t.value_error(format!("bad {name} value"))),
        Some(0x20) if !space => Err(t.value_error(format!("bad {name} value"))),
        Some(c) if terminator(c) => Err(t.value_error(format!("bad {name} or lineterminator value"))),
        _ => Ok(()),
    };
    check("delimiter", Some(delimiter), true)?;
    check("escapechar", escape, !skip_initial_space)?;
    check("quotechar", quote, !skip_initial_space)?;
    let differ = |a: (&str, Option<u32>), b: (&str, Option<u32>)| match a.1.is_some() && a.1 == b.1 {
        true => Err(t.value_error(format!("bad {} or {} value", a.0, b.0))),
        false => Ok(()),
    };
    differ(("delimiter", Some(delimiter)), ("escapechar", escape))?;
    differ(("delimiter", Some(delimiter)), ("quotechar", quote))?;
    differ(("escapechar", escape), ("quotechar", quote))?;
    Ok(Dialect { delimiter, double_quote, escape, line_terminator, quote, quoting, skip_initial_space, strict })
}

fn character(t: &Thread, name: &str, or_none: &str, v: &Value) -> R<u32> {
    let what = match v.cast::<Str>() {
        Some(s) if s.len() == 1 => return Ok(s.units().at(0)),
        Some(s) => format!("a string of length {}", s.len()),
        None => v.type_of(t).name_str(),
    };
    Err(t.type_error(format!("\"{name}\" must be a unicode character{or_none}, not {what}")))
}

fn optional(t: &Thread, c: Option<u32>) -> R {
    Ok(c.map_or(Value::NONE, |c| Str::from_char(t, c)))
}

fn no_pickle(t: &Thread, v: &Value, _: &[Value]) -> R {
    Err(t.type_error(format!("cannot pickle '{}' instances", v.type_of(t).short_name())))
}

const NO_PICKLE: &str = "raises an exception to avoid pickling";

/// `_csv.Dialect`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Dialect>("_csv.Dialect");
    spec.flags |= type_flags::BASETYPE | type_flags::IMMUTABLE;
    spec.doc = "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n";
    spec.slots.new = Some(new);
    spec.methods = &[
        Def::new("__reduce__", Func::VarPos(no_pickle), "", NO_PICKLE),
        Def::new("__reduce_ex__", Func::VarPos(no_pickle), "", NO_PICKLE),
    ];
    spec.getset = &[
        GetSet::member("skipinitialspace", |_, v| Ok(Value::bool(this(v).skip_initial_space)), ""),
        GetSet::member("doublequote", |_, v| Ok(Value::bool(this(v).double_quote)), ""),
        GetSet::member("strict", |_, v| Ok(Value::bool(this(v).strict)), ""),
        GetSet::ro("delimiter", |t, v| optional(t, Some(this(v).delimiter)), ""),
        GetSet::ro("escapechar", |t, v| optional(t, this(v).escape), ""),
        GetSet::ro("lineterminator", |_, v| Ok(this(v).line_terminator.clone()), ""),
        GetSet::ro("quotechar", |t, v| optional(t, this(v).quote), ""),
        GetSet::ro("quoting", |_, v| Ok(Value::small(this(v).quoting as i64)), ""),
    ];
    spec
};
