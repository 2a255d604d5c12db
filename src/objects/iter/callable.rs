//! `callable_iterator`: `iter(callable, sentinel)`.

use super::{REDUCE_DOC, self_iter};
use crate::objects::container::{builtin, payload};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

payload! {
    /// The payload of `callable_iterator`; both slots are empty once it is exhausted.
    CallIter: CallIter { callable: Slot, sentinel: Slot }
}

impl CallIter {
    /// `iter(callable, sentinel)`; the caller has checked that it is callable.
    pub fn make(t: &Thread, callable: &Value, sentinel: &Value) -> Value {
        let typ = &t.types().callable_iterator;
        CallIter::make_for(t, typ, Slot::new(callable.clone()), Slot::new(sentinel.clone()))
    }

    fn end(&self) {
        drop(self.callable.take());
        drop(self.sentinel.take());
    }
}

fn this(v: &Value) -> &CallIter {
    v.cast::<CallIter>().expect("slots of `callable_iterator` get them")
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this(v);
    let Some(callable) = it.callable.get(t) else { return Ok(None) };
    match t.catch(protocol::call(t, &callable, &[]), |types| &types.stop_iteration)? {
        Some(result) => {
            // The call may have exhausted the iterator.
            let Some(sentinel) = it.sentinel.get(t) else { return Ok(None) };
            if !protocol::eq(t, &sentinel, &result)? {
                return Ok(Some(result));
            }
            it.end();
            Ok(None)
        }
        None => {
            it.end();
            Ok(None)
        }
    }
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let iter = builtin(t, "iter")?;
    match (it.callable.get(t), it.sentinel.get(t)) {
        (Some(callable), Some(sentinel)) => Ok(t.tuple([iter, t.tuple([callable, sentinel])])),
        _ => Ok(t.tuple([iter, t.tuple([t.tuple([])])])),
    }
}

static METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC)];

/// `callable_iterator`.
pub static SPEC: Spec = Spec {
    name: "callable_iterator",
    kind: Kind::CallIter,
    size: std::mem::size_of::<CallIter>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(CallIter::drop_payload),
        traverse: Some(CallIter::traverse),
        clear: Some(CallIter::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
