//! C data: objects that are memory laid out as C has it.
//!
//! An instance owns its memory, or lies within another's (a field of a structure, an item of an array), which it then
//! keeps alive, or lies where an address says. Pointers in the memory do not count as references, so an object that
//! something in the memory points to is kept in `_objects` of the outermost instance, by the place of the pointer.

use super::codes::Bits;
use super::function::Function;
use super::info::{self, Class, Held, Info};
use super::memory::{self, Block};
use super::{meta, wide};
use crate::modules::module_type;
use crate::objects::buffer::{Buffer, Layout};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

/// What keeps an instance's memory.
enum Memory {
    Own(#[allow(dead_code, reason = "frees the memory when it is dropped")] Block),
    Lent(Buffer),
}

/// The payload of every instance.
pub struct Data {
    place: AtomicPtr<u8>,
    size: AtomicUsize,
    /// All the memory that it ever had: others may still look at what was there before a `resize`.
    memory: Mutex<Vec<Memory>>,
    owned: bool,
    /// The instance that it lies in, and which of its parts it is.
    base: Slot,
    index: usize,
    objects: Slot,
    pub function: Option<Box<Function>>,
}

impl Native for Data {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.base.visit(visit);
        self.objects.visit(visit);
        for memory in self.memory.lock().expect("no panic under this lock").iter() {
            if let Memory::Lent(buffer) = memory {
                visit(&buffer.obj);
            }
        }
        if let Some(function) = &self.function {
            function.visit(visit);
        }
    }

    fn clear(&self, _t: &Thread) {
        drop(self.objects.take());
        if let Some(function) = &self.function {
            function.clear();
        }
    }
}

impl Data {
    fn new(place: *mut u8, size: usize, memory: Vec<Memory>) -> Data {
        Data {
            place: AtomicPtr::new(place),
            size: AtomicUsize::new(size),
            owned: matches!(memory[..], [Memory::Own(_)]),
            memory: Mutex::new(memory),
            base: Slot::EMPTY,
            index: 0,
            objects: Slot::EMPTY,
            function: None,
        }
    }

    /// The payload of an instance.
    pub fn of(v: &Value) -> &Data {
        v.opaque::<Data>().expect("slots of C data get instances")
    }

    /// Where it lies.
    pub fn place(&self) -> *mut u8 {
        self.place.load(Acquire)
    }

    /// Its bytes.
    pub fn size(&self) -> usize {
        self.size.load(Relaxed)
    }

    /// Gives it memory of that size, with what it holds.
    pub fn resize(&self, t: &Thread, size: usize) -> R<()> {
        if !self.owned {
            return Err(t.value_error("Memory cannot be resized because this object doesn't own it"));
        }
        let block = Block::new(t, size)?;
        let mut memory = self.memory.lock().expect("no panic under this lock");
        // SAFETY: both have room for so many bytes.
        unsafe { memory::copy(self.place(), block.place(), self.size().min(size)) };
        self.place.store(block.place(), Release);
        self.size.store(size, Relaxed);
        memory.push(Memory::Own(block));
        Ok(())
    }
}

fn make(t: &Thread, class: &Value, info: &Info, data: Data) -> R {
    info.settle();
    opaque::new(t, meta::class_of(t, class)?, data)
}

/// A new instance, all zeros.
pub fn blank(t: &Thread, class: &Value) -> R {
    blank_with(t, class, None)
}

/// As [`blank`], with what a function pointer has besides.
pub fn blank_with(t: &Thread, class: &Value, function: Option<Box<Function>>) -> R {
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    let block = Block::new(t, info.size)?;
    let function = function.or_else(|| (info.class == Class::Function).then(Box::default));
    let data = Data::new(block.place(), info.size, vec![Memory::Own(block)]);
    make(t, class, &info, Data { function, ..data })
}

/// An instance at an address.
pub fn at_address(t: &Thread, class: &Value, address: *mut u8) -> R {
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    crate::modules::sys::audit::audit(t, "ctypes.cdata", &[crate::objects::int::from_u64(t, address as u64)])?;
    let function = (info.class == Class::Function).then(Box::default);
    make(t, class, &info, Data { function, ..Data::new(address, info.size, Vec::new()) })
}

/// An instance in memory that another object lends.
pub fn with_buffer(t: &Thread, class: &Value, info: &Info, place: *mut u8, buffer: Buffer) -> R {
    let function = (info.class == Class::Function).then(Box::default);
    make(t, class, info, Data { function, ..Data::new(place, info.size, vec![Memory::Lent(buffer)]) })
}

/// An instance within another's memory, or at a place that the other points to.
pub fn within(t: &Thread, class: &Value, base: &Value, index: usize, place: *mut u8) -> R {
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    let function = (info.class == Class::Function).then(Box::default);
    let data = Data::new(place, info.size, Vec::new());
    make(t, class, &info, Data { function, base: Slot::new(base.clone()), index, ..data })
}

/// An instance with a copy of what lies there.
///
/// # Safety
/// An instance's bytes are readable there.
pub unsafe fn copy_of(t: &Thread, class: &Value, place: *const u8) -> R {
    let object = blank(t, class)?;
    let data = Data::of(&object);
    // SAFETY: readable, says the caller; the new instance has the same size.
    unsafe { memory::copy(place, data.place(), data.size()) };
    Ok(object)
}

/// The outermost instance that it lies in.
fn container(t: &Thread, v: &Value) -> Value {
    let mut outer = v.clone();
    while let Some(base) = Data::of(&outer).base.get(t) {
        outer = base;
    }
    outer
}

/// What the outermost instance keeps alive: a dict, if it has parts.
pub fn kept(t: &Thread, v: &Value) -> Value {
    let outer = container(t, v);
    let data = Data::of(&outer);
    if let Some(objects) = data.objects.get(t) {
        return objects;
    }
    let parts = info::of_instance(t, &outer).is_some_and(|info| info.length > 0);
    let fresh = if parts { Dict::make(t) } else { Value::NONE };
    let _guard = outer.header().map(|header| t.lock(header));
    match data.objects.get(t) {
        Some(objects) => objects,
        None => {
            // It was empty: nothing is displaced.
            drop(data.objects.replace(Some(fresh.clone())));
            fresh
        }
    }
}

/// Keeps an object alive for what lies at that index.
pub fn keep(t: &Thread, v: &Value, index: i64, object: Option<Value>) -> R<()> {
    let Some(object) = object.filter(|o| !o.is_none()) else { return Ok(()) };
    let objects = kept(t, v);
    let Some(dict) = objects.cast_exact::<Dict>() else {
        Data::of(&container(t, v)).objects.set(object);
        return Ok(());
    };
    let mut key = format!("{:x}", index as u32);
    let mut at = v.clone();
    while let Some(base) = Data::of(&at).base.get(t) {
        key.push_str(&format!(":{:x}", Data::of(&at).index));
        at = base;
    }
    dict.set(t, t.str(key), object)
}

/// How a part is read and written, where its type alone does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    #[default]
    AsTyped,
    /// An array of characters as `bytes`.
    Chars,
    /// An array of wide characters as `str`.
    Wides,
    Bits(u32, u32),
}

/// A part of an instance's memory.
pub struct Part<'a> {
    pub class: &'a Value,
    pub how: How,
    pub index: usize,
    pub size: usize,
    pub place: *mut u8,
}

impl Part<'_> {
    fn bits(&self) -> Bits {
        match self.how {
            How::Bits(count, low) => Some((count, low)),
            _ => None,
        }
    }

    /// The part's value: of simple types a Python object, of others an instance within `owner`.
    ///
    /// # Safety
    /// The part's memory is readable.
    pub unsafe fn get(&self, t: &Thread, owner: &Value) -> R {
        // SAFETY: as the caller says.
        unsafe {
            match self.how {
                How::Chars => return Ok(Bytes::make(t, &memory::text(self.place, self.size))),
                How::Wides => return wide::to_str(t, &memory::wide_text(self.place, self.size / 4)),
                _ => {}
            }
            let class = meta::class_of(t, self.class)?;
            let info = info::concrete(t, class)?;
            match info.code {
                Some(code) if self.bits().is_some() || !info::is_own_simple(t, class) => {
                    code.get(t, self.place, info.swapped, self.bits())
                }
                _ => within(t, self.class, owner, self.index, self.place),
            }
        }
    }

    /// Writes the part; `owner` keeps what it refers to.
    ///
    /// # Safety
    /// The part's memory is writable.
    pub unsafe fn set(&self, t: &Thread, owner: &Value, value: &Value) -> R<()> {
        // SAFETY: as the caller says.
        let object = unsafe { self.write(t, value)? };
        keep(t, owner, self.index as i64, object)
    }

    /// # Safety
    /// As for [`Part::set`].
    unsafe fn write(&self, t: &Thread, value: &Value) -> R<Option<Value>> {
        match self.how {
            // SAFETY: as the caller says.
            How::Chars => return unsafe { write_chars(t, self.place, self.size, value) },
            // SAFETY: as above.
            How::Wides => return unsafe { write_wides(t, self.place, self.size / 4, value) },
            _ => {}
        }
        let class = meta::class_of(t, self.class)?;
        let info = info::concrete(t, class)?;
        let Some(given) = value.opaque::<Data>() else {
            // SAFETY: as above.
            return unsafe { self.write_plain(t, class, &info, value) };
        };
        if let (Some(code), true) = (info.code, self.bits().is_some()) {
            // SAFETY: as above.
            return unsafe { code.set(t, self.place, value, info.swapped, self.bits()) };
        }
        if protocol::isinstance(t, value, self.class)? {
            // SAFETY: an instance of the type has at least its size.
            unsafe { memory::copy(given.place(), self.place, self.size.min(given.size())) };
            return Ok(Some(kept(t, value)));
        }
        let incompatible = || {
            let (given, wanted) = (value.type_of(t).name_str(), class.name_str());
            t.type_error(format!("incompatible types, {given} instance instead of {wanted} instance"))
        };
        let theirs = info::concrete(t, value.type_of(t))?;
        if info.class != Class::Pointer || theirs.class != Class::Array {
            return Err(incompatible());
        }
        match (&info.proto, &theirs.proto) {
            (Some(a), Some(b)) if a.is(b) => {}
            _ => return Err(incompatible()),
        }
        // SAFETY: a pointer fits. The array itself is kept as well as what it keeps.
        unsafe { memory::store_pointer(self.place, given.place()) };
        Ok(Some(t.tuple([kept(t, value), value.clone()])))
    }

    /// # Safety
    /// As for [`Part::set`].
    unsafe fn write_plain(&self, t: &Thread, class: &Type, info: &Held, value: &Value) -> R<Option<Value>> {
        if let Some(code) = info.code {
            // SAFETY: as the caller says.
            return unsafe { code.set(t, self.place, value, info.swapped, self.bits()) };
        }
        if info.class == Class::Function {
            let made = protocol::call(t, self.class, std::slice::from_ref(value))?;
            // SAFETY: as above.
            unsafe { memory::copy(Data::of(&made).place(), self.place, info.size) };
            return Ok(Some(made));
        }
        if let Some(items) = value.cast::<Tuple>() {
            let made = match protocol::call(t, self.class, items.items()) {
                Ok(made) => made,
                Err(raised) => {
                    let error = t.take_exception(raised);
                    let kind = error.type_of(t).name_str();
                    let text = protocol::to_text(t, &error)?;
                    return Err(t.runtime_error(format!("({}) {kind}: {text}", class.name_str())));
                }
            };
            // SAFETY: the same place, an instance of the type.
            return unsafe { self.write(t, &made) };
        }
        if info.class == Class::Pointer && value.is_none() {
            // SAFETY: a pointer fits.
            unsafe { memory::store_pointer(self.place, std::ptr::null()) };
            return Ok(None);
        }
        let (wanted, given) = (class.name_str(), value.type_of(t).name_str());
        Err(t.type_error(format!("expected {wanted} instance, got {given}")))
    }
}

/// # Safety
/// So many bytes are writable.
unsafe fn write_chars(t: &Thread, place: *mut u8, size: usize, value: &Value) -> R<Option<Value>> {
    let Some(bytes) = value.cast::<Bytes>() else {
        return Err(t.type_error(format!("expected bytes, {} found", value.type_of(t).name_str())));
    };
    // As a C string: up to the first zero.
    let bytes = bytes.as_slice().split(|&b| b == 0).next().unwrap_or(&[]);
    if bytes.len() > size {
        return Err(t.value_error(format!("bytes too long ({}, maximum length {size})", bytes.len())));
    }
    // SAFETY: it fits, the zero as well if there is room for it.
    unsafe {
        memory::copy(bytes.as_ptr(), place, bytes.len());
        if bytes.len() < size {
            memory::store(place.add(bytes.len()), &[0]);
        }
    }
    Ok(None)
}

/// # Safety
/// So many wide characters are writable.
pub unsafe fn write_wides(t: &Thread, place: *mut u8, room: usize, value: &Value) -> R<Option<Value>> {
    let Some(string) = value.cast::<Str>() else {
        let given = value.type_of(t).name_str();
        return Err(t.type_error(format!("unicode string expected instead of {given} instance")));
    };
    if string.len() > room {
        return Err(t.value_error(format!("string too long ({}, maximum length {room})", string.len())));
    }
    let end = (string.len() < room).then_some(0);
    for (i, unit) in string.units().iter().chain(end).enumerate() {
        // SAFETY: it fits.
        unsafe { memory::store(place.add(i * 4), &unit.to_ne_bytes()) };
    }
    Ok(None)
}

fn lend(t: &Thread, v: &Value, _flags: u32) -> R<Buffer> {
    let data = Data::of(v);
    let info = info::concrete(t, v.type_of(t))?;
    // SAFETY: the memory lives as long as the instance.
    let mut buffer = unsafe { Buffer::new(v.clone(), data.place(), data.size(), false, None) };
    let items: usize = info.shape.iter().product();
    let itemsize = match items {
        0 if !info.shape.is_empty() => item_size(t, &info),
        items => info.size / items.max(1),
    };
    buffer = buffer.with_format(itemsize, info.format.clone());
    buffer.layout = Some(Box::new(Layout::in_order(info.shape.clone(), itemsize)));
    Ok(buffer)
}

/// The size of the innermost items of an array.
fn item_size(t: &Thread, info: &Info) -> usize {
    let Some(inner) = info.proto.as_ref().and_then(|proto| info::of_class(t, proto)) else { return info.size };
    if inner.class == Class::Array { item_size(t, &inner) } else { inner.size }
}

fn hash(t: &Thread, _v: &Value) -> R<i64> {
    Err(t.type_error("unhashable type"))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let info = info::concrete(t, v.type_of(t))?;
    if info.has_pointer {
        return Err(t.value_error("ctypes objects containing pointers cannot be pickled"));
    }
    let dict = protocol::getattr_str(t, v, "__dict__")?;
    let data = Data::of(v);
    let mut bytes = vec![0; data.size()];
    // SAFETY: the instance's own memory.
    unsafe { memory::copy(data.place(), bytes.as_mut_ptr(), bytes.len()) };
    let state = t.tuple([dict, Bytes::make(t, &bytes)]);
    let unpickle = super::unpickler(t)?;
    Ok(t.tuple([unpickle, t.tuple([v.type_of_value(t), state])]))
}

fn setstate(t: &Thread, v: &Value, args: &[Value]) -> R {
    let Some(bytes) = args[1].cast::<Bytes>() else {
        let given = args[1].type_of(t).name_str();
        return Err(t.type_error(format!("__setstate__() argument 2 must be read-only bytes-like object, not {given}")));
    };
    let data = Data::of(v);
    // SAFETY: no more than either has.
    unsafe { memory::copy(bytes.as_slice().as_ptr(), data.place(), bytes.len().min(data.size())) };
    let own = protocol::getattr_str(t, v, "__dict__")?;
    let Some(dict) = own.cast::<Dict>() else {
        let (class, given) = (v.type_of(t).name_str(), own.type_of(t).name_str());
        return Err(t.type_error(format!("{class}.__dict__ must be a dictionary, not {given}")));
    };
    crate::objects::dict::merge::merge(t, dict, &args[0], crate::objects::dict::merge::Present::Replace)?;
    Ok(Value::NONE)
}

fn from_outparam(_t: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn b_base(t: &Thread, v: &Value) -> R {
    Ok(Data::of(v).base.get(t).unwrap_or(Value::NONE))
}

fn b_needsfree(_t: &Thread, v: &Value) -> R {
    Ok(Value::small(Data::of(v).owned.into()))
}

fn get_objects(t: &Thread, v: &Value) -> R {
    Ok(Data::of(v).objects.get(t).unwrap_or(Value::NONE))
}

/// What the classes of C data share.
pub const BASE: Spec = {
    let mut spec = opaque::spec::<Data>("_ctypes._CData");
    spec.flags |= type_flags::BASETYPE;
    spec.slots.bf_get = Some(lend);
    spec
};

static SPEC: Spec = Spec {
    doc: "XXX to be provided",
    slots: Slots { hash: Some(hash), ..BASE.slots },
    methods: &[
        Def::new(
            "__ctypes_from_outparam__",
            Func::NoArgs(from_outparam),
            "($self, /)",
            "default __ctypes_from_outparam__ method returns self.",
        ),
        Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
        Def::new("__setstate__", Func::Pos(setstate, 2, 2), "($self, dict, data, /)", ""),
    ],
    getset: &[
        GetSet::member("_b_base_", b_base, "the base object"),
        GetSet::member("_b_needsfree_", b_needsfree, "whether the object owns the memory or not"),
        GetSet::member("_objects", get_objects, "internal objects tree (NEVER CHANGE THIS OBJECT!)"),
    ],
    ..BASE
};

/// `_ctypes._CData`.
pub fn class(t: &Thread) -> Value {
    module_type(t, &SPEC)
}

/// `__new__` of most classes.
pub fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    blank(t, class)
}

/// Whether the value is C data; `TypeError` that names the argument otherwise.
pub fn expect<'a>(t: &Thread, v: &'a Value, argument: &str) -> R<&'a Data> {
    v.opaque::<Data>()
        .ok_or_else(|| t.type_error(format!("{argument} must be _ctypes._CData, not {}", v.type_of(t).name_str())))
}

impl Data {
    /// What the instance itself keeps alive, a dict if it is nothing yet: for another that shares it.
    pub fn share_objects(&self, t: &Thread, v: &Value) -> Value {
        kept(t, v);
        if let Some(objects) = self.objects.get(t).filter(|objects| !objects.is_none()) {
            return objects;
        }
        let fresh = Dict::make(t);
        self.objects.set(fresh.clone());
        fresh
    }

    /// Shares what another keeps alive.
    pub fn set_objects(&self, objects: Value) {
        self.objects.set(objects);
    }
}
