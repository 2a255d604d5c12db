//! The generic forms of global and attribute access, and what they teach the inline caches.
//!
//! A form that finds its guard broken goes back to the generic one, which looks the name up and, a limited
//! number of times, tries to specialize the cell again: a site that sees many shapes stays generic.

use super::dispatch::{cell, rewrite};
use super::ops::Extra;
use super::ops::attr::{METHODS, SHAPES, STORE_SHAPES};
use super::slow;
use crate::bytecode::Opcode;
use crate::objects::attribute;
use crate::objects::descriptors::member::MemberDescr;
use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::function::Function;
use crate::objects::header::Kind;
use crate::objects::instance::{PLAIN_OFFSET, Part};
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::shape::Shape;
use crate::objects::spec::type_flags;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{BORROWED, Payload, Value};
use std::sync::atomic::Ordering::Acquire;

/// How often a site may be specialized anew before it stays generic.
const MAX_TRIES: u16 = 60;
/// Executions of the generic form before the first attempt.
const WARMUP: u16 = 2;

/// Counts an execution of a site's generic form in its cell: whether to try to specialize it now.
unsafe fn should_try(at: *mut u64, generic: Opcode, arg: usize) -> bool {
    // SAFETY: the cell is this thread's to write.
    unsafe {
        let count = (*at >> 16) as u16;
        if count >= MAX_TRIES {
            *at = cell(generic as u16, MAX_TRIES, arg as u32);
            return false;
        }
        *at = cell(generic as u16, count + 1, arg as u32);
        count >= WARMUP
    }
}

/// The form for a site: with the GIL off, the one that is safe there.
fn form(t: &Thread, with_gil: Extra) -> Extra {
    if t.gil_enabled() {
        return with_gil;
    }
    match with_gil {
        Extra::LOAD_GLOBAL_MODULE => Extra::LOAD_GLOBAL_MODULE_SHARED,
        Extra::LOAD_GLOBAL_BUILTIN => Extra::LOAD_GLOBAL_BUILTIN_SHARED,
        Extra::LOAD_ATTR_MODULE => Extra::LOAD_ATTR_MODULE_SHARED,
        Extra::LOAD_ATTR_INSTANCE_VALUE => Extra::LOAD_ATTR_INSTANCE_VALUE_SHARED,
        Extra::STORE_ATTR_INSTANCE_VALUE => Extra::STORE_ATTR_INSTANCE_VALUE_SHARED,
        Extra::STORE_ATTR_ADD => Extra::STORE_ATTR_ADD_SHARED,
        other => other,
    }
}

/// The versions of an object's type and, if it is a class, of itself, given now if they have none.
fn versions(t: &Thread, owner: &Value) -> (u32, u32) {
    (owner.type_of(t).assign_version(t), owner.cast::<Type>().map_or(0, |class| class.assign_version(t)))
}

/// With the GIL off a class may have changed between the look-up and the moment that its shapes got the versions that the
/// cache remembers: then the site stays generic.
unsafe fn keep_if(t: &Thread, at: *mut u64, generic: Opcode, owner: &Value, before: (u32, u32)) {
    if !t.gil_enabled() && versions(t, owner) != before {
        // SAFETY: the cell is this thread's to write.
        unsafe { *at = (*at & !0xFFFF) | generic as u64 };
    }
}

/// The shapes that a site remembers, while it is specialized for one more.
enum Met {
    Nothing,
    /// Versions with places.
    Values([u64; SHAPES]),
    /// Versions and methods.
    Methods([u64; 2 * METHODS]),
    /// Versions with places, of a store.
    Stores([u64; STORE_SHAPES]),
}

impl Met {
    /// What the site remembers now.
    unsafe fn take(t: &Thread, at: *mut u64) -> Met {
        if !t.gil_enabled() {
            return Met::Nothing;
        }
        // SAFETY: the cells behind `at` are the instruction's cache.
        unsafe {
            let is = |form: Extra| *at as u16 == form as u16;
            let cell = |i: usize| *at.add(1 + i);
            let one = |n: usize| move |i: usize| if i < n { cell(i) } else { 0 };
            if is(Extra::LOAD_ATTR_INSTANCE_VALUE) {
                Met::Values(std::array::from_fn(one(1)))
            } else if is(Extra::LOAD_ATTR_INSTANCE_VALUE_MANY) {
                Met::Values(std::array::from_fn(cell))
            } else if is(Extra::LOAD_ATTR_METHOD) {
                Met::Methods(std::array::from_fn(one(2)))
            } else if is(Extra::LOAD_ATTR_METHOD_MANY) {
                Met::Methods(std::array::from_fn(cell))
            } else if is(Extra::STORE_ATTR_INSTANCE_VALUE) {
                Met::Stores(std::array::from_fn(one(1)))
            } else if is(Extra::STORE_ATTR_INSTANCE_VALUE_MANY) {
                Met::Stores(std::array::from_fn(cell))
            } else {
                Met::Nothing
            }
        }
    }

    /// Adds them to what the site has learned now, if that is of the same kind; the oldest is forgotten.
    unsafe fn add(self, at: *mut u64) {
        // SAFETY: as in `take`.
        unsafe {
            let (before, form, many, step) = match &self {
                Met::Nothing => return,
                Met::Values(v) => (&v[..], Extra::LOAD_ATTR_INSTANCE_VALUE, Extra::LOAD_ATTR_INSTANCE_VALUE_MANY, 1),
                Met::Methods(v) => (&v[..], Extra::LOAD_ATTR_METHOD, Extra::LOAD_ATTR_METHOD_MANY, 2),
                Met::Stores(v) => (&v[..], Extra::STORE_ATTR_INSTANCE_VALUE, Extra::STORE_ATTR_INSTANCE_VALUE_MANY, 1),
            };
            if *at as u16 != form as u16 {
                return;
            }
            for (i, &old) in before[..before.len() - step].iter().enumerate() {
                *at.add(1 + step + i) = old;
            }
            rewrite(at, many);
        }
    }
}

/// Whether a cache may hold the object as it is: with the GIL a broken guard tells of its end in time, without it only
/// what lives for ever will do.
fn may_be_cached(t: &Thread, v: &Value) -> bool {
    t.gil_enabled() || v.header().is_none_or(|h| h.is_immortal())
}

/// LOAD_GLOBAL. 0 for an exception.
///
/// # Safety
/// `at` is the instruction's cell in the running frame's translation.
#[inline(never)]
pub unsafe fn load_global(t: &Thread, f: *mut Frame, at: *mut u64, arg: usize) -> u64 {
    // SAFETY: the frame's words are dicts or mappings that the function keeps alive.
    unsafe {
        let name = &Frame::code_of(f).names()[arg >> 1];
        let attempt = should_try(at, Opcode::LOAD_GLOBAL, arg);
        let globals = Value::from_ref(&(*f).globals);
        let builtins = Value::from_ref(&(*f).builtins);
        if attempt && let (Some(g), Some(b)) = (globals.cast_exact::<Dict>(), builtins.cast_exact::<Dict>()) {
            // Versions before indices: if they still stand afterwards, nobody has changed the keys in between.
            let (gv, bv) = (g.assign_keys_version(t), b.assign_keys_version(t));
            let stands = |d: &Dict, version: u32| version != 0 && d.keys_version.load(Acquire) == version;
            if let Some(index) = g.index_of(t, name) {
                let version = gv;
                if stands(g, version) {
                    *at.add(1) = version as u64 | (index as u64) << 32;
                    rewrite(at, form(t, Extra::LOAD_GLOBAL_MODULE));
                }
            } else if let Some(index) = b.index_of(t, name)
                && stands(g, gv)
                && stands(b, bv)
            {
                *at.add(1) = gv as u64 | (index as u64) << 32;
                *at.add(2) = bv as u64;
                rewrite(at, form(t, Extra::LOAD_GLOBAL_BUILTIN));
            }
        }
        slow::ret(slow::global(t, globals, builtins, name))
    }
}

/// LOAD_ATTR: replaces the owner at `slot` by the attribute; with the method flag, by the unbound method and the
/// owner, or by the attribute and null. False for an exception.
///
/// # Safety
/// As for [`load_global`]; `slot` is the top of the stack.
#[inline(never)]
pub unsafe fn load_attr(t: &Thread, f: *mut Frame, at: *mut u64, slot: *mut u64, arg: usize) -> bool {
    // SAFETY: see above.
    unsafe {
        let name = &Frame::code_of(f).names()[arg >> 1];
        let owner = Value::from_ref(&*slot);
        let method = arg & 1 != 0;
        let met = Met::take(t, at);
        if should_try(at, Opcode::LOAD_ATTR, arg) {
            let before = versions(t, owner);
            specialize_attr(t, at, owner, name, method);
            met.add(at);
            keep_if(t, at, Opcode::LOAD_ATTR, owner, before);
        }
        if method {
            match attribute::load_method(t, owner, name) {
                Ok((function, Some(_))) => {
                    let owner_word = *slot;
                    *slot = function.into_bits();
                    *slot.add(1) = owner_word;
                    true
                }
                Ok((value, None)) => {
                    drop(Value::option_from_bits(std::mem::replace(&mut *slot, value.into_bits())));
                    *slot.add(1) = 0;
                    true
                }
                Err(_) => false,
            }
        } else {
            match protocol::getattr(t, owner, name) {
                Ok(value) => {
                    drop(Value::option_from_bits(std::mem::replace(&mut *slot, value.into_bits())));
                    true
                }
                Err(_) => false,
            }
        }
    }
}

fn uses_generic_getattr(t: &Thread, typ: &Type) -> bool {
    typ.slots().getattr.map(|f| f as usize) == t.types().object.slots().getattr.map(|f| f as usize)
}

/// The word of a value that a namespace keeps alive.
fn borrowed_word(v: &Value) -> u64 {
    if v.is_heap() { v.bits() & !BORROWED } else { v.bits() }
}

unsafe fn specialize_attr(t: &Thread, at: *mut u64, owner: &Value, name: &Value, method: bool) {
    // SAFETY: the cells behind `at` are the instruction's cache.
    unsafe {
        let typ = owner.type_of(t);
        if let Some(module) = owner.cast_exact::<Module>() {
            let dict = module.dict_ref();
            let version = dict.assign_keys_version(t);
            if let Some(index) = dict.index_of(t, name)
                && version != 0
                && dict.keys_version.load(Acquire) == version
                && typ.lookup(t, name).is_none()
            {
                *at.add(1) = version as u64 | (index as u64) << 32;
                rewrite(at, form(t, Extra::LOAD_ATTR_MODULE));
            }
            return;
        }
        if let Some(class) = owner.cast::<Type>() {
            specialize_class(t, at, class, typ, name);
            return;
        }
        // The type's shapes and versions are looked at without a lock.
        if !uses_generic_getattr(t, typ) || !may_be_cached(t, &typ.value()) {
            return;
        }
        let found = typ.lookup(t, name);
        let header = owner.header();
        let plain = header.is_some_and(|h| h.kind_byte() == Kind::Instance as u8) && typ.part_offset() == PLAIN_OFFSET;
        let found_type = found.as_ref().map(|v| v.type_of(t));
        let is_data = found_type.is_some_and(|d| d.slots().descr_set.is_some());
        if plain {
            let part =
                Part::of(header.expect("plain instances are heap objects")).expect("plain instances have a part");
            let shape = part.shape();
            if let Some(place) = found.as_ref().and_then(|d| member_slot(t, d, typ)) {
                // One of `__slots__`: the shape stands for the class.
                let version = if typ.assign_version(t) == 0 { 0 } else { shape.assign_version(t) };
                if version != 0 {
                    *at.add(1) = version as u64 | (place as u64) << 32;
                    rewrite(at, form(t, Extra::LOAD_ATTR_INSTANCE_VALUE));
                }
                return;
            }
            if is_data {
                return;
            }
            if !shape.dictionary
                && let Some(index) = shape.index_of(name)
            {
                let version = shape.assign_version(t);
                if version == 0 {
                    return;
                }
                match Part::place_of(typ, index) {
                    Ok(place) => {
                        *at.add(1) = version as u64 | (place as u64) << 32;
                        rewrite(at, form(t, Extra::LOAD_ATTR_INSTANCE_VALUE));
                    }
                    // The block out of line is replaced as a whole.
                    Err(_) if !t.gil_enabled() => {}
                    Err(place) => {
                        *at.add(1) = version as u64 | (place as u64) << 32;
                        rewrite(at, form(t, Extra::LOAD_ATTR_INSTANCE_EXTRA));
                    }
                }
                return;
            }
            if shape.dictionary {
                return;
            }
            let Some(found) = found.as_ref().filter(|v| may_be_cached(t, v)) else { return };
            let found_type = found.type_of(t);
            // The class's version must be there for its shapes' to be taken when it changes.
            if typ.assign_version(t) == 0 {
                return;
            }
            let version = shape.assign_version(t);
            if version == 0 {
                return;
            }
            let is_method =
                found.cast_exact::<Function>().is_some() || found_type.has_flag(type_flags::METHOD_DESCRIPTOR);
            if method && is_method {
                *at.add(1) = version as u64;
                *at.add(2) = borrowed_word(found);
                rewrite(at, form(t, Extra::LOAD_ATTR_METHOD));
            } else if found_type.slots().descr_get.is_none() {
                *at.add(1) = version as u64;
                *at.add(2) = borrowed_word(found);
                rewrite(at, form(t, Extra::LOAD_ATTR_NONDESCRIPTOR));
            }
            return;
        }
        // Objects without attributes of their own: the type alone decides.
        if typ.part_offset() == 0
            && method
            && !has_own_dict(owner)
            && let Some(found) = found.as_ref().filter(|v| may_be_cached(t, v))
            && found.type_of(t).has_flag(type_flags::METHOD_DESCRIPTOR)
        {
            let version = typ.assign_version(t);
            if version != 0 {
                *at.add(1) = version as u64;
                *at.add(2) = borrowed_word(found);
                rewrite(at, form(t, Extra::LOAD_ATTR_METHOD_TYPE));
            }
        }
    }
}

/// Built-in objects that keep a `__dict__` elsewhere than in an instance part.
fn has_own_dict(v: &Value) -> bool {
    matches!(
        v.header().map(|h| h.layout()),
        Some(Kind::Function | Kind::Module | Kind::Type | Kind::Exception | Kind::StaticMethod | Kind::ClassMethod)
    )
}

/// An attribute of a class: only what is in its MRO and not bound, on classes of plain metaclasses.
unsafe fn specialize_class(t: &Thread, at: *mut u64, class: &Type, metatype: &Type, name: &Value) {
    let plain = t.types().type_.is(metatype);
    let as_type = metatype.slots().getattr.map(|f| f as usize) == t.types().type_.slots().getattr.map(|f| f as usize);
    if !as_type || metatype.lookup(t, name).is_some() || !may_be_cached(t, &metatype.value()) {
        return;
    }
    let Some(found) = class.lookup(t, name).filter(|v| may_be_cached(t, v)) else { return };
    if !may_be_cached(t, &class.value()) {
        return;
    }
    let bound = found.type_of(t).slots().descr_get.is_some();
    // A function or native method read through its class is itself.
    let plain_function = found.cast_exact::<Function>().is_some();
    if bound && !plain_function {
        return;
    }
    let (version, meta_version) = (class.assign_version(t), metatype.assign_version(t));
    if version != 0 && meta_version != 0 {
        let which = if plain { Extra::LOAD_ATTR_CLASS } else { Extra::LOAD_ATTR_CLASS_OF_METACLASS };
        // SAFETY: the cells behind `at` are the instruction's cache.
        unsafe {
            *at.add(1) = version as u64 | (meta_version as u64) << 32;
            *at.add(2) = borrowed_word(&found);
            rewrite(at, form(t, which));
        }
    }
}

/// STORE_ATTR. False for an exception.
///
/// # Safety
/// As for [`load_global`].
#[inline(never)]
pub unsafe fn store_attr(t: &Thread, f: *mut Frame, at: *mut u64, owner: &Value, value: &Value, arg: usize) -> bool {
    // SAFETY: the cells behind `at` are the instruction's cache.
    unsafe {
        let name = &Frame::code_of(f).names()[arg];
        let met = Met::take(t, at);
        if should_try(at, Opcode::STORE_ATTR, arg) {
            let before = versions(t, owner);
            specialize_store(t, at, owner, name);
            met.add(at);
            keep_if(t, at, Opcode::STORE_ATTR, owner, before);
        }
        protocol::setattr(t, owner, name, Some(value)).is_ok()
    }
}

/// The inline slot of a class's instances that a descriptor stands for.
fn member_slot(t: &Thread, descriptor: &Value, typ: &Type) -> Option<usize> {
    descriptor.cast_exact::<MemberDescr>()?.inline_slot(t, typ)
}

unsafe fn specialize_store(t: &Thread, at: *mut u64, owner: &Value, name: &Value) {
    let Some(header) = owner.header() else { return };
    let typ = header.type_of();
    if !may_be_cached(t, &typ.value()) {
        return;
    }
    let generic = typ.slots().setattr.map(|f| f as usize) == t.types().object.slots().setattr.map(|f| f as usize);
    if !generic || header.kind_byte() != Kind::Instance as u8 || typ.part_offset() != PLAIN_OFFSET {
        return;
    }
    if let Some(place) = typ.lookup(t, name).and_then(|d| member_slot(t, &d, typ)) {
        let shape = Part::of(header).expect("plain instances have a part").shape();
        let version = if typ.assign_version(t) == 0 { 0 } else { shape.assign_version(t) };
        if version != 0 {
            // SAFETY: the cells behind `at` are the instruction's cache.
            unsafe {
                *at.add(1) = version as u64 | (place as u64) << 32;
                rewrite(at, form(t, Extra::STORE_ATTR_INSTANCE_VALUE));
            }
        }
        return;
    }
    if !typ.has_dict() {
        return;
    }
    if typ.lookup(t, name).is_some_and(|d| d.type_of(t).slots().descr_set.is_some()) || typ.assign_version(t) == 0 {
        return;
    }
    let shape = Part::of(header).expect("plain instances have a part").shape();
    if shape.dictionary {
        return;
    }
    let version = shape.assign_version(t);
    if version == 0 {
        return;
    }
    // SAFETY: the cells behind `at` are the instruction's cache.
    unsafe {
        match shape.index_of(name) {
            Some(index) => {
                if let Ok(place) = Part::place_of(typ, index) {
                    *at.add(1) = version as u64 | (place as u64) << 32;
                    rewrite(at, form(t, Extra::STORE_ATTR_INSTANCE_VALUE));
                }
            }
            None => {
                let index = shape.names().len();
                if index < crate::objects::shape::MAX_ATTRIBUTES
                    && let Ok(place) = Part::place_of(typ, index)
                {
                    let next: *const Shape = shape.with(name);
                    *at.add(1) = version as u64 | (place as u64) << 32;
                    *at.add(2) = next as u64;
                    rewrite(at, form(t, Extra::STORE_ATTR_ADD));
                }
            }
        }
    }
}
