//! Messages with ancillary data: `recvmsg`, `sendmsg`, and the settings of the kernel's cryptography, which travel so.
//!
//! Ancillary data lies in a row of items, each with a header and aligned to words. The C library's macros walk over it;
//! here a [`Control`] does, which checks lengths before it looks.

use super::address::{self, Address};
use super::call::{For, answer, call, flags};
use super::{Socket, args, this};
use crate::modules::native_type::Signature;
use crate::modules::system::os_error_text;
use crate::objects::buffer::{self, Buffer};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::alloc::{Layout, alloc_zeroed};

/// Bytes of an item's header, aligned.
const HEADER: usize = size_of::<libc::cmsghdr>().next_multiple_of(size_of::<usize>());

/// Bytes of an item with so much data; `None` beyond what the system takes.
pub fn item_len(data: usize) -> Option<usize> {
    HEADER.checked_add(data).filter(|&n| n <= i32::MAX as usize)
}

/// Bytes that an item takes among others.
pub fn item_space(data: usize) -> Option<usize> {
    if data > i32::MAX as usize - HEADER - size_of::<usize>() {
        return None;
    }
    let aligned = data.checked_add(size_of::<usize>() - 1)? / size_of::<usize>() * size_of::<usize>();
    item_len(aligned)
}

/// A buffer of ancillary data, aligned for headers.
struct Control {
    words: Vec<usize>,
    len: usize,
}

impl Control {
    fn with_len(t: &Thread, len: usize) -> R<Control> {
        let count = len.div_ceil(size_of::<usize>());
        let Ok(layout) = Layout::array::<usize>(count.max(1)) else { return Err(t.memory_error()) };
        // Zeroed by the system, which gives the pages of a generous buffer only when they are used.
        // SAFETY: the layout is not empty.
        let place = unsafe { alloc_zeroed(layout) }.cast::<usize>();
        if place.is_null() {
            return Err(t.memory_error());
        }
        // SAFETY: memory of that layout, all of it zeroed.
        let words = unsafe { Vec::from_raw_parts(place, count.max(1), count.max(1)) };
        Ok(Control { words, len })
    }

    fn ptr(&mut self) -> *mut libc::c_void {
        self.words.as_mut_ptr().cast()
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the words are bytes, and no more are given than there are.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), self.words.len() * size_of::<usize>()) }
    }

    /// Writes an item behind what was written; where the next goes.
    fn put(&mut self, at: usize, level: i32, kind: i32, data: &[u8]) -> usize {
        let header = libc::cmsghdr { cmsg_len: HEADER + data.len(), cmsg_level: level, cmsg_type: kind };
        let place = &mut self.bytes()[at..];
        // SAFETY: the caller made room for the header and the data; it is plain data.
        unsafe { place.as_mut_ptr().cast::<libc::cmsghdr>().write_unaligned(header) };
        place[HEADER..HEADER + data.len()].copy_from_slice(data);
        at + HEADER + data.len().next_multiple_of(size_of::<usize>())
    }

    /// The items that the system wrote into the first `used` bytes: `(level, type, data)`.
    fn items(&mut self, t: &Thread, used: usize) -> R<Vec<Value>> {
        let used = used.min(self.len);
        let (mut at, mut found) = (0, Vec::new());
        while used.saturating_sub(at) >= size_of::<libc::cmsghdr>() {
            // SAFETY: the header lies within the bytes.
            let header: libc::cmsghdr = unsafe { self.bytes()[at..].as_ptr().cast::<libc::cmsghdr>().read_unaligned() };
            if header.cmsg_len < HEADER {
                break;
            }
            // What does not fit was cut off.
            let end = at.saturating_add(header.cmsg_len).min(used);
            let data = self.bytes().get(at + HEADER..end).unwrap_or(&[]);
            let data = Bytes::try_make(t, data)?;
            let (level, kind) = (Value::small(header.cmsg_level.into()), Value::small(header.cmsg_type.into()));
            found.push(t.tuple([level, kind, data]));
            at = at.saturating_add(header.cmsg_len.next_multiple_of(size_of::<usize>()));
        }
        Ok(found)
    }
}

/// Receives into the memory that `vectors` describe: what came, ancillary data, flags, sender.
fn receive(t: &Thread, s: &Socket, vectors: &mut [libc::iovec], room: isize, wanted: i32) -> R<(usize, [Value; 3])> {
    let Some(room) = usize::try_from(room).ok().filter(|&n| n <= i32::MAX as usize) else {
        return Err(t.value_error("invalid ancillary data buffer length"));
    };
    address::check_family(t, s)?;
    let mut control = Control::with_len(t, room)?;
    let wanted = flags(t, wanted);
    let (n, used, got, sender) = call(t, s, For::Reading, || {
        let mut sender = Address::EMPTY;
        let (place, len) = sender.out();
        // SAFETY: plain data.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        // SAFETY: the length was just written.
        message.msg_namelen = unsafe { *len };
        message.msg_name = place.cast();
        message.msg_iov = vectors.as_mut_ptr();
        message.msg_iovlen = vectors.len() as _;
        if room > 0 {
            message.msg_control = control.ptr();
            message.msg_controllen = room as _;
        }
        // SAFETY: everything the message points to has the length it says, and stays where it is.
        let n = answer(unsafe { libc::recvmsg(s.fd(), &mut message, wanted) })?;
        Ok((n, message.msg_controllen as usize, message.msg_flags, sender.with_len(message.msg_namelen as usize)))
    })?;
    let items = List::make(t, control.items(t, used)?);
    let sender = address::make(t, s.fd(), s.proto(), &sender)?;
    Ok((n, [items, Value::small(got.into()), sender]))
}

/// `([ancbufsize[, flags]])` behind the first argument.
fn room_and_flags(t: &Thread, a: &[Value]) -> R<(isize, i32)> {
    Ok((a.get(1).map_or(Ok(0), |v| int::arg_isize(t, v))?, args::int_or(t, a, 2, 0)?))
}

pub fn recvmsg(t: &Thread, v: &Value, a: &[Value]) -> R {
    args::count(t, "recvmsg", a, 1, 3)?;
    let length = int::arg_isize(t, &a[0])?;
    let (room, wanted) = room_and_flags(t, a)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(t.value_error("negative buffer size in recvmsg()"));
    };
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(length).is_err() {
        return Err(t.memory_error());
    }
    let mut vector = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: length };
    let (n, rest) = receive(t, this(v), std::slice::from_mut(&mut vector), room, wanted)?;
    // SAFETY: the call filled so many.
    unsafe { data.set_len(n.min(length)) };
    let [items, got, sender] = rest;
    Ok(t.tuple([Bytes::try_make(t, &data)?, items, got, sender]))
}

/// The items of an iterable argument, with CPython's word for what is none.
fn iterable(t: &Thread, v: &Value, message: &str) -> R<Vec<Value>> {
    match v.type_of(t).slots().iter.is_some() || protocol::is_sequence(t, v) {
        true => protocol::collect(t, v),
        false => Err(t.type_error(message)),
    }
}

/// Vectors over borrowed memory.
fn vectors<'a>(memory: impl Iterator<Item = &'a Buffer>) -> Vec<libc::iovec> {
    memory.map(|b| libc::iovec { iov_base: b.ptr().cast(), iov_len: b.len() }).collect()
}

pub fn recvmsg_into(t: &Thread, v: &Value, a: &[Value]) -> R {
    args::count(t, "recvmsg_into", a, 1, 3)?;
    let (room, wanted) = room_and_flags(t, a)?;
    let targets = iterable(t, &a[0], "recvmsg_into() argument 1 must be an iterable")?;
    let mut memory = Vec::with_capacity(targets.len());
    for target in &targets {
        let message = "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers";
        let wrong = |_| t.type_error(message);
        if !buffer::is_exporter(t, target) {
            return Err(wrong(()));
        }
        match t.catch(buffer::get_with(t, target, buffer::flags::WRITABLE), |types| &types.buffer_error)? {
            Some(buffer) => memory.push(buffer),
            None => return Err(wrong(())),
        }
    }
    let mut places = vectors(memory.iter());
    let (n, [items, got, sender]) = receive(t, this(v), &mut places, room, wanted)?;
    Ok(t.tuple([int::from_usize(t, n), items, got, sender]))
}

/// An item of ancillary data to be sent.
fn ancillary(t: &Thread, v: &Value) -> R<(i32, i32, Vec<u8>)> {
    const NAME: &str = "[sendmsg() ancillary data items]()";
    let Some(tuple) = v.cast::<Tuple>() else {
        let given = crate::objects::sequence_args::none_or_type(t, v);
        return Err(t.type_error(format!("{NAME} argument must be 3-item tuple, not {given}")));
    };
    let [level, kind, data] = tuple.items() else {
        return Err(t.type_error(format!("{NAME} argument must be tuple of length 3, not {}", tuple.len())));
    };
    let (level, kind) = (int::arg_i32(t, level)?, int::arg_i32(t, kind)?);
    Ok((level, kind, buffer::bytes_like(t, data)?.to_vec()))
}

/// Ancillary data as the system wants it.
fn control(t: &Thread, items: &[(i32, i32, Vec<u8>)]) -> R<Control> {
    let mut len = 0usize;
    for (_, _, data) in items {
        let Some(space) = item_space(data.len()) else {
            return Err(os_error_text(t, "ancillary data item too large"));
        };
        len = match len.checked_add(space).filter(|&n| n <= i32::MAX as usize) {
            Some(len) => len,
            None => return Err(os_error_text(t, "too much ancillary data")),
        };
    }
    let mut control = Control::with_len(t, len)?;
    let mut at = 0;
    for (level, kind, data) in items {
        at = control.put(at, *level, *kind, data);
    }
    Ok(control)
}

/// Borrows the memory of everything that is to be sent.
fn outgoing(t: &Thread, data: &Value) -> R<Vec<Buffer>> {
    let parts = iterable(t, data, "sendmsg() argument 1 must be an iterable")?;
    parts.iter().map(|part| buffer::simple(t, part)).collect()
}

/// Sends a message.
fn send(t: &Thread, s: &Socket, data: &[Buffer], mut control: Control, target: Option<&Address>, wanted: i32) -> R {
    let mut places = vectors(data.iter());
    // SAFETY: plain data.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    if let Some(target) = target {
        message.msg_name = target.ptr().cast_mut().cast();
        message.msg_namelen = target.len();
    }
    message.msg_iov = places.as_mut_ptr();
    message.msg_iovlen = places.len() as _;
    if control.len > 0 {
        message.msg_control = control.ptr();
        message.msg_controllen = control.len as _;
    }
    let wanted = flags(t, wanted);
    // SAFETY: everything the message points to has the length it says, and stays where it is.
    let n = call(t, s, For::Writing, || answer(unsafe { libc::sendmsg(s.fd(), &message, wanted) }))?;
    Ok(int::from_usize(t, n))
}

pub fn sendmsg(t: &Thread, v: &Value, a: &[Value]) -> R {
    args::count(t, "sendmsg", a, 1, 4)?;
    let s = this(v);
    let wanted = args::int_or(t, a, 2, 0)?;
    let target = match a.get(3) {
        Some(target) if !target.is_none() => {
            let address = address::parse(t, s, target, "sendmsg")?;
            crate::modules::sys::audit::audit(t, "socket.sendmsg", &[v.clone(), target.clone()])?;
            Some(address)
        }
        _ => None,
    };
    let data = outgoing(t, &a[0])?;
    let items = match a.get(1) {
        Some(items) => iterable(t, items, "sendmsg() argument 2 must be an iterable")?,
        None => Vec::new(),
    };
    let items = items.iter().map(|item| ancillary(t, item)).collect::<R<Vec<_>>>()?;
    send(t, s, &data, control(t, &items)?, target.as_ref(), wanted)
}

pub fn sendmsg_afalg(t: &Thread, v: &Value, a: Args<'_>) -> R {
    static SIGNATURE: Signature =
        Signature::new("sendmsg_afalg", "(msg=None, *, op=-1, iv=None, assoclen=-1, flags=0)");
    let s = this(v);
    if s.family() != libc::AF_ALG {
        return Err(os_error_text(t, "algset is only supported for AF_ALG"));
    }
    let [data, op, iv, associated, wanted] = SIGNATURE.bind::<5>(t, a)?;
    let data = data.map_or(Ok(Vec::new()), |data| outgoing(t, &data))?;
    let number = |v: &Option<Value>, what: &str| match v {
        Some(v) => match int::arg_i32(t, v)? {
            n if n < 0 => Err(t.type_error(format!("{what} must be >= 0"))),
            n => Ok(Some(n)),
        },
        None => Ok(None),
    };
    let Some(op) = number(&op, "op")? else { return Err(t.type_error("Invalid or missing argument 'op'")) };
    let iv = iv.as_ref().map(|iv| buffer::bytes_like(t, iv)).transpose()?;
    let associated = number(&associated, "assoclen")?;
    let wanted = wanted.map_or(Ok(libc::MSG_MORE), |f| int::arg_i32(t, &f))?;
    let mut items = vec![(libc::SOL_ALG, libc::ALG_SET_OP, op.to_ne_bytes().to_vec())];
    if let Some(iv) = iv {
        let mut bytes = (iv.len() as u32).to_ne_bytes().to_vec();
        bytes.extend_from_slice(&iv);
        items.push((libc::SOL_ALG, libc::ALG_SET_IV, bytes));
    }
    if let Some(n) = associated {
        items.push((libc::SOL_ALG, libc::ALG_SET_AEAD_ASSOCLEN, n.to_ne_bytes().to_vec()));
    }
    send(t, s, &data, control(t, &items)?, None, wanted)
}
