//! The one table of instructions, and what it is made from: CPython 3.14's bytecode.
//!
//! A code unit is two bytes: an opcode and an argument. An argument above 255 is built up by
//! `EXTENDED_ARG` prefixes. Some instructions are followed by `caches` code units that hold nothing in
//! canonical bytecode: CPython keeps its inline caches there, and offsets, `dis` and jumps count them.
//! Numbers, names, stack effects and argument encodings are CPython's, so that a lesson learned on one
//! holds on the other.
//!
//! Source: CPython `Python/bytecodes.c`, `Lib/_opcode_metadata.py`.

/// What an instruction's argument means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// The instruction takes no argument.
    None,
    /// A plain number: a count, a flag or an index into a table named by the instruction.
    Arg,
    /// Index into `co_consts`.
    Const,
    /// Index into `co_names`.
    Name,
    /// Index into the local variables (`co_varnames`, cells, free variables).
    Local,
    /// As `Local`, naming a cell or free variable.
    Free,
    /// A distance in code units from the end of this instruction and its caches.
    Jump,
}

macro_rules! instructions {
    ($($name:ident = $number:literal, $caches:literal, $arg:ident;)*) => {
        /// A canonical instruction.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode { $($name = $number),* }

        impl Opcode {
            /// Every canonical instruction in number order.
            pub const ALL: &[Opcode] = &[$(Opcode::$name),*];

            /// The instruction with that number.
            pub fn from_u8(number: u8) -> Option<Opcode> {
                match number { $($number => Some(Opcode::$name),)* _ => None }
            }

            /// CPython's name.
            pub fn name(self) -> &'static str {
                match self { $(Opcode::$name => stringify!($name)),* }
            }

            /// How many code units of cache follow.
            pub const fn caches(self) -> usize {
                match self { $(Opcode::$name => $caches),* }
            }

            /// What the argument means.
            pub const fn arg_kind(self) -> ArgKind {
                match self { $(Opcode::$name => ArgKind::$arg),* }
            }
        }
    };
}

instructions! {
    CACHE = 0, 0, None;
    BINARY_SLICE = 1, 0, None;
    BUILD_TEMPLATE = 2, 0, None;
    CALL_FUNCTION_EX = 4, 0, None;
    CHECK_EG_MATCH = 5, 0, None;
    CHECK_EXC_MATCH = 6, 0, None;
    CLEANUP_THROW = 7, 0, None;
    DELETE_SUBSCR = 8, 0, None;
    END_FOR = 9, 0, None;
    END_SEND = 10, 0, None;
    EXIT_INIT_CHECK = 11, 0, None;
    FORMAT_SIMPLE = 12, 0, None;
    FORMAT_WITH_SPEC = 13, 0, None;
    GET_AITER = 14, 0, None;
    GET_ANEXT = 15, 0, None;
    GET_ITER = 16, 0, None;
    GET_LEN = 18, 0, None;
    GET_YIELD_FROM_ITER = 19, 0, None;
    INTERPRETER_EXIT = 20, 0, None;
    LOAD_BUILD_CLASS = 21, 0, None;
    LOAD_LOCALS = 22, 0, None;
    MAKE_FUNCTION = 23, 0, None;
    MATCH_KEYS = 24, 0, None;
    MATCH_MAPPING = 25, 0, None;
    MATCH_SEQUENCE = 26, 0, None;
    NOP = 27, 0, None;
    NOT_TAKEN = 28, 0, None;
    POP_EXCEPT = 29, 0, None;
    POP_ITER = 30, 0, None;
    POP_TOP = 31, 0, None;
    PUSH_EXC_INFO = 32, 0, None;
    PUSH_NULL = 33, 0, None;
    RETURN_GENERATOR = 34, 0, None;
    RETURN_VALUE = 35, 0, None;
    SETUP_ANNOTATIONS = 36, 0, None;
    STORE_SLICE = 37, 0, None;
    STORE_SUBSCR = 38, 1, None;
    TO_BOOL = 39, 3, None;
    UNARY_INVERT = 40, 0, None;
    UNARY_NEGATIVE = 41, 0, None;
    UNARY_NOT = 42, 0, None;
    WITH_EXCEPT_START = 43, 0, None;
    BINARY_OP = 44, 5, Arg;
    BUILD_INTERPOLATION = 45, 0, Arg;
    BUILD_LIST = 46, 0, Arg;
    BUILD_MAP = 47, 0, Arg;
    BUILD_SET = 48, 0, Arg;
    BUILD_SLICE = 49, 0, Arg;
    BUILD_STRING = 50, 0, Arg;
    BUILD_TUPLE = 51, 0, Arg;
    CALL = 52, 3, Arg;
    CALL_INTRINSIC_1 = 53, 0, Arg;
    CALL_INTRINSIC_2 = 54, 0, Arg;
    CALL_KW = 55, 3, Arg;
    COMPARE_OP = 56, 1, Arg;
    CONTAINS_OP = 57, 1, Arg;
    CONVERT_VALUE = 58, 0, Arg;
    COPY = 59, 0, Arg;
    COPY_FREE_VARS = 60, 0, Arg;
    DELETE_ATTR = 61, 0, Name;
    DELETE_DEREF = 62, 0, Free;
    DELETE_FAST = 63, 0, Local;
    DELETE_GLOBAL = 64, 0, Name;
    DELETE_NAME = 65, 0, Name;
    DICT_MERGE = 66, 0, Arg;
    DICT_UPDATE = 67, 0, Arg;
    END_ASYNC_FOR = 68, 0, Jump;
    EXTENDED_ARG = 69, 0, Arg;
    FOR_ITER = 70, 1, Jump;
    GET_AWAITABLE = 71, 0, Arg;
    IMPORT_FROM = 72, 0, Name;
    IMPORT_NAME = 73, 0, Name;
    IS_OP = 74, 0, Arg;
    JUMP_BACKWARD = 75, 1, Jump;
    JUMP_BACKWARD_NO_INTERRUPT = 76, 0, Jump;
    JUMP_FORWARD = 77, 0, Jump;
    LIST_APPEND = 78, 0, Arg;
    LIST_EXTEND = 79, 0, Arg;
    LOAD_ATTR = 80, 9, Name;
    LOAD_COMMON_CONSTANT = 81, 0, Arg;
    LOAD_CONST = 82, 0, Const;
    LOAD_DEREF = 83, 0, Local;
    LOAD_FAST = 84, 0, Local;
    LOAD_FAST_AND_CLEAR = 85, 0, Local;
    LOAD_FAST_BORROW = 86, 0, Local;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, 0, Local;
    LOAD_FAST_CHECK = 88, 0, Local;
    LOAD_FAST_LOAD_FAST = 89, 0, Local;
    LOAD_FROM_DICT_OR_DEREF = 90, 0, Free;
    LOAD_FROM_DICT_OR_GLOBALS = 91, 0, Name;
    LOAD_GLOBAL = 92, 4, Name;
    LOAD_NAME = 93, 0, Name;
    LOAD_SMALL_INT = 94, 0, Arg;
    LOAD_SPECIAL = 95, 0, Arg;
    LOAD_SUPER_ATTR = 96, 1, Name;
    MAKE_CELL = 97, 0, Free;
    MAP_ADD = 98, 0, Arg;
    MATCH_CLASS = 99, 0, Arg;
    POP_JUMP_IF_FALSE = 100, 1, Jump;
    POP_JUMP_IF_NONE = 101, 1, Jump;
    POP_JUMP_IF_NOT_NONE = 102, 1, Jump;
    POP_JUMP_IF_TRUE = 103, 1, Jump;
    RAISE_VARARGS = 104, 0, Arg;
    RERAISE = 105, 0, Arg;
    SEND = 106, 1, Jump;
    SET_ADD = 107, 0, Arg;
    SET_FUNCTION_ATTRIBUTE = 108, 0, Arg;
    SET_UPDATE = 109, 0, Arg;
    STORE_ATTR = 110, 4, Name;
    STORE_DEREF = 111, 0, Free;
    STORE_FAST = 112, 0, Local;
    STORE_FAST_LOAD_FAST = 113, 0, Local;
    STORE_FAST_STORE_FAST = 114, 0, Local;
    STORE_GLOBAL = 115, 0, Name;
    STORE_NAME = 116, 0, Name;
    SWAP = 117, 0, Arg;
    UNPACK_EX = 118, 0, Arg;
    UNPACK_SEQUENCE = 119, 1, Arg;
    YIELD_VALUE = 120, 0, Arg;
    RESUME = 128, 0, Arg;
}

impl Opcode {
    /// Whether a jump's distance counts backwards.
    pub const fn jumps_backward(self) -> bool {
        matches!(self, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT | Opcode::END_ASYNC_FOR)
    }
}

/// `BINARY_OP`'s argument: index into this table (`opcode._nb_ops`). 13 to 25 are the in-place forms,
/// 26 is subscription.
pub const BINARY_OPS: [&str; 27] = [
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=", "@=", "*=", "%=",
    "|=", "**=", ">>=", "-=", "/=", "^=", "[]",
];

/// `LOAD_COMMON_CONSTANT`'s argument (`opcode._common_constants`).
pub const COMMON_CONSTANTS: [&str; 5] = ["AssertionError", "NotImplementedError", "tuple", "all", "any"];

/// `CALL_INTRINSIC_1`'s argument.
pub const INTRINSICS_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// `CALL_INTRINSIC_2`'s argument.
pub const INTRINSICS_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// `LOAD_SPECIAL`'s argument.
pub const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];
