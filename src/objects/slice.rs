//! `slice`: `start:stop:step`, and the arithmetic that every sequence applies to it.

use super::container::{check_positional, no_keywords, payload, to_big};
use super::header::Kind;
use super::int;
use super::number::hash::TupleHasher;
use super::protocol;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::{Payload, Value};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

payload! {
    /// The payload of a `slice`: three objects that never change.
    Slice: Slice { start: Value, stop: Value, step: Value }
}

/// Which items of a sequence a slice selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first index; within `0..=len` (within `-1..len` for a negative step).
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    /// How many items there are.
    pub count: usize,
}

impl Bounds {
    /// The indices in the order of the slice.
    pub fn indices(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.count).map(move |i| (self.start + i as isize * self.step) as usize)
    }
}

impl Slice {
    /// `slice(start, stop, step)`.
    pub fn make(t: &Thread, start: Value, stop: Value, step: Value) -> Value {
        Slice::make_for(t, &t.types().slice, start.into_owned(), stop.into_owned(), step.into_owned())
    }

    /// Start, stop and step as machine integers (`PySlice_Unpack`). `__index__` may run Python code: the
    /// sequence's length is taken afterwards.
    pub fn unpack(&self, t: &Thread) -> R<(isize, isize, isize)> {
        let step = if self.step.is_none() { 1 } else { slice_index(t, &self.step)? };
        if step == 0 {
            return Err(t.value_error("slice step cannot be zero"));
        }
        // So that -step never overflows.
        let step = step.max(-isize::MAX);
        let start =
            if self.start.is_none() { if step < 0 { isize::MAX } else { 0 } } else { slice_index(t, &self.start)? };
        let stop = if self.stop.is_none() {
            if step < 0 { isize::MIN } else { isize::MAX }
        } else {
            slice_index(t, &self.stop)?
        };
        Ok((start, stop, step))
    }

    /// Which items of a sequence the slice selects; `len` is asked after the slice's `__index__` methods ran.
    pub fn bounds(&self, t: &Thread, len: impl FnOnce() -> usize) -> R<Bounds> {
        let (start, stop, step) = self.unpack(t)?;
        Ok(adjust(len(), start, stop, step))
    }
}

/// Cuts a slice to a sequence of that length (`PySlice_AdjustIndices`).
pub fn adjust(len: usize, start: isize, stop: isize, step: isize) -> Bounds {
    let len = len as isize;
    let fit = |i: isize| {
        if i < 0 {
            let i = i.saturating_add(len);
            if i < 0 { if step < 0 { -1 } else { 0 } } else { i }
        } else if i >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            i
        }
    };
    let (start, stop) = (fit(start), fit(stop));
    let count = if step == 1 {
        // Most slices: no division.
        (stop - start).max(0)
    } else if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Bounds { start, stop, step, count: count as usize }
}

fn slice_index(t: &Thread, v: &Value) -> R<isize> {
    if let Some(i) = v.as_small() {
        return Ok(i as isize);
    }
    if v.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    protocol::index_clamped(t, v)
}

/// Start, stop and step of `slice.indices(length)`, without limit of size.
pub fn indices_big(t: &Thread, slice: &Slice, length: &BigInt) -> R<(BigInt, BigInt, BigInt)> {
    let evaluate = |v: &Value| -> R<BigInt> {
        if v.type_of(t).slots().nb_index.is_none() {
            return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        Ok(to_big(&protocol::index(t, v)?))
    };
    let step = if slice.step.is_none() { BigInt::from(1) } else { evaluate(&slice.step)? };
    if step.is_zero() {
        return Err(t.value_error("slice step cannot be zero"));
    }
    let negative = step.is_negative();
    let lower = BigInt::from(if negative { -1 } else { 0 });
    let upper = if negative { length - 1 } else { length.clone() };
    let fit = |i: BigInt| if i.is_negative() { (i + length).max(lower.clone()) } else { i.min(upper.clone()) };
    let start = if slice.start.is_none() {
        if negative { upper.clone() } else { lower.clone() }
    } else {
        fit(evaluate(&slice.start)?)
    };
    let stop = if slice.stop.is_none() {
        if negative { lower.clone() } else { upper.clone() }
    } else {
        fit(evaluate(&slice.stop)?)
    };
    Ok((start, stop, step))
}

fn this(v: &Value) -> &Slice {
    v.cast::<Slice>().expect("slots of `slice` get slices")
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "slice", args)?;
    check_positional(t, "slice", args.pos.len(), 1, 3)?;
    let arg = |i: usize| args.pos.get(i).cloned().unwrap_or(Value::NONE);
    if args.pos.len() == 1 {
        return Ok(Slice::make(t, Value::NONE, arg(0), Value::NONE));
    }
    Ok(Slice::make(t, arg(0), arg(1), arg(2)))
}

fn repr(t: &Thread, v: &Value) -> R {
    let s = this(v);
    super::container::repr_items(t, "slice(", &[s.start.clone(), s.stop.clone(), s.step.clone()], ")")
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let s = this(v);
    let mut hasher = TupleHasher::default();
    for part in [&s.start, &s.stop, &s.step] {
        hasher.add(protocol::hash(t, part)?);
    }
    Ok(hasher.finish_slice())
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Slice>(), b.cast::<Slice>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if a.is(b) {
        return Ok(Value::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge)));
    }
    let as_tuple = |s: &Slice| t.tuple([s.start.clone(), s.stop.clone(), s.step.clone()]);
    protocol::compare(t, &as_tuple(x), &as_tuple(y), op)
}

fn indices(t: &Thread, v: &Value, length: &Value) -> R {
    let length = to_big(&protocol::index(t, length)?);
    if length.is_negative() {
        return Err(t.value_error("length should not be negative"));
    }
    let (start, stop, step) = indices_big(t, this(v), &length)?;
    Ok(t.tuple([int::from_big(t, start), int::from_big(t, stop), int::from_big(t, step)]))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let s = this(v);
    let parts = t.tuple([s.start.clone(), s.stop.clone(), s.step.clone()]);
    Ok(Tuple::from_slice(t, &[v.type_of(t).value(), parts]))
}

static METHODS: &[Def] = &[
    Def::new(
        "indices",
        Func::One(indices),
        "($self, object, /)",
        "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
    ),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling."),
];

static GETSET: &[GetSet] = &[
    GetSet::member("start", |_, v| Ok(this(v).start.clone()), ""),
    GetSet::member("stop", |_, v| Ok(this(v).stop.clone()), ""),
    GetSet::member("step", |_, v| Ok(this(v).step.clone()), ""),
];

/// `slice`.
pub static SPEC: Spec = Spec {
    name: "slice",
    kind: Kind::Slice,
    size: std::mem::size_of::<Slice>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        drop: Some(Slice::drop_payload),
        traverse: Some(Slice::traverse),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};

#[cfg(test)]
mod tests {
    use super::adjust;

    #[test]
    fn slices_are_cut_as_cpython_cuts_them() {
        let cut = |len, start, stop, step| {
            let b = adjust(len, start, stop, step);
            (b.start, b.stop, b.count)
        };
        assert_eq!(cut(5, 0, isize::MAX, 1), (0, 5, 5));
        assert_eq!(cut(5, isize::MAX, isize::MIN, -1), (4, -1, 5));
        assert_eq!(cut(5, -2, isize::MAX, 1), (3, 5, 2));
        assert_eq!(cut(5, 1, 5, 3), (1, 5, 2));
        assert_eq!(cut(0, isize::MAX, isize::MIN, -1), (-1, -1, 0));
        assert_eq!(cut(3, 2, 1, 1), (2, 1, 0));
    }
}
