//! `bytes`: an immutable array of bytes, inline.

use super::header::{Header, Kind};
use super::slots::R;
use super::string::out_of_memory;
use super::thread::Thread;
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
    /// Size of a `bytes` of that length.
    pub const fn size_for(len: usize) -> usize {
        std::mem::size_of::<Bytes>() + len
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
        let size = std::mem::size_of::<Bytes>().checked_add(len);
        let Some(memory) = size.and_then(|size| t.heap.0.allocate(size)) else { return Err(t.memory_error()) };
        // SAFETY: fresh memory of the right size, filled completely before anybody sees it.
        unsafe {
            Header::init(memory, t.tid(), Kind::Bytes as u8, 0, t.types().bytes.get());
            let this = memory as *mut Bytes;
            Bytes::init_payload(this, len);
            fill(std::slice::from_raw_parts_mut(Bytes::data_ptr(this), len));
            Ok(Value::from_header(memory))
        }
    }

    /// # Safety
    /// `this` is memory for a `bytes` of that length.
    pub(crate) unsafe fn init_payload(this: *mut Bytes, len: usize) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).hash).write(AtomicI64::new(-1));
            (&raw mut (*this).len).write(len);
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

/// The bytes of a `bytes` or `bytearray`.
pub fn bytes_or_bytearray(_t: &Thread, v: &Value) -> Option<Vec<u8>> {
    v.cast::<Bytes>().map(|b| b.as_slice().to_vec())
}

/// `bytes(source)` without the conversion of ints.
pub fn from_object(t: &Thread, v: &Value) -> R {
    if v.cast_exact::<Bytes>().is_some() {
        return Ok(v.clone());
    }
    let mut data = Vec::new();
    super::protocol::for_each(t, v, |item| {
        data.push(super::int::as_i64(&item).unwrap_or(0) as u8);
        Ok(())
    })?;
    Ok(Bytes::make(t, &data))
}
