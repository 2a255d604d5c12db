//! Slots and dunder methods, kept in step by one table.
//!
//! [`SLOT_DEFS`] has a row for every special method: the slot it stands for, how the native function in the slot
//! is shown to Python (`int.__add__` is a *wrapper descriptor* around `nb_add`), and, through its [`Field`], the
//! generic function that a class written in Python gets in that slot and that calls the method (`slot_nb_add`).
//! It is CPython's `slotdefs`, in CPython's order.
//!
//! - A built-in type fills its slots natively; [`add_wrappers`] puts wrappers for them into its namespace.
//! - A class finds its methods along the MRO; [`fill_from_namespace`] sets the slots from what it finds. Where
//!   that is just the wrapper of a base's native slot, the slot is inherited natively, so that `class L(list)`
//!   adds no cost; anything else gets the generic function.
//! - `C.__add__ = f` later on goes through [`update_slot`], which also visits the subclasses.

mod generic;
mod table;
mod wrap;

pub use generic::{call_next, hash_not_implemented, is_generic_new};
pub use table::SLOT_DEFS;
pub use wrap::NEW_DEF;

use super::descriptors::WrapperDescr;
use super::dict::Dict;
use super::native::Native;
use super::slots::{Args, R, Slots};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::{Payload, Value};
use super::world;
use std::collections::HashMap;
use std::sync::OnceLock;

/// One slot of the table [`Slots`]: how to look at it and change it without knowing its type.
pub struct Field {
    /// Whether a native function or a generic one is there.
    pub is_set: fn(&Slots) -> bool,
    /// Takes the slot of another type.
    pub copy: fn(&mut Slots, &Slots),
    /// Empties it.
    pub clear: fn(&mut Slots),
    /// Puts the generic function in, which calls the method; `None` for slots that have no such function
    /// because another slot serves the same method (`sq_concat`, where `nb_add` calls `__add__`).
    pub generic: Option<fn(&mut Slots)>,
    /// Whether both tables have the same function there.
    pub same: fn(&Slots, &Slots) -> bool,
}

/// How a wrapper calls the native function in a slot of the type it belongs to.
pub type Wrap = fn(&Thread, &'static SlotDef, &Slots, &Value, Args<'_>) -> R;

/// One row: a special method.
pub struct SlotDef {
    pub name: &'static str,
    pub field: &'static Field,
    /// `None` for methods that no wrapper shows (`__getattr__`, `__new__`).
    pub wrap: Option<Wrap>,
    pub sig: &'static str,
    pub doc: &'static str,
}

/// The rows of a method, by name: some methods serve two slots (`__add__`: `nb_add`, `sq_concat`).
fn rows(name: &str) -> &'static [&'static SlotDef] {
    static ROWS: OnceLock<HashMap<&'static str, Vec<&'static SlotDef>>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        let mut map: HashMap<_, Vec<_>> = HashMap::new();
        for def in SLOT_DEFS {
            map.entry(def.name).or_default().push(def);
        }
        map
    });
    rows.get(name).map_or(&[], |v| v.as_slice())
}

/// The fields that have rows, each once, with their rows.
fn fields() -> &'static [(&'static Field, Vec<&'static SlotDef>)] {
    static FIELDS: OnceLock<Vec<(&'static Field, Vec<&'static SlotDef>)>> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let mut fields: Vec<(&'static Field, Vec<&'static SlotDef>)> = Vec::new();
        for def in SLOT_DEFS {
            match fields.iter_mut().find(|(f, _)| std::ptr::eq(*f, def.field)) {
                Some((_, rows)) => rows.push(def),
                None => fields.push((def.field, vec![def])),
            }
        }
        fields
    })
}

/// Puts a wrapper into a built-in type's namespace for every slot that the type itself fills.
pub fn add_wrappers(t: &Thread, typ: &Type) {
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    let slots = *typ.slots();
    if slots.new.is_some() {
        namespace.set_name(t, "__new__", Native::make(t, &NEW_DEF, Some(typ.value()), None));
    }
    for def in SLOT_DEFS {
        if def.wrap.is_none() || !(def.field.is_set)(&slots) {
            continue;
        }
        let name = t.intern(def.name);
        if namespace.get_str(t, &name).is_some() {
            continue;
        }
        if def.name == "__hash__"
            && slots.hash.is_some_and(|f| f as usize == hash_not_implemented as *const () as usize)
        {
            namespace.set_str(t, &name, Value::NONE);
            continue;
        }
        namespace.set_str(t, &name, WrapperDescr::make(t, def, typ));
    }
}

/// Sets the slots of a class that was just made, from its namespace and MRO. Nobody knows the class yet.
pub fn fill_from_namespace(t: &Thread, typ: &Type) {
    let mro = typ.mro(t);
    let mro = mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]);
    let base = typ.base(t);
    let Some(base) = base.as_ref().and_then(|b| b.cast::<Type>()) else { return };
    let base_mro = base.mro(t);
    let base_mro = base_mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]);
    typ.edit_slots(|slots| *slots = *base.slots());
    let plain = mro.len() == base_mro.len() + 1 && mro[1..].iter().zip(base_mro).all(|(a, b)| a.is(b));
    if plain && mro[0].is_header(typ.header()) {
        // What is not in the class's own namespace is found where the base found it.
        let namespace = typ.dict(t);
        let mut done: Vec<*const Field> = Vec::new();
        for (name, _) in namespace.cast::<Dict>().map(|d| d.pairs(t)).unwrap_or_default() {
            let Some(text) = name.cast::<Str>().and_then(|s| s.as_ascii()).filter(|s| s.starts_with("__")) else {
                continue;
            };
            for def in rows(text) {
                if !done.contains(&(def.field as *const Field)) {
                    done.push(def.field);
                    update_field(t, typ, def.field, false);
                }
            }
        }
        return;
    }
    for class in mro.iter().skip(1) {
        if let Some(class) = class.cast::<Type>() {
            typ.edit_slots(|slots| slots.inherit(class.slots()));
        }
    }
    for (field, _) in fields() {
        update_field(t, typ, field, false);
    }
}

/// A special method of a class was set or deleted: its slots, and those of the subclasses that inherit it, follow.
pub fn update_slot(t: &Thread, typ: &Type, name: &Value) {
    let Some(text) = name.cast::<Str>().and_then(|s| s.as_ascii()) else { return };
    let rows = rows(text);
    if !rows.is_empty() {
        update_recursively(t, typ, rows, name);
    }
}

fn update_recursively(t: &Thread, typ: &Type, rows: &[&'static SlotDef], name: &Value) {
    for def in rows {
        update_field(t, typ, def.field, true);
    }
    for subclass in typ.subclasses() {
        if let Some(subclass) = subclass.cast::<Type>()
            && subclass.own_attribute(t, name).is_none()
        {
            update_recursively(t, subclass, rows, name);
        }
    }
}

/// The bases of a class changed: all its slots and those of its subclasses are set anew.
pub fn refill(t: &Thread, typ: &Type) {
    fill_from_namespace(t, typ);
    for subclass in typ.subclasses() {
        if let Some(subclass) = subclass.cast::<Type>() {
            refill(t, subclass);
        }
    }
}

/// Sets one slot from what the class's MRO has under the names of the slot's methods (`update_one_slot`). If others
/// may be using the class they are stopped meanwhile.
fn update_field(t: &Thread, typ: &Type, field: &'static Field, known: bool) {
    let mut specific: Option<Slots> = None;
    let (mut generic, mut use_generic) = (false, false);
    let Some((_, rows)) = fields().iter().find(|(f, _)| std::ptr::eq(*f, field)) else { return };
    for def in rows {
        let Some(found) = typ.lookup(t, &t.intern(def.name)) else { continue };
        if let Some(wrapper) = found.cast_exact::<WrapperDescr>()
            && wrapper.def.name == def.name
        {
            let slots = wrapper.owner().slots();
            if !std::ptr::eq(wrapper.def.field, field) {
                // The wrapper of a twin slot, which is inherited by itself.
                continue;
            }
            generic = true;
            let unique = specific.as_ref().is_none_or(|s| (field.same)(s, slots));
            if unique && typ.is_subtype(wrapper.owner()) {
                specific = Some(*slots);
            } else {
                use_generic = true;
            }
        } else if def.name == "__new__" && found.cast_exact::<Native>().is_some_and(|f| std::ptr::eq(f.def, &NEW_DEF)) {
            let base = typ.base(t);
            specific = base.as_ref().and_then(|b| b.cast::<Type>()).map(|b| *b.slots());
        } else if def.name == "__hash__" && found.is_none() {
            specific = Some(Slots { hash: Some(hash_not_implemented), ..Slots::EMPTY });
        } else {
            (generic, use_generic) = (true, true);
        }
    }
    if known {
        world::stop(t);
    }
    typ.edit_slots(|slots| match (specific, field.generic) {
        (Some(native), _) if !use_generic => (field.copy)(slots, &native),
        (_, Some(set)) if generic => set(slots),
        _ => (field.clear)(slots),
    });
    if known {
        world::start(t);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twin_slots_share_a_method() {
        assert_eq!(rows("__add__").len(), 2);
        assert_eq!(rows("__getitem__").len(), 1);
        assert!(rows("__missing__").is_empty());
    }

    #[test]
    fn a_method_and_its_reflection_share_a_slot() {
        for (name, reflected) in [("__sub__", "__rsub__"), ("__set__", "__delete__"), ("__lt__", "__ge__")] {
            assert!(std::ptr::eq(rows(name)[0].field, rows(reflected)[0].field));
        }
    }

    #[test]
    fn every_field_has_rows_and_twins_no_generic_function() {
        assert!(fields().iter().all(|(_, rows)| !rows.is_empty()));
        let without = fields().iter().filter(|(f, _)| f.generic.is_none()).count();
        assert_eq!(without, 4, "sq_concat, sq_repeat and their inplace forms");
    }
}
