//! `types.SimpleNamespace`: an object with nothing but attributes.

use super::alloc::alloc_sized;
use super::attribute;
use super::dict::Dict;
use super::header::{Header, Kind};
use super::native::count_message;
use super::protocol;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};

/// A namespace with these attributes (`sys.implementation` and such).
pub fn make(t: &Thread, attributes: impl IntoIterator<Item = (Value, Value)>) -> R {
    let v = alloc(t, &t.types().simple_namespace)?;
    for (name, value) in attributes {
        attribute::generic_setattr(t, &v, &name, Some(&value))?;
    }
    Ok(v)
}

fn alloc(t: &Thread, class: &Type) -> R {
    // SAFETY: the payload is the header alone.
    unsafe { alloc_sized(t, class, class.payload_size(), |_| ()) }
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    match class.cast::<Type>() {
        Some(typ) => alloc(t, typ),
        None => Err(t.type_error("SimpleNamespace.__new__(X): X is not a type object")),
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if args.pos.len() > 1 {
        return Err(t.type_error(count_message("SimpleNamespace", 0, 1, args.pos.len())));
    }
    if let Some(source) = args.pos.first() {
        let dict = match source.cast_exact::<Dict>() {
            Some(_) => source.clone(),
            None => protocol::call(t, &t.types().dict.value(), std::slice::from_ref(source))?,
        };
        for (name, value) in dict.cast::<Dict>().map(|d| d.pairs(t)).unwrap_or_default() {
            if name.cast::<Str>().is_none() {
                return Err(t.type_error("keywords must be strings"));
            }
            set(t, v, &name, value)?;
        }
    }
    for (name, value) in args.names.iter().zip(args.kw) {
        set(t, v, name, value.clone())?;
    }
    Ok(())
}

/// Sets an attribute without asking the class.
fn set(t: &Thread, v: &Value, name: &Value, value: Value) -> R<()> {
    let dict = attribute::get_dict(t, v)?;
    match dict.cast::<Dict>() {
        Some(dict) => dict.set(t, name.clone(), value),
        None => Ok(()),
    }
}

fn pairs(t: &Thread, v: &Value) -> R<Vec<(Value, Value)>> {
    Ok(attribute::get_dict(t, v)?.cast::<Dict>().map(|d| d.pairs(t)).unwrap_or_default())
}

fn repr(t: &Thread, v: &Value) -> R {
    let exact = std::ptr::eq(v.type_of(t), t.types().simple_namespace.get());
    let name = if exact { "namespace".to_owned() } else { v.type_of(t).name_str() };
    if t.repr_running.borrow().contains(&v.id()) {
        return Ok(t.str(format!("{name}(...)")));
    }
    t.repr_running.borrow_mut().push(v.id());
    let parts = (|| {
        let mut parts = Vec::new();
        for (key, value) in pairs(t, v)? {
            if let Some(key) = key.cast::<Str>().filter(|k| !k.is_empty()) {
                parts.push(format!("{}={}", key.to_str_lossy(), protocol::repr_text(t, &value)?));
            }
        }
        Ok(parts)
    })();
    t.repr_running.borrow_mut().pop();
    Ok(t.str(format!("{name}({})", parts?.join(", "))))
}

fn is_namespace(t: &Thread, v: &Value) -> bool {
    v.type_of(t).is_subtype(&t.types().simple_namespace)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !is_namespace(t, a) || !is_namespace(t, b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    protocol::compare(t, &attribute::get_dict(t, a)?, &attribute::get_dict(t, b)?, op)
}

fn reduce(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([v.type_of(t).value(), t.interp.empty_tuple.clone(), attribute::get_dict(t, v)?]))
}

fn replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    if !args.pos.is_empty() {
        return Err(t.type_error("__replace__() takes no positional arguments"));
    }
    let class = v.type_of(t).value();
    let result = protocol::call(t, &class, &[])?;
    if !is_namespace(t, &result) {
        return Err(t.type_error(format!(
            "expect types.SimpleNamespace type, but {}() returned '{}' object",
            v.type_of(t).name_str(),
            result.type_of(t).name_str()
        )));
    }
    for (name, value) in pairs(t, v)? {
        set(t, &result, &name, value)?;
    }
    for (name, value) in args.names.iter().zip(args.kw) {
        set(t, &result, name, value.clone())?;
    }
    Ok(result)
}

pub static SPEC: Spec = Spec {
    name: "types.SimpleNamespace",
    kind: Kind::SimpleNamespace,
    size: std::mem::size_of::<Header>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAS_DICT,
    doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.",
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), compare: Some(compare), ..Slots::EMPTY },
    methods: &[
        Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling"),
        Def::new(
            "__replace__",
            Func::Any(replace),
            "($self, /, **changes)",
            "Return a copy of the namespace object with new values for the specified attributes.",
        ),
    ],
    getset: &[GetSet::member("__dict__", attribute::get_dict, "")],
    ..Spec::DEFAULT
};
