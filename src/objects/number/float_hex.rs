//! `float.hex()` and `float.fromhex()`: exact text of a double.

use super::Fault;
use super::float::{compose, float_repr};

/// `x.hex()`.
pub fn float_hex(x: f64) -> String {
    if !x.is_finite() {
        return float_repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.abs().to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (first, exponent) = match bits >> 52 {
        0 => (0, -1022),
        biased => (1, biased as i32 - 1023),
    };
    format!("{sign}0x{first}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`; `text` has been found to be ASCII.
pub fn float_from_hex(text: &str) -> Result<f64, Fault> {
    let invalid = || Fault::value("invalid hexadecimal floating-point string");
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = |x: f64| if negative { -x } else { x };
    match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Ok(signed(f64::INFINITY)),
        "nan" => return Ok(signed(f64::NAN)),
        _ => {}
    }
    let body = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")).unwrap_or(body);
    // Read as far as it goes; what is left over is an error, but one that CPython finds after an overflow.
    let split = |text: &'_ str, accepts: fn(&u8) -> bool| text.bytes().take_while(accepts).count();
    let (whole, rest) = body.split_at(split(body, u8::is_ascii_hexdigit));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(split(rest, u8::is_ascii_hexdigit)),
        None => ("", rest),
    };
    if whole.len() + fraction.len() == 0 {
        return Err(invalid());
    }
    let (exponent, rest) = match rest.strip_prefix(['p', 'P']) {
        Some(rest) => {
            let sign = usize::from(rest.starts_with(['+', '-']));
            let digits = split(&rest[sign..], u8::is_ascii_digit);
            if digits == 0 {
                return Err(invalid());
            }
            let (text, rest) = rest.split_at(sign + digits);
            // Out of i64 is out of range either way: saturate.
            let huge = if text.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
            (text.parse().map_or(huge, |e: i64| e.clamp(i64::MIN / 4, i64::MAX / 4)), rest)
        }
        None => (0, rest),
    };
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut scale = 0i64;
    for (i, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = u64::from((byte as char).to_digit(16).unwrap_or(0));
        let after_point = i >= whole.len();
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
            scale -= i64::from(after_point) * 4;
        } else {
            sticky |= digit != 0;
            scale += i64::from(!after_point) * 4;
        }
    }
    let value = compose(negative, mantissa, sticky, exponent.saturating_add(scale))
        .ok_or_else(|| Fault::overflow("hexadecimal value too large to represent as a float"))?;
    if rest.is_empty() { Ok(value) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_text() {
        for (x, text) in [
            (0.0, "0x0.0p+0"),
            (-0.1, "-0x1.999999999999ap-4"),
            (3.141592653589793, "0x1.921fb54442d18p+1"),
            (5e-324, "0x0.0000000000001p-1022"),
            (1e300, "0x1.7e43c8800759cp+996"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_hex(x), text);
            assert_eq!(float_from_hex(text), Ok(x));
        }
        for (text, x) in [
            (" 0X1.8P1 ", 3.0),
            ("ff", 255.0),
            (".8", 0.5),
            ("1p-1075", 0.0),
            ("1.8p-1075", 5e-324),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x10000000000000800000001", 3.0948500982134514e26),
            ("0x0p99999999999999999999", 0.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(float_from_hex(text), Ok(x), "{text}");
        }
        for bad in ["", "0x", ".", "1p", "1.2.3", "0xg", "1 2", "--1", "1p+"] {
            assert_eq!(float_from_hex(bad).unwrap_err().message, "invalid hexadecimal floating-point string", "{bad}");
        }
        let large = "hexadecimal value too large to represent as a float";
        assert_eq!(float_from_hex("0x1p1024").unwrap_err().message, large);
        assert_eq!(float_from_hex("0x1.fffffffffffff8p1023").unwrap_err().message, large);
        assert_eq!(float_from_hex("1p9999999999999999999").unwrap_err().message, large);
        assert_eq!(float_from_hex("1p9999 junk").unwrap_err().message, large);
    }
}
