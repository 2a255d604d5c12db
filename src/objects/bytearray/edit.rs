//! Changing a `bytearray`: slices, insertion, removal.

use super::ByteArray;
use super::slots::{normal_index, this};
use crate::objects::bytes::construct::{byte, detached, from_iterable};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slice::{Bounds, Slice, adjust};
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub(super) const BYTE_RANGE: &str = "byte must be in range(0, 256)";

/// Appends bytes that are not the array's own.
pub(super) fn append(t: &Thread, array: &ByteArray, bytes: &[u8]) -> R<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let done = array.resize_with(t, |content| {
        let room = content.reserve(bytes.len());
        if room {
            content.all.extend_from_slice(bytes);
        }
        room
    })?;
    if done { Ok(()) } else { Err(t.memory_error()) }
}

/// Replaces `count` bytes from `start` on; both are cut to what is there.
pub(super) fn splice(t: &Thread, array: &ByteArray, start: usize, count: usize, new: &[u8]) -> R<()> {
    let same_size = array.with(t, |content| {
        let len = content.len();
        let (start, end) = (start.min(len), (start + count).min(len));
        let fits = end - start == new.len();
        if fits {
            content.as_mut_slice()[start..end].copy_from_slice(new);
        }
        fits
    });
    if same_size {
        return Ok(());
    }
    let done = array.resize_with(t, |content| {
        let len = content.len();
        let (start, end) = (start.min(len), (start + count).min(len));
        if new.is_empty() && start == 0 {
            content.drop_front(end);
            return true;
        }
        let room = content.reserve(new.len());
        if room {
            content.vec().splice(start..end, new.iter().copied());
        }
        room
    })?;
    if done { Ok(()) } else { Err(t.memory_error()) }
}

pub(super) fn set_slice(t: &Thread, v: &Value, slice: &Slice, value: Option<&Value>) -> R<()> {
    let (start, stop, step) = slice.unpack(t)?;
    let new = match value {
        None => None,
        Some(value) => Some(match detached(t, value)? {
            Some(bytes) => bytes.into_owned(),
            None if value.cast::<Str>().is_some() || int::is_int(value) => {
                return Err(t.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
            }
            None => from_iterable(t, value, "bytearray", BYTE_RANGE)?,
        }),
    };
    let array = this(v);
    let b = adjust(array.len(t), start, stop, step);
    let Some(new) = new else { return delete(t, array, b) };
    if step == 1 {
        return splice(t, array, b.start as usize, b.count, &new);
    }
    if new.is_empty() {
        return delete(t, array, b);
    }
    if new.len() != b.count {
        return Err(t.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            new.len(),
            b.count
        )));
    }
    array.with(t, |content| {
        let bytes = content.as_mut_slice();
        for (i, byte) in b.indices().zip(new) {
            if let Some(place) = bytes.get_mut(i) {
                *place = byte;
            }
        }
    });
    Ok(())
}

fn delete(t: &Thread, array: &ByteArray, b: Bounds) -> R<()> {
    if b.count == 0 {
        return Ok(());
    }
    if b.step == 1 {
        return splice(t, array, b.start as usize, b.count, &[]);
    }
    let (first, step) =
        if b.step < 0 { (b.start + b.step * (b.count as isize - 1), -b.step) } else { (b.start, b.step) };
    let (first, step) = (first as usize, step as usize);
    array.resize_with(t, |content| {
        let mut i = 0;
        content.vec().retain(|_| {
            let selected = i >= first && (i - first) % step == 0 && (i - first) / step < b.count;
            i += 1;
            !selected
        });
    })
}

pub(super) fn push(t: &Thread, v: &Value, item: &Value) -> R {
    let byte = byte(t, item, BYTE_RANGE)?;
    append(t, this(v), &[byte])?;
    Ok(Value::NONE)
}

pub(super) fn extend(t: &Thread, v: &Value, iterable: &Value) -> R {
    if let Some(bytes) = detached(t, iterable)? {
        append(t, this(v), &bytes)?;
        return Ok(Value::NONE);
    }
    let Some(it) = t.catch(protocol::iter(t, iterable), |types| &types.type_error)? else {
        return Err(t.type_error(format!("can't extend bytearray with {}", iterable.type_of(t).name_str())));
    };
    let mut bytes = Vec::new();
    while let Some(item) = protocol::next(t, &it)? {
        let Some(byte) = t.catch(byte(t, &item, BYTE_RANGE), |types| &types.type_error)? else {
            if iterable.cast::<Str>().is_some() {
                return Err(t.type_error("expected iterable of integers; got: 'str'"));
            }
            return Err(
                t.type_error(format!("'{}' object cannot be interpreted as an integer", item.type_of(t).name_str()))
            );
        };
        bytes.push(byte);
    }
    append(t, this(v), &bytes)?;
    Ok(Value::NONE)
}

pub(super) fn insert(t: &Thread, v: &Value, args: &[Value]) -> R {
    let index = int::arg_isize(t, &args[0])?;
    let byte = byte(t, &args[1], BYTE_RANGE)?;
    let array = this(v);
    let len = array.len(t) as isize;
    let at = if index < 0 { (index + len).max(0) } else { index.min(len) };
    splice(t, array, at as usize, 0, &[byte])?;
    Ok(Value::NONE)
}

pub(super) fn pop(t: &Thread, v: &Value, args: &[Value]) -> R {
    let index = args.first().map_or(Ok(-1), |i| int::arg_isize(t, i))?;
    let array = this(v);
    let len = array.len(t);
    if len == 0 {
        return Err(t.index_error("pop from empty bytearray"));
    }
    let at = normal_index(t, index, len, "pop index out of range")?;
    let byte = array.resize_with(t, |content| {
        let byte = content.as_slice().get(at).copied();
        if byte.is_some() {
            content.vec().remove(at);
        }
        byte
    })?;
    byte.map(|b| Value::small(b.into())).ok_or_else(|| t.index_error("pop index out of range"))
}

pub(super) fn remove(t: &Thread, v: &Value, item: &Value) -> R {
    let byte = byte(t, item, BYTE_RANGE)?;
    let array = this(v);
    match array.with(t, |content| content.as_slice().iter().position(|&b| b == byte)) {
        Some(at) => splice(t, array, at, 1, &[])?,
        None => return Err(t.value_error("value not found in bytearray")),
    }
    Ok(Value::NONE)
}

pub(super) fn resize(t: &Thread, v: &Value, size: &Value) -> R {
    let size = int::arg_isize(t, size)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(t.value_error(format!("Can only resize to positive sizes, got {size}")));
    };
    let done = this(v).resize_with(t, |content| {
        let room = content.reserve(size.saturating_sub(content.len()));
        if room {
            content.vec().resize(size, 0);
        }
        room
    })?;
    if done { Ok(Value::NONE) } else { Err(t.memory_error()) }
}

pub(super) fn clear(t: &Thread, v: &Value) -> R {
    this(v).resize_with(t, |content| *content = Default::default())?;
    Ok(Value::NONE)
}

pub(super) fn reverse(t: &Thread, v: &Value) -> R {
    this(v).with(t, |content| content.as_mut_slice().reverse());
    Ok(Value::NONE)
}

pub(super) fn copy(t: &Thread, v: &Value) -> R {
    Ok(ByteArray::make(t, this(v).snapshot(t)))
}

/// Bytes allocated: what is used, and one for the null that CPython puts behind it.
pub(super) fn alloc(t: &Thread, v: &Value) -> R {
    let capacity = this(v).with(t, |content| content.all.capacity());
    Ok(int::from_usize(t, if capacity == 0 { 0 } else { capacity + 1 }))
}

pub(super) fn sizeof(t: &Thread, v: &Value) -> R {
    let capacity = this(v).with(t, |content| content.all.capacity());
    let header = 56;
    Ok(int::from_usize(t, header + if capacity == 0 { 0 } else { capacity + 1 }))
}

pub(super) fn reduce(t: &Thread, v: &Value) -> R {
    super::slots::reduced(t, v, 2)
}

pub(super) fn reduce_ex(t: &Thread, v: &Value, args: &[Value]) -> R {
    let protocol = args.first().map_or(Ok(0), |p| int::arg_isize(t, p))?;
    super::slots::reduced(t, v, protocol)
}
