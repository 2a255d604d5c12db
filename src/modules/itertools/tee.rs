//! `tee`: one iterator becomes several.
//!
//! What was drawn is kept in a chain of blocks that all copies share; each copy has its own place in it, and a
//! block dies when the slowest copy has left it.

use super::iterator;
use crate::modules::native_type::{fields, with_type};
use crate::objects::container::{check_positional, class_of};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

/// Items per block: CPython's number.
const BLOCK: usize = 57;

fields! {
    /// The payload of `_tee_dataobject`: one block.
    TeeData {
        iter: Value,
        items: Guarded<Vec<Value>>,
        /// The block behind this one.
        next: Slot,
        /// The iterator is being asked.
        running: AtomicBool,
    }
}

fields! {
    /// The payload of `_tee`: a place in the chain.
    Tee { data: Slot, index: AtomicUsize }
}

fn make_data(t: &Thread, iter: Value, items: Vec<Value>) -> R {
    with_type(t, &TEE_DATA, |class| {
        TeeData::make_in(t, class, iter, Guarded::new(items), Slot::EMPTY, AtomicBool::new(false))
    })
}

fn make_tee(t: &Thread, data: Value, index: usize) -> R {
    with_type(t, &TEE_ITERATOR, |class| Tee::make_in(t, class, Slot::new(data), AtomicUsize::new(index)))
}

/// The item at an index of a block, drawn now if it is the next one.
fn item_at(t: &Thread, data: &TeeData, index: usize) -> R<Option<Value>> {
    if let Some(item) = data.items.lock().get(index) {
        return Ok(Some(item.clone()));
    }
    if data.running.swap(true, Acquire) {
        return Err(t.runtime_error("cannot re-enter the tee iterator"));
    }
    let item = protocol::next(t, &data.iter);
    data.running.store(false, Release);
    let item = item?;
    if let Some(item) = &item {
        data.items.lock().push(item.clone());
    }
    Ok(item)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Tee::this(v);
    let Some(mut data) = it.data.get(t) else { return Ok(None) };
    let mut index = it.index.load(Relaxed);
    if index >= BLOCK {
        let block = TeeData::this(&data);
        let following = match block.next.get(t) {
            Some(following) => following,
            None => {
                let made = make_data(t, block.iter.clone(), Vec::new())?;
                block.next.set(made.clone());
                made
            }
        };
        it.data.set(following.clone());
        (data, index) = (following, 0);
        it.index.store(0, Relaxed);
    }
    let item = item_at(t, TeeData::this(&data), index)?;
    if item.is_some() {
        it.index.store(index + 1, Relaxed);
    }
    Ok(item)
}

fn copy(t: &Thread, v: &Value) -> R {
    let it = Tee::this(v);
    match it.data.get(t) {
        Some(data) => make_tee(t, data, it.index.load(Relaxed)),
        None => Err(t.runtime_error("tee iterator was cleared")),
    }
}

/// A tee iterator over an iterable; a copy, if it is one already.
fn from_iterable(t: &Thread, iterable: &Value) -> R {
    let iter = protocol::iter(t, iterable)?;
    if Tee::of(&iter).is_some() {
        return copy(t, &iter);
    }
    make_tee(t, make_data(t, iter, Vec::new())?, 0)
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    crate::objects::container::no_keywords(t, "_tee", args)?;
    check_positional(t, "_tee", args.pos.len(), 1, 1)?;
    from_iterable(t, &args.pos[0])
}

fn data_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    class_of(t, class)?;
    check_positional(t, "teedataobject", args.pos.len(), 3, 3)?;
    let Some(items) = args.pos[1].cast::<List>() else {
        return Err(t.type_error(format!(
            "teedataobject() argument 2 must be list, not {}",
            args.pos[1].type_of(t).name_str()
        )));
    };
    let items = items.snapshot(t);
    let (full, next) = (items.len() == BLOCK, &args.pos[2]);
    if items.len() > BLOCK || (!full && !next.is_none()) {
        return Err(t.value_error("Invalid arguments"));
    }
    if full && !next.is_none() && TeeData::of(next).is_none() {
        return Err(t.value_error("Invalid arguments"));
    }
    let data = make_data(t, args.pos[0].clone(), items)?;
    if full && !next.is_none() {
        TeeData::this(&data).next.set(next.clone());
    }
    Ok(data)
}

fn tee(t: &Thread, _: &Value, args: &[Value]) -> R {
    let n = args.get(1).map_or(Ok(2), |n| int::arg_isize(t, n))?;
    if n < 0 {
        return Err(t.value_error("n must be >= 0"));
    }
    let mut out = crate::objects::container::try_vec(t, n as usize)?;
    if n > 0 {
        let iter = protocol::iter(t, &args[0])?;
        let copier = match protocol::getattr_opt(t, &iter, &t.names().__copy__)? {
            Some(copier) => {
                out.push(iter);
                copier
            }
            None => {
                out.push(from_iterable(t, &iter)?);
                protocol::getattr(t, &out[0], &t.names().__copy__)?
            }
        };
        for _ in 1..n {
            out.push(protocol::call(t, &copier, &[])?);
        }
    }
    Ok(t.tuple(out))
}

/// `itertools.tee`.
pub const TEE: Def =
    Def::new("tee", Func::Pos(tee, 1, 2), "($module, iterable, n=2, /)", "Returns a tuple of n independent iterators.");

const METHODS: &[Def] = &[Def::new("__copy__", Func::NoArgs(copy), "($self, /)", "Returns an independent iterator.")];

/// `itertools._tee`.
pub static TEE_ITERATOR: Spec = {
    let spec = iterator(
        "itertools._tee",
        Tee::SIZE,
        "_tee(iterable, /)\n--\n\nIterator wrapped to make it copyable.",
        new,
        next,
        Tee::MEMORY,
    );
    Spec { flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::WEAKREFABLE, methods: METHODS, ..spec }
};

/// `itertools._tee_dataobject`.
pub static TEE_DATA: Spec = Spec {
    name: "itertools._tee_dataobject",
    kind: Kind::Opaque,
    size: TeeData::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    slots: Slots { new: Some(data_new), ..TeeData::MEMORY },
    ..Spec::DEFAULT
};
