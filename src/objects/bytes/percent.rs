//! `bytes % arguments`.

use super::construct::dunder_bytes;
use super::{Bytes, like, own};
use crate::objects::arith::raise_fault;
use crate::objects::buffer;
use crate::objects::float;
use crate::objects::int;
use crate::objects::percent::{Arguments, Number, integer};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::text::CodePoints;
use crate::objects::text::percent::{Field, Parser, Piece};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub fn remainder(t: &Thread, v: &Value, arguments: &Value) -> R {
    if super::bytes_or_bytearray(t, v).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let format = own(t, v).to_vec();
    let mut arguments = Arguments::new(t, arguments, "bytes");
    let mut out = Vec::with_capacity(format.len() + 16);
    for piece in Parser::new(&format, true) {
        match piece {
            Piece::Literal(range) => out.extend_from_slice(&format[range]),
            Piece::Directive(directive) => {
                let key = match directive.key.clone() {
                    Some(range) => Some(Bytes::try_make(t, &format[range])?),
                    None => None,
                };
                let (field, value) = arguments.next_field(&directive, key)?;
                convert(t, &field, &value, &mut out)?;
            }
        }
    }
    arguments.finish()?;
    like(t, v, out)
}

fn convert(t: &Thread, field: &Field, value: &Value, out: &mut Vec<u8>) -> R<()> {
    let mut text = CodePoints::new();
    match field.kind {
        b's' | b'b' => field.write_text(&bytes_of(t, value)?, &mut text),
        b'r' | b'a' => {
            let shown = protocol::ascii(t, value)?;
            field.write_text(shown.cast::<Str>().map_or(&[][..], |s| s.unit_bytes()), &mut text)
        }
        b'c' => field.write_text(&[byte_of(t, value)?], &mut text),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let number = match float::as_f64(value) {
                Some(number) => number,
                None => t.catch(float::to_f64(t, value), |types| &types.type_error)?.ok_or_else(|| {
                    t.type_error(format!("float argument required, not {}", value.type_of(t).name_str()))
                })?,
            };
            field.write_float(number, &mut text)
        }
        kind => {
            let Number(number) = integer(t, kind, value)?;
            let limit = t.interp.int_max_str_digits.load(std::sync::atomic::Ordering::Relaxed) as usize;
            match int::view(&number) {
                Some(view) => field.write_int(view.into(), limit, &mut text),
                None => Ok(()),
            }
        }
    }
    .map_err(|f| raise_fault(t, f))?;
    out.extend(text.iter().map(|c| c as u8));
    Ok(())
}

/// What `%b` writes: the bytes of an object that is bytes-like or has `__bytes__`.
fn bytes_of(t: &Thread, value: &Value) -> R<Vec<u8>> {
    if let Some(bytes) = super::bytes_or_bytearray(t, value) {
        return Ok(bytes.to_vec());
    }
    if let Some(bytes) = dunder_bytes(t, value)? {
        return Ok(own(t, &bytes).to_vec());
    }
    if buffer::is_exporter(t, value) {
        return buffer::to_vec(t, value);
    }
    Err(t.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        value.type_of(t).name_str()
    )))
}

fn byte_of(t: &Thread, value: &Value) -> R<u8> {
    if let Some(bytes) = super::bytes_or_bytearray(t, value) {
        return match bytes.len() {
            1 => Ok(bytes[0]),
            len => Err(t.type_error(format!(
                "%c requires an integer in range(256) or a single byte, not a {} object of length {len}",
                super::kind_name(value)
            ))),
        };
    }
    let Some(number) = t.catch(protocol::index(t, value), |types| &types.type_error)? else {
        return Err(t.type_error(format!(
            "%c requires an integer in range(256) or a single byte, not {}",
            value.type_of(t).qualified_name(t)
        )));
    };
    match int::as_i64(&number).and_then(|i| u8::try_from(i).ok()) {
        Some(byte) => Ok(byte),
        None => Err(t.overflow_error("%c arg not in range(256)")),
    }
}
