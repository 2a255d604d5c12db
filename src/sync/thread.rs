//! A thread as the scheduler knows it.

use super::breaker::{Breaker, bit};
use super::guarded::Guarded;
use super::parker::{Parker, Wake};
use super::primitives::Futex;
use super::qsbr::Retired;
use super::scheduler::{Policy, Scheduler};
use super::waiting::{WaitKind, Waiting};
use super::word_lock::Waiter;
use super::world;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Why a thread stops being attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A system call that may block, or a long computation that touches no object.
    Io,
    /// A wait for a lock or for another thread.
    Lock,
    /// `time.sleep`.
    Sleep,
}

/// What is counted per thread; `--gil-stats` prints it. Only the thread itself writes, anybody reads.
#[derive(Debug, Default)]
pub struct Stats {
    /// Times the GIL was taken (with free threads: times the thread was attached).
    pub taken: AtomicU64,
    /// Times it had to be waited for.
    pub waits: AtomicU64,
    /// Nanoseconds it was waited for.
    pub waited: AtomicU64,
    /// Times it was dropped because another thread asked.
    pub dropped_on_request: AtomicU64,
    /// Times it was released for I/O, or for sleep.
    pub released_for_io: AtomicU64,
    /// Times it was released to wait for a lock or a thread.
    pub released_for_lock: AtomicU64,
}

/// One more, by the only writer.
fn bump(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Relaxed) + by, Relaxed);
}

/// One thread. Made by [`Scheduler::new_thread`], shared between the thread itself and those who wake it.
pub struct SchedThread {
    /// Number by creation, from 1; the same in every run of the same script.
    pub number: u64,
    /// The word the thread looks at in every switch point.
    pub breaker: Breaker,
    /// Whether the thread may touch objects (see [`world`]); only `sync` changes it.
    pub(super) state: Futex,
    /// Where it sleeps in a park.
    pub(super) parker: Parker,
    /// Where it sleeps until a scripted scheduler gives it the turn.
    pub(super) turn: Parker,
    /// The last epoch it announced (see [`qsbr`](super::qsbr)).
    pub(super) seen: AtomicU64,
    /// Memory to be freed once nobody can look at it. Touched by the thread itself while attached, or by
    /// whoever stopped the world.
    pub(super) retired: UnsafeCell<Retired>,
    /// The thread's name, once it has one (`_thread.set_name`).
    pub name: Guarded<Option<String>>,
    /// What happened with the GIL.
    pub stats: Stats,
    pub(super) scheduler: Arc<Scheduler>,
}

// SAFETY: the one cell is guarded as its comment says.
unsafe impl Sync for SchedThread {}
// SAFETY: as above.
unsafe impl Send for SchedThread {}

impl SchedThread {
    pub(super) fn new(scheduler: Arc<Scheduler>, number: u64) -> SchedThread {
        SchedThread {
            number,
            breaker: Breaker::new(),
            state: Futex::new(world::DETACHED),
            parker: Parker::new(),
            turn: Parker::new(),
            seen: AtomicU64::new(0),
            retired: UnsafeCell::default(),
            name: Guarded::new(None),
            stats: Stats::default(),
            scheduler,
        }
    }

    /// Who schedules this thread.
    pub fn scheduler(&self) -> &Arc<Scheduler> {
        &self.scheduler
    }

    /// Whether the thread may touch objects now.
    pub fn is_attached(&self) -> bool {
        self.state.load(Relaxed) == world::ATTACHED
    }

    /// Becomes a thread that may touch objects: takes the GIL, or its turn. Called by the thread itself,
    /// detached. A daemon thread that comes back when the program has ended never returns from it.
    pub fn attach(&self) {
        debug_assert!(!self.is_attached(), "a thread attaches once");
        bump(&self.stats.taken, 1);
        match &self.scheduler.policy {
            Policy::Gil(gil) => {
                let waited = gil.take(&self.breaker);
                self.state.store(world::ATTACHED, Relaxed);
                if waited != 0 {
                    bump(&self.stats.waits, 1);
                    bump(&self.stats.waited, waited);
                }
            }
            Policy::Free => {
                if self.scheduler.world.attach(self) {
                    bump(&self.stats.waits, 1);
                }
                self.scheduler.qsbr.online(self);
            }
            Policy::Scripted(script) => {
                script.attach(self);
                self.state.store(world::ATTACHED, Relaxed);
            }
        }
        if self.scheduler.is_closed_to(self) {
            self.hang();
        }
    }

    /// Stops being one: from here to [`attach`](Self::attach) the thread touches no object.
    pub fn detach(&self, why: Why) {
        debug_assert!(self.is_attached(), "only an attached thread detaches");
        bump(if why == Why::Lock { &self.stats.released_for_lock } else { &self.stats.released_for_io }, 1);
        self.let_go(false);
    }

    /// Gives up what `attach` took.
    fn let_go(&self, for_good: bool) {
        match &self.scheduler.policy {
            Policy::Gil(gil) => {
                self.state.store(world::DETACHED, Relaxed);
                if for_good {
                    gil.release_for_good(&self.breaker);
                } else {
                    gil.release(&self.breaker);
                }
            }
            Policy::Free => {
                self.scheduler.qsbr.offline(self);
                self.scheduler.world.detach(self);
            }
            Policy::Scripted(_) => self.state.store(world::DETACHED, Relaxed),
        }
    }

    /// Runs something that may block, detached. What it returns must not be a borrowed object; errno is to
    /// be read inside.
    pub fn blocking<R>(&self, why: Why, call: impl FnOnce() -> R) -> R {
        self.detach(why);
        let back = Reattach(self);
        let result = call();
        drop(back);
        result
    }

    /// The slow path of a switch point, taken when the breaker is not zero. Serves what the scheduler asks
    /// for and returns the bits that are for the caller: it clears each with [`Breaker::take`] when it
    /// serves it.
    #[cold]
    pub fn switch_point(&self) -> u32 {
        let bits = self.breaker.get();
        if bits & bit::STOP_THE_WORLD != 0 {
            self.scheduler.world.stopped(self);
        }
        match &self.scheduler.policy {
            Policy::Gil(gil) => {
                if bits & bit::GIL_DROP_REQUEST != 0 {
                    bump(&self.stats.dropped_on_request, 1);
                    self.state.store(world::DETACHED, Relaxed);
                    gil.release(&self.breaker);
                    self.attach();
                }
            }
            Policy::Free => {
                if bits & bit::QUIESCE != 0 {
                    self.breaker.clear(bit::QUIESCE);
                    self.scheduler.qsbr.poll(self, &self.scheduler.world);
                }
            }
            Policy::Scripted(script) => script.switch_point(self),
        }
        self.breaker.get() & !bit::OWN
    }

    /// Waits, detached, until [`unpark`](Self::unpark) or `deadline` (nanoseconds of
    /// [`Scheduler::now`]). May return for no reason: look again at what is waited for.
    pub fn park(&self, what: &Waiting, deadline: Option<u64>) -> Wake {
        let ends = what.kind != WaitKind::ObjectLock;
        if ends && self.breaker.has(bit::EXIT) {
            return Wake::Teardown;
        }
        let wake = match &self.scheduler.policy {
            Policy::Scripted(script) => script.park(self, what, deadline),
            _ => match self.parker.poll() {
                Some(wake) => wake,
                None if !self.is_attached() => self.parker.park(deadline),
                None => {
                    let why = if what.kind == WaitKind::Sleep { Why::Sleep } else { Why::Lock };
                    self.blocking(why, || self.parker.park(deadline))
                }
            },
        };
        if ends && self.breaker.has(bit::EXIT) { Wake::Teardown } else { wake }
    }

    /// Ends a [`park`](Self::park) of this thread, the present or the next one.
    pub fn unpark(&self) {
        match &self.scheduler.policy {
            Policy::Scripted(script) => script.unpark(self),
            _ => self.parker.unpark(),
        }
    }

    /// Sleeps until `deadline`. Never `Woken`: `TimedOut` is the good end; after `Interrupted` the caller
    /// runs the handlers and sleeps on until the same deadline.
    pub fn sleep_until(&self, deadline: u64) -> Wake {
        let what = Waiting::new(WaitKind::Sleep, 0);
        loop {
            match self.park(&what, Some(deadline)) {
                Wake::Woken if self.scheduler.now() >= deadline => return Wake::TimedOut,
                Wake::Woken => {}
                end => return end,
            }
        }
    }

    /// The thread ends: the last call it makes here, attached. Nobody schedules it any more.
    pub fn exit(&self) {
        self.scheduler.qsbr.leave(self);
        self.let_go(true);
        self.scheduler.removed(self);
    }

    /// Ends a wait because a signal came. Async-signal-safe.
    pub fn interrupt(&self) {
        self.breaker.set(bit::SIGNALS_PENDING);
        self.parker.interrupt();
        self.turn.interrupt();
    }

    /// What CPython does with a daemon thread that comes back too late.
    fn hang(&self) -> ! {
        self.let_go(true);
        loop {
            Parker::new().park(None);
        }
    }
}

/// Attaches again also when the call panics.
struct Reattach<'a>(&'a SchedThread);

impl Drop for Reattach<'_> {
    fn drop(&mut self) {
        self.0.attach();
    }
}

impl Waiter for SchedThread {
    fn wait(&self, what: &Waiting, deadline: Option<u64>) -> Wake {
        self.park(what, deadline)
    }
    fn wake(&self) {
        self.unpark();
    }
}
