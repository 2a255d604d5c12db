//! Set arithmetic: between sets, and between a set and any iterable.

use super::{Set, hash_key, is_frozen, of};
use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};

/// An empty set that is frozen if `like` is: the type of what an operation gives.
pub(super) fn empty_like(t: &Thread, like: &Value) -> Value {
    if is_frozen(like) { Set::make_frozen(t) } else { Set::make(t) }
}

pub(super) fn this(v: &Value) -> &Set {
    of(v).expect("slots of sets get sets")
}

/// A `set` or `frozenset` with the same keys.
pub fn copy(t: &Thread, v: &Value) -> R {
    let result = empty_like(t, v);
    this(&result).merge(t, this(v))?;
    Ok(result)
}

/// Calls `f` with every item of an iterable and its hash, which sets and dicts know already.
fn each(t: &Thread, other: &Value, mut f: impl FnMut(&Value, i64) -> R<()>) -> R<()> {
    if let Some(set) = of(other) {
        return set.hashed_items(t).iter().try_for_each(|(k, h)| f(k, *h));
    }
    if let Some(dict) = other.cast_exact::<Dict>() {
        return dict.hashed_keys(t).iter().try_for_each(|(k, h)| f(k, *h));
    }
    let it = protocol::iter(t, other)?;
    while let Some(item) = protocol::next(t, &it)? {
        let hash = hash_key(t, &item)?;
        f(&item, hash)?;
    }
    Ok(())
}

/// Adds all items of an iterable.
pub fn update(t: &Thread, set: &Set, other: &Value) -> R<()> {
    if let Some(other) = of(other) {
        return set.merge(t, other);
    }
    if let Some(dict) = other.cast_exact::<Dict>() {
        set.reserve(t, dict.len());
    }
    each(t, other, |key, hash| set.add_hashed(t, key, hash).map(drop))
}

/// Removes all items of an iterable.
pub fn difference_update(t: &Thread, set: &Set, other: &Value) -> R<()> {
    if other.is_header(set.header()) {
        set.clear(t);
        return Ok(());
    }
    each(t, other, |key, hash| set.discard_hashed(t, key, hash).map(drop))?;
    set.tidy(t);
    Ok(())
}

/// The keys of `v` that are not in `other`.
pub fn difference(t: &Thread, v: &Value, other: &Value) -> R {
    let set = this(v);
    let size = match (of(other), other.cast_exact::<Dict>()) {
        (Some(other), _) => other.len(),
        (_, Some(dict)) => dict.len(),
        _ => 0,
    };
    let known = of(other).is_some() || other.cast_exact::<Dict>().is_some();
    if !known || set.len() >> 2 > size {
        let result = copy(t, v)?;
        difference_update(t, this(&result), other)?;
        return Ok(result);
    }
    let result = empty_like(t, v);
    for (key, hash) in set.hashed_items(t) {
        let there = match (of(other), other.cast_exact::<Dict>()) {
            (Some(other), _) => other.contains_hashed(t, &key, hash)?,
            (_, Some(dict)) => dict.get_hashed(t, &key, hash)?.is_some(),
            _ => false,
        };
        if !there {
            this(&result).add_hashed(t, &key, hash)?;
        }
    }
    Ok(result)
}

/// The keys of `v` that are in `other` too.
pub fn intersection(t: &Thread, v: &Value, other: &Value) -> R {
    if v.is(other) {
        return copy(t, v);
    }
    let result = empty_like(t, v);
    let (mut set, mut other) = (v, other);
    // The smaller of two sets is walked through.
    if let Some(o) = of(other)
        && o.len() > this(set).len()
    {
        (set, other) = (other, set);
    }
    each(t, other, |key, hash| {
        if this(set).contains_hashed(t, key, hash)? {
            this(&result).add_hashed(t, key, hash)?;
        }
        Ok(())
    })?;
    Ok(result)
}

/// Keeps only what is in `other` too.
pub fn intersection_update(t: &Thread, v: &Value, other: &Value) -> R<()> {
    let result = intersection(t, v, other)?;
    this(v).swap_table(t, this(&result));
    Ok(())
}

/// Removes what is in both, adds what is in `other` alone.
pub fn symmetric_difference_update(t: &Thread, set: &Set, other: &Value) -> R<()> {
    if other.is_header(set.header()) {
        set.clear(t);
        return Ok(());
    }
    // Each item once: one that came twice would be removed and added again.
    let once;
    let other = if of(other).is_some() || other.cast_exact::<Dict>().is_some() {
        other
    } else {
        once = Set::from_iterable(t, other)?;
        &once
    };
    each(t, other, |key, hash| {
        if !set.discard_hashed(t, key, hash)? {
            set.add_hashed(t, key, hash)?;
        }
        Ok(())
    })
}

/// What is in one of the two only.
pub fn symmetric_difference(t: &Thread, v: &Value, other: &Value) -> R {
    let result = empty_like(t, v);
    update(t, this(&result), other)?;
    symmetric_difference_update(t, this(&result), v)?;
    Ok(result)
}

/// Whether all keys of `v` are in `other`.
pub fn is_subset(t: &Thread, v: &Value, other: &Value) -> R<bool> {
    let set = this(v);
    let Some(other_set) = of(other) else {
        let common = intersection(t, v, other)?;
        return Ok(this(&common).len() == set.len());
    };
    if set.len() > other_set.len() {
        return Ok(false);
    }
    let mut position = 0;
    while let Some((key, hash)) = set.next_entry(t, &mut position) {
        if !other_set.contains_hashed(t, &key, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether all items of `other` are keys of `v`.
pub fn is_superset(t: &Thread, v: &Value, other: &Value) -> R<bool> {
    if of(other).is_some() {
        return is_subset(t, other, v);
    }
    let it = protocol::iter(t, other)?;
    while let Some(item) = protocol::next(t, &it)? {
        if !this(v).contains(t, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether nothing is in both.
pub fn is_disjoint(t: &Thread, v: &Value, other: &Value) -> R<bool> {
    if v.is(other) {
        return Ok(this(v).is_empty());
    }
    let (mut set, mut other) = (v, other);
    if let Some(o) = super::exact(other)
        && o.len() > this(set).len()
    {
        (set, other) = (other, set);
    }
    if let Some(other) = of(other) {
        let mut position = 0;
        while let Some((key, hash)) = other.next_entry(t, &mut position) {
            if this(set).contains_hashed(t, &key, hash)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let it = protocol::iter(t, other)?;
    while let Some(item) = protocol::next(t, &it)? {
        if this(set).contains(t, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
