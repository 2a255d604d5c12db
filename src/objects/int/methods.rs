//! Text, hash, formatting, conversion to and from bytes, and the attributes of `int`.

use super::{View, Wide, clamp_isize, from_big, from_wide, new, to_isize, view};
use crate::objects::arith::{format_text, raise_fault, str_of};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::number::format_int::{IntRef, format_int, int_to_str};
use crate::objects::number::int as big;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet};
use crate::objects::string::{Str, Units};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use num_bigint::BigInt;
use std::sync::atomic::Ordering::Relaxed;

impl<'a> From<View<'a>> for IntRef<'a> {
    fn from(view: View<'a>) -> IntRef<'a> {
        match view {
            View::Small(i) => IntRef::Small(i),
            View::Big(b) => IntRef::Big(b),
        }
    }
}

fn receiver<'a>(t: &Thread, v: &'a Value) -> R<View<'a>> {
    view(v).ok_or_else(|| {
        t.type_error(format!("descriptor requires a 'int' object but received a '{}'", v.type_of(t).name_str()))
    })
}

fn limit(t: &Thread) -> usize {
    t.interp.int_max_str_digits.load(Relaxed) as usize
}

/// The decimal text of an int, with the limit on its length.
pub fn repr_text(t: &Thread, v: View<'_>) -> R<String> {
    int_to_str(v.into(), limit(t)).map_err(|f| raise_fault(t, f))
}

/// `ValueError`, if the int has more decimal digits than `sys.set_int_max_str_digits` allows.
pub fn check_digits(t: &Thread, v: View<'_>) -> R<()> {
    match v {
        View::Small(_) => Ok(()),
        View::Big(_) => repr_text(t, v).map(drop),
    }
}

pub(super) fn repr(t: &Thread, v: &Value) -> R {
    match receiver(t, v)? {
        View::Small(i) => Ok(small_repr(t, i)),
        v => Ok(t.str(repr_text(t, v)?)),
    }
}

/// Decimal text without a detour through the heap.
fn small_repr(t: &Thread, i: i64) -> Value {
    let mut buffer = [0u8; 20];
    let mut at = buffer.len();
    let mut rest = i.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    Str::make_ascii(t, &buffer[at..])
}

pub(super) fn hash(t: &Thread, v: &Value) -> R<i64> {
    Ok(receiver(t, v)?.hash())
}

fn format(t: &Thread, v: &Value, spec: &Value) -> R {
    let Some(spec) = format_text(t, v, spec)? else { return protocol::str(t, v) };
    let number: IntRef = receiver(t, v)?.into();
    let name = v.type_of(t).name_str();
    let limit = limit(t);
    let text = match spec.cast::<Str>().map(Str::units) {
        Some(Units::One(u)) => format_int(number, u, &name, limit),
        Some(Units::Two(u)) => format_int(number, u, &name, limit),
        Some(Units::Four(u)) => format_int(number, u, &name, limit),
        None => return protocol::str(t, v),
    };
    Ok(str_of(t, text.map_err(|f| raise_fault(t, f))?))
}

fn itself(t: &Thread, v: &Value) -> R {
    super::arithmetic::positive(t, v)
}

fn round(t: &Thread, v: &Value, args: &[Value]) -> R {
    let Some(digits) = args.first().filter(|d| !d.is_none()) else { return itself(t, v) };
    let digits = protocol::index(t, digits)?;
    if !view(&digits).is_some_and(View::is_negative) {
        return itself(t, v);
    }
    let number = receiver(t, v)?;
    let places = clamp_isize(&digits).unsigned_abs() as u64;
    // 10 ** places is more than twice the number: no need to compute it.
    if places > number.big().bits() / 3 + 2 {
        return Ok(new(t, 0));
    }
    if let (View::Small(i), 1..=18) = (number, places) {
        return Ok(super::from_i128(t, round_small(i as i128, 10i128.pow(places as u32))));
    }
    Ok(from_big(t, big::round_to_power_of_ten(&number.big(), places as u32)))
}

/// The multiple of `unit` nearest to `i`, ties to the even one.
fn round_small(i: i128, unit: i128) -> i128 {
    let (quotient, rest) = (i.div_euclid(unit), i.rem_euclid(unit));
    let up = 2 * rest > unit || (2 * rest == unit && quotient & 1 == 1);
    (quotient + up as i128) * unit
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([itself(t, v)?]))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    // As CPython: a header of 24 bytes and 30 bits in each 4-byte digit.
    let digits = match receiver(t, v)? {
        View::Small(i) => (64 - i.unsigned_abs().leading_zeros() as u64).div_ceil(30),
        View::Big(b) => b.bits().div_ceil(30),
    };
    Ok(super::from_u64(t, 24 + 4 * digits.max(1)))
}

fn as_integer_ratio(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([itself(t, v)?, new(t, 1)]))
}

fn bit_count(t: &Thread, v: &Value) -> R {
    Ok(match receiver(t, v)? {
        View::Small(i) => new(t, i.unsigned_abs().count_ones() as i64),
        View::Big(b) => super::from_u64(t, big::bit_count(b)),
    })
}

fn bit_length(t: &Thread, v: &Value) -> R {
    Ok(match receiver(t, v)? {
        View::Small(i) => new(t, 64 - i.unsigned_abs().leading_zeros() as i64),
        View::Big(b) => super::from_u64(t, big::bit_length(b)),
    })
}

fn is_integer(_: &Thread, _: &Value) -> R {
    Ok(Value::TRUE)
}

/// The `byteorder` argument of `function`.
fn byte_order(t: &Thread, arg: Option<&Value>, function: &str) -> R<big::ByteOrder> {
    let Some(arg) = arg else { return Ok(big::ByteOrder::Big) };
    let Some(s) = arg.cast::<Str>() else {
        return Err(t.type_error(format!(
            "{function}() argument 'byteorder' must be str, not {}",
            if arg.is_none() { "None".to_owned() } else { arg.type_of(t).name_str() }
        )));
    };
    match () {
        () if s.is("big") => Ok(big::ByteOrder::Big),
        () if s.is("little") => Ok(big::ByteOrder::Little),
        () => Err(t.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn to_bytes(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let length = match &args[0] {
        Some(n) => to_isize(t, &protocol::index(t, n)?)?,
        None => 1,
    };
    let order = byte_order(t, args[1].as_ref(), "to_bytes")?;
    let signed = args[2].as_ref().map_or(Ok(false), |s| protocol::truth(t, s))?;
    let Ok(length) = usize::try_from(length) else {
        return Err(t.value_error("length argument must be non-negative"));
    };
    let mut probe: Vec<u8> = Vec::new();
    if probe.try_reserve_exact(length).is_err() {
        return Err(t.memory_error());
    }
    drop(probe);
    let number = receiver(t, v)?;
    let bytes = big::to_bytes(&number.big(), length, order, signed).map_err(|f| raise_fault(t, f))?;
    Ok(Bytes::make(t, &bytes))
}

/// What `from_bytes` reads: `__bytes__`, a bytes-like object, or an iterable of ints (`PyObject_Bytes`).
fn content_of(t: &Thread, source: &Value) -> R<Vec<u8>> {
    if let Some(bytes) = source.cast_exact::<Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    if let Some(result) = protocol::call_special(t, source, &t.names().__bytes__, &[])? {
        return match result.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => Err(t.type_error(format!("__bytes__ returned non-bytes (type {})", result.type_of(t).name_str()))),
        };
    }
    if buffer::is_exporter(t, source) {
        return buffer::to_vec(t, source);
    }
    let name = || source.type_of(t).name_str();
    if source.cast::<Str>().is_some() || source.type_of(t).slots().iter.is_none() && !protocol::is_sequence(t, source) {
        return Err(t.type_error(format!("cannot convert '{}' object to bytes", name())));
    }
    let mut bytes = Vec::new();
    protocol::for_each(t, source, |item| {
        let i = protocol::index(t, &item)?;
        match super::as_i64(&i).and_then(|i| u8::try_from(i).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(t.value_error("bytes must be in range(0, 256)")),
        }
        Ok(())
    })?;
    Ok(bytes)
}

fn from_bytes(t: &Thread, class: &Value, args: &[Option<Value>]) -> R {
    let order = byte_order(t, args[1].as_ref(), "from_bytes")?;
    let signed = args[2].as_ref().map_or(Ok(false), |s| protocol::truth(t, s))?;
    let Some(source) = &args[0] else { return Err(t.type_error("from_bytes() missing its argument")) };
    let bytes = content_of(t, source)?;
    let number = from_wide(t, big::from_bytes(&bytes, order, signed));
    if class.is_header(crate::objects::value::Payload::header(t.types().int.get())) {
        return Ok(number);
    }
    protocol::call(t, class, &[number])
}

fn zero(_: &Thread, _: &Value) -> R {
    Ok(Value::small(0))
}

fn one(_: &Thread, _: &Value) -> R {
    Ok(Value::small(1))
}

/// The number of any int, owned.
impl From<View<'_>> for BigInt {
    fn from(view: View<'_>) -> BigInt {
        view.big().into_owned()
    }
}

impl From<View<'_>> for Wide {
    fn from(view: View<'_>) -> Wide {
        view.to_wide()
    }
}

pub(super) static METHODS: &[Def] = &[
    Def::new("conjugate", Func::NoArgs(itself), "($self, /)", "Returns self, the complex conjugate of any int."),
    Def::new(
        "bit_length",
        Func::NoArgs(bit_length),
        "($self, /)",
        "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6",
    ),
    Def::new(
        "bit_count",
        Func::NoArgs(bit_count),
        "($self, /)",
        "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population \
         count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3",
    ),
    Def::new(
        "to_bytes",
        Func::Bound(to_bytes),
        "($self, /, length=1, byteorder='big', *, signed=False)",
        "Return an array of bytes representing an integer.\n\n  length\n    Length of bytes object to use.  An \
         OverflowError is raised if\n    the integer is not representable with the given number of bytes.\n    \
         Default is length 1.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    \
         'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', \
         the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    \
         the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    \
         Determines whether two's complement is used to represent the\n    integer.  If signed is False and a \
         negative integer is given,\n    an OverflowError is raised.",
    ),
    Def::class(
        "from_bytes",
        Func::Bound(from_bytes),
        "($type, /, bytes, byteorder='big', *, signed=False)",
        "Return the integer represented by the given array of bytes.\n\n  bytes\n    Holds the array of bytes to \
         convert.  The argument must either\n    support the buffer protocol or be an iterable object producing\n    \
         bytes.  Bytes and bytearray are examples of built-in objects that\n    support the buffer protocol.\n  \
         byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most \
         significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most \
         significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host \
         system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Indicates \
         whether two's complement is used to represent the\n    integer.",
    ),
    Def::new(
        "as_integer_ratio",
        Func::NoArgs(as_integer_ratio),
        "($self, /)",
        "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has \
         a positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, \
         1)\n>>> (0).as_integer_ratio()\n(0, 1)",
    ),
    Def::new("__trunc__", Func::NoArgs(itself), "($self, /)", "Truncating an Integral returns itself."),
    Def::new("__floor__", Func::NoArgs(itself), "($self, /)", "Flooring an Integral returns itself."),
    Def::new("__ceil__", Func::NoArgs(itself), "($self, /)", "Ceiling of an Integral returns itself."),
    Def::new(
        "__round__",
        Func::Pos(round, 0, 1),
        "($self, ndigits=None, /)",
        "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer.",
    ),
    Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
    Def::new(
        "__format__",
        Func::One(format),
        "($self, format_spec, /)",
        "Convert to a string according to format_spec.",
    ),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Returns size in memory, in bytes."),
    Def::new(
        "is_integer",
        Func::NoArgs(is_integer),
        "($self, /)",
        "Returns True. Exists for duck type compatibility with float.is_integer.",
    ),
];

pub(super) static GETSET: &[GetSet] = &[
    GetSet::ro("real", itself, "the real part of a complex number"),
    GetSet::ro("imag", zero, "the imaginary part of a complex number"),
    GetSet::ro("numerator", itself, "the numerator of a rational number in lowest terms"),
    GetSet::ro("denominator", one, "the denominator of a rational number in lowest terms"),
];
