//! Writing text.

use super::state::find;
use super::{Text, codec, open_of};
use crate::modules::_io::{buffered, call0, unsupported};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Hands what has gathered to the buffered stream.
pub fn flush_pending(t: &Thread, this: &Text, buffer: &Value) -> R<()> {
    let pending = this.with(|s| std::mem::take(&mut s.pending));
    if pending.is_empty() {
        return Ok(());
    }
    if buffered::is_writer(t, buffer) {
        return buffered::write_bytes(t, buffer, &pending).map(drop);
    }
    let bytes = Bytes::try_make(t, &pending)?;
    protocol::call_method(t, buffer, &t.names().write, &[bytes]).map(drop)
}

pub fn write(t: &Thread, v: &Value, text: &Value) -> R {
    let Some(s) = text.cast::<Str>() else {
        return Err(t.type_error(format!("write() argument must be str, not {}", text.type_of(t).name_str())));
    };
    let (this, mut buffer) = open_of(t, v)?;
    let (can_encode, ends, line_buffering, write_through, chunk) =
        this.with(|s| (s.can_encode, s.newline.written(), s.line_buffering, s.write_through, s.chunk_size));
    if !can_encode {
        return Err(unsupported(t, "not writable"));
    }
    let len = s.len();
    let units = s.units();
    let has_newline = (ends.is_some() || line_buffering) && find(units, 0, b'\n').is_some();
    let flush = line_buffering && (has_newline || find(units, 0, b'\r').is_some());
    let translated = match ends {
        // A subclass may have a `replace` of its own, which may do what it likes with the stream.
        Some(end) if has_newline && text.cast_exact::<Str>().is_none() => {
            let replaced = protocol::call_method_str(t, text, "replace", &[t.str("\n"), t.str(end)])?;
            if replaced.cast::<Str>().is_none() {
                let given = replaced.type_of(t).name_str();
                return Err(t.type_error(format!("replace() should return a str, not {given}")));
            }
            buffer = open_of(t, v)?.1;
            if !this.with(|s| s.can_encode) {
                return Err(unsupported(t, "not writable"));
            }
            Some(replaced)
        }
        Some(end) if has_newline => {
            let mut points = Vec::with_capacity(s.len() + 8);
            for c in units.iter() {
                match c {
                    0x0A => points.extend(end.chars().map(u32::from)),
                    _ => points.push(c),
                }
            }
            Some(Str::from_code_points(t, &points))
        }
        _ => None,
    };
    let source = translated.as_ref().unwrap_or(text);
    // ASCII goes straight to what is pending, other text is encoded first: that may run Python code.
    let ascii = source.cast::<Str>().filter(|s| s.is_ascii() && this.encoder.is_empty()).map(|s| s.unit_bytes());
    let mut encoded = Vec::new();
    let bytes = match ascii {
        Some(bytes) => bytes,
        None => {
            codec::encode(t, this, source, &mut encoded)?;
            &encoded[..]
        }
    };
    if this.with(|s| !s.pending.is_empty() && s.pending.len() + bytes.len() > chunk) {
        flush_pending(t, this, &buffer)?;
    }
    let waiting = this.with(|s| {
        s.pending.extend_from_slice(bytes);
        s.pending.len()
    });
    if waiting >= chunk || flush || write_through {
        flush_pending(t, this, &buffer)?;
    }
    if flush {
        flush_buffer(t, &buffer)?;
    }
    if this.with(|s| s.can_decode) {
        let had_snapshot = this.with(|s| s.snapshot.take().is_some());
        if had_snapshot {
            this.set_decoded(None);
        }
        codec::reset(t, this)?;
    }
    Ok(int::from_usize(t, len))
}

fn flush_buffer(t: &Thread, buffer: &Value) -> R {
    if buffered::is_writer(t, buffer) { buffered::flush(t, buffer) } else { call0(t, buffer, "flush") }
}

pub fn flush(t: &Thread, v: &Value) -> R {
    let (this, buffer) = open_of(t, v)?;
    this.with(|s| s.telling = s.seekable);
    flush_pending(t, this, &buffer)?;
    flush_buffer(t, &buffer)
}
