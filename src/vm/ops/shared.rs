//! Cached forms of global and attribute access with the GIL off.
//!
//! What a guard has found true another thread may make false at once. So a form reads first and checks again
//! afterwards: if the guard still holds, it held in between. A form that writes holds the object's lock. Only
//! objects that live for ever (functions and classes of a module's top level) are cached as such.

use super::attr::{
    LOAD_ATTR, LOAD_GLOBAL, STORE_ATTR, inline_slot, loaded, loaded_global, plain_shape, shape_is, stored,
};
use crate::objects::dict::Dict;
use crate::objects::header::Header;
use crate::objects::instance::{PLAIN_OFFSET, Part};
use crate::objects::module::Module;
use crate::objects::shape::Shape;
use crate::objects::thread::Thread;
use crate::objects::value::{BORROWED, Value, is_pointer};
use crate::vm::dispatch::{Registers, op};
use std::sync::atomic::Ordering::{Acquire, Release};

/// The word that a dict's entry holds, if the cache still stands, or 0.
#[inline(always)]
unsafe fn cached(r: &Registers, dict: &Dict, cache: u64) -> u64 {
    let (version, index) = (cache as u32, (cache >> 32) as usize);
    // SAFETY: what the slot holds may be dead, but headers stay readable, and the thread's own objects live.
    unsafe {
        let Some((table, slot)) = dict.cached_slot(version, index) else { return 0 };
        let word = (*slot).bits();
        if is_pointer(word) {
            let header = &*(word as *const Header);
            if !header.is_immortal() && !header.incref_own(r.thread().tid()) {
                return cached_slow(r.thread(), dict, version, index);
            }
        }
        if dict.cache_stands(version, table) {
            return word;
        }
        r.drop_word(word);
        0
    }
}

/// As [`cached`], of objects that other threads own.
#[inline(never)]
fn cached_slow(t: &Thread, dict: &Dict, version: u32, index: usize) -> u64 {
    Value::option_into_bits(dict.cached(t, version, index))
}

op!(LOAD_GLOBAL_MODULE_SHARED, r => {
    let w = cached(&r, &*((*r.f).globals as *const Dict), *r.pc);
    if w == 0 { return r.tail(LOAD_GLOBAL); }
    loaded_global(r, w)
});

op!(LOAD_GLOBAL_BUILTIN_SHARED, r => {
    let (cache, versions) = (*r.pc, *r.pc.add(1));
    let globals = &*((*r.f).globals as *const Dict);
    if globals.keys_version.load(Acquire) != cache as u32 { return r.tail(LOAD_GLOBAL); }
    let cache = cache & !0xFFFF_FFFF | versions;
    let w = cached(&r, &*((*r.f).builtins as *const Dict), cache);
    if w == 0 { return r.tail(LOAD_GLOBAL); }
    loaded_global(r, w)
});

op!(
/// A name of a module.
LOAD_ATTR_MODULE_SHARED, r => {
    let w = r.peek(1);
    let v = match r.value(1).cast_exact::<Module>() {
        Some(module) => cached(&r, module.dict_ref(), *r.pc),
        None => 0,
    };
    if v == 0 { return r.tail(LOAD_ATTR); }
    loaded(r, w, v)
});

op!(
/// An attribute in an inline slot of a plain instance.
LOAD_ATTR_INSTANCE_VALUE_SHARED, r => {
    let (cache, w) = (*r.pc, r.peek(1));
    if is_pointer(w) {
        let shape = plain_shape(w);
        if shape_is(shape, cache as u32) {
            let object = (w & !BORROWED) as usize;
            let v = r.read(inline_slot(w, cache));
            if v != 0 {
                if std::ptr::eq((*((object + PLAIN_OFFSET) as *const Part)).shape.load(Acquire), shape) {
                    return loaded(r, w, v);
                }
                r.drop_word(v);
            }
        }
    }
    r.tail(LOAD_ATTR)
});

/// Stores into an inline slot of a plain instance, under its lock: the word that was there, or `None` if its shape is not
/// the cached one. `next` is the shape that it gets.
#[inline(never)]
unsafe fn store(t: &Thread, object: u64, cache: u64, next: *const Shape, word: u64) -> Option<u64> {
    // SAFETY: a live instance; its shape tells that the slot is there.
    unsafe {
        let _guard = t.lock(&*(object as *const Header));
        if !shape_is(plain_shape(object), cache as u32) {
            return None;
        }
        Some(put(object, cache, next, word))
    }
}

/// The store itself: the word that was there.
#[inline(always)]
unsafe fn put(object: u64, cache: u64, next: *const Shape, word: u64) -> u64 {
    // SAFETY: a live instance whose lock is held, and whose shape is the cached one.
    unsafe {
        let old = Value::option_into_bits(inline_slot(object, cache).replace_locked(Some(Value::from_bits(word))));
        if !next.is_null() {
            (*((object as usize + PLAIN_OFFSET) as *const Part)).shape.store(next as *mut Shape, Release);
        }
        old
    }
}

macro_rules! store_form {
    ($(#[$doc:meta])* $name:ident, $r:ident => $next:expr) => {
        op!($(#[$doc])* $name, $r => {
            let (cache, w) = (*$r.pc, $r.peek(1));
            if is_pointer(w) {
                let value = $r.peek(2);
                let value = $r.own(value);
                if $r.holds(w) && shape_is(plain_shape(w), cache as u32) {
                    let old = put(w & !BORROWED, cache, $next, value);
                    return stored($r, old, w);
                }
                if let Some(old) = store($r.thread(), w & !BORROWED, cache, $next, value) {
                    return stored($r, old, w);
                }
                // The word on the stack owns the count now.
                $r.poke(2, value);
            }
            $r.tail(STORE_ATTR)
        });
    };
}
store_form!(
    /// An attribute that the instance has already, in an inline slot.
    STORE_ATTR_INSTANCE_VALUE_SHARED, r => std::ptr::null()
);
store_form!(
    /// A new attribute in an inline slot: the shape moves on.
    STORE_ATTR_ADD_SHARED, r => *r.pc.add(1) as *const Shape
);
