//! Values to bytes and back.

use super::error;
use super::layout::{Field, Item, Layout};
use crate::modules::math::real::{frexp_parts, ldexp};
use crate::objects::bytes::Bytes;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{complex, float, int, protocol};
use num_traits::ToPrimitive;

impl Layout {
    /// The values in the bytes, which are as many as the layout's size.
    pub fn unpack(&self, t: &Thread, bytes: &[u8]) -> Value {
        let mut values = Vec::with_capacity(self.count);
        for field in &self.fields {
            values.extend(field.offsets().map(|at| self.unpack_one(t, field, &bytes[at..at + field.size])));
        }
        t.tuple(values)
    }

    fn unpack_one(&self, t: &Thread, field: &Field, bytes: &[u8]) -> Value {
        match field.item {
            Item::Pad => Value::NONE,
            Item::Char | Item::Bytes => Bytes::make(t, bytes),
            Item::Pascal => match bytes {
                [length, text @ ..] => Bytes::make(t, &text[..usize::from(*length).min(text.len())]),
                [] => Bytes::make(t, &[]),
            },
            Item::Bool => Value::bool(bytes.iter().any(|&b| b != 0)),
            Item::Unsigned | Item::Pointer => int::from_u64(t, self.word(bytes)),
            Item::Signed => {
                let unused = 64 - 8 * bytes.len() as u32;
                int::new(t, (self.word(bytes) << unused) as i64 >> unused)
            }
            Item::Float => float::new(t, self.float(bytes)),
            Item::Complex => {
                let (re, im) = bytes.split_at(bytes.len() / 2);
                complex::new(t, self.float(re), self.float(im))
            }
        }
    }

    /// Up to eight bytes as a number.
    fn word(&self, bytes: &[u8]) -> u64 {
        let join = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        match self.little_endian {
            true => bytes.iter().rev().fold(0, join),
            false => bytes.iter().fold(0, join),
        }
    }

    fn float(&self, bytes: &[u8]) -> f64 {
        let word = self.word(bytes);
        match bytes.len() {
            2 => half_to_double(word as u16),
            4 => single_to_double(word as u32),
            _ => f64::from_bits(word),
        }
    }

    /// The values as bytes. There are as many as the layout says; `function` names the caller in errors.
    pub fn pack(&self, t: &Thread, values: &[Value], function: &str) -> R<Vec<u8>> {
        if values.len() != self.count {
            let (count, given) = (self.count, values.len());
            return Err(error(t, format!("{function} expected {count} items for packing (got {given})")));
        }
        let mut out: Vec<u8> = Vec::new();
        if out.try_reserve_exact(self.size).is_err() {
            return Err(t.memory_error());
        }
        out.resize(self.size, 0);
        let mut values = values.iter();
        for field in &self.fields {
            for at in field.offsets() {
                if let Some(value) = values.next() {
                    self.pack_one(t, field, value, &mut out[at..at + field.size])?;
                }
            }
        }
        Ok(out)
    }

    fn pack_one(&self, t: &Thread, field: &Field, value: &Value, out: &mut [u8]) -> R<()> {
        match field.item {
            Item::Pad => {}
            Item::Char => match value.cast::<Bytes>().map(Bytes::as_slice) {
                Some([byte]) => out[0] = *byte,
                _ => return Err(error(t, "char format requires a bytes object of length 1")),
            },
            Item::Bytes => {
                let text = text_of(t, field, value)?;
                let length = text.len().min(out.len());
                out[..length].copy_from_slice(&text[..length]);
            }
            Item::Pascal => {
                let text = text_of(t, field, value)?;
                if let Some((first, place)) = out.split_first_mut() {
                    let length = text.len().min(place.len());
                    place[..length].copy_from_slice(&text[..length]);
                    *first = length.min(255) as u8;
                }
            }
            Item::Bool => out[0] = u8::from(protocol::truth(t, value)?),
            Item::Signed | Item::Unsigned => {
                let number = integer(t, value)?;
                let word = in_range(&number, field).ok_or_else(|| out_of_range(t, field))?;
                self.put(word, out);
            }
            Item::Pointer => {
                let number = integer(t, value)?;
                let word = int::as_i64(&number).map(|i| i as u64).or_else(|| int::as_u64(&number));
                self.put(word.ok_or_else(|| error(t, "int too large to convert"))?, out);
            }
            Item::Float => {
                let Ok(x) = float::to_f64(t, value) else { return Err(not_a(t, "float")) };
                self.put_float(t, field, x, out)?;
            }
            Item::Complex => {
                let Ok(z) = complex::to_pair(t, value) else { return Err(not_a(t, "complex")) };
                let (re, im) = out.split_at_mut(field.size / 2);
                self.put_float(t, field, z.re, re)?;
                self.put_float(t, field, z.im, im)?;
            }
        }
        Ok(())
    }

    /// The low bytes of a number.
    fn put(&self, word: u64, out: &mut [u8]) {
        let length = out.len();
        let bytes = word.to_le_bytes();
        match self.little_endian {
            true => out.copy_from_slice(&bytes[..length]),
            false => out.iter_mut().zip(bytes[..length].iter().rev()).for_each(|(place, byte)| *place = *byte),
        }
    }

    fn put_float(&self, t: &Thread, field: &Field, x: f64, out: &mut [u8]) -> R<()> {
        let word = match out.len() {
            2 => double_to_half(x).map(u64::from),
            4 => double_to_single(x).map(u64::from),
            _ => Some(x.to_bits()),
        };
        match word {
            Some(word) => self.put(word, out),
            None => {
                let code = if field.code == b'F' { 'f' } else { field.code as char };
                return Err(t.overflow_error(format!("float too large to pack with {code} format")));
            }
        }
        Ok(())
    }
}

/// The error in place of the one that the conversion raised.
fn not_a(t: &Thread, what: &str) -> Raised {
    error(t, format!("required argument is not a {what}"))
}

/// What is packed as `s` or `p`.
fn text_of<'a>(t: &Thread, field: &Field, value: &'a Value) -> R<std::borrow::Cow<'a, [u8]>> {
    match int::bytes_or_bytearray(t, value) {
        Some(text) => Ok(text),
        None => Err(error(t, format!("argument for '{}' must be a bytes object", field.code as char))),
    }
}

fn integer(t: &Thread, value: &Value) -> R {
    if int::is_int(value) || value.type_of(t).slots().nb_index.is_some() {
        return protocol::index(t, value);
    }
    Err(error(t, "required argument is not an integer"))
}

/// The two's complement of the number, if it fits in the field.
fn in_range(number: &Value, field: &Field) -> Option<u64> {
    let bits = 8 * field.size as u32;
    if field.item == Item::Signed {
        let i = int::as_i64(number)?;
        let unused = 64 - bits;
        return (i << unused >> unused == i).then_some(i as u64);
    }
    let big = int::view(number)?;
    let word = match big {
        int::View::Small(i) => u64::try_from(i).ok()?,
        int::View::Big(b) => b.to_u64()?,
    };
    (bits == 64 || word >> bits == 0).then_some(word)
}

fn out_of_range(t: &Thread, field: &Field) -> Raised {
    let bits = 8 * field.size as u32;
    let (least, most) = match field.item {
        Item::Signed => (i64::MIN >> (64 - bits), (i64::MAX >> (64 - bits)) as u64),
        _ => (0, u64::MAX >> (64 - bits)),
    };
    error(t, format!("'{}' format requires {least} <= number <= {most}", field.code as char))
}

/// How much longer the mantissa of a double is than that of a single.
const SINGLE_SHIFT: u32 = f64::MANTISSA_DIGITS - f32::MANTISSA_DIGITS;

/// IEEE single precision; `None` if the number is too large. A NaN keeps its bits: the processor's conversion
/// would silence a signalling one.
fn double_to_single(x: f64) -> Option<u32> {
    if x.is_nan() {
        let mantissa = (x.to_bits() & 0x000f_ffff_ffff_ffff) >> SINGLE_SHIFT;
        return Some((x.to_bits() >> 32) as u32 & 0x8000_0000 | 0x7f80_0000 | mantissa as u32);
    }
    let single = x as f32;
    if single.is_infinite() && x.is_finite() { None } else { Some(single.to_bits()) }
}

fn single_to_double(bits: u32) -> f64 {
    let single = f32::from_bits(bits);
    if !single.is_nan() {
        return f64::from(single);
    }
    let mantissa = u64::from(bits & 0x007f_ffff) << SINGLE_SHIFT;
    f64::from_bits(u64::from(bits & 0x8000_0000) << 32 | 0x7ff0_0000_0000_0000 | mantissa)
}

/// IEEE half precision; `None` if the number is too large.
fn double_to_half(x: f64) -> Option<u16> {
    const INFINITE: u16 = 0x7c00;
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    if x.is_nan() {
        // The kind and the payload are kept.
        return Some(sign | INFINITE | ((x.to_bits() & 0x000f_fc00_0000_0000) >> 42) as u16);
    }
    if x.is_infinite() {
        return Some(sign | INFINITE);
    }
    if x == 0.0 {
        return Some(sign);
    }
    let (mantissa, exponent) = frexp_parts(x.abs());
    let (mut fraction, exponent) = (mantissa * 2.0, exponent - 1);
    let mut field = 0u16;
    match exponent {
        16.. => return None,
        ..-25 => fraction = 0.0,
        -25..-14 => fraction = ldexp(fraction, 14 + exponent),
        _ => {
            field = (exponent + 15) as u16;
            fraction -= 1.0;
        }
    }
    let scaled = (fraction * 1024.0).round_ties_even() as u16;
    // A carry goes into the exponent.
    let bits = (field << 10) + scaled;
    if bits >= INFINITE { None } else { Some(sign | bits) }
}

fn half_to_double(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (field, fraction) = (bits >> 10 & 0x1f, bits & 0x3ff);
    match field {
        0x1f if fraction != 0 => {
            f64::from_bits(u64::from(bits & 0x8000) << 48 | 0x7ff0_0000_0000_0000 | u64::from(fraction) << 42)
        }
        0x1f => sign * f64::INFINITY,
        0 => sign * ldexp(f64::from(fraction), -24),
        _ => sign * ldexp(f64::from(fraction) / 1024.0 + 1.0, i32::from(field) - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for (x, bits) in [
            (1.5, 0x3e00),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (6.0e-8, 0x0001),
            (2e-8, 0x0000),
            (f64::INFINITY, 0x7c00),
            (0.1, 0x2e66),
            (1.0 + 1.0 / 2048.0, 0x3c00),
            (1.0 + 3.0 / 2048.0, 0x3c02),
        ] {
            assert_eq!(double_to_half(x), Some(bits), "{x}");
        }
        assert_eq!(double_to_half(65520.0), None);
        assert_eq!(double_to_half(65519.99), Some(0x7bff));
        assert_eq!(half_to_double(0x3e00), 1.5);
        assert_eq!(half_to_double(0x0001), 5.960464477539063e-08);
        assert!(half_to_double(0x7e00).is_nan());
    }
}
