//! From source text to an abstract syntax tree.
//!
//! CPython reads a program with a tokenizer that it asks for one token at a time, a PEG parser generated
//! from `Grammar/python.gram`, and, when that fails, the same parser once more with rules that know common
//! mistakes. Here the common case and the error are two roads, because most texts are right and must be
//! read fast (every cold import waits for this room), while an error may take its time:
//!
//! 1. `source.rs` decodes bytes (PEP 263) and normalizes line ends.
//! 2. `lexer/` makes the list of tokens; its simple patterns are a `logos` automaton (`token.rs`).
//! 3. `soft.rs` settles `match`, `case` and `type`, which only a look ahead can tell from names.
//! 4. `grammar/python.lalrpop` becomes an LR(1) parser. It accepts slightly more than Python; its actions
//!    in `build/` make the nodes of `ast.rs` and turn down the rest.
//! 5. If a text is turned down, `diagnose/` finds out why, in CPython's words. It is a PEG parser over the
//!    same tokens that tries CPython's error rules in CPython's order, and its place ranges are CPython's.
//!
//! What differs from CPython: the whole text is lexed before it is parsed, so an error of the lexer waits
//! behind its last good token until a parser steps there; and nesting is bounded only by brackets (200) and
//! blocks (100), not by the parser's stack: `- - - x` may be as long as it likes.
//!
//! Invariants:
//!
//! - Nothing here recurses on the depth of a correct text, nor does dropping its tree: nodes refer to each
//!   other by index. Only the diagnosis recurses, to a fixed depth on a stack of its own.
//! - Spans are those of CPython's `ast`: lines from 1, columns in UTF-8 bytes. Exceptions count columns in
//!   code points (`error::Shown`).
//! - Errors of the symbol table (`return` outside a function, a parameter named twice) are the compiler's.
//!
//! Start reading at [`parse`], then `grammar/python.lalrpop`.

pub mod ast;
pub mod build;
mod character_aliases;
pub mod character_names;
mod diagnose;
pub mod dump;
pub mod error;
pub mod lexer;
pub mod report;
pub mod soft;
pub mod source;
#[cfg(test)]
mod tests;
pub mod token;

#[allow(clippy::all, unused, missing_docs)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/python.rs"));
}

use build::{Builder, Reject, Tok};
use error::{SyntaxError, SyntaxErrorKind, SyntaxWarning};
use lexer::{LexOptions, Lexed};
use std::cell::Cell;
use token::{Kind, Pos};

/// What a source text is compiled as, the `mode` of `compile()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A file.
    Exec,
    /// One statement typed at a prompt.
    Single,
    /// One expression.
    Eval,
}

/// How a text is to be parsed.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// The source is bytes: a byte order mark and a coding cookie count. Otherwise it is the UTF-8 of a `str`.
    pub bytes: bool,
    /// The file the bytes were read from, where they are a script; one message names it.
    pub file: Option<String>,
    /// `from __future__ import barry_as_FLUFL` is inherited.
    pub barry_as_flufl: bool,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: a text that merely ends too early raises `IncompleteInput`.
    pub allow_incomplete_input: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: a last line without a line end leaves its block open.
    pub dont_imply_dedent: bool,
}

/// A parsed text.
#[derive(Debug)]
pub struct Parsed {
    pub ast: ast::Ast,
    pub root: ast::Mod,
    pub warnings: Vec<SyntaxWarning>,
    /// The decoded text with normalized line ends, which spans refer to.
    pub source: String,
}

/// Parses a text.
pub fn parse(source: &[u8], mode: Mode, options: &ParseOptions) -> Result<Parsed, Box<SyntaxError>> {
    if let Some(at) = memchr::memchr(0, source) {
        if options.file.is_some() {
            return Err(source::null_byte(source, at));
        }
        let message = "source code string cannot contain null bytes";
        return Err(Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, ast::Span::default())));
    }
    let text =
        if options.bytes { source::decode(source, options.file.as_deref())? } else { String::from_utf8_lossy(source) };
    let text = source::normalize_lines(text, mode == Mode::Exec);
    let keep_blocks_open = options.dont_imply_dedent && mode == Mode::Single;
    let lexed = lexer::lex(
        &text,
        LexOptions {
            trivia: false,
            single: mode == Mode::Single,
            keep_blocks_open,
            barry_as_flufl: options.barry_as_flufl,
        },
    );
    let parsed = run(&text, &lexed, mode, options);
    match parsed {
        Ok((ast, root, mut warnings)) => {
            warnings.extend(lexed.warnings.into_iter().map(|(_, w)| w));
            warnings.sort_by_key(|w| w.span.line);
            Ok(Parsed { ast, root, warnings, source: text.into_owned() })
        }
        Err(mut error) => {
            // `traceback` looks here for a misspelt keyword; a line of 0 means the whole source.
            error.statement = Some((0, text.into_owned()));
            Err(error)
        }
    }
}

type Tree = (ast::Ast, ast::Mod, Vec<SyntaxWarning>);

fn run(text: &str, lexed: &Lexed, mode: Mode, options: &ParseOptions) -> Result<Tree, Box<SyntaxError>> {
    let tokens = &lexed.tokens;
    let kinds = soft::settle(text, tokens);
    let start = match mode {
        Mode::Exec => Kind::StartFile,
        Mode::Single => Kind::StartSingle,
        Mode::Eval => Kind::StartEval,
    };
    // The last token given to the parser: where it found fault, if it does.
    let seen = Cell::new(0);
    let first = (Pos::default(), Tok { kind: start, index: 0 }, Pos::default());
    let rest = kinds.iter().zip(tokens).enumerate().map(|(i, (&kind, token))| {
        seen.set(i);
        (token.from, Tok { kind, index: i as u32 }, token.to)
    });
    let stream = std::iter::once(first).chain(rest).map(Ok::<_, Reject>);
    let mut builder = Builder::new(text, tokens, options.barry_as_flufl);
    let error = match grammar::TopParser::new().parse(&mut builder, stream) {
        Ok(root) => return Ok((builder.ast, root, builder.warnings)),
        Err(lalrpop_util::ParseError::User { error: Reject::Literal(error) }) => return Err(error),
        Err(error) => error,
    };
    // Without a token the list ran out: the lexer's error lies behind it.
    let token = match error {
        lalrpop_util::ParseError::UnrecognizedEof { .. } => tokens.len(),
        _ => seen.get(),
    };
    let flufl = builder.flufl;
    let allow_incomplete_input = options.allow_incomplete_input;
    Err(diagnose::diagnose(&diagnose::Case { source: text, lexed, mode, token, flufl, allow_incomplete_input }))
}
