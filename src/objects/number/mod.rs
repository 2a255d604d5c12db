//! Numbers without objects: what `int`, `float` and `complex` compute and how they are written.
//!
//! The object types hold the values; the arithmetic that is more than one machine instruction lives here,
//! as functions of plain numbers, text and digits.
//!
//! * [`int`]: parsing and printing in any base, division, conversion to and from `float` and bytes.
//! * [`complex`]: arithmetic with infinities, parsing.
//! * [`float`]: shortest and fixed-precision text, parsing, rounding, `hex()`, floor division.
//! * [`format_spec`]: the mini-language of `format()` and of f-strings; [`format_int`] and [`format_float`]
//!   write numbers by it, and [`layout`] puts signs, padding and separators around digits.
//! * [`hash`]: the hashes of numbers, text, tuples and sets, which agree across number types.
//!
//! Invariant: nothing here knows a `Value`, a thread or a type. A failure is a [`Fault`]: an exception's
//! kind and CPython's exact words, which the caller raises.

use std::borrow::Cow;

pub mod complex;
pub mod float;
pub mod float_hex;
pub mod format_float;
pub mod format_int;
pub mod format_spec;
pub mod hash;
pub mod int;
pub mod int_text;
pub mod layout;
pub mod siphash;

/// Which exception a [`Fault`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `OverflowError`
    Overflow,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `MemoryError`
    Memory,
}

/// An exception that the caller has yet to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The exception's type.
    pub kind: FaultKind,
    /// CPython's message.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A `ValueError`.
    pub fn value(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { kind: FaultKind::Value, message: message.into() }
    }

    /// A `TypeError`.
    pub fn type_error(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { kind: FaultKind::Type, message: message.into() }
    }

    /// An `OverflowError`.
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { kind: FaultKind::Overflow, message: message.into() }
    }

    /// A `ZeroDivisionError`.
    pub fn zero_division(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { kind: FaultKind::ZeroDivision, message: message.into() }
    }

    /// A `MemoryError`, for a result that no memory holds.
    pub fn memory() -> Fault {
        Fault { kind: FaultKind::Memory, message: "".into() }
    }
}

/// Whether a result of so many code points can be had at all: a width of 10**18 is a `MemoryError`, and
/// must not end the process.
#[inline]
pub fn check_length(length: usize) -> Result<(), Fault> {
    // A megabyte is always there, and asking costs an allocation.
    const SURE: usize = 1 << 18;
    match length <= SURE || Vec::<u32>::new().try_reserve_exact(length).is_ok() {
        true => Ok(()),
        false => Err(Fault::memory()),
    }
}
