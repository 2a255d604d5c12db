//! `collections.defaultdict`: a dict that makes the values of missing keys.

use crate::modules::native_type::describes;
use crate::objects::container::{self, Field, ReprGuard, Text, class_of};
use crate::objects::dict::{Dict, merge};
use crate::objects::header::{Header, Kind, SUBCLASS};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};

/// The payload: a dict's, and the factory behind it.
#[repr(C)]
struct DefaultDict {
    dict: Dict,
    factory: Slot,
}

/// The payload of a defaultdict. Its layout is a dict's and more, which only the type tells.
fn of(v: &Value) -> Option<&DefaultDict> {
    let header = v.header()?;
    let derived =
        header.layout() == Kind::Dict && v.cast_exact::<Dict>().is_none() && describes(header.type_of(), &SPEC);
    // SAFETY: objects of the type and its subclasses are made by `new`.
    derived.then(|| unsafe { &*(header as *const Header as *const DefaultDict) })
}

fn this(v: &Value) -> &DefaultDict {
    of(v).expect("slots of `defaultdict` get them")
}

/// `None` where there is none.
fn factory(t: &Thread, v: &Value) -> Value {
    this(v).factory.get(t).unwrap_or(Value::NONE)
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    // SAFETY: every field is written.
    let result = unsafe {
        crate::objects::alloc::alloc_instance::<DefaultDict>(t, class, |this| {
            Dict::init_payload(this as *mut Dict);
            (&raw mut (*this).factory).write(Slot::EMPTY);
        })
    }?;
    if let Some(header) = result.header() {
        // Never an exact dict, though the class itself is built in.
        header.replace_type(header.type_ptr(), Kind::Dict as u8 | SUBCLASS);
    }
    Ok(result)
}

fn dict_slots(t: &Thread) -> &Slots {
    t.types().dict.slots()
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let (first, rest) = match args.pos.split_first() {
        Some((first, rest)) => (Some(first).filter(|f| !f.is_none()), rest),
        None => (None, args.pos),
    };
    if let Some(first) = first
        && first.type_of(t).slots().call.is_none()
    {
        return Err(t.type_error("first argument must be callable or None"));
    }
    drop(this(v).factory.replace(first.cloned()));
    match dict_slots(t).init {
        Some(init) => init(t, v, Args { pos: rest, ..args }),
        None => Ok(()),
    }
}

fn missing(t: &Thread, v: &Value, key: &Value) -> R {
    let Some(factory) = this(v).factory.get(t) else { return Err(t.key_error(key)) };
    let value = protocol::call(t, &factory, &[])?;
    // The factory may have set the key itself: the first value stays.
    Ok(this(v).dict.get_or_insert(t, key, &value)?.0)
}

/// `type(like)(factory of like, mapping)`.
fn new_like(t: &Thread, like: &Value, mapping: &Value) -> R {
    protocol::call(t, &like.type_of(t).value(), &[factory(t, like), mapping.clone()])
}

fn copy(t: &Thread, v: &Value) -> R {
    new_like(t, v, v)
}

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    if a.cast::<Dict>().is_none() || b.cast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let like = if of(a).is_some() { a } else { b };
    let result = new_like(t, like, a)?;
    match result.cast::<Dict>() {
        Some(dict) => merge::update_from(t, dict, b)?,
        None => {
            protocol::call_method(t, &result, &t.names().update, std::slice::from_ref(b))?;
        }
    }
    Ok(result)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let args = match this(v).factory.get(t) {
        Some(factory) => t.tuple([factory]),
        None => t.tuple([]),
    };
    let items = protocol::call_method(t, v, &t.names().items, &[])?;
    Ok(t.tuple([v.type_of(t).value(), args, Value::NONE, Value::NONE, protocol::iter(t, &items)?]))
}

fn repr(t: &Thread, v: &Value) -> R {
    let base = match dict_slots(t).repr {
        Some(repr) => repr(t, v)?,
        None => t.str("{}"),
    };
    let factory = factory(t, v);
    let mut out = Text::default();
    out.push(&v.type_of(t).short_name());
    out.push("(");
    match ReprGuard::enter(t, &factory) {
        Some(_guard) => out.push_repr(t, &factory)?,
        None => out.push("..."),
    }
    out.push(", ");
    out.push_str(&base);
    out.push(")");
    Ok(out.finish(t))
}

fn set_factory(_: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(this(v).factory.replace(value.filter(|f| !f.is_none()).cloned()));
    Ok(())
}

unsafe fn drop_payload(header: *mut Header) {
    // SAFETY: the object is dead; every field is dropped once.
    unsafe {
        Dict::drop_payload(header);
        std::ptr::drop_in_place(&raw mut (*(header as *mut DefaultDict)).factory);
    }
}

fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
    Dict::traverse(value, visit);
    if let Some(this) = of(value) {
        Field::visit(&this.factory, visit);
    }
}

fn clear_refs(t: &Thread, value: &Value) {
    if let Some(this) = of(value) {
        drop(this.factory.take());
    }
    Dict::clear_refs(t, value);
}

static METHODS: &[Def] = &[
    Def::new(
        "__missing__",
        Func::One(missing),
        "($self, object, /)",
        "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = self.default_factory()\n  return value",
    ),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "D.copy() -> a shallow copy of D."),
    Def::new("__copy__", Func::NoArgs(copy), "($self, /)", "D.copy() -> a shallow copy of D."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling."),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "defaultdicts are generic over two types, signifying (respectively) the types of the dictionary's keys and values",
    ),
];

static GETSET: &[GetSet] = &[GetSet::member_rw(
    "default_factory",
    |t, v| Ok(factory(t, v)),
    set_factory,
    "Factory for default value called by __missing__().",
)];

/// `collections.defaultdict`.
pub static SPEC: Spec = Spec {
    name: "collections.defaultdict",
    base: Some(|types| &types.dict),
    kind: Kind::Dict,
    size: std::mem::size_of::<DefaultDict>(),
    flags: type_flags::BASETYPE | type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::MAPPING,
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        nb_or: Some(or),
        drop: Some(drop_payload),
        traverse: Some(traverse),
        clear: Some(clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
