//! A search under way: where it stands in the text, and what it found last.

use super::drive::{Drive, interruptible};
use super::engine::{Request, State, StrDrive};
use super::matching::Match;
use super::pattern::Pattern;
use super::subject::Subject;
use crate::objects::slots::R;
use crate::objects::string::Units;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// How a pattern is applied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// At the start.
    Match,
    /// At the start, up to the end.
    FullMatch,
    /// At the first place from the start on.
    Search,
}

/// Searches in one text, one after the other.
pub(super) struct Search<'a> {
    pub pattern: &'a Pattern,
    pub text: Subject<'a>,
    /// The object that is searched.
    pub string: &'a Value,
    /// Bounds of the whole search.
    pub pos: usize,
    pub endpos: usize,
    /// Where the next attempt begins.
    pub start: usize,
    /// The next match must not be empty at `start`: the last one ended there, and was empty.
    pub must_advance: bool,
    state: State,
}

impl<'a> Search<'a> {
    pub fn new(t: &Thread, pattern: &'a Pattern, string: &'a Value, pos: isize, endpos: isize) -> R<Search<'a>> {
        let text = Subject::of(t, string)?;
        match (pattern.bytes, text.is_bytes()) {
            (Some(false), true) => {
                return Err(t.type_error("cannot use a string pattern on a bytes-like object"));
            }
            (Some(true), false) => {
                return Err(t.type_error("cannot use a bytes pattern on a string-like object"));
            }
            _ => {}
        }
        let clamp = |i: isize| i.max(0).min(text.len() as isize) as usize;
        let (pos, endpos) = (clamp(pos), clamp(endpos));
        Ok(Search { pattern, text, string, pos, endpos, start: pos, must_advance: false, state: State::default() })
    }

    /// Looks for the next match; the search then stands behind it.
    pub fn next(&mut self, t: &Thread, how: How) -> R<Option<Found>> {
        if self.start > self.endpos {
            return Ok(None);
        }
        let attempt = Attempt {
            code: &self.pattern.code,
            how,
            start: self.start,
            end: self.endpos,
            must_advance: self.must_advance,
        };
        let state = &mut self.state;
        let matched = match &self.text {
            Subject::Bytes(b) => attempt.run(t, state, Drive::<1>(b)),
            Subject::Text(s) => match s.units() {
                Units::One(_) => attempt.run(t, state, Drive::<1>(s.unit_bytes())),
                Units::Two(_) => attempt.run(t, state, Drive::<2>(s.unit_bytes())),
                Units::Four(_) => attempt.run(t, state, Drive::<4>(s.unit_bytes())),
            },
        }?;
        if !matched {
            return Ok(None);
        }
        let found = Found { start: self.state.start, end: self.state.cursor.position };
        self.must_advance = found.start == found.end;
        self.start = found.end;
        Ok(Some(found))
    }

    /// What a group of the last match matched.
    pub fn span(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = self.state.marks.get(group);
        Some((start.into_option()?, end.into_option()?))
    }

    /// What a group of the last match matched, as an object.
    pub fn group(&self, t: &Thread, group: usize) -> R<Option<Value>> {
        match self.span(group) {
            Some((start, end)) if start > end => Err(wrong_span(t)),
            Some((start, end)) => Ok(Some(self.slice(t, start, end))),
            None => Ok(None),
        }
    }

    /// A part of the text.
    pub fn slice(&self, t: &Thread, start: usize, end: usize) -> Value {
        self.text.slice(t, self.string, start, end)
    }

    /// A match object of the last match.
    pub fn make_match(&self, t: &Thread, pattern: &Value, found: &Found) -> R {
        let mut spans = Vec::with_capacity(self.pattern.groups + 1);
        spans.push(Some((found.start, found.end)));
        for group in 0..self.pattern.groups {
            let span = self.span(group);
            if span.is_some_and(|(start, end)| start > end) {
                return Err(wrong_span(t));
            }
            spans.push(span);
        }
        Match::make(t, pattern, self.string, (self.pos, self.endpos), self.state.marks.last_index(), spans)
    }
}

fn wrong_span(t: &Thread) -> crate::objects::slots::Raised {
    t.raise_message(
        &t.types().system_error,
        "The span of capturing group is wrong, please report a bug for the re module.",
    )
}

/// Where a match lies.
pub(super) struct Found {
    pub start: usize,
    pub end: usize,
}

/// What the engine is asked to do.
struct Attempt<'a> {
    code: &'a [u32],
    how: How,
    start: usize,
    end: usize,
    must_advance: bool,
}

impl Attempt<'_> {
    fn run<S: StrDrive>(self, t: &Thread, state: &mut State, text: S) -> R<bool> {
        let mut request = Request::new(text, self.start, self.end, self.code, self.how == How::FullMatch);
        request.must_advance = self.must_advance;
        interruptible(t, || {
            state.reset(&request, self.start);
            match self.how {
                How::Search => state.search(request),
                How::Match | How::FullMatch => state.py_match(&request),
            }
        })
    }
}
