//! `wrapper_descriptor` and `method-wrapper`: a native slot shown as its special method.

use super::super::header::{Header, Kind, gc_bits};
use super::super::native::allocate;
use super::super::slot::Slot;
use super::super::slots::{Args, CmpOp, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::type_slots::SlotDef;
use super::super::value::{Payload, Value};
use super::{does_not_apply, qualname, reduce_as_attribute, slots_payload, text_or_none};

/// The payload of a `wrapper_descriptor`: `int.__add__`.
#[repr(C)]
pub struct WrapperDescr {
    header: Header,
    pub def: &'static SlotDef,
    typ: Slot,
}

slots_payload!(WrapperDescr, WrapperDescr, [typ]);

impl WrapperDescr {
    /// The wrapper of a slot that `typ` fills natively.
    pub fn make(t: &Thread, def: &'static SlotDef, typ: &Type) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<WrapperDescr>(
                t,
                Kind::WrapperDescr,
                t.types().wrapper_descriptor.get(),
                gc_bits::TRACKED,
                |this| {
                    (&raw mut (*this).def).write(def);
                    (&raw mut (*this).typ).write(Slot::new(typ.value()));
                },
            )
        }
    }

    /// The built-in type whose slot it is.
    #[inline(always)]
    pub fn owner(&self) -> &Type {
        // SAFETY: written once, and built-in types are immortal.
        unsafe { self.typ.peek().and_then(|v| v.cast::<Type>()).unwrap_unchecked() }
    }

    /// Calls the slot for a receiver that was already checked.
    #[inline(always)]
    pub fn call_on(&self, t: &Thread, receiver: &Value, args: Args<'_>) -> R {
        match self.def.wrap {
            Some(wrap) => wrap(t, self.def, self.owner().slots(), receiver, args),
            None => Err(t.type_error(format!("{} cannot be called", self.def.name))),
        }
    }
}

fn with(t: &Thread, v: &Value, f: impl FnOnce(&WrapperDescr) -> R) -> R {
    match v.cast::<WrapperDescr>() {
        Some(d) => f(d),
        None => Err(t.type_error("a wrapper_descriptor is required")),
    }
}

fn get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(instance) = instance else { return Ok(v.clone()) };
    with(t, v, |d| {
        if !instance.type_of(t).is_subtype(d.owner()) {
            return Err(does_not_apply(t, d.def.name, d.owner(), instance));
        }
        Ok(MethodWrapper::make(t, v.clone(), instance.clone()))
    })
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    with(t, v, |d| {
        let owner = d.owner();
        let Some((receiver, rest)) = args.pos.split_first() else {
            return Err(t.type_error(format!(
                "descriptor '{}' of '{}' object needs an argument",
                d.def.name,
                owner.name_str()
            )));
        };
        if !receiver.type_of(t).is_subtype(owner) {
            return Err(t.type_error(format!(
                "descriptor '{}' requires a '{}' object but received a '{}'",
                d.def.name,
                owner.name_str(),
                receiver.type_of(t).name_str()
            )));
        }
        d.call_on(t, receiver, Args { pos: rest, ..args })
    })
}

fn repr(t: &Thread, v: &Value) -> R {
    with(t, v, |d| Ok(t.str(format!("<slot wrapper '{}' of '{}' objects>", d.def.name, d.owner().name_str()))))
}

pub static SPEC: Spec = Spec {
    name: "wrapper_descriptor",
    kind: Kind::WrapperDescr,
    size: std::mem::size_of::<WrapperDescr>(),
    flags: type_flags::HAVE_GC | type_flags::METHOD_DESCRIPTOR | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        descr_get: Some(get),
        traverse: Some(WrapperDescr::traverse),
        drop: Some(WrapperDescr::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new(
        "__reduce__",
        Func::NoArgs(|t, v| with(t, v, |d| reduce_as_attribute(t, &d.owner().value(), d.def.name))),
        "($self, /)",
        "",
    )],
    getset: &[
        GetSet::member("__objclass__", |t, v| with(t, v, |d| Ok(d.owner().value())), ""),
        GetSet::member("__name__", |t, v| with(t, v, |d| Ok(t.intern(d.def.name))), ""),
        GetSet::ro("__doc__", |t, v| with(t, v, |d| Ok(text_or_none(t, d.def.doc))), ""),
        GetSet::ro("__qualname__", |t, v| with(t, v, |d| Ok(qualname(t, d.owner(), d.def.name))), ""),
        GetSet::ro("__text_signature__", |t, v| with(t, v, |d| Ok(text_or_none(t, d.def.sig))), ""),
    ],
    ..Spec::DEFAULT
};

/// The payload of a `method-wrapper`: `(1).__add__`.
#[repr(C)]
pub struct MethodWrapper {
    header: Header,
    descr: Slot,
    receiver: Slot,
}

slots_payload!(MethodWrapper, MethodWrapper, [descr, receiver]);

impl MethodWrapper {
    fn make(t: &Thread, descr: Value, receiver: Value) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<MethodWrapper>(
                t,
                Kind::MethodWrapper,
                t.types().method_wrapper.get(),
                gc_bits::TRACKED,
                |this| {
                    (&raw mut (*this).descr).write(Slot::new(descr.into_owned()));
                    (&raw mut (*this).receiver).write(Slot::new(receiver.into_owned()));
                },
            )
        }
    }
}

/// The wrapper and the receiver of a `method-wrapper`.
fn bound(t: &Thread, v: &Value, f: impl FnOnce(&WrapperDescr, &Value) -> R) -> R {
    let parts = v.cast::<MethodWrapper>().and_then(|m| Some((m.descr.get(t)?, m.receiver.get(t)?)));
    match parts.as_ref().and_then(|(d, r)| Some((d.cast::<WrapperDescr>()?, r))) {
        Some((d, r)) => f(d, r),
        None => Err(t.type_error("a method-wrapper is required")),
    }
}

fn bound_compare(_t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (Some(x), Some(y)) = (a.cast::<MethodWrapper>(), b.cast::<MethodWrapper>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let equal = x.descr.bits() == y.descr.bits() && x.receiver.bits() == y.receiver.bits();
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn bound_hash(_t: &Thread, v: &Value) -> R<i64> {
    let m = v.cast::<MethodWrapper>();
    let hash = m.map_or(0, |m| (m.descr.bits() ^ m.receiver.bits().rotate_left(17)) as i64 >> 4);
    Ok(if hash == -1 { -2 } else { hash })
}

fn bound_repr(t: &Thread, v: &Value) -> R {
    bound(t, v, |d, r| {
        Ok(t.str(format!("<method-wrapper '{}' of {} object at {:#x}>", d.def.name, r.type_of(t).name_str(), r.id())))
    })
}

pub static METHOD_WRAPPER: Spec = Spec {
    name: "method-wrapper",
    kind: Kind::MethodWrapper,
    size: std::mem::size_of::<MethodWrapper>(),
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(bound_repr),
        hash: Some(bound_hash),
        call: Some(|t, v, args| bound(t, v, |d, r| d.call_on(t, r, args))),
        compare: Some(bound_compare),
        traverse: Some(MethodWrapper::traverse),
        drop: Some(MethodWrapper::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new(
        "__reduce__",
        Func::NoArgs(|t, v| bound(t, v, |d, r| reduce_as_attribute(t, r, d.def.name))),
        "($self, /)",
        "",
    )],
    getset: &[
        GetSet::member("__self__", |t, v| bound(t, v, |_, r| Ok(r.clone())), ""),
        GetSet::ro("__objclass__", |t, v| bound(t, v, |d, _| Ok(d.owner().value())), ""),
        GetSet::ro("__name__", |t, v| bound(t, v, |d, _| Ok(t.intern(d.def.name))), ""),
        GetSet::ro("__qualname__", |t, v| bound(t, v, |d, _| Ok(qualname(t, d.owner(), d.def.name))), ""),
        GetSet::ro("__doc__", |t, v| bound(t, v, |d, _| Ok(text_or_none(t, d.def.doc))), ""),
        GetSet::ro("__text_signature__", |t, v| bound(t, v, |d, _| Ok(text_or_none(t, d.def.sig))), ""),
    ],
    ..Spec::DEFAULT
};
