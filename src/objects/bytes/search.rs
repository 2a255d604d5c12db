//! Finding, counting, replacing, splitting, stripping and joining bytes, for `bytes` and `bytearray`.

use super::construct::byte;
use super::{Bytes, like, own, part};
use crate::objects::buffer::{self, BytesLike, bytes_like};
use crate::objects::bytearray::ByteArray;
use crate::objects::container;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::sequence_args as arg;
use crate::objects::slots::R;
use crate::objects::text::case::ascii::is_space;
use crate::objects::text::search;
use crate::objects::text::split::{self, Side, is_byte_line_break};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ops::Range;

const BYTE_RANGE: &str = "byte must be in range(0, 256)";

/// What is searched for: a byte, given as an int, or a bytes-like object.
enum Needle<'a> {
    Byte([u8; 1]),
    Bytes(BytesLike<'a>),
}

impl std::ops::Deref for Needle<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Needle::Byte(byte) => byte,
            Needle::Bytes(bytes) => bytes,
        }
    }
}

fn needle<'a>(t: &Thread, v: &'a Value) -> R<Needle<'a>> {
    if let Some(bytes) = buffer::contiguous_bytes(t, v)? {
        return Ok(Needle::Bytes(bytes));
    }
    if v.type_of(t).slots().nb_index.is_none() && !int::is_int(v) {
        return Err(t.type_error(format!(
            "argument should be integer or bytes-like object, not '{}'",
            v.type_of(t).name_str()
        )));
    }
    Ok(Needle::Byte([byte(t, v, BYTE_RANGE)?]))
}

fn find_with(t: &Thread, v: &Value, args: &[Value], last: bool) -> R<Option<usize>> {
    let sub = needle(t, &args[0])?;
    let bounds = arg::range(t, &args[1..], || own(t, v).len())?;
    let bytes = own(t, v);
    Ok(bounds.and_then(|range| {
        let part = &bytes[range.start..range.end.min(bytes.len())];
        let found = if last { search::rfind(part, &sub) } else { search::find(part, &sub) };
        found.map(|i| i + range.start)
    }))
}

fn position(t: &Thread, found: Option<usize>) -> R {
    Ok(found.map_or(Value::small(-1), |i| int::from_usize(t, i)))
}

fn position_or_error(t: &Thread, found: Option<usize>) -> R {
    found.map(|i| int::from_usize(t, i)).ok_or_else(|| t.value_error("subsection not found"))
}

pub fn find(t: &Thread, v: &Value, args: &[Value]) -> R {
    position(t, find_with(t, v, args, false)?)
}

pub fn rfind(t: &Thread, v: &Value, args: &[Value]) -> R {
    position(t, find_with(t, v, args, true)?)
}

pub fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    position_or_error(t, find_with(t, v, args, false)?)
}

pub fn rindex(t: &Thread, v: &Value, args: &[Value]) -> R {
    position_or_error(t, find_with(t, v, args, true)?)
}

pub fn count(t: &Thread, v: &Value, args: &[Value]) -> R {
    let sub = needle(t, &args[0])?;
    let bounds = arg::range(t, &args[1..], || own(t, v).len())?;
    let bytes = own(t, v);
    Ok(bounds
        .map_or(Value::small(0), |r| int::from_usize(t, search::count(&bytes[r.start..r.end.min(bytes.len())], &sub))))
}

pub fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    if int::is_int(item) || item.type_of(t).slots().nb_index.is_some() {
        let byte = byte(t, item, BYTE_RANGE)?;
        return Ok(own(t, v).contains(&byte));
    }
    let sub = bytes_like(t, item)?;
    Ok(search::find(&own(t, v), &sub).is_some())
}

fn tail_match(t: &Thread, v: &Value, args: &[Value], function: &str, end: bool) -> R {
    let bounds = arg::range(t, &args[1..], || own(t, v).len())?;
    let matches = |part: &[u8]| {
        let bytes = own(t, v);
        bounds.clone().is_some_and(|r| {
            let text = &bytes[r.start..r.end.min(bytes.len())];
            if end { text.ends_with(part) } else { text.starts_with(part) }
        })
    };
    if let Some(parts) = args[0].cast::<Tuple>() {
        for part in parts.items() {
            if matches(&bytes_like(t, part)?) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    match buffer::contiguous_bytes(t, &args[0])? {
        Some(part) => Ok(Value::bool(matches(&part))),
        None => Err(t.type_error(format!(
            "{function} first arg must be bytes or a tuple of bytes, not {}",
            args[0].type_of(t).name_str()
        ))),
    }
}

pub fn startswith(t: &Thread, v: &Value, args: &[Value]) -> R {
    tail_match(t, v, args, "startswith", false)
}

pub fn endswith(t: &Thread, v: &Value, args: &[Value]) -> R {
    tail_match(t, v, args, "endswith", true)
}

pub fn removeprefix(t: &Thread, v: &Value, prefix: &Value) -> R {
    let prefix = bytes_like(t, prefix)?;
    let bytes = own(t, v);
    let cut = if bytes.starts_with(&prefix) { prefix.len() } else { 0 };
    part(t, v, cut, bytes.len())
}

pub fn removesuffix(t: &Thread, v: &Value, suffix: &Value) -> R {
    let suffix = bytes_like(t, suffix)?;
    let bytes = own(t, v);
    let cut = if bytes.ends_with(&suffix) { suffix.len() } else { 0 };
    part(t, v, 0, bytes.len() - cut)
}

pub fn replace(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (old, new) = (bytes_like(t, &args[0])?, bytes_like(t, &args[1])?);
    let limit = arg::limit(t, args.get(2))?;
    let bytes = own(t, v);
    if new.len() > old.len() && bytes.len().saturating_add(1).saturating_mul(new.len()) > 1 << 24 {
        let places = search::count(&bytes, &old).min(limit.unwrap_or(usize::MAX));
        let length = places.checked_mul(new.len() - old.len()).and_then(|n| n.checked_add(bytes.len()));
        match length.filter(|&n| n <= isize::MAX as usize) {
            Some(length) => drop(container::try_vec::<u8>(t, length)?),
            None => return Err(t.overflow_error("replace bytes is too long")),
        }
    }
    match search::replace_bytes(&bytes, &old, &new, limit) {
        Some(result) => like(t, v, result),
        None => part(t, v, 0, bytes.len()),
    }
}

fn pieces(t: &Thread, v: &Value, ranges: Vec<Range<usize>>) -> R {
    let pieces = ranges.into_iter().map(|r| part(t, v, r.start, r.end)).collect::<R<Vec<_>>>()?;
    Ok(List::make(t, pieces))
}

fn split_with(t: &Thread, v: &Value, args: &[Option<Value>], right: bool) -> R {
    let limit = arg::limit(t, args[1].as_ref())?.unwrap_or(usize::MAX);
    let separator = match args[0].as_ref().filter(|s| !s.is_none()) {
        None => None,
        Some(s) => Some(bytes_like(t, s)?),
    };
    if separator.as_ref().is_some_and(|s| s.is_empty()) {
        return Err(t.value_error("empty separator"));
    }
    let bytes = own(t, v);
    let is_space = |code: u32| is_space(code as u8);
    let ranges = match &separator {
        None if right => split::rsplit_whitespace(&bytes, limit, is_space),
        None => split::split_whitespace(&bytes, limit, is_space),
        Some(separator) if right => split::rsplit_on(&bytes, separator, limit),
        Some(separator) => split::split_on(&bytes, separator, limit),
    };
    pieces(t, v, ranges)
}

pub fn split(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    split_with(t, v, args, false)
}

pub fn rsplit(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    split_with(t, v, args, true)
}

pub fn splitlines(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let keep_ends = args[0].as_ref().map_or(Ok(false), |keep| protocol::truth(t, keep))?;
    let ranges = split::split_lines(&own(t, v), keep_ends, is_byte_line_break);
    pieces(t, v, ranges)
}

fn partition_with(t: &Thread, v: &Value, separator: &Value, last: bool) -> R {
    // A `bytearray` gives back a copy of the separator, which may be any bytes-like object.
    let array = v.cast::<ByteArray>().is_some();
    let sep = bytes_like(t, separator)?;
    if sep.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    let bytes = own(t, v);
    let empty = || like(t, v, Vec::new());
    let found = if last { search::rfind(&bytes, &sep) } else { search::find(&bytes, &sep) };
    match found {
        Some(at) => {
            let middle = if array { like(t, v, sep.to_vec())? } else { separator.clone() };
            Ok(t.tuple([part(t, v, 0, at)?, middle, part(t, v, at + sep.len(), bytes.len())?]))
        }
        None if last => Ok(t.tuple([empty()?, empty()?, part(t, v, 0, bytes.len())?])),
        None => Ok(t.tuple([part(t, v, 0, bytes.len())?, empty()?, empty()?])),
    }
}

pub fn partition(t: &Thread, v: &Value, separator: &Value) -> R {
    partition_with(t, v, separator, false)
}

pub fn rpartition(t: &Thread, v: &Value, separator: &Value) -> R {
    partition_with(t, v, separator, true)
}

fn strip_with(t: &Thread, v: &Value, args: &[Value], side: Side) -> R {
    let set = match args.first().filter(|set| !set.is_none()) {
        None => None,
        Some(set) => Some(bytes_like(t, set)?),
    };
    let bytes = own(t, v);
    let range = match &set {
        None => split::strip(&bytes, side, |code| is_space(code as u8)),
        Some(set) => split::strip_set(&bytes, side, set),
    };
    part(t, v, range.start, range.end)
}

pub fn strip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, Side::Both)
}

pub fn lstrip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, Side::Left)
}

pub fn rstrip(t: &Thread, v: &Value, args: &[Value]) -> R {
    strip_with(t, v, args, Side::Right)
}

/// `sep.join(iterable)` of bytes-like objects.
pub fn join(t: &Thread, v: &Value, iterable: &Value) -> R {
    let items = match t.catch(protocol::iter(t, iterable), |types| &types.type_error)? {
        Some(_) if iterable.cast_exact::<List>().is_some() || iterable.cast_exact::<Tuple>().is_some() => {
            protocol::collect(t, iterable)?
        }
        Some(it) => protocol::collect(t, &it)?,
        None => return Err(t.type_error("can only join an iterable")),
    };
    if let [only] = items.as_slice()
        && v.cast::<Bytes>().is_some()
        && only.cast_exact::<Bytes>().is_some()
    {
        return Ok(only.clone());
    }
    let mut parts = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let part = match buffer::is_exporter(t, item) {
            true => t.catch(bytes_like(t, item), |types| &types.buffer_error)?,
            false => None,
        };
        parts.push(part.ok_or_else(|| {
            let name = item.type_of(t).name_str();
            t.type_error(format!("sequence item {i}: expected a bytes-like object, {name} found"))
        })?);
    }
    let separator = own(t, v);
    let between = separator.len().saturating_mul(parts.len().saturating_sub(1));
    let length = parts.iter().fold(between, |n, part| n.saturating_add(part.len()));
    if length > isize::MAX as usize {
        return Err(t.overflow_error("join() result is too long"));
    }
    let mut out = container::try_vec(t, length)?;
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(&separator);
        }
        out.extend_from_slice(part);
    }
    like(t, v, out)
}
