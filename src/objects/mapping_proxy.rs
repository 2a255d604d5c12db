//! `mappingproxy`: a read-only view of a mapping; `C.__dict__` is one.

use super::arith::{self, BinaryOp};
use super::dict::Dict;
use super::generic_alias;
use super::header::{Header, Kind, gc_bits};
use super::list::List;
use super::native::{Signature, allocate};
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, Spec, type_flags};
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::{Payload, Value};
use std::sync::OnceLock;

/// The payload of a `mappingproxy`.
#[repr(C)]
pub struct MappingProxy {
    header: Header,
    mapping: Slot,
}

super::descriptors::slots_payload!(MappingProxy, MappingProxy, [mapping]);

impl MappingProxy {
    /// A view of a mapping.
    pub fn make(t: &Thread, mapping: Value) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<MappingProxy>(t, Kind::MappingProxy, t.types().mappingproxy.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).mapping).write(Slot::new(mapping.into_owned()));
            })
        }
    }

    /// What it shows.
    pub fn mapping(&self, t: &Thread) -> Value {
        self.mapping.get(t).unwrap_or(Value::NONE)
    }
}

fn mapping(t: &Thread, v: &Value) -> R {
    match v.cast::<MappingProxy>() {
        Some(p) => Ok(p.mapping(t)),
        None => Err(t.type_error("a mappingproxy is required")),
    }
}

/// The mapping of a proxy, or the value itself.
fn unwrap(t: &Thread, v: &Value) -> Value {
    v.cast::<MappingProxy>().map_or_else(|| v.clone(), |p| p.mapping(t))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 1];
    SIGNATURE.get_or_init(|| Signature::parse_text("mappingproxy", "(mapping)")).bind(t, args, &mut bound)?;
    let [mapping] = bound;
    let mapping = mapping.unwrap_or(Value::NONE);
    let sequence = mapping.cast::<List>().is_some() || mapping.cast::<Tuple>().is_some();
    if sequence || mapping.type_of(t).slots().getitem.is_none() {
        return Err(
            t.type_error(format!("mappingproxy() argument must be a mapping, not {}", mapping.type_of(t).name_str()))
        );
    }
    Ok(MappingProxy::make(t, mapping))
}

fn repr(t: &Thread, v: &Value) -> R {
    let inner = mapping(t, v)?;
    Ok(t.str(format!("mappingproxy({})", t.recurse("", || protocol::repr_text(t, &inner))?)))
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    protocol::compare(t, &mapping(t, a)?, b, op)
}

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    arith::binary_op(t, BinaryOp::Or, &unwrap(t, a), &unwrap(t, b))
}

fn inplace_or(t: &Thread, v: &Value, _other: &Value) -> R {
    let name = v.type_of(t).name_str();
    Err(t.type_error(format!("'|=' is not supported by {name}; use '|' instead")))
}

fn contains(t: &Thread, v: &Value, key: &Value) -> R<bool> {
    let mapping = mapping(t, v)?;
    match mapping.cast_exact::<Dict>() {
        Some(dict) => Ok(dict.get(t, key)?.is_some()),
        None => protocol::contains(t, &mapping, key),
    }
}

fn get(t: &Thread, v: &Value, args: &[Value]) -> R {
    let default = args.get(1).cloned().unwrap_or(Value::NONE);
    protocol::call_method_str(t, &mapping(t, v)?, "get", &[args[0].clone(), default])
}

/// Calls a method of the mapping without arguments.
fn forward(t: &Thread, v: &Value, name: &str) -> R {
    protocol::call_method_str(t, &mapping(t, v)?, name, &[])
}

pub static SPEC: Spec = Spec {
    name: "mappingproxy",
    kind: Kind::MappingProxy,
    size: std::mem::size_of::<MappingProxy>(),
    flags: type_flags::HAVE_GC | type_flags::MAPPING,
    doc: "mappingproxy(mapping)\n--\n\nRead-only proxy of a mapping.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(|t, v| protocol::str(t, &mapping(t, v)?)),
        hash: Some(|t, v| protocol::hash(t, &mapping(t, v)?)),
        compare: Some(compare),
        iter: Some(|t, v| protocol::iter(t, &mapping(t, v)?)),
        len: Some(|t, v| protocol::len(t, &mapping(t, v)?)),
        getitem: Some(|t, v, key| protocol::getitem(t, &mapping(t, v)?, key)),
        contains: Some(contains),
        nb_or: Some(or),
        nb_inplace_or: Some(inplace_or),
        traverse: Some(MappingProxy::traverse),
        drop: Some(MappingProxy::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new(
            "get",
            Func::Pos(get, 1, 2),
            "($self, key, default=None, /)",
            "Return the value for key if key is in the mapping, else default.",
        ),
        Def::new(
            "keys",
            Func::NoArgs(|t, v| forward(t, v, "keys")),
            "($self, /)",
            "D.keys() -> a set-like object providing a view on D's keys",
        ),
        Def::new(
            "values",
            Func::NoArgs(|t, v| forward(t, v, "values")),
            "($self, /)",
            "D.values() -> an object providing a view on D's values",
        ),
        Def::new(
            "items",
            Func::NoArgs(|t, v| forward(t, v, "items")),
            "($self, /)",
            "D.items() -> a set-like object providing a view on D's items",
        ),
        Def::new("copy", Func::NoArgs(|t, v| forward(t, v, "copy")), "($self, /)", "D.copy() -> a shallow copy of D"),
        Def::class(
            "__class_getitem__",
            Func::One(generic_alias::make_for_class),
            "($type, object, /)",
            "mappingproxy objects are generic over two types, signifying (respectively) the types of their keys and values",
        ),
        Def::new(
            "__reversed__",
            Func::NoArgs(|t, v| forward(t, v, "__reversed__")),
            "($self, /)",
            "D.__reversed__() -> reverse iterator",
        ),
    ],
    ..Spec::DEFAULT
};
