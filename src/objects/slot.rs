//! A place in an object that holds a value: read without a lock, written under the object's lock.
//!
//! With the GIL on a read is a load and an increment. With the GIL off a reader may find that the value is
//! replaced, and even freed, between the two: it tries to increment, which fails on a dead object, and then
//! checks that the slot still holds what it read (DESIGN: the heap keeps headers of freed objects readable).

use super::header::Header;
use super::thread::{self, Thread};
use super::value::{Value, is_pointer};
use std::sync::atomic::{AtomicU64, Ordering::*};

/// A place that holds a value or nothing.
#[repr(transparent)]
pub struct Slot(AtomicU64);

impl Default for Slot {
    fn default() -> Slot {
        Slot::EMPTY
    }
}

impl Slot {
    /// A slot that holds nothing: each use is a new one.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const EMPTY: Slot = Slot(AtomicU64::new(0));

    /// A slot that takes over `value`.
    #[inline(always)]
    pub fn new(value: Value) -> Slot {
        debug_assert!(!value.is_heap() || value.bits() & super::value::BORROWED == 0);
        Slot(AtomicU64::new(value.into_bits()))
    }

    /// A slot that may be empty.
    pub fn from_option(value: Option<Value>) -> Slot {
        Slot(AtomicU64::new(Value::option_into_bits(value)))
    }

    /// The raw word, for comparison only.
    #[inline(always)]
    pub fn bits(&self) -> u64 {
        self.0.load(Acquire)
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    /// A new reference to what the slot holds.
    #[inline(always)]
    pub fn get(&self, t: &Thread) -> Option<Value> {
        let bits = self.0.load(Acquire);
        if !is_pointer(bits) {
            // SAFETY: an immediate (or zero) owns no count.
            return unsafe { Value::option_from_bits(bits) };
        }
        // SAFETY: the header is readable even if the object died; see the module's chapter.
        let header = unsafe { &*(bits as *const Header) };
        if t.gil_enabled() || header.owner.load(Relaxed) == t.tid() {
            header.incref_by(t.tid());
            // SAFETY: the slot's own count kept the object alive until the increment.
            return unsafe { Value::option_from_bits(bits) };
        }
        loop {
            if let Some(value) = self.get_shared(self.bits()) {
                return value;
            }
        }
    }

    /// As [`Slot::get`], for a slot in an array that may have been replaced: `None` if what it holds is dead, which
    /// it stays if nobody writes to the array any more. The caller looks for the array anew.
    #[inline(always)]
    pub fn get_fresh(&self, t: &Thread) -> Option<Option<Value>> {
        let bits = self.bits();
        if !is_pointer(bits) {
            // SAFETY: as in `get`.
            return Some(unsafe { Value::option_from_bits(bits) });
        }
        if t.gil_enabled() { Some(self.get(t)) } else { self.get_shared(bits) }
    }

    #[cold]
    #[inline(never)]
    fn get_shared(&self, mut bits: u64) -> Option<Option<Value>> {
        loop {
            if !is_pointer(bits) {
                // SAFETY: as in `get`.
                return Some(unsafe { Value::option_from_bits(bits) });
            }
            // SAFETY: as in `get`.
            let header = unsafe { &*(bits as *const Header) };
            if header.try_incref(thread::tid()) {
                // SAFETY: the increment succeeded, so the object lives.
                let value = unsafe { Value::option_from_bits(bits) };
                let now = self.0.load(Acquire);
                if now == bits {
                    return Some(value);
                }
                bits = now;
            } else {
                std::hint::spin_loop();
                let now = self.0.load(Acquire);
                if now == bits {
                    return None;
                }
                bits = now;
            }
        }
    }

    /// A borrowed view, where the caller knows that nobody replaces the value meanwhile.
    ///
    /// # Safety
    /// The slot is not written while the reference lives: the object is immutable, or the GIL or the
    /// object's lock is held and no Python code runs.
    #[inline(always)]
    pub unsafe fn peek(&self) -> Option<&Value> {
        if self.is_empty() {
            None
        } else {
            // SAFETY: not zero, and stable, says the caller.
            Some(unsafe { &*(self as *const Slot as *const Value) })
        }
    }

    /// Puts a value into the slot and gives back what was there: the caller drops it after unlocking.
    #[inline(always)]
    #[must_use = "the displaced value is to be dropped after the object's lock is released"]
    pub fn replace(&self, value: Option<Value>) -> Option<Value> {
        let new = Value::option_into_bits(value);
        // SAFETY: the slot owned the count of the old word.
        unsafe { Value::option_from_bits(self.0.swap(new, AcqRel)) }
    }

    /// Puts a value into the slot if it still holds `current`: gives back what it held, which is to be dropped, or the
    /// new value.
    pub fn replace_if(&self, current: &Value, value: Value) -> Result<Value, Value> {
        let old = current.bits() & !if current.is_heap() { super::value::BORROWED } else { 0 };
        match self.0.compare_exchange(old, value.bits(), AcqRel, Relaxed) {
            Ok(old) => {
                std::mem::forget(value);
                // SAFETY: the slot owned the count of the old word, and has taken over that of the new one.
                Ok(unsafe { Value::from_bits(old) })
            }
            Err(_) => Err(value),
        }
    }

    /// As [`Slot::replace`] where only one thread writes (the GIL or the object's lock is held): no atomic
    /// read-modify-write.
    #[inline(always)]
    #[must_use = "the displaced value is to be dropped after the object's lock is released"]
    pub fn replace_locked(&self, value: Option<Value>) -> Option<Value> {
        let old = self.0.load(Relaxed);
        self.0.store(Value::option_into_bits(value), Release);
        // SAFETY: as in `replace`; there is one writer.
        unsafe { Value::option_from_bits(old) }
    }

    /// Sets the slot, dropping what was there. Not while an object's lock is held.
    pub fn set(&self, value: Value) {
        drop(self.replace(Some(value)));
    }

    /// Empties the slot and gives what was there.
    pub fn take(&self) -> Option<Value> {
        self.replace(None)
    }

    /// Empties the slot of a dead object, to which nobody else refers: no atomic read-modify-write.
    #[inline(always)]
    pub fn take_last(&self) -> Option<Value> {
        let old = self.0.load(Relaxed);
        self.0.store(0, Relaxed);
        // SAFETY: the slot owned the count of the word, and is the only one to give it away.
        unsafe { Value::option_from_bits(old) }
    }

    /// Visits the value, for the collector (the world is stopped).
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        // SAFETY: the world is stopped.
        if let Some(value) = unsafe { self.peek() } {
            visit(value);
        }
    }
}

impl Drop for Slot {
    #[inline(always)]
    fn drop(&mut self) {
        drop(self.take_last());
    }
}
