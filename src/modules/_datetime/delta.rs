//! `timedelta`: a duration in days, seconds and microseconds.

use super::{class, is_exactly, type_name, types};
use crate::modules::native_type::Signature;
use crate::objects::float;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Float, FromPrimitive, One, Signed, ToPrimitive, Zero};
use std::sync::atomic::{AtomicI64, Ordering::*};

pub const MAX_DAYS: i64 = 999_999_999;
const DAY: i64 = 86_400;
const SECOND: i128 = 1_000_000;

/// The payload, normalized: seconds of less than a day, microseconds of less than a second.
#[derive(Default)]
pub struct Delta {
    days: i32,
    seconds: i32,
    microseconds: i32,
    /// Cached; -1 where it is not known.
    hash: Hash,
}

/// A hash that is computed once.
pub struct Hash(AtomicI64);

impl Default for Hash {
    fn default() -> Hash {
        Hash(AtomicI64::new(-1))
    }
}

impl Hash {
    /// The hash, computed at first use.
    pub fn get(&self, compute: impl FnOnce() -> R<i64>) -> R<i64> {
        match self.0.load(Relaxed) {
            -1 => {
                let hash = compute()?;
                self.0.store(hash, Relaxed);
                Ok(hash)
            }
            hash => Ok(hash),
        }
    }
}

impl Native for Delta {}

impl Delta {
    /// From normalized parts.
    pub fn of(days: i64, seconds: i64, microseconds: i64) -> Delta {
        Delta { days: days as i32, seconds: seconds as i32, microseconds: microseconds as i32, hash: Hash::default() }
    }

    /// All of it in microseconds.
    pub fn total(&self) -> i128 {
        (i128::from(self.days) * i128::from(DAY) + i128::from(self.seconds)) * SECOND + i128::from(self.microseconds)
    }

    pub fn days(&self) -> i64 {
        self.days.into()
    }

    /// In microseconds, if it is an offset from UTC: shorter than a day.
    pub fn offset(&self) -> Option<i64> {
        let total = self.total();
        let day = i128::from(DAY) * SECOND;
        (-day < total && total < day).then_some(total as i64)
    }
}

/// The payload, of instances of subclasses too.
pub fn of(v: &Value) -> Option<&Delta> {
    v.opaque::<Delta>()
}

fn this(v: &Value) -> &Delta {
    of(v).expect("slots of `timedelta` get them")
}

pub fn make_in(t: &Thread, class: &Type, delta: Delta) -> R {
    opaque::new(t, class, delta)
}

/// A `timedelta` of normalized parts.
pub fn make(t: &Thread, delta: Delta) -> R {
    make_in(t, class(&types(t).delta), delta)
}

fn normalized(t: &Thread, microseconds: i128) -> R<Delta> {
    let days = microseconds.div_euclid(i128::from(DAY) * SECOND);
    if days.abs() > i128::from(MAX_DAYS) {
        return Err(match i32::try_from(days) {
            Ok(days) => t.overflow_error(format!("days={days}; must have magnitude <= {MAX_DAYS}")),
            Err(_) => too_large(t),
        });
    }
    let rest = microseconds.rem_euclid(i128::from(DAY) * SECOND);
    Ok(Delta::of(days as i64, (rest / SECOND) as i64, (rest % SECOND) as i64))
}

fn too_large(t: &Thread) -> crate::objects::slots::Raised {
    t.overflow_error("Python int too large to convert to C int")
}

/// A `timedelta` of so many microseconds.
pub fn from_micros(t: &Thread, microseconds: i128) -> R {
    make(t, normalized(t, microseconds)?)
}

fn from_big(t: &Thread, microseconds: &BigInt) -> R {
    match microseconds.to_i128() {
        Some(microseconds) => from_micros(t, microseconds),
        None => Err(too_large(t)),
    }
}

// Making.

static NEW: Signature =
    Signature::new("timedelta", "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)");

/// The parameters in the order in which CPython adds them up, with their place and microseconds.
const UNITS: [(&str, usize, i128); 7] = [
    ("microseconds", 2, 1),
    ("milliseconds", 3, 1000),
    ("seconds", 1, SECOND),
    ("minutes", 4, 60 * SECOND),
    ("hours", 5, 3600 * SECOND),
    ("days", 0, 86_400 * SECOND),
    ("weeks", 6, 7 * 86_400 * SECOND),
];

fn whole(t: &Thread, f: f64) -> R<BigInt> {
    match BigInt::from_f64(f) {
        Some(big) => Ok(big),
        None if f.is_nan() => Err(t.value_error("cannot convert float NaN to integer")),
        None => Err(t.overflow_error("cannot convert float infinity to integer")),
    }
}

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let bound: [Option<Value>; 7] = NEW.bind(t, args)?;
    let mut sum = BigInt::zero();
    // Fractions of microseconds.
    let mut left = 0.0;
    for (name, place, factor) in UNITS {
        let Some(v) = &bound[place] else { continue };
        if let Some(i) = int::big_of(v) {
            sum += &*i * factor;
        } else if let Some(f) = float::as_f64(v) {
            let int_part = f.trunc();
            sum += whole(t, int_part)? * factor;
            let fraction = (f - int_part) * factor as f64;
            sum += whole(t, fraction.trunc())?;
            left += fraction.fract();
        } else {
            let given = type_name(t, v);
            return Err(t.type_error(format!("unsupported type for timedelta {name} component: {given}")));
        }
    }
    if left != 0.0 {
        let mut rounded = left.round();
        if (rounded - left).abs() == 0.5 {
            // Halfway: to the even number of microseconds of the whole sum.
            let odd = if sum.is_odd() { 1.0 } else { 0.0 };
            rounded = 2.0 * ((left + odd) * 0.5).round() - odd;
        }
        sum += rounded as i64;
    }
    let Some(microseconds) = sum.to_i128() else { return Err(too_large(t)) };
    make_in(t, class(class_value), normalized(t, microseconds)?)
}

// Arithmetic. An operand of another type is not this type's business.

macro_rules! binary {
    ($($name:ident($t:ident, $a:ident, $b:ident) $result:expr;)*) => {
        $(pub fn $name($t: &Thread, a: &Value, b: &Value) -> R {
            match (of(a), of(b)) {
                (Some($a), Some($b)) => $result,
                _ => Ok(Value::NOT_IMPLEMENTED),
            }
        })*
    };
}

binary! {
    add(t, a, b) from_micros(t, a.total() + b.total());
    subtract(t, a, b) from_micros(t, a.total() - b.total());
    remainder(t, a, b) {
        let r = int::remainder(t, &big(t, a), &big(t, b))?;
        from_int(t, &r)
    };
    divmod(t, a, b) {
        let (x, y) = (big(t, a), big(t, b));
        let q = int::floor_divide(t, &x, &y)?;
        let r = from_int(t, &int::remainder(t, &x, &y)?)?;
        Ok(t.tuple([q, r]))
    };
}

fn big(t: &Thread, delta: &Delta) -> Value {
    int::from_i128(t, delta.total())
}

fn from_int(t: &Thread, v: &Value) -> R {
    match int::big_of(v) {
        Some(i) => from_big(t, &i),
        None => Err(t.type_error("an integer is required")),
    }
}

/// A quotient rounded to the nearest int, half to even.
fn divide_nearest(t: &Thread, a: &BigInt, b: &BigInt) -> R<BigInt> {
    if b.is_zero() {
        return Err(t.raise_message(&t.types().zero_division_error, "division by zero"));
    }
    let (mut q, r) = a.div_mod_floor(b);
    let twice: BigInt = r * 2;
    let order = twice.abs().cmp(&b.abs());
    if order == std::cmp::Ordering::Greater || order == std::cmp::Ordering::Equal && q.is_odd() {
        q += 1;
    }
    Ok(q)
}

/// A float as a fraction.
fn ratio(t: &Thread, v: &Value, f: f64) -> R<(BigInt, BigInt)> {
    if !float::is_exact(v) {
        return own_ratio(t, v);
    }
    if f.is_nan() {
        return Err(t.value_error("cannot convert NaN to integer ratio"));
    }
    if f.is_infinite() {
        return Err(t.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent, sign) = f.integer_decode();
    let top = BigInt::from(mantissa) * sign;
    Ok(match exponent {
        0.. => (top << exponent as u32, BigInt::one()),
        _ => (top, BigInt::one() << u32::from(exponent.unsigned_abs())),
    })
}

/// What a subclass says.
fn own_ratio(t: &Thread, v: &Value) -> R<(BigInt, BigInt)> {
    let ratio = protocol::call_method_str(t, v, "as_integer_ratio", &[])?;
    let Some(tuple) = ratio.cast::<Tuple>() else {
        let given = type_name(t, &ratio);
        return Err(
            t.type_error(format!("unexpected return type from as_integer_ratio(): expected tuple, not '{given}'"))
        );
    };
    let [top, bottom] = tuple.items() else {
        return Err(t.value_error("unexpected return value from as_integer_ratio(): wrong number of items"));
    };
    match (int::big_of(top), int::big_of(bottom)) {
        (Some(top), Some(bottom)) => Ok((top.into_owned(), bottom.into_owned())),
        _ => Err(t.type_error("unexpected return value from as_integer_ratio(): not ints")),
    }
}

fn multiply(t: &Thread, a: &Value, b: &Value) -> R {
    let (delta, factor) = match (of(a), of(b)) {
        (Some(delta), None) => (delta, b),
        (None, Some(delta)) => (delta, a),
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    if let Some(i) = int::big_of(factor) {
        return from_big(t, &(&*i * delta.total()));
    }
    match float::as_f64(factor) {
        Some(f) => {
            let (top, bottom) = ratio(t, factor, f)?;
            from_big(t, &divide_nearest(t, &(top * delta.total()), &bottom)?)
        }
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn floor_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(delta) = of(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(other) = of(b) {
        return int::floor_divide(t, &big(t, delta), &big(t, other));
    }
    match int::is_int(b) {
        true => from_int(t, &int::floor_divide(t, &big(t, delta), b)?),
        false => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn true_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(delta) = of(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(other) = of(b) {
        return int::true_divide(t, &big(t, delta), &big(t, other));
    }
    if let Some(i) = int::big_of(b) {
        return from_big(t, &divide_nearest(t, &delta.total().into(), &i)?);
    }
    match float::as_f64(b) {
        Some(f) => {
            let (top, bottom) = ratio(t, b, f)?;
            from_big(t, &divide_nearest(t, &(bottom * delta.total()), &top)?)
        }
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn negative(t: &Thread, v: &Value) -> R {
    from_micros(t, -this(v).total())
}

fn positive(t: &Thread, v: &Value) -> R {
    from_micros(t, this(v).total())
}

fn absolute(t: &Thread, v: &Value) -> R {
    from_micros(t, this(v).total().abs())
}

fn truth(_: &Thread, v: &Value) -> R<bool> {
    Ok(this(v).total() != 0)
}

fn compare(_: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    match (of(a), of(b)) {
        (Some(a), Some(b)) => Ok(Value::bool(op.holds(a.total().cmp(&b.total())))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn state(t: &Thread, delta: &Delta) -> Value {
    t.tuple([delta.days, delta.seconds, delta.microseconds].map(|n| Value::small(n.into())))
}

pub fn hash(t: &Thread, v: &Value) -> R<i64> {
    let delta = this(v);
    delta.hash.get(|| protocol::hash(t, &state(t, delta)))
}

fn repr(t: &Thread, v: &Value) -> R {
    let delta = this(v);
    let parts = [("days", delta.days), ("seconds", delta.seconds), ("microseconds", delta.microseconds)];
    let parts: Vec<String> = parts.iter().filter(|p| p.1 != 0).map(|(name, n)| format!("{name}={n}")).collect();
    let text = if parts.is_empty() { "0".into() } else { parts.join(", ") };
    Ok(t.str(format!("{}({text})", type_name(t, v))))
}

fn str(t: &Thread, v: &Value) -> R {
    let delta = this(v);
    let (minutes, seconds) = (delta.seconds / 60, delta.seconds % 60);
    let mut text = format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60);
    if delta.days != 0 {
        let plural = if delta.days.abs() == 1 { "" } else { "s" };
        text = format!("{} day{plural}, {text}", delta.days);
    }
    if delta.microseconds != 0 {
        text += &format!(".{:06}", delta.microseconds);
    }
    Ok(t.str(text))
}

/// `total_seconds` of a number of microseconds.
pub fn seconds_of(t: &Thread, microseconds: i128) -> R {
    int::true_divide(t, &int::from_i128(t, microseconds), &Value::small(SECOND as i64))
}

fn total_seconds(t: &Thread, v: &Value) -> R {
    seconds_of(t, this(v).total())
}

fn reduce(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([v.type_of(t).value(), state(t, this(v))]))
}

/// A `timedelta` as an instance of exactly that class (`timezone` keeps no others).
pub fn exact(t: &Thread, v: &Value) -> R {
    match is_exactly(t, v, &types(t).delta) {
        true => Ok(v.clone()),
        false => positive(t, v),
    }
}

static METHODS: &[Def] = &[
    Def::new("total_seconds", Func::NoArgs(total_seconds), "($self, /)", "Total seconds in the duration."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "__reduce__() -> (cls, state)"),
];

static GETSET: &[GetSet] = &[
    GetSet::member("days", |_, v| Ok(Value::small(this(v).days.into())), "Number of days."),
    GetSet::member(
        "seconds",
        |_, v| Ok(Value::small(this(v).seconds.into())),
        "Number of seconds (>= 0 and less than 1 day).",
    ),
    GetSet::member(
        "microseconds",
        |_, v| Ok(Value::small(this(v).microseconds.into())),
        "Number of microseconds (>= 0 and less than 1 second).",
    ),
];

pub static SPEC: Spec = {
    let spec = opaque::spec::<Delta>("datetime.timedelta");
    Spec {
        flags: spec.flags | type_flags::BASETYPE | type_flags::IMMUTABLE,
        doc: "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, \
              milliseconds=0, minutes=0, hours=0, weeks=0)\n\nAll arguments are optional and default to 0.\nArguments \
              may be integers or floats, and may be positive or negative.",
        slots: Slots {
            new: Some(new),
            repr: Some(repr),
            str: Some(str),
            hash: Some(hash),
            compare: Some(compare),
            nb_add: Some(add),
            nb_subtract: Some(subtract),
            nb_multiply: Some(multiply),
            nb_remainder: Some(remainder),
            nb_divmod: Some(divmod),
            nb_negative: Some(negative),
            nb_positive: Some(positive),
            nb_absolute: Some(absolute),
            nb_bool: Some(truth),
            nb_floor_divide: Some(floor_divide),
            nb_true_divide: Some(true_divide),
            ..spec.slots
        },
        methods: METHODS,
        getset: GETSET,
        ..spec
    }
};
