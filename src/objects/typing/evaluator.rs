//! `constevaluator`: a function that gives a value in the format that is asked for (PEP 649).

use super::super::container::Text;
use super::super::generic_alias;
use super::super::int;
use super::super::opaque::{self, Native};
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{Spec, type_flags};
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::value::Value;

/// Formats of annotations (`annotationlib.Format`).
const VALUE_WITH_FAKE_GLOBALS: i32 = 2;
const STRING: i32 = 4;

struct Evaluator(Slot);

impl Native for Evaluator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.0.take());
    }
}

pub(super) fn make(t: &Thread, value: Value) -> R {
    super::new_of(t, &SPEC, Evaluator(Slot::new(value)))
}

fn value(t: &Thread, v: &Value) -> Value {
    v.opaque::<Evaluator>().and_then(|e| e.0.get(t)).unwrap_or(Value::NONE)
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    super::super::container::no_keywords(t, "constevaluator.__call__", args)?;
    super::super::container::check_positional(t, "constevaluator.__call__", args.pos.len(), 1, 1)?;
    let value = value(t, v);
    match int::arg_i32(t, &args.pos[0])? {
        VALUE_WITH_FAKE_GLOBALS => Err(t.raise_with(t.types().not_implemented_error.get(), &[])),
        STRING => match value.cast::<Tuple>() {
            Some(items) => {
                let parts = items.items().iter().map(|i| generic_alias::type_repr(t, i)).collect::<R<Vec<_>>>()?;
                Ok(t.str(format!("({})", parts.join(", "))))
            }
            None => Ok(t.str(generic_alias::type_repr(t, &value)?)),
        },
        _ => Ok(value),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let mut out = Text::default();
    out.push("<constevaluator ");
    out.push_str(&protocol::repr(t, &value(t, v))?);
    out.push(">");
    Ok(out.finish(t))
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC,
    slots: Slots { call: Some(call), repr: Some(repr), ..opaque::spec::<Evaluator>("").slots },
    ..opaque::spec::<Evaluator>("_typing._ConstEvaluator")
};
