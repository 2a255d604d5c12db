//! `float`: IEEE double precision.
//!
//! Every float but NaN is an immediate; NaNs and instances of subclasses are heap objects with a [`Float`]
//! payload.

use super::arith::{check_new_class, format_text, raise_fault, str_of};
use super::header::{Header, Kind};
use super::int::{self, View};
use super::number::float::{self as text, Power};
use super::number::{float_hex, format_float, hash};
use super::protocol;
use super::slots::{Args, CmpOp, R, Raised, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::{Str, Units};
use super::thread::Thread;
use super::type_object::Type;
use super::types::Types;
use super::value::{Payload, Value};

/// The payload of a `float` that is no immediate.
#[repr(C)]
pub struct Float {
    header: Header,
    value: f64,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Float` are made here.
unsafe impl Payload for Float {
    const KIND: Kind = Kind::Float;
}

/// A float.
#[inline(always)]
pub fn new(t: &Thread, f: f64) -> Value {
    match Value::immediate_float(f) {
        Some(v) => v,
        None => nan(t, f),
    }
}

#[cold]
#[inline(never)]
fn nan(t: &Thread, f: f64) -> Value {
    // SAFETY: the payload is written.
    unsafe {
        super::native::allocate::<Float>(t, Kind::Float, t.types().float.get(), 0, |this| {
            (&raw mut (*this).value).write(f);
        })
    }
}

/// An instance of a subclass of `float`.
fn instance_of(t: &Thread, class: &Type, f: f64) -> R {
    if t.types().float.is(class) {
        return Ok(new(t, f));
    }
    // SAFETY: the payload is written.
    unsafe {
        super::alloc::alloc_instance::<Float>(t, class, |this| {
            (&raw mut (*this).value).write(f);
        })
    }
}

/// The number in a float, subclasses included; `None` for what is none.
#[inline(always)]
pub fn as_f64(v: &Value) -> Option<f64> {
    match v.as_immediate_float() {
        Some(f) => Some(f),
        None => v.cast::<Float>().map(|f| f.value),
    }
}

/// Whether the type is exactly `float`.
#[inline]
pub fn is_exact(v: &Value) -> bool {
    v.is_immediate_float() || v.cast_exact::<Float>().is_some()
}

/// A real number argument as double (`PyFloat_AsDouble`): a float, or what has `__float__` or `__index__`.
#[inline]
pub fn to_f64(t: &Thread, v: &Value) -> R<f64> {
    if let Some(f) = as_f64(v) {
        return Ok(f);
    }
    if let Some(i) = v.as_small() {
        return Ok(i as f64);
    }
    to_f64_slow(t, v)
}

#[inline(never)]
fn to_f64_slow(t: &Thread, v: &Value) -> R<f64> {
    match special_float(t, v)? {
        Some(f) => Ok(as_f64(&f).unwrap_or(f64::NAN)),
        None => Err(t.type_error(format!("must be real number, not {}", v.type_of(t).name_str()))),
    }
}

/// What `__float__` or `__index__` gives, as an exact float; `None` if there is neither.
fn special_float(t: &Thread, v: &Value) -> R<Option<Value>> {
    let typ = v.type_of(t);
    if let Some(f) = typ.slots().nb_float {
        let result = f(t, v)?;
        if is_exact(&result) {
            return Ok(Some(result));
        }
        let (name, given) = (typ.name_str(), result.type_of(t).name_str());
        let Some(value) = as_f64(&result) else {
            return Err(t.type_error(format!("{name}.__float__ returned non-float (type {given})")));
        };
        super::warn::warn(
            t,
            |types: &Types| &types.deprecation_warning,
            &format!(
                "{name}.__float__ returned non-float (type {given}).  The ability to return an instance of a strict \
                 subclass of float is deprecated, and may be removed in a future version of Python."
            ),
        )?;
        return Ok(Some(new(t, value)));
    }
    if typ.slots().nb_index.is_some() {
        let i = protocol::index(t, v)?;
        return int_to_f64(t, &i).map(|f| Some(new(t, f)));
    }
    Ok(None)
}

fn int_to_f64(t: &Thread, i: &Value) -> R<f64> {
    int::view(i).and_then(View::to_f64).ok_or_else(|| t.overflow_error("int too large to convert to float"))
}

/// `float(x)` for one argument (`PyNumber_Float`).
pub fn number_float(t: &Thread, x: &Value) -> R {
    if is_exact(x) {
        return Ok(x.clone());
    }
    match special_float(t, x)? {
        Some(f) => Ok(f),
        None => from_string(t, x),
    }
}

/// `float(x)` for text.
fn from_string(t: &Thread, x: &Value) -> R {
    let parsed = if let Some(s) = x.cast::<Str>() {
        match s.units() {
            Units::One(u) => text::parse_float(u),
            Units::Two(u) => text::parse_float(u),
            Units::Four(u) => text::parse_float(u),
        }
    } else if let Some(bytes) = super::buffer::contiguous_bytes(t, x)? {
        if bytes.is_ascii() { text::parse_float(&bytes[..]) } else { None }
    } else {
        return Err(t.type_error(format!(
            "float() argument must be a string or a real number, not '{}'",
            x.type_of(t).name_str()
        )));
    };
    match parsed {
        Some(f) => Ok(new(t, f)),
        None => Err(t.value_error(format!("could not convert string to float: {}", protocol::repr_text(t, x)?))),
    }
}

/// Whether a subclass has an `__init__` of its own, which may take keyword arguments.
pub fn has_own_init(class: &Type, base: &Type) -> bool {
    match (class.slots().init, base.slots().init) {
        (Some(own), Some(inherited)) => !std::ptr::fn_addr_eq(own, inherited),
        (own, _) => own.is_some(),
    }
}

fn float_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = check_new_class(t, class)?;
    let exact = t.types().float.is(typ);
    if !args.kw.is_empty() && !has_own_init(typ, t.types().float.get()) {
        return Err(t.type_error("float() takes no keyword arguments"));
    }
    let value = match args.pos {
        [] => new(t, 0.0),
        [x] => match x.cast::<Str>() {
            Some(_) => from_string(t, x)?,
            None => number_float(t, x)?,
        },
        more => return Err(t.type_error(format!("float expected at most 1 argument, got {}", more.len()))),
    };
    if exact {
        return Ok(value);
    }
    instance_of(t, typ, as_f64(&value).unwrap_or(0.0))
}

/// An operand: a float, or an int that becomes one. `None` for anything else.
#[inline]
fn operand(t: &Thread, v: &Value) -> R<Option<f64>> {
    if let Some(f) = as_f64(v) {
        return Ok(Some(f));
    }
    match int::view(v) {
        Some(View::Small(i)) => Ok(Some(i as f64)),
        Some(View::Big(_)) => int_to_f64(t, v).map(Some),
        None => Ok(None),
    }
}

/// The operands as doubles, or `return NotImplemented`.
macro_rules! operands {
    ($t:expr, $a:expr, $b:expr) => {
        match operand($t, $a)? {
            Some(a) => match operand($t, $b)? {
                Some(b) => (a, b),
                None => return Ok(Value::NOT_IMPLEMENTED),
            },
            None => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
}

macro_rules! simple {
    ($name:ident, $op:tt) => {
        fn $name(t: &Thread, a: &Value, b: &Value) -> R {
            let (x, y) = operands!(t, a, b);
            Ok(new(t, x $op y))
        }
    };
}

simple!(add, +);
simple!(subtract, -);
simple!(multiply, *);

#[cold]
fn division_by_zero(t: &Thread) -> Raised {
    raise_fault(t, text::division_by_zero())
}

fn true_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(t, a, b);
    if y == 0.0 { Err(division_by_zero(t)) } else { Ok(new(t, x / y)) }
}

fn floor_divide(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(t, a, b);
    if y == 0.0 { Err(division_by_zero(t)) } else { Ok(new(t, text::floor_divmod(x, y).0)) }
}

fn remainder(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(t, a, b);
    if y == 0.0 { Err(division_by_zero(t)) } else { Ok(new(t, text::floor_mod(x, y))) }
}

fn divmod(t: &Thread, a: &Value, b: &Value) -> R {
    let (x, y) = operands!(t, a, b);
    if y == 0.0 {
        return Err(division_by_zero(t));
    }
    let (q, r) = text::floor_divmod(x, y);
    Ok(t.tuple([new(t, q), new(t, r)]))
}

/// `x ** y`: a complex number for a fractional power of a negative number.
pub fn power_of(t: &Thread, x: f64, y: f64) -> R {
    match text::power(x, y) {
        Ok(Power::Real(f)) => Ok(new(t, f)),
        Ok(Power::Complex) => {
            let real = |re| super::complex::Pair { re, im: 0.0 };
            super::complex::power_of(t, real(x), real(y))
        }
        Err(fault) if fault.kind == super::number::FaultKind::Overflow => Err(range_error(t)),
        Err(fault) => Err(raise_fault(t, fault)),
    }
}

/// `OverflowError(34, 'Numerical result out of range')`, from the days of `errno`.
#[cold]
fn range_error(t: &Thread) -> Raised {
    let args = [Value::small(libc::ERANGE as i64), t.str("Numerical result out of range")];
    t.raise_with(&t.types().overflow_error, &args)
}

fn power(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    if !modulus.is_none() {
        return Err(t.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (x, y) = operands!(t, a, b);
    power_of(t, x, y)
}

fn value_of(t: &Thread, v: &Value) -> R<f64> {
    as_f64(v).ok_or_else(|| {
        t.type_error(format!("descriptor requires a 'float' object but received a '{}'", v.type_of(t).name_str()))
    })
}

fn negative(t: &Thread, v: &Value) -> R {
    Ok(new(t, -value_of(t, v)?))
}

fn absolute(t: &Thread, v: &Value) -> R {
    Ok(new(t, value_of(t, v)?.abs()))
}

/// An exact float: itself, unless it is of a subclass.
fn itself(t: &Thread, v: &Value) -> R {
    if is_exact(v) { Ok(v.clone()) } else { Ok(new(t, value_of(t, v)?)) }
}

fn truth(t: &Thread, v: &Value) -> R<bool> {
    Ok(value_of(t, v)? != 0.0)
}

/// The int of a whole number.
fn whole(t: &Thread, f: f64) -> R {
    // Within this range the conversion is exact and is a machine instruction.
    const RANGE: f64 = 9.0e18;
    if f.abs() < RANGE {
        return Ok(int::new(t, f as i64));
    }
    match text::float_to_int(f) {
        Ok(big) => Ok(int::from_big(t, big)),
        Err(fault) => Err(raise_fault(t, fault)),
    }
}

/// `int(f)`.
pub fn trunc(t: &Thread, v: &Value) -> R {
    whole(t, value_of(t, v)?.trunc())
}

/// `math.floor(f)`.
pub fn floor(t: &Thread, v: &Value) -> R {
    whole(t, value_of(t, v)?.floor())
}

/// `math.ceil(f)`.
pub fn ceil(t: &Thread, v: &Value) -> R {
    whole(t, value_of(t, v)?.ceil())
}

fn round(t: &Thread, v: &Value, args: &[Value]) -> R {
    let f = value_of(t, v)?;
    let Some(digits) = args.first().filter(|d| !d.is_none()) else { return whole(t, f.round_ties_even()) };
    let digits = protocol::index_clamped(t, digits)?;
    if !f.is_finite() {
        return Ok(new(t, f));
    }
    match text::round_to_places(f, digits as i64) {
        Ok(f) => Ok(new(t, f)),
        Err(fault) => Err(raise_fault(t, fault)),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(text::float_repr(value_of(t, v)?)))
}

fn hash_slot(t: &Thread, v: &Value) -> R<i64> {
    Ok(hash_of(value_of(t, v)?, v))
}

/// `hash()` of a float; a NaN hashes by the identity of the object that holds it.
pub fn hash_of(f: f64, holder: &Value) -> i64 {
    hash::hash_float(f).unwrap_or_else(|| hash::hash_pointer(holder.id() as usize))
}

fn compare(_: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let Some(x) = as_f64(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    let ordering = if let Some(y) = as_f64(b) {
        x.partial_cmp(&y)
    } else {
        match int::view(b) {
            Some(View::Small(y)) => compare_with_small(x, y),
            Some(View::Big(y)) => super::number::int::compare_with_float(y, x).map(std::cmp::Ordering::reverse),
            None => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
    Ok(Value::bool(match ordering {
        Some(ordering) => op.holds(ordering),
        None => op == CmpOp::Ne,
    }))
}

/// The exact order of a float and an int.
fn compare_with_small(x: f64, y: i64) -> Option<std::cmp::Ordering> {
    const EXACT: u64 = 1 << 53;
    if y.unsigned_abs() <= EXACT {
        return x.partial_cmp(&(y as f64));
    }
    super::number::int::compare_with_float(&y.into(), x).map(std::cmp::Ordering::reverse)
}

fn is_integer(t: &Thread, v: &Value) -> R {
    let f = value_of(t, v)?;
    Ok(Value::bool(f.is_finite() && f.floor() == f))
}

fn as_integer_ratio(t: &Thread, v: &Value) -> R {
    let (top, bottom) = text::as_integer_ratio(value_of(t, v)?).map_err(|f| raise_fault(t, f))?;
    Ok(t.tuple([int::from_big(t, top), int::from_big(t, bottom)]))
}

fn hex(t: &Thread, v: &Value) -> R {
    Ok(t.str(float_hex::float_hex(value_of(t, v)?)))
}

/// The float as an instance of the class that a class method was called on.
fn of_class(t: &Thread, class: &Value, f: f64) -> R {
    let number = new(t, f);
    if class.is_header(t.types().float.header()) {
        return Ok(number);
    }
    protocol::call(t, class, &[number])
}

fn from_hex(t: &Thread, class: &Value, string: &Value) -> R {
    let Some(s) = string.cast::<Str>() else {
        return Err(t.type_error("bad argument type for built-in operation"));
    };
    match float_hex::float_from_hex(s.as_ascii().unwrap_or("?")) {
        Ok(f) => of_class(t, class, f),
        Err(fault) => Err(raise_fault(t, fault)),
    }
}

fn from_number(t: &Thread, class: &Value, number: &Value) -> R {
    let f = to_f64(t, number)?;
    if is_exact(number) && class.is_header(t.types().float.header()) {
        return Ok(number.clone());
    }
    of_class(t, class, f)
}

fn get_format(t: &Thread, _: &Value, kind: &Value) -> R {
    let Some(s) = kind.cast::<Str>() else {
        return Err(t.type_error(format!("__getformat__() argument must be str, not {}", kind.type_of(t).name_str())));
    };
    if !s.is("double") && !s.is("float") {
        return Err(t.value_error("__getformat__() argument 1 must be 'double' or 'float'"));
    }
    Ok(t.str(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" }))
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([itself(t, v)?]))
}

fn format(t: &Thread, v: &Value, spec: &Value) -> R {
    let Some(spec) = format_text(t, v, spec)? else { return protocol::str(t, v) };
    let f = value_of(t, v)?;
    let name = v.type_of(t).name_str();
    let text = match spec.cast::<Str>().map(Str::units) {
        Some(Units::One(u)) => format_float::format_float(f, u, &name),
        Some(Units::Two(u)) => format_float::format_float(f, u, &name),
        Some(Units::Four(u)) => format_float::format_float(f, u, &name),
        None => return protocol::str(t, v),
    };
    Ok(str_of(t, text.map_err(|f| raise_fault(t, f))?))
}

fn imag(t: &Thread, _: &Value) -> R {
    Ok(new(t, 0.0))
}

/// The type `float`.
pub static SPEC: Spec = Spec {
    name: "float",
    base: Some(|types| &types.object),
    kind: Kind::Float,
    size: std::mem::size_of::<Float>(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    doc: "Convert a string or number to a floating-point number, if possible.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash_slot),
        compare: Some(compare),
        new: Some(float_new),
        nb_add: Some(add),
        nb_subtract: Some(subtract),
        nb_multiply: Some(multiply),
        nb_remainder: Some(remainder),
        nb_divmod: Some(divmod),
        nb_power: Some(power),
        nb_negative: Some(negative),
        nb_positive: Some(itself),
        nb_absolute: Some(absolute),
        nb_bool: Some(truth),
        nb_int: Some(trunc),
        nb_float: Some(itself),
        nb_floor_divide: Some(floor_divide),
        nb_true_divide: Some(true_divide),
        ..Slots::EMPTY
    },
    methods: &[
        Def::class(
            "from_number",
            Func::One(from_number),
            "($type, number, /)",
            "Convert real number to a floating-point number.",
        ),
        Def::new("conjugate", Func::NoArgs(itself), "($self, /)", "Return self, the complex conjugate of any float."),
        Def::new("__trunc__", Func::NoArgs(trunc), "($self, /)", "Return the Integral closest to x between 0 and x."),
        Def::new("__floor__", Func::NoArgs(floor), "($self, /)", "Return the floor as an Integral."),
        Def::new("__ceil__", Func::NoArgs(ceil), "($self, /)", "Return the ceiling as an Integral."),
        Def::new(
            "__round__",
            Func::Pos(round, 0, 1),
            "($self, ndigits=None, /)",
            "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like \
             built-in round(x, ndigits).",
        ),
        Def::new(
            "as_integer_ratio",
            Func::NoArgs(as_integer_ratio),
            "($self, /)",
            "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest \
             terms and has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on \
             NaNs.\n\n>>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (0.0).as_integer_ratio()\n(0, 1)\n>>> \
             (-.25).as_integer_ratio()\n(-1, 4)",
        ),
        Def::class(
            "fromhex",
            Func::One(from_hex),
            "($type, string, /)",
            "Create a floating-point number from a hexadecimal string.\n\n>>> \
             float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324",
        ),
        Def::new(
            "hex",
            Func::NoArgs(hex),
            "($self, /)",
            "Return a hexadecimal representation of a floating-point number.\n\n>>> \
             (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'",
        ),
        Def::new("is_integer", Func::NoArgs(is_integer), "($self, /)", "Return True if the float is an integer."),
        Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
        Def::class(
            "__getformat__",
            Func::One(get_format),
            "($type, typestr, /)",
            "You probably don't want to use this function.\n\n  typestr\n    Must be 'double' or 'float'.\n\nIt exists \
             mainly to be used in Python's test suite.\n\nThis function returns whichever of 'unknown', 'IEEE, \
             big-endian' or\n'IEEE, little-endian' best describes the format of floating-point\nnumbers used by the C \
             type named by typestr.",
        ),
        Def::new(
            "__format__",
            Func::One(format),
            "($self, format_spec, /)",
            "Formats the float according to format_spec.",
        ),
    ],
    getset: &[
        GetSet::ro("real", itself, "the real part of a complex number"),
        GetSet::ro("imag", imag, "the imaginary part of a complex number"),
    ],
};
