//! Loads that need no reference of their own.
//!
//! A local that is pushed and used up in the same block, while the local keeps its value, outlives its use:
//! it can be borrowed. Values that are left on the stack, stored in a local, or whose local is overwritten
//! or deleted while they are on the stack, must be owned. Handlers of exceptions are not looked at.

use super::super::ir::{self, op::*};
use super::{BlockId, Cfg};

/// A value on the simulated stack.
#[derive(Clone, Copy)]
struct Ref {
    /// The instruction that pushed it, if in this block.
    instr: Option<usize>,
    /// The local it was read from.
    local: Option<u32>,
}

const UNKNOWN: Ref = Ref { instr: None, local: None };

/// One block's simulation.
struct Sim {
    stack: Vec<Ref>,
    /// Instructions whose value must be owned.
    owned: Vec<bool>,
}

impl Sim {
    fn push(&mut self, instr: usize, local: Option<u32>) {
        self.stack.push(Ref { instr: Some(instr), local });
    }

    fn pop(&mut self) -> Ref {
        self.stack.pop().unwrap_or(UNKNOWN)
    }

    fn own(&mut self, r: Ref) {
        if let Some(i) = r.instr {
            self.owned[i] = true;
        }
    }

    fn kill(&mut self, local: u32) {
        for i in 0..self.stack.len() {
            let r = self.stack[i];
            if r.local == Some(local) {
                self.own(r);
            }
        }
    }

    fn store(&mut self, local: u32) {
        let r = self.pop();
        self.kill(local);
        self.own(r);
    }
}

impl Cfg {
    pub(super) fn borrow_loads(&mut self) {
        self.clear_visited();
        let mut todo = vec![self.entry];
        self.blocks[self.entry].visited = true;
        self.blocks[self.entry].start_depth = 0;
        while let Some(b) = todo.pop() {
            self.borrow_in_block(b, &mut todo);
        }
    }

    fn visit_depth(&mut self, b: BlockId, depth: usize, todo: &mut Vec<BlockId>) {
        if !self.blocks[b].visited {
            self.blocks[b].visited = true;
            self.blocks[b].start_depth = depth as i32;
            todo.push(b);
        }
    }

    fn borrow_in_block(&mut self, b: BlockId, todo: &mut Vec<BlockId>) {
        let n = self.blocks[b].instrs.len();
        let depth = self.blocks[b].start_depth.max(0) as usize;
        let mut sim = Sim { stack: vec![UNKNOWN; depth], owned: vec![false; n] };
        for i in 0..n {
            let instr = self.blocks[b].instrs[i];
            let arg = instr.arg;
            let (pops, pushes) = ir::stack_effect(instr.op, arg);
            let (pops, pushes) = (pops as usize, pushes as usize);
            match instr.op {
                DELETE_FAST => sim.kill(arg),
                LOAD_FAST => sim.push(i, Some(arg)),
                LOAD_FAST_AND_CLEAR => {
                    sim.kill(arg);
                    sim.push(i, Some(arg));
                }
                LOAD_FAST_LOAD_FAST => {
                    sim.push(i, Some(arg >> 4));
                    sim.push(i, Some(arg & 15));
                }
                STORE_FAST => sim.store(arg),
                STORE_FAST_LOAD_FAST => {
                    sim.store(arg >> 4);
                    sim.push(i, Some(arg & 15));
                }
                STORE_FAST_STORE_FAST => {
                    sim.store(arg >> 4);
                    sim.store(arg & 15);
                }
                COPY => {
                    let at = sim.stack.len().checked_sub(arg as usize);
                    let copied = at.and_then(|at| sim.stack.get(at).copied()).unwrap_or(UNKNOWN);
                    sim.stack.push(copied);
                }
                SWAP => {
                    let top = sim.stack.len().saturating_sub(1);
                    if let Some(other) = sim.stack.len().checked_sub(arg as usize) {
                        sim.stack.swap(top, other);
                    }
                }
                // They leave their inputs where they are.
                FORMAT_SIMPLE | GET_ANEXT | GET_LEN | GET_YIELD_FROM_ITER | IMPORT_FROM | MATCH_KEYS
                | MATCH_MAPPING | MATCH_SEQUENCE | WITH_EXCEPT_START => {
                    for _ in pops..pushes {
                        sim.push(i, None);
                    }
                }
                // They use up the top ones and push nothing new.
                DICT_MERGE | DICT_UPDATE | LIST_APPEND | LIST_EXTEND | MAP_ADD | RERAISE | SET_ADD | SET_UPDATE => {
                    for _ in pushes..pops {
                        sim.pop();
                    }
                }
                END_SEND | SET_FUNCTION_ATTRIBUTE => {
                    let top = sim.pop();
                    sim.pop();
                    sim.stack.push(top);
                }
                CHECK_EXC_MATCH => {
                    sim.pop();
                    sim.push(i, None);
                }
                FOR_ITER => {
                    if let Some(target) = instr.target {
                        self.visit_depth(target, sim.stack.len() + 1, todo);
                    }
                    sim.push(i, None);
                }
                LOAD_ATTR | LOAD_SUPER_ATTR => {
                    let self_ = sim.pop();
                    if instr.op == LOAD_SUPER_ATTR {
                        sim.pop();
                        sim.pop();
                    }
                    sim.push(i, None);
                    if arg & 1 != 0 {
                        // A method: self may be pushed back.
                        sim.stack.push(self_);
                    }
                }
                LOAD_SPECIAL | PUSH_EXC_INFO => {
                    let top = sim.pop();
                    sim.push(i, None);
                    sim.stack.push(top);
                }
                SEND => {
                    if let Some(target) = instr.target {
                        self.visit_depth(target, sim.stack.len(), todo);
                    }
                    sim.pop();
                    sim.push(i, None);
                }
                op => {
                    if let Some(target) = instr.target.filter(|_| ir::has_target(op)) {
                        let depth = (sim.stack.len() + pushes).saturating_sub(pops);
                        self.visit_depth(target, depth, todo);
                    }
                    for _ in 0..pops {
                        sim.pop();
                    }
                    for _ in 0..pushes {
                        sim.push(i, None);
                    }
                }
            }
        }
        // As in CPython, the walk ends at an empty block.
        let block = &self.blocks[b];
        if let (Some(_), true, Some(next)) = (block.last(), block.falls_through(), block.next) {
            self.visit_depth(next, sim.stack.len(), todo);
        }
        for i in 0..sim.stack.len() {
            sim.own(sim.stack[i]);
        }
        for (instr, owned) in self.blocks[b].instrs.iter_mut().zip(sim.owned) {
            match instr.op {
                LOAD_FAST if !owned => instr.op = LOAD_FAST_BORROW,
                LOAD_FAST_LOAD_FAST if !owned => instr.op = LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                _ => {}
            }
        }
    }
}
