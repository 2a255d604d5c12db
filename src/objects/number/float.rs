//! Floats: text to number and back, rounding to decimal places, floor division, powers.
//!
//! The standard library prints doubles exactly (any number of digits, ties to even) and reads them with
//! correct rounding; what is Python's own is the shape of the text and the rules around it.

use num_bigint::BigInt;

use super::Fault;
use crate::objects::text::{Unit, unicode};

/// How [`float_to_string`] decorates a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloatFlags {
    /// A plus sign for what is not negative.
    pub sign: bool,
    /// `.0` after a number that would read as an int (`repr`, `str`).
    pub add_dot_0: bool,
    /// Keep the point and trailing zeros (`#`).
    pub alternate: bool,
    /// A result that rounds to zero loses its minus sign (`z`).
    pub no_negative_zero: bool,
}

/// The significant decimal digits of a finite number and where the point stands among them:
/// the value is 0.d1d2d3… × 10^`point`.
#[derive(Debug)]
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// No double has more significant digits than 767, or more decimal places than 1074; what is asked for
/// beyond is zeros. The standard library's precision is a `u16`.
const EXACT_DIGITS: usize = 1100;

impl Decimal {
    /// Reads `d.ddde±x`, as the standard library writes it.
    fn from_exponential(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        Decimal { digits, point }.trimmed()
    }

    fn shortest(x: f64) -> Decimal {
        let shortest = Decimal::from_exponential(&format!("{x:e}"));
        // Where x lies halfway between two shortest texts, the standard library takes the greater and
        // CPython the one with an even digit. That needs all digits a double tells apart, and an exact
        // decimal expansion that is only one digit longer: 17 at most, and 5^24 has as many.
        let count = shortest.digits.len();
        if count < 15 || mantissa_exponent(x).1 < -24 {
            return shortest;
        }
        let text = format!("{x:.*e}", count - 1);
        if text.parse() == Ok(x) { Decimal::from_exponential(&text) } else { shortest }
    }

    /// Rounded to `count` significant digits (at least 1).
    fn significant(x: f64, count: usize) -> Decimal {
        Decimal::from_exponential(&format!("{x:.*e}", count.clamp(1, EXACT_DIGITS) - 1))
    }

    /// Rounded to `places` digits after the point.
    fn places(x: f64, places: usize) -> Decimal {
        let text = format!("{x:.*}", places.min(EXACT_DIGITS));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|&&d| d == b'0').count();
        if zeros == digits.len() {
            return Decimal { digits: vec![b'0'], point: 1 };
        }
        Decimal { digits: digits[zeros..].to_vec(), point: whole.len() as i32 - zeros as i32 }.trimmed()
    }

    fn trimmed(mut self) -> Decimal {
        while self.digits.len() > 1 && self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        self
    }

    fn is_zero(&self) -> bool {
        self.digits == b"0"
    }
}

/// CPython's `PyOS_double_to_string`: `code` is one of `e E f F g G r`; `r` (shortest text that reads back
/// as the same number) takes no precision.
///
/// Not-a-number never shows a minus sign.
pub fn float_to_string(x: f64, code: u8, precision: usize, flags: FloatFlags) -> String {
    let upper = code.is_ascii_uppercase();
    let code = code.to_ascii_lowercase();
    if !x.is_finite() {
        let word = match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        let sign = match x < 0.0 {
            true => "-",
            false if flags.sign => "+",
            false => "",
        };
        return format!("{sign}{word}");
    }
    let magnitude = x.abs();
    let precision = if code == b'g' { precision.max(1) } else { precision };
    let decimal = match code {
        b'e' => Decimal::significant(magnitude, precision.saturating_add(1)),
        b'f' => Decimal::places(magnitude, precision),
        b'g' => Decimal::significant(magnitude, precision),
        _ => Decimal::shortest(magnitude),
    };
    let mut point = if decimal.is_zero() { 1 } else { decimal.point as i64 };
    let wide = precision as i64;
    let mut exponential = false;
    // The digits are laid out from index `start` to `end`, with zeros outside of what there is.
    let mut end = decimal.digits.len() as i64;
    match code {
        b'e' => {
            exponential = true;
            end = wide + 1;
        }
        b'f' => end = point + wide,
        b'g' => {
            exponential = point <= -4 || point > wide - i64::from(flags.add_dot_0);
            if flags.alternate {
                end = wide;
            }
        }
        _ => exponential = point <= -4 || point > 16,
    }
    let exponent = point - 1;
    if exponential {
        point = 1;
    }
    let start = if point <= 0 { point - 1 } else { 0 };
    end = match !exponential && flags.add_dot_0 {
        true if end > point => end,
        true => point + 1,
        false => end.max(point),
    };

    let mut out = String::with_capacity((end - start) as usize + 8);
    if x.is_sign_negative() && !(flags.no_negative_zero && decimal.is_zero()) {
        out.push('-');
    } else if flags.sign {
        out.push('+');
    }
    for i in start..end {
        if i == point {
            out.push('.');
        }
        let digit = usize::try_from(i).ok().and_then(|i| decimal.digits.get(i));
        out.push(digit.copied().unwrap_or(b'0') as char);
    }
    if flags.alternate && end == point {
        out.push('.');
    }
    if exponential {
        let sign = if exponent < 0 { '-' } else { '+' };
        let letter = if upper { 'E' } else { 'e' };
        out.push_str(&format!("{letter}{sign}{:02}", exponent.abs()));
    }
    out
}

/// `repr()` of a float.
pub fn float_repr(x: f64) -> String {
    float_to_string(x, b'r', 0, FloatFlags { add_dot_0: true, ..FloatFlags::default() })
}

/// `repr()` of a complex number.
pub fn complex_repr(real: f64, imaginary: f64) -> String {
    let plain = |x, sign| float_to_string(x, b'r', 0, FloatFlags { sign, ..FloatFlags::default() });
    if real == 0.0 && real.is_sign_positive() {
        return format!("{}j", plain(imaginary, false));
    }
    format!("({}{}j)", plain(real, false), plain(imaginary, true))
}

/// Reads a number as `float(text)` does: white space around, one `_` between digits, decimal digits of any
/// script, `inf`, `infinity`, `nan`. `None` where CPython says "could not convert string to float: …".
pub fn parse_float<U: Unit>(text: &[U]) -> Option<f64> {
    let text = ascii_number(text)?;
    parse_float_ascii(&text)
}

/// As [`parse_float`] for text that is ASCII and has no white space around it.
pub fn parse_float_ascii(text: &str) -> Option<f64> {
    match without_underscores(text) {
        Some(text) => text.parse().ok(),
        None => None,
    }
}

/// Strips white space and turns decimal digits of any script into ASCII ones. `None` if something else is
/// not ASCII.
pub(super) fn ascii_number<U: Unit>(text: &[U]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for unit in text {
        let code = unit.to_u32();
        let ascii = match code {
            0..0x80 => code as u8 as char,
            _ if unicode::is_space(code) => ' ',
            _ => char::from(b'0' + unicode::decimal(code)? as u8),
        };
        out.push(ascii);
    }
    let space = |c: char| unicode::is_space(c as u32);
    let stripped = out.trim_matches(space);
    if stripped.len() != out.len() {
        return Some(stripped.to_owned());
    }
    Some(out)
}

/// Takes out the underscores that stand between two digits; `None` if one stands elsewhere.
pub(super) fn without_underscores(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    if !text.contains('_') {
        return Some(text.into());
    }
    let bytes = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    for (i, _) in text.match_indices('_') {
        if !digit(i.checked_sub(1)) || !digit(Some(i + 1)) {
            return None;
        }
    }
    Some(text.replace('_', "").into())
}

/// mantissa × 2^exponent rounded to the nearest double, ties to even; `sticky` says that the true value is
/// a little more than that. `None` if it is too large.
pub(super) fn compose(negative: bool, mantissa: u64, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    // The mantissa's top bit is moved to bit 63; the value is then in [2^(top-1), 2^top).
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    let top = exponent - i64::from(shift) + 64;
    if top > 1024 {
        return None;
    }
    // 53 bits are kept, fewer below the normal range (whose smallest exponent gives top = -1021).
    let kept = 53 - (-1021 - top).max(0);
    if kept < 0 {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    let dropped = 64 - kept as u32;
    let (whole, rest, half) = match dropped {
        64 => (0, mantissa, 1u64 << 63),
        _ => (mantissa >> dropped, mantissa & ((1 << dropped) - 1), 1u64 << (dropped - 1)),
    };
    let up = rest > half || (rest == half && (sticky || whole & 1 == 1));
    let whole = whole + u64::from(up);
    // Adding the whole to the exponent field carries a rounding up into the next binade, and from the
    // subnormals into the normals.
    let bits = match top < -1021 {
        true => whole,
        false => (((top + 1021) as u64) << 52) + whole,
    };
    let value = f64::from_bits(bits);
    if value.is_infinite() {
        return None;
    }
    Some(if negative { -value } else { value })
}

/// `round(x, places)`: correctly rounded in decimal, ties to even.
pub fn round_to_places(x: f64, places: i64) -> Result<f64, Fault> {
    // Beyond these a double has no digits left to round, or nothing but zero left.
    const MOST: i64 = 323;
    const FEWEST: i64 = -308;
    if !x.is_finite() || places > MOST || x == 0.0 {
        return Ok(x);
    }
    if places < FEWEST {
        return Ok(0.0 * x);
    }
    let rounded: f64 = if places >= 0 {
        format!("{x:.*}", places as usize).parse().unwrap_or(x)
    } else {
        let digits = Decimal::significant(x.abs(), 800);
        let kept = i64::from(digits.point) + places;
        let magnitude: f64 = match kept {
            1.. => format!("{:.*e}", kept as usize - 1, x.abs()).parse().unwrap_or(x),
            0 if digits.digits[0] > b'5' || (digits.digits[0] == b'5' && digits.digits.len() > 1) => {
                format!("1e{}", -places).parse().unwrap_or(x)
            }
            _ => 0.0,
        };
        magnitude.copysign(x)
    };
    match rounded.is_infinite() {
        true => Err(Fault::overflow("rounded value too large to represent")),
        false => Ok(rounded),
    }
}

/// The int nearest to zero from `x`: `int(x)`. Round first for `round`, `floor`, `ceil`.
pub fn float_to_int(x: f64) -> Result<BigInt, Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert float infinity to integer"));
    }
    let (mantissa, exponent) = mantissa_exponent(x.trunc());
    let magnitude = match exponent {
        0.. => BigInt::from(mantissa) << exponent,
        _ => BigInt::from(mantissa) >> -exponent,
    };
    Ok(if x < 0.0 { -magnitude } else { magnitude })
}

/// |x| as mantissa × 2^exponent with an odd mantissa (or zero).
fn mantissa_exponent(x: f64) -> (u64, i32) {
    let bits = x.to_bits() & (u64::MAX >> 1);
    let (mantissa, exponent) = match bits >> 52 {
        0 => (bits, -1074),
        biased => ((bits & ((1 << 52) - 1)) | (1 << 52), biased as i32 - 1075),
    };
    if mantissa == 0 {
        return (0, 0);
    }
    let zeros = mantissa.trailing_zeros();
    (mantissa >> zeros, exponent + zeros as i32)
}

/// `x.as_integer_ratio()`.
pub fn as_integer_ratio(x: f64) -> Result<(BigInt, BigInt), Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = mantissa_exponent(x);
    let mut top = BigInt::from(mantissa);
    let mut bottom = BigInt::from(1);
    match exponent {
        0.. => top <<= exponent,
        _ => bottom <<= -exponent,
    }
    Ok((if x < 0.0 { -top } else { top }, bottom))
}

/// `divmod(x, y)`; `y` must not be zero ([`division_by_zero`]). The remainder has the divisor's sign, and
/// the quotient is a whole number.
pub fn floor_divmod(x: f64, y: f64) -> (f64, f64) {
    let mut remainder = x % y;
    let mut quotient = (x - remainder) / y;
    if remainder != 0.0 {
        if (y < 0.0) != (remainder < 0.0) {
            remainder += y;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0f64.copysign(y);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(x / y)
    };
    (floor, remainder)
}

/// `x % y` for a `y` that is not zero.
pub fn floor_mod(x: f64, y: f64) -> f64 {
    let remainder = x % y;
    if remainder == 0.0 {
        0.0f64.copysign(y)
    } else if (y < 0.0) != (remainder < 0.0) {
        remainder + y
    } else {
        remainder
    }
}

/// The error of `x / 0.0`, `x // 0.0`, `x % 0.0` and `divmod(x, 0.0)`.
pub fn division_by_zero() -> Fault {
    Fault::zero_division("division by zero")
}

/// What `x ** y` is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Power {
    /// A float.
    Real(f64),
    /// The base is negative and the exponent no whole number: compute it as complex numbers.
    Complex,
}

/// `x ** y` with Python's errors. The `OverflowError` has CPython's text, but its arguments are the pair
/// `(34, 'Numerical result out of range')`: a caller that builds the exception passes the two.
pub fn power(x: f64, y: f64) -> Result<Power, Fault> {
    // C99's pow and Rust's agree with Python on NaN, infinities and 1 ** anything.
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(Fault::zero_division("zero to a negative power"));
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y.floor() != y {
        return Ok(Power::Complex);
    }
    let result = x.powf(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(Fault::overflow("(34, 'Numerical result out of range')"));
    }
    Ok(Power::Real(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(x: f64, code: u8, precision: usize) -> String {
        float_to_string(x, code, precision, FloatFlags::default())
    }

    #[test]
    fn repr_is_the_shortest_text() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e-5, "1e-05"),
            (-0.00074100494384765625, "-0.0007410049438476562"),
            (1e-4, "0.0001"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (2f64.powi(-44), "5.684341886080802e-14"),
            (1e22, "1e+22"),
            (1049207898577704.25, "1049207898577704.2"),
            (219258003444782.125, "219258003444782.12"),
            (1e23, "1e+23"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_repr(x), text);
        }
        assert_eq!(complex_repr(0.0, 1.0), "1j");
        assert_eq!(complex_repr(-0.0, -1.5), "(-0-1.5j)");
        assert_eq!(complex_repr(1.0, f64::NAN), "(1+nanj)");
    }

    #[test]
    fn precision_rounds_half_to_even() {
        for (x, code, precision, text) in [
            (2.5, b'f', 0, "2"),
            (3.5, b'f', 0, "4"),
            (0.5, b'f', 0, "0"),
            (2.5, b'e', 0, "2e+00"),
            (0.125, b'f', 2, "0.12"),
            (1234.5, b'g', 4, "1234"),
            (1235.5, b'g', 4, "1236"),
            (100000.0, b'g', 6, "100000"),
            (1000000.0, b'g', 6, "1e+06"),
            (0.0001, b'g', 6, "0.0001"),
            (0.00001, b'G', 6, "1E-05"),
            (0.0, b'e', 3, "0.000e+00"),
            (0.0, b'f', 3, "0.000"),
            (1e-10, b'f', 3, "0.000"),
            (0.0096, b'f', 2, "0.01"),
            (99.99, b'f', 1, "100.0"),
            (f64::INFINITY, b'F', 1, "INF"),
            (1.0, b'f', 70000, &format!("1.{}", "0".repeat(70000))),
            (0.1, b'f', 60, "0.100000000000000005551115123125782702118158340454101562500000"),
        ] {
            assert_eq!(fixed(x, code, precision), text);
        }
        let alternate = FloatFlags { alternate: true, ..FloatFlags::default() };
        assert_eq!(float_to_string(1.0, b'g', 6, alternate), "1.00000");
        assert_eq!(float_to_string(1.0, b'f', 0, alternate), "1.");
        assert_eq!(float_to_string(1.0, b'e', 0, alternate), "1.e+00");
        let z = FloatFlags { no_negative_zero: true, ..FloatFlags::default() };
        assert_eq!(float_to_string(-0.001, b'f', 1, z), "0.0");
    }

    #[test]
    fn parses_as_float_does() {
        let parse = |text: &str| parse_float(&text.chars().map(u32::from).collect::<Vec<_>>());
        assert_eq!(parse(" \u{3000}1_000.5e1_0\n"), Some(1000.5e10));
        assert_eq!(parse("١٢.٥"), Some(12.5));
        assert_eq!(parse("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(parse("1e400"), Some(f64::INFINITY));
        assert_eq!(parse(".5"), Some(0.5));
        assert_eq!(parse("5."), Some(5.0));
        assert!(parse("+nan").unwrap().is_nan());
        for bad in ["", " ", ".", "1__0", "_1", "1_", "1_.5", "1e", "e5", "0x10", "1 2", "½", "in_f", "+-1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn rounding_and_division() {
        for (x, places, rounded) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (25.0, -1, 20.0),
            (35.0, -1, 40.0),
            (1234567.0, -3, 1235000.0),
            (5.0, -1, 0.0),
            (5.1, -1, 10.0),
            (-5.1, -1, -10.0),
            (4.0, -2, 0.0),
            (1e23, -22, 1e23),
            (1.5, 400, 1.5),
        ] {
            assert_eq!(round_to_places(x, places), Ok(rounded), "round({x}, {places})");
        }
        assert!(round_to_places(1.7976931348623157e308, -308).is_err());
        assert_eq!(floor_divmod(7.0, -2.0), (-4.0, -1.0));
        assert_eq!(floor_divmod(-7.0, 2.0), (-4.0, 1.0));
        assert_eq!(floor_divmod(1.0, 0.1), (9.0, 0.09999999999999995));
        assert_eq!(floor_mod(-1e-20, 3.0), 3.0);
        assert_eq!(power(-8.0, 1.0 / 3.0), Ok(Power::Complex));
        assert_eq!(power(2.0, 0.5), Ok(Power::Real(std::f64::consts::SQRT_2)));
        assert!(power(0.0, -1.0).is_err());
        assert!(power(1e200, 2.0).is_err());
        assert_eq!(float_to_int(-1e20).unwrap().to_string(), "-100000000000000000000");
        assert_eq!(float_to_int(-2.9).unwrap().to_string(), "-2");
        let (top, bottom) = as_integer_ratio(-0.75).unwrap();
        assert_eq!((top.to_string(), bottom.to_string()), ("-3".into(), "4".into()));
    }
}
