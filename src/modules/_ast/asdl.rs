//! The classes of nodes, made from the abstract grammar in `python.asdl`.
//!
//! Source: <https://docs.python.org/3.14/library/ast.html#abstract-grammar>

use super::node;
use crate::modules::module_type;
use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The grammar.
static GRAMMAR: &str = include_str!("python.asdl");

/// A field of a node: its type, how many there may be, its name.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub typ: &'static str,
    /// `?`: it may be `None`. `*`: it is a list. `?*`: a list in which there may be `None`.
    pub many: &'static str,
    pub name: &'static str,
}

/// One rule of the grammar: a sum of constructors, or a product.
pub(super) struct Rule {
    pub name: &'static str,
    /// The rule as it stands: the class's `__doc__`.
    pub text: &'static str,
    /// Name and text of each constructor; a product is its own.
    pub constructors: Vec<(&'static str, &'static str)>,
    pub is_product: bool,
    pub attributes: Vec<Field>,
}

/// `expr? value, stmt* body`: fields within the brackets of a text; nothing without brackets.
pub(super) fn fields(text: &'static str) -> Vec<Field> {
    let Some((_, inner)) = text.split_once('(') else { return Vec::new() };
    let inner = inner.trim_end().trim_end_matches(')');
    let field = |part: &'static str| {
        let (typ, name) = part.trim().split_once(' ').unwrap_or((part, ""));
        let bare = typ.trim_end_matches(['?', '*']);
        Field { typ: bare, many: &typ[bare.len()..], name }
    };
    inner.split(',').map(field).collect()
}

/// The rules in order.
pub(super) fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut starts: Vec<usize> =
            GRAMMAR.match_indices('\n').map(|(i, _)| i + 1).filter(|&i| !GRAMMAR[i..].starts_with(' ')).collect();
        starts.insert(0, 0);
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([GRAMMAR.len()]);
        starts.iter().zip(ends).filter_map(|(&start, end)| rule(GRAMMAR[start..end].trim_end())).collect()
    })
}

fn rule(text: &'static str) -> Option<Rule> {
    let (text, attributes) = match text.split_once("attributes ") {
        Some((text, attributes)) => (text.trim_end(), fields(attributes)),
        None => (text, Vec::new()),
    };
    let (name, right) = text.split_once(" = ")?;
    let is_product = right.starts_with('(');
    let constructors = match is_product {
        true => vec![(name, right)],
        false => right.split('|').map(|c| (c.split('(').next().unwrap_or(c).trim(), c.trim())).collect(),
    };
    Some(Rule { name, text, constructors, is_product, attributes })
}

/// The classes of an interpreter, and the nodes without fields, of which there is one each.
#[derive(Default)]
pub(super) struct Classes(OnceLock<Made>);

pub(super) struct Made {
    /// In the order in which they were made, `AST` first.
    pub classes: Vec<(&'static str, Value)>,
    by_name: HashMap<&'static str, Value>,
    /// Constructors by the address of their class: name, and name of the sum.
    constructors: HashMap<usize, (&'static str, &'static str)>,
    singletons: HashMap<&'static str, Value>,
}

impl Made {
    pub fn class(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name)
    }

    /// The name of a constructor and of the sum that it belongs to.
    pub fn constructor(&self, class: &Value) -> Option<(&'static str, &'static str)> {
        self.constructors.get(&(class.id() as usize)).copied()
    }

    /// `Load()`, `Add()` ...
    pub fn singleton(&self, name: &str) -> Option<&Value> {
        self.singletons.get(name)
    }
}

/// The classes, made at first use.
pub(super) fn classes(t: &Thread) -> R<&Made> {
    let cell = &t.interp.state::<Classes>().0;
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make(t)?;
    Ok(cell.get_or_init(|| made))
}

fn make(t: &Thread) -> R<Made> {
    let base = module_type(t, &node::SPEC);
    let mut made = Made {
        classes: vec![("AST", base.clone())],
        by_name: HashMap::new(),
        constructors: HashMap::new(),
        singletons: HashMap::new(),
    };
    made.by_name.insert("AST", base.clone());
    for rule in rules() {
        if rule.is_product {
            // Its documentation shows it as a constructor.
            let text = rule.text.replacen(" = ", "", 1);
            let class = class(t, rule.name, &text, &base, rule.constructors[0].1, Some(&rule.attributes))?;
            add(&mut made, rule.name, class);
            continue;
        }
        let sum = class(t, rule.name, rule.text, &base, "", Some(&rule.attributes))?;
        add(&mut made, rule.name, sum.clone());
        for &(name, text) in &rule.constructors {
            let class = class(t, name, text, &sum, text, None)?;
            made.constructors.insert(class.id() as usize, (name, rule.name));
            if matches!(rule.name, "expr_context" | "boolop" | "operator" | "unaryop" | "cmpop") {
                made.singletons.insert(name, protocol::call(t, &class, &[])?);
            }
            add(&mut made, name, class);
        }
    }
    // The types of fields refer to classes: they are known only now.
    for rule in rules() {
        for &(name, text) in &rule.constructors {
            let types = Dict::make(t);
            if let (Some(dict), Some(class)) = (types.cast::<Dict>(), made.class(name)) {
                for field in fields(text) {
                    dict.set_name(t, field.name, field_type(t, &made, &field)?);
                }
                protocol::setattr(t, class, &t.intern("_field_types"), Some(&types))?;
                protocol::setattr(t, class, &t.intern("__annotations__"), Some(&types))?;
            }
        }
    }
    Ok(made)
}

fn add(made: &mut Made, name: &'static str, class: Value) {
    made.classes.push((name, class.clone()));
    made.by_name.insert(name, class);
}

/// A class; what may be left out has `None` as its value in the class.
fn class(t: &Thread, name: &str, doc: &str, base: &Value, text: &'static str, attributes: Option<&Vec<Field>>) -> R {
    let namespace = Dict::make(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(namespace) };
    let names = |fields: &[Field]| t.tuple(fields.iter().map(|f| t.intern(f.name)).collect::<Vec<_>>());
    let own = fields(text);
    dict.set_name(t, "_fields", names(&own));
    dict.set_name(t, "__match_args__", names(&own));
    dict.set_name(t, "__module__", t.intern("ast"));
    dict.set_name(t, "__doc__", t.str(doc));
    if let Some(attributes) = attributes {
        dict.set_name(t, "_attributes", names(attributes));
    }
    for field in own.iter().chain(attributes.into_iter().flatten()).filter(|f| f.many == "?") {
        dict.set_name(t, field.name, Value::NONE);
    }
    let args = [t.intern(name), t.tuple([base.clone()]), namespace];
    protocol::call(t, &t.types().type_.value(), &args)
}

/// The Python type of a field: `list[ast.expr]`, `ast.expr | None`, `str` ...
fn field_type(t: &Thread, made: &Made, field: &Field) -> R {
    let types = t.types();
    let typ = match field.typ {
        "identifier" | "string" => types.str_.value(),
        "int" => types.int.value(),
        "constant" => types.object.value(),
        name => made.class(name).cloned().unwrap_or(Value::NONE),
    };
    match field.many {
        "?" => crate::objects::union::or(t, &typ, Value::none()),
        "" => Ok(typ),
        _ => protocol::getitem(t, &types.list.value(), &typ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_read() {
        let rules = rules();
        assert_eq!(rules.len(), 19);
        let stmt = &rules[1];
        assert_eq!((stmt.name, stmt.constructors.len(), stmt.attributes.len()), ("stmt", 28, 4));
        let dict = rules[2].constructors.iter().find(|c| c.0 == "Dict").map(|c| fields(c.1)).unwrap_or_default();
        let shown: Vec<_> = dict.iter().map(|f| (f.typ, f.many, f.name)).collect();
        assert_eq!(shown, [("expr", "?*", "keys"), ("expr", "*", "values")]);
        assert!(rules.iter().any(|r| r.name == "arguments" && r.is_product));
    }
}
