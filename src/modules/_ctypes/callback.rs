//! Python functions that C can call: libffi makes a piece of code for each.

use super::codes::Bits;
use super::data;
use super::ffi::{self, FfiType};
use super::function::FLAG_USE_ERRNO;
use super::info::{self, Held};
use super::{call, meta};
use crate::modules::module_type;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::Spec;
use crate::objects::thread::{self, Thread};
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::Why;
use libffi_sys::{
    ffi_abi_FFI_DEFAULT_ABI, ffi_cif, ffi_closure, ffi_closure_alloc, ffi_closure_free, ffi_prep_cif,
    ffi_prep_closure_loc, ffi_status_FFI_OK,
};
use std::ffi::c_void;

/// What the piece of code knows.
struct Target {
    callable: Value,
    argtypes: Value,
    restype: Option<Value>,
    flags: i32,
}

/// The payload: the code, and what it refers to. Neither moves.
pub struct Thunk {
    closure: *mut ffi_closure,
    code: *const u8,
    #[allow(dead_code, reason = "the code refers to it")]
    cif: Box<ffi_cif>,
    #[allow(dead_code, reason = "the interface refers to them")]
    types: (Vec<FfiType>, Vec<*mut libffi_sys::ffi_type>, FfiType),
    target: Box<Target>,
}

// SAFETY: nothing in it changes once it is made.
unsafe impl Send for Thunk {}
// SAFETY: as above.
unsafe impl Sync for Thunk {}

impl Native for Thunk {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.target.callable);
        visit(&self.target.argtypes);
        self.target.restype.iter().for_each(visit);
    }
}

impl Drop for Thunk {
    fn drop(&mut self) {
        // SAFETY: allocated in `make`; C must not call it any more, as in CPython.
        unsafe { ffi_closure_free(self.closure.cast()) };
    }
}

static SPEC: Spec = opaque::spec::<Thunk>("_ctypes.CThunkObject");

/// Code that calls the Python function.
pub fn make(t: &Thread, callable: &Value, argtypes: &Value, restype: Option<Value>, flags: i32) -> R {
    let items = argtypes.cast::<Tuple>().map(|items| items.items()).unwrap_or(&[]);
    let type_of = |class: &Value| match info::of_class(t, class) {
        Some(info) => Ok(ffi::of_info(t, &info)),
        None => Err(t.type_error("invalid argument type for callback function")),
    };
    let mut arguments = items.iter().map(type_of).collect::<R<Vec<_>>>()?;
    let mut result = match &restype {
        Some(restype) if !restype.is_none() => match info::of_class(t, restype) {
            Some(info) if info.code.is_some() || matches!(info.class, info::Class::Structure) => ffi::of_info(t, &info),
            _ => return Err(t.type_error("invalid result type for callback function")),
        },
        _ => ffi::void(),
    };
    let mut raw: Vec<_> = arguments.iter_mut().map(FfiType::raw).collect();
    // SAFETY: plain data, filled by the next call.
    let mut cif: Box<ffi_cif> = Box::new(unsafe { std::mem::zeroed() });
    let count = raw.len() as u32;
    // SAFETY: the types live as long as the code.
    let status = unsafe { ffi_prep_cif(&mut *cif, ffi_abi_FFI_DEFAULT_ABI, count, result.raw(), raw.as_mut_ptr()) };
    if status != ffi_status_FFI_OK {
        return Err(t.runtime_error(format!("ffi_prep_cif failed with {status}")));
    }
    let target = Box::new(Target { callable: callable.clone(), argtypes: argtypes.clone(), restype, flags });
    let mut code: *mut c_void = std::ptr::null_mut();
    // SAFETY: gives memory for a closure and the address of its code.
    let closure = unsafe { ffi_closure_alloc(size_of::<ffi_closure>(), &mut code) } as *mut ffi_closure;
    if closure.is_null() {
        return Err(t.memory_error());
    }
    let data = (&raw const *target) as *mut c_void;
    // SAFETY: interface and target live as long as the code.
    let status = unsafe { ffi_prep_closure_loc(closure, &mut *cif, Some(enter), data, code) };
    let thunk = Thunk { closure, code: code.cast(), cif, types: (arguments, raw, result), target };
    if status != ffi_status_FFI_OK {
        return Err(t.runtime_error(format!("ffi_prep_closure failed with {status}")));
    }
    let class = module_type(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), thunk)
}

/// The address of the code.
pub fn code(thunk: &Value) -> *const u8 {
    thunk.opaque::<Thunk>().map_or(std::ptr::null(), |thunk| thunk.code)
}

/// C calls.
unsafe extern "C" fn enter(cif: *mut ffi_cif, result: *mut c_void, args: *mut *mut c_void, target: *mut c_void) {
    // SAFETY: libffi passes what it was given.
    let (target, count) = unsafe { (&*(target as *const Target), (*cif).nargs as usize) };
    // SAFETY: libffi gives room for the result: a word, or a whole structure.
    unsafe {
        let size = (*(*cif).rtype).size.max(if (*(*cif).rtype).type_ == 0 { 0 } else { 8 });
        std::ptr::write_bytes(result as *mut u8, 0, size);
    }
    if !thread::has_current() {
        // A thread that C started has no place among the interpreter's.
        eprintln!("ctypes: a Python function was called by a thread that Python did not start");
        return;
    }
    let t = thread::current();
    // Others may run while C does: the callback takes its turn, and gives it back.
    let attached = t.sched.is_attached();
    if !attached {
        t.sched.attach();
    }
    let swap = target.flags & FLAG_USE_ERRNO != 0;
    if swap {
        call::swap_errno();
    }
    // SAFETY: one pointer for each argument.
    let places = unsafe { std::slice::from_raw_parts(args as *const *mut u8, count) };
    // An error that was on its way before C called is not this call's.
    let before = t.take_raised();
    let run = std::panic::AssertUnwindSafe(|| {
        if let Err(raised) = run(t, target, places, result.cast()) {
            let error = t.take_exception(raised);
            let callable = protocol::repr_text(t, &target.callable).unwrap_or_default();
            let message = format!("Exception ignored while calling ctypes callback function {callable}");
            t.unraisable(t.raise_as_is(error), &message, None);
        }
    });
    if std::panic::catch_unwind(run).is_err() {
        eprintln!("ctypes: a callback panicked");
    }
    t.put_raised(before);
    if swap {
        call::swap_errno();
    }
    if !attached {
        t.sched.detach(Why::Io);
    }
}

fn run(t: &Thread, target: &Target, places: &[*mut u8], result: *mut u8) -> R<()> {
    let classes = target.argtypes.cast::<Tuple>().map(|items| items.items()).unwrap_or(&[]);
    let mut args = Vec::with_capacity(classes.len());
    for (class, &place) in classes.iter().zip(places) {
        let info = concrete(t, class)?;
        args.push(match info.code {
            // SAFETY: an argument of that type lies there.
            Some(code) if !info::is_own_simple(t, meta::class_of(t, class)?) => unsafe {
                code.get(t, place, info.swapped, Bits::None)?
            },
            // SAFETY: as above.
            _ => unsafe { data::copy_of(t, class, place)? },
        });
    }
    let value = protocol::call(t, &target.callable, &args)?;
    let Some(restype) = target.restype.as_ref().filter(|restype| !restype.is_none()) else { return Ok(()) };
    let info = concrete(t, restype)?;
    match (info.code, value.opaque::<data::Data>()) {
        (Some(code), _) => {
            let value = match value.opaque::<data::Data>() {
                Some(_) => protocol::getattr_str(t, &value, "value")?,
                None => value,
            };
            let mut word = [0u64; 4];
            // SAFETY: every simple type has room there.
            let keep = unsafe { code.set(t, word.as_mut_ptr().cast(), &value, info.swapped, None)? };
            widen(code, &mut word);
            // SAFETY: libffi's room for a result is at least a word.
            unsafe { super::memory::copy(word.as_ptr().cast(), result, info.size.max(8)) };
            if keep.is_some() && code.letter == 'O' {
                std::mem::forget(keep);
            } else if keep.is_some() && !restype_is_static(&value) {
                let message = "memory leak in callback function.";
                crate::objects::warn::warn(t, |types| &types.runtime_warning, message)?;
                std::mem::forget(keep);
            }
        }
        (None, Some(data)) if data.size() >= info.size => {
            // SAFETY: libffi has room for the structure.
            unsafe { super::memory::copy(data.place(), result, info.size) };
        }
        _ => {
            let given = value.type_of(t).name_str();
            let wanted = meta::class_of(t, restype)?.name_str();
            return Err(t.type_error(format!("expected {wanted} instance, got {given}")));
        }
    }
    Ok(())
}

/// Small integers fill the word that C reads.
fn widen(code: &super::codes::Code, word: &mut [u64; 4]) {
    if code.holds == super::codes::Holds::Signed && code.size < 8 {
        let shift = 64 - 8 * code.size as u32;
        word[0] = ((word[0] << shift) as i64 >> shift) as u64;
    }
}

/// Whether C may keep the value's memory for ever.
fn restype_is_static(value: &Value) -> bool {
    value.header().is_none_or(|header| header.is_immortal())
}

fn concrete(t: &Thread, class: &Value) -> R<Held> {
    info::concrete(t, meta::class_of(t, class)?)
}
