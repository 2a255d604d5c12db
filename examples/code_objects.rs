//! Prints the code objects of Python files in a plain form, to be compared with CPython's.
//!
//! Usage: `code_objects [--dis] FILE...`: for each file `FILE` and then its listing, or the error. With
//! `--dis` the listing is that of `dis.dis`.

use std::fmt::Write;
use ungil::bytecode::Opcode;
use ungil::bytecode::disassemble::ListingOptions;
use ungil::compiler::code::{Code, Const};
use ungil::compiler::{CompileOptions, compile};
use ungil::syntax::error::SyntaxError;
use ungil::syntax::{Mode, ParseOptions, parse};

fn text(bytes: &[u8]) -> String {
    let mut out = String::from("'");
    for &b in bytes {
        match b {
            b'\'' | b'\\' => {
                out.push('\\');
                out.push(b as char);
            }
            0x20..=0x7E => out.push(b as char),
            _ => write!(out, "\\x{b:02x}").expect("strings take everything"),
        }
    }
    out + "'"
}

fn constant(value: &Const) -> String {
    let list = |items: &[Const]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match value {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(i) => i.to_string(),
        Const::Float(f) => format!("float:{:016x}", f.to_bits()),
        Const::Complex { real, imag } => format!("complex:{:016x},{:016x}", real.to_bits(), imag.to_bits()),
        Const::Str(t) => text(&t.0),
        Const::Bytes(b) => format!("b{}", text(b)),
        Const::Tuple(items) => format!("({})", list(items)),
        Const::FrozenSet(items) => {
            let mut items: Vec<String> = items.iter().map(constant).collect();
            items.sort();
            format!("frozenset({})", items.join(", "))
        }
        Const::Slice(parts) => format!("slice({})", list(&parts[..])),
        Const::Code(code) => format!("<code {}>", code.qualname),
    }
}

fn number(value: Option<u32>) -> String {
    value.map_or("None".into(), |n| n.to_string())
}

fn dump(code: &Code, out: &mut String) -> std::fmt::Result {
    writeln!(out, "code {} {}", code.name, code.qualname)?;
    writeln!(
        out,
        " line {} flags {:#x} args {} {} {} stack {}",
        code.firstlineno, code.flags, code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize
    )?;
    writeln!(out, " consts {}", code.consts.iter().map(constant).collect::<Vec<_>>().join(", "))?;
    writeln!(out, " names {}", code.names.join(" "))?;
    let of_kind = |mask: u8| -> Vec<&str> {
        let all = code.localsplusnames.iter().zip(code.localspluskinds.iter());
        all.filter(|(_, kind)| **kind & mask != 0).map(|(name, _)| &**name).collect()
    };
    writeln!(
        out,
        " vars {} cells {} free {}",
        of_kind(0x20).join(" "),
        of_kind(0x40).join(" "),
        of_kind(0x80).join(" ")
    )?;
    let mut positions = code.positions();
    let mut skip = 0;
    for unit in code.code.chunks(2) {
        let position = positions.next().unwrap_or_default();
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let opcode = Opcode::from_u8(unit[0]);
        skip = opcode.map_or(0, Opcode::caches);
        writeln!(
            out,
            " {} {} @{}-{}:{}-{}",
            opcode.map_or("?", Opcode::name),
            unit[1],
            number(position.line),
            number(position.end_line),
            number(position.col),
            number(position.end_col)
        )?;
    }
    for e in code.exception_entries() {
        writeln!(out, " except {} {} {} {} {}", e.start, e.end, e.target, e.depth, e.lasti)?;
    }
    for value in code.consts.iter() {
        if let Const::Code(inner) = value {
            dump(inner, out)?;
        }
    }
    Ok(())
}

fn listing(source: &[u8], filename: &str, dis: bool) -> Result<String, Box<SyntaxError>> {
    let options = ParseOptions { bytes: true, ..ParseOptions::default() };
    let parsed = parse(source, Mode::Exec, &options)?;
    let (code, _) = compile(&parsed.ast, &parsed.root, filename, &CompileOptions::default())?;
    if dis {
        return Ok(code.disassemble(ListingOptions::default()));
    }
    let mut out = String::new();
    dump(&code, &mut out).expect("strings take everything");
    Ok(out)
}

fn main() {
    let dis = std::env::args().any(|arg| arg == "--dis");
    for path in std::env::args().skip(1).filter(|arg| arg != "--dis") {
        println!("FILE {path}");
        match std::fs::read(&path) {
            Ok(source) => match listing(&source, &path, dis) {
                Ok(text) => print!("{text}"),
                Err(e) => println!("ERROR {:?} {} {:?}", e.kind, e.message, e.span),
            },
            Err(e) => println!("ERROR {e}"),
        }
    }
}
