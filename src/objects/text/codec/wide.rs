//! UTF-16 and UTF-32, in either byte order or by a byte order mark.

use super::super::{CodePoints, Unit};
use super::{DecodeHandler, Decoded, EncodeHandler, Failure, Problem, replace};

/// The order of the bytes of a code unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Little end first.
    Little,
    /// Big end first.
    Big,
    /// As a byte order mark says, else the machine's. An encoder writes the mark; a decoder skips it and
    /// sets the order it found.
    #[default]
    Mark,
}

impl Order {
    fn is_big(self) -> bool {
        match self {
            Order::Little => false,
            Order::Big => true,
            Order::Mark => cfg!(target_endian = "big"),
        }
    }
}

fn unit(bytes: &[u8], big: bool) -> u32 {
    let join = |code: u32, &byte: &u8| code << 8 | u32::from(byte);
    if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) }
}

/// Reads the mark if one is asked for; returns where the text starts.
fn read_mark(data: &[u8], order: &mut Order, size: usize) -> usize {
    if *order != Order::Mark || data.len() < size {
        return 0;
    }
    if unit(&data[..size], false) == 0xfeff {
        *order = Order::Little;
        size
    } else if unit(&data[..size], true) == 0xfeff {
        *order = Order::Big;
        size
    } else {
        0
    }
}

/// Decodes UTF-16. A first call with [`Order::Mark`] leaves the order it found for the calls that follow.
pub fn decode_utf16<H: DecodeHandler>(
    data: &[u8],
    order: &mut Order,
    is_final: bool,
    handler: &mut H,
) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len() / 2);
    let mut at = read_mark(data, order, 2);
    let big = order.is_big();
    let name = if big { "utf-16-be" } else { "utf-16-le" };
    while at < data.len() {
        let problem = match data.get(at..at + 2).map(|bytes| unit(bytes, big)) {
            None if !is_final => return Ok((out, at)),
            None => Problem::new(name, at, data.len(), "truncated data"),
            Some(high @ 0xd800..0xdc00) => match data.get(at + 2..at + 4).map(|bytes| unit(bytes, big)) {
                Some(low @ 0xdc00..0xe000) => {
                    out.push(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    at += 4;
                    continue;
                }
                Some(_) => Problem::new(name, at, at + 2, "illegal UTF-16 surrogate"),
                None if !is_final => return Ok((out, at)),
                None => Problem::new(name, at, data.len(), "unexpected end of data"),
            },
            Some(0xdc00..0xe000) => Problem::new(name, at, at + 2, "illegal encoding"),
            Some(code) => {
                out.push(code);
                at += 2;
                continue;
            }
        };
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
    }
    Ok((out, at))
}

/// Decodes UTF-32. A first call with [`Order::Mark`] leaves the order it found for the calls that follow.
pub fn decode_utf32<H: DecodeHandler>(
    data: &[u8],
    order: &mut Order,
    is_final: bool,
    handler: &mut H,
) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len() / 4);
    let mut at = read_mark(data, order, 4);
    let big = order.is_big();
    let name = if big { "utf-32-be" } else { "utf-32-le" };
    while at < data.len() {
        let problem = match data.get(at..at + 4).map(|bytes| unit(bytes, big)) {
            None if !is_final => return Ok((out, at)),
            None => Problem::new(name, at, data.len(), "truncated data"),
            Some(0xd800..0xe000) => {
                Problem::new(name, at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)")
            }
            Some(0x11_0000..) => Problem::new(name, at, at + 4, "code point not in range(0x110000)"),
            Some(code) => {
                out.push(code);
                at += 4;
                continue;
            }
        };
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
    }
    Ok((out, at))
}

fn push_unit(code: u32, size: usize, big: bool, out: &mut Vec<u8>) {
    match big {
        true => out.extend(&code.to_be_bytes()[4 - size..]),
        false => out.extend(&code.to_le_bytes()[..size]),
    }
}

/// Encodes UTF-16.
pub fn encode_utf16<U: Unit, H: EncodeHandler>(
    text: &[U],
    order: Order,
    handler: &mut H,
) -> Result<Vec<u8>, Failure<H::Error>> {
    let name = match order {
        Order::Little => "utf-16-le",
        Order::Big => "utf-16-be",
        Order::Mark => "utf-16",
    };
    let big = order.is_big();
    encode(text, order, name, 2, handler, |code, out| match code {
        0x1_0000.. => {
            let code = code - 0x1_0000;
            push_unit(0xd800 + (code >> 10), 2, big, out);
            push_unit(0xdc00 + (code & 0x3ff), 2, big, out);
        }
        _ => push_unit(code, 2, big, out),
    })
}

/// Encodes UTF-32.
pub fn encode_utf32<U: Unit, H: EncodeHandler>(
    text: &[U],
    order: Order,
    handler: &mut H,
) -> Result<Vec<u8>, Failure<H::Error>> {
    let name = match order {
        Order::Little => "utf-32-le",
        Order::Big => "utf-32-be",
        Order::Mark => "utf-32",
    };
    let big = order.is_big();
    encode(text, order, name, 4, handler, |code, out| push_unit(code, 4, big, out))
}

fn encode<U: Unit, H: EncodeHandler>(
    text: &[U],
    order: Order,
    name: &'static str,
    size: usize,
    handler: &mut H,
    push: impl Fn(u32, &mut Vec<u8>),
) -> Result<Vec<u8>, Failure<H::Error>> {
    let mut out = Vec::with_capacity(size * (text.len() + 1));
    if order == Order::Mark {
        push(0xfeff, &mut out);
    }
    let mut at = 0;
    while at < text.len() {
        let code = text[at].to_u32();
        if (0xd800..0xe000).contains(&code) {
            let problem = Problem::new(name, at, at + 1, "surrogates not allowed");
            at = replace(text, problem, handler, size, &mut out, |code, out| {
                if code < 0x80 {
                    push(code, out);
                }
                code < 0x80
            })?;
        } else {
            push(code, &mut out);
            at += 1;
        }
    }
    Ok(out)
}
