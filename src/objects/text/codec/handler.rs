//! The error handlers that are there from the start.

use std::convert::Infallible;

use super::super::repr::push_escape;
use super::super::{CodePoints, Unit, unicode};
use super::{DecodeHandler, EncodeHandler, Failure, Problem, Replacement};
use crate::objects::number::Fault;

/// A built-in error handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Raises.
    Strict,
    /// Drops what is malformed.
    Ignore,
    /// U+FFFD, or `?` when encoding.
    Replace,
    /// `\xhh` and the like.
    BackslashReplace,
    /// `&#1234;`, only when encoding.
    XmlCharRefReplace,
    /// `\N{…}`, only when encoding.
    NameReplace,
    /// Undecodable bytes become lone surrogates U+DC80…U+DCFF and back (PEP 383).
    SurrogateEscape,
    /// Surrogates are coded as if they were characters.
    SurrogatePass,
}

impl Handler {
    /// The handler of a name, unless a script has registered another under it.
    pub fn by_name(name: &str) -> Option<Handler> {
        Some(match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "namereplace" => Handler::NameReplace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            _ => return None,
        })
    }
}

/// How a codec writes one code unit of 8, 16 or 32 bits, for `surrogatepass`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Utf8,
    Wide { bytes: usize, big: bool },
}

fn form(encoding: &str) -> Option<Form> {
    let name: String = encoding.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let native_big = cfg!(target_endian = "big");
    Some(match name.as_str() {
        "utf8" => Form::Utf8,
        "utf16" => Form::Wide { bytes: 2, big: native_big },
        "utf16le" => Form::Wide { bytes: 2, big: false },
        "utf16be" => Form::Wide { bytes: 2, big: true },
        "utf32" => Form::Wide { bytes: 4, big: native_big },
        "utf32le" => Form::Wide { bytes: 4, big: false },
        "utf32be" => Form::Wide { bytes: 4, big: true },
        _ => return None,
    })
}

/// A surrogate at the start of the data, and how many bytes it takes.
fn read_surrogate(data: &[u8], form: Form) -> Option<(u32, usize)> {
    let (code, length) = match (form, data) {
        (Form::Utf8, [a, b, c, ..]) if a & 0xf0 == 0xe0 && b & 0xc0 == 0x80 && c & 0xc0 == 0x80 => {
            (u32::from(a & 0x0f) << 12 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f), 3)
        }
        (Form::Wide { bytes, big }, _) => {
            let join = |code: u32, &byte: &u8| code << 8 | u32::from(byte);
            let unit = data.get(..bytes)?;
            (if big { unit.iter().fold(0, join) } else { unit.iter().rev().fold(0, join) }, bytes)
        }
        _ => return None,
    };
    (0xd800..0xe000).contains(&code).then_some((code, length))
}

fn write_surrogate(code: u32, form: Form, out: &mut Vec<u8>) {
    match form {
        Form::Utf8 => {
            out.extend([0xe0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]);
        }
        Form::Wide { bytes, big: true } => out.extend(&code.to_be_bytes()[4 - bytes..]),
        Form::Wide { bytes, big: false } => out.extend(&code.to_le_bytes()[..bytes]),
    }
}

fn cannot_handle(exception: &str) -> Fault {
    Fault::type_error(format!("don't know how to handle {exception} in error callback"))
}

impl DecodeHandler for Handler {
    type Error = Infallible;

    fn on_decode(
        &mut self,
        input: &[u8],
        problem: Problem,
        out: &mut CodePoints,
    ) -> Result<usize, Failure<Infallible>> {
        let Problem { start, end, .. } = problem;
        match self {
            Handler::Strict => Err(problem.into()),
            Handler::Ignore => Ok(end),
            Handler::Replace => {
                out.push(0xfffd);
                Ok(end)
            }
            Handler::BackslashReplace => {
                input[start..end].iter().for_each(|&byte| push_escape(byte.into(), out));
                Ok(end)
            }
            Handler::XmlCharRefReplace | Handler::NameReplace => {
                Err(Failure::Fault(cannot_handle("UnicodeDecodeError")))
            }
            Handler::SurrogateEscape => {
                // ASCII bytes are never smuggled: they could hide a quote or a slash.
                let bytes = input[start..end].iter().take_while(|&&byte| byte >= 0x80).take(4);
                let count = bytes.map(|&byte| out.push(0xdc00 + u32::from(byte))).count();
                if count == 0 { Err(problem.into()) } else { Ok(start + count) }
            }
            Handler::SurrogatePass => {
                match form(problem.encoding).and_then(|form| read_surrogate(&input[start..], form)) {
                    None => Err(problem.into()),
                    Some((code, length)) => {
                        out.push(code);
                        Ok(start + length)
                    }
                }
            }
        }
    }
}

impl EncodeHandler for Handler {
    type Error = Infallible;

    fn on_encode<U: Unit>(
        &mut self,
        input: &[U],
        problem: Problem,
    ) -> Result<(Replacement, usize), Failure<Infallible>> {
        let end = problem.end;
        let codes = input[problem.start..end].iter().map(|u| u.to_u32());
        let mut text = CodePoints::new();
        let mut bytes = Vec::new();
        match self {
            Handler::Strict => return Err(problem.into()),
            Handler::Ignore => {}
            Handler::Replace => text.push_repeated('?' as u32, codes.count()),
            Handler::BackslashReplace => codes.for_each(|code| push_escape(code, &mut text)),
            Handler::XmlCharRefReplace => codes.for_each(|code| text.push_str(&format!("&#{code};"))),
            Handler::NameReplace => codes.for_each(|code| match unicode::name(code) {
                Some(name) => text.push_str(&format!("\\N{{{name}}}")),
                None => push_escape(code, &mut text),
            }),
            Handler::SurrogateEscape => {
                for (i, code) in codes.enumerate() {
                    match code {
                        0xdc80..0xdd00 => bytes.push((code - 0xdc00) as u8),
                        // CPython's own codecs use up what can be escaped before they complain.
                        _ if problem.encoding != "charmap" => {
                            return Err(Problem { start: problem.start + i, ..problem }.into());
                        }
                        _ => return Err(problem.into()),
                    }
                }
                return Ok((Replacement::Bytes(bytes), end));
            }
            Handler::SurrogatePass => {
                let Some(form) = form(problem.encoding) else { return Err(problem.into()) };
                for code in codes {
                    match code {
                        0xd800..0xe000 => write_surrogate(code, form, &mut bytes),
                        _ => return Err(problem.into()),
                    }
                }
                return Ok((Replacement::Bytes(bytes), end));
            }
        }
        Ok((Replacement::Text(text), end))
    }
}
