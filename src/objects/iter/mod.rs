//! Iterators: over the built-in sequences, over anything with `__getitem__`, over a callable, and the built-in
//! functions that wrap iterators (`enumerate`, `zip`, `map`, `filter`, `reversed`).
//!
//! As in CPython an exhausted iterator lets go of what it iterated over and stays exhausted.

mod callable;
pub mod enumerate;
mod filter;
mod map;
mod reversed;
mod sequence;
pub mod zip;

pub use callable::{CallIter, SPEC as CALLABLE};
pub use enumerate::SPEC as ENUMERATE;
pub use filter::SPEC as FILTER;
pub use map::SPEC as MAP;
pub use reversed::{LIST_SPEC as LIST_REVERSE, Reversed, SPEC as REVERSED};
pub use sequence::{
    BYTEARRAY, BYTES, BytesIter, LIST, ListIter, MEMORY, SEQUENCE, STR, STR_ASCII, SeqIter, StrIter, TUPLE, TupleIter,
};
pub use zip::SPEC as ZIP;

use super::slots::R;
use super::thread::Thread;
use super::value::Value;

/// `iter(iterator)`: the iterator itself.
pub fn self_iter(_: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

/// What `zip(strict=True)` and `map(strict=True)` say when argument `i` ends before or after the others.
pub(super) fn uneven(t: &Thread, function: &str, i: usize, how: &str) -> super::slots::Raised {
    let others = if i == 1 { " 1".to_owned() } else { format!("s 1-{i}") };
    t.value_error(format!("{function}() argument {} is {how} than argument{others}", i + 1))
}

pub(super) const HINT_DOC: &str = "Private method returning an estimate of len(list(it)).";
pub(super) const REDUCE_DOC: &str = "Return state information for pickling.";
pub(super) const SETSTATE_DOC: &str = "Set state information for unpickling.";

/// The `strict` argument of `zip` and `map`, their only keyword.
pub(super) fn strict_argument(t: &Thread, function: &str, args: super::slots::Args<'_>) -> R<bool> {
    let mut strict = false;
    for (name, value) in args.names.iter().zip(args.kw) {
        match name.cast::<super::string::Str>() {
            Some(s) if s.is("strict") => strict = super::protocol::truth(t, value)?,
            name => {
                let name = name.map(|s| s.to_str_lossy()).unwrap_or_default();
                return Err(t.type_error(format!("{function}() got an unexpected keyword argument '{name}'")));
            }
        }
    }
    Ok(strict)
}

/// Ends an iteration that is strict: all iterators behind the first `i` that ended must have ended too.
pub(super) fn check_even(t: &Thread, function: &str, iters: &[Value], i: usize) -> R<Option<Value>> {
    if i > 0 {
        return Err(uneven(t, function, i, "shorter"));
    }
    for (i, it) in iters.iter().enumerate().skip(1) {
        if super::protocol::next(t, it)?.is_some() {
            return Err(uneven(t, function, i, "longer"));
        }
    }
    Ok(None)
}
