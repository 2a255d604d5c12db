//! The type `method`: a function bound to an instance.

use super::attribute;
use super::container::Text;
use super::function::Method;
use super::header::Kind;
use super::protocol;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;

fn method<'a>(t: &Thread, v: &'a Value) -> R<&'a Method> {
    v.cast::<Method>().ok_or_else(|| t.type_error("a method is required"))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    super::container::no_keywords(t, "method", args)?;
    super::container::check_positional(t, "method", args.pos.len(), 2, 2)?;
    let [function, instance] = args.pos else { return Ok(Value::NONE) };
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("first argument must be callable"));
    }
    if instance.is_none() {
        return Err(t.type_error("instance must not be None"));
    }
    Ok(Method::make(t, function.clone(), instance.clone()))
}

fn repr(t: &Thread, v: &Value) -> R {
    let m = method(t, v)?;
    let names = t.names();
    let mut name = protocol::getattr_opt(t, m.function(), &names.__qualname__)?;
    if name.is_none() {
        name = protocol::getattr_opt(t, m.function(), &names.__name__)?;
    }
    let mut out = Text::default();
    out.push("<bound method ");
    match name.filter(|n| n.cast::<Str>().is_some()) {
        Some(name) => out.push_str(&name),
        None => out.push("?"),
    }
    out.push(" of ");
    out.push_repr(t, m.receiver())?;
    out.push(">");
    Ok(out.finish(t))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let m = method(t, v)?;
    let hash = super::object::hash(t, m.receiver())? ^ protocol::hash(t, m.function())?;
    Ok(if hash == -1 { -2 } else { hash })
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) = (a.cast::<Method>(), b.cast::<Method>(), op) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let equal = protocol::eq(t, x.function(), y.function())? && x.receiver().is(y.receiver());
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let m = method(t, v)?;
    attribute::call_prepended(t, m.function(), m.receiver(), args)
}

/// Attributes of the type first; the rest are the function's.
fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    if let Some(found) = v.type_of(t).lookup(t, name) {
        return match found.type_of(t).slots().descr_get {
            Some(get) => get(t, &found, Some(v), Some(&v.type_of_value(t))),
            None => Ok(found),
        };
    }
    protocol::getattr(t, method(t, v)?.function(), name)
}

fn doc(t: &Thread, v: &Value) -> R {
    protocol::getattr(t, method(t, v)?.function(), &t.names().__doc__)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let m = method(t, v)?;
    let name = protocol::getattr(t, m.function(), &t.names().__name__)?;
    Ok(t.tuple([super::container::builtin(t, "getattr")?, t.tuple([m.receiver().clone(), name])]))
}

pub static SPEC: Spec = Spec {
    name: "method",
    kind: Kind::Method,
    size: std::mem::size_of::<Method>(),
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    doc: "method(function, instance, /)\n--\n\nCreate a bound instance method object.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattr: Some(getattr),
        compare: Some(compare),
        descr_get: Some(|_, v, _, _| Ok(v.clone())),
        traverse: Some(Method::traverse),
        drop: Some(Method::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "")],
    getset: &[
        GetSet::member(
            "__func__",
            |t, v| Ok(method(t, v)?.function().clone()),
            "the function (or other callable) implementing a method",
        ),
        GetSet::member(
            "__self__",
            |t, v| Ok(method(t, v)?.receiver().clone()),
            "the instance to which a method is bound",
        ),
        GetSet::ro("__doc__", doc, ""),
    ],
    ..Spec::DEFAULT
};
