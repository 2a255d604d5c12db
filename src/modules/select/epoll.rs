//! `select.epoll`: a list of descriptors that the kernel keeps.

use super::{deadline, timeout};
use crate::modules::_socket::args::masked;
use crate::modules::native_type::Signature;
use crate::modules::posix::descriptor::close_fd;
use crate::modules::system::{self, c_int, c_int_or, given, not_none, ready};
use crate::objects::list::List;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Raised, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicI32, Ordering::*};

/// The payload: the descriptor, -1 when closed.
struct Epoll(AtomicI32);

impl Native for Epoll {}

impl Drop for Epoll {
    fn drop(&mut self) {
        let fd = *self.0.get_mut();
        if fd >= 0 {
            // SAFETY: the object's own descriptor.
            unsafe { libc::close(fd) };
        }
    }
}

fn this(v: &Value) -> &Epoll {
    v.opaque::<Epoll>().expect("methods of `epoll` get its objects")
}

#[cold]
fn closed_error(t: &Thread) -> Raised {
    t.value_error("I/O operation on closed epoll object")
}

/// The descriptor; `ValueError` if it is closed.
fn open(t: &Thread, v: &Value) -> R<i32> {
    match this(v).0.load(Relaxed) {
        -1 => Err(closed_error(t)),
        fd => Ok(fd),
    }
}

fn make(t: &Thread, class: &Value, fd: i32) -> R {
    opaque::new(t, class.cast::<Type>().expect("a class"), Epoll(AtomicI32::new(fd)))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("epoll", "(sizehint=-1, flags=0)");
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(t.type_error(format!("epoll() takes at most 2 arguments ({given} given)")));
    }
    let [hint, flags] = SIGNATURE.bind::<2>(t, args)?;
    let (hint, flags) = (c_int_or(t, &hint, -1)?, c_int_or(t, &flags, 0)?);
    if hint != -1 && hint <= 0 {
        return Err(t.value_error("negative sizehint"));
    }
    if flags != 0 && flags != libc::EPOLL_CLOEXEC {
        return Err(system::os_error_text(t, "invalid flags"));
    }
    // SAFETY: takes a number.
    let fd = system::check(t, unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    make(t, class, fd)
}

fn fromfd(t: &Thread, class: &Value, fd: &Value) -> R {
    make(t, class, c_int(t, fd)?)
}

fn close(t: &Thread, v: &Value) -> R {
    match this(v).0.swap(-1, Relaxed) {
        fd if fd >= 0 => close_fd(t, fd).map_err(|error| t.os_error(error))?,
        _ => {}
    }
    Ok(Value::NONE)
}

fn fileno(t: &Thread, v: &Value) -> R {
    Ok(Value::small(open(t, v)?.into()))
}

/// Changes what the kernel knows of a descriptor.
fn control(t: &Thread, v: &Value, operation: i32, fd: &Value, events: Option<&Value>, default: u32) -> R {
    let epoll = open(t, v)?;
    let fd = system::file_descriptor(t, fd)?;
    let events = events.map_or(Ok(default), |v| masked(t, v).map(|n| n as u32))?;
    let mut event = libc::epoll_event { events, u64: fd as u64 };
    // SAFETY: an event of ours.
    let answer = t.blocking(|| unsafe {
        match libc::epoll_ctl(epoll, operation, fd, &mut event) {
            -1 => Err(system::errno()),
            _ => Ok(()),
        }
    });
    answer.map_err(|error| t.os_error(error))?;
    Ok(Value::NONE)
}

fn register(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    let default = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
    control(t, v, libc::EPOLL_CTL_ADD, given(&a[0]), a[1].as_ref(), default)
}

fn modify(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    control(t, v, libc::EPOLL_CTL_MOD, given(&a[0]), a[1].as_ref(), 0)
}

fn unregister(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    control(t, v, libc::EPOLL_CTL_DEL, given(&a[0]), None, 0)
}

/// As many events as one call gives if the caller does not say.
const EVENTS: i32 = libc::FD_SETSIZE as i32 - 1;

fn poll(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    let most = c_int_or(t, &a[1], -1)?;
    let epoll = open(t, v)?;
    let wait = match not_none(&a[0]) {
        Some(v) => {
            let ns = timeout(t, v, "timeout must be an integer or None")?;
            if ns > i64::from(i32::MAX) * 1_000_000 {
                return Err(t.overflow_error("timeout is too large"));
            }
            u64::try_from(ns).ok()
        }
        None => None,
    };
    let most = match most {
        -1 => EVENTS,
        1.. => most,
        _ => return Err(t.value_error(format!("maxevents must be greater than 0, got {most}"))),
    };
    let mut events: Vec<libc::epoll_event> = Vec::new();
    if events.try_reserve_exact(most as usize).is_err() {
        return Err(t.memory_error());
    }
    let place = events.as_mut_ptr();
    let answer = ready::until(t, deadline(t, wait), |left| {
        // SAFETY: there is room for so many events.
        unsafe { libc::epoll_wait(epoll, place, most, ready::milliseconds(left)) }
    })?;
    let count = answer.map_err(|error| t.os_error(error))?;
    // SAFETY: the call filled so many.
    unsafe { events.set_len(count as usize) };
    let pair = |e: &libc::epoll_event| {
        let (fd, events) = (e.u64 as i32, e.events);
        t.tuple([Value::small(fd.into()), Value::small(events.into())])
    };
    Ok(List::make(t, events.iter().map(pair)))
}

fn enter(t: &Thread, v: &Value) -> R {
    open(t, v)?;
    Ok(v.clone())
}

fn exit(t: &Thread, v: &Value, _args: &[Value]) -> R {
    // By the method, which a subclass may have made its own.
    crate::objects::protocol::call_method_str(t, v, "close", &[])
}

fn closed(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(this(v).0.load(Relaxed) < 0))
}

const BASE: Spec = opaque::spec::<Epoll>("select.epoll");

#[rustfmt::skip]
pub static SPEC: Spec = Spec {
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for the default size. The\nsizehint is used to optimize internal data structures. It doesn't limit\nthe maximum number of monitored events.",
    slots: Slots { new: Some(new), ..BASE.slots },
    methods: &[
        Def::class("fromfd", Func::One(fromfd), "($type, fd, /)", "Create an epoll object from a given control fd."),
        Def::new("close", Func::NoArgs(close), "($self, /)", "Close the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception."),
        Def::new("fileno", Func::NoArgs(fileno), "($self, /)", "Return the epoll control file descriptor."),
        Def::new("modify", Func::Bound(modify), "($self, /, fd, eventmask)", "Modify event mask for a registered file descriptor.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants"),
        Def::new("register", Func::Bound(register), "($self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", "Registers a new fd or raises an OSError if the fd is already registered.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants\n\nThe epoll interface supports all file descriptors that support poll."),
        Def::new("unregister", Func::Bound(unregister), "($self, /, fd)", "Remove a registered file descriptor from the epoll object.\n\n  fd\n    the target file descriptor of the operation"),
        Def::new("poll", Func::Bound(poll), "($self, /, timeout=None, maxevents=-1)", "Wait for events on the epoll file descriptor.\n\n  timeout\n    the maximum time to wait in seconds (as float);\n    a timeout of None or -1 makes poll wait indefinitely\n  maxevents\n    the maximum number of events returned; -1 means no limit\n\nReturns a list containing any descriptors that have events to\nreport, as a list of (fd, events) 2-tuples."),
        Def::new("__enter__", Func::NoArgs(enter), "($self, /)", ""),
        Def::new("__exit__", Func::Pos(exit, 0, 3), "($self, exc_type=None, exc_value=None, exc_tb=None, /)", ""),
    ],
    getset: &[GetSet::ro("closed", closed, "True if the epoll handler is closed")],
    ..BASE
};
