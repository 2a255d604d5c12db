//! Dispatch: how one instruction's handler gets to the next.
//!
//! A handler is a function that takes the machine's registers (thread, frame, pc, sp, the table of handlers,
//! the current cell) and ends by calling the next handler with the same signature. Optimized, that call is a
//! jump: the handlers form one big threaded loop, each with a dispatch of its own, and the registers stay in
//! registers. For this a handler must have nothing to drop after the call and no local whose address
//! escapes: whatever needs either is a function of its own, marked `#[inline(never)]`.
//!
//! Without optimization the call would grow the stack. There (cfg `trampoline`) a handler leaves the registers
//! in the thread and returns to a loop, which calls the next. `Registers::next` is the only place that knows.

use super::{cold, ops};
use crate::objects::frame::Frame;
use crate::objects::header::Header;
use crate::objects::slot::Slot;
use crate::objects::thread::Thread;
use crate::objects::value::{BORROWED, Value, is_pointer};
use crate::vm::ops::Extra;

/// What a run of handlers returns: the word of the value; 0 for a raised exception.
pub type Exit = u64;

/// Returned to the loop by a handler that has left the registers in the thread: no valid word.
#[cfg(trampoline)]
pub const CONTINUE: Exit = 1;

/// An instruction's handler.
pub type Handler = unsafe extern "C-unwind" fn(
    t: *const Thread,
    f: *mut Frame,
    pc: *const u64,
    sp: *mut u64,
    table: Table,
    cell: u64,
) -> Exit;

/// The table of handlers, as handlers pass it along (a function type cannot name itself).
pub type Table = *const ();

/// The machine's registers, as a handler sees them. Every method is inlined: the structure never has an
/// address.
#[derive(Clone, Copy)]
pub struct Registers {
    pub t: *const Thread,
    pub f: *mut Frame,
    /// The cell after the current one.
    pub pc: *const u64,
    /// The first free word of the evaluation stack.
    pub sp: *mut u64,
    pub table: Table,
    pub cell: u64,
}

/// A cell: opcode in the low 16 bits, 16 bits of the handler's own, argument in the upper 32.
#[inline(always)]
pub const fn cell(op: u16, aux: u16, arg: u32) -> u64 {
    op as u64 | (aux as u64) << 16 | (arg as u64) << 32
}

/// Gives a cell another form.
///
/// # Safety
/// The cell is the calling thread's, and of an instruction that the form is for.
#[inline(always)]
pub unsafe fn rewrite(at: *mut u64, form: Extra) {
    // SAFETY: see above.
    unsafe { *at = (*at & !0xFFFF) | form as u64 }
}

impl Registers {
    #[inline(always)]
    pub fn thread<'a>(&self) -> &'a Thread {
        // SAFETY: the thread outlives the run.
        unsafe { &*self.t }
    }

    #[inline(always)]
    pub fn arg(&self) -> usize {
        (self.cell >> 32) as usize
    }

    #[inline(always)]
    pub fn aux(&self) -> u16 {
        (self.cell >> 16) as u16
    }

    /// Goes on with the next instruction.
    ///
    /// # Safety
    /// The registers describe a running frame: pc at a cell of its translation, sp within its stack.
    #[inline(always)]
    pub unsafe fn next(self) -> Exit {
        #[cfg(not(trampoline))]
        // SAFETY: cells hold opcodes of the table.
        unsafe {
            let cell = *self.pc;
            let handler = *(self.table as *const Handler).add(cell as u16 as usize);
            handler(self.t, self.f, self.pc.add(1), self.sp, self.table, cell)
        }
        #[cfg(trampoline)]
        {
            self.thread().registers.set((self.f as u64, self.pc as u64, self.sp as u64));
            CONTINUE
        }
    }

    /// Goes on behind `cells` cells of inline cache.
    ///
    /// # Safety
    /// As for [`Registers::next`].
    #[inline(always)]
    pub unsafe fn next_skipping(mut self, cells: usize) -> Exit {
        // SAFETY: the cache belongs to the current instruction.
        unsafe {
            self.pc = self.pc.add(cells);
            self.next()
        }
    }

    /// Jumps to another handler for the same instruction.
    ///
    /// # Safety
    /// As for [`Registers::next`].
    #[inline(always)]
    pub unsafe fn tail(self, handler: Handler) -> Exit {
        // SAFETY: see above. The trampoline's stack is two deep then, no more.
        unsafe { handler(self.t, self.f, self.pc, self.sp, self.table, self.cell) }
    }

    /// An exception was raised: unwinds.
    ///
    /// # Safety
    /// The thread has a current exception; what is left on the stack is valid.
    #[inline(always)]
    pub unsafe fn error(self) -> Exit {
        // SAFETY: see above.
        unsafe { self.tail(ops::unwind) }
    }

    /// Tells the frame where it is, for whoever looks at it during a call (tracebacks, `sys._getframe`), and
    /// for re-entering the VM.
    ///
    /// # Safety
    /// `f` is the running frame.
    #[inline(always)]
    pub unsafe fn save(&self) {
        // SAFETY: the frame is this thread's.
        unsafe {
            (*self.f).pc = self.pc;
            (*self.f).sp = self.sp;
        }
    }

    /// After a switch point: the thread may run with other handlers now.
    ///
    /// # Safety
    /// As for [`Registers::next`].
    #[inline(always)]
    pub unsafe fn next_anew(mut self) -> Exit {
        self.table = table(self.thread());
        // SAFETY: see above.
        unsafe { self.next() }
    }

    /// Takes the registers that a function left in the thread.
    #[inline(always)]
    pub fn reload(mut self) -> Registers {
        let (f, pc, sp) = self.thread().registers.get();
        self.f = f as *mut Frame;
        self.pc = pc as *const u64;
        self.sp = sp as *mut u64;
        self
    }

    /// Pushes a word whose count the stack takes over.
    #[inline(always)]
    pub fn push(&mut self, word: u64) {
        // SAFETY: the compiler computed the stack's depth; the frame has room.
        unsafe { self.sp.write(word) };
        self.sp = self.sp.wrapping_add(1);
    }

    #[inline(always)]
    pub fn pop(&mut self) -> u64 {
        self.sp = self.sp.wrapping_sub(1);
        // SAFETY: the compiler's stack discipline.
        unsafe { *self.sp }
    }

    /// The word `n` below the top: 1 is the topmost.
    #[inline(always)]
    pub fn peek(&self, n: usize) -> u64 {
        // SAFETY: the compiler's stack discipline.
        unsafe { *self.sp.sub(n) }
    }

    /// Replaces the word `n` below the top, whose count the caller has taken.
    #[inline(always)]
    pub fn poke(&self, n: usize, word: u64) {
        // SAFETY: the compiler's stack discipline.
        unsafe { *self.sp.sub(n) = word };
    }

    /// The value `n` below the top.
    #[inline(always)]
    pub fn value<'a>(&self, n: usize) -> &'a Value {
        // SAFETY: the word is not null and stays while the instruction runs.
        unsafe { Value::from_ref(&*self.sp.sub(n)) }
    }

    /// The local variable with that index.
    #[inline(always)]
    pub fn local(&self, index: usize) -> *mut u64 {
        Frame::local(self.f, index)
    }

    /// Adds a reference for a word.
    #[inline(always)]
    pub fn incref(&self, word: u64) {
        if is_pointer(word) {
            let header = (word & !BORROWED) as *const Header;
            // SAFETY: a valid word points to a live object.
            unsafe {
                if !(*header).incref_own(self.thread().tid()) && !(*header).is_immortal() {
                    cold::incref(self.t, self.f, self.pc, header);
                }
            }
        }
    }

    /// Whether the object of a pointer word is the thread's to read and change without a lock.
    #[inline(always)]
    pub fn holds(&self, word: u64) -> bool {
        // SAFETY: a valid word points to a live object.
        unsafe { (*((word & !BORROWED) as *const Header)).is_held_by(self.thread().tid()) }
    }

    /// From now on this site goes to another form.
    ///
    /// # Safety
    /// The form is one for this instruction.
    #[inline(always)]
    pub unsafe fn specialize(&self, form: Extra) {
        // SAFETY: the cell in front of pc is the current one, and this thread's to write.
        unsafe { rewrite(self.pc.sub(1) as *mut u64, form) }
    }

    /// A word that owns its count, from one that may be borrowed.
    #[inline(always)]
    pub fn own(&self, word: u64) -> u64 {
        if word & BORROWED != 0 && is_pointer(word) {
            self.incref(word);
            word & !BORROWED
        } else {
            word
        }
    }

    /// Gives a word's count back.
    #[inline(always)]
    pub fn drop_word(&self, word: u64) {
        if is_pointer(word) && word & BORROWED == 0 {
            let header = word as *const Header;
            // SAFETY: the word owned a count.
            unsafe {
                if !(*header).decref_alive(self.thread().tid()) && !(*header).is_immortal() {
                    cold::decref(self.t, self.f, self.pc, header);
                }
            }
        }
    }

    /// A new reference to what a slot holds, or 0 if it is empty.
    #[inline(always)]
    pub fn read(&self, slot: &Slot) -> u64 {
        let word = slot.bits();
        if !is_pointer(word) {
            return word;
        }
        // SAFETY: the header is readable even if the object died meanwhile, and an object of this thread's cannot; see
        // `Slot::get`.
        unsafe {
            let header = &*(word as *const Header);
            if header.incref_own(self.thread().tid()) || header.is_immortal() {
                return word;
            }
            cold::read(self.t, self.f, self.pc, slot)
        }
    }
}

/// Defines a handler: `op!(NAME, r => { ...; r.next() })`, where `r` is the machine's registers.
macro_rules! op {
    ($(#[$doc:meta])* $name:ident, $r:ident => $body:block) => {
        $(#[$doc])*
        // The contract of all handlers stands above this macro's SAFETY comment, once.
        #[allow(non_snake_case, unused_mut, clippy::missing_safety_doc)]
        // A handler that others jump to must stay one: inlined, it would burden them with its registers.
        #[inline(never)]
        pub unsafe extern "C-unwind" fn $name(
            t: *const crate::objects::thread::Thread,
            f: *mut crate::objects::frame::Frame,
            pc: *const u64,
            sp: *mut u64,
            table: crate::vm::dispatch::Table,
            cell: u64,
        ) -> crate::vm::dispatch::Exit {
            let mut $r = crate::vm::dispatch::Registers { t, f, pc, sp, table, cell };
            // SAFETY: the translation put the handler where its operands are on the stack, and the registers
            // are those of the running frame.
            unsafe { $body }
        }
    };
}
pub(crate) use op;

/// Runs from the registers given until the VM is left.
///
/// # Safety
/// `f` is a frame ready to run: its `pc` and `sp` are saved.
pub unsafe fn run(t: &Thread, f: *mut Frame) -> Exit {
    let on = t.watch.on.get();
    // SAFETY: as here.
    let exit = unsafe { run_with(t, f, table(t)) };
    if t.watch.on.get() != on {
        // The runs around this one have not noticed.
        t.sched.breaker.set(crate::sync::bit::WATCH);
    }
    exit
}

/// The handlers for a thread that is not watched.
pub fn unwatched(t: &Thread) -> Table {
    let config = &t.interp.config;
    (match (config.switch_at_instruction, config.naive_counts) {
        _ if config.count_instructions => ops::COUNTED.as_ptr(),
        (false, false) => ops::TABLE.as_ptr(),
        (true, false) => ops::CHECKED.as_ptr(),
        (_, true) => ops::LOCATED.as_ptr(),
    }) as Table
}

/// The handlers that the thread runs with.
pub fn table(t: &Thread) -> Table {
    if t.watch.on.get() && t.watch.inside.get() == 0 { ops::WATCHED.as_ptr() as Table } else { unwatched(t) }
}

/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn run_with(t: &Thread, f: *mut Frame, table: Table) -> Exit {
    // SAFETY: see above.
    unsafe {
        let r = Registers { t, f, pc: (*f).pc, sp: (*f).sp, table, cell: 0 };
        #[cfg(not(trampoline))]
        {
            r.next()
        }
        #[cfg(trampoline)]
        {
            let mut exit = r.next();
            while exit == CONTINUE {
                let r = r.reload();
                let cell = *r.pc;
                let table = self::table(t);
                exit = (*(table as *const Handler).add(cell as u16 as usize))(t, r.f, r.pc.add(1), r.sp, table, cell);
            }
            exit
        }
    }
}
