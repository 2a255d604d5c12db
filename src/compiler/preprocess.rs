//! What is settled from the tree alone: `__debug__`, the `%` of a literal string, literal patterns, and
//! the warnings about leaving a `finally` block (PEP 765).
//!
//! The tree is an arena, so that most of it is a loop over all nodes. It is copied only if it changes.

use super::CompileOptions;
use super::depth::{Depth, grow};
use crate::syntax::ast::*;
use crate::syntax::error::{SyntaxError, SyntaxWarning, WarningCategory};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// The tree that is compiled, and the warnings.
type Preprocessed<'a> = (Cow<'a, Ast>, Vec<SyntaxWarning>);

pub(super) fn preprocess<'a>(
    ast: &'a Ast,
    root: &Mod,
    options: &CompileOptions,
) -> Result<Preprocessed<'a>, Box<SyntaxError>> {
    let mut tree = Cow::Borrowed(ast);
    let debug = if options.optimize == 0 { Constant::True } else { Constant::False };
    for i in 0..ast.exprs.len() {
        match &ast.exprs[i].kind {
            ExprKind::Name { id, ctx: Context::Load } if &**id == "__debug__" => {
                tree.to_mut().exprs[i].kind = ExprKind::Constant(debug.clone());
            }
            ExprKind::BinOp { left, op: Operator::Mod, right } => {
                if let Some(values) = format_as_fields(&mut tree, *left, *right) {
                    tree.to_mut().exprs[i].kind = ExprKind::JoinedStr(values);
                }
            }
            _ => {}
        }
    }
    for pattern in &ast.patterns {
        match &pattern.kind {
            PatternKind::Value(value) => fold_literal(&mut tree, *value),
            PatternKind::Mapping { keys, .. } => keys.iter().for_each(|&key| fold_literal(&mut tree, key)),
            _ => {}
        }
    }
    let mut finder = FinallyFinder { ast, warnings: Vec::new(), depth: Depth::default() };
    if let Mod::Module(body) | Mod::Interactive(body) = root {
        finder.stmts(body, State::default())?;
    }
    Ok((tree, finder.warnings))
}

/// `-1` and `1 + 2j` in a pattern are literals.
fn fold_literal(tree: &mut Cow<'_, Ast>, id: ExprId) {
    fn negated(value: &Constant) -> Option<Constant> {
        match value {
            Constant::Int(i) => {
                Some(i.checked_neg().map_or_else(|| Constant::BigInt(-BigInt::from(*i)), Constant::Int))
            }
            Constant::BigInt(i) => Some(Constant::BigInt(-i)),
            Constant::Float(f) => Some(Constant::Float(-f)),
            Constant::Imaginary(f) => Some(Constant::Complex(-0.0, -f)),
            _ => None,
        }
    }
    let literal = |tree: &Ast, id: ExprId| match &tree[id].kind {
        ExprKind::Constant(value) => Some(value.clone()),
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match &tree[*operand].kind {
            ExprKind::Constant(value) => negated(value),
            _ => None,
        },
        _ => None,
    };
    let folded = match &tree[id].kind {
        ExprKind::UnaryOp { .. } => literal(tree, id),
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
            let real = literal(tree, *left).and_then(|value| match value {
                Constant::Int(i) => Some(i as f64),
                Constant::BigInt(i) => i.to_f64().filter(|f| f.is_finite()),
                Constant::Float(f) => Some(f),
                _ => None,
            });
            match (real, literal(tree, *right)) {
                (Some(real), Some(Constant::Imaginary(f))) if *op == Operator::Add => Some(Constant::Complex(real, f)),
                (Some(real), Some(Constant::Imaginary(f))) => Some(Constant::Complex(real, -f)),
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(value) = folded {
        tree.to_mut()[id].kind = ExprKind::Constant(value);
    }
}

/// `'%s and %r' % (a, b)` as the values of an f-string, if it has only `%s`, `%r` and `%a` and the number
/// of values is right.
fn format_as_fields(tree: &mut Cow<'_, Ast>, left: ExprId, right: ExprId) -> Option<Vec<ExprId>> {
    let ExprKind::Constant(Constant::Str { text, .. }) = &tree[left].kind else { return None };
    let ExprKind::Tuple { elts, ctx: Context::Load } = &tree[right].kind else { return None };
    if elts.iter().any(|&e| matches!(tree[e].kind, ExprKind::Starred { .. })) {
        return None;
    }
    let parts = parse_format(&text.0)?;
    if parts.iter().filter(|part| matches!(part, Part::Field { .. })).count() != elts.len() {
        return None;
    }
    let elts = elts.clone();
    let mut elts = elts.into_iter();
    let nowhere = Span::default();
    let tree = tree.to_mut();
    let string = |bytes: Vec<u8>| ExprKind::Constant(Constant::Str { text: Text(bytes.into()), u: false });
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        let value = match part {
            Part::Literal(bytes) => tree.expr(nowhere, string(bytes)),
            Part::Field { conversion, spec } => {
                let value = elts.next()?;
                let format_spec = (!spec.is_empty()).then(|| {
                    let text = tree.expr(nowhere, string(spec.into_bytes()));
                    tree.expr(nowhere, ExprKind::JoinedStr(vec![text]))
                });
                let span = tree[value].span;
                tree.expr(span, ExprKind::FormattedValue { value, conversion, format_spec })
            }
        };
        values.push(value);
    }
    Some(values)
}

enum Part {
    Literal(Vec<u8>),
    Field { conversion: Conversion, spec: String },
}

/// Digits of a width or precision: as many or more are left to run time.
const MAX_DIGITS: usize = 3;

fn parse_format(format: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        let mut literal = Vec::new();
        while at < format.len() {
            if format[at] == b'%' {
                if format.get(at + 1) != Some(&b'%') {
                    break;
                }
                at += 1;
            }
            literal.push(format[at]);
            at += 1;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        if at >= format.len() {
            return Some(parts);
        }
        at += 1;
        let mut left = false;
        while let Some(flag) = format.get(at).filter(|b| b"-+ #0".contains(b)) {
            left |= *flag == b'-';
            at += 1;
        }
        let digits = |at: &mut usize| {
            let start = *at;
            while format.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            let text = std::str::from_utf8(&format[start..*at]).ok()?;
            (text.len() < MAX_DIGITS).then(|| text.parse::<u32>().ok())
        };
        let width = digits(&mut at)?;
        let mut precision = None;
        if format.get(at) == Some(&b'.') {
            at += 1;
            precision = Some(digits(&mut at)?.unwrap_or(0));
        }
        let conversion = match format.get(at)? {
            b's' => Conversion::Str,
            b'r' => Conversion::Repr,
            b'a' => Conversion::Ascii,
            _ => return None,
        };
        at += 1;
        let mut spec = String::new();
        if let Some(width) = width {
            if !left && width > 0 {
                spec.push('>');
            }
            spec += &width.to_string();
        }
        if let Some(precision) = precision {
            spec += &format!(".{precision}");
        }
        parts.push(Part::Field { conversion, spec });
    }
}

/// Where a statement stands, as far as leaving a `finally` block goes.
#[derive(Clone, Copy, Default)]
struct State {
    in_finally: bool,
    in_function: bool,
    in_loop: bool,
}

struct FinallyFinder<'a> {
    ast: &'a Ast,
    warnings: Vec<SyntaxWarning>,
    depth: Depth,
}

impl FinallyFinder<'_> {
    fn stmts(&mut self, body: &[StmtId], state: State) -> Result<(), Box<SyntaxError>> {
        body.iter().try_for_each(|&s| {
            self.depth.enter(self.ast[s].span)?;
            let result = grow(|| self.stmt(s, state));
            self.depth.leave();
            result
        })
    }

    fn warn(&mut self, keyword: &str, span: Span) {
        self.warnings.push(SyntaxWarning {
            category: WarningCategory::SyntaxWarning,
            message: format!("'{keyword}' in a 'finally' block"),
            span,
        });
    }

    fn stmt(&mut self, id: StmtId, state: State) -> Result<(), Box<SyntaxError>> {
        let ast = self.ast;
        let span = ast[id].span;
        match &ast[id].kind {
            StmtKind::FunctionDef(def) => {
                self.stmts(&def.body, State { in_function: true, ..State::default() })?;
            }
            StmtKind::ClassDef(def) => self.stmts(&def.body, State::default())?,
            StmtKind::Return(_) if state.in_finally && !state.in_function => self.warn("return", span),
            StmtKind::Break if state.in_finally && !state.in_loop => self.warn("break", span),
            StmtKind::Continue if state.in_finally && !state.in_loop => self.warn("continue", span),
            StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
                self.stmts(body, State { in_loop: true, ..state })?;
                self.stmts(orelse, state)?;
            }
            StmtKind::If { body, orelse, .. } => {
                self.stmts(body, state)?;
                self.stmts(orelse, state)?;
            }
            StmtKind::With { body, .. } => self.stmts(body, state)?,
            StmtKind::Match { cases, .. } => {
                cases.iter().try_for_each(|case| self.stmts(&case.body, state))?;
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.stmts(body, state)?;
                handlers.iter().try_for_each(|handler| self.stmts(&handler.body, state))?;
                self.stmts(orelse, state)?;
                self.stmts(finalbody, State { in_finally: true, in_function: false, in_loop: false })?;
            }
            _ => {}
        }
        Ok(())
    }
}
