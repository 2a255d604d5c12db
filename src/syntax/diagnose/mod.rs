//! Where a text is wrong, and in which words: CPython's second pass.
//!
//! An LR parser knows the token at which no program can go on, and nothing else. CPython's messages come
//! from its own parser's way of working: when the first pass has failed it parses again with the
//! `invalid_*` rules of its grammar switched on, which recognize common mistakes and speak. Which of them
//! speaks first depends on the order in which a PEG parser tries its alternatives. So this room is a PEG
//! parser: its rules are a table (`rules.peg`, `expressions.peg`), `notation.rs` reads it, `engine.rs` runs
//! it, `speak.rs` says what was found. It runs only when a text has been turned down, from the start of
//! the top-level statement that is at fault.
//!
//! - Source: `Grammar/python.gram`, `Parser/pegen_errors.c` and
//!   <https://docs.python.org/3.14/reference/grammar.html>.

mod engine;
mod notation;
mod speak;

use super::Mode;
use super::error::{SyntaxError, SyntaxErrorKind};
use super::lexer::Lexed;
use super::token::{Kind, Token};
use engine::{Engine, Fail};

/// Rules that `engine.rs` knows by name.
const BUILT_IN: [&str; 2] = ["soft_keyword", "not_equal"];

/// Stack for the recursive descent: enough for its deepest nesting in any build.
const STACK: usize = 128 << 20;

/// What is to be explained.
pub struct Case<'a> {
    pub source: &'a str,
    pub lexed: &'a Lexed,
    pub mode: Mode,
    /// Index of the last token the LR parser saw.
    pub token: usize,
    pub flufl: bool,
    pub allow_incomplete_input: bool,
}

/// The error of a text that the LR parser turned down.
pub fn diagnose(case: &Case<'_>) -> Box<SyntaxError> {
    stacker::grow(STACK, || explain(case))
}

/// More nested than the parser dares.
fn too_complex() -> Box<SyntaxError> {
    let message = "Parser stack overflowed - Python source too complex to parse";
    Box::new(SyntaxError::new(SyntaxErrorKind::MemoryError, message, super::ast::Span::default()))
}

fn explain(case: &Case<'_>) -> Box<SyntaxError> {
    let (rule, start) = match case.mode {
        Mode::Exec => ("file", statement_start(&case.lexed.tokens, case.token)),
        Mode::Single => ("interactive", 0),
        Mode::Eval => ("eval", 0),
    };
    let levels = levels(&case.lexed.tokens);
    let mut engine = Engine::new(case.source, case.lexed, &levels, case.flufl);
    let first = engine.run(rule, start);
    if case.allow_incomplete_input {
        match &first {
            Err(Fail::Lexer) if case.lexed.error_at_eof => return engine.incomplete_token(),
            Err(Fail::Try | Fail::Stop(_)) if engine.at_end_of_source() => return engine.incomplete(),
            _ => {}
        }
    }
    let last = match first {
        Err(Fail::Stop(error)) => return engine.prefer_lexer_error(error),
        Err(Fail::Lexer) => return engine.lexer_error(),
        Err(Fail::Try) => engine.fill.max(1) - 1,
        Ok(_) if case.mode == Mode::Single => return engine.multiple_statements(),
        // The two parsers disagree: trust the one that refused.
        Ok(_) => case.token,
    };
    engine.restart(true);
    match engine.run(rule, start) {
        Err(Fail::Stop(error)) => engine.prefer_lexer_error(error),
        Err(Fail::Lexer) => engine.lexer_error(),
        _ => engine.generic(last),
    }
}

/// Bracket depth after each token.
fn levels(tokens: &[Token]) -> Vec<u32> {
    let mut depth = 0u32;
    let step = |token: &Token| {
        match token.kind {
            Kind::Lpar | Kind::Lsqb | Kind::Lbrace => depth += 1,
            Kind::Rpar | Kind::Rsqb | Kind::Rbrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth
    };
    tokens.iter().map(step).collect()
}

/// The first token of the last top-level statement that begins before `at`.
fn statement_start(tokens: &[Token], at: usize) -> usize {
    let (mut start, mut depth, mut line_start, mut decorated) = (0, 0u32, true, false);
    for (i, token) in tokens.iter().enumerate().take(at) {
        match token.kind {
            Kind::Indent => depth += 1,
            Kind::Dedent => depth = depth.saturating_sub(1),
            Kind::Newline => line_start = true,
            kind if line_start => {
                line_start = false;
                let goes_on = matches!(kind, Kind::Else | Kind::Elif | Kind::Except | Kind::Finally);
                if depth == 0 && !goes_on && !decorated {
                    start = i;
                }
                decorated = depth == 0 && kind == Kind::At;
            }
            _ => {}
        }
    }
    start
}
