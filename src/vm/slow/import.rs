//! The `import` statement.

use super::{name_text, ret};
use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::module::Module;
use crate::objects::module_type;
use crate::objects::native::Native;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// IMPORT_NAME.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn import_name(t: &Thread, f: *mut Frame, level: &Value, from_list: &Value, arg: usize) -> u64 {
    // SAFETY: see above.
    unsafe {
        let name = Frame::code_of(f).names()[arg].clone();
        let globals = Value::from_ref(&(*f).globals).clone();
        let builtins = Value::from_ref(&(*f).builtins).clone();
        let locals = if (*f).locals == 0 { Value::NONE } else { Value::from_ref(&(*f).locals).clone() };
        ret((|| {
            let Some(import) = super::mapping_get(t, &builtins, &t.names().__import__)? else {
                return Err(t.raise_message(&t.types().import_error, "__import__ not found"));
            };
            // The built-in function: no need to pass arguments through a call.
            if let Some(native) = import.cast_exact::<Native>()
                && native.def.name == "__import__"
                && let Some(hooks) = t.interp.hooks.get()
            {
                let level = level.as_small().unwrap_or(0) as i32;
                return (hooks.import)(t, &name, Some(&globals), Some(&locals), Some(from_list), level);
            }
            protocol::call(t, &import, &[name, globals, locals, from_list.clone(), level.clone()])
        })())
    }
}

/// IMPORT_FROM.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn import_from(t: &Thread, f: *mut Frame, module: &Value, arg: usize) -> u64 {
    // SAFETY: see above.
    let name = unsafe { Frame::code_of(f).names()[arg].clone() };
    ret(from(t, module, &name))
}

fn from(t: &Thread, module: &Value, name: &Value) -> R {
    if let Some(v) = protocol::getattr_opt(t, module, name)? {
        return Ok(v);
    }
    // A submodule that is being imported (a circular import) is in sys.modules already.
    let names = t.names();
    let module_name = protocol::getattr_opt(t, module, &names.__name__)?.filter(|n| n.cast::<Str>().is_some());
    if let Some(package) = &module_name {
        let full = t.str(format!("{}.{}", name_text(package), name_text(name)));
        let modules = t.interp.modules.get(t);
        if let Some(m) = modules.and_then(|m| m.cast::<Dict>().and_then(|d| d.get_str(t, &full))) {
            return Ok(m);
        }
    }
    let shown = module_name.as_ref().map_or("<unknown module name>".to_owned(), name_text);
    let spec = protocol::getattr_opt(t, module, &names.__spec__)?.filter(|s| !s.is_none());
    let origin = match &spec {
        Some(spec) => match protocol::getattr_opt(t, spec, &t.intern("has_location"))? {
            Some(b) if protocol::truth(t, &b)? => protocol::getattr_opt(t, spec, &names.origin)?,
            _ => None,
        },
        None => None,
    };
    let origin = match origin.filter(|o| o.cast::<Str>().is_some()) {
        Some(o) => Some(o),
        None => match module.cast::<Module>() {
            Some(m) => m.get(t, &names.__file__).filter(|o| o.cast::<Str>().is_some()),
            None => None,
        },
    };
    let initializing = match &spec {
        Some(spec) => module_type::is_initializing(t, spec)?,
        None => false,
    };
    let name_shown = name_text(name);
    let place = origin.as_ref().map_or("unknown location".to_owned(), name_text);
    let shadowing = origin.is_some() && module_type::possibly_shadowing(t, &place);
    let plain = format!("cannot import name '{name_shown}' from '{shown}'");
    let message = if shadowing && module_type::in_standard_library(t, &shown) {
        format!(
            "{plain} (consider renaming '{place}' since it has the same name as the standard library module named \
             '{shown}' and prevents importing that standard library module)"
        )
    } else if initializing && shadowing {
        format!("{plain} (consider renaming '{place}' if it has the same name as a library you intended to import)")
    } else if initializing {
        format!(
            "cannot import name '{name_shown}' from partially initialized module '{shown}' \
             (most likely due to a circular import) ({place})"
        )
    } else {
        format!("{plain} ({place})")
    };
    let raised = t.raise_message(&t.types().import_error, &message);
    if let Some(e) = t.current_exception() {
        let pairs = [
            (&names.name, module_name.unwrap_or(Value::NONE)),
            (&names.path, origin.unwrap_or(Value::NONE)),
            (&names.name_from, name.clone()),
        ];
        for (attribute, value) in pairs {
            let _ = protocol::setattr(t, &e, attribute, Some(&value));
        }
    }
    Err(raised)
}
