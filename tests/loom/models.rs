//! One model per mechanism and danger.

use super::biased::{self, MERGED_OWNER, Outcome, PRIVATE};
use super::breaker::{Breaker, bit};
use super::gil::Gil;
use super::guarded::Guarded;
use super::parker::{Parker, Wake};
use super::waiting::{WaitKind, Waiting};
use super::word_lock::{Attempt, LOCKED, ParkingLot, UNLOCKED, try_lock};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering::*};
use loom::thread;

fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    builder.check(model);
}

#[test]
fn an_unpark_is_never_lost() {
    check(3, || {
        let parker = Arc::new(Parker::new());
        let flag = Arc::new(UnsafeCell::new(0));
        let (p, f) = (parker.clone(), flag.clone());
        let waker = thread::spawn(move || {
            f.with_mut(|f| unsafe { *f = 1 });
            p.unpark();
        });
        while parker.park(None) != Wake::Woken {}
        assert_eq!(flag.with(|f| unsafe { *f }), 1);
        waker.join().unwrap();
    });
}

#[test]
fn an_interrupt_does_not_eat_a_permit() {
    check(3, || {
        let parker = Arc::new(Parker::new());
        let (a, b) = (parker.clone(), parker.clone());
        let waker = thread::spawn(move || a.unpark());
        let signal = thread::spawn(move || b.interrupt());
        let first = parker.park(None);
        let second = parker.park(None);
        assert!(first != second && [first, second].contains(&Wake::Woken));
        waker.join().unwrap();
        signal.join().unwrap();
    });
}

#[test]
fn a_guarded_value_is_one_threads() {
    check(2, || {
        let value = Arc::new(Guarded::new(0));
        let other = value.clone();
        let handle = thread::spawn(move || *other.lock() += 1);
        *value.lock() += 1;
        handle.join().unwrap();
        assert_eq!(*value.lock(), 2);
    });
}

/// What the GIL guards, and the GIL.
struct Shared {
    gil: Gil,
    data: UnsafeCell<u32>,
}

// SAFETY: the GIL guards the data, which is what the model checks.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Shared {
    fn touch(&self) {
        self.data.with_mut(|d| unsafe { *d += 1 });
    }
}

#[test]
fn the_gil_is_handed_over() {
    check(2, || {
        let shared = Arc::new(Shared { gil: Gil::new(), data: UnsafeCell::new(0) });
        let other = shared.clone();
        let handle = thread::spawn(move || {
            let me = Breaker::new();
            other.gil.take(&me);
            other.touch();
            other.gil.release(&me);
            other.gil.take(&me);
            other.touch();
            other.gil.release_for_good(&me);
        });
        let me = Breaker::new();
        shared.gil.take(&me);
        shared.touch();
        shared.gil.release(&me);
        shared.gil.take(&me);
        shared.touch();
        shared.gil.release_for_good(&me);
        handle.join().unwrap();
        assert_eq!(shared.data.with(|d| unsafe { *d }), 4);
        assert!(!shared.gil.has_waiters());
    });
}

#[test]
fn a_requested_drop_switches() {
    check(2, || {
        let shared = Arc::new(Shared { gil: Gil::new(), data: UnsafeCell::new(0) });
        let me = Breaker::new();
        shared.gil.take(&me);
        let other = shared.clone();
        let handle = thread::spawn(move || {
            let me = Breaker::new();
            other.gil.take(&me);
            other.touch();
            other.gil.release_for_good(&me);
        });
        shared.touch();
        let asked = me.has(bit::GIL_DROP_REQUEST);
        let switched = shared.gil.release(&me);
        assert!(!asked || switched, "who asks is waiting, and is waited for");
        shared.gil.take(&me);
        if switched {
            assert_eq!(shared.data.with(|d| unsafe { *d }), 2);
        }
        shared.gil.release_for_good(&me);
        handle.join().unwrap();
    });
}

fn lock(lot: &ParkingLot, byte: &AtomicU8, me: &Parker, deadline: Option<u64>) -> Attempt {
    if try_lock(byte) {
        return Attempt::Acquired;
    }
    lot.lock(byte, me, &Waiting::new(WaitKind::Lock, 0), deadline, true)
}

fn unlock(lot: &ParkingLot, byte: &AtomicU8) {
    if byte.compare_exchange(LOCKED, UNLOCKED, Release, Relaxed).is_err() {
        lot.unlock_slow(byte);
    }
}

/// What a word lock guards, and the lock.
struct Locked {
    lot: ParkingLot,
    byte: AtomicU8,
    data: UnsafeCell<u32>,
}

// SAFETY: the lock guards the data, which is what the model checks.
unsafe impl Sync for Locked {}
// SAFETY: as above.
unsafe impl Send for Locked {}

fn word_lock_model(deadlines: [Option<u64>; 2]) {
    check(2, move || {
        let shared = Arc::new(Locked { lot: ParkingLot::new(), byte: AtomicU8::new(0), data: UnsafeCell::new(0) });
        let work = |shared: &Locked, deadline| {
            let me = Parker::new();
            if lock(&shared.lot, &shared.byte, &me, deadline) == Attempt::Acquired {
                shared.data.with_mut(|d| unsafe { *d += 1 });
                unlock(&shared.lot, &shared.byte);
                return 1;
            }
            0
        };
        let other = shared.clone();
        let handle = thread::spawn(move || work(&other, deadlines[0]));
        let count = work(&shared, deadlines[1]) + handle.join().unwrap();
        assert_eq!(shared.data.with(|d| unsafe { *d }), count);
        assert_eq!(shared.byte.load(Relaxed), UNLOCKED);
    });
}

#[test]
fn a_word_lock_excludes_and_wakes() {
    word_lock_model([None, None]);
}

#[test]
fn a_word_lock_wait_may_time_out() {
    word_lock_model([Some(1), None]);
}

/// An object: its three words and how often it was freed.
struct Counts {
    owner: AtomicU32,
    local: AtomicU32,
    shared: AtomicU32,
    freed: AtomicU32,
    queued: AtomicU32,
}

const OWNER: u32 = 1;
const OTHER: u32 = 2;
const THIRD: u32 = 3;

impl Counts {
    fn new(local: u32) -> Arc<Counts> {
        Arc::new(Counts {
            owner: AtomicU32::new(OWNER),
            local: AtomicU32::new(local),
            shared: AtomicU32::new(PRIVATE),
            freed: AtomicU32::new(0),
            queued: AtomicU32::new(0),
        })
    }

    fn free(&self) {
        assert_eq!(self.freed.fetch_add(1, AcqRel), 0, "an object dies once");
    }

    fn alive(&self) {
        assert_eq!(self.freed.load(Acquire), 0, "who has a reference has an object");
    }

    fn incref(&self, tid: u32) {
        biased::incref(&self.owner, &self.local, &self.shared, tid);
    }

    fn decref(&self, tid: u32) {
        self.outcome(biased::decref(&self.owner, &self.local, &self.shared, tid));
    }

    fn outcome(&self, outcome: Outcome) {
        match outcome {
            Outcome::Alive => {}
            Outcome::Dead => self.free(),
            Outcome::QueueForOwner(owner) => {
                assert!(owner == OWNER || owner == MERGED_OWNER);
                assert_eq!(self.queued.fetch_add(1, Release), 0, "an object is queued once");
            }
        }
    }

    /// What the owner does at a switch point.
    fn serve_queue(&self) {
        if self.queued.swap(0, Acquire) != 0 {
            self.outcome(biased::merge(&self.owner, &self.local, &self.shared, -1));
        }
    }

    fn try_incref(&self, tid: u32) -> bool {
        biased::try_incref(&self.owner, &self.local, &self.shared, tid)
    }

    /// The end of each model: the other threads are done, the owner has served its queue, and nobody refers to the
    /// object.
    fn dies_after<const N: usize>(&self, others: [thread::JoinHandle<()>; N]) {
        others.into_iter().for_each(|other| other.join().unwrap());
        self.serve_queue();
        assert_eq!(self.freed.load(Acquire), 1);
    }
}

/// A slot that refers to an object, or to nothing.
struct Slot(AtomicUsize);

impl Slot {
    fn new() -> Arc<Slot> {
        Arc::new(Slot(AtomicUsize::new(1)))
    }

    fn is_full(&self) -> bool {
        self.0.load(Acquire) != 0
    }

    /// The owner takes the object out and gives the slot's reference back.
    fn clear(&self, object: &Counts) {
        self.0.swap(0, AcqRel);
        object.decref(OWNER);
        object.serve_queue();
    }
}

/// Another thread reads the slot without a lock, and uses what it gets if `use_if` says so.
fn reader(slot: &Arc<Slot>, object: &Arc<Counts>, use_if: fn(&Slot) -> bool) -> thread::JoinHandle<()> {
    let (slot, object) = (slot.clone(), object.clone());
    thread::spawn(move || {
        if slot.is_full() && object.try_incref(OTHER) {
            if use_if(&slot) {
                object.alive();
            }
            object.decref(OTHER);
        }
    })
}

#[test]
fn two_threads_give_back_and_one_death_follows() {
    check(3, || {
        let object = Counts::new(2);
        let other = object.clone();
        let handle = thread::spawn(move || {
            other.alive();
            other.incref(OTHER);
            other.decref(OTHER);
            other.alive();
            other.decref(OTHER);
        });
        object.alive();
        object.decref(OWNER);
        object.serve_queue();
        object.dies_after([handle]);
    });
}

#[test]
fn the_last_reference_of_a_published_object_is_queued() {
    check(3, || {
        let object = Counts::new(1);
        biased::publish(&object.shared);
        let other = object.clone();
        let handle = thread::spawn(move || {
            other.incref(OTHER);
            other.decref(OTHER);
            other.decref(OTHER);
        });
        object.serve_queue();
        object.dies_after([handle]);
    });
}

#[test]
fn a_merge_races_with_the_last_references() {
    check(3, || {
        let object = Counts::new(3);
        let handles = [OTHER, THIRD].map(|tid| {
            let object = object.clone();
            thread::spawn(move || {
                object.alive();
                object.decref(tid);
            })
        });
        object.serve_queue();
        object.decref(OWNER);
        object.serve_queue();
        object.dies_after(handles);
    });
}

#[test]
fn a_private_object_is_freed_without_asking() {
    check(3, || {
        // The slot's reference is the only one; a reader tries, the owner clears the slot.
        let object = Counts::new(1);
        let reader = object.clone();
        let handle = thread::spawn(move || {
            assert!(!reader.try_incref(OTHER));
        });
        object.decref(OWNER);
        object.dies_after([handle]);
    });
}

#[test]
fn a_reader_gets_a_living_object_or_none() {
    check(3, || {
        let (object, slot) = (Counts::new(1), Slot::new());
        biased::publish(&object.shared);
        let handle = reader(&slot, &object, |_| true);
        slot.clear(&object);
        object.dies_after([handle]);
    });
}

#[test]
fn memory_used_again_does_not_fool_a_reader() {
    check(3, || {
        // The object dies and another is made in its place, which the slot does not hold.
        let (object, slot) = (Counts::new(1), Slot::new());
        biased::publish(&object.shared);
        // A living object, but is it the one?
        let handle = reader(&slot, &object, Slot::is_full);
        slot.clear(&object);
        if object.freed.load(Acquire) == 1 {
            object.shared.store(biased::DEAD, Release);
            object.freed.store(0, Release);
            object.local.store(1, Relaxed);
            object.owner.store(OWNER, Relaxed);
            object.shared.store(PRIVATE, Release);
            biased::publish(&object.shared);
            object.decref(OWNER);
            object.serve_queue();
        }
        object.dies_after([handle]);
    });
}

#[test]
fn a_reference_made_under_a_lock_keeps_alive() {
    check(3, || {
        // The slot's lock keeps the object while the other thread counts; then the slot is cleared.
        let object = Counts::new(1);
        let slot = Arc::new(Guarded::new(true));
        let (reader, readers_slot) = (object.clone(), slot.clone());
        let handle = thread::spawn(move || {
            let full = readers_slot.lock();
            if *full {
                biased::incref_and_publish(&reader.owner, &reader.local, &reader.shared, OTHER);
                drop(full);
                reader.alive();
                reader.decref(OTHER);
            }
        });
        *slot.lock() = false;
        object.decref(OWNER);
        object.serve_queue();
        object.dies_after([handle]);
    });
}
