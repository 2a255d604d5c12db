//! Functions of numbers, and those that compare: `abs`, `sum`, `min`, `round` ...

use crate::objects::arith::{self, BinaryOp, UnaryOp};
use crate::objects::complex::{self, Complex};
use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub fn abs(t: &Thread, _m: &Value, v: &Value) -> R {
    match v.type_of(t).slots().nb_absolute {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("bad operand type for abs(): '{}'", v.type_of(t).name_str()))),
    }
}

fn based(t: &Thread, v: &Value, radix: u32, prefix: &str) -> R {
    let i = protocol::index(t, v)?;
    let big = int::big_of(&i).ok_or_else(|| t.type_error("an integer is required"))?;
    let negative = big.sign() == num_bigint::Sign::Minus;
    let digits = big.magnitude().to_str_radix(radix);
    Ok(t.str(format!("{}{prefix}{digits}", if negative { "-" } else { "" })))
}

pub fn bin(t: &Thread, _m: &Value, v: &Value) -> R {
    based(t, v, 2, "0b")
}

pub fn oct(t: &Thread, _m: &Value, v: &Value) -> R {
    based(t, v, 8, "0o")
}

pub fn hex(t: &Thread, _m: &Value, v: &Value) -> R {
    based(t, v, 16, "0x")
}

pub fn divmod(t: &Thread, _m: &Value, args: &[Value]) -> R {
    arith::binary_op(t, BinaryOp::DivMod, &args[0], &args[1])
}

pub fn pow(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let none = Value::NONE;
    let [Some(base), Some(exp), modulus] = args else { return Err(t.type_error("pow() missing required argument")) };
    arith::power(t, base, exp, modulus.as_ref().unwrap_or(&none))
}

pub fn round(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let number = args[0].as_ref().expect("required");
    let digits = args[1].iter().filter(|d| !d.is_none()).cloned().collect::<Vec<_>>();
    match protocol::call_special(t, number, &t.names().__round__, &digits)? {
        Some(v) => Ok(v),
        None => Err(t.type_error(format!("type {} doesn't define __round__ method", number.type_of(t).name_str()))),
    }
}

/// A sum of floats that keeps the error of each addition aside (Neumaier).
struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    fn new(start: f64) -> Compensated {
        Compensated { sum: start, error: 0.0 }
    }

    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.error += if self.sum.abs() >= x.abs() { (self.sum - sum) + x } else { (x - sum) + self.sum };
        self.sum = sum;
    }

    fn value(&self) -> f64 {
        if self.error != 0.0 && self.error.is_finite() { self.sum + self.error } else { self.sum }
    }
}

/// `sum()`: ints without objects while they fit, floats and complex numbers compensated, else by `+`.
pub fn sum(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let iterable = args[0].as_ref().expect("required");
    let mut total = match &args[1] {
        None => Value::small(0),
        Some(start) => {
            for (kind, hint) in [("str", "''"), ("bytes", "b''"), ("bytearray", "b''")] {
                let is = match kind {
                    "str" => start.cast::<Str>().is_some(),
                    "bytes" => start.kind() == crate::objects::header::Kind::Bytes,
                    _ => start.kind() == crate::objects::header::Kind::ByteArray,
                };
                if is {
                    let plural = if kind == "str" { "strings" } else { kind };
                    return Err(t.type_error(format!("sum() can't sum {plural} [use {hint}.join(seq) instead]")));
                }
            }
            start.clone()
        }
    };
    let it = protocol::iter(t, iterable)?;
    let mut next = protocol::next(t, &it)?;
    // Ints that fit a machine word.
    if let Some(mut small) = total.as_small() {
        while let Some(item) = &next {
            let Some(sum) = item.as_small().and_then(|i| small.checked_add(i)) else { break };
            small = sum;
            next = protocol::next(t, &it)?;
        }
        total = int::new(t, small);
    }
    // Floats, with the error of each addition kept aside.
    let as_float = |v: &Value| match (v.cast_exact::<crate::objects::float::Float>(), v.is_immediate_float()) {
        (Some(_), _) | (_, true) => float::as_f64(v),
        _ => None,
    };
    if next.is_some()
        && (as_float(&total).is_some() || (total.is_small() && next.as_ref().is_some_and(|v| as_float(v).is_some())))
    {
        let mut sum = Compensated::new(as_float(&total).unwrap_or_else(|| total.small_unchecked() as f64));
        while let Some(item) = &next {
            let x = match as_float(item) {
                Some(x) => x,
                None => match item.as_small() {
                    Some(i) => i as f64,
                    None => break,
                },
            };
            sum.add(x);
            next = protocol::next(t, &it)?;
        }
        total = float::new(t, sum.value());
        if let Some(item) = next.take_if(|item| item.cast_exact::<Complex>().is_some()) {
            total = arith::binary_op(t, BinaryOp::Add, &total, &item)?;
            next = protocol::next(t, &it)?;
        }
    } else if total.is_small()
        && let Some(item) = next.take_if(|item| item.cast_exact::<Complex>().is_some())
    {
        total = arith::binary_op(t, BinaryOp::Add, &total, &item)?;
        next = protocol::next(t, &it)?;
    }
    // Complex numbers, part by part.
    if let Some(start) = total.cast_exact::<Complex>().and_then(|_| complex::as_pair(&total)) {
        let (mut real, mut imag) = (Compensated::new(start.re), Compensated::new(start.im));
        while let Some(item) = &next {
            if let Some(z) = item.cast_exact::<Complex>().and_then(|_| complex::as_pair(item)) {
                real.add(z.re);
                imag.add(z.im);
            } else if let Some(x) = as_float(item).or_else(|| item.as_small().map(|i| i as f64)) {
                real.add(x);
            } else {
                break;
            }
            next = protocol::next(t, &it)?;
        }
        total = complex::new(t, real.value(), imag.value());
    }
    while let Some(item) = next {
        total = arith::binary_op(t, BinaryOp::Add, &total, &item)?;
        next = protocol::next(t, &it)?;
    }
    Ok(total)
}

/// `min` and `max`.
fn extreme(t: &Thread, name: &str, op: CmpOp, args: Args<'_>) -> R {
    let (mut key, mut default) = (None, None);
    for (k, v) in args.names.iter().zip(args.kw) {
        match k.cast::<Str>() {
            Some(k) if k.is("key") => key = Some(v).filter(|v| !v.is_none()),
            Some(k) if k.is("default") => default = Some(v),
            k => {
                let k = k.map(|k| k.to_str_lossy().into_owned()).unwrap_or_default();
                return Err(t.type_error(format!("{name}() got an unexpected keyword argument '{k}'")));
            }
        }
    }
    if args.pos.is_empty() {
        return Err(t.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let several = args.pos.len() > 1;
    if several && default.is_some() {
        return Err(t.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments")));
    }
    let mut best: Option<(Value, Value)> = None;
    let mut consider = |item: Value| -> R<()> {
        let k = match key {
            Some(key) => protocol::call(t, key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        if match &best {
            None => true,
            Some((_, b)) => protocol::compare_bool(t, &k, b, op)?,
        } {
            best = Some((item, k));
        }
        Ok(())
    };
    if several {
        for item in args.pos {
            consider(item.clone())?;
        }
    } else {
        protocol::for_each(t, &args.pos[0], consider)?;
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.value_error(format!("{name}() iterable argument is empty"))),
    }
}

pub fn min(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    extreme(t, "min", CmpOp::Lt, args)
}

pub fn max(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    extreme(t, "max", CmpOp::Gt, args)
}

const _: fn(&Thread, UnaryOp, &Value) -> R = arith::unary;
