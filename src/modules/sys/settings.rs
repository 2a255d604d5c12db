//! Limits, counts and other numbers that can be asked for or set.

use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::header::gc_bits;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::world;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The least that `set_int_max_str_digits` takes, 0 aside.
pub const INT_DIGITS_THRESHOLD: i64 = 640;
/// What CPython 3.14 answers for the count of an immortal object.
const IMMORTAL_REFCOUNT: i64 = 0xC000_0000;

static ASYNCGEN_HOOKS: Description = Description::new(
    "asyncgen_hooks",
    "asyncgen_hooks\n\nA named tuple providing information about asynchronous\ngenerators hooks.  The attributes are read only.",
    &[("firstiter", "Hook to intercept first iteration"), ("finalizer", "Hook to intercept finalization")],
    2,
)
.not_callable();

pub fn nothing(_t: &Thread, _m: &Value) -> R {
    Ok(Value::NONE)
}

pub fn no(_t: &Thread, _m: &Value) -> R {
    Ok(Value::FALSE)
}

/// Takes `__dict__` and `__weakref__` out of a class that is replaced by one with slots.
pub fn clear_type_descriptors(t: &Thread, _m: &Value, class: &Value) -> R {
    let Some(typ) = class.cast::<Type>() else {
        let given = class.type_of(t).name_str();
        return Err(t.type_error(format!("_clear_type_descriptors() argument must be type, not {given}")));
    };
    if !typ.is_heap_type() {
        return Err(t.type_error("argument is immutable"));
    }
    let namespace = typ.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        let removed = [dict.remove(t, &t.names().__dict__)?, dict.remove(t, &t.names().__weakref__)?];
        typ.modified();
        drop(removed);
    }
    Ok(Value::NONE)
}

pub fn getrecursionlimit(t: &Thread, _m: &Value) -> R {
    Ok(Value::small(t.interp.recursion_limit()))
}

pub fn setrecursionlimit(t: &Thread, _m: &Value, limit: &Value) -> R {
    let limit = i64::from(int::arg_i32(t, limit)?);
    if limit < 1 {
        return Err(t.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = t.interp.recursion_limit() - t.recursion_left.get();
    if depth >= limit {
        return Err(t.recursion_error(format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        )));
    }
    t.interp.set_recursion_limit(t, limit);
    Ok(Value::NONE)
}

pub fn getswitchinterval(t: &Thread, _m: &Value) -> R {
    // Kept also where no GIL is switched. CPython counts microseconds.
    Ok(float::new(t, f64::from(t.interp.switch_microseconds.load(Relaxed)) * 1e-6))
}

pub fn setswitchinterval(t: &Thread, _m: &Value, interval: &Value) -> R {
    let seconds = float::to_f64(t, interval)?;
    if seconds <= 0.0 {
        return Err(t.value_error("switch interval must be strictly positive"));
    }
    // CPython counts microseconds and takes no less than one.
    let microseconds = (seconds * 1e6).clamp(1.0, f64::from(u32::MAX / 1000)) as u32;
    t.interp.switch_microseconds.store(microseconds, Relaxed);
    t.interp.scheduler.set_switch_interval(microseconds * 1000);
    Ok(Value::NONE)
}

pub fn get_int_max_str_digits(t: &Thread, _m: &Value) -> R {
    Ok(Value::small(t.interp.int_max_str_digits.load(Relaxed) as i64))
}

pub fn set_int_max_str_digits(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let digits = i64::from(int::arg_i32(t, args[0].as_ref().unwrap_or(Value::none()))?);
    if digits != 0 && digits < INT_DIGITS_THRESHOLD {
        return Err(t.value_error(format!("maxdigits must be >= {INT_DIGITS_THRESHOLD} or 0 for unlimited")));
    }
    t.interp.int_max_str_digits.store(digits as u64, Relaxed);
    Ok(Value::NONE)
}

/// `setdlopenflags`: kept for who asks; nothing is loaded dynamically.
struct DlopenFlags(AtomicI64);

impl Default for DlopenFlags {
    fn default() -> DlopenFlags {
        DlopenFlags(AtomicI64::new(libc::RTLD_NOW.into()))
    }
}

pub fn getdlopenflags(t: &Thread, _m: &Value) -> R {
    Ok(Value::small(t.interp.state::<DlopenFlags>().0.load(Relaxed)))
}

pub fn setdlopenflags(t: &Thread, _m: &Value, flags: &Value) -> R {
    let flags = int::arg_i32(t, flags)?;
    t.interp.state::<DlopenFlags>().0.store(flags.into(), Relaxed);
    Ok(Value::NONE)
}

pub fn set_origin_depth(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let depth = int::arg_i32(t, args[0].as_ref().unwrap_or(Value::none()))?;
    let Ok(depth) = u32::try_from(depth) else { return Err(t.value_error("depth must be >= 0")) };
    t.origin_depth.set(depth);
    Ok(Value::NONE)
}

pub fn get_origin_depth(t: &Thread, _m: &Value) -> R {
    Ok(Value::small(t.origin_depth.get().into()))
}

pub fn set_asyncgen_hooks(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let names = ["firstiter", "finalizer"];
    let mut given: [Option<Value>; 2] = Default::default();
    if args.pos.len() + args.kw.len() > 2 {
        let count = args.pos.len() + args.kw.len();
        return Err(t.type_error(format!("set_asyncgen_hooks() takes at most 2 arguments ({count} given)")));
    }
    for (place, value) in given.iter_mut().zip(args.pos) {
        *place = Some(value.clone());
    }
    for (name, value) in args.names.iter().zip(args.kw) {
        match names.iter().position(|n| name.cast::<Str>().is_some_and(|name| name.is(n))) {
            Some(i) => given[i] = Some(value.clone()),
            None => {
                let name = name.cast::<Str>().map(|n| n.to_str_lossy().into_owned()).unwrap_or_default();
                return Err(t.type_error(format!("set_asyncgen_hooks() got an unexpected keyword argument '{name}'")));
            }
        }
    }
    for (name, value) in names.iter().zip(&given).rev() {
        if let Some(value) = value
            && !value.is_none()
            && value.type_of(t).slots().call.is_none()
        {
            return Err(t.type_error(format!("callable {name} expected, got {}", value.type_of(t).name_str())));
        }
    }
    for (slot, value) in [&t.asyncgen_firstiter, &t.asyncgen_finalizer].into_iter().zip(given) {
        if let Some(value) = value {
            drop(slot.replace((!value.is_none()).then_some(value)));
        }
    }
    Ok(Value::NONE)
}

pub fn get_asyncgen_hooks(t: &Thread, _m: &Value) -> R {
    let hooks = [&t.asyncgen_firstiter, &t.asyncgen_finalizer];
    struct_sequence::make(t, &ASYNCGEN_HOOKS, hooks.map(|slot| slot.get(t).unwrap_or(Value::NONE)))
}

pub fn getdefaultencoding(t: &Thread, _m: &Value) -> R {
    Ok(t.intern("utf-8"))
}

pub fn getfilesystemencodeerrors(t: &Thread, _m: &Value) -> R {
    Ok(t.intern("surrogateescape"))
}

pub fn intern(t: &Thread, _m: &Value, string: &Value) -> R {
    match string.cast_exact::<Str>() {
        Some(_) => Ok(t.interp.intern_value(string)),
        None if string.cast::<Str>().is_some() => {
            Err(t.type_error(format!("can't intern {}", string.type_of(t).name_str())))
        }
        None => Err(t.type_error(format!("intern() argument must be str, not {}", string.type_of(t).name_str()))),
    }
}

pub fn is_interned(t: &Thread, _m: &Value, string: &Value) -> R {
    match string.cast::<Str>() {
        Some(s) => Ok(Value::bool(s.is_interned())),
        None => Err(t.type_error(format!("_is_interned() argument must be str, not {}", string.type_of(t).name_str()))),
    }
}

pub fn is_immortal(_t: &Thread, _m: &Value, object: &Value) -> R {
    Ok(Value::bool(object.header().is_none_or(|h| h.is_immortal())))
}

pub fn getrefcount(t: &Thread, _m: &Value, object: &Value) -> R {
    let count = match object.header() {
        Some(header) if !header.is_immortal() => header.refcount(),
        _ => IMMORTAL_REFCOUNT,
    };
    Ok(int::new(t, count))
}

pub fn getsizeof(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let object = args[0].as_ref().unwrap_or(Value::none());
    let result = size_of(t, object);
    match &args[1] {
        Some(default) => Ok(t.catch(result, |types| &types.type_error)?.unwrap_or_else(|| default.clone())),
        None => result,
    }
}

fn size_of(t: &Thread, object: &Value) -> R {
    let Some(method) = protocol::lookup_special(t, object, &t.names().__sizeof__)? else {
        return Err(t.type_error(format!("Type {} doesn't define __sizeof__", object.type_of(t).name_str())));
    };
    let size = int::to_isize(t, &protocol::index(t, &protocol::call(t, &method, &[])?)?)?;
    if size < 0 {
        return Err(t.value_error("__sizeof__() should return >= 0"));
    }
    // What CPython's collector keeps in front of an object.
    let collected = object.header().is_some_and(|h| h.has_gc(gc_bits::TRACKED));
    Ok(int::new(t, size as i64 + if collected { 16 } else { 0 }))
}

pub fn getallocatedblocks(t: &Thread, _m: &Value) -> R {
    let mut count = 0;
    world::stop(t);
    for heap in t.interp.heaps.lock().iter() {
        // SAFETY: every slot begins with a readable header, whose type is null while it is free.
        heap.0.for_each(|header| count += i64::from(unsafe { !(*header).type_ptr().is_null() }));
    }
    world::start(t);
    Ok(int::new(t, count))
}

pub fn getunicodeinternedsize(t: &Thread, _m: &Value, _args: Args<'_>) -> R {
    Ok(int::from_usize(t, t.interp.interned_count()))
}

pub fn is_finalizing(t: &Thread, _m: &Value) -> R {
    Ok(Value::bool(t.interp.finalizing.load(Relaxed)))
}

pub fn is_gil_enabled(t: &Thread, _m: &Value) -> R {
    Ok(Value::bool(t.interp.config.gil))
}

/// `-X cpu_count=N`, or -1.
pub fn cpu_count_config(t: &Thread, _m: &Value) -> R {
    let option = t.interp.config.x_options.iter().rev().find(|o| o.0 == "cpu_count");
    let variable = || std::env::var("PYTHON_CPU_COUNT").ok().filter(|_| !t.interp.config.ignore_environment);
    let text = option.and_then(|o| o.1.clone()).or_else(variable);
    Ok(Value::small(text.and_then(|n| n.parse().ok()).unwrap_or(-1)))
}

pub fn activate_stack_trampoline(t: &Thread, _m: &Value, backend: &Value) -> R {
    match backend.cast::<Str>() {
        Some(name) if name.is("perf") => Err(t.value_error("perf trampoline not available")),
        Some(name) => Err(t.value_error(format!("invalid backend: {}", name.to_str_lossy()))),
        None => Err(t.type_error(format!(
            "activate_stack_trampoline() argument must be str, not {}",
            backend.type_of(t).name_str()
        ))),
    }
}
