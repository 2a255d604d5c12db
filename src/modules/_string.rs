//! `_string`: what `string.Formatter` needs of the parser of format strings.

use crate::modules::{ModuleSpec, module_type};
use crate::objects::arith::raise_fault;
use crate::objects::int;
use crate::objects::iter::self_iter;
use crate::objects::number::Fault;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::{Str, each_width};
use crate::objects::text::format_string::{self, Chunk, Key, Parser, Step};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// What a walk through a format string found; an error is raised when the walk reaches it.
struct Walk<T> {
    text: Value,
    found: Vec<Result<T, Fault>>,
    next: AtomicUsize,
}

impl<T: 'static> Native for Walk<T> {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.text);
    }
}

impl<T: Clone> Walk<T> {
    fn advance(&self, t: &Thread) -> R<Option<T>> {
        match self.found.get(self.next.fetch_add(1, Relaxed)) {
            None => Ok(None),
            Some(found) => found.clone().map(Some).map_err(|f| raise_fault(t, f)),
        }
    }
}

fn part(t: &Thread, text: &Value, range: Range<usize>) -> Value {
    Str::substring(t, text, range.start, range.end)
}

fn next_chunk(t: &Thread, v: &Value) -> R<Option<Value>> {
    let Some(walk) = v.opaque::<Walk<Chunk>>() else { return Ok(None) };
    let Some(chunk) = walk.advance(t)? else { return Ok(None) };
    let literal = part(t, &walk.text, chunk.literal);
    Ok(Some(match chunk.field {
        None => t.tuple([literal, Value::NONE, Value::NONE, Value::NONE]),
        Some(field) => {
            let conversion = field.conversion.map_or(Value::NONE, |c| Str::from_char(t, c));
            t.tuple([literal, part(t, &walk.text, field.name), part(t, &walk.text, field.spec), conversion])
        }
    }))
}

fn next_step(t: &Thread, v: &Value) -> R<Option<Value>> {
    let Some(walk) = v.opaque::<Walk<Step>>() else { return Ok(None) };
    Ok(walk.advance(t)?.map(|step| match step {
        Step::Attribute(range) => t.tuple([Value::TRUE, part(t, &walk.text, range)]),
        Step::Item(item) => t.tuple([Value::FALSE, key(t, &walk.text, item)]),
    }))
}

fn key(t: &Thread, text: &Value, key: Key) -> Value {
    match key {
        Key::Index(i) => int::from_usize(t, i),
        Key::Name(range) => part(t, text, range),
    }
}

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;

static FORMATTER_ITERATOR: Spec = Spec {
    flags: FLAGS,
    slots: Slots { iter: Some(self_iter), next: Some(next_chunk), ..opaque::spec::<Walk<Chunk>>("").slots },
    ..opaque::spec::<Walk<Chunk>>("formatteriterator")
};

static FIELD_NAME_ITERATOR: Spec = Spec {
    flags: FLAGS,
    slots: Slots { iter: Some(self_iter), next: Some(next_step), ..opaque::spec::<Walk<Step>>("").slots },
    ..opaque::spec::<Walk<Step>>("fieldnameiterator")
};

fn walk<T: 'static>(t: &Thread, spec: &'static Spec, text: &Value, found: Vec<Result<T, Fault>>) -> R {
    let class = module_type(t, spec);
    let walk = Walk { text: text.clone(), found, next: AtomicUsize::new(0) };
    opaque::new(t, class.cast::<Type>().expect("a type"), walk)
}

fn text<'a>(t: &Thread, v: &'a Value) -> R<&'a Str> {
    v.cast::<Str>().ok_or_else(|| t.type_error(format!("expected str, got {}", v.type_of(t).name_str())))
}

fn formatter_parser(t: &Thread, _: &Value, v: &Value) -> R {
    let s = text(t, v)?;
    walk(t, &FORMATTER_ITERATOR, v, each_width!(s.units(), u => Parser::new(u).collect()))
}

fn formatter_field_name_split(t: &Thread, _: &Value, v: &Value) -> R {
    let s = text(t, v)?;
    let (first, steps) = each_width!(s.units(), u => {
        let (first, steps) =
            format_string::split_field_name(u, 0..u.len()).map_err(|f| raise_fault(t, f))?;
        (first, steps.collect())
    });
    Ok(t.tuple([key(t, v, first), walk(t, &FIELD_NAME_ITERATOR, v, steps)?]))
}

/// `_string`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_string",
    doc: "string helper module",
    functions: &[
        Def::new(
            "formatter_field_name_split",
            Func::One(formatter_field_name_split),
            "($self, object, /)",
            "split the argument as a field name",
        ),
        Def::new(
            "formatter_parser",
            Func::One(formatter_parser),
            "($self, object, /)",
            "parse the argument as a format string",
        ),
    ],
    ..ModuleSpec::DEFAULT
};
