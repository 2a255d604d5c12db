//! `_testlimitedcapi`: the C interface's functions for sequences, which CPython's tests of `bytes` call directly.
//!
//! They take an index as it is: a negative one gets the length added first, as `PySequence_GetItem` does.

use crate::modules::ModuleSpec;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn not_a_sequence(t: &Thread, v: &Value, message: &str) -> Raised {
    t.type_error(format!("'{}' object {message}", v.type_of(t).name_str()))
}

/// An index; `TypeError` with that message where the object is no sequence.
fn index(t: &Thread, args: &[Value], message: &str) -> R {
    let index = int::arg_isize(t, &args[1])?;
    if !protocol::is_sequence(t, &args[0]) {
        return Err(not_a_sequence(t, &args[0], message));
    }
    Ok(int::from_i64(t, index as i64))
}

fn getitem(t: &Thread, _: &Value, args: &[Value]) -> R {
    let index = index(t, args, "does not support indexing")?;
    protocol::getitem(t, &args[0], &index)
}

fn setitem(t: &Thread, _: &Value, args: &[Value]) -> R {
    let index = index(t, args, "does not support item assignment")?;
    protocol::setitem(t, &args[0], &index, Some(&args[2]))?;
    Ok(Value::small(0))
}

fn delitem(t: &Thread, _: &Value, args: &[Value]) -> R {
    let index = index(t, args, "doesn't support item deletion")?;
    protocol::setitem(t, &args[0], &index, None)?;
    Ok(Value::small(0))
}

/// `PyObject_HasAttrString`: whatever goes wrong counts as no.
fn hasattrstring(t: &Thread, _: &Value, args: &[Value]) -> R {
    let name = match args[1].cast::<crate::objects::bytes::Bytes>() {
        Some(name) => String::from_utf8_lossy(name.as_slice()).into_owned(),
        None => return Err(t.type_error("a bytes-like object is required")),
    };
    let found = match protocol::getattr_str(t, &args[0], &name) {
        Ok(_) => true,
        Err(raised) => {
            let exception = t.take_exception(raised);
            if !exception.type_of(t).is_subtype(&t.types().attribute_error) {
                let message = "Exception ignored in PyObject_HasAttrString(); consider using PyObject_HasAttrStringWithError(), PyObject_GetOptionalAttrString() or PyObject_GetAttrString()";
                crate::objects::exception::report_unraisable(t, exception, message, None);
            }
            false
        }
    };
    Ok(Value::small(found as i64))
}

/// `_testlimitedcapi`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testlimitedcapi",
    functions: &[
        Def::new("object_hasattrstring", Func::Pos(hasattrstring, 2, 2), "", ""),
        Def::new("sequence_getitem", Func::Pos(getitem, 2, 2), "", ""),
        Def::new("sequence_setitem", Func::Pos(setitem, 3, 3), "", ""),
        Def::new("sequence_delitem", Func::Pos(delitem, 2, 2), "", ""),
        Def::new("_py_getbuiltwithassert", Func::NoArgs(|_, _| Ok(Value::FALSE)), "", ""),
    ],
    ..ModuleSpec::DEFAULT
};
