//! `for`, `async for` and `while`.

use super::super::ir::{Loc, op::*};
use super::{Codegen, FBlockKind, Result};
use crate::syntax::ast::*;

impl Codegen<'_> {
    pub fn for_(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::For { target, iter, body, orelse, .. } = &ast[id].kind else { return Ok(()) };
        let (start, cleanup, end) = (self.label(), self.label(), self.label());
        let loc = self.stmt_loc(id);
        self.push_block(FBlockKind::ForLoop, loc, Some(start), Some(end))?;
        self.expr(*iter)?;
        let loc = self.loc(*iter);
        self.op(loc, GET_ITER);
        self.place(start);
        self.jump(loc, FOR_ITER, cleanup);
        // For the line of a target that stands on its own; removed where it is redundant.
        let target_loc = self.loc(*target);
        self.op(target_loc, NOP);
        self.expr(*target)?;
        self.stmts(body)?;
        self.jump(Loc::NONE, JUMP, start);
        self.place(cleanup);
        self.op(Loc::NONE, END_FOR);
        self.op(Loc::NONE, POP_ITER);
        self.pop_block();
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub fn async_for(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::For { target, iter, body, orelse, .. } = &ast[id].kind else { return Ok(()) };
        let (start, send, except, end) = (self.label(), self.label(), self.label(), self.label());
        let loc = self.stmt_loc(id);
        self.expr(*iter)?;
        let iter_loc = self.loc(*iter);
        self.op(iter_loc, GET_AITER);
        self.place(start);
        self.push_block(FBlockKind::AsyncForLoop, loc, Some(start), Some(end))?;
        // The range that StopAsyncIteration of `__anext__` ends.
        self.jump(loc, SETUP_FINALLY, except);
        self.op(loc, GET_ANEXT);
        self.load_none(loc);
        self.place(send);
        self.yield_from(loc, true);
        self.op(loc, POP_BLOCK);
        self.op(loc, NOT_TAKEN);
        self.expr(*target)?;
        self.stmts(body)?;
        self.jump(Loc::NONE, JUMP, start);
        self.pop_block();
        self.place(except);
        self.jump(iter_loc, END_ASYNC_FOR, send);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub fn while_(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let StmtKind::While { test, body, orelse } = &ast[id].kind else { return Ok(()) };
        let (start, end, anchor) = (self.label(), self.label(), self.label());
        let loc = self.stmt_loc(id);
        self.place(start);
        self.push_block(FBlockKind::WhileLoop, loc, Some(start), Some(end))?;
        self.jump_if(loc, *test, anchor, false)?;
        self.stmts(body)?;
        self.jump(Loc::NONE, JUMP, start);
        self.pop_block();
        self.place(anchor);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }
}
