//! `Handle` and `TimerHandle`: a callback that was handed to a loop, and can be taken back.

use super::running::context_of;
use super::state::state;
use crate::objects::container::Text;
use crate::objects::context;
use crate::objects::float;
use crate::objects::list::List;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The payload of a `Handle`, and the first part of a timer's.
#[derive(Default)]
pub struct Handle {
    pub callback: Slot,
    /// A tuple.
    pub args: Slot,
    pub event_loop: Slot,
    pub context: Slot,
    pub source_traceback: Slot,
    /// What a handle cancelled in debug mode was, for messages.
    pub shown: Slot,
    pub cancelled: AtomicBool,
}

impl Handle {
    fn slots(&self) -> [&Slot; 6] {
        [&self.callback, &self.args, &self.event_loop, &self.context, &self.source_traceback, &self.shown]
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Acquire)
    }
}

impl Native for Handle {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.slots().iter().for_each(|slot| slot.visit(visit));
    }

    fn clear(&self, _t: &Thread) {
        self.slots().iter().for_each(|slot| drop(slot.take()));
    }
}

/// The payload of a `TimerHandle`.
#[derive(Default)]
pub struct Timer {
    pub handle: Handle,
    /// Seconds of the loop's clock: any number.
    pub when: Slot,
    /// It stands in a heap of timers.
    pub scheduled: AtomicBool,
}

impl Native for Timer {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.handle.traverse(visit);
        self.when.visit(visit);
    }

    fn clear(&self, t: &Thread) {
        self.handle.clear(t);
    }
}

/// The payload of a handle of either kind.
#[inline]
pub fn of(v: &Value) -> Option<&Handle> {
    v.opaque::<Handle>().or_else(|| v.opaque::<Timer>().map(|timer| &timer.handle))
}

/// The payload of a handle that a method was called on.
pub fn this(v: &Value) -> &Handle {
    of(v).expect("methods of a native type get its objects")
}

/// The payload of a timer that a method was called on.
pub fn timer(v: &Value) -> &Timer {
    v.opaque::<Timer>().expect("methods of a native type get its objects")
}

/// Fills a handle. Nothing of it is recorded for debugging.
fn fill(h: &Handle, callback: &Value, args: Value, of_loop: &Value, context: Value) {
    h.callback.set(callback.clone());
    h.args.set(args);
    h.event_loop.set(of_loop.clone());
    h.context.set(context);
}

/// The context that was named, or a copy of the current one.
fn context_or_copy(t: &Thread, given: Option<&Value>) -> R {
    match given {
        Some(context) => Ok(context.clone()),
        None => context::copy_current(t),
    }
}

/// A new handle of the exact type.
pub fn make(t: &Thread, callback: &Value, args: &[Value], of_loop: &Value, context: Option<&Value>) -> R {
    let h = Handle::default();
    fill(&h, callback, Tuple::from_slice(t, args), of_loop, context_or_copy(t, context)?);
    opaque::new(t, state(t).handle.get(), h)
}

/// A new timer of the exact type.
pub fn make_timer(
    t: &Thread,
    when: &Value,
    callback: &Value,
    args: &[Value],
    of_loop: &Value,
    context: Option<&Value>,
) -> R {
    let timer = Timer::default();
    fill(&timer.handle, callback, Tuple::from_slice(t, args), of_loop, context_or_copy(t, context)?);
    timer.when.set(when.clone());
    opaque::new(t, state(t).timer.get(), timer)
}

/// Whether the loop is in debug mode.
fn in_debug(t: &Thread, h: &Handle) -> R<bool> {
    let Some(of_loop) = h.event_loop.get(t) else { return Ok(false) };
    super::event_loop::is_debug(t, &of_loop)
}

/// `Handle.__init__`: `skip` counts the innermost entries of the stack that are not the caller's.
pub fn init(t: &Thread, v: &Value, callback: &Value, args: &Value, of_loop: &Value, context: Option<&Value>) -> R<()> {
    let h = this(v);
    drop((h.shown.take(), h.source_traceback.take()));
    h.cancelled.store(false, Release);
    fill(h, callback, args.clone(), of_loop, context_or_copy(t, context)?);
    record_origin(t, v)
}

/// In debug mode: remembers where the handle was made.
pub fn record_origin(t: &Thread, v: &Value) -> R<()> {
    if in_debug(t, this(v))? {
        let frame = super::running::current_frame(t);
        this(v).source_traceback.set(protocol::call(t, &state(t).extract_stack_for_debug.get(t)?, &[frame])?);
    }
    Ok(())
}

/// `handle.cancel()`.
pub fn cancel(t: &Thread, v: &Value) -> R<()> {
    let h = this(v);
    if h.cancelled.swap(true, AcqRel) {
        return Ok(());
    }
    if in_debug(t, h)? {
        let shown = protocol::repr(t, v)?;
        h.shown.set(shown);
    }
    drop(h.callback.replace(Some(Value::NONE)));
    drop(h.args.replace(Some(Value::NONE)));
    Ok(())
}

/// `timer.cancel()`: the loop counts those that are left in its heap.
pub fn cancel_timer(t: &Thread, v: &Value) -> R<()> {
    if !this(v).is_cancelled()
        && let Some(of_loop) = this(v).event_loop.get(t)
        && !super::event_loop::timer_cancelled(t, &of_loop, v)
    {
        protocol::call_method_str(t, &of_loop, "_timer_handle_cancelled", std::slice::from_ref(v))?;
    }
    cancel(t, v)
}

/// Shows a callback with its arguments and where it is defined.
fn format_callback(t: &Thread, h: &Handle) -> R {
    let debug = Value::bool(in_debug(t, h)?);
    let callback = h.callback.get(t).unwrap_or(Value::NONE);
    let args = h.args.get(t).unwrap_or(Value::NONE);
    let args = Args { pos: &[callback, args], kw: &[debug], names: &[t.intern("debug")] };
    protocol::call_args(t, &state(t).format_callback_source.get(t)?, args)
}

/// `handle._repr_info()`.
pub fn repr_info(t: &Thread, v: &Value) -> R {
    let h = this(v);
    let mut info = vec![t.str(v.type_of(t).short_name())];
    let cancelled = h.is_cancelled();
    if cancelled {
        info.push(t.str("cancelled"));
    }
    if let Some(timer) = v.opaque::<Timer>() {
        let when = timer.when.get(t).unwrap_or(Value::NONE);
        info.push(t.str(format!("when={}", protocol::to_text(t, &when)?)));
    }
    if h.callback.get(t).is_some_and(|callback| !callback.is_none()) {
        info.push(format_callback(t, h)?);
    }
    if let Some(source) = h.source_traceback.get(t).filter(|s| !s.is_none())
        && protocol::len(t, &source)? > 0
    {
        let frame = protocol::getitem(t, &source, &Value::small(-1))?;
        let file = protocol::to_text(t, &protocol::getitem(t, &frame, &Value::small(0))?)?;
        let line = protocol::to_text(t, &protocol::getitem(t, &frame, &Value::small(1))?)?;
        info.push(t.str(format!("created at {file}:{line}")));
    }
    Ok(List::make(t, info))
}

/// `repr(handle)`.
pub fn repr(t: &Thread, v: &Value) -> R {
    if let Some(shown) = this(v).shown.get(t).filter(|s| !s.is_none()) {
        return Ok(shown);
    }
    let info = protocol::call_method_str(t, v, "_repr_info", &[])?;
    let mut text = Text::default();
    text.push("<");
    for (i, part) in protocol::collect(t, &info)?.iter().enumerate() {
        if i > 0 {
            text.push(" ");
        }
        if part.cast::<Str>().is_none() {
            return Err(t.type_error("sequence item: expected str instance"));
        }
        text.push_str(part);
    }
    text.push(">");
    Ok(text.finish(t))
}

/// Calls a callback in its context. What it raises goes to the loop's exception handler, except what ends a program.
pub fn run(t: &Thread, v: &Value) -> R<()> {
    let h = this(v);
    let (Some(callback), Some(args), Some(of)) = (h.callback.get(t), h.args.get(t), h.context.get(t)) else {
        return Ok(());
    };
    let args = match args.cast_exact::<Tuple>() {
        Some(_) => args,
        None if args.is_none() => return Ok(()),
        None => t.tuple(protocol::collect(t, &args)?),
    };
    let items = args.cast_exact::<Tuple>().map(Tuple::items).unwrap_or(&[]);
    let result = in_context(t, &of, || protocol::call(t, &callback, items));
    match result {
        Ok(_) => Ok(()),
        Err(raised) => {
            let e = t.take_exception(raised);
            failed(t, v, e)
        }
    }
}

/// Runs something in a context: a native one, or anything that has a `run` method.
pub fn in_context<T>(t: &Thread, of: &Value, f: impl FnOnce() -> R<T>) -> R<T> {
    context::enter(t, of)?;
    let result = f();
    let raised = t.take_raised();
    let left = context::exit(t, of);
    match (result, raised) {
        (Ok(value), _) => left.map(|()| value),
        (Err(_), Some(e)) => Err(t.raise_as_is(e)),
        (Err(raised), None) => Err(raised),
    }
}

/// Whether the exception ends the program rather than the callback.
pub fn ends_program(t: &Thread, e: &Value) -> bool {
    let types = t.types();
    [&types.keyboard_interrupt, &types.system_exit].iter().any(|class| e.type_of(t).is_subtype(class))
}

/// A callback has raised an exception.
pub fn failed(t: &Thread, v: &Value, e: Value) -> R<()> {
    if ends_program(t, &e) {
        return Err(t.raise_as_is(e));
    }
    let h = this(v);
    let Some(of_loop) = h.event_loop.get(t) else { return Ok(()) };
    let shown = protocol::to_text(t, &format_callback(t, h)?)?;
    let message = t.str(format!("Exception in callback {shown}"));
    let source = h.source_traceback.get(t).filter(|s| !s.is_none());
    let mut entries = vec![("message", &message), ("exception", &e), ("handle", v)];
    entries.extend(source.as_ref().map(|source| ("source_traceback", source)));
    let context = context_of(t, &entries);
    let handler = state(t).names(t).call_exception_handler.clone();
    protocol::call_method(t, &of_loop, &handler, &[context]).map(drop)
}

/// The time of a timer in seconds.
pub fn when(t: &Thread, v: &Value) -> R<f64> {
    float::to_f64(t, &timer(v).when.get(t).unwrap_or(Value::small(0)))
}
