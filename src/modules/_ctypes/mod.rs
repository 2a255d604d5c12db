//! `_ctypes`: data as C has it, and calls of functions of C.
//!
//! Every class of C data has an [`info`](info::Info): how large its instances are, how they lie, what they are made of.
//! The metatypes ([`meta`]) make it when a class is made. An instance ([`data`]) is memory, its own or a part of
//! another's; reading and writing it goes through [`codes`] for simple types, and through `Part` for what is composed.
//!
//! What lies in the memory does not count as a reference: objects that it points to are kept beside it (`_objects`).
//! As in CPython, whoever gives an address (`from_address`, `cast` from an int, a function's wrong prototype) vouches for
//! it, and whoever does not cannot read or write anything but an instance's own memory.
//!
//! | file | what |
//! |---|---|
//! | `info`, `meta` | what is known of a type; the metatypes |
//! | `memory`, `codes`, `wide`, `long_double` | bytes in memory, and the simple types |
//! | `data` | what all instances share |
//! | `simple`, `structure`, `field`, `array`, `pointer` | the kinds of data |
//! | `function`, `argument`, `call`, `ffi`, `builtin`, `callback` | functions |
//! | `library` | shared libraries |

mod argument;
mod array;
mod builtin;
mod call;
mod callback;
mod codes;
mod data;
mod ffi;
mod field;
mod function;
mod info;
mod library;
mod long_double;
mod memory;
mod meta;
mod pointer;
mod simple;
mod structure;
mod wide;

use super::ModuleSpec;
use super::exceptions::Exception;
use crate::modules::add_functions;
use crate::modules::system::c_int;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use data::Data;

static ARGUMENT_ERROR: Exception =
    Exception { module: "ctypes", name: "ArgumentError", base: |types| &types.exception };

/// `ctypes.ArgumentError`.
fn argument_error() -> &'static Exception {
    &ARGUMENT_ERROR
}

fn sizeof(t: &Thread, _m: &Value, v: &Value) -> R {
    if let Some(data) = v.opaque::<Data>() {
        return Ok(int::from_usize(t, data.size()));
    }
    match info::of_class(t, v) {
        Some(info) => Ok(int::from_usize(t, info.size)),
        None => Err(t.type_error("this type has no size")),
    }
}

fn alignment(t: &Thread, _m: &Value, v: &Value) -> R {
    match builtin::class_or_instance(t, v) {
        Some(info) => Ok(int::from_usize(t, info.align)),
        None => Err(t.type_error("no alignment info")),
    }
}

fn byref(t: &Thread, _m: &Value, args: &[Value]) -> R {
    data::expect(t, &args[0], "byref() argument 1")?;
    let offset = args.get(1).map_or(Ok(0), |offset| int::arg_isize(t, offset))?;
    argument::by_reference(t, &args[0], offset)
}

fn resize(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let data = data::expect(t, &args[0], "resize() argument 1")?;
    let size = int::arg_isize(t, &args[1])?;
    let least = info::concrete(t, args[0].type_of(t))?.size;
    match usize::try_from(size) {
        Ok(size) if size >= least => data.resize(t, size)?,
        _ => return Err(t.value_error(format!("minimum size is {least}"))),
    }
    Ok(Value::NONE)
}

fn buffer_info(t: &Thread, _m: &Value, v: &Value) -> R {
    let Some(info) = builtin::class_or_instance(t, v) else {
        return Err(t.type_error("not a ctypes type or object"));
    };
    let shape = t.tuple(info.shape.iter().map(|&n| int::from_usize(t, n)).collect::<Vec<_>>());
    Ok(t.tuple([t.str(&info.format), Value::small(info.shape.len() as i64), shape]))
}

fn get_errno(t: &Thread, _m: &Value) -> R {
    crate::modules::sys::audit::audit(t, "ctypes.get_errno", &[])?;
    Ok(Value::small(call::exchange_errno(None).into()))
}

fn set_errno(t: &Thread, _m: &Value, v: &Value) -> R {
    crate::modules::sys::audit::audit(t, "ctypes.set_errno", std::slice::from_ref(v))?;
    Ok(Value::small(call::exchange_errno(Some(c_int(t, v)?)).into()))
}

/// `_unpickle(class, state)`.
fn unpickle(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let object = protocol::call_method_str(t, &args[0], "__new__", &args[..1])?;
    let state = args[1].cast::<Tuple>().map(|state| state.items().to_vec()).unwrap_or_default();
    protocol::call_method_str(t, &object, "__setstate__", &state)?;
    Ok(object)
}

/// The function that pickles refer to.
fn unpickler(t: &Thread) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.system_error("nothing can be imported")) };
    let module = (hooks.import)(t, &t.intern("_ctypes"), None, None, None, 0)?;
    protocol::getattr_str(t, &module, "_unpickle")
}

/// `call_function(address, arguments)`.
fn call_with(t: &Thread, args: &[Value], flags: i32) -> R {
    let address = library::address(t, &args[0])? as *mut u8;
    let Some(arguments) = args[1].cast::<Tuple>() else {
        let given = args[1].type_of(t).name_str();
        return Err(t.type_error(format!("argument 2 must be tuple, not {given}")));
    };
    let what = call::Call { address, flags, converters: None, restype: None, checker: None };
    call::call(t, &what, arguments.items())
}

fn call_function(t: &Thread, _m: &Value, args: &[Value]) -> R {
    call_with(t, args, 0)
}

fn call_cdeclfunction(t: &Thread, _m: &Value, args: &[Value]) -> R {
    call_with(t, args, function::FLAG_CDECL)
}

/// `Py_INCREF(object)`: one reference that nobody gives back.
fn incref(_t: &Thread, _m: &Value, v: &Value) -> R {
    std::mem::forget(v.clone());
    Ok(v.clone())
}

/// `Py_DECREF(object)`: gives back one that somebody took.
fn decref(_t: &Thread, _m: &Value, v: &Value) -> R {
    let result = v.clone();
    if let Some(header) = v.header().filter(|header| header.refcount() > 2) {
        // SAFETY: the script vouches for the reference, as in C; the argument and the result are two others.
        drop(unsafe { Value::from_header(header) });
    }
    Ok(result)
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let value = module.value();
    add_functions(t, module, &value, "_ctypes", library::FUNCTIONS);
    let classes = [
        ("Structure", structure::structure(t)),
        ("Union", structure::union(t)),
        ("_Pointer", pointer::class(t)),
        ("Array", array::class(t)),
        ("_SimpleCData", simple::class(t)),
        ("CFuncPtr", function::class(t)),
        ("CField", field::class(t)),
        ("ArgumentError", ARGUMENT_ERROR.class(t)?),
    ];
    for (name, class) in classes {
        module.set(t, name, class);
    }
    let numbers = [
        ("FUNCFLAG_CDECL", function::FLAG_CDECL),
        ("FUNCFLAG_USE_ERRNO", function::FLAG_USE_ERRNO),
        ("FUNCFLAG_USE_LASTERROR", 16),
        ("FUNCFLAG_PYTHONAPI", function::FLAG_PYTHONAPI),
        ("RTLD_LOCAL", libc::RTLD_LOCAL),
        ("RTLD_GLOBAL", libc::RTLD_GLOBAL),
        ("CTYPES_MAX_ARGCOUNT", function::MOST_ARGUMENTS as i32),
        ("SIZEOF_TIME_T", size_of::<libc::time_t>() as i32),
    ];
    for (name, number) in numbers {
        module.set(t, name, Value::small(number.into()));
    }
    module.set(t, "__version__", t.str("1.1.0"));
    for (index, (name, _)) in builtin::FUNCTIONS.iter().enumerate() {
        module.set(t, name, int::from_u64(t, builtin::address(index)));
    }
    module.set(t, "_memmove_addr", int::from_u64(t, libc::memmove as *const () as u64));
    module.set(t, "_memset_addr", int::from_u64(t, libc::memset as *const () as u64));
    Ok(())
}

/// `_ctypes`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_ctypes",
    doc: "Create and manipulate C compatible data types in Python.",
    functions: &[
        Def::new("get_errno", Func::NoArgs(get_errno), "($self, /)", ""),
        Def::new("set_errno", Func::One(set_errno), "", ""),
        Def::new("_unpickle", Func::Pos(unpickle, 2, 2), "", ""),
        Def::new("buffer_info", Func::One(buffer_info), "($self, object, /)", "Return buffer interface information"),
        Def::new("resize", Func::Pos(resize, 2, 2), "($module, obj, size, /)", ""),
        Def::new(
            "alignment",
            Func::One(alignment),
            "($self, object, /)",
            "alignment(C type) -> integer\nalignment(C instance) -> integer\nReturn the alignment requirements of a C instance",
        ),
        Def::new("sizeof", Func::One(sizeof), "($module, obj, /)", "Return the size in bytes of a C instance."),
        Def::new(
            "byref",
            Func::Pos(byref, 1, 2),
            "($module, obj, offset=0, /)",
            "Return a pointer lookalike to a C instance, only usable as function argument.",
        ),
        Def::new(
            "addressof",
            Func::One(argument::addressof),
            "($module, obj, /)",
            "Return the address of the C instance internal buffer",
        ),
        Def::new("call_function", Func::Pos(call_function, 2, 2), "", ""),
        Def::new("call_cdeclfunction", Func::Pos(call_cdeclfunction, 2, 2), "", ""),
        Def::new("PyObj_FromPtr", Func::One(builtin::object_at), "", ""),
        Def::new("Py_INCREF", Func::One(incref), "($self, object, /)", ""),
        Def::new("Py_DECREF", Func::One(decref), "($self, object, /)", ""),
    ],
    exec: Some(exec),
};
