//! `islice`.

use super::{iterator, positional_only};
use crate::modules::native_type::fields;
use crate::objects::container::{check_positional, class_of};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicIsize, Ordering::*};

fields! {
    /// The payload of `islice`.
    ISlice {
        /// Empty at the end.
        iter: Slot,
        /// The index of the item that comes next.
        next: AtomicIsize,
        /// -1 for none.
        stop: AtomicIsize,
        step: AtomicIsize,
        /// How many items were drawn.
        drawn: AtomicIsize,
    }
}

/// An int of machine size; -1 if the object is none.
fn number(t: &Thread, v: &Value) -> isize {
    let result = protocol::index(t, v).and_then(|i| int::to_isize(t, &i));
    match result {
        Ok(i) => i,
        Err(raised) => {
            drop(t.take_exception(raised));
            -1
        }
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    positional_only(t, class, &ISLICE, args)?;
    check_positional(t, "islice", args.pos.len(), 2, 4)?;
    let given = |i: usize| args.pos.get(i).filter(|v| !v.is_none());
    let (start, stop) = if args.pos.len() == 2 { (None, given(1)) } else { (given(1), given(2)) };
    let start = start.map_or(0, |v| number(t, v));
    let stop = match stop.map(|v| number(t, v)) {
        Some(-1) => {
            return Err(t.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
        }
        stop => stop.unwrap_or(-1),
    };
    if start < 0 || stop < -1 {
        return Err(t.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
    }
    let step = given(3).map_or(1, |v| number(t, v));
    if step < 1 {
        return Err(t.value_error("Step for islice() must be a positive integer or None."));
    }
    let iter = protocol::iter(t, &args.pos[0])?;
    let [start, stop, step, drawn] = [start, stop, step, 0].map(AtomicIsize::new);
    ISlice::make_in(t, class, Slot::new(iter), start, stop, step, drawn)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = ISlice::this(v);
    let Some(iter) = it.iter.get(t) else { return Ok(None) };
    let result = draw(t, it, &iter);
    if !matches!(result, Ok(Some(_))) {
        drop(it.iter.take());
    }
    result
}

fn draw(t: &Thread, it: &ISlice, iter: &Value) -> R<Option<Value>> {
    let stop = it.stop.load(Relaxed);
    while it.drawn.load(Relaxed) < it.next.load(Relaxed) {
        if protocol::next(t, iter)?.is_none() {
            return Ok(None);
        }
        it.drawn.store(it.drawn.load(Relaxed) + 1, Relaxed);
    }
    if stop != -1 && it.drawn.load(Relaxed) >= stop {
        return Ok(None);
    }
    let item = protocol::next(t, iter)?;
    if item.is_some() {
        it.drawn.store(it.drawn.load(Relaxed) + 1, Relaxed);
        let next = it.next.load(Relaxed).checked_add(it.step.load(Relaxed));
        it.next.store(next.filter(|&n| stop == -1 || n <= stop).unwrap_or(stop), Relaxed);
    }
    Ok(item)
}

/// `itertools.islice`.
pub static ISLICE: Spec = iterator(
    "itertools.islice",
    ISlice::SIZE,
    "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.",
    new,
    next,
    ISlice::MEMORY,
);
