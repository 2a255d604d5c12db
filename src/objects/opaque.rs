//! Native objects with any Rust payload: what native modules make (locks, iterators, files ...).
//!
//! A payload that refers to Python objects says so in [`Native::traverse`], so that the collector sees it.
//!
//! Invariant: several threads may hold the object at once. With the GIL off a payload's interior is atomic,
//! a `Slot`, or guarded by the object's lock.

use super::alloc::alloc_instance;
use super::header::{Header, Kind};
use super::slots::R;
use super::spec::Spec;
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::any::TypeId;

/// A Rust value that can be the payload of an object.
pub trait Native: Sized + 'static {
    /// Visits the values that the payload holds (collector).
    fn traverse(&self, _visit: &mut dyn FnMut(&Value)) {}

    /// Drops what could be part of a cycle (collector).
    fn clear(&self, _t: &Thread) {}
}

/// The memory of an object with a Rust payload.
#[repr(C)]
pub struct Opaque<T> {
    header: Header,
    /// Which `T` it is.
    id: TypeId,
    payload: T,
}

/// Whatever the payload: what the check looks at.
#[repr(C)]
struct Any {
    header: Header,
    id: TypeId,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Opaque` begin like this.
unsafe impl Payload for Any {
    const KIND: Kind = Kind::Opaque;
}

/// Size of the memory of an object with that payload: for a type's table.
pub const fn size<T>() -> usize {
    std::mem::size_of::<Opaque<T>>()
}

/// A table's entries for a type whose instances have that payload: kind, size and memory management.
pub const fn spec<T: Native>(name: &'static str) -> Spec {
    let mut spec = Spec { name, kind: Kind::Opaque, size: size::<T>(), ..Spec::DEFAULT };
    spec.flags = super::spec::type_flags::HAVE_GC;
    spec.slots.traverse = Some(traverse::<T>);
    spec.slots.clear = Some(clear::<T>);
    spec.slots.drop = Some(drop_payload::<T>);
    spec
}

/// A new object of a class whose layout has that payload.
pub fn new<T: Native>(t: &Thread, class: &Type, payload: T) -> R {
    // SAFETY: the payload is written before anybody sees the object.
    unsafe {
        alloc_instance::<Opaque<T>>(t, class, |this| {
            (&raw mut (*this).id).write(TypeId::of::<T>());
            (&raw mut (*this).payload).write(payload);
        })
    }
}

impl Value {
    /// The Rust payload, if the object has one of that type.
    #[inline]
    pub fn opaque<T: Native>(&self) -> Option<&T> {
        let any = self.cast::<Any>()?;
        // SAFETY: the id says that the payload is a `T`.
        (any.id == TypeId::of::<T>()).then(|| unsafe { &(*(any as *const Any as *const Opaque<T>)).payload })
    }
}

fn traverse<T: Native>(v: &Value, visit: &mut dyn FnMut(&Value)) {
    if let Some(payload) = v.opaque::<T>() {
        payload.traverse(visit);
    }
}

fn clear<T: Native>(t: &Thread, v: &Value) {
    if let Some(payload) = v.opaque::<T>() {
        payload.clear(t);
    }
}

/// # Safety
/// The object is dead.
unsafe fn drop_payload<T>(this: *mut Header) {
    // SAFETY: nobody else refers to it.
    unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut Opaque<T>)).payload) };
}
