//! How a built-in type or module is described: tables that are turned into objects at start-up.

use super::header::Kind;
use super::slots::{Args, R, Slots};
use super::thread::Thread;
use super::types::{TypeCell, Types};
use super::value::Value;

/// How a native function takes its arguments. The first value is `self`: the instance, the class of a class
/// method, the module of a module function.
#[derive(Clone, Copy)]
pub enum Func {
    /// No arguments.
    NoArgs(fn(&Thread, &Value) -> R),
    /// Exactly one positional argument.
    One(fn(&Thread, &Value, &Value) -> R),
    /// Positional arguments only, at least and at most so many.
    Pos(fn(&Thread, &Value, &[Value]) -> R, u8, u8),
    /// Positional arguments only, any number from the first on.
    VarPos(fn(&Thread, &Value, &[Value]) -> R),
    /// Arguments bound to the parameters of the signature, one `Option` per parameter; `*args` arrives as a
    /// tuple and `**kwargs` as a dict.
    Bound(fn(&Thread, &Value, &[Option<Value>]) -> R),
    /// The arguments as they come.
    Any(fn(&Thread, &Value, Args<'_>) -> R),
}

/// What a native function is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// An instance (in a type) or the module (in a module).
    Instance,
    Class,
    Static,
}

/// A native function, method, class method or static method.
pub struct Def {
    pub name: &'static str,
    pub func: Func,
    /// CPython's text signature, parameters in parentheses: `"($self, key, default=None, /)"`. Arguments of
    /// `Func::Bound` are bound by it. Empty where CPython gives none.
    pub sig: &'static str,
    pub doc: &'static str,
    pub binding: Binding,
}

impl Def {
    /// A method or module function.
    pub const fn new(name: &'static str, func: Func, sig: &'static str, doc: &'static str) -> Def {
        Def { name, func, sig, doc, binding: Binding::Instance }
    }

    pub const fn class(name: &'static str, func: Func, sig: &'static str, doc: &'static str) -> Def {
        Def { name, func, sig, doc, binding: Binding::Class }
    }

    pub const fn statik(name: &'static str, func: Func, sig: &'static str, doc: &'static str) -> Def {
        Def { name, func, sig, doc, binding: Binding::Static }
    }
}

/// A computed attribute.
pub struct GetSet {
    pub name: &'static str,
    pub get: fn(&Thread, &Value) -> R,
    /// `None` for a read-only attribute; deletion passes `None` as the value.
    pub set: Option<fn(&Thread, &Value, Option<&Value>) -> R<()>>,
    pub doc: &'static str,
    /// Whether CPython has it as a `member_descriptor` (a plain field of its structure).
    pub member: bool,
}

impl GetSet {
    pub const fn ro(name: &'static str, get: fn(&Thread, &Value) -> R, doc: &'static str) -> GetSet {
        GetSet { name, get, set: None, doc, member: false }
    }

    pub const fn rw(
        name: &'static str,
        get: fn(&Thread, &Value) -> R,
        set: fn(&Thread, &Value, Option<&Value>) -> R<()>,
        doc: &'static str,
    ) -> GetSet {
        GetSet { name, get, set: Some(set), doc, member: false }
    }

    /// A read-only field, shown as a `member_descriptor`.
    pub const fn member(name: &'static str, get: fn(&Thread, &Value) -> R, doc: &'static str) -> GetSet {
        GetSet { name, get, set: None, doc, member: true }
    }

    /// A field that can be set, shown as a `member_descriptor`.
    pub const fn member_rw(
        name: &'static str,
        get: fn(&Thread, &Value) -> R,
        set: fn(&Thread, &Value, Option<&Value>) -> R<()>,
        doc: &'static str,
    ) -> GetSet {
        GetSet { name, get, set: Some(set), doc, member: true }
    }
}

/// `Spec::flags`, a subset of CPython's `tp_flags` with its numbers.
pub mod type_flags {
    pub const DISALLOW_INSTANTIATION: u64 = 1 << 7;
    pub const IMMUTABLE: u64 = 1 << 8;
    pub const HEAP: u64 = 1 << 9;
    pub const BASETYPE: u64 = 1 << 10;
    pub const HAVE_VECTORCALL: u64 = 1 << 11;
    pub const READY: u64 = 1 << 12;
    pub const HAVE_GC: u64 = 1 << 14;
    pub const METHOD_DESCRIPTOR: u64 = 1 << 17;
    pub const ABSTRACT: u64 = 1 << 20;
    pub const MATCH_SELF: u64 = 1 << 22;
    pub const SEQUENCE: u64 = 1 << 5;
    pub const MAPPING: u64 = 1 << 6;
    /// Instances have a `__dict__` (ungil: an instance part behind the payload).
    pub const HAS_DICT: u64 = 1 << 40;
    /// Instances can be weakly referenced.
    pub const WEAKREFABLE: u64 = 1 << 41;
    /// The payload's size depends on the instance (`tuple`, `str`, `bytes`, `int`).
    pub const VAR_SIZED: u64 = 1 << 42;
}

/// A built-in type.
pub struct Spec {
    /// With the module in front, unless it is `builtins`: `"collections.deque"`.
    pub name: &'static str,
    /// The base; `None` for `object`.
    pub base: Option<fn(&Types) -> &TypeCell>,
    pub kind: Kind,
    /// Size of the payload, header included (of the fixed part, if it is variable).
    pub size: usize,
    pub flags: u64,
    pub doc: &'static str,
    pub slots: Slots,
    pub methods: &'static [Def],
    pub getset: &'static [GetSet],
}

impl Spec {
    /// What a table of a type leaves out.
    pub const DEFAULT: Spec = Spec {
        name: "",
        base: None,
        kind: Kind::Instance,
        size: std::mem::size_of::<super::header::Header>(),
        flags: 0,
        doc: "",
        slots: Slots::EMPTY,
        methods: &[],
        getset: &[],
    };
}
