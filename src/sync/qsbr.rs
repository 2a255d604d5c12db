//! When replaced memory may be freed, with the GIL off.
//!
//! Readers of a list or a dict take no lock, so a thread that replaces the array behind one cannot tell who
//! is still looking at the old one. It *retires* the array instead. There is a global epoch; every attached
//! thread has announced the last epoch in which it held no such pointer (at a switch point: no native
//! function keeps one across). What was retired in an epoch may be freed when every attached thread has
//! announced a later one. A detached thread holds no pointers and is not waited for. This is CPython's
//! `qsbr.c`.
//!
//! A busy thread has no reason to announce anything, so whoever waits for it raises `QUIESCE` in its
//! breaker: the announcement costs nothing until it is wanted.
//!
//! Ordering: coming online and looking who is online are both read-modify-writes of the thread's `seen`
//! word. Either the poller sees the thread online, or the thread's later loads see what the poller had
//! unlinked before. No fences, which ThreadSanitizer would not understand.

use super::breaker::bit;
use super::guarded::Guarded;
use super::thread::SchedThread;
use super::world::World;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// `seen` of a thread that holds no pointers.
const OFFLINE: u64 = 0;
/// A thread polls when it has retired so much.
const POLL_BYTES: usize = 64 << 10;
/// Or so many pieces.
const POLL_PIECES: usize = 128;

/// Memory that waits to be freed.
struct Piece {
    goal: u64,
    memory: *mut u8,
    size: usize,
    free: unsafe fn(*mut u8, usize),
}

/// One thread's retired memory, in the order of its goals.
#[derive(Default)]
pub struct Retired {
    pieces: VecDeque<Piece>,
    /// Bytes retired since the last poll.
    fresh: usize,
}

impl Drop for Retired {
    fn drop(&mut self) {
        for piece in self.pieces.drain(..) {
            // SAFETY: the thread's record dies when no thread is left that could look.
            unsafe { (piece.free)(piece.memory, piece.size) };
        }
    }
}

/// The epochs of one interpreter.
pub struct Qsbr {
    epoch: AtomicU64,
    /// What ended threads left.
    orphans: Guarded<Orphans>,
}

/// Retired memory is touched by no thread any more, whoever frees it.
#[derive(Default)]
struct Orphans(Vec<Piece>);
// SAFETY: see above.
unsafe impl Send for Orphans {}

impl Drop for Orphans {
    fn drop(&mut self) {
        for piece in self.0.drain(..) {
            // SAFETY: the scheduler dies with its last thread.
            unsafe { (piece.free)(piece.memory, piece.size) };
        }
    }
}

impl Default for Qsbr {
    fn default() -> Self {
        Qsbr { epoch: AtomicU64::new(1), orphans: Guarded::default() }
    }
}

impl Qsbr {
    /// The thread may hold pointers from here on.
    #[inline]
    pub(super) fn online(&self, thread: &SchedThread) {
        thread.seen.swap(self.epoch.load(Acquire), AcqRel);
    }

    /// The thread holds no pointers from before.
    pub(super) fn announce(&self, thread: &SchedThread) {
        thread.seen.store(self.epoch.load(Acquire), Release);
    }

    /// The thread holds no pointers, and will come online before it gets any.
    #[inline]
    pub(super) fn offline(&self, thread: &SchedThread) {
        thread.seen.store(OFFLINE, Release);
    }

    /// The thread ends: others free what it leaves.
    pub(super) fn leave(&self, thread: &SchedThread) {
        // SAFETY: the thread itself, attached.
        let retired = unsafe { &mut *thread.retired.get() };
        if !retired.pieces.is_empty() {
            self.orphans.lock().0.extend(retired.pieces.drain(..));
        }
    }

    /// Retires `memory`, no longer reachable from anywhere; `free` will be called with it and `size`. Tells
    /// whether it is time to poll.
    ///
    /// # Safety
    /// Called by the thread itself, attached. Nothing else frees the memory; `free` may run in any thread
    /// and calls nothing that retires or parks.
    pub(super) unsafe fn retire(
        &self,
        thread: &SchedThread,
        memory: *mut u8,
        size: usize,
        free: unsafe fn(*mut u8, usize),
    ) -> bool {
        let goal = self.epoch.fetch_add(1, AcqRel) + 1;
        // SAFETY: the caller is the thread.
        let retired = unsafe { &mut *thread.retired.get() };
        retired.pieces.push_back(Piece { goal, memory, size, free });
        retired.fresh += size;
        retired.fresh >= POLL_BYTES || retired.pieces.len() % POLL_PIECES == 0
    }

    /// Frees what nobody can look at any more, of this thread's and of ended threads' memory. The caller is
    /// attached and at a point where it holds no pointers itself.
    pub(super) fn poll(&self, thread: &SchedThread, world: &World) {
        self.announce(thread);
        let safe = self.oldest_seen(thread, world);
        // SAFETY: the caller is the thread.
        let retired = unsafe { &mut *thread.retired.get() };
        retired.fresh = 0;
        while let Some(piece) = retired.pieces.pop_front_if(|p| p.goal <= safe) {
            // SAFETY: every thread that could have seen it has announced a later epoch.
            unsafe { (piece.free)(piece.memory, piece.size) };
        }
        let ready: Vec<Piece> = self.orphans.lock().0.extract_if(.., |p| p.goal <= safe).collect();
        for piece in ready {
            // SAFETY: as above.
            unsafe { (piece.free)(piece.memory, piece.size) };
        }
    }

    /// The oldest epoch that an attached thread has announced. Asks those that are behind to announce anew.
    fn oldest_seen(&self, me: &SchedThread, world: &World) -> u64 {
        let now = self.epoch.load(Acquire);
        let mut oldest = now;
        for thread in world.members.lock().iter() {
            // A read-modify-write that changes nothing: see the chapter on ordering.
            let seen = thread.seen.fetch_add(0, AcqRel);
            if seen != OFFLINE && seen < now {
                oldest = oldest.min(seen);
                if thread.number != me.number {
                    thread.breaker.set(bit::QUIESCE);
                }
            }
        }
        oldest
    }

    /// In the child of a fork.
    ///
    /// # Safety
    /// No other thread exists.
    pub(super) unsafe fn reset_after_fork(&self) {
        // SAFETY: the world was stopped before the fork, so nobody was changing the orphans.
        unsafe { self.orphans.reset_lock() };
    }
}
