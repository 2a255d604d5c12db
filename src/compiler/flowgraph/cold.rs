//! Exception handlers are the cold part: they are laid out after the rest. And the last shape of jumps.

use super::super::ir::{self, Loc, op::*};
use super::{Block, BlockId, Cfg, Instr};

impl Cfg {
    /// The blocks reached from `todo` along jumps and by running on, except those `stop` holds for.
    fn reach(&mut self, mut todo: Vec<BlockId>, cold: bool) {
        while let Some(b) = todo.pop() {
            if cold {
                self.blocks[b].cold = true;
            } else {
                self.blocks[b].warm = true;
            }
            let next = self.blocks[b].next.filter(|_| self.blocks[b].falls_through());
            let jumps = self.blocks[b].instrs.iter().filter(|i| ir::is_jump(i.op)).filter_map(|i| i.target);
            let targets: Vec<BlockId> = next.into_iter().chain(jumps).collect();
            for t in targets {
                if !(self.blocks[t].visited || cold && self.blocks[t].warm) {
                    self.blocks[t].visited = true;
                    todo.push(t);
                }
            }
        }
    }

    pub(super) fn push_cold_blocks_to_end(&mut self) {
        if self.blocks[self.entry].next.is_none() {
            return;
        }
        self.clear_visited();
        self.blocks[self.entry].visited = true;
        self.reach(vec![self.entry], false);
        self.clear_visited();
        let handlers: Vec<BlockId> = self.order().into_iter().filter(|&b| self.blocks[b].except_handler).collect();
        for &b in &handlers {
            self.blocks[b].visited = true;
        }
        self.reach(handlers, true);

        // A cold block that runs into a warm one will have to jump there.
        for b in self.order() {
            let Some(next) = self.blocks[b].next else { continue };
            if self.blocks[b].cold && self.blocks[b].falls_through() && self.blocks[next].warm {
                let jump = self.new_block();
                self.blocks[next].label = true;
                self.blocks[jump] = Block {
                    instrs: vec![Instr { op: JUMP_NO_INTERRUPT, loc: Loc::NONE, target: Some(next), ..Instr::EMPTY }],
                    next: Some(next),
                    cold: true,
                    predecessors: 1,
                    start_depth: -1,
                    ..Block::default()
                };
                self.blocks[b].next = Some(jump);
            }
        }
        let (cold, warm): (Vec<BlockId>, Vec<BlockId>) = self.order().into_iter().partition(|&b| self.blocks[b].cold);
        if cold.is_empty() {
            return;
        }
        let order: Vec<BlockId> = warm.into_iter().chain(cold).collect();
        for (i, &b) in order.iter().enumerate() {
            self.blocks[b].next = order.get(i + 1).copied();
        }
        self.remove_redundant_nops_and_jumps();
    }

    /// Conditional jumps that do not pop become a copy, a test and one that does.
    pub(super) fn convert_conditional_jumps(&mut self) {
        for b in self.order() {
            let block = &mut self.blocks[b];
            let Some(last) = block.last().copied() else { continue };
            let op = match last.op {
                JUMP_IF_FALSE => POP_JUMP_IF_FALSE,
                JUMP_IF_TRUE => POP_JUMP_IF_TRUE,
                _ => continue,
            };
            let at = block.instrs.len() - 1;
            let plain = Instr { target: None, ..last };
            block.instrs[at].op = op;
            block.insert(at, Instr { op: TO_BOOL, arg: 0, ..plain });
            block.insert(at, Instr { op: COPY, arg: 1, ..plain });
        }
    }

    /// Conditional jumps only go forward: one that goes back is turned round, and a jump back follows.
    /// After each stands `NOT_TAKEN`.
    pub(super) fn normalize_jumps(&mut self) {
        self.clear_visited();
        let mut at = Some(self.entry);
        while let Some(b) = at {
            self.blocks[b].visited = true;
            at = self.blocks[b].next;
            let Some(last) = self.blocks[b].last().copied() else { continue };
            let reversed = match last.op {
                POP_JUMP_IF_FALSE => POP_JUMP_IF_TRUE,
                POP_JUMP_IF_TRUE => POP_JUMP_IF_FALSE,
                POP_JUMP_IF_NONE => POP_JUMP_IF_NOT_NONE,
                POP_JUMP_IF_NOT_NONE => POP_JUMP_IF_NONE,
                _ => continue,
            };
            let Some(target) = last.target else { continue };
            let not_taken = Instr { op: NOT_TAKEN, loc: last.loc, ..Instr::EMPTY };
            if !self.blocks[target].visited {
                self.blocks[b].push_new(not_taken);
                continue;
            }
            let back = self.new_block();
            self.blocks[back] = Block {
                instrs: vec![not_taken, Instr { op: JUMP, arg: 0, except: None, ..last }],
                next: at,
                start_depth: self.blocks[target].start_depth,
                cold: self.blocks[b].cold,
                visited: true,
                ..Block::default()
            };
            self.blocks[b].next = Some(back);
            if let Some(jump) = self.blocks[b].instrs.last_mut() {
                jump.op = reversed;
                jump.target = at;
            }
        }
    }
}
