//! Functions of one or two doubles, and what is wrong with an argument.

use crate::objects::number::float::float_repr;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{arith, float, int, protocol};

unsafe extern "C" {
    pub safe fn asinh(x: f64) -> f64;
    pub safe fn acosh(x: f64) -> f64;
    pub safe fn atanh(x: f64) -> f64;
    pub safe fn erf(x: f64) -> f64;
    pub safe fn erfc(x: f64) -> f64;
    pub safe fn ldexp(x: f64, exponent: i32) -> f64;
    pub safe fn nextafter(x: f64, y: f64) -> f64;
    safe fn remainder(x: f64, y: f64) -> f64;
}

/// Why a function has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealError {
    /// It is not defined there.
    Domain,
    /// It is too large.
    Range,
}

impl RealError {
    /// The exception.
    #[cold]
    pub fn raise(self, t: &Thread) -> Raised {
        match self {
            RealError::Domain => t.value_error("math domain error"),
            RealError::Range => t.overflow_error("math range error"),
        }
    }
}

/// What a function of one double may do wrong.
#[derive(Clone, Copy)]
pub struct Limits {
    /// A finite argument may give an infinite result: `OverflowError` and not `ValueError`.
    pub can_overflow: bool,
    /// The `ValueError`, to be followed by the argument.
    pub expected: &'static str,
}

/// No value where the result is NaN and the argument is not, or is infinite and the argument is not.
pub fn apply(t: &Thread, arg: &Value, f: fn(f64) -> f64, limits: Limits) -> R {
    let x = float::to_f64(t, arg)?;
    let r = f(x);
    if r.is_finite() || x.is_nan() || (r.is_infinite() && x.is_infinite()) {
        return Ok(float::new(t, r));
    }
    if r.is_infinite() && limits.can_overflow {
        return Err(RealError::Range.raise(t));
    }
    Err(domain_error(t, limits.expected, x))
}

#[cold]
fn domain_error(t: &Thread, expected: &str, x: f64) -> Raised {
    match expected {
        "" => RealError::Domain.raise(t),
        _ => t.value_error(format!("{expected}, got {}", float_repr(x))),
    }
}

/// As [`apply`] for a function that knows its errors.
pub fn apply_checked(t: &Thread, arg: &Value, f: fn(f64) -> Result<f64, RealError>, expected: &str) -> R {
    let x = float::to_f64(t, arg)?;
    match f(x) {
        Ok(r) => Ok(float::new(t, r)),
        Err(RealError::Domain) => Err(domain_error(t, expected, x)),
        Err(error) => Err(error.raise(t)),
    }
}

/// Two arguments as doubles.
fn pair(t: &Thread, args: &[Value]) -> R<(f64, f64)> {
    Ok((float::to_f64(t, &args[0])?, float::to_f64(t, &args[1])?))
}

/// A function of two doubles.
fn apply2(t: &Thread, args: &[Value], f: fn(f64, f64) -> f64) -> R {
    let (x, y) = pair(t, args)?;
    let r = f(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(RealError::Domain.raise(t));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(RealError::Range.raise(t));
    }
    Ok(float::new(t, r))
}

pub fn atan2(t: &Thread, _: &Value, args: &[Value]) -> R {
    apply2(t, args, f64::atan2)
}

pub fn copysign(t: &Thread, _: &Value, args: &[Value]) -> R {
    apply2(t, args, f64::copysign)
}

pub fn ieee_remainder(t: &Thread, _: &Value, args: &[Value]) -> R {
    apply2(t, args, |x, y| remainder(x, y))
}

pub fn fmod(t: &Thread, _: &Value, args: &[Value]) -> R {
    apply2(t, args, |x, y| x % y)
}

pub fn pow(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (x, y) = pair(t, args)?;
    let r = x.powf(y);
    if !r.is_finite() && x.is_finite() && y.is_finite() {
        let error = if r.is_nan() || x == 0.0 { RealError::Domain } else { RealError::Range };
        return Err(error.raise(t));
    }
    Ok(float::new(t, r))
}

pub fn scale(t: &Thread, _: &Value, args: &[Value]) -> R {
    let x = float::to_f64(t, &args[0])?;
    let Some(exponent) = int::view(&args[1]) else {
        return Err(t.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(float::new(t, x));
    }
    let exponent = match exponent {
        int::View::Small(e) => e.clamp(-10_000, 10_000) as i32,
        big if big.is_negative() => -10_000,
        _ => 10_000,
    };
    let r = ldexp(x, exponent);
    if r.is_infinite() { Err(RealError::Range.raise(t)) } else { Ok(float::new(t, r)) }
}

/// `x` as m × 2^e with 0.5 <= |m| < 1.
pub fn frexp_parts(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // A subnormal is made normal first.
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(64), 64) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - shift)
}

pub fn frexp(t: &Thread, _: &Value, arg: &Value) -> R {
    let (m, e) = frexp_parts(float::to_f64(t, arg)?);
    Ok(t.tuple([float::new(t, m), Value::small(e as i64)]))
}

pub fn modf(t: &Thread, _: &Value, arg: &Value) -> R {
    let x = float::to_f64(t, arg)?;
    let fraction = match () {
        () if x.is_infinite() => 0.0f64.copysign(x),
        () if x.is_nan() => x,
        () => (x - x.trunc()).copysign(x),
    };
    Ok(t.tuple([float::new(t, fraction), float::new(t, x.trunc())]))
}

/// A logarithm of an int of any size or a float.
fn logarithm(t: &Thread, arg: &Value, f: fn(f64) -> f64) -> R {
    let Some(i) = int::view(arg) else {
        return apply(t, arg, f, Limits { can_overflow: false, expected: "expected a positive input" });
    };
    if i.is_negative() || i.is_zero() {
        return Err(t.value_error("expected a positive input"));
    }
    let result = match i.to_f64() {
        Some(x) => f(x),
        None => {
            let (m, e) = crate::objects::number::int::frexp(&i.big());
            f(m) + f(2.0) * e as f64
        }
    };
    Ok(float::new(t, result))
}

pub fn log(t: &Thread, _: &Value, args: &[Value]) -> R {
    let top = logarithm(t, &args[0], f64::ln)?;
    let Some(base) = args.get(1) else { return Ok(top) };
    let bottom = logarithm(t, base, f64::ln)?;
    arith::binary_op(t, arith::BinaryOp::TrueDivide, &top, &bottom)
}

pub fn log2(t: &Thread, _: &Value, arg: &Value) -> R {
    logarithm(t, arg, f64::log2)
}

pub fn log10(t: &Thread, _: &Value, arg: &Value) -> R {
    logarithm(t, arg, f64::log10)
}

/// `__floor__` or `__ceil__`, or else what the double rounds to.
fn rounded(t: &Thread, arg: &Value, name: &Value, f: fn(&Thread, &Value) -> R) -> R {
    if int::is_exact(arg) {
        return Ok(arg.clone());
    }
    if !float::is_exact(arg)
        && let Some(result) = protocol::call_special(t, arg, name, &[])?
    {
        return Ok(result);
    }
    f(t, &float::new(t, float::to_f64(t, arg)?))
}

pub fn floor(t: &Thread, _: &Value, arg: &Value) -> R {
    rounded(t, arg, &t.names().__floor__, float::floor)
}

pub fn ceil(t: &Thread, _: &Value, arg: &Value) -> R {
    rounded(t, arg, &t.names().__ceil__, float::ceil)
}

pub fn trunc(t: &Thread, _: &Value, arg: &Value) -> R {
    if float::is_exact(arg) {
        return float::trunc(t, arg);
    }
    match protocol::call_special(t, arg, &t.names().__trunc__, &[])? {
        Some(result) => Ok(result),
        None => {
            let name = arg.type_of(t).name_str();
            Err(t.type_error(format!("type {name} doesn't define __trunc__ method")))
        }
    }
}

pub fn is_finite(t: &Thread, _: &Value, arg: &Value) -> R {
    Ok(Value::bool(float::to_f64(t, arg)?.is_finite()))
}

pub fn is_inf(t: &Thread, _: &Value, arg: &Value) -> R {
    Ok(Value::bool(float::to_f64(t, arg)?.is_infinite()))
}

pub fn is_nan(t: &Thread, _: &Value, arg: &Value) -> R {
    Ok(Value::bool(float::to_f64(t, arg)?.is_nan()))
}

/// The tolerances of `isclose`.
pub fn tolerances(t: &Thread, relative: Option<&Value>, absolute: Option<&Value>) -> R<(f64, f64)> {
    let relative = relative.map_or(Ok(1e-9), |v| float::to_f64(t, v))?;
    let absolute = absolute.map_or(Ok(0.0), |v| float::to_f64(t, v))?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(t.value_error("tolerances must be non-negative"));
    }
    Ok((relative, absolute))
}

pub fn is_close(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let number = |i: usize| args[i].as_ref().map_or(Ok(f64::NAN), |v| float::to_f64(t, v));
    let (a, b) = (number(0)?, number(1)?);
    let (relative, absolute) = tolerances(t, args[2].as_ref(), args[3].as_ref())?;
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let close = difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute;
    Ok(Value::bool(close))
}

pub fn next_after(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let number = |i: usize| args[i].as_ref().map_or(Ok(f64::NAN), |v| float::to_f64(t, v));
    let (x, y) = (number(0)?, number(1)?);
    let Some(steps) = args[2].as_ref().filter(|s| !s.is_none()) else {
        return Ok(float::new(t, nextafter(x, y)));
    };
    let steps = protocol::index(t, steps)?;
    if int::view(&steps).is_some_and(int::View::is_negative) {
        return Err(t.value_error("steps must be a non-negative integer"));
    }
    Ok(float::new(t, walk(x, y, int::as_u64(&steps).unwrap_or(u64::MAX))))
}

/// The float so many steps from `x` towards `y`, and no farther.
fn walk(x: f64, y: f64, steps: u64) -> f64 {
    const SIGN: u64 = 1 << 63;
    if steps == 0 || x.is_nan() {
        return x;
    }
    if y.is_nan() {
        return y;
    }
    let (ux, uy) = (x.to_bits(), y.to_bits());
    if ux == uy {
        return x;
    }
    let (ax, ay) = (ux & !SIGN, uy & !SIGN);
    let bits = if (ux ^ uy) & SIGN != 0 {
        match () {
            () if ax + ay <= steps => uy,
            () if ax < steps => (uy & SIGN) | (steps - ax),
            () => ux - steps,
        }
    } else if ax > ay {
        if ax - ay >= steps { ux - steps } else { uy }
    } else if ay - ax >= steps {
        ux + steps
    } else {
        uy
    };
    f64::from_bits(bits)
}

/// The distance from |x| to the next float.
pub fn ulp_of(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let next = nextafter(x, f64::INFINITY);
    if next.is_infinite() { x - nextafter(x, f64::NEG_INFINITY) } else { next - x }
}

pub fn ulp(t: &Thread, _: &Value, arg: &Value) -> R {
    Ok(float::new(t, ulp_of(float::to_f64(t, arg)?)))
}

pub fn fma(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (x, y) = pair(t, args)?;
    let z = float::to_f64(t, &args[2])?;
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(t.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(t.overflow_error("overflow in fma"));
    }
    Ok(float::new(t, r))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        assert_eq!(walk(0.0, 1.0, 3), 1.5e-323);
        assert_eq!(walk(1.0, -1.0, u64::MAX), -1.0);
        assert_eq!(walk(5e-324, -1.0, 2), -5e-324);
        assert_eq!(ulp_of(-1.0), 2.220446049250313e-16);
        assert_eq!(ulp_of(f64::MAX), 1.99584030953472e+292);
    }

    #[test]
    fn mantissas() {
        assert_eq!(frexp_parts(10.0), (0.625, 4));
        assert_eq!(frexp_parts(-0.5), (-0.5, 0));
        assert_eq!(frexp_parts(5e-324), (0.5, -1073));
        assert_eq!(frexp_parts(f64::MAX), (0.9999999999999999, 1024));
        assert_eq!(frexp_parts(0.0), (0.0, 0));
    }
}
