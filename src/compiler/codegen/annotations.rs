//! Annotations (PEP 649): they are compiled into a function `__annotate__` that runs when somebody asks.
//! Under `from __future__ import annotations` they are kept as text.

use super::super::code::{Body, Const, Lazy};
use super::super::ir::{InstrSeq, Loc, op::*};
use super::super::symtable::NodeKey;
use super::{ArgCounts, Codegen, Result, UnitKind, common, function_flag};
use crate::syntax::ast::*;

impl<'a> Codegen<'a> {
    /// Enters a function that takes a format: any but VALUE and VALUE_WITH_FAKE_GLOBALS is refused.
    pub fn enter_annotations(&mut self, loc: Loc, key: NodeKey, name: Ident) -> Result {
        let args = ArgCounts { posonly: 1, ..ArgCounts::default() };
        self.enter_scope(name, UnitKind::Annotations, key, loc.line.max(0) as u32, None, args)?;
        let body = self.label();
        self.op_arg(loc, LOAD_FAST, 0);
        self.load_const(loc, Const::Int(2));
        self.compare_op(loc, CmpOp::Gt);
        self.jump(loc, POP_JUMP_IF_FALSE, body);
        self.op_arg(loc, LOAD_COMMON_CONSTANT, common::NOT_IMPLEMENTED_ERROR);
        self.op_arg(loc, RAISE_VARARGS, 1);
        self.place(body);
        Ok(())
    }

    fn leave_annotations(&mut self, loc: Loc) -> Result {
        self.op(loc, RETURN_VALUE);
        let mut code = self.assemble(true)?;
        // The parameter is called `format` to the outside.
        if code.localsplusnames.first().is_some_and(|name| &**name == ".format") {
            let mut names = code.localsplusnames.to_vec();
            names[0] = "format".into();
            let body = Body { localsplusnames: names.into(), ..Body::clone(&code) };
            std::sync::Arc::make_mut(&mut code).body = Lazy::from(body);
        }
        self.make_closure(loc, code, 0);
        Ok(())
    }

    /// Pushes a function's `__annotate__`; returns the flag that says so, or 0 without annotations.
    pub fn function_annotations(&mut self, id: StmtId, def: &FunctionDef) -> Result<u32> {
        let loc = self.stmt_loc(id);
        let args = &def.args;
        let all = args.args.iter().chain(&args.posonlyargs).chain(&args.vararg).chain(&args.kwonlyargs);
        let annotated: Vec<(&Ident, ExprId)> =
            all.chain(&args.kwarg).filter_map(|arg| Some((&arg.arg, arg.annotation?))).collect();
        if annotated.is_empty() && def.returns.is_none() {
            return Ok(0);
        }
        self.enter_annotations(loc, NodeKey::FunctionAnnotations(id), "__annotate__".into())?;
        let mut n = 0;
        for (name, annotation) in annotated {
            self.arg_annotation(loc, name, annotation)?;
            n += 1;
        }
        if let Some(returns) = def.returns {
            self.arg_annotation(loc, &"return".into(), returns)?;
            n += 1;
        }
        self.op_arg(loc, BUILD_MAP, n);
        self.leave_annotations(loc)?;
        Ok(function_flag::ANNOTATE)
    }

    fn arg_annotation(&mut self, loc: Loc, name: &Ident, annotation: ExprId) -> Result {
        let mangled = self.mangled(name);
        self.load_str(loc, &mangled);
        if self.future_annotations() {
            self.annotation_text(annotation);
            return Ok(());
        }
        if let ExprKind::Starred { value, .. } = self.ast[annotation].kind {
            // `*args: *Ts` means `[*Ts]` of one item.
            self.expr(value)?;
            self.op_arg(loc, UNPACK_SEQUENCE, 1);
            return Ok(());
        }
        self.expr(annotation)
    }

    fn annotation_text(&mut self, annotation: ExprId) {
        let loc = self.loc(annotation);
        let text = super::super::unparse::unparse(self.ast, annotation);
        self.load_const(loc, Const::Str(text));
    }

    pub fn ann_assign(
        &mut self,
        id: StmtId,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
    ) -> Result {
        let ast = self.ast;
        let loc = self.stmt_loc(id);
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        match &ast[target].kind {
            ExprKind::Name { id: name, .. } if simple && self.keeps_annotations() => {
                if self.future_annotations() {
                    self.annotation_text(annotation);
                    self.op_name(loc, LOAD_NAME, &"__annotations__".into());
                    let mangled = self.mangled(name);
                    self.load_str(loc, &mangled);
                    self.op(loc, STORE_SUBSCR);
                } else {
                    self.defer_annotation(id, loc);
                }
            }
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.check_ann_expr(*object)?,
            ExprKind::Subscript { value: object, slice, .. } if value.is_none() => {
                self.check_ann_expr(*object)?;
                self.check_ann_subscript(*slice)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Evaluates a part of an annotated target, for its errors.
    fn check_ann_expr(&mut self, expr: ExprId) -> Result {
        let loc = self.loc(expr);
        self.expr(expr)?;
        self.op(loc, POP_TOP);
        Ok(())
    }

    fn check_ann_subscript(&mut self, slice: ExprId) -> Result {
        let ast = self.ast;
        match &ast[slice].kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|&part| self.check_ann_expr(part))
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|&elt| self.check_ann_subscript(elt)),
            _ => self.check_ann_expr(slice),
        }
    }

    /// Keeps an annotation for the block's `__annotate__`. One that may not be reached has a number, which
    /// the block adds to a set when it is.
    fn defer_annotation(&mut self, id: StmtId, loc: Loc) {
        let is_class = self.unit_ref().kind == UnitKind::Class;
        let unit = self.unit();
        let conditional = unit.kind == UnitKind::Module || unit.in_conditional_block;
        let number = conditional.then_some(unit.next_conditional_annotation);
        unit.next_conditional_annotation += u32::from(conditional);
        unit.deferred_annotations.push((id, number));
        if let Some(number) = number {
            let name: Ident = "__conditional_annotations__".into();
            if is_class {
                let i = self.unit().cellvars.add(&name);
                self.op_arg(loc, LOAD_DEREF, i);
            } else {
                self.op_name(loc, LOAD_NAME, &name);
            }
            self.load_const(loc, Const::Int(number.into()));
            self.op_arg(loc, SET_ADD, 1);
            self.op(loc, POP_TOP);
        }
    }

    /// The `__annotate__` of a module or class, from what was deferred.
    pub fn deferred_annotations(&mut self, loc: Loc) -> Result {
        let deferred = std::mem::take(&mut self.unit().deferred_annotations);
        if deferred.is_empty() {
            return Ok(());
        }
        let is_module = self.unit_ref().kind == UnitKind::Module;
        let is_class = self.unit_ref().kind == UnitKind::Class;
        // A module's is made before its first statement, so that it is there if the module fails.
        let main = is_module.then(|| std::mem::take(&mut self.unit().seq));
        let key = NodeKey::BlockAnnotations(self.unit_ref().scope);
        self.enter_annotations(loc, key, "__annotate__".into())?;
        self.op_arg(loc, BUILD_MAP, 0);
        for (id, number) in deferred {
            self.deferred_annotation(loc, id, number, is_class)?;
        }
        self.leave_annotations(loc)?;
        let name = if is_class { "__annotate_func__" } else { "__annotate__" };
        self.store_name(loc, &name.into())?;
        if let Some(main) = main {
            let setup: InstrSeq = std::mem::replace(&mut self.unit().seq, main);
            self.unit().annotation_seq = Some(setup);
        }
        Ok(())
    }

    fn deferred_annotation(&mut self, outer: Loc, id: StmtId, number: Option<u32>, is_class: bool) -> Result {
        let ast = self.ast;
        let loc = self.stmt_loc(id);
        let StmtKind::AnnAssign { target, annotation, .. } = &ast[id].kind else { return Ok(()) };
        let ExprKind::Name { id: name, .. } = &ast[*target].kind else { return Ok(()) };
        let mangled = super::super::symtable::mangle(self.unit_ref().private.as_ref(), name);
        let not_set = self.label();
        if let Some(number) = number {
            let indices: Ident = "__conditional_annotations__".into();
            self.load_const(loc, Const::Int(number.into()));
            if is_class {
                let i = self.closure_index(&indices);
                self.op_arg(loc, LOAD_DEREF, i);
            } else {
                let i = self.unit().names.add(&indices);
                self.op_arg(loc, LOAD_GLOBAL, i << 1);
            }
            self.op_arg(loc, CONTAINS_OP, 0);
            self.jump(loc, POP_JUMP_IF_FALSE, not_set);
        }
        self.expr(*annotation)?;
        self.op_arg(loc, COPY, 2);
        self.load_str(loc, &mangled);
        self.op(outer, STORE_SUBSCR);
        self.place(not_set);
        Ok(())
    }
}
