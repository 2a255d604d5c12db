//! The operators of `int`. Each first tries machine words, in 128 bits where 64 may not do.

use super::{View, Wide, from_big, from_i128, is_exact, new, view};
use crate::objects::arith::raise_fault;
use crate::objects::number::int as big;
use crate::objects::slots::{CmpOp, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use std::cmp::Ordering;

/// The operands as ints, or `return NotImplemented`.
macro_rules! operands {
    ($a:expr, $b:expr) => {
        match (view($a), view($b)) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
}

/// The one operand, which its type says is an int.
fn operand(t: &Thread, a: &Value) -> R<Wide> {
    match view(a) {
        Some(View::Small(i)) => Ok(Wide::Small(i)),
        Some(View::Big(b)) => Ok(Wide::Big(b.clone())),
        None => Err(t.type_error("an integer is required")),
    }
}

macro_rules! simple {
    ($name:ident, $op:tt, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(t: &Thread, a: &Value, b: &Value) -> R {
            Ok(match operands!(a, b) {
                (View::Small(x), View::Small(y)) => from_i128(t, x as i128 $op y as i128),
                (View::Big(x), View::Big(y)) => from_big(t, x $op y),
                (View::Small(x), View::Big(y)) => from_big(t, x $op y),
                (View::Big(x), View::Small(y)) => from_big(t, x $op y),
            })
        }
    };
}

simple!(add, +, "`a + b`.");
simple!(subtract, -, "`a - b`.");
simple!(multiply, *, "`a * b`.");

macro_rules! bitwise {
    ($name:ident, $op:tt, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(t: &Thread, a: &Value, b: &Value) -> R {
            Ok(match operands!(a, b) {
                (View::Small(x), View::Small(y)) => new(t, x $op y),
                (x, y) => from_big(t, &*x.big() $op &*y.big()),
            })
        }
    };
}

bitwise!(and, &, "`a & b`.");
bitwise!(or, |, "`a | b`.");
bitwise!(xor, ^, "`a ^ b`.");

fn division_by_zero(t: &Thread) -> crate::objects::slots::Raised {
    raise_fault(t, big::division_by_zero())
}

/// Quotient and remainder of machine words; `None` for the one overflow.
#[inline]
fn small_divmod(t: &Thread, x: i64, y: i64) -> R<Option<(i64, i64)>> {
    if y == 0 { Err(division_by_zero(t)) } else { Ok(big::divmod_small(x, y)) }
}

/// `a // b`.
pub fn floor_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(a, b);
    if let (View::Small(x), View::Small(y)) = (x, y)
        && let Some((q, _)) = small_divmod(t, x, y)?
    {
        return Ok(new(t, q));
    }
    let (q, _) = big::divmod(&x.big(), &y.big()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, q))
}

/// `a % b`.
pub fn remainder(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(a, b);
    if let (View::Small(x), View::Small(y)) = (x, y)
        && let Some((_, r)) = small_divmod(t, x, y)?
    {
        return Ok(new(t, r));
    }
    let (_, r) = big::divmod(&x.big(), &y.big()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, r))
}

/// `divmod(a, b)`.
pub fn divmod(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(a, b);
    if let (View::Small(x), View::Small(y)) = (x, y)
        && let Some((q, r)) = small_divmod(t, x, y)?
    {
        return Ok(t.tuple([new(t, q), new(t, r)]));
    }
    let (q, r) = big::divmod(&x.big(), &y.big()).map_err(|f| raise_fault(t, f))?;
    Ok(t.tuple([from_big(t, q), from_big(t, r)]))
}

/// `a / b`.
pub fn true_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let result = match operands!(a, b) {
        (View::Small(x), View::Small(y)) => big::true_divide_small(x, y),
        (x, y) => big::true_divide(&x.big(), &y.big()),
    };
    Ok(crate::objects::float::new(t, result.map_err(|f| raise_fault(t, f))?))
}

/// Whether the system would give memory for an int of that many bits: asked before a computation that
/// cannot fail any more.
fn check_memory(t: &Thread, bits: u64) -> R<()> {
    /// Below this no question is asked.
    const CERTAIN: u64 = 1 << 28;
    /// No machine has it.
    const HOPELESS: u64 = 1 << 42;
    if bits < CERTAIN {
        return Ok(());
    }
    let mut probe: Vec<u8> = Vec::new();
    // The computation needs room for its operands and intermediate results too.
    if bits >= HOPELESS || probe.try_reserve_exact(bits as usize / 8 * 2).is_err() {
        return Err(t.memory_error());
    }
    Ok(())
}

/// `a ** exponent` for ints: a float, if the exponent is negative.
pub fn view_power(t: &Thread, a: View<'_>, exponent: View<'_>) -> R {
    if exponent.is_negative() {
        let float = |v: View<'_>| v.to_f64().ok_or_else(|| t.overflow_error("int too large to convert to float"));
        return crate::objects::float::power_of(t, float(a)?, float(exponent)?);
    }
    if let (View::Small(base), View::Small(n)) = (a, exponent)
        && let Ok(n) = u32::try_from(n)
        && let Some(result) = (base as i128).checked_pow(n)
    {
        return Ok(from_i128(t, result));
    }
    let (a, exponent) = (a.big(), exponent.big());
    if a.bits() > 1 {
        let n = exponent.to_u64().unwrap_or(u64::MAX);
        // A power of two needs (bits - 1) * n bits, anything else less than bits * n.
        check_memory(t, (a.bits() - 1).saturating_mul(n))?;
    }
    let result = big::power(&a, exponent.magnitude()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, result))
}

/// `pow(a, b, modulus)`; the modulus is `None` for `a ** b`.
pub fn power(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    let (x, y) = operands!(a, b);
    if modulus.is_none() {
        return view_power(t, x, y);
    }
    let Some(m) = view(modulus) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let (View::Small(x), View::Small(y @ 0..), View::Small(m @ 1..)) = (x, y, m) {
        return Ok(new(t, small_power_modulo(x, y, m)));
    }
    let result = big::power_modulo(&x.big(), &y.big(), &m.big()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, result))
}

fn small_power_modulo(x: i64, mut y: i64, m: i64) -> i64 {
    let m = m as i128;
    let mut base = (x as i128).rem_euclid(m);
    let mut result = 1 % m;
    while y > 0 {
        if y & 1 == 1 {
            result = result * base % m;
        }
        base = base * base % m;
        y >>= 1;
    }
    result as i64
}

/// `-a`.
pub fn negative(t: &Thread, a: &Value) -> R {
    Ok(match operand(t, a)? {
        Wide::Small(i) => from_i128(t, -(i as i128)),
        Wide::Big(b) => from_big(t, -b),
    })
}

/// `+a`, `int(a)`, `operator.index(a)`: an exact int.
pub fn positive(t: &Thread, a: &Value) -> R {
    if is_exact(a) {
        return Ok(a.clone());
    }
    Ok(super::from_wide(t, operand(t, a)?))
}

/// `abs(a)`.
pub fn absolute(t: &Thread, a: &Value) -> R {
    match view(a) {
        Some(v) if v.is_negative() => negative(t, a),
        _ => positive(t, a),
    }
}

/// `~a`.
pub fn invert(t: &Thread, a: &Value) -> R {
    Ok(match operand(t, a)? {
        Wide::Small(i) => new(t, !i),
        Wide::Big(b) => from_big(t, !b),
    })
}

/// `bool(a)`.
pub fn truth(_: &Thread, a: &Value) -> R<bool> {
    Ok(!matches!(view(a), Some(View::Small(0))))
}

/// `float(a)`.
pub fn to_float(t: &Thread, a: &Value) -> R {
    match view(a).and_then(View::to_f64) {
        Some(f) => Ok(crate::objects::float::new(t, f)),
        None => Err(t.overflow_error("int too large to convert to float")),
    }
}

/// `a << b`.
pub fn left_shift(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(a, b);
    if let (View::Small(x), View::Small(n @ 0..64)) = (x, y) {
        return Ok(from_i128(t, (x as i128) << n));
    }
    if !y.is_negative() && !x.is_zero() {
        match y {
            View::Small(n) => check_memory(t, n as u64)?,
            View::Big(_) => return Err(t.overflow_error("too many digits in integer")),
        }
    }
    let result = big::shift_left(&x.big(), &y.big()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, result))
}

/// `a >> b`.
pub fn right_shift(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(a, b);
    if let (View::Small(x), View::Small(n @ 0..)) = (x, y) {
        return Ok(new(t, x >> n.min(63)));
    }
    let result = big::shift_right(&x.big(), &y.big()).map_err(|f| raise_fault(t, f))?;
    Ok(from_big(t, result))
}

/// The order of two ints.
pub fn compare_views(a: View<'_>, b: View<'_>) -> Ordering {
    match (a, b) {
        (View::Small(x), View::Small(y)) => x.cmp(&y),
        (View::Big(x), View::Big(y)) => x.cmp(y),
        // A big one lies outside of all small ones.
        (View::Small(_), View::Big(y)) => sign_order(y).reverse(),
        (View::Big(x), View::Small(_)) => sign_order(x),
    }
}

fn sign_order(big: &BigInt) -> Ordering {
    if big.is_negative() { Ordering::Less } else { Ordering::Greater }
}

/// `a < b` and its kin; not with floats, which compare themselves.
pub fn compare(_: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (x, y) = operands!(a, b);
    Ok(Value::bool(op.holds(compare_views(x, y))))
}
