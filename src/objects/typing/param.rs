//! `TypeVar`, `ParamSpec` and `TypeVarTuple`, which share a payload, and `ParamSpecArgs` and `ParamSpecKwargs`.

use super::super::container::Text;
use super::super::native::Signature;
use super::super::opaque::{self, Native};
use super::super::protocol;
use super::super::slot::Slot;
use super::super::slots::{Args, CmpOp, R, Slots};
use super::super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::super::string::Str;
use super::super::thread::Thread;
use super::super::tuple::Tuple;
use super::super::types::TypeCell;
use super::super::union;
use super::super::value::Value;
use super::generic::{is_no_default, no_default};
use super::{call_typing, evaluate, evaluator_of, unpack};
use std::sync::OnceLock;

/// The payload of a type parameter. Values that were not given are computed by a function, when first asked for.
#[derive(Default)]
struct Param {
    name: Slot,
    bound: Slot,
    compute_bound: Slot,
    /// A tuple.
    constraints: Slot,
    compute_constraints: Slot,
    default: Slot,
    compute_default: Slot,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

impl Param {
    fn slots(&self) -> [&Slot; 7] {
        [
            &self.name,
            &self.bound,
            &self.compute_bound,
            &self.constraints,
            &self.compute_constraints,
            &self.default,
            &self.compute_default,
        ]
    }
}

impl Native for Param {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.slots().iter().for_each(|s| s.visit(visit));
    }

    fn clear(&self, _t: &Thread) {
        self.slots().iter().for_each(|s| drop(s.take()));
    }
}

fn param<'a>(t: &Thread, v: &'a Value) -> R<&'a Param> {
    v.opaque::<Param>().ok_or_else(|| t.type_error("a type parameter is required"))
}

/// Whether the value is a `TypeVarTuple`.
pub(super) fn is_typevartuple(t: &Thread, v: &Value) -> bool {
    t.types().typevartuple.is(v.type_of(t))
}

/// Whether a type parameter has a default; `None` for anything else.
pub(super) fn has_default(t: &Thread, v: &Value) -> Option<bool> {
    let p = v.opaque::<Param>()?;
    Some(!p.compute_default.is_empty() || p.default.get(t).is_some_and(|d| !is_no_default(&d)))
}

/// The intrinsic of `[T]`, `[T: bound]` and `[T: (constraints)]`; bound and constraints are functions.
pub fn typevar(t: &Thread, name: &Value, bound: Option<&Value>, constraints: Option<&Value>) -> R {
    let p = Param {
        name: Slot::new(name.clone()),
        compute_bound: Slot::from_option(bound.cloned()),
        compute_constraints: Slot::from_option(constraints.cloned()),
        infer_variance: true,
        ..Param::default()
    };
    opaque::new(t, &t.types().typevar, p)
}

/// The intrinsic of `[**P]`.
pub fn paramspec(t: &Thread, name: &Value) -> R {
    let p = Param { name: Slot::new(name.clone()), infer_variance: true, ..Param::default() };
    opaque::new(t, &t.types().paramspec, p)
}

/// The intrinsic of `[*Ts]`.
pub fn typevartuple(t: &Thread, name: &Value) -> R {
    opaque::new(t, &t.types().typevartuple, Param { name: Slot::new(name.clone()), ..Param::default() })
}

/// The intrinsic of `[T = default]`: a function that computes the default.
pub fn set_default(t: &Thread, v: &Value, default: &Value) -> R {
    param(t, v)?.compute_default.set(default.clone());
    Ok(v.clone())
}

/// A type parameter made by a call: it belongs to the module of the caller, or to none where that has no name.
fn made(t: &Thread, cell: &TypeCell, p: Param) -> R {
    let v = opaque::new(t, cell, p)?;
    let module = super::caller(t).unwrap_or(Value::NONE);
    protocol::setattr(t, &v, &t.names().__module__, Some(&module))?;
    Ok(v)
}

fn check_name(t: &Thread, what: &str, name: &Value) -> R<()> {
    if name.cast::<Str>().is_some() {
        return Ok(());
    }
    Err(t.type_error(format!("{what}() argument 'name' must be str, not {}", name.type_of(t).name_str())))
}

/// `covariant`, `contravariant` and `infer_variance`, which exclude each other.
fn variance(t: &Thread, flags: [Option<Value>; 3]) -> R<[bool; 3]> {
    let mut out = [false; 3];
    for (out, flag) in out.iter_mut().zip(flags) {
        *out = match flag {
            Some(flag) => protocol::truth(t, &flag)?,
            None => false,
        };
    }
    let [covariant, contravariant, infer] = out;
    if covariant && contravariant {
        return Err(t.value_error("Bivariant types are not supported."));
    }
    if infer && (covariant || contravariant) {
        return Err(t.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok(out)
}

fn check_bound(t: &Thread, bound: Option<Value>) -> R<Option<Value>> {
    match bound.filter(|b| !b.is_none()) {
        Some(bound) => call_typing(t, "_type_check", &[bound, t.str("Bound must be a type.")]).map(Some),
        None => Ok(None),
    }
}

fn typevar_new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 7];
    let text = "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    SIGNATURE.get_or_init(|| Signature::parse_text("typevar", text)).bind(t, args, &mut bound)?;
    let [Some(name), constraints, bound, default, covariant, contravariant, infer] = bound else {
        return Ok(Value::NONE);
    };
    check_name(t, "typevar", &name)?;
    let [covariant, contravariant, infer_variance] = variance(t, [covariant, contravariant, infer])?;
    let bound = check_bound(t, bound)?;
    let count = constraints.as_ref().and_then(|c| c.cast::<Tuple>()).map_or(0, |c| c.len());
    if count == 1 {
        return Err(t.type_error("A single constraint is not allowed"));
    }
    if count > 0 && bound.is_some() {
        return Err(t.type_error("Constraints cannot be combined with bound=..."));
    }
    let p = Param {
        name: Slot::new(name),
        bound: Slot::from_option(bound),
        constraints: Slot::from_option(constraints.filter(|_| count > 0)),
        default: Slot::from_option(default),
        covariant,
        contravariant,
        infer_variance,
        ..Param::default()
    };
    made(t, &t.types().typevar, p)
}

fn paramspec_new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 6];
    let text = "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    SIGNATURE.get_or_init(|| Signature::parse_text("paramspec", text)).bind(t, args, &mut bound)?;
    let [Some(name), bound, default, covariant, contravariant, infer] = bound else { return Ok(Value::NONE) };
    check_name(t, "paramspec", &name)?;
    let [covariant, contravariant, infer_variance] = variance(t, [covariant, contravariant, infer])?;
    let p = Param {
        name: Slot::new(name),
        bound: Slot::from_option(check_bound(t, bound)?),
        default: Slot::from_option(default),
        covariant,
        contravariant,
        infer_variance,
        ..Param::default()
    };
    made(t, &t.types().paramspec, p)
}

fn typevartuple_new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 2];
    SIGNATURE
        .get_or_init(|| Signature::parse_text("typevartuple", "(name, *, default=NoDefault)"))
        .bind(t, args, &mut bound)?;
    let [Some(name), default] = bound else { return Ok(Value::NONE) };
    check_name(t, "typevartuple", &name)?;
    made(
        t,
        &t.types().typevartuple,
        Param { name: Slot::new(name), default: Slot::from_option(default), ..Param::default() },
    )
}

fn name(t: &Thread, v: &Value) -> R {
    Ok(param(t, v)?.name.get(t).unwrap_or(Value::NONE))
}

/// The name behind the sign of the variance.
fn repr(t: &Thread, v: &Value) -> R {
    let p = param(t, v)?;
    if p.infer_variance {
        return name(t, v);
    }
    let mut out = Text::default();
    out.push(if p.covariant {
        "+"
    } else if p.contravariant {
        "-"
    } else {
        "~"
    });
    out.push_str(&name(t, v)?);
    Ok(out.finish(t))
}

fn bound(t: &Thread, v: &Value) -> R {
    let p = param(t, v)?;
    Ok(evaluate(t, &p.bound, &p.compute_bound)?.unwrap_or(Value::NONE))
}

fn constraints(t: &Thread, v: &Value) -> R {
    let p = param(t, v)?;
    Ok(evaluate(t, &p.constraints, &p.compute_constraints)?.unwrap_or_else(|| t.interp.empty_tuple.clone()))
}

fn default(t: &Thread, v: &Value) -> R {
    let p = param(t, v)?;
    match evaluate(t, &p.default, &p.compute_default)? {
        Some(default) => Ok(default),
        None => no_default(t),
    }
}

fn evaluate_default(t: &Thread, v: &Value) -> R {
    let p = param(t, v)?;
    if p.default.is_empty() && p.compute_default.is_empty() {
        return no_default(t);
    }
    evaluator_of(t, &p.default, &p.compute_default)
}

/// Arguments of a subscription, the default of this variable added where they end before it.
fn typevar_prepare(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (alias, given) = (&args[0], &args[1]);
    let params = protocol::collect(t, &protocol::getattr(t, alias, &t.names().__parameters__)?)?;
    let Some(index) = params.iter().position(|p| p.is(v)) else {
        return Err(t.value_error("sequence.index(x): x not in sequence"));
    };
    let items = protocol::collect(t, given)?;
    if index < items.len() {
        return Ok(given.clone());
    }
    if index == items.len() {
        let default = default(t, v)?;
        if !is_no_default(&default) {
            return Ok(t.tuple(items.into_iter().chain([default]).collect::<Vec<_>>()));
        }
    }
    let shown = protocol::to_text(t, alias)?;
    Err(t.type_error(format!("Too few arguments for {shown}")))
}

/// Methods and attributes that all three have.
macro_rules! cannot_subclass {
    ($name:literal) => {
        Def::new(
            "__mro_entries__",
            Func::One(|t, _, _| Err(t.type_error(concat!("Cannot subclass an instance of ", $name)))),
            "($self, object, /)",
            "",
        )
    };
}
const HAS_DEFAULT: Def =
    Def::new("has_default", Func::NoArgs(|t, v| Ok(Value::bool(has_default(t, v).unwrap_or(false)))), "($self, /)", "");
const REDUCE: Def = Def::new("__reduce__", Func::NoArgs(name), "($self, /)", "");
const NAME: GetSet = GetSet::member("__name__", name, "");
const COVARIANT: GetSet = GetSet::member("__covariant__", |t, v| Ok(Value::bool(param(t, v)?.covariant)), "");
const CONTRAVARIANT: GetSet =
    GetSet::member("__contravariant__", |t, v| Ok(Value::bool(param(t, v)?.contravariant)), "");
const INFER_VARIANCE: GetSet =
    GetSet::member("__infer_variance__", |t, v| Ok(Value::bool(param(t, v)?.infer_variance)), "");

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::HAS_DICT | type_flags::WEAKREFABLE;
const MEMORY: Slots = opaque::spec::<Param>("").slots;

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    union::make(t, [a.clone(), b.clone()])
}

pub static TYPEVAR: Spec = Spec {
    flags: FLAGS,
    doc: "Type variable.\n\nThe preferred way to construct a type variable is via the dedicated\nsyntax for generic functions, classes, and type aliases::\n\n    class Sequence[T]:  # T is a TypeVar\n        ...\n",
    slots: Slots { new: Some(typevar_new), repr: Some(repr), nb_or: Some(or), ..MEMORY },
    methods: &[
        Def::new(
            "__typing_subst__",
            Func::One(|t, v, arg| call_typing(t, "_typevar_subst", &[v.clone(), arg.clone()])),
            "($self, arg, /)",
            "",
        ),
        Def::new("__typing_prepare_subst__", Func::Pos(typevar_prepare, 2, 2), "($self, alias, args, /)", ""),
        REDUCE,
        HAS_DEFAULT,
        cannot_subclass!("TypeVar"),
    ],
    getset: &[
        NAME,
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        GetSet::ro("__bound__", bound, ""),
        GetSet::ro("__constraints__", constraints, ""),
        GetSet::ro("__default__", default, ""),
        GetSet::ro("evaluate_bound", |t, v| evaluator_of(t, &param(t, v)?.bound, &param(t, v)?.compute_bound), ""),
        GetSet::ro(
            "evaluate_constraints",
            |t, v| evaluator_of(t, &param(t, v)?.constraints, &param(t, v)?.compute_constraints),
            "",
        ),
        GetSet::ro("evaluate_default", evaluate_default, ""),
    ],
    ..opaque::spec::<Param>("typing.TypeVar")
};

pub static PARAMSPEC: Spec = Spec {
    flags: FLAGS,
    doc: "Parameter specification variable.\n\nThe preferred way to construct a parameter specification is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere the use of '**' creates a parameter specification::\n\n    type IntFunc[**P] = Callable[P, int]\n",
    slots: Slots { new: Some(paramspec_new), repr: Some(repr), nb_or: Some(or), ..MEMORY },
    methods: &[
        Def::new(
            "__typing_subst__",
            Func::One(|t, v, arg| call_typing(t, "_paramspec_subst", &[v.clone(), arg.clone()])),
            "($self, arg, /)",
            "",
        ),
        Def::new(
            "__typing_prepare_subst__",
            Func::Pos(
                |t, v, args| call_typing(t, "_paramspec_prepare_subst", &[v.clone(), args[0].clone(), args[1].clone()]),
                2,
                2,
            ),
            "($self, alias, args, /)",
            "",
        ),
        HAS_DEFAULT,
        REDUCE,
        cannot_subclass!("ParamSpec"),
    ],
    getset: &[
        NAME,
        GetSet::member("__bound__", bound, ""),
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        GetSet::ro("args", |t, v| part(t, &t.types().paramspecargs, v), "Represents positional arguments."),
        GetSet::ro("kwargs", |t, v| part(t, &t.types().paramspeckwargs, v), "Represents keyword arguments."),
        GetSet::ro("__default__", default, "The default value for this ParamSpec."),
        GetSet::ro("evaluate_default", evaluate_default, ""),
    ],
    ..opaque::spec::<Param>("typing.ParamSpec")
};

pub static TYPEVARTUPLE: Spec = Spec {
    flags: FLAGS,
    doc: "Type variable tuple. A specialized form of type variable that enables\nvariadic generics.\n\nThe preferred way to construct a type variable tuple is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere a single '*' indicates a type variable tuple::\n\n    def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:\n        return (*tup[1:], tup[0])\n",
    slots: Slots {
        new: Some(typevartuple_new),
        repr: Some(name),
        iter: Some(|t, v| protocol::iter(t, &t.tuple([unpack(t, v)?]))),
        ..MEMORY
    },
    methods: &[
        Def::new(
            "__typing_subst__",
            Func::One(|t, _, _| Err(t.type_error("Substitution of bare TypeVarTuple is not supported"))),
            "($self, arg, /)",
            "",
        ),
        Def::new(
            "__typing_prepare_subst__",
            Func::Pos(
                |t, v, args| {
                    call_typing(t, "_typevartuple_prepare_subst", &[v.clone(), args[0].clone(), args[1].clone()])
                },
                2,
                2,
            ),
            "($self, alias, args, /)",
            "",
        ),
        REDUCE,
        HAS_DEFAULT,
        cannot_subclass!("TypeVarTuple"),
    ],
    getset: &[
        NAME,
        GetSet::ro("__default__", default, "The default value for this TypeVarTuple."),
        GetSet::ro("evaluate_default", evaluate_default, ""),
    ],
    ..opaque::spec::<Param>("typing.TypeVarTuple")
};

/// The payload of `ParamSpec.args` and `.kwargs`.
struct Part(Slot);

impl Native for Part {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.0.take());
    }
}

fn part(t: &Thread, cell: &TypeCell, origin: &Value) -> R {
    opaque::new(t, cell, Part(Slot::new(origin.clone())))
}

fn origin(t: &Thread, v: &Value) -> R {
    Ok(v.opaque::<Part>().and_then(|p| p.0.get(t)).unwrap_or(Value::NONE))
}

fn part_new(t: &Thread, cell: &TypeCell, what: &'static str, args: Args<'_>) -> R {
    let mut bound = [const { None }; 1];
    Signature::parse_text(what, "(origin)").bind(t, args, &mut bound)?;
    let [origin] = bound;
    part(t, cell, &origin.unwrap_or(Value::NONE))
}

fn part_repr(t: &Thread, v: &Value, what: &str) -> R {
    let (origin, mut out) = (origin(t, v)?, Text::default());
    if t.types().paramspec.is(origin.type_of(t)) {
        out.push_str(&name(t, &origin)?);
    } else {
        out.push_repr(t, &origin)?;
    }
    out.push(what);
    Ok(out.finish(t))
}

fn part_compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !std::ptr::eq(a.type_of(t), b.type_of(t)) || !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    protocol::compare(t, &origin(t, a)?, &origin(t, b)?, op)
}

macro_rules! part {
    ($cell:ident, $name:literal, $short:literal, $type:ident, $attribute:literal, $doc:literal) => {
        pub static $cell: Spec = Spec {
            flags: type_flags::HAVE_GC | type_flags::WEAKREFABLE,
            doc: $doc,
            slots: Slots {
                new: Some(|t, _, args| part_new(t, &t.types().$type, concat!($short), args)),
                repr: Some(|t, v| part_repr(t, v, $attribute)),
                compare: Some(part_compare),
                ..opaque::spec::<Part>("").slots
            },
            methods: &[cannot_subclass!($short)],
            getset: &[GetSet::member("__origin__", origin, "")],
            ..opaque::spec::<Part>($name)
        };
    };
}

part!(
    PARAMSPECARGS,
    "typing.ParamSpecArgs",
    "ParamSpecArgs",
    paramspecargs,
    ".args",
    "The args for a ParamSpec object.\n\nGiven a ParamSpec object P, P.args is an instance of ParamSpecArgs.\n"
);
part!(
    PARAMSPECKWARGS,
    "typing.ParamSpecKwargs",
    "ParamSpecKwargs",
    paramspeckwargs,
    ".kwargs",
    "The kwargs for a ParamSpec object.\n\nGiven a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs.\n"
);
