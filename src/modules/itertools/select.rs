//! Iterators that choose or change what another one yields: `compress`, `dropwhile`, `takewhile`,
//! `filterfalse`, `starmap`.

use super::{iterator, positional_only};
use crate::modules::native_type::{Signature, fields};
use crate::objects::container::{check_positional, class_of};
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::*};

fields! {
    /// The payload of `compress`.
    Compress { data: Value, selectors: Value }
}

static COMPRESS_SIGNATURE: Signature = Signature::new("compress", "(data, selectors)");

fn compress_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [data, selectors] = COMPRESS_SIGNATURE.bind::<2>(t, args)?.map(|v| v.unwrap_or(Value::NONE));
    let (data, selectors) = (protocol::iter(t, &data)?, protocol::iter(t, &selectors)?);
    Compress::make_in(t, class_of(t, class)?, data, selectors)
}

fn compress_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Compress::this(v);
    loop {
        let Some(item) = protocol::next(t, &it.data)? else { return Ok(None) };
        let Some(selector) = protocol::next(t, &it.selectors)? else { return Ok(None) };
        if protocol::truth(t, &selector)? {
            return Ok(Some(item));
        }
    }
}

/// `itertools.compress`.
pub static COMPRESS: Spec = iterator(
    "itertools.compress",
    Compress::SIZE,
    "compress(data, selectors)\n--\n\nReturn data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors\nto choose the data elements.",
    compress_new,
    compress_next,
    Compress::MEMORY,
);

/// A function and an iterator: the arguments of all types below.
fn function_and_iter(t: &Thread, class: &Value, spec: &'static Spec, args: Args<'_>) -> R<(Value, Value)> {
    positional_only(t, class_of(t, class)?, spec, args)?;
    let name = spec.name.rsplit('.').next().unwrap_or(spec.name);
    check_positional(t, name, args.pos.len(), 2, 2)?;
    Ok((args.pos[0].clone(), protocol::iter(t, &args.pos[1])?))
}

/// Whether the predicate holds of the item.
fn holds(t: &Thread, predicate: &Value, item: &Value) -> R<bool> {
    let result = protocol::call(t, predicate, std::slice::from_ref(item))?;
    protocol::truth(t, &result)
}

fields! {
    /// The payload of `dropwhile`.
    DropWhile { predicate: Value, iter: Value, started: AtomicBool }
}

fn dropwhile_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (predicate, iter) = function_and_iter(t, class, &DROPWHILE, args)?;
    DropWhile::make_in(t, class_of(t, class)?, predicate, iter, AtomicBool::new(false))
}

fn dropwhile_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = DropWhile::this(v);
    while let Some(item) = protocol::next(t, &it.iter)? {
        if it.started.load(Relaxed) {
            return Ok(Some(item));
        }
        if !holds(t, &it.predicate, &item)? {
            it.started.store(true, Relaxed);
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// `itertools.dropwhile`.
pub static DROPWHILE: Spec = iterator(
    "itertools.dropwhile",
    DropWhile::SIZE,
    "dropwhile(predicate, iterable, /)\n--\n\nDrop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.",
    dropwhile_new,
    dropwhile_next,
    DropWhile::MEMORY,
);

fields! {
    /// The payload of `takewhile`.
    TakeWhile { predicate: Value, iter: Value, stopped: AtomicBool }
}

fn takewhile_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (predicate, iter) = function_and_iter(t, class, &TAKEWHILE, args)?;
    TakeWhile::make_in(t, class_of(t, class)?, predicate, iter, AtomicBool::new(false))
}

fn takewhile_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = TakeWhile::this(v);
    if it.stopped.load(Relaxed) {
        return Ok(None);
    }
    let Some(item) = protocol::next(t, &it.iter)? else { return Ok(None) };
    if holds(t, &it.predicate, &item)? {
        return Ok(Some(item));
    }
    it.stopped.store(true, Relaxed);
    Ok(None)
}

/// `itertools.takewhile`.
pub static TAKEWHILE: Spec = iterator(
    "itertools.takewhile",
    TakeWhile::SIZE,
    "takewhile(predicate, iterable, /)\n--\n\nReturn successive entries from an iterable as long as the predicate evaluates to true for each entry.",
    takewhile_new,
    takewhile_next,
    TakeWhile::MEMORY,
);

fields! {
    /// The payload of `filterfalse`.
    FilterFalse { predicate: Value, iter: Value }
}

fn filterfalse_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (predicate, iter) = function_and_iter(t, class, &FILTERFALSE, args)?;
    FilterFalse::make_in(t, class_of(t, class)?, predicate, iter)
}

fn filterfalse_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = FilterFalse::this(v);
    let plain = it.predicate.is_none() || it.predicate.is_header(t.types().bool_.header());
    while let Some(item) = protocol::next(t, &it.iter)? {
        let good = if plain { protocol::truth(t, &item)? } else { holds(t, &it.predicate, &item)? };
        if !good {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// `itertools.filterfalse`.
pub static FILTERFALSE: Spec = iterator(
    "itertools.filterfalse",
    FilterFalse::SIZE,
    "filterfalse(function, iterable, /)\n--\n\nReturn those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.",
    filterfalse_new,
    filterfalse_next,
    FilterFalse::MEMORY,
);

fields! {
    /// The payload of `starmap`.
    StarMap { function: Value, iter: Value }
}

fn starmap_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (function, iter) = function_and_iter(t, class, &STARMAP, args)?;
    StarMap::make_in(t, class_of(t, class)?, function, iter)
}

fn starmap_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = StarMap::this(v);
    let Some(args) = protocol::next(t, &it.iter)? else { return Ok(None) };
    if let Some(tuple) = args.cast_exact::<Tuple>() {
        return protocol::call(t, &it.function, tuple.items()).map(Some);
    }
    let args = protocol::collect(t, &args)?;
    protocol::call(t, &it.function, &args).map(Some)
}

/// `itertools.starmap`.
pub static STARMAP: Spec = iterator(
    "itertools.starmap",
    StarMap::SIZE,
    "starmap(function, iterable, /)\n--\n\nReturn an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.",
    starmap_new,
    starmap_next,
    StarMap::MEMORY,
);
