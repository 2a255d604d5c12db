//! UTF-7 (RFC 2152): ASCII, and UTF-16 in a base 64 of its own between `+` and `-`.

use super::super::{CodePoints, Unit};
use super::{DecodeHandler, Decoded, Problem};

const NAME: &str = "utf7";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(byte: u8) -> Option<u32> {
    DIGITS.iter().position(|&d| d == byte).map(|i| i as u32)
}

/// Whether the encoder writes the character as itself: all printable ASCII but `+`, `\` and `~`.
fn is_direct(code: u32) -> bool {
    matches!(code, 0x09 | 0x0a | 0x0d | 0x20..0x7e) && !matches!(code, 0x2b | 0x5c)
}

/// A base 64 section.
#[derive(Clone, Copy, Default)]
struct Section {
    /// Where its `+` stands, and how long the output was.
    start: usize,
    out_start: usize,
    buffer: u32,
    bits: u32,
    /// A high surrogate that waits for its other half, or 0.
    surrogate: u32,
}

impl Section {
    fn take(&mut self, value: u32, out: &mut CodePoints) {
        self.buffer = self.buffer << 6 | value;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let code = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 {
            if (0xdc00..0xe000).contains(&code) {
                out.push(0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00));
                return;
            }
            out.push(high);
        }
        match code {
            0xd800..0xdc00 => self.surrogate = code,
            _ => out.push(code),
        }
    }
}

/// Decodes; without `is_final` an unfinished base 64 section is left.
pub fn decode<H: DecodeHandler>(data: &[u8], is_final: bool, handler: &mut H) -> Decoded<H::Error> {
    let mut out = CodePoints::with_capacity(data.len());
    let mut section: Option<Section> = None;
    // Where the current problem would start: at the last `+`.
    let mut start = 0;
    let mut at = 0;
    loop {
        while at < data.len() {
            let byte = data[at];
            let reason = if let Some(open) = &mut section {
                if let Some(value) = digit(byte) {
                    open.take(value, &mut out);
                    at += 1;
                    continue;
                }
                let closed = *open;
                section = None;
                if closed.bits >= 6 {
                    at += 1;
                    "partial character in shift sequence"
                } else if closed.bits > 0 && closed.buffer != 0 {
                    at += 1;
                    "non-zero padding bits in shift sequence"
                } else {
                    if closed.surrogate != 0 && byte < 0x80 && byte != b'+' {
                        out.push(closed.surrogate);
                    }
                    at += usize::from(byte == b'-');
                    continue;
                }
            } else if byte == b'+' {
                start = at;
                at += 1;
                match data.get(at) {
                    Some(b'-') => {
                        at += 1;
                        out.push('+' as u32);
                        continue;
                    }
                    Some(&next) if digit(next).is_none() => {
                        at += 1;
                        "ill-formed sequence"
                    }
                    _ => {
                        section = Some(Section { start, out_start: out.len(), ..Section::default() });
                        continue;
                    }
                }
            } else if byte < 0x80 {
                out.push(byte.into());
                at += 1;
                continue;
            } else {
                start = at;
                at += 1;
                "unexpected special character"
            };
            let problem = Problem::new(NAME, start, at, reason);
            at = handler.on_decode(data, problem, &mut out)?.min(data.len());
        }
        let Some(open) = section.take() else { return Ok((out, at)) };
        if !is_final {
            out.truncate(open.out_start);
            return Ok((out, open.start));
        }
        if open.surrogate == 0 && open.bits < 6 && open.buffer == 0 {
            return Ok((out, at));
        }
        let problem = Problem::new(NAME, start, data.len(), "unterminated shift sequence");
        at = handler.on_decode(data, problem, &mut out)?.min(data.len());
        if at == data.len() {
            return Ok((out, at));
        }
    }
}

/// Encodes; everything can be encoded, lone surrogates included.
pub fn encode<U: Unit>(text: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut shifted, mut buffer, mut bits) = (false, 0u32, 0u32);
    for unit in text {
        let code = unit.to_u32();
        if is_direct(code) {
            if shifted {
                flush(&mut buffer, &mut bits, &mut out);
                shifted = false;
                // What is no base 64 digit ends the section by itself.
                if code == '-' as u32 || digit(code as u8).is_some() {
                    out.push(b'-');
                }
            }
            out.push(code as u8);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if code == '+' as u32 {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let halves = match code {
            0x1_0000.. => [Some(0xd800 + ((code - 0x1_0000) >> 10)), Some(0xdc00 + (code & 0x3ff))],
            _ => [None, Some(code)],
        };
        for half in halves.into_iter().flatten() {
            buffer = buffer << 16 | half;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(DIGITS[(buffer >> bits & 0x3f) as usize]);
            }
            buffer &= (1 << bits) - 1;
        }
    }
    if shifted {
        flush(&mut buffer, &mut bits, &mut out);
        out.push(b'-');
    }
    out
}

/// Writes the bits that are left over.
fn flush(buffer: &mut u32, bits: &mut u32, out: &mut Vec<u8>) {
    if *bits > 0 {
        out.push(DIGITS[(*buffer << (6 - *bits) & 0x3f) as usize]);
    }
    (*buffer, *bits) = (0, 0);
}
