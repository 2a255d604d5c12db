//! Buffered streams over a raw one: `BufferedReader`, `BufferedWriter`, `BufferedRandom` and `BufferedRWPair`.
//!
//! The first three are one engine ([`state`]) that reads, writes or does both through a single buffer; a pair is two
//! of them. A stream is used by one thread at a time: [`enter`] takes its lock for the whole of an operation, calls
//! of the raw stream included. A thread that comes back from within (a signal handler, a raw stream written in
//! Python) gets `RuntimeError` instead of a deadlock.

mod pair;
mod read;
mod state;
mod types;
mod write;

pub use pair::SPEC as PAIR;
pub use types::{RANDOM, READER, WRITER};

use super::{file, is_closed, is_exactly};
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::memoryview::MemoryView;
use crate::objects::opaque::Native;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::{Attempt, Lock, Patience};
use state::State;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

/// The payload of the three single-buffer streams.
pub struct Buffered {
    lock: Lock,
    /// `ident` of the thread that holds the lock, or 0.
    owner: AtomicU64,
    /// The raw stream; empty before initialization and after `detach`.
    raw: Slot,
    detached: AtomicBool,
    finalizing: AtomicBool,
    /// Guarded by `lock`.
    state: UnsafeCell<State>,
}

impl Native for Buffered {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.raw.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.raw.take());
    }
}

/// A stream that this thread has taken, and its raw stream.
pub struct Held<'a> {
    t: &'a Thread,
    this: &'a Buffered,
    raw: Value,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.this.owner.store(0, Relaxed);
        // Held since `enter`.
        _ = self.this.lock.release();
    }
}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a Buffered> {
    v.opaque::<Buffered>().ok_or_else(|| t.type_error("a buffered stream is required"))
}

/// The raw stream.
fn raw_of(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    this.raw.get(t).ok_or_else(|| {
        t.value_error(if this.detached.load(Relaxed) {
            "raw stream has been detached"
        } else {
            "I/O operation on uninitialized object"
        })
    })
}

/// Takes the stream for this thread.
fn enter<'a>(t: &'a Thread, v: &'a Value) -> R<Held<'a>> {
    let raw = raw_of(t, v)?;
    hold(t, v, raw)
}

fn hold<'a>(t: &'a Thread, v: &'a Value, raw: Value) -> R<Held<'a>> {
    let this = of(t, v)?;
    if this.owner.load(Relaxed) == t.ident {
        let text = protocol::repr_text(t, v)?;
        return Err(t.runtime_error(format!("reentrant call inside {text}")));
    }
    loop {
        match this.lock.acquire(&t.sched, Patience::Endless) {
            Attempt::Acquired => break,
            Attempt::Interrupted => crate::vm::breaker::handle(t)?,
            // The interpreter ends while another thread holds it.
            _ => return Err(t.runtime_error("could not acquire lock for a stream at interpreter shutdown")),
        }
    }
    this.owner.store(t.ident, Relaxed);
    Ok(Held { t, this, raw })
}

/// As [`enter`]; `ValueError` with that message if the stream is closed.
fn enter_open<'a>(t: &'a Thread, v: &'a Value, message: &str) -> R<Held<'a>> {
    let raw = raw_of(t, v)?;
    if raw_is_closed(t, &raw)? {
        return Err(t.value_error(message));
    }
    let mut held = hold(t, v, raw)?;
    if held.state().buffer.is_empty() {
        drop(held);
        return Err(t.value_error(message));
    }
    Ok(held)
}

fn raw_is_closed(t: &Thread, raw: &Value) -> R<bool> {
    if is_exactly(t, raw, &file::SPEC) {
        return Ok(file::of(t, raw)?.is_closed());
    }
    is_closed(t, raw)
}

impl Held<'_> {
    fn state(&mut self) -> &mut State {
        // SAFETY: the lock is held by this guard, which is borrowed for as long; a thread cannot hold it twice.
        unsafe { &mut *self.this.state.get() }
    }

    /// The state with what else an operation on it needs.
    fn parts(&mut self) -> (&Thread, &Value, &mut State) {
        // SAFETY: as above.
        (self.t, &self.raw, unsafe { &mut *self.this.state.get() })
    }
}

/// Where the raw stream stands; `OSError` if it says nonsense.
fn raw_position(t: &Thread, answer: &Value) -> R<i64> {
    let at = super::position(t, answer)?;
    if at < 0 {
        let message = format!("Raw stream returned invalid position {at}");
        return Err(crate::modules::system::os_error_text(t, &message));
    }
    Ok(at)
}

fn raw_tell(t: &Thread, raw: &Value) -> R<i64> {
    if is_exactly(t, raw, &file::SPEC) {
        return file::seek_to(t, raw, 0, libc::SEEK_CUR);
    }
    raw_position(t, &super::call0(t, raw, "tell")?)
}

fn raw_seek(t: &Thread, raw: &Value, at: i64, whence: i32) -> R<i64> {
    if is_exactly(t, raw, &file::SPEC) {
        return file::seek_to(t, raw, at, whence);
    }
    let args = [int::from_i64(t, at), Value::small(whence.into())];
    raw_position(t, &protocol::call_method(t, raw, &t.names().seek, &args)?)
}

/// Checks what `readinto` or `write` of a raw stream returned; `None` if it would block.
fn raw_count(t: &Thread, answer: R, what: &str, most: usize) -> R<Option<usize>> {
    let answer = answer?;
    if answer.is_none() {
        return Ok(None);
    }
    let n = match protocol::index_isize(t, &answer) {
        Ok(n) => n,
        Err(raised) => {
            let cause = t.take_exception(raised);
            let failed = crate::modules::system::os_error_text(t, &format!("raw {what}() failed"));
            let exception = t.take_exception(failed);
            crate::objects::exception::set_cause(t, &exception, Some(cause));
            return Err(t.raise_as_is(exception));
        }
    };
    match usize::try_from(n) {
        Ok(n) if n <= most => Ok(Some(n)),
        _ => {
            let message = format!("raw {what}() returned invalid length {n} (should have been between 0 and {most})");
            Err(crate::modules::system::os_error_text(t, &message))
        }
    }
}

/// Reads from the raw stream once; `None` if it would block.
fn raw_read(t: &Thread, raw: &Value, place: &mut [u8]) -> R<Option<usize>> {
    if is_exactly(t, raw, &file::SPEC) {
        return file::read_into(t, raw, place);
    }
    let array = ByteArray::make(t, vec![0; place.len()]);
    let view = MemoryView::of_object(t, &array, buffer::flags::FULL)?;
    let answer = protocol::call_method_str(t, raw, "readinto", &[view]);
    let n = raw_count(t, answer, "readinto", place.len())?;
    if let Some(n) = n {
        let data = buffer::to_vec(t, &array)?;
        let n = n.min(data.len());
        place[..n].copy_from_slice(&data[..n]);
    }
    Ok(n)
}

/// Writes to the raw stream once; `None` if it would block.
fn raw_write(t: &Thread, raw: &Value, data: &[u8]) -> R<Option<usize>> {
    if is_exactly(t, raw, &file::SPEC) {
        return file::write_from(t, raw, data);
    }
    let copy = Bytes::try_make(t, data)?;
    let view = MemoryView::of_object(t, &copy, buffer::flags::FULL_RO)?;
    let answer = protocol::call_method(t, raw, &t.names().write, &[view]);
    raw_count(t, answer, "write", data.len())
}

/// Whether it is exactly one of the streams that `write_bytes` and `flush` here can be used for directly.
pub fn is_writer(t: &Thread, v: &Value) -> bool {
    is_exactly(t, v, &WRITER) || is_exactly(t, v, &RANDOM)
}

/// Whether it is exactly one of the streams that `read_some` can be used for directly.
pub fn is_reader(t: &Thread, v: &Value) -> bool {
    is_exactly(t, v, &READER) || is_exactly(t, v, &RANDOM)
}

/// `closed` of a buffered stream.
pub fn closed(t: &Thread, v: &Value) -> R<bool> {
    let raw = raw_of(t, v)?;
    raw_is_closed(t, &raw)
}

pub use read::read_some;
pub use write::{flush, write_bytes};
