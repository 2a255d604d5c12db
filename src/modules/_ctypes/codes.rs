//! The simple types: how each is read from memory and written to it.

use super::memory::{load, load_pointer, store, store_pointer, text, wide_text};
use super::wide;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::complex::{self, Pair};
use crate::objects::float;
use crate::objects::int::{self, View};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// What a simple type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Signed,
    Unsigned,
    Float,
    Complex,
    Bool,
    Char,
    Wide,
    CharPointer,
    WidePointer,
    Pointer,
    Object,
}

/// A simple type.
pub struct Code {
    /// `_type_`.
    pub letter: char,
    /// As memory views show it.
    pub format: char,
    pub size: usize,
    pub align: usize,
    pub holds: Holds,
    /// Whether there is one with its bytes in the other order.
    pub swaps: bool,
}

const fn code(letter: char, format: char, size: usize, align: usize, holds: Holds, swaps: bool) -> Code {
    Code { letter, format, size, align, holds, swaps }
}

/// `_type_` may be one of these.
pub const LETTERS: &str = "cbBhHiIlLdDFGfuzZqQPOv?g";

/// Size and alignment of a `long double`.
pub const LONG_DOUBLE: usize = 16;

static CODES: &[Code] = &[
    code('c', 'c', 1, 1, Holds::Char, false),
    code('b', 'b', 1, 1, Holds::Signed, true),
    code('B', 'B', 1, 1, Holds::Unsigned, true),
    code('h', 'h', 2, 2, Holds::Signed, true),
    code('H', 'H', 2, 2, Holds::Unsigned, true),
    code('i', 'i', 4, 4, Holds::Signed, true),
    code('I', 'I', 4, 4, Holds::Unsigned, true),
    code('l', 'q', 8, 8, Holds::Signed, true),
    code('L', 'Q', 8, 8, Holds::Unsigned, true),
    code('q', 'q', 8, 8, Holds::Signed, true),
    code('Q', 'Q', 8, 8, Holds::Unsigned, true),
    code('f', 'f', 4, 4, Holds::Float, true),
    code('d', 'd', 8, 8, Holds::Float, true),
    code('g', 'g', LONG_DOUBLE, LONG_DOUBLE, Holds::Float, false),
    code('F', 'F', 8, 4, Holds::Complex, true),
    code('D', 'D', 16, 8, Holds::Complex, true),
    code('G', 'G', 2 * LONG_DOUBLE, LONG_DOUBLE, Holds::Complex, false),
    code('?', '?', 1, 1, Holds::Bool, true),
    code('v', 'v', 2, 2, Holds::Bool, false),
    code('u', 'u', 4, 4, Holds::Wide, false),
    code('z', 'z', 8, 8, Holds::CharPointer, false),
    code('Z', 'Z', 8, 8, Holds::WidePointer, false),
    code('P', 'P', 8, 8, Holds::Pointer, false),
    code('O', 'O', 8, 8, Holds::Object, false),
];

/// The simple type of that letter.
pub fn find(letter: char) -> Option<&'static Code> {
    CODES.iter().find(|code| code.letter == letter)
}

/// Bits of a bit field: how many, and where the lowest is.
pub type Bits = Option<(u32, u32)>;

impl Code {
    /// Whether it may be the type of a bit field.
    pub fn has_bits(&self) -> bool {
        matches!(self.holds, Holds::Signed | Holds::Unsigned | Holds::Bool | Holds::Wide) || self.letter == 'c'
    }

    /// Whether it is a pointer.
    pub fn is_pointer(&self) -> bool {
        matches!(self.holds, Holds::CharPointer | Holds::WidePointer | Holds::Pointer | Holds::Object)
    }

    /// The word in memory.
    ///
    /// # Safety
    /// The place is readable.
    unsafe fn word(&self, place: *const u8, swapped: bool) -> u64 {
        // SAFETY: so many bytes are readable.
        unsafe {
            match self.size {
                1 => u64::from(load::<1>(place)[0]),
                2 => {
                    let word = u16::from_ne_bytes(load(place));
                    u64::from(if swapped { word.swap_bytes() } else { word })
                }
                4 => {
                    let word = u32::from_ne_bytes(load(place));
                    u64::from(if swapped { word.swap_bytes() } else { word })
                }
                _ => {
                    let word = u64::from_ne_bytes(load(place));
                    if swapped { word.swap_bytes() } else { word }
                }
            }
        }
    }

    /// # Safety
    /// The place is writable.
    unsafe fn put_word(&self, place: *mut u8, word: u64, swapped: bool) {
        let little = word.to_le_bytes();
        let mut bytes = [0; 8];
        bytes[..self.size].copy_from_slice(&little[..self.size]);
        if swapped != cfg!(target_endian = "big") {
            bytes[..self.size].reverse();
        }
        // SAFETY: so many bytes are writable.
        unsafe { store(place, &bytes[..self.size]) };
    }

    /// Reads the value.
    ///
    /// # Safety
    /// The place is readable, and what pointers there point to is what the type says.
    pub unsafe fn get(&self, t: &Thread, place: *const u8, swapped: bool, bits: Bits) -> R {
        // SAFETY: as the caller says.
        unsafe {
            match self.holds {
                Holds::Signed => {
                    let width = 8 * self.size as u32;
                    let word = self.word(place, swapped) << (64 - width);
                    let (count, low) = bits.unwrap_or((width, 0));
                    Ok(int::from_i64(t, (word << (width - low - count)) as i64 >> (64 - count)))
                }
                Holds::Unsigned => {
                    let width = 8 * self.size as u32;
                    let word = self.word(place, swapped) << (64 - width);
                    let (count, low) = bits.unwrap_or((width, 0));
                    Ok(int::from_u64(t, (word << (width - low - count)) >> (64 - count)))
                }
                Holds::Bool => {
                    let word = self.word(place, swapped);
                    let (count, low) = bits.unwrap_or((8 * self.size as u32, 0));
                    Ok(Value::bool(word >> low & ((1 << count) - 1) != 0))
                }
                Holds::Float => Ok(float::new(t, self.real(place, swapped))),
                Holds::Complex => {
                    let imaginary = place.add(self.size / 2);
                    Ok(complex::new(t, self.real(place, swapped), self.real(imaginary, swapped)))
                }
                Holds::Char => Ok(Bytes::make(t, &load::<1>(place))),
                Holds::Wide => Ok(Str::from_code_points(t, &[wide::point(t, u32::from_ne_bytes(load(place)))?])),
                Holds::Pointer => Ok(match load_pointer(place) as u64 {
                    0 => Value::NONE,
                    address => int::from_u64(t, address),
                }),
                Holds::CharPointer => Ok(match load_pointer(place) {
                    p if p.is_null() => Value::NONE,
                    p => Bytes::make(t, &text(p, usize::MAX)),
                }),
                Holds::WidePointer => match load_pointer(place) {
                    p if p.is_null() => Ok(Value::NONE),
                    p => wide::to_str(t, &wide_text(p, usize::MAX)),
                },
                Holds::Object => {
                    let word = u64::from_ne_bytes(load(place));
                    match Value::option_from_bits(word) {
                        None => Err(t.value_error("PyObject is NULL")),
                        Some(object) => {
                            // The memory has no count of it; whoever put it there keeps it alive.
                            let object = std::mem::ManuallyDrop::new(object);
                            Ok((*object).clone())
                        }
                    }
                }
            }
        }
    }

    /// Writes a value: gives what must live as long as the memory refers to it.
    ///
    /// # Safety
    /// The place is writable.
    pub unsafe fn set(&self, t: &Thread, place: *mut u8, value: &Value, swapped: bool, bits: Bits) -> R<Option<Value>> {
        // SAFETY: as the caller says.
        unsafe {
            match self.holds {
                Holds::Signed | Holds::Unsigned => {
                    let new = wrapped(&protocol::index(t, value)?);
                    self.put_bits(place, new, swapped, bits);
                }
                Holds::Bool => {
                    // A `VARIANT_BOOL` has all its bits set.
                    let all = if self.letter == 'v' { u64::MAX } else { 1 };
                    let new = if protocol::truth(t, value)? { all } else { 0 };
                    self.put_bits(place, new, swapped, bits);
                }
                Holds::Float => {
                    let new = real_of(t, value)?;
                    self.put_real(place, new, swapped);
                }
                Holds::Complex => {
                    let Pair { re, im } = complex::to_pair(t, value)?;
                    self.put_real(place, re, swapped);
                    self.put_real(place.add(self.size / 2), im, swapped);
                }
                Holds::Char => store(place, &[char_of(t, value)?]),
                Holds::Wide => store(place, &wide::char_of(t, value)?.to_ne_bytes()),
                Holds::Pointer => {
                    let address = match int::view(value) {
                        Some(_) => wrapped(value),
                        None if value.is_none() => 0,
                        None => return Err(t.type_error("cannot be converted to pointer")),
                    };
                    store_pointer(place, address as *const u8);
                }
                Holds::CharPointer => {
                    if let Some(bytes) = value.cast::<Bytes>() {
                        store_pointer(place, bytes.as_slice().as_ptr());
                        return Ok(Some(value.clone()));
                    }
                    store_pointer(place, address_of(t, value, "bytes")?);
                }
                Holds::WidePointer => {
                    if let Some(string) = value.cast::<Str>() {
                        let holder = wide::Text::make(t, string)?;
                        store_pointer(place, wide::Text::place(&holder));
                        return Ok(Some(holder));
                    }
                    store_pointer(place, address_of(t, value, "unicode string")?);
                }
                Holds::Object => {
                    let object = value.clone();
                    store(place, &object.bits().to_ne_bytes());
                    return Ok(Some(object));
                }
            }
        }
        Ok(None)
    }

    /// # Safety
    /// The place is readable and writable.
    unsafe fn put_bits(&self, place: *mut u8, new: u64, swapped: bool, bits: Bits) {
        // SAFETY: as the caller says.
        unsafe {
            let word = match bits {
                None => new,
                Some((count, low)) => {
                    let mask = (u64::MAX >> (64 - count)) << low;
                    self.word(place, swapped) & !mask | new << low & mask
                }
            };
            self.put_word(place, word, swapped);
        }
    }

    /// # Safety
    /// A real number of this type, or half a complex one, lies there.
    unsafe fn real(&self, place: *const u8, swapped: bool) -> f64 {
        // SAFETY: as the caller says.
        unsafe {
            match self.letter {
                'f' | 'F' => {
                    let bits = u32::from_ne_bytes(load(place));
                    f32::from_bits(if swapped { bits.swap_bytes() } else { bits }).into()
                }
                'd' | 'D' => {
                    let bits = u64::from_ne_bytes(load(place));
                    f64::from_bits(if swapped { bits.swap_bytes() } else { bits })
                }
                _ => super::long_double::to_f64(u128::from_ne_bytes(load(place))),
            }
        }
    }

    /// # Safety
    /// There is room for a real number of this type, or half a complex one.
    unsafe fn put_real(&self, place: *mut u8, x: f64, swapped: bool) {
        // SAFETY: as the caller says.
        unsafe {
            match self.letter {
                'f' | 'F' => {
                    let bits = (x as f32).to_bits();
                    store(place, &(if swapped { bits.swap_bytes() } else { bits }).to_ne_bytes());
                }
                'd' | 'D' => {
                    let bits = x.to_bits();
                    store(place, &(if swapped { bits.swap_bytes() } else { bits }).to_ne_bytes());
                }
                _ => store(place, &super::long_double::from_f64(x).to_ne_bytes()),
            }
        }
    }
}

fn real_of(t: &Thread, value: &Value) -> R<f64> {
    float::to_f64(t, value)
}

/// The low 64 bits of an int.
pub fn wrapped(v: &Value) -> u64 {
    match int::view(v) {
        Some(View::Small(i)) => i as u64,
        Some(big) => {
            let big = big.big();
            let (sign, digits) = big.to_u64_digits_and_sign();
            if sign { digits.wrapping_neg() } else { digits }
        }
        None => 0,
    }
}

trait LowDigits {
    /// The low 64 bits of the magnitude, and whether the number is negative.
    fn to_u64_digits_and_sign(&self) -> (bool, u64);
}

impl LowDigits for num_bigint::BigInt {
    fn to_u64_digits_and_sign(&self) -> (bool, u64) {
        let low = self.iter_u64_digits().next().unwrap_or(0);
        (self.sign() == num_bigint::Sign::Minus, low)
    }
}

/// The address that an int gives; `None` is the null pointer.
fn address_of(t: &Thread, value: &Value, kind: &str) -> R<*const u8> {
    match int::view(value) {
        Some(_) => Ok(wrapped(value) as *const u8),
        None if value.is_none() => Ok(std::ptr::null()),
        None => Err(t.type_error(format!(
            "{kind} or integer address expected instead of {} instance",
            value.type_of(t).name_str()
        ))),
    }
}

/// The byte that a `c_char` is given.
fn char_of(t: &Thread, value: &Value) -> R<u8> {
    let expected = "one character bytes, bytearray, or an integer in range(256) expected, not";
    let of_length = |kind: &str, bytes: &[u8]| match *bytes {
        [byte] => Ok(byte),
        _ => Err(t.type_error(format!("{expected} {kind} of length {}", bytes.len()))),
    };
    if let Some(bytes) = value.cast::<Bytes>() {
        return of_length("bytes", bytes.as_slice());
    }
    if let Some(array) = value.cast::<ByteArray>() {
        return of_length("bytearray", &array.snapshot(t));
    }
    match int::view(value) {
        Some(View::Small(i)) if (0..256).contains(&i) => Ok(i as u8),
        Some(_) => Err(t.type_error("integer not in range(256)")),
        None => Err(t.type_error(format!("{expected} {}", value.type_of(t).qualified_name(t)))),
    }
}
