//! Tracebacks on signals of the user's choice.
//!
//! As for every handler here, the system's handler only marks that the signal has come; the main thread writes the
//! tracebacks at its next switch point, or as soon as the signal has ended its wait.

use super::dump::{self, Out};
use super::target;
use crate::modules::system::{self, c_int};
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::world;
use crate::sync::signals::{self, Action};
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::sync::Mutex;

/// What is to be done on a signal.
#[derive(Clone, Copy)]
struct Entry {
    fd: i32,
    all_threads: bool,
    chain: bool,
    previous: libc::sigaction,
}

/// By signal; and the files, kept open.
#[derive(Default)]
struct Registered(Mutex<HashMap<i32, Entry>>, Files);

struct Files([Slot; 65]);

impl Default for Files {
    fn default() -> Files {
        Files([const { Slot::EMPTY }; 65])
    }
}

/// A signal that may be chosen.
fn number(t: &Thread, v: &Value) -> R<i32> {
    let signal = c_int(t, v)?;
    if [libc::SIGSEGV, libc::SIGFPE, libc::SIGABRT, libc::SIGBUS, libc::SIGILL].contains(&signal) {
        return Err(t.runtime_error(format!("signal {signal} cannot be registered, use enable() instead")));
    }
    if !(1..65).contains(&signal) {
        return Err(t.value_error("signal number out of range"));
    }
    Ok(signal)
}

pub fn register(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let signal = number(t, system::given(&a[0]))?;
    let (all_threads, chain) = (system::flag_or(t, &a[2], true)?, system::flag_or(t, &a[3], false)?);
    let target = target(t, &a[1])?;
    let registered = t.interp.state::<Registered>();
    let old = registered.0.lock().expect("no panic under this lock").get(&signal).copied();
    let previous = match old {
        Some(entry) => entry.previous,
        None => {
            let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: room for the old action.
            system::check(t, unsafe { libc::sigaction(signal, std::ptr::null(), previous.as_mut_ptr()) })?;
            signals::install(signal, Action::Handle)
                .map_err(|error| t.os_error(error.raw_os_error().unwrap_or(libc::EINVAL)))?;
            // SAFETY: filled by the call.
            unsafe { previous.assume_init() }
        }
    };
    registered.1.0[signal as usize].set(target.file);
    let entry = Entry { fd: target.fd, all_threads, chain, previous };
    registered.0.lock().expect("no panic under this lock").insert(signal, entry);
    Ok(Value::NONE)
}

pub fn unregister(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let signal = number(t, &a[0])?;
    let registered = t.interp.state::<Registered>();
    let old = registered.0.lock().expect("no panic under this lock").remove(&signal);
    let Some(entry) = old else { return Ok(Value::FALSE) };
    // SAFETY: the action that was there before.
    unsafe { libc::sigaction(signal, &entry.previous, std::ptr::null_mut()) };
    drop(registered.1.0[signal as usize].take());
    Ok(Value::TRUE)
}

/// A signal has come: writes the tracebacks if it was registered. Whether its Python handler is to be called.
pub fn signalled(t: &Thread, signal: i32) -> bool {
    let entry = t.interp.state::<Registered>().0.lock().expect("no panic under this lock").get(&signal).copied();
    let Some(entry) = entry else { return true };
    {
        let mut out = Out::new(entry.fd);
        if entry.all_threads {
            world::stop(t);
            // SAFETY: the world is stopped.
            unsafe { dump::all_threads(&mut out, &t.interp, Some(t)) };
            world::start(t);
        } else {
            dump::this_thread(&mut out);
        }
    }
    if entry.chain && entry.previous.sa_sigaction == libc::SIG_DFL {
        // SAFETY: the old action, for this once.
        unsafe {
            libc::sigaction(signal, &entry.previous, std::ptr::null_mut());
            libc::raise(signal);
        }
        _ = signals::install(signal, Action::Handle);
    }
    entry.chain
}
