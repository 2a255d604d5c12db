//! Calls out of the middle of a handler's fast path.
//!
//! A handler that calls a function has to keep its registers over the call, and a compiler saves callee-saved
//! registers for that at the handler's entry, on the fast path too: a dozen pushes and pops in front of a load and a
//! store. So the calls that are needed in the middle of things, and seldom, go through a thunk that preserves every
//! general register: to the compiler they look like an instruction. Other slow paths are handlers of their own,
//! reached by a jump.
//!
//! What is called here returns nothing but a word and must not unwind: a panic ends inside.

use crate::objects::frame::Frame;
use crate::objects::header::Header;
use crate::objects::slot::Slot;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Gives a reference back; the frame is told where it is, since a finalizer may look.
unsafe extern "C" fn decref_slow(t: *const Thread, header: *const Header, f: *mut Frame, pc: *const u64) -> u64 {
    // SAFETY: see `decref`. A panic has been reported; the object is lost, the registers are not.
    unsafe {
        (*f).pc = pc;
        _ = catch_unwind(AssertUnwindSafe(|| Header::decref(header, (*t).tid())));
    }
    0
}

unsafe extern "C" fn incref_slow(t: *const Thread, header: *const Header, _f: *mut Frame, _pc: *const u64) -> u64 {
    // SAFETY: see `incref`.
    unsafe { (*header).incref_by((*t).tid()) };
    0
}

unsafe extern "C" fn read_slow(t: *const Thread, slot: *const Header, _f: *mut Frame, _pc: *const u64) -> u64 {
    // SAFETY: see `read`: the pointer is a slot's.
    unsafe { Value::option_into_bits((*(slot as *const Slot)).get(&*t)) }
}

/// Defines a function that calls another, where the caller keeps all its registers.
macro_rules! preserving {
    ($($(#[$doc:meta])* $name:ident($what:ident: $pointer:ty) => $target:ident / $thunk:ident),* $(,)?) => { $(
        #[cfg(all(target_arch = "x86_64", not(trampoline)))]
        #[unsafe(naked)]
        unsafe extern "C" fn $thunk() {
            // The pointer is in rax, the rest where a call of four arguments wants it, one place further.
            std::arch::naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                "and rsp, -16",
                "push rcx", "push rdx", "push rsi", "push rdi", "push r8", "push r9", "push r10", "push r11",
                "mov rcx, rdx",
                "mov rdx, rsi",
                "mov rsi, rax",
                "call {}",
                "pop r11", "pop r10", "pop r9", "pop r8", "pop rdi", "pop rsi", "pop rdx", "pop rcx",
                "mov rsp, rbp",
                "pop rbp",
                "ret",
                sym $target,
            )
        }

        $(#[$doc])*
        #[inline(always)]
        pub unsafe fn $name(t: *const Thread, f: *mut Frame, pc: *const u64, $what: $pointer) -> u64 {
            #[cfg(all(target_arch = "x86_64", not(trampoline)))]
            // SAFETY: the thunk keeps all general registers but rax, and the red zone is stepped over.
            unsafe {
                let answer: u64;
                std::arch::asm!(
                    "lea rsp, [rsp - 128]",
                    "call {}",
                    "lea rsp, [rsp + 128]",
                    sym $thunk,
                    inout("rax") $what => answer,
                    in("rdi") t,
                    in("rsi") f,
                    in("rdx") pc,
                    out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
                    out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
                    out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
                    options(nostack),
                );
                answer
            }
            #[cfg(not(all(target_arch = "x86_64", not(trampoline))))]
            // SAFETY: as the caller says.
            unsafe { $target(t, $what as *const Header, f, pc) }
        }
    )* };
}

preserving! {
    /// Gives a reference back.
    ///
    /// # Safety
    /// The caller owns one reference of the object; `f` is the running frame, `pc` where it is.
    decref(header: *const Header) => decref_slow / decref_thunk,
    /// Adds a reference.
    ///
    /// # Safety
    /// The object lives.
    incref(header: *const Header) => incref_slow / incref_thunk,
    /// A new reference to what a slot holds, or 0.
    ///
    /// # Safety
    /// As for [`Slot::get`].
    read(slot: *const Slot) => read_slow / read_thunk,
}
