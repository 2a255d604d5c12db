//! The one place where a thread really sleeps: the system's wait-on-address.
//!
//! A futex and not a condition variable, because a condition variable swallows `EINTR`: Ctrl-C has to end a
//! wait at once, so that the handler runs and the wait goes on for the time left (PEP 475).

use super::primitives::FutexWait;
use std::sync::atomic::AtomicU32;

/// Nanoseconds of the system's monotonic clock, the clock of every deadline in this room.
#[cfg(unix)]
pub fn monotonic() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Nanoseconds of the system's monotonic clock, the clock of every deadline in this room.
#[cfg(not(unix))]
pub fn monotonic() -> u64 {
    use std::{sync::OnceLock, time::Instant};
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

#[cfg(target_os = "linux")]
mod system {
    use super::*;

    /// Sleeps while `*word == expected`.
    pub fn wait(word: &AtomicU32, expected: u32, deadline: Option<u64>) -> FutexWait {
        // A bitset wait takes an absolute time of the monotonic clock, so a wait that is taken up again
        // after a signal needs no arithmetic.
        let until = deadline.map(|at| libc::timespec {
            tv_sec: (at / 1_000_000_000) as libc::time_t,
            tv_nsec: (at % 1_000_000_000) as libc::c_long,
        });
        let until = until.as_ref().map_or(std::ptr::null(), |t| t as *const libc::timespec);
        // SAFETY: the word and the time outlive the call.
        let result = unsafe {
            libc::syscall(
                libc::SYS_futex,
                word.as_ptr(),
                libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
                expected,
                until,
                std::ptr::null::<u32>(),
                libc::FUTEX_BITSET_MATCH_ANY,
            )
        };
        if result == 0 {
            return FutexWait::Woken;
        }
        // SAFETY: reads this thread's errno.
        match unsafe { *libc::__errno_location() } {
            libc::ETIMEDOUT => FutexWait::TimedOut,
            libc::EINTR => FutexWait::Interrupted,
            _ => FutexWait::Woken,
        }
    }

    /// Wakes up to `count` sleepers. May be called by a signal handler.
    pub fn wake(word: &AtomicU32, count: i32) {
        // SAFETY: takes the address as a key and reads nothing there.
        unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, count) };
    }
}

#[cfg(target_os = "macos")]
mod system {
    use super::*;
    use std::ffi::{c_int, c_void};

    // What libc++ and Rust's own library wait with; stable since macOS 10.12.
    unsafe extern "C" {
        fn __ulock_wait(operation: u32, address: *mut c_void, value: u64, timeout_us: u32) -> c_int;
        fn __ulock_wake(operation: u32, address: *mut c_void, value: u64) -> c_int;
    }
    const COMPARE_AND_WAIT: u32 = 1;
    const WAKE_ALL: u32 = 0x100;
    /// Errors come back as negative numbers, and errno stays as it is.
    const NO_ERRNO: u32 = 0x0100_0000;

    /// Sleeps while `*word == expected`.
    pub fn wait(word: &AtomicU32, expected: u32, deadline: Option<u64>) -> FutexWait {
        let timeout = match deadline {
            None => 0,
            Some(at) => match at.saturating_sub(monotonic()).div_ceil(1000) {
                0 => return FutexWait::TimedOut,
                us => us.min(u32::MAX as u64) as u32,
            },
        };
        // SAFETY: the word outlives the call.
        let result =
            unsafe { __ulock_wait(COMPARE_AND_WAIT | NO_ERRNO, word.as_ptr().cast(), expected as u64, timeout) };
        match -result {
            libc::ETIMEDOUT if deadline.is_some_and(|at| at <= monotonic()) => FutexWait::TimedOut,
            libc::EINTR => FutexWait::Interrupted,
            _ => FutexWait::Woken,
        }
    }

    /// Wakes one sleeper, or all if `count` is not 1. May be called by a signal handler.
    pub fn wake(word: &AtomicU32, count: i32) {
        let all = if count == 1 { 0 } else { WAKE_ALL };
        // SAFETY: takes the address as a key and reads nothing there.
        unsafe { __ulock_wake(COMPARE_AND_WAIT | NO_ERRNO | all, word.as_ptr().cast(), 0) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod system {
    //! Systems without a wait-on-address of their own here: short sleeps. Correct, and slower to wake.
    use super::*;
    use std::{sync::atomic::Ordering::Acquire, time::Duration};

    /// Sleeps while `*word == expected`.
    pub fn wait(word: &AtomicU32, expected: u32, deadline: Option<u64>) -> FutexWait {
        if word.load(Acquire) != expected {
            return FutexWait::Woken;
        }
        if deadline.is_some_and(|at| at <= monotonic()) {
            return FutexWait::TimedOut;
        }
        std::thread::sleep(Duration::from_micros(50));
        FutexWait::Woken
    }

    /// The sleepers look for themselves.
    pub fn wake(_word: &AtomicU32, _count: i32) {}
}

pub use system::{wait, wake};
