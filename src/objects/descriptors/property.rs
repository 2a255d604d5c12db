//! `property`: an attribute made of up to three functions.

use super::super::alloc::alloc_instance;
use super::super::header::{Header, Kind};
use super::super::native::Signature;
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::slots_payload;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The payload of a `property`. Empty slots stand for `None`.
#[repr(C)]
pub struct Property {
    header: Header,
    pub get: Slot,
    pub set: Slot,
    pub del: Slot,
    doc: Slot,
    name: Slot,
    /// The doc string was taken from the getter.
    getter_doc: AtomicBool,
}

slots_payload!(Property, Property, [get, set, del, doc, name]);

impl Property {
    /// The name it was assigned to, or else the getter's.
    fn name(&self, t: &Thread) -> R<Option<Value>> {
        if let Some(name) = self.name.get(t) {
            return Ok(Some(name));
        }
        match self.get.get(t) {
            Some(get) => protocol::getattr_opt(t, &get, &t.names().__name__),
            None => Ok(None),
        }
    }
}

fn this<'a>(t: &Thread, v: &'a Value) -> R<&'a Property> {
    v.cast::<Property>().ok_or_else(|| t.type_error("a property is required"))
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let Some(typ) = class.cast::<Type>() else {
        return Err(t.type_error("property.__new__(X): X is not a type object"));
    };
    // SAFETY: everything behind the header is written.
    unsafe {
        alloc_instance::<Property>(t, typ, |this| {
            for slot in [
                &raw mut (*this).get,
                &raw mut (*this).set,
                &raw mut (*this).del,
                &raw mut (*this).doc,
                &raw mut (*this).name,
            ] {
                slot.write(Slot::EMPTY);
            }
            (&raw mut (*this).getter_doc).write(AtomicBool::new(false));
        })
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let signature =
        SIGNATURE.get_or_init(|| Signature::parse_text("property", "(fget=None, fset=None, fdel=None, doc=None)"));
    let mut bound = [const { None }; 4];
    signature.bind(t, args, &mut bound)?;
    let [get, set, del, doc] = bound.map(|v| v.filter(|v| !v.is_none()));
    let p = this(t, v)?;
    for (slot, value) in [(&p.get, get.clone()), (&p.set, set), (&p.del, del), (&p.name, None)] {
        drop(slot.replace(value));
    }
    p.getter_doc.store(false, Relaxed);
    let mut text = doc;
    if text.is_none()
        && let Some(get) = &get
    {
        text = protocol::getattr_opt(t, get, &t.names().__doc__)?.filter(|d| !d.is_none());
        p.getter_doc.store(text.is_some(), Relaxed);
    }
    if std::ptr::eq(v.type_of(t), t.types().property.get()) {
        drop(p.doc.replace(text));
        return Ok(());
    }
    // In a subclass the class's own `__doc__` would hide ours: it goes to the instance.
    let text = text.unwrap_or(Value::NONE);
    match protocol::setattr(t, v, &t.names().__doc__, Some(&text)) {
        Err(raised) if !p.getter_doc.load(Relaxed) && t.raised_is(&raised, &t.types().attribute_error) => {
            drop(t.take_exception(raised));
            Ok(())
        }
        result => result,
    }
}

/// `property 'x' of 'C' object has no setter`.
#[cold]
fn missing(t: &Thread, p: &Property, instance: &Value, what: &str) -> R<super::super::slots::Raised> {
    let qualname = protocol::getattr(t, &instance.type_of(t).value(), &t.names().__qualname__)?;
    let class = protocol::repr_text(t, &qualname)?;
    let message = match p.name(t)? {
        Some(name) => format!("property {} of {class} object has no {what}", protocol::repr_text(t, &name)?),
        None => format!("property of {class} object has no {what}"),
    };
    Ok(t.raise_message(&t.types().attribute_error, &message))
}

fn descr_get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let p = this(t, v)?;
    let Some(instance) = instance.filter(|i| !i.is_none()) else { return Ok(v.clone()) };
    match p.get.get(t) {
        Some(get) => protocol::call(t, &get, std::slice::from_ref(instance)),
        None => Err(missing(t, p, instance, "getter")?),
    }
}

fn descr_set(t: &Thread, v: &Value, instance: &Value, value: Option<&Value>) -> R<()> {
    let p = this(t, v)?;
    match value {
        Some(value) => match p.set.get(t) {
            Some(set) => protocol::call(t, &set, &[instance.clone(), value.clone()])?,
            None => return Err(missing(t, p, instance, "setter")?),
        },
        None => match p.del.get(t) {
            Some(del) => protocol::call(t, &del, std::slice::from_ref(instance))?,
            None => return Err(missing(t, p, instance, "deleter")?),
        },
    };
    Ok(())
}

/// A copy with one function replaced (`None` keeps the old one).
fn copy(t: &Thread, v: &Value, get: Option<&Value>, set: Option<&Value>, del: Option<&Value>) -> R {
    let p = this(t, v)?;
    let pick = |new: Option<&Value>, old: &Slot| match new.filter(|n| !n.is_none()) {
        Some(new) => new.clone(),
        None => old.get(t).unwrap_or(Value::NONE),
    };
    // A doc string from the getter is taken anew from the new getter.
    let replaced = p.getter_doc.load(Relaxed) && get.is_some_and(|g| !g.is_none());
    let getter = pick(get, &p.get);
    let doc = if replaced || (p.getter_doc.load(Relaxed) && !getter.is_none()) {
        Value::NONE
    } else {
        p.doc.get(t).unwrap_or(Value::NONE)
    };
    let class = v.type_of(t).value();
    let new = protocol::call(t, &class, &[getter, pick(set, &p.set), pick(del, &p.del), doc])?;
    if let Some(copy) = new.cast::<Property>() {
        drop(copy.name.replace(p.name.get(t)));
    }
    Ok(new)
}

fn set_name(t: &Thread, v: &Value, args: &[Value]) -> R {
    let [_, name] = args else {
        return Err(t.type_error(format!("__set_name__() takes 2 positional arguments but {} were given", args.len())));
    };
    this(t, v)?.name.set(name.clone());
    Ok(Value::NONE)
}

fn get_name(t: &Thread, v: &Value) -> R {
    match this(t, v)?.name(t)? {
        Some(name) => Ok(name),
        None => {
            let message = format!("'{}' object has no attribute '__name__'", v.type_of(t).name_str());
            Err(t.raise_message(&t.types().attribute_error, &message))
        }
    }
}

fn replace_name(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(this(t, v)?.name.replace(value.cloned()));
    Ok(())
}

/// `f.__isabstractmethod__` as truth; `False` where there is none.
pub(super) fn is_abstract(t: &Thread, f: Option<Value>) -> R<bool> {
    let Some(f) = f else { return Ok(false) };
    match protocol::getattr_opt(t, &f, &t.names().__isabstractmethod__)? {
        Some(flag) => protocol::truth(t, &flag),
        None => Ok(false),
    }
}

fn abstract_method(t: &Thread, v: &Value) -> R {
    let p = this(t, v)?;
    for slot in [&p.get, &p.set, &p.del] {
        if is_abstract(t, slot.get(t))? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn or_none(t: &Thread, v: &Value, pick: impl Fn(&Property) -> &Slot) -> R {
    Ok(pick(this(t, v)?).get(t).unwrap_or(Value::NONE))
}

fn set_doc(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(this(t, v)?.doc.replace(value.cloned()));
    Ok(())
}

pub static SPEC: Spec = Spec {
    name: "property",
    kind: Kind::Property,
    size: std::mem::size_of::<Property>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\nDecorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        descr_get: Some(descr_get),
        descr_set: Some(descr_set),
        traverse: Some(Property::traverse),
        clear: Some(Property::clear_refs),
        drop: Some(Property::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new(
            "getter",
            Func::One(|t, v, f| copy(t, v, Some(f), None, None)),
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different getter.",
        ),
        Def::new(
            "setter",
            Func::One(|t, v, f| copy(t, v, None, Some(f), None)),
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different setter.",
        ),
        Def::new(
            "deleter",
            Func::One(|t, v, f| copy(t, v, None, None, Some(f))),
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different deleter.",
        ),
        Def::new(
            "__set_name__",
            Func::VarPos(set_name),
            "($self, owner, name, /)",
            "Method to set name of a property.",
        ),
    ],
    getset: &[
        GetSet::member("fget", |t, v| or_none(t, v, |p| &p.get), ""),
        GetSet::member("fset", |t, v| or_none(t, v, |p| &p.set), ""),
        GetSet::member("fdel", |t, v| or_none(t, v, |p| &p.del), ""),
        GetSet::member_rw("__doc__", |t, v| or_none(t, v, |p| &p.doc), set_doc, ""),
        GetSet::rw("__name__", get_name, replace_name, ""),
        GetSet::ro("__isabstractmethod__", abstract_method, ""),
    ],
    ..Spec::DEFAULT
};
