//! Locking an object for writing, and giving back memory that others may still read.

use super::header::Header;
use super::thread::Thread;
use crate::sync::object_lock;
use std::sync::atomic::AtomicU8;

/// Holds an object's lock until it is dropped. With the GIL on there is nothing to hold.
#[must_use]
pub struct ObjectGuard<'a>(Option<&'a AtomicU8>);

impl Drop for ObjectGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(lock) = self.0 {
            object_lock::unlock(lock);
        }
    }
}

impl Thread {
    /// Locks an object for writing.
    #[inline(always)]
    pub fn lock<'a>(&self, header: &'a Header) -> ObjectGuard<'a> {
        if self.gil_enabled() {
            return ObjectGuard(None);
        }
        object_lock::lock(&header.lock, &*self.sched);
        ObjectGuard(Some(&header.lock))
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

/// Frees `malloc`ed memory.
unsafe fn free(memory: *mut u8, _size: usize) {
    // SAFETY: it was `malloc`ed, says `retire_memory`.
    unsafe { libc::free(memory as *mut libc::c_void) };
}
