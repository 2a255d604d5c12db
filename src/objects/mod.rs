//! Objects: values, reference counts, types and the built-in types.
//!
//! # A value
//!
//! Any object is one machine word, a [`value::Value`]: small ints, floats and the constants are the word itself,
//! the rest is a pointer to a [`header::Header`], with which every heap object begins. A `Value` counts: cloning
//! it adds a reference, dropping it gives one back.
//!
//! # Counts and memory
//!
//! The counts are those of PEP 703, checked by the models in `sync` ([`header`], [`dealloc`]): the owner of an object
//! counts plainly. With the GIL on all threads count under one id, and it is CPython's ordinary reference count. The
//! [`heap`] is ours, because a thread that raced to an object must still be able to read the header of a dead one
//! ([`slot`]). What counts cannot free, the collector finds ([`gc`]).
//!
//! # Types
//!
//! A type is a table of slots ([`slots`]), as in CPython. Built-in types are described by tables ([`spec`]) and made
//! when an interpreter starts ([`bootstrap`]); classes are made by `type_new`, and `type_slots` keeps slots and dunder
//! methods in step. Instances of Python classes keep their attributes by [`shape`] ([`instance`]).
//!
//! # What is where
//!
//! One file or folder per built-in type, alike in order: payload, constructors, slots, methods, the `SPEC`.
//! [`protocol`] holds the operations on any object, [`error`] raises, [`native`] binds arguments of native functions,
//! [`thread`] and [`interpreter`] hold the state of a run.
//!
//! Invariants: nothing here calls the VM, only slots. No Python code runs under an object's lock, or while a slice of a
//! container's memory is borrowed. What is stored owns its count.
//!
//! Begin with [`value`], [`header`] and [`slots`].

pub mod alloc;
pub mod anext_awaitable;
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
pub mod code_type;
pub mod codecs;
pub mod complex;
pub mod container;
pub mod context;
pub mod dealloc;
pub mod descriptors;
pub mod dict;
pub mod error;
pub mod exc_info;
pub mod exception;
pub mod float;
pub mod folded;
pub mod frame;
pub mod frame_jump;
pub mod frame_locals;
pub mod frame_type;
pub mod function;
pub mod function_type;
pub mod gc;
pub mod generator;
pub mod generator_type;
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
pub mod method_type;
pub mod module;
pub mod module_type;
pub mod naive;
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
mod type_bases;
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
pub mod watch;
pub mod weakref;
pub mod weakref_proxy;
pub mod weakref_type;
pub mod world;

/// The system's text for an `errno` value.
pub fn os_message(errno: i32) -> String {
    // SAFETY: `strerror` returns a string that stays valid until the next call on this thread.
    unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) }.to_string_lossy().into_owned()
}
