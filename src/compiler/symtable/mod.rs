//! The symbol table: which scope every name of a source text belongs to.
//!
//! CPython decides before any code is generated whether a name is a local, a global, a cell shared with
//! inner functions or a free variable of an enclosing one. It takes two passes, and so does this room:
//!
//! 1. [`build`] walks the tree, opens a [`Scope`] per block (module, class, function, lambda,
//!    comprehension, annotation, type parameters) and notes for every name what is done with it there.
//! 2. [`analyze`] resolves the names from the outside in and back: what is bound in an enclosing function
//!    becomes free inside and a cell outside; comprehensions are merged into their function (PEP 709).
//!
//! The flags and their numbers are CPython's (`Include/internal/pycore_symtable.h`), because the module
//! `_symtable` shows them. The tables hold no reference to the tree, so that they can outlive it.
//!
//! Invariant: both passes are bounded in depth; a tree that is too deep is a `RecursionError`.

mod analyze;
mod build;
mod expressions;

use crate::syntax::ast::{ExprId, Ident, Span, StmtId};
use crate::syntax::error::{SyntaxError, SyntaxErrorKind};
use std::collections::{HashMap, HashSet};

pub use build::build;

/// What a scope does with a name (CPython's `DEF_*` and `USE`), and what the name is found to be.
#[allow(missing_docs)]
pub mod symbol {
    /// Declared `global`.
    pub const DEF_GLOBAL: u32 = 1;
    /// Bound in the block.
    pub const DEF_LOCAL: u32 = 2;
    /// A parameter.
    pub const DEF_PARAM: u32 = 4;
    /// Declared `nonlocal`.
    pub const DEF_NONLOCAL: u32 = 8;
    /// Read.
    pub const USE: u32 = 16;
    /// Free in a class block, but also bound there.
    pub const DEF_FREE_CLASS: u32 = 1 << 6;
    /// Bound by an import.
    pub const DEF_IMPORT: u32 = 1 << 7;
    /// Annotated.
    pub const DEF_ANNOT: u32 = 1 << 8;
    /// An iteration variable of a comprehension.
    pub const DEF_COMP_ITER: u32 = 1 << 9;
    /// A type parameter.
    pub const DEF_TYPE_PARAM: u32 = 1 << 10;
    /// A cell of an inlined comprehension.
    pub const DEF_COMP_CELL: u32 = 1 << 11;
    /// Any way of binding a name.
    pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
    /// Where the [`super::NameScope`] is kept in a symbol's flags.
    pub const SCOPE_OFFSET: u32 = 12;
    pub const SCOPE_MASK: u32 = 15;
}

/// What a name is found to be in a scope; the numbers are CPython's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum NameScope {
    /// Not found in the scope.
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

impl NameScope {
    /// The scope kept in a symbol's flags.
    pub fn of(flags: u32) -> NameScope {
        match (flags >> symbol::SCOPE_OFFSET) & symbol::SCOPE_MASK {
            1 => NameScope::Local,
            2 => NameScope::GlobalExplicit,
            3 => NameScope::GlobalImplicit,
            4 => NameScope::Free,
            5 => NameScope::Cell,
            _ => NameScope::Unknown,
        }
    }
}

/// The kind of block a scope stands for; the numbers are CPython's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BlockKind {
    Function = 0,
    Class = 1,
    Module = 2,
    /// `__annotate__` (PEP 649).
    Annotation = 3,
    /// The value of a `type` statement.
    TypeAlias = 4,
    /// What surrounds a generic function, class or alias (PEP 695).
    TypeParameters = 5,
    /// A bound or default of a type parameter.
    TypeVariable = 6,
}

/// The kind of comprehension a function block is, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    None,
    List,
    Dict,
    Set,
    Generator,
}

/// Index of a scope in [`SymbolTable::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

/// Which part of the tree a scope stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKey {
    /// The whole text.
    Root,
    /// A function or class.
    Stmt(StmtId),
    /// A lambda or comprehension.
    Expr(ExprId),
    /// The type parameters of a function, class or alias.
    TypeParams(StmtId),
    /// The value of a `type` statement.
    AliasValue(StmtId),
    /// The bound of a statement's n-th type parameter.
    Bound(StmtId, u32),
    /// The default of a statement's n-th type parameter.
    Default(StmtId, u32),
    /// The annotations of a function's parameters and result.
    FunctionAnnotations(StmtId),
    /// The variable annotations of a block.
    BlockAnnotations(ScopeId),
}

/// Names in the order they came, each with its flags.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    entries: Vec<(Ident, u32)>,
    index: HashMap<Ident, usize>,
}

impl Symbols {
    /// The flags of a name.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).map(|&i| self.entries[i].1)
    }

    /// Sets the flags of a name.
    pub fn set(&mut self, name: &Ident, flags: u32) {
        match self.index.get(name) {
            Some(&i) => self.entries[i].1 = flags,
            None => {
                self.index.insert(name.clone(), self.entries.len());
                self.entries.push((name.clone(), flags));
            }
        }
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &Ident) {
        if self.index.remove(name).is_some() {
            self.entries.retain(|(n, _)| n != name);
            self.index = self.entries.iter().enumerate().map(|(i, (n, _))| (n.clone(), i)).collect();
        }
    }

    /// Every name with its flags.
    pub fn iter(&self) -> impl Iterator<Item = (&Ident, u32)> {
        self.entries.iter().map(|(name, flags)| (name, *flags))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// One block's table (CPython's `symtable entry`).
#[derive(Clone, Debug)]
pub struct Scope {
    pub kind: BlockKind,
    pub name: Ident,
    /// The function an annotation block is for.
    pub function_name: Option<Ident>,
    /// What a type variable block is: "a TypeVar bound" and the like, for error messages.
    pub scope_info: &'static str,
    pub span: Span,
    pub symbols: Symbols,
    /// Parameters in order.
    pub varnames: Vec<Ident>,
    pub children: Vec<ScopeId>,
    /// Where names were declared `global` or `nonlocal`.
    pub directives: Vec<(Ident, Span)>,
    /// In a class inside a type parameter block only these names are mangled.
    pub mangled_names: Option<HashSet<Ident>>,
    pub comprehension: ComprehensionKind,
    /// Inside a function, at whatever depth.
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    /// Some `return` has a value.
    pub returns_value: bool,
    /// A class whose methods use `__class__` or `super`.
    pub needs_class_closure: bool,
    /// A class whose namespace inner annotation scopes look into.
    pub needs_classdict: bool,
    /// The comprehension's code is part of the enclosing block.
    pub comp_inlined: bool,
    /// Visiting a comprehension's target.
    pub comp_iter_target: bool,
    /// How many comprehension iterables surround the place being visited.
    pub comp_iter_expr: u32,
    /// An annotation or type scope directly in a class.
    pub can_see_class_scope: bool,
    /// A function with a docstring or class with one.
    pub has_docstring: bool,
    /// A function defined directly in a class.
    pub method: bool,
    pub annotations_used: bool,
    pub has_conditional_annotations: bool,
    pub in_conditional_block: bool,
    pub in_unevaluated_annotation: bool,
    pub annotation_block: Option<ScopeId>,
}

impl Scope {
    /// What the name is in this scope.
    pub fn name_scope(&self, name: &str) -> NameScope {
        self.symbols.get(name).map_or(NameScope::Unknown, NameScope::of)
    }

    /// Whether the block runs as a function: its names are fast locals.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Class | BlockKind::Module)
    }
}

/// The scopes of one source text.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    pub scopes: Vec<Scope>,
    by_node: HashMap<NodeKey, ScopeId>,
}

impl SymbolTable {
    /// The scope of a part of the tree.
    pub fn lookup(&self, key: NodeKey) -> Option<ScopeId> {
        self.by_node.get(&key).copied()
    }

    /// The module's scope.
    pub const TOP: ScopeId = ScopeId(0);
}

impl std::ops::Index<ScopeId> for SymbolTable {
    type Output = Scope;
    fn index(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }
}
impl std::ops::IndexMut<ScopeId> for SymbolTable {
    fn index_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }
}

/// The private form of a name in a class: `__x` in class `_A` is `_A__x`.
pub fn mangle(class: Option<&Ident>, name: &Ident) -> Ident {
    let Some(class) = class else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    format!("_{class}{name}").into()
}

/// As [`mangle`], but in a type parameter block around a class only its type parameters are mangled.
pub fn maybe_mangle(class: Option<&Ident>, scope: &Scope, name: &Ident) -> Ident {
    match &scope.mangled_names {
        Some(names) if !names.contains(name) => name.clone(),
        _ => mangle(class, name),
    }
}

/// A plain syntax error.
pub(crate) fn error<T>(span: Span, message: impl Into<String>) -> Result<T, Box<SyntaxError>> {
    Err(Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, span)))
}

/// The cells of a scope and then its free variables, each sorted as CPython numbers them.
pub(crate) fn closure_names(scope: &Scope, each: &mut dyn FnMut(&Ident, bool)) {
    let by_kind = |kind: NameScope, flag: u32| {
        let mut names: Vec<Ident> = scope
            .symbols
            .iter()
            .filter(|(_, flags)| NameScope::of(*flags) == kind || flags & flag != 0)
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names
    };
    let implicit = [
        (scope.needs_class_closure, "__class__"),
        (scope.needs_classdict, "__classdict__"),
        (scope.has_conditional_annotations, "__conditional_annotations__"),
    ];
    for name in by_kind(NameScope::Cell, symbol::DEF_COMP_CELL) {
        each(&name, true);
    }
    for (_, name) in implicit.iter().filter(|(needed, _)| *needed) {
        each(&Ident::from(*name), true);
    }
    for name in by_kind(NameScope::Free, symbol::DEF_FREE_CLASS) {
        each(&name, false);
    }
}
