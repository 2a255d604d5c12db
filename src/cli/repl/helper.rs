//! What the line editor shows beside the plain line: colours and completions.

use super::editor::{Event, Events};
use crate::syntax::lexer::{LexOptions, lex};
use crate::syntax::soft;
use crate::syntax::token::Kind;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How long the editor waits for completions: a task of the event loop may keep the main thread busy.
const PATIENCE: Duration = Duration::from_secs(2);

/// Colours, as CPython's default theme has them (`_colorize.Syntax`).
mod colour {
    pub const PROMPT: &str = "\x1b[1;35m";
    pub const KEYWORD: &str = "\x1b[1;34m";
    pub const BUILTIN: &str = "\x1b[36m";
    pub const COMMENT: &str = "\x1b[31m";
    pub const STRING: &str = "\x1b[32m";
    pub const NUMBER: &str = "\x1b[33m";
    pub const DEFINITION: &str = "\x1b[1m";
    pub const RESET: &str = "\x1b[0m";
}

/// A prompt in its colour.
pub fn styled_prompt(prompt: &str) -> String {
    format!("{}{prompt}{}", colour::PROMPT, colour::RESET)
}

/// `rustyline`'s helper.
pub struct Assistant {
    events: Arc<Events>,
    builtins: HashSet<String>,
}

impl Assistant {
    pub fn new(events: Arc<Events>, builtins: HashSet<String>) -> Assistant {
        Assistant { events, builtins }
    }
}

impl Helper for Assistant {}
impl Validator for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..pos];
        let current = before.rsplit('\n').next().unwrap_or(before);
        if current.trim().is_empty() {
            let indent = " ".repeat(4 - current.len() % 4);
            return Ok((pos, vec![Pair { display: indent.clone(), replacement: indent }]));
        }
        let (reply, answer) = crossbeam_channel::bounded(1);
        self.events.send(Event::Complete { before: before.to_owned(), reply });
        let (start, words) = answer.recv_timeout(PATIENCE).unwrap_or((pos, Vec::new()));
        let pair = |word: String| Pair { display: word.clone(), replacement: word };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(coloured(line, &self.builtins))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

/// A text with its keywords, strings, numbers and comments in colour.
pub fn coloured(text: &str, builtins: &HashSet<String>) -> String {
    let lexed = lex(text, LexOptions { trivia: true, single: true, keep_blocks_open: true, ..Default::default() });
    let kinds = soft::settle(text, &lexed.tokens);
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    let mut previous = Kind::Newline;
    for (token, kind) in lexed.tokens.iter().zip(kinds) {
        let (start, end) = (token.start as usize, token.end as usize);
        let Some(word) = text.get(start..end).filter(|word| start >= at && !word.trim().is_empty()) else { continue };
        out += &text[at..start];
        let colour = match kind {
            Kind::Comment => colour::COMMENT,
            Kind::Number => colour::NUMBER,
            Kind::String
            | Kind::FStringStart
            | Kind::FStringMiddle
            | Kind::FStringEnd
            | Kind::TStringStart
            | Kind::TStringMiddle
            | Kind::TStringEnd => colour::STRING,
            Kind::Match | Kind::Case | Kind::Type => colour::KEYWORD,
            Kind::Name if matches!(previous, Kind::Def | Kind::Class) => colour::DEFINITION,
            Kind::Name if previous != Kind::Dot && builtins.contains(word) => colour::BUILTIN,
            kind if kind.is_keyword() => colour::KEYWORD,
            _ => "",
        };
        if colour.is_empty() {
            out += word;
        } else {
            out += colour;
            out += word;
            out += colour::RESET;
        }
        at = end;
        if !kind.is_trivia() {
            previous = kind;
        }
    }
    // What the lexer could not make sense of is most likely a string that is still open.
    let rest = &text[at..];
    match rest.find(['\'', '"']) {
        Some(quote) => {
            out += &rest[..quote];
            out += colour::STRING;
            out += &rest[quote..];
            out += colour::RESET;
        }
        None => out += rest,
    }
    out
}

#[cfg(test)]
mod tests {
    use super::coloured;
    use std::collections::HashSet;

    #[test]
    fn words_have_their_colours_and_the_text_stays() {
        let builtins = HashSet::from(["print".to_owned()]);
        let text = "def f(): print(x.print, 'a', 1)  # c";
        let out = coloured(text, &builtins);
        assert!(out.contains("\x1b[1;34mdef\x1b[0m \x1b[1mf\x1b[0m"));
        assert!(out.contains("\x1b[36mprint\x1b[0m(x.print, \x1b[32m'a'\x1b[0m, \x1b[33m1\x1b[0m)"));
        assert!(out.ends_with("\x1b[31m# c\x1b[0m"));
        for text in ["x = 'open", "if x:\n    y\n", "f'{a!r:>{w}} b'", "))", "é = 1 # ü", "'''\na"] {
            let mut plain = coloured(text, &builtins);
            while let Some(start) = plain.find('\x1b') {
                let end = start + plain[start..].find('m').unwrap() + 1;
                plain.replace_range(start..end, "");
            }
            assert_eq!(plain, text);
        }
    }
}
