//! A lock that is biased towards its owner: the owner counts as its holder between two switch points, another thread
//! takes the bias away while it keeps the owner detached, and both then take the lock like everybody.

use super::word_lock::{BIASED, UNLOCKED, remove_bias, try_lock_free};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU8, AtomicU32, Ordering::*};
use loom::thread;

/// The states of `world` that matter here.
const DETACHED: u32 = 0;
const ATTACHED: u32 = 1;
const SUSPENDED: u32 = 2;

/// What the owner makes, and the owner's word.
struct Object {
    state: AtomicU32,
    lock: AtomicU8,
    data: UnsafeCell<u32>,
}

// SAFETY: the lock guards the data, which is what the model checks.
unsafe impl Sync for Object {}
// SAFETY: as above.
unsafe impl Send for Object {}

impl Object {
    fn change(&self) {
        self.data.with_mut(|d| unsafe { *d += 1 });
    }

    /// Changes the data under the lock, if it is free.
    fn change_locked(&self) -> u32 {
        if !try_lock_free(&self.lock) {
            return 0;
        }
        self.change();
        self.lock.store(UNLOCKED, Release);
        1
    }

    fn attach(&self) {
        while self.state.compare_exchange(DETACHED, ATTACHED, Acquire, Relaxed).is_err() {
            thread::yield_now();
        }
    }

    fn detach(&self) {
        self.state.swap(DETACHED, AcqRel);
    }
}

#[test]
fn a_bias_goes_while_its_owner_is_outside() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let object =
            Arc::new(Object { state: AtomicU32::new(DETACHED), lock: AtomicU8::new(BIASED), data: UnsafeCell::new(0) });
        let other = object.clone();
        let handle = thread::spawn(move || {
            // `World::while_detached`.
            if other.state.compare_exchange(DETACHED, SUSPENDED, AcqRel, Relaxed).is_err() {
                return 0;
            }
            remove_bias(&other.lock);
            other.state.store(DETACHED, Release);
            other.change_locked()
        });
        let mut changes = 0;
        for _ in 0..2 {
            object.attach();
            if object.lock.load(Relaxed) == BIASED {
                object.change();
                changes += 1;
            } else {
                changes += object.change_locked();
            }
            object.detach();
        }
        changes += handle.join().unwrap();
        assert_eq!(object.data.with(|d| unsafe { *d }), changes);
    });
}
