//! `int`: whole numbers of any size.
//!
//! An int that fits in 51 bits is the word of the `Value` itself and never allocates; a larger one is a heap
//! object with an [`Int`] payload, which again is a machine word or a big integer. Instances of subclasses
//! (`IntEnum` members, `bool` excepted) are heap objects whatever their value.
//!
//! * this file: the payload, making ints and looking into them;
//! * [`arithmetic`]: the operators; [`construct`]: `int(...)` and reading text; [`methods`]: the rest.
//!
//! Invariant: an exact heap int never holds what an immediate could, and never a [`Wide::Big`] that fits in 64
//! bits, so equal ints have the same form.

mod arithmetic;
mod construct;
mod methods;

use super::header::{Header, Kind};
use super::number::hash;
pub use super::number::int::Int as Wide;
use super::slots::{R, Slots};
use super::spec::{Spec, type_flags};
use super::thread::Thread;
use super::type_object::Type;
use super::value::{INT_MAX, INT_MIN, Payload, Value};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use std::borrow::Cow;

pub use arithmetic::{compare_views, floor_divide, multiply, remainder, subtract, true_divide, view_power};
pub use construct::{bytes_or_bytearray, exact_int, from_text, number_int};
pub use methods::{check_digits, repr_text};

/// The payload of an `int` that is no immediate.
#[repr(C)]
pub struct Int {
    header: Header,
    value: Wide,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Int` are made here.
unsafe impl Payload for Int {
    const KIND: Kind = Kind::Int;
}

impl Int {
    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut Int)).value) };
    }
}

/// The number in an int, wherever it is kept.
#[derive(Clone, Copy, Debug)]
pub enum View<'a> {
    /// Fits in a machine word.
    Small(i64),
    /// Does not.
    Big(&'a BigInt),
}

impl<'a> View<'a> {
    /// As a big integer.
    pub fn big(self) -> Cow<'a, BigInt> {
        match self {
            View::Small(i) => Cow::Owned(i.into()),
            View::Big(b) => Cow::Borrowed(b),
        }
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            View::Small(i) => i < 0,
            View::Big(b) => b.is_negative(),
        }
    }

    /// Whether the number is zero.
    pub fn is_zero(self) -> bool {
        matches!(self, View::Small(0))
    }

    /// The nearest double; `None` if it is too large.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            View::Small(i) => Some(i as f64),
            View::Big(b) => super::number::int::to_float(b).ok(),
        }
    }

    /// `hash()`.
    pub fn hash(self) -> i64 {
        match self {
            View::Small(i) => hash::hash_i64(i),
            View::Big(b) => hash::hash_bigint(b),
        }
    }

    /// An owned copy.
    pub fn to_wide(self) -> Wide {
        match self {
            View::Small(i) => Wide::Small(i),
            View::Big(b) => Wide::Big(b.clone()),
        }
    }
}

/// The number in an int: `None` for what is none. `bool` and subclasses count.
#[inline(always)]
pub fn view(v: &Value) -> Option<View<'_>> {
    match v.as_small() {
        Some(i) => Some(View::Small(i)),
        None => view_slow(v),
    }
}

#[inline(never)]
fn view_slow(v: &Value) -> Option<View<'_>> {
    if let Some(int) = v.cast::<Int>() {
        return Some(match &int.value {
            Wide::Small(i) => View::Small(*i),
            Wide::Big(b) => View::Big(b),
        });
    }
    v.as_bool().map(|b| View::Small(b as i64))
}

/// Whether the value is an int, a bool or an instance of a subclass (`PyLong_Check`).
#[inline]
pub fn is_int(v: &Value) -> bool {
    v.is_small() || v.as_bool().is_some() || v.cast::<Int>().is_some()
}

/// Whether the type is exactly `int` (`PyLong_CheckExact`).
#[inline]
pub fn is_exact(v: &Value) -> bool {
    v.is_small() || v.cast_exact::<Int>().is_some()
}

/// An int.
#[inline(always)]
pub fn new(t: &Thread, i: i64) -> Value {
    if (INT_MIN..=INT_MAX).contains(&i) { Value::small(i) } else { heap(t, Wide::Small(i)) }
}

/// An int.
#[inline]
pub fn from_i128(t: &Thread, i: i128) -> Value {
    match i64::try_from(i) {
        Ok(i) => new(t, i),
        Err(_) => heap(t, Wide::Big(i.into())),
    }
}

/// An int.
#[inline]
pub fn from_u64(t: &Thread, i: u64) -> Value {
    from_i128(t, i as i128)
}

/// An int.
#[inline]
pub fn from_usize(t: &Thread, i: usize) -> Value {
    from_u64(t, i as u64)
}

/// An int, in its smallest form.
pub fn from_big(t: &Thread, big: BigInt) -> Value {
    match big.to_i64() {
        Some(i) => new(t, i),
        None => heap(t, Wide::Big(big)),
    }
}

/// An int.
pub fn from_wide(t: &Thread, wide: Wide) -> Value {
    match wide {
        Wide::Small(i) => new(t, i),
        Wide::Big(b) => from_big(t, b),
    }
}

#[inline(never)]
fn heap(t: &Thread, value: Wide) -> Value {
    // SAFETY: the payload is written.
    unsafe {
        super::native::allocate::<Int>(t, Kind::Int, t.types().int.get(), 0, |this| {
            (&raw mut (*this).value).write(value);
        })
    }
}

/// An instance of a subclass of `int`.
pub(super) fn instance_of(t: &Thread, class: &Type, value: Wide) -> R {
    if t.types().int.is(class) {
        return Ok(from_wide(t, value));
    }
    // SAFETY: the payload is written.
    unsafe {
        super::alloc::alloc_instance::<Int>(t, class, |this| {
            (&raw mut (*this).value).write(value);
        })
    }
}

/// The number as a big integer, for any int.
pub fn big_of(v: &Value) -> Option<Cow<'_, BigInt>> {
    view(v).map(View::big)
}

/// The number, for any int that fits.
#[inline]
pub fn as_i64(v: &Value) -> Option<i64> {
    match view(v)? {
        View::Small(i) => Some(i),
        View::Big(_) => None,
    }
}

/// The number, for any int that fits.
pub fn as_u64(v: &Value) -> Option<u64> {
    match view(v)? {
        View::Small(i) => u64::try_from(i).ok(),
        View::Big(b) => b.to_u64(),
    }
}

/// The number, or the end of the range of `isize` that is nearest to it. Zero for what is no int.
pub fn clamp_isize(v: &Value) -> isize {
    match view(v) {
        Some(View::Small(i)) => i as isize,
        Some(View::Big(b)) => {
            if b.is_negative() {
                isize::MIN
            } else {
                isize::MAX
            }
        }
        None => 0,
    }
}

/// An int argument as `isize` (`PyLong_AsSsize_t`), with `OverflowError` if it does not fit.
pub fn to_isize(t: &Thread, v: &Value) -> R<isize> {
    match view(v) {
        Some(View::Small(i)) => Ok(i as isize),
        Some(View::Big(_)) => Err(t.overflow_error("Python int too large to convert to C ssize_t")),
        None => Err(t.type_error("an integer is required")),
    }
}

/// A size argument: an int or what has `__index__`, as `isize` (the converter `n` of CPython's argument
/// parser).
pub fn arg_isize(t: &Thread, v: &Value) -> R<isize> {
    let i = super::protocol::index(t, v)?;
    to_isize(t, &i)
}

/// An argument of C type `int` (`i`): what has `__index__`, in 32 bits.
pub fn arg_i32(t: &Thread, v: &Value) -> R<i32> {
    let i = super::protocol::index(t, v)?;
    match view(&i) {
        Some(View::Small(n)) => match i32::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) if n > 0 => Err(t.overflow_error("signed integer is greater than maximum")),
            Err(_) => Err(t.overflow_error("signed integer is less than minimum")),
        },
        _ => Err(t.overflow_error("Python int too large to convert to C long")),
    }
}

/// An argument of C type `long` or `long long` (`l`, `L`).
pub fn arg_i64(t: &Thread, v: &Value) -> R<i64> {
    let i = super::protocol::index(t, v)?;
    as_i64(&i).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// `hash()` of an immediate int.
#[inline(always)]
pub fn hash_small(i: i64) -> i64 {
    // 51 bits are below the modulus.
    if i == -1 { -2 } else { i }
}

const DOC: &str = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4";

/// The type `int`.
pub static SPEC: Spec = Spec {
    name: "int",
    base: Some(|types| &types.object),
    kind: Kind::Int,
    size: std::mem::size_of::<Int>(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    doc: DOC,
    slots: Slots {
        repr: Some(methods::repr),
        hash: Some(methods::hash),
        compare: Some(arithmetic::compare),
        new: Some(construct::new),
        drop: Some(Int::drop_payload),
        nb_add: Some(arithmetic::add),
        nb_subtract: Some(arithmetic::subtract),
        nb_multiply: Some(arithmetic::multiply),
        nb_remainder: Some(arithmetic::remainder),
        nb_divmod: Some(arithmetic::divmod),
        nb_power: Some(arithmetic::power),
        nb_negative: Some(arithmetic::negative),
        nb_positive: Some(arithmetic::positive),
        nb_absolute: Some(arithmetic::absolute),
        nb_bool: Some(arithmetic::truth),
        nb_invert: Some(arithmetic::invert),
        nb_lshift: Some(arithmetic::left_shift),
        nb_rshift: Some(arithmetic::right_shift),
        nb_and: Some(arithmetic::and),
        nb_xor: Some(arithmetic::xor),
        nb_or: Some(arithmetic::or),
        nb_int: Some(arithmetic::positive),
        nb_float: Some(arithmetic::to_float),
        nb_index: Some(arithmetic::positive),
        nb_floor_divide: Some(arithmetic::floor_divide),
        nb_true_divide: Some(arithmetic::true_divide),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
};

/// An int; the name of `new` for those who convert.
pub fn from_i64(t: &Thread, i: i64) -> Value {
    new(t, i)
}
