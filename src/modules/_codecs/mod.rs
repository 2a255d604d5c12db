//! `_codecs`: the codec registry, and every native codec as a pair of functions.
//!
//! A function of a codec takes the input and the name of an error handler and returns the output with how much
//! of the input it used, which is what incremental decoders live on. [`convert`] has the plain codecs,
//! [`charmap`] those by a table, [`escape`] the one of `bytes` literals.

mod charmap;
pub mod convert;
pub mod escape;

use crate::modules::ModuleSpec;
use crate::objects::bytes::{self, Bytes};
use crate::objects::codecs::registry;
use crate::objects::int;
use crate::objects::sequence_args::{codec_name, none_or_type};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::borrow::Cow;

/// The text argument of an encoder.
fn text<'a>(t: &Thread, function: &str, v: &'a Value) -> R<&'a Str> {
    v.cast::<Str>()
        .ok_or_else(|| t.type_error(format!("{function}() argument 1 must be str, not {}", none_or_type(t, v))))
}

/// The `errors` argument, which may be `None`.
fn errors<'a>(t: &Thread, function: &str, v: Option<&'a Value>) -> R<Option<Cow<'a, str>>> {
    match v.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(v) if v.cast::<Str>().is_some() => codec_name(t, function, "errors", v).map(Some),
        Some(v) => {
            Err(t.type_error(format!("{function}() argument 2 must be str or None, not {}", none_or_type(t, v))))
        }
    }
}

/// The bytes of a decoder's input, as an object; a text stands for its UTF-8 where `text` says so.
fn source(t: &Thread, v: &Value, text: bool) -> R {
    match v.cast::<Str>() {
        Some(_) if text => crate::objects::codecs::encode_text(t, v, None, None),
        _ => bytes::to_bytes(t, v),
    }
}

fn content(v: &Value) -> &[u8] {
    v.cast::<Bytes>().map_or(&[], Bytes::as_slice)
}

/// `(output, used)`.
fn pair(t: &Thread, output: Value, used: usize) -> R {
    Ok(t.tuple([output, int::from_usize(t, used)]))
}

/// A name that must be a `str` without null characters.
fn name<'a>(t: &Thread, function: &str, position: &str, v: &'a Value) -> R<Cow<'a, str>> {
    if v.cast::<Str>().is_none() {
        return Err(t.type_error(format!("{function}() argument{position} must be str, not {}", none_or_type(t, v))));
    }
    codec_name(t, function, "", v)
}

fn register(t: &Thread, _: &Value, search: &Value) -> R {
    registry::register(t, search)?;
    Ok(Value::NONE)
}

fn unregister(t: &Thread, _: &Value, search: &Value) -> R {
    registry::unregister(t, search);
    Ok(Value::NONE)
}

fn lookup(t: &Thread, _: &Value, encoding: &Value) -> R {
    registry::lookup(t, &name(t, "lookup", "", encoding)?)
}

type Converter = fn(&Thread, &Value, &str, Option<&str>) -> R;

fn convert_with(t: &Thread, function: &str, args: &[Option<Value>], convert: Converter) -> R {
    let [Some(object), encoding, errors] = args else {
        return Err(t.type_error(format!("{function}() missing required argument 'obj' (pos 1)")));
    };
    let encoding = encoding.as_ref().map(|v| codec_name(t, function, "encoding", v)).transpose()?;
    let errors = errors.as_ref().map(|v| codec_name(t, function, "errors", v)).transpose()?;
    convert(t, object, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref())
}

fn encode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    convert_with(t, "encode", args, registry::encode)
}

fn decode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    convert_with(t, "decode", args, registry::decode)
}

fn register_error(t: &Thread, _: &Value, args: &[Value]) -> R {
    registry::register_error(t, &name(t, "register_error", " 1", &args[0])?, &args[1])?;
    Ok(Value::NONE)
}

fn unregister_error(t: &Thread, _: &Value, handler: &Value) -> R {
    Ok(Value::bool(registry::unregister_error(t, &name(t, "_unregister_error", "", handler)?)?))
}

fn lookup_error(t: &Thread, _: &Value, handler: &Value) -> R {
    registry::lookup_error(t, &name(t, "lookup_error", "", handler)?)
}

const ENCODE: &str = "($module, str, errors=None, /)";
const ENCODE_ORDER: &str = "($module, str, errors=None, byteorder=0, /)";
const DECODE: &str = "($module, data, errors=None, final=False, /)";
const DECODE_WHOLE: &str = "($module, data, errors=None, /)";
const DECODE_FINAL: &str = "($module, data, errors=None, final=True, /)";
const DECODE_ORDER: &str = "($module, data, errors=None, byteorder=0, final=False,\n                 /)";

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("register", Func::One(register), "($module, search_function, /)", "Register a codec search function.\n\nSearch functions are expected to take one argument, the encoding\nname in all lower case letters, and either return None, or a tuple\nof functions (encoder, decoder, stream_reader, stream_writer) (or\na CodecInfo object)."),
    Def::new("unregister", Func::One(unregister), "($module, search_function, /)", "Unregister a codec search function and clear the registry's cache.\n\nIf the search function is not registered, do nothing."),
    Def::new("lookup", Func::One(lookup), "($module, encoding, /)", "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object."),
    Def::new("encode", Func::Bound(encode), "($module, /, obj, encoding='utf-8', errors='strict')", "Encodes obj using the codec registered for encoding.\n\nThe default encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that\nencoding errors raise a ValueError.  Other possible values are 'ignore',\n'replace' and 'backslashreplace' as well as any other name registered\nwith codecs.register_error that can handle ValueErrors."),
    Def::new("decode", Func::Bound(decode), "($module, /, obj, encoding='utf-8', errors='strict')", "Decodes obj using the codec registered for encoding.\n\nDefault encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that\nencoding errors raise a ValueError.  Other possible values are 'ignore',\n'replace' and 'backslashreplace' as well as any other name registered\nwith codecs.register_error that can handle ValueErrors."),
    Def::new("register_error", Func::Pos(register_error, 2, 2), "($module, errors, handler, /)", "Register the specified error handler under the name errors.\n\nhandler must be a callable object, that will be called with an exception\ninstance containing information about the location of the\nencoding/decoding error and must return a (replacement, new position)\ntuple."),
    Def::new("_unregister_error", Func::One(unregister_error), "($module, errors, /)", "Un-register the specified error handler for the error handling `errors'.\n\nOnly custom error handlers can be un-registered. An exception is raised\nif the error handling is a built-in one (e.g., 'strict'), or if an error\noccurs.\n\nOtherwise, this returns True if a custom handler has been successfully\nun-registered, and False if no custom handler for the specified error\nhandling exists."),
    Def::new("lookup_error", Func::One(lookup_error), "($module, name, /)", "lookup_error(errors) -> handler\n\nReturn the error handler for the specified error handling name or raise\na LookupError, if no handler exists under this name."),
    Def::new("escape_encode", Func::Pos(escape::encode, 1, 2), DECODE_WHOLE, ""),
    Def::new("escape_decode", Func::Pos(escape::decode, 1, 2), DECODE_WHOLE, ""),
    Def::new("utf_8_encode", Func::Pos(convert::utf_8_encode, 1, 2), ENCODE, ""),
    Def::new("utf_8_decode", Func::Pos(convert::utf_8_decode, 1, 3), DECODE, ""),
    Def::new("utf_7_encode", Func::Pos(convert::utf_7_encode, 1, 2), ENCODE, ""),
    Def::new("utf_7_decode", Func::Pos(convert::utf_7_decode, 1, 3), DECODE, ""),
    Def::new("utf_16_encode", Func::Pos(convert::utf_16_encode, 1, 3), ENCODE_ORDER, ""),
    Def::new("utf_16_le_encode", Func::Pos(convert::utf_16_le_encode, 1, 2), ENCODE, ""),
    Def::new("utf_16_be_encode", Func::Pos(convert::utf_16_be_encode, 1, 2), ENCODE, ""),
    Def::new("utf_16_decode", Func::Pos(convert::utf_16_decode, 1, 3), DECODE, ""),
    Def::new("utf_16_le_decode", Func::Pos(convert::utf_16_le_decode, 1, 3), DECODE, ""),
    Def::new("utf_16_be_decode", Func::Pos(convert::utf_16_be_decode, 1, 3), DECODE, ""),
    Def::new("utf_16_ex_decode", Func::Pos(convert::utf_16_ex_decode, 1, 4), DECODE_ORDER, ""),
    Def::new("utf_32_encode", Func::Pos(convert::utf_32_encode, 1, 3), ENCODE_ORDER, ""),
    Def::new("utf_32_le_encode", Func::Pos(convert::utf_32_le_encode, 1, 2), ENCODE, ""),
    Def::new("utf_32_be_encode", Func::Pos(convert::utf_32_be_encode, 1, 2), ENCODE, ""),
    Def::new("utf_32_decode", Func::Pos(convert::utf_32_decode, 1, 3), DECODE, ""),
    Def::new("utf_32_le_decode", Func::Pos(convert::utf_32_le_decode, 1, 3), DECODE, ""),
    Def::new("utf_32_be_decode", Func::Pos(convert::utf_32_be_decode, 1, 3), DECODE, ""),
    Def::new("utf_32_ex_decode", Func::Pos(convert::utf_32_ex_decode, 1, 4), DECODE_ORDER, ""),
    Def::new("unicode_escape_encode", Func::Pos(convert::unicode_escape_encode, 1, 2), ENCODE, ""),
    Def::new("unicode_escape_decode", Func::Pos(convert::unicode_escape_decode, 1, 3), DECODE_FINAL, ""),
    Def::new("raw_unicode_escape_encode", Func::Pos(convert::raw_unicode_escape_encode, 1, 2), ENCODE, ""),
    Def::new("raw_unicode_escape_decode", Func::Pos(convert::raw_unicode_escape_decode, 1, 3), DECODE_FINAL, ""),
    Def::new("latin_1_encode", Func::Pos(convert::latin_1_encode, 1, 2), ENCODE, ""),
    Def::new("latin_1_decode", Func::Pos(convert::latin_1_decode, 1, 2), DECODE_WHOLE, ""),
    Def::new("ascii_encode", Func::Pos(convert::ascii_encode, 1, 2), ENCODE, ""),
    Def::new("ascii_decode", Func::Pos(convert::ascii_decode, 1, 2), DECODE_WHOLE, ""),
    Def::new("charmap_encode", Func::Pos(charmap::encode, 1, 3), "($module, str, errors=None, mapping=None, /)", ""),
    Def::new("charmap_decode", Func::Pos(charmap::decode, 1, 3), "($module, data, errors=None, mapping=None, /)", ""),
    Def::new("charmap_build", Func::One(charmap::build), "($module, map, /)", ""),
    Def::new("readbuffer_encode", Func::Pos(convert::readbuffer_encode, 1, 2), DECODE_WHOLE, ""),
];

/// `_codecs`.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_codecs", functions: FUNCTIONS, ..ModuleSpec::DEFAULT };
