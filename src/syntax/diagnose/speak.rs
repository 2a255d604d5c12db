//! From a match of an error rule to the exception: the word for an expression, the place, the message.

use super::super::ast::Span;
use super::super::error::{Shown, SyntaxError, SyntaxErrorKind};
use super::super::lexer::{nth_line, unclosed};
use super::super::report::char_column;
use super::super::token::Kind;
use super::engine::{Engine, Fail, Match, Value};
use super::notation::Node;

/// A place as CPython has it: a line, and a column that is -1 where the token has none.
type Place = (u32, i64);

/// What CPython calls an expression (`_PyPegen_get_expr_name`).
fn expression_name(value: &Value) -> &'static str {
    match value.node {
        Node::Attribute => "attribute",
        Node::Subscript => "subscript",
        Node::Starred => "starred",
        Node::Name => "name",
        Node::ListDisplay => "list",
        Node::Tuple => "tuple",
        Node::Lambda => "lambda",
        Node::Call => "function call",
        Node::BoolOp | Node::BinOp | Node::UnaryOp => "expression",
        Node::GeneratorExp => "generator expression",
        Node::Yield => "yield expression",
        Node::Await => "await expression",
        Node::ListComp => "list comprehension",
        Node::SetComp => "set comprehension",
        Node::DictComp => "dict comprehension",
        Node::Dict => "dict literal",
        Node::Set => "set display",
        Node::Strings if value.kids().iter().any(|part| part.node == Node::FString) => "f-string expression",
        Node::TString => "t-string expression",
        Node::None => "None",
        Node::True => "True",
        Node::False => "False",
        Node::Ellipsis => "ellipsis",
        Node::Compare => "comparison",
        Node::IfExp => "conditional expression",
        Node::NamedExpr => "named expression",
        _ => "literal",
    }
}

/// The part of `value` that cannot be a target (`_PyPegen_get_invalid_target`).
fn invalid_target<'v>(value: &'v Value, kind: &str) -> Option<&'v Value> {
    let mut todo = vec![value];
    while let Some(value) = todo.pop() {
        match value.node {
            Node::Name | Node::Attribute | Node::Subscript => {}
            Node::ListDisplay | Node::Tuple => todo.extend(value.kids().iter().rev()),
            Node::Starred if kind == "delete" => return Some(value),
            Node::Starred => todo.extend(value.kids().iter().rev()),
            // `for x in y` reads as a comparison.
            Node::Compare if kind == "for" => match value.kids() {
                [left, op, ..] if op.node == Node::In => todo.push(left),
                _ => return None,
            },
            _ => return Some(value),
        }
    }
    None
}

/// First and last node of a list.
fn first(value: &Value) -> &Value {
    match (value.node, value.kids()) {
        (Node::List, [kid, ..]) => first(kid),
        _ => value,
    }
}

fn last(value: &Value) -> &Value {
    match (value.node, value.kids()) {
        (Node::List | Node::Clause, [.., kid]) => last(kid),
        _ => value,
    }
}

impl Engine<'_> {
    /// Runs the action of an error rule.
    pub(super) fn speak(
        &mut self,
        how: &str,
        args: &[&str],
        message: &str,
        from: usize,
        to: usize,
        pieces: &[(char, Value)],
    ) -> Match<Value> {
        let nothing = Value { node: Node::Other, from, to, kids: None };
        let piece = |name: &str| pieces.iter().find(|p| name.starts_with(p.0)).map_or(&nothing, |p| &p.1);
        let a = args.first().map_or(&nothing, |name| piece(name));
        let b = args.get(1).map_or(a, |name| piece(name));
        let text = self.fill_in(message, pieces);
        let fine = Ok(Value { node: Node::Literal, from, to, kids: None });
        let error = match how {
            "loc" => self.known(first(a).from, last(a).to, text),
            "range" => self.known(first(a).from, last(b).to, text),
            "from" => self.starting_from(first(a).from, text),
            "here" => self.raise(self.fill - 1, SyntaxErrorKind::SyntaxError, text),
            "next" => {
                self.token(to)?;
                self.raise(to, SyntaxErrorKind::SyntaxError, text)
            }
            "indent" => self.raise(self.fill - 1, SyntaxErrorKind::IndentationError, text),
            "target" => {
                let target = invalid_target(piece(args[1]), args[0]).ok_or(Fail::Try)?;
                let verb = if args[0] == "delete" { "delete" } else { "assign to" };
                let text = format!("cannot {verb} {}", expression_name(target));
                self.known(target.from, target.to, text)
            }
            "comma" => {
                let legacy = a.node == Node::Name && matches!(self.text(a.from), "print" | "exec");
                if legacy || self.levels.get(to - 1).is_none_or(|&level| level == 0) {
                    return Err(Fail::Try);
                }
                self.known(a.from, b.to, text)
            }
            "adjacent" => {
                let tokens = &self.lexed.tokens;
                if tokens[a.from].end != tokens[b.from].start {
                    return Err(Fail::Try);
                }
                self.known(a.from, b.to, text)
            }
            "legacy" => {
                if !matches!(self.text(a.from), "print" | "exec") {
                    return Err(Fail::Try);
                }
                self.known(a.from, b.to, text)
            }
            "genexp" => {
                let positional = a.kids().iter().filter(|k| !matches!(k.node, Node::Keyword | Node::DoubleStar));
                let positional: Vec<&Value> = positional.collect();
                match positional[..] {
                    [_, .., argument] => self.known(argument.from, last(b).to, text),
                    _ => return Err(Fail::Try),
                }
            }
            "order" => {
                let unpacked = a.kids().iter().any(|k| k.node == Node::DoubleStar);
                let tail = if unpacked { " unpacking" } else { "" };
                let text = format!("positional argument follows keyword argument{tail}");
                self.raise(self.fill - 1, SyntaxErrorKind::SyntaxError, text)
            }
            "key" => {
                let mut error = self.known(a.from, a.to, text);
                let (_, (_, end_col)) = self.place(a.to - 1);
                if let Some(shown) = &mut error.shown {
                    shown.offset = self.column(shown.lineno as u32, end_col - 1);
                    shown.end_offset = 0;
                }
                error
            }
            "real" if self.text(a.from).ends_with(['j', 'J']) => self.known(a.from, a.to, text),
            "imaginary" if !self.text(a.from).ends_with(['j', 'J']) => self.known(a.from, a.to, text),
            "conversion" => match self.bad_conversion(a, b) {
                Some(error) => error,
                None => return fine,
            },
            _ => return fine,
        };
        Err(Fail::Stop(error))
    }

    fn bad_conversion(&mut self, bang: &Value, name: &Value) -> Option<Box<SyntaxError>> {
        let tokens = &self.lexed.tokens;
        let letter = self.string_letter(bang.from);
        if tokens[bang.from].end != tokens[name.from].start {
            let text = format!("{letter}-string: conversion type must come right after the exclamation mark");
            return Some(self.known(bang.from, name.to, text));
        }
        let word = self.text(name.from);
        if matches!(word, "s" | "r" | "a") {
            return None;
        }
        let text = format!("{letter}-string: invalid conversion character '{word}': expected 's', 'r', or 'a'");
        Some(self.known(name.from, name.to, text))
    }

    /// `f` or `t`: which kind of string a token lies in.
    fn string_letter(&self, at: usize) -> char {
        let mut depth = 0;
        for token in self.lexed.tokens[..at].iter().rev() {
            match token.kind {
                Kind::FStringEnd | Kind::TStringEnd => depth += 1,
                Kind::FStringStart | Kind::TStringStart if depth > 0 => depth -= 1,
                Kind::TStringStart => return 't',
                Kind::FStringStart => return 'f',
                _ => {}
            }
        }
        'f'
    }

    /// Puts names, texts and lines of pieces into a message.
    fn fill_in(&self, message: &str, pieces: &[(char, Value)]) -> String {
        let mut out = String::new();
        let mut rest = message;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}') else { break };
            let what = &rest[open + 1..open + close];
            let piece = what.chars().last().and_then(|name| pieces.iter().find(|p| p.0 == name));
            let Some((_, value)) = piece else {
                // A brace that belongs to the message.
                out.push_str(&rest[..open + 1]);
                rest = &rest[open + 1..];
                continue;
            };
            out.push_str(&rest[..open]);
            match what.as_bytes()[0] {
                b'=' => out.push_str(self.text(value.from)),
                b'#' => out.push_str(&self.lexed.tokens[value.from].from.line.to_string()),
                _ if what.starts_with("bound") => {
                    out.push_str(if value.node == Node::Tuple { "constraints" } else { "bound" });
                }
                _ => out.push_str(expression_name(value)),
            }
            rest = &rest[open + close + 1..];
        }
        out + rest
    }

    /// Start and end of a token. Layout tokens have no columns; those at the end of the text lie on its
    /// last line.
    fn place(&self, at: usize) -> (Place, Place) {
        let tokens = &self.lexed.tokens;
        let token = &tokens[at.min(tokens.len().max(1) - 1)];
        let at_end = token.start as usize >= self.source.len();
        let line = if at_end { self.last_line().min(token.from.line.max(1)) } else { token.from.line };
        if matches!(token.kind, Kind::Indent | Kind::Dedent | Kind::EndMarker)
            || (at_end && token.kind == Kind::Newline)
        {
            return ((line, -1), (line, -1));
        }
        ((token.from.line, i64::from(token.from.col)), (token.to.line, i64::from(token.to.col)))
    }

    fn last_line(&self) -> u32 {
        self.source.lines().count() as u32
    }

    /// Where the lexer stands after token `at`: a line and a byte offset.
    fn cursor(&self, at: usize) -> (u32, u32) {
        let token = &self.lexed.tokens[at];
        if token.start as usize >= self.source.len() {
            let line = self.last_line();
            return (line, nth_line(self.source, line).len() as u32);
        }
        (token.to.line, token.to.col)
    }

    /// The line CPython shows for an error: with its end only while the lexer has not gone beyond it.
    fn error_line(&self, line: u32) -> &str {
        let text = nth_line(self.source, line);
        if self.cursor(self.fill.max(1) - 1).0 > line { text.trim_end_matches('\n') } else { text }
    }

    /// Columns of both ends count the code points of the first line, as CPython has them.
    fn column(&self, line: u32, col: i64) -> i64 {
        if col < 0 {
            return 0;
        }
        let text = self.error_line(line);
        char_column(text, (col as u32).min(text.len() as u32))
    }

    fn build(&self, kind: SyntaxErrorKind, message: String, shown: Shown) -> Box<SyntaxError> {
        let col = |offset: i64| (offset - 1).max(0) as u32;
        let span = Span {
            line: shown.lineno.max(0) as u32,
            col: col(shown.offset),
            end_line: shown.end_lineno.max(0) as u32,
            end_col: col(shown.end_offset.max(shown.offset)),
        };
        let mut error = SyntaxError::new(kind, message, span);
        error.shown = Some(Box::new(shown));
        Box::new(error)
    }

    /// `RAISE_SYNTAX_ERROR_KNOWN_RANGE`: from the start of a token to the end of the one before `to`.
    pub(super) fn known(&self, from: usize, to: usize, message: String) -> Box<SyntaxError> {
        let ((line, col), _) = self.place(from);
        let (_, (end_line, end_col)) = self.place(to.max(from + 1) - 1);
        let shown = Shown {
            lineno: i64::from(line),
            offset: self.column(line, col),
            end_lineno: i64::from(end_line),
            end_offset: self.column(line, end_col),
            text: Some(nth_line(self.source, line).to_owned()),
        };
        self.build(SyntaxErrorKind::SyntaxError, message, shown)
    }

    /// `RAISE_SYNTAX_ERROR_STARTING_FROM`: up to where the lexer stands.
    fn starting_from(&self, from: usize, message: String) -> Box<SyntaxError> {
        let ((line, col), _) = self.place(from);
        let (end_line, end_col) = self.cursor(self.fill - 1);
        let shown = Shown {
            lineno: i64::from(line),
            offset: self.column(line, col),
            end_lineno: i64::from(end_line),
            end_offset: {
                let text = self.error_line(line);
                char_column(text, end_col.min(text.len() as u32 + 1)) - 1
            },
            text: Some(nth_line(self.source, line).to_owned()),
        };
        self.build(SyntaxErrorKind::SyntaxError, message, shown)
    }

    /// `_PyPegen_raise_error`: at a token; one without columns is shown where the lexer stands.
    pub(super) fn raise(&self, at: usize, kind: SyntaxErrorKind, message: String) -> Box<SyntaxError> {
        let ((line, col), (end_line, end_col)) = self.place(at);
        let offset = if col < 0 {
            let (line, col) = self.cursor(self.fill.max(1) - 1);
            char_column(nth_line(self.source, line), col) - 1
        } else {
            self.column(line, col)
        };
        let end_offset = if end_col < 0 { -1 } else { self.column(line, end_col) };
        let text = Some(nth_line(self.source, line).to_owned());
        let shown = Shown { lineno: i64::from(line), offset, end_lineno: i64::from(end_line), end_offset, text };
        self.build(kind, message, shown)
    }

    /// "expected 'text'" for a token that had to come.
    pub(super) fn expected(&self, at: usize, text: &str) -> Box<SyntaxError> {
        self.known(at, at + 1, format!("expected '{text}'"))
    }

    /// Adjacent literals are all bytes or none.
    pub(super) fn check_mixed_strings(&self, parts: &[Value]) -> Match<()> {
        let is_bytes = |part: &&Value| {
            let text = self.text(part.from);
            text.split(['"', '\'']).next().is_some_and(|prefix| prefix.contains(['b', 'B']))
        };
        let bytes = parts.iter().filter(is_bytes).count();
        if bytes == 0 || bytes == parts.len() {
            return Ok(());
        }
        let message = "cannot mix bytes and nonbytes literals".to_owned();
        Err(Fail::Stop(self.raise(self.fill - 1, SyntaxErrorKind::SyntaxError, message)))
    }

    /// `!=`, and what is said of `<>`.
    pub(super) fn not_equal(&mut self, text: &str, at: usize) -> Match<bool> {
        if self.flufl {
            if text == "<>" {
                return Ok(true);
            }
            let message = "with Barry as BDFL, use '<>' instead of '!='".to_owned();
            return Err(Fail::Stop(self.raise(at, SyntaxErrorKind::SyntaxError, message)));
        }
        Ok(text == "!=")
    }

    pub(super) fn lexer_error(&self) -> Box<SyntaxError> {
        match &self.lexed.error {
            Some(error) => error.clone(),
            None => self.generic(self.fill.max(1) - 1),
        }
    }

    /// The rest of the text is lexed as well: an error there goes first, but an unclosed bracket only if
    /// it opened on a line above the error.
    pub(super) fn prefer_lexer_error(&self, error: Box<SyntaxError>) -> Box<SyntaxError> {
        let Some(lexer_error) = &self.lexed.error else { return error };
        let here = self.lexed.tokens.get(self.fill.max(1) - 1).map_or(0, |t| t.from.line);
        match self.lexed.open.last() {
            _ if self.lexed.error_overrides => lexer_error.clone(),
            Some(open) if here > open.pos.line && !self.lexed.error_in_fstring => {
                let message = format!("'{}' was never closed", char::from(open.byte));
                let shown = unclosed(self.source, open.pos.line, open.pos.col);
                self.build(SyntaxErrorKind::SyntaxError, message, shown)
            }
            _ => error,
        }
    }

    /// The text was read to its end when the parser gave up.
    pub(super) fn at_end_of_source(&self) -> bool {
        let Some(token) = self.lexed.tokens.get(self.fill.max(1) - 1) else { return false };
        let end = self.source.len();
        match token.kind {
            // The lexer knows these to be complete without another look.
            Kind::String
            | Kind::FStringEnd
            | Kind::TStringEnd
            | Kind::Ellipsis
            | Kind::DoubleStarEqual
            | Kind::DoubleSlashEqual
            | Kind::LeftShiftEqual
            | Kind::RightShiftEqual => false,
            Kind::Newline if token.start < token.end => false,
            // The second of two dots might have had a third.
            Kind::Dot if self.source.ends_with("..") => token.end as usize + 1 >= end,
            _ => token.end as usize >= end,
        }
    }

    pub(super) fn incomplete(&self) -> Box<SyntaxError> {
        let at = self.fill.max(1) - 1;
        self.raise(at, SyntaxErrorKind::IncompleteInput, "incomplete input".to_owned())
    }

    /// The lexer met the end of the text within a string or a bracket.
    pub(super) fn incomplete_token(&self) -> Box<SyntaxError> {
        let error = self.lexer_error();
        let in_string = error.message.starts_with("unterminated");
        let mut shown = match error.shown {
            Some(shown) if in_string => *shown,
            _ => {
                let lineno = i64::from(self.last_line());
                let line = nth_line(self.source, self.last_line());
                let offset = char_column(line, line.len() as u32) - 1;
                Shown { lineno, offset, end_lineno: lineno, end_offset: -1, text: Some(line.to_owned()) }
            }
        };
        shown.end_offset = -1;
        self.build(SyntaxErrorKind::IncompleteInput, "incomplete input".to_owned(), shown)
    }

    /// A prompt takes one statement: only blanks and comments may follow it.
    pub(super) fn multiple_statements(&self) -> Box<SyntaxError> {
        let message = "multiple statements found while compiling a single statement".to_owned();
        self.raise(self.fill.max(1) - 1, SyntaxErrorKind::SyntaxError, message)
    }

    /// Nothing better was found.
    pub(super) fn generic(&self, last: usize) -> Box<SyntaxError> {
        let Some(token) = self.lexed.tokens.get(last) else { return self.lexer_error_or_empty() };
        let layout = match token.kind {
            Kind::Indent => Some("unexpected indent"),
            Kind::Dedent => Some("unexpected unindent"),
            _ => None,
        };
        if let Some(message) = layout {
            return self.raise(self.fill.max(1) - 1, SyntaxErrorKind::IndentationError, message.to_owned());
        }
        self.prefer_lexer_error(self.known(last, last + 1, "invalid syntax".to_owned()))
    }

    fn lexer_error_or_empty(&self) -> Box<SyntaxError> {
        match &self.lexed.error {
            Some(error) => error.clone(),
            None => Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, "invalid syntax", Span::default())),
        }
    }
}
