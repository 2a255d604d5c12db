//! What `_thread.lock` and `_thread.RLock` are made of.
//!
//! One byte and the parking lot, as for objects; besides, the number of the thread that holds it, so that a
//! deadlock can be told. Any thread may release a [`Lock`]; only its owner a [`ReentrantLock`].

use super::object_lock::lot;
use super::parker::Wake;
use super::thread::SchedThread;
use super::waiting::{WaitKind, Waiting};
use super::word_lock::{Attempt, UNLOCKED, try_lock};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::*};

/// How long to wait for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until this time, in nanoseconds of [`Scheduler::now`](super::Scheduler::now).
    Until(u64),
    /// Until it comes.
    Endless,
}

impl Patience {
    /// `acquire(blocking, timeout)`, from now on. `timeout` in nanoseconds; none waits for ever.
    pub fn new(me: &SchedThread, blocking: bool, timeout: Option<u64>) -> Patience {
        match (blocking, timeout) {
            (false, _) => Patience::None,
            (true, None) => Patience::Endless,
            (true, Some(0)) => Patience::None,
            (true, Some(ns)) => Patience::Until(me.scheduler().now().saturating_add(ns)),
        }
    }
}

/// A lock that is not reentrant.
#[derive(Debug, Default)]
pub struct Lock {
    word: AtomicU8,
    /// Number of the thread that took it, or 0. Written by the holder, read by reports.
    holder: AtomicU64,
}

/// The lock was not held (or not by the caller).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl Lock {
    /// A free lock.
    pub const fn new() -> Lock {
        Lock { word: AtomicU8::new(UNLOCKED), holder: AtomicU64::new(0) }
    }

    /// Takes the lock. After [`Attempt::Interrupted`] the caller runs the signal handlers and calls again
    /// with the same patience.
    #[inline]
    pub fn acquire(&self, me: &SchedThread, patience: Patience) -> Attempt {
        self.acquire_as(me, patience, WaitKind::Lock)
    }

    #[inline]
    fn acquire_as(&self, me: &SchedThread, patience: Patience, kind: WaitKind) -> Attempt {
        if !try_lock(&self.word) {
            let deadline = match patience {
                Patience::None => return Attempt::TimedOut,
                Patience::Until(at) => Some(at),
                Patience::Endless => None,
            };
            let what = Waiting::held(kind, self as *const Lock as usize, &self.holder);
            match lot().lock(&self.word, me, &what, deadline, true) {
                Attempt::Acquired => {}
                end => return end,
            }
        }
        self.holder.store(me.number, Relaxed);
        Attempt::Acquired
    }

    /// Lets go, whoever holds it.
    #[inline]
    pub fn release(&self) -> Result<(), NotHeld> {
        // Two threads that release the same lock at once must not both find it held.
        if self.holder.swap(0, Relaxed) == 0 {
            return Err(NotHeld);
        }
        super::object_lock::unlock(&self.word);
        Ok(())
    }

    /// Whether somebody holds it.
    pub fn is_locked(&self) -> bool {
        self.holder.load(Relaxed) != 0
    }

    /// Number of the thread that holds it, or 0.
    pub fn holder(&self) -> u64 {
        self.holder.load(Relaxed)
    }

    /// A free lock again, in the child of a fork (`_at_fork_reinit`).
    ///
    /// # Safety
    /// No thread waits for it.
    pub unsafe fn reset(&self) {
        self.word.store(UNLOCKED, Relaxed);
        self.holder.store(0, Relaxed);
    }
}

/// A lock that its holder may take again.
#[derive(Debug, Default)]
pub struct ReentrantLock {
    lock: Lock,
    /// How often the holder has taken it. Touched by the holder only.
    depth: AtomicU32,
}

impl ReentrantLock {
    /// A free lock.
    pub const fn new() -> ReentrantLock {
        ReentrantLock { lock: Lock::new(), depth: AtomicU32::new(0) }
    }

    /// Takes the lock, at once if the caller holds it.
    pub fn acquire(&self, me: &SchedThread, patience: Patience) -> Attempt {
        if self.is_owned(me) {
            self.depth.store(self.depth.load(Relaxed) + 1, Relaxed);
            return Attempt::Acquired;
        }
        let end = self.lock.acquire_as(me, patience, WaitKind::RLock);
        if end == Attempt::Acquired {
            self.depth.store(1, Relaxed);
        }
        end
    }

    /// Undoes one [`acquire`](Self::acquire) of the caller.
    pub fn release(&self, me: &SchedThread) -> Result<(), NotHeld> {
        if !self.is_owned(me) {
            return Err(NotHeld);
        }
        match self.depth.load(Relaxed) - 1 {
            0 => {
                self.depth.store(0, Relaxed);
                self.lock.release()
            }
            depth => {
                self.depth.store(depth, Relaxed);
                Ok(())
            }
        }
    }

    /// Lets go wholly; the depth to give to [`restore`](Self::restore) (a condition's `wait`).
    pub fn release_save(&self, me: &SchedThread) -> Result<u32, NotHeld> {
        if !self.is_owned(me) {
            return Err(NotHeld);
        }
        let depth = self.depth.swap(0, Relaxed);
        self.lock.release().map(|()| depth)
    }

    /// Takes the lock to that depth.
    pub fn restore(&self, me: &SchedThread, depth: u32) -> Attempt {
        let end = self.lock.acquire_as(me, Patience::Endless, WaitKind::RLock);
        if end == Attempt::Acquired {
            self.depth.store(depth, Relaxed);
        }
        end
    }

    /// Whether the caller holds it.
    pub fn is_owned(&self, me: &SchedThread) -> bool {
        self.lock.holder() == me.number
    }

    /// How often `me` has taken it.
    pub fn depth_of(&self, me: &SchedThread) -> u32 {
        if self.is_owned(me) { self.depth.load(Relaxed) } else { 0 }
    }

    /// How often its holder, whoever that is, has taken it.
    pub fn depth(&self) -> u32 {
        self.depth.load(Relaxed)
    }

    /// Whether somebody holds it.
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Number of the thread that holds it, or 0.
    pub fn holder(&self) -> u64 {
        self.lock.holder()
    }

    /// A free lock again, in the child of a fork.
    ///
    /// # Safety
    /// No thread waits for it.
    pub unsafe fn reset(&self) {
        self.depth.store(0, Relaxed);
        // SAFETY: as the caller says.
        unsafe { self.lock.reset() };
    }
}

/// Something that happens once: the end of a thread, a result that is ready.
#[derive(Debug)]
pub struct Event {
    /// Held until it happens.
    word: AtomicU8,
    /// Whether it has.
    set: AtomicU8,
    /// Number of the thread that will set it, or 0.
    setter: AtomicU64,
    kind: WaitKind,
}

impl Event {
    /// An event that has not happened; `setter` is the number of the thread that is to set it, if known.
    pub const fn new(kind: WaitKind, setter: u64) -> Event {
        Event {
            word: AtomicU8::new(super::word_lock::LOCKED),
            set: AtomicU8::new(0),
            setter: AtomicU64::new(setter),
            kind,
        }
    }

    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.set.load(Acquire) != 0
    }

    /// It happens; all waiters go on. What was written before is seen by them.
    pub fn set(&self) {
        if self.set.swap(1, AcqRel) == 0 {
            super::object_lock::unlock(&self.word);
        }
    }

    /// Waits for it.
    pub fn wait(&self, me: &SchedThread, deadline: Option<u64>) -> Wake {
        if self.is_set() {
            return Wake::Woken;
        }
        let what = Waiting::held(self.kind, self as *const Event as usize, &self.setter);
        match lot().lock(&self.word, me, &what, deadline, true) {
            Attempt::Acquired => {
                // Each waiter lets the next one through.
                super::object_lock::unlock(&self.word);
                Wake::Woken
            }
            Attempt::TimedOut => Wake::TimedOut,
            Attempt::Interrupted => Wake::Interrupted,
            Attempt::Teardown => Wake::Teardown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::scheduler::{Mode, Scheduler};
    use crate::sync::seeded::Seeded;
    use std::sync::Arc;

    fn all() -> [Arc<Scheduler>; 3] {
        [Mode::Gil, Mode::Free, Mode::Scripted(Box::new(Seeded::new(3)))].map(Scheduler::new)
    }

    #[test]
    fn a_lock_under_every_scheduler() {
        for scheduler in all() {
            let me = scheduler.new_thread();
            me.attach();
            let lock = Lock::new();
            assert_eq!(lock.release(), Err(NotHeld));
            assert_eq!(lock.acquire(&me, Patience::Endless), Attempt::Acquired);
            assert!(lock.is_locked());
            assert_eq!(lock.acquire(&me, Patience::None), Attempt::TimedOut);
            let soon = Patience::new(&me, true, Some(1_000_000));
            assert_eq!(lock.acquire(&me, soon), Attempt::TimedOut);
            assert_eq!(lock.release(), Ok(()));
            me.exit();
        }
    }

    #[test]
    fn a_reentrant_lock_counts() {
        let scheduler = Scheduler::new(Mode::Gil);
        let (me, other) = (scheduler.new_thread(), scheduler.new_thread());
        me.attach();
        let lock = ReentrantLock::new();
        assert_eq!(lock.release(&me), Err(NotHeld));
        for depth in 1..4 {
            assert_eq!(lock.acquire(&me, Patience::Endless), Attempt::Acquired);
            assert_eq!(lock.depth_of(&me), depth);
        }
        assert_eq!(lock.release(&other), Err(NotHeld));
        assert_eq!(lock.release_save(&me), Ok(3));
        assert!(!lock.is_locked());
        assert_eq!(lock.restore(&me, 3), Attempt::Acquired);
        (0..3).for_each(|_| lock.release(&me).unwrap());
        assert!(!lock.is_locked());
        me.exit();
    }

    #[test]
    fn an_event_lets_all_through() {
        for scheduler in all() {
            let me = scheduler.new_thread();
            me.attach();
            let event = Event::new(WaitKind::Event, 0);
            let soon = scheduler.now() + 1_000_000;
            assert_eq!(event.wait(&me, Some(soon)), Wake::TimedOut);
            std::thread::scope(|s| {
                let workers: Vec<_> = (0..3)
                    .map(|_| {
                        let (thread, event) = (scheduler.new_thread(), &event);
                        s.spawn(move || {
                            thread.attach();
                            assert_eq!(event.wait(&thread, None), Wake::Woken);
                            thread.exit();
                        })
                    })
                    .collect();
                me.switch_point();
                event.set();
                me.exit();
                workers.into_iter().for_each(|w| w.join().unwrap());
            });
        }
    }
}
