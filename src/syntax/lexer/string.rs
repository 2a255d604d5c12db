//! Plain string literals, their prefixes, and the character classes of identifiers.

use super::super::token::{Kind, Token};
use super::{Lexer, Result};
use unicode_general_category::{GeneralCategory, get_general_category};

/// `str.isprintable` of one character.
pub fn is_printable(c: char) -> bool {
    use GeneralCategory::*;
    c == ' '
        || !matches!(
            get_general_category(c),
            Control
                | Format
                | Surrogate
                | PrivateUse
                | Unassigned
                | LineSeparator
                | ParagraphSeparator
                | SpaceSeparator
        )
}

/// Whether `c` may stand in an identifier (PEP 3131), at its start or after it.
pub fn is_identifier_char(c: char, first: bool) -> bool {
    c == '_' || if first { unicode_ident::is_xid_start(c) } else { unicode_ident::is_xid_continue(c) }
}

/// The end of a string whose body starts at `at`, or where and why there is none.
pub(super) enum Scan {
    /// Offset just after the closing quotes.
    End(usize),
    Unterminated {
        escaped_quote: bool,
        at_eof: bool,
    },
}

/// Finds the closing quotes; counts nothing else.
pub(super) fn scan(source: &[u8], mut at: usize, quote: u8, triple: bool) -> Scan {
    let mut escaped_quote = false;
    loop {
        match source.get(at) {
            None => return Scan::Unterminated { escaped_quote, at_eof: true },
            Some(b'\n') if !triple => return Scan::Unterminated { escaped_quote, at_eof: false },
            Some(b'\\') => {
                escaped_quote |= source.get(at + 1) == Some(&quote);
                at += 2;
            }
            Some(&b) if b == quote => {
                if !triple {
                    return Scan::End(at + 1);
                }
                if source.get(at + 1) == Some(&quote) && source.get(at + 2) == Some(&quote) {
                    return Scan::End(at + 3);
                }
                at += 1;
            }
            Some(_) => at += 1,
        }
    }
}

/// Pairs of prefix letters that exclude each other, in the order CPython reports them.
const INCOMPATIBLE: [(char, char); 6] = [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't')];

impl Lexer<'_> {
    /// Whether a string opens with three quotes; `quote_at` is the offset of the first.
    pub(super) fn is_triple(&self, quote_at: usize) -> bool {
        let bytes = self.source.as_bytes();
        let quote = bytes[quote_at];
        bytes.get(quote_at + 1) == Some(&quote) && bytes.get(quote_at + 2) == Some(&quote)
    }

    pub(super) fn string(&mut self, start: usize) -> Result<()> {
        let bytes = self.source.as_bytes();
        let quote_at = self.raw.span().end - 1;
        let quote = bytes[quote_at];
        let triple = self.is_triple(quote_at);
        let body = quote_at + if triple { 3 } else { 1 };
        match scan(bytes, body, quote, triple) {
            Scan::End(end) => {
                self.raw.bump(end - quote_at - 1);
                let from = self.pos(start);
                self.count_lines(start, end);
                let to = self.pos(end);
                self.out.tokens.push(Token { kind: Kind::String, start: start as u32, end: end as u32, from, to });
                Ok(())
            }
            Scan::Unterminated { escaped_quote, at_eof } => {
                if let Some(f) = self.fstrings.last()
                    && f.quote == quote
                    && f.triple == triple
                {
                    return Err(self.error_at(start + 1, &format!("{}-string: expecting '}}'", f.letter)));
                }
                self.out.error_at_eof = at_eof;
                let message = if triple {
                    let line = self.last_line();
                    format!("unterminated triple-quoted string literal (detected at line {line})")
                } else {
                    let escaped = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
                    let line = self.line + self.lines_in_string(body);
                    format!("unterminated string literal (detected at line {line}){escaped}")
                };
                Err(self.error_at(start + 1, &message))
            }
        }
    }

    /// Lines that backslashes joined within an unterminated single-quoted string.
    fn lines_in_string(&self, body: usize) -> u32 {
        let bytes = self.source.as_bytes();
        let (mut at, mut lines) = (body, 0);
        while at < bytes.len() && bytes[at] != b'\n' {
            if bytes[at] == b'\\' {
                at += 1;
                lines += u32::from(bytes.get(at) == Some(&b'\n') && at + 1 < bytes.len());
            }
            at += 1;
        }
        lines
    }

    /// The number of the text's last line.
    pub(super) fn last_line(&self) -> u32 {
        let lines = self.source.bytes().filter(|&b| b == b'\n').count() as u32;
        (lines + u32::from(!self.source.ends_with('\n'))).max(1)
    }

    /// Steps over the line ends within a token.
    pub(super) fn count_lines(&mut self, start: usize, end: usize) {
        let bytes = &self.source.as_bytes()[start..end];
        for (i, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'\n') {
            self.next_line(start + i + 1);
        }
    }

    /// A word that touches a quote: all of its letters may be prefix letters that do not go together.
    pub(super) fn check_prefix(&self, start: usize, word: &str) -> Result<()> {
        let lower = word.to_ascii_lowercase();
        let all = "ubrft".chars().filter(|&c| lower.contains(c)).count();
        if all != lower.chars().count() {
            return Ok(());
        }
        let has = |c| lower.contains(c);
        let pair = INCOMPATIBLE.into_iter().find(|&(a, b)| has(a) && has(b));
        let Some((a, b)) = pair.or_else(|| (has('f') && has('t')).then_some(('f', 't'))) else { return Ok(()) };
        let from = self.chars(start) + 1;
        let to = self.chars(start + word.len()) + 1;
        Err(self.error_range(from, to, &format!("'{a}' and '{b}' prefixes are incompatible")))
    }
}
