//! The code object: what the compiler makes of a module, class body or function.
//!
//! Plain data that knows nothing of run-time objects: it can be written to disk and read back, shared by
//! threads, and translated by any number of interpreters.

use super::serialize::Unread;
use crate::syntax::ast::Text;
use num_bigint::BigInt;
use once_cell::sync::OnceCell;
use std::ops::Deref;
use std::sync::Arc;

/// A constant of a code object.
///
/// Equality is CPython's constant key: `1`, `1.0` and `True` differ, so do `0.0` and `-0.0`.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(BigInt),
    Float(f64),
    Complex { real: f64, imag: f64 },
    Str(Text),
    Bytes(Arc<[u8]>),
    Tuple(Arc<[Const]>),
    FrozenSet(Arc<[Const]>),
    Slice(Arc<[Const; 3]>),
    Code(Arc<Code>),
}

/// What a slot of the frame's locals is; a slot can be several at once.
pub mod local_kind {
    /// A named local variable.
    pub const LOCAL: u8 = 0x20;
    /// A cell that inner functions share.
    pub const CELL: u8 = 0x40;
    /// A cell of an enclosing function.
    pub const FREE: u8 = 0x80;
    /// An iteration variable of an inlined comprehension, not to be seen from outside.
    pub const HIDDEN: u8 = 0x10;
    /// A parameter that may be passed by position.
    pub const ARG_POS: u8 = 0x02;
    /// A parameter that may be passed by keyword.
    pub const ARG_KW: u8 = 0x04;
    /// `*args` or `**kwargs`.
    pub const ARG_VAR: u8 = 0x08;
}

/// `co_flags` (CPython `inspect.CO_*`, `Include/cpython/code.h`).
pub mod flags {
    pub const OPTIMIZED: u32 = 0x0001;
    pub const NEWLOCALS: u32 = 0x0002;
    pub const VARARGS: u32 = 0x0004;
    pub const VARKEYWORDS: u32 = 0x0008;
    pub const NESTED: u32 = 0x0010;
    pub const GENERATOR: u32 = 0x0020;
    pub const COROUTINE: u32 = 0x0080;
    pub const ITERABLE_COROUTINE: u32 = 0x0100;
    pub const ASYNC_GENERATOR: u32 = 0x0200;
    pub const FUTURE_DIVISION: u32 = 0x2_0000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x4_0000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x8_0000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x10_0000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x20_0000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x80_0000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    pub const METHOD: u32 = 0x800_0000;
}

/// The source range of one code unit. `line` is `None` for instructions without a position.
/// Columns are UTF-8 byte offsets; `None` where unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Position {
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    pub col: Option<u32>,
    pub end_col: Option<u32>,
}

/// A compiled block of code, field for field CPython's `types.CodeType`.
///
/// What is needed to make a function of it stands here; what is needed to run it is its [`Body`], to which a `Code`
/// dereferences. The body of code that comes from the cache is read when it is first looked at: most functions of an
/// imported module are never called.
#[derive(Clone, Debug)]
pub struct Code {
    pub name: Arc<str>,
    pub qualname: Arc<str>,
    pub filename: Arc<str>,
    pub firstlineno: u32,
    pub flags: u32,
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    /// Slots of the evaluation stack that the code can need.
    pub stacksize: u32,
    /// One [`local_kind`] mask per name of the locals.
    pub localspluskinds: Arc<[u8]>,
    /// Made by the compiler: it needs no [`super::verify`].
    pub trusted: bool,
    pub body: Lazy,
}

/// The part of a code object that only running it needs.
#[derive(Clone, Debug)]
pub struct Body {
    /// Canonical code units, two bytes each (opcode, argument); caches are zero.
    pub code: Arc<[u8]>,
    pub consts: Arc<[Const]>,
    pub names: Arc<[Arc<str>]>,
    /// Names of the locals, then the cells that are not locals too, then the free variables.
    pub localsplusnames: Arc<[Arc<str>]>,
    /// CPython's location table (`co_linetable`): see [`Code::positions`].
    pub linetable: Arc<[u8]>,
    /// CPython's exception table (`co_exceptiontable`): see [`Code::exception_entries`].
    pub exceptiontable: Arc<[u8]>,
    /// It came from a cache and is not what the compiler wrote there: it cannot be run.
    pub damaged: bool,
}

/// A body that is there, or is read from its bytes at first use.
#[derive(Clone, Debug)]
pub struct Lazy {
    body: OnceCell<Body>,
    unread: Option<Unread>,
}

impl From<Body> for Lazy {
    fn from(body: Body) -> Lazy {
        Lazy { body: OnceCell::from(body), unread: None }
    }
}

impl From<Unread> for Lazy {
    fn from(unread: Unread) -> Lazy {
        Lazy { body: OnceCell::new(), unread: Some(unread) }
    }
}

impl Deref for Code {
    type Target = Body;

    fn deref(&self) -> &Body {
        let lazy = &self.body;
        lazy.body.get_or_init(|| match &lazy.unread {
            Some(unread) => unread.read(self.localspluskinds.len()),
            None => Body::damaged(self.localspluskinds.len()),
        })
    }
}

impl Body {
    /// What stands for a body that cannot be read.
    pub fn damaged(locals: usize) -> Body {
        let nothing = Arc::<[u8]>::from([]);
        Body {
            code: nothing.clone(),
            consts: Arc::from([]),
            names: Arc::from([]),
            localsplusnames: std::iter::repeat_n(Arc::<str>::from("?"), locals).collect(),
            linetable: nothing.clone(),
            exceptiontable: nothing,
            damaged: true,
        }
    }
}

/// One range of the exception table; offsets and target count code units from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionEntry {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    /// The depth that the evaluation stack is cut back to.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed below the exception.
    pub lasti: bool,
}
