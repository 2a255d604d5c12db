//! The cycle collector: finds objects that only refer to each other, by trial deletion.
//!
//! The heap is walked page by page. For every container the count is copied aside, then every reference that
//! containers hold to each other is subtracted: what is left came from outside (the stacks, native code). All
//! that is reachable from there lives; the rest is garbage. Finalizers run first, and if one of them brings an
//! object back, what it reaches is spared. The world is stopped while the heap is examined; no Python code runs
//! then.
//!
//! CPython keeps generations in linked lists. Here the young are counted, not linked: an automatic collection
//! looks at the whole heap, and is due when the containers allocated since the last one exceed the threshold
//! *and* a quarter of those that survived it, so that the work stays proportional to the allocation (as in
//! CPython's free-threaded build).

use super::header::{Header, flag, gc_bits};
use super::heap::Page;
use super::instance::Part;
use super::thread::Thread;
use super::value::Value;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::*};

/// The collector's settings and counters.
pub struct State {
    pub enabled: AtomicBool,
    /// `gc.get_threshold()`.
    pub thresholds: [AtomicI64; 3],
    /// `gc.get_stats()`: collections, collected, uncollectable per generation.
    pub stats: [[AtomicU64; 3]; 3],
    /// `gc.set_debug`.
    pub debug: AtomicU64,
    /// Containers that survived the last collection.
    pub survivors: AtomicI64,
    /// The program has begun: [`mark_startup`] was called. Before that nothing is collected.
    begun: AtomicBool,
    /// A collection is under way.
    pub running: AtomicBool,
    /// `gc.garbage` and `gc.callbacks`, kept by the module.
    pub garbage: super::slot::Slot,
    pub callbacks: super::slot::Slot,
    frozen: Mutex<i64>,
}

impl Default for State {
    fn default() -> State {
        State {
            enabled: AtomicBool::new(true),
            thresholds: [AtomicI64::new(2000), AtomicI64::new(10), AtomicI64::new(0)],
            stats: Default::default(),
            debug: AtomicU64::new(0),
            survivors: AtomicI64::new(0),
            begun: AtomicBool::new(false),
            running: AtomicBool::new(false),
            garbage: super::slot::Slot::EMPTY,
            callbacks: super::slot::Slot::EMPTY,
            frozen: Mutex::new(0),
        }
    }
}

/// Whether an automatic collection is due.
pub fn is_due(t: &Thread) -> bool {
    let state = &t.interp.gc;
    let threshold = state.thresholds[0].load(Relaxed);
    let young = t.heap.0.young.get();
    threshold > 0
        && young > threshold
        && young > state.survivors.load(Relaxed) / 4
        && state.enabled.load(Relaxed)
        && state.begun.load(Relaxed)
        && !state.running.load(Relaxed)
}

/// Calls `f` with every live container of the interpreter. The world is stopped.
pub fn for_each_container(t: &Thread, mut f: impl FnMut(&Header)) {
    for heap in t.interp.heaps.lock().iter() {
        heap.0.for_each(|header| {
            // SAFETY: every slot begins with a readable header.
            let h = unsafe { &*header };
            if !h.type_ptr().is_null() && h.has_gc(gc_bits::TRACKED) && !h.has_gc(gc_bits::DYING) {
                f(h);
            }
        });
    }
}

/// Calls `visit` with everything an object refers to.
pub fn traverse(h: &Header, visit: &mut dyn FnMut(&Value)) {
    let typ = h.type_of();
    if let Some(f) = typ.slots().traverse {
        let value = std::mem::ManuallyDrop::new(alias(h));
        f(&value, visit);
    }
    if let Some(part) = Part::of(h) {
        part.traverse(typ, visit);
    }
    if typ.is_heap_type() {
        // An instance counts its class.
        let class = std::mem::ManuallyDrop::new(alias(super::value::Payload::header(typ)));
        visit(&class);
    }
}

/// A value that owns no count, never to be dropped.
fn alias(h: &Header) -> Value {
    // SAFETY: the caller wraps it in `ManuallyDrop`.
    unsafe { Value::from_header(h) }
}

/// The collection's own counts, beside the pages.
#[derive(Default)]
struct Counts {
    /// The pages that have been given counts, one per slot.
    pages: Vec<*const Page>,
    large: HashMap<usize, i64>,
}

impl Counts {
    fn entry(&mut self, h: &Header) -> &mut i64 {
        let address = h as *const Header;
        if h.has_flag(flag::LARGE) {
            return self.large.entry(address as usize).or_default();
        }
        let page = Page::of(address);
        // SAFETY: a small object lies in a page, whose counts are this collection's until it drops them.
        unsafe {
            if (*page).scratch.get().is_null() {
                let counts = vec![0i64; (*page).capacity()].into_boxed_slice();
                (*page).scratch.set(Box::into_raw(counts) as *mut i64);
                self.pages.push(page);
            }
            &mut *(*page).scratch.get().add((*page).index_of(address))
        }
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        for &page in &self.pages {
            // SAFETY: made by `entry`, one count per slot.
            unsafe {
                let counts = std::ptr::slice_from_raw_parts_mut((*page).scratch.get(), (*page).capacity());
                drop(Box::from_raw(counts));
                (*page).scratch.set(std::ptr::null_mut());
            }
        }
    }
}

/// Looks for garbage among the containers: those that only garbage refers to.
fn find_unreachable(t: &Thread, candidates: &[*const Header]) -> Vec<*const Header> {
    let mut counts = Counts::default();
    let _ = t;
    // SAFETY: the world is stopped; candidates live.
    unsafe {
        for &h in candidates {
            (*h).set_gc_alone(gc_bits::COLLECTING);
            (*h).clear_gc_alone(gc_bits::REACHABLE);
            *counts.entry(&*h) = (*h).refcount();
        }
        for &h in candidates {
            traverse(&*h, &mut |child| {
                if let Some(c) = child.header()
                    && c.has_gc(gc_bits::COLLECTING)
                {
                    *counts.entry(c) -= 1;
                }
            });
        }
        let mut todo: Vec<*const Header> = Vec::new();
        for &h in candidates {
            if *counts.entry(&*h) > 0 || (*h).is_immortal() {
                (*h).set_gc_alone(gc_bits::REACHABLE);
                todo.push(h);
            }
        }
        while let Some(h) = todo.pop() {
            traverse(&*h, &mut |child| {
                if let Some(c) = child.header()
                    && c.has_gc(gc_bits::COLLECTING)
                    && !c.has_gc(gc_bits::REACHABLE)
                {
                    c.set_gc_alone(gc_bits::REACHABLE);
                    todo.push(c);
                }
            });
        }
        let garbage = candidates.iter().copied().filter(|&h| !(*h).has_gc(gc_bits::REACHABLE)).collect();
        for &h in candidates {
            (*h).clear_gc_alone(gc_bits::COLLECTING | gc_bits::REACHABLE);
        }
        garbage
    }
}

/// The program begins: what lives now, which is the interpreter's own modules and types, hardly ever becomes garbage.
/// Only a full collection while the program runs looks at it; for the others, and at the end, it is an outside that
/// refers to things. `but` is the program's, such as its main module.
pub fn mark_startup(t: &Thread, but: &[Value]) {
    // Racy counts are reported for all objects.
    if t.interp.ledger.is_none() {
        for_each_container(t, |h| h.set_gc(gc_bits::STARTUP));
        but.iter().filter_map(Value::header).for_each(|h| h.clear_gc(gc_bits::STARTUP));
    }
    t.interp.gc.begun.store(true, Relaxed);
}

/// Collects. Gives the number of objects found unreachable.
///
/// Called at switch points and by `gc.collect()`, never from an allocation.
pub fn collect(t: &Thread, generation: usize) -> usize {
    let state = &t.interp.gc;
    if state.running.swap(true, AcqRel) {
        return 0;
    }
    let raised = t.take_raised();
    super::world::stop(t);
    let whole = generation >= 2 && !t.interp.finalizing.load(Relaxed);
    let skipped = if whole { gc_bits::FROZEN } else { gc_bits::FROZEN | gc_bits::STARTUP };
    let mut candidates: Vec<*const Header> = Vec::new();
    for_each_container(t, |h| {
        if !h.has_gc(skipped) {
            candidates.push(h);
        }
    });
    let garbage = find_unreachable(t, &candidates);
    // From here on the garbage is held: no finalizer frees it under our hands.
    // SAFETY: unreachable objects live until their references are cleared below.
    let held: Vec<Value> = garbage.iter().map(|&h| unsafe { Value::of(&*h) }).collect();
    for heap in t.interp.heaps.lock().iter() {
        heap.0.young.set(0);
    }
    state.survivors.store((candidates.len() - garbage.len()) as i64, Relaxed);

    // Weak references to garbage are cleared before anything of it changes, and before another thread can use one;
    // callbacks of references that are garbage themselves are not called.
    let mut calls = Vec::new();
    for v in &held {
        if let Some(h) = v.header()
            && h.has_flag(flag::WEAKLY_REFERENCED)
            && h.type_of().slots().finalize.is_none()
        {
            calls.extend(super::weakref::detach(t, h));
        }
    }
    super::world::start(t);
    let addresses = std::cell::LazyCell::new(|| -> std::collections::HashSet<usize> {
        garbage.iter().map(|&h| h as usize).collect()
    });
    let outside = |(reference, _): &(Value, Option<Value>)| {
        !reference.header().is_some_and(|h| addresses.contains(&(h as *const Header as usize)))
    };
    let (calls, inner): (Vec<_>, Vec<_>) = calls.into_iter().partition(outside);
    super::weakref::call_back(t, calls);
    drop(inner);
    let mut finalized = false;
    for v in &held {
        let Some(h) = v.header() else { continue };
        if let Some(finalize) = h.type_of().slots().finalize
            && !h.has_flag(flag::FINALIZED)
        {
            h.set_flag(flag::FINALIZED);
            finalize(t, v);
            finalized = true;
        }
    }
    // A finalizer may have brought objects back: look again, our own counts taken off.
    let survivors: Vec<Value> = if finalized {
        super::world::stop(t);
        let still = still_unreachable(&held);
        let mut later = Vec::new();
        for h in still.iter().filter_map(Value::header).filter(|h| h.has_flag(flag::WEAKLY_REFERENCED)) {
            later.extend(super::weakref::detach(t, h));
        }
        super::world::start(t);
        let (later, inner): (Vec<_>, Vec<_>) = later.into_iter().partition(outside);
        super::weakref::call_back(t, later);
        drop(inner);
        still
    } else {
        held.clone()
    };
    let collected = survivors.len();
    for v in &survivors {
        let Some(h) = v.header() else { continue };
        if h.has_flag(flag::WEAKLY_REFERENCED) {
            super::weakref::clear(t, h);
        }
        if let Some(clear) = h.type_of().slots().clear {
            clear(t, v);
        }
        if let Some(part) = Part::of(h) {
            part.clear(t, h.type_of());
        }
    }
    drop(survivors);
    drop(held);
    if whole {
        super::world::stop(t);
        for heap in t.interp.heaps.lock().iter() {
            heap.0.release_deserted();
        }
        super::world::start(t);
    }
    let stats = &state.stats[generation.min(2)];
    stats[0].fetch_add(1, Relaxed);
    stats[1].fetch_add(collected as u64, Relaxed);
    state.running.store(false, Release);
    t.put_raised(raised);
    collected
}

/// Those of the held objects that nothing outside them refers to, besides the one count held here.
fn still_unreachable(held: &[Value]) -> Vec<Value> {
    let mut counts: HashMap<usize, i64> = HashMap::new();
    for v in held {
        if let Some(h) = v.header() {
            counts.insert(h as *const Header as usize, h.refcount() - 1);
        }
    }
    for v in held {
        if let Some(h) = v.header() {
            traverse(h, &mut |child| {
                if let Some(c) = child.header()
                    && let Some(n) = counts.get_mut(&(c as *const Header as usize))
                {
                    *n -= 1;
                }
            });
        }
    }
    let mut todo: Vec<usize> = counts.iter().filter(|&(_, &n)| n > 0).map(|(&h, _)| h).collect();
    let mut reachable: std::collections::HashSet<usize> = todo.iter().copied().collect();
    while let Some(h) = todo.pop() {
        // SAFETY: held objects live.
        traverse(unsafe { &*(h as *const Header) }, &mut |child| {
            if let Some(c) = child.header() {
                let address = c as *const Header as usize;
                if counts.contains_key(&address) && reachable.insert(address) {
                    todo.push(address);
                }
            }
        });
    }
    held.iter()
        .filter(|v| v.header().is_some_and(|h| !reachable.contains(&(h as *const Header as usize))))
        .cloned()
        .collect()
}

/// `gc.freeze()`: what lives now is not looked at any more. `gc.unfreeze()` undoes it.
pub fn set_frozen(t: &Thread, frozen: bool) {
    let count = Cell::new(0);
    for_each_container(t, |h| {
        if frozen {
            h.set_gc(gc_bits::FROZEN);
            count.set(count.get() + 1);
        } else {
            h.clear_gc(gc_bits::FROZEN);
        }
    });
    *t.interp.gc.frozen.lock().expect("no panic under this lock") = count.get();
}

/// `gc.get_freeze_count()`.
pub fn frozen_count(t: &Thread) -> i64 {
    *t.interp.gc.frozen.lock().expect("no panic under this lock")
}
