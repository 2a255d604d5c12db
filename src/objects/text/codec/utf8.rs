//! UTF-8.

use super::super::{CodePoints, Unit};
use super::{DecodeHandler, Decoded, EncodeHandler, Failure, Handler, Problem, replace};

const NAME: &str = "utf-8";

/// Decodes; without `is_final` an incomplete sequence at the end is left.
pub fn decode<H: DecodeHandler>(data: &[u8], is_final: bool, handler: &mut H) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len());
    let mut at = 0;
    loop {
        // The standard library's validation finds the same longest malformed sequences as CPython's.
        let error = match std::str::from_utf8(&data[at..]) {
            Ok(text) => {
                out.push_str(text);
                return Ok((out, data.len()));
            }
            Err(error) => error,
        };
        let start = at + error.valid_up_to();
        if let Ok(text) = std::str::from_utf8(&data[at..start]) {
            out.push_str(text);
        }
        let problem = match error.error_len() {
            None if !is_final => return Ok((out, start)),
            // The start of a surrogate may yet be completed, for `surrogatepass` to take.
            Some(_) if !is_final && matches!(data[start..], [0xed, 0xa0..=0xbf]) => return Ok((out, start)),
            None => Problem::new(NAME, start, data.len(), "unexpected end of data"),
            Some(length) => {
                let reason = match data[start] {
                    0xc2..=0xf4 => "invalid continuation byte",
                    _ => "invalid start byte",
                };
                Problem::new(NAME, start, start + length, reason)
            }
        };
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
    }
}

/// Decodes text that should be well formed.
pub fn decode_strict(data: &[u8]) -> Result<CodePoints, Problem> {
    match decode(data, true, &mut Handler::Strict) {
        Ok((text, _)) => Ok(text),
        Err(Failure::Problem(problem)) => Err(problem),
        Err(_) => unreachable!("the strict handler only passes problems on"),
    }
}

/// Encodes; surrogates are the only problem.
pub fn encode<U: Unit, H: EncodeHandler>(text: &[U], handler: &mut H) -> Result<Vec<u8>, Failure<H::Error>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let code = text[at].to_u32();
        if push_char(code, &mut out) {
            at += 1;
            continue;
        }
        let surrogates = text[at..].iter().take_while(|u| (0xd800..0xe000).contains(&u.to_u32())).count();
        let problem = Problem::new(NAME, at, at + surrogates.max(1), "surrogates not allowed");
        at = replace(text, problem, handler, 1, &mut out, ascii_only)?;
    }
    Ok(out)
}

fn ascii_only(code: u32, out: &mut Vec<u8>) -> bool {
    if code < 0x80 {
        out.push(code as u8);
    }
    code < 0x80
}

#[inline]
fn push_char(code: u32, out: &mut Vec<u8>) -> bool {
    if code < 0x80 {
        out.push(code as u8);
        return true;
    }
    match char::from_u32(code) {
        Some(c) => {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            true
        }
        None => false,
    }
}
