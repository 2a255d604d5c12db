//! Types of the objects that code is made of.

use super::attribute::{generic_getattr, generic_setattr, getattr_in_dict, setattr_in_dict};
use super::cell::Cell;
use super::code_object::CodeObject;
use super::dict::Dict;
use super::frame::FrameObject;
use super::function::{Function, Method};
use super::generator::Generator;
use super::header::Kind;
use super::module::Module;
use super::protocol;
use super::slots::{Args, R, Slots};
use super::spec::{GetSet, Spec, type_flags};
use super::thread::Thread;
use super::traceback::Traceback;
use super::value::Value;
use super::weakref::WeakRef;
use std::mem::size_of;

fn module_getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let dict = v.cast::<Module>().map(|m| m.dict(t));
    match getattr_in_dict(t, v, name, dict.as_ref())? {
        Some(v) => Ok(v),
        None => Err(t.no_attribute(v, name)),
    }
}

fn module_setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    let dict = v.cast::<Module>().map(|m| m.dict(t)).unwrap_or(Value::NONE);
    setattr_in_dict(t, v, name, value, &dict)
}

pub static MODULE: Spec = Spec {
    name: "module",
    kind: Kind::Module,
    size: size_of::<Module>(),
    flags: type_flags::BASETYPE | type_flags::HAVE_GC,
    slots: Slots {
        getattr: Some(module_getattr),
        setattr: Some(module_setattr),
        traverse: Some(Module::traverse),
        drop: Some(Module::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[GetSet::ro("__dict__", |t, v| Ok(v.cast::<Module>().map_or(Value::NONE, |m| m.dict(t))), "")],
    ..Spec::DEFAULT
};

fn function_get(t: &Thread, f: &Value, obj: Option<&Value>, _typ: Option<&Value>) -> R {
    match obj {
        Some(obj) if !obj.is_none() => Ok(Method::make(t, f.clone(), obj.clone())),
        _ => Ok(f.clone()),
    }
}

fn function_dict(t: &Thread, v: &Value) -> R {
    let f = v.cast::<Function>().expect("a function");
    if let Some(d) = f.dict.get(t) {
        return Ok(d);
    }
    let d = Dict::make(t);
    f.dict.set(d.clone());
    Ok(d)
}

fn function_getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let dict = v.cast::<Function>().and_then(|f| f.dict.get(t));
    match getattr_in_dict(t, v, name, dict.as_ref())? {
        Some(v) => Ok(v),
        None => Err(t.no_attribute(v, name)),
    }
}

fn function_setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    setattr_in_dict(t, v, name, value, &function_dict(t, v)?)
}

macro_rules! field {
    ($name:literal, $type:ident, $field:ident) => {
        GetSet::rw(
            $name,
            |t, v| Ok(v.cast::<$type>().and_then(|f| f.$field.get(t)).unwrap_or(Value::NONE)),
            |_, v, new| {
                if let (Some(f), Some(new)) = (v.cast::<$type>(), new) {
                    f.$field.set(new.clone());
                }
                Ok(())
            },
            "",
        )
    };
}

pub static FUNCTION: Spec = Spec {
    name: "function",
    kind: Kind::Function,
    size: size_of::<Function>(),
    flags: type_flags::HAVE_GC | type_flags::METHOD_DESCRIPTOR,
    slots: Slots {
        descr_get: Some(function_get),
        getattr: Some(function_getattr),
        setattr: Some(function_setattr),
        traverse: Some(Function::traverse),
        clear: Some(Function::clear_refs),
        drop: Some(Function::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[
        field!("__name__", Function, name),
        field!("__qualname__", Function, qualname),
        field!("__doc__", Function, doc),
        field!("__module__", Function, module),
        field!("__defaults__", Function, defaults),
        field!("__kwdefaults__", Function, kwdefaults),
        field!("__code__", Function, code),
        field!("__closure__", Function, closure),
        field!("__globals__", Function, globals),
        field!("__annotate__", Function, annotate),
        field!("__type_params__", Function, type_params),
        GetSet::ro("__dict__", function_dict, ""),
    ],
    ..Spec::DEFAULT
};

fn method_call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let m = v.cast::<Method>().expect("a method");
    super::attribute::call_prepended(t, m.function(), m.receiver(), args)
}

fn method_getattr(t: &Thread, v: &Value, name: &Value) -> R {
    if let Some(found) = super::attribute::generic_getattr_opt(t, v, name)? {
        return Ok(found);
    }
    protocol::getattr(t, v.cast::<Method>().expect("a method").function(), name)
}

pub static METHOD: Spec = Spec {
    name: "method",
    kind: Kind::Method,
    size: size_of::<Method>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        call: Some(method_call),
        getattr: Some(method_getattr),
        traverse: Some(Method::traverse),
        drop: Some(Method::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet::ro("__self__", |_, v| Ok(v.cast::<Method>().expect("a method").receiver().clone()), ""),
        GetSet::ro("__func__", |_, v| Ok(v.cast::<Method>().expect("a method").function().clone()), ""),
    ],
    ..Spec::DEFAULT
};

pub static CODE: Spec = Spec {
    name: "code",
    kind: Kind::Code,
    size: size_of::<CodeObject>(),
    slots: Slots { drop: Some(CodeObject::drop_payload), ..Slots::EMPTY },
    ..Spec::DEFAULT
};

pub static FRAME: Spec = Spec {
    name: "frame",
    kind: Kind::Frame,
    size: size_of::<FrameObject>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        traverse: Some(FrameObject::traverse),
        clear: Some(FrameObject::clear_refs),
        drop: Some(FrameObject::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};

pub static TRACEBACK: Spec = Spec {
    name: "traceback",
    kind: Kind::Traceback,
    size: size_of::<Traceback>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        traverse: Some(Traceback::traverse),
        clear: Some(Traceback::clear_refs),
        drop: Some(Traceback::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};

pub static CELL: Spec = Spec {
    name: "cell",
    kind: Kind::Cell,
    size: size_of::<Cell>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        traverse: Some(Cell::traverse),
        clear: Some(Cell::clear_refs),
        drop: Some(Cell::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};

const GENERATOR_SLOTS: Slots = Slots {
    traverse: Some(Generator::traverse),
    clear: Some(Generator::clear_refs),
    drop: Some(Generator::drop_payload),
    getattr: Some(generic_getattr),
    setattr: Some(generic_setattr),
    ..Slots::EMPTY
};

pub static GENERATOR: Spec = Spec {
    name: "generator",
    kind: Kind::Generator,
    size: size_of::<Generator>(),
    flags: type_flags::HAVE_GC,
    slots: GENERATOR_SLOTS,
    ..Spec::DEFAULT
};

pub static COROUTINE: Spec = Spec { name: "coroutine", kind: Kind::Coroutine, ..GENERATOR_LIKE };
pub static ASYNC_GENERATOR: Spec = Spec { name: "async_generator", kind: Kind::AsyncGenerator, ..GENERATOR_LIKE };

const GENERATOR_LIKE: Spec =
    Spec { size: size_of::<Generator>(), flags: type_flags::HAVE_GC, slots: GENERATOR_SLOTS, ..Spec::DEFAULT };

pub static WEAKREF: Spec = Spec {
    name: "weakref.ReferenceType",
    kind: Kind::WeakRef,
    size: size_of::<WeakRef>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    slots: Slots {
        traverse: Some(WeakRef::traverse),
        clear: Some(WeakRef::clear_refs),
        drop: Some(WeakRef::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};
