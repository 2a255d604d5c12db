//! Types as libffi has them.

use super::codes::{Code, Holds};
use super::info::{self, Class, Info};
use crate::objects::thread::Thread;
use libffi_sys as ffi;
use std::ptr::{addr_of_mut, null_mut};

/// A type for a call: one of libffi's own, or one made of others.
pub enum FfiType {
    Plain(*mut ffi::ffi_type),
    Made(Box<Made>),
}

/// A structure.
pub struct Made {
    raw: ffi::ffi_type,
    /// Ends with null.
    elements: Vec<*mut ffi::ffi_type>,
    #[allow(dead_code, reason = "keeps what the elements point to")]
    parts: Vec<FfiType>,
}

impl FfiType {
    /// For libffi.
    pub fn raw(&mut self) -> *mut ffi::ffi_type {
        match self {
            FfiType::Plain(raw) => *raw,
            FfiType::Made(made) => &raw mut made.raw,
        }
    }

    fn structure(size: usize, align: usize, mut parts: Vec<FfiType>) -> FfiType {
        let mut made = Box::new(Made {
            raw: ffi::ffi_type {
                size,
                alignment: align as u16,
                type_: ffi::ffi_type_enum_STRUCT,
                elements: null_mut(),
            },
            elements: parts.iter_mut().map(FfiType::raw).chain([null_mut()]).collect(),
            parts,
        });
        made.raw.elements = made.elements.as_mut_ptr();
        FfiType::Made(made)
    }

    /// Memory that holds nothing but integers, as far as calls are concerned.
    fn opaque(size: usize, align: usize) -> FfiType {
        let word = align.clamp(1, 8);
        let part = || {
            FfiType::Plain(match word {
                1 => addr_of_mut!(ffi::ffi_type_uint8),
                2 => addr_of_mut!(ffi::ffi_type_uint16),
                4 => addr_of_mut!(ffi::ffi_type_uint32),
                _ => addr_of_mut!(ffi::ffi_type_uint64),
            })
        };
        FfiType::structure(size, align, (0..size / word).map(|_| part()).collect())
    }
}

/// The type of a simple value.
pub fn of_code(code: &Code) -> *mut ffi::ffi_type {
    match (code.holds, code.size) {
        (Holds::Signed | Holds::Char, 1) => addr_of_mut!(ffi::ffi_type_sint8),
        (Holds::Signed, 2) => addr_of_mut!(ffi::ffi_type_sint16),
        (Holds::Signed | Holds::Wide, 4) => addr_of_mut!(ffi::ffi_type_sint32),
        (Holds::Signed, _) => addr_of_mut!(ffi::ffi_type_sint64),
        (Holds::Unsigned | Holds::Bool, 1) => addr_of_mut!(ffi::ffi_type_uint8),
        (Holds::Unsigned, 2) => addr_of_mut!(ffi::ffi_type_uint16),
        (Holds::Unsigned, 4) => addr_of_mut!(ffi::ffi_type_uint32),
        (Holds::Unsigned, _) => addr_of_mut!(ffi::ffi_type_uint64),
        (Holds::Float, 4) => addr_of_mut!(ffi::ffi_type_float),
        (Holds::Float, 8) => addr_of_mut!(ffi::ffi_type_double),
        (Holds::Float, _) => addr_of_mut!(ffi::ffi_type_longdouble),
        (Holds::Complex, 8) => addr_of_mut!(ffi::ffi_type_complex_float),
        (Holds::Complex, 16) => addr_of_mut!(ffi::ffi_type_complex_double),
        (Holds::Complex, _) => addr_of_mut!(ffi::ffi_type_complex_longdouble),
        _ => addr_of_mut!(ffi::ffi_type_pointer),
    }
}

/// A pointer.
pub fn pointer() -> FfiType {
    FfiType::Plain(addr_of_mut!(ffi::ffi_type_pointer))
}

/// `int`.
pub fn int() -> FfiType {
    FfiType::Plain(addr_of_mut!(ffi::ffi_type_sint32))
}

/// `void`.
pub fn void() -> FfiType {
    FfiType::Plain(addr_of_mut!(ffi::ffi_type_void))
}

/// The type of a value that is passed or returned.
pub fn of_info(t: &Thread, info: &Info) -> FfiType {
    match info.class {
        Class::Structure | Class::Union => of_part(t, info),
        Class::Simple => info.code.map_or_else(pointer, |code| FfiType::Plain(of_code(code))),
        Class::Array | Class::Pointer | Class::Function => pointer(),
    }
}

/// The type of a part of a structure, where an array is its items.
fn of_part(t: &Thread, info: &Info) -> FfiType {
    match info.class {
        Class::Structure => {
            let parts: Vec<_> = info.members.iter().filter_map(|member| info::of_class(t, member)).collect();
            // Bit fields share their place, and packed ones lie closer: libffi does not know of either.
            let laid = parts.iter().fold(0usize, |at, part| at.next_multiple_of(part.align.max(1)) + part.size);
            if laid.next_multiple_of(info.align.max(1)) != info.size {
                return FfiType::opaque(info.size, info.align);
            }
            FfiType::structure(info.size, info.align, parts.iter().map(|part| of_part(t, part)).collect())
        }
        Class::Union => {
            let parts: Vec<_> = info.members.iter().filter_map(|member| info::of_class(t, member)).collect();
            match parts.iter().find(|part| part.size == info.size && part.align == info.align) {
                Some(part) => FfiType::structure(info.size, info.align, vec![of_part(t, part)]),
                None => FfiType::opaque(info.size, info.align),
            }
        }
        Class::Array => {
            let item = info.proto.as_ref().and_then(|proto| info::of_class(t, proto));
            let items = (0..info.length).filter_map(|_| item.as_ref().map(|item| of_part(t, item)));
            FfiType::structure(info.size, info.align, items.collect())
        }
        _ => of_info(t, info),
    }
}
