//! The disassembler: a code object as text, as CPython 3.14's `dis.dis` shows it.
//!
//! It knows code objects only as a [`Source`], so that this room needs none above it.

use super::{ArgKind, BINARY_OPS, COMMON_CONSTANTS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// What is shown besides instructions and their arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListingOptions {
    /// A column of byte offsets.
    pub offsets: bool,
    /// A column that marks where a thread can lose the GIL, with [`SWITCH_POINT`].
    pub switch_points: bool,
    /// Mark every instruction (`--switch-at=instruction`).
    pub everywhere: bool,
}

/// Stands in front of an instruction at which a thread can lose the GIL.
pub const SWITCH_POINT: char = '⇄';

/// A range of the exception table, counted in code units.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub depth: u32,
    pub lasti: bool,
}

/// What the disassembler asks of a code object.
pub trait Source {
    /// The code units.
    fn code(&self) -> &[u8];
    /// The line of each code unit.
    fn lines(&self) -> Vec<Option<u32>>;
    /// `repr` of a constant.
    fn constant(&self, index: u32) -> String;
    /// A name (`co_names`).
    fn name(&self, index: u32) -> String;
    /// The name of a local, cell or free variable.
    fn local(&self, index: u32) -> String;
    /// The exception table.
    fn ranges(&self) -> Vec<Range>;
    /// The specialized form that the instruction at an offset has become.
    fn form(&self, _offset: u32) -> Option<&'static str> {
        None
    }
    /// How often the instruction at an offset was executed; `None` for all of them if nobody counted.
    fn hits(&self, _offset: u32) -> Option<u64> {
        None
    }
}

/// One instruction of a listing. Offsets count code units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub offset: u32,
    pub opcode: Opcode,
    /// With the bits of `EXTENDED_ARG` before it.
    pub arg: u32,
    /// Where a jump goes.
    pub target: Option<u32>,
}

/// The instructions of a code object, caches left out.
pub fn rows(code: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    let mut upper = 0u32;
    while let Some(&[number, low]) = code.get(at * 2..at * 2 + 2) {
        let opcode = Opcode::from_u8(number).unwrap_or(Opcode::NOP);
        let arg = upper << 8 | u32::from(low);
        upper = if opcode == Opcode::EXTENDED_ARG { arg } else { 0 };
        let end = (at + 1 + opcode.caches()) as u32;
        let target = opcode.jumps().then(|| match opcode {
            // It names the SEND of its loop, and its distance is counted from the END_SEND after it.
            Opcode::END_ASYNC_FOR => end.saturating_sub(arg),
            _ if opcode.jumps_backward() => end.saturating_sub(arg),
            _ => end.saturating_add(arg),
        });
        rows.push(Row { offset: at as u32, opcode, arg, target });
        at = end as usize;
    }
    rows
}

/// The listing of one code object.
pub fn disassemble(source: &dyn Source, options: ListingOptions) -> String {
    let rows = rows(source.code());
    let lines = source.lines();
    let ranges = source.ranges();
    let mut places: BTreeSet<u32> = rows.iter().filter_map(|row| row.target).collect();
    places.extend(ranges.iter().flat_map(|r| [r.start, r.end, r.target]));
    let labels: HashMap<u32, usize> = places.into_iter().enumerate().map(|(i, offset)| (offset, i + 1)).collect();
    let label_width = 4 + labels.len().to_string().len();
    let max_line = lines.iter().flatten().filter(|line| **line > 0).max();
    // `  --` marks instructions without a line.
    let least = if lines.contains(&None) { 4 } else { 3 };
    let line_width = max_line.map_or(0, |line| line.to_string().len().max(least));
    let offset_width = (source.code().len().saturating_sub(2)).max(9999).to_string().len();

    let hits_width = rows.iter().filter_map(|row| source.hits(row.offset)).max().map(|n| n.to_string().len().max(6));

    let mut out = String::new();
    let mut previous: Option<Option<u32>> = None;
    for row in &rows {
        let line = lines.get(row.offset as usize).copied().flatten();
        let starts_line = previous != Some(line);
        previous = Some(line);
        let mut fields: Vec<String> = Vec::new();
        if line_width > 0 {
            if starts_line && row.offset > 0 {
                out.push('\n');
            }
            fields.push(match line {
                Some(line) if starts_line => format!("{line:>line_width$}"),
                None if starts_line => format!("{:>line_width$}", "--"),
                _ => " ".repeat(line_width),
            });
        }
        if let Some(width) = hits_width {
            fields.push(match source.hits(row.offset) {
                Some(hits) if hits > 0 => format!("{hits:>width$}"),
                _ => " ".repeat(width),
            });
        }
        let label = labels.get(&row.offset).map_or(String::new(), |n| format!("L{n}:"));
        fields.push(format!("{label:>label_width$}"));
        if options.offsets {
            fields.push(format!("{:>offset_width$}", row.offset * 2));
        }
        // Where `dis` has the arrow of the current instruction.
        let marked = options.switch_points && (options.everywhere || row.opcode.checks_eval_breaker(row.arg));
        fields.push(if marked { format!(" {SWITCH_POINT} ") } else { "   ".into() });
        let name = source.form(row.offset).unwrap_or(row.opcode.name());
        fields.push(format!("{name:<20}"));
        if row.opcode.arg_kind() != ArgKind::None {
            let width = 5usize.saturating_sub(name.len().saturating_sub(20));
            fields.push(format!("{:>width$}", row.arg));
            let text = argument(source, row, &labels);
            if !text.is_empty() {
                fields.push(format!("({text})"));
            }
        }
        out.push_str(fields.join(" ").trim_end());
        out.push('\n');
    }
    if !ranges.is_empty() {
        out.push_str("ExceptionTable:\n");
        for r in ranges {
            let label = |offset| labels.get(&offset).copied().unwrap_or(0);
            let (start, end, target) = (label(r.start), label(r.end), label(r.target));
            let lasti = if r.lasti { " lasti" } else { "" };
            writeln!(out, "  L{start} to L{end} -> L{target} [{}]{lasti}", r.depth).expect("strings take everything");
        }
    }
    out
}

/// What an argument stands for.
fn argument(source: &dyn Source, row: &Row, labels: &HashMap<u32, usize>) -> String {
    let arg = row.arg;
    let of = |table: &[&str]| table.get(arg as usize).map_or(String::new(), |text| text.to_string());
    match row.opcode {
        Opcode::LOAD_SMALL_INT => String::new(),
        Opcode::LOAD_GLOBAL => source.name(arg >> 1) + if arg & 1 != 0 { " + NULL" } else { "" },
        Opcode::LOAD_ATTR => source.name(arg >> 1) + if arg & 1 != 0 { " + NULL|self" } else { "" },
        Opcode::LOAD_SUPER_ATTR => source.name(arg >> 2) + if arg & 1 != 0 { " + NULL|self" } else { "" },
        Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::STORE_FAST_STORE_FAST => format!("{}, {}", source.local(arg >> 4), source.local(arg & 15)),
        Opcode::COMPARE_OP => {
            let op = ["<", "<=", "==", "!=", ">", ">="].get(arg as usize >> 5).copied().unwrap_or("");
            if arg & 16 != 0 { format!("bool({op})") } else { op.into() }
        }
        Opcode::CONVERT_VALUE => of(&["", "str", "repr", "ascii"]),
        Opcode::SET_FUNCTION_ATTRIBUTE => {
            let flags = ["defaults", "kwdefaults", "annotations", "closure", "annotate"];
            let set = flags.iter().enumerate().filter(|(i, _)| arg & 1 << i != 0).map(|(_, name)| *name);
            set.collect::<Vec<_>>().join(", ")
        }
        Opcode::BINARY_OP => of(&BINARY_OPS),
        Opcode::CALL_INTRINSIC_1 => of(&INTRINSICS_1),
        Opcode::CALL_INTRINSIC_2 => of(&INTRINSICS_2),
        Opcode::LOAD_COMMON_CONSTANT => match of(&COMMON_CONSTANTS).as_str() {
            name @ ("all" | "any") => format!("<built-in function {name}>"),
            name => name.into(),
        },
        Opcode::LOAD_SPECIAL => of(&SPECIAL_METHODS),
        Opcode::IS_OP => if arg != 0 { "is not" } else { "is" }.into(),
        Opcode::CONTAINS_OP => if arg != 0 { "not in" } else { "in" }.into(),
        Opcode::END_ASYNC_FOR => {
            row.target.and_then(|t| labels.get(&t)).map_or(String::new(), |n| format!("from L{n}"))
        }
        opcode => match opcode.arg_kind() {
            ArgKind::Const => source.constant(arg),
            ArgKind::Name => source.name(arg),
            ArgKind::Local | ArgKind::Free => source.local(arg),
            ArgKind::Jump => row.target.and_then(|t| labels.get(&t)).map_or(String::new(), |n| format!("to L{n}")),
            ArgKind::Arg | ArgKind::None => String::new(),
        },
    }
}
