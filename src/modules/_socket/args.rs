//! Arguments as CPython's `PyArg_ParseTuple` takes and refuses them.

use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ffi::CString;

/// Checks the number of positional arguments of `function`.
pub fn count(t: &Thread, function: &str, args: &[Value], min: usize, max: usize) -> R<()> {
    let given = args.len();
    if (min..=max).contains(&given) {
        return Ok(());
    }
    let (how, n) = match given < min {
        _ if min == max => ("exactly", min),
        true => ("at least", min),
        false => ("at most", max),
    };
    let plural = if n == 1 { "" } else { "s" };
    Err(t.type_error(format!("{function}() takes {how} {n} argument{plural} ({given} given)")))
}

/// An optional argument of C type `int`.
pub fn int_or(t: &Thread, args: &[Value], at: usize, default: i32) -> R<i32> {
    args.get(at).map_or(Ok(default), |v| int::arg_i32(t, v))
}

/// An unsigned int of which only the low bits count (the converters `I` and `k`).
pub fn masked(t: &Thread, v: &Value) -> R<u64> {
    let i = protocol::index(t, v)?;
    if let Some(i) = int::as_i64(&i) {
        return Ok(i as u64);
    }
    let Some(big) = int::big_of(&i) else { return Ok(0) };
    let low = big.iter_u64_digits().next().unwrap_or(0);
    Ok(if big.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low })
}

/// The items of an address, of which there must be so many; `shape` is the message if not.
pub fn address<'a>(t: &Thread, v: &'a Tuple, min: usize, max: usize, shape: &str) -> R<&'a [Value]> {
    let items = v.items();
    if (min..=max).contains(&items.len()) { Ok(items) } else { Err(t.type_error(shape)) }
}

/// A `str` for C, as UTF-8 without a zero; `wrong` makes the error for another type.
pub fn c_string(t: &Thread, v: &Value, wrong: impl FnOnce() -> Raised) -> R<CString> {
    let Some(text) = v.cast::<Str>() else { return Err(wrong()) };
    let bytes = utf8(t, v, text)?;
    CString::new(bytes).map_err(|_| t.value_error("embedded null character"))
}

/// A `str` argument of a function, for C.
pub fn text(t: &Thread, function: &str, at: usize, v: &Value) -> R<CString> {
    c_string(t, v, || {
        let given = crate::objects::sequence_args::none_or_type(t, v);
        t.type_error(format!("{function}() argument {at} must be str, not {given}"))
    })
}

/// The text as UTF-8; `UnicodeEncodeError` for lone surrogates.
pub fn utf8(t: &Thread, v: &Value, text: &Str) -> R<Vec<u8>> {
    match text.to_utf8() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => {
            let at = text.units().iter().position(|c| (0xD800..0xE000).contains(&c)).unwrap_or(0) as i64;
            let reason = t.str("surrogates not allowed");
            let args = [t.str("utf-8"), v.clone(), Value::small(at), Value::small(at + 1), reason];
            Err(t.raise_with(&t.types().unicode_encode_error, &args))
        }
    }
}

/// A number for the system that takes `bits` bits and no sign (`ctype` names it in errors).
pub fn unsigned(t: &Thread, v: &Value, bits: u32, ctype: &str) -> R<u64> {
    let i = protocol::index(t, v)?;
    let small = int::as_i64(&i);
    if small.is_some_and(|i| i < 0)
        || (small.is_none() && int::big_of(&i).is_some_and(|b| b.sign() == num_bigint::Sign::Minus))
    {
        return Err(t.value_error("Cannot convert negative int"));
    }
    small
        .map(|i| i as u64)
        .filter(|&i| bits >= 64 || i >> bits == 0)
        .ok_or_else(|| t.overflow_error(format!("Python int too large for C {ctype}")))
}
