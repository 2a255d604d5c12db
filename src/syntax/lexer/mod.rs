//! From text to tokens: what CPython's `Parser/lexer/lexer.c` does.
//!
//! `logos` finds the simple tokens (`token.rs`). This layer adds what needs a memory: line joining, the
//! bracket stack, indentation (`indent.rs`), numbers with CPython's errors (`number.rs`), strings
//! (`string.rs`) and the two modes of f-strings and t-strings (`fstring.rs`, PEP 701 and 750).
//!
//! CPython reads tokens one at a time and an error in the lexer is raised only if the parser gets that
//! far. Here the whole text is lexed first; so the error rests in [`Lexed::error`], behind the last good
//! token, and whoever steps over the end of the list raises it.

mod fstring;
mod indent;
mod number;
mod string;

use super::ast::Span;
use super::error::{Shown, SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningCategory};
use super::token::{Kind, Pos, Token};
pub use string::is_printable;

use fstring::FString;
use logos::Logos;

/// Deepest bracket nesting, as CPython's `MAXLEVEL`.
const MAX_BRACKETS: usize = 200;

/// How the text is to be lexed.
#[derive(Debug, Clone, Copy, Default)]
pub struct LexOptions {
    /// Keep comments and line ends that end no logical line, for `tokenize` and colouring.
    pub trivia: bool,
    /// The text was typed at a prompt: a compound statement wants a further line end after it, which the
    /// end of the text stands for.
    pub single: bool,
    /// At a prompt, a text that ends inside a block without a line end leaves the block open.
    pub keep_blocks_open: bool,
    /// `from __future__ import barry_as_FLUFL` is inherited.
    pub barry_as_flufl: bool,
}

/// The tokens of a text.
#[derive(Debug, Default)]
pub struct Lexed {
    pub tokens: Vec<Token>,
    /// The error that follows the last token.
    pub error: Option<Box<SyntaxError>>,
    /// Warnings, each with the index of the token that raised it.
    pub warnings: Vec<(usize, SyntaxWarning)>,
    /// Brackets open at the end of the text.
    pub open: Vec<Bracket>,
    /// The text ran out within the token that raised the error.
    pub error_at_eof: bool,
    /// The error goes before one that the parser finds on an earlier line. CPython's lexer raises such
    /// errors itself and leaves others (indentation, line joining, the end of the text) to its caller.
    pub error_overrides: bool,
    /// The error lies within an f-string, where the parser's own errors say more.
    pub error_in_fstring: bool,
}

/// An opening bracket that waits for its partner.
#[derive(Debug, Clone, Copy)]
pub struct Bracket {
    pub byte: u8,
    pub pos: Pos,
}

/// Lexes a whole text.
pub fn lex(source: &str, options: LexOptions) -> Lexed {
    let mut lexer = Lexer::new(source, options);
    if let Err(error) = lexer.run() {
        lexer.out.error_in_fstring = !lexer.fstrings.is_empty();
        lexer.out.error_overrides &= !lexer.out.error_in_fstring;
        lexer.out.error = Some(error);
    }
    lexer.out.open = lexer.brackets;
    lexer.out
}

type Result<T> = std::result::Result<T, Box<SyntaxError>>;

struct Lexer<'s> {
    source: &'s str,
    raw: logos::Lexer<'s, Kind>,
    options: LexOptions,
    line: u32,
    /// Where the current physical line starts.
    line_start: usize,
    indents: Vec<indent::Level>,
    brackets: Vec<Bracket>,
    fstrings: Vec<FString>,
    /// The next token is the first of its logical line.
    at_line_start: bool,
    /// Indentation of the line whose first part is nothing but blanks and a backslash.
    continued: u32,
    /// Where the comment that ends this line starts.
    comment: Option<usize>,
    /// `<>` is an operator (PEP 401).
    flufl: bool,
    out: Lexed,
}

impl<'s> Lexer<'s> {
    fn new(source: &'s str, options: LexOptions) -> Self {
        let tokens = Vec::with_capacity(source.len() / 4 + 8);
        let out = Lexed { tokens, error_overrides: true, ..Lexed::default() };
        Lexer {
            source,
            raw: Kind::lexer(source),
            options,
            line: 1,
            line_start: 0,
            indents: vec![indent::Level::default()],
            brackets: Vec::new(),
            fstrings: Vec::new(),
            at_line_start: true,
            continued: 0,
            comment: None,
            flufl: options.barry_as_flufl || source.contains("barry_as_FLUFL"),
            out,
        }
    }

    fn run(&mut self) -> Result<()> {
        loop {
            if let Some(top) = self.fstrings.last()
                && top.in_text
            {
                self.fstring_text()?;
                continue;
            }
            let Some(kind) = self.raw.next() else { return self.finish() };
            let start = self.raw.span().start;
            let Ok(kind) = kind else { return self.bad_character(start) };
            match kind {
                Kind::Space => {}
                Kind::Comment => {
                    self.comment = Some(start);
                    self.trivia(Kind::Comment, start);
                }
                Kind::Newline => self.newline(start),
                Kind::Backslash => self.continuation(start)?,
                _ => {
                    if self.at_line_start {
                        self.at_line_start = false;
                        if self.brackets.is_empty() {
                            self.indentation(start)?;
                        }
                    }
                    self.token(kind, start)?;
                }
            }
        }
    }

    /// Any token that is not layout.
    fn token(&mut self, kind: Kind, start: usize) -> Result<()> {
        match kind {
            Kind::Number => self.number(start),
            Kind::Name => self.name(start),
            Kind::String => self.string(start),
            Kind::FStringStart => self.fstring_start(start),
            Kind::Lpar | Kind::Lsqb | Kind::Lbrace => self.open(kind, start),
            Kind::Rpar | Kind::Rsqb | Kind::Rbrace => self.close(kind, start),
            Kind::NotEqual if !self.flufl && self.raw.slice() == "<>" => {
                self.push(Kind::Less, start, start + 1);
                self.push(Kind::Greater, start + 1, start + 2);
                Ok(())
            }
            Kind::Colon | Kind::ColonEqual | Kind::Exclamation | Kind::NotEqual => {
                self.maybe_field_end(kind, start);
                Ok(())
            }
            _ => {
                self.push(kind, start, self.raw.span().end);
                Ok(())
            }
        }
    }

    fn pos(&self, at: usize) -> Pos {
        Pos { line: self.line, col: (at - self.line_start) as u32 }
    }

    /// Adds a token that lies on the current line.
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let (from, to) = (self.pos(start), self.pos(end));
        self.out.tokens.push(Token { kind, start: start as u32, end: end as u32, from, to });
    }

    fn trivia(&mut self, kind: Kind, start: usize) {
        if self.options.trivia {
            self.push(kind, start, self.raw.span().end);
        }
    }

    fn next_line(&mut self, start_of_next: usize) {
        self.line += 1;
        self.line_start = start_of_next;
    }

    fn newline(&mut self, start: usize) {
        let end = start + 1;
        if self.brackets.is_empty() && self.fstrings.is_empty() && !self.at_line_start {
            // CPython's parser sees a line end that starts with the comment before it.
            let from = self.comment.filter(|_| !self.options.trivia).unwrap_or(start);
            self.push(Kind::Newline, from, end);
            self.at_line_start = true;
        } else {
            self.trivia(Kind::Nl, start);
        }
        self.comment = None;
        self.continued = 0;
        self.next_line(end);
    }

    /// A backslash: it must end its line, and a line must follow.
    fn continuation(&mut self, start: usize) -> Result<()> {
        let rest = self.raw.remainder().as_bytes();
        match rest.first() {
            Some(b'\n') if rest.len() > 1 => {
                if self.at_line_start && self.brackets.is_empty() {
                    self.continue_indentation(start);
                }
                self.raw.bump(1);
                self.next_line(start + 2);
                Ok(())
            }
            Some(b'\n') if !self.brackets.is_empty() => {
                self.out.error_at_eof = true;
                self.out.error_overrides = false;
                Err(self.unclosed())
            }
            Some(b'\n') => {
                self.out.error_at_eof = true;
                self.out.error_overrides = false;
                let end = (start + 1 + rest.len()) as i64;
                let shown = Shown {
                    lineno: i64::from(self.line),
                    offset: self.chars(end as usize),
                    end_lineno: i64::from(self.line),
                    end_offset: -1,
                    text: Some(self.line_text(true)),
                };
                Err(self.error(SyntaxErrorKind::SyntaxError, "unexpected EOF while parsing", shown))
            }
            other => {
                self.out.error_overrides = false;
                let offset = self.chars(start + 1) + i64::from(other.is_some());
                let shown = Shown {
                    lineno: i64::from(self.line),
                    offset,
                    end_lineno: i64::from(self.line),
                    end_offset: 0,
                    text: Some(self.line_text(true)),
                };
                let message = "unexpected character after line continuation character";
                Err(self.error(SyntaxErrorKind::SyntaxError, message, shown))
            }
        }
    }

    fn open(&mut self, kind: Kind, start: usize) -> Result<()> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(self.error_at(start + 1, "too many nested parentheses"));
        }
        let bracket = Bracket { byte: self.source.as_bytes()[start], pos: self.pos(start) };
        self.brackets.push(bracket);
        if let Some(f) = self.fstrings.last_mut() {
            f.depth += 1;
        }
        self.push(kind, start, start + 1);
        Ok(())
    }

    fn close(&mut self, kind: Kind, start: usize) -> Result<()> {
        let byte = self.source.as_bytes()[start];
        let closer = char::from(byte);
        if let Some(f) = self.fstrings.last()
            && f.depth == 0
            && byte == b'}'
        {
            let message = format!("{}-string: single '}}' is not allowed", f.letter);
            return Err(self.error_at(start + 1, &message));
        }
        let Some(open) = self.brackets.pop() else {
            return Err(self.error_at(start + 1, &format!("unmatched '{closer}'")));
        };
        if !matches!((open.byte, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            if let Some(f) = self.fstrings.last()
                && open.byte == b'{'
                && f.depth == f.fields.len() as u32
            {
                let message = format!("{}-string: unmatched '{closer}'", f.letter);
                return Err(self.error_at(start + 1, &message));
            }
            let opener = char::from(open.byte);
            let mut message = format!("closing parenthesis '{closer}' does not match opening parenthesis '{opener}'");
            if open.pos.line != self.line {
                message += &format!(" on line {}", open.pos.line);
            }
            return Err(self.error_at(start + 1, &message));
        }
        if let Some(f) = self.fstrings.last_mut() {
            f.depth = f.depth.saturating_sub(1);
            if byte == b'}' && f.depth + 1 == f.fields.len() as u32 {
                f.fields.pop();
                f.in_text = true;
                f.in_spec = false;
            }
        }
        self.push(kind, start, start + 1);
        Ok(())
    }

    /// `:` ends the expression of a replacement field when it stands outside its brackets; `:=` is then
    /// a format specification that starts with `=`.
    fn maybe_field_end(&mut self, kind: Kind, start: usize) {
        let end = self.raw.span().end;
        if let Some(f) = self.fstrings.last_mut()
            && matches!(kind, Kind::Colon | Kind::ColonEqual)
            && !f.fields.is_empty()
            && f.depth == f.fields.len() as u32
        {
            f.in_text = true;
            f.in_spec = true;
            if kind == Kind::ColonEqual {
                self.rewind(start + 1);
            }
            self.push(Kind::Colon, start, start + 1);
            return;
        }
        self.push(kind, start, end);
    }

    /// Continues lexing at `at`.
    fn rewind(&mut self, at: usize) {
        let mut raw = Kind::lexer(self.source);
        raw.bump(at);
        self.raw = raw;
    }

    /// The end of the text.
    fn finish(&mut self) -> Result<()> {
        let end = self.source.len();
        self.out.error_at_eof = true;
        self.out.error_overrides = false;
        if !self.brackets.is_empty() {
            return Err(self.unclosed());
        }
        let has_line_end = self.at_line_start;
        if has_line_end {
            if self.line_start < end && self.comment.is_none() {
                // Blanks without a line end: CPython takes them for an indented line.
                self.indentation(end)?;
            }
        } else {
            self.push(Kind::Newline, end, end);
        }
        let in_block = self.indents.len() > 1;
        if has_line_end || !self.options.keep_blocks_open {
            self.next_line(end);
            self.dedent_all();
            if self.options.single && !self.out.tokens.is_empty() && (has_line_end || in_block) {
                self.push(Kind::Newline, end, end);
            }
        }
        self.push(Kind::EndMarker, end, end);
        self.out.error_at_eof = false;
        Ok(())
    }

    /// The error for the innermost bracket that is still open.
    fn unclosed(&self) -> Box<SyntaxError> {
        let open = self.brackets.last().copied().unwrap_or(Bracket { byte: b'(', pos: Pos::default() });
        let shown = unclosed(self.source, open.pos.line, open.pos.col);
        let message = format!("'{}' was never closed", char::from(open.byte));
        self.error(SyntaxErrorKind::SyntaxError, &message, shown)
    }

    fn bad_character(&mut self, start: usize) -> Result<()> {
        let c = self.source[start..].chars().next().unwrap_or('\0');
        Err(self.invalid_character(start, c))
    }

    /// The error for a character that no token may hold.
    fn invalid_character(&self, at: usize, c: char) -> Box<SyntaxError> {
        let code = u32::from(c);
        let message = if string::is_printable(c) {
            format!("invalid character '{c}' (U+{code:04X})")
        } else {
            format!("invalid non-printable character U+{code:04X}")
        };
        self.error_at(at + c.len_utf8(), &message)
    }

    /// An identifier: ASCII needs no look, anything else must follow the XID rules after NFKC.
    fn name(&mut self, start: usize) -> Result<()> {
        let text = self.raw.slice();
        if !text.is_ascii() {
            for (i, c) in text.char_indices() {
                if !string::is_identifier_char(c, i == 0) {
                    return Err(self.invalid_character(start + i, c));
                }
            }
        }
        let next = self.raw.remainder().as_bytes().first();
        if matches!(next, Some(b'"' | b'\'')) && text.len() <= 3 {
            self.check_prefix(start, text)?;
        }
        self.push(Kind::Name, start, self.raw.span().end);
        Ok(())
    }

    /// Column of byte `at` of the current line, in code points from 1 after it (that is, how many code
    /// points lie before it).
    fn chars(&self, at: usize) -> i64 {
        chars_between(self.source, self.line_start, at)
    }

    /// The text of the current line, with its line end or without.
    fn line_text(&self, with_end: bool) -> String {
        let rest = &self.source[self.line_start..];
        let end = rest.find('\n').map_or(rest.len(), |i| i + usize::from(with_end));
        rest[..end].to_owned()
    }

    /// CPython's `_PyTokenizer_syntaxerror`: both ends are the place where the lexer stands.
    fn error_at(&self, at: usize, message: &str) -> Box<SyntaxError> {
        let offset = self.chars(at);
        self.error_range(offset, offset, message)
    }

    fn error_range(&self, offset: i64, end_offset: i64, message: &str) -> Box<SyntaxError> {
        let line = i64::from(self.line);
        let text = Some(self.line_text(false));
        let shown = Shown { lineno: line, offset, end_lineno: line, end_offset, text };
        self.error(SyntaxErrorKind::SyntaxError, message, shown)
    }

    fn error(&self, kind: SyntaxErrorKind, message: &str, shown: Shown) -> Box<SyntaxError> {
        let start = shown.offset.max(1) as u32 - 1;
        let line = shown.lineno as u32;
        let span = Span { line, col: start, end_line: line, end_col: shown.end_offset.max(shown.offset) as u32 };
        let mut error = SyntaxError::new(kind, message, span);
        error.shown = Some(Box::new(shown));
        Box::new(error)
    }

    fn warn(&mut self, category: WarningCategory, message: String) {
        let pos = Span { line: self.line, col: 0, end_line: self.line, end_col: 0 };
        self.out.warnings.push((self.out.tokens.len(), SyntaxWarning { category, message, span: pos }));
    }
}

/// How many code points lie between two byte offsets.
fn chars_between(source: &str, from: usize, to: usize) -> i64 {
    let to = to.min(source.len());
    source.as_bytes()[from.min(to)..to].iter().filter(|&&b| b & 0xC0 != 0x80).count() as i64
}

/// Where an unclosed bracket is shown: its column, and no end.
pub fn unclosed(source: &str, line: u32, col: u32) -> Shown {
    let text = nth_line(source, line);
    let offset = chars_between(text, 0, col as usize) + 1;
    Shown { lineno: i64::from(line), offset, end_lineno: i64::from(line), end_offset: 0, text: Some(text.to_owned()) }
}

/// The `line`th line of a text (from 1), with its line end.
pub fn nth_line(source: &str, line: u32) -> &str {
    source.split_inclusive('\n').nth(line.saturating_sub(1) as usize).unwrap_or("")
}
