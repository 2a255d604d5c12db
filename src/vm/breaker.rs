//! What a thread does at a switch point when its eval breaker asks for something.

use super::watch;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::{dealloc, gc};
use crate::sync::bit;

/// Serves the breaker: gives up the turn, runs signal handlers (main thread), collects, raises what another
/// thread sent.
#[cold]
#[inline(never)]
pub fn handle(t: &Thread) -> R<()> {
    let bits = t.sched.switch_point();
    if bits & bit::SIGNALS_PENDING != 0 {
        t.sched.breaker.take(bit::SIGNALS_PENDING);
        if let Some(run) = t.interp.run_signal_handlers.get() {
            run(t)?;
        }
    }
    if bits & bit::MERGE_COUNTS != 0 {
        t.sched.breaker.take(bit::MERGE_COUNTS);
        dealloc::merge_queue(t);
    }
    if bits & bit::GC_SCHEDULED != 0 {
        t.sched.breaker.take(bit::GC_SCHEDULED);
        if gc::is_due(t) {
            gc::collect(t, 0);
        }
    }
    if bits & bit::WATCH != 0 {
        t.sched.breaker.take(bit::WATCH);
        watch::refresh(t);
    }
    if bits & bit::ASYNC_EXCEPTION != 0 {
        t.sched.breaker.take(bit::ASYNC_EXCEPTION);
        if let Some(exception) = t.async_exception.take() {
            return Err(crate::vm::slow::raise_object(t, &exception));
        }
    }
    Ok(())
}
