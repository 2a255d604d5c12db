//! `bytearray`: bytes that change.
//!
//! The bytes lie in a `Vec` whose first `start` bytes have been deleted: taking bytes off the front, as stream
//! readers do, costs nothing. While the memory is lent out (`exports`) its size does not change.

mod edit;
mod methods;
mod slots;

pub use slots::SPEC;

use crate::objects::buffer::Buffer;
use crate::objects::header::{Header, Kind};
use crate::objects::native::allocate;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// The bytes of a `bytearray`.
#[derive(Default)]
pub struct Content {
    all: Vec<u8>,
    start: usize,
}

impl Content {
    /// The bytes.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        &self.all[self.start..]
    }

    /// The bytes, to be changed in place.
    #[inline(always)]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.all[self.start..]
    }

    pub fn len(&self) -> usize {
        self.all.len() - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Deletes bytes at the front.
    fn drop_front(&mut self, count: usize) {
        self.start += count;
        // Move the rest down once more than half is waste: each byte is then moved once at most.
        if self.start > self.all.len() / 2 {
            self.compact();
        }
    }

    /// Moves the bytes to the start of the memory.
    fn compact(&mut self) {
        if self.start > 0 {
            self.all.drain(..self.start);
            self.start = 0;
        }
    }

    /// The bytes as a vector, to be changed in any way.
    pub fn vec(&mut self) -> &mut Vec<u8> {
        self.compact();
        &mut self.all
    }

    /// Room for more bytes at the end; whether there is.
    #[must_use]
    fn reserve(&mut self, more: usize) -> bool {
        self.all.try_reserve(more).is_ok()
    }
}

/// The payload of a `bytearray`.
#[repr(C)]
pub struct ByteArray {
    header: Header,
    /// Buffers lent out.
    exports: AtomicUsize,
    content: UnsafeCell<Content>,
}

// SAFETY: `repr(C)`, header first; all objects of the kind are made here.
unsafe impl Payload for ByteArray {
    const KIND: Kind = Kind::ByteArray;
}

impl ByteArray {
    /// A `bytearray` of these bytes.
    pub fn make(t: &Thread, bytes: Vec<u8>) -> Value {
        // SAFETY: every field is written.
        unsafe {
            allocate::<ByteArray>(t, Kind::ByteArray, t.types().bytearray.get(), 0, |this| {
                ByteArray::init_payload(this, bytes)
            })
        }
    }

    /// As [`ByteArray::make`], of a class that may be a subclass.
    pub fn make_in(t: &Thread, class: &Type, bytes: Vec<u8>) -> R {
        // SAFETY: every field is written.
        unsafe {
            crate::objects::container::allocate_in::<ByteArray>(t, class, |this| ByteArray::init_payload(this, bytes))
        }
    }

    /// # Safety
    /// `this` is memory for a `bytearray`.
    unsafe fn init_payload(this: *mut ByteArray, bytes: Vec<u8>) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).exports).write(AtomicUsize::new(0));
            (&raw mut (*this).content).write(UnsafeCell::new(Content { all: bytes, start: 0 }));
        }
    }

    /// Runs `f` on the bytes, alone. It runs no Python code and does not change their number.
    #[inline(always)]
    pub fn with<T>(&self, t: &Thread, f: impl FnOnce(&mut Content) -> T) -> T {
        let _guard = t.lock(&self.header);
        // SAFETY: the GIL or the object's lock is held, and `f` calls nothing that could come back here.
        f(unsafe { &mut *self.content.get() })
    }

    /// Runs `f`, which may change the number of bytes; `BufferError` while they are lent out.
    pub fn resize_with<T>(&self, t: &Thread, f: impl FnOnce(&mut Content) -> T) -> R<T> {
        let done = self.with(t, |content| (self.exports.load(Relaxed) == 0).then(|| f(content)));
        done.ok_or_else(|| t.buffer_error("Existing exports of data: object cannot be re-sized"))
    }

    /// A copy of the bytes.
    pub fn snapshot(&self, t: &Thread) -> Vec<u8> {
        self.with(t, |content| content.as_slice().to_vec())
    }

    pub fn len(&self, t: &Thread) -> usize {
        self.with(t, |content| content.len())
    }

    /// Lends the bytes out.
    pub fn lend(&self, t: &Thread) -> Buffer {
        let (ptr, len) = self.with(t, |content| {
            self.exports.fetch_add(1, Relaxed);
            (content.as_mut_slice().as_mut_ptr(), content.len())
        });
        // SAFETY: the bytes do not move while there are exports.
        unsafe { Buffer::new(self.value(), ptr, len, false, Some(give_back)) }
    }

    /// # Safety
    /// The object is dead.
    unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut ByteArray)).content) };
    }
}

fn give_back(t: &Thread, v: &Value, _: Option<&Value>) {
    if let Some(array) = v.cast::<ByteArray>() {
        let _guard = t.lock(&array.header);
        array.exports.fetch_sub(1, Relaxed);
    }
}
