//! `tuple`: a fixed number of values, inline.

mod methods;

pub use methods::SPEC;

use crate::objects::header::{Header, Kind, gc_bits};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::out_of_memory;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The payload of a `tuple`. The values follow it.
#[repr(C)]
pub struct Tuple {
    header: Header,
    /// The hash; -1 while it is unknown.
    hash: AtomicI64,
    len: usize,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Tuple` are made here.
unsafe impl Payload for Tuple {
    const KIND: Kind = Kind::Tuple;
}

impl Tuple {
    /// Bytes of a tuple of that length.
    pub const fn size_for(len: usize) -> usize {
        std::mem::size_of::<Tuple>() + len * std::mem::size_of::<Value>()
    }

    /// Memory for a tuple of type `typ` (one count of which is given) and whether it succeeded; items are
    /// uninitialized.
    #[inline(always)]
    pub(crate) fn alloc(t: &Thread, len: usize) -> *mut Tuple {
        // SAFETY: fresh memory. The type `tuple` is immortal.
        unsafe {
            let Some(memory) = t.heap.0.allocate(Tuple::size_for(len)) else { out_of_memory() };
            t.count_container();
            Header::init(memory, t, Kind::Tuple as u8, gc_bits::TRACKED, t.types().tuple.get());
            Tuple::init_payload(memory as *mut Tuple, len);
            memory as *mut Tuple
        }
    }

    /// # Safety
    /// `this` is memory for a tuple.
    pub(crate) unsafe fn init_payload(this: *mut Tuple, len: usize) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).hash).write(AtomicI64::new(-1));
            (&raw mut (*this).len).write(len);
        }
    }

    /// Where the items lie.
    ///
    /// # Safety
    /// `this` is a tuple's memory.
    #[inline(always)]
    pub(crate) unsafe fn items_ptr(this: *mut Tuple) -> *mut Value {
        // SAFETY: they follow the payload.
        unsafe { this.add(1) as *mut Value }
    }

    /// A tuple of the items.
    pub fn make(t: &Thread, items: impl ExactSizeIterator<Item = Value>) -> Value {
        let len = items.len();
        if len == 0 && !t.interp.empty_tuple.is_none() {
            return t.interp.empty_tuple.clone();
        }
        let this = Tuple::alloc(t, len);
        let mut filled = 0;
        // SAFETY: room for `len` items; an iterator that yields fewer is a bug in it, and is filled with None.
        unsafe {
            let place = Tuple::items_ptr(this);
            for item in items.take(len) {
                place.add(filled).write(item.into_owned());
                filled += 1;
            }
            while filled < len {
                place.add(filled).write(Value::NONE);
                filled += 1;
            }
            Value::from_header(this as *const Header)
        }
    }

    /// A tuple of words of the stack, which move into it.
    ///
    /// # Safety
    /// `len` words of live values lie from `base` on; the caller forgets them.
    #[inline(always)]
    pub unsafe fn of_operands(t: &Thread, base: *const u64, len: usize) -> Value {
        if len == 0 {
            return t.interp.empty_tuple.clone();
        }
        let this = Tuple::alloc(t, len);
        // SAFETY: room for `len` items; the operands are there, says the caller.
        unsafe {
            let place = Tuple::items_ptr(this);
            for i in 0..len {
                place.add(i).write(Value::from_bits(*base.add(i)).into_owned());
            }
            Value::from_header(this as *const Header)
        }
    }

    /// A tuple of clones.
    pub fn from_slice(t: &Thread, items: &[Value]) -> Value {
        Tuple::make(t, items.iter().cloned())
    }

    /// The items.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: `len` items follow the payload; they never change.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1) as *const Value, self.len) }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The cached hash, or -1.
    pub fn cached_hash(&self) -> i64 {
        self.hash.load(Relaxed)
    }

    pub fn set_cached_hash(&self, hash: i64) {
        self.hash.store(hash, Relaxed);
    }

    /// Gives the items back, the last first, as in CPython.
    ///
    /// # Safety
    /// The object is dead, and `tid` is this thread's.
    #[inline(always)]
    pub(crate) unsafe fn drop_items(this: *mut Tuple, tid: u32) {
        // SAFETY: nobody else refers to it; the items are given back once.
        unsafe {
            for i in (0..(*this).len).rev() {
                let item = &*Tuple::items_ptr(this).add(i);
                if item.is_heap() {
                    Header::decref(item.bits() as *const Header, tid);
                }
            }
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it; the items are dropped once.
        unsafe {
            Tuple::drop_items(this as *mut Tuple, crate::objects::thread::tid());
        }
    }

    /// Visits the items (collector).
    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(tuple) = value.cast::<Tuple>() {
            tuple.items().iter().for_each(visit);
        }
    }

    /// The first item, for tuples of one (`R` for symmetry with other containers).
    pub fn get(&self, t: &Thread, index: usize) -> R {
        self.items().get(index).cloned().ok_or_else(|| t.index_error("tuple index out of range"))
    }
}

/// Whether two values are equal, if both are exact tuples and that is seen without asking an item: their items are the
/// same objects, strings and small numbers.
#[inline(never)]
pub fn equal_at_once(a: &Value, b: &Value) -> Option<bool> {
    let (a, b) = (a.cast_exact::<Tuple>()?.items(), b.cast_exact::<Tuple>()?.items());
    if a.len() != b.len() {
        return None;
    }
    for (x, y) in a.iter().zip(b) {
        if !protocol::eq_at_once(x, y)? {
            return Some(false);
        }
    }
    Some(true)
}
