//! String and number literals: from spelling to value.

use super::super::ast::*;
use super::super::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningCategory};
use super::super::report;
use super::super::token::{Kind, Token};
use super::{Build, Builder, Reject, Tok, reject};
use num_bigint::BigInt;
use std::sync::Arc;

/// Longest decimal integer literal (`sys.get_int_max_str_digits()` at start): conversion is quadratic.
const MAX_DIGITS: usize = 4300;

/// One of the adjacent literals that make a string.
#[derive(Debug)]
pub enum StringPart {
    Plain(Tok),
    /// A `JoinedStr` as its pieces.
    Format(Vec<ExprId>),
    Template(Vec<ExprId>),
}

fn literal<T>(error: Box<SyntaxError>) -> Build<T> {
    Err(lalrpop_util::ParseError::User { error: Reject::Literal(error) })
}

/// Escape sequences that could not be decoded: where, in CPython's count of bytes, and why.
struct BadEscape {
    from: usize,
    to: usize,
    reason: &'static str,
}

impl Builder<'_> {
    pub fn number(&mut self, tok: Tok) -> Build<ExprId> {
        let span = self.token(tok).span();
        let raw = self.text(tok);
        let text: String;
        let digits = if raw.contains('_') {
            text = raw.replace('_', "");
            &text
        } else {
            raw
        };
        let value = match digits.as_bytes() {
            [b'0', b'x' | b'X', ..] => radix(&digits[2..], 16),
            [b'0', b'o' | b'O', ..] => radix(&digits[2..], 8),
            [b'0', b'b' | b'B', ..] => radix(&digits[2..], 2),
            [.., b'j' | b'J'] => Constant::Imaginary(digits[..digits.len() - 1].parse().unwrap_or(f64::INFINITY)),
            bytes if bytes.iter().any(|b| matches!(b, b'.' | b'e' | b'E')) => {
                Constant::Float(digits.parse().unwrap_or(f64::INFINITY))
            }
            _ if digits.len() > MAX_DIGITS => return literal(self.too_many_digits(span, digits.len())),
            _ => radix(digits, 10),
        };
        Ok(self.constant(value, span))
    }

    fn too_many_digits(&self, span: Span, count: usize) -> Box<SyntaxError> {
        let message = format!(
            "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {count} digits; \
             use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer \
             literals to avoid decimal conversion limits."
        );
        let mut error = report::at_span(self.source, SyntaxErrorKind::SyntaxError, span, message);
        if let Some(shown) = &mut error.shown {
            (shown.offset, shown.end_offset) = (0, 0);
        }
        error
    }

    /// Adjacent literals are one string.
    pub fn strings(&mut self, parts: Vec<StringPart>, span: Span) -> Build<ExprId> {
        if let [StringPart::Plain(tok)] = parts[..] {
            let value = self.plain(tok)?;
            return Ok(self.constant(value, span));
        }
        let templates = parts.iter().filter(|p| matches!(p, StringPart::Template(_))).count();
        if templates == parts.len() {
            let pieces = parts.into_iter().flat_map(|p| if let StringPart::Template(v) = p { v } else { Vec::new() });
            let pieces = self.fold_constants(pieces.collect());
            return Ok(self.ast.expr(span, ExprKind::TemplateStr(pieces)));
        }
        let is_bytes = |p: &StringPart| matches!(p, StringPart::Plain(tok) if self.text(*tok).split(['"', '\'']).next().is_some_and(|p| p.contains(['b', 'B'])));
        let bytes = parts.iter().filter(|p| is_bytes(p)).count();
        if templates > 0 || (bytes > 0 && bytes < parts.len()) {
            return reject();
        }
        if parts.iter().all(|p| matches!(p, StringPart::Plain(_))) {
            return self.concatenate(&parts, span);
        }
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                StringPart::Plain(tok) => {
                    let value = self.plain(tok)?;
                    let span = self.token(tok).span();
                    pieces.push(self.constant(value, span));
                }
                StringPart::Format(list) | StringPart::Template(list) => pieces.extend(list),
            }
        }
        let pieces = self.fold_constants(pieces);
        Ok(self.ast.expr(span, ExprKind::JoinedStr(pieces)))
    }

    fn concatenate(&mut self, parts: &[StringPart], span: Span) -> Build<ExprId> {
        let mut all: Vec<u8> = Vec::new();
        let mut first = None;
        for part in parts {
            let StringPart::Plain(tok) = part else { continue };
            let value = self.plain(*tok)?;
            match &value {
                Constant::Str { text, .. } => all.extend_from_slice(&text.0),
                Constant::Bytes(bytes) => all.extend_from_slice(bytes),
                _ => {}
            }
            first.get_or_insert(value);
        }
        let value = match first {
            Some(Constant::Bytes(_)) => Constant::Bytes(all.into()),
            Some(Constant::Str { u, .. }) => Constant::Str { text: Text(all.into()), u },
            _ => return reject(),
        };
        Ok(self.constant(value, span))
    }

    /// The value of one plain literal.
    fn plain(&mut self, tok: Tok) -> Build<Constant> {
        let token = *self.token(tok);
        let text = self.text(tok);
        let quote_at = text.find(['"', '\'']).unwrap_or(0);
        let (prefix, rest) = text.split_at(quote_at);
        let size = if rest.len() >= 6
            && rest.as_bytes()[1] == rest.as_bytes()[0]
            && rest.as_bytes()[2] == rest.as_bytes()[0]
        {
            3
        } else {
            1
        };
        let body = &rest[size..rest.len() - size];
        let raw = prefix.contains(['r', 'R']);
        if prefix.contains(['b', 'B']) {
            return self.bytes(body, raw, &token);
        }
        let u = prefix == "u";
        Ok(Constant::Str { text: self.decode(body, raw, &token)?, u })
    }

    fn bytes(&mut self, body: &str, raw: bool, token: &Token) -> Build<Constant> {
        if !body.is_ascii() {
            let message = "bytes can only contain ASCII literal characters";
            return literal(report::at_span(self.source, SyntaxErrorKind::SyntaxError, token.span(), message));
        }
        let body = body.as_bytes();
        if raw || !body.contains(&b'\\') {
            return Ok(Constant::Bytes(Arc::from(body)));
        }
        let mut out = Vec::with_capacity(body.len());
        let mut warned = false;
        let mut at = 0;
        while at < body.len() {
            if body[at] != b'\\' {
                out.push(body[at]);
                at += 1;
                continue;
            }
            let escape = at;
            at += 1;
            let Some(&byte) = body.get(at) else { break };
            at += 1;
            match byte {
                b'\n' => {}
                b'x' => {
                    let digits = body.get(at..at + 2).and_then(|d| std::str::from_utf8(d).ok());
                    let value = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                    let Some(value) = value.and_then(|d| u8::from_str_radix(d, 16).ok()) else {
                        let message = format!("(value error) invalid \\x escape at position {escape}");
                        let kind = SyntaxErrorKind::SyntaxError;
                        return literal(report::at_span(self.source, kind, token.span(), message));
                    };
                    out.push(value);
                    at += 2;
                }
                b'0'..=b'7' => {
                    let (value, end) = octal(body, at - 1);
                    at = end;
                    if value > 0o377 && !warned {
                        warned = true;
                        self.warn_octal(body, escape, token);
                    }
                    out.push(value as u8);
                }
                _ => match simple_escape(byte) {
                    Some(value) => out.push(value),
                    None => {
                        if !warned {
                            warned = true;
                            self.warn_escape(body, escape, char::from(byte), token);
                        }
                        out.extend([b'\\', byte]);
                    }
                },
            }
        }
        Ok(Constant::Bytes(out.into()))
    }

    /// Decodes the text of a string or of a piece of an f-string.
    pub(super) fn decode(&mut self, body: &str, raw: bool, token: &Token) -> Build<Text> {
        if raw || !body.contains('\\') {
            return Ok(Text::new(body));
        }
        match self.unescape(body, token) {
            Ok(text) => Ok(text),
            Err(bad) => {
                let place = match bad.to - bad.from {
                    1 => format!("byte 0x5c in position {}", bad.from),
                    _ => format!("bytes in position {}-{}", bad.from, bad.to - 1),
                };
                let message = format!("(unicode error) 'unicodeescape' codec can't decode {place}: {}", bad.reason);
                literal(report::at_span(self.source, SyntaxErrorKind::SyntaxError, token.span(), message))
            }
        }
    }

    fn unescape(&mut self, body: &str, token: &Token) -> Result<Text, BadEscape> {
        let bytes = body.as_bytes();
        let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
        let mut warned = false;
        let mut at = 0;
        // CPython spells a character beyond ASCII as `\UXXXXXXXX` first and counts positions in that.
        let mut extra = 0;
        while at < bytes.len() {
            if bytes[at] != b'\\' {
                let run = bytes[at..].iter().position(|&b| b == b'\\').unwrap_or(bytes.len() - at);
                let text = &body[at..at + run];
                extra += text.chars().filter(|c| !c.is_ascii()).map(|c| 10 - c.len_utf8()).sum::<usize>();
                out.extend_from_slice(text.as_bytes());
                at += run;
                continue;
            }
            let escape = at;
            at += 1;
            let byte = match bytes.get(at) {
                Some(b) if b.is_ascii() => *b,
                _ => {
                    out.push(b'\\');
                    extra += 5;
                    continue;
                }
            };
            at += 1;
            let bad = |to: usize, reason| BadEscape { from: escape + extra, to: to + extra, reason };
            match byte {
                b'\n' => {}
                b'x' | b'u' | b'U' => {
                    let (count, reason) = match byte {
                        b'x' => (2, r"truncated \xXX escape"),
                        b'u' => (4, r"truncated \uXXXX escape"),
                        _ => (8, r"truncated \UXXXXXXXX escape"),
                    };
                    let digits = bytes[at..].iter().take(count).take_while(|b| b.is_ascii_hexdigit()).count();
                    if digits < count {
                        return Err(bad(at + digits, reason));
                    }
                    let code = u32::from_str_radix(&body[at..at + count], 16).unwrap_or(u32::MAX);
                    at += count;
                    if code > 0x10FFFF {
                        return Err(bad(at, "illegal Unicode character"));
                    }
                    push_code_point(&mut out, code);
                }
                b'0'..=b'7' => {
                    let (value, end) = octal(bytes, at - 1);
                    at = end;
                    if value > 0o377 && !warned {
                        warned = true;
                        self.warn_octal(bytes, escape, token);
                    }
                    push_code_point(&mut out, value);
                }
                b'N' => {
                    let malformed = r"malformed \N character escape";
                    if bytes.get(at) != Some(&b'{') {
                        return Err(bad(at, malformed));
                    }
                    let rest = &body[at + 1..];
                    let Some(close) = rest.find('}') else { return Err(bad(bytes.len(), malformed)) };
                    if close == 0 {
                        return Err(bad(at + 1, malformed));
                    }
                    at += close + 2;
                    match crate::syntax::character_names::lookup(&rest[..close]) {
                        Some(c) => push_code_point(&mut out, c),
                        None => return Err(bad(at, "unknown Unicode character name")),
                    }
                }
                _ => match simple_escape(byte) {
                    Some(value) => out.push(value),
                    None => {
                        let braces = token.kind != Kind::String && matches!(byte, b'{' | b'}');
                        if !warned && !braces {
                            warned = true;
                            self.warn_escape(bytes, escape, char::from(byte), token);
                        }
                        out.extend([b'\\', byte]);
                    }
                },
            }
        }
        Ok(Text(out.into()))
    }

    fn warn_octal(&mut self, body: &[u8], escape: usize, token: &Token) {
        let digits: String = body[escape + 1..escape + 4].iter().map(|&b| char::from(b)).collect();
        self.warn_spelling(body, escape, &digits, "an invalid octal escape sequence", token);
    }

    pub(super) fn warn_escape(&mut self, body: &[u8], escape: usize, c: char, token: &Token) {
        self.warn_spelling(body, escape, &c.to_string(), "an invalid escape sequence", token);
    }

    fn warn_spelling(&mut self, body: &[u8], escape: usize, spelling: &str, what: &str, token: &Token) {
        let lines = body[..escape].iter().filter(|&&b| b == b'\n').count() as u32;
        let line = self.escape_line.unwrap_or(token.from.line) + lines;
        let message = format!(
            "\"\\{spelling}\" is {what}. Such sequences will not work in the future. \
             Did you mean \"\\\\{spelling}\"? A raw string is also an option."
        );
        let span = Span { line, col: token.from.col, end_line: line, end_col: token.from.col };
        self.warnings.push(SyntaxWarning { category: WarningCategory::SyntaxWarning, message, span });
    }
}

fn radix(digits: &str, radix: u32) -> Constant {
    match i64::from_str_radix(digits, radix) {
        Ok(value) => Constant::Int(value),
        Err(_) => Constant::BigInt(BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default()),
    }
}

fn simple_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'\\' | b'\'' | b'"' => byte,
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        _ => return None,
    })
}

/// Up to three octal digits from `at`: their value and where they end.
fn octal(body: &[u8], at: usize) -> (u32, usize) {
    let mut value = 0;
    let mut end = at;
    while end < body.len() && end < at + 3 && (b'0'..b'8').contains(&body[end]) {
        value = value * 8 + u32::from(body[end] - b'0');
        end += 1;
    }
    (value, end)
}

/// Appends a code point in WTF-8: lone surrogates are encoded like any other.
fn push_code_point(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]),
    }
}
