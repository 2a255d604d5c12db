//! What was typed, as text: whether a statement is complete, how the next line is indented, and where one statement
//! of a pasted text ends and the next begins.

use crate::syntax::ast::Mod;
use crate::syntax::error::SyntaxErrorKind;
use crate::syntax::lexer::{LexOptions, lex};
use crate::syntax::token::Kind;
use crate::syntax::{Mode, ParseOptions, parse};

/// One step of automatic indentation.
const STEP: &str = "    ";

/// Whether more lines are needed before the text can run: something is open, or a block may go on.
pub fn wants_more(text: &str) -> bool {
    // A line end at the end of the text would close a block that the next line may continue.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let options =
        ParseOptions { allow_incomplete_input: true, dont_imply_dedent: true, bytes: false, ..Default::default() };
    let incomplete =
        |mode| matches!(parse(text.as_bytes(), mode, &options), Err(e) if e.kind == SyntaxErrorKind::IncompleteInput);
    match parse(text.as_bytes(), Mode::Single, &options) {
        Ok(_) => false,
        Err(error) if error.kind == SyntaxErrorKind::IncompleteInput => true,
        // Several statements were pasted.
        Err(_) => text.contains('\n') && incomplete(Mode::Exec),
    }
}

/// How the line after the text begins.
pub fn indentation(text: &str) -> String {
    let Some(last) = text.lines().rev().find(|line| !line.trim().is_empty()) else { return String::new() };
    let indent = &last[..last.len() - last.trim_start().len()];
    let lexed = lex(text, LexOptions { single: true, keep_blocks_open: true, ..Default::default() });
    let in_string = lexed.error.is_some() && lexed.error_at_eof && lexed.open.is_empty();
    if in_string {
        return String::new();
    }
    let lines = text.lines().count() as u32;
    if let Some(bracket) = lexed.open.last() {
        let opened_here = bracket.pos.line == lines;
        return if opened_here { indent.to_owned() + STEP } else { indent.to_owned() };
    }
    let layout =
        |kind: Kind| kind.is_trivia() || matches!(kind, Kind::Newline | Kind::Indent | Kind::Dedent | Kind::EndMarker);
    let words: Vec<Kind> = lexed.tokens.iter().map(|token| token.kind).filter(|kind| !layout(*kind)).collect();
    if words.last() == Some(&Kind::Colon) {
        return indent.to_owned() + STEP;
    }
    let leaves = ["return", "pass", "break", "continue", "raise"];
    let first = last.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if leaves.contains(&first) {
        return indent.strip_suffix(STEP).unwrap_or(indent).to_owned();
    }
    indent.to_owned()
}

/// One piece of a text that is compiled by itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The piece, with empty lines before it so that its lines keep their numbers.
    pub text: String,
    /// Whether values of expressions are shown: the last piece's are.
    pub shown: bool,
}

/// The statements of a text, those on one line together. `None` if it is no Python.
pub fn pieces(text: &str) -> Option<Vec<Piece>> {
    let parsed = parse(text.as_bytes(), Mode::Exec, &ParseOptions::default()).ok()?;
    let Mod::Module(statements) = &parsed.root else { return None };
    let mut ends: Vec<usize> = Vec::new();
    for id in statements {
        let span = parsed.ast[*id].span;
        if ends.last().is_some_and(|end| span.line as usize <= *end) {
            ends.pop();
        }
        ends.push(span.end_line as usize);
    }
    // Comments behind the last statement go with it.
    if let Some(last) = ends.last_mut() {
        *last = text.lines().count();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut begin = 0;
    let mut pieces = Vec::new();
    for (i, end) in ends.iter().enumerate() {
        let text = "\n".repeat(begin) + &lines[begin..*end.min(&lines.len())].join("\n") + "\n";
        pieces.push(Piece { text, shown: i + 1 == ends.len() });
        begin = *end;
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_with_an_empty_line() {
        assert!(!wants_more("x = 1\n"));
        assert!(wants_more("def f():\n"));
        assert!(wants_more("def f():\n    return 1\n"));
        assert!(!wants_more("def f():\n    return 1\n\n"));
        assert!(wants_more("x = (1,\n"));
        assert!(wants_more("'''a\n"));
        assert!(!wants_more("x = = 1\n"));
        assert!(!wants_more("def f():\n    return 1\nf()\n"));
    }

    #[test]
    fn lines_are_indented() {
        assert_eq!(indentation("def f():\n"), "    ");
        assert_eq!(indentation("def f():\n    x = 1\n"), "    ");
        assert_eq!(indentation("def f():\n    if x:\n"), "        ");
        assert_eq!(indentation("def f():\n    if x:\n        return\n"), "    ");
        assert_eq!(indentation("x = f(\n"), "    ");
        assert_eq!(indentation("x = {1: 2,\n     3: 4,\n"), "     ");
    }

    #[test]
    fn pasted_statements_are_taken_apart() {
        let text = |pieces: Option<Vec<Piece>>| pieces.unwrap().into_iter().map(|p| p.text).collect::<Vec<_>>();
        assert_eq!(text(pieces("a = 1\nb\n")), ["a = 1\n", "\nb\n"]);
        assert_eq!(text(pieces("a; b\n")), ["a; b\n"]);
        assert_eq!(text(pieces("@d\ndef f():\n    pass\nf()\n")), ["@d\ndef f():\n    pass\n", "\n\n\nf()\n"]);
        assert_eq!(pieces("x = = 1\n"), None);
    }
}
