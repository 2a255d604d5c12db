//! Running generators, coroutines and asynchronous generators.

use super::call::RAISED;
use super::dispatch::Registers;
use crate::compiler::code::flags;
use crate::objects::code_object::CodeObject;
use crate::objects::exc_info::ExcInfo;
use crate::objects::frame::{FRAME_WORDS, Frame, Owner, ReturnTo};
use crate::objects::function::Function;
use crate::objects::generator::{Generator, State};
use crate::objects::generator_type::kind_name;
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised, Sent};
use crate::objects::thread::Thread;
use crate::objects::type_slots::call_next;
use crate::objects::value::{BORROWED, Payload, Value, word};

/// RETURN_GENERATOR: the running frame moves into a new object, which the call returns. The result is as for
/// `call::return_special`.
///
/// # Safety
/// `f` is the running frame and saved.
#[inline(never)]
pub unsafe fn return_generator(t: &Thread, f: *mut Frame) -> u64 {
    // SAFETY: the words move from the frame stack into the object.
    unsafe {
        let code: &CodeObject = Frame::code_of(f);
        let function = Value::from_ref(&(*f).function);
        let func = function.cast::<Function>().expect("a frame's function is one");
        let kind = if code.flags & flags::COROUTINE != 0 {
            Kind::Coroutine
        } else if code.flags & flags::ASYNC_GENERATOR != 0 {
            Kind::AsyncGenerator
        } else {
            Kind::Generator
        };
        let name = func.name.get(t).unwrap_or(Value::NONE);
        let qualname = func.qualname.get(t).unwrap_or(Value::NONE);
        let value = Generator::make(t, kind, name, qualname, code.value(), code.frame_words);
        let generator = Generator::of(&value).expect("just made");
        let inner = generator.frame();
        // A few words: not worth a call.
        for i in 0..FRAME_WORDS + code.nlocalsplus {
            (inner as *mut u64).add(i).write((f as *const u64).add(i).read());
        }
        (*inner).previous = std::ptr::null_mut();
        (*inner).owner = Owner::Generator;
        (*inner).sp = Frame::local(inner, code.nlocalsplus);
        if (*inner).object != 0 {
            let object = Value::from_ref(&(*inner).object);
            if let Some(o) = object.cast::<crate::objects::frame::FrameObject>() {
                o.frame.store(inner, std::sync::atomic::Ordering::Release);
            }
        }
        if kind == Kind::Coroutine && t.origin_depth.get() > 0 {
            let origin = super::slow::coroutine_origin(t, (*f).previous);
            generator.origin.set(origin);
        }
        let (caller, return_to, skip) = ((*f).previous, (*f).return_to, (*f).return_offset as usize);
        t.stack_top.set(f as *mut u64);
        t.recursion_left.set(t.recursion_left.get() + 1);
        t.frame.set(caller);
        let w = value.into_bits();
        match return_to {
            ReturnTo::Native => w,
            _ => {
                *(*caller).sp = w;
                t.registers.set((caller as u64, (*caller).pc.add(skip) as u64, (*caller).sp.add(1) as u64));
                0
            }
        }
    }
}

/// Makes a generator's frame the running one: false if it cannot be resumed (it is running or has ended), and
/// nothing has happened then.
///
/// # Safety
/// `caller` is the running frame and saved; `word` is an owned word, which the generator takes over.
#[inline(never)]
pub unsafe fn enter(t: &Thread, caller: *mut Frame, value: &Value, return_to: ReturnTo, word: u64, skip: u32) -> bool {
    let Some(generator) = Generator::of(value) else { return false };
    if t.recursion_left.get() <= 1 {
        return false;
    }
    // A value sent into a generator that has not begun is an error: the slow path says so.
    if generator.state() == State::Created && word != Value::NONE.bits() {
        return false;
    }
    if generator.begin(t).is_err() {
        return false;
    }
    // SAFETY: only the thread that succeeded in `begin` touches the frame.
    unsafe {
        let f = generator.frame();
        adopt(t, f);
        *(*f).sp = word;
        (*f).sp = (*f).sp.add(1);
        (*f).previous = caller;
        (*f).return_to = return_to;
        (*f).return_offset = skip;
        generator.exc_info.previous.set(t.exc_info.get());
        t.exc_info.set(&generator.exc_info);
        t.recursion_left.set(t.recursion_left.get() - 1);
        t.frame.set(f);
        t.registers.set((f as u64, (*f).pc as u64, (*f).sp as u64));
    }
    true
}

/// As [`enter`], in the handler itself: the frame that goes on, for a suspended generator that the thread holds.
///
/// # Safety
/// `receiver` is a generator's or a coroutine's word; `sent` is an owned word, which the generator takes over if it can
/// be entered. The caller saves its registers afterwards.
#[inline(always)]
pub unsafe fn enter_plainly(r: &Registers, receiver: u64, return_to: ReturnTo, sent: u64) -> Option<*mut Frame> {
    // SAFETY: the receiver has the layout of the three kinds, and nobody else changes its state or has run its frame.
    unsafe {
        let t = r.thread();
        let generator = &*((receiver & !BORROWED) as *const Generator);
        let state = generator.state();
        let ready = state == State::Suspended || (state == State::Created && sent == word::NONE);
        if !ready || !r.holds(receiver) || t.recursion_left.get() <= 1 {
            return None;
        }
        generator.set_state(State::Running);
        let f = generator.frame();
        *(*f).sp = sent;
        (*f).sp = (*f).sp.add(1);
        (*f).previous = r.f;
        (*f).return_to = return_to;
        (*f).return_offset = 1;
        generator.exc_info.previous.set(t.exc_info.get());
        t.exc_info.set(&generator.exc_info);
        t.recursion_left.set(t.recursion_left.get() - 1);
        t.frame.set(f);
        Some(f)
    }
}

/// A frame that another thread may have run goes on in this thread's translation (GIL off). The other one may be gone:
/// only its address counts.
#[inline(always)]
unsafe fn adopt(t: &Thread, f: *mut Frame) {
    if !t.gil_enabled() {
        // SAFETY: the frame is suspended, and the caller's to run.
        unsafe {
            let cells = Frame::code_of(f).cells_or_translate(t, super::translate::translate);
            (*f).pc = cells.wrapping_byte_offset((*f).pc as isize - (*f).cells as isize);
            (*f).cells = cells;
        }
    }
}

/// The running generator suspends: its frame is saved, the caller's becomes the running one. Gives who resumed it, the
/// caller's frame, and how many cells that goes on by: once the generator is suspended another thread may resume it,
/// and its frame is not to be looked at.
///
/// # Safety
/// `f` is the running frame and a generator's.
#[inline(always)]
pub unsafe fn suspend(t: &Thread, f: *mut Frame) -> (ReturnTo, *mut Frame, usize) {
    // SAFETY: see above.
    unsafe {
        let generator = Generator::of_frame(f);
        t.exc_info.set(generator.exc_info.previous.replace(std::ptr::null()));
        t.recursion_left.set(t.recursion_left.get() + 1);
        let caller = std::mem::replace(&mut (*f).previous, std::ptr::null_mut());
        let (return_to, offset) = ((*f).return_to, (*f).return_offset as usize);
        t.frame.set(caller);
        t.yielded.set(return_to == ReturnTo::Native);
        generator.set_state(State::Suspended);
        (return_to, caller, offset)
    }
}

/// The running generator ends: it no longer is the innermost handler of exceptions.
#[inline(always)]
pub fn unlink(t: &Thread, generator: &Generator) {
    t.exc_info.set(generator.exc_info.previous.replace(std::ptr::null()));
    t.recursion_left.set(t.recursion_left.get() + 1);
}

/// Resumes a generator from native code with a value, or by raising the thread's current exception in it.
/// One that is closed may have ended.
pub fn resume(t: &Thread, value: &Value, send: Result<Value, Raised>, closing: bool) -> R<Sent> {
    let generator = Generator::of(value).expect("resume is for generators");
    if t.native_stack_low() || t.recursion_left.get() <= 1 {
        return Err(t.native_recursion_error(""));
    }
    let throwing = send.is_err();
    match generator.begin(t) {
        Ok(State::Created) if !throwing && !matches!(&send, Ok(v) if v.is_none()) => {
            generator.set_state(State::Created);
            return Err(t.type_error(format!("can't send non-None value to a just-started {}", kind_name(value))));
        }
        Ok(_) => {}
        Err(State::Running) => {
            return Err(t.value_error(format!("{} already executing", kind_name(value))));
        }
        Err(_) => {
            return match send {
                _ if value.kind() == Kind::Coroutine && !closing => {
                    Err(t.runtime_error("cannot reuse already awaited coroutine"))
                }
                Err(raised) => Err(raised),
                Ok(_) => Ok(Sent::Returned(Value::NONE)),
            };
        }
    }
    // SAFETY: only the thread that succeeded in `begin` touches the frame.
    unsafe {
        let f = generator.frame();
        adopt(t, f);
        (*f).previous = t.frame.get();
        (*f).return_to = ReturnTo::Native;
        generator.exc_info.previous.set(t.exc_info.get());
        t.exc_info.set(&generator.exc_info);
        t.recursion_left.set(t.recursion_left.get() - 1);
        t.frame.set(f);
        let exit = match send {
            Ok(v) => {
                *(*f).sp = v.into_owned().into_bits();
                (*f).sp = (*f).sp.add(1);
                super::run_frame(t, f)
            }
            Err(_) => {
                // The exception is raised where the generator is suspended: what is being handled there is its context,
                // and not what its caller handles.
                if let Some(handled) = generator.exc_info.value.get(t).filter(|handled| !handled.is_none())
                    && let Some(e) = t.take_raised()
                {
                    crate::objects::exception::link_context(t, &e, &handled);
                    let _ = t.raise_as_is(e);
                }
                *(*f).sp = Value::NONE.bits();
                (*f).sp = (*f).sp.add(1);
                if t.watch.on.get() {
                    super::watch::thrown(t, f);
                }
                if super::unwind::unwind(t) { super::run_from_registers(t) } else { 0 }
            }
        };
        // The generator's state is no help: another thread may have resumed it since.
        let yielded = t.yielded.replace(false);
        let value = super::call::finish_run(t, exit)?;
        debug_assert!(exit != RAISED);
        Ok(if yielded { Sent::Yielded(value) } else { Sent::Returned(value) })
    }
}

/// The `next` slot of generators.
pub fn next(t: &Thread, value: &Value) -> R<Option<Value>> {
    match resume(t, value, Ok(Value::NONE), false)? {
        Sent::Yielded(v) => Ok(Some(v)),
        Sent::Returned(v) if v.is_none() => Ok(None),
        Sent::Returned(v) => Err(t.stop_iteration(&v)),
    }
}

/// What SEND got.
pub enum SendResult {
    Yielded(u64),
    Returned(u64),
    Raised,
}

/// SEND to anything: `am_send`, `__next__` or a `send` method.
#[inline(never)]
pub fn send(t: &Thread, receiver: &Value, value: &Value) -> SendResult {
    match send_value(t, receiver, value) {
        Ok(Sent::Yielded(v)) => SendResult::Yielded(v.into_bits()),
        Ok(Sent::Returned(v)) => SendResult::Returned(v.into_bits()),
        Err(_) => SendResult::Raised,
    }
}

/// `PyIter_Send`.
pub fn send_value(t: &Thread, receiver: &Value, value: &Value) -> R<Sent> {
    let slots = receiver.type_of(t).slots();
    if let Some(f) = slots.am_send {
        return f(t, receiver, value.clone());
    }
    if value.is_none() && slots.next.is_some() {
        return call_next(t, receiver);
    }
    match protocol::call_method(t, receiver, &t.names().send, std::slice::from_ref(value)) {
        Ok(v) => Ok(Sent::Yielded(v)),
        Err(raised) => stop_iteration_value(t, raised).map(Sent::Returned),
    }
}

/// The value that a raised `StopIteration` carries; other exceptions stay raised.
pub fn stop_iteration_value(t: &Thread, raised: Raised) -> R {
    if !t.raised_is(&raised, &t.types().stop_iteration) {
        return Err(raised);
    }
    let e = t.take_exception(raised);
    Ok(e.cast::<crate::objects::exception::Exception>().and_then(|e| e.fields[0].get(t)).unwrap_or(Value::NONE))
}

/// The `am_send` slot of generators and coroutines.
pub fn am_send(t: &Thread, receiver: &Value, value: Value) -> R<Sent> {
    resume(t, receiver, Ok(value), false)
}

/// The `am_throw` slot of generators and coroutines.
pub fn am_throw(t: &Thread, receiver: &Value, raised: Raised, closing: bool) -> R<Sent> {
    resume(t, receiver, Err(raised), closing)
}

const _: fn() -> ExcInfo = ExcInfo::default;
