//! The method resolution order: C3 linearization, or what a metaclass's `mro()` says.

use super::super::protocol;
use super::super::slots::R;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};

/// The C3 linearization of a class with these bases, the class itself first.
pub fn linearize(t: &Thread, typ: &Type, bases: &[&Type]) -> R<Vec<Value>> {
    if let Some(base) = bases.iter().find(|b| b.mro.get(t).is_none()) {
        return Err(t.type_error(format!("Cannot extend an incomplete type '{}'", base.name_str())));
    }
    if let [base] = bases {
        let mro = base.mro(t);
        let items = mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]);
        return Ok(std::iter::once(typ.value()).chain(items.iter().cloned()).collect());
    }
    for (i, base) in bases.iter().enumerate() {
        if bases[i + 1..].iter().any(|b| std::ptr::eq(*b, *base)) {
            return Err(t.type_error(format!("duplicate base class {}", base.short_name())));
        }
    }
    let mut lists: Vec<Vec<Value>> =
        bases.iter().map(|b| b.mro(t).cast::<Tuple>().map(|m| m.items().to_vec()).unwrap_or_default()).collect();
    lists.push(bases.iter().map(|b| b.value()).collect());
    let mut heads = vec![0; lists.len()];
    let mut result = vec![typ.value()];
    loop {
        let mut left = false;
        let mut next = None;
        for (list, &head) in lists.iter().zip(&heads) {
            let Some(candidate) = list.get(head) else { continue };
            left = true;
            // In the tail of no list?
            if !lists.iter().zip(&heads).any(|(l, &h)| l.iter().skip(h + 1).any(|c| c.is(candidate))) {
                next = Some(candidate.clone());
                break;
            }
        }
        let Some(next) = next else {
            return if left { Err(inconsistent(t, &lists, &heads)) } else { Ok(result) };
        };
        for (list, head) in lists.iter().zip(&mut heads) {
            if list.get(*head).is_some_and(|c| c.is(&next)) {
                *head += 1;
            }
        }
        result.push(next);
    }
}

#[cold]
fn inconsistent(t: &Thread, lists: &[Vec<Value>], heads: &[usize]) -> super::super::slots::Raised {
    let mut names: Vec<String> = Vec::new();
    let mut seen: Vec<&Value> = Vec::new();
    for candidate in lists.iter().zip(heads).filter_map(|(l, &h)| l.get(h)) {
        if !seen.iter().any(|s| s.is(candidate)) {
            seen.push(candidate);
            names.push(candidate.cast::<Type>().map(|c| c.short_name()).unwrap_or_default());
        }
    }
    t.type_error(format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")))
}

/// Gives a class whose bases are set its MRO, and says what it was and is. `None` if `mro()` changed it behind our back:
/// then what was set there stays.
pub fn install(t: &Thread, typ: &Type) -> R<Option<(Option<Value>, Value)>> {
    let old = typ.mro.get(t);
    let computed = compute(t, typ);
    let now = typ.mro.get(t);
    let changed = match (&old, &now) {
        (Some(old), Some(now)) => !old.is(now),
        (old, now) => old.is_some() != now.is_some(),
    };
    let new = computed?;
    if changed {
        return Ok(None);
    }
    typ.mro.set(new.clone());
    typ.modified();
    Ok(Some((old, new)))
}

/// The MRO of a class whose bases are set: the metaclass's `mro()` decides.
fn compute(t: &Thread, typ: &Type) -> R {
    let value = typ.value();
    if std::ptr::eq(value.type_of(t), t.types().type_.get()) {
        return default(t, typ);
    }
    let Some(result) = protocol::call_special(t, &value, &t.intern("mro"), &[])? else { return default(t, typ) };
    let items = protocol::collect(t, &result)?;
    let solid = super::layout::solid_base(t, typ);
    for class in &items {
        let Some(class) = class.cast::<Type>() else {
            return Err(t.type_error(format!("mro() returned a non-class ('{}')", class.type_of(t).name_str())));
        };
        let theirs = super::layout::solid_base(t, class);
        if !solid.cast::<Type>().zip(theirs.cast::<Type>()).is_some_and(|(s, c)| s.is_subtype(c)) {
            return Err(t.type_error(format!("mro() returned base with unsuitable layout ('{}')", class.name_str())));
        }
    }
    Ok(t.tuple(items))
}

/// `type.mro()`.
pub fn default(t: &Thread, typ: &Type) -> R {
    let bases = typ.bases(t);
    let bases: Vec<&Type> =
        bases.cast::<Tuple>().map(|b| b.items().iter().filter_map(|b| b.cast::<Type>()).collect()).unwrap_or_default();
    Ok(t.tuple(linearize(t, typ, &bases)?))
}
