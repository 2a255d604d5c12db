//! `_thread.RLock`.

use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::{Attempt, Patience, ReentrantLock};
use crate::vm::threads;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// The lock, and the ident of the thread that holds it for `repr` and `_release_save`.
struct RLock {
    lock: ReentrantLock,
    owner: AtomicU64,
}

impl Native for RLock {}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a RLock> {
    v.opaque::<RLock>().ok_or_else(|| t.type_error("an RLock is required"))
}

fn take(t: &Thread, rlock: &RLock, patience: Patience) -> R<bool> {
    let taken = super::interruptible(t, || match rlock.lock.acquire(&t.sched, patience) {
        Attempt::Acquired => Some(true),
        Attempt::TimedOut => Some(false),
        Attempt::Teardown => Some(threads::torn_down(t)),
        Attempt::Interrupted => None,
    })?;
    if taken {
        rlock.owner.store(t.ident, Relaxed);
    }
    Ok(taken)
}

fn acquire(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let patience = super::patience(t, args)?;
    take(t, of(t, v)?, patience).map(Value::bool)
}

fn release(t: &Thread, v: &Value) -> R {
    let rlock = of(t, v)?;
    if rlock.lock.depth_of(&t.sched) == 1 {
        rlock.owner.store(0, Relaxed);
    }
    match rlock.lock.release(&t.sched) {
        Ok(()) => Ok(Value::NONE),
        Err(_) => Err(t.runtime_error("cannot release un-acquired lock")),
    }
}

fn exit(t: &Thread, v: &Value, _args: Args<'_>) -> R {
    release(t, v)
}

fn locked(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.lock.is_locked()))
}

fn is_owned(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.lock.is_owned(&t.sched)))
}

fn recursion_count(t: &Thread, v: &Value) -> R {
    Ok(int::new(t, of(t, v)?.lock.depth_of(&t.sched) as i64))
}

fn release_save(t: &Thread, v: &Value) -> R {
    let rlock = of(t, v)?;
    let owner = rlock.owner.load(Relaxed);
    if rlock.lock.is_owned(&t.sched) {
        rlock.owner.store(0, Relaxed);
    }
    match rlock.lock.release_save(&t.sched) {
        Ok(depth) => Ok(t.tuple([int::new(t, depth as i64), int::from_u64(t, owner)])),
        Err(_) => Err(t.runtime_error("cannot release un-acquired lock")),
    }
}

fn acquire_restore(t: &Thread, v: &Value, state: &Value) -> R {
    let rlock = of(t, v)?;
    let depth = state.cast::<Tuple>().and_then(|s| s.items().first().and_then(int::as_i64));
    let Some(depth) = depth.and_then(|d| u32::try_from(d).ok()) else {
        let given = state.type_of(t).name_str();
        return Err(t.type_error(format!("_acquire_restore() argument 1 must be 2-item tuple, not {given}")));
    };
    // Interrupted waits go on here: CPython's restores are not interrupted either.
    while matches!(rlock.lock.restore(&t.sched, depth), Attempt::Interrupted) {}
    rlock.owner.store(t.ident, Relaxed);
    Ok(Value::NONE)
}

fn at_fork_reinit(t: &Thread, v: &Value) -> R {
    let rlock = of(t, v)?;
    rlock.owner.store(0, Relaxed);
    // SAFETY: called in the child of a fork, where no other thread is left to wait.
    unsafe { rlock.lock.reset() };
    Ok(Value::NONE)
}

fn repr(t: &Thread, v: &Value) -> R {
    let rlock = of(t, v)?;
    let owner = rlock.owner.load(Relaxed);
    let state = if rlock.lock.is_locked() { "locked" } else { "unlocked" };
    Ok(t.str(format!(
        "<{state} {} object owner={owner} count={} at {:#x}>",
        v.type_of(t).name_str(),
        rlock.lock.depth(),
        v.id()
    )))
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = RLock { lock: ReentrantLock::new(), owner: AtomicU64::new(0) };
    opaque::new(t, class.cast::<Type>().expect("a type"), payload)
}

const SPEC_BASE: Spec = opaque::spec::<RLock>("_thread.RLock");

pub static SPEC: Spec = Spec {
    flags: SPEC_BASE.flags | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots { repr: Some(repr), new: Some(new), ..SPEC_BASE.slots },
    methods: &[
        Def::new(
            "acquire",
            Func::Bound(acquire),
            "($self, /, blocking=True, timeout=-1)",
            "Lock the lock.  `blocking` indicates whether we should wait\nfor the lock to be available or not.  If `blocking` is False\nand another thread holds the lock, the method will return False\nimmediately.  If `blocking` is True and another thread holds\nthe lock, the method will wait for the lock to be released,\ntake it and then return True.\n(note: the blocking operation is interruptible.)\n\nIn all other cases, the method will return True immediately.\nPrecisely, if the current thread already holds the lock, its\ninternal counter is simply incremented. If nobody holds the lock,\nthe lock is taken and its internal counter initialized to 1.",
        ),
        Def::new(
            "release",
            Func::NoArgs(release),
            "($self, /)",
            "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nand must be locked by the same thread that unlocks it; otherwise a\n`RuntimeError` is raised.\n\nDo note that if the lock was acquire()d several times in a row by the\ncurrent thread, release() needs to be called as many times for the lock\nto be available for other threads.",
        ),
        Def::new(
            "locked",
            Func::NoArgs(locked),
            "($self, /)",
            "locked()\n\nReturn a boolean indicating whether this object is locked right now.",
        ),
        Def::new("_is_owned", Func::NoArgs(is_owned), "($self, /)", "For internal use by `threading.Condition`."),
        Def::new(
            "_recursion_count",
            Func::NoArgs(recursion_count),
            "($self, /)",
            "For internal use by reentrancy checks.",
        ),
        Def::new(
            "_release_save",
            Func::NoArgs(release_save),
            "($self, /)",
            "For internal use by `threading.Condition`.",
        ),
        Def::new(
            "_acquire_restore",
            Func::One(acquire_restore),
            "($self, state, /)",
            "For internal use by `threading.Condition`.",
        ),
        Def::new("__enter__", Func::Bound(acquire), "($self, /, blocking=True, timeout=-1)", "Lock the lock."),
        Def::new("__exit__", Func::Any(exit), "($self, /, *exc_info)", "Release the lock."),
        Def::new("_at_fork_reinit", Func::NoArgs(at_fork_reinit), "($self, /)", ""),
    ],
    ..SPEC_BASE
};
