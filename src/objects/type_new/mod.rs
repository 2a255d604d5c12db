//! Making classes: `type.__new__`, `type.__init__` and `type.__call__`.
//!
//! A `class` statement ends in a call of the metaclass with name, bases and the namespace that its body filled.
//! `type.__new__` then decides the metaclass and the base whose native layout instances extend ([`layout`]), turns
//! `__slots__` into member descriptors, computes the MRO ([`mro`]), sets the slots (`type_slots`) and tells
//! descriptors (`__set_name__`) and the parent (`__init_subclass__`). Built-in types are made in [`builtin`].

mod builtin;
pub mod layout;
pub mod mro;

pub use builtin::{finish_builtin_type, finish_with_bases, make_builtin_type, make_in_metaclass, split_doc};

use super::attribute;
use super::cell::Cell;
use super::descriptors::{ClassMethod, GetSetDescr, StaticMethod, super_attribute};
use super::dict::Dict;
use super::function::Function;
use super::protocol;
use super::slots::{Args, R};
use super::spec::type_flags;
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::type_slots;
use super::value::{Payload, Value};
use std::sync::atomic::Ordering::*;

/// `type.__call__`: makes an instance and initializes it; `type(x)` gives the type of `x`.
pub fn type_call(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let Some(typ) = class.cast::<Type>() else {
        return Err(t.type_error("descriptor '__call__' requires a 'type' object"));
    };
    if std::ptr::eq(typ, t.types().type_.get()) && args.kw.is_empty() {
        match args.pos {
            [v] => return Ok(v.type_of(t).value()),
            [_, _, _] => {}
            _ => return Err(t.type_error("type() takes 1 or 3 arguments")),
        }
    }
    instantiate(t, class, typ, args)
}

/// `typ(*args)`, where the metaclass's `__call__` is `type`'s.
#[inline(always)]
pub fn instantiate(t: &Thread, class: &Value, typ: &Type, args: Args<'_>) -> R {
    let Some(new) = typ.slots().new else {
        return Err(t.type_error(format!("cannot create '{}' instances", typ.name_str())));
    };
    let object = new(t, class, args)?;
    let of = object.type_of(t);
    if !std::ptr::eq(of, typ) && !of.is_subtype(typ) {
        return Ok(object);
    }
    if let Some(init) = of.slots().init {
        init(t, &object, args)?;
    }
    Ok(object)
}

/// `type.__init__`: checks the number of arguments, as `__new__` has done the work.
pub fn type_init(t: &Thread, _class: &Value, args: Args<'_>) -> R<()> {
    if args.pos.len() == 1 && !args.kw.is_empty() {
        return Err(t.type_error("type.__init__() takes no keyword arguments"));
    }
    if args.pos.len() != 1 && args.pos.len() != 3 {
        return Err(t.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

/// The most derived of the metaclass and the metaclasses of the bases.
pub fn calculate_metaclass<'a>(t: &'a Thread, meta: &'a Type, bases: &'a [Value]) -> R<&'a Type> {
    let mut winner = meta;
    for base in bases {
        let theirs = base.type_of(t);
        if winner.is_subtype(theirs) {
        } else if theirs.is_subtype(winner) {
            winner = theirs;
        } else {
            return Err(t.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
    }
    Ok(winner)
}

/// `type.__new__(metaclass, name, bases, namespace, **keywords)`.
pub fn type_new(t: &Thread, meta_value: &Value, args: Args<'_>) -> R {
    let Some(mut meta) = meta_value.cast::<Type>() else {
        return Err(t.type_error("type.__new__() needs a metaclass"));
    };
    let [name, bases, namespace] = args.pos else {
        return Err(t.type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", args.pos.len())));
    };
    let argument = |i: usize, expected: &str, v: &Value| {
        t.type_error(format!("type.__new__() argument {i} must be {expected}, not {}", v.type_of(t).name_str()))
    };
    let Some(name_text) = name.cast::<Str>() else { return Err(argument(1, "str", name)) };
    let Some(base_tuple) = bases.cast::<Tuple>() else { return Err(argument(2, "tuple", bases)) };
    let Some(orig_dict) = namespace.cast::<Dict>() else { return Err(argument(3, "dict", namespace)) };

    if base_tuple.is_empty() {
        let bases = t.tuple([t.types().object.value()]);
        return make_class(t, meta, name, name_text, &bases, orig_dict, args);
    }
    for base in base_tuple.items() {
        if base.cast::<Type>().is_none() && protocol::getattr_opt(t, base, &t.names().__mro_entries__)?.is_some() {
            return Err(t.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = calculate_metaclass(t, meta, base_tuple.items())?;
    if !std::ptr::eq(winner, meta) {
        if let Some(new) = winner.slots().new
            && new as *const () != type_new as *const ()
        {
            return new(t, &winner.value(), args);
        }
        meta = winner;
    }
    make_class(t, meta, name, name_text, bases, orig_dict, args)
}

/// The rest of `type.__new__`, once metaclass and bases are known.
fn make_class(
    t: &Thread,
    meta: &Type,
    name: &Value,
    name_text: &Str,
    bases: &Value,
    orig_dict: &Dict,
    args: Args<'_>,
) -> R {
    let base_items = bases.cast::<Tuple>().map(|b| b.items()).unwrap_or(&[]);
    let base = layout::best_base(t, base_items)?;
    // Merging respects an order that a subclass of dict has of its own.
    let dict_value = Dict::make(t);
    let made = dict_value.cast::<Dict>().expect("just made");
    super::dict::merge::merge(t, made, &orig_dict.value(), super::dict::merge::Present::Replace)?;
    let dict = dict_value.cast::<Dict>().expect("a copy of a dict");
    let slots = layout::read_slots(t, name, dict, base, base_items)?;
    check_class_name(t, name_text)?;
    let memory = layout::instance_layout(t, base, base_items, &slots, dict);
    let value = builtin::allocate_type(t, Some(meta), &memory, None);
    let typ = value.cast::<Type>().expect("just made");
    typ.name.set(t.interp.intern_value(&attribute::check_name(t, name)?));
    typ.base.set(base.value());
    typ.bases.set(bases.clone());
    typ.dict.set(dict_value.clone());
    let names = t.names();

    // The namespace: what the class statement leaves there for us, and what every class has.
    if dict.get_str(t, &names.__module__).is_none()
        && let Some(module) = calling_module(t)
    {
        dict.set_str(t, &names.__module__, module);
    }
    match dict.remove(t, &names.__qualname__)? {
        Some(qualname) if qualname.cast::<Str>().is_some() => {
            // The class of a `class` statement that no function runs.
            if qualname.cast::<Str>().is_some_and(|q| !q.to_str_lossy().contains("<locals>")) {
                t.share_forever(&value);
            }
            typ.qualname.set(qualname);
        }
        Some(other) => {
            return Err(t.type_error(format!("type __qualname__ must be a str, not {}", other.type_of(t).name_str())));
        }
        None => typ.qualname.set(typ.name(t)),
    }
    if let Some(doc) =
        dict.get_str(t, &names.__doc__).filter(|d| d.cast::<Str>().is_some_and(|d| d.to_utf8().is_none()))
    {
        // CPython keeps a C string of it, which a lone surrogate has no place in.
        protocol::call_method_str(t, &doc, "encode", &[])?;
    }
    if let Some(new) = dict.get_str(t, &names.__new__)
        && new.cast_exact::<Function>().is_some()
    {
        dict.set_str(t, &names.__new__, StaticMethod::make(t, new));
    }
    for name in [&names.__init_subclass__, &names.__class_getitem__] {
        if let Some(f) = dict.get_str(t, name)
            && f.cast_exact::<Function>().is_some()
        {
            dict.set_str(t, name, ClassMethod::make(t, f));
        }
    }
    layout::add_members(t, typ, base, &slots);
    if slots.add_dict {
        add_descriptor(t, typ, dict, &attribute::DICT);
    }
    if slots.add_weak {
        add_descriptor(t, typ, dict, &attribute::WEAKREF);
    }
    for (name, describe) in [(&names.__classcell__, "__classcell__"), (&names.__classdictcell__, "__classdictcell__")] {
        let Some(cell) = dict.remove(t, name)? else { continue };
        let Some(cell_payload) = cell.cast::<Cell>() else {
            return Err(t.type_error(format!(
                "{describe} must be a nonlocal cell, not {}",
                protocol::repr_text(t, &cell.type_of(t).value())?
            )));
        };
        cell_payload.contents.set(if describe == "__classcell__" { value.clone() } else { dict_value.clone() });
    }

    mro::install(t, typ)?;
    if dict.get_str(t, &names.__doc__).is_none() {
        dict.set_str(t, &names.__doc__, Value::NONE);
    }
    if dict.get_str(t, &names.__eq__).is_some() && dict.get_str(t, &names.__hash__).is_none() {
        dict.set_str(t, &names.__hash__, Value::NONE);
    }
    typ.flags.fetch_or(type_flags::READY, Relaxed);
    inherit_flags(t, typ);
    type_slots::fill_from_namespace(t, typ);
    for base in base_items.iter().filter_map(|b| b.cast::<Type>()) {
        base.add_subclass(typ);
    }
    set_names(t, typ, dict)?;
    init_subclass(t, &value, typ, args)?;
    Ok(value)
}

/// What instances can do because a base further along the MRO can.
fn inherit_flags(t: &Thread, typ: &Type) {
    for class in typ.mro(t).cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]).iter().skip(1) {
        if let Some(class) = class.cast::<Type>()
            && class.has_flag(type_flags::WEAKREFABLE)
        {
            typ.flags.fetch_or(type_flags::WEAKREFABLE, Relaxed);
        }
    }
}

fn add_descriptor(t: &Thread, typ: &Type, dict: &Dict, getset: &'static super::spec::GetSet) {
    let name = t.intern(getset.name);
    if dict.get_str(t, &name).is_none() {
        dict.set_str(t, &name, GetSetDescr::make(t, getset, typ));
    }
}

/// A class's name is UTF-8 without null characters.
pub fn check_class_name(t: &Thread, name: &Str) -> R<()> {
    match name.to_utf8() {
        Some(text) if text.contains('\0') => Err(t.value_error("type name must not contain null characters")),
        Some(_) => Ok(()),
        None => {
            protocol::call_method_str(t, &name.value(), "encode", &[])?;
            Ok(())
        }
    }
}

/// `__name__` of the globals of the running frame.
fn calling_module(t: &Thread) -> Option<Value> {
    let frame = t.frame.get();
    if frame.is_null() {
        return None;
    }
    // SAFETY: the running frame is alive and has globals.
    let globals = unsafe { Value::from_ref(&(*frame).globals) }.clone();
    globals.cast::<Dict>()?.get_str(t, &t.names().__name__)
}

/// Calls `__set_name__` of everything in the namespace.
fn set_names(t: &Thread, typ: &Type, dict: &Dict) -> R<()> {
    let owner = typ.value();
    for (name, value) in dict.pairs(t) {
        // Most things in a namespace are functions, which have none.
        if value.cast_exact::<Function>().is_some() || !value.is_heap() {
            continue;
        }
        let Some(method) = protocol::lookup_special(t, &value, &t.names().__set_name__)? else { continue };
        if let Err(raised) = protocol::call(t, &method, &[owner.clone(), name.clone()]) {
            let e = t.take_exception(raised);
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                value.type_of(t).name_str(),
                protocol::repr_text(t, &name)?,
                typ.name_str()
            );
            protocol::call_method_str(t, &e, "add_note", &[t.str(note)])?;
            return Err(t.raise_as_is(e));
        }
    }
    Ok(())
}

/// `super(cls, cls).__init_subclass__(**keywords)`.
fn init_subclass(t: &Thread, value: &Value, typ: &Type, args: Args<'_>) -> R<()> {
    let name = &t.names().__init_subclass__;
    // An MRO of the metaclass's making can leave the class out.
    if !typ.mro(t).cast::<Tuple>().is_some_and(|mro| mro.items().iter().any(|c| c.is(value))) {
        let name = typ.name_str();
        return Err(t.type_error(format!(
            "super(type, obj): obj (type {name}) is not an instance or subtype of type ({name})."
        )));
    }
    let method = super_attribute(t, typ, value, typ, name)?;
    let Some(method) = method else { return Err(t.no_attribute(value, name)) };
    protocol::call_args(t, &method, Args { pos: &[], ..args })?;
    Ok(())
}
