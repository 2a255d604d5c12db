//! Iterators over a deque, in both directions.

use super::deque::Deque;
use crate::modules::native_type::{fields, with_type};
use crate::objects::container::{check_positional, class_of};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::iter::self_iter;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicUsize, Ordering::*};

fields! {
    /// The payload of `_deque_iterator`.
    DequeIter {
        deque: Value,
        /// The deque's count of changes when the iteration began.
        changes: u32,
        /// How many items are left.
        left: AtomicUsize,
    }
}

fields! {
    /// The payload of `_deque_reverse_iterator`.
    DequeReverseIter { deque: Value, changes: u32, left: AtomicUsize }
}

fn make_in(t: &Thread, class: &Type, deque: &Value, skip: usize, reverse: bool) -> R {
    let d = Deque::this(deque);
    let left = AtomicUsize::new(d.len().saturating_sub(skip));
    if reverse {
        DequeReverseIter::make_in(t, class, deque.clone(), d.changes(), left)
    } else {
        DequeIter::make_in(t, class, deque.clone(), d.changes(), left)
    }
}

/// An iterator over a deque.
pub(super) fn make(t: &Thread, deque: &Value, reverse: bool) -> R {
    with_type(t, if reverse { &REVERSE } else { &SPEC }, |class| make_in(t, class, deque, 0, reverse))
}

/// The parts of an iterator of either direction.
fn parts(v: &Value) -> (&Value, u32, &AtomicUsize) {
    match DequeIter::of(v) {
        Some(it) => (&it.deque, it.changes, &it.left),
        None => {
            let it = DequeReverseIter::this(v);
            (&it.deque, it.changes, &it.left)
        }
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>, reverse: bool) -> R {
    let class = class_of(t, class)?;
    let name = class.short_name();
    check_positional(t, &name, args.pos.len(), 1, 2)?;
    if Deque::of(&args.pos[0]).is_none() {
        return Err(t.type_error(format!(
            "{name}() argument 1 must be collections.deque, not {}",
            args.pos[0].type_of(t).name_str()
        )));
    }
    let skip = args.pos.get(1).map_or(Ok(0), |i| int::arg_isize(t, i))?;
    make_in(t, class, &args.pos[0], skip.max(0) as usize, reverse)
}

fn next(t: &Thread, v: &Value, reverse: bool) -> R<Option<Value>> {
    let (deque, changes, left) = parts(v);
    let d = Deque::this(deque);
    let mutated = || {
        left.store(0, Relaxed);
        Err(t.runtime_error("deque mutated during iteration"))
    };
    if d.changes() != changes {
        return mutated();
    }
    let n = left.load(Relaxed);
    if n == 0 {
        return Ok(None);
    }
    left.store(n - 1, Relaxed);
    // Another thread may have taken items since (GIL off).
    let at = if reverse { Some(n - 1) } else { d.len().checked_sub(n) };
    match at.and_then(|at| d.get(at)) {
        Some(item) => Ok(Some(item)),
        None => mutated(),
    }
}

fn length_hint(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, parts(v).2.load(Relaxed)))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let (deque, _, left) = parts(v);
    let done = Deque::this(deque).len().saturating_sub(left.load(Relaxed));
    Ok(t.tuple([v.type_of(t).value(), t.tuple([deque.clone(), int::from_usize(t, done)])]))
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

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::IMMUTABLE;

/// `collections._deque_iterator`.
pub static SPEC: Spec = Spec {
    name: "collections._deque_iterator",
    kind: Kind::Opaque,
    size: DequeIter::SIZE,
    flags: FLAGS,
    slots: Slots {
        new: Some(|t, class, args| new(t, class, args, false)),
        iter: Some(self_iter),
        next: Some(|t, v| next(t, v, false)),
        ..DequeIter::MEMORY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};

/// `collections._deque_reverse_iterator`.
pub static REVERSE: Spec = Spec {
    name: "collections._deque_reverse_iterator",
    kind: Kind::Opaque,
    size: DequeReverseIter::SIZE,
    flags: FLAGS,
    slots: Slots {
        new: Some(|t, class, args| new(t, class, args, true)),
        iter: Some(self_iter),
        next: Some(|t, v| next(t, v, true)),
        ..DequeReverseIter::MEMORY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
