//! What classes themselves can do: attribute access on a class, and the attributes and methods of `type`.

use super::annotations;
use super::attribute::check_name;
use super::dict::Dict;
use super::header::Kind;
use super::mapping_proxy::MappingProxy;
use super::protocol;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_bases::set_bases;
use super::type_new::{self, mro, split_doc};
use super::type_object::Type;
use super::type_slots;
use super::value::{Payload, Value};
use std::sync::atomic::Ordering::*;

/// The class in a value.
pub(super) fn class<'a>(t: &Thread, v: &'a Value) -> R<&'a Type> {
    v.cast::<Type>().ok_or_else(|| {
        t.type_error(format!("descriptor requires a 'type' object but received a '{}'", v.type_of(t).name_str()))
    })
}

/// `type.__getattribute__`: data descriptors of the metaclass, the class and its bases, the rest of the metaclass.
pub fn type_getattr(t: &Thread, v: &Value, name: &Value) -> R {
    match type_getattr_opt(t, v, name)? {
        Some(found) => Ok(found),
        None => Err(t.no_attribute(v, name)),
    }
}

/// As [`type_getattr`], with `None` where there is no such attribute.
pub fn type_getattr_opt(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    let typ = class(t, v)?;
    let meta = v.type_of(t);
    let of_meta = meta.lookup(t, name);
    let meta_slots = of_meta.as_ref().map(|m| m.type_of(t).slots());
    if let (Some(found), Some(slots)) = (&of_meta, meta_slots)
        && slots.descr_set.is_some()
        && let Some(get) = slots.descr_get
    {
        return get(t, found, Some(v), Some(&meta.value())).map(Some);
    }
    if let Some(found) = typ.lookup(t, name) {
        return match found.type_of(t).slots().descr_get {
            Some(get) => get(t, &found, None, Some(v)).map(Some),
            None => Ok(Some(found)),
        };
    }
    match (&of_meta, meta_slots.and_then(|s| s.descr_get)) {
        (Some(found), Some(get)) => get(t, found, Some(v), Some(&meta.value())).map(Some),
        _ => Ok(of_meta),
    }
}

/// Sets or removes a name of a class's namespace; gives what was there.
///
/// Caches hold it uncounted, so it is dropped when they know. The version goes before the change, so that what
/// another thread found under it is not taken for valid afterwards, and again after it, for those that looked in
/// between.
fn change(t: &Thread, typ: &Type, namespace: &Dict, name: &Value, value: Option<&Value>) -> R<Option<Value>> {
    if !t.gil_enabled() {
        typ.modified();
    }
    let old = match value {
        Some(value) => namespace.exchange(t, name, value.clone())?,
        None => namespace.remove(t, name)?,
    };
    typ.modified();
    Ok(old)
}

/// `type.__setattr__` and `type.__delattr__`.
pub fn type_setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    let name = &t.interp.intern_value(&check_name(t, name)?);
    if typ.has_flag(type_flags::IMMUTABLE) {
        return Err(immutable(t, typ, name));
    }
    if let Some(found) = v.type_of(t).lookup(t, name)
        && let Some(set) = found.type_of(t).slots().descr_set
    {
        return set(t, &found, v, value);
    }
    let namespace = typ.dict(t);
    let Some(namespace) = namespace.cast::<Dict>() else { return Err(t.no_attribute(v, name)) };
    let old = change(t, typ, namespace, name, value)?;
    if value.is_none() && old.is_none() {
        return Err(t.no_attribute(v, name));
    }
    if name.cast::<Str>().and_then(|s| s.as_ascii()).is_some_and(|s| s.starts_with("__") && s.ends_with("__")) {
        type_slots::update_slot(t, typ, name);
    }
    drop(old);
    Ok(())
}

/// `cannot set 'x' attribute of immutable type 'int'`.
#[cold]
pub(super) fn immutable(t: &Thread, typ: &Type, name: &Value) -> super::slots::Raised {
    let name = name.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    t.type_error(format!("cannot set '{name}' attribute of immutable type '{}'", typ.name_str()))
}

/// Whether a special attribute may be set (`check_set_special_type_attr`).
pub(super) fn check_settable(t: &Thread, typ: &Type, value: Option<&Value>, name: &str) -> R<()> {
    if typ.has_flag(type_flags::IMMUTABLE) {
        return Err(t.type_error(format!("cannot set '{name}' attribute of immutable type '{}'", typ.name_str())));
    }
    if value.is_none() {
        return Err(t.type_error(format!("cannot delete '{name}' attribute of immutable type '{}'", typ.name_str())));
    }
    Ok(())
}

fn repr(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    let module = get_module(t, v)?;
    let qualname = get_qualname(t, v)?;
    let qualname = qualname.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    Ok(t.str(match module.cast::<Str>() {
        Some(m) if !m.is("builtins") => format!("<class '{}.{qualname}'>", m.to_str_lossy()),
        Some(_) => format!("<class '{qualname}'>"),
        None => format!("<class '{}'>", typ.name_str()),
    }))
}

fn get_name(t: &Thread, v: &Value) -> R {
    Ok(class(t, v)?.name(t))
}

fn set_name(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    check_settable(t, typ, value, "__name__")?;
    let Some(value) = value else { return Ok(()) };
    let Some(text) = value.cast::<Str>() else {
        return Err(t.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            typ.name_str(),
            value.type_of(t).name_str()
        )));
    };
    type_new::check_class_name(t, text)?;
    typ.name.set(value.clone());
    Ok(())
}

fn get_qualname(t: &Thread, v: &Value) -> R {
    Ok(class(t, v)?.qualname.get(t).unwrap_or(Value::NONE))
}

fn set_qualname(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    check_settable(t, typ, value, "__qualname__")?;
    let Some(value) = value else { return Ok(()) };
    if value.cast::<Str>().is_none() {
        return Err(t.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            typ.name_str(),
            value.type_of(t).name_str()
        )));
    }
    typ.qualname.set(value.clone());
    Ok(())
}

fn get_module(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    if let Some(spec) = typ.spec {
        return Ok(t.intern(spec.name.rsplit_once('.').map_or("builtins", |(module, _)| module)));
    }
    match typ.own_attribute(t, &t.names().__module__) {
        Some(module) => Ok(module),
        None => Err(t.raise_message(&t.types().attribute_error, "__module__")),
    }
}

fn set_in_namespace(t: &Thread, v: &Value, name: &Value, value: &Value) -> R<()> {
    let typ = class(t, v)?;
    let namespace = typ.dict(t);
    let Some(namespace) = namespace.cast::<Dict>() else { return Ok(()) };
    change(t, typ, namespace, name, Some(value)).map(drop)
}

fn set_module(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    check_settable(t, typ, value, "__module__")?;
    let Some(value) = value else { return Ok(()) };
    if let Some(namespace) = typ.dict(t).cast::<Dict>() {
        // A class that was moved to another module has no line there.
        namespace.remove(t, &t.names().__firstlineno__)?;
    }
    set_in_namespace(t, v, &t.names().__module__, value)
}

fn get_bases(t: &Thread, v: &Value) -> R {
    Ok(class(t, v)?.bases(t))
}

fn get_abstract(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    // `type` has no abstract methods of its own: what it holds is this descriptor.
    let own =
        (!std::ptr::eq(typ, t.types().type_.get())).then(|| typ.own_attribute(t, &t.intern("__abstractmethods__")));
    own.flatten().ok_or_else(|| t.raise_message(&t.types().attribute_error, "__abstractmethods__"))
}

fn set_abstract(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    let name = t.intern("__abstractmethods__");
    let namespace = typ.dict(t);
    let Some(namespace) = namespace.cast::<Dict>() else { return Ok(()) };
    let abstract_ = match value {
        Some(value) => {
            let truth = protocol::truth(t, value)?;
            namespace.set(t, name, value.clone())?;
            truth
        }
        None => {
            if namespace.remove(t, &name)?.is_none() {
                return Err(t.raise_message(&t.types().attribute_error, "__abstractmethods__"));
            }
            false
        }
    };
    typ.modified();
    if abstract_ {
        typ.flags.fetch_or(type_flags::ABSTRACT, Relaxed);
    } else {
        typ.flags.fetch_and(!type_flags::ABSTRACT, Relaxed);
    }
    Ok(())
}

fn get_doc(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    if let Some(spec) = typ.spec.filter(|s| !s.doc.is_empty()) {
        return Ok(t.str(split_doc(spec.name, spec.doc).1));
    }
    let Some(doc) = typ.own_attribute(t, &t.names().__doc__) else { return Ok(Value::NONE) };
    match doc.type_of(t).slots().descr_get {
        Some(get) => get(t, &doc, None, Some(v)),
        None => Ok(doc),
    }
}

fn set_doc(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    check_settable(t, class(t, v)?, value, "__doc__")?;
    match value {
        Some(value) => set_in_namespace(t, v, &t.names().__doc__, value),
        None => Ok(()),
    }
}

fn get_signature(t: &Thread, v: &Value) -> R {
    let spec = class(t, v)?.spec;
    Ok(spec.and_then(|s| split_doc(s.name, s.doc).0).map_or(Value::NONE, |s| t.str(s)))
}

fn get_type_params(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    let own = (!std::ptr::eq(typ, t.types().type_.get())).then(|| typ.own_attribute(t, &t.names().__type_params__));
    Ok(own.flatten().unwrap_or_else(|| t.interp.empty_tuple.clone()))
}

fn set_type_params(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    check_settable(t, class(t, v)?, value, "__type_params__")?;
    match value {
        Some(value) => set_in_namespace(t, v, &t.names().__type_params__, value),
        None => Ok(()),
    }
}

fn get_mro(t: &Thread, v: &Value) -> R {
    Ok(class(t, v)?.mro.get(t).unwrap_or(Value::NONE))
}

fn get_base(t: &Thread, v: &Value) -> R {
    Ok(class(t, v)?.base(t).unwrap_or(Value::NONE))
}

/// CPython's `tp_flags` bits that ungil has, and those that tell subclasses of the common built-ins.
fn get_flags(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    let mut flags = typ.flags.load(Relaxed) & 0xFFFF_FFFF;
    let types = t.types();
    let subclass_bits = [
        (24, &types.int),
        (25, &types.list),
        (26, &types.tuple),
        (27, &types.bytes),
        (28, &types.str_),
        (29, &types.dict),
        (30, &types.base_exception),
        (31, &types.type_),
    ];
    let attributes =
        [(2, typ.has_inline_values()), (4, typ.is_heap_type() && typ.has_dict() && typ.part_offset() != 0)];
    for (bit, has) in attributes {
        flags |= u64::from(has) << bit;
    }
    for (bit, of) in subclass_bits {
        if of.is_set() && typ.is_subtype(of) {
            flags |= 1 << bit;
        }
    }
    Ok(super::int::new(t, flags as i64))
}

fn get_basicsize(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    Ok(Value::small((typ.payload_size() + typ.slot_count() * 8) as i64))
}

fn get_itemsize(t: &Thread, v: &Value) -> R {
    Ok(Value::small(match class(t, v)?.instance_kind() {
        Kind::Tuple => 8,
        Kind::Int | Kind::Bool => 4,
        Kind::Bytes => 1,
        Kind::Type => 40,
        _ => 0,
    }))
}

fn get_dictoffset(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    Ok(Value::small(if typ.has_dict() { -1 } else { 0 }))
}

fn get_weakrefoffset(t: &Thread, v: &Value) -> R {
    let typ = class(t, v)?;
    Ok(Value::small(if typ.has_flag(type_flags::WEAKREFABLE) { typ.payload_size() as i64 } else { 0 }))
}

fn subclasses(t: &Thread, v: &Value) -> R {
    Ok(super::list::List::make(t, class(t, v)?.subclasses()))
}

fn mro_method(t: &Thread, v: &Value) -> R {
    let mro = mro::default(t, class(t, v)?)?;
    Ok(super::list::List::make(t, mro.cast::<Tuple>().map(|m| m.items().to_vec()).unwrap_or_default()))
}

/// `type.__dir__`: the names of the class and its bases, not of the metaclass.
fn dir(t: &Thread, v: &Value) -> R {
    let result = Dict::make(t);
    merge_class_dict(t, result.cast::<Dict>().expect("just made"), v)?;
    let keys = result.cast::<Dict>().map(|d| d.pairs(t)).unwrap_or_default();
    Ok(super::list::List::make(t, keys.into_iter().map(|(k, _)| k)))
}

/// Adds the names of a class and of all its bases (`__bases__` counts, not the MRO).
pub(super) fn merge_class_dict(t: &Thread, into: &Dict, v: &Value) -> R<()> {
    if let Some(dict) = protocol::getattr_opt(t, v, &t.names().__dict__)? {
        let keys = protocol::call_method(t, &dict, &t.names().keys, &[])?;
        protocol::for_each(t, &keys, |key| into.set(t, key, Value::NONE))?;
    }
    if let Some(bases) = protocol::getattr_opt(t, v, &t.names().__bases__)? {
        for base in protocol::collect(t, &bases)? {
            t.recurse("", || merge_class_dict(t, into, &base))?;
        }
    }
    Ok(())
}

fn prepare(t: &Thread, _class: &Value, _args: Args<'_>) -> R {
    Ok(Dict::make(t))
}

/// `int | str`.
fn or(t: &Thread, a: &Value, b: &Value) -> R {
    super::union::or(t, a, b)
}

fn traverse(v: &Value, visit: &mut dyn FnMut(&Value)) {
    Type::traverse(v, visit);
}

pub static SPEC: Spec = Spec {
    name: "type",
    kind: Kind::Type,
    size: std::mem::size_of::<Type>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAVE_VECTORCALL | type_flags::WEAKREFABLE,
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    slots: Slots {
        repr: Some(repr),
        call: Some(type_new::type_call),
        getattr: Some(type_getattr),
        setattr: Some(type_setattr),
        new: Some(type_new::type_new),
        init: Some(type_new::type_init),
        nb_or: Some(or),
        traverse: Some(traverse),
        clear: Some(Type::clear_refs),
        drop: Some(Type::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("mro", Func::NoArgs(mro_method), "($self, /)", "Return a type's method resolution order."),
        Def::new("__subclasses__", Func::NoArgs(subclasses), "($self, /)", "Return a list of immediate subclasses."),
        Def::class(
            "__prepare__",
            Func::Any(prepare),
            "($cls, name, bases, /, **kwds)",
            "Create the namespace for the class statement",
        ),
        Def::new(
            "__instancecheck__",
            Func::One(|t, v, x| protocol::real_isinstance(t, x, v).map(Value::bool)),
            "($self, instance, /)",
            "Check if an object is an instance.",
        ),
        Def::new(
            "__subclasscheck__",
            Func::One(|t, v, x| protocol::real_issubclass(t, x, v).map(Value::bool)),
            "($self, subclass, /)",
            "Check if a class is a subclass.",
        ),
        Def::new("__dir__", Func::NoArgs(dir), "($self, /)", "Specialized __dir__ implementation for types."),
        Def::new(
            "__sizeof__",
            Func::NoArgs(|_, _| Ok(Value::small(std::mem::size_of::<Type>() as i64))),
            "($self, /)",
            "Return memory consumption of the type object.",
        ),
    ],
    getset: &[
        GetSet::member("__basicsize__", get_basicsize, ""),
        GetSet::member("__itemsize__", get_itemsize, ""),
        GetSet::member("__flags__", get_flags, ""),
        GetSet::member("__weakrefoffset__", get_weakrefoffset, ""),
        GetSet::member("__base__", get_base, ""),
        GetSet::member("__dictoffset__", get_dictoffset, ""),
        GetSet::rw("__name__", get_name, set_name, ""),
        GetSet::rw("__qualname__", get_qualname, set_qualname, ""),
        GetSet::rw("__bases__", get_bases, set_bases, ""),
        GetSet::ro("__mro__", get_mro, ""),
        GetSet::rw("__module__", get_module, set_module, ""),
        GetSet::rw("__abstractmethods__", get_abstract, set_abstract, ""),
        GetSet::ro("__dict__", |t, v| Ok(MappingProxy::make(t, class(t, v)?.dict(t))), ""),
        GetSet::rw("__doc__", get_doc, set_doc, ""),
        GetSet::ro("__text_signature__", get_signature, ""),
        GetSet::rw("__annotations__", annotations::get_annotations, annotations::set_annotations, ""),
        GetSet::rw("__annotate__", annotations::get_annotate, annotations::set_annotate, ""),
        GetSet::rw("__type_params__", get_type_params, set_type_params, ""),
    ],
    ..Spec::DEFAULT
};
