//! What operators and built-in functions do with a list.

use super::List;
use crate::objects::container::{self, ReprGuard};
use crate::objects::iter::ListIter;
use crate::objects::protocol;
use crate::objects::slice::{Slice, adjust};
use crate::objects::slots::{Args, CmpOp, R};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// The list that a slot or method was called on.
#[inline(always)]
pub(super) fn this(v: &Value) -> &List {
    v.cast::<List>().expect("slots of `list` get lists")
}

/// Memory for an empty list of class `class`.
pub(super) fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    if t.types().list.is(class) {
        return Ok(List::with_capacity(t, 0));
    }
    // SAFETY: `init_payload` writes every field.
    unsafe { container::allocate_in::<List>(t, class, |this| List::init_payload(this)) }
}

pub(super) fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if !container::overrides_init(v.type_of(t), &t.types().list) {
        container::no_keywords(t, "list", args)?;
    }
    container::check_positional(t, "list", args.pos.len(), 0, 1)?;
    let list = this(v);
    if !list.is_empty() {
        list.clear(t);
    }
    match args.pos.first() {
        Some(iterable) => list.extend(t, iterable),
        None => Ok(()),
    }
}

impl List {
    /// Appends the items of any iterable.
    pub fn extend(&self, t: &Thread, iterable: &Value) -> R<()> {
        if let Some(items) = protocol::snapshot(t, iterable) {
            return self.extend_vec(t, items);
        }
        let it = protocol::iter(t, iterable)?;
        protocol::check_room(t, protocol::length_hint(t, iterable, 8)?)?;
        let next = it.type_of(t).slots().next.ok_or_else(|| t.type_error("object is not an iterator"))?;
        while let Some(item) = next(t, &it)? {
            self.push(t, item);
        }
        Ok(())
    }
}

pub(super) fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

/// An index that counts from the end if negative; `None` where it lies outside.
#[inline(always)]
pub(super) fn normal_index(i: isize, len: usize) -> Option<usize> {
    let i = if i < 0 { i + len as isize } else { i };
    usize::try_from(i).ok().filter(|&i| i < len)
}

fn bad_index(t: &Thread, key: &Value) -> crate::objects::slots::Raised {
    t.type_error(format!("list indices must be integers or slices, not {}", key.type_of(t).name_str()))
}

pub(super) fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let list = this(v);
    if let Some(i) = key.as_small() {
        return match normal_index(i as isize, list.len()).and_then(|i| list.get(t, i)) {
            Some(item) => Ok(item),
            None => Err(t.index_error("list index out of range")),
        };
    }
    if let Some(slice) = key.cast::<Slice>() {
        let (start, stop, step) = slice.unpack(t)?;
        return list.select(t, start, stop, step);
    }
    if key.type_of(t).slots().nb_index.is_some() {
        let i = protocol::index_isize(t, key)?;
        return match normal_index(i, list.len()).and_then(|i| list.get(t, i)) {
            Some(item) => Ok(item),
            None => Err(t.index_error("list index out of range")),
        };
    }
    Err(bad_index(t, key))
}

pub(super) fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let list = this(v);
    let index = match key.as_small() {
        Some(i) => i as isize,
        None => {
            if let Some(slice) = key.cast::<Slice>() {
                return set_slice(t, v, slice, value);
            }
            if key.type_of(t).slots().nb_index.is_none() {
                return Err(bad_index(t, key));
            }
            protocol::index_isize(t, key)?
        }
    };
    let done = match (normal_index(index, list.len()), value) {
        (Some(i), Some(value)) => list.set(t, i, value.clone()).is_ok(),
        (Some(i), None) => list.remove_at(t, i).is_some(),
        (None, _) => false,
    };
    if done { Ok(()) } else { Err(t.index_error("list assignment index out of range")) }
}

fn set_slice(t: &Thread, v: &Value, slice: &Slice, value: Option<&Value>) -> R<()> {
    let list = this(v);
    let (start, stop, step) = slice.unpack(t)?;
    let Some(value) = value else {
        let b = adjust(list.len(), start, stop, step);
        return delete_slice(t, list, b);
    };
    // A list or tuple is taken as it is, so that `a[:] = a` works.
    let exact = value.cast_exact::<List>().is_some() || value.cast_exact::<Tuple>().is_some();
    let new = if exact {
        let b = adjust(list.len(), start, stop, step);
        if let Some(source) = value.cast_exact::<List>()
            && [list, source].iter().all(|l| l.header.is_held_by(t.tid()))
            && step == 1
            && source.len() == b.count
            && !std::ptr::eq(source, list)
            // SAFETY: nobody else changes the source, and counting references runs no Python code.
            && list.overwrite(t, b.start as usize, unsafe { source.slice_locked() })
        {
            return Ok(());
        }
        protocol::collect(t, value)?
    } else {
        let Some(it) = t.catch(protocol::iter(t, value), |types| &types.type_error)? else {
            return Err(t.type_error("must assign iterable to extended slice"));
        };
        protocol::collect(t, &it)?
    };
    let b = adjust(list.len(), start, stop, step);
    if step == 1 {
        return list.splice(t, b.start as usize, b.count, new);
    }
    if new.len() != b.count {
        return Err(t.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            new.len(),
            b.count
        )));
    }
    list.set_many(t, b.indices(), new);
    Ok(())
}

fn delete_slice(t: &Thread, list: &List, b: crate::objects::slice::Bounds) -> R<()> {
    if b.count == 0 {
        return Ok(());
    }
    if b.step == 1 {
        return list.splice(t, b.start as usize, b.count, Vec::new());
    }
    let (first, step) =
        if b.step < 0 { (b.start + b.step * (b.count as isize - 1), -b.step) } else { (b.start, b.step) };
    let (first, step) = (first as usize, step as usize);
    list.edit(t, |items, dropped| {
        let (mut i, mut kept) = (0, Vec::with_capacity(items.len()));
        for item in items.drain(..) {
            let selected = i >= first && (i - first) % step == 0 && (i - first) / step < b.count;
            if selected {
                dropped.push(item)
            } else {
                kept.push(item)
            }
            i += 1;
        }
        *items = kept;
    });
    Ok(())
}

pub(super) fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(other) = b.cast::<List>() else {
        return Err(t.type_error(format!("can only concatenate list (not \"{}\") to list", b.type_of(t).name_str())));
    };
    let mut items = this(a).snapshot(t);
    items.extend(other.snapshot(t));
    Ok(List::from_vec(t, items))
}

pub(super) fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    let items = this(v).snapshot(t);
    let total = container::repeated_len(t, items.len(), times)?;
    if total == 0 {
        return Ok(List::with_capacity(t, 0));
    }
    let value = List::try_with_capacity(t, total)?;
    let list = value.cast::<List>().expect("just made");
    for _ in 0..times {
        for item in &items {
            list.push_fresh(item.clone());
        }
    }
    Ok(value)
}

pub(super) fn inplace_concat(t: &Thread, v: &Value, other: &Value) -> R {
    this(v).extend(t, other)?;
    Ok(v.clone())
}

pub(super) fn inplace_repeat(t: &Thread, v: &Value, times: i64) -> R {
    let list = this(v);
    let items = list.snapshot(t);
    if times <= 0 {
        list.clear(t);
    } else if times > 1 && !items.is_empty() {
        let added = container::repeated_len(t, items.len(), times)? - items.len();
        let mut more = container::try_vec(t, added)?;
        for _ in 1..times {
            more.extend_from_slice(&items);
        }
        list.extend_vec(t, more)?;
    }
    Ok(v.clone())
}

pub(super) fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    let list = this(v);
    let mut i = 0;
    while let Some(x) = list.get(t, i) {
        if protocol::eq(t, &x, item)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

pub(super) fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<List>(), b.cast::<List>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if x.len() != y.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::bool(op == CmpOp::Ne));
    }
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(t, i), y.get(t, i)) {
        if !protocol::eq(t, &p, &q)? {
            return match op {
                CmpOp::Eq => Ok(Value::FALSE),
                CmpOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(t, &p, &q, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(x.len().cmp(&y.len()))))
}

pub(super) fn repr(t: &Thread, v: &Value) -> R {
    let list = this(v);
    if list.is_empty() {
        return Ok(t.str("[]"));
    }
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("[...]")) };
    // Item by item: `__repr__` may change the list.
    let mut out = container::Text::default();
    out.push("[");
    let mut i = 0;
    while let Some(item) = list.get(t, i) {
        if i > 0 {
            out.push(", ");
        }
        out.push_repr(t, &item)?;
        i += 1;
    }
    out.push("]");
    Ok(out.finish(t))
}

pub(super) fn iter(t: &Thread, v: &Value) -> R {
    Ok(ListIter::make(t, v))
}
