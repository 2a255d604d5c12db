//! Finding, counting, replacing, splitting, stripping and joining text.

use super::slots::this;
use super::{Stored, Str, Units, Width, each_width, in_units};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::sequence_args::{self as arg, str_arg};
use crate::objects::slots::R;
use crate::objects::text::split::{self, Side};
use crate::objects::text::{search, unicode};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ops::Range;

/// Where `sub` occurs within a range of the text: the first place, or the last.
fn locate(text: &Str, sub: &Str, range: Range<usize>, last: bool) -> Option<usize> {
    if sub.len() > range.len() {
        return None;
    }
    let find = |at: Option<usize>| at.map(|i| i + range.start);
    each_width!(text.units().slice(range.start, range.end), u => {
        let sub = in_units(sub.units())?;
        find(if last { search::rfind(u, &sub) } else { search::find(u, &sub) })
    })
}

/// `sub`, `start` and `end` of a search, and what is found.
fn find_with(t: &Thread, v: &Value, args: &[Value], function: &str, last: bool) -> R<Option<usize>> {
    let sub = str_arg(t, function, " 1", &args[0])?;
    let text = this(v);
    let range = arg::range(t, &args[1..], || text.len())?;
    Ok(range.and_then(|range| locate(text, sub, range, last)))
}

fn position(t: &Thread, found: Option<usize>) -> R {
    Ok(found.map_or(Value::small(-1), |i| int::from_usize(t, i)))
}

fn position_or_error(t: &Thread, found: Option<usize>) -> R {
    found.map(|i| int::from_usize(t, i)).ok_or_else(|| t.value_error("substring not found"))
}

pub(super) fn find(t: &Thread, v: &Value, args: &[Value]) -> R {
    position(t, find_with(t, v, args, "find", false)?)
}

pub(super) fn rfind(t: &Thread, v: &Value, args: &[Value]) -> R {
    position(t, find_with(t, v, args, "rfind", true)?)
}

pub(super) fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    position_or_error(t, find_with(t, v, args, "index", false)?)
}

pub(super) fn rindex(t: &Thread, v: &Value, args: &[Value]) -> R {
    position_or_error(t, find_with(t, v, args, "rindex", true)?)
}

pub(super) fn count(t: &Thread, v: &Value, args: &[Value]) -> R {
    let sub = str_arg(t, "count", " 1", &args[0])?;
    let text = this(v);
    let Some(range) = arg::range(t, &args[1..], || text.len())? else { return Ok(Value::small(0)) };
    let n = each_width!(text.units().slice(range.start, range.end), u => {
        in_units(sub.units()).map_or(0, |sub| search::count(u, &sub))
    });
    Ok(int::from_usize(t, n))
}

pub(super) fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    let Some(sub) = item.cast::<Str>() else {
        return Err(
            t.type_error(format!("'in <string>' requires string as left operand, not {}", item.type_of(t).name_str()))
        );
    };
    let text = this(v);
    Ok(locate(text, sub, 0..text.len(), false).is_some())
}

/// Whether the units at one end of the text are those of `part`.
fn is_at_end(text: Units<'_>, part: Units<'_>, end: bool) -> bool {
    let Some(rest) = text.len().checked_sub(part.len()) else { return false };
    let found = if end { text.slice(rest, text.len()) } else { text.slice(0, part.len()) };
    match (found, part) {
        (Units::One(a), Units::One(b)) => a == b,
        (a, b) => a.iter().eq(b.iter()),
    }
}

fn tail_match(t: &Thread, v: &Value, args: &[Value], function: &str, end: bool) -> R {
    let text = this(v);
    let range = arg::range(t, &args[1..], || text.len())?;
    let matches =
        |part: &Str| range.clone().is_some_and(|r| is_at_end(text.units().slice(r.start, r.end), part.units(), end));
    if let Some(parts) = args[0].cast::<Tuple>() {
        for part in parts.items() {
            let Some(part) = part.cast::<Str>() else {
                return Err(t.type_error(format!(
                    "tuple for {function} must only contain str, not {}",
                    part.type_of(t).name_str()
                )));
            };
            if matches(part) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    match args[0].cast::<Str>() {
        Some(part) => Ok(Value::bool(matches(part))),
        None => Err(t.type_error(format!(
            "{function} first arg must be str or a tuple of str, not {}",
            args[0].type_of(t).name_str()
        ))),
    }
}

pub(super) fn startswith(t: &Thread, v: &Value, args: &[Value]) -> R {
    tail_match(t, v, args, "startswith", false)
}

pub(super) fn endswith(t: &Thread, v: &Value, args: &[Value]) -> R {
    tail_match(t, v, args, "endswith", true)
}

pub(super) fn removeprefix(t: &Thread, v: &Value, prefix: &Value) -> R {
    let (text, prefix) = (this(v), str_arg(t, "removeprefix", "", prefix)?);
    let cut = if is_at_end(text.units(), prefix.units(), false) { prefix.len() } else { 0 };
    Ok(Str::substring(t, v, cut, text.len()))
}

pub(super) fn removesuffix(t: &Thread, v: &Value, suffix: &Value) -> R {
    let (text, suffix) = (this(v), str_arg(t, "removesuffix", "", suffix)?);
    let cut = if is_at_end(text.units(), suffix.units(), true) { suffix.len() } else { 0 };
    Ok(Str::substring(t, v, 0, text.len() - cut))
}

pub(super) fn replace(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let [Some(old), Some(new), count] = args else { return Err(t.type_error("replace() needs two strings")) };
    let (old, new) = (str_arg(t, "replace", " 1", old)?, str_arg(t, "replace", " 2", new)?);
    let limit = arg::limit(t, count.as_ref())?;
    let text = this(v);
    let result = each_width!(text.units(), u => match in_units(old.units()) {
        None => None,
        Some(old) => {
            check_growth(t, u, &old, new.len(), limit)?;
            each_width!(new.units(), new => search::replace(u, &old, new, limit))
        }
    });
    match result {
        Some(text) => Str::from_text(t, text),
        None => Ok(Str::exact(t, v)),
    }
}

/// An error for a replacement whose result would be too long, before anything is allocated.
fn check_growth<U: Stored>(t: &Thread, text: &[U], old: &[U], new: usize, limit: Option<usize>) -> R<()> {
    const HARMLESS: usize = 1 << 24;
    let most = text.len().saturating_add(1).saturating_mul(new);
    if most < HARMLESS || new <= old.len() {
        return Ok(());
    }
    let places = search::count(text, old).min(limit.unwrap_or(usize::MAX));
    match places
        .checked_mul(new - old.len())
        .and_then(|n| n.checked_add(text.len()))
        .filter(|&n| n <= isize::MAX as usize)
    {
        Some(length) => arg::fits(t, length),
        None => Err(t.overflow_error("replace string is too long")),
    }
}

fn pieces(t: &Thread, v: &Value, ranges: Vec<Range<usize>>) -> R {
    Ok(List::make(t, ranges.into_iter().map(|r| Str::substring(t, v, r.start, r.end))))
}

fn split_with(t: &Thread, v: &Value, args: &[Option<Value>], right: bool) -> R {
    let limit = arg::limit(t, args[1].as_ref())?.unwrap_or(usize::MAX);
    let text = this(v);
    let separator = match &args[0] {
        None => None,
        Some(s) if s.is_none() => None,
        Some(s) => match s.cast::<Str>() {
            Some(s) if s.is_empty() => return Err(t.value_error("empty separator")),
            Some(s) => Some(s),
            None => return Err(t.type_error(format!("must be str or None, not {}", s.type_of(t).name_str()))),
        },
    };
    let ranges = each_width!(text.units(), u => match separator {
        None if right => split::rsplit_whitespace(u, limit, unicode::is_space),
        None => split::split_whitespace(u, limit, unicode::is_space),
        Some(separator) => match in_units(separator.units()) {
            None => std::iter::once(0..u.len()).collect(),
            Some(separator) if right => split::rsplit_on(u, &separator, limit),
            Some(separator) => split::split_on(u, &separator, limit),
        },
    });
    pieces(t, v, ranges)
}

pub(super) fn split(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    split_with(t, v, args, false)
}

pub(super) fn rsplit(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    split_with(t, v, args, true)
}

pub(super) fn splitlines(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let keep_ends = args[0].as_ref().map_or(Ok(false), |keep| protocol::truth(t, keep))?;
    let ranges = each_width!(this(v).units(), u => split::split_lines(u, keep_ends, unicode::is_line_break));
    pieces(t, v, ranges)
}

fn partition_with(t: &Thread, v: &Value, separator: &Value, last: bool) -> R {
    let Some(sep) = separator.cast::<Str>() else {
        return Err(t.type_error(format!("must be str, not {}", separator.type_of(t).name_str())));
    };
    if sep.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    let (text, empty) = (this(v), || t.interp.empty_str.clone());
    match locate(text, sep, 0..text.len(), last) {
        Some(at) => {
            let (before, after) = (Str::substring(t, v, 0, at), Str::substring(t, v, at + sep.len(), text.len()));
            Ok(t.tuple([before, separator.clone(), after]))
        }
        None if last => Ok(t.tuple([empty(), empty(), Str::exact(t, v)])),
        None => Ok(t.tuple([Str::exact(t, v), empty(), empty()])),
    }
}

pub(super) fn partition(t: &Thread, v: &Value, separator: &Value) -> R {
    partition_with(t, v, separator, false)
}

pub(super) fn rpartition(t: &Thread, v: &Value, separator: &Value) -> R {
    partition_with(t, v, separator, true)
}

fn strip_with(t: &Thread, v: &Value, args: &[Value], function: &str, side: Side) -> R {
    let text = this(v);
    let range = match args.first().filter(|chars| !chars.is_none()) {
        None => each_width!(text.units(), u => split::strip(u, side, unicode::is_space)),
        Some(chars) => {
            let Some(set) = chars.cast::<Str>() else {
                return Err(t.type_error(format!("{function} arg must be None or str")));
            };
            each_width!(text.units(), u => each_width!(set.units(), set => split::strip_set(u, side, set)))
        }
    };
    Ok(Str::substring(t, v, range.start, range.end))
}

pub(super) fn strip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, "strip", Side::Both)
}

pub(super) fn lstrip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, "lstrip", Side::Left)
}

pub(super) fn rstrip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, "rstrip", Side::Right)
}

/// `sep.join(iterable)`; `sep` is a `str`.
pub fn join(t: &Thread, sep: &Value, iterable: &Value) -> R {
    let items = if iterable.cast::<List>().is_some() || iterable.cast::<Tuple>().is_some() {
        match iterable.cast::<List>() {
            Some(list) => list.snapshot(t),
            None => iterable.cast::<Tuple>().map(|tuple| tuple.items().to_vec()).unwrap_or_default(),
        }
    } else {
        match t.catch(protocol::iter(t, iterable), |types| &types.type_error)? {
            Some(it) => protocol::collect(t, &it)?,
            None => return Err(t.type_error("can only join an iterable")),
        }
    };
    join_items(t, this(sep), &items)
}

fn join_items(t: &Thread, sep: &Str, items: &[Value]) -> R {
    if let [only] = items
        && only.cast_exact::<Str>().is_some()
    {
        return Ok(only.clone());
    }
    let mut length = sep.len().saturating_mul(items.len().saturating_sub(1));
    let mut width = if items.len() > 1 { sep.width() } else { Width::Ascii };
    for (i, item) in items.iter().enumerate() {
        let Some(s) = item.cast::<Str>() else {
            return Err(t.type_error(format!(
                "sequence item {i}: expected str instance, {} found",
                item.type_of(t).name_str()
            )));
        };
        length = length.saturating_add(s.len());
        width = width.max(s.width());
    }
    if length > isize::MAX as usize {
        return Err(t.overflow_error("join() result is too long for a Python string"));
    }
    if length == 1 && width <= Width::Latin1 {
        // One character: the cached string of it.
        let only = items.iter().filter_map(|i| i.cast::<Str>()).chain([sep]).find(|s| !s.is_empty());
        return Ok(only.map_or_else(|| t.interp.empty_str.clone(), |s| Str::from_char(t, s.units().at(0))));
    }
    let unit = width.bytes();
    Str::try_alloc(t, length, width, |data| {
        let mut at = 0;
        let mut put = |s: &Str| {
            let end = at + s.len() * unit;
            s.write_units(width, &mut data[at..end]);
            at = end;
        };
        for (i, item) in items.iter().enumerate() {
            if i > 0 && !sep.is_empty() {
                put(sep);
            }
            if let Some(s) = item.cast::<Str>() {
                put(s);
            }
        }
    })
}

pub(super) fn join_method(t: &Thread, v: &Value, iterable: &Value) -> R {
    join(t, v, iterable)
}
