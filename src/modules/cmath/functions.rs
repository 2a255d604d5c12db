//! The functions of one complex number, written so that nothing overflows or cancels on the way.

use super::special::{self, look_up};
use super::{Complex, Computed};
use crate::modules::math::real::{RealError, asinh as real_asinh, ldexp};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

/// Above this a square or a sum of parts may overflow.
const LARGE: f64 = f64::MAX / 4.0;
/// Powers of two that make subnormals normal under a square root, and take that back.
const SCALE_UP: i32 = 53;
const SCALE_DOWN: i32 = -27;

fn new(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

fn is_large(z: Complex) -> bool {
    z.re.abs() > LARGE || z.im.abs() > LARGE
}

/// log |z| + log 2 for a large number.
fn log_twice(z: Complex) -> f64 {
    (z.re / 2.0).hypot(z.im / 2.0).ln() + LN_2 * 2.0
}

/// f(iz) / i or such: turns the plane by a quarter before and after.
fn turned(z: Complex, f: fn(Complex) -> Computed) -> Computed {
    let Complex { re, im } = f(new(-z.im, z.re))?;
    Ok(new(im, -re))
}

/// `OverflowError` if a finite argument gave an infinite result.
fn in_range(z: Complex) -> Computed {
    if z.re.is_infinite() || z.im.is_infinite() { Err(RealError::Range) } else { Ok(z) }
}

pub fn acos(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::ACOS) {
        return Ok(r);
    }
    if is_large(z) {
        let size = log_twice(z);
        let im = if z.re < 0.0 { -size.copysign(z.im) } else { size.copysign(-z.im) };
        return Ok(new(z.im.abs().atan2(z.re), im));
    }
    let s1 = sqrt(new(1.0 - z.re, -z.im))?;
    let s2 = sqrt(new(1.0 + z.re, z.im))?;
    Ok(new(2.0 * s1.re.atan2(s2.re), real_asinh(s2.re * s1.im - s2.im * s1.re)))
}

pub fn acosh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::ACOSH) {
        return Ok(r);
    }
    if is_large(z) {
        return Ok(new(log_twice(z), z.im.atan2(z.re)));
    }
    let s1 = sqrt(new(z.re - 1.0, z.im))?;
    let s2 = sqrt(new(z.re + 1.0, z.im))?;
    Ok(new(real_asinh(s1.re * s2.re + s1.im * s2.im), 2.0 * s1.im.atan2(s2.re)))
}

pub fn asin(z: Complex) -> Computed {
    turned(z, asinh)
}

pub fn asinh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::ASINH) {
        return Ok(r);
    }
    if is_large(z) {
        let size = log_twice(z);
        let re = if z.im >= 0.0 { size.copysign(z.re) } else { -size.copysign(-z.re) };
        return Ok(new(re, z.im.atan2(z.re.abs())));
    }
    let s1 = sqrt(new(1.0 + z.im, -z.re))?;
    let s2 = sqrt(new(1.0 - z.im, z.re))?;
    Ok(new(real_asinh(s1.re * s2.im - s2.re * s1.im), z.im.atan2(s1.re * s2.re - s1.im * s2.im)))
}

pub fn atan(z: Complex) -> Computed {
    turned(z, atanh)
}

pub fn atanh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::ATANH) {
        return Ok(r);
    }
    if z.re.is_sign_negative() {
        let r = atanh(new(-z.re, -z.im))?;
        return Ok(new(-r.re, -r.im));
    }
    let ay = z.im.abs();
    if z.re > LARGE.sqrt() || ay > LARGE.sqrt() {
        let h = (z.re / 2.0).hypot(z.im / 2.0);
        // The sign of zero decides the branch.
        return Ok(new(z.re / 4.0 / h / h, -FRAC_PI_2.copysign(-z.im)));
    }
    if z.re == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(RealError::Domain);
        }
        let re = -(ay.sqrt() / ay.hypot(2.0).sqrt()).ln();
        return Ok(new(re, (2.0f64.atan2(-ay) / 2.0).copysign(z.im)));
    }
    let rest = 1.0 - z.re;
    Ok(new(
        (4.0 * z.re / (rest * rest + ay * ay)).ln_1p() / 4.0,
        -(-2.0 * z.im).atan2(rest * (1.0 + z.re) - ay * ay) / 2.0,
    ))
}

pub fn cos(z: Complex) -> Computed {
    cosh(new(-z.im, z.re))
}

/// Whether the real part is infinite and the imaginary part decides the signs.
fn turns_infinite(z: Complex) -> bool {
    z.re.is_infinite() && z.im.is_finite() && z.im != 0.0
}

pub fn cosh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::COSH) {
        if z.im.is_infinite() && !z.re.is_nan() {
            return Err(RealError::Domain);
        }
        if turns_infinite(z) {
            let im = f64::INFINITY.copysign(z.im.sin());
            return Ok(new(f64::INFINITY.copysign(z.im.cos()), if z.re > 0.0 { im } else { -im }));
        }
        return Ok(r);
    }
    if z.re.abs() > LARGE.ln() {
        let x = z.re - 1.0f64.copysign(z.re);
        return in_range(new(z.im.cos() * x.cosh() * E, z.im.sin() * x.sinh() * E));
    }
    in_range(new(z.im.cos() * z.re.cosh(), z.im.sin() * z.re.sinh()))
}

pub fn exp(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::EXP) {
        if z.im.is_infinite() && (z.re.is_finite() || z.re == f64::INFINITY) {
            return Err(RealError::Domain);
        }
        if turns_infinite(z) {
            let size: f64 = if z.re > 0.0 { f64::INFINITY } else { 0.0 };
            return Ok(new(size.copysign(z.im.cos()), size.copysign(z.im.sin())));
        }
        return Ok(r);
    }
    if z.re > LARGE.ln() {
        let size = (z.re - 1.0).exp();
        return in_range(new(size * z.im.cos() * E, size * z.im.sin() * E));
    }
    let size = z.re.exp();
    in_range(new(size * z.im.cos(), size * z.im.sin()))
}

/// The logarithm, and whether it is that of zero (an error that a second logarithm forgets).
pub fn log_and_pole(z: Complex) -> (Complex, bool) {
    if let Some(r) = look_up(z, &special::LOG) {
        return (r, false);
    }
    let (ax, ay) = (z.re.abs(), z.im.abs());
    let angle = z.im.atan2(z.re);
    let re = if ax > LARGE || ay > LARGE {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return (new(f64::NEG_INFINITY, angle), true);
        }
        const DIGITS: i32 = f64::MANTISSA_DIGITS as i32;
        ldexp(ax, DIGITS).hypot(ldexp(ay, DIGITS)).ln() - f64::from(DIGITS) * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (more, less) = if ax > ay { (ax, ay) } else { (ay, ax) };
            ((more - 1.0) * (more + 1.0) + less * less).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    (new(re, angle), false)
}

pub fn log(z: Complex) -> Computed {
    match log_and_pole(z) {
        (r, false) => Ok(r),
        (_, true) => Err(RealError::Domain),
    }
}

pub fn log10(z: Complex) -> Computed {
    let r = log(z)?;
    Ok(new(r.re / LN_10, r.im / LN_10))
}

pub fn sin(z: Complex) -> Computed {
    turned(z, sinh)
}

pub fn sinh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::SINH) {
        if z.im.is_infinite() && !z.re.is_nan() {
            return Err(RealError::Domain);
        }
        if turns_infinite(z) {
            let re = f64::INFINITY.copysign(z.im.cos());
            return Ok(new(if z.re > 0.0 { re } else { -re }, f64::INFINITY.copysign(z.im.sin())));
        }
        return Ok(r);
    }
    if z.re.abs() > LARGE.ln() {
        let x = z.re - 1.0f64.copysign(z.re);
        return in_range(new(z.im.cos() * x.sinh() * E, z.im.sin() * x.cosh() * E));
    }
    in_range(new(z.im.cos() * z.re.sinh(), z.im.sin() * z.re.cosh()))
}

pub fn sqrt(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::SQRT) {
        return Ok(r);
    }
    if z.re == 0.0 && z.im == 0.0 {
        return Ok(new(0.0, z.im));
    }
    let (mut ax, ay) = (z.re.abs(), z.im.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        ax = ldexp(ax, SCALE_UP);
        ldexp((ax + ax.hypot(ldexp(ay, SCALE_UP))).sqrt(), SCALE_DOWN)
    } else {
        ax /= 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    Ok(if z.re >= 0.0 { new(s, d.copysign(z.im)) } else { new(d, s.copysign(z.im)) })
}

pub fn tan(z: Complex) -> Computed {
    turned(z, tanh)
}

pub fn tanh(z: Complex) -> Computed {
    if let Some(r) = look_up(z, &special::TANH) {
        if z.im.is_infinite() && z.re.is_finite() {
            return Err(RealError::Domain);
        }
        if turns_infinite(z) {
            return Ok(new(1.0f64.copysign(z.re), 0.0f64.copysign(2.0 * z.im.sin() * z.im.cos())));
        }
        return Ok(r);
    }
    if z.re.abs() > LARGE.ln() {
        let im = 4.0 * z.im.sin() * z.im.cos() * (-2.0 * z.re.abs()).exp();
        return Ok(new(1.0f64.copysign(z.re), im));
    }
    let (tx, ty, cx) = (z.re.tanh(), z.im.tan(), 1.0 / z.re.cosh());
    let product = tx * ty;
    let bottom = 1.0 + product * product;
    Ok(new(tx * (1.0 + ty * ty) / bottom, ((ty / bottom) * cx) * cx))
}

/// The number with that size and angle.
pub fn rect(r: f64, phi: f64) -> Computed {
    let polar = new(r, phi);
    if let Some(z) = look_up(polar, &special::RECT) {
        if r != 0.0 && !r.is_nan() && phi.is_infinite() {
            return Err(RealError::Domain);
        }
        if turns_infinite(polar) {
            let (re, im) = (f64::INFINITY.copysign(phi.cos()), f64::INFINITY.copysign(phi.sin()));
            return Ok(if r > 0.0 { new(re, im) } else { new(-re, -im) });
        }
        return Ok(z);
    }
    if phi == 0.0 {
        // Keeps the sign of zero where r is negative.
        return Ok(new(r, phi * r));
    }
    Ok(new(r * phi.cos(), r * phi.sin()))
}
