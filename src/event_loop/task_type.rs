//! The type `Task`: what it adds to `Future`.

use super::future::{self};
use super::future_type::{bind, not_none};
use super::state::state;
use super::task::{self, Options, Task, this};
use crate::objects::container::class_of;
use crate::objects::generic_alias;
use crate::objects::int;
use crate::objects::native::Signature;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, Task::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let text = "(coro, *, loop=None, name=None, context=None, eager_start=False)";
    let [coro, of_loop, name, context, eager] = bind(t, &SIGNATURE, "Task", text, args)?;
    let options = Options {
        event_loop: not_none(&of_loop),
        name: not_none(&name),
        context: not_none(&context),
        eager_start: eager.map_or(Ok(false), |v| protocol::truth(t, &v))?,
    };
    task::init(t, v, coro.as_ref().unwrap_or(Value::none()), options)
}

fn repr(t: &Thread, v: &Value) -> R {
    future::required_loop(t, &this(v).future)?;
    protocol::call(t, &state(t).task_repr.get(t)?, std::slice::from_ref(v))
}

fn cancel(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    Ok(Value::bool(task::cancel(t, v, args[0].clone())?))
}

fn set_name(t: &Thread, v: &Value, name: &Value) -> R {
    let name = if name.cast_exact::<Str>().is_some() { name.clone() } else { protocol::str(t, name)? };
    this(v).name.set(name);
    Ok(Value::NONE)
}

fn get_stack(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let limit = args[0].clone().unwrap_or(Value::NONE);
    protocol::call(t, &state(t).task_get_stack.get(t)?, &[v.clone(), limit])
}

fn print_stack(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let given = |i: usize| args[i].clone().unwrap_or(Value::NONE);
    protocol::call(t, &state(t).task_print_stack.get(t)?, &[v.clone(), given(0), given(1)])
}

fn set_log_destroy_pending(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else {
        return Err(t.raise_message(&t.types().attribute_error, "cannot delete attribute"));
    };
    this(v).log_destroy_pending.store(protocol::truth(t, value)?, Relaxed);
    Ok(())
}

fn unsupported(t: &Thread, what: &str) -> R {
    Err(t.runtime_error(format!("Task does not support {what} operation")))
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE,
    doc: "A coroutine wrapped in a Future.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        iter: Some(future::iterate),
        am_await: Some(future::iterate),
        finalize: Some(task::finalize),
        ..opaque::spec::<Task>("").slots
    },
    methods: METHODS,
    getset: &[
        GetSet::rw(
            "_log_destroy_pending",
            |_, v| Ok(Value::bool(this(v).log_destroy_pending.load(Relaxed))),
            set_log_destroy_pending,
            "",
        ),
        GetSet::ro("_must_cancel", |_, v| Ok(Value::bool(this(v).must_cancel.load(Relaxed))), ""),
        GetSet::ro("_coro", |t, v| Ok(this(v).coro.get(t).unwrap_or(Value::NONE)), ""),
        GetSet::ro("_fut_waiter", |t, v| Ok(this(v).waiter.get(t).unwrap_or(Value::NONE)), ""),
    ],
    ..opaque::spec::<Task>("_asyncio.Task")
};

const METHODS: &[Def] = &[
    Def::new("set_result", Func::One(|t, _, _| unsupported(t, "set_result")), "($self, result, /)", ""),
    Def::new("set_exception", Func::One(|t, _, _| unsupported(t, "set_exception")), "($self, exception, /)", ""),
    Def::new(
        "cancel",
        Func::Bound(cancel),
        "($self, /, msg=None)",
        "Request that this task cancel itself.\n\nThis arranges for a CancelledError to be thrown into the\nwrapped coroutine on the next cycle through the event loop.\nThe coroutine then has a chance to clean up or even deny\nthe request using try/except/finally.",
    ),
    Def::new(
        "cancelling",
        Func::NoArgs(|t, v| Ok(int::new(t, this(v).cancel_requests.load(Relaxed)))),
        "($self, /)",
        "Return the count of the task's cancellation requests.\n\nThis count is incremented when .cancel() is called\nand may be decremented using .uncancel().",
    ),
    Def::new(
        "uncancel",
        Func::NoArgs(|t, v| Ok(int::new(t, task::uncancel(v)))),
        "($self, /)",
        "Decrement the task's count of cancellation requests.\n\nThis should be used by tasks that catch CancelledError\nand wish to continue indefinitely until they are cancelled again.\n\nReturns the remaining number of cancellation requests.",
    ),
    Def::new(
        "get_stack",
        Func::Bound(get_stack),
        "($self, /, *, limit=None)",
        "Return the list of stack frames for this task's coroutine.",
    ),
    Def::new(
        "print_stack",
        Func::Bound(print_stack),
        "($self, /, *, limit=None, file=None)",
        "Print the stack or traceback for this task's coroutine.",
    ),
    Def::new(
        "_make_cancelled_error",
        Func::NoArgs(|t, v| future::make_cancelled_error(t, &this(v).future)),
        "($self, /)",
        "Create the CancelledError to raise if the Task is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value.",
    ),
    Def::new("get_name", Func::NoArgs(task::name), "($self, /)", ""),
    Def::new("set_name", Func::One(set_name), "($self, value, /)", ""),
    Def::new("get_coro", Func::NoArgs(|t, v| Ok(this(v).coro.get(t).unwrap_or(Value::NONE))), "($self, /)", ""),
    Def::new("get_context", Func::NoArgs(|t, v| Ok(task::context(t, v))), "($self, /)", ""),
    Def::class(
        "__class_getitem__",
        Func::One(generic_alias::make_for_class),
        "($type, object, /)",
        "Tasks are generic over the return type of their wrapped coroutines",
    ),
];
