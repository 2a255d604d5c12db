//! `list`: a growable array of values.
//!
//! The array is replaced as a whole when it grows; with the GIL off a reader that still looks at the old one
//! finds it intact, because it is freed only when every thread has passed a switch point (`retire`).

mod edit;
mod methods;
mod slots;
pub mod sort;
mod whole;

pub use methods::SPEC;
pub use whole::Whole;

use crate::objects::header::{Header, Kind, gc_bits};
use crate::objects::slot::Slot;
use crate::objects::string::out_of_memory;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

/// An array of slots with its capacity in front.
#[repr(C)]
pub struct Items {
    capacity: usize,
}

impl Items {
    fn alloc(capacity: usize) -> Option<*mut Items> {
        let bytes = capacity.checked_mul(8)?.checked_add(std::mem::size_of::<Items>())?;
        if bytes > isize::MAX as usize {
            return None;
        }
        // SAFETY: a plain allocation, never zero-sized.
        unsafe {
            let p = libc::malloc(bytes) as *mut Items;
            if p.is_null() {
                return None;
            }
            (*p).capacity = capacity;
            Some(p)
        }
    }

    /// # Safety
    /// `this` was made by `alloc`; the index is within the capacity.
    #[inline(always)]
    unsafe fn slot(this: *mut Items, index: usize) -> *mut Slot {
        // SAFETY: the slots follow the capacity.
        unsafe { (this.add(1) as *mut Slot).add(index) }
    }
}

/// The payload of a `list`.
#[repr(C)]
pub struct List {
    header: Header,
    /// Null while the capacity is 0.
    items: AtomicPtr<Items>,
    len: AtomicUsize,
}

// SAFETY: `repr(C)`, header first; all objects of kind `List` are made here or by `init_payload`.
unsafe impl Payload for List {
    const KIND: Kind = Kind::List;
}

impl List {
    /// A list of the items.
    pub fn make(t: &Thread, items: impl IntoIterator<Item = Value>) -> Value {
        let items = items.into_iter();
        let value = List::with_capacity(t, items.size_hint().0.min(1 << 20));
        let list = value.cast::<List>().expect("just made");
        for item in items {
            list.push_fresh(item);
        }
        value
    }

    /// An empty list with room for so many.
    pub fn with_capacity(t: &Thread, capacity: usize) -> Value {
        // SAFETY: fresh memory, filled before it is seen. The type `list` is immortal.
        unsafe {
            let Some(memory) = t.heap.0.allocate(std::mem::size_of::<List>()) else { out_of_memory() };
            t.count_container();
            Header::init(memory, t, Kind::List as u8, gc_bits::TRACKED, t.types().list.get());
            List::init_payload(memory as *mut List);
            if capacity > 0 {
                let Some(items) = Items::alloc(capacity) else { out_of_memory() };
                (*(memory as *mut List)).items.store(items, Relaxed);
            }
            Value::from_header(memory)
        }
    }

    /// # Safety
    /// `this` is memory for a list.
    pub(crate) unsafe fn init_payload(this: *mut List) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).items).write(AtomicPtr::new(std::ptr::null_mut()));
            (&raw mut (*this).len).write(AtomicUsize::new(0));
        }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Acquire)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at an index; `None` beyond the end.
    #[inline(always)]
    pub fn get(&self, t: &Thread, index: usize) -> Option<Value> {
        loop {
            if index >= self.len() {
                return None;
            }
            let items = self.items.load(Acquire);
            // SAFETY: arrays are retired, not freed, while a thread may look at them. A shorter array than the
            // length says can be seen while another thread replaces it: the capacity decides.
            unsafe {
                if items.is_null() || index >= (*items).capacity {
                    return None;
                }
                // An array that was replaced meanwhile may hold what has become another object.
                if let Some(item) = (*Items::slot(items, index)).get_fresh(t)
                    && (t.gil_enabled() || self.items.load(Acquire) == items)
                {
                    return item;
                }
            }
        }
    }

    /// The slot of an item; `None` beyond the end.
    ///
    /// # Safety
    /// The GIL or the object's lock is held while the slot is used, and no Python code runs.
    #[inline(always)]
    pub unsafe fn slot_locked(&self, index: usize) -> Option<*const Slot> {
        // SAFETY: slots below the length are filled.
        (index < self.len.load(Relaxed)).then(|| unsafe { Items::slot(self.items.load(Relaxed), index) as *const Slot })
    }

    /// Replaces the item at an index and gives back the old one; `Err(value)` beyond the end.
    #[inline(always)]
    pub fn set(&self, t: &Thread, index: usize, value: Value) -> Result<(), Value> {
        let guard = t.lock(&self.header);
        if index >= self.len.load(Relaxed) {
            return Err(value);
        }
        // SAFETY: in range, and the object is locked.
        let old = unsafe { (*Items::slot(self.items.load(Relaxed), index)).replace_locked(Some(value.into_owned())) };
        drop(guard);
        drop(old);
        Ok(())
    }

    /// `list.append`.
    #[inline(always)]
    pub fn push(&self, t: &Thread, value: Value) {
        let _guard = t.lock(&self.header);
        self.push_locked(t, value);
    }

    #[inline(always)]
    fn push_locked(&self, t: &Thread, value: Value) {
        let len = self.len.load(Relaxed);
        let items = self.items.load(Relaxed);
        // SAFETY: the object is locked; slots below the capacity are ours.
        unsafe {
            let items = if items.is_null() || len == (*items).capacity { self.grow(Some(t), len + 1) } else { items };
            Items::slot(items, len).write(Slot::new(value.into_owned()));
        }
        self.len.store(len + 1, Release);
    }

    /// Where an item can be appended without growing the array; `None` if it is full.
    ///
    /// # Safety
    /// The GIL is held until the place is filled.
    #[inline(always)]
    pub unsafe fn room_locked(&self) -> Option<*mut Slot> {
        let (len, items) = (self.len.load(Relaxed), self.items.load(Relaxed));
        // SAFETY: slots below the capacity are the list's.
        unsafe { (!items.is_null() && len < (*items).capacity).then(|| Items::slot(items, len)) }
    }

    /// Fills the place that [`List::room_locked`] gave with a word that owns its count.
    ///
    /// # Safety
    /// As there, and the list has not changed since.
    #[inline(always)]
    pub unsafe fn fill_room(&self, place: *mut Slot, word: u64) {
        // SAFETY: see above.
        unsafe { place.write(Slot::new(Value::from_bits(word))) };
        self.len.store(self.len.load(Relaxed) + 1, Release);
    }

    /// Appends to a list that no other thread has seen.
    fn push_fresh(&self, value: Value) {
        let len = self.len.load(Relaxed);
        let items = self.items.load(Relaxed);
        // SAFETY: nobody else has the list.
        unsafe {
            let items = if items.is_null() || len == (*items).capacity { self.grow(None, len + 1) } else { items };
            Items::slot(items, len).write(Slot::new(value.into_owned()));
        }
        self.len.store(len + 1, Release);
    }

    /// Replaces the array by a larger one: CPython's growth, about an eighth more.
    #[cold]
    #[inline(never)]
    fn grow(&self, t: Option<&Thread>, needed: usize) -> *mut Items {
        let capacity = (needed + (needed >> 3) + 6) & !3;
        let old = self.items.load(Relaxed);
        // SAFETY: the slots move; the old array is freed without dropping them.
        unsafe {
            if t.is_none_or(|t| t.gil_enabled()) {
                let bytes = std::mem::size_of::<Items>() + capacity * 8;
                let new = libc::realloc(old as *mut libc::c_void, bytes) as *mut Items;
                if new.is_null() {
                    out_of_memory();
                }
                (*new).capacity = capacity;
                self.items.store(new, Release);
                return new;
            }
            let Some(new) = Items::alloc(capacity) else { out_of_memory() };
            if !old.is_null() {
                std::ptr::copy_nonoverlapping(Items::slot(old, 0), Items::slot(new, 0), self.len.load(Relaxed));
            }
            self.items.store(new, Release);
            if !old.is_null()
                && let Some(t) = t
            {
                t.retire_memory(old as *mut u8);
            }
            new
        }
    }

    /// Takes the last item.
    pub fn pop(&self, t: &Thread) -> Option<Value> {
        let _guard = t.lock(&self.header);
        let len = self.len.load(Relaxed);
        if len == 0 {
            return None;
        }
        self.len.store(len - 1, Release);
        // SAFETY: the object is locked; the slot now belongs to nobody.
        unsafe { (*Items::slot(self.items.load(Relaxed), len - 1)).replace_locked(None) }
    }

    /// The items as they are now.
    pub fn snapshot(&self, t: &Thread) -> Vec<Value> {
        let _guard = t.lock(&self.header);
        // SAFETY: the object is locked and no Python code runs.
        unsafe { self.slice_locked() }.to_vec()
    }

    /// The items, where nobody can change them.
    ///
    /// # Safety
    /// The GIL or the object's lock is held while the slice lives, and no Python code runs (which could change
    /// the list): nothing is cloned away, called or dropped.
    #[inline(always)]
    pub unsafe fn slice_locked(&self) -> &[Value] {
        let items = self.items.load(Relaxed);
        if items.is_null() {
            return &[];
        }
        // SAFETY: slots below the length are filled.
        unsafe { std::slice::from_raw_parts(Items::slot(items, 0) as *const Value, self.len.load(Relaxed)) }
    }

    /// How many items fit before the array grows.
    pub fn capacity(&self) -> usize {
        let items = self.items.load(Acquire);
        // SAFETY: as in `get`.
        if items.is_null() { 0 } else { unsafe { (*items).capacity } }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to the list; items are dropped from the last to the first, as CPython does.
        unsafe {
            let list = &*(this as *const List);
            let items = list.items.load(Relaxed);
            if !items.is_null() {
                let len = list.len.load(Relaxed);
                // What the items' deaths see is an empty list.
                list.items.store(std::ptr::null_mut(), Relaxed);
                list.len.store(0, Relaxed);
                for i in (0..len).rev() {
                    std::ptr::drop_in_place(Items::slot(items, i));
                }
                crate::objects::thread::current().retire_memory(items as *mut u8);
            }
        }
    }

    /// Visits the items (collector).
    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(list) = value.cast::<List>() {
            // SAFETY: the world is stopped.
            unsafe { list.slice_locked() }.iter().for_each(visit);
        }
    }

    /// Empties the list (collector).
    pub fn clear_refs(t: &Thread, value: &Value) {
        if let Some(list) = value.cast::<List>() {
            drop(list.take_all(t));
        }
    }
}
