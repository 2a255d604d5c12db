//! Weak references: the table of who refers weakly to what.
//!
//! An object with weak references has a flag in its header; the references themselves stand in a table of the
//! interpreter, by referent. A dying object takes its entry out and clears them, then their callbacks run.

use super::header::{Header, Kind, flag, gc_bits};
use super::native::allocate;
use super::protocol;
use super::slot::Slot;
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use crate::sync::Guarded;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicPtr, Ordering::*};

/// The weak references of an interpreter, by the referent's address, oldest first. The addresses of the
/// references are not counted: a dying reference takes itself out.
#[derive(Default)]
pub struct Table(Guarded<HashMap<usize, Vec<usize>>>);

/// The payload of `weakref.ref` and the proxies.
#[repr(C)]
pub struct WeakRef {
    header: Header,
    /// The referent, not counted; null when it has died.
    referent: AtomicPtr<Header>,
    /// Called with the reference when the referent dies.
    pub callback: Slot,
    /// The referent's hash, once asked for; -1 before.
    pub hash: AtomicI64,
}

// SAFETY: `repr(C)`, header first. Proxies have a kind of their own and the same layout.
unsafe impl Payload for WeakRef {
    const KIND: Kind = Kind::WeakRef;
}

impl WeakRef {
    /// The payload of a reference or proxy.
    pub fn of(value: &Value) -> Option<&WeakRef> {
        let header = value.header()?;
        matches!(header.layout(), Kind::WeakRef | Kind::WeakProxy)
            // SAFETY: both kinds have this layout.
            .then(|| unsafe { &*(header as *const Header as *const WeakRef) })
    }

    /// A weak reference of an exact built-in type. The referent is a heap object.
    pub fn make(t: &Thread, typ: &Type, kind: Kind, referent: &Value, callback: Option<Value>) -> Value {
        // SAFETY: everything behind the header is written.
        let value = unsafe {
            allocate::<WeakRef>(t, kind, typ, gc_bits::TRACKED, |this| WeakRef::init_payload(this, callback))
        };
        WeakRef::register(t, &value, referent);
        value
    }

    /// # Safety
    /// `this` is memory for a weak reference, which is registered afterwards.
    pub unsafe fn init_payload(this: *mut WeakRef, callback: Option<Value>) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).referent).write(AtomicPtr::new(std::ptr::null_mut()));
            (&raw mut (*this).callback).write(Slot::from_option(callback));
            (&raw mut (*this).hash).write(AtomicI64::new(-1));
        }
    }

    /// Connects a new reference with its referent.
    pub fn register(t: &Thread, reference: &Value, referent: &Value) {
        let (Some(this), Some(target)) = (WeakRef::of(reference), referent.header()) else { return };
        this.referent.store(target as *const Header as *mut Header, Release);
        target.set_flag(flag::WEAKLY_REFERENCED);
        let mut table = t.interp.weakrefs.0.lock();
        table.entry(target as *const Header as usize).or_default().push(this as *const WeakRef as usize);
    }

    /// The referent, if it lives.
    pub fn get(&self, t: &Thread) -> Option<Value> {
        // The table's lock keeps a dying referent from being freed under our hands.
        let _table = t.interp.weakrefs.0.lock();
        let target = self.referent.load(Acquire);
        if target.is_null() {
            return None;
        }
        // SAFETY: a dying object clears its references under the table's lock before it is freed.
        alive(unsafe { &*target })
    }

    /// Whether the referent has died.
    pub fn is_dead(&self) -> bool {
        self.referent.load(Acquire).is_null()
    }

    /// A reference of that exact type without callback to the same object, which CPython reuses.
    pub fn existing(t: &Thread, referent: &Value, typ: &Type) -> Option<Value> {
        let target = referent.header()?;
        let table = t.interp.weakrefs.0.lock();
        let list = table.get(&(target as *const Header as usize))?;
        list.iter().find_map(|&r| {
            // SAFETY: references take themselves out of the table before they are freed.
            let r = unsafe { &*(r as *const WeakRef) };
            let fits = r.callback.is_empty() && std::ptr::eq(r.header.type_ptr(), typ);
            if fits { alive(&r.header) } else { None }
        })
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = &*(this as *const WeakRef);
            let t = super::thread::current();
            unregister(t, this);
            drop(this.callback.take_last());
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(r) = WeakRef::of(value) {
            r.callback.visit(visit);
        }
    }

    pub fn clear_refs(t: &Thread, value: &Value) {
        if let Some(r) = WeakRef::of(value) {
            unregister(t, r);
            drop(r.callback.take());
        }
    }
}

/// A new reference to what the table refers to, unless its last reference has gone and it only waits for the
/// table's lock, which the caller has.
fn alive(header: &Header) -> Option<Value> {
    // SAFETY: the increment succeeded, so the object lives.
    header.try_incref(super::thread::tid()).then(|| unsafe { Value::from_header(header) })
}

fn unregister(t: &Thread, this: &WeakRef) {
    let mut table = t.interp.weakrefs.0.lock();
    let target = this.referent.swap(std::ptr::null_mut(), AcqRel);
    if target.is_null() {
        return;
    }
    if let Some(list) = table.get_mut(&(target as usize)) {
        list.retain(|&r| r != this as *const WeakRef as usize);
        if list.is_empty() {
            table.remove(&(target as usize));
            // SAFETY: the referent lives: it would have cleared `referent` before.
            unsafe { (*target).clear_flag(flag::WEAKLY_REFERENCED) };
        }
    }
}

/// The oldest weak reference to an object.
pub fn first(t: &Thread, referent: &Value) -> Option<Value> {
    references_to(t, referent).into_iter().next()
}

/// How many weak references an object has, and those themselves.
pub fn references_to(t: &Thread, referent: &Value) -> Vec<Value> {
    let Some(target) = referent.header() else { return Vec::new() };
    let table = t.interp.weakrefs.0.lock();
    let list = table.get(&(target as *const Header as usize)).map_or(&[][..], |l| l);
    // SAFETY: as in `existing`.
    list.iter().map(|&r| unsafe { &(*(r as *const WeakRef)).header }).filter_map(alive).collect()
}

/// Clears the weak references to an object that dies; gives those whose callbacks are to be called.
pub fn detach(t: &Thread, header: &Header) -> Vec<(Value, Option<Value>)> {
    let mut calls = Vec::new();
    let mut table = t.interp.weakrefs.0.lock();
    let list = table.remove(&(header as *const Header as usize)).unwrap_or_default();
    header.clear_flag(flag::WEAKLY_REFERENCED);
    for r in list {
        // SAFETY: as in `existing`.
        let r = unsafe { &*(r as *const WeakRef) };
        r.referent.store(std::ptr::null_mut(), Release);
        // References without a callback are handed out too: nothing is dropped under the lock.
        if let Some(reference) = alive(&r.header) {
            calls.push((reference, r.callback.replace(None)));
        }
    }
    drop(table);
    // CPython calls the newest reference's callback first.
    calls.reverse();
    calls
}

/// Calls the callbacks of references that were detached.
pub fn call_back(t: &Thread, calls: Vec<(Value, Option<Value>)>) {
    let raised = t.take_raised();
    for (reference, callback) in calls {
        let Some(callback) = callback else { continue };
        if let Err(raised) = protocol::call(t, &callback, &[reference]) {
            t.unraisable(raised, "Exception ignored while calling weakref callback", Some(&callback));
        }
    }
    t.put_raised(raised);
}

/// An object dies: its weak references are cleared and their callbacks called.
pub fn clear(t: &Thread, header: &Header) {
    let calls = detach(t, header);
    if !calls.is_empty() {
        call_back(t, calls);
    }
}
