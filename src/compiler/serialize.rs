//! Code objects as bytes, for the on-disk cache.
//!
//! Layout: a magic number, the table of strings (each once), then the code object depth first. Numbers
//! are LEB128. A code object, constant or string is preceded by its tag or length.
//!
//! Invariant: [`read`] never panics and never allocates more than the input is long, whatever the input;
//! what it accepts it has checked for structure, not for sense: a cache is trusted as far as its owner is.

use super::code::{Code, Const};
use crate::syntax::ast::Text;
use num_bigint::BigInt;
use std::collections::HashMap;
use std::sync::Arc;

/// Changes whenever the layout or the meaning of bytecode does.
const MAGIC: &[u8; 8] = b"ungil\x03\x0e\x01";
/// Code in code in code: deeper than any compiler pass goes.
const MAX_DEPTH: u32 = 500;

/// Why bytes are not a code object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// Not this format, or another version of it.
    Magic,
    /// The bytes end too early.
    Truncated,
    /// A tag, index or text that cannot be.
    Invalid,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ReadError::Magic => "bad magic number",
            ReadError::Truncated => "marshal data too short",
            ReadError::Invalid => "bad marshal data",
        })
    }
}

impl std::error::Error for ReadError {}

/// The bytes of a code object.
pub fn write(code: &Code) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.code(code);
    let mut out = MAGIC.to_vec();
    number(&mut out, writer.order.len() as u64);
    for text in &writer.order {
        number(&mut out, text.len() as u64);
        out.extend_from_slice(text);
    }
    out.extend(writer.out);
    out
}

/// The code object that bytes hold.
pub fn read(bytes: &[u8]) -> Result<Arc<Code>, ReadError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(ReadError::Magic)?;
    let mut reader = Reader { rest, strings: Vec::new(), depth: 0 };
    let n = reader.count()?;
    for _ in 0..n {
        let text = reader.bytes()?;
        let name = std::str::from_utf8(text).ok().map(Arc::from);
        reader.strings.push((Text(text.into()), name));
    }
    let code = reader.code()?;
    if reader.rest.is_empty() { Ok(code) } else { Err(ReadError::Invalid) }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    strings: HashMap<Vec<u8>, u64>,
    order: Vec<Vec<u8>>,
}

impl Writer {
    fn number(&mut self, value: u64) {
        number(&mut self.out, value);
    }

    fn string(&mut self, text: &[u8]) {
        let next = self.order.len() as u64;
        let index = match self.strings.get(text) {
            Some(index) => *index,
            None => {
                self.strings.insert(text.to_vec(), next);
                self.order.push(text.to_vec());
                next
            }
        };
        self.number(index);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn names(&mut self, names: &[Arc<str>]) {
        self.number(names.len() as u64);
        for name in names {
            self.string(name.as_bytes());
        }
    }

    fn consts(&mut self, consts: &[Const]) {
        self.number(consts.len() as u64);
        for value in consts {
            self.constant(value);
        }
    }

    fn code(&mut self, code: &Code) {
        for name in [&code.name, &code.qualname, &code.filename] {
            self.string(name.as_bytes());
        }
        let numbers =
            [code.firstlineno, code.flags, code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize];
        for value in numbers {
            self.number(value.into());
        }
        self.bytes(&code.code);
        self.consts(&code.consts);
        self.names(&code.names);
        self.names(&code.localsplusnames);
        self.bytes(&code.localspluskinds);
        self.bytes(&code.linetable);
        self.bytes(&code.exceptiontable);
    }

    fn constant(&mut self, value: &Const) {
        match value {
            Const::None => self.out.push(b'N'),
            Const::True => self.out.push(b'T'),
            Const::False => self.out.push(b'F'),
            Const::Ellipsis => self.out.push(b'.'),
            Const::Int(i) => {
                self.out.push(b'i');
                // Zigzag: small numbers of either sign are short.
                self.number((i << 1 ^ i >> 63) as u64);
            }
            Const::BigInt(i) => {
                self.out.push(b'l');
                self.bytes(&i.to_signed_bytes_le());
            }
            Const::Float(f) => {
                self.out.push(b'g');
                self.out.extend(f.to_bits().to_le_bytes());
            }
            Const::Complex { real, imag } => {
                self.out.push(b'y');
                self.out.extend(real.to_bits().to_le_bytes());
                self.out.extend(imag.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                self.out.push(b's');
                self.string(&text.0);
            }
            Const::Bytes(bytes) => {
                self.out.push(b'b');
                self.bytes(bytes);
            }
            Const::Tuple(items) => {
                self.out.push(b'(');
                self.consts(items);
            }
            Const::FrozenSet(items) => {
                self.out.push(b'>');
                self.consts(items);
            }
            Const::Slice(parts) => {
                self.out.push(b':');
                self.consts(&parts[..]);
            }
            Const::Code(code) => {
                self.out.push(b'c');
                self.code(code);
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    strings: Vec<(Text, Option<Arc<str>>)>,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, ReadError> {
        let (&byte, rest) = self.rest.split_first().ok_or(ReadError::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(ReadError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ReadError::Invalid)
    }

    fn u32(&mut self) -> Result<u32, ReadError> {
        u32::try_from(self.number()?).map_err(|_| ReadError::Invalid)
    }

    /// How many items follow: each takes a byte at least.
    fn count(&mut self) -> Result<usize, ReadError> {
        let n = usize::try_from(self.number()?).map_err(|_| ReadError::Invalid)?;
        if n > self.rest.len() { Err(ReadError::Truncated) } else { Ok(n) }
    }

    fn bytes(&mut self) -> Result<&'a [u8], ReadError> {
        let n = self.count()?;
        self.take(n)
    }

    fn string(&mut self) -> Result<&(Text, Option<Arc<str>>), ReadError> {
        let index = usize::try_from(self.number()?).map_err(|_| ReadError::Invalid)?;
        self.strings.get(index).ok_or(ReadError::Invalid)
    }

    fn name(&mut self) -> Result<Arc<str>, ReadError> {
        self.string()?.1.clone().ok_or(ReadError::Invalid)
    }

    fn names(&mut self) -> Result<Arc<[Arc<str>]>, ReadError> {
        let n = self.count()?;
        (0..n).map(|_| self.name()).collect()
    }

    fn consts(&mut self) -> Result<Vec<Const>, ReadError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ReadError::Invalid);
        }
        let n = self.count()?;
        let consts = (0..n).map(|_| self.constant()).collect();
        self.depth -= 1;
        consts
    }

    fn code(&mut self) -> Result<Arc<Code>, ReadError> {
        super::depth::grow(|| {
            let code = Code {
                name: self.name()?,
                qualname: self.name()?,
                filename: self.name()?,
                firstlineno: self.u32()?,
                flags: self.u32()?,
                argcount: self.u32()?,
                posonlyargcount: self.u32()?,
                kwonlyargcount: self.u32()?,
                stacksize: self.u32()?,
                code: self.bytes()?.into(),
                consts: self.consts()?.into(),
                names: self.names()?,
                localsplusnames: self.names()?,
                localspluskinds: self.bytes()?.into(),
                linetable: self.bytes()?.into(),
                exceptiontable: self.bytes()?.into(),
                trusted: true,
            };
            let consistent =
                code.code.len().is_multiple_of(2) && code.localsplusnames.len() == code.localspluskinds.len();
            if consistent { Ok(Arc::new(code)) } else { Err(ReadError::Invalid) }
        })
    }

    fn float(&mut self) -> Result<f64, ReadError> {
        let bytes = self.take(8)?.try_into().map_err(|_| ReadError::Truncated)?;
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    fn constant(&mut self) -> Result<Const, ReadError> {
        Ok(match self.byte()? {
            b'N' => Const::None,
            b'T' => Const::True,
            b'F' => Const::False,
            b'.' => Const::Ellipsis,
            b'i' => {
                let value = self.number()?;
                Const::Int((value >> 1) as i64 ^ -((value & 1) as i64))
            }
            b'l' => Const::BigInt(BigInt::from_signed_bytes_le(self.bytes()?)),
            b'g' => Const::Float(self.float()?),
            b'y' => Const::Complex { real: self.float()?, imag: self.float()? },
            b's' => Const::Str(self.string()?.0.clone()),
            b'b' => Const::Bytes(self.bytes()?.into()),
            b'(' => Const::Tuple(self.consts()?.into()),
            b'>' => Const::FrozenSet(self.consts()?.into()),
            b':' => {
                let parts: [Const; 3] = self.consts()?.try_into().map_err(|_| ReadError::Invalid)?;
                Const::Slice(Arc::new(parts))
            }
            b'c' => Const::Code(self.code()?),
            _ => return Err(ReadError::Invalid),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::{CompileOptions, compile};
    use crate::syntax::{Mode, ParseOptions, parse};

    fn sample() -> Arc<Code> {
        let source = b"class C:\n    'doc'\n    def f(self, *a, k=-1 << 70, **kw):\n        try:\n            return (1.5, 2j, b'x', '\\ud800', ..., x[1:2])\n        finally:\n            print(k in {1, 2})\n";
        let parsed = parse(source, Mode::Exec, &ParseOptions::default()).expect("the sample is valid");
        compile(&parsed.ast, &parsed.root, "<sample>", &CompileOptions::default()).expect("the sample compiles").0
    }

    #[test]
    fn what_is_written_is_read_back() {
        let code = sample();
        let again = read(&write(&code)).expect("the bytes are good");
        assert_eq!(Const::Code(again), Const::Code(code));
    }

    #[test]
    fn damaged_bytes_give_errors_or_other_code() {
        let bytes = write(&sample());
        for n in 0..bytes.len() {
            assert!(read(&bytes[..n]).is_err());
            for flip in [1, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[n] ^= flip;
                let _ = read(&damaged);
            }
        }
    }
}
