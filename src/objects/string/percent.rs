//! `str % arguments`.

use super::slots::this;
use super::{Str, each_width};
use crate::objects::arith::raise_fault;
use crate::objects::float;
use crate::objects::int;
use crate::objects::percent::{Arguments, Number, integer};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::text::percent::{Field, Parser, Piece};
use crate::objects::text::{CodePoints, Unit};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub(super) fn remainder(t: &Thread, v: &Value, arguments: &Value) -> R {
    let Some(format) = v.cast::<Str>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let text = each_width!(format.units(), u => write(t, v, u, arguments))?;
    Str::from_text(t, text)
}

fn write<U: Unit>(t: &Thread, v: &Value, format: &[U], arguments: &Value) -> R<CodePoints> {
    let mut arguments = Arguments::new(t, arguments, "string");
    let mut out = CodePoints::with_capacity(format.len() + 16);
    for piece in Parser::new(format, false) {
        match piece {
            Piece::Literal(range) => out.push_units(&format[range]),
            Piece::Directive(directive) => {
                let key =
                    directive.key.clone().map(|range| Str::substring(t, &Str::exact(t, v), range.start, range.end));
                let (field, value) = arguments.next_field(&directive, key)?;
                convert(t, &field, &value, &mut out)?;
            }
        }
    }
    arguments.finish()?;
    Ok(out)
}

fn convert(t: &Thread, field: &Field, value: &Value, out: &mut CodePoints) -> R<()> {
    let written = match field.kind {
        kind @ (b's' | b'r' | b'a') => {
            let shown = match kind {
                b's' => protocol::str(t, value)?,
                b'r' => protocol::repr(t, value)?,
                _ => protocol::ascii(t, value)?,
            };
            return write_text(t, field, this(&shown), out);
        }
        b'c' => return write_character(t, field, value, out),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let number = float::to_f64(t, value)?;
            field.write_float(number, out)
        }
        _ => {
            let Number(number) = integer(t, field.kind, value)?;
            let limit = t.interp.int_max_str_digits.load(std::sync::atomic::Ordering::Relaxed) as usize;
            match int::view(&number) {
                Some(view) => field.write_int(view.into(), limit, out),
                None => Ok(()),
            }
        }
    };
    written.map_err(|f| raise_fault(t, f))
}

fn write_text(t: &Thread, field: &Field, text: &Str, out: &mut CodePoints) -> R<()> {
    each_width!(text.units(), u => field.write_text(u, out)).map_err(|f| raise_fault(t, f))
}

fn write_character(t: &Thread, field: &Field, value: &Value, out: &mut CodePoints) -> R<()> {
    if let Some(s) = value.cast::<Str>() {
        if s.len() == 1 {
            return write_text(t, field, s, out);
        }
        return Err(
            t.type_error(format!("%c requires an int or a unicode character, not a string of length {}", s.len()))
        );
    }
    let number = match t.catch(protocol::index(t, value), |types| &types.type_error)? {
        Some(number) => number,
        None => {
            let name = value.type_of(t).qualified_name(t);
            return Err(t.type_error(format!("%c requires an int or a unicode character, not {name}")));
        }
    };
    match int::as_i64(&number) {
        Some(code @ 0..=0x10_ffff) => field.write_text(&[code as u32], out).map_err(|f| raise_fault(t, f)),
        _ => Err(t.overflow_error("%c arg not in range(0x110000)")),
    }
}
