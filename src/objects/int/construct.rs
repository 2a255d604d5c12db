//! `int(x)` and `int(text, base)`.

use super::{View, Wide, from_wide, instance_of, is_exact, is_int, new as make, view};
use crate::objects::arith::{check_new_class, raise_fault};
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::number::int_text;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::string::{Str, Units};
use crate::objects::thread::Thread;
use crate::objects::types::Types;
use crate::objects::value::Value;
use std::borrow::Cow;
use std::sync::atomic::Ordering::Relaxed;

/// `int.__new__`.
pub fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = check_new_class(t, class)?;
    let value = plain(t, args)?;
    if t.types().int.is(typ) {
        return Ok(value);
    }
    let wide = view(&value).map_or(Wide::Small(0), View::to_wide);
    instance_of(t, typ, wide)
}

/// What `int(...)` gives.
fn plain(t: &Thread, args: Args<'_>) -> R {
    let given = args.pos.len() + args.kw.len();
    if args.pos.len() > 2 {
        return Err(t.type_error(format!("int expected at most 2 arguments, got {}", args.pos.len())));
    }
    let mut base = args.pos.get(1);
    for (name, value) in args.names.iter().zip(args.kw) {
        let text = name.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        if text != "base" {
            return Err(t.type_error(format!("int() got an unexpected keyword argument '{text}'")));
        }
        if given > 2 {
            return Err(t.type_error(format!("int() takes at most 2 arguments ({given} given)")));
        }
        base = Some(value);
    }
    let Some(x) = args.pos.first() else {
        return match base {
            Some(_) => Err(t.type_error("int() missing string argument")),
            None => Ok(make(t, 0)),
        };
    };
    let Some(base) = base else { return number_int(t, x) };
    let base = super::clamp_isize(&protocol::index(t, base)?);
    let base = int_text::check_base(base as i64).map_err(|f| raise_fault(t, f))?;
    if let Some(s) = x.cast::<Str>() {
        return from_str(t, x, s, base);
    }
    match bytes_or_bytearray(t, x) {
        Some(bytes) => from_bytes(t, x, &bytes, base),
        None => Err(t.type_error("int() can't convert non-string with explicit base")),
    }
}

/// `int(x)` for one argument (`PyNumber_Long`).
pub fn number_int(t: &Thread, x: &Value) -> R {
    if is_exact(x) {
        return Ok(x.clone());
    }
    let slots = x.type_of(t).slots();
    if let Some(f) = slots.nb_int {
        let result = f(t, x)?;
        return exact_int(t, result, "__int__");
    }
    if slots.nb_index.is_some() {
        let i = protocol::index(t, x)?;
        return super::arithmetic::positive(t, &i);
    }
    if let Some(s) = x.cast::<Str>() {
        return from_str(t, x, s, 10);
    }
    if let Some(bytes) = buffer::contiguous_bytes(t, x)? {
        return from_bytes(t, x, &bytes, 10);
    }
    Err(t.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        x.type_of(t).name_str()
    )))
}

/// The result of a special method that must be an int: an exact one, with a warning for a subclass.
pub fn exact_int(t: &Thread, result: Value, method: &str) -> R {
    if is_exact(&result) {
        return Ok(result);
    }
    let name = result.type_of(t).name_str();
    if !is_int(&result) {
        return Err(t.type_error(format!("{method} returned non-int (type {name})")));
    }
    crate::objects::warn::warn(
        t,
        |types: &Types| &types.deprecation_warning,
        &format!(
            "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of \
             int is deprecated, and may be removed in a future version of Python."
        ),
    )?;
    super::arithmetic::positive(t, &result)
}

/// The bytes of what is text for `int(x, base)`.
pub fn bytes_or_bytearray<'a>(t: &Thread, x: &'a Value) -> Option<Cow<'a, [u8]>> {
    match x.cast::<Bytes>() {
        Some(bytes) => Some(Cow::Borrowed(bytes.as_slice())),
        None => x.cast::<ByteArray>().map(|bytes| Cow::Owned(bytes.snapshot(t))),
    }
}

fn from_str(t: &Thread, x: &Value, s: &Str, base: u32) -> R {
    let parsed = match s.units() {
        Units::One(u) => int_text::parse_int(u, base),
        Units::Two(u) => int_text::parse_int(u, base),
        Units::Four(u) => int_text::parse_int(u, base),
    };
    finish(t, x, parsed, base)
}

fn from_bytes(t: &Thread, x: &Value, bytes: &[u8], base: u32) -> R {
    let parsed = if bytes.is_ascii() { int_text::parse_int(bytes, base) } else { None };
    if parsed.is_none() && x.cast::<Bytes>().is_none() {
        // CPython shows the bytes, whatever object held them.
        let shown = Bytes::make(t, bytes);
        return finish(t, &shown, parsed, base);
    }
    finish(t, x, parsed, base)
}

fn finish(t: &Thread, x: &Value, parsed: Option<int_text::IntText>, base: u32) -> R {
    let Some(parsed) = parsed else {
        let repr: String = protocol::repr_text(t, x)?.chars().take(200).collect();
        return Err(t.value_error(format!("invalid literal for int() with base {base}: {repr}")));
    };
    check_length(t, &parsed)?;
    Ok(from_wide(t, parsed.value()))
}

/// `ValueError` for more digits than `sys.set_int_max_str_digits` allows.
fn check_length(t: &Thread, parsed: &int_text::IntText) -> R<()> {
    let limit = t.interp.int_max_str_digits.load(Relaxed) as usize;
    if limit != 0 && parsed.is_limited() && parsed.digits.len() > limit {
        return Err(raise_fault(t, int_text::too_many_digits_to_read(limit, parsed.digits.len())));
    }
    Ok(())
}

/// An int from ASCII text, as `int(text, base)` reads it; `None` if it is no literal.
pub fn from_text(t: &Thread, text: &str, base: u32) -> R<Option<Value>> {
    let Some(parsed) = int_text::parse_int(text.as_bytes(), base) else { return Ok(None) };
    check_length(t, &parsed)?;
    Ok(Some(from_wide(t, parsed.value())))
}
