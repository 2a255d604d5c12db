//! The kinds of token, and how the simple ones are spelt.
//!
//! `logos` makes the automaton from the patterns below. What no regular expression can say (where a
//! string or an f-string ends, CPython's errors inside numbers, indentation) is in `lexer/`, which is
//! also where the variants without a pattern come from.

use super::ast::Span;
use logos::Logos;

/// A place in the source: line from 1, column as UTF-8 byte offset from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pos {
    pub line: u32,
    pub col: u32,
}

/// What a token is. Keywords and operators have one kind each; soft keywords are `Name` in the token
/// list and get their kind from `soft.rs` on the way into the parser.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    // Names and literals.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*")]
    Name,
    /// The first byte of a number; `lexer/number.rs` finds its end.
    #[regex(r"[0-9]|\.[0-9]")]
    Number,
    /// Prefix and first quote; `lexer/mod.rs` finds the end.
    #[regex(r#"([uU]|[bB]|[rR]|[bB][rR]|[rR][bB])?['"]"#)]
    String,
    #[regex(r#"([fFtT]|[fFtT][rR]|[rR][fFtT])['"]"#)]
    FStringStart,
    FStringMiddle,
    FStringEnd,
    TStringStart,
    TStringMiddle,
    TStringEnd,

    // What only layout is made of.
    #[regex(r"[ \t\x0C]+")]
    Space,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[token("\n")]
    Newline,
    #[token("\\")]
    Backslash,
    /// A line end that ends no logical line.
    Nl,
    Indent,
    Dedent,
    EndMarker,

    // Keywords.
    #[token("False")]
    False,
    #[token("None")]
    None,
    #[token("True")]
    True,
    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("assert")]
    Assert,
    #[token("async")]
    Async,
    #[token("await")]
    Await,
    #[token("break")]
    Break,
    #[token("class")]
    Class,
    #[token("continue")]
    Continue,
    #[token("def")]
    Def,
    #[token("del")]
    Del,
    #[token("elif")]
    Elif,
    #[token("else")]
    Else,
    #[token("except")]
    Except,
    #[token("finally")]
    Finally,
    #[token("for")]
    For,
    #[token("from")]
    From,
    #[token("global")]
    Global,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("lambda")]
    Lambda,
    #[token("nonlocal")]
    Nonlocal,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("pass")]
    Pass,
    #[token("raise")]
    Raise,
    #[token("return")]
    Return,
    #[token("try")]
    Try,
    #[token("while")]
    While,
    #[token("with")]
    With,
    #[token("yield")]
    Yield,

    // The first token of each mode, for the parser.
    StartFile,
    StartSingle,
    StartEval,

    // Soft keywords, and the bracket that opens parenthesized `with` items (`soft.rs`).
    Match,
    Case,
    Type,
    WithLpar,

    // Operators and punctuation.
    #[token("(")]
    Lpar,
    #[token(")")]
    Rpar,
    #[token("[")]
    Lsqb,
    #[token("]")]
    Rsqb,
    #[token("{")]
    Lbrace,
    #[token("}")]
    Rbrace,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(";")]
    Semi,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("->")]
    Rarrow,
    #[token(":=")]
    ColonEqual,
    #[token("=")]
    Equal,
    #[token("@")]
    At,
    #[token("!")]
    Exclamation,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("|")]
    Vbar,
    #[token("&")]
    Amper,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("%")]
    Percent,
    #[token("==")]
    EqEqual,
    #[token("!=")]
    #[token("<>")]
    NotEqual,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("~")]
    Tilde,
    #[token("^")]
    Circumflex,
    #[token("<<")]
    LeftShift,
    #[token(">>")]
    RightShift,
    #[token("**")]
    DoubleStar,
    #[token("//")]
    DoubleSlash,
    #[token("+=")]
    PlusEqual,
    #[token("-=")]
    MinEqual,
    #[token("*=")]
    StarEqual,
    #[token("/=")]
    SlashEqual,
    #[token("%=")]
    PercentEqual,
    #[token("&=")]
    AmperEqual,
    #[token("|=")]
    VbarEqual,
    #[token("^=")]
    CircumflexEqual,
    #[token("<<=")]
    LeftShiftEqual,
    #[token(">>=")]
    RightShiftEqual,
    #[token("**=")]
    DoubleStarEqual,
    #[token("//=")]
    DoubleSlashEqual,
    #[token("@=")]
    AtEqual,
    /// A character that begins no token: `$`, `?`, a backquote.
    #[regex(r"[$?`]")]
    Op,
}

impl Kind {
    /// Whether this is a hard keyword.
    pub fn is_keyword(self) -> bool {
        (Kind::False..=Kind::Yield).contains(&self)
    }

    /// Whether nothing but layout is meant: such tokens never reach the parser.
    pub fn is_trivia(self) -> bool {
        matches!(self, Kind::Space | Kind::Comment | Kind::Nl)
    }
}

/// One token: what it is and where. `start..end` is its range of bytes in the source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    pub from: Pos,
    pub to: Pos,
}

impl Token {
    /// The token's place as an AST span.
    pub fn span(&self) -> Span {
        Span { line: self.from.line, col: self.from.col, end_line: self.to.line, end_col: self.to.col }
    }
}
