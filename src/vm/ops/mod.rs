//! The handlers, grouped by what they do, and the table of them.

mod arith;
pub mod attr;
mod build;
mod call;
mod except;
mod generator;
mod iter;
mod jump;
mod shared;
mod stack;

use super::dispatch::{Handler, op};
use crate::bytecode::Opcode;
pub use except::unwind;

op!(
/// A switch point, then the instruction.
checked, r => {
    if r.thread().sched.breaker.get() != 0 {
        r.save();
        if !super::slow::check_breaker(r.thread()) { return r.error(); }
    }
    r.tail(TABLE[r.cell as u16 as usize])
});

op!(
/// Leaves its place in the frame, then the instruction (`--refcount=naive`: counts are told where they were made).
located, r => {
    (*r.f).pc = r.pc;
    if r.thread().interp.config.switch_at_instruction { return r.tail(checked); }
    r.tail(TABLE[r.cell as u16 as usize])
});

op!(
/// Counts the instruction, then does it; a switch point in front if every instruction is one.
counted, r => {
    r.save();
    super::slow::count(r.thread(), r.f, r.pc.sub(1));
    if r.thread().interp.config.switch_at_instruction { return r.tail(checked); }
    r.tail(TABLE[r.cell as u16 as usize])
});

op!(
/// Tells those who watch what is about to happen, then the instruction (`sys.settrace`, `sys.monitoring`).
watched, r => {
    let t = r.thread();
    if !t.watch.on.get() {
        r.table = super::dispatch::table(t);
        return r.tail(*(r.table as *const Handler).add(r.cell as u16 as usize));
    }
    r.save();
    match super::watch::before(t, r.f) {
        super::watch::Step::Go => {}
        super::watch::Step::Jumped => {
            r.pc = (*r.f).pc;
            r.sp = (*r.f).sp;
            return r.next();
        }
        super::watch::Step::Raised => return r.error(),
    }
    r.tail(*(super::dispatch::unwatched(t) as *const Handler).add(r.cell as u16 as usize))
});

macro_rules! table {
    (canonical: [$($module:ident::{$($name:ident),* $(,)?})*] extra: [$($extra:ident = $path:path),* $(,)?]) => {
        /// Numbers of the handlers that stand for no canonical instruction: forms that a translation puts in.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Extra { FIRST = 255, $($extra),* }

        /// How many handlers there are.
        const COUNT: usize = 256 + [$(Extra::$extra),*].len();

        /// The handler of each opcode: canonical numbers first, then the extra forms.
        pub static TABLE: [Handler; COUNT] = {
            let mut table: [Handler; COUNT] = [call::CACHE_CELL; COUNT];
            $($(table[Opcode::$name as usize] = $module::$name;)*)*
            $(table[Extra::$extra as usize] = $path;)*
            table
        };

        /// As [`TABLE`], with a switch point in front of every instruction (`--switch-at=instruction`).
        pub static CHECKED: [Handler; COUNT] = [checked; COUNT];

        /// As [`TABLE`], with the place of every instruction left in the frame (`--refcount=naive`).
        pub static LOCATED: [Handler; COUNT] = [located; COUNT];

        /// As [`TABLE`], with every instruction counted (`dis --adaptive`).
        pub static COUNTED: [Handler; COUNT] = [counted; COUNT];

        /// As [`TABLE`], with every instruction told to those who watch.
        pub static WATCHED: [Handler; COUNT] = [watched; COUNT];

        /// The names of the extra forms, for the disassembler.
        pub fn extra_name(op: u16) -> Option<&'static str> {
            $(if op == Extra::$extra as u16 { return Some(stringify!($extra)); })*
            None
        }
    };
}

table! {
    canonical: [
        stack::{NOP, EXTENDED_ARG, LOAD_FAST, LOAD_FAST_BORROW, LOAD_FAST_BORROW_LOAD_FAST_BORROW, LOAD_FAST_LOAD_FAST,
            LOAD_FAST_CHECK, LOAD_FAST_AND_CLEAR, STORE_FAST, STORE_FAST_LOAD_FAST, STORE_FAST_STORE_FAST, DELETE_FAST,
            LOAD_CONST, LOAD_SMALL_INT, LOAD_COMMON_CONSTANT, LOAD_BUILD_CLASS, POP_TOP, PUSH_NULL, COPY, SWAP,
            MAKE_CELL, COPY_FREE_VARS, LOAD_DEREF, STORE_DEREF, DELETE_DEREF, GET_LEN, IS_OP}
        jump::{JUMP_FORWARD, JUMP_BACKWARD, JUMP_BACKWARD_NO_INTERRUPT, RESUME, POP_JUMP_IF_FALSE, POP_JUMP_IF_TRUE,
            POP_JUMP_IF_NONE, POP_JUMP_IF_NOT_NONE, TO_BOOL, UNARY_NOT}
        arith::{BINARY_SLICE, STORE_SLICE, STORE_SUBSCR, DELETE_SUBSCR, CONTAINS_OP, UNARY_NEGATIVE, UNARY_INVERT}
        attr::{LOAD_GLOBAL, LOAD_NAME, LOAD_LOCALS, LOAD_FROM_DICT_OR_GLOBALS, LOAD_FROM_DICT_OR_DEREF, STORE_NAME,
            DELETE_NAME, STORE_GLOBAL, DELETE_GLOBAL, LOAD_ATTR, STORE_ATTR, DELETE_ATTR, LOAD_SUPER_ATTR, LOAD_SPECIAL}
        call::{CALL, CALL_KW, CALL_FUNCTION_EX, RETURN_VALUE, EXIT_INIT_CHECK, INTERPRETER_EXIT}
        iter::{GET_ITER, GET_YIELD_FROM_ITER, FOR_ITER, END_FOR, POP_ITER, UNPACK_SEQUENCE, UNPACK_EX}
        build::{BUILD_TUPLE, BUILD_LIST, BUILD_SET, BUILD_MAP, BUILD_SLICE, BUILD_STRING, BUILD_INTERPOLATION,
            BUILD_TEMPLATE, FORMAT_SIMPLE, FORMAT_WITH_SPEC, CONVERT_VALUE, MAKE_FUNCTION, CALL_INTRINSIC_1,
            CALL_INTRINSIC_2, SET_FUNCTION_ATTRIBUTE, LIST_APPEND, SET_ADD, MAP_ADD, LIST_EXTEND, SET_UPDATE,
            DICT_UPDATE, DICT_MERGE, SETUP_ANNOTATIONS, IMPORT_NAME, IMPORT_FROM, MATCH_MAPPING, MATCH_SEQUENCE,
            MATCH_KEYS, MATCH_CLASS}
        except::{RAISE_VARARGS, RERAISE, PUSH_EXC_INFO, POP_EXCEPT, CHECK_EXC_MATCH, CHECK_EG_MATCH, WITH_EXCEPT_START,
            CLEANUP_THROW, END_ASYNC_FOR}
        generator::{RETURN_GENERATOR, YIELD_VALUE, SEND, END_SEND, GET_AWAITABLE, GET_AITER, GET_ANEXT}
    ]
    extra: [
        STORE_FAST_MAYBE_NULL = stack::STORE_FAST_MAYBE_NULL,
        NOT_TAKEN_FORM = stack::NOP,
        BINARY_OP_ANY = arith::binary_slow,
        BINARY_OP_ADD = arith::BINARY_ADD,
        BINARY_OP_SUBTRACT = arith::BINARY_SUBTRACT,
        BINARY_OP_MULTIPLY = arith::BINARY_MULTIPLY,
        BINARY_OP_TRUE_DIVIDE = arith::BINARY_TRUE_DIVIDE,
        BINARY_OP_FLOOR_DIVIDE = arith::BINARY_FLOOR_DIVIDE,
        BINARY_OP_REMAINDER = arith::BINARY_REMAINDER,
        BINARY_OP_AND = arith::BINARY_AND,
        BINARY_OP_OR = arith::BINARY_OR,
        BINARY_OP_XOR = arith::BINARY_XOR,
        BINARY_OP_LSHIFT = arith::BINARY_LSHIFT,
        BINARY_OP_RSHIFT = arith::BINARY_RSHIFT,
        BINARY_OP_POWER = arith::BINARY_POWER,
        BINARY_OP_SUBSCR = arith::BINARY_SUBSCR,
        COMPARE_OP_LT = arith::COMPARE_LT,
        COMPARE_OP_LE = arith::COMPARE_LE,
        COMPARE_OP_EQ = arith::COMPARE_EQ,
        COMPARE_OP_NE = arith::COMPARE_NE,
        COMPARE_OP_GT = arith::COMPARE_GT,
        COMPARE_OP_GE = arith::COMPARE_GE,
        LOAD_GLOBAL_MODULE = attr::LOAD_GLOBAL_MODULE,
        LOAD_GLOBAL_BUILTIN = attr::LOAD_GLOBAL_BUILTIN,
        LOAD_ATTR_INSTANCE_VALUE = attr::LOAD_ATTR_INSTANCE_VALUE,
        LOAD_ATTR_INSTANCE_EXTRA = attr::LOAD_ATTR_INSTANCE_EXTRA,
        LOAD_ATTR_METHOD = attr::LOAD_ATTR_METHOD,
        LOAD_ATTR_METHOD_TYPE = attr::LOAD_ATTR_METHOD_TYPE,
        LOAD_ATTR_NONDESCRIPTOR = attr::LOAD_ATTR_NONDESCRIPTOR,
        LOAD_ATTR_CLASS = attr::LOAD_ATTR_CLASS,
        LOAD_ATTR_MODULE = attr::LOAD_ATTR_MODULE,
        STORE_ATTR_INSTANCE_VALUE = attr::STORE_ATTR_INSTANCE_VALUE,
        STORE_ATTR_ADD = attr::STORE_ATTR_ADD,
        CALL_FUNCTION = call::CALL_FUNCTION,
        CALL_NATIVE_ONE = call::CALL_NATIVE_ONE,
        CALL_METHOD_NO_ARGS = call::CALL_METHOD_NO_ARGS,
        CALL_METHOD_ONE = call::CALL_METHOD_ONE,
        CALL_NATIVE_MANY = call::CALL_NATIVE_MANY,
        CALL_METHOD_MANY = call::CALL_METHOD_MANY,
        LOAD_ATTR_CLASS_OF_METACLASS = attr::LOAD_ATTR_CLASS_OF_METACLASS,
        LOAD_ATTR_INSTANCE_VALUE_MANY = attr::LOAD_ATTR_INSTANCE_VALUE_MANY,
        LOAD_ATTR_METHOD_MANY = attr::LOAD_ATTR_METHOD_MANY,
        STORE_ATTR_INSTANCE_VALUE_MANY = attr::STORE_ATTR_INSTANCE_VALUE_MANY,
        LOAD_GLOBAL_MODULE_SHARED = shared::LOAD_GLOBAL_MODULE_SHARED,
        LOAD_GLOBAL_BUILTIN_SHARED = shared::LOAD_GLOBAL_BUILTIN_SHARED,
        LOAD_ATTR_MODULE_SHARED = shared::LOAD_ATTR_MODULE_SHARED,
        LOAD_ATTR_INSTANCE_VALUE_SHARED = shared::LOAD_ATTR_INSTANCE_VALUE_SHARED,
        STORE_ATTR_INSTANCE_VALUE_SHARED = shared::STORE_ATTR_INSTANCE_VALUE_SHARED,
        STORE_ATTR_ADD_SHARED = shared::STORE_ATTR_ADD_SHARED,
        FOR_ITER_RANGE = iter::FOR_ITER_RANGE,
        FOR_ITER_LIST = iter::FOR_ITER_LIST,
        FOR_ITER_TUPLE = iter::FOR_ITER_TUPLE,
        FOR_ITER_GENERATOR = iter::FOR_ITER_GENERATOR,
        FOR_ITER_PAIR = iter::FOR_ITER_PAIR,
        BINARY_OP_SUBSCR_LIST = arith::BINARY_SUBSCR_LIST,
        STORE_SUBSCR_LIST = arith::STORE_SUBSCR_LIST,
        BINARY_OP_SUBSCR_DICT = arith::BINARY_SUBSCR_DICT,
        STORE_SUBSCR_DICT = arith::STORE_SUBSCR_DICT,
    ]
}
