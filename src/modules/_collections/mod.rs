//! `_collections`: `deque`, `defaultdict`, and what `namedtuple` and `Counter` need to be fast.
//!
//! `OrderedDict` is the Python one of the packaged `collections`.

mod counting;
mod default_dict;
mod deque;
mod deque_iter;
mod tuple_getter;

use crate::modules::ModuleSpec;
use crate::modules::native_type::add_types;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Spec};
use crate::objects::thread::Thread;

const DOC: &str = "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n";

static FUNCTIONS: &[Def] = &[counting::COUNT_ELEMENTS];

static TYPES: &[&Spec] =
    &[&deque::SPEC, &default_dict::SPEC, &deque_iter::SPEC, &deque_iter::REVERSE, &tuple_getter::SPEC];

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, TYPES);
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_collections", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
