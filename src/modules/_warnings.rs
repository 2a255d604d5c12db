//! `_warnings`: the native half of `warnings`. The core is `objects::warn`'s.

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::warn::{self, Place, State};
use std::sync::atomic::Ordering::*;

/// The category of a warning: that of a message that is a warning itself, `UserWarning` where none is given.
fn category_of(t: &Thread, message: &Value, category: Option<&Value>) -> R {
    let warning = t.types().warning.value();
    if protocol::isinstance(t, message, &warning)? {
        return Ok(message.type_of_value(t));
    }
    let Some(category) = category.filter(|c| !c.is_none()) else { return Ok(t.types().user_warning.value()) };
    if category.cast::<Type>().is_some() && protocol::issubclass(t, category, &warning)? {
        return Ok(category.clone());
    }
    let name = category.type_of(t).name_str();
    Err(t.type_error(format!("category must be a Warning subclass, not '{name}'")))
}

fn issue(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [Some(message), category, stacklevel, source, skip] = args else { return Ok(Value::NONE) };
    let mut stacklevel = match stacklevel {
        Some(level) => protocol::index_isize(t, level)? as i64,
        None => 1,
    };
    let prefixes = match skip {
        None => &[][..],
        Some(skip) => match skip.cast::<Tuple>() {
            Some(prefixes) => prefixes.items(),
            None => {
                let name = skip.type_of(t).name_str();
                return Err(t.type_error(format!("warn() argument 'skip_file_prefixes' must be tuple, not {name}")));
            }
        },
    };
    let category = category_of(t, message, category.as_ref())?;
    if let Some(other) = prefixes.iter().find(|p| p.cast::<Str>().is_none()) {
        let name = other.type_of(t).name_str();
        return Err(t.type_error(format!("Found non-str '{name}' in skip_file_prefixes.")));
    }
    if !prefixes.is_empty() && stacklevel < 2 {
        stacklevel = 2;
    }
    let source = source.as_ref().filter(|s| !s.is_none());
    warn::issue(t, &category, message, stacklevel, source, prefixes)?;
    Ok(Value::NONE)
}

/// The line of source that a module's loader has.
fn source_line(t: &Thread, globals: &Dict, line: i64) -> R<Option<Value>> {
    let names = t.names();
    let spec = globals.get_str(t, &names.__spec__).filter(|s| !s.is_none());
    let loader = match spec {
        Some(spec) => protocol::getattr_opt(t, &spec, &t.intern("loader"))?,
        None => None,
    };
    let Some(loader) = loader.or_else(|| globals.get_str(t, &names.__loader__)).filter(|l| !l.is_none()) else {
        return Ok(None);
    };
    let Some(name) = globals.get_str(t, &names.__name__) else { return Ok(None) };
    let Some(get_source) = protocol::getattr_opt(t, &loader, &t.intern("get_source"))? else { return Ok(None) };
    let source = protocol::call(t, &get_source, &[name])?;
    let Some(source) = source.cast::<Str>() else { return Ok(None) };
    let source = source.to_str_lossy();
    let index = usize::try_from(line).ok().and_then(|l| l.checked_sub(1));
    match index.and_then(|i| source.lines().nth(i)) {
        Some(line) => Ok(Some(t.str(line))),
        None => Err(t.index_error("list index out of range")),
    }
}

fn explicit(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [Some(message), Some(category), Some(filename), Some(line), module, registry, globals, source] = args else {
        return Ok(Value::NONE);
    };
    if filename.cast::<Str>().is_none() {
        let name = filename.type_of(t).name_str();
        return Err(t.type_error(format!("warn_explicit() argument 'filename' must be str, not {name}")));
    }
    let number = int::arg_i32(t, line)? as i64;
    let text = match globals.as_ref().filter(|g| !g.is_none()) {
        None => None,
        Some(globals) => match globals.cast::<Dict>() {
            Some(globals) => source_line(t, globals, number)?,
            None => {
                let name = globals.type_of(t).name_str();
                return Err(t.type_error(format!("module_globals must be a dict, not '{name}'")));
            }
        },
    };
    let place = Place {
        filename: filename.clone(),
        line: Value::small(number),
        module: module.clone().unwrap_or_else(|| warn::module_of_file(t, filename)),
        registry: registry.clone().unwrap_or(Value::NONE),
    };
    let source = source.as_ref().filter(|s| !s.is_none());
    warn::explicit(t, category, message, &place, text.as_ref(), source)?;
    Ok(Value::NONE)
}

/// The lock that guards changes of the filters: an `RLock`.
fn lock(t: &Thread) -> R {
    let slot = &State::of(t).lock;
    if let Some(lock) = slot.get(t) {
        return Ok(lock);
    }
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("the import system is not there yet")) };
    let module = (hooks.import)(t, &t.intern("_thread"), None, None, None, 0)?;
    let lock = protocol::call_method_str(t, &module, "RLock", &[])?;
    slot.set(lock.clone());
    Ok(lock)
}

fn acquire(t: &Thread, _m: &Value) -> R {
    protocol::call_method_str(t, &lock(t)?, "acquire", &[]).map(|_| Value::NONE)
}

fn release(t: &Thread, _m: &Value) -> R {
    let released = protocol::call_method_str(t, &lock(t)?, "release", &[]);
    match t.catch(released, |types| &types.runtime_error)? {
        Some(_) => Ok(Value::NONE),
        None => Err(t.runtime_error("cannot release un-acquired lock")),
    }
}

fn filters_mutated(t: &Thread, _m: &Value) -> R {
    let owned = protocol::call_method_str(t, &lock(t)?, "_is_owned", &[])?;
    if !protocol::truth(t, &owned)? {
        return Err(t.runtime_error("warnings lock is not held"));
    }
    State::of(t).version.fetch_add(1, AcqRel);
    Ok(Value::NONE)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    m.set(t, "filters", State::filters(t)?);
    m.set(t, "_onceregistry", State::once(t)?);
    m.set(t, "_defaultaction", State::default_action(t)?);
    m.set(t, "_warnings_context", State::context(t)?);
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: &[
        Def::new(
            "warn",
            Func::Bound(issue),
            "($module, /, message, category=None, stacklevel=1, source=None, *,\n     skip_file_prefixes=())",
            "Issue a warning, or maybe ignore it or raise an exception.\n\n  message\n    Text of the warning message.\n  category\n    The Warning category subclass. Defaults to UserWarning.\n  stacklevel\n    How far up the call stack to make this warning appear. A value of 2 for\n    example attributes the warning to the caller of the code calling warn().\n  source\n    If supplied, the destroyed object which emitted a ResourceWarning\n  skip_file_prefixes\n    An optional tuple of module filename prefixes indicating frames to skip\n    during stacklevel computations for stack frame attribution.",
        ),
        Def::new(
            "warn_explicit",
            Func::Bound(explicit),
            "($module, /, message, category, filename, lineno,\n              module=<unrepresentable>, registry=None,\n              module_globals=None, source=None)",
            "Issue a warning, or maybe ignore it or raise an exception.",
        ),
        Def::new("_filters_mutated_lock_held", Func::NoArgs(filters_mutated), "($module, /)", ""),
        Def::new("_acquire_lock", Func::NoArgs(acquire), "($module, /)", ""),
        Def::new("_release_lock", Func::NoArgs(release), "($module, /)", ""),
    ],
    exec: Some(exec),
};
