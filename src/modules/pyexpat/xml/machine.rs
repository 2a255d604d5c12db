//! The parser as a whole: what state it is in, where its text comes from, and how it ends.

use super::dtd::Dtd;
use super::input::{Input, Sniffed, Table};
use super::namespaces::Namespaces;
use super::scan::{Scanner, Stop};
use super::{Code, Event, Place, Told, code};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the program wants to be told, which may change between two events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// References to internal entities are told as they are instead of being replaced.
    pub keep_references: bool,
    /// External entities are wanted.
    pub external: bool,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Before anything was read.
    Start,
    /// Before the document type.
    Prolog,
    /// Inside the brackets of the document type, or in one outside the document.
    Subset,
    /// Behind the document type.
    Misc,
    /// Inside the root element, or an entity of it.
    Content,
    Cdata,
    /// Behind the root element.
    Epilog,
}

/// Of what a parser reads the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Document,
    /// An external entity of the document.
    Content,
    /// A document type, or a part of one.
    Subset,
}

/// The text of an internal entity that is being read.
pub struct Source {
    pub text: String,
    pub at: usize,
    pub name: String,
    pub parameter: bool,
    /// How many elements were open where it began.
    depth: usize,
}

impl Source {
    /// How many elements were open where it began.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

/// An element that is open.
pub struct Element {
    /// Its name as it is written.
    pub raw: String,
    pub name: String,
    /// How many bindings of namespaces were in force before it.
    pub bindings: usize,
}

/// How much text entities gave, compared with the input.
#[derive(Clone, Debug)]
pub struct Budget {
    pub direct: u64,
    pub indirect: u64,
    pub threshold: u64,
    pub factor: f64,
}

impl Budget {
    /// Takes so much text of an entity, or finds that it is too much.
    pub fn spend(&mut self, bytes: usize) -> Result<(), Code> {
        self.indirect += bytes as u64;
        let all = self.direct + self.indirect;
        let factor = all as f64 / self.direct.max(1) as f64;
        if all > self.threshold && factor > self.factor { Err(code::AMPLIFICATION_LIMIT_BREACH) } else { Ok(()) }
    }
}

/// An error, with its place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: Code,
    pub place: Place,
}

/// What there is when nothing more can be told.
#[derive(Debug)]
pub enum Next {
    Told(Told),
    /// The input is used up.
    Idle,
    /// The encoding of that name must be given by [`Machine::set_table`].
    Encoding(String),
}

/// A parser.
pub struct Machine {
    pub(super) input: Input,
    /// Texts of entities that are being read, innermost last.
    pub(super) sources: Vec<Source>,
    pub(super) state: State,
    pub(super) kind: Kind,
    pub(super) elements: Vec<Element>,
    pub(super) dtd: Arc<Mutex<Dtd>>,
    pub(super) namespaces: Option<Namespaces>,
    pub(super) budget: Budget,
    /// 0: parameter entities are not read; 1: unless the document is standalone; 2: always.
    pub(super) parameter_entities: u8,
    pub(super) foreign: bool,
    /// Whether the document type has a system identifier, and its names.
    pub(super) has_system: bool,
    pub(super) system: Option<String>,
    pub(super) public: Option<String>,
    /// Sections of the outer document type that are open.
    pub(super) sections: usize,
    queue: VecDeque<Told>,
    begun: bool,
    finished: bool,
    failed: Option<Failure>,
    /// The place of the last event.
    place: Place,
    /// Where in the text the last event begins.
    last: usize,
    /// A token that was not whole, when so much input was there.
    partial: usize,
    pub defers: bool,
}

/// What one step did: how far it read, and the entity that comes next.
pub(super) struct Step {
    pub at: usize,
    pub enter: Option<Source>,
}

impl Step {
    pub fn to(at: usize) -> Step {
        Step { at, enter: None }
    }
}

impl Machine {
    pub fn new(encoding: Option<String>, separator: Option<String>) -> Machine {
        Machine {
            input: Input::new(encoding),
            sources: Vec::new(),
            state: State::Start,
            kind: Kind::Document,
            elements: Vec::new(),
            dtd: Arc::new(Mutex::new(Dtd::new())),
            namespaces: separator.map(Namespaces::new),
            budget: Budget { direct: 0, indirect: 0, threshold: 8 << 20, factor: 100.0 },
            parameter_entities: 0,
            foreign: false,
            has_system: false,
            system: None,
            public: None,
            sections: 0,
            queue: VecDeque::new(),
            begun: false,
            finished: false,
            failed: None,
            place: Place { line: 1, column: 0, byte: 0 },
            last: 0,
            partial: 0,
            defers: true,
        }
    }

    /// A parser for an external entity: one of the document where a context is given, otherwise one of the document
    /// type.
    pub fn external(&self, context: Option<&str>, encoding: Option<String>) -> Machine {
        let mut child = Machine::new(encoding, None);
        child.dtd = self.dtd.clone();
        child.kind = if context.is_some() { Kind::Content } else { Kind::Subset };
        child.parameter_entities = self.parameter_entities;
        child.budget = self.budget.clone();
        child.defers = self.defers;
        child.namespaces = self.namespaces.as_ref().map(|own| {
            let mut copy = Namespaces::new(own.separator.clone());
            copy.triplets = own.triplets;
            for part in context.unwrap_or_default().split('\x0c') {
                if let Some((prefix, uri)) = part.split_once('=').filter(|(prefix, _)| *prefix != "xml") {
                    // It was in force in the document, so it can be.
                    _ = copy.bind((!prefix.is_empty()).then_some(prefix), uri);
                }
            }
            copy
        });
        child
    }

    /// The bindings in force and the entities being read, of which one more is `name`.
    pub(super) fn context(&self, name: &str) -> String {
        let mut parts = Vec::new();
        if let Some(namespaces) = &self.namespaces {
            for binding in &namespaces.bindings {
                let (prefix, uri) = (binding.prefix.as_deref().unwrap_or(""), binding.uri.as_deref().unwrap_or(""));
                parts.push(format!("{prefix}={uri}"));
            }
        }
        parts.extend(self.sources.iter().map(|source| source.name.clone()));
        parts.push(name.to_owned());
        parts.join("\x0c")
    }

    pub(super) fn dtd(&self) -> MutexGuard<'_, Dtd> {
        self.dtd.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything was fed.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    pub fn has_finished(&self) -> bool {
        self.finished || self.failed.is_some()
    }

    pub fn set_encoding(&mut self, name: &str) {
        self.input.set_encoding(name);
    }

    /// Gives the table that [`Next::Encoding`] asked for.
    pub fn set_table(&mut self, table: Table) -> Result<(), Failure> {
        let taken = self.input.set_table(table);
        taken.map_err(|code| {
            let failure = self.failure(code, 0);
            self.place = failure.place;
            *self.failed.insert(failure)
        })
    }

    pub fn set_triplets(&mut self, on: bool) {
        if let Some(namespaces) = &mut self.namespaces {
            namespaces.triplets = on;
        }
    }

    pub fn set_parameter_entities(&mut self, mode: u8) {
        self.parameter_entities = mode;
    }

    pub fn set_foreign(&mut self, on: bool) {
        self.foreign = on;
    }

    pub fn set_limits(&mut self, threshold: Option<u64>, factor: Option<f64>) {
        self.budget.threshold = threshold.unwrap_or(self.budget.threshold);
        self.budget.factor = factor.unwrap_or(self.budget.factor);
    }

    /// The place of the last event.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The input from the last event on, as far as it has come.
    pub fn context_text(&self) -> &str {
        self.input.text.get(self.last..).unwrap_or_default()
    }

    /// Whether it parses an external entity for another one.
    pub fn is_child(&self) -> bool {
        self.kind != Kind::Document
    }

    /// Takes a piece of input. [`Machine::next`] then tells what is in it.
    pub fn feed(&mut self, bytes: &[u8], last: bool) -> Result<(), Failure> {
        if self.has_finished() {
            return Err(Failure { code: code::FINISHED, place: self.failed.map_or(self.place, |f| f.place) });
        }
        self.begun = true;
        self.budget.direct += bytes.len() as u64;
        self.input.feed(bytes, last);
        Ok(())
    }

    /// What comes next.
    pub fn next(&mut self, wishes: Wishes) -> Result<Next, Failure> {
        let next = self.find(wishes);
        match &next {
            Ok(Next::Told(told)) => self.place = told.place,
            Ok(Next::Idle) => self.place = self.input.place(0),
            Ok(Next::Encoding(_)) => {}
            Err(failure) => {
                self.place = failure.place;
                self.failed = Some(*failure);
            }
        }
        next
    }

    fn find(&mut self, wishes: Wishes) -> Result<Next, Failure> {
        loop {
            if let Some(told) = self.queue.pop_front() {
                return Ok(Next::Told(told));
            }
            if self.has_finished() {
                return Ok(Next::Idle);
            }
            match self.input.decode() {
                Ok(Sniffed::Ready) => {}
                Ok(Sniffed::More) => return Ok(Next::Idle),
                Ok(Sniffed::Unknown(name)) => return Ok(Next::Encoding(name)),
                Err(code) => return Err(self.failure(code, 0)),
            }
            if self.state == State::Start {
                self.state = match self.kind {
                    Kind::Document => State::Prolog,
                    Kind::Content => State::Content,
                    Kind::Subset => State::Subset,
                };
                match self.declaration() {
                    Ok(()) => continue,
                    Err(Stop::More) if !self.input.ended => {
                        self.state = State::Start;
                        return Ok(Next::Idle);
                    }
                    Err(Stop::More) => continue,
                    Err(Stop::Error(code, at)) => return Err(self.failure(code, at)),
                }
            }
            let waiting = self.input.rest().len();
            let inside = !self.sources.is_empty();
            if !inside && self.defers && !self.input.ended && self.partial > 0 && waiting < 2 * self.partial {
                return Ok(Next::Idle);
            }
            match self.step(wishes) {
                Ok(()) => self.partial = 0,
                Err(Stop::Error(code, at)) => return Err(self.failure(code, at)),
                Err(Stop::More) => match self.out_of_text() {
                    Ok(true) => {}
                    Ok(false) => {
                        self.partial = waiting;
                        return Ok(Next::Idle);
                    }
                    Err(Stop::Error(code, at)) => return Err(self.failure(code, at)),
                    Err(Stop::More) => return Ok(Next::Idle),
                },
            }
        }
    }

    /// An error at a place of the text that is being read; in an entity's text it is told where the reference is.
    fn failure(&self, code: Code, at: usize) -> Failure {
        let ahead = if self.sources.is_empty() { at.saturating_sub(self.input.at) } else { 0 };
        Failure { code, place: self.input.place(ahead) }
    }

    /// The text ended, maybe inside something. Whether there is more to read all the same.
    fn out_of_text(&mut self) -> Result<bool, Stop> {
        if let Some(source) = self.sources.last() {
            let (at, whole, depth) = (source.at, source.at == source.text.len(), source.depth);
            if !whole {
                return Err(Stop::Error(code::UNCLOSED_TOKEN, at));
            }
            if depth != self.elements.len() || self.state == State::Cdata {
                return Err(Stop::Error(code::ASYNC_ENTITY, at));
            }
            self.leave_source();
            return Ok(true);
        }
        let end = self.input.text.len();
        if self.input.broken {
            return Err(Stop::Error(code::INVALID_TOKEN, end));
        }
        if !self.input.ended {
            return Ok(false);
        }
        let at = self.input.at;
        if let Some(code) = self.input.cut_character() {
            return Err(Stop::Error(code, at));
        }
        if at < end {
            return Err(Stop::Error(code::UNCLOSED_TOKEN, at));
        }
        let code = match (self.state, self.kind) {
            (State::Cdata, _) => code::UNCLOSED_CDATA_SECTION,
            (State::Epilog, _) => 0,
            (State::Content, Kind::Content) if self.elements.is_empty() => 0,
            (State::Content, Kind::Content) => code::ASYNC_ENTITY,
            (State::Subset, Kind::Subset) if self.sections == 0 => 0,
            (State::Subset, Kind::Subset) => code::INCOMPLETE_PE,
            _ => code::NO_ELEMENTS,
        };
        if code != 0 {
            return Err(Stop::Error(code, at));
        }
        self.finished = true;
        Ok(true)
    }

    fn leave_source(&mut self) {
        let Some(source) = self.sources.pop() else { return };
        let mut dtd = self.dtd();
        match source.parameter {
            true => dtd.open_parameters.remove(&source.name),
            false => dtd.open.remove(&source.name),
        };
        drop(dtd);
        // Only now the reference was read.
        if self.sources.is_empty() {
            let length = self.pending_reference();
            self.input.advance(length);
        }
    }

    /// How long the reference is whose text was just read: the input stands before it meanwhile, so that events
    /// inside are told at its place.
    fn pending_reference(&self) -> usize {
        let rest = self.input.rest();
        match rest.starts_with(['&', '%']) {
            true => rest.find(';').map_or(0, |end| end + 1),
            false => 0,
        }
    }

    /// Reads the next construct of the text that is being read.
    fn step(&mut self, wishes: Wishes) -> Result<(), Stop> {
        let (text, at) = match self.sources.last_mut() {
            Some(source) => (std::mem::take(&mut source.text), source.at),
            None => (std::mem::take(&mut self.input.text), self.input.at),
        };
        let inside = !self.sources.is_empty();
        let depth = self.sources.len();
        let last = inside || self.input.ended;
        let scanner = Scanner::new(&text, at);
        let result = match self.state {
            State::Content => self.content(scanner, last, wishes),
            State::Cdata => self.cdata(scanner, last),
            State::Subset => self.subset(scanner, wishes),
            _ => self.outside(scanner, last, wishes),
        };
        // The text goes back to where it came from: a step changes no source.
        match self.sources.get_mut(depth.wrapping_sub(1)).filter(|_| inside) {
            Some(source) => source.text = text,
            None => self.input.text = text,
        }
        let step = result?;
        if inside {
            if let Some(source) = self.sources.get_mut(depth - 1) {
                source.at = step.at;
            }
        } else if step.enter.is_none() {
            let length = step.at - self.input.at;
            self.input.advance(length);
        }
        if let Some(source) = step.enter {
            let mut dtd = self.dtd();
            match source.parameter {
                true => dtd.open_parameters.insert(source.name.clone()),
                false => dtd.open.insert(source.name.clone()),
            };
            drop(dtd);
            self.sources.push(source);
        }
        Ok(())
    }

    /// A source with the text of an entity.
    pub(super) fn source(&mut self, name: &str, text: String, parameter: bool) -> Result<Source, Code> {
        self.budget.spend(text.len())?;
        Ok(Source { text, at: 0, name: name.to_owned(), parameter, depth: self.elements.len() })
    }

    /// Tells an event of the text that is being read.
    pub(super) fn tell(&mut self, event: Event, source: &str) {
        self.tell_at(event, source, "");
    }

    /// As [`Machine::tell`], for an event that happens behind `before`, a piece of the text from where the reader
    /// stands.
    pub(super) fn tell_at(&mut self, event: Event, source: &str, before: &str) {
        let before = if self.sources.is_empty() { before } else { "" };
        let place = self.input.place_behind(before);
        self.last = self.input.at;
        self.queue.push_back(Told { event, source: source.to_owned(), place });
    }
}
