//! `_contextvars`: the types are `objects::context`'s.

use super::ModuleSpec;
use crate::objects::context;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;

fn exec(t: &Thread, m: &Module) -> R<()> {
    let types = t.types();
    // `Token.MISSING` is an instance: it could not stand in the type's table.
    let namespace = types.context_token.dict(t);
    if let Some(namespace) = namespace.cast::<Dict>() {
        namespace.set_name(t, "MISSING", context::missing(t)?);
    }
    for (name, cell) in
        [("Context", &types.context), ("ContextVar", &types.contextvar), ("Token", &types.context_token)]
    {
        m.set(t, name, cell.value());
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_contextvars",
    doc: "Context Variables",
    functions: &[Def::new("copy_context", Func::NoArgs(|t, _| context::copy_current(t)), "($module, /)", "")],
    exec: Some(exec),
};
