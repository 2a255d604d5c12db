//! `datetime`: a date with a time of day.

use super::calendar;
use super::date::{self, Date};
use super::delta::{self, Hash};
use super::iso::{self, Ymd};
use super::time::{self, Clock};
use super::{Parameters, class, local, number, operators, pickled_state, required, type_name, types, zone};
use crate::modules::native_type::Signature;
use crate::objects::bytes::Bytes;
use crate::objects::float;
use crate::objects::int;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use crate::objects::warn;

/// Bytes of a pickled state.
const STATE_LENGTH: usize = 10;

/// The clock of a `datetime`; `None` for anything else.
pub fn clock(v: &Value) -> Option<&Clock> {
    date::any(v)?.clock.as_ref()
}

fn this(v: &Value) -> (&Date, &Clock) {
    let date = date::any(v).expect("slots of `datetime` get them");
    (date, date.clock.as_ref().expect("and those have a clock"))
}

fn make_in(t: &Thread, class: &Type, ymd: Ymd, clock: Clock) -> R {
    opaque::new(t, class, Date { ymd, clock: Some(clock), hash: Hash::default() })
}

/// A `datetime` of a day that there is.
pub fn make(t: &Thread, ymd: Ymd, clock: Clock) -> R {
    make_in(t, class(&types(t).datetime), ymd, clock)
}

/// An instance of a class: by calling it, unless it is `datetime` itself.
pub fn call(t: &Thread, class_value: &Value, ymd: Ymd, clock: Clock) -> R {
    if class_value.is(&types(t).datetime) {
        return make(t, ymd, clock);
    }
    let [hour, minute, second, microsecond] = clock.numbers();
    let numbers = [ymd.0, ymd.1, ymd.2, hour, minute, second, microsecond];
    let made = super::call_class(t, class_value, &numbers, Some(&clock.zone_or_none()))?;
    if let Some(made) = self::clock(&made) {
        made.set_fold(clock.fold());
    }
    Ok(made)
}

// Making.

static NEW: Parameters =
    Parameters::new(8, "(year=0, month=0, day=0, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)");

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    if let ([state, rest @ ..], []) = (args.pos, args.kw)
        && rest.len() <= 1
        && let Some(state) =
            pickled_state(t, state, STATE_LENGTH, "datetime", |month| (1..=12).contains(&(month & 0x7F)))?
    {
        let zone = time::unpickled_zone(t, rest.first())?;
        let ymd = (i32::from(state[0]) << 8 | i32::from(state[1]), (state[2] & 0x7F).into(), state[3].into());
        let clock = Clock::from_state(state[4], &state[4..], zone, state[2] > 0x7F);
        return make_in(t, class(class_value), ymd, clock);
    }
    let [year, month, day, hour, minute, second, microsecond, zone, fold] = NEW.bind(t, args)?;
    let year = int::arg_i32(t, required(t, &year, "year", 1)?)?;
    let month = int::arg_i32(t, required(t, &month, "month", 2)?)?;
    let ymd = (year, month, int::arg_i32(t, required(t, &day, "day", 3)?)?);
    let numbers = [number(t, &hour, 0)?, number(t, &minute, 0)?, number(t, &second, 0)?, number(t, &microsecond, 0)?];
    let fold = number(t, &fold, 0)?;
    date::check(t, ymd)?;
    let clock = Clock::checked(t, numbers, zone.as_ref().unwrap_or(Value::none()), fold)?;
    make_in(t, class(class_value), ymd, clock)
}

fn now(t: &Thread, class_value: &Value, args: &[Option<Value>]) -> R {
    local::now(t, class_value, false, args[0].as_ref().unwrap_or(Value::none()))
}

fn deprecated(t: &Thread, name: &str, instead: &str) -> R<()> {
    let message = format!(
        "datetime.datetime.{name}() is deprecated and scheduled for removal in a future version. Use timezone-aware \
         objects to represent datetimes in UTC: datetime.datetime.{instead}."
    );
    warn::warn(t, |types| &types.deprecation_warning, &message)
}

fn utcnow(t: &Thread, class_value: &Value) -> R {
    deprecated(t, "utcnow", "now(datetime.UTC)")?;
    local::now(t, class_value, true, &Value::NONE)
}

static FROM_TIMESTAMP: Signature = Signature::new("fromtimestamp", "(timestamp, tz=None)");

fn fromtimestamp(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let [timestamp, zone] = FROM_TIMESTAMP.bind(t, args)?;
    let timestamp = timestamp.unwrap_or(Value::NONE);
    local::from_timestamp(t, class_value, &timestamp, false, zone.as_ref().unwrap_or(Value::none()))
}

fn utcfromtimestamp(t: &Thread, class_value: &Value, timestamp: &Value) -> R {
    deprecated(t, "utcfromtimestamp", "fromtimestamp(timestamp, datetime.UTC)")?;
    local::from_timestamp(t, class_value, timestamp, true, &Value::NONE)
}

fn strptime(t: &Thread, class_value: &Value, args: &[Value]) -> R {
    super::strptime(t, "_strptime_datetime_datetime", class_value, args)
}

static COMBINE: Signature = Signature::new("combine", "(date, time, tzinfo=None)");

fn combine(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let [day, time, zone] = COMBINE.bind(t, args)?;
    let (day, time) = (day.unwrap_or(Value::NONE), time.unwrap_or(Value::NONE));
    let wrong = |i: usize, wanted: &str, v: &Value| {
        let given = type_name(t, v);
        t.type_error(format!("combine() argument {i} must be datetime.{wanted}, not {given}"))
    };
    let Some(date) = date::any(&day) else { return Err(wrong(1, "date", &day)) };
    let Some(time) = time::of(&time) else { return Err(wrong(2, "time", &time)) };
    let clock = match zone {
        Some(zone) => {
            zone::check(t, &zone)?;
            time.clock.with_zone(Some(zone).filter(|zone| !zone.is_none()))
        }
        None => time.clock.clone(),
    };
    call(t, class_value, date.ymd, clock)
}

/// The text as ASCII, but for a separator that may be any character.
fn iso_bytes(t: &Thread, v: &Value) -> R<Option<Vec<u8>>> {
    let Some(text) = v.cast::<Str>() else { return Err(t.type_error("fromisoformat: argument must be str")) };
    let units = text.units();
    if units.len() < 7 {
        return Ok(None);
    }
    let mut foreign = 0;
    let bytes: Vec<u8> = units
        .iter()
        .map(|c| {
            u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or_else(|| {
                foreign += 1;
                b'T'
            })
        })
        .collect();
    let at_separator = [7, 8, 10].iter().any(|&i| i < units.len() && units.at(i) > 0x7F);
    Ok((foreign == 0 || foreign == 1 && at_separator).then_some(bytes))
}

fn fromisoformat(t: &Thread, class_value: &Value, v: &Value) -> R {
    let invalid = || Err(date::invalid_iso(t, v));
    let Some(text) = iso_bytes(t, v)? else { return invalid() };
    let Some(separator) = iso::separator(&text) else { return invalid() };
    let Some(mut ymd) = text.get(..separator).and_then(iso::parse_date) else { return invalid() };
    let rest = text.get(separator + 1..).unwrap_or(&[]);
    if rest.is_empty() && text.len() > separator {
        return invalid();
    }
    let mut parsed = iso::ParsedTime::default();
    if !rest.is_empty() {
        match iso::parse_time(rest) {
            Some(time) => parsed = time,
            None => return invalid(),
        }
    }
    if parsed.hour == 24 {
        if (parsed.minute, parsed.second, parsed.microsecond) != (0, 0, 0) {
            return Err(t.value_error("minute, second, and microsecond must be 0 when hour is 24"));
        }
        parsed.hour = 0;
        let (year, month, day) = ymd;
        if (1..=12).contains(&month) && (1..=calendar::days_in_month(year, month)).contains(&day) {
            // The last day of all has no next one: the error is the year's.
            ymd = match calendar::ordinal(year, month, day) + 1 {
                next if next > calendar::MAX_ORDINAL => (year + 1, 1, 1),
                next => calendar::from_ordinal(next),
            };
        }
    }
    let zone = match time::iso_zone(t, parsed.offset) {
        Ok(zone) => zone,
        Err(raised) => {
            drop(t.take_exception(raised));
            return invalid();
        }
    };
    date::check(t, ymd)?;
    let numbers = [parsed.hour, parsed.minute, parsed.second, parsed.microsecond];
    call(t, class_value, ymd, Clock::checked(t, numbers, &zone, 0)?)
}

// Reading.

fn date_of(t: &Thread, v: &Value) -> R {
    date::make(t, this(v).0.ymd)
}

fn time_of(t: &Thread, v: &Value) -> R {
    time::make(t, this(v).1.with_zone(None))
}

fn timetz(t: &Thread, v: &Value) -> R {
    time::make(t, this(v).1.clone())
}

fn ctime(t: &Thread, v: &Value) -> R {
    let (date, clock) = this(v);
    Ok(t.str(date::ctime_text(date, clock.hms())))
}

fn timetuple(t: &Thread, v: &Value) -> R {
    let (date, clock) = this(v);
    let dst = match zone::offset(t, clock.zone(), "dst", v)? {
        None => -1,
        Some(offset) => (offset != 0).into(),
    };
    date::time_tuple(t, date, clock.hms(), dst)
}

fn utctimetuple(t: &Thread, v: &Value) -> R {
    let (date, clock) = this(v);
    let offset = zone::offset(t, clock.zone(), "utcoffset", v)?.unwrap_or(0);
    let (ymd, clock) = operators::from_micros(t, operators::micros(date, clock) - i128::from(offset), None)?;
    let utc = Date { ymd, clock: None, hash: Hash::default() };
    date::time_tuple(t, &utc, clock.hms(), 0)
}

fn timestamp(t: &Thread, v: &Value) -> R {
    let (date, clock) = this(v);
    if clock.zone().is_none() {
        let seconds = local::timestamp(t, date, clock)? as f64;
        return Ok(float::new(t, seconds + f64::from(clock.microsecond) / 1e6));
    }
    let epoch = i128::from(local::EPOCH) * 1_000_000;
    match zone::offset(t, clock.zone(), "utcoffset", v)? {
        Some(offset) => delta::seconds_of(t, operators::micros(date, clock) - epoch - i128::from(offset)),
        None => Err(t.type_error("can't subtract offset-naive and offset-aware datetimes")),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let ((year, month, day), clock) = (this(v).0.ymd, this(v).1);
    let (numbers, tail) = clock.repr_tail(t)?;
    let name = type_name(t, v);
    Ok(t.str(format!("{name}({year}, {month}, {day}, {}, {}{numbers}{tail})", clock.hour, clock.minute)))
}

fn isoformat(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let separator = match &args[0] {
        None => u32::from(b'T'),
        Some(sep) => match sep.cast::<Str>() {
            Some(text) if text.len() == 1 => text.units().at(0),
            Some(text) => {
                let message = format!(
                    "isoformat() argument 1 must be a unicode character, not a string of length {}",
                    text.len()
                );
                return Err(t.type_error(message));
            }
            None => {
                let given = type_name(t, sep);
                return Err(t.type_error(format!("isoformat() argument 1 must be a unicode character, not {given}")));
            }
        },
    };
    let (date, clock) = this(v);
    let text = time::iso_clock(t, clock, v, &time::timespec(t, &args[1])?)?;
    let day = date::iso_date(date.ymd);
    let points: Vec<u32> = day.bytes().map(u32::from).chain([separator]).chain(text.chars().map(u32::from)).collect();
    Ok(Str::from_code_points(t, &points))
}

fn str(t: &Thread, v: &Value) -> R {
    let names = [t.intern("sep")];
    let method = protocol::getattr_str(t, v, "isoformat")?;
    protocol::call_args(t, &method, Args { pos: &[], kw: &[t.str(" ")], names: &names })
}

fn utcoffset(t: &Thread, v: &Value) -> R {
    zone::ask_offset(t, this(v).1.zone(), "utcoffset", v)
}

fn dst(t: &Thread, v: &Value) -> R {
    zone::ask_offset(t, this(v).1.zone(), "dst", v)
}

fn tzname(t: &Thread, v: &Value) -> R {
    zone::name_of(t, this(v).1.zone(), v)
}

fn replace(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (date, clock) = this(v);
    let (year, month, day) = date.ymd;
    let ymd = (number(t, &args[0], year)?, number(t, &args[1], month)?, number(t, &args[2], day)?);
    date::check(t, ymd)?;
    call(t, &v.type_of(t).value(), ymd, time::replaced(t, clock, &args[3..])?)
}

static REPLACE: Signature = Signature::new(
    "replace",
    "(year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, \
     microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
);

fn dunder_replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    replace(t, v, &REPLACE.bind::<9>(t, args)?)
}

fn astimezone(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (date, clock) = this(v);
    let wanted = args[0].as_ref().filter(|zone| !zone.is_none());
    if let Some(wanted) = wanted {
        zone::check(t, wanted)?;
    }
    let mut own = match clock.zone() {
        Some(zone) => zone.clone(),
        None => local::zone_when(t, date, clock)?,
    };
    if wanted.is_some_and(|wanted| wanted.is(&own)) {
        return Ok(v.clone());
    }
    let mut offset = zone::offset(t, Some(&own), "utcoffset", v)?;
    if offset.is_none() {
        // As good as none.
        own = local::zone_when(t, date, clock)?;
        if wanted.is_some_and(|wanted| wanted.is(&own)) {
            return Ok(v.clone());
        }
        offset = zone::offset(t, Some(&own), "utcoffset", v)?;
    }
    let utc = operators::micros(date, clock) - i128::from(offset.unwrap_or(0));
    let zone = match wanted {
        Some(zone) => zone.clone(),
        None => {
            let seconds = utc.div_euclid(1_000_000) as i64 - local::EPOCH;
            local::zone_at(t, seconds)?
        }
    };
    let (ymd, clock) = operators::from_micros(t, utc, Some(zone.clone()))?;
    let there = call(t, &v.type_of(t).value(), ymd, clock)?;
    protocol::call_method_str(t, &zone, "fromutc", &[there])
}

fn state(t: &Thread, v: &Value, protocol: i64) -> R {
    let (date, clock) = this(v);
    let mut state = [&date.state()[..], &clock.state()[..]].concat();
    if clock.fold() && protocol > 3 {
        state[2] |= 0x80;
    }
    let parts = [Some(Bytes::make(t, &state)), clock.zone().cloned()];
    let parts: Vec<Value> = parts.into_iter().flatten().collect();
    Ok(t.tuple([v.type_of(t).value(), t.tuple(parts)]))
}

fn reduce_ex(t: &Thread, v: &Value, protocol: &Value) -> R {
    state(t, v, int::arg_i64(t, protocol)?)
}

fn reduce(t: &Thread, v: &Value) -> R {
    state(t, v, 2)
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::class("now", Func::Bound(now), "($type, /, tz=None)", "Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone."),
    Def::class("utcnow", Func::NoArgs(utcnow), "($type, /)", "Return a new datetime representing UTC day and time."),
    Def::class("fromtimestamp", Func::Any(fromtimestamp), "", "timestamp[, tz] -> tz's local time from POSIX timestamp."),
    Def::class("utcfromtimestamp", Func::One(utcfromtimestamp), "", "Construct a naive UTC datetime from a POSIX timestamp."),
    Def::class("strptime", Func::Pos(strptime, 2, 2), "", "string, format -> new datetime parsed from a string (like time.strptime())."),
    Def::class("combine", Func::Any(combine), "", "date, time -> datetime with same date and time fields"),
    Def::class("fromisoformat", Func::One(fromisoformat), "($type, object, /)", "string -> datetime from a string in most ISO 8601 formats"),
    Def::new("date", Func::NoArgs(date_of), "($self, /)", "Return date object with same year, month and day."),
    Def::new("time", Func::NoArgs(time_of), "($self, /)", "Return time object with same time but with tzinfo=None."),
    Def::new("timetz", Func::NoArgs(timetz), "($self, /)", "Return time object with same time and tzinfo."),
    Def::new("ctime", Func::NoArgs(ctime), "($self, /)", "Return ctime() style string."),
    Def::new("timetuple", Func::NoArgs(timetuple), "($self, /)", "Return time tuple, compatible with time.localtime()."),
    Def::new("timestamp", Func::NoArgs(timestamp), "($self, /)", "Return POSIX timestamp as float."),
    Def::new("utctimetuple", Func::NoArgs(utctimetuple), "($self, /)", "Return UTC time tuple, compatible with time.localtime()."),
    Def::new("isoformat", Func::Bound(isoformat), "($self, /, sep='T', timespec='auto')", "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the year from the time, and defaults to 'T'.\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n"),
    Def::new("utcoffset", Func::NoArgs(utcoffset), "($self, /)", "Return self.tzinfo.utcoffset(self)."),
    Def::new("tzname", Func::NoArgs(tzname), "($self, /)", "Return self.tzinfo.tzname(self)."),
    Def::new("dst", Func::NoArgs(dst), "($self, /)", "Return self.tzinfo.dst(self)."),
    Def::new("replace", Func::Bound(replace), "($self, /, year=unchanged, month=unchanged, day=unchanged,\n        hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)", "Return datetime with new specified fields."),
    Def::new("__replace__", Func::Any(dunder_replace), "($self, /, **changes)", "The same as replace()."),
    Def::new("astimezone", Func::Bound(astimezone), "($self, /, tz=None)", "tz -> convert to local time in new timezone tz\n"),
    Def::new("__reduce_ex__", Func::One(reduce_ex), "", "__reduce_ex__(proto) -> (cls, state)"),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "__reduce__() -> (cls, state)"),
];

static GETSET: &[GetSet] = &[
    GetSet::ro("hour", |_, v| Ok(Value::small(this(v).1.hour.into())), ""),
    GetSet::ro("minute", |_, v| Ok(Value::small(this(v).1.minute.into())), ""),
    GetSet::ro("second", |_, v| Ok(Value::small(this(v).1.second.into())), ""),
    GetSet::ro("microsecond", |_, v| Ok(Value::small(this(v).1.microsecond.into())), ""),
    GetSet::ro("tzinfo", |_, v| Ok(this(v).1.zone_or_none()), ""),
    GetSet::ro("fold", |_, v| Ok(Value::small(this(v).1.fold().into())), ""),
];

pub static SPEC: Spec = {
    let spec = opaque::spec::<Date>("datetime.datetime");
    Spec {
        flags: spec.flags | type_flags::BASETYPE | type_flags::IMMUTABLE,
        doc: "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nThe year, month and day \
              arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. The remaining arguments \
              may be ints.\n",
        slots: Slots {
            new: Some(new),
            repr: Some(repr),
            str: Some(str),
            hash: Some(operators::hash),
            compare: Some(operators::compare),
            nb_add: Some(operators::add),
            nb_subtract: Some(operators::subtract),
            ..spec.slots
        },
        methods: METHODS,
        getset: GETSET,
        ..spec
    }
};
