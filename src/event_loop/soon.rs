//! Handing work to a loop of any kind: `loop.call_soon(callback, *args, context=context)`.
//!
//! A native loop takes jobs as they are: no callable and no handle are made for the step of a task.

use super::event_loop;
use super::future;
use super::state::state;
use super::step;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// What a loop is to do soon.
pub enum Job {
    /// Runs a handle.
    Handle(Value),
    /// A step of the task.
    Step(Value),
    /// A step of the task, because the future that it awaited is done.
    Wakeup(Value, Value),
    /// `callback(argument)` in the context.
    Call(Value, Value, Value),
    /// The transport's socket is ready to be read, or (true) written.
    Transport(Value, bool),
}

impl Job {
    /// Shows the references (collector).
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        match self {
            Job::Handle(a) | Job::Step(a) | Job::Transport(a, _) => visit(a),
            Job::Wakeup(a, b) => [a, b].into_iter().for_each(visit),
            Job::Call(a, b, c) => [a, b, c].into_iter().for_each(visit),
        }
    }
}

/// The loop of a future of any kind: `get_loop()`, or else `_loop`.
pub fn loop_of(t: &Thread, v: &Value) -> R {
    if let Some(f) = future::of(v)
        && !v.type_of(t).is_heap_type()
    {
        return future::required_loop(t, f);
    }
    let names = state(t).names(t);
    match protocol::getattr_opt(t, v, &names.get_loop)? {
        Some(get) => protocol::call(t, &get, &[]),
        None => protocol::getattr(t, v, &names._loop),
    }
}

/// `loop.call_soon(callback, *args, context=context)`.
pub fn call_soon(t: &Thread, on: &Value, callback: Value, arg: Option<Value>, context: Value) -> R<()> {
    let names = state(t).names(t);
    let f = protocol::getattr(t, on, &names.call_soon)?;
    let pos = [Some(callback), arg].into_iter().flatten().collect::<Vec<_>>();
    protocol::call_args(t, &f, Args { pos: &pos, kw: &[context], names: std::slice::from_ref(&names.context) })
        .map(drop)
}

/// Hands a job to the loop.
pub fn soon(t: &Thread, on: &Value, job: Job) -> R<()> {
    if let Some(native) = event_loop::of(on)
        && native.takes_jobs()
    {
        native.check_closed(t)?;
        native.push(job);
        return Ok(());
    }
    match job {
        Job::Step(task) => {
            let context = super::task::context(t, &task);
            call_soon(t, on, step::wrapper(t, &task, None)?, None, context)
        }
        Job::Wakeup(task, future) => {
            let context = super::task::context(t, &task);
            call_soon(t, on, step::wakeup_function(t, &task), Some(future), context)
        }
        Job::Call(callback, argument, context) => call_soon(t, on, callback, Some(argument), context),
        // Only native loops make these.
        Job::Handle(_) | Job::Transport(..) => Ok(()),
    }
}
