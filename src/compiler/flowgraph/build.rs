//! From a sequence of instructions to blocks, and back.

use super::super::ir::{self, InstrSeq, Loc, Op, op::*};
use super::{BlockId, Cfg, Instr};

/// An instruction laid out; a jump's target is the index of an instruction.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct OutInstr {
    pub op: Op,
    pub arg: u32,
    pub loc: Loc,
    pub target: Option<usize>,
    pub handler: Option<Handler>,
}

/// Who handles an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Handler {
    /// Index of the handler's first instruction.
    pub target: usize,
    pub start_depth: i32,
    pub preserve_lasti: bool,
}

impl Cfg {
    /// Cuts instructions into blocks; `annotations` goes where the placeholder is.
    pub fn new(seq: InstrSeq, annotations: Option<InstrSeq>) -> Cfg {
        let mut cfg = Cfg { blocks: Vec::new(), entry: 0 };
        let mut current = cfg.new_block();
        let n = seq.instrs.len();
        let mut is_target = vec![false; n + 1];
        let place = |label: u32| seq.labels.get(label as usize).map_or(n, |&p| (p as usize).min(n));
        for instr in &seq.instrs {
            if ir::has_target(instr.op) {
                is_target[place(instr.arg)] = true;
            }
        }
        let mut block_at: Vec<BlockId> = vec![usize::MAX; n + 1];
        let mut pending_label = false;
        let mut jumps: Vec<(BlockId, usize, usize)> = Vec::new();
        for (i, instr) in seq.instrs.iter().enumerate() {
            if instr.op == ANNOTATIONS_PLACEHOLDER {
                for setup in annotations.iter().flat_map(|a| &a.instrs) {
                    cfg.add(&mut current, &mut pending_label, setup);
                }
                continue;
            }
            if is_target[i] {
                pending_label = true;
            }
            cfg.add(&mut current, &mut pending_label, instr);
            if is_target[i] {
                block_at[i] = current;
            }
            if ir::has_target(instr.op) {
                jumps.push((current, cfg.blocks[current].instrs.len() - 1, place(instr.arg)));
            }
        }
        for (block, index, target) in jumps {
            let target = block_at[target];
            // Every label is followed by an instruction: code ends with a return.
            debug_assert_ne!(target, usize::MAX);
            cfg.blocks[block].instrs[index].target = Some(target);
        }
        cfg
    }

    fn add(&mut self, current: &mut BlockId, pending_label: &mut bool, instr: &ir::Instr) {
        let block = &mut self.blocks[*current];
        let terminated = block.last().is_some_and(|last| ir::is_terminator(last.op));
        if *pending_label && !terminated && block.instrs.is_empty() && !block.label {
            block.label = true;
            *pending_label = false;
        }
        if terminated || *pending_label {
            let new = self.new_block();
            self.blocks[new].label = *pending_label;
            *pending_label = false;
            self.blocks[*current].next = Some(new);
            *current = new;
        }
        self.blocks[*current].instrs.push(Instr {
            op: instr.op,
            arg: if ir::has_target(instr.op) { 0 } else { instr.arg },
            loc: instr.loc,
            target: None,
            except: None,
        });
    }

    /// Lays the blocks out one after the other.
    pub fn to_sequence(&self) -> Vec<OutInstr> {
        let order = self.order();
        let mut start = vec![0; self.blocks.len()];
        let mut n = 0;
        for &b in &order {
            start[b] = n;
            n += self.blocks[b].instrs.len();
        }
        let mut out = Vec::with_capacity(n);
        for &b in &order {
            for instr in &self.blocks[b].instrs {
                out.push(OutInstr {
                    op: instr.op,
                    arg: instr.arg,
                    loc: instr.loc,
                    target: instr.target.filter(|_| ir::has_target(instr.op)).map(|t| start[t]),
                    handler: instr.except.map(|h| Handler {
                        target: start[h],
                        start_depth: self.blocks[h].start_depth,
                        preserve_lasti: self.blocks[h].preserve_lasti,
                    }),
                });
            }
        }
        out
    }
}
