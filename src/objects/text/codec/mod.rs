//! Encodings: bytes to text and back, whole or in pieces, with error handlers.
//!
//! A decoder takes bytes and hands out [`CodePoints`] and how many bytes it used: with `is_final` false it
//! stops before an incomplete sequence at the end, which the caller brings again with what follows. An
//! encoder takes units and hands out bytes.
//!
//! Where the input is malformed, a codec describes the [`Problem`] and asks its handler how to go on. The
//! handlers that CPython registers ([`Handler`]) are native; one that is a Python function implements
//! [`DecodeHandler`] and [`EncodeHandler`]. A problem that no handler takes comes back as
//! [`Failure::Problem`], and the caller makes the `UnicodeDecodeError` or `UnicodeEncodeError` from it.

use std::borrow::Cow;

use super::{CodePoints, Unit};
use crate::objects::number::Fault;

pub mod charmap;
pub mod escape;
mod handler;
pub mod message;
pub mod narrow;
pub mod utf7;
pub mod utf8;
pub mod wide;

pub use handler::Handler;

/// What is wrong with the input, as in `UnicodeError`'s attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The codec's name in the error, such as `utf-8` or `unicodeescape`.
    pub encoding: &'static str,
    /// Where it starts: a byte's or a character's index.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// CPython's words.
    pub reason: Cow<'static, str>,
}

impl Problem {
    /// A problem with a fixed reason.
    pub fn new(encoding: &'static str, start: usize, end: usize, reason: &'static str) -> Problem {
        Problem { encoding, start, end, reason: reason.into() }
    }
}

/// Why a conversion ended early. `E` is what a handler written by others raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// Raise `UnicodeDecodeError` or `UnicodeEncodeError`.
    Problem(Problem),
    /// Raise something else.
    Fault(Fault),
    /// Something was raised.
    Raised(E),
}

impl<E> From<Problem> for Failure<E> {
    fn from(problem: Problem) -> Failure<E> {
        Failure::Problem(problem)
    }
}

/// Decides how decoding goes on after a problem.
pub trait DecodeHandler {
    /// What the handler itself may raise.
    type Error;
    /// Appends the replacement to `out`, and returns where decoding goes on (at most `input.len()`).
    fn on_decode(
        &mut self,
        input: &[u8],
        problem: Problem,
        out: &mut CodePoints,
    ) -> Result<usize, Failure<Self::Error>>;
}

/// What an encoder puts in place of what it cannot encode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Bytes of the output.
    Bytes(Vec<u8>),
    /// Text, which is to be encoded itself.
    Text(CodePoints),
}

/// Decides how encoding goes on after a problem.
pub trait EncodeHandler {
    /// What the handler itself may raise.
    type Error;
    /// Returns the replacement, and where encoding goes on (at most `input.len()`).
    fn on_encode<U: Unit>(
        &mut self,
        input: &[U],
        problem: Problem,
    ) -> Result<(Replacement, usize), Failure<Self::Error>>;
}

/// A conversion's result, or why there is none.
pub type Decoded<E> = Result<(CodePoints, usize), Failure<E>>;

/// Asks the handler about a problem of an encoder whose output takes `unit` bytes a code unit and that can
/// encode, of a replacement text, what `encode` takes. Appends the replacement; returns where to go on.
fn replace<U: Unit, H: EncodeHandler>(
    input: &[U],
    problem: Problem,
    handler: &mut H,
    unit: usize,
    out: &mut Vec<u8>,
    mut encode: impl FnMut(u32, &mut Vec<u8>) -> bool,
) -> Result<usize, Failure<H::Error>> {
    let (replacement, at) = handler.on_encode(input, problem.clone())?;
    match replacement {
        Replacement::Bytes(bytes) if bytes.len() % unit == 0 => out.extend_from_slice(&bytes),
        Replacement::Text(text) => {
            for code in text.iter() {
                if !encode(code, out) {
                    return Err(problem.into());
                }
            }
        }
        Replacement::Bytes(_) => return Err(problem.into()),
    }
    Ok(at.min(input.len()))
}

/// The encodings that are known without asking the codec registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `utf-8`
    Utf8,
    /// `utf-16`, with a byte order mark
    Utf16,
    /// `utf-16-le`
    Utf16Le,
    /// `utf-16-be`
    Utf16Be,
    /// `utf-32`, with a byte order mark
    Utf32,
    /// `utf-32-le`
    Utf32Le,
    /// `utf-32-be`
    Utf32Be,
    /// `ascii`
    Ascii,
    /// `latin-1`
    Latin1,
}

impl Encoding {
    /// The encoding of a name, in any case and with `-`, `_` or a space inside.
    pub fn by_name(name: &str) -> Option<Encoding> {
        let name: String =
            name.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() }).collect();
        Some(match name.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Encoding::Utf8,
            "utf_16" | "utf16" | "u16" => Encoding::Utf16,
            "utf_16_le" | "utf_16le" | "utf16_le" | "utf16le" => Encoding::Utf16Le,
            "utf_16_be" | "utf_16be" | "utf16_be" | "utf16be" => Encoding::Utf16Be,
            "utf_32" | "utf32" | "u32" => Encoding::Utf32,
            "utf_32_le" | "utf_32le" | "utf32_le" | "utf32le" => Encoding::Utf32Le,
            "utf_32_be" | "utf_32be" | "utf32_be" | "utf32be" => Encoding::Utf32Be,
            "ascii" | "us_ascii" | "646" => Encoding::Ascii,
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "8859" | "cp819" => Encoding::Latin1,
            _ => return None,
        })
    }

    /// `bytes.decode`: all of it.
    pub fn decode<H: DecodeHandler>(self, data: &[u8], handler: &mut H) -> Result<CodePoints, Failure<H::Error>> {
        use wide::Order;
        let (text, _) = match self {
            Encoding::Utf8 => utf8::decode(data, true, handler)?,
            Encoding::Utf16 => wide::decode_utf16(data, &mut Order::default(), true, handler)?,
            Encoding::Utf16Le => wide::decode_utf16(data, &mut Order::Little, true, handler)?,
            Encoding::Utf16Be => wide::decode_utf16(data, &mut Order::Big, true, handler)?,
            Encoding::Utf32 => wide::decode_utf32(data, &mut Order::default(), true, handler)?,
            Encoding::Utf32Le => wide::decode_utf32(data, &mut Order::Little, true, handler)?,
            Encoding::Utf32Be => wide::decode_utf32(data, &mut Order::Big, true, handler)?,
            Encoding::Ascii => narrow::decode_ascii(data, handler)?,
            Encoding::Latin1 => narrow::decode_latin1(data),
        };
        Ok(text)
    }

    /// `str.encode`.
    pub fn encode<U: Unit, H: EncodeHandler>(self, text: &[U], handler: &mut H) -> Result<Vec<u8>, Failure<H::Error>> {
        use wide::Order;
        match self {
            Encoding::Utf8 => utf8::encode(text, handler),
            Encoding::Utf16 => wide::encode_utf16(text, Order::Mark, handler),
            Encoding::Utf16Le => wide::encode_utf16(text, Order::Little, handler),
            Encoding::Utf16Be => wide::encode_utf16(text, Order::Big, handler),
            Encoding::Utf32 => wide::encode_utf32(text, Order::Mark, handler),
            Encoding::Utf32Le => wide::encode_utf32(text, Order::Little, handler),
            Encoding::Utf32Be => wide::encode_utf32(text, Order::Big, handler),
            Encoding::Ascii => narrow::encode_ascii(text, handler),
            Encoding::Latin1 => narrow::encode_latin1(text, handler),
        }
    }
}

#[cfg(test)]
mod tests;
