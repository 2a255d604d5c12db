//! `classmethod` and `staticmethod`.

use super::super::alloc::alloc_instance;
use super::super::attribute;
use super::super::dict::Dict;
use super::super::function::Method;
use super::super::generic_alias;
use super::super::header::{Header, Kind};
use super::super::native::count_message;
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::property::is_abstract;
use super::slots_payload;

/// The payload of a `classmethod`.
#[repr(C)]
pub struct ClassMethod {
    header: Header,
    callable: Slot,
}

/// The payload of a `staticmethod`.
#[repr(C)]
pub struct StaticMethod {
    header: Header,
    callable: Slot,
}

slots_payload!(ClassMethod, ClassMethod, [callable]);
slots_payload!(StaticMethod, StaticMethod, [callable]);

/// Memory for either: both are a header and one slot.
fn allocate(t: &Thread, class: &Type, callable: Option<Value>) -> R {
    // SAFETY: everything behind the header is written; both payloads have this layout.
    unsafe {
        alloc_instance::<ClassMethod>(t, class, |this| {
            (&raw mut (*this).callable).write(Slot::from_option(callable.map(Value::into_owned)));
        })
    }
}

impl ClassMethod {
    /// `classmethod(callable)`.
    pub fn make(t: &Thread, callable: Value) -> Value {
        wrapped(t, &t.types().classmethod, callable)
    }

    /// The function.
    pub fn callable(&self, t: &Thread) -> Value {
        self.callable.get(t).unwrap_or(Value::NONE)
    }
}

impl StaticMethod {
    /// `staticmethod(callable)`.
    pub fn make(t: &Thread, callable: Value) -> Value {
        wrapped(t, &t.types().staticmethod, callable)
    }

    /// The function.
    pub fn callable(&self, t: &Thread) -> Value {
        self.callable.get(t).unwrap_or(Value::NONE)
    }
}

fn wrapped(t: &Thread, class: &Type, callable: Value) -> Value {
    match allocate(t, class, Some(callable)) {
        Ok(v) => v,
        Err(raised) => {
            drop(t.take_exception(raised));
            super::super::string::out_of_memory()
        }
    }
}

/// The slot of either.
fn slot(v: &Value) -> Option<&Slot> {
    v.cast::<ClassMethod>().map(|c| &c.callable).or_else(|| v.cast::<StaticMethod>().map(|s| &s.callable))
}

fn callable(t: &Thread, v: &Value) -> R {
    match slot(v) {
        Some(slot) => Ok(slot.get(t).unwrap_or(Value::NONE)),
        None => Err(t.type_error("a classmethod or staticmethod is required")),
    }
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    match class.cast::<Type>() {
        Some(typ) => allocate(t, typ, None),
        None => Err(t.type_error("__new__(X): X is not a type object")),
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>, name: &str) -> R<()> {
    if !args.kw.is_empty() {
        return Err(t.type_error(format!("{name}() takes no keyword arguments")));
    }
    let [f] = args.pos else { return Err(t.type_error(count_message(name, 1, 1, args.pos.len()))) };
    if let Some(slot) = slot(v) {
        slot.set(f.clone());
    }
    copy_attributes(t, v, f)
}

/// What `functools.wraps` copies: the wrapper shows the function's name and doc string.
fn copy_attributes(t: &Thread, v: &Value, f: &Value) -> R<()> {
    let names = t.names();
    for name in [&names.__module__, &names.__name__, &names.__qualname__, &names.__doc__] {
        if let Some(value) = protocol::getattr_opt(t, f, name)? {
            attribute::generic_setattr(t, v, name, Some(&value))?;
        }
    }
    Ok(())
}

/// `__annotations__` and `__annotate__`: an own value, or the function's.
fn wrapped_attribute(t: &Thread, v: &Value, name: &Value) -> R {
    let dict = attribute::get_dict(t, v)?;
    if let Some(own) = dict.cast::<Dict>().and_then(|d| d.get_str(t, name)) {
        return Ok(own);
    }
    let value = protocol::getattr(t, &callable(t, v)?, name)?;
    if let Some(dict) = dict.cast::<Dict>() {
        dict.set_str(t, name, value.clone());
    }
    Ok(value)
}

fn set_wrapped_attribute(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    let dict = attribute::get_dict(t, v)?;
    let Some(dict) = dict.cast::<Dict>() else { return Ok(()) };
    match value {
        Some(value) => dict.set(t, name.clone(), value.clone()),
        None => match dict.remove(t, name)? {
            Some(_) => Ok(()),
            None => Err(t.no_attribute(v, name)),
        },
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let inner = protocol::repr_text(t, &callable(t, v)?)?;
    let base = if v.cast::<ClassMethod>().is_some() { "classmethod" } else { "staticmethod" };
    Ok(t.str(format!("<{base}({inner})>")))
}

fn class_get(t: &Thread, v: &Value, instance: Option<&Value>, owner: Option<&Value>) -> R {
    let f = match v.cast::<ClassMethod>().and_then(|c| c.callable.get(t)) {
        Some(f) => f,
        None => return Err(t.runtime_error("uninitialized classmethod object")),
    };
    let class = match (owner, instance) {
        (Some(owner), _) => owner.clone(),
        (None, Some(instance)) => instance.type_of(t).value(),
        (None, None) => Value::NONE,
    };
    Ok(Method::make(t, f, class))
}

fn static_get(t: &Thread, v: &Value, _instance: Option<&Value>, _owner: Option<&Value>) -> R {
    match v.cast::<StaticMethod>().and_then(|s| s.callable.get(t)) {
        Some(f) => Ok(f),
        None => Err(t.runtime_error("uninitialized staticmethod object")),
    }
}

fn static_call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let f = static_get(t, v, None, None)?;
    protocol::call_args(t, &f, args)
}

const METHODS: &[Def] =
    &[Def::class("__class_getitem__", Func::One(generic_alias::make_for_class), "($type, object, /)", "")];

const GETSET: &[GetSet] = &[
    GetSet::member("__func__", callable, ""),
    GetSet::member("__wrapped__", callable, ""),
    GetSet::ro("__isabstractmethod__", |t, v| is_abstract(t, Some(callable(t, v)?)).map(Value::bool), ""),
    GetSet::rw("__dict__", attribute::get_dict, attribute::set_dict, ""),
    GetSet::rw(
        "__annotations__",
        |t, v| wrapped_attribute(t, v, &t.names().__annotations__),
        |t, v, value| set_wrapped_attribute(t, v, &t.names().__annotations__, value),
        "",
    ),
    GetSet::rw(
        "__annotate__",
        |t, v| wrapped_attribute(t, v, &t.names().__annotate__),
        |t, v, value| set_wrapped_attribute(t, v, &t.names().__annotate__, value),
        "",
    ),
];

const SLOTS: Slots = Slots { repr: Some(repr), new: Some(new), ..Slots::EMPTY };
const FLAGS: u64 = type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAS_DICT;

pub static CLASSMETHOD: Spec = Spec {
    name: "classmethod",
    kind: Kind::ClassMethod,
    size: std::mem::size_of::<ClassMethod>(),
    flags: FLAGS,
    doc: "classmethod(function, /)\n--\n\nConvert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf you want those, see the staticmethod builtin.",
    slots: Slots {
        init: Some(|t, v, args| init(t, v, args, "classmethod")),
        descr_get: Some(class_get),
        traverse: Some(ClassMethod::traverse),
        clear: Some(ClassMethod::clear_refs),
        drop: Some(ClassMethod::drop_payload),
        ..SLOTS
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};

pub static STATICMETHOD: Spec = Spec {
    name: "staticmethod",
    kind: Kind::StaticMethod,
    size: std::mem::size_of::<StaticMethod>(),
    flags: FLAGS,
    doc: "staticmethod(function, /)\n--\n\nConvert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    slots: Slots {
        init: Some(|t, v, args| init(t, v, args, "staticmethod")),
        call: Some(static_call),
        descr_get: Some(static_get),
        traverse: Some(StaticMethod::traverse),
        clear: Some(StaticMethod::clear_refs),
        drop: Some(StaticMethod::drop_payload),
        ..SLOTS
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
