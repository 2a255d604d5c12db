//! Between the units in which a string is stored and the functions of `text`, which are generic over them.

use super::Units;
use crate::objects::text::Unit;
use crate::objects::text::search::convert;
use std::borrow::Cow;

/// A unit in which a `str` is stored.
pub trait Stored: Unit {
    /// The units, if they are of this size.
    fn of(units: Units<'_>) -> Option<&[Self]>;
}

impl Stored for u8 {
    fn of(units: Units<'_>) -> Option<&[u8]> {
        match units {
            Units::One(u) => Some(u),
            _ => None,
        }
    }
}

impl Stored for u16 {
    fn of(units: Units<'_>) -> Option<&[u16]> {
        match units {
            Units::Two(u) => Some(u),
            _ => None,
        }
    }
}

impl Stored for u32 {
    fn of(units: Units<'_>) -> Option<&[u32]> {
        match units {
            Units::Four(u) => Some(u),
            _ => None,
        }
    }
}

/// Evaluates an expression with a string's units as a slice of their own type.
macro_rules! each_width {
    ($units:expr, $u:ident => $body:expr) => {
        match $units {
            $crate::objects::string::Units::One($u) => $body,
            $crate::objects::string::Units::Two($u) => $body,
            $crate::objects::string::Units::Four($u) => $body,
        }
    };
}
pub(crate) use each_width;

/// Text in units of another size; `None` if it has a code point that they do not hold, so that it cannot
/// occur in text of such units.
pub fn in_units<U: Stored>(text: Units<'_>) -> Option<Cow<'_, [U]>> {
    match U::of(text) {
        Some(units) => Some(Cow::Borrowed(units)),
        None => each_width!(text, u => convert(u)).map(Cow::Owned),
    }
}
