//! Calls and returns.
//!
//! Calling a Python function pushes a frame and goes on in it; nothing recurses in Rust. Native functions are
//! called with a slice of the evaluation stack as their arguments.

use crate::objects::code_object::CodeObject;
use crate::objects::frame::{FRAME_WORDS, Frame, Owner, ReturnTo};
use crate::objects::function::{Function, Method};
use crate::objects::generator::{Generator, State};
use crate::objects::header::{Header, Kind, flag};
use crate::objects::instance;
use crate::objects::native::{MethodDescr, Native};
use crate::objects::spec::Func;
use crate::objects::type_object::Type;
use crate::objects::value::{BORROWED, Value, is_pointer, word};
use crate::vm::dispatch::{Registers, op};
use crate::vm::ops::{Extra, TABLE};
use crate::vm::{call, generator, slow};

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
            // Mostly a few: written plainly, the loop would become a call of `memset`, which costs every call registers.
            locals.add(i).write_volatile(0);
        }
        t.stack_top.set(end);
        t.frame.set(new);
        Some(new)
    }
}

/// Whether a native function takes exactly one argument.
fn takes_one(v: &Value) -> bool {
    v.cast_exact::<Native>().is_some_and(|f| matches!(f.def.func, Func::One(_)))
}

/// How many arguments a native method takes, where it is none or one.
fn method_takes(v: &Value) -> usize {
    match v.cast_exact::<MethodDescr>().map(|m| &m.def.func) {
        Some(Func::NoArgs(_)) => 0,
        Some(Func::One(_)) => 1,
        _ => usize::MAX,
    }
}

op!(
/// Any call: finds the form that fits the callable, which the site keeps. A form comes back here only where another one
/// would be found now.
CALL, r => {
    let n = r.arg();
    let callable = r.peek(n + 2);
    if is_pointer(callable) {
        let kind = r.value(n + 2).header_unchecked().kind_byte();
        let plain = r.peek(n + 1) == 0;
        let form = if kind == Kind::Function as u8 {
            Extra::CALL_FUNCTION
        } else if kind == Kind::MethodDescr as u8 && !plain {
            match method_takes(r.value(n + 2)) {
                0 if n == 0 => Extra::CALL_METHOD_NO_ARGS,
                1 if n == 1 => Extra::CALL_METHOD_ONE,
                _ => Extra::CALL_METHOD_MANY,
            }
        } else if kind == Kind::Native as u8 && plain && n == 1 && takes_one(r.value(n + 2)) {
            Extra::CALL_NATIVE_ONE
        } else if kind == Kind::Native as u8 && plain {
            Extra::CALL_NATIVE_MANY
        } else if kind == Kind::Method as u8 && plain {
            return r.tail(call_bound);
        } else if kind == Kind::Type as u8 && plain {
            return r.tail(call_class);
        } else {
            return r.tail(call_native);
        };
        r.specialize(form);
        return r.tail(TABLE[form as usize]);
    }
    r.tail(call_native)
});

op!(
/// A Python function: its frame is pushed, if the arguments are what it wants.
CALL_FUNCTION, r => {
    let n = r.arg();
    let callable = r.peek(n + 2);
    if !is_pointer(callable) || r.value(n + 2).header_unchecked().kind_byte() != Kind::Function as u8 {
        return r.tail(CALL);
    }
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
    r.tail(call_function)
});

op!(
/// A bound method becomes its function and its receiver.
call_bound, r => {
    let n = r.arg();
    let callable = r.peek(n + 2);
    let method = r.value(n + 2).cast::<Method>().unwrap_unchecked();
    let (function, receiver) = (method.function().bits(), method.receiver().bits());
    r.incref(function);
    r.incref(receiver);
    r.poke(n + 2, function);
    r.poke(n + 1, receiver);
    r.drop_word(callable);
    let kind = if is_pointer(function) { r.value(n + 2).header_unchecked().kind_byte() } else { 0 };
    if kind == Kind::Function as u8 { r.tail(CALL_FUNCTION) } else { r.tail(call_native) }
});

/// After native code returned: the operands go and the value takes their place.
macro_rules! replace_operands {
    ($r:ident, $result:expr, $n:expr) => {{
        let w = match $result {
            Ok(value) => value.into_bits(),
            Err(_) => return $r.error(),
        };
        for _ in 0..$n {
            let old = $r.pop();
            $r.drop_word(old);
        }
        $r.push(w);
        if $r.thread().sched.breaker.get() != 0 {
            return $r.tail(after_call_check);
        }
        $r.next_skipping(CACHE)
    }};
}

op!(
/// A native function that takes one argument.
CALL_NATIVE_ONE, r => {
    if !is_pointer(r.peek(3)) || r.peek(2) != 0 { return r.tail(CALL); }
    let Some(native) = r.value(3).cast_exact::<Native>() else { return r.tail(CALL) };
    let Func::One(f) = native.def.func else { return r.tail(CALL) };
    if !r.thread().native_stack_low() {
        r.save();
        let result = f(r.thread(), native.receiver(), r.value(1));
        // The null that stands for no receiver is popped like a word.
        return replace_operands!(r, result, 3);
    }
    r.tail(call_native)
});

op!(
/// A native method that takes no argument, of a built-in type's instance.
CALL_METHOD_NO_ARGS, r => {
    if !is_pointer(r.peek(2)) || r.peek(1) == 0 { return r.tail(CALL); }
    let Some(method) = r.value(2).cast_exact::<MethodDescr>() else { return r.tail(CALL) };
    let Func::NoArgs(f) = method.def.func else { return r.tail(CALL) };
    if std::ptr::eq(r.value(1).type_of(r.thread()), method.owner())
        && !r.thread().native_stack_low()
    {
        r.save();
        let result = f(r.thread(), r.value(1));
        return replace_operands!(r, result, 2);
    }
    r.tail(call_native)
});

op!(
/// A native method that takes one argument, of a built-in type's instance.
CALL_METHOD_ONE, r => {
    if !is_pointer(r.peek(3)) || r.peek(2) == 0 { return r.tail(CALL); }
    let Some(method) = r.value(3).cast_exact::<MethodDescr>() else { return r.tail(CALL) };
    let Func::One(f) = method.def.func else { return r.tail(CALL) };
    if std::ptr::eq(r.value(2).type_of(r.thread()), method.owner())
        && !r.thread().native_stack_low()
    {
        r.save();
        let result = f(r.thread(), r.value(2), r.value(1));
        return replace_operands!(r, result, 3);
    }
    r.tail(call_native)
});

op!(
/// A native function that takes a slice of arguments.
CALL_NATIVE_MANY, r => {
    let n = r.arg();
    if !is_pointer(r.peek(n + 2)) || r.peek(n + 1) != 0 { return r.tail(CALL); }
    let Some(native) = r.value(n + 2).cast_exact::<Native>() else { return r.tail(CALL) };
    if n == 1 && matches!(native.def.func, Func::One(_)) { return r.tail(CALL); }
    if let Func::Pos(f, least, most) = native.def.func
        && (least as usize..=most as usize).contains(&n)
        && !r.thread().native_stack_low()
    {
        r.save();
        let arguments = std::slice::from_raw_parts(r.sp.sub(n) as *const Value, n);
        let result = f(r.thread(), native.receiver(), arguments);
        return replace_operands!(r, result, n + 2);
    }
    r.tail(call_native)
});

op!(
/// A native method that takes a slice of arguments, of a built-in type's instance.
CALL_METHOD_MANY, r => {
    let n = r.arg();
    if !is_pointer(r.peek(n + 2)) || r.peek(n + 1) == 0 { return r.tail(CALL); }
    let Some(method) = r.value(n + 2).cast_exact::<MethodDescr>() else { return r.tail(CALL) };
    if n == method_takes(r.value(n + 2)) { return r.tail(CALL); }
    if let Func::Pos(f, least, most) = method.def.func
        && (least as usize..=most as usize).contains(&n)
        && std::ptr::eq(r.value(n + 1).type_of(r.thread()), method.owner())
        && !r.thread().native_stack_low()
    {
        r.save();
        let arguments = std::slice::from_raw_parts(r.sp.sub(n) as *const Value, n);
        let result = f(r.thread(), r.value(n + 1), arguments);
        return replace_operands!(r, result, n + 2);
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
/// A class whose instances and `__init__` are plain: the instance is made here, and `__init__` runs as a frame.
call_class, r => {
    let n = r.arg();
    r.save();
    let init = call::plain_init(r.thread(), r.value(n + 2), n + 1);
    if init == 0 { return r.tail(call_class_slow); }
    let base = r.sp.sub(n + 2);
    let class = *base;
    let object = instance::new_plain(r.thread(), r.value(n + 2).cast::<Type>().unwrap_unchecked()).into_bits();
    // One reference is the frame's, one stays where the class was, for the return.
    r.incref(object);
    *base.add(1) = object;
    let code = (*(init as *const Function)).code();
    match push_frame(&r, init, code, base.add(1), n + 1, CACHE as u32) {
        Some(new) => {
            (*new).return_to = ReturnTo::Init;
            (*r.f).pc = r.pc;
            (*r.f).sp = base.add(1);
            *base = object;
            r.drop_word(class);
            r.f = new;
            r.pc = (*new).pc;
            r.sp = (*new).sp;
            r.next()
        }
        None => {
            *base.add(1) = 0;
            // Nobody has seen it: it goes without its finalizer, and another is made.
            (*(object as *const Header)).set_flag(flag::FINALIZED);
            r.drop_word(object);
            r.drop_word(object);
            r.drop_word(init);
            r.tail(call_class_slow)
        }
    }
});

op!(
/// A class: an instance is made here and its `__init__` runs as a frame, where both are plain.
call_class_slow, r => {
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
    let kind = r.value(n + 2).kind();
    if kind == Kind::Function || (r.peek(n + 1) == 0 && (kind == Kind::Method || kind == Kind::Type)) {
        // A form for native code has met another callable.
        return r.tail(CALL);
    }
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

/// Drops the locals of a frame that returns. Stack words above them are gone by then, so they are all there is; the last
/// dies first.
#[inline(always)]
unsafe fn drop_locals(r: &Registers, f: *mut Frame) {
    // SAFETY: the frame has so many locals.
    unsafe {
        let first = Frame::local(f, 0);
        let mut p = Frame::local(f, (*(*f).code).nlocalsplus);
        while p > first {
            p = p.sub(1);
            let local = *p;
            *p = 0;
            r.drop_word(local);
        }
    }
}

op!(
/// A generator or coroutine ends that FOR_ITER or SEND has resumed, and nobody looks at its frame.
return_from_generator, r => {
    let f = r.f;
    let return_to = (*f).return_to;
    if (*f).object | (*f).locals != 0 || (*f).owner != Owner::Generator
        || !matches!(return_to, ReturnTo::ForIter | ReturnTo::Send)
    {
        return r.tail(return_special);
    }
    let ended = Generator::of_frame(f);
    if !ended.exc_info.value.is_empty() { return r.tail(return_special); }
    let w = r.pop();
    let t = r.thread();
    let caller = (*f).previous;
    t.frame.set(caller);
    generator::unlink(t, ended);
    (*f).previous = std::ptr::null_mut();
    (*f).sp = r.sp;
    ended.set_state(State::Finished);
    drop_locals(&r, f);
    let function = (*f).function;
    (*f).function = 0;
    r.drop_word(function);
    r.f = caller;
    r.sp = (*caller).sp;
    // The end of the loop, or of the awaiting, is the argument of the instruction that resumed it.
    let distance = (*(*caller).pc.sub(1) >> 32) as usize;
    if return_to == ReturnTo::Send {
        r.pc = (*caller).pc.add(1 + distance);
        r.push(w);
    } else {
        r.pc = (*caller).pc.add(1 + distance + 1);
        r.drop_word(w);
    }
    r.next()
});

op!(RETURN_VALUE, r => {
    let w = r.pop();
    let w = r.own(w);
    let f = r.f;
    let init = (*f).return_to == ReturnTo::Init && w == word::NONE;
    if (*f).object | (*f).locals != 0 || !(init || (*f).return_to == ReturnTo::Caller) {
        r.push(w);
        return r.tail(return_from_generator);
    }
    let t = r.thread();
    let caller = (*f).previous;
    // The frame is off the stack before its locals die: code that runs then sees the caller.
    t.frame.set(caller);
    drop_locals(&r, f);
    r.drop_word((*f).function);
    t.stack_top.set(f as *mut u64);
    t.recursion_left.set(t.recursion_left.get() + 1);
    r.f = caller;
    r.pc = (*caller).pc.add((*f).return_offset as usize);
    r.sp = (*caller).sp;
    // The instance lies on the caller's stack already.
    if !init { r.push(w); }
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
    // Caches are skipped by their instruction: what gets here is damaged code, which has no other cells.
    r.save();
    slow::bad_cell(r.thread(), Frame::code_of(r.f));
    r.error()
});

const _: fn(&Value) -> u64 = Value::bits;
