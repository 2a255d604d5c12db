//! How `pickle` and `copy` take an object apart: `object.__reduce_ex__`, `__reduce__` and `__getstate__`.

use super::attribute;
use super::dict::Dict;
use super::header::Header;
use super::list::List;
use super::native::Native;
use super::protocol;
use super::slots::R;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::{Payload, Value};

/// A name of the module `copyreg`.
fn copyreg(t: &Thread, name: &str) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("the import system is not there yet")) };
    let module = (hooks.import)(t, &t.intern("copyreg"), None, None, None, 0)?;
    protocol::getattr_str(t, &module, name)
}

#[cold]
fn cannot_pickle(t: &Thread, v: &Value) -> super::slots::Raised {
    t.type_error(format!("cannot pickle '{}' object", v.type_of(t).name_str()))
}

/// `object.__reduce_ex__(protocol)`: `__reduce__`, if the class overrides it.
pub fn reduce_ex(t: &Thread, v: &Value, protocol: &Value) -> R {
    let index = protocol::index(t, protocol)?;
    let Some(level) = super::int::as_i64(&index) else {
        return Err(t.overflow_error("Python int too large to convert to C int"));
    };
    let name = &t.names().__reduce__;
    let class = protocol::getattr(t, v, &t.names().__class__)?;
    let of_class = protocol::getattr(t, &class, name)?;
    let of_object = t.types().object.own_attribute(t, name);
    if of_object.is_some_and(|own| !own.is(&of_class)) {
        let method = protocol::getattr(t, v, name)?;
        return protocol::call(t, &method, &[]);
    }
    common(t, v, level)
}

/// `object.__reduce__()`: protocol 0.
pub fn reduce(t: &Thread, v: &Value) -> R {
    common(t, v, 0)
}

fn common(t: &Thread, v: &Value, level: i64) -> R {
    if level >= 2 {
        return new_object(t, v);
    }
    let f = copyreg(t, "_reduce_ex")?;
    protocol::call(t, &f, &[v.clone(), super::int::new(t, level)])
}

/// What `__getnewargs_ex__` or `__getnewargs__` say: positional and keyword arguments of `__new__`.
fn new_arguments(t: &Thread, v: &Value) -> R<(Option<Value>, Option<Value>)> {
    let names = t.names();
    let kind = |v: &Value| v.type_of(t).name_str();
    if let Some(f) = protocol::lookup_special(t, v, &names.__getnewargs_ex__)? {
        let result = protocol::call(t, &f, &[])?;
        let Some(pair) = result.cast::<Tuple>() else {
            return Err(t.type_error(format!("__getnewargs_ex__ should return a tuple, not '{}'", kind(&result))));
        };
        let [args, kwargs] = pair.items() else {
            return Err(
                t.value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {}", pair.len()))
            );
        };
        if args.cast::<Tuple>().is_none() {
            return Err(t.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                kind(args)
            )));
        }
        if kwargs.cast::<Dict>().is_none() {
            return Err(t.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                kind(kwargs)
            )));
        }
        return Ok((Some(args.clone()), Some(kwargs.clone())));
    }
    if let Some(f) = protocol::lookup_special(t, v, &names.__getnewargs__)? {
        let args = protocol::call(t, &f, &[])?;
        if args.cast::<Tuple>().is_none() {
            return Err(t.type_error(format!("__getnewargs__ should return a tuple, not '{}'", kind(&args))));
        }
        return Ok((Some(args), None));
    }
    Ok((None, None))
}

/// Protocol 2 and above: `copyreg.__newobj__`, the state, and the items of lists and dicts.
fn new_object(t: &Thread, v: &Value) -> R {
    let typ = v.type_of(t);
    if typ.slots().new.is_none() {
        return Err(cannot_pickle(t, v));
    }
    let (args, kwargs) = new_arguments(t, v)?;
    let has_args = args.is_some();
    let class = typ.value();
    let (f, f_args) = match (&kwargs, &args) {
        (Some(kwargs), args) if kwargs.cast::<Dict>().is_some_and(|k| !k.is_empty()) => {
            let args = args.clone().unwrap_or_else(|| t.interp.empty_tuple.clone());
            (copyreg(t, "__newobj_ex__")?, t.tuple([class, args, kwargs.clone()]))
        }
        _ => {
            let mut all = vec![class];
            all.extend(args.iter().filter_map(|a| a.cast::<Tuple>()).flat_map(|a| a.items().iter().cloned()));
            (copyreg(t, "__newobj__")?, t.tuple(all))
        }
    };
    let (list, dict) = (v.cast::<List>().is_some(), v.cast::<Dict>().is_some());
    let state = state(t, v, !(has_args || list || dict))?;
    let list_items = if list { protocol::iter(t, v)? } else { Value::NONE };
    let dict_items = if dict {
        let items = protocol::call_method(t, v, &t.names().items, &[])?;
        protocol::iter(t, &items)?
    } else {
        Value::NONE
    };
    Ok(t.tuple([f, f_args, state, list_items, dict_items]))
}

/// The object's state: what its `__getstate__` says.
fn state(t: &Thread, v: &Value, required: bool) -> R {
    let getstate = protocol::getattr(t, v, &t.names().__getstate__)?;
    let own = getstate.cast_exact::<Native>().is_some_and(|n| {
        n.def.name == "__getstate__"
            && matches!(n.def.func, super::spec::Func::NoArgs(f) if f as *const () == self::getstate as *const ())
            && n.receiver.get(t).is_some_and(|r| r.is(v))
    });
    if own { default_state(t, v, required) } else { protocol::call(t, &getstate, &[]) }
}

/// `object.__getstate__()`.
pub fn getstate(t: &Thread, v: &Value) -> R {
    default_state(t, v, false)
}

/// The `__dict__` and the values of `__slots__`; `None` where there are none.
fn default_state(t: &Thread, v: &Value, required: bool) -> R {
    let typ = v.type_of(t);
    if required && typ.payload_size() > std::mem::size_of::<Header>() {
        return Err(cannot_pickle(t, v));
    }
    let dict = match super::type_object::part_of(v) {
        Some((part, header, typ)) if typ.has_dict() => {
            let empty = part.dict().is_none() && part.shape().names().is_empty();
            if empty { None } else { Some(part.materialize(t, header, typ)) }
        }
        _ => protocol::getattr_opt(t, v, &t.names().__dict__)?,
    };
    let dict = dict.filter(|d| !d.cast::<Dict>().is_some_and(|d| d.is_empty())).unwrap_or(Value::NONE);
    let names = slot_names(t, &typ.value())?;
    let slots = Dict::make(t);
    let into = slots.cast::<Dict>().expect("just made");
    for name in names {
        let name = attribute::check_name(t, &name)?;
        if let Some(value) = protocol::getattr_opt(t, v, &name)? {
            into.set(t, name, value)?;
        }
    }
    if into.is_empty() { Ok(dict) } else { Ok(t.tuple([dict, slots])) }
}

/// The names of `__slots__` of a class and its bases, as `copyreg` keeps them in `__slotnames__`.
fn slot_names(t: &Thread, class: &Value) -> R<Vec<Value>> {
    let cached = class.cast::<super::type_object::Type>().and_then(|c| c.own_attribute(t, &t.intern("__slotnames__")));
    let names = match cached {
        Some(names) => names,
        None => {
            let f = copyreg(t, "_slotnames")?;
            protocol::call(t, &f, std::slice::from_ref(class))?
        }
    };
    if names.is_none() {
        return Ok(Vec::new());
    }
    match names.cast::<List>() {
        Some(list) => Ok(list.snapshot(t)),
        None => Err(t.type_error(format!(
            "copyreg._slotnames didn't return a list or None, not {}",
            names.type_of(t).name_str()
        ))),
    }
}
