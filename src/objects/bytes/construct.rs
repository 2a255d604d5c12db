//! `bytes(...)`: from an int, a text, a bytes-like object or an iterable of ints.

use super::{Bytes, BytesLike};
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::codecs;
use crate::objects::container;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::sequence_args as arg;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The source, encoding and errors of a constructor.
pub(in crate::objects) struct Source {
    pub source: Option<Value>,
    /// The text was encoded: an exact `bytes`.
    pub encoded: Option<Value>,
}

/// Takes the arguments of `bytes(...)` or `bytearray(...)`, and encodes a text.
pub(in crate::objects) fn arguments(t: &Thread, function: &str, args: Args<'_>) -> R<Source> {
    let [source, encoding, errors] = arg::bind(t, function, ["source", "encoding", "errors"], args)?;
    let encoding = encoding.as_ref().map(|v| arg::codec_name(t, function, "encoding", v)).transpose()?;
    let errors = errors.as_ref().map(|v| arg::codec_name(t, function, "errors", v)).transpose()?;
    let text = source.as_ref().filter(|s| s.cast::<Str>().is_some());
    let encoded = match (text, &encoding) {
        (Some(text), Some(encoding)) => Some(codecs::encode_text(t, text, Some(encoding), errors.as_deref())?),
        (Some(_), None) => return Err(t.type_error("string argument without an encoding")),
        (None, Some(_)) => return Err(t.type_error("encoding without a string argument")),
        (None, None) if errors.is_some() => return Err(t.type_error("errors without a string argument")),
        (None, None) => None,
    };
    Ok(Source { source, encoded })
}

/// The count of `bytes(count)`; `None` if the source is no int.
pub(in crate::objects) fn count(t: &Thread, source: &Value) -> R<Option<usize>> {
    if source.type_of(t).slots().nb_index.is_none() && !int::is_int(source) {
        return Ok(None);
    }
    let Some(count) = t.catch(size(t, source), |types| &types.type_error)? else {
        return Ok(None);
    };
    match usize::try_from(count) {
        Ok(count) => Ok(Some(count)),
        Err(_) => Err(t.value_error("negative count")),
    }
}

/// An int as a size (`PyNumber_AsSsize_t(v, PyExc_OverflowError)`).
fn size(t: &Thread, v: &Value) -> R<isize> {
    let i = protocol::index(t, v)?;
    match int::as_i64(&i) {
        Some(i) => Ok(i as isize),
        None => Err(t.overflow_error(format!("cannot fit '{}' into an index-sized integer", v.type_of(t).name_str()))),
    }
}

/// So many null bytes.
pub(in crate::objects) fn zeros(t: &Thread, count: usize) -> R<Vec<u8>> {
    let mut out = container::try_vec(t, count)?;
    out.resize(count, 0);
    Ok(out)
}

pub(super) fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    let made = make(t, args)?;
    match made.cast::<Bytes>() {
        Some(bytes) if !t.types().bytes.is(class) => Bytes::in_class(t, class, bytes.as_slice()),
        _ => Ok(made),
    }
}

fn make(t: &Thread, args: Args<'_>) -> R {
    let Source { source, encoded } = arguments(t, "bytes", args)?;
    if let Some(encoded) = encoded {
        return Ok(encoded);
    }
    let Some(source) = source else { return Ok(t.interp.empty_bytes.clone()) };
    if let Some(bytes) = dunder_bytes(t, &source)? {
        return Ok(bytes);
    }
    if let Some(count) = count(t, &source)? {
        return Bytes::try_alloc(t, count, |data| data.fill(0));
    }
    from_parts(t, &source)
}

/// `source.__bytes__()`, if there is such a method.
pub fn dunder_bytes(t: &Thread, source: &Value) -> R<Option<Value>> {
    if source.cast_exact::<Bytes>().is_some() || source.cast_exact::<Str>().is_some() {
        return Ok(None);
    }
    let Some(result) = protocol::call_special(t, source, &t.names().__bytes__, &[])? else { return Ok(None) };
    match result.cast::<Bytes>() {
        Some(_) => Ok(Some(result)),
        None => Err(t.type_error(format!("__bytes__ returned non-bytes (type {})", result.type_of(t).name_str()))),
    }
}

/// `bytes(source)` of anything but an int or a text (`PyObject_Bytes`): a `bytes` object.
pub fn from_object(t: &Thread, source: &Value) -> R {
    match dunder_bytes(t, source)? {
        Some(bytes) => Ok(bytes),
        None => from_parts(t, source),
    }
}

/// From a bytes-like object or an iterable (`PyBytes_FromObject`).
fn from_parts(t: &Thread, source: &Value) -> R {
    if source.cast_exact::<Bytes>().is_some() {
        return Ok(source.clone());
    }
    if buffer::is_exporter(t, source) {
        return super::to_bytes(t, source);
    }
    let bytes = from_iterable(t, source, "bytes", "bytes must be in range(0, 256)")?;
    Bytes::try_make(t, &bytes)
}

/// The bytes that an iterable of ints gives; `what` is the type they are for.
pub fn from_iterable(t: &Thread, source: &Value, what: &str, range_error: &str) -> R<Vec<u8>> {
    let refuse = || t.type_error(format!("cannot convert '{}' object to {what}", source.type_of(t).name_str()));
    if source.cast::<Str>().is_some() {
        return Err(refuse());
    }
    let Some(it) = t.catch(protocol::iter(t, source), |types| &types.type_error)? else { return Err(refuse()) };
    let mut out = Vec::new();
    while let Some(item) = protocol::next(t, &it)? {
        out.push(byte(t, &item, range_error)?);
    }
    Ok(out)
}

/// An int that is a byte.
pub fn byte(t: &Thread, v: &Value, range_error: &str) -> R<u8> {
    if let Some(i) = v.as_small() {
        return u8::try_from(i).map_err(|_| t.value_error(range_error));
    }
    let i = protocol::index(t, v)?;
    int::as_i64(&i).and_then(|i| u8::try_from(i).ok()).ok_or_else(|| t.value_error(range_error))
}

/// The bytes of an object that is bytes-like, and of `bytearray`s a copy: for what changes the array it may
/// have been taken from.
pub(in crate::objects) fn detached<'a>(t: &Thread, v: &'a Value) -> R<Option<std::borrow::Cow<'a, [u8]>>> {
    use std::borrow::Cow;
    if let Some(array) = v.cast::<ByteArray>() {
        return Ok(Some(Cow::Owned(array.snapshot(t))));
    }
    match buffer::contiguous_bytes(t, v)? {
        Some(BytesLike::Bytes(bytes)) => Ok(Some(Cow::Borrowed(bytes))),
        Some(lent) => Ok(Some(Cow::Owned(lent.to_vec()))),
        None => Ok(None),
    }
}
