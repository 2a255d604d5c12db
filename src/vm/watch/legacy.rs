//! `sys.settrace` and `sys.setprofile`: functions that are told of events by name.

use super::{About, event, inside, set_function};
use crate::objects::exception::Exception;
use crate::objects::frame::{Frame, FrameObject};
use crate::objects::header::Kind;
use crate::objects::native::MethodDescr;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::traceback;
use crate::objects::value::Value;
use std::sync::atomic::Ordering::Relaxed;

/// Calls a function with the frame, the event's name and its argument.
///
/// # Safety
/// `f` is the running frame and saved.
unsafe fn tell(t: &Thread, f: *mut Frame, event: u8, function: &Value, what: &str, arg: Value) -> R {
    // SAFETY: see above.
    unsafe {
        let object = Frame::object(t, f);
        inside(t, event, || protocol::call(t, function, &[object, t.intern(what), arg]))
    }
}

/// Tells the profile function.
///
/// # Safety
/// `f` is the running frame and saved.
pub(super) unsafe fn profile(t: &Thread, f: *mut Frame, event: u8, about: &About<'_>) -> R<()> {
    let (what, arg) = match (event, about) {
        (event::PY_START | event::PY_RESUME | event::PY_THROW, _) => ("call", Value::NONE),
        (event::PY_RETURN | event::PY_YIELD, About::Value(value)) => ("return", (*value).clone()),
        (event::PY_UNWIND, _) => ("return", Value::NONE),
        (event::CALL | event::C_RETURN | event::C_RAISE, About::Call(callable, first)) => {
            let Some(function) = native_callable(t, callable, first)? else { return Ok(()) };
            let what = match event {
                event::CALL => "c_call",
                event::C_RETURN => "c_return",
                _ => "c_exception",
            };
            (what, function)
        }
        _ => return Ok(()),
    };
    let Some(function) = t.watch.profile.get(t) else { return Ok(()) };
    // SAFETY: see above.
    match unsafe { tell(t, f, event, &function, what, arg) } {
        Ok(_) => Ok(()),
        Err(raised) => {
            set_function(t, &t.watch.profile, Value::none());
            Err(raised)
        }
    }
}

/// A built-in function or method as profilers see it; nothing for other callables.
fn native_callable(t: &Thread, callable: &Value, first: &Value) -> R<Option<Value>> {
    if callable.kind() == Kind::Native {
        return Ok(Some(callable.clone()));
    }
    if callable.cast_exact::<MethodDescr>().is_none() || first.is(&super::missing(t)) {
        return Ok(None);
    }
    match callable.type_of(t).slots().descr_get {
        Some(get) => get(t, callable, Some(first), Some(&first.type_of_value(t))).map(Some),
        None => Ok(None),
    }
}

/// Tells the trace function: of calls the thread's, of what happens in a frame the frame's.
///
/// # Safety
/// `f` is the running frame and saved.
pub(super) unsafe fn trace(t: &Thread, f: *mut Frame, event: u8, unit: usize, about: &About<'_>) -> R<()> {
    // SAFETY: see above.
    unsafe {
        if matches!(event, event::PY_START | event::PY_RESUME | event::PY_THROW) {
            let Some(function) = t.watch.trace.get(t) else { return Ok(()) };
            return call_trace(t, f, event, &function, "call", Value::NONE);
        }
        // The frame's own function is in its object.
        if (*f).object == 0 {
            return Ok(());
        }
        let object = Value::from_ref(&(*f).object).clone();
        let Some(frame) = object.cast::<FrameObject>() else { return Ok(()) };
        let Some(function) = frame.trace.get(t) else { return Ok(()) };
        match (event, about) {
            (event::LINE, About::Line(_)) if frame.trace_lines.load(Relaxed) => {
                call_trace(t, f, event, &function, "line", Value::NONE)
            }
            (event::JUMP, About::To(to)) if *to <= unit && frame.trace_lines.load(Relaxed) => {
                // A jump back to the same line: a line event comes for no instruction.
                let code = Frame::code_of(f);
                let Some(line) = code.line_of(*to).filter(|&line| code.line_of(unit) == Some(line)) else {
                    return Ok(());
                };
                frame.line.store(line, Relaxed);
                let result = call_trace(t, f, event::LINE, &function, "line", Value::NONE);
                frame.line.store(0, Relaxed);
                result
            }
            (event::INSTRUCTION, _) if frame.trace_opcodes.load(Relaxed) => {
                call_trace(t, f, event, &function, "opcode", Value::NONE)
            }
            (event::PY_RETURN | event::PY_YIELD, About::Value(value)) => {
                call_trace(t, f, event, &function, "return", (*value).clone())
            }
            (event::PY_UNWIND, _) => call_trace(t, f, event, &function, "return", Value::NONE),
            (event::RAISE | event::STOP_ITERATION, About::Value(exception)) => {
                let traceback = exception.cast::<Exception>().and_then(|e| e.traceback.get(t)).unwrap_or(Value::NONE);
                let arg = t.tuple([exception.type_of_value(t), (*exception).clone(), traceback]);
                call_trace(t, f, event, &function, "exception", arg)
            }
            _ => Ok(()),
        }
    }
}

/// Calls a trace function; what it returns becomes the frame's. One that raises is no longer called.
///
/// # Safety
/// `f` is the running frame and saved.
unsafe fn call_trace(t: &Thread, f: *mut Frame, event: u8, function: &Value, what: &str, arg: Value) -> R<()> {
    // SAFETY: see above.
    unsafe {
        match tell(t, f, event, function, what, arg) {
            Ok(result) => {
                let object = Frame::object(t, f);
                if let Some(frame) = object.cast::<FrameObject>().filter(|_| !result.is_none()) {
                    drop(frame.trace.replace(Some(result)));
                }
                Ok(())
            }
            Err(raised) => {
                set_function(t, &t.watch.trace, Value::none());
                if (*f).object != 0
                    && let Some(frame) = Value::from_ref(&(*f).object).cast::<FrameObject>()
                {
                    drop(frame.trace.take());
                }
                Err(raised)
            }
        }
    }
}

const _: unsafe fn(&Thread, *mut Frame) = traceback::add_here;
