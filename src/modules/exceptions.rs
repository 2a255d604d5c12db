//! Exception classes that belong to native modules (`zlib.error`, `binascii.Error` ...).

use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::types::{TypeCell, Types};
use crate::objects::value::{Payload, Value};
use std::collections::HashMap;
use std::sync::Mutex;

/// An exception class of a native module.
pub struct Exception {
    pub module: &'static str,
    pub name: &'static str,
    pub base: fn(&Types) -> &TypeCell,
}

/// The classes made so far, by the address of their description.
#[derive(Default)]
struct Classes(Mutex<HashMap<usize, Value>>);

impl Exception {
    /// The class, made at first use.
    pub fn class(&'static self, t: &Thread) -> R {
        let classes = t.interp.state::<Classes>();
        let key = self as *const Exception as usize;
        if let Some(class) = classes.0.lock().expect("no panic under this lock").get(&key) {
            return Ok(class.clone());
        }
        let namespace = Dict::make(t);
        if let Some(dict) = namespace.cast::<Dict>() {
            dict.set_str(t, &t.names().__module__, t.str(self.module));
        }
        let bases = t.tuple([(self.base)(t.types()).get().value()]);
        let class = protocol::call(t, &t.types().type_.value(), &[t.str(self.name), bases, namespace])?;
        Ok(classes.0.lock().expect("no panic under this lock").entry(key).or_insert(class).clone())
    }

    /// Raises it with a message.
    #[cold]
    pub fn raise(&'static self, t: &Thread, message: impl AsRef<str>) -> Raised {
        match self.class(t) {
            Ok(class) => match class.cast::<Type>() {
                Some(class) => t.raise_message(class, message.as_ref()),
                None => t.system_error("an exception class is no class"),
            },
            Err(raised) => raised,
        }
    }
}
