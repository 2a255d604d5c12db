//! Reading through a buffer.

use super::state::State;
use super::{Held, enter_open, of};
use crate::modules::_io::{base, position, size_arg, unsupported};
use crate::modules::system::{self, os_error_text};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Room for that many bytes, or `MemoryError`.
// `vec![0; n]` would abort where the system has no such memory.
#[allow(clippy::slow_vector_initialization)]
fn room(t: &Thread, n: usize) -> R<Vec<u8>> {
    let mut data = Vec::new();
    match data.try_reserve_exact(n) {
        Ok(()) => {
            data.resize(n, 0);
            Ok(data)
        }
        Err(_) => Err(t.memory_error()),
    }
}

/// Takes up to `n` bytes from what was read ahead.
fn take(state: &mut State, n: usize) -> Vec<u8> {
    let bytes = state.ahead_bytes();
    let data = bytes[..n.min(bytes.len())].to_vec();
    state.pos += data.len();
    data
}

pub fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = match a.first() {
        Some(n) if !n.is_none() => size_arg(t, Some(n))?,
        _ => -1,
    };
    if n < -1 {
        return Err(t.value_error("read length must be non-negative or -1"));
    }
    let mut held = enter_open(t, v, "read of closed file")?;
    match usize::try_from(n) {
        Err(_) => read_all(&mut held),
        Ok(n) => match read_many(&mut held, n)? {
            Some(data) => Bytes::try_make(t, &data),
            None => Ok(Value::NONE),
        },
    }
}

fn read_all(held: &mut Held<'_>) -> R {
    let (t, raw, state) = held.parts();
    let mut data = take(state, usize::MAX);
    if state.writable {
        state.flush_and_rewind(t, raw)?;
    }
    state.reset_read();
    // The raw stream is about to be read behind our back.
    state.abs_pos = None;
    if super::is_exactly(t, raw, &super::file::SPEC) {
        return match super::file::read_all(t, raw)? {
            Some(rest) if data.is_empty() => Bytes::try_make(t, &rest),
            Some(rest) => {
                data.extend_from_slice(&rest);
                Bytes::try_make(t, &data)
            }
            None if data.is_empty() => Ok(Value::NONE),
            None => Bytes::try_make(t, &data),
        };
    }
    if let Some(readall) = protocol::getattr_opt(t, raw, &t.names().readall)? {
        let rest = protocol::call(t, &readall, &[])?;
        if !rest.is_none() && rest.cast::<Bytes>().is_none() {
            return Err(t.type_error("readall() should return bytes"));
        }
        if data.is_empty() {
            return Ok(rest);
        }
        if let Some(rest) = rest.cast::<Bytes>() {
            data.extend_from_slice(rest.as_slice());
        }
        return Bytes::try_make(t, &data);
    }
    loop {
        let chunk = protocol::call_method(t, raw, &t.names().read, &[])?;
        let bytes = chunk.cast::<Bytes>();
        if !chunk.is_none() && bytes.is_none() {
            return Err(t.type_error("read() should return bytes"));
        }
        match bytes.filter(|b| !b.is_empty()) {
            Some(bytes) => data.extend_from_slice(bytes.as_slice()),
            None if data.is_empty() => return Ok(chunk),
            None => return Bytes::try_make(t, &data),
        }
    }
}

/// Reads `n` bytes, or less at the end or when it would block; `None` if it would block before anything came.
fn read_many(held: &mut Held<'_>, n: usize) -> R<Option<Vec<u8>>> {
    let (t, raw, state) = held.parts();
    if n <= state.ahead() {
        return Ok(Some(take(state, n)));
    }
    if state.writable {
        // What was read ahead is given up only after this: the position is part of it.
        let ahead = take(state, n);
        state.flush_and_rewind(t, raw)?;
        return read_rest(t, raw, state, ahead, n);
    }
    let ahead = take(state, n);
    read_rest(t, raw, state, ahead, n)
}

fn read_rest(t: &Thread, raw: &Value, state: &mut State, ahead: Vec<u8>, n: usize) -> R<Option<Vec<u8>>> {
    let mut written = ahead.len();
    let mut data = room(t, n)?;
    data[..written].copy_from_slice(&ahead);
    state.reset_read();
    let finish = |mut data: Vec<u8>, written: usize, answer: Option<usize>| {
        data.truncate(written);
        (answer == Some(0) || written > 0).then_some(data)
    };
    // Whole blocks go past the buffer.
    let size = state.size();
    loop {
        let block = (n - written) / size * size;
        if block == 0 {
            break;
        }
        match state.read_raw(t, raw, &mut data[written..written + block])? {
            answer @ (None | Some(0)) => return Ok(finish(data, written, answer)),
            Some(got) => written += got,
        }
    }
    (state.pos, state.raw_pos, state.read_end) = (0, Some(0), Some(0));
    while written < n && state.read_end.is_some_and(|end| end < size) {
        match state.fill(t, raw)? {
            answer @ (None | Some(0)) => return Ok(finish(data, written, answer)),
            Some(got) => {
                let got = got.min(n - written);
                data[written..written + got].copy_from_slice(&state.buffer[state.pos..state.pos + got]);
                state.pos += got;
                written += got;
            }
        }
    }
    Ok(finish(data, written, Some(0)))
}

pub fn peek(t: &Thread, v: &Value, a: &[Value]) -> R {
    if let Some(n) = a.first() {
        int::arg_isize(t, n)?;
    }
    let mut held = enter_open(t, v, "peek of closed file")?;
    let (t, raw, state) = held.parts();
    if state.writable {
        state.flush_and_rewind(t, raw)?;
    }
    if state.ahead() == 0 {
        state.reset_read();
        state.fill(t, raw)?;
        state.pos = 0;
    }
    Bytes::try_make(t, state.ahead_bytes())
}

/// What `read1` gives: what was read ahead, or what one read of the raw stream brings.
pub fn read_some(t: &Thread, v: &Value, n: isize) -> R<Vec<u8>> {
    let mut held = enter_open(t, v, "read of closed file")?;
    let (t, raw, state) = held.parts();
    let n = usize::try_from(n).unwrap_or(state.size());
    if n == 0 {
        return Ok(Vec::new());
    }
    if state.ahead() > 0 {
        return Ok(take(state, n));
    }
    let mut data = room(t, n)?;
    if state.writable {
        state.flush_and_rewind(t, raw)?;
    }
    state.reset_read();
    let got = state.read_raw(t, raw, &mut data)?.unwrap_or(0);
    data.truncate(got);
    Ok(data)
}

pub fn read1(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = a.first().map_or(Ok(-1), |n| int::arg_isize(t, n))?;
    Bytes::try_make(t, &read_some(t, v, n)?)
}

fn fill_target(t: &Thread, v: &Value, target: &Value, once: bool, function: &str) -> R {
    let mut target = buffer::writable(t, target, &format!("{function}() argument"))?;
    let mut held = enter_open(t, v, "readinto of closed file")?;
    let (t, raw, state) = held.parts();
    let Some(place) = target.as_mut_slice() else { return Err(t.buffer_error("memory is not contiguous")) };
    let ahead = take(state, place.len());
    let mut written = ahead.len();
    place[..written].copy_from_slice(&ahead);
    if written == place.len() && (written > 0 || place.is_empty()) {
        return Ok(int::from_usize(t, written));
    }
    if state.writable {
        state.flush_and_rewind(t, raw)?;
    }
    state.reset_read();
    state.pos = 0;
    while written < place.len() {
        let rest = place.len() - written;
        let answer = if rest > state.size() {
            state.read_raw(t, raw, &mut place[written..])?
        } else if !(once && written > 0) {
            let got = state.fill(t, raw)?.map(|n| n.min(rest));
            if let Some(n) = got {
                place[written..written + n].copy_from_slice(&state.buffer[state.pos..state.pos + n]);
                state.pos += n;
            }
            got
        } else {
            Some(0)
        };
        match answer {
            Some(0) => break,
            None if written > 0 => break,
            None => return Ok(Value::NONE),
            Some(n) => written += n,
        }
        if once {
            break;
        }
    }
    Ok(int::from_usize(t, written))
}

pub fn readinto(t: &Thread, v: &Value, target: &Value) -> R {
    fill_target(t, v, target, false, "readinto")
}

pub fn readinto1(t: &Thread, v: &Value, target: &Value) -> R {
    fill_target(t, v, target, true, "readinto1")
}

fn line(t: &Thread, v: &Value, limit: isize) -> R {
    let mut held = enter_open(t, v, "readline of closed file")?;
    let (t, raw, state) = held.parts();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut line = Vec::new();
    loop {
        let ahead = state.ahead_bytes();
        let ahead = &ahead[..ahead.len().min(limit - line.len())];
        let end = memchr::memchr(b'\n', ahead).map(|i| i + 1);
        let n = end.unwrap_or(ahead.len());
        if line.is_empty() && (end.is_some() || n == limit) {
            let found = Bytes::try_make(t, &ahead[..n]);
            state.pos += n;
            return found;
        }
        line.extend_from_slice(&ahead[..n]);
        state.pos += n;
        if end.is_some() || line.len() == limit {
            return Bytes::try_make(t, &line);
        }
        if state.writable {
            state.flush_and_rewind(t, raw)?;
        }
        state.reset_read();
        let got = state.fill(t, raw)?;
        state.pos = 0;
        if got.unwrap_or(0) == 0 {
            return Bytes::try_make(t, &line);
        }
    }
}

pub fn readline(t: &Thread, v: &Value, a: &[Value]) -> R {
    line(t, v, size_arg(t, a.first())?)
}

pub fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    if !v.type_of(t).is_heap_type() {
        let line = line(t, v, -1)?;
        return Ok(line.cast::<Bytes>().is_some_and(|b| !b.is_empty()).then_some(line));
    }
    let line = protocol::call_method(t, v, &t.names().readline, &[])?;
    match line.cast::<Bytes>() {
        Some(bytes) => Ok((!bytes.is_empty()).then_some(line)),
        None => {
            let given = line.type_of(t).name_str();
            let message = format!("readline() should have returned a bytes object, not '{given}'");
            Err(os_error_text(t, &message))
        }
    }
}

pub fn tell(t: &Thread, v: &Value) -> R {
    let mut held = super::enter(t, v)?;
    let (t, raw, state) = held.parts();
    let at = state.tell_raw(t, raw)?;
    Ok(int::from_i64(t, (at - state.raw_offset()).max(0)))
}

pub fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    let whence = a.get(1).map_or(Ok(0), |w| system::c_int(t, w))?;
    if !matches!(whence, 0..=2 | libc::SEEK_HOLE | libc::SEEK_DATA) {
        return Err(t.value_error(format!("whence value {whence} unsupported")));
    }
    let mut held = enter_open(t, v, "seek of closed file")?;
    let (t, raw, state) = held.parts();
    if !(super::is_exactly(t, raw, &super::file::SPEC) && super::file::can_seek(t, raw)?) {
        base::check_seekable(t, raw)?;
    }
    let mut target = position(t, &a[0])?;
    if matches!(whence, libc::SEEK_SET | libc::SEEK_CUR) && state.readable {
        let current = state.absolute(t, raw)?;
        let ahead = state.ahead();
        if ahead > 0 {
            let offset = match whence {
                libc::SEEK_SET => target.saturating_sub(current - state.raw_offset()),
                _ => target,
            };
            // Within the buffer nothing needs to be read again.
            if offset >= -(state.pos as i64) && offset <= ahead as i64 {
                state.pos = (state.pos as i64 + offset) as usize;
                return Ok(int::from_i64(t, (current - ahead as i64 + offset).max(0)));
            }
        }
    }
    if state.writable {
        state.flush(t, raw)?;
    }
    if whence == libc::SEEK_CUR {
        target = target.saturating_sub(state.raw_offset());
    }
    let at = state.seek_raw(t, raw, target, whence)?;
    state.raw_pos = None;
    if state.readable {
        state.reset_read();
    }
    Ok(int::from_i64(t, at))
}

pub fn truncate(t: &Thread, v: &Value, a: &[Value]) -> R {
    let mut held = enter_open(t, v, "truncate of closed file")?;
    if !held.state().writable {
        return Err(unsupported(t, "truncate"));
    }
    let (t, raw, state) = held.parts();
    state.flush_and_rewind(t, raw)?;
    let size = a.first().cloned().unwrap_or(Value::NONE);
    let result = protocol::call_method_str(t, raw, "truncate", &[size])?;
    if let Err(raised) = state.tell_raw(t, raw) {
        drop(t.take_exception(raised));
    }
    Ok(result)
}

/// `_Buffered.__sizeof__`.
pub fn sizeof(t: &Thread, v: &Value) -> R {
    of(t, v)?;
    let size = match super::raw_of(t, v) {
        Ok(raw) => super::hold(t, v, raw)?.state().size(),
        Err(raised) => {
            drop(t.take_exception(raised));
            0
        }
    };
    Ok(int::from_usize(t, std::mem::size_of::<super::Buffered>() + size))
}
