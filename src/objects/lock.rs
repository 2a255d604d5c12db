//! Locking an object for writing, and giving back memory that others may still read.

use super::header::Header;
use super::thread::Thread;
use std::sync::atomic::{AtomicU8, Ordering::*};

/// Holds an object's lock until it is dropped. With the GIL on there is nothing to hold.
#[must_use]
pub struct ObjectGuard<'a>(Option<&'a AtomicU8>);

impl Drop for ObjectGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(lock) = self.0 {
            lock.store(0, Release);
        }
    }
}

impl Thread {
    /// Locks an object for writing.
    #[inline(always)]
    pub fn lock<'a>(&self, header: &'a Header) -> ObjectGuard<'a> {
        if self.gil_enabled() { ObjectGuard(None) } else { lock_slow(header) }
    }

    /// Frees `malloc`ed memory that other threads may still be reading: at once with the GIL on, after every
    /// thread has passed a switch point with it off.
    pub fn retire_memory(&self, memory: *mut u8) {
        if self.gil_enabled() {
            // SAFETY: nobody else runs, and the caller has unlinked it.
            unsafe { libc::free(memory as *mut libc::c_void) };
        } else {
            self.retired.borrow_mut().push(memory);
        }
    }
}

#[cold]
#[inline(never)]
fn lock_slow(header: &Header) -> ObjectGuard<'_> {
    while header.lock.compare_exchange_weak(0, 1, Acquire, Relaxed).is_err() {
        std::thread::yield_now();
    }
    ObjectGuard(Some(&header.lock))
}
