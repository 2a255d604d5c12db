//! Objects: values, reference counts, types and the built-in types.

pub mod alloc;
pub mod annotations;
pub mod arith;
pub mod async_generator;
pub mod attribute;
pub mod bool;
pub mod bootstrap;
pub mod buffer;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod code_object;
pub mod codecs;
pub mod complex;
pub mod container;
pub mod core_types;
pub mod dealloc;
pub mod descriptors;
pub mod dict;
pub mod error;
pub mod exc_info;
pub mod exception;
pub mod float;
pub mod frame;
pub mod function;
pub mod gc;
pub mod generator;
pub mod generic_alias;
pub mod hash;
pub mod header;
pub mod heap;
pub mod instance;
pub mod int;
pub mod interpreter;
pub mod iter;
pub mod list;
pub mod lock;
pub mod mapping_proxy;
pub mod memoryview;
pub mod module;
pub mod names;
pub mod native;
pub mod none;
pub mod number;
pub mod object;
pub mod opaque;
pub mod percent;
pub mod protocol;
pub mod range;
pub mod reduce;
pub mod sequence_args;
pub mod set;
pub mod shape;
pub mod simple_namespace;
pub mod slice;
pub mod slot;
pub mod slots;
pub mod spec;
pub mod string;
pub mod struct_sequence;
pub mod suggest;
pub mod template;
pub mod text;
pub mod thread;
pub mod traceback;
pub mod tuple;
pub mod type_cache;
pub mod type_methods;
pub mod type_new;
pub mod type_object;
pub mod type_slots;
pub mod types;
pub mod typing;
pub mod union;
pub mod value;
pub mod warn;
pub mod weakref;
pub mod world;

/// The system's text for an `errno` value.
pub fn os_message(errno: i32) -> String {
    // SAFETY: `strerror` returns a string that stays valid until the next call on this thread.
    unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) }.to_string_lossy().into_owned()
}
