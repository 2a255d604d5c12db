//! The operators: how `a + b` finds the function that computes it.
//!
//! The rule is CPython's `binary_op1`: the left operand's slot is tried first, then the right one's, except
//! that the right one goes first if its type is a subclass of the left one's. A slot that does not know the
//! operands answers `NotImplemented`. `+` and `*` then fall back to the sequence slots.
//!
//! Beside that stand the fast paths: functions of two raw words that compute the result if both are
//! immediates, and say so if they are not ([`fast`]).

use super::number::{Fault, FaultKind};
use super::protocol;
use super::slots::{Binary, R, Raised, Slots, Ternary, Unary};
use super::string::Str;
use super::text::{CodePoints, Units};
use super::thread::Thread;
use super::type_object::Type;
use super::value::Value;

pub mod fast;

/// A binary operator, numbered as `BINARY_OP`'s argument (`bytecode::BINARY_OPS`). The in-place form of each
/// is 13 above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BinaryOp {
    Add = 0,
    And = 1,
    FloorDivide = 2,
    LeftShift = 3,
    MatrixMultiply = 4,
    Multiply = 5,
    Remainder = 6,
    Or = 7,
    Power = 8,
    RightShift = 9,
    Subtract = 10,
    TrueDivide = 11,
    Xor = 12,
    /// Only `divmod()`: no instruction's argument.
    DivMod = 13,
}

/// How far the in-place forms are above the plain ones in `BINARY_OP`'s argument.
pub const INPLACE: u32 = 13;

/// What an operator is made of.
struct Row {
    /// As error messages show it.
    symbol: &'static str,
    inplace_symbol: &'static str,
    slot: fn(&Slots) -> Option<Binary>,
    inplace_slot: fn(&Slots) -> Option<Binary>,
}

macro_rules! rows {
    ($($symbol:literal $inplace_symbol:literal $slot:ident $inplace:ident,)*) => {
        [$(Row {
            symbol: $symbol,
            inplace_symbol: $inplace_symbol,
            slot: |s| s.$slot,
            inplace_slot: |s| s.$inplace,
        }),*]
    };
}

/// `**` has slots of three operands and is not looked up here.
static ROWS: [Row; 14] = rows! {
    "+" "+=" nb_add nb_inplace_add,
    "&" "&=" nb_and nb_inplace_and,
    "//" "//=" nb_floor_divide nb_inplace_floor_divide,
    "<<" "<<=" nb_lshift nb_inplace_lshift,
    "@" "@=" nb_matrix_multiply nb_inplace_matrix_multiply,
    "*" "*=" nb_multiply nb_inplace_multiply,
    "%" "%=" nb_remainder nb_inplace_remainder,
    "|" "|=" nb_or nb_inplace_or,
    "** or pow()" "**=" nb_add nb_add,
    ">>" ">>=" nb_rshift nb_inplace_rshift,
    "-" "-=" nb_subtract nb_inplace_subtract,
    "/" "/=" nb_true_divide nb_inplace_true_divide,
    "^" "^=" nb_xor nb_inplace_xor,
    "divmod()" "divmod()" nb_divmod nb_divmod,
};

impl BinaryOp {
    /// The operator of a `BINARY_OP` argument and whether it is the in-place form. `None` for subscription.
    #[inline]
    pub fn from_arg(arg: u32) -> Option<(BinaryOp, bool)> {
        use BinaryOp::*;
        const PLAIN: [BinaryOp; 13] = [
            Add,
            And,
            FloorDivide,
            LeftShift,
            MatrixMultiply,
            Multiply,
            Remainder,
            Or,
            Power,
            RightShift,
            Subtract,
            TrueDivide,
            Xor,
        ];
        match arg {
            0..13 => Some((PLAIN[arg as usize], false)),
            13..26 => Some((PLAIN[(arg - INPLACE) as usize], true)),
            _ => None,
        }
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// As error messages show it.
    pub fn symbol(self) -> &'static str {
        self.row().symbol
    }
}

/// `a op b`.
#[inline]
pub fn binary_op(t: &Thread, op: BinaryOp, a: &Value, b: &Value) -> R {
    if let Some(result) = fast::binary(op, a.bits(), b.bits()) {
        // SAFETY: the fast paths make immediates, which own no count.
        return Ok(unsafe { Value::from_bits(result) });
    }
    binary_slow(t, op, a, b)
}

/// As [`binary_op`], where the fast paths have been tried.
pub fn binary_slow(t: &Thread, op: BinaryOp, a: &Value, b: &Value) -> R {
    t.check_stack("")?;
    if op == BinaryOp::Power {
        return power(t, a, b, &Value::NONE);
    }
    let row = op.row();
    let result = dispatch(t, row.slot, a, b)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    match sequence_op(t, op, a, b, false)? {
        Some(result) => Ok(result),
        None => Err(unsupported(t, row.symbol, a, b)),
    }
}

/// `a op= b`: what is to be stored back into `a`.
pub fn inplace_op(t: &Thread, op: BinaryOp, a: &Value, b: &Value) -> R {
    if let Some(result) = fast::binary(op, a.bits(), b.bits()) {
        // SAFETY: as in `binary_op`.
        return Ok(unsafe { Value::from_bits(result) });
    }
    if op == BinaryOp::Power {
        return inplace_power(t, a, b);
    }
    let row = op.row();
    if let Some(f) = (row.inplace_slot)(a.type_of(t).slots()) {
        let result = f(t, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    let result = dispatch(t, row.slot, a, b)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    match sequence_op(t, op, a, b, true)? {
        Some(result) => Ok(result),
        None => Err(unsupported(t, row.inplace_symbol, a, b)),
    }
}

/// CPython's `binary_op1`: `NotImplemented` where neither operand knows how.
fn dispatch(t: &Thread, slot: fn(&Slots) -> Option<Binary>, a: &Value, b: &Value) -> R {
    let (ta, tb) = (a.type_of(t), b.type_of(t));
    let left = slot(ta.slots());
    let mut right = if std::ptr::eq(ta, tb) { None } else { slot(tb.slots()) };
    if let (Some(f), Some(g)) = (left, right)
        && std::ptr::fn_addr_eq(f, g)
    {
        right = None;
    }
    if let Some(f) = left {
        if let Some(g) = right
            && tb.is_subtype(ta)
        {
            let result = g(t, a, b)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            right = None;
        }
        let result = f(t, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    match right {
        Some(g) => g(t, a, b),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `+` and `*` of sequences; `None` for other operators and operands.
fn sequence_op(t: &Thread, op: BinaryOp, a: &Value, b: &Value, inplace: bool) -> R<Option<Value>> {
    let (sa, sb) = (a.type_of(t).slots(), b.type_of(t).slots());
    match op {
        BinaryOp::Add => {
            let f = if inplace { sa.sq_inplace_concat.or(sa.sq_concat) } else { sa.sq_concat };
            f.map(|f| f(t, a, b)).transpose()
        }
        BinaryOp::Multiply => {
            let f = if inplace { sa.sq_inplace_repeat.or(sa.sq_repeat) } else { sa.sq_repeat };
            if let Some(f) = f {
                return f(t, a, repeat_count(t, b)?).map(Some);
            }
            // The right operand must not change: never in place.
            match sb.sq_repeat {
                Some(f) => f(t, b, repeat_count(t, a)?).map(Some),
                None => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn repeat_count(t: &Thread, count: &Value) -> R<i64> {
    if count.type_of(t).slots().nb_index.is_none() {
        let name = count.type_of(t).name_str();
        return Err(t.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    let i = protocol::index(t, count)?;
    super::int::as_i64(&i).ok_or_else(|| {
        t.overflow_error(format!("cannot fit '{}' into an index-sized integer", count.type_of(t).name_str()))
    })
}

#[cold]
fn unsupported(t: &Thread, symbol: &str, a: &Value, b: &Value) -> Raised {
    t.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{}' and '{}'",
        a.type_of(t).name_str(),
        b.type_of(t).name_str()
    ))
}

/// `a ** b` and `pow(a, b, modulus)`, where `None` is no modulus.
pub fn power(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    let result = power_dispatch(t, a, b, modulus)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    if modulus.is_none() {
        return Err(unsupported(t, BinaryOp::Power.symbol(), a, b));
    }
    Err(t.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        a.type_of(t).name_str(),
        b.type_of(t).name_str(),
        modulus.type_of(t).name_str()
    )))
}

fn inplace_power(t: &Thread, a: &Value, b: &Value) -> R {
    if let Some(f) = a.type_of(t).slots().nb_inplace_power {
        let result = f(t, a, b, &Value::NONE)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    let result = power_dispatch(t, a, b, &Value::NONE)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    Err(unsupported(t, BinaryOp::Power.row().inplace_symbol, a, b))
}

/// CPython's `ternary_op`: left, right (first, if it is a subclass), then the third operand's slot.
fn power_dispatch(t: &Thread, a: &Value, b: &Value, modulus: &Value) -> R {
    let (ta, tb) = (a.type_of(t), b.type_of(t));
    let same = |f: Ternary, g: Option<Ternary>| g.is_some_and(|g| std::ptr::fn_addr_eq(f, g));
    let left = ta.slots().nb_power;
    let mut right = if std::ptr::eq(ta, tb) { None } else { tb.slots().nb_power };
    if left.is_some_and(|f| same(f, right)) {
        right = None;
    }
    let first_right = right;
    if let Some(f) = left {
        if let Some(g) = right
            && tb.is_subtype(ta)
        {
            let result = g(t, a, b, modulus)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            right = None;
        }
        let result = f(t, a, b, modulus)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if let Some(g) = right {
        let result = g(t, a, b, modulus)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if let Some(h) = modulus.type_of(t).slots().nb_power
        && !same(h, left)
        && !same(h, first_right)
    {
        return h(t, a, b, modulus);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Negative,
    Positive,
    Invert,
    Absolute,
}

/// `-v`, `+v`, `~v`, `abs(v)`.
pub fn unary(t: &Thread, op: UnaryOp, v: &Value) -> R {
    if op == UnaryOp::Negative
        && let Some(result) = fast::negative(v.bits())
    {
        // SAFETY: as in `binary_op`.
        return Ok(unsafe { Value::from_bits(result) });
    }
    let slots = v.type_of(t).slots();
    let (slot, what): (Option<Unary>, &str) = match op {
        UnaryOp::Negative => (slots.nb_negative, "unary -"),
        UnaryOp::Positive => (slots.nb_positive, "unary +"),
        UnaryOp::Invert => (slots.nb_invert, "unary ~"),
        UnaryOp::Absolute => (slots.nb_absolute, "abs()"),
    };
    match slot {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("bad operand type for {what}: '{}'", v.type_of(t).name_str()))),
    }
}

/// Raises what the number machinery found wrong.
#[cold]
pub fn raise_fault(t: &Thread, fault: Fault) -> Raised {
    match fault.kind {
        FaultKind::Value => t.value_error(fault.message),
        FaultKind::Type => t.type_error(fault.message),
        FaultKind::Overflow => t.overflow_error(fault.message),
        FaultKind::ZeroDivision => t.zero_division_error(fault.message),
        FaultKind::Memory => t.memory_error(),
    }
}

/// The class that a `__new__` got, which must be one.
pub fn check_new_class<'a>(t: &Thread, class: &'a Value) -> R<&'a Type> {
    class.cast::<Type>().ok_or_else(|| t.type_error("__new__(X): X is not a type object"))
}

/// The specification given to `__format__`, `None` if it is empty.
pub(super) fn format_text<'a>(t: &Thread, v: &Value, spec: &'a Value) -> R<Option<&'a Value>> {
    match spec.cast::<Str>() {
        Some(s) if s.is_empty() => Ok(None),
        Some(_) => Ok(Some(spec)),
        None => {
            let _ = v;
            let given = if spec.is_none() { "None".to_owned() } else { spec.type_of(t).name_str() };
            Err(t.type_error(format!("__format__() argument must be str, not {given}")))
        }
    }
}

/// New text as a `str`.
pub fn str_of(t: &Thread, text: CodePoints) -> Value {
    use super::string::Units as View;
    match text.finish().0 {
        Units::One(u) => Str::from_units(t, View::One(&u)),
        Units::Two(u) => Str::from_units(t, View::Two(&u)),
        Units::Four(u) => Str::from_units(t, View::Four(&u)),
    }
}
