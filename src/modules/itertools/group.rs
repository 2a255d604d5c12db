//! `groupby`: runs of items with equal keys, as iterators that draw from the same source.

use super::iterator;
use crate::modules::native_type::{Signature, fields, with_type};
use crate::objects::container::{check_positional, class_of};
use crate::objects::iter::self_iter;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicUsize, Ordering::*};

fields! {
    /// The payload of `groupby`.
    GroupBy {
        iter: Value,
        /// `None` for the items themselves.
        key: Value,
        /// The key of the group that was handed out last.
        target: Slot,
        /// The key of the item drawn last, and the item if it was not handed out yet.
        current_key: Slot,
        current: Slot,
        /// The group that may draw, by its address.
        group: AtomicUsize,
    }
}

fields! {
    /// The payload of `_grouper`.
    Grouper { parent: Value, target: Value }
}

static SIGNATURE: Signature = Signature::new("groupby", "(iterable, key=None)");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [iterable, key] = SIGNATURE.bind::<2>(t, args)?;
    let iter = protocol::iter(t, &iterable.unwrap_or(Value::NONE))?;
    let key = key.unwrap_or(Value::NONE).into_owned();
    let class = class_of(t, class)?;
    GroupBy::make_in(t, class, iter, key, Slot::EMPTY, Slot::EMPTY, Slot::EMPTY, AtomicUsize::new(0))
}

/// Draws the next item; false at the end.
fn step(t: &Thread, it: &GroupBy) -> R<bool> {
    let Some(item) = protocol::next(t, &it.iter)? else { return Ok(false) };
    let key = if it.key.is_none() { item.clone() } else { protocol::call(t, &it.key, std::slice::from_ref(&item))? };
    it.current.set(item);
    it.current_key.set(key);
    Ok(true)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = GroupBy::this(v);
    it.group.store(0, Relaxed);
    let key = loop {
        match (it.current_key.get(t), it.target.get(t)) {
            (Some(key), None) => break key,
            (Some(key), Some(target)) if !protocol::eq(t, &target, &key)? => break key,
            _ => {}
        }
        if !step(t, it)? {
            return Ok(None);
        }
    };
    it.target.set(key.clone());
    let group = make_group(t, v, &key)?;
    Ok(Some(t.tuple([key, group])))
}

fn make_group(t: &Thread, parent: &Value, target: &Value) -> R {
    let group = with_type(t, &GROUPER, |class| Grouper::make_in(t, class, parent.clone(), target.clone()))?;
    GroupBy::this(parent).group.store(group.id() as usize, Relaxed);
    Ok(group)
}

fn grouper_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    check_positional(t, "_grouper", args.pos.len(), 2, 2)?;
    let parent = &args.pos[0];
    if GroupBy::of(parent).is_none() {
        return Err(t.type_error(format!(
            "_grouper() argument 1 must be itertools.groupby, not {}",
            parent.type_of(t).name_str()
        )));
    }
    class_of(t, class)?;
    make_group(t, parent, &args.pos[1])
}

fn grouper_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let group = Grouper::this(v);
    let it = GroupBy::this(&group.parent);
    if it.group.load(Relaxed) != v.id() as usize {
        return Ok(None);
    }
    if it.current.is_empty() && !step(t, it)? {
        return Ok(None);
    }
    let Some(key) = it.current_key.get(t) else { return Ok(None) };
    if !protocol::eq(t, &group.target, &key)? {
        return Ok(None);
    }
    drop(it.current_key.take());
    Ok(it.current.take())
}

/// `itertools.groupby`.
pub static GROUPBY: Spec = iterator(
    "itertools.groupby",
    GroupBy::SIZE,
    "groupby(iterable, key=None)\n--\n\nmake an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.",
    new,
    next,
    GroupBy::MEMORY,
);

/// `itertools._grouper`.
pub static GROUPER: Spec = Spec {
    name: "itertools._grouper",
    kind: crate::objects::header::Kind::Opaque,
    size: Grouper::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    slots: Slots { new: Some(grouper_new), iter: Some(self_iter), next: Some(grouper_next), ..Grouper::MEMORY },
    ..Spec::DEFAULT
};
