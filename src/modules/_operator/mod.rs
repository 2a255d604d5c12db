//! `_operator`: the operators of the language as functions, and callables that fetch items and attributes.

mod digest;
mod getters;
mod method_caller;

use crate::modules::ModuleSpec;
use crate::modules::native_type::add_types;
use crate::objects::arith::{self, BinaryOp, UnaryOp};
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

const DOC: &str = "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.  The function names are those\nused for special methods; variants without leading and trailing\n'__' are also provided for convenience.";

/// How the getters themselves are called.
static SIGNATURE: &[GetSet] = &[GetSet::ro("__text_signature__", |t, _| Ok(t.str("(obj, /)")), "")];

fn concat(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (a, b) = (&args[0], &args[1]);
    if let Some(f) = a.type_of(t).slots().sq_concat {
        return f(t, a, b);
    }
    if protocol::is_sequence(t, a) && protocol::is_sequence(t, b) {
        return arith::binary_op(t, BinaryOp::Add, a, b);
    }
    Err(t.type_error(format!("'{}' object can't be concatenated", a.type_of(t).name_str())))
}

fn iconcat(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (a, b) = (&args[0], &args[1]);
    let slots = a.type_of(t).slots();
    if let Some(f) = slots.sq_inplace_concat.or(slots.sq_concat) {
        return f(t, a, b);
    }
    if protocol::is_sequence(t, a) && protocol::is_sequence(t, b) {
        return arith::inplace_op(t, BinaryOp::Add, a, b);
    }
    Err(t.type_error(format!("'{}' object can't be concatenated", a.type_of(t).name_str())))
}

fn setitem(t: &Thread, _: &Value, args: &[Value]) -> R {
    protocol::setitem(t, &args[0], &args[1], Some(&args[2]))?;
    Ok(Value::NONE)
}

fn delitem(t: &Thread, _: &Value, args: &[Value]) -> R {
    protocol::setitem(t, &args[0], &args[1], None)?;
    Ok(Value::NONE)
}

fn pow(t: &Thread, _: &Value, args: &[Value]) -> R {
    arith::power(t, &args[0], &args[1], &Value::NONE)
}

/// An iterator over what `countOf` and `indexOf` look through.
fn searched(t: &Thread, v: &Value) -> R {
    match t.catch(protocol::iter(t, v), |types| &types.type_error)? {
        Some(it) => Ok(it),
        None => Err(t.type_error(format!("argument of type '{}' is not iterable", v.type_of(t).name_str()))),
    }
}

fn count_of(t: &Thread, _: &Value, args: &[Value]) -> R {
    let it = searched(t, &args[0])?;
    let mut n = 0;
    while let Some(item) = protocol::next(t, &it)? {
        n += i64::from(protocol::eq(t, &item, &args[1])?);
    }
    Ok(int::new(t, n))
}

fn index_of(t: &Thread, _: &Value, args: &[Value]) -> R {
    let it = searched(t, &args[0])?;
    let mut i = 0;
    while let Some(item) = protocol::next(t, &it)? {
        if protocol::eq(t, &item, &args[1])? {
            return Ok(int::new(t, i));
        }
        i += 1;
    }
    Err(t.value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(t: &Thread, _: &Value, args: &[Value]) -> R {
    let default = args.get(1).map_or(Ok(0), |d| int::arg_isize(t, d))?;
    // A negative default is passed on as it is; nothing else is negative.
    match usize::try_from(default) {
        Ok(default) => Ok(int::from_usize(t, protocol::length_hint(t, &args[0], default)?)),
        Err(_) => match protocol::length_hint(t, &args[0], usize::MAX)? {
            usize::MAX => Ok(int::new(t, default as i64)),
            n => Ok(int::from_usize(t, n)),
        },
    }
}

fn call(t: &Thread, _: &Value, args: Args<'_>) -> R {
    match args.pos.split_first() {
        Some((callable, rest)) => protocol::call_args(t, callable, Args { pos: rest, ..args }),
        None => Err(t.type_error("call expected at least 1 argument, got 0")),
    }
}

/// Rows of the table below, by how the function works.
macro_rules! unary {
    ($name:literal, $op:ident, $doc:literal) => {
        Def::new($name, Func::One(|t, _, a| arith::unary(t, UnaryOp::$op, a)), "($module, a, /)", $doc)
    };
}
macro_rules! binary {
    ($name:literal, $op:ident, $doc:literal) => {
        Def::new(
            $name,
            Func::Pos(|t, _, a| arith::binary_op(t, BinaryOp::$op, &a[0], &a[1]), 2, 2),
            "($module, a, b, /)",
            $doc,
        )
    };
}
macro_rules! inplace {
    ($name:literal, $op:ident, $doc:literal) => {
        Def::new(
            $name,
            Func::Pos(|t, _, a| arith::inplace_op(t, BinaryOp::$op, &a[0], &a[1]), 2, 2),
            "($module, a, b, /)",
            $doc,
        )
    };
}
macro_rules! compare {
    ($name:literal, $op:ident, $doc:literal) => {
        Def::new(
            $name,
            Func::Pos(|t, _, a| protocol::compare(t, &a[0], &a[1], CmpOp::$op), 2, 2),
            "($module, a, b, /)",
            $doc,
        )
    };
}
macro_rules! one {
    ($name:literal, $f:expr, $doc:literal) => {
        Def::new($name, Func::One($f), "($module, a, /)", $doc)
    };
}
macro_rules! two {
    ($name:literal, $f:expr, $doc:literal) => {
        Def::new($name, Func::Pos($f, 2, 2), "($module, a, b, /)", $doc)
    };
}

static FUNCTIONS: &[Def] = &[
    one!("truth", |t, _, a| Ok(Value::bool(protocol::truth(t, a)?)), "Return True if a is true, False otherwise."),
    two!(
        "contains",
        |t, _, a| Ok(Value::bool(protocol::contains(t, &a[0], &a[1])?)),
        "Same as b in a (note reversed operands)."
    ),
    two!("indexOf", index_of, "Return the first index of b in a."),
    two!("countOf", count_of, "Return the number of items in a which are, or which equal, b."),
    two!("is_", |_, _, a| Ok(Value::bool(a[0].is(&a[1]))), "Same as a is b."),
    two!("is_not", |_, _, a| Ok(Value::bool(!a[0].is(&a[1]))), "Same as a is not b."),
    one!("is_none", |_, _, a| Ok(Value::bool(a.is_none())), "Same as a is None."),
    one!("is_not_none", |_, _, a| Ok(Value::bool(!a.is_none())), "Same as a is not None."),
    one!("index", |t, _, a| protocol::index(t, a), "Same as a.__index__()"),
    binary!("add", Add, "Same as a + b."),
    binary!("sub", Subtract, "Same as a - b."),
    binary!("mul", Multiply, "Same as a * b."),
    binary!("matmul", MatrixMultiply, "Same as a @ b."),
    binary!("floordiv", FloorDivide, "Same as a // b."),
    binary!("truediv", TrueDivide, "Same as a / b."),
    binary!("mod", Remainder, "Same as a % b."),
    unary!("neg", Negative, "Same as -a."),
    unary!("pos", Positive, "Same as +a."),
    unary!("abs", Absolute, "Same as abs(a)."),
    unary!("inv", Invert, "Same as ~a."),
    unary!("invert", Invert, "Same as ~a."),
    binary!("lshift", LeftShift, "Same as a << b."),
    binary!("rshift", RightShift, "Same as a >> b."),
    one!("not_", |t, _, a| Ok(Value::bool(!protocol::truth(t, a)?)), "Same as not a."),
    binary!("and_", And, "Same as a & b."),
    binary!("xor", Xor, "Same as a ^ b."),
    binary!("or_", Or, "Same as a | b."),
    inplace!("iadd", Add, "Same as a += b."),
    inplace!("isub", Subtract, "Same as a -= b."),
    inplace!("imul", Multiply, "Same as a *= b."),
    inplace!("imatmul", MatrixMultiply, "Same as a @= b."),
    inplace!("ifloordiv", FloorDivide, "Same as a //= b."),
    inplace!("itruediv", TrueDivide, "Same as a /= b."),
    inplace!("imod", Remainder, "Same as a %= b."),
    inplace!("ilshift", LeftShift, "Same as a <<= b."),
    inplace!("irshift", RightShift, "Same as a >>= b."),
    inplace!("iand", And, "Same as a &= b."),
    inplace!("ixor", Xor, "Same as a ^= b."),
    inplace!("ior", Or, "Same as a |= b."),
    two!("concat", concat, "Same as a + b, for a and b sequences."),
    two!("iconcat", iconcat, "Same as a += b, for a and b sequences."),
    two!("getitem", |t, _, a| protocol::getitem(t, &a[0], &a[1]), "Same as a[b]."),
    Def::new("setitem", Func::Pos(setitem, 3, 3), "($module, a, b, c, /)", "Same as a[b] = c."),
    two!("delitem", delitem, "Same as del a[b]."),
    two!("pow", pow, "Same as a ** b."),
    inplace!("ipow", Power, "Same as a **= b."),
    compare!("eq", Eq, "Same as a == b."),
    compare!("ne", Ne, "Same as a != b."),
    compare!("lt", Lt, "Same as a < b."),
    compare!("le", Le, "Same as a <= b."),
    compare!("gt", Gt, "Same as a > b."),
    compare!("ge", Ge, "Same as a >= b."),
    digest::COMPARE_DIGEST,
    Def::new(
        "length_hint",
        Func::Pos(length_hint, 1, 2),
        "($module, obj, default=0, /)",
        "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0.",
    ),
    Def::new("call", Func::Any(call), "($module, obj, /, *args, **kwargs)", "Same as obj(*args, **kwargs)."),
];

static TYPES: &[&Spec] = &[&getters::ATTRGETTER, &getters::ITEMGETTER, &method_caller::SPEC];

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, TYPES);
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_operator", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
