//! `_tuplegetter`: the attributes of a named tuple.

use crate::modules::native_type::fields;
use crate::objects::container::{check_positional, class_of, no_keywords};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};

fields! {
    /// The payload of `_tuplegetter`.
    TupleGetter {
        index: i64,
        /// `__doc__`.
        doc: Slot,
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    no_keywords(t, "_tuplegetter", args)?;
    check_positional(t, "_tuplegetter", args.pos.len(), 2, 2)?;
    let index = int::arg_isize(t, &args.pos[0])? as i64;
    TupleGetter::make_in(t, class_of(t, class)?, index, Slot::new(args.pos[1].clone()))
}

fn get(t: &Thread, v: &Value, obj: Option<&Value>, _class: Option<&Value>) -> R {
    let Some(obj) = obj else { return Ok(v.clone()) };
    let index = TupleGetter::this(v).index;
    let Some(tuple) = obj.cast::<Tuple>() else {
        if obj.is_none() {
            return Ok(v.clone());
        }
        return Err(t.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            obj.type_of(t).name_str()
        )));
    };
    match usize::try_from(index).ok().and_then(|i| tuple.items().get(i)) {
        Some(item) => Ok(item.clone()),
        None => Err(t.index_error("tuple index out of range")),
    }
}

fn set(t: &Thread, v: &Value, _obj: &Value, value: Option<&Value>) -> R<()> {
    let message = if value.is_some() { "can't set attribute" } else { "can't delete attribute" };
    let _ = v;
    Err(t.raise_message(&t.types().attribute_error, message))
}

fn doc(t: &Thread, v: &Value) -> R {
    Ok(TupleGetter::this(v).doc.get(t).unwrap_or(Value::NONE))
}

fn set_doc(_: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(TupleGetter::this(v).doc.replace(value.cloned()));
    Ok(())
}

fn reduce(t: &Thread, v: &Value) -> R {
    let args = t.tuple([int::new(t, TupleGetter::this(v).index), doc(t, v)?]);
    Ok(t.tuple([v.type_of(t).value(), args]))
}

fn repr(t: &Thread, v: &Value) -> R {
    let doc = protocol::repr_text(t, &doc(t, v)?)?;
    Ok(t.str(format!("{}({}, {doc})", v.type_of(t).short_name(), TupleGetter::this(v).index)))
}

static METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "")];

static GETSET: &[GetSet] = &[GetSet::member_rw("__doc__", doc, set_doc, "")];

/// `collections._tuplegetter`.
pub static SPEC: Spec = Spec {
    name: "collections._tuplegetter",
    kind: Kind::Opaque,
    size: TupleGetter::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        descr_get: Some(get),
        descr_set: Some(set),
        ..TupleGetter::MEMORY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
