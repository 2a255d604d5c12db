//! A tree of Python objects as the compiler's tree: what `compile()` does with the result of `ast.parse`, or with a
//! tree that a program built.
//!
//! Every node is read by its class, every field by its name; what is missing or of the wrong type is an error with
//! CPython's words. Whether the tree makes sense is another question: [`validate`](super::validate).

mod expressions;
mod patterns;
mod statements;

use super::asdl::{Made, classes};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::syntax::ast::*;

/// Reads nodes into an arena.
pub(super) struct Reader<'a> {
    pub t: &'a Thread,
    pub made: &'a Made,
    pub ast: Ast,
}

/// The tree of a `mod` node for a mode of `compile()`.
pub fn tree(t: &Thread, node: &Value, mode: &str) -> R<(Ast, Mod)> {
    let made = classes(t)?;
    let wanted = match mode {
        "exec" => "Module",
        "eval" => "Expression",
        "single" => "Interactive",
        _ => return Err(t.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let class = made.class(wanted).unwrap_or(Value::none());
    if !protocol::isinstance(t, node, class)? {
        let got = node.type_of(t).short_name();
        return Err(t.type_error(format!("expected {wanted} node, got {got}")));
    }
    let mut reader = Reader { t, made, ast: Ast::default() };
    let root = match wanted {
        "Module" => Mod::Module(reader.list(node, wanted, "body", Reader::stmt)?),
        "Interactive" => Mod::Interactive(reader.list(node, wanted, "body", Reader::stmt)?),
        _ => Mod::Expression(reader.expr_field(node, wanted, "body")?),
    };
    super::validate::validate(t, &reader.ast, &root)?;
    Ok((reader.ast, root))
}

/// Whether the object is a node of a syntax tree.
pub fn is_tree(v: &Value) -> bool {
    super::node::is_node(v)
}

impl Reader<'_> {
    /// The constructor that a node of a sum type belongs to.
    fn constructor(&self, node: &Value, sum: &str) -> R<&'static str> {
        let t = self.t;
        let mut found = None;
        let mro = node.type_of(t).mro(t);
        for class in mro.cast::<Tuple>().map(|m| m.items()).unwrap_or(&[]) {
            if let Some((name, of)) = self.made.constructor(class) {
                found = (of == sum).then_some(name);
                break;
            }
        }
        match found {
            Some(name) => Ok(name),
            None => {
                let shown = protocol::repr_text(t, node)?;
                Err(t.type_error(format!("expected some sort of {sum}, but got {shown}")))
            }
        }
    }

    fn get(&self, node: &Value, name: &str) -> R<Option<Value>> {
        protocol::getattr_opt(self.t, node, &self.t.intern(name))
    }

    fn missing(&self, owner: &str, name: &str) -> Raised {
        self.t.type_error(format!("required field \"{name}\" missing from {owner}"))
    }

    fn required(&self, node: &Value, owner: &str, name: &str) -> R {
        self.get(node, name)?.ok_or_else(|| self.missing(owner, name))
    }

    /// An optional field: `None` is nothing.
    fn optional(&self, node: &Value, name: &str) -> R<Option<Value>> {
        Ok(self.get(node, name)?.filter(|v| !v.is_none()))
    }

    /// A field that must be there and hold something.
    fn wanted(&self, node: &Value, owner: &str, name: &str) -> R {
        let value = self.required(node, owner, name)?;
        if value.is_none() {
            return Err(self.t.value_error(format!("field '{name}' is required for {owner}")));
        }
        Ok(value)
    }

    /// A field that is a list; none at all is an empty one.
    fn list<T>(&mut self, node: &Value, owner: &str, name: &str, f: fn(&mut Self, &Value) -> R<T>) -> R<Vec<T>> {
        let t = self.t;
        let Some(value) = self.get(node, name)? else { return Ok(Vec::new()) };
        let Some(list) = value.cast::<List>() else {
            let got = value.type_of(t).name_str();
            return Err(t.type_error(format!("{owner} field \"{name}\" must be a list, not a {got}")));
        };
        let len = list.len();
        let mut out = Vec::new();
        for i in 0..len {
            let Some(item) = list.get(t, i) else { break };
            out.push(self.deeper(owner, |reader| f(reader, &item))?);
            if list.len() != len {
                return Err(t.runtime_error(format!("{owner} field \"{name}\" changed size during iteration")));
            }
        }
        Ok(out)
    }

    fn int(&self, v: &Value) -> R<i32> {
        if !v.type_of(self.t).is_subtype(&self.t.types().int) {
            let shown = protocol::repr_text(self.t, v)?;
            return Err(self.t.value_error(format!("invalid integer value: {shown}")));
        }
        int::arg_i32(self.t, v)
    }

    fn identifier(&self, v: &Value) -> R<Option<Ident>> {
        if v.is_none() {
            return Ok(None);
        }
        match v.cast_exact::<Str>() {
            Some(text) => Ok(Some(text.to_str_lossy().as_ref().into())),
            None => Err(self.t.type_error("AST identifier must be of type str")),
        }
    }

    fn ident(&self, node: &Value, owner: &str, name: &str) -> R<Ident> {
        let value = self.required(node, owner, name)?;
        match self.identifier(&value)? {
            Some(name) => Ok(name),
            None => Err(self.t.value_error(format!("field '{name}' is required for {owner}"))),
        }
    }

    fn maybe_ident(&self, node: &Value, name: &str) -> R<Option<Ident>> {
        match self.get(node, name)? {
            Some(value) => self.identifier(&value),
            None => Ok(None),
        }
    }

    /// A type comment or the like: it is looked at and not kept.
    fn string(&self, node: &Value, name: &str) -> R<Option<Value>> {
        let Some(value) = self.optional(node, name)? else { return Ok(None) };
        if value.cast_exact::<Str>().is_none() && value.kind() != crate::objects::header::Kind::Bytes {
            return Err(self.t.type_error("AST string must be of type str"));
        }
        Ok(Some(value))
    }

    /// `lineno` and the like, which must be a range.
    fn span(&self, node: &Value, owner: &str) -> R<Span> {
        let t = self.t;
        let line = self.int(&self.required(node, owner, "lineno")?)?;
        let col = self.int(&self.required(node, owner, "col_offset")?)?;
        let end_line = self.optional(node, "end_lineno")?.map_or(Ok(line), |v| self.int(&v))?;
        let end_col = self.optional(node, "end_col_offset")?.map_or(Ok(col), |v| self.int(&v))?;
        if line > end_line {
            return Err(t.value_error(format!("AST node line range ({line}, {end_line}) is not valid")));
        }
        if (line < 0 && end_line != line) || (col < 0 && col != end_col) {
            return Err(t.value_error(format!(
                "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
            )));
        }
        if line == end_line && col > end_col {
            return Err(t.value_error(format!("line {line}, column {col}-{end_col} is not a valid range")));
        }
        let at = |n: i32| n.max(0) as u32;
        Ok(Span { line: at(line), col: at(col), end_line: at(end_line), end_col: at(end_col) })
    }

    /// A node that is a field of another: deep trees are an error.
    fn deeper<T>(&mut self, owner: &str, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        if self.t.native_stack_low() {
            return Err(self.t.native_recursion_error(&format!(" while traversing '{owner}' node")));
        }
        f(self)
    }
}
