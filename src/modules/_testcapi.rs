//! `_testcapi`: the limits of C's types, and calls from native code, as CPython's tests want them.

use crate::modules::ModuleSpec;
use crate::objects::exception;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// Raises an exception of a class with a number of arguments.
fn raise_exception(t: &Thread, _: &Value, args: &[Value]) -> R {
    let count = int::arg_i32(t, &args[1])?;
    let arguments: Vec<Value> = (0..i64::from(count)).map(Value::small).collect();
    let exception = protocol::call(t, &args[0], &arguments)?;
    match exception::is_exception_class(t, &args[0]) {
        true => Err(t.raise(exception)),
        false => Err(t.type_error("argument must be an exception class")),
    }
}

fn raise_memoryerror(t: &Thread, _: &Value) -> R {
    Err(t.raise_with(t.types().memory_error.get(), &[]))
}

/// Makes an exception class with a documentation, as `PyErr_NewExceptionWithDoc` does.
fn make_exception_with_doc(t: &Thread, _: &Value, args: &[Value]) -> R {
    let given = |i: usize| args.get(i).filter(|v| !v.is_none());
    let name = args[0].cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    let Some((module, name)) = name.rsplit_once('.') else {
        return Err(t.system_error("PyErr_NewException: name must be module.class"));
    };
    let namespace = match given(3) {
        Some(dict) => dict.clone(),
        None => crate::objects::dict::Dict::make(t),
    };
    if let Some(doc) = given(1) {
        protocol::setitem(t, &namespace, &t.intern("__doc__"), Some(doc))?;
    }
    if !protocol::contains(t, &namespace, &t.intern("__module__"))? {
        protocol::setitem(t, &namespace, &t.intern("__module__"), Some(&t.str(module)))?;
    }
    let bases = match given(2) {
        Some(bases) if bases.cast::<Tuple>().is_some() => bases.clone(),
        Some(base) => t.tuple([base.clone()]),
        None => t.tuple([t.types().exception.value()]),
    };
    protocol::call(t, &t.types().type_.value(), &[t.str(name), bases, namespace])
}

/// `PyErr_WriteUnraisable`.
fn err_writeunraisable(t: &Thread, _: &Value, args: &[Value]) -> R {
    exception::report_unraisable(t, args[0].clone(), "Exception ignored in", args.get(1).filter(|v| !v.is_none()));
    Ok(Value::NONE)
}

/// What the interpreter was configured to; of CPython's options the one that its tests ask for.
fn config_get(t: &Thread, _: &Value, name: &Value) -> R {
    match name.cast::<Str>().map(|name| name.to_str_lossy().into_owned()) {
        // Code always knows its columns.
        Some(name) if name == "code_debug_ranges" => Ok(Value::TRUE),
        Some(name) => Err(t.value_error(format!("unknown config option name: {name}"))),
        None => Err(t.type_error("argument must be str")),
    }
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    let limits = [
        ("CHAR_MAX", i128::from(i8::MAX)),
        ("CHAR_MIN", i128::from(i8::MIN)),
        ("UCHAR_MAX", i128::from(u8::MAX)),
        ("SHRT_MAX", i128::from(i16::MAX)),
        ("SHRT_MIN", i128::from(i16::MIN)),
        ("USHRT_MAX", i128::from(u16::MAX)),
        ("INT_MAX", i128::from(libc::c_int::MAX)),
        ("INT_MIN", i128::from(libc::c_int::MIN)),
        ("UINT_MAX", i128::from(libc::c_uint::MAX)),
        ("LONG_MAX", libc::c_long::MAX as i128),
        ("LONG_MIN", libc::c_long::MIN as i128),
        ("ULONG_MAX", libc::c_ulong::MAX as i128),
        ("LLONG_MAX", i128::from(i64::MAX)),
        ("LLONG_MIN", i128::from(i64::MIN)),
        ("ULLONG_MAX", i128::from(u64::MAX)),
        ("PY_SSIZE_T_MAX", isize::MAX as i128),
        ("PY_SSIZE_T_MIN", isize::MIN as i128),
        ("SIZE_MAX", usize::MAX as i128),
    ];
    for (name, limit) in limits {
        m.set(t, name, int::from_big(t, num_bigint::BigInt::from(limit)));
    }
    for allocator in ["WITH_PYMALLOC", "WITH_MIMALLOC"] {
        m.set(t, allocator, Value::FALSE);
    }
    m.set(t, "FLT_MAX", crate::objects::float::new(t, f64::from(f32::MAX)));
    m.set(t, "FLT_MIN", crate::objects::float::new(t, f64::from(f32::MIN_POSITIVE)));
    m.set(t, "DBL_MAX", crate::objects::float::new(t, f64::MAX));
    m.set(t, "DBL_MIN", crate::objects::float::new(t, f64::MIN_POSITIVE));
    Ok(())
}

/// `_testcapi`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testcapi",
    functions: &[
        Def::new("config_get", Func::One(config_get), "", ""),
        Def::new("raise_exception", Func::Pos(raise_exception, 2, 2), "", ""),
        Def::new("raise_memoryerror", Func::NoArgs(raise_memoryerror), "", ""),
        Def::new("make_exception_with_doc", Func::Pos(make_exception_with_doc, 1, 4), "", ""),
        Def::new("err_writeunraisable", Func::Pos(err_writeunraisable, 1, 2), "", ""),
    ],
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
