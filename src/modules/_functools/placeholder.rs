//! `Placeholder`: stands in a `partial` for a positional argument that is to come.

use crate::modules::native_type::{fields, with_type};
use crate::objects::container::no_keywords;
use crate::objects::header::Kind;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;

fields! {
    /// The payload of the placeholder, of which there is one to an interpreter.
    Placeholder {}
}

#[derive(Default)]
struct Single(Guarded<Option<Value>>);

/// The placeholder.
pub fn value(t: &Thread) -> Value {
    let single = t.interp.state::<Single>();
    if let Some(value) = &*single.0.lock() {
        return value.clone();
    }
    let made = with_type(t, &SPEC, |class| Placeholder::make_in(t, class)).unwrap_or(Value::NONE);
    single.0.lock().get_or_insert(made).clone()
}

/// Whether the value is the placeholder.
pub fn is(v: &Value) -> bool {
    Placeholder::of(v).is_some()
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "_PlaceholderType", args)?;
    if !args.pos.is_empty() {
        return Err(t.type_error("_PlaceholderType takes no arguments"));
    }
    Ok(value(t))
}

fn repr(t: &Thread, _: &Value) -> R {
    Ok(t.str("Placeholder"))
}

static METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(repr), "($self, /)", "")];

/// `functools._PlaceholderType`.
pub static SPEC: Spec = Spec {
    name: "functools._PlaceholderType",
    kind: Kind::Opaque,
    size: Placeholder::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    slots: Slots { new: Some(new), repr: Some(repr), ..Placeholder::MEMORY },
    methods: METHODS,
    ..Spec::DEFAULT
};
