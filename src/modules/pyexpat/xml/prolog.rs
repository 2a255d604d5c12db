//! Outside the root element: the declaration at the start, the document type, what stands behind the root.

use super::declarations::{self, gap};
use super::dtd::{Attribute, Entity, predefined};
use super::machine::{Kind, Machine, State, Step, Wishes};
use super::scan::{Scanned, Scanner, Stop, is_name_char, is_space};
use super::{Event, code, tags};

impl Machine {
    /// The XML declaration at the start of a document or an external entity, if there is one.
    pub(super) fn declaration(&mut self) -> Scanned<()> {
        let text = std::mem::take(&mut self.input.text);
        let mut s = Scanner::new(&text, self.input.at);
        let result = self.read_declaration(&mut s);
        let end = s.at;
        self.input.text = text;
        result?;
        let length = end - self.input.at;
        self.input.advance(length);
        Ok(())
    }

    fn read_declaration(&mut self, s: &mut Scanner<'_>) -> Scanned<()> {
        let start = s.at;
        if s.rest().is_empty() || !s.take("<?xml")? || !is_space(s.peek()?) {
            s.at = start;
            return Ok(());
        }
        let bad = if self.kind == Kind::Document { code::XML_DECL } else { code::TEXT_DECL };
        let body_at = s.at;
        let body = s.until("?>")?;
        let mut inner = Scanner::new(body, 0);
        let mut values: [Option<&str>; 3] = [None; 3];
        let mut from = 0;
        loop {
            let spaced = inner.spaces();
            if inner.rest().is_empty() {
                break;
            }
            let fail = Stop::Error(bad, body_at + inner.at);
            let names = ["version", "encoding", "standalone"];
            let length = inner.rest().find(|c| is_space(c) || c == '=').ok_or(fail)?;
            let which = (from..3).find(|&i| names[i] == &inner.rest()[..length]);
            let (Some(which), true) = (which, spaced) else { return Err(fail) };
            inner.at += length;
            inner.spaces();
            if !inner.take("=").map_err(|_| fail)? {
                return Err(fail);
            }
            inner.spaces();
            values[which] = Some(inner.quoted().map_err(|_| fail)?);
            from = which + 1;
        }
        let [version, encoding, standalone] = values;
        let fail = Stop::Error(bad, body_at);
        let outside = self.kind != Kind::Document;
        if (version.is_none() && !outside) || (outside && (encoding.is_none() || standalone.is_some())) {
            return Err(fail);
        }
        let standalone = match standalone {
            None => -1,
            Some("yes") => 1,
            Some("no") => 0,
            Some(_) => return Err(fail),
        };
        if standalone == 1 {
            self.dtd().standalone = true;
            if self.parameter_entities == 1 {
                self.parameter_entities = 0;
            }
        }
        let owned = |v: Option<&str>| v.map(str::to_owned);
        let event = Event::XmlDecl { version: owned(version), encoding: owned(encoding), standalone };
        self.tell(event, &s.text[start..s.at]);
        Ok(())
    }

    /// Before the root element, and behind it.
    pub(super) fn outside(&mut self, mut s: Scanner<'_>, last: bool, wishes: Wishes) -> Scanned<Step> {
        let start = s.at;
        if s.spaces() {
            // A declaration that comes after white space is told at its own place.
            if s.rest().is_empty() && !last {
                return Err(Stop::More);
            }
            self.tell(Event::Other, &s.text[start..s.at]);
            return Ok(Step::to(s.at));
        }
        let epilog = self.state == State::Epilog;
        let first = s.peek()?;
        if first != '<' {
            let token = is_name_char(first) || "()|,>[]%\"'#".contains(first);
            return s.error(match (epilog, token) {
                (_, false) => code::INVALID_TOKEN,
                (true, true) => code::JUNK_AFTER_DOC_ELEMENT,
                (false, true) => code::SYNTAX,
            });
        }
        if s.looks_at("<!--")? {
            self.comment(&mut s)?;
        } else if s.looks_at("<?")? {
            self.instruction(&mut s)?;
        } else if !epilog && s.looks_at("<!DOCTYPE")? {
            if self.state == State::Misc {
                return s.error(code::SYNTAX);
            }
            self.doctype(&mut s, wishes)?;
        } else if s.looks_at("<!")? {
            s.at += 2;
            return s.invalid();
        } else {
            let mut ahead = s;
            ahead.at += 1;
            ahead.name()?;
            if epilog {
                return s.error(code::JUNK_AFTER_DOC_ELEMENT);
            }
            self.state = State::Content;
            if self.foreign {
                self.foreign = false;
                self.outer_subset(None, None, "", wishes);
            }
            // The tag itself comes next.
        }
        Ok(Step::to(s.at))
    }

    /// `<!DOCTYPE name ...` up to its `[` or `>`.
    fn doctype(&mut self, s: &mut Scanner<'_>, wishes: Wishes) -> Scanned<()> {
        let start = s.at;
        s.at += "<!DOCTYPE".len();
        // The whole of it must be there: a word that is cut off is not another word.
        declarations::head(s)?;
        gap(s)?;
        let name = s.name()?.to_owned();
        s.spaces();
        let id = declarations::external_id(s, false)?.unwrap_or_default();
        s.spaces();
        let internal = match s.peek()? {
            '[' => true,
            '>' => false,
            _ => return s.error(code::SYNTAX),
        };
        s.at += 1;
        self.has_system = id.system.is_some();
        if self.has_system {
            self.foreign = false;
            let tells = {
                let mut dtd = self.dtd();
                dtd.has_parameter_references = true;
                !dtd.standalone
            };
            if tells && self.parameter_entities == 0 {
                self.tell(Event::NotStandalone, "");
            }
        }
        let (system, public) = (id.system.clone(), id.public.clone());
        let source = &s.text[start..s.at];
        self.tell_at(Event::StartDoctype { name, system, public, internal }, source, &source[..source.len() - 1]);
        self.system = id.system;
        self.public = id.public;
        if internal {
            self.state = State::Subset;
        } else {
            self.end_doctype(&s.text[start..s.at], "", wishes);
        }
        Ok(())
    }

    /// The end of the document type, of which `head` was told before.
    fn end_doctype(&mut self, head: &str, source: &str, wishes: Wishes) {
        let before = if source.is_empty() { head } else { source };
        let before = before.strip_suffix('>').unwrap_or("");
        if self.has_system || self.foreign {
            self.foreign = false;
            let (system, public) = (self.system.take(), self.public.take());
            self.outer_subset(system, public, before, wishes);
        }
        self.tell_at(Event::EndDoctype, source, before);
        self.state = State::Misc;
    }

    /// Asks for the part of the document type that is outside the document.
    fn outer_subset(&mut self, system: Option<String>, public: Option<String>, before: &str, wishes: Wishes) {
        self.dtd().has_parameter_references = true;
        if self.parameter_entities > 0 && wishes.external {
            let told = !self.dtd().standalone;
            self.tell_at(Event::ExternalEntity { context: None, system, public }, "", before);
            if told {
                self.tell_at(Event::NotStandalone, "", before);
            }
        }
    }

    /// Declarations, inside the brackets or outside the document.
    pub(super) fn subset(&mut self, mut s: Scanner<'_>, wishes: Wishes) -> Scanned<Step> {
        let start = s.at;
        if s.spaces() {
            self.tell(Event::Other, &s.text[start..s.at]);
            return Ok(Step::to(s.at));
        }
        let outside = self.kind == Kind::Subset;
        match s.peek()? {
            '%' => return self.parameter_reference(s, wishes),
            ']' if outside && self.sections > 0 => {
                s.expect("]]>")?;
                self.sections -= 1;
                self.tell(Event::Other, "]]>");
                return Ok(Step::to(s.at));
            }
            ']' if !outside && self.sources.is_empty() => {
                s.at += 1;
                s.spaces();
                if s.peek()? != '>' {
                    return s.error(code::SYNTAX);
                }
                s.at += 1;
                self.end_doctype("", &s.text[start..s.at], wishes);
                return Ok(Step::to(s.at));
            }
            '<' => {}
            c if is_name_char(c) || "()|,>[\"'#".contains(c) => return s.error(code::SYNTAX),
            _ => return s.invalid(),
        }
        if s.looks_at("<!--")? {
            self.comment(&mut s)?;
        } else if s.looks_at("<?")? {
            self.instruction(&mut s)?;
        } else if s.looks_at("<![")? {
            if !outside {
                return s.error(code::SYNTAX);
            }
            self.section(&mut s)?;
        } else if s.looks_at("<!")? {
            let end = declarations::end(&s)?;
            self.declare(&s.text[start..end], start, outside)?;
            s.at = end;
        } else {
            s.at += 1;
            return match s.name() {
                Ok(_) => Err(Stop::Error(code::SYNTAX, start)),
                Err(stop) => Err(stop),
            };
        }
        Ok(Step::to(s.at))
    }

    /// `<![INCLUDE[` or `<![IGNORE[ ... ]]>`.
    fn section(&mut self, s: &mut Scanner<'_>) -> Scanned<()> {
        let start = s.at;
        s.at += 3;
        let head = s.until("[")?.to_owned();
        let head = self.with_parameters(&head, s.at)?;
        match head.trim_matches(is_space) {
            "INCLUDE" => self.sections += 1,
            "IGNORE" => {
                let mut depth = 1;
                while depth > 0 {
                    let rest = s.rest();
                    let open = rest.find("<![");
                    let close = rest.find("]]>").ok_or(Stop::More)?;
                    match open.filter(|&open| open < close) {
                        Some(open) => (depth += 1, s.at += open + 3).1,
                        None => (depth -= 1, s.at += close + 3).1,
                    }
                }
            }
            _ => return Err(Stop::Error(code::SYNTAX, start)),
        }
        self.tell(Event::Other, &s.text[start..s.at]);
        Ok(())
    }

    /// `%name;` between declarations.
    fn parameter_reference(&mut self, mut s: Scanner<'_>, wishes: Wishes) -> Scanned<Step> {
        let start = s.at;
        s.at += 1;
        let name = s.name()?;
        s.expect(";")?;
        let source = &s.text[start..s.at];
        let skipped = Event::Skipped { name: name.to_owned(), parameter: true };
        let fail = |code| Err(Stop::Error(code, start));
        let (entity, open, strict) = {
            let mut dtd = self.dtd();
            let strict = dtd.must_be_declared();
            dtd.has_parameter_references = true;
            if self.parameter_entities == 0 {
                dtd.keep_processing = dtd.standalone;
            }
            (dtd.parameter.get(name).cloned(), dtd.open_parameters.contains(name), strict)
        };
        if self.parameter_entities == 0 {
            self.tell(Event::Other, source);
            self.not_standalone();
            return Ok(Step::to(s.at));
        }
        let Some(entity) = entity else {
            if strict {
                return fail(code::UNDEFINED_ENTITY);
            }
            let mut dtd = self.dtd();
            dtd.keep_processing = dtd.standalone;
            drop(dtd);
            self.tell(skipped, source);
            return Ok(Step::to(s.at));
        };
        if open {
            return fail(code::RECURSIVE_ENTITY_REF);
        }
        match entity.text {
            Some(text) => {
                let entered = self.source(name, text, true).map_err(|code| Stop::Error(code, start))?;
                return Ok(Step { at: s.at, enter: Some(entered) });
            }
            None if wishes.external => {
                let event = Event::ExternalEntity { context: None, system: entity.system, public: entity.public };
                self.tell(event, source);
                self.not_standalone();
            }
            None => {
                let mut dtd = self.dtd();
                dtd.keep_processing = dtd.standalone;
                drop(dtd);
                self.tell(skipped, source);
            }
        }
        Ok(Step::to(s.at))
    }

    fn not_standalone(&mut self) {
        if !self.dtd().standalone {
            self.tell(Event::NotStandalone, "");
        }
    }

    /// A text in which references to parameter entities are replaced, each by its text between blanks.
    fn with_parameters(&mut self, text: &str, at: usize) -> Scanned<String> {
        let mut texts = vec![(text.to_owned(), 0, String::new())];
        let mut out = String::new();
        while let Some((text, done, name)) = texts.last_mut() {
            let rest = &text[*done..];
            let Some(length) = rest.find('%') else {
                out.push_str(rest);
                let name = std::mem::take(name);
                self.dtd().open_parameters.remove(&name);
                texts.pop();
                continue;
            };
            out.push_str(&rest[..length]);
            let mut s = Scanner::new(text, *done + length + 1);
            let Ok(name) = s.name().map(str::to_owned) else {
                // A percent sign by itself.
                out.push('%');
                *done = s.at;
                continue;
            };
            s.expect(";")?;
            *done = s.at;
            let mut dtd = self.dtd();
            let found = dtd.parameter.get(&name).and_then(|entity| entity.text.clone());
            if !dtd.open_parameters.insert(name.clone()) {
                return Err(Stop::Error(code::RECURSIVE_ENTITY_REF, at));
            }
            drop(dtd);
            let inner = found.unwrap_or_default();
            self.budget.spend(inner.len()).map_err(|code| Stop::Error(code, at))?;
            texts.push((inner, 0, name));
        }
        Ok(out)
    }

    /// One declaration, `<!` and `>` included.
    fn declare(&mut self, text: &str, at: usize, outside: bool) -> Scanned<()> {
        let in_entity = outside || !self.sources.is_empty();
        let replaced = if in_entity && text.contains('%') { Some(self.with_parameters(text, at)?) } else { None };
        let place = |stop| match (stop, &replaced) {
            (Stop::More, _) => Stop::Error(code::SYNTAX, at),
            (Stop::Error(code, inside), None) => Stop::Error(code, at + inside),
            (Stop::Error(code, _), Some(_)) => Stop::Error(code, at),
        };
        let body = replaced.as_deref().unwrap_or(text);
        self.declare_whole(body, text, in_entity).map_err(place)
    }

    fn declare_whole(&mut self, body: &str, source: &str, in_entity: bool) -> Scanned<()> {
        let mut s = Scanner::new(body, 2);
        // An event is told at the token that completes it, where the text is as it was written.
        let plain = std::ptr::eq(body, source);
        let before = |at: usize| if plain { source.get(..at).unwrap_or_default() } else { "" };
        let keyword = s.name()?;
        match keyword {
            "ELEMENT" => {
                let (name, model, at) = declarations::element(&mut s)?;
                self.tell_at(Event::ElementDecl { name, model }, source, before(at));
            }
            "ATTLIST" => self.declare_attributes(&mut s, source, before)?,
            "ENTITY" => self.declare_entity(&mut s, source, in_entity, before)?,
            "NOTATION" => {
                let (name, id) = declarations::notation(&mut s)?;
                let event = Event::NotationDecl { name, system: id.system, public: id.public };
                self.tell_at(event, source, before(id.at));
            }
            _ => return Err(Stop::Error(code::SYNTAX, 0)),
        }
        Ok(())
    }

    fn declare_attributes<'a>(
        &mut self,
        s: &mut Scanner<'_>,
        source: &str,
        before: impl Fn(usize) -> &'a str,
    ) -> Scanned<()> {
        let (element, attributes) = declarations::attributes(s)?;
        let mut source = source;
        for attribute in attributes {
            let is_cdata = attribute.kind == "CDATA";
            let dtd = self.dtd.clone();
            let mut dtd = dtd.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let default = match attribute.default {
                None => None,
                Some((raw, at)) => Some(
                    tags::attribute_value(&raw, is_cdata, &mut dtd, &mut self.budget)
                        .map_err(|code| Stop::Error(code, at))?,
                ),
            };
            if !dtd.keep_processing {
                continue;
            }
            dtd.declare(&element, Attribute { name: attribute.name.clone(), is_cdata, default: default.clone() });
            drop(dtd);
            let event = Event::AttlistDecl {
                element: element.clone(),
                attribute: attribute.name,
                kind: attribute.kind,
                default,
                required: attribute.required,
            };
            self.tell_at(event, std::mem::take(&mut source), before(attribute.at));
        }
        if !source.is_empty() {
            self.tell(Event::Other, source);
        }
        Ok(())
    }

    fn declare_entity<'a>(
        &mut self,
        s: &mut Scanner<'_>,
        source: &str,
        outside: bool,
        before: impl Fn(usize) -> &'a str,
    ) -> Scanned<()> {
        let declared = declarations::entity(s)?;
        let value = match &declared.value {
            Some((raw, at)) => Some(declarations::entity_value(raw, *at)?),
            None => None,
        };
        let (name, parameter) = (declared.name, declared.parameter);
        let entity = Entity {
            text: value.clone(),
            system: declared.external.system.clone(),
            public: declared.external.public.clone(),
            notation: declared.notation.clone(),
            outside,
        };
        let is_new = {
            let mut dtd = self.dtd();
            let keep = dtd.keep_processing;
            let table = if parameter { &mut dtd.parameter } else { &mut dtd.general };
            let is_new = keep && !table.contains_key(&name) && (parameter || predefined(&name).is_none());
            if is_new {
                table.insert(name.clone(), entity);
            }
            is_new
        };
        if !is_new {
            self.tell(Event::Other, source);
            return Ok(());
        }
        let (system, public) = (declared.external.system, declared.external.public);
        let event = Event::EntityDecl { name, parameter, value, system, public, notation: declared.notation };
        self.tell_at(event, source, before(declared.at));
        Ok(())
    }
}
