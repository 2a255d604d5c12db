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
    /// What `SyntaxError` shows where it is not simply `span`; always filled by the parser.
    pub shown: Option<Box<Shown>>,
}

impl SyntaxError {
    /// An error of a later pass: the caller's source line gives its text.
    pub fn new(kind: SyntaxErrorKind, message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError { kind, message: message.into(), span, statement: None, shown: None }
    }
}

/// The attributes of the exception as CPython fills them: lines and columns count from 1, columns in
/// code points, and an `end_offset` of 0 or -1 says that the end is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub lineno: i64,
    pub offset: i64,
    pub end_lineno: i64,
    pub end_offset: i64,
    /// The source line (or lines) of the error.
    pub text: Option<String>,
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
