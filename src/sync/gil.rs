//! The global interpreter lock, with CPython 3.14's protocol.
//!
//! Who wants the GIL and cannot have it sleeps for one switch interval (5 ms). If it wakes by the clock and
//! nobody else was switched in meanwhile, it sets the *drop request* in the holder's eval breaker and sleeps
//! again, for a new interval. The holder sees the request at its next switch point and lets go, and then
//! waits until another thread has really taken the GIL: the *forced switch*, without which the holder, being
//! awake and in the cache, would nearly always win it back. A holder that lets go for I/O while a request is
//! pending waits likewise.
//!
//! CPython guards this with a mutex and two condition variables. Here the lock is one word, `held | 2 *
//! waiters`, so that taking and releasing it when nobody contends is one atomic instruction each; the clock
//! and the forced switch are needed only by those that sleep anyway.
//!
//! Invariants: only the holder writes `last_holder`; `switches` grows, while the GIL is held, whenever the
//! holder is another thread than before; a thread calls [`Gil::forget`] before its breaker is freed.

use super::breaker::{Breaker, bit};
use super::guarded::Guarded;
use super::primitives::{AtomicPtr, AtomicU32, Futex, FutexWait, Ordering::*, monotonic};

/// `sys.getswitchinterval()` at the start, in nanoseconds.
pub const DEFAULT_INTERVAL: u32 = 5_000_000;

/// Bit of `word`: somebody holds the GIL.
const HELD: u32 = 1;
/// One waiter, in `word`.
const WAITER: u32 = 2;
/// Bit of `switches`: a thread sleeps until the number changes.
const WATCHED: u32 = 1;
/// One switch, in `switches`.
const SWITCH: u32 = 2;

/// The lock. One per interpreter.
pub struct Gil {
    /// `HELD` or not, and the number of threads asleep for it.
    word: AtomicU32,
    /// Grows at each release with waiters: what they sleep on.
    released: Futex,
    /// Number of times the holder changed: what a dropper sleeps on.
    switches: Futex,
    /// Who holds it or held it last, known by its breaker, for the drop request.
    last_holder: AtomicPtr<Breaker>,
    /// Guards following `last_holder` against [`Gil::forget`].
    requests: Guarded<()>,
    /// Switch interval in nanoseconds; anybody may set it.
    interval: AtomicU32,
}

impl Default for Gil {
    fn default() -> Self {
        Gil::new()
    }
}

impl Gil {
    /// A GIL that nobody holds.
    pub fn new() -> Gil {
        Gil {
            word: AtomicU32::new(0),
            released: Futex::new(0),
            switches: Futex::new(0),
            last_holder: AtomicPtr::new(std::ptr::null_mut()),
            requests: Guarded::new(()),
            interval: AtomicU32::new(DEFAULT_INTERVAL),
        }
    }

    /// The switch interval in nanoseconds.
    pub fn interval(&self) -> u32 {
        self.interval.load(Relaxed)
    }

    /// Sets the switch interval in nanoseconds (at least one).
    pub fn set_interval(&self, nanoseconds: u32) {
        self.interval.store(nanoseconds.max(1), Relaxed);
    }

    /// Takes the GIL for the thread with the breaker `me`; the nanoseconds it had to wait.
    #[inline]
    pub fn take(&self, me: &Breaker) -> u64 {
        if self.word.compare_exchange(0, HELD, Acquire, Relaxed).is_ok() {
            self.taken(me);
            return 0;
        }
        self.take_slow(me)
    }

    #[cold]
    fn take_slow(&self, me: &Breaker) -> u64 {
        let mut word = self.word.load(Relaxed);
        while word & HELD == 0 {
            match self.word.compare_exchange(word, word | HELD, Acquire, Relaxed) {
                Ok(_) => {
                    self.taken(me);
                    return 0;
                }
                Err(now) => word = now,
            }
        }
        let start = monotonic();
        self.word.fetch_add(WAITER, Relaxed);
        loop {
            // Read before the word: a release that the word does not show yet changes the ticket after it.
            let ticket = self.released.load(Acquire);
            let switches = self.switches.load(Relaxed) / SWITCH;
            let word = self.word.load(Relaxed);
            if word & HELD == 0 {
                let mine = word - WAITER + HELD;
                if self.word.compare_exchange(word, mine, Acquire, Relaxed).is_ok() {
                    break;
                }
                continue;
            }
            let until = monotonic() + self.interval() as u64;
            if self.released.wait(ticket, Some(until)) == FutexWait::TimedOut
                && self.switches.load(Relaxed) / SWITCH == switches
            {
                self.request_drop();
            }
        }
        self.taken(me);
        monotonic() - start
    }

    /// Asks the holder to let go at its next switch point.
    fn request_drop(&self) {
        let _live = self.requests.lock();
        let holder = self.last_holder.load(Acquire);
        if self.word.load(Relaxed) & HELD != 0 && !holder.is_null() {
            // SAFETY: `forget` takes the pointer out under this guard before the breaker is freed.
            unsafe { (*holder).set(bit::GIL_DROP_REQUEST) };
        }
    }

    /// What the new holder notes, holding the GIL.
    #[inline]
    fn taken(&self, me: &Breaker) {
        let me_ptr = me as *const Breaker as *mut Breaker;
        if self.last_holder.load(Relaxed) != me_ptr {
            self.note_switch(me_ptr);
        }
        // A request that was meant for the time before.
        if me.has(bit::GIL_DROP_REQUEST) {
            me.clear(bit::GIL_DROP_REQUEST);
        }
    }

    fn note_switch(&self, me: *mut Breaker) {
        self.last_holder.store(me, Release);
        let mut old = self.switches.load(Relaxed);
        while let Err(now) = self.switches.compare_exchange(old, (old & !WATCHED).wrapping_add(SWITCH), AcqRel, Relaxed)
        {
            old = now;
        }
        if old & WATCHED != 0 {
            self.switches.wake_all();
        }
    }

    /// Lets go of the GIL. If a drop was requested, returns only when another thread has taken it; tells
    /// whether that was so.
    #[inline]
    pub fn release(&self, me: &Breaker) -> bool {
        if me.has(bit::GIL_DROP_REQUEST) {
            return self.release_on_request(me);
        }
        self.let_go();
        false
    }

    /// Lets go without waiting for a switch: a thread that ends.
    pub fn release_for_good(&self, me: &Breaker) {
        self.let_go();
        self.forget(me);
    }

    #[inline]
    fn let_go(&self) -> bool {
        let waiters = self.word.fetch_sub(HELD, Release) != HELD;
        if waiters {
            self.released.fetch_add(1, Release);
            self.released.wake_one();
        }
        waiters
    }

    #[cold]
    fn release_on_request(&self, me: &Breaker) -> bool {
        // Stands still while we hold the GIL.
        let before = self.switches.load(Relaxed) / SWITCH;
        me.clear(bit::GIL_DROP_REQUEST);
        if !self.let_go() {
            return false;
        }
        loop {
            let now = self.switches.load(Acquire);
            if now / SWITCH != before {
                return true;
            }
            if now & WATCHED != 0 || self.switches.compare_exchange(now, now | WATCHED, Relaxed, Relaxed).is_ok() {
                self.switches.wait(now | WATCHED, None);
            }
        }
    }

    /// Whether somebody waits for the GIL.
    pub fn has_waiters(&self) -> bool {
        self.word.load(Relaxed) >= WAITER
    }

    /// Number of times the GIL went from one thread to another (modulo 2^31).
    pub fn switches(&self) -> u32 {
        self.switches.load(Relaxed) / SWITCH
    }

    /// The breaker is about to be freed: nobody may set a request in it any more.
    pub fn forget(&self, me: &Breaker) {
        let _live = self.requests.lock();
        let me = me as *const Breaker as *mut Breaker;
        let _ = self.last_holder.compare_exchange(me, std::ptr::null_mut(), Relaxed, Relaxed);
    }

    /// In the child of a fork: the caller holds the GIL, nobody waits for it.
    ///
    /// # Safety
    /// No other thread exists, and the caller held the GIL when it forked.
    pub unsafe fn reset_after_fork(&self, me: &Breaker) {
        self.word.store(HELD, Relaxed);
        self.last_holder.store(me as *const Breaker as *mut Breaker, Relaxed);
        // SAFETY: as above; the guard protects no data of its own.
        unsafe { self.requests.reset_lock() };
        me.clear(bit::GIL_DROP_REQUEST);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64};

    #[test]
    fn uncontended() {
        let (gil, me) = (Gil::new(), Breaker::new());
        for _ in 0..3 {
            assert_eq!(gil.take(&me), 0);
            assert!(!gil.release(&me));
        }
        assert_eq!(gil.switches(), 1);
        assert!(!gil.has_waiters());
    }

    #[test]
    fn one_holder_at_a_time_and_a_waiter_asks() {
        let gil = Gil::new();
        gil.set_interval(50_000);
        let inside = AtomicBool::new(false);
        let rounds = AtomicU64::new(0);
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    let me = Breaker::new();
                    gil.take(&me);
                    for i in 0..2000 {
                        assert!(!inside.swap(true, Relaxed));
                        rounds.store(rounds.load(Relaxed) + 1, Relaxed);
                        inside.store(false, Relaxed);
                        if i % 64 == 0 || me.has(bit::GIL_DROP_REQUEST) {
                            gil.release(&me);
                            gil.take(&me);
                        }
                    }
                    gil.release_for_good(&me);
                });
            }
        });
        assert_eq!(rounds.load(Relaxed), 8000);
        assert_eq!(gil.word.load(Relaxed), 0);
    }

    #[test]
    fn a_requested_drop_waits_for_the_switch() {
        let gil = Gil::new();
        gil.set_interval(1_000_000);
        let me = Breaker::new();
        gil.take(&me);
        let got_it = AtomicBool::new(false);
        std::thread::scope(|s| {
            s.spawn(|| {
                let other = Breaker::new();
                gil.take(&other);
                got_it.store(true, Relaxed);
                gil.release_for_good(&other);
            });
            while !me.has(bit::GIL_DROP_REQUEST) {
                std::hint::spin_loop();
            }
            assert!(!got_it.load(Relaxed));
            assert!(gil.release(&me));
            gil.take(&me);
            assert!(got_it.load(Relaxed));
        });
    }
}
