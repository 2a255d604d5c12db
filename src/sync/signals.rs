//! Signals, from the system's handler to the switch point where Python hears of them.
//!
//! The handler runs in whatever thread the system picks, between any two instructions, so it does next to
//! nothing: it marks the signal, raises `SIGNALS_PENDING` in the main thread's breaker, ends that thread's
//! wait if it waits, and writes a byte to the wake-up descriptor (`signal.set_wakeup_fd`). The main thread
//! takes the marks at its next switch point and runs the handlers that Python code has set.
//!
//! This is the one place with state that belongs to the process and not to an interpreter: a signal is sent
//! to a process.

use super::breaker::bit;
use super::thread::SchedThread;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering::*};

/// The signals that have come, bit `n - 1` for signal `n`.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// The main thread of the interpreter that gets the signals. Owns a count, which is never given back: a
/// handler in another thread may hold the pointer at any time.
static MAIN: AtomicPtr<SchedThread> = AtomicPtr::new(std::ptr::null_mut());
/// Where a byte is written per signal, or -1.
static WAKEUP: AtomicI32 = AtomicI32::new(-1);
/// errno of a failed write there, or 0.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

/// From now on signals are for this thread.
pub fn set_main_thread(thread: &Arc<SchedThread>) {
    let raw = Arc::into_raw(thread.clone()).cast_mut();
    if MAIN.swap(raw, AcqRel) == raw {
        // SAFETY: the count just made, one too many.
        unsafe { Arc::decrement_strong_count(raw) };
    }
    if PENDING.load(Relaxed) != 0 {
        thread.breaker.set(bit::SIGNALS_PENDING);
    }
}

/// Sets the wake-up descriptor (-1: none); the old one.
pub fn set_wakeup_fd(fd: i32) -> i32 {
    WAKEUP.swap(fd, AcqRel)
}

/// The errno of the last failed write to the wake-up descriptor, once.
pub fn take_wakeup_error() -> Option<i32> {
    match WAKEUP_ERROR.swap(0, AcqRel) {
        0 => None,
        errno => Some(errno),
    }
}

/// Takes the signals that have come, the bit `n - 1` for signal `n`. Clear `SIGNALS_PENDING` before.
pub fn take_pending() -> u64 {
    PENDING.swap(0, AcqRel)
}

/// Whether a signal waits to be handled.
pub fn is_pending() -> bool {
    PENDING.load(Relaxed) != 0
}

/// Marks a signal as come, as the handler does: for `_thread.interrupt_main` and `raise_signal`.
/// Async-signal-safe.
pub fn mark(signal: i32) {
    if !(1..=64).contains(&signal) {
        return;
    }
    PENDING.fetch_or(1 << (signal - 1), AcqRel);
    let main = MAIN.load(Acquire);
    if !main.is_null() {
        // SAFETY: the static's count is never given back.
        unsafe { (*main).interrupt() };
    }
}

/// The handler to give to `sigaction`.
#[cfg(unix)]
pub extern "C" fn handler(signal: libc::c_int) {
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    mark(signal);
    let fd = WAKEUP.load(Acquire);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: writes one byte of ours.
        let written = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        if written < 0 {
            WAKEUP_ERROR.store(std::io::Error::last_os_error().raw_os_error().unwrap_or(0), Release);
        }
    }
    set_errno(errno);
}

/// Sets the calling thread's errno, which a handler leaves as it found it.
#[cfg(unix)]
fn set_errno(value: i32) {
    #[cfg(any(target_os = "linux", target_os = "emscripten"))]
    // SAFETY: this thread's own errno.
    unsafe {
        *libc::__errno_location() = value
    };
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    // SAFETY: as above.
    unsafe {
        *libc::__error() = value
    };
    #[cfg(not(any(target_os = "linux", target_os = "emscripten", target_vendor = "apple", target_os = "freebsd")))]
    let _ = value;
}

/// Installs [`handler`] for a signal (without `SA_RESTART`, so that system calls return `EINTR`), or the
/// default action, or none.
#[cfg(unix)]
pub fn install(signal: i32, action: Action) -> std::io::Result<()> {
    // SAFETY: an all-zero sigaction is a valid one; the handler is async-signal-safe.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = match action {
            Action::Handle => handler as extern "C" fn(libc::c_int) as usize,
            Action::Default => libc::SIG_DFL,
            Action::Ignore => libc::SIG_IGN,
        };
        new.sa_flags = libc::SA_ONSTACK;
        libc::sigemptyset(&mut new.sa_mask);
        if libc::sigaction(signal, &new, std::ptr::null_mut()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

/// What to do when a signal comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Let the main thread hear of it.
    Handle,
    /// What the system does.
    Default,
    /// Nothing.
    Ignore,
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sync::parker::Wake;
    use crate::sync::scheduler::{Mode, Scheduler};

    /// One test, because the process has one main thread. (ThreadSanitizer holds signals back: skip it there.)
    #[test]
    fn a_signal_ends_a_sleep_and_is_marked() {
        let scheduler = Scheduler::new(Mode::Gil);
        let me = scheduler.new_thread();
        me.attach();
        set_main_thread(&me);
        install(libc::SIGUSR2, Action::Handle).unwrap();
        let start = scheduler.now();
        std::thread::scope(|s| {
            s.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                // SAFETY: sends ourselves a signal that has a handler.
                unsafe { libc::kill(libc::getpid(), libc::SIGUSR2) };
            });
            assert_eq!(me.sleep_until(start + 60_000_000_000), Wake::Interrupted);
        });
        assert!(scheduler.now() - start < 30_000_000_000);
        assert_eq!(me.breaker.take(bit::SIGNALS_PENDING), bit::SIGNALS_PENDING);
        assert_eq!(take_pending(), 1 << (libc::SIGUSR2 - 1));
        assert!(!is_pending());
        install(libc::SIGUSR2, Action::Default).unwrap();
        me.exit();
    }
}
