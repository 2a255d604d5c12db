//! Warnings about code that is surely a mistake.

use super::Codegen;
use crate::syntax::ast::*;

impl Codegen<'_> {
    /// The type name of an expression whose type is plain to see.
    fn inferred_type(&self, id: ExprId) -> Option<&'static str> {
        Some(match &self.ast[id].kind {
            ExprKind::Tuple { .. } => "tuple",
            ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
            ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
            ExprKind::Set(_) | ExprKind::SetComp { .. } => "set",
            ExprKind::GeneratorExp { .. } => "generator",
            ExprKind::Lambda { .. } => "function",
            ExprKind::TemplateStr(_) | ExprKind::Interpolation { .. } => "string.templatelib.Template",
            ExprKind::JoinedStr(_) | ExprKind::FormattedValue { .. } => "str",
            ExprKind::Constant(value) => constant_type(value),
            _ => return None,
        })
    }

    pub fn check_caller(&mut self, func: ExprId) {
        let callable = matches!(self.ast[func].kind, ExprKind::Lambda { .. });
        if !callable && let Some(name) = self.inferred_type(func) {
            let loc = self.loc(func);
            self.warn(loc, format!("'{name}' object is not callable; perhaps you missed a comma?"));
        }
    }

    pub fn check_subscripter(&mut self, value: ExprId) {
        let suspect = match &self.ast[value].kind {
            ExprKind::Constant(c) => !matches!(c, Constant::Str { .. } | Constant::Bytes(_)),
            ExprKind::Set(_)
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr(_)
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => true,
            _ => false,
        };
        if suspect && let Some(name) = self.inferred_type(value) {
            let loc = self.loc(value);
            self.warn(loc, format!("'{name}' object is not subscriptable; perhaps you missed a comma?"));
        }
    }

    pub fn check_index(&mut self, value: ExprId, index: ExprId) {
        let sequence = matches!(
            &self.ast[value].kind,
            ExprKind::Constant(Constant::Str { .. } | Constant::Bytes(_))
                | ExprKind::Tuple { .. }
                | ExprKind::List { .. }
                | ExprKind::ListComp { .. }
                | ExprKind::JoinedStr(_)
                | ExprKind::FormattedValue { .. }
        );
        let Some(index_type) = self.inferred_type(index) else { return };
        if !sequence || matches!(index_type, "int" | "bool") {
            return;
        }
        if let Some(name) = self.inferred_type(value) {
            let loc = self.loc(value);
            let message =
                format!("{name} indices must be integers or slices, not {index_type}; perhaps you missed a comma?");
            self.warn(loc, message);
        }
    }

    pub fn check_compare(&mut self, id: ExprId, left: ExprId, ops: &[CmpOp], comparators: &[ExprId]) {
        let literal = |c: &Self, id: ExprId| match &c.ast[id].kind {
            ExprKind::Constant(Constant::None | Constant::True | Constant::False | Constant::Ellipsis) => None,
            ExprKind::Constant(value) => Some(constant_type(value)),
            ExprKind::Tuple { elts, .. } => {
                let constant = |&e: &ExprId| matches!(c.ast[e].kind, ExprKind::Constant(_));
                elts.iter().all(constant).then_some("tuple")
            }
            _ => None,
        };
        let mut left_type = literal(self, left);
        for (op, &right) in ops.iter().zip(comparators) {
            let right_type = literal(self, right);
            if matches!(op, CmpOp::Is | CmpOp::IsNot)
                && let Some(name) = left_type.or(right_type)
            {
                let loc = self.loc(id);
                let (bad, good) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                self.warn(loc, format!("\"{bad}\" with '{name}' literal. Did you mean \"{good}\"?"));
            }
            left_type = right_type;
        }
    }
}

fn constant_type(value: &Constant) -> &'static str {
    match value {
        Constant::None => "NoneType",
        Constant::True | Constant::False => "bool",
        Constant::Ellipsis => "ellipsis",
        Constant::Int(_) | Constant::BigInt(_) => "int",
        Constant::Float(_) => "float",
        Constant::Imaginary(_) | Constant::Complex(..) => "complex",
        Constant::Tuple(_) => "tuple",
        Constant::FrozenSet(_) => "frozenset",
        Constant::Str { .. } => "str",
        Constant::Bytes(_) => "bytes",
    }
}
