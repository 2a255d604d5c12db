//! `anext_awaitable`: what `anext(iterator, default)` gives. It awaits the next item; the end of the iterator is the
//! default.

use super::generator_type::awaitable_iter;
use super::header::Kind;
use super::opaque::{self, Native};
use super::protocol;
use super::slot::Slot;
use super::slots::{R, Raised, Sent, Slots};
use super::spec::{Def, Func, Spec, type_flags};
use super::thread::Thread;
use super::value::Value;

/// The payload of an `anext_awaitable`.
struct AnextAwaitable {
    wrapped: Slot,
    default: Slot,
}

impl Native for AnextAwaitable {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.wrapped.visit(visit);
        self.default.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.wrapped.take());
        drop(self.default.take());
    }
}

/// `anext(iterator[, default])`.
pub fn anext(t: &Thread, iterator: &Value, default: Option<&Value>) -> R {
    let typ = iterator.type_of(t);
    let Some(f) = typ.slots().am_anext else {
        return Err(t.type_error(format!("'{}' object is not an async iterator", typ.name_str())));
    };
    let awaitable = f(t, iterator)?;
    match default {
        None => Ok(awaitable),
        Some(default) => opaque::new(
            t,
            &t.types().anext_awaitable,
            AnextAwaitable { wrapped: Slot::new(awaitable), default: Slot::new(default.clone()) },
        ),
    }
}

/// The iterator that is driven: of a coroutine its wrapper.
fn iterator(t: &Thread, v: &Value) -> R {
    let wrapped = v.opaque::<AnextAwaitable>().and_then(|a| a.wrapped.get(t)).unwrap_or(Value::NONE);
    let it = awaitable_iter(t, &wrapped)?;
    if it.kind() != Kind::Coroutine {
        return Ok(it);
    }
    match it.type_of(t).slots().am_await {
        Some(f) => f(t, &it),
        None => Ok(it),
    }
}

/// `StopAsyncIteration` is the end: the result is the default.
fn at_end(t: &Thread, v: &Value, raised: Raised) -> Raised {
    if !t.raised_is(&raised, &t.types().stop_async_iteration) {
        return raised;
    }
    drop(t.take_exception(raised));
    let default = v.opaque::<AnextAwaitable>().and_then(|a| a.default.get(t)).unwrap_or(Value::NONE);
    t.stop_iteration(&default)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = iterator(t, v)?;
    match super::type_slots::call_next(t, &it) {
        Ok(Sent::Yielded(item)) => Ok(Some(item)),
        Ok(Sent::Returned(value)) if value.is_none() => Ok(None),
        Ok(Sent::Returned(value)) => Err(t.stop_iteration(&value)),
        Err(raised) => Err(at_end(t, v, raised)),
    }
}

fn forward(t: &Thread, v: &Value, name: &str, args: &[Value]) -> R {
    let it = iterator(t, v)?;
    protocol::call_method_str(t, &it, name, args).map_err(|raised| at_end(t, v, raised))
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC,
    slots: Slots {
        iter: Some(|_, v| Ok(v.clone())),
        am_await: Some(|_, v| Ok(v.clone())),
        next: Some(next),
        ..opaque::spec::<AnextAwaitable>("").slots
    },
    methods: &[
        Def::new(
            "send",
            Func::One(|t, v, value| forward(t, v, "send", std::slice::from_ref(value))),
            "($self, object, /)",
            "send(arg) -> send 'arg' into the wrapped iterator,\nreturn next yielded value or raise StopIteration.",
        ),
        Def::new(
            "throw",
            Func::VarPos(|t, v, args| forward(t, v, "throw", args)),
            "",
            "throw(value)\nthrow(typ[,val[,tb]])\n\nraise exception in the wrapped iterator, return next yielded value\nor raise StopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        Def::new(
            "close",
            Func::NoArgs(|t, v| forward(t, v, "close", &[])),
            "($self, /)",
            "close() -> raise GeneratorExit inside generator.",
        ),
    ],
    ..opaque::spec::<AnextAwaitable>("anext_awaitable")
};
