//! `tzinfo`, the base of time zones, and `timezone`, those with a fixed offset.

use super::delta::{self, Delta};
use super::{class, date, datetime, iso, operators, type_name, types};
use crate::modules::native_type::Signature;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};

/// The payload of a `tzinfo`; of a `timezone` with what makes it one.
pub struct Zone(Option<Fixed>);

struct Fixed {
    /// An exact `timedelta`.
    offset: Value,
    name: Option<Value>,
}

impl Native for Zone {}

/// Whether it is a time zone.
pub fn is_zone(v: &Value) -> bool {
    v.opaque::<Zone>().is_some()
}

fn fixed(v: &Value) -> Option<&Fixed> {
    v.opaque::<Zone>()?.0.as_ref()
}

fn this(v: &Value) -> &Fixed {
    fixed(v).expect("slots of `timezone` get them")
}

/// Checks an argument that is to be a time zone or `None`.
pub fn check(t: &Thread, v: &Value) -> R<()> {
    if v.is_none() || is_zone(v) {
        return Ok(());
    }
    let given = type_name(t, v);
    Err(t.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{given}'")))
}

/// What `utcoffset` or `dst` of a zone says of a moment, in microseconds.
pub fn offset(t: &Thread, zone: Option<&Value>, method: &str, moment: &Value) -> R<Option<i64>> {
    let answer = ask_offset(t, zone, method, moment)?;
    Ok(delta::of(&answer).and_then(Delta::offset))
}

/// As [`offset`], the `timedelta` itself.
pub fn ask_offset(t: &Thread, zone: Option<&Value>, method: &str, moment: &Value) -> R {
    let Some(zone) = zone else { return Ok(Value::NONE) };
    if let Some(fixed) = fixed(zone)
        && super::is_exactly(t, zone, &types(t).timezone)
    {
        return Ok(if method == "utcoffset" { fixed.offset.clone() } else { Value::NONE });
    }
    let answer = protocol::call_method_str(t, zone, method, std::slice::from_ref(moment))?;
    if answer.is_none() {
        return Ok(answer);
    }
    match delta::of(&answer) {
        None => {
            let given = type_name(t, &answer);
            Err(t.type_error(format!("tzinfo.{method}() must return None or a timedelta, not '{given}'")))
        }
        Some(delta) if delta.offset().is_none() => {
            let text = protocol::repr_text(t, &answer)?;
            Err(t.value_error(format!(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {text}"
            )))
        }
        Some(_) => Ok(answer),
    }
}

/// What `tzname` of a zone says of a moment.
pub fn name_of(t: &Thread, zone: Option<&Value>, moment: &Value) -> R {
    let Some(zone) = zone else { return Ok(Value::NONE) };
    let answer = protocol::call_method_str(t, zone, "tzname", std::slice::from_ref(moment))?;
    if answer.is_none() || answer.cast::<Str>().is_some() {
        return Ok(answer);
    }
    let given = type_name(t, &answer);
    Err(t.type_error(format!("tzinfo.tzname() must return None or a string, not '{given}'")))
}

// `tzinfo`.

fn new(t: &Thread, class_value: &Value, _: Args<'_>) -> R {
    opaque::new(t, class(class_value), Zone(None))
}

macro_rules! abstract_methods {
    ($($name:ident)*) => {
        $(fn $name(t: &Thread, _: &Value, _: &Value) -> R {
            let message = concat!("a tzinfo subclass must implement ", stringify!($name), "()");
            Err(t.not_implemented_error(message))
        })*
    };
}
abstract_methods!(tzname utcoffset dst);

/// The moment, which must be an aware `datetime` of this zone.
fn own_moment<'a>(t: &Thread, zone: &Value, moment: &'a Value) -> R<&'a Value> {
    let Some(clock) = datetime::clock(moment) else {
        return Err(t.type_error("fromutc: argument must be a datetime"));
    };
    match clock.zone() {
        Some(own) if own.is(zone) => Ok(moment),
        _ => Err(t.value_error("fromutc: dt.tzinfo is not self")),
    }
}

fn fromutc(t: &Thread, zone: &Value, moment: &Value) -> R {
    own_moment(t, zone, moment)?;
    let offset = protocol::call_method_str(t, moment, "utcoffset", &[])?;
    let Some(offset) = delta::of(&offset) else {
        return Err(t.value_error("fromutc: non-None utcoffset() result required"));
    };
    let dst = protocol::call_method_str(t, moment, "dst", &[])?;
    let Some(first) = delta::of(&dst) else {
        return Err(t.value_error("fromutc: non-None dst() result required"));
    };
    // The standard offset first; then what daylight saving time is there.
    let standard = offset.total() - first.total();
    let moved = operators::moved(t, moment, standard)?;
    let dst = protocol::call_method_str(t, &moved, "dst", &[])?;
    match delta::of(&dst) {
        Some(dst) if dst.total() != 0 => operators::moved(t, &moved, dst.total()),
        Some(_) => Ok(moved),
        None => Err(t.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert")),
    }
}

fn reduce(t: &Thread, v: &Value) -> R {
    let args = match protocol::getattr_opt(t, v, &t.intern("__getinitargs__"))? {
        Some(method) => protocol::call(t, &method, &[])?,
        None => t.tuple([]),
    };
    let state = protocol::call_method_str(t, v, "__getstate__", &[])?;
    Ok(t.tuple([v.type_of(t).value(), args, state]))
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("tzname", Func::One(tzname), "($self, object, /)", "datetime -> string name of time zone."),
    Def::new("utcoffset", Func::One(utcoffset), "($self, object, /)", "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"),
    Def::new("dst", Func::One(dst), "($self, object, /)", "datetime -> DST offset as timedelta positive east of UTC."),
    Def::new("fromutc", Func::One(fromutc), "($self, object, /)", "datetime in UTC -> datetime in local time."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "-> (cls, state)"),
];

pub static TZINFO: Spec = {
    let spec = opaque::spec::<Zone>("datetime.tzinfo");
    Spec {
        flags: spec.flags | type_flags::BASETYPE | type_flags::IMMUTABLE,
        doc: "Abstract base class for time zone info objects.",
        slots: Slots { new: Some(new), ..spec.slots },
        methods: METHODS,
        ..spec
    }
};

// `timezone`.

pub fn make_in(t: &Thread, class: &Type, offset: Value, name: Option<Value>) -> R {
    opaque::new(t, class, Zone(Some(Fixed { offset, name })))
}

/// A zone with that offset; UTC itself where it has no name of its own.
pub fn make(t: &Thread, offset: &Value, name: Option<Value>) -> R {
    let Some(delta) = delta::of(offset) else { return Err(t.type_error("offset must be a timedelta")) };
    if name.is_none() && delta.total() == 0 {
        return Ok(types(t).utc.clone());
    }
    if delta.offset().is_none() {
        let text = protocol::repr_text(t, offset)?;
        return Err(t.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {text}"
        )));
    }
    make_in(t, class(&types(t).timezone), offset.clone(), name)
}

static NEW: Signature = Signature::new("timezone", "(offset, name=None)");

fn new_fixed(t: &Thread, _: &Value, args: Args<'_>) -> R {
    let [offset, name] = NEW.bind(t, args)?;
    let offset = offset.unwrap_or(Value::NONE);
    if delta::of(&offset).is_none() {
        let given = type_name(t, &offset);
        return Err(t.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {given}")));
    }
    if let Some(name) = &name
        && name.cast::<Str>().is_none()
    {
        let given = type_name(t, name);
        return Err(t.type_error(format!("timezone() argument 2 must be str, not {given}")));
    }
    make(t, &delta::exact(t, &offset)?, name)
}

fn fixed_repr(t: &Thread, v: &Value) -> R {
    let name = type_name(t, v);
    if v.is(&types(t).utc) {
        return Ok(t.str(format!("{name}.utc")));
    }
    let fixed = this(v);
    let offset = protocol::repr_text(t, &fixed.offset)?;
    match &fixed.name {
        Some(own) => {
            let own = protocol::repr(t, own)?;
            // The name may hold lone surrogates.
            let parts = [t.str(format!("{name}({offset}, ")), own, t.str(")")];
            let joined = parts.iter().filter_map(|p| p.cast::<Str>()).flat_map(|p| p.units().iter());
            Ok(Str::from_code_points(t, &joined.collect::<Vec<u32>>()))
        }
        None => Ok(t.str(format!("{name}({offset})"))),
    }
}

fn fixed_name(t: &Thread, v: &Value) -> Value {
    let fixed = this(v);
    if let Some(name) = &fixed.name {
        return name.clone();
    }
    match delta::of(&fixed.offset).and_then(Delta::offset).unwrap_or(0) {
        0 => t.str("UTC"),
        offset => t.str(format!("UTC{}", iso::offset(offset, ":"))),
    }
}

fn check_moment(t: &Thread, v: &Value, method: &str) -> R<()> {
    if v.is_none() || datetime::clock(v).is_some() {
        return Ok(());
    }
    let given = type_name(t, v);
    Err(t.type_error(format!("{method}(dt) argument must be a datetime instance or None, not {given}")))
}

fn fixed_tzname(t: &Thread, v: &Value, moment: &Value) -> R {
    check_moment(t, moment, "tzname")?;
    Ok(fixed_name(t, v))
}

fn fixed_utcoffset(t: &Thread, v: &Value, moment: &Value) -> R {
    check_moment(t, moment, "utcoffset")?;
    Ok(this(v).offset.clone())
}

fn fixed_dst(t: &Thread, _: &Value, moment: &Value) -> R {
    check_moment(t, moment, "dst")?;
    Ok(Value::NONE)
}

fn fixed_fromutc(t: &Thread, v: &Value, moment: &Value) -> R {
    if date::any(moment).is_none_or(|date| date.clock.is_none()) {
        return Err(t.type_error("fromutc: argument must be a datetime instance"));
    }
    own_moment(t, v, moment)?;
    operators::moved(t, moment, delta::of(&this(v).offset).map_or(0, Delta::total))
}

fn getinitargs(t: &Thread, v: &Value) -> R {
    let fixed = this(v);
    let args: Vec<Value> = [Some(fixed.offset.clone()), fixed.name.clone()].into_iter().flatten().collect();
    Ok(Tuple::from_slice(t, &args))
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    match (fixed(a), fixed(b), op) {
        (Some(a), Some(b), CmpOp::Eq | CmpOp::Ne) => protocol::compare(t, &a.offset, &b.offset, op),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

#[rustfmt::skip]
static FIXED_METHODS: &[Def] = &[
    Def::new("tzname", Func::One(fixed_tzname), "($self, object, /)", "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."),
    Def::new("utcoffset", Func::One(fixed_utcoffset), "($self, object, /)", "Return fixed offset."),
    Def::new("dst", Func::One(fixed_dst), "($self, object, /)", "Return None."),
    Def::new("fromutc", Func::One(fixed_fromutc), "($self, object, /)", "datetime in UTC -> datetime in local time."),
    Def::new("__getinitargs__", Func::NoArgs(getinitargs), "($self, /)", "pickle support"),
];

pub static TIMEZONE: Spec = {
    let spec = opaque::spec::<Zone>("datetime.timezone");
    Spec {
        flags: spec.flags | type_flags::IMMUTABLE,
        doc: "Fixed offset from UTC implementation of tzinfo.",
        slots: Slots {
            new: Some(new_fixed),
            repr: Some(fixed_repr),
            str: Some(|t, v| Ok(fixed_name(t, v))),
            hash: Some(|t, v| delta::hash(t, &this(v).offset)),
            compare: Some(compare),
            ..spec.slots
        },
        methods: FIXED_METHODS,
        ..spec
    }
};
