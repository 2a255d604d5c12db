//! What the grammar's actions do: nodes are made here, and what the grammar lets through too freely is
//! turned down.
//!
//! Invariant: no function here recurses on the depth of the source. Operators arrive as flat chains, and
//! targets are walked with a stack.

mod arguments;
mod fstrings;
mod operators;
mod patterns;
mod statements;
mod strings;
mod targets;

pub use arguments::{CallArg, Param};
pub use fstrings::{Piece, Spec};
pub use operators::{LogicItem, Operand};
pub use patterns::{ClassItem, MapItem};
pub use statements::{Elif, Handler};
pub use strings::StringPart;

use super::ast::*;
use super::error::{SyntaxError, SyntaxWarning};
use super::token::{Kind, Pos, Token};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// A token as the parser sees it: its kind, soft keywords told apart, and its index in the token list.
#[derive(Clone, Copy, Debug)]
pub struct Tok {
    pub kind: Kind,
    pub index: u32,
}

/// Why an action turned its text down.
#[derive(Debug)]
pub enum Reject {
    /// Not Python: the diagnosis finds the words.
    Grammar,
    /// A literal that cannot be decoded.
    Literal(Box<SyntaxError>),
}

/// Result of an action; the error type is the parser's own.
pub type Build<T> = Result<T, lalrpop_util::ParseError<Pos, Tok, Reject>>;

/// Turns the text down.
pub(super) fn reject<T>() -> Build<T> {
    Err(lalrpop_util::ParseError::User { error: Reject::Grammar })
}

/// The span between two places.
pub fn sp(l: Pos, r: Pos) -> Span {
    Span { line: l.line, col: l.col, end_line: r.line, end_col: r.col }
}

/// The tree while it grows.
pub struct Builder<'s> {
    pub source: &'s str,
    pub tokens: &'s [Token],
    pub ast: Ast,
    pub warnings: Vec<SyntaxWarning>,
    /// End of the last simple statement line: where the compound statement around it ends.
    pub line_end: Pos,
    /// `from __future__ import barry_as_FLUFL` is in force: `<>` instead of `!=`.
    pub flufl: bool,
    /// Line that warnings about escapes count from, where it is not their token's: CPython decodes the text
    /// of an f-string at its end.
    pub(super) escape_line: Option<u32>,
    /// One bit per expression: it stood in parentheses.
    grouped: Vec<u64>,
    idents: HashMap<&'s str, Ident, RandomState>,
}

impl<'s> Builder<'s> {
    pub fn new(source: &'s str, tokens: &'s [Token], flufl: bool) -> Self {
        let mut ast = Ast::default();
        ast.exprs.reserve(tokens.len() / 2);
        ast.stmts.reserve(tokens.len() / 16);
        Builder {
            source,
            tokens,
            ast,
            warnings: Vec::new(),
            line_end: Pos::default(),
            flufl,
            escape_line: None,
            grouped: Vec::new(),
            idents: HashMap::default(),
        }
    }

    /// The text of a token.
    pub fn text(&self, tok: Tok) -> &'s str {
        let token = &self.tokens[tok.index as usize];
        &self.source[token.start as usize..token.end as usize]
    }

    pub(super) fn token(&self, tok: Tok) -> &'s Token {
        &self.tokens[tok.index as usize]
    }

    /// The name of a token, NFKC-normalized; equal names share their text.
    pub fn ident(&mut self, tok: Tok) -> Ident {
        let text = self.text(tok);
        if let Some(ident) = self.idents.get(text) {
            return ident.clone();
        }
        let ident: Ident = if text.is_ascii() { Arc::from(text) } else { text.nfkc().collect::<String>().into() };
        self.idents.insert(text, ident.clone());
        ident
    }

    pub fn name(&mut self, id: Ident, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::Name { id, ctx: Context::Load })
    }

    pub fn constant(&mut self, value: Constant, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::Constant(value))
    }

    pub fn tuple(&mut self, elts: Vec<ExprId>, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::Tuple { elts, ctx: Context::Load })
    }

    /// A tuple in parentheses, which belong to it.
    pub fn paren_tuple(&mut self, elts: Vec<ExprId>, span: Span) -> ExprId {
        let e = self.tuple(elts, span);
        self.group(e)
    }

    pub fn list(&mut self, elts: Vec<ExprId>, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::List { elts, ctx: Context::Load })
    }

    pub fn dict(&mut self, items: Vec<(Option<ExprId>, ExprId)>, span: Span) -> ExprId {
        let (keys, values) = items.into_iter().unzip();
        self.ast.expr(span, ExprKind::Dict { keys, values })
    }

    pub fn starred(&mut self, value: ExprId, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::Starred { value, ctx: Context::Load })
    }

    /// Notes that an expression stood in parentheses.
    pub fn group(&mut self, e: ExprId) -> ExprId {
        let (word, bit) = (e.0 as usize / 64, e.0 % 64);
        if self.grouped.len() <= word {
            self.grouped.resize(word + 1, 0);
        }
        self.grouped[word] |= 1 << bit;
        e
    }

    pub(super) fn is_grouped(&self, e: ExprId) -> bool {
        self.grouped.get(e.0 as usize / 64).is_some_and(|word| word >> (e.0 % 64) & 1 == 1)
    }

    /// `!=`, or `<>` where PEP 401 is in force.
    pub fn not_equal(&self, tok: Tok) -> Build<CmpOp> {
        if (self.text(tok) == "<>") == self.flufl { Ok(CmpOp::NotEq) } else { reject() }
    }
}
