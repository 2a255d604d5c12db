//! Complex arithmetic and parsing, with C's care for infinities (C11 Annex G), as CPython 3.14 does it.

use super::Fault;
use super::float::{ascii_number, without_underscores};
use crate::objects::text::Unit;

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

/// One for infinity, zero for what is finite, with the sign kept.
fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x)
}

fn without_nan(x: f64) -> f64 {
    if x.is_nan() { 0.0f64.copysign(x) } else { x }
}

/// `a * b`.
pub fn multiply(a: Complex, b: Complex) -> Complex {
    let products = [a.re * b.re, a.im * b.im, a.re * b.im, a.im * b.re];
    let result = Complex { re: products[0] - products[1], im: products[2] + products[3] };
    if !result.re.is_nan() || !result.im.is_nan() {
        return result;
    }
    // Recover infinities that came out as NaN.
    let (mut a, mut b, mut again) = (a, b, false);
    if a.re.is_infinite() || a.im.is_infinite() {
        a = Complex { re: boxed(a.re), im: boxed(a.im) };
        b = Complex { re: without_nan(b.re), im: without_nan(b.im) };
        again = true;
    }
    if b.re.is_infinite() || b.im.is_infinite() {
        b = Complex { re: boxed(b.re), im: boxed(b.im) };
        a = Complex { re: without_nan(a.re), im: without_nan(a.im) };
        again = true;
    }
    if !again && products.iter().any(|p| p.is_infinite()) {
        a = Complex { re: without_nan(a.re), im: without_nan(a.im) };
        b = Complex { re: without_nan(b.re), im: without_nan(b.im) };
        again = true;
    }
    match again {
        true => {
            Complex { re: f64::INFINITY * (a.re * b.re - a.im * b.im), im: f64::INFINITY * (a.re * b.im + a.im * b.re) }
        }
        false => result,
    }
}

/// `a / b`, by Smith's method: no overflow where the result has none.
pub fn divide(a: Complex, b: Complex) -> Result<Complex, Fault> {
    let (re, im) = (b.re.abs(), b.im.abs());
    let result = if re >= im {
        if re == 0.0 {
            return Err(Fault::zero_division("division by zero"));
        }
        let ratio = b.im / b.re;
        let bottom = b.re + b.im * ratio;
        Complex { re: (a.re + a.im * ratio) / bottom, im: (a.im - a.re * ratio) / bottom }
    } else if im >= re {
        let ratio = b.re / b.im;
        let bottom = b.re * ratio + b.im;
        Complex { re: (a.re * ratio + a.im) / bottom, im: (a.im * ratio - a.re) / bottom }
    } else {
        Complex { re: f64::NAN, im: f64::NAN }
    };
    if !result.re.is_nan() || !result.im.is_nan() {
        return Ok(result);
    }
    let finite = |z: Complex| z.re.is_finite() && z.im.is_finite();
    let infinite = |z: Complex| z.re.is_infinite() || z.im.is_infinite();
    if infinite(a) && finite(b) {
        let (x, y) = (boxed(a.re), boxed(a.im));
        return Ok(Complex { re: f64::INFINITY * (x * b.re + y * b.im), im: f64::INFINITY * (y * b.re - x * b.im) });
    }
    if infinite(b) && finite(a) {
        let (x, y) = (boxed(b.re), boxed(b.im));
        return Ok(Complex { re: 0.0 * (a.re * x + a.im * y), im: 0.0 * (a.im * x - a.re * y) });
    }
    Ok(result)
}

/// `a / b` for a real `a`.
pub fn divide_real(a: f64, b: Complex) -> Result<Complex, Fault> {
    let (re, im) = (b.re.abs(), b.im.abs());
    let result = if re >= im {
        if re == 0.0 {
            return Err(Fault::zero_division("division by zero"));
        }
        let ratio = b.im / b.re;
        let bottom = b.re + b.im * ratio;
        Complex { re: a / bottom, im: (-a * ratio) / bottom }
    } else if im >= re {
        let ratio = b.re / b.im;
        let bottom = b.re * ratio + b.im;
        Complex { re: (a * ratio) / bottom, im: -a / bottom }
    } else {
        Complex { re: f64::NAN, im: f64::NAN }
    };
    if result.re.is_nan() && result.im.is_nan() && a.is_finite() && (re.is_infinite() || im.is_infinite()) {
        return Ok(Complex { re: 0.0 * (a * boxed(b.re)), im: 0.0 * (-a * boxed(b.im)) });
    }
    Ok(result)
}

/// Exponents up to this size multiply, which is more exact than going through logarithms.
const SMALL_EXPONENT: f64 = 100.0;

/// `a ** b`.
pub fn power(a: Complex, b: Complex) -> Result<Complex, Fault> {
    let result = if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= SMALL_EXPONENT {
        integer_power(a, b.re as i32)?
    } else {
        general_power(a, b)?
    };
    match result.re.is_infinite() || result.im.is_infinite() {
        true => Err(Fault::overflow("complex exponentiation")),
        false => Ok(result),
    }
}

fn integer_power(a: Complex, exponent: i32) -> Result<Complex, Fault> {
    let one = Complex { re: 1.0, im: 0.0 };
    let (mut result, mut square, mut left) = (one, a, exponent.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            result = multiply(result, square);
        }
        square = multiply(square, square);
        left >>= 1;
    }
    match exponent < 0 {
        true => divide(one, result).map_err(|_| zero_to_power()),
        false => Ok(result),
    }
}

fn zero_to_power() -> Fault {
    Fault::zero_division("zero to a negative or complex power")
}

fn general_power(a: Complex, b: Complex) -> Result<Complex, Fault> {
    if b.re == 0.0 && b.im == 0.0 {
        return Ok(Complex { re: 1.0, im: 0.0 });
    }
    if a.re == 0.0 && a.im == 0.0 {
        return match b.im != 0.0 || b.re < 0.0 {
            true => Err(zero_to_power()),
            false => Ok(Complex { re: 0.0, im: 0.0 }),
        };
    }
    let size = a.re.hypot(a.im);
    let angle = a.im.atan2(a.re);
    let (mut length, mut phase) = (size.powf(b.re), angle * b.re);
    if b.im != 0.0 {
        length *= (-angle * b.im).exp();
        phase += b.im * size.ln();
    }
    // C's cosine of an infinity is a domain error, which CPython takes for this one.
    match phase.is_infinite() {
        true => Err(zero_to_power()),
        false => Ok(Complex { re: length * phase.cos(), im: length * phase.sin() }),
    }
}

/// `abs(z)`; the error is of a result that is infinite where the parts are not.
pub fn magnitude(z: Complex) -> Result<f64, Fault> {
    let size = z.re.hypot(z.im);
    match size.is_infinite() && z.re.is_finite() && z.im.is_finite() {
        true => Err(Fault::overflow("absolute value too large")),
        false => Ok(size),
    }
}

/// Why a text is no complex number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotComplex {
    /// "could not convert string to complex: …": an underscore that is not between two digits.
    Underscore,
    /// "complex() arg is a malformed string"
    Malformed,
}

/// Reads a number as `complex(text)` does.
pub fn parse_complex<U: Unit>(text: &[U]) -> Result<Complex, NotComplex> {
    let text = ascii_number(text).ok_or(NotComplex::Malformed)?;
    let text = without_underscores(&text).ok_or(NotComplex::Underscore)?;
    parse_plain(&text).ok_or(NotComplex::Malformed)
}

fn parse_plain(text: &str) -> Option<Complex> {
    let space = |c: char| matches!(c, '\t'..='\r' | ' ');
    let inner = match text.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim_matches(space),
        None => text,
    };
    let unsigned_j = |rest: &str| rest.strip_prefix(['j', 'J']).is_some_and(str::is_empty);
    let sign_of = |rest: &str| match rest.as_bytes().first() {
        Some(b'+') => Some(1.0),
        Some(b'-') => Some(-1.0),
        _ => None,
    };
    let Some((first, rest)) = float_prefix(inner) else {
        let rest = inner.strip_prefix(['+', '-']).unwrap_or(inner);
        let im = sign_of(inner).unwrap_or(1.0);
        return unsigned_j(rest).then_some(Complex { re: 0.0, im });
    };
    if rest.is_empty() {
        return Some(Complex { re: first, im: 0.0 });
    }
    let Some(sign) = sign_of(rest) else {
        return unsigned_j(rest).then_some(Complex { re: 0.0, im: first });
    };
    let (im, rest) = float_prefix(rest).unwrap_or((sign, &rest[1..]));
    unsigned_j(rest).then_some(Complex { re: first, im })
}

/// The longest float at the start of a text, and what follows.
fn float_prefix(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |at: usize| bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    let lower = text[sign..].to_ascii_lowercase();
    let word = ["infinity", "inf", "nan"].into_iter().find(|word| lower.starts_with(word));
    let end = match word {
        Some(word) => sign + word.len(),
        None => {
            let whole = digits(sign);
            let mut end = sign + whole;
            let mut count = whole;
            if bytes.get(end) == Some(&b'.') {
                let fraction = digits(end + 1);
                count += fraction;
                end += 1 + fraction;
            }
            if count == 0 {
                return None;
            }
            if let Some(b'e' | b'E') = bytes.get(end) {
                let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
                let exponent = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
                if exponent > 0 {
                    end += 1 + sign + exponent;
                }
            }
            end
        }
    };
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        let z = |re, im| Complex { re, im };
        assert_eq!(multiply(z(1.0, 2.0), z(3.0, 4.0)), z(-5.0, 10.0));
        assert_eq!(multiply(z(f64::INFINITY, f64::NAN), z(1.0, 1.0)), z(f64::INFINITY, f64::INFINITY));
        assert_eq!(divide(z(1.0, 2.0), z(3.0, 4.0)), Ok(z(0.44, 0.08)));
        assert_eq!(divide(z(1.0, 0.0), z(0.0, 0.0)).unwrap_err().message, "division by zero");
        assert_eq!(power(z(1.0, 1.0), z(2.0, 0.0)), Ok(z(0.0, 2.0)));
        assert_eq!(power(z(0.0, 0.0), z(-1.0, 0.0)).unwrap_err().message, "zero to a negative or complex power");
        assert_eq!(power(z(1e300, 0.0), z(2.0, 0.0)).unwrap_err().message, "complex exponentiation");
        assert_eq!(magnitude(z(3.0, -4.0)), Ok(5.0));
    }

    #[test]
    fn parses_as_complex_does() {
        let parse = |text: &str| parse_complex(text.as_bytes()).map(|z| (z.re, z.im));
        for (text, expected) in [
            ("1", (1.0, 0.0)),
            (" ( 1.5e1-2_0j ) ", (15.0, -20.0)),
            ("j", (0.0, 1.0)),
            ("-J", (0.0, -1.0)),
            ("2.j", (0.0, 2.0)),
            ("1+j", (1.0, 1.0)),
            ("inf-infj", (f64::INFINITY, f64::NEG_INFINITY)),
            ("1e5j", (0.0, 1e5)),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        for bad in ["", "()", "1 + 2j", "1+2", "j1", "1j+2", "((1))", "(1", "1)", "1e", "1+-2jj"] {
            assert_eq!(parse(bad), Err(NotComplex::Malformed), "{bad}");
        }
        assert_eq!(parse("1__0j"), Err(NotComplex::Underscore));
    }
}
