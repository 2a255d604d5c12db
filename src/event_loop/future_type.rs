//! The type `Future`: its methods and attributes.

use super::future::{self, Future, Status, this};
use super::state::state;
use crate::objects::container::class_of;
use crate::objects::generic_alias;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::native::Signature;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;

/// Binds the arguments of a constructor; `text` is its text signature.
pub fn bind<const N: usize>(
    t: &Thread,
    signature: &OnceLock<Signature>,
    name: &'static str,
    text: &'static str,
    args: Args<'_>,
) -> R<[Option<Value>; N]> {
    let mut bound = [const { None }; N];
    signature.get_or_init(|| Signature::parse_text(name, text)).bind(t, args, &mut bound)?;
    Ok(bound)
}

/// An optional argument for which `None` stands for its absence.
pub fn not_none(v: &Option<Value>) -> Option<&Value> {
    v.as_ref().filter(|v| !v.is_none())
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, Future::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let [given] = bind(t, &SIGNATURE, "Future", "(*, loop=None)", args)?;
    future::init(t, v, not_none(&given))
}

fn repr(t: &Thread, v: &Value) -> R {
    future::required_loop(t, this(v))?;
    protocol::call(t, &state(t).future_repr.get(t)?, std::slice::from_ref(v))
}

/// Asked for what it gave, an object that was never initialized is in no valid state.
fn check_initialized(t: &Thread, f: &Future) -> R<()> {
    match f.event_loop.is_empty() {
        true => Err(state(t).invalid_state_error.raise(t, &[t.str("Future object is not initialized.")])),
        false => Ok(()),
    }
}

fn result(t: &Thread, v: &Value) -> R {
    check_initialized(t, this(v))?;
    future::result(t, this(v))
}

fn exception(t: &Thread, v: &Value) -> R {
    let f = this(v);
    check_initialized(t, f)?;
    match f.status() {
        Status::Cancelled => {
            let e = future::make_cancelled_error(t, f)?;
            Err(t.raise(e))
        }
        Status::Pending => Err(state(t).invalid_state_error.raise(t, &[t.str("Exception is not set.")])),
        Status::Finished => {
            f.log_traceback.store(false, Relaxed);
            Ok(f.exception.get(t).unwrap_or(Value::NONE))
        }
    }
}

fn cancel(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    future::required_loop(t, this(v))?;
    Ok(Value::bool(future::cancel(t, v, args[0].clone())?))
}

fn add_done_callback(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let callable = args[0].as_ref().unwrap_or(Value::none());
    future::add_done_callback(t, v, callable, args[1].clone())?;
    Ok(Value::NONE)
}

fn state_name(t: &Thread, v: &Value) -> R {
    future::required_loop(t, this(v))?;
    Ok(t.intern(match this(v).status() {
        Status::Pending => "PENDING",
        Status::Cancelled => "CANCELLED",
        Status::Finished => "FINISHED",
    }))
}

fn cannot_delete<'a>(t: &Thread, value: Option<&'a Value>) -> R<&'a Value> {
    value.ok_or_else(|| t.raise_message(&t.types().attribute_error, "cannot delete attribute"))
}

fn set_blocking(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    future::required_loop(t, this(v))?;
    let blocking = protocol::truth(t, cannot_delete(t, value)?)?;
    this(v).blocking.store(blocking, Relaxed);
    Ok(())
}

fn set_log_traceback(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    if protocol::truth(t, cannot_delete(t, value)?)? {
        return Err(t.value_error("_log_traceback can only be set to False"));
    }
    this(v).log_traceback.store(false, Relaxed);
    Ok(())
}

fn set_cancel_message(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let value = cannot_delete(t, value)?;
    this(v).cancel_message.set(value.clone());
    Ok(())
}

fn callbacks(t: &Thread, v: &Value) -> R {
    future::required_loop(t, this(v))?;
    let pairs = future::callbacks(t, v);
    if pairs.is_empty() {
        return Ok(Value::NONE);
    }
    Ok(List::make(t, pairs.into_iter().map(|(callable, context)| t.tuple([callable, context]))))
}

/// A getter of a field that may be empty.
macro_rules! field {
    ($field:ident) => {
        |t, v| Ok(this(v).$field.get(t).unwrap_or(Value::NONE))
    };
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE,
    doc: "This class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() and as_completed()\n      methods in the concurrent.futures package.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        iter: Some(future::iterate),
        am_await: Some(future::iterate),
        finalize: Some(future::finalize),
        ..opaque::spec::<Future>("").slots
    },
    methods: METHODS,
    getset: GETSET,
    ..opaque::spec::<Future>("_asyncio.Future")
};

const METHODS: &[Def] = &[
    Def::new(
        "result",
        Func::NoArgs(result),
        "($self, /)",
        "Return the result this future represents.\n\nIf the future has been cancelled, raises CancelledError.  If the\nfuture's result isn't yet available, raises InvalidStateError.  If\nthe future is done and has an exception set, this exception is\nraised.",
    ),
    Def::new(
        "exception",
        Func::NoArgs(exception),
        "($self, /)",
        "Return the exception that was set on this future.\n\nThe exception (or None if no exception was set) is returned only if\nthe future is done.  If the future has been cancelled, raises\nCancelledError.  If the future isn't done yet, raises\nInvalidStateError.",
    ),
    Def::new(
        "set_result",
        Func::One(|t, v, result| future::set_result(t, v, result).map(|()| Value::NONE)),
        "($self, result, /)",
        "Mark the future done and set its result.\n\nIf the future is already done when this method is called, raises\nInvalidStateError.",
    ),
    Def::new(
        "set_exception",
        Func::One(|t, v, e| future::set_exception(t, v, e).map(|()| Value::NONE)),
        "($self, exception, /)",
        "Mark the future done and set an exception.\n\nIf the future is already done when this method is called, raises\nInvalidStateError.",
    ),
    Def::new(
        "add_done_callback",
        Func::Bound(add_done_callback),
        "($self, fn, /, *, context=<unrepresentable>)",
        "Add a callback to be run when the future becomes done.\n\nThe callback is called with a single argument - the future object.\nIf the future is already done when this is called, the callback is\nscheduled with call_soon.",
    ),
    Def::new(
        "remove_done_callback",
        Func::One(|t, v, f| Ok(int::from_usize(t, future::remove_done_callback(t, v, f)?))),
        "($self, fn, /)",
        "Remove all instances of a callback from the \"call when done\" list.\n\nReturns the number of callbacks removed.",
    ),
    Def::new(
        "cancel",
        Func::Bound(cancel),
        "($self, /, msg=None)",
        "Cancel the future and schedule callbacks.\n\nIf the future is already done or cancelled, return False.  Otherwise,\nchange the future's state to cancelled, schedule the callbacks and\nreturn True.",
    ),
    Def::new(
        "cancelled",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).status() == Status::Cancelled))),
        "($self, /)",
        "Return True if the future was cancelled.",
    ),
    Def::new(
        "done",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).is_done()))),
        "($self, /)",
        "Return True if the future is done.\n\nDone means either that a result / exception are available, or that\nthe future was cancelled.",
    ),
    Def::new(
        "get_loop",
        Func::NoArgs(|t, v| future::required_loop(t, this(v))),
        "($self, /)",
        "Return the event loop the Future is bound to.",
    ),
    Def::new(
        "_make_cancelled_error",
        Func::NoArgs(|t, v| future::make_cancelled_error(t, this(v))),
        "($self, /)",
        "Create the CancelledError to raise if the Future is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value.",
    ),
    Def::class(
        "__class_getitem__",
        Func::One(generic_alias::make_for_class),
        "($type, object, /)",
        "Futures are generic over the type of their results",
    ),
];

const GETSET: &[GetSet] = &[
    GetSet::ro("_state", state_name, ""),
    GetSet::rw(
        "_asyncio_future_blocking",
        |_, v| {
            let f = this(v);
            Ok(Value::bool(!f.event_loop.is_empty() && f.blocking.load(Relaxed)))
        },
        set_blocking,
        "",
    ),
    GetSet::ro("_loop", field!(event_loop), ""),
    GetSet::ro("_callbacks", callbacks, ""),
    GetSet::ro("_result", field!(result), ""),
    GetSet::ro("_exception", field!(exception), ""),
    GetSet::rw(
        "_log_traceback",
        |t, v| {
            future::required_loop(t, this(v))?;
            Ok(Value::bool(this(v).log_traceback.load(Relaxed)))
        },
        set_log_traceback,
        "",
    ),
    GetSet::ro("_source_traceback", field!(source_traceback), ""),
    GetSet::rw("_cancel_message", field!(cancel_message), set_cancel_message, ""),
    GetSet::ro("_asyncio_awaited_by", |t, v| future::awaited_by(t, this(v)), ""),
];
