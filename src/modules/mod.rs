//! Native modules: one file (or folder) per C module of CPython, under its name.
//!
//! A module is a [`ModuleSpec`]: a table of functions, a table of types and a hook for the rest. A module is
//! made when it is first imported; its state, if it has any, is a value in the interpreter
//! (`Interpreter::state`), never a static.

pub mod _abc;
pub mod _ast;
pub mod _asyncio;
pub mod _bisect;
pub mod _blake2;
pub mod _bz2;
pub mod _codecs;
pub mod _collections;
pub mod _contextvars;
pub mod _csv;
pub mod _ctypes;
pub mod _datetime;
pub mod _event_loop;
pub mod _functools;
pub mod _heapq;
pub mod _imp;
pub mod _io;
pub mod _json;
pub mod _locale;
pub mod _lzma;
pub mod _md5;
pub mod _multibytecodec;
pub mod _multiprocessing;
pub mod _opcode;
pub mod _operator;
pub mod _pickle;
pub mod _posixshmem;
pub mod _posixsubprocess;
pub mod _queue;
pub mod _random;
pub mod _remote_debugging;
pub mod _sha1;
pub mod _sha2;
pub mod _sha3;
pub mod _signal;
pub mod _socket;
pub mod _sre;
pub mod _stat;
pub mod _statistics;
pub mod _string;
pub mod _struct;
pub mod _suggestions;
pub mod _symtable;
pub mod _sysconfig;
pub mod _testcapi;
pub mod _testinternalcapi;
pub mod _testlimitedcapi;
pub mod _testmultiphase;
pub mod _thread;
pub mod _tokenize;
pub mod _types;
pub mod _typing;
pub mod _warnings;
pub mod _weakref;
pub mod _zstd;
pub mod array;
pub mod atexit;
pub mod binascii;
pub mod builtins;
pub mod cmath;
pub mod compression;
pub mod errno;
pub mod exceptions;
pub mod faulthandler;
pub mod fcntl;
pub mod gc;
pub mod grp;
pub mod hash_object;
pub mod itertools;
pub mod lifecycle;
pub mod marshal;
pub mod math;
pub mod mmap;
pub mod native_type;
pub mod posix;
pub mod pwd;
pub mod pyexpat;
pub mod resource;
pub mod select;
pub mod shared;
pub mod sys;
pub mod syslog;
pub mod system;
pub mod termios;
pub mod time;
pub mod ungil;
pub mod unicodedata;
pub mod zlib;

use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::native::Native;
use crate::objects::slots::R;
use crate::objects::spec::{Binding, Def};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A native module.
pub struct ModuleSpec {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [Def],
    /// Adds types, constants and the rest to the namespace.
    pub exec: Option<fn(&Thread, &Module) -> R<()>>,
}

impl ModuleSpec {
    /// What a table of a module leaves out.
    pub const DEFAULT: ModuleSpec = ModuleSpec { name: "", doc: "", functions: &[], exec: None };
}

/// Every native module.
#[rustfmt::skip]
pub static MODULES: &[&ModuleSpec] = &[
    &_abc::MODULE,
    &_ast::MODULE,
    &_bisect::MODULE,
    &_asyncio::MODULE,
    &_blake2::MODULE,
    &_bz2::MODULE,
    &_codecs::MODULE,
    &_multibytecodec::CHINESE,
    &_multibytecodec::HONG_KONG,
    &_multibytecodec::ISO_2022,
    &_multibytecodec::JAPANESE,
    &_multibytecodec::KOREAN,
    &_multibytecodec::TAIWAN,
    &_collections::MODULE,
    &_contextvars::MODULE,
    &_csv::MODULE,
    &_ctypes::MODULE,
    &_event_loop::MODULE,
    &_datetime::MODULE,
    &_functools::MODULE,
    &_heapq::MODULE,
    &_imp::MODULE,
    &_io::MODULE,
    &_json::MODULE,
    &_locale::MODULE,
    &_lzma::MODULE,
    &_md5::MODULE,
    &_multibytecodec::MODULE,
    &_multiprocessing::MODULE,
    &_opcode::MODULE,
    &_operator::MODULE,
    &_pickle::MODULE,
    &_posixshmem::MODULE,
    &_posixsubprocess::MODULE,
    &_queue::MODULE,
    &_random::MODULE,
    &_remote_debugging::MODULE,
    &_sha1::MODULE,
    &_sha2::MODULE,
    &_sha3::MODULE,
    &_signal::MODULE,
    &_socket::MODULE,
    &_sre::MODULE,
    &_stat::MODULE,
    &_statistics::MODULE,
    &_string::MODULE,
    &_struct::MODULE,
    &_suggestions::MODULE,
    &_symtable::MODULE,
    &_sysconfig::MODULE,
    &_testcapi::MODULE,
    &_testinternalcapi::MODULE,
    &_testlimitedcapi::MODULE,
    &_testmultiphase::MODULE,
    &_thread::MODULE,
    &_tokenize::MODULE,
    &_types::MODULE,
    &_typing::MODULE,
    &_warnings::MODULE,
    &_weakref::MODULE,
    &_zstd::MODULE,
    &array::MODULE,
    &atexit::MODULE,
    &binascii::MODULE,
    &builtins::MODULE,
    &cmath::MODULE,
    &errno::MODULE,
    &faulthandler::MODULE,
    &fcntl::MODULE,
    &gc::MODULE,
    &grp::MODULE,
    &itertools::MODULE,
    &marshal::MODULE,
    &math::MODULE,
    &mmap::MODULE,
    &posix::MODULE,
    &pwd::MODULE,
    &pyexpat::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &sys::MODULE,
    &syslog::MODULE,
    &termios::MODULE,
    &time::MODULE,
    &ungil::MODULE,
    &unicodedata::MODULE,
    &zlib::MODULE,
];

/// Makes a module from its table (it is not put into `sys.modules`).
pub fn create(t: &Thread, spec: &'static ModuleSpec) -> R {
    let value = Module::make(t, spec.name, (!spec.doc.is_empty()).then_some(spec.doc));
    let module = value.cast::<Module>().expect("just made");
    add_functions(t, module, &value, spec.name, spec.functions);
    if let Some(exec) = spec.exec {
        exec(t, module)?;
    }
    Ok(value)
}

/// Adds native functions to a module.
pub fn add_functions(t: &Thread, module: &Module, value: &Value, name: &str, functions: &'static [Def]) {
    let name = t.intern(name);
    let dict = module.dict(t);
    let dict = dict.cast::<Dict>().expect("a module's namespace is a dict");
    for def in functions {
        let receiver = (def.binding != Binding::Static).then(|| value.clone());
        let function = Native::make(t, def, receiver, Some(name.clone()));
        t.share_forever(&function);
        dict.set_name(t, def.name, function);
    }
}

/// The table of a native module.
pub fn find(name: &str) -> Option<&'static ModuleSpec> {
    MODULES.iter().copied().find(|m| m.name == name)
}

/// The types of native modules, made once per interpreter: by the address of their tables.
#[derive(Default)]
struct ModuleTypes(std::sync::Mutex<std::collections::HashMap<usize, Box<crate::objects::types::TypeCell>>>);

/// The type that a table describes, made at first use.
pub fn module_type(t: &Thread, spec: &'static crate::objects::spec::Spec) -> Value {
    use crate::objects::type_new::{finish_builtin_type, make_builtin_type};
    let types = t.interp.state::<ModuleTypes>();
    let key = spec as *const _ as usize;
    if let Some(cell) = types.0.lock().expect("no panic under this lock").get(&key) {
        return cell.value();
    }
    // Made outside the lock: making a type allocates, and may run into a switch point.
    let cell = Box::<crate::objects::types::TypeCell>::default();
    make_builtin_type(t, spec, &cell);
    finish_builtin_type(t, cell.get());
    types.0.lock().expect("no panic under this lock").entry(key).or_insert(cell).value()
}

/// As [`module_type`], for a type that derives from another native type, which `base` gives.
pub fn subtype(t: &Thread, spec: &'static crate::objects::spec::Spec, base: impl FnOnce() -> Value) -> Value {
    subtype_in(t, spec, base, || t.types().type_.value())
}

/// As [`subtype`], for a type whose metaclass is a native one, too.
pub fn subtype_in(
    t: &Thread,
    spec: &'static crate::objects::spec::Spec,
    base: impl FnOnce() -> Value,
    meta: impl FnOnce() -> Value,
) -> Value {
    use crate::objects::type_new::{finish_with_bases, make_in_metaclass};
    let types = t.interp.state::<ModuleTypes>();
    let key = spec as *const _ as usize;
    if let Some(cell) = types.0.lock().expect("no panic under this lock").get(&key) {
        return cell.value();
    }
    let (base, meta) = (base(), meta());
    let cell = Box::<crate::objects::types::TypeCell>::default();
    make_in_metaclass(t, spec, &cell, meta.cast::<crate::objects::type_object::Type>());
    finish_with_bases(t, cell.get(), spec, base.cast::<crate::objects::type_object::Type>().as_slice());
    types.0.lock().expect("no panic under this lock").entry(key).or_insert(cell).value()
}
