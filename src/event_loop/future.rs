//! `Future`: a result that is not there yet.

use super::event_loop;
use super::running;
use super::soon::{self, Job};
use super::state::state;
use super::task::Task;
use super::{future_iter, step};
use crate::objects::context;
use crate::objects::exception::{self, Exception};
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::set::{self, Set};
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::*};

/// What a future can be.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    Pending,
    Cancelled,
    Finished,
}

/// A callback: of a task that waits, the task itself and no context; else the callable and its context.
pub struct Callback {
    pub callable: Value,
    pub context: Option<Value>,
}

/// The payload of a `Future`, and the first part of a task's. What changes together changes under the object's lock.
pub struct Future {
    status: AtomicU8,
    /// Set by awaiting it, so that a task can tell `await future` from a bare `yield future`.
    pub blocking: AtomicBool,
    /// The exception has not been looked at yet: worth a report when the future dies.
    pub log_traceback: AtomicBool,
    /// Empty while the object is not initialized.
    pub event_loop: Slot,
    pub result: Slot,
    pub exception: Slot,
    pub exception_traceback: Slot,
    pub source_traceback: Slot,
    pub cancel_message: Slot,
    /// The `CancelledError` that ended the task, raised once more for the first who asks.
    pub cancelled_error: Slot,
    /// Nothing, one future, or a set of them: who waits for this one.
    awaited_by: Slot,
    /// The first callback: most futures have one.
    callback: Slot,
    callback_context: Slot,
    more_callbacks: Guarded<Vec<Callback>>,
}

impl Default for Future {
    fn default() -> Future {
        Future {
            status: AtomicU8::new(Status::Pending as u8),
            blocking: AtomicBool::new(false),
            log_traceback: AtomicBool::new(false),
            event_loop: Slot::EMPTY,
            result: Slot::EMPTY,
            exception: Slot::EMPTY,
            exception_traceback: Slot::EMPTY,
            source_traceback: Slot::EMPTY,
            cancel_message: Slot::EMPTY,
            cancelled_error: Slot::EMPTY,
            awaited_by: Slot::EMPTY,
            callback: Slot::EMPTY,
            callback_context: Slot::EMPTY,
            more_callbacks: Guarded::new(Vec::new()),
        }
    }
}

impl Future {
    fn slots(&self) -> [&Slot; 10] {
        [
            &self.event_loop,
            &self.result,
            &self.exception,
            &self.exception_traceback,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_error,
            &self.awaited_by,
            &self.callback,
            &self.callback_context,
        ]
    }

    pub fn status(&self) -> Status {
        match self.status.load(Acquire) {
            0 => Status::Pending,
            1 => Status::Cancelled,
            _ => Status::Finished,
        }
    }

    pub fn is_done(&self) -> bool {
        self.status() != Status::Pending
    }
}

impl Native for Future {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.slots().iter().for_each(|slot| slot.visit(visit));
        for callback in self.more_callbacks.lock().iter() {
            visit(&callback.callable);
            callback.context.iter().for_each(&mut *visit);
        }
    }

    fn clear(&self, _t: &Thread) {
        self.slots().iter().for_each(|slot| drop(slot.take()));
        let callbacks = std::mem::take(&mut *self.more_callbacks.lock());
        drop(callbacks);
    }
}

/// The payload of a future or task.
#[inline]
pub fn of(v: &Value) -> Option<&Future> {
    v.opaque::<Future>().or_else(|| v.opaque::<Task>().map(|task| &task.future))
}

/// The payload of a future or task that a method was called on.
#[inline]
pub fn this(v: &Value) -> &Future {
    of(v).expect("methods of a native type get its objects")
}

/// The loop, or the error that there is none.
pub fn required_loop(t: &Thread, f: &Future) -> R {
    f.event_loop.get(t).ok_or_else(|| t.runtime_error("Future object is not initialized."))
}

/// A new future of a loop, of the exact type.
pub fn make(t: &Thread, of_loop: &Value) -> R {
    let v = opaque::new(t, state(t).future.get(), Future::default())?;
    init(t, &v, Some(of_loop))?;
    Ok(v)
}

/// `Future.__init__`, also for tasks: begins anew, whatever the object was before.
pub fn init(t: &Thread, v: &Value, of_loop: Option<&Value>) -> R<()> {
    let f = this(v);
    f.clear(t);
    f.blocking.store(false, Relaxed);
    f.log_traceback.store(false, Relaxed);
    f.status.store(Status::Pending as u8, Release);
    let of_loop = match of_loop {
        Some(given) => given.clone(),
        None => running::event_loop(t)?,
    };
    f.event_loop.set(of_loop.clone());
    let state = state(t);
    if event_loop::is_debug(t, &of_loop)? {
        f.source_traceback.set(protocol::call(t, &state.extract_stack.get(t)?, &[])?);
    }
    Ok(())
}

fn invalid_state(t: &Thread) -> Raised {
    state(t).invalid_state_error.raise(t, &[t.str("invalid state")])
}

/// Completes a future, if it is pending: the fields are filled under its lock, then its callbacks are scheduled.
/// False if it was done already.
fn complete(t: &Thread, v: &Value, status: Status, fill: impl FnOnce(&Future) -> Option<Value>) -> R<bool> {
    let f = this(v);
    let (first, rest, displaced);
    {
        let Some(header) = v.header() else { return Ok(false) };
        let _guard = t.lock(header);
        if f.is_done() {
            return Ok(false);
        }
        displaced = fill(f);
        f.status.store(status as u8, Release);
        first =
            f.callback.replace(None).map(|callable| Callback { callable, context: f.callback_context.replace(None) });
        rest = std::mem::take(&mut *f.more_callbacks.lock());
    }
    drop(displaced);
    if let Some(task) = v.opaque::<Task>() {
        running::unregister(t, task);
    }
    if first.is_some() {
        let on = required_loop(t, f)?;
        for callback in first.into_iter().chain(rest) {
            schedule(t, &on, v, callback)?;
        }
    }
    Ok(true)
}

fn schedule(t: &Thread, on: &Value, v: &Value, callback: Callback) -> R<()> {
    soon::soon(
        t,
        on,
        match callback.context {
            Some(context) => Job::Call(callback.callable, v.clone(), context),
            None => Job::Wakeup(callback.callable, v.clone()),
        },
    )
}

/// `future.set_result(result)`.
pub fn set_result(t: &Thread, v: &Value, result: &Value) -> R<()> {
    required_loop(t, this(v))?;
    let result = result.clone();
    if !complete(t, v, Status::Finished, |f| f.result.replace(Some(result)))? {
        return Err(invalid_state(t));
    }
    Ok(())
}

/// The exception that `set_exception` was given: an instance, or a class to be called.
fn exception_instance(t: &Thread, v: &Value, given: &Value) -> R {
    let e = if exception::is_exception_class(t, given) {
        let e = protocol::call(t, given, &[])?;
        if this(v).is_done() {
            return Err(invalid_state(t));
        }
        e
    } else {
        given.clone()
    };
    if e.cast::<Exception>().is_none() {
        return Err(t.type_error("invalid exception object"));
    }
    if !exception::matches(t, &e, &t.types().stop_iteration.value()) {
        return Ok(e);
    }
    let message = t.str("StopIteration interacts badly with generators and cannot be raised into a Future");
    let error = protocol::call(t, &t.types().runtime_error.value(), &[message])?;
    exception::set_cause(t, &error, Some(e.clone()));
    if let Some(error) = error.cast::<Exception>() {
        error.context.set(e);
    }
    Ok(error)
}

/// `future.set_exception(exception)`.
pub fn set_exception(t: &Thread, v: &Value, given: &Value) -> R<()> {
    required_loop(t, this(v))?;
    if this(v).is_done() {
        return Err(invalid_state(t));
    }
    let e = exception_instance(t, v, given)?;
    let traceback = e.cast::<Exception>().and_then(|e| e.traceback.get(t));
    let done = complete(t, v, Status::Finished, |f| {
        f.exception_traceback.replace(traceback).into_iter().chain(f.exception.replace(Some(e))).next()
    })?;
    if !done {
        return Err(invalid_state(t));
    }
    this(v).log_traceback.store(true, Relaxed);
    Ok(())
}

/// `future.cancel(msg)`: whether it was pending.
pub fn cancel(t: &Thread, v: &Value, message: Option<Value>) -> R<bool> {
    this(v).log_traceback.store(false, Relaxed);
    complete(t, v, Status::Cancelled, |f| f.cancel_message.replace(message))
}

/// The `CancelledError` of a cancelled future: what ended the task the first time, a new one afterwards.
pub fn make_cancelled_error(t: &Thread, f: &Future) -> R {
    if let Some(e) = f.cancelled_error.take() {
        return Ok(e);
    }
    let class = state(t).cancelled_error.get(t)?;
    match f.cancel_message.get(t).filter(|message| !message.is_none()) {
        Some(message) => protocol::call(t, &class, &[message]),
        None => protocol::call(t, &class, &[]),
    }
}

/// How a future ended.
pub enum Outcome {
    Result(Value),
    Exception(Value),
}

/// What the future gave. Errors: it was cancelled, or is not done.
pub fn outcome(t: &Thread, f: &Future) -> R<Outcome> {
    match f.status() {
        Status::Cancelled => {
            let e = make_cancelled_error(t, f)?;
            return Err(t.raise(e));
        }
        Status::Pending => return Err(state(t).invalid_state_error.raise(t, &[t.str("Result is not ready.")])),
        Status::Finished => {}
    }
    f.log_traceback.store(false, Relaxed);
    match f.exception.get(t) {
        Some(e) => {
            if let Some(exception) = e.cast::<Exception>() {
                drop(exception.traceback.replace(f.exception_traceback.take()));
            }
            Ok(Outcome::Exception(e))
        }
        None => Ok(Outcome::Result(f.result.get(t).unwrap_or(Value::NONE))),
    }
}

/// `future.result()`.
pub fn result(t: &Thread, f: &Future) -> R {
    match outcome(t, f)? {
        Outcome::Result(value) => Ok(value),
        Outcome::Exception(e) => Err(t.raise(e)),
    }
}

/// Adds a callback, or schedules it if the future is done.
pub fn add_callback(t: &Thread, v: &Value, callback: Callback) -> R<()> {
    let f = this(v);
    let on = required_loop(t, f)?;
    {
        let Some(header) = v.header() else { return Ok(()) };
        let _guard = t.lock(header);
        if !f.is_done() {
            if f.callback.is_empty() && f.more_callbacks.lock().is_empty() {
                let nothing =
                    (f.callback.replace(Some(callback.callable)), f.callback_context.replace(callback.context));
                debug_assert!(nothing.0.is_none());
            } else {
                f.more_callbacks.lock().push(callback);
            }
            return Ok(());
        }
    }
    schedule(t, &on, v, callback)
}

/// `future.add_done_callback(fn, context=context)`.
pub fn add_done_callback(t: &Thread, v: &Value, callable: &Value, context: Option<Value>) -> R<()> {
    required_loop(t, this(v))?;
    let context = match context {
        Some(context) => context,
        None => context::copy_current(t)?,
    };
    add_callback(t, v, Callback { callable: callable.clone(), context: Some(context) })
}

/// The callbacks with their contexts, as Python code sees them: a task's wakeup is a function.
pub fn callbacks(t: &Thread, v: &Value) -> Vec<(Value, Value)> {
    let f = this(v);
    let mut all = Vec::new();
    {
        let Some(header) = v.header() else { return Vec::new() };
        let _guard = t.lock(header);
        if let Some(callable) = f.callback.get(t) {
            all.push(Callback { callable, context: f.callback_context.get(t) });
        }
        for callback in f.more_callbacks.lock().iter() {
            all.push(Callback { callable: callback.callable.clone(), context: callback.context.clone() });
        }
    }
    all.into_iter()
        .map(|callback| match callback.context {
            Some(context) => (callback.callable, context),
            None => (step::wakeup_function(t, &callback.callable), super::task::context(t, &callback.callable)),
        })
        .collect()
}

/// `future.remove_done_callback(fn)`: how many were removed.
pub fn remove_done_callback(t: &Thread, v: &Value, callable: &Value) -> R<usize> {
    required_loop(t, this(v))?;
    // Comparing runs Python code: on a copy, then those found to be equal are taken out by identity.
    let mut equal = Vec::new();
    for (candidate, _) in callbacks(t, v) {
        if protocol::eq(t, &candidate, callable)? {
            equal.push(step::awakened_task(&candidate).unwrap_or(candidate));
        }
    }
    if equal.is_empty() {
        return Ok(0);
    }
    let f = this(v);
    let mut removed = Vec::new();
    {
        let Some(header) = v.header() else { return Ok(0) };
        let _guard = t.lock(header);
        let mut rest = f.more_callbacks.lock();
        let first = f.callback.replace(None);
        let context = f.callback_context.replace(None);
        let all = first.map(|callable| Callback { callable, context }).into_iter().chain(std::mem::take(&mut *rest));
        let (gone, kept): (Vec<_>, Vec<_>) = all.partition(|c| equal.iter().any(|e| e.is(&c.callable)));
        removed.extend(gone);
        let mut kept = kept.into_iter();
        if let Some(first) = kept.next() {
            removed
                .extend(f.callback.replace(Some(first.callable)).map(|callable| Callback { callable, context: None }));
            drop(f.callback_context.replace(first.context));
        }
        *rest = kept.collect();
    }
    Ok(removed.len())
}

/// Whether the object is a future of any native kind, subclasses included.
pub fn is_native(v: &Value) -> bool {
    of(v).is_some()
}

/// `future_add_to_awaited_by(future, waiter)`: nothing happens unless both are native.
pub fn add_awaited_by(t: &Thread, v: &Value, waiter: &Value) -> R<()> {
    let (Some(f), true) = (of(v), is_native(waiter)) else { return Ok(()) };
    match f.awaited_by.get(t) {
        None => f.awaited_by.set(waiter.clone()),
        Some(set) if set.cast::<Set>().is_some() => {
            set::of(&set).map_or(Ok(false), |set| set.add(t, waiter))?;
        }
        Some(other) => {
            let both = Set::make(t);
            if let Some(set) = set::of(&both) {
                set.add(t, waiter)?;
                set.add(t, &other)?;
            }
            f.awaited_by.set(both);
        }
    }
    Ok(())
}

/// `future_discard_from_awaited_by(future, waiter)`.
pub fn discard_awaited_by(t: &Thread, v: &Value, waiter: &Value) -> R<()> {
    let (Some(f), true) = (of(v), is_native(waiter)) else { return Ok(()) };
    match f.awaited_by.get(t) {
        Some(one) if one.is(waiter) => drop(f.awaited_by.take()),
        Some(set) => {
            if let Some(set) = set::of(&set) {
                set.discard(t, waiter)?;
            }
        }
        None => {}
    }
    Ok(())
}

/// `_asyncio_awaited_by`: a frozenset, or `None`.
pub fn awaited_by(t: &Thread, f: &Future) -> R {
    match f.awaited_by.get(t) {
        None => Ok(Value::NONE),
        Some(v) => match set::of(&v) {
            Some(set) => Ok(set::frozenset_of(t, &set.items(t))),
            None => Ok(set::frozenset_of(t, &[v])),
        },
    }
}

/// The iterator that `await` drives.
pub fn iterate(t: &Thread, v: &Value) -> R {
    required_loop(t, this(v))?;
    future_iter::make(t, v)
}

/// A future dies with an exception that nobody has looked at.
pub fn finalize(t: &Thread, v: &Value) {
    let f = this(v);
    if !f.log_traceback.swap(false, Relaxed) {
        return;
    }
    let message = t.str(format!("{} exception was never retrieved", v.type_of(t).short_name()));
    let exception = f.exception.get(t).unwrap_or(Value::NONE);
    let source = f.source_traceback.get(t);
    let mut entries = vec![("message", &message), ("exception", &exception), ("future", v)];
    entries.extend(source.as_ref().map(|source| ("source_traceback", source)));
    running::report(t, v, &entries);
}
