//! `CFuncPtr`: functions of C, and Python functions that C can call.

use super::call::{self, Call};
use super::callback;
use super::codes::wrapped;
use super::data::{self, Data};
use super::info::{self, Class, Info, Prototype};
use super::memory::{load_pointer, store_pointer};
use super::{argument_error, library, meta};
use crate::modules::subtype_in;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// The most arguments of a call.
pub const MOST_ARGUMENTS: usize = 1024;

pub const FLAG_CDECL: i32 = 1;
pub const FLAG_PYTHONAPI: i32 = 4;
pub const FLAG_USE_ERRNO: i32 = 8;

/// What a function pointer has besides its memory: what it was given of its own, where its class says otherwise.
pub struct Function {
    argtypes: Slot,
    /// `from_param` of each, a tuple.
    converters: Slot,
    restype: Slot,
    checker: Slot,
    errcheck: Slot,
    paramflags: Slot,
    callable: Slot,
    /// What C calls, where this is a Python function.
    thunk: Slot,
}

impl Default for Function {
    fn default() -> Function {
        Function {
            argtypes: Slot::EMPTY,
            converters: Slot::EMPTY,
            restype: Slot::EMPTY,
            checker: Slot::EMPTY,
            errcheck: Slot::EMPTY,
            paramflags: Slot::EMPTY,
            callable: Slot::EMPTY,
            thunk: Slot::EMPTY,
        }
    }
}

impl Function {
    fn slots(&self) -> [&Slot; 8] {
        [
            &self.argtypes,
            &self.converters,
            &self.restype,
            &self.checker,
            &self.errcheck,
            &self.paramflags,
            &self.callable,
            &self.thunk,
        ]
    }

    /// Visits what it holds.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.slots().into_iter().for_each(|slot| slot.visit(visit));
    }

    /// Drops what could be part of a cycle. The thunk stays: C may still know it.
    pub fn clear(&self) {
        self.slots()[..7].iter().for_each(|slot| drop(slot.take()));
    }
}

static SPEC: Spec = Spec {
    name: "_ctypes.CFuncPtr",
    doc: "Function Pointer",
    slots: Slots { new: Some(new), repr: Some(repr), call: Some(call), nb_bool: Some(truth), ..data::BASE.slots },
    getset: &[
        GetSet::rw("errcheck", errcheck, set_errcheck, "a function to check for errors"),
        GetSet::rw("restype", restype, set_restype, "specify the result type"),
        GetSet::rw("argtypes", argtypes, set_argtypes, "specify the argument types"),
    ],
    ..data::BASE
};

/// `_ctypes.CFuncPtr`.
pub fn class(t: &Thread) -> Value {
    subtype_in(t, &SPEC, || data::class(t), || meta::function(t))
}

/// A class of function pointers is made: flags, argument types, result type.
pub fn init_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    let typ = meta::begin(t, class, args)?;
    let attribute = |name: &str| typ.lookup(t, &t.intern(name));
    let Some(flags) = attribute("_flags_").filter(int::is_int) else {
        return Err(t.type_error("class must define _flags_ which must be an integer"));
    };
    let mut prototype = Prototype { flags: wrapped(&flags) as i32, ..Prototype::default() };
    if let Some(argtypes) = attribute("_argtypes_") {
        if argtypes.cast::<Tuple>().is_none() {
            return Err(t.type_error("_argtypes_ must be a sequence of types"));
        }
        let converters = converters_of(t, &argtypes)?;
        prototype.converters = Some(converters);
        prototype.argtypes = Some(argtypes);
    }
    if let Some(restype) = attribute("_restype_") {
        check_restype(t, &restype, "_restype_")?;
        prototype.checker = protocol::getattr_opt(t, &restype, &t.intern("_check_retval_"))?;
        prototype.restype = Some(restype);
    }
    let info = Info {
        size: 8,
        align: 8,
        length: 1,
        format: "X{}".to_owned(),
        has_pointer: true,
        prototype: Some(prototype),
        ..Info::new(Class::Function)
    };
    info.keep(t, typ)
}

/// `from_param` of each of the types.
fn converters_of(t: &Thread, argtypes: &Value) -> R<Vec<Value>> {
    let items = argtypes.cast::<Tuple>().map(|items| items.items()).unwrap_or(&[]);
    if items.len() > MOST_ARGUMENTS {
        let message = format!("_argtypes_ has too many arguments ({}), maximum is {MOST_ARGUMENTS}", items.len());
        return Err(argument_error().raise(t, message));
    }
    let name = t.intern("from_param");
    let converter = |(i, item): (usize, &Value)| match protocol::getattr_opt(t, item, &name)? {
        Some(converter) => Ok(converter),
        None => Err(t.type_error(format!("item {} in _argtypes_ has no from_param method", i + 1))),
    };
    items.iter().enumerate().map(converter).collect()
}

fn is_callable(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().call.is_some()
}

fn check_restype(t: &Thread, v: &Value, name: &str) -> R<()> {
    if v.is_none() || info::of_class(t, v).is_some() || is_callable(t, v) {
        return Ok(());
    }
    Err(t.type_error(format!("{name} must be a type, a callable, or None")))
}

fn this(v: &Value) -> &Function {
    Data::of(v).function.as_deref().expect("function pointers have one")
}

fn prototype(t: &Thread, v: &Value) -> R<Prototype> {
    let info = info::concrete(t, v.type_of(t))?;
    info.prototype.clone().ok_or_else(|| t.type_error("abstract class"))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [first, ..] = args.pos else { return data::blank(t, class) };
    if first.cast::<Tuple>().is_some() && args.pos.len() <= 2 {
        return from_library(t, class, first, args.pos.get(1));
    }
    if args.pos.len() > 1 {
        return Err(t.type_error(format!("function takes exactly 1 argument ({} given)", args.pos.len())));
    }
    if int::is_int(first) {
        return at(t, class, wrapped(first) as *const u8);
    }
    if !is_callable(t, first) {
        return Err(t.type_error("argument must be callable or integer function address"));
    }
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    let Some(Prototype { argtypes: Some(argtypes), restype, flags, .. }) = info.prototype.clone() else {
        return Err(t.type_error("cannot construct instance of this class: no argtypes"));
    };
    let thunk = callback::make(t, first, &argtypes, restype, flags)?;
    let object = at(t, class, callback::code(&thunk))?;
    this(&object).callable.set(first.clone());
    this(&object).thunk.set(thunk.clone());
    data::keep(t, &object, 0, Some(thunk))?;
    Ok(object)
}

fn at(t: &Thread, class: &Value, address: *const u8) -> R {
    let object = data::blank(t, class)?;
    // SAFETY: the instance is a pointer.
    unsafe { store_pointer(Data::of(&object).place(), address) };
    Ok(object)
}

/// A function of a library: `(name, library)`.
fn from_library(t: &Thread, class: &Value, what: &Value, paramflags: Option<&Value>) -> R {
    let [name, library] = what.cast::<Tuple>().map(|items| items.items()).unwrap_or(&[]) else {
        return Err(t.type_error("a function of a library is given by its name and the library"));
    };
    let handle = library::handle_of(t, library)?;
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    let flags = paramflags.filter(|flags| !flags.is_none());
    if let Some(flags) = flags {
        check_paramflags(t, &info, flags)?;
    }
    if name.cast::<Str>().is_none() && name.cast::<crate::objects::bytes::Bytes>().is_none() {
        return Err(t.type_error("the name of a function must be a string"));
    }
    let address = match library::symbol(t, handle, name)? {
        Ok(address) => address,
        Err(text) => {
            let text = text.strip_prefix("symbol '").map_or(text.clone(), |rest| format!("function '{rest}"));
            return Err(t.raise_message(&t.types().attribute_error, &text));
        }
    };
    let object = at(t, class, address)?;
    if let Some(flags) = flags {
        this(&object).paramflags.set(flags.clone());
    }
    data::keep(t, &object, 0, Some(library.clone()))?;
    Ok(object)
}

/// Flag, name and default of a parameter.
fn parameter(t: &Thread, v: &Value) -> R<(i64, Option<Value>, Option<Value>)> {
    let bad = || t.type_error("paramflags must be a sequence of (int [,string [,value]]) tuples");
    let items = v.cast::<Tuple>().ok_or_else(bad)?.items();
    let (flag, rest) = items.split_first().ok_or_else(bad)?;
    let flag = int::as_i64(flag).ok_or_else(bad)?;
    if rest.len() > 2 {
        return Err(bad());
    }
    let name = rest.first().filter(|name| !name.is_none()).cloned();
    if name.as_ref().is_some_and(|name| name.cast::<Str>().is_none()) {
        return Err(bad());
    }
    Ok((flag, name, rest.get(1).cloned()))
}

fn check_paramflags(t: &Thread, info: &Info, paramflags: &Value) -> R<()> {
    let Some(items) = paramflags.cast::<Tuple>() else {
        return Err(t.type_error("paramflags must be a tuple or None"));
    };
    let argtypes = info.prototype.as_ref().and_then(|prototype| prototype.argtypes.as_ref());
    let Some(argtypes) = argtypes.and_then(|types| types.cast::<Tuple>()) else {
        return Err(t.type_error("abstract class"));
    };
    if items.len() != argtypes.len() {
        return Err(t.value_error("paramflags must have the same length as argtypes"));
    }
    for (i, (item, argtype)) in items.items().iter().zip(argtypes.items()).enumerate() {
        match parameter(t, item)?.0 {
            0 | 1 | 3 | 4 | 5 => {}
            2 => {
                let points = info::of_class(t, argtype).is_some_and(|info| {
                    matches!(info.class, Class::Pointer | Class::Array) || info.code.is_some_and(|c| c.is_pointer())
                });
                if !points {
                    return Err(t.type_error(format!(
                        "'out' parameter {} must be a pointer type, not {}",
                        i + 1,
                        argtype.cast::<crate::objects::type_object::Type>().map(|c| c.name_str()).unwrap_or_default()
                    )));
                }
            }
            flag => return Err(t.type_error(format!("paramflag value {flag} not supported"))),
        }
    }
    Ok(())
}

/// Which arguments the call gives back.
#[derive(Default)]
struct Outs {
    /// Their indices, and whether they were given, too.
    places: Vec<(usize, bool)>,
}

/// The arguments of the call, in the order of the parameters.
fn build_arguments(t: &Thread, function: &Function, argtypes: Option<&Value>, args: Args<'_>) -> R<(Vec<Value>, Outs)> {
    let mut outs = Outs::default();
    let flags = function.paramflags.get(t);
    let (Some(flags), Some(types)) = (flags.as_ref().and_then(|f| f.cast::<Tuple>()), argtypes) else {
        return Ok((args.pos.to_vec(), outs));
    };
    let types = types.cast::<Tuple>().map(|types| types.items()).unwrap_or(&[]);
    let (mut built, mut used) = (Vec::with_capacity(flags.len()), 0);
    for (i, (item, class)) in flags.items().iter().zip(types).enumerate() {
        let (flag, name, default) = parameter(t, item)?;
        let mut given = || -> R {
            if used < args.pos.len() {
                used += 1;
                return Ok(args.pos[used - 1].clone());
            }
            if let Some(name) = &name {
                for (keyword, value) in args.names.iter().zip(args.kw) {
                    if protocol::eq(t, keyword, name)? {
                        used += 1;
                        return Ok(value.clone());
                    }
                }
            }
            match (&default, &name) {
                (Some(default), _) => Ok(default.clone()),
                (None, Some(name)) => {
                    let name = protocol::to_text(t, name)?;
                    Err(t.type_error(format!("required argument '{name}' missing")))
                }
                (None, None) => Err(t.type_error("not enough arguments")),
            }
        };
        match flag & 3 {
            2 => {
                outs.places.push((i, false));
                built.push(match default {
                    Some(default) => default,
                    None => out_argument(t, class)?,
                });
            }
            3 => {
                let mut value = given()?;
                outs.places.push((i, true));
                // A plain value is put into an instance of what is pointed to.
                if value.opaque::<Data>().is_none() {
                    let target = info::of_class(t, class).and_then(|info| info.proto.clone());
                    if let Some(target) = target {
                        value = protocol::call(t, &target, std::slice::from_ref(&value))?;
                    }
                }
                built.push(value);
            }
            _ if flag & 4 != 0 && default.is_none() => built.push(Value::small(0)),
            _ => built.push(given()?),
        }
    }
    let given = args.pos.len() + args.kw.len();
    if given != used {
        return Err(t.type_error(format!("call takes exactly {used} arguments ({given} given)")));
    }
    Ok((built, outs))
}

fn out_argument(t: &Thread, class: &Value) -> R {
    let info = info::concrete(t, meta::class_of(t, class)?)?;
    match (&info.proto, info.class) {
        (_, Class::Array) => protocol::call(t, class, &[]),
        (Some(target), _) => protocol::call(t, target, &[]),
        (None, _) => {
            let name = meta::class_of(t, class)?.name_str();
            Err(t.type_error(format!("{name} 'out' parameter must be passed as default value")))
        }
    }
}

fn build_result(t: &Thread, result: Value, args: &[Value], outs: &Outs) -> R {
    if outs.places.is_empty() {
        return Ok(result);
    }
    let mut results = Vec::with_capacity(outs.places.len());
    for &(i, given) in &outs.places {
        results.push(match given {
            true => args[i].clone(),
            false => protocol::call_method_str(t, &args[i], "__ctypes_from_outparam__", &[])?,
        });
    }
    Ok(if results.len() == 1 { results.swap_remove(0) } else { t.tuple(results) })
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let function = this(v);
    let theirs = prototype(t, v)?;
    let converters = match function.converters.get(t) {
        Some(own) => own.cast::<Tuple>().map(|items| items.items().to_vec()),
        None => theirs.converters.clone(),
    };
    let argtypes = function.argtypes.get(t).or(theirs.argtypes.clone());
    let (restype, checker) = match function.restype.get(t) {
        Some(own) => (Some(own), function.checker.get(t)),
        None => (theirs.restype.clone(), theirs.checker.clone()),
    };
    let (arguments, outs) = build_arguments(t, function, argtypes.as_ref(), args)?;
    if let Some(converters) = &converters {
        let (wanted, given) = (converters.len(), arguments.len());
        let plural = if wanted == 1 { "" } else { "s" };
        if theirs.flags & FLAG_CDECL != 0 {
            if wanted > given {
                let message = format!("this function takes at least {wanted} argument{plural} ({given} given)");
                return Err(t.type_error(message));
            }
        } else if wanted != given {
            return Err(t.type_error(format!("this function takes {wanted} argument{plural} ({given} given)")));
        }
    }
    // SAFETY: the instance is a pointer.
    let address = unsafe { load_pointer(Data::of(v).place()) };
    let what = Call { address, flags: theirs.flags, converters: converters.as_deref(), restype, checker };
    let result = call::call(t, &what, &arguments)?;
    let Some(check) = function.errcheck.get(t) else { return build_result(t, result, &arguments, &outs) };
    let all = t.tuple(arguments.clone());
    let checked = protocol::call(t, &check, &[result, v.clone(), all.clone()])?;
    // The function that gives back the arguments themselves wants what is usual.
    if checked.is(&all) { build_result(t, checked, &arguments, &outs) } else { Ok(checked) }
}

fn truth(_t: &Thread, v: &Value) -> R<bool> {
    // SAFETY: the instance is a pointer.
    Ok(!unsafe { load_pointer(Data::of(v).place()) }.is_null())
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(format!("<{} object at {:#x}>", v.type_of(t).name_str(), v.id())))
}

fn errcheck(t: &Thread, v: &Value) -> R {
    Ok(this(v).errcheck.get(t).unwrap_or(Value::NONE))
}

fn set_errcheck(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    match value {
        None => drop(this(v).errcheck.take()),
        Some(check) if is_callable(t, check) => this(v).errcheck.set(check.clone()),
        Some(_) => return Err(t.type_error("the errcheck attribute must be callable")),
    }
    Ok(())
}

fn restype(t: &Thread, v: &Value) -> R {
    match this(v).restype.get(t) {
        Some(own) => Ok(own),
        None => Ok(prototype(t, v)?.restype.unwrap_or(Value::NONE)),
    }
}

fn set_restype(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let function = this(v);
    let Some(restype) = value else {
        drop((function.restype.take(), function.checker.take()));
        return Ok(());
    };
    check_restype(t, restype, "restype")?;
    let checker = protocol::getattr_opt(t, restype, &t.intern("_check_retval_"))?;
    drop(function.checker.replace(checker));
    function.restype.set(restype.clone());
    Ok(())
}

fn argtypes(t: &Thread, v: &Value) -> R {
    match this(v).argtypes.get(t) {
        Some(own) => Ok(own),
        None => Ok(prototype(t, v)?.argtypes.unwrap_or(Value::NONE)),
    }
}

fn set_argtypes(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let function = this(v);
    let Some(given) = value.filter(|value| !value.is_none()) else {
        drop((function.argtypes.take(), function.converters.take()));
        return Ok(());
    };
    if !protocol::is_sequence(t, given) {
        return Err(t.type_error("_argtypes_ must be a sequence of types"));
    }
    let types = t.tuple(protocol::collect(t, given)?);
    let converters = converters_of(t, &types)?;
    function.converters.set(t.tuple(converters));
    function.argtypes.set(types);
    Ok(())
}
