//! Changing a list in place. Items move within the array; what was removed is dropped after the list is unlocked.

use super::{Items, List};
use crate::objects::slice::adjust;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Moves `count` slots within an array. With the GIL off readers look at the array meanwhile: each word moves
/// by itself, and every place they look at holds an item at any time.
///
/// # Safety
/// Both ranges lie within the array, whose list is locked.
unsafe fn move_slots(t: &Thread, items: *mut Items, from: usize, to: usize, count: usize) {
    // SAFETY: as above.
    unsafe {
        if t.gil_enabled() {
            std::ptr::copy(Items::slot(items, from), Items::slot(items, to), count);
            return;
        }
        let word = |i: usize| &*(Items::slot(items, i) as *const AtomicU64);
        let step = |i: usize| word(to + i).store(word(from + i).load(Relaxed), Release);
        if from < to { (0..count).rev().for_each(step) } else { (0..count).for_each(step) }
    }
}

/// Copies owned words into slots that hold nothing of their own.
///
/// # Safety
/// There is room for all of them, and what the slots held was taken.
unsafe fn fill_slots(items: *mut Items, at: usize, values: Vec<Value>) {
    for (i, value) in values.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { (*(Items::slot(items, at + i) as *const AtomicU64)).store(value.into_owned().into_bits(), Release) };
    }
}

impl List {
    /// An empty list with room for so many; `MemoryError` where the system has no such memory.
    pub fn try_with_capacity(t: &Thread, capacity: usize) -> R {
        let value = List::with_capacity(t, 0);
        if capacity > 0 {
            let Some(items) = Items::alloc(capacity) else { return Err(t.memory_error()) };
            value.cast::<List>().expect("just made").items.store(items, Release);
        }
        Ok(value)
    }

    /// A list that takes over the items of a vector.
    pub fn from_vec(t: &Thread, values: Vec<Value>) -> Value {
        let value = List::with_capacity(t, values.len());
        let list = value.cast::<List>().expect("just made");
        let len = values.len();
        if len > 0 {
            // SAFETY: nobody else has the list, whose array was made with room for all.
            unsafe { fill_slots(list.items.load(Relaxed), 0, values) };
        }
        list.len.store(len, Release);
        value
    }

    /// A new list of the items that a slice selects.
    pub fn select(&self, t: &Thread, start: isize, stop: isize, step: isize) -> R {
        let mut bounds = adjust(self.len(), start, stop, step);
        loop {
            let value = List::try_with_capacity(t, bounds.count)?;
            let guard = t.lock(self.header());
            // SAFETY: locked, and copying words and counting them runs no Python code.
            let items = unsafe { self.slice_locked() };
            let now = adjust(items.len(), start, stop, step);
            if now.count > bounds.count {
                // It has grown meanwhile (GIL off): room for all of it.
                drop(guard);
                bounds = now;
                continue;
            }
            let list = value.cast::<List>().expect("just made");
            let target = list.items.load(Relaxed);
            for (at, i) in now.indices().enumerate() {
                // SAFETY: there is room, and nobody else has the new list.
                unsafe { Items::slot(target, at).write(Slot::new(items[i].clone())) };
            }
            list.len.store(now.count, Release);
            return Ok(value);
        }
    }

    /// Replaces `new.len()` items from `start` on, one by one and without moving any other: false if the list has not so
    /// many, or they are too many to be kept aside.
    pub fn overwrite(&self, t: &Thread, start: usize, new: &[Value]) -> bool {
        const MANY: usize = 16;
        let mut removed: [Option<Value>; MANY] = [const { None }; MANY];
        if new.len() > MANY {
            return false;
        }
        let guard = t.lock(self.header());
        if start + new.len() > self.len.load(Relaxed) {
            return false;
        }
        for (i, value) in new.iter().enumerate() {
            // SAFETY: locked, and within the list.
            let slot = unsafe { &*Items::slot(self.items.load(Relaxed), start + i) };
            removed[i] = slot.replace_locked(Some(value.clone()));
        }
        drop(guard);
        // As CPython: from the last to the first.
        removed[..new.len()].iter_mut().rev().for_each(|old| drop(old.take()));
        true
    }

    /// Makes room for `extra` more items. The list is locked.
    fn reserve_locked(&self, t: &Thread, extra: usize) -> R<*mut Items> {
        let len = self.len.load(Relaxed);
        let old = self.items.load(Relaxed);
        // SAFETY: the list is locked.
        if !old.is_null() && unsafe { (*old).capacity } - len >= extra {
            return Ok(old);
        }
        let needed = len + extra;
        let capacity = if len == 0 { needed } else { (needed + (needed >> 3) + 6) & !3 };
        let Some(new) = Items::alloc(capacity) else { return Err(t.memory_error()) };
        // SAFETY: the slots move; the old array is given back without dropping them.
        unsafe {
            if !old.is_null() {
                std::ptr::copy_nonoverlapping(Items::slot(old, 0), Items::slot(new, 0), len);
            }
            self.items.store(new, Release);
            if !old.is_null() {
                t.retire_memory(old as *mut u8);
            }
        }
        Ok(new)
    }

    /// Replaces `count` items from `start` on by others; the list may have changed since, so both are cut to it.
    pub fn splice(&self, t: &Thread, start: usize, count: usize, new: Vec<Value>) -> R<()> {
        let guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        let start = start.min(len);
        let count = count.min(len - start);
        let mut removed = Vec::with_capacity(count);
        let added = new.len();
        // SAFETY: locked; the words of removed items move into `removed`, those behind them are moved up or down.
        unsafe {
            let items = match added > count {
                true => match self.reserve_locked(t, added - count) {
                    Ok(items) => items,
                    Err(raised) => {
                        drop(guard);
                        return Err(raised);
                    }
                },
                false => self.items.load(Relaxed),
            };
            for i in start..start + count {
                removed.push(Value::from_bits((*Items::slot(items, i)).bits()));
            }
            let behind = len - start - count;
            if added != count && behind > 0 {
                move_slots(t, items, start + count, start + added, behind);
            }
            let new_len = len - count + added;
            if new_len < len {
                self.len.store(new_len, Release);
            }
            if added > 0 {
                fill_slots(items, start, new);
            }
            if new_len > len {
                self.len.store(new_len, Release);
            }
            if new_len == 0 && !items.is_null() {
                self.items.store(std::ptr::null_mut(), Release);
                t.retire_memory(items as *mut u8);
            }
        }
        drop(guard);
        // As CPython: from the last to the first.
        while removed.pop().is_some() {}
        Ok(())
    }

    /// `list.insert`: before `index`, at the end if there are fewer items.
    pub fn insert(&self, t: &Thread, index: usize, value: Value) {
        if index >= self.len() {
            return self.push(t, value);
        }
        let _guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        if index >= len {
            return self.push_locked(t, value);
        }
        // SAFETY: locked; there is room for one more.
        unsafe {
            let mut items = self.items.load(Relaxed);
            if len == (*items).capacity {
                items = self.grow(Some(t), len + 1);
            }
            move_slots(t, items, index, index + 1, len - index);
            (*(Items::slot(items, index) as *const AtomicU64)).store(value.into_owned().into_bits(), Release);
        }
        self.len.store(len + 1, Release);
    }

    /// Swaps two items, where both are there.
    pub fn swap(&self, t: &Thread, a: usize, b: usize) {
        let _guard = t.lock(self.header());
        self.swap_locked(a, b);
    }

    /// As [`List::swap`], for a list that is locked.
    pub(super) fn swap_locked(&self, a: usize, b: usize) {
        if a.max(b) < self.len.load(Relaxed) {
            let items = self.items.load(Relaxed);
            // SAFETY: locked, and both lie within the array; the counts stay.
            let word = |i| unsafe { &*(Items::slot(items, i) as *const AtomicU64) };
            let first = word(a).load(Relaxed);
            word(a).store(word(b).load(Relaxed), Release);
            word(b).store(first, Release);
        }
    }

    /// Takes the item at an index out.
    pub fn remove_at(&self, t: &Thread, index: usize) -> Option<Value> {
        let _guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        if index >= len {
            return None;
        }
        self.len.store(len - 1, Release);
        // SAFETY: locked; the word of the item moves out.
        unsafe {
            let items = self.items.load(Relaxed);
            let value = Value::from_bits((*Items::slot(items, index)).bits());
            move_slots(t, items, index + 1, index, len - index - 1);
            Some(value)
        }
    }

    /// Appends all of them.
    pub fn extend_vec(&self, t: &Thread, values: Vec<Value>) -> R<()> {
        if values.is_empty() {
            return Ok(());
        }
        let guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        let items = match self.reserve_locked(t, values.len()) {
            Ok(items) => items,
            Err(raised) => {
                drop(guard);
                return Err(raised);
            }
        };
        let added = values.len();
        // SAFETY: locked; there is room.
        unsafe { fill_slots(items, len, values) };
        self.len.store(len + added, Release);
        Ok(())
    }

    /// `list.reverse`.
    pub fn reverse(&self, t: &Thread) {
        let _guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        if len < 2 {
            return;
        }
        let items = self.items.load(Relaxed);
        // SAFETY: locked; words swap places.
        unsafe {
            let word = |i: usize| &*(Items::slot(items, i) as *const AtomicU64);
            for i in 0..len / 2 {
                let (a, b) = (word(i), word(len - 1 - i));
                let first = a.load(Relaxed);
                a.store(b.load(Relaxed), Release);
                b.store(first, Release);
            }
        }
    }

    /// Takes all items out.
    pub fn take_all(&self, t: &Thread) -> Vec<Value> {
        let _guard = t.lock(self.header());
        let len = self.len.swap(0, AcqRel);
        let items = self.items.swap(std::ptr::null_mut(), AcqRel);
        let mut out = Vec::with_capacity(len);
        if !items.is_null() {
            // SAFETY: locked; the words move into the vector, the array is given back.
            unsafe {
                std::ptr::copy_nonoverlapping(Items::slot(items, 0) as *const Value, out.as_mut_ptr(), len);
                out.set_len(len);
                t.retire_memory(items as *mut u8);
            }
        }
        out
    }

    /// Removes all items, the last one first.
    pub fn clear(&self, t: &Thread) {
        let mut items = self.take_all(t);
        while items.pop().is_some() {}
    }

    /// Puts these items in the place of all that there are, which are dropped once the list is unlocked.
    pub fn replace_all(&self, t: &Thread, new: Vec<Value>) {
        let mut old = self.swap_all(t, new);
        while old.pop().is_some() {}
    }

    /// As [`List::replace_all`]; the old items go to the caller.
    pub fn swap_all(&self, t: &Thread, new: Vec<Value>) -> Vec<Value> {
        let value = List::from_vec(t, new);
        let fresh = value.cast::<List>().expect("just made");
        let _guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        let items = self.items.load(Relaxed);
        let mut out = Vec::with_capacity(len);
        // SAFETY: locked; the fresh list is ours alone, and gives up its array.
        unsafe {
            if !items.is_null() {
                std::ptr::copy_nonoverlapping(Items::slot(items, 0) as *const Value, out.as_mut_ptr(), len);
                out.set_len(len);
            }
            self.items.store(fresh.items.swap(std::ptr::null_mut(), Relaxed), Release);
            self.len.store(fresh.len.swap(0, Relaxed), Release);
            if !items.is_null() {
                t.retire_memory(items as *mut u8);
            }
        }
        out
    }

    /// Changes the list as a whole: takes out the items, lets `f` edit them, puts the result in. What `f` leaves
    /// in `dropped` is dropped after the object is unlocked. No Python code may run in `f`.
    pub fn edit<T>(&self, t: &Thread, f: impl FnOnce(&mut Vec<Value>, &mut Vec<Value>) -> T) -> T {
        let mut dropped = Vec::new();
        let mut items = self.take_all(t);
        let result = f(&mut items, &mut dropped);
        dropped.extend(self.swap_all(t, items));
        drop(dropped);
        result
    }

    /// Replaces the items at these indices, which are in range; the old ones go to the caller. `false` if the
    /// list has shrunk meanwhile.
    pub(super) fn set_many(&self, t: &Thread, indices: impl Iterator<Item = usize>, values: Vec<Value>) -> bool {
        let mut old = Vec::with_capacity(values.len());
        let guard = t.lock(self.header());
        let len = self.len.load(Relaxed);
        let items = self.items.load(Relaxed);
        let mut fits = true;
        for (i, value) in indices.zip(values) {
            if i < len {
                // SAFETY: locked, in range.
                let slot: &Slot = unsafe { &*Items::slot(items, i) };
                old.push(slot.replace_locked(Some(value.into_owned())));
            } else {
                fits = false;
                old.push(Some(value));
            }
        }
        drop(guard);
        fits
    }
}
