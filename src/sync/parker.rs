//! Where one thread sleeps until another says otherwise.
//!
//! A parker holds at most one *permit*: [`Parker::unpark`] leaves it, [`Parker::park`] takes it, and it does
//! not matter which comes first. A permit can be left over from an earlier wait, so every waiter looks again
//! at what it waits for. [`Parker::interrupt`] ends a wait without a permit; a signal handler may call it,
//! from whatever thread the system chose to run it in.

use super::primitives::{Futex, FutexWait, Ordering::*};

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Somebody unparked this thread.
    Woken,
    /// The deadline passed.
    TimedOut,
    /// A signal came. The caller runs the handlers, then waits on for the time that is left (PEP 475).
    Interrupted,
    /// The run is over: the thread unwinds without running any more Python.
    Teardown,
}

const PERMIT: u32 = 1;
const INTERRUPT: u32 = 2;
/// The owner is asleep, or about to be: who changes the word must wake it.
const ASLEEP: u32 = 4;

/// A place for one thread to sleep. Only its owner parks; anybody unparks.
#[derive(Debug)]
pub struct Parker {
    word: Futex,
}

impl Default for Parker {
    fn default() -> Self {
        Parker::new()
    }
}

impl Parker {
    /// A parker without a permit.
    pub fn new() -> Parker {
        Parker { word: Futex::new(0) }
    }

    /// Takes what is there without sleeping.
    pub fn poll(&self) -> Option<Wake> {
        let word = self.word.load(Relaxed);
        if word & PERMIT != 0 {
            self.word.fetch_and(!PERMIT, Acquire);
            Some(Wake::Woken)
        } else if word & INTERRUPT != 0 {
            self.word.fetch_and(!INTERRUPT, Acquire);
            Some(Wake::Interrupted)
        } else {
            None
        }
    }

    /// Sleeps until there is a permit, a signal, or the deadline (nanoseconds of the monotonic clock) has
    /// passed.
    pub fn park(&self, deadline: Option<u64>) -> Wake {
        loop {
            if let Some(wake) = self.poll() {
                return wake;
            }
            if self.word.compare_exchange(0, ASLEEP, Relaxed, Relaxed).is_err() {
                continue;
            }
            let end = self.word.wait(ASLEEP, deadline);
            self.word.fetch_and(!ASLEEP, Relaxed);
            // What was left here wins over the clock: a permit must not be lost.
            if let Some(wake) = self.poll() {
                return wake;
            }
            match end {
                FutexWait::Woken => {}
                FutexWait::TimedOut => return Wake::TimedOut,
                FutexWait::Interrupted => return Wake::Interrupted,
            }
        }
    }

    /// Leaves a permit, and wakes the owner if it sleeps. What was written before is seen by the owner
    /// after its wait.
    pub fn unpark(&self) {
        self.leave(PERMIT);
    }

    /// Ends the owner's wait, the present one or the next, as [`Wake::Interrupted`]. Async-signal-safe.
    pub fn interrupt(&self) {
        self.leave(INTERRUPT);
    }

    fn leave(&self, what: u32) {
        if self.word.fetch_or(what, Release) & ASLEEP != 0 {
            self.word.wake_one();
        }
    }

    /// Forgets permits and interrupts: for the child of a fork.
    pub fn reset(&self) {
        self.word.store(0, Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::primitives::monotonic;

    #[test]
    fn a_permit_left_before_the_wait_is_found() {
        let p = Parker::new();
        p.unpark();
        p.unpark();
        assert_eq!(p.park(None), Wake::Woken);
        assert_eq!(p.park(Some(monotonic() + 1_000_000)), Wake::TimedOut);
    }

    #[test]
    fn a_deadline_is_kept() {
        let start = monotonic();
        assert_eq!(Parker::new().park(Some(start + 5_000_000)), Wake::TimedOut);
        assert!(monotonic() >= start + 5_000_000);
        assert_eq!(Parker::new().park(Some(start)), Wake::TimedOut);
    }

    #[test]
    fn an_interrupt_ends_a_wait_and_keeps_the_permit() {
        let p = Parker::new();
        p.interrupt();
        p.unpark();
        assert_eq!(p.park(None), Wake::Woken);
        assert_eq!(p.park(None), Wake::Interrupted);
    }

    #[test]
    fn two_threads_hand_a_turn_to_each_other() {
        let (ping, pong) = (Parker::new(), Parker::new());
        std::thread::scope(|s| {
            s.spawn(|| {
                for _ in 0..2000 {
                    while ping.park(None) != Wake::Woken {}
                    pong.unpark();
                }
            });
            for _ in 0..2000 {
                ping.unpark();
                while pong.park(None) != Wake::Woken {}
            }
        });
    }
}
