//! How an operation on a socket is made: wait until it is possible, try, and try again after signals.

use super::Socket;
use crate::modules::system::{errno, ready};
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;

/// What an operation waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    Reading,
    Writing,
    /// The end of a `connect` that goes on in the background.
    Connection,
}

/// Why it did not happen.
pub enum Failure {
    Errno(i32),
    TimedOut,
}

impl Failure {
    /// The exception for it.
    pub fn raise(self, t: &Thread) -> Raised {
        match self {
            Failure::Errno(error) => t.os_error(error),
            Failure::TimedOut => t.raise_message(&t.types().timeout_error, "timed out"),
        }
    }
}

/// The answer of a system call: what is negative means that errno tells why.
pub fn answer(n: isize) -> Result<usize, i32> {
    usize::try_from(n).map_err(|_| errno())
}

/// Makes an operation within the socket's timeout.
pub fn call<T>(t: &Thread, s: &Socket, what: For, f: impl FnMut() -> Result<T, i32>) -> R<T> {
    call_within(t, s, what, s.timeout(), f)
}

/// As [`call`], with another timeout (nanoseconds; negative: endless).
pub fn call_within<T>(t: &Thread, s: &Socket, what: For, timeout: i64, f: impl FnMut() -> Result<T, i32>) -> R<T> {
    attempt(t, s, what, timeout, f)?.map_err(|failure| failure.raise(t))
}

/// As [`call_within`]; failures are given back. `f` runs detached.
pub fn attempt<T>(
    t: &Thread,
    s: &Socket,
    what: For,
    timeout: i64,
    mut f: impl FnMut() -> Result<T, i32>,
) -> R<Result<T, Failure>> {
    let scheduler = &t.interp.scheduler;
    // Under a script nobody blocks in the system: see `system::ready`.
    let waits = timeout > 0 || (timeout < 0 && scheduler.is_scripted());
    let deadline = u64::try_from(timeout).ok().filter(|&ns| ns > 0).map(|ns| scheduler.now().saturating_add(ns));
    let events = match what {
        For::Reading => libc::POLLIN,
        For::Writing => libc::POLLOUT,
        For::Connection => libc::POLLOUT | libc::POLLERR,
    };
    loop {
        let fd = s.fd();
        if (waits || what == For::Connection) && fd >= 0 {
            let mut descriptor = libc::pollfd { fd, events, revents: 0 };
            match ready::poll(t, std::slice::from_mut(&mut descriptor), deadline)? {
                Ok(0) => return Ok(Err(Failure::TimedOut)),
                Ok(_) => {}
                Err(error) => return Ok(Err(Failure::Errno(error))),
            }
        }
        match t.blocking(&mut f) {
            Ok(done) => return Ok(Ok(done)),
            Err(libc::EINTR) => crate::vm::breaker::handle(t)?,
            // It was ready, and another was faster.
            Err(libc::EAGAIN) if waits => {}
            Err(error) => return Ok(Err(Failure::Errno(error))),
        }
    }
}

/// Flags for a transfer: under a script it must not block in the system, even if it is ready for a part.
pub fn flags(t: &Thread, flags: i32) -> i32 {
    if t.interp.scheduler.is_scripted() { flags | libc::MSG_DONTWAIT } else { flags }
}
