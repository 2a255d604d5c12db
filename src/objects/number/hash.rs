//! Hashes that are a function of the value alone: numbers, tuples, sets, addresses.
//!
//! Numbers that are equal hash equal, whatever their type (`hash(1) == hash(1.0) == hash(Fraction(1))`):
//! every number is hashed as its value modulo the prime 2^61-1. A hash is never -1, which CPython's C
//! interface keeps for "an error happened".
//!
//! Source: CPython `Python/pyhash.c`, `Objects/tupleobject.c`, `Objects/setobject.c`.

use num_bigint::{BigInt, Sign};

/// The modulus of numeric hashes, `sys.hash_info.modulus`: a Mersenne prime, so reduction is a shift.
pub const MODULUS: u64 = (1 << BITS) - 1;
const BITS: u32 = 61;
/// `sys.hash_info.inf`.
pub const INFINITY: i64 = 314_159;
/// `sys.hash_info.imag`: the weight of a complex number's imaginary part.
pub const IMAGINARY: u64 = 1_000_003;

/// Replaces -1 by -2.
#[inline]
pub fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// `hash()` of a machine-sized int.
#[inline]
pub fn hash_i64(value: i64) -> i64 {
    let magnitude = (value.unsigned_abs() % MODULUS) as i64;
    not_minus_one(if value < 0 { -magnitude } else { magnitude })
}

/// `hash()` of an int of any size.
pub fn hash_bigint(value: &BigInt) -> i64 {
    let mut hash = 0u64;
    for digit in value.magnitude().iter_u64_digits().rev() {
        // hash * 2^64 + digit; 2^64 is 2^3 modulo 2^61-1.
        let wide = (u128::from(hash) << 3) + u128::from(digit);
        hash = (wide % u128::from(MODULUS)) as u64;
    }
    let hash = hash as i64;
    not_minus_one(if value.sign() == Sign::Minus { -hash } else { hash })
}

/// `hash()` of a float; `None` for a NaN, which is hashed by its object's address.
pub fn hash_float(value: f64) -> Option<i64> {
    if !value.is_finite() {
        return match value.is_nan() {
            true => None,
            false => Some(if value > 0.0 { INFINITY } else { -INFINITY }),
        };
    }
    if value == 0.0 {
        return Some(0);
    }
    // value = mantissa * 2^exponent; multiplying by 2^e rotates a 61-bit number left by e modulo 61.
    let bits = value.abs().to_bits();
    let (mantissa, exponent) = match bits >> 52 {
        0 => (bits, -1074),
        biased => ((bits & ((1 << 52) - 1)) | (1 << 52), biased as i32 - 1075),
    };
    let turn = exponent.rem_euclid(BITS as i32) as u32;
    let hash = match turn {
        0 => mantissa,
        turn => ((mantissa << turn) & MODULUS) | (mantissa >> (BITS - turn)),
    } as i64;
    Some(not_minus_one(if value < 0.0 { -hash } else { hash }))
}

/// `hash()` of a complex number from the hashes of its parts.
pub fn hash_complex(real: i64, imaginary: i64) -> i64 {
    not_minus_one((real as u64).wrapping_add(IMAGINARY.wrapping_mul(imaginary as u64)) as i64)
}

/// `hash()` by identity. Addresses are multiples of 16: the low bits go to the top so that tables that use
/// the low bits spread.
pub fn hash_pointer(address: usize) -> i64 {
    not_minus_one(address.rotate_right(4) as i64)
}

/// `hash()` of a tuple, fed with the hashes of its items: xxHash's lanes, simplified.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    accumulator: u64,
    length: u64,
}

const XXPRIME_1: u64 = 11_400_714_785_074_694_791;
const XXPRIME_2: u64 = 14_029_467_366_897_019_727;
const XXPRIME_5: u64 = 2_870_177_450_012_600_261;

impl Default for TupleHasher {
    fn default() -> TupleHasher {
        TupleHasher { accumulator: XXPRIME_5, length: 0 }
    }
}

impl TupleHasher {
    /// Takes in the next item's hash.
    #[inline]
    pub fn add(&mut self, hash: i64) {
        let lane = (hash as u64).wrapping_mul(XXPRIME_2);
        self.accumulator = self.accumulator.wrapping_add(lane).rotate_left(31).wrapping_mul(XXPRIME_1);
        self.length += 1;
    }

    /// The tuple's hash.
    #[inline]
    pub fn finish(self) -> i64 {
        let hash = self.accumulator.wrapping_add(self.length ^ (XXPRIME_5 ^ 3_527_539));
        if hash == u64::MAX { 1_546_275_796 } else { hash as i64 }
    }

    /// The hash of a slice, which leaves its length (three parts, always) out.
    pub fn finish_slice(self) -> i64 {
        if self.accumulator == u64::MAX { 1_546_275_796 } else { self.accumulator as i64 }
    }
}

/// `hash()` of a frozenset, fed with the hashes of its members in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetHasher {
    hash: u64,
    length: u64,
}

impl SetHasher {
    /// Takes in a member's hash.
    #[inline]
    pub fn add(&mut self, hash: i64) {
        let hash = hash as u64;
        self.hash ^= ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
        self.length += 1;
    }

    /// The set's hash.
    pub fn finish(self) -> i64 {
        let mut hash = self.hash ^ (self.length + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hash_as_in_cpython() {
        for (value, hash) in [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 1),
            (-1.0, -2),
            (0.5, 1152921504606846976),
            (1.5, 1152921504606846977),
            (-2.5, -1152921504606846978),
            (1e300, 1224995262755759164),
            (5e-324, 16777216),
            (3.141592653589793, 326490430436040707),
            (1e22, 1864712049423028464),
            (-1e-300, -482449582752280463),
            (f64::INFINITY, 314159),
        ] {
            assert_eq!(hash_float(value), Some(hash), "{value}");
        }
        for (text, hash) in [
            ("0", 0),
            ("1", 1),
            ("-1", -2),
            ("-2", -2),
            ("2305843009213693951", 0),
            ("2305843009213693952", 1),
            ("-2305843009213693952", -2),
            ("9223372036854775807", 3),
            ("-9223372036854775808", -4),
            ("18446744073709551616", 8),
            ("100000000000000000000000000000000000000000000000000", 619332571178673746),
            ("-100000000000000000000000000000000000000000000000000", -619332571178673746),
        ] {
            let value: BigInt = text.parse().unwrap();
            assert_eq!(hash_bigint(&value), hash, "{text}");
            if let Ok(small) = i64::try_from(&value) {
                assert_eq!(hash_i64(small), hash, "{text}");
            }
        }
        assert_eq!(hash_float(f64::NAN), None);
        assert_eq!(hash_complex(1, 2), 2_000_007);
    }

    #[test]
    fn containers_hash_as_in_cpython() {
        for (items, tuple, set) in [
            (&[0i64; 0][..], 5740354900026072187, 133146708735736),
            (&[1][..], -6644214454873602895, -558064481276695278),
            (&[1, 2][..], -3550055125485641917, -1826646154956904602),
            (&[3, -1, 5, 7][..], -6983225648414136320, -2974976943121652790),
            (
                &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19][..],
                -9217304902224717415,
                7026028923906358870,
            ),
        ] {
            let (mut t, mut s) = (TupleHasher::default(), SetHasher::default());
            for &item in items {
                t.add(hash_i64(item));
                s.add(hash_i64(item));
            }
            assert_eq!((t.finish(), s.finish()), (tuple, set), "{items:?}");
        }
    }
}
