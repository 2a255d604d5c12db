//! `getset_descriptor`: an attribute computed by native functions.

use super::super::header::{Header, Kind, gc_bits};
use super::super::native::allocate;
use super::super::slot::Slot;
use super::super::slots::{R, Slots};
use super::super::spec::{GetSet, Spec, type_flags};
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::{MemberDescr, does_not_apply, qualname, slots_payload, text_or_none};

/// The payload of a `getset_descriptor`.
#[repr(C)]
pub struct GetSetDescr {
    header: Header,
    pub def: &'static GetSet,
    typ: Slot,
}

slots_payload!(GetSetDescr, GetSet, [typ]);

impl GetSetDescr {
    /// The attribute `def` of a type; a `member_descriptor` if that is what CPython has.
    pub fn make(t: &Thread, def: &'static GetSet, typ: &Type) -> Value {
        if def.member {
            return MemberDescr::make_native(t, typ, def);
        }
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<GetSetDescr>(t, Kind::GetSet, t.types().getset_descriptor.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).def).write(def);
                (&raw mut (*this).typ).write(Slot::new(typ.value()));
            })
        }
    }

    /// The type it belongs to.
    pub fn owner<'a>(&'a self, t: &'a Thread) -> &'a Type {
        // SAFETY: written once; only the collector empties it, when nobody can use the descriptor any more.
        unsafe { self.typ.peek() }.and_then(|v| v.cast::<Type>()).unwrap_or_else(|| t.types().object.get())
    }
}

/// Reads the attribute of an instance.
fn get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(descr) = v.cast::<GetSetDescr>() else { return Ok(v.clone()) };
    let Some(instance) = instance else { return Ok(v.clone()) };
    if !instance.type_of(t).is_subtype(descr.owner(t)) {
        return Err(does_not_apply(t, descr.def.name, descr.owner(t), instance));
    }
    (descr.def.get)(t, instance)
}

fn set(t: &Thread, v: &Value, instance: &Value, value: Option<&Value>) -> R<()> {
    let Some(descr) = v.cast::<GetSetDescr>() else { return Ok(()) };
    if !instance.type_of(t).is_subtype(descr.owner(t)) {
        return Err(does_not_apply(t, descr.def.name, descr.owner(t), instance));
    }
    match descr.def.set {
        Some(set) => set(t, instance, value),
        None => {
            let message =
                format!("attribute '{}' of '{}' objects is not writable", descr.def.name, descr.owner(t).name_str());
            Err(t.raise_message(&t.types().attribute_error, &message))
        }
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    with(t, v, |d, owner| Ok(t.str(format!("<attribute '{}' of '{}' objects>", d.def.name, owner.name_str()))))
}

fn with(t: &Thread, v: &Value, f: impl FnOnce(&GetSetDescr, &Type) -> R) -> R {
    match v.cast::<GetSetDescr>() {
        Some(d) => f(d, d.owner(t)),
        None => Err(t.type_error("a getset_descriptor is required")),
    }
}

pub static SPEC: Spec = Spec {
    name: "getset_descriptor",
    kind: Kind::GetSet,
    size: std::mem::size_of::<GetSetDescr>(),
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        descr_get: Some(get),
        descr_set: Some(set),
        traverse: Some(GetSetDescr::traverse),
        drop: Some(GetSetDescr::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet::member("__objclass__", |t, v| with(t, v, |_, owner| Ok(owner.value())), ""),
        GetSet::member("__name__", |t, v| with(t, v, |d, _| Ok(t.intern(d.def.name))), ""),
        GetSet::ro("__doc__", |t, v| with(t, v, |d, _| Ok(text_or_none(t, d.def.doc))), ""),
        GetSet::ro("__qualname__", |t, v| with(t, v, |d, owner| Ok(qualname(t, owner, d.def.name))), ""),
    ],
    ..Spec::DEFAULT
};
