//! What the module keeps: its exceptions, and what `copyreg`, `_compat_pickle` and others have, looked up once.

use crate::objects::dict::Dict;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{exception, protocol};

/// The module's state. Every slot is filled when the module is imported.
#[derive(Default)]
pub struct State {
    pub pickle_error: Slot,
    pub pickling_error: Slot,
    pub unpickling_error: Slot,
    /// `copyreg`
    pub dispatch_table: Slot,
    pub extension_registry: Slot,
    pub inverted_registry: Slot,
    pub extension_cache: Slot,
    /// `_compat_pickle`
    pub name_2to3: Slot,
    pub import_2to3: Slot,
    pub name_3to2: Slot,
    pub import_3to2: Slot,
    /// `codecs.encode`
    pub encode: Slot,
    /// `getattr`
    pub getattr: Slot,
    /// `functools.partial`
    pub partial: Slot,
}

impl State {
    /// The exceptions by name.
    pub fn exceptions(&self, t: &Thread) -> [(&'static str, Value); 3] {
        [
            ("PickleError", got(t, &self.pickle_error)),
            ("PicklingError", got(t, &self.pickling_error)),
            ("UnpicklingError", got(t, &self.unpickling_error)),
        ]
    }
}

/// What a slot of the state holds.
pub fn got(t: &Thread, slot: &Slot) -> Value {
    slot.get(t).unwrap_or(Value::NONE)
}

/// The state.
pub fn state(t: &Thread) -> &State {
    t.interp.state::<State>()
}

/// Imports a module by its full name.
pub fn import(t: &Thread, name: &Value) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("modules cannot be imported yet")) };
    (hooks.import)(t, name, None, None, None, 0)
}

/// The state, filled.
pub fn fill(t: &Thread) -> R<&State> {
    let state = state(t);
    if state.pickle_error.is_empty() {
        let base = make_exception(t, "PickleError", &t.types().exception.value())?;
        state.pickling_error.set(make_exception(t, "PicklingError", &base)?);
        state.unpickling_error.set(make_exception(t, "UnpicklingError", &base)?);
        state.pickle_error.set(base);
    }
    for (module, dicts) in [
        (
            "copyreg",
            &[
                ("dispatch_table", &state.dispatch_table),
                ("_extension_registry", &state.extension_registry),
                ("_inverted_registry", &state.inverted_registry),
                ("_extension_cache", &state.extension_cache),
            ],
        ),
        (
            "_compat_pickle",
            &[
                ("NAME_MAPPING", &state.name_2to3),
                ("IMPORT_MAPPING", &state.import_2to3),
                ("REVERSE_NAME_MAPPING", &state.name_3to2),
                ("REVERSE_IMPORT_MAPPING", &state.import_3to2),
            ],
        ),
    ] {
        let from = import(t, &t.intern(module))?;
        for (name, slot) in dicts {
            let dict = protocol::getattr_str(t, &from, name)?;
            if dict.cast_exact::<Dict>().is_none() {
                let kind = dict.type_of(t).name_str();
                return Err(t.runtime_error(format!("{module}.{name} should be a dict, not {kind}")));
            }
            slot.set(dict);
        }
    }
    for (module, name, slot) in [
        ("codecs", "encode", &state.encode),
        ("builtins", "getattr", &state.getattr),
        ("functools", "partial", &state.partial),
    ] {
        slot.set(protocol::getattr_str(t, &import(t, &t.intern(module))?, name)?);
    }
    Ok(state)
}

fn make_exception(t: &Thread, name: &str, base: &Value) -> R {
    let namespace = Dict::make(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_str(t, &t.names().__module__, t.str("_pickle"));
    }
    protocol::call(t, &t.types().type_.value(), &[t.str(name), t.tuple([base.clone()]), namespace])
}

fn raise(t: &Thread, class: &Slot, message: &str) -> Raised {
    match got(t, class).cast::<Type>() {
        Some(class) => t.raise_message(class, message),
        None => t.runtime_error(message),
    }
}

/// Raises `PicklingError`.
#[cold]
pub fn pickling_error(t: &Thread, message: impl AsRef<str>) -> Raised {
    raise(t, &state(t).pickling_error, message.as_ref())
}

/// Raises `UnpicklingError`.
#[cold]
pub fn unpickling_error(t: &Thread, message: impl AsRef<str>) -> Raised {
    raise(t, &state(t).unpickling_error, message.as_ref())
}

/// Raises another exception in the place of one, which becomes its context.
#[cold]
pub fn replace(t: &Thread, raised: Raised, make: impl FnOnce(&Value) -> R<Raised>) -> Raised {
    let first = t.take_exception(raised);
    match make(&first) {
        Ok(raised) | Err(raised) => {
            let second = t.take_exception(raised);
            exception::link_context(t, &second, &first);
            t.raise_as_is(second)
        }
    }
}

/// Adds a note to an exception on its way: `when serializing list item 0`.
#[cold]
pub fn note(t: &Thread, raised: Raised, text: impl FnOnce() -> R<String>) -> Raised {
    let exception = t.take_exception(raised);
    let done = text().and_then(|text| protocol::call_method_str(t, &exception, "add_note", &[t.str(text)]));
    if let Err(raised) = done {
        drop(t.take_exception(raised));
    }
    t.raise_as_is(exception)
}

/// Follows a path of attributes.
pub fn follow(t: &Thread, object: &Value, path: &[Value]) -> R {
    let mut at = object.clone();
    for name in path {
        at = protocol::getattr(t, &at, name)?;
    }
    Ok(at)
}

/// The names of a dotted path.
pub fn split(t: &Thread, path: &Value) -> R<Vec<Value>> {
    if path.cast::<Str>().is_none() {
        return Err(t.type_error(format!("must be str, not {}", path.type_of(t).name_str())));
    }
    let parts = protocol::call_method_str(t, path, "split", &[t.str(".")])?;
    protocol::collect(t, &parts)
}
