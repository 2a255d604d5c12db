//! The abstract syntax tree, node for node that of CPython's `Parser/Python.asdl`.
//!
//! Nodes live in one arena (`Ast`) and refer to each other by index, so a tree of any depth is built
//! and dropped without recursion, and a later pass can keep side tables indexed by node.
//! Source: <https://docs.python.org/3.14/library/ast.html#abstract-grammar>

use std::sync::Arc;

/// A half-open range of source text. Lines count from 1; columns are UTF-8 byte offsets from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub line: u32,
    pub col: u32,
    pub end_line: u32,
    pub end_col: u32,
}

impl Span {
    /// From where `self` starts to where `other` ends.
    pub fn to(self, other: Span) -> Span {
        Span { line: self.line, col: self.col, end_line: other.end_line, end_col: other.end_col }
    }
}

/// An identifier, NFKC-normalized, not yet mangled.
pub type Ident = Arc<str>;

/// The text of a string literal: WTF-8, that is UTF-8 which may also hold lone surrogates
/// (`'\ud800'` is a valid literal).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(pub Arc<[u8]>);

impl Text {
    /// Text without surrogates.
    pub fn new(s: &str) -> Text {
        Text(Arc::from(s.as_bytes()))
    }

    /// The text as UTF-8, unless it holds a lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
    )* };
}
ids! {
    /// Index of an expression in [`Ast::exprs`].
    ExprId,
    /// Index of a statement in [`Ast::stmts`].
    StmtId,
    /// Index of a pattern in [`Ast::patterns`].
    PatternId
}

/// The arena that owns every node of one source file.
#[derive(Debug, Default, Clone)]
pub struct Ast {
    pub exprs: Vec<Expr>,
    pub stmts: Vec<Stmt>,
    pub patterns: Vec<Pattern>,
}

impl Ast {
    /// Adds an expression.
    pub fn expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        self.exprs.push(Expr { span, kind });
        ExprId(self.exprs.len() as u32 - 1)
    }

    /// Adds a statement.
    pub fn stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        self.stmts.push(Stmt { span, kind });
        StmtId(self.stmts.len() as u32 - 1)
    }

    /// Adds a `match` pattern.
    pub fn pattern(&mut self, span: Span, kind: PatternKind) -> PatternId {
        self.patterns.push(Pattern { span, kind });
        PatternId(self.patterns.len() as u32 - 1)
    }
}

impl std::ops::Index<ExprId> for Ast {
    type Output = Expr;
    fn index(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }
}
impl std::ops::IndexMut<ExprId> for Ast {
    fn index_mut(&mut self, id: ExprId) -> &mut Expr {
        &mut self.exprs[id.0 as usize]
    }
}
impl std::ops::Index<StmtId> for Ast {
    type Output = Stmt;
    fn index(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }
}
impl std::ops::IndexMut<StmtId> for Ast {
    fn index_mut(&mut self, id: StmtId) -> &mut Stmt {
        &mut self.stmts[id.0 as usize]
    }
}
impl std::ops::Index<PatternId> for Ast {
    type Output = Pattern;
    fn index(&self, id: PatternId) -> &Pattern {
        &self.patterns[id.0 as usize]
    }
}

/// `mod`: what one source text is.
#[derive(Debug, Clone)]
pub enum Mod {
    Module(Vec<StmtId>),
    /// One statement (or several on a line) typed at a prompt: expression values are displayed.
    Interactive(Vec<StmtId>),
    /// The argument of `eval`.
    Expression(ExprId),
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug, Clone)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    FunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Return(Option<ExprId>),
    Delete(Vec<ExprId>),
    Assign {
        targets: Vec<ExprId>,
        value: ExprId,
    },
    TypeAlias {
        name: ExprId,
        type_params: Vec<TypeParam>,
        value: ExprId,
    },
    AugAssign {
        target: ExprId,
        op: Operator,
        value: ExprId,
    },
    /// `simple` is true for a bare name without parentheses.
    AnnAssign {
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
    },
    For {
        target: ExprId,
        iter: ExprId,
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
        is_async: bool,
    },
    While {
        test: ExprId,
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    },
    If {
        test: ExprId,
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    },
    With {
        items: Vec<WithItem>,
        body: Vec<StmtId>,
        is_async: bool,
    },
    Match {
        subject: ExprId,
        cases: Vec<MatchCase>,
    },
    Raise {
        exc: Option<ExprId>,
        cause: Option<ExprId>,
    },
    /// `is_star` for `except*`.
    Try {
        body: Vec<StmtId>,
        handlers: Vec<ExceptHandler>,
        orelse: Vec<StmtId>,
        finalbody: Vec<StmtId>,
        is_star: bool,
    },
    Assert {
        test: ExprId,
        msg: Option<ExprId>,
    },
    Import(Vec<Alias>),
    /// `level` counts the leading dots.
    ImportFrom {
        module: Option<Ident>,
        names: Vec<Alias>,
        level: u32,
    },
    Global(Vec<Ident>),
    Nonlocal(Vec<Ident>),
    Expr(ExprId),
    Pass,
    Break,
    Continue,
}

#[derive(Debug, Clone)]
pub struct FunctionDef {
    pub name: Ident,
    pub args: Arguments,
    pub body: Vec<StmtId>,
    pub decorators: Vec<ExprId>,
    pub returns: Option<ExprId>,
    pub type_params: Vec<TypeParam>,
    pub is_async: bool,
}

#[derive(Debug, Clone)]
pub struct ClassDef {
    pub name: Ident,
    pub bases: Vec<ExprId>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<StmtId>,
    pub decorators: Vec<ExprId>,
    pub type_params: Vec<TypeParam>,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    BoolOp {
        op: BoolOp,
        values: Vec<ExprId>,
    },
    NamedExpr {
        target: ExprId,
        value: ExprId,
    },
    BinOp {
        left: ExprId,
        op: Operator,
        right: ExprId,
    },
    UnaryOp {
        op: UnaryOp,
        operand: ExprId,
    },
    Lambda {
        args: Box<Arguments>,
        body: ExprId,
    },
    IfExp {
        test: ExprId,
        body: ExprId,
        orelse: ExprId,
    },
    /// A `None` key is `**value`.
    Dict {
        keys: Vec<Option<ExprId>>,
        values: Vec<ExprId>,
    },
    Set(Vec<ExprId>),
    ListComp {
        elt: ExprId,
        generators: Vec<Comprehension>,
    },
    SetComp {
        elt: ExprId,
        generators: Vec<Comprehension>,
    },
    DictComp {
        key: ExprId,
        value: ExprId,
        generators: Vec<Comprehension>,
    },
    GeneratorExp {
        elt: ExprId,
        generators: Vec<Comprehension>,
    },
    Await(ExprId),
    Yield(Option<ExprId>),
    YieldFrom(ExprId),
    Compare {
        left: ExprId,
        ops: Vec<CmpOp>,
        comparators: Vec<ExprId>,
    },
    Call {
        func: ExprId,
        args: Vec<ExprId>,
        keywords: Vec<Keyword>,
    },
    /// One replacement field of an f-string.
    FormattedValue {
        value: ExprId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    },
    /// One replacement field of a t-string; `text` is its source text (PEP 750).
    Interpolation {
        value: ExprId,
        text: Text,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    },
    JoinedStr(Vec<ExprId>),
    TemplateStr(Vec<ExprId>),
    Constant(Constant),
    Attribute {
        value: ExprId,
        attr: Ident,
        ctx: Context,
    },
    Subscript {
        value: ExprId,
        slice: ExprId,
        ctx: Context,
    },
    Starred {
        value: ExprId,
        ctx: Context,
    },
    Name {
        id: Ident,
        ctx: Context,
    },
    List {
        elts: Vec<ExprId>,
        ctx: Context,
    },
    Tuple {
        elts: Vec<ExprId>,
        ctx: Context,
    },
    Slice {
        lower: Option<ExprId>,
        upper: Option<ExprId>,
        step: Option<ExprId>,
    },
}

/// The value of a literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    /// Fits a machine word.
    Int(i64),
    BigInt(num_bigint::BigInt),
    Float(f64),
    /// The imaginary part of a complex literal.
    Imaginary(f64),
    /// What no single literal is: `1 + 2j` in a pattern, or a constant of a tree that a program built.
    Complex(f64, f64),
    Tuple(Arc<[Constant]>),
    FrozenSet(Arc<[Constant]>),
    /// `u` records a `u''` prefix (`Constant.kind`).
    Str {
        text: Text,
        u: bool,
    },
    Bytes(Arc<[u8]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Load,
    Store,
    Del,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    None,
    Str,
    Repr,
    Ascii,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

#[derive(Debug, Clone)]
pub struct Comprehension {
    pub target: ExprId,
    pub iter: ExprId,
    pub ifs: Vec<ExprId>,
    pub is_async: bool,
}

#[derive(Debug, Clone)]
pub struct ExceptHandler {
    pub span: Span,
    pub typ: Option<ExprId>,
    pub name: Option<Ident>,
    pub body: Vec<StmtId>,
}

#[derive(Debug, Clone, Default)]
pub struct Arguments {
    pub posonlyargs: Vec<Arg>,
    pub args: Vec<Arg>,
    pub vararg: Option<Arg>,
    pub kwonlyargs: Vec<Arg>,
    /// One per keyword-only parameter; `None` where it is required.
    pub kw_defaults: Vec<Option<ExprId>>,
    pub kwarg: Option<Arg>,
    /// For the last positional parameters.
    pub defaults: Vec<ExprId>,
}

#[derive(Debug, Clone)]
pub struct Arg {
    pub span: Span,
    pub arg: Ident,
    pub annotation: Option<ExprId>,
}

/// `name=value` in a call or class header; `**value` has no name.
#[derive(Debug, Clone)]
pub struct Keyword {
    pub span: Span,
    pub arg: Option<Ident>,
    pub value: ExprId,
}

#[derive(Debug, Clone)]
pub struct Alias {
    pub span: Span,
    pub name: Ident,
    pub asname: Option<Ident>,
}

#[derive(Debug, Clone)]
pub struct WithItem {
    pub context_expr: ExprId,
    pub optional_vars: Option<ExprId>,
}

#[derive(Debug, Clone)]
pub struct MatchCase {
    pub pattern: PatternId,
    pub guard: Option<ExprId>,
    pub body: Vec<StmtId>,
}

#[derive(Debug, Clone)]
pub enum PatternKind {
    Value(ExprId),
    /// `None`, `True` or `False`.
    Singleton(Constant),
    Sequence(Vec<PatternId>),
    Mapping {
        keys: Vec<ExprId>,
        patterns: Vec<PatternId>,
        rest: Option<Ident>,
    },
    Class {
        cls: ExprId,
        patterns: Vec<PatternId>,
        kwd_attrs: Vec<Ident>,
        kwd_patterns: Vec<PatternId>,
    },
    /// `*name`, or `*_` without a name.
    Star(Option<Ident>),
    /// A capture, `pattern as name`, or the wildcard when both are `None`.
    As {
        pattern: Option<PatternId>,
        name: Option<Ident>,
    },
    Or(Vec<PatternId>),
}

#[derive(Debug, Clone)]
pub struct TypeParam {
    pub span: Span,
    pub name: Ident,
    pub kind: TypeParamKind,
    pub default: Option<ExprId>,
}

#[derive(Debug, Clone)]
pub enum TypeParamKind {
    TypeVar { bound: Option<ExprId> },
    TypeVarTuple,
    ParamSpec,
}
