//! Constant arithmetic, as far as CPython does it while compiling: nothing that raises, nothing big.

use super::super::code::Const;
use super::super::ir::{Op, op::*};
use crate::syntax::ast::Text;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

/// Bits of an int.
const MAX_INT_SIZE: u64 = 128;
/// Items of a tuple.
const MAX_COLLECTION_SIZE: usize = 256;
/// Characters of a string.
const MAX_STR_SIZE: usize = 4096;
/// Items of nested tuples.
const MAX_TOTAL_ITEMS: isize = 1024;

/// A number, with ints and bools as big ints.
enum Number {
    Int(BigInt),
    Float(f64),
    Complex(f64, f64),
}

fn number(value: &Const) -> Option<Number> {
    Some(match value {
        Const::True => Number::Int(1.into()),
        Const::False => Number::Int(0.into()),
        Const::Int(i) => Number::Int((*i).into()),
        Const::BigInt(i) => Number::Int(i.clone()),
        Const::Float(f) => Number::Float(*f),
        Const::Complex { real, imag } => Number::Complex(*real, *imag),
        _ => return None,
    })
}

/// An int, in the small form if it fits.
pub(super) fn int(i: BigInt) -> Const {
    match i.to_i64() {
        Some(i) => Const::Int(i),
        None => Const::BigInt(i),
    }
}

/// The truth of a constant.
pub(super) fn is_true(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Slice(_) | Const::Code(_) => true,
        Const::Int(i) => *i != 0,
        Const::BigInt(i) => !i.is_zero(),
        Const::Float(f) => *f != 0.0,
        Const::Complex { real, imag } => *real != 0.0 || *imag != 0.0,
        Const::Str(text) => !text.0.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// The items of a set, each once: equal numbers are one, whatever their types.
pub(super) fn distinct(items: Vec<Const>) -> Vec<Const> {
    let mut kept: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.iter().any(|other| equal(other, &item)) {
            kept.push(item);
        }
    }
    kept
}

fn equal(a: &Const, b: &Const) -> bool {
    match (number(a), number(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => a == b,
        (Some(a), Some(b)) => {
            let (a, b) = (complex(&a), complex(&b));
            a.is_some() && a == b
        }
        (None, None) => match (a, b) {
            (Const::Tuple(a), Const::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
            }
            _ => a == b,
        },
        _ => false,
    }
}

fn complex(n: &Number) -> Option<(f64, f64)> {
    Some(match n {
        Number::Int(i) => (float(i)?, 0.0),
        Number::Float(f) => (*f, 0.0),
        Number::Complex(re, im) => (*re, *im),
    })
}

/// An int as a float, rounded half to even; `None` when it is too big.
fn float(i: &BigInt) -> Option<f64> {
    i.to_f64().filter(|f| f.is_finite())
}

/// A unary operation.
pub(super) fn unary(op: Op, operand: &Const) -> Option<Const> {
    match op {
        UNARY_NOT => Some(if is_true(operand) { Const::False } else { Const::True }),
        UNARY_INVERT => match operand {
            // `~True` is deprecated, and warns when it runs.
            Const::Int(_) | Const::BigInt(_) => match number(operand)? {
                Number::Int(i) => Some(int(!i)),
                _ => None,
            },
            _ => None,
        },
        UNARY_NEGATIVE => Some(match number(operand)? {
            Number::Int(i) => int(-i),
            Number::Float(f) => Const::Float(-f),
            Number::Complex(real, imag) => Const::Complex { real: -real, imag: -imag },
        }),
        // INTRINSIC_UNARY_POSITIVE
        _ => Some(match number(operand)? {
            Number::Int(i) => int(i),
            Number::Float(f) => Const::Float(f),
            Number::Complex(real, imag) => Const::Complex { real, imag },
        }),
    }
}

/// A binary operation; `arg` is `BINARY_OP`'s.
pub(super) fn binary(arg: u32, left: &Const, right: &Const) -> Option<Const> {
    if arg == super::super::codegen::SUBSCRIPT {
        return subscript(left, right);
    }
    match (number(left), number(right)) {
        (Some(a), Some(b)) => arithmetic(arg, left, right, a, b),
        _ => sequences(arg, left, right),
    }
}

fn arithmetic(arg: u32, left: &Const, right: &Const, a: Number, b: Number) -> Option<Const> {
    use Number::*;
    let bools = matches!((left, right), (Const::True | Const::False, Const::True | Const::False));
    Some(match (a, b) {
        (Int(a), Int(b)) => match arg {
            0 => int(a + b),
            1 | 7 | 12 if bools => {
                let (a, b) = (!a.is_zero(), !b.is_zero());
                let value = match arg {
                    1 => a & b,
                    7 => a | b,
                    _ => a ^ b,
                };
                if value { Const::True } else { Const::False }
            }
            1 => int(a & b),
            2 => int(num_integer::Integer::div_floor(&a, (!b.is_zero()).then_some(&b)?)),
            3 => int(shift_left(&a, &b)?),
            5 => int(multiply(a, b)?),
            6 => int(num_integer::Integer::mod_floor(&a, (!b.is_zero()).then_some(&b)?)),
            7 => int(a | b),
            8 if b.is_negative() => Const::Float(float_power(float(&a)?, float(&b)?)?),
            8 => int(power(&a, &b)?),
            9 => int(shift_right(&a, &b)?),
            10 => int(a - b),
            11 => Const::Float(true_divide(&a, &b)?),
            12 => int(a ^ b),
            _ => return None,
        },
        (a @ (Int(_) | Float(_)), b @ (Int(_) | Float(_))) => {
            let (a, b) = (complex(&a)?.0, complex(&b)?.0);
            Const::Float(match arg {
                0 => a + b,
                2 => float_divmod(a, b)?.0,
                5 => a * b,
                6 => float_divmod(a, b)?.1,
                8 => float_power(a, b)?,
                10 => a - b,
                11 if b != 0.0 => a / b,
                _ => return None,
            })
        }
        (a, b) => complex_arithmetic(arg, &a, &b)?,
    })
}

fn complex_arithmetic(arg: u32, a: &Number, b: &Number) -> Option<Const> {
    // 3.14 mixes real and complex without making the real one complex (its zeros keep their sign).
    let real = |n: &Number| !matches!(n, Number::Complex(..));
    let ((ar, ai), (br, bi)) = (complex(a)?, complex(b)?);
    let (re, im) = match arg {
        0 => (
            ar + br,
            if real(a) {
                bi
            } else if real(b) {
                ai
            } else {
                ai + bi
            },
        ),
        10 => (
            ar - br,
            if real(a) {
                -bi
            } else if real(b) {
                ai
            } else {
                ai - bi
            },
        ),
        5 => {
            if real(a) {
                (ar * br, ar * bi)
            } else if real(b) {
                (ar * br, ai * br)
            } else {
                let (re, im) = (ar * br - ai * bi, ar * bi + ai * br);
                if re.is_nan() && im.is_nan() {
                    return None;
                }
                (re, im)
            }
        }
        11 => {
            if real(b) {
                if br == 0.0 {
                    return None;
                }
                (ar / br, ai / br)
            } else {
                complex_divide(ar, ai, br, bi, real(a))?
            }
        }
        _ => return None,
    };
    Some(Const::Complex { real: re, imag: im })
}

/// Smith's method, as CPython divides.
fn complex_divide(ar: f64, ai: f64, br: f64, bi: f64, real_dividend: bool) -> Option<(f64, f64)> {
    let (abs_r, abs_i) = (br.abs(), bi.abs());
    if abs_r >= abs_i {
        if abs_r == 0.0 {
            return None;
        }
        let ratio = bi / br;
        let denominator = br + bi * ratio;
        if real_dividend {
            return Some((ar / denominator, (-ar * ratio) / denominator));
        }
        Some(((ar + ai * ratio) / denominator, (ai - ar * ratio) / denominator))
    } else if abs_i >= abs_r {
        let ratio = br / bi;
        let denominator = br * ratio + bi;
        if real_dividend {
            return Some(((ar * ratio) / denominator, -ar / denominator));
        }
        Some(((ar * ratio + ai) / denominator, (ai * ratio - ar) / denominator))
    } else {
        None
    }
}

fn float_divmod(a: f64, b: f64) -> Option<(f64, f64)> {
    if b == 0.0 {
        return None;
    }
    let mut modulo = a % b;
    let mut div = (a - modulo) / b;
    if modulo != 0.0 {
        if (b < 0.0) != (modulo < 0.0) {
            modulo += b;
            div -= 1.0;
        }
    } else {
        modulo = 0f64.copysign(b);
    }
    let floor = if div != 0.0 {
        let floor = div.floor();
        if div - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    Some((floor, modulo))
}

fn float_power(a: f64, b: f64) -> Option<f64> {
    // Zero to a negative power raises, a negative base gives a complex number, and overflow raises.
    if a == 0.0 && b < 0.0 || a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        return None;
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return None;
    }
    Some(result)
}

/// The correctly rounded quotient of two ints.
fn true_divide(a: &BigInt, b: &BigInt) -> Option<f64> {
    if b.is_zero() {
        return None;
    }
    const EXACT: u64 = 53;
    if a.bits() <= EXACT && b.bits() <= EXACT {
        return Some(a.to_f64()? / b.to_f64()?);
    }
    // Scale so that the integer quotient has more bits than a double, with a sticky last bit.
    let shift = 66 - (a.bits() as i64 - b.bits() as i64);
    let (mut n, mut d) = (a.abs(), b.abs());
    if shift >= 0 {
        n <<= shift
    } else {
        d <<= -shift
    }
    let (mut q, r) = num_integer::Integer::div_rem(&n, &d);
    if !r.is_zero() {
        q |= BigInt::from(1);
    }
    let exponent = i32::try_from(-shift).ok()?;
    // A result among the subnormals would be rounded twice: left to run time.
    if a.bits() as i64 - (b.bits() as i64) < -1000 {
        return None;
    }
    let magnitude = q.to_f64()? * 2f64.powi(exponent.max(-1000)) * 2f64.powi((exponent + 1000).min(0));
    let negative = a.is_negative() != b.is_negative();
    magnitude.is_finite().then_some(if negative { -magnitude } else { magnitude })
}

fn multiply(a: BigInt, b: BigInt) -> Option<BigInt> {
    if !a.is_zero() && !b.is_zero() && a.bits() + b.bits() > MAX_INT_SIZE {
        return None;
    }
    Some(a * b)
}

fn power(a: &BigInt, b: &BigInt) -> Option<BigInt> {
    let exponent = b.to_u32()?;
    if !a.is_zero() && !b.is_zero() && a.bits() * u64::from(exponent) > MAX_INT_SIZE {
        return None;
    }
    Some(a.pow(exponent))
}

fn shift_left(a: &BigInt, b: &BigInt) -> Option<BigInt> {
    if b.is_negative() {
        return None;
    }
    if a.is_zero() {
        return Some(a.clone());
    }
    let n = b.to_u64().filter(|n| *n <= MAX_INT_SIZE && a.bits() <= MAX_INT_SIZE - n)?;
    Some(a << n)
}

fn shift_right(a: &BigInt, b: &BigInt) -> Option<BigInt> {
    if b.is_negative() {
        return None;
    }
    Some(match b.to_u64() {
        Some(n) if n <= a.bits() + 1 => a >> n,
        _ if a.is_negative() => (-1).into(),
        _ => BigInt::zero(),
    })
}

fn sequences(arg: u32, left: &Const, right: &Const) -> Option<Const> {
    match (arg, left, right) {
        (0, Const::Str(a), Const::Str(b)) => Some(Const::Str(Text([&a.0[..], &b.0[..]].concat().into()))),
        (0, Const::Bytes(a), Const::Bytes(b)) => Some(Const::Bytes([&a[..], &b[..]].concat().into())),
        (0, Const::Tuple(a), Const::Tuple(b)) => Some(Const::Tuple(a.iter().chain(b.iter()).cloned().collect())),
        (5, sequence, count) if number(sequence).is_none() => repeat(sequence, count),
        (5, count, sequence) if number(count).is_some() => repeat(sequence, count),
        _ => None,
    }
}

fn repeat(sequence: &Const, count: &Const) -> Option<Const> {
    let Number::Int(count) = number(count)? else { return None };
    let n = usize::try_from(count.to_i64()?.max(0)).ok()?;
    match sequence {
        Const::Str(text) => {
            let len = characters(text);
            (count.is_negative() || len == 0 || n <= MAX_STR_SIZE / len)
                .then(|| Const::Str(Text(text.0.repeat(if len == 0 { 0 } else { n }).into())))
        }
        Const::Bytes(bytes) => {
            let len = bytes.len();
            (len == 0 || n <= MAX_STR_SIZE / len)
                .then(|| Const::Bytes(bytes.repeat(if len == 0 { 0 } else { n }).into()))
        }
        Const::Tuple(items) => {
            if items.is_empty() {
                return Some(sequence.clone());
            }
            if count.is_negative() {
                return None;
            }
            if n > MAX_COLLECTION_SIZE / items.len() {
                return None;
            }
            if n > 0 && total_items(sequence, MAX_TOTAL_ITEMS / n as isize) < 0 {
                return None;
            }
            Some(Const::Tuple(std::iter::repeat_n(items.iter(), n).flatten().cloned().collect()))
        }
        _ => None,
    }
}

/// The limit less the items of nested tuples; negative when there are more.
fn total_items(value: &Const, mut limit: isize) -> isize {
    if let Const::Tuple(items) = value {
        limit -= items.len() as isize;
        for item in items.iter() {
            if limit < 0 {
                break;
            }
            limit = total_items(item, limit);
        }
    }
    limit
}

/// Code points of WTF-8 text.
fn characters(text: &Text) -> usize {
    text.0.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

fn subscript(container: &Const, key: &Const) -> Option<Const> {
    let len = match container {
        Const::Tuple(items) => items.len(),
        Const::Bytes(bytes) => bytes.len(),
        Const::Str(text) => characters(text),
        _ => return None,
    };
    match key {
        Const::Slice(parts) => {
            let indices = slice_indices(parts, len)?;
            Some(match container {
                Const::Tuple(items) => Const::Tuple(indices.map(|i| items[i].clone()).collect()),
                Const::Bytes(bytes) => Const::Bytes(indices.map(|i| bytes[i]).collect()),
                Const::Str(text) => {
                    let chars = split_characters(text);
                    Const::Str(Text(indices.flat_map(|i| chars[i].iter().copied()).collect()))
                }
                _ => return None,
            })
        }
        _ => {
            let Number::Int(index) = number(key)? else { return None };
            let mut i = index.to_i64()?;
            if i < 0 {
                i += len as i64;
            }
            let i = usize::try_from(i).ok().filter(|i| *i < len)?;
            Some(match container {
                Const::Tuple(items) => items[i].clone(),
                Const::Bytes(bytes) => Const::Int(bytes[i].into()),
                Const::Str(text) => Const::Str(Text(split_characters(text)[i].into())),
                _ => return None,
            })
        }
    }
}

fn split_characters(text: &Text) -> Vec<&[u8]> {
    let bytes = &text.0[..];
    let starts: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i] & 0xC0 != 0x80).collect();
    let end = |n: usize| starts.get(n + 1).copied().unwrap_or(bytes.len());
    starts.iter().enumerate().map(|(n, &start)| &bytes[start..end(n)]).collect()
}

fn slice_indices(parts: &[Const; 3], len: usize) -> Option<impl Iterator<Item = usize>> {
    let index = |value: &Const| match value {
        Const::None => Some(None),
        other => match number(other)? {
            Number::Int(i) => i.to_i64().map(Some),
            _ => None,
        },
    };
    let (start, stop, step) = (index(&parts[0])?, index(&parts[1])?, index(&parts[2])?);
    let step = step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let n = len as i64;
    let (low, high) = if step < 0 { (-1, n - 1) } else { (0, n) };
    let clamp = |i: i64| if i < 0 { i.saturating_add(n).max(low) } else { i.min(high) };
    let start = start.map_or(if step < 0 { high } else { low }, clamp);
    let stop = stop.map_or(if step < 0 { low } else { high }, clamp);
    let mut at = start;
    Some(std::iter::from_fn(move || {
        let more = if step < 0 { at > stop } else { at < stop };
        let i = at;
        at = at.saturating_add(step);
        more.then_some(i as usize)
    }))
}
