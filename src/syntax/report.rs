//! Syntax errors with the attributes CPython gives them (`Parser/pegen_errors.c`).

use super::ast::Span;
use super::error::{Shown, SyntaxError, SyntaxErrorKind};
use super::lexer::nth_line;

/// Column in code points, from 1, of a byte offset within a line.
pub fn char_column(line: &str, col: u32) -> i64 {
    let bytes = line.as_bytes();
    let end = (col as usize).min(bytes.len());
    let chars = bytes[..end].iter().filter(|&&b| b & 0xC0 != 0x80).count();
    // Beyond the end of the line every byte counts.
    (chars + (col as usize - end)) as i64 + 1
}

/// An error at a known range.
pub fn at_span(source: &str, kind: SyntaxErrorKind, span: Span, message: impl Into<String>) -> Box<SyntaxError> {
    let line = nth_line(source, span.line);
    let shown = Shown {
        lineno: i64::from(span.line),
        offset: char_column(line, span.col),
        end_lineno: i64::from(span.end_line),
        end_offset: char_column(nth_line(source, span.end_line), span.end_col),
        text: Some(line.to_owned()),
    };
    let mut error = SyntaxError::new(kind, message, span);
    error.shown = Some(Box::new(shown));
    Box::new(error)
}
