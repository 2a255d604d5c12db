//! Biased reference counts: the state machine of PEP 703, on bare atomics.
//!
//! An object has an *owner*, the thread that made it. The owner counts its references in `local` with plain
//! loads and stores; all others count in `shared` with atomic ones. The object lives while the sum is above
//! zero. Either part may be "wrong" alone, `shared` even negative: a reference may be taken by one thread
//! and given back by another.
//!
//! The low two bits of `shared` say how far the object has come:
//!
//! | state | meaning |
//! |---|---|
//! | `PRIVATE` | no thread has taken a reference it did not get from another reference |
//! | `PUBLIC` | such threads may come (a lock-free read, a weak reference) |
//! | `QUEUED` | a thread that is not the owner dropped what looked like the last reference; the object stands in the owner's queue, and the queue has taken over that reference |
//! | `MERGED` | the owner has added its part; only `shared` counts |
//!
//! The owner frees a private object without an atomic operation; that is what the state is for. When its
//! local count falls to zero otherwise it merges. When another thread finds the shared part at zero without
//! being able to tell the local one, it queues the object, and the owner merges at its next switch point.
//!
//! With the GIL on, all threads of an interpreter count under one id, so every object is its thread's own.
//!
//! These functions know nothing but the three words. `objects` calls them on its headers, and the models in
//! `tests/loom` check these very lines.
//!
//! Invariants: `local` is written only by the owner (or with the world stopped, or for a thread that has
//! ended); the owner changes to `MERGED` before the state does, since the object may be freed by another
//! thread from then on; `shared` of dead memory never equals a value from which
//! [`try_incref`] goes on.

use super::primitives::{AtomicU32, Ordering::*};

/// Owner of an object whose counts are all in `shared`.
pub const MERGED_OWNER: u32 = 0;
/// Owner of an object that is never freed, and never counted.
pub const IMMORTAL: u32 = u32::MAX;

/// How far the shared count lies above the state.
pub const SHIFT: u32 = 2;
/// One shared reference.
pub const ONE: u32 = 1 << SHIFT;
/// The bits of the state.
pub const STATE: u32 = 3;
/// Only references made from references, so far.
pub const PRIVATE: u32 = 0;
/// A lock-free reader or a weak reference may try to make one.
pub const PUBLIC: u32 = 1;
/// In the owner's queue.
pub const QUEUED: u32 = 2;
/// `shared` is the whole count.
pub const MERGED: u32 = 3;
/// `shared` of freed memory.
pub const DEAD: u32 = u32::MAX;

/// From so many shared references on an object is made immortal: half of what the field can hold, so that
/// threads which are past the check cannot overflow it.
const SATURATED: i32 = 1 << 30;

/// What a decrement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// References are left (or not all are known yet).
    Alive,
    /// That was the last one: the caller frees the object.
    Dead,
    /// The caller puts the object into the queue of the thread with this id, which takes over the reference
    /// and calls [`merge`] with `-1`. If that thread has ended, or if the id is `MERGED_OWNER` by now, the
    /// caller does that itself (under the lock that keeps the thread from ending, or the queue's).
    QueueForOwner(u32),
}

#[inline(always)]
fn count_of(shared: u32) -> i64 {
    (shared as i32 >> SHIFT) as i64
}

/// Adds a reference to an object that the caller has one of.
#[inline(always)]
pub fn incref(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) {
    if !incref_own(owner, local, tid) {
        incref_other(owner, shared, tid);
    }
}

/// The plain half of [`incref`]: false if the object is not the thread's own, or its local count is full.
#[inline(always)]
pub fn incref_own(owner: &AtomicU32, local: &AtomicU32, tid: u32) -> bool {
    if owner.load(Relaxed) == tid {
        let count = local.load(Relaxed).wrapping_add(1);
        if count != 0 {
            local.store(count, Relaxed);
            return true;
        }
    }
    false
}

/// The other half of [`incref`].
#[cold]
#[inline(never)]
pub fn incref_other(owner: &AtomicU32, shared: &AtomicU32, tid: u32) {
    match owner.load(Relaxed) {
        IMMORTAL => {}
        // The local count is full.
        own if own == tid => owner.store(IMMORTAL, Relaxed),
        _ => {
            if shared.fetch_add(ONE, Relaxed) as i32 >= SATURATED {
                owner.store(IMMORTAL, Relaxed);
            }
        }
    }
}

/// Gives a reference back.
#[inline(always)]
pub fn decref(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) -> Outcome {
    match decref_own(owner, local, shared, tid) {
        Some(outcome) => outcome,
        None => decref_shared(owner, shared),
    }
}

/// The plain half of [`decref`]: `None` if the object is not the thread's own.
#[inline(always)]
pub fn decref_own(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) -> Option<Outcome> {
    if owner.load(Relaxed) != tid {
        return None;
    }
    let count = local.load(Relaxed).wrapping_sub(1);
    local.store(count, Relaxed);
    Some(if count != 0 { Outcome::Alive } else { local_zero(owner, shared) })
}

/// The owner's count has become zero. A private object keeps its owner, so that its deallocation counts
/// plainly; any other is merged.
#[inline]
pub fn local_zero(owner: &AtomicU32, shared: &AtomicU32) -> Outcome {
    let mut now = shared.load(Acquire);
    if now == PRIVATE {
        return Outcome::Dead;
    }
    owner.store(MERGED_OWNER, Release);
    loop {
        let merged = now | MERGED;
        match shared.compare_exchange(now, merged, AcqRel, Acquire) {
            Ok(_) if merged == MERGED => return Outcome::Dead,
            Ok(_) => return Outcome::Alive,
            Err(other) => now = other,
        }
    }
}

/// Gives a reference back in a thread that is not the owner.
#[cold]
#[inline(never)]
pub fn decref_shared(owner: &AtomicU32, shared: &AtomicU32) -> Outcome {
    if owner.load(Relaxed) == IMMORTAL {
        return Outcome::Alive;
    }
    let mut now = shared.load(Relaxed);
    loop {
        let queue = now == PRIVATE || now == PUBLIC;
        let next = if queue { QUEUED } else { now.wrapping_sub(ONE) };
        match shared.compare_exchange(now, next, AcqRel, Relaxed) {
            Ok(_) if queue => return Outcome::QueueForOwner(owner.load(Relaxed)),
            Ok(_) if next == MERGED => return Outcome::Dead,
            Ok(_) => return Outcome::Alive,
            Err(other) => now = other,
        }
    }
}

/// Adds the owner's part, and `extra`, to the shared one: by the owner for an object from its queue
/// (`extra` is -1: the queue's reference), or with the world stopped. Merging again does no harm.
pub fn merge(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, extra: i32) -> Outcome {
    if owner.load(Relaxed) == IMMORTAL {
        return Outcome::Alive;
    }
    let own = local.load(Relaxed);
    // Before the state: once that says merged, the last reference may go in any thread, and the memory.
    local.store(0, Relaxed);
    owner.store(MERGED_OWNER, Release);
    let mut now = shared.load(Relaxed);
    loop {
        let count = count_of(now) + own as i64 + extra as i64;
        if count >= (SATURATED as i64) >> SHIFT {
            owner.store(IMMORTAL, Relaxed);
            return Outcome::Alive;
        }
        let merged = (count as u32) << SHIFT | MERGED;
        match shared.compare_exchange(now, merged, AcqRel, Relaxed) {
            Ok(_) if count == 0 => return Outcome::Dead,
            Ok(_) => return Outcome::Alive,
            Err(other) => now = other,
        }
    }
}

/// Tries to add a reference to an object that may be dying, or dead and its memory in use for another: the
/// caller has found it in a slot, holds nothing, and afterwards looks whether the slot still holds it (if
/// not, it gives the reference back to whatever object this is now). Fails, too, for a private object of
/// another thread: then take the lock that keeps the slot as it is, and [`incref_and_publish`].
#[inline]
pub fn try_incref(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) -> bool {
    match owner.load(Relaxed) {
        IMMORTAL => true,
        // Only the thread itself can end its ownership, so nobody frees this meanwhile.
        own if own == tid => {
            let count = local.load(Relaxed);
            if count == 0 {
                return false;
            }
            incref(owner, local, shared, tid);
            true
        }
        _ => try_incref_shared(shared),
    }
}

/// [`try_incref`] of a thread that is not the owner.
#[inline]
pub fn try_incref_shared(shared: &AtomicU32) -> bool {
    let mut now = shared.load(Relaxed);
    loop {
        if now == PRIVATE || (now & STATE == MERGED && count_of(now) <= 0) || now as i32 >= SATURATED {
            return false;
        }
        match shared.compare_exchange(now, now.wrapping_add(ONE), AcqRel, Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
}

/// Adds a reference to an object that something the caller has locked keeps alive, and lets other threads
/// [`try_incref`] it from now on.
pub fn incref_and_publish(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) {
    let own = owner.load(Relaxed);
    if own == tid || own == IMMORTAL {
        return incref(owner, local, shared, tid);
    }
    let mut now = shared.load(Relaxed);
    loop {
        let state = if now & STATE == PRIVATE { PUBLIC } else { PRIVATE };
        match shared.compare_exchange(now, now.wrapping_add(ONE) | state, AcqRel, Relaxed) {
            Ok(_) if now as i32 >= SATURATED => return owner.store(IMMORTAL, Relaxed),
            Ok(_) => return,
            Err(other) => now = other,
        }
    }
}

/// Lets other threads [`try_incref`] the object: by a thread that has a reference. For a weak reference, at
/// its creation.
pub fn publish(shared: &AtomicU32) {
    let mut now = shared.load(Relaxed);
    while now & STATE == PRIVATE {
        match shared.compare_exchange(now, now | PUBLIC, AcqRel, Relaxed) {
            Ok(_) => return,
            Err(other) => now = other,
        }
    }
}

/// The number of references (`sys.getrefcount`); exact with the world stopped or with the GIL on.
pub fn refcount(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32) -> i64 {
    match owner.load(Relaxed) {
        IMMORTAL => IMMORTAL as i64,
        MERGED_OWNER => count_of(shared.load(Relaxed)),
        _ => local.load(Relaxed) as i64 + count_of(shared.load(Relaxed)),
    }
}

/// Whether the caller's reference is the only one, so that nobody can see it change the object.
#[inline]
pub fn is_unique(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) -> bool {
    owner.load(Relaxed) == tid && local.load(Relaxed) == 1 && shared.load(Acquire) & !PUBLIC == 0
}

/// A dead object ([`Outcome::Dead`]) gets one reference, of the thread `tid`, for its finalizer.
pub fn revive(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) {
    local.store(1, Relaxed);
    shared.store(PRIVATE, Relaxed);
    owner.store(tid, Release);
}

/// Takes that reference back: `Dead` if the finalizer has saved nothing, and the deallocation goes on.
pub fn end_revival(owner: &AtomicU32, local: &AtomicU32, shared: &AtomicU32, tid: u32) -> Outcome {
    decref(owner, local, shared, tid)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    struct Counts(AtomicU32, AtomicU32, AtomicU32);

    impl Counts {
        fn new(owner: u32, local: u32) -> Counts {
            Counts(AtomicU32::new(owner), AtomicU32::new(local), AtomicU32::new(PRIVATE))
        }
        fn inc(&self, tid: u32) {
            incref(&self.0, &self.1, &self.2, tid);
        }
        fn dec(&self, tid: u32) -> Outcome {
            decref(&self.0, &self.1, &self.2, tid)
        }
        fn merge(&self, extra: i32) -> Outcome {
            merge(&self.0, &self.1, &self.2, extra)
        }
        fn count(&self) -> i64 {
            refcount(&self.0, &self.1, &self.2)
        }
    }

    #[test]
    fn the_owner_counts_alone() {
        let c = Counts::new(7, 1);
        c.inc(7);
        assert_eq!(c.count(), 2);
        assert_eq!(c.dec(7), Outcome::Alive);
        assert!(is_unique(&c.0, &c.1, &c.2, 7));
        assert_eq!(c.dec(7), Outcome::Dead);
        assert_eq!(c.2.load(Relaxed), PRIVATE);
    }

    #[test]
    fn a_reference_taken_here_and_dropped_there() {
        let c = Counts::new(7, 1);
        c.inc(8);
        assert_eq!(c.dec(7), Outcome::Alive);
        assert_eq!((c.0.load(Relaxed), c.count()), (MERGED_OWNER, 1));
        assert_eq!(c.dec(9), Outcome::Dead);
    }

    #[test]
    fn the_last_reference_dropped_by_another_is_queued() {
        let c = Counts::new(7, 1);
        assert_eq!(c.dec(8), Outcome::QueueForOwner(7));
        assert!(try_incref(&c.0, &c.1, &c.2, 9));
        assert_eq!(c.merge(-1), Outcome::Alive);
        assert_eq!(c.dec(9), Outcome::Dead);
        let c = Counts::new(7, 1);
        assert_eq!(c.dec(8), Outcome::QueueForOwner(7));
        assert_eq!(c.merge(-1), Outcome::Dead);
    }

    #[test]
    fn dead_and_private_objects_are_not_tried() {
        let c = Counts::new(7, 1);
        assert!(!try_incref(&c.0, &c.1, &c.2, 8));
        incref_and_publish(&c.0, &c.1, &c.2, 8);
        assert!(try_incref(&c.0, &c.1, &c.2, 8));
        assert_eq!(c.count(), 3);
        assert_eq!([c.dec(8), c.dec(8), c.dec(7)], [Outcome::Alive, Outcome::Alive, Outcome::Dead]);
        assert!(!try_incref(&c.0, &c.1, &c.2, 8));
        c.2.store(DEAD, Relaxed);
        assert!(!try_incref(&c.0, &c.1, &c.2, 8));
    }

    #[test]
    fn immortals_are_not_counted() {
        let c = Counts::new(IMMORTAL, 1);
        c.inc(7);
        assert_eq!([c.dec(7), c.dec(7), c.merge(-1)], [Outcome::Alive; 3]);
        assert_eq!(c.1.load(Relaxed), 1);
    }

    #[test]
    fn full_counts_make_immortal() {
        let c = Counts::new(7, u32::MAX);
        c.inc(7);
        assert_eq!(c.0.load(Relaxed), IMMORTAL);
        let c = Counts::new(7, 1);
        c.2.store(SATURATED as u32 | PUBLIC, Relaxed);
        c.inc(8);
        assert_eq!(c.0.load(Relaxed), IMMORTAL);
    }

    #[test]
    fn a_finalizer_can_save_its_object() {
        let c = Counts::new(7, 1);
        assert_eq!(c.dec(7), Outcome::Dead);
        revive(&c.0, &c.1, &c.2, 7);
        c.inc(7);
        assert_eq!(end_revival(&c.0, &c.1, &c.2, 7), Outcome::Alive);
        assert_eq!(c.dec(7), Outcome::Dead);
    }

    #[test]
    fn many_threads_and_one_death() {
        use std::sync::Mutex;
        for _ in 0..200 {
            let c = Counts::new(1, 4);
            let queue = Mutex::new(Vec::new());
            let deaths: usize = std::thread::scope(|s| {
                let workers: Vec<_> = (2..5)
                    .map(|tid| {
                        let (c, queue) = (&c, &queue);
                        s.spawn(move || {
                            let mut dead = 0;
                            (0..50).for_each(|_| c.inc(tid));
                            for _ in 0..51 {
                                match c.dec(tid) {
                                    Outcome::Dead => dead += 1,
                                    Outcome::QueueForOwner(_) => queue.lock().unwrap().push(()),
                                    Outcome::Alive => {}
                                }
                            }
                            dead
                        })
                    })
                    .collect();
                let own = (c.dec(1) == Outcome::Dead) as usize;
                own + workers.into_iter().map(|w| w.join().unwrap()).sum::<usize>()
            });
            let late = queue.into_inner().unwrap().iter().filter(|_| c.merge(-1) == Outcome::Dead).count();
            assert_eq!(deaths + late, 1);
        }
    }
}
