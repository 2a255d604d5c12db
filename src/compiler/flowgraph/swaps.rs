//! Runs of `SWAP`: made as short as possible, or applied to the instructions instead of the stack.

use super::super::ir::op::*;
use super::Instr;

/// Shortens the run of swaps that starts at `i`; returns the index of its last instruction.
pub(super) fn swaptimize(instrs: &mut [Instr], i: usize) -> usize {
    const VISITED: usize = usize::MAX;
    let mut depth = instrs[i].arg as usize;
    let mut len = 1;
    let mut more = false;
    while let Some(instr) = instrs.get(i + len) {
        match instr.op {
            SWAP => {
                depth = depth.max(instr.arg as usize);
                more = true;
            }
            NOP => {}
            _ => break,
        }
        len += 1;
    }
    if !more {
        return i;
    }
    let run = &mut instrs[i..i + len];
    let mut stack: Vec<usize> = (0..depth).collect();
    for instr in run.iter().filter(|instr| instr.op == SWAP) {
        stack.swap(0, instr.arg as usize - 1);
    }
    // Each cycle of the permutation is undone by swaps with the top.
    let mut free = len;
    for start in 0..depth {
        if stack[start] == VISITED || stack[start] == start {
            continue;
        }
        let mut j = start;
        loop {
            if j != 0 {
                free -= 1;
                run[free].set(SWAP, j as u32 + 1);
            }
            if stack[j] == VISITED {
                break;
            }
            j = std::mem::replace(&mut stack[j], VISITED);
        }
    }
    for instr in &mut run[..free] {
        instr.nop();
    }
    i + len - 1
}

/// Whether an instruction only pops the top, and runs nothing that could notice the order.
fn swappable(instr: &Instr) -> bool {
    matches!(instr.op, STORE_FAST | STORE_FAST_MAYBE_NULL | POP_TOP)
}

fn stores_to(instr: &Instr) -> Option<u32> {
    matches!(instr.op, STORE_FAST | STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

fn next_swappable(instrs: &[Instr], i: usize, line: i32) -> Option<usize> {
    for (at, instr) in instrs.iter().enumerate().skip(i + 1) {
        if line >= 0 && instr.loc.line != line {
            return None;
        }
        if instr.op == NOP {
            continue;
        }
        return swappable(instr).then_some(at);
    }
    None
}

/// Where values are swapped only to be stored, the stores change places.
pub(super) fn apply_static_swaps(instrs: &mut [Instr], from: usize) {
    for i in (0..=from).rev() {
        if instrs[i].op != SWAP {
            if instrs[i].op == NOP || swappable(&instrs[i]) {
                continue;
            }
            return;
        }
        let Some(j) = next_swappable(instrs, i, -1) else { return };
        let line = instrs[j].loc.line;
        let mut k = j;
        for _ in 1..instrs[i].arg {
            match next_swappable(instrs, k, line) {
                Some(next) => k = next,
                None => return,
            }
        }
        let (store_j, store_k) = (stores_to(&instrs[j]), stores_to(&instrs[k]));
        if store_j.is_some() || store_k.is_some() {
            if store_j == store_k {
                return;
            }
            let between = &instrs[(j + 1).min(k)..k];
            let clash = between.iter().filter_map(stores_to).any(|s| Some(s) == store_j || Some(s) == store_k);
            if clash {
                return;
            }
        }
        instrs[i].nop();
        instrs.swap(j, k);
    }
}
