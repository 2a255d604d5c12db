//! `partial`: a callable with some of its arguments given beforehand.

use super::placeholder;
use crate::modules::native_type::fields;
use crate::objects::attribute;
use crate::objects::container::{ReprGuard, Text, class_getitem, class_of};
use crate::objects::dict::Dict;
use crate::objects::function::Method;
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};

fields! {
    /// The payload of `partial`. `__setstate__` replaces all of it.
    Partial {
        function: Slot,
        /// A tuple, in which placeholders stand for arguments to come.
        args: Slot,
        /// A dict.
        keywords: Slot,
    }
}

/// What a partial consists of.
struct Parts {
    function: Value,
    args: Vec<Value>,
    keywords: Value,
}

fn parts(t: &Thread, v: &Value) -> Parts {
    let this = Partial::this(v);
    let args = this.args.get(t).and_then(|a| a.cast::<Tuple>().map(|a| a.items().to_vec()));
    Parts {
        function: this.function.get(t).unwrap_or(Value::NONE),
        args: args.unwrap_or_default(),
        keywords: this.keywords.get(t).unwrap_or_else(|| Dict::make(t)),
    }
}

fn as_dict(v: &Value) -> &Dict {
    v.cast::<Dict>().expect("a partial's keywords are a dict")
}

/// Puts `new` into the places that placeholders hold in `old`, the rest behind it.
fn fill_places(old: Vec<Value>, new: &[Value]) -> Vec<Value> {
    let mut new = new.iter();
    let mut out: Vec<Value> =
        old.into_iter().map(|a| if placeholder::is(&a) { new.next().cloned().unwrap_or(a) } else { a }).collect();
    out.extend(new.cloned());
    out
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    let Some((function, rest)) = args.pos.split_first() else {
        return Err(t.type_error("type 'partial' takes at least one argument"));
    };
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("the first argument must be callable"));
    }
    if args.kw.iter().any(placeholder::is) {
        return Err(t.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    if rest.last().is_some_and(placeholder::is) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    // A partial of a partial is one partial, unless the inner one has attributes of its own.
    let inner = Partial::of(function).is_some() && !has_attributes(t, function);
    let inner = if inner {
        parts(t, function)
    } else {
        Parts { function: function.clone(), args: Vec::new(), keywords: Dict::make(t) }
    };
    let keywords = as_dict(&inner.keywords).copy(t);
    for (name, value) in args.names.iter().zip(args.kw) {
        as_dict(&keywords).set(t, name.clone(), value.clone())?;
    }
    let all = t.tuple(fill_places(inner.args, rest));
    Partial::make_in(t, class, Slot::new(inner.function), Slot::new(all), Slot::new(keywords))
}

fn has_attributes(t: &Thread, v: &Value) -> bool {
    crate::objects::type_object::part_of(v)
        .is_some_and(|(part, header, typ)| !as_dict(&part.materialize(t, header, typ)).is_empty())
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let Parts { function, args: stored, keywords } = parts(t, v);
    let places = stored.iter().filter(|a| placeholder::is(a)).count();
    if args.pos.len() < places {
        return Err(t.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {places}, got {}",
            args.pos.len()
        )));
    }
    let pos = fill_places(stored, args.pos);
    if as_dict(&keywords).is_empty() {
        return protocol::call_args(t, &function, Args { pos: &pos, ..args });
    }
    // Keywords of the call replace those given beforehand, in their places.
    let (mut names, mut values): (Vec<Value>, Vec<Value>) = as_dict(&keywords).pairs(t).into_iter().unzip();
    for (name, value) in args.names.iter().zip(args.kw) {
        let mut at = None;
        for (i, given) in names.iter().enumerate() {
            if protocol::eq(t, given, name)? {
                at = Some(i);
                break;
            }
        }
        match at {
            Some(i) => values[i] = value.clone(),
            None => {
                names.push(name.clone());
                values.push(value.clone());
            }
        }
    }
    if names.iter().any(|n| n.cast::<crate::objects::string::Str>().is_none()) {
        return Err(t.type_error("keywords must be strings"));
    }
    protocol::call_args(t, &function, Args { pos: &pos, kw: &values, names: &names })
}

fn get(t: &Thread, v: &Value, obj: Option<&Value>, _class: Option<&Value>) -> R {
    match obj.filter(|o| !o.is_none()) {
        Some(obj) => Ok(Method::make(t, v.clone(), obj.clone())),
        None => Ok(v.clone()),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("...")) };
    let Parts { function, args, keywords } = parts(t, v);
    let mut out = Text::default();
    out.push(&v.type_of(t).full_name(t));
    out.push("(");
    out.push_repr(t, &function)?;
    for arg in &args {
        out.push(", ");
        out.push_repr(t, arg)?;
    }
    for (name, value) in as_dict(&keywords).pairs(t) {
        out.push(", ");
        out.push_str(&protocol::str(t, &name)?);
        out.push("=");
        out.push_repr(t, &value)?;
    }
    out.push(")");
    Ok(out.finish(t))
}

fn attributes(t: &Thread, v: &Value) -> Value {
    if !has_attributes(t, v) {
        return Value::NONE;
    }
    crate::objects::type_object::part_of(v).map_or(Value::NONE, |(part, header, typ)| part.materialize(t, header, typ))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let Parts { function, args, keywords } = parts(t, v);
    let state = t.tuple([function.clone(), t.tuple(args), keywords, attributes(t, v)]);
    Ok(t.tuple([v.type_of(t).value(), t.tuple([function]), state]))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let invalid = || t.type_error("invalid partial state");
    let Some([function, args, keywords, attributes]) = state.cast::<Tuple>().map(Tuple::items) else {
        return Err(invalid());
    };
    let keywords_fit = keywords.is_none() || keywords.cast::<Dict>().is_some();
    if function.type_of(t).slots().call.is_none() || args.cast::<Tuple>().is_none() || !keywords_fit {
        return Err(invalid());
    }
    let args = t.tuple(protocol::collect(t, args)?);
    if args.cast::<Tuple>().and_then(|a| a.items().last()).is_some_and(placeholder::is) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    let keywords = match keywords.cast::<Dict>() {
        None => Dict::make(t),
        Some(_) if keywords.cast_exact::<Dict>().is_some() => keywords.clone(),
        Some(dict) => dict.copy(t),
    };
    let this = Partial::this(v);
    this.function.set(function.clone());
    this.args.set(args);
    this.keywords.set(keywords);
    if let Some((part, header, typ)) = crate::objects::type_object::part_of(v) {
        let attributes = if attributes.is_none() { Dict::make(t) } else { attributes.clone() };
        if attributes.cast::<Dict>().is_none() {
            return Err(invalid());
        }
        part.replace_dict(t, header, typ, attributes);
    }
    Ok(Value::NONE)
}

static METHODS: &[Def] = &[
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", ""),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "partial is generic over the wrapped function's return type",
    ),
];

static GETSET: &[GetSet] = &[
    GetSet::rw("__dict__", attribute::get_dict, attribute::set_dict, ""),
    GetSet::member("func", |t, v| Ok(parts(t, v).function), "function object to use in future partial calls"),
    GetSet::member("args", |t, v| Ok(t.tuple(parts(t, v).args)), "tuple of arguments to future partial calls"),
    GetSet::member(
        "keywords",
        |t, v| Ok(parts(t, v).keywords),
        "dictionary of keyword arguments to future partial calls",
    ),
];

/// `functools.partial`.
pub static SPEC: Spec = Spec {
    name: "functools.partial",
    kind: Kind::Opaque,
    size: Partial::SIZE,
    flags: type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::METHOD_DESCRIPTOR,
    doc: "partial(func, /, *args, **keywords)\n--\n\nCreate a new function with partial application of the given arguments and keywords.",
    slots: Slots { new: Some(new), call: Some(call), repr: Some(repr), descr_get: Some(get), ..Partial::MEMORY },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
