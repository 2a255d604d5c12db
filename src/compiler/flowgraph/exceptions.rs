//! Which handler covers each instruction.

use super::super::ir::{self, op::*};
use super::{Cfg, ExceptStack};
use std::rc::Rc;

impl Cfg {
    pub(super) fn mark_except_handlers(&mut self) {
        for b in self.order() {
            for i in 0..self.blocks[b].instrs.len() {
                let instr = self.blocks[b].instrs[i];
                if let (true, Some(target)) = (ir::is_block_push(instr.op), instr.target) {
                    self.blocks[target].except_handler = true;
                }
            }
        }
    }

    /// Follows every path with the stack of protected ranges; `POP_BLOCK` is gone afterwards.
    pub(super) fn label_exception_targets(&mut self) {
        self.clear_visited();
        let mut todo = vec![self.entry];
        self.blocks[self.entry].visited = true;
        self.blocks[self.entry].except_stack = Some(Rc::new(Vec::new()));
        while let Some(b) = todo.pop() {
            let mut stack: ExceptStack = self.blocks[b].except_stack.take().unwrap_or_default();
            let mut last_yield_depth = None;
            for i in 0..self.blocks[b].instrs.len() {
                let instr = self.blocks[b].instrs[i];
                let handler = stack.last().copied();
                match instr.op {
                    op if ir::is_block_push(op) => {
                        let Some(target) = instr.target else { continue };
                        self.visit_with(target, &stack, &mut todo);
                        if op != SETUP_FINALLY {
                            self.blocks[target].preserve_lasti = true;
                        }
                        Rc::make_mut(&mut stack).push(target);
                    }
                    POP_BLOCK => {
                        Rc::make_mut(&mut stack).pop();
                        self.blocks[b].instrs[i].nop();
                    }
                    op if ir::is_jump(op) => {
                        self.blocks[b].instrs[i].except = handler;
                        if let Some(target) = instr.target {
                            self.visit_with(target, &stack, &mut todo);
                        }
                    }
                    RESUME => {
                        self.blocks[b].instrs[i].except = handler;
                        if instr.arg != 0 {
                            if last_yield_depth == Some(1) {
                                self.blocks[b].instrs[i].arg |= 4;
                            }
                            last_yield_depth = None;
                        }
                    }
                    op => {
                        if op == YIELD_VALUE {
                            last_yield_depth = Some(stack.len());
                        }
                        self.blocks[b].instrs[i].except = handler;
                    }
                }
            }
            if let (true, Some(next)) = (self.blocks[b].falls_through(), self.blocks[b].next) {
                self.visit_with(next, &stack, &mut todo);
            }
        }
    }

    fn visit_with(&mut self, target: usize, stack: &ExceptStack, todo: &mut Vec<usize>) {
        if !self.blocks[target].visited {
            self.blocks[target].visited = true;
            self.blocks[target].except_stack = Some(stack.clone());
            todo.push(target);
        }
    }
}
