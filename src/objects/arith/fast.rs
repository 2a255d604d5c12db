//! Operators on two raw words: the result if both are immediates and it is one too.
//!
//! Nothing here allocates, counts or fails; the VM's instructions call these before anything else. An int's
//! word holds its bits at the bottom; shifted up by [`INT_SHIFT`] they fill the top of a machine word, so
//! overflow of 51 bits is overflow of 64.

use super::BinaryOp;
use crate::objects::slots::CmpOp;
use crate::objects::value::{DOUBLE_OFFSET, INT_SHIFT, INT_TAG};
use std::cmp::Ordering;

/// Whether both words are ints.
#[inline(always)]
pub const fn both_ints(a: u64, b: u64) -> bool {
    (if a < b { a } else { b }) >= INT_TAG
}

/// Whether the word is a float.
#[inline(always)]
pub const fn is_float(a: u64) -> bool {
    a.wrapping_sub(DOUBLE_OFFSET) < INT_TAG - DOUBLE_OFFSET
}

/// Whether both words are floats.
#[inline(always)]
pub const fn both_floats(a: u64, b: u64) -> bool {
    is_float(a) & is_float(b)
}

/// The int's bits at the top of the word.
#[inline(always)]
const fn top(a: u64) -> i64 {
    (a << INT_SHIFT) as i64
}

/// The number in an int's word.
#[inline(always)]
pub const fn int(a: u64) -> i64 {
    top(a) >> INT_SHIFT
}

#[inline(always)]
const fn from_top(a: i64) -> u64 {
    (a as u64 >> INT_SHIFT) | INT_TAG
}

/// The word of a number, if it is small enough.
#[inline(always)]
pub const fn from_int(i: i64) -> Option<u64> {
    let word = from_top(i << INT_SHIFT);
    if int(word) == i { Some(word) } else { None }
}

/// The number in a float's word.
#[inline(always)]
pub const fn float(a: u64) -> f64 {
    f64::from_bits(a.wrapping_sub(DOUBLE_OFFSET))
}

/// The word of a float, unless it is NaN.
#[inline(always)]
pub const fn from_float(f: f64) -> Option<u64> {
    if f.is_nan() { None } else { Some(f.to_bits() + DOUBLE_OFFSET) }
}

/// The number in a float's or int's word. 51 bits are exact in a double.
#[inline(always)]
const fn number(a: u64) -> Option<f64> {
    if a >= INT_TAG {
        Some(int(a) as f64)
    } else if is_float(a) {
        Some(float(a))
    } else {
        None
    }
}

/// `a + b` of two ints' words.
#[inline(always)]
pub const fn add_ints(a: u64, b: u64) -> Option<u64> {
    match top(a).checked_add(top(b)) {
        Some(sum) => Some(from_top(sum)),
        None => None,
    }
}

/// `a - b` of two ints' words.
#[inline(always)]
pub const fn subtract_ints(a: u64, b: u64) -> Option<u64> {
    match top(a).checked_sub(top(b)) {
        Some(difference) => Some(from_top(difference)),
        None => None,
    }
}

/// `a * b` of two ints' words.
#[inline(always)]
pub const fn multiply_ints(a: u64, b: u64) -> Option<u64> {
    match top(a).checked_mul(int(b)) {
        Some(product) => Some(from_top(product)),
        None => None,
    }
}

macro_rules! arithmetic {
    ($name:ident, $ints:ident, $op:tt, $doc:literal) => {
        #[doc = $doc]
        #[inline(always)]
        pub fn $name(a: u64, b: u64) -> Option<u64> {
            if both_ints(a, b) {
                return $ints(a, b);
            }
            from_float(number(a)? $op number(b)?)
        }
    };
}

arithmetic!(add, add_ints, +, "`a + b` of ints and floats.");
arithmetic!(subtract, subtract_ints, -, "`a - b` of ints and floats.");
arithmetic!(multiply, multiply_ints, *, "`a * b` of ints and floats.");

/// `a / b` of ints and floats; not by zero.
#[inline(always)]
pub fn true_divide(a: u64, b: u64) -> Option<u64> {
    // 51 bits are exact in a double, so one division rounds once.
    let divisor = number(b)?;
    if divisor == 0.0 { None } else { from_float(number(a)? / divisor) }
}

/// `a // b` of two ints' words; not by zero.
#[inline(always)]
pub fn floor_divide_ints(a: u64, b: u64) -> Option<u64> {
    let (x, y) = (int(a), int(b));
    if y == 0 {
        return None;
    }
    let quotient = x / y;
    from_int(quotient - ((x % y != 0) & ((x ^ y) < 0)) as i64)
}

/// `a % b` of two ints' words; not by zero.
#[inline(always)]
pub fn remainder_ints(a: u64, b: u64) -> Option<u64> {
    let (x, y) = (int(a), int(b));
    if y == 0 {
        return None;
    }
    let rest = x % y;
    from_int(if rest != 0 && (rest ^ y) < 0 { rest + y } else { rest })
}

/// `a << b` of two ints' words.
#[inline(always)]
pub fn left_shift_ints(a: u64, b: u64) -> Option<u64> {
    let (x, n) = (int(a), int(b));
    if !(0..51).contains(&n) {
        return None;
    }
    let shifted = top(a).wrapping_shl(n as u32);
    if shifted >> n == top(a) && int(from_top(shifted)) >> n == x { Some(from_top(shifted)) } else { None }
}

/// `a >> b` of two ints' words.
#[inline(always)]
pub fn right_shift_ints(a: u64, b: u64) -> Option<u64> {
    let n = int(b);
    if n < 0 { None } else { from_int(int(a) >> if n > 63 { 63 } else { n }) }
}

/// The operator on immediates. `None` where it takes more than that.
#[inline(always)]
pub fn binary(op: BinaryOp, a: u64, b: u64) -> Option<u64> {
    match op {
        BinaryOp::Add => add(a, b),
        BinaryOp::Subtract => subtract(a, b),
        BinaryOp::Multiply => multiply(a, b),
        BinaryOp::TrueDivide => true_divide(a, b),
        _ if !both_ints(a, b) => None,
        BinaryOp::And => Some(a & b),
        BinaryOp::Or => Some(a | b),
        BinaryOp::Xor => Some(a ^ b | INT_TAG),
        BinaryOp::FloorDivide => floor_divide_ints(a, b),
        BinaryOp::Remainder => remainder_ints(a, b),
        BinaryOp::LeftShift => left_shift_ints(a, b),
        BinaryOp::RightShift => right_shift_ints(a, b),
        _ => None,
    }
}

/// `-a` of an int or a float.
#[inline(always)]
pub fn negative(a: u64) -> Option<u64> {
    if a >= INT_TAG {
        // -(-2^50) does not fit.
        from_int(-int(a))
    } else if is_float(a) {
        from_float(-float(a))
    } else {
        None
    }
}

/// A comparison of two ints' words.
#[inline(always)]
pub fn compare_ints(a: u64, b: u64, op: CmpOp) -> bool {
    op.holds(top(a).cmp(&top(b)))
}

/// A comparison of ints and floats.
#[inline(always)]
pub fn compare(a: u64, b: u64, op: CmpOp) -> Option<bool> {
    if both_ints(a, b) {
        return Some(compare_ints(a, b, op));
    }
    // No immediate is NaN, and 51 bits are exact in a double.
    let ordering: Ordering = number(a)?.partial_cmp(&number(b)?)?;
    Some(op.holds(ordering))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::value::{INT_MAX, INT_MIN, Value};

    fn word(i: i64) -> u64 {
        Value::small(i).bits()
    }

    fn float_word(f: f64) -> u64 {
        from_float(f).unwrap()
    }

    #[test]
    fn ints_overflow_where_51_bits_end() {
        assert_eq!(add(word(2), word(3)), Some(word(5)));
        assert_eq!(add(word(INT_MAX), word(1)), None);
        assert_eq!(add(word(INT_MAX), word(-1)), Some(word(INT_MAX - 1)));
        assert_eq!(subtract(word(INT_MIN), word(1)), None);
        assert_eq!(subtract(word(0), word(INT_MIN)), None);
        assert_eq!(multiply(word(-7), word(6)), Some(word(-42)));
        assert_eq!(multiply(word(1 << 25), word(1 << 25)), None);
        assert_eq!(multiply(word(-(1 << 25)), word(1 << 25)), Some(word(INT_MIN)));
        assert_eq!(negative(word(INT_MIN)), None);
        assert_eq!(negative(word(5)), Some(word(-5)));
        assert_eq!(left_shift_ints(word(1), word(49)), Some(word(1 << 49)));
        assert_eq!(left_shift_ints(word(1), word(50)), None);
        assert_eq!(left_shift_ints(word(-1), word(50)), Some(word(INT_MIN)));
        assert_eq!(left_shift_ints(word(3), word(49)), None);
        assert_eq!(right_shift_ints(word(-5), word(1)), Some(word(-3)));
        assert_eq!(right_shift_ints(word(-5), word(1000)), Some(word(-1)));
    }

    #[test]
    fn division_rounds_down() {
        for (a, b, quotient, rest) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -3, -2, 0)] {
            assert_eq!(floor_divide_ints(word(a), word(b)), Some(word(quotient)));
            assert_eq!(remainder_ints(word(a), word(b)), Some(word(rest)));
        }
        assert_eq!(floor_divide_ints(word(1), word(0)), None);
        assert_eq!(floor_divide_ints(word(INT_MIN), word(-1)), None);
        assert_eq!(true_divide(word(1), word(2)), Some(float_word(0.5)));
        assert_eq!(true_divide(word(1), word(0)), None);
    }

    #[test]
    fn bits_and_floats() {
        let op = |op, a: i64, b: i64| binary(op, word(a), word(b));
        assert_eq!(op(BinaryOp::And, -4, 6), Some(word(4)));
        assert_eq!(op(BinaryOp::Or, -4, 1), Some(word(-3)));
        assert_eq!(op(BinaryOp::Xor, -1, 5), Some(word(-6)));
        assert_eq!(op(BinaryOp::Xor, 5, 5), Some(word(0)));
        assert_eq!(add(float_word(0.5), word(1)), Some(float_word(1.5)));
        assert_eq!(subtract(float_word(f64::INFINITY), float_word(f64::INFINITY)), None);
        assert_eq!(multiply(float_word(-0.5), word(0)), Some(float_word(-0.0)));
        assert_eq!(add(word(1), Value::TRUE.bits()), None);
        assert_eq!(compare(word(1), float_word(1.5), CmpOp::Lt), Some(true));
        assert_eq!(compare(word(1), Value::NONE.bits(), CmpOp::Lt), None);
        assert_eq!(compare(word(-1), word(1), CmpOp::Lt), Some(true));
        assert_eq!(compare(float_word(-0.0), float_word(0.0), CmpOp::Eq), Some(true));
    }
}
