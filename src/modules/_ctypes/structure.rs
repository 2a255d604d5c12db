//! `Structure` and `Union`: parts with names.
//!
//! Where each field lies the library's `ctypes._layout` computes, when `_fields_` is set: it gives a list of [`Field`]s,
//! size, alignment and format. Setting `_fields_` is possible once, before there are instances or derived classes.

use super::data;
use super::field::Field;
use super::info::{self, Class, Info};
use super::meta;
use crate::modules::subtype_in;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::Spec;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

static STRUCTURE: Spec = Spec {
    name: "_ctypes.Structure",
    doc: "Structure base class",
    slots: Slots { new: Some(data::new), init: Some(init), ..data::BASE.slots },
    ..data::BASE
};

static UNION: Spec = Spec {
    name: "_ctypes.Union",
    doc: "Union base class",
    slots: Slots { new: Some(data::new), init: Some(init), ..data::BASE.slots },
    ..data::BASE
};

/// `_ctypes.Structure`.
pub fn structure(t: &Thread) -> Value {
    subtype_in(t, &STRUCTURE, || data::class(t), || meta::structure(t))
}

/// `_ctypes.Union`.
pub fn union(t: &Thread) -> Value {
    subtype_in(t, &UNION, || data::class(t), || meta::union(t))
}

/// A class of structures is made.
pub fn init_structure_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    init_class(t, class, args, Class::Structure)
}

/// A class of unions is made.
pub fn init_union_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    init_class(t, class, args, Class::Union)
}

fn init_class(t: &Thread, class: &Value, args: Args<'_>, kind: Class) -> R<()> {
    let typ = meta::begin(t, class, args)?;
    if typ.own_attribute(t, &t.intern("_abstract_")).is_some() {
        return Ok(());
    }
    let base = base_info(t, typ);
    let fields = typ.own_attribute(t, &t.intern("_fields_"));
    let own = Info { format: "B".to_owned(), ..Info::new(kind) };
    match &base {
        Some(base) if fields.is_none() => {
            base.settle();
            base.derived().keep(t, typ)
        }
        _ => own.keep(t, typ),
    }?;
    match fields {
        Some(fields) => protocol::setattr(t, class, &t.intern("_fields_"), Some(&fields)),
        None => Ok(()),
    }
}

fn base_info(t: &Thread, typ: &Type) -> Option<info::Held> {
    info::of_class(t, &typ.base(t)?)
}

/// `type.__setattr__`, and what setting `_fields_` means.
pub fn setattr(t: &Thread, class: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    let Some(plain) = t.types().type_.slots().setattr else { return Ok(()) };
    plain(t, class, name, value)?;
    if name.cast::<Str>().is_some_and(|name| name.is("_fields_")) {
        let Some(fields) = value else {
            return Err(t.raise_message(&t.types().attribute_error, "can't delete _fields_"));
        };
        set_fields(t, class, fields)?;
    }
    Ok(())
}

fn set_fields(t: &Thread, class: &Value, fields: &Value) -> R<()> {
    let typ = meta::class_of(t, class)?;
    let old = info::concrete(t, typ)?;
    let final_error = |message: &str| t.raise_message(&t.types().attribute_error, message);
    if old.is_final() {
        return Err(final_error("_fields_ is final"));
    }
    let base = base_info(t, typ);
    let base_class = if base.is_some() { typ.base(t).unwrap_or(Value::NONE) } else { Value::NONE };
    let layout = lay_out(t, class, fields, old.class == Class::Structure, &base_class)?;
    let size = |name: &str| -> R<usize> {
        let number = int::arg_isize(t, &protocol::getattr_str(t, &layout, name)?)?;
        usize::try_from(number).map_err(|_| t.value_error(format!("{name} must be non-negative")))
    };
    let (total, align) = (size("size")?, size("align")?);
    let format = protocol::getattr_str(t, &layout, "format_spec")?;
    let laid = protocol::collect(t, &protocol::getattr_str(t, &layout, "fields")?)?;

    let mut info = Info {
        size: total,
        align,
        format: format.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default(),
        length: laid.len() + base.as_ref().map_or(0, |base| base.length),
        has_pointer: base.as_ref().is_some_and(|base| base.has_pointer),
        members: base.as_ref().map(|base| base.members.clone()).unwrap_or_default(),
        ..Info::new(old.class)
    };
    if let Some(base) = &base {
        base.settle();
    }
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    for field in &laid {
        let Some(part) = field.opaque::<Field>() else {
            return Err(t.type_error(format!("fields must be CField objects, not {}", field.type_of(t).name_str())));
        };
        let theirs =
            info::of_class(t, &part.class).ok_or_else(|| t.type_error("field types must have storage info"))?;
        theirs.settle();
        info.has_pointer |= theirs.has_pointer;
        info.members.push(part.class.clone());
        namespace.set(t, part.name.clone(), field.clone())?;
    }
    typ.modified();
    if old.is_final() {
        return Err(final_error("Structure or union cannot contain itself"));
    }
    if let Some(pointer) = old.pointer_type.get(t) {
        info.pointer_type.set(pointer);
    }
    info.settle();
    info.keep(t, typ)?;
    add_anonymous(t, class)
}

/// `ctypes._layout.get_layout`.
fn lay_out(t: &Thread, class: &Value, fields: &Value, is_structure: bool, base: &Value) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.system_error("nothing can be imported")) };
    let names = t.tuple([t.intern("get_layout")]);
    let module = (hooks.import)(t, &t.intern("ctypes._layout"), None, None, Some(&names), 0)?;
    let function = protocol::getattr_str(t, &module, "get_layout")?;
    let base = if base.is_none() { Value::NONE } else { base.clone() };
    protocol::call(t, &function, &[class.clone(), fields.clone(), Value::bool(is_structure), base])
}

/// Fields of the fields that `_anonymous_` names become the class's own.
fn add_anonymous(t: &Thread, class: &Value) -> R<()> {
    let Some(names) = protocol::getattr_opt(t, class, &t.intern("_anonymous_"))? else { return Ok(()) };
    if !protocol::is_sequence(t, &names) {
        return Err(t.type_error("_anonymous_ must be a sequence"));
    }
    for name in protocol::collect(t, &names)? {
        let found = protocol::getattr(t, class, &name)?;
        let Some(field) = found.opaque::<Field>() else {
            let name = protocol::to_text(t, &name)?;
            let message = format!("'{name}' is specified in _anonymous_ but not in _fields_");
            return Err(t.raise_message(&t.types().attribute_error, &message));
        };
        field.set_anonymous();
        lift(t, class, field, field.index, field.offset)?;
    }
    Ok(())
}

/// Gives the class the fields of one of its fields.
fn lift(t: &Thread, class: &Value, outer: &Field, index: usize, offset: usize) -> R<()> {
    let fields = protocol::getattr_str(t, &outer.class, "_fields_")?;
    if !protocol::is_sequence(t, &fields) {
        return Err(t.type_error("_fields_ must be a sequence"));
    }
    for pair in protocol::collect(t, &fields)? {
        let name = protocol::getitem(t, &pair, &Value::small(0))?;
        let found = protocol::getattr(t, &outer.class, &name)?;
        let Some(inner) = found.opaque::<Field>() else { return Err(t.type_error("unexpected type")) };
        let (index, offset) = (index + inner.index, offset + inner.offset);
        if inner.is_anonymous() {
            t.recurse(" in comparison", || lift(t, class, inner, index, offset))?;
        } else {
            let lifted = inner.moved(t, index, offset)?;
            protocol::setattr(t, class, &name, Some(&lifted))?;
        }
    }
    Ok(())
}

/// Positional arguments are the fields in their order, those of bases first.
fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if !args.pos.is_empty() {
        let used = init_positional(t, v, v.type_of(t), args, 0)?;
        if used < args.pos.len() {
            return Err(t.type_error("too many initializers"));
        }
    }
    for (name, value) in args.names.iter().zip(args.kw) {
        protocol::setattr(t, v, name, Some(value))?;
    }
    Ok(())
}

fn init_positional(t: &Thread, v: &Value, class: &Type, args: Args<'_>, mut at: usize) -> R<usize> {
    if let Some(base) = class.base(t)
        && let Some(base) = base.cast::<Type>()
        && info::of_type(t, base).is_some()
    {
        at = init_positional(t, v, base, args, at)?;
    }
    let Some(fields) = class.own_attribute(t, &t.intern("_fields_")) else { return Ok(at) };
    for pair in protocol::collect(t, &fields)? {
        if at >= args.pos.len() {
            break;
        }
        let name = protocol::getitem(t, &pair, &Value::small(0))?;
        for given in args.names {
            if protocol::eq(t, given, &name)? {
                let name = protocol::repr_text(t, &name)?;
                return Err(t.type_error(format!("duplicate values for field {name}")));
            }
        }
        protocol::setattr(t, v, &name, Some(&args.pos[at]))?;
        at += 1;
    }
    Ok(at)
}
