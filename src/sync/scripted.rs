//! One thread at a time, chosen by a script, on a clock of its own.
//!
//! Threads are real OS threads, but only the one that has the *turn* runs. At every switch point, wait and
//! wake-up it asks the [`Chooser`] who goes next, hands over the turn, and sleeps until it gets it back. So
//! the run is a function of the choices, and the choices of a seed.
//!
//! Time is virtual. It moves a little with every choice and every reading, so that a loop which polls the
//! clock ends; when nobody can run it jumps to the earliest deadline, so sleeping costs nothing. When nobody
//! can run and nobody has a deadline, that is a deadlock: it is recorded ([`Deadlock`]) with who waits for
//! what and who holds it, and all threads are told to unwind.
//!
//! A blocking region keeps the turn, because how long a system call takes is not in the script; when it is
//! over, the next thread is chosen. Whoever waits in the system for something that another thread of the same run will
//! do (bytes in a pipe, a connection) therefore does not block there: it looks, sleeps for a little virtual time, and
//! looks again (`modules::system::ready`).
//!
//! Invariants: `running` is the one thread that has the turn, or is about to find it; everything else here
//! changes only under the table's lock, by that thread, or by one that wakes others from outside (a signal).

use super::breaker::bit;
use super::guarded::Guarded;
use super::parker::Wake;
use super::thread::SchedThread;
use super::waiting::{WaitKind, Waiting};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

/// Virtual nanoseconds that a choice or a reading of the clock takes.
const TICK: u64 = 1_000;

/// A decision to be made.
pub struct Choice<'a> {
    /// The thread that had the turn, if it can go on.
    pub current: Option<u64>,
    /// The numbers of the threads that can run, ascending; never empty. `current` is among them.
    pub runnable: &'a [u64],
    /// Virtual time.
    pub now: u64,
}

/// Who decides. The lab implements it with files and searches.
pub trait Chooser: Send {
    /// Index into `choice.runnable` of the thread that goes next.
    fn choose(&mut self, choice: &Choice<'_>) -> usize;
}

/// A thread in a deadlock.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// The thread's number.
    pub thread: u64,
    /// What it waits for.
    pub what: WaitKind,
    /// Which one: its address.
    pub address: usize,
    /// The number of the thread that holds it, if that is known.
    pub holder: Option<u64>,
}

/// All threads wait for each other.
#[derive(Clone, Debug)]
pub struct Deadlock {
    /// The threads, by number.
    pub threads: Vec<Stuck>,
}

enum State {
    Runnable,
    Parked { what: Waiting, deadline: Option<u64> },
}

struct Entry {
    thread: Arc<SchedThread>,
    state: State,
    /// Its OS thread has come here.
    started: bool,
    /// An unpark that came before the park.
    permit: bool,
    /// What a park that is over returns.
    wake: Wake,
}

struct Table {
    /// By number, ascending.
    entries: Vec<Entry>,
    /// Who has the turn.
    running: Option<u64>,
    chooser: Box<dyn Chooser>,
    deadlock: Option<Deadlock>,
}

/// The scripted scheduler.
pub struct Script {
    table: Guarded<Table>,
    now: AtomicU64,
    stuck: AtomicBool,
}

impl Table {
    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let at = self.entries.binary_search_by_key(&number, |e| e.thread.number).ok()?;
        Some(&mut self.entries[at])
    }
}

impl Script {
    pub(super) fn new(chooser: Box<dyn Chooser>) -> Script {
        Script {
            table: Guarded::new(Table { entries: Vec::new(), running: None, chooser, deadlock: None }),
            now: AtomicU64::new(TICK),
            stuck: AtomicBool::new(false),
        }
    }

    /// Virtual time in nanoseconds, a tick later than at the last reading.
    pub(super) fn now(&self) -> u64 {
        self.now.fetch_add(TICK, Relaxed) + TICK
    }

    /// A thread was made; it can be chosen although its OS thread has not come here yet.
    pub(super) fn join(&self, thread: &Arc<SchedThread>) {
        let mut table = self.table.lock();
        table.entries.push(Entry {
            thread: thread.clone(),
            state: State::Runnable,
            started: false,
            permit: false,
            wake: Wake::Woken,
        });
        table.entries.sort_by_key(|e| e.thread.number);
    }

    /// A thread ended; if it had the turn, another gets it.
    pub(super) fn leave(&self, thread: &SchedThread) {
        let mut table = self.table.lock();
        table.entries.retain(|e| e.thread.number != thread.number);
        if table.running == Some(thread.number) {
            table.running = None;
            self.choose(&mut table, None);
        }
    }

    /// A thread comes from its start, or back from a blocking region, which is a switch point. When the OS
    /// thread of a new one arrives is not in the script: it may have been chosen before, or long after, and
    /// either way that decides nothing.
    pub(super) fn attach(&self, me: &SchedThread) {
        {
            let mut table = self.table.lock();
            let nobody_runs = table.running.is_none();
            let was_started = table.entry(me.number).is_some_and(|e| std::mem::replace(&mut e.started, true));
            if nobody_runs {
                self.choose(&mut table, None);
            } else if was_started {
                self.choose(&mut table, Some(me.number));
            }
        }
        self.wait_for_turn(me);
    }

    pub(super) fn switch_point(&self, me: &SchedThread) {
        self.choose(&mut self.table.lock(), Some(me.number));
        self.wait_for_turn(me);
    }

    pub(super) fn park(&self, me: &SchedThread, what: &Waiting, deadline: Option<u64>) -> Wake {
        {
            let mut table = self.table.lock();
            let signal = me.turn.poll() == Some(Wake::Interrupted) || me.parker.poll() == Some(Wake::Interrupted);
            let Some(entry) = table.entry(me.number) else { return Wake::Teardown };
            if signal {
                entry.wake = Wake::Interrupted;
            } else if std::mem::take(&mut entry.permit) {
                entry.wake = Wake::Woken;
            } else {
                entry.state = State::Parked { what: *what, deadline };
            }
            let current = matches!(entry.state, State::Runnable).then_some(me.number);
            self.choose(&mut table, current);
        }
        self.wait_for_turn(me);
        self.table.lock().entry(me.number).map_or(Wake::Teardown, |e| e.wake)
    }

    pub(super) fn unpark(&self, thread: &SchedThread) {
        let mut table = self.table.lock();
        let Some(entry) = table.entry(thread.number) else { return };
        match entry.state {
            State::Runnable => entry.permit = true,
            State::Parked { .. } => {
                entry.state = State::Runnable;
                entry.wake = Wake::Woken;
            }
        }
        if table.running.is_none() {
            self.choose(&mut table, None);
        }
    }

    /// Decides who goes next and gives it the turn. `current`: the thread that asks, if it can go on.
    fn choose(&self, table: &mut Table, current: Option<u64>) {
        let mut now = self.now();
        let runnable = loop {
            let mut earliest = None;
            for entry in &mut table.entries {
                if let State::Parked { deadline: Some(at), .. } = entry.state {
                    if at <= now {
                        entry.state = State::Runnable;
                        entry.wake = Wake::TimedOut;
                    } else {
                        earliest = Some(earliest.map_or(at, |e: u64| e.min(at)));
                    }
                }
            }
            let runnable: Vec<u64> =
                table.entries.iter().filter(|e| matches!(e.state, State::Runnable)).map(|e| e.thread.number).collect();
            if !runnable.is_empty() {
                break runnable;
            }
            match earliest {
                Some(at) => {
                    now = at;
                    self.now.store(at, Relaxed);
                }
                None if table.entries.is_empty() => {
                    table.running = None;
                    return;
                }
                None => self.found_deadlock(table),
            }
        };
        let at = match runnable.len() {
            1 => 0,
            count => table.chooser.choose(&Choice { current, runnable: &runnable, now }).min(count - 1),
        };
        let next = runnable[at];
        table.running = Some(next);
        if current != Some(next)
            && let Some(entry) = table.entry(next)
        {
            entry.thread.turn.unpark();
        }
    }

    /// Everybody waits and nobody can end it: writes down why, and sends all home.
    fn found_deadlock(&self, table: &mut Table) {
        let mut threads = Vec::new();
        for entry in &mut table.entries {
            if let State::Parked { what, .. } = entry.state {
                threads.push(Stuck {
                    thread: entry.thread.number,
                    what: what.kind,
                    address: what.address,
                    holder: what.holder(),
                });
            }
            entry.state = State::Runnable;
            entry.wake = Wake::Teardown;
            entry.thread.breaker.set(bit::EXIT);
        }
        table.deadlock.get_or_insert(Deadlock { threads });
        self.stuck.store(true, Release);
    }

    fn wait_for_turn(&self, me: &SchedThread) {
        loop {
            if self.table.lock().running == Some(me.number) {
                return;
            }
            if me.turn.park(None) == Wake::Interrupted {
                self.interrupted(me);
            }
        }
    }

    /// A signal came for a thread that has not the turn: a wait of it is over.
    fn interrupted(&self, me: &SchedThread) {
        let mut table = self.table.lock();
        if !me.breaker.has(bit::SIGNALS_PENDING) {
            return;
        }
        if let Some(entry) = table.entry(me.number)
            && matches!(entry.state, State::Parked { .. })
        {
            entry.state = State::Runnable;
            entry.wake = Wake::Interrupted;
        }
    }

    pub(super) fn deadlock(&self) -> Option<Deadlock> {
        if self.stuck.load(Acquire) { self.table.lock().deadlock.clone() } else { None }
    }

    /// Nobody changes the table until [`release`](Self::release): for a fork.
    pub(super) fn hold(&self) {
        self.table.lock().keep();
    }

    /// # Safety
    /// After [`hold`](Self::hold), by the same thread.
    pub(super) unsafe fn release(&self) {
        // SAFETY: as the caller says.
        unsafe { self.table.release_kept() };
    }

    /// # Safety
    /// In the child of a fork, after [`hold`](Self::hold).
    pub(super) unsafe fn reset_after_fork(&self, me: &SchedThread) {
        // SAFETY: as the caller says.
        unsafe { self.table.release_kept() };
        let mut table = self.table.lock();
        table.entries.retain(|e| e.thread.number == me.number);
        table.running = Some(me.number);
    }
}
