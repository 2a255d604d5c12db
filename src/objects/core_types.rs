//! `weakref.ref` in outline.

use super::header::Kind;
use super::slots::Slots;
use super::spec::{Spec, type_flags};
use super::weakref::WeakRef;

pub static WEAKREF: Spec = Spec {
    name: "weakref.ReferenceType",
    kind: Kind::WeakRef,
    size: std::mem::size_of::<WeakRef>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    slots: Slots {
        traverse: Some(WeakRef::traverse),
        clear: Some(WeakRef::clear_refs),
        drop: Some(WeakRef::drop_payload),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};
