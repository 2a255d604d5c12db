//! Inside the root element: tags, text, references, sections of plain text.

use super::dtd::predefined;
use super::machine::{Kind, Machine, State, Step, Wishes};
use super::namespaces::Namespaces;
use super::scan::{Scanned, Scanner, Stop, is_char, with_plain_lines};
use super::tags::{self, Reference, StartTag};
use super::{Event, code};

/// How much text is told at once where it comes out of a conversion, as Expat does.
const MOST_CONVERTED: usize = 1024;

impl Machine {
    /// The next construct.
    pub(super) fn content(&mut self, mut s: Scanner<'_>, last: bool, wishes: Wishes) -> Scanned<Step> {
        let start = s.at;
        match s.peek()? {
            '&' => return self.reference(s, wishes),
            '<' => {}
            _ => return self.characters(s, last),
        }
        if s.looks_at("</")? {
            self.end_tag(&mut s)?;
        } else if s.take("<![CDATA[")? {
            self.state = State::Cdata;
            self.tell(Event::StartCdata, &s.text[start..s.at]);
        } else if s.looks_at("<!--")? {
            self.comment(&mut s)?;
        } else if s.looks_at("<?")? {
            self.instruction(&mut s)?;
        } else if s.looks_at("<!")? {
            s.at += 2;
            return s.invalid();
        } else {
            let tag = tags::start_tag(&mut s)?;
            self.start_tag(tag, start, &s.text[start..s.at])?;
        }
        Ok(Step::to(s.at))
    }

    /// Text up to something else: a line at a time, and each line end by itself.
    fn characters(&mut self, mut s: Scanner<'_>, last: bool) -> Scanned<Step> {
        let rest = s.rest();
        let stops = |c: char| matches!(c, '<' | '&' | '\n' | '\r' | ']') || !is_char(c);
        let mut length = rest.find(stops).unwrap_or(rest.len());
        while let Some(brackets) = rest[length..].strip_prefix(']') {
            if brackets.starts_with("]>") {
                if length == 0 {
                    return Err(Stop::Error(code::INVALID_TOKEN, s.at + 2));
                }
                break;
            }
            if !last && matches!(brackets, "" | "]") {
                break;
            }
            length += 1;
            length += rest[length..].find(stops).unwrap_or(rest.len() - length);
        }
        if self.sources.is_empty() && self.input.is_converted() {
            length = rest.floor_char_boundary(length.min(MOST_CONVERTED));
        }
        if length > 0 {
            let text = &rest[..length];
            self.tell(Event::Characters(text.to_owned()), text);
            return Ok(Step::to(s.at + length));
        }
        match s.peek()? {
            '\n' => s.at += 1,
            '\r' => match s.rest().as_bytes().get(1) {
                Some(b'\n') => s.at += 2,
                None if !last => return Err(Stop::More),
                _ => s.at += 1,
            },
            ']' => return Err(Stop::More),
            _ => return s.invalid(),
        }
        self.tell(Event::Characters("\n".into()), &rest[..s.at - (s.text.len() - rest.len())]);
        Ok(Step::to(s.at))
    }

    /// Plain text up to `]]>`.
    pub(super) fn cdata(&mut self, mut s: Scanner<'_>, last: bool) -> Scanned<Step> {
        let start = s.at;
        if s.rest().starts_with("]]>") {
            s.at += 3;
            self.state = State::Content;
            self.tell(Event::EndCdata, "]]>");
            return Ok(Step::to(s.at));
        }
        if !last && matches!(s.rest(), "]" | "]]") {
            return Err(Stop::More);
        }
        let rest = s.rest();
        let first = s.peek()?;
        let length = match first {
            '\n' => 1,
            '\r' => match rest.as_bytes().get(1) {
                Some(b'\n') => 2,
                None if !last => return Err(Stop::More),
                _ => 1,
            },
            c if !is_char(c) => return s.invalid(),
            c => {
                let more = &rest[c.len_utf8()..];
                let end = more.find(|c| matches!(c, '\n' | '\r' | ']') || !is_char(c)).unwrap_or(more.len());
                c.len_utf8() + end
            }
        };
        let text = if matches!(first, '\n' | '\r') { "\n" } else { &rest[..length] };
        self.tell(Event::Characters(text.to_owned()), &rest[..length]);
        Ok(Step::to(start + length))
    }

    fn reference(&mut self, mut s: Scanner<'_>, wishes: Wishes) -> Scanned<Step> {
        let start = s.at;
        let reference = tags::reference(&mut s)?;
        let source = &s.text[start..s.at];
        let fail = |code| Err(Stop::Error(code, start));
        let name = match reference {
            Reference::BadCharacter => return fail(code::BAD_CHAR_REF),
            Reference::Character(c) => {
                self.tell(Event::Characters(c.into()), source);
                return Ok(Step::to(s.at));
            }
            Reference::Entity(name) => name,
        };
        if let Some(c) = predefined(name) {
            self.tell(Event::Characters(c.into()), source);
            return Ok(Step::to(s.at));
        }
        let (entity, must_be_declared, open, standalone) = {
            let dtd = self.dtd();
            (dtd.general.get(name).cloned(), dtd.must_be_declared(), dtd.open.contains(name), dtd.standalone)
        };
        let skipped = Event::Skipped { name: name.to_owned(), parameter: false };
        let Some(entity) = entity else {
            if must_be_declared {
                return fail(code::UNDEFINED_ENTITY);
            }
            self.tell(skipped, source);
            return Ok(Step::to(s.at));
        };
        if standalone && entity.outside {
            return fail(code::ENTITY_DECLARED_IN_PE);
        }
        if open {
            return fail(code::RECURSIVE_ENTITY_REF);
        }
        if entity.notation.is_some() {
            return fail(code::BINARY_ENTITY_REF);
        }
        match entity.text {
            Some(_) if wishes.keep_references => self.tell(skipped, source),
            Some(text) => {
                let entered = self.source(name, text, false).map_err(|code| Stop::Error(code, start))?;
                return Ok(Step { at: s.at, enter: Some(entered) });
            }
            None if wishes.external => {
                let context = Some(self.context(name));
                self.tell(Event::ExternalEntity { context, system: entity.system, public: entity.public }, source);
            }
            None => self.tell(Event::Other, source),
        }
        Ok(Step::to(s.at))
    }

    fn start_tag(&mut self, tag: StartTag<'_>, start: usize, source: &str) -> Scanned<()> {
        let declared = self.dtd().elements.get(tag.name).cloned().unwrap_or_default();
        let mut attributes: Vec<(String, String, usize)> = Vec::with_capacity(tag.attributes.len() + declared.len());
        let dtd = self.dtd.clone();
        let mut dtd = dtd.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for raw in &tag.attributes {
            if attributes.iter().any(|(name, ..)| name == raw.name) {
                return Err(Stop::Error(code::DUPLICATE_ATTRIBUTE, raw.at));
            }
            let is_cdata = declared.iter().find(|a| a.name == raw.name).is_none_or(|a| a.is_cdata);
            let value = tags::attribute_value(raw.value, is_cdata, &mut dtd, &mut self.budget)
                .map_err(|code| Stop::Error(code, raw.at))?;
            attributes.push((raw.name.to_owned(), value, raw.at));
        }
        drop(dtd);
        let specified = attributes.len();
        for attribute in declared {
            if let Some(default) = attribute.default
                && attributes.iter().all(|(name, ..)| *name != attribute.name)
            {
                attributes.push((attribute.name, default, start));
            }
        }
        let bindings = self.namespaces.as_ref().map_or(0, |n| n.bindings.len());
        let (name, attributes, specified) = match &mut self.namespaces {
            None => {
                let plain = attributes.into_iter().map(|(name, value, _)| (name, value)).collect();
                (tag.name.to_owned(), plain, specified)
            }
            Some(namespaces) => {
                let (name, attributes, specified) = resolve(namespaces, tag.name, attributes, specified, start)?;
                let new: Vec<_> = namespaces.bindings[bindings..]
                    .iter()
                    .map(|b| Event::StartNamespace { prefix: b.prefix.clone(), uri: b.uri.clone() })
                    .collect();
                for event in new {
                    self.tell(event, "");
                }
                (name, attributes, specified)
            }
        };
        self.elements.push(super::machine::Element { raw: tag.name.to_owned(), name: name.clone(), bindings });
        self.tell(Event::StartElement { name, attributes, specified, empty: tag.empty }, source);
        if tag.empty {
            self.leave_element("", source);
        }
        Ok(())
    }

    fn end_tag(&mut self, s: &mut Scanner<'_>) -> Scanned<()> {
        let start = s.at;
        let name = tags::end_tag(s)?;
        let floor = self.floor();
        match self.elements.last().filter(|_| self.elements.len() > floor) {
            Some(element) if element.raw == name => {}
            Some(_) => return Err(Stop::Error(code::TAG_MISMATCH, start + 2)),
            None => return Err(Stop::Error(code::ASYNC_ENTITY, start)),
        }
        let source = &s.text[start..s.at];
        self.leave_element(source, "");
        Ok(())
    }

    /// How many of the open elements began outside the entity that is being read.
    fn floor(&self) -> usize {
        self.sources.last().map_or(0, super::machine::Source::depth)
    }

    fn leave_element(&mut self, source: &str, before: &str) {
        let Some(element) = self.elements.pop() else { return };
        self.tell_at(Event::EndElement { name: element.name }, source, before);
        let ended = match &mut self.namespaces {
            Some(namespaces) if namespaces.bindings.len() > element.bindings => {
                namespaces.bindings.split_off(element.bindings)
            }
            _ => Vec::new(),
        };
        for binding in ended.into_iter().rev() {
            self.tell_at(Event::EndNamespace { prefix: binding.prefix }, "", before);
        }
        if self.elements.is_empty() && self.kind == Kind::Document {
            self.state = State::Epilog;
        }
    }

    /// `<!-- ... -->`.
    pub(super) fn comment(&mut self, s: &mut Scanner<'_>) -> Scanned<()> {
        let start = s.at;
        s.at += 4;
        let text = s.until("--")?;
        s.expect(">")?;
        self.tell(Event::Comment(with_plain_lines(text)), &s.text[start..s.at]);
        Ok(())
    }

    /// `<? ... ?>`.
    pub(super) fn instruction(&mut self, s: &mut Scanner<'_>) -> Scanned<()> {
        let start = s.at;
        s.at += 2;
        let target = s.name()?;
        if target == "xml" {
            return Err(Stop::Error(code::MISPLACED_XML_PI, start));
        }
        if target.eq_ignore_ascii_case("xml") {
            return s.invalid();
        }
        let mut data = "";
        if s.spaces() {
            data = s.until("?>")?;
        } else {
            s.expect("?>")?;
        }
        let event = Event::ProcessingInstruction { target: target.to_owned(), data: with_plain_lines(data) };
        self.tell(event, &s.text[start..s.at]);
        Ok(())
    }
}

type Resolved = (String, Vec<(String, String)>, usize);

/// Names with their namespaces, without the attributes that declare these.
fn resolve(
    namespaces: &mut Namespaces,
    element: &str,
    attributes: Vec<(String, String, usize)>,
    specified: usize,
    start: usize,
) -> Scanned<Resolved> {
    let fail = |code| Stop::Error(code, start);
    for (name, at) in attributes.iter().map(|a| (a.0.as_str(), a.2)).chain([(element, start + 1)]) {
        // A colon stands between two names and nowhere else.
        let bad = match name.split_once(':') {
            Some(("", _)) => Some(0),
            Some((_, "")) => Some(name.len()),
            Some((prefix, local)) => local.find(':').map(|second| prefix.len() + 1 + second),
            None => None,
        };
        if let Some(bad) = bad {
            return Err(Stop::Error(code::INVALID_TOKEN, at + bad));
        }
    }
    for (name, value, _) in &attributes {
        if let Some(prefix) = Namespaces::declared(name) {
            namespaces.bind(prefix, value).map_err(fail)?;
        }
    }
    let mut out: Vec<(String, String)> = Vec::with_capacity(attributes.len());
    let mut kept = 0;
    for (i, (name, value, _)) in attributes.into_iter().enumerate() {
        if Namespaces::declared(&name).is_some() {
            continue;
        }
        let full = namespaces.expand(&name, false).map_err(fail)?;
        if name.contains(':') && out.iter().any(|(other, _)| *other == full) {
            return Err(fail(code::DUPLICATE_ATTRIBUTE));
        }
        kept += usize::from(i < specified);
        out.push((full, value));
    }
    Ok((namespaces.expand(element, true).map_err(fail)?, out, kept))
}
