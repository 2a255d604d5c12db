//! State that the methods of one object share, one thread at a time: streams that compress or decompress.

use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::sync::lock::{Lock, Patience};
use crate::sync::word_lock::Attempt;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

/// What an object's methods share, one thread at a time.
pub struct Shared<S> {
    lock: Lock,
    state: UnsafeCell<S>,
}

// SAFETY: the state is reached through `enter` only, which holds the lock.
unsafe impl<S: Send> Sync for Shared<S> {}

/// A shared state that this thread holds.
pub struct Held<'a, S>(&'a Shared<S>);

impl<S> Shared<S> {
    /// A state that no thread holds.
    pub fn new(state: S) -> Shared<S> {
        Shared { lock: Lock::new(), state: UnsafeCell::new(state) }
    }

    /// Waits until no other thread has it. A thread never enters twice: nothing inside calls Python code.
    pub fn enter(&self, t: &Thread) -> R<Held<'_, S>> {
        loop {
            match self.lock.acquire(&t.sched, Patience::Endless) {
                Attempt::Acquired => return Ok(Held(self)),
                Attempt::Interrupted => crate::vm::breaker::handle(t)?,
                _ => return Err(t.runtime_error("could not acquire the lock of a stream at interpreter shutdown")),
            }
        }
    }
}

impl<S> Deref for Held<'_, S> {
    type Target = S;
    fn deref(&self) -> &S {
        // SAFETY: the lock is held.
        unsafe { &*self.0.state.get() }
    }
}

impl<S> DerefMut for Held<'_, S> {
    fn deref_mut(&mut self) -> &mut S {
        // SAFETY: the lock is held, and this guard is the only way to the state.
        unsafe { &mut *self.0.state.get() }
    }
}

impl<S> Drop for Held<'_, S> {
    fn drop(&mut self) {
        // Held since `enter`.
        _ = self.0.lock.release();
    }
}
