//! The type `function`: what `def` and `lambda` make. (Calling one is the VM's: it sets the `call` slot.)

use super::attribute::{getattr_in_dict, setattr_in_dict};
use super::cell::Cell;
use super::code_object::CodeObject;
use super::dict::Dict;
use super::function::{Function, Method};
use super::header::Kind;
use super::native::Signature;
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, R, Slots};
use super::spec::{GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::{Payload, Value};
use super::warn;
use crate::compiler::code::flags;
use std::sync::OnceLock;

fn function<'a>(t: &Thread, v: &'a Value) -> R<&'a Function> {
    v.cast::<Function>().ok_or_else(|| t.type_error("a function is required"))
}

fn text(v: &Value) -> String {
    v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

/// The getter of what a slot holds, `None` where it is empty.
macro_rules! read {
    ($field:ident) => {
        |t, v| Ok(function(t, v)?.$field.get(t).unwrap_or(Value::NONE))
    };
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 6];
    SIGNATURE
        .get_or_init(|| {
            Signature::parse_text("function", "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)")
        })
        .bind(t, args, &mut bound)?;
    let [code, globals, name, defaults, closure, kwdefaults] = bound.map(|v| v.unwrap_or(Value::NONE));
    let argument = |name: &str, what: &str, v: &Value| {
        let of = v.type_of(t).name_str();
        t.type_error(format!("function() argument '{name}' must be {what}, not {of}"))
    };
    let Some(c) = code.cast::<CodeObject>() else { return Err(argument("code", "code", &code)) };
    if globals.cast::<Dict>().is_none() {
        return Err(argument("globals", "dict", &globals));
    }
    if !name.is_none() && name.cast::<Str>().is_none() {
        return Err(t.type_error("arg 3 (name) must be None or string"));
    }
    if !defaults.is_none() && defaults.cast::<Tuple>().is_none() {
        return Err(t.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let cells = match closure.cast::<Tuple>() {
        Some(cells) => cells.items(),
        None if c.nfree > 0 => return Err(t.type_error("arg 5 (closure) must be tuple")),
        None if !closure.is_none() => return Err(t.type_error("arg 5 (closure) must be None or tuple")),
        None => &[],
    };
    if !kwdefaults.is_none() && kwdefaults.cast::<Dict>().is_none() {
        return Err(t.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    if cells.len() != c.nfree {
        return Err(t.value_error(format!(
            "{} requires closure of length {}, not {}",
            text(&c.name),
            c.nfree,
            cells.len()
        )));
    }
    if let Some(other) = cells.iter().find(|c| c.cast::<Cell>().is_none()) {
        return Err(t.type_error(format!("arg 5 (closure) expected cell, found {}", other.type_of(t).name_str())));
    }
    let v = Function::make(t, code, globals);
    let f = function(t, &v)?;
    if !name.is_none() {
        f.name.set(name);
    }
    for (slot, value) in [(&f.defaults, defaults), (&f.closure, closure), (&f.kwdefaults, kwdefaults)] {
        drop(slot.replace((!value.is_none()).then_some(value)));
    }
    Ok(v)
}

fn repr(t: &Thread, v: &Value) -> R {
    let qualname = function(t, v)?.qualname.get(t).unwrap_or(Value::NONE);
    let mut out = super::container::Text::default();
    out.push("<function ");
    out.push_str(&qualname);
    out.push(&format!(" at {:#x}>", v.id()));
    Ok(out.finish(t))
}

fn descr_get(t: &Thread, f: &Value, obj: Option<&Value>, _class: Option<&Value>) -> R {
    match obj {
        Some(obj) if !obj.is_none() => Ok(Method::make(t, f.clone(), obj.clone())),
        _ => Ok(f.clone()),
    }
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let dict = function(t, v)?.dict.get(t);
    getattr_in_dict(t, v, name, dict.as_ref())?.ok_or_else(|| t.no_attribute(v, name))
}

fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    setattr_in_dict(t, v, name, value, &get_dict(t, v)?)
}

/// What `f.__dict__` gives: made when first asked for.
fn get_dict(t: &Thread, v: &Value) -> R {
    let f = function(t, v)?;
    if let Some(dict) = f.dict.get(t) {
        return Ok(dict);
    }
    let dict = Dict::make(t);
    let guard = t.lock(f.header());
    let now = f.dict.get(t);
    if now.is_none() {
        drop(f.dict.replace_locked(Some(dict.clone())));
    }
    drop(guard);
    Ok(now.unwrap_or(dict))
}

fn set_dict(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("cannot delete __dict__")) };
    if value.cast::<Dict>().is_none() {
        let name = value.type_of(t).name_str();
        return Err(t.type_error(format!("__dict__ must be set to a dictionary, not a '{name}'")));
    }
    function(t, v)?.dict.set(value.clone());
    Ok(())
}

fn set_code(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let f = function(t, v)?;
    let Some(code) = value.and_then(|c| c.cast::<CodeObject>()) else {
        return Err(t.type_error("__code__ must be set to a code object"));
    };
    let closure = f.closure.get(t).and_then(|c| c.cast::<Tuple>().map(|c| c.len())).unwrap_or(0);
    if code.nfree != closure {
        let name = f.qualname.get(t).as_ref().map(text).unwrap_or_default();
        return Err(
            t.value_error(format!("{name}() requires a code object with {closure} free vars, not {}", code.nfree))
        );
    }
    let kinds = flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR;
    if code.flags & kinds != f.code().flags & kinds {
        let message =
            "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)";
        warn::warn(t, |types| &types.deprecation_warning, message)?;
    }
    // The doc string stays that of the first.
    f.doc.set(f.doc(t));
    f.modified();
    let old = f.code.replace(Some(code.value()));
    // Frames count the function, not its code: the code that they run must never go.
    if let Some(old) = old.as_ref().and_then(Value::header) {
        old.make_immortal();
    }
    drop(old);
    Ok(())
}

fn set_doc(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    function(t, v)?.doc.set(value.cloned().unwrap_or(Value::NONE));
    Ok(())
}

/// Sets a slot that holds a value of one type or nothing; `None` and deletion empty it.
fn set_or_clear<T: Payload>(t: &Thread, slot: &Slot, value: Option<&Value>, message: &str) -> R<()> {
    let value = value.filter(|v| !v.is_none());
    if value.is_some_and(|v| v.cast::<T>().is_none()) {
        return Err(t.type_error(message));
    }
    drop(slot.replace(value.cloned()));
    Ok(())
}

fn set_defaults(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let f = function(t, v)?;
    set_or_clear::<Tuple>(t, &f.defaults, value, "__defaults__ must be set to a tuple object")?;
    f.modified();
    Ok(())
}

fn set_kwdefaults(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let f = function(t, v)?;
    set_or_clear::<Dict>(t, &f.kwdefaults, value, "__kwdefaults__ must be set to a dict object")?;
    f.modified();
    Ok(())
}

/// Sets a slot to a value of one type.
fn set_required<T: Payload>(t: &Thread, slot: &Slot, value: Option<&Value>, message: &str) -> R<()> {
    match value {
        Some(value) if value.cast::<T>().is_some() => slot.set(value.clone()),
        _ => return Err(t.type_error(message)),
    }
    Ok(())
}

/// `f.__annotations__` (PEP 649): computed by `__annotate__` when first asked for.
fn get_annotations(t: &Thread, v: &Value) -> R {
    let f = function(t, v)?;
    let found = f.annotations.get(t);
    if let Some(found) = &found
        && found.cast::<Dict>().is_some()
    {
        return Ok(found.clone());
    }
    let annotations = match found.as_ref().and_then(|a| a.cast::<Tuple>()) {
        // Names and values in turn, as the compiler makes them of annotations that are text.
        Some(flat) => {
            let pairs = flat.items().chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            Dict::from_pairs(t, pairs.collect::<Vec<_>>())?
        }
        None => match f.annotate.get(t).filter(|a| a.type_of(t).slots().call.is_some()) {
            Some(annotate) => {
                let result = protocol::call(t, &annotate, &[Value::small(1)])?;
                if result.cast::<Dict>().is_none() {
                    let name = result.type_of(t).name_str();
                    return Err(t.type_error(format!("__annotate__ returned non-dict of type '{name}'")));
                }
                result
            }
            None => Dict::make(t),
        },
    };
    f.annotations.set(annotations.clone());
    Ok(annotations)
}

fn set_annotations(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let f = function(t, v)?;
    set_or_clear::<Dict>(t, &f.annotations, value, "__annotations__ must be set to a dict object")?;
    drop(f.annotate.take());
    Ok(())
}

fn set_annotate(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let f = function(t, v)?;
    match value {
        None => return Err(t.type_error("__annotate__ cannot be deleted")),
        Some(value) if value.is_none() => f.annotate.set(Value::NONE),
        Some(value) if value.type_of(t).slots().call.is_some() => {
            f.annotate.set(value.clone());
            drop(f.annotations.take());
        }
        Some(_) => return Err(t.type_error("__annotate__ must be callable or None")),
    }
    Ok(())
}

/// A field that any value may be put into; deletion leaves `None`.
macro_rules! any {
    ($name:literal, $field:ident) => {
        GetSet::member_rw(
            $name,
            read!($field),
            |t, v, value| {
                drop(function(t, v)?.$field.replace(value.cloned()));
                Ok(())
            },
            "",
        )
    };
}

pub static SPEC: Spec = Spec {
    name: "function",
    kind: Kind::Function,
    size: std::mem::size_of::<Function>(),
    flags: type_flags::HAVE_GC | type_flags::METHOD_DESCRIPTOR | type_flags::WEAKREFABLE,
    doc: "function(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)\n--\n\nCreate a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        // The VM puts its own function here.
        call: Some(|t, _, _| Err(t.system_error("there is nothing to run frames"))),
        descr_get: Some(descr_get),
        getattr: Some(getattr),
        setattr: Some(setattr),
        traverse: Some(Function::traverse),
        clear: Some(Function::clear_refs),
        drop: Some(Function::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet::member("__closure__", read!(closure), ""),
        GetSet::member_rw("__doc__", |t, v| Ok(function(t, v)?.doc(t)), set_doc, ""),
        GetSet::member("__globals__", read!(globals), ""),
        any!("__module__", module),
        GetSet::member("__builtins__", read!(builtins), ""),
        GetSet::rw("__code__", read!(code), set_code, ""),
        GetSet::rw("__defaults__", read!(defaults), set_defaults, ""),
        GetSet::rw("__kwdefaults__", read!(kwdefaults), set_kwdefaults, ""),
        GetSet::rw("__annotations__", get_annotations, set_annotations, "Dict of annotations in a function object."),
        GetSet::rw("__annotate__", read!(annotate), set_annotate, "Get the code object for a function."),
        GetSet::rw("__dict__", get_dict, set_dict, ""),
        GetSet::rw(
            "__name__",
            read!(name),
            |t, v, value| {
                set_required::<Str>(t, &function(t, v)?.name, value, "__name__ must be set to a string object")
            },
            "",
        ),
        GetSet::rw(
            "__qualname__",
            read!(qualname),
            |t, v, value| {
                set_required::<Str>(t, &function(t, v)?.qualname, value, "__qualname__ must be set to a string object")
            },
            "",
        ),
        GetSet::rw(
            "__type_params__",
            |t, v| Ok(function(t, v)?.type_params.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone())),
            |t, v, value| {
                let slot = &function(t, v)?.type_params;
                set_required::<Tuple>(t, slot, value, "__type_params__ must be set to a tuple")
            },
            "Get the declared type parameters for a function.",
        ),
    ],
    ..Spec::DEFAULT
};
