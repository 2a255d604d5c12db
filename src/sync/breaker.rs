//! The eval breaker: one word per thread that says "look up from your work".
//!
//! At a switch point a thread loads its word, and if it is not zero it takes the slow path
//! ([`switch_point`](super::SchedThread::switch_point)). As in CPython one bit stands for one reason. Every
//! reason may be raised by another thread or by a signal handler at any time; none is a promise that
//! something is to be done, only that it is time to look.

use super::primitives::{AtomicU32, Ordering::*};

/// The reasons to leave the fast path, one bit each.
pub mod bit {
    /// A thread has waited for the GIL for a whole switch interval.
    pub const GIL_DROP_REQUEST: u32 = 1 << 0;
    /// A signal came for which a Python handler may be set (main thread only).
    pub const SIGNALS_PENDING: u32 = 1 << 1;
    /// Pending calls were queued.
    pub const CALLS_TO_DO: u32 = 1 << 2;
    /// `PyThreadState_SetAsyncExc` left an exception.
    pub const ASYNC_EXCEPTION: u32 = 1 << 3;
    /// The collector's young generation is over its threshold.
    pub const GC_SCHEDULED: u32 = 1 << 4;
    /// Other threads dropped the last reference to objects of this one.
    pub const MERGE_COUNTS: u32 = 1 << 5;
    /// A thread wants to be the only one that runs.
    pub const STOP_THE_WORLD: u32 = 1 << 6;
    /// A scripted scheduler decides at every switch point. Stays set.
    pub const SCHEDULE: u32 = 1 << 7;
    /// The run is over: unwind.
    pub const EXIT: u32 = 1 << 8;
    /// Memory waits for this thread to say that it holds no old pointers.
    pub const QUIESCE: u32 = 1 << 9;
    /// Somebody began or ceased to watch the thread.
    pub const WATCH: u32 = 1 << 10;

    /// What `sync` serves itself; the rest it reports to the caller.
    pub const OWN: u32 = GIL_DROP_REQUEST | STOP_THE_WORLD | SCHEDULE | QUIESCE;
}

/// One thread's word. The thread itself reads it at every switch point; anybody sets bits in it.
#[derive(Debug)]
pub struct Breaker(AtomicU32);

impl Default for Breaker {
    fn default() -> Self {
        Breaker::new()
    }
}

impl Breaker {
    /// A breaker with nothing to do.
    pub fn new() -> Breaker {
        Breaker(AtomicU32::new(0))
    }

    /// All bits; the check of a switch point is `get() != 0`.
    #[inline(always)]
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    /// Whether one of `bits` is set.
    #[inline(always)]
    pub fn has(&self, bits: u32) -> bool {
        self.get() & bits != 0
    }

    /// Raises `bits`. Async-signal-safe. What was written before is seen by the thread that takes them.
    pub fn set(&self, bits: u32) {
        self.0.fetch_or(bits, Release);
    }

    /// Lowers `bits`.
    pub fn clear(&self, bits: u32) {
        self.0.fetch_and(!bits, Relaxed);
    }

    /// Lowers `bits` and tells which of them were set.
    pub fn take(&self, bits: u32) -> u32 {
        if self.has(bits) { self.0.fetch_and(!bits, Acquire) & bits } else { 0 }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn bits_are_raised_and_taken_one_by_one() {
        let b = Breaker::new();
        b.set(bit::GC_SCHEDULED | bit::EXIT);
        assert_eq!(b.take(bit::GC_SCHEDULED | bit::CALLS_TO_DO), bit::GC_SCHEDULED);
        assert_eq!(b.take(bit::GC_SCHEDULED), 0);
        assert_eq!(b.get(), bit::EXIT);
    }
}
