//! A thread's cache of attribute look-ups on types: (type version, name) to what was found.

use super::header::Header;
use super::thread::Thread;
use super::value::{Value, is_pointer};

/// A power of two, as CPython's.
const SIZE: usize = 4096;

#[derive(Clone, Copy)]
struct Entry {
    version: u32,
    name: u64,
    /// The word of what was found, not counted: valid while the version is. 0 for "not found".
    value: u64,
}

/// See the module's chapter.
pub struct TypeCache(Box<[Entry]>);

impl Default for TypeCache {
    fn default() -> TypeCache {
        TypeCache(vec![Entry { version: 0, name: 0, value: 0 }; SIZE].into_boxed_slice())
    }
}

impl TypeCache {
    #[inline(always)]
    fn place(version: u32, name: u64) -> usize {
        (version as usize ^ (name >> 4) as usize) & (SIZE - 1)
    }

    /// What a look-up found before; the outer `None` if it is not known. With the GIL off the class may be changed,
    /// and the value freed, all the while: there the caller looks at the version again afterwards.
    #[inline(always)]
    pub fn get(&self, t: &Thread, version: u32, name: &Value) -> Option<Option<Value>> {
        let name = name.bits() & !super::value::BORROWED;
        let entry = &self.0[Self::place(version, name)];
        if entry.version != version || entry.name != name {
            return None;
        }
        if entry.value == 0 {
            return Some(None);
        }
        if !t.gil_enabled() && is_pointer(entry.value) {
            // SAFETY: the header is readable even if the object died (`heap`).
            let header = unsafe { &*(entry.value as *const Header) };
            // SAFETY: the increment succeeded, so the object lives.
            return header.try_incref(t.tid()).then(|| Some(unsafe { Value::from_header(header) }));
        }
        // SAFETY: the type had this version when the value was found in its MRO, and has it still: nothing in
        // the MRO changed, so the namespace keeps the value alive.
        Some(Some(unsafe { Value::from_ref(&entry.value) }.clone()))
    }

    /// Remembers what a look-up found.
    pub fn put(&mut self, version: u32, name: &Value, value: Option<&Value>) {
        let name = name.bits() & !super::value::BORROWED;
        let value = value.map_or(0, |v| v.bits() & !if v.is_heap() { super::value::BORROWED } else { 0 });
        self.0[Self::place(version, name)] = Entry { version, name, value };
    }
}
