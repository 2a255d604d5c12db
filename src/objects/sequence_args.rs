//! What the methods of `str`, `bytes` and `bytearray` have in common in taking arguments.

use super::number::check_length;
use super::slots::{Args, R, Raised};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use super::{arith, int, protocol};
use std::ops::Range;

/// A bound of `find(sub, start, end)`: an int of any size, or `None` for the default.
fn bound(t: &Thread, v: Option<&Value>, default: isize) -> R<isize> {
    match v {
        None => Ok(default),
        Some(v) if v.is_none() => Ok(default),
        Some(v) => match v.as_small() {
            Some(i) => Ok(i as isize),
            None if v.type_of(t).slots().nb_index.is_none() => {
                Err(t.type_error("slice indices must be integers or None or have an __index__ method"))
            }
            None => protocol::index_clamped(t, v),
        },
    }
}

/// The part of a sequence that `start` and `end` select, given as they stand among the arguments. `len` is asked
/// after `__index__` ran. `None` where the start lies behind the end: there not even an empty text is found.
pub fn range(t: &Thread, args: &[Value], len: impl FnOnce() -> usize) -> R<Option<Range<usize>>> {
    let start = bound(t, args.first(), 0)?;
    let end = bound(t, args.get(1), isize::MAX)?;
    let len = len() as isize;
    let from_end = |i: isize| if i < 0 { i.saturating_add(len).max(0) } else { i };
    let (start, end) = (from_end(start), from_end(end).min(len));
    Ok((start <= end).then_some(start as usize..end as usize))
}

/// A limit on how often something is done: `None` for none, which every negative number means.
pub fn limit(t: &Thread, v: Option<&Value>) -> R<Option<usize>> {
    match v {
        None => Ok(None),
        Some(v) => Ok(usize::try_from(int::arg_isize(t, v)?).ok()),
    }
}

/// An `encoding` or `errors` argument: text without null characters.
pub fn codec_name<'a>(t: &Thread, function: &str, argument: &str, v: &'a Value) -> R<std::borrow::Cow<'a, str>> {
    let Some(s) = v.cast::<Str>() else {
        return Err(t.type_error(format!("{function}() argument '{argument}' must be str, not {}", none_or_type(t, v))));
    };
    match s.to_utf8() {
        Some(text) if text.contains('\0') => Err(t.value_error("embedded null character")),
        Some(text) => Ok(text),
        None => Err(super::codecs::surrogates_not_allowed(t, v)),
    }
}

/// The name of a value's type in the messages of CPython's argument parser.
pub fn none_or_type(t: &Thread, v: &Value) -> String {
    if v.is_none() { "None".to_owned() } else { v.type_of(t).name_str() }
}

/// `MemoryError` for a result of that many units that no memory holds.
pub fn fits(t: &Thread, units: usize) -> R<()> {
    check_length(units).map_err(|f| arith::raise_fault(t, f))
}

/// The number of units of `len` units repeated; none for a negative number.
pub fn repeated(t: &Thread, len: usize, times: i64, what: &str) -> R<usize> {
    let times = usize::try_from(times).unwrap_or(0);
    match len.checked_mul(times).filter(|&n| n <= isize::MAX as usize - 64) {
        Some(n) => Ok(n),
        None => Err(t.overflow_error(what)),
    }
}

/// The tab size of `expandtabs`, never below 0.
pub fn tab_size(t: &Thread, v: Option<&Value>) -> R<usize> {
    let Some(v) = v else { return Ok(8) };
    let i = protocol::index(t, v)?;
    match int::as_i64(&i).and_then(|i| i32::try_from(i).ok()) {
        Some(i) => Ok(i.max(0) as usize),
        None => Err(t.overflow_error("Python int too large to convert to C int")),
    }
}

/// A width: negative ones are 0.
pub fn width(t: &Thread, v: &Value) -> R<usize> {
    Ok(int::arg_isize(t, v)?.max(0) as usize)
}

/// Binds arguments to names, as the constructors of `str`, `bytes` and `bytearray` do.
pub fn bind<const N: usize>(t: &Thread, function: &str, names: [&str; N], args: Args<'_>) -> R<[Option<Value>; N]> {
    let mut bound = [const { None }; N];
    let given = args.pos.len() + args.kw.len();
    if given > N {
        return Err(t.type_error(format!("{function}() takes at most {N} arguments ({given} given)")));
    }
    bound.iter_mut().zip(args.pos).for_each(|(slot, v)| *slot = Some(v.clone()));
    for (key, value) in args.names.iter().zip(args.kw) {
        let text = key.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        match names.iter().position(|n| *n == text) {
            None => return Err(t.type_error(format!("{function}() got an unexpected keyword argument '{text}'"))),
            Some(i) if bound[i].is_some() => return Err(twice(t, function, &text, i)),
            Some(i) => bound[i] = Some(value.clone()),
        }
    }
    Ok(bound)
}

#[cold]
fn twice(t: &Thread, function: &str, name: &str, i: usize) -> Raised {
    t.type_error(format!("argument for {function}() given by name ('{name}') and position ({})", i + 1))
}

/// A `str` argument; `position` is what the message has after "argument", with a space in front.
pub fn str_arg<'a>(t: &Thread, function: &str, position: &str, v: &'a Value) -> R<&'a Str> {
    v.cast::<Str>()
        .ok_or_else(|| t.type_error(format!("{function}() argument{position} must be str, not {}", none_or_type(t, v))))
}

/// `__dict__` of an instance of a subclass, or `None`: the state in what `__reduce_ex__` gives.
pub fn instance_state(t: &Thread, v: &Value) -> R {
    Ok(protocol::getattr_opt(t, v, &t.names().__getstate__)?
        .map(|method| protocol::call(t, &method, &[]))
        .transpose()?
        .unwrap_or(Value::NONE))
}
