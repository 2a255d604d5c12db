//! Globals by name, and by their code in the registry of extensions.

use super::Load;
use crate::modules::_pickle::state::{State, follow, got, import, replace, split, unpickling_error};
use crate::modules::sys::audit::audit;
use crate::objects::attribute::check_name;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::{codecs, int, protocol};

fn look_up(t: &Thread, dict: &Slot, key: &Value) -> R<Option<Value>> {
    match got(t, dict).cast::<Dict>() {
        Some(dict) => dict.get(t, key),
        None => Ok(None),
    }
}

/// The names by which Python 3 knows what Python 2 knew by these.
fn new_names(t: &Thread, state: &State, module: Value, name: Value) -> R<(Value, Value)> {
    let kind = |v: &Value| v.type_of(t).name_str();
    if let Some(item) = look_up(t, &state.name_2to3, &t.tuple([module.clone(), name.clone()]))? {
        let Some([module, name]) = item.cast::<Tuple>().map(Tuple::items) else {
            let message = "_compat_pickle.NAME_MAPPING values should be 2-tuples, not";
            return Err(t.runtime_error(format!("{message} {}", kind(&item))));
        };
        if module.cast::<Str>().is_none() || name.cast::<Str>().is_none() {
            let message = "_compat_pickle.NAME_MAPPING values should be pairs of str, not";
            return Err(t.runtime_error(format!("{message} ({}, {})", kind(module), kind(name))));
        }
        return Ok((module.clone(), name.clone()));
    }
    if let Some(item) = look_up(t, &state.import_2to3, &module)? {
        if item.cast::<Str>().is_none() {
            let message = "_compat_pickle.IMPORT_MAPPING values should be strings, not";
            return Err(t.runtime_error(format!("{message} {}", kind(&item))));
        }
        return Ok((item, name));
    }
    Ok((module, name))
}

/// `Unpickler.find_class`.
pub fn find_class(t: &Thread, proto: i32, fix_imports: bool, module: &Value, name: &Value) -> R {
    audit(t, "pickle.find_class", &[module.clone(), name.clone()])?;
    let state = crate::modules::_pickle::state::state(t);
    let (module_name, name) = match proto < 3 && fix_imports {
        true => new_names(t, state, module.clone(), name.clone())?,
        false => (module.clone(), name.clone()),
    };
    import(t, &module_name)?;
    let module = protocol::getitem(t, &got(t, &t.interp.modules), &module_name)?;
    if proto < 4 {
        return protocol::getattr(t, &module, &check_name(t, &name)?);
    }
    let path = split(t, &name)?;
    follow(t, &module, &path).map_err(|raised| {
        if path.len() == 1 || !t.raised_is(&raised, &t.types().attribute_error) {
            return raised;
        }
        replace(t, raised, |_| {
            let (name, module) = (protocol::repr_text(t, &name)?, protocol::repr_text(t, &module_name)?);
            let message = format!("Can't resolve path {name} on module {module}");
            Ok(t.raise_message(&t.types().attribute_error, &message))
        })
    })
}

impl Load<'_, '_> {
    fn find(&mut self, module: &Value, name: &Value) -> R {
        match self.finder.clone() {
            Some(finder) => protocol::call_method_str(self.t, &finder, "find_class", &[module.clone(), name.clone()]),
            None => find_class(self.t, self.proto, self.fix_imports, module, name),
        }
    }

    /// A line that is a name.
    fn name(&mut self, encoding: &str) -> R {
        let line = self.input.filled_line(self.t)?;
        codecs::decode_text(self.t, &Bytes::make(self.t, &line), Some(encoding), None)
    }

    pub(super) fn global(&mut self) -> R<()> {
        let module = self.name("utf-8")?;
        let name = self.name("utf-8")?;
        let found = self.find(&module, &name)?;
        self.stack.push(found);
        Ok(())
    }

    pub(super) fn stack_global(&mut self) -> R<()> {
        let name = self.pop()?;
        let module = self.pop()?;
        if module.kind() != Kind::Str || name.kind() != Kind::Str {
            return Err(unpickling_error(self.t, "STACK_GLOBAL requires str"));
        }
        let found = self.find(&module, &name)?;
        self.stack.push(found);
        Ok(())
    }

    /// The class of an `INST`, its arguments lie from the mark on.
    pub(super) fn inst(&mut self) -> R<()> {
        let mark = self.mark()?;
        let module = self.name("ascii")?;
        let name = self.name("ascii")?;
        let class = self.find(&module, &name)?;
        let args = self.tuple_from(mark)?;
        let made = self.instantiate(&class, &args)?;
        self.stack.push(made);
        Ok(())
    }

    pub(super) fn extension(&mut self, width: usize) -> R<()> {
        let t = self.t;
        let code = self.unsigned(width)?;
        if code == 0 || code > i32::MAX as u64 {
            return Err(unpickling_error(t, "EXT specifies code <= 0"));
        }
        let key = int::from_u64(t, code);
        if let Some(known) = look_up(t, &self.state.extension_cache, &key)? {
            self.stack.push(known);
            return Ok(());
        }
        let Some(pair) = look_up(t, &self.state.inverted_registry, &key)? else {
            return Err(t.value_error(format!("unregistered extension code {code}")));
        };
        let found = match pair.cast::<Tuple>().map(Tuple::items) {
            Some([module, name]) if module.cast::<Str>().is_some() && name.cast::<Str>().is_some() => {
                self.find(module, name)?
            }
            _ => return Err(t.value_error(format!("_inverted_registry[{code}] isn't a 2-tuple of strings"))),
        };
        if let Some(cache) = got(t, &self.state.extension_cache).cast::<Dict>() {
            cache.set(t, key, found.clone())?;
        }
        self.stack.push(found);
        Ok(())
    }
}
