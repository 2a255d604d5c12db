//! Starting and ending Python threads.

use crate::objects::slots::R;
use crate::objects::thread::Thread;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// Stack of a new OS thread where nobody asked for another size: what Linux gives a thread by default.
const DEFAULT_STACK: usize = 8 << 20;

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
        size => size,
    };
    let run = move || {
        let thread = Thread::new(interp, sched);
        thread.enter();
        thread.interp.threads.lock().expect("no panic under this lock").push(&*thread as *const Thread as usize);
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
        thread.interp.threads.lock().expect("no panic under this lock").retain(|&other| other != me);
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
