//! The buffer protocol (PEP 3118, PEP 688): an object lends out its memory.
//!
//! A [`Buffer`] says where the memory lies and how it is laid out. While it lives the exporter neither moves nor
//! frees that memory: `bytes` never does, a `bytearray` or `array` counts its exports and refuses to change its
//! size. What lies in the memory may change at any time, when Python code runs and, with the GIL off, by other
//! threads: nobody keeps a slice of it across a call into Python.
//!
//! Native code that wants bytes calls [`bytes_like`] (any contiguous exporter); what fills memory that belongs
//! to others calls [`writable`]. `memoryview` is the protocol as an object.

use super::bytearray::ByteArray;
use super::bytes::Bytes;
use super::slots::R;
use super::thread::{self, Thread};
use super::value::Value;
use std::borrow::Cow;

/// What the borrower asks for, numbered as in CPython (`inspect.BufferFlags`).
pub mod flags {
    pub const SIMPLE: u32 = 0;
    pub const WRITABLE: u32 = 1;
    pub const FORMAT: u32 = 4;
    pub const ND: u32 = 8;
    pub const STRIDES: u32 = 0x10 | ND;
    pub const C_CONTIGUOUS: u32 = 0x20 | STRIDES;
    pub const F_CONTIGUOUS: u32 = 0x40 | STRIDES;
    pub const ANY_CONTIGUOUS: u32 = 0x80 | STRIDES;
    pub const INDIRECT: u32 = 0x100 | STRIDES;
    pub const FULL: u32 = INDIRECT | WRITABLE | FORMAT;
    pub const FULL_RO: u32 = INDIRECT | FORMAT;
}

/// The shape of memory that is not one contiguous row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Items along each dimension.
    pub shape: Vec<usize>,
    /// Bytes from one item to the next along each dimension.
    pub strides: Vec<isize>,
}

impl Layout {
    /// Strides of an array in C order.
    pub fn in_order(shape: Vec<usize>, itemsize: usize) -> Layout {
        let mut strides = vec![0; shape.len()];
        let mut step = itemsize as isize;
        for (stride, n) in strides.iter_mut().zip(&shape).rev() {
            *stride = step;
            step *= *n as isize;
        }
        Layout { shape, strides }
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the items lie in C order without gaps.
    pub fn is_c_contiguous(&self, itemsize: usize) -> bool {
        self.is_dense(itemsize, (0..self.shape.len()).rev())
    }

    /// Whether the items lie in Fortran order without gaps.
    pub fn is_f_contiguous(&self, itemsize: usize) -> bool {
        self.is_dense(itemsize, 0..self.shape.len())
    }

    fn is_dense(&self, itemsize: usize, inner_first: impl Iterator<Item = usize>) -> bool {
        if self.items() == 0 {
            return true;
        }
        let mut step = itemsize as isize;
        for i in inner_first {
            if self.shape[i] > 1 && self.strides[i] != step {
                return false;
            }
            step *= self.shape[i] as isize;
        }
        true
    }
}

/// Gives the memory back to its exporter.
pub type Release = fn(&Thread, &Value, Option<&Value>);

/// Memory lent by an object, given back when this is dropped.
pub struct Buffer {
    /// Whose memory it is.
    pub obj: Value,
    ptr: *mut u8,
    len: usize,
    pub readonly: bool,
    /// Bytes of an item.
    pub itemsize: usize,
    /// What an item is, as `struct` writes it.
    pub format: Cow<'static, str>,
    /// `None` for one contiguous row of items.
    pub layout: Option<Box<Layout>>,
    release: Option<Release>,
    /// What the exporter wants to have back, such as the view that its `__buffer__` gave.
    extra: Option<Value>,
}

// SAFETY: the memory stays where it is while the buffer lives; what guards its contents is the exporter's.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A row of bytes.
    ///
    /// # Safety
    /// `len` bytes at `ptr` stay valid, for writing too unless `readonly`, until `release` is called; without
    /// one, for as long as `obj` lives.
    pub unsafe fn new(obj: Value, ptr: *mut u8, len: usize, readonly: bool, release: Option<Release>) -> Buffer {
        Buffer {
            obj: obj.into_owned(),
            ptr,
            len,
            readonly,
            itemsize: 1,
            format: "B".into(),
            layout: None,
            release,
            extra: None,
        }
    }

    /// The same memory as items of another format.
    pub fn with_format(mut self, itemsize: usize, format: impl Into<Cow<'static, str>>) -> Buffer {
        (self.itemsize, self.format) = (itemsize, format.into());
        self
    }

    /// Keeps something that the release is given.
    pub fn with_extra(mut self, extra: Value) -> Buffer {
        self.extra = Some(extra);
        self
    }

    /// The same memory, which has no gaps, as one row of bytes.
    pub fn flat(mut self) -> Buffer {
        self.layout = None;
        self.with_format(1, "B")
    }

    /// Forgets to give the memory back: the caller does so in another way.
    pub fn disarm(mut self) {
        self.release = None;
    }

    /// Where the first item lies.
    pub fn ptr(&self) -> *mut u8 {
        self.ptr
    }

    /// Bytes of all items.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Dimensions.
    pub fn shape(&self) -> Cow<'_, [usize]> {
        match &self.layout {
            Some(layout) => Cow::Borrowed(&layout.shape),
            None => Cow::Owned(vec![self.len / self.itemsize.max(1)]),
        }
    }

    /// Bytes between items, by dimension.
    pub fn strides(&self) -> Cow<'_, [isize]> {
        match &self.layout {
            Some(layout) => Cow::Borrowed(&layout.strides),
            None => Cow::Owned(vec![self.itemsize as isize]),
        }
    }

    /// Whether the items lie in C order without gaps.
    pub fn is_c_contiguous(&self) -> bool {
        self.layout.as_ref().is_none_or(|l| l.is_c_contiguous(self.itemsize))
    }

    /// The memory, if it has no gaps. See the chapter on what may happen to it meanwhile.
    pub fn as_slice(&self) -> Option<&[u8]> {
        // SAFETY: valid while the buffer lives.
        self.is_c_contiguous().then(|| unsafe { std::slice::from_raw_parts(self.ptr, self.len) })
    }

    /// The memory for writing, if that is allowed and it has no gaps.
    pub fn as_mut_slice(&mut self) -> Option<&mut [u8]> {
        // SAFETY: valid while the buffer lives, and writable.
        (self.is_c_contiguous() && !self.readonly)
            .then(|| unsafe { std::slice::from_raw_parts_mut(self.ptr, self.len) })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release(thread::current(), &self.obj, self.extra.as_ref());
        }
    }
}

/// Whether the object can lend out memory.
pub fn is_exporter(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().bf_get.is_some()
}

/// The object's memory as the flags ask for it; `TypeError` if it has none to lend.
pub fn get_with(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    match v.type_of(t).slots().bf_get {
        Some(f) => f(t, v, flags),
        None => Err(required(t, v)),
    }
}

/// `a bytes-like object is required, not 'X'`.
#[cold]
pub fn required(t: &Thread, v: &Value) -> super::slots::Raised {
    t.type_error(format!("a bytes-like object is required, not '{}'", v.type_of(t).name_str()))
}

/// The object's memory in whatever layout it has.
pub fn get(t: &Thread, v: &Value) -> R<Buffer> {
    get_with(t, v, flags::FULL_RO)
}

/// The object's memory as a contiguous row.
pub fn simple(t: &Thread, v: &Value) -> R<Buffer> {
    get_with(t, v, flags::SIMPLE)
}

/// The object's memory as a contiguous row, to be written to; `function` is for the error message
/// (`"readinto() argument"`).
pub fn writable(t: &Thread, v: &Value, function: &str) -> R<Buffer> {
    let error =
        || t.type_error(format!("{function} must be read-write bytes-like object, not {}", v.type_of(t).name_str()));
    if !is_exporter(t, v) {
        return Err(error());
    }
    match t.catch(get_with(t, v, flags::WRITABLE), |types| &types.buffer_error)? {
        Some(buffer) => Ok(buffer),
        None => Err(error()),
    }
}

/// The error of a request that the exporter's memory does not meet: what every exporter of plain rows checks.
pub fn check_request(t: &Thread, flags: u32, readonly: bool) -> R<()> {
    if readonly && flags & flags::WRITABLE != 0 {
        return Err(t.buffer_error("Object is not writable."));
    }
    Ok(())
}

/// The bytes of a bytes-like object: those of `bytes` as they stand, others lent.
pub enum BytesLike<'a> {
    Bytes(&'a [u8]),
    Lent(Buffer),
}

impl std::ops::Deref for BytesLike<'_> {
    type Target = [u8];
    #[inline(always)]
    fn deref(&self) -> &[u8] {
        match self {
            BytesLike::Bytes(bytes) => bytes,
            BytesLike::Lent(buffer) => buffer.as_slice().unwrap_or(&[]),
        }
    }
}

/// The bytes of a contiguous bytes-like object; `TypeError` for anything else.
pub fn bytes_like<'a>(t: &Thread, v: &'a Value) -> R<BytesLike<'a>> {
    match v.cast::<Bytes>() {
        Some(bytes) => Ok(BytesLike::Bytes(bytes.as_slice())),
        None => Ok(BytesLike::Lent(simple(t, v)?)),
    }
}

/// The bytes of a bytes-like object; `None` if it is none.
pub fn contiguous_bytes<'a>(t: &Thread, v: &'a Value) -> R<Option<BytesLike<'a>>> {
    if is_exporter(t, v) { bytes_like(t, v).map(Some) } else { Ok(None) }
}

/// The bytes that an object's memory holds, in C order, copied. Layouts with gaps are allowed.
pub fn to_vec(t: &Thread, v: &Value) -> R<Vec<u8>> {
    if let Some(array) = v.cast::<ByteArray>() {
        return Ok(array.snapshot(t));
    }
    let buffer = get(t, v)?;
    match buffer.as_slice() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Ok(super::memoryview::gather(&buffer)),
    }
}
