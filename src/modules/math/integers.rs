//! Functions of ints: factorials, binomials, divisors, roots.

use crate::objects::arith::raise_fault;
use crate::objects::int::{self, View};
use crate::objects::number::int as big;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// The product of `first..=last`, split in halves so that the factors stay of like size.
fn range_product(first: u64, last: u64) -> BigUint {
    /// So many factors are multiplied one by one.
    const STRAIGHT: u64 = 16;
    if first > last {
        return BigUint::one();
    }
    if last - first < STRAIGHT {
        return (first..=last).fold(BigUint::one(), |product, i| product * i);
    }
    let middle = first + (last - first) / 2;
    range_product(first, middle) * range_product(middle + 1, last)
}

/// `factorial(n)`.
pub fn factorial(t: &Thread, _: &Value, n: &Value) -> R {
    let n = protocol::index(t, n)?;
    factorial_of(t, &n)
}

fn factorial_of(t: &Thread, n: &Value) -> R {
    let number = match int::view(n) {
        Some(v) if v.is_negative() => return Err(t.value_error("factorial() not defined for negative values")),
        Some(View::Small(i)) => i as u64,
        _ => {
            let most = i64::MAX;
            return Err(t.overflow_error(format!("factorial() argument should not exceed {most}")));
        }
    };
    Ok(int::from_big(t, range_product(2, number).into()))
}

/// `n` and `k` of `perm` and `comb`.
fn counts<'a>(t: &Thread, n: &'a Value, k: &'a Value) -> R<(View<'a>, View<'a>)> {
    let negative = |name: &str| t.value_error(format!("{name} must be a non-negative integer"));
    match (int::view(n), int::view(k)) {
        (Some(n), Some(k)) => match () {
            () if n.is_negative() => Err(negative("n")),
            () if k.is_negative() => Err(negative("k")),
            () => Ok((n, k)),
        },
        _ => Err(t.type_error("an integer is required")),
    }
}

/// n × (n-1) × … × (n-k+1).
fn falling(n: &BigInt, k: u64) -> BigInt {
    if let Ok(n) = u64::try_from(n) {
        return if k > n { BigInt::zero() } else { range_product(n - k + 1, n).into() };
    }
    fn product(n: &BigInt, from: u64, to: u64) -> BigInt {
        match to - from {
            0 => BigInt::one(),
            1 => n - from,
            size => product(n, from, from + size / 2) * product(n, from + size / 2, to),
        }
    }
    product(n, 0, k)
}

/// `perm(n, k=None)`.
pub fn perm(t: &Thread, _: &Value, args: &[Value]) -> R {
    let n = protocol::index(t, &args[0])?;
    let Some(k) = args.get(1).filter(|k| !k.is_none()) else { return factorial_of(t, &n) };
    let k = protocol::index(t, k)?;
    let (n, k) = counts(t, &n, &k)?;
    if int::compare_views(n, k).is_lt() {
        return Ok(Value::small(0));
    }
    match k {
        View::Small(k) => Ok(int::from_big(t, falling(&n.big(), k as u64))),
        View::Big(_) => Err(t.overflow_error(format!("k must not exceed {}", i64::MAX))),
    }
}

/// `comb(n, k)`.
pub fn comb(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (n, k) = (protocol::index(t, &args[0])?, protocol::index(t, &args[1])?);
    let (n, k) = counts(t, &n, &k)?;
    let (n, k) = (n.big(), k.big());
    let other: BigInt = &*n - &*k;
    if other.is_negative() {
        return Ok(Value::small(0));
    }
    let fewer = if *k < other { k.into_owned() } else { other };
    let Ok(fewer) = i64::try_from(&fewer) else {
        return Err(t.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    Ok(int::from_big(t, binomial(&n, fewer as u64)))
}

/// n over k, k <= n / 2.
fn binomial(n: &BigInt, k: u64) -> BigInt {
    // Each step is exact: a product of i successive numbers is divisible by i!.
    if let Ok(n) = u64::try_from(n) {
        let mut small = Some(1u64);
        for i in 0..k {
            small = small.and_then(|c| c.checked_mul(n - i)).map(|c| c / (i + 1));
            if small.is_none() {
                break;
            }
        }
        if let Some(small) = small {
            return small.into();
        }
    }
    // C(n, k) = C(n, j) * C(n-j, k-j) / C(k, j) keeps the operands of like size.
    if k <= 20 {
        return falling(n, k) / BigInt::from(range_product(1, k));
    }
    let j = k / 2;
    binomial(n, j) * binomial(&(n - j), k - j) / binomial(&k.into(), j.min(k - j))
}

/// `isqrt(n)`.
pub fn isqrt(t: &Thread, _: &Value, n: &Value) -> R {
    let n = protocol::index(t, n)?;
    match int::view(&n) {
        Some(View::Small(i @ 0..)) => Ok(int::new(t, i.isqrt())),
        Some(v) => match big::isqrt(&v.big()) {
            Ok(root) => Ok(int::from_big(t, root)),
            Err(fault) => Err(raise_fault(t, fault)),
        },
        None => Err(t.type_error("an integer is required")),
    }
}

/// Folds ints by a function of machine words or one of big ints.
fn fold(
    t: &Thread,
    args: &[Value],
    start: i64,
    small: fn(i64, i64) -> Option<i64>,
    large: fn(&BigInt, &BigInt) -> BigInt,
) -> R {
    let mut result = Value::small(start);
    for arg in args {
        let next = protocol::index(t, arg)?;
        result = match (int::view(&result), int::view(&next)) {
            (Some(View::Small(a)), Some(View::Small(b))) if small(a, b).is_some() => {
                int::new(t, small(a, b).unwrap_or_default())
            }
            (Some(a), Some(b)) => int::from_big(t, large(&a.big(), &b.big())),
            _ => return Err(t.type_error("an integer is required")),
        };
    }
    Ok(result)
}

/// `gcd(*integers)`.
pub fn gcd(t: &Thread, _: &Value, args: &[Value]) -> R {
    let small = |a: i64, b: i64| i64::try_from(a.unsigned_abs().gcd(&b.unsigned_abs())).ok();
    fold(t, args, 0, small, big::gcd)
}

/// `lcm(*integers)`.
pub fn lcm(t: &Thread, _: &Value, args: &[Value]) -> R {
    let small = |a: i64, b: i64| {
        if a == 0 || b == 0 {
            return Some(0);
        }
        let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
        (a / a.gcd(&b)).checked_mul(b).and_then(|m| i64::try_from(m).ok())
    };
    fold(t, args, 1, small, big::lcm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        assert_eq!(range_product(2, 25).to_string(), "15511210043330985984000000");
        assert_eq!(range_product(2, 1), BigUint::one());
        assert_eq!(falling(&BigInt::from(10), 3), BigInt::from(720));
        assert_eq!(binomial(&BigInt::from(100), 50).to_string(), "100891344545564193334812497256");
        assert_eq!(binomial(&BigInt::from(49), 6), BigInt::from(13983816));
        let n: BigInt = BigInt::from(10).pow(30);
        assert_eq!(falling(&n, 2), &n * (&n - 1));
    }
}
