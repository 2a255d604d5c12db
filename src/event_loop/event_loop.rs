//! The native loop: its queue, its timers, its descriptors, and one turn of it.
//!
//! As in CPython a turn takes what is ready at its beginning: events that the poller tells of, timers that are due, and
//! what was queued. What callbacks add meanwhile is for the next turn, after another look at the descriptors.
//!
//! Another thread that adds work wakes the loop through a descriptor of its own, and only if the loop says that it is
//! about to sleep.

use super::handle::{self, Handle};
use super::readiness::{Event, Interest, Readiness, System};
use super::soon::Job;
use super::state::state;
use super::timers::Timers;
use super::watch::{Watch, Watcher, Watches};
use super::{step, transport};
use crate::objects::opaque::Native;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::{Guarded, WaitKind, Waiting};
use std::collections::VecDeque;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::time::Duration;

/// The longest wait (CPython's `MAXIMUM_SELECT_TIMEOUT`).
const LONGEST_WAIT: f64 = 24.0 * 3600.0;
/// While there is work, and nothing but the loop's own descriptors to watch, it looks at them once in so many turns.
const TURNS_WITHOUT_LOOK: u64 = 64;
/// `time.get_clock_info('monotonic').resolution`: timers that are due within it are due.
const CLOCK_RESOLUTION: f64 = 1e-9;

/// The system's part of a loop: made when the loop is, gone when it is closed.
pub struct Poller {
    system: System,
    /// Written to in order to wake the loop, and the end that it watches: one descriptor, or a pipe's two.
    wake: OwnedFd,
    woken: Option<OwnedFd>,
}

/// The payload of a loop.
#[derive(Default)]
pub struct EventLoop {
    ready: Guarded<VecDeque<Job>>,
    timers: Guarded<Timers>,
    watches: Guarded<Watches>,
    poller: Guarded<Option<Arc<Poller>>>,
    /// Memory that events are written to, lent to each turn.
    events: Guarded<Vec<Event>>,
    /// Memory that transports read into, lent to each read.
    pub scratch: Guarded<Vec<u8>>,
    turns: AtomicU64,
    /// The loop is about to sleep, or sleeps: who adds work from outside wakes it.
    sleeping: AtomicBool,
    sleeper: Guarded<Option<Arc<crate::sync::SchedThread>>>,
    pub debug: AtomicBool,
    pub closed: AtomicBool,
    pub stopping: AtomicBool,
    /// Ident of the thread that runs it; 0 if none does.
    pub thread: AtomicU64,
    /// A subclass has a `call_soon` of its own.
    pub overridden: AtomicBool,
    pub task_factory: Slot,
    pub current_handle: Slot,
}

impl Native for EventLoop {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.task_factory.visit(visit);
        self.current_handle.visit(visit);
        self.ready.lock().iter().for_each(|job| job.visit(visit));
        self.timers.lock().visit(visit);
        self.watches.lock().visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        self.forget_work();
        let watches = self.watches.lock().take();
        drop(watches);
        drop((self.task_factory.take(), self.current_handle.take()));
    }
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// A descriptor to wake a loop with, and the end that it watches if that is another.
fn wake_descriptors() -> Result<(OwnedFd, Option<OwnedFd>), i32> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: a new descriptor that nobody else owns.
    unsafe {
        match libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) {
            -1 => Err(errno()),
            fd => Ok((OwnedFd::from_raw_fd(fd), None)),
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    // SAFETY: room for two descriptors, which nobody else owns.
    unsafe {
        let mut ends = [0; 2];
        if libc::pipe(ends.as_mut_ptr()) == -1 {
            return Err(errno());
        }
        for end in ends {
            libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
            libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK);
        }
        Ok((OwnedFd::from_raw_fd(ends[1]), Some(OwnedFd::from_raw_fd(ends[0]))))
    }
}

impl Poller {
    fn new() -> Result<Poller, i32> {
        let system = System::new()?;
        let (wake, woken) = wake_descriptors()?;
        let poller = Poller { system, wake, woken };
        poller.system.change(poller.watched(), Interest::default(), Interest { read: true, write: false })?;
        Ok(poller)
    }

    fn watched(&self) -> i32 {
        self.woken.as_ref().unwrap_or(&self.wake).as_raw_fd()
    }

    fn wake(&self) {
        // SAFETY: eight bytes of a live array; a full descriptor has woken the loop already.
        _ = unsafe { libc::write(self.wake.as_raw_fd(), [1u64].as_ptr().cast(), 8) };
    }

    /// Takes what woke the loop out of the descriptor.
    fn drain(&self) {
        let mut bytes = [0u8; 64];
        // SAFETY: room for as many bytes as are asked for; the descriptor does not block.
        while unsafe { libc::read(self.watched(), bytes.as_mut_ptr().cast(), bytes.len()) } == bytes.len() as isize {}
    }
}

/// The payload, if the value is a native loop.
#[inline]
pub fn of(v: &Value) -> Option<&EventLoop> {
    v.opaque::<EventLoop>()
}

/// The payload that a method of loops was called on.
#[inline]
pub fn this(v: &Value) -> &EventLoop {
    of(v).expect("methods of a native type get its objects")
}

/// Whether a loop of any kind is in debug mode.
pub fn is_debug(t: &Thread, v: &Value) -> R<bool> {
    match of(v) {
        Some(l) => Ok(l.debug.load(Relaxed)),
        None => protocol::truth(t, &protocol::call_method(t, v, &state(t).names(t).get_debug, &[])?),
    }
}

/// A timer was cancelled: false if its loop is no native one.
pub fn timer_cancelled(_t: &Thread, v: &Value, timer: &Value) -> bool {
    let Some(l) = of(v) else { return false };
    if handle::timer(timer).scheduled.load(Relaxed) {
        l.timers.lock().count_cancelled();
    }
    true
}

impl EventLoop {
    /// Opens the poller.
    pub fn open(&self, t: &Thread) -> R<()> {
        let poller = Poller::new().map_err(|error| t.os_error(error))?;
        let old = self.poller.lock().replace(Arc::new(poller));
        drop(old);
        Ok(())
    }

    /// Closes the poller and forgets everything that is queued.
    pub fn close(&self) {
        let poller = self.poller.lock().take();
        drop(poller);
        self.forget_work();
        let watches = self.watches.lock().take();
        drop(watches);
    }

    fn poller(&self) -> Option<Arc<Poller>> {
        self.poller.lock().clone()
    }

    /// Whether jobs may be queued as they are, without a handle that somebody could want to see.
    #[inline]
    pub fn takes_jobs(&self) -> bool {
        !self.debug.load(Relaxed) && !self.overridden.load(Relaxed)
    }

    pub fn check_closed(&self, t: &Thread) -> R<()> {
        if self.closed.load(Relaxed) { Err(t.runtime_error("Event loop is closed")) } else { Ok(()) }
    }

    /// Seconds of the loop's clock.
    pub fn time(&self, t: &Thread) -> f64 {
        t.interp.scheduler.now() as f64 / 1e9
    }

    /// Queues a job.
    #[inline]
    pub fn push(&self, job: Job) {
        self.ready.lock().push_back(job);
    }

    /// Wakes the loop if it sleeps.
    pub fn wake(&self) {
        if self.sleeping.swap(false, SeqCst)
            && let Some(poller) = self.poller()
        {
            poller.wake();
            if let Some(sleeper) = &*self.sleeper.lock() {
                sleeper.unpark();
            }
        }
    }

    /// Queues a timer.
    pub fn push_timer(&self, t: &Thread, timer: Value) -> R<()> {
        let when = handle::when(t, &timer)?;
        handle::timer(&timer).scheduled.store(true, Relaxed);
        self.timers.lock().push(when, timer);
        Ok(())
    }

    /// What is queued, as handles, for Python code that looks.
    pub fn ready_handles(&self) -> Vec<Value> {
        let ready = self.ready.lock();
        ready.iter().filter_map(|job| if let Job::Handle(h) = job { Some(h.clone()) } else { None }).collect()
    }

    pub fn timer_handles(&self, t: &Thread) -> Vec<Value> {
        self.timers.lock().all(t)
    }

    pub fn cancelled_timers(&self) -> usize {
        self.timers.lock().cancelled()
    }

    /// Forgets everything that is queued (`loop.close()`).
    pub fn forget_work(&self) {
        let ready = std::mem::take(&mut *self.ready.lock());
        let timers = self.timers.lock().take();
        drop((ready, timers));
    }

    /// Watches a descriptor, or stops watching it; gives the watcher that was there before.
    pub fn watch(&self, t: &Thread, fd: i32, write: bool, watcher: Option<Watcher>) -> R<Option<Watcher>> {
        let Ok(index) = usize::try_from(fd) else {
            return Err(t.value_error(format!("Invalid file descriptor: {fd}")));
        };
        let adding = watcher.is_some();
        let (old, from, to) = self.watches.lock().replace(index, write, watcher);
        if from == to {
            return Ok(old);
        }
        if let Some(poller) = self.poller()
            && let Err(error) = poller.system.change(fd, from, to)
        {
            // A descriptor that was closed behind our back is not watched any more. Its number may have come back.
            let again = error == libc::ENOENT && poller.system.change(fd, Interest::default(), to).is_ok();
            if !again && adding {
                let (gone, ..) = self.watches.lock().replace(index, write, None);
                drop(gone);
                return Err(t.os_error(error));
            }
        }
        Ok(old)
    }

    /// What a descriptor is watched for.
    pub fn interest(&self, fd: i32) -> Interest {
        self.watches.lock().get(fd).map(Watch::interest).unwrap_or_default()
    }

    pub fn interests(&self) -> Vec<(i32, Interest)> {
        self.watches.lock().interests()
    }

    /// Looks at the descriptors, for at most so many seconds, and queues what is to be done about those that are
    /// ready.
    fn poll(&self, t: &Thread, timeout: Option<f64>) -> R<()> {
        let Some(poller) = self.poller() else { return Err(t.runtime_error("Event loop is closed")) };
        let mut events = std::mem::take(&mut *self.events.lock());
        let outcome = match timeout {
            Some(0.0) => poller.system.wait(&mut events, Some(Duration::ZERO)),
            _ => self.sleep(t, &poller, &mut events, timeout),
        };
        for event in &events {
            if event.fd == poller.watched() {
                poller.drain();
                continue;
            }
            self.queue_watchers(event);
        }
        events.clear();
        *self.events.lock() = events;
        match outcome {
            Err(libc::EINTR) => crate::vm::breaker::handle(t),
            Err(error) => Err(t.os_error(error)),
            Ok(()) => Ok(()),
        }
    }

    fn sleep(&self, t: &Thread, poller: &Poller, events: &mut Vec<Event>, timeout: Option<f64>) -> Result<(), i32> {
        let timeout = timeout.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_WAIT)));
        let scripted = t.interp.scheduler.is_scripted();
        if scripted {
            *self.sleeper.lock() = Some(t.sched.clone());
        }
        self.sleeping.store(true, SeqCst);
        // Work that came before the loop said that it sleeps woke nobody.
        let outcome = if !self.ready.lock().is_empty() {
            poller.system.wait(events, Some(Duration::ZERO))
        } else if scripted {
            self.sleep_in_script(t, poller, events, timeout)
        } else {
            t.blocking(|| poller.system.wait(events, timeout))
        };
        self.sleeping.store(false, SeqCst);
        outcome
    }

    /// Under a script time is the script's: a loop that waits for its timers and for other threads only, sleeps by it.
    fn sleep_in_script(
        &self,
        t: &Thread,
        poller: &Poller,
        events: &mut Vec<Event>,
        timeout: Option<Duration>,
    ) -> Result<(), i32> {
        poller.system.wait(events, Some(Duration::ZERO))?;
        let deadline = timeout.map(|timeout| t.interp.scheduler.now().saturating_add(timeout.as_nanos() as u64));
        // The library's self-pipe is always watched.
        let foreign = self.watches.lock().len() > 1;
        if !events.is_empty() {
            return Ok(());
        }
        let what = Waiting::new(WaitKind::Event, self as *const EventLoop as usize);
        if foreign {
            // What comes from outside comes in real time; the script's goes on when nothing came.
            t.blocking(|| poller.system.wait(events, timeout))?;
            if events.is_empty() && deadline.is_some() {
                t.sched.park(&what, deadline);
            }
            return Ok(());
        }
        t.sched.park(&what, deadline);
        poller.system.wait(events, Some(Duration::ZERO))
    }

    fn queue_watchers(&self, event: &Event) {
        let (reader, writer) = match self.watches.lock().get(event.fd) {
            Some(watch) => {
                (watch.reader.clone().filter(|_| event.ready.read), watch.writer.clone().filter(|_| event.ready.write))
            }
            None => return,
        };
        for (watcher, write) in [(reader, false), (writer, true)] {
            match watcher {
                Some(Watcher::Handle(h)) => self.push(Job::Handle(h)),
                Some(Watcher::Transport(v)) => self.push(Job::Transport(v, write)),
                None => {}
            }
        }
    }

    /// One turn (`_run_once`).
    pub fn run_once(&self, t: &Thread, v: &Value) -> R<()> {
        let mut gone = Vec::new();
        let first = {
            let mut timers = self.timers.lock();
            timers.prune(&mut gone);
            timers.first()
        };
        for timer in gone {
            handle::timer(&timer).scheduled.store(false, Relaxed);
        }
        let busy = !self.ready.lock().is_empty() || self.stopping.load(Relaxed);
        let timeout = match first {
            _ if busy => Some(0.0),
            Some(when) => Some((when - self.time(t)).clamp(0.0, LONGEST_WAIT)),
            None => None,
        };
        let turn = self.turns.fetch_add(1, Relaxed);
        let look = !busy || turn % TURNS_WITHOUT_LOOK == 0 || self.watches.lock().len() > 1;
        if look {
            self.poll(t, timeout)?;
        }
        if first.is_some() {
            let end = self.time(t) + CLOCK_RESOLUTION;
            loop {
                let due = self.timers.lock().pop_due(end);
                let Some(timer) = due else { break };
                handle::timer(&timer).scheduled.store(false, Relaxed);
                self.push(Job::Handle(timer));
            }
        }
        let mut todo = std::mem::take(&mut *self.ready.lock());
        while let Some(job) = todo.pop_front() {
            if let Err(raised) = self.run(t, v, job).and_then(|()| switch_point(t)) {
                self.put_back(todo);
                return Err(raised);
            }
        }
        // The queue's memory is used again.
        let mut ready = self.ready.lock();
        if ready.is_empty() {
            *ready = todo;
        }
        Ok(())
    }

    /// What a turn that was cut short has not done comes first in the next.
    fn put_back(&self, mut rest: VecDeque<Job>) {
        let mut ready = self.ready.lock();
        rest.append(&mut ready);
        *ready = rest;
    }

    fn run(&self, t: &Thread, v: &Value, job: Job) -> R<()> {
        match job {
            Job::Handle(h) => self.run_handle(t, v, &h),
            Job::Step(task) => {
                let of = super::task::context(t, &task);
                let done = handle::in_context(t, &of, || step::step(t, &task, None));
                done.or_else(|raised| self.failed(t, v, raised, &of, || step::wrapper(t, &task, None)))
            }
            Job::Wakeup(task, future) => {
                let of = super::task::context(t, &task);
                let done = handle::in_context(t, &of, || step::wakeup(t, &task, &future));
                done.or_else(|raised| self.failed(t, v, raised, &of, || Ok(step::wakeup_function(t, &task))))
            }
            Job::Call(callback, argument, of) => {
                let done = handle::in_context(t, &of, || protocol::call(t, &callback, std::slice::from_ref(&argument)));
                done.map(drop).or_else(|raised| self.failed(t, v, raised, &of, || Ok(callback.clone())))
            }
            Job::Transport(transport, write) => transport::ready(t, &transport, write),
        }
    }

    /// A job that had no handle has raised an exception: it is reported as if it had one.
    fn failed(&self, t: &Thread, v: &Value, raised: Raised, of: &Value, callback: impl FnOnce() -> R) -> R<()> {
        let e = t.take_exception(raised);
        let h = handle::make(t, &callback()?, &[], v, Some(of))?;
        handle::failed(t, &h, e)
    }

    fn run_handle(&self, t: &Thread, v: &Value, h: &Value) -> R<()> {
        let native = handle::of(h).filter(|_| !h.type_of(t).is_heap_type());
        if native.is_some_and(Handle::is_cancelled) {
            return Ok(());
        }
        if self.debug.load(Relaxed) {
            return self.run_timed(t, v, h);
        }
        match native {
            Some(_) => handle::run(t, h),
            None if handle::of(h).is_some_and(Handle::is_cancelled) => Ok(()),
            None => protocol::call_method_str(t, h, "_run", &[]).map(drop),
        }
    }

    /// In debug mode callbacks that take long are logged.
    fn run_timed(&self, t: &Thread, v: &Value, h: &Value) -> R<()> {
        self.current_handle.set(h.clone());
        let begin = self.time(t);
        let done = protocol::call_method_str(t, h, "_run", &[]);
        let took = self.time(t) - begin;
        drop(self.current_handle.replace(Some(Value::NONE)));
        done?;
        let took = crate::objects::float::new(t, took);
        protocol::call_method_str(t, v, "_log_if_slow", &[h.clone(), took]).map(drop)
    }
}

/// Between two jobs the thread does what its eval breaker asks for.
#[inline]
fn switch_point(t: &Thread) -> R<()> {
    if t.sched.breaker.get() == 0 { Ok(()) } else { crate::vm::breaker::handle(t) }
}
