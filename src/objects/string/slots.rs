//! Operators, subscripts and the constructor of `str`, and its table.

use super::methods::METHODS;
use super::{Str, Width, each_width};
use crate::objects::buffer;
use crate::objects::codecs;
use crate::objects::container;
use crate::objects::header::Kind;
use crate::objects::iter::StrIter;
use crate::objects::protocol;
use crate::objects::sequence_args as arg;
use crate::objects::slice::Slice;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::text::repr;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The string that a slot or method was called on.
#[inline(always)]
pub(super) fn this(v: &Value) -> &Str {
    v.cast::<Str>().expect("slots of `str` get strings")
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    let exact = t.types().str_.is(class);
    if exact && args.kw.is_empty() {
        container::check_positional(t, "str", args.pos.len(), 0, 3)?;
    }
    let [object, encoding, errors] = arg::bind(t, "str", ["object", "encoding", "errors"], args)?;
    let value = match object {
        None => t.interp.empty_str.clone(),
        Some(object) if encoding.is_none() && errors.is_none() => protocol::str(t, &object)?,
        Some(object) => {
            let encoding = encoding.as_ref().map(|v| arg::codec_name(t, "str", "encoding", v)).transpose()?;
            let errors = errors.as_ref().map(|v| arg::codec_name(t, "str", "errors", v)).transpose()?;
            from_encoded(t, &object, encoding.as_deref(), errors.as_deref())?
        }
    };
    match value.cast::<Str>() {
        Some(text) if !exact => Str::in_class(t, class, text),
        _ => Ok(value),
    }
}

/// `str(object, encoding, errors)`.
fn from_encoded(t: &Thread, object: &Value, encoding: Option<&str>, errors: Option<&str>) -> R {
    if object.cast::<Str>().is_some() {
        return Err(t.type_error("decoding str is not supported"));
    }
    if !buffer::is_exporter(t, object) {
        return Err(
            t.type_error(format!("decoding to str: need a bytes-like object, {} found", object.type_of(t).name_str()))
        );
    }
    codecs::decode_text(t, object, encoding, errors)
}

fn repr(t: &Thread, v: &Value) -> R {
    let text = this(v);
    Str::from_text(t, each_width!(text.units(), u => repr::repr_str(u)))
}

fn str(t: &Thread, v: &Value) -> R {
    Ok(Str::exact(t, v))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    Ok(this(v).hash(t))
}

fn compare(_: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(match op {
        CmpOp::Eq => x.equals(y),
        CmpOp::Ne => !x.equals(y),
        _ => op.holds(x.compare(y)),
    }))
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let text = this(v);
    let index = match key.as_small() {
        Some(i) => i as isize,
        None => {
            if let Some(slice) = key.cast::<Slice>() {
                let b = slice.bounds(t, || text.len())?;
                if b.step == 1 {
                    let start = b.start as usize;
                    return Ok(Str::substring(t, v, start, start + b.count));
                }
                return Ok(Str::from_code_points(t, &b.indices().map(|i| text.units().at(i)).collect::<Vec<_>>()));
            }
            if key.type_of(t).slots().nb_index.is_none() {
                return Err(
                    t.type_error(format!("string indices must be integers, not '{}'", key.type_of(t).name_str()))
                );
            }
            protocol::index_isize(t, key)?
        }
    };
    let index = if index < 0 { index + text.len() as isize } else { index };
    match usize::try_from(index).ok().filter(|&i| i < text.len()) {
        Some(i) => Ok(Str::from_char(t, text.units().at(i))),
        None => Err(t.index_error("string index out of range")),
    }
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    match b.cast::<Str>() {
        Some(other) => Str::concat(t, this(a), other),
        None => Err(t.type_error(format!("can only concatenate str (not \"{}\") to str", b.type_of(t).name_str()))),
    }
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    let text = this(v);
    if times == 1 {
        return Ok(Str::exact(t, v));
    }
    let length = arg::repeated(t, text.len(), times, "repeated string is too long")?;
    if length == 1 {
        return Ok(Str::from_char(t, text.units().at(0)));
    }
    let width: Width = text.width();
    Str::try_alloc(t, length, width, |data| {
        let unit = text.unit_bytes();
        match unit {
            [byte] => data.fill(*byte),
            _ => data.chunks_exact_mut(unit.len()).for_each(|piece| piece.copy_from_slice(unit)),
        }
    })
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(StrIter::make(t, v))
}

const DOC: &str = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.";

/// `str`.
pub static SPEC: Spec = Spec {
    name: "str",
    kind: Kind::Str,
    size: std::mem::size_of::<Str>(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::VAR_SIZED,
    doc: DOC,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(str),
        hash: Some(hash),
        compare: Some(compare),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(super::search::contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        nb_remainder: Some(super::percent::remainder),
        iter: Some(iter),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
