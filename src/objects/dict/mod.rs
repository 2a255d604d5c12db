//! `dict`: insertion-ordered hash table, as CPython's: an array of entries in order of insertion, and beside
//! it an open-addressing table of indices into it.
//!
//! No Python code runs while a table is locked: a look-up that has to call `__eq__` lets go of the table,
//! calls, and starts again if the table changed meanwhile.
//!
//! `keys_version` names one state of the set of keys: inline caches remember it with the index of an entry.
//! It becomes 0 whenever a key is added or removed.

pub mod iter;
pub mod merge;
mod methods;
pub mod views;

pub use methods::SPEC;

use crate::objects::header::{Header, Kind, gc_bits};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::string::{Str, out_of_memory};
use crate::objects::thread::Thread;
use crate::objects::tuple;
use crate::objects::value::{BORROWED, Payload, Value};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering::*};

/// One key and its value. Both slots are empty after removal.
#[repr(C)]
pub struct Entry {
    hash: i64,
    pub key: Slot,
    pub value: Slot,
}

/// The index that marks a free place.
const FREE: u32 = u32::MAX;
/// The index that marks a place whose key was removed: a probe goes on.
const DELETED: u32 = u32::MAX - 1;

/// Indices and entries in one block: header, entries, then indices of 1, 2 or 4 bytes.
#[repr(C)]
pub struct Table {
    /// Places of the index table: a power of two.
    mask: usize,
    /// How many entries there is room for.
    capacity: usize,
    /// How many entries were ever used, removed ones included.
    filled: AtomicUsize,
    /// How many entries may still be added. Removing the last entry does not give room back: the index table
    /// must keep free places for probes to end at.
    usable: AtomicUsize,
    /// Bytes per index.
    width: u8,
}

impl Table {
    fn alloc(places: usize) -> *mut Table {
        let capacity = places / 3 * 2 + usize::from(places == 8);
        let width: usize = if places <= 128 {
            1
        } else if places <= 32768 {
            2
        } else {
            4
        };
        let Some(bytes) = places
            .checked_mul(width)
            .and_then(|b| b.checked_add(capacity.checked_mul(std::mem::size_of::<Entry>())?))
            .and_then(|b| b.checked_add(std::mem::size_of::<Table>()))
        else {
            out_of_memory()
        };
        // SAFETY: a plain allocation; entries up to `filled` are initialized before they are looked at.
        unsafe {
            let this = libc::malloc(bytes) as *mut Table;
            if this.is_null() {
                out_of_memory();
            }
            this.write(Table {
                mask: places - 1,
                capacity,
                filled: AtomicUsize::new(0),
                usable: AtomicUsize::new(capacity),
                width: width as u8,
            });
            std::ptr::write_bytes(Table::indices(this), 0xFF, places * width);
            this
        }
    }

    #[inline(always)]
    unsafe fn entry(this: *mut Table, i: usize) -> *mut Entry {
        // SAFETY: entries follow the header.
        unsafe { (this.add(1) as *mut Entry).add(i) }
    }

    #[inline(always)]
    unsafe fn indices(this: *mut Table) -> *mut u8 {
        // SAFETY: indices follow the entries.
        unsafe { Table::entry(this, (*this).capacity) as *mut u8 }
    }

    #[inline(always)]
    unsafe fn index(this: *mut Table, place: usize) -> u32 {
        // SAFETY: `place` is masked; races read an old or a new index, both of which the entry check survives.
        unsafe {
            let base = Table::indices(this);
            match (*this).width {
                1 => match (*(base.add(place) as *const std::sync::atomic::AtomicU8)).load(Acquire) {
                    0xFF => FREE,
                    0xFE => DELETED,
                    i => i as u32,
                },
                2 => match (*((base as *const std::sync::atomic::AtomicU16).add(place))).load(Acquire) {
                    0xFFFF => FREE,
                    0xFFFE => DELETED,
                    i => i as u32,
                },
                _ => (*((base as *const AtomicU32).add(place))).load(Acquire),
            }
        }
    }

    unsafe fn set_index(this: *mut Table, place: usize, index: u32) {
        // SAFETY: as in `index`; the truncation keeps FREE and DELETED what they are in each width.
        unsafe {
            let base = Table::indices(this);
            match (*this).width {
                1 => (*(base.add(place) as *const std::sync::atomic::AtomicU8)).store(index as u8, Release),
                2 => (*((base as *const std::sync::atomic::AtomicU16).add(place))).store(index as u16, Release),
                _ => (*((base as *const AtomicU32).add(place))).store(index, Release),
            }
        }
    }

    /// The first free place of the probe sequence of a key that is absent.
    unsafe fn free_place(this: *mut Table, hash: i64) -> usize {
        // SAFETY: the table has a free place (it is never more than two thirds full).
        unsafe {
            let mask = (*this).mask;
            let mut perturb = hash as usize;
            let mut place = perturb & mask;
            while Table::index(this, place) < DELETED {
                perturb >>= 5;
                place = (place * 5 + perturb + 1) & mask;
            }
            place
        }
    }
}

/// The payload of a `dict`.
#[repr(C)]
pub struct Dict {
    header: Header,
    /// Null while the dict is empty and was never filled.
    table: AtomicPtr<Table>,
    /// How many keys there are.
    used: AtomicUsize,
    /// See the module's chapter.
    pub keys_version: AtomicU32,
    /// Counts changes of the set of keys, for iterators and interrupted look-ups.
    changes: AtomicU32,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Dict` are made here or by `init_payload`.
unsafe impl Payload for Dict {
    const KIND: Kind = Kind::Dict;
}

/// What stands for a place where there is no table.
const NO_PLACE: usize = usize::MAX;

/// What a probe found.
enum Probe {
    /// The entry's index and its place in the index table.
    Found(usize, usize),
    /// The key belongs into this place of the index table ([`NO_PLACE`]: there is none).
    Absent(usize),
    /// The key at this entry has the same hash and must be compared by `__eq__`.
    Compare(usize, usize, Value),
}

/// The hash of a key; cached for strings.
#[inline(always)]
pub fn hash_key(t: &Thread, key: &Value) -> R<i64> {
    match key.cast_exact::<Str>() {
        Some(s) => Ok(s.hash(t)),
        // Immediate ints are their own hash, but for the one that stands for an error.
        None if key.is_small() => Ok(match key.small_unchecked() {
            -1 => -2,
            i => i,
        }),
        None => protocol::hash(t, key)
            .map_err(|raised| crate::objects::container::unhashable_in(t, raised, key, "dict key")),
    }
}

impl Dict {
    /// An empty dict.
    pub fn make(t: &Thread) -> Value {
        // SAFETY: fresh memory, filled before it is seen. The type `dict` is immortal.
        unsafe {
            let Some(memory) = t.heap.0.allocate(std::mem::size_of::<Dict>()) else { out_of_memory() };
            t.count_container();
            Header::init(memory, t, Kind::Dict as u8, gc_bits::TRACKED, t.types().dict.get());
            Dict::init_payload(memory as *mut Dict);
            Value::from_header(memory)
        }
    }

    /// # Safety
    /// `this` is memory for a dict.
    pub(crate) unsafe fn init_payload(this: *mut Dict) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).table).write(AtomicPtr::new(std::ptr::null_mut()));
            (&raw mut (*this).used).write(AtomicUsize::new(0));
            (&raw mut (*this).keys_version).write(AtomicU32::new(0));
            (&raw mut (*this).changes).write(AtomicU32::new(0));
        }
    }

    /// A dict of pairs with keys that hash without error.
    pub fn from_pairs(t: &Thread, pairs: impl IntoIterator<Item = (Value, Value)>) -> R {
        let value = Dict::make(t);
        let dict = value.cast::<Dict>().expect("just made");
        for (k, v) in pairs {
            dict.set(t, k, v)?;
        }
        Ok(value)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.load(Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts changes of the set of keys.
    pub fn changes(&self) -> u32 {
        self.changes.load(Relaxed)
    }

    /// Probes for a key. The object is locked, or the GIL held.
    #[inline(always)]
    unsafe fn probe(&self, key: &Value, hash: i64, skip: Option<usize>) -> Probe {
        let table = self.table.load(Acquire);
        if table.is_null() {
            return Probe::Absent(NO_PLACE);
        }
        let key_bits = key.bits() & !if key.is_heap() { crate::objects::value::BORROWED } else { 0 };
        let exact = key.cast_exact::<Str>();
        // SAFETY: the table is not replaced while the object is locked.
        unsafe {
            let mask = (*table).mask;
            let mut perturb = hash as usize;
            let mut place = perturb & mask;
            let mut skipping = skip;
            loop {
                let index = Table::index(table, place);
                if index == FREE {
                    return Probe::Absent(place);
                }
                if index != DELETED {
                    let entry = &*Table::entry(table, index as usize);
                    if entry.key.bits() == key_bits {
                        return Probe::Found(index as usize, place);
                    }
                    if entry.hash == hash
                        && let Some(other) = entry.key.peek()
                    {
                        match (exact, other.cast_exact::<Str>()) {
                            (Some(a), Some(b)) => {
                                if a.equals(b) {
                                    return Probe::Found(index as usize, place);
                                }
                            }
                            // Two immediates of one kind that differ are unequal.
                            _ if key.is_small() && other.is_small() => {}
                            _ => match (tuple::equal_at_once(key, other), skipping) {
                                (Some(true), _) => return Probe::Found(index as usize, place),
                                (Some(false), _) => {}
                                // Already compared and found unequal.
                                (None, Some(n)) if n > 0 => skipping = Some(n - 1),
                                _ => return Probe::Compare(index as usize, place, other.clone()),
                            },
                        }
                    }
                }
                perturb >>= 5;
                place = (place * 5 + perturb + 1) & mask;
            }
        }
    }

    /// The value's place for a key that is the very object in the table, where it lies first in its row: `None` says
    /// nothing.
    ///
    /// # Safety
    /// The object is locked, held, or the GIL is; while the slot is used, no Python code runs.
    #[inline(always)]
    pub unsafe fn find_same(&self, key: &Value) -> Option<&Slot> {
        let hash = match key.cast_exact::<Str>() {
            Some(s) => s.known_hash(),
            None if key.is_small() => key.small_unchecked(),
            None => return None,
        };
        let bits = key.bits() & !if key.is_heap() { BORROWED } else { 0 };
        let table = self.table.load(Relaxed);
        // SAFETY: the table is not replaced while the object is locked.
        unsafe {
            if table.is_null() {
                return None;
            }
            let index = Table::index(table, hash as usize & (*table).mask);
            if index >= DELETED {
                return None;
            }
            let entry = &*Table::entry(table, index as usize);
            (entry.key.bits() == bits).then_some(&entry.value)
        }
    }

    /// Finds a key: (entry, place). `locked` runs with the object locked right after a decisive probe.
    #[inline(always)]
    fn find<T>(
        &self,
        t: &Thread,
        key: &Value,
        hash: i64,
        decide: impl FnOnce(Result<(usize, usize), usize>) -> T,
    ) -> R<T> {
        let guard = t.lock(&self.header);
        // SAFETY: locked.
        match unsafe { self.probe(key, hash, None) } {
            Probe::Found(i, place) => Ok(decide(Ok((i, place)))),
            Probe::Absent(place) => Ok(decide(Err(place))),
            Probe::Compare(i, place, other) => {
                drop(guard);
                self.find_slow(t, key, hash, i, place, other, decide)
            }
        }
    }

    #[cold]
    fn find_slow<T>(
        &self,
        t: &Thread,
        key: &Value,
        hash: i64,
        mut i: usize,
        mut place: usize,
        mut other: Value,
        decide: impl FnOnce(Result<(usize, usize), usize>) -> T,
    ) -> R<T> {
        let mut compared = 0;
        loop {
            let (table, changes) = (self.table.load(Acquire), self.changes.load(Acquire));
            let equal = protocol::eq(t, &other, key)?;
            let guard = t.lock(&self.header);
            let unchanged = self.table.load(Acquire) == table && self.changes.load(Acquire) == changes;
            if unchanged && equal {
                return Ok(decide(Ok((i, place))));
            }
            compared = if unchanged { compared + 1 } else { 0 };
            // SAFETY: locked.
            match unsafe { self.probe(key, hash, (compared > 0).then_some(compared)) } {
                Probe::Found(i, place) => return Ok(decide(Ok((i, place)))),
                Probe::Absent(place) => return Ok(decide(Err(place))),
                Probe::Compare(i2, place2, other2) => {
                    drop(guard);
                    (i, place, other) = (i2, place2, other2);
                }
            }
        }
    }

    /// The value of a key.
    #[inline(always)]
    pub fn get(&self, t: &Thread, key: &Value) -> R<Option<Value>> {
        let hash = hash_key(t, key)?;
        self.get_hashed(t, key, hash)
    }

    /// Whether the key is there.
    #[inline(always)]
    pub fn contains(&self, t: &Thread, key: &Value) -> R<bool> {
        let hash = hash_key(t, key)?;
        self.find(t, key, hash, |found| found.is_ok())
    }

    /// As [`Dict::get`], with the key's hash.
    #[inline(always)]
    pub fn get_hashed(&self, t: &Thread, key: &Value, hash: i64) -> R<Option<Value>> {
        self.find(t, key, hash, |found| {
            // SAFETY: the object is locked; the entry was just found.
            found.ok().and_then(|(i, _)| unsafe { (*Table::entry(self.table.load(Relaxed), i)).value.get(t) })
        })
    }

    /// The value of a key that is an exact `str`, where errors of strange keys' `__eq__` count as absence
    /// (namespaces).
    pub fn get_str(&self, t: &Thread, key: &Value) -> Option<Value> {
        match self.get(t, key) {
            Ok(v) => v,
            Err(raised) => {
                drop(t.take_exception(raised));
                None
            }
        }
    }

    /// As [`Dict::get_str`] for a name that need not be interned yet.
    pub fn get_name(&self, t: &Thread, name: &str) -> Option<Value> {
        self.get_str(t, &t.intern(name))
    }

    /// The index of a key's entry, for inline caches.
    pub fn index_of(&self, t: &Thread, key: &Value) -> Option<usize> {
        let hash = hash_key(t, key).ok()?;
        self.find(t, key, hash, |found| found.ok().map(|(i, _)| i)).ok()?
    }

    /// The value slot of an entry that an inline cache remembers.
    ///
    /// # Safety
    /// `keys_version` still equals the one that was current when the index was taken, and not 0.
    #[inline(always)]
    pub unsafe fn value_slot(&self, index: usize) -> &Slot {
        // SAFETY: the set of keys is the same, so the entry exists.
        unsafe { &(*Table::entry(self.table.load(Acquire), index)).value }
    }

    /// The value of an entry that an inline cache remembers, without a lock: `None` if the set of keys has changed since,
    /// or changes now.
    pub fn cached(&self, t: &Thread, version: u32, index: usize) -> Option<Value> {
        let (table, slot) = self.cached_slot(version, index)?;
        // SAFETY: see `cached_slot`.
        let value = unsafe { (*slot).get_fresh(t)?? };
        self.cache_stands(version, table).then_some(value)
    }

    /// Where an entry that an inline cache remembers has its value, and in which table, without a lock: `None` if the set
    /// of keys has changed since. The slot can be read until the thread's next switch point; what is found there counts
    /// if [`Dict::cache_stands`] afterwards.
    #[inline(always)]
    pub fn cached_slot(&self, version: u32, index: usize) -> Option<(*const Table, *const Slot)> {
        if self.keys_version.load(Acquire) != version {
            return None;
        }
        let table = self.table.load(Acquire);
        // SAFETY: tables are retired, not freed, while a thread may look at them, and entries below `filled` are
        // initialized.
        unsafe {
            if table.is_null() || index >= (*table).filled.load(Acquire) {
                return None;
            }
            Some((table, &raw const (*Table::entry(table, index)).value))
        }
    }

    /// Whether what was read from a slot of the table was a value of the dict: a table that was replaced meanwhile may hold
    /// what has become another object.
    #[inline(always)]
    pub fn cache_stands(&self, version: u32, table: *const Table) -> bool {
        std::ptr::eq(self.table.load(Acquire), table) && self.keys_version.load(Acquire) == version
    }

    /// The version of the set of keys, given now if it has none.
    pub fn assign_keys_version(&self, t: &Thread) -> u32 {
        match self.keys_version.load(Relaxed) {
            0 => {
                let v = t.interp.new_version();
                self.keys_version.store(v, Relaxed);
                v
            }
            v => v,
        }
    }

    /// Sets the value of a key.
    #[inline(always)]
    pub fn set(&self, t: &Thread, key: Value, value: Value) -> R<()> {
        let hash = hash_key(t, &key)?;
        self.set_hashed(t, key, hash, value)
    }

    /// As [`Dict::set`], with the key's hash.
    pub fn set_hashed(&self, t: &Thread, key: Value, hash: i64, value: Value) -> R<()> {
        self.exchange_hashed(t, key, hash, value).map(drop)
    }

    /// Sets a key; gives the value that was there.
    pub fn exchange(&self, t: &Thread, key: &Value, value: Value) -> R<Option<Value>> {
        let hash = hash_key(t, key)?;
        self.exchange_hashed(t, key.clone(), hash, value)
    }

    #[inline(always)]
    fn exchange_hashed(&self, t: &Thread, key: Value, hash: i64, value: Value) -> R<Option<Value>> {
        let value = value.into_owned();
        // SAFETY: a borrowed word of the key, which lives until the entry is found or made, and then in the dict.
        let probe_key = unsafe { Value::from_bits(if key.is_heap() { key.bits() | BORROWED } else { key.bits() }) };
        let (displaced, unused_key) = self.find(t, &probe_key, hash, |found| match found {
            Ok((i, _)) => {
                // SAFETY: the object is locked; the entry was just found.
                let slot = unsafe { &(*Table::entry(self.table.load(Relaxed), i)).value };
                let old = slot.replace_locked(Some(value));
                (old, Some(key))
            }
            Err(place) => {
                self.insert_new(t, key.into_owned(), hash, value, place);
                (None, None)
            }
        })?;
        drop(unused_key);
        Ok(displaced)
    }

    /// Sets a name, which is an exact `str`.
    pub fn set_str(&self, t: &Thread, key: &Value, value: Value) {
        if let Err(raised) = self.set(t, key.clone(), value) {
            drop(t.take_exception(raised));
        }
    }

    /// Sets a name.
    pub fn set_name(&self, t: &Thread, name: &str, value: Value) {
        self.set_str(t, &t.intern(name), value);
    }

    /// The value of a key, or `default` put there first (`dict.setdefault`), and whether it was there.
    pub fn get_or_insert(&self, t: &Thread, key: &Value, default: &Value) -> R<(Value, bool)> {
        let hash = hash_key(t, key)?;
        let result = self.find(t, key, hash, |found| match found {
            // SAFETY: as in `get`.
            Ok((i, _)) => {
                let v = unsafe { (*Table::entry(self.table.load(Relaxed), i)).value.get(t) };
                (v.unwrap_or(Value::NONE), true)
            }
            Err(place) => {
                self.insert_new(t, key.clone(), hash, default.clone(), place);
                (default.clone(), false)
            }
        })?;
        Ok(result)
    }

    /// Adds an entry for an absent key, for which a probe has found the place. The object has been locked since.
    #[inline(always)]
    fn insert_new(&self, t: &Thread, key: Value, hash: i64, value: Value, mut place: usize) {
        let mut table = self.table.load(Relaxed);
        // SAFETY: the object is locked.
        unsafe {
            if table.is_null() || (*table).usable.load(Relaxed) == 0 {
                table = self.resize(t, (self.used.load(Relaxed) * 3).max(8));
                place = Table::free_place(table, hash);
            }
            let i = (*table).filled.load(Relaxed);
            Table::entry(table, i).write(Entry { hash, key: Slot::new(key), value: Slot::new(value) });
            (*table).filled.store(i + 1, Release);
            (*table).usable.store((*table).usable.load(Relaxed) - 1, Relaxed);
            Table::set_index(table, place, i as u32);
        }
        self.used.store(self.used.load(Relaxed) + 1, Relaxed);
        self.changed();
    }

    #[inline(always)]
    fn changed(&self) {
        self.keys_version.store(0, Release);
        self.changes.store(self.changes.load(Relaxed).wrapping_add(1), Release);
    }

    /// Replaces the table by one with room for more. Removed entries vanish. The object is locked.
    #[cold]
    #[inline(never)]
    fn resize(&self, t: &Thread, at_least: usize) -> *mut Table {
        let places = at_least.next_power_of_two().max(8);
        let new = Table::alloc(places);
        let old = self.table.load(Relaxed);
        // SAFETY: the object is locked; entries move to the new table, the old block is retired.
        unsafe {
            if !old.is_null() {
                let mut n = 0;
                for i in 0..(*old).filled.load(Relaxed) {
                    let entry = Table::entry(old, i);
                    if !(*entry).key.is_empty() {
                        std::ptr::copy_nonoverlapping(entry, Table::entry(new, n), 1);
                        Table::set_index(new, Table::free_place(new, (*entry).hash), n as u32);
                        n += 1;
                    }
                }
                (*new).filled.store(n, Relaxed);
                (*new).usable.store((*new).capacity - n, Relaxed);
            }
            self.table.store(new, Release);
            self.changed();
            if !old.is_null() {
                t.retire_memory(old as *mut u8);
            }
        }
        new
    }

    /// Makes room for so many keys at once.
    pub fn reserve(&self, t: &Thread, keys: usize) {
        let _guard = t.lock(&self.header);
        let table = self.table.load(Relaxed);
        // SAFETY: locked.
        if table.is_null() || unsafe { (*table).capacity } < keys {
            self.resize(t, keys * 3 / 2 + 1);
        }
    }

    /// Removes a key and gives its value.
    pub fn remove(&self, t: &Thread, key: &Value) -> R<Option<Value>> {
        let hash = hash_key(t, key)?;
        let removed = self.find(t, key, hash, |found| found.ok().map(|(i, place)| self.remove_at(i, place)))?;
        Ok(match removed {
            Some((key, value)) => {
                drop(key);
                value
            }
            None => None,
        })
    }

    /// Removes an entry. The object is locked.
    fn remove_at(&self, i: usize, place: usize) -> (Option<Value>, Option<Value>) {
        // SAFETY: the object is locked; the entry was just found.
        unsafe {
            let table = self.table.load(Relaxed);
            Table::set_index(table, place, DELETED);
            let entry = &*Table::entry(table, i);
            self.used.store(self.used.load(Relaxed) - 1, Relaxed);
            self.changed();
            (entry.key.replace_locked(None), entry.value.replace_locked(None))
        }
    }

    /// Removes the last entry (`dict.popitem`).
    pub fn pop_last(&self, t: &Thread) -> Option<(Value, Value)> {
        let guard = t.lock(&self.header);
        let table = self.table.load(Relaxed);
        if self.used.load(Relaxed) == 0 {
            return None;
        }
        // SAFETY: locked, and there is an entry.
        let pair = unsafe {
            let mut i = (*table).filled.load(Relaxed);
            loop {
                i -= 1;
                if !(*Table::entry(table, i)).key.is_empty() {
                    break;
                }
            }
            let hash = (*Table::entry(table, i)).hash;
            let mut perturb = hash as usize;
            let mut place = perturb & (*table).mask;
            while Table::index(table, place) != i as u32 {
                perturb >>= 5;
                place = (place * 5 + perturb + 1) & (*table).mask;
            }
            let pair = self.remove_at(i, place);
            (*table).filled.store(i, Release);
            pair
        };
        drop(guard);
        match pair {
            (Some(k), Some(v)) => Some((k, v)),
            _ => None,
        }
    }

    /// Removes all keys.
    pub fn clear(&self, t: &Thread) {
        let guard = t.lock(&self.header);
        let table = self.table.swap(std::ptr::null_mut(), AcqRel);
        self.used.store(0, Relaxed);
        self.changed();
        drop(guard);
        // SAFETY: the table belongs to nobody else now (with the GIL off, readers may still look at it: its
        // memory is retired).
        unsafe { drop_table(t, table) };
    }

    /// The entry at or after a position, which moves on behind it: for iteration in insertion order.
    #[inline(always)]
    pub fn next_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value)> {
        let _guard = t.lock(&self.header);
        // SAFETY: locked.
        unsafe {
            let table = self.table.load(Relaxed);
            if table.is_null() {
                return None;
            }
            let filled = (*table).filled.load(Relaxed);
            while *position < filled {
                let entry = &*Table::entry(table, *position);
                *position += 1;
                if let (Some(k), Some(v)) = (entry.key.get(t), entry.value.get(t)) {
                    return Some((k, v));
                }
            }
        }
        None
    }

    /// The entry before a position, for iteration backwards. Start with `usize::MAX`.
    pub fn previous_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value)> {
        let _guard = t.lock(&self.header);
        // SAFETY: locked.
        unsafe {
            let table = self.table.load(Relaxed);
            if table.is_null() {
                return None;
            }
            *position = (*position).min((*table).filled.load(Relaxed));
            while *position > 0 {
                *position -= 1;
                let entry = &*Table::entry(table, *position);
                if let (Some(k), Some(v)) = (entry.key.get(t), entry.value.get(t)) {
                    return Some((k, v));
                }
            }
        }
        None
    }

    /// All keys and values as they are now.
    pub fn pairs(&self, t: &Thread) -> Vec<(Value, Value)> {
        let _guard = t.lock(&self.header);
        let mut out = Vec::with_capacity(self.len());
        // SAFETY: locked, and no Python code runs.
        unsafe { self.each_locked(|entry| out.extend(entry.key.get(t).zip(entry.value.get(t)))) };
        out
    }

    /// All entries as they are now, with the hashes of the keys.
    pub fn hashed_pairs(&self, t: &Thread) -> Vec<(Value, i64, Value)> {
        let _guard = t.lock(&self.header);
        let mut out = Vec::with_capacity(self.len());
        let mut add = |entry: &Entry| {
            if let (Some(key), Some(value)) = (entry.key.get(t), entry.value.get(t)) {
                out.push((key, entry.hash, value));
            }
        };
        // SAFETY: locked, and no Python code runs.
        unsafe { self.each_locked(&mut add) };
        out
    }

    /// All keys as they are now.
    pub fn keys(&self, t: &Thread) -> Vec<Value> {
        let _guard = t.lock(&self.header);
        let mut out = Vec::with_capacity(self.len());
        // SAFETY: locked, and no Python code runs.
        unsafe {
            self.each_locked(|entry| {
                if let Some(key) = entry.key.get(t) {
                    out.push(key);
                }
            });
        }
        out
    }

    /// All keys with their hashes.
    pub fn hashed_keys(&self, t: &Thread) -> Vec<(Value, i64)> {
        let _guard = t.lock(&self.header);
        let mut out = Vec::with_capacity(self.len());
        // SAFETY: locked, and no Python code runs.
        unsafe { self.each_locked(|entry| out.extend(entry.key.get(t).map(|k| (k, entry.hash)))) };
        out
    }

    /// Calls `f` with every entry.
    ///
    /// # Safety
    /// The dict is locked, and `f` runs no Python code.
    unsafe fn each_locked(&self, mut f: impl FnMut(&Entry)) {
        let table = self.table.load(Relaxed);
        if table.is_null() {
            return;
        }
        // SAFETY: locked; entries below `filled` are initialized.
        unsafe {
            for i in 0..(*table).filled.load(Relaxed) {
                let entry = &*Table::entry(table, i);
                if !entry.key.is_empty() {
                    f(entry);
                }
            }
        }
    }

    /// The entry at or after a position with its hash, which moves on behind it.
    pub(super) fn next_hashed(&self, t: &Thread, position: &mut usize) -> Option<(Value, i64, Value)> {
        let _guard = t.lock(&self.header);
        let table = self.table.load(Relaxed);
        if table.is_null() {
            return None;
        }
        // SAFETY: locked.
        unsafe {
            let filled = (*table).filled.load(Relaxed);
            while *position < filled {
                let entry = &*Table::entry(table, *position);
                *position += 1;
                if let (Some(k), Some(v)) = (entry.key.get(t), entry.value.get(t)) {
                    return Some((k, entry.hash, v));
                }
            }
        }
        None
    }

    /// A new dict with the same keys and values.
    pub fn copy(&self, t: &Thread) -> Value {
        let value = Dict::make(t);
        let copy = value.cast::<Dict>().expect("just made");
        copy.reserve(t, self.len());
        let _guard = t.lock(&self.header);
        // SAFETY: locked; the copy is ours, and its keys are distinct since this dict's are.
        unsafe {
            let table = self.table.load(Relaxed);
            if !table.is_null() {
                for i in 0..(*table).filled.load(Relaxed) {
                    let entry = &*Table::entry(table, i);
                    if let (Some(k), Some(v)) = (entry.key.get(t), entry.value.get(t)) {
                        let room = copy.table.load(Relaxed);
                        let place = if room.is_null() { NO_PLACE } else { Table::free_place(room, entry.hash) };
                        copy.insert_new(t, k, entry.hash, v, place);
                    }
                }
            }
        }
        value
    }

    /// Bytes of the table, for `__sizeof__`.
    pub fn table_bytes(&self) -> usize {
        let table = self.table.load(Acquire);
        if table.is_null() {
            return 0;
        }
        // SAFETY: tables are retired, not freed, while a thread may look at them.
        unsafe { std::mem::size_of::<Table>() + (*table).capacity * 24 + ((*table).mask + 1) * (*table).width as usize }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to the dict.
        unsafe {
            let dict = &*(this as *const Dict);
            let table = dict.table.load(Relaxed);
            dict.table.store(std::ptr::null_mut(), Relaxed);
            if !table.is_null() {
                drop_table(crate::objects::thread::current(), table);
            }
        }
    }

    /// Visits keys and values (collector).
    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(dict) = value.cast::<Dict>() {
            // SAFETY: the world is stopped.
            unsafe {
                let table = dict.table.load(Relaxed);
                if !table.is_null() {
                    for i in 0..(*table).filled.load(Relaxed) {
                        let entry = &*Table::entry(table, i);
                        entry.key.visit(visit);
                        entry.value.visit(visit);
                    }
                }
            }
        }
    }

    /// Empties the dict (collector).
    pub fn clear_refs(t: &Thread, value: &Value) {
        if let Some(dict) = value.cast::<Dict>() {
            dict.clear(t);
        }
    }
}

/// Drops a table's entries in order and gives back its memory.
///
/// # Safety
/// The table is null or belongs to the caller alone.
unsafe fn drop_table(t: &Thread, table: *mut Table) {
    if table.is_null() {
        return;
    }
    // SAFETY: entries below `filled` are initialized.
    unsafe {
        for i in 0..(*table).filled.load(Relaxed) {
            std::ptr::drop_in_place(Table::entry(table, i));
        }
        t.retire_memory(table as *mut u8);
    }
}
