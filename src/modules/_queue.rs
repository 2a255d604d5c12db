//! `_queue`: `SimpleQueue`, an unbounded queue that may be used in a `__del__` or a signal handler.

use super::exceptions::Exception;
use super::{_thread, ModuleSpec, module_type};
use crate::objects::container;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::{Guarded, SchedThread, WaitKind, Waiting, Wake};
use crate::vm::threads;
use std::collections::VecDeque;
use std::sync::Arc;

static EMPTY: Exception = Exception { module: "_queue", name: "Empty", base: |types| &types.exception };

#[derive(Default)]
struct Inside {
    items: VecDeque<Value>,
    /// Threads that wait for an item, longest first. A put takes one out and wakes it.
    waiters: VecDeque<Arc<SchedThread>>,
}

#[derive(Default)]
struct SimpleQueue(Guarded<Inside>);

impl Native for SimpleQueue {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.lock().items.iter().for_each(visit);
    }

    fn clear(&self, _t: &Thread) {
        let items = std::mem::take(&mut self.0.lock().items);
        drop(items);
    }
}

impl SimpleQueue {
    fn put(&self, item: Value) {
        let waiter = {
            let mut inside = self.0.lock();
            inside.items.push_back(item);
            inside.waiters.pop_front()
        };
        if let Some(waiter) = waiter {
            waiter.unpark();
        }
    }

    fn take(&self) -> Option<Value> {
        self.0.lock().items.pop_front()
    }

    /// An item, waited for until the deadline; `Ok(None)` if none came.
    fn take_by(&self, t: &Thread, deadline: Option<u64>) -> R<Option<Value>> {
        let what = Waiting::new(WaitKind::Queue, self as *const SimpleQueue as usize);
        loop {
            {
                let mut inside = self.0.lock();
                if let Some(item) = inside.items.pop_front() {
                    return Ok(Some(item));
                }
                inside.waiters.push_back(t.sched.clone());
            }
            let wake = t.sched.park(&what, deadline);
            let (item, heir) = {
                let mut inside = self.0.lock();
                inside.waiters.retain(|w| w.number != t.sched.number);
                let item = inside.items.pop_front();
                // A put may have woken us for an item that we leave to somebody else.
                let heir = if inside.items.is_empty() { None } else { inside.waiters.pop_front() };
                (item, heir)
            };
            if let Some(heir) = heir {
                heir.unpark();
            }
            if item.is_some() {
                return Ok(item);
            }
            match wake {
                Wake::Woken => {}
                Wake::TimedOut => return Ok(None),
                Wake::Teardown => {
                    threads::torn_down(t);
                    return Ok(None);
                }
                Wake::Interrupted => crate::vm::breaker::handle(t)?,
            }
        }
    }
}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a SimpleQueue> {
    v.opaque::<SimpleQueue>().ok_or_else(|| t.type_error("a SimpleQueue is required"))
}

fn empty_error(t: &Thread) -> crate::objects::slots::Raised {
    match EMPTY.class(t) {
        Ok(class) => t.raise_with(class.cast::<Type>().expect("a class"), &[]),
        Err(raised) => raised,
    }
}

fn put(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    of(t, v)?.put(args[0].clone().unwrap_or(Value::NONE));
    Ok(Value::NONE)
}

fn get(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let queue = of(t, v)?;
    let block = match &args[0] {
        Some(block) => protocol::truth(t, block)?,
        None => true,
    };
    if !block {
        return queue.take().ok_or_else(|| empty_error(t));
    }
    let deadline = match args[1].as_ref().filter(|timeout| !timeout.is_none()) {
        Some(timeout) => match _thread::nanoseconds(t, timeout)? {
            ns if ns < 0 => return Err(t.value_error("'timeout' must be a non-negative number")),
            ns => Some(t.interp.scheduler.now().saturating_add(ns as u64)),
        },
        None => None,
    };
    queue.take_by(t, deadline)?.ok_or_else(|| empty_error(t))
}

fn get_nowait(t: &Thread, v: &Value) -> R {
    of(t, v)?.take().ok_or_else(|| empty_error(t))
}

fn empty(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.0.lock().items.is_empty()))
}

fn qsize(t: &Thread, v: &Value) -> R {
    let size = of(t, v)?.0.lock().items.len();
    Ok(int::from_usize(t, size))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class.cast::<Type>().expect("a type");
    if std::ptr::eq(class, module_type(t, &SPEC).cast::<Type>().expect("a type")) {
        let given = if !args.kw.is_empty() { "keyword" } else { "positional" };
        if !args.is_empty() {
            return Err(t.type_error(format!("SimpleQueue() takes no {given} arguments")));
        }
    }
    opaque::new(t, class, SimpleQueue::default())
}

const BASE: Spec = opaque::spec::<SimpleQueue>("_queue.SimpleQueue");

static SPEC: Spec = Spec {
    doc: "Simple, unbounded, reentrant FIFO queue.",
    flags: BASE.flags | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots { new: Some(new), ..BASE.slots },
    methods: &[
        Def::new(
            "empty",
            Func::NoArgs(empty),
            "($self, /)",
            "Return True if the queue is empty, False otherwise (not reliable!).",
        ),
        Def::new(
            "get",
            Func::Bound(get),
            "($self, /, block=True, timeout=None)",
            "Remove and return an item from the queue.\n\nIf optional args 'block' is true and 'timeout' is None (the\ndefault), block if necessary until an item is available.  If\n'timeout' is a non-negative number, it blocks at most 'timeout'\nseconds and raises the Empty exception if no item was available\nwithin that time.\nOtherwise ('block' is false), return an item if one is immediately\navailable, else raise the Empty exception ('timeout' is ignored\nin that case).",
        ),
        Def::new(
            "get_nowait",
            Func::NoArgs(get_nowait),
            "($self, /)",
            "Remove and return an item from the queue without blocking.\n\nOnly get an item if one is immediately available. Otherwise\nraise the Empty exception.",
        ),
        Def::new(
            "put",
            Func::Bound(put),
            "($self, /, item, block=True, timeout=None)",
            "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as this\nmethod never blocks.  They are provided for compatibility with the\nQueue class.",
        ),
        Def::new(
            "put_nowait",
            Func::Bound(put),
            "($self, /, item)",
            "Put an item into the queue without blocking.\n\nThis is exactly equivalent to `put(item)` and is only provided\nfor compatibility with the Queue class.",
        ),
        Def::new(
            "qsize",
            Func::NoArgs(qsize),
            "($self, /)",
            "Return the approximate size of the queue (not reliable!).",
        ),
        Def::class(
            "__class_getitem__",
            Func::One(container::class_getitem),
            "($type, object, /)",
            "SimpleQueues are generic over the type of their contents",
        ),
    ],
    ..BASE
};

fn exec(t: &Thread, m: &Module) -> R<()> {
    let empty = EMPTY.class(t)?;
    protocol::setattr(
        t,
        &empty,
        &t.intern("__doc__"),
        Some(&t.str("Exception raised by Queue.get(block=0)/get_nowait().")),
    )?;
    m.set(t, "Empty", empty);
    m.set(t, "SimpleQueue", module_type(t, &SPEC));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    functions: &[],
    exec: Some(exec),
};
