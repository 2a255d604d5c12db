//! `_Pointer`: the address of another instance, or of the first of many.

use super::argument;
use super::data::{self, Data, How, Part};
use super::info::{self, Class, Info};
use super::memory::{load_pointer, store_pointer};
use super::{array, meta};
use crate::modules::subtype_in;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slice::{Slice, adjust};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

static SPEC: Spec = Spec {
    name: "_ctypes._Pointer",
    doc: "XXX to be provided",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        nb_bool: Some(truth),
        getitem: Some(getitem),
        setitem: Some(setitem),
        ..data::BASE.slots
    },
    getset: &[GetSet::rw("contents", contents, set_contents, "the object this pointer points to (read-write)")],
    ..data::BASE
};

/// `_ctypes._Pointer`.
pub fn class(t: &Thread) -> Value {
    subtype_in(t, &SPEC, || data::class(t), || meta::pointer(t))
}

/// A class of pointers is made. To what may be said later.
pub fn init_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    let typ = meta::begin(t, class, args)?;
    let proto = typ.own_attribute(t, &t.intern("_type_"));
    let inherited = typ.base(t).and_then(|base| info::of_class(t, &base)).and_then(|base| base.proto.clone());
    match proto.or(inherited) {
        Some(proto) => set_proto(t, class, typ, &proto),
        None => make_info(None, String::from("&B")).keep(t, typ),
    }
}

fn make_info(proto: Option<Value>, format: String) -> Info {
    Info { size: 8, align: 8, length: 1, format, proto, has_pointer: true, ..Info::new(Class::Pointer) }
}

fn set_proto(t: &Thread, class: &Value, typ: &Type, proto: &Value) -> R<()> {
    if proto.cast::<Type>().is_none() {
        return Err(t.type_error("_type_ must be a type"));
    }
    let Some(target) = info::of_class(t, proto) else {
        return Err(t.type_error("_type_ must have storage info"));
    };
    let shape = match &target.shape[..] {
        [] => String::new(),
        shape => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
    };
    let info = make_info(Some(proto.clone()), format!("&{shape}{}", target.format));
    if let Some(pointer) = info::of_type(t, typ).and_then(|old| old.pointer_type.get(t)) {
        info.pointer_type.set(pointer);
    }
    info.keep(t, typ)?;
    if target.pointer_type.is_empty() {
        target.pointer_type.set(class.clone());
    }
    Ok(())
}

/// `set_type`: what a pointer of an incomplete type points to.
pub fn set_type(t: &Thread, class: &Value, proto: &Value) -> R {
    set_proto(t, class, meta::class_of(t, class)?, proto)?;
    protocol::setattr(t, class, &t.intern("_type_"), Some(proto))?;
    Ok(Value::NONE)
}

/// `from_param` of pointers: also an instance of what they point to, and arrays of it.
pub fn from_param(t: &Thread, class: &Value, value: &Value) -> R {
    if value.is_none() {
        return Ok(Value::NONE);
    }
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    let Some(proto) = &info.proto else { return meta::from_param(t, class, value) };
    if protocol::isinstance(t, value, proto)? {
        return argument::by_reference(t, value, 0);
    }
    if value.opaque::<Data>().is_some() {
        let theirs = info::concrete(t, value.type_of(t))?;
        if matches!(theirs.class, Class::Array | Class::Pointer)
            && let Some(item) = &theirs.proto
            && protocol::issubclass(t, item, proto)?
        {
            return Ok(value.clone());
        }
    }
    meta::from_param(t, class, value)
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let info = info::of_class(t, class);
    if info.is_none_or(|info| info.proto.is_none()) {
        return Err(t.type_error("Cannot create instance: has no _type_"));
    }
    data::blank(t, class)
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    match args.pos {
        [] => Ok(()),
        [value] => set_contents(t, v, Some(value)),
        more => Err(t.type_error(format!("POINTER expected at most 1 argument, got {}", more.len()))),
    }
}

/// What it points to, and the address.
fn target(t: &Thread, v: &Value) -> R<(Value, *mut u8)> {
    let info = info::concrete(t, v.type_of(t))?;
    let proto = info.proto.clone().ok_or_else(|| t.type_error("abstract class"))?;
    // SAFETY: the instance is a pointer.
    Ok((proto, unsafe { load_pointer(Data::of(v).place()) }))
}

/// As [`target`]; `ValueError` for the null pointer.
fn needed(t: &Thread, v: &Value) -> R<(Value, *mut u8)> {
    let (proto, place) = target(t, v)?;
    if place.is_null() { Err(t.value_error("NULL pointer access")) } else { Ok((proto, place)) }
}

fn truth(t: &Thread, v: &Value) -> R<bool> {
    Ok(!target(t, v)?.1.is_null())
}

fn contents(t: &Thread, v: &Value) -> R {
    let (proto, place) = needed(t, v)?;
    // The very object that it was made of, where that is itself a pointer with something to keep alive.
    let kept = data::kept(t, v);
    if let Some(dict) = kept.cast::<Dict>()
        && dict.get_name(t, "0").is_some()
        && let Some(object) = dict.get_name(t, "1")
        && object.opaque::<Data>().is_some_and(|data| data.place() == place)
    {
        return Ok(object);
    }
    data::within(t, &proto, v, 0, place)
}

fn set_contents(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("Pointer does not support item deletion")) };
    let (proto, _) = target(t, v)?;
    let Some(data) = value.opaque::<Data>() else {
        let (wanted, given) = (meta::class_of(t, &proto)?.name_str(), value.type_of(t).name_str());
        return Err(t.type_error(format!("expected {wanted} instead of {given}")));
    };
    // SAFETY: the instance is a pointer.
    unsafe { store_pointer(Data::of(v).place(), data.place()) };
    data::keep(t, v, 1, Some(value.clone()))?;
    data::keep(t, v, 0, Some(data::kept(t, value)))
}

/// Runs `f` with the item at that index. Whether there is one only the script knows.
fn with_item<T>(t: &Thread, v: &Value, index: isize, f: impl FnOnce(Part<'_>) -> R<T>) -> R<T> {
    let (proto, place) = needed(t, v)?;
    let size = info::concrete(t, meta::class_of(t, &proto)?)?.size;
    let place = place.wrapping_offset(index.wrapping_mul(size as isize));
    f(Part { class: &proto, how: How::AsTyped, index: index as usize, size, place })
}

fn item(t: &Thread, v: &Value, index: isize) -> R {
    // SAFETY: the script vouches for the address, as in C.
    with_item(t, v, index, |part| unsafe { part.get(t, v) })
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    if key.type_of(t).slots().nb_index.is_some() {
        return item(t, v, protocol::index_isize(t, key)?);
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(t.type_error("Pointer indices must be integer")) };
    let bound = |v: &Value| if v.is_none() { Ok(None) } else { protocol::index_isize(t, v).map(Some) };
    let step = bound(&slice.step)?.unwrap_or(1);
    if step == 0 {
        return Err(t.value_error("slice step cannot be zero"));
    }
    let start = match bound(&slice.start)? {
        Some(start) => start,
        None if step < 0 => return Err(t.value_error("slice start is required for step < 0")),
        None => 0,
    };
    let Some(stop) = bound(&slice.stop)? else { return Err(t.value_error("slice stop is required")) };
    let count = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) }.max(0) as usize;
    let bounds = adjust(count, 0, isize::MAX, step.saturating_abs());
    let indices = (0..bounds.count as isize).map(|i| start + i * step);
    if indices.len() > 0 {
        let (proto, place) = needed(t, v)?;
        // SAFETY: as for an item.
        if let Some(text) = unsafe { array::text_of(t, &proto, place, indices.clone().collect::<Vec<_>>().into_iter()) }
        {
            return text;
        }
    } else if let Ok((proto, place)) = target(t, v)
        // SAFETY: nothing is read.
        && let Some(text) = unsafe { array::text_of(t, &proto, place, [].into_iter()) }
    {
        return text;
    }
    let mut items = Vec::new();
    for i in indices {
        items.push(item(t, v, i)?);
    }
    Ok(List::from_vec(t, items))
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("Pointer does not support item deletion")) };
    if key.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error("Pointer indices must be integer"));
    }
    let index = protocol::index_isize(t, key)?;
    // SAFETY: the script vouches for the address, as in C.
    with_item(t, v, index, |part| unsafe { part.set(t, v, value) })
}
