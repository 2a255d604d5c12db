//! Stands in for `_warnings`, which the import system needs, where there is no such native module yet.

use crate::modules;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

const SOURCE: &[u8] = b"
def warn(*args, **kwargs):
    from warnings import warn
    warn(*args, **kwargs)
def warn_explicit(*args, **kwargs):
    from warnings import warn_explicit
    warn_explicit(*args, **kwargs)
";

/// Puts the module under its name.
pub fn stand_ins(t: &Thread, add: &dyn Fn(&str, &Value) -> R<()>) -> R<()> {
    if modules::find("_warnings").is_none() {
        let value = Module::make(t, "_warnings", None);
        let code = crate::vm::source::compile(t, SOURCE, &t.str("<stand-in>"), "exec", 0, -1)?;
        crate::vm::source::exec(t, &code, &value.cast::<Module>().expect("just made").dict(t), None)?;
        add("_warnings", &value)?;
    }
    Ok(())
}
