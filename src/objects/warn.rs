//! Warnings from native code (`PyErr_WarnEx`).

use super::protocol;
use super::slots::R;
use super::thread::Thread;
use super::types::{TypeCell, Types};
use super::value::Value;

/// `warnings.warn(message, category)`, for the line that is running. A filter may turn it into an error.
#[cold]
pub fn warn(t: &Thread, category: impl Fn(&Types) -> &TypeCell, message: &str) -> R<()> {
    warn_at(t, &category(t.types()).value(), message, 1)
}

/// `warnings.warn(message, category, stacklevel)`.
#[cold]
pub fn warn_at(t: &Thread, category: &Value, message: &str, stacklevel: i64) -> R<()> {
    let Some(hooks) = t.interp.hooks.get() else { return Ok(()) };
    let module = (hooks.import)(t, &t.intern("warnings"), None, None, None, 0)?;
    let args = [t.str(message), category.clone(), Value::small(stacklevel)];
    protocol::call_method_str(t, &module, "warn", &args).map(drop)
}
