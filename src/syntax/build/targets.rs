//! Expressions that turn out to be targets: `Load` becomes `Store` or `Del`, and what cannot be a target
//! is turned down.

use super::super::ast::*;
use super::{Build, Builder, reject};

impl Builder<'_> {
    /// Makes `e` the target of an assignment, `for`, `with` or comprehension.
    pub(super) fn store(&mut self, e: ExprId) -> Build<()> {
        self.set_context(e, Context::Store)
    }

    /// `Starred` may be stored to, not deleted.
    pub(super) fn set_context(&mut self, e: ExprId, context: Context) -> Build<()> {
        let mut todo = vec![e];
        while let Some(e) = todo.pop() {
            match &mut self.ast[e].kind {
                ExprKind::Name { ctx, .. } | ExprKind::Attribute { ctx, .. } | ExprKind::Subscript { ctx, .. } => {
                    *ctx = context;
                }
                ExprKind::Starred { value, ctx } if context == Context::Store => {
                    *ctx = context;
                    todo.push(*value);
                }
                ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => {
                    *ctx = context;
                    todo.extend(elts.iter().copied());
                }
                _ => return reject(),
            }
        }
        Ok(())
    }

    /// Makes `e` the only target of `+=` or `:`; a name, an attribute or a subscript.
    pub(super) fn store_single(&mut self, e: ExprId) -> Build<()> {
        match &self.ast[e].kind {
            ExprKind::Name { .. } | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => self.store(e),
            _ => reject(),
        }
    }
}
