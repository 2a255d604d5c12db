//! `reduce`.

use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn reduce(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(function), Some(iterable), initial] = args else { return Ok(Value::NONE) };
    let Some(it) = t.catch(protocol::iter(t, iterable), |types| &types.type_error)? else {
        return Err(t.type_error("reduce() arg 2 must support iteration"));
    };
    let mut total = initial.clone();
    while let Some(item) = protocol::next(t, &it)? {
        total = Some(match total {
            None => item,
            Some(total) => protocol::call(t, function, &[total, item])?,
        });
    }
    total.ok_or_else(|| t.type_error("reduce() of empty iterable with no initial value"))
}

/// `functools.reduce`.
pub const REDUCE: Def = Def::new(
    "reduce",
    Func::Bound(reduce),
    "($module, function, iterable, /, initial=<unrepresentable>)",
    "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is\npresent, it is placed before the items of the iterable in the\ncalculation, and serves as a default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
);
