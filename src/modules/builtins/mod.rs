//! `builtins`: what is there without an import.

mod class;

use super::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn print(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let mut out = Vec::new();
    for (i, v) in args.pos.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend(protocol::to_text(t, v)?.into_bytes());
    }
    out.push(b'\n');
    use std::io::Write;
    let _ = std::io::stdout().write_all(&out);
    Ok(Value::NONE)
}

fn len(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(crate::objects::int::new(t, protocol::len(t, v)? as i64))
}

fn repr(t: &Thread, _m: &Value, v: &Value) -> R {
    protocol::repr(t, v)
}

fn isinstance(t: &Thread, _m: &Value, args: &[Value]) -> R {
    protocol::isinstance(t, &args[0], &args[1]).map(Value::bool)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    for (name, cell) in [
        ("type", &t.types().type_),
        ("object", &t.types().object),
        ("int", &t.types().int),
        ("float", &t.types().float),
        ("bool", &t.types().bool_),
        ("str", &t.types().str_),
        ("list", &t.types().list),
        ("tuple", &t.types().tuple),
        ("dict", &t.types().dict),
        ("set", &t.types().set),
        ("range", &t.types().range),
        ("enumerate", &t.types().enumerate),
        ("zip", &t.types().zip),
        ("property", &t.types().property),
        ("super", &t.types().super_),
    ] {
        m.set(t, name, cell.value());
    }
    for (spec, cell) in crate::objects::exception::rows() {
        m.set(t, spec.name, cell(t.types()).value());
    }
    for alias in ["EnvironmentError", "IOError"] {
        m.set(t, alias, t.types().os_error.value());
    }
    m.set(t, "None", Value::NONE);
    m.set(t, "__debug__", Value::bool(t.interp.config.optimize == 0));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.",
    functions: &[
        Def::new("print", Func::Any(print), "(*args, sep=' ', end='\\n', file=None, flush=False)", ""),
        Def::new("len", Func::One(len), "($module, obj, /)", "Return the number of items in a container."),
        Def::new("repr", Func::One(repr), "($module, obj, /)", ""),
        Def::new("isinstance", Func::Pos(isinstance, 2, 2), "($module, obj, class_or_tuple, /)", ""),
        Def::new("__build_class__", Func::Any(class::build_class), "", ""),
    ],
    exec: Some(exec),
};
