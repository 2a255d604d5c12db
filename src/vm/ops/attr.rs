//! Names and attributes, with inline caches.
//!
//! A cache is guarded by one number: the version of the instance's shape, of a type, or of a dict's set of
//! keys. Whatever could make the cached answer wrong takes that version away. The cached words own no count:
//! while the version stands, the namespace that the value was found in keeps it alive.

use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::instance::{PLAIN_OFFSET, PLAIN_VALUES, Part};
use crate::objects::module::Module;
use crate::objects::shape::Shape;
use crate::objects::slot::Slot;
use crate::objects::type_object::Type;
use crate::objects::value::{BORROWED, Payload, Value, is_pointer};
use crate::vm::dispatch::{Exit, Registers, op};
use crate::vm::{slow, specialize};
use std::sync::atomic::Ordering::{Acquire, Relaxed};

/// Cells of cache behind each instruction.
pub const ATTR_CACHE: usize = 9;
pub const STORE_CACHE: usize = 4;
pub const GLOBAL_CACHE: usize = 4;

/// The word of the name that the argument, shifted, stands for.
#[inline(always)]
unsafe fn name<'a>(r: &Registers, shift: usize) -> &'a Value {
    // SAFETY: the argument indexes the code's names.
    unsafe { Frame::code_of(r.f).names().get_unchecked(r.arg() >> shift) }
}

/// The inline slot of a plain instance whose place a cache holds above its guard.
///
/// # Safety
/// The guard stands: the instance has that slot.
#[inline(always)]
pub unsafe fn inline_slot<'a>(w: u64, cache: u64) -> &'a Slot {
    // SAFETY: see above.
    unsafe { &*(((w & !BORROWED) as usize + PLAIN_VALUES + ((cache >> 32) as usize) * 8) as *const Slot) }
}

/// How LOAD_ATTR ends: `v`, owned, takes the place of the owner `w`.
///
/// # Safety
/// As for [`Registers::next`].
#[inline(always)]
pub unsafe fn loaded(mut r: Registers, w: u64, v: u64) -> Exit {
    r.poke(1, v);
    if r.arg() & 1 != 0 {
        r.push(0);
    }
    r.drop_word(w);
    // SAFETY: see above.
    unsafe { r.next_skipping(ATTR_CACHE) }
}

/// As [`loaded`], with an unbound method below its receiver `w`.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn loaded_method(mut r: Registers, w: u64, method: u64) -> Exit {
    r.incref(method);
    r.poke(1, method);
    r.push(w);
    // SAFETY: see above.
    unsafe { r.next_skipping(ATTR_CACHE) }
}

/// How LOAD_GLOBAL ends.
///
/// # Safety
/// As for [`Registers::next`].
#[inline(always)]
pub unsafe fn loaded_global(mut r: Registers, w: u64) -> Exit {
    r.push(w);
    if r.arg() & 1 != 0 {
        r.push(0);
    }
    // SAFETY: see above.
    unsafe { r.next_skipping(GLOBAL_CACHE) }
}

/// How STORE_ATTR ends: the displaced word and the object `w` go.
///
/// # Safety
/// As for [`Registers::next`].
#[inline(always)]
pub unsafe fn stored(mut r: Registers, old: u64, w: u64) -> Exit {
    // SAFETY: the operands are two words.
    unsafe {
        r.sp = r.sp.sub(2);
        r.drop_word(old);
        r.drop_word(w);
        r.next_skipping(STORE_CACHE)
    }
}

op!(LOAD_GLOBAL, r => {
    r.save();
    let w = specialize::load_global(r.thread(), r.f, r.pc.sub(1) as *mut u64, r.arg());
    if w == 0 { return r.error(); }
    loaded_global(r, w)
});

op!(LOAD_GLOBAL_MODULE, r => {
    let cache = *r.pc;
    let globals = &*((*r.f).globals as *const Dict);
    if globals.keys_version.load(Acquire) != cache as u32 {
        return r.tail(LOAD_GLOBAL);
    }
    let w = r.read(globals.value_slot((cache >> 32) as usize));
    if w == 0 { return r.tail(LOAD_GLOBAL); }
    loaded_global(r, w)
});

op!(LOAD_GLOBAL_BUILTIN, r => {
    let (cache, versions) = (*r.pc, *r.pc.add(1));
    let globals = &*((*r.f).globals as *const Dict);
    let builtins = &*((*r.f).builtins as *const Dict);
    if globals.keys_version.load(Acquire) != cache as u32 || builtins.keys_version.load(Acquire) != versions as u32 {
        return r.tail(LOAD_GLOBAL);
    }
    let w = r.read(builtins.value_slot((cache >> 32) as usize));
    if w == 0 { return r.tail(LOAD_GLOBAL); }
    loaded_global(r, w)
});

macro_rules! named {
    ($($name:ident => $slow:ident),*) => { $(
        op!($name, r => {
            r.save();
            let w = slow::$slow(r.thread(), r.f, name(&r, 0));
            if w == 0 { return r.error(); }
            r.push(w);
            r.next()
        });
    )* };
}
named!(LOAD_NAME => load_name);

op!(LOAD_LOCALS, r => {
    r.save();
    let w = slow::load_locals(r.thread(), r.f);
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(LOAD_FROM_DICT_OR_GLOBALS, r => {
    r.save();
    let w = slow::load_from_dict_or_globals(r.thread(), r.f, r.value(1), name(&r, 0));
    if w == 0 { return r.error(); }
    let old = r.peek(1);
    r.poke(1, w);
    r.drop_word(old);
    r.next()
});

op!(LOAD_FROM_DICT_OR_DEREF, r => {
    r.save();
    let w = slow::load_from_dict_or_deref(r.thread(), r.f, r.value(1), r.arg());
    if w == 0 { return r.error(); }
    let old = r.peek(1);
    r.poke(1, w);
    r.drop_word(old);
    r.next()
});

op!(STORE_NAME, r => {
    r.save();
    if !slow::store_name(r.thread(), r.f, name(&r, 0), r.value(1)) { return r.error(); }
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(DELETE_NAME, r => {
    r.save();
    if !slow::delete_name(r.thread(), r.f, name(&r, 0)) { return r.error(); }
    r.next()
});

op!(STORE_GLOBAL, r => {
    r.save();
    if !slow::store_global(r.thread(), r.f, name(&r, 0), r.value(1)) { return r.error(); }
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(DELETE_GLOBAL, r => {
    r.save();
    if !slow::delete_global(r.thread(), r.f, name(&r, 0)) { return r.error(); }
    r.next()
});

/// The shape of a plain instance, or null.
///
/// # Safety
/// The word is a live object's.
#[inline(always)]
pub unsafe fn plain_shape(w: u64) -> *const Shape {
    // SAFETY: a pointer word points to a live object; plain instances have their part behind the header.
    unsafe {
        let header = (w & !BORROWED) as *const crate::objects::header::Header;
        if (*header).kind_byte() != crate::objects::header::Kind::Instance as u8 {
            return std::ptr::null();
        }
        (*((header as *const u8).add(PLAIN_OFFSET) as *const Part)).shape.load(Acquire)
    }
}

/// Whether the shape's version is the cached one.
///
/// # Safety
/// The shape is null or lives.
#[inline(always)]
pub unsafe fn shape_is(shape: *const Shape, version: u32) -> bool {
    // SAFETY: shapes live as long as the instance's type.
    !shape.is_null() && unsafe { (*shape).version.load(Acquire) } == version
}

op!(
/// Any attribute, by way of the slots; learns what to cache.
LOAD_ATTR, r => {
    r.save();
    let ok = specialize::load_attr(r.thread(), r.f, r.pc.sub(1) as *mut u64, r.sp.sub(1), r.arg());
    if !ok { return r.error(); }
    if r.arg() & 1 != 0 { r.sp = r.sp.add(1); }
    r.next_skipping(ATTR_CACHE)
});

op!(
/// An attribute in an inline slot of a plain instance.
LOAD_ATTR_INSTANCE_VALUE, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) {
        let shape = plain_shape(w);
        if shape_is(shape, cache as u32) {
            let slot = inline_slot(w, cache);
            let v = r.read(slot);
            if v != 0 {
                return loaded(r, w, v);
            }
        }
    }
    r.tail(LOAD_ATTR)
});

/// How many shapes a site that has met several remembers.
pub const SHAPES: usize = 8;
/// As for [`SHAPES`], where a method goes with each.
pub const METHODS: usize = 4;
/// As for [`SHAPES`], of a store.
pub const STORE_SHAPES: usize = 3;

op!(
/// An attribute in an inline slot of plain instances of several shapes (GIL on).
LOAD_ATTR_INSTANCE_VALUE_MANY, r => {
    let w = r.peek(1);
    if is_pointer(w) {
        let shape = plain_shape(w);
        if !shape.is_null() {
            let version = (*shape).version.load(Acquire);
            for i in 0..SHAPES {
                let cache = *r.pc.add(i);
                if cache as u32 == version && version != 0 {
                    let slot = inline_slot(w, cache);
                    let v = r.read(slot);
                    if v == 0 { break; }
                    return loaded(r, w, v);
                }
            }
        }
    }
    r.tail(LOAD_ATTR)
});

op!(
/// A method of plain instances of several shapes (GIL on).
LOAD_ATTR_METHOD_MANY, r => {
    let w = r.peek(1);
    if is_pointer(w) {
        let shape = plain_shape(w);
        if !shape.is_null() {
            let version = (*shape).version.load(Acquire);
            for i in 0..METHODS {
                if *r.pc.add(2 * i) == version as u64 && version != 0 {
                    let method = *r.pc.add(2 * i + 1);
                    return loaded_method(r, w, method);
                }
            }
        }
    }
    r.tail(LOAD_ATTR)
});

op!(
/// An attribute that instances of several shapes have already, in an inline slot (GIL on).
STORE_ATTR_INSTANCE_VALUE_MANY, r => {
    let w = r.peek(1);
    if is_pointer(w) {
        let shape = plain_shape(w);
        if !shape.is_null() {
            let version = (*shape).version.load(Acquire);
            for i in 0..STORE_SHAPES {
                let cache = *r.pc.add(i);
                if cache as u32 == version && version != 0 {
                    let slot = inline_slot(w, cache);
                    let value = r.peek(2);
                    let value = r.own(value);
                    let old = Value::option_into_bits(slot.replace_locked(Some(Value::from_bits(value))));
                    return stored(r, old, w);
                }
            }
        }
    }
    r.tail(STORE_ATTR)
});

op!(
/// An attribute in the out-of-line block of a plain instance.
LOAD_ATTR_INSTANCE_EXTRA, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) && shape_is(plain_shape(w), cache as u32) {
        let part = &*(((w & !BORROWED) as usize + PLAIN_OFFSET) as *const Part);
        let v = r.read(part.extra_slot((cache >> 32) as usize));
        if v != 0 {
            return loaded(r, w, v);
        }
    }
    r.tail(LOAD_ATTR)
});

op!(
/// A method of a plain instance: the function and the instance, unbound.
LOAD_ATTR_METHOD, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) && shape_is(plain_shape(w), cache as u32) {
        let method = *r.pc.add(1);
        return loaded_method(r, w, method);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// A method of an object without attributes of its own: the type's version is the guard.
LOAD_ATTR_METHOD_TYPE, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if !is_pointer(w) { return r.tail(load_attr_method_immediate); }
    if r.value(1).header_unchecked().type_of().version.load(Acquire) == cache as u32 {
        let method = *r.pc.add(1);
        return loaded_method(r, w, method);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// As [`LOAD_ATTR_METHOD_TYPE`], of an immediate value: to find its type takes a call.
load_attr_method_immediate, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if r.value(1).type_of(r.thread()).version.load(Acquire) == cache as u32 {
        let method = *r.pc.add(1);
        return loaded_method(r, w, method);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// A class attribute that is no descriptor, seen through a plain instance.
LOAD_ATTR_NONDESCRIPTOR, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) && shape_is(plain_shape(w), cache as u32) {
        let value = *r.pc.add(1);
        r.incref(value);
        return loaded(r, w, value);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// An attribute of a class.
LOAD_ATTR_CLASS, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if let Some(class) = r.value(1).cast::<Type>()
        && class.version.load(Acquire) == cache as u32
    {
        let value = *r.pc.add(1);
        r.incref(value);
        return loaded(r, w, value);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// An attribute of a class that has a metaclass of its own.
LOAD_ATTR_CLASS_OF_METACLASS, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if let Some(class) = r.value(1).cast::<Type>()
        && class.version.load(Acquire) == cache as u32
        && class.header().type_of().version.load(Acquire) == (cache >> 32) as u32
    {
        let value = *r.pc.add(1);
        r.incref(value);
        return loaded(r, w, value);
    }
    r.tail(LOAD_ATTR)
});

op!(
/// A name of a module.
LOAD_ATTR_MODULE, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if let Some(module) = r.value(1).cast_exact::<Module>() {
        let dict = module.dict_ref();
        if dict.keys_version.load(Acquire) == cache as u32 {
            let v = r.read(dict.value_slot((cache >> 32) as usize));
            if v != 0 {
                return loaded(r, w, v);
            }
        }
    }
    r.tail(LOAD_ATTR)
});

op!(
/// Any attribute store; learns what to cache.
STORE_ATTR, r => {
    // value, object
    r.save();
    if !specialize::store_attr(r.thread(), r.f, r.pc.sub(1) as *mut u64, r.value(1), r.value(2), r.arg()) {
        return r.error();
    }
    for _ in 0..2 {
        let w = r.pop();
        r.drop_word(w);
    }
    r.next_skipping(STORE_CACHE)
});

op!(
/// An attribute that the instance has already, in an inline slot (GIL on).
STORE_ATTR_INSTANCE_VALUE, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) && shape_is(plain_shape(w), cache as u32) {
        let slot = inline_slot(w, cache);
        let value = r.peek(2);
        let value = r.own(value);
        let old = Value::option_into_bits(slot.replace_locked(Some(Value::from_bits(value))));
        return stored(r, old, w);
    }
    r.tail(STORE_ATTR)
});

op!(
/// A new attribute in an inline slot: the shape moves on (GIL on).
STORE_ATTR_ADD, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) && shape_is(plain_shape(w), cache as u32) {
        let slot = inline_slot(w, cache);
        let value = r.peek(2);
        let value = r.own(value);
        let old = Value::option_into_bits(slot.replace_locked(Some(Value::from_bits(value))));
        let part = &*(((w & !BORROWED) as usize + PLAIN_OFFSET) as *const Part);
        part.shape.store(*r.pc.add(1) as *mut Shape, Relaxed);
        return stored(r, old, w);
    }
    r.tail(STORE_ATTR)
});

op!(DELETE_ATTR, r => {
    r.save();
    if !slow::delete_attr(r.thread(), r.value(1), name(&r, 0)) { return r.error(); }
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(LOAD_SUPER_ATTR, r => {
    // super, class, self
    r.save();
    let ok = slow::load_super_attr(r.thread(), r.sp.sub(3), name(&r, 2), r.arg());
    if !ok { return r.error(); }
    r.sp = r.sp.sub(2);
    if r.arg() & 1 != 0 { r.sp = r.sp.add(1); }
    r.next_skipping(1)
});

op!(LOAD_SPECIAL, r => {
    r.save();
    if !slow::load_special(r.thread(), r.sp.sub(1), r.arg()) { return r.error(); }
    r.sp = r.sp.add(1);
    r.next()
});
