//! The generic slot functions of classes written in Python: each calls the special method, found on the type.
//!
//! A plain function is called with the instance as first argument; no bound method is made.

use super::super::attribute::{self, Borrowed};
use super::super::descriptors::WrapperDescr;
use super::super::protocol;
use super::super::slots::*;
use super::super::spec::type_flags;
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::{Payload, Value};

/// A special method, found on the type.
enum Method {
    /// To be called with the instance in front.
    Unbound(Value),
    Bound(Value),
}

#[inline(always)]
fn find(t: &Thread, v: &Value, name: &Value) -> R<Option<Method>> {
    let typ = v.type_of(t);
    let Some(found) = typ.lookup(t, name) else { return Ok(None) };
    bind(t, v, typ, found).map(Some)
}

#[inline(always)]
fn bind(t: &Thread, v: &Value, typ: &Type, found: Value) -> R<Method> {
    let of = found.type_of(t);
    if of.has_flag(type_flags::METHOD_DESCRIPTOR) {
        return Ok(Method::Unbound(found));
    }
    match of.slots().descr_get {
        Some(get) => Ok(Method::Bound(get(t, &found, Some(v), Some(&typ.value()))?)),
        None => Ok(Method::Bound(found)),
    }
}

impl Method {
    /// Calls it with `N` arguments.
    #[inline(always)]
    fn call<const N: usize>(&self, t: &Thread, v: &Value, args: [&Value; N]) -> R {
        match self {
            Method::Unbound(f) => {
                let mut all = [const { Borrowed::NOTHING }; 4];
                all[0] = Borrowed::new(v);
                for (place, arg) in all[1..].iter_mut().zip(args) {
                    *place = Borrowed::new(arg);
                }
                protocol::call(t, f, Borrowed::slice(&all[..N + 1]))
            }
            Method::Bound(f) => {
                let mut all = [const { Borrowed::NOTHING }; 3];
                for (place, arg) in all.iter_mut().zip(args) {
                    *place = Borrowed::new(arg);
                }
                protocol::call(t, f, Borrowed::slice(&all[..N]))
            }
        }
    }

    /// Calls it with any arguments.
    fn call_args(&self, t: &Thread, v: &Value, args: Args<'_>) -> R {
        match self {
            Method::Unbound(f) => attribute::call_prepended(t, f, v, args),
            Method::Bound(f) => protocol::call_args(t, f, args),
        }
    }
}

/// Calls a method that must be there (`vectorcall_method`).
#[inline(always)]
fn call_method<const N: usize>(t: &Thread, v: &Value, name: &Value, args: [&Value; N]) -> R {
    match find(t, v, name)? {
        Some(method) => method.call(t, v, args),
        None => Err(no_method(t, name)),
    }
}

#[cold]
fn no_method(t: &Thread, name: &Value) -> Raised {
    t.raise_with(&t.types().attribute_error, std::slice::from_ref(name))
}

/// Calls a method; `NotImplemented` if there is none (`vectorcall_maybe`).
#[inline(always)]
fn call_maybe<const N: usize>(t: &Thread, v: &Value, name: &Value, args: [&Value; N]) -> R {
    match find(t, v, name)? {
        Some(method) => method.call(t, v, args),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Whether the right operand's class overrides the reflected method of the left one's.
fn overrides(t: &Thread, left: &Type, right: &Type, name: &Value) -> R<bool> {
    let Some(theirs) = right.lookup(t, name) else { return Ok(false) };
    match left.lookup(t, name) {
        None => Ok(true),
        Some(ours) if ours.is(&theirs) => Ok(false),
        Some(ours) => protocol::compare_bool(t, &ours, &theirs, CmpOp::Ne),
    }
}

/// The operand order of Python's binary operators: the left operand's method first, unless the right one's
/// class is a subclass that overrides the reflected method (`SLOT1BINFULL`).
#[inline(always)]
fn binary<const N: usize>(
    t: &Thread,
    a: &Value,
    b: &Value,
    extra: [&Value; N],
    has: impl Fn(&Slots) -> bool,
    names: (&Value, &Value),
) -> R {
    let call = |v: &Value, name: &Value, other: &Value| match extra.first() {
        None => call_maybe(t, v, name, [other]),
        Some(more) => call_maybe(t, v, name, [other, more]),
    };
    let (ta, tb) = (a.type_of(t), b.type_of(t));
    let same = std::ptr::eq(ta, tb);
    let mut try_other = !same && has(tb.slots());
    if has(ta.slots()) {
        if try_other && tb.is_subtype(ta) && overrides(t, ta, tb, names.1)? {
            let result = call(b, names.1, a)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            try_other = false;
        }
        let result = call(a, names.0, b)?;
        if !result.is_not_implemented() || same {
            return Ok(result);
        }
    }
    if try_other { call(b, names.1, a) } else { Ok(Value::NOT_IMPLEMENTED) }
}

macro_rules! binary_slots {
    ($($function:ident $field:ident $name:ident $reflected:ident;)*) => { $(
        pub fn $function(t: &Thread, a: &Value, b: &Value) -> R {
            let has = |s: &Slots| s.$field.is_some_and(|f| f as *const () == $function as *const ());
            binary(t, a, b, [], has, (&t.names().$name, &t.names().$reflected))
        }
    )* };
}

binary_slots! {
    slot_nb_add nb_add __add__ __radd__;
    slot_nb_subtract nb_subtract __sub__ __rsub__;
    slot_nb_multiply nb_multiply __mul__ __rmul__;
    slot_nb_remainder nb_remainder __mod__ __rmod__;
    slot_nb_divmod nb_divmod __divmod__ __rdivmod__;
    slot_nb_lshift nb_lshift __lshift__ __rlshift__;
    slot_nb_rshift nb_rshift __rshift__ __rrshift__;
    slot_nb_and nb_and __and__ __rand__;
    slot_nb_xor nb_xor __xor__ __rxor__;
    slot_nb_or nb_or __or__ __ror__;
    slot_nb_floor_divide nb_floor_divide __floordiv__ __rfloordiv__;
    slot_nb_true_divide nb_true_divide __truediv__ __rtruediv__;
    slot_nb_matrix_multiply nb_matrix_multiply __matmul__ __rmatmul__;
}

/// `a ** b`, and `pow(a, b, modulus)` where `modulus` is not `None`.
pub fn slot_nb_power(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    let has = |s: &Slots| s.nb_power.is_some_and(|f| f as *const () == slot_nb_power as *const ());
    let names = (&t.names().__pow__, &t.names().__rpow__);
    if modulus.is_none() { binary(t, a, b, [], has, names) } else { binary(t, a, b, [modulus], has, names) }
}

macro_rules! one_argument {
    ($($function:ident $name:ident;)*) => { $(
        pub fn $function(t: &Thread, v: &Value, other: &Value) -> R {
            call_method(t, v, &t.names().$name, [other])
        }
    )* };
}

one_argument! {
    slot_nb_inplace_add __iadd__;
    slot_nb_inplace_subtract __isub__;
    slot_nb_inplace_multiply __imul__;
    slot_nb_inplace_remainder __imod__;
    slot_nb_inplace_lshift __ilshift__;
    slot_nb_inplace_rshift __irshift__;
    slot_nb_inplace_and __iand__;
    slot_nb_inplace_xor __ixor__;
    slot_nb_inplace_or __ior__;
    slot_nb_inplace_floor_divide __ifloordiv__;
    slot_nb_inplace_true_divide __itruediv__;
    slot_nb_inplace_matrix_multiply __imatmul__;
    slot_getitem __getitem__;
}

pub fn slot_nb_inplace_power(t: &Thread, v: &Value, other: &Value, _modulus: &Value) -> R {
    call_method(t, v, &t.names().__ipow__, [other])
}

macro_rules! no_argument {
    ($($function:ident $name:ident;)*) => { $(
        pub fn $function(t: &Thread, v: &Value) -> R {
            call_method(t, v, &t.names().$name, [])
        }
    )* };
}

no_argument! {
    slot_nb_negative __neg__;
    slot_nb_positive __pos__;
    slot_nb_absolute __abs__;
    slot_nb_invert __invert__;
    slot_nb_int __int__;
    slot_nb_float __float__;
    slot_nb_index __index__;
    slot_str __str__;
}

pub fn slot_repr(t: &Thread, v: &Value) -> R {
    match find(t, v, &t.names().__repr__)? {
        Some(method) => method.call(t, v, []),
        None => Ok(t.str(format!("<{} object at {:#x}>", v.type_of(t).name_str(), v.id()))),
    }
}

/// The hash slot of classes with `__hash__ = None`.
pub fn hash_not_implemented(t: &Thread, v: &Value) -> R<i64> {
    Err(protocol::unhashable(t, v))
}

pub fn slot_hash(t: &Thread, v: &Value) -> R<i64> {
    let typ = v.type_of(t);
    let found = typ.lookup(t, &t.names().__hash__).filter(|f| !f.is_none());
    let Some(found) = found else { return Err(protocol::unhashable(t, v)) };
    let result = bind(t, v, typ, found)?.call(t, v, [])?;
    if let Some(i) = super::super::int::as_i64(&result) {
        // Whatever fits a machine word is the hash as it stands; -1 is CPython's error mark.
        return Ok(if i == -1 { -2 } else { i });
    }
    match super::super::int::view(&result) {
        Some(big) => Ok(big.hash()),
        None => Err(t.type_error("__hash__ method should return an integer")),
    }
}

pub fn slot_nb_bool(t: &Thread, v: &Value) -> R<bool> {
    let Some(method) = find(t, v, &t.names().__bool__)? else {
        return match find(t, v, &t.names().__len__)? {
            Some(_) => Ok(slot_len(t, v)? != 0),
            None => Ok(true),
        };
    };
    let result = method.call(t, v, [])?;
    result
        .as_bool()
        .ok_or_else(|| t.type_error(format!("__bool__ should return bool, returned {}", result.type_of(t).name_str())))
}

pub fn slot_len(t: &Thread, v: &Value) -> R<usize> {
    let result = call_method(t, v, &t.names().__len__, [])?;
    let index = protocol::index(t, &result)?;
    match super::super::int::as_i64(&index) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(t.value_error("__len__() should return >= 0")),
        None if super::super::int::view(&index).is_some_and(|i| i.is_negative()) => {
            Err(t.value_error("__len__() should return >= 0"))
        }
        None => {
            Err(t.overflow_error(format!("cannot fit '{}' into an index-sized integer", index.type_of(t).name_str())))
        }
    }
}

pub fn slot_setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    match value {
        Some(value) => call_method(t, v, &t.names().__setitem__, [key, value])?,
        None => call_method(t, v, &t.names().__delitem__, [key])?,
    };
    Ok(())
}

pub fn slot_contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    let typ = v.type_of(t);
    match typ.lookup(t, &t.names().__contains__) {
        Some(found) if found.is_none() => Err(t.type_error(format!("'{}' object is not a container", typ.name_str()))),
        Some(found) => {
            let result = bind(t, v, typ, found)?.call(t, v, [item])?;
            protocol::truth(t, &result)
        }
        None => {
            let it = protocol::iter(t, v)?;
            while let Some(x) = protocol::next(t, &it)? {
                if protocol::eq(t, &x, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

pub fn slot_call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    match find(t, v, &t.names().__call__)? {
        Some(method) => t.recurse("", || method.call_args(t, v, args)),
        None => Err(no_method(t, &t.names().__call__)),
    }
}

pub fn slot_compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let n = t.names();
    let name = match op {
        CmpOp::Lt => &n.__lt__,
        CmpOp::Le => &n.__le__,
        CmpOp::Eq => &n.__eq__,
        CmpOp::Ne => &n.__ne__,
        CmpOp::Gt => &n.__gt__,
        CmpOp::Ge => &n.__ge__,
    };
    // What goes wrong while the method is looked for counts as if there were none.
    match find(t, a, name) {
        Ok(Some(method)) => method.call(t, a, [b]),
        Ok(None) => Ok(Value::NOT_IMPLEMENTED),
        Err(raised) => {
            drop(t.take_exception(raised));
            Ok(Value::NOT_IMPLEMENTED)
        }
    }
}

pub fn slot_iter(t: &Thread, v: &Value) -> R {
    let typ = v.type_of(t);
    match typ.lookup(t, &t.names().__iter__) {
        Some(found) if !found.is_none() => bind(t, v, typ, found)?.call(t, v, []),
        None if typ.lookup(t, &t.names().__getitem__).is_some() => Ok(super::super::iter::SeqIter::make(t, v)),
        _ => Err(t.type_error(format!("'{}' object is not iterable", typ.name_str()))),
    }
}

pub fn slot_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    t.catch(call_method(t, v, &t.names().__next__, []), |types| &types.stop_iteration)
}

/// Advances any iterator and keeps the value its `StopIteration` carries, as `yield from` and `await` want it.
pub fn call_next(t: &Thread, it: &Value) -> R<Sent> {
    let Some(next) = it.type_of(t).slots().next else {
        return Err(t.type_error(format!("'{}' object is not an iterator", it.type_of(t).name_str())));
    };
    if next as *const () != slot_next as *const () {
        match next(t, it) {
            Ok(Some(item)) => return Ok(Sent::Yielded(item)),
            Ok(None) => return Ok(Sent::Returned(Value::NONE)),
            Err(raised) => return stopped(t, raised),
        }
    }
    match call_method(t, it, &t.names().__next__, []) {
        Ok(item) => Ok(Sent::Yielded(item)),
        Err(raised) => stopped(t, raised),
    }
}

/// `StopIteration` is the end, with its value; other exceptions stay raised.
fn stopped(t: &Thread, raised: Raised) -> R<Sent> {
    if !t.raised_is(&raised, &t.types().stop_iteration) {
        return Err(raised);
    }
    let stop = t.take_exception(raised);
    Ok(Sent::Returned(protocol::getattr(t, &stop, &t.names().value)?))
}

/// `__getattribute__`, and `__getattr__` where that finds nothing.
pub fn slot_getattr_hook(t: &Thread, v: &Value, name: &Value) -> R {
    let typ = v.type_of(t);
    let getattr = typ.lookup(t, &t.names().__getattr__);
    let getattribute = typ.lookup(t, &t.names().__getattribute__);
    let native = getattribute
        .as_ref()
        .and_then(|f| f.cast_exact::<WrapperDescr>())
        .filter(|w| w.def.name == "__getattribute__")
        .and_then(|w| w.owner().slots().getattr);
    let result = match (native, getattribute) {
        (Some(f), _) if f as *const () == attribute::generic_getattr as *const () => {
            match attribute::generic_getattr_opt(t, v, name)? {
                Some(value) => return Ok(value),
                None if getattr.is_none() => return Err(t.no_attribute(v, name)),
                None => None,
            }
        }
        (Some(f), _) => Some(f(t, v, name)),
        (None, Some(found)) => Some(bind(t, v, typ, found)?.call(t, v, [name])),
        (None, None) => None,
    };
    let Some(getattr) = getattr else { return result.unwrap_or_else(|| Err(t.no_attribute(v, name))) };
    match result {
        Some(Ok(value)) => return Ok(value),
        Some(Err(raised)) if t.raised_is(&raised, &t.types().attribute_error) => drop(t.take_exception(raised)),
        Some(Err(raised)) => return Err(raised),
        None => {}
    }
    bind(t, v, typ, getattr)?.call(t, v, [name])
}

pub fn slot_setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    match value {
        Some(value) => call_method(t, v, &t.names().__setattr__, [name, value])?,
        None => call_method(t, v, &t.names().__delattr__, [name])?,
    };
    Ok(())
}

pub fn slot_descr_get(t: &Thread, v: &Value, instance: Option<&Value>, owner: Option<&Value>) -> R {
    let typ = v.type_of(t);
    let Some(found) = typ.lookup(t, &t.names().__get__) else { return Ok(v.clone()) };
    // CPython calls what it finds without binding it: `__get__` is as a rule a function.
    let none = Value::NONE;
    let (instance, owner) = (instance.unwrap_or(&none), owner.unwrap_or(&none));
    let args = [Borrowed::new(v), Borrowed::new(instance), Borrowed::new(owner)];
    protocol::call(t, &found, Borrowed::slice(&args))
}

pub fn slot_descr_set(t: &Thread, v: &Value, instance: &Value, value: Option<&Value>) -> R<()> {
    match value {
        Some(value) => call_method(t, v, &t.names().__set__, [instance, value])?,
        None => call_method(t, v, &t.names().__delete__, [instance])?,
    };
    Ok(())
}

pub fn slot_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let Some(method) = find(t, v, &t.names().__init__)? else { return Err(no_method(t, &t.names().__init__)) };
    let result = method.call_args(t, v, args)?;
    if !result.is_none() {
        return Err(t.type_error(format!("__init__() should return None, not '{}'", result.type_of(t).name_str())));
    }
    Ok(())
}

pub fn slot_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let f = protocol::getattr(t, class, &t.names().__new__)?;
    attribute::call_prepended(t, &f, class, args)
}

/// Whether a `new` slot is the generic one.
pub fn is_generic_new(f: NewFn) -> bool {
    f as *const () == slot_new as *const ()
}

/// `__del__`: what it raises is reported and goes no further.
pub fn slot_finalize(t: &Thread, v: &Value) {
    let typ = v.type_of(t);
    let Some(found) = typ.lookup(t, &t.names().__del__) else { return };
    let result = bind(t, v, typ, found.clone()).and_then(|method| method.call(t, v, []));
    if let Err(raised) = result {
        let e = t.take_exception(raised);
        let what = protocol::repr_text(t, &found).unwrap_or_else(|raised| {
            drop(t.take_exception(raised));
            String::from("<object repr() failed>")
        });
        let raised = t.raise_as_is(e);
        t.unraisable(raised, &format!("Exception ignored while calling deallocator {what}"), None);
    }
}

macro_rules! awaitables {
    ($($function:ident $name:ident $text:literal;)*) => { $(
        pub fn $function(t: &Thread, v: &Value) -> R {
            match find(t, v, &t.names().$name)? {
                Some(method) => method.call(t, v, []),
                None => Err(no_async_method(t, v, $text)),
            }
        }
    )* };
}

awaitables! {
    slot_am_await __await__ "__await__";
    slot_am_aiter __aiter__ "__aiter__";
    slot_am_anext __anext__ "__anext__";
}

#[cold]
fn no_async_method(t: &Thread, v: &Value, name: &str) -> Raised {
    let text = format!("object {} does not have {name} method", v.type_of(t).name_str());
    t.raise_with(&t.types().attribute_error, &[Str::new(t, &text)])
}

pub fn slot_bf_get(t: &Thread, v: &Value, flags: u32) -> R<super::super::buffer::Buffer> {
    let view = call_method(t, v, &t.names().__buffer__, [&Value::small(flags.into())])?;
    super::super::memoryview::lent_by_class(t, v, view, flags)
}

pub fn slot_bf_release(t: &Thread, v: &Value, view: &Value) -> R<()> {
    call_method(t, v, &t.names().__release_buffer__, [view]).map(drop)
}
