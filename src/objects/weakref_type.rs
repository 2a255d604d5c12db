//! The type `weakref.ref`.

use super::container::{self, class_of};
use super::generic_alias;
use super::header::Kind;
use super::protocol;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use super::weakref::WeakRef;
use std::sync::atomic::Ordering::Relaxed;

/// `TypeError` for an object that cannot be referred to weakly.
pub fn check_referent(t: &Thread, v: &Value) -> R<()> {
    let typ = v.type_of(t);
    if v.is_heap() && typ.has_flag(type_flags::WEAKREFABLE) {
        return Ok(());
    }
    Err(t.type_error(format!("cannot create weak reference to '{}' object", typ.name_str())))
}

/// A reference to an object and nothing else: the same one each time.
pub fn make(t: &Thread, referent: &Value, callback: Option<Value>) -> R {
    check_referent(t, referent)?;
    let typ = t.types().weakref.get();
    if callback.is_none()
        && let Some(existing) = WeakRef::existing(t, referent, typ)
    {
        return Ok(existing);
    }
    Ok(WeakRef::make(t, typ, Kind::WeakRef, referent, callback))
}

fn reference<'a>(t: &Thread, v: &'a Value) -> R<&'a WeakRef> {
    WeakRef::of(v).ok_or_else(|| t.type_error("a weak reference is required"))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    container::check_positional(t, "__new__", args.pos.len(), 1, 2)?;
    let typ = class_of(t, class)?;
    let callback = args.pos.get(1).filter(|c| !c.is_none()).cloned();
    if std::ptr::eq(typ, t.types().weakref.get()) {
        container::no_keywords(t, "ref", args)?;
        return make(t, &args.pos[0], callback);
    }
    check_referent(t, &args.pos[0])?;
    // SAFETY: the class has this layout, and the whole payload is written.
    let v = unsafe { super::alloc::alloc_instance::<WeakRef>(t, typ, |this| WeakRef::init_payload(this, callback))? };
    WeakRef::register(t, &v, &args.pos[0]);
    Ok(v)
}

fn init(t: &Thread, _v: &Value, args: Args<'_>) -> R<()> {
    container::no_keywords(t, "ref", args)?;
    container::check_positional(t, "__init__", args.pos.len(), 1, 2)
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    container::no_keywords(t, "weakref", args)?;
    container::check_positional(t, "weakref", args.pos.len(), 0, 0)?;
    Ok(reference(t, v)?.get(t).unwrap_or(Value::NONE))
}

/// The hash of the referent, which lasts longer than it.
fn hash(t: &Thread, v: &Value) -> R<i64> {
    let r = reference(t, v)?;
    match r.hash.load(Relaxed) {
        -1 => {}
        hash => return Ok(hash),
    }
    let Some(referent) = r.get(t) else { return Err(t.type_error("weak object has gone away")) };
    let hash = protocol::hash(t, &referent)?;
    r.hash.store(hash, Relaxed);
    Ok(hash)
}

/// References to living objects compare as those do; others by identity.
fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) = (a.cast::<WeakRef>(), b.cast::<WeakRef>(), op) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match (x.get(t), y.get(t)) {
        (Some(x), Some(y)) => protocol::compare(t, &x, &y, op),
        _ => Ok(Value::bool(a.is(b) == (op == CmpOp::Eq))),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let Some(referent) = reference(t, v)?.get(t) else {
        return Ok(t.str(format!("<weakref at {:#x}; dead>", v.id())));
    };
    let name = protocol::getattr_opt(t, &referent, &t.names().__name__)?;
    let mut out = container::Text::default();
    let typ = referent.type_of(t).qualified_name(t);
    out.push(&format!("<weakref at {:#x}; to '{typ}' at {:#x}", v.id(), referent.id()));
    if let Some(name) = name.filter(|n| n.cast::<Str>().is_some()) {
        out.push(" (");
        out.push_str(&name);
        out.push(")");
    }
    out.push(">");
    Ok(out.finish(t))
}

pub static SPEC: Spec = Spec {
    name: "weakref.ReferenceType",
    kind: Kind::WeakRef,
    size: std::mem::size_of::<WeakRef>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        call: Some(call),
        hash: Some(hash),
        compare: Some(compare),
        repr: Some(repr),
        traverse: Some(WeakRef::traverse),
        clear: Some(WeakRef::clear_refs),
        drop: Some(WeakRef::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::class(
        "__class_getitem__",
        Func::One(generic_alias::make_for_class),
        "($type, object, /)",
        "See PEP 585",
    )],
    getset: &[GetSet::member("__callback__", |t, v| Ok(reference(t, v)?.callback.get(t).unwrap_or(Value::NONE)), "")],
    ..Spec::DEFAULT
};
