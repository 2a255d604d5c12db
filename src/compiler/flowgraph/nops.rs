//! Removing what does nothing, unless its line would be missed; and superinstructions.

use super::super::ir::{self, Loc, Op, op::*};
use super::constants::loads_const;
use super::{BlockId, Cfg};

impl Cfg {
    pub(super) fn remove_redundant_nops(&mut self) -> usize {
        self.order().into_iter().map(|b| self.remove_nops_of(b)).sum()
    }

    fn remove_nops_of(&mut self, b: BlockId) -> usize {
        // The line that follows the block.
        let following = self.next_nonempty(self.blocks[b].next).map(|next| {
            let instrs = &self.blocks[next].instrs;
            let real = instrs.iter().find(|i| i.op != NOP || i.loc.line != Loc::NONE.line);
            real.map_or(Loc::NONE.line, |i| i.loc.line)
        });
        let instrs = &mut self.blocks[b].instrs;
        let before = instrs.len();
        let mut previous_line = -1;
        let mut kept = 0;
        for i in 0..before {
            let line = instrs[i].loc.line;
            if instrs[i].op == NOP {
                if line == Loc::NONE.line || previous_line == line {
                    continue;
                }
                if i + 1 < before {
                    let next_line = instrs[i + 1].loc.line;
                    if next_line == line {
                        continue;
                    }
                    if next_line == Loc::NONE.line {
                        instrs[i + 1].loc = instrs[i].loc;
                        continue;
                    }
                } else if following == Some(line) {
                    continue;
                }
            }
            instrs[kept] = instrs[i];
            kept += 1;
            previous_line = line;
        }
        self.blocks[b].truncate(kept);
        before - kept
    }

    fn remove_redundant_jumps(&mut self) -> usize {
        let mut changes = 0;
        for b in self.order() {
            let Some(last) = self.blocks[b].last().copied() else { continue };
            if !ir::is_unconditional_jump(last.op) {
                continue;
            }
            let target = self.next_nonempty(last.target);
            if target.is_some() && target == self.next_nonempty(self.blocks[b].next) {
                if let Some(jump) = self.blocks[b].instrs.last_mut() {
                    jump.nop();
                }
                changes += 1;
            }
        }
        changes
    }

    pub(super) fn remove_redundant_nops_and_jumps(&mut self) {
        while self.remove_redundant_nops() + self.remove_redundant_jumps() > 0 {}
    }

    /// A constant or copy that is popped at once goes, too.
    pub(super) fn remove_redundant_nops_and_pairs(&mut self) {
        loop {
            let mut done = true;
            let mut previous: Option<(BlockId, usize)> = None;
            for b in self.order() {
                self.remove_nops_of(b);
                if self.blocks[b].label {
                    previous = None;
                }
                for i in 0..self.blocks[b].instrs.len() {
                    let before = previous.replace((b, i));
                    let Some((pb, pi)) = before else { continue };
                    let first = self.blocks[pb].instrs[pi];
                    let redundant = self.blocks[b].instrs[i].op == POP_TOP
                        && (loads_const(first.op) || first.op == COPY && first.arg == 1);
                    if redundant {
                        self.blocks[pb].instrs[pi].nop();
                        self.blocks[b].instrs[i].nop();
                        done = false;
                    }
                }
                let jumps = self.blocks[b].last().is_some_and(|last| ir::is_jump(last.op));
                if jumps || !self.blocks[b].falls_through() {
                    previous = None;
                }
            }
            if done {
                break;
            }
        }
    }

    /// Pairs of local loads and stores on one line become one instruction.
    pub(super) fn insert_superinstructions(&mut self) {
        for b in self.order() {
            let instrs = &mut self.blocks[b].instrs;
            for i in 0..instrs.len().saturating_sub(1) {
                let (first, second) = (instrs[i], instrs[i + 1]);
                let merged: Op = match (first.op, second.op) {
                    (LOAD_GLOBAL, PUSH_NULL) if first.arg & 1 == 0 => {
                        instrs[i].arg |= 1;
                        instrs[i + 1].nop();
                        continue;
                    }
                    (LOAD_FAST, LOAD_FAST) => LOAD_FAST_LOAD_FAST,
                    (STORE_FAST, LOAD_FAST) => STORE_FAST_LOAD_FAST,
                    (STORE_FAST, STORE_FAST) => STORE_FAST_STORE_FAST,
                    _ => continue,
                };
                let (line, other) = (first.loc.line, second.loc.line);
                if line >= 0 && other >= 0 && line != other || first.arg >= 16 || second.arg >= 16 {
                    continue;
                }
                instrs[i].set(merged, first.arg << 4 | second.arg);
                instrs[i + 1].nop();
            }
        }
        self.remove_redundant_nops();
    }
}
