//! `_typing`: the native half of `typing`; the types are `objects::typing`'s.

use super::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::typing::generic;

fn exec(t: &Thread, m: &Module) -> R<()> {
    let types = t.types();
    for (name, cell) in [
        ("TypeVar", &types.typevar),
        ("TypeVarTuple", &types.typevartuple),
        ("ParamSpec", &types.paramspec),
        ("ParamSpecArgs", &types.paramspecargs),
        ("ParamSpecKwargs", &types.paramspeckwargs),
        ("Generic", &types.generic),
        ("TypeAliasType", &types.typealias),
        ("Union", &types.union),
    ] {
        m.set(t, name, cell.value());
    }
    m.set(t, "NoDefault", generic::no_default(t)?);
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.\n",
    functions: &[Def::new("_idfunc", Func::One(|_, _, v| Ok(v.clone())), "($module, x, /)", "")],
    exec: Some(exec),
};
