//! Constants: loading them, and what follows from loading them.

use super::super::code::Const;
use super::super::ir::op::*;
use super::{Cfg, Instr, fold};
use std::collections::HashMap;

/// The constants, with an index of those that are added here.
pub(super) struct Consts<'a> {
    items: &'a mut Vec<Const>,
    index: HashMap<Const, u32>,
}

impl<'a> Consts<'a> {
    pub fn new(items: &'a mut Vec<Const>) -> Consts<'a> {
        let index = items.iter().enumerate().map(|(i, c)| (c.clone(), i as u32)).collect();
        Consts { items, index }
    }

    pub fn add(&mut self, value: Const) -> u32 {
        if let Some(&i) = self.index.get(&value) {
            return i;
        }
        let i = self.items.len() as u32;
        self.index.insert(value.clone(), i);
        self.items.push(value);
        i
    }

    /// What an instruction loads, if a constant.
    pub fn loaded(&self, instr: &Instr) -> Option<Const> {
        match instr.op {
            LOAD_CONST => self.items.get(instr.arg as usize).cloned(),
            LOAD_SMALL_INT => Some(Const::Int(instr.arg.into())),
            _ => None,
        }
    }

    /// Makes an instruction load a constant.
    pub fn make_load(&mut self, instr: &mut Instr, value: Const) {
        match small_int(&value) {
            Some(i) => instr.set(LOAD_SMALL_INT, i),
            None => {
                let i = self.add(value);
                instr.set(LOAD_CONST, i);
            }
        }
    }
}

pub(super) fn loads_const(op: u16) -> bool {
    matches!(op, LOAD_CONST | LOAD_SMALL_INT)
}

fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(i @ 0..=255) => Some(*i as u32),
        _ => None,
    }
}

impl Cfg {
    /// Small ints come without the table; conditions that are constant are decided.
    pub(super) fn optimize_load_const(&mut self, consts: &mut Consts<'_>) {
        for b in self.order() {
            let instrs = &mut self.blocks[b].instrs;
            let mut seen = Instr { op: NOP, arg: 0, ..Instr::EMPTY };
            for i in 0..instrs.len() {
                if instrs[i].op == LOAD_CONST
                    && let Some(small) = consts.items.get(instrs[i].arg as usize).and_then(small_int)
                {
                    instrs[i].set(LOAD_SMALL_INT, small);
                }
                // A copy of a constant counts as the constant.
                let is_copy = seen.op == LOAD_CONST && instrs[i].op == COPY && instrs[i].arg == 1;
                if !is_copy {
                    seen = instrs[i];
                }
                if !loads_const(seen.op) {
                    continue;
                }
                let Some(value) = consts.loaded(&seen) else { continue };
                match instrs.get(i + 1).map(|next| next.op) {
                    Some(next @ (POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | JUMP_IF_FALSE | JUMP_IF_TRUE)) => {
                        let truth = fold::is_true(&value);
                        if matches!(next, POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE) {
                            instrs[i].nop();
                        }
                        if truth == matches!(next, POP_JUMP_IF_TRUE | JUMP_IF_TRUE) {
                            instrs[i + 1].op = JUMP;
                        } else {
                            instrs[i + 1].nop();
                        }
                    }
                    Some(IS_OP) if matches!(value, Const::None) => {
                        let mut at = i + 2;
                        if at >= instrs.len() {
                            continue;
                        }
                        if instrs[at].op == TO_BOOL {
                            instrs[at].nop();
                            at += 1;
                            if at >= instrs.len() {
                                continue;
                            }
                        }
                        let mut invert = instrs[i + 1].arg != 0;
                        match instrs[at].op {
                            POP_JUMP_IF_FALSE => invert = !invert,
                            POP_JUMP_IF_TRUE => {}
                            _ => continue,
                        }
                        instrs[i].nop();
                        instrs[i + 1].nop();
                        instrs[at].op = if invert { POP_JUMP_IF_NOT_NONE } else { POP_JUMP_IF_NONE };
                    }
                    Some(TO_BOOL) => {
                        let truth = if fold::is_true(&value) { Const::True } else { Const::False };
                        let index = consts.add(truth);
                        instrs[i].nop();
                        instrs[i + 1].set(LOAD_CONST, index);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Drops constants nobody loads, but the first, which may be a docstring.
    pub(super) fn remove_unused_consts(&mut self, consts: &mut Vec<Const>) {
        if consts.is_empty() {
            return;
        }
        let mut used = vec![false; consts.len()];
        used[0] = true;
        for b in self.order() {
            for instr in self.blocks[b].instrs.iter().filter(|i| i.op == LOAD_CONST) {
                used[instr.arg as usize] = true;
            }
        }
        let mut map = vec![0; consts.len()];
        let mut n = 0;
        for (i, &is_used) in used.iter().enumerate() {
            map[i] = n;
            n += u32::from(is_used);
        }
        let mut keep = used.iter();
        consts.retain(|_| *keep.next().unwrap_or(&true));
        for b in self.order() {
            for instr in self.blocks[b].instrs.iter_mut().filter(|i| i.op == LOAD_CONST) {
                instr.arg = map[instr.arg as usize];
            }
        }
    }
}

impl Instr {
    /// Nothing.
    pub(super) const EMPTY: Instr = Instr { op: NOP, arg: 0, loc: super::Loc::NONE, target: None, except: None };
}
