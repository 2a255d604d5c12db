//! `complex`: a pair of floats.

use super::arith::{check_new_class, format_text, raise_fault, str_of};
use super::header::{Header, Kind};
use super::int::{self, View};
use super::native::Signature;
pub use super::number::complex::Complex as Pair;
use super::number::complex::{self as math, NotComplex};
use super::number::{Fault, float as text, format_float, hash};
use super::slots::{Args, CmpOp, R, Raised, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::{Str, Units};
use super::thread::Thread;
use super::type_object::Type;
use super::types::Types;
use super::value::{Payload, Value};
use super::{float, protocol};
use std::sync::OnceLock;

/// The payload of a `complex`.
#[repr(C)]
pub struct Complex {
    header: Header,
    value: Pair,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Complex` are made here.
unsafe impl Payload for Complex {
    const KIND: Kind = Kind::Complex;
}

/// A complex number.
pub fn new(t: &Thread, real: f64, imag: f64) -> Value {
    make(t, Pair { re: real, im: imag })
}

/// A complex number.
pub fn make(t: &Thread, value: Pair) -> Value {
    // SAFETY: the payload is written.
    unsafe {
        super::native::allocate::<Complex>(t, Kind::Complex, t.types().complex.get(), 0, |this| {
            (&raw mut (*this).value).write(value);
        })
    }
}

/// An instance of a subclass of `complex`.
fn instance_of(t: &Thread, class: &Type, value: Pair) -> R {
    if t.types().complex.is(class) {
        return Ok(make(t, value));
    }
    // SAFETY: the payload is written.
    unsafe {
        super::alloc::alloc_instance::<Complex>(t, class, |this| {
            (&raw mut (*this).value).write(value);
        })
    }
}

/// The number in a complex number, subclasses included.
#[inline]
pub fn as_pair(v: &Value) -> Option<Pair> {
    v.cast::<Complex>().map(|c| c.value)
}

/// A number argument (`PyComplex_AsCComplex`): a complex number, or what has `__complex__`, `__float__` or
/// `__index__`.
pub fn to_pair(t: &Thread, v: &Value) -> R<Pair> {
    if let Some(pair) = as_pair(v) {
        return Ok(pair);
    }
    match special_complex(t, v)? {
        Some(pair) => Ok(pair),
        None => Ok(Pair { re: float::to_f64(t, v)?, im: 0.0 }),
    }
}

/// What `__complex__` gives, if there is one.
fn special_complex(t: &Thread, v: &Value) -> R<Option<Pair>> {
    if v.is_small() || v.is_immediate_float() {
        return Ok(None);
    }
    let Some(result) = protocol::call_special(t, v, &t.names().__complex__, &[])? else { return Ok(None) };
    let name = result.type_of(t).name_str();
    let Some(pair) = as_pair(&result) else {
        return Err(t.type_error(format!("__complex__ returned non-complex (type {name})")));
    };
    if result.cast_exact::<Complex>().is_none() {
        warn(
            t,
            &format!(
                "__complex__ returned non-complex (type {name}).  The ability to return an instance of a strict \
                 subclass of complex is deprecated, and may not be supported in a future version of Python."
            ),
        )?;
    }
    Ok(Some(pair))
}

fn warn(t: &Thread, message: &str) -> R<()> {
    super::warn::warn(t, |types: &Types| &types.deprecation_warning, message)
}

/// `complex.__new__`.
fn complex_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let typ = check_new_class(t, class)?;
    if let ([x], true) = (args.pos, args.kw.is_empty()) {
        return from_one(t, typ, x);
    }
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(t.type_error(format!("complex() takes at most 2 arguments ({given} given)")));
    }
    let mut bound = [const { None }; 2];
    SIGNATURE.get_or_init(|| Signature::parse_text("complex", "(real=0, imag=0)")).bind(t, args, &mut bound)?;
    let [real, imag] = &bound;
    let value = from_parts(t, real.as_ref(), imag.as_ref())?;
    instance_of(t, typ, value)
}

fn from_one(t: &Thread, typ: &Type, x: &Value) -> R {
    if x.cast_exact::<Complex>().is_some() && t.types().complex.is(typ) {
        return Ok(x.clone());
    }
    if let Some(s) = x.cast::<Str>() {
        let parsed = match s.units() {
            Units::One(u) => math::parse_complex(u),
            Units::Two(u) => math::parse_complex(u),
            Units::Four(u) => math::parse_complex(u),
        };
        return match parsed {
            Ok(value) => instance_of(t, typ, value),
            Err(NotComplex::Malformed) => Err(t.value_error("complex() arg is a malformed string")),
            Err(NotComplex::Underscore) => {
                let text = protocol::repr_text(t, x)?;
                Err(t.value_error(format!("could not convert string to complex: {text}")))
            }
        };
    }
    let value = match special_complex(t, x)? {
        Some(pair) => pair,
        None if is_real(t, x) => Pair { re: float::to_f64(t, x)?, im: 0.0 },
        None => {
            let name = x.type_of(t).name_str();
            return Err(t.type_error(format!("complex() argument must be a string or a number, not {name}")));
        }
    };
    instance_of(t, typ, value)
}

fn is_real(t: &Thread, v: &Value) -> bool {
    let slots = v.type_of(t).slots();
    slots.nb_float.is_some() || slots.nb_index.is_some()
}

/// `real + imag * 1j`, where either may be complex itself (which is deprecated).
fn from_parts(t: &Thread, real: Option<&Value>, imag: Option<&Value>) -> R<Pair> {
    let must_be_real = |which: &str, v: &Value| {
        format!("complex() argument '{which}' must be a real number, not {}", v.type_of(t).name_str())
    };
    let mut complex_real = None;
    if let Some(real) = real {
        complex_real = special_complex(t, real)?;
        if complex_real.is_none() && !is_real(t, real) {
            return Err(t.type_error(must_be_real("real", real)));
        }
    }
    if let Some(imag) = imag
        && !is_real(t, imag)
        && as_pair(imag).is_none()
    {
        return Err(t.type_error(must_be_real("imag", imag)));
    }
    let mut re = match (complex_real, real) {
        (Some(pair), Some(real)) => {
            if !is_real(t, real) {
                warn(t, &must_be_real("real", real))?;
            }
            pair
        }
        (None, Some(real)) => Pair { re: float::to_f64(t, real)?, im: 0.0 },
        (_, None) => Pair { re: 0.0, im: 0.0 },
    };
    let Some(imag) = imag else { return Ok(re) };
    let im = match as_pair(imag) {
        Some(pair) => {
            warn(t, &must_be_real("imag", imag))?;
            re.re -= pair.im;
            pair.re
        }
        None => float::to_f64(t, imag)?,
    };
    Ok(Pair { re: re.re, im: if complex_real.is_some() { im + re.im } else { im } })
}

/// An operand of an operator.
#[derive(Clone, Copy)]
enum Operand {
    Complex(Pair),
    Real(f64),
}

impl Operand {
    fn of(t: &Thread, v: &Value) -> R<Option<Operand>> {
        if let Some(pair) = as_pair(v) {
            return Ok(Some(Operand::Complex(pair)));
        }
        if let Some(f) = float::as_f64(v) {
            return Ok(Some(Operand::Real(f)));
        }
        match int::view(v) {
            Some(_) => Ok(Some(Operand::Real(float::to_f64(t, v)?))),
            None => Ok(None),
        }
    }

    fn pair(self) -> Pair {
        match self {
            Operand::Complex(pair) => pair,
            Operand::Real(f) => Pair { re: f, im: 0.0 },
        }
    }
}

/// The operands, or `return NotImplemented`.
macro_rules! operands {
    ($t:expr, $a:expr, $b:expr) => {
        match (Operand::of($t, $a)?, Operand::of($t, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
}

/// Makes the operator of two complex numbers, a complex and a real one, a real and a complex one.
macro_rules! operator {
    ($name:ident, $both:expr, $right_real:expr, $left_real:expr) => {
        fn $name(t: &Thread, a: &Value, b: &Value) -> R {
            let result: Result<Pair, Fault> = match operands!(t, a, b) {
                (Operand::Complex(x), Operand::Complex(y)) => $both(x, y),
                (Operand::Complex(x), Operand::Real(y)) => $right_real(x, y),
                (Operand::Real(x), y) => $left_real(x, y.pair()),
            };
            match result {
                Ok(pair) => Ok(make(t, pair)),
                Err(fault) => Err(raise_fault(t, fault)),
            }
        }
    };
}

fn pair(re: f64, im: f64) -> Result<Pair, Fault> {
    Ok(Pair { re, im })
}

operator!(
    add,
    |x: Pair, y: Pair| pair(x.re + y.re, x.im + y.im),
    |x: Pair, y: f64| pair(x.re + y, x.im),
    |x: f64, y: Pair| pair(x + y.re, y.im)
);
operator!(
    subtract,
    |x: Pair, y: Pair| pair(x.re - y.re, x.im - y.im),
    |x: Pair, y: f64| pair(x.re - y, x.im),
    |x: f64, y: Pair| pair(x - y.re, -y.im)
);
operator!(
    multiply,
    |x: Pair, y: Pair| Ok(math::multiply(x, y)),
    |x: Pair, y: f64| pair(x.re * y, x.im * y),
    |x: f64, y: Pair| pair(x * y.re, x * y.im)
);
operator!(true_divide, math::divide, divide_by_real, math::divide_real);

fn divide_by_real(x: Pair, y: f64) -> Result<Pair, Fault> {
    if y == 0.0 { Err(text::division_by_zero()) } else { pair(x.re / y, x.im / y) }
}

/// `a ** b`.
pub fn power_of(t: &Thread, a: Pair, b: Pair) -> R {
    math::power(a, b).map(|pair| make(t, pair)).map_err(|f| raise_fault(t, f))
}

fn power(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    let (x, y) = operands!(t, a, b);
    if !modulus.is_none() {
        return Err(t.value_error("complex modulo"));
    }
    power_of(t, x.pair(), y.pair())
}

#[cold]
fn wrong_receiver(t: &Thread, v: &Value) -> Raised {
    t.type_error(format!("descriptor requires a 'complex' object but received a '{}'", v.type_of(t).name_str()))
}

fn value_of(t: &Thread, v: &Value) -> R<Pair> {
    as_pair(v).ok_or_else(|| wrong_receiver(t, v))
}

fn negative(t: &Thread, v: &Value) -> R {
    let Pair { re, im } = value_of(t, v)?;
    Ok(make(t, Pair { re: -re, im: -im }))
}

fn conjugate(t: &Thread, v: &Value) -> R {
    let Pair { re, im } = value_of(t, v)?;
    Ok(make(t, Pair { re, im: -im }))
}

/// An exact complex number: itself, unless it is of a subclass.
fn itself(t: &Thread, v: &Value) -> R {
    if v.cast_exact::<Complex>().is_some() { Ok(v.clone()) } else { Ok(make(t, value_of(t, v)?)) }
}

fn absolute(t: &Thread, v: &Value) -> R {
    math::magnitude(value_of(t, v)?).map(|f| float::new(t, f)).map_err(|f| raise_fault(t, f))
}

fn truth(t: &Thread, v: &Value) -> R<bool> {
    Ok(value_of(t, v)? != Pair { re: 0.0, im: 0.0 })
}

fn repr(t: &Thread, v: &Value) -> R {
    let Pair { re, im } = value_of(t, v)?;
    Ok(t.str(text::complex_repr(re, im)))
}

fn hash_slot(t: &Thread, v: &Value) -> R<i64> {
    let Pair { re, im } = value_of(t, v)?;
    Ok(hash::hash_complex(float::hash_of(re, v), float::hash_of(im, v)))
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let Pair { re, im } = value_of(t, a)?;
    let equal = if let Some(other) = as_pair(b) {
        Pair { re, im } == other
    } else if let Some(f) = float::as_f64(b) {
        re == f && im == 0.0
    } else if let Some(i) = int::view(b) {
        im == 0.0 && equals_int(re, i)
    } else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn equals_int(f: f64, i: View<'_>) -> bool {
    super::number::int::compare_with_float(&i.big(), f) == Some(std::cmp::Ordering::Equal)
}

fn from_number(t: &Thread, class: &Value, number: &Value) -> R {
    let typ = check_new_class(t, class)?;
    if number.cast_exact::<Complex>().is_some() && t.types().complex.is(typ) {
        return Ok(number.clone());
    }
    let pair = to_pair(t, number)?;
    instance_of(t, typ, pair)
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    let Pair { re, im } = value_of(t, v)?;
    Ok(t.tuple([float::new(t, re), float::new(t, im)]))
}

fn format(t: &Thread, v: &Value, spec: &Value) -> R {
    let Some(spec) = format_text(t, v, spec)? else { return protocol::str(t, v) };
    let Pair { re, im } = value_of(t, v)?;
    let name = v.type_of(t).name_str();
    let text = match spec.cast::<Str>().map(Str::units) {
        Some(Units::One(u)) => format_float::format_complex(re, im, u, &name),
        Some(Units::Two(u)) => format_float::format_complex(re, im, u, &name),
        Some(Units::Four(u)) => format_float::format_complex(re, im, u, &name),
        None => return protocol::str(t, v),
    };
    Ok(str_of(t, text.map_err(|f| raise_fault(t, f))?))
}

fn real(t: &Thread, v: &Value) -> R {
    Ok(float::new(t, value_of(t, v)?.re))
}

fn imag(t: &Thread, v: &Value) -> R {
    Ok(float::new(t, value_of(t, v)?.im))
}

/// The type `complex`.
pub static SPEC: Spec = Spec {
    name: "complex",
    base: Some(|types| &types.object),
    kind: Kind::Complex,
    size: std::mem::size_of::<Complex>(),
    flags: type_flags::BASETYPE,
    doc: "Create a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf \
          a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, \
          create a complex number\nwith the specified real and imaginary components.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash_slot),
        compare: Some(compare),
        new: Some(complex_new),
        nb_add: Some(add),
        nb_subtract: Some(subtract),
        nb_multiply: Some(multiply),
        nb_power: Some(power),
        nb_negative: Some(negative),
        nb_positive: Some(itself),
        nb_absolute: Some(absolute),
        nb_bool: Some(truth),
        nb_true_divide: Some(true_divide),
        ..Slots::EMPTY
    },
    methods: &[
        Def::class(
            "from_number",
            Func::One(from_number),
            "($type, number, /)",
            "Convert number to a complex floating-point number.",
        ),
        Def::new(
            "conjugate",
            Func::NoArgs(conjugate),
            "($self, /)",
            "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.",
        ),
        Def::new("__complex__", Func::NoArgs(itself), "($self, /)", "Convert this value to exact type complex."),
        Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
        Def::new(
            "__format__",
            Func::One(format),
            "($self, format_spec, /)",
            "Convert to a string according to format_spec.",
        ),
    ],
    getset: &[
        GetSet::ro("real", real, "the real part of a complex number"),
        GetSet::ro("imag", imag, "the imaginary part of a complex number"),
    ],
};
