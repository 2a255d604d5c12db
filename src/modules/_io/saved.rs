//! What `__getstate__` and `__setstate__` of the files in memory have in common.

use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A copy of the attributes that a subclass has added, or `None`.
pub fn attributes(t: &Thread, v: &Value) -> R {
    match protocol::getattr_opt(t, v, &t.names().__dict__)? {
        Some(dict) => protocol::call_method_str(t, &dict, "copy", &[]),
        None => Ok(Value::NONE),
    }
}

/// The position in a state; `complaint` begins the message about one that is no integer.
pub fn position(t: &Thread, position: &Value, complaint: &str) -> R<usize> {
    if !int::is_int(position) {
        return Err(t.type_error(format!("{complaint} {}", position.type_of(t).name_str())));
    }
    usize::try_from(int::arg_isize(t, position)?).map_err(|_| t.value_error("position value cannot be negative"))
}

/// Gives back the attributes of a state, of which they are the item called `which`.
pub fn restore_attributes(t: &Thread, v: &Value, attributes: &Value, which: &str) -> R<()> {
    if attributes.is_none() {
        return Ok(());
    }
    if attributes.cast::<Dict>().is_none() {
        let given = attributes.type_of(t).name_str();
        return Err(t.type_error(format!("{which} item of state should be a dict, got a {given}")));
    }
    let own = protocol::getattr(t, v, &t.names().__dict__)?;
    protocol::call_method_str(t, &own, "update", std::slice::from_ref(attributes)).map(drop)
}
