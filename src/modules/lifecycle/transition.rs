//! Stands in for native modules that the import system needs and that are not there yet.

use crate::modules;
use crate::modules::sys;
use crate::objects::module::Module;
use crate::objects::native::Native;
use crate::objects::protocol;
use crate::objects::simple_namespace;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::io::Write;

const SOURCE: &[u8] = b"
class ref:
    def __new__(cls, referent, callback=None):
        self = object.__new__(cls)
        self.referent = referent
        return self
    def __call__(self):
        return self.referent
    def __init__(self, *args):
        pass
class Any:
    pass
def _remove_dead_weakref(table, key):
    table.pop(key, None)
def warn(*args, **kwargs):
    pass
warn_explicit = warn
filters = []
";

/// Puts modules under the missing names.
pub fn stand_ins(t: &Thread, add: &dyn Fn(&str, &Value) -> R<()>) -> R<()> {
    for name in ["_io", "_warnings", "_weakref"] {
        if modules::find(name).is_none() {
            let value = Module::make(t, name, None);
            let code = crate::vm::source::compile(t, SOURCE, &t.str("<stand-in>"), "exec", 0, -1)?;
            crate::vm::source::exec(t, &code, &value.cast::<Module>().expect("just made").dict(t), None)?;
            add(name, &value)?;
        }
    }
    Ok(())
}

fn to_stdout(t: &Thread, _m: &Value, text: &Value) -> R {
    let text = protocol::to_text(t, text)?;
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(Value::NONE)
}

fn to_stderr(t: &Thread, _m: &Value, text: &Value) -> R {
    let text = protocol::to_text(t, text)?;
    let _ = std::io::stderr().write_all(text.as_bytes());
    Ok(Value::NONE)
}

fn flush(_t: &Thread, _m: &Value) -> R {
    let _ = std::io::stdout().flush();
    Ok(Value::NONE)
}

static WRITE: [Def; 2] = [
    Def::statik("write", Func::One(to_stdout), "(text, /)", ""),
    Def::statik("write", Func::One(to_stderr), "(text, /)", ""),
];
static FLUSH: Def = Def::statik("flush", Func::NoArgs(flush), "()", "");

/// Streams that write.
pub fn streams(t: &Thread) -> R<()> {
    for (name, write) in [("stdout", &WRITE[0]), ("stderr", &WRITE[1])] {
        let attributes = [
            (t.intern("write"), Native::make(t, write, Some(Value::NONE), None)),
            (t.intern("flush"), Native::make(t, &FLUSH, Some(Value::NONE), None)),
            (t.intern("encoding"), t.intern("utf-8")),
            (t.intern("closed"), Value::FALSE),
        ];
        let stream = simple_namespace::make(t, attributes)?;
        sys::set_attribute(t, &format!("__{name}__"), stream.clone());
        sys::set_attribute(t, name, stream);
    }
    Ok(())
}
