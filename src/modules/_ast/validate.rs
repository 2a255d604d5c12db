//! Whether a tree that a program built could have come from source text.
//!
//! The compiler relies on what the parser guarantees; a tree from elsewhere is checked for it first.
//!
//! Source: CPython `Python/ast.c`.

use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::syntax::ast::*;

struct Validator<'a> {
    t: &'a Thread,
    ast: &'a Ast,
}

/// Raises for what no source text could have said.
pub(super) fn validate(t: &Thread, ast: &Ast, root: &Mod) -> R<()> {
    let v = Validator { t, ast };
    match root {
        Mod::Module(body) | Mod::Interactive(body) => v.stmts(body),
        Mod::Expression(body) => v.load(*body),
    }
}

impl Validator<'_> {
    #[cold]
    fn error<T>(&self, message: impl AsRef<str>) -> R<T> {
        let raised: Raised = self.t.value_error(message.as_ref());
        Err(raised)
    }

    #[cold]
    fn type_error<T>(&self, message: &str) -> R<T> {
        Err(self.t.type_error(message))
    }

    fn name(&self, name: &str) -> R<()> {
        match name {
            "None" | "True" | "False" => self.error(format!("identifier field can't represent '{name}' constant")),
            _ => Ok(()),
        }
    }

    fn nonempty<T>(&self, items: &[T], what: &str, owner: &str) -> R<()> {
        if items.is_empty() { self.error(format!("empty {what} on {owner}")) } else { Ok(()) }
    }

    fn stmts(&self, body: &[StmtId]) -> R<()> {
        body.iter().try_for_each(|&s| self.stmt(s))
    }

    fn body(&self, body: &[StmtId], owner: &str) -> R<()> {
        self.nonempty(body, "body", owner)?;
        self.stmts(body)
    }

    fn load(&self, id: ExprId) -> R<()> {
        self.expr(id, Context::Load)
    }

    fn maybe(&self, id: Option<ExprId>) -> R<()> {
        id.map_or(Ok(()), |id| self.load(id))
    }

    fn exprs(&self, ids: &[ExprId], ctx: Context) -> R<()> {
        ids.iter().try_for_each(|&id| self.expr(id, ctx))
    }

    fn loads(&self, ids: &[ExprId]) -> R<()> {
        self.exprs(ids, Context::Load)
    }

    fn targets(&self, ids: &[ExprId], owner: &str, ctx: Context) -> R<()> {
        self.nonempty(ids, "targets", owner)?;
        self.exprs(ids, ctx)
    }

    fn keywords(&self, keywords: &[Keyword]) -> R<()> {
        keywords.iter().try_for_each(|k| self.load(k.value))
    }

    fn arguments(&self, a: &Arguments) -> R<()> {
        let all = a.posonlyargs.iter().chain(&a.args).chain(&a.vararg).chain(&a.kwonlyargs).chain(&a.kwarg);
        for arg in all {
            self.maybe(arg.annotation)?;
        }
        if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
            return self.error("more positional defaults than args on arguments");
        }
        if a.kw_defaults.len() != a.kwonlyargs.len() {
            return self.error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.loads(&a.defaults)?;
        a.kw_defaults.iter().try_for_each(|&d| self.maybe(d))
    }

    fn type_params(&self, params: &[TypeParam]) -> R<()> {
        for param in params {
            self.name(&param.name)?;
            if let TypeParamKind::TypeVar { bound } = param.kind {
                self.maybe(bound)?;
            }
            self.maybe(param.default)?;
        }
        Ok(())
    }

    fn generators(&self, generators: &[Comprehension]) -> R<()> {
        if generators.is_empty() {
            return self.error("comprehension with no generators");
        }
        for g in generators {
            self.expr(g.target, Context::Store)?;
            self.load(g.iter)?;
            self.loads(&g.ifs)?;
        }
        Ok(())
    }

    fn stmt(&self, id: StmtId) -> R<()> {
        self.t.recurse(" during compilation", || self.stmt_inner(id))
    }

    fn stmt_inner(&self, id: StmtId) -> R<()> {
        match &self.ast[id].kind {
            StmtKind::FunctionDef(f) => {
                self.body(&f.body, if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" })?;
                self.type_params(&f.type_params)?;
                self.arguments(&f.args)?;
                self.loads(&f.decorators)?;
                self.maybe(f.returns)
            }
            StmtKind::ClassDef(c) => {
                self.body(&c.body, "ClassDef")?;
                self.type_params(&c.type_params)?;
                self.loads(&c.bases)?;
                self.keywords(&c.keywords)?;
                self.loads(&c.decorators)
            }
            StmtKind::Return(value) => self.maybe(*value),
            StmtKind::Delete(targets) => self.targets(targets, "Delete", Context::Del),
            StmtKind::Assign { targets, value } => {
                self.targets(targets, "Assign", Context::Store)?;
                self.load(*value)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                if !matches!(self.ast[*name].kind, ExprKind::Name { .. }) {
                    return self.type_error("TypeAlias with non-Name name");
                }
                self.expr(*name, Context::Store)?;
                self.type_params(type_params)?;
                self.load(*value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(*target, Context::Store)?;
                self.load(*value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                if *simple && !matches!(self.ast[*target].kind, ExprKind::Name { .. }) {
                    return self.type_error("AnnAssign with simple non-Name target");
                }
                self.expr(*target, Context::Store)?;
                self.maybe(*value)?;
                self.load(*annotation)
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                self.expr(*target, Context::Store)?;
                self.load(*iter)?;
                self.body(body, if *is_async { "AsyncFor" } else { "For" })?;
                self.stmts(orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.load(*test)?;
                self.body(body, "While")?;
                self.stmts(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.load(*test)?;
                self.body(body, "If")?;
                self.stmts(orelse)
            }
            StmtKind::With { items, body, is_async } => {
                let owner = if *is_async { "AsyncWith" } else { "With" };
                self.nonempty(items, "items", owner)?;
                for item in items {
                    self.load(item.context_expr)?;
                    item.optional_vars.map_or(Ok(()), |vars| self.expr(vars, Context::Store))?;
                }
                self.body(body, owner)
            }
            StmtKind::Match { subject, cases } => {
                self.load(*subject)?;
                self.nonempty(cases, "cases", "Match")?;
                for case in cases {
                    self.pattern(case.pattern, false)?;
                    self.maybe(case.guard)?;
                    self.body(&case.body, "match_case")?;
                }
                Ok(())
            }
            StmtKind::Raise { exc, cause } => {
                if exc.is_none() && cause.is_some() {
                    return self.error("Raise with cause but no exception");
                }
                self.maybe(*exc)?;
                self.maybe(*cause)
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                let owner = if *is_star { "TryStar" } else { "Try" };
                self.body(body, owner)?;
                if handlers.is_empty() && finalbody.is_empty() {
                    return self.error(format!("{owner} has neither handlers nor finalbody"));
                }
                if handlers.is_empty() && !orelse.is_empty() {
                    return self.error(format!("{owner} has orelse but no except handlers"));
                }
                for handler in handlers {
                    self.maybe(handler.typ)?;
                    self.body(&handler.body, "ExceptHandler")?;
                }
                self.stmts(finalbody)?;
                self.stmts(orelse)
            }
            StmtKind::Assert { test, msg } => {
                self.load(*test)?;
                self.maybe(*msg)
            }
            StmtKind::Import(names) => self.nonempty(names, "names", "Import"),
            StmtKind::ImportFrom { names, .. } => self.nonempty(names, "names", "ImportFrom"),
            StmtKind::Global(names) => self.nonempty(names, "names", "Global"),
            StmtKind::Nonlocal(names) => self.nonempty(names, "names", "Nonlocal"),
            StmtKind::Expr(value) => self.load(*value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn expr(&self, id: ExprId, ctx: Context) -> R<()> {
        self.t.recurse(" during compilation", || self.expr_inner(id, ctx))
    }

    fn expr_inner(&self, id: ExprId, ctx: Context) -> R<()> {
        let kind = &self.ast[id].kind;
        let actual = match kind {
            ExprKind::Name { id, ctx } => {
                self.name(id)?;
                Some(*ctx)
            }
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => Some(*ctx),
            _ => None,
        };
        match actual {
            None if ctx != Context::Load => {
                return self.error(format!("expression which can't be assigned to in {ctx:?} context"));
            }
            Some(actual) if actual != ctx => {
                return self.error(format!("expression must have {ctx:?} context but has {actual:?} instead"));
            }
            _ => {}
        }
        match kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return self.error("BoolOp with less than 2 values");
                }
                self.loads(values)
            }
            ExprKind::NamedExpr { target, value } => {
                if !matches!(self.ast[*target].kind, ExprKind::Name { .. }) {
                    return self.type_error("NamedExpr target must be a Name");
                }
                self.load(*value)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.load(*left)?;
                self.load(*right)
            }
            ExprKind::UnaryOp { operand, .. } => self.load(*operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.load(*body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.load(*test)?;
                self.load(*body)?;
                self.load(*orelse)
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return self.error("Dict doesn't have the same number of keys as values");
                }
                keys.iter().try_for_each(|&key| self.maybe(key))?;
                self.loads(values)
            }
            ExprKind::Set(elts) => self.loads(elts),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.generators(generators)?;
                self.load(*elt)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.generators(generators)?;
                self.load(*key)?;
                self.load(*value)
            }
            ExprKind::Await(value) | ExprKind::YieldFrom(value) => self.load(*value),
            ExprKind::Yield(value) => self.maybe(*value),
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return self.error("Compare with no comparators");
                }
                if comparators.len() != ops.len() {
                    return self.error("Compare has a different number of comparators and operands");
                }
                self.loads(comparators)?;
                self.load(*left)
            }
            ExprKind::Call { func, args, keywords } => {
                self.load(*func)?;
                self.loads(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.load(*value)?;
                self.maybe(*format_spec)
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => self.loads(values),
            ExprKind::Constant(_) | ExprKind::Name { .. } => Ok(()),
            ExprKind::Attribute { value, .. } => self.load(*value),
            ExprKind::Subscript { value, slice, .. } => {
                self.load(*slice)?;
                self.load(*value)
            }
            ExprKind::Starred { value, ctx } => self.expr(*value, *ctx),
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => self.exprs(elts, *ctx),
            ExprKind::Slice { lower, upper, step } => {
                self.maybe(*lower)?;
                self.maybe(*upper)?;
                self.maybe(*step)
            }
        }
    }

    /// The expression of a literal pattern.
    fn literal(&self, id: ExprId) -> R<()> {
        self.load(id)?;
        match &self.ast[id].kind {
            ExprKind::Constant(
                Constant::None
                | Constant::True
                | Constant::False
                | Constant::Ellipsis
                | Constant::Tuple(_)
                | Constant::FrozenSet(_),
            ) => self.error("unexpected constant inside of a literal pattern"),
            ExprKind::Constant(_) | ExprKind::Attribute { .. } | ExprKind::JoinedStr(_) => Ok(()),
            ExprKind::UnaryOp { op: UnaryOp::USub, .. } | ExprKind::BinOp { op: Operator::Add | Operator::Sub, .. } => {
                Ok(())
            }
            _ => self.error("patterns may only match literals and attribute lookups"),
        }
    }

    fn capture(&self, name: &Option<Ident>) -> R<()> {
        match name.as_deref() {
            None => Ok(()),
            Some("_") => self.error("can't capture name '_' in patterns"),
            Some(name) => self.name(name),
        }
    }

    fn patterns(&self, patterns: &[PatternId], star_ok: bool) -> R<()> {
        patterns.iter().try_for_each(|&p| self.pattern(p, star_ok))
    }

    fn pattern(&self, id: PatternId, star_ok: bool) -> R<()> {
        self.t.recurse(" during compilation", || self.pattern_inner(id, star_ok))
    }

    fn pattern_inner(&self, id: PatternId, star_ok: bool) -> R<()> {
        match &self.ast[id].kind {
            PatternKind::Value(value) => self.literal(*value),
            PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(patterns) => self.patterns(patterns, true),
            PatternKind::Mapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return self.error("MatchMapping doesn't have the same number of keys as patterns");
                }
                self.capture(rest)?;
                for &key in keys {
                    let singleton = matches!(
                        self.ast[key].kind,
                        ExprKind::Constant(Constant::None | Constant::True | Constant::False)
                    );
                    if !singleton {
                        self.literal(key)?;
                    }
                }
                self.patterns(patterns, false)
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return self.error("MatchClass doesn't have the same number of keyword attributes as patterns");
                }
                self.load(*cls)?;
                let mut of = *cls;
                loop {
                    match &self.ast[of].kind {
                        ExprKind::Name { .. } => break,
                        ExprKind::Attribute { value, .. } => of = *value,
                        _ => return self.error("MatchClass cls field can only contain Name or Attribute nodes."),
                    }
                }
                kwd_attrs.iter().try_for_each(|name| self.name(name))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            PatternKind::Star(name) if star_ok => self.capture(name),
            PatternKind::Star(_) => self.error("can't use MatchStar here"),
            PatternKind::As { pattern, name } => {
                self.capture(name)?;
                match pattern {
                    None => Ok(()),
                    Some(_) if name.is_none() => self.error("MatchAs must specify a target name if a pattern is given"),
                    Some(pattern) => self.pattern(*pattern, false),
                }
            }
            PatternKind::Or(patterns) => {
                if patterns.len() < 2 {
                    return self.error("MatchOr requires at least 2 patterns");
                }
                self.patterns(patterns, false)
            }
        }
    }
}
