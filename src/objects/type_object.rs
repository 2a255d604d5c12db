//! `type`: classes. Their memory, attribute look-up along the MRO, and versions for inline caches.
//!
//! How classes are made from Python (`type.__new__`, metaclasses, `__slots__`, layouts) is in `type_new`;
//! how slots and dunder methods are kept in step is in `type_slots`.

use super::dict::Dict;
use super::header::{Header, Kind};
use super::instance::Part;
use super::shape::Shape;
use super::slot::Slot;
use super::slots::Slots;
use super::spec::type_flags;
use super::string::Str;
use super::thread::{self, Thread};
use super::tuple::Tuple;
use super::value::{Payload, Value};
use crate::sync::Guarded;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// The payload of a class.
#[repr(C)]
pub struct Type {
    pub(super) header: Header,
    /// What instances can do. Written while the class is made and, later, with the world stopped.
    pub(super) slots: UnsafeCell<Slots>,
    /// CPython's `tp_flags` and ours (`spec::type_flags`).
    pub flags: AtomicU64,
    /// Layout of instances' payload.
    pub(super) instance_kind: Kind,
    /// Bytes of the payload (its fixed part), header included.
    pub(super) payload_size: u32,
    /// Where instances keep their [`Part`]; 0 for none, `PART_AT_END` behind a payload of variable size.
    pub(super) part_offset: u32,
    /// Slots inline in the part: `__slots__` first, then attributes.
    pub(super) inline_slots: u32,
    /// How many of them are `__slots__`.
    pub(super) slot_count: u32,
    /// Names one state of the class and its bases, for caches; 0 for none.
    pub version: AtomicU32,
    /// What `LOAD_ATTR_CLASS...` and calls cache for the class: the version is the guard.
    pub(super) root_shape: AtomicPtr<Shape>,
    pub(super) dictionary_shape: AtomicPtr<Shape>,
    pub(super) name: Slot,
    pub(super) qualname: Slot,
    /// The namespace: a `dict`.
    pub(super) dict: Slot,
    pub(super) base: Slot,
    pub(super) bases: Slot,
    pub(super) mro: Slot,
    /// What a native metaclass keeps with the class (how its instances lie in C's memory): an object, or nothing.
    pub(super) native: Slot,
    /// Classes derived from this one, as addresses: a class takes itself out when it dies.
    pub(super) subclasses: Guarded<Vec<*const Type>>,
    /// What `type.__doc__` of a built-in says, and its module.
    pub(super) spec: Option<&'static super::spec::Spec>,
    /// `__abstractmethods__`, module state of native heap types and such live in `dict`.
    pub(super) weak_name: AtomicU64,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Type` are made in `bootstrap` and `type_new`.
unsafe impl Payload for Type {
    const KIND: Kind = Kind::Type;
}

impl Type {
    /// `part_offset` of types whose payload varies in size.
    pub const PART_AT_END: usize = 1;

    /// What instances can do.
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: written only while nobody else can read (see the field).
        unsafe { &*self.slots.get() }
    }

    /// Changes the slots. The world is stopped, or the class is not yet known to anybody.
    pub(super) fn edit_slots(&self, f: impl FnOnce(&mut Slots)) {
        // SAFETY: see above.
        f(unsafe { &mut *self.slots.get() });
    }

    /// Changes the slots while the interpreter starts, before anything runs.
    pub fn edit_slots_at_start(&self, f: impl FnOnce(&mut Slots)) {
        self.edit_slots(f);
    }

    #[inline(always)]
    pub fn has_flag(&self, flag: u64) -> bool {
        self.flags.load(Relaxed) & flag != 0
    }

    /// Whether the class was made by a `class` statement or `type()`.
    pub fn is_heap_type(&self) -> bool {
        self.has_flag(type_flags::HEAP)
    }

    #[inline(always)]
    pub fn part_offset(&self) -> usize {
        self.part_offset as usize
    }

    #[inline(always)]
    pub fn inline_slots(&self) -> usize {
        self.inline_slots as usize
    }

    #[inline(always)]
    pub fn slot_count(&self) -> usize {
        self.slot_count as usize
    }

    /// The table that describes a native type; `None` for a class.
    #[inline(always)]
    pub fn spec(&self) -> Option<&'static super::spec::Spec> {
        self.spec
    }

    pub fn instance_kind(&self) -> Kind {
        self.instance_kind
    }

    /// Bytes of the payload's fixed part.
    pub fn payload_size(&self) -> usize {
        self.payload_size as usize
    }

    /// Whether the attributes of instances lie in the instances themselves.
    pub fn has_inline_values(&self) -> bool {
        self.is_heap_type() && self.has_dict() && self.part_offset() == super::instance::PLAIN_OFFSET
    }

    /// Whether instances have a `__dict__` in their part.
    pub fn has_dict(&self) -> bool {
        self.has_flag(type_flags::HAS_DICT)
    }

    #[inline(always)]
    pub fn root_shape(&self) -> *const Shape {
        self.root_shape.load(Acquire)
    }

    #[inline(always)]
    pub fn dictionary_shape(&self) -> *const Shape {
        self.dictionary_shape.load(Acquire)
    }

    /// `__name__`, which for a built-in type is without its module.
    pub fn name(&self, t: &Thread) -> Value {
        self.name.get(t).unwrap_or(Value::NONE)
    }

    /// `tp_name` as messages show it: a built-in's with its module, a class's alone.
    pub fn name_str(&self) -> String {
        match self.spec {
            Some(spec) => spec.name.to_owned(),
            None => {
                let t = super::thread::current();
                self.name(t).cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
            }
        }
    }

    /// `__name__` as text: without a module.
    pub fn short_name(&self) -> String {
        match self.spec {
            Some(spec) => spec.name.rsplit('.').next().unwrap_or(spec.name).to_owned(),
            None => self.name_str(),
        }
    }

    /// `__module__.__qualname__`, the module left out if it is `builtins`.
    pub fn full_name(&self, t: &Thread) -> String {
        if let Some(spec) = self.spec {
            return spec.name.to_owned();
        }
        let text = |v: Option<Value>| v.and_then(|v| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()));
        let qualname = text(self.qualname.get(t)).unwrap_or_default();
        match text(self.own_attribute(t, &t.names().__module__)) {
            Some(module) if module != "builtins" && !module.is_empty() => format!("{module}.{qualname}"),
            _ => qualname,
        }
    }

    /// As [`Type::full_name`], the module left out if it is `__main__`, too: `%T` in CPython's messages.
    pub fn qualified_name(&self, t: &Thread) -> String {
        let name = self.full_name(t);
        name.strip_prefix("__main__.").map_or(name.clone(), str::to_owned)
    }

    /// The namespace.
    pub fn dict(&self, t: &Thread) -> Value {
        self.dict.get(t).expect("a class has a namespace")
    }

    /// The bases, a tuple.
    pub fn bases(&self, t: &Thread) -> Value {
        self.bases.get(t).expect("a class has bases")
    }

    /// The method resolution order, a tuple that begins with the class itself.
    pub fn mro(&self, t: &Thread) -> Value {
        self.mro.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone())
    }

    /// The base whose layout this class extends.
    pub fn base(&self, t: &Thread) -> Option<Value> {
        self.base.get(t)
    }

    /// What a native metaclass keeps with the class.
    pub fn native(&self, t: &Thread) -> Option<Value> {
        self.native.get(t)
    }

    /// Lets a native metaclass keep something with the class.
    pub fn set_native(&self, value: Value) {
        self.native.set(value);
    }

    /// `issubclass` without hooks: whether `other` is in the MRO.
    pub fn is_subtype(&self, other: &Type) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let t = super::thread::current();
        match self.mro.get(t) {
            Some(mro) => mro.cast::<Tuple>().is_some_and(|m| m.items().iter().any(|c| c.is_header(other.header()))),
            // While the class is being made: along the bases.
            None => self.base.get(t).and_then(|b| b.cast::<Type>().map(|b| b.is_subtype(other))).unwrap_or(false),
        }
    }

    /// A name in this class's own namespace.
    pub fn own_attribute(&self, t: &Thread, name: &Value) -> Option<Value> {
        self.dict(t).cast::<Dict>()?.get_str(t, name)
    }

    /// A name in the namespaces along the MRO (`_PyType_Lookup`), cached per thread.
    #[inline(always)]
    pub fn lookup(&self, t: &Thread, name: &Value) -> Option<Value> {
        let version = self.version.load(Acquire);
        if version != 0 {
            // SAFETY: the cache belongs to this thread.
            if let Some(found) = unsafe { (*t.type_cache.get()).get(t, version, name) }
                && (t.gil_enabled() || self.version.load(Acquire) == version)
            {
                return found;
            }
        }
        self.lookup_slow(t, name)
    }

    #[cold]
    #[inline(never)]
    fn lookup_slow(&self, t: &Thread, name: &Value) -> Option<Value> {
        let version = self.assign_version(t);
        let found = self.lookup_uncached(t, name);
        if version != 0 && name.cast_exact::<Str>().is_some_and(|s| s.is_interned()) {
            // SAFETY: the cache belongs to this thread.
            unsafe { (*t.type_cache.get()).put(version, name, found.as_ref()) };
        }
        found
    }

    fn lookup_uncached(&self, t: &Thread, name: &Value) -> Option<Value> {
        let mro = self.mro(t);
        for class in mro.cast::<Tuple>()?.items() {
            if let Some(found) = class.cast::<Type>().and_then(|c| c.own_attribute(t, name)) {
                return Some(found);
            }
        }
        None
    }

    /// The version, given now if there is none (0 when they have run out). Bases get theirs first: changing a
    /// base must take the versions of all that derive from it.
    pub fn assign_version(&self, t: &Thread) -> u32 {
        match self.version.load(Acquire) {
            0 => {
                if !self.has_flag(type_flags::READY) {
                    return 0;
                }
                let v = t.interp.new_version();
                self.version.store(v, Release);
                v
            }
            v => v,
        }
    }

    /// The class or one of its bases changed: caches that depend on it are void, here and in all subclasses.
    pub fn modified(&self) {
        self.version.store(0, Release);
        for shape in [self.root_shape(), self.dictionary_shape()] {
            if !shape.is_null() {
                // SAFETY: shapes live as long as their type.
                unsafe { (*shape).invalidate() };
            }
        }
        // Locked to the end: a class takes itself out of its bases' lists before it is freed.
        for &subclass in self.subclasses.lock().iter() {
            // SAFETY: see above.
            unsafe { (*subclass).modified() };
        }
    }

    /// Direct subclasses that are alive.
    pub fn subclasses(&self) -> Vec<Value> {
        let list = self.subclasses.lock();
        let alive = |&class: &*const Type| {
            // SAFETY: as in `modified`; a class whose last reference has gone is passed over.
            unsafe { (*class).header.try_incref(thread::tid()).then(|| Value::from_header(class as *const Header)) }
        };
        list.iter().filter_map(alive).collect()
    }

    pub(super) fn add_subclass(&self, class: &Type) {
        self.subclasses.lock().push(class);
    }

    pub(super) fn remove_subclass(&self, class: *const Type) {
        self.subclasses.lock().retain(|&c| !std::ptr::eq(c, class));
    }

    /// Visits what the class holds (collector).
    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(typ) = value.cast::<Type>() {
            for slot in [&typ.name, &typ.qualname, &typ.dict, &typ.base, &typ.bases, &typ.mro, &typ.native] {
                slot.visit(visit);
            }
        }
    }

    /// Breaks the cycles through the class (collector): the namespace and the MRO.
    pub fn clear_refs(t: &Thread, value: &Value) {
        if let Some(typ) = value.cast::<Type>() {
            if let Some(dict) = typ.dict.get(t) {
                dict.cast::<Dict>().expect("a namespace is a dict").clear(t);
            }
            typ.mro.set(t.interp.empty_tuple.clone());
            drop(typ.native.take());
        }
    }

    /// # Safety
    /// The object is dead: no instance and no subclass is left.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to the class.
        unsafe {
            let typ = this as *mut Type;
            let t = super::thread::current();
            if let Some(bases) = (*typ).bases.get(t)
                && let Some(bases) = bases.cast::<Tuple>()
            {
                bases.items().iter().filter_map(|b| b.cast::<Type>()).for_each(|b| b.remove_subclass(typ));
            }
            let typ_slots = [&(*typ).name, &(*typ).qualname, &(*typ).dict, &(*typ).base, &(*typ).bases, &(*typ).mro];
            for slot in typ_slots.into_iter().chain([&(*typ).native]) {
                drop(slot.take_last());
            }
            for shape in [(*typ).root_shape(), (*typ).dictionary_shape()] {
                if !shape.is_null() {
                    Shape::free_tree(shape);
                }
            }
            std::ptr::drop_in_place(&raw mut (*typ).subclasses);
        }
    }
}

/// Where the part of an object with a payload of variable size lies: behind its items.
pub(super) fn var_part_offset(header: &Header) -> usize {
    var_payload_size(header).next_multiple_of(8)
}

/// Bytes of a payload whose size depends on the instance.
pub(super) fn var_payload_size(header: &Header) -> usize {
    // Not counted: the object may be dying.
    // SAFETY: the header is that of an object; the value is never dropped.
    let value = std::mem::ManuallyDrop::new(unsafe { Value::from_header(header) });
    match header.layout() {
        Kind::Tuple => value.cast::<Tuple>().map_or(0, |v| Tuple::size_for(v.len())),
        Kind::Str => value.cast::<Str>().map_or(0, |s| std::mem::size_of::<Str>() + s.unit_bytes().len()),
        Kind::Bytes => value.cast::<super::bytes::Bytes>().map_or(0, |b| super::bytes::Bytes::size_for(b.len())),
        _ => header.type_of().payload_size(),
    }
}

/// The instance part of a value, with its header and type.
pub fn part_of(value: &Value) -> Option<(&Part, &Header, &Type)> {
    let header = value.header()?;
    Some((Part::of(header)?, header, header.type_of()))
}
