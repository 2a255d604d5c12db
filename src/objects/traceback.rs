//! `traceback`: one frame that an exception passed through, linked to the next inner one.

use super::frame::Frame;
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slot::Slot;
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The payload of a `traceback`.
#[repr(C)]
pub struct Traceback {
    header: Header,
    /// The next inner entry, or empty.
    pub next: Slot,
    /// A `frame` object.
    pub frame: Slot,
    /// Byte offset of the instruction in the canonical bytecode.
    pub lasti: AtomicI64,
    /// The line; -1 to have it computed from `lasti`.
    pub line: AtomicI64,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for Traceback {
    const KIND: Kind = Kind::Traceback;
}

impl Traceback {
    /// An entry.
    pub fn make(t: &Thread, next: Option<Value>, frame: Value, lasti: i64, line: i64) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Traceback>(t, Kind::Traceback, t.types().traceback.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).next).write(Slot::from_option(next));
                (&raw mut (*this).frame).write(Slot::new(frame));
                (&raw mut (*this).lasti).write(AtomicI64::new(lasti));
                (&raw mut (*this).line).write(AtomicI64::new(line));
            })
        }
    }

    /// `tb_lineno`.
    pub fn line(&self, t: &Thread) -> Option<u32> {
        match self.line.load(Relaxed) {
            -1 => {
                let frame = self.frame.get(t)?;
                let code = frame.cast::<super::frame::FrameObject>()?.code.get(t)?;
                code.cast::<super::code_object::CodeObject>()?.line_of(self.lasti.load(Relaxed) as usize / 2)
            }
            line => Some(line as u32),
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = &*(this as *const Traceback);
            drop(this.next.take());
            drop(this.frame.take());
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(tb) = value.cast::<Traceback>() {
            tb.next.visit(visit);
            tb.frame.visit(visit);
        }
    }

    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(tb) = value.cast::<Traceback>() {
            drop(tb.next.take());
            drop(tb.frame.take());
        }
    }
}

/// Adds the running frame to the traceback of the exception being propagated.
///
/// # Safety
/// `frame` is the calling thread's, with `pc` saved.
pub unsafe fn add_here(t: &Thread, frame: *mut Frame) {
    let Some(e) = t.current_exception() else { return };
    let Some(exception) = e.cast::<super::exception::Exception>() else { return };
    // SAFETY: see above.
    unsafe {
        let unit = Frame::unit(frame);
        let line = Frame::code_of(frame).line_of(unit).map_or(-1, |l| l as i64);
        let next = exception.traceback.get(t).filter(|v| !v.is_none());
        let tb = Traceback::make(t, next, Frame::object(t, frame), unit as i64 * 2, line);
        exception.traceback.set(tb);
    }
}
