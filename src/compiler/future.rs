//! `from __future__ import ...`

use super::code::flags;
use crate::syntax::ast::*;
use crate::syntax::error::{SyntaxError, SyntaxErrorKind};

fn error(span: Span, message: impl Into<String>) -> Box<SyntaxError> {
    Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, span))
}

/// The features a text asks for. They must come first, after a docstring.
pub(super) fn features(ast: &Ast, root: &Mod) -> Result<u32, Box<SyntaxError>> {
    let (Mod::Module(body) | Mod::Interactive(body)) = root else { return Ok(0) };
    let mut found = 0;
    let mut done = false;
    let mut first = true;
    for &id in body {
        let span = ast[id].span;
        match &ast[id].kind {
            StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => {
                if done {
                    let message = "from __future__ imports must occur at the beginning of the file";
                    return Err(error(span, message));
                }
                for alias in names {
                    found |= feature(&alias.name, alias.span)?;
                }
            }
            StmtKind::Expr(value) if first && is_string(ast, *value) => {}
            _ => done = true,
        }
        first = false;
    }
    // Imports inside blocks are too late, wherever they are.
    let late = |id: &usize| match &ast.stmts[*id].kind {
        StmtKind::ImportFrom { module: Some(module), level: 0, .. } => {
            &**module == "__future__" && !body.contains(&StmtId(*id as u32))
        }
        _ => false,
    };
    if let Some(id) = (0..ast.stmts.len()).find(late) {
        let message = "from __future__ imports must occur at the beginning of the file";
        return Err(error(ast.stmts[id].span, message));
    }
    Ok(found)
}

fn is_string(ast: &Ast, id: ExprId) -> bool {
    matches!(ast[id].kind, ExprKind::Constant(Constant::Str { .. }))
}

fn feature(name: &str, span: Span) -> Result<u32, Box<SyntaxError>> {
    Ok(match name {
        // These are always on.
        "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement" | "print_function"
        | "unicode_literals" | "generator_stop" => 0,
        "barry_as_FLUFL" => flags::FUTURE_BARRY_AS_BDFL,
        "annotations" => flags::FUTURE_ANNOTATIONS,
        "braces" => return Err(error(span, "not a chance")),
        _ => return Err(error(span, format!("future feature {name} is not defined"))),
    })
}
