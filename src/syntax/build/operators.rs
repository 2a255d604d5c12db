//! Flat chains of operators become trees by precedence.

use super::super::ast::*;
use super::Builder;

/// An operand of a binary operator with its extent, parentheses included, and the operator before it.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    expr: ExprId,
    span: Span,
    op: Operator,
}

impl Operand {
    pub fn new(expr: ExprId, span: Span) -> Self {
        Operand { expr, span, op: Operator::Add }
    }

    /// The same operand, standing after `op`.
    pub fn after(self, op: Operator) -> Self {
        Operand { op, ..self }
    }
}

/// An operand of `and` or `or`.
#[derive(Debug, Clone, Copy)]
pub struct LogicItem {
    expr: ExprId,
    span: Span,
    op: BoolOp,
}

impl LogicItem {
    pub fn new(expr: ExprId, span: Span) -> Self {
        LogicItem { expr, span, op: BoolOp::And }
    }

    pub fn after(self, op: BoolOp) -> Self {
        LogicItem { op, ..self }
    }
}

/// How tightly an operator binds; all of these group from the left.
fn precedence(op: Operator) -> u8 {
    match op {
        Operator::BitOr => 1,
        Operator::BitXor => 2,
        Operator::BitAnd => 3,
        Operator::LShift | Operator::RShift => 4,
        Operator::Add | Operator::Sub => 5,
        Operator::Mult | Operator::MatMult | Operator::Div | Operator::Mod | Operator::FloorDiv => 6,
        Operator::Pow => 7,
    }
}

impl Builder<'_> {
    /// Groups `a op b op c ...` by precedence, with an explicit stack.
    pub fn binary_chain(&mut self, chain: Vec<Operand>) -> ExprId {
        let mut stack: Vec<Operand> = Vec::with_capacity(4);
        for operand in chain {
            while stack.len() >= 2 && precedence(stack[stack.len() - 1].op) >= precedence(operand.op) {
                self.fold(&mut stack);
            }
            stack.push(operand);
        }
        while stack.len() >= 2 {
            self.fold(&mut stack);
        }
        stack[0].expr
    }

    fn fold(&mut self, stack: &mut Vec<Operand>) {
        let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else { return };
        let span = left.span.to(right.span);
        let kind = ExprKind::BinOp { left: left.expr, op: right.op, right: right.expr };
        let expr = self.ast.expr(span, kind);
        stack.push(Operand { expr, span, op: left.op });
    }

    /// Groups `a and b or c ...`: runs of `and`, then one `or` of them.
    pub fn bool_chain(&mut self, chain: Vec<LogicItem>) -> ExprId {
        let mut terms: Vec<LogicItem> = Vec::new();
        let mut run: Vec<LogicItem> = Vec::new();
        for (i, item) in chain.into_iter().enumerate() {
            if i > 0 && item.op == BoolOp::Or {
                let term = self.bool_op(BoolOp::And, &run);
                terms.push(term);
                run.clear();
            }
            run.push(item);
        }
        let term = self.bool_op(BoolOp::And, &run);
        terms.push(term);
        self.bool_op(BoolOp::Or, &terms).expr
    }

    fn bool_op(&mut self, op: BoolOp, items: &[LogicItem]) -> LogicItem {
        if items.len() == 1 {
            return items[0];
        }
        let span = items[0].span.to(items[items.len() - 1].span);
        let values = items.iter().map(|item| item.expr).collect();
        LogicItem::new(self.ast.expr(span, ExprKind::BoolOp { op, values }), span)
    }

    pub fn compare(&mut self, left: ExprId, tail: Vec<(CmpOp, ExprId)>, span: Span) -> ExprId {
        let (ops, comparators) = tail.into_iter().unzip();
        self.ast.expr(span, ExprKind::Compare { left, ops, comparators })
    }
}
