//! Statements.

use super::super::ir::{Loc, op::*};
use super::{Codegen, FBlockKind, Result, UnitKind};
use crate::syntax::ast::*;

impl<'a> Codegen<'a> {
    pub fn stmts(&mut self, body: &[StmtId]) -> Result {
        body.iter().try_for_each(|&s| self.stmt(s))
    }

    pub fn stmt(&mut self, id: StmtId) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |c| c.stmt_inner(id))
    }

    fn stmt_inner(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let stmt = &ast[id];
        let loc: Loc = stmt.span.into();
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function(id, def)?,
            StmtKind::ClassDef(def) => self.class(id, def)?,
            StmtKind::TypeAlias { name, type_params, .. } => self.type_alias(id, *name, type_params)?,
            StmtKind::Return(value) => self.return_(loc, *value)?,
            StmtKind::Delete(targets) => self.exprs(targets)?,
            StmtKind::Assign { targets, value } => {
                self.expr(*value)?;
                for (i, &target) in targets.iter().enumerate() {
                    if i + 1 < targets.len() {
                        self.op_arg(loc, COPY, 1);
                    }
                    self.expr(target)?;
                }
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(loc, *target, *op, *value)?,
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(id, *target, *annotation, *value, *simple)?;
            }
            StmtKind::For { is_async: false, .. } => self.conditional(|c| c.for_(id))?,
            StmtKind::For { .. } => self.conditional(|c| c.async_for(id))?,
            StmtKind::While { .. } => self.conditional(|c| c.while_(id))?,
            StmtKind::If { .. } => self.conditional(|c| c.if_(id))?,
            StmtKind::Match { subject, cases } => self.conditional(|c| c.match_(*subject, cases))?,
            StmtKind::Raise { exc, cause } => {
                let mut n = 0;
                for part in exc.iter().chain(cause.iter().filter(|_| exc.is_some())).copied() {
                    self.expr(part)?;
                    n += 1;
                }
                self.op_arg(loc, RAISE_VARARGS, n);
            }
            StmtKind::Try { .. } => self.conditional(|c| c.try_(id))?,
            StmtKind::Assert { test, msg } => self.assert(loc, *test, *msg)?,
            StmtKind::Import(names) => self.import(loc, names)?,
            StmtKind::ImportFrom { module, names, level } => self.import_from(loc, module, names, *level)?,
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Expr(value) => self.expr_stmt(loc, *value)?,
            StmtKind::Pass => self.op(loc, NOP),
            StmtKind::Break => self.break_(loc)?,
            StmtKind::Continue => self.continue_(loc)?,
            StmtKind::With { items, body, is_async } => self.conditional(|c| c.with(items, body, *is_async))?,
        }
        Ok(())
    }

    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.unit().in_conditional_block, true);
        f(self)?;
        self.unit().in_conditional_block = before;
        Ok(())
    }

    fn expr_stmt(&mut self, loc: Loc, value: ExprId) -> Result {
        if self.interactive && self.units.len() <= 1 {
            self.expr(value)?;
            self.op_arg(loc, CALL_INTRINSIC_1, super::intrinsic::PRINT);
            self.op(Loc::NONE, POP_TOP);
            return Ok(());
        }
        if matches!(self.ast[value].kind, ExprKind::Constant(_)) {
            self.op(loc, NOP);
            return Ok(());
        }
        self.expr(value)?;
        // Artificial, so that a line is traced once.
        self.op(Loc::NONE, POP_TOP);
        Ok(())
    }

    fn return_(&mut self, stmt_loc: Loc, value: Option<ExprId>) -> Result {
        let mut loc = stmt_loc;
        let scope = self.scope();
        if !scope.is_function_like() {
            return self.error(loc, "'return' outside function");
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return self.error(loc, "'return' with value in async generator");
        }
        let constant = value.and_then(|v| match &self.ast[v].kind {
            ExprKind::Constant(value) => Some(Self::constant(value)),
            _ => None,
        });
        let preserve_tos = value.is_some() && constant.is_none();
        if let Some(value) = value {
            if preserve_tos {
                self.expr(value)?;
            } else {
                loc = self.loc(value);
                self.op(loc, NOP);
            }
        }
        if value.is_none_or(|v| self.loc(v).line != stmt_loc.line) {
            loc = stmt_loc;
            self.op(loc, NOP);
        }
        self.unwind_stack(&mut loc, preserve_tos, false)?;
        match (value, constant) {
            (None, _) => self.load_none(loc),
            (_, Some(constant)) => self.load_const(loc, constant),
            _ => {}
        }
        self.op(loc, RETURN_VALUE);
        Ok(())
    }

    fn assert(&mut self, loc: Loc, test: ExprId, msg: Option<ExprId>) -> Result {
        if matches!(&self.ast[test].kind, ExprKind::Tuple { elts, .. } if !elts.is_empty()) {
            self.warn(loc, "assertion is always true, perhaps remove parentheses?");
        }
        if self.optimized() {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(loc, test, end, true)?;
        self.op_arg(loc, LOAD_COMMON_CONSTANT, super::common::ASSERTION_ERROR);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_arg(loc, CALL, 0);
        }
        let test_loc = self.loc(test);
        self.op_arg(test_loc, RAISE_VARARGS, 1);
        self.place(end);
        Ok(())
    }

    fn if_(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::If { test, body, orelse } = &ast[id].kind else { return Ok(()) };
        let end = self.label();
        let next = if orelse.is_empty() { end } else { self.label() };
        let loc = self.stmt_loc(id);
        self.jump_if(loc, *test, next, false)?;
        self.stmts(body)?;
        if !orelse.is_empty() {
            self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
            self.place(next);
            self.stmts(orelse)?;
        }
        self.place(end);
        Ok(())
    }

    fn break_(&mut self, origin: Loc) -> Result {
        let mut loc = origin;
        self.op(loc, NOP);
        let Some(block) = self.unwind_stack(&mut loc, false, true)? else {
            return self.error(origin, "'break' outside loop");
        };
        self.unwind(&mut loc, &block, false)?;
        if let Some(exit) = block.exit {
            self.jump(loc, JUMP, exit);
        }
        Ok(())
    }

    fn continue_(&mut self, origin: Loc) -> Result {
        let mut loc = origin;
        self.op(loc, NOP);
        let Some(block) = self.unwind_stack(&mut loc, false, true)? else {
            return self.error(origin, "'continue' not properly in loop");
        };
        if let Some(start) = block.block {
            self.jump(loc, JUMP, start);
        }
        Ok(())
    }

    /// Whether the innermost unit is a module or class, where annotations are kept.
    pub fn keeps_annotations(&self) -> bool {
        matches!(self.unit_ref().kind, UnitKind::Module | UnitKind::Class)
    }

    pub fn push_block(
        &mut self,
        kind: FBlockKind,
        loc: Loc,
        block: Option<super::Label>,
        exit: Option<super::Label>,
    ) -> Result {
        // CPython's limit (CO_MAXBLOCKS).
        if self.unit_ref().fblocks.len() >= 21 {
            return self.error(loc, "too many statically nested blocks");
        }
        self.unit().fblocks.push(super::FBlock { kind, loc, block, exit });
        Ok(())
    }

    pub fn pop_block(&mut self) {
        self.unit().fblocks.pop();
    }
}
