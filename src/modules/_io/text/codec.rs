//! Encoding and decoding a piece of text at a time.

use super::Text;
use crate::modules::_io::newlines::parse_state;
use crate::modules::system::os_error_text;
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::codecs::{self, Errors, registry};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::text::codec::{Encoding, utf8};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The encoding, if text is converted without its codec's classes: those that keep no state, or next to none.
pub fn native(name: &str) -> Option<Encoding> {
    Encoding::by_name(name).filter(|e| matches!(e, Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1))
}

/// Finds the codec's incremental classes for an encoding that is not native.
pub fn find(t: &Thread, this: &Text, encoding: &str, readable: bool, writable: bool) -> R<()> {
    let errors = this.errors(t);
    let codec = registry::lookup_text(t, encoding, "codecs.open()")?;
    let make = |name: &str, wanted: bool| match wanted {
        true => protocol::call_method_str(t, &codec, name, std::slice::from_ref(&errors)).map(Some),
        false => Ok(None),
    };
    let decoder = make("incrementaldecoder", readable)?;
    drop(this.decoder.replace(decoder));
    let encoder = make("incrementalencoder", writable)?;
    drop(this.encoder.replace(encoder));
    Ok(())
}

/// Encodes a piece of text onto the end of `out`.
pub fn encode(t: &Thread, this: &Text, text: &Value, out: &mut Vec<u8>) -> R<()> {
    let native = this.with(|s| s.native);
    let Some(encoding) = native else {
        let Some(encoder) = this.encoder.get(t) else { return Err(super::super::unsupported(t, "not writable")) };
        let encoded = protocol::call_method_str(t, &encoder, "encode", std::slice::from_ref(text))?;
        let Some(bytes) = encoded.cast::<Bytes>() else {
            let given = encoded.type_of(t).name_str();
            return Err(t.type_error(format!("encoder should return a bytes object, not '{given}'")));
        };
        out.extend_from_slice(bytes.as_slice());
        return Ok(());
    };
    let Some(s) = text.cast::<Str>() else { return Ok(()) };
    if s.is_ascii() {
        out.extend_from_slice(s.unit_bytes());
        return Ok(());
    }
    if encoding == Encoding::Utf8
        && let Some(utf8) = s.to_utf8()
    {
        out.extend_from_slice(utf8.as_bytes());
        return Ok(());
    }
    let errors = this.errors(t);
    let name = errors.cast::<Str>().map(|e| e.to_str_lossy());
    let encoded = codecs::encode_native(t, text, encoding, name.as_deref())?;
    out.extend_from_slice(encoded.cast::<Bytes>().map_or(&[][..], |b| b.as_slice()));
    Ok(())
}

/// Decodes the next piece of input: a `str`, its line ends translated. `last` says that no more will come.
pub fn decode(t: &Thread, this: &Text, input: &[u8], last: bool) -> R {
    let native = this.with(|s| s.native);
    let text = match native {
        Some(encoding) => decode_native(t, this, encoding, input, last)?,
        None => {
            let bytes = Bytes::try_make(t, input)?;
            decode_object(t, this, &bytes, last)?
        }
    };
    let Some(mut newlines) = this.with(|s| s.newlines) else { return Ok(text) };
    let text = newlines.decode(t, text, last);
    this.with(|s| s.newlines = Some(newlines));
    Ok(text)
}

/// By the codec's own decoder.
fn decode_object(t: &Thread, this: &Text, input: &Value, last: bool) -> R {
    let Some(decoder) = this.decoder.get(t) else { return Err(super::super::unsupported(t, "not readable")) };
    let text = protocol::call_method(t, &decoder, &t.names().decode, &[input.clone(), Value::bool(last)])?;
    if text.cast::<Str>().is_none() {
        let given = text.type_of(t).name_str();
        return Err(t.type_error(format!("decoder should return a string result, not '{given}'")));
    }
    Ok(text)
}

fn decode_native(t: &Thread, this: &Text, encoding: Encoding, input: &[u8], last: bool) -> R {
    let kept = this.with(|s| std::mem::take(&mut s.undecoded));
    let joined;
    let data = if kept.is_empty() {
        input
    } else {
        joined = [&kept, input].concat();
        &joined
    };
    let errors = this.errors(t);
    let name = errors.cast::<Str>().map(|e| e.to_str_lossy());
    if encoding != Encoding::Utf8 {
        if data.is_ascii() {
            return Ok(Str::make_ascii(t, data));
        }
        return codecs::decode_native(t, &Bytes::try_make(t, data)?, encoding, name.as_deref());
    }
    match std::str::from_utf8(data) {
        Ok(text) => return Ok(Str::new(t, text)),
        // Only the last character is cut off.
        Err(error) if !last && error.error_len().is_none() => {
            let (whole, rest) = data.split_at(error.valid_up_to());
            this.with(|s| s.undecoded = rest.to_vec());
            return Ok(std::str::from_utf8(whole).map_or(Value::NONE, |text| Str::new(t, text)));
        }
        Err(_) => {}
    }
    let object = Bytes::try_make(t, data)?;
    let mut handler = Errors::new(t, &object, name.as_deref());
    match utf8::decode(data, last, &mut handler) {
        Ok((points, consumed)) => {
            this.with(|s| s.undecoded = data[consumed.min(data.len())..].to_vec());
            Str::from_text(t, points)
        }
        Err(failure) => Err(handler.decode_failure(failure)),
    }
}

/// The decoder's state: bytes it holds, and flags.
pub fn state(t: &Thread, this: &Text) -> R<(Vec<u8>, i64)> {
    let (bytes, flags) = match this.decoder.get(t) {
        None => (this.with(|s| s.undecoded.clone()), 0),
        Some(decoder) => {
            let state = protocol::call_method_str(t, &decoder, "getstate", &[])?;
            let (bytes, flags) = parse_state(t, &state)?;
            (bytes.cast::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default(), flags)
        }
    };
    match this.with(|s| s.newlines) {
        Some(newlines) => Ok((bytes, flags << 1 | i64::from(newlines.pending_cr))),
        None => Ok((bytes, flags)),
    }
}

/// Puts the decoder into a state it was in.
pub fn set_state(t: &Thread, this: &Text, bytes: &[u8], flags: i64) -> R<()> {
    let flags = this.with(|s| match &mut s.newlines {
        Some(newlines) => {
            newlines.pending_cr = flags & 1 != 0;
            flags >> 1
        }
        None => flags,
    });
    match this.decoder.get(t) {
        None => {
            this.with(|s| s.undecoded = bytes.to_vec());
            Ok(())
        }
        Some(decoder) => {
            let state = t.tuple([Bytes::try_make(t, bytes)?, int::from_i64(t, flags)]);
            protocol::call_method_str(t, &decoder, "setstate", &[state]).map(drop)
        }
    }
}

/// Back to the start of a text.
pub fn reset(t: &Thread, this: &Text) -> R<()> {
    this.with(|s| {
        s.undecoded.clear();
        if let Some(newlines) = &mut s.newlines {
            newlines.reset();
        }
    });
    match this.decoder.get(t) {
        Some(decoder) => protocol::call_method_str(t, &decoder, "reset", &[]).map(drop),
        None => Ok(()),
    }
}

/// Tells the encoder whether it is at the start of the stream, where a byte order mark goes.
pub fn set_encoder_start(t: &Thread, this: &Text, start: bool) -> R<()> {
    let Some(encoder) = this.encoder.get(t) else { return Ok(()) };
    match start {
        true => protocol::call_method_str(t, &encoder, "reset", &[]).map(drop),
        false => protocol::call_method_str(t, &encoder, "setstate", &[Value::small(0)]).map(drop),
    }
}

/// The bytes that a method of the buffered stream returned.
pub fn bytes_of(t: &Thread, v: &Value, method: &str) -> R<Vec<u8>> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    match buffer::contiguous_bytes(t, v)? {
        Some(bytes) => Ok(bytes.to_vec()),
        None => {
            let given = v.type_of(t).name_str();
            Err(t.type_error(format!("underlying {method}() should have returned a bytes-like object, not '{given}'")))
        }
    }
}

/// `OSError` for a position that makes no sense.
pub fn position_error(t: &Thread, message: &str) -> crate::objects::slots::Raised {
    os_error_text(t, message)
}
