//! `ungil`: what the interpreter counts while a program runs. CPython has no such module.

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::naive::{self, Objects, Place};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{float, int};
use crate::sync::SchedThread;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// A dict with these entries.
fn dict(t: &Thread, entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let dict = Dict::make(t);
    let d = dict.cast::<Dict>().expect("just made");
    for (name, value) in entries {
        d.set_name(t, name, value);
    }
    dict
}

fn seconds(nanoseconds: &AtomicU64) -> f64 {
    nanoseconds.load(Relaxed) as f64 / 1e9
}

fn gil_stats(t: &Thread, _m: &Value) -> R {
    let rows = t.interp.records().into_iter().map(|thread| {
        let s = &thread.stats;
        let number = |n: &AtomicU64| int::from_u64(t, n.load(Relaxed));
        dict(
            t,
            [
                ("thread", t.str(t.interp.thread_name(thread.number))),
                ("taken", number(&s.taken)),
                ("waits", number(&s.waits)),
                ("waited", float::new(t, seconds(&s.waited))),
                ("dropped_on_request", number(&s.dropped_on_request)),
                ("released_for_io", number(&s.released_for_io)),
                ("released_for_lock", number(&s.released_for_lock)),
            ],
        )
    });
    let rows: Vec<Value> = rows.collect();
    Ok(List::make(t, rows))
}

/// The table of `--gil-stats`.
pub fn gil_table(threads: &[std::sync::Arc<SchedThread>], name: impl Fn(u64) -> String) -> String {
    let mut table = format!(
        "{:24} {:>10} {:>10} {:>12} {:>12} {:>10} {:>10}\n",
        "thread", "GIL taken", "waited for", "seconds", "on request", "for I/O", "for a lock"
    );
    let mut line = |name: &str, s: [u64; 6]| {
        let [taken, waits, waited, request, io, lock] = s;
        let waited = waited as f64 / 1e9;
        let _ = writeln!(table, "{name:24} {taken:>10} {waits:>10} {waited:>12.6} {request:>12} {io:>10} {lock:>10}");
    };
    let mut all = [0; 6];
    for thread in threads {
        let s = &thread.stats;
        let places = [&s.taken, &s.waits, &s.waited, &s.dropped_on_request, &s.released_for_io, &s.released_for_lock];
        let row = places.map(|n| n.load(Relaxed));
        all.iter_mut().zip(row).for_each(|(sum, n)| *sum += n);
        line(&name(thread.number), row);
    }
    line("all", all);
    table
}

fn place(t: &Thread, p: &Place) -> Value {
    t.tuple([t.str(&*p.thread), t.str(&*p.line)])
}

fn places(t: &Thread, list: &[Place]) -> Value {
    let list: Vec<Value> = list.iter().map(|p| place(t, p)).collect();
    List::make(t, list)
}

fn zero(t: &Thread, o: &Objects) -> Value {
    dict(
        t,
        [
            ("type", t.str(&*o.typ)),
            ("objects", int::from_u64(t, o.count)),
            ("created", place(t, &o.created)),
            ("zero", place(t, &o.by)),
            ("increments", places(t, &o.increments)),
            ("decrements", places(t, &o.decrements)),
        ],
    )
}

fn leak(t: &Thread, o: &Objects) -> Value {
    let entries = [("type", t.str(&*o.typ)), ("objects", int::from_u64(t, o.count)), ("created", place(t, &o.created))];
    dict(t, entries)
}

fn refcount_report(t: &Thread, _m: &Value) -> R {
    let Some(report) = naive::refcount_report(t) else { return Ok(Value::NONE) };
    let number = |n| int::from_u64(t, n);
    let zeros: Vec<Value> = report.zeros.iter().map(|o| zero(t, o)).collect();
    let leaks: Vec<Value> = report.leaks.iter().map(|o| leak(t, o)).collect();
    Ok(dict(
        t,
        [
            ("increments", number(report.increments.made)),
            ("increments_lost", number(report.increments.lost)),
            ("decrements", number(report.decrements.made)),
            ("decrements_lost", number(report.decrements.lost)),
            ("premature_zeros", List::make(t, zeros)),
            ("leaks", List::make(t, leaks)),
            ("text", t.str(report.text())),
        ],
    ))
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "ungil",
    doc: "What the interpreter counts while a program runs.",
    functions: &[
        Def::new(
            "gil_stats",
            Func::NoArgs(gil_stats),
            "($module, /)",
            "What each thread did with the GIL: a list of dicts, one per thread that was begun.\n\ntaken: times it was taken; waits, waited: times it had to be waited for, and the\nseconds that took; dropped_on_request, released_for_io, released_for_lock: why it\nwas given up.",
        ),
        Def::new(
            "refcount_report",
            Func::NoArgs(refcount_report),
            "($module, /)",
            "What became of the racy counts of --refcount=naive until now, a dict; None in other modes.\n\nIts 'text' is what is printed at exit.",
        ),
    ],
    exec: None,
};
