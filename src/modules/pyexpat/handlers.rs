//! Which function of the program is called for what, and with which arguments.

use super::parser::Parser;
use super::xml::{Event, Model};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::GetSet;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::Ordering::*;

macro_rules! handlers {
    ($($name:ident)*) => {
        /// The functions that a program can set, in Expat's order.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum Which { $($name),* }

        /// How many there are.
        pub const COUNT: usize = [$(Which::$name),*].len();

        /// The attributes by which they are set.
        pub const ATTRIBUTES: [GetSet; COUNT] = [$(
            GetSet::rw(
                concat!(stringify!($name)),
                |t, v| Ok(Parser::this(v).handler(t, Which::$name).unwrap_or(Value::NONE)),
                |t, v, value| set(t, v, Which::$name, value),
                "",
            )
        ),*];
    };
}

handlers! {
    StartElementHandler EndElementHandler ProcessingInstructionHandler CharacterDataHandler
    UnparsedEntityDeclHandler NotationDeclHandler StartNamespaceDeclHandler EndNamespaceDeclHandler CommentHandler
    StartCdataSectionHandler EndCdataSectionHandler DefaultHandler DefaultHandlerExpand NotStandaloneHandler
    ExternalEntityRefHandler StartDoctypeDeclHandler EndDoctypeDeclHandler EntityDeclHandler XmlDeclHandler
    ElementDeclHandler AttlistDeclHandler SkippedEntityHandler
}

fn set(t: &Thread, v: &Value, which: Which, value: Option<&Value>) -> R<()> {
    let parser = Parser::this(v);
    let Some(value) = value else { return Err(t.runtime_error("Cannot delete attribute")) };
    if which == Which::CharacterDataHandler {
        // What is buffered belongs to the old one.
        parser.flush(t)?;
    }
    let old = parser.handlers[which as usize].replace((!value.is_none()).then(|| value.clone()));
    drop(old);
    Ok(())
}

/// An optional text as an argument.
fn optional(t: &Thread, text: &Option<String>) -> Value {
    text.as_ref().map_or(Value::NONE, |text| t.str(text))
}

/// A content model as nested tuples.
fn model(t: &Thread, parser: &Parser, model: &Model, node: usize) -> R {
    let Some(found) = model.0.get(node) else { return Ok(Value::NONE) };
    let mut children = Vec::with_capacity(found.children.len());
    for &child in &found.children {
        children.push(t.recurse(" while converting a content model", || self::model(t, parser, model, child))?);
    }
    let name = match &found.name {
        Some(name) => parser.intern(t, name)?,
        None => Value::NONE,
    };
    let (kind, quantifier) = (Value::small(found.kind.into()), Value::small(found.quantifier.into()));
    Ok(t.tuple([kind, quantifier, name, t.tuple(children)]))
}

impl Parser {
    /// The function that was set.
    pub fn handler(&self, t: &Thread, which: Which) -> Option<Value> {
        self.handlers[which as usize].get(t)
    }

    /// A name, the same object for the same text if the program wants that.
    pub fn intern(&self, t: &Thread, text: &str) -> R {
        let text = t.str(text);
        match self.intern.get(t).as_ref().and_then(|names| names.cast::<Dict>()) {
            Some(names) => Ok(names.get_or_insert(t, &text, &text)?.0),
            None => Ok(text),
        }
    }

    fn interned(&self, t: &Thread, text: &Option<String>) -> R {
        text.as_ref().map_or(Ok(Value::NONE), |text| self.intern(t, text))
    }

    /// Calls what was set, unless the text that is told before takes it away.
    fn call(&self, t: &Thread, which: Which, args: &[Value]) -> R {
        self.flush(t)?;
        match self.handler(t, which) {
            Some(handler) => protocol::call(t, &handler, args),
            None => Ok(Value::small(1)),
        }
    }

    /// Calls what was set for an event. Without it the text of the event goes to the default handler. False where
    /// the program said that parsing cannot go on.
    pub fn dispatch(&self, t: &Thread, event: &Event, source: &str) -> R<bool> {
        use Which::*;
        let (which, args) = match event {
            Event::Characters(text) => {
                return match self.handler(t, CharacterDataHandler) {
                    Some(handler) => self.characters(t, &handler, text).map(|()| true),
                    None => self.default(t, source),
                };
            }
            Event::StartElement { name, attributes, specified, empty } => {
                if self.handler(t, StartElementHandler).is_none() {
                    let silent = *empty && self.handler(t, EndElementHandler).is_some();
                    return if silent { Ok(true) } else { self.default(t, source) };
                }
                let name = self.intern(t, name)?;
                let shown = if self.specified_attributes.load(Relaxed) { *specified } else { attributes.len() };
                let attributes = self.attributes(t, &attributes[..shown])?;
                self.call(t, StartElementHandler, &[name, attributes])?;
                return Ok(true);
            }
            Event::EndElement { name } => (EndElementHandler, vec![self.intern(t, name)?]),
            Event::StartNamespace { prefix, uri } => {
                (StartNamespaceDeclHandler, vec![self.interned(t, prefix)?, self.interned(t, uri)?])
            }
            Event::EndNamespace { prefix } => (EndNamespaceDeclHandler, vec![self.interned(t, prefix)?]),
            Event::ProcessingInstruction { target, data } => {
                (ProcessingInstructionHandler, vec![self.intern(t, target)?, t.str(data)])
            }
            Event::Comment(text) => (CommentHandler, vec![t.str(text)]),
            Event::StartCdata => (StartCdataSectionHandler, vec![]),
            Event::EndCdata => (EndCdataSectionHandler, vec![]),
            Event::XmlDecl { version, encoding, standalone } => {
                (XmlDeclHandler, vec![optional(t, version), optional(t, encoding), Value::small((*standalone).into())])
            }
            Event::StartDoctype { name, system, public, internal } => {
                let args = vec![
                    self.intern(t, name)?,
                    self.interned(t, system)?,
                    self.interned(t, public)?,
                    Value::small((*internal).into()),
                ];
                (StartDoctypeDeclHandler, args)
            }
            Event::EndDoctype => (EndDoctypeDeclHandler, vec![]),
            Event::ElementDecl { name, model } => match self.handler(t, ElementDeclHandler) {
                Some(_) => (ElementDeclHandler, vec![self.intern(t, name)?, self::model(t, self, model, 0)?]),
                None => return self.default(t, source),
            },
            Event::AttlistDecl { element, attribute, kind, default, required } => {
                let args = vec![
                    self.intern(t, element)?,
                    self.intern(t, attribute)?,
                    t.str(kind),
                    optional(t, default),
                    Value::small((*required).into()),
                ];
                (AttlistDeclHandler, args)
            }
            Event::EntityDecl { name, parameter, value, system, public, notation } => {
                let name = self.intern(t, name)?;
                // An entity with a text is nowhere else.
                let base = if value.is_some() { Value::NONE } else { self.base(t) };
                let (system, public) = (self.interned(t, system)?, self.interned(t, public)?);
                let notation_name = self.interned(t, notation)?;
                if notation.is_some() && self.handler(t, UnparsedEntityDeclHandler).is_some() {
                    (UnparsedEntityDeclHandler, vec![name, base, system, public, notation_name])
                } else {
                    let parameter = Value::small((*parameter).into());
                    let args = vec![name, parameter, optional(t, value), base, system, public, notation_name];
                    (EntityDeclHandler, args)
                }
            }
            Event::NotationDecl { name, system, public } => {
                let (system, public) = (self.interned(t, system)?, self.interned(t, public)?);
                (NotationDeclHandler, vec![self.intern(t, name)?, self.base(t), system, public])
            }
            Event::ExternalEntity { context, system, public } => {
                let args =
                    vec![optional(t, context), self.base(t), self.interned(t, system)?, self.interned(t, public)?];
                return self.ask(t, ExternalEntityRefHandler, &args, source);
            }
            Event::NotStandalone => return self.ask(t, NotStandaloneHandler, &[], source),
            Event::Skipped { name, parameter } => {
                (SkippedEntityHandler, vec![self.intern(t, name)?, Value::small((*parameter).into())])
            }
            Event::Other => return self.default(t, source),
        };
        match self.handler(t, which) {
            Some(_) => self.call(t, which, &args).map(|_| true),
            None => self.default(t, source),
        }
    }

    /// Calls a function that answers whether to go on.
    fn ask(&self, t: &Thread, which: Which, args: &[Value], source: &str) -> R<bool> {
        if self.handler(t, which).is_none() {
            return self.default(t, source);
        }
        let answer = self.call(t, which, args)?;
        Ok(int::arg_i64(t, &answer)? != 0)
    }

    fn default(&self, t: &Thread, source: &str) -> R<bool> {
        let set = [Which::DefaultHandler, Which::DefaultHandlerExpand];
        let which = set.into_iter().find(|&which| self.handler(t, which).is_some());
        if let Some(which) = which.filter(|_| !source.is_empty()) {
            self.call(t, which, &[t.str(source)])?;
        }
        Ok(true)
    }

    fn attributes(&self, t: &Thread, attributes: &[(String, String)]) -> R {
        if self.ordered_attributes.load(Relaxed) {
            let list = List::with_capacity(t, 2 * attributes.len());
            for (name, value) in attributes {
                let name = self.intern(t, name)?;
                if let Some(list) = list.cast::<List>() {
                    list.push(t, name);
                    list.push(t, t.str(value));
                }
            }
            return Ok(list);
        }
        let dict = Dict::make(t);
        for (name, value) in attributes {
            let name = self.intern(t, name)?;
            if let Some(dict) = dict.cast::<Dict>() {
                dict.set(t, name, t.str(value))?;
            }
        }
        Ok(dict)
    }
}
