//! What can be done with a dict, and its table.

use super::iter::{self, What};
use super::merge::{self, Present};
use super::{Dict, hash_key, views};
use crate::objects::container::{self, ReprGuard};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

#[inline(always)]
fn this(v: &Value) -> &Dict {
    v.cast::<Dict>().expect("slots of `dict` get dicts")
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    if t.types().dict.is(class) {
        return Ok(Dict::make(t));
    }
    // SAFETY: `init_payload` writes every field.
    unsafe { container::allocate_in::<Dict>(t, class, |this| Dict::init_payload(this)) }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    merge::update_args(t, this(v), "dict", args)
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    if let Some(value) = this(v).get(t, key)? {
        return Ok(value);
    }
    if v.cast_exact::<Dict>().is_none()
        && let Some(value) = protocol::call_special(t, v, &t.names().__missing__, std::slice::from_ref(key))?
    {
        return Ok(value);
    }
    Err(t.key_error(key))
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    match value {
        Some(value) => this(v).set(t, key.clone(), value.clone()),
        None => match this(v).remove(t, key)? {
            Some(_) => Ok(()),
            None => Err(t.key_error(key)),
        },
    }
}

fn contains(t: &Thread, v: &Value, key: &Value) -> R<bool> {
    this(v).contains(t, key)
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(iter::make(t, v, What::Keys, false))
}

fn repr(t: &Thread, v: &Value) -> R {
    let dict = this(v);
    if dict.is_empty() {
        return Ok(t.str("{}"));
    }
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("{...}")) };
    let mut out = container::Text::default();
    out.push("{");
    let (mut position, mut first) = (0, true);
    while let Some((key, value)) = dict.next_entry(t, &mut position) {
        if !first {
            out.push(", ");
        }
        first = false;
        out.push_repr(t, &key)?;
        out.push(": ");
        out.push_repr(t, &value)?;
    }
    out.push("}");
    Ok(out.finish(t))
}

/// Whether two dicts have equal values for the same keys.
fn equal(t: &Thread, a: &Dict, b: &Dict) -> R<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut position = 0;
    while let Some((key, hash, value)) = a.next_hashed(t, &mut position) {
        match b.get_hashed(t, &key, hash)? {
            Some(other) if protocol::eq(t, &other, &value)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match op {
        CmpOp::Eq => Ok(Value::bool(equal(t, x, y)?)),
        CmpOp::Ne => Ok(Value::bool(!equal(t, x, y)?)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    let (Some(x), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let result = x.copy(t);
    merge::update_from(t, this(&result), b)?;
    Ok(result)
}

fn inplace_or(t: &Thread, a: &Value, b: &Value) -> R {
    merge::update_from(t, this(a), b)?;
    Ok(a.clone())
}

fn get(t: &Thread, v: &Value, args: &[Value]) -> R {
    let dict = this(v);
    // SAFETY: no other thread changes the dict, and no Python code runs.
    if dict.header.is_held_by(t.tid())
        && let Some(value) = unsafe { dict.find_same(&args[0]) }.and_then(|slot| slot.get(t))
    {
        return Ok(value);
    }
    Ok(match dict.get(t, &args[0])? {
        Some(value) => value,
        None => args.get(1).cloned().unwrap_or(Value::NONE),
    })
}

fn setdefault(t: &Thread, v: &Value, args: &[Value]) -> R {
    let default = args.get(1).cloned().unwrap_or(Value::NONE);
    Ok(this(v).get_or_insert(t, &args[0], &default)?.0)
}

fn pop(t: &Thread, v: &Value, args: &[Value]) -> R {
    let dict = this(v);
    let removed = if dict.is_empty() { None } else { dict.remove(t, &args[0])? };
    match (removed, args.get(1)) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.key_error(&args[0])),
    }
}

fn popitem(t: &Thread, v: &Value) -> R {
    match this(v).pop_last(t) {
        Some((key, value)) => Ok(t.tuple([key, value])),
        None => Err(t.key_error(&t.str("popitem(): dictionary is empty"))),
    }
}

fn keys(t: &Thread, v: &Value) -> R {
    Ok(views::make(t, v, What::Keys))
}

fn values(t: &Thread, v: &Value) -> R {
    Ok(views::make(t, v, What::Values))
}

fn items(t: &Thread, v: &Value) -> R {
    Ok(views::make(t, v, What::Items))
}

fn update(t: &Thread, v: &Value, args: Args<'_>) -> R {
    merge::update_args(t, this(v), "update", args)?;
    Ok(Value::NONE)
}

fn fromkeys(t: &Thread, class: &Value, args: &[Value]) -> R {
    let value = args.get(1).cloned().unwrap_or(Value::NONE);
    let result = protocol::call(t, class, &[])?;
    if let Some(dict) = result.cast_exact::<Dict>() {
        let hashed = match (args[0].cast_exact::<Dict>(), crate::objects::set::of(&args[0])) {
            (Some(source), _) => Some(source.hashed_keys(t)),
            (None, Some(source)) => Some(source.hashed_items(t)),
            _ => None,
        };
        if let Some(hashed) = hashed {
            dict.reserve(t, hashed.len());
            for (key, hash) in hashed {
                dict.set_hashed(t, key, hash, value.clone())?;
            }
            return Ok(result);
        }
        protocol::for_each(t, &args[0], |key| {
            let hash = hash_key(t, &key)?;
            dict.set_hashed(t, key, hash, value.clone())
        })?;
        return Ok(result);
    }
    let it = protocol::iter(t, &args[0])?;
    while let Some(key) = protocol::next(t, &it)? {
        protocol::setitem(t, &result, &key, Some(&value))?;
    }
    Ok(result)
}

fn clear(t: &Thread, v: &Value) -> R {
    this(v).clear(t);
    Ok(Value::NONE)
}

fn copy(t: &Thread, v: &Value) -> R {
    if v.cast_exact::<Dict>().is_some() {
        return Ok(this(v).copy(t));
    }
    let result = Dict::make(t);
    merge::merge(t, this(&result), v, Present::Replace)?;
    Ok(result)
}

fn reversed(t: &Thread, v: &Value) -> R {
    Ok(iter::make(t, v, What::Keys, true))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, v.type_of(t).payload_size() + 16 + this(v).table_bytes()))
}

static METHODS: &[Def] = &[
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Return the size of the dict in memory, in bytes."),
    Def::new(
        "get",
        Func::Pos(get, 1, 2),
        "($self, key, default=None, /)",
        "Return the value for key if key is in the dictionary, else default.",
    ),
    Def::new(
        "setdefault",
        Func::Pos(setdefault, 1, 2),
        "($self, key, default=None, /)",
        "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
    ),
    Def::new(
        "pop",
        Func::Pos(pop, 1, 2),
        "($self, key, default=<unrepresentable>, /)",
        "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
    ),
    Def::new(
        "popitem",
        Func::NoArgs(popitem),
        "($self, /)",
        "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
    ),
    Def::new("keys", Func::NoArgs(keys), "($self, /)", "Return a set-like object providing a view on the dict's keys."),
    Def::new(
        "items",
        Func::NoArgs(items),
        "($self, /)",
        "Return a set-like object providing a view on the dict's items.",
    ),
    Def::new("values", Func::NoArgs(values), "($self, /)", "Return an object providing a view on the dict's values."),
    Def::new(
        "update",
        Func::Any(update),
        "",
        "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
    ),
    Def::class(
        "fromkeys",
        Func::Pos(fromkeys, 1, 2),
        "($type, iterable, value=None, /)",
        "Create a new dictionary with keys from iterable and values set to value.",
    ),
    Def::new("clear", Func::NoArgs(clear), "($self, /)", "Remove all items from the dict."),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of the dict."),
    Def::new("__reversed__", Func::NoArgs(reversed), "($self, /)", "Return a reverse iterator over the dict keys."),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "dicts are generic over two types, signifying (respectively) the types of their keys and values",
    ),
];

/// `dict`.
pub static SPEC: Spec = Spec {
    name: "dict",
    kind: Kind::Dict,
    size: std::mem::size_of::<Dict>(),
    flags: type_flags::BASETYPE
        | type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::MAPPING
        | type_flags::MATCH_SELF,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        hash: Some(crate::objects::type_slots::hash_not_implemented),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(contains),
        nb_or: Some(or),
        nb_inplace_or: Some(inplace_or),
        drop: Some(Dict::drop_payload),
        traverse: Some(Dict::traverse),
        clear: Some(Dict::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
