//! From canonical bytecode to what executes.
//!
//! One cell of eight bytes per canonical code unit, so offsets, jumps and positions are the same on both
//! sides. `EXTENDED_ARG` is folded into the instruction it prefixes and does nothing itself. Operators get
//! a handler each. The cells of caches, all zero, are where a handler keeps what it learns.

use super::dispatch::cell;
use super::ops::Extra;
use crate::bytecode::Opcode;
use crate::compiler::code::Code;
use crate::objects::code_object::Translation;
use std::cell::UnsafeCell;

/// The form of BINARY_OP for an operator (`opcode._nb_ops`); in-place forms share the fast paths.
fn binary_form(arg: u32) -> Extra {
    match arg {
        0 | 13 => Extra::BINARY_OP_ADD,
        1 | 14 => Extra::BINARY_OP_AND,
        2 | 15 => Extra::BINARY_OP_FLOOR_DIVIDE,
        3 | 16 => Extra::BINARY_OP_LSHIFT,
        5 | 18 => Extra::BINARY_OP_MULTIPLY,
        6 | 19 => Extra::BINARY_OP_REMAINDER,
        7 | 20 => Extra::BINARY_OP_OR,
        8 | 21 => Extra::BINARY_OP_POWER,
        9 | 22 => Extra::BINARY_OP_RSHIFT,
        10 | 23 => Extra::BINARY_OP_SUBTRACT,
        11 | 24 => Extra::BINARY_OP_TRUE_DIVIDE,
        12 | 25 => Extra::BINARY_OP_XOR,
        26 => Extra::BINARY_OP_SUBSCR,
        _ => Extra::BINARY_OP_ANY,
    }
}

/// Translates a code object's instructions.
pub fn translate(code: &Code) -> Translation {
    let bytes = &code.code;
    let mut cells = Vec::with_capacity(bytes.len() / 2 + 1);
    let (mut extended, mut caches) = (0u32, 0);
    for unit in bytes.chunks_exact(2) {
        if caches > 0 {
            caches -= 1;
            cells.push(0);
            continue;
        }
        let arg = extended << 8 | unit[1] as u32;
        let Some(op) = Opcode::from_u8(unit[0]) else {
            cells.push(0);
            continue;
        };
        extended = if op == Opcode::EXTENDED_ARG { arg } else { 0 };
        caches = op.caches();
        cells.push(match op {
            Opcode::EXTENDED_ARG | Opcode::NOT_TAKEN => cell(Opcode::NOP as u16, 0, 0),
            Opcode::BINARY_OP => cell(binary_form(arg) as u16, arg as u16, arg),
            Opcode::COMPARE_OP => {
                const FORMS: [Extra; 6] = [
                    Extra::COMPARE_OP_LT,
                    Extra::COMPARE_OP_LE,
                    Extra::COMPARE_OP_EQ,
                    Extra::COMPARE_OP_NE,
                    Extra::COMPARE_OP_GT,
                    Extra::COMPARE_OP_GE,
                ];
                cell(FORMS[(arg >> 5) as usize % 6] as u16, 0, arg)
            }
            _ => cell(op as u16, 0, arg),
        });
    }
    // Code that runs off its end (only damaged bytecode does) meets a cell that raises.
    cells.push(0);
    Translation::new(cells.into_iter().map(UnsafeCell::new).collect())
}
