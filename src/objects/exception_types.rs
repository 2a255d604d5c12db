//! The exception tree.

use super::alloc::alloc_instance;
use super::exception::Exception;
use super::header::Kind;
use super::protocol;
use super::slots::{Args, R, Slots};
use super::spec::{GetSet, Spec, type_flags};
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::types::{TypeCell, Types};
use super::value::Value;

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = class.cast::<Type>().expect("a class");
    let tuple = Tuple::from_slice(t, args.pos);
    // SAFETY: the payload is an exception's.
    unsafe { alloc_instance::<Exception>(t, typ, |this| Exception::init_payload(this, tuple)) }
}

fn str(t: &Thread, v: &Value) -> R {
    let args = v.cast::<Exception>().and_then(|e| e.args.get(t)).unwrap_or(Value::NONE);
    match args.cast::<Tuple>().map_or(&[][..], |a| a.items()) {
        [] => Ok(t.str("")),
        [one] => protocol::str(t, one),
        _ => protocol::str(t, &args),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let args = v.cast::<Exception>().and_then(|e| e.args.get(t)).unwrap_or(Value::NONE);
    let name = v.type_of(t).short_name();
    match args.cast::<Tuple>().map_or(&[][..], |a| a.items()) {
        [one] => Ok(t.str(format!("{name}({})", protocol::repr_text(t, one)?))),
        _ => Ok(t.str(format!("{name}{}", protocol::repr_text(t, &args)?))),
    }
}

const BASE: Spec = Spec {
    kind: Kind::Exception,
    size: std::mem::size_of::<Exception>(),
    flags: type_flags::BASETYPE | type_flags::HAVE_GC | type_flags::HAS_DICT,
    ..Spec::DEFAULT
};

static BASE_EXCEPTION: Spec = Spec {
    name: "BaseException",
    slots: Slots {
        new: Some(new),
        init: Some(|_, _, _| Ok(())),
        str: Some(str),
        repr: Some(repr),
        traverse: Some(Exception::traverse),
        clear: Some(Exception::clear_refs),
        drop: Some(Exception::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[GetSet::ro(
        "args",
        |t, v| Ok(v.cast::<Exception>().and_then(|e| e.args.get(t)).unwrap_or(Value::NONE)),
        "",
    )],
    ..BASE
};

macro_rules! tree {
    ($($name:literal $cell:ident: $base:ident,)*) => {
        pub fn rows() -> Vec<(&'static Spec, fn(&Types) -> &TypeCell)> {
            vec![
                (&BASE_EXCEPTION, |types: &Types| &types.base_exception),
                $({
                    static SPEC: Spec = Spec { name: $name, base: Some(|types| &types.$base), ..BASE };
                    (&SPEC, |types: &Types| &types.$cell)
                }),*
            ]
        }
    };
}

tree! {
    "Exception" exception: base_exception,
    "GeneratorExit" generator_exit: base_exception,
    "SystemExit" system_exit: base_exception,
    "KeyboardInterrupt" keyboard_interrupt: base_exception,
    "BaseExceptionGroup" base_exception_group: base_exception,
    "TypeError" type_error: exception,
    "ValueError" value_error: exception,
    "LookupError" lookup_error: exception,
    "KeyError" key_error: lookup_error,
    "IndexError" index_error: lookup_error,
    "AttributeError" attribute_error: exception,
    "NameError" name_error: exception,
    "UnboundLocalError" unbound_local_error: name_error,
    "RuntimeError" runtime_error: exception,
    "RecursionError" recursion_error: runtime_error,
    "NotImplementedError" not_implemented_error: runtime_error,
    "StopIteration" stop_iteration: exception,
    "StopAsyncIteration" stop_async_iteration: exception,
    "ArithmeticError" arithmetic_error: exception,
    "OverflowError" overflow_error: arithmetic_error,
    "ZeroDivisionError" zero_division_error: arithmetic_error,
    "AssertionError" assertion_error: exception,
    "ImportError" import_error: exception,
    "ModuleNotFoundError" module_not_found_error: import_error,
    "MemoryError" memory_error: exception,
    "OSError" os_error: exception,
    "SyntaxError" syntax_error: exception,
    "IndentationError" indentation_error: syntax_error,
    "TabError" tab_error: indentation_error,
    "SystemError" system_error: exception,
    "BufferError" buffer_error: exception,
    "EOFError" eof_error: exception,
    "ReferenceError" reference_error: exception,
    "UnicodeError" unicode_error: value_error,
    "Warning" warning: exception,
    "DeprecationWarning" deprecation_warning: warning,
    "RuntimeWarning" runtime_warning: warning,
    "SyntaxWarning" syntax_warning: warning,
}
