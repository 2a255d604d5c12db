//! Unwinding: from a raised exception to its handler, by the exception tables.

use super::call::fell_off;
use super::watch;
use crate::bytecode::Opcode;
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
            let code = Frame::code_of(f);
            let unit = Frame::unit(f);
            // Where the exception was raised first; who handles it is looked for from where it goes on.
            let origin = if reraised { reraised_from(f, unit) } else { unit };
            reraised = false;
            if let Some(entry) = code.handler_at(unit) {
                let base = Frame::local(f, code.nlocalsplus + entry.depth as usize);
                while (*f).sp > base {
                    (*f).sp = (*f).sp.sub(1);
                    drop(Value::option_from_bits(*(*f).sp));
                }
                if entry.lasti {
                    *(*f).sp = Value::small(origin as i64).bits();
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
            // What is left on the stack dies while the frame is still the current one.
            let base = Frame::local(f, code.nlocalsplus);
            while (*f).sp > base {
                (*f).sp = (*f).sp.sub(1);
                drop(Value::option_from_bits(*(*f).sp));
            }
            if watched {
                watch::unwound(t, f);
            }
            (*f).pc = (*f).cells.add(origin + 1);
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

/// The unit that raised what `RERAISE` at `unit` raises again: with an argument, it lies on the stack.
///
/// # Safety
/// The frame stands at that unit, and its `sp` is saved.
unsafe fn reraised_from(f: *const Frame, unit: usize) -> usize {
    // SAFETY: the stack holds what the instruction's argument counts.
    unsafe {
        let code = &Frame::code_of(f).code.code;
        match code.get(unit * 2..unit * 2 + 2) {
            Some(&[op, depth]) if op == Opcode::RERAISE as u8 && depth > 0 => {
                let origin = Value::from_ref(&*(*f).sp.sub(depth as usize));
                origin.as_small().map_or(unit, |at| (at.max(0) as usize).min(code.len() / 2 - 1))
            }
            _ => unit,
        }
    }
}
