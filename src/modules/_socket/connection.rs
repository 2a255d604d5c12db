//! Connections: `bind`, `listen`, `accept`, `connect`, the names of both ends, `shutdown`.

use super::address::{self, Address};
use super::call::{Failure, For, answer, attempt, call};
use super::{args, this};
use crate::modules::system::{self, c_int, errno};
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub fn bind(t: &Thread, v: &Value, target: &Value) -> R {
    let s = this(v);
    let address = address::parse(t, s, target, "bind")?;
    crate::modules::sys::audit::audit(t, "socket.bind", &[v.clone(), target.clone()])?;
    // SAFETY: an address of ours.
    t.blocking(|| unsafe { answer(libc::bind(s.fd(), address.ptr(), address.len()) as isize) })
        .map_err(|error| t.os_error(error))?;
    Ok(Value::NONE)
}

/// How many connections wait by default.
const BACKLOG: i32 = if libc::SOMAXCONN < 128 { libc::SOMAXCONN } else { 128 };

pub fn listen(t: &Thread, v: &Value, a: &[Value]) -> R {
    args::count(t, "listen", a, 0, 1)?;
    let backlog = args::int_or(t, a, 0, BACKLOG)?.max(0);
    let fd = this(v).fd();
    // SAFETY: takes numbers.
    t.blocking(|| unsafe { answer(libc::listen(fd, backlog) as isize) }).map_err(|error| t.os_error(error))?;
    Ok(Value::NONE)
}

pub fn accept(t: &Thread, v: &Value) -> R {
    let s = this(v);
    address::check_family(t, s)?;
    let (fd, peer) = call(t, s, For::Reading, || {
        let mut peer = Address::EMPTY;
        let (place, len) = peer.out();
        // SAFETY: room for an address and its length.
        let fd = answer(unsafe { libc::accept4(s.fd(), place, len, libc::SOCK_CLOEXEC) as isize })?;
        Ok((fd, peer))
    })?;
    let peer = address::make(t, s.fd(), s.proto(), &peer).inspect_err(|_| {
        // SAFETY: the descriptor just made.
        unsafe { libc::close(fd as i32) };
    })?;
    Ok(t.tuple([int::from_usize(t, fd), peer]))
}

/// Connects; the error number if that failed in the way that `connect_ex` returns.
fn establish(t: &Thread, v: &Value, target: &Value, name: &str) -> R<Result<(), Failure>> {
    let s = this(v);
    let address = address::parse(t, s, target, name)?;
    crate::modules::sys::audit::audit(t, "socket.connect", &[v.clone(), target.clone()])?;
    // SAFETY: an address of ours.
    let error = match t.blocking(|| unsafe { answer(libc::connect(s.fd(), address.ptr(), address.len()) as isize) }) {
        Ok(_) => return Ok(Ok(())),
        Err(error) => error,
    };
    let timeout = s.timeout();
    let goes_on = match error {
        libc::EINTR => {
            crate::vm::breaker::handle(t)?;
            timeout != 0
        }
        libc::EINPROGRESS => timeout > 0,
        _ => false,
    };
    if !goes_on {
        return Ok(Err(Failure::Errno(error)));
    }
    attempt(t, s, For::Connection, timeout, || {
        let (mut error, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
        // SAFETY: room for an int and its length.
        let got =
            unsafe { libc::getsockopt(s.fd(), libc::SOL_SOCKET, libc::SO_ERROR, (&raw mut error).cast(), &mut len) };
        match (got, error) {
            (0, 0 | libc::EISCONN) => Ok(()),
            (0, error) => Err(error),
            _ => Err(errno()),
        }
    })
}

pub fn connect(t: &Thread, v: &Value, target: &Value) -> R {
    establish(t, v, target, "connect")?.map_err(|failure| failure.raise(t))?;
    Ok(Value::NONE)
}

pub fn connect_ex(t: &Thread, v: &Value, target: &Value) -> R {
    let error = match establish(t, v, target, "connect_ex")? {
        Ok(()) => 0,
        Err(Failure::TimedOut) => libc::EWOULDBLOCK,
        Err(Failure::Errno(error)) => error,
    };
    Ok(Value::small(error.into()))
}

type NameFn = unsafe extern "C" fn(libc::c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> libc::c_int;

fn name(t: &Thread, v: &Value, f: NameFn) -> R {
    let s = this(v);
    address::check_family(t, s)?;
    let mut found = Address::EMPTY;
    let (place, len) = found.out();
    // SAFETY: room for an address and its length.
    system::check(t, unsafe { f(s.fd(), place, len) })?;
    address::make(t, s.fd(), s.proto(), &found)
}

pub fn getsockname(t: &Thread, v: &Value) -> R {
    name(t, v, libc::getsockname)
}

pub fn getpeername(t: &Thread, v: &Value) -> R {
    name(t, v, libc::getpeername)
}

pub fn shutdown(t: &Thread, v: &Value, how: &Value) -> R {
    let (fd, how) = (this(v).fd(), c_int(t, how)?);
    // SAFETY: takes numbers.
    t.blocking(|| unsafe { answer(libc::shutdown(fd, how) as isize) }).map_err(|error| t.os_error(error))?;
    Ok(Value::NONE)
}
