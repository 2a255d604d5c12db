//! `method_descriptor`, `classmethod_descriptor` and `builtin_function_or_method`: native methods and functions.

use super::super::header::Kind;
use super::super::module::Module;
use super::super::native::{MethodDescr, Native};
use super::super::slots::{Args, CmpOp, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::{does_not_apply, qualname, reduce_as_attribute, text_or_none};

fn with(t: &Thread, v: &Value, f: impl FnOnce(&MethodDescr) -> R) -> R {
    match MethodDescr::of(v) {
        Some(d) => f(d),
        None => Err(t.type_error("a method_descriptor is required")),
    }
}

fn get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(instance) = instance else { return Ok(v.clone()) };
    with(t, v, |d| {
        if !instance.type_of(t).is_subtype(d.owner()) {
            return Err(does_not_apply(t, d.def.name, d.owner(), instance));
        }
        Ok(Native::make(t, d.def, Some(instance.clone()), None))
    })
}

fn class_get(t: &Thread, v: &Value, instance: Option<&Value>, owner: Option<&Value>) -> R {
    with(t, v, |d| {
        let (name, of) = (d.def.name, d.owner().name_str());
        let class = match (owner, instance) {
            (Some(class), _) => class.clone(),
            (None, Some(instance)) => instance.type_of(t).value(),
            (None, None) => {
                return Err(
                    t.type_error(format!("descriptor '{name}' for type '{of}' needs either an object or a type"))
                );
            }
        };
        let Some(typ) = class.cast::<Type>() else {
            return Err(t.type_error(format!(
                "descriptor '{name}' for type '{of}' needs a type, not a '{}' as arg 2",
                class.type_of(t).name_str()
            )));
        };
        if !typ.is_subtype(d.owner()) {
            return Err(t.type_error(format!(
                "descriptor '{name}' requires a subtype of '{of}' but received '{}'",
                typ.name_str()
            )));
        }
        Ok(Native::make(t, d.def, Some(class.clone()), None))
    })
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    with(t, v, |d| d.call(t, args))
}

fn repr(t: &Thread, v: &Value) -> R {
    with(t, v, |d| Ok(t.str(format!("<method '{}' of '{}' objects>", d.def.name, d.owner().name_str()))))
}

fn traverse(v: &Value, visit: &mut dyn FnMut(&Value)) {
    if let Some(d) = MethodDescr::of(v) {
        d.typ.visit(visit);
    }
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    call: Some(call),
    descr_get: Some(get),
    traverse: Some(traverse),
    drop: Some(MethodDescr::drop_payload),
    ..Slots::EMPTY
};

const GETSET: &[GetSet] = &[
    GetSet::member("__objclass__", |t, v| with(t, v, |d| Ok(d.owner().value())), ""),
    GetSet::member("__name__", |t, v| with(t, v, |d| Ok(t.intern(d.def.name))), ""),
    GetSet::ro("__doc__", |t, v| with(t, v, |d| Ok(text_or_none(t, d.def.doc))), ""),
    GetSet::ro("__qualname__", |t, v| with(t, v, |d| Ok(qualname(t, d.owner(), d.def.name))), ""),
    GetSet::ro("__text_signature__", |t, v| with(t, v, |d| Ok(text_or_none(t, d.def.sig))), ""),
];

pub static SPEC: Spec = Spec {
    name: "method_descriptor",
    kind: Kind::MethodDescr,
    size: std::mem::size_of::<MethodDescr>(),
    flags: type_flags::HAVE_GC
        | type_flags::METHOD_DESCRIPTOR
        | type_flags::HAVE_VECTORCALL
        | type_flags::DISALLOW_INSTANTIATION,
    slots: SLOTS,
    methods: &[Def::new(
        "__reduce__",
        Func::NoArgs(|t, v| with(t, v, |d| reduce_as_attribute(t, &d.owner().value(), d.def.name))),
        "($self, /)",
        "",
    )],
    getset: GETSET,
    ..Spec::DEFAULT
};

pub static CLASSMETHOD_DESCRIPTOR: Spec = Spec {
    name: "classmethod_descriptor",
    kind: Kind::ClassMethodDescr,
    size: std::mem::size_of::<MethodDescr>(),
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { descr_get: Some(class_get), ..SLOTS },
    getset: GETSET,
    ..Spec::DEFAULT
};

fn native(t: &Thread, v: &Value, f: impl FnOnce(&Native, Option<Value>) -> R) -> R {
    match v.cast::<Native>() {
        Some(n) => f(n, n.receiver.get(t)),
        None => Err(t.type_error("a builtin_function_or_method is required")),
    }
}

/// Whether the function is a module's own, and so a "function" and no "method".
fn is_function(receiver: &Option<Value>) -> bool {
    receiver.as_ref().is_none_or(|r| r.cast::<Module>().is_some())
}

fn native_repr(t: &Thread, v: &Value) -> R {
    native(t, v, |n, receiver| {
        Ok(t.str(match &receiver {
            Some(r) if !is_function(&receiver) => {
                format!("<built-in method {} of {} object at {:#x}>", n.def.name, r.type_of(t).name_str(), r.id())
            }
            _ => format!("<built-in function {}>", n.def.name),
        }))
    })
}

fn native_compare(_t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Native>(), b.cast::<Native>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = std::ptr::eq(x.def, y.def) && x.receiver.bits() == y.receiver.bits();
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn native_hash(_t: &Thread, v: &Value) -> R<i64> {
    let n = v.cast::<Native>();
    let hash = n.map_or(0, |n| ((n.def as *const Def as u64) ^ n.receiver.bits().rotate_left(23)) as i64 >> 4);
    Ok(if hash == -1 { -2 } else { hash })
}

fn native_qualname(t: &Thread, v: &Value) -> R {
    native(t, v, |n, receiver| match &receiver {
        Some(r) if !is_function(&receiver) => {
            let owner = r.cast::<Type>().unwrap_or_else(|| r.type_of(t));
            Ok(qualname(t, owner, n.def.name))
        }
        _ => Ok(t.intern(n.def.name)),
    })
}

fn native_module(t: &Thread, v: &Value) -> R {
    native(t, v, |n, receiver| {
        if let Some(module) = n.module.get(t) {
            return Ok(module);
        }
        let module = receiver.as_ref().and_then(|r| r.cast::<Module>());
        Ok(module
            .and_then(|m| m.get(t, &t.names().__name__))
            .filter(|n| n.cast::<Str>().is_some())
            .unwrap_or(Value::NONE))
    })
}

fn native_reduce(t: &Thread, v: &Value) -> R {
    native(t, v, |n, receiver| match &receiver {
        Some(r) if !is_function(&receiver) => reduce_as_attribute(t, r, n.def.name),
        _ => Ok(t.intern(n.def.name)),
    })
}

pub static BUILTIN: Spec = Spec {
    name: "builtin_function_or_method",
    kind: Kind::Native,
    size: std::mem::size_of::<Native>(),
    flags: type_flags::HAVE_GC
        | type_flags::HAVE_VECTORCALL
        | type_flags::WEAKREFABLE
        | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(native_repr),
        hash: Some(native_hash),
        call: Some(|t, v, args| match v.cast::<Native>() {
            Some(n) => n.call(t, args),
            None => Err(t.type_error("a builtin_function_or_method is required")),
        }),
        compare: Some(native_compare),
        traverse: Some(Native::traverse),
        drop: Some(Native::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new("__reduce__", Func::NoArgs(native_reduce), "($self, /)", "")],
    getset: &[
        GetSet::member("__module__", native_module, ""),
        GetSet::ro("__doc__", |t, v| native(t, v, |n, _| Ok(text_or_none(t, n.def.doc))), ""),
        GetSet::ro("__name__", |t, v| native(t, v, |n, _| Ok(t.intern(n.def.name))), ""),
        GetSet::ro("__qualname__", native_qualname, ""),
        GetSet::ro("__self__", |t, v| native(t, v, |_, receiver| Ok(receiver.unwrap_or(Value::NONE))), ""),
        GetSet::ro("__text_signature__", |t, v| native(t, v, |n, _| Ok(text_or_none(t, n.def.sig))), ""),
    ],
    ..Spec::DEFAULT
};
