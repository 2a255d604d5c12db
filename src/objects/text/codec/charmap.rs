//! Encodings by a table: each byte is a character (or a few).

use std::collections::HashMap;

use super::super::{CodePoints, Unit};
use super::{DecodeHandler, Decoded, EncodeHandler, Failure, Problem, Replacement};

const NAME: &str = "charmap";
const UNDEFINED: &str = "character maps to <undefined>";
/// In a decoding table: no character.
const NO_CHARACTER: u32 = 0xfffe;

/// Decodes by a table of 256 characters or fewer (the string that `encodings` modules call decoding table).
pub fn decode_table<U: Unit, H: DecodeHandler>(data: &[u8], table: &[U], handler: &mut H) -> Decoded<H::Error> {
    decode(data, handler, |byte, out| {
        Ok(match table.get(byte as usize).map(|u| u.to_u32()) {
            None | Some(NO_CHARACTER) => false,
            Some(code) => {
                out.push(code);
                true
            }
        })
    })
}

/// Decodes by a function that appends what a byte stands for, or says that it stands for nothing.
pub fn decode<H: DecodeHandler>(
    data: &[u8],
    handler: &mut H,
    mut map: impl FnMut(u8, &mut CodePoints) -> Result<bool, H::Error>,
) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        if map(data[at], &mut out).map_err(Failure::Raised)? {
            at += 1;
            continue;
        }
        let problem = Problem::new(NAME, at, at + 1, UNDEFINED);
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
    }
    Ok((out, data.len()))
}

/// A decoding table turned round, for `codecs.charmap_build` and [`encode`].
#[derive(Clone, Debug, Default)]
pub struct EncodingMap {
    bytes: HashMap<u32, u8>,
}

impl EncodingMap {
    /// Of the first 256 characters of a decoding table; of a character that occurs twice, the last counts.
    pub fn new<U: Unit>(table: &[U]) -> EncodingMap {
        let rows = table.iter().take(256).enumerate();
        let known = rows.filter(|(_, u)| u.to_u32() != NO_CHARACTER);
        EncodingMap { bytes: known.map(|(byte, u)| (u.to_u32(), byte as u8)).collect() }
    }

    /// The byte of a character.
    pub fn get(&self, code: u32) -> Option<u8> {
        self.bytes.get(&code).copied()
    }
}

/// Encodes by a function that appends a character's bytes, or says that it has none.
pub fn encode<U: Unit, H: EncodeHandler>(
    text: &[U],
    handler: &mut H,
    mut map: impl FnMut(u32, &mut Vec<u8>) -> Result<bool, H::Error>,
) -> Result<Vec<u8>, Failure<H::Error>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if map(text[at].to_u32(), &mut out).map_err(Failure::Raised)? {
            at += 1;
            continue;
        }
        // One problem is as long as what cannot be encoded goes on.
        let mut end = at + 1;
        let mut ignored = Vec::new();
        while end < text.len() && !map(text[end].to_u32(), &mut ignored).map_err(Failure::Raised)? {
            end += 1;
        }
        let problem = Problem::new(NAME, at, end, UNDEFINED);
        let (replacement, next) = handler.on_encode(text, problem.clone())?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(replacement) => {
                for code in replacement.iter() {
                    if !map(code, &mut out).map_err(Failure::Raised)? {
                        return Err(problem.into());
                    }
                }
            }
        }
        at = next.min(text.len());
    }
    Ok(out)
}
