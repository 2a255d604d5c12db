//! What number a character stands for.

use super::numeric_table::{DECIMAL_ZEROS, DIGITS, NUMERICS};

/// `unicodedata.decimal`: the value of a digit that can build a decimal number, 0 to 9.
#[inline]
pub fn decimal(code: u32) -> Option<u32> {
    if code < 0x80 {
        return (code as u8 as char).to_digit(10);
    }
    // The ten digits of a script stand in a row.
    let row = DECIMAL_ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?;
    let value = code - DECIMAL_ZEROS[row];
    (value < 10).then_some(value)
}

/// `unicodedata.digit`: also superscripts, circled digits and the like.
pub fn digit(code: u32) -> Option<u32> {
    decimal(code).or_else(|| {
        let row = DIGITS.partition_point(|row| row.0 <= code).checked_sub(1)?;
        let (first, last, value) = DIGITS[row];
        (code <= last).then(|| value + code - first)
    })
}

/// `unicodedata.numeric`: also fractions, Roman numerals and ideographs.
pub fn numeric(code: u32) -> Option<f64> {
    if let Some(value) = digit(code) {
        return Some(value.into());
    }
    let row = NUMERICS.partition_point(|row| row.0 <= code).checked_sub(1)?;
    let (first, last, value, step, denominator) = NUMERICS[row];
    (code <= last).then(|| (value + step * i64::from(code - first)) as f64 / denominator as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!((decimal(0x37), decimal(0x663), decimal(0x1d7ff), decimal(0xb2)), (Some(7), Some(3), Some(9), None));
        assert_eq!((digit(0xb2), digit(0x2460), digit(0xbd)), (Some(2), Some(1), None));
        assert_eq!((numeric(0xbd), numeric(0x216b), numeric(0xf33)), (Some(0.5), Some(12.0), Some(-0.5)));
        assert_eq!((numeric(0x5146), numeric(0x41)), (Some(1e6), None));
    }
}
