//! Stopping all other threads of the interpreter, for the collector and other changes that nobody may see half
//! done.

use super::thread::Thread;

/// Stops the world. With the GIL on the caller holds it, which is enough.
pub fn stop(t: &Thread) {
    t.interp.scheduler.stop_the_world(&t.sched);
}

/// Lets the world go on.
pub fn start(t: &Thread) {
    t.interp.scheduler.start_the_world(&t.sched);
}
