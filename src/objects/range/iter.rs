//! `range_iterator`, which counts in machine integers, and `longrange_iterator`, which counts without limit.

use crate::objects::container::{builtin, payload, to_big};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use num_traits::{Signed, Zero};
use std::sync::atomic::{AtomicI64, Ordering::*};

payload! {
    /// The payload of `range_iterator`.
    RangeIter: RangeIter {
        /// What comes next, while any remain.
        next: AtomicI64,
        step: i64,
        remaining: AtomicI64,
    }
}

payload! {
    /// The payload of `longrange_iterator`.
    LongRangeIter: LongRangeIter { next: Slot, step: Value, remaining: Slot }
}

impl RangeIter {
    /// An iterator over `remaining` numbers from `next` on.
    pub fn new(t: &Thread, next: i64, step: i64, remaining: i64) -> Value {
        RangeIter::make_for(t, &t.types().range_iterator, AtomicI64::new(next), step, AtomicI64::new(remaining))
    }

    /// The next number.
    #[inline(always)]
    pub fn advance(&self, t: &Thread) -> Option<Value> {
        self.step().map(|i| int::new(t, i))
    }

    /// The next number, if it is an immediate one.
    #[inline(always)]
    pub fn step_small(&self) -> Option<i64> {
        if Value::small_fits(self.next.load(Relaxed)) { self.step() } else { None }
    }

    /// The next number as a machine integer.
    #[inline(always)]
    pub fn step(&self) -> Option<i64> {
        let remaining = self.remaining.load(Relaxed);
        if remaining <= 0 {
            return None;
        }
        let next = self.next.load(Relaxed);
        self.next.store(next.wrapping_add(self.step), Relaxed);
        self.remaining.store(remaining - 1, Relaxed);
        Some(next)
    }
}

impl LongRangeIter {
    /// An iterator over `remaining` numbers from `next` on.
    pub fn new(t: &Thread, next: Value, step: Value, remaining: Value) -> Value {
        LongRangeIter::make_for(t, &t.types().longrange_iterator, Slot::new(next), step, Slot::new(remaining))
    }
}

fn this(v: &Value) -> &RangeIter {
    v.cast::<RangeIter>().expect("slots of `range_iterator` get them")
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    Ok(this(v).advance(t))
}

fn length_hint(t: &Thread, v: &Value) -> R {
    Ok(int::new(t, this(v).remaining.load(Relaxed)))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let (next, remaining) = (it.next.load(Relaxed) as i128, it.remaining.load(Relaxed) as i128);
    let stop = int::from_i128(t, next + remaining * it.step as i128);
    let range = super::Range::make(t, int::from_i128(t, next), stop, int::new(t, it.step));
    Ok(t.tuple([builtin(t, "iter")?, t.tuple([range]), Value::NONE]))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let it = this(v);
    let index = (int::arg_isize(t, state)? as i64).clamp(0, it.remaining.load(Relaxed));
    it.next.store(it.next.load(Relaxed).wrapping_add(index.wrapping_mul(it.step)), Relaxed);
    it.remaining.store(it.remaining.load(Relaxed) - index, Relaxed);
    Ok(Value::NONE)
}

fn this_long(v: &Value) -> &LongRangeIter {
    v.cast::<LongRangeIter>().expect("slots of `longrange_iterator` get them")
}

/// The next number and how many remain, that one included.
fn state_long(t: &Thread, it: &LongRangeIter) -> (Value, Value) {
    let zero = || Value::small(0);
    (it.next.get(t).unwrap_or_else(zero), it.remaining.get(t).unwrap_or_else(zero))
}

fn next_long(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this_long(v);
    let (next, remaining) = state_long(t, it);
    let left = to_big(&remaining);
    if left.is_zero() {
        return Ok(None);
    }
    it.next.set(int::from_big(t, to_big(&next) + to_big(&it.step)));
    it.remaining.set(int::from_big(t, left - 1u32));
    Ok(Some(next))
}

fn length_hint_long(t: &Thread, v: &Value) -> R {
    Ok(state_long(t, this_long(v)).1)
}

fn reduce_long(t: &Thread, v: &Value) -> R {
    let it = this_long(v);
    let (next, remaining) = state_long(t, it);
    let stop = to_big(&next) + to_big(&remaining) * to_big(&it.step);
    let range = super::Range::make(t, next, int::from_big(t, stop), it.step.clone());
    Ok(t.tuple([builtin(t, "iter")?, t.tuple([range]), Value::NONE]))
}

fn setstate_long(t: &Thread, v: &Value, state: &Value) -> R {
    let it = this_long(v);
    let mut index = to_big(&protocol::index(t, state)?);
    let (next, remaining) = state_long(t, it);
    let remaining = to_big(&remaining);
    if index.is_negative() {
        index = Zero::zero();
    }
    let index = index.min(remaining.clone());
    it.next.set(int::from_big(t, to_big(&next) + &index * to_big(&it.step)));
    it.remaining.set(int::from_big(t, remaining - index));
    Ok(Value::NONE)
}

const HINT_DOC: &str = "Private method returning an estimate of len(list(it)).";
const REDUCE_DOC: &str = "Return state information for pickling.";
const SETSTATE_DOC: &str = "Set state information for unpickling.";

static METHODS: &[Def] = &[
    Def::new("__length_hint__", Func::NoArgs(length_hint), "($self, /)", HINT_DOC),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", SETSTATE_DOC),
];

static LONG_METHODS: &[Def] = &[
    Def::new("__length_hint__", Func::NoArgs(length_hint_long), "($self, /)", HINT_DOC),
    Def::new("__reduce__", Func::NoArgs(reduce_long), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate_long), "($self, object, /)", SETSTATE_DOC),
];

/// `range_iterator`.
pub static SPEC: Spec = Spec {
    name: "range_iterator",
    kind: Kind::RangeIter,
    size: std::mem::size_of::<RangeIter>(),
    flags: type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(crate::objects::iter::self_iter), next: Some(next), ..Slots::EMPTY },
    methods: METHODS,
    ..Spec::DEFAULT
};

/// `longrange_iterator`.
pub static LONG_SPEC: Spec = Spec {
    name: "longrange_iterator",
    kind: Kind::LongRangeIter,
    size: std::mem::size_of::<LongRangeIter>(),
    flags: type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(crate::objects::iter::self_iter),
        next: Some(next_long),
        drop: Some(LongRangeIter::drop_payload),
        ..Slots::EMPTY
    },
    methods: LONG_METHODS,
    ..Spec::DEFAULT
};
