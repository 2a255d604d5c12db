//! `src/sync/primitives.rs`, made of `loom`'s types.

pub use loom::hint::spin_loop;
pub use loom::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

use loom::sync::{Condvar, Mutex};
use std::ops::Deref;

/// One bucket: every model's waiters meet in it.
pub const BUCKETS: usize = 1;

/// A spinning thread yields to the others, which would hide that it may go to sleep.
pub const SPINS: u32 = 0;

macro_rules! const_fn {
    ($($function:tt)*) => { $($function)* };
}
pub(crate) use const_fn;

/// `[const { make }; N]`, where `make` can be no constant.
macro_rules! array_of {
    ($make:expr) => {
        std::array::from_fn(|_| $make)
    };
}
pub(crate) use array_of;

/// The models' clock stands still; a wait with a deadline times out when its futex still has a timeout to
/// give (see [`Futex::wait`]).
pub fn monotonic() -> u64 {
    0
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FutexWait {
    Woken,
    TimedOut,
    // No signals come here; `parker` matches on it.
    #[allow(dead_code)]
    Interrupted,
}

/// A futex: the kernel's side of it is a lock and a condition variable.
#[derive(Debug)]
pub struct Futex {
    word: AtomicU32,
    kernel: Mutex<u32>,
    woken: Condvar,
}

impl Futex {
    pub fn new(value: u32) -> Futex {
        // One timed wait ends by the clock, at any moment; the rest are woken.
        Futex { word: AtomicU32::new(value), kernel: Mutex::new(1), woken: Condvar::new() }
    }

    pub fn wait(&self, expected: u32, deadline: Option<u64>) -> FutexWait {
        let mut timeouts = self.kernel.lock().unwrap();
        if self.word.load(Ordering::Relaxed) != expected {
            return FutexWait::Woken;
        }
        if deadline.is_some() && *timeouts > 0 {
            *timeouts -= 1;
            return FutexWait::TimedOut;
        }
        drop(self.woken.wait(timeouts).unwrap());
        FutexWait::Woken
    }

    pub fn wake_one(&self) {
        drop(self.kernel.lock().unwrap());
        self.woken.notify_one();
    }

    pub fn wake_all(&self) {
        drop(self.kernel.lock().unwrap());
        self.woken.notify_all();
    }
}

impl Deref for Futex {
    type Target = AtomicU32;
    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}
