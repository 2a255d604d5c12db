//! Built-in types, from their [`Spec`]s.
//!
//! Two passes, because names and namespaces need `str` and `dict` to exist: [`make_builtin_type`] allocates a type
//! with its native slots, [`finish_builtin_type`] gives it a name, a namespace, its MRO and what it inherits.

use super::super::descriptors::{GetSetDescr, StaticMethod};
use super::super::dict::Dict;
use super::super::header::{Header, Kind, gc_bits};
use super::super::instance::Part;
use super::super::native::{MethodDescr, Native};
use super::super::shape::Shape;
use super::super::slot::Slot;
use super::super::slots::Slots;
use super::super::spec::{Binding, Spec, type_flags};
use super::super::string::out_of_memory;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::type_object::Type;
use super::super::type_slots::{add_wrappers, hash_not_implemented};
use super::super::types::TypeCell;
use super::super::value::{Payload, Value};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// What the memory of a class is filled with.
pub(super) struct Layout {
    pub flags: u64,
    pub kind: Kind,
    pub payload_size: usize,
    pub part_offset: usize,
    pub inline_slots: usize,
    pub slot_count: usize,
}

/// Memory for a class of the metaclass, with empty slots for names, bases and the rest.
pub(super) fn allocate_type(t: &Thread, meta: Option<&Type>, layout: &Layout, spec: Option<&'static Spec>) -> Value {
    // SAFETY: fresh memory, all fields written. Without a metaclass the class is its own (`type` itself).
    unsafe {
        let Some(memory) = t.heap.0.allocate(std::mem::size_of::<Type>()) else { out_of_memory() };
        t.count_container();
        let this = memory as *mut Type;
        macro_rules! write {
            ($($field:ident: $value:expr),* $(,)?) => { $((&raw mut (*this).$field).write($value);)* };
        }
        write! {
            slots: UnsafeCell::new(Slots::EMPTY), flags: AtomicU64::new(layout.flags), instance_kind: layout.kind,
            payload_size: layout.payload_size as u32, part_offset: layout.part_offset as u32,
            inline_slots: layout.inline_slots as u32, slot_count: layout.slot_count as u32,
            version: AtomicU32::new(0), root_shape: AtomicPtr::new(std::ptr::null_mut()),
            dictionary_shape: AtomicPtr::new(std::ptr::null_mut()),
            name: Slot::EMPTY, qualname: Slot::EMPTY, dict: Slot::EMPTY, base: Slot::EMPTY, bases: Slot::EMPTY,
            mro: Slot::EMPTY, native: Slot::EMPTY, subclasses: crate::sync::Guarded::default(), spec: spec, weak_name: AtomicU64::new(0),
        }
        let meta = meta.unwrap_or(&*this);
        // An instance of any other metaclass than `type` behaves as that one says.
        let derived = !std::ptr::eq(meta, this) && !t.types().type_.is(meta);
        if !meta.header.is_immortal() && !std::ptr::eq(meta, this) {
            meta.header.incref_by(t.tid());
        }
        let kind = Kind::Type as u8 | if derived { super::super::header::SUBCLASS } else { 0 };
        Header::init(memory, t, kind, gc_bits::TRACKED, meta);
        if layout.part_offset != 0 {
            (*this).root_shape.store(Shape::root(this, false) as *mut Shape, Relaxed);
            (*this).dictionary_shape.store(Shape::root(this, true) as *mut Shape, Relaxed);
        }
        Value::from_header(memory)
    }
}

/// Attributes inline in the part of native types that have a dict: what `functools_wraps` copies to class and
/// static methods.
fn native_inline_slots(kind: Kind) -> usize {
    match kind {
        Kind::ClassMethod | Kind::StaticMethod | Kind::SimpleNamespace => 4,
        _ => 0,
    }
}

/// Allocates a built-in type. `type` itself must be the first.
pub fn make_builtin_type(t: &Thread, spec: &'static Spec, cell: &TypeCell) {
    let types = t.types();
    let meta = types.type_.is_set().then(|| types.type_.get());
    make_in_metaclass(t, spec, cell, meta);
}

/// As [`make_builtin_type`], for a type whose metaclass is a native one.
pub fn make_in_metaclass(t: &Thread, spec: &'static Spec, cell: &TypeCell, meta: Option<&Type>) {
    let part = spec.flags & type_flags::HAS_DICT != 0;
    let layout = Layout {
        flags: spec.flags | type_flags::IMMUTABLE,
        kind: spec.kind,
        payload_size: spec.size,
        part_offset: match part {
            false => 0,
            true if spec.flags & type_flags::VAR_SIZED != 0 => Type::PART_AT_END,
            true => spec.size.next_multiple_of(std::mem::align_of::<Part>()),
        },
        inline_slots: if part { native_inline_slots(spec.kind) } else { 0 },
        slot_count: 0,
    };
    let value = allocate_type(t, meta, &layout, Some(spec));
    let typ = value.cast::<Type>().expect("just made");
    typ.header.make_immortal();
    typ.edit_slots(|slots| *slots = spec.slots);
    cell.set(typ);
    std::mem::forget(value);
}

/// Fills the namespace of a built-in type from its tables and lets it inherit from its base, which is finished
/// first if need be.
pub fn finish_builtin_type(t: &Thread, typ: &Type) {
    if typ.has_flag(type_flags::READY) {
        return;
    }
    let Some(spec) = typ.spec else { return };
    let base = spec.base.map(|base| base(t.types()).get()).or_else(|| {
        let object = t.types().object.get();
        (!std::ptr::eq(object, typ)).then_some(object)
    });
    if let Some(base) = base {
        finish_builtin_type(t, base);
    }
    finish_with_bases(t, typ, spec, base.as_slice());
}

/// As [`finish_builtin_type`], with several bases, the first of which gives the layout.
pub fn finish_with_bases(t: &Thread, typ: &Type, spec: &'static Spec, bases: &[&Type]) {
    typ.name.set(t.intern(&typ.short_name()));
    typ.qualname.set(t.intern(&typ.short_name()));
    typ.dict.set(Dict::make(t));
    let base = bases.first().copied();
    if let Some(base) = base {
        typ.base.set(base.value());
    }
    typ.bases.set(t.tuple(bases.iter().map(|b| b.value()).collect::<Vec<_>>()));
    bases.iter().for_each(|b| b.add_subclass(typ));
    let mro = match bases {
        [] => vec![typ.value()],
        [base] => std::iter::once(typ.value()).chain(mro_items(t, base)).collect(),
        _ => super::mro::linearize(t, typ, bases).unwrap_or_else(|_| vec![typ.value()]),
    };
    let mro = t.tuple(mro);
    typ.mro.set(mro.clone());
    fill_namespace(t, typ, spec);
    for class in mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]).iter().skip(1) {
        if let Some(class) = class.cast::<Type>() {
            inherit(t, typ, class);
        }
    }
    typ.flags.fetch_or(type_flags::READY, Relaxed);
}

fn mro_items(t: &Thread, typ: &Type) -> Vec<Value> {
    typ.mro(t).cast::<Tuple>().map(|m| m.items().to_vec()).unwrap_or_default()
}

fn fill_namespace(t: &Thread, typ: &Type, spec: &'static Spec) {
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    // A type that compares its own way, but has no hash of its own, has none.
    if spec.slots.compare.is_some() && spec.slots.hash.is_none() {
        typ.edit_slots(|slots| slots.hash = Some(hash_not_implemented));
    }
    add_wrappers(t, typ);
    for def in spec.methods {
        let method = match def.binding {
            Binding::Static => StaticMethod::make(t, Native::make(t, def, Some(typ.value()), None)),
            _ => MethodDescr::make(t, def, typ),
        };
        t.share_forever(&method);
        namespace.set_name(t, def.name, method);
    }
    for getset in spec.getset.iter().filter(|g| g.member).chain(spec.getset.iter().filter(|g| !g.member)) {
        namespace.set_name(t, getset.name, GetSetDescr::make(t, getset, typ));
    }
    if namespace.get_str(t, &t.names().__doc__).is_none() {
        let doc = split_doc(spec.name, spec.doc).1;
        let doc = if doc.is_empty() { Value::NONE } else { t.str(doc) };
        namespace.set_str(t, &t.names().__doc__, doc);
    }
}

/// A doc string as CPython keeps it: `name(signature)\n--\n\ntext`. Gives the signature and the text.
pub fn split_doc<'a>(name: &str, doc: &'a str) -> (Option<&'a str>, &'a str) {
    let name = name.rsplit('.').next().unwrap_or(name);
    match doc.strip_prefix(name).filter(|rest| rest.starts_with('(')).and_then(|rest| rest.split_once("\n--\n\n")) {
        Some((signature, text)) => (Some(signature), text),
        None => (None, doc),
    }
}

/// `inherit_slots`, for built-in types: comparison and hash go together.
fn inherit(t: &Thread, typ: &Type, base: &Type) {
    let theirs = *base.slots();
    let inherited = type_flags::HAVE_GC | type_flags::HAS_DICT | type_flags::WEAKREFABLE | type_flags::VAR_SIZED;
    // `object`'s constructor is not for native types that have none: they cannot be instantiated.
    let from_object = std::ptr::eq(t.types().object.get(), base);
    typ.edit_slots(|slots| {
        let own = (slots.compare.is_some() || slots.hash.is_some(), slots.new);
        let (compare, hash) = (slots.compare, slots.hash);
        slots.inherit(&theirs);
        if own.0 {
            (slots.compare, slots.hash) = (compare, hash);
        }
        if own.1.is_none() && from_object && !typ.is_heap_type() {
            slots.new = None;
        }
    });
    typ.flags.fetch_or(base.flags.load(Relaxed) & inherited & !type_flags::HAS_DICT, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::split_doc;

    #[test]
    fn a_doc_string_may_begin_with_a_signature() {
        assert_eq!(split_doc("object", "object()\n--\n\nText."), (Some("()"), "Text."));
        assert_eq!(
            split_doc("types.GenericAlias", "GenericAlias(origin, args, /)\n--\n\nText."),
            (Some("(origin, args, /)"), "Text.")
        );
        assert_eq!(split_doc("type", "type(object) -> the object's type"), (None, "type(object) -> the object's type"));
    }
}
