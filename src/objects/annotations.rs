//! `__annotations__` and `__annotate__` of classes (PEP 649): annotations are computed when first asked for, and
//! kept as `__annotations_cache__`.

use super::dict::Dict;
use super::protocol;
use super::slots::R;
use super::spec::type_flags;
use super::thread::Thread;
use super::type_methods::{class, immutable};
use super::type_object::Type;
use super::value::{Payload, Value};

/// Looks a name up in the class's own namespace and binds it to the class.
fn own(t: &Thread, typ: &Type, name: &Value) -> R<Option<Value>> {
    let Some(found) = typ.own_attribute(t, name) else { return Ok(None) };
    match found.type_of(t).slots().descr_get {
        Some(get) => get(t, &found, None, Some(&typ.value())).map(Some),
        None => Ok(Some(found)),
    }
}

fn not_for_builtins(t: &Thread, v: &Value, typ: &Type, name: &Value) -> R<()> {
    if typ.is_heap_type() { Ok(()) } else { Err(t.no_attribute(v, name)) }
}

fn changed<T>(t: &Thread, typ: &Type, f: impl FnOnce(&Dict) -> R<T>) -> R<T> {
    let namespace = typ.dict(t);
    if !t.gil_enabled() {
        typ.modified();
    }
    let result = f(namespace.cast::<Dict>().expect("a namespace is a dict"));
    typ.modified();
    result
}

pub fn get_annotations(t: &Thread, v: &Value) -> R {
    let (typ, names) = (class(t, v)?, t.names());
    not_for_builtins(t, v, typ, &names.__annotations__)?;
    for name in [&names.__annotations__, &names.__annotations_cache__] {
        if let Some(found) = own(t, typ, name)? {
            return Ok(found);
        }
    }
    let annotate = get_annotate(t, v)?;
    let annotations = if annotate.type_of(t).slots().call.is_some() {
        let result = protocol::call(t, &annotate, &[Value::small(1)])?;
        if result.cast::<Dict>().is_none() {
            return Err(
                t.type_error(format!("__annotate__ returned non-dict of type '{}'", result.type_of(t).name_str()))
            );
        }
        result
    } else {
        Dict::make(t)
    };
    changed(t, typ, |d| d.set(t, names.__annotations_cache__.clone(), annotations.clone()))?;
    Ok(annotations)
}

pub fn set_annotations(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let (typ, names) = (class(t, v)?, t.names());
    if typ.has_flag(type_flags::IMMUTABLE) {
        return Err(immutable(t, typ, &names.__annotations__));
    }
    changed(t, typ, |d| {
        match value {
            Some(value) => {
                let plain = d.get_str(t, &names.__annotations__).is_some();
                let name = if plain { &names.__annotations__ } else { &names.__annotations_cache__ };
                d.set(t, name.clone(), value.clone())?;
            }
            None => {
                let removed = d.remove(t, &names.__annotations__)?.is_some()
                    || d.remove(t, &names.__annotations_cache__)?.is_some();
                if !removed {
                    return Err(t.raise_message(&t.types().attribute_error, "__annotations__"));
                }
            }
        }
        d.remove(t, &names.__annotate_func__)?;
        d.remove(t, &names.__annotate__)?;
        Ok(())
    })
}

pub fn get_annotate(t: &Thread, v: &Value) -> R {
    let (typ, names) = (class(t, v)?, t.names());
    not_for_builtins(t, v, typ, &names.__annotate__)?;
    for name in [&names.__annotate_func__, &names.__annotate__] {
        if let Some(found) = own(t, typ, name)? {
            return Ok(found);
        }
    }
    changed(t, typ, |d| d.set(t, names.__annotate_func__.clone(), Value::NONE))?;
    Ok(Value::NONE)
}

pub fn set_annotate(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let (typ, names) = (class(t, v)?, t.names());
    let Some(value) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if typ.has_flag(type_flags::IMMUTABLE) {
        return Err(immutable(t, typ, &names.__annotate__));
    }
    if !value.is_none() && value.type_of(t).slots().call.is_none() {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    changed(t, typ, |d| {
        d.set(t, names.__annotate_func__.clone(), value.clone())?;
        if !value.is_none() {
            d.remove(t, &names.__annotations_cache__)?;
        }
        Ok(())
    })
}
