//! `TypeAliasType`: what a `type` statement makes.

use super::super::container::payload;
use super::super::function::Function;
use super::super::generic_alias;
use super::super::header::Kind;
use super::super::native::Signature;
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::union;
use super::super::value::Value;
use super::{evaluate, evaluator_of, param, unpack, unpack_tuples};
use std::sync::OnceLock;

payload! {
    /// The payload of a `TypeAliasType`.
    Alias: TypeAlias {
        name: Slot,
        /// A tuple, or empty.
        params: Slot,
        value: Slot,
        compute: Slot,
        module: Slot,
    }
}

/// The intrinsic of a `type` statement: name, type parameters, the function that computes the value.
pub fn typealias(t: &Thread, parts: &Value) -> R {
    let Some([name, params, compute]) = parts.cast::<Tuple>().map(|p| p.items()) else {
        return Err(t.system_error("a type alias has three parts"));
    };
    let params = params.cast::<Tuple>().filter(|p| !p.is_empty()).map(|_| params.clone());
    let typ = t.types().typealias.get();
    let (name, compute) = (Slot::new(name.clone()), Slot::new(compute.clone()));
    Ok(Alias::make_for(t, typ, name, Slot::from_option(params), Slot::EMPTY, compute, Slot::EMPTY))
}

fn alias<'a>(t: &Thread, v: &'a Value) -> R<&'a Alias> {
    v.cast::<Alias>().ok_or_else(|| t.type_error("a type alias is required"))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 3];
    SIGNATURE
        .get_or_init(|| Signature::parse_text("typealias", "(name, value, *, type_params=())"))
        .bind(t, args, &mut bound)?;
    let [Some(name), Some(value), params] = bound else { return Ok(Value::NONE) };
    if name.cast::<Str>().is_none() {
        let other = name.type_of(t).name_str();
        return Err(t.type_error(format!("typealias() argument 'name' must be str, not {other}")));
    }
    let params = match params {
        None => None,
        Some(params) => {
            let Some(items) = params.cast::<Tuple>() else { return Err(t.type_error("type_params must be a tuple")) };
            check_params(t, items.items())?;
            (!items.is_empty()).then_some(params)
        }
    };
    let typ = t.types().typealias.get();
    let (name, module) = (Slot::new(name), Slot::from_option(super::caller(t)));
    Ok(Alias::make_for(t, typ, name, Slot::from_option(params), Slot::new(value), Slot::EMPTY, module))
}

/// Only type parameters, those with a default last.
fn check_params(t: &Thread, params: &[Value]) -> R<()> {
    let mut default_seen = false;
    for p in params {
        let Some(has_default) = param::has_default(t, p) else {
            let shown = protocol::repr_text(t, p)?;
            return Err(t.type_error(format!("Expected a type param, got {shown}")));
        };
        if has_default {
            default_seen = true;
        } else if default_seen {
            let shown = protocol::repr_text(t, p)?;
            return Err(t.type_error(format!("non-default type parameter '{shown}' follows default type parameter")));
        }
    }
    Ok(())
}

fn type_params(t: &Thread, v: &Value) -> R {
    Ok(alias(t, v)?.params.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone()))
}

fn value(t: &Thread, v: &Value) -> R {
    let a = alias(t, v)?;
    Ok(evaluate(t, &a.value, &a.compute)?.unwrap_or(Value::NONE))
}

fn module(t: &Thread, v: &Value) -> R {
    let a = alias(t, v)?;
    if let Some(module) = a.module.get(t) {
        return Ok(module);
    }
    let of = a.compute.get(t).and_then(|f| f.cast::<Function>().and_then(|f| f.module.get(t)));
    Ok(of.unwrap_or(Value::NONE))
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    if alias(t, v)?.params.is_empty() {
        return Err(t.type_error("Only generic type aliases are subscriptable"));
    }
    generic_alias::make(t, v, key)
}

fn name(t: &Thread, v: &Value) -> R {
    Ok(alias(t, v)?.name.get(t).unwrap_or(Value::NONE))
}

pub static SPEC: Spec = Spec {
    name: "typing.TypeAliasType",
    kind: Kind::TypeAlias,
    size: std::mem::size_of::<Alias>(),
    flags: type_flags::HAVE_GC,
    doc: "Type alias.\n\nType aliases are created through the type statement::\n\n    type Alias = int\n\nIn this example, Alias and int will be treated equivalently by static\ntype checkers.\n\nAt runtime, Alias is an instance of TypeAliasType. The __name__\nattribute holds the name of the type alias. The value of the type alias\nis stored in the __value__ attribute. It is evaluated lazily, so the\nvalue is computed only if the attribute is accessed.\n\nType aliases can also be generic::\n\n    type ListOrSet[T] = list[T] | set[T]\n\nIn this case, the type parameters of the alias are stored in the\n__type_params__ attribute.\n\nSee PEP 695 for more information.\n",
    slots: Slots {
        new: Some(new),
        repr: Some(name),
        iter: Some(|t, v| protocol::iter(t, &t.tuple([unpack(t, v)?]))),
        getitem: Some(getitem),
        nb_or: Some(|t, a, b| union::make(t, [a.clone(), b.clone()])),
        traverse: Some(Alias::traverse),
        clear: Some(Alias::clear_refs),
        drop: Some(Alias::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new("__reduce__", Func::NoArgs(name), "($self, /)", "")],
    getset: &[
        GetSet::member("__name__", name, ""),
        GetSet::ro("__parameters__", |t, v| unpack_tuples(t, &type_params(t, v)?), ""),
        GetSet::ro("__type_params__", type_params, ""),
        GetSet::ro("__value__", value, ""),
        GetSet::ro("evaluate_value", |t, v| evaluator_of(t, &alias(t, v)?.value, &alias(t, v)?.compute), ""),
        GetSet::ro("__module__", module, ""),
    ],
    ..Spec::DEFAULT
};
