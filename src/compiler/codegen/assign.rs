//! Assignment: unpacking, augmented assignment, subscripts and slices.

use super::super::code::Const;
use super::super::ir::{Loc, op::*};
use super::{Codegen, Result};
use crate::syntax::ast::*;
use std::sync::Arc;

impl Codegen<'_> {
    pub fn aug_assign(&mut self, stmt_loc: Loc, target: ExprId, op: Operator, value: ExprId) -> Result {
        let ast = self.ast;
        let loc = self.loc(target);
        let mut slice_parts = false;
        match &ast[target].kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                self.expr(*object)?;
                self.op_arg(loc, COPY, 1);
                let loc = self.attribute_loc(loc, target);
                self.load_attr(loc, attr, false);
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                self.expr(*object)?;
                slice_parts = self.two_part_slice(*slice);
                if slice_parts {
                    self.slice_two_parts(*slice)?;
                    self.op_arg(loc, COPY, 3);
                    self.op_arg(loc, COPY, 3);
                    self.op_arg(loc, COPY, 3);
                    self.op(loc, BINARY_SLICE);
                } else {
                    self.expr(*slice)?;
                    self.op_arg(loc, COPY, 2);
                    self.op_arg(loc, COPY, 2);
                    self.op_arg(loc, BINARY_OP, super::SUBSCRIPT);
                }
            }
            ExprKind::Name { id, .. } => self.load_name(loc, id)?,
            _ => return self.error(loc, "invalid node type for augmented assignment"),
        }
        self.expr(value)?;
        self.op_arg(stmt_loc, BINARY_OP, super::operator_arg(op) + super::INPLACE);
        match &ast[target].kind {
            ExprKind::Attribute { attr, .. } => {
                let loc = self.attribute_loc(loc, target);
                self.op_arg(loc, SWAP, 2);
                self.op_name(loc, STORE_ATTR, attr);
            }
            ExprKind::Subscript { .. } if slice_parts => {
                self.op_arg(loc, SWAP, 4);
                self.op_arg(loc, SWAP, 3);
                self.op_arg(loc, SWAP, 2);
                self.op(loc, STORE_SLICE);
            }
            ExprKind::Subscript { .. } => {
                self.op_arg(loc, SWAP, 3);
                self.op_arg(loc, SWAP, 2);
                self.op(loc, STORE_SUBSCR);
            }
            ExprKind::Name { id, .. } => self.store_name(loc, id)?,
            _ => {}
        }
        Ok(())
    }

    /// `a, *b, c = ...`
    pub fn unpack(&mut self, loc: Loc, elts: &[ExprId]) -> Result {
        let n = elts.len();
        let mut starred = false;
        for (i, &elt) in elts.iter().enumerate() {
            if !matches!(self.ast[elt].kind, ExprKind::Starred { .. }) {
                continue;
            }
            if starred {
                return self.error(loc, "multiple starred expressions in assignment");
            }
            let after = n - i - 1;
            if i >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                return self.error(loc, "too many expressions in star-unpacking assignment");
            }
            self.op_arg(loc, UNPACK_EX, (i + (after << 8)) as u32);
            starred = true;
        }
        if !starred {
            self.op_arg(loc, UNPACK_SEQUENCE, n as u32);
        }
        for &elt in elts {
            match self.ast[elt].kind {
                ExprKind::Starred { value, .. } => self.expr(value)?,
                _ => self.expr(elt)?,
            }
        }
        Ok(())
    }

    pub fn subscript(&mut self, id: ExprId, value: ExprId, slice: ExprId, ctx: Context) -> Result {
        let loc = self.loc(id);
        if ctx == Context::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.expr(value)?;
        if ctx != Context::Del && self.two_part_slice(slice) {
            self.slice_two_parts(slice)?;
            self.op(loc, if ctx == Context::Load { BINARY_SLICE } else { STORE_SLICE });
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            Context::Load => self.op_arg(loc, BINARY_OP, super::SUBSCRIPT),
            Context::Store => self.op(loc, STORE_SUBSCR),
            Context::Del => self.op(loc, DELETE_SUBSCR),
        }
        Ok(())
    }

    fn literal(&self, part: Option<ExprId>) -> Option<Const> {
        match part {
            None => Some(Const::None),
            Some(id) => match &self.ast[id].kind {
                ExprKind::Constant(value) => Some(Self::constant(value)),
                _ => None,
            },
        }
    }

    fn constant_slice(&self, slice: ExprId) -> Option<Const> {
        let ExprKind::Slice { lower, upper, step } = &self.ast[slice].kind else { return None };
        let parts = [self.literal(*lower)?, self.literal(*upper)?, self.literal(*step)?];
        Some(Const::Slice(Arc::new(parts)))
    }

    /// Whether start and stop go on the stack as they are, without a slice object.
    fn two_part_slice(&self, slice: ExprId) -> bool {
        matches!(self.ast[slice].kind, ExprKind::Slice { step: None, .. }) && self.constant_slice(slice).is_none()
    }

    fn slice_two_parts(&mut self, slice: ExprId) -> Result {
        let ExprKind::Slice { lower, upper, .. } = self.ast[slice].kind else { return Ok(()) };
        let loc = self.loc(slice);
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.load_none(loc),
            }
        }
        Ok(())
    }

    pub fn slice(&mut self, id: ExprId) -> Result {
        let loc = self.loc(id);
        if let Some(constant) = self.constant_slice(id) {
            self.load_const(loc, constant);
            return Ok(());
        }
        self.slice_two_parts(id)?;
        let ExprKind::Slice { step, .. } = self.ast[id].kind else { return Ok(()) };
        if let Some(step) = step {
            self.expr(step)?;
        }
        self.op_arg(loc, BUILD_SLICE, if step.is_some() { 3 } else { 2 });
        Ok(())
    }
}
