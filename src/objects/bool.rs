//! `bool`: the subclass of `int` with two instances, both immediates.

use super::header::{Header, Kind};
use super::slots::{Args, R, Slots};
use super::spec::{Spec, type_flags};
use super::thread::Thread;
use super::types::Types;
use super::value::Value;
use super::{int, protocol};

fn new(t: &Thread, _: &Value, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(t.type_error("bool() takes no keyword arguments"));
    }
    match args.pos {
        [] => Ok(Value::FALSE),
        [v] => Ok(Value::bool(protocol::truth(t, v)?)),
        more => Err(t.type_error(format!("bool expected at most 1 argument, got {}", more.len()))),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.intern(if v.as_bool() == Some(true) { "True" } else { "False" }))
}

fn truth(_: &Thread, v: &Value) -> R<bool> {
    Ok(v.as_bool() == Some(true))
}

/// `~b` is what it is for an int, which is seldom what was meant.
fn invert(t: &Thread, v: &Value) -> R {
    super::warn::warn(
        t,
        |types: &Types| &types.deprecation_warning,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
         inversion of the underlying int object and is usually not what you expect from negating a bool. Use the \
         'not' operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying \
         int.",
    )?;
    Ok(Value::small(!(truth(t, v)? as i64)))
}

macro_rules! bitwise {
    ($name:ident, $op:tt, $slot:ident) => {
        /// Of two bools a bool; with an int it is the int's operator.
        fn $name(t: &Thread, a: &Value, b: &Value) -> R {
            if let (Some(x), Some(y)) = (a.as_bool(), b.as_bool()) {
                return Ok(Value::bool(x $op y));
            }
            match int::SPEC.slots.$slot {
                Some(f) => f(t, a, b),
                None => Ok(Value::NOT_IMPLEMENTED),
            }
        }
    };
}

bitwise!(and, &, nb_and);
bitwise!(or, |, nb_or);
bitwise!(xor, ^, nb_xor);

/// The type `bool`.
pub static SPEC: Spec = Spec {
    name: "bool",
    base: Some(|types| &types.int),
    kind: Kind::Bool,
    size: std::mem::size_of::<Header>(),
    flags: type_flags::MATCH_SELF,
    doc: "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two \
          instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    slots: Slots {
        repr: Some(repr),
        new: Some(new),
        nb_bool: Some(truth),
        nb_invert: Some(invert),
        nb_and: Some(and),
        nb_xor: Some(xor),
        nb_or: Some(or),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};
