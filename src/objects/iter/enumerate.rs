//! `enumerate`.

use super::{REDUCE_DOC, self_iter};
use crate::objects::container::{class_getitem, class_of, payload, to_big};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicI64, Ordering::*};

payload! {
    /// The payload of `enumerate`.
    Enumerate: Enumerate {
        iter: Value,
        /// The next number while it is of machine size.
        index: AtomicI64,
        /// The next number once it is not.
        long: Slot,
    }
}

fn this(v: &Value) -> &Enumerate {
    v.cast::<Enumerate>().expect("slots of `enumerate` get them")
}

/// `iterable` and `start`, each by position or name.
fn arguments<'a>(t: &Thread, args: Args<'a>) -> R<(&'a Value, Option<&'a Value>)> {
    let given = args.pos.len() + args.kw.len();
    if given == 0 {
        return Err(t.type_error("enumerate() missing required argument 'iterable'"));
    }
    if given > 2 {
        return Err(t.type_error(format!("enumerate() takes at most 2 arguments ({given} given)")));
    }
    let (mut iterable, mut start) = (args.pos.first(), args.pos.get(1));
    for (name, value) in args.names.iter().zip(args.kw) {
        let text = name.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        match &*text {
            "iterable" if iterable.is_none() => iterable = Some(value),
            "start" if start.is_none() && given == 2 => start = Some(value),
            _ => return Err(t.type_error(format!("'{text}' is an invalid keyword argument for enumerate()"))),
        }
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => Err(t.type_error("enumerate() missing required argument 'iterable'")),
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (iterable, start) = arguments(t, args)?;
    let start = start.map_or(Ok(Value::small(0)), |s| protocol::index(t, s))?;
    let iter = protocol::iter(t, iterable)?;
    let (index, long) = match int::as_i64(&start) {
        Some(i) if i < i64::MAX => (i, None),
        _ => (i64::MAX, Some(start)),
    };
    Enumerate::make_in(t, class_of(t, class)?, iter, AtomicI64::new(index), Slot::from_option(long))
}

/// The next number, without counting on.
fn current(t: &Thread, it: &Enumerate) -> Value {
    match it.index.load(Relaxed) {
        i64::MAX => it.long.get(t).unwrap_or_else(|| int::new(t, i64::MAX)),
        i => int::new(t, i),
    }
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    Ok(next_pair(t, v)?.map(|(number, item)| t.tuple([number, item])))
}

/// The next number and item.
pub fn next_pair(t: &Thread, v: &Value) -> R<Option<(Value, Value)>> {
    let it = this(v);
    let Some(item) = protocol::next(t, &it.iter)? else { return Ok(None) };
    let number = current(t, it);
    match it.index.load(Relaxed) {
        i64::MAX => it.long.set(int::from_big(t, to_big(&number) + 1u32)),
        i => it.index.store(i + 1, Relaxed),
    }
    Ok(Some((number, item)))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    Ok(t.tuple([v.type_of(t).value(), t.tuple([it.iter.clone(), current(t, it)])]))
}

static METHODS: &[Def] = &[
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "'enumerate' objects are generic over the type of their values",
    ),
];

/// `enumerate`.
pub static SPEC: Spec = Spec {
    name: "enumerate",
    kind: Kind::Enumerate,
    size: std::mem::size_of::<Enumerate>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
    doc: "enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(Enumerate::drop_payload),
        traverse: Some(Enumerate::traverse),
        clear: Some(Enumerate::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
