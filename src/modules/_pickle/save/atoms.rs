//! Numbers, strings and bytes.

use super::Save;
use crate::modules::_pickle::buffer::contiguous;
use crate::modules::_pickle::opcode::*;
use crate::modules::_pickle::state::pickling_error;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::number::float::float_repr;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::value::Value;
use crate::objects::{float, int, protocol};

impl Save<'_> {
    pub(super) fn bool(&mut self, b: bool) {
        match (self.proto >= 2, b) {
            (true, true) => self.out.op(NEWTRUE),
            (true, false) => self.out.op(NEWFALSE),
            (false, true) => self.out.push(b"I01\n"),
            (false, false) => self.out.push(b"I00\n"),
        }
    }

    pub(super) fn int(&mut self, v: &Value) -> R<()> {
        if let Some(i) = v.as_small().and_then(|i| i32::try_from(i).ok()) {
            if !self.bin {
                self.out.push(format!("I{i}\n").as_bytes());
                return Ok(());
            }
            let b = i.to_le_bytes();
            match i {
                0..=0xFF => self.out.push(&[BININT1, b[0]]),
                0x100..=0xFFFF => self.out.push(&[BININT2, b[0], b[1]]),
                _ => self.out.push(&[BININT, b[0], b[1], b[2], b[3]]),
            }
            return Ok(());
        }
        if self.proto < 2 {
            let text = protocol::repr(self.t, v)?;
            let digits = text.cast::<Str>().map(|s| s.to_wtf8()).unwrap_or_default();
            self.out.op(LONG);
            self.out.push(&digits);
            self.out.push(b"L\n");
            return Ok(());
        }
        let bytes = match v.as_small() {
            Some(i) => {
                let bytes = i.to_le_bytes();
                let bits = 65 - if i < 0 { (!i).leading_zeros() } else { i.leading_zeros() };
                bytes[..bits.div_ceil(8) as usize].to_vec()
            }
            None => int::big_of(v).map(|big| big.to_signed_bytes_le()).unwrap_or_default(),
        };
        if let Ok(len) = u8::try_from(bytes.len()) {
            self.out.push(&[LONG1, len]);
        } else if let Ok(len) = i32::try_from(bytes.len()) {
            self.out.op(LONG4);
            self.out.push(&len.to_le_bytes());
        } else {
            return Err(self.t.overflow_error("int too large to pickle"));
        }
        self.out.push(&bytes);
        Ok(())
    }

    pub(super) fn float(&mut self, v: &Value) {
        let f = float::as_f64(v).unwrap_or(f64::NAN);
        if self.bin {
            self.out.op(BINFLOAT);
            self.out.push(&f.to_be_bytes());
        } else {
            self.out.op(FLOAT);
            self.out.push(float_repr(f).as_bytes());
            self.out.op(b'\n');
        }
    }

    pub(super) fn str(&mut self, v: &Value) -> R<()> {
        let Some(text) = v.cast::<Str>() else { return Ok(()) };
        if self.bin {
            let data = text.to_wtf8();
            self.sized(&data, [(4, SHORT_BINUNICODE), (1, BINUNICODE), (4, BINUNICODE8)], "string", None)?;
        } else {
            let mut line = Vec::with_capacity(text.len() + 2);
            line.push(UNICODE);
            for c in text.units().iter() {
                match c {
                    0x10000.. => line.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
                    // What would end the line, or be taken for an escape.
                    0x100.. | 0x5C | 0 | 0x0A | 0x0D | 0x1A => line.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
                    _ => line.push(c as u8),
                }
            }
            line.push(b'\n');
            self.out.push(&line);
        }
        self.memoize(v)
    }

    /// Bytes with their number in front: the instruction for less than 256, for less than 4 GiB and for more, each
    /// with the first protocol that has it.
    fn sized(&mut self, data: &[u8], ops: [(i32, u8); 3], what: &str, payload: Option<&Value>) -> R<()> {
        let [short, medium, long] = ops;
        let mut header = Vec::with_capacity(9);
        let len = data.len();
        if len <= 0xFF && self.proto >= short.0 {
            header.extend_from_slice(&[short.1, len as u8]);
        } else if let Ok(len) = u32::try_from(len) {
            header.push(medium.1);
            header.extend_from_slice(&len.to_le_bytes());
        } else if self.proto >= long.0 {
            header.push(long.1);
            header.extend_from_slice(&(len as u64).to_le_bytes());
        } else {
            return Err(self.t.overflow_error(format!(
                "serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher"
            )));
        }
        self.out.push_data(self.t, &header, data, payload)
    }

    fn bytes_data(&mut self, v: &Value, data: &[u8], payload: Option<&Value>) -> R<()> {
        self.sized(data, [(3, SHORT_BINBYTES), (3, BINBYTES), (4, BINBYTES8)], "bytes object", payload)?;
        self.memoize(v)
    }

    fn bytearray_data(&mut self, v: &Value, data: &[u8], payload: Option<&Value>) -> R<()> {
        let mut header = [BYTEARRAY8, 0, 0, 0, 0, 0, 0, 0, 0];
        header[1..].copy_from_slice(&(data.len() as u64).to_le_bytes());
        self.out.push_data(self.t, &header, data, payload)?;
        self.memoize(v)
    }

    pub(super) fn bytes(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let Some(bytes) = v.cast::<Bytes>() else { return Ok(()) };
        if self.proto >= 3 {
            return self.bytes_data(v, bytes.as_slice(), Some(v));
        }
        // Older protocols know no bytes: as text, to be encoded.
        if bytes.is_empty() {
            return self.call(t.types().bytes.value(), t.interp.empty_tuple.clone(), v);
        }
        let max = bytes.as_slice().iter().copied().max().unwrap_or(0);
        let points = bytes.as_slice().iter().map(|&b| u32::from(b));
        let text = Str::collect_sized(t, bytes.len(), max.into(), points);
        let args = t.tuple([text, t.names().latin1.clone()]);
        let encode = self.kept(&self.state.encode);
        self.call(encode, args, v)
    }

    pub(super) fn bytearray(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let Some(array) = v.cast::<ByteArray>() else { return Ok(()) };
        if self.proto >= 5 {
            return self.bytearray_data(v, &array.snapshot(t), Some(v));
        }
        let data = array.snapshot(t);
        let args = if data.is_empty() { t.interp.empty_tuple.clone() } else { t.tuple([Bytes::try_make(t, &data)?]) };
        self.call(t.types().bytearray.value(), args, v)
    }

    pub(super) fn pickle_buffer(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        if self.proto < 5 {
            return Err(pickling_error(t, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let Some(buffer) = contiguous(t, v)? else {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling_error(t, message));
        };
        let in_band = match self.buffer_callback.clone() {
            Some(callback) => {
                let kept = protocol::call(t, &callback, std::slice::from_ref(v))?;
                protocol::truth(t, &kept)?
            }
            None => true,
        };
        let readonly = buffer.readonly;
        if in_band {
            // Copied: Python code may run before the last byte is written.
            let data = buffer.flat().as_slice().unwrap_or(&[]).to_vec();
            return if readonly { self.bytes_data(v, &data, None) } else { self.bytearray_data(v, &data, None) };
        }
        self.out.op(NEXT_BUFFER);
        if readonly {
            self.out.op(READONLY_BUFFER);
        }
        Ok(())
    }
}
