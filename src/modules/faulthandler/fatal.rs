//! Signals that end the process: the traceback first, then the system's way.

use super::dump::{self, Out};
use super::{Target, target};
use crate::modules::system;
use crate::objects::interpreter::Interpreter;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::{self, Thread};
use crate::objects::value::Value;
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering::*};

/// The signals, and what is said of them.
static FATAL: [(c_int, &str); 5] = [
    (libc::SIGBUS, "Bus error"),
    (libc::SIGILL, "Illegal instruction"),
    (libc::SIGFPE, "Floating-point exception"),
    (libc::SIGABRT, "Aborted"),
    (libc::SIGSEGV, "Segmentation fault"),
];

/// Where to write; -1 while the handler is not enabled.
static FD: AtomicI32 = AtomicI32::new(-1);
static ALL_THREADS: AtomicBool = AtomicBool::new(true);
/// Whose threads; owns a count that is never given back, since a handler may run at any time.
static INTERPRETER: AtomicPtr<Interpreter> = AtomicPtr::new(std::ptr::null_mut());

/// What was there before, by index in `FATAL`.
struct Previous(UnsafeCell<MaybeUninit<[libc::sigaction; FATAL.len()]>>);
// SAFETY: written while `FD` is -1, by the thread that enables the handler; read afterwards.
unsafe impl Sync for Previous {}
static PREVIOUS: Previous = Previous(UnsafeCell::new(MaybeUninit::zeroed()));

/// Keeps the file open.
struct File(Slot);

impl Default for File {
    fn default() -> File {
        File(Slot::EMPTY)
    }
}

/// Gives a signal its old action back.
fn restore(index: usize) {
    // SAFETY: saved when the handler was enabled.
    unsafe {
        let saved = (*PREVIOUS.0.get()).as_ptr().cast::<libc::sigaction>().add(index);
        libc::sigaction(FATAL[index].0, saved, std::ptr::null_mut());
    }
}

extern "C" fn handler(signal: c_int) {
    let errno = system::errno();
    let index = FATAL.iter().position(|f| f.0 == signal).unwrap_or(0);
    restore(index);
    let fd = FD.load(Acquire);
    if fd >= 0 {
        let mut out = Out::new(fd);
        out.text("Fatal Python error: ");
        out.text(FATAL[index].1);
        out.text("\n\n");
        threads(&mut out);
        out.text("\n");
        native_stack(&mut out);
    }
    system::set_errno(errno);
    die_of(signal);
}

/// All threads where they stand still: this one holds the GIL.
fn threads(out: &mut Out) {
    let interp = INTERPRETER.load(Acquire);
    let current = thread::has_current().then(thread::current);
    match current {
        Some(t) if ALL_THREADS.load(Acquire) && t.gil_enabled() && t.sched.is_attached() && !interp.is_null() => {
            // SAFETY: the interpreter is never freed; who holds the GIL runs alone.
            unsafe { dump::all_threads(out, &*interp, Some(t)) };
        }
        Some(t) if ALL_THREADS.load(Acquire) => dump::current(out, t),
        _ => dump::this_thread(out),
    }
}

unsafe extern "C" {
    fn backtrace(room: *mut *mut c_void, size: c_int) -> c_int;
}

/// Sends this thread a signal that ends the process. The handler that Rust's runtime has for some gives way to the
/// default action and returns, so it is sent again.
fn die_of(signal: c_int) {
    // SAFETY: sends a signal to this thread.
    unsafe {
        libc::raise(signal);
        libc::raise(signal);
    }
}

/// The native calls, by address.
pub fn native_stack(out: &mut Out) {
    out.text("Current thread's C stack trace (most recent call first):\n");
    let mut addresses = [std::ptr::null_mut(); 32];
    // SAFETY: room for that many addresses.
    let count = unsafe { backtrace(addresses.as_mut_ptr(), addresses.len() as c_int) };
    for &address in &addresses[..count.max(0) as usize] {
        let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: asks about an address; the strings it gives stay.
        let info = unsafe { (libc::dladdr(address, info.as_mut_ptr()) != 0).then(|| info.assume_init()) };
        let address = address as u64;
        let text = |out: &mut Out, s: *const c_char| {
            // SAFETY: as above.
            out.text(unsafe { CStr::from_ptr(s) }.to_str().unwrap_or("?"));
        };
        match info {
            Some(info) if !info.dli_fname.is_null() => {
                out.text("  Binary file \"");
                text(out, info.dli_fname);
                out.text("\"");
                if !info.dli_sname.is_null() {
                    out.text(", at ");
                    text(out, info.dli_sname);
                    out.text("+0x");
                    out.hex(address.wrapping_sub(info.dli_saddr as u64), 1);
                }
                out.text(" [0x");
            }
            _ => out.text("  <unknown file> [0x"),
        }
        out.hex(address, 1);
        out.text("]\n");
    }
    if count as usize == addresses.len() {
        out.text("  <truncated rest of calls>\n");
    }
}

/// A stack of their own for the handlers: the thread's may have run out.
fn alternate_stack() {
    static MADE: AtomicBool = AtomicBool::new(false);
    if MADE.swap(true, AcqRel) {
        return;
    }
    const SIZE: usize = 256 << 10;
    // SAFETY: fresh memory that stays for as long as the process.
    unsafe {
        let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let memory = libc::mmap(std::ptr::null_mut(), SIZE, prot, flags, -1, 0);
        if memory != libc::MAP_FAILED {
            let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: SIZE };
            libc::sigaltstack(&stack, std::ptr::null_mut());
        }
    }
}

/// Installs the handlers.
pub fn enable(t: &Thread, target: Target, all_threads: bool) -> R<()> {
    t.interp.state::<File>().0.set(target.file);
    ALL_THREADS.store(all_threads, Release);
    if INTERPRETER.load(Acquire).is_null() {
        INTERPRETER.store(Arc::into_raw(t.interp.clone()).cast_mut(), Release);
        // The first call of `backtrace` loads a library: not in a handler.
        // SAFETY: room for one address.
        unsafe { backtrace(&mut std::ptr::null_mut(), 1) };
    }
    if FD.load(Acquire) < 0 {
        alternate_stack();
        for (index, &(signal, _)) in FATAL.iter().enumerate() {
            // SAFETY: a zeroed action is a valid one; the handler allocates nothing. Nobody reads the old actions yet.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = handler as extern "C" fn(c_int) as usize;
                action.sa_flags = libc::SA_NODEFER | libc::SA_ONSTACK;
                libc::sigemptyset(&mut action.sa_mask);
                let saved = (*PREVIOUS.0.get()).as_mut_ptr().cast::<libc::sigaction>().add(index);
                system::check(t, libc::sigaction(signal, &action, saved))?;
            }
        }
    }
    FD.store(target.fd, Release);
    Ok(())
}

pub fn enable_function(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let target = target(t, &a[0])?;
    enable(t, target, system::flag_or(t, &a[1], true)?)?;
    Ok(Value::NONE)
}

pub fn disable(t: &Thread, _m: &Value) -> R {
    let was = FD.load(Acquire) >= 0;
    if was {
        (0..FATAL.len()).for_each(restore);
        FD.store(-1, Release);
        drop(t.interp.state::<File>().0.take());
    }
    Ok(Value::bool(was))
}

pub fn is_enabled(_t: &Thread, _m: &Value) -> R {
    Ok(Value::bool(FD.load(Acquire) >= 0))
}

/// A crash on purpose leaves no memory image.
fn no_core() {
    // SAFETY: reads the limits.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &libc::rlimit { rlim_cur: 0, rlim_max: 0 }) };
}

fn crash(signal: c_int) -> R {
    no_core();
    die_of(signal);
    Ok(Value::NONE)
}

pub fn read_null(_t: &Thread, _m: &Value) -> R {
    // What the read would do.
    crash(libc::SIGSEGV)
}

pub fn sigsegv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    match a.first().map_or(Ok(false), |v| protocol::truth(t, v))? {
        true => t.blocking(|| crash(libc::SIGSEGV)),
        false => crash(libc::SIGSEGV),
    }
}

pub fn sigabrt(_t: &Thread, _m: &Value) -> R {
    no_core();
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

pub fn sigfpe(_t: &Thread, _m: &Value) -> R {
    crash(libc::SIGFPE)
}

pub fn fatal_error_c_thread(t: &Thread, _m: &Value) -> R {
    no_core();
    let end = || {
        let mut out = Out::new(2);
        out.text("Fatal Python error: faulthandler_fatal_error_thread: in new thread\n");
        out.text("Python runtime state: initialized\n\n");
        drop(out);
        // SAFETY: ends the process.
        unsafe { libc::abort() }
    };
    match std::thread::Builder::new().spawn(end) {
        Ok(thread) => {
            _ = t.blocking(|| thread.join().is_ok());
            Ok(Value::NONE)
        }
        Err(_) => Err(t.runtime_error("unable to start the thread")),
    }
}

pub fn stack_overflow(t: &Thread, _m: &Value) -> R {
    #[inline(never)]
    #[allow(unconditional_recursion)]
    fn deeper(depth: u64) -> u64 {
        let room = std::hint::black_box([depth; 512]);
        deeper(depth + 1) + room[depth as usize % 512]
    }
    no_core();
    let depth = deeper(0);
    Err(t.runtime_error(format!("unable to raise a stack overflow ({depth} calls)")))
}
