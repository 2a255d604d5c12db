//! Data in and out: `recv`, `send` and their kin.

use super::address::{self, Address};
use super::call::{For, answer, call, call_within, flags};
use super::{Socket, args, this};
use crate::modules::native_type::Signature;
use crate::objects::buffer::{self, Buffer};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Memory for `length` bytes that a call will fill.
fn room(t: &Thread, length: isize) -> R<Vec<u8>> {
    let mut data = Vec::new();
    match data.try_reserve_exact(length as usize) {
        Ok(()) => Ok(data),
        Err(_) => Err(t.memory_error()),
    }
}

/// `(bufsize[, flags])`.
fn sized(t: &Thread, name: &str, a: &[Value]) -> R<(isize, i32)> {
    args::count(t, name, a, 1, 2)?;
    let (length, wanted) = (int::arg_isize(t, &a[0])?, args::int_or(t, a, 1, 0)?);
    if length < 0 {
        return Err(t.value_error(format!("negative buffersize in {name}")));
    }
    Ok((length, wanted))
}

/// Receives into memory of ours or borrowed.
fn receive(t: &Thread, s: &Socket, place: *mut u8, length: usize, wanted: i32) -> R<usize> {
    if length == 0 {
        return Ok(0);
    }
    let wanted = flags(t, wanted);
    // SAFETY: the place has that room; it stays where it is meanwhile.
    call(t, s, For::Reading, || answer(unsafe { libc::recv(s.fd(), place.cast(), length, wanted) }))
}

/// As [`receive`], with the sender's address.
fn receive_from(t: &Thread, s: &Socket, place: *mut u8, length: usize, wanted: i32) -> R<(usize, Value)> {
    address::check_family(t, s)?;
    let wanted = flags(t, wanted);
    let (n, sender) = call(t, s, For::Reading, || {
        let mut sender = Address::EMPTY;
        let (address, len) = sender.out();
        // SAFETY: the place has that room, as has the address.
        let n = answer(unsafe { libc::recvfrom(s.fd(), place.cast(), length, wanted, address, len) })?;
        Ok((n, sender))
    })?;
    Ok((n, address::make(t, s.fd(), s.proto(), &sender)?))
}

pub fn recv(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (length, wanted) = sized(t, "recv", a)?;
    let mut data = room(t, length)?;
    let n = receive(t, this(v), data.as_mut_ptr(), length as usize, wanted)?;
    // SAFETY: the call filled `n` bytes.
    unsafe { data.set_len(n) };
    Bytes::try_make(t, &data)
}

pub fn recvfrom(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (length, wanted) = sized(t, "recvfrom", a)?;
    let mut data = room(t, length)?;
    let (n, sender) = receive_from(t, this(v), data.as_mut_ptr(), length as usize, wanted)?;
    // SAFETY: the call filled `n` bytes, of which there may have been more (`MSG_TRUNC`).
    unsafe { data.set_len(n.min(length as usize)) };
    Ok(t.tuple([Bytes::try_make(t, &data)?, sender]))
}

/// `(buffer[, nbytes[, flags]])`: memory to be filled, how much of it, and the flags.
fn target(t: &Thread, name: &str, too_small: &str, bound: [Option<Value>; 3]) -> R<(Buffer, usize, i32)> {
    let [target, nbytes, wanted] = bound;
    let target = target.unwrap_or(Value::NONE);
    let memory = buffer::writable(t, &target, &format!("{name}() argument 1"))?;
    let nbytes = nbytes.map_or(Ok(0), |n| int::arg_isize(t, &n))?;
    let wanted = wanted.map_or(Ok(0), |f| int::arg_i32(t, &f))?;
    match usize::try_from(nbytes) {
        Err(_) => Err(t.value_error(format!("negative buffersize in {name}"))),
        Ok(n) if n > memory.len() => Err(t.value_error(too_small)),
        Ok(0) => Ok((memory.len(), wanted)).map(|(n, wanted)| (memory, n, wanted)),
        Ok(n) => Ok((memory, n, wanted)),
    }
}

pub fn recv_into(t: &Thread, v: &Value, a: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("recv_into", "(buffer, nbytes=0, flags=0)");
    let (memory, n, wanted) =
        target(t, "recv_into", "buffer too small for requested bytes", SIGNATURE.bind::<3>(t, a)?)?;
    Ok(int::from_usize(t, receive(t, this(v), memory.ptr(), n, wanted)?))
}

pub fn recvfrom_into(t: &Thread, v: &Value, a: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("recvfrom_into", "(buffer, nbytes=0, flags=0)");
    let (memory, n, wanted) =
        target(t, "recvfrom_into", "nbytes is greater than the length of the buffer", SIGNATURE.bind::<3>(t, a)?)?;
    let (n, sender) = receive_from(t, this(v), memory.ptr(), n, wanted)?;
    Ok(t.tuple([int::from_usize(t, n), sender]))
}

/// `(data[, flags])` of a sending function; the data is looked at first.
fn outgoing(t: &Thread, name: &str, a: &[Value]) -> R<i32> {
    args::count(t, name, a, 1, 2)?;
    if !buffer::is_exporter(t, &a[0]) {
        return Err(buffer::required(t, &a[0]));
    }
    Ok(flags(t, args::int_or(t, a, 1, 0)?))
}

pub fn send(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (s, wanted) = (this(v), outgoing(t, "send", a)?);
    let data = buffer::bytes_like(t, &a[0])?;
    let (place, length) = (data.as_ptr(), data.len());
    // SAFETY: the data has that length and stays where it is.
    let n = call(t, s, For::Writing, || answer(unsafe { libc::send(s.fd(), place.cast(), length, wanted) }))?;
    Ok(int::from_usize(t, n))
}

pub fn sendall(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (s, wanted) = (this(v), outgoing(t, "sendall", a)?);
    let data = buffer::bytes_like(t, &a[0])?;
    let (mut place, mut length) = (data.as_ptr(), data.len());
    let timeout = s.timeout();
    let deadline = t.interp.scheduler.now().saturating_add(timeout.max(0) as u64);
    loop {
        // The timeout is for all of it.
        let left = match timeout {
            1.. => match deadline.saturating_sub(t.interp.scheduler.now()) {
                0 => return Err(super::call::Failure::TimedOut.raise(t)),
                left => left as i64,
            },
            _ => timeout,
        };
        // SAFETY: the data has that length and stays where it is.
        let n = call_within(t, s, For::Writing, left, || {
            answer(unsafe { libc::send(s.fd(), place.cast(), length, wanted) })
        })?;
        length -= n;
        if length == 0 {
            return Ok(Value::NONE);
        }
        // SAFETY: `n` is at most the length there was.
        place = unsafe { place.add(n) };
        if t.sched.breaker.has(crate::sync::bit::SIGNALS_PENDING) {
            crate::vm::breaker::handle(t)?;
        }
    }
}

pub fn sendto(t: &Thread, v: &Value, a: &[Value]) -> R {
    let s = this(v);
    let (data, wanted, target) = match a {
        [data, target] => (data, None, target),
        [data, wanted, target] => (data, Some(wanted), target),
        _ => return Err(t.type_error(format!("sendto() takes 2 or 3 arguments ({} given)", a.len()))),
    };
    if !buffer::is_exporter(t, data) {
        return Err(buffer::required(t, data));
    }
    let wanted = flags(t, wanted.map_or(Ok(0), |f| int::arg_i32(t, f))?);
    let address = address::parse(t, s, target, "sendto")?;
    crate::modules::sys::audit::audit(t, "socket.sendto", &[v.clone(), target.clone()])?;
    let data = buffer::bytes_like(t, data)?;
    let (place, length) = (data.as_ptr(), data.len());
    let n = call(t, s, For::Writing, || {
        // SAFETY: the data has that length and stays where it is; the address is ours.
        answer(unsafe { libc::sendto(s.fd(), place.cast(), length, wanted, address.ptr(), address.len()) })
    })?;
    Ok(int::from_usize(t, n))
}
