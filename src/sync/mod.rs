//! Threads, and everything that can make one stop.
//!
//! This room knows no Python objects. It answers three questions: who may run now, how a thread waits, and
//! when something that other threads may still look at can be freed. Nothing else in the program blocks.
//!
//! # A thread's life
//!
//! The parent makes a [`SchedThread`] ([`Scheduler::new_thread`]), which gives it a number; the OS thread
//! then [attaches](SchedThread::attach), and while it is attached it may touch objects. It stops in one of
//! three ways only:
//!
//! - at a **switch point**: the [eval breaker](breaker) is not zero, and
//!   [`switch_point`](SchedThread::switch_point) does what was asked. What it cannot do itself (signals,
//!   pending calls, the collector) it hands back to the caller as bits.
//! - in a **blocking region**: [`blocking`](SchedThread::blocking) detaches, makes the system call, attaches
//!   again.
//! - in a **park**: [`park`](SchedThread::park) names what is waited for, detaches, and sleeps until another
//!   thread [unparks](SchedThread::unpark) it, the deadline passes or a signal comes. [Locks](lock), events,
//!   joins and sleeps are made of it.
//!
//! With [`exit`](SchedThread::exit) it is gone.
//!
//! # Three schedulers
//!
//! | scheduler | attached means | a switch point | the clock |
//! |---|---|---|---|
//! | [GIL](gil) | holding the GIL | drops it if a waiter has asked | the machine's |
//! | [free](world) | having said so in one's own word | suspends if the world is being stopped | the machine's |
//! | [scripted] | having the turn | asks the script who goes next | virtual |
//!
//! CPython has the first two, in two builds of the interpreter; here they are one program. The third is what
//! makes a race repeatable: with [`Seeded`] the run is a function of a number.
//!
//! # Stopping, and stopping the others
//!
//! The collector and `fork` need to be alone. Whoever holds the GIL, or the turn, is; among free threads one
//! [stops the world](Scheduler::stop_the_world). A thread that is detached or waits for a lock counts as
//! stopped, which is why every wait goes through the thread's record, and none through a lock of Rust's.
//!
//! # What may be freed
//!
//! Without a GIL two more things are needed. [Biased counts](biased) say when an object is dead although
//! most of them are plain numbers. [Quiescent states](qsbr) say when the array behind a list can go although
//! a reader may have loaded its address a moment ago.
//!
//! # Invariants
//!
//! - Nothing blocks except through this room.
//! - No Rust mutex, and no [`Guarded`] value, is held across a park, a switch point or a fork.
//! - Every wake-up may come for no reason: who waits looks again.
//! - What a signal handler touches is atomic and lives as long as the process ([`signals`]).
//! - The state of a run belongs to its [`Scheduler`]; the [parking lot](object_lock::lot) and the marks of
//!   [`signals`] alone are the process's.
//! - `gil`, `parker`, `word_lock`, `guarded`, `breaker` and `biased` name their atomics through `primitives`:
//!   `tests/loom` checks these very files.
//!
//! # Where to read
//!
//! [`thread`] shows the whole in one page, then [`gil`], [`world`] and [`scripted`]; [`word_lock`] is the one
//! piece of cunning; [`futex`](self) is the bottom, where a thread really sleeps.
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
