//! The atoms that the rest of the room is made of.
//!
//! Every file here that has a model in `tests/loom` names its atomics through this module and nothing else:
//! the models compile the same files beside a `primitives` module made of `loom`'s types. So what was
//! checked is what runs.

pub use super::futex::monotonic;
pub use std::hint::spin_loop;
pub use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

use super::futex;
use std::ops::Deref;

/// Buckets of a parking lot: more than the threads that wait at a time in sane programs, and a prime, which
/// spreads aligned addresses.
pub const BUCKETS: usize = 257;

/// Looks at a lock before going to sleep on it. The sections are a few dozen nanoseconds; after so many
/// looks the holder is not running.
pub const SPINS: u32 = 40;

/// Makes a constructor `const`. (`loom`'s types have no constant constructors; its models define this macro
/// without the `const`.)
macro_rules! const_fn {
    ($(#[$doc:meta])* $vis:vis fn $($rest:tt)*) => { $(#[$doc])* $vis const fn $($rest)* };
}
pub(crate) use const_fn;

/// An array of equal constants. (Made by a loop in the models.)
macro_rules! array_of {
    ($make:expr) => {
        [const { $make }; _]
    };
}
pub(crate) use array_of;

/// How a wait on a [`Futex`] ended. Only the word tells whether what was waited for has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FutexWait {
    /// Woken, or the word had changed already, or for no reason at all.
    Woken,
    /// The deadline passed.
    TimedOut,
    /// A signal handler ran in this thread.
    Interrupted,
}

/// A word that threads can sleep on until it changes.
#[derive(Debug)]
pub struct Futex(AtomicU32);

impl Futex {
    /// A futex whose word is `value`.
    pub const fn new(value: u32) -> Futex {
        Futex(AtomicU32::new(value))
    }

    /// Sleeps while the word is `expected`, until woken, interrupted by a signal or past `deadline`
    /// (nanoseconds of [`monotonic`]).
    pub fn wait(&self, expected: u32, deadline: Option<u64>) -> FutexWait {
        futex::wait(&self.0, expected, deadline)
    }

    /// Wakes one sleeper.
    pub fn wake_one(&self) {
        futex::wake(&self.0, 1);
    }

    /// Wakes all sleepers.
    pub fn wake_all(&self) {
        futex::wake(&self.0, i32::MAX);
    }
}

impl Deref for Futex {
    type Target = AtomicU32;
    fn deref(&self) -> &AtomicU32 {
        &self.0
    }
}
