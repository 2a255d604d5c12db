//! `strftime`: the C library's, with what it does not know kept out of its way.

use super::broken_down::{Broken, moment};
use crate::objects::arith::str_of;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::CString;

/// Formats ASCII text without zeros.
fn format_ascii(t: &Thread, format: &str, tm: &libc::tm) -> R<Vec<u8>> {
    let Ok(c_format) = CString::new(format) else { return Ok(Vec::new()) };
    // A result of no bytes cannot be told from one that did not fit, except by its size.
    let most = 1024.max(format.len() * 256);
    let mut size = 1024;
    loop {
        let mut out: Vec<u8> = Vec::new();
        if out.try_reserve_exact(size).is_err() {
            return Err(t.memory_error());
        }
        out.resize(size, 0);
        // SAFETY: the buffer is as long as said, and format and zone are C strings that live.
        let length = unsafe { libc::strftime(out.as_mut_ptr().cast(), size, c_format.as_ptr(), tm) };
        if length > 0 || size >= most {
            out.truncate(length);
            return Ok(out);
        }
        size *= 2;
    }
}

/// `strftime(format[, time_tuple])`.
pub fn strftime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (format, tuple) = match args {
        [format] => (format, None),
        [format, tuple] => (format, Some(tuple)),
        [] => return Err(t.type_error("strftime() takes at least 1 argument (0 given)")),
        more => return Err(t.type_error(format!("strftime() takes at most 2 arguments ({} given)", more.len()))),
    };
    let Some(format) = format.cast::<Str>() else {
        let given = format.type_of(t).name_str();
        return Err(t.type_error(format!("strftime() argument 1 must be str, not {given}")));
    };
    let mut broken = match tuple {
        Some(tuple) => Broken::from_tuple(t, tuple, "strftime")?,
        None => Broken::local(t, moment(t, None)?)?,
    };
    broken.check(t)?;
    broken.tm.tm_isdst = broken.tm.tm_isdst.clamp(-1, 1);
    let tm = broken.with_zone();
    let mut out = CodePoints::new();
    let mut run = String::new();
    let is_plain = |c: u32| (1..0x80).contains(&c);
    for c in format.units().iter() {
        if is_plain(c) {
            run.push(char::from(c as u8));
        } else {
            append(t, &mut run, &tm, &mut out)?;
            out.push(c);
        }
    }
    append(t, &mut run, &tm, &mut out)?;
    Ok(str_of(t, out))
}

/// Formats the run of ASCII and begins the next.
fn append(t: &Thread, run: &mut String, tm: &libc::tm, out: &mut CodePoints) -> R<()> {
    if !run.is_empty() {
        let text = format_ascii(t, run, tm)?;
        out.push_str(&String::from_utf8_lossy(&text));
        run.clear();
    }
    Ok(())
}
