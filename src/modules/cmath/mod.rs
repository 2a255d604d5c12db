//! `cmath`: functions of complex numbers, with the branch cuts and special values of C99's Annex G.
//!
//! * [`functions`]: the functions; [`special`]: what they give at infinities and NaN.

mod functions;
mod special;

use super::math::real::{RealError, tolerances};
use crate::modules::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::number::complex::{self as arithmetic, Complex};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{complex, float};

/// What a function gives.
type Computed = Result<Complex, RealError>;

fn result(t: &Thread, computed: Computed) -> R {
    computed.map(|z| complex::make(t, z)).map_err(|e| e.raise(t))
}

fn log(t: &Thread, _: &Value, args: &[Value]) -> R {
    let z = complex::to_pair(t, &args[0])?;
    let base = args.get(1).map(|b| complex::to_pair(t, b)).transpose()?;
    let Some(base) = base else { return result(t, functions::log(z)) };
    // That the number is zero is forgotten, that the base is zero or one is not.
    let (top, _) = functions::log_and_pole(z);
    let computed =
        functions::log(base).and_then(|bottom| arithmetic::divide(top, bottom).map_err(|_| RealError::Domain));
    result(t, computed)
}

fn phase(t: &Thread, _: &Value, z: &Value) -> R {
    let z = complex::to_pair(t, z)?;
    Ok(float::new(t, z.im.atan2(z.re)))
}

fn polar(t: &Thread, _: &Value, z: &Value) -> R {
    let z = complex::to_pair(t, z)?;
    let size = arithmetic::magnitude(z).map_err(|_| RealError::Range.raise(t))?;
    Ok(t.tuple([float::new(t, size), float::new(t, z.im.atan2(z.re))]))
}

fn rect(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (r, phi) = (float::to_f64(t, &args[0])?, float::to_f64(t, &args[1])?);
    result(t, functions::rect(r, phi))
}

fn is_finite(t: &Thread, _: &Value, z: &Value) -> R {
    let z = complex::to_pair(t, z)?;
    Ok(Value::bool(z.re.is_finite() && z.im.is_finite()))
}

fn is_inf(t: &Thread, _: &Value, z: &Value) -> R {
    let z = complex::to_pair(t, z)?;
    Ok(Value::bool(z.re.is_infinite() || z.im.is_infinite()))
}

fn is_nan(t: &Thread, _: &Value, z: &Value) -> R {
    let z = complex::to_pair(t, z)?;
    Ok(Value::bool(z.re.is_nan() || z.im.is_nan()))
}

fn is_close(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let nan = Complex { re: f64::NAN, im: f64::NAN };
    let number = |i: usize| args[i].as_ref().map_or(Ok(nan), |v| complex::to_pair(t, v));
    let (a, b) = (number(0)?, number(1)?);
    let (relative, absolute) = tolerances(t, args[2].as_ref(), args[3].as_ref())?;
    if a == b {
        return Ok(Value::TRUE);
    }
    if [a.re, a.im, b.re, b.im].iter().any(|x| x.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let size = |z: Complex| z.re.hypot(z.im);
    let difference = size(Complex { re: a.re - b.re, im: a.im - b.im });
    let close = difference <= relative * size(b) || difference <= relative * size(a) || difference <= absolute;
    Ok(Value::bool(close))
}

const DOC: &str = "This module provides access to mathematical functions for complex\nnumbers.";

fn exec(t: &Thread, module: &Module) -> R<()> {
    let reals = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, value) in reals {
        module.set(t, name, float::new(t, value));
    }
    module.set(t, "infj", complex::new(t, 0.0, f64::INFINITY));
    module.set(t, "nanj", complex::new(t, 0.0, f64::NAN));
    Ok(())
}

/// A row of [`FUNCTIONS`] for a function of one number.
macro_rules! function {
    ($name:ident, $doc:literal) => {
        Def::new(
            stringify!($name),
            Func::One(|t, _, z| result(t, functions::$name(complex::to_pair(t, z)?))),
            "($module, z, /)",
            $doc,
        )
    };
}

static FUNCTIONS: &[Def] = &[
    function!(acos, "Return the arc cosine of z."),
    function!(acosh, "Return the inverse hyperbolic cosine of z."),
    function!(asin, "Return the arc sine of z."),
    function!(asinh, "Return the inverse hyperbolic sine of z."),
    function!(atan, "Return the arc tangent of z."),
    function!(atanh, "Return the inverse hyperbolic tangent of z."),
    function!(cos, "Return the cosine of z."),
    function!(cosh, "Return the hyperbolic cosine of z."),
    function!(exp, "Return the exponential value e**z."),
    Def::new(
        "isclose",
        Func::Bound(is_close),
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        "Determine whether two complex numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them must\nbe smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That is,\nNaN is not close to anything, even itself. inf and -inf are only close\nto themselves.",
    ),
    Def::new(
        "isfinite",
        Func::One(is_finite),
        "($module, z, /)",
        "Return True if both the real and imaginary parts of z are finite, else False.",
    ),
    Def::new("isinf", Func::One(is_inf), "($module, z, /)", "Checks if the real or imaginary part of z is infinite."),
    Def::new(
        "isnan",
        Func::One(is_nan),
        "($module, z, /)",
        "Checks if the real or imaginary part of z not a number (NaN).",
    ),
    Def::new(
        "log",
        Func::Pos(log, 1, 2),
        "($module, z, base=<unrepresentable>, /)",
        "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e)\nof z.",
    ),
    function!(log10, "Return the base-10 logarithm of z."),
    Def::new(
        "phase",
        Func::One(phase),
        "($module, z, /)",
        "Return argument, also known as the phase angle, of a complex.",
    ),
    Def::new(
        "polar",
        Func::One(polar),
        "($module, z, /)",
        "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.",
    ),
    Def::new(
        "rect",
        Func::Pos(rect, 2, 2),
        "($module, r, phi, /)",
        "Convert from polar coordinates to rectangular coordinates.",
    ),
    function!(sin, "Return the sine of z."),
    function!(sinh, "Return the hyperbolic sine of z."),
    function!(sqrt, "Return the square root of z."),
    function!(tan, "Return the tangent of z."),
    function!(tanh, "Return the hyperbolic tangent of z."),
];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "cmath", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
