//! Structural pattern matching.

use super::{name_text, ret};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::type_flags;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// MATCH_MAPPING.
#[inline(never)]
pub fn match_mapping(t: &Thread, v: &Value) -> u64 {
    Value::bool(v.type_of(t).has_flag(type_flags::MAPPING)).bits()
}

/// MATCH_SEQUENCE.
#[inline(never)]
pub fn match_sequence(t: &Thread, v: &Value) -> u64 {
    Value::bool(v.type_of(t).has_flag(type_flags::SEQUENCE)).bits()
}

/// MATCH_KEYS: a tuple of the values, or `None` if a key is missing.
#[inline(never)]
pub fn match_keys(t: &Thread, subject: &Value, keys: &Value) -> u64 {
    ret((|| {
        let Some(keys) = keys.cast::<Tuple>() else { return Err(t.system_error("the keys of a pattern are no tuple")) };
        let keys = keys.items();
        let get = protocol::getattr_str(t, subject, "get")?;
        let missing = crate::objects::object::new_plain_object(t);
        let mut values = Vec::with_capacity(keys.len());
        for (i, key) in keys.iter().enumerate() {
            for earlier in &keys[..i] {
                if protocol::eq(t, earlier, key)? {
                    return Err(t.value_error(format!(
                        "mapping pattern checks duplicate key ({})",
                        protocol::repr_text(t, key)?
                    )));
                }
            }
            let value = protocol::call(t, &get, &[key.clone(), missing.clone()])?;
            if value.is(&missing) {
                return Ok(Value::NONE);
            }
            values.push(value);
        }
        Ok(t.tuple(values))
    })())
}

/// MATCH_CLASS: a tuple of the attributes, or `None`.
#[inline(never)]
pub fn match_class(t: &Thread, subject: &Value, class: &Value, names: &Value, positional: usize) -> u64 {
    ret(class_attributes(t, subject, class, names, positional).map(|v| v.unwrap_or(Value::NONE)))
}

fn class_attributes(t: &Thread, subject: &Value, class: &Value, names: &Value, positional: usize) -> R<Option<Value>> {
    let Some(typ) = class.cast::<Type>() else {
        return Err(t.type_error("called match pattern must be a class"));
    };
    if !protocol::isinstance(t, subject, class)? {
        return Ok(None);
    }
    let mut values = Vec::new();
    let mut seen: Vec<Value> = Vec::new();
    let mut attribute = |name: &Value, values: &mut Vec<Value>| -> R<bool> {
        for earlier in &seen {
            if protocol::eq(t, earlier, name)? {
                return Err(t.type_error(format!(
                    "{}() got multiple sub-patterns for attribute {}",
                    typ.name_str(),
                    protocol::repr_text(t, name)?
                )));
            }
        }
        seen.push(name.clone());
        match protocol::getattr_opt(t, subject, name)? {
            Some(v) => {
                values.push(v);
                Ok(true)
            }
            None => Ok(false),
        }
    };
    if positional > 0 {
        let match_args = protocol::getattr_opt(t, class, &t.names().__match_args__)?;
        let match_self = match_args.is_none() && typ.has_flag(type_flags::MATCH_SELF);
        let args = match &match_args {
            Some(a) => match a.cast_exact::<Tuple>() {
                Some(tuple) => tuple.items().to_vec(),
                None => {
                    return Err(t.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        typ.name_str(),
                        a.type_of(t).name_str()
                    )));
                }
            },
            None => Vec::new(),
        };
        let allowed = if match_self { 1 } else { args.len() };
        if allowed < positional {
            return Err(t.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{} ({positional} given)",
                typ.name_str(),
                if allowed == 1 { "" } else { "s" }
            )));
        }
        if match_self {
            values.push(subject.clone());
        } else {
            for name in &args[..positional] {
                if name.cast_exact::<Str>().is_none() {
                    return Err(t.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        name.type_of(t).name_str()
                    )));
                }
                if !attribute(&t.interp.intern_value(name), &mut values)? {
                    return Ok(None);
                }
            }
        }
    }
    for name in names.cast::<Tuple>().map_or(&[][..], |n| n.items()) {
        if !attribute(name, &mut values)? {
            return Ok(None);
        }
    }
    let _ = name_text;
    Ok(Some(t.tuple(values)))
}
