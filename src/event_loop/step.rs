//! One step of a task: into the coroutine, and what is done with what comes out of it.

use super::future::{self, Callback, Outcome};
use super::running;
use super::soon::{self, Job};
use super::state::state;
use super::task::{self, Task, cancel_waiter};
use crate::objects::context;
use crate::objects::exception;
use crate::objects::header::Kind;
use crate::objects::native::Native as NativeFunction;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised, Sent, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::generator;
use std::sync::atomic::Ordering::*;

/// The payload of a `TaskStepMethWrapper`: what a loop of another kind is given to call.
struct Step {
    task: Slot,
    /// What is thrown into the coroutine.
    exception: Slot,
}

impl Native for Step {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.task.visit(visit);
        self.exception.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.task.take());
        drop(self.exception.take());
    }
}

/// A callable that makes a step of the task.
pub fn wrapper(t: &Thread, v: &Value, exception: Option<Value>) -> R {
    opaque::new(t, state(t).step.get(), Step { task: Slot::new(v.clone()), exception: Slot::from_option(exception) })
}

fn step_task(t: &Thread, v: &Value) -> Option<Value> {
    v.opaque::<Step>().and_then(|s| s.task.get(t))
}

fn call_step(t: &Thread, v: &Value, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(t.type_error("function takes no keyword arguments"));
    }
    if !args.pos.is_empty() {
        return Err(t.type_error("function takes no positional arguments"));
    }
    let Some(task) = step_task(t, v) else { return Ok(Value::NONE) };
    let exception = v.opaque::<Step>().and_then(|s| s.exception.get(t));
    step(t, &task, exception)?;
    Ok(Value::NONE)
}

fn step_qualname(t: &Thread, v: &Value) -> R {
    let coro = step_task(t, v).and_then(|task| task.opaque::<Task>().and_then(|task| task.coro.get(t)));
    match coro {
        Some(coro) => protocol::getattr(t, &coro, &t.names().__qualname__),
        None => Ok(Value::NONE),
    }
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { call: Some(call_step), ..opaque::spec::<Step>("").slots },
    getset: &[
        GetSet::member("__self__", |t, v| Ok(step_task(t, v).unwrap_or(Value::NONE)), ""),
        GetSet::ro("__qualname__", step_qualname, ""),
    ],
    ..opaque::spec::<Step>("_asyncio.TaskStepMethWrapper")
};

static WAKEUP: Def = Def::new("task_wakeup", Func::One(call_wakeup), "", "");

fn call_wakeup(t: &Thread, task: &Value, done: &Value) -> R {
    wakeup(t, task, done)?;
    Ok(Value::NONE)
}

/// The callable that stands for a task among the callbacks of what it awaits.
pub fn wakeup_function(t: &Thread, v: &Value) -> Value {
    NativeFunction::make(t, &WAKEUP, Some(v.clone()), None)
}

/// The task that a wakeup function is of.
pub fn awakened_task(v: &Value) -> Option<Value> {
    let f = v.cast::<NativeFunction>().filter(|f| std::ptr::eq(f.def, &WAKEUP))?;
    // SAFETY: what a function is bound to never changes.
    unsafe { f.receiver.peek() }.cloned()
}

/// What a task awaited is done: the next step.
pub fn wakeup(t: &Thread, v: &Value, done: &Value) -> R<()> {
    let ended = match future::of(done) {
        Some(f) if !done.type_of(t).is_heap_type() => {
            future::discard_awaited_by(t, done, v)?;
            future::outcome(t, f)
        }
        _ => {
            future::discard_awaited_by(t, done, v)?;
            protocol::call_method(t, done, &state(t).names(t).result, &[]).map(Outcome::Result)
        }
    };
    match ended {
        Ok(Outcome::Result(_)) => step(t, v, None),
        Ok(Outcome::Exception(e)) => step(t, v, Some(e)),
        Err(raised) => {
            let e = t.take_exception(raised);
            step(t, v, Some(e))
        }
    }
}

/// Makes a step: the task is the current one meanwhile.
pub fn step(t: &Thread, v: &Value, exception: Option<Value>) -> R<()> {
    let on = future::required_loop(t, &task::this(v).future)?;
    running::enter_task(t, &on, v)?;
    let result = advance(t, v, &on, exception);
    both(t, result, |t| running::leave_task(t, &on, v))
}

/// Does something whatever happened before; an exception under way becomes the context of a new one.
fn both(t: &Thread, result: R<()>, then: impl FnOnce(&Thread) -> R<()>) -> R<()> {
    let Err(raised) = result else { return then(t) };
    let first = t.take_exception(raised);
    match then(t) {
        Ok(()) => Err(t.raise_as_is(first)),
        Err(raised) => {
            let second = t.take_exception(raised);
            exception::link_context(t, &second, &first);
            Err(t.raise_as_is(second))
        }
    }
}

/// The first step of an eager task, at once, within the step of another task.
pub fn eager_start(t: &Thread, v: &Value) -> R<()> {
    let task = task::this(v);
    let on = future::required_loop(t, &task.future)?;
    let previous = running::swap_current_task(t, &on, v)?;
    running::register(t, v);
    let of = task::context(t, v);
    let result = context::enter(t, &of).and_then(|()| {
        let result = advance(t, v, &on, None);
        both(t, result, |t| context::exit(t, &of))
    });
    let result = both(t, result, |t| running::swap_current_task(t, &on, &previous).map(drop));
    if task.future.is_done() {
        drop(task.coro.take());
    }
    result
}

/// Runs the coroutine until it awaits something or ends.
fn advance(t: &Thread, v: &Value, on: &Value, mut thrown: Option<Value>) -> R<()> {
    let task = task::this(v);
    if task.future.is_done() {
        let shown = protocol::repr_text(t, v)?;
        let e = protocol::repr_text(t, thrown.as_ref().unwrap_or(Value::none()))?;
        let message = t.str(format!("__step(): already done: {shown} {e}"));
        return Err(state(t).invalid_state_error.raise(t, &[message]));
    }
    if task.must_cancel.load(Relaxed) {
        let class = state(t).cancelled_error.get(t)?;
        thrown = match thrown.filter(|e| exception::matches(t, e, &class)) {
            Some(e) => Some(e),
            None => Some(future::make_cancelled_error(t, &task.future)?),
        };
        task.must_cancel.store(false, Relaxed);
    }
    drop(task.waiter.take());
    let Some(coro) = task.coro.get(t) else { return Err(t.runtime_error("uninitialized Task object")) };
    let sent = match thrown {
        None => generator::send_value(t, &coro, Value::none()),
        Some(e) => throw(t, &coro, e),
    };
    match sent {
        Ok(Sent::Yielded(awaited)) => await_on(t, v, on, awaited),
        Ok(Sent::Returned(value)) => {
            if task.must_cancel.swap(false, Relaxed) {
                // Cancelled right before it came to its end.
                let message = task.future.cancel_message.get(t);
                future::cancel(t, v, message).map(drop)
            } else {
                future::set_result(t, v, &value)
            }
        }
        Err(raised) => ended_by(t, v, raised),
    }
}

/// Raises an exception in the coroutine.
fn throw(t: &Thread, coro: &Value, e: Value) -> R<Sent> {
    match protocol::call_method(t, coro, &t.names().throw, &[e]) {
        Ok(value) => Ok(Sent::Yielded(value)),
        Err(raised) => generator::stop_iteration_value(t, raised).map(Sent::Returned),
    }
}

/// The coroutine ended with an exception.
fn ended_by(t: &Thread, v: &Value, raised: Raised) -> R<()> {
    let e = t.take_exception(raised);
    if exception::matches(t, &e, &state(t).cancelled_error.get(t)?) {
        // Kept, so that whoever asks first sees where it came from.
        task::this(v).future.cancelled_error.set(e);
        return future::cancel(t, v, None).map(drop);
    }
    future::set_exception(t, v, &e)?;
    let types = t.types();
    if [&types.keyboard_interrupt, &types.system_exit].iter().any(|class| e.type_of(t).is_subtype(class)) {
        return Err(t.raise_as_is(e));
    }
    Ok(())
}

/// The coroutine awaits something: the task waits for it, or is told that this cannot be awaited.
fn await_on(t: &Thread, v: &Value, on: &Value, awaited: Value) -> R<()> {
    if awaited.is(v) {
        let shown = protocol::repr_text(t, v)?;
        return fail_soon(t, v, on, format!("Task cannot await on itself: {shown}"));
    }
    if let Some(f) = future::of(&awaited).filter(|_| !awaited.type_of(t).is_heap_type()) {
        if !f.event_loop.get(t).is_some_and(|of| of.is(on)) {
            return different_loop(t, v, on, &awaited);
        }
        if !f.blocking.load(Relaxed) {
            return yield_instead(t, v, on, &awaited);
        }
        future::add_awaited_by(t, &awaited, v)?;
        f.blocking.store(false, Relaxed);
        future::add_callback(t, &awaited, Callback { callable: v.clone(), context: None })?;
        return wait_for(t, v, awaited);
    }
    if awaited.is_none() {
        // A bare yield: everybody else has a turn first.
        return soon::soon(t, on, Job::Step(v.clone()));
    }
    let names = state(t).names(t);
    let blocking = protocol::getattr_opt(t, &awaited, &names._asyncio_future_blocking)?;
    if let Some(blocking) = blocking.filter(|b| !b.is_none()) {
        let blocking = protocol::truth(t, &blocking)?;
        if !soon::loop_of(t, &awaited)?.is(on) {
            return different_loop(t, v, on, &awaited);
        }
        if !blocking {
            return yield_instead(t, v, on, &awaited);
        }
        future::add_awaited_by(t, &awaited, v)?;
        protocol::setattr(t, &awaited, &names._asyncio_future_blocking, Some(&Value::FALSE))?;
        let add = protocol::getattr(t, &awaited, &names.add_done_callback)?;
        let context = task::context(t, v);
        let args = Args { pos: &[wakeup_function(t, v)], kw: &[context], names: std::slice::from_ref(&names.context) };
        protocol::call_args(t, &add, args)?;
        return wait_for(t, v, awaited);
    }
    if awaited.cast::<crate::objects::generator::Generator>().is_some() && awaited.kind() == Kind::Generator {
        let (task, shown) = (protocol::repr_text(t, v)?, protocol::repr_text(t, &awaited)?);
        let message = format!("yield was used instead of yield from for generator in task {task} with {shown}");
        return fail_soon(t, v, on, message);
    }
    let shown = protocol::repr_text(t, &awaited)?;
    fail_soon(t, v, on, format!("Task got bad yield: {shown}"))
}

/// From now on the task waits, unless it was cancelled while it ran: then what it would wait for is.
fn wait_for(t: &Thread, v: &Value, awaited: Value) -> R<()> {
    let task = task::this(v);
    task.waiter.set(awaited.clone());
    if task.must_cancel.load(Relaxed) {
        let message = task.future.cancel_message.get(t);
        if cancel_waiter(t, &awaited, message)? {
            task.must_cancel.store(false, Relaxed);
        }
    }
    Ok(())
}

fn different_loop(t: &Thread, v: &Value, on: &Value, awaited: &Value) -> R<()> {
    let (task, shown) = (protocol::repr_text(t, v)?, protocol::repr_text(t, awaited)?);
    fail_soon(t, v, on, format!("Task {task} got Future {shown} attached to a different loop"))
}

fn yield_instead(t: &Thread, v: &Value, on: &Value, awaited: &Value) -> R<()> {
    let (task, shown) = (protocol::repr_text(t, v)?, protocol::repr_text(t, awaited)?);
    fail_soon(t, v, on, format!("yield was used instead of yield from in task {task} with {shown}"))
}

/// The next step throws a `RuntimeError` into the coroutine.
fn fail_soon(t: &Thread, v: &Value, on: &Value, message: String) -> R<()> {
    let e = protocol::call(t, &t.types().runtime_error.value(), &[t.str(message)])?;
    soon::call_soon(t, on, wrapper(t, v, Some(e))?, None, task::context(t, v))
}
