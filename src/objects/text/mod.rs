//! Text without objects: what `str` and `bytes` do with their units.
//!
//! CPython stores a string as an array of code points, one, two or four bytes each, whatever its largest
//! code point needs (PEP 393), so that indexing is O(1). Lone surrogates are allowed, so Rust's `char` and
//! `str` do not fit: a code point here is a `u32`, and functions are generic over the [`Unit`] in which a
//! string is stored. What makes new text pushes it into [`CodePoints`], which widens as it must and hands
//! out the compact array. `bytes` are units of one byte under ASCII rules.
//!
//! * [`unicode`]: properties of a code point; [`case`]: `upper`, `lower`, `title` … of whole strings.
//! * [`search`], [`split`]: finding, counting, replacing, splitting, stripping; [`layout`]: `expandtabs`, `zfill`, `center`.
//! * [`codec`]: encodings and their error handlers.
//! * [`percent`], [`format_string`]: the parsers of `%` formats and of `str.format`.
//! * [`repr`]: `repr()` and `ascii()` of `str` and `bytes`.
//!
//! Invariant: nothing here knows a `Value`, a thread or a type, and nothing calls Python.

pub mod case;
pub mod codec;
pub mod format_string;
pub mod layout;
pub mod percent;
pub mod repr;
pub mod search;
pub mod split;
pub mod unicode;
mod units;

pub use units::{CodePoints, Unit, Units};
