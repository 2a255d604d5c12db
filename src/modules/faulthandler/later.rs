//! Tracebacks after a time: a thread that does nothing but wait.

use super::dump::{self, Out};
use super::target;
use crate::modules::system;
use crate::objects::float;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::{Parker, Wake, Why, monotonic};
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};

/// How the waiting thread is told to end.
#[derive(Default)]
struct Watchdog {
    cancelled: AtomicBool,
    parker: Parker,
}

/// The one that waits, if one does, and the file it is to write to.
#[derive(Default)]
struct Current(Mutex<Option<Arc<Watchdog>>>, File);

struct File(Slot);

impl Default for File {
    fn default() -> File {
        File(Slot::EMPTY)
    }
}

fn stop(t: &Thread) {
    let current = t.interp.state::<Current>();
    let old = current.0.lock().expect("no panic under this lock").take();
    if let Some(watchdog) = old {
        watchdog.cancelled.store(true, Release);
        watchdog.parker.unpark();
    }
    drop(current.1.0.take());
}

pub fn cancel(t: &Thread, _m: &Value) -> R {
    stop(t);
    Ok(Value::NONE)
}

/// The message above the tracebacks.
fn heading(microseconds: u64) -> String {
    let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("Timeout ({hours}:{minutes:02}:{seconds:02})!\n"),
        _ => format!("Timeout ({hours}:{minutes:02}:{seconds:02}.{rest:06})!\n"),
    }
}

pub fn dump_traceback_later(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let timeout = system::given(&a[0]);
    let seconds = match float::as_f64(timeout) {
        Some(f) => f,
        None if timeout.type_of(t).slots().nb_index.is_some() => float::to_f64(t, &protocol::index(t, timeout)?)?,
        None => {
            let given = timeout.type_of(t).name_str();
            return Err(t.type_error(format!("'{given}' object cannot be interpreted as an integer or float")));
        }
    };
    let (repeat, exit) = (system::flag_or(t, &a[1], false)?, system::flag_or(t, &a[3], false)?);
    if seconds.is_nan() || seconds * 1e9 >= i64::MAX as f64 {
        return Err(t.overflow_error("timestamp out of range for C PyTime_t"));
    }
    // Less than a microsecond is one.
    let microseconds = (seconds * 1e6).ceil();
    if microseconds <= 0.0 {
        return Err(t.value_error("timeout must be greater than 0"));
    }
    let microseconds = microseconds as u64;
    let target = target(t, &a[2])?;
    stop(t);
    let current = t.interp.state::<Current>();
    current.1.0.set(target.file);
    let watchdog = Arc::new(Watchdog::default());
    let own = watchdog.clone();
    let (interp, sched) = (t.interp.clone(), t.interp.scheduler.new_thread());
    let spare = sched.clone();
    let (heading, fd) = (heading(microseconds), target.fd);
    let wait = move || {
        // Signals are for others.
        // SAFETY: blocks this thread's signals.
        unsafe {
            let mut all = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut());
        }
        loop {
            let deadline = monotonic() + microseconds * 1000;
            while !own.cancelled.load(Acquire) && own.parker.park(Some(deadline)) != Wake::TimedOut {
                std::hint::spin_loop()
            }
            if own.cancelled.load(Acquire) {
                break;
            }
            let mut out = Out::new(fd);
            out.text(&heading);
            sched.attach();
            interp.scheduler.stop_the_world(&sched);
            // SAFETY: the world is stopped.
            unsafe { dump::all_threads(&mut out, &interp, None) };
            interp.scheduler.start_the_world(&sched);
            drop(out);
            if exit {
                // SAFETY: ends the process, as was asked for.
                unsafe { libc::_exit(1) };
            }
            sched.detach(Why::Io);
            if !repeat {
                break;
            }
        }
        interp.scheduler.abandon(&sched);
    };
    match std::thread::Builder::new().stack_size(256 << 10).spawn(wait) {
        Ok(_) => {
            *current.0.lock().expect("no panic under this lock") = Some(watchdog);
            Ok(Value::NONE)
        }
        Err(_) => {
            t.interp.scheduler.abandon(&spare);
            Err(t.runtime_error("unable to start watchdog thread"))
        }
    }
}
