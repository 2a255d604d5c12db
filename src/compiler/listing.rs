//! Code objects as the disassembler sees them, and constants as text.

use super::code::{Code, Const};
use super::unparse::{repr_float, repr_str};
use crate::bytecode::disassemble::{ListingOptions, Range, Source, disassemble};

impl Source for Code {
    fn code(&self) -> &[u8] {
        &self.code
    }

    fn lines(&self) -> Vec<Option<u32>> {
        self.positions().map(|position| position.line).collect()
    }

    fn constant(&self, index: u32) -> String {
        self.consts.get(index as usize).map_or(String::new(), Const::repr)
    }

    fn name(&self, index: u32) -> String {
        self.names.get(index as usize).map_or(String::new(), |name| name.to_string())
    }

    fn local(&self, index: u32) -> String {
        self.localsplusnames.get(index as usize).map_or(String::new(), |name| name.to_string())
    }

    fn ranges(&self) -> Vec<Range> {
        let entries = self.exception_entries();
        entries
            .map(|e| Range { start: e.start, end: e.end, target: e.target, depth: e.depth, lasti: e.lasti })
            .collect()
    }
}

impl Code {
    /// The listing of the code object and of those among its constants, as `dis.dis` prints it.
    pub fn disassemble(&self, options: ListingOptions) -> String {
        let mut out = disassemble(self, options);
        for value in self.consts.iter() {
            if let Const::Code(inner) = value {
                out += &format!("\nDisassembly of {}:\n{}", value.repr(), inner.disassemble(options));
            }
        }
        out
    }
}

impl Const {
    /// `repr` of the constant.
    pub fn repr(&self) -> String {
        let list = |items: &[Const]| items.iter().map(Const::repr).collect::<Vec<_>>().join(", ");
        let real = |f: f64| if f.is_infinite() { if f < 0.0 { "-inf" } else { "inf" }.into() } else { repr_float(f) };
        let part = |f: f64| real(f).strip_suffix(".0").map_or_else(|| real(f), String::from);
        match self {
            Const::None => "None".into(),
            Const::True => "True".into(),
            Const::False => "False".into(),
            Const::Ellipsis => "Ellipsis".into(),
            Const::Int(i) => i.to_string(),
            Const::BigInt(i) => i.to_string(),
            Const::Float(f) => real(*f),
            Const::Complex { real: re, imag } if *re == 0.0 && re.is_sign_positive() => format!("{}j", part(*imag)),
            Const::Complex { real: re, imag } => {
                let sign = if imag.is_sign_negative() { "" } else { "+" };
                format!("({}{sign}{}j)", part(*re), part(*imag))
            }
            Const::Str(text) => repr_str(&text.0),
            Const::Bytes(bytes) => super::unparse::repr_bytes(bytes),
            Const::Tuple(items) if items.len() == 1 => format!("({},)", list(items)),
            Const::Tuple(items) => format!("({})", list(items)),
            Const::FrozenSet(items) if items.is_empty() => "frozenset()".into(),
            Const::FrozenSet(items) => format!("frozenset({{{}}})", list(items)),
            Const::Slice(parts) => format!("slice({})", list(&parts[..])),
            Const::Code(code) => {
                let address = std::sync::Arc::as_ptr(code) as usize;
                let (name, file, line) = (&code.name, &code.filename, code.firstlineno);
                format!("<code object {name} at {address:#x}, file \"{file}\", line {line}>")
            }
        }
    }
}
