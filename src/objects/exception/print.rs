//! Showing an exception without Python code: for the time when `traceback` cannot be imported. Lines of source, causes
//! and contexts, notes and groups are shown; carets and suggestions are the library's.

use super::{Exception, base, field, group};
use crate::objects::code_object::CodeObject;
use crate::objects::container::Text;
use crate::objects::frame::FrameObject;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::value::Value;
use std::sync::atomic::Ordering::Relaxed;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// So many repetitions of the same line are shown before they are counted (`traceback.c`).
const REPEATS: usize = 3;
/// Groups nested deeper than that, and exceptions of one group beyond that number, are left out.
const MAX_DEPTH: usize = 10;
const MAX_WIDTH: usize = 15;

/// The exception, with what led to it.
pub(super) fn exception(t: &Thread, e: &Value) -> Value {
    let mut out = Text::default();
    chain(t, e, &mut out, &mut Vec::new(), 0);
    out.finish(t)
}

/// The exception alone, without its context and notes: what unraisable ones are shown as.
pub(super) fn alone(t: &Thread, e: &Value) -> Value {
    let mut out = Text::default();
    headed_entries(t, e, &mut out);
    name_and_text(t, e, &mut out);
    out.finish(t)
}

/// What Python code gives; an exception raised meanwhile is dropped.
fn quiet<T>(t: &Thread, result: R<T>) -> Option<T> {
    match result {
        Ok(v) => Some(v),
        Err(raised) => {
            drop(t.take_exception(raised));
            None
        }
    }
}

fn chain(t: &Thread, e: &Value, out: &mut Text, seen: &mut Vec<u64>, depth: usize) {
    // From the exception that came first to the one that is shown last; circles are cut.
    let mut links: Vec<(Value, &str)> = vec![(e.clone(), "")];
    seen.push(e.id());
    loop {
        let x = links[links.len() - 1].0.clone();
        let Some(x) = x.cast::<Exception>() else { break };
        let next = match (x.cause.get(t), x.context.get(t)) {
            (Some(cause), _) => Some((cause, CAUSE)),
            (None, Some(context)) if !x.suppress_context.load(Relaxed) => Some((context, CONTEXT)),
            _ => None,
        };
        match next {
            Some((next, text)) if !seen.contains(&next.id()) => {
                seen.push(next.id());
                links.push((next, text));
            }
            _ => break,
        }
    }
    for (e, text) in links.iter().rev() {
        one(t, e, out, depth);
        out.push(text);
    }
}

fn headed_entries(t: &Thread, e: &Value, out: &mut Text) {
    let tb = e.cast::<Exception>().and_then(|x| x.traceback.get(t));
    if tb.is_some() {
        out.push("Traceback (most recent call last):\n");
    }
    entries(t, tb, out);
}

/// The line that names the exception.
fn name_and_text(t: &Thread, e: &Value, out: &mut Text) {
    out.push(&e.type_of(t).full_name(t));
    let text = protocol::str(t, e);
    match quiet(t, text) {
        Some(text) if text.cast::<Str>().is_some_and(|s| s.is_empty()) => {}
        Some(text) => {
            out.push(": ");
            out.push_str(&text);
        }
        None => out.push(": <exception str() failed>"),
    }
    out.push("\n");
}

fn one(t: &Thread, e: &Value, out: &mut Text, depth: usize) {
    headed_entries(t, e, out);
    syntax_error_place(t, e, out);
    name_and_text(t, e, out);
    if let Some(Some(notes)) = quiet(t, protocol::getattr_opt(t, e, &t.names().__notes__))
        && let Some(notes) = notes.cast::<List>()
    {
        for note in notes.snapshot(t) {
            if let Some(note) = quiet(t, protocol::str(t, &note)) {
                out.push_str(&note);
                out.push("\n");
            }
        }
    }
    if e.type_of(t).is_subtype(&t.types().base_exception_group) && depth < MAX_DEPTH {
        members(t, e, out, depth);
    }
}

/// The exceptions of a group, indented.
fn members(t: &Thread, e: &Value, out: &mut Text, depth: usize) {
    let items = quiet(t, group::exceptions(t, e)).unwrap_or_default();
    for (i, item) in items.iter().take(MAX_WIDTH).enumerate() {
        out.push(&format!("  +---------------- {} ----------------\n", i + 1));
        let mut inner = Text::default();
        chain(t, item, &mut inner, &mut Vec::new(), depth + 1);
        let inner = inner.finish(t);
        let inner = inner.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
        inner.lines().for_each(|line| out.push(&format!("  | {line}\n")));
    }
    if items.len() > MAX_WIDTH {
        out.push(&format!("  | and {} more exceptions\n", items.len() - MAX_WIDTH));
    }
    out.push("  +------------------------------------\n");
}

/// The frames that the exception passed through.
fn entries(t: &Thread, mut tb: Option<Value>, out: &mut Text) {
    let mut last: Option<(String, usize)> = None;
    while let Some(entry) = tb {
        let Some(entry) = entry.cast::<Traceback>() else { break };
        let line = entry.line(t);
        let frame = entry.frame.get(t);
        let code = frame.as_ref().and_then(|f| f.cast::<FrameObject>()).and_then(|f| f.code.get(t));
        if let Some(code) = code.as_ref().and_then(|c| c.cast::<CodeObject>()) {
            let text = |v: &Value| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
            let (file, name) = (text(&code.filename), text(&code.name));
            let shown = format!("  File \"{file}\", line {}, in {name}\n", line.map_or("?".into(), |l| l.to_string()));
            let repeated = match &mut last {
                Some((same, count)) if *same == shown => {
                    *count += 1;
                    *count > REPEATS
                }
                _ => {
                    more(&last, out);
                    last = Some((shown.clone(), 1));
                    false
                }
            };
            if !repeated {
                out.push(&shown);
                if let Some(source) = line.and_then(|l| source_line(&file, l)) {
                    out.push(&format!("    {source}\n"));
                }
            }
        }
        tb = entry.next.get(t).filter(|n| !n.is_none());
    }
    more(&last, out);
}

fn more(last: &Option<(String, usize)>, out: &mut Text) {
    if let Some((_, count)) = last
        && *count > REPEATS
    {
        let n = count - REPEATS;
        out.push(&format!("  [Previous line repeated {n} more time{}]\n", if n == 1 { "" } else { "s" }));
    }
}

/// A line of a source file, without indentation.
fn source_line(file: &str, line: u32) -> Option<String> {
    let text = std::fs::read(file).ok()?;
    let text = text.split(|&b| b == b'\n').nth((line as usize).checked_sub(1)?)?;
    let text = String::from_utf8_lossy(text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The place that a `SyntaxError` is about.
fn syntax_error_place(t: &Thread, e: &Value, out: &mut Text) {
    if !e.type_of(t).is_subtype(&t.types().syntax_error) || base::args_of(t, e).is_err() {
        return;
    }
    let get = |i| quiet(t, field(t, e, i)).flatten();
    let (Some(line), file, offset, text) = (get(2), get(1), get(3), get(4)) else { return };
    let shown = |v: Option<Value>| v.and_then(|v| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()));
    let Some(line) = int::as_i64(&line) else { return };
    out.push(&format!("  File \"{}\", line {line}\n", shown(file).unwrap_or_else(|| "<string>".into())));
    let Some(text) = shown(text) else { return };
    let trimmed = text.trim_start();
    out.push(&format!("    {}\n", trimmed.trim_end()));
    if let Some(offset) = offset.as_ref().and_then(int::as_i64).filter(|&o| o > 0) {
        let indent = text.chars().count() - trimmed.chars().count();
        let column = (offset as usize - 1).saturating_sub(indent).min(trimmed.trim_end().chars().count());
        out.push(&format!("    {}^\n", " ".repeat(column)));
    }
}
