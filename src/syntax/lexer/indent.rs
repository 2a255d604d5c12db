//! Indentation: blocks become `Indent` and `Dedent` tokens.
//!
//! CPython measures each line twice, with tabs of eight columns and of one. Where the two measures
//! disagree about which line is deeper, the meaning would depend on the tab width: `TabError`.

use super::super::error::{Shown, SyntaxErrorKind};
use super::super::token::{Kind, Pos, Token};
use super::{Lexer, Result};

/// Deepest block nesting, as CPython's `MAXINDENT`.
const MAX_INDENT: usize = 100;
const TAB_SIZE: u32 = 8;

/// The width of a block's indentation, tabs counted as 8 columns and as 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    col: u32,
    alt: u32,
}

fn measure(blank: &[u8]) -> Level {
    let mut level = Level::default();
    for byte in blank {
        match byte {
            b' ' => level = Level { col: level.col + 1, alt: level.alt + 1 },
            b'\t' => level = Level { col: (level.col / TAB_SIZE + 1) * TAB_SIZE, alt: level.alt + 1 },
            // A form feed starts the line anew.
            12 => level = Level::default(),
            _ => break,
        }
    }
    level
}

impl Lexer<'_> {
    /// Compares the line whose first token starts at `start` with the open blocks.
    pub(super) fn indentation(&mut self, start: usize) -> Result<()> {
        let continued = std::mem::take(&mut self.continued);
        let level = match continued {
            0 => measure(&self.source.as_bytes()[self.line_start..start]),
            col => Level { col, alt: col },
        };
        self.apply(level, start)
    }

    /// Blanks and a backslash: where a line is continued within its indentation, the first part that has
    /// any counts.
    pub(super) fn continue_indentation(&mut self, backslash: usize) {
        if self.continued == 0 {
            self.continued = measure(&self.source.as_bytes()[self.line_start..backslash]).col;
        }
    }

    fn apply(&mut self, level: Level, start: usize) -> Result<()> {
        let top = self.indents[self.indents.len() - 1];
        if level.col == top.col {
            return if level.alt == top.alt { Ok(()) } else { self.tab_error() };
        }
        if level.col > top.col {
            if self.indents.len() >= MAX_INDENT {
                return self.whole_line_error(SyntaxErrorKind::IndentationError, "too many levels of indentation");
            }
            if level.alt <= top.alt {
                return self.tab_error();
            }
            self.indents.push(level);
            self.layout(Kind::Indent, self.line_start, start);
            return Ok(());
        }
        let mut pops = 0;
        while self.indents.len() > 1 && level.col < self.indents[self.indents.len() - 1].col {
            self.indents.pop();
            pops += 1;
        }
        let top = self.indents[self.indents.len() - 1];
        if level.col != top.col {
            let rest = &self.source[self.line_start..];
            let end = rest.find('\n').map_or(rest.len(), |i| i + 1);
            let shown = Shown {
                lineno: i64::from(self.line),
                offset: self.chars(self.line_start + end),
                end_lineno: i64::from(self.line),
                end_offset: -1,
                text: Some(self.line_text(true)),
            };
            self.out.error_overrides = false;
            let message = "unindent does not match any outer indentation level";
            return Err(self.error(SyntaxErrorKind::IndentationError, message, shown));
        }
        if level.alt != top.alt {
            return self.tab_error();
        }
        for _ in 0..pops {
            self.layout(Kind::Dedent, start, start);
        }
        Ok(())
    }

    fn layout(&mut self, kind: Kind, start: usize, end: usize) {
        let (from, to) = (self.pos(start), self.pos(end));
        self.out.tokens.push(Token { kind, start: start as u32, end: end as u32, from, to });
    }

    /// Closes all blocks at the end of the text.
    pub(super) fn dedent_all(&mut self) {
        let end = self.source.len() as u32;
        let pos = Pos { line: self.line, col: 0 };
        while self.indents.len() > 1 {
            self.indents.pop();
            self.out.tokens.push(Token { kind: Kind::Dedent, start: end, end, from: pos, to: pos });
        }
    }

    fn tab_error(&mut self) -> Result<()> {
        self.whole_line_error(SyntaxErrorKind::TabError, "inconsistent use of tabs and spaces in indentation")
    }

    fn whole_line_error(&mut self, kind: SyntaxErrorKind, message: &str) -> Result<()> {
        self.out.error_overrides = false;
        let line = i64::from(self.line);
        let text = Some(self.line_text(true));
        Err(self.error(kind, message, Shown { lineno: line, offset: 1, end_lineno: line, end_offset: 0, text }))
    }
}
