//! Assigning to `__bases__` of a class.

use super::slots::{R, Raised};
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_methods::{check_settable, class};
use super::type_new::{layout, mro};
use super::type_object::Type;
use super::type_slots;
use super::value::{Payload, Value};

/// `C.__bases__ = ...`: the layout must stay, MROs and slots of the class and its subclasses are made anew. A `mro()` of a
/// metaclass may do the same on the way; what it sets stays.
pub(super) fn set_bases(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let typ = class(t, v)?;
    check_settable(t, typ, value, "__bases__")?;
    let Some(value) = value else { return Ok(()) };
    let Some(bases) = value.cast::<Tuple>() else {
        return Err(t.type_error(format!(
            "can only assign tuple to {}.__bases__, not {}",
            typ.name_str(),
            value.type_of(t).name_str()
        )));
    };
    if bases.is_empty() {
        return Err(t.type_error(format!("can only assign non-empty tuple to {}.__bases__, not ()", typ.name_str())));
    }
    for base in bases.items() {
        let Some(base) = base.cast::<Type>() else {
            return Err(t.type_error(format!(
                "{}.__bases__ must be tuple of classes, not '{}'",
                typ.name_str(),
                base.type_of(t).name_str()
            )));
        };
        if base.is_subtype(typ) || derives(t, base, typ) {
            return Err(inheritance_cycle(t));
        }
    }
    let new_base = layout::best_base(t, bases.items())?;
    let old_base = typ.base(t);
    if let Some(old) = old_base.as_ref().and_then(|b| b.cast::<Type>()) {
        super::object::compatible_layout(t, new_base, old, "__bases__")?;
    }
    let old_bases = typ.bases(t);
    typ.bases.set(value.clone());
    typ.base.set(new_base.value());
    let mut undo = Vec::new();
    // Another thread may have set the bases of a base since they were looked at.
    let cycle = bases.items().iter().filter_map(|b| b.cast::<Type>()).any(|base| derives(t, base, typ));
    let remade = if cycle { Err(inheritance_cycle(t)) } else { remake_mro(t, typ, &mut undo) };
    if let Err(raised) = remade {
        for (class, old, new) in undo.into_iter().rev() {
            let Some(class) = class.cast::<Type>() else { continue };
            if class.mro.get(t).is_some_and(|mro| mro.is(&new)) {
                drop(class.mro.replace(old));
                class.modified();
            }
        }
        if typ.bases(t).is(value) {
            typ.bases.set(old_bases);
            if let Some(base) = old_base {
                typ.base.set(base);
            }
        }
        return Err(raised);
    }
    if !typ.bases(t).is(value) {
        return Ok(());
    }
    for base in old_bases.cast::<Tuple>().map(|b| b.items()).unwrap_or(&[]) {
        if let Some(base) = base.cast::<Type>() {
            base.remove_subclass(typ);
        }
    }
    for base in bases.items() {
        if let Some(base) = base.cast::<Type>() {
            base.add_subclass(typ);
        }
    }
    typ.modified();
    type_slots::refill(t, typ);
    Ok(())
}

fn inheritance_cycle(t: &Thread) -> Raised {
    t.type_error("a __bases__ item causes an inheritance cycle")
}

/// Whether a class has another among its bases, or theirs. MROs may say otherwise while they are being made.
fn derives(t: &Thread, typ: &Type, other: &Type) -> bool {
    let mut seen: Vec<Value> = vec![typ.value()];
    let mut next = 0;
    while let Some(class) = seen.get(next).cloned() {
        next += 1;
        let Some(class) = class.cast::<Type>() else { continue };
        if std::ptr::eq(class, other) {
            return true;
        }
        for base in class.bases.get(t).iter().filter_map(|b| b.cast::<Tuple>()).flat_map(|b| b.items()) {
            if !seen.iter().any(|s| s.is(base)) {
                seen.push(base.clone());
            }
        }
    }
    false
}

/// Makes the MROs of a class and its subclasses anew; `undo` keeps which changed, from what and to what.
fn remake_mro(t: &Thread, typ: &Type, undo: &mut Vec<(Value, Option<Value>, Value)>) -> R<()> {
    if let Some((old, new)) = mro::install(t, typ)? {
        undo.push((typ.value(), old, new));
        for subclass in typ.subclasses() {
            remake_mro(t, class(t, &subclass)?, undo)?;
        }
    }
    Ok(())
}
