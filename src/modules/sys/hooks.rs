//! The hooks that programs replace: what is done with a value typed at the prompt, with an exception that
//! nobody handled, with `breakpoint()`.

use super::attribute;
use crate::objects::dict::Dict;
use crate::objects::exception::{self, Exception};
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::value::Value;
use crate::objects::warn;

/// The hooks once more under the names that keep the originals, and the type of `unraisablehook`'s argument.
pub fn fill(t: &Thread, module: &Module) {
    for name in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        if let Some(hook) = module.get(t, &t.intern(name)) {
            module.set(t, &format!("__{name}__"), hook);
        }
    }
    module.set(t, "UnraisableHookArgs", super::info::unraisable_type(t));
}

pub fn displayhook(t: &Thread, _m: &Value, value: &Value) -> R {
    let builtins = t.interp.builtins_dict.get(t);
    let Some(builtins) = builtins.as_ref().and_then(|b| b.cast::<Dict>()) else {
        return Err(t.runtime_error("lost builtins module"));
    };
    if value.is_none() {
        return Ok(Value::NONE);
    }
    // Before, because writing may run code that shows something itself.
    builtins.set_name(t, "_", Value::NONE);
    let Some(out) = attribute(t, "stdout").filter(|out| !out.is_none()) else {
        return Err(t.runtime_error("lost sys.stdout"));
    };
    let text = protocol::repr(t, value)?;
    let write = |text: Value| protocol::call_method(t, &out, &t.names().write, &[text]);
    if let Err(raised) = write(text.clone()) {
        if !t.raised_is(&raised, &t.types().unicode_encode_error) {
            return Err(raised);
        }
        drop(t.take_exception(raised));
        write_escaped(t, &out, &text)?;
    }
    write(t.str("\n"))?;
    builtins.set_name(t, "_", value.clone());
    Ok(Value::NONE)
}

/// Writes a text to a stream whose encoding lacks some of its characters.
fn write_escaped(t: &Thread, out: &Value, text: &Value) -> R {
    let encoding = protocol::getattr_str(t, out, "encoding")?;
    let bytes = protocol::call_method_str(t, text, "encode", &[encoding.clone(), t.str("backslashreplace")])?;
    match protocol::getattr_opt(t, out, &t.names().buffer)? {
        Some(buffer) => protocol::call_method(t, &buffer, &t.names().write, &[bytes]),
        None => {
            let text = protocol::call_method_str(t, &bytes, "decode", &[encoding, t.str("strict")])?;
            protocol::call_method(t, out, &t.names().write, &[text])
        }
    }
}

pub fn excepthook(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (value, tb) = (&args[1], &args[2]);
    let Some(e) = value.cast::<Exception>() else {
        return Err(t.type_error(format!(
            "print_exception(): Exception expected for value, {} found",
            value.type_of(t).name_str()
        )));
    };
    // The traceback goes onto the exception, otherwise it would not be shown.
    if tb.cast::<Traceback>().is_some() && e.traceback.is_empty() {
        e.traceback.set(tb.clone());
    }
    exception::display(t, value);
    Ok(Value::NONE)
}

pub fn unraisablehook(t: &Thread, _m: &Value, unraisable: &Value) -> R {
    if !unraisable.type_of_value(t).is(&super::info::unraisable_type(t)) {
        return Err(t.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
    }
    let field = |name: &str| protocol::getattr_str(t, unraisable, name);
    let value = field("exc_value")?;
    let shown = if value.is_none() { field("exc_type")? } else { value };
    if let (Some(e), tb) = (shown.cast::<Exception>(), field("exc_traceback")?)
        && tb.cast::<Traceback>().is_some()
        && e.traceback.is_empty()
    {
        e.traceback.set(tb);
    }
    exception::write_unraisable(t, &shown, &field("err_msg")?, &field("object")?)?;
    Ok(Value::NONE)
}

/// `PYTHONBREAKPOINT` says what to call; `pdb.set_trace` by default.
pub fn breakpointhook(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let variable = std::env::var("PYTHONBREAKPOINT").ok().filter(|v| !v.is_empty());
    let name = match (&variable, t.interp.config.ignore_environment) {
        (Some(name), false) => name.as_str(),
        _ => "pdb.set_trace",
    };
    if name == "0" {
        return Ok(Value::NONE);
    }
    let (module, function) = name.rsplit_once('.').unwrap_or(("builtins", name));
    let import = || -> R {
        let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("no import system")) };
        let list = t.tuple([t.intern(function)]);
        let module = (hooks.import)(t, &t.intern(module), None, None, Some(&list), 0)?;
        protocol::getattr(t, &module, &t.intern(function))
    };
    let hook = match import() {
        Ok(hook) => hook,
        Err(raised) => {
            if t.raised_is(&raised, &t.types().base_exception) && !t.raised_is(&raised, &t.types().exception) {
                return Err(raised);
            }
            drop(t.take_exception(raised));
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\"");
            warn::warn(t, |types| &types.runtime_warning, &message)?;
            return Ok(Value::NONE);
        }
    };
    protocol::call_args(t, &hook, args)
}
