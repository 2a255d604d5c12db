//! `math`: the functions of C's mathematical library, and exact ones of ints.
//!
//! * [`real`]: functions of one or two doubles; [`gamma`] is one of them that needs a chapter.
//! * [`sums`]: sums, products and lengths without loss; [`integers`]: functions of ints.

pub mod gamma;
mod integers;
pub mod real;
mod sums;

use crate::modules::ModuleSpec;
use crate::objects::float;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use real::Limits;

/// A row of [`FUNCTIONS`] for a function of one double.
macro_rules! real_function {
    ($name:literal, $f:expr, $can_overflow:literal, $expected:literal, $doc:literal) => {
        Def::new(
            $name,
            Func::One(|t, _, x| real::apply(t, x, $f, Limits { can_overflow: $can_overflow, expected: $expected })),
            "($module, x, /)",
            $doc,
        )
    };
}

fn degrees(t: &Thread, _: &Value, x: &Value) -> R {
    Ok(float::new(t, float::to_f64(t, x)? * (180.0 / std::f64::consts::PI)))
}

fn radians(t: &Thread, _: &Value, x: &Value) -> R {
    Ok(float::new(t, float::to_f64(t, x)? * (std::f64::consts::PI / 180.0)))
}

const NOT_A_POLE: &str = "expected a noninteger or positive integer";

fn gamma_function(t: &Thread, _: &Value, x: &Value) -> R {
    real::apply_checked(t, x, gamma::gamma, NOT_A_POLE)
}

fn log_gamma(t: &Thread, _: &Value, x: &Value) -> R {
    real::apply_checked(t, x, gamma::lgamma, NOT_A_POLE)
}

const DOC: &str = "This module provides access to the mathematical functions\ndefined by the C standard.";

fn exec(t: &Thread, module: &Module) -> R<()> {
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, value) in constants {
        module.set(t, name, float::new(t, value));
    }
    Ok(())
}

static FUNCTIONS: &[Def] = &[
    real_function!(
        "acos",
        f64::acos,
        false,
        "expected a number in range from -1 up to 1",
        "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."
    ),
    real_function!(
        "acosh",
        |x| real::acosh(x),
        false,
        "expected argument value not less than 1",
        "Return the inverse hyperbolic cosine of x."
    ),
    real_function!(
        "asin",
        f64::asin,
        false,
        "expected a number in range from -1 up to 1",
        "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."
    ),
    real_function!("asinh", |x| real::asinh(x), false, "", "Return the inverse hyperbolic sine of x."),
    real_function!(
        "atan",
        f64::atan,
        false,
        "",
        "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."
    ),
    Def::new(
        "atan2",
        Func::Pos(real::atan2, 2, 2),
        "($module, y, x, /)",
        "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.",
    ),
    real_function!(
        "atanh",
        |x| real::atanh(x),
        false,
        "expected a number between -1 and 1",
        "Return the inverse hyperbolic tangent of x."
    ),
    real_function!("cbrt", f64::cbrt, false, "", "Return the cube root of x."),
    Def::new(
        "ceil",
        Func::One(real::ceil),
        "($module, x, /)",
        "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.",
    ),
    Def::new(
        "comb",
        Func::Pos(integers::comb, 2, 2),
        "($module, n, k, /)",
        "Number of ways to choose k items from n items without repetition and without order.\n\nEvaluates to n! / (k! * (n - k)!) when k <= n and evaluates\nto zero when k > n.\n\nAlso called the binomial coefficient because it is equivalent\nto the coefficient of k-th term in polynomial expansion of the\nexpression (1 + x)**n.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
    ),
    Def::new(
        "copysign",
        Func::Pos(real::copysign, 2, 2),
        "($module, x, y, /)",
        "Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n",
    ),
    real_function!("cos", f64::cos, false, "expected a finite input", "Return the cosine of x (measured in radians)."),
    real_function!("cosh", f64::cosh, true, "", "Return the hyperbolic cosine of x."),
    Def::new("degrees", Func::One(degrees), "($module, x, /)", "Convert angle x from radians to degrees."),
    Def::new(
        "dist",
        Func::Pos(sums::dist, 2, 2),
        "($module, p, q, /)",
        "Return the Euclidean distance between two points p and q.\n\nThe points should be specified as sequences (or iterables) of\ncoordinates.  Both inputs must have the same dimension.\n\nRoughly equivalent to:\n    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))",
    ),
    real_function!("erf", |x| real::erf(x), false, "", "Error function at x."),
    real_function!("erfc", |x| real::erfc(x), false, "", "Complementary error function at x."),
    real_function!("exp", f64::exp, true, "", "Return e raised to the power of x."),
    real_function!("exp2", f64::exp2, true, "", "Return 2 raised to the power of x."),
    real_function!(
        "expm1",
        f64::exp_m1,
        true,
        "",
        "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x."
    ),
    real_function!("fabs", f64::abs, false, "", "Return the absolute value of the float x."),
    Def::new("factorial", Func::One(integers::factorial), "($module, n, /)", "Find n!."),
    Def::new(
        "floor",
        Func::One(real::floor),
        "($module, x, /)",
        "Return the floor of x as an Integral.\n\nThis is the largest integer <= x.",
    ),
    Def::new(
        "fma",
        Func::Pos(real::fma, 3, 3),
        "($module, x, y, z, /)",
        "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.",
    ),
    Def::new(
        "fmod",
        Func::Pos(real::fmod, 2, 2),
        "($module, x, y, /)",
        "Return fmod(x, y), according to platform C.\n\nx % y may differ.",
    ),
    Def::new(
        "frexp",
        Func::One(real::frexp),
        "($module, x, /)",
        "Return the mantissa and exponent of x, as pair (m, e).\n\nIf x is a finite nonzero number, then m is a float with\n0.5 <= abs(m) < 1.0 and an integer e is such that\nx == m * 2**e exactly.  Else, return (x, 0).",
    ),
    Def::new(
        "fsum",
        Func::One(sums::fsum),
        "($module, seq, /)",
        "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic.",
    ),
    Def::new("gamma", Func::One(gamma_function), "($module, x, /)", "Gamma function at x."),
    Def::new("gcd", Func::VarPos(integers::gcd), "($module, /, *integers)", "Greatest Common Divisor."),
    Def::new(
        "hypot",
        Func::VarPos(sums::hypot),
        "($module, /, *coordinates)",
        "Multidimensional Euclidean distance from the origin to a point.\n\nRoughly equivalent to:\n    sqrt(sum(x**2 for x in coordinates))\n\nFor a two dimensional point (x, y), gives the hypotenuse\nusing the Pythagorean theorem:  sqrt(x*x + y*y).\n\nFor example, the hypotenuse of a 3/4/5 right triangle is:\n\n    >>> hypot(3.0, 4.0)\n    5.0",
    ),
    Def::new(
        "isclose",
        Func::Bound(real::is_close),
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        "Determine whether two floating-point numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them\nmust be smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That\nis, NaN is not close to anything, even itself.  inf and -inf are\nonly close to themselves.",
    ),
    Def::new(
        "isfinite",
        Func::One(real::is_finite),
        "($module, x, /)",
        "Return True if x is neither an infinity nor a NaN, and False otherwise.",
    ),
    Def::new(
        "isinf",
        Func::One(real::is_inf),
        "($module, x, /)",
        "Return True if x is a positive or negative infinity, and False otherwise.",
    ),
    Def::new(
        "isnan",
        Func::One(real::is_nan),
        "($module, x, /)",
        "Return True if x is a NaN (not a number), and False otherwise.",
    ),
    Def::new(
        "isqrt",
        Func::One(integers::isqrt),
        "($module, n, /)",
        "Return the integer part of the square root of the input.",
    ),
    Def::new("lcm", Func::VarPos(integers::lcm), "($module, /, *integers)", "Least Common Multiple."),
    Def::new(
        "ldexp",
        Func::Pos(real::scale, 2, 2),
        "($module, x, i, /)",
        "Return x * (2**i).\n\nThis is essentially the inverse of frexp().",
    ),
    Def::new(
        "lgamma",
        Func::One(log_gamma),
        "($module, x, /)",
        "Natural logarithm of absolute value of Gamma function at x.",
    ),
    Def::new(
        "log",
        Func::Pos(real::log, 1, 2),
        "",
        "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.",
    ),
    Def::new("log10", Func::One(real::log10), "($module, x, /)", "Return the base 10 logarithm of x."),
    real_function!(
        "log1p",
        f64::ln_1p,
        false,
        "expected argument value > -1",
        "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero."
    ),
    Def::new("log2", Func::One(real::log2), "($module, x, /)", "Return the base 2 logarithm of x."),
    Def::new(
        "modf",
        Func::One(real::modf),
        "($module, x, /)",
        "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.",
    ),
    Def::new(
        "nextafter",
        Func::Bound(real::next_after),
        "($module, x, y, /, *, steps=None)",
        "Return the floating-point value the given number of steps after x towards y.\n\nIf steps is not specified or is None, it defaults to 1.\n\nRaises a TypeError, if x or y is not a double, or if steps is not\nan integer.  Raises ValueError if steps is negative.",
    ),
    Def::new(
        "perm",
        Func::Pos(integers::perm, 1, 2),
        "($module, n, k=None, /)",
        "Number of ways to choose k items from n items without repetition and with order.\n\nEvaluates to n! / (n - k)! when k <= n and evaluates\nto zero when k > n.\n\nIf k is not specified or is None, then k defaults to n\nand the function returns n!.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
    ),
    Def::new("pow", Func::Pos(real::pow, 2, 2), "($module, x, y, /)", "Return x**y (x to the power of y)."),
    Def::new(
        "prod",
        Func::Bound(sums::prod),
        "($module, iterable, /, *, start=1)",
        "Calculate the product of all the elements in the input iterable.\n\nThe default start value for the product is 1.\n\nWhen the iterable is empty, return the start value.  This function is\nintended specifically for use with numeric values and may reject\nnon-numeric types.",
    ),
    Def::new("radians", Func::One(radians), "($module, x, /)", "Convert angle x from degrees to radians."),
    Def::new(
        "remainder",
        Func::Pos(real::ieee_remainder, 2, 2),
        "($module, x, y, /)",
        "Difference between x and the closest integer multiple of y.\n\nReturn x - n*y where n*y is the closest integer multiple of y.\nIn the case where x is exactly halfway between two multiples of\ny, the nearest even value of n is used. The result is always exact.",
    ),
    real_function!("sin", f64::sin, false, "expected a finite input", "Return the sine of x (measured in radians)."),
    real_function!("sinh", f64::sinh, true, "", "Return the hyperbolic sine of x."),
    real_function!("sqrt", f64::sqrt, false, "expected a nonnegative input", "Return the square root of x."),
    Def::new(
        "sumprod",
        Func::Pos(sums::sumprod, 2, 2),
        "($module, p, q, /)",
        "Return the sum of products of values from two iterables p and q.\n\nRoughly equivalent to:\n\n    sum(map(operator.mul, p, q, strict=True))\n\nFor float and mixed int/float inputs, the intermediate products\nand sums are computed with extended precision.",
    ),
    real_function!("tan", f64::tan, false, "expected a finite input", "Return the tangent of x (measured in radians)."),
    real_function!("tanh", f64::tanh, false, "", "Return the hyperbolic tangent of x."),
    Def::new(
        "trunc",
        Func::One(real::trunc),
        "($module, x, /)",
        "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.",
    ),
    Def::new(
        "ulp",
        Func::One(real::ulp),
        "($module, x, /)",
        "Return the value of the least significant bit of the float x.",
    ),
];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "math", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
