//! Functions that the library calls by their address, and which are ours: `cast`, `string_at` and its like.
//!
//! CPython exports them as C functions; here the address is a mark, and a call of it comes to the function below.

use super::call::Ready;
use super::data::Data;
use super::info::{self, Class};
use super::memory::{copy, store_pointer, text, wide_text};
use super::wide;
use crate::objects::buffer::Buffer;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::memoryview::MemoryView;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// One of them.
pub type Function = fn(&Thread, &[Ready]) -> R;

/// By the names of their addresses in the module.
pub static FUNCTIONS: [(&str, Function); 4] = [
    ("_cast_addr", cast),
    ("_string_at_addr", string_at),
    ("_wstring_at_addr", wstring_at),
    ("_memoryview_at_addr", memoryview_at),
];

/// The address by which a function is known.
pub fn address(index: usize) -> u64 {
    &FUNCTIONS[index] as *const _ as u64
}

/// The function of an address.
pub fn at(address: *const u8) -> Option<Function> {
    FUNCTIONS
        .iter()
        .find(|entry| std::ptr::eq((*entry as *const (&str, Function)).cast(), address))
        .map(|entry| entry.1)
}

/// The words of the arguments.
fn words<const N: usize>(t: &Thread, args: &[Ready]) -> R<[u64; N]> {
    if args.len() < N {
        return Err(t.type_error(format!("this function takes at least {N} arguments ({} given)", args.len())));
    }
    Ok(std::array::from_fn(|i| args[i].word[0]))
}

/// The object that a `py_object` argument is.
fn object(t: &Thread, word: u64) -> R {
    // SAFETY: a `py_object` argument holds a reference while the call runs.
    match unsafe { Value::option_from_bits(word) } {
        Some(object) => Ok((*std::mem::ManuallyDrop::new(object)).clone()),
        None => Err(t.value_error("PyObject is NULL")),
    }
}

/// `cast(address, object, type)`: an instance of the type that points there, and keeps alive what the object does.
fn cast(t: &Thread, args: &[Ready]) -> R {
    let [address, source, class] = words(t, args)?;
    let (source, class) = (object(t, source)?, object(t, class)?);
    let known = info::of_class(t, &class);
    let fits = known.as_ref().is_some_and(|info| match info.class {
        Class::Pointer | Class::Function => true,
        _ => info.code.is_some_and(|code| code.is_pointer()),
    });
    if !fits {
        return Err(t.type_error(match class.cast::<Type>() {
            Some(class) => format!("cast() argument 2 must be a pointer type, not {}", class.name_str()),
            None => "cast() argument 2 must be a pointer type".to_owned(),
        }));
    }
    let result = protocol::call(t, &class, &[])?;
    if let Some(data) = source.opaque::<Data>() {
        // Both share what they keep, by the address of the source.
        let shared = data.share_objects(t, &source);
        if let Some(dict) = shared.cast_exact::<Dict>() {
            dict.set(t, int::from_u64(t, source.id()), source.clone())?;
        }
        Data::of(&result).set_objects(shared);
    }
    if Data::of(&result).size() >= 8 {
        // SAFETY: there is room for a pointer.
        unsafe { store_pointer(Data::of(&result).place(), address as *const u8) };
    }
    Ok(result)
}

fn not_null(t: &Thread, address: u64) -> R<*const u8> {
    if address == 0 { Err(t.value_error("NULL pointer access")) } else { Ok(address as *const u8) }
}

/// `string_at(address, size)`.
fn string_at(t: &Thread, args: &[Ready]) -> R {
    let [address, size] = words(t, args)?;
    let place = not_null(t, address)?;
    match size as i32 {
        // SAFETY: the script vouches for the address.
        -1 => Ok(Bytes::make(t, &unsafe { text(place, usize::MAX) })),
        size if size < 0 => Err(t.system_error("Negative size passed to PyBytes_FromStringAndSize")),
        // SAFETY: as above.
        size => Bytes::try_alloc(t, size as usize, |to| unsafe { copy(place, to.as_mut_ptr(), to.len()) }),
    }
}

/// `wstring_at(address, size)`.
fn wstring_at(t: &Thread, args: &[Ready]) -> R {
    let [address, size] = words(t, args)?;
    let place = not_null(t, address)?;
    let points = match size as i32 {
        // SAFETY: as above.
        -1 => unsafe { wide_text(place, usize::MAX) },
        // SAFETY: as above.
        size => (0..size.max(0) as usize)
            .map(|i| u32::from_ne_bytes(unsafe { super::memory::load(place.add(i * 4)) }))
            .collect(),
    };
    wide::to_str(t, &points)
}

/// `memoryview_at(address, size, readonly)`.
fn memoryview_at(t: &Thread, args: &[Ready]) -> R {
    let [address, size, readonly] = words(t, args)?;
    let Ok(size) = usize::try_from(size as i64) else {
        return Err(t.value_error("memoryview_at: size is negative (or overflowed): ".to_owned() + &size.to_string()));
    };
    let place = address as *mut u8;
    // SAFETY: the script vouches for the address, for as long as the view lives.
    let buffer = unsafe { Buffer::new(Value::NONE, place, size, readonly as i32 != 0, None) };
    Ok(MemoryView::of_buffer(t, buffer))
}

/// `PyObj_FromPtr(address)`.
pub fn object_at(t: &Thread, _m: &Value, address: &Value) -> R {
    object(t, super::library::address(t, address)?)
}

/// The class of a value that `buffer_info` was asked about.
pub fn class_or_instance(t: &Thread, v: &Value) -> Option<info::Held> {
    match v.opaque::<Data>() {
        Some(_) => info::of_instance(t, v),
        None => info::of_class(t, v),
    }
}
