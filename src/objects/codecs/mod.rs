//! Codecs: `str.encode`, `bytes.decode`, and the registries behind them.
//!
//! The encodings that every program uses are native (`text::codec`) and are tried first, by name. All others are
//! found by the search functions that the packaged `encodings` registers ([`registry`]). Error handlers are
//! native by name too; any other name is looked up among those registered ([`errors`]).

pub mod errors;
pub mod registry;

pub use errors::{Errors, decode_error, encode_error};

use super::buffer;
use super::bytes::{self, Bytes};
use super::slots::{R, Raised};
use super::string::{Str, each_width};
use super::text::codec::Encoding;
use super::thread::Thread;
use super::value::Value;

/// The `UnicodeEncodeError` of text that UTF-8 cannot hold.
#[cold]
pub fn surrogates_not_allowed(t: &Thread, text: &Value) -> Raised {
    match encode_text(t, text, None, None) {
        Err(raised) => raised,
        Ok(_) => t.value_error("embedded surrogate"),
    }
}

/// `text.encode(encoding, errors)`: a `bytes`.
pub fn encode_text(t: &Thread, text: &Value, encoding: Option<&str>, errors: Option<&str>) -> R {
    let Some(s) = text.cast::<Str>() else {
        return Err(t.type_error("a str is required"));
    };
    match encoding.map_or(Some(Encoding::Utf8), Encoding::by_name) {
        Some(Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1) if s.is_ascii() => Bytes::try_make(t, s.unit_bytes()),
        Some(native) => encode_native(t, text, native, errors),
        None => registry::encode_text(t, text, encoding.unwrap_or("utf-8"), errors),
    }
}

/// Encodes by a native codec.
pub fn encode_native(t: &Thread, text: &Value, encoding: Encoding, errors: Option<&str>) -> R {
    let Some(s) = text.cast::<Str>() else { return Err(t.type_error("a str is required")) };
    let mut handler = Errors::new(t, text, errors);
    let encoded = each_width!(s.units(), u => encoding.encode(u, &mut handler));
    Bytes::try_make(t, &encoded.map_err(|failure| handler.encode_failure(failure))?)
}

/// `str(source, encoding, errors)` of a bytes-like object: a `str`.
pub fn decode_text(t: &Thread, source: &Value, encoding: Option<&str>, errors: Option<&str>) -> R {
    let Some(native) = encoding.map_or(Some(Encoding::Utf8), Encoding::by_name) else {
        return registry::decode_text(t, source, encoding.unwrap_or("utf-8"), errors);
    };
    if native == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(&buffer::bytes_like(t, source)?)
    {
        return Ok(Str::new(t, text));
    }
    decode_native(t, source, native, errors)
}

/// Decodes by a native codec.
pub fn decode_native(t: &Thread, source: &Value, encoding: Encoding, errors: Option<&str>) -> R {
    // A handler may be a Python function: it must not change the bytes under way.
    let source = bytes::to_bytes(t, source)?;
    let mut handler = Errors::new(t, &source, errors);
    let content = source.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
    let text = encoding.decode(content, &mut handler).map_err(|failure| handler.decode_failure(failure))?;
    Str::from_text(t, text)
}
