//! `zip`.

use super::{REDUCE_DOC, SETSTATE_DOC, check_even, self_iter, strict_argument};
use crate::objects::container::{class_of, payload};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::*};

payload! {
    /// The payload of `zip`: a tuple of iterators.
    Zip: Zip { iters: Value, strict: AtomicBool }
}

fn this(v: &Value) -> (&Zip, &[Value]) {
    let zip = v.cast::<Zip>().expect("slots of `zip` get them");
    (zip, zip.iters.cast::<Tuple>().map_or(&[], Tuple::items))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let strict = strict_argument(t, "zip", args)?;
    let mut iters = Vec::with_capacity(args.pos.len());
    for iterable in args.pos {
        iters.push(protocol::iter(t, iterable)?);
    }
    Zip::make_in(t, class_of(t, class)?, t.tuple(iters), AtomicBool::new(strict))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let (zip, iters) = this(v);
    if iters.is_empty() {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(iters.len());
    for (i, it) in iters.iter().enumerate() {
        match protocol::next(t, it)? {
            Some(item) => items.push(item),
            None if zip.strict.load(Relaxed) => return check_even(t, "zip", iters, i),
            None => return Ok(None),
        }
    }
    Ok(Some(t.tuple(items)))
}

/// Whether a `zip` goes through two iterables.
pub fn is_of_two(v: &Value) -> bool {
    this(v).1.len() == 2
}

/// The next items of a `zip` of two iterables.
pub fn next_pair(t: &Thread, v: &Value) -> R<Option<(Value, Value)>> {
    let (zip, iters) = this(v);
    let strict = zip.strict.load(Relaxed);
    let ended = |i| if strict { check_even(t, "zip", iters, i).map(|_| None) } else { Ok(None) };
    let Some(first) = protocol::next(t, &iters[0])? else { return ended(0) };
    let Some(second) = protocol::next(t, &iters[1])? else { return ended(1) };
    Ok(Some((first, second)))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let (zip, _) = this(v);
    let class = v.type_of(t).value();
    Ok(if zip.strict.load(Relaxed) {
        t.tuple([class, zip.iters.clone(), Value::TRUE])
    } else {
        t.tuple([class, zip.iters.clone()])
    })
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    this(v).0.strict.store(protocol::truth(t, state)?, Relaxed);
    Ok(Value::NONE)
}

static METHODS: &[Def] = &[
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", SETSTATE_DOC),
];

/// `zip`.
pub static SPEC: Spec = Spec {
    name: "zip",
    kind: Kind::Zip,
    size: std::mem::size_of::<Zip>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
    doc: "zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of\niterables passed as positional arguments to zip().  The i-th element\nin every tuple comes from the i-th iterable argument to zip().  This\ncontinues until the shortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(Zip::drop_payload),
        traverse: Some(Zip::traverse),
        clear: Some(Zip::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
