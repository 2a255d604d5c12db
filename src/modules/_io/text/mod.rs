//! `TextIOWrapper`: text over a buffered stream.
//!
//! | file | what |
//! |---|---|
//! | `state` | what a stream remembers; its newline modes |
//! | `codec` | encoding and decoding a piece at a time, natively where the encoding is UTF-8, ASCII or Latin-1 |
//! | `write`, `read`, `seek` | the operations |
//! | `wrapper` | construction, attributes, the type's table |
//!
//! The state is behind a mutex that is held for moments only, never across a call of the buffered stream or of a
//! codec. What is written gathers in `pending`, one `write` of the buffered stream for many of ours.

mod codec;
mod read;
mod seek;
mod state;
mod wrapper;
mod write;

use super::{buffered, closed_error, is_closed};
use crate::objects::opaque::Native;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use state::State;
pub use state::{Newline, find};
use std::sync::Mutex;
pub use wrapper::SPEC;

/// The payload.
pub struct Text {
    /// The buffered stream; empty before initialization and after `detach`.
    buffer: Slot,
    /// Name of the encoding.
    encoding: Slot,
    /// Name of the error handler.
    errors: Slot,
    /// An incremental encoder of the encoding, if that is not native.
    encoder: Slot,
    decoder: Slot,
    state: Mutex<State>,
}

impl Native for Text {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for slot in [&self.buffer, &self.encoding, &self.errors, &self.encoder, &self.decoder] {
            slot.visit(visit);
        }
    }

    fn clear(&self, _t: &Thread) {
        for slot in [&self.buffer, &self.encoder, &self.decoder] {
            drop(slot.take());
        }
    }
}

impl Text {
    /// Looks at or changes the state. No Python code runs in `f`.
    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Replaces the text that was decoded and not yet read.
    fn set_decoded(&self, text: Option<Value>) {
        let old = self.with(|s| {
            s.used = 0;
            std::mem::replace(&mut s.decoded, text)
        });
        drop(old);
    }

    /// The name of the error handler.
    fn errors(&self, t: &Thread) -> Value {
        self.errors.get(t).unwrap_or_else(|| t.names().strict.clone())
    }
}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a Text> {
    v.opaque::<Text>().ok_or_else(|| t.type_error("a TextIOWrapper is required"))
}

/// The payload and the buffered stream.
fn attached<'a>(t: &Thread, v: &'a Value) -> R<(&'a Text, Value)> {
    let this = of(t, v)?;
    match this.buffer.get(t) {
        Some(buffer) => Ok((this, buffer)),
        None if this.with(|s| s.detached) => Err(t.value_error("underlying buffer has been detached")),
        None => Err(t.value_error("I/O operation on uninitialized object")),
    }
}

/// As [`attached`]; `ValueError` if the stream is closed.
fn open_of<'a>(t: &Thread, v: &'a Value) -> R<(&'a Text, Value)> {
    let (this, buffer) = attached(t, v)?;
    let closed = if v.type_of(t).is_heap_type() {
        is_closed(t, v)?
    } else if buffered::is_writer(t, &buffer) || buffered::is_reader(t, &buffer) {
        buffered::closed(t, &buffer)?
    } else {
        is_closed(t, &buffer)?
    };
    if closed { Err(closed_error(t)) } else { Ok((this, buffer)) }
}
