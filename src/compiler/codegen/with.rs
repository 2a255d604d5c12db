//! `with` and `async with`.

use super::super::ir::{Label, Loc, op::*};
use super::{Codegen, FBlockKind, Result, special};
use crate::syntax::ast::*;

impl Codegen<'_> {
    /// One context manager; the others, and then the body, are inside its protected range.
    pub fn with(&mut self, items: &[WithItem], body: &[StmtId], is_async: bool) -> Result {
        let [item, rest @ ..] = items else { return self.stmts(body) };
        let span = self.ast[item.context_expr].span;
        let (block, finally, exit, cleanup) = (self.label(), self.label(), self.label(), self.label());
        self.expr(item.context_expr)?;
        let loc: Loc = span.into();
        let (enter_method, exit_method) =
            if is_async { (special::AENTER, special::AEXIT) } else { (special::ENTER, special::EXIT) };
        self.op_arg(loc, COPY, 1);
        self.op_arg(loc, LOAD_SPECIAL, exit_method);
        self.op_arg(loc, SWAP, 2);
        self.op_arg(loc, SWAP, 3);
        self.op_arg(loc, LOAD_SPECIAL, enter_method);
        self.op_arg(loc, CALL, 0);
        if is_async {
            self.await_with(loc, 1);
        }
        self.jump(loc, SETUP_WITH, finally);
        self.place(block);
        let kind = if is_async { FBlockKind::AsyncWith } else { FBlockKind::With };
        self.push_block(kind, loc, Some(block), Some(finally))?;
        match item.optional_vars {
            Some(vars) => self.expr(vars)?,
            None => self.op(loc, POP_TOP),
        }
        self.deeper(span, |c| c.with(rest, body, is_async))?;
        self.op(if is_async { loc } else { Loc::NONE }, POP_BLOCK);
        self.pop_block();
        // The body ended without an exception.
        self.call_exit_with_nones(loc);
        if is_async {
            self.await_with(loc, 2);
        }
        self.op(loc, POP_TOP);
        self.jump(loc, JUMP, exit);
        // It ended with one.
        self.place(finally);
        self.jump(loc, SETUP_CLEANUP, cleanup);
        self.op(loc, PUSH_EXC_INFO);
        self.op(loc, WITH_EXCEPT_START);
        if is_async {
            self.await_with(loc, 2);
        }
        self.with_except_finish(cleanup);
        self.place(exit);
        Ok(())
    }

    fn await_with(&mut self, loc: Loc, which: u32) {
        self.op_arg(loc, GET_AWAITABLE, which);
        self.load_none(loc);
        self.yield_from(loc, true);
    }

    fn with_except_finish(&mut self, cleanup: Label) {
        let (suppress, exit) = (self.label(), self.label());
        self.op(Loc::NONE, TO_BOOL);
        self.jump(Loc::NONE, POP_JUMP_IF_TRUE, suppress);
        self.op_arg(Loc::NONE, RERAISE, 2);
        self.place(suppress);
        self.op(Loc::NONE, POP_TOP);
        self.op(Loc::NONE, POP_BLOCK);
        self.op(Loc::NONE, POP_EXCEPT);
        self.op(Loc::NONE, POP_TOP);
        self.op(Loc::NONE, POP_TOP);
        self.op(Loc::NONE, POP_TOP);
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, exit);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(exit);
    }
}
