//! A list that one thread has to itself for several steps.

use super::{Items, List};
use crate::objects::lock::ObjectGuard;
use crate::objects::slot::Slot;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::Ordering::*;

/// A list, locked until this is dropped. Others may read it meanwhile.
///
/// Invariant: whoever holds one runs no Python code: it calls nothing and drops no value.
pub struct Whole<'a> {
    list: &'a List,
    t: &'a Thread,
    _guard: ObjectGuard<'a>,
}

impl List {
    /// Locks the list.
    pub fn hold<'a>(&'a self, t: &'a Thread) -> Whole<'a> {
        Whole { list: self, t, _guard: t.lock(self.header()) }
    }
}

impl Whole<'_> {
    pub fn len(&self) -> usize {
        self.list.len.load(Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn slot(&self, index: usize) -> &Slot {
        assert!(index < self.len(), "an index beyond the list");
        // SAFETY: in range, and the array stays while the list is locked.
        unsafe { &*Items::slot(self.list.items.load(Relaxed), index) }
    }

    /// The item at an index that is in range.
    pub fn item(&self, index: usize) -> &Value {
        // SAFETY: only the holder of the lock writes, and `&mut self` is needed for it.
        unsafe { self.slot(index).peek() }.expect("slots below the length are filled")
    }

    /// Exchanges two items.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.list.swap_locked(a, b);
    }

    /// Replaces an item: the old one goes to the caller, who drops it when the list is unlocked.
    pub fn replace(&mut self, index: usize, value: Value) -> Option<Value> {
        self.slot(index).replace_locked(Some(value.into_owned()))
    }

    /// Appends an item.
    pub fn push(&mut self, value: Value) {
        self.list.push_locked(self.t, value);
    }

    /// Takes the last item.
    pub fn pop(&mut self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let slot: *const Slot = self.slot(last);
        self.list.len.store(last, Release);
        // SAFETY: the array stays while the list is locked.
        unsafe { (*slot).replace_locked(None) }
    }
}
