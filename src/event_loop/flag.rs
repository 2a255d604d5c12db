//! Attributes that are true or false, and atomic.

use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The attribute's entry in the table of a type whose payload `this` finds.
macro_rules! flag {
    ($name:literal, $field:ident) => {
        GetSet::rw(
            $name,
            |_, v| Ok(Value::bool(this(v).$field.load(Relaxed))),
            |t, v, value| crate::event_loop::flag::set(t, &this(v).$field, value),
            "",
        )
    };
}
pub(super) use flag;

/// Sets the attribute to the truth of a value.
pub fn set(t: &Thread, flag: &AtomicBool, value: Option<&Value>) -> R<()> {
    flag.store(protocol::truth(t, value.unwrap_or(Value::none()))?, Relaxed);
    Ok(())
}
