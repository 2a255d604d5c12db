//! Layouts: which base gives a class its native payload, `__slots__`, and the memory of instances.

use super::super::descriptors::MemberDescr;
use super::super::dict::Dict;
use super::super::header::Kind;
use super::super::instance::Part;
use super::super::protocol;
use super::super::slots::R;
use super::super::spec::type_flags;
use super::super::string::Str;
use super::super::text::unicode;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::builtin::Layout;
use std::collections::HashSet;

/// The most attributes that get room inline in an instance, and the least (CPython shares keys from 1 to 30).
const MAX_INLINE: usize = 30;
const MIN_INLINE: usize = 3;

/// The class along the base chain that last added something native or `__slots__` to instances.
pub fn solid_base(t: &Thread, typ: &Type) -> Value {
    let mut class = typ.value();
    loop {
        let Some(base) = class.cast::<Type>().and_then(|c| c.base(t)) else { return class };
        let differs = class.cast::<Type>().zip(base.cast::<Type>()).is_some_and(|(c, b)| {
            c.instance_kind != b.instance_kind || c.payload_size != b.payload_size || c.slot_count != b.slot_count
        });
        if differs {
            return class;
        }
        class = base;
    }
}

/// The base whose layout contains those of all the others.
pub fn best_base<'a>(t: &Thread, bases: &'a [Value]) -> R<&'a Type> {
    let mut best: Option<(&Type, Value)> = None;
    for base in bases {
        let Some(base) = base.cast::<Type>() else { return Err(t.type_error("bases must be types")) };
        if !base.has_flag(type_flags::BASETYPE) {
            return Err(t.type_error(format!("type '{}' is not an acceptable base type", base.name_str())));
        }
        let candidate = solid_base(t, base);
        let is_sub =
            |a: &Value, b: &Value| a.cast::<Type>().zip(b.cast::<Type>()).is_some_and(|(a, b)| a.is_subtype(b));
        match &best {
            None => best = Some((base, candidate)),
            Some((_, winner)) if is_sub(winner, &candidate) => {}
            Some((_, winner)) if is_sub(&candidate, winner) => best = Some((base, candidate)),
            Some(_) => return Err(t.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    best.map(|(base, _)| base).ok_or_else(|| t.type_error("a class has at least one base"))
}

/// Whether instances have a dict in their payload already (modules, classes).
pub fn native_dict(typ: &Type) -> bool {
    matches!(typ.instance_kind, Kind::Module | Kind::Type | Kind::Function)
}

/// What `__slots__` of a class body asks for.
pub struct Slots {
    /// Mangled names, sorted, without `__dict__` and `__weakref__`.
    pub names: Vec<Value>,
    pub add_dict: bool,
    pub add_weak: bool,
}

/// Reads `__slots__` from a class body's namespace (`type_new_slots`).
pub fn read_slots(t: &Thread, class_name: &Value, namespace: &Dict, base: &Type, bases: &[Value]) -> R<Slots> {
    let may_add_dict = !base.has_dict() && !native_dict(base);
    let may_add_weak = !base.has_flag(type_flags::WEAKREFABLE);
    let Some(slots) = namespace.get_str(t, &t.names().__slots__) else {
        return Ok(Slots { names: Vec::new(), add_dict: may_add_dict, add_weak: may_add_weak });
    };
    let items = if slots.cast::<Str>().is_some() { vec![slots] } else { protocol::collect(t, &slots)? };
    let sized_by_items = matches!(base.instance_kind, Kind::Int | Kind::Bool | Kind::Tuple | Kind::Bytes | Kind::Type);
    if !items.is_empty() && sized_by_items {
        return Err(t.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name_str())));
    }
    let mut result = Slots { names: Vec::new(), add_dict: false, add_weak: false };
    for item in &items {
        let Some(text) = item.cast::<Str>() else {
            return Err(t.type_error(format!("__slots__ items must be strings, not '{}'", item.type_of(t).name_str())));
        };
        if !text.to_utf8().is_some_and(|s| is_identifier(&s)) {
            return Err(t.type_error("__slots__ must be identifiers"));
        }
        if text.is("__dict__") {
            if !may_add_dict || result.add_dict {
                return Err(t.type_error("__dict__ slot disallowed: we already got one"));
            }
            result.add_dict = true;
        } else if text.is("__weakref__") {
            if !may_add_weak || result.add_weak {
                return Err(t.type_error("__weakref__ slot disallowed: we already got one"));
            }
            result.add_weak = true;
        } else {
            let mangled = mangle(t, class_name, item);
            // Names that the class body itself sets would be hidden; some it always has.
            let allowed = ["__qualname__", "__classcell__", "__classdictcell__"];
            if namespace.get(t, &mangled)?.is_some() && !allowed.iter().any(|a| text.is(a)) {
                let shown = mangled.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
                return Err(t.value_error(format!("'{shown}' in __slots__ conflicts with class variable")));
            }
            result.names.push(mangled);
        }
    }
    result.names.sort_by(|a, b| match (a.cast::<Str>(), b.cast::<Str>()) {
        (Some(a), Some(b)) => a.compare(b),
        _ => std::cmp::Ordering::Equal,
    });
    // Another base may have a dict or weak references that this one lacks.
    for other in bases {
        let Some(other) = other.cast::<Type>().filter(|o| !std::ptr::eq(*o, base)) else { continue };
        if may_add_dict && !result.add_dict && (other.has_dict() || native_dict(other)) {
            result.add_dict = true;
        }
        if may_add_weak && !result.add_weak && other.has_flag(type_flags::WEAKREFABLE) {
            result.add_weak = true;
        }
    }
    Ok(result)
}

fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars().map(|c| c as u32);
    chars.next().is_some_and(unicode::is_identifier_start) && chars.all(unicode::is_identifier_continue)
}

/// `_Class__name` for private names.
pub fn mangle(t: &Thread, class_name: &Value, name: &Value) -> Value {
    let text = |v: &Value| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    let (class, attribute) = (text(class_name), text(name));
    let class = class.trim_start_matches('_');
    if !attribute.starts_with("__") || attribute.ends_with("__") || attribute.contains('.') || class.is_empty() {
        return t.interp.intern_value(&t.str(attribute));
    }
    t.intern(&format!("_{class}{attribute}"))
}

/// How instances of a new class lie in memory.
pub(super) fn instance_layout(t: &Thread, base: &Type, bases: &[Value], slots: &Slots, namespace: &Dict) -> Layout {
    let has_dict = base.has_dict() || slots.add_dict;
    let slot_count = base.slot_count() + slots.names.len();
    let part = has_dict || slot_count > 0 || base.part_offset() != 0;
    let part_offset = if base.part_offset() != 0 {
        base.part_offset()
    } else if !part {
        0
    } else if base.has_flag(type_flags::VAR_SIZED) {
        Type::PART_AT_END
    } else {
        base.payload_size().next_multiple_of(std::mem::align_of::<Part>())
    };
    let mut flags = base.flags.load(std::sync::atomic::Ordering::Relaxed)
        & (type_flags::VAR_SIZED | type_flags::HAS_DICT | type_flags::WEAKREFABLE | type_flags::MATCH_SELF);
    for base in bases.iter().filter_map(|b| b.cast::<Type>()) {
        // Patterns: the first base that says whether it is a sequence or a mapping decides.
        let collection = type_flags::SEQUENCE | type_flags::MAPPING;
        if flags & collection == 0 {
            flags |= base.flags.load(std::sync::atomic::Ordering::Relaxed) & collection;
        }
    }
    flags |= type_flags::HEAP | type_flags::BASETYPE | type_flags::HAVE_GC;
    if has_dict {
        flags |= type_flags::HAS_DICT;
    }
    if slots.add_weak {
        flags |= type_flags::WEAKREFABLE;
    }
    let room = if has_dict { attribute_room(t, bases, namespace) } else { 0 };
    Layout {
        flags,
        kind: base.instance_kind,
        payload_size: base.payload_size(),
        part_offset,
        inline_slots: if part { slot_count + room } else { 0 },
        slot_count,
    }
}

/// How many attributes instances will probably have: those that methods of the class and its bases assign.
fn attribute_room(t: &Thread, bases: &[Value], namespace: &Dict) -> usize {
    let mut names: HashSet<u64> = HashSet::new();
    let mut add = |tuple: Option<Value>| {
        for name in tuple.as_ref().and_then(|v| v.cast::<Tuple>()).map(|v| v.items()).unwrap_or(&[]) {
            names.insert(name.id());
        }
    };
    add(namespace.get_str(t, &t.names().__static_attributes__));
    for base in bases.iter().filter_map(|b| b.cast::<Type>()) {
        for class in base.mro(t).cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]) {
            add(class.cast::<Type>().and_then(|c| c.own_attribute(t, &t.names().__static_attributes__)));
        }
    }
    names.len().clamp(MIN_INLINE, MAX_INLINE)
}

/// Puts the descriptors of `__slots__` into the class's namespace.
pub fn add_members(t: &Thread, typ: &Type, base: &Type, slots: &Slots) {
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    for (i, name) in slots.names.iter().enumerate() {
        let member = MemberDescr::make(t, typ, name.clone(), base.slot_count() + i);
        namespace.set_str(t, name, member);
    }
}
