//! `super`: attribute look-up that starts behind a class in the MRO.

use super::super::alloc::alloc_instance;
use super::super::attribute;
use super::super::cell::Cell;
use super::super::frame::Frame;
use super::super::header::{Header, Kind};
use super::super::native::count_message;
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{GetSet, Spec, type_flags};
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};
use super::slots_payload;

/// The payload of a `super` object. Unbound: only `class` is set.
#[repr(C)]
pub struct Super {
    header: Header,
    class: Slot,
    object: Slot,
    /// The class whose MRO is searched.
    start: Slot,
}

slots_payload!(Super, Super, [class, object, start]);

/// What `name` is behind `class` in the MRO of `start`, not bound.
fn find(t: &Thread, class: &Type, start: &Type, name: &Value) -> Option<Value> {
    let mro = start.mro(t);
    let items = mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]);
    let at = items.iter().position(|c| c.is_header(class.header()))?;
    items[at + 1..].iter().find_map(|c| c.cast::<Type>()?.own_attribute(t, name))
}

/// `super(class, object).name`, searched in the MRO of `start` and bound; `None` where there is none.
pub fn super_attribute(t: &Thread, class: &Type, object: &Value, start: &Type, name: &Value) -> R<Option<Value>> {
    let Some(found) = find(t, class, start, name) else { return Ok(None) };
    let Some(get) = found.type_of(t).slots().descr_get else { return Ok(Some(found)) };
    let instance = (!object.is_header(start.header())).then_some(object);
    get(t, &found, instance, Some(&start.value())).map(Some)
}

/// The class whose MRO `super(class, object)` searches: the type of the object, or the object if it is a class.
fn check(t: &Thread, class: &Type, object: &Value) -> R {
    if let Some(typ) = object.cast::<Type>()
        && typ.is_subtype(class)
    {
        return Ok(object.clone());
    }
    let of = object.type_of(t);
    if of.is_subtype(class) {
        return Ok(of.value());
    }
    // A proxy may say that it is an instance.
    if let Some(claimed) = protocol::getattr_opt(t, object, &t.names().__class__)?
        && let Some(typ) = claimed.cast::<Type>()
        && !std::ptr::eq(typ, of)
        && typ.is_subtype(class)
    {
        return Ok(claimed);
    }
    let (kind, name) = match object.cast::<Type>() {
        Some(typ) => ("type", typ.name_str()),
        None => ("instance of", of.name_str()),
    };
    Err(t.type_error(format!(
        "super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).",
        class.name_str()
    )))
}

/// `super(class, object).name` without making the super object (`LOAD_SUPER_ATTR`).
pub fn super_lookup(t: &Thread, class: &Type, object: &Value, name: &Value) -> R {
    let start = check(t, class, object)?;
    if let Some(start) = start.cast::<Type>()
        && !name.cast::<Str>().is_some_and(|n| n.is("__class__"))
        && let Some(found) = super_attribute(t, class, object, start, name)?
    {
        return Ok(found);
    }
    let unbound = make(t, class, object)?;
    attribute::generic_getattr(t, &unbound, name)
}

/// What `super(class, object).name(...)` calls, and whether `object` is to be its first argument.
pub fn super_method(t: &Thread, class: &Type, object: &Value, name: &Value) -> R<(Value, bool)> {
    let start = check(t, class, object)?;
    if let Some(start) = start.cast::<Type>()
        && !object.is_header(start.header())
        && let Some(found) = find(t, class, start, name)
        && found.type_of(t).has_flag(type_flags::METHOD_DESCRIPTOR)
    {
        return Ok((found, true));
    }
    Ok((super_lookup(t, class, object, name)?, false))
}

fn class_argument<'a>(t: &Thread, class: &'a Value) -> R<&'a Type> {
    class
        .cast::<Type>()
        .ok_or_else(|| t.type_error(format!("super() argument 1 must be a type, not {}", class.type_of(t).name_str())))
}

fn make(t: &Thread, class: &Type, object: &Value) -> R {
    protocol::call(t, &t.types().super_.value(), &[class.value(), object.clone()])
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let Some(typ) = class.cast::<Type>() else { return Err(t.type_error("super.__new__(X): X is not a type object")) };
    // SAFETY: everything behind the header is written.
    unsafe {
        alloc_instance::<Super>(t, typ, |this| {
            for slot in [&raw mut (*this).class, &raw mut (*this).object, &raw mut (*this).start] {
                slot.write(Slot::EMPTY);
            }
        })
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let Some(this) = v.cast::<Super>() else { return Err(t.type_error("a super object is required")) };
    if !args.kw.is_empty() {
        return Err(t.type_error("super() takes no keyword arguments"));
    }
    let (class, object) = match args.pos {
        [] => from_frame(t)?,
        [class] => (class.clone(), Value::NONE),
        [class, object] => (class.clone(), object.clone()),
        more => return Err(t.type_error(count_message("super()", 0, 2, more.len()))),
    };
    let typ = class_argument(t, &class)?;
    let (object, start) = match object.is_none() && !args.pos.is_empty() {
        true => (None, None),
        false => {
            let start = check(t, typ, &object)?;
            (Some(object), Some(start))
        }
    };
    this.class.set(class.clone());
    drop(this.object.replace(object));
    drop(this.start.replace(start));
    Ok(())
}

/// `super()`: the class from the `__class__` cell and the first argument of the running function.
fn from_frame(t: &Thread) -> R<(Value, Value)> {
    let frame = t.frame.get();
    if frame.is_null() {
        return Err(t.runtime_error("super(): no current frame"));
    }
    // SAFETY: the running frame is alive, and its code says how many locals it has.
    unsafe {
        let code = Frame::code_of(frame);
        let local = |i: usize| match *Frame::local(frame, i) {
            0 => None,
            bits => Some(Value::from_ref(&bits).clone()),
        };
        if code.argcount == 0 {
            return Err(t.runtime_error("super(): no arguments"));
        }
        // An argument that inner functions use lies in a cell.
        let first = local(0).and_then(|v| match v.cast::<Cell>() {
            Some(cell) if is_cell(code, 0) => cell.contents.get(t),
            _ => Some(v),
        });
        let Some(first) = first else { return Err(t.runtime_error("super(): arg[0] deleted")) };
        for i in code.nlocalsplus - code.nfree..code.nlocalsplus {
            if !code.localsplus()[i].cast::<Str>().is_some_and(|n| n.is("__class__")) {
                continue;
            }
            let class = local(i).and_then(|cell| cell.cast::<Cell>().map(|c| c.contents.get(t)));
            let Some(class) = class else { return Err(t.runtime_error("super(): bad __class__ cell")) };
            let Some(class) = class else { return Err(t.runtime_error("super(): empty __class__ cell")) };
            if class.cast::<Type>().is_none() {
                return Err(
                    t.runtime_error(format!("super(): __class__ is not a type ({})", class.type_of(t).name_str()))
                );
            }
            return Ok((class, first));
        }
    }
    Err(t.runtime_error("super(): __class__ cell not found"))
}

/// Whether local `index` is a cell variable: its kind byte says so.
fn is_cell(code: &super::super::code_object::CodeObject, index: usize) -> bool {
    code.code.localspluskinds.get(index).is_some_and(|k| k & crate::compiler::code::local_kind::CELL != 0)
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let Some(this) = v.cast::<Super>() else { return Err(t.type_error("a super object is required")) };
    let parts = (this.class.get(t), this.object.get(t), this.start.get(t));
    if let (Some(class), Some(object), Some(start)) = &parts
        && !name.cast::<Str>().is_some_and(|n| n.is("__class__"))
        && let (Some(class), Some(start)) = (class.cast::<Type>(), start.cast::<Type>())
        && let Some(found) = super_attribute(t, class, object, start, name)?
    {
        return Ok(found);
    }
    attribute::generic_getattr(t, v, name)
}

fn descr_get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(this) = v.cast::<Super>() else { return Err(t.type_error("a super object is required")) };
    let Some(instance) = instance.filter(|i| !i.is_none() && this.object.is_empty()) else { return Ok(v.clone()) };
    let Some(class) = this.class.get(t) else { return Ok(v.clone()) };
    // A subclass of `super` is made anew by calling it.
    let of = v.type_of(t);
    if !std::ptr::eq(of, t.types().super_.get()) {
        return protocol::call(t, &of.value(), &[class, instance.clone()]);
    }
    let typ = class_argument(t, &class)?;
    make(t, typ, instance)
}

fn repr(t: &Thread, v: &Value) -> R {
    let Some(this) = v.cast::<Super>() else { return Err(t.type_error("a super object is required")) };
    let name = |slot: &Slot| slot.get(t).and_then(|c| c.cast::<Type>().map(|c| c.name_str()));
    let class = name(&this.class).unwrap_or_else(|| "NULL".into());
    Ok(t.str(match name(&this.start) {
        Some(start) => format!("<super: <class '{class}'>, <{start} object>>"),
        None => format!("<super: <class '{class}'>, NULL>"),
    }))
}

fn or_none(t: &Thread, v: &Value, pick: impl Fn(&Super) -> &Slot) -> R {
    Ok(v.cast::<Super>().and_then(|s| pick(s).get(t)).unwrap_or(Value::NONE))
}

pub static SPEC: Spec = Spec {
    name: "super",
    kind: Kind::Super,
    size: std::mem::size_of::<Super>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires\n    issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    slots: Slots {
        repr: Some(repr),
        getattr: Some(getattr),
        descr_get: Some(descr_get),
        new: Some(new),
        init: Some(init),
        traverse: Some(Super::traverse),
        clear: Some(Super::clear_refs),
        drop: Some(Super::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet::member("__thisclass__", |t, v| or_none(t, v, |s| &s.class), "the class invoking super()"),
        GetSet::member("__self__", |t, v| or_none(t, v, |s| &s.object), "the instance invoking super(); may be None"),
        GetSet::member(
            "__self_class__",
            |t, v| or_none(t, v, |s| &s.start),
            "the type of the instance invoking super(); may be None",
        ),
    ],
    ..Spec::DEFAULT
};
