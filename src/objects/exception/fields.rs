//! Exceptions with a few attributes of their own: `StopIteration`, `SystemExit`, `ImportError`, `NameError`,
//! `AttributeError`, and `KeyError`, which shows its key as `repr` does.

use super::tree::FLAGS;
use super::{OWN, SHARED, base, field, field_or_none, payload, set_field};
use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// An attribute kept in a field.
macro_rules! attribute {
    ($name:literal, $index:literal, $doc:literal) => {
        GetSet::member_rw($name, field_or_none::<$index>, set_field::<$index>, $doc)
    };
}
pub(super) use attribute;

/// Binds keyword-only arguments to fields, of which the first is `first` (`PyArg_ParseTupleAndKeywords`).
fn bind_keywords(t: &Thread, v: &Value, what: &str, names: &[&str], first: usize, args: Args<'_>) -> R<()> {
    let e = payload(t, v)?;
    if args.kw.len() > names.len() {
        return Err(t.type_error(format!(
            "{what}() takes at most {} keyword argument{} ({} given)",
            names.len(),
            if names.len() == 1 { "" } else { "s" },
            args.kw.len()
        )));
    }
    let mut found = [const { None }; 4];
    for (key, value) in args.names.iter().zip(args.kw) {
        let text = key.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
        match names.iter().position(|n| *n == text) {
            Some(i) => found[i] = Some(value.clone()),
            None => {
                let candidates: Vec<String> = names.iter().map(|n| n.to_string()).collect();
                let meant = super::suggest::closest(&text, &candidates);
                let hint = meant.map_or(String::new(), |n| format!(". Did you mean '{n}'?"));
                return Err(t.type_error(format!("{what}() got an unexpected keyword argument '{text}'{hint}")));
            }
        }
    }
    for (i, value) in found.into_iter().enumerate().take(names.len()) {
        drop(e.fields[first + i].replace(value));
    }
    Ok(())
}

fn stop_iteration_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::init(t, v, args)?;
    payload(t, v)?.fields[0].set(args.pos.first().cloned().unwrap_or(Value::NONE));
    Ok(())
}

pub static STOP_ITERATION: Spec = Spec {
    name: "StopIteration",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Signal the end from iterator.__next__().",
    slots: Slots { init: Some(stop_iteration_init), ..Slots::EMPTY },
    getset: &[attribute!("value", 0, "generator return value")],
    ..Spec::DEFAULT
};

fn system_exit_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::init(t, v, args)?;
    let code = match args.pos {
        [] => return Ok(()),
        [one] => one.clone(),
        many => Tuple::from_slice(t, many),
    };
    payload(t, v)?.fields[0].set(code);
    Ok(())
}

pub static SYSTEM_EXIT: Spec = Spec {
    name: "SystemExit",
    base: Some(|types| &types.base_exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Request to exit from the interpreter.",
    slots: Slots { init: Some(system_exit_init), ..Slots::EMPTY },
    getset: &[attribute!("code", 0, "exception code")],
    ..Spec::DEFAULT
};

/// Attributes of `ImportError` that come as keywords, in the fields after `msg`.
const IMPORT_NAMES: [&str; 3] = ["name", "path", "name_from"];

fn import_error_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::set_args(t, v, args.pos)?;
    bind_keywords(t, v, "ImportError", &IMPORT_NAMES, 1, args)?;
    let message = if let [one] = args.pos { Some(one.clone()) } else { None };
    drop(payload(t, v)?.fields[0].replace(message));
    Ok(())
}

fn import_error_str(t: &Thread, v: &Value) -> R {
    match field(t, v, 0)? {
        Some(message) if message.cast_exact::<Str>().is_some() => Ok(message),
        _ => base::str(t, v),
    }
}

fn import_error_reduce(t: &Thread, v: &Value) -> R {
    let mut state = base::dict_copy(t, v);
    for (i, name) in IMPORT_NAMES.iter().enumerate() {
        if let Some(value) = field(t, v, i + 1)? {
            let dict = state.get_or_insert_with(|| Dict::make(t));
            dict.cast::<Dict>().expect("a state is a dict").set_name(t, name, value);
        }
    }
    base::reduced(t, v, base::args_of(t, v)?, state)
}

pub static IMPORT_ERROR: Spec = Spec {
    name: "ImportError",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Import can't find module, or can't find name in module.",
    slots: Slots { init: Some(import_error_init), str: Some(import_error_str), ..Slots::EMPTY },
    methods: &[Def::new("__reduce__", Func::NoArgs(import_error_reduce), "($self, /)", "")],
    getset: &[
        attribute!("msg", 0, "exception message"),
        attribute!("name", 1, "module name"),
        attribute!("path", 2, "module path"),
        attribute!("name_from", 3, "name imported from module"),
    ],
    ..Spec::DEFAULT
};

fn name_error_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::set_args(t, v, args.pos)?;
    bind_keywords(t, v, "NameError", &["name"], 0, args)
}

pub static NAME_ERROR: Spec = Spec {
    name: "NameError",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Name not found globally.",
    slots: Slots { init: Some(name_error_init), ..Slots::EMPTY },
    getset: &[attribute!("name", 0, "name")],
    ..Spec::DEFAULT
};

fn attribute_error_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::set_args(t, v, args.pos)?;
    bind_keywords(t, v, "AttributeError", &["name", "obj"], 0, args)
}

/// The state for `pickle`: the name and the arguments, but not the object, which may not be picklable.
fn attribute_error_getstate(t: &Thread, v: &Value) -> R {
    let state = base::dict_copy(t, v).unwrap_or_else(|| Dict::make(t));
    let dict = state.cast::<Dict>().expect("a state is a dict");
    if let Some(name) = field(t, v, 0)? {
        dict.set_str(t, &t.names().name, name);
    }
    dict.set_str(t, &t.names().args, base::args_of(t, v)?);
    Ok(state)
}

fn attribute_error_reduce(t: &Thread, v: &Value) -> R {
    let state = attribute_error_getstate(t, v)?;
    base::reduced(t, v, base::args_of(t, v)?, Some(state))
}

pub static ATTRIBUTE_ERROR: Spec = Spec {
    name: "AttributeError",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Attribute not found.",
    slots: Slots { init: Some(attribute_error_init), ..Slots::EMPTY },
    methods: &[
        Def::new("__getstate__", Func::NoArgs(attribute_error_getstate), "($self, /)", ""),
        Def::new("__reduce__", Func::NoArgs(attribute_error_reduce), "($self, /)", ""),
    ],
    getset: &[attribute!("name", 0, "attribute name"), attribute!("obj", 1, "object")],
    ..Spec::DEFAULT
};

/// A key that is a string is shown in quotes, so that an empty one is seen.
fn key_error_str(t: &Thread, v: &Value) -> R {
    let args = base::args_of(t, v)?;
    match args.cast::<Tuple>().map(|a| a.items()) {
        Some([key]) => protocol::repr(t, key),
        _ => base::str(t, v),
    }
}

pub static KEY_ERROR: Spec = Spec {
    name: "KeyError",
    base: Some(|types| &types.lookup_error),
    kind: Kind::Exception,
    size: SHARED,
    flags: FLAGS,
    doc: "Mapping key not found.",
    slots: Slots { str: Some(key_error_str), ..Slots::EMPTY },
    ..Spec::DEFAULT
};
