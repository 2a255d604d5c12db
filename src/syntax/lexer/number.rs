//! Numbers: where they end, and CPython's words for the many ways in which they may be wrong.

use super::super::error::WarningCategory;
use super::super::token::Kind;
use super::{Lexer, Result};

/// What may follow a number directly (`1if x else y`); it is warned about.
const KEYWORDS_AFTER: [&str; 8] = ["and", "else", "for", "if", "in", "is", "or", "not"];

impl Lexer<'_> {
    pub(super) fn number(&mut self, start: usize) -> Result<()> {
        let end = self.number_end(start)?;
        let seen = self.raw.span().end;
        self.raw.bump(end - seen);
        self.push(Kind::Number, start, end);
        Ok(())
    }

    fn byte(&self, at: usize) -> u8 {
        self.source.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn number_end(&mut self, start: usize) -> Result<usize> {
        let mut at = start;
        if self.byte(at) == b'.' {
            return self.fraction(at + 1);
        }
        if self.byte(at) != b'0' {
            at = self.decimal_tail(at)?;
            return self.after_integer(at);
        }
        match self.byte(at + 1) {
            b'x' | b'X' => self.radix(at + 2, "hexadecimal", |b| b.is_ascii_hexdigit()),
            b'o' | b'O' => self.radix(at + 2, "octal", |b| (b'0'..b'8').contains(&b)),
            b'b' | b'B' => self.radix(at + 2, "binary", |b| matches!(b, b'0' | b'1')),
            _ => {
                at += 1;
                loop {
                    if self.byte(at) == b'_' {
                        at += 1;
                        if !self.byte(at).is_ascii_digit() {
                            return Err(self.error_at(at, "invalid decimal literal"));
                        }
                    }
                    if self.byte(at) != b'0' {
                        break;
                    }
                    at += 1;
                }
                let zeros_end = at + 1;
                let nonzero = self.byte(at).is_ascii_digit();
                if nonzero {
                    at = self.decimal_tail(at)?;
                    if !matches!(self.byte(at), b'.' | b'e' | b'E' | b'j' | b'J') {
                        let message = "leading zeros in decimal integer literals are not permitted; \
                                       use an 0o prefix for octal integers";
                        let (from, to) = (self.chars(start + 1), self.chars(zeros_end));
                        return Err(self.error_range(from, to, message));
                    }
                }
                self.after_integer(at)
            }
        }
    }

    /// Digits with single underscores between them; `at` is on a digit.
    fn decimal_tail(&mut self, mut at: usize) -> Result<usize> {
        loop {
            while self.byte(at).is_ascii_digit() {
                at += 1;
            }
            if self.byte(at) != b'_' {
                return Ok(at);
            }
            at += 1;
            if !self.byte(at).is_ascii_digit() {
                return Err(self.error_at(at, "invalid decimal literal"));
            }
        }
    }

    fn radix(&mut self, mut at: usize, name: &'static str, digit: fn(u8) -> bool) -> Result<usize> {
        loop {
            if self.byte(at) == b'_' {
                at += 1;
            }
            let byte = self.byte(at);
            if !digit(byte) {
                if byte.is_ascii_digit() {
                    return Err(self.bad_digit(at, name));
                }
                return Err(self.error_at(at, &format!("invalid {name} literal")));
            }
            while digit(self.byte(at)) {
                at += 1;
            }
            if self.byte(at) != b'_' {
                break;
            }
        }
        if self.byte(at).is_ascii_digit() {
            return Err(self.bad_digit(at, name));
        }
        self.verify_end(at, name)
    }

    fn bad_digit(&self, at: usize, name: &str) -> Box<super::SyntaxError> {
        let digit = char::from(self.byte(at));
        self.error_at(at + 1, &format!("invalid digit '{digit}' in {name} literal"))
    }

    fn after_integer(&mut self, at: usize) -> Result<usize> {
        if self.byte(at) == b'.' {
            return self.fraction(at + 1);
        }
        self.exponent(at)
    }

    fn fraction(&mut self, mut at: usize) -> Result<usize> {
        if self.byte(at).is_ascii_digit() {
            at = self.decimal_tail(at)?;
        }
        self.exponent(at)
    }

    fn exponent(&mut self, mut at: usize) -> Result<usize> {
        if matches!(self.byte(at), b'e' | b'E') {
            let mut digits = at + 1;
            let signed = matches!(self.byte(digits), b'+' | b'-');
            digits += usize::from(signed);
            if self.byte(digits).is_ascii_digit() {
                at = self.decimal_tail(digits)?;
            } else if signed {
                return Err(self.error_at(digits, "invalid decimal literal"));
            } else {
                return self.verify_end(at, "decimal");
            }
        }
        if matches!(self.byte(at), b'j' | b'J') {
            return self.verify_end(at + 1, "imaginary");
        }
        self.verify_end(at, "decimal")
    }

    /// A number may touch a keyword that can follow it (with a warning), no other word.
    fn verify_end(&mut self, at: usize, name: &str) -> Result<usize> {
        let byte = self.byte(at);
        if !(byte.is_ascii_alphanumeric() || byte == b'_') {
            return Ok(at);
        }
        let rest = &self.source[at..];
        if KEYWORDS_AFTER.iter().any(|word| rest.starts_with(word)) {
            self.warn(WarningCategory::SyntaxWarning, format!("invalid {name} literal"));
            return Ok(at);
        }
        Err(self.error_at(at, &format!("invalid {name} literal")))
    }
}
