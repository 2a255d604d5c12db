//! `__build_class__`: what a `class` statement calls.

use crate::objects::cell::Cell;
use crate::objects::dict::Dict;
use crate::objects::function::Function;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_new;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};

/// `__build_class__(func, name, /, *bases, [metaclass], **kwds)`.
pub fn build_class(t: &Thread, _module: &Value, args: Args<'_>) -> R {
    let [body, name, bases @ ..] = args.pos else {
        return Err(t.type_error("__build_class__: not enough arguments"));
    };
    if body.cast::<Function>().is_none() {
        return Err(t.type_error("__build_class__: func must be a function"));
    }
    if name.cast::<Str>().is_none() {
        return Err(t.type_error("__build_class__: name is not a string"));
    }
    let original = Tuple::from_slice(t, bases);
    let resolved = resolve_bases(t, bases, &original)?;
    let bases = resolved.clone().unwrap_or_else(|| original.clone());
    let base_items = bases.cast::<Tuple>().expect("just made").items().to_vec();

    let names = t.names();
    let mut metaclass = None;
    let (mut kw_names, mut kw_values) = (Vec::new(), Vec::new());
    for (key, value) in args.names.iter().zip(args.kw) {
        if key.cast::<Str>().is_some_and(|k| k.is("metaclass")) {
            metaclass = Some(value.clone());
        } else {
            kw_names.push(key.clone());
            kw_values.push(value.clone());
        }
    }
    let mut meta = match metaclass {
        Some(m) => m,
        None => match base_items.first() {
            Some(base) => base.type_of_value(t),
            None => t.types().type_.value(),
        },
    };
    if let Some(m) = meta.cast::<Type>() {
        meta = type_new::calculate_metaclass(t, m, &base_items)?.value();
    }
    let keywords = Args { pos: &[], kw: &kw_values, names: &kw_names };
    let namespace = match protocol::getattr_opt(t, &meta, &names.__prepare__)? {
        None => Dict::make(t),
        Some(prepare) => {
            let ns = protocol::call_args(t, &prepare, Args { pos: &[name.clone(), bases.clone()], ..keywords })?;
            if ns.cast::<Dict>().is_none() && ns.type_of(t).slots().getitem.is_none() {
                let meta_name = meta.cast::<Type>().map_or_else(|| "<metaclass>".to_owned(), |m| m.name_str());
                return Err(t.type_error(format!(
                    "{meta_name}.__prepare__() must return a mapping, not {}",
                    ns.type_of(t).name_str()
                )));
            }
            ns
        }
    };
    let cell = crate::vm::call::run_function(t, body, Args::NONE, Some(namespace.clone()))?;
    if resolved.is_some() {
        protocol::setitem(t, &namespace, &names.__orig_bases__, Some(&original))?;
    }
    let class = protocol::call_args(t, &meta, Args { pos: &[name.clone(), bases, namespace], ..keywords })?;
    if let Some(c) = cell.cast::<Cell>()
        && class.cast::<Type>().is_some()
    {
        match c.contents.get(t) {
            None => {
                return Err(t.runtime_error(format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    protocol::repr_text(t, name)?,
                    protocol::repr_text(t, &class)?
                )));
            }
            Some(v) if !v.is(&class) => {
                return Err(t.type_error(format!(
                    "__class__ set to {} defining {} as {}",
                    protocol::repr_text(t, &v)?,
                    protocol::repr_text(t, name)?,
                    protocol::repr_text(t, &class)?
                )));
            }
            Some(_) => {}
        }
    }
    Ok(class)
}

/// The bases with `__mro_entries__` resolved; `None` if there is nothing to resolve.
fn resolve_bases(t: &Thread, bases: &[Value], original: &Value) -> R<Option<Value>> {
    let mut out: Option<Vec<Value>> = None;
    for (i, base) in bases.iter().enumerate() {
        let entries = match base.cast::<Type>() {
            Some(_) => None,
            None => protocol::getattr_opt(t, base, &t.names().__mro_entries__)?,
        };
        match entries {
            None => {
                if let Some(out) = &mut out {
                    out.push(base.clone());
                }
            }
            Some(entries) => {
                let new = protocol::call(t, &entries, std::slice::from_ref(original))?;
                let Some(new) = new.cast::<Tuple>() else {
                    return Err(t.type_error("__mro_entries__ must return a tuple"));
                };
                out.get_or_insert_with(|| bases[..i].to_vec()).extend_from_slice(new.items());
            }
        }
    }
    Ok(out.map(|items| t.tuple(items)))
}
