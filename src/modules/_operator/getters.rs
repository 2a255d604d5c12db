//! `itemgetter` and `attrgetter`.

use crate::modules::native_type::fields;
use crate::objects::container::{ReprGuard, Text, check_positional, class_of, no_keywords};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};

fields! {
    /// The payload of `itemgetter`: a tuple of keys.
    ItemGetter { keys: Value }
}

fields! {
    /// The payload of `attrgetter`: a tuple of dotted names, and one of tuples of their parts.
    AttrGetter { names: Value, parts: Value }
}

fn items(v: &Value) -> &[Value] {
    v.cast::<Tuple>().map_or(&[], Tuple::items)
}

/// The one argument of a call.
fn operand<'a>(t: &Thread, name: &str, args: Args<'a>) -> R<&'a Value> {
    no_keywords(t, name, args)?;
    check_positional(t, name, args.pos.len(), 1, 1)?;
    Ok(&args.pos[0])
}

/// What `f` gives for one key, or a tuple of what it gives for several.
fn fetch(t: &Thread, keys: &[Value], f: impl Fn(&Value) -> R) -> R {
    if let [key] = keys {
        return f(key);
    }
    let mut out = Vec::with_capacity(keys.len());
    for key in keys {
        out.push(f(key)?);
    }
    Ok(t.tuple(out))
}

/// `operator.itemgetter(1, 2)`.
fn repr(t: &Thread, v: &Value, keys: &[Value]) -> R {
    let name = v.type_of(t).full_name(t);
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str(format!("{name}(...)"))) };
    let mut out = Text::default();
    out.push(&name);
    let shown = crate::objects::container::repr_items(t, "(", keys, ")")?;
    out.push_str(&shown);
    Ok(out.finish(t))
}

fn item_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "itemgetter", args)?;
    if args.pos.is_empty() {
        check_positional(t, "itemgetter", 0, 1, 1)?;
    }
    ItemGetter::make_in(t, class_of(t, class)?, Tuple::from_slice(t, args.pos))
}

fn item_call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let operand = operand(t, "itemgetter", args)?;
    fetch(t, items(&ItemGetter::this(v).keys), |key| protocol::getitem(t, operand, key))
}

fn item_repr(t: &Thread, v: &Value) -> R {
    repr(t, v, items(&ItemGetter::this(v).keys))
}

fn item_reduce(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([v.type_of(t).value(), ItemGetter::this(v).keys.clone()]))
}

fn attr_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "attrgetter", args)?;
    if args.pos.is_empty() {
        check_positional(t, "attrgetter", 0, 1, 1)?;
    }
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for name in args.pos {
        let Some(text) = name.cast::<Str>() else { return Err(t.type_error("attribute name must be a string")) };
        names.push(t.interp.intern_value(&Str::from_units(t, text.units())));
        let bytes = text.to_wtf8();
        let pieces: Vec<Value> =
            bytes.split(|&b| b == b'.').map(|piece| t.interp.intern_value(&Str::from_wtf8(t, piece))).collect();
        parts.push(t.tuple(pieces));
    }
    AttrGetter::make_in(t, class_of(t, class)?, t.tuple(names), t.tuple(parts))
}

fn attr_call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let operand = operand(t, "attrgetter", args)?;
    fetch(t, items(&AttrGetter::this(v).parts), |path| {
        let mut value = operand.clone();
        for name in items(path) {
            value = protocol::getattr(t, &value, name)?;
        }
        Ok(value)
    })
}

fn attr_repr(t: &Thread, v: &Value) -> R {
    repr(t, v, items(&AttrGetter::this(v).names))
}

fn attr_reduce(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([v.type_of(t).value(), AttrGetter::this(v).names.clone()]))
}

const REDUCE_DOC: &str = "Return state information for pickling";
const FLAGS: u64 = type_flags::HAVE_GC | type_flags::IMMUTABLE;

static ITEM_METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(item_reduce), "($self, /)", REDUCE_DOC)];
static ATTR_METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(attr_reduce), "($self, /)", REDUCE_DOC)];

/// `operator.itemgetter`.
pub static ITEMGETTER: Spec = Spec {
    name: "operator.itemgetter",
    kind: Kind::Opaque,
    size: ItemGetter::SIZE,
    flags: FLAGS,
    doc: "itemgetter(item, /, *items)\n--\n\nReturn a callable object that fetches the given item(s) from its operand.\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    slots: Slots { new: Some(item_new), call: Some(item_call), repr: Some(item_repr), ..ItemGetter::MEMORY },
    methods: ITEM_METHODS,
    getset: super::SIGNATURE,
    ..Spec::DEFAULT
};

/// `operator.attrgetter`.
pub static ATTRGETTER: Spec = Spec {
    name: "operator.attrgetter",
    kind: Kind::Opaque,
    size: AttrGetter::SIZE,
    flags: FLAGS,
    doc: "attrgetter(attr, /, *attrs)\n--\n\nReturn a callable object that fetches the given attribute(s) from its operand.\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    slots: Slots { new: Some(attr_new), call: Some(attr_call), repr: Some(attr_repr), ..AttrGetter::MEMORY },
    methods: ATTR_METHODS,
    getset: super::SIGNATURE,
    ..Spec::DEFAULT
};
