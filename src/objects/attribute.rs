//! Attribute access as `object` does it: data descriptors of the type, then the instance's own attributes, then
//! the rest of the type.

use super::dict::Dict;
use super::instance::Part;
use super::protocol;
use super::slots::{Args, R, Raised};
use super::spec::{GetSet, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::type_object::{Type, part_of};
use super::value::{BORROWED, Payload, Value, word};
use std::marker::PhantomData;

/// A word that borrows a value for the length of a call: an argument that needs no count of its own.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Borrowed<'a>(u64, PhantomData<&'a Value>);

impl<'a> Borrowed<'a> {
    /// What unused places of an array hold.
    pub const NOTHING: Borrowed<'static> = Borrowed(word::NONE, PhantomData);

    #[inline(always)]
    pub fn new(v: &'a Value) -> Borrowed<'a> {
        Borrowed(if v.is_heap() { v.bits() | BORROWED } else { v.bits() }, PhantomData)
    }

    /// The words as arguments.
    #[inline(always)]
    pub fn slice<'b>(words: &'b [Borrowed<'a>]) -> &'b [Value] {
        // SAFETY: both are transparent words; every word is valid and marked as borrowed, and the values they
        // borrow outlive the slice.
        unsafe { &*(words as *const [Borrowed<'a>] as *const [Value]) }
    }
}

/// Calls `f` with `first` in front of the arguments.
#[inline(always)]
pub fn call_prepended(t: &Thread, f: &Value, first: &Value, args: Args<'_>) -> R {
    const INLINE: usize = 8;
    let len = args.pos.len() + 1;
    if len <= INLINE {
        let mut all = [Borrowed::NOTHING; INLINE];
        all[0] = Borrowed::new(first);
        for (place, arg) in all[1..].iter_mut().zip(args.pos) {
            *place = Borrowed::new(arg);
        }
        return protocol::call_args(t, f, Args { pos: Borrowed::slice(&all[..len]), ..args });
    }
    let all: Vec<Borrowed> = std::iter::once(first).chain(args.pos).map(Borrowed::new).collect();
    protocol::call_args(t, f, Args { pos: Borrowed::slice(&all), ..args })
}

/// An attribute name: a `str`, made exact if it is of a subclass.
pub fn check_name(t: &Thread, name: &Value) -> R {
    if name.cast_exact::<Str>().is_some() {
        return Ok(name.clone());
    }
    match name.cast::<Str>() {
        Some(s) => Ok(Str::from_units(t, s.units())),
        None => Err(t.type_error(format!("attribute name must be string, not '{}'", name.type_of(t).name_str()))),
    }
}

/// The attribute in an object's instance part.
#[inline(always)]
fn part_attribute(t: &Thread, v: &Value, typ: &Type, name: &Value) -> R<Option<Value>> {
    if !typ.has_dict() {
        return Ok(None);
    }
    let Some(part) = v.header().and_then(Part::of) else { return Ok(None) };
    if name.cast_exact::<Str>().is_some_and(|s| s.is_interned()) {
        return part.get(t, typ, name);
    }
    match t.interp.find_interned(name) {
        Some(interned) => part.get(t, typ, &interned),
        // No attribute by that name was ever set, unless through the dict.
        None => match part.dict() {
            Some(dict) => dict.cast::<Dict>().map_or(Ok(None), |d| d.get(t, name)),
            None => Ok(None),
        },
    }
}

/// `object.__getattribute__`.
#[inline(always)]
pub fn generic_getattr(t: &Thread, v: &Value, name: &Value) -> R {
    match generic_getattr_opt(t, v, name)? {
        Some(found) => Ok(found),
        None => Err(t.no_attribute(v, name)),
    }
}

/// As [`generic_getattr`], with `None` where there is no such attribute. (A descriptor may still raise.)
#[inline(always)]
pub fn generic_getattr_opt(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    let typ = v.type_of(t);
    let Some(found) = typ.lookup(t, name) else { return part_attribute(t, v, typ, name) };
    let slots = found.type_of(t).slots();
    if (slots.descr_set.is_none() || slots.descr_get.is_none())
        && let Some(value) = part_attribute(t, v, typ, name)?
    {
        return Ok(Some(value));
    }
    match slots.descr_get {
        Some(get) => get(t, &found, Some(v), Some(&typ.value())).map(Some),
        None => Ok(Some(found)),
    }
}

/// As [`generic_getattr_opt`], for objects whose attributes lie in a dict that their payload holds.
pub fn getattr_in_dict(t: &Thread, v: &Value, name: &Value, dict: Option<&Value>) -> R<Option<Value>> {
    let typ = v.type_of(t);
    let found = typ.lookup(t, name);
    let of = found.as_ref().map(|f| f.type_of(t).value());
    let slots = of.as_ref().and_then(|f| f.cast::<Type>()).map(|f| f.slots());
    if slots.is_none_or(|s| s.descr_set.is_none() || s.descr_get.is_none())
        && let Some(dict) = dict.and_then(|d| d.cast::<Dict>())
        && let Some(value) = dict.get(t, name)?
    {
        return Ok(Some(value));
    }
    match (found, slots.and_then(|s| s.descr_get)) {
        (Some(found), Some(get)) => get(t, &found, Some(v), Some(&typ.value())).map(Some),
        (found, _) => Ok(found),
    }
}

/// As [`generic_setattr`], for objects whose attributes lie in a dict that their payload holds.
pub fn setattr_in_dict(t: &Thread, v: &Value, name: &Value, value: Option<&Value>, dict: &Value) -> R<()> {
    if let Some(found) = v.type_of(t).lookup(t, name)
        && let Some(set) = found.type_of(t).slots().descr_set
    {
        return set(t, &found, v, value);
    }
    let Some(dict) = dict.cast::<Dict>() else { return Err(t.no_attribute(v, name)) };
    match value {
        Some(value) => dict.set(t, t.interp.intern_value(name), value.clone()),
        None => match dict.remove(t, name)? {
            Some(_) => Ok(()),
            None => Err(t.no_attribute(v, name)),
        },
    }
}

/// `object.__setattr__` and `object.__delattr__`.
pub fn generic_setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    let typ = v.type_of(t);
    let found = typ.lookup(t, name);
    if let Some(found) = &found
        && let Some(set) = found.type_of(t).slots().descr_set
    {
        return set(t, found, v, value);
    }
    let part = if typ.has_dict() { v.header().and_then(|h| Some((Part::of(h)?, h))) } else { None };
    let Some((part, header)) = part else { return Err(not_settable(t, v, typ, name, found.is_some())) };
    let name = &t.interp.intern_value(&check_name(t, name)?);
    match value {
        Some(value) => part.set(t, header, typ, name, value.clone()),
        None if part.delete(t, header, typ, name)? => Ok(()),
        None => Err(t.no_attribute(v, name)),
    }
}

#[cold]
fn not_settable(t: &Thread, v: &Value, typ: &Type, name: &Value, on_type: bool) -> Raised {
    let class = typ.name_str();
    let text = name.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    let generic = typ.slots().setattr.is_some_and(|f| f as *const () == generic_setattr as *const ());
    let message = if on_type {
        format!("'{class}' object attribute '{text}' is read-only")
    } else if generic {
        format!("'{class}' object has no attribute '{text}' and no __dict__ for setting new attributes")
    } else {
        format!("'{class}' object has no attribute '{text}'")
    };
    t.attribute_error(&message, v, name)
}

/// What `v.name(...)` calls: a function with `v` as its first argument, or a bound or plain callable.
pub fn load_method(t: &Thread, v: &Value, name: &Value) -> R<(Value, Option<Value>)> {
    let typ = v.type_of(t);
    let slots = typ.slots();
    // The slot of `object` holds the generic look-up: a function may have several addresses.
    if slots.getattr.map(|f| f as usize) != t.types().object.slots().getattr.map(|f| f as usize) {
        return Ok((protocol::getattr(t, v, name)?, None));
    }
    match typ.lookup(t, name) {
        Some(found) if found.type_of(t).has_flag(type_flags::METHOD_DESCRIPTOR) => {
            match part_attribute(t, v, typ, name)? {
                Some(own) => Ok((own, None)),
                None => Ok((found, Some(v.clone()))),
            }
        }
        _ => Ok((generic_getattr(t, v, name)?, None)),
    }
}

/// `obj.__dict__` of instances that keep their attributes in a part.
pub fn get_dict(t: &Thread, v: &Value) -> R {
    match part_of(v) {
        Some((part, header, typ)) if typ.has_dict() => Ok(part.materialize(t, header, typ)),
        _ => Err(t.no_attribute(v, &t.names().__dict__)),
    }
}

/// `obj.__dict__ = dict`; deletion leaves an empty one.
pub fn set_dict(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some((part, header, typ)) = part_of(v).filter(|(_, _, typ)| typ.has_dict()) else {
        return Err(t.attribute_error("This object has no __dict__", v, &t.names().__dict__));
    };
    let dict = match value {
        None => Dict::make(t),
        Some(dict) if dict.cast::<Dict>().is_some() => dict.clone(),
        Some(other) => {
            return Err(
                t.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", other.type_of(t).name_str()))
            );
        }
    };
    part.replace_dict(t, header, typ, dict);
    Ok(())
}

/// `obj.__weakref__`: the first weak reference, or `None`.
fn get_weakref(t: &Thread, v: &Value) -> R {
    Ok(super::weakref::references_to(t, v).into_iter().next().unwrap_or(Value::NONE))
}

/// Attributes that a class adds when it gives its instances a dict.
pub static DICT: GetSet = GetSet::rw("__dict__", get_dict, set_dict, "dictionary for instance variables");
/// Attributes that a class adds when it makes its instances weakly referenceable.
pub static WEAKREF: GetSet = GetSet::ro("__weakref__", get_weakref, "list of weak references to the object");
