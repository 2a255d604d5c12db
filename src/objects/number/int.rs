//! Arithmetic of ints of any size beyond what `num_bigint` offers under Python's name.
//!
//! `BigInt`'s `&`, `|`, `^`, `!` already treat a negative number as an endless two's complement, and `>>`
//! rounds down, as Python wants. Floor division is `num_integer`'s `div_mod_floor`.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::Fault;
use super::float::compose;

/// An int, small where it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    /// Fits in a machine word.
    Small(i64),
    /// Does not.
    Big(BigInt),
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Int {
        match value.to_i64() {
            Some(small) => Int::Small(small),
            None => Int::Big(value),
        }
    }
}

impl From<Int> for BigInt {
    fn from(value: Int) -> BigInt {
        match value {
            Int::Small(small) => small.into(),
            Int::Big(big) => big,
        }
    }
}

/// The error of `/`, `//`, `%` and `divmod` by zero.
pub fn division_by_zero() -> Fault {
    Fault::zero_division("division by zero")
}

/// `a // b` and `a % b` of small ints, `b` not zero. `None` only for the one overflow, -2⁶³ // -1.
#[inline]
pub fn divmod_small(a: i64, b: i64) -> Option<(i64, i64)> {
    let (quotient, remainder) = (a.checked_div(b)?, a.wrapping_rem(b));
    match remainder != 0 && (remainder ^ b) < 0 {
        true => Some((quotient - 1, remainder + b)),
        false => Some((quotient, remainder)),
    }
}

/// `divmod(a, b)`.
pub fn divmod(a: &BigInt, b: &BigInt) -> Result<(BigInt, BigInt), Fault> {
    match b.is_zero() {
        true => Err(division_by_zero()),
        false => Ok(a.div_mod_floor(b)),
    }
}

/// The top 64 bits of a magnitude, whether anything below them is set, and their scale.
fn top_bits(magnitude: &BigUint) -> (u64, bool, i64) {
    let drop = magnitude.bits().saturating_sub(64);
    let mantissa = if drop == 0 { magnitude.to_u64() } else { (magnitude >> drop).to_u64() };
    let sticky = drop > 0 && magnitude.trailing_zeros().is_some_and(|zeros| zeros < drop);
    (mantissa.unwrap_or(u64::MAX), sticky, drop as i64)
}

/// `float(a)`: the nearest double, ties to even.
pub fn to_float(a: &BigInt) -> Result<f64, Fault> {
    let too_large = || Fault::overflow("int too large to convert to float");
    if a.bits() > 1024 {
        return Err(too_large());
    }
    let (mantissa, sticky, exponent) = top_bits(a.magnitude());
    compose(a.is_negative(), mantissa, sticky, exponent).ok_or_else(too_large)
}

/// `math.frexp`-like pieces for `math.log` of an int of any size: `a` ≈ x × 2^e with 0.5 <= |x| < 1.
pub fn frexp(a: &BigInt) -> (f64, i64) {
    let bits = a.bits() as i64;
    let (mantissa, sticky, exponent) = top_bits(a.magnitude());
    let x = compose(a.is_negative(), mantissa, sticky, exponent - bits).unwrap_or(0.0);
    if x.abs() == 1.0 { (x / 2.0, bits + 1) } else { (x, bits) }
}

/// `a / b`, correctly rounded whatever the sizes.
pub fn true_divide(a: &BigInt, b: &BigInt) -> Result<f64, Fault> {
    if b.is_zero() {
        return Err(division_by_zero());
    }
    let negative = a.is_negative() != b.is_negative();
    if a.is_zero() {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let too_large = || Fault::overflow("integer division result too large for a float");
    let (a_bits, b_bits) = (a.bits() as i64, b.bits() as i64);
    if a_bits <= 53 && b_bits <= 53 {
        // Both are exact as doubles, so one division rounds once.
        return Ok(a.to_f64().unwrap_or(0.0) / b.to_f64().unwrap_or(1.0));
    }
    if a_bits - b_bits > 1025 {
        return Err(too_large());
    }
    if a_bits - b_bits < -1080 {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    // A quotient of 62 or 63 bits, and whether something is left over, decide the rounding.
    let shift = 62 - (a_bits - b_bits);
    let (top, bottom) = match shift {
        0.. => (a.magnitude() << shift, b.magnitude().clone()),
        _ => (a.magnitude().clone(), b.magnitude() << -shift),
    };
    let (quotient, rest) = top.div_rem(&bottom);
    compose(negative, quotient.to_u64().unwrap_or(u64::MAX), !rest.is_zero(), -shift).ok_or_else(too_large)
}

/// `a / b` of small ints.
pub fn true_divide_small(a: i64, b: i64) -> Result<f64, Fault> {
    const EXACT: u64 = 1 << 53;
    if b != 0 && a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    true_divide(&a.into(), &b.into())
}

/// `a ** exponent` for an exponent that is not negative (a negative one makes a float power).
pub fn power(a: &BigInt, exponent: &BigUint) -> Result<BigInt, Fault> {
    if exponent.is_zero() || a.is_one() {
        return Ok(BigInt::one());
    }
    if a.is_zero() {
        return Ok(BigInt::zero());
    }
    if a.magnitude().is_one() {
        return Ok(if exponent.is_odd() { a.clone() } else { -a });
    }
    match exponent.to_u32() {
        Some(exponent) => Ok(a.pow(exponent)),
        None => Err(Fault::overflow("too many digits in integer")),
    }
}

/// `pow(a, exponent, modulus)`; the result has the modulus's sign.
pub fn power_modulo(a: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, Fault> {
    if modulus.is_zero() {
        return Err(Fault::value("pow() 3rd argument cannot be 0"));
    }
    if modulus.magnitude().is_one() {
        return Ok(BigInt::zero());
    }
    if !exponent.is_negative() {
        return Ok(a.modpow(exponent, modulus));
    }
    let positive = modulus.abs();
    let inverse = a.modinv(&positive).ok_or_else(|| Fault::value("base is not invertible for the given modulus"))?;
    Ok(inverse.modpow(&-exponent, modulus))
}

/// `math.isqrt(a)`.
pub fn isqrt(a: &BigInt) -> Result<BigInt, Fault> {
    match a.is_negative() {
        true => Err(Fault::value("isqrt() argument must be nonnegative")),
        false => Ok(a.sqrt()),
    }
}

/// `a << count`.
pub fn shift_left(a: &BigInt, count: &BigInt) -> Result<BigInt, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    if a.is_zero() {
        return Ok(BigInt::zero());
    }
    // Past some 2^40 bits no memory holds the result; CPython's own limit is 2^63.
    match count.to_u64() {
        Some(count) if count < 1 << 40 => Ok(a << count),
        _ => Err(Fault::overflow("too many digits in integer")),
    }
}

/// `a >> count`, rounded down.
pub fn shift_right(a: &BigInt, count: &BigInt) -> Result<BigInt, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    match count.to_u64() {
        Some(count) if count <= a.bits() => Ok(a >> count),
        _ => Ok(if a.is_negative() { BigInt::from(-1) } else { BigInt::zero() }),
    }
}

/// `a.bit_length()`.
pub fn bit_length(a: &BigInt) -> u64 {
    a.bits()
}

/// `a.bit_count()`: the ones in |a|.
pub fn bit_count(a: &BigInt) -> u64 {
    a.magnitude().count_ones()
}

/// The order of an int's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// `a.to_bytes(length, order, signed=signed)`.
pub fn to_bytes(a: &BigInt, length: usize, order: ByteOrder, signed: bool) -> Result<Vec<u8>, Fault> {
    if a.is_negative() && !signed {
        return Err(Fault::overflow("can't convert negative int to unsigned"));
    }
    let (mut bytes, filler) = match a.sign() {
        Sign::NoSign => (Vec::new(), 0),
        _ if signed => (a.to_signed_bytes_le(), if a.is_negative() { 0xff } else { 0 }),
        _ => (a.magnitude().to_bytes_le(), 0),
    };
    // -1 in no bytes at all is the one number that fits by its bit length and not by its sign.
    if bytes.len() > length {
        return Err(Fault::overflow("int too big to convert"));
    }
    bytes.resize(length, filler);
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, order, signed=signed)`.
pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> Int {
    let value = match (order, signed) {
        (ByteOrder::Little, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
        (ByteOrder::Big, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (ByteOrder::Little, true) => BigInt::from_signed_bytes_le(bytes),
        (ByteOrder::Big, true) => BigInt::from_signed_bytes_be(bytes),
    };
    value.into()
}

/// `math.gcd(a, b)`.
pub fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    a.gcd(b)
}

/// `math.lcm(a, b)`.
pub fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    if a.is_zero() || b.is_zero() { BigInt::zero() } else { a.lcm(b).abs() }
}

/// Which of a float and an int is greater, compared exactly; `None` for a NaN.
pub fn compare_with_float(a: &BigInt, x: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() || a.bits() > 1024 {
        let a_side = if x.is_infinite() { x < 0.0 } else { a.is_positive() };
        return Some(if a_side { Ordering::Greater } else { Ordering::Less });
    }
    let whole = super::float::float_to_int(x).ok()?;
    Some(a.cmp(&whole).then_with(|| 0.0f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal)))
}

/// `round(a, -digits)`: to the nearest multiple of ten to that power, ties to even.
pub fn round_to_power_of_ten(a: &BigInt, digits: u32) -> BigInt {
    let unit = BigInt::from(10).pow(digits);
    let (quotient, rest) = a.div_mod_floor(&unit);
    let twice: BigInt = rest << 1;
    let up = match twice.cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient.is_odd(),
    };
    (quotient + i32::from(up)) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().unwrap()
    }

    #[test]
    fn to_and_from_floats() {
        assert_eq!(to_float(&big("9007199254740993")), Ok(9007199254740992.0));
        assert_eq!(to_float(&big("9007199254740995")), Ok(9007199254740996.0));
        assert_eq!(to_float(&(BigInt::from(1) << 1023)), Ok(2f64.powi(1023)));
        let power: BigInt = BigInt::from(1) << 200;
        assert_eq!(to_float(&-(power + BigInt::from(1))), Ok(-(2f64.powi(200))));
        assert_eq!(
            to_float(&((BigInt::from(1) << 1024) - 1)).unwrap_err().message,
            "int too large to convert to float"
        );
        let max = (BigInt::from(1) << 1024) - (BigInt::from(1) << 970);
        assert_eq!(to_float(&(max - 1)), Ok(f64::MAX));
        assert_eq!(frexp(&(BigInt::from(1) << 2000)), (0.5, 2001));
    }

    #[test]
    fn true_division_rounds_once() {
        for (a, b, quotient) in [
            ("1", "3", 1.0 / 3.0),
            ("-7", "2", -3.5),
            ("100000000000000000000001", "100000000000000000000000", 1.0),
            ("123456789012345678901234567890", "987654321", 1.249999988734375e20),
            ("9007199254740993", "1", 9007199254740992.0),
        ] {
            assert_eq!(true_divide(&big(a), &big(b)), Ok(quotient), "{a} / {b}");
        }
        let huge = BigInt::from(10).pow(400);
        assert!(true_divide(&huge, &BigInt::from(3)).is_err());
        assert_eq!(true_divide(&huge, &BigInt::from(10).pow(399)), Ok(10.0));
        assert_eq!(true_divide(&BigInt::from(-1), &huge), Ok(-0.0));
        assert_eq!(true_divide(&BigInt::from(3), &(BigInt::from(1) << 1075)), Ok(1e-323));
        assert_eq!(true_divide_small(i64::MAX, -1), Ok(-9.223372036854775807e18));
    }

    #[test]
    fn powers_shifts_bytes() {
        let pow = |a: i64, e: i64, m: i64| power_modulo(&a.into(), &e.into(), &m.into());
        assert_eq!(pow(3, 4, -7), Ok(BigInt::from(-3)));
        assert_eq!(pow(3, -1, 7), Ok(BigInt::from(5)));
        assert_eq!(pow(-3, -3, 7), Ok(BigInt::from(1)));
        assert_eq!(pow(3, -1, -7), Ok(BigInt::from(-2)));
        assert_eq!(pow(5, 5, 1), Ok(BigInt::from(0)));
        assert!(pow(2, -1, 4).is_err() && pow(2, 1, 0).is_err());
        assert_eq!(shift_right(&BigInt::from(-5), &BigInt::from(1)), Ok(BigInt::from(-3)));
        assert_eq!(shift_right(&BigInt::from(-5), &(BigInt::from(1) << 70)), Ok(BigInt::from(-1)));
        assert!(shift_left(&BigInt::from(1), &BigInt::from(-1)).is_err());
        assert_eq!(divmod_small(-7, 2), Some((-4, 1)));
        assert_eq!(divmod_small(7, -2), Some((-4, -1)));
        assert_eq!(divmod_small(i64::MIN, -1), None);
        assert_eq!(to_bytes(&BigInt::from(-2), 2, ByteOrder::Big, true), Ok(vec![0xff, 0xfe]));
        assert_eq!(to_bytes(&BigInt::from(258), 3, ByteOrder::Little, false), Ok(vec![2, 1, 0]));
        assert_eq!(to_bytes(&BigInt::from(0), 0, ByteOrder::Big, false), Ok(vec![]));
        assert!(to_bytes(&BigInt::from(128), 1, ByteOrder::Big, true).is_err());
        assert_eq!(from_bytes(&[0xff, 0xfe], ByteOrder::Big, true), Int::Small(-2));
        assert_eq!(from_bytes(&[], ByteOrder::Big, true), Int::Small(0));
        assert_eq!(round_to_power_of_ten(&BigInt::from(25), 1), BigInt::from(20));
        assert_eq!(round_to_power_of_ten(&BigInt::from(-35), 1), BigInt::from(-40));
        assert_eq!(compare_with_float(&big("9007199254740993"), 9007199254740992.0), Some(std::cmp::Ordering::Greater));
        assert_eq!(compare_with_float(&BigInt::from(1), 1.5), Some(std::cmp::Ordering::Less));
        assert_eq!(compare_with_float(&BigInt::from(-1), -1.5), Some(std::cmp::Ordering::Greater));
    }
}
