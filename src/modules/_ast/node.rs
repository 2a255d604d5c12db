//! `ast.AST`: what all classes of nodes derive from. A node's fields are attributes in its dict.

use crate::modules::native_type::fields;
use crate::objects::attribute;
use crate::objects::container::{ReprGuard, Text, class_of};
use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::warn;

fields! {
    /// The payload of `AST`: none.
    Node {}
}

/// A node without fields yet.
pub(super) fn make(t: &Thread, class: &Value) -> R {
    Node::make_in(t, class_of(t, class)?)
}

/// Whether it is a node.
pub(super) fn is_node(v: &Value) -> bool {
    Node::of(v).is_some()
}

/// A tuple of names that the class has, such as `_fields`.
fn names_of(t: &Thread, v: &Value, what: &str) -> R<Vec<Value>> {
    match protocol::getattr_opt(t, &v.type_of_value(t), &t.intern(what))? {
        Some(names) => protocol::collect(t, &names),
        None => Ok(Vec::new()),
    }
}

fn deprecated(t: &Thread, message: &str) -> R<()> {
    warn::warn(t, |types| &types.deprecation_warning, message)
}

fn has(names: &[Value], name: &Value) -> bool {
    let name = name.cast::<Str>();
    names.iter().any(|n| n.cast::<Str>().zip(name).is_some_and(|(a, b)| a.equals(b)))
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let fields = names_of(t, v, "_fields")?;
    let class = v.type_of_value(t);
    let name = v.type_of(t).name_str();
    if args.pos.len() > fields.len() {
        return Err(t.type_error(format!(
            "{name} constructor takes at most {} positional argument{}",
            fields.len(),
            if fields.len() == 1 { "" } else { "s" }
        )));
    }
    for (field, value) in fields.iter().zip(args.pos) {
        protocol::setattr(t, v, field, Some(value))?;
    }
    let mut remaining = fields[args.pos.len()..].to_vec();
    let mut attributes = None;
    for (key, value) in args.names.iter().zip(args.kw) {
        if has(&fields, key) {
            if !has(&remaining, key) {
                let shown = protocol::repr_text(t, key)?;
                return Err(t.type_error(format!("{name} got multiple values for argument {shown}")));
            }
            remaining.retain(|r| !has(std::slice::from_ref(r), key));
        } else {
            if attributes.is_none() {
                attributes = Some(names_of(t, v, "_attributes")?);
            }
            if !attributes.as_ref().is_some_and(|names| has(names, key)) {
                let shown = protocol::repr_text(t, key)?;
                deprecated(
                    t,
                    &format!(
                        "{name}.__init__ got an unexpected keyword argument {shown}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."
                    ),
                )?;
            }
        }
        protocol::setattr(t, v, key, Some(value))?;
    }
    if remaining.is_empty() {
        return Ok(());
    }
    let types = protocol::getattr_opt(t, &class, &t.intern("_field_types"))?;
    for field in &remaining {
        let typ = match &types {
            Some(types) => t.catch(protocol::getitem(t, types, field), |types| &types.key_error)?,
            None => None,
        };
        fill(t, v, field, typ, types.is_some())?;
    }
    Ok(())
}

/// A field that the constructor was not given: an empty list, `Load()`, `None`, or a warning.
fn fill(t: &Thread, v: &Value, field: &Value, typ: Option<Value>, declared: bool) -> R<()> {
    let name = v.type_of(t).name_str();
    let Some(typ) = typ else {
        if declared && protocol::getattr_opt(t, v, field)?.is_none() {
            let shown = protocol::repr_text(t, field)?;
            deprecated(
                t,
                &format!(
                    "Field {shown} is missing from {name}._field_types. This will become an error in Python 3.15."
                ),
            )?;
        }
        return Ok(());
    };
    let is_union = std::ptr::eq(typ.type_of(t), t.types().union.get());
    let is_list = std::ptr::eq(typ.type_of(t), t.types().generic_alias.get());
    if is_union {
        return Ok(());
    }
    if is_list {
        return protocol::setattr(t, v, field, Some(&List::make(t, [])));
    }
    let made = super::asdl::classes(t)?;
    if made.class("expr_context").is_some_and(|class| class.is(&typ)) {
        return protocol::setattr(t, v, field, made.singleton("Load"));
    }
    let field = protocol::to_text(t, field)?;
    deprecated(
        t,
        &format!(
            "{name}.__init__ missing 1 required positional argument: '{field}'. This will become an error in Python 3.15."
        ),
    )
}

/// A node's text, at most so deep.
fn push_node(t: &Thread, out: &mut Text, v: &Value, depth: usize) -> R<()> {
    out.push(&v.type_of(t).short_name());
    out.push("(");
    let Some(_guard) = ReprGuard::enter(t, v).filter(|_| depth > 0) else {
        out.push("...)");
        return Ok(());
    };
    for (i, field) in names_of(t, v, "_fields")?.iter().enumerate() {
        if i > 0 {
            out.push(", ");
        }
        out.push_str(field);
        out.push("=");
        push_value(t, out, &protocol::getattr(t, v, field)?, depth)?;
    }
    out.push(")");
    Ok(())
}

fn push_value(t: &Thread, out: &mut Text, value: &Value, depth: usize) -> R<()> {
    if let Some(list) = value.cast::<List>() {
        return push_items(t, out, &list.snapshot(t), ["[", "]"], depth);
    }
    if let Some(tuple) = value.cast::<Tuple>() {
        return push_items(t, out, tuple.items(), ["(", ")"], depth);
    }
    match is_node(value) {
        true => push_node(t, out, value, depth - 1),
        false => out.push_repr(t, value),
    }
}

/// Of a list the first and the last.
fn push_items(t: &Thread, out: &mut Text, items: &[Value], brackets: [&str; 2], depth: usize) -> R<()> {
    out.push(brackets[0]);
    for (i, item) in [items.first(), items.last().filter(|_| items.len() > 1)].into_iter().flatten().enumerate() {
        if i > 0 {
            out.push(if items.len() > 2 { ", ..., " } else { ", " });
        }
        match is_node(item) {
            true => push_node(t, out, item, depth - 1)?,
            false => out.push_repr(t, item)?,
        }
    }
    out.push(brackets[1]);
    Ok(())
}

fn repr(t: &Thread, v: &Value) -> R {
    let mut out = Text::default();
    push_node(t, &mut out, v, 3)?;
    Ok(out.finish(t))
}

/// The class, `None` for each field, and then the dict.
fn reduce(t: &Thread, v: &Value) -> R {
    let fields = names_of(t, v, "_fields")?;
    let nothing = t.tuple(fields.iter().map(|_| Value::NONE).collect::<Vec<_>>());
    Ok(t.tuple([v.type_of_value(t), nothing, attribute::get_dict(t, v)?]))
}

/// `copy.replace(node, field=...)`.
fn replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    if !args.pos.is_empty() {
        return Err(t.type_error("__replace__() takes no positional arguments"));
    }
    let name = v.type_of(t).name_str();
    let (fields, attributes) = (names_of(t, v, "_fields")?, names_of(t, v, "_attributes")?);
    let dict = attribute::get_dict(t, v)?;
    let old = dict.cast::<Dict>().map(|d| d.pairs(t)).unwrap_or_default();
    if let Some(key) = args.names.iter().find(|key| !has(&fields, key) && !has(&attributes, key)) {
        let shown = protocol::repr_text(t, key)?;
        return Err(t.type_error(format!("{name}.__replace__ got an unexpected keyword argument {shown}.")));
    }
    let node = make(t, &v.type_of_value(t))?;
    for (key, value) in old.iter().map(|(k, v)| (k, v)).chain(args.names.iter().zip(args.kw)) {
        protocol::setattr(t, &node, key, Some(value))?;
    }
    Ok(node)
}

/// `ast.AST`.
pub(super) static SPEC: Spec = Spec {
    name: "ast.AST",
    kind: Kind::Opaque,
    size: Node::SIZE,
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE,
    slots: Slots { new: Some(|t, class, _| make(t, class)), init: Some(init), repr: Some(repr), ..Node::MEMORY },
    methods: &[
        Def::new("__reduce__", Func::NoArgs(reduce), "", ""),
        Def::new(
            "__replace__",
            Func::Any(replace),
            "($self, /, **fields)",
            "Return a copy of the AST node with new values for the specified fields.",
        ),
    ],
    getset: &[GetSet::rw("__dict__", attribute::get_dict, attribute::set_dict, "")],
    ..Spec::DEFAULT
};
