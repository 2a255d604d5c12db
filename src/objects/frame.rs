//! Frames: the VM's record of a running block, and the `frame` object that Python sees of it.
//!
//! A [`Frame`] lies on its thread's frame stack, or inside the generator it belongs to. Behind it come the
//! locals, cells and free variables, then the evaluation stack, one word each. The `frame` object is made
//! only when somebody asks (a traceback, `sys._getframe`). When a frame ends that has one, its contents
//! move into a copy that the object owns.

use super::code_object::CodeObject;
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slot::Slot;
use super::thread::Thread;
use super::value::{BORROWED, Payload, Value, is_pointer};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::*};

/// Where a frame's memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Owner {
    /// On the thread's frame stack.
    Thread,
    /// Inside a generator, coroutine or asynchronous generator.
    Generator,
    /// Held by a `frame` object; the block has ended.
    FrameObject,
}

/// What happens when a frame's block returns or raises to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReturnTo {
    /// The value is pushed on the caller's stack, which goes on `return_offset` cells further.
    Caller = 0,
    /// Native code called: the VM is left with the value.
    Native,
    /// The block is `__init__` of a class call: `None` is replaced by the instance under the value.
    Init,
    /// A generator that `FOR_ITER` resumed: returning ends the loop.
    ForIter,
    /// A generator or coroutine that `SEND` resumed: returning ends the delegation.
    Send,
}

/// A running block. All fields belong to the thread that runs it.
///
/// The function owns the code, globals and builtins: the frame counts the function only. (Replacing a function's
/// code keeps the old code alive for ever, for the sake of frames that run it.)
#[repr(C)]
pub struct Frame {
    /// The caller's frame.
    pub previous: *mut Frame,
    /// The code object; the function's.
    pub code: *const CodeObject,
    /// The function, counted. Blocks that are no function's (modules, class bodies) are given one.
    pub function: u64,
    /// `globals` and `builtins`: words of the function's dicts.
    pub globals: u64,
    pub builtins: u64,
    /// `locals` of a module or class body, or 0; counted.
    pub locals: u64,
    /// The `frame` object, or 0; counted.
    pub object: u64,
    /// The cell after the one that is being executed.
    pub pc: *const u64,
    /// The first cell of the translation.
    pub cells: *const u64,
    /// The top of the evaluation stack while the frame does not run: the first free word.
    pub sp: *mut u64,
    /// How many cells the caller's `pc` moves on by when this frame returns.
    pub return_offset: u32,
    pub owner: Owner,
    pub return_to: ReturnTo,
    /// Not yet begun: `RESUME` has not run (no `frame` object is shown).
    pub padding: u16,
}

/// Words before the locals.
pub const FRAME_WORDS: usize = std::mem::size_of::<Frame>() / 8;

impl Frame {
    /// The local variable with that index.
    #[inline(always)]
    pub fn local(this: *mut Frame, index: usize) -> *mut u64 {
        // Locals follow the frame.
        (this as *mut u64).wrapping_add(FRAME_WORDS + index)
    }

    /// The code object.
    ///
    /// # Safety
    /// `this` is a Python frame.
    #[inline(always)]
    pub unsafe fn code_of<'a>(this: *const Frame) -> &'a CodeObject {
        // SAFETY: a Python frame's code word is a code object, alive while the frame is.
        unsafe { &*(*this).code }
    }

    /// Index of the code unit that is being executed.
    ///
    /// # Safety
    /// `this` is a Python frame.
    pub unsafe fn unit(this: *const Frame) -> usize {
        // SAFETY: `pc` points into or just behind the cells.
        unsafe { ((*this).pc.offset_from((*this).cells) - 1).max(0) as usize }
    }

    /// The line that is being executed.
    ///
    /// # Safety
    /// `this` is a Python frame.
    pub unsafe fn line(this: *const Frame) -> Option<u32> {
        // SAFETY: as above.
        unsafe { Frame::code_of(this).line_of(Frame::unit(this)) }
    }

    /// Visits everything the frame holds a count of.
    ///
    /// # Safety
    /// `this` is a Python frame that does not run meanwhile; `sp` is saved.
    pub unsafe fn traverse(this: *mut Frame, visit: &mut dyn FnMut(&Value)) {
        // SAFETY: words up to `sp` are valid; borrowed ones are counted elsewhere.
        unsafe {
            for word in [(*this).function, (*this).locals, (*this).object] {
                if word != 0 {
                    visit(Value::from_ref(&word));
                }
            }
            let mut p = Frame::local(this, 0);
            while p < (*this).sp {
                if *p != 0 && (!is_pointer(*p) || *p & BORROWED == 0) {
                    visit(Value::from_ref(&*p));
                }
                p = p.add(1);
            }
        }
    }

    /// Drops the locals and the stack.
    ///
    /// # Safety
    /// `this` is a Python frame that ends here; `sp` is saved.
    pub unsafe fn clear_contents(this: *mut Frame) {
        // SAFETY: each word is taken out before it is dropped, so code that runs meanwhile sees a valid frame.
        unsafe {
            while (*this).sp > Frame::local(this, Frame::code_of(this).nlocalsplus) {
                (*this).sp = (*this).sp.sub(1);
                drop(Value::option_from_bits(*(*this).sp));
            }
            for i in (0..Frame::code_of(this).nlocalsplus).rev() {
                let p = Frame::local(this, i);
                drop(Value::option_from_bits(std::mem::replace(&mut *p, 0)));
            }
        }
    }

    /// Drops the counts of the frame's own words, after its contents.
    ///
    /// # Safety
    /// As for `clear_contents`, which was called.
    pub unsafe fn clear_words(this: *mut Frame) {
        // SAFETY: each word owned a count.
        unsafe {
            for word in [&mut (*this).locals, &mut (*this).object, &mut (*this).function] {
                drop(Value::option_from_bits(std::mem::replace(word, 0)));
            }
        }
    }

    /// The `frame` object, made now if there is none.
    ///
    /// # Safety
    /// `this` is a live Python frame of the calling thread (or of one that is stopped).
    pub unsafe fn object(t: &Thread, this: *mut Frame) -> Value {
        // SAFETY: see above.
        unsafe {
            if (*this).object == 0 {
                (*this).object = FrameObject::make(t, this).into_bits();
            }
            Value::from_ref(&(*this).object).clone()
        }
    }

    /// The frame ends: if others have its object, the contents move into a copy that the object owns; else
    /// everything is dropped.
    ///
    /// # Safety
    /// `this` is a Python frame that will not run again; its memory may be reused afterwards.
    #[inline(always)]
    pub unsafe fn finish(t: &Thread, this: *mut Frame) {
        // SAFETY: see above.
        unsafe {
            if (*this).object != 0 {
                Frame::detach_object(t, this);
            }
            Frame::clear_contents(this);
            Frame::clear_words(this);
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn detach_object(t: &Thread, this: *mut Frame) {
        // SAFETY: the object's frame pointer is this frame; nobody else runs it.
        unsafe {
            let object =
                Value::option_from_bits(std::mem::replace(&mut (*this).object, 0)).expect("checked by the caller");
            if object.header().is_some_and(|h| h.refcount() == 1) {
                object
                    .cast::<FrameObject>()
                    .expect("a frame word holds a frame object")
                    .frame
                    .store(std::ptr::null_mut(), Release);
                return;
            }
            let f = object.cast::<FrameObject>().expect("a frame word holds a frame object");
            let words = FRAME_WORDS + Frame::code_of(this).frame_words;
            let copy = libc::malloc(words * 8) as *mut Frame;
            if copy.is_null() {
                super::string::out_of_memory();
            }
            std::ptr::copy_nonoverlapping(this as *const u64, copy as *mut u64, words);
            // Borrowed words may outlive the local they came from; unfinished stack is not kept.
            let stack = Frame::local(copy, Frame::code_of(this).nlocalsplus);
            (*copy).sp = stack;
            (*copy).owner = Owner::FrameObject;
            (*copy).object = 0;
            // What `f_back` gives from now on.
            let back = (*this).previous;
            (*copy).previous = std::ptr::null_mut();
            if !back.is_null() && (*this).owner != Owner::Generator {
                drop(f.back.replace(Some(Frame::object(t, back))));
            }
            f.frame.store(copy, Release);
            // Locals and words moved; the stack is dropped by the caller.
            for i in 0..Frame::code_of(this).nlocalsplus {
                *Frame::local(this, i) = 0;
            }
            // The copy owns the function now; this frame needs its code a little longer.
            (*this).locals = 0;
            (*this).function = Value::from_ref(&(*copy).function).clone().into_bits();
        }
    }
}

/// The payload of a `frame` object.
#[repr(C)]
pub struct FrameObject {
    header: Header,
    /// The frame: running, suspended in a generator, or the copy owned by this object; null when cleared.
    pub frame: AtomicPtr<Frame>,
    /// `f_back` after the frame has ended.
    pub back: Slot,
    /// `f_trace`.
    pub trace: Slot,
    pub trace_lines: AtomicBool,
    pub trace_opcodes: AtomicBool,
    /// The line set by assignment to `f_lineno`, or 0.
    pub line: AtomicU32,
    /// Extra locals put in by `f_locals['x'] = ...`, a dict.
    pub extra_locals: Slot,
    /// A list of values that assignments through `f_locals` displaced: the evaluation stack may borrow them.
    pub overwritten: Slot,
    /// The code object, also when the frame is gone.
    pub code: Slot,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for FrameObject {
    const KIND: Kind = Kind::Frame;
}

impl FrameObject {
    fn make(t: &Thread, frame: *mut Frame) -> Value {
        // SAFETY: everything behind the header is written; the frame lives.
        unsafe {
            let code = (*(*frame).code).value();
            allocate::<FrameObject>(t, Kind::Frame, t.types().frame.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).frame).write(AtomicPtr::new(frame));
                (&raw mut (*this).back).write(Slot::EMPTY);
                (&raw mut (*this).trace).write(Slot::EMPTY);
                (&raw mut (*this).trace_lines).write(AtomicBool::new(true));
                (&raw mut (*this).trace_opcodes).write(AtomicBool::new(false));
                (&raw mut (*this).line).write(AtomicU32::new(0));
                (&raw mut (*this).extra_locals).write(Slot::EMPTY);
                (&raw mut (*this).overwritten).write(Slot::EMPTY);
                (&raw mut (*this).code).write(Slot::new(code));
            })
        }
    }

    /// The frame, unless it was cleared.
    pub fn frame(&self) -> Option<*mut Frame> {
        let frame = self.frame.load(Acquire);
        (!frame.is_null()).then_some(frame)
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it; a running frame would hold a count of it.
        unsafe {
            let this = &*(this as *const FrameObject);
            FrameObject::free_copy(this);
            for slot in [&this.back, &this.trace, &this.extra_locals, &this.overwritten, &this.code] {
                drop(slot.take_last());
            }
        }
    }

    fn free_copy(this: &FrameObject) {
        let frame = this.frame.load(Relaxed);
        // SAFETY: a copy belongs to this object alone.
        unsafe {
            if !frame.is_null() && (*frame).owner == Owner::FrameObject {
                this.frame.store(std::ptr::null_mut(), Release);
                Frame::clear_contents(frame);
                Frame::clear_words(frame);
                libc::free(frame as *mut libc::c_void);
            }
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(f) = value.cast::<FrameObject>() {
            for slot in [&f.back, &f.trace, &f.extra_locals, &f.overwritten, &f.code] {
                slot.visit(visit);
            }
            if let Some(frame) = f.frame() {
                // SAFETY: the world is stopped; only a copy belongs to the object.
                unsafe {
                    if (*frame).owner == Owner::FrameObject {
                        Frame::traverse(frame, visit);
                    }
                }
            }
        }
    }

    /// Drops what an ended frame keeps (`frame.clear`, collector).
    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(f) = value.cast::<FrameObject>() {
            if let Some(frame) = f.frame() {
                // SAFETY: a copy belongs to this object alone.
                unsafe {
                    if (*frame).owner == Owner::FrameObject {
                        Frame::clear_contents(frame);
                    }
                }
            }
            drop(f.trace.take());
            drop(f.extra_locals.take());
            drop(f.overwritten.take());
        }
    }
}
