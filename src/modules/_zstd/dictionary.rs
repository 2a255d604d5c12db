//! `ZstdDict`, and the making of dictionaries.

use super::raw::{Error, Use};
use super::{ERROR, error};
use crate::modules::native_type::{Signature, fields};
use crate::modules::system::{c_int, given};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::{self, Bytes};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use zstd_sys as zs;

fields! {
    /// The payload: the content as `bytes`, and the dictionary's number.
    Dictionary {
        content: Value,
        id: u32,
    }
}

static SIGNATURE: Signature = Signature::new("ZstdDict", "(dict_content, /, *, is_raw=False)");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [content, raw] = SIGNATURE.bind(t, args)?;
    let raw = raw.as_ref().map_or(Ok(false), |v| protocol::truth(t, v))?;
    let content = bytes::to_bytes(t, given(&content))?;
    let data = content.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
    if data.len() < 8 {
        return Err(t.value_error("Zstandard dictionary content too short (must have at least eight bytes)"));
    }
    // SAFETY: the bytes are readable.
    let id = unsafe { zs::ZSTD_getDictID_fromDict(data.as_ptr().cast(), data.len()) };
    if !raw && id == 0 {
        return Err(t.value_error("invalid Zstandard dictionary"));
    }
    match class.cast::<Type>() {
        Some(class) => Dictionary::make_in(t, class, content, id),
        None => Err(t.type_error("expected a class")),
    }
}

fn length(v: &Value) -> usize {
    Dictionary::this(v).content.cast::<Bytes>().map_or(0, Bytes::len)
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(format!("<ZstdDict dict_id={} dict_size={}>", Dictionary::this(v).id, length(v))))
}

fn with_use(t: &Thread, v: &Value, how: Use) -> R {
    Ok(t.tuple([v.clone(), Value::small(how as i64)]))
}

#[rustfmt::skip]
static GETSET: &[GetSet] = &[
    GetSet::member("dict_id", |t, v| Ok(int::from_u64(t, Dictionary::this(v).id.into())), "the Zstandard dictionary, an int between 0 and 2**32.\n\nA non-zero value represents an ordinary Zstandard dictionary,\nconforming to the standardised format.\n\nThe special value '0' means a 'raw content' dictionary,\nwithout any restrictions on format or content."),
    GetSet::ro("dict_content", |_, v| Ok(Dictionary::this(v).content.clone()), "The content of a Zstandard dictionary, as a bytes object."),
    GetSet::ro("as_digested_dict", |t, v| with_use(t, v, Use::Digested), "Load as a digested dictionary to compressor."),
    GetSet::ro("as_undigested_dict", |t, v| with_use(t, v, Use::Undigested), "Load as an undigested dictionary to compressor."),
    GetSet::ro("as_prefix", |t, v| with_use(t, v, Use::Prefix), "Load as a prefix to compressor/decompressor."),
];

pub static SPEC: Spec = {
    let mut spec = crate::objects::opaque::spec::<Dictionary>("compression.zstd.ZstdDict");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "Represents a Zstandard dictionary.\n\n  dict_content\n    The content of a Zstandard dictionary as a bytes-like object.\n  is_raw\n    If true, perform no checks on *dict_content*, useful for some\n    advanced cases. Otherwise, check that the content represents\n    a Zstandard dictionary created by the zstd library or CLI.\n\nThe dictionary can be used for compression or decompression, and can be shared\nby multiple ZstdCompressor or ZstdDecompressor objects.";
    spec.getset = GETSET;
    spec.slots.new = Some(new);
    spec.slots.repr = Some(repr);
    spec.slots.len = Some(|_, v| Ok(length(v)));
    spec
};

/// The dictionary of an argument and how it is to be used.
pub fn argument(t: &Thread, v: &Value, default: Use) -> R<(Value, Use)> {
    if let Some(dictionary) = Dictionary::of(v) {
        return Ok((dictionary.content.clone(), default));
    }
    if let Some([dictionary, how]) = v.cast::<Tuple>().map(Tuple::items)
        && let (Some(dictionary), Some(how)) = (Dictionary::of(dictionary), how.as_small())
        && let Some(how) = [Use::Digested, Use::Undigested, Use::Prefix].into_iter().find(|&u| u as i64 == how)
    {
        return Ok((dictionary.content.clone(), how));
    }
    Err(t.type_error("zstd_dict argument should be a ZstdDict object."))
}

/// The samples of a training: their bytes together, and the size of each.
fn samples(
    t: &Thread,
    function: &str,
    data: &[u8],
    sizes: &Value,
    position: usize,
    size: &Value,
) -> R<(Vec<usize>, usize)> {
    let Some(items) = sizes.cast::<Tuple>().map(Tuple::items) else {
        let found = sizes.type_of(t).name_str().to_owned();
        return Err(t.type_error(format!("{function}() argument {position} must be tuple, not {found}")));
    };
    let size = int::arg_isize(t, size)?;
    if size <= 0 {
        return Err(t.value_error("dict_size argument should be positive number."));
    }
    let mut lengths = Vec::with_capacity(items.len());
    let mut sum: usize = 0;
    for item in items {
        if !int::is_int(item) {
            return Err(t.type_error("an integer is required"));
        }
        let Some(length) = int::as_u64(item).and_then(|n| usize::try_from(n).ok()) else {
            return Err(t.value_error(
                "Items in samples_sizes should be an int object, with a value between 0 and 18446744073709551615.",
            ));
        };
        lengths.push(length);
        sum = sum.saturating_add(length);
    }
    if u32::try_from(lengths.len()).is_err() || sum != data.len() {
        return Err(t.value_error("The samples size tuple doesn't match the concatenation's size."));
    }
    Ok((lengths, size as usize))
}

fn room(t: &Thread, size: usize) -> R<Vec<u8>> {
    let mut room = Vec::new();
    if room.try_reserve_exact(size).is_err() {
        return Err(t.memory_error());
    }
    room.resize(size, 0);
    Ok(room)
}

/// A dictionary of the training's answer: its length, or an error.
fn made(t: &Thread, room: &[u8], code: usize, what: &str) -> R {
    // SAFETY: any number may be asked about.
    if unsafe { zs::ZDICT_isError(code) } != 0 {
        return Err(ERROR.raise(t, format!("{what}: {}", Error(code).text())));
    }
    Bytes::try_make(t, &room[..code.min(room.len())])
}

pub fn train(t: &Thread, _: &Value, args: &[Value]) -> R {
    let data = bytes_like(t, &args[0])?;
    let (lengths, size) = samples(t, "train_dict", &data, &args[1], 2, &args[2])?;
    let mut room = room(t, size)?;
    // SAFETY: the samples are readable and as long as was checked, the room is writable.
    let code = t.blocking(|| unsafe {
        let samples = data.as_ptr().cast();
        zs::ZDICT_trainFromBuffer(room.as_mut_ptr().cast(), size, samples, lengths.as_ptr(), lengths.len() as u32)
    });
    made(t, &room, code, "Unable to train the Zstandard dictionary")
}

pub fn finalize(t: &Thread, _: &Value, args: &[Value]) -> R {
    let content = bytes_like(t, &args[0])?;
    let data = bytes_like(t, &args[1])?;
    let (lengths, size) = samples(t, "finalize_dict", &data, &args[2], 3, &args[3])?;
    let level = c_int(t, &args[4])?;
    let mut room = room(t, size)?;
    let parameters = zs::ZDICT_params_t { compressionLevel: level, notificationLevel: 0, dictID: 0 };
    // SAFETY: as above.
    let code = t.blocking(|| unsafe {
        zs::ZDICT_finalizeDictionary(
            room.as_mut_ptr().cast(),
            size,
            content.as_ptr().cast(),
            content.len(),
            data.as_ptr().cast(),
            lengths.as_ptr(),
            lengths.len() as u32,
            parameters,
        )
    });
    made(t, &room, code, "Unable to finalize the Zstandard dictionary")
}

/// What went wrong with a dictionary.
pub fn failed(t: &Thread, e: Error, decompress: bool) -> crate::objects::slots::Raised {
    let direction = if decompress { "decompression" } else { "compression" };
    error(t, &format!("Unable to load Zstandard dictionary or prefix for {direction}"), e)
}
