//! `None`, `NotImplemented` and `...`: three types with one immediate instance each.

use super::header::Kind;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, Spec};
use super::thread::Thread;
use super::value::Value;

/// Makes the `__new__` of a type with one instance.
macro_rules! singleton_new {
    ($name:ident, $type_name:literal, $value:expr) => {
        fn $name(t: &Thread, _: &Value, args: Args<'_>) -> R {
            match args.is_empty() {
                true => Ok($value),
                false => Err(t.type_error(concat!($type_name, " takes no arguments"))),
            }
        }
    };
}

singleton_new!(none_new, "NoneType", Value::NONE);
singleton_new!(not_implemented_new, "NotImplementedType", Value::NOT_IMPLEMENTED);
singleton_new!(ellipsis_new, "EllipsisType", Value::ELLIPSIS);

fn none_repr(t: &Thread, _: &Value) -> R {
    Ok(t.intern("None"))
}

fn none_bool(_: &Thread, _: &Value) -> R<bool> {
    Ok(false)
}

/// CPython's constant, so that sets that hold `None` have the same order.
fn none_hash(_: &Thread, _: &Value) -> R<i64> {
    Ok(0xfca8_6420)
}

fn not_implemented_repr(t: &Thread, _: &Value) -> R {
    Ok(t.intern("NotImplemented"))
}

fn not_implemented_bool(t: &Thread, _: &Value) -> R<bool> {
    Err(t.type_error("NotImplemented should not be used in a boolean context"))
}

fn ellipsis_repr(t: &Thread, _: &Value) -> R {
    Ok(t.intern("Ellipsis"))
}

/// The type `NoneType`.
pub static SPEC: Spec = Spec {
    name: "NoneType",
    base: Some(|types| &types.object),
    kind: Kind::None,
    doc: "The type of the None singleton.",
    slots: Slots {
        repr: Some(none_repr),
        hash: Some(none_hash),
        nb_bool: Some(none_bool),
        new: Some(none_new),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};

/// The type `NotImplementedType`.
pub static NOT_IMPLEMENTED_SPEC: Spec = Spec {
    name: "NotImplementedType",
    base: Some(|types| &types.object),
    kind: Kind::NotImplemented,
    doc: "The type of the NotImplemented singleton.",
    slots: Slots {
        repr: Some(not_implemented_repr),
        nb_bool: Some(not_implemented_bool),
        new: Some(not_implemented_new),
        ..Slots::EMPTY
    },
    methods: &[Def::new("__reduce__", Func::NoArgs(not_implemented_repr), "", "")],
    ..Spec::DEFAULT
};

/// The type `ellipsis`.
pub static ELLIPSIS_SPEC: Spec = Spec {
    name: "ellipsis",
    base: Some(|types| &types.object),
    kind: Kind::Ellipsis,
    doc: "The type of the Ellipsis singleton.",
    slots: Slots { repr: Some(ellipsis_repr), new: Some(ellipsis_new), ..Slots::EMPTY },
    methods: &[Def::new("__reduce__", Func::NoArgs(ellipsis_repr), "", "")],
    ..Spec::DEFAULT
};
