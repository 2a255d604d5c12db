//! From bytes to text: byte order mark, coding cookie (PEP 263), line ends.

use super::ast::Span;
use super::error::{SyntaxError, SyntaxErrorKind};
use std::borrow::Cow;

/// Decodes the bytes of a source file. UTF-8 is the default.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Box<SyntaxError>> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding = cookie(bytes);
    match encoding.as_deref() {
        None | Some("utf-8") => utf8(bytes),
        Some(other) if bom => Err(plain(format!("encoding problem: {other} with BOM"))),
        Some("iso-8859-1") => Ok(Cow::Owned(bytes.iter().map(|&b| char::from(b)).collect())),
        Some("ascii") => match bytes.iter().position(|b| !b.is_ascii()) {
            None => utf8(bytes),
            Some(at) => {
                let byte = bytes[at];
                let why =
                    format!("'ascii' codec can't decode byte 0x{byte:02x} in position {at}: ordinal not in range(128)");
                Err(plain(format!("(unicode error) {why}")))
            }
        },
        Some(other) => Err(plain(format!("unknown encoding: {other}"))),
    }
}

fn plain(message: String) -> Box<SyntaxError> {
    Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, Span::default()))
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Box<SyntaxError>> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes[at];
        let reason = match error.error_len() {
            None => "unexpected end of data",
            Some(_) if matches!(byte, 0x80..=0xC1 | 0xF5..) => "invalid start byte",
            Some(_) => "invalid continuation byte",
        };
        plain(format!("(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {reason}"))
    })
}

/// The encoding that one of the first two lines names, in CPython's normal form.
fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&b| b == b'\n').take(2) {
        let blank = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 12)).unwrap_or(line.len());
        match line.get(blank) {
            Some(b'#') => {}
            None | Some(b'\r') => continue,
            // Code on the first line: a cookie on the second does not count.
            Some(_) => return None,
        }
        let text = String::from_utf8_lossy(&line[blank..]);
        if let Some(name) = coding(&text) {
            return Some(normalize(&name));
        }
    }
    None
}

/// The name in `coding[:=]\s*([-\w.]+)`.
fn coding(comment: &str) -> Option<String> {
    let mut rest = comment;
    while let Some(at) = rest.find("coding") {
        rest = &rest[at + 6..];
        if let Some(after) = rest.strip_prefix([':', '=']) {
            let after = after.trim_start_matches([' ', '\t']);
            let name: String =
                after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
    }
    None
}

/// CPython's `get_normal_name`, and the aliases of what is known here.
fn normalize(name: &str) -> String {
    let lower: String = name.to_ascii_lowercase().replace('_', "-");
    let is = |base: &str| lower == base || lower.starts_with(&format!("{base}-"));
    if is("utf-8") || lower == "utf8" {
        return "utf-8".into();
    }
    if is("latin-1")
        || is("iso-8859-1")
        || is("iso-latin-1")
        || matches!(&*lower, "latin1" | "iso8859-1" | "l1" | "8859")
    {
        return "iso-8859-1".into();
    }
    if matches!(&*lower, "ascii" | "us-ascii" | "646") {
        return "ascii".into();
    }
    name.to_owned()
}

/// Line ends become `\n`; with `final_newline` the last line gets one.
pub fn normalize_lines(text: Cow<'_, str>, final_newline: bool) -> Cow<'_, str> {
    let mut text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text };
    if final_newline && !text.is_empty() && !text.ends_with('\n') {
        text.to_mut().push('\n');
    }
    text
}
