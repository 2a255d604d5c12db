//! `_testinternalcapi`: what CPython's tests ask about the insides, as far as there is an answer here.

use crate::modules::ModuleSpec;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::header::Header;
use crate::objects::instance::Part;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Whether the attributes lie in the object itself, and not in a dict.
fn has_inline_values(_: &Thread, _: &Value, v: &Value) -> R {
    let inline = |header: &Header| {
        let typ = header.type_of();
        typ.has_inline_values() && Part::of(header).is_some_and(|part| part.dict().is_none() && !part.overflows(typ))
    };
    Ok(Value::bool(v.header().is_some_and(inline)))
}

fn get_recursion_depth(t: &Thread, _: &Value) -> R {
    Ok(Value::small(t.interp.recursion_limit() - t.recursion_left.get()))
}

/// The kinds of the locals of code, by name.
fn get_co_localskinds(t: &Thread, _: &Value, code: &Value) -> R {
    let Some(code) = code.cast::<CodeObject>() else { return Err(t.type_error("argument must be a code object")) };
    let kinds = Dict::make(t);
    if let Some(kinds) = kinds.cast::<Dict>() {
        for (name, kind) in code.localsplus().iter().zip(code.code.localspluskinds.iter()) {
            kinds.set(t, name.clone(), Value::small(*kind as i64))?;
        }
    }
    Ok(kinds)
}

fn dict_getitem_knownhash(t: &Thread, _: &Value, args: &[Value]) -> R {
    let hash = int::arg_i64(t, &args[2])?;
    let Some(dict) = args[0].cast::<Dict>() else { return Err(t.system_error("bad argument to internal function")) };
    dict.get_hashed(t, &args[1], hash)?.ok_or_else(|| t.key_error(&args[1]))
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    // What lies before the objects that the collector knows: nothing, their links are in the header.
    for name in ["SIZEOF_PYGC_HEAD", "SIZEOF_MANAGED_PRE_HEADER"] {
        m.set(t, name, Value::small(0));
    }
    Ok(())
}

/// `_testinternalcapi`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testinternalcapi",
    functions: &[
        Def::new("has_inline_values", Func::One(has_inline_values), "", ""),
        Def::new("get_recursion_depth", Func::NoArgs(get_recursion_depth), "", ""),
        Def::new("get_co_localskinds", Func::One(get_co_localskinds), "", ""),
        Def::new("dict_getitem_knownhash", Func::Pos(dict_getitem_knownhash, 3, 3), "", ""),
    ],
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
