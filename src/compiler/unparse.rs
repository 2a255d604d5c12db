//! An expression as text, as `from __future__ import annotations` keeps it: CPython's `ast_unparse.c`.

use crate::syntax::ast::*;

/// How tightly operators bind, the loosest first.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    fn tighter(self) -> Level {
        use Level::*;
        match self {
            Tuple => Test,
            Test => Or,
            Or => And,
            And => Not,
            Not => Compare,
            Compare => BitOr,
            BitOr => BitXor,
            BitXor => BitAnd,
            BitAnd => Shift,
            Shift => Arith,
            Arith => Term,
            Term => Factor,
            Factor => Power,
            Power => Await,
            Await | Atom => Atom,
        }
    }
}

/// The text of an expression.
pub(super) fn unparse(ast: &Ast, id: ExprId) -> Text {
    let mut out = Vec::new();
    Unparser { ast, out: &mut out }.expr(id, Level::Test);
    Text(out.into())
}

struct Unparser<'a> {
    ast: &'a Ast,
    out: &'a mut Vec<u8>,
}

impl Unparser<'_> {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn put_if(&mut self, condition: bool, text: &str) {
        if condition {
            self.put(text);
        }
    }

    fn list(&mut self, ids: &[ExprId], level: Level) {
        for (i, &id) in ids.iter().enumerate() {
            self.put_if(i > 0, ", ");
            self.expr(id, level);
        }
    }

    fn expr(&mut self, id: ExprId, level: Level) {
        super::depth::grow(|| self.expr_inner(id, level));
    }

    fn expr_inner(&mut self, id: ExprId, level: Level) {
        let ast = self.ast;
        match &ast[id].kind {
            ExprKind::BoolOp { op, values } => {
                let (text, own) = match op {
                    BoolOp::And => (" and ", Level::And),
                    BoolOp::Or => (" or ", Level::Or),
                };
                self.put_if(level > own, "(");
                for (i, &value) in values.iter().enumerate() {
                    self.put_if(i > 0, text);
                    self.expr(value, own.tighter());
                }
                self.put_if(level > own, ")");
            }
            ExprKind::BinOp { left, op, right } => self.bin_op(*left, *op, *right, level),
            ExprKind::UnaryOp { op, operand } => {
                let (text, own) = match op {
                    UnaryOp::Invert => ("~", Level::Factor),
                    UnaryOp::Not => ("not ", Level::Not),
                    UnaryOp::UAdd => ("+", Level::Factor),
                    UnaryOp::USub => ("-", Level::Factor),
                };
                self.put_if(level > own, "(");
                self.put(text);
                self.expr(*operand, own);
                self.put_if(level > own, ")");
            }
            ExprKind::Lambda { args, body } => {
                self.put_if(level > Level::Test, "(");
                self.put("lambda");
                let any = !args.posonlyargs.is_empty() || !args.args.is_empty() || args.vararg.is_some();
                self.put_if(any || !args.kwonlyargs.is_empty() || args.kwarg.is_some(), " ");
                self.arguments(args);
                self.put(": ");
                self.expr(*body, Level::Test);
                self.put_if(level > Level::Test, ")");
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.put_if(level > Level::Test, "(");
                self.expr(*body, Level::Test.tighter());
                self.put(" if ");
                self.expr(*test, Level::Test.tighter());
                self.put(" else ");
                self.expr(*orelse, Level::Test);
                self.put_if(level > Level::Test, ")");
            }
            ExprKind::Dict { keys, values } => {
                self.put("{");
                for (i, (key, &value)) in keys.iter().zip(values).enumerate() {
                    self.put_if(i > 0, ", ");
                    match key {
                        Some(key) => {
                            self.expr(*key, Level::Test);
                            self.put(": ");
                            self.expr(value, Level::Test);
                        }
                        None => {
                            self.put("**");
                            self.expr(value, Level::BitOr);
                        }
                    }
                }
                self.put("}");
            }
            ExprKind::Set(elts) => {
                self.put("{");
                self.list(elts, Level::Test);
                self.put("}");
            }
            ExprKind::GeneratorExp { elt, generators } => self.comprehension("(", *elt, None, generators, ")"),
            ExprKind::ListComp { elt, generators } => self.comprehension("[", *elt, None, generators, "]"),
            ExprKind::SetComp { elt, generators } => self.comprehension("{", *elt, None, generators, "}"),
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("{", *key, Some(*value), generators, "}");
            }
            ExprKind::Yield(value) => {
                self.put(if value.is_some() { "(yield " } else { "(yield" });
                if let Some(value) = value {
                    self.expr(*value, Level::Test);
                }
                self.put(")");
            }
            ExprKind::YieldFrom(value) => {
                self.put("(yield from ");
                self.expr(*value, Level::Test);
                self.put(")");
            }
            ExprKind::Await(value) => {
                self.put_if(level > Level::Await, "(");
                self.put("await ");
                self.expr(*value, Level::Atom);
                self.put_if(level > Level::Await, ")");
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.put_if(level > Level::Compare, "(");
                self.expr(*left, Level::Compare.tighter());
                for (op, &comparator) in ops.iter().zip(comparators) {
                    self.put(compare_text(*op));
                    self.expr(comparator, Level::Compare.tighter());
                }
                self.put_if(level > Level::Compare, ")");
            }
            ExprKind::Call { func, args, keywords } => self.call(*func, args, keywords),
            ExprKind::FormattedValue { .. } | ExprKind::JoinedStr(_) => self.f_string(id, "f"),
            ExprKind::Interpolation { .. } | ExprKind::TemplateStr(_) => self.f_string(id, "t"),
            ExprKind::Constant(value) => self.constant(value),
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(*value, Level::Atom);
                // `1 .real`: a point after an int would be part of it.
                let int = matches!(ast[*value].kind, ExprKind::Constant(Constant::Int(_) | Constant::BigInt(_)));
                self.put(if int { " ." } else { "." });
                self.put(attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(*value, Level::Atom);
                self.put("[");
                self.expr(*slice, Level::Tuple);
                self.put("]");
            }
            ExprKind::Starred { value, .. } => {
                self.put("*");
                self.expr(*value, Level::BitOr);
            }
            ExprKind::Name { id, .. } => self.put(id),
            ExprKind::List { elts, .. } => {
                self.put("[");
                self.list(elts, Level::Test);
                self.put("]");
            }
            ExprKind::Tuple { elts, .. } => {
                if elts.is_empty() {
                    self.put("()");
                    return;
                }
                self.put_if(level > Level::Tuple, "(");
                self.list(elts, Level::Test);
                self.put_if(elts.len() == 1, ",");
                self.put_if(level > Level::Tuple, ")");
            }
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(*lower, Level::Test);
                }
                self.put(":");
                if let Some(upper) = upper {
                    self.expr(*upper, Level::Test);
                }
                if let Some(step) = step {
                    self.put(":");
                    self.expr(*step, Level::Test);
                }
            }
            ExprKind::NamedExpr { target, value } => {
                self.put_if(level > Level::Tuple, "(");
                self.expr(*target, Level::Atom);
                self.put(" := ");
                self.expr(*value, Level::Atom);
                self.put_if(level > Level::Tuple, ")");
            }
        }
    }

    fn bin_op(&mut self, left: ExprId, op: Operator, right: ExprId, level: Level) {
        let (text, own) = match op {
            Operator::Add => (" + ", Level::Arith),
            Operator::Sub => (" - ", Level::Arith),
            Operator::Mult => (" * ", Level::Term),
            Operator::MatMult => (" @ ", Level::Term),
            Operator::Div => (" / ", Level::Term),
            Operator::Mod => (" % ", Level::Term),
            Operator::FloorDiv => (" // ", Level::Term),
            Operator::LShift => (" << ", Level::Shift),
            Operator::RShift => (" >> ", Level::Shift),
            Operator::BitOr => (" | ", Level::BitOr),
            Operator::BitXor => (" ^ ", Level::BitXor),
            Operator::BitAnd => (" & ", Level::BitAnd),
            Operator::Pow => (" ** ", Level::Power),
        };
        let right_associative = op == Operator::Pow;
        self.put_if(level > own, "(");
        self.expr(left, if right_associative { own.tighter() } else { own });
        self.put(text);
        self.expr(right, if right_associative { own } else { own.tighter() });
        self.put_if(level > own, ")");
    }

    fn arguments(&mut self, args: &Arguments) {
        let mut first = true;
        let n = args.posonlyargs.len() + args.args.len();
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            self.comma(&mut first);
            self.put(&arg.arg);
            if let Some(default) = (i + args.defaults.len()).checked_sub(n).and_then(|i| args.defaults.get(i)) {
                self.put("=");
                self.expr(*default, Level::Test);
            }
            self.put_if(i + 1 == args.posonlyargs.len(), ", /");
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            self.comma(&mut first);
            self.put("*");
            if let Some(vararg) = &args.vararg {
                self.put(&vararg.arg);
            }
        }
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            self.comma(&mut first);
            self.put(&arg.arg);
            if let Some(default) = default {
                self.put("=");
                self.expr(*default, Level::Test);
            }
        }
        if let Some(kwarg) = &args.kwarg {
            self.comma(&mut first);
            self.put("**");
            self.put(&kwarg.arg);
        }
    }

    fn comma(&mut self, first: &mut bool) {
        self.put_if(!*first, ", ");
        *first = false;
    }

    fn comprehension(
        &mut self,
        open: &str,
        elt: ExprId,
        value: Option<ExprId>,
        generators: &[Comprehension],
        close: &str,
    ) {
        self.put(open);
        self.expr(elt, Level::Test);
        if let Some(value) = value {
            self.put(": ");
            self.expr(value, Level::Test);
        }
        for generator in generators {
            self.put(if generator.is_async { " async for " } else { " for " });
            self.expr(generator.target, Level::Tuple);
            self.put(" in ");
            self.expr(generator.iter, Level::Test.tighter());
            for &test in &generator.ifs {
                self.put(" if ");
                self.expr(test, Level::Test.tighter());
            }
        }
        self.put(close);
    }

    fn call(&mut self, func: ExprId, args: &[ExprId], keywords: &[Keyword]) {
        let ast = self.ast;
        self.expr(func, Level::Atom);
        if let ([only], []) = (args, keywords)
            && matches!(ast[*only].kind, ExprKind::GeneratorExp { .. })
        {
            // The brackets of a lone generator expression are the call's.
            return self.expr(*only, Level::Test);
        }
        self.put("(");
        self.list(args, Level::Test);
        for (i, keyword) in keywords.iter().enumerate() {
            self.put_if(i > 0 || !args.is_empty(), ", ");
            match &keyword.arg {
                Some(name) => {
                    self.put(name);
                    self.put("=");
                }
                None => self.put("**"),
            }
            self.expr(keyword.value, Level::Test);
        }
        self.put(")");
    }

    fn f_string(&mut self, id: ExprId, prefix: &str) {
        let mut body = Vec::new();
        Unparser { ast: self.ast, out: &mut body }.f_string_part(id);
        self.put(prefix);
        self.put(&repr_str(&body));
    }

    fn f_string_part(&mut self, id: ExprId) {
        let ast = self.ast;
        match &ast[id].kind {
            ExprKind::Constant(Constant::Str { text, .. }) => {
                for &byte in text.0.iter() {
                    self.out.push(byte);
                    if byte == b'{' || byte == b'}' {
                        self.out.push(byte);
                    }
                }
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => {
                for &value in values {
                    self.f_string_part(value);
                }
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.field(*value, None, *conversion, *format_spec);
            }
            ExprKind::Interpolation { value, text, conversion, format_spec } => {
                self.field(*value, Some(text), *conversion, *format_spec);
            }
            _ => {}
        }
    }

    fn field(&mut self, value: ExprId, text: Option<&Text>, conversion: Conversion, spec: Option<ExprId>) {
        let text = match text {
            Some(text) => text.0.to_vec(),
            None => {
                let mut text = Vec::new();
                Unparser { ast: self.ast, out: &mut text }.expr(value, Level::Test.tighter());
                text
            }
        };
        // `{{` would be a brace.
        self.put(if text.first() == Some(&b'{') { "{ " } else { "{" });
        self.out.extend_from_slice(&text);
        self.put(match conversion {
            Conversion::None => "",
            Conversion::Str => "!s",
            Conversion::Repr => "!r",
            Conversion::Ascii => "!a",
        });
        if let Some(spec) = spec {
            self.put(":");
            self.f_string_part(spec);
        }
        self.put("}");
    }

    fn constants(&mut self, items: &[Constant]) {
        for (i, item) in items.iter().enumerate() {
            self.put_if(i > 0, ", ");
            self.constant(item);
        }
    }

    fn constant(&mut self, value: &Constant) {
        match value {
            Constant::None => self.put("None"),
            Constant::True => self.put("True"),
            Constant::False => self.put("False"),
            Constant::Ellipsis => self.put("..."),
            Constant::Int(i) => self.put(&i.to_string()),
            Constant::BigInt(i) => self.put(&i.to_string()),
            Constant::Float(f) => self.put(&repr_float(*f)),
            Constant::Imaginary(f) => {
                // As in a complex number, without the point.
                let text = repr_float(*f);
                self.put(text.strip_suffix(".0").unwrap_or(&text));
                self.put("j");
            }
            Constant::Complex(real, imag) => {
                let short = |f: f64| repr_float(f).trim_end_matches(".0").to_owned();
                let sign = if imag.is_sign_negative() { "" } else { "+" };
                self.put(&format!("({}{sign}{}j)", short(*real), short(*imag)));
            }
            Constant::Tuple(items) => {
                self.put("(");
                self.constants(items);
                self.put(if items.len() == 1 { ",)" } else { ")" });
            }
            Constant::FrozenSet(items) => {
                self.put("frozenset({");
                self.constants(items);
                self.put("})");
            }
            Constant::Str { text, u } => {
                self.put_if(*u, "u");
                self.put(&repr_str(&text.0));
            }
            Constant::Bytes(bytes) => {
                self.put(&repr_bytes(bytes));
            }
        }
    }
}

fn compare_text(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

/// `repr` of a float; infinity, which no literal spells, is a literal too big.
pub(crate) fn repr_float(f: f64) -> String {
    if f.is_infinite() {
        return if f < 0.0 { "-1e309" } else { "1e309" }.into();
    }
    if f.is_nan() {
        return "nan".into();
    }
    let shortest = format!("{f:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{f}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Bytes or text between quotes: single ones, unless only these occur in it.
fn quoted(bytes: &[u8], mut other: impl FnMut(&mut String, u8)) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out += "\\\\",
            b'\n' => out += "\\n",
            b'\r' => out += "\\r",
            b'\t' => out += "\\t",
            _ if byte as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            _ => other(&mut out, byte),
        }
    }
    out.push(quote);
    out
}

/// `repr` of bytes.
pub(crate) fn repr_bytes(bytes: &[u8]) -> String {
    let text = quoted(bytes, |out, byte| match byte {
        0x20..=0x7E => out.push(byte as char),
        _ => *out += &format!("\\x{byte:02x}"),
    });
    format!("b{text}")
}

/// `repr` of WTF-8 text.
pub(crate) fn repr_str(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    let mut push = |c: char| match c {
        '\\' => out += "\\\\",
        '\n' => out += "\\n",
        '\r' => out += "\\r",
        '\t' => out += "\\t",
        _ if c == quote => {
            out.push('\\');
            out.push(c);
        }
        '\0'..' ' | '\x7f'..='\u{a0}' | '\u{ad}' => out += &format!("\\x{:02x}", c as u32),
        _ => out.push(c),
    };
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(&mut push);
    }
    out.push(quote);
    out
}
