//! The memos as objects: `PicklerMemoProxy` and `UnpicklerMemoProxy`.

use super::{pickler, unpickler};
use crate::modules::module_type;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::type_slots::hash_not_implemented;
use crate::objects::value::Value;

/// The payload: whose memo it is.
struct Proxy(Value);

impl Native for Proxy {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
    }
}

/// A proxy of one of the two types.
pub fn make(t: &Thread, spec: &'static Spec, owner: &Value) -> R {
    let class = module_type(t, spec);
    opaque::new(t, class.cast::<Type>().expect("a type"), Proxy(owner.clone()))
}

/// The object whose memo it is, if it is a proxy of that type.
pub fn target(v: &Value, spec: &'static Spec) -> Option<Value> {
    let proxy = v.opaque::<Proxy>()?;
    let typ = v.header()?.type_of();
    typ.spec().is_some_and(|own| std::ptr::eq(own, spec)).then(|| proxy.0.clone())
}

fn owner(v: &Value) -> &Value {
    &v.opaque::<Proxy>().expect("methods of proxies get them").0
}

/// How it is pickled and copied: as a plain dict.
fn reduced(t: &Thread, shown: Value) -> R {
    Ok(t.tuple([t.types().dict.value(), t.tuple([shown])]))
}

macro_rules! proxy {
    ($spec:ident, $name:literal, $of:ident) => {
        #[doc = concat!("`", $name, "`.")]
        pub static $spec: Spec = {
            fn clear(t: &Thread, v: &Value) -> R {
                $of::empty_memo(t, owner(v));
                Ok(Value::NONE)
            }
            fn copy(t: &Thread, v: &Value) -> R {
                $of::shown_memo(t, owner(v))
            }
            fn reduce(t: &Thread, v: &Value) -> R {
                reduced(t, $of::shown_memo(t, owner(v))?)
            }
            let mut spec = opaque::spec::<Proxy>($name);
            spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
            spec.slots.hash = Some(hash_not_implemented);
            spec.methods = &[
                Def::new("clear", Func::NoArgs(clear), "($self, /)", "Remove all items from memo."),
                Def::new("copy", Func::NoArgs(copy), "($self, /)", "Copy the memo to a new object."),
                Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Implement pickling support."),
            ];
            spec
        };
    };
}

proxy!(PICKLER_MEMO, "_pickle.PicklerMemoProxy", pickler);
proxy!(UNPICKLER_MEMO, "_pickle.UnpicklerMemoProxy", unpickler);
