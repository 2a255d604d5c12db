//! The control flow graph: basic blocks, and the passes over them.
//!
//! The instructions of a code object are cut into blocks that are entered at the top and left at the
//! bottom. Passes then fold constants, thread jumps, drop what is unreachable, give every instruction a
//! line, find where a local may be unbound, merge pairs into superinstructions, move exception handlers to
//! the end (the cold part) and compute the stack depth. They are CPython's (`flowgraph.c`), in its order,
//! because the result is visible.
//!
//! Blocks live in one vector; `next` strings them in the order they will be laid out.
//!
//! Where to start: [`Cfg::new`], [`Cfg::optimize`], then [`Cfg::finish`].

mod borrow;
mod build;
mod cold;
mod constants;
mod exceptions;
mod fold;
mod jumps;
mod lines;
mod locals;
mod nops;
mod prefix;
mod stack;
mod swaps;

use super::ir::{self, Loc, Op, op::*};
use std::collections::VecDeque;
use std::rc::Rc;

pub(super) use build::{Handler, OutInstr};
pub(super) use prefix::Locals;

/// Index of a block.
pub(super) type BlockId = usize;

/// An instruction in a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instr {
    pub op: Op,
    pub arg: u32,
    pub loc: Loc,
    /// Where a jump goes, or a protected range's handler.
    pub target: Option<BlockId>,
    /// The handler of exceptions raised here.
    pub except: Option<BlockId>,
}

impl Instr {
    pub fn set(&mut self, op: Op, arg: u32) {
        self.op = op;
        self.arg = arg;
    }

    pub fn nop(&mut self) {
        self.set(NOP, 0);
    }
}

/// The handlers in force, innermost last; shared until one of two paths changes it.
type ExceptStack = Rc<Vec<BlockId>>;

/// Instructions without a jump but at the end, and without a jump target but at the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub instrs: Vec<Instr>,
    /// The block laid out after this one.
    pub next: Option<BlockId>,
    /// Whether some jump leads here.
    pub label: bool,
    pub predecessors: u32,
    /// Stack depth at the start; negative while it is not known.
    pub start_depth: i32,
    pub visited: bool,
    pub except_handler: bool,
    /// The handler wants the offset of the raising instruction.
    pub preserve_lasti: bool,
    pub cold: bool,
    pub warm: bool,
    except_stack: Option<ExceptStack>,
    /// Handlers of instructions that were removed from the end. CPython reuses their slots without
    /// clearing the handler, and its exception tables show it.
    stale: VecDeque<Option<BlockId>>,
    /// Bit i: local i may be unbound at the start.
    unsafe_locals: u64,
}

impl Block {
    /// Appends a new instruction, whose handler is what its slot held.
    pub fn push_new(&mut self, instr: Instr) {
        let except = self.stale.pop_front().flatten();
        self.instrs.push(Instr { except, ..instr });
    }

    /// Appends a copy of an instruction.
    pub fn push_copy(&mut self, instr: Instr) {
        self.stale.pop_front();
        self.instrs.push(instr);
    }

    /// Puts an instruction before another.
    pub fn insert(&mut self, at: usize, instr: Instr) {
        self.stale.pop_front();
        self.instrs.insert(at, instr);
    }

    /// Drops instructions from the end.
    pub fn truncate(&mut self, n: usize) {
        for instr in self.instrs.drain(n..).rev() {
            self.stale.push_front(instr.except);
        }
    }

    pub fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    /// Whether control may run into the next block.
    pub fn falls_through(&self) -> bool {
        self.last().is_none_or(|i| !ir::is_scope_exit(i.op) && !ir::is_unconditional_jump(i.op))
    }

    pub fn exits_scope(&self) -> bool {
        self.last().is_some_and(|i| ir::is_scope_exit(i.op))
    }

    pub fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|i| i.loc.line < 0)
    }
}

/// The blocks of one code object.
pub(super) struct Cfg {
    pub blocks: Vec<Block>,
    pub entry: BlockId,
}

impl Cfg {
    fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block { start_depth: -1, ..Block::default() });
        self.blocks.len() - 1
    }

    /// The blocks in layout order.
    pub fn order(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut at = Some(self.entry);
        while let Some(b) = at {
            order.push(b);
            at = self.blocks[b].next;
        }
        order
    }

    /// The first block from `b` on that holds an instruction.
    fn next_nonempty(&self, mut b: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = b {
            if !self.blocks[id].instrs.is_empty() {
                return Some(id);
            }
            b = self.blocks[id].next;
        }
        None
    }

    fn clear_visited(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
        }
    }

    /// All optimizations; what comes after only lays out and numbers.
    pub fn optimize(&mut self, consts: &mut Vec<super::code::Const>, nlocals: u32, nparams: u32) {
        self.mark_except_handlers();
        self.label_exception_targets();
        let mut table = constants::Consts::new(consts);
        self.optimize_blocks(&mut table);
        self.remove_unused_consts(consts);
        self.check_uninitialized_locals(nlocals, nparams);
        self.insert_superinstructions();
        self.push_cold_blocks_to_end();
        self.resolve_line_numbers();
    }

    fn optimize_blocks(&mut self, consts: &mut constants::Consts<'_>) {
        self.inline_small_blocks();
        self.remove_unreachable();
        self.resolve_line_numbers();
        self.optimize_load_const(consts);
        for b in self.order() {
            self.optimize_block(b, consts);
        }
        self.remove_redundant_nops_and_pairs();
        self.remove_unreachable();
        self.remove_redundant_nops_and_jumps();
    }
}
