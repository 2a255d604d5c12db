//! `fork`: one thread of the process goes on in a copy of it.
//!
//! The copy has the memory of all threads and only the thread that forked. So before the fork the world is stopped,
//! that no thread is in the middle of a change, and the locks are taken that a thread holds for a moment while it is
//! not attached (when it begins). In the child the scheduler forgets the other threads, and what was theirs becomes
//! nobody's, as when a thread ends: their queues of counts to merge are worked off, their locals dropped, and locks of
//! objects that they waited with are let go. Locks of Python code that they held stay held, as in CPython: that is why
//! a fork with threads is warned of.
//!
//! What modules keep of threads is theirs to put right (`modules::posix::fork`).

use crate::objects::{dealloc, thread::Thread};
use crate::sync::signals;

/// Forks with `fork`, which returns what the system call of that name does; the child's process id, 0 in the child,
/// or the error number.
///
/// Invariant: `fork` neither allocates nor takes a lock in the child.
pub fn fork(t: &Thread, fork: impl FnOnce() -> i32) -> Result<i32, i32> {
    let scheduler = &t.interp.scheduler;
    scheduler.before_fork(&t.sched);
    let held = (t.interp.heaps.lock(), t.interp.threads.lock(), t.interp.merge_queues.hold());
    let pid = fork();
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    if pid != 0 {
        drop(held);
        scheduler.after_fork_in_parent(&t.sched);
        return if pid < 0 { Err(error) } else { Ok(pid) };
    }
    drop(held);
    // SAFETY: this is the child, and `before_fork` was called above.
    let gone = unsafe { scheduler.after_fork_in_child(&t.sched) };
    signals::set_main_thread(&t.sched);
    signals::take_pending();
    adopt(t, !gone.is_empty());
    Ok(0)
}

/// In the child: takes over what belonged to the threads that are gone.
fn adopt(t: &Thread, had_others: bool) {
    let me = t as *const Thread as usize;
    let others: Vec<usize> = {
        let mut threads = t.interp.threads.lock();
        let others = threads.iter().copied().filter(|&other| other != me).collect();
        threads.retain(|&other| other == me);
        others
    };
    if had_others && !t.gil_enabled() {
        unlock_objects(t);
        t.interp.forget_owners(t);
    }
    for other in others {
        // SAFETY: the states of threads that are gone stay where they were; nobody else looks at them any more.
        let other = unsafe { &*(other as *const Thread) };
        if let Ok(mut at_exit) = other.on_exit.try_borrow_mut() {
            let functions = std::mem::take(&mut *at_exit);
            drop(at_exit);
            functions.into_iter().for_each(|f| f(other));
        }
        other.give_heap_back();
    }
    dealloc::adopt_queues(t);
}

/// Lets go of the objects' locks: only threads that are gone can hold one, those that waited for a second.
fn unlock_objects(t: &Thread) {
    for heap in t.interp.heaps.lock().iter() {
        heap.0.for_each(|header| {
            // SAFETY: every slot begins with a readable header, and no other thread exists.
            let lock = unsafe { &(*header).lock };
            if lock.load(std::sync::atomic::Ordering::Relaxed) != 0 {
                lock.store(0, std::sync::atomic::Ordering::Relaxed);
            }
        });
    }
}
