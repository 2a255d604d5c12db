//! `set_iterator`.

use super::of;
use crate::objects::container::{builtin, payload};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::*};

payload! {
    /// The payload of `set_iterator`.
    SetIter: SetIter {
        /// The set; empty once the iterator is exhausted.
        set: Slot,
        position: AtomicUsize,
        /// The set's size when the iteration began; -1 once it was found changed.
        used: AtomicIsize,
        left: AtomicIsize,
    }
}

/// An iterator over a set.
pub(super) fn make(t: &Thread, set: &Value) -> Value {
    let len = of(set).map_or(0, |s| s.len()) as isize;
    SetIter::make_for(
        t,
        &t.types().set_iterator,
        Slot::new(set.clone()),
        AtomicUsize::new(0),
        AtomicIsize::new(len),
        AtomicIsize::new(len),
    )
}

fn this(v: &Value) -> &SetIter {
    v.cast::<SetIter>().expect("slots of `set_iterator` get them")
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this(v);
    let Some(set_value) = it.set.get(t) else { return Ok(None) };
    let set = of(&set_value).expect("a set iterator has a set");
    if it.used.load(Relaxed) != set.len() as isize {
        it.used.store(-1, Relaxed);
        return Err(t.runtime_error("Set changed size during iteration"));
    }
    let mut position = it.position.load(Relaxed);
    match set.next_entry(t, &mut position) {
        Some((key, _)) => {
            it.position.store(position, Relaxed);
            it.left.store(it.left.load(Relaxed) - 1, Relaxed);
            Ok(Some(key))
        }
        None => {
            drop(it.set.take());
            Ok(None)
        }
    }
}

fn length_hint(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let fresh = it.set.get(t).is_some_and(|s| of(&s).is_some_and(|s| s.len() as isize == it.used.load(Relaxed)));
    Ok(int::new(t, if fresh { it.left.load(Relaxed) as i64 } else { 0 }))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let copy = SetIter::make_for(
        t,
        v.type_of(t),
        Slot::from_option(it.set.get(t)),
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

/// `set_iterator`.
pub static SPEC: Spec = Spec {
    name: "set_iterator",
    kind: Kind::SetIter,
    size: std::mem::size_of::<SetIter>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(crate::objects::iter::self_iter),
        next: Some(next),
        drop: Some(SetIter::drop_payload),
        traverse: Some(SetIter::traverse),
        clear: Some(SetIter::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
