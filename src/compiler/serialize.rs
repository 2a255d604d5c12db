//! Code objects as bytes, for the on-disk cache.
//!
//! Layout: a magic number, the table of strings (each once), then the code object: what makes a function of it, the
//! length of its body, and the body, in whose constants the inner ones stand in the same way. Numbers are LEB128. A
//! constant or string is preceded by its tag or length.
//!
//! A body is read when it is first looked at ([`Unread`]), and a string becomes one when it is first named.
//!
//! Invariant: reading never panics and never allocates more than the input is long, whatever the input;
//! what it accepts it has checked for structure, not for sense: a cache is trusted as far as its owner is. A body that
//! turns out to be damaged is one that cannot be run.

use super::code::{Body, Code, Const, Lazy};
use crate::syntax::ast::Text;
use num_bigint::BigInt;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Changes whenever the layout or the meaning of bytecode does.
const MAGIC: &[u8; 8] = b"ungil\x03\x0e\x02";
/// Constants in constants: deeper than any compiler pass goes.
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

/// Bytes that somebody keeps: a mapped file, a buffer.
pub type Owner = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The code object that bytes hold: the part of the owner's bytes that is given.
pub fn read(owner: &Owner, part: Range<usize>) -> Result<Arc<Code>, ReadError> {
    let bytes = (**owner).as_ref().get(..part.end).ok_or(ReadError::Truncated)?;
    let start = part.start + MAGIC.len();
    if bytes.get(part.start..start).ok_or(ReadError::Truncated)? != MAGIC {
        return Err(ReadError::Magic);
    }
    let mut table = Table { owner: owner.clone(), strings: Vec::new() };
    let mut reader = Reader { table: None, bytes, at: start, depth: 0 };
    let n = reader.count()?;
    table.strings.reserve_exact(n);
    for _ in 0..n {
        let length = reader.count()?;
        let start = reader.at;
        reader.take(length)?;
        table.strings.push(Entry { place: start..reader.at, name: OnceCell::new() });
    }
    let table = Arc::new(table);
    let mut reader = Reader { table: Some(&table), ..reader };
    let code = reader.code()?;
    if reader.at == bytes.len() { Ok(code) } else { Err(ReadError::Invalid) }
}

/// What the code objects of one source share.
struct Table {
    owner: Owner,
    strings: Vec<Entry>,
}

/// A string of the table: where it stands, and the name it is once somebody has asked for that.
struct Entry {
    place: Range<usize>,
    name: OnceCell<Option<Arc<str>>>,
}

/// The body of a code object, still in its bytes.
#[derive(Clone)]
pub struct Unread {
    table: Arc<Table>,
    place: Range<usize>,
}

impl std::fmt::Debug for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unread({:?})", self.place)
    }
}

impl Unread {
    /// Reads it. `locals` is how many names its locals must have.
    pub(super) fn read(&self, locals: usize) -> Body {
        let read = || {
            let bytes = (*self.table.owner).as_ref().get(..self.place.end).ok_or(ReadError::Truncated)?;
            let mut reader = Reader { table: Some(&self.table), bytes, at: self.place.start, depth: 0 };
            let body = reader.body()?;
            let consistent = body.code.len().is_multiple_of(2) && body.localsplusnames.len() == locals;
            if consistent && reader.at == bytes.len() { Ok(body) } else { Err(ReadError::Invalid) }
        };
        read().unwrap_or_else(|_: ReadError| Body::damaged(locals))
    }
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
        self.bytes(&code.localspluskinds);
        let before = std::mem::take(&mut self.out);
        self.body(code);
        let body = std::mem::replace(&mut self.out, before);
        self.bytes(&body);
    }

    fn body(&mut self, body: &Body) {
        self.bytes(&body.code);
        self.consts(&body.consts);
        self.names(&body.names);
        self.names(&body.localsplusnames);
        self.bytes(&body.linetable);
        self.bytes(&body.exceptiontable);
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
    /// The strings, once they are there.
    table: Option<&'a Arc<Table>>,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, ReadError> {
        let byte = *self.bytes.get(self.at).ok_or(ReadError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], ReadError> {
        let end = self.at.checked_add(n).ok_or(ReadError::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(ReadError::Truncated)?;
        self.at = end;
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
        if n > self.bytes.len() - self.at { Err(ReadError::Truncated) } else { Ok(n) }
    }

    fn bytes(&mut self) -> Result<&'a [u8], ReadError> {
        let n = self.count()?;
        self.take(n)
    }

    fn string(&mut self) -> Result<(&'a Entry, &'a [u8]), ReadError> {
        let index = usize::try_from(self.number()?).map_err(|_| ReadError::Invalid)?;
        let string = self.table.and_then(|table| table.strings.get(index)).ok_or(ReadError::Invalid)?;
        Ok((string, self.bytes.get(string.place.clone()).ok_or(ReadError::Invalid)?))
    }

    fn text(&mut self) -> Result<Text, ReadError> {
        Ok(Text(self.string()?.1.into()))
    }

    fn name(&mut self) -> Result<Arc<str>, ReadError> {
        let (string, text) = self.string()?;
        let name = string.name.get_or_init(|| std::str::from_utf8(text).ok().map(Arc::from));
        name.clone().ok_or(ReadError::Invalid)
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
        let table = self.table.ok_or(ReadError::Invalid)?;
        Ok(Arc::new(Code {
            name: self.name()?,
            qualname: self.name()?,
            filename: self.name()?,
            firstlineno: self.u32()?,
            flags: self.u32()?,
            argcount: self.u32()?,
            posonlyargcount: self.u32()?,
            kwonlyargcount: self.u32()?,
            stacksize: self.u32()?,
            localspluskinds: self.bytes()?.into(),
            trusted: true,
            body: {
                let length = self.count()?;
                let start = self.at;
                self.take(length)?;
                Lazy::from(Unread { table: table.clone(), place: start..self.at })
            },
        }))
    }

    fn body(&mut self) -> Result<Body, ReadError> {
        Ok(Body {
            code: self.bytes()?.into(),
            consts: self.consts()?.into(),
            names: self.names()?,
            localsplusnames: self.names()?,
            linetable: self.bytes()?.into(),
            exceptiontable: self.bytes()?.into(),
            damaged: false,
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
            b's' => Const::Str(self.text()?),
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

    fn read_whole(bytes: Vec<u8>) -> Result<Arc<Code>, ReadError> {
        let end = bytes.len();
        let owner: Owner = Arc::new(bytes);
        read(&owner, 0..end)
    }

    /// Looks at everything; whether all of it was sound.
    fn is_sound(code: &Code) -> bool {
        let inner = |c: &Const| !matches!(c, Const::Code(inner) if !is_sound(inner));
        !code.damaged && code.consts.iter().all(inner)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let code = sample();
        let again = read_whole(write(&code)).expect("the bytes are good");
        assert!(is_sound(&again));
        assert_eq!(Const::Code(again), Const::Code(code));
    }

    #[test]
    fn damaged_bytes_give_errors_or_other_code() {
        let bytes = write(&sample());
        for n in 0..bytes.len() {
            assert!(read_whole(bytes[..n].to_vec()).is_err());
            for flip in [1, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[n] ^= flip;
                let _ = read_whole(damaged).map(|code| is_sound(&code));
            }
        }
    }

    #[test]
    fn a_body_that_is_damaged_cannot_be_run() {
        let mut bytes = write(&sample());
        let last = bytes.len() - 1;
        // The length of the outermost exception table.
        bytes[last] ^= 0x7F;
        let code = read_whole(bytes).expect("what makes a function of it is good");
        assert!(code.damaged && code.localsplusnames.len() == code.localspluskinds.len());
    }
}
