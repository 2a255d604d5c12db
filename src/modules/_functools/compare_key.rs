//! `cmp_to_key`: a function that compares becomes one that makes keys.

use crate::modules::native_type::{Signature, fields, with_type};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_slots::hash_not_implemented;
use crate::objects::value::Value;

fields! {
    /// The payload of `KeyWrapper`: the function, and the object that it stands for.
    KeyWrapper { function: Value, object: Slot }
}

fn make(t: &Thread, function: &Value, object: Option<Value>) -> R {
    with_type(t, &SPEC, |class| {
        KeyWrapper::make_in(t, class, function.clone(), Slot::from_option(object.map(Value::into_owned)))
    })
}

fn cmp_to_key(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    make(t, args[0].as_ref().unwrap_or(&Value::NONE), None)
}

static SIGNATURE: Signature = Signature::new("K", "(obj)");

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let [object] = SIGNATURE.bind::<1>(t, args)?;
    make(t, &KeyWrapper::this(v).function, object)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let Some(y) = KeyWrapper::of(b) else { return Err(t.type_error("other argument must be K instance")) };
    let x = KeyWrapper::this(a);
    let (Some(p), Some(q)) = (x.object.get(t), y.object.get(t)) else {
        return Err(t.raise_message(&t.types().attribute_error, "object"));
    };
    let result = protocol::call(t, &x.function, &[p, q])?;
    protocol::compare(t, &result, &Value::small(0), op)
}

fn object(t: &Thread, v: &Value) -> R {
    Ok(KeyWrapper::this(v).object.get(t).unwrap_or(Value::NONE))
}

fn set_object(_: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(KeyWrapper::this(v).object.replace(value.cloned()));
    Ok(())
}

static GETSET: &[GetSet] = &[GetSet::member_rw("obj", object, set_object, "Value wrapped by a key function.")];

/// `functools.cmp_to_key`.
pub const CMP_TO_KEY: Def = Def::new(
    "cmp_to_key",
    Func::Bound(cmp_to_key),
    "($module, /, mycmp)",
    "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.",
);

/// `functools.KeyWrapper`.
pub static SPEC: Spec = Spec {
    name: "functools.KeyWrapper",
    kind: Kind::Opaque,
    size: KeyWrapper::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { call: Some(call), compare: Some(compare), hash: Some(hash_not_implemented), ..KeyWrapper::MEMORY },
    getset: GETSET,
    ..Spec::DEFAULT
};
