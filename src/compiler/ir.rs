//! What code generation emits and the flow graph works on: CPython's instructions, and its pseudo
//! instructions, which are gone before the code object is made.

use crate::bytecode::Opcode;
use crate::syntax::ast::Span;

/// An instruction number; pseudo instructions count from 256.
pub type Op = u16;

/// One constant per instruction, so that passes can match on them.
#[allow(missing_docs, dead_code)]
pub mod op {
    use super::{Op, Opcode};

    macro_rules! ops {
        ($($name:ident)*) => { $(pub const $name: Op = Opcode::$name as Op;)* };
    }
    ops! {
        CACHE BINARY_SLICE BUILD_TEMPLATE CALL_FUNCTION_EX CHECK_EG_MATCH CHECK_EXC_MATCH CLEANUP_THROW
        DELETE_SUBSCR END_FOR END_SEND EXIT_INIT_CHECK FORMAT_SIMPLE FORMAT_WITH_SPEC GET_AITER GET_ANEXT
        GET_ITER GET_LEN GET_YIELD_FROM_ITER INTERPRETER_EXIT LOAD_BUILD_CLASS LOAD_LOCALS MAKE_FUNCTION
        MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE NOP NOT_TAKEN POP_EXCEPT POP_ITER POP_TOP PUSH_EXC_INFO
        PUSH_NULL RETURN_GENERATOR RETURN_VALUE SETUP_ANNOTATIONS STORE_SLICE STORE_SUBSCR TO_BOOL
        UNARY_INVERT UNARY_NEGATIVE UNARY_NOT WITH_EXCEPT_START BINARY_OP BUILD_INTERPOLATION BUILD_LIST
        BUILD_MAP BUILD_SET BUILD_SLICE BUILD_STRING BUILD_TUPLE CALL CALL_INTRINSIC_1 CALL_INTRINSIC_2
        CALL_KW COMPARE_OP CONTAINS_OP CONVERT_VALUE COPY COPY_FREE_VARS DELETE_ATTR DELETE_DEREF DELETE_FAST
        DELETE_GLOBAL DELETE_NAME DICT_MERGE DICT_UPDATE END_ASYNC_FOR EXTENDED_ARG FOR_ITER GET_AWAITABLE
        IMPORT_FROM IMPORT_NAME IS_OP JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD LIST_APPEND
        LIST_EXTEND LOAD_ATTR LOAD_COMMON_CONSTANT LOAD_CONST LOAD_DEREF LOAD_FAST LOAD_FAST_AND_CLEAR
        LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST
        LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS LOAD_GLOBAL LOAD_NAME LOAD_SMALL_INT LOAD_SPECIAL
        LOAD_SUPER_ATTR MAKE_CELL MAP_ADD MATCH_CLASS POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE
        POP_JUMP_IF_TRUE RAISE_VARARGS RERAISE SEND SET_ADD SET_FUNCTION_ATTRIBUTE SET_UPDATE STORE_ATTR
        STORE_DEREF STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST STORE_GLOBAL STORE_NAME SWAP
        UNPACK_EX UNPACK_SEQUENCE YIELD_VALUE RESUME
    }

    /// Where the module sets up its annotations, once it is known whether it has any.
    pub const ANNOTATIONS_PLACEHOLDER: Op = 256;
    /// A jump either way.
    pub const JUMP: Op = 257;
    /// Jumps if the top is false, without popping it.
    pub const JUMP_IF_FALSE: Op = 258;
    /// Jumps if the top is true, without popping it.
    pub const JUMP_IF_TRUE: Op = 259;
    /// A jump either way that does not check the eval breaker.
    pub const JUMP_NO_INTERRUPT: Op = 260;
    /// Pushes a cell itself.
    pub const LOAD_CLOSURE: Op = 261;
    /// Ends the innermost protected range.
    pub const POP_BLOCK: Op = 262;
    /// Starts a protected range whose handler wants the raising offset too.
    pub const SETUP_CLEANUP: Op = 263;
    /// Starts a protected range.
    pub const SETUP_FINALLY: Op = 264;
    /// Starts the protected range of a `with`.
    pub const SETUP_WITH: Op = 265;
    /// Pops into a local a value that may be NULL.
    pub const STORE_FAST_MAYBE_NULL: Op = 266;
}

use op::*;

/// Where an instruction comes from. `line` is -1 where there is no position ([`Loc::NONE`]), and
/// -2 where the next instruction's is meant ([`Loc::NEXT`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loc {
    pub line: i32,
    pub end_line: i32,
    pub col: i32,
    pub end_col: i32,
}

impl Loc {
    /// No position: the instruction takes its predecessor's.
    pub const NONE: Loc = Loc { line: -1, end_line: -1, col: -1, end_col: -1 };
    /// The position of the instruction that follows.
    pub const NEXT: Loc = Loc { line: -2, end_line: -2, col: -2, end_col: -2 };

    /// A position from its four numbers.
    pub const fn new(line: i32, end_line: i32, col: i32, end_col: i32) -> Loc {
        Loc { line, end_line, col, end_col }
    }

    /// The span it stands for, for messages.
    pub fn span(self) -> Span {
        Span {
            line: self.line.max(0) as u32,
            col: self.col.max(0) as u32,
            end_line: self.end_line.max(0) as u32,
            end_col: self.end_col.max(0) as u32,
        }
    }
}

impl From<Span> for Loc {
    fn from(span: Span) -> Loc {
        if span.line == 0 {
            return Loc::NONE;
        }
        Loc::new(span.line as i32, span.end_line as i32, span.col as i32, span.end_col as i32)
    }
}

/// A jump target that may not have a place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

/// One instruction before flow analysis; a jump's argument is the number of its label.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    pub op: Op,
    pub arg: u32,
    pub loc: Loc,
}

/// The instructions of one code object in the order they were generated.
#[derive(Clone, Debug, Default)]
pub struct InstrSeq {
    pub instrs: Vec<Instr>,
    /// Where each label stands; `u32::MAX` while it has no place.
    pub labels: Vec<u32>,
}

impl InstrSeq {
    /// A label without a place.
    pub fn new_label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    /// Places a label before the next instruction.
    pub fn use_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.instrs.len() as u32;
    }

    /// Appends an instruction.
    pub fn add(&mut self, loc: Loc, op: Op, arg: u32) {
        self.instrs.push(Instr { op, arg, loc });
    }

    /// Puts an instruction in front of position `at`; labels move along.
    pub fn insert(&mut self, at: usize, loc: Loc, op: Op, arg: u32) {
        self.instrs.insert(at, Instr { op, arg, loc });
        for place in &mut self.labels {
            if *place != u32::MAX && *place >= at as u32 {
                *place += 1;
            }
        }
    }
}

/// Whether a conditional or unconditional jump.
pub fn is_jump(op: Op) -> bool {
    matches!(op, JUMP | JUMP_IF_FALSE | JUMP_IF_TRUE | JUMP_NO_INTERRUPT)
        || op < 256 && Opcode::from_u8(op as u8).is_some_and(|o| o.jumps())
}

/// Whether it starts a protected range.
pub fn is_block_push(op: Op) -> bool {
    matches!(op, SETUP_FINALLY | SETUP_CLEANUP | SETUP_WITH)
}

/// Whether the argument is a label.
pub fn has_target(op: Op) -> bool {
    is_jump(op) || is_block_push(op)
}

/// Whether control always goes elsewhere in the same code.
pub fn is_unconditional_jump(op: Op) -> bool {
    matches!(op, JUMP | JUMP_NO_INTERRUPT | JUMP_FORWARD | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT)
}

/// Whether control leaves the code object.
pub fn is_scope_exit(op: Op) -> bool {
    matches!(op, RETURN_VALUE | RAISE_VARARGS | RERAISE | INTERPRETER_EXIT)
}

/// Whether it ends a basic block.
pub fn is_terminator(op: Op) -> bool {
    is_jump(op) || is_scope_exit(op)
}

/// Pops and pushes; for the pseudo instructions when they do not jump.
pub fn stack_effect(op: Op, arg: u32) -> (u32, u32) {
    match op {
        JUMP_IF_FALSE | JUMP_IF_TRUE => (1, 1),
        LOAD_CLOSURE => (0, 1),
        STORE_FAST_MAYBE_NULL => (1, 0),
        256.. => (0, 0),
        _ => Opcode::from_u8(op as u8).map_or((0, 0), |o| o.stack_effect(arg)),
    }
}
