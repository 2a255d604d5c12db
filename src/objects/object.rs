//! `object`: the base of all classes.

use super::alloc::alloc_sized;
use super::attribute;
use super::descriptors::MemberDescr;
use super::dict::Dict;
use super::header::{Header, Kind, SUBCLASS};
use super::instance::{PLAIN_OFFSET, Part, new_plain};
use super::list::List;
use super::protocol;
use super::reduce;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::type_methods::merge_class_dict;
use super::type_object::Type;
use super::value::{Payload, Value};
use super::world;

/// `object.__new__`.
pub fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let Some(typ) = class.cast::<Type>() else { return Err(t.type_error("object.__new__(X): X is not a type object")) };
    if !args.is_empty() {
        if typ.slots().new.is_none_or(|f| f as *const () != new as *const ()) {
            return Err(t.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if typ.slots().init.is_some_and(|f| f as *const () == init as *const ()) {
            return Err(t.type_error(format!("{}() takes no arguments", typ.name_str())));
        }
    }
    if typ.has_flag(type_flags::ABSTRACT) {
        return Err(abstract_class(t, class, typ)?);
    }
    if typ.instance_kind() != Kind::Instance || typ.payload_size() > std::mem::size_of::<Header>() {
        return Err(t.type_error(format!("cannot create '{}' instances", typ.name_str())));
    }
    if typ.part_offset() == PLAIN_OFFSET {
        return Ok(new_plain(t, typ));
    }
    // SAFETY: the payload is the header alone.
    unsafe { alloc_sized(t, typ, typ.payload_size(), |_| ()) }
}

/// `object()`: something that is equal to nothing else.
pub fn new_plain_object(t: &Thread) -> Value {
    // SAFETY: the payload is the header alone.
    let made = unsafe { alloc_sized(t, &t.types().object, std::mem::size_of::<Header>(), |_| ()) };
    made.unwrap_or_else(|raised| {
        drop(t.take_exception(raised));
        super::string::out_of_memory()
    })
}

#[cold]
fn abstract_class(t: &Thread, class: &Value, typ: &Type) -> R<super::slots::Raised> {
    let methods = protocol::getattr(t, class, &t.intern("__abstractmethods__"))?;
    let mut names = Vec::new();
    protocol::for_each(t, &methods, |name| {
        names.push(protocol::to_text(t, &name)?);
        Ok(())
    })?;
    names.sort();
    let plural = if names.len() == 1 { "" } else { "s" };
    Ok(t.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} '{}'",
        typ.name_str(),
        names.join("', '")
    )))
}

/// `object.__init__`.
pub fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if args.is_empty() {
        return Ok(());
    }
    let typ = v.type_of(t);
    if typ.slots().init.is_none_or(|f| f as *const () != init as *const ()) {
        return Err(t.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
    }
    if typ.slots().new.is_some_and(|f| f as *const () == new as *const ()) {
        return Err(t.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            typ.name_str()
        )));
    }
    Ok(())
}

/// `<module.Class object at 0x...>`.
pub fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(format!("<{} object at {:#x}>", v.type_of(t).full_name(t), v.id())))
}

fn str(t: &Thread, v: &Value) -> R {
    match v.type_of(t).slots().repr {
        Some(f) => f(t, v),
        None => repr(t, v),
    }
}

/// The hash by identity.
pub fn hash(_t: &Thread, v: &Value) -> R<i64> {
    let hash = v.id().rotate_right(4) as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

/// Equality by identity; `!=` is the opposite of what `==` says.
fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    match op {
        CmpOp::Eq if a.is(b) => Ok(Value::TRUE),
        CmpOp::Ne => {
            let f = a.type_of(t).slots().compare.unwrap_or(compare);
            let equal = f(t, a, b, CmpOp::Eq)?;
            if equal.is_not_implemented() {
                return Ok(equal);
            }
            Ok(Value::bool(!protocol::truth(t, &equal)?))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn format(t: &Thread, v: &Value, spec: &Value) -> R {
    let Some(text) = spec.cast::<Str>() else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", spec.type_of(t).name_str())));
    };
    if !text.is_empty() {
        return Err(t.type_error(format!("unsupported format string passed to {}.__format__", v.type_of(t).name_str())));
    }
    protocol::str(t, v)
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let part = match v.type_of(t).part_offset() {
        0 => 0,
        _ => std::mem::size_of::<Part>() + v.type_of(t).inline_slots() * 8,
    };
    Ok(Value::small((super::alloc::payload_bytes(v) + part) as i64))
}

/// The names of an instance: its own, its class's and those of the class's bases.
fn dir(t: &Thread, v: &Value) -> R {
    let names = Dict::make(t);
    let into = names.cast::<Dict>().expect("just made");
    if let Some(own) = protocol::getattr_opt(t, v, &t.names().__dict__)?
        && let Some(own) = own.cast::<Dict>()
    {
        for (key, value) in own.pairs(t) {
            into.set(t, key, value)?;
        }
    }
    if let Some(class) = protocol::getattr_opt(t, v, &t.names().__class__)? {
        merge_class_dict(t, into, &class)?;
    }
    Ok(List::make(t, into.pairs(t).into_iter().map(|(key, _)| key)))
}

fn get_class(t: &Thread, v: &Value) -> R {
    Ok(v.type_of(t).value())
}

/// `obj.__class__ = class`: between classes whose instances lie in memory alike.
fn set_class(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete __class__ attribute")) };
    let Some(new) = value.cast::<Type>() else {
        return Err(
            t.type_error(format!("__class__ must be set to a class, not '{}' object", value.type_of(t).name_str()))
        );
    };
    let old = v.type_of(t);
    let module = t.types().module.get();
    let modules = new.is_subtype(module) && old.is_subtype(module);
    if !modules && (new.has_flag(type_flags::IMMUTABLE) || old.has_flag(type_flags::IMMUTABLE)) {
        return Err(t.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    compatible_layout(t, new, old, "__class__")?;
    let Some(header) = v.header() else { return Ok(()) };
    if std::ptr::eq(new, old) {
        return Ok(());
    }
    let part = Part::of(header);
    if let Some(part) = part {
        part.materialize(t, header, old);
    }
    let layout = new.instance_kind();
    let subclass = new.is_heap_type() && layout != Kind::Instance;
    // The object's count of its old class comes back to us.
    std::mem::forget(new.value());
    // Others may be looking at its type.
    if !t.gil_enabled() {
        world::stop(t);
    }
    if let Some(part) = part {
        part.change_type(new);
    }
    let old = header.replace_type(new, layout as u8 | if subclass { SUBCLASS } else { 0 });
    if !t.gil_enabled() {
        world::start(t);
    }
    // SAFETY: the object owned a count of its class, and no longer does.
    drop(unsafe { Value::from_header(old as *const Header) });
    Ok(())
}

/// Whether instances of one class can become instances of the other.
pub fn compatible_layout(t: &Thread, new: &Type, old: &Type, attribute: &str) -> R<()> {
    let same = new.instance_kind() == old.instance_kind()
        && new.payload_size() == old.payload_size()
        && new.part_offset() == old.part_offset()
        && new.has_dict() == old.has_dict()
        && new.has_flag(type_flags::WEAKREFABLE) == old.has_flag(type_flags::WEAKREFABLE)
        && new.slot_count() == old.slot_count()
        && slot_names(t, new) == slot_names(t, old);
    if same {
        return Ok(());
    }
    // CPython compares deallocators first: all classes of Python code share one.
    let what = if new.is_heap_type() == old.is_heap_type() { "object layout" } else { "deallocator" };
    Err(t.type_error(format!("{attribute} assignment: '{}' {what} differs from '{}'", new.name_str(), old.name_str())))
}

/// The names of `__slots__` by index, as ids of interned strings.
fn slot_names(t: &Thread, typ: &Type) -> Vec<u64> {
    let mut names = vec![0; typ.slot_count()];
    let mut class = Some(typ.value());
    while let Some(current) = class {
        let Some(typ) = current.cast::<Type>() else { break };
        if let Some(namespace) = typ.dict(t).cast::<Dict>().filter(|_| typ.slot_count() > 0) {
            for (_, v) in namespace.pairs(t) {
                if let Some(member) = v.cast::<MemberDescr>()
                    && let Some(place) = names.get_mut(member.index)
                {
                    *place = member.name(t).id();
                }
            }
        }
        class = typ.base(t);
    }
    names
}

pub static SPEC: Spec = Spec {
    name: "object",
    flags: type_flags::BASETYPE,
    doc: "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    slots: Slots {
        repr: Some(repr),
        str: Some(str),
        hash: Some(hash),
        getattr: Some(attribute::generic_getattr),
        setattr: Some(attribute::generic_setattr),
        compare: Some(compare),
        new: Some(new),
        init: Some(init),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__reduce_ex__", Func::One(reduce::reduce_ex), "($self, protocol, /)", "Helper for pickle."),
        Def::new("__reduce__", Func::NoArgs(reduce::reduce), "($self, /)", "Helper for pickle."),
        Def::new("__getstate__", Func::NoArgs(reduce::getstate), "($self, /)", "Helper for pickle."),
        Def::class(
            "__subclasshook__",
            Func::One(|_, _, _| Ok(Value::NOT_IMPLEMENTED)),
            "($type, object, /)",
            "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
        ),
        Def::class(
            "__init_subclass__",
            Func::NoArgs(|_, _| Ok(Value::NONE)),
            "($type, /)",
            "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
        ),
        Def::new(
            "__format__",
            Func::One(format),
            "($self, format_spec, /)",
            "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
        ),
        Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Size of object in memory, in bytes."),
        Def::new("__dir__", Func::NoArgs(dir), "($self, /)", "Default dir() implementation."),
    ],
    getset: &[GetSet::rw("__class__", get_class, set_class, "the object's class")],
    ..Spec::DEFAULT
};
