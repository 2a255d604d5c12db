//! The one table of instructions, and what it is made from: CPython 3.14's bytecode.
//!
//! A code unit is two bytes: an opcode and an argument. An argument above 255 is built up by
//! `EXTENDED_ARG` prefixes. Some instructions are followed by `caches` code units that hold nothing in
//! canonical bytecode: CPython keeps its inline caches there, and offsets, `dis` and jumps count them.
//! Each row of the table reads `NAME = number, caches, meaning of the argument, |argument| (pops, pushes)`.
//! Numbers, names, stack effects and argument encodings are CPython's, so that a lesson learned on one
//! holds on the other.
//!
//! Source: CPython `Python/bytecodes.c`, `Lib/_opcode_metadata.py`.

pub mod disassemble;

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
    ($($(#[$doc:meta])* $name:ident = $number:literal, $caches:literal, $arg:ident, $effect:expr;)*) => {
        /// A canonical instruction.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode { $($(#[$doc])* $name = $number),* }

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

            /// How many values the instruction pops and pushes when it does not jump.
            pub fn stack_effect(self, arg: u32) -> (u32, u32) {
                let effect: fn(u32) -> (u32, u32) = match self { $(Opcode::$name => $effect),* };
                effect(arg)
            }
        }
    };
}

instructions! {
    /// Room for an inline cache; never executed.
    CACHE = 0, 0, None, |_| (0, 0);
    /// Pops stop, start and a container; pushes `container[start:stop]`.
    BINARY_SLICE = 1, 0, None, |_| (3, 1);
    /// Pops the tuples of interpolations and strings; pushes a template string.
    BUILD_TEMPLATE = 2, 0, None, |_| (2, 1);
    /// Pops a keyword mapping (or NULL), positional arguments as an iterable, self or NULL, and a callable; pushes the result.
    CALL_FUNCTION_EX = 4, 0, None, |_| (4, 1);
    /// Pops a type to match and an exception group; pushes what did not match and what did (or None).
    CHECK_EG_MATCH = 5, 0, None, |_| (2, 2);
    /// Pops a type to match; pushes whether the exception below is an instance of it.
    CHECK_EXC_MATCH = 6, 0, None, |_| (2, 2);
    /// `throw()` or `close()` ended inside a `yield from`: turns StopIteration into its value, re-raises the rest.
    CLEANUP_THROW = 7, 0, None, |_| (3, 2);
    /// Pops a key and a container; `del container[key]`.
    DELETE_SUBSCR = 8, 0, None, |_| (2, 0);
    /// Pops the exhausted iterator's last value.
    END_FOR = 9, 0, None, |_| (1, 0);
    /// Removes the iterator below the top: a `yield from` is done.
    END_SEND = 10, 0, None, |_| (2, 1);
    /// Pops what `__init__` returned, which must be None.
    EXIT_INIT_CHECK = 11, 0, None, |_| (1, 0);
    /// Replaces the top by `format(top, "")`.
    FORMAT_SIMPLE = 12, 0, None, |_| (1, 1);
    /// Pops a format spec and a value; pushes `format(value, spec)`.
    FORMAT_WITH_SPEC = 13, 0, None, |_| (2, 1);
    /// Replaces the top by its asynchronous iterator.
    GET_AITER = 14, 0, None, |_| (1, 1);
    /// Pushes the awaitable that `__anext__` of the top gives.
    GET_ANEXT = 15, 0, None, |_| (1, 2);
    /// Replaces the top by its iterator.
    GET_ITER = 16, 0, None, |_| (1, 1);
    /// Pushes `len(top)`.
    GET_LEN = 18, 0, None, |_| (1, 2);
    /// Replaces the top by an iterator unless it is a generator, or a coroutine where one is allowed.
    GET_YIELD_FROM_ITER = 19, 0, None, |_| (1, 1);
    /// Returns the top from the interpreter loop.
    INTERPRETER_EXIT = 20, 0, None, |_| (1, 0);
    /// Pushes `builtins.__build_class__`.
    LOAD_BUILD_CLASS = 21, 0, None, |_| (0, 1);
    /// Pushes the mapping of local names.
    LOAD_LOCALS = 22, 0, None, |_| (0, 1);
    /// Replaces a code object by a function of it.
    MAKE_FUNCTION = 23, 0, None, |_| (1, 1);
    /// Pushes the values of the subject (second) for a tuple of keys (top), or None.
    MATCH_KEYS = 24, 0, None, |_| (2, 3);
    /// Pushes whether the top is a mapping.
    MATCH_MAPPING = 25, 0, None, |_| (1, 2);
    /// Pushes whether the top is a sequence that patterns may match.
    MATCH_SEQUENCE = 26, 0, None, |_| (1, 2);
    /// Does nothing, but may carry a line.
    NOP = 27, 0, None, |_| (0, 0);
    /// Marks that the branch before it was not taken, for `sys.monitoring`.
    NOT_TAKEN = 28, 0, None, |_| (0, 0);
    /// Pops the exception that was being handled before, and restores it.
    POP_EXCEPT = 29, 0, None, |_| (1, 0);
    /// Pops an iterator.
    POP_ITER = 30, 0, None, |_| (1, 0);
    /// Pops the top.
    POP_TOP = 31, 0, None, |_| (1, 0);
    /// Pushes the exception handled so far below the top, which becomes the handled one.
    PUSH_EXC_INFO = 32, 0, None, |_| (1, 2);
    /// Pushes NULL, the place of an absent self.
    PUSH_NULL = 33, 0, None, |_| (0, 1);
    /// Makes a generator of the frame and returns it; the new frame starts with a value to pop.
    RETURN_GENERATOR = 34, 0, None, |_| (0, 1);
    /// Returns the top to the caller.
    RETURN_VALUE = 35, 0, None, |_| (1, 1);
    /// Sees to it that the locals have a dict `__annotations__`.
    SETUP_ANNOTATIONS = 36, 0, None, |_| (0, 0);
    /// Pops stop, start, a container and a value; `container[start:stop] = value`.
    STORE_SLICE = 37, 0, None, |_| (4, 0);
    /// Pops a key, a container and a value; `container[key] = value`.
    STORE_SUBSCR = 38, 1, None, |_| (3, 0);
    /// Replaces the top by its truth value.
    TO_BOOL = 39, 3, None, |_| (1, 1);
    /// Replaces the top by `~top`.
    UNARY_INVERT = 40, 0, None, |_| (1, 1);
    /// Replaces the top by `-top`.
    UNARY_NEGATIVE = 41, 0, None, |_| (1, 1);
    /// Replaces the top, a bool, by `not top`.
    UNARY_NOT = 42, 0, None, |_| (1, 1);
    /// Calls the `__exit__` below the exception with it; pushes what it returns.
    WITH_EXCEPT_START = 43, 0, None, |_| (5, 6);
    /// Pops right and left; pushes `left op right`, `op` being an index into [`BINARY_OPS`].
    BINARY_OP = 44, 5, Arg, |_| (2, 1);
    /// Pops a format spec (if bit 0 is set), source text and value; the argument's upper bits hold the conversion.
    BUILD_INTERPOLATION = 45, 0, Arg, |a| (2 + (a & 1), 1);
    /// Pops that many values; pushes a list of them.
    BUILD_LIST = 46, 0, Arg, |a| (a, 1);
    /// Pops that many pairs of key and value; pushes a dict of them.
    BUILD_MAP = 47, 0, Arg, |a| (a * 2, 1);
    /// Pops that many values; pushes a set of them.
    BUILD_SET = 48, 0, Arg, |a| (a, 1);
    /// Pops start, stop (and step, if 3); pushes a slice.
    BUILD_SLICE = 49, 0, Arg, |a| (a, 1);
    /// Pops that many strings; pushes their concatenation.
    BUILD_STRING = 50, 0, Arg, |a| (a, 1);
    /// Pops that many values; pushes a tuple of them.
    BUILD_TUPLE = 51, 0, Arg, |a| (a, 1);
    /// Pops that many arguments, self or NULL, and a callable; pushes the result.
    CALL = 52, 3, Arg, |a| (2 + a, 1);
    /// Replaces the top by what the function [`INTRINSICS_1`]`[arg]` makes of it.
    CALL_INTRINSIC_1 = 53, 0, Arg, |_| (1, 1);
    /// Pops two values; pushes what the function [`INTRINSICS_2`]`[arg]` makes of them.
    CALL_INTRINSIC_2 = 54, 0, Arg, |_| (2, 1);
    /// As CALL, with a tuple of the last arguments' names on top.
    CALL_KW = 55, 3, Arg, |a| (3 + a, 1);
    /// Pops right and left; pushes the comparison: operator in bits 5 and up, bit 4 asks for a bool.
    COMPARE_OP = 56, 1, Arg, |_| (2, 1);
    /// Pops a container and a value; pushes `value in container`, or `not in` if the argument is 1.
    CONTAINS_OP = 57, 1, Arg, |_| (2, 1);
    /// Replaces the top by its str (1), repr (2) or ascii (3).
    CONVERT_VALUE = 58, 0, Arg, |_| (1, 1);
    /// Pushes the value at that depth, the top being 1.
    COPY = 59, 0, Arg, |a| (a, a + 1);
    /// Copies the function's closure into the frame.
    COPY_FREE_VARS = 60, 0, Arg, |_| (0, 0);
    /// Pops an object; deletes its attribute.
    DELETE_ATTR = 61, 0, Name, |_| (1, 0);
    /// Empties a cell; it must not be empty.
    DELETE_DEREF = 62, 0, Free, |_| (0, 0);
    /// Unbinds a local; it must be bound.
    DELETE_FAST = 63, 0, Local, |_| (0, 0);
    /// Deletes a global.
    DELETE_GLOBAL = 64, 0, Name, |_| (0, 0);
    /// Deletes a name from the local mapping.
    DELETE_NAME = 65, 0, Name, |_| (0, 0);
    /// Pops a mapping; merges it into the dict at that depth; a repeated key is an error of the call below.
    DICT_MERGE = 66, 0, Arg, |a| (4 + a, 3 + a);
    /// Pops a mapping; updates the dict at that depth.
    DICT_UPDATE = 67, 0, Arg, |a| (1 + a, a);
    /// Pops an exception and the iterator; StopAsyncIteration ends the loop, others are re-raised.
    END_ASYNC_FOR = 68, 0, Jump, |_| (2, 0);
    /// Gives the next instruction's argument eight more upper bits.
    EXTENDED_ARG = 69, 0, Arg, |_| (0, 0);
    /// Pushes the iterator's next value, or jumps with a placeholder when it is exhausted.
    FOR_ITER = 70, 1, Jump, |_| (1, 2);
    /// Replaces the top by what `await` iterates: 1 for `__aenter__`, 2 for `__aexit__` in the error message.
    GET_AWAITABLE = 71, 0, Arg, |_| (1, 1);
    /// Pushes an attribute of the module on top.
    IMPORT_FROM = 72, 0, Name, |_| (1, 2);
    /// Pops the names wanted and the level; pushes the module.
    IMPORT_NAME = 73, 0, Name, |_| (2, 1);
    /// Pops two values; pushes `left is right`, or `is not` if the argument is 1.
    IS_OP = 74, 0, Arg, |_| (2, 1);
    /// Jumps back. The end of a loop: the eval breaker is checked.
    JUMP_BACKWARD = 75, 1, Jump, |_| (0, 0);
    /// Jumps back without a check of the eval breaker.
    JUMP_BACKWARD_NO_INTERRUPT = 76, 0, Jump, |_| (0, 0);
    /// Jumps forward.
    JUMP_FORWARD = 77, 0, Jump, |_| (0, 0);
    /// Pops a value; appends it to the list at that depth.
    LIST_APPEND = 78, 0, Arg, |a| (1 + a, a);
    /// Pops an iterable; extends the list at that depth.
    LIST_EXTEND = 79, 0, Arg, |a| (1 + a, a);
    /// Replaces the top by its attribute; if bit 0 is set, pushes a method and self, or the attribute and NULL.
    LOAD_ATTR = 80, 9, Name, |a| (1, 1 + (a & 1));
    /// Pushes [`COMMON_CONSTANTS`]`[arg]`.
    LOAD_COMMON_CONSTANT = 81, 0, Arg, |_| (0, 1);
    /// Pushes a constant.
    LOAD_CONST = 82, 0, Const, |_| (0, 1);
    /// Pushes what a cell holds; it must not be empty.
    LOAD_DEREF = 83, 0, Local, |_| (0, 1);
    /// Pushes a local, known to be bound.
    LOAD_FAST = 84, 0, Local, |_| (0, 1);
    /// Pushes a local (or NULL) and unbinds it.
    LOAD_FAST_AND_CLEAR = 85, 0, Local, |_| (0, 1);
    /// Pushes a local without owning it: the local outlives its use.
    LOAD_FAST_BORROW = 86, 0, Local, |_| (0, 1);
    /// Two LOAD_FAST_BORROW; four bits of the argument each.
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, 0, Local, |_| (0, 2);
    /// Pushes a local, which must be bound.
    LOAD_FAST_CHECK = 88, 0, Local, |_| (0, 1);
    /// Two LOAD_FAST; four bits of the argument each.
    LOAD_FAST_LOAD_FAST = 89, 0, Local, |_| (0, 2);
    /// Pops a mapping; pushes the name's value in it, else the cell's.
    LOAD_FROM_DICT_OR_DEREF = 90, 0, Free, |_| (1, 1);
    /// Pops a mapping; pushes the name's value in it, else the global or builtin.
    LOAD_FROM_DICT_OR_GLOBALS = 91, 0, Name, |_| (1, 1);
    /// Pushes a global or builtin; if bit 0 is set, a NULL after it.
    LOAD_GLOBAL = 92, 4, Name, |a| (0, 1 + (a & 1));
    /// Pushes the value of a name: local mapping, globals, builtins.
    LOAD_NAME = 93, 0, Name, |_| (0, 1);
    /// Pushes the argument as an int.
    LOAD_SMALL_INT = 94, 0, Arg, |_| (0, 1);
    /// Replaces the top by its special method [`SPECIAL_METHODS`]`[arg]` and self or NULL.
    LOAD_SPECIAL = 95, 0, Arg, |_| (1, 2);
    /// Pops self, class and `super`; pushes the attribute: bit 0 for a method call, bit 1 for two-argument `super`.
    LOAD_SUPER_ATTR = 96, 1, Name, |a| (3, 1 + (a & 1));
    /// Puts a local into a new cell.
    MAKE_CELL = 97, 0, Free, |_| (0, 0);
    /// Pops a value and a key; adds them to the dict at that depth.
    MAP_ADD = 98, 0, Arg, |a| (2 + a, a);
    /// Pops keyword names, class and subject; pushes a tuple of the attributes or None.
    MATCH_CLASS = 99, 0, Arg, |_| (3, 1);
    /// Pops a bool; jumps if it is False.
    POP_JUMP_IF_FALSE = 100, 1, Jump, |_| (1, 0);
    /// Pops a value; jumps if it is None.
    POP_JUMP_IF_NONE = 101, 1, Jump, |_| (1, 0);
    /// Pops a value; jumps unless it is None.
    POP_JUMP_IF_NOT_NONE = 102, 1, Jump, |_| (1, 0);
    /// Pops a bool; jumps if it is True.
    POP_JUMP_IF_TRUE = 103, 1, Jump, |_| (1, 0);
    /// Raises: 0 the handled exception again, 1 the popped one, 2 the second from the top one.
    RAISE_VARARGS = 104, 0, Arg, |a| (a, 0);
    /// Raises the popped exception again; if the argument is set, with the instruction offset stored at that depth.
    RERAISE = 105, 0, Arg, |a| (1 + a, a);
    /// Sends the popped value to the iterator below and pushes what it yields; jumps when it returns.
    SEND = 106, 1, Jump, |_| (2, 2);
    /// Pops a value; adds it to the set at that depth.
    SET_ADD = 107, 0, Arg, |a| (1 + a, a);
    /// Pops a function and a value; gives the function its defaults, annotations or closure; pushes it back.
    SET_FUNCTION_ATTRIBUTE = 108, 0, Arg, |_| (2, 1);
    /// Pops an iterable; updates the set at that depth.
    SET_UPDATE = 109, 0, Arg, |a| (1 + a, a);
    /// Pops an object and a value; sets the attribute.
    STORE_ATTR = 110, 4, Name, |_| (2, 0);
    /// Pops into a cell.
    STORE_DEREF = 111, 0, Free, |_| (1, 0);
    /// Pops into a local.
    STORE_FAST = 112, 0, Local, |_| (1, 0);
    /// STORE_FAST and LOAD_FAST; four bits of the argument each.
    STORE_FAST_LOAD_FAST = 113, 0, Local, |_| (1, 1);
    /// Two STORE_FAST; four bits of the argument each.
    STORE_FAST_STORE_FAST = 114, 0, Local, |_| (2, 0);
    /// Pops into a global.
    STORE_GLOBAL = 115, 0, Name, |_| (1, 0);
    /// Pops into the local mapping.
    STORE_NAME = 116, 0, Name, |_| (1, 0);
    /// Swaps the top with the value at that depth.
    SWAP = 117, 0, Arg, |a| (a, a);
    /// Pops an iterable; pushes the low byte's count of values, a list, and the high bits' count.
    UNPACK_EX = 118, 0, Arg, |a| (1, 1 + (a & 0xff) + (a >> 8));
    /// Pops an iterable of exactly that many values; pushes them, first on top.
    UNPACK_SEQUENCE = 119, 1, Arg, |a| (1, a);
    /// Pops a value and yields it; when resumed, what was sent is on top. 1 inside `yield from` and `await`.
    YIELD_VALUE = 120, 0, Arg, |_| (1, 1);
    /// Start of a function (0), after a yield (1), `yield from` (2) or `await` (3); 4 is added at try depth 1. Checks the eval breaker at 0 and 1.
    RESUME = 128, 0, Arg, |_| (0, 0);
}

impl Opcode {
    /// Whether CPython 3.14 checks the eval breaker there, so that the thread can lose the GIL: at the start
    /// of a function and when a generator is resumed (not by `yield from` or `await`), at the end of a loop,
    /// and after a call of something that is not a Python function.
    pub const fn checks_eval_breaker(self, arg: u32) -> bool {
        match self {
            Opcode::RESUME => arg & 3 < 2,
            Opcode::JUMP_BACKWARD | Opcode::CALL | Opcode::CALL_KW | Opcode::CALL_FUNCTION_EX => true,
            _ => false,
        }
    }

    /// Whether the argument names a jump target.
    pub const fn jumps(self) -> bool {
        matches!(self.arg_kind(), ArgKind::Jump)
    }

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
