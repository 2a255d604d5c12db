//! `_thread._excepthook`: what `threading.excepthook` is at first.

use crate::modules::sys;
use crate::objects::exception;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

static ARGS: Description = Description::new(
    "_thread._ExceptHookArgs",
    "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("thread", "Thread"),
    ],
    4,
);

/// The type of the hook's argument.
pub fn args_type(t: &Thread) -> Value {
    struct_sequence::type_of(t, &ARGS)
}

/// Shows an exception that a thread's function did not catch; `SystemExit` is silent.
pub fn excepthook(t: &Thread, _m: &Value, args: &Value) -> R {
    if !std::ptr::eq(args.type_of(t), args_type(t).cast().expect("a type")) {
        return Err(t.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let field = |name: &str| protocol::getattr_str(t, args, name);
    let (typ, value, thread) = (field("exc_type")?, field("exc_value")?, field("thread")?);
    if t.types().system_exit.value().is(&typ) {
        return Ok(Value::NONE);
    }
    let file = match sys::attribute(t, "stderr").filter(|file| !file.is_none()) {
        Some(file) => file,
        None if thread.is_none() => return Ok(Value::NONE),
        // The one that stood there when the thread was made.
        None => protocol::getattr_str(t, &thread, "_stderr")?,
    };
    if file.is_none() {
        return Ok(Value::NONE);
    }
    let name = match thread.is_none() {
        true => None,
        false => protocol::getattr_opt(t, &thread, &t.intern("name"))?,
    };
    let name = match name {
        Some(name) => protocol::str(t, &name)?,
        None => t.str(t.ident.to_string()),
    };
    for text in [t.str("Exception in thread "), name, t.str(":\n")] {
        protocol::call_method(t, &file, &t.names().write, &[text])?;
    }
    exception::display_on(t, &file, &value);
    protocol::call_method(t, &file, &t.names().flush, &[])?;
    Ok(Value::NONE)
}
