//! The escapes of `bytes` literals: `codecs.escape_encode` and `codecs.escape_decode`.

use super::convert::invalid_escape;
use super::{content, errors, pair, source};
use crate::objects::bytes::Bytes;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::R;
use crate::objects::text::repr::repr_bytes;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::warn::warn;

pub fn encode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let Some(bytes) = args[0].cast::<Bytes>() else {
        let name = none_or_type(t, &args[0]);
        return Err(t.type_error(format!("escape_encode() argument 1 must be bytes, not {name}")));
    };
    errors(t, "escape_encode", args.get(1))?;
    // As `repr`, but single quotes are always escaped and there are none around.
    let mut out = Vec::with_capacity(bytes.len());
    for piece in bytes.as_slice().split_inclusive(|&b| b == b'\'' || b == b'"') {
        let (last, plain) = piece.split_last().map_or((None, piece), |(last, plain)| match last {
            b'\'' | b'"' => (Some(*last), plain),
            _ => (None, piece),
        });
        let shown = repr_bytes(plain);
        out.extend_from_slice(&shown.as_bytes()[2..shown.len() - 1]);
        match last {
            Some(b'\'') => out.extend_from_slice(b"\\'"),
            Some(quote) => out.push(quote),
            None => {}
        }
    }
    pair(t, Bytes::try_make(t, &out)?, bytes.len())
}

pub fn decode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let errors = errors(t, "escape_decode", args.get(1))?;
    let source = source(t, &args[0], true)?;
    let data = content(&source);
    let mut out = Vec::with_capacity(data.len());
    let (mut at, mut first_invalid) = (0, None);
    while at < data.len() {
        let start = at;
        at += 1;
        if data[start] != b'\\' {
            out.push(data[start]);
            continue;
        }
        let Some(&letter) = data.get(at) else { return Err(t.value_error("Trailing \\ in string")) };
        at += 1;
        match letter {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(letter),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'v' => out.push(0x0b),
            b'a' => out.push(0x07),
            b'0'..=b'7' => {
                let mut code = u32::from(letter - b'0');
                while let Some(digit @ b'0'..=b'7') = data.get(at).filter(|_| at < start + 4) {
                    code = code << 3 | u32::from(digit - b'0');
                    at += 1;
                }
                if code > 0o377 {
                    first_invalid = first_invalid.or(Some(start + 1));
                }
                out.push(code as u8);
            }
            b'x' => {
                let digit = |i: usize| data.get(i).and_then(|&b| (b as char).to_digit(16));
                if let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
                    out.push((high << 4 | low) as u8);
                    at += 2;
                    continue;
                }
                match errors.as_deref().unwrap_or("strict") {
                    "strict" => return Err(t.value_error(format!("invalid \\x escape at position {start}"))),
                    "replace" => out.push(b'?'),
                    "ignore" => {}
                    other => {
                        let message = format!("decoding error; unknown error handling code: {other}");
                        return Err(t.value_error(message));
                    }
                }
                at += usize::from(digit(at).is_some());
            }
            _ => {
                first_invalid = first_invalid.or(Some(start + 1));
                out.extend([b'\\', letter]);
            }
        }
    }
    if let Some(at) = first_invalid {
        warn(t, |types| &types.deprecation_warning, &invalid_escape("b", &data[at..]))?;
    }
    pair(t, Bytes::try_make(t, &out)?, data.len())
}
