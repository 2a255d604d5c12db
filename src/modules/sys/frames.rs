//! Frames, and the exceptions they handle.

use crate::objects::dict::Dict;
use crate::objects::exception::Exception;
use crate::objects::frame::Frame;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::world;
use crate::sync::bit;
use crate::vm::watch;

fn traceback_of(t: &Thread, exception: &Value) -> Value {
    exception.cast::<Exception>().and_then(|e| e.traceback.get(t)).unwrap_or(Value::NONE)
}

pub fn exc_info(t: &Thread, _m: &Value) -> R {
    Ok(match t.handled_exception() {
        Some(e) => t.tuple([e.type_of_value(t), e.clone(), traceback_of(t, &e)]),
        None => t.tuple([Value::NONE, Value::NONE, Value::NONE]),
    })
}

pub fn exception(t: &Thread, _m: &Value) -> R {
    Ok(t.handled_exception().unwrap_or(Value::NONE))
}

pub fn exit(t: &Thread, _m: &Value, args: &[Value]) -> R {
    // As if SystemExit were raised with the status: a tuple becomes the exception's arguments.
    let status = args.first().unwrap_or(Value::none());
    let values = match status.cast::<Tuple>() {
        _ if status.is_none() => Vec::new(),
        Some(values) => values.items().to_vec(),
        None => vec![status.clone()],
    };
    Err(t.raise_with(&t.types().system_exit, &values))
}

/// The frame that many calls out; null beyond the outermost.
fn frame_at(t: &Thread, depth: i64) -> *mut Frame {
    let mut frame: *mut Frame = t.frame.get();
    for _ in 0..depth.max(0) {
        if frame.is_null() {
            break;
        }
        // SAFETY: the thread's frames live while it is in this call.
        frame = unsafe { (*frame).previous };
    }
    frame
}

fn depth(t: &Thread, value: Option<&Value>) -> R<i64> {
    value.map_or(Ok(0), |v| int::arg_i32(t, v).map(i64::from))
}

pub fn getframe(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let frame = frame_at(t, depth(t, args.first())?);
    if frame.is_null() {
        return Err(t.value_error("call stack is not deep enough"));
    }
    // SAFETY: a live frame of this thread.
    let object = unsafe { Frame::object(t, frame) };
    super::audit::audit(t, "sys._getframe", std::slice::from_ref(&object))?;
    Ok(object)
}

pub fn getframemodulename(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let depth = depth(t, args[0].as_ref())?;
    if super::audit::is_watched(t) {
        super::audit::audit(t, "sys._getframemodulename", &[Value::small(depth)])?;
    }
    let frame = frame_at(t, depth);
    if frame.is_null() {
        return Ok(Value::NONE);
    }
    // SAFETY: a live frame; its function is a word it owns.
    let function = unsafe { Value::from_ref(&(*frame).function).clone() };
    Ok(protocol::getattr_opt(t, &function, &t.names().__module__)?.unwrap_or(Value::NONE))
}

/// A dict by thread ident of what `f` finds in each thread.
fn by_thread(t: &Thread, f: impl Fn(&Thread) -> Option<Value>) -> R {
    world::stop(t);
    let addresses = t.interp.threads.lock().clone();
    let mut found: Vec<(u64, Value)> = Vec::new();
    for address in addresses {
        // SAFETY: a thread's state stays until it is taken off the list; with the world stopped it does not run.
        let thread = unsafe { &*(address as *const Thread) };
        found.extend(f(thread).map(|v| (thread.ident, v)));
    }
    world::start(t);
    if !found.iter().any(|(ident, _)| *ident == t.ident) {
        found.extend(f(t).map(|v| (t.ident, v)));
    }
    let dict = Dict::make(t);
    for (ident, value) in found {
        dict.cast::<Dict>().expect("just made").set(t, int::from_u64(t, ident), value)?;
    }
    Ok(dict)
}

pub fn current_frames(t: &Thread, _m: &Value) -> R {
    by_thread(t, |thread| {
        let frame = thread.frame.get();
        // SAFETY: a live frame of a thread that is stopped.
        (!frame.is_null()).then(|| unsafe { Frame::object(t, frame) })
    })
}

pub fn current_exceptions(t: &Thread, _m: &Value) -> R {
    by_thread(t, |thread| Some(thread.handled_exception().unwrap_or(Value::NONE)))
}

pub fn call_tracing(t: &Thread, _m: &Value, args: &[Value]) -> R {
    match args[1].cast::<Tuple>() {
        Some(values) => watch::outside(t, || protocol::call(t, &args[0], values.items())),
        None => {
            Err(t.type_error(format!("call_tracing() argument 2 must be tuple, not {}", args[1].type_of(t).name_str())))
        }
    }
}

pub fn settrace(t: &Thread, _m: &Value, function: &Value) -> R {
    super::audit::audit(t, "sys.settrace", &[])?;
    watch::set_function(t, &t.watch.trace, function);
    Ok(Value::NONE)
}

pub fn gettrace(t: &Thread, _m: &Value) -> R {
    Ok(t.watch.trace.get(t).unwrap_or(Value::NONE))
}

pub fn setprofile(t: &Thread, _m: &Value, function: &Value) -> R {
    super::audit::audit(t, "sys.setprofile", &[])?;
    watch::set_function(t, &t.watch.profile, function);
    Ok(Value::NONE)
}

pub fn getprofile(t: &Thread, _m: &Value) -> R {
    Ok(t.watch.profile.get(t).unwrap_or(Value::NONE))
}

/// Sets a function of every thread.
fn set_everywhere(t: &Thread, pick: fn(&Thread) -> &Slot, function: &Value) {
    let function = (!function.is_none()).then_some(function);
    let mut old = vec![pick(t).replace(function.cloned())];
    world::stop(t);
    for &address in t.interp.threads.lock().iter() {
        // SAFETY: a thread's state stays until it is off the list; with the world stopped it does not run.
        let thread = unsafe { &*(address as *const Thread) };
        if !std::ptr::eq(thread, t) {
            old.push(pick(thread).replace(function.cloned()));
        }
        thread.sched.breaker.set(bit::WATCH);
    }
    world::start(t);
    t.sched.breaker.set(bit::WATCH);
    drop(old);
}

pub fn settrace_everywhere(t: &Thread, _m: &Value, function: &Value) -> R {
    super::audit::audit(t, "sys.settrace", &[])?;
    set_everywhere(t, |t| &t.watch.trace, function);
    Ok(Value::NONE)
}

pub fn setprofile_everywhere(t: &Thread, _m: &Value, function: &Value) -> R {
    super::audit::audit(t, "sys.setprofile", &[])?;
    set_everywhere(t, |t| &t.watch.profile, function);
    Ok(Value::NONE)
}
