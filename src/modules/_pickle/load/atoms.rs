//! Numbers, strings, bytes and buffers.

use super::Load;
use crate::modules::_codecs;
use crate::modules::_pickle::state::unpickling_error;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::memoryview::MemoryView;
use crate::objects::number::float::parse_float_ascii;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::value::Value;
use crate::objects::{buffer, codecs, float, int, protocol};
use num_bigint::BigInt;

/// What C would see of a line: up to a zero byte.
fn c_string(line: &[u8]) -> &[u8] {
    &line[..line.iter().position(|&b| b == 0).unwrap_or(line.len())]
}

/// C's `strtol(text, &end, 10)`, where all of the text is a number that fits.
fn strtol(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']).parse().ok()
}

/// How long the float is that the text begins with.
fn float_prefix(text: &str) -> usize {
    (1..=text.len())
        .rev()
        .find(|&n| text.is_char_boundary(n) && !text[..n].contains('_') && parse_float_ascii(&text[..n]).is_some())
        .unwrap_or(0)
}

impl Load<'_, '_> {
    /// `int(line, base)`, with the line's end in the message.
    pub(super) fn parse_int(&self, line: &[u8], base: i64) -> R {
        let t = self.t;
        let mut text = c_string(line).to_vec();
        if text.len() == line.len() {
            text.push(b'\n');
        }
        let text = codecs::decode_text(t, &Bytes::make(t, &text), None, None)?;
        protocol::call(t, &t.types().int.value(), &[text, Value::small(base)])
    }

    pub(super) fn int(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.filled_line(t)?;
        let value = match strtol(&line) {
            Some(i @ 0..=1) if line.len() == 2 => Value::bool(i == 1),
            Some(i) => int::new(t, i),
            None => match self.parse_int(&line, 10) {
                Ok(value) => value,
                Err(raised) => {
                    drop(t.take_exception(raised));
                    return Err(t.value_error("could not convert string to int"));
                }
            },
        };
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn long(&mut self) -> R<()> {
        let t = self.t;
        let mut line = self.input.filled_line(t)?;
        let value = if line.last() == Some(&b'L') {
            line.pop();
            let text = codecs::decode_text(t, &Bytes::make(t, c_string(&line)), None, None)?;
            protocol::call(t, &t.types().int.value(), &[text, Value::small(10)])?
        } else {
            self.parse_int(&line, 10)?
        };
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn counted_long(&mut self, width: usize) -> R<()> {
        let t = self.t;
        let n = self.unsigned(width)?;
        if n > i32::MAX as u64 {
            return Err(unpickling_error(t, "LONG pickle has negative byte count"));
        }
        let bytes = self.input.read(t, n as usize)?;
        let value = if bytes.len() <= 8 {
            let fill = if bytes.last().is_some_and(|b| b & 0x80 != 0) { 0xFF } else { 0 };
            let mut wide = [fill; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            int::new(t, i64::from_le_bytes(wide))
        } else {
            int::from_big(t, BigInt::from_signed_bytes_le(bytes))
        };
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn float(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.filled_line(t)?;
        let text = String::from_utf8_lossy(c_string(&line)).into_owned();
        let prefix = float_prefix(&text);
        if prefix == 0 {
            return Err(t.value_error(format!("could not convert string to float: '{text}\n'")));
        }
        let value = parse_float_ascii(&text[..prefix]).unwrap_or(0.0);
        if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
            return Err(t.overflow_error(format!("value too large to convert to float: '{text}\n'")));
        }
        if prefix < text.len() {
            return Err(t.value_error("could not convert string to float"));
        }
        self.stack.push(float::new(t, value));
        Ok(())
    }

    /// A string of Python 2.
    fn push_string(&mut self, bytes: Value) -> R<()> {
        let (encoding, errors) = (&*self.words.encoding, &*self.words.errors);
        let value = match encoding {
            "bytes" => bytes,
            _ => codecs::decode_text(self.t, &bytes, Some(encoding), Some(errors))?,
        };
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn string(&mut self) -> R<()> {
        let t = self.t;
        let mut line = self.input.line(t)?;
        line.pop();
        let text = match &line[..] {
            [first @ (b'\'' | b'"'), text @ .., last] if first == last => text,
            _ => return Err(unpickling_error(t, "the STRING opcode argument must be quoted")),
        };
        let decoded = if text.contains(&b'\\') {
            let pair = _codecs::escape::decode(t, Value::none(), &[Bytes::make(t, text)])?;
            protocol::getitem(t, &pair, &Value::small(0))?
        } else {
            Bytes::make(t, text)
        };
        self.push_string(decoded)
    }

    pub(super) fn counted_string(&mut self, width: usize) -> R<()> {
        let t = self.t;
        let n = self.unsigned(width)?;
        if n > i32::MAX as u64 {
            return Err(unpickling_error(t, "BINSTRING pickle has negative byte count"));
        }
        let bytes = Bytes::try_make(t, self.input.read(t, n as usize)?)?;
        self.push_string(bytes)
    }

    pub(super) fn counted_bytes(&mut self, width: usize) -> R<()> {
        let t = self.t;
        let n = self.size(width, "BINBYTES exceeds system's maximum size of")?;
        let bytes = Bytes::try_make(t, self.input.read_sized(t, n)?)?;
        self.stack.push(bytes);
        Ok(())
    }

    pub(super) fn bytearray(&mut self) -> R<()> {
        let t = self.t;
        let n = self.size(8, "BYTEARRAY8 exceeds system's maximum size of")?;
        let bytes = self.input.read_sized(t, n)?.to_vec();
        self.stack.push(ByteArray::make(t, bytes));
        Ok(())
    }

    pub(super) fn next_buffer(&mut self) -> R<()> {
        let t = self.t;
        let Some(buffers) = self.buffers.clone() else {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling_error(t, message));
        };
        match protocol::next(t, &buffers)? {
            Some(buffer) => {
                self.stack.push(buffer);
                Ok(())
            }
            None => Err(unpickling_error(t, "not enough out-of-band buffers")),
        }
    }

    pub(super) fn readonly_buffer(&mut self) -> R<()> {
        let t = self.t;
        let top = self.top()?.clone();
        let view = MemoryView::of_object(t, &top, buffer::flags::FULL_RO)?;
        if protocol::truth(t, &protocol::getattr_str(t, &view, "readonly")?)? {
            return Ok(());
        }
        let readonly = protocol::call_method_str(t, &view, "toreadonly", &[])?;
        if let Some(top) = self.stack.last_mut() {
            *top = readonly;
        }
        Ok(())
    }

    pub(super) fn unicode(&mut self) -> R<()> {
        let t = self.t;
        let mut line = self.input.line(t)?;
        line.pop();
        let pair = _codecs::convert::raw_unicode_escape_decode(t, Value::none(), &[Bytes::make(t, &line)])?;
        self.stack.push(protocol::getitem(t, &pair, &Value::small(0))?);
        Ok(())
    }

    #[inline]
    pub(super) fn counted_unicode(&mut self, width: usize) -> R<()> {
        let t = self.t;
        let n = self.size(width, "BINUNICODE exceeds system's maximum size of")?;
        let bytes = self.input.read(t, n)?;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Str::new(t, text),
            Err(_) => codecs::decode_text(t, &Bytes::make(t, bytes), Some("utf-8"), Some("surrogatepass"))?,
        };
        self.stack.push(text);
        Ok(())
    }
}
