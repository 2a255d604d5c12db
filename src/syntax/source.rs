//! From bytes to text: byte order mark, coding cookie (PEP 263), line ends.

use super::ast::Span;
use super::error::{Shown, SyntaxError, SyntaxErrorKind};
use std::borrow::Cow;

/// Decodes the bytes of a source text. UTF-8 is the default; `file` names the file they were read from.
pub fn decode<'b>(bytes: &'b [u8], file: Option<&str>) -> Result<Cow<'b, str>, Box<SyntaxError>> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    match cookie(bytes).as_deref() {
        None | Some("utf-8") => {
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| non_utf8(bytes, error.valid_up_to(), file))
        }
        Some(other) if bom => {
            let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
            Err(at_line(format!("encoding problem: {other} with BOM"), 1, line))
        }
        Some("utf8") => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let at = error.valid_up_to();
            let reason = match (error.error_len(), bytes[at]) {
                (None, _) => "unexpected end of data",
                (_, 0x80..=0xC1 | 0xF5..) => "invalid start byte",
                _ => "invalid continuation byte",
            };
            plain(format!("'utf-8' codec can't decode byte 0x{:02x} in position {at}: {reason}", bytes[at]))
        }),
        Some("iso-8859-1") => Ok(Cow::Owned(bytes.iter().map(|&b| char::from(b)).collect())),
        Some("ascii") => match bytes.iter().position(|b| !b.is_ascii()) {
            None => Ok(String::from_utf8_lossy(bytes)),
            Some(at) => Err(plain(format!(
                "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                bytes[at]
            ))),
        },
        Some(other) => match encoding_rs::Encoding::for_label(other.replace('_', "-").as_bytes()) {
            Some(encoding) => match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) => Ok(text),
                None => Err(plain(format!("'{other}' codec can't decode the source"))),
            },
            None => Err(plain(format!("unknown encoding: {other}"))),
        },
    }
}

/// An error that lies in no line.
fn plain(message: String) -> Box<SyntaxError> {
    let mut error = SyntaxError::new(SyntaxErrorKind::SyntaxError, message, Span::default());
    error.shown = Some(Box::new(Shown { lineno: 0, offset: -1, end_lineno: 0, end_offset: 0, text: None }));
    Box::new(error)
}

/// An error at the beginning of a line, which is shown.
fn at_line(message: String, lineno: i64, text: &[u8]) -> Box<SyntaxError> {
    let mut error = plain(message);
    let text = Some(String::from_utf8_lossy(text).into_owned());
    error.shown = Some(Box::new(Shown { lineno, offset: 0, end_lineno: lineno, end_offset: 0, text }));
    error
}

/// A null byte in a script: the line up to it is shown. Text that is compiled has another message.
pub fn null_byte(bytes: &[u8], at: usize) -> Box<SyntaxError> {
    let before = &bytes[..at];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    at_line("source code cannot contain null bytes".to_owned(), line as i64, &before[start..])
}

/// A byte that is not UTF-8, where no other encoding is declared.
fn non_utf8(bytes: &[u8], at: usize, file: Option<&str>) -> Box<SyntaxError> {
    let line = bytes[..at].iter().filter(|&&b| b == b'\n').count() + 1;
    let start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |i| at + i);
    let place = file.map(|file| format!(" in file {file}")).unwrap_or_default();
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}'{place} on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details",
        bytes[at]
    );
    let offset = bytes[start..at].iter().filter(|&&b| b & 0xC0 != 0x80).count() as i64 + 1;
    let lineno = line as i64;
    let text = Some(String::from_utf8_lossy(&bytes[start..end]).into_owned());
    let (line, col) = (line as u32, (at - start) as u32);
    let mut error =
        SyntaxError::new(SyntaxErrorKind::SyntaxError, message, Span { line, col, end_line: line, end_col: col + 1 });
    error.shown = Some(Box::new(Shown { lineno, offset, end_lineno: lineno, end_offset: offset, text }));
    Box::new(error)
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
    if is("utf-8") {
        return "utf-8".into();
    }
    if lower == "utf8" {
        return "utf8".into();
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
