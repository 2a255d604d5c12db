//! What becomes of exceptions that nobody handles: `sys.excepthook`, `sys.unraisablehook`, `SystemExit`.

use super::{Exception, print};
use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// A name of the module `sys`.
fn sys_attribute(t: &Thread, name: &str) -> Option<Value> {
    t.interp.sys_dict.get(t)?.cast::<Dict>()?.get_name(t, name)
}

/// `sys.stderr.write(text)`; to the file descriptor if there is no such object yet. What goes wrong is nobody's
/// business any more.
pub fn write_stderr(t: &Thread, text: &Value) {
    match sys_attribute(t, "stderr") {
        Some(file) if file.is_none() => {}
        Some(file) => write_to(t, &file, text),
        None => eprint!("{}", text.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default()),
    }
}

fn write_to(t: &Thread, file: &Value, text: &Value) {
    if let Err(raised) = protocol::call_method(t, file, &t.names().write, std::slice::from_ref(text)) {
        drop(t.take_exception(raised));
    }
}

fn flush_stderr(t: &Thread) {
    if let Some(file) = sys_attribute(t, "stderr").filter(|f| !f.is_none()) {
        flush(t, &file);
    }
}

fn flush(t: &Thread, file: &Value) {
    if let Err(raised) = protocol::call_method(t, file, &t.names().flush, &[]) {
        drop(t.take_exception(raised));
    }
}

/// `traceback._print_exception_bltin(exception)`: whether the library could be asked.
fn print_by_library(t: &Thread, exception: &Value) -> bool {
    let Some(hooks) = t.interp.hooks.get() else { return false };
    let result = (hooks.import)(t, &t.names().traceback, None, None, None, 0)
        .and_then(|module| protocol::getattr_str(t, &module, "_print_exception_bltin"))
        .and_then(|f| protocol::call(t, &f, std::slice::from_ref(exception)));
    match result {
        Ok(_) => true,
        Err(raised) => {
            drop(t.take_exception(raised));
            false
        }
    }
}

/// What `sys.__excepthook__` does: shows an exception on `sys.stderr`.
pub fn display(t: &Thread, exception: &Value) {
    if sys_attribute(t, "stderr").is_some_and(|f| f.is_none()) {
        return;
    }
    if !print_by_library(t, exception) {
        write_stderr(t, &print::exception(t, exception));
    }
    flush_stderr(t);
}

/// `_PyErr_Display`: shows an exception. Where the library can be asked, it writes to `sys.stderr` or what that was at
/// first, and not to `file`.
pub fn display_on(t: &Thread, file: &Value, exception: &Value) {
    if !print_by_library(t, exception) && exception.cast::<Exception>().is_some() {
        write_to(t, file, &print::exception(t, exception));
        flush(t, file);
    }
}

/// An exception left the program (`PyErr_PrintEx`): keeps it in `sys.last_exc` and calls `sys.excepthook`.
/// `SystemExit` is for the caller to look at first ([`exit_status`]). Gives the status to exit with if the hook
/// itself raised `SystemExit`.
pub fn print_uncaught(t: &Thread, exception: &Value) -> Option<i32> {
    let typ = exception.type_of_value(t);
    let tb = exception.cast::<Exception>().and_then(|e| e.traceback.get(t)).unwrap_or(Value::NONE);
    if let Some(sys) = t.interp.sys_dict.get(t)
        && let Some(sys) = sys.cast::<Dict>()
    {
        let names = t.names();
        for (name, value) in [
            (&names.last_exc, exception),
            (&names.last_type, &typ),
            (&names.last_value, exception),
            (&names.last_traceback, &tb),
        ] {
            sys.set_str(t, name, value.clone());
        }
    }
    let Some(hook) = sys_attribute(t, "excepthook") else {
        if t.interp.sys_dict.get(t).is_some() {
            write_stderr(t, &t.str("sys.excepthook is missing\n"));
        }
        display(t, exception);
        return None;
    };
    if let Err(raised) = protocol::call(t, &hook, &[typ, exception.clone(), tb]) {
        let second = t.take_exception(raised);
        if let Some(status) = exit_status(t, &second) {
            return Some(status);
        }
        write_stderr(t, &t.str("Error in sys.excepthook:\n"));
        display(t, &second);
        write_stderr(t, &t.str("\nOriginal exception was:\n"));
        display(t, exception);
    }
    flush_stderr(t);
    None
}

/// The status that a `SystemExit` ends the process with; a code that is neither `None` nor an int is printed. `None`
/// for other exceptions.
pub fn exit_status(t: &Thread, exception: &Value) -> Option<i32> {
    if !exception.type_of(t).is_subtype(&t.types().system_exit) {
        return None;
    }
    let code = match protocol::getattr(t, exception, &t.names().code) {
        Ok(code) => code,
        Err(raised) => {
            drop(t.take_exception(raised));
            exception.clone()
        }
    };
    if code.is_none() {
        return Some(0);
    }
    if int::is_int(&code) {
        // As C's conversion to `int` does; what does not fit into a long is -1.
        return Some(int::as_i64(&code).map_or(-1, |i| i as i32));
    }
    flush_stdout(t);
    match protocol::str(t, &code) {
        Ok(text) => write_stderr(t, &text),
        Err(raised) => drop(t.take_exception(raised)),
    }
    write_stderr(t, &t.str("\n"));
    flush_stderr(t);
    Some(1)
}

fn flush_stdout(t: &Thread) {
    if let Some(file) = sys_attribute(t, "stdout").filter(|f| !f.is_none())
        && let Err(raised) = protocol::call_method(t, &file, &t.names().flush, &[])
    {
        drop(t.take_exception(raised));
    }
}

/// Reports an exception that cannot be propagated: calls `sys.unraisablehook`.
///
/// The message stands in front of the object (`message: <object>`) or alone, and has no colon of its own.
pub fn report_unraisable(t: &Thread, exception: Value, message: &str, object: Option<&Value>) {
    let saved = t.take_raised();
    let frame = t.frame.get();
    if let Some(e) = exception.cast::<Exception>()
        && e.traceback.is_empty()
        && !frame.is_null()
    {
        // SAFETY: the running frame is saved while native code runs.
        let (object, lasti) = unsafe { (Frame::object(t, frame), Frame::unit(frame) as i64 * 2) };
        e.traceback.set(Traceback::make(t, None, object, lasti, -1));
    }
    let message = if message.is_empty() { Value::NONE } else { t.str(message) };
    let object = object.cloned().unwrap_or(Value::NONE);
    if let Err((exception, message, object)) = call_hook(t, exception, message, object)
        && let Err(raised) = write_unraisable(t, &exception, &message, &object)
    {
        drop(t.take_exception(raised));
    }
    t.put_raised(saved);
}

/// Calls `sys.unraisablehook`; what is to be written is given back if there is none, or if it raised itself.
fn call_hook(t: &Thread, exception: Value, message: Value, object: Value) -> Result<(), (Value, Value, Value)> {
    let (Some(hook), Some(class)) = (sys_attribute(t, "unraisablehook"), sys_attribute(t, "UnraisableHookArgs")) else {
        return Err((exception, message, object));
    };
    if hook.is_none() {
        return Ok(());
    }
    let tb = exception.cast::<Exception>().and_then(|e| e.traceback.get(t)).unwrap_or(Value::NONE);
    let fields = t.tuple([exception.type_of_value(t), exception, tb, message, object]);
    let result = protocol::call(t, &class, &[fields]).and_then(|args| protocol::call(t, &hook, &[args]));
    result
        .map(drop)
        .map_err(|raised| (t.take_exception(raised), t.str("Exception ignored in sys.unraisablehook"), hook.clone()))
}

/// What `sys.__unraisablehook__` does: writes the exception, its message and object (or `None`) to `sys.stderr`.
pub fn write_unraisable(t: &Thread, exception: &Value, message: &Value, object: &Value) -> R<()> {
    if sys_attribute(t, "stderr").is_some_and(|f| f.is_none()) {
        return Ok(());
    }
    let message = if message.is_none() { None } else { Some(protocol::str(t, message)?) };
    let mut out = crate::objects::container::Text::default();
    if !object.is_none() {
        match message {
            Some(message) => {
                out.push_str(&message);
                out.push(": ");
            }
            None => out.push("Exception ignored in: "),
        }
        if let Err(raised) = out.push_repr(t, object) {
            drop(t.take_exception(raised));
            out.push("<object repr() failed>");
        }
        out.push("\n");
    } else if let Some(message) = message {
        out.push_str(&message);
        out.push(":\n");
    }
    write_stderr(t, &out.finish(t));
    // A class without instance: somebody called the hook by hand.
    if exception.cast::<Exception>().is_some() {
        write_stderr(t, &print::alone(t, exception));
    } else if exception.is_none() || exception.cast::<Type>().is_some() {
        write_stderr(t, &t.str("NoneType: None\n"));
    }
    flush_stderr(t);
    Ok(())
}
