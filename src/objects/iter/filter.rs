//! `filter`.

use super::{REDUCE_DOC, self_iter};
use crate::objects::container::{check_positional, class_of, no_keywords, overrides_init, payload};
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};

payload! {
    /// The payload of `filter`.
    Filter: Filter { function: Value, iter: Value }
}

fn this(v: &Value) -> &Filter {
    v.cast::<Filter>().expect("slots of `filter` get them")
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = class_of(t, class)?;
    if !overrides_init(class, &t.types().filter) {
        no_keywords(t, "filter", args)?;
    }
    check_positional(t, "filter", args.pos.len(), 2, 2)?;
    let iter = protocol::iter(t, &args.pos[1])?;
    Filter::make_in(t, class, args.pos[0].clone(), iter)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = this(v);
    let plain = it.function.is_none() || it.function.is_header(t.types().bool_.header());
    while let Some(item) = protocol::next(t, &it.iter)? {
        let good = if plain {
            protocol::truth(t, &item)?
        } else {
            let result = protocol::call(t, &it.function, std::slice::from_ref(&item))?;
            protocol::truth(t, &result)?
        };
        if good {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let it = this(v);
    Ok(t.tuple([v.type_of(t).value(), t.tuple([it.function.clone(), it.iter.clone()])]))
}

static METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", REDUCE_DOC)];

/// `filter`.
pub static SPEC: Spec = Spec {
    name: "filter",
    kind: Kind::Filter,
    size: std::mem::size_of::<Filter>(),
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
    doc: "filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which\nfunction(item) is true.  If function is None, return the items that\nare true.",
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(Filter::drop_payload),
        traverse: Some(Filter::traverse),
        clear: Some(Filter::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
