//! `set` and `frozenset`: a hash table of keys alone.
//!
//! The table is CPython's: open addressing that looks at ten neighbours before it jumps, growth by four (by two
//! when large), removed keys leave a mark. So sets of ints come out in the order they come out there.
//!
//! The object's lock guards the table, for reading too. No Python code runs meanwhile: a look-up that has to
//! call `__eq__` lets go, calls, and starts again if the set changed.

mod iter;
mod methods;
pub mod ops;

pub use iter::{SPEC as ITERATOR, SetIter};
pub use methods::{FROZEN, SPEC};

use crate::objects::container::unhashable_in;
use crate::objects::header::{Header, Kind, gc_bits};
use crate::objects::native;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering::*};

/// Neighbours looked at after the first place, before the probe jumps.
const LINEAR_PROBES: usize = 9;
/// The fewest places a table has.
const MIN_SIZE: usize = 8;
/// Sets larger than this grow by two instead of four.
const LARGE: usize = 50_000;

/// One place: free (hash 0), a mark where a key was removed (hash -1), or a key.
struct Entry {
    hash: i64,
    key: Option<Value>,
}

const FREE: Entry = Entry { hash: 0, key: None };

#[derive(Default)]
struct Table {
    /// A power of two, or none while nothing was ever added.
    entries: Vec<Entry>,
    /// Places that are not free.
    fill: usize,
    used: usize,
    /// Where `pop` goes on.
    finger: usize,
}

impl Table {
    fn mask(&self) -> usize {
        self.entries.len().max(MIN_SIZE) - 1
    }

    /// Places in the order of the probe for a hash, endlessly.
    fn places(&self, hash: i64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut base = perturb & mask;
        let mut step = 0;
        std::iter::from_fn(move || {
            let last = if base + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            if step > last {
                perturb >>= 5;
                base = base.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
                step = 0;
            }
            step += 1;
            Some(base + step - 1)
        })
    }

    /// Puts a key that is known to be absent into a table without marks.
    fn insert_clean(&mut self, key: Value, hash: i64) {
        let place = self.places(hash).find(|&i| self.entries[i].key.is_none()).expect("a table has free places");
        self.entries[place] = Entry { hash, key: Some(key) };
        self.fill += 1;
        self.used += 1;
    }

    /// Puts a key into the free place that a probe found, and grows the table where it is needed.
    fn insert_at(&mut self, place: usize, key: Value, hash: i64) {
        if self.entries.is_empty() {
            self.entries.resize_with(MIN_SIZE, || FREE);
        }
        self.entries[place] = Entry { hash, key: Some(key) };
        self.fill += 1;
        self.used += 1;
        if self.fill * 5 >= self.mask() * 3 {
            self.resize(if self.used > LARGE { self.used * 2 } else { self.used * 4 });
        }
    }

    /// Moves all keys into a table with more than `at_least` places.
    fn resize(&mut self, at_least: usize) {
        let size = (at_least + 1).next_power_of_two().max(MIN_SIZE);
        let mut entries = Vec::with_capacity(size);
        entries.resize_with(size, || FREE);
        let old = std::mem::replace(&mut self.entries, entries);
        (self.fill, self.used) = (0, 0);
        for entry in old {
            if let Some(key) = entry.key {
                self.insert_clean(key, entry.hash);
            }
        }
    }

    fn remove_at(&mut self, place: usize) -> Option<Value> {
        self.used -= 1;
        let entry = &mut self.entries[place];
        entry.hash = -1;
        entry.key.take()
    }

    fn keys(&self) -> impl Iterator<Item = (&Value, i64)> {
        self.entries.iter().filter_map(|e| e.key.as_ref().map(|k| (k, e.hash)))
    }
}

/// The payload of a `set` or `frozenset`.
#[repr(C)]
pub struct Set {
    header: Header,
    table: UnsafeCell<Table>,
    /// How many keys there are, to be read without the lock.
    used: AtomicUsize,
    /// Counts changes, for interrupted look-ups.
    changes: AtomicU32,
    /// The hash of a frozenset; -1 while it is unknown.
    hash: AtomicI64,
}

// SAFETY: `repr(C)`, header first; all objects of the kind are made here. Frozensets have the same layout and a
// kind of their own: see `of`.
unsafe impl Payload for Set {
    const KIND: Kind = Kind::Set;
}

/// The payload of a set or frozenset, subclasses included.
#[inline(always)]
pub fn of(v: &Value) -> Option<&Set> {
    let header = v.header()?;
    matches!(header.layout(), Kind::Set | Kind::FrozenSet)
        // SAFETY: both kinds have this layout.
        .then(|| unsafe { &*(header as *const Header as *const Set) })
}

/// As [`of`], without subclasses.
pub fn exact(v: &Value) -> Option<&Set> {
    of(v).filter(|_| matches!(v.kind(), Kind::Set | Kind::FrozenSet))
}

/// Whether the object is a frozenset or of a subclass.
pub fn is_frozen(v: &Value) -> bool {
    v.header().is_some_and(|h| h.layout() == Kind::FrozenSet)
}

/// A `frozenset` of values that hash without error, as the compiler's constants do.
pub fn frozenset_of(t: &Thread, items: &[Value]) -> Value {
    let value = Set::make_frozen(t);
    for item in items {
        if let Err(raised) = of(&value).expect("just made").add(t, item) {
            drop(t.take_exception(raised));
        }
    }
    value
}

/// The hash of a key; the error says that it was to be in a set.
#[inline(always)]
pub fn hash_key(t: &Thread, key: &Value) -> R<i64> {
    match key.cast_exact::<Str>() {
        Some(s) => Ok(s.hash(t)),
        None => protocol::hash(t, key).map_err(|raised| unhashable_in(t, raised, key, "set element")),
    }
}

enum Probe {
    Found(usize),
    /// Absent; here it can go.
    Free(usize),
    /// The key at this place has the same hash and must be compared by `__eq__`.
    Compare(usize, Value),
}

impl Set {
    /// An empty `set`.
    pub fn make(t: &Thread) -> Value {
        // SAFETY: `init_payload` writes every field; `set` is the type of the kind.
        unsafe {
            native::allocate::<Set>(t, Kind::Set, &t.types().set, gc_bits::TRACKED, |this| Set::init_payload(this))
        }
    }

    /// An empty `frozenset`, to be filled before anybody sees it.
    pub fn make_frozen(t: &Thread) -> Value {
        // SAFETY: as in `make`.
        unsafe {
            native::allocate::<Set>(t, Kind::FrozenSet, &t.types().frozenset, gc_bits::TRACKED, |this| {
                Set::init_payload(this)
            })
        }
    }

    /// An empty set of a class, which may be a subclass of either.
    pub fn make_in_class(t: &Thread, class: &Type) -> R {
        // SAFETY: as in `make`.
        unsafe { crate::objects::container::allocate_in::<Set>(t, class, |this| Set::init_payload(this)) }
    }

    /// A `set` of the items of an iterable.
    pub fn from_iterable(t: &Thread, iterable: &Value) -> R {
        let value = Set::make(t);
        ops::update(t, of(&value).expect("just made"), iterable)?;
        Ok(value)
    }

    /// # Safety
    /// `this` is memory for a set.
    unsafe fn init_payload(this: *mut Set) {
        // SAFETY: see above.
        unsafe {
            (&raw mut (*this).table).write(UnsafeCell::default());
            (&raw mut (*this).used).write(AtomicUsize::new(0));
            (&raw mut (*this).changes).write(AtomicU32::new(0));
            (&raw mut (*this).hash).write(AtomicI64::new(-1));
        }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.load(Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The table, for a stretch of code that runs no Python code and drops no value.
    #[inline(always)]
    fn with<T>(&self, t: &Thread, f: impl FnOnce(&Table) -> T) -> T {
        let _guard = t.lock(&self.header);
        // SAFETY: locked, and `f` calls nobody who could want the table.
        f(unsafe { &*self.table.get() })
    }

    /// As [`Set::with`], for a change. What is removed is handed out and dropped by the caller.
    #[inline(always)]
    fn change<T>(&self, t: &Thread, f: impl FnOnce(&mut Table) -> T) -> T {
        let _guard = t.lock(&self.header);
        self.change_locked(f)
    }

    #[inline(always)]
    fn change_locked<T>(&self, f: impl FnOnce(&mut Table) -> T) -> T {
        // SAFETY: locked, and `f` calls nobody who could want the table.
        let table = unsafe { &mut *self.table.get() };
        let result = f(table);
        self.used.store(table.used, Relaxed);
        self.changes.store(self.changes.load(Relaxed).wrapping_add(1), Release);
        result
    }

    /// Probes for a key, past `skip` keys that were compared and found unequal.
    #[inline(always)]
    fn probe(table: &Table, key: &Value, hash: i64, mut skip: usize) -> Probe {
        if table.entries.is_empty() {
            return Probe::Free(hash as usize & (MIN_SIZE - 1));
        }
        let exact = key.cast_exact::<Str>();
        for place in table.places(hash) {
            let entry = &table.entries[place];
            let Some(other) = &entry.key else {
                if entry.hash == 0 {
                    return Probe::Free(place);
                }
                continue;
            };
            if entry.hash != hash {
                continue;
            }
            if other.is(key) {
                return Probe::Found(place);
            }
            match (exact, other.cast_exact::<Str>()) {
                (Some(a), Some(b)) => {
                    if a.equals(b) {
                        return Probe::Found(place);
                    }
                }
                _ if key.is_small() && other.is_small() => {}
                _ if skip > 0 => skip -= 1,
                _ => return Probe::Compare(place, other.clone()),
            }
        }
        unreachable!("a probe goes on until it finds a free place")
    }

    /// Finds a key and runs `decide` with the object locked: `Ok` with its place, `Err` with the free place where
    /// it can go.
    fn find<T>(&self, t: &Thread, key: &Value, hash: i64, decide: impl FnOnce(Result<usize, usize>) -> T) -> R<T> {
        let mut compared = 0;
        let mut changes = self.changes.load(Acquire);
        let mut found = None;
        loop {
            let guard = t.lock(&self.header);
            let now = self.changes.load(Acquire);
            if now != changes {
                (changes, compared, found) = (now, 0, None);
            }
            if let Some(place) = found {
                return Ok(decide(Ok(place)));
            }
            // SAFETY: locked; the probe calls nobody.
            match Set::probe(unsafe { &*self.table.get() }, key, hash, compared) {
                Probe::Found(place) => return Ok(decide(Ok(place))),
                Probe::Free(place) => return Ok(decide(Err(place))),
                Probe::Compare(place, other) => {
                    drop(guard);
                    if protocol::eq(t, &other, key)? {
                        found = Some(place);
                    }
                    compared += 1;
                }
            }
        }
    }

    /// Adds a key; whether it was absent.
    pub fn add(&self, t: &Thread, key: &Value) -> R<bool> {
        let hash = hash_key(t, key)?;
        self.add_hashed(t, key, hash)
    }

    /// As [`Set::add`], with the key's hash.
    pub fn add_hashed(&self, t: &Thread, key: &Value, hash: i64) -> R<bool> {
        self.find(t, key, hash, |found| match found {
            Ok(_) => false,
            Err(place) => {
                self.change_locked(|table| table.insert_at(place, key.clone(), hash));
                true
            }
        })
    }

    /// Whether the key is there.
    pub fn contains(&self, t: &Thread, key: &Value) -> R<bool> {
        let hash = hash_key(t, key)?;
        self.contains_hashed(t, key, hash)
    }

    /// As [`Set::contains`], with the key's hash.
    pub fn contains_hashed(&self, t: &Thread, key: &Value, hash: i64) -> R<bool> {
        self.find(t, key, hash, |found| found.is_ok())
    }

    /// Removes a key; whether it was there.
    pub fn discard(&self, t: &Thread, key: &Value) -> R<bool> {
        let hash = hash_key(t, key)?;
        self.discard_hashed(t, key, hash)
    }

    /// As [`Set::discard`], with the key's hash.
    pub fn discard_hashed(&self, t: &Thread, key: &Value, hash: i64) -> R<bool> {
        let removed = self.find(t, key, hash, |found| match found {
            Ok(place) => self.change_locked(|table| table.remove_at(place)),
            Err(_) => None,
        })?;
        Ok(removed.is_some())
    }

    /// Takes some key out.
    pub fn pop(&self, t: &Thread) -> Option<Value> {
        self.change(t, |table| {
            if table.used == 0 {
                return None;
            }
            let mask = table.mask();
            let mut place = table.finger & mask;
            while table.entries[place].key.is_none() {
                place = if place == mask { 0 } else { place + 1 };
            }
            table.finger = place + 1;
            table.remove_at(place)
        })
    }

    /// Removes all keys.
    pub fn clear(&self, t: &Thread) {
        let old = self.change(t, std::mem::take);
        drop(old);
    }

    /// The key at or after a position, which moves on behind it.
    #[inline(always)]
    pub fn next_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, i64)> {
        self.with(t, |table| {
            while let Some(entry) = table.entries.get(*position) {
                *position += 1;
                if let Some(key) = &entry.key {
                    return Some((key.clone(), entry.hash));
                }
            }
            None
        })
    }

    /// All keys with their hashes as they are now.
    pub fn hashed_items(&self, t: &Thread) -> Vec<(Value, i64)> {
        self.with(t, |table| table.keys().map(|(k, h)| (k.clone(), h)).collect())
    }

    /// All keys as they are now.
    pub fn items(&self, t: &Thread) -> Vec<Value> {
        self.with(t, |table| table.keys().map(|(k, _)| k.clone()).collect())
    }

    /// Makes room for `extra` more keys, as CPython does before it adds many.
    fn reserve(&self, t: &Thread, extra: usize) {
        self.change(t, |table| {
            if (table.fill + extra) * 5 >= table.mask() * 3 {
                table.resize((table.used + extra) * 2);
            }
        });
    }

    /// Adds all keys of another set.
    pub fn merge(&self, t: &Thread, other: &Set) -> R<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.reserve(t, other.len());
        let (mask, clean, items) = other.with(t, |table| {
            let items: Vec<(Value, i64)> = table.keys().map(|(k, h)| (k.clone(), h)).collect();
            (table.mask(), table.fill == table.used, items)
        });
        if self.is_empty() && self.with(t, |table| table.fill == 0) {
            if clean && self.with(t, |table| table.mask() == mask) {
                // Of the same size: every key keeps its place.
                let copy: Vec<Entry> = other.with(t, |table| {
                    table.entries.iter().map(|e| Entry { hash: e.hash, key: e.key.clone() }).collect()
                });
                let old = self.change(t, |table| {
                    table.fill = copy.iter().filter(|e| e.key.is_some()).count();
                    table.used = table.fill;
                    std::mem::replace(&mut table.entries, copy)
                });
                drop(old);
                return Ok(());
            }
            self.change(t, |table| {
                if table.entries.is_empty() {
                    table.entries.resize_with(MIN_SIZE, || FREE);
                }
                items.into_iter().for_each(|(key, hash)| table.insert_clean(key, hash));
            });
            return Ok(());
        }
        for (key, hash) in items {
            self.add_hashed(t, &key, hash)?;
        }
        Ok(())
    }

    /// Takes over the keys of a set that nobody else knows; its own are dropped.
    fn swap_table(&self, t: &Thread, other: &Set) {
        let table = other.change(t, std::mem::take);
        let old = self.change(t, |mine| std::mem::replace(mine, table));
        drop(old);
    }

    /// Gets rid of removed keys' marks if they are many.
    fn tidy(&self, t: &Thread) {
        self.change(t, |table| {
            if table.fill - table.used > table.mask() / 4 {
                table.resize(if table.used > LARGE { table.used * 2 } else { table.used * 4 });
            }
        });
    }

    /// Bytes of the table outside the object, for `__sizeof__`.
    pub fn table_bytes(&self, t: &Thread) -> usize {
        self.with(t, |table| if table.entries.len() > MIN_SIZE { table.entries.len() * 16 } else { 0 })
    }

    /// # Safety
    /// The object is dead.
    pub(crate) unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place((*(this as *mut Set)).table.get()) };
    }

    /// Visits the keys (collector).
    pub(crate) fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(set) = of(value) {
            // SAFETY: the world is stopped.
            unsafe { &*set.table.get() }.keys().for_each(|(k, _)| visit(k));
        }
    }

    /// Empties the set (collector).
    pub(crate) fn clear_refs(t: &Thread, value: &Value) {
        if let Some(set) = of(value) {
            set.clear(t);
        }
    }
}
