//! `long double`: 80 bits on x86, 128 elsewhere, between `f64` and memory.

/// Bits of the fraction, and whether its leading one is written.
const FRACTION: u32 = if cfg!(any(target_arch = "x86_64", target_arch = "x86")) { 63 } else { 112 };
const LEADING: bool = FRACTION == 63;
const BIAS: i32 = 16383;
/// Bits of the fraction with its leading one, if that is written.
const WIDTH: u32 = FRACTION + LEADING as u32;

/// The bits of a number.
pub fn from_f64(x: f64) -> u128 {
    let bits = x.to_bits();
    let sign = u128::from(bits >> 63) << (WIDTH + 15);
    let exponent = (bits >> 52 & 0x7FF) as i32;
    let fraction = u128::from(bits & ((1 << 52) - 1)) << (FRACTION - 52);
    let one = u128::from(LEADING) << FRACTION;
    let (exponent, fraction) = match (exponent, fraction) {
        (0, 0) => return sign,
        (0, _) => {
            // A subnormal number is a normal one here.
            let shift = fraction.leading_zeros() - (127 - FRACTION);
            let fraction = fraction << shift & ((1 << FRACTION) - 1);
            (BIAS - 1022 - shift as i32, fraction | one)
        }
        (0x7FF, _) => (0x7FFF, fraction | one),
        (e, _) => (e - 1023 + BIAS, fraction | one),
    };
    sign | (exponent as u128) << WIDTH | fraction
}

/// The number that is nearest.
pub fn to_f64(bits: u128) -> f64 {
    let sign = if bits >> (WIDTH + 15) & 1 == 1 { -1.0 } else { 1.0 };
    let exponent = (bits >> WIDTH & 0x7FFF) as i32;
    let fraction = bits & ((1 << FRACTION) - 1);
    if exponent == 0x7FFF {
        return if fraction == 0 { sign * f64::INFINITY } else { f64::NAN };
    }
    if exponent == 0 && fraction == 0 {
        return sign * 0.0;
    }
    let whole = if exponent == 0 { fraction } else { fraction | 1 << FRACTION };
    // Rounded once, to 53 bits or fewer where the result is subnormal.
    let power = exponent.max(1) - BIAS - FRACTION as i32;
    let top = 128 - whole.leading_zeros() as i32;
    let kept = 53.min(top + power + 1074).max(0);
    let drop = (top - kept).max(0) as u32;
    if drop > 127 {
        return sign * 0.0;
    }
    let (high, rest) = (whole >> drop, whole & ((1 << drop) - 1));
    let half = if drop == 0 { 0 } else { 1 << (drop - 1) };
    let up = drop > 0 && (rest > half || rest == half && high & 1 == 1);
    let high = (high + u128::from(up)) as f64;
    sign * scale(high, power + drop as i32)
}

/// `x * 2**power`, exactly or infinite: in steps that neither overflow nor underflow too early.
fn scale(mut x: f64, mut power: i32) -> f64 {
    while power > 1000 && x.is_finite() {
        x *= 2f64.powi(1000);
        power -= 1000;
    }
    while power < -1000 {
        x *= 2f64.powi(-1000);
        power += 1000;
    }
    x * 2f64.powi(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for x in [0.0, -0.0, 1.0, -1.5, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, -3e-310, f64::INFINITY, 1e300] {
            assert_eq!(to_f64(from_f64(x)).to_bits(), x.to_bits(), "{x}");
        }
        assert!(to_f64(from_f64(f64::NAN)).is_nan());
    }
}
