//! `_datetime`: dates, times, the differences between them, and time zones.
//!
//! * [`calendar`] counts days, [`iso`] reads and writes ISO 8601: both know no objects.
//! * [`delta`] is `timedelta`, [`date`] and [`iso_date`] what is about days, [`zone`] `tzinfo` and `timezone`,
//!   [`time`] `time`, [`datetime`], [`operators`] and [`local`] `datetime`, [`format`] `strftime`.
//!
//! A `datetime` is a `date`: both have the payload [`date::Date`], in which a `datetime` has a clock besides. All
//! objects are immutable, but for the `fold` that a constructor of a subclass may not know of.
//!
//! As in CPython a result of arithmetic on an instance of a subclass is made by calling the subclass.

mod calendar;
mod date;
mod datetime;
mod delta;
mod format;
mod iso;
mod iso_date;
mod local;
mod operators;
mod time;
mod zone;

use crate::modules::{ModuleSpec, module_type, subtype};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::native;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::sync::OnceLock;

/// The types, and the time zone that there is once only.
#[derive(Default)]
struct Types(OnceLock<Made>);

struct Made {
    delta: Value,
    date: Value,
    datetime: Value,
    time: Value,
    tzinfo: Value,
    timezone: Value,
    iso_date: Value,
    utc: Value,
}

/// The types of the module, made at first use.
fn types(t: &Thread) -> &Made {
    let types = t.interp.state::<Types>();
    match types.0.get() {
        Some(made) => made,
        None => {
            // Not under the lock of the cell: making a type allocates.
            let made = make_types(t);
            types.0.get_or_init(|| made)
        }
    }
}

fn make_types(t: &Thread) -> Made {
    let date = module_type(t, &date::SPEC);
    let tzinfo = module_type(t, &zone::TZINFO);
    let timezone = subtype(t, &zone::TIMEZONE, || tzinfo.clone());
    let delta = module_type(t, &delta::SPEC);
    let zero = delta::make_in(t, class(&delta), delta::Delta::default());
    let utc = zone::make_in(t, class(&timezone), zero.unwrap_or(Value::NONE), None).unwrap_or(Value::NONE);
    Made {
        datetime: subtype(t, &datetime::SPEC, || date.clone()),
        time: module_type(t, &time::SPEC),
        iso_date: module_type(t, &iso_date::SPEC),
        delta,
        date,
        tzinfo,
        timezone,
        utc,
    }
}

fn class(v: &Value) -> &Type {
    v.cast::<Type>().expect("the module's types are types")
}

/// Whether an instance's type is exactly that one.
fn is_exactly(t: &Thread, v: &Value, class: &Value) -> bool {
    v.type_of(t).value().is(class)
}

/// The name of a type in error messages.
fn type_name<'t>(t: &'t Thread, v: &'t Value) -> std::borrow::Cow<'t, str> {
    v.type_of(t).name_str().into()
}

/// A signature that is bound without looking at what is missing: CPython names no function in that error.
struct Parameters {
    positional: usize,
    text: &'static str,
    parsed: OnceLock<native::Signature>,
}

impl Parameters {
    const fn new(positional: usize, text: &'static str) -> Parameters {
        Parameters { positional, text, parsed: OnceLock::new() }
    }

    fn bind<const N: usize>(&self, t: &Thread, args: Args<'_>) -> R<[Option<Value>; N]> {
        let (most, given) = (self.positional, args.pos.len());
        if given > most {
            return Err(t.type_error(format!("function takes at most {most} arguments ({given} given)")));
        }
        let signature = self.parsed.get_or_init(|| native::Signature::parse_text("function", self.text));
        let mut bound = [const { None }; N];
        signature.bind(t, args, &mut bound)?;
        Ok(bound)
    }
}

/// An argument that must be there.
fn required<'a>(t: &Thread, v: &'a Option<Value>, name: &str, position: usize) -> R<&'a Value> {
    v.as_ref().ok_or_else(|| t.type_error(format!("function missing required argument '{name}' (pos {position})")))
}

/// An optional argument of C type `int`.
fn number(t: &Thread, v: &Option<Value>, default: i32) -> R<i32> {
    v.as_ref().map_or(Ok(default), |v| int::arg_i32(t, v))
}

/// Calls a class with fields of an instance and a time zone (`None` leaves the zone away).
fn call_class(t: &Thread, class: &Value, numbers: &[i32], zone: Option<&Value>) -> R {
    let mut args: Vec<Value> = numbers.iter().map(|&n| Value::small(n.into())).collect();
    args.extend(zone.cloned());
    protocol::call(t, class, &args)
}

/// Calls a function of the library's `_strptime`.
fn strptime(t: &Thread, function: &str, class: &Value, args: &[Value]) -> R {
    for (i, arg) in args.iter().enumerate() {
        if arg.cast::<Str>().is_none() {
            let given = type_name(t, arg);
            return Err(t.type_error(format!("strptime() argument {} must be str, not {given}", i + 1)));
        }
    }
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("nothing can be imported yet")) };
    let module = (hooks.import)(t, &t.intern("_strptime"), None, None, None, 0)?;
    protocol::call_method_str(t, &module, function, &[class.clone(), args[0].clone(), args[1].clone()])
}

/// The text of a state that was pickled by Python 2, as bytes; `None` for what is no such state.
fn pickled_state(t: &Thread, v: &Value, length: usize, kind: &str, sane: impl Fn(u32) -> bool) -> R<Option<Vec<u8>>> {
    if let Some(bytes) = v.cast::<crate::objects::bytes::Bytes>() {
        let state = bytes.as_slice();
        return Ok((state.len() == length && sane(state[sane_index(length)].into())).then(|| state.to_vec()));
    }
    let Some(text) = v.cast::<Str>() else { return Ok(None) };
    if text.len() != length || !sane(text.units().at(sane_index(length))) {
        return Ok(None);
    }
    let bytes: Option<Vec<u8>> = text.units().iter().map(|c| u8::try_from(c).ok()).collect();
    bytes.map(Some).ok_or_else(|| {
        t.value_error(format!(
            "Failed to encode latin1 string when unpickling a {kind} object. pickle.load(data, encoding='latin1') is \
             assumed."
        ))
    })
}

/// The byte of a state by which it is told from an ordinary argument: a `time`'s hour, else the month.
fn sane_index(length: usize) -> usize {
    if length == time::STATE_LENGTH { 0 } else { 2 }
}

/// The error of a date that is out of range.
#[cold]
fn out_of_range(t: &Thread) -> Raised {
    t.overflow_error("date value out of range")
}

/// Sets a class attribute.
fn set_in(t: &Thread, class_value: &Value, name: &str, value: Value) {
    let namespace = class(class_value).dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, name, value);
    }
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let made = types(t);
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    let names = [
        ("timedelta", &made.delta),
        ("date", &made.date),
        ("datetime", &made.datetime),
        ("time", &made.time),
        ("tzinfo", &made.tzinfo),
        ("timezone", &made.timezone),
        ("UTC", &made.utc),
    ];
    for (name, value) in names {
        dict.set_name(t, name, value.clone());
    }
    dict.set_name(t, "MINYEAR", Value::small(calendar::MIN_YEAR.into()));
    dict.set_name(t, "MAXYEAR", Value::small(calendar::MAX_YEAR.into()));
    let delta = |days, seconds, micros| delta::make(t, delta::Delta::of(days, seconds, micros));
    let resolution = delta(0, 0, 1)?;
    set_in(t, &made.delta, "resolution", resolution.clone());
    set_in(t, &made.delta, "min", delta(-delta::MAX_DAYS, 0, 0)?);
    set_in(t, &made.delta, "max", delta(delta::MAX_DAYS, 86_399, 999_999)?);
    set_in(t, &made.date, "resolution", delta(1, 0, 0)?);
    set_in(t, &made.date, "min", date::call(t, &made.date, (1, 1, 1))?);
    set_in(t, &made.date, "max", date::call(t, &made.date, (9999, 12, 31))?);
    set_in(t, &made.time, "resolution", resolution.clone());
    set_in(t, &made.time, "min", time::make(t, time::Clock::default())?);
    let last = time::Clock::new(23, 59, 59, 999_999, None, false);
    set_in(t, &made.time, "max", time::make(t, last.clone())?);
    set_in(t, &made.datetime, "resolution", resolution);
    set_in(t, &made.datetime, "min", datetime::make(t, (1, 1, 1), time::Clock::default())?);
    set_in(t, &made.datetime, "max", datetime::make(t, (9999, 12, 31), last)?);
    set_in(t, &made.timezone, "utc", made.utc.clone());
    // The pickled form of the last zones is a whole minute before a day.
    for (name, days, seconds) in [("min", -1, 60), ("max", 0, 86_340)] {
        set_in(t, &made.timezone, name, zone::make_in(t, class(&made.timezone), delta(days, seconds, 0)?, None)?);
    }
    Ok(())
}

/// `_datetime`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_datetime",
    doc: "Fast implementation of the datetime module.",
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
