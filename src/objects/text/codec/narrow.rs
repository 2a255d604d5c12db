//! ASCII and Latin-1: one byte is one character.

use super::super::{CodePoints, Unit};
use super::{DecodeHandler, Decoded, EncodeHandler, Failure, Problem, replace};

/// Decodes ASCII.
pub fn decode_ascii<H: DecodeHandler>(data: &[u8], handler: &mut H) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let ascii = data[at..].iter().take_while(|byte| byte.is_ascii()).count();
        out.push_ascii(&data[at..at + ascii]);
        at += ascii;
        if at < data.len() {
            let problem = Problem::new("ascii", at, at + 1, "ordinal not in range(128)");
            at = handler.on_decode(data, problem, &mut out)?.min(data.len());
        }
    }
    Ok((out, data.len()))
}

/// Decodes Latin-1, which cannot fail.
pub fn decode_latin1(data: &[u8]) -> (CodePoints, usize) {
    let mut out = CodePoints::with_capacity(data.len());
    out.push_units(data);
    (out, data.len())
}

/// Encodes ASCII.
pub fn encode_ascii<U: Unit, H: EncodeHandler>(text: &[U], handler: &mut H) -> Result<Vec<u8>, Failure<H::Error>> {
    encode(text, 0x80, "ascii", "ordinal not in range(128)", handler)
}

/// Encodes Latin-1.
pub fn encode_latin1<U: Unit, H: EncodeHandler>(text: &[U], handler: &mut H) -> Result<Vec<u8>, Failure<H::Error>> {
    encode(text, 0x100, "latin-1", "ordinal not in range(256)", handler)
}

fn encode<U: Unit, H: EncodeHandler>(
    text: &[U],
    limit: u32,
    name: &'static str,
    reason: &'static str,
    handler: &mut H,
) -> Result<Vec<u8>, Failure<H::Error>> {
    let push = |code: u32, out: &mut Vec<u8>| {
        if code < limit {
            out.push(code as u8);
        }
        code < limit
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if push(text[at].to_u32(), &mut out) {
            at += 1;
            continue;
        }
        // One problem is as long as what cannot be encoded goes on.
        let length = text[at..].iter().take_while(|u| u.to_u32() >= limit).count();
        at = replace(text, Problem::new(name, at, at + length, reason), handler, 1, &mut out, push)?;
    }
    Ok(out)
}
