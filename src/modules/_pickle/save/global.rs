//! Classes, functions and whatever else is written as the name of a global.

use super::Save;
use crate::modules::_pickle::opcode::*;
use crate::modules::_pickle::state::{follow, got, import, pickling_error, replace, split};
use crate::objects::dict::Dict;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::{codecs, int, protocol};

fn shown(t: &Thread, v: &Value) -> R<String> {
    protocol::repr_text(t, v)
}

fn text(v: &Value) -> std::borrow::Cow<'_, str> {
    v.cast::<Str>().map(Str::to_str_lossy).unwrap_or_default()
}

fn look_up(t: &Thread, dict: &Slot, key: &Value) -> R<Option<Value>> {
    match got(t, dict).cast::<Dict>() {
        Some(dict) => dict.get(t, key),
        None => Ok(None),
    }
}

/// Nobody finds what a function's own names are bound to.
fn check_local(t: &Thread, v: &Value, path: &[Value]) -> R<()> {
    if path.iter().any(|name| name.cast::<Str>().is_some_and(|s| s.is("<locals>"))) {
        return Err(pickling_error(t, format!("Can't pickle local object {}", shown(t, v)?)));
    }
    Ok(())
}

/// The name of the module through which the path leads to the object.
fn module_of(t: &Thread, v: &Value, name: &Value, path: &[Value]) -> R {
    check_local(t, v, path)?;
    let known = protocol::getattr_opt(t, v, &t.names().__module__)?.filter(|m| !m.is_none());
    let module_name = match known {
        Some(name) => name,
        None => match search(t, v, path)? {
            Some(found) => return Ok(found),
            None => t.intern("__main__"),
        },
    };
    let module = module(t, &module_name).map_err(|raised| {
        let types = t.types();
        if ![&types.import_error, &types.value_error, &types.key_error].iter().any(|e| t.raised_is(&raised, e)) {
            return raised;
        }
        replace(t, raised, |why| {
            let why = protocol::to_text(t, why)?;
            Ok(pickling_error(t, format!("Can't pickle {}: {why}", shown(t, v)?)))
        })
    })?;
    let place = || format!("{}.{}", text(&module_name), text(name));
    let found = follow(t, &module, path).map_err(|raised| {
        if !t.raised_is(&raised, &t.types().attribute_error) {
            return raised;
        }
        replace(t, raised, |_| {
            Ok(pickling_error(t, format!("Can't pickle {}: it's not found as {}", shown(t, v)?, place())))
        })
    })?;
    if !found.is(v) {
        let message = format!("Can't pickle {}: it's not the same object as {}", shown(t, v)?, place());
        return Err(pickling_error(t, message));
    }
    Ok(module_name)
}

/// The module of that name, imported.
fn module(t: &Thread, name: &Value) -> R {
    import(t, name)?;
    let modules = got(t, &t.interp.modules);
    protocol::getitem(t, &modules, name)
}

/// The first module in `sys.modules` that has the object under that path.
fn search(t: &Thread, v: &Value, path: &[Value]) -> R<Option<Value>> {
    let modules = got(t, &t.interp.modules);
    let pairs = match modules.cast_exact::<Dict>() {
        Some(dict) => dict.pairs(t),
        None => {
            let names = protocol::collect(t, &modules)?;
            let pair = |name: Value| Ok((name.clone(), protocol::getitem(t, &modules, &name)?));
            names.into_iter().map(pair).collect::<R<Vec<_>>>()?
        }
    };
    for (name, module) in pairs {
        let main = name.cast::<Str>().is_some_and(|s| s.is("__main__") || s.is("__mp_main__"));
        if main || module.is_none() {
            continue;
        }
        let found = t.catch(follow(t, &module, path), |types| &types.attribute_error)?;
        if found.is_some_and(|found| found.is(v)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The names that Python 2 knew an object by.
fn old_names(t: &Thread, save: &Save<'_>, module: Value, name: Value) -> R<(Value, Value)> {
    let kind = |v: &Value| v.type_of(t).name_str();
    if let Some(item) = look_up(t, &save.state.name_3to2, &t.tuple([module.clone(), name.clone()]))? {
        let Some([module, name]) = item.cast::<Tuple>().map(Tuple::items) else {
            let message = "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not";
            return Err(t.runtime_error(format!("{message} {}", kind(&item))));
        };
        if module.cast::<Str>().is_none() || name.cast::<Str>().is_none() {
            let message = "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not";
            return Err(t.runtime_error(format!("{message} ({}, {})", kind(module), kind(name))));
        }
        return Ok((module.clone(), name.clone()));
    }
    if let Some(item) = look_up(t, &save.state.import_3to2, &module)? {
        if item.cast::<Str>().is_none() {
            let message = "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not";
            return Err(t.runtime_error(format!("{message} {}", kind(&item))));
        }
        return Ok((item, name));
    }
    Ok((module, name))
}

impl Save<'_> {
    /// An exact `type`: the types that have no global name by an instance of them.
    pub(super) fn class(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        for single in [Value::NONE, Value::NOT_IMPLEMENTED, Value::ELLIPSIS] {
            if v.is(&single.type_of_value(t)) {
                return self.call(t.types().type_.value(), t.tuple([single]), v);
            }
        }
        self.global(v, None)
    }

    /// An object by the name of the global that it is.
    pub(super) fn global(&mut self, v: &Value, name: Option<&Value>) -> R<()> {
        let t = self.t;
        let name = match name {
            Some(name) => name.clone(),
            None => match protocol::getattr_opt(t, v, &t.names().__qualname__)? {
                Some(name) => name,
                None => protocol::getattr(t, v, &t.names().__name__)?,
            },
        };
        let mut path = split(t, &name)?;
        let module_name = module_of(t, v, &name, &path)?;
        if self.proto >= 2
            && let Some(code) =
                look_up(t, &self.state.extension_registry, &t.tuple([module_name.clone(), name.clone()]))?
        {
            return self.extension(&code);
        }
        if self.proto >= 4 {
            self.save(&module_name)?;
            self.save(&name)?;
            self.out.op(STACK_GLOBAL);
            return self.memoize(v);
        }
        // A path of several names: getattr(getattr(..., first), second).
        let first = path.remove(0);
        for _ in &path {
            let getattr = self.kept(&self.state.getattr);
            self.save(&getattr)?;
            if self.proto < 2 {
                self.out.op(MARK);
            }
        }
        self.top_level(module_name, first)?;
        for attribute in &path {
            self.save(attribute)?;
            self.out.push(&[if self.proto < 2 { TUPLE } else { TUPLE2 }, REDUCE]);
        }
        self.memoize(v)
    }

    /// An object by its code in the registry of extensions.
    fn extension(&mut self, code: &Value) -> R<()> {
        let t = self.t;
        let code = int::arg_i64(t, code)?;
        match code {
            1..=0xFF => self.out.push(&[EXT1, code as u8]),
            0x100..=0xFFFF => {
                self.out.op(EXT2);
                self.out.push(&(code as u16).to_le_bytes());
            }
            0x1_0000..=0x7FFF_FFFF => {
                self.out.op(EXT4);
                self.out.push(&(code as u32).to_le_bytes());
            }
            _ => return Err(t.runtime_error(format!("extension code {code} is out of range"))),
        }
        Ok(())
    }

    fn top_level(&mut self, module: Value, name: Value) -> R<()> {
        let t = self.t;
        self.out.op(GLOBAL);
        let (module, name) =
            if self.proto < 3 && self.fix_imports { old_names(t, self, module, name)? } else { (module, name) };
        for (what, text) in [("module", module), ("global", name)] {
            let line = self.encode(&text).map_err(|raised| self.not_encodable(raised, what, &text))?;
            self.out.push(&line);
            self.out.op(b'\n');
        }
        Ok(())
    }

    /// Identifiers beyond ASCII are there from protocol 3 on.
    fn encode(&self, text: &Value) -> R<Vec<u8>> {
        let encoding = if self.proto == 3 { "utf-8" } else { "ascii" };
        let bytes = codecs::encode_text(self.t, text, Some(encoding), None)?;
        crate::objects::buffer::to_vec(self.t, &bytes)
    }

    #[cold]
    fn not_encodable(&self, raised: Raised, what: &str, text: &Value) -> Raised {
        let (t, proto) = (self.t, self.proto);
        if !t.raised_is(&raised, &t.types().unicode_encode_error) {
            return raised;
        }
        replace(t, raised, |_| {
            let text = shown(t, text)?;
            Ok(pickling_error(t, format!("can't pickle {what} identifier {text} using pickle protocol {proto}")))
        })
    }
}
