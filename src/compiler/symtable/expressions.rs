//! The first pass over expressions, comprehensions, patterns and type parameters.

use super::build::{Builder, Result, check_name};
use super::{BlockKind, ComprehensionKind, NodeKey, ScopeId, error, symbol::*};
use crate::syntax::ast::*;

impl<'a> Builder<'a> {
    pub(super) fn visit_exprs(&mut self, exprs: &[ExprId]) -> Result {
        exprs.iter().try_for_each(|&e| self.visit_expr(e))
    }

    pub(super) fn visit_expr(&mut self, id: ExprId) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |b| b.visit_expr_inner(id))
    }

    fn visit_expr_inner(&mut self, id: ExprId) -> Result {
        let ast = self.ast;
        let expr = &ast[id];
        let span = expr.span;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => self.visit_named_expr(span, *target, *value)?,
            ExprKind::BoolOp { values, .. } => self.visit_exprs(values)?,
            ExprKind::BinOp { left, right, .. } => {
                self.visit_expr(*left)?;
                self.visit_expr(*right)?;
            }
            ExprKind::UnaryOp { operand, .. } => self.visit_expr(*operand)?,
            ExprKind::Lambda { args, body } => {
                self.visit_exprs(&args.defaults)?;
                for default in args.kw_defaults.iter().flatten() {
                    self.visit_expr(*default)?;
                }
                self.enter("<lambda>".into(), BlockKind::Function, NodeKey::Expr(id), span)?;
                self.visit_parameters(args)?;
                self.visit_expr(*body)?;
                self.exit();
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.visit_expr(*test)?;
                self.visit_expr(*body)?;
                self.visit_expr(*orelse)?;
            }
            ExprKind::Dict { keys, values } => {
                for key in keys.iter().flatten() {
                    self.visit_expr(*key)?;
                }
                self.visit_exprs(values)?;
            }
            ExprKind::Set(elts) | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.visit_exprs(elts)?
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.visit_comprehension(id, "<genexpr>", generators, *elt, None, ComprehensionKind::Generator)?;
            }
            ExprKind::ListComp { elt, generators } => {
                self.visit_comprehension(id, "<listcomp>", generators, *elt, None, ComprehensionKind::List)?;
            }
            ExprKind::SetComp { elt, generators } => {
                self.visit_comprehension(id, "<setcomp>", generators, *elt, None, ComprehensionKind::Set)?;
            }
            ExprKind::DictComp { key, value, generators } => {
                let kind = ComprehensionKind::Dict;
                self.visit_comprehension(id, "<dictcomp>", generators, *key, Some(*value), kind)?;
            }
            ExprKind::Yield(value) => {
                self.refuse_in_annotation("yield expression", span)?;
                if let Some(value) = value {
                    self.visit_expr(*value)?;
                }
                self.scope().generator = true;
                self.refuse_yield_in_comprehension(span)?;
            }
            ExprKind::YieldFrom(value) => {
                self.refuse_in_annotation("yield expression", span)?;
                self.visit_expr(*value)?;
                self.scope().generator = true;
                self.refuse_yield_in_comprehension(span)?;
            }
            ExprKind::Await(value) => {
                self.refuse_in_annotation("await expression", span)?;
                if !self.allows_top_level_await() {
                    let scope = self.scope();
                    if !scope.is_function_like() {
                        return error(span, "'await' outside function");
                    }
                    let is_async = scope.coroutine || scope.comprehension != ComprehensionKind::None;
                    let genexp = scope.comprehension == ComprehensionKind::Generator;
                    if !is_async && !genexp {
                        return error(span, "'await' outside async function");
                    }
                }
                self.visit_expr(*value)?;
                self.scope().coroutine = true;
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.visit_expr(*left)?;
                self.visit_exprs(comparators)?;
            }
            ExprKind::Call { func, args, keywords } => {
                self.visit_expr(*func)?;
                self.visit_exprs(args)?;
                self.visit_keywords(keywords)?;
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.visit_expr(*value)?;
                if let Some(spec) = format_spec {
                    self.visit_expr(*spec)?;
                }
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => self.visit_exprs(values)?,
            ExprKind::Constant(_) => {}
            ExprKind::Attribute { value, attr, ctx } => {
                check_name(attr, span, *ctx)?;
                self.visit_expr(*value)?;
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.visit_expr(*value)?;
                self.visit_expr(*slice)?;
            }
            ExprKind::Starred { value, .. } => self.visit_expr(*value)?,
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.visit_expr(*part)?;
                }
            }
            ExprKind::Name { id: name, ctx } => self.visit_name(name, *ctx, span)?,
        }
        Ok(())
    }

    fn visit_name(&mut self, name: &Ident, ctx: Context, span: Span) -> Result {
        if self.scope().in_unevaluated_annotation {
            return Ok(());
        }
        let flag = if ctx == Context::Load { USE } else { DEF_LOCAL };
        self.add_def_ctx(name, flag, span, ctx)?;
        // `super` in a method may need the class.
        let scope = self.scope();
        if ctx == Context::Load && scope.is_function_like() && &**name == "super" {
            self.add_def(&"__class__".into(), USE, span)?;
        }
        Ok(())
    }

    pub(super) fn visit_keywords(&mut self, keywords: &[Keyword]) -> Result {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                check_name(arg, keyword.span, Context::Store)?;
            }
        }
        keywords.iter().try_for_each(|keyword| self.visit_expr(keyword.value))
    }

    pub(super) fn allows_top_level_await(&mut self) -> bool {
        let allowed = self.top_level_await;
        allowed && self.scope().kind == BlockKind::Module
    }

    fn visit_named_expr(&mut self, span: Span, target: ExprId, value: ExprId) -> Result {
        self.refuse_in_annotation("named expression", span)?;
        if self.scope().comp_iter_expr > 0 {
            return error(span, "assignment expression cannot be used in a comprehension iterable expression");
        }
        if self.scope().comprehension != ComprehensionKind::None {
            self.extend_named_expr_scope(target)?;
        }
        self.visit_expr(value)?;
        self.visit_expr(target)?;
        Ok(())
    }

    /// A name bound by `:=` in a comprehension belongs to the block around it.
    fn extend_named_expr_scope(&mut self, target: ExprId) -> Result {
        let ast = self.ast;
        let span = ast[target].span;
        let ExprKind::Name { id: name, .. } = &ast[target].kind else { return Ok(()) };
        let surrounding: Vec<ScopeId> = self.stack.iter().copied().chain([self.current]).collect();
        for &id in surrounding.iter().rev() {
            let scope = &self.table[id];
            if scope.comprehension != ComprehensionKind::None {
                let mangled = self.private_mangled(name);
                let flags = scope.symbols.get(&mangled).unwrap_or(0);
                if flags & DEF_COMP_ITER != 0 {
                    return error(
                        span,
                        format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                    );
                }
                continue;
            }
            match scope.kind {
                BlockKind::Function => {
                    let mangled = self.private_mangled(name);
                    let flags = scope.symbols.get(&mangled).unwrap_or(0);
                    let flag = if flags & DEF_GLOBAL != 0 { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.add_def(name, flag, span)?;
                    self.record_directive(name, span);
                    return self.add_def_in(id, name, DEF_LOCAL, span);
                }
                BlockKind::Module => {
                    self.add_def(name, DEF_GLOBAL, span)?;
                    self.record_directive(name, span);
                    return self.add_def_in(id, name, DEF_GLOBAL, span);
                }
                BlockKind::Class => {
                    return error(span, "assignment expression within a comprehension cannot be used in a class body");
                }
                BlockKind::TypeParameters => {
                    let m = "assignment expression within a comprehension cannot be used within the definition of a generic";
                    return error(span, m);
                }
                BlockKind::TypeAlias => {
                    let m = "assignment expression within a comprehension cannot be used in a type alias";
                    return error(span, m);
                }
                BlockKind::TypeVariable => {
                    let m = "assignment expression within a comprehension cannot be used in a TypeVar bound";
                    return error(span, m);
                }
                BlockKind::Annotation => continue,
            }
        }
        Ok(())
    }

    /// `yield`, `await` and `:=` have no place in annotations and type scopes.
    fn refuse_in_annotation(&mut self, what: &str, span: Span) -> Result {
        let scope = self.scope();
        let place = match scope.kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => scope.scope_info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        error(span, format!("{what} cannot be used within {place}"))
    }

    fn refuse_yield_in_comprehension(&mut self, span: Span) -> Result {
        let what = match self.scope().comprehension {
            ComprehensionKind::None => return Ok(()),
            ComprehensionKind::List => "list comprehension",
            ComprehensionKind::Set => "set comprehension",
            ComprehensionKind::Dict => "dict comprehension",
            ComprehensionKind::Generator => "generator expression",
        };
        error(span, format!("'yield' inside {what}"))
    }

    fn visit_comprehension(
        &mut self,
        id: ExprId,
        name: &str,
        generators: &[Comprehension],
        elt: ExprId,
        value: Option<ExprId>,
        kind: ComprehensionKind,
    ) -> Result {
        let span = self.ast[id].span;
        let Some(outermost) = generators.first() else { return Ok(()) };
        let is_generator = kind == ComprehensionKind::Generator;
        // The outermost iterable is evaluated in the enclosing block.
        self.scope().comp_iter_expr += 1;
        self.visit_expr(outermost.iter)?;
        self.scope().comp_iter_expr -= 1;
        let unevaluated = self.scope().in_unevaluated_annotation;
        self.enter(name.into(), BlockKind::Function, NodeKey::Expr(id), span)?;
        self.scope().in_unevaluated_annotation = unevaluated;
        if outermost.is_async {
            self.scope().coroutine = true;
        }
        self.scope().comprehension = kind;
        // The iterator comes in as a parameter.
        self.add_def(&".0".into(), DEF_PARAM, span)?;
        self.scope().comp_iter_target = true;
        self.visit_expr(outermost.target)?;
        self.scope().comp_iter_target = false;
        self.visit_exprs(&outermost.ifs)?;
        for generator in &generators[1..] {
            self.scope().comp_iter_target = true;
            self.visit_expr(generator.target)?;
            self.scope().comp_iter_target = false;
            self.scope().comp_iter_expr += 1;
            self.visit_expr(generator.iter)?;
            self.scope().comp_iter_expr -= 1;
            self.visit_exprs(&generator.ifs)?;
            if generator.is_async {
                self.scope().coroutine = true;
            }
        }
        if let Some(value) = value {
            self.visit_expr(elt)?;
            self.visit_expr(value)?;
        } else {
            self.visit_expr(elt)?;
        }
        self.scope().generator = is_generator;
        let is_async = self.scope().coroutine && !is_generator;
        self.exit();
        if is_async {
            let scope = self.scope();
            let in_comprehension = scope.comprehension != ComprehensionKind::None;
            let outside = scope.kind != BlockKind::Function || !scope.coroutine;
            if outside && !in_comprehension && !self.allows_top_level_await() {
                return error(span, "asynchronous comprehension outside of an asynchronous function");
            }
            self.scope().coroutine = true;
        }
        Ok(())
    }

    pub(super) fn visit_pattern(&mut self, id: PatternId) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |b| b.visit_pattern_inner(id))
    }

    fn visit_pattern_inner(&mut self, id: PatternId) -> Result {
        let ast = self.ast;
        let span = ast[id].span;
        match &ast[id].kind {
            PatternKind::Value(value) => self.visit_expr(*value)?,
            PatternKind::Singleton(_) => {}
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                patterns.iter().try_for_each(|&p| self.visit_pattern(p))?;
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                self.visit_exprs(keys)?;
                patterns.iter().try_for_each(|&p| self.visit_pattern(p))?;
                if let Some(rest) = rest {
                    self.add_def(rest, DEF_LOCAL, span)?;
                }
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.visit_expr(*cls)?;
                patterns.iter().try_for_each(|&p| self.visit_pattern(p))?;
                for (attr, &pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    check_name(attr, ast[pattern].span, Context::Store)?;
                }
                kwd_patterns.iter().try_for_each(|&p| self.visit_pattern(p))?;
            }
            PatternKind::Star(name) => {
                if let Some(name) = name {
                    self.add_def(name, DEF_LOCAL, span)?;
                }
            }
            PatternKind::As { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.visit_pattern(*pattern)?;
                }
                if let Some(name) = name {
                    self.add_def(name, DEF_LOCAL, span)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn visit_type_params(&mut self, owner: StmtId, params: &[TypeParam]) -> Result {
        for (i, param) in params.iter().enumerate() {
            if &*param.name == "__classdict__" {
                let message = format!("reserved name '{}' cannot be used for type parameter", param.name);
                return error(param.span, message);
            }
            self.add_def(&param.name, DEF_TYPE_PARAM | DEF_LOCAL, param.span)?;
            let default_info = match &param.kind {
                TypeParamKind::TypeVar { bound } => {
                    if let Some(bound) = bound {
                        let info = if matches!(self.ast[*bound].kind, ExprKind::Tuple { .. }) {
                            "a TypeVar constraint"
                        } else {
                            "a TypeVar bound"
                        };
                        self.visit_type_variable(*bound, &param.name, NodeKey::Bound(owner, i as u32), info)?;
                    }
                    "a TypeVar default"
                }
                TypeParamKind::TypeVarTuple => "a TypeVarTuple default",
                TypeParamKind::ParamSpec => "a ParamSpec default",
            };
            if let Some(default) = param.default {
                self.visit_type_variable(default, &param.name, NodeKey::Default(owner, i as u32), default_info)?;
            }
        }
        Ok(())
    }

    fn visit_type_variable(&mut self, expr: ExprId, name: &Ident, key: NodeKey, info: &'static str) -> Result {
        let span = self.ast[expr].span;
        let in_class = self.scope().can_see_class_scope;
        self.enter(name.clone(), BlockKind::TypeVariable, key, span)?;
        self.scope().scope_info = info;
        if in_class {
            self.see_class_scope(span)?;
        }
        self.visit_expr(expr)?;
        self.exit();
        Ok(())
    }
}
