//! What can be done with sets and frozensets, and their tables.

use super::ops::{self, this};
use super::{Set, of};
use crate::objects::container::{self, ReprGuard};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::number::hash::SetHasher;
use crate::objects::protocol;
use crate::objects::slots::{Args, Binary, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_slots::hash_not_implemented;
use crate::objects::types::TypeCell;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::Ordering::*;

fn new_set(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    if t.types().set.is(class) { Ok(Set::make(t)) } else { Set::make_in_class(t, class) }
}

fn init_set(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if !container::overrides_init(v.type_of(t), &t.types().set) {
        container::no_keywords(t, "set", args)?;
    }
    container::check_positional(t, "set", args.pos.len(), 0, 1)?;
    let set = this(v);
    if !set.is_empty() {
        set.clear(t);
    }
    match args.pos.first() {
        Some(iterable) => ops::update(t, set, iterable),
        None => Ok(()),
    }
}

fn new_frozen(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    let frozenset: &TypeCell = &t.types().frozenset;
    if !container::overrides_init(class, frozenset) {
        container::no_keywords(t, "frozenset", args)?;
    }
    container::check_positional(t, "frozenset", args.pos.len(), 0, 1)?;
    let exact = frozenset.is(class);
    if exact
        && let Some(first) = args.pos.first()
        && first.kind() == Kind::FrozenSet
    {
        return Ok(first.clone());
    }
    let result = if exact { Set::make_frozen(t) } else { Set::make_in_class(t, class)? };
    if let Some(iterable) = args.pos.first() {
        ops::update(t, this(&result), iterable)?;
    }
    Ok(result)
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(super::iter::make(t, v))
}

/// Runs `f` with the key; a set that cannot be hashed is looked for as a frozenset.
fn with_key<T>(t: &Thread, key: &Value, f: impl Fn(&Value) -> R<T>) -> R<T> {
    match f(key) {
        Err(raised) if key.header().is_some_and(|h| h.layout() == Kind::Set) => {
            if !t.raised_is(&raised, &t.types().type_error) {
                return Err(raised);
            }
            drop(t.take_exception(raised));
            let frozen = Set::make_frozen(t);
            this(&frozen).merge(t, this(key))?;
            f(&frozen)
        }
        result => result,
    }
}

fn contains(t: &Thread, v: &Value, key: &Value) -> R<bool> {
    with_key(t, key, |key| this(v).contains(t, key))
}

fn repr(t: &Thread, v: &Value) -> R {
    let name = v.type_of(t).short_name();
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str(format!("{name}(...)"))) };
    if this(v).is_empty() {
        return Ok(t.str(format!("{name}()")));
    }
    let items = this(v).items(t);
    if v.cast_exact::<Set>().is_some() {
        return container::repr_items(t, "{", &items, "}");
    }
    container::repr_items(t, &format!("{name}({{"), &items, "})")
}

fn hash_frozen(t: &Thread, v: &Value) -> R<i64> {
    let set = this(v);
    let cached = set.hash.load(Relaxed);
    if cached != -1 {
        return Ok(cached);
    }
    let mut hasher = SetHasher::default();
    set.hashed_items(t).iter().for_each(|(_, h)| hasher.add(*h));
    let hash = hasher.finish();
    set.hash.store(hash, Relaxed);
    Ok(hash)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let Some(y) = of(b) else { return Ok(Value::NOT_IMPLEMENTED) };
    let x = this(a);
    let equal = || -> R<bool> {
        let (p, q) = (x.hash.load(Relaxed), y.hash.load(Relaxed));
        Ok(x.len() == y.len() && (p == -1 || q == -1 || p == q) && ops::is_subset(t, a, b)?)
    };
    Ok(Value::bool(match op {
        CmpOp::Eq => equal()?,
        CmpOp::Ne => !equal()?,
        CmpOp::Le => ops::is_subset(t, a, b)?,
        CmpOp::Ge => ops::is_superset(t, a, b)?,
        CmpOp::Lt => x.len() < y.len() && ops::is_subset(t, a, b)?,
        CmpOp::Gt => x.len() > y.len() && ops::is_superset(t, a, b)?,
    }))
}

/// An operator of two sets, which gives a new one.
fn operator(t: &Thread, a: &Value, b: &Value, f: Binary) -> R {
    if of(a).is_none() || of(b).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    f(t, a, b)
}

/// An operator that changes the first of two sets.
fn in_place(t: &Thread, a: &Value, b: &Value, f: fn(&Thread, &Value, &Value) -> R<()>) -> R {
    if of(b).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    f(t, a, b)?;
    Ok(a.clone())
}

fn join(t: &Thread, a: &Value, b: &Value) -> R {
    let result = ops::copy(t, a)?;
    ops::update(t, this(&result), b)?;
    Ok(result)
}

fn add(t: &Thread, v: &Value, key: &Value) -> R {
    this(v).add(t, key)?;
    Ok(Value::NONE)
}

fn clear(t: &Thread, v: &Value) -> R {
    this(v).clear(t);
    Ok(Value::NONE)
}

fn copy(t: &Thread, v: &Value) -> R {
    if v.kind() == Kind::FrozenSet {
        return Ok(v.clone());
    }
    ops::copy(t, v)
}

fn discard(t: &Thread, v: &Value, key: &Value) -> R {
    with_key(t, key, |key| this(v).discard(t, key))?;
    Ok(Value::NONE)
}

fn remove(t: &Thread, v: &Value, key: &Value) -> R {
    match with_key(t, key, |key| this(v).discard(t, key))? {
        true => Ok(Value::NONE),
        false => Err(t.key_error(key)),
    }
}

fn pop(t: &Thread, v: &Value) -> R {
    this(v).pop(t).ok_or_else(|| t.key_error(&t.str("pop from an empty set")))
}

fn difference(t: &Thread, v: &Value, others: &[Value]) -> R {
    let Some((first, rest)) = others.split_first() else { return copy(t, v) };
    let result = ops::difference(t, v, first)?;
    for other in rest {
        ops::difference_update(t, this(&result), other)?;
    }
    Ok(result)
}

fn difference_update(t: &Thread, v: &Value, others: &[Value]) -> R {
    for other in others {
        ops::difference_update(t, this(v), other)?;
    }
    Ok(Value::NONE)
}

fn intersection(t: &Thread, v: &Value, others: &[Value]) -> R {
    let Some((first, rest)) = others.split_first() else { return copy(t, v) };
    let mut result = ops::intersection(t, v, first)?;
    for other in rest {
        result = ops::intersection(t, &result, other)?;
    }
    Ok(result)
}

fn intersection_update(t: &Thread, v: &Value, others: &[Value]) -> R {
    let result = intersection(t, v, others)?;
    this(v).swap_table(t, this(&result));
    Ok(Value::NONE)
}

fn isdisjoint(t: &Thread, v: &Value, other: &Value) -> R {
    Ok(Value::bool(ops::is_disjoint(t, v, other)?))
}

fn issubset(t: &Thread, v: &Value, other: &Value) -> R {
    Ok(Value::bool(ops::is_subset(t, v, other)?))
}

fn issuperset(t: &Thread, v: &Value, other: &Value) -> R {
    Ok(Value::bool(ops::is_superset(t, v, other)?))
}

fn symmetric_difference(t: &Thread, v: &Value, other: &Value) -> R {
    ops::symmetric_difference(t, v, other)
}

fn symmetric_difference_update(t: &Thread, v: &Value, other: &Value) -> R {
    ops::symmetric_difference_update(t, this(v), other)?;
    Ok(Value::NONE)
}

fn union(t: &Thread, v: &Value, others: &[Value]) -> R {
    let result = ops::copy(t, v)?;
    for other in others {
        ops::update(t, this(&result), other)?;
    }
    Ok(result)
}

fn update(t: &Thread, v: &Value, others: &[Value]) -> R {
    for other in others {
        ops::update(t, this(v), other)?;
    }
    Ok(Value::NONE)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let items = List::from_vec(t, this(v).items(t));
    let state = protocol::call_method(t, v, &t.names().__getstate__, &[])?;
    Ok(t.tuple([v.type_of(t).value(), t.tuple([items]), state]))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    // CPython's object holds a table of eight places inside.
    Ok(int::from_usize(t, 200 + this(v).table_bytes(t)))
}

const COPY: Def = Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of a set.");
const DIFFERENCE: Def = Def::new(
    "difference",
    Func::VarPos(difference),
    "($self, /, *others)",
    "Return a new set with elements in the set that are not in the others.",
);
const INTERSECTION: Def = Def::new(
    "intersection",
    Func::VarPos(intersection),
    "($self, /, *others)",
    "Return a new set with elements common to the set and all others.",
);
const ISDISJOINT: Def = Def::new(
    "isdisjoint",
    Func::One(isdisjoint),
    "($self, other, /)",
    "Return True if two sets have a null intersection.",
);
const ISSUBSET: Def =
    Def::new("issubset", Func::One(issubset), "($self, other, /)", "Report whether another set contains this set.");
const ISSUPERSET: Def =
    Def::new("issuperset", Func::One(issuperset), "($self, other, /)", "Report whether this set contains another set.");
const REDUCE: Def =
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling.");
const SIZEOF: Def =
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "S.__sizeof__() -> size of S in memory, in bytes.");
const SYMMETRIC_DIFFERENCE: Def = Def::new(
    "symmetric_difference",
    Func::One(symmetric_difference),
    "($self, other, /)",
    "Return a new set with elements in either the set or other but not both.",
);
const UNION: Def = Def::new(
    "union",
    Func::VarPos(union),
    "($self, /, *others)",
    "Return a new set with elements from the set and all others.",
);

static SET_METHODS: &[Def] = &[
    Def::new(
        "add",
        Func::One(add),
        "($self, object, /)",
        "Add an element to a set.\n\nThis has no effect if the element is already present.",
    ),
    Def::new("clear", Func::NoArgs(clear), "($self, /)", "Remove all elements from this set."),
    COPY,
    Def::new(
        "discard",
        Func::One(discard),
        "($self, object, /)",
        "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
    ),
    DIFFERENCE,
    Def::new(
        "difference_update",
        Func::VarPos(difference_update),
        "($self, /, *others)",
        "Update the set, removing elements found in others.",
    ),
    INTERSECTION,
    Def::new(
        "intersection_update",
        Func::VarPos(intersection_update),
        "($self, /, *others)",
        "Update the set, keeping only elements found in it and all others.",
    ),
    ISDISJOINT,
    ISSUBSET,
    ISSUPERSET,
    Def::new(
        "pop",
        Func::NoArgs(pop),
        "($self, /)",
        "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.",
    ),
    REDUCE,
    Def::new(
        "remove",
        Func::One(remove),
        "($self, object, /)",
        "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
    ),
    SIZEOF,
    SYMMETRIC_DIFFERENCE,
    Def::new(
        "symmetric_difference_update",
        Func::One(symmetric_difference_update),
        "($self, other, /)",
        "Update the set, keeping only elements found in either set, but not in both.",
    ),
    UNION,
    Def::new("update", Func::VarPos(update), "($self, /, *others)", "Update the set, adding elements from all others."),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "sets are generic over the type of their elements",
    ),
];

static FROZEN_METHODS: &[Def] = &[
    COPY,
    DIFFERENCE,
    INTERSECTION,
    ISDISJOINT,
    ISSUBSET,
    ISSUPERSET,
    REDUCE,
    SIZEOF,
    SYMMETRIC_DIFFERENCE,
    UNION,
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "frozensets are generic over the type of their elements",
    ),
];

const FLAGS: u64 = type_flags::BASETYPE
    | type_flags::HAVE_GC
    | type_flags::IMMUTABLE
    | type_flags::MATCH_SELF
    | type_flags::WEAKREFABLE;

const COMMON: Slots = Slots {
    repr: Some(repr),
    compare: Some(compare),
    iter: Some(iter),
    len: Some(len),
    contains: Some(contains),
    nb_subtract: Some(|t, a, b| operator(t, a, b, ops::difference)),
    nb_and: Some(|t, a, b| operator(t, a, b, ops::intersection)),
    nb_xor: Some(|t, a, b| operator(t, a, b, ops::symmetric_difference)),
    nb_or: Some(|t, a, b| operator(t, a, b, join)),
    drop: Some(Set::drop_payload),
    traverse: Some(Set::traverse),
    ..Slots::EMPTY
};

/// `set`.
pub static SPEC: Spec = Spec {
    name: "set",
    kind: Kind::Set,
    size: std::mem::size_of::<Set>(),
    flags: FLAGS,
    doc: "set(iterable=(), /)\n--\n\nBuild an unordered collection of unique elements.",
    slots: Slots {
        new: Some(new_set),
        init: Some(init_set),
        hash: Some(hash_not_implemented),
        nb_inplace_subtract: Some(|t, a, b| in_place(t, a, b, |t, a, b| ops::difference_update(t, this(a), b))),
        nb_inplace_and: Some(|t, a, b| in_place(t, a, b, ops::intersection_update)),
        nb_inplace_xor: Some(|t, a, b| in_place(t, a, b, |t, a, b| ops::symmetric_difference_update(t, this(a), b))),
        nb_inplace_or: Some(|t, a, b| in_place(t, a, b, |t, a, b| ops::update(t, this(a), b))),
        clear: Some(Set::clear_refs),
        ..COMMON
    },
    methods: SET_METHODS,
    ..Spec::DEFAULT
};

/// `frozenset`.
pub static FROZEN: Spec = Spec {
    name: "frozenset",
    kind: Kind::FrozenSet,
    size: std::mem::size_of::<Set>(),
    flags: FLAGS,
    doc: "frozenset(iterable=(), /)\n--\n\nBuild an immutable unordered collection of unique elements.",
    slots: Slots { new: Some(new_frozen), hash: Some(hash_frozen), ..COMMON },
    methods: FROZEN_METHODS,
    ..Spec::DEFAULT
};
