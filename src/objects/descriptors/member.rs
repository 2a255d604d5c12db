//! `member_descriptor`: a field of an instance: one of the class's `__slots__`, or of a native structure.

use super::super::header::{Header, Kind, gc_bits};
use super::super::instance::Part;
use super::super::native::allocate;
use super::super::slot::Slot;
use super::super::slots::{R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::{does_not_apply, qualname, reduce_as_attribute, slots_payload, text_or_none};

/// The payload of a `member_descriptor`.
#[repr(C)]
pub struct MemberDescr {
    header: Header,
    typ: Slot,
    name: Slot,
    /// Which inline slot of the instance part it is.
    pub index: usize,
    /// A field of a native structure instead.
    pub native: Option<&'static GetSet>,
}

slots_payload!(MemberDescr, Member, [typ, name]);

impl MemberDescr {
    /// The slot `index` of the class's instances.
    pub fn make(t: &Thread, typ: &Type, name: Value, index: usize) -> Value {
        MemberDescr::new(t, typ, name, index, None)
    }

    /// A field of a built-in type.
    pub fn make_native(t: &Thread, typ: &Type, def: &'static GetSet) -> Value {
        MemberDescr::new(t, typ, t.intern(def.name), 0, Some(def))
    }

    fn new(t: &Thread, typ: &Type, name: Value, index: usize, native: Option<&'static GetSet>) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<MemberDescr>(t, Kind::Member, t.types().member_descriptor.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).typ).write(Slot::new(typ.value()));
                (&raw mut (*this).name).write(Slot::new(name));
                (&raw mut (*this).index).write(index);
                (&raw mut (*this).native).write(native);
            })
        }
    }

    /// The class it belongs to.
    pub fn owner<'a>(&'a self, t: &'a Thread) -> &'a Type {
        // SAFETY: written once; only the collector empties it, when nobody can use the descriptor any more.
        unsafe { self.typ.peek() }.and_then(|v| v.cast::<Type>()).unwrap_or_else(|| t.types().object.get())
    }

    /// The field's name.
    pub fn name(&self, t: &Thread) -> Value {
        self.name.get(t).unwrap_or(Value::NONE)
    }

    fn name_text(&self, t: &Thread) -> String {
        self.name(t).cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
    }

    /// The inline slot that it stands for in instances of a class, if it is one of its `__slots__`.
    pub fn inline_slot(&self, t: &Thread, class: &Type) -> Option<usize> {
        (self.native.is_none() && class.is_subtype(self.owner(t)) && self.index < class.slot_count())
            .then_some(self.index)
    }

    /// The slot in an instance of the class or a subclass.
    fn place<'a>(&self, t: &Thread, instance: &'a Value) -> R<(&'a Slot, &'a Header)> {
        let owner = self.owner(t);
        let place = match instance.header() {
            // SAFETY: the class of the descriptor has that many slots, and subclasses keep them in place.
            Some(header) if header.type_of().is_subtype(owner) && self.index < header.type_of().slot_count() => {
                Part::of(header).map(|part| (unsafe { part.inline(self.index) }, header))
            }
            _ => None,
        };
        place.ok_or_else(|| does_not_apply(t, &self.name_text(t), owner, instance))
    }
}

fn get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(member) = v.cast::<MemberDescr>() else { return Ok(v.clone()) };
    let Some(instance) = instance else { return Ok(v.clone()) };
    if let Some(native) = member.native {
        if !instance.type_of(t).is_subtype(member.owner(t)) {
            return Err(does_not_apply(t, native.name, member.owner(t), instance));
        }
        return (native.get)(t, instance);
    }
    let (slot, _) = member.place(t, instance)?;
    slot.get(t).ok_or_else(|| t.no_attribute(instance, &member.name(t)))
}

fn set(t: &Thread, v: &Value, instance: &Value, value: Option<&Value>) -> R<()> {
    let Some(member) = v.cast::<MemberDescr>() else { return Ok(()) };
    if let Some(native) = member.native {
        if !instance.type_of(t).is_subtype(member.owner(t)) {
            return Err(does_not_apply(t, native.name, member.owner(t), instance));
        }
        return match native.set {
            Some(set) => set(t, instance, value),
            None => Err(t.raise_message(&t.types().attribute_error, "readonly attribute")),
        };
    }
    let (slot, header) = member.place(t, instance)?;
    let guard = t.lock(header);
    let old = slot.replace_locked(value.cloned());
    drop(guard);
    match (old, value) {
        (None, None) => Err(t.raise_message(&t.types().attribute_error, &member.name_text(t))),
        (old, _) => {
            drop(old);
            Ok(())
        }
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    with(t, v, |d, owner| Ok(t.str(format!("<member '{}' of '{}' objects>", d.name_text(t), owner.name_str()))))
}

fn with(t: &Thread, v: &Value, f: impl FnOnce(&MemberDescr, &Type) -> R) -> R {
    match v.cast::<MemberDescr>() {
        Some(d) => f(d, d.owner(t)),
        None => Err(t.type_error("a member_descriptor is required")),
    }
}

pub static SPEC: Spec = Spec {
    name: "member_descriptor",
    kind: Kind::Member,
    size: std::mem::size_of::<MemberDescr>(),
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        descr_get: Some(get),
        descr_set: Some(set),
        traverse: Some(MemberDescr::traverse),
        drop: Some(MemberDescr::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new(
        "__reduce__",
        Func::NoArgs(|t, v| with(t, v, |d, owner| reduce_as_attribute(t, &owner.value(), &d.name_text(t)))),
        "($self, /)",
        "",
    )],
    getset: &[
        GetSet::member("__objclass__", |t, v| with(t, v, |_, owner| Ok(owner.value())), ""),
        GetSet::member("__name__", |t, v| with(t, v, |d, _| Ok(d.name(t))), ""),
        GetSet::ro("__doc__", |t, v| with(t, v, |d, _| Ok(text_or_none(t, d.native.map_or("", |n| n.doc)))), ""),
        GetSet::ro("__qualname__", |t, v| with(t, v, |d, owner| Ok(qualname(t, owner, &d.name_text(t)))), ""),
    ],
    ..Spec::DEFAULT
};
