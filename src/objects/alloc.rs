//! Memory for instances of any class: the payload of the built-in layout, and behind it the instance part with
//! `__slots__` and attributes, if the class gives its instances one.

use super::header::{Header, Kind, SUBCLASS, gc_bits};
use super::instance::Part;
use super::slots::R;
use super::spec::type_flags;
use super::thread::Thread;
use super::type_object::Type;
use super::value::Value;

/// A new instance of `class` (a subclass of the built-in type with this layout, or that type itself).
///
/// # Safety
/// `class`'s layout is `T`'s, and `init` fills everything behind the header that the payload declares. Until
/// then the object is not seen by anybody: `init` runs no Python code. Flags in the header (the width of
/// a string) are set after this.
pub unsafe fn alloc_instance<T>(t: &Thread, class: &Type, init: impl FnOnce(*mut T)) -> R {
    debug_assert!(class.payload_size() >= std::mem::size_of::<T>());
    // SAFETY: as the caller says.
    unsafe { alloc_sized(t, class, class.payload_size(), |memory| init(memory as *mut T)) }
}

/// As [`alloc_instance`], for a payload whose size depends on the instance (`tuple`, `str`, `bytes`).
///
/// # Safety
/// As there; `payload` is the size of the payload that `init` makes, which `type_object::var_payload_size` finds
/// again.
pub unsafe fn alloc_sized(t: &Thread, class: &Type, payload: usize, init: impl FnOnce(*mut Header)) -> R {
    let offset = match class.part_offset() {
        0 => 0,
        Type::PART_AT_END => payload.next_multiple_of(8),
        offset => offset,
    };
    let size = match offset {
        0 => Some(payload),
        offset => (offset + std::mem::size_of::<Part>()).checked_add(class.inline_slots() * 8),
    };
    let Some(memory) = size.filter(|&s| s <= isize::MAX as usize).and_then(|s| t.heap.0.allocate(s)) else {
        return Err(t.memory_error());
    };
    let (kind, gc) = header_bits(class);
    // SAFETY: fresh memory of the size the class asks for; the count of the class is taken for the object.
    unsafe {
        if gc & gc_bits::TRACKED != 0 {
            t.count_container();
        }
        if !class.header.is_immortal() {
            class.header.incref_by(t.tid());
        }
        init(memory);
        if offset != 0 {
            Part::init((memory as *mut u8).add(offset) as *mut Part, class);
        }
        Header::init(memory, t, kind, gc, class);
        Ok(Value::from_header(memory))
    }
}

/// The kind byte and collector bits of a class's instances.
fn header_bits(class: &Type) -> (u8, u8) {
    let layout = class.instance_kind();
    let subclass = class.is_heap_type() && layout != Kind::Instance;
    let tracked = class.has_flag(type_flags::HAVE_GC) || class.is_heap_type();
    (layout as u8 | if subclass { SUBCLASS } else { 0 }, if tracked { gc_bits::TRACKED } else { 0 })
}

/// The size of an instance's payload (without its part), for `__sizeof__` and `__basicsize__`.
pub fn payload_bytes(v: &Value) -> usize {
    match v.header() {
        Some(header) if header.type_of().has_flag(type_flags::VAR_SIZED) => {
            super::type_object::var_payload_size(header)
        }
        Some(header) => header.type_of().payload_size(),
        None => std::mem::size_of::<Header>(),
    }
}
