//! `memoryview`: memory that another object has lent, as an object.
//!
//! Views made from one another (slices, casts) share one [`Buffer`]; it goes back to its exporter when the last
//! of them is released. A view that was released refuses everything; what works on a view holds the buffer
//! meanwhile ([`Held`]), so that Python code called in between cannot take the memory away.

mod cast;
mod items;
mod methods;
mod slots;

pub use slots::SPEC;

use super::buffer::{self, Buffer, Layout};
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slots::R;
use super::thread::Thread;
use super::value::{Payload, Value};
use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::*};

/// Which part of the memory a view shows, and as what.
#[derive(Clone)]
pub struct Shown {
    ptr: *mut u8,
    /// Bytes of all items.
    len: usize,
    itemsize: usize,
    readonly: bool,
    format: Cow<'static, str>,
    layout: Layout,
}

/// The payload of a `memoryview`.
#[repr(C)]
pub struct MemoryView {
    header: Header,
    /// Empty once released.
    buffer: UnsafeCell<Option<Arc<Buffer>>>,
    shown: Shown,
    /// Buffers that the view itself has lent out.
    exports: AtomicUsize,
    hash: AtomicI64,
}

// SAFETY: `repr(C)`, header first; all objects of the kind are made here.
unsafe impl Payload for MemoryView {
    const KIND: Kind = Kind::MemoryView;
}

/// A view whose memory stays while this lives.
pub struct Held<'a> {
    shown: &'a Shown,
    buffer: Arc<Buffer>,
}

impl std::ops::Deref for Held<'_> {
    type Target = Shown;
    fn deref(&self) -> &Shown {
        self.shown
    }
}

impl MemoryView {
    /// A view of a whole buffer.
    pub fn of_buffer(t: &Thread, buffer: Buffer) -> Value {
        let layout = match &buffer.layout {
            Some(layout) => (**layout).clone(),
            None => Layout { shape: buffer.shape().into_owned(), strides: buffer.strides().into_owned() },
        };
        let shown = Shown {
            ptr: buffer.ptr(),
            len: buffer.len(),
            itemsize: buffer.itemsize,
            readonly: buffer.readonly,
            format: buffer.format.clone(),
            layout,
        };
        MemoryView::make(t, Arc::new(buffer), shown)
    }

    fn make(t: &Thread, buffer: Arc<Buffer>, shown: Shown) -> Value {
        // SAFETY: every field is written.
        unsafe {
            allocate::<MemoryView>(t, Kind::MemoryView, t.types().memoryview.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).buffer).write(UnsafeCell::new(Some(buffer)));
                (&raw mut (*this).shown).write(shown);
                (&raw mut (*this).exports).write(AtomicUsize::new(0));
                (&raw mut (*this).hash).write(AtomicI64::new(-1));
            })
        }
    }

    /// `memoryview(object)`.
    pub fn of_object(t: &Thread, object: &Value, flags: u32) -> R {
        if let Some(view) = object.cast::<MemoryView>() {
            let held = view.hold(t)?;
            return Ok(MemoryView::make(t, held.buffer.clone(), view.shown.clone()));
        }
        if !buffer::is_exporter(t, object) {
            return Err(t.type_error(format!(
                "memoryview: a bytes-like object is required, not '{}'",
                object.type_of(t).name_str()
            )));
        }
        Ok(MemoryView::of_buffer(t, buffer::get_with(t, object, flags)?))
    }

    fn current(&self, t: &Thread) -> Option<Arc<Buffer>> {
        let _guard = t.lock(&self.header);
        // SAFETY: the GIL or the lock is held; cloning an `Arc` runs no Python code.
        unsafe { (*self.buffer.get()).clone() }
    }

    /// The view with its memory held; `ValueError` if it was released.
    pub fn hold(&self, t: &Thread) -> R<Held<'_>> {
        match self.current(t) {
            Some(buffer) => Ok(Held { shown: &self.shown, buffer }),
            None => Err(t.value_error("operation forbidden on released memoryview object")),
        }
    }

    /// Gives the memory back; `BufferError` while the view itself has lent it out.
    pub fn release(&self, t: &Thread) -> R<()> {
        let exports = self.exports.load(Relaxed);
        if exports > 0 {
            let s = if exports == 1 { "" } else { "s" };
            return Err(t.buffer_error(format!("memoryview has {exports} exported buffer{s}")));
        }
        let taken = {
            let _guard = t.lock(&self.header);
            // SAFETY: as in `current`.
            unsafe { (*self.buffer.get()).take() }
        };
        drop(taken);
        Ok(())
    }

    /// # Safety
    /// The object is dead.
    unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it; both fields are dropped once.
        unsafe {
            let this = this as *mut MemoryView;
            std::ptr::drop_in_place(&raw mut (*this).buffer);
            std::ptr::drop_in_place(&raw mut (*this).shown);
        }
    }

    fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        let Some(view) = value.cast::<MemoryView>() else { return };
        // SAFETY: the world is stopped. A buffer with several views is not shown: its one reference to the
        // exporter would be counted more than once.
        if let Some(buffer) = unsafe { &*view.buffer.get() }
            && Arc::strong_count(buffer) == 1
        {
            visit(&buffer.obj);
        }
    }

    fn clear_refs(t: &Thread, value: &Value) {
        if let Some(view) = value.cast::<MemoryView>()
            && view.exports.load(Relaxed) == 0
        {
            // Without exports it cannot fail.
            let _ = view.release(t);
        }
    }
}

impl Shown {
    fn ndim(&self) -> usize {
        self.layout.shape.len()
    }

    /// The item's place at these indices, which are in range.
    fn place(&self, indices: &[usize]) -> *mut u8 {
        let offset: isize = indices.iter().zip(&self.layout.strides).map(|(&i, stride)| i as isize * stride).sum();
        // SAFETY: within the memory, as the layout says.
        unsafe { self.ptr.offset(offset) }
    }

    /// The places of all items in C order, or in Fortran order.
    fn places(&self, fortran: bool) -> Vec<*mut u8> {
        let mut out = Vec::with_capacity(self.layout.items());
        let mut indices = vec![0; self.ndim()];
        for _ in 0..self.layout.items() {
            out.push(self.place(&indices));
            let mut advance = |i: usize| {
                indices[i] += 1;
                let done = indices[i] < self.layout.shape[i];
                if !done {
                    indices[i] = 0;
                }
                done
            };
            if fortran {
                (0..self.ndim()).any(&mut advance)
            } else {
                (0..self.ndim()).rev().any(&mut advance)
            };
        }
        out
    }

    /// The bytes in C order, copied.
    fn to_vec(&self, fortran: bool) -> Vec<u8> {
        let dense = match fortran {
            false => self.layout.is_c_contiguous(self.itemsize),
            true => self.layout.is_f_contiguous(self.itemsize),
        };
        if dense {
            // SAFETY: the memory is valid while the view is held, and has no gaps.
            return unsafe { std::slice::from_raw_parts(self.ptr, self.len) }.to_vec();
        }
        let mut out = Vec::with_capacity(self.len);
        for place in self.places(fortran) {
            // SAFETY: an item lies at every place.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(place, self.itemsize) });
        }
        out
    }
}

/// The bytes of a buffer with gaps, in C order.
pub fn gather(buffer: &Buffer) -> Vec<u8> {
    let layout = Layout { shape: buffer.shape().into_owned(), strides: buffer.strides().into_owned() };
    let (ptr, len, itemsize) = (buffer.ptr(), buffer.len(), buffer.itemsize);
    Shown { ptr, len, itemsize, readonly: true, format: "B".into(), layout }.to_vec(false)
}

/// What a class's `__buffer__` gave: its memory is the object's.
pub fn lent_by_class(t: &Thread, object: &Value, view: Value, flags: u32) -> R<Buffer> {
    if view.cast::<MemoryView>().is_none() {
        return Err(t.type_error("__buffer__ returned non-memoryview object"));
    }
    let inner = slots::lend(t, &view, flags)?;
    // SAFETY: the view keeps the memory until it is released, which `take_back` does.
    let outer = unsafe { Buffer::new(object.clone(), inner.ptr(), inner.len(), inner.readonly, Some(take_back)) };
    let mut outer = outer.with_format(inner.itemsize, inner.format.clone()).with_extra(view);
    outer.layout = inner.layout.clone();
    // The view counts as lent out until `take_back`.
    inner.disarm();
    Ok(outer)
}

/// Tells a class that its buffer is no longer used, and releases the view it came in.
fn take_back(t: &Thread, object: &Value, view: Option<&Value>) {
    let Some(view) = view else { return };
    slots::give_back(t, view, None);
    let raised = t.take_raised();
    if let Some(release) = object.type_of(t).slots().bf_release
        && let Err(raised) = release(t, object, view)
    {
        t.unraisable(raised, "Exception ignored in __release_buffer__ of", Some(object));
    }
    if let Some(view) = view.cast::<MemoryView>()
        && let Err(raised) = view.release(t)
    {
        drop(t.take_exception(raised));
    }
    t.put_raised(raised);
}

/// `__release_buffer__(view)` of a native exporter.
pub fn release_of(t: &Thread, exporter: &Value, view: &Value) -> R<()> {
    let Some(view) = view.cast::<MemoryView>() else {
        return Err(t.type_error("expected a memoryview object"));
    };
    match view.current(t) {
        None => Err(t.value_error("memoryview's buffer has already been released")),
        Some(buffer) if !buffer.obj.is(exporter) => Err(t.value_error("memoryview's buffer is not this object")),
        Some(buffer) => {
            drop(buffer);
            view.release(t)
        }
    }
}
