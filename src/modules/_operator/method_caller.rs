//! `methodcaller`.

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
    /// The payload of `methodcaller`.
    MethodCaller {
        name: Value,
        /// Tuples of positional arguments, of keyword arguments' values, and of their names.
        args: Value,
        values: Value,
        names: Value,
    }
}

fn items(v: &Value) -> &[Value] {
    v.cast::<Tuple>().map_or(&[], Tuple::items)
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let Some((name, rest)) = args.pos.split_first() else {
        return Err(t.type_error("methodcaller needs at least one argument, the method name"));
    };
    let Some(text) = name.cast::<Str>() else { return Err(t.type_error("method name must be a string")) };
    let name = t.interp.intern_value(&Str::from_units(t, text.units()));
    let [rest, values, names] = [rest, args.kw, args.names].map(|part| Tuple::from_slice(t, part));
    MethodCaller::make_in(t, class_of(t, class)?, name, rest, values, names)
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    no_keywords(t, "methodcaller", args)?;
    check_positional(t, "methodcaller", args.pos.len(), 1, 1)?;
    let this = MethodCaller::this(v);
    let method = protocol::getattr(t, &args.pos[0], &this.name)?;
    let args = Args { pos: items(&this.args), kw: items(&this.values), names: items(&this.names) };
    protocol::call_args(t, &method, args)
}

fn repr(t: &Thread, v: &Value) -> R {
    let type_name = v.type_of(t).full_name(t);
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str(format!("{type_name}(...)"))) };
    let this = MethodCaller::this(v);
    let mut out = Text::default();
    out.push(&type_name);
    out.push("(");
    out.push_repr(t, &this.name)?;
    for arg in items(&this.args) {
        out.push(", ");
        out.push_repr(t, arg)?;
    }
    for (name, value) in items(&this.names).iter().zip(items(&this.values)) {
        out.push(", ");
        out.push_str(name);
        out.push("=");
        out.push_repr(t, value)?;
    }
    out.push(")");
    Ok(out.finish(t))
}

/// Keyword arguments cannot be part of a plain call: they travel in a `functools.partial`.
fn reduce(t: &Thread, v: &Value) -> R {
    let this = MethodCaller::this(v);
    let class = v.type_of(t).value();
    if items(&this.names).is_empty() {
        let mut args = vec![this.name.clone()];
        args.extend_from_slice(items(&this.args));
        return Ok(t.tuple([class, t.tuple(args)]));
    }
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("no import machinery")) };
    let functools = (hooks.import)(t, &t.intern("functools"), None, None, None, 0)?;
    let partial = protocol::getattr_str(t, &functools, "partial")?;
    let pos = [class, this.name.clone()];
    let partial =
        protocol::call_args(t, &partial, Args { pos: &pos, kw: items(&this.values), names: items(&this.names) })?;
    Ok(t.tuple([partial, this.args.clone()]))
}

static METHODS: &[Def] =
    &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling")];

/// `operator.methodcaller`.
pub static SPEC: Spec = Spec {
    name: "operator.methodcaller",
    kind: Kind::Opaque,
    size: MethodCaller::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE,
    doc: "methodcaller(name, /, *args, **kwargs)\n--\n\nReturn a callable object that calls the given method on its operand.\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    slots: Slots { new: Some(new), call: Some(call), repr: Some(repr), ..MethodCaller::MEMORY },
    methods: METHODS,
    getset: super::SIGNATURE,
    ..Spec::DEFAULT
};
