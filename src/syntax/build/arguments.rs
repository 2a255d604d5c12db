//! Parameters and arguments: flat lists from the grammar, put in order here.

use super::super::ast::*;
use super::{Build, Builder, reject};

/// One item between the commas of a parameter list.
#[derive(Debug)]
pub enum Param {
    Plain(Arg, Option<ExprId>),
    Slash,
    Star,
    Args(Arg),
    Kwargs(Arg),
}

/// One item between the commas of a call or class header.
#[derive(Debug)]
pub enum CallArg {
    Positional(ExprId),
    Star(ExprId),
    Keyword(Keyword),
}

impl Builder<'_> {
    pub fn params(&mut self, items: Vec<Param>) -> Build<Box<Arguments>> {
        let mut out = Box::<Arguments>::default();
        // After `*`: parameters are keyword-only.
        let mut star = false;
        // A bare `*` that waits for its first parameter.
        let mut bare = false;
        let mut slash = false;
        for item in items {
            if out.kwarg.is_some() {
                return reject();
            }
            match item {
                Param::Plain(arg, default) if star => {
                    bare = false;
                    out.kwonlyargs.push(arg);
                    out.kw_defaults.push(default);
                }
                Param::Plain(arg, default) => {
                    match default {
                        Some(value) => out.defaults.push(value),
                        None if !out.defaults.is_empty() => return reject(),
                        None => {}
                    }
                    out.args.push(arg);
                }
                Param::Slash => {
                    if slash || star || out.args.is_empty() {
                        return reject();
                    }
                    slash = true;
                    out.posonlyargs = std::mem::take(&mut out.args);
                }
                Param::Star | Param::Args(_) if star => return reject(),
                Param::Star => (star, bare) = (true, true),
                Param::Args(arg) => {
                    star = true;
                    out.vararg = Some(arg);
                }
                Param::Kwargs(_) if bare => return reject(),
                Param::Kwargs(arg) => out.kwarg = Some(arg),
            }
        }
        if bare { reject() } else { Ok(out) }
    }

    /// Positional arguments come first; `*x` may follow `k=v`, nothing positional may follow `**x`.
    pub(super) fn split_args(&mut self, items: Vec<CallArg>) -> Build<(Vec<ExprId>, Vec<Keyword>)> {
        let mut args = Vec::with_capacity(items.len());
        let mut keywords: Vec<Keyword> = Vec::new();
        let mut unpacked = false;
        for item in items {
            match item {
                CallArg::Positional(e) if keywords.is_empty() => args.push(e),
                CallArg::Star(e) if !unpacked => args.push(e),
                CallArg::Keyword(keyword) => {
                    unpacked |= keyword.arg.is_none();
                    keywords.push(keyword);
                }
                _ => return reject(),
            }
        }
        Ok((args, keywords))
    }

    pub fn call(&mut self, func: ExprId, items: Vec<CallArg>, span: Span) -> Build<ExprId> {
        let (args, keywords) = self.split_args(items)?;
        Ok(self.ast.expr(span, ExprKind::Call { func, args, keywords }))
    }

    /// `f(x for x in y)`: the parentheses belong to the generator expression as well.
    pub fn call_genexp(&mut self, func: ExprId, genexp: ExprId, span: Span) -> ExprId {
        self.ast.expr(span, ExprKind::Call { func, args: vec![genexp], keywords: Vec::new() })
    }
}
