//! `float.__format__` and `complex.__format__`.

use super::Fault;
use super::check_length;
use super::float::{FloatFlags, float_to_string};
use super::format_spec::{Align, FormatSpec, parse, unknown_kind};
use super::layout::{NumberParts, write_number};
use crate::objects::text::layout::{Align as TextAlign, padding};
use crate::objects::text::{CodePoints, Unit};

/// `float.__format__` with a specification that is not empty.
pub fn format_float<S: Unit>(value: f64, spec: &[S], type_name: &str) -> Result<CodePoints, Fault> {
    let spec = parse(spec, type_name, None, Align::Right)?;
    match spec.kind.map(char::from_u32) {
        None | Some(Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%')) => format_float_by(value, &spec),
        _ => Err(unknown_kind(spec.kind.unwrap_or(0), type_name)),
    }
}

/// The float under a parsed specification whose kind is a float's.
pub(super) fn format_float_by(value: f64, spec: &FormatSpec) -> Result<CodePoints, Fault> {
    let percent = spec.kind == Some('%' as u32);
    let (code, default_precision) = match spec.kind.map(|k| k as u8) {
        None => (b'r', 0),
        Some(b'n') => (b'g', 6),
        Some(b'%') => (b'f', 6),
        Some(kind) => (kind, 6),
    };
    let flags = FloatFlags { add_dot_0: spec.kind.is_none(), ..flags_of(spec) };
    let value = if percent { value * 100.0 } else { value };
    let mut text = digits_of(value, code, default_precision, spec, flags)?;
    if percent {
        text.push('%');
    }
    let mut out = CodePoints::new();
    write_float(&text, spec, &mut out)?;
    Ok(out)
}

fn flags_of(spec: &FormatSpec) -> FloatFlags {
    FloatFlags { alternate: spec.alternate, no_negative_zero: spec.no_negative_zero, ..FloatFlags::default() }
}

fn digits_of(
    value: f64,
    code: u8,
    default_precision: usize,
    spec: &FormatSpec,
    flags: FloatFlags,
) -> Result<String, Fault> {
    let (code, precision) = match spec.precision {
        None => (code, default_precision),
        Some(precision) => (if code == b'r' { b'g' } else { code }, precision),
    };
    if precision > i32::MAX as usize {
        return Err(Fault::value("precision too big"));
    }
    check_length(precision)?;
    Ok(float_to_string(value, code, precision, flags))
}

fn write_float(text: &str, spec: &FormatSpec, out: &mut CodePoints) -> Result<(), Fault> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text),
    };
    let mut rest = Vec::new();
    write_number(&NumberParts::of_float(negative, magnitude.as_bytes(), &mut rest), spec, out)
}

/// `complex.__format__` with a specification that is not empty.
pub fn format_complex<S: Unit>(real: f64, imaginary: f64, spec: &[S], type_name: &str) -> Result<CodePoints, Fault> {
    let spec = parse(spec, type_name, None, Align::Right)?;
    let (code, default_precision) = match spec.kind.map(char::from_u32) {
        None => (b'r', 0),
        Some(Some('n')) => (b'g', 6),
        Some(Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G'))) => (kind as u8, 6),
        _ => return Err(unknown_kind(spec.kind.unwrap_or(0), type_name)),
    };
    if spec.fill == '0' as u32 {
        return Err(Fault::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(Fault::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let only_imaginary = spec.kind.is_none() && real == 0.0 && real.is_sign_positive();
    let parentheses = spec.kind.is_none() && !only_imaginary;
    let flags = flags_of(&spec);
    // The parts are written without padding, and the whole is padded.
    let mut inner = FormatSpec { width: None, align: Align::Left, ..spec };
    let mut text = CodePoints::new();
    if parentheses {
        text.push('(' as u32);
    }
    if !only_imaginary {
        write_float(&digits_of(real, code, default_precision, &spec, flags)?, &inner, &mut text)?;
        inner.sign = Some(b'+');
    }
    write_float(&digits_of(imaginary, code, default_precision, &spec, flags)?, &inner, &mut text)?;
    text.push('j' as u32);
    if parentheses {
        text.push(')' as u32);
    }
    let align = match spec.align {
        Align::Left => TextAlign::Left,
        Align::Center => TextAlign::FormatCenter,
        _ => TextAlign::Right,
    };
    let width = spec.width.unwrap_or(0);
    check_length(width)?;
    let (left, right) = padding(text.len(), width, align);
    let mut out = CodePoints::with_capacity(text.len() + left + right);
    out.push_repeated(spec.fill, left);
    out.append(&text);
    out.push_repeated(spec.fill, right);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Result<CodePoints, Fault>) -> String {
        match result {
            Ok(text) => text.to_string_lossy(),
            Err(fault) => fault.message.into_owned(),
        }
    }

    fn units(text: &str) -> Vec<u32> {
        text.chars().map(u32::from).collect()
    }

    #[test]
    fn floats_format_as_in_cpython() {
        for (value, spec, expected) in [
            (1.5, ".", "Format specifier missing precision"),
            (1.5, ".f", "Format specifier missing precision"),
            (1.5, ".,f", "1.500,000"),
            (1.5, "._f", "1.500_000"),
            (1.5, ".,n", "Cannot specify ',' with 'n'."),
            (1.5, "s", "Unknown format code 's' for object of type 'float'"),
            (1.5, "c", "Unknown format code 'c' for object of type 'float'"),
            (1.5, "99999999999999999999", "Too many decimal digits in format string"),
            (1.5, "=10", "       1.5"),
            (1.5, "0=10", "00000001.5"),
            (1.5, ".2147483648f", "precision too big"),
            (1.5, ",n", "Cannot specify ',' with 'n'."),
            (1.5, "x", "Unknown format code 'x' for object of type 'float'"),
            (1.5, "e", "1.500000e+00"),
            (1.5, "E", "1.500000E+00"),
            (1.5, ".0e", "2e+00"),
            (1.5, "#.0f", "2."),
            (1.5, "#.0e", "2.e+00"),
            (1.5, "g", "1.5"),
            (1.5, "G", "1.5"),
            (1.5, "#g", "1.50000"),
            (1.5, ".3g", "1.5"),
            (1.5, "+.2f", "+1.50"),
            (1234.56789, ",.5_f", "1,234.567_89"),
            (1234.56789, ",.5,_f", "Cannot specify both ',' and '_'."),
            (10000000000.0, ",", "10,000,000,000.0"),
            (1e+20, ",", "1e+20"),
            (1000000000000000.0, ",.3", "1e+15"),
            (-1.5, "=10", "-      1.5"),
            (1.0, "%", "100.000000%"),
            (0.5, ".0%", "50%"),
            (-0.0, "z", "0.0"),
            (-0.001, "z.1f", "0.0"),
            (1.2345678, ".3_", "1.23"),
            (1.2345678, "._", "1.234_567_8"),
            (1234.5, "._", "1234.5"),
            (1e-07, "._", "1e-07"),
            (12345678.12345678, "_._", "12_345_678.123_456_78"),
            (12345.6789, "020,.3_f", "0,000,000,012,345.679"),
            (0.123456789, "020,.9_f", "0,000,000.123_456_789"),
            (1.0, "1", "1.0"),
            (-3.14159, "010.2f", "-000003.14"),
            (1234567.891, "015,.1f", "0,001,234,567.9"),
            (1e+16, "<", "1e+16"),
            (1e+16, "n", "1e+16"),
            (1.0, "<", "1.0"),
            (100.0, ".3", "1e+02"),
            (0.1, ".20", "0.10000000000000000555"),
            (
                1e+300,
                "f",
                "1000000000000000052504760255204420248704468581108159154915854115511802457988908195786371375080447864043704443832883878176942523235360430575644792184786706982848387200926575803737830233794788090059368953234970799945081119038967640880074652742780142494579258788820056842838115669472196386865459400540160.000000",
            ),
            (2.5, ".0f", "2"),
            (1.234e-05, "g", "1.234e-05"),
            (123456789.0, "g", "1.23457e+08"),
            (f64::INFINITY, "010", "0000000inf"),
            (f64::INFINITY, "F", "INF"),
            (f64::NAN, "+,", "+nan"),
            (-f64::INFINITY, "%", "-inf%"),
        ] {
            assert_eq!(shown(format_float(value, &units(spec), "float")), expected, "{value} {spec:?}");
        }
    }

    #[test]
    fn complex_numbers_format_as_in_cpython() {
        for (real, imaginary, spec, expected) in [
            (0.0, 1.0, "05", "Zero padding is not allowed in complex format specifier"),
            (0.0, 1.0, "=5", "'=' alignment flag is not allowed in complex format specifier"),
            (0.0, 1.0, "x", "Unknown format code 'x' for object of type 'complex'"),
            (1.0, 2.0, "^20.3f", "    1.000+2.000j    "),
            (0.0, 1.0, "+", "+1j"),
            (0.0, 1.0, ".3", "1j"),
            (0.0, 0.0, ",", "0j"),
            (1234567.5, 8.0, ",", "(1,234,567.5+8j)"),
            (1234567.123456, 8.0, ",.6_f", "1,234,567.123_456+8.000_000j"),
            (-0.0, -1.0, "<10", "(-0-1j)   "),
            (1.5, -2.5, "*>12", "**(1.5-2.5j)"),
            (1.0, 1.0, "+.2e", "+1.00e+00+1.00e+00j"),
            (1.0, f64::NAN, "<", "(1+nanj)"),
        ] {
            let text = shown(format_complex(real, imaginary, &units(spec), "complex"));
            assert_eq!(text, expected, "{real} {imaginary} {spec:?}");
        }
    }
}
