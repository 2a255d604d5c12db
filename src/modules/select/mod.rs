//! `select`: waiting until one of many descriptors is ready.
//!
//! `select` takes its descriptors with every call; a `poll` object keeps a list of them; an `epoll` object is a
//! descriptor itself, and the kernel keeps the list (Linux). All wait detached, and go on after signals for the time
//! that is left (`system::ready`).

#[cfg(target_os = "linux")]
mod epoll;
mod poll;

use super::ModuleSpec;
#[cfg(target_os = "linux")]
use super::native_type::add_types;
use crate::modules::system::{self, ready};
use crate::modules::time::clocks::{away_from_zero, duration};
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A timeout in seconds as nanoseconds; a negative one stays negative. `wrong` is the message for what is no number.
fn timeout(t: &Thread, v: &Value, wrong: &str) -> R<i64> {
    match t.catch(duration(t, v, away_from_zero), |types| &types.type_error)? {
        Some(ns) => Ok(ns),
        None => Err(t.type_error(wrong)),
    }
}

/// When a wait of so many nanoseconds from now ends.
fn deadline(t: &Thread, ns: Option<u64>) -> Option<u64> {
    ns.map(|ns| t.interp.scheduler.now().saturating_add(ns))
}

/// Descriptors that one argument of `select` names, with the objects that named them.
struct Set {
    items: Vec<(i32, Value)>,
    bits: libc::fd_set,
}

impl Set {
    fn parse(t: &Thread, v: &Value) -> R<Set> {
        if v.type_of(t).slots().iter.is_none() && !protocol::is_sequence(t, v) {
            return Err(t.type_error("arguments 1-3 must be sequences"));
        }
        // SAFETY: plain data; zeroed is empty.
        let mut set = Set { items: Vec::new(), bits: unsafe { std::mem::zeroed() } };
        // A list may change while its items are asked for their descriptors.
        let row = match v.cast::<List>() {
            Some(_) => v.clone(),
            None => List::make(t, protocol::collect(t, v)?),
        };
        let row = row.cast::<List>().expect("a list");
        while let Some(item) = row.get(t, set.items.len()) {
            let fd = system::file_descriptor(t, &item)?;
            if fd as usize >= libc::FD_SETSIZE {
                return Err(t.value_error("filedescriptor out of range in select()"));
            }
            if set.items.len() >= libc::FD_SETSIZE {
                return Err(t.value_error("too many file descriptors in select()"));
            }
            // SAFETY: the number is within the set.
            unsafe { libc::FD_SET(fd, &mut set.bits) };
            set.items.push((fd, item));
        }
        Ok(set)
    }

    fn highest(&self) -> i32 {
        self.items.iter().map(|(fd, _)| *fd).max().unwrap_or(-1)
    }

    /// The objects whose descriptors are in `bits`.
    fn ready(&self, t: &Thread, bits: &libc::fd_set) -> Value {
        // SAFETY: the numbers are within the set.
        let ready = |&&(fd, _): &&(i32, Value)| unsafe { libc::FD_ISSET(fd, bits) };
        List::make(t, self.items.iter().filter(ready).map(|(_, item)| item.clone()))
    }
}

fn select(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let wait = match a.get(3) {
        Some(v) if !v.is_none() => {
            let ns = timeout(t, v, "timeout must be a float or None")?;
            Some(u64::try_from(ns).map_err(|_| t.value_error("timeout must be non-negative"))?)
        }
        _ => None,
    };
    let sets = [Set::parse(t, &a[0])?, Set::parse(t, &a[1])?, Set::parse(t, &a[2])?];
    let count = sets.iter().map(Set::highest).max().unwrap_or(-1) + 1;
    let mut found = sets.each_ref().map(|set| set.bits);
    let answer = ready::until(t, deadline(t, wait), |left| {
        found = sets.each_ref().map(|set| set.bits);
        let [read, write, other] = &mut found;
        let mut time = left.map(|ns| {
            let micros = ns.div_ceil(1000);
            libc::timeval { tv_sec: (micros / 1_000_000) as libc::time_t, tv_usec: (micros % 1_000_000) as _ }
        });
        let time = time.as_mut().map_or(std::ptr::null_mut(), |time| &raw mut *time);
        // SAFETY: three sets and a time of ours.
        unsafe { libc::select(count, read, write, other, time) }
    })?;
    match answer {
        Err(error) => Err(t.os_error(error)),
        Ok(0) => Ok(t.tuple([0; 3].map(|_| List::make(t, [])))),
        Ok(_) => {
            let lists: Vec<Value> = sets.iter().zip(&found).map(|(set, bits)| set.ready(t, bits)).collect();
            Ok(t.tuple(lists))
        }
    }
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND
};

#[cfg(target_os = "linux")]
static EPOLL_NUMBERS: &[(&str, i64)] = numbers! {
    POLLRDHUP PIPE_BUF EPOLLIN EPOLLOUT EPOLLPRI EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLONESHOT EPOLLEXCLUSIVE EPOLLRDNORM
    EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLLWAKEUP EPOLL_CLOEXEC
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "error", t.types().os_error.value());
    for &(name, number) in NUMBERS {
        module.set(t, name, Value::small(number));
    }
    #[cfg(target_os = "linux")]
    {
        for &(name, number) in EPOLL_NUMBERS {
            module.set(t, name, Value::small(number));
        }
        // Missing in the C library's bindings.
        module.set(t, "POLLMSG", Value::small(0x400));
        module.set(t, "EPOLLET", Value::small(1 << 31));
        add_types(t, module, &[&epoll::SPEC]);
    }
    Ok(())
}

/// `select`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: FUNCTIONS,
    exec: Some(exec),
};

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("select", Func::Pos(select, 3, 4), "($module, rlist, wlist, xlist, timeout=None, /)", "Wait until one or more file descriptors are ready for some kind of I/O.\n\nThe first three arguments are iterables of file descriptors to be waited\nfor:\nrlist -- wait until ready for reading\nwlist -- wait until ready for writing\nxlist -- wait for an \"exceptional condition\"\nIf only one kind of condition is required, pass [] for the other lists.\n\nA file descriptor is either a socket or file object, or a small integer\ngotten from a fileno() method call on one of those.\n\nThe optional 4th argument specifies a timeout in seconds; it may be\na floating-point number to specify fractions of seconds.  If it is absent\nor None, the call will never time out.\n\nThe return value is a tuple of three lists corresponding to the first\nthree arguments; each contains the subset of the corresponding file\ndescriptors that are ready.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file\ndescriptors can be used."),
    Def::new("poll", Func::NoArgs(poll::make), "($module, /)", "Returns a polling object.\n\nThis object supports registering and unregistering file descriptors, and\nthen polling them for I/O events."),
];
