//! `_io`: streams, in three layers.
//!
//! | layer | classes | file |
//! |---|---|---|
//! | raw: one call, one system call | `FileIO` | `file` |
//! | buffered: bytes | `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`, `BytesIO` | `buffered`, `bytes_io` |
//! | text | `TextIOWrapper`, `StringIO`, `IncrementalNewlineDecoder` | `text`, `string_io`, `newlines` |
//!
//! The abstract bases that classes written in Python derive from are in `base`. Each layer talks to the one below by
//! calling its methods, since it may be anything; where it is exactly one of the classes here, it is called
//! directly, with no objects made in between.
//!
//! Invariant: no Rust borrow of a stream's state lives across a call of another stream's method. Buffered streams
//! hold a lock of their own across such calls (CPython does too); a thread that comes back to the same stream
//! from within gets `RuntimeError`.

mod base;
mod buffered;
mod bytes_io;
mod bytes_io_buffer;
mod file;
mod newlines;
mod open;
mod saved;
mod string_io;
mod text;

use super::ModuleSpec;
use crate::modules::subtype;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::OnceLock;

/// How much is read or written at a time, if nothing else is said.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// Flags of all stream types.
const FLAGS: u64 = type_flags::BASETYPE | type_flags::HAVE_GC | type_flags::HAS_DICT | type_flags::WEAKREFABLE;

/// The new value of a field that is a C `bool`.
fn bool_field(t: &Thread, value: Option<&Value>) -> R<bool> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    value.as_bool().ok_or_else(|| t.type_error("attribute value type must be bool"))
}

/// What the module keeps per interpreter.
#[derive(Default)]
struct State {
    unsupported: OnceLock<Value>,
}

/// The classes and what they derive from; `None` for `object`. Bases come first.
static CLASSES: &[(&Spec, Option<&Spec>)] = &[
    (&newlines::SPEC, None),
    (&bytes_io_buffer::SPEC, None),
    (&base::IO_BASE, None),
    (&base::TEXT_BASE, Some(&base::IO_BASE)),
    (&base::BUFFERED_BASE, Some(&base::IO_BASE)),
    (&base::RAW_BASE, Some(&base::IO_BASE)),
    (&bytes_io::SPEC, Some(&base::BUFFERED_BASE)),
    (&buffered::WRITER, Some(&base::BUFFERED_BASE)),
    (&buffered::READER, Some(&base::BUFFERED_BASE)),
    (&buffered::PAIR, Some(&base::BUFFERED_BASE)),
    (&buffered::RANDOM, Some(&base::BUFFERED_BASE)),
    (&file::SPEC, Some(&base::RAW_BASE)),
    (&string_io::SPEC, Some(&base::TEXT_BASE)),
    (&text::SPEC, Some(&base::TEXT_BASE)),
];

/// One of the classes.
fn class(t: &Thread, spec: &'static Spec) -> Value {
    let base = CLASSES.iter().find(|(s, _)| std::ptr::eq(*s, spec)).and_then(|(_, base)| *base);
    match base {
        Some(base) => subtype(t, spec, || class(t, base)),
        None => super::module_type(t, spec),
    }
}

/// Whether the object is an instance of exactly that class.
fn is_exactly(t: &Thread, v: &Value, spec: &'static Spec) -> bool {
    v.type_of(t).spec().is_some_and(|s| std::ptr::eq(s, spec)) && !v.type_of(t).is_heap_type()
}

/// Calls a class.
fn construct(t: &Thread, spec: &'static Spec, args: &[Value]) -> R {
    protocol::call(t, &class(t, spec), args)
}

/// `io.UnsupportedOperation`, which is both `OSError` and `ValueError`.
fn unsupported_class(t: &Thread) -> R {
    let state = t.interp.state::<State>();
    if let Some(class) = state.unsupported.get() {
        return Ok(class.clone());
    }
    let bases = t.tuple([t.types().os_error.value(), t.types().value_error.value()]);
    let namespace = crate::objects::dict::Dict::make(t);
    namespace.cast::<crate::objects::dict::Dict>().expect("just made").set_name(t, "__module__", t.str("io"));
    let class = protocol::call(t, &t.types().type_.value(), &[t.str("UnsupportedOperation"), bases, namespace])?;
    Ok(state.unsupported.get_or_init(|| class).clone())
}

/// Raises `UnsupportedOperation`.
#[cold]
fn unsupported(t: &Thread, message: &str) -> Raised {
    match unsupported_class(t) {
        Ok(class) => t.raise_message(class.cast::<Type>().expect("a class"), message),
        Err(raised) => raised,
    }
}

/// `ValueError` for a stream that is closed.
#[cold]
fn closed_error(t: &Thread) -> Raised {
    t.value_error("I/O operation on closed file.")
}

/// A size argument: -1 for none (`None`, or a negative number).
fn size_arg(t: &Thread, v: Option<&Value>) -> R<isize> {
    match v {
        None => Ok(-1),
        Some(v) if v.is_none() => Ok(-1),
        Some(v) if int::is_int(v) || v.type_of(t).slots().nb_index.is_some() => protocol::index_isize(t, v),
        Some(v) => Err(t.type_error(format!("argument should be integer or None, not '{}'", v.type_of(t).name_str()))),
    }
}

/// A file position from an int (`PyNumber_AsOff_t`).
fn position(t: &Thread, v: &Value) -> R<i64> {
    let i = protocol::index(t, v)?;
    match int::as_i64(&i) {
        Some(i) => Ok(i),
        None => Err(t.value_error(format!("cannot fit '{}' into an offset-sized integer", v.type_of(t).name_str()))),
    }
}

/// The truth of `stream.closed`.
fn is_closed(t: &Thread, v: &Value) -> R<bool> {
    let closed = protocol::getattr(t, v, &t.names().closed)?;
    protocol::truth(t, &closed)
}

/// Calls a method without arguments.
fn call0(t: &Thread, v: &Value, name: &str) -> R {
    protocol::call_method_str(t, v, name, &[])
}

/// Runs `first`, then `second` whatever came of it. The first one's error is the context of the second's.
fn both(t: &Thread, first: R, second: impl FnOnce() -> R) -> R {
    let Err(raised) = first else {
        return second();
    };
    let exception = t.take_exception(raised);
    match second() {
        Ok(_) => Err(t.raise_as_is(exception)),
        Err(raised) => {
            let later = t.take_exception(raised);
            crate::objects::exception::link_context(t, &later, &exception);
            Err(t.raise_as_is(later))
        }
    }
}

/// The bytes that a `read` method returned.
fn bytes_result<'a>(t: &Thread, v: &'a Value, method: &str) -> R<&'a Bytes> {
    v.cast::<Bytes>().ok_or_else(|| {
        t.type_error(format!("{method}() should have returned a bytes object, not '{}'", v.type_of(t).name_str()))
    })
}

/// Raises `BlockingIOError` with the number of bytes that were written.
#[cold]
fn would_block(t: &Thread, message: &str, written: usize) -> Raised {
    let args = [Value::small(libc::EAGAIN.into()), t.str(message), int::from_usize(t, written)];
    t.raise_with(&t.types().blocking_io_error, &args)
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling. The\nbuiltin open function is defined in this module.",
    functions: open::FUNCTIONS,
    exec: Some(exec),
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "DEFAULT_BUFFER_SIZE", Value::small(DEFAULT_BUFFER_SIZE as i64));
    module.set(t, "UnsupportedOperation", unsupported_class(t)?);
    module.set(t, "BlockingIOError", t.types().blocking_io_error.value());
    for (spec, _) in CLASSES {
        module.set(t, spec.name.rsplit('.').next().unwrap_or(spec.name), class(t, spec));
    }
    Ok(())
}
