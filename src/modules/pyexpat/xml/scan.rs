//! What the grammar is made of. A scanner reads from a text at a position; where the text ends too early it says
//! [`Stop::More`], and the whole construct is read again when more has come.

use super::{Code, code};

/// Why a construct could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The text ends before the construct does.
    More,
    /// An error, and where in the text it stands.
    Error(Code, usize),
}

pub type Scanned<T> = Result<T, Stop>;

/// Text that is being read.
#[derive(Clone, Copy)]
pub struct Scanner<'a> {
    pub text: &'a str,
    pub at: usize,
}

/// White space of XML.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether a document may hold the character.
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

pub fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '_' | ':' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}')
}

pub fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether a public identifier may hold the character.
pub fn is_public_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c)
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str, at: usize) -> Scanner<'a> {
        Scanner { text, at }
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    pub fn peek(&self) -> Scanned<char> {
        self.rest().chars().next().ok_or(Stop::More)
    }

    /// Whether the text goes on with these characters. Asks for more where it may.
    pub fn looks_at(&self, word: &str) -> Scanned<bool> {
        let rest = self.rest();
        if rest.starts_with(word) {
            Ok(true)
        } else if word.starts_with(rest) {
            Err(Stop::More)
        } else {
            Ok(false)
        }
    }

    /// Reads these characters, if they come next.
    pub fn take(&mut self, word: &str) -> Scanned<bool> {
        let found = self.looks_at(word)?;
        if found {
            self.at += word.len();
        }
        Ok(found)
    }

    /// An error where the scanner stands.
    pub fn error<T>(&self, code: Code) -> Scanned<T> {
        Err(Stop::Error(code, self.at))
    }

    pub fn invalid<T>(&self) -> Scanned<T> {
        self.error(code::INVALID_TOKEN)
    }

    /// Reads white space; whether there was any.
    pub fn spaces(&mut self) -> bool {
        let before = self.at;
        self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        self.at > before
    }

    /// Reads these characters or fails.
    pub fn expect(&mut self, word: &str) -> Scanned<()> {
        for expected in word.chars() {
            if self.peek()? != expected {
                return self.invalid();
            }
            self.at += expected.len_utf8();
        }
        Ok(())
    }

    /// A name.
    pub fn name(&mut self) -> Scanned<&'a str> {
        let start = self.at;
        if !is_name_start(self.peek()?) {
            return self.invalid();
        }
        self.name_token()?;
        Ok(&self.text[start..self.at])
    }

    /// Characters of a name, whichever comes first.
    pub fn name_token(&mut self) -> Scanned<&'a str> {
        let start = self.at;
        match self.rest().find(|c| !is_name_char(c)) {
            Some(0) => self.invalid(),
            Some(length) => {
                self.at += length;
                Ok(&self.text[start..self.at])
            }
            None => Err(Stop::More),
        }
    }

    /// A value in quotes, without them. Characters that may stand nowhere are refused.
    pub fn quoted(&mut self) -> Scanned<&'a str> {
        let quote = self.peek()?;
        if !matches!(quote, '"' | '\'') {
            return self.invalid();
        }
        self.at += 1;
        let start = self.at;
        loop {
            let c = self.peek()?;
            if c == quote {
                self.at += 1;
                return Ok(&self.text[start..self.at - 1]);
            }
            if !is_char(c) {
                return self.invalid();
            }
            self.at += c.len_utf8();
        }
    }

    /// What stands before `end`, which is read too. Characters that may stand nowhere are refused.
    pub fn until(&mut self, end: &str) -> Scanned<&'a str> {
        let rest = self.rest();
        let length = rest.find(end);
        let seen = &rest[..length.unwrap_or(rest.len())];
        if let Some(bad) = seen.find(|c| !is_char(c)) {
            return Err(Stop::Error(code::INVALID_TOKEN, self.at + bad));
        }
        match length {
            Some(length) => {
                self.at += length + end.len();
                Ok(seen)
            }
            None => Err(Stop::More),
        }
    }
}

/// Line ends as a program sees them.
pub fn with_plain_lines(text: &str) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text.to_owned(),
    }
}
