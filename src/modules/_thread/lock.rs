//! `_thread.lock`.

use crate::modules::module_type;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::{Attempt, Lock};
use crate::vm::threads;

impl Native for Lock {}

/// A new lock.
pub fn make(t: &Thread) -> R {
    let class = module_type(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), Lock::new())
}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a Lock> {
    v.opaque::<Lock>().ok_or_else(|| t.type_error("a lock is required"))
}

fn acquire(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let patience = super::patience(t, args)?;
    take(t, of(t, v)?, patience).map(Value::bool)
}

fn take(t: &Thread, lock: &Lock, patience: crate::sync::Patience) -> R<bool> {
    super::interruptible(t, || match lock.acquire(&t.sched, patience) {
        Attempt::Acquired => Some(true),
        Attempt::TimedOut => Some(false),
        Attempt::Teardown => Some(threads::torn_down(t)),
        Attempt::Interrupted => None,
    })
}

fn enter(t: &Thread, v: &Value) -> R {
    take(t, of(t, v)?, crate::sync::Patience::Endless).map(Value::bool)
}

fn release(t: &Thread, v: &Value) -> R {
    match of(t, v)?.release() {
        Ok(()) => Ok(Value::NONE),
        Err(_) => Err(t.runtime_error("release unlocked lock")),
    }
}

fn exit(t: &Thread, v: &Value, _args: Args<'_>) -> R {
    release(t, v)
}

fn locked(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.is_locked()))
}

fn at_fork_reinit(t: &Thread, v: &Value) -> R {
    // SAFETY: called in the child of a fork, where no other thread is left to wait.
    unsafe { of(t, v)?.reset() };
    Ok(Value::NONE)
}

fn repr(t: &Thread, v: &Value) -> R {
    let state = if of(t, v)?.is_locked() { "locked" } else { "unlocked" };
    Ok(t.str(format!("<{state} {} object at {:#x}>", v.type_of(t).name_str(), v.id())))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    if !args.is_empty() {
        return Err(t.type_error(format!("lock expected 0 arguments, got {}", args.pos.len() + args.kw.len())));
    }
    opaque::new(t, class.cast::<Type>().expect("a type"), Lock::new())
}

const ACQUIRE: &str = "($self, /, blocking=True, timeout=-1)";

const BASE: Spec = opaque::spec::<Lock>("_thread.lock");

pub static SPEC: Spec = Spec {
    doc: "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().  Methods are:\n\nacquire() -- lock the lock, possibly blocking until it can be obtained\nrelease() -- unlock of the lock\nlocked() -- test whether the lock is currently locked\n\nA lock is not owned by the thread that locked it; another thread may\nunlock it.  A thread attempting to lock a lock that it has already locked\nwill block until another thread unlocks it.  Deadlocks may ensue.",
    flags: BASE.flags | type_flags::WEAKREFABLE,
    slots: Slots { repr: Some(repr), new: Some(new), ..BASE.slots },
    methods: &[
        Def::new("acquire_lock", Func::Bound(acquire), ACQUIRE, "An obsolete synonym of acquire()."),
        Def::new(
            "acquire",
            Func::Bound(acquire),
            ACQUIRE,
            "Lock the lock.  Without argument, this blocks if the lock is already\nlocked (even by the same thread), waiting for another thread to release\nthe lock, and return True once the lock is acquired.\nWith an argument, this will only block if the argument is true,\nand the return value reflects whether the lock is acquired.\nThe blocking operation is interruptible.",
        ),
        Def::new("release_lock", Func::NoArgs(release), "($self, /)", "An obsolete synonym of release()."),
        Def::new(
            "release",
            Func::NoArgs(release),
            "($self, /)",
            "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nbut it needn't be locked by the same thread that unlocks it.",
        ),
        Def::new("locked_lock", Func::NoArgs(locked), "($self, /)", "An obsolete synonym of locked()."),
        Def::new("locked", Func::NoArgs(locked), "($self, /)", "Return whether the lock is in the locked state."),
        Def::new("__enter__", Func::NoArgs(enter), "($self, /)", "Lock the lock."),
        Def::new("__exit__", Func::Any(exit), "($self, /, *exc_info)", "Release the lock."),
        Def::new("_at_fork_reinit", Func::NoArgs(at_fork_reinit), "($self, /)", ""),
    ],
    ..BASE
};
