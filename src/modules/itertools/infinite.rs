//! Iterators without an end: `count`, `cycle`, `repeat`.

use super::{iterator, positional_only};
use crate::modules::native_type::{Signature, fields};
use crate::objects::arith::{BinaryOp, binary_op};
use crate::objects::container::{check_positional, class_of};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::*};

fields! {
    /// The payload of `count`.
    Count { next: Slot, step: Value }
}

static COUNT_SIGNATURE: Signature = Signature::new("count", "(start=0, step=1)");

/// `PyNumber_Check`.
fn is_number(t: &Thread, v: &Value) -> bool {
    let slots = v.type_of(t).slots();
    slots.nb_int.is_some() || slots.nb_float.is_some() || slots.nb_index.is_some() || v.kind() == Kind::Complex
}

fn count_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [start, step] = COUNT_SIGNATURE.bind::<2>(t, args)?;
    for number in start.iter().chain(&step) {
        if !is_number(t, number) {
            return Err(t.type_error("a number is required"));
        }
    }
    let start = start.unwrap_or(Value::small(0));
    let step = step.unwrap_or(Value::small(1));
    Count::make_in(t, class_of(t, class)?, Slot::new(start.into_owned()), step.into_owned())
}

fn count_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Count::this(v);
    loop {
        let current = it.next.get(t).unwrap_or(Value::small(0));
        let next = binary_op(t, BinaryOp::Add, &current, &it.step)?;
        // Another thread may have taken that number meanwhile.
        if it.next.replace_if(&current, next.into_owned()).is_ok() {
            return Ok(Some(current));
        }
    }
}

fn count_repr(t: &Thread, v: &Value) -> R {
    let it = Count::this(v);
    let name = v.type_of(t).short_name();
    let next = protocol::repr_text(t, &it.next.get(t).unwrap_or(Value::small(0)))?;
    if it.step.as_small() == Some(1) {
        return Ok(t.str(format!("{name}({next})")));
    }
    Ok(t.str(format!("{name}({next}, {})", protocol::repr_text(t, &it.step)?)))
}

/// `itertools.count`.
pub static COUNT: Spec = {
    let spec = iterator(
        "itertools.count",
        Count::SIZE,
        "count(start=0, step=1)\n--\n\nReturn a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
        count_new,
        count_next,
        Count::MEMORY,
    );
    Spec { slots: Slots { repr: Some(count_repr), ..spec.slots }, ..spec }
};

fields! {
    /// The payload of `cycle`.
    Cycle {
        /// Empty once the first pass is over.
        iter: Slot,
        /// A list of what came in the first pass.
        saved: Value,
        index: AtomicUsize,
    }
}

fn cycle_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    positional_only(t, class, &CYCLE, args)?;
    check_positional(t, "cycle", args.pos.len(), 1, 1)?;
    let iter = protocol::iter(t, &args.pos[0])?;
    Cycle::make_in(t, class, Slot::new(iter), List::with_capacity(t, 0), AtomicUsize::new(0))
}

fn cycle_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Cycle::this(v);
    let Some(saved) = it.saved.cast::<List>() else { return Ok(None) };
    if let Some(iter) = it.iter.get(t) {
        if let Some(item) = protocol::next(t, &iter)? {
            saved.push(t, item.clone());
            return Ok(Some(item));
        }
        drop(it.iter.take());
    }
    let index = it.index.load(Relaxed);
    let item = saved.get(t, index);
    it.index.store(if index + 1 >= saved.len() { 0 } else { index + 1 }, Relaxed);
    Ok(item)
}

/// `itertools.cycle`.
pub static CYCLE: Spec = iterator(
    "itertools.cycle",
    Cycle::SIZE,
    "cycle(iterable, /)\n--\n\nReturn elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.",
    cycle_new,
    cycle_next,
    Cycle::MEMORY,
);

fields! {
    /// The payload of `repeat`.
    Repeat {
        element: Value,
        /// How often it still comes; -1 for ever.
        left: AtomicI64,
    }
}

static REPEAT_SIGNATURE: Signature = Signature::new("repeat", "(object, times=None)");

fn repeat_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [element, times] = REPEAT_SIGNATURE.bind::<2>(t, args)?;
    let left = match times {
        Some(times) => (int::arg_isize(t, &times)? as i64).max(0),
        None => -1,
    };
    let element = element.unwrap_or(Value::NONE).into_owned();
    Repeat::make_in(t, class_of(t, class)?, element, AtomicI64::new(left))
}

fn repeat_next(_: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Repeat::this(v);
    match it.left.load(Relaxed) {
        0 => return Ok(None),
        left if left > 0 => it.left.store(left - 1, Relaxed),
        _ => {}
    }
    Ok(Some(it.element.clone()))
}

fn repeat_repr(t: &Thread, v: &Value) -> R {
    let it = Repeat::this(v);
    let (name, element) = (v.type_of(t).short_name(), protocol::repr_text(t, &it.element)?);
    Ok(t.str(match it.left.load(Relaxed) {
        -1 => format!("{name}({element})"),
        left => format!("{name}({element}, {left})"),
    }))
}

fn repeat_hint(t: &Thread, v: &Value) -> R {
    match Repeat::this(v).left.load(Relaxed) {
        -1 => Err(t.type_error("len() of unsized object")),
        left => Ok(int::new(t, left)),
    }
}

/// `itertools.repeat`.
pub static REPEAT: Spec = {
    let spec = iterator(
        "itertools.repeat",
        Repeat::SIZE,
        "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
        repeat_new,
        repeat_next,
        Repeat::MEMORY,
    );
    Spec { slots: Slots { repr: Some(repeat_repr), ..spec.slots }, methods: REPEAT_METHODS, ..spec }
};

const REPEAT_METHODS: &[Def] = &[Def::new(
    "__length_hint__",
    Func::NoArgs(repeat_hint),
    "($self, /)",
    "Private method returning an estimate of len(list(it)).",
)];
