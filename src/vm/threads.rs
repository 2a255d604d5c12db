//! Starting and ending Python threads.

use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::sync::WaitKind;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// Stack of a new OS thread where nobody asked for another size: what Linux gives a thread by default.
const DEFAULT_STACK: usize = 8 << 20;

/// A smaller one is not given: the reserve that native code counts on would be all there is of it.
const LEAST_STACK: usize = 1 << 20;

/// Starts an OS thread that runs `body` as a Python thread of the same interpreter. The body leaves no exception.
/// `ended` is called when nothing of the thread is left that others could notice.
///
/// Errors: `RuntimeError` if the system has no more threads.
pub fn start(
    t: &Thread,
    stack_size: &AtomicUsize,
    body: impl FnOnce(&Thread) + Send + 'static,
    ended: impl FnOnce() + Send + 'static,
) -> R<()> {
    let interp = t.interp.clone();
    let sched = interp.scheduler.new_thread();
    let spare = sched.clone();
    let size = match stack_size.load(Relaxed) {
        0 => DEFAULT_STACK,
        size => size.max(LEAST_STACK),
    };
    let run = move || {
        let thread = Thread::new(interp, sched);
        thread.enter();
        thread.interp.threads.lock().push(&*thread as *const Thread as usize);
        body(&thread);
        loop {
            // What is done here may ask for more.
            let at_exit = std::mem::take(&mut *thread.on_exit.borrow_mut());
            if at_exit.is_empty() {
                break;
            }
            at_exit.into_iter().for_each(|f| f(&thread));
        }
        let me = &*thread as *const Thread as usize;
        thread.interp.threads.lock().retain(|&other| other != me);
        thread.end();
        ended();
        thread.leave();
    };
    match std::thread::Builder::new().stack_size(size).spawn(run) {
        Ok(_) => Ok(()),
        Err(_) => {
            t.interp.scheduler.abandon(&spare);
            Err(t.runtime_error("can't start new thread"))
        }
    }
}

/// The status of a run that ended in a deadlock.
const DEADLOCK: i32 = 4;

/// A wait was told that it will never end. In a deadlock, which only a scripted scheduler sees, says who waits for
/// whom and ends the process; otherwise the program has ended, and `false` is the answer of a wait in vain.
#[cold]
pub fn torn_down(t: &Thread) -> bool {
    let Some(deadlock) = t.interp.scheduler.deadlock() else { return false };
    let name = |number: u64| t.interp.thread_name(number);
    let mut text = String::from("ungil: deadlock: no thread can go on\n");
    for stuck in deadlock.threads {
        let what = match stuck.what {
            WaitKind::Lock => "a lock",
            WaitKind::RLock => "a reentrant lock",
            WaitKind::ObjectLock => "an object that another thread changes",
            WaitKind::Join => "the end of a thread",
            WaitKind::Queue => "an item of a queue",
            WaitKind::Sleep => "the clock",
            WaitKind::Event => "an event",
        };
        let _ = write!(text, "  {} waits for {what}", name(stuck.thread));
        let _ = match stuck.holder {
            Some(holder) => writeln!(text, ", which {} has", name(holder)),
            None => writeln!(text),
        };
    }
    // What the program has printed comes first.
    if let Some(sys) = t.interp.sys_dict.get(t)
        && let Some(stdout) = sys.cast::<Dict>().and_then(|d| d.get_name(t, "stdout"))
        && let Err(raised) = protocol::call_method_str(t, &stdout, "flush", &[])
    {
        drop(t.take_exception(raised));
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(DEADLOCK);
}
