//! `_multibytecodec` and the modules of East Asian encodings: `_codecs_jp`, `_codecs_kr`, `_codecs_cn`, `_codecs_tw`,
//! `_codecs_hk` and `_codecs_iso2022`.
//!
//! The modules give codecs by name (`getcodec`); the packaged `encodings` make classes of them and of the incremental
//! and stream classes here. [`codec`] has the encodings, [`charset`] and [`tables`] the characters, [`stream`] the
//! classes.

mod charset;
mod codec;
mod stream;
mod tables;

use crate::modules::native_type::{add_types, with_type};
use crate::modules::{ModuleSpec, module_type};
use crate::objects::bytes::{self, Bytes};
use crate::objects::codecs::Errors;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::text::CodePoints;
use crate::objects::text::codec::{DecodeHandler, EncodeHandler, Failure, Problem, Replacement};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use codec::{CODECS, Codec, Decoded, Encoded, State};

/// The payload of a codec object.
struct Handle(&'static Codec);

impl Native for Handle {}

/// The codec that an object is.
fn codec_of(v: &Value) -> Option<&'static Codec> {
    v.opaque::<Handle>().map(|handle| handle.0)
}

const ILLEGAL: &str = "illegal multibyte sequence";
const INCOMPLETE: &str = "incomplete multibyte sequence";

/// Decodes until the input is used up: what is left is the start of a character, unless that was all.
fn decode(
    t: &Thread,
    codec: &'static Codec,
    state: &mut State,
    source: &Value,
    errors: &str,
    last: bool,
) -> R<(Value, usize)> {
    let input = source.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
    let mut handler = Errors::new(t, source, Some(errors));
    let mut out = CodePoints::with_capacity(input.len());
    let mut at = 0;
    while at < input.len() {
        let (length, reason) = match codec.decode(state, &input[at..]) {
            Decoded::Characters(length, [first, second]) => {
                out.push(first);
                if second != 0 {
                    out.push(second);
                }
                at += length;
                continue;
            }
            Decoded::Nothing(length) => {
                at += length;
                continue;
            }
            Decoded::Illegal(length) => (length, ILLEGAL),
            Decoded::Incomplete if last => (input.len() - at, INCOMPLETE),
            Decoded::Incomplete => break,
        };
        let problem = Problem::new(codec.name, at, (at + length).min(input.len()), reason);
        at = handler.on_decode(input, problem, &mut out).map_err(|failure| handler.decode_failure(failure))?;
    }
    Ok((Str::from_text(t, out)?, at))
}

/// Encodes a text.
fn encode(t: &Thread, codec: &'static Codec, state: &mut State, source: &Value, errors: &str, last: bool) -> R {
    let text = source.cast::<Str>().map(|s| s.units().iter().collect::<Vec<u32>>()).unwrap_or_default();
    let mut handler = Errors::new(t, source, Some(errors));
    let mut out = Vec::with_capacity(2 * text.len());
    let mut at = 0;
    while at < text.len() {
        if let Encoded::Taken(count) = codec.encode(state, &text[at..], &mut out) {
            at += count;
            continue;
        }
        let problem = Problem::new(codec.name, at, at + 1, ILLEGAL);
        let answer = handler.on_encode(&text, problem.clone());
        let (replacement, next) = answer.map_err(|failure| handler.encode_failure(failure))?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(text) => {
                let text: Vec<u32> = text.iter().collect();
                let mut done = 0;
                while done < text.len() {
                    match codec.encode(state, &text[done..], &mut out) {
                        Encoded::Taken(count) => done += count,
                        Encoded::Illegal => return Err(handler.encode_failure(Failure::Problem(problem))),
                    }
                }
            }
        }
        at = next.min(text.len());
    }
    if last {
        codec.finish(state, &mut out);
    }
    Bytes::try_make(t, &out)
}

/// The name of an error handler, which may be left out.
fn error_name(t: &Thread, function: &str, v: Option<&Value>) -> R<String> {
    match v.filter(|v| !v.is_none()) {
        None => Ok("strict".to_owned()),
        Some(v) => match v.cast::<Str>() {
            Some(s) => Ok(s.to_str_lossy().into_owned()),
            None => Err(
                t.type_error(format!("{function}() argument 'errors' must be str or None, not {}", none_or_type(t, v)))
            ),
        },
    }
}

/// What to encode: text, or something that has a text.
fn as_text(t: &Thread, v: &Value) -> R {
    match v.cast::<Str>() {
        Some(_) => Ok(v.clone()),
        None => crate::objects::protocol::str(t, v).map_err(|raised| {
            drop(t.take_exception(raised));
            not_text(t)
        }),
    }
}

fn not_text(t: &Thread) -> Raised {
    t.type_error("couldn't convert the object to str.")
}

fn codec_encode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let Some(codec) = codec_of(v) else { return Err(t.type_error("a codec is required")) };
    let input = args[0].as_ref().unwrap_or(Value::none());
    let errors = error_name(t, "encode", args[1].as_ref())?;
    let text = as_text(t, input)?;
    let length = text.cast::<Str>().map_or(0, Str::len);
    let bytes = encode(t, codec, &mut State::START.clone(), &text, &errors, true)?;
    Ok(t.tuple([bytes, int::from_usize(t, length)]))
}

fn codec_decode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let Some(codec) = codec_of(v) else { return Err(t.type_error("a codec is required")) };
    let input = bytes::to_bytes(t, args[0].as_ref().unwrap_or(Value::none()))?;
    let errors = error_name(t, "decode", args[1].as_ref())?;
    let (text, used) = decode(t, codec, &mut State::START.clone(), &input, &errors, true)?;
    Ok(t.tuple([text, int::from_usize(t, used)]))
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("encode", Func::Bound(codec_encode), "($self, /, input, errors=None)", "Return an encoded string version of 'input'.\n\n'errors' may be given to set a different error handling scheme. Default is\n'strict' meaning that encoding errors raise a UnicodeEncodeError. Other possible\nvalues are 'ignore', 'replace' and 'xmlcharrefreplace' as well as any other name\nregistered with codecs.register_error that can handle UnicodeEncodeErrors."),
    Def::new("decode", Func::Bound(codec_decode), "($self, /, input, errors=None)", "Decodes 'input'.\n\n'errors' may be given to set a different error handling scheme. Default is\n'strict' meaning that encoding errors raise a UnicodeDecodeError. Other possible\nvalues are 'ignore' and 'replace' as well as any other name registered with\ncodecs.register_error that is able to handle UnicodeDecodeErrors.\""),
];

static SPEC: Spec = {
    let mut spec = opaque::spec::<Handle>("_multibytecodec.MultibyteCodec");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.methods = METHODS;
    spec
};

/// `getcodec` of a module.
fn getcodec(t: &Thread, module: &'static str, name: &Value) -> R {
    let Some(name) = name.cast::<Str>() else { return Err(t.type_error("encoding name must be a string.")) };
    let name = name.to_str_lossy();
    match CODECS.iter().find(|codec| codec.module == module && codec.name == name) {
        Some(codec) => with_type(t, &SPEC, |class| opaque::new(t, class, Handle(codec))),
        None => Err(t.lookup_error("no such codec is supported.")),
    }
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    module_type(t, &SPEC);
    add_types(t, module, &stream::TYPES);
    Ok(())
}

/// `_multibytecodec`.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_multibytecodec", exec: Some(exec), ..ModuleSpec::DEFAULT };

macro_rules! modules {
    ($($constant:ident $name:literal)*) => { $(
        #[doc = concat!("`", $name, "`.")]
        pub static $constant: ModuleSpec = ModuleSpec {
            name: $name,
            functions: &[Def::new("getcodec", Func::One(|t, _, name| getcodec(t, $name, name)), "", "")],
            ..ModuleSpec::DEFAULT
        };
    )* };
}

modules! {
    JAPANESE "_codecs_jp"
    KOREAN "_codecs_kr"
    CHINESE "_codecs_cn"
    TAIWAN "_codecs_tw"
    HONG_KONG "_codecs_hk"
    ISO_2022 "_codecs_iso2022"
}
