//! CPython's two side tables of a code object, written and read: where each code unit comes from
//! (`co_linetable`) and who handles its exceptions (`co_exceptiontable`).
//!
//! Formats: CPython `InternalDocs/code_objects.md` and `InternalDocs/exception_handling.md`.

use super::code::{Code, ExceptionEntry, Position};
use super::flowgraph::OutInstr;
use super::ir::Loc;

/// Kinds of location entry above the short forms (0 to 9).
const ONE_LINE: u8 = 10;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;

/// Writes the location table.
pub(super) fn encode_locations(instrs: &[OutInstr], firstlineno: u32, size: fn(&OutInstr) -> u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut line = firstlineno as i32;
    let mut pending: Option<(Loc, u32)> = None;
    for instr in instrs {
        match &mut pending {
            Some((loc, units)) if *loc == instr.loc => *units += size(instr),
            _ => {
                if let Some((loc, units)) = pending.replace((instr.loc, size(instr))) {
                    write_location(&mut out, &mut line, loc, units);
                }
            }
        }
    }
    if let Some((loc, units)) = pending {
        write_location(&mut out, &mut line, loc, units);
    }
    out
}

fn write_location(out: &mut Vec<u8>, line: &mut i32, loc: Loc, mut units: u32) {
    while units > 8 {
        write_entry(out, line, loc, 8);
        units -= 8;
    }
    write_entry(out, line, loc, units);
}

fn write_entry(out: &mut Vec<u8>, line: &mut i32, loc: Loc, units: u32) {
    let first = |code: u8| 0x80 | code << 3 | (units - 1) as u8;
    if loc.line == Loc::NONE.line {
        out.push(first(NONE));
        return;
    }
    let delta = loc.line - *line;
    let (col, end_col) = (loc.col, loc.end_col);
    if col < 0 || end_col < 0 {
        if loc.end_line == loc.line || loc.end_line < 0 {
            out.push(first(NO_COLUMNS));
            write_signed(out, delta);
            *line = loc.line;
            return;
        }
    } else if loc.end_line == loc.line {
        if delta == 0 && col < 80 && end_col >= col && end_col - col < 16 {
            out.push(first((col >> 3) as u8));
            out.push(((col & 7) << 4 | (end_col - col)) as u8);
            return;
        }
        if (0..3).contains(&delta) && col < 128 && end_col < 128 {
            out.push(first(ONE_LINE + delta as u8));
            out.push(col as u8);
            out.push(end_col as u8);
            *line = loc.line;
            return;
        }
    }
    out.push(first(LONG));
    write_signed(out, delta);
    write_varint(out, (loc.end_line - loc.line).max(0) as u32);
    write_varint(out, (col + 1) as u32);
    write_varint(out, (end_col + 1) as u32);
    *line = loc.line;
}

/// Six bits a byte, the lowest first; 0x40 says that more follow.
fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 64 {
        out.push(0x40 | (value & 63) as u8);
        value >>= 6;
    }
    out.push(value as u8);
}

fn write_signed(out: &mut Vec<u8>, value: i32) {
    write_varint(out, if value < 0 { value.unsigned_abs() << 1 | 1 } else { (value as u32) << 1 });
}

/// Writes the exception table.
pub(super) fn encode_exceptions(instrs: &[OutInstr], offsets: &[u32], size: fn(&OutInstr) -> u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut current = None;
    let mut start = 0;
    let mut at = 0;
    for instr in instrs {
        if instr.handler != current {
            if let Some(handler) = current {
                write_exception(&mut out, start, at, offsets, handler);
            }
            start = at;
            current = instr.handler;
        }
        at += size(instr);
    }
    if let Some(handler) = current {
        write_exception(&mut out, start, at, offsets, handler);
    }
    out
}

fn write_exception(out: &mut Vec<u8>, start: u32, end: u32, offsets: &[u32], handler: super::flowgraph::Handler) {
    let depth = handler.start_depth - 1 - i32::from(handler.preserve_lasti);
    write_item(out, start, 0x80);
    write_item(out, end - start, 0);
    write_item(out, offsets[handler.target], 0);
    write_item(out, (depth.max(0) as u32) << 1 | u32::from(handler.preserve_lasti), 0);
}

/// Six bits a byte, the highest first; 0x40 says that more follow, `mark` starts an entry.
fn write_item(out: &mut Vec<u8>, value: u32, mut mark: u8) {
    for shift in [24, 18, 12, 6] {
        if value >= 1 << shift {
            out.push((value >> shift & 0x3F) as u8 | 0x40 | mark);
            mark = 0;
        }
    }
    out.push((value & 0x3F) as u8 | mark);
}

impl Code {
    /// The position of each code unit (`co_positions()`), caches included.
    pub fn positions(&self) -> Positions<'_> {
        Positions {
            table: &self.linetable,
            at: 0,
            line: self.firstlineno as i64,
            current: Position::default(),
            left: 0,
        }
    }

    /// The ranges of the exception table.
    pub fn exception_entries(&self) -> ExceptionEntries<'_> {
        ExceptionEntries { table: &self.exceptiontable, at: 0 }
    }

    /// Ranges of code units with their line (`co_lines()`): start, end, line.
    pub fn lines(&self) -> Vec<(u32, u32, Option<u32>)> {
        let mut lines: Vec<(u32, u32, Option<u32>)> = Vec::new();
        for (i, position) in self.positions().enumerate() {
            let i = i as u32;
            match lines.last_mut() {
                Some((_, end, line)) if *line == position.line => *end = i + 1,
                _ => lines.push((i, i + 1, position.line)),
            }
        }
        lines
    }
}

/// The positions of code units, one by one.
pub struct Positions<'a> {
    table: &'a [u8],
    at: usize,
    line: i64,
    current: Position,
    left: u32,
}

impl Positions<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.table.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 0x40 == 0 {
                return Some(value);
            }
        }
    }

    fn signed(&mut self) -> Option<i64> {
        let value = i64::from(self.varint()?);
        Some(if value & 1 != 0 { -(value >> 1) } else { value >> 1 })
    }

    fn read_entry(&mut self) -> Option<()> {
        let first = self.byte()?;
        self.left = u32::from(first & 7) + 1;
        let code = first >> 3 & 15;
        let line = |line: i64| u32::try_from(line).ok();
        self.current = match code {
            NONE => Position::default(),
            NO_COLUMNS => {
                self.line += self.signed()?;
                Position { line: line(self.line), end_line: line(self.line), col: None, end_col: None }
            }
            LONG => {
                self.line += self.signed()?;
                let end = self.line + i64::from(self.varint()?);
                let (col, end_col) = (self.varint()?, self.varint()?);
                Position {
                    line: line(self.line),
                    end_line: line(end),
                    col: col.checked_sub(1),
                    end_col: end_col.checked_sub(1),
                }
            }
            ONE_LINE..NO_COLUMNS => {
                self.line += i64::from(code - ONE_LINE);
                let (col, end_col) = (self.byte()?, self.byte()?);
                Position {
                    line: line(self.line),
                    end_line: line(self.line),
                    col: Some(col.into()),
                    end_col: Some(end_col.into()),
                }
            }
            _ => {
                let second = self.byte()?;
                let col = u32::from(code) << 3 | u32::from(second >> 4);
                Position {
                    line: line(self.line),
                    end_line: line(self.line),
                    col: Some(col),
                    end_col: Some(col + u32::from(second & 15)),
                }
            }
        };
        Some(())
    }
}

impl Iterator for Positions<'_> {
    type Item = Position;

    fn next(&mut self) -> Option<Position> {
        if self.left == 0 {
            self.read_entry()?;
        }
        self.left -= 1;
        Some(self.current)
    }
}

/// The ranges of an exception table, one by one.
pub struct ExceptionEntries<'a> {
    table: &'a [u8],
    at: usize,
}

impl ExceptionEntries<'_> {
    fn item(&mut self) -> Option<u32> {
        let mut value = 0u32;
        loop {
            let byte = *self.table.get(self.at)?;
            self.at += 1;
            value = value << 6 | u32::from(byte & 0x3F);
            if byte & 0x40 == 0 {
                return Some(value);
            }
        }
    }
}

impl Iterator for ExceptionEntries<'_> {
    type Item = ExceptionEntry;

    fn next(&mut self) -> Option<ExceptionEntry> {
        let (start, length, target, depth) = (self.item()?, self.item()?, self.item()?, self.item()?);
        let (end, lasti) = (start.saturating_add(length), depth & 1 != 0);
        Some(ExceptionEntry { start, end, target, depth: depth >> 1, lasti })
    }
}
