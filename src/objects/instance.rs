//! The part of an object that holds Python-level attributes and `__slots__`.
//!
//! A plain instance is a header and an instance part. An instance of a subclass of a built-in type has the
//! built-in's payload in between. The part holds the shape, the values of `__slots__` and the first
//! attributes inline, and the rest (or the `dict`, in dictionary mode) out of line.

use super::dict::Dict;
use super::header::{Header, Kind, gc_bits};
use super::shape::{MAX_ATTRIBUTES, Shape};
use super::slot::Slot;
use super::slots::R;
use super::string::{Str, out_of_memory};
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicPtr, Ordering::*};

/// Where the instance part of plain instances lies.
pub const PLAIN_OFFSET: usize = std::mem::size_of::<Header>();
/// Where inline values lie in a plain instance.
pub const PLAIN_VALUES: usize = PLAIN_OFFSET + std::mem::size_of::<Part>();

/// The instance part. Inline slots follow: first those of `__slots__`, then attributes.
#[repr(C)]
pub struct Part {
    /// Which attributes there are; the dictionary shape means that `extra` is a dict.
    pub shape: AtomicPtr<Shape>,
    /// Attributes that found no room inline: null, a block of slots, or an owned `dict`, marked with [`IS_DICT`]:
    /// a thread that reads without a lock must not take one for the other.
    extra: AtomicPtr<u64>,
}

/// Bit of `extra`: the rest is a `dict`.
const IS_DICT: usize = 1;

/// `extra` for a dict whose count it takes over.
fn tagged(dict: Value) -> *mut u64 {
    (dict.into_bits() as usize | IS_DICT) as *mut u64
}

/// The dict that a taken-out `extra` owned.
///
/// # Safety
/// `extra` was in dictionary mode, and its count is the caller's.
unsafe fn untagged(extra: *mut u64) -> Option<Value> {
    // SAFETY: null or a dict's word with the mark.
    unsafe { Value::option_from_bits((extra as usize & !IS_DICT) as u64) }
}

/// Slots out of line are allocated once, for all attributes that a shape can have.
const EXTRA_SLOTS: usize = MAX_ATTRIBUTES;

impl Part {
    /// The part of an object, if its type gives it one.
    #[inline(always)]
    pub fn of(header: &Header) -> Option<&Part> {
        let typ = header.type_of();
        let offset = match typ.part_offset() {
            0 => return None,
            Type::PART_AT_END => super::type_object::var_part_offset(header),
            offset => offset,
        };
        // SAFETY: the type says that the part lies there.
        Some(unsafe { &*((header as *const Header as *const u8).add(offset) as *const Part) })
    }

    /// Fills fresh memory.
    ///
    /// # Safety
    /// `this` is memory for a part with the type's number of inline slots.
    pub unsafe fn init(this: *mut Part, typ: &Type) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).shape).write(AtomicPtr::new(typ.root_shape() as *mut Shape));
            (&raw mut (*this).extra).write(AtomicPtr::new(std::ptr::null_mut()));
            std::ptr::write_bytes(this.add(1) as *mut u64, 0, typ.inline_slots());
        }
    }

    #[inline(always)]
    pub fn shape(&self) -> &Shape {
        // SAFETY: shapes live as long as the type, which the instance keeps alive.
        unsafe { &*self.shape.load(Acquire) }
    }

    /// An inline slot.
    ///
    /// # Safety
    /// The type has that many.
    #[inline(always)]
    pub unsafe fn inline(&self, index: usize) -> &Slot {
        // SAFETY: inline slots follow the part.
        unsafe { &*((self as *const Part).add(1) as *const Slot).add(index) }
    }

    /// The slot of attribute `index` of the shape; `None` if it lies out of line and nothing is there yet.
    fn attribute(&self, typ: &Type, index: usize) -> Option<&Slot> {
        let first = typ.slot_count();
        let room = typ.inline_slots() - first;
        // SAFETY: within the inline slots, or within the block.
        unsafe {
            if index < room {
                Some(self.inline(first + index))
            } else {
                let extra = self.extra.load(Acquire);
                let block = !extra.is_null() && extra as usize & IS_DICT == 0;
                block.then(|| &*(extra as *const Slot).add(index - room))
            }
        }
    }

    /// Where attribute `index` lies: `Ok(inline slot)` or `Err(slot of the block)`.
    pub fn place_of(typ: &Type, index: usize) -> Result<usize, usize> {
        let first = typ.slot_count();
        let room = typ.inline_slots() - first;
        if index < room { Ok(first + index) } else { Err(index - room) }
    }

    /// A slot of the out-of-line block.
    ///
    /// # Safety
    /// The shape has an attribute there, and was just checked.
    #[inline(always)]
    pub unsafe fn extra_slot(&self, index: usize) -> &Slot {
        // SAFETY: see above.
        unsafe { &*(self.extra.load(Acquire) as *const Slot).add(index) }
    }

    /// Whether some attributes lie out of line.
    pub fn overflows(&self, typ: &Type) -> bool {
        self.shape().names().len() > typ.inline_slots() - typ.slot_count()
    }

    /// The dict, in dictionary mode.
    #[inline(always)]
    pub fn dict(&self) -> Option<Value> {
        if !self.shape().dictionary {
            return None;
        }
        loop {
            let extra = self.extra.load(Acquire) as usize;
            if extra == 0 {
                return None;
            }
            // SAFETY: the header is readable even if the dict was replaced and died (`heap`).
            let header = unsafe { &*((extra & !IS_DICT) as *const Header) };
            if header.try_incref(super::thread::tid()) {
                // SAFETY: the increment succeeded, so the object lives.
                let dict = unsafe { Value::from_header(header) };
                if self.extra.load(Acquire) as usize == extra {
                    return Some(dict);
                }
            }
        }
    }

    /// Reads an attribute; the name is interned.
    pub fn get(&self, t: &Thread, typ: &Type, name: &Value) -> R<Option<Value>> {
        let shape = self.shape();
        if shape.dictionary {
            return match self.dict() {
                Some(dict) => dict.cast::<Dict>().expect("a part's dict is a dict").get(t, name),
                None => Ok(None),
            };
        }
        match shape.index_of(name) {
            Some(index) => {
                if t.gil_enabled() {
                    return Ok(self.attribute(typ, index).and_then(|s| s.get(t)));
                }
                let value = self.attribute(typ, index).and_then(|s| s.get(t));
                // With the GIL off the layout may have changed under the read, or be about to: the block is gone.
                let marked = self.extra.load(Acquire) as usize & IS_DICT != 0;
                if !marked && std::ptr::eq(self.shape(), shape) { Ok(value) } else { self.get(t, typ, name) }
            }
            None => Ok(None),
        }
    }

    /// Sets an attribute; the name is interned.
    pub fn set(&self, t: &Thread, header: &Header, typ: &Type, name: &Value, value: Value) -> R<()> {
        let guard = t.lock(header);
        let shape = self.shape();
        if shape.dictionary {
            drop(guard);
            let dict = self.dict_or_new(t, header, typ);
            return dict.cast::<Dict>().expect("a part's dict is a dict").set(t, name.clone(), value);
        }
        let (index, next) = match shape.index_of(name) {
            Some(index) => (index, None),
            None if shape.names().len() >= MAX_ATTRIBUTES
                || !name.cast_exact::<Str>().is_some_and(|s| s.is_interned()) =>
            {
                drop(guard);
                let dict = self.materialize(t, header, typ);
                return dict.cast::<Dict>().expect("a part's dict is a dict").set(t, name.clone(), value);
            }
            None => (shape.names().len(), Some(shape.with(name))),
        };
        if Part::place_of(typ, index).is_err() && self.extra.load(Relaxed).is_null() {
            // SAFETY: a zeroed block of empty slots.
            let block = unsafe { libc::calloc(EXTRA_SLOTS, 8) } as *mut u64;
            if block.is_null() {
                out_of_memory();
            }
            self.extra.store(block, Release);
        }
        let slot = self.attribute(typ, index).expect("the block was just made");
        let old = slot.replace_locked(Some(value.into_owned()));
        if let Some(next) = next {
            self.shape.store(next as *const Shape as *mut Shape, Release);
        }
        drop(guard);
        drop(old);
        Ok(())
    }

    /// Deletes an attribute; whether it was there.
    pub fn delete(&self, t: &Thread, header: &Header, typ: &Type, name: &Value) -> R<bool> {
        let guard = t.lock(header);
        let shape = self.shape();
        if !shape.dictionary {
            let Some(index) = shape.index_of(name) else { return Ok(false) };
            if let Some(parent) = shape.without_last(name) {
                self.shape.store(parent as *const Shape as *mut Shape, Release);
                let old = self.attribute(typ, index).and_then(|slot| slot.replace_locked(None));
                drop(guard);
                drop(old);
                return Ok(true);
            }
        }
        drop(guard);
        let dict = self.materialize(t, header, typ);
        Ok(dict.cast::<Dict>().expect("a part's dict is a dict").remove(t, name)?.is_some())
    }

    /// `obj.__dict__`: the attributes become a dict, if they are not one yet.
    pub fn materialize(&self, t: &Thread, header: &Header, typ: &Type) -> Value {
        if self.shape().dictionary {
            return self.dict_or_new(t, header, typ);
        }
        let dict = Dict::make(t);
        let guard = t.lock(header);
        let shape = self.shape();
        if shape.dictionary {
            drop(guard);
            return self.dict_or_new(t, header, typ);
        }
        let d = dict.cast::<Dict>().expect("just made");
        // First the dict, then the shape that shows it, then the slots: whoever reads without a lock finds each
        // attribute in one of them, or the shape changed, or the mark (see `get`).
        for (index, name) in shape.names().iter().enumerate() {
            if let Some(value) = self.attribute(typ, index).and_then(|s| s.get(t)) {
                d.set_str(t, name, value);
            }
        }
        let block = self.extra.swap(tagged(dict.clone()), AcqRel);
        self.shape.store(typ.dictionary_shape() as *mut Shape, Release);
        let mut emptied = Vec::with_capacity(shape.names().len());
        for index in 0..shape.names().len() {
            let slot = match Part::place_of(typ, index) {
                // SAFETY: the type has that many inline slots; the block was made for all the others.
                Ok(place) => unsafe { self.inline(place) },
                Err(_) if block.is_null() => continue,
                // SAFETY: as above; it is not freed yet.
                Err(place) => unsafe { &*(block as *const Slot).add(place) },
            };
            emptied.push(slot.replace_locked(None));
        }
        drop(guard);
        drop(emptied);
        if !block.is_null() {
            // SAFETY: the block was unlinked just now.
            unsafe { t.retire_memory(block as *mut u8) };
        }
        dict
    }

    /// The dict in dictionary mode, made now if it was deleted.
    fn dict_or_new(&self, t: &Thread, header: &Header, _typ: &Type) -> Value {
        match self.dict() {
            Some(dict) => dict,
            None => {
                let dict = Dict::make(t);
                let _guard = t.lock(header);
                if self.extra.load(Relaxed).is_null() {
                    self.extra.store(tagged(dict.clone()), Release);
                    return dict;
                }
                drop(_guard);
                self.dict().unwrap_or(dict)
            }
        }
    }

    /// `obj.__dict__ = dict`.
    pub fn replace_dict(&self, t: &Thread, header: &Header, typ: &Type, dict: Value) {
        self.materialize(t, header, typ);
        let old = self.extra.swap(tagged(dict.into_owned()), AcqRel);
        // SAFETY: in dictionary mode the word owned its dict.
        drop(unsafe { untagged(old) });
    }

    /// Moves to another class of the same layout, in dictionary mode.
    pub fn change_type(&self, new: &Type) {
        self.shape.store(new.dictionary_shape() as *mut Shape, Release);
    }

    /// How many inline slots may be filled. In dictionary mode those of attributes are empty, and after
    /// `obj.__class__ = ...` there may be fewer of them than the class has now.
    fn slots_in_use(&self, typ: &Type) -> usize {
        if self.shape().dictionary { typ.slot_count() } else { typ.inline_slots() }
    }

    /// Visits everything the part holds (collector).
    pub fn traverse(&self, typ: &Type, visit: &mut dyn FnMut(&Value)) {
        // SAFETY: the world is stopped; inline slots are as many as the type says, the block has EXTRA_SLOTS.
        unsafe {
            for i in 0..self.slots_in_use(typ) {
                self.inline(i).visit(visit);
            }
            let extra = self.extra.load(Relaxed);
            if extra.is_null() {
            } else if self.shape().dictionary {
                visit(Value::from_ref(&((extra as usize & !IS_DICT) as u64)));
            } else {
                for i in 0..EXTRA_SLOTS {
                    (*(extra as *const Slot).add(i)).visit(visit);
                }
            }
        }
    }

    /// Drops everything the part holds; the part stays valid and empty.
    pub fn clear(&self, t: &Thread, typ: &Type) {
        // SAFETY: as in `traverse`; dropped values were taken out first.
        unsafe {
            for i in 0..self.slots_in_use(typ) {
                drop(self.inline(i).replace(None));
            }
            let dictionary = self.shape().dictionary;
            let extra = self.extra.swap(std::ptr::null_mut(), AcqRel);
            if extra.is_null() {
            } else if dictionary {
                drop(untagged(extra));
            } else {
                for i in 0..EXTRA_SLOTS {
                    drop((*(extra as *const Slot).add(i)).replace(None));
                }
                t.retire_memory(extra as *mut u8);
            }
            if !dictionary {
                self.shape.store(typ.root_shape() as *mut Shape, Release);
            }
        }
    }
}

/// A plain instance of a Python class, without attributes.
#[inline(always)]
pub fn new_plain(t: &Thread, typ: &Type) -> Value {
    debug_assert!(typ.part_offset() == PLAIN_OFFSET);
    let size = PLAIN_VALUES + typ.inline_slots() * 8;
    // SAFETY: fresh memory of the size the type asks for; the count of the type is taken for the object.
    unsafe {
        let Some(memory) = t.heap.0.allocate(size) else { out_of_memory() };
        t.count_container();
        typ.header().incref_by(t.tid());
        Header::init(memory, t, Kind::Instance as u8, gc_bits::TRACKED, typ);
        Part::init((memory as *mut u8).add(PLAIN_OFFSET) as *mut Part, typ);
        Value::from_header(memory)
    }
}
