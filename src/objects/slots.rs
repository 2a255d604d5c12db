//! Type slots: what a type's instances can do, as a table of native functions.
//!
//! As in CPython, an operation looks up a slot of the operand's type and calls it. Built-in types fill
//! their slots with native functions; a class written in Python that defines `__add__` gets a generic
//! function in its `nb_add` slot that calls it. The other way round, a native slot is shown to Python as a
//! wrapper descriptor (`int.__add__`). Both directions are made from one table, `type_slots::table`.

use super::thread::Thread;
use super::value::Value;

/// What native code returns: a value, or [`Raised`].
pub type R<T = Value> = Result<T, Raised>;

/// An exception was raised: it rests in the thread state until somebody takes it.
///
/// Only `Thread::raise` and its kin make one, so whoever holds a `Raised` knows that an exception is set.
#[derive(Debug)]
#[must_use]
pub struct Raised(pub(super) ());

/// The arguments of a call, as CPython's vectorcall passes them.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// Positional arguments.
    pub pos: &'a [Value],
    /// Values of the keyword arguments.
    pub kw: &'a [Value],
    /// Their names: exact `str`s, as many as `kw`.
    pub names: &'a [Value],
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline(always)]
    pub const fn pos(pos: &'a [Value]) -> Args<'a> {
        Args { pos, kw: &[], names: &[] }
    }

    /// No arguments.
    pub const NONE: Args<'static> = Args { pos: &[], kw: &[], names: &[] };

    pub fn is_empty(&self) -> bool {
        self.pos.is_empty() && self.kw.is_empty()
    }
}

/// A rich comparison, numbered as in CPython (`Py_LT` ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CmpOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CmpOp {
    pub const ALL: [CmpOp; 6] = [CmpOp::Lt, CmpOp::Le, CmpOp::Eq, CmpOp::Ne, CmpOp::Gt, CmpOp::Ge];

    /// The operator that gives the same answer with the operands swapped.
    pub fn swapped(self) -> CmpOp {
        [CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le][self as usize]
    }

    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// The answer, given how the left operand compares with the right.
    #[inline(always)]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        use std::cmp::Ordering::*;
        match self {
            CmpOp::Lt => ordering == Less,
            CmpOp::Le => ordering != Greater,
            CmpOp::Eq => ordering == Equal,
            CmpOp::Ne => ordering != Equal,
            CmpOp::Gt => ordering == Greater,
            CmpOp::Ge => ordering != Less,
        }
    }
}

pub type Unary = fn(&Thread, &Value) -> R;
pub type Binary = fn(&Thread, &Value, &Value) -> R;
pub type Ternary = fn(&Thread, &Value, &Value, &Value) -> R;
pub type Inquiry = fn(&Thread, &Value) -> R<bool>;
pub type Length = fn(&Thread, &Value) -> R<usize>;
pub type HashFn = fn(&Thread, &Value) -> R<i64>;
pub type CallFn = fn(&Thread, &Value, Args<'_>) -> R;
pub type NewFn = fn(&Thread, &Value, Args<'_>) -> R;
pub type InitFn = fn(&Thread, &Value, Args<'_>) -> R<()>;
pub type SetAttr = fn(&Thread, &Value, &Value, Option<&Value>) -> R<()>;
pub type NextFn = fn(&Thread, &Value) -> R<Option<Value>>;
pub type CompareFn = fn(&Thread, &Value, &Value, CmpOp) -> R;
pub type DescrGet = fn(&Thread, &Value, Option<&Value>, Option<&Value>) -> R;
/// Lends out the object's memory; the flags are those of `buffer::flags`.
pub type BufferFn = fn(&Thread, &Value, u32) -> R<super::buffer::Buffer>;
/// A memory view of the object's memory is given back.
pub type ReleaseFn = fn(&Thread, &Value, &Value) -> R<()>;
pub type ContainsFn = fn(&Thread, &Value, &Value) -> R<bool>;
pub type RepeatFn = fn(&Thread, &Value, i64) -> R;
/// What a coroutine or generator did when something was sent into it.
pub enum Sent {
    Yielded(Value),
    Returned(Value),
}
pub type SendFn = fn(&Thread, &Value, Value) -> R<Sent>;
/// Raises the thread's current exception where a generator is suspended. The flag says that it is being closed: then
/// it is no error if it has ended.
pub type ThrowFn = fn(&Thread, &Value, Raised, bool) -> R<Sent>;
pub type Traverse = fn(&Value, &mut dyn FnMut(&Value));
/// Drops the references that could be part of a cycle (for the collector).
pub type ClearFn = fn(&Thread, &Value);
/// Drops the payload in place, just before the memory is freed.
///
/// # Safety
/// The object is dead: nobody else refers to it.
pub type DropFn = unsafe fn(*mut super::header::Header);

macro_rules! slots {
    ($($name:ident: $type:ty),* $(,)?) => {
        /// The table of slots of a type. `None` where the operation is not supported.
        #[derive(Clone, Copy, Default)]
        pub struct Slots { $(pub $name: Option<$type>),* }

        impl Slots {
            /// No operation supported.
            pub const EMPTY: Slots = Slots { $($name: None),* };

            /// Fills every empty slot from a base's.
            pub fn inherit(&mut self, base: &Slots) {
                $(if self.$name.is_none() { self.$name = base.$name; })*
            }
        }
    };
}

slots! {
    repr: Unary, str: Unary, hash: HashFn, call: CallFn, getattr: Binary, setattr: SetAttr,
    iter: Unary, next: NextFn, compare: CompareFn, descr_get: DescrGet, descr_set: SetAttr,
    new: NewFn, init: InitFn, finalize: InitFnOnly, traverse: Traverse, clear: ClearFn, drop: DropFn,
    // Numbers.
    nb_add: Binary, nb_subtract: Binary, nb_multiply: Binary, nb_remainder: Binary, nb_divmod: Binary,
    nb_power: Ternary, nb_negative: Unary, nb_positive: Unary, nb_absolute: Unary, nb_bool: Inquiry,
    nb_invert: Unary, nb_lshift: Binary, nb_rshift: Binary, nb_and: Binary, nb_xor: Binary, nb_or: Binary,
    nb_int: Unary, nb_float: Unary, nb_index: Unary, nb_floor_divide: Binary, nb_true_divide: Binary,
    nb_matrix_multiply: Binary,
    nb_inplace_add: Binary, nb_inplace_subtract: Binary, nb_inplace_multiply: Binary,
    nb_inplace_remainder: Binary, nb_inplace_power: Ternary, nb_inplace_lshift: Binary,
    nb_inplace_rshift: Binary, nb_inplace_and: Binary, nb_inplace_xor: Binary, nb_inplace_or: Binary,
    nb_inplace_floor_divide: Binary, nb_inplace_true_divide: Binary, nb_inplace_matrix_multiply: Binary,
    // Sequences and mappings. `getitem` takes any key; a sequence converts it with `protocol::index`.
    len: Length, getitem: Binary, setitem: SetAttr, contains: ContainsFn,
    sq_concat: Binary, sq_repeat: RepeatFn, sq_inplace_concat: Binary, sq_inplace_repeat: RepeatFn,
    // Asynchronous protocols.
    // The buffer protocol.
    bf_get: BufferFn, bf_release: ReleaseFn,
    am_await: Unary, am_aiter: Unary, am_anext: Unary, am_send: SendFn, am_throw: ThrowFn,
}

/// `__del__`: what it raises is reported, not propagated.
pub type InitFnOnly = fn(&Thread, &Value);
