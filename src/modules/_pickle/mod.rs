//! `_pickle`: objects as bytes and back, the quick half of `pickle`.
//!
//! A pickle is a program for a small stack machine ([`opcode`]). A [`Pickler`](pickler) walks over an object and
//! writes the program ([`save`]) into a buffer that is cut into frames ([`output`]); an [`Unpickler`](unpickler) reads
//! it ([`input`]) and runs it (`load`). Both number the objects they have met in a memo, so that an object
//! that is met again is referred to. What `copyreg` and `_compat_pickle` know is looked up once ([`state`]).
//!
//! Whatever the bytes are, the worst is an exception: sizes that a pickle claims are believed only as far as there are
//! bytes, and the memo of an `Unpickler` grows with what is put into it.
//!
//! With the GIL off several threads may hold the same pickler: its memo is guarded by the object's lock, and only one
//! thread at a time can be at `dump` or `load`; another gets CPython's `RuntimeError`.

mod buffer;
mod input;
mod load;
mod memo;
mod opcode;
mod output;
mod pickler;
mod proxy;
mod save;
mod state;
mod unpickler;

use super::ModuleSpec;
use crate::modules::native_type::add_types;
use crate::objects::bytes::Bytes;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{buffer as lent, protocol};
use memo::{Locked, Memo};
use pickler::Settings;
use unpickler::{Source, Words};

/// The newest protocol, and the one that is used unless another is asked for.
const HIGHEST_PROTOCOL: i32 = 5;
const DEFAULT_PROTOCOL: i32 = 5;

fn flag(t: &Thread, v: Option<&Value>) -> R<bool> {
    v.map_or(Ok(true), |v| protocol::truth(t, v))
}

fn dump(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(object), Some(file), level, fix_imports, callback] = args else {
        return Err(t.system_error("dump() needs an object and a file"));
    };
    let settings = Settings::new(t, level.as_ref(), flag(t, fix_imports.as_ref())?)?;
    let write = pickler::write_of(t, file)?;
    let callback = settings.check_callback(t, callback.as_ref())?;
    let memo = Locked::new(Memo::default());
    let mut save = save::Save::new(t, settings, &memo, None, Some(write));
    save.buffer_callback = callback;
    save.dump(object)?;
    save.out.flush(t)?;
    Ok(Value::NONE)
}

fn dumps(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(object), level, fix_imports, callback] = args else {
        return Err(t.system_error("dumps() needs an object"));
    };
    let settings = Settings::new(t, level.as_ref(), flag(t, fix_imports.as_ref())?)?;
    let callback = settings.check_callback(t, callback.as_ref())?;
    let memo = Locked::new(Memo::default());
    let mut save = save::Save::new(t, settings, &memo, None, None);
    save.buffer_callback = callback;
    save.dump(object)?;
    Bytes::try_make(t, save.out.bytes())
}

fn load(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(file), fix_imports, encoding, errors, buffers] = args else {
        return Err(t.system_error("load() needs a file"));
    };
    let words = Words::new(t, "load", encoding.as_ref(), errors.as_ref())?;
    let fix_imports = flag(t, fix_imports.as_ref())?;
    let source = Source::of(t, file)?;
    let buffers = unpickler::buffers(t, buffers.as_ref())?;
    let mut input = input::Input::of_file(Some(source));
    let memo = Locked::default();
    load::Load::new(t, &mut input, &memo, words, fix_imports, buffers).run()
}

fn loads(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(data), fix_imports, encoding, errors, buffers] = args else {
        return Err(t.system_error("loads() needs bytes"));
    };
    let words = Words::new(t, "loads", encoding.as_ref(), errors.as_ref())?;
    let fix_imports = flag(t, fix_imports.as_ref())?;
    let bytes = lent::bytes_like(t, data)?;
    let mut input = match &bytes {
        lent::BytesLike::Bytes(bytes) => input::Input::of_bytes(bytes),
        // Python code that runs meanwhile may write to memory that is lent.
        lent::BytesLike::Lent(_) => input::Input::of_vec(bytes.to_vec()),
    };
    let buffers = unpickler::buffers(t, buffers.as_ref())?;
    let memo = Locked::default();
    load::Load::new(t, &mut input, &memo, words, fix_imports, buffers).run()
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let state = state::fill(t)?;
    add_types(t, module, &[&pickler::SPEC, &unpickler::SPEC, &buffer::SPEC]);
    for (name, class) in state.exceptions(t) {
        module.set(t, name, class);
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("dump", Func::Bound(dump), "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)", "Write a pickled representation of obj to the open file object file.\n\nThis is equivalent to ``Pickler(file, protocol).dump(obj)``, but may\nbe more efficient."),
    Def::new("dumps", Func::Bound(dumps), "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)", "Return the pickled representation of the object as a bytes object."),
    Def::new("load", Func::Bound(load), "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())", "Read and return an object from the pickle data stored in a file.\n\nThis is equivalent to ``Unpickler(file).load()``, but may be more\nefficient."),
    Def::new("loads", Func::Bound(loads), "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())", "Read and return an object from the given pickle data.\n\nThe protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled object's\nrepresentation are ignored."),
];

/// `_pickle`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_pickle",
    doc: "Optimized C implementation for the Python pickle module.",
    functions: FUNCTIONS,
    exec: Some(exec),
};
