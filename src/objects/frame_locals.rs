//! `FrameLocalsProxy`: the local variables of a function's frame as a mapping that writes through (PEP 667).

use super::cell::Cell;
use super::code_object::CodeObject;
use super::container::{ReprGuard, payload};
use super::dict::Dict;
use super::frame::{Frame, FrameObject};
use super::header::Kind;
use super::list::List;
use super::native::count_message;
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, CmpOp, R, Raised, Slots};
use super::spec::{Def, Func, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use crate::compiler::code::local_kind;

payload! {
    /// The payload of a `FrameLocalsProxy`.
    FrameLocals: FrameLocals {
        frame: Slot,
    }
}

/// The view of a frame object's locals.
pub fn make(t: &Thread, frame: &Value) -> Value {
    FrameLocals::make_for(t, &t.types().frame_locals_proxy, Slot::new(frame.clone()))
}

/// The frame object behind a view.
fn frame_of(t: &Thread, v: &Value) -> R {
    v.cast::<FrameLocals>().and_then(|l| l.frame.get(t)).ok_or_else(|| t.type_error("a FrameLocalsProxy is required"))
}

/// A look at the variables of a frame.
struct View<'a> {
    object: &'a FrameObject,
    code: Value,
}

impl<'a> View<'a> {
    fn of(t: &Thread, frame: &'a Value) -> R<View<'a>> {
        let object = frame.cast::<FrameObject>().ok_or_else(|| t.type_error("a frame is required"))?;
        let code = object.code.get(t).ok_or_else(|| t.runtime_error("the frame has no code"))?;
        Ok(View { object, code })
    }

    fn code(&self) -> &CodeObject {
        self.code.cast::<CodeObject>().expect("a frame's code is a code object")
    }

    /// The word of a local, cell or free variable, while the frame is there.
    fn place(&self, index: usize) -> Option<*mut u64> {
        Some(Frame::local(self.object.frame()?, index))
    }

    fn is_hidden(&self, index: usize) -> bool {
        self.code().code.localspluskinds.get(index).is_some_and(|k| k & local_kind::HIDDEN != 0)
    }

    fn shares_cell(&self, index: usize) -> bool {
        let kinds = &self.code().code.localspluskinds;
        kinds.get(index).is_some_and(|k| k & (local_kind::CELL | local_kind::FREE) != 0)
    }

    /// The value of a variable.
    fn value(&self, t: &Thread, index: usize) -> Option<Value> {
        // SAFETY: a frame's local words are zero or valid, and nothing runs between reading and cloning.
        let word = unsafe {
            match *self.place(index)? {
                0 => return None,
                word => Value::from_ref(&word).clone(),
            }
        };
        match word.cast_exact::<Cell>() {
            Some(cell) if self.shares_cell(index) => cell.contents.get(t),
            _ => Some(word),
        }
    }

    /// Sets a variable. What was there stays alive as long as the frame object: the evaluation stack may hold borrowed
    /// references to it.
    fn set(&self, t: &Thread, index: usize, value: Value) {
        let Some(place) = self.place(index) else { return };
        // SAFETY: as in `value`; the word owned its value, which goes to the list.
        unsafe {
            if *place != 0
                && let Some(cell) = Value::from_ref(&*place).clone().cast_exact::<Cell>()
                && self.shares_cell(index)
            {
                drop(cell.contents.replace(Some(value)));
                return;
            }
            let old = Value::option_from_bits(std::mem::replace(&mut *place, value.into_owned().into_bits()));
            if let Some(old) = old.filter(|v| v.is_heap()) {
                let kept = self.object.overwritten.get(t).unwrap_or_else(|| {
                    let list = List::make(t, []);
                    self.object.overwritten.set(list.clone());
                    list
                });
                if let Some(list) = kept.cast::<List>() {
                    list.push(t, old);
                }
            }
        }
    }

    /// The index of a variable by name; with `read`, only of one that has a value.
    fn index(&self, t: &Thread, key: &Value, read: bool) -> R<Option<usize>> {
        let names = &self.code().localsplus();
        let visible = |i: &usize| !self.is_hidden(*i) && (!read || self.value(t, *i).is_some());
        if key.cast_exact::<Str>().is_some() {
            let found = (0..names.len()).filter(visible).find(|&i| {
                names[i].is(key) || names[i].cast::<Str>().zip(key.cast::<Str>()).is_some_and(|(a, b)| a.equals(b))
            });
            return Ok(found);
        }
        protocol::hash(t, key)?;
        for i in (0..names.len()).filter(visible) {
            if protocol::eq(t, &names[i], key)? {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }

    /// The names and values there are, extra ones last.
    fn pairs(&self, t: &Thread) -> Vec<(Value, Value)> {
        let names = &self.code().localsplus();
        let mut out: Vec<(Value, Value)> = (0..names.len())
            .filter(|&i| !self.is_hidden(i))
            .filter_map(|i| Some((names[i].clone(), self.value(t, i)?)))
            .collect();
        if let Some(extra) = self.object.extra_locals.get(t)
            && let Some(extra) = extra.cast::<Dict>()
        {
            out.extend(extra.pairs(t));
        }
        out
    }
}

fn pairs(t: &Thread, v: &Value) -> R<Vec<(Value, Value)>> {
    let frame = frame_of(t, v)?;
    Ok(View::of(t, &frame)?.pairs(t))
}

fn to_dict(t: &Thread, v: &Value) -> R {
    Dict::from_pairs(t, pairs(t, v)?)
}

fn lookup(t: &Thread, v: &Value, key: &Value) -> R<Option<Value>> {
    let frame = frame_of(t, v)?;
    let view = View::of(t, &frame)?;
    if let Some(i) = view.index(t, key, true)?
        && let Some(value) = view.value(t, i)
    {
        return Ok(Some(value));
    }
    match view.object.extra_locals.get(t) {
        Some(extra) => extra.cast::<Dict>().map_or(Ok(None), |d| d.get(t, key)),
        None => Ok(None),
    }
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    match lookup(t, v, key)? {
        Some(value) => Ok(value),
        None => {
            let message = format!("local variable '{}' is not defined", protocol::repr_text(t, key)?);
            Err(t.raise_message(&t.types().key_error, &message))
        }
    }
}

fn cannot_remove(t: &Thread) -> Raised {
    t.value_error("cannot remove local variables from FrameLocalsProxy")
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let frame = frame_of(t, v)?;
    let view = View::of(t, &frame)?;
    match (view.index(t, key, false)?, value) {
        (Some(i), Some(value)) => {
            view.set(t, i, value.clone());
            Ok(())
        }
        (Some(_), None) => Err(cannot_remove(t)),
        (None, Some(value)) => {
            let extra = view.object.extra_locals.get(t).unwrap_or_else(|| {
                let dict = Dict::make(t);
                view.object.extra_locals.set(dict.clone());
                dict
            });
            extra.cast::<Dict>().expect("extra locals are a dict").set(t, key.clone(), value.clone())
        }
        (None, None) => match remove_extra(t, &view, key)? {
            Some(_) => Ok(()),
            None => Err(t.key_error(key)),
        },
    }
}

fn remove_extra(t: &Thread, view: &View<'_>, key: &Value) -> R<Option<Value>> {
    match view.object.extra_locals.get(t) {
        Some(extra) => extra.cast::<Dict>().map_or(Ok(None), |d| d.remove(t, key)),
        None => Ok(None),
    }
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    super::container::no_keywords(t, "FrameLocalsProxy", args)?;
    let [frame] = args.pos else { return Err(t.type_error(count_message("FrameLocalsProxy", 1, 1, args.pos.len()))) };
    if frame.cast::<FrameObject>().is_none() {
        return Err(t.type_error(format!("expect frame, not {}", frame.type_of(t).name_str())));
    }
    Ok(make(t, frame))
}

fn repr(t: &Thread, v: &Value) -> R {
    match ReprGuard::enter(t, v) {
        Some(_guard) => protocol::repr(t, &to_dict(t, v)?),
        None => Ok(t.str("{...}")),
    }
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match b.cast::<FrameLocals>() {
        Some(_) => Ok(Value::bool(frame_of(t, a)?.is(&frame_of(t, b)?) == (op == CmpOp::Eq))),
        None if b.cast::<Dict>().is_some() => protocol::compare(t, &to_dict(t, a)?, b, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Adds the items of a dict or another view.
fn merge(t: &Thread, v: &Value, other: &Value) -> R<bool> {
    let items = match other.cast::<Dict>() {
        Some(dict) => dict.pairs(t),
        None if other.cast::<FrameLocals>().is_some() => pairs(t, other)?,
        None => return Ok(false),
    };
    for (key, value) in items {
        setitem(t, v, &key, Some(&value))?;
    }
    Ok(true)
}

fn update(t: &Thread, v: &Value, other: &Value) -> R {
    match merge(t, v, other)? {
        true => Ok(Value::NONE),
        false => Err(t.type_error("update() argument must be dict or another FrameLocalsProxy")),
    }
}

fn or(t: &Thread, a: &Value, b: &Value) -> R {
    let mapping = |v: &Value| -> R<Option<Vec<(Value, Value)>>> {
        match v.cast::<Dict>() {
            Some(dict) => Ok(Some(dict.pairs(t))),
            None if v.cast::<FrameLocals>().is_some() => pairs(t, v).map(Some),
            None => Ok(None),
        }
    };
    match (mapping(a)?, mapping(b)?) {
        (Some(first), Some(second)) => Dict::from_pairs(t, first.into_iter().chain(second).collect::<Vec<_>>()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn inplace_or(t: &Thread, v: &Value, other: &Value) -> R {
    Ok(if merge(t, v, other)? { v.clone() } else { Value::NOT_IMPLEMENTED })
}

fn keys(t: &Thread, v: &Value) -> R {
    Ok(List::make(t, pairs(t, v)?.into_iter().map(|(key, _)| key)))
}

fn get(t: &Thread, v: &Value, args: &[Value]) -> R {
    match args {
        [key] | [key, _] => Ok(lookup(t, v, key)?.unwrap_or_else(|| args.get(1).cloned().unwrap_or(Value::NONE))),
        _ => Err(t.type_error("get expected 1 or 2 arguments")),
    }
}

fn pop(t: &Thread, v: &Value, args: &[Value]) -> R {
    let frame = frame_of(t, v)?;
    let view = View::of(t, &frame)?;
    if view.index(t, &args[0], false)?.is_some() {
        return Err(cannot_remove(t));
    }
    match (remove_extra(t, &view, &args[0])?, args.get(1)) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.key_error(&args[0])),
    }
}

fn setdefault(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (key, default) = match args {
        [key] => (key, Value::NONE),
        [key, default] => (key, default.clone()),
        _ => return Err(t.type_error("setdefault expected 1 or 2 arguments")),
    };
    match lookup(t, v, key)? {
        Some(value) => Ok(value),
        None => setitem(t, v, key, Some(&default)).map(|()| default),
    }
}

fn reversed(t: &Thread, v: &Value) -> R {
    Ok(List::make(t, pairs(t, v)?.into_iter().rev().map(|(key, _)| key)))
}

pub static SPEC: Spec = Spec {
    name: "FrameLocalsProxy",
    kind: Kind::FrameLocals,
    size: std::mem::size_of::<FrameLocals>(),
    flags: type_flags::HAVE_GC | type_flags::MAPPING,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|t, v| protocol::iter(t, &keys(t, v)?)),
        len: Some(|t, v| Ok(pairs(t, v)?.len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(|t, v, key| Ok(lookup(t, v, key)?.is_some())),
        nb_or: Some(or),
        nb_inplace_or: Some(inplace_or),
        traverse: Some(FrameLocals::traverse),
        clear: Some(FrameLocals::clear_refs),
        drop: Some(FrameLocals::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("update", Func::One(update), "($self, object, /)", ""),
        Def::new("__reversed__", Func::NoArgs(reversed), "($self, /)", ""),
        Def::new("copy", Func::NoArgs(to_dict), "($self, /)", ""),
        Def::new("keys", Func::NoArgs(keys), "($self, /)", ""),
        Def::new(
            "values",
            Func::NoArgs(|t, v| Ok(List::make(t, pairs(t, v)?.into_iter().map(|(_, value)| value)))),
            "($self, /)",
            "",
        ),
        Def::new(
            "items",
            Func::NoArgs(|t, v| Ok(List::make(t, pairs(t, v)?.into_iter().map(|(key, value)| t.tuple([key, value]))))),
            "($self, /)",
            "",
        ),
        Def::new("get", Func::VarPos(get), "", ""),
        Def::new("pop", Func::Pos(pop, 1, 2), "", ""),
        Def::new("setdefault", Func::VarPos(setdefault), "", ""),
    ],
    ..Spec::DEFAULT
};
