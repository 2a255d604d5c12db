//! `_sysconfig`: what only the binary knows about how it was built.

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn config_vars(t: &Thread, _m: &Value) -> R {
    let vars = Dict::make(t);
    if let Some(dict) = vars.cast::<Dict>() {
        dict.set_name(t, "Py_GIL_DISABLED", Value::small(0));
        dict.set_name(t, "Py_DEBUG", Value::small(0));
    }
    Ok(vars)
}

/// `_sysconfig`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_sysconfig",
    doc: "A helper for the sysconfig module.",
    functions: &[Def::new(
        "config_vars",
        Func::NoArgs(config_vars),
        "($module, /)",
        "Returns a dictionary containing build variables intended to be exposed by sysconfig.",
    )],
    ..ModuleSpec::DEFAULT
};
