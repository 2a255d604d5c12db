//! Operators, subscripts and the constructor of `bytearray`, and its table.

use super::edit;
use super::methods::METHODS;
use super::{ByteArray, Content};
use crate::objects::buffer::{self, Buffer};
use crate::objects::bytes::construct::{self, Source, byte};
use crate::objects::bytes::slots::{bytes_warning, cannot_concat, concatenated, warn_comparison};
use crate::objects::bytes::{Bytes, percent, search};
use crate::objects::container;
use crate::objects::header::Kind;
use crate::objects::iter::BytesIter;
use crate::objects::protocol;
use crate::objects::sequence_args as arg;
use crate::objects::slice::Slice;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::text::repr;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub(super) fn this(v: &Value) -> &ByteArray {
    v.cast::<ByteArray>().expect("slots of `bytearray` get arrays")
}

fn new(t: &Thread, class: &Value, _: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    match t.types().bytearray.is(class) {
        true => Ok(ByteArray::make(t, Vec::new())),
        false => ByteArray::make_in(t, class, Vec::new()),
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let Source { source, encoded } = construct::arguments(t, "bytearray", args)?;
    let array = this(v);
    if array.len(t) > 0 {
        array.resize_with(t, |content| content.vec().clear())?;
    }
    let bytes = match (encoded, source) {
        (Some(encoded), _) => encoded.cast::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default(),
        (None, None) => return Ok(()),
        (None, Some(source)) => match construct::count(t, &source)? {
            Some(count) => construct::zeros(t, count)?,
            None if buffer::is_exporter(t, &source) => buffer::to_vec(t, &source)?,
            None => construct::from_iterable(t, &source, "bytearray", edit::BYTE_RANGE)?,
        },
    };
    array.resize_with(t, |content| *content = Content { all: bytes, start: 0 })
}

fn repr(t: &Thread, v: &Value) -> R {
    let name = v.type_of(t).short_name();
    let text = repr::repr_bytes(&this(v).snapshot(t));
    // Unlike that of bytes, it escapes single quotes between double ones, too.
    let text = if text.starts_with("b\"") { text.replace('\'', "\\'") } else { text };
    Ok(t.str(format!("{name}({text})")))
}

fn str(t: &Thread, v: &Value) -> R {
    bytes_warning(t, "str() on a bytearray instance")?;
    repr(t, v)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if !buffer::is_exporter(t, a) || !buffer::is_exporter(t, b) {
        warn_comparison(t, a, b, op)?;
        return Ok(Value::NOT_IMPLEMENTED);
    }
    // Memory that cannot be had as a row is not compared.
    let (Some(x), Some(y)) = (
        t.catch(buffer::bytes_like(t, a), |types| &types.exception)?,
        t.catch(buffer::bytes_like(t, b), |types| &types.exception)?,
    ) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(match op {
        CmpOp::Eq => *x == *y,
        CmpOp::Ne => *x != *y,
        _ => op.holds(x.cmp(&y)),
    }))
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len(t))
}

/// An index among `len` items, counted from the end if negative.
pub(super) fn normal_index(t: &Thread, i: isize, len: usize, message: &str) -> R<usize> {
    let i = if i < 0 { i + len as isize } else { i };
    usize::try_from(i).ok().filter(|&i| i < len).ok_or_else(|| t.index_error(message))
}

fn index_of_key(t: &Thread, key: &Value) -> R<isize> {
    if key.type_of(t).slots().nb_index.is_none() && key.as_small().is_none() {
        return Err(
            t.type_error(format!("bytearray indices must be integers or slices, not {}", key.type_of(t).name_str()))
        );
    }
    protocol::index_isize(t, key)
}

const OUT_OF_RANGE: &str = "bytearray index out of range";

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let array = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        let (start, stop, step) = slice.unpack(t)?;
        let part = array.with(t, |content| {
            let bytes = content.as_slice();
            let b = crate::objects::slice::adjust(bytes.len(), start, stop, step);
            match b.step {
                1 => bytes[b.start as usize..b.start as usize + b.count].to_vec(),
                _ => b.indices().map(|i| bytes[i]).collect(),
            }
        });
        return Ok(ByteArray::make(t, part));
    }
    let index = index_of_key(t, key)?;
    let found = array.with(t, |content| {
        let index = if index < 0 { index + content.len() as isize } else { index };
        usize::try_from(index).ok().and_then(|i| content.as_slice().get(i).copied())
    });
    found.map(|byte| Value::small(byte.into())).ok_or_else(|| t.index_error(OUT_OF_RANGE))
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    if let Some(slice) = key.cast::<Slice>() {
        return edit::set_slice(t, v, slice, value);
    }
    let array = this(v);
    let index = index_of_key(t, key)?;
    match value {
        Some(value) => {
            // The index is checked before the value is looked at, and again after: `__index__` may change the array.
            normal_index(t, index, array.len(t), OUT_OF_RANGE)?;
            let byte = byte(t, value, edit::BYTE_RANGE)?;
            let i = normal_index(t, index, array.len(t), OUT_OF_RANGE)?;
            array.with(t, |content| {
                if let Some(place) = content.as_mut_slice().get_mut(i) {
                    *place = byte;
                }
            });
            Ok(())
        }
        None => {
            let i = normal_index(t, index, array.len(t), OUT_OF_RANGE)?;
            edit::splice(t, array, i, 1, &[])
        }
    }
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    Ok(ByteArray::make(t, concatenated(t, a, b)?))
}

fn inplace_concat(t: &Thread, v: &Value, other: &Value) -> R {
    match construct::detached(t, other)? {
        Some(bytes) => edit::append(t, this(v), &bytes)?,
        None => return Err(cannot_concat(t, other, v)),
    }
    Ok(v.clone())
}

fn repeated(t: &Thread, bytes: &[u8], times: i64) -> R<Vec<u8>> {
    let len = match bytes.len().checked_mul(usize::try_from(times).unwrap_or(0)) {
        Some(len) if len <= isize::MAX as usize => len,
        _ => return Err(t.memory_error()),
    };
    let mut out = container::try_vec(t, len)?;
    match bytes {
        [byte] => out.resize(len, *byte),
        [] => {}
        _ => (0..times).for_each(|_| out.extend_from_slice(bytes)),
    }
    Ok(out)
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    Ok(ByteArray::make(t, repeated(t, &this(v).snapshot(t), times)?))
}

fn inplace_repeat(t: &Thread, v: &Value, times: i64) -> R {
    let array = this(v);
    if times != 1 {
        let bytes = repeated(t, &array.snapshot(t), times)?;
        array.resize_with(t, |content| *content = Content { all: bytes, start: 0 })?;
    }
    Ok(v.clone())
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(BytesIter::make(t, v))
}

fn lend(t: &Thread, v: &Value, _: u32) -> R<Buffer> {
    Ok(this(v).lend(t))
}

/// `__release_buffer__(view)`: the view gives its memory back.
fn release(t: &Thread, v: &Value, view: &Value) -> R<()> {
    crate::objects::memoryview::release_of(t, v, view)
}

fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    search::contains(t, v, item)
}

fn remainder(t: &Thread, v: &Value, arguments: &Value) -> R {
    percent::remainder(t, v, arguments)
}

/// What `__reduce_ex__` gives for the bytes: before protocol 3 as Latin-1 text.
pub(super) fn reduced(t: &Thread, v: &Value, protocol: isize) -> R {
    let bytes = this(v).snapshot(t);
    let args = if protocol < 3 {
        let text = Str::from_units(t, crate::objects::string::Units::One(&bytes));
        t.tuple([text, t.str("latin-1")])
    } else if bytes.is_empty() {
        t.tuple([])
    } else {
        t.tuple([Bytes::try_make(t, &bytes)?])
    };
    let state = arg::instance_state(t, v)?;
    Ok(t.tuple([v.type_of_value(t), args, state]))
}

const DOC: &str = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer";

/// `bytearray`.
pub static SPEC: Spec = Spec {
    name: "bytearray",
    kind: Kind::ByteArray,
    size: std::mem::size_of::<ByteArray>(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    doc: DOC,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str),
        compare: Some(compare),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        sq_inplace_concat: Some(inplace_concat),
        sq_inplace_repeat: Some(inplace_repeat),
        nb_remainder: Some(remainder),
        iter: Some(iter),
        drop: Some(ByteArray::drop_payload),
        bf_get: Some(lend),
        bf_release: Some(release),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
