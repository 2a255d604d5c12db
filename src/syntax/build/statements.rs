//! Statements.

use super::super::ast::*;
use super::super::token::Pos;
use super::{Build, Builder, CallArg, reject, sp};

/// One `elif`.
#[derive(Debug)]
pub struct Elif {
    pub start: Pos,
    pub test: ExprId,
    pub body: Vec<StmtId>,
}

/// One `except` or `except*`.
#[derive(Debug)]
pub struct Handler {
    is_star: bool,
    handler: ExceptHandler,
}

impl Builder<'_> {
    /// A compound statement: it ends with the last line in it.
    pub fn compound(&mut self, start: Pos, kind: StmtKind) -> StmtId {
        let span = sp(start, self.line_end);
        self.ast.stmt(span, kind)
    }

    pub fn expr_stmt(&mut self, e: ExprId, span: Span) -> Build<StmtId> {
        Ok(self.ast.stmt(span, StmtKind::Expr(e)))
    }

    pub fn assign(&mut self, first: ExprId, tail: Vec<ExprId>, span: Span) -> Build<StmtId> {
        let mut targets = Vec::with_capacity(tail.len());
        targets.push(first);
        targets.extend_from_slice(&tail);
        let Some(value) = targets.pop() else { return reject() };
        for &target in &targets {
            self.store(target)?;
        }
        Ok(self.ast.stmt(span, StmtKind::Assign { targets, value }))
    }

    pub fn aug_assign(&mut self, target: ExprId, op: Operator, value: ExprId, span: Span) -> Build<StmtId> {
        self.store_single(target)?;
        Ok(self.ast.stmt(span, StmtKind::AugAssign { target, op, value }))
    }

    pub fn ann_assign(
        &mut self,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        span: Span,
    ) -> Build<StmtId> {
        self.store_single(target)?;
        let simple = matches!(self.ast[target].kind, ExprKind::Name { .. }) && !self.is_grouped(target);
        Ok(self.ast.stmt(span, StmtKind::AnnAssign { target, annotation, value, simple }))
    }

    pub fn delete(&mut self, targets: Vec<ExprId>, span: Span) -> Build<StmtId> {
        for &target in &targets {
            self.set_context(target, Context::Del)?;
        }
        Ok(self.ast.stmt(span, StmtKind::Delete(targets)))
    }

    pub fn import_from(&mut self, level: u32, module: Option<String>, names: Vec<Alias>, span: Span) -> Build<StmtId> {
        if level == 0 && module.is_none() {
            return reject();
        }
        if level == 0 && module.as_deref() == Some("__future__") {
            self.flufl |= names.iter().any(|alias| &*alias.name == "barry_as_FLUFL");
        }
        Ok(self.ast.stmt(span, StmtKind::ImportFrom { module: module.map(Into::into), names, level }))
    }

    /// `elif` is an `if` in the `else` of the one before: built from the last to the first.
    pub fn if_stmt(
        &mut self,
        start: Pos,
        test: ExprId,
        body: Vec<StmtId>,
        elifs: Vec<Elif>,
        mut orelse: Vec<StmtId>,
    ) -> StmtId {
        for elif in elifs.into_iter().rev() {
            orelse = vec![self.compound(elif.start, StmtKind::If { test: elif.test, body: elif.body, orelse })];
        }
        self.compound(start, StmtKind::If { test, body, orelse })
    }

    pub fn for_stmt(
        &mut self,
        start: Pos,
        is_async: bool,
        target: ExprId,
        iter: ExprId,
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    ) -> Build<StmtId> {
        self.store(target)?;
        Ok(self.compound(start, StmtKind::For { target, iter, body, orelse, is_async }))
    }

    pub fn comprehension(
        &mut self,
        is_async: bool,
        target: ExprId,
        iter: ExprId,
        ifs: Vec<ExprId>,
    ) -> Build<Comprehension> {
        self.store(target)?;
        Ok(Comprehension { target, iter, ifs, is_async })
    }

    pub fn with_item(&mut self, context_expr: ExprId, target: ExprId) -> Build<WithItem> {
        self.store(target)?;
        Ok(WithItem { context_expr, optional_vars: Some(target) })
    }

    /// `with (a, b):` has two items, where `a` and `b` are plain expressions; otherwise it is a tuple.
    pub fn with_stmt(
        &mut self,
        start: Pos,
        is_async: bool,
        mut items: Vec<WithItem>,
        body: Vec<StmtId>,
    ) -> Build<StmtId> {
        if let [WithItem { context_expr, optional_vars: None }] = items[..]
            && let ExprKind::Tuple { elts, .. } = &self.ast[context_expr].kind
            && self.is_grouped(context_expr)
            && !elts.is_empty()
            && elts.iter().all(|&e| self.is_plain_item(e))
        {
            items = elts.iter().map(|&e| WithItem { context_expr: e, optional_vars: None }).collect();
        }
        Ok(self.compound(start, StmtKind::With { items, body, is_async }))
    }

    fn is_plain_item(&self, e: ExprId) -> bool {
        match self.ast[e].kind {
            ExprKind::Starred { .. } => false,
            ExprKind::NamedExpr { .. } => self.is_grouped(e),
            _ => true,
        }
    }

    pub fn handler(
        &mut self,
        start: Pos,
        is_star: bool,
        typ: Option<(ExprId, bool)>,
        name: Option<Ident>,
        body: Vec<StmtId>,
    ) -> Build<Handler> {
        let unnamed_only = typ.is_none_or(|(_, had_comma)| had_comma);
        if (name.is_some() && unnamed_only) || (is_star && typ.is_none()) {
            return reject();
        }
        let span = sp(start, self.line_end);
        Ok(Handler { is_star, handler: ExceptHandler { span, typ: typ.map(|(e, _)| e), name, body } })
    }

    pub fn try_stmt(
        &mut self,
        start: Pos,
        body: Vec<StmtId>,
        handlers: Vec<Handler>,
        orelse: Vec<StmtId>,
        finalbody: Option<Vec<StmtId>>,
    ) -> Build<StmtId> {
        let is_star = handlers.first().is_some_and(|h| h.is_star);
        if handlers.iter().any(|h| h.is_star != is_star) {
            return reject();
        }
        let handlers = handlers.into_iter().map(|h| h.handler).collect();
        let finalbody = finalbody.unwrap_or_default();
        Ok(self.compound(start, StmtKind::Try { body, handlers, orelse, finalbody, is_star }))
    }

    // The grammar's rule gives its parameters in a box.
    #[allow(clippy::boxed_local)]
    pub fn function(
        &mut self,
        start: Pos,
        is_async: bool,
        name: Ident,
        type_params: Vec<TypeParam>,
        args: Box<Arguments>,
        returns: Option<ExprId>,
        body: Vec<StmtId>,
    ) -> StmtId {
        let def = FunctionDef { name, args: *args, body, decorators: Vec::new(), returns, type_params, is_async };
        self.compound(start, StmtKind::FunctionDef(Box::new(def)))
    }

    pub fn class(
        &mut self,
        start: Pos,
        name: Ident,
        type_params: Vec<TypeParam>,
        args: Vec<CallArg>,
        body: Vec<StmtId>,
    ) -> Build<StmtId> {
        let (bases, keywords) = self.split_args(args)?;
        let def = ClassDef { name, bases, keywords, body, decorators: Vec::new(), type_params };
        Ok(self.compound(start, StmtKind::ClassDef(Box::new(def))))
    }

    /// A default may not be followed by a parameter without one.
    pub fn type_params(&mut self, params: Vec<TypeParam>) -> Build<Vec<TypeParam>> {
        Ok(params)
    }

    pub fn decorate(&mut self, s: StmtId, list: Vec<ExprId>) -> StmtId {
        match &mut self.ast[s].kind {
            StmtKind::FunctionDef(def) => def.decorators = list,
            StmtKind::ClassDef(def) => def.decorators = list,
            _ => {}
        }
        s
    }

    /// What `match` looks at: one expression, or a tuple without parentheses.
    pub fn subject(&mut self, mut items: Vec<ExprId>, comma: bool, span: Span) -> Build<ExprId> {
        if items.len() > 1 || comma {
            return Ok(self.tuple(items, span));
        }
        match items.pop() {
            Some(e) if !matches!(self.ast[e].kind, ExprKind::Starred { .. }) => Ok(e),
            _ => reject(),
        }
    }
}
