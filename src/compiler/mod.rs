//! From the abstract syntax tree to code objects, as CPython goes there:
//!
//! 1. [`preprocess`] settles what is known from the tree alone: `__debug__`, `%` of a literal string.
//! 2. [`symtable`] decides what every name is.
//! 3. [`codegen`] walks the tree and emits instructions, block by block.
//! 4. [`flowgraph`] optimizes them as a graph of basic blocks.
//! 5. [`assemble`] lays them out and makes the [`code::Code`], with its [`tables`].
//!
//! A code object is plain data: [`serialize`] writes it to the on-disk cache and reads it back.
//!
//! Invariant: instructions, constants, names, positions and tables are those of CPython 3.14, because
//! `dis`, tracebacks and `sys.settrace` show them.
//!
//! Invariant: no tree makes a pass overflow the stack or panic: what is too deep is a `RecursionError`.

mod assemble;
pub mod code;
mod codegen;
mod consts;
mod depth;
mod flowgraph;
mod future;
mod ir;
mod listing;
mod preprocess;
pub mod serialize;
pub mod symtable;
pub mod tables;
mod unparse;
pub mod verify;

use crate::syntax::ast::{Ast, Constant, ExprId, ExprKind, Mod, StmtId, StmtKind, Text};
use crate::syntax::error::{SyntaxError, SyntaxWarning};
use code::Code;
use std::sync::Arc;

/// How a text is compiled.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// 0, 1 (no asserts, `__debug__` is false) or 2 (no docstrings either).
    pub optimize: u8,
    /// `CO_FUTURE_*` flags inherited from the code that calls `compile()`.
    pub future_flags: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub allow_top_level_await: bool,
}

/// What compiling gives: the code of the text, and warnings in the order they arose.
pub type Compiled = (Arc<Code>, Vec<SyntaxWarning>);

/// Compiles a tree; `root` says whether it is a module, a line typed at a prompt or an expression.
///
/// Errors: `SyntaxError` with CPython's message and position, `RecursionError` for a tree that is too deep.
pub fn compile(ast: &Ast, root: &Mod, filename: &str, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let future = options.future_flags | future::features(ast, root)?;
    let (ast, warnings) = preprocess::preprocess(ast, root, options)?;
    let annotations = future & code::flags::FUTURE_ANNOTATIONS != 0;
    let table = symtable::build(&ast, root, annotations, options.allow_top_level_await)?;
    codegen::generate(&ast, root, table, filename.into(), options, future, warnings)
}

/// The symbol table of a tree, as compiling it would make it.
pub fn symbol_table(ast: &Ast, root: &Mod) -> Result<symtable::SymbolTable, Box<SyntaxError>> {
    let annotations = future::features(ast, root)? & code::flags::FUTURE_ANNOTATIONS != 0;
    symtable::build(ast, root, annotations, false)
}

/// The tree as the first pass leaves it (`PyCF_OPTIMIZED_AST`).
pub fn optimized_tree(ast: &Ast, root: &Mod, options: &CompileOptions) -> Result<(Ast, Mod), Box<SyntaxError>> {
    let (ast, _) = preprocess::preprocess(ast, root, options)?;
    Ok((ast.into_owned(), root.clone()))
}

/// The docstring of a body: a string literal that is its first statement.
pub(crate) fn docstring(ast: &Ast, body: &[StmtId]) -> Option<ExprId> {
    match ast[*body.first()?].kind {
        StmtKind::Expr(value) => match ast[value].kind {
            ExprKind::Constant(Constant::Str { .. }) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// A docstring without the indentation that all its lines but the first have in common.
fn clean_doc(text: &Text) -> Text {
    const TAB: usize = 8;
    let bytes = &text.0[..];
    // Without tabs and indented lines there is nothing to do; tabs are expanded in any case.
    let mut expanded = Vec::with_capacity(bytes.len());
    let mut column = 0;
    for &byte in bytes {
        match byte {
            b'\t' => {
                let n = TAB - column % TAB;
                expanded.resize(expanded.len() + n, b' ');
                column += n;
            }
            b'\n' | b'\r' => {
                expanded.push(byte);
                column = 0;
            }
            _ => {
                expanded.push(byte);
                // A character counts once, by its first byte.
                column += usize::from(byte & 0xC0 != 0x80);
            }
        }
    }
    let lines: Vec<&[u8]> = expanded.split(|b| *b == b'\n').collect();
    let indent = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
    let margin = lines[1..].iter().filter(|line| indent(line) < line.len()).map(|line| indent(line)).min();
    let mut out = Vec::with_capacity(expanded.len());
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push(b'\n');
            out.extend_from_slice(&line[margin.unwrap_or(0).min(indent(line)).min(line.len())..]);
        } else {
            out.extend_from_slice(&line[indent(line)..]);
        }
    }
    Text(out.into())
}
