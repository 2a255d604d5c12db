//! `_sre.SRE_Template`: a replacement text, parsed: literals with groups between them.

use super::matching::Match;
use super::subject;
use crate::modules::native_type::with_type;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The payload of `SRE_Template`.
pub(super) struct Template {
    /// What comes before the first group.
    literal: Value,
    /// Groups, each with the literal behind it unless that is empty.
    groups: Box<[(usize, Option<Value>)]>,
}

impl Native for Template {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.literal);
        self.groups.iter().filter_map(|(_, literal)| literal.as_ref()).for_each(visit);
    }
}

/// `_sre.template(pattern, template)`
pub(super) fn template(t: &Thread, _m: &Value, args: &[Value]) -> R {
    if args[0].opaque::<super::pattern::Pattern>().is_none() {
        return Err(
            t.type_error(format!("template() argument 1 must be re.Pattern, not {}", args[0].type_of(t).name_str()))
        );
    }
    let Some(list) = args[1].cast::<List>() else {
        return Err(t.type_error(format!("template() argument 2 must be list, not {}", args[1].type_of(t).name_str())));
    };
    let items = list.snapshot(t);
    let Some((literal, rest)) = items.split_first().filter(|(_, rest)| rest.len().is_multiple_of(2)) else {
        return Err(t.type_error("invalid template"));
    };
    let mut groups = Vec::with_capacity(rest.len() / 2);
    for pair in rest.chunks_exact(2) {
        let Ok(group) = usize::try_from(int::to_isize(t, &pair[0])?) else {
            return Err(t.type_error("invalid template"));
        };
        let is_empty =
            pair[1].cast::<Str>().is_some_and(Str::is_empty) || pair[1].cast::<Bytes>().is_some_and(Bytes::is_empty);
        groups.push((group, (!is_empty).then(|| pair[1].clone())));
    }
    let template = Template { literal: literal.clone(), groups: groups.into() };
    with_type(t, &SPEC, |class| opaque::new(t, class, template))
}

/// What replaces a match.
pub(super) enum Replacement {
    /// Always the same.
    Literal(Value),
    /// A function of the match object.
    Callable(Value),
    /// A template.
    Template(Value),
}

impl Replacement {
    /// Of the argument of `sub`: a function or a text, which `re` parses if there may be groups in it.
    pub fn of(t: &Thread, pattern: &Value, repl: &Value) -> R<Replacement> {
        if repl.type_of(t).slots().call.is_some() {
            return Ok(Replacement::Callable(repl.clone()));
        }
        let literal = match t.catch(subject::Subject::of(t, repl), |types| &types.type_error)? {
            Some(subject::Subject::Text(s)) => s.units().iter().all(|c| c != '\\' as u32),
            Some(subject::Subject::Bytes(b)) => !b.contains(&b'\\'),
            None => false,
        };
        if literal {
            return Ok(Replacement::Literal(repl.clone()));
        }
        Replacement::parse(t, pattern, repl)
    }

    /// Has `re` parse a replacement text.
    pub fn parse(t: &Thread, pattern: &Value, text: &Value) -> R<Replacement> {
        let re = import_re(t)?;
        let parse =
            |text: &Value| protocol::call_method_str(t, &re, "_compile_template", &[pattern.clone(), text.clone()]);
        let parsed = match t.catch(parse(text), |types| &types.type_error)? {
            Some(parsed) => parsed,
            // A text that cannot be hashed is a `bytearray` or a subclass of its own mind: as `bytes` or `str` it can.
            None => parse(&plain(t, text)?)?,
        };
        match parsed.opaque::<Template>() {
            Some(template) if template.groups.is_empty() => Ok(Replacement::Literal(template.literal.clone())),
            Some(_) => Ok(Replacement::Template(parsed)),
            None => Err(t.runtime_error(format!(
                "the result of compiling a replacement string is {}, not _sre.SRE_Template",
                parsed.type_of(t).name_str()
            ))),
        }
    }
}

fn import_re(t: &Thread) -> R {
    crate::import::statement::import(t, &t.intern("re"), None, None, None, 0)
}

/// A text as an exact `str` or `bytes`.
fn plain(t: &Thread, text: &Value) -> R {
    match text.cast::<Str>() {
        Some(s) => Ok(Str::from_units(t, s.units())),
        None => crate::objects::bytes::from_object(t, text),
    }
}

/// The replacement for one match.
pub(super) fn expand(t: &Thread, template: &Value, found: &Value) -> R {
    let (Some(template), Some(found)) = (template.opaque::<Template>(), found.opaque::<Match>()) else {
        return Err(t.type_error("a template and a match are required"));
    };
    let mut parts = Vec::with_capacity(2 * template.groups.len() + 1);
    let bytes = template.literal.cast::<Str>().is_none();
    parts.push(template.literal.clone());
    for (group, literal) in &template.groups {
        let text = found.group(t, *group)?.ok_or_else(|| t.index_error("no such group"))?;
        if !text.is_none() {
            parts.push(text);
        }
        parts.extend(literal.clone());
    }
    subject::join(t, bytes, parts)
}

pub(super) static SPEC: Spec = {
    let mut spec = opaque::spec::<Template>("_sre.SRE_Template");
    spec.flags = type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec
};
