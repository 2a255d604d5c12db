//! The peephole pass: jumps to jumps, pairs of instructions, and constant expressions.

use super::super::code::Const;
use super::super::codegen::{STACK_USE_GUIDELINE, intrinsic};
use super::super::ir::{self, Op, op::*};
use super::constants::{Consts, loads_const};
use super::{BlockId, Cfg, Instr, fold};

/// Blocks that leave the function are copied to where they are jumped to, up to this size.
const MAX_COPY_SIZE: usize = 4;
/// Shorter displays of constants are built item by item.
const MIN_CONST_SEQUENCE_SIZE: usize = 3;

impl Cfg {
    pub(super) fn optimize_block(&mut self, b: BlockId, consts: &mut Consts<'_>) {
        let mut i: isize = 0;
        while (i as usize) < self.blocks[b].instrs.len() {
            i += self.optimize_instr(b, i as usize, consts);
        }
        let instrs = &mut self.blocks[b].instrs;
        let mut i = 0;
        while i < instrs.len() {
            if instrs[i].op == SWAP {
                i = super::swaps::swaptimize(instrs, i);
                super::swaps::apply_static_swaps(instrs, i);
            }
            i += 1;
        }
    }

    /// One instruction; returns how far to go on: 1, or 0 to look at it again.
    fn optimize_instr(&mut self, b: BlockId, i: usize, consts: &mut Consts<'_>) -> isize {
        let instr = self.blocks[b].instrs[i];
        let next = self.blocks[b].instrs.get(i + 1).copied();
        let next_op = next.map_or(CACHE, |n| n.op);
        let target = if ir::has_target(instr.op) {
            instr.target.and_then(|t| self.blocks[t].instrs.first().copied())
        } else {
            None
        };
        let target_op = target.map_or(NOP, |t| t.op);
        let instrs = &mut self.blocks[b].instrs;
        match instr.op {
            BUILD_TUPLE => {
                if next_op == UNPACK_SEQUENCE && next.is_some_and(|n| n.arg == instr.arg) {
                    match instr.arg {
                        1 => {
                            instrs[i].nop();
                            instrs[i + 1].nop();
                            return 1;
                        }
                        2 | 3 => {
                            instrs[i].nop();
                            instrs[i + 1].op = SWAP;
                            return 1;
                        }
                        _ => {}
                    }
                }
                fold_tuple(instrs, i, consts);
            }
            BUILD_LIST | BUILD_SET => fold_list_or_set(instrs, i, next_op, consts),
            POP_JUMP_IF_NOT_NONE | POP_JUMP_IF_NONE | POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE if target_op == JUMP => {
                return self.thread(b, i, target, instr.op);
            }
            JUMP_IF_FALSE | JUMP_IF_TRUE => {
                let opposite = if instr.op == JUMP_IF_FALSE { JUMP_IF_TRUE } else { JUMP_IF_FALSE };
                if target_op == JUMP || target_op == instr.op {
                    return self.thread(b, i, target, instr.op);
                }
                if target_op == opposite
                    && let Some(after) = instr.target.and_then(|t| self.blocks[t].next)
                {
                    self.blocks[b].instrs[i].target = Some(after);
                    return 0;
                }
            }
            JUMP | JUMP_NO_INTERRUPT => match target_op {
                JUMP => return self.thread(b, i, target, JUMP),
                JUMP_NO_INTERRUPT => return self.thread(b, i, target, instr.op),
                _ => {}
            },
            COMPARE_OP if next_op == TO_BOOL => {
                instrs[i].nop();
                instrs[i + 1].set(COMPARE_OP, instr.arg | 16);
            }
            CONTAINS_OP | IS_OP if next_op == TO_BOOL => {
                instrs[i].nop();
                instrs[i + 1].set(instr.op, instr.arg);
            }
            CONTAINS_OP | IS_OP if next_op == UNARY_NOT => {
                instrs[i].nop();
                instrs[i + 1].set(instr.op, instr.arg ^ 1);
            }
            TO_BOOL if next_op == TO_BOOL => instrs[i].nop(),
            UNARY_NOT if next_op == TO_BOOL => {
                instrs[i].nop();
                instrs[i + 1].set(UNARY_NOT, 0);
            }
            UNARY_NOT if next_op == UNARY_NOT => {
                instrs[i].nop();
                instrs[i + 1].nop();
            }
            UNARY_NOT | UNARY_INVERT | UNARY_NEGATIVE => fold_unary(instrs, i, consts),
            CALL_INTRINSIC_1 if instr.arg == intrinsic::LIST_TO_TUPLE => {
                if next_op == GET_ITER {
                    instrs[i].nop();
                } else {
                    fold_list_to_tuple(instrs, i, consts);
                }
            }
            CALL_INTRINSIC_1 if instr.arg == intrinsic::UNARY_POSITIVE => fold_unary(instrs, i, consts),
            BINARY_OP => fold_binary(instrs, i, consts),
            STORE_FAST
                if next_op == STORE_FAST
                    && next.is_some_and(|n| n.arg == instr.arg && n.loc.line == instr.loc.line) =>
            {
                instrs[i].set(POP_TOP, 0);
            }
            SWAP if instr.arg == 1 => instrs[i].nop(),
            _ => {}
        }
        1
    }

    /// Makes a jump to a jump go where that one goes.
    fn thread(&mut self, b: BlockId, i: usize, target: Option<Instr>, op: Op) -> isize {
        let Some(target) = target else { return 1 };
        if self.blocks[b].instrs[i].target == target.target {
            return 1;
        }
        // What stays is removed later if its line is not needed.
        self.blocks[b].instrs[i].nop();
        self.blocks[b].push_new(Instr { op, arg: 0, ..target });
        0
    }

    /// Copies small blocks that leave the function, and blocks without a line, to where they are jumped to.
    pub(super) fn inline_small_blocks(&mut self) {
        loop {
            let mut changed = false;
            for b in self.order() {
                changed |= self.inline_small_block(b);
            }
            if !changed {
                break;
            }
        }
    }

    fn inline_small_block(&mut self, b: BlockId) -> bool {
        let Some(last) = self.blocks[b].last().copied() else { return false };
        let Some(target) = last.target.filter(|_| ir::is_unconditional_jump(last.op)) else { return false };
        let block = &self.blocks[target];
        let small_exit = block.exits_scope() && block.instrs.len() <= MAX_COPY_SIZE;
        let no_line = block.has_no_line() && !block.falls_through();
        if !small_exit && !no_line {
            return false;
        }
        let copied = block.instrs.clone();
        let block = &mut self.blocks[b];
        if let Some(jump) = block.instrs.last_mut() {
            jump.nop();
        }
        for instr in copied {
            block.push_copy(instr);
        }
        if no_line
            && let Some(new_last) = block.instrs.last_mut()
            && ir::is_unconditional_jump(new_last.op)
            && last.op == JUMP
        {
            // A copy of a jump can be interrupted if the jump to it could.
            new_last.op = JUMP;
        }
        self.blocks[target].predecessors = self.blocks[target].predecessors.saturating_sub(1);
        true
    }

    /// Empties the blocks no path reaches, and counts who reaches the others.
    pub(super) fn remove_unreachable(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
            block.predecessors = 0;
        }
        let mut todo = vec![self.entry];
        self.blocks[self.entry].predecessors = 1;
        self.blocks[self.entry].visited = true;
        while let Some(b) = todo.pop() {
            let next = self.blocks[b].next.filter(|_| self.blocks[b].falls_through());
            let targets: Vec<BlockId> =
                self.blocks[b].instrs.iter().filter(|i| ir::has_target(i.op)).filter_map(|i| i.target).collect();
            for t in next.into_iter().chain(targets) {
                if !self.blocks[t].visited {
                    self.blocks[t].visited = true;
                    todo.push(t);
                }
                self.blocks[t].predecessors += 1;
            }
        }
        for b in self.order() {
            let block = &mut self.blocks[b];
            if block.predecessors == 0 {
                block.truncate(0);
                block.except_handler = false;
            }
        }
    }
}

/// The `n` instructions before `end` that load constants, `NOP`s between them aside.
fn const_loads(instrs: &[Instr], end: usize, n: usize) -> Option<Vec<usize>> {
    let mut found = Vec::with_capacity(n);
    for i in (0..end).rev() {
        if found.len() == n {
            break;
        }
        match instrs[i].op {
            NOP => {}
            op if loads_const(op) => found.push(i),
            _ => return None,
        }
    }
    found.reverse();
    (found.len() == n).then_some(found)
}

fn nop_out(instrs: &mut [Instr], which: &[usize]) {
    for &i in which {
        instrs[i].loc.line = -1;
        instrs[i].nop();
    }
}

fn loaded_values(instrs: &[Instr], which: &[usize], consts: &Consts<'_>) -> Option<Vec<Const>> {
    which.iter().map(|&i| consts.loaded(&instrs[i])).collect()
}

fn fold_tuple(instrs: &mut [Instr], i: usize, consts: &mut Consts<'_>) {
    let n = instrs[i].arg as usize;
    if n > STACK_USE_GUIDELINE {
        return;
    }
    let Some(loads) = const_loads(instrs, i, n) else { return };
    let Some(items) = loaded_values(instrs, &loads, consts) else { return };
    nop_out(instrs, &loads);
    consts.make_load(&mut instrs[i], Const::Tuple(items.into()));
}

/// A tuple of constants too long for the stack: `BUILD_LIST`, then load and append each.
fn fold_list_to_tuple(instrs: &mut [Instr], i: usize, consts: &mut Consts<'_>) {
    let mut loads = Vec::new();
    let mut others = Vec::new();
    let mut expect_append = true;
    for at in (0..i).rev() {
        let instr = instrs[at];
        match instr.op {
            NOP => continue,
            BUILD_LIST if instr.arg == 0 => {
                if !expect_append {
                    return;
                }
                loads.reverse();
                let Some(items) = loaded_values(instrs, &loads, consts) else { return };
                others.push(at);
                nop_out(instrs, &loads);
                nop_out(instrs, &others);
                consts.make_load(&mut instrs[i], Const::Tuple(items.into()));
                return;
            }
            _ => {}
        }
        if expect_append {
            if instr.op != LIST_APPEND || instr.arg != 1 {
                return;
            }
            others.push(at);
        } else {
            if !loads_const(instr.op) {
                return;
            }
            loads.push(at);
        }
        expect_append = !expect_append;
    }
}

/// A display that is only looped over or searched becomes a constant; a longer one is built from one.
fn fold_list_or_set(instrs: &mut [Instr], i: usize, next_op: Op, consts: &mut Consts<'_>) {
    let instr = instrs[i];
    let n = instr.arg as usize;
    let only_read = matches!(next_op, GET_ITER | CONTAINS_OP);
    if n > STACK_USE_GUIDELINE || n < MIN_CONST_SEQUENCE_SIZE && !only_read {
        return;
    }
    let loads = const_loads(instrs, i, n);
    let items = loads.as_ref().and_then(|loads| loaded_values(instrs, loads, consts));
    let (Some(loads), Some(items)) = (loads, items) else {
        if only_read && instr.op == BUILD_LIST {
            instrs[i].op = BUILD_TUPLE;
        }
        return;
    };
    let value =
        if instr.op == BUILD_SET { Const::FrozenSet(fold::distinct(items).into()) } else { Const::Tuple(items.into()) };
    let index = consts.add(value);
    nop_out(instrs, &loads);
    if only_read {
        instrs[i].set(LOAD_CONST, index);
    } else {
        instrs[i - 2].loc = instr.loc;
        instrs[i - 2].set(instr.op, 0);
        instrs[i - 1].set(LOAD_CONST, index);
        instrs[i].set(if instr.op == BUILD_LIST { LIST_EXTEND } else { SET_UPDATE }, 1);
    }
}

fn fold_unary(instrs: &mut [Instr], i: usize, consts: &mut Consts<'_>) {
    let Some(loads) = const_loads(instrs, i, 1) else { return };
    let Some(operand) = consts.loaded(&instrs[loads[0]]) else { return };
    let Some(value) = fold::unary(instrs[i].op, &operand) else { return };
    nop_out(instrs, &loads);
    consts.make_load(&mut instrs[i], value);
}

fn fold_binary(instrs: &mut [Instr], i: usize, consts: &mut Consts<'_>) {
    let Some(loads) = const_loads(instrs, i, 2) else { return };
    let Some(operands) = loaded_values(instrs, &loads, consts) else { return };
    let Some(value) = fold::binary(instrs[i].arg, &operands[0], &operands[1]) else { return };
    nop_out(instrs, &loads);
    consts.make_load(&mut instrs[i], value);
}
