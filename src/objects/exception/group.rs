//! `BaseExceptionGroup` and `ExceptionGroup` (PEP 654): several exceptions as one.

use super::tree::FLAGS;
use super::{Exception, OWN, base, field, field_or_none, payload};
use crate::objects::container::Text;
use crate::objects::generic_alias;
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::collections::HashSet;

const MESSAGE: usize = 0;
/// A tuple.
const EXCEPTIONS: usize = 1;
/// What `repr` shows of the second argument, if it was neither a list nor a tuple: it may change later.
const SHOWN: usize = 2;

fn is_group(t: &Thread, v: &Value) -> bool {
    v.type_of(t).is_subtype(&t.types().base_exception_group)
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = crate::objects::container::class_of(t, class)?;
    let [message, sequence] = args.pos else {
        return Err(
            t.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)", args.pos.len()))
        );
    };
    if message.cast::<Str>().is_none() {
        let name = message.type_of(t).name_str();
        return Err(t.type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {name}")));
    }
    if !protocol::is_sequence(t, sequence) {
        return Err(t.type_error("second argument (exceptions) must be a sequence"));
    }
    let exact = sequence.cast_exact::<List>().is_some() || sequence.cast_exact::<Tuple>().is_some();
    let items = protocol::collect(t, sequence)?;
    if items.is_empty() {
        return Err(t.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = items.iter().position(|e| e.cast::<Exception>().is_none()) {
        return Err(t.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
    }
    let types = t.types();
    let all_exceptions = items.iter().all(|e| e.type_of(t).is_subtype(&types.exception));
    let mut class = class.clone();
    if std::ptr::eq(typ, types.base_exception_group.get()) {
        if all_exceptions {
            class = types.exception_group.value();
        }
    } else if !all_exceptions && typ.is_subtype(&types.exception) {
        return Err(t.type_error(if std::ptr::eq(typ, types.exception_group.get()) {
            "Cannot nest BaseExceptions in an ExceptionGroup".to_owned()
        } else {
            format!("Cannot nest BaseExceptions in '{}'", typ.name_str())
        }));
    }
    let shown = if exact { None } else { Some(protocol::repr(t, sequence)?) };
    let v = base::make(t, &class, Tuple::from_slice(t, args.pos))?;
    let e = payload(t, &v)?;
    e.fields[MESSAGE].set(message.clone());
    e.fields[EXCEPTIONS].set(Tuple::make(t, items.into_iter()));
    drop(e.fields[SHOWN].replace(shown));
    Ok(v)
}

/// A group of a sequence of exceptions: `ExceptionGroup` if all are `Exception`s.
pub(super) fn create(t: &Thread, message: &str, exceptions: Value) -> R {
    let class = t.types().base_exception_group.value();
    protocol::call(t, &class, &[t.str(message), exceptions])
}

/// The exceptions of a group.
pub(super) fn exceptions(t: &Thread, v: &Value) -> R<Vec<Value>> {
    let items = field(t, v, EXCEPTIONS)?;
    Ok(items.as_ref().and_then(|i| i.cast::<Tuple>()).map(|i| i.items().to_vec()).unwrap_or_default())
}

fn str(t: &Thread, v: &Value) -> R {
    let n = exceptions(t, v)?.len();
    let mut out = Text::default();
    out.push_str(&protocol::str(t, &field_or_none::<MESSAGE>(t, v)?)?);
    out.push(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    Ok(out.finish(t))
}

fn repr(t: &Thread, v: &Value) -> R {
    let items = exceptions(t, v)?;
    let from_list = base::args_of(t, v)?
        .cast::<Tuple>()
        .is_some_and(|a| a.items().get(1).is_some_and(|s| s.cast::<List>().is_some()));
    let mut out = Text::default();
    out.push(&v.type_of(t).short_name());
    out.push("(");
    out.push_repr(t, &field_or_none::<MESSAGE>(t, v)?)?;
    out.push(", ");
    match field(t, v, SHOWN)? {
        Some(shown) => out.push_str(&shown),
        None if from_list => out.push_repr(t, &List::make(t, items))?,
        None => out.push_repr(t, &Tuple::make(t, items.into_iter()))?,
    }
    out.push(")");
    Ok(out.finish(t))
}

fn derive(t: &Thread, v: &Value, exceptions: &Value) -> R {
    let class = t.types().base_exception_group.value();
    protocol::call(t, &class, &[field_or_none::<MESSAGE>(t, v)?, exceptions.clone()])
}

/// What decides which exceptions of a group match.
enum Matcher {
    Types(Value),
    Predicate(Value),
    /// Those very exceptions, by id.
    Instances(HashSet<u64>),
}

impl Matcher {
    fn of(t: &Thread, v: &Value) -> R<Matcher> {
        let is_class = |v: &Value| base::is_exception_class(t, v);
        let of_types = match v.cast::<Tuple>() {
            Some(tuple) => tuple.items().iter().all(is_class),
            None => is_class(v),
        };
        if of_types {
            Ok(Matcher::Types(v.clone()))
        } else if v.type_of(t).slots().call.is_some() && v.cast::<Type>().is_none() {
            Ok(Matcher::Predicate(v.clone()))
        } else {
            Err(t.type_error(
                "expected an exception type, a tuple of exception types, or a callable (other than a class)",
            ))
        }
    }

    fn matches(&self, t: &Thread, e: &Value) -> R<bool> {
        match self {
            Matcher::Types(types) => Ok(super::matches(t, e, types)),
            Matcher::Predicate(f) => protocol::truth(t, &protocol::call(t, f, std::slice::from_ref(e))?),
            Matcher::Instances(ids) => Ok(!is_group(t, e) && ids.contains(&e.id())),
        }
    }
}

/// The part of an exception that matches, and the rest if it is wanted; the group's structure is kept.
fn split_by(t: &Thread, e: &Value, matcher: &Matcher, want_rest: bool) -> R<(Option<Value>, Option<Value>)> {
    if matcher.matches(t, e)? {
        return Ok((Some(e.clone()), None));
    }
    if !is_group(t, e) {
        return Ok((None, want_rest.then(|| e.clone())));
    }
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for inner in exceptions(t, e)? {
        let (m, r) = t.recurse(" in exceptiongroup_split_recursive", || split_by(t, &inner, matcher, want_rest))?;
        matched.extend(m);
        rest.extend(r);
    }
    let matched = subset(t, e, matched)?;
    let rest = if want_rest { subset(t, e, rest)? } else { None };
    Ok((matched, rest))
}

/// A group like `original` with some of its exceptions; nothing for none.
fn subset(t: &Thread, original: &Value, exceptions: Vec<Value>) -> R<Option<Value>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let list = List::make(t, exceptions);
    let group = protocol::call_method_str(t, original, "derive", &[list])?;
    if !is_group(t, &group) {
        return Err(t.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (payload(t, original)?, payload(t, &group)?);
    if let Some(tb) = from.traceback.get(t) {
        to.traceback.set(tb);
    }
    drop(to.context.replace(from.context.get(t)));
    super::set_cause(t, &group, from.cause.get(t));
    // Notes that are no list are an error of somebody else.
    if let Some(notes) = protocol::getattr_opt(t, original, &t.names().__notes__)?
        && protocol::is_sequence(t, &notes)
    {
        let copy = List::make(t, protocol::collect(t, &notes)?);
        protocol::setattr(t, &group, &t.names().__notes__, Some(&copy))?;
    }
    Ok(Some(group))
}

fn split(t: &Thread, v: &Value, matcher: &Value) -> R {
    let (matched, rest) = split_by(t, v, &Matcher::of(t, matcher)?, true)?;
    Ok(t.tuple([matched.unwrap_or(Value::NONE), rest.unwrap_or(Value::NONE)]))
}

fn subgroup(t: &Thread, v: &Value, matcher: &Value) -> R {
    Ok(split_by(t, v, &Matcher::of(t, matcher)?, false)?.0.unwrap_or(Value::NONE))
}

/// `except* pattern`: what is left of an exception, and what matches (each an exception or `None`). An exception that
/// is no group is wrapped in one.
pub fn group_match(t: &Thread, e: &Value, pattern: &Value) -> R<(Value, Value)> {
    if e.is_none() {
        return Ok((Value::NONE, Value::NONE));
    }
    if super::matches(t, e, pattern) {
        if is_group(t, e) {
            return Ok((Value::NONE, e.clone()));
        }
        let group = create(t, "", Tuple::make(t, [e.clone()].into_iter()))?;
        let frame = t.frame.get();
        if !frame.is_null() {
            payload(t, &group)?.traceback.take();
            let raised = t.take_raised();
            let _ = t.raise_as_is(group.clone());
            // SAFETY: the running frame is saved while native code runs.
            unsafe { crate::objects::traceback::add_here(t, frame) };
            drop(t.take_raised());
            t.put_raised(raised);
        }
        return Ok((Value::NONE, group));
    }
    if !is_group(t, e) {
        return Ok((e.clone(), Value::NONE));
    }
    let pair = protocol::call_method_str(t, e, "split", std::slice::from_ref(pattern))?;
    let class = e.type_of(t).name_str();
    let Some(tuple) = pair.cast_exact::<Tuple>() else {
        let name = pair.type_of(t).name_str();
        return Err(t.type_error(format!("{class}.split must return a tuple, not {name}")));
    };
    match tuple.items() {
        [matched, rest, ..] => Ok((rest.clone(), matched.clone())),
        short => Err(t.type_error(format!("{class}.split must return a 2-tuple, got tuple of size {}", short.len()))),
    }
}

/// Whether two exceptions have the same traceback, context and cause: one was split from the other.
fn same_metadata(t: &Thread, a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.cast::<Exception>(), b.cast::<Exception>()) else { return false };
    let same = |x: &crate::objects::slot::Slot, y: &crate::objects::slot::Slot| match (x.get(t), y.get(t)) {
        (None, None) => true,
        (Some(x), Some(y)) => x.is(&y),
        _ => false,
    };
    same(&a.traceback, &b.traceback) && same(&a.context, &b.context) && same(&a.cause, &b.cause)
}

fn leaf_ids(t: &Thread, e: &Value, ids: &mut HashSet<u64>) -> R<()> {
    if !is_group(t, e) {
        ids.insert(e.id());
        return Ok(());
    }
    for inner in exceptions(t, e)? {
        t.recurse(" in collect_exception_group_leaf_ids", || leaf_ids(t, &inner, ids))?;
    }
    Ok(())
}

/// What a `try` with `except*` raises in the end: the exceptions that its clauses raised, and those of `original`
/// that nobody handled or that were raised again, the latter in the structure of `original` (`None` for nothing).
pub fn prep_reraise_star(t: &Thread, original: &Value, list: &Value) -> R {
    let all: Vec<Value> = protocol::collect(t, list)?.into_iter().filter(|e| !e.is_none()).collect();
    if all.is_empty() {
        return Ok(Value::NONE);
    }
    if !is_group(t, original) {
        // A naked exception was wrapped: only one clause can have run.
        return Ok(all[0].clone());
    }
    let (again, mut raised): (Vec<Value>, Vec<Value>) = all.into_iter().partition(|e| same_metadata(t, e, original));
    let mut ids = HashSet::new();
    for e in &again {
        leaf_ids(t, e, &mut ids)?;
    }
    let again = split_by(t, original, &Matcher::Instances(ids), false)?.0;
    if raised.is_empty() {
        return Ok(again.unwrap_or(Value::NONE));
    }
    raised.extend(again);
    if raised.len() == 1 { Ok(raised.remove(0)) } else { create(t, "", List::make(t, raised)) }
}

const MESSAGE_DOC: &str = "exception message";
const EXCEPTIONS_DOC: &str = "nested exceptions";

pub static BASE: Spec = Spec {
    name: "BaseExceptionGroup",
    base: Some(|types| &types.base_exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "A combination of multiple unrelated exceptions.",
    slots: Slots { new: Some(new), init: Some(base::init), str: Some(str), repr: Some(repr), ..Slots::EMPTY },
    methods: &[
        Def::class(
            "__class_getitem__",
            Func::One(generic_alias::make_for_class),
            "($type, object, /)",
            "Exception groups are generic over the type of their contained exceptions",
        ),
        Def::new("derive", Func::One(derive), "($self, excs, /)", ""),
        Def::new("split", Func::One(split), "($self, matcher_value, /)", ""),
        Def::new("subgroup", Func::One(subgroup), "($self, matcher_value, /)", ""),
    ],
    getset: &[
        GetSet::member("message", field_or_none::<MESSAGE>, MESSAGE_DOC),
        GetSet::member("exceptions", field_or_none::<EXCEPTIONS>, EXCEPTIONS_DOC),
    ],
    ..Spec::DEFAULT
};

/// With `Exception` as second base: see `tree::finish_group`.
pub static SPEC: Spec = Spec {
    name: "ExceptionGroup",
    base: Some(|types| &types.base_exception_group),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS | type_flags::WEAKREFABLE,
    ..Spec::DEFAULT
};
