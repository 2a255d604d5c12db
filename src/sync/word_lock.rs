//! Locks of one byte, and the parking lot where their waiters queue.
//!
//! Every heap object has one such byte in its header, as with CPython's `PyMutex`: a queue per object would
//! be far too big, and nearly no object is ever contended. So the byte says only *held* and *somebody
//! waits*; the waiters stand in a table of ours, keyed by the byte's address (WebKit's parking lot).
//!
//! A waiter looks around a few times, then queues and waits through its [`Waiter`], which for a Python thread
//! is the scheduler: it gives up the GIL or counts as stopped, so nobody who waits for a lock holds up a
//! stop-the-world. Unlocking wakes the first in the queue, who tries again; if it has waited for longer than
//! a millisecond the lock is handed to it instead, so that nobody starves.
//!
//! Invariants: a queue is changed only under its bucket's lock; a waiter is woken under that lock, and does
//! not leave before it has taken that lock once more, so the waker never touches a waiter that is gone.

use super::guarded::Guarded;
use super::parker::{Parker, Wake};
use super::primitives::{AtomicU8, BUCKETS, Ordering::*, SPINS, array_of, const_fn, monotonic, spin_loop};
use super::waiting::Waiting;
use std::ptr::null_mut;

/// Nobody holds the lock.
pub const UNLOCKED: u8 = 0;
/// Somebody holds the lock.
pub const LOCKED: u8 = 1;
/// Somebody waits in the lot.
pub const PARKED: u8 = 2;

/// The owner of what the lock guards holds it whenever it likes (see `object_lock`); with no other bit.
pub const BIASED: u8 = 4;

/// From this long a wait on (nanoseconds) the lock is handed over rather than fought for; CPython's number.
const FAIR_AFTER: u64 = 1_000_000;
/// Who can wait for a lock.
pub trait Waiter {
    /// Sleeps until [`wake`](Waiter::wake) is called, possibly for no reason.
    fn wait(&self, what: &Waiting, deadline: Option<u64>) -> Wake;
    /// Ends the wait, the present or the next one.
    fn wake(&self);
}

/// A thread that no scheduler knows: it just sleeps.
impl Waiter for Parker {
    fn wait(&self, _what: &Waiting, deadline: Option<u64>) -> Wake {
        self.park(deadline)
    }
    fn wake(&self) {
        self.unpark();
    }
}

/// How an attempt to take a lock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The caller holds the lock.
    Acquired,
    /// The deadline passed (or the caller did not want to wait).
    TimedOut,
    /// A signal came: run the handlers, then try again for the time left.
    Interrupted,
    /// The run is over.
    Teardown,
}

/// One waiter in a queue; lives on its stack.
struct Node {
    /// The lock's address.
    key: usize,
    /// Whom to wake.
    waiter: *const dyn Waiter,
    /// When it began to wait.
    since: u64,
    /// Next in the bucket's queue.
    next: *mut Node,
    /// No longer in the queue: the unlocker took it out.
    taken_out: bool,
    /// The lock was left held, for this waiter.
    handed: bool,
}

/// The waiters of all locks whose addresses fall here, the longest waiting first.
struct Queue {
    head: *mut Node,
    tail: *mut Node,
}

// SAFETY: the nodes are reached only under the bucket's lock and outlive their stay in the queue.
unsafe impl Send for Queue {}

impl Queue {
    const EMPTY: Queue = Queue { head: null_mut(), tail: null_mut() };

    /// # Safety
    /// The node stays where it is until it was taken out.
    unsafe fn push(&mut self, node: *mut Node) {
        // SAFETY: the nodes in the queue live, see above.
        unsafe {
            (*node).next = null_mut();
            match self.tail.is_null() {
                true => self.head = node,
                false => (*self.tail).next = node,
            }
            self.tail = node;
        }
    }

    /// Takes out the first node that `want` accepts.
    fn take(&mut self, mut want: impl FnMut(*mut Node) -> bool) -> *mut Node {
        let (mut before, mut node) = (null_mut::<Node>(), self.head);
        while !node.is_null() {
            // SAFETY: the nodes in the queue live.
            let next = unsafe { (*node).next };
            if want(node) {
                match before.is_null() {
                    true => self.head = next,
                    // SAFETY: as above.
                    false => unsafe { (*before).next = next },
                }
                if next.is_null() {
                    self.tail = before;
                }
                return node;
            }
            (before, node) = (node, next);
        }
        null_mut()
    }

    fn has(&self, key: usize) -> bool {
        let mut node = self.head;
        while !node.is_null() {
            // SAFETY: the nodes in the queue live.
            unsafe {
                if (*node).key == key {
                    return true;
                }
                node = (*node).next;
            }
        }
        false
    }
}

/// A table of queues. The process has one, `object_lock::lot`; the models make their own.
pub struct ParkingLot {
    buckets: [Guarded<Queue>; BUCKETS],
}

impl ParkingLot {
    const_fn! {
        /// A lot where nobody waits.
        pub fn new() -> ParkingLot {
            ParkingLot { buckets: array_of!(Guarded::new(Queue::EMPTY)) }
        }
    }

    fn bucket(&self, key: usize) -> &Guarded<Queue> {
        // Fibonacci hashing: header bytes differ in the middle bits of their addresses.
        &self.buckets[((key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % BUCKETS]
    }

    /// Takes the lock at `byte`. `what` says what for, should it come to waiting; a wait that is not
    /// `interruptible` goes on after signals and to the end of the run.
    pub fn lock(
        &self,
        byte: &AtomicU8,
        waiter: &dyn Waiter,
        what: &Waiting,
        deadline: Option<u64>,
        interruptible: bool,
    ) -> Attempt {
        for _ in 0..SPINS {
            match byte.load(Relaxed) {
                word if word & LOCKED == 0 => {
                    if byte.compare_exchange(word, word | LOCKED, Acquire, Relaxed).is_ok() {
                        return Attempt::Acquired;
                    }
                }
                word if word & PARKED != 0 => break,
                _ => spin_loop(),
            }
        }
        // The node may be waited for by a waker that still holds it: its lifetime ends behind the last
        // look under the bucket's lock.
        // SAFETY: only the lifetime of the reference is stretched, for the reason above.
        let waiter_ptr =
            unsafe { std::mem::transmute::<*const (dyn Waiter + '_), *const (dyn Waiter + 'static)>(waiter) };
        let key = byte as *const AtomicU8 as usize;
        let since = monotonic();
        loop {
            let mut word = byte.load(Relaxed);
            if word & LOCKED == 0 {
                if byte.compare_exchange(word, word | LOCKED, Acquire, Relaxed).is_ok() {
                    return Attempt::Acquired;
                }
                continue;
            }
            let mut node = Node { key, waiter: waiter_ptr, since, next: null_mut(), taken_out: false, handed: false };
            let node = &raw mut node;
            {
                let mut queue = self.bucket(key).lock();
                // Say that somebody waits, unless the lock was let go meanwhile.
                while word & LOCKED != 0 && word & PARKED == 0 {
                    match byte.compare_exchange(word, word | PARKED, Relaxed, Relaxed) {
                        Ok(_) => word |= PARKED,
                        Err(now) => word = now,
                    }
                }
                // Only an unlocker under this bucket's lock takes PARKED away, so it stands from here on.
                if word & LOCKED == 0 || byte.load(Relaxed) != LOCKED | PARKED {
                    continue;
                }
                // SAFETY: this function does not return, nor use the node again, before it is out.
                unsafe { queue.push(node) };
            }
            let end = loop {
                let end = waiter.wait(what, deadline);
                let mut queue = self.bucket(key).lock();
                // SAFETY: our own node, under the bucket's lock.
                let (out, handed) = unsafe { ((*node).taken_out, (*node).handed) };
                if handed {
                    return Attempt::Acquired;
                }
                if out {
                    break end;
                }
                if matches!(end, Wake::Woken) || (!interruptible && !matches!(end, Wake::TimedOut)) {
                    continue;
                }
                queue.take(|n| n == node);
                if !queue.has(key) {
                    byte.fetch_and(!PARKED, Relaxed);
                }
                break end;
            };
            // Whoever was woken must try, even at the deadline: the wake-up was meant for one waiter, and
            // if the lock is held now, its holder will wake the next.
            let word = byte.load(Relaxed);
            if word & LOCKED == 0 && byte.compare_exchange(word, word | LOCKED, Acquire, Relaxed).is_ok() {
                return Attempt::Acquired;
            }
            match end {
                Wake::TimedOut => return Attempt::TimedOut,
                Wake::Interrupted if interruptible => return Attempt::Interrupted,
                Wake::Teardown if interruptible => return Attempt::Teardown,
                _ => {}
            }
        }
    }

    /// Lets go of the lock at `byte`, which has waiters.
    #[cold]
    pub fn unlock_slow(&self, byte: &AtomicU8) {
        let key = byte as *const AtomicU8 as usize;
        let mut queue = self.bucket(key).lock();
        // SAFETY: the nodes in the queue live.
        let node = queue.take(|n| unsafe { (*n).key } == key);
        let more = if queue.has(key) { PARKED } else { 0 };
        if node.is_null() {
            byte.store(more, Release);
            return;
        }
        // SAFETY: the waiter cannot leave before we let go of the bucket.
        unsafe {
            let hand_over = monotonic().saturating_sub((*node).since) > FAIR_AFTER;
            (*node).handed = hand_over;
            (*node).taken_out = true;
            byte.store(more | if hand_over { LOCKED } else { 0 }, Release);
            (*(*node).waiter).wake();
        }
    }

    /// Forgets all waiters: for the child of a fork.
    ///
    /// # Safety
    /// No other thread exists.
    pub unsafe fn reset(&self) {
        for bucket in &self.buckets {
            // SAFETY: as the caller says; the queue is emptied next.
            unsafe { bucket.reset_lock() };
            *bucket.lock() = Queue::EMPTY;
        }
    }
}

impl Default for ParkingLot {
    fn default() -> Self {
        ParkingLot::new()
    }
}

/// Takes the lock if it is free.
#[inline(always)]
pub fn try_lock(byte: &AtomicU8) -> bool {
    let word = byte.load(Relaxed);
    word & LOCKED == 0 && byte.compare_exchange(word, word | LOCKED, Acquire, Relaxed).is_ok()
}

/// Takes the lock if nobody has it or wants it, and it is not biased.
#[inline(always)]
pub fn try_lock_free(byte: &AtomicU8) -> bool {
    byte.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok()
}

/// Takes the bias away: from now on everybody takes the lock.
///
/// The caller has seen to it that the owner is at a switch point or detached, or has ended.
pub fn remove_bias(byte: &AtomicU8) {
    _ = byte.compare_exchange(BIASED, UNLOCKED, AcqRel, Relaxed);
}
