//! Setting `f_lineno`: a trace function sends its frame to another line.
//!
//! The new line must want what lies on the evaluation stack, or less: what is superfluous is dropped. What each
//! instruction finds on the stack is computed by walking over the code, in kinds: a loop's body wants its iterator,
//! a handler the exception.
//!
//! Source: CPython `Objects/frameobject.c`.

use super::code_object::CodeObject;
use super::exc_info::ExcInfo;
use super::frame::{Frame, FrameObject, Owner};
use super::generator::{Generator, State};
use super::slots::R;
use super::thread::Thread;
use super::value::Value;
use super::warn;
use super::watch::During;
use crate::bytecode::Opcode;
use crate::compiler::code::flags;
use std::sync::atomic::Ordering::Relaxed;

/// An instruction of canonical bytecode.
pub struct Unit {
    /// Where it begins, its prefixes included.
    pub start: usize,
    /// Where its own code unit is.
    pub at: usize,
    /// The code unit behind it and its caches.
    pub next: usize,
    pub op: Opcode,
    pub arg: u32,
}

/// The instructions of a bytecode in order. One that does not exist ends them.
pub fn units(bytes: &[u8]) -> impl Iterator<Item = Unit> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let (mut at, mut arg) = (start, 0u32);
        loop {
            let unit = bytes.get(at * 2..at * 2 + 2)?;
            let op = Opcode::from_u8(unit[0])?;
            arg = arg << 8 | u32::from(unit[1]);
            if op == Opcode::EXTENDED_ARG {
                at += 1;
                continue;
            }
            let unit = Unit { start, at, next: at + 1 + op.caches(), op, arg };
            start = unit.next;
            return Some(unit);
        }
    })
}

/// What a word of the stack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Iterator,
    Except,
    Object,
    Null,
    Lasti,
}

type Stack = Vec<Kind>;

fn pop(stack: &mut Stack, n: usize) {
    stack.truncate(stack.len().saturating_sub(n));
}

/// What lies on the stack before each code unit; `None` where nothing leads to.
fn stacks(code: &CodeObject) -> Vec<Option<Stack>> {
    let bytes = &code.code.code;
    let len = bytes.len() / 2;
    let list: Vec<Unit> = units(bytes).collect();
    let mut stacks: Vec<Option<Stack>> = vec![None; len + 1];
    let generator = code.flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0;
    // A generator is sent None when it starts.
    stacks[0] = Some(if generator { vec![Kind::Object] } else { Vec::new() });
    let mut todo = true;
    while todo {
        todo = false;
        for u in &list {
            let Some(mut stack) = stacks[u.start].clone() else { continue };
            stacks[u.start..=u.at].fill(Some(stack.clone()));
            let mut go = |at: usize, stack: Stack| {
                if let Some(slot) = stacks.get_mut(at) {
                    todo |= slot.is_none() && at < u.start;
                    *slot = Some(stack);
                }
            };
            let arg = u.arg as usize;
            match u.op {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE => {
                    pop(&mut stack, 1);
                    go(u.next + arg, stack.clone());
                }
                Opcode::SEND => go(u.next + arg, stack.clone()),
                Opcode::JUMP_FORWARD => {
                    go(u.next + arg, stack);
                    continue;
                }
                Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
                    go(u.next.wrapping_sub(arg), stack);
                    continue;
                }
                Opcode::GET_ITER | Opcode::GET_AITER => {
                    pop(&mut stack, 1);
                    stack.push(Kind::Iterator);
                }
                Opcode::FOR_ITER => {
                    stack.push(Kind::Object);
                    go(u.next + arg, stack.clone());
                }
                Opcode::PUSH_EXC_INFO => stack.push(Kind::Except),
                Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE => continue,
                Opcode::PUSH_NULL => stack.push(Kind::Null),
                Opcode::LOAD_GLOBAL => {
                    stack.push(Kind::Object);
                    if arg & 1 != 0 {
                        stack.push(Kind::Null);
                    }
                }
                Opcode::LOAD_ATTR => {
                    if arg & 1 != 0 {
                        pop(&mut stack, 1);
                        stack.extend([Kind::Object, Kind::Null]);
                    }
                }
                Opcode::SWAP => {
                    let top = stack.len().wrapping_sub(1);
                    let other = stack.len().wrapping_sub(arg);
                    if top < stack.len() && other < stack.len() {
                        stack.swap(top, other);
                    }
                }
                Opcode::COPY => {
                    let kind = stack.len().checked_sub(arg).and_then(|i| stack.get(i)).copied();
                    stack.push(kind.unwrap_or(Kind::Object));
                }
                op => {
                    let (pops, pushes) = op.stack_effect(u.arg);
                    if pops > pushes {
                        pop(&mut stack, (pops - pushes) as usize);
                    }
                    for _ in pops..pushes {
                        stack.push(Kind::Object);
                    }
                }
            }
            go(u.next, stack);
        }
        for entry in code.code.exception_entries() {
            let (start, target) = (entry.start as usize, entry.target as usize);
            let Some(Some(stack)) = stacks.get(start) else { continue };
            if stacks.get(target).is_some_and(Option::is_none) {
                let mut stack = stack.clone();
                stack.truncate(entry.depth as usize);
                if entry.lasti {
                    stack.push(Kind::Lasti);
                }
                stack.push(Kind::Except);
                stacks[target] = Some(stack);
                todo = true;
            }
        }
    }
    stacks
}

/// Whether what lies there, less its top, is what is wanted.
fn is_compatible(from: &Stack, to: &Stack) -> bool {
    to.len() <= from.len()
        && from.iter().zip(to).all(|(from, to)| match to {
            Kind::Object => *from != Kind::Null,
            Kind::Null => true,
            to => from == to,
        })
}

/// Why a stack is not the right one.
fn explain(to: Option<&Stack>) -> &'static str {
    match to.map(|stack| stack.last()) {
        None | Some(Some(Kind::Except)) => "can't jump into an 'except' block as there's no exception",
        Some(Some(Kind::Lasti)) => "can't jump into a re-raising block as there's no location",
        Some(Some(Kind::Iterator)) => "can't jump into the body of a for loop",
        _ => "incompatible stacks",
    }
}

/// The line that begins at each code unit, if one does.
fn line_marks(code: &CodeObject) -> Vec<Option<u32>> {
    let mut marks = vec![None; code.code.code.len() / 2];
    for (start, _, line) in code.code.lines() {
        if let Some(mark) = marks.get_mut(start as usize) {
            *mark = line;
        }
    }
    marks
}

/// Sends a frame that a trace function looks at to another line.
///
/// # Safety
/// The frame is the calling thread's and saved.
pub unsafe fn set_lineno(t: &Thread, object: &FrameObject, line: i64) -> R<()> {
    use super::watch::event;
    let error = |message: &str| Err(t.value_error(message));
    match t.watch.during.get() {
        During::Nothing => return error("f_lineno can only be set in a trace function"),
        During::Event(event::PY_START) => {
            return error("can't jump from the 'call' trace event of a new frame");
        }
        During::Event(event::CALL | event::C_RETURN) => return error("can't jump during a call"),
        During::Event(event::PY_RESUME | event::LINE | event::JUMP) => {}
        During::Event(event::PY_YIELD) => {}
        During::Event(_) => return error("can only jump from a 'line' trace event"),
    }
    let Some(f) = object.frame() else { return error("can't set f_lineno of a frame that has ended") };
    // SAFETY: see above.
    unsafe {
        if (*f).owner == Owner::FrameObject {
            return error("can only jump from a 'line' trace event");
        }
        let code = Frame::code_of(f);
        if line < i64::from(code.code.firstlineno) {
            return error(&format!("line {line} comes before the current code block"));
        }
        let marks = line_marks(code);
        let Some(line) = marks.iter().flatten().copied().filter(|&l| i64::from(l) >= line).min() else {
            return error(&format!("line {line} comes after the current code block"));
        };
        let stacks = stacks(code);
        let Some(Some(start)) = stacks.get(Frame::unit(f)) else {
            return error("can't jump from unreachable code");
        };
        let (mut best, mut reason): (Option<(usize, usize)>, _) = (None, None);
        for (unit, mark) in marks.iter().enumerate() {
            if *mark != Some(line) {
                continue;
            }
            let target = stacks[unit].as_ref();
            match target.filter(|to| is_compatible(start, to)) {
                Some(to) if best.is_none_or(|(depth, _)| to.len() > depth) => best = Some((to.len(), unit)),
                Some(_) => {}
                None => {
                    reason.get_or_insert(explain(target));
                }
            }
        }
        let Some((depth, unit)) = best else {
            return error(reason.unwrap_or("cannot find bytecode for specified line"));
        };
        bind_unbound(t, f, code)?;
        // A generator that waits at a `yield` is not sent a value.
        let suspended = (*f).owner == Owner::Generator && Generator::of_frame(f).state() != State::Running;
        let mut kinds = start.clone();
        if suspended {
            kinds.pop();
        }
        while kinds.len() > depth {
            (*f).sp = (*f).sp.sub(1);
            let value = Value::option_from_bits(*(*f).sp);
            if kinds.pop() == Some(Kind::Except) {
                let handled: &ExcInfo = &*t.exc_info.get();
                drop(handled.value.replace(value.filter(|v| !v.is_none())));
            } else {
                drop(value);
            }
        }
        (*f).pc = (*f).cells.add(unit + 1);
        object.line.store(0, Relaxed);
    }
    Ok(())
}

/// Variables that have no value get `None`: code behind the jump may rely on their having one.
///
/// # Safety
/// As for [`set_lineno`].
unsafe fn bind_unbound(t: &Thread, f: *mut Frame, code: &CodeObject) -> R<()> {
    // SAFETY: see above.
    unsafe {
        let unbound: Vec<usize> = (0..code.nlocalsplus).filter(|&i| *Frame::local(f, i) == 0).collect();
        if unbound.is_empty() {
            return Ok(());
        }
        let plural = if unbound.len() == 1 { "" } else { "s" };
        let message = format!("assigning None to {} unbound local{plural}", unbound.len());
        warn::warn(t, |types| &types.runtime_warning, &message)?;
        for i in unbound {
            if *Frame::local(f, i) == 0 {
                *Frame::local(f, i) = Value::NONE.bits();
            }
        }
    }
    Ok(())
}
