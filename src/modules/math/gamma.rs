//! `math.gamma` and `math.lgamma`, by Lanczos' approximation with CPython's coefficients.

use super::real::RealError;
use std::f64::consts::PI;

const G: f64 = 6.024680040776729583740234375;
const G_MINUS_HALF: f64 = 5.524680040776729583740234375;
const LOG_PI: f64 = 1.144729885849400174143427351353058711647;

/// Numerator and denominator of the rational function, lowest power first.
const LANCZOS: [(f64, f64); 13] = [
    (23531376880.410759688572007674451636754734846804940, 0.0),
    (42919803642.649098768957899047001988850926355848959, 39916800.0),
    (35711959237.355668049440185451547166705960488635843, 120543840.0),
    (17921034426.037209699919755754458931112671403265390, 150917976.0),
    (6039542586.3520280050642916443072979210699388420708, 105258076.0),
    (1439720407.3117216736632230727949123939715485786372, 45995730.0),
    (248874557.86205415651146038641322942321632125127801, 13339535.0),
    (31426415.585400194380614231628318205362874684987640, 2637558.0),
    (2876370.6289353724412254090516208496135991145378768, 357423.0),
    (186056.26539522349504029498971604569928220784236328, 32670.0),
    (8071.6720023658162106380029022722506138218516325024, 1925.0),
    (210.82427775157934587250973392071336271166969580291, 66.0),
    (2.5066282746310002701649081771338373386264310793408, 1.0),
];

/// For x up to this, (x-1)! is exact in a double.
const EXACT_FACTORIALS: f64 = 23.0;

fn lanczos_sum(x: f64) -> f64 {
    let (mut top, mut bottom) = (0.0, 0.0);
    // Towards small terms from large ones on either side, so that nothing overflows.
    if x < 5.0 {
        for (n, d) in LANCZOS.iter().rev() {
            top = top * x + n;
            bottom = bottom * x + d;
        }
    } else {
        for (n, d) in &LANCZOS {
            top = top / x + n;
            bottom = bottom / x + d;
        }
    }
    top / bottom
}

/// sin(πx), exact at multiples of a half.
fn sinpi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let r = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0f64.copysign(x) * r
}

/// Γ(x).
pub fn gamma(x: f64) -> Result<f64, RealError> {
    if !x.is_finite() {
        return if x.is_nan() || x > 0.0 { Ok(x) } else { Err(RealError::Domain) };
    }
    if x == 0.0 {
        return Err(RealError::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(RealError::Domain);
        }
        if x <= EXACT_FACTORIALS {
            return Ok((1..x as u32).map(f64::from).product());
        }
    }
    let size = x.abs();
    if size < 1e-20 {
        let r = 1.0 / x;
        return if r.is_infinite() { Err(RealError::Range) } else { Ok(r) };
    }
    if size > 200.0 {
        return if x < 0.0 { Ok(0.0 / sinpi(x)) } else { Err(RealError::Range) };
    }
    let y = size + G_MINUS_HALF;
    // The rounding error of that sum.
    let error = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let z = error * G / y;
    let half_power = || y.powf(size / 2.0 - 0.25);
    let r = if x < 0.0 {
        let r = -PI / sinpi(size) / size * y.exp() / lanczos_sum(size);
        let r = r - z * r;
        if size < 140.0 { r / y.powf(size - 0.5) } else { r / half_power() / half_power() }
    } else {
        let r = lanczos_sum(size) / y.exp();
        let r = r + z * r;
        if size < 140.0 { r * y.powf(size - 0.5) } else { r * half_power() * half_power() }
    };
    if r.is_infinite() { Err(RealError::Range) } else { Ok(r) }
}

/// log |Γ(x)|.
pub fn lgamma(x: f64) -> Result<f64, RealError> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(RealError::Domain) } else { Ok(0.0) };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(-size.ln());
    }
    let mut r = lanczos_sum(size).ln() - G;
    r += (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LOG_PI - sinpi(size).abs().ln() - size.ln() - r;
    }
    if r.is_infinite() { Err(RealError::Range) } else { Ok(r) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_cpython() {
        for (x, value) in [
            (0.5, 1.7724538509055159),
            (5.0, 24.0),
            (171.5, 9.483367566824801e307),
            (-0.5, -3.544907701811032),
            (1e-300, 9.999999999999999e299),
        ] {
            assert_eq!(gamma(x), Ok(value), "{x}");
        }
        assert_eq!(gamma(0.0), Err(RealError::Domain));
        assert_eq!(gamma(200.0), Err(RealError::Range));
        assert_eq!(lgamma(3.0), Ok(0.693147180559945));
        assert_eq!(lgamma(-3.0), Err(RealError::Domain));
        assert_eq!(lgamma(1e308), Err(RealError::Range));
    }
}
