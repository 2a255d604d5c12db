//! Ints as text: `int(text, base)`, `str`, `bin`, `oct`, `hex`.
//!
//! Between decimal and binary the straightforward way is quadratic. Both ways here split the number in
//! halves, so their cost is that of a few large multiplications or divisions.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::Zero;

use super::Fault;
use super::float::ascii_number;
use super::int::Int;
use crate::objects::text::Unit;

/// Text that is an int literal, not yet turned into a number: the caller may first check how many digits
/// there are (`sys.set_int_max_str_digits`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntText {
    /// A minus sign stands before it.
    pub negative: bool,
    /// 2 to 36.
    pub base: u32,
    /// The digits' values, most significant first, without sign, prefix and underscores.
    pub digits: Vec<u8>,
}

impl IntText {
    /// Whether the limit on the number of digits holds for this base: powers of two convert in linear time.
    pub fn is_limited(&self) -> bool {
        !self.base.is_power_of_two()
    }

    /// The number.
    pub fn value(&self) -> Int {
        let mut small = Some(0i64);
        for &digit in &self.digits {
            small = small.and_then(|n| n.checked_mul(i64::from(self.base))?.checked_add(i64::from(digit)));
        }
        if let Some(small) = small {
            return Int::Small(if self.negative { -small } else { small });
        }
        let magnitude = from_digits(&self.digits, self.base);
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude).into()
    }
}

/// The error of a base that `int()` does not take, checked before the text is looked at.
pub fn check_base(base: i64) -> Result<u32, Fault> {
    match base {
        0 | 2..=36 => Ok(base as u32),
        _ => Err(Fault::value("int() base must be >= 2 and <= 36, or 0")),
    }
}

/// Reads the text of `int(text, base)`, where base 0 means "by its prefix". `None` where CPython says
/// "invalid literal for int() with base N: …", N being the base asked for.
pub fn parse_int<U: Unit>(text: &[U], base: u32) -> Option<IntText> {
    let text = ascii_number(text)?;
    let mut rest = text.as_bytes();
    let mut negative = false;
    if let [sign @ (b'+' | b'-'), tail @ ..] = rest {
        negative = *sign == b'-';
        rest = tail;
    }
    let prefix = match rest {
        [b'0', letter, ..] => match letter.to_ascii_lowercase() {
            b'x' => Some(16),
            b'o' => Some(8),
            b'b' => Some(2),
            _ => None,
        },
        _ => None,
    };
    let mut only_zero = false;
    let actual = match base {
        0 => {
            // A C-style octal like 012 is refused, though 0 and 00 are fine.
            only_zero = prefix.is_none() && rest.first() == Some(&b'0');
            prefix.unwrap_or(10)
        }
        _ => base,
    };
    if prefix == Some(actual) {
        rest = &rest[2..];
        // One underscore may follow the prefix.
        if let [b'_', tail @ ..] = rest {
            rest = tail;
        }
    }
    let mut digits = Vec::with_capacity(rest.len());
    let mut after_digit = false;
    for &byte in rest {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        digits.push((byte as char).to_digit(actual)? as u8);
        after_digit = true;
    }
    if !after_digit || (only_zero && digits.iter().any(|&d| d != 0)) {
        return None;
    }
    Some(IntText { negative, base: actual, digits })
}

/// Below this many digits `num_bigint`'s own quadratic conversion is faster.
const SPLIT_DIGITS: usize = 1500;

/// The number with these digits.
fn from_digits(digits: &[u8], base: u32) -> BigUint {
    if base.is_power_of_two() || digits.len() <= SPLIT_DIGITS {
        return BigUint::from_radix_be(digits, base).unwrap_or_default();
    }
    // powers[k] is base^(SPLIT_DIGITS * 2^k).
    let mut powers = vec![BigUint::from(base).pow(SPLIT_DIGITS as u32)];
    while SPLIT_DIGITS << powers.len() < digits.len() {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    fn join(digits: &[u8], base: u32, powers: &[BigUint]) -> BigUint {
        let Some((power, smaller)) = powers.split_last() else {
            return BigUint::from_radix_be(digits, base).unwrap_or_default();
        };
        let low = SPLIT_DIGITS << smaller.len();
        match digits.len().checked_sub(low) {
            None | Some(0) => join(digits, base, smaller),
            Some(high) => join(&digits[..high], base, smaller) * power + join(&digits[high..], base, smaller),
        }
    }
    join(digits, base, &powers)
}

/// `str(value)`.
pub fn to_decimal(value: &BigInt) -> String {
    let magnitude = value.magnitude();
    // 10^SPLIT_DIGITS has some 3.32 bits a digit.
    if magnitude.bits() < SPLIT_DIGITS as u64 * 10 / 3 {
        return value.to_string();
    }
    let mut out = String::with_capacity(magnitude.bits() as usize * 3 / 10 + 2);
    if value.sign() == Sign::Minus {
        out.push('-');
    }
    let mut powers = vec![BigUint::from(10u32).pow(SPLIT_DIGITS as u32)];
    while powers[powers.len() - 1].bits() * 2 <= magnitude.bits() + 1 {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    split_decimal(magnitude, &powers, false, &mut out);
    out
}

/// Appends the digits of a number that is below the square of the last power, with leading zeros if `pad`.
fn split_decimal(value: &BigUint, powers: &[BigUint], pad: bool, out: &mut String) {
    let Some((power, smaller)) = powers.split_last() else {
        let text = value.to_string();
        if pad {
            out.extend(std::iter::repeat_n('0', SPLIT_DIGITS - text.len().min(SPLIT_DIGITS)));
        }
        out.push_str(&text);
        return;
    };
    if !pad && value < power {
        return split_decimal(value, smaller, false, out);
    }
    let (high, low) = value.div_rem(power);
    split_decimal(&high, smaller, pad, out);
    split_decimal(&low, smaller, true, out);
}

/// An upper bound, at most one too high, of how many decimal digits a number has.
pub fn decimal_digits_bound(value: &BigInt) -> u64 {
    // log10(2) rounded up.
    (value.bits() as f64 * 0.301_029_995_663_981_3) as u64 + 1
}

/// The error of `str()` of an int with more digits than `sys.get_int_max_str_digits()` allows.
pub fn too_many_digits_to_print(limit: usize) -> Fault {
    Fault::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to \
         increase the limit"
    ))
}

/// The error of `int()` of a text with more digits than `sys.get_int_max_str_digits()` allows.
pub fn too_many_digits_to_read(limit: usize, digits: usize) -> Fault {
    Fault::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; use \
         sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// |value| in lower-case digits of a base from 2 to 36, without prefix.
pub fn magnitude_to_base(value: &BigInt, base: u32) -> String {
    match value.is_zero() {
        true => "0".to_owned(),
        false => value.magnitude().to_str_radix(base),
    }
}

/// `bin(value)`, `oct(value)`, `hex(value)`.
pub fn with_prefix(value: &BigInt, base: u32) -> String {
    let sign = if value.sign() == Sign::Minus { "-" } else { "" };
    format!("{sign}{}{}", prefix(base), magnitude_to_base(value, base))
}

/// `0b`, `0o`, `0x`, or nothing.
pub fn prefix(base: u32) -> &'static str {
    match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str, base: u32) -> Option<String> {
        let units: Vec<u32> = text.chars().map(u32::from).collect();
        parse_int(&units, base).map(|parsed| BigInt::from(parsed.value()).to_string())
    }

    #[test]
    fn parses_as_int_does() {
        for (text, base, value) in [
            (" 12\n", 10, "12"),
            ("-1_000", 10, "-1000"),
            ("+0x_fF", 16, "255"),
            ("0xff", 0, "255"),
            ("0b_1", 0, "1"),
            ("0o17", 0, "15"),
            ("b1", 16, "177"),
            ("0b1", 16, "177"),
            ("z", 36, "35"),
            ("٣٤", 10, "34"),
            ("00", 0, "0"),
            ("0_0", 0, "0"),
            ("-9223372036854775808", 10, "-9223372036854775808"),
            ("123456789012345678901234567890", 10, "123456789012345678901234567890"),
        ] {
            assert_eq!(int(text, base).as_deref(), Some(value), "{text}");
        }
        for (text, base) in [
            ("", 10),
            ("-", 10),
            ("_1", 10),
            ("1_", 10),
            ("1__0", 10),
            ("012", 0),
            ("0x", 0),
            ("0x", 16),
            ("0x_", 16),
            ("0xff", 10),
            ("2", 2),
            ("1 2", 10),
            ("- 1", 10),
            ("½", 10),
            ("0x__1", 16),
            ("--1", 10),
            ("0_7", 0),
        ] {
            assert_eq!(int(text, base), None, "{text} {base}");
        }
        assert!(check_base(1).is_err() && check_base(37).is_err() && check_base(0).is_ok());
    }

    #[test]
    fn huge_numbers_go_both_ways() {
        for digits in [10, 1499, 1500, 1501, 3000, 3001, 6000, 10007] {
            let text: String = (0..digits).map(|i| char::from(b'1' + (i * 7 % 9) as u8)).collect();
            let value = BigInt::parse_bytes(text.as_bytes(), 10).unwrap();
            assert_eq!(int(&text, 10).unwrap(), text);
            assert_eq!(to_decimal(&value), text);
            let round = format!("-1{}", "0".repeat(digits));
            assert_eq!(to_decimal(&round.parse().unwrap()), round);
        }
        assert_eq!(with_prefix(&BigInt::from(-255), 16), "-0xff");
        assert_eq!(with_prefix(&BigInt::from(0), 2), "0b0");
    }
}
