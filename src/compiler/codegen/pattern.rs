//! `match`: patterns are tested from the outside in; captured values wait on the stack until all have
//! matched.

use super::super::code::Const;
use super::super::ir::{Label, Loc, Op, op::*};
use super::{Codegen, Result, SUBSCRIPT};
use crate::syntax::ast::*;

/// The state of one case.
#[derive(Default)]
struct PatternContext {
    /// Names captured so far, in the order of their values on the stack.
    stores: Vec<Ident>,
    allow_irrefutable: bool,
    /// Where to go on failure with that many values to pop.
    fail_pop: Vec<Label>,
    /// Values above the captured ones.
    on_top: usize,
}

impl<'a> Codegen<'a> {
    pub fn match_(&mut self, subject: ExprId, cases: &'a [MatchCase]) -> Result {
        self.expr(subject)?;
        let end = self.label();
        let Some((last, _)) = cases.split_last() else { return Ok(()) };
        let has_default = self.is_wildcard(last.pattern) && cases.len() > 1;
        let tested = cases.len() - usize::from(has_default);
        for (i, case) in cases[..tested].iter().enumerate() {
            let loc = self.pattern_loc(case.pattern);
            let is_last = i + 1 == tested;
            if !is_last {
                self.op_arg(loc, COPY, 1);
            }
            let mut pc = PatternContext {
                allow_irrefutable: case.guard.is_some() || i + 1 == cases.len(),
                ..PatternContext::default()
            };
            self.pattern(case.pattern, &mut pc)?;
            for name in &pc.stores {
                self.store_name(loc, name)?;
            }
            if let Some(guard) = case.guard {
                self.ensure_fail_pop(&mut pc, 0);
                self.jump_if(loc, guard, pc.fail_pop[0], false)?;
            }
            if !is_last {
                // The subject; as part of the body, so that branches are reported where they go.
                self.op(Loc::NEXT, POP_TOP);
            }
            self.stmts(&case.body)?;
            self.jump(Loc::NONE, JUMP, end);
            self.emit_fail_pop(loc, &mut pc);
        }
        if has_default {
            let loc = self.pattern_loc(last.pattern);
            self.op(loc, if cases.len() == 1 { POP_TOP } else { NOP });
            if let Some(guard) = last.guard {
                self.jump_if(loc, guard, end, false)?;
            }
            self.stmts(&last.body)?;
        }
        self.place(end);
        Ok(())
    }

    fn pattern_loc(&self, id: PatternId) -> Loc {
        self.ast[id].span.into()
    }

    fn is_wildcard(&self, id: PatternId) -> bool {
        matches!(self.ast[id].kind, PatternKind::As { pattern: None, name: None })
    }

    fn ensure_fail_pop(&mut self, pc: &mut PatternContext, n: usize) {
        while pc.fail_pop.len() <= n {
            let label = self.label();
            pc.fail_pop.push(label);
        }
    }

    fn jump_to_fail_pop(&mut self, loc: Loc, pc: &mut PatternContext, op: Op) {
        let pops = pc.on_top + pc.stores.len();
        self.ensure_fail_pop(pc, pops);
        self.jump(loc, op, pc.fail_pop[pops]);
    }

    fn emit_fail_pop(&mut self, loc: Loc, pc: &mut PatternContext) {
        for (i, label) in std::mem::take(&mut pc.fail_pop).into_iter().enumerate().rev() {
            self.place(label);
            if i > 0 {
                self.op(loc, POP_TOP);
            }
        }
    }

    /// Moves the top below `count - 1` values.
    fn rotate(&mut self, loc: Loc, count: usize) {
        for n in (2..=count).rev() {
            self.op_arg(loc, SWAP, n as u32);
        }
    }

    fn capture(&mut self, loc: Loc, name: Option<&Ident>, pc: &mut PatternContext) -> Result {
        let Some(name) = name else {
            self.op(loc, POP_TOP);
            return Ok(());
        };
        if pc.stores.contains(name) {
            return self.duplicate_store(loc, name);
        }
        self.rotate(loc, pc.on_top + pc.stores.len() + 1);
        pc.stores.push(name.clone());
        Ok(())
    }

    fn duplicate_store(&self, loc: Loc, name: &Ident) -> Result {
        self.error(loc, format!("multiple assignments to name '{name}' in pattern"))
    }

    fn pattern(&mut self, id: PatternId, pc: &mut PatternContext) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |c| c.pattern_inner(id, pc))
    }

    fn subpattern(&mut self, id: PatternId, pc: &mut PatternContext) -> Result {
        let before = std::mem::replace(&mut pc.allow_irrefutable, true);
        self.pattern(id, pc)?;
        pc.allow_irrefutable = before;
        Ok(())
    }

    fn pattern_inner(&mut self, id: PatternId, pc: &mut PatternContext) -> Result {
        let ast = self.ast;
        let loc = self.pattern_loc(id);
        match &ast[id].kind {
            PatternKind::Value(value) => {
                let literal = matches!(ast[*value].kind, ExprKind::Constant(_) | ExprKind::Attribute { .. });
                if !literal {
                    return self.error(loc, "patterns may only match literals and attribute lookups");
                }
                self.expr(*value)?;
                self.compare_op(loc, CmpOp::Eq);
                self.op(loc, TO_BOOL);
                self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
            }
            PatternKind::Singleton(value) => {
                self.load_const(loc, Self::constant(value));
                self.compare_op(loc, CmpOp::Is);
                self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
            }
            PatternKind::Sequence(patterns) => self.pattern_sequence(loc, patterns, pc)?,
            PatternKind::Mapping { keys, patterns, rest } => {
                self.pattern_mapping(loc, keys, patterns, rest.as_ref(), pc)?;
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.pattern_class(loc, *cls, patterns, kwd_attrs, kwd_patterns, pc)?;
            }
            PatternKind::Star(name) => self.capture(loc, name.as_ref(), pc)?,
            PatternKind::As { pattern: None, name } => {
                if !pc.allow_irrefutable {
                    return match name {
                        Some(name) => {
                            self.error(loc, format!("name capture '{name}' makes remaining patterns unreachable"))
                        }
                        None => self.error(loc, "wildcard makes remaining patterns unreachable"),
                    };
                }
                self.capture(loc, name.as_ref(), pc)?;
            }
            PatternKind::As { pattern: Some(pattern), name } => {
                // A copy to capture if it matches.
                pc.on_top += 1;
                self.op_arg(loc, COPY, 1);
                self.pattern(*pattern, pc)?;
                pc.on_top -= 1;
                self.capture(loc, name.as_ref(), pc)?;
            }
            PatternKind::Or(patterns) => self.pattern_or(loc, patterns, pc)?,
        }
        Ok(())
    }

    fn pattern_sequence(&mut self, loc: Loc, patterns: &[PatternId], pc: &mut PatternContext) -> Result {
        let ast = self.ast;
        let mut star = None;
        let mut only_wildcard = true;
        let mut star_wildcard = false;
        for (i, &pattern) in patterns.iter().enumerate() {
            if let PatternKind::Star(name) = &ast[pattern].kind {
                if star.is_some() {
                    return self.error(loc, "multiple starred names in sequence pattern");
                }
                star_wildcard = name.is_none();
                only_wildcard &= star_wildcard;
                star = Some(i);
            } else {
                only_wildcard &= self.is_wildcard(pattern);
            }
        }
        pc.on_top += 1;
        self.op(loc, MATCH_SEQUENCE);
        self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        let wanted = match star {
            None => Some((patterns.len(), CmpOp::Eq)),
            Some(_) if patterns.len() > 1 => Some((patterns.len() - 1, CmpOp::GtE)),
            Some(_) => None,
        };
        if let Some((n, op)) = wanted {
            self.op(loc, GET_LEN);
            self.load_const(loc, Const::Int(n as i64));
            self.compare_op(loc, op);
            self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        }
        pc.on_top -= 1;
        match star {
            _ if only_wildcard => self.op(loc, POP_TOP),
            Some(star) if star_wildcard => self.pattern_items(loc, patterns, star, pc)?,
            _ => self.pattern_unpack(loc, patterns, star, pc)?,
        }
        Ok(())
    }

    /// `[a, *_, b]`: only the items that are looked at are taken out.
    fn pattern_items(&mut self, loc: Loc, patterns: &[PatternId], star: usize, pc: &mut PatternContext) -> Result {
        pc.on_top += 1;
        for (i, &pattern) in patterns.iter().enumerate() {
            if i == star || self.is_wildcard(pattern) {
                continue;
            }
            self.op_arg(loc, COPY, 1);
            if i < star {
                self.load_const(loc, Const::Int(i as i64));
            } else {
                self.op(loc, GET_LEN);
                self.load_const(loc, Const::Int((patterns.len() - i) as i64));
                self.op_arg(loc, BINARY_OP, super::operator_arg(Operator::Sub));
            }
            self.op_arg(loc, BINARY_OP, SUBSCRIPT);
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 1;
        self.op(loc, POP_TOP);
        Ok(())
    }

    fn pattern_unpack(
        &mut self,
        loc: Loc,
        patterns: &[PatternId],
        star: Option<usize>,
        pc: &mut PatternContext,
    ) -> Result {
        match star {
            Some(i) => {
                let after = patterns.len() - i - 1;
                if i >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                    return self.error(loc, "too many expressions in star-unpacking sequence pattern");
                }
                self.op_arg(loc, UNPACK_EX, (i + (after << 8)) as u32);
            }
            None => self.op_arg(loc, UNPACK_SEQUENCE, patterns.len() as u32),
        }
        pc.on_top += patterns.len();
        for &pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        Ok(())
    }

    fn pattern_mapping(
        &mut self,
        loc: Loc,
        keys: &[ExprId],
        patterns: &[PatternId],
        rest: Option<&Ident>,
        pc: &mut PatternContext,
    ) -> Result {
        let ast = self.ast;
        let size = keys.len();
        pc.on_top += 1;
        self.op(loc, MATCH_MAPPING);
        self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            pc.on_top -= 1;
            self.op(loc, POP_TOP);
            return Ok(());
        }
        if size > 0 {
            self.op(loc, GET_LEN);
            self.load_const(loc, Const::Int(size as i64));
            self.compare_op(loc, CmpOp::GtE);
            self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        }
        let mut seen: Vec<&Constant> = Vec::new();
        for &key in keys {
            match &ast[key].kind {
                ExprKind::Constant(value) => {
                    if seen.iter().any(|other| equal_keys(other, value)) {
                        let repr = super::super::unparse::unparse(ast, key);
                        let repr = String::from_utf8_lossy(&repr.0).into_owned();
                        return self.error(loc, format!("mapping pattern checks duplicate key ({repr})"));
                    }
                    seen.push(value);
                }
                ExprKind::Attribute { .. } => {}
                _ => {
                    return self.error(loc, "mapping pattern keys may only match literals and attribute lookups");
                }
            }
            self.expr(key)?;
        }
        self.op_arg(loc, BUILD_TUPLE, size as u32);
        self.op(loc, MATCH_KEYS);
        pc.on_top += 2;
        self.op_arg(loc, COPY, 1);
        self.load_none(loc);
        self.op_arg(loc, IS_OP, 1);
        self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        self.op_arg(loc, UNPACK_SEQUENCE, size as u32);
        pc.on_top += size;
        pc.on_top -= 1;
        for &pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        // What follows uses up the tuple of keys and the subject.
        pc.on_top -= 2;
        if let Some(rest) = rest {
            // A copy of the mapping without the keys.
            self.op_arg(loc, BUILD_MAP, 0);
            self.op_arg(loc, SWAP, 3);
            self.op_arg(loc, DICT_UPDATE, 2);
            self.op_arg(loc, UNPACK_SEQUENCE, size as u32);
            for n in (1..=size).rev() {
                self.op_arg(loc, COPY, 1 + n as u32);
                self.op_arg(loc, SWAP, 2);
                self.op(loc, DELETE_SUBSCR);
            }
            self.capture(loc, Some(rest), pc)?;
        } else {
            self.op(loc, POP_TOP);
            self.op(loc, POP_TOP);
        }
        Ok(())
    }

    fn pattern_class(
        &mut self,
        loc: Loc,
        cls: ExprId,
        patterns: &[PatternId],
        kwd_attrs: &[Ident],
        kwd_patterns: &[PatternId],
        pc: &mut PatternContext,
    ) -> Result {
        for (i, attr) in kwd_attrs.iter().enumerate() {
            if let Some(j) = kwd_attrs[i + 1..].iter().position(|other| other == attr) {
                let loc = self.pattern_loc(kwd_patterns[i + 1 + j]);
                return self.error(loc, format!("attribute name repeated in class pattern: {attr}"));
            }
        }
        self.expr(cls)?;
        let names = kwd_attrs.iter().map(|name| Const::Str(Text::new(name))).collect();
        self.load_const(loc, Const::Tuple(names));
        self.op_arg(loc, MATCH_CLASS, patterns.len() as u32);
        self.op_arg(loc, COPY, 1);
        self.load_none(loc);
        self.op_arg(loc, IS_OP, 1);
        pc.on_top += 1;
        self.jump_to_fail_pop(loc, pc, POP_JUMP_IF_FALSE);
        let n = patterns.len() + kwd_patterns.len();
        self.op_arg(loc, UNPACK_SEQUENCE, n as u32);
        pc.on_top += n;
        pc.on_top -= 1;
        for &pattern in patterns.iter().chain(kwd_patterns) {
            pc.on_top -= 1;
            if self.is_wildcard(pattern) {
                self.op(loc, POP_TOP);
            } else {
                self.subpattern(pattern, pc)?;
            }
        }
        Ok(())
    }

    /// Every alternative must capture the same names, and leaves them in the order of the first.
    fn pattern_or(&mut self, loc: Loc, patterns: &[PatternId], outer: &mut PatternContext) -> Result {
        let end = self.label();
        let mut control: Vec<Ident> = Vec::new();
        for (i, &pattern) in patterns.iter().enumerate() {
            let alt_loc = self.pattern_loc(pattern);
            let mut pc = PatternContext {
                allow_irrefutable: i + 1 == patterns.len() && outer.allow_irrefutable,
                ..PatternContext::default()
            };
            self.op_arg(alt_loc, COPY, 1);
            self.pattern(pattern, &mut pc)?;
            if i == 0 {
                control = pc.stores.clone();
            } else if pc.stores.len() != control.len() {
                return self.error(loc, "alternative patterns bind different names");
            } else {
                for wanted in (0..control.len()).rev() {
                    let Some(at) = pc.stores.iter().position(|name| *name == control[wanted]) else {
                        return self.error(loc, "alternative patterns bind different names");
                    };
                    if at != wanted {
                        let rotated: Vec<Ident> = pc.stores.drain(..=at).collect();
                        let place = wanted - at;
                        pc.stores.splice(place..place, rotated);
                        for _ in 0..=at {
                            self.rotate(alt_loc, wanted + 1);
                        }
                    }
                }
            }
            self.jump(alt_loc, JUMP, end);
            self.emit_fail_pop(alt_loc, &mut pc);
        }
        self.op(loc, POP_TOP);
        self.jump_to_fail_pop(loc, outer, JUMP);
        self.place(end);
        let rotations = control.len() + 1 + outer.on_top + outer.stores.len();
        for name in control {
            self.rotate(loc, rotations);
            if outer.stores.contains(&name) {
                return self.duplicate_store(loc, &name);
            }
            outer.stores.push(name);
        }
        self.op(loc, POP_TOP);
        Ok(())
    }
}

/// Whether two literals are the same key of a mapping: numbers by value.
fn equal_keys(a: &Constant, b: &Constant) -> bool {
    let number = |c: &Constant| match c {
        Constant::True => Some((1.0, 0.0)),
        Constant::False => Some((0.0, 0.0)),
        Constant::Int(i) => Some((*i as f64, 0.0)),
        Constant::Float(f) => Some((*f, 0.0)),
        Constant::Imaginary(f) => Some((0.0, *f)),
        Constant::Complex(real, imag) => Some((*real, *imag)),
        _ => None,
    };
    match (a, b) {
        (Constant::Int(a), Constant::Int(b)) => a == b,
        (Constant::Str { text: a, .. }, Constant::Str { text: b, .. }) => a == b,
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}
