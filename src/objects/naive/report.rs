//! What became of the racy counts, in words.

use super::super::thread::Thread;
use super::super::{interpreter::Interpreter, world};
use super::ledger::{Ledger, Zero};
use super::{Site, room};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::Ordering::*;

/// How many places are listed of each sort.
const SHOWN: usize = 10;

/// A thread and the line it counted at, both named.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub thread: String,
    /// `file:line`.
    pub line: String,
    /// Not the library's.
    own: bool,
}

/// Objects of one type, made at one place.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    pub typ: String,
    pub created: Place,
    pub count: u64,
    /// Of counts that reached zero too early: who took one of them there, and who counted last.
    pub by: Place,
    pub increments: Vec<Place>,
    pub decrements: Vec<Place>,
}

/// Increments or decrements: how many were made, and how many of them were overwritten.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub made: u64,
    pub lost: u64,
}

/// What became of the racy counts until now.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub increments: Sum,
    pub decrements: Sum,
    /// Counts that reached zero while the object was still referenced: CPython would have freed it.
    pub zeros: Vec<Objects>,
    /// Objects that died with a count above zero: CPython would have kept them for ever.
    pub leaks: Vec<Objects>,
}

/// The report of `--refcount=naive`; `None` where no racy counts are kept.
pub fn refcount_report(t: &Thread) -> Option<Report> {
    let ledger = t.interp.ledger.as_deref()?;
    world::stop(t);
    let [made_up, made_down, mut up, mut down] = ledger.sums();
    for heap in t.interp.heaps.lock().iter() {
        heap.0.for_each(|header| {
            // SAFETY: every slot begins with a readable header, and has a room in this mode.
            unsafe {
                if !(*header).type_ptr().is_null() {
                    let counts = room(header).counts.load(Relaxed);
                    up += counts & 0xFFFF_FFFF;
                    down += counts >> 32;
                }
            }
        });
    }
    world::start(t);
    // Each half of an object's word wraps after 2^32, and so does the difference: more is not lost in a run.
    let lost = |made: u64, survived: u64| made.wrapping_sub(survived) & 0xFFFF_FFFF;
    let names = Names { interp: &t.interp, ledger };
    Some(Report {
        increments: Sum { made: made_up, lost: lost(made_up, up) },
        decrements: Sum { made: made_down, lost: lost(made_down, down) },
        zeros: names.zeros(),
        leaks: names.leaks(),
    })
}

struct Names<'a> {
    interp: &'a Interpreter,
    ledger: &'a Ledger,
}

impl Names<'_> {
    fn place(&self, site: Site) -> Place {
        let thread = self.interp.thread_name(site.thread());
        match self.ledger.place(site) {
            Some((file, line)) => {
                let own = !file.starts_with('<') && !file.contains("/lib/python3.14/");
                Place { thread, line: format!("{file}:{line}"), own }
            }
            None => Place { thread, line: "native code".to_owned(), own: false },
        }
    }

    fn places(&self, sites: [Site; 2]) -> Vec<Place> {
        sites.into_iter().filter(|&s| s != Site(0)).map(|s| self.place(s)).collect()
    }

    fn zeros(&self) -> Vec<Objects> {
        let mut found: BTreeMap<(String, String), Objects> = BTreeMap::new();
        let zeros: Vec<(Zero, u64)> = self.ledger.zeros.lock().iter().map(|(z, n)| (z.clone(), *n)).collect();
        for (zero, count) in zeros {
            let created = self.place(zero.created);
            let entry = found.entry((zero.typ.clone(), created.line.clone())).or_insert_with(|| Objects {
                typ: zero.typ.clone(),
                created,
                count: 0,
                by: self.place(zero.by),
                increments: self.places(zero.increments),
                decrements: self.places(zero.decrements),
            });
            entry.count += count;
        }
        sorted(found.into_values())
    }

    fn leaks(&self) -> Vec<Objects> {
        let leaks = self.ledger.leaks.lock().clone();
        let mut found: BTreeMap<(String, String), Objects> = BTreeMap::new();
        for ((typ, created), (count, _)) in leaks {
            let created = self.place(created);
            let entry = found.entry((typ.clone(), created.line.clone()));
            entry.or_insert_with(|| Objects { typ, created, ..Objects::default() }).count += count;
        }
        sorted(found.into_values())
    }
}

/// The program's own objects first, then those of which there are most.
fn sorted(objects: impl Iterator<Item = Objects>) -> Vec<Objects> {
    let mut objects: Vec<Objects> = objects.collect();
    objects.sort_by_key(|o| (!(o.created.own || o.by.own), !o.created.own, std::cmp::Reverse(o.count)));
    objects
}

impl Report {
    /// Whether any count was lost.
    pub fn anything_lost(&self) -> bool {
        self.increments.lost + self.decrements.lost > 0 || !self.zeros.is_empty() || !self.leaks.is_empty()
    }

    /// As it is printed at exit.
    pub fn text(&self) -> String {
        let mut text = String::from("ungil: racy reference counts (--refcount=naive)\n");
        let out = &mut text;
        for (what, sum) in [("increments", self.increments), ("decrements", self.decrements)] {
            let _ = writeln!(out, "  {what} {:>12} made, {} lost", sum.made, sum.lost);
        }
        let total = |list: &[Objects]| list.iter().map(|o| o.count).sum::<u64>();
        let plural = |n: u64| if n == 1 { "1 object".to_owned() } else { format!("{n} objects") };
        let _ = writeln!(out, "  reached zero while still referenced, CPython would have freed: {}", {
            plural(total(&self.zeros))
        });
        for o in self.zeros.iter().take(SHOWN) {
            let _ = writeln!(out, "    {} of type {}, made at {}", plural(o.count), o.typ, o.created.line);
            let _ = writeln!(out, "      taken to zero by {} at {}", o.by.thread, o.by.line);
            for (what, places) in [("increments", &o.increments), ("decrements", &o.decrements)] {
                if !places.is_empty() {
                    let places: Vec<String> = places.iter().map(|p| format!("{} at {}", p.thread, p.line)).collect();
                    let _ = writeln!(out, "      last {what}: {}", places.join(", "));
                }
            }
        }
        more(out, self.zeros.len());
        let _ = writeln!(out, "  died with a count above zero, CPython would have leaked: {}", {
            plural(total(&self.leaks))
        });
        for o in self.leaks.iter().take(SHOWN) {
            let _ = writeln!(out, "    {} of type {}, made at {}", plural(o.count), o.typ, o.created.line);
        }
        more(out, self.leaks.len());
        text
    }
}

fn more(out: &mut String, listed: usize) {
    if listed > SHOWN {
        let _ = writeln!(out, "    and at {} more places", listed - SHOWN);
    }
}
