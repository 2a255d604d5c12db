//! Iterators that go through a sequence by index.

use super::{HINT_DOC, REDUCE_DOC, SETSTATE_DOC, self_iter};
use crate::objects::container::{builtin, payload};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{NextFn, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicUsize, Ordering::*};

macro_rules! by_index {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => { $(
        payload! {
            $(#[$meta])*
            $name: $name {
                /// What is iterated over; empty once the iterator is exhausted.
                seq: Slot,
                /// The next index.
                index: AtomicUsize,
            }
        }

        impl ByIndex for $name {
            fn parts(&self) -> (&Slot, &AtomicUsize) {
                (&self.seq, &self.index)
            }
        }
    )* };
}

/// What all these iterators have in common.
trait ByIndex: Payload {
    fn parts(&self) -> (&Slot, &AtomicUsize);
}

by_index! {
    /// The payload of `list_iterator`.
    ListIter,
    /// The payload of `tuple_iterator`.
    TupleIter,
    /// The payload of `str_iterator` and `str_ascii_iterator`.
    StrIter,
    /// The payload of `bytes_iterator` and `bytearray_iterator`.
    BytesIter,
    /// The payload of `iterator`, over any object with `__getitem__`.
    SeqIter,
}

impl ListIter {
    /// `iter(list)`.
    #[inline(always)]
    pub fn make(t: &Thread, list: &Value) -> Value {
        ListIter::make_for(t, &t.types().list_iterator, Slot::new(list.clone()), AtomicUsize::new(0))
    }

    /// Where the next item lies, and its index; `None` at the end, or if the thread with that id does not hold the list.
    ///
    /// # Safety
    /// The calling thread has that id. No Python code runs while the slot is used.
    #[inline(always)]
    pub unsafe fn place(&self, tid: u32) -> Option<(*const Slot, usize)> {
        let index = self.index.load(Relaxed);
        // SAFETY: if another thread takes the list out of the iterator now, it still is for its owner to free.
        unsafe {
            let word = self.seq.bits();
            let list = Value::from_ref(&word);
            if word == 0 || !list.header_unchecked().is_held_by(tid) {
                return None;
            }
            list.cast::<List>().unwrap_unchecked().slot_locked(index).map(|slot| (slot, index))
        }
    }

    /// The next item will be the one at `index`.
    #[inline(always)]
    pub fn move_to(&self, index: usize) {
        self.index.store(index, Relaxed);
    }

    /// The next item.
    #[inline(always)]
    pub fn advance(&self, t: &Thread) -> Option<Value> {
        // SAFETY: this thread's id, and no Python code runs.
        if let Some((slot, index)) = unsafe { self.place(t.tid()) } {
            self.move_to(index + 1);
            // SAFETY: as above.
            return unsafe { (*slot).get(t) };
        }
        let seq = self.seq.get(t)?;
        let index = self.index.load(Relaxed);
        match seq.cast::<List>().and_then(|list| list.get(t, index)) {
            Some(item) => {
                self.index.store(index + 1, Relaxed);
                Some(item)
            }
            None => {
                drop(self.seq.take());
                None
            }
        }
    }
}

impl TupleIter {
    /// `iter(tuple)`.
    #[inline(always)]
    pub fn make(t: &Thread, tuple: &Value) -> Value {
        TupleIter::make_for(t, &t.types().tuple_iterator, Slot::new(tuple.clone()), AtomicUsize::new(0))
    }

    /// Where the next item lies, and its index; `None` at the end, or if the tuple is not owned by the thread with that id.
    ///
    /// # Safety
    /// As for [`ListIter::place`].
    #[inline(always)]
    pub unsafe fn place(&self, tid: u32) -> Option<(*const Value, usize)> {
        let index = self.index.load(Relaxed);
        // SAFETY: as there; tuples do not change.
        unsafe {
            let word = self.seq.bits();
            let tuple = Value::from_ref(&word);
            if word == 0 || tuple.header_unchecked().owner.load(Relaxed) != tid {
                return None;
            }
            tuple.cast::<Tuple>().unwrap_unchecked().items().get(index).map(|item| (item as *const Value, index))
        }
    }

    /// The next item will be the one at `index`.
    #[inline(always)]
    pub fn move_to(&self, index: usize) {
        self.index.store(index, Relaxed);
    }

    /// The next item.
    #[inline(always)]
    pub fn advance(&self, t: &Thread) -> Option<Value> {
        let seq = self.seq.get(t)?;
        let index = self.index.load(Relaxed);
        match seq.cast::<Tuple>().and_then(|tuple| tuple.items().get(index)) {
            Some(item) => {
                self.index.store(index + 1, Relaxed);
                Some(item.clone())
            }
            None => {
                drop(self.seq.take());
                None
            }
        }
    }
}

impl StrIter {
    /// `iter(str)`.
    pub fn make(t: &Thread, text: &Value) -> Value {
        let ascii = text.cast::<Str>().is_some_and(Str::is_ascii);
        let typ = if ascii { &t.types().str_ascii_iterator } else { &t.types().str_iterator };
        StrIter::make_for(t, typ, Slot::new(text.clone()), AtomicUsize::new(0))
    }
}

impl BytesIter {
    /// `iter(bytes)` or `iter(bytearray)`.
    pub fn make(t: &Thread, bytes: &Value) -> Value {
        let array = bytes.header().is_some_and(|h| h.layout() == Kind::ByteArray);
        let typ = if array { &t.types().bytearray_iterator } else { &t.types().bytes_iterator };
        BytesIter::make_for(t, typ, Slot::new(bytes.clone()), AtomicUsize::new(0))
    }
}

impl SeqIter {
    /// `iter(v)` of an object with `__getitem__` and no `__iter__`.
    pub fn make(t: &Thread, v: &Value) -> Value {
        SeqIter::make_for(t, &t.types().iterator, Slot::new(v.clone()), AtomicUsize::new(0))
    }
}

fn this<T: ByIndex>(v: &Value) -> &T {
    v.cast::<T>().expect("slots of an iterator get its kind")
}

fn next_list(t: &Thread, v: &Value) -> R<Option<Value>> {
    Ok(this::<ListIter>(v).advance(t))
}

fn next_tuple(t: &Thread, v: &Value) -> R<Option<Value>> {
    Ok(this::<TupleIter>(v).advance(t))
}

fn next_str(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this::<StrIter>(v);
    let Some(seq) = it.seq.get(t) else { return Ok(None) };
    let index = it.index.load(Relaxed);
    match seq.cast::<Str>().filter(|s| index < s.len()) {
        Some(s) => {
            it.index.store(index + 1, Relaxed);
            Ok(Some(Str::from_char(t, s.units().at(index))))
        }
        None => {
            drop(it.seq.take());
            Ok(None)
        }
    }
}

fn next_bytes(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this::<BytesIter>(v);
    let Some(seq) = it.seq.get(t) else { return Ok(None) };
    let index = it.index.load(Relaxed);
    // The layout's own slots: a subclass that overrides `__len__` or `__getitem__` is iterated all the same.
    let array = seq.header().is_some_and(|h| h.layout() == Kind::ByteArray);
    let slots = if array { t.types().bytearray.slots() } else { t.types().bytes.slots() };
    let (Some(len), Some(getitem)) = (slots.len, slots.getitem) else { return Ok(None) };
    if index < len(t, &seq)? {
        it.index.store(index + 1, Relaxed);
        return getitem(t, &seq, &int::from_usize(t, index)).map(Some);
    }
    drop(it.seq.take());
    Ok(None)
}

fn next_seq(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this::<SeqIter>(v);
    let Some(seq) = it.seq.get(t) else { return Ok(None) };
    let index = it.index.load(Relaxed);
    if index == isize::MAX as usize {
        return Err(t.overflow_error("iter index too large"));
    }
    match protocol::getitem(t, &seq, &int::from_usize(t, index)) {
        Ok(item) => {
            it.index.store(index + 1, Relaxed);
            Ok(Some(item))
        }
        Err(raised) => {
            let types = t.types();
            if !t.raised_is(&raised, &types.index_error) && !t.raised_is(&raised, &types.stop_iteration) {
                return Err(raised);
            }
            drop(t.take_exception(raised));
            drop(it.seq.take());
            Ok(None)
        }
    }
}

fn length_hint<T: ByIndex>(t: &Thread, v: &Value) -> R {
    let (seq, index) = this::<T>(v).parts();
    let Some(seq) = seq.get(t) else { return Ok(Value::small(0)) };
    let slots = match T::KIND {
        Kind::ListIter => t.types().list.slots(),
        Kind::TupleIter => t.types().tuple.slots(),
        Kind::StrIter => t.types().str_.slots(),
        _ => seq.type_of(t).slots(),
    };
    match slots.len {
        Some(len) => Ok(int::from_usize(t, len(t, &seq)?.saturating_sub(index.load(Relaxed)))),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `(iter, (seq,), index)`, or of an exhausted iterator `(iter, (empty,))`.
fn reduce<T: ByIndex>(t: &Thread, v: &Value) -> R {
    let iter = builtin(t, "iter")?;
    let (seq, index) = this::<T>(v).parts();
    if let Some(seq) = seq.get(t) {
        return Ok(t.tuple([iter, t.tuple([seq]), int::from_usize(t, index.load(Relaxed))]));
    }
    let empty = match T::KIND {
        Kind::ListIter => List::with_capacity(t, 0),
        Kind::StrIter => t.str(""),
        _ => t.tuple([]),
    };
    Ok(t.tuple([iter, t.tuple([empty])]))
}

fn setstate<T: ByIndex>(t: &Thread, v: &Value, state: &Value) -> R {
    let position = int::arg_isize(t, state)?.max(0) as usize;
    let (seq, index) = this::<T>(v).parts();
    if let Some(seq) = seq.get(t) {
        let position = if T::KIND == Kind::SeqIter { position } else { position.min(protocol::len(t, &seq)?) };
        index.store(position, Relaxed);
    }
    Ok(Value::NONE)
}

macro_rules! spec {
    ($payload:ident, $name:literal, $next:expr) => {{
        const METHODS: &[Def] = &[
            Def::new("__length_hint__", Func::NoArgs(length_hint::<$payload>), "($self, /)", HINT_DOC),
            Def::new("__reduce__", Func::NoArgs(reduce::<$payload>), "($self, /)", REDUCE_DOC),
            Def::new("__setstate__", Func::One(setstate::<$payload>), "($self, object, /)", SETSTATE_DOC),
        ];
        Spec {
            name: $name,
            kind: Kind::$payload,
            size: std::mem::size_of::<$payload>(),
            flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
            slots: Slots {
                iter: Some(self_iter),
                next: Some($next as NextFn),
                drop: Some($payload::drop_payload),
                traverse: Some($payload::traverse),
                clear: Some($payload::clear_refs),
                ..Slots::EMPTY
            },
            methods: METHODS,
            ..Spec::DEFAULT
        }
    }};
}

/// `list_iterator`.
pub static LIST: Spec = spec!(ListIter, "list_iterator", next_list);
/// `tuple_iterator`.
pub static TUPLE: Spec = spec!(TupleIter, "tuple_iterator", next_tuple);
/// `str_iterator`.
pub static STR: Spec = spec!(StrIter, "str_iterator", next_str);
/// `str_ascii_iterator`.
pub static STR_ASCII: Spec = spec!(StrIter, "str_ascii_iterator", next_str);
/// `bytes_iterator`.
pub static BYTES: Spec = spec!(BytesIter, "bytes_iterator", next_bytes);
/// `bytearray_iterator`.
pub static BYTEARRAY: Spec = spec!(BytesIter, "bytearray_iterator", next_bytes);
/// `iterator`.
pub static SEQUENCE: Spec = spec!(SeqIter, "iterator", next_seq);
/// `memory_iterator`.
pub static MEMORY: Spec = spec!(SeqIter, "memory_iterator", next_seq);
