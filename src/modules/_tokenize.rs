//! `_tokenize`: the lexer's tokens as `tokenize` wants them.
//!
//! The whole text is read and lexed before the first token is given out: the lexer works on a text, not on lines.

use super::ModuleSpec;
use super::native_type::{Signature, add_types, fields};
use crate::objects::bytes::Bytes;
use crate::objects::container::class_of;
use crate::objects::header::Kind as ObjectKind;
use crate::objects::iter::self_iter;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::syntax::lexer::{LexOptions, lex};
use crate::syntax::token::{Kind, Pos, Token};
use crate::vm::source;
use std::sync::atomic::{AtomicUsize, Ordering::*};

fields! {
    /// The payload of `TokenizerIter`.
    Tokenizer {
        readline: Value,
        encoding: Value,
        /// Whether comments and line ends are given, and operators have one number.
        extra: bool,
        /// A tuple of tokens, once they are known.
        tokens: Slot,
        /// What is raised after the last.
        error: Slot,
        given: AtomicUsize,
    }
}

/// CPython's numbers of tokens (`Lib/token.py`).
mod number {
    pub const NAME: i64 = 1;
    pub const NEWLINE: i64 = 4;
    pub const OP: i64 = 55;
    pub const COMMENT: i64 = 65;
    pub const NL: i64 = 66;
}

/// Operators by number, from 7 on.
#[rustfmt::skip]
static OPERATORS: &[&str] = &[
    "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}", "==", "!=",
    "<=", ">=", "~", "^", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=",
    "//", "//=", "@", "@=", "->", "...", ":=", "!",
];

fn number_of(kind: Kind, text: &str, extra: bool) -> i64 {
    match kind {
        Kind::EndMarker => 0,
        Kind::Name => number::NAME,
        Kind::Number => 2,
        Kind::String => 3,
        Kind::Newline => number::NEWLINE,
        Kind::Indent => 5,
        Kind::Dedent => 6,
        Kind::FStringStart => 59,
        Kind::FStringMiddle => 60,
        Kind::FStringEnd => 61,
        Kind::TStringStart => 62,
        Kind::TStringMiddle => 63,
        Kind::TStringEnd => 64,
        Kind::Comment => number::COMMENT,
        Kind::Nl => number::NL,
        kind if kind.is_keyword() => number::NAME,
        _ if extra => number::OP,
        _ => OPERATORS.iter().position(|op| *op == text).map_or(number::OP, |i| i as i64 + 7),
    }
}

/// The lines that `readline` gives, as they are.
fn read(t: &Thread, this: &Tokenizer) -> R<Vec<String>> {
    let mut lines = Vec::new();
    while let Some(line) = t.catch(protocol::call(t, &this.readline, &[]), |types| &types.stop_iteration)? {
        let text = if let Some(s) = line.cast::<Str>().filter(|_| this.encoding.is_none()) {
            s.to_str_lossy().into_owned()
        } else if line.cast::<Bytes>().is_some() && !this.encoding.is_none() {
            let text = protocol::call_method_str(t, &line, "decode", std::slice::from_ref(&this.encoding))?;
            text.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
        } else {
            let wanted = if this.encoding.is_none() { "str" } else { "bytes" };
            return Err(t.type_error(format!(
                "readline() returned a non-{} object",
                if wanted == "str" { "string" } else { "bytes" }
            )));
        };
        if text.is_empty() {
            break;
        }
        lines.push(text);
    }
    Ok(lines)
}

/// The text that is lexed, and the lines as they were read.
struct Text {
    text: String,
    lines: Vec<String>,
    /// Whether the last line had no line end.
    unended: bool,
}

impl Text {
    fn new(lines: Vec<String>) -> Text {
        let mut text: String = lines.iter().map(|line| line.replace("\r\n", "\n")).collect();
        let unended = !text.is_empty() && !text.ends_with('\n');
        if unended {
            text.push('\n');
        }
        Text { text, lines, unended }
    }

    /// A column in code points.
    fn column(&self, pos: Pos) -> i64 {
        let line = self.lines.get((pos.line as usize).saturating_sub(1)).map_or("", String::as_str);
        let bytes = &line.as_bytes()[..line.len().min(pos.col as usize)];
        let chars = String::from_utf8_lossy(bytes).chars().count();
        (chars + (pos.col as usize).saturating_sub(line.len())) as i64
    }

    fn token(&self, t: &Thread, token: &Token, extra: bool) -> Value {
        let text = self.text.get(token.start as usize..token.end as usize).unwrap_or("");
        let number = number_of(token.kind, text, extra);
        let last = self.lines.len();
        let (mut from, mut to) = (token.from, token.to);
        let mut shown = text;
        let mut end = None;
        if matches!(token.kind, Kind::Newline | Kind::Nl) {
            let line = self.lines.get((from.line as usize).saturating_sub(1)).map_or("", String::as_str);
            shown = match () {
                _ if line.ends_with("\r\n") => "\r\n",
                _ if self.unended && from.line as usize == last => "",
                _ => "\n",
            };
            to = from;
            end = Some(self.column(from) + shown.len().max(1) as i64);
        }
        if matches!(token.kind, Kind::EndMarker) || token.kind == Kind::Dedent && from.line as usize > last {
            from = Pos { line: last as u32 + 1, col: 0 };
            (to, shown) = (from, "");
        }
        if token.kind == Kind::Dedent {
            shown = "";
        }
        let place = |line: u32, column: i64| t.tuple([Value::small(line as i64), Value::small(column)]);
        let lines = (from.line..=to.line).filter_map(|n| self.lines.get(n as usize - 1)).map(String::as_str);
        t.tuple([
            Value::small(number),
            t.str(shown),
            place(from.line, self.column(from)),
            place(to.line, end.unwrap_or_else(|| self.column(to))),
            t.str(lines.collect::<String>()),
        ])
    }
}

/// Reads and lexes.
fn start(t: &Thread, this: &Tokenizer) -> R<()> {
    let text = Text::new(read(t, this)?);
    let lexed = lex(&text.text, LexOptions { trivia: this.extra, ..LexOptions::default() });
    let wanted = |token: &&Token| !matches!(token.kind, Kind::Space | Kind::Backslash);
    let items: Vec<Value> = lexed.tokens.iter().filter(wanted).map(|token| text.token(t, token, this.extra)).collect();
    let raised = match &lexed.error {
        Some(error) => Some(source::raise_syntax_error(t, error, &t.str("<string>"), Some(&text.text))),
        None if !lexed.open.is_empty() => {
            Some(t.raise_message(&t.types().syntax_error, "unexpected EOF in multi-line statement"))
        }
        None => None,
    };
    if let Some(raised) = raised {
        this.error.set(t.take_exception(raised));
    }
    this.tokens.set(t.tuple(items));
    Ok(())
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let this = Tokenizer::this(v);
    if this.tokens.is_empty() {
        start(t, this)?;
    }
    let given = this.given.fetch_add(1, Relaxed);
    let tokens = this.tokens.get(t);
    if let Some(token) = tokens.as_ref().and_then(|v| v.cast::<Tuple>()).and_then(|v| v.items().get(given)) {
        return Ok(Some(token.clone()));
    }
    match this.error.take() {
        Some(error) => Err(t.raise_as_is(error)),
        None => Ok(None),
    }
}

static SIGNATURE: Signature = Signature::new("tokenizeriter", "(readline, /, *, encoding=None, extra_tokens)");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [readline, encoding, extra] = SIGNATURE.bind(t, args)?;
    let extra = protocol::truth(t, extra.as_ref().unwrap_or(&Value::FALSE))?;
    Tokenizer::make_in(
        t,
        class_of(t, class)?,
        readline.unwrap_or(Value::NONE),
        encoding.unwrap_or(Value::NONE),
        extra,
        Slot::EMPTY,
        Slot::EMPTY,
        AtomicUsize::new(0),
    )
}

static SPEC: Spec = Spec {
    name: "_tokenize.TokenizerIter",
    kind: ObjectKind::Opaque,
    size: Tokenizer::SIZE,
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    slots: Slots { new: Some(new), iter: Some(self_iter), next: Some(next), ..Tokenizer::MEMORY },
    ..Spec::DEFAULT
};

/// `_tokenize`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_tokenize",
    exec: Some(|t, module| {
        add_types(t, module, &[&SPEC]);
        Ok(())
    }),
    ..ModuleSpec::DEFAULT
};
