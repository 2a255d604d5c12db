//! What has been met: objects by identity for a `Pickler`, by number for an `Unpickler`.

use crate::objects::header::Header;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes identities: one folded multiplication.
#[derive(Default)]
pub struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.write_u64(b.into()));
    }

    fn write_u64(&mut self, n: u64) {
        let wide = u128::from(self.0 ^ n ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB;
        self.0 = wide as u64 ^ (wide >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type ById<T> = HashMap<u64, T, BuildHasherDefault<Identity>>;

/// Identities without more.
pub type Identities = std::collections::HashSet<u64, BuildHasherDefault<Identity>>;

/// The memo of a `Pickler`: objects, kept alive, with their numbers.
#[derive(Default)]
pub struct Memo(ById<(usize, Value)>);

impl Memo {
    #[inline]
    pub fn get(&self, v: &Value) -> Option<usize> {
        self.0.get(&v.id()).map(|entry| entry.0)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Numbers an object; gives back what is to be dropped outside the lock.
    pub fn put(&mut self, v: Value, number: usize) -> Option<(usize, Value)> {
        self.0.insert(v.id(), (number, v))
    }

    /// All entries: numbers and objects.
    pub fn entries(&self) -> Vec<(usize, Value)> {
        self.0.values().cloned().collect()
    }

    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.values().for_each(|entry| visit(&entry.1));
    }
}

/// Numbers up to so many times the entries that there are, and some more, lie in an array.
const SPARSE: usize = 4;

/// The memo of an `Unpickler`: objects by number. Numbers that run far ahead of the entries are kept in a table, so
/// that a pickle of a few bytes cannot ask for gigabytes.
#[derive(Default)]
pub struct Numbered {
    dense: Vec<Option<Value>>,
    sparse: ById<Value>,
    used: usize,
}

impl Numbered {
    #[inline]
    pub fn get(&self, number: usize) -> Option<Value> {
        match self.dense.get(number) {
            Some(Some(value)) => Some(value.clone()),
            _ if self.sparse.is_empty() => None,
            _ => self.sparse.get(&(number as u64)).cloned(),
        }
    }

    /// How many entries there are: the number of the next `MEMOIZE`.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Sets an entry; gives back what is to be dropped outside the lock.
    #[inline]
    pub fn put(&mut self, number: usize, value: Value) -> Option<Value> {
        if number == self.dense.len() && self.sparse.is_empty() {
            self.dense.push(Some(value));
            self.used += 1;
            return None;
        }
        self.put_anywhere(number, value)
    }

    fn put_anywhere(&mut self, number: usize, value: Value) -> Option<Value> {
        let in_array = number < self.dense.len() || number / SPARSE <= self.used + 64;
        let old = if in_array {
            if number >= self.dense.len() {
                self.dense.resize(number + 1, None);
            }
            let old = self.dense[number].replace(value);
            old.or_else(|| self.sparse.remove(&(number as u64)))
        } else {
            self.sparse.insert(number as u64, value)
        };
        self.used += usize::from(old.is_none());
        old
    }

    /// All entries: numbers and objects.
    pub fn entries(&self) -> Vec<(usize, Value)> {
        let dense = self.dense.iter().enumerate().filter_map(|(i, v)| Some((i, v.clone()?)));
        dense.chain(self.sparse.iter().map(|(&i, v)| (i as usize, v.clone()))).collect()
    }

    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.dense.iter().flatten().for_each(&mut *visit);
        self.sparse.values().for_each(visit);
    }
}

/// Data that belongs to an object and is guarded by its lock (with the GIL on, by the GIL).
#[derive(Default)]
pub struct Locked<T>(UnsafeCell<T>);

// SAFETY: `with` lets one thread at a time at the data.
unsafe impl<T: Send> Sync for Locked<T> {}

impl<T> Locked<T> {
    pub fn new(data: T) -> Locked<T> {
        Locked(UnsafeCell::new(data))
    }

    /// Runs `f` on the data, alone. `f` runs no Python code: it drops no value. `owner` is the object that the data
    /// belong to; data of nobody are seen by one thread only.
    #[inline(always)]
    pub fn with<R>(&self, t: &Thread, owner: Option<&Header>, f: impl FnOnce(&mut T) -> R) -> R {
        let _guard = owner.map(|header| t.lock(header));
        // SAFETY: the GIL or the owner's lock is held, or no other thread knows of the data; `f` calls nothing that
        // could come back here.
        f(unsafe { &mut *self.0.get() })
    }

    /// The data, for the collector: the world is stopped.
    pub fn visit(&self, f: impl FnOnce(&T)) {
        // SAFETY: see above.
        f(unsafe { &*self.0.get() });
    }
}
