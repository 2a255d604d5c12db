//! The text that is searched: a `str`, or the bytes of any bytes-like object.

use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::string::{Str, Units};
use crate::objects::text::{CodePoints, Units as Built};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::borrow::Cow;

/// A text to be searched, as long as its object is held.
pub(super) enum Subject<'a> {
    Text(&'a Str),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Subject<'a> {
    /// Of a `str` or bytes-like object.
    pub fn of(t: &Thread, v: &'a Value) -> R<Subject<'a>> {
        if let Some(s) = v.cast::<Str>() {
            return Ok(Subject::Text(s));
        }
        if let Some(b) = v.cast::<Bytes>() {
            return Ok(Subject::Bytes(Cow::Borrowed(b.as_slice())));
        }
        match buffer::contiguous_bytes(t, v)? {
            Some(bytes) => Ok(Subject::Bytes(Cow::Owned(bytes.to_vec()))),
            None => {
                Err(t.type_error(format!("expected string or bytes-like object, got '{}'", v.type_of(t).name_str())))
            }
        }
    }

    pub fn is_bytes(&self) -> bool {
        matches!(self, Subject::Bytes(_))
    }

    pub fn len(&self) -> usize {
        match self {
            Subject::Text(s) => s.len(),
            Subject::Bytes(b) => b.len(),
        }
    }

    /// The part from `start` to `end`; all of it is the object itself, if it is a `str` or `bytes`.
    pub fn slice(&self, t: &Thread, whole: &Value, start: usize, end: usize) -> Value {
        let (start, end) = (start.min(self.len()), end.min(self.len()).max(start.min(self.len())));
        let is_all = start == 0 && end == self.len();
        match self {
            Subject::Text(_) if is_all && whole.cast_exact::<Str>().is_some() => whole.clone(),
            Subject::Text(s) => Str::from_units(t, s.units().slice(start, end)),
            Subject::Bytes(_) if is_all && whole.cast_exact::<Bytes>().is_some() => whole.clone(),
            Subject::Bytes(b) => Bytes::make(t, &b[start..end]),
        }
    }
}

/// `b''.join(parts)` or `''.join(parts)`, with `join`'s errors.
pub(super) fn join(t: &Thread, bytes: bool, parts: Vec<Value>) -> R {
    if let [one] = &parts[..] {
        let is_exact = if bytes { one.cast_exact::<Bytes>().is_some() } else { one.cast_exact::<Str>().is_some() };
        if is_exact {
            return Ok(one.clone());
        }
    }
    if bytes { join_bytes(t, &parts) } else { join_text(t, &parts) }
}

fn join_text(t: &Thread, parts: &[Value]) -> R {
    let mut out = CodePoints::new();
    for (i, part) in parts.iter().enumerate() {
        let Some(s) = part.cast::<Str>() else {
            return Err(t.type_error(format!(
                "sequence item {i}: expected str instance, {} found",
                part.type_of(t).name_str()
            )));
        };
        match s.units() {
            Units::One(u) if s.is_ascii() => out.push_ascii(u),
            Units::One(u) => out.push_units(u),
            Units::Two(u) => out.push_units(u),
            Units::Four(u) => out.push_units(u),
        }
    }
    let (text, _) = out.finish();
    Ok(match &text {
        Built::One(u) => Str::from_units(t, Units::One(u)),
        Built::Two(u) => Str::from_units(t, Units::Two(u)),
        Built::Four(u) => Str::from_units(t, Units::Four(u)),
    })
}

fn join_bytes(t: &Thread, parts: &[Value]) -> R {
    let mut out = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        if let Some(b) = part.cast::<Bytes>() {
            out.extend_from_slice(b.as_slice());
            continue;
        }
        match buffer::contiguous_bytes(t, part)? {
            Some(bytes) => out.extend_from_slice(&bytes),
            None => {
                return Err(t.type_error(format!(
                    "sequence item {i}: expected a bytes-like object, {} found",
                    part.type_of(t).name_str()
                )));
            }
        }
    }
    Ok(Bytes::make(t, &out))
}
