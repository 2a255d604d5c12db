//! `types.GenericAlias`: `list[int]`, and the substitution of type parameters (PEP 585, 646).

use super::alloc::alloc_instance;
use super::attribute;
use super::header::{Header, Kind};
use super::list::List;
use super::native::count_message;
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The payload of a `types.GenericAlias`.
#[repr(C)]
pub struct GenericAlias {
    header: Header,
    origin: Slot,
    /// A tuple.
    args: Slot,
    /// The type variables among the arguments, found when asked for.
    parameters: Slot,
    /// `*tuple[int]`.
    starred: AtomicBool,
}

super::descriptors::slots_payload!(GenericAlias, GenericAlias, [origin, args, parameters]);

/// `origin[item]`: a tuple of items is several arguments.
pub fn make(t: &Thread, origin: &Value, item: &Value) -> R {
    alloc(t, &t.types().generic_alias, origin, item, false)
}

fn alloc(t: &Thread, class: &Type, origin: &Value, item: &Value, starred: bool) -> R {
    let args = if item.cast::<Tuple>().is_some() { item.clone() } else { t.tuple([item.clone()]) };
    let origin = origin.clone();
    // SAFETY: everything behind the header is written.
    unsafe {
        alloc_instance::<GenericAlias>(t, class, |this| {
            (&raw mut (*this).origin).write(Slot::new(origin));
            (&raw mut (*this).args).write(Slot::new(args));
            (&raw mut (*this).parameters).write(Slot::EMPTY);
            (&raw mut (*this).starred).write(AtomicBool::new(starred));
        })
    }
}

/// `__class_getitem__` of native generic types.
pub fn make_for_class(t: &Thread, class: &Value, item: &Value) -> R {
    make(t, class, item)
}

/// `C[key]` for a class whose metaclass has no `__getitem__`.
pub fn class_getitem(t: &Thread, typ: &Type, class: &Value, key: &Value) -> R {
    if std::ptr::eq(typ, t.types().type_.get()) {
        return make(t, class, key);
    }
    match protocol::getattr_opt(t, class, &t.names().__class_getitem__)? {
        Some(method) if !method.is_none() => protocol::call(t, &method, std::slice::from_ref(key)),
        _ => Err(t.type_error(format!("type '{}' is not subscriptable", typ.name_str()))),
    }
}

fn this<'a>(t: &Thread, v: &'a Value) -> R<&'a GenericAlias> {
    v.cast::<GenericAlias>().ok_or_else(|| t.type_error("a types.GenericAlias is required"))
}

impl GenericAlias {
    fn origin(&self, t: &Thread) -> Value {
        self.origin.get(t).unwrap_or(Value::NONE)
    }

    fn args(&self, t: &Thread) -> Value {
        self.args.get(t).unwrap_or_else(|| t.interp.empty_tuple.clone())
    }

    fn parameters(&self, t: &Thread) -> R {
        if let Some(parameters) = self.parameters.get(t) {
            return Ok(parameters);
        }
        let parameters = make_parameters(t, &self.args(t))?;
        self.parameters.set(parameters.clone());
        Ok(parameters)
    }
}

/// The items of a tuple or list.
fn items(t: &Thread, v: &Value) -> Option<Vec<Value>> {
    match v.cast::<Tuple>() {
        Some(tuple) => Some(tuple.items().to_vec()),
        None => v.cast::<List>().map(|l| l.snapshot(t)),
    }
}

/// The distinct type parameters among arguments: a tuple.
pub fn make_parameters(t: &Thread, args: &Value) -> R {
    let mut found: Vec<Value> = Vec::new();
    let add = |found: &mut Vec<Value>, v: Value| {
        if !found.iter().any(|f| f.is(&v)) {
            found.push(v);
        }
    };
    for arg in items(t, args).unwrap_or_default() {
        // A class has such attributes only as descriptors for its instances.
        if arg.cast::<Type>().is_some() {
            continue;
        }
        if protocol::getattr_opt(t, &arg, &t.names().__typing_subst__)?.is_some() {
            add(&mut found, arg);
            continue;
        }
        let nested = match items(t, &arg) {
            Some(_) => Some(t.recurse("", || make_parameters(t, &arg))?),
            None => protocol::getattr_opt(t, &arg, &t.names().__parameters__)?,
        };
        for v in nested.as_ref().and_then(|n| n.cast::<Tuple>()).map(|n| n.items()).unwrap_or(&[]) {
            add(&mut found, v.clone());
        }
    }
    Ok(t.tuple(found))
}

/// What `*tuple[int, str]` among arguments stands for.
fn unpack_args(t: &Thread, item: &Value) -> R<Value> {
    let given = match item.cast::<Tuple>() {
        Some(tuple) => tuple.items().to_vec(),
        None => vec![item.clone()],
    };
    let mut out = Vec::with_capacity(given.len());
    for arg in given {
        if arg.cast::<Type>().is_none()
            && let Some(sub) = protocol::getattr_opt(t, &arg, &t.names().__typing_unpacked_tuple_args__)?
            && let Some(sub) = sub.cast::<Tuple>()
            && !sub.items().last().is_some_and(|last| last.is(&Value::ELLIPSIS))
        {
            out.extend(sub.items().iter().cloned());
        } else {
            out.push(arg);
        }
    }
    Ok(t.tuple(out))
}

/// Puts arguments into the places of type parameters (`_Py_subs_parameters`); a tuple of new arguments.
pub fn substitute(t: &Thread, alias: &Value, args: &Value, parameters: &Value, item: &Value) -> R {
    let params = items(t, parameters).unwrap_or_default();
    if params.is_empty() {
        return Err(t.type_error(format!("{} is not a generic class", protocol::repr_text(t, alias)?)));
    }
    let mut item = unpack_args(t, item)?;
    for param in &params {
        if let Some(prepare) = protocol::getattr_opt(t, param, &t.names().__typing_prepare_subst__)?
            && !prepare.is_none()
        {
            let arg = if item.cast::<Tuple>().is_some() { item } else { t.tuple([item]) };
            item = protocol::call(t, &prepare, &[alias.clone(), arg])?;
        }
    }
    let given = match item.cast::<Tuple>() {
        Some(tuple) => tuple.items().to_vec(),
        None => vec![item],
    };
    if given.len() != params.len() {
        return Err(t.type_error(format!(
            "Too {} arguments for {}; actual {}, expected {}",
            if given.len() > params.len() { "many" } else { "few" },
            protocol::repr_text(t, alias)?,
            given.len(),
            params.len()
        )));
    }
    replace(t, args, &params, &given).map(|new| t.tuple(new))
}

fn replace(t: &Thread, args: &Value, params: &[Value], given: &[Value]) -> R<Vec<Value>> {
    let names = t.names();
    let mut out = Vec::new();
    for arg in items(t, args).unwrap_or_default() {
        if arg.cast::<Type>().is_some() {
            out.push(arg);
            continue;
        }
        if items(t, &arg).is_some() {
            let nested = t.recurse("", || replace(t, &arg, params, given))?;
            out.push(if arg.cast::<List>().is_some() { List::make(t, nested) } else { t.tuple(nested) });
            continue;
        }
        let unpacked = match protocol::getattr_opt(t, &arg, &names.__typing_is_unpacked_typevartuple__)? {
            Some(flag) => protocol::truth(t, &flag)?,
            None => false,
        };
        let place = params.iter().position(|p| p.is(&arg));
        let new = match (protocol::getattr_opt(t, &arg, &names.__typing_subst__)?, place) {
            (Some(substitute), Some(i)) => protocol::call(t, &substitute, std::slice::from_ref(&given[i]))?,
            _ => substitute_inside(t, &arg, params, given)?,
        };
        match (unpacked, new.cast::<Tuple>()) {
            (false, _) => out.push(new),
            (true, Some(tuple)) => out.extend(tuple.items().iter().cloned()),
            (true, None) => {
                return Err(t.type_error(format!(
                    "expected __typing_subst__ of {} objects to return a tuple, not {}",
                    arg.type_of(t).name_str(),
                    new.type_of(t).name_str()
                )));
            }
        }
    }
    Ok(out)
}

/// `dict[str, T]` inside `list[dict[str, T]]`: subscripts it with what its own parameters stand for.
fn substitute_inside(t: &Thread, v: &Value, params: &[Value], given: &[Value]) -> R {
    let inner = protocol::getattr_opt(t, v, &t.names().__parameters__)?;
    let Some(inner) = inner.as_ref().and_then(|p| p.cast::<Tuple>()).filter(|p| !p.is_empty()) else {
        return Ok(v.clone());
    };
    let mut args = Vec::new();
    for param in inner.items() {
        match params.iter().position(|p| p.is(param)) {
            Some(i) => match given[i].cast::<Tuple>() {
                Some(several) if param.type_of(t).slots().iter.is_some() => {
                    args.extend(several.items().iter().cloned())
                }
                _ => args.push(given[i].clone()),
            },
            None => args.push(param.clone()),
        }
    }
    protocol::getitem(t, v, &t.tuple(args))
}

/// How a type is written in a generic alias or union: `int`, `collections.abc.Callable`, `...`.
pub fn type_repr(t: &Thread, v: &Value) -> R<String> {
    if v.is(&Value::ELLIPSIS) {
        return Ok("...".into());
    }
    if v.is_header(t.types().none.header()) {
        return Ok("None".into());
    }
    let names = t.names();
    let alias = protocol::getattr_opt(t, v, &names.__origin__)?.is_some()
        && protocol::getattr_opt(t, v, &names.__args__)?.is_some();
    if !alias
        && let Some(qualname) = protocol::getattr_opt(t, v, &names.__qualname__)?
        && let Some(module) = protocol::getattr_opt(t, v, &names.__module__)?
        && !module.is_none()
    {
        let qualname = protocol::to_text(t, &qualname)?;
        if module.cast::<Str>().is_some_and(|m| m.is("builtins")) {
            return Ok(qualname);
        }
        return Ok(format!("{}.{qualname}", protocol::to_text(t, &module)?));
    }
    protocol::repr_text(t, v)
}

fn repr(t: &Thread, v: &Value) -> R {
    let this = this(t, v)?;
    let mut out = String::from(if this.starred.load(Relaxed) { "*" } else { "" });
    out += &type_repr(t, &this.origin(t))?;
    let mut parts = Vec::new();
    for arg in items(t, &this.args(t)).unwrap_or_default() {
        parts.push(match arg.cast::<List>() {
            Some(list) => {
                let inner = list.snapshot(t).iter().map(|a| type_repr(t, a)).collect::<R<Vec<_>>>()?;
                format!("[{}]", inner.join(", "))
            }
            None => t.recurse("", || type_repr(t, &arg))?,
        });
    }
    let inner = if parts.is_empty() { "()".to_owned() } else { parts.join(", ") };
    Ok(t.str(format!("{out}[{inner}]")))
}

/// Attributes of the alias itself; all others are the origin's.
const OWN: [&str; 11] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
];

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let own = name.cast::<Str>().and_then(|n| n.as_ascii()).is_some_and(|n| OWN.contains(&n) || n == "__bases__");
    if own { attribute::generic_getattr(t, v, name) } else { protocol::getattr(t, &this(t, v)?.origin(t), name) }
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let object = protocol::call_args(t, &this(t, v)?.origin(t), args)?;
    match protocol::setattr(t, &object, &t.names().__orig_class__, Some(v)) {
        Err(raised)
            if t.raised_is(&raised, &t.types().attribute_error) || t.raised_is(&raised, &t.types().type_error) =>
        {
            drop(t.take_exception(raised));
            Ok(object)
        }
        Err(raised) => Err(raised),
        Ok(()) => Ok(object),
    }
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let this = this(t, v)?;
    let hash = protocol::hash(t, &this.origin(t))? ^ protocol::hash(t, &this.args(t))?;
    Ok(if hash == -1 { -2 } else { hash })
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<GenericAlias>(), b.cast::<GenericAlias>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = x.starred.load(Relaxed) == y.starred.load(Relaxed)
        && protocol::eq(t, &x.origin(t), &y.origin(t))?
        && protocol::eq(t, &x.args(t), &y.args(t))?;
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

fn getitem(t: &Thread, v: &Value, item: &Value) -> R {
    let this = this(t, v)?;
    let args = substitute(t, v, &this.args(t), &this.parameters(t)?, item)?;
    alloc(t, &t.types().generic_alias, &this.origin(t), &args, this.starred.load(Relaxed))
}

/// `*tuple[int]`: yields the starred alias, once.
fn iter(t: &Thread, v: &Value) -> R {
    let this = this(t, v)?;
    let starred = alloc(t, &t.types().generic_alias, &this.origin(t), &this.args(t), true)?;
    protocol::iter(t, &t.tuple([starred]))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(t.type_error("GenericAlias() takes no keyword arguments"));
    }
    let [origin, arguments] = args.pos else {
        return Err(t.type_error(count_message("GenericAlias", 2, 2, args.pos.len())));
    };
    match class.cast::<Type>() {
        Some(typ) => alloc(t, typ, origin, arguments, false),
        None => Err(t.type_error("GenericAlias.__new__(X): X is not a type object")),
    }
}

fn reduce(t: &Thread, v: &Value) -> R {
    let this = this(t, v)?;
    let (origin, args) = (this.origin(t), this.args(t));
    if this.starred.load(Relaxed) {
        let next = t.interp.builtins_dict.get(t);
        let next = next.as_ref().and_then(|b| b.cast::<super::dict::Dict>()).and_then(|b| b.get_name(t, "next"));
        let it = iter(t, &make(t, &origin, &args)?)?;
        return Ok(t.tuple([next.unwrap_or(Value::NONE), t.tuple([it])]));
    }
    Ok(t.tuple([v.type_of(t).value(), t.tuple([origin, args])]))
}

fn dir(t: &Thread, v: &Value) -> R {
    let names = protocol::call_special(t, &this(t, v)?.origin(t), &t.names().__dir__, &[])?;
    let mut names = match names {
        Some(names) => protocol::collect(t, &names)?,
        None => Vec::new(),
    };
    for own in OWN {
        let name = t.intern(own);
        if !names.iter().any(|n| n.cast::<Str>().is_some_and(|n| n.is(own))) {
            names.push(name);
        }
    }
    Ok(List::make(t, names))
}

fn refuse(t: &Thread, function: &str) -> R {
    Err(t.type_error(format!("{function}() argument 2 cannot be a parameterized generic")))
}

pub static SPEC: Spec = Spec {
    name: "types.GenericAlias",
    kind: Kind::GenericAlias,
    size: std::mem::size_of::<GenericAlias>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    doc: "GenericAlias(origin, args, /)\n--\n\nRepresent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattr: Some(getattr),
        compare: Some(compare),
        iter: Some(iter),
        nb_or: Some(super::union::or),
        getitem: Some(getitem),
        traverse: Some(GenericAlias::traverse),
        drop: Some(GenericAlias::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new(
            "__mro_entries__",
            Func::One(|t, v, _| Ok(t.tuple([this(t, v)?.origin(t)]))),
            "($self, object, /)",
            "",
        ),
        Def::new("__instancecheck__", Func::One(|t, _, _| refuse(t, "isinstance")), "($self, object, /)", ""),
        Def::new("__subclasscheck__", Func::One(|t, _, _| refuse(t, "issubclass")), "($self, object, /)", ""),
        Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
        Def::new("__dir__", Func::NoArgs(dir), "($self, /)", ""),
    ],
    getset: &[
        GetSet::member("__origin__", |t, v| Ok(this(t, v)?.origin(t)), ""),
        GetSet::member("__args__", |t, v| Ok(this(t, v)?.args(t)), ""),
        GetSet::member("__unpacked__", |t, v| Ok(Value::bool(this(t, v)?.starred.load(Relaxed))), ""),
        GetSet::ro("__parameters__", |t, v| this(t, v)?.parameters(t), "Type variables in the GenericAlias."),
        GetSet::ro(
            "__typing_unpacked_tuple_args__",
            |t, v| {
                let this = this(t, v)?;
                let unpacked = this.starred.load(Relaxed) && this.origin(t).is_header(t.types().tuple.header());
                Ok(if unpacked { this.args(t) } else { Value::NONE })
            },
            "",
        ),
    ],
    ..Spec::DEFAULT
};
