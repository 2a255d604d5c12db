//! Options and timeouts.

use super::object::timeout_value;
use super::{ENDLESS, Socket, State, args, this};
use crate::modules::system;
use crate::modules::time::clocks::{away_from_zero, duration};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::Ordering::*;

/// Whether the system itself blocks in operations on the descriptor.
pub fn set_descriptor_blocking(t: &Thread, s: &Socket, blocking: bool) -> R<()> {
    let mut on = i32::from(!blocking);
    // SAFETY: an int of ours.
    system::check(t, unsafe { libc::ioctl(s.fd(), libc::FIONBIO, &mut on) })?;
    Ok(())
}

fn set(t: &Thread, s: &Socket, timeout: i64) -> R<()> {
    s.timeout.store(timeout, Relaxed);
    set_descriptor_blocking(t, s, timeout < 0)
}

/// A timeout in nanoseconds from seconds or `None`.
fn parse(t: &Thread, v: &Value) -> R<i64> {
    if v.is_none() {
        return Ok(ENDLESS);
    }
    let ns = duration(t, v, away_from_zero)?;
    if ns < 0 {
        return Err(t.value_error("Timeout value out of range"));
    }
    Ok(ns)
}

pub fn settimeout(t: &Thread, v: &Value, timeout: &Value) -> R {
    let timeout = parse(t, timeout)?;
    set(t, this(v), timeout)?;
    Ok(Value::NONE)
}

pub fn setblocking(t: &Thread, v: &Value, flag: &Value) -> R {
    let timeout = if protocol::truth(t, flag)? { ENDLESS } else { 0 };
    set(t, this(v), timeout)?;
    Ok(Value::NONE)
}

pub fn getblocking(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(this(v).timeout() != 0))
}

pub fn getdefaulttimeout(t: &Thread, _m: &Value) -> R {
    Ok(timeout_value(t, t.interp.state::<State>().default_timeout.load(Relaxed)))
}

pub fn setdefaulttimeout(t: &Thread, _m: &Value, timeout: &Value) -> R {
    let timeout = parse(t, timeout)?;
    t.interp.state::<State>().default_timeout.store(timeout, Relaxed);
    Ok(Value::NONE)
}

/// The longest value of an option that can be asked for.
const LONGEST: i32 = 1024;

pub fn getsockopt(t: &Thread, v: &Value, a: &[Value]) -> R {
    args::count(t, "getsockopt", a, 2, 3)?;
    let (level, name, length) = (int::arg_i32(t, &a[0])?, int::arg_i32(t, &a[1])?, args::int_or(t, a, 2, 0)?);
    let s = this(v);
    let mut value = [0u8; LONGEST as usize];
    let mut len = match length {
        0 if s.family() == libc::AF_VSOCK => 8,
        0 => 4,
        1..=LONGEST => length as libc::socklen_t,
        _ => return Err(system::os_error_text(t, "getsockopt buflen out of range")),
    };
    // SAFETY: room of that length.
    system::check(t, unsafe { libc::getsockopt(s.fd(), level, name, value.as_mut_ptr().cast(), &mut len) })?;
    let value = &value[..(len as usize).min(value.len())];
    if length != 0 {
        return Ok(Bytes::make(t, value));
    }
    let mut word = [0; 8];
    word[..value.len().min(8)].copy_from_slice(&value[..value.len().min(8)]);
    Ok(match s.family() {
        libc::AF_VSOCK => int::from_u64(t, u64::from_ne_bytes(word)),
        _ => Value::small(i32::from_ne_bytes([word[0], word[1], word[2], word[3]]).into()),
    })
}

pub fn setsockopt(t: &Thread, v: &Value, a: &[Value]) -> R {
    let fd = this(v).fd();
    if let [level, name, none, length] = a
        && none.is_none()
    {
        let (level, name) = (int::arg_i32(t, level)?, int::arg_i32(t, name)?);
        if !int::is_int(length) {
            args::count(t, "setsockopt", a, 3, 3)?;
        }
        let length = args::masked(t, length)? as libc::socklen_t;
        // SAFETY: no value, which the system is told.
        system::check(t, unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), length) })?;
        return Ok(Value::NONE);
    }
    args::count(t, "setsockopt", a, 3, 3)?;
    let (level, name) = (int::arg_i32(t, &a[0])?, int::arg_i32(t, &a[1])?);
    if this(v).family() == libc::AF_VSOCK
        && let Some(n) = int::as_u64(&a[2])
    {
        // Its options are wider.
        // SAFETY: a number of ours.
        system::check(t, unsafe { libc::setsockopt(fd, level, name, (&raw const n).cast(), 8) })?;
        return Ok(Value::NONE);
    }
    let number = int::as_i64(&a[2]);
    let answer = match number.and_then(|n| i32::try_from(n).ok()) {
        // SAFETY: an int of ours.
        Some(n) => unsafe { libc::setsockopt(fd, level, name, (&raw const n).cast(), 4) },
        None => {
            let value = buffer::bytes_like(t, &a[2])?;
            let length = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
            // SAFETY: the value has that length.
            unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), length) }
        }
    };
    system::check(t, answer)?;
    Ok(Value::NONE)
}
