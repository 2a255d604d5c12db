//! `FutureIter`: what `await future` drives. It gives the future out once, if it is pending, and then its result.

use super::future;
use super::state::state;
use crate::objects::exception::{self, Exception};
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Sent, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::warn;
use std::sync::atomic::Ordering::*;

/// The payload of a `FutureIter`.
pub struct FutureIter {
    future: Slot,
}

impl Native for FutureIter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.future.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.future.take());
    }
}

pub fn make(t: &Thread, v: &Value) -> R {
    opaque::new(t, state(t).future_iter.get(), FutureIter { future: Slot::new(v.clone()) })
}

fn this(v: &Value) -> &FutureIter {
    v.opaque::<FutureIter>().expect("methods of a native type get its objects")
}

fn step(t: &Thread, v: &Value, _sent: Value) -> R<Sent> {
    let it = this(v);
    let Some(awaited) = it.future.get(t) else { return Ok(Sent::Returned(Value::NONE)) };
    let f = future::this(&awaited);
    if !f.is_done() {
        if f.blocking.swap(true, Relaxed) {
            return Err(t.runtime_error("await wasn't used with future"));
        }
        return Ok(Sent::Yielded(awaited));
    }
    drop(it.future.take());
    future::result(t, f).map(Sent::Returned)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    match step(t, v, Value::NONE)? {
        Sent::Yielded(v) => Ok(Some(v)),
        Sent::Returned(v) if v.is_none() => Ok(None),
        Sent::Returned(v) => Err(t.stop_iteration(&v)),
    }
}

fn send(t: &Thread, v: &Value, _value: &Value) -> R {
    match step(t, v, Value::NONE)? {
        Sent::Yielded(v) => Ok(v),
        Sent::Returned(v) => Err(t.stop_iteration(&v)),
    }
}

fn throw(t: &Thread, v: &Value, args: &[Value]) -> R {
    if args.len() > 1 {
        let message = "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
        warn::warn(t, |types| &types.deprecation_warning, message)?;
    }
    let (kind, value) = (&args[0], args.get(1).filter(|v| !v.is_none()));
    let traceback = args.get(2).filter(|v| !v.is_none());
    if traceback.is_some_and(|tb| tb.cast::<Traceback>().is_none()) {
        return Err(t.type_error("throw() third argument must be a traceback"));
    }
    let e = if exception::is_exception_class(t, kind) {
        match value {
            Some(e) if kind.cast::<Type>().is_some_and(|class| e.type_of(t).is_subtype(class)) => e.clone(),
            Some(value) => protocol::call(t, kind, std::slice::from_ref(value))?,
            None => protocol::call(t, kind, &[])?,
        }
    } else if kind.cast::<Exception>().is_some() {
        if value.is_some() {
            return Err(t.type_error("instance exception may not have a separate value"));
        }
        kind.clone()
    } else {
        let name = kind.type_of(t).name_str();
        return Err(
            t.type_error(format!("exceptions must be classes or instances deriving from BaseException, not {name}"))
        );
    };
    drop(this(v).future.take());
    if let (Some(tb), Some(e)) = (traceback, e.cast::<Exception>()) {
        e.traceback.set(tb.clone());
    }
    Err(t.raise_as_is(e))
}

fn close(_: &Thread, v: &Value) -> R {
    drop(this(v).future.take());
    Ok(Value::NONE)
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, v| Ok(v.clone())),
        next: Some(next),
        am_send: Some(step),
        ..opaque::spec::<FutureIter>("").slots
    },
    methods: &[
        Def::new("send", Func::One(send), "($self, object, /)", ""),
        Def::new("throw", Func::Pos(throw, 1, 3), "", ""),
        Def::new("close", Func::NoArgs(close), "($self, /)", ""),
    ],
    ..opaque::spec::<FutureIter>("_asyncio.FutureIter")
};
