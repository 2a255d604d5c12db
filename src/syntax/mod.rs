//! From source text to an abstract syntax tree.
pub mod ast;
pub mod build;
mod diagnose;
pub mod dump;
pub mod error;
pub mod lexer;
pub mod report;
pub mod soft;
pub mod source;
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
    if source.contains(&0) {
        let message = "source code string cannot contain null bytes";
        return Err(Box::new(SyntaxError::new(SyntaxErrorKind::SyntaxError, message, ast::Span::default())));
    }
    let text = if options.bytes { source::decode(source)? } else { String::from_utf8_lossy(source) };
    let text = source::normalize_lines(text, mode == Mode::Exec);
    let keep_blocks_open = options.dont_imply_dedent && mode == Mode::Single;
    let lexed =
        lexer::lex(&text, LexOptions { trivia: false, keep_blocks_open, barry_as_flufl: options.barry_as_flufl });
    let parsed = run(&text, &lexed, mode, options);
    match parsed {
        Ok((ast, root, mut warnings)) => {
            warnings.extend(lexed.warnings.into_iter().map(|(_, w)| w));
            warnings.sort_by_key(|w| w.span.line);
            Ok(Parsed { ast, root, warnings, source: text.into_owned() })
        }
        Err(error) => Err(error),
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
