//! The tree as Python objects: what `ast.parse` gives.

use super::asdl::{Made, classes};
use super::node;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::syntax::ast::*;

/// A tree as a `mod` node.
pub fn tree(t: &Thread, ast: &Ast, root: &Mod) -> R {
    let maker = Maker { t, ast, made: classes(t)? };
    match root {
        Mod::Module(body) => {
            let fields = [("body", maker.block(body)?), ("type_ignores", List::make(t, []))];
            maker.node("Module", fields, None)
        }
        Mod::Interactive(body) => maker.node("Interactive", [("body", maker.block(body)?)], None),
        Mod::Expression(body) => maker.node("Expression", [("body", maker.expr(*body)?)], None),
    }
}

/// The value of a literal.
pub(super) fn constant(t: &Thread, constant: &Constant) -> Value {
    match constant {
        Constant::None => Value::NONE,
        Constant::True => Value::TRUE,
        Constant::False => Value::FALSE,
        Constant::Ellipsis => Value::ELLIPSIS,
        Constant::Int(i) => int::new(t, *i),
        Constant::BigInt(big) => int::from_big(t, big.clone()),
        Constant::Float(f) => crate::objects::float::new(t, *f),
        Constant::Imaginary(f) => crate::objects::complex::new(t, 0.0, *f),
        Constant::Complex(real, imag) => crate::objects::complex::new(t, *real, *imag),
        Constant::Tuple(items) => t.tuple(items.iter().map(|c| self::constant(t, c)).collect::<Vec<_>>()),
        Constant::FrozenSet(items) => {
            let items: Vec<Value> = items.iter().map(|c| self::constant(t, c)).collect();
            crate::objects::set::frozenset_of(t, &items)
        }
        Constant::Str { text, .. } => t.interp.intern_value(&Str::from_wtf8(t, &text.0)),
        Constant::Bytes(bytes) => Bytes::make(t, bytes),
    }
}

struct Maker<'a> {
    t: &'a Thread,
    ast: &'a Ast,
    made: &'a Made,
}

type Fields<const N: usize> = [(&'static str, Value); N];

impl Maker<'_> {
    fn node<const N: usize>(&self, name: &str, fields: Fields<N>, span: Option<Span>) -> R {
        let t = self.t;
        let class = self.made.class(name).unwrap_or(Value::none());
        let node = node::make(t, class)?;
        for (field, value) in &fields {
            protocol::setattr(t, &node, &t.intern(field), Some(value))?;
        }
        if let Some(span) = span {
            let places = [
                ("lineno", span.line),
                ("col_offset", span.col),
                ("end_lineno", span.end_line),
                ("end_col_offset", span.end_col),
            ];
            for (name, number) in places {
                protocol::setattr(t, &node, &t.intern(name), Some(&Value::small(number as i64)))?;
            }
        }
        Ok(node)
    }

    /// An operator or context, by the name of its variant.
    fn one(&self, variant: impl std::fmt::Debug) -> Value {
        self.made.singleton(&format!("{variant:?}")).cloned().unwrap_or(Value::NONE)
    }

    fn list<T>(&self, items: &[T], f: impl Fn(&T) -> R) -> R {
        Ok(List::make(self.t, items.iter().map(f).collect::<R<Vec<_>>>()?))
    }

    fn ident(&self, name: &Ident) -> Value {
        self.t.intern(name)
    }

    fn maybe_ident(&self, name: &Option<Ident>) -> Value {
        name.as_ref().map_or(Value::NONE, |name| self.ident(name))
    }

    fn block(&self, body: &[StmtId]) -> R {
        self.list(body, |&s| self.stmt(s))
    }

    fn exprs(&self, exprs: &[ExprId]) -> R {
        self.list(exprs, |&e| self.expr(e))
    }

    fn maybe(&self, expr: Option<ExprId>) -> R {
        expr.map_or(Ok(Value::NONE), |e| self.expr(e))
    }

    fn stmt(&self, id: StmtId) -> R {
        let Stmt { span, kind } = &self.ast[id];
        let span = Some(*span);
        self.t.recurse(" during ast construction", || match kind {
            StmtKind::FunctionDef(f) => {
                let fields = [
                    ("name", self.ident(&f.name)),
                    ("args", self.arguments(&f.args)?),
                    ("body", self.block(&f.body)?),
                    ("decorator_list", self.exprs(&f.decorators)?),
                    ("returns", self.maybe(f.returns)?),
                    ("type_comment", Value::NONE),
                    ("type_params", self.type_params(&f.type_params)?),
                ];
                self.node(if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" }, fields, span)
            }
            StmtKind::ClassDef(c) => {
                let fields = [
                    ("name", self.ident(&c.name)),
                    ("bases", self.exprs(&c.bases)?),
                    ("keywords", self.keywords(&c.keywords)?),
                    ("body", self.block(&c.body)?),
                    ("decorator_list", self.exprs(&c.decorators)?),
                    ("type_params", self.type_params(&c.type_params)?),
                ];
                self.node("ClassDef", fields, span)
            }
            StmtKind::Return(value) => self.node("Return", [("value", self.maybe(*value)?)], span),
            StmtKind::Delete(targets) => self.node("Delete", [("targets", self.exprs(targets)?)], span),
            StmtKind::Assign { targets, value } => {
                let fields =
                    [("targets", self.exprs(targets)?), ("value", self.expr(*value)?), ("type_comment", Value::NONE)];
                self.node("Assign", fields, span)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                let fields = [
                    ("name", self.expr(*name)?),
                    ("type_params", self.type_params(type_params)?),
                    ("value", self.expr(*value)?),
                ];
                self.node("TypeAlias", fields, span)
            }
            StmtKind::AugAssign { target, op, value } => {
                let fields = [("target", self.expr(*target)?), ("op", self.one(op)), ("value", self.expr(*value)?)];
                self.node("AugAssign", fields, span)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                let fields = [
                    ("target", self.expr(*target)?),
                    ("annotation", self.expr(*annotation)?),
                    ("value", self.maybe(*value)?),
                    ("simple", Value::small(*simple as i64)),
                ];
                self.node("AnnAssign", fields, span)
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                let fields = [
                    ("target", self.expr(*target)?),
                    ("iter", self.expr(*iter)?),
                    ("body", self.block(body)?),
                    ("orelse", self.block(orelse)?),
                    ("type_comment", Value::NONE),
                ];
                self.node(if *is_async { "AsyncFor" } else { "For" }, fields, span)
            }
            StmtKind::While { test, body, orelse } => {
                let fields =
                    [("test", self.expr(*test)?), ("body", self.block(body)?), ("orelse", self.block(orelse)?)];
                self.node("While", fields, span)
            }
            StmtKind::If { test, body, orelse } => {
                let fields =
                    [("test", self.expr(*test)?), ("body", self.block(body)?), ("orelse", self.block(orelse)?)];
                self.node("If", fields, span)
            }
            StmtKind::With { items, body, is_async } => {
                let item = |item: &WithItem| {
                    let fields = [
                        ("context_expr", self.expr(item.context_expr)?),
                        ("optional_vars", self.maybe(item.optional_vars)?),
                    ];
                    self.node("withitem", fields, None)
                };
                let fields =
                    [("items", self.list(items, item)?), ("body", self.block(body)?), ("type_comment", Value::NONE)];
                self.node(if *is_async { "AsyncWith" } else { "With" }, fields, span)
            }
            StmtKind::Match { subject, cases } => {
                let case = |case: &MatchCase| {
                    let fields = [
                        ("pattern", self.pattern(case.pattern)?),
                        ("guard", self.maybe(case.guard)?),
                        ("body", self.block(&case.body)?),
                    ];
                    self.node("match_case", fields, None)
                };
                let fields = [("subject", self.expr(*subject)?), ("cases", self.list(cases, case)?)];
                self.node("Match", fields, span)
            }
            StmtKind::Raise { exc, cause } => {
                self.node("Raise", [("exc", self.maybe(*exc)?), ("cause", self.maybe(*cause)?)], span)
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                let handler = |h: &ExceptHandler| {
                    let fields = [
                        ("type", self.maybe(h.typ)?),
                        ("name", self.maybe_ident(&h.name)),
                        ("body", self.block(&h.body)?),
                    ];
                    self.node("ExceptHandler", fields, Some(h.span))
                };
                let fields = [
                    ("body", self.block(body)?),
                    ("handlers", self.list(handlers, handler)?),
                    ("orelse", self.block(orelse)?),
                    ("finalbody", self.block(finalbody)?),
                ];
                self.node(if *is_star { "TryStar" } else { "Try" }, fields, span)
            }
            StmtKind::Assert { test, msg } => {
                self.node("Assert", [("test", self.expr(*test)?), ("msg", self.maybe(*msg)?)], span)
            }
            StmtKind::Import(names) => self.node("Import", [("names", self.aliases(names)?)], span),
            StmtKind::ImportFrom { module, names, level } => {
                let fields = [
                    ("module", self.maybe_ident(module)),
                    ("names", self.aliases(names)?),
                    ("level", Value::small(*level as i64)),
                ];
                self.node("ImportFrom", fields, span)
            }
            StmtKind::Global(names) => self.node("Global", [("names", self.list(names, |n| Ok(self.ident(n)))?)], span),
            StmtKind::Nonlocal(names) => {
                self.node("Nonlocal", [("names", self.list(names, |n| Ok(self.ident(n)))?)], span)
            }
            StmtKind::Expr(value) => self.node("Expr", [("value", self.expr(*value)?)], span),
            StmtKind::Pass => self.node("Pass", [], span),
            StmtKind::Break => self.node("Break", [], span),
            StmtKind::Continue => self.node("Continue", [], span),
        })
    }

    fn expr(&self, id: ExprId) -> R {
        let Expr { span, kind } = &self.ast[id];
        let span = Some(*span);
        self.t.recurse(" during ast construction", || match kind {
            ExprKind::BoolOp { op, values } => {
                self.node("BoolOp", [("op", self.one(op)), ("values", self.exprs(values)?)], span)
            }
            ExprKind::NamedExpr { target, value } => {
                self.node("NamedExpr", [("target", self.expr(*target)?), ("value", self.expr(*value)?)], span)
            }
            ExprKind::BinOp { left, op, right } => {
                let fields = [("left", self.expr(*left)?), ("op", self.one(op)), ("right", self.expr(*right)?)];
                self.node("BinOp", fields, span)
            }
            ExprKind::UnaryOp { op, operand } => {
                self.node("UnaryOp", [("op", self.one(op)), ("operand", self.expr(*operand)?)], span)
            }
            ExprKind::Lambda { args, body } => {
                self.node("Lambda", [("args", self.arguments(args)?), ("body", self.expr(*body)?)], span)
            }
            ExprKind::IfExp { test, body, orelse } => {
                let fields =
                    [("test", self.expr(*test)?), ("body", self.expr(*body)?), ("orelse", self.expr(*orelse)?)];
                self.node("IfExp", fields, span)
            }
            ExprKind::Dict { keys, values } => {
                let keys = self.list(keys, |&key| self.maybe(key))?;
                self.node("Dict", [("keys", keys), ("values", self.exprs(values)?)], span)
            }
            ExprKind::Set(elts) => self.node("Set", [("elts", self.exprs(elts)?)], span),
            ExprKind::ListComp { elt, generators } => self.comprehension("ListComp", *elt, generators, span),
            ExprKind::SetComp { elt, generators } => self.comprehension("SetComp", *elt, generators, span),
            ExprKind::GeneratorExp { elt, generators } => self.comprehension("GeneratorExp", *elt, generators, span),
            ExprKind::DictComp { key, value, generators } => {
                let fields = [
                    ("key", self.expr(*key)?),
                    ("value", self.expr(*value)?),
                    ("generators", self.generators(generators)?),
                ];
                self.node("DictComp", fields, span)
            }
            ExprKind::Await(value) => self.node("Await", [("value", self.expr(*value)?)], span),
            ExprKind::Yield(value) => self.node("Yield", [("value", self.maybe(*value)?)], span),
            ExprKind::YieldFrom(value) => self.node("YieldFrom", [("value", self.expr(*value)?)], span),
            ExprKind::Compare { left, ops, comparators } => {
                let fields = [
                    ("left", self.expr(*left)?),
                    ("ops", self.list(ops, |op| Ok(self.one(op)))?),
                    ("comparators", self.exprs(comparators)?),
                ];
                self.node("Compare", fields, span)
            }
            ExprKind::Call { func, args, keywords } => {
                let fields =
                    [("func", self.expr(*func)?), ("args", self.exprs(args)?), ("keywords", self.keywords(keywords)?)];
                self.node("Call", fields, span)
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let fields = [
                    ("value", self.expr(*value)?),
                    ("conversion", conversion_number(*conversion)),
                    ("format_spec", self.maybe(*format_spec)?),
                ];
                self.node("FormattedValue", fields, span)
            }
            ExprKind::Interpolation { value, text, conversion, format_spec } => {
                let fields = [
                    ("value", self.expr(*value)?),
                    ("str", Str::from_wtf8(self.t, &text.0)),
                    ("conversion", conversion_number(*conversion)),
                    ("format_spec", self.maybe(*format_spec)?),
                ];
                self.node("Interpolation", fields, span)
            }
            ExprKind::JoinedStr(values) => self.node("JoinedStr", [("values", self.exprs(values)?)], span),
            ExprKind::TemplateStr(values) => self.node("TemplateStr", [("values", self.exprs(values)?)], span),
            ExprKind::Constant(value) => {
                let is_u = matches!(value, Constant::Str { u: true, .. });
                let kind = if is_u { self.t.intern("u") } else { Value::NONE };
                self.node("Constant", [("value", constant(self.t, value)), ("kind", kind)], span)
            }
            ExprKind::Attribute { value, attr, ctx } => {
                let fields = [("value", self.expr(*value)?), ("attr", self.ident(attr)), ("ctx", self.one(ctx))];
                self.node("Attribute", fields, span)
            }
            ExprKind::Subscript { value, slice, ctx } => {
                let fields = [("value", self.expr(*value)?), ("slice", self.expr(*slice)?), ("ctx", self.one(ctx))];
                self.node("Subscript", fields, span)
            }
            ExprKind::Starred { value, ctx } => {
                self.node("Starred", [("value", self.expr(*value)?), ("ctx", self.one(ctx))], span)
            }
            ExprKind::Name { id, ctx } => self.node("Name", [("id", self.ident(id)), ("ctx", self.one(ctx))], span),
            ExprKind::List { elts, ctx } => {
                self.node("List", [("elts", self.exprs(elts)?), ("ctx", self.one(ctx))], span)
            }
            ExprKind::Tuple { elts, ctx } => {
                self.node("Tuple", [("elts", self.exprs(elts)?), ("ctx", self.one(ctx))], span)
            }
            ExprKind::Slice { lower, upper, step } => {
                let fields =
                    [("lower", self.maybe(*lower)?), ("upper", self.maybe(*upper)?), ("step", self.maybe(*step)?)];
                self.node("Slice", fields, span)
            }
        })
    }

    fn comprehension(&self, name: &str, elt: ExprId, generators: &[Comprehension], span: Option<Span>) -> R {
        self.node(name, [("elt", self.expr(elt)?), ("generators", self.generators(generators)?)], span)
    }

    fn generators(&self, generators: &[Comprehension]) -> R {
        self.list(generators, |g| {
            let fields = [
                ("target", self.expr(g.target)?),
                ("iter", self.expr(g.iter)?),
                ("ifs", self.exprs(&g.ifs)?),
                ("is_async", Value::small(g.is_async as i64)),
            ];
            self.node("comprehension", fields, None)
        })
    }

    fn keywords(&self, keywords: &[Keyword]) -> R {
        self.list(keywords, |k| {
            let fields = [("arg", self.maybe_ident(&k.arg)), ("value", self.expr(k.value)?)];
            self.node("keyword", fields, Some(k.span))
        })
    }

    fn aliases(&self, names: &[Alias]) -> R {
        self.list(names, |a| {
            let fields = [("name", self.ident(&a.name)), ("asname", self.maybe_ident(&a.asname))];
            self.node("alias", fields, Some(a.span))
        })
    }

    fn arg(&self, arg: &Arg) -> R {
        let fields =
            [("arg", self.ident(&arg.arg)), ("annotation", self.maybe(arg.annotation)?), ("type_comment", Value::NONE)];
        self.node("arg", fields, Some(arg.span))
    }

    fn arguments(&self, a: &Arguments) -> R {
        let maybe_arg = |arg: &Option<Arg>| arg.as_ref().map_or(Ok(Value::NONE), |arg| self.arg(arg));
        let fields = [
            ("posonlyargs", self.list(&a.posonlyargs, |arg| self.arg(arg))?),
            ("args", self.list(&a.args, |arg| self.arg(arg))?),
            ("vararg", maybe_arg(&a.vararg)?),
            ("kwonlyargs", self.list(&a.kwonlyargs, |arg| self.arg(arg))?),
            ("kw_defaults", self.list(&a.kw_defaults, |&e| self.maybe(e))?),
            ("kwarg", maybe_arg(&a.kwarg)?),
            ("defaults", self.exprs(&a.defaults)?),
        ];
        self.node("arguments", fields, None)
    }

    fn type_params(&self, params: &[TypeParam]) -> R {
        self.list(params, |p| {
            let name = ("name", self.ident(&p.name));
            let default = ("default_value", self.maybe(p.default)?);
            match p.kind {
                TypeParamKind::TypeVar { bound } => {
                    self.node("TypeVar", [name, ("bound", self.maybe(bound)?), default], Some(p.span))
                }
                TypeParamKind::TypeVarTuple => self.node("TypeVarTuple", [name, default], Some(p.span)),
                TypeParamKind::ParamSpec => self.node("ParamSpec", [name, default], Some(p.span)),
            }
        })
    }

    fn patterns(&self, patterns: &[PatternId]) -> R {
        self.list(patterns, |&p| self.pattern(p))
    }

    fn pattern(&self, id: PatternId) -> R {
        let Pattern { span, kind } = &self.ast[id];
        let span = Some(*span);
        self.t.recurse(" during ast construction", || match kind {
            PatternKind::Value(value) => self.node("MatchValue", [("value", self.expr(*value)?)], span),
            PatternKind::Singleton(value) => self.node("MatchSingleton", [("value", constant(self.t, value))], span),
            PatternKind::Sequence(items) => self.node("MatchSequence", [("patterns", self.patterns(items)?)], span),
            PatternKind::Mapping { keys, patterns, rest } => {
                let fields = [
                    ("keys", self.exprs(keys)?),
                    ("patterns", self.patterns(patterns)?),
                    ("rest", self.maybe_ident(rest)),
                ];
                self.node("MatchMapping", fields, span)
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                let fields = [
                    ("cls", self.expr(*cls)?),
                    ("patterns", self.patterns(patterns)?),
                    ("kwd_attrs", self.list(kwd_attrs, |n| Ok(self.ident(n)))?),
                    ("kwd_patterns", self.patterns(kwd_patterns)?),
                ];
                self.node("MatchClass", fields, span)
            }
            PatternKind::Star(name) => self.node("MatchStar", [("name", self.maybe_ident(name))], span),
            PatternKind::As { pattern, name } => {
                let pattern = pattern.map_or(Ok(Value::NONE), |p| self.pattern(p))?;
                self.node("MatchAs", [("pattern", pattern), ("name", self.maybe_ident(name))], span)
            }
            PatternKind::Or(patterns) => self.node("MatchOr", [("patterns", self.patterns(patterns)?)], span),
        })
    }
}

/// `!s` and its kin as the code of the letter, -1 for none.
fn conversion_number(conversion: Conversion) -> Value {
    Value::small(match conversion {
        Conversion::None => -1,
        Conversion::Str => b's' as i64,
        Conversion::Repr => b'r' as i64,
        Conversion::Ascii => b'a' as i64,
    })
}
