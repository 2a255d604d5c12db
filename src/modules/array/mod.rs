//! `array`: rows of numbers or characters of one type, packed.
//!
//! The items lie as bytes in a `Vec`; a [`Code`] says how one is read and written. Like a `bytearray`, an array
//! that has lent its memory out keeps its size.

mod codes;
mod edit;
mod methods;
mod slots;

use crate::modules::ModuleSpec;
use crate::modules::{module_type, native_type::add_types};
use crate::objects::buffer::Buffer;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use codes::Code;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// The payload of an `array.array`.
pub struct Array {
    code: &'static Code,
    exports: AtomicUsize,
    bytes: UnsafeCell<Vec<u8>>,
}

impl Native for Array {}

impl Array {
    fn new(code: &'static Code, bytes: Vec<u8>) -> Array {
        Array { code, exports: AtomicUsize::new(0), bytes: UnsafeCell::new(bytes) }
    }

    /// An array of class `class`.
    fn make(t: &Thread, class: &Type, code: &'static Code, bytes: Vec<u8>) -> R {
        opaque::new(t, class, Array::new(code, bytes))
    }

    /// An exact `array.array`.
    fn exact(t: &Thread, code: &'static Code, bytes: Vec<u8>) -> R {
        let class = module_type(t, &slots::SPEC);
        Array::make(t, class.cast::<Type>().expect("a type"), code, bytes)
    }

    /// Runs `f` on the bytes, alone. It runs no Python code and does not change their number.
    fn with<T>(&self, t: &Thread, v: &Value, f: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let _guard = v.header().map(|header| t.lock(header));
        // SAFETY: the GIL or the object's lock is held, and `f` calls nothing that could come back here.
        f(unsafe { &mut *self.bytes.get() })
    }

    /// Runs `f`, which may change the number of items; `BufferError` while they are lent out.
    fn resize_with<T>(&self, t: &Thread, v: &Value, f: impl FnOnce(&mut Vec<u8>) -> T) -> R<T> {
        let done = self.with(t, v, |bytes| (self.exports.load(Relaxed) == 0).then(|| f(bytes)));
        done.ok_or_else(|| t.buffer_error("cannot resize an array that is exporting buffers"))
    }

    /// How many items there are.
    fn len(&self, t: &Thread, v: &Value) -> usize {
        self.with(t, v, |bytes| bytes.len() / self.code.size)
    }

    /// A copy of the bytes.
    fn snapshot(&self, t: &Thread, v: &Value) -> Vec<u8> {
        self.with(t, v, |bytes| bytes.clone())
    }

    /// The item at an index; `None` beyond the end.
    fn get(&self, t: &Thread, v: &Value, index: usize) -> Option<Value> {
        let size = self.code.size;
        let mut item = [0; 8];
        let found = self.with(t, v, |bytes| {
            let place = bytes.get(index.checked_mul(size)?..)?.get(..size)?;
            item[..size].copy_from_slice(place);
            Some(())
        });
        found.map(|()| self.code.unpack(t, &item[..size]))
    }

    /// Lends the memory out.
    fn lend(&self, t: &Thread, v: &Value) -> Buffer {
        let (ptr, len) = self.with(t, v, |bytes| {
            self.exports.fetch_add(1, Relaxed);
            (bytes.as_mut_ptr(), bytes.len())
        });
        // SAFETY: the bytes do not move while there are exports.
        let buffer = unsafe { Buffer::new(v.clone(), ptr, len, false, Some(give_back)) };
        buffer.with_format(self.code.size, self.code.buffer_format)
    }
}

fn give_back(_: &Thread, v: &Value, _: Option<&Value>) {
    if let Some(array) = v.opaque::<Array>() {
        array.exports.fetch_sub(1, Relaxed);
    }
}

/// The array that a slot or method was called on.
fn this(v: &Value) -> &Array {
    v.opaque::<Array>().expect("slots of `array` get arrays")
}

/// Arrays are mutable sequences (`collections.abc`).
fn register(t: &Thread) -> R<()> {
    let Some(hooks) = t.interp.hooks.get() else { return Ok(()) };
    let list = t.tuple([t.intern("MutableSequence")]);
    let module = (hooks.import)(t, &t.intern("collections.abc"), None, None, Some(&list), 0)?;
    let base = protocol::getattr_str(t, &module, "MutableSequence")?;
    protocol::call_method_str(t, &base, "register", &[module_type(t, &slots::SPEC)])?;
    Ok(())
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&slots::SPEC]);
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "ArrayType", module_type(t, &slots::SPEC));
        dict.set_name(t, "typecodes", t.str("bBuwhHiIlLqQfd"));
    }
    register(t)
}

/// `array`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    functions: &[Def::new(
        "_array_reconstructor",
        Func::Pos(methods::reconstruct, 4, 4),
        "($module, arraytype, typecode, mformat_code, items,\n                     /)",
        "Internal. Used for pickling support.",
    )],
    exec: Some(exec),
};
