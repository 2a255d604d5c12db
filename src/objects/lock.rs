//! Locking an object for writing, and giving back memory that others may still read.
//!
//! A thread that made an object changes it without a lock until another thread wants to ([`object_lock::BIASED`]). Then
//! the bias has to go, for which the owner must stand still. Where that happens often the program shares most of what it
//! makes: all biases go at once, and objects are made without.

use super::header::{Header, IMMORTAL};
use super::interpreter::Interpreter;
use super::thread::Thread;
use crate::sync::biased::MERGED_OWNER;
use crate::sync::object_lock::{self, BIASED, UNLOCKED};
use std::cell::Cell;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};

/// So many biases taken away within [`PERIOD`] are too many.
const MANY: u32 = 500;
/// Nanoseconds.
const PERIOD: u64 = 200_000_000;

/// How often biases were taken away.
#[derive(Default)]
pub struct Biases {
    /// In the present period.
    taken: AtomicU32,
    /// When it began.
    since: AtomicU64,
    /// No object is made with a bias any more.
    over: AtomicBool,
}

/// The state of the lock of an object that a new thread makes. Racy counts tell nobody who the owner is.
pub(super) fn first_state(interp: &Interpreter, naive: bool) -> u8 {
    if naive || interp.biases.over.load(Relaxed) { UNLOCKED } else { BIASED }
}

/// Holds an object's lock until it is dropped. With the GIL on, or a bias, there is nothing to hold.
#[must_use]
pub struct ObjectGuard<'a>(Option<&'a AtomicU8>);

impl Drop for ObjectGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        match self.0 {
            Some(lock) => object_lock::unlock(lock),
            None => trust(-1),
        }
    }
}

/// Notes, where it is checked, that the thread counts on a bias (or on the GIL) once more or once less.
#[inline(always)]
fn trust(_step: i32) {
    #[cfg(debug_assertions)]
    TRUSTING.set(TRUSTING.get() + _step);
}

thread_local! {
    /// How many guards of the running thread stand on a bias: none, when it waits.
    #[cfg_attr(not(debug_assertions), allow(dead_code))]
    static TRUSTING: Cell<i32> = const { Cell::new(0) };
}

impl Thread {
    /// Locks an object for writing.
    #[inline(always)]
    pub fn lock<'a>(&self, header: &'a Header) -> ObjectGuard<'a> {
        if self.gil_enabled() || header.is_held_by(self.tid()) {
            trust(1);
            return ObjectGuard(None);
        }
        if !object_lock::try_lock_free(&header.lock) {
            self.lock_slow(header);
        }
        ObjectGuard(Some(&header.lock))
    }

    #[cold]
    #[inline(never)]
    fn lock_slow(&self, header: &Header) {
        debug_assert!(TRUSTING.get() == 0, "waits for an object while it counts on another's bias");
        self.share(header);
        object_lock::lock(&header.lock, &*self.sched);
    }

    /// Makes sure that the object's lock is not biased towards another thread.
    #[inline(always)]
    pub fn share(&self, header: &Header) {
        if header.lock.load(Acquire) == BIASED {
            self.remove_bias(header);
        }
    }

    #[cold]
    #[inline(never)]
    fn remove_bias(&self, header: &Header) {
        let owner = header.owner.load(Acquire);
        // Whoever merged the counts was the owner, or had stopped it.
        if owner == self.tid() || owner == MERGED_OWNER {
            return object_lock::remove_bias(&header.lock);
        }
        let scheduler = &self.interp.scheduler;
        if scheduler.world_is_stopped_by(&self.sched) {
            return object_lock::remove_bias(&header.lock);
        }
        // Of what is immortal by now the maker is forgotten.
        if owner != IMMORTAL {
            let Some(owner) = self.interp.owners.lock().get(&owner).cloned() else {
                // It has ended.
                return object_lock::remove_bias(&header.lock);
            };
            if scheduler.while_detached(&owner, || object_lock::remove_bias(&header.lock)) {
                return;
            }
        }
        scheduler.stop_the_world(&self.sched);
        object_lock::remove_bias(&header.lock);
        if self.interp.biases.are_many() {
            self.remove_all_biases();
        }
        scheduler.start_the_world(&self.sched);
    }

    /// From now on every lock is taken by everybody. The world is stopped.
    fn remove_all_biases(&self) {
        self.interp.biases.over.store(true, Relaxed);
        for heap in self.interp.heaps.lock().iter() {
            // SAFETY: every slot begins with a readable header.
            heap.0.for_each(|header| object_lock::remove_bias(unsafe { &(*header).lock }));
        }
        for &thread in self.interp.threads.lock().iter() {
            // SAFETY: listed threads have not ended, and stand still.
            unsafe { (*(thread as *const Thread)).unmet.set(UNLOCKED) };
        }
        self.unmet.set(UNLOCKED);
    }

    /// Frees `malloc`ed memory that other threads may still be reading: at once with the GIL on, after every
    /// thread has passed a switch point with it off.
    ///
    /// # Safety
    /// The memory was `malloc`ed; the caller has unlinked it, and nothing else frees it.
    pub unsafe fn retire_memory(&self, memory: *mut u8) {
        if self.gil_enabled() {
            // SAFETY: nobody else runs, and the caller has unlinked it.
            unsafe { libc::free(memory as *mut libc::c_void) };
        } else {
            // SAFETY: the caller has unlinked it; `free` only frees.
            unsafe { self.interp.scheduler.retire(&self.sched, memory, 0, free) };
        }
    }
}

impl Biases {
    /// Counts one that had to stop the world: whether they are too many.
    fn are_many(&self) -> bool {
        let now = crate::sync::monotonic();
        if now.saturating_sub(self.since.load(Relaxed)) > PERIOD {
            self.since.store(now, Relaxed);
            self.taken.store(0, Relaxed);
        }
        self.taken.fetch_add(1, Relaxed) + 1 >= MANY && !self.over.load(Relaxed)
    }
}

/// Frees `malloc`ed memory.
unsafe fn free(memory: *mut u8, _size: usize) {
    // SAFETY: it was `malloc`ed, says `retire_memory`.
    unsafe { libc::free(memory as *mut libc::c_void) };
}
