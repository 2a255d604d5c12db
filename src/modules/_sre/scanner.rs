//! `_sre.SRE_Scanner`: finds one match after the other; `finditer` is one of them.

use super::pattern::Pattern;
use super::search::{How, Search};
use crate::modules::native_type::{fields, with_type};
use crate::objects::header::Kind;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

/// `start` of a scanner that found its last match.
const DONE: usize = usize::MAX;

fields! {
    /// The payload of `SRE_Scanner`.
    Scanner {
        pattern: Value,
        string: Value,
        pos: usize,
        endpos: usize,
        /// Where the next search begins, or `DONE`.
        start: AtomicUsize,
        /// See `Search::must_advance`.
        must_advance: AtomicBool,
        /// Whether a search is under way.
        running: AtomicBool,
    }
}

/// A scanner from `pos` to `endpos`.
pub(super) fn make(t: &Thread, pattern: &Value, string: &Value, pos: isize, endpos: isize) -> R {
    let search = Search::new(t, Pattern::this(pattern), string, pos, endpos)?;
    let (pos, endpos) = (search.pos, search.endpos);
    drop(search);
    with_type(t, &SPEC, |class| {
        let no = AtomicBool::new;
        Scanner::make_in(
            t,
            class,
            pattern.clone(),
            string.clone(),
            pos,
            endpos,
            AtomicUsize::new(pos),
            no(false),
            no(false),
        )
    })
}

/// A scanner's next match.
fn next(t: &Thread, v: &Value, how: How) -> R {
    let this = Scanner::this(v);
    if this.running.swap(true, Acquire) {
        return Err(t.value_error("regular expression scanner already executing"));
    }
    let result = advance(t, this, how);
    this.running.store(false, Release);
    result
}

fn advance(t: &Thread, this: &Scanner, how: How) -> R {
    let start = this.start.load(Relaxed);
    if start == DONE {
        return Ok(Value::NONE);
    }
    let mut search =
        Search::new(t, Pattern::this(&this.pattern), &this.string, this.pos as isize, this.endpos as isize)?;
    search.start = start;
    search.must_advance = this.must_advance.load(Relaxed);
    let Some(found) = search.next(t, how)? else {
        this.start.store(DONE, Relaxed);
        return Ok(Value::NONE);
    };
    this.must_advance.store(search.must_advance, Relaxed);
    this.start.store(search.start, Relaxed);
    search.make_match(t, &this.pattern, &found)
}

fn search(t: &Thread, v: &Value) -> R {
    next(t, v, How::Search)
}

fn match_(t: &Thread, v: &Value) -> R {
    next(t, v, How::Match)
}

fn pattern(_: &Thread, v: &Value) -> R {
    Ok(Scanner::this(v).pattern.clone())
}

pub(super) static SPEC: Spec = Spec {
    name: "_sre.SRE_Scanner",
    kind: Kind::Opaque,
    size: Scanner::SIZE,
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { ..Scanner::MEMORY },
    methods: &[
        Def::new("match", Func::NoArgs(match_), "($self, /)", ""),
        Def::new("search", Func::NoArgs(search), "($self, /)", ""),
    ],
    getset: &[GetSet::member("pattern", pattern, "")],
    ..Spec::DEFAULT
};
