//! Expressions, and the jumps of conditions.

use super::super::ir::{Label, Loc, op::*};
use super::{Codegen, Result, STACK_USE_GUIDELINE, UnitKind, intrinsic, operator_arg};
use crate::syntax::ast::*;

/// How a display collects its items: make, add one, extend by an iterable.
#[derive(Clone, Copy)]
pub(super) struct Collect {
    pub build: u16,
    pub add: u16,
    pub extend: u16,
    pub tuple: bool,
}

pub(super) const LIST: Collect = Collect { build: BUILD_LIST, add: LIST_APPEND, extend: LIST_EXTEND, tuple: false };
pub(super) const TUPLE: Collect = Collect { tuple: true, ..LIST };
const SET: Collect = Collect { build: BUILD_SET, add: SET_ADD, extend: SET_UPDATE, tuple: false };

impl<'a> Codegen<'a> {
    pub fn exprs(&mut self, exprs: &[ExprId]) -> Result {
        exprs.iter().try_for_each(|&e| self.expr(e))
    }

    pub fn expr(&mut self, id: ExprId) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |c| c.expr_inner(id))
    }

    fn expr_inner(&mut self, id: ExprId) -> Result {
        let ast = self.ast;
        let expr = &ast[id];
        let loc: Loc = expr.span.into();
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(*value)?;
                self.op_arg(loc, COPY, 1);
                self.expr(*target)?;
            }
            ExprKind::BoolOp { op, values } => self.bool_op(loc, *op, values)?,
            ExprKind::BinOp { left, op, right } => {
                self.expr(*left)?;
                self.expr(*right)?;
                self.op_arg(loc, BINARY_OP, operator_arg(*op));
            }
            ExprKind::UnaryOp { op, operand } => {
                self.expr(*operand)?;
                match op {
                    UnaryOp::Not => {
                        self.op(loc, TO_BOOL);
                        self.op(loc, UNARY_NOT);
                    }
                    UnaryOp::Invert => self.op(loc, UNARY_INVERT),
                    UnaryOp::USub => self.op(loc, UNARY_NEGATIVE),
                    UnaryOp::UAdd => self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::UNARY_POSITIVE),
                }
            }
            ExprKind::Lambda { args, body } => self.lambda(id, args, *body)?,
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next) = (self.label(), self.label());
                self.jump_if(loc, *test, next, false)?;
                self.expr(*body)?;
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
                self.place(next);
                self.expr(*orelse)?;
                self.place(end);
            }
            ExprKind::Dict { keys, values } => self.dict(loc, keys, values)?,
            ExprKind::Set(elts) => self.collect(loc, elts, None, 0, SET)?,
            ExprKind::GeneratorExp { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::DictComp { .. } => self.comprehension(id)?,
            ExprKind::Await(value) => {
                self.expr(*value)?;
                self.op_arg(loc, GET_AWAITABLE, 0);
                self.load_none(loc);
                self.yield_from(loc, true);
            }
            ExprKind::Yield(value) => {
                if !self.scope().is_function_like() {
                    return self.error(loc, "'yield' outside function");
                }
                match value {
                    Some(value) => self.expr(*value)?,
                    None => self.load_none(loc),
                }
                self.yield_(loc);
            }
            ExprKind::YieldFrom(value) => {
                if !self.scope().is_function_like() {
                    return self.error(loc, "'yield from' outside function");
                }
                if self.unit_ref().kind == UnitKind::AsyncFunction {
                    return self.error(loc, "'yield from' inside async function");
                }
                self.expr(*value)?;
                self.op(loc, GET_YIELD_FROM_ITER);
                self.load_none(loc);
                self.yield_from(loc, false);
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(id, *left, ops, comparators)?,
            ExprKind::Call { func, args, keywords } => self.call(id, *func, args, keywords)?,
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(loc, *value, *conversion, *format_spec)?;
            }
            ExprKind::Interpolation { value, text, conversion, format_spec } => {
                self.interpolation(loc, *value, text, *conversion, *format_spec)?;
            }
            ExprKind::JoinedStr(values) => self.joined_str(loc, values)?,
            ExprKind::TemplateStr(values) => self.template_str(loc, values)?,
            ExprKind::Constant(value) => self.load_const(loc, Self::constant(value)),
            ExprKind::Attribute { value, attr, ctx } => self.attribute(id, *value, attr, *ctx)?,
            ExprKind::Subscript { value, slice, ctx } => self.subscript(id, *value, *slice, *ctx)?,
            ExprKind::Starred { ctx, .. } => {
                return match ctx {
                    Context::Store => self.error(loc, "starred assignment target must be in a list or tuple"),
                    _ => self.error(loc, "can't use starred expression here"),
                };
            }
            ExprKind::Name { id: name, ctx } => self.name_op(loc, name, *ctx)?,
            ExprKind::List { elts, ctx } => self.sequence(loc, elts, *ctx, LIST)?,
            ExprKind::Tuple { elts, ctx } => self.sequence(loc, elts, *ctx, TUPLE)?,
            ExprKind::Slice { .. } => self.slice(id)?,
        }
        Ok(())
    }

    fn sequence(&mut self, loc: Loc, elts: &[ExprId], ctx: Context, kind: Collect) -> Result {
        match ctx {
            Context::Load => self.collect(loc, elts, None, 0, kind),
            Context::Store => self.unpack(loc, elts),
            Context::Del => self.exprs(elts),
        }
    }

    /// A value yielded by this very function.
    pub fn yield_(&mut self, loc: Loc) {
        let scope = self.scope();
        if scope.generator && scope.coroutine {
            self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::ASYNC_GEN_WRAP);
        }
        self.op_arg(loc, YIELD_VALUE, 0);
        self.op_arg(loc, RESUME, 1);
    }

    /// A list, tuple or set of expressions, `pushed` values of it being on the stack already; `injected`
    /// is a name whose value comes last.
    pub(super) fn collect(
        &mut self,
        loc: Loc,
        elts: &[ExprId],
        injected: Option<&Ident>,
        pushed: usize,
        kind: Collect,
    ) -> Result {
        let n = elts.len();
        let big = n + pushed + usize::from(injected.is_some()) > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|&e| matches!(self.ast[e].kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            let mut n = n + pushed;
            if let Some(name) = injected {
                self.load_name(loc, name)?;
                n += 1;
            }
            self.op_arg(loc, if kind.tuple { BUILD_TUPLE } else { kind.build }, n as u32);
            return Ok(());
        }
        let mut built = false;
        if big {
            self.op_arg(loc, kind.build, pushed as u32);
            built = true;
        }
        for (i, &elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = self.ast[elt].kind {
                if !built {
                    self.op_arg(loc, kind.build, (i + pushed) as u32);
                    built = true;
                }
                self.expr(value)?;
                self.op_arg(loc, kind.extend, 1);
            } else {
                self.expr(elt)?;
                if built {
                    self.op_arg(loc, kind.add, 1);
                }
            }
        }
        if let Some(name) = injected {
            self.load_name(loc, name)?;
            self.op_arg(loc, kind.add, 1);
        }
        if kind.tuple {
            self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::LIST_TO_TUPLE);
        }
        Ok(())
    }

    fn dict(&mut self, loc: Loc, keys: &[Option<ExprId>], values: &[ExprId]) -> Result {
        let mut have_dict = false;
        let mut pending = 0;
        for (i, (key, &value)) in keys.iter().zip(values).enumerate() {
            if key.is_none() {
                if pending > 0 {
                    self.subdict(loc, &keys[i - pending..i], &values[i - pending..i])?;
                    if have_dict {
                        self.op_arg(loc, DICT_UPDATE, 1);
                    }
                    have_dict = true;
                    pending = 0;
                }
                if !have_dict {
                    self.op_arg(loc, BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(value)?;
                self.op_arg(loc, DICT_UPDATE, 1);
            } else if pending * 2 > STACK_USE_GUIDELINE {
                self.subdict(loc, &keys[i - pending..=i], &values[i - pending..=i])?;
                if have_dict {
                    self.op_arg(loc, DICT_UPDATE, 1);
                }
                have_dict = true;
                pending = 0;
            } else {
                pending += 1;
            }
        }
        if pending > 0 {
            let start = values.len() - pending;
            self.subdict(loc, &keys[start..], &values[start..])?;
            if have_dict {
                self.op_arg(loc, DICT_UPDATE, 1);
            }
            have_dict = true;
        }
        if !have_dict {
            self.op_arg(loc, BUILD_MAP, 0);
        }
        Ok(())
    }

    fn subdict(&mut self, loc: Loc, keys: &[Option<ExprId>], values: &[ExprId]) -> Result {
        let big = keys.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(loc, BUILD_MAP, 0);
        }
        for (key, &value) in keys.iter().zip(values) {
            if let Some(key) = key {
                self.expr(*key)?;
            }
            self.expr(value)?;
            if big {
                self.op_arg(loc, MAP_ADD, 1);
            }
        }
        if !big {
            self.op_arg(loc, BUILD_MAP, keys.len() as u32);
        }
        Ok(())
    }

    fn bool_op(&mut self, loc: Loc, op: BoolOp, values: &[ExprId]) -> Result {
        let jump = if op == BoolOp::And { JUMP_IF_FALSE } else { JUMP_IF_TRUE };
        let end = self.label();
        let Some((last, first)) = values.split_last() else { return Ok(()) };
        for &value in first {
            self.expr(value)?;
            self.jump(loc, jump, end);
            self.op(loc, POP_TOP);
        }
        self.expr(*last)?;
        self.place(end);
        Ok(())
    }

    /// One comparison of the two values on top.
    pub fn compare_op(&mut self, loc: Loc, op: CmpOp) {
        // The number of the operator, and which outcomes (1 unordered, 2 less, 4 greater, 8 equal) make it true.
        let (number, mask) = match op {
            CmpOp::Lt => (0, 2),
            CmpOp::LtE => (1, 2 | 8),
            CmpOp::Eq => (2, 8),
            CmpOp::NotEq => (3, 1 | 2 | 4),
            CmpOp::Gt => (4, 4),
            CmpOp::GtE => (5, 4 | 8),
            CmpOp::Is => return self.op_arg(loc, IS_OP, 0),
            CmpOp::IsNot => return self.op_arg(loc, IS_OP, 1),
            CmpOp::In => return self.op_arg(loc, CONTAINS_OP, 0),
            CmpOp::NotIn => return self.op_arg(loc, CONTAINS_OP, 1),
        };
        self.op_arg(loc, COMPARE_OP, number << 5 | mask);
    }

    fn compare(&mut self, id: ExprId, left: ExprId, ops: &[CmpOp], comparators: &[ExprId]) -> Result {
        let loc = self.loc(id);
        self.check_compare(id, left, ops, comparators);
        self.expr(left)?;
        let (Some((&last_op, ops)), Some((&last, comparators))) = (ops.split_last(), comparators.split_last()) else {
            return Ok(());
        };
        if ops.is_empty() {
            self.expr(last)?;
            self.compare_op(loc, last_op);
            return Ok(());
        }
        let (cleanup, end) = (self.label(), self.label());
        for (&op, &comparator) in ops.iter().zip(comparators) {
            self.expr(comparator)?;
            self.op_arg(loc, SWAP, 2);
            self.op_arg(loc, COPY, 2);
            self.compare_op(loc, op);
            self.op_arg(loc, COPY, 1);
            self.op(loc, TO_BOOL);
            self.jump(loc, POP_JUMP_IF_FALSE, cleanup);
            self.op(loc, POP_TOP);
        }
        self.expr(last)?;
        self.compare_op(loc, last_op);
        self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
        self.place(cleanup);
        self.op_arg(loc, SWAP, 2);
        self.op(loc, POP_TOP);
        self.place(end);
        Ok(())
    }

    /// Jumps to `next` if the truth of an expression is `cond`.
    pub fn jump_if(&mut self, loc: Loc, id: ExprId, next: Label, cond: bool) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |c| c.jump_if_inner(loc, id, next, cond))
    }

    fn jump_if_inner(&mut self, loc: Loc, id: ExprId, next: Label, cond: bool) -> Result {
        let ast = self.ast;
        let expr_loc = self.loc(id);
        match &ast[id].kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(loc, *operand, next, !cond),
            ExprKind::BoolOp { op, values } => {
                let cond2 = *op == BoolOp::Or;
                let next2 = if cond2 != cond { self.label() } else { next };
                let Some((last, first)) = values.split_last() else { return Ok(()) };
                for &value in first {
                    self.jump_if(loc, value, next2, cond2)?;
                }
                self.jump_if(loc, *last, next, cond)?;
                if next2 != next {
                    self.place(next2);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next2) = (self.label(), self.label());
                self.jump_if(loc, *test, next2, false)?;
                self.jump_if(loc, *body, next, cond)?;
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
                self.place(next2);
                self.jump_if(loc, *orelse, next, cond)?;
                self.place(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                self.check_compare(id, *left, ops, comparators);
                let (cleanup, end) = (self.label(), self.label());
                self.expr(*left)?;
                let last = ops.len() - 1;
                for i in 0..last {
                    self.expr(comparators[i])?;
                    self.op_arg(expr_loc, SWAP, 2);
                    self.op_arg(expr_loc, COPY, 2);
                    self.compare_op(expr_loc, ops[i]);
                    self.op(expr_loc, TO_BOOL);
                    self.jump(expr_loc, POP_JUMP_IF_FALSE, cleanup);
                }
                self.expr(comparators[last])?;
                self.compare_op(expr_loc, ops[last]);
                self.op(expr_loc, TO_BOOL);
                self.jump(expr_loc, if cond { POP_JUMP_IF_TRUE } else { POP_JUMP_IF_FALSE }, next);
                self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
                self.place(cleanup);
                self.op(expr_loc, POP_TOP);
                if !cond {
                    self.jump(Loc::NONE, JUMP_NO_INTERRUPT, next);
                }
                self.place(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(id)?;
        self.op(expr_loc, TO_BOOL);
        self.jump(expr_loc, if cond { POP_JUMP_IF_TRUE } else { POP_JUMP_IF_FALSE }, next);
        Ok(())
    }

    fn attribute(&mut self, id: ExprId, value: ExprId, attr: &Ident, ctx: Context) -> Result {
        let loc = self.loc(id);
        if ctx == Context::Load && self.is_super_call(value, attr) {
            self.super_arguments(value)?;
            self.load_super_attr(loc, value, attr, false);
            let loc = self.attribute_loc(loc, id);
            self.op(loc, NOP);
            return Ok(());
        }
        if ctx == Context::Store && matches!(&self.ast[value].kind, ExprKind::Name { id, .. } if &**id == "self") {
            self.add_static_attribute(attr);
        }
        self.expr(value)?;
        let loc = self.attribute_loc(loc, id);
        match ctx {
            Context::Load => self.load_attr(loc, attr, false),
            Context::Store => self.op_name(loc, STORE_ATTR, attr),
            Context::Del => self.op_name(loc, DELETE_ATTR, attr),
        }
        Ok(())
    }

    fn add_static_attribute(&mut self, attr: &Ident) {
        let outer = self.units.len() - 1;
        if let Some(class) = self.units[..outer].iter_mut().rev().find(|u| u.kind == UnitKind::Class) {
            class.static_attributes.insert(attr.clone());
        }
    }

    /// An attribute, or a method to be called.
    pub fn load_attr(&mut self, loc: Loc, attr: &Ident, method: bool) {
        let mangled = self.mangled(attr);
        let i = self.unit().names.add(&mangled);
        self.op_arg(loc, LOAD_ATTR, i << 1 | u32::from(method));
    }

    /// Where an attribute over several lines is: at its name.
    pub fn attribute_loc(&self, loc: Loc, attribute: ExprId) -> Loc {
        let ExprKind::Attribute { attr, .. } = &self.ast[attribute].kind else { return loc };
        let at = self.loc(attribute);
        if at.line == at.end_line {
            return loc;
        }
        let mut loc = loc;
        loc.line = at.end_line;
        let len = attr.chars().count() as i32;
        if len <= at.end_col {
            loc.col = at.end_col - len;
        } else {
            loc.col = -1;
            loc.end_col = -1;
        }
        loc.end_line = loc.end_line.max(loc.line);
        if loc.end_line == loc.line {
            loc.end_col = loc.end_col.max(loc.col);
        }
        loc
    }
}
