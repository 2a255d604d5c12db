//! What `collections.Counter` counts with.

use crate::objects::arith::{BinaryOp, binary_op};
use crate::objects::dict::{Dict, hash_key};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Whether `get` and `__setitem__` of the mapping are a dict's own, so that its table can be used directly.
fn counts_as_dict<'a>(t: &Thread, mapping: &'a Value) -> Option<&'a Dict> {
    let dict = mapping.cast::<Dict>()?;
    let same = |name: &Value| {
        let own = mapping.type_of(t).lookup(t, name);
        own.zip(t.types().dict.lookup(t, name)).is_some_and(|(a, b)| a.is(&b))
    };
    (same(&t.names().get) && same(&t.names().__setitem__)).then_some(dict)
}

fn count_elements(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (mapping, iterable) = (&args[0], &args[1]);
    let it = protocol::iter(t, iterable)?;
    let one = Value::small(1);
    if let Some(dict) = counts_as_dict(t, mapping) {
        while let Some(key) = protocol::next(t, &it)? {
            let hash = hash_key(t, &key)?;
            let count = match dict.get_hashed(t, &key, hash)? {
                Some(old) => binary_op(t, BinaryOp::Add, &old, &one)?,
                None => one.clone(),
            };
            dict.set_hashed(t, key, hash, count)?;
        }
        return Ok(Value::NONE);
    }
    let get = protocol::getattr(t, mapping, &t.names().get)?;
    while let Some(key) = protocol::next(t, &it)? {
        let old = protocol::call(t, &get, &[key.clone(), Value::small(0)])?;
        let count = binary_op(t, BinaryOp::Add, &old, &one)?;
        protocol::setitem(t, mapping, &key, Some(&count))?;
    }
    Ok(Value::NONE)
}

/// `_count_elements`.
pub const COUNT_ELEMENTS: Def = Def::new(
    "_count_elements",
    Func::Pos(count_elements, 2, 2),
    "($module, mapping, iterable, /)",
    "Count elements in the iterable, updating the mapping",
);
