//! Statements and their parts.

use super::Reader;
use crate::objects::slots::R;
use crate::objects::value::Value;
use crate::syntax::ast::*;

impl Reader<'_> {
    fn block(&mut self, node: &Value, owner: &str, name: &str) -> R<Vec<StmtId>> {
        self.list(node, owner, name, Reader::stmt)
    }

    pub(super) fn stmt(&mut self, node: &Value) -> R<StmtId> {
        if node.is_none() {
            return Err(self.t.value_error("None disallowed in statement list"));
        }
        let span = self.span(node, "stmt")?;
        let name = self.constructor(node, "stmt")?;
        let kind = match name {
            "FunctionDef" | "AsyncFunctionDef" => {
                let def = FunctionDef {
                    name: self.ident(node, name, "name")?,
                    args: self.arguments_field(node, name)?,
                    body: self.block(node, name, "body")?,
                    decorators: self.exprs(node, name, "decorator_list")?,
                    returns: self.maybe_expr(node, name, "returns")?,
                    type_params: self.list(node, name, "type_params", Reader::type_param)?,
                    is_async: name == "AsyncFunctionDef",
                };
                self.string(node, "type_comment")?;
                StmtKind::FunctionDef(Box::new(def))
            }
            "ClassDef" => StmtKind::ClassDef(Box::new(ClassDef {
                name: self.ident(node, name, "name")?,
                bases: self.exprs(node, name, "bases")?,
                keywords: self.list(node, name, "keywords", Reader::keyword)?,
                body: self.block(node, name, "body")?,
                decorators: self.exprs(node, name, "decorator_list")?,
                type_params: self.list(node, name, "type_params", Reader::type_param)?,
            })),
            "Return" => StmtKind::Return(self.maybe_expr(node, name, "value")?),
            "Delete" => StmtKind::Delete(self.exprs(node, name, "targets")?),
            "Assign" => {
                let targets = self.exprs(node, name, "targets")?;
                let value = self.expr_field(node, name, "value")?;
                self.string(node, "type_comment")?;
                StmtKind::Assign { targets, value }
            }
            "TypeAlias" => StmtKind::TypeAlias {
                name: self.expr_field(node, name, "name")?,
                type_params: self.list(node, name, "type_params", Reader::type_param)?,
                value: self.expr_field(node, name, "value")?,
            },
            "AugAssign" => StmtKind::AugAssign {
                target: self.expr_field(node, name, "target")?,
                op: self.operator(&self.required(node, name, "op")?)?,
                value: self.expr_field(node, name, "value")?,
            },
            "AnnAssign" => StmtKind::AnnAssign {
                target: self.expr_field(node, name, "target")?,
                annotation: self.expr_field(node, name, "annotation")?,
                value: self.maybe_expr(node, name, "value")?,
                simple: self.int(&self.required(node, name, "simple")?)? != 0,
            },
            "For" | "AsyncFor" => {
                let target = self.expr_field(node, name, "target")?;
                let iter = self.expr_field(node, name, "iter")?;
                let body = self.block(node, name, "body")?;
                let orelse = self.block(node, name, "orelse")?;
                self.string(node, "type_comment")?;
                StmtKind::For { target, iter, body, orelse, is_async: name == "AsyncFor" }
            }
            "While" => StmtKind::While {
                test: self.expr_field(node, name, "test")?,
                body: self.block(node, name, "body")?,
                orelse: self.block(node, name, "orelse")?,
            },
            "If" => StmtKind::If {
                test: self.expr_field(node, name, "test")?,
                body: self.block(node, name, "body")?,
                orelse: self.block(node, name, "orelse")?,
            },
            "With" | "AsyncWith" => {
                let items = self.list(node, name, "items", |reader, item| {
                    Ok(WithItem {
                        context_expr: reader.expr_field(item, "withitem", "context_expr")?,
                        optional_vars: reader.maybe_expr(item, "withitem", "optional_vars")?,
                    })
                })?;
                let body = self.block(node, name, "body")?;
                self.string(node, "type_comment")?;
                StmtKind::With { items, body, is_async: name == "AsyncWith" }
            }
            "Match" => StmtKind::Match {
                subject: self.expr_field(node, name, "subject")?,
                cases: self.list(node, name, "cases", |reader, case| {
                    Ok(MatchCase {
                        pattern: reader.pattern_field(case, "match_case", "pattern")?,
                        guard: reader.maybe_expr(case, "match_case", "guard")?,
                        body: reader.block(case, "match_case", "body")?,
                    })
                })?,
            },
            "Raise" => StmtKind::Raise {
                exc: self.maybe_expr(node, name, "exc")?,
                cause: self.maybe_expr(node, name, "cause")?,
            },
            "Try" | "TryStar" => StmtKind::Try {
                body: self.block(node, name, "body")?,
                handlers: self.list(node, name, "handlers", Reader::handler)?,
                orelse: self.block(node, name, "orelse")?,
                finalbody: self.block(node, name, "finalbody")?,
                is_star: name == "TryStar",
            },
            "Assert" => StmtKind::Assert {
                test: self.expr_field(node, name, "test")?,
                msg: self.maybe_expr(node, name, "msg")?,
            },
            "Import" => StmtKind::Import(self.list(node, name, "names", Reader::alias)?),
            "ImportFrom" => {
                let module = self.maybe_ident(node, "module")?;
                let names = self.list(node, name, "names", Reader::alias)?;
                let level = self.optional(node, "level")?.map_or(Ok(0), |v| self.int(&v))?;
                let Ok(level) = u32::try_from(level) else {
                    return Err(self.t.value_error("Negative ImportFrom level"));
                };
                StmtKind::ImportFrom { module, names, level }
            }
            "Global" => StmtKind::Global(self.names(node, name, "names")?),
            "Nonlocal" => StmtKind::Nonlocal(self.names(node, name, "names")?),
            "Expr" => StmtKind::Expr(self.expr_field(node, name, "value")?),
            "Pass" => StmtKind::Pass,
            "Break" => StmtKind::Break,
            _ => StmtKind::Continue,
        };
        Ok(self.ast.stmt(span, kind))
    }

    /// A list of identifiers.
    pub(super) fn names(&mut self, node: &Value, owner: &str, name: &str) -> R<Vec<Ident>> {
        self.list(node, owner, name, |reader, v| match reader.identifier(v)? {
            Some(name) => Ok(name),
            None => Err(reader.t.type_error("AST identifier must be of type str")),
        })
    }

    fn handler(&mut self, node: &Value) -> R<ExceptHandler> {
        let span = self.span(node, "excepthandler")?;
        let owner = self.constructor(node, "excepthandler")?;
        Ok(ExceptHandler {
            span,
            typ: self.maybe_expr(node, owner, "type")?,
            name: self.maybe_ident(node, "name")?,
            body: self.block(node, owner, "body")?,
        })
    }

    fn alias(&mut self, node: &Value) -> R<Alias> {
        Ok(Alias {
            name: self.ident(node, "alias", "name")?,
            asname: self.maybe_ident(node, "asname")?,
            span: self.span(node, "alias")?,
        })
    }

    pub(super) fn keyword(&mut self, node: &Value) -> R<Keyword> {
        Ok(Keyword {
            arg: self.maybe_ident(node, "arg")?,
            value: self.expr_field(node, "keyword", "value")?,
            span: self.span(node, "keyword")?,
        })
    }

    fn arg(&mut self, node: &Value) -> R<Arg> {
        let arg = self.ident(node, "arg", "arg")?;
        let annotation = self.maybe_expr(node, "arg", "annotation")?;
        self.string(node, "type_comment")?;
        Ok(Arg { span: self.span(node, "arg")?, arg, annotation })
    }

    fn maybe_arg(&mut self, node: &Value, name: &str) -> R<Option<Arg>> {
        match self.optional(node, name)? {
            Some(arg) => self.arg(&arg).map(Some),
            None => Ok(None),
        }
    }

    /// The field `args` of a function or lambda.
    pub(super) fn arguments_field(&mut self, node: &Value, owner: &str) -> R<Arguments> {
        let a = self.wanted(node, owner, "args")?;
        let of = "arguments";
        self.deeper(owner, |reader| {
            Ok(Arguments {
                posonlyargs: reader.list(&a, of, "posonlyargs", Reader::arg)?,
                args: reader.list(&a, of, "args", Reader::arg)?,
                vararg: reader.maybe_arg(&a, "vararg")?,
                kwonlyargs: reader.list(&a, of, "kwonlyargs", Reader::arg)?,
                kw_defaults: reader.list(&a, of, "kw_defaults", Reader::maybe)?,
                kwarg: reader.maybe_arg(&a, "kwarg")?,
                defaults: reader.exprs(&a, of, "defaults")?,
            })
        })
    }

    fn type_param(&mut self, node: &Value) -> R<TypeParam> {
        let span = self.span(node, "type_param")?;
        let owner = self.constructor(node, "type_param")?;
        let name = self.ident(node, owner, "name")?;
        let kind = match owner {
            "TypeVar" => TypeParamKind::TypeVar { bound: self.maybe_expr(node, owner, "bound")? },
            "ParamSpec" => TypeParamKind::ParamSpec,
            _ => TypeParamKind::TypeVarTuple,
        };
        Ok(TypeParam { span, name, kind, default: self.maybe_expr(node, owner, "default_value")? })
    }
}
