//! `_thread._excepthook`: what `threading.excepthook` is at first.

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
    let name = match thread.is_none() {
        true => None,
        false => protocol::getattr_opt(t, &thread, &t.intern("_name"))?,
    };
    let name = match name {
        Some(name) => protocol::to_text(t, &name)?,
        None => t.ident.to_string(),
    };
    exception::write_stderr(t, &t.str(format!("Exception in thread {name}:\n")));
    if !value.is_none() {
        exception::display(t, &value);
    }
    Ok(Value::NONE)
}
