//! Watching running code: `sys.monitoring` (PEP 669), and `sys.settrace` and `sys.setprofile` on top of it.
//!
//! CPython rewrites the instructions of watched code objects. Here nothing is rewritten: a thread that is watched runs
//! with another table of handlers, every entry of which tells what is about to happen ([`before`]) and then goes to
//! the instruction's own handler. A thread that nobody watches does not know of it; it changes tables at the switch
//! point that the breaker's `WATCH` bit asks for, which is at once for the thread that called `sys.settrace`.
//!
//! What an instruction did is told in front of the next one of its frame ([`After`](crate::objects::watch::After)):
//! which way a branch went, that a native call returned. Exceptions are told by `unwind`. Offsets, line starts and
//! the order of events are CPython's ([`code`]). As in CPython tools 6 and 7 are `sys.setprofile` and `sys.settrace`
//! ([`legacy`]); they see one thread each, the others all of them.
//!
//! Invariant: no event is told while a callback runs (`ThreadWatch::inside`).
//!
//! Source: CPython `Python/instrumentation.c`, `Python/legacy_tracing.c`.

pub mod code;
mod instruction;
mod legacy;

pub use crate::objects::watch::event;
pub use instruction::{Step, before, handled, raised, reraised, thrown, unwound};

use crate::objects::code_object::CodeObject;
use crate::objects::frame::Frame;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use crate::objects::watch::During;
use crate::sync::bit;
use std::sync::atomic::{AtomicU32, Ordering::*};

/// Tools are numbered from 0; the last two of CPython's eight are its own.
pub const TOOLS: usize = 6;

/// A tool: who it is, what it wants, and whom it tells.
#[derive(Default)]
pub struct Tool {
    pub name: Slot,
    pub callbacks: [Slot; event::COUNT],
    /// A bit for each event wanted of all code.
    pub events: AtomicU32,
    /// Raised when the tool is cleared: what it wanted of single code objects is over.
    pub epoch: AtomicU32,
}

/// The tools of an interpreter.
#[derive(Default)]
pub struct Tools {
    pub tools: [Tool; TOOLS],
    /// Raised by `restart_events()`: what was turned off is on again.
    pub restarts: AtomicU32,
    /// `sys.monitoring.DISABLE` and `MISSING`.
    pub disable: Slot,
    pub missing: Slot,
    /// Some tool wants events of single code objects.
    pub local: AtomicU32,
}

/// The tools.
pub fn tools(t: &Thread) -> &Tools {
    t.interp.state::<Tools>()
}

/// Whether somebody watches the thread.
fn is_watched(t: &Thread) -> bool {
    t.interp.monitored.load(Relaxed) || !t.watch.trace.is_empty() || !t.watch.profile.is_empty()
}

/// The breaker's `WATCH`: the thread finds out whether it is watched.
pub fn refresh(t: &Thread) {
    let on = is_watched(t);
    if t.watch.on.replace(on) != on {
        t.watch.seen.borrow_mut().clear();
    }
}

/// Something is wanted or no longer wanted: every thread finds out at its next switch point.
pub fn changed(t: &Thread) {
    let tools = tools(t);
    let wanted = tools.tools.iter().any(|tool| tool.events.load(Relaxed) != 0) || tools.local.load(Relaxed) != 0;
    t.interp.monitored.store(wanted, Relaxed);
    for &address in t.interp.threads.lock().iter() {
        // SAFETY: a thread's state stays until it is off the list; the breaker is for everybody.
        let thread = unsafe { &*(address as *const Thread) };
        thread.sched.breaker.set(bit::WATCH);
    }
    t.sched.breaker.set(bit::WATCH);
}

/// `sys.settrace` and `sys.setprofile` for this thread.
pub fn set_function(t: &Thread, slot: &Slot, function: &Value) {
    drop(slot.replace((!function.is_none()).then(|| function.clone())));
    t.sched.breaker.set(bit::WATCH);
}

/// Runs a callback: nothing is told of what it does.
fn inside<T>(t: &Thread, event: u8, f: impl FnOnce() -> T) -> T {
    let watch = &t.watch;
    watch.inside.set(watch.inside.get() + 1);
    let during = watch.during.replace(During::Event(event));
    let result = f();
    watch.during.set(during);
    watch.inside.set(watch.inside.get() - 1);
    result
}

/// `sys.call_tracing`: runs with watching as if no callback were running.
pub fn outside<T>(t: &Thread, f: impl FnOnce() -> T) -> T {
    let watch = &t.watch;
    let inside = watch.inside.replace(0);
    let during = watch.during.replace(During::Nothing);
    let result = f();
    watch.during.set(during);
    watch.inside.set(inside);
    result
}

/// What an event is about.
pub enum About<'a> {
    /// The line.
    Line(u32),
    /// The code unit.
    Place,
    /// The code unit and a value: what is returned, raised.
    Value(&'a Value),
    /// The code unit and where it goes on.
    To(usize),
    /// The code unit, a callable and its first argument.
    Call(&'a Value, &'a Value),
}

/// Tells an event at a code unit of a frame to whom it concerns.
///
/// # Safety
/// `f` is the running frame and saved.
pub unsafe fn fire(t: &Thread, f: *mut Frame, event: u8, unit: usize, about: About<'_>) -> R<()> {
    if t.watch.inside.get() > 0 {
        return Ok(());
    }
    // SAFETY: see above.
    let code = unsafe { Frame::code_of(f) };
    if t.interp.monitored.load(Relaxed) {
        tell_tools(t, code, event, unit, &about)?;
    }
    if !t.watch.profile.is_empty() {
        // SAFETY: as above.
        unsafe { legacy::profile(t, f, event, &about)? };
    }
    if !t.watch.trace.is_empty() {
        // SAFETY: as above.
        unsafe { legacy::trace(t, f, event, unit, &about)? };
    }
    Ok(())
}

fn tell_tools(t: &Thread, code: &CodeObject, event: u8, unit: usize, about: &About<'_>) -> R<()> {
    let tools = tools(t);
    let watch = code::of(code);
    // Returns of native functions are told to those who are told of their calls.
    let wanted_as = if event == event::C_RETURN || event == event::C_RAISE { event::CALL } else { event };
    for (id, tool) in tools.tools.iter().enumerate() {
        let mut wanted = tool.events.load(Relaxed);
        if wanted_as < event::LOCAL {
            wanted |= watch.local(id, tool);
        }
        if wanted & 1 << wanted_as == 0 || watch.is_disabled(tools, id, event, unit) {
            continue;
        }
        let mut callback = tool.callbacks[event as usize].get(t);
        if callback.is_none() && (event == event::BRANCH_LEFT || event == event::BRANCH_RIGHT) {
            callback = tool.callbacks[event::BRANCH as usize].get(t);
        }
        let Some(callback) = callback else { continue };
        let offset = Value::small(unit as i64 * 2);
        let code_value = code.value();
        let result = inside(t, event, || match about {
            About::Line(line) => protocol::call(t, &callback, &[code_value, Value::small(*line as i64)]),
            About::Place => protocol::call(t, &callback, &[code_value, offset]),
            About::Value(value) => protocol::call(t, &callback, &[code_value, offset, (*value).clone()]),
            About::To(to) => protocol::call(t, &callback, &[code_value, offset, Value::small(*to as i64 * 2)]),
            About::Call(callable, first) => {
                protocol::call(t, &callback, &[code_value, offset, (*callable).clone(), (*first).clone()])
            }
        })?;
        if tools.disable.get(t).is_some_and(|disable| disable.is(&result)) {
            if event >= event::LOCAL && event != event::C_RETURN && event != event::C_RAISE {
                drop(tool.callbacks[event as usize].take());
                let name = event::NAMES[event as usize];
                return Err(t.value_error(format!("Cannot disable {name} events. Callback removed.")));
            }
            watch.disable(tools, id, event, unit);
        }
    }
    Ok(())
}

/// What `sys.monitoring` passes for an argument that is not there.
fn missing(t: &Thread) -> Value {
    tools(t).missing.get(t).unwrap_or(Value::NONE)
}

const _: fn(&Thread, i64) -> Value = int::new;
