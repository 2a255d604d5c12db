//! Code generation: one walk over the tree that emits instructions with labels, block by block.
//!
//! It is CPython's `codegen.c`, function for function, since the order of instructions and constants is
//! visible in `dis` and in tracebacks. Nothing is optimized here but what depends on the shape of the tree
//! (`super()` calls, method calls, two-part slices, `all(genexpr)`): the flow graph does the rest.
//!
//! A [`Unit`] is a code object in the making; units nest as scopes do. A *frame block* ([`FBlock`])
//! remembers what `break`, `continue` and `return` have to undo on their way out of loops, `with` and
//! `try`.
//!
//! Where to start: [`generate`], then `stmt.rs` and `expr.rs`.

mod annotations;
mod assign;
mod call;
mod checks;
mod class;
mod comprehension;
mod expr;
mod function;
mod import;
mod loops;
mod names;
mod pattern;
mod stmt;
mod strings;
mod try_;
mod type_params;
mod unwind;
mod with;

use super::code::{Code, Const};
use super::consts::ConstTable;
use super::depth::Depth;
use super::ir::{InstrSeq, Label, Loc, Op, op::*};
use super::symtable::{NodeKey, Scope, ScopeId, SymbolTable};
use super::{CompileOptions, assemble};
use crate::syntax::ast::*;
use crate::syntax::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningCategory};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) type Result<T = ()> = std::result::Result<T, Box<SyntaxError>>;

/// More values than this are not piled up on the stack, but collected in a container.
pub(super) const STACK_USE_GUIDELINE: usize = 30;

/// What kind of block a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitKind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
}

/// What surrounds the statement being compiled, and how to leave it.
#[derive(Clone, Debug)]
pub(super) enum FBlockKind {
    WhileLoop,
    ForLoop,
    AsyncForLoop,
    TryExcept,
    /// With the `finally` body.
    FinallyTry(Vec<StmtId>),
    FinallyEnd,
    With,
    AsyncWith,
    /// With the name of `except ... as name`.
    HandlerCleanup(Option<Ident>),
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

#[derive(Clone, Debug)]
pub(super) struct FBlock {
    pub kind: FBlockKind,
    pub loc: Loc,
    /// Where `continue` goes.
    pub block: Option<Label>,
    /// Where `break` goes.
    pub exit: Option<Label>,
}

/// Names numbered in the order they came.
#[derive(Clone, Debug, Default)]
pub(super) struct NameTable {
    pub names: Vec<Ident>,
    index: HashMap<Ident, u32>,
}

impl NameTable {
    pub fn add(&mut self, name: &Ident) -> u32 {
        if let Some(&i) = self.index.get(name) {
            return i;
        }
        let i = self.names.len() as u32;
        self.names.push(name.clone());
        self.index.insert(name.clone(), i);
        i
    }

    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// How many parameters a unit has, of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ArgCounts {
    /// Positional-only ones not included.
    pub positional: u32,
    pub posonly: u32,
    pub kwonly: u32,
}

/// A code object in the making.
pub(super) struct Unit {
    pub kind: UnitKind,
    pub scope: ScopeId,
    pub name: Ident,
    pub qualname: Ident,
    /// The class whose private names are mangled.
    pub private: Option<Ident>,
    pub firstlineno: u32,
    pub args: ArgCounts,
    pub seq: InstrSeq,
    /// What sets up a module's annotations; it takes the place of `ANNOTATIONS_PLACEHOLDER`.
    pub annotation_seq: Option<InstrSeq>,
    pub consts: ConstTable,
    pub names: NameTable,
    pub varnames: NameTable,
    pub cellvars: NameTable,
    pub freevars: NameTable,
    /// Iteration variables of inlined comprehensions outside functions; true while they are fast locals.
    pub fast_hidden: HashMap<Ident, bool>,
    pub fblocks: Vec<FBlock>,
    /// Attributes assigned through `self` in the methods of a class.
    pub static_attributes: BTreeSet<Ident>,
    /// Annotated assignments, with their number if they are conditional.
    pub deferred_annotations: Vec<(StmtId, Option<u32>)>,
    pub in_conditional_block: bool,
    pub next_conditional_annotation: u32,
    /// How many inlined comprehensions surround the expression.
    pub inlined_comprehensions: u32,
}

/// The state of the walk.
pub(super) struct Codegen<'a> {
    pub ast: &'a Ast,
    pub table: SymbolTable,
    pub filename: Arc<str>,
    pub options: &'a CompileOptions,
    /// `CO_FUTURE_*` flags in force.
    pub future: u32,
    pub interactive: bool,
    /// The innermost last.
    pub units: Vec<Unit>,
    pub warnings: Vec<SyntaxWarning>,
    depth: Depth,
    /// Depth of `finally` bodies being copied, in which warnings would repeat.
    pub quiet: u32,
}

/// Generates the code of a whole text.
pub(super) fn generate(
    ast: &Ast,
    root: &Mod,
    table: SymbolTable,
    filename: Arc<str>,
    options: &CompileOptions,
    future: u32,
    warnings: Vec<SyntaxWarning>,
) -> Result<(Arc<Code>, Vec<SyntaxWarning>)> {
    let mut c = Codegen {
        ast,
        table,
        filename,
        options,
        future,
        interactive: matches!(root, Mod::Interactive(_)),
        units: Vec::new(),
        warnings,
        depth: Depth::default(),
        quiet: 0,
    };
    c.enter_scope("<module>".into(), UnitKind::Module, NodeKey::Root, 1, None, ArgCounts::default())?;
    let add_none = match root {
        Mod::Module(body) => {
            c.body(c.start_location(body), body, false)?;
            true
        }
        Mod::Interactive(body) => {
            c.body(c.start_location(body), body, true)?;
            true
        }
        Mod::Expression(value) => {
            c.expr(*value)?;
            false
        }
    };
    let code = c.assemble(add_none)?;
    Ok((code, c.warnings))
}

impl<'a> Codegen<'a> {
    /// The position of a module's first statement.
    fn start_location(&self, body: &[StmtId]) -> Loc {
        body.first().map_or(Loc::new(1, 1, 0, 0), |&s| self.stmt_loc(s))
    }

    pub fn unit(&mut self) -> &mut Unit {
        self.units.last_mut().expect("the module's unit is there until the end")
    }

    pub fn unit_ref(&self) -> &Unit {
        self.units.last().expect("the module's unit is there until the end")
    }

    pub fn scope(&self) -> &Scope {
        &self.table[self.unit_ref().scope]
    }

    pub fn loc(&self, id: ExprId) -> Loc {
        self.ast[id].span.into()
    }

    pub fn stmt_loc(&self, id: StmtId) -> Loc {
        self.ast[id].span.into()
    }

    /// Runs `f` one level deeper.
    pub fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth.enter(span)?;
        let result = super::depth::grow(|| f(self));
        self.depth.leave();
        result
    }

    pub fn error<T>(&self, loc: Loc, message: impl Into<String>) -> Result<T> {
        Err(Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, loc.span())))
    }

    pub fn warn(&mut self, loc: Loc, message: impl Into<String>) {
        if self.quiet == 0 {
            self.warnings.push(SyntaxWarning {
                category: WarningCategory::SyntaxWarning,
                message: message.into(),
                span: loc.span(),
            });
        }
    }

    // What is emitted.

    pub fn op(&mut self, loc: Loc, op: Op) {
        self.unit().seq.add(loc, op, 0);
    }

    pub fn op_arg(&mut self, loc: Loc, op: Op, arg: u32) {
        self.unit().seq.add(loc, op, arg);
    }

    pub fn jump(&mut self, loc: Loc, op: Op, target: Label) {
        self.unit().seq.add(loc, op, target.0);
    }

    pub fn label(&mut self) -> Label {
        self.unit().seq.new_label()
    }

    pub fn place(&mut self, label: Label) {
        self.unit().seq.use_label(label);
    }

    pub fn load_const(&mut self, loc: Loc, value: Const) {
        let i = self.unit().consts.add(value);
        self.op_arg(loc, LOAD_CONST, i);
    }

    pub fn load_str(&mut self, loc: Loc, text: &str) {
        self.load_const(loc, Const::Str(Text::new(text)));
    }

    pub fn load_none(&mut self, loc: Loc) {
        self.load_const(loc, Const::None);
    }

    /// An instruction that names an attribute, import or global.
    pub fn op_name(&mut self, loc: Loc, op: Op, name: &Ident) {
        let mangled = self.mangled(name);
        let i = self.unit().names.add(&mangled);
        self.op_arg(loc, op, i);
    }

    // Units.

    pub fn enter_scope(
        &mut self,
        name: Ident,
        kind: UnitKind,
        key: NodeKey,
        firstlineno: u32,
        private: Option<Ident>,
        args: ArgCounts,
    ) -> Result {
        let Some(scope) = self.table.lookup(key) else {
            return self.error(Loc::new(firstlineno as i32, 0, 0, 0), "unknown scope");
        };
        let entry = &self.table[scope];
        let mut varnames = NameTable::default();
        for name in &entry.varnames {
            varnames.add(name);
        }
        let mut cellvars = NameTable::default();
        let mut freevars = NameTable::default();
        super::symtable::closure_names(entry, &mut |name, is_cell| {
            if is_cell { &mut cellvars } else { &mut freevars }.add(name);
        });
        let private = private.or_else(|| self.units.last().and_then(|u| u.private.clone()));
        let qualname = self.qualname(&name, kind);
        self.units.push(Unit {
            kind,
            scope,
            name,
            qualname,
            private,
            firstlineno,
            args,
            seq: InstrSeq::default(),
            annotation_seq: None,
            consts: ConstTable::default(),
            names: NameTable::default(),
            varnames,
            cellvars,
            freevars,
            fast_hidden: HashMap::new(),
            fblocks: Vec::new(),
            static_attributes: BTreeSet::new(),
            deferred_annotations: Vec::new(),
            in_conditional_block: false,
            next_conditional_annotation: 0,
            inlined_comprehensions: 0,
        });
        let line = firstlineno as i32;
        let loc = Loc::new(if kind == UnitKind::Module { 0 } else { line }, line, 0, 0);
        self.op_arg(loc, RESUME, 0);
        if kind == UnitKind::Module {
            self.op(loc, ANNOTATIONS_PLACEHOLDER);
        }
        Ok(())
    }

    fn qualname(&self, name: &Ident, kind: UnitKind) -> Ident {
        use UnitKind::*;
        let mut outer = self.units.as_slice();
        let mut base: Option<String> = None;
        if outer.len() > 1 {
            // Annotation scopes do not show in qualified names.
            if outer[outer.len() - 1].kind == Annotations {
                outer = &outer[..outer.len() - 1];
                if outer.len() == 1 {
                    return name.clone();
                }
            }
            let parent = &outer[outer.len() - 1];
            let force_global = matches!(kind, Function | AsyncFunction | Class) && {
                let mangled = super::symtable::mangle(parent.private.as_ref(), name);
                self.table[parent.scope].name_scope(&mangled) == super::symtable::NameScope::GlobalExplicit
            };
            if !force_global {
                let locals = matches!(parent.kind, Function | AsyncFunction | Lambda);
                base = Some(format!("{}{}", parent.qualname, if locals { ".<locals>" } else { "" }));
            }
        }
        match base {
            Some(base) => format!("{base}.{name}").into(),
            None => name.clone(),
        }
    }

    /// Ends the innermost unit: optimizes it and makes its code object.
    pub fn assemble(&mut self, add_none: bool) -> Result<Arc<Code>> {
        if add_none {
            self.load_none(Loc::NONE);
        }
        self.op(Loc::NONE, RETURN_VALUE);
        let unit = self.units.pop().expect("the unit was entered");
        let scope = &self.table[unit.scope];
        let top_level_await = self.options.allow_top_level_await;
        assemble::assemble(unit, scope, self.future, top_level_await, &self.filename).map(Arc::new)
    }

    /// Whether `optimize` removes asserts.
    pub fn optimized(&self) -> bool {
        self.options.optimize >= 1
    }

    /// What an AST literal is as a constant.
    pub fn constant(value: &Constant) -> Const {
        match value {
            Constant::None => Const::None,
            Constant::True => Const::True,
            Constant::False => Const::False,
            Constant::Ellipsis => Const::Ellipsis,
            Constant::Int(i) => Const::Int(*i),
            Constant::BigInt(i) => Const::BigInt(i.clone()),
            Constant::Float(f) => Const::Float(*f),
            Constant::Imaginary(imag) => Const::Complex { real: 0.0, imag: *imag },
            Constant::Complex(real, imag) => Const::Complex { real: *real, imag: *imag },
            Constant::Tuple(items) => Const::Tuple(items.iter().map(Self::constant).collect()),
            Constant::FrozenSet(items) => Const::FrozenSet(items.iter().map(Self::constant).collect()),
            Constant::Str { text, .. } => Const::Str(text.clone()),
            Constant::Bytes(bytes) => Const::Bytes(bytes.clone()),
        }
    }

    /// The statements of a module or class.
    pub fn body(&mut self, loc: Loc, body: &[StmtId], interactive: bool) -> Result {
        if self.unit_ref().kind == UnitKind::Module && self.scope().has_conditional_annotations {
            self.op_arg(loc, BUILD_SET, 0);
            self.store_name(loc, &"__conditional_annotations__".into())?;
        }
        if self.future_annotations() && self.scope().annotation_block.is_some() {
            self.op(loc, SETUP_ANNOTATIONS);
        }
        let mut first = 0;
        if !interactive && let Some(doc) = super::docstring(self.ast, body) {
            first = 1;
            if self.options.optimize < 2 {
                let loc = self.loc(doc);
                let text = self.doc_text(doc);
                self.load_const(loc, text);
                self.store_name(Loc::NONE, &"__doc__".into())?;
            }
        }
        self.stmts(&body[first..])?;
        if !self.future_annotations() {
            self.deferred_annotations(loc)?;
        }
        Ok(())
    }

    pub fn future_annotations(&self) -> bool {
        self.future & super::code::flags::FUTURE_ANNOTATIONS != 0
    }

    /// A docstring without its indentation.
    pub fn doc_text(&self, doc: ExprId) -> Const {
        match &self.ast[doc].kind {
            ExprKind::Constant(Constant::Str { text, .. }) => Const::Str(super::clean_doc(text)),
            _ => Const::None,
        }
    }
}

/// `BINARY_OP`'s argument for subscription.
pub(super) const SUBSCRIPT: u32 = 26;
/// What is added to `BINARY_OP`'s argument for the in-place form.
pub(super) const INPLACE: u32 = 13;

/// `BINARY_OP`'s argument.
pub(super) fn operator_arg(op: Operator) -> u32 {
    match op {
        Operator::Add => 0,
        Operator::BitAnd => 1,
        Operator::FloorDiv => 2,
        Operator::LShift => 3,
        Operator::MatMult => 4,
        Operator::Mult => 5,
        Operator::Mod => 6,
        Operator::BitOr => 7,
        Operator::Pow => 8,
        Operator::RShift => 9,
        Operator::Sub => 10,
        Operator::Div => 11,
        Operator::BitXor => 12,
    }
}

/// Arguments of `CALL_INTRINSIC_1` and `CALL_INTRINSIC_2`.
pub(super) mod intrinsic {
    pub const PRINT: u32 = 1;
    pub const IMPORT_STAR: u32 = 2;
    pub const STOPITERATION_ERROR: u32 = 3;
    pub const ASYNC_GEN_WRAP: u32 = 4;
    pub const UNARY_POSITIVE: u32 = 5;
    pub const LIST_TO_TUPLE: u32 = 6;
    pub const TYPEVAR: u32 = 7;
    pub const PARAMSPEC: u32 = 8;
    pub const TYPEVARTUPLE: u32 = 9;
    pub const SUBSCRIPT_GENERIC: u32 = 10;
    pub const TYPEALIAS: u32 = 11;

    pub const PREP_RERAISE_STAR: u32 = 1;
    pub const TYPEVAR_WITH_BOUND: u32 = 2;
    pub const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
    pub const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
    pub const SET_TYPEPARAM_DEFAULT: u32 = 5;
}

/// Arguments of `LOAD_COMMON_CONSTANT`.
pub(super) mod common {
    pub const ASSERTION_ERROR: u32 = 0;
    pub const NOT_IMPLEMENTED_ERROR: u32 = 1;
    pub const TUPLE: u32 = 2;
    pub const ALL: u32 = 3;
    pub const ANY: u32 = 4;
}

/// Arguments of `LOAD_SPECIAL`.
pub(super) mod special {
    pub const ENTER: u32 = 0;
    pub const EXIT: u32 = 1;
    pub const AENTER: u32 = 2;
    pub const AEXIT: u32 = 3;
}

/// Bits of `SET_FUNCTION_ATTRIBUTE`.
pub(super) mod function_flag {
    pub const DEFAULTS: u32 = 1;
    pub const KWDEFAULTS: u32 = 2;
    pub const CLOSURE: u32 = 8;
    pub const ANNOTATE: u32 = 16;
}
