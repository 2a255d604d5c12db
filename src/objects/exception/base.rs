//! `BaseException`: arguments, traceback, context, cause and notes.

use super::tree::FLAGS;
use super::{Exception, SHARED, payload};
use crate::objects::attribute;
use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::{Type, part_of};
use crate::objects::value::Value;
use std::sync::atomic::Ordering::Relaxed;

/// `BaseException.__new__`: any arguments; keywords are `__init__`'s business.
pub(super) fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    make(t, class, Tuple::from_slice(t, args.pos))
}

/// An exception of a class with these `args`, a tuple.
pub(super) fn make(t: &Thread, class: &Value, args: Value) -> R {
    let class = crate::objects::container::class_of(t, class)?;
    if class.instance_kind() != Kind::Exception {
        return Err(t.type_error(format!(
            "BaseException.__new__({0}): {0} is not a subtype of BaseException",
            class.name_str()
        )));
    }
    // SAFETY: the class has this layout, and the whole payload is written.
    unsafe { crate::objects::alloc::alloc_instance::<Exception>(t, class, |this| Exception::init_payload(this, args)) }
}

/// `BaseException.__init__`: positional arguments become `args`.
pub(super) fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if !args.kw.is_empty() {
        return Err(t.type_error(format!("{}() takes no keyword arguments", v.type_of(t).name_str())));
    }
    set_args(t, v, args.pos)
}

/// `args` of positional arguments. `__new__` has set them already, unless a subclass passes others on.
pub(super) fn set_args(t: &Thread, v: &Value, args: &[Value]) -> R<()> {
    let e = payload(t, v)?;
    let same = e.args.get(t).and_then(|old| {
        let old = old.cast::<Tuple>()?;
        Some(old.len() == args.len() && old.items().iter().zip(args).all(|(a, b)| a.is(b)))
    });
    if same != Some(true) {
        e.args.set(Tuple::from_slice(t, args));
    }
    Ok(())
}

/// `args`: a tuple.
pub(super) fn args_of(t: &Thread, v: &Value) -> R {
    Ok(payload(t, v)?.args.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone()))
}

fn repr(t: &Thread, v: &Value) -> R {
    let args = args_of(t, v)?;
    let mut out = crate::objects::container::Text::default();
    out.push(&v.type_of(t).short_name());
    match args.cast::<Tuple>().map(|a| a.items()).unwrap_or(&[]) {
        [one] => {
            out.push("(");
            out.push_repr(t, one)?;
            out.push(")");
        }
        _ => out.push_repr(t, &args)?,
    }
    Ok(out.finish(t))
}

pub(super) fn str(t: &Thread, v: &Value) -> R {
    let args = args_of(t, v)?;
    match args.cast::<Tuple>().map(|a| a.items()).unwrap_or(&[]) {
        [] => Ok(t.interp.empty_str.clone()),
        [one] => protocol::str(t, one),
        _ => protocol::str(t, &args),
    }
}

/// A copy of the instance's dict; `None` if it has no attributes.
pub(super) fn dict_copy(t: &Thread, v: &Value) -> Option<Value> {
    instance_dict(t, v).and_then(|d| d.cast::<Dict>().map(|d| d.copy(t)))
}

/// The instance's dict, if it has attributes or somebody asked for it.
pub(super) fn instance_dict(t: &Thread, v: &Value) -> Option<Value> {
    let (part, header, typ) = part_of(v)?;
    let empty = part.dict().is_none() && part.shape().names().is_empty();
    (typ.has_dict() && !empty).then(|| part.materialize(t, header, typ))
}

/// `(type, args[, state])`.
pub(super) fn reduced(t: &Thread, v: &Value, args: Value, state: Option<Value>) -> R {
    let class = v.type_of_value(t);
    Ok(match state {
        Some(state) => t.tuple([class, args, state]),
        None => t.tuple([class, args]),
    })
}

fn reduce(t: &Thread, v: &Value) -> R {
    reduced(t, v, args_of(t, v)?, instance_dict(t, v))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    if !state.is_none() {
        let Some(dict) = state.cast::<Dict>() else { return Err(t.type_error("state is not a dictionary")) };
        for (key, value) in dict.pairs(t) {
            let name = attribute::check_name(t, &key)?;
            protocol::setattr(t, v, &t.interp.intern_value(&name), Some(&value))?;
        }
    }
    Ok(Value::NONE)
}

fn with_traceback(t: &Thread, v: &Value, tb: &Value) -> R {
    set_traceback(t, v, Some(tb))?;
    Ok(v.clone())
}

fn add_note(t: &Thread, v: &Value, note: &Value) -> R {
    if note.cast::<Str>().is_none() {
        return Err(t.type_error(format!("add_note() argument must be str, not {}", note.type_of(t).name_str())));
    }
    let name = &t.names().__notes__;
    let notes = match protocol::getattr_opt(t, v, name)? {
        Some(notes) => notes,
        None => {
            let notes = List::make(t, []);
            protocol::setattr(t, v, name, Some(&notes))?;
            notes
        }
    };
    let Some(list) = notes.cast::<List>() else { return Err(t.type_error("Cannot add note: __notes__ is not a list")) };
    list.push(t, note.clone());
    Ok(Value::NONE)
}

fn set_args_attribute(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("args may not be deleted")) };
    let items = protocol::collect(t, value)?;
    payload(t, v)?.args.set(Tuple::make(t, items.into_iter()));
    Ok(())
}

fn or_none(t: &Thread, slot: &Slot) -> R {
    Ok(slot.get(t).unwrap_or(Value::NONE))
}

fn set_traceback(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("__traceback__ may not be deleted")) };
    if !value.is_none() && value.cast::<Traceback>().is_none() {
        return Err(t.type_error("__traceback__ must be a traceback or None"));
    }
    drop(payload(t, v)?.traceback.replace((!value.is_none()).then(|| value.clone())));
    Ok(())
}

/// The exception to be linked, or nothing for `None`.
fn linked(t: &Thread, value: Option<&Value>, name: &str, what: &str) -> R<Option<Value>> {
    match value {
        None => Err(t.type_error(format!("{name} may not be deleted"))),
        Some(value) if value.is_none() => Ok(None),
        Some(value) if value.cast::<Exception>().is_some() => Ok(Some(value.clone())),
        Some(_) => Err(t.type_error(format!("exception {what} must be None or derive from BaseException"))),
    }
}

fn set_context(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let context = linked(t, value, "__context__", "context")?;
    drop(payload(t, v)?.context.replace(context));
    Ok(())
}

fn set_cause(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let cause = linked(t, value, "__cause__", "cause")?;
    super::set_cause(t, v, cause);
    Ok(())
}

fn set_suppress_context(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let Some(b) = value.as_bool() else { return Err(t.type_error("attribute value type must be bool")) };
    payload(t, v)?.suppress_context.store(b, Relaxed);
    Ok(())
}

/// Whether the value is a class derived from `BaseException`.
pub fn is_exception_class(t: &Thread, v: &Value) -> bool {
    v.cast::<Type>().is_some_and(|c| c.is_subtype(t.types().base_exception.get()))
}

pub static SPEC: Spec = Spec {
    name: "BaseException",
    kind: Kind::Exception,
    size: SHARED,
    flags: FLAGS,
    doc: "Common base class for all exceptions",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str),
        traverse: Some(Exception::traverse),
        clear: Some(Exception::clear_refs),
        drop: Some(Exception::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
        Def::new("__setstate__", Func::One(setstate), "($self, state, /)", ""),
        Def::new(
            "with_traceback",
            Func::One(with_traceback),
            "($self, tb, /)",
            "Set self.__traceback__ to tb and return self.",
        ),
        Def::new("add_note", Func::One(add_note), "($self, note, /)", "Add a note to the exception"),
    ],
    getset: &[
        GetSet::member_rw(
            "__suppress_context__",
            |t, v| Ok(Value::bool(payload(t, v)?.suppress_context.load(Relaxed))),
            set_suppress_context,
            "",
        ),
        GetSet::rw("__dict__", attribute::get_dict, attribute::set_dict, ""),
        GetSet::rw("args", args_of, set_args_attribute, ""),
        GetSet::rw("__traceback__", |t, v| or_none(t, &payload(t, v)?.traceback), set_traceback, ""),
        GetSet::rw("__context__", |t, v| or_none(t, &payload(t, v)?.context), set_context, ""),
        GetSet::rw("__cause__", |t, v| or_none(t, &payload(t, v)?.cause), set_cause, ""),
    ],
    ..Spec::DEFAULT
};
