//! Which loop and which task a thread is running, and the register of all tasks.
//!
//! The running loop and task stand in the thread's state, where only the thread itself writes them. Tasks register
//! when they are made and leave when they are done or die; the register owns no count of them. Objects that are no
//! native tasks but want to be seen as some are kept as CPython keeps them, in a `WeakSet` and a `set`.

use super::state::state;
use super::task::Task;
use super::{future, soon};
use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::header::Header;
use crate::objects::protocol;
use crate::objects::set::{self, Set};
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::sync::atomic::Ordering::*;

/// Tasks made by different threads seldom meet in the same part of the register.
const SHARDS: usize = 16;

/// Addresses of tasks. A task leaves before it is freed.
#[derive(Default)]
struct Shard(Guarded<Vec<usize>>);

/// The register of tasks, and of threads that run loops.
#[derive(Default)]
pub struct Tasks {
    shards: [Shard; SHARDS],
    /// States of threads that run a loop, as addresses; they take themselves out when they end.
    threads: Guarded<Vec<usize>>,
    /// A `WeakSet` of tasks that are not native.
    foreign: Slot,
    /// A `set` of those in their first, eager step.
    foreign_eager: Slot,
}

/// The place of a registered task: one more than its index in a shard, above the shard's number. 0 if it has none.
fn place(shard: usize, index: usize) -> u64 {
    ((index as u64 + 1) << 8) | shard as u64
}

/// Registers a task.
pub fn register(t: &Thread, task: &Value) {
    let (Some(this), Some(header)) = (task.opaque::<Task>(), task.header()) else { return };
    let number = t.ident as usize >> 12 & (SHARDS - 1);
    let mut shard = state(t).tasks.shards[number].0.lock();
    if this.place.load(Relaxed) == 0 {
        this.place.store(place(number, shard.len()), Relaxed);
        shard.push(header as *const Header as usize);
    }
}

/// Takes a task out of the register, if it is there.
pub fn unregister(t: &Thread, task: &Task) {
    let number = match task.place.load(Acquire) {
        0 => return,
        place => (place & 0xFF) as usize,
    };
    let mut shard = state(t).tasks.shards[number].0.lock();
    let index = match task.place.swap(0, Relaxed) {
        0 => return,
        place => (place >> 8) as usize - 1,
    };
    shard.swap_remove(index);
    if let Some(&moved) = shard.get(index) {
        // SAFETY: a task leaves the register before it is freed, and the shard is locked. Its count stays as it is.
        let moved = std::mem::ManuallyDrop::new(unsafe { Value::from_header(moved as *const Header) });
        if let Some(moved) = moved.opaque::<Task>() {
            moved.place.store(place(number, index), Relaxed);
        }
    }
}

/// The native tasks that are registered.
fn registered(t: &Thread) -> Vec<Value> {
    let mut all = Vec::new();
    for shard in &state(t).tasks.shards {
        for &address in shard.0.lock().iter() {
            // SAFETY: as in `unregister`; a task that is dying cannot be referred to any more.
            unsafe {
                let header = address as *const Header;
                if (*header).try_incref(t.tid()) {
                    all.push(Value::from_header(header));
                }
            }
        }
    }
    all
}

/// `_get_running_loop()`.
pub fn running_loop(t: &Thread) -> Option<Value> {
    t.running_loop.get(t)
}

/// `get_running_loop()`.
pub fn required_loop(t: &Thread) -> R {
    running_loop(t).ok_or_else(|| t.runtime_error("no running event loop"))
}

/// `get_event_loop()`.
pub fn event_loop(t: &Thread) -> R {
    if let Some(running) = running_loop(t) {
        return Ok(running);
    }
    let policy = protocol::call(t, &state(t).get_event_loop_policy.get(t)?, &[])?;
    protocol::call_method_str(t, &policy, "get_event_loop", &[])
}

/// `_set_running_loop(loop)`.
pub fn set_running_loop(t: &Thread, running: Option<Value>) {
    let me = t as *const Thread as usize;
    if running.is_some() {
        let mut threads = state(t).tasks.threads.lock();
        if !threads.contains(&me) {
            threads.push(me);
            drop(threads);
            t.on_exit.borrow_mut().push(Box::new(|t| {
                let me = t as *const Thread as usize;
                state(t).tasks.threads.lock().retain(|&thread| thread != me);
                drop(t.running_loop.take());
                drop(t.running_task.take());
            }));
        }
    } else {
        // No step is under way where no loop runs; in the child of a fork one may have been.
        drop(t.running_task.take());
    }
    drop(t.running_loop.replace(running));
}

fn check_loop(t: &Thread, of: &Value) -> R<()> {
    if t.running_loop.bits() == of.bits() || running_loop(t).is_some_and(|running| running.is(of)) {
        return Ok(());
    }
    let shown = protocol::repr_text(t, of)?;
    Err(t.runtime_error(format!("loop {shown} is not the running loop")))
}

/// A step of the task begins (`_enter_task`).
pub fn enter_task(t: &Thread, of: &Value, task: &Value) -> R<()> {
    check_loop(t, of)?;
    if let Some(current) = t.running_task.get(t) {
        let (task, current) = (protocol::repr_text(t, task)?, protocol::repr_text(t, &current)?);
        return Err(
            t.runtime_error(format!("Cannot enter into task {task} while another task {current} is being executed."))
        );
    }
    t.running_task.set(task.clone());
    Ok(())
}

/// The step is over (`_leave_task`).
pub fn leave_task(t: &Thread, of: &Value, task: &Value) -> R<()> {
    check_loop(t, of)?;
    let current = t.running_task.get(t);
    if !current.as_ref().is_some_and(|current| current.is(task)) {
        let task = protocol::repr_text(t, task)?;
        let current = protocol::repr_text(t, current.as_ref().unwrap_or(Value::none()))?;
        return Err(t.runtime_error(format!("Invalid attempt to leave task {task} while task {current} is entered.")));
    }
    drop(t.running_task.take());
    Ok(())
}

/// `_swap_current_task(loop, task)`: the task that was current, or `None`.
pub fn swap_current_task(t: &Thread, of: &Value, task: &Value) -> R {
    check_loop(t, of)?;
    let new = (!task.is_none()).then(|| task.clone().into_owned());
    Ok(t.running_task.replace(new).unwrap_or(Value::NONE))
}

/// `current_task(loop)`: of this thread, or of the one that runs the loop.
pub fn current_task(t: &Thread, of: &Value) -> R {
    if running_loop(t).is_some_and(|running| running.is(of)) {
        return Ok(t.running_task.get(t).unwrap_or(Value::NONE));
    }
    let mut seen = Vec::new();
    let mut found = Value::NONE;
    for &thread in state(t).tasks.threads.lock().iter() {
        // SAFETY: threads take themselves out of the list before they end; the slots may be read by anybody.
        let thread = unsafe { &*(thread as *const Thread) };
        if let Some(running) = thread.running_loop.get(t) {
            if running.is(of) {
                found = thread.running_task.get(t).unwrap_or(Value::NONE);
            }
            seen.push(running);
        }
    }
    // Dropped only now: nothing is under the lock.
    drop(seen);
    Ok(found)
}

/// The `WeakSet` of tasks that are not native.
fn foreign(t: &Thread) -> R {
    let slot = &state(t).tasks.foreign;
    if let Some(set) = slot.get(t) {
        return Ok(set);
    }
    let set = protocol::call(t, &state(t).weak_set.get(t)?, &[])?;
    slot.set(set.clone());
    Ok(set)
}

fn foreign_eager(t: &Thread) -> Value {
    let slot = &state(t).tasks.foreign_eager;
    slot.get(t).unwrap_or_else(|| {
        let set = Set::make(t);
        slot.set(set.clone());
        set
    })
}

/// `_register_task(task)`.
pub fn register_any(t: &Thread, task: &Value) -> R<()> {
    if task.opaque::<Task>().is_some() {
        register(t, task);
        return Ok(());
    }
    protocol::call_method_str(t, &foreign(t)?, "add", std::slice::from_ref(task)).map(drop)
}

/// `_unregister_task(task)`.
pub fn unregister_any(t: &Thread, task: &Value) -> R<()> {
    if let Some(task) = task.opaque::<Task>() {
        unregister(t, task);
        return Ok(());
    }
    protocol::call_method_str(t, &foreign(t)?, "discard", std::slice::from_ref(task)).map(drop)
}

/// `_register_eager_task(task)`.
pub fn register_eager(t: &Thread, task: &Value) -> R<()> {
    match set::of(&foreign_eager(t)) {
        Some(eager) => eager.add(t, task).map(drop),
        None => Ok(()),
    }
}

/// `_unregister_eager_task(task)`.
pub fn unregister_eager(t: &Thread, task: &Value) -> R<()> {
    match set::of(&foreign_eager(t)) {
        Some(eager) => eager.discard(t, task).map(drop),
        None => Ok(()),
    }
}

/// `all_tasks(loop)`: a set of those that are not done.
pub fn all_tasks(t: &Thread, of: &Value) -> R {
    // Eager tasks first: one that becomes a scheduled task meanwhile is not missed.
    let mut candidates = set::of(&foreign_eager(t)).map(|eager| eager.items(t)).unwrap_or_default();
    candidates.extend(registered(t));
    if state(t).tasks.foreign.get(t).is_some() {
        candidates.extend(protocol::collect(t, &foreign(t)?)?);
    }
    let all = Set::make(t);
    let Some(set) = set::of(&all) else { return Ok(all) };
    for task in candidates {
        let belongs = match task.opaque::<Task>() {
            Some(this) => !this.future.is_done() && this.future.event_loop.get(t).is_some_and(|l| l.is(of)),
            None => {
                soon::loop_of(t, &task)?.is(of)
                    && !protocol::truth(t, &protocol::call_method_str(t, &task, "done", &[])?)?
            }
        };
        if belongs {
            set.add(t, &task)?;
        }
    }
    Ok(all)
}

/// Whether the value is a dict: of exception handlers' contexts.
pub fn context_of(t: &Thread, entries: &[(&str, &Value)]) -> Value {
    let context = Dict::make(t);
    if let Some(dict) = context.cast::<Dict>() {
        entries.iter().for_each(|(key, value)| dict.set_name(t, key, (*value).clone()));
    }
    context
}

/// Tells the loop of something that nobody else can be told of: `loop.call_exception_handler(context)`.
pub fn report(t: &Thread, v: &Value, entries: &[(&str, &Value)]) {
    let Some(of) = future::of(v).and_then(|f| f.event_loop.get(t)) else { return };
    let context = context_of(t, entries);
    let handler = state(t).names(t).call_exception_handler.clone();
    if let Err(raised) = protocol::call_method(t, &of, &handler, &[context]) {
        t.unraisable(raised, "Exception ignored while calling deallocator", Some(v));
    }
}

/// The running frame.
pub fn current_frame(t: &Thread) -> Value {
    let frame = t.frame.get();
    if frame.is_null() {
        return Value::NONE;
    }
    // SAFETY: a live frame of this thread.
    unsafe { Frame::object(t, frame) }
}
