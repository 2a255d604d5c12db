//! Intrinsic functions, and what generators and coroutines need from other types.

use super::ret;
use crate::compiler::code::flags;
use crate::objects::arith::{self, UnaryOp};
use crate::objects::dict::Dict;
use crate::objects::exception::{self, Exception};
use crate::objects::frame::Frame;
use crate::objects::function::Function;
use crate::objects::generator::Generator;
use crate::objects::generator_type::awaitable_iter;
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::typing;
use crate::objects::value::Value;

/// CALL_INTRINSIC_1.
///
/// # Safety
/// The operand lies at `base`.
#[inline(never)]
pub unsafe fn intrinsic_1(t: &Thread, base: *mut u64, which: usize) -> u64 {
    // SAFETY: see above.
    let v = unsafe { Value::from_ref(&*base) };
    ret(match which {
        1 => display(t, v),
        2 => import_star(t, v),
        3 => stop_iteration_error(t, v),
        4 => Ok(crate::objects::async_generator::wrap(t, v.clone())),
        5 => arith::unary(t, UnaryOp::Positive, v),
        6 => Ok(t.tuple(v.cast::<List>().map(|l| l.snapshot(t)).unwrap_or_default())),
        7 => typing::typevar(t, v, None, None),
        8 => typing::paramspec(t, v),
        9 => typing::typevartuple(t, v),
        10 => typing::subscript_generic(t, v),
        11 => typing::typealias(t, v),
        _ => Err(t.system_error("invalid intrinsic")),
    })
}

/// CALL_INTRINSIC_2.
///
/// # Safety
/// The operands lie from `base` on.
#[inline(never)]
pub unsafe fn intrinsic_2(t: &Thread, base: *mut u64, which: usize) -> u64 {
    // SAFETY: see above.
    let (a, b) = unsafe { (Value::from_ref(&*base), Value::from_ref(&*base.add(1))) };
    ret(match which {
        1 => exception::prep_reraise_star(t, a, b),
        2 => typing::typevar(t, a, Some(b), None),
        3 => typing::typevar(t, a, None, Some(b)),
        4 => {
            if let Some(f) = a.cast::<Function>() {
                f.type_params.set(b.clone());
            }
            Ok(a.clone())
        }
        5 => typing::set_default(t, a, b),
        _ => Err(t.system_error("invalid intrinsic")),
    })
}

/// The value of an expression statement at a prompt: `sys.displayhook`.
fn display(t: &Thread, v: &Value) -> R {
    let sys = t.interp.sys_dict.get(t);
    let hook = sys.and_then(|d| d.cast::<Dict>().and_then(|d| d.get_name(t, "displayhook")));
    match hook {
        Some(hook) => protocol::call(t, &hook, std::slice::from_ref(v)),
        None => Err(t.runtime_error("lost sys.displayhook")),
    }
}

/// `from module import *`.
fn import_star(t: &Thread, module: &Value) -> R {
    let f: *mut Frame = t.frame.get();
    // SAFETY: the running frame is a module's or class's, which has locals.
    let locals = unsafe { super::locals_of(t, f)?.clone() };
    let names = t.names();
    let (list, skip_private) = match protocol::getattr_opt(t, module, &names.__all__)? {
        Some(all) => (all, false),
        None => match protocol::getattr_opt(t, module, &names.__dict__)? {
            Some(dict) => (protocol::call_method_str(t, &dict, "keys", &[])?, true),
            None => {
                return Err(
                    t.raise_message(&t.types().import_error, "from-import-* object has no __dict__ and no __all__")
                );
            }
        },
    };
    for name in protocol::collect(t, &list)? {
        let Some(text) = name.cast::<Str>() else {
            let module_name = protocol::getattr(t, module, &names.__name__)?;
            let shown = super::name_text(&module_name);
            let (what, place) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            return Err(
                t.type_error(format!("{what} in {shown}.{place} must be str, not {}", name.type_of(t).name_str()))
            );
        };
        if skip_private && !text.is_empty() && text.units().at(0) == '_' as u32 {
            continue;
        }
        let value = protocol::getattr(t, module, &t.interp.intern_value(&name))?;
        match locals.cast_exact::<Dict>() {
            Some(d) => d.set(t, name.clone(), value)?,
            None => protocol::setitem(t, &locals, &name, Some(&value))?,
        }
    }
    Ok(Value::NONE)
}

/// A `StopIteration` that leaves a generator becomes `RuntimeError` (PEP 479).
fn stop_iteration_error(t: &Thread, e: &Value) -> R {
    let f: *mut Frame = t.frame.get();
    // SAFETY: the running frame is a generator's.
    let code_flags = unsafe { Frame::code_of(f).flags };
    let is = |typ: &crate::objects::types::TypeCell| e.type_of(t).is_subtype(typ);
    let message = if is(&t.types().stop_iteration) {
        if code_flags & flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else if code_flags & flags::ASYNC_GENERATOR != 0 {
            "async generator raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if code_flags & flags::ASYNC_GENERATOR != 0 && is(&t.types().stop_async_iteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(e.clone());
    };
    let raised = t.runtime_error(message);
    let error = t.take_exception(raised);
    if let Some(x) = error.cast::<Exception>() {
        x.context.set(e.clone());
    }
    exception::set_cause(t, &error, Some(e.clone()));
    Ok(error)
}

/// GET_YIELD_FROM_ITER.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn get_yield_from_iter(t: &Thread, f: *mut Frame, v: &Value) -> u64 {
    match v.kind() {
        Kind::Generator => v.clone().into_bits(),
        Kind::Coroutine => {
            // SAFETY: see above.
            let code_flags = unsafe { Frame::code_of(f).flags };
            if code_flags & (flags::COROUTINE | flags::ITERABLE_COROUTINE) == 0 {
                let _ = t.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator");
                return 0;
            }
            v.clone().into_bits()
        }
        _ => super::get_iter(t, v),
    }
}

/// GET_AWAITABLE; the argument says where: 1 `async with` entry, 2 its exit.
#[inline(never)]
pub fn get_awaitable(t: &Thread, v: &Value, place: usize) -> u64 {
    ret((|| {
        let typ = v.type_of(t);
        let it = match awaitable_iter(t, v) {
            Ok(it) => it,
            Err(raised) => {
                if place == 0 || typ.slots().am_await.is_some() {
                    return Err(raised);
                }
                drop(t.take_exception(raised));
                let (a, b) = if place == 1 { ("__aenter__", "__aenter__") } else { ("__aexit__", "__aexit__") };
                let _ = a;
                return Err(t.type_error(format!(
                    "'async with' received an object from {b} that does not implement __await__: {}",
                    typ.name_str()
                )));
            }
        };
        if it.kind() == Kind::Coroutine
            && let Some(g) = Generator::of(&it)
            && crate::objects::async_generator::is_awaited(t, g)
        {
            return Err(t.runtime_error("coroutine is being awaited already"));
        }
        Ok(it)
    })())
}

/// GET_AITER.
#[inline(never)]
pub fn get_aiter(t: &Thread, v: &Value, _arg: usize) -> u64 {
    ret((|| {
        let typ = v.type_of(t);
        let Some(f) = typ.slots().am_aiter else {
            return Err(
                t.type_error(format!("'async for' requires an object with __aiter__ method, got {}", typ.name_str()))
            );
        };
        let it = f(t, v)?;
        if it.type_of(t).slots().am_anext.is_none() {
            return Err(t.type_error(format!(
                "'async for' received an object from __aiter__ that does not implement __anext__: {}",
                it.type_of(t).name_str()
            )));
        }
        Ok(it)
    })())
}

/// GET_ANEXT.
#[inline(never)]
pub fn get_anext(t: &Thread, v: &Value) -> u64 {
    ret((|| {
        let typ = v.type_of(t);
        let Some(f) = typ.slots().am_anext else {
            return Err(t.type_error(format!(
                "'async for' requires an iterator with __anext__ method, got {}",
                typ.name_str()
            )));
        };
        let awaitable = f(t, v)?;
        if v.kind() == Kind::AsyncGenerator {
            return Ok(awaitable);
        }
        match awaitable_iter(t, &awaitable) {
            Ok(it) => Ok(it),
            Err(raised) => {
                let cause = t.take_exception(raised);
                let raised = t.type_error(format!(
                    "'async for' received an invalid object from __anext__: {}",
                    awaitable.type_of(t).name_str()
                ));
                let e = t.take_exception(raised);
                exception::set_cause(t, &e, Some(cause.clone()));
                if let Some(x) = e.cast::<Exception>() {
                    x.context.set(cause);
                }
                Err(t.raise_as_is(e))
            }
        }
    })())
}

/// `cr_origin`: file, line and function of the frames that made a coroutine.
///
/// # Safety
/// `f` is the calling thread's frame or null.
#[inline(never)]
pub unsafe fn coroutine_origin(t: &Thread, mut f: *mut Frame) -> Value {
    let mut entries = Vec::new();
    // SAFETY: see above.
    unsafe {
        while !f.is_null() && (entries.len() as u32) < t.origin_depth.get() {
            let code = Frame::code_of(f);
            let line = Frame::line(f).unwrap_or(0);
            entries.push(t.tuple([code.filename.clone(), Value::small(line as i64), code.name.clone()]));
            f = (*f).previous;
        }
    }
    Tuple::make(t, entries.into_iter())
}
