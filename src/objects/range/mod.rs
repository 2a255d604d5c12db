//! `range`: an arithmetic progression of ints of any size.

mod iter;

pub use iter::{LONG_SPEC as LONG_ITERATOR, LongRangeIter, RangeIter, SPEC as ITERATOR};

use super::container::{check_positional, no_keywords, payload, to_big};
use super::header::Kind;
use super::int;
use super::protocol;
use super::slice::{self, Slice};
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::thread::Thread;
use super::value::{Payload, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

payload! {
    /// The payload of a `range`: ints that never change.
    Range: Range { start: Value, stop: Value, step: Value, length: Value }
}

/// How many numbers there are from `start` to `stop` in steps of `step`, which is not 0.
fn length_small(start: i64, stop: i64, step: i64) -> i128 {
    let (start, stop, step) = (start as i128, stop as i128, step as i128);
    let (low, high, step) = if step > 0 { (start, stop, step) } else { (stop, start, -step) };
    if low >= high { 0 } else { (high - low - 1) / step + 1 }
}

impl Range {
    /// `range(start, stop, step)` of ints; the step is not 0.
    pub fn make(t: &Thread, start: Value, stop: Value, step: Value) -> Value {
        let length = match (int::as_i64(&start), int::as_i64(&stop), int::as_i64(&step)) {
            (Some(a), Some(b), Some(s)) => int::from_i128(t, length_small(a, b, s)),
            _ => {
                let (a, b, s) = (to_big(&start), to_big(&stop), to_big(&step));
                let (low, high, s) = if s.is_positive() { (a, b, s) } else { (b, a, -s) };
                int::from_big(t, if low >= high { BigInt::zero() } else { (high - low - 1u32).div_floor(&s) + 1u32 })
            }
        };
        Range::make_for(t, &t.types().range, start.into_owned(), stop.into_owned(), step.into_owned(), length)
    }

    /// Start, step and length, if all three (and the stop) are of machine size.
    pub fn small(&self) -> Option<(i64, i64, i64)> {
        int::as_i64(&self.stop)?;
        Some((int::as_i64(&self.start)?, int::as_i64(&self.step)?, int::as_i64(&self.length)?))
    }

    /// The number at an index that counts from the start.
    fn at(&self, t: &Thread, index: &Value) -> Value {
        if let (Some((start, step, _)), Some(i)) = (self.small(), int::as_i64(index)) {
            return int::from_i128(t, start as i128 + i as i128 * step as i128);
        }
        int::from_big(t, to_big(&self.start) + to_big(index) * to_big(&self.step))
    }

    /// Where an int lies; `None` if it is not there.
    fn find(&self, t: &Thread, item: &Value) -> Option<Value> {
        if let (Some((start, step, len)), Some(x)) = (self.small(), int::as_i64(item)) {
            let (distance, step) = (x as i128 - start as i128, step as i128);
            let index = distance / step;
            let there = distance % step == 0 && index >= 0 && index < len as i128;
            return there.then(|| int::from_i128(t, index));
        }
        let (index, rest) = (to_big(item) - to_big(&self.start)).div_mod_floor(&to_big(&self.step));
        (rest.is_zero() && !index.is_negative() && index < to_big(&self.length)).then(|| int::from_big(t, index))
    }

    fn is_empty(&self) -> bool {
        self.length.as_small() == Some(0)
    }
}

fn this(v: &Value) -> &Range {
    v.cast::<Range>().expect("slots of `range` get ranges")
}

/// Whether equality with the object is arithmetic: an exact `int` or `bool`.
fn is_plain_int(v: &Value) -> bool {
    matches!(v.kind(), Kind::Int | Kind::Bool)
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "range", args)?;
    check_positional(t, "range", args.pos.len(), 1, 3)?;
    if let [stop] = args.pos {
        return Ok(Range::make(t, Value::small(0), protocol::index(t, stop)?, Value::small(1)));
    }
    let start = protocol::index(t, &args.pos[0])?;
    let stop = protocol::index(t, &args.pos[1])?;
    let step = args.pos.get(2).map_or(Ok(Value::small(1)), |s| protocol::index(t, s))?;
    if step.as_small() == Some(0) || !step.is_small() && to_big(&step).is_zero() {
        return Err(t.value_error("range() arg 3 must not be zero"));
    }
    Ok(Range::make(t, start, stop, step))
}

fn repr(t: &Thread, v: &Value) -> R {
    let r = this(v);
    let parts = [r.start.clone(), r.stop.clone(), r.step.clone()];
    let shown = if r.step.as_small() == Some(1) { &parts[..2] } else { &parts[..] };
    super::container::repr_items(t, "range(", shown, ")")
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    match int::as_i64(&this(v).length) {
        Some(n) => Ok(n as usize),
        None => Err(t.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn truth(_: &Thread, v: &Value) -> R<bool> {
    Ok(!this(v).is_empty())
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let r = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        return get_slice(t, r, slice);
    }
    if !key.is_small() && key.type_of(t).slots().nb_index.is_none() {
        return Err(
            t.type_error(format!("range indices must be integers or slices, not {}", key.type_of(t).name_str()))
        );
    }
    let index = protocol::index(t, key)?;
    if let (Some(i), Some(len)) = (index.as_small(), int::as_i64(&r.length)) {
        let i = if i < 0 { i + len } else { i };
        if (0..len).contains(&i) {
            return Ok(r.at(t, &int::new(t, i)));
        }
    } else {
        let (mut i, len) = (to_big(&index), to_big(&r.length));
        if i.is_negative() {
            i += &len;
        }
        if !i.is_negative() && i < len {
            return Ok(r.at(t, &int::from_big(t, i)));
        }
    }
    Err(t.index_error("range object index out of range"))
}

fn get_slice(t: &Thread, r: &Range, slice: &Slice) -> R {
    let (start, stop, step) = slice::indices_big(t, slice, &to_big(&r.length))?;
    let (first, by) = (to_big(&r.start), to_big(&r.step));
    let at = |i: &BigInt| int::from_big(t, &first + i * &by);
    Ok(Range::make(t, at(&start), at(&stop), int::from_big(t, step * &by)))
}

/// Looks for something that need not be an int, item by item.
fn search(t: &Thread, v: &Value, item: &Value, mut found: impl FnMut(i64) -> bool) -> R<()> {
    let it = iter(t, v)?;
    let mut i = 0;
    while let Some(x) = protocol::next(t, &it)? {
        if protocol::eq(t, &x, item)? && !found(i) {
            break;
        }
        i += 1;
    }
    Ok(())
}

fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    if is_plain_int(item) {
        return Ok(this(v).find(t, item).is_some());
    }
    let mut there = false;
    search(t, v, item, |_| {
        there = true;
        false
    })?;
    Ok(there)
}

fn index(t: &Thread, v: &Value, item: &Value) -> R {
    if is_plain_int(item) {
        return this(v).find(t, item).ok_or_else(|| t.value_error("range.index(x): x not in range"));
    }
    let mut at = None;
    search(t, v, item, |i| {
        at = Some(i);
        false
    })?;
    match at {
        Some(i) => Ok(int::new(t, i)),
        None => Err(t.value_error("sequence.index(x): x not in sequence")),
    }
}

fn count(t: &Thread, v: &Value, item: &Value) -> R {
    if is_plain_int(item) {
        return Ok(Value::small(this(v).find(t, item).is_some().into()));
    }
    let mut n = 0;
    search(t, v, item, |_| {
        n += 1;
        true
    })?;
    Ok(int::new(t, n))
}

/// What equality and hash are of: ranges are equal if they yield the same numbers.
fn essence(r: &Range) -> [Value; 3] {
    match r.length.as_small() {
        Some(0) => [r.length.clone(), Value::NONE, Value::NONE],
        Some(1) => [r.length.clone(), r.start.clone(), Value::NONE],
        _ => [r.length.clone(), r.start.clone(), r.step.clone()],
    }
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    protocol::hash(t, &t.tuple(essence(this(v))))
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Range>(), b.cast::<Range>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    for (p, q) in essence(x).iter().zip(&essence(y)) {
        if !protocol::eq(t, p, q)? {
            return Ok(Value::bool(op == CmpOp::Ne));
        }
    }
    Ok(Value::bool(op == CmpOp::Eq))
}

fn iter(t: &Thread, v: &Value) -> R {
    let r = this(v);
    Ok(match r.small() {
        Some((start, step, len)) => RangeIter::new(t, start, step, len),
        None => LongRangeIter::new(t, r.start.clone(), r.step.clone(), r.length.clone()),
    })
}

fn reversed(t: &Thread, v: &Value) -> R {
    let r = this(v);
    if let Some((start, step, len)) = r.small()
        && let Some(negative) = step.checked_neg()
    {
        let last = start.wrapping_add(step.wrapping_mul(len.wrapping_sub(1)));
        return Ok(RangeIter::new(t, last, negative, len));
    }
    let (start, step, len) = (to_big(&r.start), to_big(&r.step), to_big(&r.length));
    let last = start + (len - BigInt::one()) * &step;
    Ok(LongRangeIter::new(t, int::from_big(t, last), int::from_big(t, -step), r.length.clone()))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let r = this(v);
    let parts = t.tuple([r.start.clone(), r.stop.clone(), r.step.clone()]);
    Ok(t.tuple([v.type_of(t).value(), parts]))
}

static METHODS: &[Def] = &[
    Def::new("__reversed__", Func::NoArgs(reversed), "($self, /)", "Return a reverse iterator."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
    Def::new(
        "count",
        Func::One(count),
        "($self, object, /)",
        "rangeobject.count(value) -> integer -- return number of occurrences of value",
    ),
    Def::new(
        "index",
        Func::One(index),
        "($self, object, /)",
        "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
    ),
];

static GETSET: &[GetSet] = &[
    GetSet::member("start", |_, v| Ok(this(v).start.clone()), ""),
    GetSet::member("stop", |_, v| Ok(this(v).stop.clone()), ""),
    GetSet::member("step", |_, v| Ok(this(v).step.clone()), ""),
];

/// `range`.
pub static SPEC: Spec = Spec {
    name: "range",
    kind: Kind::Range,
    size: std::mem::size_of::<Range>(),
    flags: type_flags::IMMUTABLE | type_flags::SEQUENCE,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(len),
        nb_bool: Some(truth),
        getitem: Some(getitem),
        contains: Some(contains),
        drop: Some(Range::drop_payload),
        traverse: Some(Range::traverse),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};

#[cfg(test)]
mod tests {
    use super::length_small;

    #[test]
    fn lengths_are_cpythons() {
        assert_eq!(length_small(0, 10, 3), 4);
        assert_eq!(length_small(10, 0, -3), 4);
        assert_eq!(length_small(0, 0, 1), 0);
        assert_eq!(length_small(5, 0, 1), 0);
        assert_eq!(length_small(i64::MIN, i64::MAX, 1), (1i128 << 64) - 1);
    }
}
