//! Items of a view as objects, by their format.

use crate::objects::bytes::Bytes;
use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The letter of a native format of one item, with an `@` in front or without.
pub fn letter(format: &str) -> Option<u8> {
    match format.strip_prefix('@').unwrap_or(format).as_bytes() {
        [letter] if size(*letter).is_some() => Some(*letter),
        _ => None,
    }
}

/// Bytes of a native item; `None` for a letter that stands for none.
pub fn size(letter: u8) -> Option<usize> {
    Some(match letter {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

/// The format as a static string, for casts.
pub fn static_format(letter: u8, native: bool) -> &'static str {
    const PLAIN: &[&str] = &["c", "b", "B", "?", "h", "H", "e", "i", "I", "f", "l", "L", "q", "Q", "n", "N", "d", "P"];
    const NATIVE: &[&str] =
        &["@c", "@b", "@B", "@?", "@h", "@H", "@e", "@i", "@I", "@f", "@l", "@L", "@q", "@Q", "@n", "@N", "@d", "@P"];
    let table = if native { NATIVE } else { PLAIN };
    table.iter().find(|f| f.as_bytes().last() == Some(&letter)).copied().unwrap_or("B")
}

/// An int of the machine, signed or not, or a float: an item by its letter.
pub fn unpack(t: &Thread, letter: u8, bytes: &[u8]) -> Value {
    fn raw<const N: usize>(bytes: &[u8]) -> [u8; N] {
        bytes.try_into().unwrap_or([0; N])
    }
    match letter {
        b'c' => Bytes::make(t, bytes),
        b'b' => Value::small(i8::from_ne_bytes(raw(bytes)).into()),
        b'B' => Value::small(u8::from_ne_bytes(raw(bytes)).into()),
        b'?' => Value::bool(bytes != [0]),
        b'h' => Value::small(i16::from_ne_bytes(raw(bytes)).into()),
        b'H' => Value::small(u16::from_ne_bytes(raw(bytes)).into()),
        b'i' => Value::small(i32::from_ne_bytes(raw(bytes)).into()),
        b'I' => Value::small(u32::from_ne_bytes(raw(bytes)).into()),
        b'l' | b'q' | b'n' => int::new(t, i64::from_ne_bytes(raw(bytes))),
        b'L' | b'Q' | b'N' | b'P' => int::from_u64(t, u64::from_ne_bytes(raw(bytes))),
        b'f' => float::new(t, f32::from_ne_bytes(raw(bytes)).into()),
        b'd' => float::new(t, f64::from_ne_bytes(raw(bytes))),
        _ => float::new(t, half_to_f64(u16::from_ne_bytes(raw(bytes)))),
    }
}

/// An IEEE half as a double.
pub fn half_to_f64(bits: u16) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15, bits >> 10 & 0x1f, f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    if sign == 1 { -magnitude } else { magnitude }
}

/// A double as an IEEE half, ties to even; `None` if it is too large.
pub fn f64_to_half(x: f64) -> Option<u16> {
    let sign = u16::from(x.is_sign_negative()) << 15;
    let magnitude = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // In units of the last place: below the smallest normal number those are 2**-24.
    let exponent = if magnitude == 0.0 { -14 } else { (magnitude.log2().floor() as i32).max(-14) };
    let exponent = if magnitude < 2f64.powi(exponent) && exponent > -14 { exponent - 1 } else { exponent };
    let scaled = (magnitude * 2f64.powi(10 - exponent)).round_ties_even();
    let (scaled, exponent) = if scaled >= 2048.0 { (scaled / 2.0, exponent + 1) } else { (scaled, exponent) };
    if exponent > 15 {
        return None;
    }
    let scaled = scaled as u16;
    Some(sign | if scaled < 1024 { scaled } else { (((exponent + 15) as u16) << 10) + (scaled - 1024) })
}

/// Why an object is no item of a format.
pub enum Unfit {
    Type,
    Value,
    Raised(crate::objects::slots::Raised),
}

/// The bytes of an item.
pub fn pack(t: &Thread, letter: u8, v: &Value) -> Result<Vec<u8>, Unfit> {
    let type_only = |r: R| match t.catch(r, |types| &types.type_error) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(Unfit::Type),
        Err(raised) => Err(Unfit::Raised(raised)),
    };
    match letter {
        b'c' => match v.cast::<Bytes>().map(Bytes::as_slice) {
            Some(one @ [_]) => Ok(one.to_vec()),
            Some(_) => Err(Unfit::Value),
            None => Err(Unfit::Type),
        },
        b'?' => Ok(vec![u8::from(protocol::truth(t, v).map_err(Unfit::Raised)?)]),
        b'f' | b'd' | b'e' => {
            let f = match t.catch(float::to_f64(t, v), |types| &types.type_error) {
                Ok(Some(f)) => f,
                Ok(None) => return Err(Unfit::Type),
                Err(raised) => return Err(Unfit::Raised(raised)),
            };
            match letter {
                b'd' => Ok(f.to_ne_bytes().to_vec()),
                b'f' if f.is_finite() && (f as f32).is_infinite() => Err(Unfit::Value),
                b'f' => Ok((f as f32).to_ne_bytes().to_vec()),
                _ => f64_to_half(f).map(|h| h.to_ne_bytes().to_vec()).ok_or(Unfit::Value),
            }
        }
        _ => {
            let i = type_only(protocol::index(t, v))?;
            let size = size(letter).unwrap_or(1);
            let number = match (int::as_i64(&i), int::as_u64(&i)) {
                (Some(i), _) => i128::from(i),
                (_, Some(u)) => i128::from(u),
                _ => return Err(Unfit::Value),
            };
            let bits = 8 * size as u32;
            let signed = letter.is_ascii_lowercase();
            let (least, most) =
                if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
            if !(least..=most).contains(&number) {
                return Err(Unfit::Value);
            }
            let bytes = number.to_ne_bytes();
            Ok(if cfg!(target_endian = "little") { bytes[..size].to_vec() } else { bytes[16 - size..].to_vec() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for (x, bits) in
            [(0.0, 0), (1.0, 0x3c00), (-2.0, 0xc000), (65504.0, 0x7bff), (6e-8, 1), (0.333251953125, 0x3555)]
        {
            assert_eq!(f64_to_half(x), Some(bits), "{x}");
        }
        assert_eq!(f64_to_half(65520.0), None);
        for bits in (0..0x7c00).chain(0x8000..0xfc00) {
            assert_eq!(f64_to_half(half_to_f64(bits)), Some(bits));
        }
    }
}
