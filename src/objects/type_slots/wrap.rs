//! How native slots are called from Python: one function per shape of slot (CPython's `wrap_*`).

use super::super::native::count_message;
use super::super::protocol;
use super::super::slots::*;
use super::super::spec::{Def, Func};
use super::super::thread::Thread;
use super::super::type_object::Type;
use super::super::value::Value;
use super::SlotDef;

/// The slot a wrapper stands for is empty: the type was changed behind its back.
#[cold]
pub fn missing(t: &Thread, def: &SlotDef, v: &Value) -> Raised {
    t.type_error(format!("'{}' object has no slot for {}", v.type_of(t).name_str(), def.name))
}

/// Exactly `N` positional arguments.
fn exactly<'a, const N: usize>(t: &Thread, def: &SlotDef, args: Args<'a>) -> R<&'a [Value; N]> {
    no_keywords(t, def, args)?;
    args.pos.try_into().map_err(|_| {
        t.type_error(format!("expected {N} argument{}, got {}", if N == 1 { "" } else { "s" }, args.pos.len()))
    })
}

fn no_keywords(t: &Thread, def: &SlotDef, args: Args<'_>) -> R<()> {
    if args.kw.is_empty() {
        return Ok(());
    }
    Err(t.type_error(format!("wrapper {}() takes no keyword arguments", def.name)))
}

/// One or two positional arguments.
fn one_or_two<'a>(t: &Thread, def: &SlotDef, args: Args<'a>) -> R<(&'a Value, Option<&'a Value>)> {
    no_keywords(t, def, args)?;
    match args.pos {
        [a] => Ok((a, None)),
        [a, b] => Ok((a, Some(b))),
        other if def.name == "__get__" => Err(t.type_error(count_message(def.name, 1, 2, other.len()))),
        other => Err(t.type_error(format!("expected 1 or 2 arguments, got {}", other.len()))),
    }
}

pub fn unary(t: &Thread, def: &SlotDef, f: Unary, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    f(t, v)
}

pub fn binary(t: &Thread, def: &SlotDef, f: Binary, v: &Value, args: Args<'_>) -> R {
    let [a] = exactly(t, def, args)?;
    f(t, v, a)
}

pub fn reflected(t: &Thread, def: &SlotDef, f: Binary, v: &Value, args: Args<'_>) -> R {
    let [a] = exactly(t, def, args)?;
    f(t, a, v)
}

pub fn power(t: &Thread, def: &SlotDef, f: Ternary, v: &Value, args: Args<'_>) -> R {
    let (a, modulus) = one_or_two(t, def, args)?;
    f(t, v, a, modulus.unwrap_or(&Value::NONE))
}

pub fn reflected_power(t: &Thread, def: &SlotDef, f: Ternary, v: &Value, args: Args<'_>) -> R {
    let (a, modulus) = one_or_two(t, def, args)?;
    f(t, a, v, modulus.unwrap_or(&Value::NONE))
}

pub fn inquiry(t: &Thread, def: &SlotDef, f: Inquiry, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    f(t, v).map(Value::bool)
}

pub fn hash(t: &Thread, def: &SlotDef, f: HashFn, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    f(t, v).map(|h| super::super::int::new(t, h))
}

pub fn len(t: &Thread, def: &SlotDef, f: Length, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    f(t, v).map(|n| super::super::int::new(t, n as i64))
}

pub fn contains(t: &Thread, def: &SlotDef, f: ContainsFn, v: &Value, args: Args<'_>) -> R {
    let [a] = exactly(t, def, args)?;
    f(t, v, a).map(Value::bool)
}

pub fn repeat(t: &Thread, def: &SlotDef, f: RepeatFn, v: &Value, args: Args<'_>) -> R {
    let [a] = exactly(t, def, args)?;
    let index = protocol::index(t, a)?;
    match super::super::int::as_i64(&index) {
        Some(n) => f(t, v, n),
        None => Err(t.overflow_error(format!("cannot fit '{}' into an index-sized integer", a.type_of(t).name_str()))),
    }
}

pub fn call(t: &Thread, _def: &SlotDef, f: CallFn, v: &Value, args: Args<'_>) -> R {
    f(t, v, args)
}

pub fn init(t: &Thread, _def: &SlotDef, f: InitFn, v: &Value, args: Args<'_>) -> R {
    f(t, v, args).map(|()| Value::NONE)
}

pub fn finalize(t: &Thread, def: &SlotDef, f: InitFnOnly, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    f(t, v);
    Ok(Value::NONE)
}

pub fn next(t: &Thread, def: &SlotDef, f: NextFn, v: &Value, args: Args<'_>) -> R {
    let [] = exactly(t, def, args)?;
    match f(t, v)? {
        Some(item) => Ok(item),
        None => Err(t.stop_iteration(&Value::NONE)),
    }
}

pub fn descr_get(t: &Thread, def: &SlotDef, f: DescrGet, v: &Value, args: Args<'_>) -> R {
    let (instance, owner) = one_or_two(t, def, args)?;
    let instance = (!instance.is_none()).then_some(instance);
    let owner = owner.filter(|o| !o.is_none());
    if instance.is_none() && owner.is_none() {
        return Err(t.type_error("__get__(None, None) is invalid"));
    }
    f(t, v, instance, owner)
}

/// `__setitem__` and `__set__`.
pub fn setitem(t: &Thread, def: &SlotDef, f: SetAttr, v: &Value, args: Args<'_>) -> R {
    let [key, value] = exactly(t, def, args)?;
    f(t, v, key, Some(value)).map(|()| Value::NONE)
}

/// `__delitem__` and `__delete__`.
pub fn delitem(t: &Thread, def: &SlotDef, f: SetAttr, v: &Value, args: Args<'_>) -> R {
    let [key] = exactly(t, def, args)?;
    f(t, v, key, None).map(|()| Value::NONE)
}

pub fn setattr(t: &Thread, def: &SlotDef, f: SetAttr, v: &Value, args: Args<'_>) -> R {
    let [name, value] = exactly(t, def, args)?;
    may_bypass(t, v, f, "__setattr__")?;
    let name = super::super::attribute::check_name(t, name)?;
    f(t, v, &name, Some(value)).map(|()| Value::NONE)
}

pub fn delattr(t: &Thread, def: &SlotDef, f: SetAttr, v: &Value, args: Args<'_>) -> R {
    let [name] = exactly(t, def, args)?;
    may_bypass(t, v, f, "__delattr__")?;
    let name = super::super::attribute::check_name(t, name)?;
    f(t, v, &name, None).map(|()| Value::NONE)
}

/// Carlo Verre's hack: `object.__setattr__(str, "lower", ...)` must not pass by `type.__setattr__`.
fn may_bypass(t: &Thread, v: &Value, f: SetAttr, what: &str) -> R<()> {
    let Some(_) = v.cast::<Type>() else { return Ok(()) };
    // The nearest class in the MRO of the metaclass that is no heap type decides.
    let meta = v.type_of(t);
    let mro = meta.mro(t);
    let native = mro
        .cast::<super::super::tuple::Tuple>()
        .and_then(|m| m.items().iter().filter_map(|c| c.cast::<Type>()).find(|c| !c.is_heap_type()));
    match native.and_then(|n| n.slots().setattr) {
        Some(own) if own as *const () != f as *const () => {
            Err(t.type_error(format!("can't apply this {what} to {} object", meta.name_str())))
        }
        _ => Ok(()),
    }
}

macro_rules! comparisons {
    ($($name:ident $op:ident),*) => { $(
        pub fn $name(t: &Thread, def: &SlotDef, f: CompareFn, v: &Value, args: Args<'_>) -> R {
            let [a] = exactly(t, def, args)?;
            f(t, v, a, CmpOp::$op)
        }
    )* };
}

comparisons! { lt Lt, le Le, eq Eq, ne Ne, gt Gt, ge Ge }

/// `T.__new__` of a built-in type: a function bound to the type.
pub static NEW_DEF: Def = Def::new(
    "__new__",
    Func::Any(new),
    "($type, *args, **kwargs)",
    "Create and return a new object.  See help(type) for accurate signature.",
);

/// `T.__new__(cls, ...)`: `cls` must be a subclass of `T` that adds nothing native to it.
fn new(t: &Thread, receiver: &Value, args: Args<'_>) -> R {
    let Some(typ) = receiver.cast::<Type>() else {
        return Err(t.system_error("__new__() called with non-type 'self'"));
    };
    let name = typ.name_str();
    let Some((first, rest)) = args.pos.split_first() else {
        return Err(t.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(class) = first.cast::<Type>() else {
        return Err(
            t.type_error(format!("{name}.__new__(X): X is not a type object ({})", first.type_of(t).name_str()))
        );
    };
    let class_name = class.name_str();
    if !class.is_subtype(typ) {
        return Err(t.type_error(format!("{name}.__new__({class_name}): {class_name} is not a subtype of {name}")));
    }
    // The most derived native base decides which `__new__` is safe: `object.__new__(dict)` is not.
    let mut native = class.base(t);
    let mut holder = first.clone();
    while holder.cast::<Type>().is_some_and(|c| c.slots().new.is_some_and(|f| super::is_generic_new(f))) {
        match native {
            Some(base) => {
                native = base.cast::<Type>().and_then(|b| b.base(t));
                holder = base;
            }
            None => break,
        }
    }
    let safe = holder.cast::<Type>().and_then(|h| h.slots().new);
    match (typ.slots().new, safe) {
        (Some(f), Some(safe)) if f as *const () != safe as *const () => {
            let holder = holder.cast::<Type>().map(|h| h.name_str()).unwrap_or_default();
            Err(t.type_error(format!("{name}.__new__({class_name}) is not safe, use {holder}.__new__()")))
        }
        (Some(f), _) => f(t, first, Args { pos: rest, ..args }),
        (None, _) => Err(t.type_error(format!("cannot create '{name}' instances"))),
    }
}

pub fn buffer(t: &Thread, def: &SlotDef, f: BufferFn, v: &Value, args: Args<'_>) -> R {
    let [flags] = exactly(t, def, args)?;
    let flags = super::super::int::arg_isize(t, flags)?;
    match u32::try_from(flags) {
        Ok(flags) => Ok(super::super::memoryview::MemoryView::of_buffer(t, f(t, v, flags)?)),
        Err(_) => Err(t.overflow_error("buffer flags out of range")),
    }
}

pub fn release_buffer(t: &Thread, def: &SlotDef, f: ReleaseFn, v: &Value, args: Args<'_>) -> R {
    let [view] = exactly(t, def, args)?;
    f(t, v, view)?;
    Ok(Value::NONE)
}
