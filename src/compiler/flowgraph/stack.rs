//! How deep the evaluation stack gets.

use super::super::ir::{self, op::*};
use super::{BlockId, Cfg};

impl Cfg {
    /// The greatest depth; the depth at the start of each block is kept.
    pub fn stack_depth(&mut self) -> u32 {
        for block in &mut self.blocks {
            block.start_depth = -1;
        }
        let mut max = 0;
        let mut todo = Vec::new();
        self.push_depth(self.entry, 0, &mut todo);
        while let Some(b) = todo.pop() {
            let mut depth = self.blocks[b].start_depth;
            let mut next = self.blocks[b].next;
            for i in 0..self.blocks[b].instrs.len() {
                let instr = self.blocks[b].instrs[i];
                let (pops, pushes) = ir::stack_effect(instr.op, instr.arg);
                let after = (depth + pushes as i32 - pops as i32).max(0);
                max = max.max(after);
                if let Some(target) = instr.target.filter(|_| ir::has_target(instr.op) && instr.op != END_ASYNC_FOR) {
                    let at_target = match instr.op {
                        // The handler finds the exception, and the offset where it wants it.
                        SETUP_FINALLY | SETUP_WITH => depth + 1,
                        SETUP_CLEANUP => depth + 2,
                        _ => after,
                    };
                    max = max.max(at_target);
                    self.push_depth(target, at_target, &mut todo);
                }
                depth = after;
                if ir::is_unconditional_jump(instr.op) || ir::is_scope_exit(instr.op) {
                    next = None;
                    break;
                }
            }
            if let Some(next) = next {
                self.push_depth(next, depth, &mut todo);
            }
        }
        max as u32
    }

    fn push_depth(&mut self, b: BlockId, depth: i32, todo: &mut Vec<BlockId>) {
        if self.blocks[b].start_depth < 0 {
            self.blocks[b].start_depth = depth;
            todo.push(b);
        }
    }
}
