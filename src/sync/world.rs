//! Who runs, with the GIL off, and how to be the only one that does.
//!
//! There is no lock to hold, but a thread still says whether it may touch objects: it is *attached*, or
//! *detached* (in a blocking region), or *suspended* (detached, and kept from attaching). Attaching and
//! detaching are one compare-and-swap on the thread's own word. To stop the world (for the collector, for a
//! fork) a thread asks all others through their breakers; the attached ones suspend themselves at their next
//! switch point, the detached ones it suspends itself. That is PEP 703's protocol.
//!
//! With the GIL on, or under a script, holding the GIL or the turn *is* having stopped the world, and only
//! the depth is counted.
//!
//! Invariants: at a stop each other thread is counted in `running` exactly once, when it becomes suspended or
//! leaves; states change to and from suspended only under the members' lock.

use super::breaker::bit;
use super::guarded::{Guard, Guarded};
use super::object_lock::{lot, unlock};
use super::primitives::{AtomicU8, AtomicU32, Futex, Ordering::*, monotonic};
use super::thread::SchedThread;
use super::waiting::{WaitKind, Waiting};
use super::word_lock::{self, Waiter};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The thread touches no object.
pub const DETACHED: u32 = 0;
/// The thread may touch objects.
pub const ATTACHED: u32 = 1;
/// The thread touches no object, and cannot attach before the world is started again.
pub const SUSPENDED: u32 = 2;

/// How often the stopper looks for threads that have detached without seeing its request (nanoseconds).
const LOOK_AGAIN: u64 = 1_000_000;

/// The registry of threads, and the state of a stop.
#[derive(Default)]
pub struct World {
    pub(super) members: Guarded<Vec<Arc<SchedThread>>>,
    /// Taken by the thread that stops the world; a waiter for it counts as stopped itself.
    turn: AtomicU8,
    /// Number of that thread, or 0.
    stopper: AtomicU64,
    /// How many stops are nested. Only the stopper touches it.
    depth: AtomicU32,
    /// How many threads are still to be suspended.
    running: AtomicU32,
    /// Grows when the stopper should look again.
    news: Futex,
}

impl Default for Futex {
    fn default() -> Self {
        Futex::new(0)
    }
}

impl World {
    /// A thread joins. It is suspended from the start if the world stands still.
    pub(super) fn join(&self, thread: &Arc<SchedThread>) {
        let mut members = self.members.lock();
        if self.stopper.load(Relaxed) != 0 {
            thread.state.store(SUSPENDED, Relaxed);
            thread.breaker.set(bit::STOP_THE_WORLD);
        }
        members.push(thread.clone());
    }

    /// A detached thread leaves.
    pub(super) fn leave(&self, thread: &SchedThread) {
        let mut members = self.members.lock();
        if self.counts_on(thread) && thread.state.load(Relaxed) != SUSPENDED {
            self.one_less();
        }
        thread.state.store(DETACHED, Relaxed);
        members.retain(|m| m.number != thread.number);
    }

    /// Whether a stop by another thread is under way. Under the members' lock.
    fn counts_on(&self, thread: &SchedThread) -> bool {
        let stopper = self.stopper.load(Relaxed);
        stopper != 0 && stopper != thread.number
    }

    fn one_less(&self) {
        self.running.fetch_sub(1, AcqRel);
        self.tell();
    }

    fn tell(&self) {
        self.news.fetch_add(1, Release);
        self.news.wake_one();
    }

    /// Attaches a free thread; tells whether it had to wait for the world.
    #[inline]
    pub(super) fn attach(&self, thread: &SchedThread) -> bool {
        if thread.state.compare_exchange(DETACHED, ATTACHED, Acquire, Relaxed).is_ok() {
            return false;
        }
        while thread.state.compare_exchange(DETACHED, ATTACHED, Acquire, Relaxed).is_err() {
            thread.state.wait(SUSPENDED, None);
        }
        true
    }

    /// Detaches a free thread.
    #[inline]
    pub(super) fn detach(&self, thread: &SchedThread) {
        let _was = thread.state.swap(DETACHED, AcqRel);
        debug_assert_eq!(_was, ATTACHED);
        if thread.breaker.has(bit::STOP_THE_WORLD) {
            self.tell();
        }
    }

    /// Calls `f` if another free thread is detached, and keeps it so meanwhile. `f` does not wait.
    pub(super) fn while_detached(&self, other: &SchedThread, f: impl FnOnce()) -> bool {
        if other.state.load(Relaxed) != DETACHED {
            return false;
        }
        let _members = self.members.lock();
        if other.state.compare_exchange(DETACHED, SUSPENDED, AcqRel, Relaxed).is_err() {
            return false;
        }
        f();
        other.state.store(DETACHED, Release);
        other.state.wake_all();
        true
    }

    /// An attached free thread at a switch point whose breaker asks for a stop: suspends it, and waits.
    pub(super) fn stopped(&self, thread: &SchedThread) {
        {
            let _members = self.members.lock();
            if !self.counts_on(thread) {
                thread.breaker.clear(bit::STOP_THE_WORLD);
                return;
            }
            thread.scheduler.qsbr.offline(thread);
            thread.state.store(SUSPENDED, Release);
            self.one_less();
        }
        self.attach(thread);
        thread.scheduler.qsbr.online(thread);
    }

    /// Returns when no other thread is attached and none can attach. The caller is attached. Stops nest.
    pub(super) fn stop(&self, me: &SchedThread, exclusive: bool) {
        if self.stopper.load(Relaxed) == me.number {
            self.depth.fetch_add(1, Relaxed);
            return;
        }
        if exclusive {
            self.stopper.store(me.number, Relaxed);
            self.depth.store(1, Relaxed);
            return;
        }
        if !word_lock::try_lock(&self.turn) {
            let what = Waiting::new(WaitKind::ObjectLock, self as *const World as usize);
            lot().lock(&self.turn, me as &dyn Waiter, &what, None, false);
        }
        let others = {
            let members = self.members.lock();
            self.stopper.store(me.number, Relaxed);
            self.depth.store(1, Relaxed);
            let others: Vec<_> = members.iter().filter(|m| m.number != me.number).cloned().collect();
            self.running.store(others.len() as u32, Relaxed);
            others.iter().for_each(|m| m.breaker.set(bit::STOP_THE_WORLD));
            others
        };
        loop {
            let ticket = self.news.load(Acquire);
            {
                let _members = self.members.lock();
                for other in &others {
                    if other.state.compare_exchange(DETACHED, SUSPENDED, AcqRel, Acquire).is_ok() {
                        // A thread that left is no longer counted, and nobody attaches it.
                        if _members.iter().any(|m| m.number == other.number) {
                            self.running.fetch_sub(1, AcqRel);
                        }
                    }
                }
            }
            if self.running.load(Acquire) == 0 {
                return;
            }
            self.news.wait(ticket, Some(monotonic() + LOOK_AGAIN));
        }
    }

    /// Undoes one [`stop`](Self::stop).
    pub(super) fn start(&self, me: &SchedThread, exclusive: bool) {
        debug_assert_eq!(self.stopper.load(Relaxed), me.number, "only who stopped the world starts it");
        if self.depth.fetch_sub(1, Relaxed) != 1 {
            return;
        }
        if exclusive {
            self.stopper.store(0, Relaxed);
            return;
        }
        {
            let members = self.members.lock();
            self.stopper.store(0, Relaxed);
            for other in members.iter().filter(|m| m.number != me.number) {
                other.breaker.clear(bit::STOP_THE_WORLD);
                if other.state.compare_exchange(SUSPENDED, DETACHED, Release, Relaxed).is_ok() {
                    other.state.wake_all();
                }
            }
        }
        unlock(&self.turn);
    }

    /// Whether `me` has stopped the world.
    pub(super) fn is_stopped_by(&self, me: &SchedThread) -> bool {
        self.stopper.load(Relaxed) == me.number
    }

    /// The members, locked: for a fork.
    pub(super) fn hold(&self) -> Guard<'_, Vec<Arc<SchedThread>>> {
        self.members.lock()
    }

    /// In the child of a fork: `me` alone is left and the world runs. The records of the others.
    ///
    /// # Safety
    /// No other thread exists; the members' lock was kept across the fork.
    pub(super) unsafe fn reset_after_fork(&self, me: &SchedThread) -> Vec<Arc<SchedThread>> {
        // SAFETY: as the caller says.
        unsafe { self.members.release_kept() };
        self.turn.store(word_lock::UNLOCKED, Relaxed);
        self.stopper.store(0, Relaxed);
        self.depth.store(0, Relaxed);
        self.running.store(0, Relaxed);
        me.breaker.clear(bit::STOP_THE_WORLD);
        let mut members = self.members.lock();
        let (mine, others) = members.drain(..).partition(|m| m.number == me.number);
        *members = mine;
        others
    }
}
