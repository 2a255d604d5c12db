//! Functions of iterables: `all`, `iter`, `next`, `sorted`, and their asynchronous kin.

use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub fn all(t: &Thread, _m: &Value, iterable: &Value) -> R {
    let it = protocol::iter(t, iterable)?;
    while let Some(item) = protocol::next(t, &it)? {
        if !protocol::truth(t, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

pub fn anext(t: &Thread, _m: &Value, args: &[Value]) -> R {
    crate::objects::anext_awaitable::anext(t, &args[0], args.get(1))
}

pub fn any(t: &Thread, _m: &Value, iterable: &Value) -> R {
    let it = protocol::iter(t, iterable)?;
    while let Some(item) = protocol::next(t, &it)? {
        if protocol::truth(t, &item)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

pub fn iter(t: &Thread, _m: &Value, args: &[Value]) -> R {
    match args {
        [v] => protocol::iter(t, v),
        [callable, sentinel, ..] => {
            if callable.type_of(t).slots().call.is_none() {
                return Err(t.type_error("iter(v, w): v must be callable"));
            }
            Ok(crate::objects::iter::CallIter::make(t, callable, sentinel))
        }
        [] => Err(t.type_error("iter expected at least 1 argument, got 0")),
    }
}

pub fn next(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let it = &args[0];
    if it.type_of(t).slots().next.is_none() {
        return Err(t.type_error(format!("'{}' object is not an iterator", it.type_of(t).name_str())));
    }
    match protocol::next(t, it) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => match args.get(1) {
            Some(default) => Ok(default.clone()),
            None => Err(t.stop_iteration(Value::none())),
        },
        Err(raised) => match args.get(1) {
            Some(default) if t.raised_is(&raised, &t.types().stop_iteration) => {
                drop(t.take_exception(raised));
                Ok(default.clone())
            }
            _ => Err(raised),
        },
    }
}

pub fn aiter(t: &Thread, _m: &Value, v: &Value) -> R {
    let Some(f) = v.type_of(t).slots().am_aiter else {
        return Err(t.type_error(format!("'{}' object is not an async iterable", v.type_of(t).name_str())));
    };
    let it = f(t, v)?;
    if it.type_of(t).slots().am_anext.is_none() {
        return Err(
            t.type_error(format!("aiter() returned not an async iterator of type '{}'", it.type_of(t).name_str()))
        );
    }
    Ok(it)
}

pub fn sorted(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let [iterable] = args.pos else {
        return Err(t.type_error(format!("sorted expected 1 argument, got {}", args.pos.len())));
    };
    let list = List::make(t, protocol::collect(t, iterable)?);
    let sort = protocol::getattr_str(t, &list, "sort")?;
    protocol::call_args(t, &sort, Args { pos: &[], ..args })?;
    Ok(list)
}
