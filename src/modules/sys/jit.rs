//! `sys._jit`: what a program can learn of just-in-time compilation. There is none.

use super::settings::no;
use crate::modules::add_functions;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;

static FUNCTIONS: &[Def] = &[
    Def::new(
        "is_available",
        Func::NoArgs(no),
        "($module, /)",
        "Return True if the current Python executable supports JIT compilation, and False otherwise.",
    ),
    Def::new(
        "is_enabled",
        Func::NoArgs(no),
        "($module, /)",
        "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), \
         and False otherwise.",
    ),
    Def::new(
        "is_active",
        Func::NoArgs(no),
        "($module, /)",
        "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and \
         False otherwise.",
    ),
];

/// Puts the module into `sys`.
pub fn fill(t: &Thread, sys: &Module) {
    let doc = "Utilities for observing just-in-time compilation.";
    let value = Module::make(t, "sys._jit", Some(doc));
    let module = value.cast::<Module>().expect("just made");
    add_functions(t, module, &value, "sys._jit", FUNCTIONS);
    let namespace = sys.dict(t);
    namespace.cast::<Dict>().expect("a module's namespace is a dict").set_name(t, "_jit", value);
}
