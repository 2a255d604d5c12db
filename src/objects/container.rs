//! What the container types and their iterators share: payloads made from a list of fields, the guard against
//! endless `repr`, argument checks of constructors, and `__class_getitem__`.

use super::slot::Slot;
use super::slots::{Args, R, Raised};
use super::string::Str;
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicIsize, AtomicU32, AtomicUsize};

/// A field of a payload: what the collector must know of it.
pub trait Field {
    /// Shows the references it holds.
    fn visit(&self, _visit: &mut dyn FnMut(&Value)) {}
    /// Drops the references it can do without.
    fn clear(&self) {}
}

impl Field for Slot {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        Slot::visit(self, visit);
    }
    fn clear(&self) {
        drop(self.take());
    }
}

impl Field for Value {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(self);
    }
}

impl<T: Field> Field for Box<[T]> {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.iter().for_each(|f| f.visit(visit));
    }
    fn clear(&self) {
        self.iter().for_each(Field::clear);
    }
}

/// What a [`Guarded`](crate::sync::Guarded) field holds.
pub trait Held: Default {
    /// Shows the references it holds.
    fn visit(&self, visit: &mut dyn FnMut(&Value));
}

impl Held for Vec<Value> {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.iter().for_each(visit);
    }
}

impl Held for Vec<usize> {
    fn visit(&self, _visit: &mut dyn FnMut(&Value)) {}
}

impl<T: Held> Field for crate::sync::Guarded<T> {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.lock().visit(visit);
    }
    fn clear(&self) {
        let held = std::mem::take(&mut *self.lock());
        drop(held);
    }
}

macro_rules! plain_fields {
    ($($type:ty),* $(,)?) => { $(impl Field for $type {})* };
}
plain_fields!(u32, AtomicBool, AtomicI64, AtomicIsize, AtomicU32, AtomicUsize, bool, u8, i64, usize);

/// Declares the payload of an object: a structure with a header, how to make one, and what the slots `drop`,
/// `traverse` and `clear` do with its fields.
macro_rules! payload {
    ($(#[$meta:meta])* $name:ident: $kind:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[repr(C)]
        pub struct $name {
            header: $crate::objects::header::Header,
            $($(#[$field_meta])* pub(crate) $field: $type),*
        }

        // SAFETY: `repr(C)`, header first; all objects of the kind are made by `make` or `make_for`.
        unsafe impl $crate::objects::value::Payload for $name {
            const KIND: $crate::objects::header::Kind = $crate::objects::header::Kind::$kind;
        }

        #[allow(dead_code)]
        impl $name {
            /// A new object of the built-in type `typ` itself.
            pub(crate) fn make_for(t: &$crate::objects::thread::Thread, typ: &$crate::objects::type_object::Type, $($field: $type),*) -> $crate::objects::value::Value {
                // SAFETY: every field is written.
                unsafe {
                    $crate::objects::native::allocate::<$name>(
                        t,
                        <$name as $crate::objects::value::Payload>::KIND,
                        typ,
                        $crate::objects::header::gc_bits::TRACKED,
                        |this| { $((&raw mut (*this).$field).write($field);)* },
                    )
                }
            }

            /// A new object of `class`, which may be a subclass.
            pub(crate) fn make_in(t: &$crate::objects::thread::Thread, class: &$crate::objects::type_object::Type, $($field: $type),*) -> $crate::objects::slots::R {
                // SAFETY: every field is written.
                unsafe {
                    $crate::objects::container::allocate_in::<$name>(t, class, |this| {
                        $((&raw mut (*this).$field).write($field);)*
                    })
                }
            }

            /// # Safety
            /// The object is dead.
            pub(crate) unsafe fn drop_payload(this: *mut $crate::objects::header::Header) {
                // SAFETY: nobody else refers to it; every field is dropped once.
                unsafe {
                    let this = this as *mut $name;
                    $(std::ptr::drop_in_place(&raw mut (*this).$field);)*
                }
            }

            /// Shows the collector what the object holds.
            pub(crate) fn traverse(value: &$crate::objects::value::Value, visit: &mut dyn FnMut(&$crate::objects::value::Value)) {
                if let Some(this) = value.cast::<$name>() {
                    $($crate::objects::container::Field::visit(&this.$field, visit);)*
                }
            }

            /// Breaks the cycles through the object (collector).
            pub(crate) fn clear_refs(_t: &$crate::objects::thread::Thread, value: &$crate::objects::value::Value) {
                if let Some(this) = value.cast::<$name>() {
                    $($crate::objects::container::Field::clear(&this.$field);)*
                }
            }
        }
    };
}
pub(crate) use payload;

/// An object of `class` with the payload that `init` writes.
///
/// # Safety
/// `class` has the layout `T`, and `init` writes every field behind the header.
pub unsafe fn allocate_in<T: Payload>(t: &Thread, class: &Type, init: impl FnOnce(*mut T)) -> R {
    // SAFETY: as above.
    unsafe { super::alloc::alloc_instance(t, class, init) }
}

/// `class.__new__` was given something that is no class of this layout: cannot happen from Python, where
/// `tp_new` wrappers check it.
pub fn class_of<'a>(t: &Thread, class: &'a Value) -> R<&'a Type> {
    class.cast::<Type>().ok_or_else(|| t.type_error("expected a class"))
}

/// Marks an object as being shown by `repr`, until dropped.
pub struct ReprGuard<'t>(&'t Thread);

impl<'t> ReprGuard<'t> {
    /// `None` if the object's `repr` is under way already.
    pub fn enter(t: &'t Thread, v: &Value) -> Option<ReprGuard<'t>> {
        let mut running = t.repr_running.borrow_mut();
        if running.contains(&v.id()) {
            return None;
        }
        running.push(v.id());
        Some(ReprGuard(t))
    }
}

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        self.0.repr_running.borrow_mut().pop();
    }
}

/// Text under construction, as WTF-8.
#[derive(Default)]
pub struct Text(Vec<u8>);

impl Text {
    pub fn push(&mut self, s: &str) {
        self.0.extend_from_slice(s.as_bytes());
    }

    pub fn push_str(&mut self, s: &Value) {
        if let Some(s) = s.cast::<Str>() {
            self.0.extend_from_slice(&s.to_wtf8());
        }
    }

    /// Adds `repr(v)`.
    pub fn push_repr(&mut self, t: &Thread, v: &Value) -> R<()> {
        let s = super::protocol::repr(t, v)?;
        self.push_str(&s);
        Ok(())
    }

    pub fn finish(self, t: &Thread) -> Value {
        Str::from_wtf8(t, &self.0)
    }
}

/// `open a, b, c close`: the items shown by `repr`.
pub fn repr_items(t: &Thread, open: &str, items: &[Value], close: &str) -> R {
    let mut out = Text::default();
    out.push(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(", ");
        }
        out.push_repr(t, item)?;
    }
    out.push(close);
    Ok(out.finish(t))
}

/// `TypeError` if keyword arguments were given to a constructor that takes none.
pub fn no_keywords(t: &Thread, name: &str, args: Args<'_>) -> R<()> {
    if args.kw.is_empty() {
        return Ok(());
    }
    Err(t.type_error(format!("{name}() takes no keyword arguments")))
}

/// `TypeError` unless the number of positional arguments lies within the bounds.
pub fn check_positional(t: &Thread, name: &str, given: usize, min: usize, max: usize) -> R<()> {
    if (min..=max).contains(&given) {
        return Ok(());
    }
    Err(t.type_error(super::native::count_message(name, min, max, given)))
}

/// Whether `class` is a subclass that has an `__init__` of its own: its arguments are then nobody else's business.
pub fn overrides_init(class: &Type, builtin: &Type) -> bool {
    !std::ptr::eq(class, builtin) && class.slots().init.map(|f| f as usize) != builtin.slots().init.map(|f| f as usize)
}

/// `list[int]`.
pub fn class_getitem(t: &Thread, class: &Value, item: &Value) -> R {
    super::generic_alias::make(t, class, item)
}

/// The value of an int as a big one; 0 for anything else.
pub fn to_big(v: &Value) -> num_bigint::BigInt {
    super::int::big_of(v).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// A function of the running frame's builtins, for `__reduce__`.
pub fn builtin(t: &Thread, name: &str) -> R {
    let frame = t.frame.get();
    let builtins = if frame.is_null() {
        t.interp.builtins_dict.get(t)
    } else {
        // SAFETY: the running frame's words are valid.
        Some(unsafe { Value::from_ref(&(*frame).builtins) }.clone())
    };
    let name = t.intern(name);
    let found = match builtins {
        Some(builtins) => t.catch(super::protocol::getitem(t, &builtins, &name), |types| &types.key_error)?,
        None => None,
    };
    found.ok_or_else(|| t.raise_with(&t.types().attribute_error, &[name]))
}

/// A bound of `index(value, start, stop)`: an int, clamped.
pub fn index_bound(t: &Thread, v: &Value) -> R<isize> {
    if let Some(i) = v.as_small() {
        return Ok(i as isize);
    }
    if v.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error("slice indices must be integers or have an __index__ method"));
    }
    super::protocol::index_clamped(t, v)
}

/// `start` and `stop` of `index(value, start, stop)` on a sequence that long.
pub fn search_range(t: &Thread, args: &[Value], len: impl Fn() -> usize) -> R<(usize, usize)> {
    let start = args.first().map_or(Ok(0), |v| index_bound(t, v))?;
    let stop = args.get(1).map_or(Ok(isize::MAX), |v| index_bound(t, v))?;
    let len = len() as isize;
    let clamp = |i: isize| if i < 0 { (i + len).max(0) } else { i } as usize;
    Ok((clamp(start), clamp(stop)))
}

/// The number of items of `len` items repeated: `OverflowError`s and `MemoryError`s as CPython's.
pub fn repeated_len(t: &Thread, len: usize, times: i64) -> R<usize> {
    let times = times.max(0) as usize;
    match len.checked_mul(times) {
        Some(n) if n <= isize::MAX as usize / 8 => Ok(n),
        _ => Err(t.memory_error()),
    }
}

/// A new vector with room for so many; `MemoryError` where the system has no such memory.
pub fn try_vec<T>(t: &Thread, capacity: usize) -> R<Vec<T>> {
    let mut out = Vec::new();
    out.try_reserve_exact(capacity).map_err(|_| t.memory_error())?;
    Ok(out)
}

/// The `TypeError` of a key that cannot be hashed, said of the container: "cannot use 'list' as a dict key (...)".
#[cold]
pub fn unhashable_in(t: &Thread, raised: Raised, key: &Value, what: &str) -> Raised {
    let exception = t.take_exception(raised);
    if !std::ptr::eq(exception.type_of(t), t.types().type_error.get()) {
        return t.raise_as_is(exception);
    }
    match super::protocol::to_text(t, &exception) {
        Ok(text) => t.type_error(format!("cannot use '{}' as a {what} ({text})", key.type_of(t).qualified_name(t))),
        Err(raised) => raised,
    }
}
