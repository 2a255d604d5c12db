//! What watchers keep of a code object: where its lines begin, and what each tool wants of it.

use super::{Tool, Tools, event};
use crate::bytecode::Opcode;
use crate::compiler::code::Code;
use crate::objects::code_object::CodeObject;
use crate::objects::frame_jump::units;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

/// The record of a code object.
pub struct CodeWatch {
    /// The first code unit that can be watched: what comes before prepares the frame.
    pub first: usize,
    /// Whether the code unit begins a line.
    line_starts: Box<[bool]>,
    /// For each tool the events it wants of this code: bits in the lower half, the tool's epoch in the upper.
    local: [AtomicU64; super::TOOLS],
    /// Events turned off at a place: (code unit, tool) to bits; valid for one number of restarts.
    disabled: Mutex<(u32, HashMap<(usize, usize), u32>)>,
    any_disabled: AtomicU32,
}

/// The record of a code object, made now if there is none.
pub fn of(code: &CodeObject) -> &CodeWatch {
    let made = code.watch.get_or_init(|| Box::new(CodeWatch::new(&code.code, code)));
    made.downcast_ref::<CodeWatch>().expect("only this module makes one")
}

impl CodeWatch {
    fn new(plain: &Code, code: &CodeObject) -> CodeWatch {
        let bytes = &plain.code;
        let len = bytes.len() / 2;
        let opcode = |unit: usize| bytes.get(unit * 2).and_then(|&b| Opcode::from_u8(b));
        // Frames are prepared up to the first RESUME.
        let first = units(bytes).find(|u| u.op == Opcode::RESUME).map_or(0, |u| u.start);
        let line = |unit: usize| code.line_of(unit);
        let mut starts = vec![false; len].into_boxed_slice();
        let skipped = |op: Opcode| {
            matches!(op, Opcode::END_ASYNC_FOR | Opcode::END_FOR | Opcode::END_SEND | Opcode::RESUME | Opcode::POP_ITER)
        };
        let mut current = None;
        for u in units(bytes).filter(|u| u.start >= first) {
            if skipped(u.op) {
                continue;
            }
            let line = line(u.start);
            starts[u.start] = line.is_some() && line != current;
            current = line;
        }
        // A line begins where a jump goes to.
        for u in units(bytes).filter(|u| u.start >= first) {
            let target = match u.op {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE
                | Opcode::JUMP_FORWARD => u.next + u.arg as usize,
                Opcode::FOR_ITER | Opcode::SEND => u.next + u.arg as usize + 1,
                Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => u.next.wrapping_sub(u.arg as usize),
                _ => continue,
            };
            if target < len && line(target).is_some() && opcode(target) != Some(Opcode::POP_ITER) {
                starts[target] = true;
            }
        }
        for entry in plain.exception_entries() {
            let target = entry.target as usize;
            if target >= first && target < len && line(target).is_some() && !opcode(target).is_none_or(skipped) {
                starts[target] = true;
            }
        }
        CodeWatch {
            first,
            line_starts: starts,
            local: Default::default(),
            disabled: Mutex::default(),
            any_disabled: AtomicU32::new(0),
        }
    }

    /// Whether the code unit begins a line.
    pub fn starts_line(&self, unit: usize) -> bool {
        self.line_starts.get(unit).copied().unwrap_or(false)
    }

    /// The events that a tool wants of this code.
    pub fn local(&self, id: usize, tool: &Tool) -> u32 {
        let local = self.local[id].load(Relaxed);
        if (local >> 32) as u32 == tool.epoch.load(Relaxed) { local as u32 } else { 0 }
    }

    /// Sets them.
    pub fn set_local(&self, id: usize, tool: &Tool, events: u32) {
        self.local[id].store(u64::from(tool.epoch.load(Relaxed)) << 32 | u64::from(events), Relaxed);
    }

    /// Whether the tool has turned the event off at the place.
    pub fn is_disabled(&self, tools: &Tools, id: usize, event: u8, unit: usize) -> bool {
        if self.any_disabled.load(Relaxed) == 0 {
            return false;
        }
        let disabled = self.disabled.lock().expect("no panic under this lock");
        disabled.0 == tools.restarts.load(Relaxed)
            && disabled.1.get(&(unit, id)).is_some_and(|bits| bits & 1 << event != 0)
    }

    /// Turns the event off at the place, until events are restarted.
    pub fn disable(&self, tools: &Tools, id: usize, event: u8, unit: usize) {
        let mut disabled = self.disabled.lock().expect("no panic under this lock");
        let restarts = tools.restarts.load(Relaxed);
        if disabled.0 != restarts {
            *disabled = (restarts, HashMap::new());
        }
        // A call that is not told has no return that is.
        let both = if event == event::CALL { 1 << event::C_RETURN | 1 << event::C_RAISE } else { 0 };
        *disabled.1.entry((unit, id)).or_default() |= 1 << event | both;
        self.any_disabled.store(1, Relaxed);
    }
}
