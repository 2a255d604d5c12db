//! Threads, and everything that can make one stop: the eval breaker, the GIL, free threads, scripts, parks.
//!
//! Knows no Python objects. Start reading at [`scheduler`].
pub mod biased;
pub mod breaker;
mod futex;
pub mod gil;
pub mod guarded;
pub mod lock;
pub mod object_lock;
pub mod parker;
mod primitives;
pub mod qsbr;
pub mod scheduler;
pub mod scripted;
pub mod seeded;
pub mod signals;
pub mod thread;
pub mod waiting;
pub mod word_lock;
pub mod world;

pub use breaker::{Breaker, bit};
pub use guarded::Guarded;
pub use lock::{Event, Lock, NotHeld, Patience, ReentrantLock};
pub use parker::{Parker, Wake};
pub use primitives::monotonic;
pub use scheduler::{Mode, Scheduler};
pub use scripted::{Choice, Chooser, Deadlock, Stuck};
pub use seeded::Seeded;
pub use thread::{SchedThread, Stats, Why};
pub use waiting::{WaitKind, Waiting};
pub use word_lock::{Attempt, Waiter};

#[cfg(test)]
mod tests;
