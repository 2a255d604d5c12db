//! Operators and subscripts of `memoryview`, and its table.

use super::methods::{GETSET, METHODS};
use super::{Held, MemoryView, Shown, items};
use crate::objects::buffer::{self, Buffer, flags};
use crate::objects::header::Kind;
use crate::objects::iter::SeqIter;
use crate::objects::native::Signature;
use crate::objects::protocol;
use crate::objects::slice::Slice;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::*};

pub(super) fn this(v: &Value) -> &MemoryView {
    v.cast::<MemoryView>().expect("slots of `memoryview` get views")
}

pub(super) fn held<'a>(t: &Thread, v: &'a Value) -> R<Held<'a>> {
    this(v).hold(t)
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [None];
    SIGNATURE.get_or_init(|| Signature::parse_text("memoryview", "(object)")).bind(t, args, &mut bound)?;
    match &bound[0] {
        Some(object) => MemoryView::of_object(t, object, flags::FULL_RO),
        None => Err(t.type_error("memoryview() missing required argument 'object' (pos 1)")),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let state = if this(v).current(t).is_some() { "memory" } else { "released memory" };
    Ok(t.str(format!("<{state} at {:#x}>", v.id())))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let view = this(v);
    match view.hash.load(Relaxed) {
        -1 => {}
        known => return Ok(known),
    }
    let held = view.hold(t)?;
    if !held.readonly {
        return Err(t.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(items::letter(&held.format), Some(b'B' | b'b' | b'c')) {
        return Err(t.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The exporter must be hashable too, though its hash is not used. It cannot release the view meanwhile.
    view.exports.fetch_add(1, Relaxed);
    let hashable = protocol::hash(t, &held.buffer.obj);
    view.exports.fetch_sub(1, Relaxed);
    hashable?;
    let hash = crate::objects::hash::bytes(t.interp.hash_key, &held.to_vec(false));
    view.hash.store(hash, Relaxed);
    Ok(hash)
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    match held(t, v)?.layout.shape.first() {
        Some(&n) => Ok(n),
        None => Err(t.type_error("0-dim memory has no length")),
    }
}

/// The letter of the items' format.
pub(super) fn letter(t: &Thread, shown: &Shown) -> R<u8> {
    items::letter(&shown.format)
        .ok_or_else(|| t.not_implemented_error(format!("memoryview: unsupported format {}", shown.format)))
}

/// The item at a place.
pub(super) fn item(t: &Thread, shown: &Shown, letter: u8, place: *mut u8) -> Value {
    // SAFETY: an item lies there, and the caller holds the memory.
    items::unpack(t, letter, unsafe { std::slice::from_raw_parts(place, shown.itemsize) })
}

/// What a subscript selects.
enum Selected {
    Item(*mut u8),
    Part(Shown),
}

fn dimension_index(t: &Thread, shown: &Shown, dimension: usize, index: isize) -> R<usize> {
    let n = shown.layout.shape[dimension];
    let i = if index < 0 { index + n as isize } else { index };
    usize::try_from(i)
        .ok()
        .filter(|&i| i < n)
        .ok_or_else(|| t.index_error(format!("index out of bounds on dimension {}", dimension + 1)))
}

fn select(t: &Thread, shown: &Shown, key: &Value) -> R<Selected> {
    if shown.ndim() == 0 {
        let empty = key.cast::<Tuple>().is_some_and(|k| k.is_empty());
        return match empty || key.is(&Value::ELLIPSIS) {
            true => Ok(Selected::Item(shown.ptr)),
            false => Err(t.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if let Some(slice) = key.cast::<Slice>() {
        let b = slice.bounds(t, || shown.layout.shape[0])?;
        let mut layout = shown.layout.clone();
        let stride = layout.strides[0];
        (layout.shape[0], layout.strides[0]) = (b.count, stride * b.step);
        let len = layout.items() * shown.itemsize;
        let start = if b.count == 0 { 0 } else { b.start * stride };
        // SAFETY: the first item selected lies within the memory.
        let ptr = unsafe { shown.ptr.offset(start) };
        return Ok(Selected::Part(Shown { ptr, len, layout, ..shown.clone() }));
    }
    if key.type_of(t).slots().nb_index.is_some() || key.as_small().is_some() {
        let index = protocol::index_isize(t, key)?;
        if shown.ndim() > 1 {
            return Err(t.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        return Ok(Selected::Item(shown.place(&[dimension_index(t, shown, 0, index)?])));
    }
    let Some(keys) = key.cast::<Tuple>() else {
        return Err(t.type_error("memoryview: invalid slice key"));
    };
    let is_index = |k: &Value| k.as_small().is_some() || k.type_of(t).slots().nb_index.is_some();
    if keys.items().iter().all(is_index) {
        if keys.len() < shown.ndim() {
            return Err(t.not_implemented_error("sub-views are not implemented"));
        }
        if keys.len() > shown.ndim() {
            return Err(t.type_error(format!(
                "cannot index {}-dimension view with {}-element tuple",
                shown.ndim(),
                keys.len()
            )));
        }
        let mut indices = Vec::with_capacity(keys.len());
        for (i, key) in keys.items().iter().enumerate() {
            let index = protocol::index_isize(t, key)?;
            indices.push(dimension_index(t, shown, i, index)?);
        }
        return Ok(Selected::Item(shown.place(&indices)));
    }
    if keys.items().iter().all(|k| k.cast::<Slice>().is_some()) {
        return Err(t.not_implemented_error("multi-dimensional slicing is not implemented"));
    }
    Err(t.type_error("memoryview: invalid slice key"))
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let held = held(t, v)?;
    if let (Some(i), [n], Some(letter)) = (key.as_small(), held.layout.shape.as_slice(), items::letter(&held.format)) {
        let i = if i < 0 { i + *n as i64 } else { i };
        if (0..*n as i64).contains(&i) {
            return Ok(item(t, &held, letter, held.place(&[i as usize])));
        }
    }
    match select(t, &held, key)? {
        Selected::Item(place) => Ok(item(t, &held, letter(t, &held)?, place)),
        Selected::Part(shown) => Ok(MemoryView::make(t, held.buffer.clone(), shown)),
    }
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let held = held(t, v)?;
    if held.readonly {
        return Err(t.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(t.type_error("cannot delete memory")) };
    let letter = letter(t, &held)?;
    match select(t, &held, key)? {
        Selected::Item(place) => {
            let bytes = items::pack(t, letter, value).map_err(|unfit| match unfit {
                items::Unfit::Type => t.type_error(format!("memoryview: invalid type for format '{}'", held.format)),
                items::Unfit::Value => t.value_error(format!("memoryview: invalid value for format '{}'", held.format)),
                items::Unfit::Raised(raised) => raised,
            })?;
            // Python code that `pack` called may have released the view.
            this(v).hold(t)?;
            // SAFETY: an item lies at the place, the memory is held and writable, and is as long as the item.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, held.itemsize.min(bytes.len())) };
            Ok(())
        }
        Selected::Part(part) if held.ndim() == 1 => assign(t, &part, value),
        Selected::Part(_) => {
            Err(t.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"))
        }
    }
}

/// `view[a:b] = value`.
fn assign(t: &Thread, to: &Shown, value: &Value) -> R<()> {
    let from = buffer::get(t, value)?;
    let same = items::letter(&from.format) == items::letter(&to.format)
        && (items::letter(&to.format).is_some() || from.format == to.format)
        && from.itemsize == to.itemsize
        && *from.shape() == *to.layout.shape;
    if !same {
        return Err(t.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    // Copied first: the two may overlap.
    let bytes = from.as_slice().map_or_else(|| super::gather(&from), <[u8]>::to_vec);
    for (place, item) in to.places(false).into_iter().zip(bytes.chunks_exact(to.itemsize)) {
        // SAFETY: an item lies at every place; the memory is held by the caller and writable.
        unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), place, to.itemsize) };
    }
    Ok(())
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let answer = |equal: bool| Ok(Value::bool(equal == (op == CmpOp::Eq)));
    let released = |v: &Value| v.cast::<MemoryView>().is_some_and(|view| view.current(t).is_none());
    if released(a) || released(b) {
        return answer(a.is(b));
    }
    if !buffer::is_exporter(t, a) || !buffer::is_exporter(t, b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let Some(x) = t.catch(buffer::get(t, a), |types| &types.exception)? else { return Ok(Value::NOT_IMPLEMENTED) };
    let Some(y) = t.catch(buffer::get(t, b), |types| &types.exception)? else { return Ok(Value::NOT_IMPLEMENTED) };
    if x.shape() != y.shape() {
        return answer(false);
    }
    let (Some(lx), Some(ly)) = (items::letter(&x.format), items::letter(&y.format)) else {
        return answer(false);
    };
    let (p, q) = (bytes_of(&x), bytes_of(&y));
    if lx == ly && !matches!(lx, b'e' | b'f' | b'd' | b'?') {
        return answer(p == q);
    }
    for (i, j) in p.chunks_exact(x.itemsize).zip(q.chunks_exact(y.itemsize)) {
        if !protocol::compare_bool(t, &items::unpack(t, lx, i), &items::unpack(t, ly, j), CmpOp::Eq)? {
            return answer(false);
        }
    }
    answer(true)
}

fn bytes_of(buffer: &Buffer) -> Vec<u8> {
    buffer.as_slice().map_or_else(|| super::gather(buffer), <[u8]>::to_vec)
}

fn iter(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    match held.ndim() {
        0 => return Err(t.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => return Err(t.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
    letter(t, &held)?;
    Ok(SeqIter::make_for(t, &t.types().memory_iterator, Slot::new(v.clone()), AtomicUsize::new(0)))
}

/// The view's memory, lent on.
pub(super) fn lend(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    let view = this(v);
    let held = view.hold(t)?;
    let shown = held.shown;
    let wants = |flag: u32| flags & flag == flag;
    let (c, f) = (shown.layout.is_c_contiguous(shown.itemsize), shown.layout.is_f_contiguous(shown.itemsize));
    let refuse = |message: &str| Err(t.buffer_error(message));
    if wants(flags::WRITABLE) && shown.readonly {
        return refuse("memoryview: underlying buffer is not writable");
    }
    if wants(flags::C_CONTIGUOUS) && !c {
        return refuse("memoryview: underlying buffer is not C-contiguous");
    }
    if wants(flags::F_CONTIGUOUS) && !f {
        return refuse("memoryview: underlying buffer is not Fortran contiguous");
    }
    if wants(flags::ANY_CONTIGUOUS) && !c && !f {
        return refuse("memoryview: underlying buffer is not contiguous");
    }
    if !wants(flags::STRIDES) && !c {
        return refuse("memoryview: underlying buffer is not C-contiguous");
    }
    if !wants(flags::ND) && wants(flags::FORMAT) {
        return refuse("memoryview: cannot cast to unsigned bytes if the format flag is present");
    }
    view.exports.fetch_add(1, Relaxed);
    // SAFETY: the view keeps the memory while it has exports.
    let mut lent = unsafe { Buffer::new(v.clone(), shown.ptr, shown.len, shown.readonly, Some(give_back)) };
    if wants(flags::ND) {
        lent = lent.with_format(shown.itemsize, shown.format.clone());
        if shown.ndim() != 1 || !c {
            lent.layout = Some(Box::new(shown.layout.clone()));
        }
    }
    Ok(lent)
}

pub(super) fn give_back(_: &Thread, v: &Value, _: Option<&Value>) {
    this(v).exports.fetch_sub(1, Relaxed);
}

fn release(t: &Thread, v: &Value, view: &Value) -> R<()> {
    super::release_of(t, v, view)
}

/// `memoryview`.
pub static SPEC: Spec = Spec {
    name: "memoryview",
    kind: Kind::MemoryView,
    size: std::mem::size_of::<MemoryView>(),
    flags: type_flags::HAVE_GC | type_flags::SEQUENCE | type_flags::WEAKREFABLE,
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        iter: Some(iter),
        drop: Some(MemoryView::drop_payload),
        traverse: Some(MemoryView::traverse),
        clear: Some(MemoryView::clear_refs),
        bf_get: Some(lend),
        bf_release: Some(release),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
