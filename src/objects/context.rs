//! `contextvars`: `Context`, `ContextVar` and `Token` (PEP 567).
//!
//! A context is an immutable map behind a pointer: copying one is copying the pointer, and a change copies the map if
//! somebody else has it too. CPython's map is a trie; contexts are small, so a sorted one serves as well.

use super::container::{self, Text};
use super::generic_alias;
use super::list::List;
use super::native::Signature;
use super::opaque::{self, Native};
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex, OnceLock};

/// Variables by id, with their values.
type Map = BTreeMap<u64, (Value, Value)>;

/// The payload of a `Context`.
#[derive(Default)]
pub struct Context {
    map: Mutex<Arc<Map>>,
    entered: AtomicBool,
    /// The context that was current before this one was entered.
    previous: Slot,
}

impl Native for Context {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.previous.visit(visit);
        // A map that several contexts share is counted once for each of them: only its last owner shows it.
        let map = self.map.lock().expect("no panic under this lock");
        if Arc::strong_count(&map) == 1 {
            for (var, value) in map.values() {
                visit(var);
                visit(value);
            }
        }
    }

    fn clear(&self, _t: &Thread) {
        drop(self.previous.take());
        let map = std::mem::take(&mut *self.map.lock().expect("no panic under this lock"));
        drop(map);
    }
}

impl Context {
    fn snapshot(&self) -> Arc<Map> {
        self.map.lock().expect("no panic under this lock").clone()
    }

    fn get(&self, var: &Value) -> Option<Value> {
        self.map.lock().expect("no panic under this lock").get(&var.id()).map(|(_, value)| value.clone())
    }

    /// Sets a variable, or takes it out; gives what was there.
    fn replace(&self, var: &Value, value: Option<Value>) -> Option<Value> {
        let mut map = self.map.lock().expect("no panic under this lock");
        let map = Arc::make_mut(&mut map);
        let old = match value {
            Some(value) => map.insert(var.id(), (var.clone(), value)),
            None => map.remove(&var.id()),
        };
        old.map(|(_, value)| value)
    }
}

fn new_context(t: &Thread, map: Arc<Map>) -> R {
    let context = Context { map: Mutex::new(map), ..Context::default() };
    opaque::new(t, &t.types().context, context)
}

/// The thread's current context, made now if there is none.
pub fn current(t: &Thread) -> R {
    if let Some(context) = t.context.get(t) {
        return Ok(context);
    }
    let context = new_context(t, Arc::default())?;
    t.context.set(context.clone());
    Ok(context)
}

/// `contextvars.copy_context()`.
pub fn copy_current(t: &Thread) -> R {
    copy(t, &current(t)?)
}

fn context<'a>(t: &Thread, v: &'a Value) -> R<&'a Context> {
    v.opaque::<Context>().ok_or_else(|| t.type_error("an instance of Context was expected"))
}

fn copy(t: &Thread, v: &Value) -> R {
    new_context(t, context(t, v)?.snapshot())
}

/// Makes a context the current one (`PyContext_Enter`).
pub fn enter(t: &Thread, v: &Value) -> R<()> {
    let c = context(t, v)?;
    if c.entered.swap(true, AcqRel) {
        let shown = protocol::repr_text(t, v)?;
        return Err(t.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    drop(c.previous.replace(t.context.replace(Some(v.clone()))));
    Ok(())
}

/// Undoes [`enter`].
pub fn exit(t: &Thread, v: &Value) -> R<()> {
    let c = context(t, v)?;
    if !c.entered.load(Acquire) {
        let shown = protocol::repr_text(t, v)?;
        return Err(t.runtime_error(format!("cannot exit context: {shown} has not been entered")));
    }
    if !t.context.get(t).is_some_and(|now| now.is(v)) {
        return Err(t.runtime_error("cannot exit context: thread state references a different context object"));
    }
    drop(t.context.replace(c.previous.take()));
    c.entered.store(false, Release);
    Ok(())
}

/// `context.run(f, *args)`.
pub fn run(t: &Thread, v: &Value, f: &Value, args: Args<'_>) -> R {
    enter(t, v)?;
    let result = protocol::call_args(t, f, args);
    let raised = t.take_raised();
    let left = exit(t, v);
    match (result, raised) {
        (Ok(value), _) => left.map(|()| value),
        (Err(_), Some(e)) => Err(t.raise_as_is(e)),
        (Err(raised), None) => Err(raised),
    }
}

fn run_method(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let Some((f, rest)) = args.pos.split_first() else {
        return Err(t.type_error("run() missing 1 required positional argument"));
    };
    run(t, v, f, Args { pos: rest, ..args })
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    if !args.is_empty() {
        return Err(t.type_error("Context() does not accept any arguments"));
    }
    new_context(t, Arc::default())
}

/// The key of a look-up: a variable.
fn key<'a>(t: &Thread, v: &'a Value) -> R<&'a Value> {
    match v.opaque::<ContextVar>() {
        Some(_) => Ok(v),
        None => Err(t.type_error(format!("a ContextVar key was expected, got {}", protocol::repr_text(t, v)?))),
    }
}

fn getitem(t: &Thread, v: &Value, var: &Value) -> R {
    context(t, v)?.get(key(t, var)?).ok_or_else(|| t.key_error(var))
}

fn get(t: &Thread, v: &Value, args: &[Value]) -> R {
    let found = context(t, v)?.get(key(t, &args[0])?);
    Ok(found.unwrap_or_else(|| args.get(1).cloned().unwrap_or(Value::NONE)))
}

fn keys(t: &Thread, v: &Value) -> R {
    Ok(List::make(t, context(t, v)?.snapshot().values().map(|(var, _)| var.clone())))
}

fn values(t: &Thread, v: &Value) -> R {
    Ok(List::make(t, context(t, v)?.snapshot().values().map(|(_, value)| value.clone())))
}

fn items(t: &Thread, v: &Value) -> R {
    let pair = |(var, value): &(Value, Value)| t.tuple([var.clone(), value.clone()]);
    Ok(List::make(t, context(t, v)?.snapshot().values().map(pair)))
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) = (a.opaque::<Context>(), b.opaque::<Context>(), op) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.snapshot(), y.snapshot());
    let mut equal = x.len() == y.len();
    for (id, (_, value)) in x.iter() {
        equal = equal
            && match y.get(id) {
                Some((_, other)) => protocol::eq(t, value, other)?,
                None => false,
            };
    }
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

pub static CONTEXT: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(new),
        compare: Some(compare),
        iter: Some(|t, v| protocol::iter(t, &keys(t, v)?)),
        len: Some(|t, v| Ok(context(t, v)?.snapshot().len())),
        getitem: Some(getitem),
        contains: Some(|t, v, var| Ok(context(t, v)?.get(key(t, var)?).is_some())),
        ..opaque::spec::<Context>("").slots
    },
    methods: &[
        Def::new("run", Func::Any(run_method), "", ""),
        Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of the context object."),
        Def::new(
            "get",
            Func::Pos(get, 1, 2),
            "($self, key, default=None, /)",
            "Return the value for `key` if `key` has the value in the context object.\n\nIf `key` does not exist, return `default`.  If `default` is not\ngiven, return None.",
        ),
        Def::new(
            "items",
            Func::NoArgs(items),
            "($self, /)",
            "Return all variables and their values in the context object.\n\nThe result is returned as a list of 2-tuples (variable, value).",
        ),
        Def::new("keys", Func::NoArgs(keys), "($self, /)", "Return a list of all variables in the context object."),
        Def::new(
            "values",
            Func::NoArgs(values),
            "($self, /)",
            "Return a list of all variables' values in the context object.",
        ),
    ],
    ..opaque::spec::<Context>("_contextvars.Context")
};

/// The payload of a `ContextVar`.
pub struct ContextVar {
    name: Slot,
    default: Slot,
}

impl Native for ContextVar {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.name.visit(visit);
        self.default.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.default.take());
    }
}

/// A new variable.
pub fn new_var(t: &Thread, name: &str, default: Option<Value>) -> R {
    let var = ContextVar { name: Slot::new(t.intern(name)), default: Slot::from_option(default) };
    opaque::new(t, &t.types().contextvar, var)
}

fn var_new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 2];
    SIGNATURE
        .get_or_init(|| Signature::parse_text("ContextVar", "(name, /, *, default=<unrepresentable>)"))
        .bind(t, args, &mut bound)?;
    let [Some(name), default] = bound else { return Ok(Value::NONE) };
    if name.cast::<Str>().is_none() {
        return Err(t.type_error("context variable name must be a str"));
    }
    protocol::hash(t, &name)?;
    let var = ContextVar { name: Slot::new(name), default: Slot::from_option(default) };
    opaque::new(t, &t.types().contextvar, var)
}

fn var<'a>(t: &Thread, v: &'a Value) -> R<&'a ContextVar> {
    v.opaque::<ContextVar>().ok_or_else(|| t.type_error("an instance of ContextVar was expected"))
}

/// The value of a variable in the current context, its default, or nothing.
pub fn var_value(t: &Thread, v: &Value) -> R<Option<Value>> {
    let found = t.context.get(t).and_then(|c| c.opaque::<Context>().and_then(|c| c.get(v)));
    Ok(match found {
        Some(value) => Some(value),
        None => var(t, v)?.default.get(t),
    })
}

fn var_get(t: &Thread, v: &Value, args: &[Value]) -> R {
    let found = t.context.get(t).and_then(|c| c.opaque::<Context>().and_then(|c| c.get(v)));
    match found.or_else(|| args.first().cloned()) {
        Some(value) => Ok(value),
        None => match var(t, v)?.default.get(t) {
            Some(value) => Ok(value),
            None => Err(t.raise_with(t.types().lookup_error.get(), std::slice::from_ref(v))),
        },
    }
}

/// `var.set(value)`: a token.
pub fn var_set(t: &Thread, v: &Value, value: &Value) -> R {
    let context = current(t)?;
    let old = self::context(t, &context)?.replace(v, Some(value.clone()));
    let token = Token {
        context: Slot::new(context),
        var: Slot::new(v.clone()),
        old: Slot::from_option(old),
        used: AtomicBool::new(false),
    };
    opaque::new(t, &t.types().context_token, token)
}

/// `var.reset(token)`.
pub fn var_reset(t: &Thread, v: &Value, token: &Value) -> R<()> {
    let Some(tok) = token.opaque::<Token>() else {
        return Err(t.type_error(format!("expected an instance of Token, got {}", protocol::repr_text(t, token)?)));
    };
    if tok.used.load(Acquire) {
        return Err(t.runtime_error(format!("{} has already been used once", protocol::repr_text(t, token)?)));
    }
    if !tok.var.get(t).is_some_and(|own| own.is(v)) {
        let shown = protocol::repr_text(t, token)?;
        return Err(t.value_error(format!("{shown} was created by a different ContextVar")));
    }
    let context = current(t)?;
    if !tok.context.get(t).is_some_and(|own| own.is(&context)) {
        return Err(t.value_error(format!("{} was created in a different Context", protocol::repr_text(t, token)?)));
    }
    tok.used.store(true, Release);
    let displaced = self::context(t, &context)?.replace(v, tok.old.get(t));
    drop(displaced);
    Ok(())
}

fn var_repr(t: &Thread, v: &Value) -> R {
    let (own, mut out) = (var(t, v)?, Text::default());
    out.push("<ContextVar name=");
    out.push_repr(t, &own.name.get(t).unwrap_or(Value::NONE))?;
    if let Some(default) = own.default.get(t) {
        out.push(" default=");
        match container::ReprGuard::enter(t, v) {
            Some(_guard) => out.push_repr(t, &default)?,
            None => out.push("..."),
        }
    }
    out.push(&format!(" at {:#x}>", v.id()));
    Ok(out.finish(t))
}

pub static VAR: Spec = Spec {
    flags: type_flags::HAVE_GC,
    slots: Slots { new: Some(var_new), repr: Some(var_repr), ..opaque::spec::<ContextVar>("").slots },
    methods: &[
        Def::new(
            "get",
            Func::Pos(var_get, 0, 1),
            "($self, default=<unrepresentable>, /)",
            "Return a value for the context variable for the current context.\n\nIf there is no value for the variable in the current context, the\nmethod will:\n * return the value of the default argument of the method, if\n   provided; or\n * return the default value for the context variable, if it was\n   created with one; or\n * raise a LookupError.",
        ),
        Def::new(
            "set",
            Func::One(var_set),
            "($self, value, /)",
            "Call to set a new value for the context variable in the current context.\n\nThe required value argument is the new value for the context\nvariable.\n\nReturns a Token object that can be used to restore the variable to\nits previous value via the `ContextVar.reset()` method.",
        ),
        Def::new(
            "reset",
            Func::One(|t, v, token| var_reset(t, v, token).map(|()| Value::NONE)),
            "($self, token, /)",
            "Reset the context variable.\n\nThe variable is reset to the value it had before the\n`ContextVar.set()` that created the token was used.",
        ),
        Def::class("__class_getitem__", Func::One(generic_alias::make_for_class), "($type, object, /)", "See PEP 585"),
    ],
    getset: &[GetSet::member("name", |t, v| Ok(var(t, v)?.name.get(t).unwrap_or(Value::NONE)), "")],
    ..opaque::spec::<ContextVar>("_contextvars.ContextVar")
};

/// The payload of a `Token`.
struct Token {
    context: Slot,
    var: Slot,
    old: Slot,
    used: AtomicBool,
}

impl Native for Token {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.context, &self.var, &self.old].into_iter().for_each(|s| s.visit(visit));
    }

    fn clear(&self, _t: &Thread) {
        [&self.context, &self.var, &self.old].into_iter().for_each(|s| drop(s.take()));
    }
}

fn token<'a>(t: &Thread, v: &'a Value) -> R<&'a Token> {
    v.opaque::<Token>().ok_or_else(|| t.type_error("an instance of Token was expected"))
}

fn token_repr(t: &Thread, v: &Value) -> R {
    let (own, mut out) = (token(t, v)?, Text::default());
    out.push(if own.used.load(Acquire) { "<Token used var=" } else { "<Token var=" });
    out.push_repr(t, &own.var.get(t).unwrap_or(Value::NONE))?;
    out.push(&format!(" at {:#x}>", v.id()));
    Ok(out.finish(t))
}

fn token_exit(t: &Thread, v: &Value, _args: &[Value]) -> R {
    let var = token(t, v)?.var.get(t).unwrap_or(Value::NONE);
    var_reset(t, &var, v).map(|()| Value::NONE)
}

pub static TOKEN: Spec = Spec {
    flags: type_flags::HAVE_GC,
    slots: Slots {
        new: Some(|t, _, _| Err(t.runtime_error("Tokens can only be created by ContextVars"))),
        repr: Some(token_repr),
        hash: Some(|t, v| Err(protocol::unhashable(t, v))),
        ..opaque::spec::<Token>("").slots
    },
    methods: &[
        Def::class("__class_getitem__", Func::One(generic_alias::make_for_class), "($type, object, /)", "See PEP 585"),
        Def::new("__enter__", Func::NoArgs(|_, v| Ok(v.clone())), "($self, /)", "Enter into Token context manager."),
        Def::new(
            "__exit__",
            Func::Pos(token_exit, 3, 3),
            "($self, type, value, traceback, /)",
            "Exit from Token context manager, restore the linked ContextVar.",
        ),
    ],
    getset: &[
        GetSet::ro("var", |t, v| Ok(token(t, v)?.var.get(t).unwrap_or(Value::NONE)), ""),
        GetSet::ro(
            "old_value",
            |t, v| match token(t, v)?.old.get(t) {
                Some(old) => Ok(old),
                None => missing(t),
            },
            "",
        ),
    ],
    ..opaque::spec::<Token>("_contextvars.Token")
};

/// The payload of `Token.MISSING`.
struct Missing;

impl Native for Missing {}

/// `Token.MISSING`: the old value of a variable that had none. There is one.
pub fn missing(t: &Thread) -> R {
    #[derive(Default)]
    struct The(Slot);
    let the = &t.interp.state::<The>().0;
    if let Some(missing) = the.get(t) {
        return Ok(missing);
    }
    let missing = opaque::new(t, &t.types().token_missing, Missing)?;
    the.set(missing.clone());
    Ok(missing)
}

pub static MISSING: Spec = Spec {
    slots: Slots { repr: Some(|t, _| Ok(t.str("<Token.MISSING>"))), ..opaque::spec::<Missing>("").slots },
    ..opaque::spec::<Missing>("Token.MISSING")
};
