//! What a text stream remembers.

use crate::modules::_io::newlines::Newlines;
use crate::objects::slots::R;
use crate::objects::string::{Str, Units};
use crate::objects::text::codec::Encoding;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The `newline` argument.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Newline {
    /// `None`: all kinds end a line and are read as `\n`; `\n` is written as the system has it.
    #[default]
    Translated,
    /// `''`: all kinds end a line, and nothing is changed.
    Universal,
    /// The one that ends a line, which is also what `\n` is written as.
    Only(&'static str),
}

impl Newline {
    /// Checks the argument.
    pub fn parse(t: &Thread, v: &Value) -> R<Newline> {
        if v.is_none() {
            return Ok(Newline::Translated);
        }
        let text = v.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        match &*text {
            "" => Ok(Newline::Universal),
            "\n" => Ok(Newline::Only("\n")),
            "\r" => Ok(Newline::Only("\r")),
            "\r\n" => Ok(Newline::Only("\r\n")),
            other => Err(t.value_error(format!("illegal newline value: {other}"))),
        }
    }

    /// What a `\n` is written as, if it is not left as it is.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Only(end) if end != "\n" => Some(end),
            _ => None,
        }
    }

    /// What notes and translates line ends when reading.
    pub fn decoder(self) -> Option<Newlines> {
        match self {
            Newline::Translated => Some(Newlines::new(true)),
            Newline::Universal => Some(Newlines::new(false)),
            Newline::Only(_) => None,
        }
    }

    /// Where the first line of the text ends, from `start` on: just behind its line end.
    pub fn line_end(self, units: Units<'_>, start: usize) -> Option<usize> {
        match self {
            Newline::Translated | Newline::Only("\n") => find(units, start, b'\n').map(|i| i + 1),
            Newline::Only("\r") => find(units, start, b'\r').map(|i| i + 1),
            Newline::Only(_) => {
                let mut at = start;
                while let Some(i) = find(units, at, b'\r') {
                    if i + 1 < units.len() && units.at(i + 1) == 0x0A {
                        return Some(i + 2);
                    }
                    at = i + 1;
                }
                None
            }
            Newline::Universal => {
                let i = match units {
                    Units::One(bytes) => memchr::memchr2(b'\n', b'\r', &bytes[start..]).map(|i| i + start),
                    _ => (start..units.len()).find(|&i| matches!(units.at(i), 0x0A | 0x0D)),
                }?;
                let crlf = units.at(i) == 0x0D && i + 1 < units.len() && units.at(i + 1) == 0x0A;
                Some(i + if crlf { 2 } else { 1 })
            }
        }
    }
}

/// The first place of an ASCII character.
pub fn find(units: Units<'_>, start: usize, c: u8) -> Option<usize> {
    match units {
        Units::One(bytes) => memchr::memchr(c, &bytes[start..]).map(|i| i + start),
        _ => (start..units.len()).find(|&i| units.at(i) == u32::from(c)),
    }
}

/// Where decoding last started: what `tell` goes back to.
#[derive(Clone)]
pub struct Snapshot {
    /// The decoder's flags there.
    pub flags: i64,
    /// The bytes it was given since.
    pub input: Vec<u8>,
}

/// See the module's chapter.
pub struct State {
    pub detached: bool,
    pub finalizing: bool,
    /// The encoding, if it is native.
    pub native: Option<Encoding>,
    pub newline: Newline,
    pub newlines: Option<Newlines>,
    pub line_buffering: bool,
    pub write_through: bool,
    /// How much is read at a time, and how much gathers before it is written.
    pub chunk_size: usize,
    pub can_encode: bool,
    pub can_decode: bool,
    pub seekable: bool,
    /// Whether `tell` works: not while iterating.
    pub telling: bool,
    pub has_read1: bool,
    /// Encoded text that is not written yet.
    pub pending: Vec<u8>,
    /// Text that was decoded, and how much of it has been read.
    pub decoded: Option<Value>,
    pub used: usize,
    /// Bytes at the end of the input that are no whole character yet (native decoders).
    pub undecoded: Vec<u8>,
    pub snapshot: Option<Snapshot>,
    /// Bytes per character, of late.
    pub ratio: f64,
}

impl Default for State {
    fn default() -> State {
        State {
            detached: false,
            finalizing: false,
            native: None,
            newline: Newline::Translated,
            newlines: None,
            line_buffering: false,
            write_through: false,
            chunk_size: 8192,
            can_encode: false,
            can_decode: false,
            seekable: false,
            telling: false,
            has_read1: false,
            pending: Vec::new(),
            decoded: None,
            used: 0,
            undecoded: Vec::new(),
            snapshot: None,
            ratio: 0.0,
        }
    }
}
