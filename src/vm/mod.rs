//! The virtual machine: executing frames.
pub mod bind;
pub mod breaker;
pub mod call;
pub mod dispatch;
pub mod generator;
pub mod install;
pub mod ops;
pub mod slow;
pub mod source;
pub mod specialize;
pub mod threads;
pub mod translate;
pub mod unwind;

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
