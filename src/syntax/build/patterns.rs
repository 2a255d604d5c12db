//! `match` patterns.

use super::super::ast::*;
use super::{Build, Builder, Tok, reject};

/// One item of a mapping pattern.
#[derive(Debug)]
pub enum MapItem {
    Pair(ExprId, PatternId),
    Rest(Ident),
}

/// One argument of a class pattern.
#[derive(Debug)]
pub enum ClassItem {
    Positional(PatternId),
    Keyword(Ident, PatternId),
}

impl Builder<'_> {
    /// A name: `_` matches anything, any other is bound.
    pub fn capture(&mut self, tok: Tok, span: Span) -> PatternId {
        let name = (self.text(tok) != "_").then(|| self.ident(tok));
        self.ast.pattern(span, PatternKind::As { pattern: None, name })
    }

    pub fn star_pattern(&mut self, tok: Tok, span: Span) -> PatternId {
        let name = (self.text(tok) != "_").then(|| self.ident(tok));
        self.ast.pattern(span, PatternKind::Star(name))
    }

    pub fn as_pattern(&mut self, pattern: PatternId, name: Ident, span: Span) -> Build<PatternId> {
        if &*name == "_" {
            return reject();
        }
        Ok(self.ast.pattern(span, PatternKind::As { pattern: Some(pattern), name: Some(name) }))
    }

    pub fn literal_pattern(&mut self, e: ExprId, span: Span) -> PatternId {
        let kind = match &self.ast[e].kind {
            ExprKind::Constant(value @ (Constant::None | Constant::True | Constant::False)) => {
                PatternKind::Singleton(value.clone())
            }
            _ => PatternKind::Value(e),
        };
        self.ast.pattern(span, kind)
    }

    /// `real + imaginary`.
    pub fn complex(&mut self, real: ExprId, op: Operator, imaginary: ExprId, span: Span) -> Build<ExprId> {
        let digits = match self.ast[real].kind {
            ExprKind::UnaryOp { operand, .. } => operand,
            _ => real,
        };
        let is_imaginary = |e: ExprId| matches!(self.ast[e].kind, ExprKind::Constant(Constant::Imaginary(_)));
        if is_imaginary(digits) || !is_imaginary(imaginary) {
            return reject();
        }
        Ok(self.ast.expr(span, ExprKind::BinOp { left: real, op, right: imaginary }))
    }

    pub fn mapping_pattern(&mut self, items: Vec<MapItem>, span: Span) -> Build<PatternId> {
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        for item in items {
            if rest.is_some() {
                return reject();
            }
            match item {
                MapItem::Pair(key, pattern) => {
                    keys.push(key);
                    patterns.push(pattern);
                }
                MapItem::Rest(name) if &*name == "_" => return reject(),
                MapItem::Rest(name) => rest = Some(name),
            }
        }
        Ok(self.ast.pattern(span, PatternKind::Mapping { keys, patterns, rest }))
    }

    pub fn class_pattern(&mut self, cls: ExprId, items: Vec<ClassItem>, span: Span) -> Build<PatternId> {
        let (mut patterns, mut kwd_attrs, mut kwd_patterns) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            match item {
                ClassItem::Positional(pattern) if kwd_attrs.is_empty() => patterns.push(pattern),
                ClassItem::Positional(_) => return reject(),
                ClassItem::Keyword(name, pattern) => {
                    kwd_attrs.push(name);
                    kwd_patterns.push(pattern);
                }
            }
        }
        Ok(self.ast.pattern(span, PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns }))
    }
}
