//! `map`.

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
    /// The payload of `map`: the function and a tuple of iterators.
    Map: Map { function: Value, iters: Value, strict: AtomicBool }
}

fn this(v: &Value) -> (&Map, &[Value]) {
    let map = v.cast::<Map>().expect("slots of `map` get them");
    (map, map.iters.cast::<Tuple>().map_or(&[], Tuple::items))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let strict = strict_argument(t, "map", args)?;
    let [function, iterables @ ..] = args.pos else {
        return Err(t.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(t.type_error("map() must have at least two arguments."));
    }
    let mut iters = Vec::with_capacity(iterables.len());
    for iterable in iterables {
        iters.push(protocol::iter(t, iterable)?);
    }
    Map::make_in(t, class_of(t, class)?, function.clone(), t.tuple(iters), AtomicBool::new(strict))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let (map, iters) = this(v);
    if let [it] = iters {
        return match protocol::next(t, it)? {
            Some(item) => protocol::call(t, &map.function, &[item]).map(Some),
            None => Ok(None),
        };
    }
    let mut items = Vec::with_capacity(iters.len());
    for (i, it) in iters.iter().enumerate() {
        match protocol::next(t, it)? {
            Some(item) => items.push(item),
            None if map.strict.load(Relaxed) => return check_even(t, "map", iters, i),
            None => return Ok(None),
        }
    }
    protocol::call(t, &map.function, &items).map(Some)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let (map, iters) = this(v);
    let mut args = vec![map.function.clone()];
    args.extend_from_slice(iters);
    let (class, args) = (v.type_of(t).value(), t.tuple(args));
    Ok(if map.strict.load(Relaxed) { t.tuple([class, args, Value::TRUE]) } else { t.tuple([class, args]) })
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    this(v).0.strict.store(protocol::truth(t, state)?, Relaxed);
    Ok(Value::NONE)
}

static METHODS: &[Def] = &[
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", SETSTATE_DOC),
];

/// `map`.
pub static SPEC: Spec = Spec {
    name: "map",
    kind: Kind::Map,
    size: std::mem::size_of::<Map>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
    doc: "map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.",
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(Map::drop_payload),
        traverse: Some(Map::traverse),
        clear: Some(Map::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
