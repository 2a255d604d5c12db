//! `weakref.proxy`: an object that passes every operation on to what it refers to weakly.

use super::arith::{self, BinaryOp, UnaryOp};
use super::header::Kind;
use super::protocol;
use super::slots::{R, Raised, Slots};
use super::spec::{Def, Func, Spec, type_flags};
use super::thread::Thread;
use super::value::Value;
use super::weakref::WeakRef;

/// A proxy of an object: callable if that is.
pub fn make(t: &Thread, referent: &Value, callback: Option<Value>) -> R {
    super::weakref_type::check_referent(t, referent)?;
    let typ = match referent.type_of(t).slots().call {
        Some(_) => t.types().weakcallableproxy.get(),
        None => t.types().weakproxy.get(),
    };
    if callback.is_none()
        && let Some(existing) = WeakRef::existing(t, referent, typ)
    {
        return Ok(existing);
    }
    Ok(WeakRef::make(t, typ, Kind::WeakProxy, referent, callback))
}

#[cold]
fn gone(t: &Thread) -> Raised {
    t.reference_error("weakly-referenced object no longer exists")
}

/// What a proxy stands for; anything else stands for itself.
fn target(t: &Thread, v: &Value) -> R {
    match v.header().filter(|h| h.layout() == Kind::WeakProxy).and_then(|_| WeakRef::of(v)) {
        Some(r) => r.get(t).ok_or_else(|| gone(t)),
        None => Ok(v.clone()),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let address = v.id();
    Ok(t.str(match WeakRef::of(v).and_then(|r| r.get(t)) {
        Some(referent) => {
            format!(
                "<weakproxy at {address:#x}; to '{}' at {:#x}>",
                referent.type_of(t).qualified_name(t),
                referent.id()
            )
        }
        None => format!("<weakproxy at {address:#x}; dead>"),
    }))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = target(t, v)?;
    if it.type_of(t).slots().next.is_none() {
        let name = it.type_of(t).name_str();
        return Err(t.type_error(format!("Weakref proxy referenced a non-iterator '{name}' object")));
    }
    protocol::next(t, &it)
}

macro_rules! binary {
    ($op:ident) => {
        Some(|t, a, b| arith::binary_op(t, BinaryOp::$op, &target(t, a)?, &target(t, b)?))
    };
}

macro_rules! inplace {
    ($op:ident) => {
        Some(|t, a, b| arith::inplace_op(t, BinaryOp::$op, &target(t, a)?, &target(t, b)?))
    };
}

macro_rules! unary {
    ($op:ident) => {
        Some(|t, v| arith::unary(t, UnaryOp::$op, &target(t, v)?))
    };
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    str: Some(|t, v| protocol::str(t, &target(t, v)?)),
    getattr: Some(|t, v, name| protocol::getattr(t, &target(t, v)?, name)),
    setattr: Some(|t, v, name, value| protocol::setattr(t, &target(t, v)?, name, value)),
    compare: Some(|t, a, b, op| protocol::compare(t, &target(t, a)?, &target(t, b)?, op)),
    iter: Some(|t, v| protocol::iter(t, &target(t, v)?)),
    next: Some(next),
    nb_add: binary!(Add),
    nb_subtract: binary!(Subtract),
    nb_multiply: binary!(Multiply),
    nb_remainder: binary!(Remainder),
    nb_divmod: binary!(DivMod),
    nb_power: Some(|t, a, b, m| arith::power(t, &target(t, a)?, &target(t, b)?, &target(t, m)?)),
    nb_negative: unary!(Negative),
    nb_positive: unary!(Positive),
    nb_absolute: unary!(Absolute),
    nb_bool: Some(|t, v| protocol::truth(t, &target(t, v)?)),
    nb_invert: unary!(Invert),
    nb_lshift: binary!(LeftShift),
    nb_rshift: binary!(RightShift),
    nb_and: binary!(And),
    nb_xor: binary!(Xor),
    nb_or: binary!(Or),
    nb_int: Some(|t, v| protocol::call(t, &t.types().int.value(), &[target(t, v)?])),
    nb_float: Some(|t, v| protocol::call(t, &t.types().float.value(), &[target(t, v)?])),
    nb_index: Some(|t, v| protocol::index(t, &target(t, v)?)),
    nb_floor_divide: binary!(FloorDivide),
    nb_true_divide: binary!(TrueDivide),
    nb_matrix_multiply: binary!(MatrixMultiply),
    nb_inplace_add: inplace!(Add),
    nb_inplace_subtract: inplace!(Subtract),
    nb_inplace_multiply: inplace!(Multiply),
    nb_inplace_remainder: inplace!(Remainder),
    nb_inplace_power: Some(|t, a, b, _| arith::inplace_op(t, BinaryOp::Power, &target(t, a)?, &target(t, b)?)),
    nb_inplace_lshift: inplace!(LeftShift),
    nb_inplace_rshift: inplace!(RightShift),
    nb_inplace_and: inplace!(And),
    nb_inplace_xor: inplace!(Xor),
    nb_inplace_or: inplace!(Or),
    nb_inplace_floor_divide: inplace!(FloorDivide),
    nb_inplace_true_divide: inplace!(TrueDivide),
    nb_inplace_matrix_multiply: inplace!(MatrixMultiply),
    len: Some(|t, v| protocol::len(t, &target(t, v)?)),
    getitem: Some(|t, v, key| protocol::getitem(t, &target(t, v)?, key)),
    setitem: Some(|t, v, key, value| protocol::setitem(t, &target(t, v)?, key, value)),
    contains: Some(|t, v, item| protocol::contains(t, &target(t, v)?, item)),
    traverse: Some(WeakRef::traverse),
    clear: Some(WeakRef::clear_refs),
    drop: Some(WeakRef::drop_payload),
    ..Slots::EMPTY
};

const METHODS: &[Def] = &[
    Def::new("__bytes__", Func::NoArgs(|t, v| forward(t, v, "__bytes__")), "($self, /)", ""),
    Def::new("__reversed__", Func::NoArgs(|t, v| forward(t, v, "__reversed__")), "($self, /)", ""),
];

fn forward(t: &Thread, v: &Value, name: &str) -> R {
    protocol::call_method_str(t, &target(t, v)?, name, &[])
}

pub static PROXY: Spec = Spec {
    name: "weakref.ProxyType",
    kind: Kind::WeakProxy,
    size: std::mem::size_of::<WeakRef>(),
    flags: type_flags::HAVE_GC,
    slots: SLOTS,
    methods: METHODS,
    ..Spec::DEFAULT
};

pub static CALLABLE: Spec = Spec {
    name: "weakref.CallableProxyType",
    kind: Kind::WeakProxy,
    size: std::mem::size_of::<WeakRef>(),
    flags: type_flags::HAVE_GC,
    slots: Slots { call: Some(|t, v, args| protocol::call_args(t, &target(t, v)?, args)), ..SLOTS },
    methods: METHODS,
    ..Spec::DEFAULT
};
