//! The heap of timers: what is to be called later, earliest first.

use super::handle;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A timer in the heap. Of those for the same time, the one that came first.
struct Entry {
    when: f64,
    number: u64,
    timer: Value,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.when.total_cmp(&other.when).then(self.number.cmp(&other.number))
    }
}

/// A heap with more than so many timers is rid of the cancelled ones when they are more than half of it (CPython's
/// numbers).
const MIN_TO_COMPACT: usize = 100;

/// Timers, and how many of them were cancelled.
#[derive(Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    next_number: u64,
    cancelled: usize,
}

impl Timers {
    pub fn push(&mut self, when: f64, timer: Value) {
        let number = self.next_number;
        self.next_number += 1;
        self.heap.push(Reverse(Entry { when, number, timer }));
    }

    /// One of the timers was cancelled; it stays in the heap for now.
    pub fn count_cancelled(&mut self) {
        self.cancelled += 1;
    }

    pub fn cancelled(&self) -> usize {
        self.cancelled
    }

    /// Takes out the cancelled timers at the top, or all of them if they are too many. The caller drops them after
    /// unlocking.
    pub fn prune(&mut self, out: &mut Vec<Value>) {
        let is_cancelled = |entry: &Entry| handle::timer(&entry.timer).handle.is_cancelled();
        if self.cancelled == 0 {
            return;
        }
        if self.heap.len() > MIN_TO_COMPACT && self.cancelled > self.heap.len() / 2 {
            let (gone, kept): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.heap).into_vec().into_iter().partition(|e| is_cancelled(&e.0));
            self.heap = kept.into();
            self.cancelled = 0;
            out.extend(gone.into_iter().map(|Reverse(entry)| entry.timer));
            return;
        }
        while self.heap.peek().is_some_and(|e| is_cancelled(&e.0)) {
            self.cancelled = self.cancelled.saturating_sub(1);
            out.extend(self.heap.pop().map(|Reverse(entry)| entry.timer));
        }
    }

    /// When the first timer is due.
    pub fn first(&self) -> Option<f64> {
        self.heap.peek().map(|Reverse(entry)| entry.when)
    }

    /// The first timer, if it is due before `end`.
    pub fn pop_due(&mut self, end: f64) -> Option<Value> {
        if self.first()? >= end {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.timer)
    }

    /// The timers, in no order.
    pub fn all(&self, _t: &Thread) -> Vec<Value> {
        self.heap.iter().map(|Reverse(entry)| entry.timer.clone()).collect()
    }

    /// Takes all of them.
    pub fn take(&mut self) -> Vec<Value> {
        self.cancelled = 0;
        std::mem::take(&mut self.heap).into_iter().map(|Reverse(entry)| entry.timer).collect()
    }

    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.heap.iter().for_each(|Reverse(entry)| visit(&entry.timer));
    }
}
