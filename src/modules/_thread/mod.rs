//! `_thread`: OS threads, locks and thread handles, on which `threading` is built.

mod excepthook;
mod handle;
mod local;
mod lock;
mod rlock;

use super::{ModuleSpec, module_type};
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::sync::Patience;
use crate::vm::threads;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};

/// `TIMEOUT_MAX`: the longest wait in seconds that fits nanoseconds in an `i64`.
const TIMEOUT_MAX: i64 = i64::MAX / 1_000_000_000;

/// The least `stack_size`, in bytes.
const MIN_STACK: isize = 53248;
/// Bytes of a thread's name that the kernel keeps.
const NAME_MAXLEN: usize = 15;

/// What the module remembers per interpreter.
#[derive(Default)]
struct State {
    /// Threads started by this module that have not ended (`_count`).
    running: AtomicU64,
    /// `stack_size`.
    stack_size: AtomicUsize,
    /// Handles of non-daemon threads, which `_shutdown` waits for.
    shutdown: Mutex<Vec<Value>>,
    /// Ident of the main thread.
    main: AtomicU64,
}

/// `acquire(blocking=True, timeout=-1)`, parsed.
fn patience(t: &Thread, args: &[Option<Value>]) -> R<Patience> {
    let blocking = match &args[0] {
        Some(b) => protocol::truth(t, b)?,
        None => true,
    };
    let timeout = match &args[1] {
        Some(v) => seconds(t, v)?,
        None => None,
    };
    if !blocking && args[1].is_some() && timeout.is_some() {
        return Err(t.value_error("can't specify a timeout for a non-blocking call"));
    }
    Ok(Patience::new(&t.sched, blocking, timeout))
}

/// A timeout in nanoseconds, rounded up (`_PyTime_FromSecondsObject`).
pub fn nanoseconds(t: &Thread, v: &Value) -> R<i64> {
    let seconds = match int::as_i64(v) {
        Some(i) => i as f64,
        None if v.cast::<float::Float>().is_none()
            && v.as_immediate_float().is_none()
            && v.type_of(t).slots().nb_index.is_none() =>
        {
            let given = v.type_of(t).name_str();
            return Err(t.type_error(format!("'{given}' object cannot be interpreted as an integer or float")));
        }
        None => float::to_f64(t, v)?,
    };
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    let ns = (seconds * 1e9).ceil();
    if ns.abs() >= i64::MAX as f64 {
        return Err(t.overflow_error("timestamp out of range for C PyTime_t"));
    }
    Ok(ns as i64)
}

/// A timeout in nanoseconds; -1 (any form of it) is endless.
fn seconds(t: &Thread, v: &Value) -> R<Option<u64>> {
    match nanoseconds(t, v)? {
        -1_000_000_000 => Ok(None),
        ns if ns < 0 => Err(t.value_error("timeout value must be a non-negative number")),
        ns if ns / 1_000_000_000 > TIMEOUT_MAX => Err(t.overflow_error("timeout value is too large")),
        ns => Ok(Some(ns as u64)),
    }
}

/// Waits again and again, handlers running between, until `attempt` says how it ended.
pub fn interruptible<T>(t: &Thread, mut attempt: impl FnMut() -> Option<T>) -> R<T> {
    loop {
        match attempt() {
            Some(end) => return Ok(end),
            None => crate::vm::breaker::handle(t)?,
        }
    }
}

fn allocate_lock(t: &Thread, _m: &Value) -> R {
    lock::make(t)
}

fn get_ident(t: &Thread, _m: &Value) -> R {
    Ok(int::from_u64(t, t.ident))
}

fn get_main_thread_ident(t: &Thread, _m: &Value) -> R {
    Ok(int::from_u64(t, t.interp.state::<State>().main.load(Relaxed)))
}

fn get_native_id(t: &Thread, _m: &Value) -> R {
    Ok(int::from_u64(t, native_id()))
}

#[cfg(target_os = "linux")]
fn native_id() -> u64 {
    // SAFETY: a system call without arguments.
    unsafe { libc::gettid() as u64 }
}

#[cfg(not(target_os = "linux"))]
fn native_id() -> u64 {
    let mut id = 0;
    // SAFETY: asks for the calling thread's id.
    unsafe { libc::pthread_threadid_np(0, &mut id) };
    id
}

fn count(t: &Thread, _m: &Value) -> R {
    Ok(int::from_u64(t, t.interp.state::<State>().running.load(Relaxed)))
}

fn stack_size(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let state = t.interp.state::<State>();
    let old = state.stack_size.load(Relaxed);
    if let Some(size) = args.first() {
        let size = protocol::index_isize(t, size)?;
        if size != 0 && size < MIN_STACK {
            return Err(t.value_error(format!("size must be at least {MIN_STACK} bytes")));
        }
        state.stack_size.store(size as usize, Relaxed);
    }
    Ok(int::from_usize(t, old))
}

fn exit(t: &Thread, _m: &Value) -> R {
    Err(t.raise_with(&t.types().system_exit, &[]))
}

fn interrupt_main(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let signal = match args.first() {
        Some(v) => int::arg_i32(t, v)?,
        None => libc::SIGINT,
    };
    if !(1..=64).contains(&signal) {
        return Err(t.value_error("signal number out of range"));
    }
    crate::modules::_signal::interrupt_main(t, signal);
    Ok(Value::NONE)
}

/// Runs a thread's function; what it raises is reported, `SystemExit` is not.
fn run(t: &Thread, function: &Value, args: &[Value], kwargs: Option<&Value>) {
    let (names, values): (Vec<Value>, Vec<Value>) =
        kwargs.and_then(|k| k.cast::<Dict>()).map(|d| d.pairs(t)).unwrap_or_default().into_iter().unzip();
    if let Err(raised) = protocol::call_args(t, function, Args { pos: args, kw: &values, names: &names }) {
        if t.raised_is(&raised, &t.types().system_exit) {
            drop(t.take_exception(raised));
        } else {
            let e = t.take_exception(raised);
            let shown = protocol::repr_text(t, function).unwrap_or_else(|raised| {
                drop(t.take_exception(raised));
                "<repr failed>".to_owned()
            });
            let raised = t.raise_as_is(e);
            t.unraisable(raised, &format!("Exception ignored in thread started by {shown}"), None);
        }
    }
}

fn start_new_thread(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let function = &args[0];
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("first arg must be callable"));
    }
    let Some(positional) = args[1].cast::<Tuple>() else {
        return Err(t.type_error("2nd arg must be a tuple"));
    };
    if args.get(2).is_some_and(|k| k.cast::<Dict>().is_none()) {
        return Err(t.type_error("optional 3rd arg must be a dictionary"));
    }
    let (function, positional, kwargs) = (function.clone(), positional.items().to_vec(), args.get(2).cloned());
    let handle = handle::make(t)?;
    let ident = handle::start(t, &handle, move |t| {
        run(t, &function, &positional, kwargs.as_ref());
        drop((function, positional, kwargs));
    })?;
    Ok(int::from_u64(t, ident))
}

fn start_joinable_thread(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let function = args[0].clone().unwrap_or(Value::NONE);
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("thread function must be callable"));
    }
    let handle = match &args[1] {
        Some(h) if !h.is_none() => {
            if !handle::is_handle(h) {
                return Err(t.type_error("'handle' must be a _ThreadHandle"));
            }
            h.clone()
        }
        _ => handle::make(t)?,
    };
    let daemon = args[2].as_ref().map_or(Ok(true), |d| protocol::truth(t, d))?;
    if !daemon {
        let state = t.interp.state::<State>();
        state.shutdown.lock().expect("no panic under this lock").push(handle.clone());
    }
    handle::start(t, &handle, move |t| {
        run(t, &function, &[], None);
        drop(function);
    })?;
    Ok(handle)
}

/// Waits for all non-daemon threads (`threading._shutdown`).
fn shutdown(t: &Thread, _m: &Value) -> R {
    loop {
        let state = t.interp.state::<State>();
        let mut own = None;
        let next = {
            let mut list = state.shutdown.lock().expect("no panic under this lock");
            list.retain(|h| {
                let mine = handle::ident(h) == Some(t.ident);
                if mine {
                    own = Some(h.clone());
                }
                !mine
            });
            list.pop()
        };
        drop(own);
        match next {
            Some(handle) => {
                handle::join(t, &handle, None)?;
            }
            None => return Ok(Value::NONE),
        }
    }
}

fn make_thread_handle(t: &Thread, _m: &Value, ident: &Value) -> R {
    let ident = int::as_u64(ident).ok_or_else(|| t.type_error("ident must be an integer"))?;
    handle::make_for(t, ident)
}

fn is_main_interpreter(_t: &Thread, _m: &Value) -> R {
    Ok(Value::TRUE)
}

fn daemon_threads_allowed(_t: &Thread, _m: &Value) -> R {
    Ok(Value::TRUE)
}

fn set_name(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let name = args[0].clone().unwrap_or(Value::NONE);
    let Some(name) = name.cast::<Str>() else {
        return Err(t.type_error(format!("set_name() argument 'name' must be str, not {}", name.type_of(t).name_str())));
    };
    let text = name.to_str_lossy();
    *t.sched.name.lock() = Some(text.to_string());
    // To the first null, and no more bytes than the kernel takes, even if that cuts a character in two.
    let bytes = text.as_bytes().split(|b| *b == 0).next().unwrap_or_default();
    #[cfg(target_os = "linux")]
    if let Ok(c) = std::ffi::CString::new(&bytes[..bytes.len().min(NAME_MAXLEN)]) {
        // SAFETY: a C string of at most 15 bytes.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), c.as_ptr()) };
    }
    Ok(Value::NONE)
}

fn get_name(t: &Thread, _m: &Value) -> R {
    let mut name = [0u8; 128];
    // SAFETY: the buffer is as long as is said.
    unsafe { libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr() as *mut libc::c_char, name.len()) };
    let text = std::ffi::CStr::from_bytes_until_nul(&name).unwrap_or_default();
    Ok(crate::modules::sys::info::os_str(t, std::os::unix::ffi::OsStrExt::from_bytes(text.to_bytes())))
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    let state = t.interp.state::<State>();
    // Whoever imports the module first is the main thread: `threading` is imported by it or not at all.
    let _ = state.main.compare_exchange(0, t.ident, AcqRel, Relaxed);
    m.set(t, "error", Value::clone(&crate::objects::value::Payload::value(t.types().runtime_error.get())));
    let lock = module_type(t, &lock::SPEC);
    m.set(t, "lock", lock.clone());
    m.set(t, "LockType", lock);
    m.set(t, "RLock", module_type(t, &rlock::SPEC));
    m.set(t, "_ExceptHookArgs", excepthook::args_type(t));
    m.set(t, "_local", module_type(t, &local::SPEC));
    m.set(t, "_ThreadHandle", module_type(t, &handle::SPEC));
    m.set(t, "_NAME_MAXLEN", Value::small(NAME_MAXLEN as i64));
    m.set(t, "TIMEOUT_MAX", float::new(t, TIMEOUT_MAX as f64));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: &[
        Def::new(
            "start_new_thread",
            Func::Pos(start_new_thread, 2, 3),
            "($module, function, args, kwargs={}, /)",
            "Start a new thread and return its identifier.\n\nThe thread will call the function with positional arguments from the\ntuple args and keyword arguments taken from the optional dictionary\nkwargs.  The thread exits when the function returns; the return value\nis ignored.  The thread will also exit when the function raises an\nunhandled exception; a stack trace will be printed unless the exception\nis SystemExit.",
        ),
        Def::new(
            "start_new",
            Func::Pos(start_new_thread, 2, 3),
            "($module, function, args, kwargs={}, /)",
            "An obsolete synonym of start_new_thread().",
        ),
        Def::new(
            "start_joinable_thread",
            Func::Bound(start_joinable_thread),
            "($module, /, function, handle=None, daemon=True)",
            "*For internal use only*: start a new thread.\n\nLike start_new_thread(), this starts a new thread calling the given function.\nUnlike start_new_thread(), this returns a handle object with methods to join\nor detach the given thread.\nThis function is not for third-party code, please use the\n`threading` module instead. During finalization the runtime will not wait for\nthe thread to exit if daemon is True. If handle is provided it must be a\nnewly created thread._ThreadHandle instance.",
        ),
        Def::new(
            "daemon_threads_allowed",
            Func::NoArgs(daemon_threads_allowed),
            "($module, /)",
            "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise.\n",
        ),
        Def::new(
            "allocate_lock",
            Func::NoArgs(allocate_lock),
            "($module, /)",
            "Create a new lock object. See help(type(threading.Lock())) for\ninformation about locks.",
        ),
        Def::new("allocate", Func::NoArgs(allocate_lock), "($module, /)", "An obsolete synonym of allocate_lock()."),
        Def::new("exit_thread", Func::NoArgs(exit), "($module, /)", "An obsolete synonym of exit()."),
        Def::new(
            "exit",
            Func::NoArgs(exit),
            "($module, /)",
            "This is synonymous to ``raise SystemExit''.  It will cause the current\nthread to exit silently unless the exception is caught.",
        ),
        Def::new(
            "interrupt_main",
            Func::Pos(interrupt_main, 0, 1),
            "($module, signum=signal.SIGINT, /)",
            "Simulate the arrival of the given signal in the main thread,\nwhere the corresponding signal handler will be executed.\nIf *signum* is omitted, SIGINT is assumed.\nA subthread can use this function to interrupt the main thread.\n\nNote: the default signal handler for SIGINT raises ``KeyboardInterrupt``.",
        ),
        Def::new(
            "get_ident",
            Func::NoArgs(get_ident),
            "($module, /)",
            "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously.\nThis may be used to identify per-thread resources.\nEven though on some platforms threads identities may appear to be\nallocated consecutive numbers starting at 1, this behavior should not\nbe relied upon, and the number should be seen purely as a magic cookie.\nA thread's identity may be reused for another thread after it exits.",
        ),
        Def::new(
            "_get_main_thread_ident",
            Func::NoArgs(get_main_thread_ident),
            "($module, /)",
            "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter.",
        ),
        Def::new(
            "get_native_id",
            Func::NoArgs(get_native_id),
            "($module, /)",
            "Return a non-negative integer identifying the thread as reported\nby the OS (kernel). This may be used to uniquely identify a\nparticular thread within a system.",
        ),
        Def::new(
            "_count",
            Func::NoArgs(count),
            "($module, /)",
            "Return the number of currently running Python threads, excluding\nthe main thread. The returned number comprises all threads created\nthrough `start_new_thread()` as well as `threading.Thread`, and not\nyet finished.\n\nThis function is meant for internal and specialized purposes only.\nIn most applications `threading.enumerate()` should be used instead.",
        ),
        Def::new(
            "stack_size",
            Func::Pos(stack_size, 0, 1),
            "($module, size=0, /)",
            "Return the thread stack size used when creating new threads.  The\noptional size argument specifies the stack size (in bytes) to be used\nfor subsequently created threads, and must be 0 (use platform or\nconfigured default) or a positive integer value of at least 32,768 (32k).\nIf changing the thread stack size is unsupported, a ThreadError\nexception is raised.  If the specified size is invalid, a ValueError\nexception is raised, and the stack size is unmodified.  32k bytes\n currently the minimum supported stack size value to guarantee\nsufficient stack space for the interpreter itself.\n\nNote that some platforms may have particular restrictions on values for\nthe stack size, such as requiring a minimum stack size larger than 32 KiB or\nrequiring allocation in multiples of the system memory page size\n- platform documentation should be referred to for more information\n(4 KiB pages are common; using multiples of 4096 for the stack size is\nthe suggested approach in the absence of more specific information).",
        ),
        Def::new(
            "_is_main_interpreter",
            Func::NoArgs(is_main_interpreter),
            "($module, /)",
            "Return True if the current interpreter is the main Python interpreter.",
        ),
        Def::new(
            "_shutdown",
            Func::NoArgs(shutdown),
            "($module, /)",
            "Wait for all non-daemon threads (other than the calling thread) to stop.",
        ),
        Def::new(
            "_make_thread_handle",
            Func::One(make_thread_handle),
            "($module, ident, /)",
            "Internal only. Make a thread handle for threads not spawned\nby the _thread or threading module.",
        ),
        Def::new(
            "_excepthook",
            Func::One(excepthook::excepthook),
            "($module, args, /)",
            "Handle uncaught Thread.run() exception.",
        ),
        Def::new("set_name", Func::Bound(set_name), "($module, /, name)", "Set the name of the current thread."),
        Def::new("_get_name", Func::NoArgs(get_name), "($module, /)", "Get the name of the current thread."),
    ],
    exec: Some(exec),
};

/// In the child of a fork: the calling thread is the only one, and the main one.
pub fn after_fork_in_child(t: &Thread) {
    let state = t.interp.state::<State>();
    state.main.store(t.ident, Release);
    state.running.store(0, Release);
    t.interp.state::<handle::Started>().end_all_but(t.ident);
    let handles = std::mem::take(&mut *state.shutdown.lock().expect("no panic under this lock"));
    let (own, others) = handles.into_iter().partition(|h| handle::ident(h) == Some(t.ident));
    *state.shutdown.lock().expect("no panic under this lock") = own;
    drop(others);
}

/// For the handle: how threads are started and counted. `ended` runs when the thread has no Python state any more
/// that others could notice.
fn spawn(t: &Thread, body: impl FnOnce(&Thread) + Send + 'static, ended: impl FnOnce() + Send + 'static) -> R<()> {
    if t.interp.finalizing.load(Acquire) {
        let message = "can't create new thread at interpreter shutdown";
        return Err(t.raise_message(&t.types().python_finalization_error, message));
    }
    let state = t.interp.state::<State>();
    state.running.fetch_add(1, Relaxed);
    let interp = t.interp.clone();
    let ended = move || {
        interp.state::<State>().running.fetch_sub(1, Relaxed);
        ended();
    };
    let started = threads::start(t, &state.stack_size, body, ended);
    if started.is_err() {
        state.running.fetch_sub(1, Relaxed);
    }
    started
}
