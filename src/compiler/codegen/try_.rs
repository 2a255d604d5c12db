//! `try`: except, except* and finally. A `finally` body is emitted twice, for either way out.

use super::super::ir::{Loc, op::*};
use super::{Codegen, FBlockKind, Result, intrinsic};
use crate::syntax::ast::*;

impl Codegen<'_> {
    pub fn try_(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::Try { finalbody, .. } = &ast[id].kind else { return Ok(()) };
        if finalbody.is_empty() { self.try_handlers(id) } else { self.try_finally(id) }
    }

    fn try_handlers(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        match &ast[id].kind {
            StmtKind::Try { is_star: true, .. } => self.try_star_except(id),
            _ => self.try_except(id),
        }
    }

    fn try_finally(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::Try { body, handlers, finalbody, .. } = &ast[id].kind else { return Ok(()) };
        let loc = self.stmt_loc(id);
        let (start, end, exit, cleanup) = (self.label(), self.label(), self.label(), self.label());
        self.jump(loc, SETUP_FINALLY, end);
        self.place(start);
        self.push_block(FBlockKind::FinallyTry(finalbody.clone()), loc, Some(start), Some(end))?;
        if handlers.is_empty() {
            self.stmts(body)?;
        } else {
            self.try_handlers(id)?;
        }
        self.op(Loc::NONE, POP_BLOCK);
        self.pop_block();
        self.stmts(finalbody)?;
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, exit);
        // With an exception.
        self.place(end);
        self.push_block(FBlockKind::FinallyEnd, Loc::NONE, Some(end), None)?;
        self.jump(Loc::NONE, SETUP_CLEANUP, cleanup);
        self.op(Loc::NONE, PUSH_EXC_INFO);
        self.quiet += 1;
        self.stmts(finalbody)?;
        self.quiet -= 1;
        self.pop_block();
        self.op_arg(Loc::NONE, RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(exit);
        Ok(())
    }

    fn try_except(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::Try { body, handlers, orelse, .. } = &ast[id].kind else { return Ok(()) };
        let loc = self.stmt_loc(id);
        let (start, mut except, end, cleanup) = (self.label(), self.label(), self.label(), self.label());
        self.jump(loc, SETUP_FINALLY, except);
        self.place(start);
        self.push_block(FBlockKind::TryExcept, loc, Some(start), None)?;
        self.stmts(body)?;
        self.pop_block();
        self.op(Loc::NONE, POP_BLOCK);
        self.stmts(orelse)?;
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
        self.place(except);
        self.jump(Loc::NONE, SETUP_CLEANUP, cleanup);
        self.op(Loc::NONE, PUSH_EXC_INFO);
        self.push_block(FBlockKind::ExceptionHandler, loc, None, None)?;
        for (i, handler) in handlers.iter().enumerate() {
            let loc: Loc = handler.span.into();
            if handler.typ.is_none() && i + 1 < handlers.len() {
                return self.error(loc, "default 'except:' must be last");
            }
            except = self.label();
            if let Some(typ) = handler.typ {
                self.expr(typ)?;
                self.op(loc, CHECK_EXC_MATCH);
                self.jump(loc, POP_JUMP_IF_FALSE, except);
            }
            let body_label = self.label();
            if let Some(name) = &handler.name {
                let cleanup_end = self.label();
                self.store_name(loc, name)?;
                self.jump(loc, SETUP_CLEANUP, cleanup_end);
                self.place(body_label);
                self.push_block(FBlockKind::HandlerCleanup(Some(name.clone())), loc, Some(body_label), None)?;
                self.stmts(&handler.body)?;
                self.pop_block();
                self.op(Loc::NONE, POP_BLOCK);
                self.op(Loc::NONE, POP_BLOCK);
                self.op(Loc::NONE, POP_EXCEPT);
                self.clear_name(name)?;
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
                self.place(cleanup_end);
                self.clear_name(name)?;
                self.op_arg(Loc::NONE, RERAISE, 1);
            } else {
                self.op(loc, POP_TOP);
                self.place(body_label);
                self.push_block(FBlockKind::HandlerCleanup(None), loc, Some(body_label), None)?;
                self.stmts(&handler.body)?;
                self.pop_block();
                self.op(Loc::NONE, POP_BLOCK);
                self.op(Loc::NONE, POP_EXCEPT);
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
            }
            self.place(except);
        }
        self.op_arg(Loc::NONE, RERAISE, 0);
        self.pop_block();
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(end);
        Ok(())
    }

    /// `name = None; del name` at the end of `except ... as name`.
    fn clear_name(&mut self, name: &Ident) -> Result {
        self.load_none(Loc::NONE);
        self.store_name(Loc::NONE, name)?;
        self.delete_name(Loc::NONE, name)
    }

    /// Each handler takes its part of the group; what is left and what the handlers raised is collected in
    /// a list and raised together.
    fn try_star_except(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::Try { body, handlers, orelse, .. } = &ast[id].kind else { return Ok(()) };
        let loc = self.stmt_loc(id);
        let (start, mut except, or_else, end, cleanup, reraise_star) =
            (self.label(), self.label(), self.label(), self.label(), self.label(), self.label());
        self.jump(loc, SETUP_FINALLY, except);
        self.place(start);
        self.push_block(FBlockKind::TryExcept, loc, Some(start), None)?;
        self.stmts(body)?;
        self.pop_block();
        self.op(Loc::NONE, POP_BLOCK);
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, or_else);
        self.place(except);
        self.jump(Loc::NONE, SETUP_CLEANUP, cleanup);
        self.op(Loc::NONE, PUSH_EXC_INFO);
        self.push_block(FBlockKind::ExceptionGroupHandler, loc, None, None)?;
        for (i, handler) in handlers.iter().enumerate() {
            let loc: Loc = handler.span.into();
            except = self.label();
            let (except_with_error, no_match) = (self.label(), self.label());
            if i == 0 {
                // The list of what handlers raise.
                self.op_arg(loc, BUILD_LIST, 0);
                self.op_arg(loc, COPY, 2);
            }
            if let Some(typ) = handler.typ {
                self.expr(typ)?;
                self.op(loc, CHECK_EG_MATCH);
                self.op_arg(loc, COPY, 1);
                self.jump(loc, POP_JUMP_IF_NONE, no_match);
            }
            let (cleanup_end, body_label) = (self.label(), self.label());
            match &handler.name {
                Some(name) => self.store_name(loc, name)?,
                None => self.op(loc, POP_TOP),
            }
            self.jump(loc, SETUP_CLEANUP, cleanup_end);
            self.place(body_label);
            self.push_block(FBlockKind::HandlerCleanup(handler.name.clone()), loc, Some(body_label), None)?;
            self.stmts(&handler.body)?;
            self.pop_block();
            self.op(Loc::NONE, POP_BLOCK);
            if let Some(name) = &handler.name {
                self.clear_name(name)?;
            }
            self.jump(Loc::NONE, JUMP_NO_INTERRUPT, except);
            self.place(cleanup_end);
            if let Some(name) = &handler.name {
                self.clear_name(name)?;
            }
            // The handler raised: its exception joins the list.
            self.op_arg(Loc::NONE, LIST_APPEND, 3);
            self.op(Loc::NONE, POP_TOP);
            self.jump(Loc::NONE, JUMP_NO_INTERRUPT, except_with_error);
            self.place(except);
            self.op(Loc::NONE, NOP);
            self.jump(Loc::NONE, JUMP_NO_INTERRUPT, except_with_error);
            self.place(no_match);
            self.op(loc, POP_TOP);
            self.place(except_with_error);
            if i + 1 == handlers.len() {
                // What no handler took.
                self.op_arg(Loc::NONE, LIST_APPEND, 1);
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.pop_block();
        let reraise = self.label();
        self.place(reraise_star);
        self.op_arg(Loc::NONE, CALL_INTRINSIC_2, intrinsic::PREP_RERAISE_STAR);
        self.op_arg(Loc::NONE, COPY, 1);
        self.jump(Loc::NONE, POP_JUMP_IF_NOT_NONE, reraise);
        self.op(Loc::NONE, POP_TOP);
        self.op(Loc::NONE, POP_BLOCK);
        self.op(Loc::NONE, POP_EXCEPT);
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
        self.place(reraise);
        self.op(Loc::NONE, POP_BLOCK);
        self.op_arg(Loc::NONE, SWAP, 2);
        self.op(Loc::NONE, POP_EXCEPT);
        self.op_arg(Loc::NONE, RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(or_else);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }
}
