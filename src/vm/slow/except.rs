//! Raising and matching exceptions.

use super::ret;
use crate::objects::exception::{self, Exception};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::{Value, word};

/// RAISE_VARARGS: nothing, an exception, or an exception and its cause. Always leaves an exception raised.
///
/// # Safety
/// The operands lie from `base` on.
#[inline(never)]
pub unsafe fn raise_varargs(t: &Thread, base: *mut u64, n: usize) {
    // SAFETY: see above.
    let operands = unsafe { std::slice::from_raw_parts(base as *const Value, n) };
    let _ = raise(t, operands);
}

/// An exception from what was given to `raise`: an instance, or a class to be called.
fn instance_of(t: &Thread, v: &Value, message: &str) -> R {
    if v.cast::<Exception>().is_some() {
        return Ok(v.clone());
    }
    if let Some(class) = v.cast::<Type>()
        && class.is_subtype(&t.types().base_exception)
    {
        let e = protocol::call(t, v, &[])?;
        if e.cast::<Exception>().is_none() {
            return Err(t.type_error(format!(
                "calling {} should have returned an instance of BaseException, not {}",
                protocol::repr_text(t, v)?,
                protocol::repr_text(t, &e.type_of_value(t))?
            )));
        }
        return Ok(e);
    }
    Err(t.type_error(message))
}

/// Raises what another thread sent: an exception or a class of them.
pub fn raise_object(t: &Thread, v: &Value) -> crate::objects::slots::Raised {
    match raise(t, std::slice::from_ref(v)) {
        Err(raised) => raised,
        Ok(()) => t.system_error("raise returned"),
    }
}

fn raise(t: &Thread, operands: &[Value]) -> R<()> {
    let Some(v) = operands.first() else {
        return match t.handled_exception() {
            Some(e) => {
                // The traceback has this frame already.
                t.reraising.set(true);
                Err(t.raise_as_is(e))
            }
            None => Err(t.runtime_error("No active exception to reraise")),
        };
    };
    let e = instance_of(t, v, "exceptions must derive from BaseException")?;
    if let Some(cause) = operands.get(1) {
        let cause = if cause.is_none() {
            None
        } else {
            Some(instance_of(t, cause, "exception causes must derive from BaseException")?)
        };
        exception::set_cause(t, &e, cause);
    }
    Err(t.raise(e))
}

/// RERAISE: takes over the exception's word.
///
/// # Safety
/// `exception` is an owned word of an exception.
#[inline(never)]
pub unsafe fn reraise(t: &Thread, exception: u64) {
    // SAFETY: the word is owned.
    let e = unsafe { Value::from_bits(exception) };
    raise_again(t, e.into_owned());
}

/// Raises an exception that has its traceback already.
fn raise_again(t: &Thread, e: Value) {
    if e.cast::<Exception>().is_none() {
        // Only bytecode that no compiler made does this.
        let _ = t.system_error("what is raised again is no exception");
        return;
    }
    let _ = t.raise_as_is(e);
    t.reraising.set(true);
}

/// PUSH_EXC_INFO: the exception becomes the handled one; gives the word of the one before.
///
/// # Safety
/// `exception` is the word of an exception, which stays on the stack.
#[inline(never)]
pub unsafe fn push_exc_info(t: &Thread, exception: u64) -> u64 {
    // SAFETY: the thread's entry lives while it is linked; the word stays on the stack.
    unsafe {
        let e = Value::from_ref(&exception).clone();
        match (*t.exc_info.get()).value.replace(Some(e)) {
            Some(previous) => previous.into_bits(),
            None => word::NONE,
        }
    }
}

/// POP_EXCEPT: the exception before becomes the handled one again.
///
/// # Safety
/// `previous` is an owned word of an exception or of None.
#[inline(never)]
pub unsafe fn pop_except(t: &Thread, previous: u64) {
    // SAFETY: the word is owned.
    let previous = unsafe { Value::from_bits(previous) };
    let previous = if previous.is_none() { None } else { Some(previous.into_owned()) };
    // SAFETY: as in `push_exc_info`.
    drop(unsafe { (*t.exc_info.get()).value.replace(previous) });
}

/// Whether everything in the pattern of an `except` is an exception class.
fn check_classes(t: &Thread, pattern: &Value, message: &str) -> R<()> {
    let ok = |v: &Value| v.cast::<Type>().is_some_and(|c| c.is_subtype(&t.types().base_exception));
    let all = match pattern.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().all(ok),
        None => ok(pattern),
    };
    if all { Ok(()) } else { Err(t.type_error(message)) }
}

/// Whether an exception matches a class or tuple of classes: along the MRO, without hooks.
pub fn exception_matches(t: &Thread, e: &Value, pattern: &Value) -> bool {
    match pattern.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(|p| exception_matches(t, e, p)),
        None => pattern.cast::<Type>().is_some_and(|c| e.type_of(t).is_subtype(c)),
    }
}

/// CHECK_EXC_MATCH.
#[inline(never)]
pub fn check_exc_match(t: &Thread, exception: &Value, pattern: &Value) -> u64 {
    match check_classes(t, pattern, "catching classes that do not inherit from BaseException is not allowed") {
        Ok(()) => Value::bool(exception_matches(t, exception, pattern)).bits(),
        Err(_) => 0,
    }
}

/// CHECK_EG_MATCH: exception and types become the rest and the match (each an exception or `None`).
///
/// # Safety
/// Two operands lie from `base` on.
#[inline(never)]
pub unsafe fn check_eg_match(t: &Thread, base: *mut u64) -> bool {
    // SAFETY: see above.
    unsafe {
        let e = Value::from_ref(&*base).clone();
        let pattern = Value::from_ref(&*base.add(1)).clone();
        let result = (|| {
            check_classes(t, &pattern, "catching classes that do not inherit from BaseException is not allowed")?;
            let group = t.types().base_exception_group.get();
            let is_group = |v: &Value| v.cast::<Type>().is_some_and(|c| c.is_subtype(group));
            let any_group = match pattern.cast::<Tuple>() {
                Some(tuple) => tuple.items().iter().any(is_group),
                None => is_group(&pattern),
            };
            if any_group {
                return Err(t.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
            }
            exception::group_match(t, &e, &pattern)
        })();
        let Ok((rest, matched)) = result else { return false };
        if !matched.is_none() {
            // What is handled from here on is the match.
            drop((*t.exc_info.get()).value.replace(Some(matched.clone())));
        }
        drop(Value::option_from_bits(std::mem::replace(&mut *base, rest.into_bits())));
        drop(Value::option_from_bits(std::mem::replace(&mut *base.add(1), matched.into_bits())));
        true
    }
}

/// WITH_EXCEPT_START: calls `__exit__(type, value, traceback)`.
///
/// # Safety
/// `receiver` is a word of the stack, zero where the method is bound already.
#[inline(never)]
pub unsafe fn with_except_start(t: &Thread, exit: &Value, receiver: u64, exception: &Value) -> u64 {
    let typ = exception.type_of_value(t);
    let tb = exception.cast::<Exception>().and_then(|e| e.traceback.get(t)).unwrap_or(Value::NONE);
    let three = [typ, exception.clone(), tb];
    if receiver == 0 {
        return ret(protocol::call(t, exit, &three));
    }
    // SAFETY: the word is a value on the stack.
    let receiver = unsafe { Value::from_ref(&receiver) }.clone();
    let [a, b, c] = three;
    ret(protocol::call(t, exit, &[receiver, a, b, c]))
}

/// CLEANUP_THROW: iterator, last sent, exception; a `StopIteration` becomes `None` and its value.
///
/// # Safety
/// Three operands lie from `base` on.
#[inline(never)]
pub unsafe fn cleanup_throw(t: &Thread, base: *mut u64) -> bool {
    // SAFETY: see above.
    unsafe {
        let e = Value::from_ref(&*base.add(2)).clone();
        if !e.type_of(t).is_subtype(&t.types().stop_iteration) {
            raise_again(t, e);
            return false;
        }
        let value = e.cast::<Exception>().and_then(|e| e.fields[0].get(t)).unwrap_or(Value::NONE);
        let old = (*base, *base.add(1), *base.add(2));
        *base = word::NONE;
        *base.add(1) = value.into_bits();
        *base.add(2) = 0;
        for w in [old.0, old.1, old.2] {
            drop(Value::option_from_bits(w));
        }
        true
    }
}

/// END_ASYNC_FOR: true for `StopAsyncIteration`, whose word is dropped; else it is raised again.
///
/// # Safety
/// `exception` is an owned word of an exception.
#[inline(never)]
pub unsafe fn end_async_for(t: &Thread, exception: u64) -> bool {
    // SAFETY: the word is owned.
    let e = unsafe { Value::from_bits(exception) };
    if e.type_of(t).is_subtype(&t.types().stop_async_iteration) {
        return true;
    }
    raise_again(t, e.into_owned());
    false
}
