//! Patterns of `match`.

use super::Reader;
use crate::objects::slots::R;
use crate::objects::value::Value;
use crate::syntax::ast::*;

impl Reader<'_> {
    pub(super) fn pattern_field(&mut self, node: &Value, owner: &str, name: &str) -> R<PatternId> {
        let value = self.wanted(node, owner, name)?;
        self.deeper(owner, |reader| reader.pattern(&value))
    }

    fn pattern(&mut self, node: &Value) -> R<PatternId> {
        if node.is_none() {
            return Err(self.t.value_error("None disallowed in pattern list"));
        }
        let span = self.span(node, "pattern")?;
        let name = self.constructor(node, "pattern")?;
        let kind = match name {
            "MatchValue" => PatternKind::Value(self.expr_field(node, name, "value")?),
            "MatchSingleton" => {
                let value = self.required(node, name, "value")?;
                match self.constant(&value)? {
                    value @ (Constant::None | Constant::True | Constant::False) => PatternKind::Singleton(value),
                    _ => {
                        return Err(self.t.value_error("MatchSingleton can only contain True, False and None"));
                    }
                }
            }
            "MatchSequence" => PatternKind::Sequence(self.list(node, name, "patterns", Reader::pattern)?),
            "MatchMapping" => PatternKind::Mapping {
                keys: self.exprs(node, name, "keys")?,
                patterns: self.list(node, name, "patterns", Reader::pattern)?,
                rest: self.maybe_ident(node, "rest")?,
            },
            "MatchClass" => PatternKind::Class {
                cls: self.expr_field(node, name, "cls")?,
                patterns: self.list(node, name, "patterns", Reader::pattern)?,
                kwd_attrs: self.names(node, name, "kwd_attrs")?,
                kwd_patterns: self.list(node, name, "kwd_patterns", Reader::pattern)?,
            },
            "MatchStar" => PatternKind::Star(self.maybe_ident(node, "name")?),
            "MatchAs" => {
                let pattern = match self.optional(node, "pattern")? {
                    Some(value) => Some(self.deeper(name, |reader| reader.pattern(&value))?),
                    None => None,
                };
                PatternKind::As { pattern, name: self.maybe_ident(node, "name")? }
            }
            _ => PatternKind::Or(self.list(node, name, "patterns", Reader::pattern)?),
        };
        Ok(self.ast.pattern(span, kind))
    }
}
