//! Calling a function of C: arguments become words, the word that comes back an object.

use super::argument::Argument;
use super::codes::{self, wrapped};
use super::data::{self, Data};
use super::ffi::{self, FfiType};
use super::function::{FLAG_PYTHONAPI, FLAG_USE_ERRNO, MOST_ARGUMENTS};
use super::info::{self, Class};
use super::memory::{copy, load_pointer};
use super::{argument_error, builtin, meta, wide};
use crate::modules::system;
use crate::objects::bytes::Bytes;
use crate::objects::int::{self, View};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use libffi_sys::{ffi_abi_FFI_DEFAULT_ABI, ffi_call, ffi_cif, ffi_prep_cif, ffi_prep_cif_var, ffi_status_FFI_OK};
use std::cell::Cell;

thread_local! {
    /// The thread's own copy of `errno`, for functions that were asked to keep it.
    static ERRNO: Cell<i32> = const { Cell::new(0) };
}

/// The copy of `errno`; it is exchanged for another.
pub fn exchange_errno(new: Option<i32>) -> i32 {
    ERRNO.with(|errno| new.map_or_else(|| errno.get(), |new| errno.replace(new)))
}

/// Exchanges the copy with the system's.
pub fn swap_errno() {
    let system = system::errno();
    system::set_errno(exchange_errno(Some(system)));
}

/// What is called.
pub struct Call<'a> {
    pub address: *mut u8,
    pub flags: i32,
    pub converters: Option<&'a [Value]>,
    /// Nothing said means `int`, `None` means `void`.
    pub restype: Option<Value>,
    pub checker: Option<Value>,
}

/// An argument that is ready.
pub struct Ready {
    typ: FfiType,
    pub word: [u64; 4],
    /// What the argument refers to, or is, if it is a structure.
    keep: Option<Value>,
    /// It lies in `keep`'s memory.
    by_value: bool,
}

impl Ready {
    fn word(typ: FfiType, word: u64, keep: Option<Value>) -> Ready {
        Ready { typ, word: [word, 0, 0, 0], keep, by_value: false }
    }

    fn place(&mut self) -> *mut libc::c_void {
        match &self.keep {
            Some(object) if self.by_value => Data::of(object).place().cast(),
            _ => self.word.as_mut_ptr().cast(),
        }
    }
}

/// Makes an argument ready, where no type says how.
fn prepare(t: &Thread, v: &Value, index: usize) -> R<Ready> {
    if v.opaque::<Data>().is_some() {
        return of_data(t, v);
    }
    if let Some(argument) = Argument::of(v) {
        let typ = match codes::find(argument.letter()) {
            Some(code) => FfiType::Plain(ffi::of_code(code)),
            None => ffi::pointer(),
        };
        return Ok(Ready { typ, word: argument.word(), keep: argument.object(t), by_value: false });
    }
    if v.is_none() {
        return Ok(Ready::word(ffi::pointer(), 0, None));
    }
    match int::view(v) {
        Some(View::Small(i)) => return Ok(Ready::word(ffi::int(), i as u32 as u64, None)),
        Some(View::Big(big)) => {
            if big.bits() > 64 {
                return Err(t.overflow_error("int too long to convert"));
            }
            return Ok(Ready::word(ffi::int(), wrapped(v) as u32 as u64, None));
        }
        None => {}
    }
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(Ready::word(ffi::pointer(), bytes.as_slice().as_ptr() as u64, Some(v.clone())));
    }
    if let Some(string) = v.cast::<Str>() {
        let text = wide::Text::make(t, string)?;
        return Ok(Ready::word(ffi::pointer(), wide::Text::place(&text) as u64, Some(text)));
    }
    match protocol::getattr_opt(t, v, &t.intern("_as_parameter_"))? {
        Some(other) => t.recurse(" while processing _as_parameter_", || prepare(t, &other, index)),
        None => Err(t.type_error(format!("Don't know how to convert parameter {index}"))),
    }
}

/// An instance as an argument: its value, or its address if it is an array.
fn of_data(t: &Thread, v: &Value) -> R<Ready> {
    let (data, info) = (Data::of(v), info::concrete(t, v.type_of(t))?);
    let keep = Some(v.clone());
    match info.class {
        Class::Structure | Class::Union => {
            // A copy: what is called may not see changes of the original, nor the original theirs.
            // SAFETY: the instance's own memory.
            let copied = unsafe { data::copy_of(t, &v.type_of_value(t), data.place())? };
            Ok(Ready { typ: ffi::of_info(t, &info), word: [0; 4], keep: Some(copied), by_value: true })
        }
        Class::Array => Ok(Ready::word(ffi::pointer(), data.place() as u64, keep)),
        // SAFETY: the instance is a pointer.
        Class::Pointer | Class::Function => {
            Ok(Ready::word(ffi::pointer(), unsafe { load_pointer(data.place()) } as u64, keep))
        }
        Class::Simple => {
            let mut word = [0u64; 4];
            // SAFETY: the largest simple type fits.
            unsafe { copy(data.place(), word.as_mut_ptr().cast(), info.size.min(32)) };
            Ok(Ready { typ: ffi::of_info(t, &info), word, keep, by_value: false })
        }
    }
}

/// Tells which argument an error is about, as an `ArgumentError`.
fn of_argument(t: &Thread, index: usize, raised: crate::objects::slots::Raised) -> crate::objects::slots::Raised {
    let error = t.take_exception(raised);
    let kind = error.type_of(t).name_str();
    let text = match protocol::to_text(t, &error) {
        Ok(text) => text,
        Err(raised) => {
            drop(t.take_exception(raised));
            "???".to_owned()
        }
    };
    argument_error().raise(t, format!("argument {index}: {kind}: {text}"))
}

/// Calls it.
pub fn call(t: &Thread, what: &Call<'_>, args: &[Value]) -> R {
    if args.len() > MOST_ARGUMENTS {
        let message = format!("too many arguments ({}), maximum is {MOST_ARGUMENTS}", args.len());
        return Err(argument_error().raise(t, message));
    }
    crate::modules::sys::audit::audit(
        t,
        "ctypes.call_function",
        &[int::from_u64(t, what.address as u64), t.tuple(args.to_vec())],
    )?;
    let mut ready = Vec::with_capacity(args.len());
    for (i, arg) in args.iter().enumerate() {
        let one = || match what.converters.and_then(|converters| converters.get(i)) {
            Some(converter) => {
                let converted = protocol::call(t, converter, std::slice::from_ref(arg))?;
                prepare(t, &converted, i + 1)
            }
            None => prepare(t, arg, i + 1),
        };
        ready.push(one().map_err(|raised| of_argument(t, i + 1, raised))?);
    }
    if let Some(function) = builtin::at(what.address) {
        return function(t, &ready);
    }
    if what.address.is_null() {
        return Err(t.value_error("attempt to call a NULL function pointer"));
    }
    let result_info = match &what.restype {
        Some(restype) if !restype.is_none() => info::of_class(t, restype),
        _ => None,
    };
    let mut result_type = match (&what.restype, &result_info) {
        (Some(restype), _) if restype.is_none() => ffi::void(),
        (_, Some(info)) => ffi::of_info(t, info),
        _ => ffi::int(),
    };
    let size = result_info.as_ref().map_or(8, |info| info.size);
    // Small results fill a whole word.
    let mut result = vec![0u64; size.div_ceil(8).max(2)];
    invoke(t, what, &mut ready, &mut result_type, &mut result)?;
    let keep: Vec<_> = ready;
    let result = convert_result(t, what, result_info.as_deref(), &mut result);
    drop(keep);
    result
}

fn invoke(t: &Thread, what: &Call<'_>, ready: &mut [Ready], result_type: &mut FfiType, result: &mut [u64]) -> R<()> {
    let mut types: Vec<_> = ready.iter_mut().map(|one| one.typ.raw()).collect();
    let mut places: Vec<_> = ready.iter_mut().map(Ready::place).collect();
    let fixed = what.converters.map_or(0, <[Value]>::len);
    // SAFETY: plain data, filled by the next call.
    let mut cif: ffi_cif = unsafe { std::mem::zeroed() };
    // SAFETY: types and their number fit together, and live until the call is over.
    let status = unsafe {
        let (count, result, types) = (types.len() as u32, result_type.raw(), types.as_mut_ptr());
        if fixed > 0 && fixed < places.len() {
            ffi_prep_cif_var(&mut cif, ffi_abi_FFI_DEFAULT_ABI, fixed as u32, count, result, types)
        } else {
            ffi_prep_cif(&mut cif, ffi_abi_FFI_DEFAULT_ABI, count, result, types)
        }
    };
    if status != ffi_status_FFI_OK {
        return Err(t.runtime_error("ffi_prep_cif failed"));
    }
    let address = what.address;
    let (result, places) = (result.as_mut_ptr(), places.as_mut_ptr());
    let mut run = || {
        if what.flags & FLAG_USE_ERRNO != 0 {
            swap_errno();
        }
        // SAFETY: there is a function there and it takes these arguments: the script vouches for it, as in C.
        unsafe {
            let function = std::mem::transmute::<*mut u8, unsafe extern "C" fn()>(address);
            ffi_call(&mut cif, Some(function), result.cast(), places);
        }
        if what.flags & FLAG_USE_ERRNO != 0 {
            swap_errno();
        }
    };
    if what.flags & FLAG_PYTHONAPI != 0 {
        run()
    } else {
        t.blocking(run)
    }
    // An error that a callback left is this call's.
    match t.take_raised() {
        Some(error) => Err(t.raise_as_is(error)),
        None => Ok(()),
    }
}

fn convert_result(t: &Thread, what: &Call<'_>, info: Option<&info::Info>, result: &mut [u64]) -> R {
    let place: *mut u8 = result.as_mut_ptr().cast();
    let Some(restype) = &what.restype else { return Ok(Value::small(i64::from(result[0] as i32))) };
    if restype.is_none() {
        return Ok(Value::NONE);
    }
    let Some(info) = info else {
        return protocol::call(t, restype, &[Value::small(i64::from(result[0] as i32))]);
    };
    let class = meta::class_of(t, restype)?;
    let value = match info.code {
        // SAFETY: libffi put a value of that type there.
        Some(code) if !info::is_own_simple(t, class) => unsafe { code.get(t, place, info.swapped, None)? },
        // SAFETY: as above.
        _ => unsafe { data::copy_of(t, restype, place)? },
    };
    match &what.checker {
        Some(checker) => protocol::call(t, checker, &[value]),
        None => Ok(value),
    }
}
