//! The types `Handle` and `TimerHandle`: their methods and attributes.

use super::future_type::{bind, not_none};
use super::handle::{self, Handle, Timer, this, timer};
use crate::objects::container::class_of;
use crate::objects::native::Signature;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, Handle::default())
}

fn new_timer(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, Timer::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let bound = bind(t, &SIGNATURE, "Handle", "(callback, args, loop, context=None)", args)?;
    let [Some(callback), Some(args), Some(of_loop), context] = bound else { return Ok(()) };
    handle::init(t, v, &callback, &args, &of_loop, not_none(&context))
}

fn init_timer(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let bound = bind(t, &SIGNATURE, "TimerHandle", "(when, callback, args, loop, context=None)", args)?;
    let [Some(when), Some(callback), Some(args), Some(of_loop), context] = bound else { return Ok(()) };
    timer(v).when.set(when);
    timer(v).scheduled.store(false, Relaxed);
    handle::init(t, v, &callback, &args, &of_loop, not_none(&context))
}

fn cancelled(_: &Thread, v: &Value) -> R {
    Ok(Value::bool(this(v).is_cancelled()))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    protocol::hash(t, &timer(v).when.get(t).unwrap_or(Value::NONE))
}

fn equal(t: &Thread, a: &Value, b: &Value) -> R<bool> {
    let field = |v: &Value, i: usize| {
        let slot = [&timer(v).when, &this(v).callback, &this(v).args][i];
        slot.get(t).unwrap_or(Value::NONE)
    };
    for i in 0..3 {
        if !protocol::eq(t, &field(a, i), &field(b, i))? {
            return Ok(false);
        }
    }
    Ok(this(a).is_cancelled() == this(b).is_cancelled())
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.opaque::<Timer>(), b.opaque::<Timer>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let strict = |op: CmpOp| {
        let (x, y) = (x.when.get(t).unwrap_or(Value::NONE), y.when.get(t).unwrap_or(Value::NONE));
        protocol::compare_bool(t, &x, &y, op)
    };
    Ok(Value::bool(match op {
        CmpOp::Lt | CmpOp::Gt => strict(op)?,
        CmpOp::Le => strict(CmpOp::Lt)? || equal(t, a, b)?,
        CmpOp::Ge => strict(CmpOp::Gt)? || equal(t, a, b)?,
        CmpOp::Eq => equal(t, a, b)?,
        CmpOp::Ne => !equal(t, a, b)?,
    }))
}

/// An attribute that is a field of the payload.
macro_rules! field {
    ($name:literal, $field:ident) => {
        GetSet::member_rw(
            $name,
            |t, v| Ok(this(v).$field.get(t).unwrap_or(Value::NONE)),
            |_, v, value| {
                this(v).$field.set(value.cloned().unwrap_or(Value::NONE));
                Ok(())
            },
            "",
        )
    };
}

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::WEAKREFABLE;

pub static HANDLE: Spec = Spec {
    flags: FLAGS,
    doc: "Object returned by callback registration methods.",
    slots: Slots { new: Some(new), init: Some(init), repr: Some(handle::repr), ..opaque::spec::<Handle>("").slots },
    methods: &[
        Def::new("cancel", Func::NoArgs(|t, v| handle::cancel(t, v).map(|()| Value::NONE)), "($self, /)", ""),
        Def::new("cancelled", Func::NoArgs(cancelled), "($self, /)", ""),
        Def::new("_run", Func::NoArgs(|t, v| handle::run(t, v).map(|()| Value::NONE)), "($self, /)", ""),
        Def::new(
            "get_context",
            Func::NoArgs(|t, v| Ok(this(v).context.get(t).unwrap_or(Value::NONE))),
            "($self, /)",
            "",
        ),
        Def::new("_repr_info", Func::NoArgs(handle::repr_info), "($self, /)", ""),
    ],
    getset: &[
        field!("_callback", callback),
        field!("_args", args),
        field!("_loop", event_loop),
        field!("_context", context),
        field!("_source_traceback", source_traceback),
        field!("_repr", shown),
        GetSet::member_rw(
            "_cancelled",
            |_, v| Ok(Value::bool(this(v).is_cancelled())),
            |t, v, value| {
                this(v).cancelled.store(protocol::truth(t, value.unwrap_or(Value::none()))?, Release);
                Ok(())
            },
            "",
        ),
    ],
    ..opaque::spec::<Handle>("asyncio.events.Handle")
};

pub static TIMER: Spec = Spec {
    flags: FLAGS,
    doc: "Object returned by timed callback registration methods.",
    slots: Slots {
        new: Some(new_timer),
        init: Some(init_timer),
        repr: Some(handle::repr),
        hash: Some(hash),
        compare: Some(compare),
        ..opaque::spec::<Timer>("").slots
    },
    methods: &[
        Def::new("cancel", Func::NoArgs(|t, v| handle::cancel_timer(t, v).map(|()| Value::NONE)), "($self, /)", ""),
        Def::new(
            "when",
            Func::NoArgs(|t, v| Ok(timer(v).when.get(t).unwrap_or(Value::NONE))),
            "($self, /)",
            "Return a scheduled callback time.\n\nThe time is an absolute timestamp, using the same time\nreference as loop.time().",
        ),
    ],
    getset: &[
        GetSet::member_rw(
            "_when",
            |t, v| Ok(timer(v).when.get(t).unwrap_or(Value::NONE)),
            |_, v, value| {
                timer(v).when.set(value.cloned().unwrap_or(Value::NONE));
                Ok(())
            },
            "",
        ),
        GetSet::member_rw(
            "_scheduled",
            |_, v| Ok(Value::bool(timer(v).scheduled.load(Relaxed))),
            |t, v, value| {
                timer(v).scheduled.store(protocol::truth(t, value.unwrap_or(Value::none()))?, Relaxed);
                Ok(())
            },
            "",
        ),
    ],
    ..opaque::spec::<Timer>("asyncio.events.TimerHandle")
};
