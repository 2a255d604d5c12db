//! Whether bytecode that did not come from the compiler can be run.
//!
//! `code.replace`, `types.CodeType` and `marshal` make code objects of any bytes. CPython runs them and may crash; here
//! they are followed once, along all paths, before they run. What is known of the stack and the locals at each
//! instruction is what handlers rely on without a test: how deep the stack is, which words can be null, which locals
//! are bound or hold cells, and which words are borrowed from a local that must not change meanwhile. Types of
//! values are not followed: handlers test them.

use super::code::{Code, ExceptionEntry, flags, local_kind};
use crate::bytecode::{ArgKind, BINARY_OPS, COMMON_CONSTANTS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS};
use Opcode::*;

/// What can be said of a word on the stack or of a local.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    /// It can be null.
    null: bool,
    /// It is a cell, or null.
    cell: bool,
    /// The local that owns the reference.
    borrowed: Option<u32>,
    /// It is a tuple of that many names.
    names: Option<u32>,
    handled: Handled,
}

/// What a word is to `PUSH_EXC_INFO` and `POP_EXCEPT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handled {
    /// Anything.
    No,
    /// An exception, as handlers are given it.
    Exception,
    /// The exception handled before, or `None`.
    Previous,
}

const VALUE: Word = Word { null: false, cell: false, borrowed: None, names: None, handled: Handled::No };
const NULL: Word = Word { null: true, cell: true, ..VALUE };
const MAYBE: Word = Word { null: true, ..VALUE };
const CELL: Word = Word { cell: true, ..VALUE };

/// What is known before an instruction.
#[derive(Clone, PartialEq, Eq)]
struct State {
    stack: Vec<Word>,
    locals: Vec<Word>,
    /// `RETURN_GENERATOR` was executed.
    suspendable: bool,
}

/// One instruction, its prefixes folded in.
#[derive(Clone, Copy)]
struct Instruction {
    op: Opcode,
    arg: u32,
    /// The unit behind its caches.
    next: usize,
}

type Checked<T> = Result<T, String>;

fn fault<T>(message: impl Into<String>) -> Checked<T> {
    Err(message.into())
}

/// Why the code cannot be run; `None` if it can. `constants` tells of each constant how many names it holds, if it is a
/// tuple of nothing else.
pub fn fault_of(code: &Code, constants: &[Option<u32>]) -> Option<String> {
    Verifier::new(code, constants).and_then(|mut verifier| verifier.run()).err()
}

struct Verifier<'a> {
    code: &'a Code,
    constants: &'a [Option<u32>],
    handlers: Vec<ExceptionEntry>,
    /// By unit; `None` where no instruction begins.
    instructions: Vec<Option<Instruction>>,
    states: Vec<Option<State>>,
    pending: Vec<usize>,
}

impl<'a> Verifier<'a> {
    fn new(code: &'a Code, constants: &'a [Option<u32>]) -> Checked<Verifier<'a>> {
        let units = code.code.len() / 2;
        if units == 0 || code.code.len() % 2 != 0 {
            return fault("bytecode is cut off");
        }
        let mut instructions = vec![None; units];
        let mut at = 0;
        while at < units {
            let start = at;
            let mut arg = 0u32;
            let op = loop {
                let Some(unit) = code.code.get(at * 2..at * 2 + 2) else { return fault("bytecode is cut off") };
                let Some(op) = Opcode::from_u8(unit[0]) else { return fault(format!("unknown opcode {}", unit[0])) };
                arg = arg << 8 | unit[1] as u32;
                at += 1;
                if op != EXTENDED_ARG {
                    break op;
                }
            };
            at += op.caches();
            if at > units {
                return fault("bytecode is cut off");
            }
            instructions[start] = Some(Instruction { op, arg, next: at });
        }
        let handlers: Vec<ExceptionEntry> = code.exception_entries().collect();
        let orderly = handlers.windows(2).all(|pair| pair[0].end <= pair[1].start);
        if !orderly || handlers.iter().any(|e| e.start > e.end || e.depth > code.stacksize) {
            return fault("exception table is damaged");
        }
        Ok(Verifier { code, constants, handlers, instructions, states: vec![None; units], pending: Vec::new() })
    }

    fn run(&mut self) -> Checked<()> {
        let entry = self.entry()?;
        self.arrive(0, entry)?;
        while let Some(unit) = self.pending.pop() {
            let Some(state) = self.states[unit].clone() else { continue };
            let Some(instruction) = self.instructions[unit] else { continue };
            self.handlers_from(unit, &state, instruction)?;
            self.step(unit, instruction, state)
                .map_err(|why| format!("{} at offset {}: {why}", instruction.op.name(), unit * 2))?;
        }
        Ok(())
    }

    /// What a call leaves in a fresh frame.
    fn entry(&self) -> Checked<State> {
        let code = self.code;
        let count = code.localsplusnames.len();
        let locals = code.localspluskinds.iter().filter(|k| **k & local_kind::LOCAL != 0).count();
        let parameters = code.argcount as usize
            + code.kwonlyargcount as usize
            + (code.flags & flags::VARARGS != 0) as usize
            + (code.flags & flags::VARKEYWORDS != 0) as usize;
        if code.localspluskinds.len() != count || parameters > locals {
            return fault("parameters without locals");
        }
        let locals = (0..count).map(|i| if i < parameters { VALUE } else { NULL }).collect();
        Ok(State { stack: Vec::new(), locals, suspendable: false })
    }

    /// A path leads to an instruction.
    fn arrive(&mut self, unit: usize, state: State) -> Checked<()> {
        if !matches!(self.instructions.get(unit), Some(Some(_))) {
            return fault("leads to no instruction");
        }
        let merged = match &self.states[unit] {
            None => state,
            Some(known) => merge(known, &state)?,
        };
        if self.states[unit].as_ref() != Some(&merged) {
            self.states[unit] = Some(merged);
            self.pending.push(unit);
        }
        Ok(())
    }

    /// What raises at an instruction leads to its handler.
    fn handlers_from(&mut self, unit: usize, state: &State, instruction: Instruction) -> Checked<()> {
        // Prefixes and caches may lie in another range; what raises is the instruction itself.
        let raising = instruction.next - 1 - instruction.op.caches();
        for unit in [unit, raising] {
            let after = self.handlers.partition_point(|e| e.start as usize <= unit);
            let Some(entry) = self.handlers[..after].last().copied().filter(|e| unit < e.end as usize) else {
                continue;
            };
            let depth = entry.depth as usize;
            let taken = taken(instruction);
            if depth > state.stack.len().saturating_sub(taken as usize) {
                let op = instruction.op.name();
                return fault(format!(
                    "{op} at offset {}: the handler at offset {} expects a deeper stack",
                    unit * 2,
                    entry.target * 2
                ));
            }
            let mut entered = state.clone();
            entered.stack.truncate(depth);
            if entry.lasti {
                entered.stack.push(VALUE);
            }
            entered.stack.push(Word { handled: Handled::Exception, ..VALUE });
            self.check_depth(&entered)?;
            self.arrive(entry.target as usize, entered)?;
        }
        Ok(())
    }

    fn check_depth(&self, state: &State) -> Checked<()> {
        if state.stack.len() > self.code.stacksize as usize { fault("the stack is too small") } else { Ok(()) }
    }

    /// Follows one instruction to those that can come next.
    fn step(&mut self, unit: usize, Instruction { op, arg, next }: Instruction, mut state: State) -> Checked<()> {
        self.check_argument(op, arg)?;
        let jump = match op.arg_kind() {
            // Jumps count from behind the caches.
            ArgKind::Jump if op.jumps_backward() => next.checked_sub(arg as usize),
            ArgKind::Jump => next.checked_add(arg as usize),
            _ => None,
        };
        if op.jumps() && jump.is_none() {
            return fault("leads to no instruction");
        }
        self.effect(op, arg, &mut state)?;
        self.check_depth(&state)?;
        match op {
            RETURN_VALUE | RAISE_VARARGS | RERAISE => return Ok(()),
            JUMP_FORWARD | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT => {}
            FOR_ITER => {
                let end = jump.unwrap_or(unit);
                if !matches!(self.instructions.get(end), Some(Some(Instruction { op: END_FOR, .. }))) {
                    return fault("the end of its loop is missing");
                }
                // The iterator that has ended is left.
                let mut ended = state.clone();
                ended.stack.pop();
                self.arrive(end + 1, ended)?;
                return self.arrive(next, state);
            }
            // What goes on after a StopAsyncIteration lies behind; the jump tells where it was raised.
            END_ASYNC_FOR => return self.arrive(next, state),
            _ => self.arrive(next, state.clone())?,
        }
        match jump {
            Some(target) => self.arrive(target, state),
            None => Ok(()),
        }
    }

    /// Whether an argument is one that the instruction can have.
    fn check_argument(&self, op: Opcode, arg: u32) -> Checked<()> {
        let code = self.code;
        let index = arg as usize;
        let allowed = match op {
            CACHE | INTERPRETER_EXIT | EXIT_INIT_CHECK | EXTENDED_ARG => return fault("is not to be executed"),
            LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW | STORE_FAST_LOAD_FAST | STORE_FAST_STORE_FAST => {
                (index >> 4).max(index & 15) < code.localsplusnames.len() && index < 256
            }
            LOAD_ATTR | LOAD_GLOBAL => index >> 1 < code.names.len(),
            LOAD_SUPER_ATTR => index >> 2 < code.names.len(),
            LOAD_COMMON_CONSTANT => index < COMMON_CONSTANTS.len(),
            LOAD_SPECIAL => index < SPECIAL_METHODS.len(),
            BINARY_OP => index < BINARY_OPS.len(),
            COMPARE_OP => index >> 5 < 6,
            CALL_INTRINSIC_1 => (1..INTRINSICS_1.len()).contains(&index),
            CALL_INTRINSIC_2 => (1..INTRINSICS_2.len()).contains(&index),
            CONVERT_VALUE => (1..=3).contains(&index),
            BUILD_SLICE => (2..=3).contains(&index),
            RAISE_VARARGS => index <= 2,
            SET_FUNCTION_ATTRIBUTE => matches!(index, 1 | 2 | 4 | 8 | 16),
            LIST_APPEND | LIST_EXTEND | SET_ADD | SET_UPDATE | DICT_UPDATE | DICT_MERGE | MAP_ADD | COPY | SWAP => {
                index > 0
            }
            LOAD_SMALL_INT => index < 256,
            COPY_FREE_VARS => {
                index == code.localspluskinds.iter().filter(|k| **k & local_kind::FREE != 0).count()
                    && index <= code.localsplusnames.len()
            }
            _ => match op.arg_kind() {
                ArgKind::Const => index < self.constants.len(),
                ArgKind::Name => index < code.names.len(),
                ArgKind::Local | ArgKind::Free => index < code.localsplusnames.len(),
                // Counts of operands are bounded by the stack.
                ArgKind::Arg => index < 1 << 24,
                ArgKind::None | ArgKind::Jump => true,
            },
        };
        if allowed { Ok(()) } else { fault(format!("bad argument {arg}")) }
    }

    /// What an instruction does to stack and locals, where it goes on with the next.
    fn effect(&self, op: Opcode, arg: u32, state: &mut State) -> Checked<()> {
        let index = arg as usize;
        match op {
            LOAD_FAST | LOAD_FAST_CHECK | LOAD_FAST_BORROW => {
                if op == LOAD_FAST_CHECK {
                    state.locals[index].null = false;
                }
                state.load(index, op == LOAD_FAST_BORROW)
            }
            LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                let borrow = op == LOAD_FAST_BORROW_LOAD_FAST_BORROW;
                state.load(index >> 4, borrow)?;
                state.load(index & 15, borrow)
            }
            LOAD_FAST_AND_CLEAR => {
                state.check_not_lent(index)?;
                let word = std::mem::replace(&mut state.locals[index], NULL);
                state.stack.push(word);
                Ok(())
            }
            STORE_FAST => state.store(index),
            STORE_FAST_LOAD_FAST => {
                state.store(index >> 4)?;
                state.load(index & 15, false)
            }
            STORE_FAST_STORE_FAST => {
                state.store(index >> 4)?;
                state.store(index & 15)
            }
            DELETE_FAST => {
                state.check_not_lent(index)?;
                state.locals[index] = NULL;
                Ok(())
            }
            MAKE_CELL => {
                state.check_not_lent(index)?;
                state.locals[index] = CELL;
                Ok(())
            }
            COPY_FREE_VARS => {
                let first = state.locals.len() - index;
                for local in first..state.locals.len() {
                    state.check_not_lent(local)?;
                    state.locals[local] = CELL;
                }
                Ok(())
            }
            LOAD_DEREF | STORE_DEREF | DELETE_DEREF | LOAD_FROM_DICT_OR_DEREF => {
                if !state.locals[index].cell || state.locals[index].null {
                    return fault("a local that is no cell");
                }
                self.plain(op, arg, state)
            }
            LOAD_CONST => {
                let names = self.constants.get(index).copied().flatten();
                state.stack.push(Word { names, ..VALUE });
                Ok(())
            }
            PUSH_NULL => {
                state.stack.push(NULL);
                Ok(())
            }
            POP_TOP => state.pop_any().map(drop),
            COPY => {
                let word = state.peek(index)?;
                state.stack.push(Word { borrowed: word.borrowed, ..word });
                Ok(())
            }
            SWAP => {
                state.peek(index)?;
                let top = state.stack.len() - 1;
                state.stack.swap(top, top + 1 - index);
                Ok(())
            }
            CALL => {
                for _ in 0..index {
                    state.pop()?;
                }
                state.pop_any()?;
                state.pop()?;
                state.push(VALUE)
            }
            CALL_KW => {
                let names = state.pop()?.names;
                if names.is_none_or(|names| names > arg) {
                    return fault("names of arguments are missing");
                }
                for _ in 0..index {
                    state.pop()?;
                }
                state.pop_any()?;
                state.pop()?;
                state.push(VALUE)
            }
            CALL_FUNCTION_EX => {
                state.pop_any()?;
                state.pop()?;
                state.pop_any()?;
                state.pop()?;
                state.push(VALUE)
            }
            LOAD_ATTR if arg & 1 != 0 => {
                state.pop()?;
                state.push(VALUE)?;
                state.push(MAYBE)
            }
            LOAD_GLOBAL if arg & 1 != 0 => {
                state.push(VALUE)?;
                state.push(NULL)
            }
            LOAD_SUPER_ATTR if arg & 1 != 0 => {
                for _ in 0..3 {
                    state.pop()?;
                }
                state.push(VALUE)?;
                state.push(MAYBE)
            }
            LOAD_SPECIAL => {
                state.pop()?;
                state.push(VALUE)?;
                state.push(MAYBE)
            }
            LIST_APPEND | LIST_EXTEND | SET_ADD | SET_UPDATE | DICT_UPDATE | MAP_ADD | DICT_MERGE => {
                state.pop()?;
                if op == MAP_ADD {
                    state.pop()?;
                }
                if op == DICT_MERGE {
                    // The callable is named in messages.
                    let callable = state.peek(index + 3)?;
                    if callable.null {
                        return fault("a null on the stack");
                    }
                }
                if state.peek(index)?.null { fault("a null on the stack") } else { Ok(()) }
            }
            WITH_EXCEPT_START => {
                let (exit, _, exception) = (state.peek(5)?, state.peek(4)?, state.peek(1)?);
                if exit.null || exception.null {
                    return fault("a null on the stack");
                }
                state.push(VALUE)
            }
            RERAISE => {
                state.pop()?;
                match index {
                    0 => Ok(()),
                    _ if state.peek(index)?.null => fault("a null on the stack"),
                    _ => Ok(()),
                }
            }
            FOR_ITER | GET_LEN | GET_ANEXT | IMPORT_FROM | MATCH_MAPPING | MATCH_SEQUENCE => {
                if state.peek(1)?.null {
                    fault("a null on the stack")
                } else {
                    state.push(VALUE)
                }
            }
            MATCH_KEYS => {
                if state.peek(1)?.null || state.peek(2)?.null {
                    fault("a null on the stack")
                } else {
                    state.push(VALUE)
                }
            }
            SEND => {
                state.pop()?;
                if state.peek(1)?.null { fault("a null on the stack") } else { state.push(VALUE) }
            }
            RETURN_GENERATOR => {
                let generator = flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR;
                if state.suspendable || self.code.flags & generator == 0 || !state.stack.is_empty() {
                    return fault("no generator can begin here");
                }
                state.suspendable = true;
                state.push(VALUE)
            }
            PUSH_EXC_INFO => {
                let exception = state.pop()?;
                if exception.handled != Handled::Exception {
                    return fault("no exception to be handled");
                }
                state.push(Word { handled: Handled::Previous, ..VALUE })?;
                state.push(exception)
            }
            POP_EXCEPT => match state.pop()?.handled {
                Handled::No => fault("no exception was handled before"),
                _ => Ok(()),
            },
            YIELD_VALUE if !state.suspendable => fault("outside of a generator"),
            _ => self.plain(op, arg, state),
        }
    }

    /// Takes values and gives values.
    fn plain(&self, op: Opcode, arg: u32, state: &mut State) -> Checked<()> {
        let (popped, pushed) = op.stack_effect(arg);
        if pushed > self.code.stacksize {
            return fault("the stack is too small");
        }
        for _ in 0..popped {
            state.pop()?;
        }
        for _ in 0..pushed {
            state.stack.push(VALUE);
        }
        Ok(())
    }
}

/// How many operands an instruction may have taken from the stack when it raises.
fn taken(instruction: Instruction) -> u32 {
    let (popped, pushed) = instruction.op.stack_effect(instruction.arg);
    match instruction.op {
        // They do not raise. Who watches can, before them.
        NOP
        | NOT_TAKEN
        | POP_TOP
        | POP_ITER
        | POP_EXCEPT
        | PUSH_EXC_INFO
        | END_FOR
        | END_SEND
        | STORE_FAST
        | STORE_FAST_LOAD_FAST
        | STORE_FAST_STORE_FAST
        | STORE_DEREF
        | RETURN_VALUE
        | IS_OP
        | POP_JUMP_IF_FALSE
        | POP_JUMP_IF_TRUE
        | POP_JUMP_IF_NONE
        | POP_JUMP_IF_NOT_NONE => 0,
        // What is thrown into a generator finds a value in place of the one it gave.
        YIELD_VALUE => 0,
        // They leave what they read on the stack.
        COPY | SWAP | LIST_APPEND | LIST_EXTEND | SET_ADD | SET_UPDATE | DICT_UPDATE | DICT_MERGE | MAP_ADD
        | FOR_ITER | SEND | GET_LEN | GET_ANEXT | IMPORT_FROM | MATCH_MAPPING | MATCH_SEQUENCE | MATCH_KEYS
        | WITH_EXCEPT_START | RERAISE => popped.saturating_sub(pushed),
        _ => popped,
    }
}

impl State {
    fn push(&mut self, word: Word) -> Checked<()> {
        self.stack.push(word);
        Ok(())
    }

    fn pop_any(&mut self) -> Checked<Word> {
        self.stack.pop().ok_or_else(|| "the stack is empty".to_owned())
    }

    fn pop(&mut self) -> Checked<Word> {
        let word = self.pop_any()?;
        if word.null { fault("a null on the stack") } else { Ok(word) }
    }

    /// The word that lies `depth` deep, 1 the top.
    fn peek(&self, depth: usize) -> Checked<Word> {
        self.stack.len().checked_sub(depth).map(|at| self.stack[at]).ok_or_else(|| "the stack is empty".to_owned())
    }

    fn load(&mut self, local: usize, borrow: bool) -> Checked<()> {
        let word = self.locals[local];
        if word.null {
            return fault("a local that is not bound");
        }
        self.push(Word { borrowed: borrow.then_some(local as u32), ..word })
    }

    fn store(&mut self, local: usize) -> Checked<()> {
        let word = self.pop_any()?;
        self.check_not_lent(local)?;
        self.locals[local] = Word { borrowed: None, names: None, ..word };
        Ok(())
    }

    /// Nothing on the stack may be borrowed from a local that changes.
    fn check_not_lent(&self, local: usize) -> Checked<()> {
        match self.stack.iter().any(|word| word.borrowed == Some(local as u32)) {
            true => fault("a local that is borrowed"),
            false => Ok(()),
        }
    }
}

/// What is known where two paths meet.
fn merge(a: &State, b: &State) -> Checked<State> {
    if a.stack.len() != b.stack.len() || a.suspendable != b.suspendable {
        return fault("paths meet with different stacks");
    }
    let words = |a: &[Word], b: &[Word]| a.iter().zip(b).map(|(a, b)| merge_words(*a, *b)).collect::<Checked<Vec<_>>>();
    Ok(State { stack: words(&a.stack, &b.stack)?, locals: words(&a.locals, &b.locals)?, suspendable: a.suspendable })
}

fn merge_words(a: Word, b: Word) -> Checked<Word> {
    let borrowed = match (a.borrowed, b.borrowed) {
        (Some(a), Some(b)) if a != b => return fault("paths meet with different loans"),
        (a, b) => a.or(b),
    };
    Ok(Word {
        null: a.null || b.null,
        cell: a.cell && b.cell,
        borrowed,
        names: if a.names == b.names { a.names } else { None },
        handled: match (a.handled, b.handled) {
            (a, b) if a == b => a,
            (Handled::No, _) | (_, Handled::No) => Handled::No,
            _ => Handled::Previous,
        },
    })
}
