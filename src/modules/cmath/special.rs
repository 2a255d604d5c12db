//! What functions of complex numbers give at zeros, infinities and NaN: a table for each, as in C99's Annex G.

use super::Complex;
use std::f64::consts::PI;

/// Rows and columns of a table.
fn class(x: f64) -> usize {
    match () {
        () if x.is_nan() => 6,
        () if x == f64::NEG_INFINITY => 0,
        () if x == f64::INFINITY => 5,
        () if x == 0.0 => 2 + usize::from(x.is_sign_positive()),
        () => 1 + 3 * usize::from(x > 0.0),
    }
}

/// Values by real part (rows) and imaginary part (columns), each from -inf, negative, -0, +0, positive, +inf, NaN.
pub type Table = [[(f64, f64); 7]; 7];

/// The table's value, if the number is not finite.
pub fn look_up(z: Complex, table: &Table) -> Option<Complex> {
    if z.re.is_finite() && z.im.is_finite() {
        return None;
    }
    let (re, im) = table[class(z.re)][class(z.im)];
    Some(Complex { re, im })
}

const P: f64 = PI;
const P14: f64 = 0.25 * PI;
const P12: f64 = 0.5 * PI;
const P34: f64 = 0.75 * PI;
const I: f64 = f64::INFINITY;
const M: f64 = f64::NEG_INFINITY;
const N: f64 = f64::NAN;
/// Where both parts are finite, the tables are not asked.
const U: (f64, f64) = (0.0, 0.0);
const NN: (f64, f64) = (N, N);

pub static ACOS: Table = [
    [(P34, I), (P, I), (P, I), (P, M), (P, M), (P34, M), (N, I)],
    [(P12, I), U, U, U, U, (P12, M), NN],
    [(P12, I), U, U, U, U, (P12, M), (P12, N)],
    [(P12, I), U, U, U, U, (P12, M), (P12, N)],
    [(P12, I), U, U, U, U, (P12, M), NN],
    [(P14, I), (0.0, I), (0.0, I), (0.0, M), (0.0, M), (P14, M), (N, I)],
    [(N, I), NN, NN, NN, NN, (N, M), NN],
];

pub static ACOSH: Table = [
    [(I, -P34), (I, -P), (I, -P), (I, P), (I, P), (I, P34), (I, N)],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), (N, P12)],
    [(I, -P12), U, U, U, U, (I, P12), (N, P12)],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P14), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, P14), (I, N)],
    [(I, N), NN, NN, NN, NN, (I, N), NN],
];

pub static ASINH: Table = [
    [(M, -P14), (M, -0.0), (M, -0.0), (M, 0.0), (M, 0.0), (M, P14), (M, N)],
    [(M, -P12), U, U, U, U, (M, P12), NN],
    [(M, -P12), U, U, U, U, (M, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P14), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, P14), (I, N)],
    [(I, N), NN, (N, -0.0), (N, 0.0), NN, (I, N), NN],
];

pub static ATANH: Table = [
    [(-0.0, -P12), (-0.0, -P12), (-0.0, -P12), (-0.0, P12), (-0.0, P12), (-0.0, P12), (-0.0, N)],
    [(-0.0, -P12), U, U, U, U, (-0.0, P12), NN],
    [(-0.0, -P12), U, U, U, U, (-0.0, P12), (-0.0, N)],
    [(0.0, -P12), U, U, U, U, (0.0, P12), (0.0, N)],
    [(0.0, -P12), U, U, U, U, (0.0, P12), NN],
    [(0.0, -P12), (0.0, -P12), (0.0, -P12), (0.0, P12), (0.0, P12), (0.0, P12), (0.0, N)],
    [(0.0, -P12), NN, NN, NN, NN, (0.0, P12), NN],
];

pub static COSH: Table = [
    [(I, N), U, (I, 0.0), (I, -0.0), U, (I, N), (I, N)],
    [NN, U, U, U, U, NN, NN],
    [(N, 0.0), U, U, U, U, (N, 0.0), (N, 0.0)],
    [(N, 0.0), U, U, U, U, (N, 0.0), (N, 0.0)],
    [NN, U, U, U, U, NN, NN],
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)],
    [NN, NN, (N, 0.0), (N, 0.0), NN, NN, NN],
];

pub static EXP: Table = [
    [(0.0, 0.0), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, 0.0), (0.0, 0.0)],
    [NN, U, U, U, U, NN, NN],
    [NN, U, U, U, U, NN, NN],
    [NN, U, U, U, U, NN, NN],
    [NN, U, U, U, U, NN, NN],
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)],
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN],
];

pub static LOG: Table = [
    [(I, -P34), (I, -P), (I, -P), (I, P), (I, P), (I, P34), (I, N)],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P12), U, U, U, U, (I, P12), NN],
    [(I, -P14), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, P14), (I, N)],
    [(I, N), NN, NN, NN, NN, (I, N), NN],
];

pub static SINH: Table = [
    [(I, N), U, (M, -0.0), (M, 0.0), U, (I, N), (I, N)],
    [NN, U, U, U, U, NN, NN],
    [(0.0, N), U, U, U, U, (0.0, N), (0.0, N)],
    [(0.0, N), U, U, U, U, (0.0, N), (0.0, N)],
    [NN, U, U, U, U, NN, NN],
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)],
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN],
];

pub static SQRT: Table = [
    [(I, M), (0.0, M), (0.0, M), (0.0, I), (0.0, I), (I, I), (N, I)],
    [(I, M), U, U, U, U, (I, I), NN],
    [(I, M), U, U, U, U, (I, I), NN],
    [(I, M), U, U, U, U, (I, I), NN],
    [(I, M), U, U, U, U, (I, I), NN],
    [(I, M), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, I), (I, N)],
    [(I, M), NN, NN, NN, NN, (I, I), NN],
];

pub static TANH: Table = [
    [(-1.0, 0.0), U, (-1.0, -0.0), (-1.0, 0.0), U, (-1.0, 0.0), (-1.0, 0.0)],
    [NN, U, U, U, U, NN, NN],
    [(-0.0, N), U, U, U, U, (-0.0, N), (-0.0, N)],
    [(0.0, N), U, U, U, U, (0.0, N), (0.0, N)],
    [NN, U, U, U, U, NN, NN],
    [(1.0, 0.0), U, (1.0, -0.0), (1.0, 0.0), U, (1.0, 0.0), (1.0, 0.0)],
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN],
];

pub static RECT: Table = [
    [(I, N), U, (M, 0.0), (M, -0.0), U, (I, N), (I, N)],
    [NN, U, U, U, U, NN, NN],
    [(0.0, 0.0), U, U, U, U, (0.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), U, U, U, U, (0.0, 0.0), (0.0, 0.0)],
    [NN, U, U, U, U, NN, NN],
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)],
    [NN, NN, (N, 0.0), (N, 0.0), NN, NN, NN],
];
