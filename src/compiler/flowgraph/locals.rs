//! Where a local may be unbound: there `LOAD_FAST` becomes `LOAD_FAST_CHECK`.

use super::super::ir::{self, op::*};
use super::{BlockId, Cfg};

/// How many locals are followed through the graph: the bits of a word.
const TRACKED: u32 = 64;

impl Cfg {
    pub(super) fn check_uninitialized_locals(&mut self, nlocals: u32, nparams: u32) {
        if nlocals == 0 {
            return;
        }
        if nlocals > TRACKED {
            self.scan_many_locals(nlocals);
        }
        let tracked = nlocals.min(TRACKED);
        self.clear_visited();
        for block in &mut self.blocks {
            block.unsafe_locals = 0;
        }
        let mut todo = Vec::new();
        let unbound = (nparams..tracked).fold(0, |mask, i| mask | 1u64 << i);
        self.push_unsafe(self.entry, unbound, &mut todo);
        for b in self.order() {
            self.scan_locals(b, &mut todo);
        }
        while let Some(b) = todo.pop() {
            self.blocks[b].visited = false;
            self.scan_locals(b, &mut todo);
        }
    }

    fn push_unsafe(&mut self, b: BlockId, mask: u64, todo: &mut Vec<BlockId>) {
        let block = &mut self.blocks[b];
        if block.unsafe_locals | mask != block.unsafe_locals {
            block.unsafe_locals |= mask;
            if !block.visited {
                block.visited = true;
                todo.push(b);
            }
        }
    }

    fn scan_locals(&mut self, b: BlockId, todo: &mut Vec<BlockId>) {
        let mut mask = self.blocks[b].unsafe_locals;
        for i in 0..self.blocks[b].instrs.len() {
            let instr = self.blocks[b].instrs[i];
            if let Some(handler) = instr.except {
                self.push_unsafe(handler, mask, todo);
            }
            if instr.arg >= TRACKED {
                continue;
            }
            let bit = 1u64 << instr.arg;
            match instr.op {
                DELETE_FAST | LOAD_FAST_AND_CLEAR | STORE_FAST_MAYBE_NULL => mask |= bit,
                STORE_FAST | LOAD_FAST_CHECK => mask &= !bit,
                LOAD_FAST => {
                    if mask & bit != 0 {
                        self.blocks[b].instrs[i].op = LOAD_FAST_CHECK;
                    }
                    mask &= !bit;
                }
                _ => {}
            }
        }
        if let (true, Some(next)) = (self.blocks[b].falls_through(), self.blocks[b].next) {
            self.push_unsafe(next, mask, todo);
        }
        if let Some(target) = self.blocks[b].last().filter(|last| ir::is_jump(last.op)).and_then(|last| last.target) {
            self.push_unsafe(target, mask, todo);
        }
    }

    /// Locals beyond the first 64 are only followed inside a block.
    fn scan_many_locals(&mut self, nlocals: u32) {
        let mut bound_in = vec![0usize; (nlocals - TRACKED) as usize];
        for (number, b) in self.order().into_iter().enumerate() {
            let number = number + 1;
            for instr in &mut self.blocks[b].instrs {
                let Some(i) = instr.arg.checked_sub(TRACKED).map(|i| i as usize) else { continue };
                match instr.op {
                    DELETE_FAST | LOAD_FAST_AND_CLEAR | STORE_FAST_MAYBE_NULL => bound_in[i] = 0,
                    STORE_FAST => bound_in[i] = number,
                    LOAD_FAST => {
                        if bound_in[i] != number {
                            instr.op = LOAD_FAST_CHECK;
                        }
                        bound_in[i] = number;
                    }
                    _ => {}
                }
            }
        }
    }
}
