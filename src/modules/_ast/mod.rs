//! `_ast`: syntax trees as Python objects.
//!
//! The compiler's tree is an arena of plain data (`syntax::ast`). Python sees a tree of objects whose classes
//! [`asdl`] makes from the abstract grammar, `ast.AST` ([`node`]) above all of them. [`to_python`] turns the one
//! into the other, [`from_python`] turns it back, and [`validate`] says whether the result makes sense.

mod asdl;
pub mod from_python;
mod node;
pub mod to_python;
mod validate;

use super::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::source::flags;

fn exec(t: &Thread, module: &Module) -> R<()> {
    for (name, class) in &asdl::classes(t)?.classes {
        module.set(t, name, class.clone());
    }
    let numbers = [
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", flags::ALLOW_TOP_LEVEL_AWAIT),
        ("PyCF_ONLY_AST", flags::ONLY_AST),
        ("PyCF_TYPE_COMMENTS", flags::TYPE_COMMENTS),
        ("PyCF_OPTIMIZED_AST", flags::OPTIMIZED_AST),
    ];
    for (name, number) in numbers {
        module.set(t, name, Value::small(number as i64));
    }
    Ok(())
}

/// `_ast`.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_ast", exec: Some(exec), ..ModuleSpec::DEFAULT };
