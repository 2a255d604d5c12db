//! `dict.keys()`, `dict.values()`, `dict.items()`: views that show what the dict holds at any time.
//!
//! Keys and items are sets in all but name: their operators give new `set`s.

use super::Dict;
use super::iter::{self, What};
use crate::objects::container::{self, ReprGuard, payload};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::set::{self, Set};
use crate::objects::slots::{CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

payload! {
    /// `dict_keys`.
    DictKeys: DictKeys { dict: Value }
}
payload! {
    /// `dict_values`.
    DictValues: DictValues { dict: Value }
}
payload! {
    /// `dict_items`.
    DictItems: DictItems { dict: Value }
}

/// A view of a dict.
pub fn make(t: &Thread, dict: &Value, what: What) -> Value {
    let dict = dict.clone();
    match what {
        What::Keys => DictKeys::make_for(t, &t.types().dict_keys, dict),
        What::Values => DictValues::make_for(t, &t.types().dict_values, dict),
        What::Items => DictItems::make_for(t, &t.types().dict_items, dict),
    }
}

/// The dict a view is of, and what it shows.
fn parts(v: &Value) -> Option<(&Value, What)> {
    if let Some(view) = v.cast::<DictKeys>() {
        return Some((&view.dict, What::Keys));
    }
    if let Some(view) = v.cast::<DictItems>() {
        return Some((&view.dict, What::Items));
    }
    v.cast::<DictValues>().map(|view| (&view.dict, What::Values))
}

fn this(v: &Value) -> (&Value, &Dict, What) {
    let (dict, what) = parts(v).expect("slots of dict views get views");
    (dict, dict.cast::<Dict>().expect("a view is of a dict"), what)
}

/// Whether the object is a view that is like a set: keys or items.
fn is_set_view(v: &Value) -> bool {
    matches!(parts(v), Some((_, What::Keys | What::Items)))
}

/// Everything a view shows now, if the object is a view.
pub fn snapshot(t: &Thread, v: &Value) -> Option<Vec<Value>> {
    let (dict, what) = parts(v)?;
    let dict = dict.cast_exact::<Dict>()?;
    Some(match what {
        What::Keys => dict.keys(t),
        What::Values => dict.pairs(t).into_iter().map(|(_, value)| value).collect(),
        What::Items => dict.pairs(t).into_iter().map(|(key, value)| t.tuple([key, value])).collect(),
    })
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).1.len())
}

fn iter(t: &Thread, v: &Value) -> R {
    let (dict, _, what) = this(v);
    Ok(iter::make(t, dict, what, false))
}

fn reversed(t: &Thread, v: &Value) -> R {
    let (dict, _, what) = this(v);
    Ok(iter::make(t, dict, what, true))
}

fn mapping(t: &Thread, v: &Value) -> R {
    protocol::call(t, &t.types().mappingproxy.value(), std::slice::from_ref(this(v).0))
}

fn repr(t: &Thread, v: &Value) -> R {
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("...")) };
    let items = protocol::collect(t, v)?;
    container::repr_items(t, &format!("{}([", v.type_of(t).name_str()), &items, "])")
}

fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    let (_, dict, what) = this(v);
    if what == What::Keys {
        return Ok(dict.get(t, item)?.is_some());
    }
    let Some([key, value]) = item.cast::<Tuple>().map(Tuple::items) else { return Ok(false) };
    match dict.get(t, key)? {
        Some(found) => protocol::eq(t, &found, value),
        None => Ok(false),
    }
}

/// Whether every item of `a` is in `b`.
fn all_in(t: &Thread, a: &Value, b: &Value) -> R<bool> {
    let it = protocol::iter(t, a)?;
    while let Some(item) = protocol::next(t, &it)? {
        if !protocol::contains(t, b, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if set::of(b).is_none() && !is_set_view(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (x, y) = (protocol::len(t, a)?, protocol::len(t, b)?);
    Ok(Value::bool(match op {
        CmpOp::Eq => x == y && all_in(t, a, b)?,
        CmpOp::Ne => !(x == y && all_in(t, a, b)?),
        CmpOp::Lt => x < y && all_in(t, a, b)?,
        CmpOp::Le => x <= y && all_in(t, a, b)?,
        CmpOp::Gt => x > y && all_in(t, b, a)?,
        CmpOp::Ge => x >= y && all_in(t, b, a)?,
    }))
}

/// A new set of the items of an operand, which stands on either side of a view.
fn to_set(t: &Thread, v: &Value) -> R {
    let source = match parts(v) {
        Some((dict, What::Keys)) => dict,
        _ => v,
    };
    Set::from_iterable(t, source)
}

fn as_set(v: &Value) -> &Set {
    v.cast::<Set>().expect("a new set")
}

fn sub(t: &Thread, a: &Value, b: &Value) -> R {
    let result = to_set(t, a)?;
    set::ops::difference_update(t, as_set(&result), b)?;
    Ok(result)
}

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    let result = to_set(t, a)?;
    set::ops::update(t, as_set(&result), b)?;
    Ok(result)
}

fn and(t: &Thread, a: &Value, b: &Value) -> R {
    let (mut view, mut other) = if is_set_view(a) { (a, b) } else { (b, a) };
    let len = protocol::len(t, view)?;
    if set::exact(other).is_some_and(|s| len <= s.len()) {
        return protocol::call_method_str(t, other, "intersection", std::slice::from_ref(view));
    }
    if is_set_view(other) && protocol::len(t, other)? > len {
        (view, other) = (other, view);
    }
    let result = Set::make(t);
    let it = protocol::iter(t, other)?;
    while let Some(item) = protocol::next(t, &it)? {
        if contains(t, view, &item)? {
            as_set(&result).add(t, &item)?;
        }
    }
    Ok(result)
}

fn xor(t: &Thread, a: &Value, b: &Value) -> R {
    if let (Some((x, What::Items)), Some((y, What::Items))) = (parts(a), parts(b)) {
        return items_xor(t, x, y);
    }
    let result = to_set(t, a)?;
    set::ops::symmetric_difference_update(t, as_set(&result), b)?;
    Ok(result)
}

/// Items that only one of two dicts has; values need not be hashable where keys and values are equal in both.
fn items_xor(t: &Thread, x: &Value, y: &Value) -> R {
    let dict = |v: &Value| v.cast::<Dict>().map_or(0, Dict::len);
    let (small, large) = if dict(x) > dict(y) { (y, x) } else { (x, y) };
    let rest = small.cast::<Dict>().expect("a view is of a dict").copy(t);
    let rest_dict = rest.cast::<Dict>().expect("a copy of a dict");
    let result = Set::make(t);
    let large = large.cast::<Dict>().expect("a view is of a dict");
    let mut position = 0;
    while let Some((key, hash, value)) = large.next_hashed(t, &mut position) {
        let same = match rest_dict.get_hashed(t, &key, hash)? {
            Some(other) => protocol::eq(t, &other, &value)?,
            None => false,
        };
        if same {
            rest_dict.remove(t, &key)?;
        } else {
            as_set(&result).add(t, &t.tuple([key, value]))?;
        }
    }
    for (key, value) in rest_dict.pairs(t) {
        as_set(&result).add(t, &t.tuple([key, value]))?;
    }
    Ok(result)
}

fn isdisjoint(t: &Thread, v: &Value, other: &Value) -> R {
    if v.is(other) {
        return Ok(Value::bool(len(t, v)? == 0));
    }
    let (mut view, mut other) = (v, other);
    let like_set = set::exact(other).is_some() || is_set_view(other);
    if like_set && protocol::len(t, other)? > protocol::len(t, view)? {
        (view, other) = (other, view);
    }
    let it = protocol::iter(t, other)?;
    while let Some(item) = protocol::next(t, &it)? {
        if protocol::contains(t, view, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

macro_rules! methods {
    ($what:literal $(, $extra:expr)*) => {
        &[
            Def::new(
                "__reversed__",
                Func::NoArgs(reversed),
                "($self, /)",
                concat!("Return a reverse iterator over the dict ", $what, "."),
            ),
            $($extra),*
        ]
    };
}

const ISDISJOINT: Def = Def::new(
    "isdisjoint",
    Func::One(isdisjoint),
    "($self, object, /)",
    "Return True if the view and the given iterable have a null intersection.",
);

static GETSET: &[GetSet] = &[GetSet::ro("mapping", mapping, "dictionary that this view refers to")];

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;

const VIEW: Slots = Slots { repr: Some(repr), iter: Some(iter), len: Some(len), ..Slots::EMPTY };

const SET_VIEW: Slots = Slots {
    hash: Some(crate::objects::type_slots::hash_not_implemented),
    compare: Some(compare),
    contains: Some(contains),
    nb_subtract: Some(sub),
    nb_and: Some(and),
    nb_xor: Some(xor),
    nb_or: Some(or),
    ..VIEW
};

/// `dict_keys`.
pub static KEYS: Spec = Spec {
    name: "dict_keys",
    kind: Kind::DictKeys,
    size: std::mem::size_of::<DictKeys>(),
    flags: FLAGS,
    slots: Slots { drop: Some(DictKeys::drop_payload), traverse: Some(DictKeys::traverse), ..SET_VIEW },
    methods: methods!("keys", ISDISJOINT),
    getset: GETSET,
    ..Spec::DEFAULT
};

/// `dict_values`.
pub static VALUES: Spec = Spec {
    name: "dict_values",
    kind: Kind::DictValues,
    size: std::mem::size_of::<DictValues>(),
    flags: FLAGS,
    slots: Slots { drop: Some(DictValues::drop_payload), traverse: Some(DictValues::traverse), ..VIEW },
    methods: methods!("values"),
    getset: GETSET,
    ..Spec::DEFAULT
};

/// `dict_items`.
pub static ITEMS: Spec = Spec {
    name: "dict_items",
    kind: Kind::DictItems,
    size: std::mem::size_of::<DictItems>(),
    flags: FLAGS,
    slots: Slots { drop: Some(DictItems::drop_payload), traverse: Some(DictItems::traverse), ..SET_VIEW },
    methods: methods!("items", ISDISJOINT),
    getset: GETSET,
    ..Spec::DEFAULT
};
