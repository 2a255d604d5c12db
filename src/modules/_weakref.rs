//! `_weakref`: weak references and proxies. The types are `objects`'.

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::weakref::{self, WeakRef};
use crate::objects::weakref_proxy;

fn getweakrefcount(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(Value::small(weakref::references_to(t, v).len() as i64))
}

fn getweakrefs(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(List::make(t, weakref::references_to(t, v)))
}

fn proxy(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let callback = args.get(1).filter(|c| !c.is_none()).cloned();
    weakref_proxy::make(t, &args[0], callback)
}

/// Removes a key from a dict if the value is a dead reference.
fn remove_dead(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let Some(dict) = args[0].cast::<Dict>() else {
        let name = args[0].type_of(t).name_str();
        return Err(t.type_error(format!("_remove_dead_weakref() argument 1 must be dict, not {name}")));
    };
    if let Some(value) = dict.get(t, &args[1])? {
        match WeakRef::of(&value) {
            Some(r) if r.is_dead() => drop(dict.remove(t, &args[1])?),
            Some(_) => {}
            None => return Err(t.type_error("not a weakref")),
        }
    }
    Ok(Value::NONE)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    let types = t.types();
    for (name, cell) in [
        ("ref", &types.weakref),
        ("ReferenceType", &types.weakref),
        ("ProxyType", &types.weakproxy),
        ("CallableProxyType", &types.weakcallableproxy),
    ] {
        m.set(t, name, cell.value());
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: &[
        Def::new(
            "getweakrefcount",
            Func::One(getweakrefcount),
            "($module, object, /)",
            "Return the number of weak references to 'object'.",
        ),
        Def::new(
            "getweakrefs",
            Func::One(getweakrefs),
            "($module, object, /)",
            "Return a list of all weak reference objects pointing to 'object'.",
        ),
        Def::new(
            "proxy",
            Func::Pos(proxy, 1, 2),
            "($module, object, callback=None, /)",
            "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
        ),
        Def::new(
            "_remove_dead_weakref",
            Func::Pos(remove_dead, 2, 2),
            "($module, dct, key, /)",
            "Atomically remove key from dict if it points to a dead weakref.",
        ),
    ],
    exec: Some(exec),
};
