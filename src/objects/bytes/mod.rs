//! `bytes`: an immutable array of bytes, inline.
//!
//! `bytes` and `bytearray` share most of their methods, which work on borrowed bytes ([`Own`]) and give a new
//! object of the receiver's kind: [`methods`], [`search`], [`hex`], [`percent`]. What differs stands in
//! [`slots`] here and in `bytearray`.

pub mod construct;
pub mod hex;
pub(super) mod methods;
pub mod percent;
pub(super) mod search;
pub(super) mod slots;

pub use construct::{from_iterable, from_object};
pub use slots::SPEC;

use super::alloc::alloc_sized;
use super::buffer::{self, BytesLike};
use super::bytearray::ByteArray;
use super::header::{Header, Kind};
use super::slots::R;
use super::string::out_of_memory;
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The payload of a `bytes`. The bytes follow it.
#[repr(C)]
pub struct Bytes {
    header: Header,
    /// The hash; -1 while it is unknown.
    hash: AtomicI64,
    len: usize,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Bytes` are made here or by `init_payload`.
unsafe impl Payload for Bytes {
    const KIND: Kind = Kind::Bytes;
}

impl Bytes {
    /// Size of a `bytes` of that length: a zero follows the bytes, so that C can read them where they are.
    pub const fn size_for(len: usize) -> usize {
        std::mem::size_of::<Bytes>() + len + 1
    }

    /// A `bytes` object with these bytes.
    pub fn make(t: &Thread, data: &[u8]) -> Value {
        Bytes::try_alloc(t, data.len(), |place| place.copy_from_slice(data)).unwrap_or_else(|_| out_of_memory())
    }

    /// Room for `len` bytes, filled by `fill`; `MemoryError` where the system has no such memory.
    pub fn try_alloc(t: &Thread, len: usize, fill: impl FnOnce(&mut [u8])) -> R {
        if len == 0 && !t.interp.empty_bytes.is_none() {
            return Ok(t.interp.empty_bytes.clone());
        }
        let size = Bytes::size_for(0).checked_add(len);
        let Some(memory) = size.and_then(|size| t.heap.0.allocate(size)) else { return Err(t.memory_error()) };
        // SAFETY: fresh memory of the right size, filled completely before anybody sees it.
        unsafe {
            Header::init(memory, t, Kind::Bytes as u8, 0, t.types().bytes.get());
            let this = memory as *mut Bytes;
            Bytes::init_payload(this, len);
            fill(std::slice::from_raw_parts_mut(Bytes::data_ptr(this), len));
            Ok(Value::from_header(memory))
        }
    }

    /// As [`Bytes::make`]; `MemoryError` where the system has no such memory.
    pub fn try_make(t: &Thread, data: &[u8]) -> R {
        Bytes::try_alloc(t, data.len(), |place| place.copy_from_slice(data))
    }

    /// A `bytes` object of class `class`, a subclass.
    pub fn in_class(t: &Thread, class: &Type, data: &[u8]) -> R {
        // SAFETY: everything behind the header is written.
        unsafe {
            alloc_sized(t, class, Bytes::size_for(data.len()), |memory| {
                let this = memory as *mut Bytes;
                Bytes::init_payload(this, data.len());
                std::ptr::copy_nonoverlapping(data.as_ptr(), Bytes::data_ptr(this), data.len());
            })
        }
    }

    /// # Safety
    /// `this` is memory for a `bytes` of that length ([`Bytes::size_for`]).
    pub(crate) unsafe fn init_payload(this: *mut Bytes, len: usize) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).hash).write(AtomicI64::new(-1));
            (&raw mut (*this).len).write(len);
            Bytes::data_ptr(this).add(len).write(0);
        }
    }

    /// # Safety
    /// `this` is a `bytes`' memory.
    pub(crate) unsafe fn data_ptr(this: *mut Bytes) -> *mut u8 {
        // SAFETY: the bytes follow the payload.
        unsafe { this.add(1) as *mut u8 }
    }

    /// The bytes.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes follow the payload; they never change.
        unsafe { std::slice::from_raw_parts((self as *const Bytes).add(1) as *const u8, self.len) }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The hash: that of the bytes, as for `str`.
    pub fn hash(&self, t: &Thread) -> i64 {
        match self.hash.load(Relaxed) {
            -1 => {
                let h = super::hash::bytes(t.interp.hash_key, self.as_slice());
                self.hash.store(h, Relaxed);
                h
            }
            h => h,
        }
    }
}

/// The bytes of a `bytes` or `bytearray` (or of an instance of a subclass); `None` for anything else.
pub fn bytes_or_bytearray<'a>(t: &Thread, v: &'a Value) -> Option<BytesLike<'a>> {
    match v.cast::<Bytes>() {
        Some(bytes) => Some(BytesLike::Bytes(bytes.as_slice())),
        None => v.cast::<ByteArray>().map(|array| BytesLike::Lent(array.lend(t))),
    }
}

/// The bytes of the `bytes` or `bytearray` that a method was called on. The bytes of an array stay where they
/// are while this lives.
pub(super) type Own<'a> = BytesLike<'a>;

pub(super) fn own<'a>(t: &Thread, v: &'a Value) -> Own<'a> {
    bytes_or_bytearray(t, v).expect("methods of `bytes` and `bytearray` get one")
}

/// A new object of the receiver's kind.
pub(super) fn like(t: &Thread, v: &Value, data: Vec<u8>) -> R {
    match v.cast::<ByteArray>() {
        Some(_) => Ok(ByteArray::make(t, data)),
        None => Bytes::try_make(t, &data),
    }
}

/// A part of the receiver, which for an exact `bytes` may be itself.
pub(super) fn part(t: &Thread, v: &Value, start: usize, end: usize) -> R {
    let bytes = own(t, v);
    match v.cast_exact::<Bytes>() {
        Some(b) if start == 0 && end == b.len() => Ok(v.clone()),
        _ if v.cast::<ByteArray>().is_some() => Ok(ByteArray::make(t, bytes[start..end].to_vec())),
        _ => Bytes::try_make(t, &bytes[start..end]),
    }
}

/// `bytes` or `bytearray`, for messages.
pub(super) fn kind_name(v: &Value) -> &'static str {
    if v.cast::<ByteArray>().is_some() { "bytearray" } else { "bytes" }
}

/// The `bytes` with the same contents as a bytes-like object: itself, if it is an exact `bytes`.
pub fn to_bytes(t: &Thread, v: &Value) -> R {
    match v.cast_exact::<Bytes>() {
        Some(_) => Ok(v.clone()),
        None => Bytes::try_make(t, &buffer::to_vec(t, v)?),
    }
}
