//! Exceptions: the payload that all of them share.

use super::header::{Header, Kind};
use super::slot::Slot;
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::atomic::AtomicBool;

/// Attributes of the subclasses that have some of their own (`OSError.errno`, `SyntaxError.lineno` ...).
pub const FIELDS: usize = 10;

/// The payload of every exception.
#[repr(C)]
pub struct Exception {
    header: Header,
    /// A tuple.
    pub args: Slot,
    pub traceback: Slot,
    pub context: Slot,
    pub cause: Slot,
    pub suppress_context: AtomicBool,
    /// The subclass's own attributes; each type's table says which is which.
    pub fields: [Slot; FIELDS],
}

// SAFETY: `repr(C)`, header first; every exception type has this payload.
unsafe impl Payload for Exception {
    const KIND: Kind = Kind::Exception;
}

impl Exception {
    /// # Safety
    /// `this` is memory for an exception.
    pub unsafe fn init_payload(this: *mut Exception, args: Value) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).args).write(Slot::new(args));
            for slot in [&raw mut (*this).traceback, &raw mut (*this).context, &raw mut (*this).cause] {
                slot.write(Slot::EMPTY);
            }
            (&raw mut (*this).suppress_context).write(AtomicBool::new(false));
            (&raw mut (*this).fields).write([const { Slot::EMPTY }; FIELDS]);
        }
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        [&self.args, &self.traceback, &self.context, &self.cause].into_iter().chain(&self.fields)
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { &*(this as *const Exception) }.slots().for_each(|s| drop(s.take()));
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(e) = value.cast::<Exception>() {
            e.slots().for_each(|s| s.visit(visit));
        }
    }

    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(e) = value.cast::<Exception>() {
            e.slots().for_each(|s| drop(s.take()));
        }
    }
}

/// Links `handled` as the context of `exception`, unless that would make a circle: then the circle is cut
/// where `exception` was linked before (`_PyErr_SetObject`).
pub fn link_context(t: &Thread, exception: &Value, handled: &Value) {
    let Some(e) = exception.cast::<Exception>() else { return };
    if exception.is(handled) {
        return;
    }
    let mut at = handled.clone();
    // Floyd's second pointer, against circles that were there before.
    let mut slow = handled.clone();
    let mut step = false;
    while let Some(next) = at.cast::<Exception>().and_then(|x| x.context.get(t)) {
        if next.is(exception) {
            drop(at.cast::<Exception>().map(|x| x.context.take()));
            break;
        }
        at = next;
        if step && let Some(n) = slow.cast::<Exception>().and_then(|x| x.context.get(t)) {
            slow = n;
        }
        if at.is(&slow) {
            break;
        }
        step = !step;
    }
    e.context.set(handled.clone());
}

/// `e.__cause__ = cause`, which also suppresses the context.
pub fn set_cause(_t: &Thread, exception: &Value, cause: Option<Value>) {
    if let Some(e) = exception.cast::<Exception>() {
        e.suppress_context.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(e.cause.replace(cause.map(Value::into_owned)));
    }
}

pub fn report_unraisable(t: &Thread, exception: Value, message: &str, _object: Option<&Value>) {
    let text = super::protocol::repr_text(t, &exception).unwrap_or_default();
    eprintln!("{message}: {text}");
}

pub fn group_match(_t: &Thread, e: &Value, _pattern: &Value) -> super::slots::R<(Value, Value)> {
    Ok((e.clone(), Value::NONE))
}

pub fn prep_reraise_star(_t: &Thread, orig: &Value, _list: &Value) -> super::slots::R {
    Ok(orig.clone())
}
