//! Waiting until descriptors are ready: what `select`, `poll`, `epoll` and sockets with a timeout rest on.
//!
//! The wait lets other threads run, and goes on for the time that is left after a signal (PEP 475). Its clock is the
//! scheduler's. Under a script a system call keeps the turn, so nobody could make the descriptor ready: there the wait
//! looks, gives up the turn for a moment of the script's time, and looks again.

use super::errno;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::sync::Wake;

/// Virtual nanoseconds between two looks under a script.
const PAUSE: u64 = 1_000_000;
/// Looks before the machine's time is waited too: what comes from another process takes some.
const EAGER: u32 = 16;

/// Calls `wait` with the nanoseconds that are left (`None`: endless) until it answers something else than 0, or the
/// deadline has passed. `wait` runs detached: it touches no object. Its answer, or the error number of -1.
pub fn until(t: &Thread, deadline: Option<u64>, mut wait: impl FnMut(Option<u64>) -> i32) -> R<Result<i32, i32>> {
    let scheduler = &t.interp.scheduler;
    let scripted = scheduler.is_scripted();
    let mut looks = 0;
    loop {
        let now = scheduler.now();
        let left = deadline.map(|at| at.saturating_sub(now));
        let over = left == Some(0);
        let patience = match left {
            _ if !scripted => left,
            _ if over || looks < EAGER => Some(0),
            _ => Some(PAUSE.min(left.unwrap_or(PAUSE))),
        };
        let (answer, error) = t.blocking(|| {
            let answer = wait(patience);
            (answer, if answer < 0 { errno() } else { 0 })
        });
        if answer > 0 {
            return Ok(Ok(answer));
        }
        if answer < 0 {
            if error != libc::EINTR {
                return Ok(Err(error));
            }
            crate::vm::breaker::handle(t)?;
            continue;
        }
        if over {
            return Ok(Ok(0));
        }
        if scripted {
            looks += 1;
            let soon = scheduler.now() + PAUSE;
            match t.sched.sleep_until(deadline.map_or(soon, |at| at.min(soon))) {
                Wake::Interrupted => crate::vm::breaker::handle(t)?,
                Wake::Teardown => return Ok(Err(libc::ECANCELED)),
                _ => {}
            }
        }
    }
}

/// Nanoseconds as the milliseconds of `poll` and `epoll_wait`, rounded up; -1 for no end.
pub fn milliseconds(left: Option<u64>) -> i32 {
    left.map_or(-1, |ns| i32::try_from(ns.div_ceil(1_000_000)).unwrap_or(i32::MAX))
}

/// `poll` until the deadline.
pub fn poll(t: &Thread, descriptors: &mut [libc::pollfd], deadline: Option<u64>) -> R<Result<i32, i32>> {
    let (place, count) = (descriptors.as_mut_ptr(), descriptors.len());
    // SAFETY: the place has that many descriptors.
    until(t, deadline, |left| unsafe { libc::poll(place, count as libc::nfds_t, milliseconds(left)) })
}

/// Whether a call on the descriptor could wait for another thread of ours: under a script, for what is no file. The
/// standard streams come from outside: who waits for those keeps the turn, so that a run depends on what is read and
/// not on when.
fn may_wait_for_us(t: &Thread, fd: i32) -> bool {
    if fd <= libc::STDERR_FILENO || !t.interp.scheduler.is_scripted() {
        return false;
    }
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: room for the answer, which is read only if it was written; the flags are a number.
    unsafe {
        let known = libc::fstat(fd, status.as_mut_ptr()) == 0;
        let kind = if known { status.assume_init().st_mode & libc::S_IFMT } else { libc::S_IFREG };
        let flags = libc::fcntl(fd, libc::F_GETFL);
        !matches!(kind, libc::S_IFREG | libc::S_IFDIR | libc::S_IFBLK) && flags & libc::O_NONBLOCK == 0
    }
}

/// To be called before a read that may block: under a script others get their turns until there is something to read.
pub fn before_read(t: &Thread, fd: i32) -> R<()> {
    if may_wait_for_us(t, fd) {
        let mut descriptor = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let _ = poll(t, std::slice::from_mut(&mut descriptor), None)?;
    }
    Ok(())
}

/// As [`before_read`], for a write of `length` bytes: how many of them will surely not block.
pub fn before_write(t: &Thread, fd: i32, length: usize) -> R<usize> {
    if !may_wait_for_us(t, fd) {
        return Ok(length);
    }
    let mut descriptor = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    let _ = poll(t, std::slice::from_mut(&mut descriptor), None)?;
    Ok(length.min(libc::PIPE_BUF))
}

/// To be called before a wait for another process, which may itself wait for a thread of ours: under a script others get
/// their turns until `done`, which runs detached, says that the wait would end at once.
pub fn before_wait(t: &Thread, mut done: impl FnMut() -> bool) -> R<()> {
    if t.interp.scheduler.is_scripted() {
        let _ = until(t, None, |patience| look(patience, &mut done))?;
    }
    Ok(())
}

/// A wait of [`until`] on what can only be looked at: 1 if it is `done`, 0 after the machine's time has been waited.
pub fn look(patience: Option<u64>, mut done: impl FnMut() -> bool) -> i32 {
    if done() {
        return 1;
    }
    if let Some(time) = patience.filter(|&time| time > 0) {
        std::thread::sleep(std::time::Duration::from_nanos(time));
    }
    0
}
