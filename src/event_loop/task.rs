//! `Task`: a future that drives a coroutine. Making one and asking it to stop.

use super::future::{self, Future};
use super::running;
use super::soon::{self, Job};
use super::state::state;
use super::step;
use crate::objects::context;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::opaque::Native;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::*};

/// The payload of a `Task`.
pub struct Task {
    pub future: Future,
    /// The coroutine, until the task is done.
    pub coro: Slot,
    /// What the coroutine awaits.
    pub waiter: Slot,
    pub context: Slot,
    /// A string, or the number of a task without a name.
    pub name: Slot,
    /// The next step throws `CancelledError`.
    pub must_cancel: AtomicBool,
    pub log_destroy_pending: AtomicBool,
    pub cancel_requests: AtomicI64,
    /// Where it stands in the register (`running`); 0 if it does not.
    pub place: AtomicU64,
}

impl Default for Task {
    fn default() -> Task {
        Task {
            future: Future::default(),
            coro: Slot::EMPTY,
            waiter: Slot::EMPTY,
            context: Slot::EMPTY,
            name: Slot::EMPTY,
            must_cancel: AtomicBool::new(false),
            // One that was never initialized has nothing to report.
            log_destroy_pending: AtomicBool::new(false),
            cancel_requests: AtomicI64::new(0),
            place: AtomicU64::new(0),
        }
    }
}

impl Native for Task {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.future.traverse(visit);
        for slot in [&self.coro, &self.waiter, &self.context, &self.name] {
            slot.visit(visit);
        }
    }

    fn clear(&self, t: &Thread) {
        self.future.clear(t);
        for slot in [&self.coro, &self.waiter, &self.context] {
            drop(slot.take());
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.place.load(Relaxed) != 0 {
            running::unregister(crate::objects::thread::current(), self);
        }
    }
}

/// The payload that a method of tasks was called on.
pub fn this(v: &Value) -> &Task {
    v.opaque::<Task>().expect("methods of a native type get its objects")
}

/// The context that the task's steps run in.
pub fn context(t: &Thread, v: &Value) -> Value {
    v.opaque::<Task>().and_then(|task| task.context.get(t)).unwrap_or(Value::NONE)
}

/// What a task is made of; `None` for what is to be chosen.
#[derive(Default)]
pub struct Options<'a> {
    pub event_loop: Option<&'a Value>,
    pub name: Option<&'a Value>,
    pub context: Option<&'a Value>,
    pub eager_start: bool,
}

fn is_coroutine(t: &Thread, v: &Value) -> R<bool> {
    if v.kind() == Kind::Coroutine {
        return Ok(true);
    }
    protocol::truth(t, &protocol::call(t, &state(t).iscoroutine.get(t)?, std::slice::from_ref(v))?)
}

/// `Task.__init__`.
pub fn init(t: &Thread, v: &Value, coro: &Value, options: Options<'_>) -> R<()> {
    let task = this(v);
    future::init(t, v, options.event_loop)?;
    task.log_destroy_pending.store(false, Relaxed);
    if !is_coroutine(t, coro)? {
        let shown = protocol::repr_text(t, coro)?;
        return Err(t.type_error(format!("a coroutine was expected, got {shown}")));
    }
    let context = match options.context {
        Some(context) => context.clone(),
        None => context::copy_current(t)?,
    };
    let name = match options.name {
        None => int::from_u64(t, state(t).task_number()),
        Some(name) if name.cast_exact::<Str>().is_some() => name.clone(),
        Some(name) => protocol::str(t, name)?,
    };
    task.context.set(context);
    drop(task.waiter.take());
    task.must_cancel.store(false, Relaxed);
    task.log_destroy_pending.store(true, Relaxed);
    task.cancel_requests.store(0, Relaxed);
    task.coro.set(coro.clone());
    task.name.set(name);
    let on = future::required_loop(t, &task.future)?;
    if options.eager_start && protocol::truth(t, &protocol::call_method(t, &on, &state(t).names(t).is_running, &[])?)? {
        return step::eager_start(t, v);
    }
    soon::soon(t, &on, Job::Step(v.clone()))?;
    running::register(t, v);
    Ok(())
}

/// `task.get_name()`: one without a name is called by its number.
pub fn name(t: &Thread, v: &Value) -> R {
    match this(v).name.get(t) {
        Some(name) if name.cast::<Str>().is_some() => Ok(name),
        Some(number) => {
            let name = t.str(format!("Task-{}", protocol::to_text(t, &number)?));
            this(v).name.set(name.clone());
            Ok(name)
        }
        None => Ok(Value::NONE),
    }
}

/// Cancels what a task waits for, by its own method; whether it could be.
pub fn cancel_waiter(t: &Thread, waiter: &Value, message: Option<Value>) -> R<bool> {
    if !waiter.type_of(t).is_heap_type() {
        if waiter.opaque::<Task>().is_some() {
            return t.recurse("", || cancel(t, waiter, message));
        }
        if future::is_native(waiter) {
            return future::cancel(t, waiter, message);
        }
    }
    let names = state(t).names(t);
    let method = protocol::getattr(t, waiter, &names.cancel)?;
    let message = message.unwrap_or(Value::NONE);
    let args = Args { pos: &[], kw: &[message], names: std::slice::from_ref(&names.msg) };
    protocol::truth(t, &protocol::call_args(t, &method, args)?)
}

/// `task.cancel(msg)`: whether the request was made.
pub fn cancel(t: &Thread, v: &Value, message: Option<Value>) -> R<bool> {
    let task = this(v);
    task.future.log_traceback.store(false, Relaxed);
    if task.future.is_done() {
        return Ok(false);
    }
    task.cancel_requests.fetch_add(1, Relaxed);
    if let Some(waiter) = task.waiter.get(t)
        && cancel_waiter(t, &waiter, message.clone())?
    {
        // The waiter stays: it may be a task that ignores this and has to be cancelled again.
        return Ok(true);
    }
    task.must_cancel.store(true, Relaxed);
    drop(task.future.cancel_message.replace(message));
    Ok(true)
}

/// `task.uncancel()`: the requests that are left.
pub fn uncancel(v: &Value) -> i64 {
    let task = this(v);
    let less = |n: i64| (n > 0).then_some(n - 1);
    let left = match task.cancel_requests.fetch_update(AcqRel, Acquire, less) {
        Ok(before) => before - 1,
        Err(now) => return now,
    };
    if left == 0 {
        task.must_cancel.store(false, Relaxed);
    }
    left
}

/// A task dies. That it was not done is worth a report.
pub fn finalize(t: &Thread, v: &Value) {
    let task = this(v);
    if !task.future.is_done() && task.log_destroy_pending.load(Relaxed) {
        let message = t.str("Task was destroyed but it is pending!");
        let source = task.future.source_traceback.get(t);
        let mut entries = vec![("task", v), ("message", &message)];
        entries.extend(source.as_ref().map(|source| ("source_traceback", source)));
        running::report(t, v, &entries);
    }
    future::finalize(t, v);
}
