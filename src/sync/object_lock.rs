//! The lock in an object's header, and the process's one parking lot.
//!
//! Taken only with the GIL off, by writers. No Python code runs under it, and no reference is dropped.
//!
//! Most objects are changed by the thread that made them and by no other. So a lock is born [`BIASED`]: while it is
//! that, the object's owner counts as its holder whenever it likes, and writes nothing to say so. The first other thread
//! that wants the lock takes the bias away, for ever, when the owner is known to be outside: at a switch point, or
//! detached. (Biased locking, as in HotSpot; the same idea as the biased counts.) Nobody may wait for anything while it
//! counts on the bias, since waiting is a switch point.

use super::primitives::{AtomicU8, Ordering::*};
use super::waiting::{WaitKind, Waiting};
pub use super::word_lock::{BIASED, UNLOCKED, remove_bias, try_lock_free};
use super::word_lock::{LOCKED, ParkingLot, Waiter};

/// The process's lot.
pub fn lot() -> &'static ParkingLot {
    static LOT: ParkingLot = ParkingLot::new();
    &LOT
}

/// Takes an object's lock, which is not biased (any more), waiting through `me` if another thread has it.
#[inline(always)]
pub fn lock(byte: &AtomicU8, me: &dyn Waiter) {
    if !try_lock_free(byte) {
        lock_slow(byte, me);
    }
}

#[cold]
#[inline(never)]
fn lock_slow(byte: &AtomicU8, me: &dyn Waiter) {
    let what = Waiting::new(WaitKind::ObjectLock, byte as *const AtomicU8 as usize);
    lot().lock(byte, me, &what, None, false);
}

/// Lets go of a lock.
#[inline(always)]
pub fn unlock(byte: &AtomicU8) {
    if byte.compare_exchange(LOCKED, UNLOCKED, Release, Relaxed).is_err() {
        unlock_slow(byte);
    }
}

#[cold]
#[inline(never)]
fn unlock_slow(byte: &AtomicU8) {
    lot().unlock_slow(byte);
}

/// Takes two objects' locks in the order of their addresses, so that two threads that want the same two
/// cannot each hold one. The same lock twice is taken once.
pub fn lock_two(a: &AtomicU8, b: &AtomicU8, me: &dyn Waiter) {
    let (pa, pb) = (a as *const AtomicU8, b as *const AtomicU8);
    if pa == pb {
        return lock(a, me);
    }
    let (first, second) = if pa < pb { (a, b) } else { (b, a) };
    lock(first, me);
    lock(second, me);
}

/// Undoes [`lock_two`].
pub fn unlock_two(a: &AtomicU8, b: &AtomicU8) {
    unlock(a);
    if !std::ptr::eq(a, b) {
        unlock(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::parker::Parker;
    use crate::sync::primitives::monotonic;
    use crate::sync::word_lock::Attempt;
    use std::cell::UnsafeCell;

    struct Count(UnsafeCell<u64>);
    // SAFETY: the tests touch it under a lock.
    unsafe impl Sync for Count {}

    #[test]
    fn one_thread_at_a_time() {
        let (byte, count) = (AtomicU8::new(0), Count(UnsafeCell::new(0)));
        std::thread::scope(|s| {
            for _ in 0..4 {
                let (byte, count) = (&byte, &count);
                s.spawn(move || {
                    let me = Parker::new();
                    for i in 0..5000 {
                        lock(byte, &me);
                        // SAFETY: under the lock.
                        unsafe { *count.0.get() += 1 };
                        if i % 100 == 0 {
                            std::thread::yield_now();
                        }
                        unlock(byte);
                    }
                });
            }
        });
        // SAFETY: the threads have ended.
        assert_eq!(unsafe { *count.0.get() }, 20_000);
        assert_eq!(byte.load(Relaxed), UNLOCKED);
    }

    #[test]
    fn two_locks_in_either_order() {
        let (a, b) = (AtomicU8::new(0), AtomicU8::new(0));
        std::thread::scope(|s| {
            for flip in [false, true] {
                let (a, b) = if flip { (&b, &a) } else { (&a, &b) };
                s.spawn(move || {
                    let me = Parker::new();
                    for _ in 0..5000 {
                        lock_two(a, b, &me);
                        unlock_two(a, b);
                        lock_two(a, a, &me);
                        unlock_two(a, a);
                    }
                });
            }
        });
        assert_eq!((a.load(Relaxed), b.load(Relaxed)), (UNLOCKED, UNLOCKED));
    }

    #[test]
    fn a_wait_can_time_out_and_leaves_no_trace() {
        let byte = AtomicU8::new(LOCKED);
        let what = Waiting::new(WaitKind::Lock, 0);
        let until = monotonic() + 2_000_000;
        assert_eq!(lot().lock(&byte, &Parker::new(), &what, Some(until), true), Attempt::TimedOut);
        assert_eq!(byte.load(Relaxed), LOCKED);
        let me = Parker::new();
        me.interrupt();
        assert_eq!(lot().lock(&byte, &me, &what, None, true), Attempt::Interrupted);
        assert_eq!(byte.load(Relaxed), LOCKED);
    }

    #[test]
    fn timeouts_and_wake_ups_lose_nobody() {
        let byte = AtomicU8::new(0);
        let what = Waiting::new(WaitKind::Lock, 0);
        std::thread::scope(|s| {
            for n in 0..4 {
                let (byte, what) = (&byte, &what);
                s.spawn(move || {
                    let me = Parker::new();
                    for i in 0..500u64 {
                        let deadline = (n % 2 == 0).then(|| monotonic() + (i % 7) * 20_000);
                        if lot().lock(byte, &me, what, deadline, true) == Attempt::Acquired {
                            let until = monotonic() + 10_000;
                            while monotonic() < until {}
                            unlock(byte);
                        }
                    }
                });
            }
        });
        assert_eq!(byte.load(Relaxed), UNLOCKED);
    }
}
