//! What is told in front of an instruction, and on an exception's way.

use super::{About, code, event, fire, missing};
use crate::bytecode::Opcode;
use crate::compiler::code::Code;
use crate::objects::code_object::CodeObject;
use crate::objects::exception::Exception;
use crate::objects::frame::Frame;
use crate::objects::function::{Function, Method};
use crate::objects::header::Kind;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::watch::{After, Seen};

/// How the frame goes on.
pub enum Step {
    /// With the instruction.
    Go,
    /// A callback has sent it elsewhere.
    Jumped,
    /// A callback has raised.
    Raised,
}

/// No code unit.
const NONE: u32 = u32::MAX;

/// The place of the frame among those seen; what was called from it is no longer there.
fn seen(t: &Thread, f: *mut Frame) -> usize {
    let mut list = t.watch.seen.borrow_mut();
    match list.iter().rposition(|s| s.frame == f) {
        Some(at) => {
            list.truncate(at + 1);
            at
        }
        None => {
            list.push(Seen { frame: f, unit: NONE, after: None });
            list.len() - 1
        }
    }
}

fn forget(t: &Thread, f: *mut Frame) {
    let mut list = t.watch.seen.borrow_mut();
    if let Some(at) = list.iter().rposition(|s| s.frame == f) {
        list.truncate(at);
    }
}

fn opcode_at(code: &Code, unit: usize) -> Option<Opcode> {
    code.code.get(unit * 2).and_then(|&b| Opcode::from_u8(b))
}

/// Tells what is about to happen in the frame.
///
/// # Safety
/// `f` is the running frame and saved; it stands at an instruction that has not begun.
#[inline(never)]
pub unsafe fn before(t: &Thread, f: *mut Frame) -> Step {
    if t.watch.inside.get() > 0 {
        return Step::Go;
    }
    // SAFETY: see above.
    unsafe {
        let pc = (*f).pc;
        match tell(t, f) {
            Ok(()) if (*f).pc != pc => {
                // The cell to go on with comes before the saved place.
                (*f).pc = (*f).pc.sub(1);
                let at = seen(t, f);
                t.watch.seen.borrow_mut()[at].unit = NONE;
                Step::Jumped
            }
            Ok(()) => Step::Go,
            Err(_) => Step::Raised,
        }
    }
}

/// # Safety
/// As for [`before`].
unsafe fn tell(t: &Thread, f: *mut Frame) -> R<()> {
    // SAFETY: see above.
    unsafe {
        let code = Frame::code_of(f);
        let unit = Frame::unit(f);
        let watch = code::of(code);
        let at = seen(t, f);
        let Some(op) = opcode_at(&code.code, unit) else { return Ok(()) };
        if op == Opcode::RESUME {
            t.watch.seen.borrow_mut()[at] = Seen { frame: f, unit: NONE, after: None };
        }
        let (previous, after) = {
            let mut list = t.watch.seen.borrow_mut();
            let seen = &mut list[at];
            (std::mem::replace(&mut seen.unit, unit as u32), seen.after.take())
        };
        if let Some(after) = after {
            tell_after(t, f, code, previous as usize, unit, after)?;
        }
        if unit < watch.first {
            return Ok(());
        }
        if watch.starts_line(unit)
            && let Some(line) = code.line_of(unit)
        {
            let hidden = previous != NONE
                && code.line_of(previous as usize) == Some(line)
                && opcode_at(&code.code, previous as usize) != Some(Opcode::RESUME);
            if !hidden {
                let pc = (*f).pc;
                fire(t, f, event::LINE, unit, About::Line(line))?;
                if (*f).pc != pc {
                    return Ok(());
                }
            }
        }
        // What is folded into the next instruction is none itself.
        if op == Opcode::EXTENDED_ARG {
            let list = &mut t.watch.seen.borrow_mut();
            if let Some(seen) = list.get_mut(at) {
                seen.unit = unit as u32;
            }
            return Ok(());
        }
        let pc = (*f).pc;
        fire(t, f, event::INSTRUCTION, unit, About::Place)?;
        if (*f).pc != pc {
            return Ok(());
        }
        tell_instruction(t, f, code, op, previous, unit)
    }
}

/// # Safety
/// As for [`before`].
unsafe fn tell_instruction(
    t: &Thread,
    f: *mut Frame,
    code: &CodeObject,
    op: Opcode,
    previous: u32,
    unit: usize,
) -> R<()> {
    // SAFETY: the operands of the instruction lie on the stack.
    unsafe {
        let arg = (*(*f).pc.sub(1) >> 32) as usize;
        let next = unit + 1 + op.caches();
        let top = |n: usize| Value::from_ref(&*(*f).sp.sub(n)).clone();
        match op {
            Opcode::RESUME => {
                let event = if arg & 3 == 0 { event::PY_START } else { event::PY_RESUME };
                fire(t, f, event, unit, About::Place)
            }
            Opcode::RETURN_VALUE => {
                let value = top(1);
                let result = fire(t, f, event::PY_RETURN, unit, About::Value(&value));
                if result.is_ok() {
                    forget(t, f);
                }
                result
            }
            Opcode::YIELD_VALUE => {
                let value = top(1);
                let result = fire(t, f, event::PY_YIELD, unit, About::Value(&value));
                if result.is_ok() {
                    forget(t, f);
                }
                result
            }
            Opcode::JUMP_FORWARD => fire(t, f, event::JUMP, unit, About::To(next + arg)),
            Opcode::JUMP_BACKWARD => fire(t, f, event::JUMP, unit, About::To(next.saturating_sub(arg))),
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE => {
                set_after(t, f, After::Branch(false));
                Ok(())
            }
            Opcode::FOR_ITER => {
                set_after(t, f, After::Branch(true));
                Ok(())
            }
            Opcode::NOT_TAKEN if previous != NONE => {
                // After a conditional jump this was told already: it is the end of `async for`'s waiting.
                match opcode_at(&code.code, previous as usize) {
                    Some(Opcode::END_SEND) => fire(t, f, event::BRANCH_LEFT, previous as usize, About::To(unit + 1)),
                    _ => Ok(()),
                }
            }
            Opcode::END_SEND => {
                let receiver = top(2);
                if matches!(receiver.kind(), Kind::Generator | Kind::Coroutine) {
                    let value = top(1);
                    return stop_iteration(t, f, unit, &value);
                }
                Ok(())
            }
            Opcode::END_ASYNC_FOR => {
                // The argument leads back to where the waiting ends.
                let from = next.saturating_sub(arg);
                fire(t, f, event::BRANCH_RIGHT, from, About::To(next))
            }
            Opcode::CALL | Opcode::CALL_KW | Opcode::CALL_FUNCTION_EX | Opcode::LOAD_SUPER_ATTR => {
                let (callable, first) = operands(t, f, op, arg);
                fire(t, f, event::CALL, unit, About::Call(&callable, &first))?;
                if callable.cast_exact::<Function>().is_none() {
                    set_after(t, f, After::Call(callable, first));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The callable and the first argument of a call.
///
/// # Safety
/// As for [`before`].
unsafe fn operands(t: &Thread, f: *mut Frame, op: Opcode, arg: usize) -> (Value, Value) {
    // SAFETY: the operands of the instruction lie on the stack.
    unsafe {
        let word = |n: usize| *(*f).sp.sub(n);
        let value = |n: usize| Value::from_ref(&*(*f).sp.sub(n)).clone();
        match op {
            Opcode::LOAD_SUPER_ATTR => (value(3), if arg & 2 != 0 { value(2) } else { missing(t) }),
            Opcode::CALL_FUNCTION_EX => {
                let first = value(2).cast::<Tuple>().and_then(|args| args.items().first().cloned());
                (value(4), first.unwrap_or_else(|| missing(t)))
            }
            _ => {
                let names = usize::from(op == Opcode::CALL_KW);
                let base = arg + 2 + names;
                let callable = value(base);
                if word(base - 1) != 0 {
                    return (callable, value(base - 1));
                }
                if let Some(method) = callable.cast_exact::<Method>() {
                    return (method.function().clone(), method.receiver().clone());
                }
                let first = if arg > 0 { value(base - 2) } else { missing(t) };
                (callable, first)
            }
        }
    }
}

fn set_after(t: &Thread, f: *mut Frame, after: After) {
    let at = seen(t, f);
    if let Some(seen) = t.watch.seen.borrow_mut().get_mut(at) {
        seen.after = Some(after);
    }
}

/// How the last instruction ended, seen from the one that follows.
///
/// # Safety
/// As for [`before`].
unsafe fn tell_after(t: &Thread, f: *mut Frame, code: &CodeObject, from: usize, unit: usize, after: After) -> R<()> {
    // SAFETY: see above.
    unsafe {
        match after {
            After::Call(callable, first) => {
                let result = fire(t, f, event::C_RETURN, from, About::Call(&callable, &first));
                if result.is_err() {
                    // CPython drops the result; here it stays for the unwinding to drop.
                }
                result
            }
            After::Branch(is_loop) => {
                let caches = opcode_at(&code.code, from).map_or(0, Opcode::caches);
                let through = unit == from + 1 + caches;
                let to = match (is_loop, through) {
                    (false, true) if opcode_at(&code.code, unit) == Some(Opcode::NOT_TAKEN) => unit + 1,
                    // The end of a loop is behind the instruction that pops its iterator.
                    (true, false) => unit + 1,
                    _ => unit,
                };
                let event = if through { event::BRANCH_LEFT } else { event::BRANCH_RIGHT };
                fire(t, f, event, from, About::To(to))
            }
        }
    }
}

/// A generator that was delegated to has returned.
///
/// # Safety
/// As for [`before`].
unsafe fn stop_iteration(t: &Thread, f: *mut Frame, unit: usize, value: &Value) -> R<()> {
    let raised = t.stop_iteration(value);
    let exception = t.take_exception(raised);
    // SAFETY: see above.
    unsafe { fire(t, f, event::STOP_ITERATION, unit, About::Value(&exception)) }
}

/// Tells of the thread's current exception; one that a callback raises takes its place.
///
/// # Safety
/// `f` is the running frame and saved.
unsafe fn tell_exception(t: &Thread, f: *mut Frame, event: u8) {
    if t.watch.inside.get() > 0 {
        return;
    }
    let Some(exception) = t.take_raised() else { return };
    // SAFETY: see above.
    unsafe {
        let unit = Frame::unit(f);
        if fire(t, f, event, unit, About::Value(&exception)).is_ok() {
            t.put_raised(Some(exception));
        }
    }
}

/// An exception has been raised in the frame, or has come into it.
///
/// # Safety
/// As for [`tell_exception`].
pub unsafe fn raised(t: &Thread, f: *mut Frame) {
    if t.watch.inside.get() > 0 {
        return;
    }
    let at = seen(t, f);
    let after = t.watch.seen.borrow_mut()[at].after.take();
    // SAFETY: as above.
    unsafe {
        if let Some(After::Call(callable, first)) = after {
            let unit = Frame::unit(f);
            let kept = t.take_raised();
            if fire(t, f, event::C_RAISE, unit, About::Call(&callable, &first)).is_ok() {
                t.put_raised(kept);
            }
        }
        tell_exception(t, f, event::RAISE);
    }
}

/// An exception goes on from where it was caught.
///
/// # Safety
/// As for [`tell_exception`].
pub unsafe fn reraised(t: &Thread, f: *mut Frame) {
    // SAFETY: as above.
    unsafe { tell_exception(t, f, event::RERAISE) };
}

/// The frame is about to handle the exception; false if a callback has raised another one.
///
/// # Safety
/// As for [`tell_exception`]; the frame stands at its handler.
pub unsafe fn handled(t: &Thread, f: *mut Frame, exception: &Value, target: usize) -> bool {
    if t.watch.inside.get() > 0 {
        return true;
    }
    let at = seen(t, f);
    t.watch.seen.borrow_mut()[at].after = None;
    // SAFETY: as above.
    unsafe { fire(t, f, event::EXCEPTION_HANDLED, target, About::Value(exception)).is_ok() }
}

/// The frame ends by the exception.
///
/// # Safety
/// As for [`tell_exception`].
pub unsafe fn unwound(t: &Thread, f: *mut Frame) {
    // SAFETY: as above.
    unsafe { tell_exception(t, f, event::PY_UNWIND) };
    if t.watch.inside.get() == 0 {
        forget(t, f);
    }
}

/// An exception is thrown into the generator that the frame belongs to.
///
/// # Safety
/// As for [`tell_exception`].
pub unsafe fn thrown(t: &Thread, f: *mut Frame) {
    // SAFETY: as above.
    unsafe { tell_exception(t, f, event::PY_THROW) };
}

const _: fn(&Value) -> Option<&Exception> = Value::cast::<Exception>;
