//! What `break`, `continue` and `return` undo on their way out.

use super::super::ir::{Loc, op::*};
use super::{Codegen, FBlock, FBlockKind, Result};

impl Codegen<'_> {
    /// Undoes one block. With `preserve_tos` the value on top of the stack is kept there.
    pub fn unwind(&mut self, loc: &mut Loc, block: &FBlock, preserve_tos: bool) -> Result {
        use FBlockKind::*;
        match &block.kind {
            WhileLoop | ExceptionHandler | ExceptionGroupHandler | AsyncComprehensionGenerator | StopIteration => {}
            ForLoop | AsyncForLoop | PopValue => {
                self.swap_if(*loc, preserve_tos);
                self.op(*loc, POP_TOP);
            }
            TryExcept => self.op(*loc, POP_BLOCK),
            FinallyTry(body) => {
                // The first instruction has the line of the statement that leaves.
                self.op(*loc, POP_BLOCK);
                if preserve_tos {
                    self.push_block(PopValue, *loc, None, None)?;
                }
                self.quiet += 1;
                self.stmts(body)?;
                self.quiet -= 1;
                if preserve_tos {
                    self.pop_block();
                }
                // What follows seems to run after the statement that leaves: it is artificial.
                *loc = Loc::NONE;
            }
            FinallyEnd => {
                self.swap_if(*loc, preserve_tos);
                self.op(*loc, POP_TOP);
                self.swap_if(*loc, preserve_tos);
                self.op(*loc, POP_BLOCK);
                self.op(*loc, POP_EXCEPT);
            }
            With | AsyncWith => {
                *loc = block.loc;
                self.op(*loc, POP_BLOCK);
                if preserve_tos {
                    self.op_arg(*loc, SWAP, 3);
                    self.op_arg(*loc, SWAP, 2);
                }
                self.call_exit_with_nones(*loc);
                if matches!(block.kind, AsyncWith) {
                    self.op_arg(*loc, GET_AWAITABLE, 2);
                    self.load_none(*loc);
                    self.yield_from(*loc, true);
                }
                self.op(*loc, POP_TOP);
                *loc = Loc::NONE;
            }
            HandlerCleanup(name) => {
                if name.is_some() {
                    self.op(*loc, POP_BLOCK);
                }
                self.swap_if(*loc, preserve_tos);
                self.op(*loc, POP_BLOCK);
                self.op(*loc, POP_EXCEPT);
                if let Some(name) = name {
                    self.load_none(*loc);
                    self.store_name(*loc, name)?;
                    self.delete_name(*loc, name)?;
                }
            }
        }
        Ok(())
    }

    fn swap_if(&mut self, loc: Loc, preserve_tos: bool) {
        if preserve_tos {
            self.op_arg(loc, SWAP, 2);
        }
    }

    /// Undoes blocks from the innermost out: up to the nearest loop, which is returned, if `to_loop`, else
    /// all. The blocks are in place again afterwards.
    pub fn unwind_stack(&mut self, loc: &mut Loc, preserve_tos: bool, to_loop: bool) -> Result<Option<FBlock>> {
        let mut undone = Vec::new();
        let mut found = None;
        let mut result = Ok(());
        while let Some(top) = self.unit().fblocks.last().cloned() {
            use FBlockKind::*;
            if matches!(top.kind, ExceptionGroupHandler) {
                result = self.error(*loc, "'break', 'continue' and 'return' cannot appear in an except* block");
                break;
            }
            if to_loop && matches!(top.kind, WhileLoop | ForLoop | AsyncForLoop) {
                found = Some(top);
                break;
            }
            self.pop_block();
            result = self.unwind(loc, &top, preserve_tos);
            undone.push(top);
            if result.is_err() {
                break;
            }
        }
        self.unit().fblocks.extend(undone.into_iter().rev());
        result.map(|()| found)
    }

    /// `exit(None, None, None)`.
    pub fn call_exit_with_nones(&mut self, loc: Loc) {
        self.load_none(loc);
        self.load_none(loc);
        self.load_none(loc);
        self.op_arg(loc, CALL, 3);
    }

    /// Delegates to the iterator on the stack until it returns (`yield from`, `await`).
    pub fn yield_from(&mut self, loc: Loc, is_await: bool) {
        let (send, fail, exit) = (self.label(), self.label(), self.label());
        self.place(send);
        self.jump(loc, SEND, exit);
        // `throw()` and `close()` arrive here as StopIteration.
        self.jump(loc, SETUP_FINALLY, fail);
        self.op_arg(loc, YIELD_VALUE, 1);
        self.op(Loc::NONE, POP_BLOCK);
        self.op_arg(loc, RESUME, if is_await { 3 } else { 2 });
        self.jump(loc, JUMP_NO_INTERRUPT, send);
        self.place(fail);
        self.op(loc, CLEANUP_THROW);
        self.place(exit);
        self.op(loc, END_SEND);
    }

    /// Restores the exception handled before and raises this one again.
    pub fn pop_except_and_reraise(&mut self, loc: Loc) {
        self.op_arg(loc, COPY, 3);
        self.op(loc, POP_EXCEPT);
        self.op_arg(loc, RERAISE, 1);
    }
}
