//! What can be done with a tuple, and its table.

use super::Tuple;
use crate::objects::container::{self, ReprGuard};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::iter::TupleIter;
use crate::objects::number::hash::TupleHasher;
use crate::objects::protocol;
use crate::objects::slice::Slice;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

#[inline(always)]
fn this(v: &Value) -> &Tuple {
    v.cast::<Tuple>().expect("slots of `tuple` get tuples")
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    if !container::overrides_init(class, &t.types().tuple) {
        container::no_keywords(t, "tuple", args)?;
    }
    container::check_positional(t, "tuple", args.pos.len(), 0, 1)?;
    let exact = t.types().tuple.is(class);
    let items = match args.pos.first() {
        None => Vec::new(),
        Some(iterable) if exact && iterable.cast_exact::<Tuple>().is_some() => return Ok(iterable.clone()),
        Some(iterable) => protocol::collect(t, iterable)?,
    };
    if exact { Ok(Tuple::make(t, items.into_iter())) } else { in_class(t, class, items) }
}

/// A tuple of a subclass.
pub fn in_class(t: &Thread, class: &Type, items: Vec<Value>) -> R {
    let len = items.len();
    // SAFETY: room for `len` items behind the payload; all are written.
    unsafe {
        crate::objects::alloc::alloc_sized(t, class, Tuple::size_for(len), |memory| {
            let this = memory as *mut Tuple;
            Tuple::init_payload(this, len);
            for (i, item) in items.into_iter().enumerate() {
                Tuple::items_ptr(this).add(i).write(item.into_owned());
            }
        })
    }
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let items = this(v).items();
    let index = match key.as_small() {
        Some(i) => i as isize,
        None => {
            if let Some(slice) = key.cast::<Slice>() {
                let b = slice.bounds(t, || items.len())?;
                if b.count == items.len() && b.step == 1 && v.cast_exact::<Tuple>().is_some() {
                    return Ok(v.clone());
                }
                return Ok(Tuple::make(t, b.indices().map(|i| items[i].clone())));
            }
            if key.type_of(t).slots().nb_index.is_none() {
                return Err(t.type_error(format!(
                    "tuple indices must be integers or slices, not {}",
                    key.type_of(t).name_str()
                )));
            }
            protocol::index_isize(t, key)?
        }
    };
    let index = if index < 0 { index + items.len() as isize } else { index };
    match usize::try_from(index).ok().and_then(|i| items.get(i)) {
        Some(item) => Ok(item.clone()),
        None => Err(t.index_error("tuple index out of range")),
    }
}

fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    for x in this(v).items() {
        if protocol::eq(t, x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(other) = b.cast::<Tuple>() else {
        return Err(t.type_error(format!("can only concatenate tuple (not \"{}\") to tuple", b.type_of(t).name_str())));
    };
    if this(a).is_empty() && b.cast_exact::<Tuple>().is_some() {
        return Ok(b.clone());
    }
    if other.is_empty() && a.cast_exact::<Tuple>().is_some() {
        return Ok(a.clone());
    }
    let mut items = Vec::with_capacity(this(a).len() + other.len());
    items.extend_from_slice(this(a).items());
    items.extend_from_slice(other.items());
    Ok(Tuple::make(t, items.into_iter()))
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    let items = this(v).items();
    if (items.is_empty() || times == 1) && v.cast_exact::<Tuple>().is_some() {
        return Ok(v.clone());
    }
    let total = container::repeated_len(t, items.len(), times)?;
    let mut out = container::try_vec(t, total)?;
    for _ in 0..times.max(0) {
        if items.is_empty() {
            break;
        }
        out.extend_from_slice(items);
    }
    Ok(Tuple::make(t, out.into_iter()))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let tuple = this(v);
    match tuple.cached_hash() {
        -1 => {}
        cached => return Ok(cached),
    }
    let mut hasher = TupleHasher::default();
    let mut items = tuple.items();
    while let [item, rest @ ..] = items
        && let Some(hash) = protocol::hash_at_once(t, item)
    {
        hasher.add(hash);
        items = rest;
    }
    if !items.is_empty() {
        t.recurse(" while hashing a tuple", || {
            for item in items {
                hasher.add(protocol::hash(t, item)?);
            }
            Ok(())
        })?;
    }
    let hash = hasher.finish();
    tuple.set_cached_hash(hash);
    Ok(hash)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    for (p, q) in x.items().iter().zip(y.items()) {
        if !protocol::eq(t, p, q)? {
            return match op {
                CmpOp::Eq => Ok(Value::FALSE),
                CmpOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(t, p, q, op),
            };
        }
    }
    Ok(Value::bool(op.holds(x.len().cmp(&y.len()))))
}

fn repr(t: &Thread, v: &Value) -> R {
    let items = this(v).items();
    if items.is_empty() {
        return Ok(t.str("()"));
    }
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("(...)")) };
    container::repr_items(t, "(", items, if items.len() == 1 { ",)" } else { ")" })
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(TupleIter::make(t, v))
}

fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    let items = this(v).items();
    let (start, stop) = container::search_range(t, &args[1..], || items.len())?;
    for (i, x) in items.iter().enumerate().take(stop).skip(start) {
        if protocol::eq(t, x, &args[0])? {
            return Ok(int::from_usize(t, i));
        }
    }
    Err(t.value_error("tuple.index(x): x not in tuple"))
}

fn count(t: &Thread, v: &Value, item: &Value) -> R {
    let mut n = 0;
    for x in this(v).items() {
        n += usize::from(protocol::eq(t, x, item)?);
    }
    Ok(int::from_usize(t, n))
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    let items = Tuple::from_slice(t, this(v).items());
    Ok(Tuple::from_slice(t, &[items]))
}

static METHODS: &[Def] = &[
    Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
    Def::new(
        "index",
        Func::Pos(index, 1, 3),
        "($self, value, start=0, stop=sys.maxsize, /)",
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    Def::new("count", Func::One(count), "($self, value, /)", "Return number of occurrences of value."),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "Tuples are generic over the types of their contents.",
    ),
];

/// `tuple`.
pub static SPEC: Spec = Spec {
    name: "tuple",
    kind: Kind::Tuple,
    size: std::mem::size_of::<Tuple>(),
    flags: type_flags::BASETYPE
        | type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::SEQUENCE
        | type_flags::MATCH_SELF
        | type_flags::VAR_SIZED,
    doc: "tuple(iterable=(), /)\n--\n\nBuilt-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        drop: Some(Tuple::drop_payload),
        traverse: Some(Tuple::traverse),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
