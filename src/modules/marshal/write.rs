//! Writing.

use super::{FLAG_REF, MAX_DEPTH};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::code_object::CodeObject;
use crate::objects::complex;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::number::float::{FloatFlags, float_to_string};
use crate::objects::set;
use crate::objects::slice::Slice;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use num_bigint::{BigInt, Sign};
use std::collections::{HashMap, HashSet};

/// The bytes of a value.
pub fn dump(t: &Thread, value: &Value, version: i32, allow_code: bool) -> R<Vec<u8>> {
    let mut writer =
        Writer { t, out: Vec::new(), version, allow_code, seen: HashMap::new(), open: HashSet::new(), depth: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer<'t> {
    t: &'t Thread,
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    /// Values written so far that may come again, by identity.
    seen: HashMap<u64, u32>,
    /// Code objects and slices being written: they cannot contain themselves.
    open: HashSet<u64>,
    depth: u32,
}

impl Writer<'_> {
    fn long(&mut self, n: i64) {
        self.out.extend((n as i32).to_le_bytes());
    }

    fn size(&mut self, n: usize) -> R<()> {
        match i32::try_from(n) {
            Ok(n) => {
                self.long(n.into());
                Ok(())
            }
            Err(_) => Err(self.t.value_error("unmarshallable object")),
        }
    }

    fn sized(&mut self, bytes: &[u8]) -> R<()> {
        self.size(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn value(&mut self, v: &Value) -> R<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.t.native_stack_low() {
            return Err(self.t.value_error("object too deeply nested to marshal"));
        }
        let result = self.at_depth(v);
        self.depth -= 1;
        result
    }

    fn at_depth(&mut self, v: &Value) -> R<()> {
        let single = match () {
            _ if v.is_none() => b'N',
            _ if v.is(&self.t.types().stop_iteration.value()) => b'S',
            _ if v.is(&Value::ELLIPSIS) => b'.',
            _ if v.is(&Value::FALSE) => b'F',
            _ if v.is(&Value::TRUE) => b'T',
            _ => 0,
        };
        if single != 0 {
            self.out.push(single);
            return Ok(());
        }
        let Some(flag) = self.reference(v)? else { return Ok(()) };
        if v.cast_exact::<CodeObject>().is_none() && v.cast_exact::<Slice>().is_none() {
            return self.complex(v, flag);
        }
        self.open.insert(v.id());
        let done = self.complex(v, flag);
        self.open.remove(&v.id());
        done
    }

    /// Writes a reference to a value written before (`None`), or gives the flag for its type byte.
    fn reference(&mut self, v: &Value) -> R<Option<u8>> {
        if self.version < 3 {
            return Ok(Some(0));
        }
        let interned = v.cast_exact::<Str>().is_some_and(|s| s.is_interned());
        // One reference: nothing else can be this object.
        if !interned && v.header().is_some_and(|h| !h.is_immortal() && h.refcount() == 1) {
            return Ok(Some(0));
        }
        if let Some(index) = self.seen.get(&v.id()) {
            if self.open.contains(&v.id()) {
                return Err(self.t.value_error("unmarshallable object"));
            }
            self.out.push(b'r');
            self.out.extend(index.to_le_bytes());
            return Ok(None);
        }
        let next = self.seen.len() as u32;
        self.seen.insert(v.id(), next);
        Ok(Some(FLAG_REF))
    }

    fn complex(&mut self, v: &Value, flag: u8) -> R<()> {
        let t = self.t;
        if int::is_exact(v) {
            return self.int(v, flag);
        }
        if t.types().float.is(v.type_of(t)) {
            self.float_type(b'g', b'f', flag);
            self.float(float::to_f64(t, v)?);
            return Ok(());
        }
        if let Some(pair) = complex::as_pair(v).filter(|_| t.types().complex.is(v.type_of(t))) {
            self.float_type(b'y', b'x', flag);
            self.float(pair.re);
            self.float(pair.im);
            return Ok(());
        }
        if let Some(bytes) = v.cast_exact::<Bytes>() {
            self.out.push(b's' | flag);
            return self.sized(bytes.as_slice());
        }
        if let Some(s) = v.cast_exact::<Str>() {
            return self.string(s, flag);
        }
        if let Some(tuple) = v.cast_exact::<Tuple>() {
            match u8::try_from(tuple.len()) {
                Ok(n) if self.version >= 4 => self.out.extend([b')' | flag, n]),
                _ => {
                    self.out.push(b'(' | flag);
                    self.size(tuple.len())?;
                }
            }
            return tuple.items().iter().try_for_each(|item| self.value(item));
        }
        if let Some(list) = v.cast_exact::<List>() {
            let items = list.snapshot(t);
            self.out.push(b'[' | flag);
            self.size(items.len())?;
            return items.iter().try_for_each(|item| self.value(item));
        }
        if let Some(dict) = v.cast_exact::<Dict>() {
            self.out.push(b'{' | flag);
            for (key, value) in dict.pairs(t) {
                self.value(&key)?;
                self.value(&value)?;
            }
            self.out.push(b'0');
            return Ok(());
        }
        if let Some(set) = set::exact(v) {
            self.out.push(if set::is_frozen(v) { b'>' } else { b'<' } | flag);
            let items = set.items(t);
            let len = items.len();
            self.size(len)?;
            // In the order of their own bytes, so that equal sets give equal bytes.
            let mut sorted = Vec::with_capacity(items.len());
            for item in items {
                sorted.push((dump(t, &item, self.version, self.allow_code)?, item));
                if set.len() != len {
                    return Err(t.runtime_error("set changed size during iteration"));
                }
            }
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            return sorted.iter().try_for_each(|(_, item)| self.value(item));
        }
        if let Some(code) = v.cast_exact::<CodeObject>() {
            return self.code(code, flag);
        }
        if let Some(slice) = v.cast_exact::<Slice>().filter(|_| self.version >= 5) {
            self.out.push(b':' | flag);
            return [&slice.start, &slice.stop, &slice.step].into_iter().try_for_each(|part| self.value(part));
        }
        if let Some(bytes) = buffer::contiguous_bytes(t, v)? {
            self.out.push(b's' | flag);
            return self.sized(&bytes);
        }
        Err(t.value_error("unmarshallable object"))
    }

    fn float_type(&mut self, binary: u8, text: u8, flag: u8) {
        self.out.push(if self.version > 1 { binary } else { text } | flag);
    }

    fn float(&mut self, f: f64) {
        if self.version > 1 {
            self.out.extend(f.to_le_bytes());
        } else {
            let text = float_to_string(f, b'g', 17, FloatFlags::default());
            self.out.push(text.len() as u8);
            self.out.extend(text.bytes());
        }
    }

    fn int(&mut self, v: &Value, flag: u8) -> R<()> {
        if let Some(n) = int::as_i64(v).and_then(|n| i32::try_from(n).ok()) {
            self.out.push(b'i' | flag);
            self.long(n.into());
            return Ok(());
        }
        // Digits of 15 bits, their number negative for a negative int.
        self.out.push(b'l' | flag);
        let big: BigInt = int::big_of(v).map(|b| b.into_owned()).unwrap_or_default();
        let digits = big.magnitude().to_radix_le(1 << 7);
        let mut words: Vec<u16> = Vec::new();
        let mut bits = 0u32;
        let mut have = 0;
        for digit in digits {
            bits |= u32::from(digit) << have;
            have += 7;
            while have >= 15 {
                words.push((bits & 0x7FFF) as u16);
                bits >>= 15;
                have -= 15;
            }
        }
        if bits != 0 {
            words.push(bits as u16);
        }
        let count = words.len() as i64;
        self.long(if big.sign() == Sign::Minus { -count } else { count });
        words.iter().for_each(|w| self.out.extend(w.to_le_bytes()));
        Ok(())
    }

    fn string(&mut self, s: &Str, flag: u8) -> R<()> {
        // CPython keeps one object of each character of Latin-1, interned.
        let interned = s.is_interned() || s.len() == 1 && s.units().at(0) < 256;
        if self.version >= 4
            && let Some(ascii) = s.as_ascii()
        {
            match u8::try_from(ascii.len()) {
                Ok(n) => self.out.extend([if interned { b'Z' } else { b'z' } | flag, n]),
                Err(_) => {
                    self.out.push(if interned { b'A' } else { b'a' } | flag);
                    self.size(ascii.len())?;
                }
            }
            self.out.extend(ascii.bytes());
            return Ok(());
        }
        self.out.push(if interned && self.version >= 3 { b't' } else { b'u' } | flag);
        self.sized(&s.to_wtf8())
    }

    fn code(&mut self, code: &CodeObject, flag: u8) -> R<()> {
        if !self.allow_code {
            return Err(self.t.value_error("marshalling code objects is disallowed"));
        }
        let t = self.t;
        let plain = &code.code;
        self.out.push(b'c' | flag);
        for n in [plain.argcount, plain.posonlyargcount, plain.kwonlyargcount, plain.stacksize, plain.flags] {
            self.long(n.into());
        }
        self.value(&Bytes::make(t, &plain.code))?;
        self.value(code.consts_tuple())?;
        self.value(&Tuple::from_slice(t, code.names()))?;
        self.value(&Tuple::from_slice(t, code.localsplus()))?;
        self.value(&Bytes::make(t, &plain.localspluskinds))?;
        for text in [&code.filename, &code.name, &code.qualname] {
            self.value(text)?;
        }
        self.long(plain.firstlineno.into());
        self.value(&Bytes::make(t, &plain.linetable))?;
        self.value(&Bytes::make(t, &plain.exceptiontable))
    }
}
