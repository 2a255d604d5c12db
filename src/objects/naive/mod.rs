//! Racy reference counts beside the true ones (`--refcount=naive`): what would happen to CPython's counts if
//! one took its GIL away and changed nothing else.
//!
//! `ob_refcnt += 1` is a load, an addition and a store. Two threads that do it at once can both load 5 and both
//! store 6: an increment is lost, and one day the object is freed while somebody still uses it. A lost decrement
//! leaves a count that never reaches zero: the object leaks. Here nothing is freed by the racy count. Every object
//! keeps a true count, atomic, which alone decides when it dies, and beside it a racy one, counted by a relaxed
//! load and a relaxed store. Where the two differ, CPython would have crashed or leaked, and the [`report`] says
//! of which object, and which threads did it at which lines.
//!
//! # Where it is
//!
//! The mode costs the others next to nothing: a compare when an object is made, and one in the slow path of a count.
//! (Callgrind: 0.3 % of the instructions of a loop that does nothing but make and drop instances, tuples and lists,
//! less than 0.1 % of those of `json`.) In it an object's owner is [`OWNER`], which is no thread, so that each count
//! takes the path of an object that is not the thread's own, and that path looks for `OWNER`. The racy count lies in
//! a [`Room`] behind the object (in front of a large one), which the heap adds in this mode only. Handlers leave the
//! current instruction in the frame before they run (`vm::ops`), so that a count knows its line.
//!
//! # What was lost
//!
//! The racy count is one word of two halves: increments and decrements. A thread that stores it overwrites what
//! others stored since it loaded, as it does with a single number, and afterwards the halves tell how many of each
//! survived. Threads tally what they *made*; what objects have when they die, and the living when the report is
//! written, *survived*; the difference was lost.
//!
//! Invariant: without threads nothing is lost: whatever changes the true count here changes the racy one.

mod ledger;
mod report;

pub use ledger::{Ledger, Tally, tally};
pub use report::{Objects, Place, Report, refcount_report};

use super::code_object::CodeObject;
use super::frame::Frame;
use super::header::{Header, flag};
use super::heap::Page;
use super::thread::{self, Thread};
use crate::sync::biased::{self, MERGED, ONE, Outcome};
use ledger::Zero;
use std::sync::atomic::{AtomicU64, Ordering::*, compiler_fence};

/// The owner of every object of the mode: no thread.
pub const OWNER: u32 = u32::MAX - 1;
/// Count ids of the mode begin here.
pub const FIRST_TID: u32 = 1 << 31;
/// Bytes that the heap adds to an object.
pub const ROOM: usize = std::mem::size_of::<Room>();

/// One increment, in the word of counts. The halves wrap on their own.
const INCREMENT: u64 = 1;
/// One decrement.
const DECREMENT: u64 = 1 << 32;

/// What stands beside an object.
#[repr(C)]
pub(super) struct Room {
    /// Increments in the low half, decrements in the high one: loaded and stored, never changed in one step.
    counts: AtomicU64,
    /// Where the object was made: a [`Site`].
    created: AtomicU64,
    increments: Sites,
    decrements: Sites,
    /// The premature zero has been reported.
    reported: AtomicU64,
}

/// Where two threads have counted last. A thread writes where it stands already or over the older of the two, and is
/// never in both.
#[repr(C)]
struct Sites {
    places: [AtomicU64; 2],
    /// Which of the two is the later one.
    latest: AtomicU64,
}

impl Sites {
    fn clear(&self) {
        self.places.iter().for_each(|place| place.store(0, Relaxed));
    }

    fn note(&self, site: Site) {
        let mine = |at: &usize| Site(self.places[*at].load(Relaxed)).thread() == site.thread();
        let at = [0, 1].into_iter().find(mine).unwrap_or_else(|| 1 - self.latest());
        self.places[at].store(site.0, Relaxed);
        self.latest.store(at as u64, Relaxed);
    }

    fn latest(&self) -> usize {
        (self.latest.load(Relaxed) & 1) as usize
    }

    /// The latest first.
    fn get(&self) -> [Site; 2] {
        let latest = self.latest();
        [latest, 1 - latest].map(|at| Site(self.places[at].load(Relaxed)))
    }
}

/// A thread and an instruction in one word: 14 bits for the thread's number, 26 for the code's (see
/// [`Ledger::code_number`]), 24 for the code unit. Zero is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Site(u64);

impl Site {
    /// Where the thread is now.
    fn here(t: &Thread) -> Site {
        let number = (t.sched.number & 0x3FFF) << 50;
        let frame = t.frame.get();
        if frame.is_null() {
            return Site(number);
        }
        // SAFETY: the frame is this thread's. Its code object may be gone where the frame has just ended: the
        // memory is readable still, and the number in it is checked when it is looked up.
        unsafe {
            if (*frame).code.is_null() || (*frame).cells.is_null() {
                return Site(number);
            }
            let code = CodeObject::number_at((*frame).code) as u64 & 0x3FF_FFFF;
            Site(number | code << 24 | (Frame::unit(frame) as u64 & 0xFF_FFFF))
        }
    }

    fn thread(self) -> u64 {
        self.0 >> 50
    }

    fn code(self) -> u32 {
        (self.0 >> 24) as u32 & 0x3FF_FFFF
    }

    fn unit(self) -> usize {
        (self.0 & 0xFF_FFFF) as usize
    }
}

impl Room {
    /// The racy count.
    fn count(&self) -> i32 {
        count_of(self.counts.load(Relaxed))
    }
}

fn count_of(counts: u64) -> i32 {
    (counts as u32).wrapping_sub((counts >> 32) as u32) as i32
}

fn with_increment(counts: u64) -> u64 {
    (counts & !(DECREMENT - 1)) | (counts as u32).wrapping_add(INCREMENT as u32) as u64
}

/// The room of an object.
///
/// # Safety
/// `h` is an object of a heap with rooms, live or dead.
unsafe fn room<'a>(h: *const Header) -> &'a Room {
    // SAFETY: the heap put the room there; small memory is never given back, large memory outlives its readers.
    unsafe {
        let address = h as *const u8;
        if (*h).has_flag(flag::LARGE) {
            &*(address.sub(super::heap::GRAIN + ROOM) as *const Room)
        } else {
            &*(address.add((*Page::of(h)).size as usize - ROOM) as *const Room)
        }
    }
}

/// The running thread, if it has a state.
fn current() -> Option<&'static Thread> {
    thread::has_current().then(thread::current)
}

fn with_tally(f: impl FnOnce(&Thread, &Tally)) {
    if let Some(t) = current()
        && let Some(tally) = &t.tally
    {
        f(t, tally);
    }
}

/// A new object: one true reference, one racy one.
///
/// # Safety
/// `this` is fresh memory of a heap with rooms.
#[cold]
pub(super) unsafe fn init(this: &Header) {
    this.owner.store(OWNER, Relaxed);
    this.local.store(0, Relaxed);
    this.shared.store(ONE | MERGED, Relaxed);
    this.set_flag(flag::ROOMY);
    // SAFETY: as the caller says.
    let room = unsafe { room(this) };
    room.counts.store(INCREMENT, Relaxed);
    room.increments.clear();
    room.decrements.clear();
    room.reported.store(0, Relaxed);
    let mut site = Site(0);
    with_tally(|t, tally| {
        tally.made(INCREMENT);
        site = Site::here(t);
    });
    room.created.store(site.0, Relaxed);
}

/// Adds a reference.
pub(super) fn incref(this: &Header) {
    // SAFETY: every object of this owner has a room.
    let room = unsafe { room(this) };
    let counts = room.counts.load(Relaxed);
    // What the others do from here on is lost.
    biased::incref_other(&this.owner, &this.shared, 0);
    note_increment(room);
    room.counts.store(with_increment(counts), Relaxed);
}

/// [`incref`] of an object found in a slot: false if it is dead.
pub(super) fn try_incref(this: &Header) -> bool {
    // SAFETY: as in `incref`; what is dead still has readable memory.
    let room = unsafe { room(this) };
    let counts = room.counts.load(Relaxed);
    if !biased::try_incref_shared(&this.shared) {
        return false;
    }
    note_increment(room);
    room.counts.store(with_increment(counts), Relaxed);
    true
}

fn note_increment(room: &Room) {
    with_tally(|t, tally| {
        tally.made(INCREMENT);
        room.increments.note(Site::here(t));
    });
}

/// Gives a reference back.
///
/// # Safety
/// As for [`Header::decref`].
pub(super) unsafe fn decref(this: *const Header) -> Outcome {
    // SAFETY: the reference keeps the object alive until the true count goes down, the last thing done here.
    unsafe {
        let room = room(this);
        let counts = room.counts.load(Relaxed);
        // In the registers of a processor the number waits no shorter.
        compiler_fence(SeqCst);
        let mut site = Site(0);
        with_tally(|t, tally| {
            tally.made(DECREMENT);
            site = Site::here(t);
            room.decrements.note(site);
        });
        compiler_fence(SeqCst);
        let counts = counts.wrapping_add(DECREMENT);
        room.counts.store(counts, Relaxed);
        let suspect = count_of(counts) == 0 && (*this).refcount() > 1 && room.reported.load(Relaxed) == 0;
        let zero = suspect.then(|| {
            room.reported.store(1, Relaxed);
            Zero::of(&*this, room, site)
        });
        let outcome = biased::decref_shared(&(*this).owner, &(*this).shared);
        if let Some(zero) = zero
            && outcome == Outcome::Alive
            && let Some(ledger) = current().and_then(|t| t.interp.ledger.as_deref())
        {
            ledger.zero(zero);
        }
        outcome
    }
}

/// A dead object gets one true reference for its finalizer, which the racy count does not see.
pub(super) fn revive(this: &Header) {
    this.shared.store(ONE | MERGED, Relaxed);
}

/// Takes that back.
pub(super) fn end_revival(this: &Header) -> Outcome {
    biased::decref_shared(&this.owner, &this.shared)
}

/// The object's memory is about to go: its counts are added up.
#[cold]
pub(super) fn died(t: &Thread, this: &Header) {
    // SAFETY: as in `incref`.
    let room = unsafe { room(this) };
    let counts = room.counts.load(Relaxed);
    if let Some(tally) = &t.tally {
        tally.survived(counts);
    }
    if count_of(counts) > 0
        && let Some(ledger) = &t.interp.ledger
    {
        ledger.leak(this.type_of().name_str(), Site(room.created.load(Relaxed)), room.count());
    }
}
