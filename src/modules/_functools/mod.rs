//! `_functools`: `partial`, `reduce`, `cmp_to_key`, and the cache behind `lru_cache`.

mod compare_key;
mod lru_cache;
mod partial;
mod placeholder;
mod reduce;

use crate::modules::ModuleSpec;
use crate::modules::native_type::add_types;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Spec};
use crate::objects::thread::Thread;

const DOC: &str = "Tools that operate on functions.";

static FUNCTIONS: &[Def] = &[reduce::REDUCE, compare_key::CMP_TO_KEY];

static TYPES: &[&Spec] = &[&placeholder::SPEC, &partial::SPEC, &lru_cache::SPEC];

/// Adds the types and the placeholder.
fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, TYPES);
    if let Some(dict) = module.dict(t).cast::<Dict>() {
        dict.set_name(t, "Placeholder", placeholder::value(t));
    }
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_functools", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
