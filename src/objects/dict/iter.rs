//! Iterators over a dict's keys, values and items, in the order of insertion or backwards.

use super::Dict;
use crate::objects::container::{builtin, payload};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::slot::Slot;
use crate::objects::slots::{NextFn, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::*};

/// What a view shows and its iterator yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Keys,
    Values,
    Items,
}

payload! {
    /// The payload of all six iterators.
    DictIter: DictIter {
        /// The dict; empty once the iterator is exhausted.
        dict: Slot,
        position: AtomicUsize,
        /// The dict's size when the iteration began; -1 once it was found changed.
        used: AtomicIsize,
        /// How many entries are expected to come.
        left: AtomicIsize,
    }
}

/// An iterator over a dict.
pub fn make(t: &Thread, dict: &Value, what: What, reverse: bool) -> Value {
    let types = t.types();
    let typ = match (what, reverse) {
        (What::Keys, false) => &types.dict_keyiterator,
        (What::Values, false) => &types.dict_valueiterator,
        (What::Items, false) => &types.dict_itemiterator,
        (What::Keys, true) => &types.dict_reversekeyiterator,
        (What::Values, true) => &types.dict_reversevalueiterator,
        (What::Items, true) => &types.dict_reverseitemiterator,
    };
    let len = dict.cast::<Dict>().map_or(0, Dict::len) as isize;
    DictIter::make_for(
        t,
        typ,
        Slot::new(dict.clone()),
        AtomicUsize::new(if reverse { usize::MAX } else { 0 }),
        AtomicIsize::new(len),
        AtomicIsize::new(len),
    )
}

fn this(v: &Value) -> &DictIter {
    v.cast::<DictIter>().expect("slots of dict iterators get them")
}

/// The next key and value of an iterator over a dict's items.
pub fn next_pair(t: &Thread, v: &Value) -> R<Option<(Value, Value)>> {
    step(t, v, false)
}

/// What a type of iterator takes of an entry.
type Pick = fn(&Thread, Value, Value) -> Value;

fn pick_key(_: &Thread, key: Value, _: Value) -> Value {
    key
}

fn pick_value(_: &Thread, _: Value, value: Value) -> Value {
    value
}

fn pick_item(t: &Thread, key: Value, value: Value) -> Value {
    t.tuple([key, value])
}

#[inline(always)]
fn advance(t: &Thread, v: &Value, reverse: bool, pick: Pick) -> R<Option<Value>> {
    Ok(step(t, v, reverse)?.map(|(key, value)| pick(t, key, value)))
}

#[inline(always)]
fn step(t: &Thread, v: &Value, reverse: bool) -> R<Option<(Value, Value)>> {
    let it = this(v);
    let Some(dict_value) = it.dict.get(t) else { return Ok(None) };
    let dict = dict_value.cast::<Dict>().expect("a dict iterator has a dict");
    if it.used.load(Relaxed) != dict.len() as isize {
        it.used.store(-1, Relaxed);
        return Err(t.runtime_error("dictionary changed size during iteration"));
    }
    let mut position = it.position.load(Relaxed);
    let entry = if reverse { dict.previous_entry(t, &mut position) } else { dict.next_entry(t, &mut position) };
    let Some((key, value)) = entry else {
        drop(it.dict.take());
        return Ok(None);
    };
    let left = it.left.load(Relaxed);
    if left == 0 && !reverse {
        drop(it.dict.take());
        return Err(t.runtime_error("dictionary keys changed during iteration"));
    }
    it.position.store(position, Relaxed);
    it.left.store(left - 1, Relaxed);
    Ok(Some((key, value)))
}

fn length_hint(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let fresh =
        it.dict.get(t).is_some_and(|d| d.cast::<Dict>().is_some_and(|d| d.len() as isize == it.used.load(Relaxed)));
    Ok(int::new(t, if fresh { it.left.load(Relaxed) as i64 } else { 0 }))
}

/// `(iter, ([what is left],))`; the iterator itself stays where it is.
fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let copy = DictIter::make_for(
        t,
        v.type_of(t),
        Slot::from_option(it.dict.get(t)),
        AtomicUsize::new(it.position.load(Relaxed)),
        AtomicIsize::new(it.used.load(Relaxed)),
        AtomicIsize::new(it.left.load(Relaxed)),
    );
    let rest = crate::objects::protocol::collect(t, &copy)?;
    Ok(t.tuple([builtin(t, "iter")?, t.tuple([List::from_vec(t, rest)])]))
}

static METHODS: &[Def] = &[
    Def::new(
        "__length_hint__",
        Func::NoArgs(length_hint),
        "($self, /)",
        "Private method returning an estimate of len(list(it)).",
    ),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling."),
];

const fn spec(name: &'static str, next: NextFn) -> Spec {
    Spec {
        name,
        kind: Kind::DictIter,
        size: std::mem::size_of::<DictIter>(),
        flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(crate::objects::iter::self_iter),
            next: Some(next),
            drop: Some(DictIter::drop_payload),
            traverse: Some(DictIter::traverse),
            clear: Some(DictIter::clear_refs),
            ..Slots::EMPTY
        },
        methods: METHODS,
        ..Spec::DEFAULT
    }
}

/// `dict_keyiterator`.
pub static KEYS: Spec = spec("dict_keyiterator", |t, v| advance(t, v, false, pick_key));
/// `dict_valueiterator`.
pub static VALUES: Spec = spec("dict_valueiterator", |t, v| advance(t, v, false, pick_value));
/// `dict_itemiterator`.
pub static ITEMS: Spec = spec("dict_itemiterator", |t, v| advance(t, v, false, pick_item));
/// `dict_reversekeyiterator`.
pub static REVERSE_KEYS: Spec = spec("dict_reversekeyiterator", |t, v| advance(t, v, true, pick_key));
/// `dict_reversevalueiterator`.
pub static REVERSE_VALUES: Spec = spec("dict_reversevalueiterator", |t, v| advance(t, v, true, pick_value));
/// `dict_reverseitemiterator`.
pub static REVERSE_ITEMS: Spec = spec("dict_reverseitemiterator", |t, v| advance(t, v, true, pick_item));
