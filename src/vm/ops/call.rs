//! Calls and returns.
//!
//! Calling a Python function pushes a frame and goes on in it; nothing recurses in Rust. Native functions are
//! called with a slice of the evaluation stack as their arguments.

use crate::objects::code_object::CodeObject;
use crate::objects::frame::{FRAME_WORDS, Frame, Owner, ReturnTo};
use crate::objects::function::{Function, Method};
use crate::objects::header::Kind;
use crate::objects::value::{BORROWED, Value, is_pointer};
use crate::vm::dispatch::{Registers, op};
use crate::vm::{call, slow};

/// Cells of cache behind CALL and CALL_KW.
pub const CACHE: usize = 3;

/// Pushes a frame for a function whose parameters are plain and all given; the words of the function and its
/// arguments move from the stack into it. `None` if there is no room: the caller raises.
///
/// # Safety
/// `function` is an owned word of a function with this code; `args` are `n == simple_argcount` words on the stack.
#[inline(always)]
unsafe fn push_frame(
    r: &Registers,
    function: u64,
    code: &CodeObject,
    args: *mut u64,
    n: usize,
    skip: u32,
) -> Option<*mut Frame> {
    // SAFETY: the frame stack has room up to its limit; the caller's words move.
    unsafe {
        let t = r.thread();
        let new = t.stack_top.get() as *mut Frame;
        let end = (new as *mut u64).add(FRAME_WORDS + code.frame_words);
        let left = t.recursion_left.get() - 1;
        let cells = code.cells(t);
        if end >= t.stack_limit || left < 0 || cells.is_null() {
            return None;
        }
        t.recursion_left.set(left);
        let func = &*(function as *const Function);
        let locals = Frame::local(new, 0);
        new.write(Frame {
            previous: r.f,
            code,
            function,
            globals: func.globals.bits(),
            builtins: func.builtins.bits(),
            locals: 0,
            object: 0,
            pc: cells,
            cells,
            sp: locals.add(code.nlocalsplus),
            return_offset: skip,
            owner: Owner::Thread,
            return_to: ReturnTo::Caller,
            padding: 0,
        });
        for i in 0..n {
            let w = *args.add(i);
            locals.add(i).write(r.own(w));
        }
        for i in n..code.nlocalsplus {
            locals.add(i).write(0);
        }
        t.stack_top.set(end);
        t.frame.set(new);
        Some(new)
    }
}

op!(CALL, r => {
    let n = r.arg();
    let callable = r.peek(n + 2);
    if is_pointer(callable) {
        let header = r.value(n + 2).header_unchecked();
        if header.kind_byte() == Kind::Function as u8 {
            let has_self = (r.peek(n + 1) != 0) as usize;
            let code = (*((callable & !BORROWED) as *const Function)).code();
            if code.simple_argcount as usize == n + has_self {
                let base = r.sp.sub(n + 2);
                let function = r.own(callable);
                if let Some(new) = push_frame(&r, function, code, r.sp.sub(n + has_self), n + has_self, CACHE as u32) {
                    (*r.f).pc = r.pc;
                    (*r.f).sp = base;
                    r.f = new;
                    r.pc = (*new).pc;
                    r.sp = (*new).sp;
                    return r.next();
                }
                if function != callable { r.drop_word(function); }
            }
            return r.tail(call_function);
        }
        if header.kind_byte() == Kind::Method as u8 && r.peek(n + 1) == 0 {
            // Unpack the bound method into function and receiver.
            let method = r.value(n + 2).cast::<Method>().unwrap_unchecked();
            let (function, receiver) = (method.function().bits(), method.receiver().bits());
            r.incref(function);
            r.incref(receiver);
            r.poke(n + 2, function);
            r.poke(n + 1, receiver);
            r.drop_word(callable);
            return r.tail(CALL);
        }
        if header.kind_byte() == Kind::Type as u8 && r.peek(n + 1) == 0 {
            return r.tail(call_class);
        }
    }
    r.tail(call_native)
});

op!(
/// A Python function whose arguments need binding (defaults, `*args` ...), or a generator function.
call_function, r => {
    r.save();
    let n = r.arg();
    let outcome = call::begin_function(r.thread(), r.f, r.sp.sub(n + 2), n, 0, CACHE as u32);
    r = r.reload();
    match outcome {
        call::Begun::Frame => r.next(),
        call::Begun::Value(w) => {
            r.push(w);
            r.next_skipping(CACHE)
        }
        call::Begun::Raised => r.error(),
    }
});

op!(
/// A class: an instance is made here and its `__init__` runs as a frame, where both are plain.
call_class, r => {
    r.save();
    let n = r.arg();
    let outcome = call::begin_class(r.thread(), r.f, r.sp.sub(n + 2), n, CACHE as u32);
    r = r.reload();
    match outcome {
        call::Begun::Frame => r.next(),
        call::Begun::Value(w) => {
            r.push(w);
            if r.thread().sched.breaker.get() != 0 { return r.tail(after_call_check); }
            r.next_skipping(CACHE)
        }
        call::Begun::Raised => r.error(),
    }
});

op!(
/// Anything else that can be called: the arguments are a slice of the stack.
call_native, r => {
    r.save();
    let n = r.arg();
    let base = r.sp.sub(n + 2);
    let w = call::native(r.thread(), base, n);
    if w == 0 { return r.error(); }
    while r.sp > base {
        let old = r.pop();
        r.drop_word(old);
    }
    r.push(w);
    if r.thread().sched.breaker.get() != 0 { return r.tail(after_call_check); }
    r.next_skipping(CACHE)
});

op!(
/// The switch point after a call of something that is not a Python function.
after_call_check, r => {
    r.save();
    if !slow::check_breaker(r.thread()) { return r.error(); }
    r.pc = r.pc.add(CACHE);
    r.next_anew()
});

op!(CALL_KW, r => {
    r.save();
    let n = r.arg();
    let outcome = call::begin_kw(r.thread(), r.f, r.sp.sub(n + 3), n, CACHE as u32);
    r = r.reload();
    match outcome {
        call::Begun::Frame => r.next(),
        call::Begun::Value(w) => {
            r.push(w);
            if r.thread().sched.breaker.get() != 0 { return r.tail(after_call_check); }
            r.next_skipping(CACHE)
        }
        call::Begun::Raised => r.error(),
    }
});

op!(CALL_FUNCTION_EX, r => {
    r.save();
    let outcome = call::begin_ex(r.thread(), r.f, r.sp.sub(4));
    r = r.reload();
    match outcome {
        call::Begun::Frame => r.next(),
        call::Begun::Value(w) => {
            r.push(w);
            if r.thread().sched.breaker.get() != 0 { return r.tail(after_call_ex_check); }
            r.next()
        }
        call::Begun::Raised => r.error(),
    }
});

op!(after_call_ex_check, r => {
    r.save();
    if !slow::check_breaker(r.thread()) { return r.error(); }
    r.next_anew()
});

op!(RETURN_VALUE, r => {
    let w = r.pop();
    let w = r.own(w);
    let f = r.f;
    if (*f).object != 0 || (*f).return_to != ReturnTo::Caller || (*f).locals != 0 {
        r.push(w);
        return r.tail(return_special);
    }
    let t = r.thread();
    let caller = (*f).previous;
    // The frame is off the stack before its locals die: code that runs then sees the caller.
    t.frame.set(caller);
    // Stack words above the locals are gone at a return, so the locals are all there is; the last dies first.
    let first = Frame::local(f, 0);
    let mut p = Frame::local(f, (*(*f).code).nlocalsplus);
    while p > first {
        p = p.sub(1);
        let local = *p;
        *p = 0;
        r.drop_word(local);
    }
    r.drop_word((*f).function);
    t.stack_top.set(f as *mut u64);
    t.recursion_left.set(t.recursion_left.get() + 1);
    r.f = caller;
    r.pc = (*caller).pc.add((*f).return_offset as usize);
    r.sp = (*caller).sp;
    r.push(w);
    r.next()
});

op!(
/// A return that leaves the VM, ends a generator or an `__init__`, or from a frame that others look at.
return_special, r => {
    let w = r.pop();
    r.save();
    let leave = call::return_special(r.thread(), r.f, w);
    if leave != 0 { return if leave == call::RAISED { 0 } else { leave }; }
    r = r.reload();
    if r.f.is_null() {
        // An error in the caller.
        r.f = r.thread().frame.get();
        r.pc = (*r.f).pc;
        r.sp = (*r.f).sp;
        return r.error();
    }
    r.next()
});

op!(EXIT_INIT_CHECK, r => { r.next() });
op!(INTERPRETER_EXIT, r => { r.next() });
op!(CACHE_CELL, r => {
    // Never reached: caches are skipped by their instruction.
    slow::bad_cell(r.thread());
    r.error()
});

const _: fn(&Value) -> u64 = Value::bits;
