//! Iterators that join or bundle what others yield: `chain`, `accumulate`, `batched`, `pairwise`, `zip_longest`.

use super::{iterator, positional_only};
use crate::modules::native_type::{Signature, fields};
use crate::objects::arith::{BinaryOp, binary_op};
use crate::objects::container::{check_positional, class_getitem, class_of};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicUsize, Ordering::*};

fields! {
    /// The payload of `chain`.
    Chain {
        /// Yields the iterables; empty at the end.
        source: Slot,
        /// The iterator that is being drawn from.
        active: Slot,
    }
}

fn chain_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    positional_only(t, class, &CHAIN, args)?;
    let source = protocol::iter(t, &t.tuple(args.pos.to_vec()))?;
    Chain::make_in(t, class, Slot::new(source), Slot::EMPTY)
}

fn from_iterable(t: &Thread, class: &Value, iterable: &Value) -> R {
    let source = protocol::iter(t, iterable)?;
    Chain::make_in(t, class_of(t, class)?, Slot::new(source), Slot::EMPTY)
}

fn chain_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Chain::this(v);
    while let Some(source) = it.source.get(t) {
        let active = match it.active.get(t) {
            Some(active) => active,
            None => {
                let iter = match protocol::next(t, &source) {
                    Ok(Some(iterable)) => protocol::iter(t, &iterable),
                    Ok(None) => {
                        drop(it.source.take());
                        return Ok(None);
                    }
                    Err(raised) => Err(raised),
                };
                match iter {
                    Ok(iter) => {
                        it.active.set(iter.clone());
                        iter
                    }
                    Err(raised) => {
                        drop(it.source.take());
                        return Err(raised);
                    }
                }
            }
        };
        if let Some(item) = protocol::next(t, &active)? {
            return Ok(Some(item));
        }
        drop(it.active.take());
    }
    Ok(None)
}

/// `itertools.chain`.
pub static CHAIN: Spec = Spec {
    methods: CHAIN_METHODS,
    ..iterator(
        "itertools.chain",
        Chain::SIZE,
        "chain(*iterables)\n--\n\nReturn a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
        chain_new,
        chain_next,
        Chain::MEMORY,
    )
};

const CHAIN_METHODS: &[Def] = &[
    Def::class(
        "from_iterable",
        Func::One(from_iterable),
        "($type, iterable, /)",
        "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
    ),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "chains are generic over the type of their contents",
    ),
];

fields! {
    /// The payload of `accumulate`.
    Accumulate {
        iter: Value,
        /// `None` for addition.
        function: Value,
        /// The total so far; empty before the first.
        total: Slot,
        /// What comes before everything else.
        initial: Slot,
    }
}

static ACCUMULATE_SIGNATURE: Signature = Signature::new("accumulate", "(iterable, func=None, *, initial=None)");

fn accumulate_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [iterable, function, initial] = ACCUMULATE_SIGNATURE.bind::<3>(t, args)?;
    let iter = protocol::iter(t, &iterable.unwrap_or(Value::NONE))?;
    let initial = Slot::from_option(initial.filter(|i| !i.is_none()).map(Value::into_owned));
    let function = function.unwrap_or(Value::NONE).into_owned();
    Accumulate::make_in(t, class_of(t, class)?, iter, function, Slot::EMPTY, initial)
}

fn accumulate_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Accumulate::this(v);
    if let Some(initial) = it.initial.take() {
        it.total.set(initial.clone());
        return Ok(Some(initial));
    }
    let Some(item) = protocol::next(t, &it.iter)? else { return Ok(None) };
    let total = match it.total.get(t) {
        None => item,
        Some(total) if it.function.is_none() => binary_op(t, BinaryOp::Add, &total, &item)?,
        Some(total) => protocol::call(t, &it.function, &[total, item])?,
    };
    it.total.set(total.clone());
    Ok(Some(total))
}

/// `itertools.accumulate`.
pub static ACCUMULATE: Spec = iterator(
    "itertools.accumulate",
    Accumulate::SIZE,
    "accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn series of accumulated sums (or other binary function results).",
    accumulate_new,
    accumulate_next,
    Accumulate::MEMORY,
);

fields! {
    /// The payload of `batched`.
    Batched {
        /// Empty at the end.
        iter: Slot,
        size: usize,
        strict: bool,
    }
}

static BATCHED_SIGNATURE: Signature = Signature::new("batched", "(iterable, n, *, strict=False)");

fn batched_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [iterable, n, strict] = BATCHED_SIGNATURE.bind::<3>(t, args)?;
    let n = int::arg_isize(t, &n.unwrap_or(Value::NONE))?;
    let strict = strict.map_or(Ok(false), |s| protocol::truth(t, &s))?;
    if n < 1 {
        return Err(t.value_error("n must be at least one"));
    }
    let iter = protocol::iter(t, &iterable.unwrap_or(Value::NONE))?;
    Batched::make_in(t, class_of(t, class)?, Slot::new(iter), n as usize, strict)
}

fn batched_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Batched::this(v);
    let Some(iter) = it.iter.get(t) else { return Ok(None) };
    let mut batch = Vec::with_capacity(it.size.min(64));
    while batch.len() < it.size {
        match protocol::next(t, &iter) {
            Ok(Some(item)) => batch.push(item),
            Ok(None) => break,
            Err(raised) => {
                drop(it.iter.take());
                return Err(raised);
            }
        }
    }
    if batch.len() < it.size {
        drop(it.iter.take());
        if batch.is_empty() {
            return Ok(None);
        }
        if it.strict {
            return Err(t.value_error("batched(): incomplete batch"));
        }
    }
    Ok(Some(t.tuple(batch)))
}

/// `itertools.batched`.
pub static BATCHED: Spec = iterator(
    "itertools.batched",
    Batched::SIZE,
    "batched(iterable, n, *, strict=False)\n--\n\nBatch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n.",
    batched_new,
    batched_next,
    Batched::MEMORY,
);

fields! {
    /// The payload of `pairwise`.
    Pairwise { iter: Slot, previous: Slot }
}

fn pairwise_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    positional_only(t, class, &PAIRWISE, args)?;
    check_positional(t, "pairwise", args.pos.len(), 1, 1)?;
    let iter = protocol::iter(t, &args.pos[0])?;
    Pairwise::make_in(t, class, Slot::new(iter), Slot::EMPTY)
}

fn pairwise_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Pairwise::this(v);
    let result = pairwise_step(t, it);
    if !matches!(result, Ok(Some(_))) {
        drop(it.iter.take());
        drop(it.previous.take());
    }
    result
}

fn pairwise_step(t: &Thread, it: &Pairwise) -> R<Option<Value>> {
    let Some(iter) = it.iter.get(t) else { return Ok(None) };
    let previous = match it.previous.get(t) {
        Some(previous) => previous,
        None => {
            let Some(first) = protocol::next(t, &iter)? else { return Ok(None) };
            it.previous.set(first.clone());
            // Drawing may have come back here and ended the iterator.
            if it.iter.is_empty() {
                return Ok(None);
            }
            first
        }
    };
    let Some(item) = protocol::next(t, &iter)? else { return Ok(None) };
    it.previous.set(item.clone());
    Ok(Some(t.tuple([previous, item])))
}

/// `itertools.pairwise`.
pub static PAIRWISE: Spec = iterator(
    "itertools.pairwise",
    Pairwise::SIZE,
    "pairwise(iterable, /)\n--\n\nReturn an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...",
    pairwise_new,
    pairwise_next,
    Pairwise::MEMORY,
);

fields! {
    /// The payload of `zip_longest`.
    ZipLongest {
        /// A slot is emptied when its iterator ends.
        iters: Box<[Slot]>,
        /// How many have not ended.
        active: AtomicUsize,
        fill: Value,
    }
}

fn zip_longest_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let mut fill = Value::NONE;
    for (name, value) in args.names.iter().zip(args.kw) {
        if !name.cast::<Str>().is_some_and(|n| n.is("fillvalue")) {
            return Err(t.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value.clone();
    }
    let mut iters = Vec::with_capacity(args.pos.len());
    for iterable in args.pos {
        iters.push(Slot::new(protocol::iter(t, iterable)?));
    }
    let active = AtomicUsize::new(iters.len());
    ZipLongest::make_in(t, class_of(t, class)?, iters.into_boxed_slice(), active, fill)
}

fn zip_longest_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = ZipLongest::this(v);
    if it.active.load(Relaxed) == 0 {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(it.iters.len());
    for slot in &it.iters {
        let item = match slot.get(t) {
            None => it.fill.clone(),
            Some(iter) => match protocol::next(t, &iter) {
                Ok(Some(item)) => item,
                Ok(None) => {
                    let left = it.active.load(Relaxed).saturating_sub(1);
                    it.active.store(left, Relaxed);
                    if left == 0 {
                        return Ok(None);
                    }
                    drop(slot.take());
                    it.fill.clone()
                }
                Err(raised) => {
                    it.active.store(0, Relaxed);
                    return Err(raised);
                }
            },
        };
        items.push(item);
    }
    Ok(Some(t.tuple(items)))
}

/// `itertools.zip_longest`.
pub static ZIP_LONGEST: Spec = iterator(
    "itertools.zip_longest",
    ZipLongest::SIZE,
    "zip_longest(*iterables, fillvalue=None)\n--\n\nReturn a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.\n",
    zip_longest_new,
    zip_longest_next,
    ZipLongest::MEMORY,
);
