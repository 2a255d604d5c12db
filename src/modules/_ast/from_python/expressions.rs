//! Expressions, operators and constants.

use super::Reader;
use crate::objects::bytes::Bytes;
use crate::objects::header::Kind;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::{complex, float, int, set};
use crate::syntax::ast::*;

/// Reads a node without fields by the name of its class.
macro_rules! by_name {
    ($($method:ident $sum:literal $typ:ident: $($variant:ident)*;)*) => { $(
        pub(super) fn $method(&mut self, node: &Value) -> R<$typ> {
            $(const _: $typ = $typ::$variant;)*
            let name = self.constructor(node, $sum)?;
            for (text, value) in [$((stringify!($variant), $typ::$variant)),*] {
                if text == name {
                    return Ok(value);
                }
            }
            Err(self.t.system_error(concat!("unexpected ", $sum, " found")))
        }
    )* };
}

impl Reader<'_> {
    by_name! {
        operator "operator" Operator:
            Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv;
        bool_op "boolop" BoolOp: And Or;
        unary_op "unaryop" UnaryOp: Invert Not UAdd USub;
        compare_op "cmpop" CmpOp: Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn;
        context "expr_context" Context: Load Store Del;
    }

    fn ctx(&mut self, node: &Value, owner: &str) -> R<Context> {
        let ctx = self.wanted(node, owner, "ctx")?;
        self.context(&ctx)
    }

    pub(super) fn exprs(&mut self, node: &Value, owner: &str, name: &str) -> R<Vec<ExprId>> {
        self.list(node, owner, name, Reader::expr)
    }

    pub(super) fn expr_field(&mut self, node: &Value, owner: &str, name: &str) -> R<ExprId> {
        let value = self.wanted(node, owner, name)?;
        self.deeper(owner, |reader| reader.expr(&value))
    }

    pub(super) fn maybe_expr(&mut self, node: &Value, owner: &str, name: &str) -> R<Option<ExprId>> {
        match self.optional(node, name)? {
            Some(value) => self.deeper(owner, |reader| reader.expr(&value)).map(Some),
            None => Ok(None),
        }
    }

    /// An item of a list in which there may be `None`.
    pub(super) fn maybe(&mut self, node: &Value) -> R<Option<ExprId>> {
        if node.is_none() { Ok(None) } else { self.expr(node).map(Some) }
    }

    fn generators(&mut self, node: &Value, owner: &str) -> R<Vec<Comprehension>> {
        self.list(node, owner, "generators", |reader, g| {
            Ok(Comprehension {
                target: reader.expr_field(g, "comprehension", "target")?,
                iter: reader.expr_field(g, "comprehension", "iter")?,
                ifs: reader.exprs(g, "comprehension", "ifs")?,
                is_async: reader.int(&reader.required(g, "comprehension", "is_async")?)? != 0,
            })
        })
    }

    fn conversion(&mut self, node: &Value, owner: &str) -> R<Conversion> {
        match self.int(&self.required(node, owner, "conversion")?)? {
            -1 => Ok(Conversion::None),
            115 => Ok(Conversion::Str),
            114 => Ok(Conversion::Repr),
            97 => Ok(Conversion::Ascii),
            other => Err(self.t.system_error(format!("Unrecognized conversion character {other}"))),
        }
    }

    pub(super) fn expr(&mut self, node: &Value) -> R<ExprId> {
        if node.is_none() {
            return Err(self.t.value_error("None disallowed in expression list"));
        }
        let span = self.span(node, "expr")?;
        let name = self.constructor(node, "expr")?;
        let kind = match name {
            "BoolOp" => ExprKind::BoolOp {
                op: self.bool_op(&self.required(node, name, "op")?)?,
                values: self.exprs(node, name, "values")?,
            },
            "NamedExpr" => ExprKind::NamedExpr {
                target: self.expr_field(node, name, "target")?,
                value: self.expr_field(node, name, "value")?,
            },
            "BinOp" => ExprKind::BinOp {
                left: self.expr_field(node, name, "left")?,
                op: self.operator(&self.required(node, name, "op")?)?,
                right: self.expr_field(node, name, "right")?,
            },
            "UnaryOp" => ExprKind::UnaryOp {
                op: self.unary_op(&self.required(node, name, "op")?)?,
                operand: self.expr_field(node, name, "operand")?,
            },
            "Lambda" => ExprKind::Lambda {
                args: Box::new(self.arguments_field(node, name)?),
                body: self.expr_field(node, name, "body")?,
            },
            "IfExp" => ExprKind::IfExp {
                test: self.expr_field(node, name, "test")?,
                body: self.expr_field(node, name, "body")?,
                orelse: self.expr_field(node, name, "orelse")?,
            },
            "Dict" => ExprKind::Dict {
                keys: self.list(node, name, "keys", Reader::maybe)?,
                values: self.exprs(node, name, "values")?,
            },
            "Set" => ExprKind::Set(self.exprs(node, name, "elts")?),
            "ListComp" => ExprKind::ListComp {
                elt: self.expr_field(node, name, "elt")?,
                generators: self.generators(node, name)?,
            },
            "SetComp" => {
                ExprKind::SetComp { elt: self.expr_field(node, name, "elt")?, generators: self.generators(node, name)? }
            }
            "GeneratorExp" => ExprKind::GeneratorExp {
                elt: self.expr_field(node, name, "elt")?,
                generators: self.generators(node, name)?,
            },
            "DictComp" => ExprKind::DictComp {
                key: self.expr_field(node, name, "key")?,
                value: self.expr_field(node, name, "value")?,
                generators: self.generators(node, name)?,
            },
            "Await" => ExprKind::Await(self.expr_field(node, name, "value")?),
            "Yield" => ExprKind::Yield(self.maybe_expr(node, name, "value")?),
            "YieldFrom" => ExprKind::YieldFrom(self.expr_field(node, name, "value")?),
            "Compare" => ExprKind::Compare {
                left: self.expr_field(node, name, "left")?,
                ops: self.list(node, name, "ops", Reader::compare_op)?,
                comparators: self.exprs(node, name, "comparators")?,
            },
            "Call" => ExprKind::Call {
                func: self.expr_field(node, name, "func")?,
                args: self.exprs(node, name, "args")?,
                keywords: self.list(node, name, "keywords", Reader::keyword)?,
            },
            "FormattedValue" => ExprKind::FormattedValue {
                value: self.expr_field(node, name, "value")?,
                conversion: self.conversion(node, name)?,
                format_spec: self.maybe_expr(node, name, "format_spec")?,
            },
            "Interpolation" => ExprKind::Interpolation {
                value: self.expr_field(node, name, "value")?,
                text: match self.constant(&self.required(node, name, "str")?)? {
                    Constant::Str { text, .. } => text,
                    _ => return Err(self.t.type_error("Interpolation field \"str\" must be a string")),
                },
                conversion: self.conversion(node, name)?,
                format_spec: self.maybe_expr(node, name, "format_spec")?,
            },
            "JoinedStr" => ExprKind::JoinedStr(self.exprs(node, name, "values")?),
            "TemplateStr" => ExprKind::TemplateStr(self.exprs(node, name, "values")?),
            "Constant" => {
                let value = self.required(node, name, "value")?;
                let is_u = self.string(node, "kind")?.is_some();
                let mut value = self.constant(&value)?;
                if let Constant::Str { u, .. } = &mut value {
                    *u = is_u;
                }
                ExprKind::Constant(value)
            }
            "Attribute" => ExprKind::Attribute {
                value: self.expr_field(node, name, "value")?,
                attr: self.ident(node, name, "attr")?,
                ctx: self.ctx(node, name)?,
            },
            "Subscript" => ExprKind::Subscript {
                value: self.expr_field(node, name, "value")?,
                slice: self.expr_field(node, name, "slice")?,
                ctx: self.ctx(node, name)?,
            },
            "Starred" => ExprKind::Starred { value: self.expr_field(node, name, "value")?, ctx: self.ctx(node, name)? },
            "Name" => ExprKind::Name { id: self.ident(node, name, "id")?, ctx: self.ctx(node, name)? },
            "List" => ExprKind::List { elts: self.exprs(node, name, "elts")?, ctx: self.ctx(node, name)? },
            "Tuple" => ExprKind::Tuple { elts: self.exprs(node, name, "elts")?, ctx: self.ctx(node, name)? },
            _ => ExprKind::Slice {
                lower: self.maybe_expr(node, name, "lower")?,
                upper: self.maybe_expr(node, name, "upper")?,
                step: self.maybe_expr(node, name, "step")?,
            },
        };
        Ok(self.ast.expr(span, kind))
    }

    /// The value of a literal: of an exact built-in type, tuples and frozensets of such.
    pub(super) fn constant(&self, v: &Value) -> R<Constant> {
        let t = self.t;
        let exact = !v.is_heap() || v.type_of(t).has_flag(crate::objects::spec::type_flags::IMMUTABLE);
        let items = |items: &[Value]| {
            t.recurse(" during compilation", || items.iter().map(|item| self.constant(item)).collect::<R<Vec<_>>>())
        };
        let found = match v.kind() {
            _ if !exact => None,
            Kind::None => Some(Constant::None),
            Kind::Ellipsis => Some(Constant::Ellipsis),
            Kind::Bool => Some(if v.as_bool() == Some(true) { Constant::True } else { Constant::False }),
            Kind::Int => match int::as_i64(v) {
                Some(i) => Some(Constant::Int(i)),
                None => int::big_of(v).map(|big| Constant::BigInt(big.into_owned())),
            },
            Kind::Float => float::as_f64(v).map(Constant::Float),
            Kind::Complex => complex::as_pair(v).map(|c| match c.re == 0.0 && c.re.is_sign_positive() {
                true => Constant::Imaginary(c.im),
                false => Constant::Complex(c.re, c.im),
            }),
            Kind::Str => {
                v.cast::<Str>().map(|s| Constant::Str { text: Text(s.to_wtf8().into_owned().into()), u: false })
            }
            Kind::Bytes => v.cast::<Bytes>().map(|b| Constant::Bytes(b.as_slice().into())),
            Kind::Tuple => match v.cast::<Tuple>() {
                Some(tuple) => Some(Constant::Tuple(items(tuple.items())?.into())),
                None => None,
            },
            Kind::FrozenSet => match set::of(v) {
                Some(set) => Some(Constant::FrozenSet(items(&set.items(t))?.into())),
                None => None,
            },
            _ => None,
        };
        found.ok_or_else(|| t.type_error(format!("got an invalid type in Constant: {}", v.type_of(t).short_name())))
    }
}
