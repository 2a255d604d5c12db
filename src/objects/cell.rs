//! `cell`: a variable that functions share.

use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slot::Slot;
use super::thread::Thread;
use super::value::{Payload, Value};

/// The payload of a `cell`.
#[repr(C)]
pub struct Cell {
    header: Header,
    pub contents: Slot,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for Cell {
    const KIND: Kind = Kind::Cell;
}

impl Cell {
    /// A cell, empty for an unbound variable.
    pub fn make(t: &Thread, contents: Option<Value>) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Cell>(t, Kind::Cell, t.types().cell.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).contents).write(Slot::from_option(contents.map(Value::into_owned)));
            })
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut Cell)).contents) };
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(cell) = value.cast::<Cell>() {
            cell.contents.visit(visit);
        }
    }

    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(cell) = value.cast::<Cell>() {
            drop(cell.contents.take());
        }
    }
}
