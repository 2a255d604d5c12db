//! `marshal`: values as bytes, in CPython's format (version 5), byte for byte where the values are the same.
//!
//! Code objects too: theirs are field for field CPython's. (The code cache does not use this: see
//! `compiler::serialize`.)

mod read;
mod write;

use super::ModuleSpec;
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The newest version of the format.
const VERSION: i32 = 5;
/// Values in values: CPython's limit.
const MAX_DEPTH: u32 = 2000;
/// A bit of the type byte: the value can be referred to later.
const FLAG_REF: u8 = 0x80;

fn allow_code(t: &Thread, flag: Option<&Value>) -> R<bool> {
    flag.map_or(Ok(true), |flag| protocol::truth(t, flag))
}

fn version(t: &Thread, version: Option<&Value>) -> R<i32> {
    version.map_or(Ok(VERSION), |version| int::arg_i32(t, version))
}

fn dumps(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let value = args[0].as_ref().unwrap_or(Value::none());
    let bytes = write::dump(t, value, version(t, args[1].as_ref())?, allow_code(t, args[2].as_ref())?)?;
    Ok(Bytes::make(t, &bytes))
}

fn dump(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [Some(value), Some(file), given, code] = args else { return Err(t.type_error("dump() needs a file")) };
    let bytes = write::dump(t, value, version(t, given.as_ref())?, allow_code(t, code.as_ref())?)?;
    protocol::call_method(t, file, &t.names().write, &[Bytes::make(t, &bytes)])
}

fn loads(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let source = args[0].as_ref().unwrap_or(Value::none());
    let Some(bytes) = buffer::contiguous_bytes(t, source)? else {
        let name = source.type_of(t).name_str();
        return Err(t.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    read::load(t, read::Source::Bytes(&bytes), allow_code(t, args[1].as_ref())?)
}

fn load(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let file = args[0].as_ref().unwrap_or(Value::none());
    let probe = protocol::call_method_str(t, file, "read", &[Value::small(0)])?;
    if probe.cast::<Bytes>().is_none() {
        let name = probe.type_of(t).name_str();
        return Err(t.type_error(format!("file.read() returned not bytes but {name}")));
    }
    read::load(t, read::Source::File(file), allow_code(t, args[1].as_ref())?)
}

fn exec(_t: &Thread, m: &Module) -> R<()> {
    m.set(_t, "version", Value::small(VERSION.into()));
    Ok(())
}

/// The module's table.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\n\
          a binary format. The format is specific to Python, but independent of\n\
          machine architecture issues.\n\n\
          Not all Python object types are supported; in general, only objects\n\
          whose value is independent from a particular invocation of Python can be\n\
          written and read by this module. The following types are supported:\n\
          None, integers, floating-point numbers, strings, bytes, bytearrays,\n\
          tuples, lists, sets, dictionaries, and code objects, where it\n\
          should be understood that tuples, lists and dictionaries are only\n\
          supported as long as the values contained therein are themselves\n\
          supported; and recursive lists and dictionaries should not be written\n\
          (they will cause infinite loops).",
    functions: &[
        Def::new(
            "dump",
            Func::Bound(dump),
            "($module, value, file, version=version, /, *, allow_code=True)",
            "Write the value on the open file.\n\n  value\n    Must be a supported type.\n  file\n    Must be a writeable binary file.\n  version\n    Indicates the data format that dump should use.\n  allow_code\n    Allow to write code objects.\n\nIf the value has (or contains an object that has) an unsupported type, a\nValueError exception is raised - but garbage data will also be written\nto the file. The object will not be properly read back by load().",
        ),
        Def::new(
            "dumps",
            Func::Bound(dumps),
            "($module, value, version=version, /, *, allow_code=True)",
            "Return the bytes object that would be written to a file by dump(value, file).\n\n  value\n    Must be a supported type.\n  version\n    Indicates the data format that dumps should use.\n  allow_code\n    Allow to write code objects.\n\nRaise a ValueError exception if value has (or contains an object that\nhas) an unsupported type.",
        ),
        Def::new(
            "load",
            Func::Bound(load),
            "($module, file, /, *, allow_code=True)",
            "Read one value from the open file and return it.\n\n  file\n    Must be readable binary file.\n  allow_code\n    Allow to load code objects.\n\nIf no valid value is read (e.g. because the data has a different Python\nversion's incompatible marshal format), raise EOFError, ValueError or\nTypeError.\n\nNote: If an object containing an unsupported type was marshalled with\ndump(), load() will substitute None for the unmarshallable type.",
        ),
        Def::new(
            "loads",
            Func::Bound(loads),
            "($module, bytes, /, *, allow_code=True)",
            "Convert the bytes-like object to a value.\n\n  allow_code\n    Allow to load code objects.\n\nIf no valid value is found, raise EOFError, ValueError or TypeError.\nExtra bytes in the input are ignored.",
        ),
    ],
    exec: Some(exec),
};
