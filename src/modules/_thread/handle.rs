//! `_thread._ThreadHandle`: a thread that can be joined.

use crate::modules::module_type;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::{Event, WaitKind, Wake};
use crate::vm::threads;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::*};
use std::sync::{Arc, Mutex, Weak};

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const RUNNING: u8 = 2;
const DONE: u8 = 3;

/// What the handle and its thread share.
pub struct Shared {
    state: AtomicU8,
    /// `get_ident()` of the thread, once it runs.
    ident: AtomicU64,
    started: Event,
    done: Event,
}

struct Handle(Arc<Shared>);

impl Native for Handle {}

fn shared() -> Arc<Shared> {
    Arc::new(Shared {
        state: AtomicU8::new(NOT_STARTED),
        ident: AtomicU64::new(0),
        started: Event::new(WaitKind::Event, 0),
        done: Event::new(WaitKind::Join, 0),
    })
}

fn new_handle(t: &Thread, class: &Value) -> R {
    opaque::new(t, class.cast::<Type>().expect("a type"), Handle(shared()))
}

/// A handle of no thread yet.
pub fn make(t: &Thread) -> R {
    new_handle(t, &module_type(t, &SPEC))
}

/// What handles share with their threads, for those that began and have not ended.
#[derive(Default)]
pub struct Started(Mutex<Vec<Weak<Shared>>>);

impl Started {
    fn add(&self, shared: &Arc<Shared>) {
        let mut list = self.0.lock().expect("no panic under this lock");
        if list.len() == list.capacity() {
            list.retain(|s| s.upgrade().is_some_and(|s| s.state.load(Acquire) != DONE));
        }
        list.push(Arc::downgrade(shared));
    }

    /// In the child of a fork: the threads but the one with that ident have ended.
    pub fn end_all_but(&self, ident: u64) {
        let list = std::mem::take(&mut *self.0.lock().expect("no panic under this lock"));
        for shared in list.iter().filter_map(Weak::upgrade) {
            if shared.ident.load(Acquire) == ident {
                self.add(&shared);
            } else if shared.state.swap(DONE, AcqRel) != DONE {
                shared.started.set();
                shared.done.set();
            }
        }
    }
}

/// A handle for a thread that runs already (the main thread, or a foreign one).
pub fn make_for(t: &Thread, ident: u64) -> R {
    let handle = make(t)?;
    if let Some(h) = handle.opaque::<Handle>() {
        h.0.ident.store(ident, Relaxed);
        h.0.state.store(RUNNING, Release);
        t.interp.state::<Started>().add(&h.0);
    }
    Ok(handle)
}

pub fn is_handle(v: &Value) -> bool {
    v.opaque::<Handle>().is_some()
}

/// The ident of the handle's thread.
pub fn ident(v: &Value) -> Option<u64> {
    v.opaque::<Handle>().map(|h| h.0.ident.load(Acquire))
}

/// Starts a thread for the handle; gives its ident.
pub fn start(t: &Thread, handle: &Value, body: impl FnOnce(&Thread) + Send + 'static) -> R<u64> {
    let shared = handle.opaque::<Handle>().expect("the caller checked").0.clone();
    if shared.state.compare_exchange(NOT_STARTED, STARTING, AcqRel, Relaxed).is_err() {
        return Err(t.runtime_error("thread already started"));
    }
    t.interp.state::<Started>().add(&shared);
    let inside = shared.clone();
    let outside = shared.clone();
    let begin = move |t: &Thread| {
        inside.ident.store(t.ident, Release);
        inside.state.store(RUNNING, Release);
        inside.started.set();
        body(t);
    };
    let started = super::spawn(t, begin, move || {
        outside.state.store(DONE, Release);
        outside.done.set();
    });
    if let Err(raised) = started {
        shared.state.store(NOT_STARTED, Release);
        return Err(raised);
    }
    // The ident is known once the thread runs. The wait is short and not interrupted.
    while !shared.started.is_set() {
        shared.started.wait(&t.sched, None);
    }
    Ok(shared.ident.load(Acquire))
}

/// Waits for the thread's end: whether it ended in time.
pub fn join(t: &Thread, handle: &Value, timeout: Option<u64>) -> R<bool> {
    let shared = handle.opaque::<Handle>().expect("the caller checked").0.clone();
    if shared.state.load(Acquire) == NOT_STARTED {
        return Err(t.runtime_error("thread not started"));
    }
    if shared.ident.load(Acquire) == t.ident && shared.state.load(Acquire) != DONE {
        return Err(t.runtime_error("Cannot join current thread"));
    }
    if t.interp.finalizing.load(Acquire) && !shared.done.is_set() {
        // The thread runs no further, so that it will never be done.
        let message = "cannot join thread at interpreter shutdown";
        return Err(t.raise_message(&t.types().python_finalization_error, message));
    }
    let deadline = timeout.map(|ns| t.interp.scheduler.now().saturating_add(ns));
    super::interruptible(t, || match shared.done.wait(&t.sched, deadline) {
        Wake::Woken => Some(true),
        Wake::TimedOut => Some(shared.done.is_set()),
        Wake::Teardown => Some(threads::torn_down(t)),
        Wake::Interrupted => None,
    })
}

fn join_method(t: &Thread, v: &Value, args: &[Value]) -> R {
    let timeout = match args.first() {
        Some(v) if !v.is_none() => {
            let negative = matches!(crate::objects::float::to_f64(t, v), Ok(s) if s < 0.0);
            if negative { None } else { super::seconds(t, v)? }
        }
        _ => None,
    };
    join(t, v, timeout)?;
    Ok(Value::NONE)
}

fn is_done(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(v.opaque::<Handle>().is_some_and(|h| h.0.state.load(Acquire) == DONE)))
}

fn set_done(t: &Thread, v: &Value) -> R {
    if let Some(h) = v.opaque::<Handle>() {
        if h.0.state.load(Acquire) == NOT_STARTED {
            return Err(t.runtime_error("thread not started"));
        }
        h.0.state.store(DONE, Release);
        h.0.done.set();
    }
    Ok(Value::NONE)
}

fn get_ident(t: &Thread, v: &Value) -> R {
    Ok(int::from_u64(t, ident(v).unwrap_or(0)))
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(format!("<_thread._ThreadHandle object: ident={}>", ident(v).unwrap_or(0))))
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    new_handle(t, class)
}

const BASE: Spec = opaque::spec::<Handle>("_thread._ThreadHandle");

pub static SPEC: Spec = Spec {
    slots: Slots { repr: Some(repr), new: Some(new), ..BASE.slots },
    methods: &[
        Def::new("join", Func::Pos(join_method, 0, 1), "($self, timeout=None, /)", ""),
        Def::new("_set_done", Func::NoArgs(set_done), "($self, /)", ""),
        Def::new("is_done", Func::NoArgs(is_done), "($self, /)", ""),
    ],
    getset: &[GetSet::ro("ident", get_ident, "")],
    ..BASE
};
