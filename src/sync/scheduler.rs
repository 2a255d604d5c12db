//! The seam: who may run, behind one interface.
//!
//! Three schedulers stand behind it. With the [GIL](super::gil) one attached thread at a time; with *free*
//! threads all at once, unless one stops the [world](super::world); under a [script](super::scripted) one at
//! a time again, but the next is chosen by a seed (or a file, or a search), and time is not the machine's.
//! The rest of the program calls the same few functions on [`SchedThread`] and cannot tell which it is.

use super::breaker::bit;
use super::gil::Gil;
use super::object_lock::lot;
use super::primitives::monotonic;
use super::qsbr::Qsbr;
use super::scripted::{Chooser, Deadlock, Script};
use super::thread::SchedThread;
use super::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Which scheduler an interpreter gets.
pub enum Mode {
    /// One attached thread at a time.
    Gil,
    /// All attached threads at once.
    Free,
    /// One at a time, chosen by a script.
    Scripted(Box<dyn Chooser>),
}

/// The three schedulers.
pub(super) enum Policy {
    Gil(Gil),
    Free,
    Scripted(Box<Script>),
}

/// The threads of one interpreter, and who of them may run.
pub struct Scheduler {
    pub(super) policy: Policy,
    pub(super) world: World,
    pub(super) qsbr: Qsbr,
    /// Number of the last thread made.
    last_number: AtomicU64,
    /// Once the program has ended, the number of the only thread that may still attach; 0 before.
    closed_for: AtomicU64,
}

impl Scheduler {
    /// A scheduler without threads.
    pub fn new(mode: Mode) -> Arc<Scheduler> {
        let policy = match mode {
            Mode::Gil => Policy::Gil(Gil::new()),
            Mode::Free => Policy::Free,
            Mode::Scripted(chooser) => Policy::Scripted(Box::new(Script::new(chooser))),
        };
        Arc::new(Scheduler {
            policy,
            world: World::default(),
            qsbr: Qsbr::default(),
            last_number: AtomicU64::new(0),
            closed_for: AtomicU64::new(0),
        })
    }

    /// Makes the record of a thread, detached. The parent calls it before it starts the OS thread, so that
    /// numbers follow the order of creation; the first one is the main thread. The thread itself then
    /// [attaches](SchedThread::attach), and ends with [`exit`](SchedThread::exit). If the OS thread cannot be
    /// started, [`abandon`](Self::abandon) the record.
    pub fn new_thread(self: &Arc<Self>) -> Arc<SchedThread> {
        let number = self.last_number.fetch_add(1, Relaxed) + 1;
        let thread = Arc::new(SchedThread::new(self.clone(), number));
        self.world.join(&thread);
        if let Policy::Scripted(script) = &self.policy {
            thread.breaker.set(bit::SCHEDULE);
            script.join(&thread);
        }
        thread
    }

    /// Takes back a thread that was made and never ran.
    pub fn abandon(&self, thread: &SchedThread) {
        self.removed(thread);
    }

    /// A detached thread is no more.
    pub(super) fn removed(&self, thread: &SchedThread) {
        self.world.leave(thread);
        if let Policy::Scripted(script) = &self.policy {
            script.leave(thread);
        }
    }

    /// Nanoseconds of the clock of all deadlines: the machine's monotonic clock, or a script's own.
    pub fn now(&self) -> u64 {
        match &self.policy {
            Policy::Scripted(script) => script.now(),
            _ => monotonic(),
        }
    }

    /// Whether at most one thread at a time is attached.
    pub fn is_exclusive(&self) -> bool {
        !matches!(self.policy, Policy::Free)
    }

    /// Whether time is a script's own.
    pub fn is_scripted(&self) -> bool {
        matches!(self.policy, Policy::Scripted(_))
    }

    /// `sys.getswitchinterval()`, in nanoseconds.
    pub fn switch_interval(&self) -> Option<u32> {
        if let Policy::Gil(gil) = &self.policy { Some(gil.interval()) } else { None }
    }

    /// `sys.setswitchinterval()`, in nanoseconds. Only the GIL has one.
    pub fn set_switch_interval(&self, nanoseconds: u32) {
        if let Policy::Gil(gil) = &self.policy {
            gil.set_interval(nanoseconds);
        }
    }

    /// The threads that were made and have not ended, by number.
    pub fn threads(&self) -> Vec<Arc<SchedThread>> {
        self.world.members.lock().clone()
    }

    /// Returns when no thread but `me` (attached) is attached, and none can attach before
    /// [`start_the_world`](Self::start_the_world). Stops nest. Until then `me` must not detach: with the GIL on,
    /// holding it is what stops the others.
    pub fn stop_the_world(&self, me: &SchedThread) {
        self.world.stop(me, self.is_exclusive());
    }

    /// Undoes one [`stop_the_world`](Self::stop_the_world).
    pub fn start_the_world(&self, me: &SchedThread) {
        self.world.start(me, self.is_exclusive());
    }

    /// Whether `me` has stopped the world.
    pub fn world_is_stopped_by(&self, me: &SchedThread) -> bool {
        self.world.is_stopped_by(me)
    }

    /// Calls `f` if the free thread `other` is detached, which it stays meanwhile: what it alone may touch, `f` may.
    /// `f` neither waits nor touches locks of this room. Tells whether it was called.
    pub fn while_detached(&self, other: &SchedThread, f: impl FnOnce()) -> bool {
        self.world.while_detached(other, f)
    }

    /// Frees `memory` through `free` when no thread can look at it any more: at once, unless threads are
    /// free.
    ///
    /// # Safety
    /// `me` is the calling thread, attached. The memory can no longer be reached; nothing else frees it;
    /// `free` may run in any thread, and neither retires nor parks nor touches objects.
    pub unsafe fn retire(&self, me: &SchedThread, memory: *mut u8, size: usize, free: unsafe fn(*mut u8, usize)) {
        if self.is_exclusive() || self.world.is_stopped_by(me) {
            // SAFETY: nobody else runs, and the memory cannot be reached.
            unsafe { free(memory, size) };
            return;
        }
        // SAFETY: as the caller says.
        if unsafe { self.qsbr.retire(me, memory, size, free) } {
            // Freed at the next switch point, where `me` holds no old pointers itself.
            me.breaker.set(bit::QUIESCE);
        }
    }

    /// The program has ended: from now on only `me` attaches. With the GIL on and with free threads the
    /// others hang when they try, as CPython's daemon threads do; under a script, and where they park, they
    /// are told to unwind ([`Wake::Teardown`](super::Wake), the `EXIT` bit).
    pub fn close(&self, me: &SchedThread) {
        let scripted = self.is_scripted();
        if !scripted {
            self.closed_for.store(me.number, Release);
        }
        for other in self.threads().iter().filter(|t| t.number != me.number) {
            other.breaker.set(bit::EXIT);
            if scripted {
                other.unpark();
            }
        }
    }

    #[inline]
    pub(super) fn is_closed_to(&self, thread: &SchedThread) -> bool {
        let open_for = self.closed_for.load(Relaxed);
        open_for != 0 && open_for != thread.number
    }

    /// The deadlock that a script ran into, if it did.
    pub fn deadlock(&self) -> Option<Deadlock> {
        if let Policy::Scripted(script) = &self.policy { script.deadlock() } else { None }
    }

    /// Before a fork, by the thread that forks, attached. One of the next two functions must follow.
    pub fn before_fork(&self, me: &SchedThread) {
        self.stop_the_world(me);
        if let Policy::Scripted(script) = &self.policy {
            script.hold();
        }
        self.world.hold().keep();
    }

    /// After a fork, in the parent (also when it failed).
    pub fn after_fork_in_parent(&self, me: &SchedThread) {
        // SAFETY: kept by `before_fork`.
        unsafe { self.world.members.release_kept() };
        if let Policy::Scripted(script) = &self.policy {
            // SAFETY: as above.
            unsafe { script.release() };
        }
        self.start_the_world(me);
    }

    /// After a fork, in the child: `me` is the only thread. The records of the threads that are gone, whose
    /// objects the caller adopts.
    ///
    /// # Safety
    /// Called in the child of a fork, by the thread that called [`before_fork`](Self::before_fork).
    pub unsafe fn after_fork_in_child(&self, me: &SchedThread) -> Vec<Arc<SchedThread>> {
        // SAFETY: nobody else is here; the locks were kept.
        unsafe {
            lot().reset();
            self.qsbr.reset_after_fork();
            let gone = self.world.reset_after_fork(me);
            match &self.policy {
                Policy::Gil(gil) => gil.reset_after_fork(&me.breaker),
                Policy::Free => {}
                Policy::Scripted(script) => script.reset_after_fork(me),
            }
            me.parker.reset();
            me.turn.reset();
            gone
        }
    }
}
