//! The types `generator`, `coroutine` and `coroutine_wrapper`, and the methods that asynchronous generators share with
//! them: `send`, `throw` and `close`.
//!
//! Running the frame is the VM's: it sets the slots `am_send` and `am_throw`. What is here decides what is sent or
//! thrown, and to whom: a generator that is suspended in `yield from` or `await` passes `throw` and `close` on to what
//! it delegates to.

use super::code_object::CodeObject;
use super::container::payload;
use super::exception::Exception;
use super::frame::Frame;
use super::generator::{Generator, State};
use super::generic_alias;
use super::header::Kind;
use super::protocol;
use super::slot::Slot;
use super::slots::{R, Raised, Sent, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::traceback::Traceback;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::Value;
use super::warn;
use crate::bytecode::Opcode;
use crate::compiler::code::flags;

/// The payload of a generator of any kind.
pub(super) fn generator<'a>(t: &Thread, v: &'a Value) -> R<&'a Generator> {
    Generator::of(v).ok_or_else(|| t.type_error("a generator is required"))
}

/// `generator`, `coroutine` or `async generator`, as messages say.
pub fn kind_name(v: &Value) -> &'static str {
    match v.kind() {
        Kind::Coroutine => "coroutine",
        Kind::AsyncGenerator => "async generator",
        _ => "generator",
    }
}

/// What the generator delegates to: the object of its `yield from` or `await`.
pub fn delegate(t: &Thread, g: &Generator) -> Option<Value> {
    if g.state() != State::Suspended {
        return None;
    }
    let f = g.frame();
    // SAFETY: the frame is suspended, so its `pc` and `sp` are saved; a yield of that kind leaves the delegate on top.
    unsafe {
        let unit = Frame::unit(f);
        let bytes = &Frame::code_of(f).code.code;
        let yields = bytes.get(unit * 2) == Some(&(Opcode::YIELD_VALUE as u8)) && bytes.get(unit * 2 + 1) == Some(&1);
        let _ = t;
        yields.then(|| Value::from_ref(&*(*f).sp.sub(1)).clone())
    }
}

/// Whether nothing of a suspended generator's own code would see an exception raised in it: only what the compiler puts
/// round every generator. `RESUME` says so.
fn handles_nothing(g: &Generator) -> bool {
    const DEPTH_1: u8 = 4;
    // SAFETY: the frame is suspended, so its `pc` is saved.
    unsafe {
        let next = (Frame::unit(g.frame()) + 1) * 2;
        let bytes = &Frame::code_of(g.frame()).code.code;
        bytes.get(next) == Some(&(Opcode::RESUME as u8)) && bytes.get(next + 1).is_some_and(|arg| arg & DEPTH_1 != 0)
    }
}

/// Sends a value into a generator.
pub(super) fn send_into(t: &Thread, v: &Value, value: Value) -> R<Sent> {
    match v.type_of(t).slots().am_send {
        Some(send) => send(t, v, value),
        None => Err(t.system_error("there is nothing to run frames")),
    }
}

/// Raises the current exception in a generator. `closing`: it is no error if it has ended.
fn raise_in(t: &Thread, v: &Value, raised: Raised, closing: bool) -> R<Sent> {
    match v.type_of(t).slots().am_throw {
        Some(throw) => throw(t, v, raised, closing),
        None => Err(raised),
    }
}

/// What Python code is told of a result: a return is `StopIteration`.
pub(super) fn shown(t: &Thread, v: &Value, sent: Sent) -> R {
    match sent {
        Sent::Yielded(value) => Ok(value),
        Sent::Returned(_) if v.kind() == Kind::AsyncGenerator => {
            Err(t.raise_with(t.types().stop_async_iteration.get(), &[]))
        }
        Sent::Returned(value) => Err(t.stop_iteration(&value)),
    }
}

/// `generator.send(value)`.
pub(super) fn send(t: &Thread, v: &Value, value: &Value) -> R {
    let sent = send_into(t, v, value.clone())?;
    shown(t, v, sent)
}

/// `generator.__next__()`: `None` at the end; the end of the generator with a value is a `StopIteration`.
fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    match send_into(t, v, Value::NONE)? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if value.is_none() => Ok(None),
        Sent::Returned(value) => Err(t.stop_iteration(&value)),
    }
}

/// Runs `f` while the generator counts as running and its frame as the innermost.
fn while_running<T>(t: &Thread, g: &Generator, f: impl FnOnce() -> T) -> T {
    let frame = g.frame();
    let caller = t.frame.get();
    g.set_state(State::Running);
    // SAFETY: the generator was suspended, so nobody else runs its frame.
    unsafe { (*frame).previous = caller };
    t.frame.set(frame);
    let result = f();
    t.frame.set(caller);
    // SAFETY: as above; it does not run and is not finished while it counts as running.
    unsafe { (*frame).previous = std::ptr::null_mut() };
    g.set_state(State::Suspended);
    result
}

/// `close()` of what a generator delegates to.
fn close_delegate(t: &Thread, delegate: &Value) -> R<()> {
    t.check_stack("")?;
    if matches!(delegate.kind(), Kind::Generator | Kind::Coroutine) {
        return close(t, delegate).map(drop);
    }
    match protocol::getattr_opt(t, delegate, &t.names().close) {
        Ok(Some(method)) => protocol::call(t, &method, &[]).map(drop),
        Ok(None) => Ok(()),
        Err(raised) => {
            t.unraisable(raised, "", Some(delegate));
            Ok(())
        }
    }
}

/// `generator.close()`: raises `GeneratorExit` where it is suspended.
pub fn close(t: &Thread, v: &Value) -> R {
    let g = generator(t, v)?;
    match g.state() {
        State::Finished => return Ok(Value::NONE),
        State::Created => {
            if g.begin(t).is_ok() {
                // SAFETY: only the thread that succeeded in `begin` touches the frame, which has not run.
                unsafe { g.finish(t) };
                return Ok(Value::NONE);
            }
        }
        _ => {}
    }
    let raised = match delegate(t, g) {
        Some(inner) => while_running(t, g, || close_delegate(t, &inner)).err(),
        None if g.state() == State::Suspended && handles_nothing(g) && g.begin(t).is_ok() => {
            // SAFETY: only the thread that succeeded in `begin` touches the frame, which will not run again.
            unsafe { g.finish(t) };
            return Ok(Value::NONE);
        }
        None => None,
    };
    let raised = raised.unwrap_or_else(|| t.raise_with(t.types().generator_exit.get(), &[]));
    match raise_in(t, v, raised, true) {
        Ok(Sent::Yielded(_)) => Err(t.runtime_error(format!("{} ignored GeneratorExit", kind_name(v)))),
        Ok(Sent::Returned(value)) => Ok(value),
        Err(raised) if t.raised_is(&raised, &t.types().stop_iteration) => {
            let e = t.take_exception(raised);
            Ok(e.cast::<Exception>().and_then(|e| e.fields[0].get(t)).unwrap_or(Value::NONE))
        }
        Err(raised) if t.raised_is(&raised, &t.types().generator_exit) => {
            drop(t.take_exception(raised));
            Ok(Value::NONE)
        }
        Err(raised) => Err(raised),
    }
}

/// The exception that the arguments of `throw()` stand for.
fn thrown(t: &Thread, args: &[Value]) -> R {
    let tb = args.get(2).filter(|tb| !tb.is_none());
    if tb.is_some_and(|tb| tb.cast::<Traceback>().is_none()) {
        return Err(t.type_error("throw() third argument must be a traceback object"));
    }
    let value = args.get(1).filter(|v| !v.is_none());
    let e = if args[0].cast::<Exception>().is_some() {
        if value.is_some() {
            return Err(t.type_error("instance exception may not have a separate value"));
        }
        args[0].clone()
    } else if super::exception::is_exception_class(t, &args[0]) {
        // What goes wrong while the exception is made is thrown in its stead.
        instantiate(t, &args[0], value).unwrap_or_else(|raised| t.take_exception(raised))
    } else {
        let name = args[0].type_of(t).name_str();
        return Err(
            t.type_error(format!("exceptions must be classes or instances deriving from BaseException, not {name}"))
        );
    };
    if let (Some(tb), Some(x)) = (tb, e.cast::<Exception>()) {
        x.traceback.set(tb.clone());
    }
    Ok(e)
}

/// An exception of a class, from the value that `throw()` was given with it.
fn instantiate(t: &Thread, class: &Value, value: Option<&Value>) -> R {
    let of_class = |v: &Value| class.cast::<Type>().is_some_and(|c| v.type_of(t).is_subtype(c));
    let made = match value {
        Some(v) if of_class(v) => return Ok(v.clone()),
        Some(v) => match v.cast::<Tuple>() {
            Some(items) => protocol::call(t, class, items.items())?,
            None => protocol::call(t, class, std::slice::from_ref(v))?,
        },
        None => protocol::call(t, class, &[])?,
    };
    if made.cast::<Exception>().is_some() {
        return Ok(made);
    }
    Err(t.type_error(format!(
        "calling {} should have returned an instance of BaseException, not {}",
        protocol::repr_text(t, class)?,
        made.type_of(t).name_str()
    )))
}

/// `generator.throw(...)`. Where `GeneratorExit` is thrown, what the generator delegates to is closed, if that is wanted.
pub(super) fn throw_into(t: &Thread, v: &Value, close_on_exit: bool, args: &[Value]) -> R<Sent> {
    t.check_stack("")?;
    let g = generator(t, v)?;
    if let Some(inner) = delegate(t, g) {
        let is_exit = match args[0].cast::<Type>() {
            Some(class) => class.is_subtype(&t.types().generator_exit),
            None => args[0].type_of(t).is_subtype(&t.types().generator_exit),
        };
        if is_exit && close_on_exit {
            if let Err(raised) = while_running(t, g, || close_delegate(t, &inner)) {
                return raise_in(t, v, raised, false);
            }
        } else {
            let result = if matches!(inner.kind(), Kind::Generator | Kind::Coroutine) {
                Some(while_running(t, g, || {
                    throw_into(t, &inner, close_on_exit, args).and_then(|sent| shown(t, &inner, sent))
                }))
            } else {
                let method = protocol::getattr_opt(t, &inner, &t.names().throw)?;
                method.map(|throw| while_running(t, g, || protocol::call(t, &throw, args)))
            };
            match result {
                Some(Ok(value)) => return Ok(Sent::Yielded(value)),
                // The frame finds it where it is suspended: a `StopIteration` ends the delegation.
                Some(Err(raised)) => return raise_in(t, v, raised, false),
                None => {}
            }
        }
    }
    let e = thrown(t, args)?;
    raise_in(t, v, t.raise_as_is(e), false)
}

/// Checks the arguments of `throw`: more than one is an old form.
pub(super) fn check_throw_args(t: &Thread, name: &str, args: &[Value]) -> R<()> {
    super::container::check_positional(t, name, args.len(), 1, 3)?;
    if args.len() > 1 {
        let message =
            format!("the (type, exc, tb) signature of {name}() is deprecated, use the single-arg signature instead.");
        warn::warn(t, |types| &types.deprecation_warning, &message)?;
    }
    Ok(())
}

pub(super) fn throw(t: &Thread, v: &Value, args: &[Value]) -> R {
    check_throw_args(t, "throw", args)?;
    let sent = throw_into(t, v, true, args)?;
    shown(t, v, sent)
}

/// The end of a generator that nobody refers to: it is closed; a coroutine that was never awaited is warned of.
pub(super) fn finalize(t: &Thread, v: &Value) {
    let Some(g) = Generator::of(v) else { return };
    if g.state() == State::Finished {
        return;
    }
    let saved = t.take_raised();
    if v.kind() == Kind::AsyncGenerator && super::async_generator::call_finalizer(t, v, g) {
        t.put_raised(saved);
        return;
    }
    let coroutine =
        g.code.get(t).as_ref().and_then(|c| c.cast::<CodeObject>()).is_some_and(|c| c.flags & flags::COROUTINE != 0);
    if coroutine && g.state() == State::Created {
        never_awaited(t, v, g);
    } else if let Err(raised) = close(t, v) {
        let shown = protocol::repr_text(t, v).unwrap_or_default();
        t.unraisable(raised, &format!("Exception ignored while closing generator {shown}"), None);
    }
    t.put_raised(saved);
}

fn never_awaited(t: &Thread, v: &Value, g: &Generator) {
    let report = |raised| {
        let e = t.take_exception(raised);
        let shown = protocol::repr(t, v).ok().and_then(|s| s.cast::<Str>().map(|s| s.to_str_lossy().into_owned()));
        let message = format!("Exception ignored while finalizing coroutine {}", shown.unwrap_or_default());
        super::exception::report_unraisable(t, e, &message, None);
    };
    let warned = t.interp.hooks.get().map(|hooks| {
        (hooks.import)(t, &t.names().warnings, None, None, None, 0)
            .and_then(|module| protocol::getattr_str(t, &module, "_warn_unawaited_coroutine"))
            .and_then(|f| protocol::call(t, &f, std::slice::from_ref(v)))
    });
    match warned {
        Some(Ok(_)) => return,
        Some(Err(raised)) => {
            let is_warning = t.raised_is(&raised, &t.types().runtime_warning);
            report(raised);
            if is_warning {
                return;
            }
        }
        None => {}
    }
    let name = g.qualname.get(t).as_ref().and_then(|n| n.cast::<Str>()).map(|s| s.to_str_lossy().into_owned());
    let message = format!("coroutine '{}' was never awaited", name.unwrap_or_default());
    if let Err(raised) = warn::warn(t, |types| &types.runtime_warning, &message) {
        report(raised);
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let mut out = super::container::Text::default();
    out.push(&format!("<{} object ", v.type_of(t).short_name()));
    out.push_str(&generator(t, v)?.qualname.get(t).unwrap_or(Value::NONE));
    out.push(&format!(" at {:#x}>", v.id()));
    Ok(out.finish(t))
}

fn set_name(t: &Thread, slot: &Slot, name: &str, value: Option<&Value>) -> R<()> {
    match value.filter(|v| v.cast::<Str>().is_some()) {
        Some(value) => {
            slot.set(value.clone());
            Ok(())
        }
        None => Err(t.type_error(format!("{name} must be set to a string object"))),
    }
}

pub(super) fn frame(t: &Thread, v: &Value) -> R {
    let g = generator(t, v)?;
    if g.state() == State::Finished {
        return Ok(Value::NONE);
    }
    // SAFETY: the frame lives while the generator is not finished.
    Ok(unsafe { Frame::object(t, g.frame()) })
}

fn running(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(generator(t, v)?.state() == State::Running))
}

pub(super) fn suspended(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(generator(t, v)?.state() == State::Suspended))
}

pub(super) fn delegate_or_none(t: &Thread, v: &Value) -> R {
    Ok(delegate(t, generator(t, v)?).unwrap_or(Value::NONE))
}

pub(super) fn code(t: &Thread, v: &Value) -> R {
    Ok(generator(t, v)?.code.get(t).unwrap_or(Value::NONE))
}

pub(super) fn sizeof(t: &Thread, v: &Value) -> R {
    let words = code(t, v)?.cast::<CodeObject>().map_or(0, |c| c.frame_words);
    Ok(Value::small((std::mem::size_of::<Generator>() + (super::frame::FRAME_WORDS + words) * 8) as i64))
}

/// `__name__` and `__qualname__`, with their docs.
macro_rules! names {
    ($what:literal) => {
        (
            GetSet::rw(
                "__name__",
                |t, v| Ok($crate::objects::generator_type::generator(t, v)?.name.get(t).unwrap_or(Value::NONE)),
                $crate::objects::generator_type::set_short_name,
                concat!("name of the ", $what),
            ),
            GetSet::rw(
                "__qualname__",
                |t, v| Ok($crate::objects::generator_type::generator(t, v)?.qualname.get(t).unwrap_or(Value::NONE)),
                $crate::objects::generator_type::set_qualname,
                concat!("qualified name of the ", $what),
            ),
        )
    };
}
pub(super) use names;

pub(super) fn set_short_name(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    set_name(t, &generator(t, v)?.name, "__name__", value)
}

pub(super) fn set_qualname(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    set_name(t, &generator(t, v)?.qualname, "__qualname__", value)
}

/// Slots of all three types.
pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    finalize: Some(finalize),
    traverse: Some(Generator::traverse),
    clear: Some(Generator::clear_refs),
    drop: Some(Generator::drop_payload),
    ..Slots::EMPTY
};

const SIZEOF: Def =
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "gen.__sizeof__() -> size of gen in memory, in bytes");

pub static GENERATOR: Spec = Spec {
    name: "generator",
    kind: Kind::Generator,
    size: std::mem::size_of::<Generator>(),
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    slots: Slots { iter: Some(|_, v| Ok(v.clone())), next: Some(next), ..SLOTS },
    methods: &[
        Def::new(
            "send",
            Func::One(send),
            "($self, object, /)",
            "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
        ),
        Def::new(
            "throw",
            Func::VarPos(throw),
            "",
            "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        Def::new("close", Func::NoArgs(close), "($self, /)", "close() -> raise GeneratorExit inside generator."),
        SIZEOF,
        Def::class(
            "__class_getitem__",
            Func::One(generic_alias::make_for_class),
            "($type, object, /)",
            "generators are generic over the types of their yield, send, and return values",
        ),
    ],
    getset: &[
        names!("generator").0,
        names!("generator").1,
        GetSet::ro("gi_yieldfrom", delegate_or_none, "object being iterated by yield from, or None"),
        GetSet::ro("gi_running", running, ""),
        GetSet::ro("gi_frame", frame, ""),
        GetSet::ro("gi_suspended", suspended, ""),
        GetSet::ro("gi_code", code, ""),
    ],
    ..Spec::DEFAULT
};

const CORO_SEND: &str = "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration.";
const CORO_THROW: &str = "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.";
const CORO_CLOSE: &str = "close() -> raise GeneratorExit inside coroutine.";

pub static COROUTINE: Spec = Spec {
    name: "coroutine",
    kind: Kind::Coroutine,
    size: std::mem::size_of::<Generator>(),
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    slots: Slots { am_await: Some(wrap), ..SLOTS },
    methods: &[
        Def::new("send", Func::One(send), "($self, object, /)", CORO_SEND),
        Def::new("throw", Func::VarPos(throw), "", CORO_THROW),
        Def::new("close", Func::NoArgs(close), "($self, /)", CORO_CLOSE),
        SIZEOF,
        Def::class(
            "__class_getitem__",
            Func::One(generic_alias::make_for_class),
            "($type, object, /)",
            "coroutines are generic over the types of their yield, send, and return values",
        ),
    ],
    getset: &[
        GetSet::member("cr_origin", |t, v| Ok(generator(t, v)?.origin.get(t).unwrap_or(Value::NONE)), ""),
        names!("coroutine").0,
        names!("coroutine").1,
        GetSet::ro("cr_await", delegate_or_none, "object being awaited on, or None"),
        GetSet::ro("cr_running", running, ""),
        GetSet::ro("cr_frame", frame, ""),
        GetSet::ro("cr_code", code, ""),
        GetSet::ro("cr_suspended", suspended, ""),
    ],
    ..Spec::DEFAULT
};

payload! {
    /// The payload of a `coroutine_wrapper`: what `coroutine.__await__()` gives.
    Wrapper: CoroutineWrapper {
        coroutine: Slot,
    }
}

fn wrap(t: &Thread, v: &Value) -> R {
    Ok(Wrapper::make_for(t, &t.types().coroutine_wrapper, Slot::new(v.clone())))
}

fn wrapped(t: &Thread, v: &Value) -> R {
    v.cast::<Wrapper>().and_then(|w| w.coroutine.get(t)).ok_or_else(|| t.type_error("a coroutine_wrapper is required"))
}

pub static COROUTINE_WRAPPER: Spec = Spec {
    name: "coroutine_wrapper",
    kind: Kind::CoroutineWrapper,
    size: std::mem::size_of::<Wrapper>(),
    flags: type_flags::HAVE_GC,
    doc: "A wrapper object implementing __await__ for coroutines.",
    slots: Slots {
        iter: Some(|_, v| Ok(v.clone())),
        next: Some(|t, v| next(t, &wrapped(t, v)?)),
        traverse: Some(Wrapper::traverse),
        clear: Some(Wrapper::clear_refs),
        drop: Some(Wrapper::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("send", Func::One(|t, v, value| send(t, &wrapped(t, v)?, value)), "($self, object, /)", CORO_SEND),
        Def::new("throw", Func::VarPos(|t, v, args| throw(t, &wrapped(t, v)?, args)), "", CORO_THROW),
        Def::new("close", Func::NoArgs(|t, v| close(t, &wrapped(t, v)?)), "($self, /)", CORO_CLOSE),
    ],
    ..Spec::DEFAULT
};

/// The iterator of an awaitable (`_PyCoro_GetAwaitableIter`).
pub fn awaitable_iter(t: &Thread, v: &Value) -> R {
    if v.kind() == Kind::Coroutine {
        return Ok(v.clone());
    }
    if v.kind() == Kind::Generator
        && let Some(g) = Generator::of(v)
        && let Some(code) = g.code.get(t)
        && code.cast::<CodeObject>().is_some_and(|c| c.flags & flags::ITERABLE_COROUTINE != 0)
    {
        return Ok(v.clone());
    }
    let typ = v.type_of(t);
    let Some(f) = typ.slots().am_await else {
        return Err(t.type_error(format!("'{}' object can't be awaited", typ.name_str())));
    };
    let it = f(t, v)?;
    if it.kind() == Kind::Coroutine {
        return Err(t.type_error("__await__() returned a coroutine"));
    }
    if it.type_of(t).slots().next.is_none() {
        let name = it.type_of(t).name_str();
        return Err(t.type_error(format!("__await__() returned non-iterator of type '{name}'")));
    }
    Ok(it)
}
