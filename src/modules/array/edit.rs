//! Changing an array: items, slices, insertion, removal.

use super::{Array, this};
use crate::objects::container::try_vec;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slice::{Bounds, Slice, adjust};
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// An index counted from the end if negative; `IndexError` outside.
pub fn normal_index(t: &Thread, i: isize, len: usize, message: &str) -> R<usize> {
    let i = if i < 0 { i + len as isize } else { i };
    usize::try_from(i).ok().filter(|&i| i < len).ok_or_else(|| t.index_error(message))
}

/// Appends packed items.
pub fn append_bytes(t: &Thread, v: &Value, new: &[u8]) -> R<()> {
    let done = this(v).resize_with(t, v, |bytes| {
        let room = bytes.try_reserve(new.len()).is_ok();
        if room {
            bytes.extend_from_slice(new);
        }
        room
    })?;
    if done { Ok(()) } else { Err(t.memory_error()) }
}

/// Appends one item.
pub fn push(t: &Thread, v: &Value, item: &Value) -> R<()> {
    let array = this(v);
    let packed = array.code.pack(t, item)?;
    append_bytes(t, v, &packed[..array.code.size])
}

/// Appends the items of an array of the same kind, or of any iterable.
pub fn extend(t: &Thread, v: &Value, source: &Value) -> R<()> {
    if let Some(other) = source.opaque::<Array>() {
        if other.code.letter != this(v).code.letter {
            return Err(t.type_error("can only extend with array of same kind"));
        }
        return append_bytes(t, v, &other.snapshot(t, source));
    }
    extend_items(t, v, source)
}

/// Appends the items of any iterable, one by one.
pub fn extend_items(t: &Thread, v: &Value, source: &Value) -> R<()> {
    let it = protocol::iter(t, source)?;
    while let Some(item) = protocol::next(t, &it)? {
        push(t, v, &item)?;
    }
    Ok(())
}

/// Replaces `count` items from `start` on by packed ones.
pub fn splice(t: &Thread, v: &Value, start: usize, count: usize, new: &[u8]) -> R<()> {
    let array = this(v);
    let size = array.code.size;
    let range = |len: usize| ((start * size).min(len), ((start + count) * size).min(len));
    let same_size = array.with(t, v, |bytes| {
        let (from, to) = range(bytes.len());
        let fits = to - from == new.len();
        if fits {
            bytes[from..to].copy_from_slice(new);
        }
        fits
    });
    if same_size {
        return Ok(());
    }
    let done = array.resize_with(t, v, |bytes| {
        let (from, to) = range(bytes.len());
        let room = bytes.try_reserve(new.len()).is_ok();
        if room {
            bytes.splice(from..to, new.iter().copied());
        }
        room
    })?;
    if done { Ok(()) } else { Err(t.memory_error()) }
}

/// `array[key] = value` and `del array[key]`.
pub fn set_item(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let array = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        return set_slice(t, v, slice, value);
    }
    if key.type_of(t).slots().nb_index.is_none() && key.as_small().is_none() {
        return Err(t.type_error("array indices must be integers"));
    }
    let i = protocol::index_isize(t, key)?;
    let message = "array assignment index out of range";
    let at = normal_index(t, i, array.len(t, v), message)?;
    match value {
        None => splice(t, v, at, 1, &[]),
        Some(value) => {
            let packed = array.code.pack(t, value)?;
            // `__index__` may have changed the array.
            let at = normal_index(t, i, array.len(t, v), message)?;
            splice(t, v, at, 1, &packed[..array.code.size])
        }
    }
}

fn set_slice(t: &Thread, v: &Value, slice: &Slice, value: Option<&Value>) -> R<()> {
    let array = this(v);
    let (start, stop, step) = slice.unpack(t)?;
    let new = match value {
        None => None,
        Some(value) => match value.opaque::<Array>() {
            Some(other) if other.code.letter == array.code.letter => Some(other.snapshot(t, value)),
            Some(_) => return Err(t.type_error("bad argument type for built-in operation")),
            None => {
                let name = value.type_of(t).name_str();
                return Err(t.type_error(format!("can only assign array (not \"{name}\") to array slice")));
            }
        },
    };
    let b = adjust(array.len(t, v), start, stop, step);
    let Some(new) = new else { return delete(t, v, b) };
    if step == 1 {
        return splice(t, v, b.start as usize, b.count, &new);
    }
    let size = array.code.size;
    if new.is_empty() {
        return delete(t, v, b);
    }
    if new.len() / size != b.count {
        return Err(t.value_error(format!(
            "attempt to assign array of size {} to extended slice of size {}",
            new.len() / size,
            b.count
        )));
    }
    array.with(t, v, |bytes| {
        for (i, item) in b.indices().zip(new.chunks_exact(size)) {
            if let Some(place) = bytes.get_mut(i * size..(i + 1) * size) {
                place.copy_from_slice(item);
            }
        }
    });
    Ok(())
}

fn delete(t: &Thread, v: &Value, b: Bounds) -> R<()> {
    if b.count == 0 {
        return Ok(());
    }
    if b.step == 1 {
        return splice(t, v, b.start as usize, b.count, &[]);
    }
    let (first, step) =
        if b.step < 0 { (b.start + b.step * (b.count as isize - 1), -b.step) } else { (b.start, b.step) };
    let (first, step) = (first as usize, step as usize);
    let array = this(v);
    let size = array.code.size;
    array.resize_with(t, v, |bytes| {
        let mut i = 0;
        bytes.retain(|_| {
            let item = i / size;
            i += 1;
            !(item >= first && (item - first) % step == 0 && (item - first) / step < b.count)
        });
    })
}

pub fn insert(t: &Thread, v: &Value, args: &[Value]) -> R {
    let array = this(v);
    let i = int::arg_isize(t, &args[0])?;
    let packed = array.code.pack(t, &args[1])?;
    let len = array.len(t, v) as isize;
    let at = if i < 0 { (i + len).max(0) } else { i.min(len) };
    splice(t, v, at as usize, 0, &packed[..array.code.size])?;
    Ok(Value::NONE)
}

pub fn pop(t: &Thread, v: &Value, args: &[Value]) -> R {
    let i = args.first().map_or(Ok(-1), |i| int::arg_isize(t, i))?;
    let array = this(v);
    let len = array.len(t, v);
    if len == 0 {
        return Err(t.index_error("pop from empty array"));
    }
    let at = normal_index(t, i, len, "pop index out of range")?;
    let item = array.get(t, v, at).ok_or_else(|| t.index_error("pop index out of range"))?;
    splice(t, v, at, 1, &[])?;
    Ok(item)
}

pub fn remove(t: &Thread, v: &Value, value: &Value) -> R {
    match find(t, v, value, 0, usize::MAX)? {
        Some(at) => splice(t, v, at, 1, &[])?,
        None => return Err(t.value_error("array.remove(x): x not in array")),
    }
    Ok(Value::NONE)
}

/// Where a value first occurs between two indices.
pub fn find(t: &Thread, v: &Value, value: &Value, start: usize, stop: usize) -> R<Option<usize>> {
    let array = this(v);
    let mut i = start;
    while i < stop
        && let Some(item) = array.get(t, v, i)
    {
        if protocol::eq(t, &item, value)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

pub fn clear(t: &Thread, v: &Value) -> R {
    this(v).resize_with(t, v, |bytes| *bytes = Vec::new())?;
    Ok(Value::NONE)
}

pub fn reverse(t: &Thread, v: &Value) -> R {
    let array = this(v);
    let size = array.code.size;
    array.with(t, v, |bytes| {
        bytes.reverse();
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(Value::NONE)
}

pub fn byteswap(t: &Thread, v: &Value) -> R {
    let array = this(v);
    let size = array.code.size;
    array.with(t, v, |bytes| bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse));
    Ok(Value::NONE)
}

/// The items repeated.
pub fn repeated(t: &Thread, v: &Value, times: i64) -> R<Vec<u8>> {
    let bytes = this(v).snapshot(t, v);
    let times = usize::try_from(times).unwrap_or(0);
    let len = bytes.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize).ok_or_else(|| t.memory_error())?;
    let mut out = try_vec(t, len)?;
    if !bytes.is_empty() {
        (0..times).for_each(|_| out.extend_from_slice(&bytes));
    }
    Ok(out)
}
