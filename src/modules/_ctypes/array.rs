//! `Array`: items of one type, one behind the other.

use super::data::{self, Data, How, Part};
use super::info::{self, Class, Held, Info};
use super::memory::{load, store};
use super::{meta, wide};
use crate::modules::subtype_in;
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::descriptors::GetSetDescr;
use crate::objects::dict::Dict;
use crate::objects::generic_alias;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slice::Slice;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::collections::HashMap;
use std::sync::Mutex;

static SPEC: Spec = Spec {
    name: "_ctypes.Array",
    doc: "Abstract base class for arrays.\n\nThe recommended way to create concrete array types is by multiplying any\nctypes data type with a non-negative integer. Alternatively, you can subclass\nthis type and define _length_ and _type_ class variables. Array elements can\nbe read and written using standard subscript and slice accesses for slice\nreads, the resulting object is not itself an Array.",
    slots: Slots {
        new: Some(data::new),
        init: Some(init),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        ..data::BASE.slots
    },
    methods: &[Def::class(
        "__class_getitem__",
        Func::One(generic_alias::make_for_class),
        "($type, object, /)",
        "Arrays are generic over the type of their elements",
    )],
    ..data::BASE
};

/// `_ctypes.Array`.
pub fn class(t: &Thread) -> Value {
    subtype_in(t, &SPEC, || data::class(t), || meta::array_type(t))
}

/// What arrays of characters have besides.
static CHARS: [GetSet; 2] =
    [GetSet::rw("value", value, set_value, "string value"), GetSet::rw("raw", raw, set_raw, "value")];
static WIDES: [GetSet; 1] = [GetSet::rw("value", wide_value, set_wide_value, "string value")];

/// A class of arrays is made.
pub fn init_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    let typ = meta::begin(t, class, args)?;
    // `Array` itself is native; any class derived from it says what it is made of.
    let attribute = |name: &str| -> R<Value> {
        let name_value = t.intern(name);
        match protocol::getattr_opt(t, class, &name_value)? {
            Some(value) => Ok(value),
            None => {
                let message = format!("class must define a '{name}' attribute");
                Err(t.raise_message(&t.types().attribute_error, &message))
            }
        }
    };
    let length = attribute("_length_")?;
    if !int::is_int(&length) {
        return Err(t.type_error("The '_length_' attribute must be an integer"));
    }
    let length = match int::as_i64(&length) {
        Some(length) if length >= 0 => length as usize,
        Some(_) => return Err(t.value_error("The '_length_' attribute must not be negative")),
        None if int::clamp_isize(&length) < 0 => {
            return Err(t.value_error("The '_length_' attribute must not be negative"));
        }
        None => return Err(t.overflow_error("The '_length_' attribute is too large")),
    };
    let item_class = attribute("_type_")?;
    let Some(item) = info::of_class(t, &item_class) else {
        return Err(t.type_error("_type_ must have storage info"));
    };
    let Some(size) = item.size.checked_mul(length).filter(|&size| size <= isize::MAX as usize) else {
        return Err(t.overflow_error("array too large"));
    };
    item.settle();
    let shape = std::iter::once(length).chain(item.shape.iter().copied()).collect();
    let info = Info {
        size,
        align: item.align,
        length,
        format: item.format.clone(),
        shape,
        proto: Some(item_class.clone()),
        has_pointer: item.has_pointer,
        ..Info::new(Class::Array)
    };
    info.keep(t, typ)?;
    let more: &'static [GetSet] = match &item {
        item if item.is_char('c') => &CHARS,
        item if item.is_char('u') => &WIDES,
        _ => &[],
    };
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    for getset in more {
        namespace.set_name(t, getset.name, GetSetDescr::make(t, getset, typ));
    }
    typ.modified();
    Ok(())
}

/// The classes that multiplying has made, by item type and length: weakly referenced.
#[derive(Default)]
struct Made(Mutex<HashMap<(u64, usize), Value>>);

/// The class of arrays with so many items of a type.
pub fn type_of(t: &Thread, item: &Value, length: usize) -> R {
    let made = t.interp.state::<Made>();
    let key = (item.id(), length);
    let known = made.0.lock().expect("no panic under this lock").get(&key).cloned();
    if let Some(class) = known.and_then(|known| crate::objects::weakref::WeakRef::of(&known)?.get(t))
        && info::of_class(t, &class).is_some_and(|info| info.proto.as_ref().is_some_and(|proto| proto.is(item)))
    {
        return Ok(class);
    }
    let name = format!("{}_Array_{length}", meta::class_of(t, item)?.name_str());
    let namespace =
        Dict::from_pairs(t, [(t.intern("_length_"), int::from_usize(t, length)), (t.intern("_type_"), item.clone())])?;
    let args = [t.str(name), t.tuple([class(t)]), namespace];
    let new = protocol::call(t, &meta::array_type(t), &args)?;
    let weak = protocol::call(t, &t.types().weakref.value(), std::slice::from_ref(&new))?;
    // What is displaced is dropped when the lock is free again.
    let displaced = {
        let mut table = made.0.lock().expect("no panic under this lock");
        let mut displaced: Vec<Value> = table.insert(key, weak).into_iter().collect();
        if table.len() % 64 == 0 {
            let dead = |v: &Value| crate::objects::weakref::WeakRef::of(v).is_none_or(|w| w.is_dead());
            let keys: Vec<_> = table.iter().filter(|(_, v)| dead(v)).map(|(key, _)| *key).collect();
            displaced.extend(keys.iter().filter_map(|key| table.remove(key)));
        }
        displaced
    };
    drop(displaced);
    Ok(new)
}

fn info_of(t: &Thread, v: &Value) -> R<(Held, Value, usize)> {
    let info = info::concrete(t, v.type_of(t))?;
    let item = info.proto.clone().ok_or_else(|| t.type_error("abstract class"))?;
    let size = info.size.checked_div(info.length).unwrap_or(0);
    Ok((info, item, size))
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    args.pos.iter().enumerate().try_for_each(|(i, value)| set_item(t, v, i as isize, value))
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    Ok(info::concrete(t, v.type_of(t))?.length)
}

/// Runs `f` with the item at that index.
fn with_item<T>(t: &Thread, v: &Value, index: isize, f: impl FnOnce(Part<'_>) -> R<T>) -> R<T> {
    let (info, class, size) = info_of(t, v)?;
    let Some(index) = usize::try_from(index).ok().filter(|&i| i < info.length) else {
        return Err(t.index_error("invalid index"));
    };
    // SAFETY: an array has at least its items.
    let place = unsafe { Data::of(v).place().add(index * size) };
    f(Part { class: &class, how: How::AsTyped, index, size, place })
}

fn item(t: &Thread, v: &Value, index: isize) -> R {
    // SAFETY: the item lies within the array.
    with_item(t, v, index, |part| unsafe { part.get(t, v) })
}

fn set_item(t: &Thread, v: &Value, index: isize, value: &Value) -> R<()> {
    // SAFETY: as above.
    with_item(t, v, index, |part| unsafe { part.set(t, v, value) })
}

fn is_index(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().nb_index.is_some()
}

fn index(t: &Thread, v: &Value, key: &Value) -> R<isize> {
    let index = protocol::index_isize(t, key)?;
    Ok(if index < 0 { index + len(t, v)? as isize } else { index })
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    if is_index(t, key) {
        return item(t, v, index(t, v, key)?);
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(t.type_error("indices must be integers")) };
    let (info, class, _) = info_of(t, v)?;
    let bounds = slice.bounds(t, || info.length)?;
    // SAFETY: the indices are those of items.
    if let Some(text) = unsafe { text_of(t, &class, Data::of(v).place(), bounds.indices().map(|i| i as isize)) } {
        return text;
    }
    let mut items = Vec::with_capacity(bounds.count);
    for i in bounds.indices() {
        items.push(item(t, v, i as isize)?);
    }
    Ok(List::from_vec(t, items))
}

/// Characters as `bytes`, wide ones as `str`; `None` for other items.
///
/// # Safety
/// Items are readable at those indices.
pub unsafe fn text_of(
    t: &Thread,
    class: &Value,
    place: *const u8,
    indices: impl ExactSizeIterator<Item = isize>,
) -> Option<R> {
    let item = info::of_class(t, class)?;
    // SAFETY: as the caller says.
    unsafe {
        if item.is_char('c') {
            let bytes: Vec<u8> = indices.map(|i| load::<1>(place.offset(i))[0]).collect();
            return Some(Ok(Bytes::make(t, &bytes)));
        }
        if item.is_char('u') {
            let points: Vec<u32> = indices.map(|i| u32::from_ne_bytes(load(place.offset(i * 4)))).collect();
            return Some(wide::to_str(t, &points));
        }
    }
    None
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("Array does not support item deletion")) };
    if is_index(t, key) {
        return set_item(t, v, index(t, v, key)?, value);
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(t.type_error("indices must be integer")) };
    let bounds = slice.bounds(t, || len(t, v).unwrap_or(0))?;
    if protocol::len(t, value)? != bounds.count {
        return Err(t.value_error("Can only assign sequence of same size"));
    }
    for (at, i) in bounds.indices().enumerate() {
        let item = protocol::getitem(t, value, &int::from_usize(t, at))?;
        set_item(t, v, i as isize, &item)?;
    }
    Ok(())
}

fn value(t: &Thread, v: &Value) -> R {
    let data = Data::of(v);
    // SAFETY: the array's own memory.
    Ok(Bytes::make(t, &unsafe { super::memory::text(data.place(), data.size()) }))
}

fn set_value(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete attribute")) };
    let Some(bytes) = value.cast::<Bytes>() else {
        return Err(t.type_error(format!("bytes expected instead of {} instance", value.type_of(t).name_str())));
    };
    let (data, bytes) = (Data::of(v), bytes.as_slice());
    if bytes.len() > data.size() {
        return Err(t.value_error("byte string too long"));
    }
    // SAFETY: it fits, with a zero if there is room.
    unsafe {
        super::memory::copy(bytes.as_ptr(), data.place(), bytes.len());
        if bytes.len() < data.size() {
            store(data.place().add(bytes.len()), &[0]);
        }
    }
    Ok(())
}

fn raw(t: &Thread, v: &Value) -> R {
    let data = Data::of(v);
    Bytes::try_alloc(t, data.size(), |to| {
        // SAFETY: the array's own memory.
        unsafe { super::memory::copy(data.place(), to.as_mut_ptr(), to.len()) };
    })
}

fn set_raw(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.raise_message(&t.types().attribute_error, "cannot delete attribute")) };
    let bytes = buffer::bytes_like(t, value)?;
    let data = Data::of(v);
    if bytes.len() > data.size() {
        return Err(t.value_error("byte string too long"));
    }
    // SAFETY: it fits.
    unsafe { super::memory::copy(bytes.as_ptr(), data.place(), bytes.len()) };
    Ok(())
}

fn wide_value(t: &Thread, v: &Value) -> R {
    let data = Data::of(v);
    // SAFETY: the array's own memory.
    wide::to_str(t, &unsafe { super::memory::wide_text(data.place(), data.size() / 4) })
}

fn set_wide_value(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete attribute")) };
    let data = Data::of(v);
    if value.cast::<Str>().is_some_and(|s| s.len() > data.size() / 4) {
        return Err(t.value_error("string too long"));
    }
    // SAFETY: the array's own memory.
    unsafe { data::write_wides(t, data.place(), data.size() / 4, value)? };
    Ok(())
}
