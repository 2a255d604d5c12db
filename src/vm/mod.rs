//! The virtual machine: executing frames.
//!
//! # One instruction to the next
//!
//! What runs is not the canonical bytecode but a translation of it ([`translate`]): one eight-byte cell per code
//! unit, so that offsets, jumps and positions stay CPython's. A cell names its handler. Handlers (`ops`, grouped by
//! what they do) keep the machine's registers in the processor's and end by jumping to the next ([`dispatch`]).
//! Where CPython replaces a generic instruction by a specialized one, a cell here is rewritten to another handler,
//! and the cells of its inline cache hold what the handler has learnt ([`specialize`]). The operators on ints and
//! floats need no learning: whether both operands are immediate is told by their words.
//!
//! Whatever needs a local with an address, something to drop, or an exit by error is a function of its own in
//! `slow`; a handler only moves words.
//!
//! # Calls
//!
//! A Python function called from Python is a frame pushed on the thread's frame stack, and nothing else: Rust does
//! not recurse ([`call`], [`bind`]). Native code that calls a Python function (a sort key, `__eq__` of a dict key)
//! runs the VM anew, from a frame that returns to `Native`. A generator's frame lies in the generator;
//! resuming one links it in front of the running frame ([`generator`]).
//!
//! # Errors
//!
//! A function that fails has left its exception in the thread. The handler goes to `unwind`, which finds the
//! frame's handler in the code's exception table or ends the frame and looks in its caller's ([`unwind`]).
//!
//! # Switch points
//!
//! At `RESUME`, at `JUMP_BACKWARD` and after native calls a handler looks at the thread's eval breaker; if it is not
//! zero, [`breaker`] gives up the GIL, runs signal handlers, collects or raises what another thread sent. With
//! `--switch-at=instruction` another table of handlers does so in front of every instruction.
//!
//! Invariant: before anything that can call back (a slot, a drop of the last reference, a native function), a handler
//! saves `pc` and `sp` in the frame. Tracebacks, `sys._getframe` and the next run of the VM rely on it.
//!
//! Begin with [`dispatch`], then `ops/stack.rs`, then `ops/call.rs`.
//!
pub mod bind;
pub mod breaker;
pub mod call;
mod cold;
pub mod dispatch;
pub mod fork;
pub mod generator;
pub mod install;
pub mod ops;
pub mod slow;
pub mod source;
pub mod specialize;
pub mod threads;
pub mod translate;
pub mod unwind;
pub mod watch;

use crate::objects::frame::Frame;
use crate::objects::thread::Thread;

/// Runs a frame whose `return_to` is `Native` until it returns: the word of its value, or 0 for an exception.
///
/// A panic in native code becomes `SystemError` in the frame that called it.
///
/// # Safety
/// The frame is the running one, ready to run.
pub unsafe fn run_frame(t: &Thread, f: *mut Frame) -> u64 {
    // SAFETY: the frame is saved.
    unsafe { t.registers.set((f as u64, (*f).pc as u64, (*f).sp as u64)) };
    // SAFETY: as above.
    unsafe { run_from_registers(t) }
}

/// As [`run_frame`], from the registers in the thread.
///
/// # Safety
/// As for [`run_frame`].
pub unsafe fn run_from_registers(t: &Thread) -> u64 {
    loop {
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let (f, pc, sp) = t.registers.get();
            let f = f as *mut Frame;
            // SAFETY: the registers describe the running frame.
            unsafe {
                ((*f).pc, (*f).sp) = (pc as *const u64, sp as *mut u64);
                dispatch::run(t, f)
            }
        }));
        match run {
            Ok(exit) => return exit,
            Err(panic) => {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(|s| s.to_string())
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_default();
                let _ = t.system_error(format!("internal error: {text}"));
                // SAFETY: native code is called with the frame saved.
                if !unsafe { unwind::unwind(t) } {
                    return 0;
                }
            }
        }
    }
}
