//! `IsoCalendarDate`: the tuple that `isocalendar` gives, with names for its items.

use super::{class, types};
use crate::modules::native_type::Signature;
use crate::objects::alloc::alloc_sized;
use crate::objects::container::class_of;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

fn build(t: &Thread, class: &Type, parts: [i32; 3]) -> R {
    // SAFETY: room for three items, which are written.
    unsafe {
        alloc_sized(t, class, Tuple::size_for(parts.len()), |memory| {
            let this = memory as *mut Tuple;
            Tuple::init_payload(this, parts.len());
            for (i, part) in parts.into_iter().enumerate() {
                Tuple::items_ptr(this).add(i).write(Value::small(part.into()));
            }
        })
    }
}

pub fn make(t: &Thread, (year, week, day): (i32, i32, i32)) -> R {
    build(t, class(&types(t).iso_date), [year, week, day])
}

static NEW: Signature = Signature::new("IsoCalendarDate", "(year, week, weekday)");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let bound: [Option<Value>; 3] = NEW.bind(t, args)?;
    let mut parts = [0; 3];
    for (part, v) in parts.iter_mut().zip(&bound) {
        *part = v.as_ref().map_or(Ok(0), |v| int::arg_i32(t, v))?;
    }
    build(t, class_of(t, class)?, parts)
}

fn items(v: &Value) -> &[Value] {
    v.cast::<Tuple>().map_or(&[], |tuple| tuple.items())
}

fn item(v: &Value, index: usize) -> Value {
    items(v).get(index).cloned().unwrap_or(Value::NONE)
}

fn repr(t: &Thread, v: &Value) -> R {
    let part = |i| item(v, i).as_small().unwrap_or(0);
    let name = v.type_of(t).name_str();
    Ok(t.str(format!("{name}(year={}, week={}, weekday={})", part(0), part(1), part(2))))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let plain = Tuple::from_slice(t, items(v));
    Ok(t.tuple([t.types().tuple.value(), t.tuple([plain])]))
}

pub static SPEC: Spec = Spec {
    name: "datetime.IsoCalendarDate",
    base: Some(|types| &types.tuple),
    kind: Kind::Tuple,
    size: std::mem::size_of::<Tuple>(),
    flags: type_flags::HAVE_GC | type_flags::VAR_SIZED,
    doc: "The result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be accessed either as a tuple \
          of\n  ((year, week, weekday)\nor via the object attributes as named in the above tuple.",
    slots: Slots { new: Some(new), repr: Some(repr), ..Slots::EMPTY },
    methods: &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "__reduce__() -> (cls, state)")],
    getset: &[
        GetSet::ro("year", |_, v| Ok(item(v, 0)), ""),
        GetSet::ro("week", |_, v| Ok(item(v, 1)), ""),
        GetSet::ro("weekday", |_, v| Ok(item(v, 2)), ""),
    ],
};
