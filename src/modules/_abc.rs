//! `_abc`: what `abc.ABCMeta` is made of. A class that is abstract in this way keeps, in `_abc_impl`, the classes that
//! were registered with it, and two caches of answers to `issubclass`. All of them refer weakly.
//!
//! A counter of all registrations says when the answers "no" are out of date.

use super::ModuleSpec;
use super::native_type::with_type;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::set::{self, Set};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::weakref::WeakRef;
use crate::objects::weakref_type;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Classes, by id, referred to weakly.
#[derive(Default)]
struct WeakClasses(Mutex<HashMap<u64, Value>>);

impl WeakClasses {
    fn contains(&self, t: &Thread, class: &Value) -> bool {
        let found = self.0.lock().expect("no panic under this lock").get(&class.id()).cloned();
        found.is_some_and(|r| WeakRef::of(&r).and_then(|r| r.get(t)).is_some_and(|c| c.is(class)))
    }

    fn add(&self, t: &Thread, class: &Value) -> R<()> {
        let reference = weakref_type::make(t, class, None)?;
        let mut map = self.0.lock().expect("no panic under this lock");
        let dead: Vec<u64> =
            map.iter().filter(|(_, r)| WeakRef::of(r).is_none_or(|r| r.is_dead())).map(|(id, _)| *id).collect();
        let mut gone: Vec<Option<Value>> = dead.iter().map(|id| map.remove(id)).collect();
        gone.push(map.insert(class.id(), reference));
        drop(map);
        drop(gone);
        Ok(())
    }

    fn clear(&self) {
        let all = std::mem::take(&mut *self.0.lock().expect("no panic under this lock"));
        drop(all);
    }

    fn references(&self) -> Vec<Value> {
        self.0.lock().expect("no panic under this lock").values().cloned().collect()
    }

    /// The classes that are alive.
    fn alive(&self, t: &Thread) -> Vec<Value> {
        self.references().iter().filter_map(|r| WeakRef::of(r)?.get(t)).collect()
    }
}

/// The payload of `_abc_impl`.
#[derive(Default)]
struct Data {
    registry: WeakClasses,
    cache: WeakClasses,
    negative_cache: WeakClasses,
    negative_version: AtomicU64,
}

impl Native for Data {}

static DATA: Spec = Spec { flags: type_flags::HAVE_GC, ..opaque::spec::<Data>("_abc._abc_data") };

/// How many registrations there were.
#[derive(Default)]
struct Registrations(AtomicU64);

fn registrations(t: &Thread) -> u64 {
    t.interp.state::<Registrations>().0.load(Acquire)
}

/// The `_abc_impl` of a class, kept alive by the caller.
fn data_of(t: &Thread, class: &Value) -> R {
    let data = protocol::getattr(t, class, &t.names()._abc_impl)?;
    match data.opaque::<Data>() {
        Some(_) => Ok(data),
        None => Err(t.type_error("_abc_impl is set to a wrong type")),
    }
}

fn data(v: &Value) -> &Data {
    v.opaque::<Data>().expect("checked by `data_of`")
}

fn is_abstract(t: &Thread, v: &Value) -> R<bool> {
    match protocol::getattr_opt(t, v, &t.names().__isabstractmethod__)? {
        Some(flag) => protocol::truth(t, &flag),
        None => Ok(false),
    }
}

/// Sets `__abstractmethods__`: the abstract names of the class and of its bases that it does not override.
fn compute_abstract_methods(t: &Thread, class: &Value) -> R<()> {
    let abstracts = Set::make(t);
    let found = set::of(&abstracts).expect("just made");
    let namespace = protocol::getattr(t, class, &t.names().__dict__)?;
    let items = protocol::call_method(t, &namespace, &t.names().items, &[])?;
    for pair in protocol::collect(t, &items)? {
        let pair = protocol::collect(t, &pair)?;
        if let [name, value] = &pair[..]
            && is_abstract(t, value)?
        {
            found.add(t, name)?;
        }
    }
    let bases = protocol::getattr(t, class, &t.names().__bases__)?;
    let name = t.intern("__abstractmethods__");
    for base in protocol::collect(t, &bases)? {
        let Some(inherited) = protocol::getattr_opt(t, &base, &name)? else { continue };
        for key in protocol::collect(t, &inherited)? {
            if let Some(value) = protocol::getattr_opt(t, class, &t.interp.intern_value(&key))?
                && is_abstract(t, &value)?
            {
                found.add(t, &key)?;
            }
        }
    }
    let frozen = protocol::call(t, &t.types().frozenset.value(), &[abstracts])?;
    protocol::setattr(t, class, &name, Some(&frozen))
}

const COLLECTION: u64 = type_flags::SEQUENCE | type_flags::MAPPING;

fn init(t: &Thread, _m: &Value, class: &Value) -> R {
    compute_abstract_methods(t, class)?;
    let data = with_type(t, &DATA, |typ| opaque::new(t, typ, Data::default()))?;
    data.opaque::<Data>().expect("just made").negative_version.store(registrations(t), Relaxed);
    protocol::setattr(t, class, &t.names()._abc_impl, Some(&data))?;
    // `collections.abc` says in this way that its classes are matched by sequence and mapping patterns.
    if let Some(typ) = class.cast::<Type>() {
        let namespace = typ.dict(t);
        let name = t.intern("__abc_tpflags__");
        let flags = namespace.cast::<Dict>().and_then(|d| d.get_str(t, &name));
        if let Some(flags) = flags {
            let Some(flags) = int::as_i64(&flags) else { return Err(t.type_error("__abc_tpflags__ must be an int")) };
            if flags as u64 & COLLECTION == COLLECTION {
                return Err(t.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
            }
            typ.flags.fetch_or(flags as u64 & COLLECTION, Relaxed);
            protocol::setattr(t, class, &name, None)?;
        }
    }
    Ok(Value::NONE)
}

/// A class and all that derive from it are matched by patterns as its new virtual base is.
fn set_collection_flags(typ: &Type, flags: u64) {
    if typ.has_flag(type_flags::IMMUTABLE) || typ.flags.load(Relaxed) & COLLECTION == flags {
        return;
    }
    typ.flags.fetch_and(!COLLECTION, Relaxed);
    typ.flags.fetch_or(flags, Relaxed);
    for subclass in typ.subclasses() {
        if let Some(subclass) = subclass.cast::<Type>() {
            set_collection_flags(subclass, flags);
        }
    }
}

fn register(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (class, subclass) = (&args[0], &args[1]);
    if subclass.cast::<Type>().is_none() {
        return Err(t.type_error("Can only register classes"));
    }
    if protocol::issubclass(t, subclass, class)? {
        return Ok(subclass.clone());
    }
    // The other way round too: an ABC that is a subclass of itself would send `issubclass` round in circles.
    if protocol::issubclass(t, class, subclass)? {
        return Err(t.runtime_error("Refusing to create an inheritance cycle"));
    }
    let own = data_of(t, class)?;
    data(&own).registry.add(t, subclass)?;
    t.interp.state::<Registrations>().0.fetch_add(1, AcqRel);
    if let (Some(class), Some(subclass)) = (class.cast::<Type>(), subclass.cast::<Type>()) {
        let flags = class.flags.load(Relaxed) & COLLECTION;
        if flags != 0 {
            set_collection_flags(subclass, flags);
        }
    }
    Ok(subclass.clone())
}

fn check_by_method(t: &Thread, class: &Value, subclass: &Value) -> R {
    protocol::call_method(t, class, &t.names().__subclasscheck__, std::slice::from_ref(subclass))
}

fn instancecheck(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (class, instance) = (&args[0], &args[1]);
    let own = data_of(t, class)?;
    // As `isinstance`: an object may have no `__class__`.
    let subclass = protocol::getattr_opt(t, instance, &t.names().__class__)?;
    let subclass = subclass.unwrap_or_else(|| instance.type_of_value(t));
    if data(&own).cache.contains(t, &subclass) {
        return Ok(Value::TRUE);
    }
    let typ = instance.type_of_value(t);
    if typ.is(&subclass) {
        let current = data(&own).negative_version.load(Acquire) == registrations(t);
        if current && data(&own).negative_cache.contains(t, &subclass) {
            return Ok(Value::FALSE);
        }
        return check_by_method(t, class, &subclass);
    }
    let result = check_by_method(t, class, &subclass)?;
    if protocol::truth(t, &result)? {
        return Ok(result);
    }
    check_by_method(t, class, &typ)
}

fn subclasscheck(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (class, subclass) = (&args[0], &args[1]);
    if subclass.cast::<Type>().is_none() {
        return Err(t.type_error("issubclass() arg 1 must be a class"));
    }
    let own = data_of(t, class)?;
    let own = data(&own);
    if own.cache.contains(t, subclass) {
        return Ok(Value::TRUE);
    }
    let now = registrations(t);
    if own.negative_version.load(Acquire) < now {
        own.negative_cache.clear();
        own.negative_version.store(now, Release);
    } else if own.negative_cache.contains(t, subclass) {
        return Ok(Value::FALSE);
    }
    let answer = protocol::call_method(t, class, &t.names().__subclasshook__, std::slice::from_ref(subclass))?;
    match answer.as_bool() {
        Some(true) => {
            own.cache.add(t, subclass)?;
            return Ok(Value::TRUE);
        }
        Some(false) => {
            own.negative_cache.add(t, subclass)?;
            return Ok(Value::FALSE);
        }
        None if !answer.is_not_implemented() => {
            let message = "__subclasshook__ must return either False, True, or NotImplemented";
            return Err(t.assertion_error(message));
        }
        None => {}
    }
    if subclass.cast::<Type>().zip(class.cast::<Type>()).is_some_and(|(s, c)| s.is_subtype(c)) {
        own.cache.add(t, subclass)?;
        return Ok(Value::TRUE);
    }
    for registered in own.registry.alive(t) {
        if protocol::issubclass(t, subclass, &registered)? {
            own.cache.add(t, subclass)?;
            return Ok(Value::TRUE);
        }
    }
    let derived = protocol::call_method_str(t, class, "__subclasses__", &[])?;
    let Some(derived) = derived.cast::<List>() else {
        return Err(t.type_error("__subclasses__() must return a list"));
    };
    for other in derived.snapshot(t) {
        if protocol::issubclass(t, subclass, &other)? {
            own.cache.add(t, subclass)?;
            return Ok(Value::TRUE);
        }
    }
    own.negative_cache.add(t, subclass)?;
    Ok(Value::FALSE)
}

fn reset_registry(t: &Thread, _m: &Value, class: &Value) -> R {
    data(&data_of(t, class)?).registry.clear();
    Ok(Value::NONE)
}

fn reset_caches(t: &Thread, _m: &Value, class: &Value) -> R {
    let own = data_of(t, class)?;
    data(&own).cache.clear();
    data(&own).negative_cache.clear();
    Ok(Value::NONE)
}

fn get_dump(t: &Thread, _m: &Value, class: &Value) -> R {
    let own = data_of(t, class)?;
    let own = data(&own);
    let copy = |classes: &WeakClasses| -> R {
        let copy = Set::make(t);
        for reference in classes.references() {
            set::of(&copy).expect("just made").add(t, &reference)?;
        }
        Ok(copy)
    };
    let version = int::from_u64(t, own.negative_version.load(Acquire));
    Ok(t.tuple([copy(&own.registry)?, copy(&own.cache)?, copy(&own.negative_cache)?, version]))
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: &[
        Def::new(
            "get_cache_token",
            Func::NoArgs(|t, _| Ok(int::from_u64(t, registrations(t)))),
            "($module, /)",
            "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying\nthe current version of the ABC cache for virtual subclasses.  The token\nchanges with every call to register() on any ABC.",
        ),
        Def::new(
            "_abc_init",
            Func::One(init),
            "($module, self, /)",
            "Internal ABC helper for class set-up. Should be never used outside abc module.",
        ),
        Def::new(
            "_reset_registry",
            Func::One(reset_registry),
            "($module, self, /)",
            "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py",
        ),
        Def::new(
            "_reset_caches",
            Func::One(reset_caches),
            "($module, self, /)",
            "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py",
        ),
        Def::new(
            "_get_dump",
            Func::One(get_dump),
            "($module, self, /)",
            "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr.",
        ),
        Def::new(
            "_abc_register",
            Func::Pos(register, 2, 2),
            "($module, self, subclass, /)",
            "Internal ABC helper for subclasss registration. Should be never used outside abc module.",
        ),
        Def::new(
            "_abc_instancecheck",
            Func::Pos(instancecheck, 2, 2),
            "($module, self, instance, /)",
            "Internal ABC helper for instance checks. Should be never used outside abc module.",
        ),
        Def::new(
            "_abc_subclasscheck",
            Func::Pos(subclasscheck, 2, 2),
            "($module, self, subclass, /)",
            "Internal ABC helper for subclasss checks. Should be never used outside abc module.",
        ),
    ],
    exec: None,
};
