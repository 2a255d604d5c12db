//! Reading. Whatever the bytes are, the worst is an exception.

use super::{FLAG_REF, MAX_DEPTH};
use crate::compiler::code::{Body, Code, Const, Lazy};
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::code_object::CodeObject;
use crate::objects::complex;
use crate::objects::container::try_vec;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::set::{self, Set};
use crate::objects::slice::Slice;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::syntax::ast::Text;
use num_bigint::{BigInt, BigUint, Sign};
use std::sync::Arc;

/// Where the bytes come from.
pub enum Source<'a> {
    Bytes(&'a [u8]),
    /// An object with a method `read`.
    File(&'a Value),
}

/// The value that comes next.
pub fn load(t: &Thread, source: Source<'_>, allow_code: bool) -> R {
    let mut reader = Reader { t, source, allow_code, references: Vec::new(), depth: 0 };
    match reader.value()? {
        Some(value) => Ok(value),
        None => Err(t.type_error("NULL object in marshal data for object")),
    }
}

struct Reader<'t, 'a> {
    t: &'t Thread,
    source: Source<'a>,
    allow_code: bool,
    /// What can be referred to; `None` while it is being read.
    references: Vec<Option<Value>>,
    depth: u32,
}

impl Reader<'_, '_> {
    fn bad(&self, what: &str) -> Raised {
        self.t.value_error(format!("bad marshal data ({what})"))
    }

    fn take(&mut self, n: usize) -> R<Vec<u8>> {
        let short = |t: &Thread| t.eof_error("marshal data too short");
        match &mut self.source {
            Source::Bytes(rest) => {
                let Some((taken, after)) = rest.split_at_checked(n) else { return Err(short(self.t)) };
                *rest = after;
                Ok(taken.to_vec())
            }
            Source::File(file) => {
                let t = self.t;
                if n == 0 {
                    return Ok(Vec::new());
                }
                let mut room = try_vec(t, n)?;
                room.resize(n, 0);
                let into = ByteArray::make(t, room);
                let read = protocol::call_method(t, file, &t.names().readinto, std::slice::from_ref(&into))?;
                let read = int::arg_isize(t, &read)?;
                match usize::try_from(read) {
                    Ok(read) if read > n => Err(
                        t.value_error(format!("read() returned too much data: {n} bytes requested, {read} returned"))
                    ),
                    Ok(read) if read == n => Ok(into.cast::<ByteArray>().map(|b| b.snapshot(t)).unwrap_or_default()),
                    _ => Err(t.eof_error("EOF read where not expected")),
                }
            }
        }
    }

    fn byte(&mut self) -> R<u8> {
        Ok(self.take(1)?[0])
    }

    fn long(&mut self) -> R<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn size(&mut self, what: &str) -> R<usize> {
        let n = self.long()?;
        usize::try_from(n).map_err(|_| self.bad(what))
    }

    fn float(&mut self) -> R<f64> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.take(8)?);
        Ok(f64::from_le_bytes(bytes))
    }

    /// A float as text, its length in front.
    fn float_text(&mut self) -> R<f64> {
        let n = self.byte()?;
        let text = self.take(n.into())?;
        let parsed = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| {
            let shown = String::from_utf8_lossy(&text).into_owned();
            self.t.value_error(format!("could not convert string to float: '{shown}'"))
        })
    }

    /// `None` is the end of a dict.
    fn value(&mut self) -> R<Option<Value>> {
        let code = match self.byte() {
            Ok(code) => code,
            Err(raised) if self.t.raised_is(&raised, &self.t.types().eof_error) => {
                drop(self.t.take_exception(raised));
                return Err(self.t.eof_error("EOF read where object expected"));
            }
            Err(raised) => return Err(raised),
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.t.native_stack_low() {
            return Err(self.t.value_error("recursion limit exceeded"));
        }
        let result = self.of_type(code & !FLAG_REF, code & FLAG_REF != 0);
        self.depth -= 1;
        result
    }

    fn needed(&mut self, container: &str) -> R {
        match self.value()? {
            Some(value) => Ok(value),
            None => Err(self.t.type_error(format!("NULL object in marshal data for {container}"))),
        }
    }

    fn items(&mut self, n: usize, container: &str) -> R<Vec<Value>> {
        // No more room than there are bytes: an absurd size fails by them, not by memory.
        let mut items = Vec::new();
        for _ in 0..n {
            items.push(self.needed(container)?);
        }
        Ok(items)
    }

    fn of_type(&mut self, code: u8, flag: bool) -> R<Option<Value>> {
        let t = self.t;
        let single = match code {
            b'0' => return Ok(None),
            b'N' => Some(Value::NONE),
            b'S' => Some(t.types().stop_iteration.value()),
            b'.' => Some(Value::ELLIPSIS),
            b'F' => Some(Value::FALSE),
            b'T' => Some(Value::TRUE),
            b'r' => {
                let index = self.long()?;
                let found = usize::try_from(index).ok().and_then(|i| self.references.get(i)?.clone());
                return found.map(Some).ok_or_else(|| self.bad("invalid reference"));
            }
            _ => None,
        };
        if single.is_some() {
            return Ok(single);
        }
        // Containers take their number before their contents do.
        let place = self.references.len();
        let is_container = matches!(code, b'(' | b')' | b'[' | b'{' | b'<' | b'>' | b'c' | b':');
        if flag && is_container {
            self.references.push(None);
        }
        let value = if is_container { self.container(code, flag.then_some(place))? } else { self.scalar(code)? };
        match flag {
            true if is_container => self.references[place] = Some(value.clone()),
            true => self.references.push(Some(value.clone())),
            false => {}
        }
        Ok(Some(value))
    }

    fn scalar(&mut self, code: u8) -> R {
        let t = self.t;
        let interned = |v: Value| t.interp.intern_value(&v);
        Ok(match code {
            b'i' => int::new(t, self.long()?.into()),
            b'I' => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&self.take(8)?);
                int::new(t, i64::from_le_bytes(bytes))
            }
            b'l' => self.int()?,
            b'f' => float::new(t, self.float_text()?),
            b'g' => float::new(t, self.float()?),
            b'x' => complex::new(t, self.float_text()?, self.float_text()?),
            b'y' => complex::new(t, self.float()?, self.float()?),
            b's' => {
                let n = self.size("bytes object size out of range")?;
                Bytes::make(t, &self.take(n)?)
            }
            b'z' | b'Z' => {
                let n = self.byte()?;
                let s = self.ascii(n.into())?;
                if code == b'Z' { interned(s) } else { s }
            }
            b'a' | b'A' => {
                let n = self.size("string size out of range")?;
                let s = self.ascii(n)?;
                if code == b'A' { interned(s) } else { s }
            }
            b'u' | b't' => {
                let n = self.size("string size out of range")?;
                let bytes = self.take(n)?;
                let s = protocol::call_method_str(
                    t,
                    &Bytes::make(t, &bytes),
                    "decode",
                    &[t.intern("utf8"), t.intern("surrogatepass")],
                )?;
                if code == b't' { interned(s) } else { s }
            }
            _ => return Err(self.bad("unknown type code")),
        })
    }

    /// Latin-1, whatever the name of the type says.
    fn ascii(&mut self, n: usize) -> R {
        let bytes = self.take(n)?;
        Ok(match bytes.is_ascii() {
            true => Str::make_ascii(self.t, &bytes),
            false => Str::from_code_points(self.t, &bytes.iter().map(|b| u32::from(*b)).collect::<Vec<_>>()),
        })
    }

    fn int(&mut self) -> R {
        let n = self.long()?;
        if n == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let bytes = self.take(n.unsigned_abs() as usize * 2)?;
        let digits: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|d| u16::from_le_bytes(*d)).collect();
        if digits.iter().any(|d| *d > 0x7FFF) {
            return Err(self.bad("digit out of range in long"));
        }
        if digits.last() == Some(&0) {
            return Err(self.bad("unnormalized long data"));
        }
        let mut magnitude = BigUint::default();
        for digit in digits.iter().rev() {
            magnitude = (magnitude << 15u32) + *digit;
        }
        let sign = if n < 0 { Sign::Minus } else { Sign::Plus };
        Ok(int::from_big(self.t, BigInt::from_biguint(sign, magnitude)))
    }

    /// `place` is where references to it look: lists, dicts and sets can be referred to from within.
    fn container(&mut self, code: u8, place: Option<usize>) -> R {
        let t = self.t;
        match code {
            b')' | b'(' => {
                let n = match code {
                    b')' => self.byte()?.into(),
                    _ => self.size("tuple size out of range")?,
                };
                let items = self.items(n, "tuple")?;
                Ok(t.tuple(items))
            }
            b'[' => {
                let n = self.size("list size out of range")?;
                let value = List::make(t, []);
                self.announce(place, &value);
                let list = value.cast::<List>().expect("just made");
                for _ in 0..n {
                    let item = self.needed("list")?;
                    list.push(t, item);
                }
                Ok(value)
            }
            b'{' => {
                let value = Dict::make(t);
                self.announce(place, &value);
                let dict = value.cast::<Dict>().expect("just made");
                while let Some(key) = self.value()? {
                    let Some(item) = self.value()? else { break };
                    dict.set(t, key, item)?;
                }
                Ok(value)
            }
            b'<' => {
                let n = self.size("set size out of range")?;
                let value = Set::make(t);
                self.announce(place, &value);
                for _ in 0..n {
                    let item = self.needed("set")?;
                    set::of(&value).expect("just made").add(t, &item)?;
                }
                Ok(value)
            }
            b'>' => {
                let n = self.size("set size out of range")?;
                let items = self.items(n, "set")?;
                for item in &items {
                    protocol::hash(t, item)?;
                }
                Ok(set::frozenset_of(t, &items))
            }
            b':' => Ok(Slice::make(t, self.needed("slice")?, self.needed("slice")?, self.needed("slice")?)),
            _ => self.code(),
        }
    }

    fn announce(&mut self, place: Option<usize>, value: &Value) {
        if let Some(place) = place {
            self.references[place] = Some(value.clone());
        }
    }

    fn code(&mut self) -> R {
        let t = self.t;
        if !self.allow_code {
            return Err(t.value_error("unmarshalling code objects is disallowed"));
        }
        let mut numbers = [0u32; 5];
        for n in &mut numbers {
            *n = self.long()? as u32;
        }
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags] = numbers;
        let code = self.bytes()?;
        let consts = self.tuple()?;
        let names = self.names()?;
        let localsplusnames = self.names()?;
        let localspluskinds = self.bytes()?;
        let (filename, name, qualname) = (self.text()?, self.text()?, self.text()?);
        let firstlineno = self.long()? as u32;
        let (linetable, exceptiontable) = (self.bytes()?, self.bytes()?);
        if code.len() % 2 != 0 || localsplusnames.len() != localspluskinds.len() {
            return Err(t.value_error("code: co_code is malformed"));
        }
        let plain = consts.iter().map(constant).collect::<Option<Vec<Const>>>();
        let plain = plain.ok_or_else(|| self.bad("a code object's constant is none"))?;
        let code = Code {
            name,
            qualname,
            filename,
            firstlineno,
            flags,
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            localspluskinds: localspluskinds.into(),
            trusted: false,
            body: Lazy::from(Body {
                code: code.into(),
                consts: plain.into(),
                names,
                localsplusnames,
                linetable: linetable.into(),
                exceptiontable: exceptiontable.into(),
                damaged: false,
            }),
        };
        Ok(CodeObject::with_consts(t, &Arc::new(code), consts.into()))
    }

    fn bytes(&mut self) -> R<Vec<u8>> {
        let value = self.needed("code")?;
        value.cast::<Bytes>().map(|b| b.as_slice().to_vec()).ok_or_else(|| self.bad("a code object's part is no bytes"))
    }

    fn tuple(&mut self) -> R<Vec<Value>> {
        let value = self.needed("code")?;
        value.cast::<Tuple>().map(|v| v.items().to_vec()).ok_or_else(|| self.bad("a code object's part is no tuple"))
    }

    fn text_of(&self, value: &Value) -> R<Arc<str>> {
        let text = value.cast::<Str>().map(|s| Arc::from(&*s.to_str_lossy()));
        text.ok_or_else(|| self.bad("a code object's part is no str"))
    }

    fn text(&mut self) -> R<Arc<str>> {
        let value = self.needed("code")?;
        self.text_of(&value)
    }

    fn names(&mut self) -> R<Arc<[Arc<str>]>> {
        self.tuple()?.iter().map(|name| self.text_of(name)).collect()
    }
}

/// A constant as plain data; `None` for what is none.
fn constant(v: &Value) -> Option<Const> {
    Some(match () {
        _ if v.is_none() => Const::None,
        _ if v.is(&Value::TRUE) => Const::True,
        _ if v.is(&Value::FALSE) => Const::False,
        _ if v.is(&Value::ELLIPSIS) => Const::Ellipsis,
        _ => {
            if let Some(i) = int::as_i64(v).filter(|_| int::is_exact(v)) {
                Const::Int(i)
            } else if let Some(big) = int::big_of(v) {
                Const::BigInt(big.into_owned())
            } else if let Some(f) = float::as_f64(v) {
                Const::Float(f)
            } else if let Some(pair) = complex::as_pair(v) {
                Const::Complex { real: pair.re, imag: pair.im }
            } else if let Some(s) = v.cast::<Str>() {
                Const::Str(Text(s.to_wtf8().into()))
            } else if let Some(bytes) = v.cast::<Bytes>() {
                Const::Bytes(bytes.as_slice().into())
            } else if let Some(tuple) = v.cast::<Tuple>() {
                Const::Tuple(tuple.items().iter().map(constant).collect::<Option<Vec<_>>>()?.into())
            } else if let Some(set) = set::of(v) {
                let items = set.items(crate::objects::thread::current());
                Const::FrozenSet(items.iter().map(constant).collect::<Option<Vec<_>>>()?.into())
            } else if let Some(slice) = v.cast::<Slice>() {
                Const::Slice(Arc::new([constant(&slice.start)?, constant(&slice.stop)?, constant(&slice.step)?]))
            } else {
                Const::Code(v.cast::<CodeObject>()?.code.clone())
            }
        }
    })
}
