//! Reading text.

use super::state::Snapshot;
use super::{Text, codec, open_of};
use crate::modules::_io::text::write::flush_pending;
use crate::modules::_io::{buffered, size_arg, unsupported};
use crate::modules::system::os_error_text;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The stream, ready to be read.
fn readable<'a>(t: &Thread, v: &'a Value) -> R<(&'a Text, Value)> {
    let (this, buffer) = open_of(t, v)?;
    if !this.with(|s| s.can_decode) {
        return Err(unsupported(t, "not readable"));
    }
    flush_pending(t, this, &buffer)?;
    Ok((this, buffer))
}

/// Takes up to `n` characters from what was decoded.
fn take_decoded(t: &Thread, this: &Text, n: usize) -> Value {
    let (text, start, end) = this.with(|s| {
        let Some(text) = s.decoded.clone() else { return (None, 0, 0) };
        let len = text.cast::<Str>().map_or(0, Str::len);
        let start = s.used.min(len);
        let end = len.min(start.saturating_add(n));
        s.used = end;
        (Some(text), start, end)
    });
    match text {
        Some(text) => Str::substring(t, &text, start, end),
        None => t.interp.empty_str.clone(),
    }
}

/// Reads and decodes the next piece; whether there was more. `hint` is how many characters are wanted.
fn read_chunk(t: &Thread, this: &Text, buffer: &Value, hint: usize) -> R<bool> {
    let (telling, ratio, chunk, has_read1) = this.with(|s| (s.telling, s.ratio, s.chunk_size, s.has_read1));
    let before = if telling { Some(codec::state(t, this)?) } else { None };
    let wanted = chunk.max((ratio.max(1.0) * hint as f64) as usize);
    let input = if buffered::is_reader(t, buffer) {
        buffered::read_some(t, buffer, wanted as isize)?
    } else {
        let method = if has_read1 { "read1" } else { "read" };
        let data = protocol::call_method_str(t, buffer, method, &[int::from_usize(t, wanted)])?;
        codec::bytes_of(t, &data, method)?
    };
    let end = input.is_empty();
    let text = codec::decode(t, this, &input, end)?;
    let characters = text.cast::<Str>().map_or(0, Str::len);
    this.set_decoded(Some(text));
    this.with(|s| {
        s.ratio = if characters > 0 { input.len() as f64 / characters as f64 } else { 0.0 };
        if let Some((mut held, flags)) = before {
            held.extend_from_slice(&input);
            s.snapshot = Some(Snapshot { flags, input: held });
        }
    });
    Ok(!end || characters > 0)
}

pub fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = size_arg(t, a.first())?;
    let (this, buffer) = readable(t, v)?;
    let Ok(n) = usize::try_from(n) else {
        let data = protocol::call_method(t, &buffer, &t.names().read, &[])?;
        if data.is_none() {
            return Err(t.raise_with(&t.types().blocking_io_error, &[t.str("Read returned None.")]));
        }
        let input = codec::bytes_of(t, &data, "read")?;
        let text = codec::decode(t, this, &input, true)?;
        let before = take_decoded(t, this, usize::MAX);
        this.set_decoded(None);
        this.with(|s| s.snapshot = None);
        return join(t, &before, &text);
    };
    let mut text = take_decoded(t, this, n);
    let mut parts = Vec::new();
    let mut have = text.cast::<Str>().map_or(0, Str::len);
    while have < n {
        if !read_chunk(t, this, &buffer, n - have)? {
            break;
        }
        let part = take_decoded(t, this, n - have);
        have += part.cast::<Str>().map_or(0, Str::len);
        parts.push(part);
    }
    if parts.len() > 1 || (parts.len() == 1 && text.cast::<Str>().is_some_and(|s| !s.is_empty())) {
        let mut points: Vec<u32> = Vec::with_capacity(have);
        for part in std::iter::once(&text).chain(&parts) {
            points.extend(part.cast::<Str>().into_iter().flat_map(|s| s.units().iter()));
        }
        return Ok(Str::from_code_points(t, &points));
    }
    if let Some(part) = parts.pop() {
        text = part;
    }
    Ok(text)
}

/// `a + b`.
fn join(t: &Thread, a: &Value, b: &Value) -> R {
    match (a.cast::<Str>(), b.cast::<Str>()) {
        (Some(x), Some(y)) => Str::concat(t, x, y),
        _ => Ok(b.clone()),
    }
}

/// A line, or `limit` characters of it.
fn line(t: &Thread, this: &Text, buffer: &Value, limit: isize) -> R {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let newline = this.with(|s| s.newline);
    // What has been read of the line so far.
    let mut before: Option<Value> = None;
    loop {
        while this.with(|s| s.decoded.as_ref().and_then(|d| d.cast::<Str>()).is_none_or(|d| s.used >= d.len())) {
            if !read_chunk(t, this, buffer, 0)? {
                this.set_decoded(None);
                this.with(|s| s.snapshot = None);
                return Ok(before.unwrap_or_else(|| t.interp.empty_str.clone()));
            }
        }
        let (text, used) = this.with(|s| (s.decoded.clone(), s.used));
        let Some(text) = text else { continue };
        // A line end may begin at the end of what was read before.
        let (text, used, shift) = match &before {
            None => (text, used, 0),
            Some(before) => {
                let rest = Str::substring(t, &text, used, text.cast::<Str>().map_or(0, Str::len));
                let shift = before.cast::<Str>().map_or(0, Str::len);
                (join(t, before, &rest)?, 0, shift)
            }
        };
        let Some(s) = text.cast::<Str>() else { continue };
        let end = newline.line_end(s.units(), used.max(shift.saturating_sub(1)));
        let stop = match end {
            Some(end) if end - used <= limit => end,
            _ if s.len() - used >= limit => used + limit,
            _ => {
                before = Some(Str::substring(t, &text, used, s.len()));
                this.set_decoded(None);
                continue;
            }
        };
        match shift {
            0 => this.with(|s| s.used = stop),
            // The part that is behind the line is in the decoded text still.
            _ => this.with(|s| s.used += stop.saturating_sub(shift)),
        }
        return Ok(Str::substring(t, &text, used, stop));
    }
}

pub fn readline(t: &Thread, v: &Value, a: &[Value]) -> R {
    let limit = size_arg(t, a.first())?;
    let (this, buffer) = readable(t, v)?;
    line(t, this, &buffer, limit)
}

pub fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let (this, _) = super::attached(t, v)?;
    this.with(|s| s.telling = false);
    let line = match v.type_of(t).is_heap_type() {
        false => {
            let (this, buffer) = readable(t, v)?;
            line(t, this, &buffer, -1)?
        }
        true => {
            let line = protocol::call_method(t, v, &t.names().readline, &[])?;
            if line.cast::<Str>().is_none() {
                let given = line.type_of(t).name_str();
                let message = format!("readline() should have returned a str object, not '{given}'");
                return Err(os_error_text(t, &message));
            }
            line
        }
    };
    if line.cast::<Str>().is_some_and(|s| !s.is_empty()) {
        return Ok(Some(line));
    }
    this.with(|s| {
        s.snapshot = None;
        s.telling = s.seekable;
    });
    Ok(None)
}
