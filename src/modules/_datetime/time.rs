//! `time`: a time of day, with a time zone or without.

use super::delta::{self, Hash};
use super::{Parameters, class, date, iso, number, operators, pickled_state, type_name, types, zone};
use crate::modules::native_type::Signature;
use crate::objects::bytes::Bytes;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::*};

/// Bytes of a pickled state.
pub const STATE_LENGTH: usize = 6;

/// A time of day with its zone: what a `time` is, and a `datetime` besides its date.
#[derive(Default)]
pub struct Clock {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub microsecond: u32,
    zone: Option<Value>,
    /// Which of two moments that clocks show alike. A constructor may set it on what a subclass has made.
    fold: AtomicBool,
}

impl Clone for Clock {
    fn clone(&self) -> Clock {
        Clock { zone: self.zone.clone(), fold: AtomicBool::new(self.fold()), ..*self }
    }
}

impl Clock {
    pub fn new(hour: u8, minute: u8, second: u8, microsecond: u32, zone: Option<Value>, fold: bool) -> Clock {
        Clock { hour, minute, second, microsecond, zone, fold: AtomicBool::new(fold) }
    }

    /// From numbers, which are checked; `zone` may be Python's `None`.
    pub fn checked(t: &Thread, numbers: [i32; 4], zone: &Value, fold: i32) -> R<Clock> {
        const RANGES: [(&str, i32); 4] = [("hour", 23), ("minute", 59), ("second", 59), ("microsecond", 999_999)];
        for ((name, last), number) in RANGES.into_iter().zip(numbers) {
            if !(0..=last).contains(&number) {
                return Err(t.value_error(format!("{name} must be in 0..{last}, not {number}")));
            }
        }
        if !(0..=1).contains(&fold) {
            return Err(t.value_error(format!("fold must be either 0 or 1, not {fold}")));
        }
        zone::check(t, zone)?;
        let [hour, minute, second, microsecond] = numbers;
        let zone = (!zone.is_none()).then(|| zone.clone());
        Ok(Clock::new(hour as u8, minute as u8, second as u8, microsecond as u32, zone, fold == 1))
    }

    pub fn fold(&self) -> bool {
        self.fold.load(Relaxed)
    }

    pub fn set_fold(&self, fold: bool) {
        self.fold.store(fold, Relaxed);
    }

    pub fn zone(&self) -> Option<&Value> {
        self.zone.as_ref()
    }

    /// The zone as Python sees it.
    pub fn zone_or_none(&self) -> Value {
        self.zone.clone().unwrap_or(Value::NONE)
    }

    /// The same time elsewhere.
    pub fn with_zone(&self, zone: Option<Value>) -> Clock {
        Clock { zone, ..self.clone() }
    }

    pub fn with_fold(&self, fold: bool) -> Clock {
        Clock { fold: AtomicBool::new(fold), ..self.clone() }
    }

    /// Microseconds since midnight.
    pub fn micros(&self) -> i64 {
        let minutes = i64::from(self.hour) * 60 + i64::from(self.minute);
        (minutes * 60 + i64::from(self.second)) * 1_000_000 + i64::from(self.microsecond)
    }

    pub fn hms(&self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    pub fn numbers(&self) -> [i32; 4] {
        [self.hour.into(), self.minute.into(), self.second.into(), self.microsecond as i32]
    }

    pub fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(zone) = &self.zone {
            visit(zone);
        }
    }

    /// The six bytes of a time in a pickled state, without its fold.
    pub fn state(&self) -> [u8; STATE_LENGTH] {
        let [_, high, middle, low] = self.microsecond.to_be_bytes();
        [self.hour, self.minute, self.second, high, middle, low]
    }

    /// From the bytes of a state, of which the first was freed of its fold.
    pub fn from_state(hour: u8, state: &[u8], zone: Option<Value>, fold: bool) -> Clock {
        let microsecond = u32::from_be_bytes([0, state[3], state[4], state[5]]);
        Clock::new(hour, state[1], state[2], microsecond, zone, fold)
    }

    /// What follows hour and minute in a `repr`, and what follows all numbers.
    pub fn repr_tail(&self, t: &Thread) -> R<(String, String)> {
        let numbers = match (self.second, self.microsecond) {
            (0, 0) => String::new(),
            (second, 0) => format!(", {second}"),
            (second, microsecond) => format!(", {second}, {microsecond}"),
        };
        let mut tail = String::new();
        if let Some(zone) = &self.zone {
            tail += &format!(", tzinfo={}", protocol::repr_text(t, zone)?);
        }
        if self.fold() {
            tail += ", fold=1";
        }
        Ok((numbers, tail))
    }
}

/// The payload.
pub struct Time {
    pub clock: Clock,
    hash: Hash,
}

impl Native for Time {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.clock.traverse(visit);
    }
}

/// The payload, of instances of subclasses too.
pub fn of(v: &Value) -> Option<&Time> {
    v.opaque::<Time>()
}

fn this(v: &Value) -> &Clock {
    &of(v).expect("slots of `time` get them").clock
}

fn make_in(t: &Thread, class: &Type, clock: Clock) -> R {
    opaque::new(t, class, Time { clock, hash: Hash::default() })
}

/// A `time`.
pub fn make(t: &Thread, clock: Clock) -> R {
    make_in(t, class(&types(t).time), clock)
}

/// An instance of a class: by calling it, unless it is `time` itself.
fn call(t: &Thread, class_value: &Value, clock: Clock) -> R {
    if class_value.is(&types(t).time) {
        return make(t, clock);
    }
    let made = super::call_class(t, class_value, &clock.numbers(), Some(&clock.zone_or_none()))?;
    if let Some(time) = of(&made) {
        time.clock.set_fold(clock.fold());
    }
    Ok(made)
}

static NEW: Parameters = Parameters::new(5, "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)");

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    if let ([state, rest @ ..], []) = (args.pos, args.kw)
        && rest.len() <= 1
        && let Some(state) = pickled_state(t, state, STATE_LENGTH, "time", |hour| hour & 0x7F < 24)?
    {
        let zone = unpickled_zone(t, rest.first())?;
        let clock = Clock::from_state(state[0] & 0x7F, &state, zone, state[0] > 0x7F);
        return make_in(t, class(class_value), clock);
    }
    let [hour, minute, second, microsecond, zone, fold] = NEW.bind(t, args)?;
    let numbers = [number(t, &hour, 0)?, number(t, &minute, 0)?, number(t, &second, 0)?, number(t, &microsecond, 0)?];
    let clock = Clock::checked(t, numbers, zone.as_ref().unwrap_or(Value::none()), number(t, &fold, 0)?)?;
    make_in(t, class(class_value), clock)
}

/// The zone behind a pickled state.
pub fn unpickled_zone(t: &Thread, v: Option<&Value>) -> R<Option<Value>> {
    match v.filter(|v| !v.is_none()) {
        Some(v) if !zone::is_zone(v) => Err(t.type_error("bad tzinfo state arg")),
        v => Ok(v.cloned()),
    }
}

fn fromisoformat(t: &Thread, class_value: &Value, text: &Value) -> R {
    let Some(ascii) = date::iso_text(t, text)? else { return Err(date::invalid_iso(t, text)) };
    let ascii = ascii.strip_prefix(b"T").unwrap_or(&ascii);
    let Some(mut parsed) = iso::parse_time(ascii) else { return Err(date::invalid_iso(t, text)) };
    if parsed.hour == 24 && (parsed.minute, parsed.second, parsed.microsecond) == (0, 0, 0) {
        parsed.hour = 0;
    }
    let zone = match iso_zone(t, parsed.offset) {
        Ok(zone) => zone,
        Err(raised) => {
            drop(t.take_exception(raised));
            return Err(date::invalid_iso(t, text));
        }
    };
    let numbers = [parsed.hour, parsed.minute, parsed.second, parsed.microsecond];
    call(t, class_value, Clock::checked(t, numbers, &zone, 0)?)
}

/// The zone of an offset that was read.
pub fn iso_zone(t: &Thread, offset: Option<i64>) -> R {
    match offset {
        Some(offset) => zone::make(t, &delta::from_micros(t, offset.into())?, None),
        None => Ok(Value::NONE),
    }
}

fn strptime(t: &Thread, class_value: &Value, args: &[Value]) -> R {
    super::strptime(t, "_strptime_datetime_time", class_value, args)
}

fn repr(t: &Thread, v: &Value) -> R {
    let clock = this(v);
    let (numbers, tail) = clock.repr_tail(t)?;
    Ok(t.str(format!("{}({}, {}{numbers}{tail})", type_name(t, v), clock.hour, clock.minute)))
}

/// The argument of `isoformat` that says how precise the time is to be.
pub fn timespec<'a>(t: &Thread, v: &'a Option<Value>) -> R<std::borrow::Cow<'a, str>> {
    match v {
        None => Ok("auto".into()),
        Some(v) => match v.cast::<Str>() {
            Some(text) => Ok(text.to_str_lossy()),
            None => {
                let given = type_name(t, v);
                Err(t.type_error(format!("isoformat() argument must be str, not {given}")))
            }
        },
    }
}

/// A time with the offset of its zone as ISO text.
pub fn iso_clock(t: &Thread, clock: &Clock, moment: &Value, timespec: &str) -> R<String> {
    let Some(mut text) = iso::clock(clock.hour, clock.minute, clock.second, clock.microsecond, timespec) else {
        return Err(t.value_error("Unknown timespec value"));
    };
    if let Some(offset) = zone::offset(t, clock.zone(), "utcoffset", moment)? {
        text += &iso::offset(offset, ":");
    }
    Ok(text)
}

fn isoformat(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let timespec = timespec(t, &args[0])?;
    Ok(t.str(iso_clock(t, this(v), &Value::NONE, &timespec)?))
}

fn str(t: &Thread, v: &Value) -> R {
    protocol::call_method_str(t, v, "isoformat", &[])
}

fn utcoffset(t: &Thread, v: &Value) -> R {
    zone::ask_offset(t, this(v).zone(), "utcoffset", &Value::NONE)
}

fn dst(t: &Thread, v: &Value) -> R {
    zone::ask_offset(t, this(v).zone(), "dst", &Value::NONE)
}

fn tzname(t: &Thread, v: &Value) -> R {
    zone::name_of(t, this(v).zone(), &Value::NONE)
}

/// A clock with some of its parts replaced: by hour, minute, second, microsecond, tzinfo and fold.
pub fn replaced(t: &Thread, clock: &Clock, args: &[Option<Value>]) -> R<Clock> {
    let mut numbers = clock.numbers();
    for (n, arg) in numbers.iter_mut().zip(args) {
        *n = number(t, arg, *n)?;
    }
    let zone = args[4].clone().unwrap_or_else(|| clock.zone_or_none());
    Clock::checked(t, numbers, &zone, number(t, &args[5], clock.fold().into())?)
}

fn replace(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    call(t, &v.type_of(t).value(), replaced(t, this(v), args)?)
}

static REPLACE: Signature = Signature::new(
    "replace",
    "(hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
);

fn dunder_replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    replace(t, v, &REPLACE.bind::<6>(t, args)?)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (of(a), of(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (x, y) = (&x.clock, &y.clock);
    let (mine, other) = match operators::same_zone(x, y) {
        true => (None, None),
        false => (
            zone::offset(t, x.zone(), "utcoffset", &Value::NONE)?,
            zone::offset(t, y.zone(), "utcoffset", &Value::NONE)?,
        ),
    };
    match (mine, other, op) {
        _ if mine == other => Ok(Value::bool(op.holds(x.micros().cmp(&y.micros())))),
        (Some(mine), Some(other), _) => Ok(Value::bool(op.holds((x.micros() - mine).cmp(&(y.micros() - other))))),
        (_, _, CmpOp::Eq) => Ok(Value::FALSE),
        (_, _, CmpOp::Ne) => Ok(Value::TRUE),
        _ => Err(t.type_error("can't compare offset-naive and offset-aware times")),
    }
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let time = of(v).expect("slots of `time` get them");
    time.hash.get(|| match zone::offset(t, time.clock.zone(), "utcoffset", &Value::NONE)? {
        None => protocol::hash(t, &Bytes::make(t, &time.clock.state())),
        Some(offset) => {
            let utc = delta::from_micros(t, (time.clock.micros() - offset).into())?;
            delta::hash(t, &utc)
        }
    })
}

fn state(t: &Thread, v: &Value, protocol: i64) -> R {
    let clock = this(v);
    let mut state = clock.state();
    if clock.fold() && protocol > 3 {
        state[0] |= 0x80;
    }
    let parts = [Some(Bytes::make(t, &state)), clock.zone().cloned()];
    let parts: Vec<Value> = parts.into_iter().flatten().collect();
    Ok(t.tuple([v.type_of(t).value(), t.tuple(parts)]))
}

fn reduce_ex(t: &Thread, v: &Value, protocol: &Value) -> R {
    state(t, v, crate::objects::int::arg_i64(t, protocol)?)
}

fn reduce(t: &Thread, v: &Value) -> R {
    state(t, v, 2)
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::class("strptime", Func::Pos(strptime, 2, 2), "", "string, format -> new time parsed from a string (like time.strptime())."),
    Def::new("isoformat", Func::Bound(isoformat), "($self, /, timespec='auto')", "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n"),
    Def::new("strftime", Func::Bound(date::strftime), "($self, /, format)", "format -> strftime() style string."),
    Def::new("__format__", Func::One(date::dunder_format), "", "Formats self with strftime."),
    Def::new("utcoffset", Func::NoArgs(utcoffset), "($self, /)", "Return self.tzinfo.utcoffset(self)."),
    Def::new("tzname", Func::NoArgs(tzname), "($self, /)", "Return self.tzinfo.tzname(self)."),
    Def::new("dst", Func::NoArgs(dst), "($self, /)", "Return self.tzinfo.dst(self)."),
    Def::new("replace", Func::Bound(replace), "($self, /, hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)", "Return time with new specified fields."),
    Def::new("__replace__", Func::Any(dunder_replace), "($self, /, **changes)", "The same as replace()."),
    Def::class("fromisoformat", Func::One(fromisoformat), "($type, object, /)", "string -> time from a string in ISO 8601 format"),
    Def::new("__reduce_ex__", Func::One(reduce_ex), "", "__reduce_ex__(proto) -> (cls, state)"),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "__reduce__() -> (cls, state)"),
];

static GETSET: &[GetSet] = &[
    GetSet::ro("hour", |_, v| Ok(Value::small(this(v).hour.into())), ""),
    GetSet::ro("minute", |_, v| Ok(Value::small(this(v).minute.into())), ""),
    GetSet::ro("second", |_, v| Ok(Value::small(this(v).second.into())), ""),
    GetSet::ro("microsecond", |_, v| Ok(Value::small(this(v).microsecond.into())), ""),
    GetSet::ro("tzinfo", |_, v| Ok(this(v).zone_or_none()), ""),
    GetSet::ro("fold", |_, v| Ok(Value::small(this(v).fold().into())), ""),
];

pub static SPEC: Spec = {
    let spec = opaque::spec::<Time>("datetime.time");
    Spec {
        flags: spec.flags | type_flags::BASETYPE | type_flags::IMMUTABLE,
        doc: "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll arguments are \
              optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be ints.\n",
        slots: Slots {
            new: Some(new),
            repr: Some(repr),
            str: Some(str),
            hash: Some(hash),
            compare: Some(compare),
            ..spec.slots
        },
        methods: METHODS,
        getset: GETSET,
        ..spec
    }
};
