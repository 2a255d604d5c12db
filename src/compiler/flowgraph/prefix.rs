//! What a function does before its own code, the numbering of cells, and the end of pseudo instructions.

use super::super::codegen::NameTable;
use super::super::ir::{Loc, op::*};
use super::{Cfg, Instr, OutInstr};

/// What the layout of locals depends on.
pub(in super::super) struct Locals<'a> {
    pub varnames: &'a NameTable,
    pub cellvars: &'a NameTable,
    pub freevars: &'a NameTable,
    pub firstlineno: u32,
    pub is_generator: bool,
}

/// The result: instructions, stack depth, number of locals, cells and free variables.
pub(in super::super) struct Finished {
    pub instrs: Vec<OutInstr>,
    pub stack_depth: u32,
}

impl Cfg {
    /// After all optimizations: the prefix, real instructions, real jumps, and borrowed loads.
    pub fn finish(&mut self, locals: &Locals<'_>) -> Finished {
        self.convert_conditional_jumps();
        let stack_depth = self.stack_depth();
        self.prepare_locals(locals);
        self.convert_pseudo_ops();
        self.normalize_jumps();
        // The handlers' depths are needed still: the simulation below starts its own.
        let instrs_depths: Vec<i32> = self.blocks.iter().map(|b| b.start_depth).collect();
        self.borrow_loads();
        for (block, depth) in self.blocks.iter_mut().zip(instrs_depths) {
            block.start_depth = depth;
        }
        Finished { instrs: self.to_sequence(), stack_depth }
    }

    fn prepare_locals(&mut self, locals: &Locals<'_>) {
        let nlocals = locals.varnames.len() as u32;
        let ncells = locals.cellvars.len() as u32;
        let nfree = locals.freevars.len() as u32;
        // A cell that is also a local (a parameter) has the local's slot.
        let mut fixed: Vec<u32> = (nlocals..nlocals + ncells + nfree).collect();
        for (i, name) in locals.cellvars.names.iter().enumerate() {
            if let Some(local) = locals.varnames.get(name) {
                fixed[i] = local;
            }
        }
        self.insert_prefix(locals, &fixed[..ncells as usize], nfree);
        let mut dropped = 0;
        for (i, slot) in fixed.iter_mut().enumerate() {
            if *slot == i as u32 + nlocals {
                *slot -= dropped;
            } else {
                dropped += 1;
            }
        }
        for b in self.order() {
            for instr in &mut self.blocks[b].instrs {
                if matches!(
                    instr.op,
                    MAKE_CELL | LOAD_CLOSURE | LOAD_DEREF | STORE_DEREF | DELETE_DEREF | LOAD_FROM_DICT_OR_DEREF
                ) && let Some(&slot) = fixed.get(instr.arg as usize)
                {
                    instr.arg = slot;
                }
            }
        }
    }

    fn insert_prefix(&mut self, locals: &Locals<'_>, cells: &[u32], nfree: u32) {
        let mut prefix = Vec::new();
        if nfree > 0 {
            prefix.push(Instr { op: COPY_FREE_VARS, arg: nfree, ..Instr::EMPTY });
        }
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|&i| cells[i]);
        prefix.extend(order.into_iter().map(|i| Instr { op: MAKE_CELL, arg: i as u32, ..Instr::EMPTY }));
        if locals.is_generator {
            let line = locals.firstlineno as i32;
            let loc = Loc::new(line, line, -1, -1);
            prefix.push(Instr { op: RETURN_GENERATOR, loc, ..Instr::EMPTY });
            prefix.push(Instr { op: POP_TOP, loc, ..Instr::EMPTY });
        }
        for instr in prefix.into_iter().rev() {
            self.blocks[self.entry].insert(0, instr);
        }
    }

    fn convert_pseudo_ops(&mut self) {
        for b in self.order() {
            for instr in &mut self.blocks[b].instrs {
                match instr.op {
                    SETUP_FINALLY | SETUP_CLEANUP | SETUP_WITH => {
                        instr.nop();
                        instr.target = None;
                    }
                    LOAD_CLOSURE => instr.op = LOAD_FAST,
                    STORE_FAST_MAYBE_NULL => instr.op = STORE_FAST,
                    _ => {}
                }
            }
        }
        self.remove_redundant_nops();
    }
}
