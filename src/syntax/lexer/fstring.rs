//! f-strings and t-strings (PEP 701, PEP 750): text and expressions take turns.
//!
//! Each open string has an [`FString`] on a stack. `in_text` says which of the two modes it is in: its
//! own text, which is scanned here, or the expression of a replacement field, which is lexed like any
//! other code until a bracket or colon at the field's own depth ends it.

use super::super::error::Shown;
use super::super::token::{Kind, Token};
use super::{Lexer, Result};

/// Deepest nesting of strings within strings, as CPython's `MAXFSTRINGLEVEL`.
const MAX_FSTRINGS: usize = 150;
/// Deepest nesting of fields in format specifications, as CPython's `MAX_EXPR_NESTING`.
const MAX_FIELDS: usize = 3;

/// An open f-string or t-string.
#[derive(Debug)]
pub(super) struct FString {
    pub letter: char,
    pub quote: u8,
    pub triple: bool,
    raw: bool,
    /// Offset, line and line start of the opening token.
    start: usize,
    line: u32,
    line_start: usize,
    /// Open brackets within this string, those of fields included.
    pub depth: u32,
    /// One entry per open field: the fields of a format specification lie within their outer field.
    pub fields: Vec<()>,
    pub in_text: bool,
    pub in_spec: bool,
}

impl Lexer<'_> {
    pub(super) fn fstring_start(&mut self, start: usize) -> Result<()> {
        let quote_at = self.raw.span().end - 1;
        let triple = self.is_triple(quote_at);
        let prefix = &self.source[start..quote_at];
        let letter = if prefix.contains(['t', 'T']) { 't' } else { 'f' };
        if triple {
            self.raw.bump(2);
        }
        if self.fstrings.len() + 1 >= MAX_FSTRINGS {
            return Err(self.error_at(self.raw.span().end, "too many nested f-strings or t-strings"));
        }
        self.fstrings.push(FString {
            letter,
            quote: self.source.as_bytes()[quote_at],
            triple,
            raw: prefix.contains(['r', 'R']),
            start,
            line: self.line,
            line_start: self.line_start,
            depth: 0,
            fields: Vec::new(),
            in_text: true,
            in_spec: false,
        });
        let kind = if letter == 't' { Kind::TStringStart } else { Kind::FStringStart };
        self.push(kind, start, self.raw.span().end);
        Ok(())
    }

    /// Scans text up to the next field or the end of the string.
    pub(super) fn fstring_text(&mut self) -> Result<()> {
        let start = self.raw.span().end;
        let bytes = self.source.as_bytes();
        let top = self.fstrings.len() - 1;
        let f = &self.fstrings[top];
        let (quote, triple, raw, in_spec, letter) = (f.quote, f.triple, f.raw, f.in_spec, f.letter);
        let within_field = !f.fields.is_empty();
        let in_spec_or_field = in_spec || within_field;
        let middle = if letter == 't' { Kind::TStringMiddle } else { Kind::FStringMiddle };
        let is_end = |at: usize| {
            bytes[at] == quote && (!triple || (bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote)))
        };
        let mut at = start;
        // A named escape `\N{...}` may hold braces that open no field.
        let mut named = false;
        loop {
            let Some(&byte) = bytes.get(at) else { return self.unterminated(start, true) };
            match byte {
                b'\n' if !triple => {
                    if in_spec {
                        let message = format!(
                            "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
                        );
                        self.count_lines(start, at);
                        return Err(self.error_at(at + 1, &message));
                    }
                    return self.unterminated(at, false);
                }
                b'{' if named => at += 1,
                b'}' if named => {
                    named = false;
                    at += 1;
                }
                b'{' if bytes.get(at + 1) == Some(&b'{') && !in_spec => {
                    self.middle(middle, start, at + 1, at + 2);
                    return Ok(());
                }
                b'{' => {
                    self.middle(middle, start, at, at);
                    let f = &mut self.fstrings[top];
                    f.in_text = false;
                    f.fields.push(());
                    if f.fields.len() > MAX_FIELDS {
                        let message = format!("{letter}-string: expressions nested too deeply");
                        return Err(self.error_at(at, &message));
                    }
                    return Ok(());
                }
                b'}' if bytes.get(at + 1) == Some(&b'}') && !in_spec && !within_field => {
                    self.middle(middle, start, at + 1, at + 2);
                    return Ok(());
                }
                b'}' => {
                    self.middle(middle, start, at, at);
                    if start == at && in_spec_or_field {
                        // An empty piece, as CPython has it, tells `{lambda:}` from `{}`.
                        self.push(middle, at, at);
                    }
                    self.fstrings[top].in_text = false;
                    return Ok(());
                }
                b'\\' => {
                    let next = bytes.get(at + 1).copied();
                    match next {
                        Some(b'{' | b'}') => at += 1,
                        Some(b'N') if !raw => {
                            named = bytes.get(at + 2) == Some(&b'{');
                            at += 2;
                        }
                        Some(_) => at += 2,
                        None => at += 1,
                    }
                }
                _ if is_end(at) => {
                    let size = if triple { 3 } else { 1 };
                    self.middle(middle, start, at, at);
                    let end = if letter == 't' { Kind::TStringEnd } else { Kind::FStringEnd };
                    self.raw.bump(size);
                    self.push(end, at, at + size);
                    self.drop_fstring();
                    return Ok(());
                }
                _ => at += 1,
            }
        }
    }

    /// Brackets opened within the string do not outlive it.
    fn drop_fstring(&mut self) {
        if let Some(f) = self.fstrings.pop() {
            let open = self.brackets.len().saturating_sub(f.depth as usize);
            if f.fields.is_empty() {
                self.brackets.truncate(open);
            }
        }
    }

    /// Adds the text `start..end`, if there is any, and goes on at `next`.
    fn middle(&mut self, kind: Kind, start: usize, end: usize, next: usize) {
        self.raw.bump(next - start);
        if start < end {
            let from = self.pos(start);
            self.count_lines(start, end);
            // The second half of a doubled brace counts to the token's extent, not to its text.
            let to = self.pos(next);
            self.out.tokens.push(Token { kind, start: start as u32, end: end as u32, from, to });
        }
        // The raw lexer measures the next text from the end of its last token.
        self.rewind(next);
    }

    fn unterminated(&mut self, newline_at: usize, at_eof: bool) -> Result<()> {
        let f = &self.fstrings[self.fstrings.len() - 1];
        let (letter, triple, start, line, line_start) = (f.letter, f.triple, f.start, f.line, f.line_start);
        let detected = if at_eof {
            self.last_line()
        } else {
            let from = self.line_start;
            self.line + self.source[from..newline_at].bytes().filter(|&b| b == b'\n').count() as u32
        };
        let message = if triple {
            format!("unterminated triple-quoted {letter}-string literal (detected at line {detected})")
        } else {
            format!("unterminated {letter}-string literal (detected at line {detected})")
        };
        self.out.error_at_eof = at_eof && triple;
        self.line = line;
        self.line_start = line_start;
        let offset = self.chars(start + 1);
        let text = Some(self.line_text(false));
        let shown = Shown { lineno: i64::from(line), offset, end_lineno: i64::from(line), end_offset: offset, text };
        Err(self.error(super::SyntaxErrorKind::SyntaxError, &message, shown))
    }
}
