//! `reversed`, and the iterator it gives for a list.

use super::{HINT_DOC, REDUCE_DOC, SETSTATE_DOC, self_iter};
use crate::objects::container::{builtin, check_positional, class_of, no_keywords, overrides_init, payload};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicIsize, Ordering::*};

payload! {
    /// The payload of `reversed` and of `list_reverseiterator`.
    Reversed: Reversed {
        /// What is iterated over; empty once the iterator is exhausted.
        seq: Slot,
        /// The next index; -1 at the end.
        index: AtomicIsize,
    }
}

impl Reversed {
    /// `reversed(list)`.
    pub fn of_list(t: &Thread, list: &Value) -> Value {
        let len = list.cast::<List>().map_or(0, List::len) as isize;
        Reversed::make_for(t, &t.types().list_reverseiterator, Slot::new(list.clone()), AtomicIsize::new(len - 1))
    }

    fn end(&self) {
        self.index.store(-1, Relaxed);
        drop(self.seq.take());
    }
}

fn this(v: &Value) -> &Reversed {
    v.cast::<Reversed>().expect("slots of `reversed` get them")
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    if !overrides_init(class, &t.types().reversed) {
        no_keywords(t, "reversed", args)?;
    }
    check_positional(t, "reversed", args.pos.len(), 1, 1)?;
    let seq = &args.pos[0];
    let not_reversible = || t.type_error(format!("'{}' object is not reversible", seq.type_of(t).name_str()));
    let method = seq.type_of(t).lookup(t, &t.names().__reversed__);
    match method {
        Some(method) if method.is_none() => return Err(not_reversible()),
        Some(_) => {
            if let Some(result) = protocol::call_special(t, seq, &t.names().__reversed__, &[])? {
                return Ok(result);
            }
        }
        None => {}
    }
    if !protocol::is_sequence(t, seq) || seq.kind() == Kind::MappingProxy {
        return Err(not_reversible());
    }
    let len = protocol::len(t, seq)? as isize;
    Reversed::make_in(t, class, Slot::new(seq.clone()), AtomicIsize::new(len - 1))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this(v);
    let index = it.index.load(Relaxed);
    let seq = it.seq.get(t);
    let (Some(seq), true) = (seq, index >= 0) else {
        it.end();
        return Ok(None);
    };
    match protocol::getitem(t, &seq, &int::new(t, index as i64)) {
        Ok(item) => {
            it.index.store(index - 1, Relaxed);
            Ok(Some(item))
        }
        Err(raised) => {
            let types = t.types();
            if !t.raised_is(&raised, &types.index_error) && !t.raised_is(&raised, &types.stop_iteration) {
                return Err(raised);
            }
            drop(t.take_exception(raised));
            it.end();
            Ok(None)
        }
    }
}

fn next_list(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this(v);
    let index = it.index.load(Relaxed);
    let item = match it.seq.get(t) {
        Some(seq) if index >= 0 => seq.cast::<List>().and_then(|list| list.get(t, index as usize)),
        _ => None,
    };
    match item {
        Some(item) => {
            it.index.store(index - 1, Relaxed);
            Ok(Some(item))
        }
        None => {
            it.end();
            Ok(None)
        }
    }
}

fn length_hint(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let Some(seq) = it.seq.get(t) else { return Ok(Value::small(0)) };
    let (len, left) = (protocol::len(t, &seq)? as isize, it.index.load(Relaxed) + 1);
    Ok(int::new(t, if len < left { 0 } else { left as i64 }))
}

fn length_hint_list(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let len = it.seq.get(t).and_then(|s| s.cast::<List>().map(List::len)).unwrap_or(0) as isize;
    let left = it.index.load(Relaxed) + 1;
    Ok(int::new(t, if len < left { 0 } else { left as i64 }))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    let class = v.type_of(t).value();
    Ok(match it.seq.get(t) {
        Some(seq) => t.tuple([class, t.tuple([seq]), int::new(t, it.index.load(Relaxed) as i64)]),
        None => t.tuple([class, t.tuple([t.tuple([])])]),
    })
}

fn reduce_list(t: &Thread, v: &Value) -> R {
    let it = this(v);
    Ok(match it.seq.get(t) {
        Some(seq) => {
            let index = int::new(t, it.index.load(Relaxed) as i64);
            t.tuple([t.types().reversed.value(), t.tuple([seq]), index])
        }
        None => t.tuple([builtin(t, "iter")?, t.tuple([List::with_capacity(t, 0)])]),
    })
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let it = this(v);
    let index = int::arg_isize(t, state)?;
    if let Some(seq) = it.seq.get(t) {
        let len = protocol::len(t, &seq)? as isize;
        it.index.store(index.min(len - 1).max(-1), Relaxed);
    }
    Ok(Value::NONE)
}

static METHODS: &[Def] = &[
    Def::new("__length_hint__", Func::NoArgs(length_hint), "($self, /)", HINT_DOC),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", SETSTATE_DOC),
];

static LIST_METHODS: &[Def] = &[
    Def::new("__length_hint__", Func::NoArgs(length_hint_list), "($self, /)", HINT_DOC),
    Def::new("__reduce__", Func::NoArgs(reduce_list), "($self, /)", REDUCE_DOC),
    Def::new("__setstate__", Func::One(setstate), "($self, object, /)", SETSTATE_DOC),
];

const SLOTS: Slots = Slots {
    iter: Some(self_iter),
    drop: Some(Reversed::drop_payload),
    traverse: Some(Reversed::traverse),
    clear: Some(Reversed::clear_refs),
    ..Slots::EMPTY
};

/// `reversed`.
pub static SPEC: Spec = Spec {
    name: "reversed",
    kind: Kind::Reversed,
    size: std::mem::size_of::<Reversed>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
    doc: "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.",
    slots: Slots { new: Some(new), next: Some(next), ..SLOTS },
    methods: METHODS,
    ..Spec::DEFAULT
};

/// `list_reverseiterator`.
pub static LIST_SPEC: Spec = Spec {
    name: "list_reverseiterator",
    kind: Kind::Reversed,
    size: std::mem::size_of::<Reversed>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { next: Some(next_list), ..SLOTS },
    methods: LIST_METHODS,
    ..Spec::DEFAULT
};
