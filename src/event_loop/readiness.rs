//! Which descriptors are ready: the system's notification, behind a small trait.
//!
//! A loop tells it what to watch a descriptor for and waits. Every method may be called by any thread at any time: the
//! kernel keeps the table.

use std::time::Duration;

/// What a descriptor is watched for, and what it is ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

impl Interest {
    pub fn is_none(self) -> bool {
        !self.read && !self.write
    }
}

/// A descriptor that is ready. An error or a hang-up makes it ready for everything.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub fd: i32,
    pub ready: Interest,
}

/// A system's notification. Errors are error numbers.
pub trait Readiness: Sized {
    fn new() -> Result<Self, i32>;

    /// From now on the descriptor is watched for `to`; `from` is what it was watched for.
    fn change(&self, fd: i32, from: Interest, to: Interest) -> Result<(), i32>;

    /// Waits until a descriptor is ready or the time is over (`None`: as long as it takes) and adds the events.
    /// A signal ends the wait with `EINTR`.
    fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> Result<(), i32>;
}

/// Events taken from the kernel at once; the rest come next time.
const BATCH: usize = 256;

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::Epoll as System;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use bsd::Kqueue as System;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use super::*;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    /// `epoll`, level-triggered.
    pub struct Epoll(OwnedFd);

    fn mask(interest: Interest) -> u32 {
        (if interest.read { libc::EPOLLIN } else { 0 } | if interest.write { libc::EPOLLOUT } else { 0 }) as u32
    }

    impl Readiness for Epoll {
        fn new() -> Result<Epoll, i32> {
            // SAFETY: takes a number.
            match unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) } {
                -1 => Err(errno()),
                // SAFETY: a new descriptor that nobody else owns.
                fd => Ok(Epoll(unsafe { OwnedFd::from_raw_fd(fd) })),
            }
        }

        fn change(&self, fd: i32, from: Interest, to: Interest) -> Result<(), i32> {
            let operation = match (from.is_none(), to.is_none()) {
                (true, true) => return Ok(()),
                (true, false) => libc::EPOLL_CTL_ADD,
                (false, true) => libc::EPOLL_CTL_DEL,
                (false, false) => libc::EPOLL_CTL_MOD,
            };
            let mut event = libc::epoll_event { events: mask(to), u64: fd as u64 };
            // SAFETY: the event lives for the length of the call.
            match unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, fd, &mut event) } {
                -1 => Err(errno()),
                _ => Ok(()),
            }
        }

        fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> Result<(), i32> {
            // Rounded up: waking before the time would only make the loop go round once more.
            let milliseconds = match timeout {
                None => -1,
                Some(timeout) => timeout.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32,
            };
            let mut batch = [const { libc::epoll_event { events: 0, u64: 0 } }; BATCH];
            // SAFETY: room for as many events as are asked for.
            let n = unsafe { libc::epoll_wait(self.0.as_raw_fd(), batch.as_mut_ptr(), BATCH as i32, milliseconds) };
            if n < 0 {
                return Err(errno());
            }
            for event in &batch[..n as usize] {
                let bits = event.events as i32;
                let ready = Interest { read: bits & !libc::EPOLLOUT != 0, write: bits & !libc::EPOLLIN != 0 };
                events.push(Event { fd: event.u64 as i32, ready });
            }
            Ok(())
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod bsd {
    use super::*;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    /// `kqueue`, level-triggered.
    pub struct Kqueue(OwnedFd);

    impl Kqueue {
        fn apply(&self, fd: i32, filter: i16, flags: u16) -> Result<(), i32> {
            // SAFETY: a zeroed change is a valid one; it lives for the length of the call.
            unsafe {
                let mut change: libc::kevent = std::mem::zeroed();
                change.ident = fd as usize;
                change.filter = filter as _;
                change.flags = flags as _;
                match libc::kevent(self.0.as_raw_fd(), &change, 1, std::ptr::null_mut(), 0, std::ptr::null()) {
                    -1 => Err(errno()),
                    _ => Ok(()),
                }
            }
        }
    }

    impl Readiness for Kqueue {
        fn new() -> Result<Kqueue, i32> {
            // SAFETY: takes nothing.
            match unsafe { libc::kqueue() } {
                -1 => Err(errno()),
                // SAFETY: a new descriptor that nobody else owns.
                fd => Ok(Kqueue(unsafe { OwnedFd::from_raw_fd(fd) })),
            }
        }

        fn change(&self, fd: i32, from: Interest, to: Interest) -> Result<(), i32> {
            for (was, is, filter) in
                [(from.read, to.read, libc::EVFILT_READ), (from.write, to.write, libc::EVFILT_WRITE)]
            {
                match (was, is) {
                    (false, true) => self.apply(fd, filter as i16, libc::EV_ADD as u16)?,
                    (true, false) => self.apply(fd, filter as i16, libc::EV_DELETE as u16)?,
                    _ => {}
                }
            }
            Ok(())
        }

        fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> Result<(), i32> {
            // SAFETY: zeroed events are room for those that come; the time lives for the length of the call.
            unsafe {
                let mut batch: [libc::kevent; BATCH] = std::mem::zeroed();
                let time = timeout.map(|timeout| libc::timespec {
                    tv_sec: timeout.as_secs() as libc::time_t,
                    tv_nsec: timeout.subsec_nanos() as libc::c_long,
                });
                let time = time.as_ref().map_or(std::ptr::null(), |time| time as *const _);
                let n = libc::kevent(self.0.as_raw_fd(), std::ptr::null(), 0, batch.as_mut_ptr(), BATCH as i32, time);
                if n < 0 {
                    return Err(errno());
                }
                for event in &batch[..n as usize] {
                    let read = event.filter as i16 == libc::EVFILT_READ as i16;
                    events.push(Event { fd: event.ident as i32, ready: Interest { read, write: !read } });
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_becomes_ready() {
        let mut ends = [0; 2];
        // SAFETY: room for both ends.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        let system = System::new().unwrap();
        let read = Interest { read: true, write: false };
        system.change(ends[0], Interest::default(), read).unwrap();
        let mut events = Vec::new();
        system.wait(&mut events, Some(Duration::ZERO)).unwrap();
        assert!(events.is_empty());
        // SAFETY: one byte of a live array; then both ends are closed once.
        unsafe { libc::write(ends[1], [0u8].as_ptr().cast(), 1) };
        system.wait(&mut events, None).unwrap();
        assert_eq!((events[0].fd, events[0].ready), (ends[0], read));
        system.change(ends[0], read, Interest::default()).unwrap();
        // SAFETY: as above.
        ends.iter().for_each(|&end| _ = unsafe { libc::close(end) });
    }
}
