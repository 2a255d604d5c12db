//! A line for every instruction that can end or interrupt the function (PEP 626).

use super::super::ir::{self, Loc, op::*};
use super::{Block, BlockId, Cfg};

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        self.duplicate_exits_without_line();
        self.propagate_line_numbers();
    }

    /// Whether a block without a line leaves the function, or is a place where the eval breaker is checked.
    fn needs_line(&self, b: BlockId) -> bool {
        let block: &Block = &self.blocks[b];
        let checks = |op| matches!(op, JUMP | JUMP_BACKWARD | RESUME | CALL | CALL_KW | CALL_FUNCTION_EX);
        (block.exits_scope() || block.instrs.iter().any(|i| checks(i.op))) && block.has_no_line()
    }

    /// Each jump to such a block gets its own copy, whose line is the jump's.
    fn duplicate_exits_without_line(&mut self) {
        let mut at = Some(self.entry);
        while let Some(b) = at {
            if let Some(last) = self.blocks[b].last().copied().filter(|last| ir::is_jump(last.op))
                && let Some(target) = self.next_nonempty(last.target)
                && self.needs_line(target)
                && self.blocks[target].predecessors > 1
            {
                let new = self.new_block();
                let original = &self.blocks[target];
                let copy = Block {
                    instrs: original.instrs.clone(),
                    next: original.next,
                    label: true,
                    predecessors: 1,
                    start_depth: original.start_depth,
                    ..Block::default()
                };
                self.blocks[new] = copy;
                self.blocks[new].instrs[0].loc = last.loc;
                self.blocks[target].next = Some(new);
                self.blocks[target].predecessors -= 1;
                if let Some(jump) = self.blocks[b].instrs.last_mut() {
                    jump.target = Some(new);
                }
            }
            at = self.blocks[b].next;
        }
        // Those that are left are only run into.
        for b in self.order() {
            let block = &self.blocks[b];
            if let (true, Some(next), Some(last)) = (block.falls_through(), block.next, block.last())
                && self.needs_line(next)
            {
                let loc = last.loc;
                if let Some(first) = self.blocks[next].instrs.first_mut() {
                    first.loc = loc;
                }
            }
        }
    }

    /// Instructions without a line take their predecessor's, where there is only one.
    fn propagate_line_numbers(&mut self) {
        for b in self.order() {
            if self.blocks[b].instrs.is_empty() {
                continue;
            }
            let mut previous = Loc::NONE;
            for instr in &mut self.blocks[b].instrs {
                if instr.loc.line == Loc::NONE.line {
                    instr.loc = previous;
                } else {
                    previous = instr.loc;
                }
            }
            let next = self.blocks[b].next.filter(|_| self.blocks[b].falls_through());
            let target = self.blocks[b].last().filter(|last| ir::is_jump(last.op)).and_then(|last| last.target);
            for t in next.into_iter().chain(target) {
                let block = &mut self.blocks[t];
                if block.predecessors == 1
                    && let Some(first) = block.instrs.first_mut()
                    && first.loc.line == Loc::NONE.line
                {
                    first.loc = previous;
                }
            }
        }
    }
}
