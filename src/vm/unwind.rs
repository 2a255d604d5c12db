//! Unwinding: from a raised exception to its handler, by the exception tables.

use super::call::fell_off;
use super::watch;
use crate::objects::frame::{Frame, Owner, ReturnTo};
use crate::objects::generator::Generator;
use crate::objects::thread::Thread;
use crate::objects::traceback;
use crate::objects::value::Value;

/// Finds who handles the thread's current exception: leaves the registers in the thread and says true, or
/// leaves the VM (false): the exception goes to the native caller.
///
/// # Safety
/// The running frame's `pc` and `sp` are saved.
#[cold]
#[inline(never)]
pub unsafe fn unwind(t: &Thread) -> bool {
    let mut reraised = t.reraising.replace(false);
    // SAFETY: frames are linked and saved; each is finished before its memory is given back.
    unsafe {
        loop {
            let f = t.frame.get();
            let watched = t.watch.on.get();
            if !reraised {
                traceback::add_here(t, f);
                if watched {
                    watch::raised(t, f);
                }
            } else if watched {
                watch::reraised(t, f);
            }
            reraised = false;
            let code = Frame::code_of(f);
            let unit = Frame::unit(f);
            if let Some(entry) = code.handler_at(unit) {
                let base = Frame::local(f, code.nlocalsplus + entry.depth as usize);
                while (*f).sp > base {
                    (*f).sp = (*f).sp.sub(1);
                    drop(Value::option_from_bits(*(*f).sp));
                }
                if entry.lasti {
                    *(*f).sp = Value::small(unit as i64).bits();
                    (*f).sp = (*f).sp.add(1);
                }
                let exception = t.take_raised().expect("unwinding without an exception");
                let word = exception.into_bits();
                *(*f).sp = word;
                (*f).sp = (*f).sp.add(1);
                if watched {
                    let exception = Value::from_ref(&word).clone();
                    (*f).pc = (*f).cells.add(entry.target as usize + 1);
                    if !watch::handled(t, f, &exception, entry.target as usize) {
                        continue;
                    }
                }
                let pc = (*f).cells.add(entry.target as usize);
                t.registers.set((f as u64, pc as u64, (*f).sp as u64));
                return true;
            }
            if watched {
                watch::unwound(t, f);
            }
            let (previous, return_to) = ((*f).previous, (*f).return_to);
            if (*f).owner == Owner::Generator {
                // Keep it alive: what it held may have been the last reference to itself.
                let generator = Generator::of_frame(f);
                super::generator::unlink(t, generator);
                t.frame.set(previous);
                (*f).previous = std::ptr::null_mut();
                let raised = t.take_raised();
                generator.finish(t);
                t.put_raised(raised);
            } else {
                t.frame.set(previous);
                fell_off(t, f);
            }
            if return_to == ReturnTo::Native {
                return false;
            }
        }
    }
}
