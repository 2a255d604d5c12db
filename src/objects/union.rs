//! `typing.Union`, also known as `types.UnionType`: what `int | str` makes (PEP 604).

use super::attribute;
use super::generic_alias::{self, GenericAlias};
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::protocol;
use super::slot::Slot;
use super::slots::{CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::{Payload, Value};

/// The payload of a union.
#[repr(C)]
pub struct Union {
    header: Header,
    /// The distinct members in order: a tuple of at least two.
    args: Slot,
    parameters: Slot,
}

super::descriptors::slots_payload!(Union, Union, [args, parameters]);

impl Union {
    /// The members: a tuple.
    pub fn args(&self, t: &Thread) -> Value {
        self.args.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone())
    }
}

fn this<'a>(t: &Thread, v: &'a Value) -> R<&'a Union> {
    v.cast::<Union>().ok_or_else(|| t.type_error("a typing.Union is required"))
}

/// What `|` takes without asking `typing`.
fn is_unionable(v: &Value) -> bool {
    v.is_none()
        || v.cast::<Type>().is_some()
        || v.cast::<GenericAlias>().is_some()
        || v.cast::<Union>().is_some()
        || v.header().is_some_and(|h| h.layout() == Kind::TypeAlias)
}

/// `a | b` of types; `NotImplemented` for anything else.
pub fn or(t: &Thread, a: &Value, b: &Value) -> R {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    make(t, [a.clone(), b.clone()])
}

/// `Union[args]`: members are flattened and distinct; one alone is no union.
pub fn make(t: &Thread, args: impl IntoIterator<Item = Value>) -> R {
    let mut members: Vec<Value> = Vec::new();
    for arg in args {
        add(t, &mut members, arg)?;
    }
    match members.len() {
        0 => Err(t.type_error("Cannot take a Union of no types.")),
        1 => Ok(members.remove(0)),
        _ => {
            let args = t.tuple(members);
            // SAFETY: everything behind the header is written.
            Ok(unsafe {
                allocate::<Union>(t, Kind::Union, t.types().union.get(), gc_bits::TRACKED, |this| {
                    (&raw mut (*this).args).write(Slot::new(args));
                    (&raw mut (*this).parameters).write(Slot::EMPTY);
                })
            })
        }
    }
}

fn add(t: &Thread, members: &mut Vec<Value>, arg: Value) -> R<()> {
    if let Some(union) = arg.cast::<Union>() {
        for member in union.args(t).cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]) {
            add(t, members, member.clone())?;
        }
        return Ok(());
    }
    let arg = if arg.is_none() {
        t.types().none.value()
    } else if is_unionable(&arg) {
        arg
    } else {
        type_check(t, &arg)?
    };
    for member in members.iter() {
        if protocol::eq(t, member, &arg)? {
            return Ok(());
        }
    }
    members.push(arg);
    Ok(())
}

/// `typing._type_check`: strings become forward references, what is no type is refused.
fn type_check(t: &Thread, arg: &Value) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("the import system is not there yet")) };
    let typing = (hooks.import)(t, &t.intern("typing"), None, None, None, 0)?;
    let check = protocol::getattr_str(t, &typing, "_type_check")?;
    protocol::call(t, &check, &[arg.clone(), t.str("Union[arg, ...]: each arg must be a type.")])
}

fn members(t: &Thread, v: &Value) -> R<Vec<Value>> {
    Ok(this(t, v)?.args(t).cast::<Tuple>().map(|m| m.items().to_vec()).unwrap_or_default())
}

fn repr(t: &Thread, v: &Value) -> R {
    let parts = members(t, v)?.iter().map(|m| generic_alias::type_repr(t, m)).collect::<R<Vec<_>>>()?;
    Ok(t.str(parts.join(" | ")))
}

/// The hash of the members as a set.
fn hash(t: &Thread, v: &Value) -> R<i64> {
    let members = members(t, v)?;
    for member in &members {
        protocol::hash(t, member)?;
    }
    let set = protocol::call(t, &t.types().frozenset.value(), &[t.tuple(members)])?;
    protocol::hash(t, &set)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if b.cast::<Union>().is_none() || !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (x, y) = (members(t, a)?, members(t, b)?);
    let mut equal = x.len() == y.len();
    for member in &x {
        let mut found = false;
        for other in &y {
            found = found || protocol::eq(t, member, other)?;
        }
        equal = equal && found;
    }
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    if name.cast::<Str>().is_some_and(|n| n.is("__module__")) {
        return protocol::getattr(t, &v.type_of(t).value(), name);
    }
    attribute::generic_getattr(t, v, name)
}

fn parameters(t: &Thread, v: &Value) -> R {
    let this = this(t, v)?;
    if let Some(parameters) = this.parameters.get(t) {
        return Ok(parameters);
    }
    let parameters = generic_alias::make_parameters(t, &this.args(t))?;
    this.parameters.set(parameters.clone());
    Ok(parameters)
}

fn getitem(t: &Thread, v: &Value, item: &Value) -> R {
    let args = generic_alias::substitute(t, v, &this(t, v)?.args(t), &parameters(t, v)?, item)?;
    make(t, args.cast::<Tuple>().map(|a| a.items().to_vec()).unwrap_or_default())
}

fn class_getitem(t: &Thread, _class: &Value, item: &Value) -> R {
    match item.cast::<Tuple>() {
        Some(several) => make(t, several.items().to_vec()),
        None => make(t, [item.clone()]),
    }
}

fn mro_entries(t: &Thread, v: &Value, _bases: &Value) -> R {
    Err(t.type_error(format!("Cannot subclass {}", protocol::repr_text(t, v)?)))
}

pub static SPEC: Spec = Spec {
    name: "typing.Union",
    kind: Kind::Union,
    size: std::mem::size_of::<Union>(),
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    doc: "Represent a union type\n\nE.g. for int | str",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        getattr: Some(getattr),
        compare: Some(compare),
        nb_or: Some(or),
        getitem: Some(getitem),
        traverse: Some(Union::traverse),
        drop: Some(Union::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__mro_entries__", Func::One(mro_entries), "($self, object, /)", ""),
        Def::class(
            "__class_getitem__",
            Func::One(class_getitem),
            "($type, object, /)",
            "Create a union containing the given types",
        ),
    ],
    getset: &[
        GetSet::member("__args__", |t, v| Ok(this(t, v)?.args(t)), ""),
        GetSet::ro("__name__", |t, _| Ok(t.intern("Union")), "Name of the type"),
        GetSet::ro("__qualname__", |t, _| Ok(t.intern("Union")), "Qualified name of the type"),
        GetSet::ro("__origin__", |t, _| Ok(t.types().union.value()), "Always returns the type"),
        GetSet::ro("__parameters__", parameters, "Type variables in the types.UnionType."),
    ],
    ..Spec::DEFAULT
};
