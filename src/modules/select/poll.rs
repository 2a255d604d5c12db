//! `select.poll()`: a list of descriptors that the object keeps.

use super::deadline;
use crate::modules::_socket::args::unsigned;
use crate::modules::module_type;
use crate::modules::system::{self, ready};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The payload.
struct Poll {
    /// In the order of registration, each descriptor once.
    list: Guarded<Vec<libc::pollfd>>,
    /// A thread is waiting.
    busy: AtomicBool,
}

impl Native for Poll {}

fn this(v: &Value) -> &Poll {
    v.opaque::<Poll>().expect("methods of `poll` get its objects")
}

pub fn make(t: &Thread, _m: &Value) -> R {
    let class = module_type(t, &SPEC);
    let poll = Poll { list: Guarded::new(Vec::new()), busy: AtomicBool::new(false) };
    opaque::new(t, class.cast::<Type>().expect("a type"), poll)
}

fn mask(t: &Thread, v: &Value) -> R<i16> {
    Ok(unsigned(t, v, 16, "unsigned short")? as u16 as i16)
}

fn register(t: &Thread, v: &Value, a: &[Value]) -> R {
    let fd = system::file_descriptor(t, &a[0])?;
    let events = match a.get(1) {
        Some(v) => mask(t, v)?,
        None => libc::POLLIN | libc::POLLPRI | libc::POLLOUT,
    };
    let mut list = this(v).list.lock();
    match list.iter_mut().find(|d| d.fd == fd) {
        Some(known) => known.events = events,
        None => list.push(libc::pollfd { fd, events, revents: 0 }),
    }
    Ok(Value::NONE)
}

fn modify(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (fd, events) = (system::file_descriptor(t, &a[0])?, mask(t, &a[1])?);
    match this(v).list.lock().iter_mut().find(|d| d.fd == fd) {
        Some(known) => known.events = events,
        None => return Err(t.os_error(libc::ENOENT)),
    }
    Ok(Value::NONE)
}

fn unregister(t: &Thread, v: &Value, fd: &Value) -> R {
    let fd = system::file_descriptor(t, fd)?;
    let mut list = this(v).list.lock();
    match list.iter().position(|d| d.fd == fd) {
        Some(at) => _ = list.remove(at),
        None => {
            drop(list);
            return Err(t.key_error(&Value::small(fd.into())));
        }
    }
    Ok(Value::NONE)
}

/// A number of milliseconds as nanoseconds; `None` for no end.
fn patience(t: &Thread, v: Option<&Value>) -> R<Option<u64>> {
    let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(None) };
    let thousandth = match crate::objects::float::as_f64(v) {
        Some(ms) if ms.is_nan() => return Err(t.value_error("Invalid value NaN (not a number)")),
        Some(ms) => crate::modules::time::clocks::away_from_zero(ms * 1e6),
        None => {
            if !int::is_int(v) && v.type_of(t).slots().nb_index.is_none() {
                return Err(t.type_error("timeout must be an integer or None"));
            }
            let i = crate::objects::protocol::index(t, v)?;
            int::as_i64(&i).map_or(f64::INFINITY, |ms| ms as f64 * 1e6)
        }
    };
    if !(i64::MIN as f64..i64::MAX as f64).contains(&thousandth) {
        return Err(crate::modules::time::clocks::out_of_range(t));
    }
    if thousandth > i32::MAX as f64 * 1e6 {
        return Err(t.overflow_error("timeout is too large"));
    }
    Ok((thousandth >= 0.0).then_some(thousandth as u64))
}

/// Lets others poll again, whatever happens.
struct Busy<'a>(&'a AtomicBool);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Release);
    }
}

fn poll(t: &Thread, v: &Value, a: &[Value]) -> R {
    let this = this(v);
    let patience = patience(t, a.first())?;
    if this.busy.swap(true, AcqRel) {
        return Err(t.runtime_error("concurrent poll() invocation"));
    }
    let _busy = Busy(&this.busy);
    let mut list = this.list.lock().clone();
    match ready::poll(t, &mut list, deadline(t, patience))? {
        Err(error) => Err(t.os_error(error)),
        Ok(_) => {
            let found = list.iter().filter(|d| d.revents != 0);
            let pair = |d: &libc::pollfd| t.tuple([Value::small(d.fd.into()), Value::small((d.revents as u16).into())]);
            Ok(List::make(t, found.map(pair)))
        }
    }
}

const BASE: Spec = opaque::spec::<Poll>("select.poll");

#[rustfmt::skip]
pub static SPEC: Spec = Spec {
    flags: BASE.flags | type_flags::DISALLOW_INSTANTIATION,
    methods: &[
        Def::new("register", Func::Pos(register, 1, 2), "($self, fd,\n         eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", "Register a file descriptor with the polling object.\n\n  fd\n    either an integer, or an object with a fileno() method returning an int\n  eventmask\n    an optional bitmask describing the type of events to check for"),
        Def::new("modify", Func::Pos(modify, 2, 2), "($self, fd, eventmask, /)", "Modify an already registered file descriptor.\n\n  fd\n    either an integer, or an object with a fileno() method returning\n    an int\n  eventmask\n    a bitmask describing the type of events to check for"),
        Def::new("unregister", Func::One(unregister), "($self, fd, /)", "Remove a file descriptor being tracked by the polling object."),
        Def::new("poll", Func::Pos(poll, 0, 1), "($self, timeout=None, /)", "Polls the set of registered file descriptors.\n\n  timeout\n    The maximum time to wait in milliseconds, or else None (or a negative\n    value) to wait indefinitely.\n\nReturns a list containing any descriptors that have events or errors\nto report, as a list of (fd, event) 2-tuples."),
    ],
    ..BASE
};
