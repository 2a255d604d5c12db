//! Subscripts of a map, its memory lent out, its items one by one.

use super::methods::{GETSET, METHODS};
use super::{ACCESS_READ, Map, new, this};
use crate::modules::module_type;
use crate::objects::buffer::{self, Buffer};
use crate::objects::bytes::Bytes;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slice::{Slice, adjust};
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicUsize, Ordering::*};

fn repr(t: &Thread, v: &Value) -> R {
    let map = this(v);
    let state = map.lock();
    let text = match state.data {
        None => "<mmap.mmap closed=True>".to_owned(),
        Some(_) => {
            let access = ["ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"][map.access as usize];
            let (length, pos, offset) = (state.size, state.pos, map.offset);
            format!("<mmap.mmap closed=False, access={access}, length={length}, pos={pos}, offset={offset}>")
        }
    };
    drop(state);
    Ok(t.str(text))
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).open(t)?.size)
}

/// The place of an index in the memory.
fn place(t: &Thread, v: &Value, key: &Value) -> R<Option<usize>> {
    let index = protocol::index_isize(t, key)?;
    let size = this(v).open(t)?.size;
    let index = if index < 0 { index + size as isize } else { index };
    Ok(usize::try_from(index).ok().filter(|&i| i < size))
}

fn is_index(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().nb_index.is_some()
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let map = this(v);
    drop(map.open(t)?);
    if is_index(t, key) {
        let at = place(t, v, key)?;
        let mut state = map.open(t)?;
        let byte = at.and_then(|at| state.bytes().get(at).copied());
        drop(state);
        return byte.map(|b| Value::small(b.into())).ok_or_else(|| t.index_error("mmap index out of range"));
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(t.type_error("mmap indices must be integers")) };
    let (start, stop, step) = slice.unpack(t)?;
    let mut state = map.open(t)?;
    let bounds = adjust(state.size, start, stop, step);
    let mut out = Vec::new();
    if out.try_reserve_exact(bounds.count).is_err() {
        drop(state);
        return Err(t.memory_error());
    }
    let bytes = state.bytes();
    match step {
        1 if bounds.count > 0 => out.extend_from_slice(&bytes[bounds.start as usize..][..bounds.count]),
        _ => out.extend(bounds.indices().map(|i| bytes[i])),
    }
    drop(state);
    Ok(Bytes::make(t, &out))
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let map = this(v);
    drop(map.open(t)?);
    map.check_writable(t)?;
    if is_index(t, key) {
        let Some(at) = place(t, v, key)? else { return Err(t.index_error("mmap index out of range")) };
        let Some(value) = value else { return Err(t.type_error("mmap doesn't support item deletion")) };
        if !is_index(t, value) {
            return Err(t.type_error("mmap item value must be an int"));
        }
        let byte = u8::try_from(protocol::index_clamped(t, value)?)
            .map_err(|_| t.value_error("mmap item value must be in range(0, 256)"))?;
        // The value's `__index__` may have closed the map, or made it smaller.
        let stored = map.open(t)?.bytes().get_mut(at).map(|place| *place = byte);
        return stored.ok_or_else(|| t.index_error("mmap index out of range"));
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(t.type_error("mmap indices must be integer")) };
    let (start, stop, step) = slice.unpack(t)?;
    let Some(value) = value else { return Err(t.type_error("mmap object doesn't support slice deletion")) };
    // What is stored may lie in this very map.
    let data = buffer::bytes_like(t, value)?.to_vec();
    let mut state = map.open(t)?;
    let bounds = adjust(state.size, start, stop, step);
    if data.len() != bounds.count {
        drop(state);
        return Err(t.index_error("mmap slice assignment is wrong size"));
    }
    let bytes = state.bytes();
    bounds.indices().zip(&data).for_each(|(i, &b)| bytes[i] = b);
    Ok(())
}

fn lend(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    let map = this(v);
    let readonly = map.access == ACCESS_READ;
    drop(map.open(t)?);
    buffer::check_request(t, flags, readonly)?;
    let mut state = map.open(t)?;
    state.exports += 1;
    let (data, size) = (state.data.unwrap_or(std::ptr::null_mut()), state.size);
    drop(state);
    // SAFETY: the memory stays mapped while there are exports.
    Ok(unsafe { Buffer::new(v.clone(), data, size, readonly, Some(give_back)) })
}

fn give_back(_: &Thread, v: &Value, _: Option<&Value>) {
    if let Some(map) = v.opaque::<Map>() {
        map.lock().exports -= 1;
    }
}

/// What `iter` gives: the bytes one by one, each as `bytes`, where a subscript would give a number.
struct Iter {
    map: Slot,
    next: AtomicUsize,
}

impl Native for Iter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.map.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.map.take());
    }
}

fn iter(t: &Thread, v: &Value) -> R {
    let class = module_type(t, &ITER);
    let iter = Iter { map: Slot::new(v.clone()), next: AtomicUsize::new(0) };
    opaque::new(t, class.cast::<Type>().expect("a type"), iter)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let iter = v.opaque::<Iter>().expect("slots of the iterator get one");
    let Some(map) = iter.map.get(t) else { return Ok(None) };
    let at = iter.next.fetch_add(1, Relaxed);
    let byte = this(&map).open(t)?.bytes().get(at).copied();
    if byte.is_none() {
        drop(iter.map.take());
    }
    Ok(byte.map(|b| Bytes::make(t, &[b])))
}

const ITER_BASE: Spec = opaque::spec::<Iter>("mmap.iterator");

static ITER: Spec = Spec {
    flags: ITER_BASE.flags | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|_, v| Ok(v.clone())), next: Some(next), ..ITER_BASE.slots },
    ..ITER_BASE
};

const BASE: Spec = opaque::spec::<Map>("mmap.mmap");

pub static SPEC: Spec = Spec {
    doc: "Unix: mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])\n\nMaps length bytes from the file specified by the file descriptor fileno,\nand returns a mmap object.  If length is 0, the maximum length of the map\nwill be the current size of the file when mmap is called.",
    flags: BASE.flags | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        repr: Some(repr),
        new: Some(new),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        iter: Some(iter),
        bf_get: Some(lend),
        ..BASE.slots
    },
    methods: METHODS,
    getset: GETSET,
    ..BASE
};
