//! What is noted while the program runs.

use super::super::header::Header;
use super::super::interpreter::Interpreter;
use super::{Room, Site};
use crate::compiler::code::Code;
use crate::sync::Guarded;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// What one thread has counted. Only the thread writes, anybody reads.
#[derive(Default, Debug)]
pub struct Tally {
    pub increments: AtomicU64,
    pub decrements: AtomicU64,
    /// Of the objects that it freed.
    pub surviving_increments: AtomicU64,
    pub surviving_decrements: AtomicU64,
}

fn add(place: &AtomicU64, by: u64) {
    place.store(place.load(Relaxed).wrapping_add(by), Relaxed);
}

impl Tally {
    /// Counts what an operation adds to a racy word.
    pub(super) fn made(&self, counts: u64) {
        add(&self.increments, counts & 0xFFFF_FFFF);
        add(&self.decrements, counts >> 32);
    }

    pub(super) fn survived(&self, counts: u64) {
        add(&self.surviving_increments, counts & 0xFFFF_FFFF);
        add(&self.surviving_decrements, counts >> 32);
    }
}

/// A racy count that reached zero while the object was referenced.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Zero {
    pub typ: String,
    pub created: Site,
    /// The decrement that took it to zero.
    pub by: Site,
    /// The last increments and decrements of two threads.
    pub increments: [Site; 2],
    pub decrements: [Site; 2],
}

impl Zero {
    pub fn of(h: &Header, room: &Room, by: Site) -> Zero {
        Zero {
            typ: h.type_of().name_str().to_string(),
            created: Site(room.created.load(Relaxed)),
            by,
            increments: room.increments.get(),
            decrements: room.decrements.get(),
        }
    }
}

/// Kinds of objects by type and place of creation: how many, and the sum of their racy counts.
pub(super) type Leaks = HashMap<(String, Site), (u64, i64)>;

/// The interpreter's notes.
#[derive(Default)]
pub struct Ledger {
    /// The tallies of all threads, ended ones included.
    pub(super) tallies: Guarded<Vec<Arc<Tally>>>,
    /// Code by number, less one; kept for its lines.
    pub(super) codes: Guarded<Vec<Arc<Code>>>,
    pub(super) zeros: Guarded<HashMap<Zero, u64>>,
    pub(super) leaks: Guarded<Leaks>,
}

impl Ledger {
    /// A tally for a new thread.
    pub fn open(&self) -> Arc<Tally> {
        let tally = Arc::<Tally>::default();
        self.tallies.lock().push(tally.clone());
        tally
    }

    /// A number for a new code object.
    pub fn code_number(&self, code: &Arc<Code>) -> u32 {
        let mut codes = self.codes.lock();
        codes.push(code.clone());
        codes.len() as u32
    }

    pub(super) fn zero(&self, zero: Zero) {
        *self.zeros.lock().entry(zero).or_default() += 1;
    }

    pub(super) fn leak(&self, typ: impl ToString, created: Site, count: i32) {
        let mut leaks = self.leaks.lock();
        let entry = leaks.entry((typ.to_string(), created)).or_default();
        *entry = (entry.0 + 1, entry.1 + count as i64);
    }

    /// Sums of what the threads have: increments, decrements, and the surviving ones of each.
    pub(super) fn sums(&self) -> [u64; 4] {
        let mut sums = [0u64; 4];
        for tally in self.tallies.lock().iter() {
            let places =
                [&tally.increments, &tally.decrements, &tally.surviving_increments, &tally.surviving_decrements];
            for (sum, place) in sums.iter_mut().zip(places) {
                *sum = sum.wrapping_add(place.load(Relaxed));
            }
        }
        sums
    }

    /// File and line of a site.
    pub(super) fn place(&self, site: Site) -> Option<(String, u32)> {
        let codes = self.codes.lock();
        let code = codes.get((site.code() as usize).checked_sub(1)?)?;
        let line = code.positions().nth(site.unit()).and_then(|p| p.line).unwrap_or(code.firstlineno);
        Some((code.filename.to_string(), line))
    }
}

/// The tally of a new thread, in this mode.
pub fn tally(interp: &Interpreter) -> Option<Arc<Tally>> {
    interp.ledger.as_ref().map(|ledger| ledger.open())
}
