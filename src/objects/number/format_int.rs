//! `int.__format__`.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::Fault;
use super::format_float::format_float_by;
use super::format_spec::{Align, FormatSpec, parse, unknown_kind};
use super::int::to_float;
use super::int_text::{decimal_digits_bound, magnitude_to_base, to_decimal, too_many_digits_to_print};
use super::layout::{NumberParts, write_number};
use crate::objects::text::{CodePoints, Unit};

/// An int of either representation.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// One machine word.
    Small(i64),
    /// More.
    Big(&'a BigInt),
}

impl IntRef<'_> {
    fn is_negative(self) -> bool {
        match self {
            IntRef::Small(small) => small < 0,
            IntRef::Big(big) => big.is_negative(),
        }
    }

    /// |self| in digits of the base; `limit` (0 for none) is the most decimal digits that may be written.
    pub fn magnitude(self, base: u32, limit: usize) -> Result<String, Fault> {
        match (self, base) {
            (IntRef::Small(small), 2) => Ok(format!("{:b}", small.unsigned_abs())),
            (IntRef::Small(small), 8) => Ok(format!("{:o}", small.unsigned_abs())),
            (IntRef::Small(small), 16) => Ok(format!("{:x}", small.unsigned_abs())),
            (IntRef::Small(small), _) => Ok(small.unsigned_abs().to_string()),
            (IntRef::Big(big), 10) => {
                check_digits(big, limit)?;
                let mut text = to_decimal(big);
                if big.is_negative() {
                    text.remove(0);
                }
                match limit != 0 && text.len() > limit {
                    true => Err(too_many_digits_to_print(limit)),
                    false => Ok(text),
                }
            }
            (IntRef::Big(big), _) => Ok(magnitude_to_base(big, base)),
        }
    }

    /// The nearest float.
    pub fn to_float(self) -> Result<f64, Fault> {
        match self {
            IntRef::Small(small) => Ok(small as f64),
            IntRef::Big(big) => to_float(big),
        }
    }
}

/// Refuses, before the work is done, a number that is clearly above the limit of decimal digits.
fn check_digits(value: &BigInt, limit: usize) -> Result<(), Fault> {
    match limit != 0 && decimal_digits_bound(value) > limit as u64 + 1 {
        true => Err(too_many_digits_to_print(limit)),
        false => Ok(()),
    }
}

/// `str(value)` of an int; `limit` is `sys.get_int_max_str_digits()`.
pub fn int_to_str(value: IntRef<'_>, limit: usize) -> Result<String, Fault> {
    let magnitude = value.magnitude(10, limit)?;
    Ok(if value.is_negative() { format!("-{magnitude}") } else { magnitude })
}

/// `int.__format__` with a specification that is not empty; `limit` is `sys.get_int_max_str_digits()`.
pub fn format_int<S: Unit>(value: IntRef<'_>, spec: &[S], type_name: &str, limit: usize) -> Result<CodePoints, Fault> {
    let spec = parse(spec, type_name, Some(b'd'), Align::Right)?;
    let kind = spec.kind.unwrap_or(0);
    match char::from_u32(kind) {
        Some('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') => format_as_int(value, &spec, limit),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => format_float_by(value.to_float()?, &spec),
        _ => Err(unknown_kind(kind, type_name)),
    }
}

fn format_as_int(value: IntRef<'_>, spec: &FormatSpec, limit: usize) -> Result<CodePoints, Fault> {
    if spec.precision.is_some() {
        return Err(Fault::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(Fault::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    let mut out = CodePoints::new();
    let base = match spec.kind.and_then(char::from_u32) {
        Some('c') => {
            let code = character(value, spec)?;
            let parts = NumberParts { rest: &[code], ..NumberParts::default() };
            write_number(&parts, spec, &mut out)?;
            return Ok(out);
        }
        Some('b') => 2,
        Some('o') => 8,
        Some('x' | 'X') => 16,
        _ => 10,
    };
    let upper = spec.kind == Some('X' as u32);
    let mut digits = value.magnitude(base, limit)?;
    let prefix = match (spec.alternate, base) {
        (false, _) => "",
        (true, 16) if upper => "0X",
        (true, base) => super::int_text::prefix(base),
    };
    if upper {
        digits.make_ascii_uppercase();
    }
    let parts =
        NumberParts { negative: value.is_negative(), prefix, digits: digits.as_bytes(), ..NumberParts::default() };
    write_number(&parts, spec, &mut out)?;
    Ok(out)
}

fn character(value: IntRef<'_>, spec: &FormatSpec) -> Result<u32, Fault> {
    if spec.sign.is_some() {
        return Err(Fault::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(Fault::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let small = match value {
        IntRef::Small(small) => Some(small),
        IntRef::Big(big) => big.to_i64(),
    };
    match small {
        None => Err(Fault::overflow("Python int too large to convert to C long")),
        Some(code @ 0..=0x10_ffff) => Ok(code as u32),
        Some(_) => Err(Fault::overflow("%c arg not in range(0x110000)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_cpython() {
        for (value, spec, expected) in [
            ("1", "xx", "Invalid format specifier 'xx' for object of type 'int'"),
            ("1", "s", "Unknown format code 's' for object of type 'int'"),
            ("1", ".,d", "1"),
            ("1", "._d", "1"),
            ("1", ".2d", "Precision not allowed in integer format specifier"),
            ("1", "zd", "Negative zero coercion (z) not allowed in integer format specifier"),
            ("1", "+c", "Sign not allowed with integer format specifier 'c'"),
            ("1", "#c", "Alternate form (#) not allowed with integer format specifier 'c'"),
            ("1", ",x", "Cannot specify ',' with 'x'."),
            ("1", "_x", "1"),
            ("1", ",_d", "Cannot specify both ',' and '_'."),
            ("1", "_,d", "Cannot specify both ',' and '_'."),
            ("1", ",,d", "Invalid format specifier ',,d' for object of type 'int'"),
            ("1", ".", "Format specifier missing precision"),
            ("1", "\u{e9}", "Unknown format code '\\xe9' for object of type 'int'"),
            ("1", "\u{5}", "Unknown format code '\\x5' for object of type 'int'"),
            ("1", ",\u{5}", "Cannot specify ',' with '\\x5'."),
            ("1", "n", "1"),
            ("1", ",n", "Cannot specify ',' with 'n'."),
            ("-1", "c", "%c arg not in range(0x110000)"),
            ("1114112", "c", "%c arg not in range(0x110000)"),
            ("1000000000000000000000000000000", "c", "Python int too large to convert to C long"),
            ("97", "c", "a"),
            ("97", "05c", "0000a"),
            ("8364", "^5c", "  \u{20ac}  "),
            ("12345", "010,", "00,012,345"),
            ("12345", "011,", "000,012,345"),
            ("12345", "012,", "0,000,012,345"),
            ("1234567", ",", "1,234,567"),
            ("1234567", "_", "1_234_567"),
            ("255", "#010x", "0x000000ff"),
            ("255", "#_x", "0xff"),
            ("-255", "#X", "-0XFF"),
            ("255", "_b", "1111_1111"),
            ("5", "<05", "50000"),
            ("5", "05", "00005"),
            ("-5", "05", "-0005"),
            ("5", "*<05", "5****"),
            ("5", "+", "+5"),
            ("5", " d", " 5"),
            ("-5", "=+6", "-    5"),
            ("5", "x^7", "xxx5xxx"),
            ("0", "_", "0"),
            ("0", "#b", "0b0"),
            ("255", "#o", "0o377"),
            ("255", "020_x", "0_0000_0000_0000_00ff"),
            ("1000000000000000000000000000000", ",", "1,000,000,000,000,000,000,000,000,000,000"),
            ("1000000000000000000000000000000", "e", "1.000000e+30"),
            ("3", ".2f", "3.00"),
            ("7", "%", "700.000000%"),
            ("1", "99999999999999999999d", "Too many decimal digits in format string"),
            ("1", "9223372036854775807d", ""),
            ("1", "5 d", "Invalid format specifier '5 d' for object of type 'int'"),
            ("-1234", "\u{e9}>8,", "\u{e9}\u{e9}-1,234"),
            ("1234", "02,", "1,234"),
            ("1180591620717411303424", "x", "400000000000000000"),
            ("12", "\u{663}", " 12"),
        ] {
            let big: BigInt = value.parse().unwrap();
            let units: Vec<u32> = spec.chars().map(u32::from).collect();
            let mut ways = vec![IntRef::Big(&big)];
            ways.extend(big.to_i64().map(IntRef::Small));
            for way in ways {
                let text = match format_int(way, &units, "int", 4300) {
                    Ok(text) => text.to_string_lossy(),
                    Err(fault) => fault.message.into_owned(),
                };
                assert_eq!(text, expected, "{value} {spec:?}");
            }
        }
    }

    #[test]
    fn digits_are_limited() {
        let power = |n| BigInt::from(10).pow(n);
        let show = |big: &BigInt| int_to_str(IntRef::Big(big), 4300);
        assert_eq!(show(&(power(4300) - 1u32)).unwrap().len(), 4300);
        assert_eq!(show(&-(power(4300) - 1u32)).unwrap().len(), 4301);
        assert!(show(&power(4300)).unwrap_err().message.starts_with("Exceeds the limit (4300 digits)"));
        assert!(format_int(IntRef::Big(&power(5000)), b"x", "int", 4300).is_ok());
    }
}
