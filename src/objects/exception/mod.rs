//! Exceptions: the payload that all of them share, how they are linked, and what of them is shown.
//!
//! | file            | what it holds                                                                  |
//! |-----------------|--------------------------------------------------------------------------------|
//! | `tree`          | a row for each of the types                                                      |
//! | `base`          | `BaseException`                                                                 |
//! | `fields` ...    | the types with attributes of their own                                          |
//! | `group`         | exception groups, `except*`                                                     |
//! | `report`        | `sys.excepthook`, `sys.unraisablehook`                                          |
//! | `print`         | showing an exception without the help of the `traceback` module                 |
//!
//! Every type has the same payload: `args`, what links it to others, and `fields` for the attributes of the type,
//! numbered in the type's file. The attributes that a program adds lie in the instance part behind it.

mod base;
mod fields;
mod group;
mod os_error;
mod print;
mod report;
mod syntax_error;
mod tree;
pub mod unicode_error;

pub use base::is_exception_class;
pub use group::{group_match, prep_reraise_star};
pub use report::{display, display_on, exit_status, print_uncaught, report_unraisable, write_stderr, write_unraisable};
pub use tree::{finish_group, rows};

use super::header::{Header, Kind};
use super::slot::Slot;
use super::slots::R;
use super::suggest;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::AtomicBool;

/// Size of the payload of types that add no field.
const SHARED: usize = std::mem::size_of::<Exception>();
/// Size of the payload of types that add fields. It is a word larger, so that two of them cannot be the bases of one
/// class, nor one be assigned to `__class__` of another: in CPython their structures differ.
const OWN: usize = SHARED + 8;

/// The payload of an exception.
fn payload<'a>(t: &Thread, v: &'a Value) -> R<&'a Exception> {
    v.cast::<Exception>().ok_or_else(|| {
        t.type_error(format!(
            "descriptor requires a 'BaseException' object but received a '{}'",
            v.type_of(t).name_str()
        ))
    })
}

/// A field, if it is set.
fn field(t: &Thread, v: &Value, index: usize) -> R<Option<Value>> {
    Ok(payload(t, v)?.fields[index].get(t))
}

/// The getter of an attribute: `None` if the field is not set.
fn field_or_none<const I: usize>(t: &Thread, v: &Value) -> R {
    Ok(field(t, v, I)?.unwrap_or(Value::NONE))
}

/// The setter of an attribute.
fn set_field<const I: usize>(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(payload(t, v)?.fields[I].replace(value.cloned()));
    Ok(())
}

/// Whether an exception is an instance of a class, or of one in a tuple: by the MRO, without hooks.
pub fn matches(t: &Thread, e: &Value, pattern: &Value) -> bool {
    match pattern.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(|p| matches(t, e, p)),
        None => pattern.cast::<Type>().is_some_and(|c| e.type_of(t).is_subtype(c)),
    }
}

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
        unsafe { &*(this as *const Exception) }.slots().for_each(|s| drop(s.take_last()));
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
