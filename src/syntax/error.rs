//! Where a source text is wrong, and CPython's words for it.

use super::ast::Span;

/// Which exception class the error becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// The text ends inside a statement: a REPL asks for another line (`_IncompleteInputError`).
    IncompleteInput,
    /// Too deep for a compiler pass.
    RecursionError,
    MemoryError,
    ValueError,
    OverflowError,
}

/// A syntax error. The file name is the caller's to add.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    pub kind: SyntaxErrorKind,
    /// CPython's message.
    pub message: String,
    /// Columns are UTF-8 byte offsets from 0; `end_line` 0 means that the end is unknown.
    pub span: Span,
    /// `SyntaxError._metadata` of 3.14, from which `traceback` looks for a misspelt keyword: the line the
    /// statement starts on and its source text.
    pub statement: Option<(u32, String)>,
}

/// A warning found while compiling (`SyntaxWarning`, `DeprecationWarning`).
#[derive(Debug, Clone)]
pub struct SyntaxWarning {
    pub category: WarningCategory,
    pub message: String,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningCategory {
    SyntaxWarning,
    DeprecationWarning,
}
