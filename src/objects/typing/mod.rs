//! What `typing` is made of natively: type parameters, type aliases, `Generic`.
//!
//! The compiler makes type parameters (`def f[T: int](...)`) by intrinsics, which are the functions here; bounds,
//! constraints, defaults and an alias's value are functions, called when first asked for (PEP 695, 696). Much of the
//! rest is Python code of the module `typing`, which is called by name.

pub mod alias;
mod evaluator;
pub mod generic;
pub mod param;

pub use alias::typealias;
pub use evaluator::SPEC as EVALUATOR;
pub use param::{paramspec, set_default, typevar, typevartuple};

use super::dict::Dict;

use super::opaque::{self, Native};
use super::protocol;
use super::slot::Slot;
use super::slots::R;
use super::spec::Spec;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::types::TypeCell;
use super::value::Value;
use std::collections::HashMap;
use std::sync::Mutex;

/// A function of the module `typing`.
fn call_typing(t: &Thread, name: &str, args: &[Value]) -> R {
    protocol::call(t, &typing_name(t, name)?, args)
}

fn typing_name(t: &Thread, name: &str) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("the import system is not there yet")) };
    let module = (hooks.import)(t, &t.intern("typing"), None, None, None, 0)?;
    protocol::getattr_str(t, &module, name)
}

/// `typing.Unpack[v]`.
fn unpack(t: &Thread, v: &Value) -> R {
    protocol::getitem(t, &typing_name(t, "Unpack")?, v)
}

/// Type parameters with the `TypeVarTuple`s among them unpacked.
fn unpack_tuples(t: &Thread, params: &Value) -> R {
    let mut items = Vec::new();
    for param in params.cast::<Tuple>().map(|p| p.items()).unwrap_or(&[]) {
        items.push(if param::is_typevartuple(t, param) { unpack(t, param)? } else { param.clone() });
    }
    Ok(t.tuple(items))
}

/// `Generic[T, ...]`, the implicit base of a class with type parameters.
pub fn subscript_generic(t: &Thread, params: &Value) -> R {
    let args = unpack_tuples(t, params)?;
    call_typing(t, "_GenericAlias", &[t.types().generic.value(), args])
}

/// The name of the module whose function is running: whose object a type parameter is.
fn caller(t: &Thread) -> Option<Value> {
    let frame = t.frame.get();
    if frame.is_null() {
        return None;
    }
    // SAFETY: the running frame and its words are valid.
    let globals = unsafe { Value::from_ref(&(*frame).globals) }.clone();
    globals.cast::<Dict>()?.get_str(t, &t.names().__name__)
}

/// A value that is computed by a function when first asked for.
fn evaluate(t: &Thread, value: &Slot, compute: &Slot) -> R<Option<Value>> {
    if let Some(value) = value.get(t) {
        return Ok(Some(value));
    }
    let Some(compute) = compute.get(t) else { return Ok(None) };
    let made = protocol::call(t, &compute, &[Value::small(1)])?;
    value.set(made.clone());
    Ok(Some(made))
}

/// The function that computes a value, or one that gives it.
fn evaluator_of(t: &Thread, value: &Slot, compute: &Slot) -> R {
    match (compute.get(t), value.get(t)) {
        (Some(compute), _) => Ok(compute),
        (None, Some(value)) => evaluator::make(t, value),
        (None, None) => Ok(Value::NONE),
    }
}

/// Native types without a cell of their own, by the address of their tables.
#[derive(Default)]
struct Made(Mutex<HashMap<usize, Box<TypeCell>>>);

/// A new object of a type that is made at first use.
fn new_of<T: Native>(t: &Thread, spec: &'static Spec, payload: T) -> R {
    let made = t.interp.state::<Made>();
    let key = spec as *const Spec as usize;
    let found = made.0.lock().expect("no panic under this lock").get(&key).map(|cell| cell.value());
    let class = found.unwrap_or_else(|| {
        let cell = Box::<TypeCell>::default();
        super::type_new::make_builtin_type(t, spec, &cell);
        super::type_new::finish_builtin_type(t, cell.get());
        made.0.lock().expect("no panic under this lock").entry(key).or_insert(cell).value()
    });
    opaque::new(t, class.cast::<Type>().expect("a native type is a type"), payload)
}
