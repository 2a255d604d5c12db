//! Type parameters and `type` statements (PEP 695, PEP 696). Bounds, defaults and values are functions
//! that run when somebody asks.

use super::super::code::Const;
use super::super::ir::{Loc, op::*};
use super::super::symtable::NodeKey;
use super::{Codegen, Result, function_flag, intrinsic};
use crate::syntax::ast::*;

impl<'a> Codegen<'a> {
    /// Binds the type parameters and pushes a tuple of them.
    pub fn type_params(&mut self, owner: StmtId, params: &[TypeParam]) -> Result {
        let mut seen_default = false;
        for (i, param) in params.iter().enumerate() {
            let loc: Loc = param.span.into();
            self.load_str(loc, &param.name);
            match &param.kind {
                TypeParamKind::TypeVar { bound: Some(bound) } => {
                    let key = NodeKey::Bound(owner, i as u32);
                    self.bound_or_default(*bound, &param.name, key, false)?;
                    let constrained = matches!(self.ast[*bound].kind, ExprKind::Tuple { .. });
                    let function =
                        if constrained { intrinsic::TYPEVAR_WITH_CONSTRAINTS } else { intrinsic::TYPEVAR_WITH_BOUND };
                    self.op_arg(loc, CALL_INTRINSIC_2, function);
                }
                TypeParamKind::TypeVar { bound: None } => self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::TYPEVAR),
                TypeParamKind::TypeVarTuple => self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::TYPEVARTUPLE),
                TypeParamKind::ParamSpec => self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::PARAMSPEC),
            }
            if let Some(default) = param.default {
                seen_default = true;
                let starred = matches!(param.kind, TypeParamKind::TypeVarTuple);
                self.bound_or_default(default, &param.name, NodeKey::Default(owner, i as u32), starred)?;
                self.op_arg(loc, CALL_INTRINSIC_2, intrinsic::SET_TYPEPARAM_DEFAULT);
            } else if seen_default {
                let message = format!("non-default type parameter '{}' follows default type parameter", param.name);
                return self.error(loc, message);
            }
            self.op_arg(loc, COPY, 1);
            self.store_name(loc, &param.name)?;
        }
        if let Some(first) = params.first() {
            self.op_arg(first.span.into(), BUILD_TUPLE, params.len() as u32);
        }
        Ok(())
    }

    /// The format these functions take by default: VALUE.
    fn format_defaults() -> Const {
        Const::Tuple([Const::Int(1)].into())
    }

    fn bound_or_default(&mut self, expr: ExprId, name: &Ident, key: NodeKey, allow_starred: bool) -> Result {
        let loc = self.loc(expr);
        self.load_const(loc, Self::format_defaults());
        self.enter_annotations(loc, key, name.clone())?;
        match self.ast[expr].kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.op_arg(loc, UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(expr)?,
        }
        self.op(loc, RETURN_VALUE);
        let code = self.assemble(true)?;
        self.make_closure(loc, code, function_flag::DEFAULTS);
        Ok(())
    }

    pub fn type_alias(&mut self, id: StmtId, name: ExprId, params: &[TypeParam]) -> Result {
        let ast = self.ast;
        let loc = self.stmt_loc(id);
        let ExprKind::Name { id: name, .. } = &ast[name].kind else { return Ok(()) };
        let StmtKind::TypeAlias { value, .. } = &ast[id].kind else { return Ok(()) };
        let generic = !params.is_empty();
        if generic {
            self.enter_generic(id, name, ast[id].span.line, None, 0)?;
            self.load_str(loc, name);
            self.type_params(id, params)?;
        } else {
            self.load_str(loc, name);
            self.load_none(loc);
        }
        self.load_const(loc, Self::format_defaults());
        self.enter_annotations(loc, NodeKey::AliasValue(id), name.clone())?;
        self.expr(*value)?;
        self.op(loc, RETURN_VALUE);
        let code = self.assemble(false)?;
        self.make_closure(loc, code, function_flag::DEFAULTS);
        self.op_arg(loc, BUILD_TUPLE, 3);
        self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::TYPEALIAS);
        if generic {
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0);
            self.op(loc, PUSH_NULL);
            self.op_arg(loc, CALL, 0);
        }
        self.store_name(loc, name)
    }
}
