//! `date`, and what it shares with `datetime`.

use super::calendar::{self, DAY_NAMES, IsoError, MONTH_NAMES};
use super::delta::{self, Hash};
use super::iso::{self, Ymd};
use super::time::Clock;
use super::{Parameters, call_class, class, number, out_of_range, pickled_state, required, type_name, types};
use crate::modules::native_type::Signature;
use crate::modules::time as time_module;
use crate::objects::bytes::Bytes;
use crate::objects::float;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};

/// Bytes of a pickled state.
const STATE_LENGTH: usize = 4;

/// The payload of a `date`, and of a `datetime`, which has a clock.
pub struct Date {
    pub ymd: Ymd,
    pub clock: Option<Clock>,
    pub hash: Hash,
}

impl Native for Date {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(clock) = &self.clock {
            clock.traverse(visit);
        }
    }
}

impl Date {
    pub fn ordinal(&self) -> i64 {
        let (year, month, day) = self.ymd;
        calendar::ordinal(year, month, day)
    }

    /// The four bytes of a date in a pickled state.
    pub fn state(&self) -> [u8; 4] {
        let (year, month, day) = self.ymd;
        [(year >> 8) as u8, year as u8, month as u8, day as u8]
    }
}

/// The payload of a `date` or `datetime`.
pub fn any(v: &Value) -> Option<&Date> {
    v.opaque::<Date>()
}

/// The payload of what is a `date` and no `datetime`.
pub fn of(v: &Value) -> Option<&Date> {
    any(v).filter(|date| date.clock.is_none())
}

fn this(v: &Value) -> &Date {
    any(v).expect("slots of `date` get them")
}

pub fn make_in(t: &Thread, class: &Type, ymd: Ymd) -> R {
    opaque::new(t, class, Date { ymd, clock: None, hash: Hash::default() })
}

/// A `date` of a day that there is.
pub fn make(t: &Thread, ymd: Ymd) -> R {
    make_in(t, class(&types(t).date), ymd)
}

/// An instance of a class: by calling it, unless it is `date` itself.
pub fn call(t: &Thread, class_value: &Value, ymd: Ymd) -> R {
    if class_value.is(&types(t).date) {
        check(t, ymd)?;
        return make(t, ymd);
    }
    call_class(t, class_value, &[ymd.0, ymd.1, ymd.2], None)
}

/// Checks that there is such a day.
pub fn check(t: &Thread, (year, month, day): Ymd) -> R<()> {
    if !(calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year) {
        return Err(t.value_error(format!("year must be in 1..9999, not {year}")));
    }
    if !(1..=12).contains(&month) {
        return Err(t.value_error(format!("month must be in 1..12, not {month}")));
    }
    let last = calendar::days_in_month(year, month);
    if !(1..=last).contains(&day) {
        return Err(t.value_error(format!("day {day} must be in range 1..{last} for month {month} in year {year}")));
    }
    Ok(())
}

// Making.

static NEW: Parameters = Parameters::new(3, "(year=0, month=0, day=0)");

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    if let ([state], []) = (args.pos, args.kw)
        && let Some(state) = pickled_state(t, state, STATE_LENGTH, "date", |month| (1..=12).contains(&month))?
    {
        let ymd = (i32::from(state[0]) << 8 | i32::from(state[1]), state[2].into(), state[3].into());
        return make_in(t, class(class_value), ymd);
    }
    let [year, month, day] = NEW.bind(t, args)?;
    let year = int::arg_i32(t, required(t, &year, "year", 1)?)?;
    let month = int::arg_i32(t, required(t, &month, "month", 2)?)?;
    let ymd = (year, month, int::arg_i32(t, required(t, &day, "day", 3)?)?);
    check(t, ymd)?;
    make_in(t, class(class_value), ymd)
}

fn fromtimestamp(t: &Thread, class_value: &Value, timestamp: &Value) -> R {
    if timestamp.is_none() {
        return Err(t.type_error("'NoneType' object cannot be interpreted as an integer"));
    }
    let (fields, _) = time_module::local_fields(t, time_module::whole_seconds(t, timestamp)?)?;
    call(t, class_value, (fields[0], fields[1], fields[2]))
}

fn today(t: &Thread, class_value: &Value) -> R {
    let now = float::new(t, time_module::now(t)? as f64 / 1e9);
    if class_value.is(&types(t).date) {
        return fromtimestamp(t, class_value, &now);
    }
    protocol::call_method_str(t, class_value, "fromtimestamp", &[now])
}

fn fromordinal(t: &Thread, class_value: &Value, ordinal: &Value) -> R {
    let ordinal = int::arg_i32(t, ordinal)?;
    if ordinal < 1 {
        return Err(t.value_error("ordinal must be >= 1"));
    }
    call(t, class_value, calendar::from_ordinal(ordinal.into()))
}

/// The text of an argument of `fromisoformat`, as ASCII; `None` for what has other characters.
pub fn iso_text(t: &Thread, v: &Value) -> R<Option<Vec<u8>>> {
    match v.cast::<Str>() {
        Some(text) => Ok(text.as_ascii().map(|s| s.as_bytes().to_vec())),
        None => Err(t.type_error("fromisoformat: argument must be str")),
    }
}

#[cold]
pub fn invalid_iso(t: &Thread, v: &Value) -> crate::objects::slots::Raised {
    match protocol::repr_text(t, v) {
        Ok(text) => t.value_error(format!("Invalid isoformat string: {text}")),
        Err(raised) => raised,
    }
}

fn fromisoformat(t: &Thread, class_value: &Value, text: &Value) -> R {
    let ymd = iso_text(t, text)?.and_then(|ascii| iso::parse_date(&ascii));
    match ymd {
        Some(ymd) if check(t, ymd).map_err(|raised| t.take_exception(raised)).is_ok() => call(t, class_value, ymd),
        _ => Err(invalid_iso(t, text)),
    }
}

static FROM_ISO: Signature = Signature::new("fromisocalendar", "(year, week, day)");

fn fromisocalendar(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let mut parts = [0; 3];
    for (part, v) in parts.iter_mut().zip(FROM_ISO.bind::<3>(t, args)?) {
        *part = match t.catch(number(t, &v, 0), |types| &types.overflow_error)? {
            Some(number) => number,
            None => return Err(t.value_error("ISO calendar component out of range")),
        };
    }
    let [year, week, day] = parts;
    match calendar::from_iso_calendar(year, week, day) {
        Ok(ymd) => call(t, class_value, ymd),
        Err(IsoError::Year) => Err(t.value_error(format!("year must be in 1..9999, not {year}"))),
        Err(IsoError::Week) => Err(t.value_error(format!("Invalid week: {week}"))),
        Err(IsoError::Day) => Err(t.value_error(format!("Invalid weekday: {day} (range is [1, 7])"))),
    }
}

fn strptime(t: &Thread, class_value: &Value, args: &[Value]) -> R {
    super::strptime(t, "_strptime_datetime_date", class_value, args)
}

// Reading.

fn toordinal(_: &Thread, v: &Value) -> R {
    Ok(Value::small(this(v).ordinal()))
}

fn weekday(_: &Thread, v: &Value) -> R {
    Ok(Value::small(calendar::weekday(this(v).ordinal()).into()))
}

fn isoweekday(_: &Thread, v: &Value) -> R {
    Ok(Value::small(i64::from(calendar::weekday(this(v).ordinal())) + 1))
}

fn isocalendar(t: &Thread, v: &Value) -> R {
    let (year, month, day) = this(v).ymd;
    super::iso_date::make(t, calendar::iso_calendar(year, month, day))
}

fn repr(t: &Thread, v: &Value) -> R {
    let (year, month, day) = this(v).ymd;
    Ok(t.str(format!("{}({year}, {month}, {day})", type_name(t, v))))
}

pub fn iso_date(ymd: Ymd) -> String {
    format!("{:04}-{:02}-{:02}", ymd.0, ymd.1, ymd.2)
}

fn isoformat(t: &Thread, v: &Value) -> R {
    Ok(t.str(iso_date(this(v).ymd)))
}

fn str(t: &Thread, v: &Value) -> R {
    protocol::call_method_str(t, v, "isoformat", &[])
}

/// `ctime` with the time of day between.
pub fn ctime_text(date: &Date, (hour, minute, second): (u8, u8, u8)) -> String {
    let (year, month, day) = date.ymd;
    let weekday = DAY_NAMES[calendar::weekday(date.ordinal()) as usize];
    let month = MONTH_NAMES[(month - 1) as usize];
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
}

fn ctime(t: &Thread, v: &Value) -> R {
    Ok(t.str(ctime_text(this(v), (0, 0, 0))))
}

/// A `time.struct_time` of a date and a time of day.
pub fn time_tuple(t: &Thread, date: &Date, (hour, minute, second): (u8, u8, u8), dst: i32) -> R {
    let (year, month, day) = date.ymd;
    let weekday = calendar::weekday(date.ordinal());
    let yearday = calendar::days_before_month(year, month) + day;
    let clock = [hour, minute, second].map(i32::from);
    time_module::struct_time(t, [year, month, day, clock[0], clock[1], clock[2], weekday, yearday, dst])
}

fn timetuple(t: &Thread, v: &Value) -> R {
    time_tuple(t, this(v), (0, 0, 0), -1)
}

/// `strftime(format)`, for all three types that have it.
pub fn strftime(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let format = args[0].as_ref().unwrap_or(Value::none());
    if format.cast::<Str>().is_none() {
        let given = type_name(t, format);
        return Err(t.type_error(format!("strftime() argument 1 must be str, not {given}")));
    }
    super::format::strftime(t, v, format)
}

/// `__format__(spec)`, for all three types that have it.
pub fn dunder_format(t: &Thread, v: &Value, format: &Value) -> R {
    match format.cast::<Str>() {
        Some(text) if text.is_empty() => protocol::str(t, v),
        Some(_) => protocol::call_method_str(t, v, "strftime", std::slice::from_ref(format)),
        None => {
            let given = type_name(t, format);
            Err(t.type_error(format!("__format__() argument 1 must be str, not {given}")))
        }
    }
}

fn replace(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (year, month, day) = this(v).ymd;
    let ymd = (number(t, &args[0], year)?, number(t, &args[1], month)?, number(t, &args[2], day)?);
    call(t, &v.type_of(t).value(), ymd)
}

static REPLACE: Signature = Signature::new("replace", "(year=unchanged, month=unchanged, day=unchanged)");

fn dunder_replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    replace(t, v, &REPLACE.bind::<3>(t, args)?)
}

// Comparing and arithmetic.

fn compare(_: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    // A `datetime` is a `date` too, but does not compare as one.
    match (any(a), of(b)) {
        (Some(a), Some(b)) => Ok(Value::bool(op.holds(a.ymd.cmp(&b.ymd)))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let date = this(v);
    date.hash.get(|| protocol::hash(t, &Bytes::make(t, &date.state())))
}

fn move_by(t: &Thread, v: &Value, date: &Date, days: i64) -> R {
    let ordinal = date.ordinal() + days;
    if !(1..=calendar::MAX_ORDINAL).contains(&ordinal) {
        return Err(out_of_range(t));
    }
    call(t, &v.type_of(t).value(), calendar::from_ordinal(ordinal))
}

fn add(t: &Thread, a: &Value, b: &Value) -> R {
    match (of(a), delta::of(a), of(b), delta::of(b)) {
        (Some(date), _, _, Some(delta)) => move_by(t, a, date, delta.days()),
        (_, Some(delta), Some(date), _) => move_by(t, b, date, delta.days()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn subtract(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(date) = of(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(other) = of(b) {
        return delta::make(t, delta::Delta::of(date.ordinal() - other.ordinal(), 0, 0));
    }
    match delta::of(b) {
        Some(delta) => move_by(t, a, date, -delta.days()),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn reduce(t: &Thread, v: &Value) -> R {
    let state = t.tuple([Bytes::make(t, &this(v).state())]);
    Ok(t.tuple([v.type_of(t).value(), state]))
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::class("fromtimestamp", Func::One(fromtimestamp), "($type, timestamp, /)", "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is\ninterpreted as local time."),
    Def::class("fromordinal", Func::One(fromordinal), "", "int -> date corresponding to a proleptic Gregorian ordinal."),
    Def::class("fromisoformat", Func::One(fromisoformat), "($type, object, /)", "str -> Construct a date from a string in ISO 8601 format."),
    Def::class("fromisocalendar", Func::Any(fromisocalendar), "", "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the date.isocalendar() function"),
    Def::class("strptime", Func::Pos(strptime, 2, 2), "", "string, format -> new date parsed from a string (like time.strptime())."),
    Def::class("today", Func::NoArgs(today), "($type, /)", "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."),
    Def::new("ctime", Func::NoArgs(ctime), "($self, /)", "Return ctime() style string."),
    Def::new("strftime", Func::Bound(strftime), "($self, /, format)", "format -> strftime() style string."),
    Def::new("__format__", Func::One(dunder_format), "", "Formats self with strftime."),
    Def::new("timetuple", Func::NoArgs(timetuple), "($self, /)", "Return time tuple, compatible with time.localtime()."),
    Def::new("isocalendar", Func::NoArgs(isocalendar), "($self, /)", "Return a named tuple containing ISO year, week number, and weekday."),
    Def::new("isoformat", Func::NoArgs(isoformat), "($self, /)", "Return string in ISO 8601 format, YYYY-MM-DD."),
    Def::new("isoweekday", Func::NoArgs(isoweekday), "($self, /)", "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"),
    Def::new("toordinal", Func::NoArgs(toordinal), "($self, /)", "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."),
    Def::new("weekday", Func::NoArgs(weekday), "($self, /)", "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"),
    Def::new("replace", Func::Bound(replace), "($self, /, year=unchanged, month=unchanged, day=unchanged)", "Return date with new specified fields."),
    Def::new("__replace__", Func::Any(dunder_replace), "($self, /, **changes)", "The same as replace()."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "__reduce__() -> (cls, state)"),
];

static GETSET: &[GetSet] = &[
    GetSet::ro("year", |_, v| Ok(Value::small(this(v).ymd.0.into())), ""),
    GetSet::ro("month", |_, v| Ok(Value::small(this(v).ymd.1.into())), ""),
    GetSet::ro("day", |_, v| Ok(Value::small(this(v).ymd.2.into())), ""),
];

pub static SPEC: Spec = {
    let spec = opaque::spec::<Date>("datetime.date");
    Spec {
        flags: spec.flags | type_flags::BASETYPE | type_flags::IMMUTABLE,
        doc: "date(year, month, day) --> date object",
        slots: Slots {
            new: Some(new),
            repr: Some(repr),
            str: Some(str),
            hash: Some(hash),
            compare: Some(compare),
            nb_add: Some(add),
            nb_subtract: Some(subtract),
            ..spec.slots
        },
        methods: METHODS,
        getset: GETSET,
        ..spec
    }
};
