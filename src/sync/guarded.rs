//! Data behind a short lock, for this room's own tables and for small tables elsewhere.
//!
//! Unlike the [word lock](super::word_lock) it knows no thread and gives up no GIL: whoever holds it does a
//! few loads and stores and lets go. It stands in for `std::sync::Mutex`, which ThreadSanitizer cannot see
//! into and which no child of a fork can reset.
//!
//! Invariant: nobody parks, forks, takes the GIL or drops a reference while holding one.

use super::primitives::{Futex, Ordering::*, SPINS, const_fn, spin_loop};
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may be asleep on it.
const CONTENDED: u32 = 2;

/// A `T` that one thread at a time may look at.
pub struct Guarded<T> {
    lock: Futex,
    value: UnsafeCell<T>,
}

// SAFETY: the lock lets one thread at a time at the value.
unsafe impl<T: Send> Sync for Guarded<T> {}
// SAFETY: it owns the value.
unsafe impl<T: Send> Send for Guarded<T> {}

/// The right to look at the value, until it is dropped.
pub struct Guard<'a, T> {
    of: &'a Guarded<T>,
}

impl<T> Guarded<T> {
    const_fn! {
        /// Guards `value`.
        pub fn new(value: T) -> Guarded<T> {
            Guarded { lock: Futex::new(FREE), value: UnsafeCell::new(value) }
        }
    }
}

impl<T> Guarded<T> {
    /// Waits until no other thread has it.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        if self.lock.compare_exchange(FREE, HELD, Acquire, Relaxed).is_err() {
            self.lock_slow();
        }
        Guard { of: self }
    }

    /// The value, if no other thread has it: never waits, so a signal handler may call it.
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        self.lock.compare_exchange(FREE, HELD, Acquire, Relaxed).is_ok().then(|| Guard { of: self })
    }

    #[cold]
    fn lock_slow(&self) {
        for _ in 0..SPINS {
            if self.lock.load(Relaxed) == FREE && self.lock.compare_exchange(FREE, HELD, Acquire, Relaxed).is_ok() {
                return;
            }
            spin_loop();
        }
        while self.lock.swap(CONTENDED, Acquire) != FREE {
            self.lock.wait(CONTENDED, None);
        }
    }

    #[inline]
    fn unlock(&self) {
        if self.lock.swap(FREE, Release) == CONTENDED {
            self.lock.wake_one();
        }
    }

    /// Lets go of a lock that [`Guard::keep`] kept.
    ///
    /// # Safety
    /// The calling thread (or, in the child of a fork, the thread it was copied from) kept it.
    pub unsafe fn release_kept(&self) {
        self.unlock();
    }

    /// Makes the lock free whoever held it.
    ///
    /// # Safety
    /// Only in the child of a fork, where no other thread exists; the value may have been left half
    /// changed, so the caller puts it right.
    pub unsafe fn reset_lock(&self) {
        self.lock.store(FREE, Relaxed);
    }

    /// The value, without the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for Guarded<T> {
    fn default() -> Self {
        Guarded::new(T::default())
    }
}

impl<T> Guard<'_, T> {
    /// Keeps the lock beyond the guard's life: for a fork, across which no thread may be halfway through a
    /// change. [`Guarded::release_kept`] lets go of it.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard is the lock.
        unsafe { &*self.of.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the lock, and is borrowed mutably.
        unsafe { &mut *self.of.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.of.unlock();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time() {
        let total = Guarded::new(0u64);
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| (0..20_000).for_each(|_| *total.lock() += 1));
            }
        });
        assert_eq!(*total.lock(), 80_000);
    }

    #[test]
    fn kept_across_the_guard() {
        let value = Guarded::new(1);
        value.lock().keep();
        assert_eq!(value.lock.load(Relaxed), HELD);
        // SAFETY: kept two lines above.
        unsafe { value.release_kept() };
        assert_eq!(*value.lock(), 1);
    }
}
