//! Codecs by a table: a string of 256 characters, any mapping, or an `EncodingMap`.

use super::{content, errors, pair, source, text};
use crate::modules::module_type;
use crate::objects::bytes::Bytes;
use crate::objects::codecs::Errors;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::{Str, each_width};
use crate::objects::text::CodePoints;
use crate::objects::text::codec::charmap::{self, EncodingMap};
use crate::objects::text::codec::narrow;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload of an `EncodingMap`.
struct Map {
    bytes: EncodingMap,
    /// What `size()` says: as much as CPython's three-level table would take.
    size: usize,
}

impl Native for Map {}

fn size(_: &Thread, v: &Value) -> R {
    Ok(Value::small(v.opaque::<Map>().map_or(0, |map| map.size) as i64))
}

/// `EncodingMap`.
static ENCODING_MAP: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    methods: &[Def::new("size", Func::NoArgs(size), "($self, /)", "Return the size (in bytes) of this object.")],
    ..opaque::spec::<Map>("EncodingMap")
};

pub fn build(t: &Thread, _: &Value, table: &Value) -> R {
    let Some(s) = table.cast::<Str>() else {
        let name = none_or_type(t, table);
        return Err(t.type_error(format!("charmap_build() argument must be str, not {name}")));
    };
    let codes: Vec<u32> = s.units().iter().take(256).collect();
    let blocks = |shift: u32| {
        let mut blocks: Vec<u32> = codes.iter().filter(|&&c| c != 0xfffe).map(|c| c >> shift).collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks.len()
    };
    let (outer, inner) = (blocks(11), blocks(7));
    let compact = codes.first() == Some(&0)
        && codes.iter().skip(1).all(|&c| c != 0 && c <= 0xffff)
        && outer < 0xff
        && inner < 0xff;
    if !compact {
        let dict = Dict::make(t);
        for (i, code) in codes.iter().enumerate() {
            dict.cast::<Dict>().expect("just made").set(t, Value::small((*code).into()), Value::small(i as i64))?;
        }
        return Ok(dict);
    }
    let map = Map { bytes: EncodingMap::new(&codes), size: 63 + 16 * outer + 128 * inner };
    let class = module_type(t, &ENCODING_MAP);
    opaque::new(t, class.cast::<Type>().expect("a type"), map)
}

pub fn decode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let errors = errors(t, "charmap_decode", args.get(1))?;
    let source = source(t, &args[0], false)?;
    let data = content(&source);
    let mut handler = Errors::new(t, &source, errors.as_deref());
    let decoded = match args.get(2).filter(|mapping| !mapping.is_none()) {
        None => Ok(narrow::decode_latin1(data)),
        Some(mapping) => match mapping.cast_exact::<Str>() {
            Some(table) => each_width!(table.units(), u => charmap::decode_table(data, u, &mut handler)),
            None => charmap::decode(data, &mut handler, |byte, out| decode_byte(t, mapping, byte, out)),
        },
    };
    let (text, used) = decoded.map_err(|f| handler.decode_failure(f))?;
    pair(t, Str::from_text(t, text)?, used)
}

/// Appends what the mapping has for a byte; whether it has something.
fn decode_byte(t: &Thread, mapping: &Value, byte: u8, out: &mut CodePoints) -> R<bool> {
    const NOTHING: u32 = 0xfffe;
    let found = t.catch(protocol::getitem(t, mapping, &Value::small(byte.into())), |types| &types.lookup_error)?;
    let Some(found) = found.filter(|f| !f.is_none()) else { return Ok(false) };
    if int::is_int(&found) {
        return match int::as_i64(&found) {
            Some(code) if code == NOTHING.into() => Ok(false),
            Some(code @ 0..=0x10_ffff) => {
                out.push(code as u32);
                Ok(true)
            }
            _ => Err(t.type_error("character mapping must be in range(0x110000)")),
        };
    }
    match found.cast::<Str>() {
        Some(s) if s.len() == 1 && s.units().at(0) == NOTHING => Ok(false),
        Some(s) => {
            each_width!(s.units(), u => out.push_units(u));
            Ok(true)
        }
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}

pub fn encode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let text = text(t, "charmap_encode", &args[0])?;
    let errors = errors(t, "charmap_encode", args.get(1))?;
    let mut handler = Errors::new(t, &args[0], errors.as_deref());
    let mapping = args.get(2).filter(|mapping| !mapping.is_none());
    let encoded = each_width!(text.units(), u => match mapping {
        None => narrow::encode_latin1(u, &mut handler),
        Some(mapping) => charmap::encode(u, &mut handler, |code, out| match mapping.opaque::<Map>() {
            Some(map) => {
                let byte = map.bytes.get(code);
                out.extend(byte);
                Ok(byte.is_some())
            }
            None => encode_char(t, mapping, code, out),
        }),
    });
    let bytes = encoded.map_err(|f| handler.encode_failure(f))?;
    pair(t, Bytes::try_make(t, &bytes)?, text.len())
}

/// Appends what the mapping has for a character; whether it has something.
fn encode_char(t: &Thread, mapping: &Value, code: u32, out: &mut Vec<u8>) -> R<bool> {
    let found = t.catch(protocol::getitem(t, mapping, &Value::small(code.into())), |types| &types.lookup_error)?;
    let Some(found) = found.filter(|f| !f.is_none()) else { return Ok(false) };
    if int::is_int(&found) {
        let Some(byte) = int::as_i64(&found).and_then(|i| u8::try_from(i).ok()) else {
            return Err(t.type_error("character mapping must be in range(256)"));
        };
        out.push(byte);
        return Ok(true);
    }
    match found.cast::<Bytes>() {
        Some(bytes) => {
            out.extend_from_slice(bytes.as_slice());
            Ok(true)
        }
        None => Err(t.type_error(format!(
            "character mapping must return integer, bytes or None, not {}",
            found.type_of(t).name_str()
        ))),
    }
}
