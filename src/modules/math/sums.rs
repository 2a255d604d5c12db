//! Sums and products over iterables, without loss where that can be had: `fsum`, `prod`, `sumprod`, `hypot`, `dist`.

use super::real::{frexp_parts, ldexp};
use crate::objects::arith::{BinaryOp, binary_op};
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{float, int, protocol};

/// A sum or product and what rounding took from it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Double {
    high: f64,
    low: f64,
}

/// a + b, |a| >= |b|.
fn fast_sum(a: f64, b: f64) -> Double {
    let high = a + b;
    Double { high, low: (a - high) + b }
}

/// a + b (Knuth).
fn sum(a: f64, b: f64) -> Double {
    let high = a + b;
    let z = high - a;
    Double { high, low: (a - (high - z)) + (b - z) }
}

/// a * b.
fn product(a: f64, b: f64) -> Double {
    let high = a * b;
    Double { high, low: a.mul_add(b, -high) }
}

/// A sum in three doubles.
#[derive(Clone, Copy, Debug, Default)]
struct Triple {
    high: f64,
    low: f64,
    tiny: f64,
}

impl Triple {
    fn add_product(self, x: f64, y: f64) -> Triple {
        let product = product(x, y);
        let high = sum(self.high, product.high);
        let first = sum(self.low, product.low);
        let second = sum(first.high, high.low);
        Triple { high: high.high, low: second.high, tiny: self.tiny + first.low + second.low }
    }

    fn round(self) -> f64 {
        let last = sum(self.low, self.tiny);
        let total = sum(self.high, last.high);
        total.high + (total.low + last.low)
    }
}

/// Shewchuk's partial sums: floats that do not overlap, smallest first.
#[derive(Default)]
struct Partials(Vec<f64>);

impl Partials {
    /// Adds x; gives what is left at the top if it is not finite.
    fn add(&mut self, mut x: f64) -> Option<f64> {
        let mut kept = 0;
        for j in 0..self.0.len() {
            let mut y = self.0[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let step = fast_sum(x, y);
            if step.low != 0.0 {
                self.0[kept] = step.low;
                kept += 1;
            }
            x = step.high;
        }
        self.0.truncate(kept);
        if x == 0.0 {
            return None;
        }
        if !x.is_finite() {
            self.0.clear();
            return Some(x);
        }
        self.0.push(x);
        None
    }

    /// The sum, rounded once.
    fn total(mut self) -> f64 {
        let Some(mut high) = self.0.pop() else { return 0.0 };
        let mut low = 0.0;
        while let Some(y) = self.0.pop() {
            let step = fast_sum(high, y);
            (high, low) = (step.high, step.low);
            if low != 0.0 {
                break;
            }
        }
        // A tie is broken by what stands below it.
        if let Some(&below) = self.0.last()
            && ((low < 0.0 && below < 0.0) || (low > 0.0 && below > 0.0))
        {
            let twice = low * 2.0;
            let x = high + twice;
            if twice == x - high {
                high = x;
            }
        }
        high
    }
}

/// `fsum(seq)`.
pub fn fsum(t: &Thread, _: &Value, seq: &Value) -> R {
    let (mut partials, mut special, mut infinities) = (Partials::default(), 0.0, 0.0);
    let mut saw_special = false;
    protocol::for_each(t, seq, |item| {
        let x = float::to_f64(t, &item)?;
        if partials.add(x).is_some() {
            if x.is_finite() {
                return Err(t.overflow_error("intermediate overflow in fsum"));
            }
            if x.is_infinite() {
                infinities += x;
            }
            special += x;
            saw_special = true;
        }
        Ok(())
    })?;
    if saw_special {
        if f64::is_nan(infinities) {
            return Err(t.value_error("-inf + inf in fsum"));
        }
        return Ok(float::new(t, special));
    }
    Ok(float::new(t, partials.total()))
}

/// `prod(iterable, start=1)`.
pub fn prod(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let mut result = args[1].clone().unwrap_or(Value::small(1));
    if let Some(iterable) = &args[0] {
        protocol::for_each(t, iterable, |item| {
            result = binary_op(t, BinaryOp::Multiply, &result, &item)?;
            Ok(())
        })?;
    }
    Ok(result)
}

/// The running total of `sumprod`: machine ints and floats as long as they last.
struct Total {
    value: Value,
    ints: Option<i64>,
    int_in_use: bool,
    floats: Option<Triple>,
    float_in_use: bool,
}

impl Total {
    fn add(&mut self, t: &Thread, term: &Value) -> R<()> {
        self.value = binary_op(t, BinaryOp::Add, &self.value, term)?;
        Ok(())
    }

    fn close_ints(&mut self, t: &Thread) -> R<()> {
        let total = self.ints.take();
        if std::mem::take(&mut self.int_in_use)
            && let Some(total) = total
        {
            self.add(t, &int::new(t, total))?;
        }
        Ok(())
    }

    fn close_floats(&mut self, t: &Thread) -> R<()> {
        let total = self.floats.take();
        if std::mem::take(&mut self.float_in_use)
            && let Some(total) = total
        {
            self.add(t, &float::new(t, total.round()))?;
        }
        Ok(())
    }

    fn add_product(&mut self, t: &Thread, p: &Value, q: &Value) -> R<()> {
        if let Some(total) = self.ints {
            let exact = |v: &Value| if int::is_exact(v) { int::as_i64(v) } else { None };
            let sum = exact(p)
                .zip(exact(q))
                .and_then(|(p, q)| p.checked_mul(q))
                .and_then(|product| total.checked_add(product));
            if let Some(sum) = sum {
                (self.ints, self.int_in_use) = (Some(sum), true);
                return Ok(());
            }
            self.close_ints(t)?;
        }
        if let Some(total) = self.floats {
            let sum = float_pair(p, q).map(|(p, q)| total.add_product(p, q)).filter(|sum| sum.high.is_finite());
            if let Some(sum) = sum {
                (self.floats, self.float_in_use) = (Some(sum), true);
                return Ok(());
            }
            self.close_floats(t)?;
        }
        let term = binary_op(t, BinaryOp::Multiply, p, q)?;
        self.add(t, &term)
    }
}

/// Two floats, or a float and an int or bool.
fn float_pair(p: &Value, q: &Value) -> Option<(f64, f64)> {
    let exact = |v: &Value| if float::is_exact(v) { float::as_f64(v) } else { None };
    let whole = |v: &Value| {
        if int::is_exact(v) || v.as_bool().is_some() { int::view(v).and_then(int::View::to_f64) } else { None }
    };
    match (exact(p), exact(q)) {
        (Some(p), Some(q)) => Some((p, q)),
        (Some(p), None) => Some((p, whole(q)?)),
        (None, Some(q)) => Some((whole(p)?, q)),
        (None, None) => None,
    }
}

/// `sumprod(p, q)`.
pub fn sumprod(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (p, q) = (protocol::iter(t, &args[0])?, protocol::iter(t, &args[1])?);
    let mut total = Total {
        value: Value::small(0),
        ints: Some(0),
        int_in_use: false,
        floats: Some(Triple::default()),
        float_in_use: false,
    };
    loop {
        let (x, y) = (protocol::next(t, &p)?, protocol::next(t, &q)?);
        match (x, y) {
            (Some(x), Some(y)) => total.add_product(t, &x, &y)?,
            (None, None) => break,
            _ => return Err(t.value_error("Inputs are not the same length")),
        }
    }
    total.close_ints(t)?;
    total.close_floats(t)?;
    Ok(total.value)
}

/// The length of a vector of sizes (none negative): scaled, and corrected for what rounding took.
fn norm(vector: &mut [f64]) -> f64 {
    let max = vector.iter().copied().fold(0.0, f64::max);
    if max.is_infinite() {
        return max;
    }
    if vector.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || vector.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp_parts(max);
    if exponent < -1023 {
        // The scale would overflow: make subnormals normal first.
        vector.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm(vector);
    }
    let scale = ldexp(1.0, -exponent);
    let (mut total, mut squares, mut sums) = (1.0, 0.0, 0.0);
    let mut add = |square: Double| {
        let step = fast_sum(total, square.high);
        total = step.high;
        squares += square.low;
        sums += step.low;
        total - 1.0 + (squares + sums)
    };
    let mut so_far = 0.0;
    for &x in vector.iter() {
        so_far = add(product(x * scale, x * scale));
    }
    let root = so_far.sqrt();
    let rest = add(product(-root, root));
    (root + rest / (2.0 * root)) / scale
}

/// `hypot(*coordinates)`.
pub fn hypot(t: &Thread, _: &Value, args: &[Value]) -> R {
    let mut vector = args.iter().map(|x| float::to_f64(t, x).map(f64::abs)).collect::<R<Vec<f64>>>()?;
    Ok(float::new(t, norm(&mut vector)))
}

/// `dist(p, q)`.
pub fn dist(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (p, q) = (protocol::collect(t, &args[0])?, protocol::collect(t, &args[1])?);
    if p.len() != q.len() {
        return Err(t.value_error("both points must have the same number of dimensions"));
    }
    let distance = |(p, q): (&Value, &Value)| Ok((float::to_f64(t, p)? - float::to_f64(t, q)?).abs());
    let mut vector = p.iter().zip(&q).map(distance).collect::<R<Vec<f64>>>()?;
    Ok(float::new(t, norm(&mut vector)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact_sum(items: &[f64]) -> f64 {
        let mut partials = Partials::default();
        items.iter().for_each(|&x| assert!(partials.add(x).is_none()));
        partials.total()
    }

    #[test]
    fn sums_round_once() {
        assert_eq!(exact_sum(&[0.1; 10]), 1.0);
        assert_eq!(exact_sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(exact_sum(&[1e16, 1.0, 1e-16]), 10000000000000002.0);
        assert_eq!(exact_sum(&[]), 0.0);
    }

    #[test]
    fn lengths() {
        assert_eq!(norm(&mut [3.0, 4.0]), 5.0);
        assert_eq!(norm(&mut [1e308, 1e308]), 1.4142135623730951e308);
        assert_eq!(norm(&mut [5e-324, 5e-324]), 5e-324);
        assert_eq!(norm(&mut [1.0, 1.0, 1.0]), 1.7320508075688772);
        assert!(norm(&mut [1.0, f64::NAN]).is_nan());
        assert_eq!(norm(&mut [f64::INFINITY, f64::NAN]), f64::INFINITY);
    }
}
