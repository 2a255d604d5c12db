//! Trees as text, in the form of `ast.dump(tree, include_attributes=True)`.
//!
//! For tests and for looking at trees. The work list is explicit, so a tree of any depth can be written.

use super::ast::*;
use std::fmt::Write;

/// What is still to be written, last first.
enum Item<'a> {
    Text(String),
    Str(&'static str),
    Expr(ExprId),
    Stmt(StmtId),
    Pattern(PatternId),
    Arguments(&'a Arguments),
}

/// Writes one node: fields are collected and then queued in order.
struct Node<'a> {
    items: Vec<Item<'a>>,
    fields: usize,
}

impl<'a> Node<'a> {
    fn new(name: &str) -> Self {
        Node { items: vec![Item::Text(format!("{name}("))], fields: 0 }
    }

    fn key(&mut self, name: &'static str) {
        if self.fields > 0 {
            self.items.push(Item::Str(", "));
        }
        self.fields += 1;
        self.items.push(Item::Str(name));
        self.items.push(Item::Str("="));
    }

    fn text(&mut self, name: &'static str, text: String) {
        self.key(name);
        self.items.push(Item::Text(text));
    }

    fn expr(&mut self, name: &'static str, e: ExprId) {
        self.key(name);
        self.items.push(Item::Expr(e));
    }

    fn maybe(&mut self, name: &'static str, e: Option<ExprId>) {
        if let Some(e) = e {
            self.expr(name, e);
        }
    }

    fn list<T>(&mut self, name: &'static str, list: &'a [T], item: impl Fn(&'a T) -> Vec<Item<'a>>) {
        if list.is_empty() {
            return;
        }
        self.key(name);
        self.items.push(Item::Str("["));
        for (i, x) in list.iter().enumerate() {
            if i > 0 {
                self.items.push(Item::Str(", "));
            }
            self.items.extend(item(x));
        }
        self.items.push(Item::Str("]"));
    }

    fn exprs(&mut self, name: &'static str, list: &'a [ExprId]) {
        self.list(name, list, |&e| vec![Item::Expr(e)]);
    }

    fn stmts(&mut self, name: &'static str, list: &'a [StmtId]) {
        self.list(name, list, |&s| vec![Item::Stmt(s)]);
    }

    fn patterns(&mut self, name: &'static str, list: &'a [PatternId]) {
        self.list(name, list, |&p| vec![Item::Pattern(p)]);
    }

    fn span(mut self, span: Span) -> Vec<Item<'a>> {
        self.text("lineno", span.line.to_string());
        self.text("col_offset", span.col.to_string());
        self.text("end_lineno", span.end_line.to_string());
        self.text("end_col_offset", span.end_col.to_string());
        self.end()
    }

    fn end(mut self) -> Vec<Item<'a>> {
        self.items.push(Item::Str(")"));
        self.items
    }
}

/// Dumps a whole tree.
pub fn dump(ast: &Ast, root: &Mod) -> String {
    let mut out = String::new();
    let items = match root {
        Mod::Module(body) => {
            let mut n = Node::new("Module");
            n.stmts("body", body);
            n.end()
        }
        Mod::Interactive(body) => {
            let mut n = Node::new("Interactive");
            n.stmts("body", body);
            n.end()
        }
        Mod::Expression(e) => {
            let mut n = Node::new("Expression");
            n.expr("body", *e);
            n.end()
        }
    };
    let mut todo: Vec<Item<'_>> = items.into_iter().rev().collect();
    while let Some(item) = todo.pop() {
        let more = match item {
            Item::Text(text) => {
                out.push_str(&text);
                continue;
            }
            Item::Str(text) => {
                out.push_str(text);
                continue;
            }
            Item::Expr(e) => expr(&ast[e]),
            Item::Stmt(s) => stmt(&ast[s]),
            Item::Pattern(p) => pattern(&ast[p]),
            Item::Arguments(a) => arguments(a),
        };
        todo.extend(more.into_iter().rev());
    }
    out
}

/// `repr` of a string as Python writes it.
pub fn repr_str(text: &Text) -> String {
    let mut chars = Vec::new();
    for chunk in text.0.utf8_chunks() {
        chars.extend(chunk.valid().chars().map(u32::from));
        let bad = chunk.invalid();
        chars.extend(bad.iter().map(|&b| 0x110000 + u32::from(b)));
    }
    let has = |c: char| chars.contains(&u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        if c == 0x110000 + 0xED && at + 1 < chars.len() {
            let code = 0xD000 | (chars[at] & 0x3F) << 6 | (chars[at + 1] & 0x3F);
            at += 2;
            let _ = write!(out, "\\u{code:04x}");
            continue;
        }
        match char::from_u32(c) {
            Some(c) if c == quote || c == '\\' => out.extend(['\\', c]),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if super::lexer::is_printable(c) => out.push(c),
            _ if c < 0x100 => drop(write!(out, "\\x{c:02x}")),
            _ if c < 0x10000 => drop(write!(out, "\\u{c:04x}")),
            _ => drop(write!(out, "\\U{c:08x}")),
        }
    }
    out.push(quote);
    out
}

fn repr_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = format!("b{}", char::from(quote));
    for &b in bytes {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if b == quote || b == b'\\' => out.extend(['\\', char::from(b)]),
            b' '..=b'~' => out.push(char::from(b)),
            _ => drop(write!(out, "\\x{b:02x}")),
        }
    }
    out.push(char::from(quote));
    out
}

/// `repr` of a float: shortest digits, exponent form outside 1e-4..1e16.
fn repr_float(x: f64) -> String {
    if x.is_infinite() {
        return if x > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let sci = format!("{x:e}");
    let (mantissa, exponent) = sci.split_once('e').unwrap_or((&sci, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{x}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn ident(name: &Ident) -> String {
    repr_str(&Text::new(name))
}

fn constant(value: &Constant) -> String {
    match value {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(i) => i.to_string(),
        Constant::BigInt(i) => i.to_string(),
        Constant::Float(x) => repr_float(*x),
        Constant::Imaginary(x) => {
            let text = repr_float(*x);
            format!("{}j", text.strip_suffix(".0").unwrap_or(&text))
        }
        Constant::Complex(..) | Constant::Tuple(_) | Constant::FrozenSet(_) => format!("{value:?}"),
        Constant::Str { text, .. } => repr_str(text),
        Constant::Bytes(bytes) => repr_bytes(bytes),
    }
}

fn ctx(context: Context) -> String {
    format!("{context:?}()")
}

fn expr(e: &Expr) -> Vec<Item<'_>> {
    let mut n;
    match &e.kind {
        ExprKind::BoolOp { op, values } => {
            n = Node::new("BoolOp");
            n.text("op", format!("{op:?}()"));
            n.exprs("values", values);
        }
        ExprKind::NamedExpr { target, value } => {
            n = Node::new("NamedExpr");
            n.expr("target", *target);
            n.expr("value", *value);
        }
        ExprKind::BinOp { left, op, right } => {
            n = Node::new("BinOp");
            n.expr("left", *left);
            n.text("op", format!("{op:?}()"));
            n.expr("right", *right);
        }
        ExprKind::UnaryOp { op, operand } => {
            n = Node::new("UnaryOp");
            n.text("op", format!("{op:?}()"));
            n.expr("operand", *operand);
        }
        ExprKind::Lambda { args, body } => {
            n = Node::new("Lambda");
            n.key("args");
            n.items.push(Item::Arguments(args));
            n.expr("body", *body);
        }
        ExprKind::IfExp { test, body, orelse } => {
            n = Node::new("IfExp");
            n.expr("test", *test);
            n.expr("body", *body);
            n.expr("orelse", *orelse);
        }
        ExprKind::Dict { keys, values } => {
            n = Node::new("Dict");
            n.list("keys", keys, |k| vec![k.map_or(Item::Str("None"), Item::Expr)]);
            n.exprs("values", values);
        }
        ExprKind::Set(elts) => {
            n = Node::new("Set");
            n.exprs("elts", elts);
        }
        ExprKind::ListComp { elt, generators } => n = comp("ListComp", *elt, generators),
        ExprKind::SetComp { elt, generators } => n = comp("SetComp", *elt, generators),
        ExprKind::GeneratorExp { elt, generators } => n = comp("GeneratorExp", *elt, generators),
        ExprKind::DictComp { key, value, generators } => {
            n = Node::new("DictComp");
            n.expr("key", *key);
            n.expr("value", *value);
            n.list("generators", generators, comprehension);
        }
        ExprKind::Await(value) => {
            n = Node::new("Await");
            n.expr("value", *value);
        }
        ExprKind::Yield(value) => {
            n = Node::new("Yield");
            n.maybe("value", *value);
        }
        ExprKind::YieldFrom(value) => {
            n = Node::new("YieldFrom");
            n.expr("value", *value);
        }
        ExprKind::Compare { left, ops, comparators } => {
            n = Node::new("Compare");
            n.expr("left", *left);
            n.list("ops", ops, |op| vec![Item::Text(format!("{op:?}()"))]);
            n.exprs("comparators", comparators);
        }
        ExprKind::Call { func, args, keywords } => {
            n = Node::new("Call");
            n.expr("func", *func);
            n.exprs("args", args);
            n.list("keywords", keywords, keyword);
        }
        ExprKind::FormattedValue { value, conversion, format_spec } => {
            n = Node::new("FormattedValue");
            n.expr("value", *value);
            n.text("conversion", conversion_code(*conversion));
            n.maybe("format_spec", *format_spec);
        }
        ExprKind::Interpolation { value, text, conversion, format_spec } => {
            n = Node::new("Interpolation");
            n.expr("value", *value);
            n.text("str", repr_str(text));
            n.text("conversion", conversion_code(*conversion));
            n.maybe("format_spec", *format_spec);
        }
        ExprKind::JoinedStr(values) => {
            n = Node::new("JoinedStr");
            n.exprs("values", values);
        }
        ExprKind::TemplateStr(values) => {
            n = Node::new("TemplateStr");
            n.exprs("values", values);
        }
        ExprKind::Constant(value) => {
            n = Node::new("Constant");
            n.text("value", constant(value));
            if matches!(value, Constant::Str { u: true, .. }) {
                n.text("kind", "'u'".into());
            }
        }
        ExprKind::Attribute { value, attr, ctx: c } => {
            n = Node::new("Attribute");
            n.expr("value", *value);
            n.text("attr", ident(attr));
            n.text("ctx", ctx(*c));
        }
        ExprKind::Subscript { value, slice, ctx: c } => {
            n = Node::new("Subscript");
            n.expr("value", *value);
            n.expr("slice", *slice);
            n.text("ctx", ctx(*c));
        }
        ExprKind::Starred { value, ctx: c } => {
            n = Node::new("Starred");
            n.expr("value", *value);
            n.text("ctx", ctx(*c));
        }
        ExprKind::Name { id, ctx: c } => {
            n = Node::new("Name");
            n.text("id", ident(id));
            n.text("ctx", ctx(*c));
        }
        ExprKind::List { elts, ctx: c } => {
            n = Node::new("List");
            n.exprs("elts", elts);
            n.text("ctx", ctx(*c));
        }
        ExprKind::Tuple { elts, ctx: c } => {
            n = Node::new("Tuple");
            n.exprs("elts", elts);
            n.text("ctx", ctx(*c));
        }
        ExprKind::Slice { lower, upper, step } => {
            n = Node::new("Slice");
            n.maybe("lower", *lower);
            n.maybe("upper", *upper);
            n.maybe("step", *step);
        }
    }
    n.span(e.span)
}

fn conversion_code(conversion: Conversion) -> String {
    match conversion {
        Conversion::None => "-1",
        Conversion::Str => "115",
        Conversion::Repr => "114",
        Conversion::Ascii => "97",
    }
    .into()
}

fn comp<'a>(name: &str, elt: ExprId, generators: &'a [Comprehension]) -> Node<'a> {
    let mut n = Node::new(name);
    n.expr("elt", elt);
    n.list("generators", generators, comprehension);
    n
}

fn comprehension(c: &Comprehension) -> Vec<Item<'_>> {
    let mut n = Node::new("comprehension");
    n.expr("target", c.target);
    n.expr("iter", c.iter);
    n.exprs("ifs", &c.ifs);
    n.text("is_async", u8::from(c.is_async).to_string());
    n.end()
}

fn keyword(k: &Keyword) -> Vec<Item<'_>> {
    let mut n = Node::new("keyword");
    if let Some(arg) = &k.arg {
        n.text("arg", ident(arg));
    }
    n.expr("value", k.value);
    n.span(k.span)
}

fn arg(a: &Arg) -> Vec<Item<'_>> {
    let mut n = Node::new("arg");
    n.text("arg", ident(&a.arg));
    n.maybe("annotation", a.annotation);
    n.span(a.span)
}

fn arguments(a: &Arguments) -> Vec<Item<'_>> {
    let mut n = Node::new("arguments");
    n.list("posonlyargs", &a.posonlyargs, arg);
    n.list("args", &a.args, arg);
    if let Some(vararg) = &a.vararg {
        n.key("vararg");
        n.items.extend(arg(vararg));
    }
    n.list("kwonlyargs", &a.kwonlyargs, arg);
    n.list("kw_defaults", &a.kw_defaults, |d| vec![d.map_or(Item::Str("None"), Item::Expr)]);
    if let Some(kwarg) = &a.kwarg {
        n.key("kwarg");
        n.items.extend(arg(kwarg));
    }
    n.exprs("defaults", &a.defaults);
    n.end()
}

fn type_param(p: &TypeParam) -> Vec<Item<'_>> {
    let mut n = Node::new(match p.kind {
        TypeParamKind::TypeVar { .. } => "TypeVar",
        TypeParamKind::TypeVarTuple => "TypeVarTuple",
        TypeParamKind::ParamSpec => "ParamSpec",
    });
    n.text("name", ident(&p.name));
    if let TypeParamKind::TypeVar { bound } = p.kind {
        n.maybe("bound", bound);
    }
    n.maybe("default_value", p.default);
    n.span(p.span)
}

fn alias(a: &Alias) -> Vec<Item<'_>> {
    let mut n = Node::new("alias");
    n.text("name", ident(&a.name));
    if let Some(name) = &a.asname {
        n.text("asname", ident(name));
    }
    n.span(a.span)
}

fn handler(h: &ExceptHandler) -> Vec<Item<'_>> {
    let mut n = Node::new("ExceptHandler");
    n.maybe("type", h.typ);
    if let Some(name) = &h.name {
        n.text("name", ident(name));
    }
    n.stmts("body", &h.body);
    n.span(h.span)
}

fn stmt(s: &Stmt) -> Vec<Item<'_>> {
    let mut n;
    match &s.kind {
        StmtKind::FunctionDef(def) => {
            n = Node::new(if def.is_async { "AsyncFunctionDef" } else { "FunctionDef" });
            n.text("name", ident(&def.name));
            n.key("args");
            n.items.push(Item::Arguments(&def.args));
            n.stmts("body", &def.body);
            n.exprs("decorator_list", &def.decorators);
            n.maybe("returns", def.returns);
            n.list("type_params", &def.type_params, type_param);
        }
        StmtKind::ClassDef(def) => {
            n = Node::new("ClassDef");
            n.text("name", ident(&def.name));
            n.exprs("bases", &def.bases);
            n.list("keywords", &def.keywords, keyword);
            n.stmts("body", &def.body);
            n.exprs("decorator_list", &def.decorators);
            n.list("type_params", &def.type_params, type_param);
        }
        StmtKind::Return(value) => {
            n = Node::new("Return");
            n.maybe("value", *value);
        }
        StmtKind::Delete(targets) => {
            n = Node::new("Delete");
            n.exprs("targets", targets);
        }
        StmtKind::Assign { targets, value } => {
            n = Node::new("Assign");
            n.exprs("targets", targets);
            n.expr("value", *value);
        }
        StmtKind::TypeAlias { name, type_params, value } => {
            n = Node::new("TypeAlias");
            n.expr("name", *name);
            n.list("type_params", type_params, type_param);
            n.expr("value", *value);
        }
        StmtKind::AugAssign { target, op, value } => {
            n = Node::new("AugAssign");
            n.expr("target", *target);
            n.text("op", format!("{op:?}()"));
            n.expr("value", *value);
        }
        StmtKind::AnnAssign { target, annotation, value, simple } => {
            n = Node::new("AnnAssign");
            n.expr("target", *target);
            n.expr("annotation", *annotation);
            n.maybe("value", *value);
            n.text("simple", u8::from(*simple).to_string());
        }
        StmtKind::For { target, iter, body, orelse, is_async } => {
            n = Node::new(if *is_async { "AsyncFor" } else { "For" });
            n.expr("target", *target);
            n.expr("iter", *iter);
            n.stmts("body", body);
            n.stmts("orelse", orelse);
        }
        StmtKind::While { test, body, orelse } => {
            n = Node::new("While");
            n.expr("test", *test);
            n.stmts("body", body);
            n.stmts("orelse", orelse);
        }
        StmtKind::If { test, body, orelse } => {
            n = Node::new("If");
            n.expr("test", *test);
            n.stmts("body", body);
            n.stmts("orelse", orelse);
        }
        StmtKind::With { items, body, is_async } => {
            n = Node::new(if *is_async { "AsyncWith" } else { "With" });
            n.list("items", items, |item| {
                let mut n = Node::new("withitem");
                n.expr("context_expr", item.context_expr);
                n.maybe("optional_vars", item.optional_vars);
                n.end()
            });
            n.stmts("body", body);
        }
        StmtKind::Match { subject, cases } => {
            n = Node::new("Match");
            n.expr("subject", *subject);
            n.list("cases", cases, |case| {
                let mut n = Node::new("match_case");
                n.key("pattern");
                n.items.push(Item::Pattern(case.pattern));
                n.maybe("guard", case.guard);
                n.stmts("body", &case.body);
                n.end()
            });
        }
        StmtKind::Raise { exc, cause } => {
            n = Node::new("Raise");
            n.maybe("exc", *exc);
            n.maybe("cause", *cause);
        }
        StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
            n = Node::new(if *is_star { "TryStar" } else { "Try" });
            n.stmts("body", body);
            n.list("handlers", handlers, handler);
            n.stmts("orelse", orelse);
            n.stmts("finalbody", finalbody);
        }
        StmtKind::Assert { test, msg } => {
            n = Node::new("Assert");
            n.expr("test", *test);
            n.maybe("msg", *msg);
        }
        StmtKind::Import(names) => {
            n = Node::new("Import");
            n.list("names", names, alias);
        }
        StmtKind::ImportFrom { module, names, level } => {
            n = Node::new("ImportFrom");
            if let Some(module) = module {
                n.text("module", ident(module));
            }
            n.list("names", names, alias);
            n.text("level", level.to_string());
        }
        StmtKind::Global(names) => {
            n = Node::new("Global");
            n.list("names", names, |name| vec![Item::Text(ident(name))]);
        }
        StmtKind::Nonlocal(names) => {
            n = Node::new("Nonlocal");
            n.list("names", names, |name| vec![Item::Text(ident(name))]);
        }
        StmtKind::Expr(e) => {
            n = Node::new("Expr");
            n.expr("value", *e);
        }
        StmtKind::Pass => n = Node::new("Pass"),
        StmtKind::Break => n = Node::new("Break"),
        StmtKind::Continue => n = Node::new("Continue"),
    }
    n.span(s.span)
}

fn pattern(p: &Pattern) -> Vec<Item<'_>> {
    let mut n;
    match &p.kind {
        PatternKind::Value(e) => {
            n = Node::new("MatchValue");
            n.expr("value", *e);
        }
        PatternKind::Singleton(value) => {
            n = Node::new("MatchSingleton");
            n.text("value", constant(value));
        }
        PatternKind::Sequence(patterns) => {
            n = Node::new("MatchSequence");
            n.patterns("patterns", patterns);
        }
        PatternKind::Mapping { keys, patterns, rest } => {
            n = Node::new("MatchMapping");
            n.exprs("keys", keys);
            n.patterns("patterns", patterns);
            if let Some(rest) = rest {
                n.text("rest", ident(rest));
            }
        }
        PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
            n = Node::new("MatchClass");
            n.expr("cls", *cls);
            n.patterns("patterns", patterns);
            n.list("kwd_attrs", kwd_attrs, |name| vec![Item::Text(ident(name))]);
            n.patterns("kwd_patterns", kwd_patterns);
        }
        PatternKind::Star(name) => {
            n = Node::new("MatchStar");
            if let Some(name) = name {
                n.text("name", ident(name));
            }
        }
        PatternKind::As { pattern, name } => {
            n = Node::new("MatchAs");
            if let Some(pattern) = pattern {
                n.key("pattern");
                n.items.push(Item::Pattern(*pattern));
            }
            if let Some(name) = name {
                n.text("name", ident(name));
            }
        }
        PatternKind::Or(patterns) => {
            n = Node::new("MatchOr");
            n.patterns("patterns", patterns);
        }
    }
    n.span(p.span)
}
