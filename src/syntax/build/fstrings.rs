//! f-strings and t-strings: pieces of text and replacement fields.

use super::super::ast::*;
use super::super::token::{Kind, Pos, Token};
use super::{Build, Builder, StringPart, Tok, reject, sp};

/// What stands between the quotes: text, or the nodes of a field (two when `=` shows its source).
#[derive(Debug)]
pub enum Piece {
    Text(Tok),
    Field(ExprId),
    Debug(ExprId, ExprId),
}

/// A format specification, from its colon.
#[derive(Debug)]
pub struct Spec {
    pub span: Span,
    pub parts: Vec<Piece>,
}

/// The parts of a field that f-strings and t-strings share.
struct Field {
    conversion: Conversion,
    format_spec: Option<ExprId>,
    /// Source text of the expression, with the `=` and blanks of the debug form.
    text: String,
    /// The constant of the debug form.
    debug: Option<ExprId>,
}

impl Builder<'_> {
    pub fn fstring(&mut self, start: Tok, parts: Vec<Piece>, end: Tok) -> Build<StringPart> {
        let raw = self.text(start).contains(['r', 'R']);
        Ok(StringPart::Format(self.pieces(parts, raw, Some(end))?))
    }

    pub fn tstring(&mut self, start: Tok, parts: Vec<Piece>, end: Tok) -> Build<StringPart> {
        let raw = self.text(start).contains(['r', 'R']);
        Ok(StringPart::Template(self.pieces(parts, raw, Some(end))?))
    }

    /// Decodes the text pieces.
    fn pieces(&mut self, parts: Vec<Piece>, raw: bool, end: Option<Tok>) -> Build<Vec<ExprId>> {
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Piece::Text(tok) => {
                    let token = *self.token(tok);
                    self.escape_line = end.map(|end| self.token(end).from.line);
                    let text = self.decode(self.text(tok), raw, &token)?;
                    self.escape_line = None;
                    self.warn_before_brace(&token, raw);
                    // A doubled brace stands for one; its second half lies outside the token.
                    out.push(self.constant(Constant::Str { text, u: false }, token.span()));
                }
                Piece::Field(e) => out.push(e),
                Piece::Debug(text, e) => out.extend([text, e]),
            }
        }
        Ok(out)
    }

    /// `\{` is an invalid escape although the brace belongs to a field.
    fn warn_before_brace(&mut self, token: &Token, raw: bool) {
        if raw {
            return;
        }
        let bytes = &self.source.as_bytes()[token.start as usize..token.end as usize];
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'\\' {
                let next = self.source.as_bytes().get(token.start as usize + at + 1);
                if let Some(&brace @ (b'{' | b'}')) = next {
                    self.warn_escape(bytes, at, char::from(brace), token);
                }
                at += 1;
            }
            at += 1;
        }
    }

    /// Joins neighbouring constants and drops empty ones, as CPython's `_build_concatenated_str` does.
    pub(super) fn fold_constants(&mut self, pieces: Vec<ExprId>) -> Vec<ExprId> {
        let mut out: Vec<ExprId> = Vec::with_capacity(pieces.len());
        let mut at = 0;
        while at < pieces.len() {
            let first = pieces[at];
            let ExprKind::Constant(Constant::Str { u, text }) = &self.ast[first].kind else {
                out.push(first);
                at += 1;
                continue;
            };
            let u = *u;
            let mut last = at;
            let mut joined: Option<Vec<u8>> = None;
            let mut empty = text.0.is_empty();
            while let Some(&next) = pieces.get(last + 1)
                && let ExprKind::Constant(Constant::Str { text: more, .. }) = &self.ast[next].kind
            {
                joined.get_or_insert_with(|| text.0.to_vec()).extend_from_slice(&more.0);
                empty &= more.0.is_empty();
                last += 1;
            }
            if !empty {
                let span = self.ast[first].span.to(self.ast[pieces[last]].span);
                out.push(match joined {
                    None => first,
                    Some(bytes) => self.constant(Constant::Str { text: Text(bytes.into()), u }, span),
                });
            }
            at = last + 1;
        }
        out
    }

    pub fn field(
        &mut self,
        value: ExprId,
        equal: Option<Tok>,
        conversion: Option<(Tok, Tok)>,
        spec: Option<Spec>,
        close: Tok,
        span: Span,
    ) -> Build<Piece> {
        let field = self.field_parts(equal, conversion, spec, close, span)?;
        let Field { conversion, format_spec, debug, .. } = field;
        let e = self.ast.expr(span, ExprKind::FormattedValue { value, conversion, format_spec });
        Ok(debug.map_or(Piece::Field(e), |text| Piece::Debug(text, e)))
    }

    pub fn interpolation(
        &mut self,
        value: ExprId,
        equal: Option<Tok>,
        conversion: Option<(Tok, Tok)>,
        spec: Option<Spec>,
        close: Tok,
        span: Span,
    ) -> Build<Piece> {
        let field = self.field_parts(equal, conversion, spec, close, span)?;
        let Field { conversion, format_spec, debug, text } = field;
        let text = match equal {
            Some(equal) => Text::new(&self.field_text(span, self.token(equal).from, close)),
            None => Text::new(&text),
        };
        let e = self.ast.expr(span, ExprKind::Interpolation { value, text, conversion, format_spec });
        Ok(debug.map_or(Piece::Field(e), |text| Piece::Debug(text, e)))
    }

    fn field_parts(
        &mut self,
        equal: Option<Tok>,
        conversion: Option<(Tok, Tok)>,
        spec: Option<Spec>,
        close: Tok,
        span: Span,
    ) -> Build<Field> {
        let spec_span = spec.as_ref().map(|s| s.span);
        let format_spec = match spec {
            None => None,
            Some(Spec { span, parts }) => {
                let raw = self.is_raw_before(close);
                let pieces = self.pieces(parts, raw, None)?;
                let pieces = self.fold_constants(pieces);
                Some(self.ast.expr(span, ExprKind::JoinedStr(pieces)))
            }
        };
        // The expression's text ends at the first of `!`, `:` and `}`.
        let (text_end, debug_end) = match (conversion, spec_span) {
            (Some((bang, name)), _) => (self.token(bang).from, self.token(name).from),
            (None, Some(s)) => (Pos { line: s.line, col: s.col }, Pos { line: s.line, col: s.col + 1 }),
            (None, None) => (self.token(close).from, Pos { line: span.end_line, col: span.end_col }),
        };
        let text = self.field_text(span, text_end, close);
        let debug = equal.map(|_| {
            let l = Pos { line: span.line, col: span.col + 1 };
            let r = Pos { line: debug_end.line, col: debug_end.col.saturating_sub(1) };
            self.constant(Constant::Str { text: Text::new(&text), u: false }, sp(l, r))
        });
        let conversion = match conversion {
            Some((bang, name)) => self.conversion(bang, name)?,
            None if debug.is_some() && format_spec.is_none() => Conversion::Repr,
            None => Conversion::None,
        };
        Ok(Field { conversion, format_spec, text, debug })
    }

    fn conversion(&self, bang: Tok, name: Tok) -> Build<Conversion> {
        if self.token(bang).end != self.token(name).start {
            return reject();
        }
        Ok(match self.text(name) {
            "s" => Conversion::Str,
            "r" => Conversion::Repr,
            "a" => Conversion::Ascii,
            _ => return reject(),
        })
    }

    /// The source between a field's brace and `end`, comments left out.
    fn field_text(&self, span: Span, end: Pos, close: Tok) -> String {
        // Walk back from the closing brace to the tokens that bound the text.
        let mut index = close.index as usize;
        while index > 0 && self.tokens[index].from > end {
            index -= 1;
        }
        let until = self.tokens[index].start as usize;
        let open = Pos { line: span.line, col: span.col };
        while index > 0 && self.tokens[index].from > open {
            index -= 1;
        }
        let from = self.tokens[index].end as usize;
        let text = self.source.get(from..until).unwrap_or("");
        if !text.contains('#') {
            return text.to_owned();
        }
        // Whatever lies between two tokens and starts with `#` is a comment.
        let mut out = String::new();
        let mut at = from;
        for token in &self.tokens[index + 1..=close.index as usize] {
            let gap_end = (token.start as usize).min(until);
            strip_comments(&self.source[at.min(gap_end)..gap_end], &mut out);
            at = (token.end as usize).min(until).max(at);
            out.push_str(&self.source[gap_end..at.max(gap_end)]);
        }
        out
    }

    /// Whether the f-string around a token is raw: its opening token is looked for backwards.
    fn is_raw_before(&self, close: Tok) -> bool {
        let mut depth = 0;
        for token in self.tokens[..close.index as usize].iter().rev() {
            match token.kind {
                Kind::FStringEnd | Kind::TStringEnd => depth += 1,
                Kind::FStringStart | Kind::TStringStart if depth > 0 => depth -= 1,
                Kind::FStringStart | Kind::TStringStart => {
                    return self.source[token.start as usize..token.end as usize].contains(['r', 'R']);
                }
                _ => {}
            }
        }
        false
    }
}

/// Appends blank text without its comments.
fn strip_comments(gap: &str, out: &mut String) {
    for line in gap.split_inclusive('\n') {
        match line.find('#') {
            Some(at) => {
                out.push_str(&line[..at]);
                if line.ends_with('\n') {
                    out.push('\n');
                }
            }
            None => out.push_str(line),
        }
    }
}
