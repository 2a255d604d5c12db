//! Asynchronous generators: the awaitables that `__anext__`, `asend`, `athrow` and `aclose` give, and how what is
//! yielded is told apart from what is awaited.
//!
//! The frame of an asynchronous generator runs as any generator's. `await` in it suspends with whatever the awaited
//! thing yields; `yield` wraps its value ([`wrap`]) first. The awaitable that drives the generator passes the former
//! on to the event loop, and ends with `StopIteration(value)` at the latter.

use super::container::payload;
use super::exception::Exception;
use super::generator::{Generator, State};
use super::generator_type::{self, check_throw_args, generator, names, send, throw_into};
use super::generic_alias;
use super::header::Kind;
use super::protocol;
use super::slot::Slot;
use super::slots::{R, Raised, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::Value;
use super::warn;
use std::sync::atomic::{AtomicU32, Ordering::*};

payload! {
    /// What `yield` in an asynchronous generator suspends with.
    Wrapped: AsyncGenWrapped {
        value: Slot,
    }
}

/// What an asynchronous generator yields, told apart from what it awaits.
pub fn wrap(t: &Thread, v: Value) -> Value {
    Wrapped::make_for(t, &t.types().async_generator_wrapped_value, Slot::new(v.into_owned()))
}

pub static WRAPPED: Spec = Spec {
    name: "async_generator_wrapped_value",
    kind: Kind::AsyncGenWrapped,
    size: std::mem::size_of::<Wrapped>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        traverse: Some(Wrapped::traverse),
        clear: Some(Wrapped::clear_refs),
        drop: Some(Wrapped::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};

/// Whether a coroutine is suspended in an `await` of its own.
pub fn is_awaited(t: &Thread, g: &Generator) -> bool {
    generator_type::delegate(t, g).is_some()
}

/// The finalizer hook (`sys.set_asyncgen_hooks`) of a generator that nobody refers to and that was not closed: whether
/// there was one.
pub(super) fn call_finalizer(t: &Thread, v: &Value, g: &Generator) -> bool {
    let Some(hook) = g.origin.get(t).filter(|_| !g.closed.load(Relaxed)) else { return false };
    if let Err(raised) = protocol::call(t, &hook, std::slice::from_ref(v)) {
        let e = t.take_exception(raised);
        let shown = protocol::repr_text(t, &hook).unwrap_or_default();
        super::exception::report_unraisable(t, e, &format!("Exception ignored while calling finalizer {shown}"), None);
    }
    true
}

/// Tells the event loop of a generator that is iterated for the first time.
fn init_hooks(t: &Thread, v: &Value) -> R<()> {
    let g = generator(t, v)?;
    if g.hooks_inited.swap(true, AcqRel) {
        return Ok(());
    }
    if let Some(finalizer) = t.asyncgen_finalizer.get(t) {
        g.origin.set(finalizer);
    }
    if let Some(first) = t.asyncgen_firstiter.get(t) {
        protocol::call(t, &first, std::slice::from_ref(v))?;
    }
    Ok(())
}

/// States of an awaitable.
const INIT: u32 = 0;
const ITER: u32 = 1;
const CLOSED: u32 = 2;

payload! {
    /// The payload of what `__anext__()` and `asend()` give.
    Asend: AsyncGenSend {
        generator: Slot,
        value: Slot,
        state: AtomicU32,
    }
}

payload! {
    /// The payload of what `athrow()` and `aclose()` give; the latter has no arguments.
    Athrow: AsyncGenThrow {
        generator: Slot,
        args: Slot,
        state: AtomicU32,
    }
}

fn anext(t: &Thread, v: &Value) -> R {
    init_hooks(t, v)?;
    let types = t.types();
    Ok(Asend::make_for(t, &types.async_generator_asend, Slot::new(v.clone()), Slot::EMPTY, AtomicU32::new(INIT)))
}

fn asend(t: &Thread, v: &Value, value: &Value) -> R {
    init_hooks(t, v)?;
    let (typ, value) = (&t.types().async_generator_asend, Slot::new(value.clone()));
    Ok(Asend::make_for(t, typ, Slot::new(v.clone()), value, AtomicU32::new(INIT)))
}

fn make_athrow(t: &Thread, v: &Value, args: Option<&[Value]>) -> R {
    init_hooks(t, v)?;
    let (typ, args) = (&t.types().async_generator_athrow, Slot::from_option(args.map(|a| Tuple::from_slice(t, a))));
    Ok(Athrow::make_for(t, typ, Slot::new(v.clone()), args, AtomicU32::new(INIT)))
}

fn athrow(t: &Thread, v: &Value, args: &[Value]) -> R {
    if args.len() > 1 {
        check_throw_args(t, "athrow", args)?;
    }
    make_athrow(t, v, Some(args))
}

fn matches_any(t: &Thread, raised: &Raised, with_stop: bool) -> bool {
    let types = t.types();
    t.raised_is(raised, &types.stop_async_iteration)
        || t.raised_is(raised, &types.generator_exit)
        || (with_stop && t.raised_is(raised, &types.stop_iteration))
}

/// `StopIteration()`: the `await` is done.
fn done(t: &Thread) -> Raised {
    t.stop_iteration(&Value::NONE)
}

/// What the generator did: what it awaits on is passed on, what it yielded ends the `await` (`async_gen_unwrap_value`).
fn unwrap(t: &Thread, g: &Generator, result: R) -> R {
    match result {
        Err(raised) => {
            if matches_any(t, &raised, false) {
                g.closed.store(true, Relaxed);
            }
            g.running_async.store(false, Relaxed);
            Err(raised)
        }
        Ok(value) => match value.cast::<Wrapped>() {
            Some(wrapped) => {
                g.running_async.store(false, Relaxed);
                Err(t.stop_iteration(&wrapped.value.get(t).unwrap_or(Value::NONE)))
            }
            None => Ok(value),
        },
    }
}

/// `generator.throw(...)` as the awaitables do it.
fn throw_args(t: &Thread, v: &Value, close_on_exit: bool, args: &[Value]) -> R {
    let sent = throw_into(t, v, close_on_exit, args)?;
    generator_type::shown(t, v, sent)
}

fn asend_parts<'a>(t: &Thread, v: &'a Value) -> R<(&'a Asend, Value)> {
    let a = v.cast::<Asend>().ok_or_else(|| t.type_error("an async_generator_asend is required"))?;
    let generator = a.generator.get(t).ok_or_else(|| t.runtime_error("the asynchronous generator is gone"))?;
    Ok((a, generator))
}

/// Begins the `await`, unless it is under way: only one of a generator at a time.
fn begin(t: &Thread, state: &AtomicU32, g: &Generator, what: &str) -> R<bool> {
    if state.load(Relaxed) != INIT {
        return Ok(false);
    }
    if g.running_async.load(Relaxed) {
        state.store(CLOSED, Relaxed);
        return Err(t.runtime_error(format!("{what}(): asynchronous generator is already running")));
    }
    Ok(true)
}

fn asend_send(t: &Thread, v: &Value, value: &Value) -> R {
    let (a, agen) = asend_parts(t, v)?;
    let g = generator(t, &agen)?;
    if a.state.load(Relaxed) == CLOSED {
        return Err(t.runtime_error("cannot reuse already awaited __anext__()/asend()"));
    }
    let mut value = value.clone();
    if begin(t, &a.state, g, "anext")? {
        if value.is_none() {
            value = a.value.get(t).unwrap_or(Value::NONE);
        }
        a.state.store(ITER, Relaxed);
    }
    g.running_async.store(true, Relaxed);
    let result = unwrap(t, g, send(t, &agen, &value));
    if result.is_err() {
        a.state.store(CLOSED, Relaxed);
    }
    result
}

fn asend_throw(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (a, agen) = asend_parts(t, v)?;
    let g = generator(t, &agen)?;
    if a.state.load(Relaxed) == CLOSED {
        return Err(t.runtime_error("cannot reuse already awaited __anext__()/asend()"));
    }
    if begin(t, &a.state, g, "anext")? {
        a.state.store(ITER, Relaxed);
        g.running_async.store(true, Relaxed);
    }
    let thrown = check_throw_args(t, "throw", args).and_then(|()| throw_args(t, &agen, true, args));
    let result = unwrap(t, g, thrown);
    if result.is_err() {
        a.state.store(CLOSED, Relaxed);
    }
    result
}

/// `close()` of an awaitable: throws `GeneratorExit` into it.
fn close_by(t: &Thread, v: &Value, state: &AtomicU32, throw: fn(&Thread, &Value, &[Value]) -> R) -> R {
    if state.load(Relaxed) == CLOSED {
        return Ok(Value::NONE);
    }
    match throw(t, v, &[t.types().generator_exit.value()]) {
        Ok(_) => Err(t.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) if matches_any(t, &raised, true) => {
            drop(t.take_exception(raised));
            Ok(Value::NONE)
        }
        Err(raised) => Err(raised),
    }
}

/// The `next` slot of an awaitable: the end of it with `None` is no exception.
fn next_by(t: &Thread, v: &Value, send: fn(&Thread, &Value, &Value) -> R) -> R<Option<Value>> {
    match send(t, v, &Value::NONE) {
        Ok(value) => Ok(Some(value)),
        Err(raised) if t.raised_is(&raised, &t.types().stop_iteration) => {
            let e = t.take_exception(raised);
            match e.cast::<Exception>().and_then(|e| e.fields[0].get(t)).filter(|v| !v.is_none()) {
                Some(_) => Err(t.raise_as_is(e)),
                None => Ok(None),
            }
        }
        Err(raised) => Err(raised),
    }
}

/// An awaitable that nobody awaited.
fn never_awaited(t: &Thread, state: &AtomicU32, agen: Option<Value>, method: &str) {
    let Some(agen) = agen.filter(|_| state.load(Relaxed) == INIT) else { return };
    let Some(g) = Generator::of(&agen) else { return };
    let saved = t.take_raised();
    let name = g.qualname.get(t).and_then(|n| n.cast::<Str>().map(|_| n.clone()));
    let name = name.map(|n| protocol::repr_text(t, &n).unwrap_or_default()).unwrap_or_default();
    let message = format!("coroutine method '{method}' of {name} was never awaited");
    if let Err(raised) = warn::warn(t, |types| &types.runtime_warning, &message) {
        let e = t.take_exception(raised);
        let shown = protocol::repr_text(t, &agen).unwrap_or_default();
        let message = format!("Exception ignored while finalizing async generator {shown}");
        super::exception::report_unraisable(t, e, &message, None);
    }
    t.put_raised(saved);
}

fn athrow_parts<'a>(t: &Thread, v: &'a Value) -> R<(&'a Athrow, Value)> {
    let a = v.cast::<Athrow>().ok_or_else(|| t.type_error("an async_generator_athrow is required"))?;
    if a.state.load(Relaxed) == CLOSED {
        return Err(t.runtime_error("cannot reuse already awaited aclose()/athrow()"));
    }
    let generator = a.generator.get(t).ok_or_else(|| t.runtime_error("the asynchronous generator is gone"))?;
    Ok((a, generator))
}

/// The generator yielded while it was to be closed.
fn yielded_at_close(t: &Thread, a: &Athrow, g: &Generator) -> Raised {
    g.running_async.store(false, Relaxed);
    a.state.store(CLOSED, Relaxed);
    t.runtime_error("async generator ignored GeneratorExit")
}

/// The generator raised: for `aclose()` its end is what was wanted.
fn check_error(t: &Thread, a: &Athrow, g: &Generator, raised: Raised) -> Raised {
    g.running_async.store(false, Relaxed);
    a.state.store(CLOSED, Relaxed);
    if a.args.is_empty() && matches_any(t, &raised, false) {
        drop(t.take_exception(raised));
        return done(t);
    }
    raised
}

fn athrow_send(t: &Thread, v: &Value, value: &Value) -> R {
    let (a, agen) = athrow_parts(t, v)?;
    let g = generator(t, &agen)?;
    if g.state() == State::Finished {
        a.state.store(CLOSED, Relaxed);
        return Err(done(t));
    }
    let args = a.args.get(t);
    if begin(t, &a.state, g, if args.is_some() { "athrow" } else { "aclose" })? {
        if g.closed.load(Relaxed) {
            a.state.store(CLOSED, Relaxed);
            return Err(t.raise_with(t.types().stop_async_iteration.get(), &[]));
        }
        if !value.is_none() {
            return Err(t.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        a.state.store(ITER, Relaxed);
        g.running_async.store(true, Relaxed);
        let result = match args.as_ref().and_then(|x| x.cast::<Tuple>()) {
            None => {
                g.closed.store(true, Relaxed);
                let result = throw_args(t, &agen, false, &[t.types().generator_exit.value()]);
                if result.as_ref().is_ok_and(|r| r.cast::<Wrapped>().is_some()) {
                    return Err(yielded_at_close(t, a, g));
                }
                result
            }
            Some(args) => {
                super::container::check_positional(t, "athrow", args.len(), 1, 3)?;
                let result = throw_args(t, &agen, false, args.items());
                unwrap(t, g, result)
            }
        };
        return result.map_err(|raised| check_error(t, a, g, raised));
    }
    let result = send(t, &agen, value);
    if args.is_some() {
        let result = unwrap(t, g, result);
        if result.is_err() {
            a.state.store(CLOSED, Relaxed);
        }
        return result;
    }
    match result {
        Ok(r) if r.cast::<Wrapped>().is_some() => Err(yielded_at_close(t, a, g)),
        Ok(r) => Ok(r),
        Err(raised) => Err(check_error(t, a, g, raised)),
    }
}

fn athrow_throw(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (a, agen) = athrow_parts(t, v)?;
    let g = generator(t, &agen)?;
    let closes = a.args.is_empty();
    if begin(t, &a.state, g, if closes { "aclose" } else { "athrow" })? {
        a.state.store(ITER, Relaxed);
        g.running_async.store(true, Relaxed);
    }
    let result = check_throw_args(t, "throw", args).and_then(|()| throw_args(t, &agen, true, args));
    if !closes {
        let result = unwrap(t, g, result);
        if result.is_err() {
            a.state.store(CLOSED, Relaxed);
        }
        return result;
    }
    match result {
        Ok(r) if r.cast::<Wrapped>().is_some() => Err(yielded_at_close(t, a, g)),
        Ok(r) => Ok(r),
        Err(raised) => Err(check_error(t, a, g, raised)),
    }
}

const SEND_DOC: &str = "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.";
const THROW_DOC: &str = "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.";
const CLOSE_DOC: &str = "close() -> raise GeneratorExit inside generator.";

/// The table of an awaitable's type.
macro_rules! awaitable {
    ($cell:ident, $name:literal, $kind:ident, $payload:ident, $send:ident, $throw:ident, $method:expr) => {
        pub static $cell: Spec = Spec {
            name: $name,
            kind: Kind::$kind,
            size: std::mem::size_of::<$payload>(),
            flags: type_flags::HAVE_GC,
            slots: Slots {
                iter: Some(|_, v| Ok(v.clone())),
                am_await: Some(|_, v| Ok(v.clone())),
                next: Some(|t, v| next_by(t, v, $send)),
                finalize: Some(|t, v| {
                    if let Some(a) = v.cast::<$payload>() {
                        never_awaited(t, &a.state, a.generator.get(t), $method(a));
                    }
                }),
                traverse: Some($payload::traverse),
                clear: Some($payload::clear_refs),
                drop: Some($payload::drop_payload),
                ..Slots::EMPTY
            },
            methods: &[
                Def::new("send", Func::One($send), "($self, object, /)", SEND_DOC),
                Def::new("throw", Func::VarPos($throw), "", THROW_DOC),
                Def::new(
                    "close",
                    Func::NoArgs(|t, v| match v.cast::<$payload>() {
                        Some(a) => close_by(t, v, &a.state, $throw),
                        None => Ok(Value::NONE),
                    }),
                    "($self, /)",
                    CLOSE_DOC,
                ),
            ],
            ..Spec::DEFAULT
        };
    };
}

awaitable!(ASEND, "async_generator_asend", AsyncGenSend, Asend, asend_send, asend_throw, |_: &Asend| "asend");
awaitable!(ATHROW, "async_generator_athrow", AsyncGenThrow, Athrow, athrow_send, athrow_throw, |a: &Athrow| {
    if a.args.is_empty() { "aclose" } else { "athrow" }
});

pub static SPEC: Spec = Spec {
    name: "async_generator",
    kind: Kind::AsyncGenerator,
    size: std::mem::size_of::<Generator>(),
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    slots: Slots { am_aiter: Some(|_, v| Ok(v.clone())), am_anext: Some(anext), ..generator_type::SLOTS },
    methods: &[
        Def::new("asend", Func::One(asend), "($self, object, /)", "asend(v) -> send 'v' in generator."),
        Def::new(
            "athrow",
            Func::VarPos(athrow),
            "",
            "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        Def::new(
            "aclose",
            Func::NoArgs(|t, v| make_athrow(t, v, None)),
            "($self, /)",
            "aclose() -> raise GeneratorExit inside generator.",
        ),
        Def::new(
            "__sizeof__",
            Func::NoArgs(generator_type::sizeof),
            "($self, /)",
            "gen.__sizeof__() -> size of gen in memory, in bytes",
        ),
        Def::class(
            "__class_getitem__",
            Func::One(generic_alias::make_for_class),
            "($type, object, /)",
            "async generators are generic over the types of their yield and send values",
        ),
    ],
    getset: &[
        GetSet::member("ag_running", |t, v| Ok(Value::bool(generator(t, v)?.running_async.load(Relaxed))), ""),
        names!("async generator").0,
        names!("async generator").1,
        GetSet::ro("ag_await", generator_type::delegate_or_none, "object being awaited on, or None"),
        GetSet::ro("ag_frame", generator_type::frame, ""),
        GetSet::ro("ag_code", generator_type::code, ""),
        GetSet::ro("ag_suspended", generator_type::suspended, ""),
    ],
    ..Spec::DEFAULT
};
