//! Sorting: Tim Peters' merge sort, as CPython's `list.sort` and `sorted`.
//!
//! The list is emptied for the time of the sort, so that comparisons written in Python see nothing half-sorted;
//! what they put into it meanwhile is an error. Keys of one simple kind (small ints, floats, strings) cannot
//! run Python code when compared and go to the standard library's stable sort. All others are sorted here:
//! natural runs, short ones extended by binary insertion, merged with galloping in powersort's order. What
//! moves is not the values but their indices, so an error leaves nothing to repair.
//!
//! Source: CPython `Objects/listsort.txt`; J. I. Munro, S. Wild: Nearly-Optimal Mergesorts (2018).

use super::List;
use crate::objects::protocol;
use crate::objects::slots::{CmpOp, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// `list.sort(key=key, reverse=reverse)`.
pub fn sort_list(t: &Thread, list: &List, key: Option<&Value>, reverse: bool) -> R<()> {
    let items = list.take_all(t);
    let mut order: Vec<u32> = Vec::new();
    let result = sort_order(t, &items, key, reverse, &mut order);
    let sorted = permute(items, &order);
    let changed = list.capacity() != 0;
    list.replace_all(t, sorted);
    result?;
    if changed { Err(t.value_error("list modified during sort")) } else { Ok(()) }
}

/// A new list of the items, sorted (`sorted()`).
pub fn sorted(t: &Thread, items: Vec<Value>, key: Option<&Value>, reverse: bool) -> R {
    let mut order = Vec::new();
    sort_order(t, &items, key, reverse, &mut order)?;
    Ok(List::from_vec(t, permute(items, &order)))
}

/// The items in that order; in their own if there is none.
fn permute(items: Vec<Value>, order: &[u32]) -> Vec<Value> {
    if order.is_empty() {
        return items;
    }
    let mut places: Vec<Option<Value>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|&i| places[i as usize].take()).collect()
}

/// Works out in which order the items are sorted. After an error the order is one of all items still, or empty.
fn sort_order(t: &Thread, items: &[Value], key: Option<&Value>, reverse: bool, order: &mut Vec<u32>) -> R<()> {
    let computed: Vec<Value>;
    let keys = match key {
        None => items,
        Some(key) => {
            let mut all = Vec::with_capacity(items.len());
            for item in items {
                all.push(protocol::call(t, key, std::slice::from_ref(item))?);
            }
            computed = all;
            &computed
        }
    };
    if keys.len() < 2 {
        return Ok(());
    }
    if u32::try_from(keys.len()).is_err() {
        return Err(t.memory_error());
    }
    order.extend(0..keys.len() as u32);
    // Reversing before and after keeps equal items in their order.
    if reverse {
        order.reverse();
    }
    let result = sort_by_kind(t, keys, order);
    if reverse {
        order.reverse();
    }
    result
}

fn sort_by_kind(t: &Thread, keys: &[Value], order: &mut [u32]) -> R<()> {
    let at = |i: u32| &keys[i as usize];
    if keys.iter().all(Value::is_small) {
        order.sort_by_key(|&i| at(i).small_unchecked());
        return Ok(());
    }
    if keys.iter().all(Value::is_immediate_float) {
        // No NaN is immediate, so the order is total.
        let float = |i: u32| at(i).as_immediate_float().unwrap_or(0.0);
        order.sort_by(|&a, &b| float(a).partial_cmp(&float(b)).unwrap_or(std::cmp::Ordering::Equal));
        return Ok(());
    }
    let text = |v: &Value| v.cast_exact::<Str>().is_some();
    if keys.iter().all(text) {
        let strings: Vec<&Str> = keys.iter().filter_map(|k| k.cast::<Str>()).collect();
        order.sort_by(|&a, &b| strings[a as usize].compare(strings[b as usize]));
        return Ok(());
    }
    Timsort { t, keys, tuples: keys.iter().all(|k| k.cast_exact::<Tuple>().is_some()), min_gallop: MIN_GALLOP }
        .sort(order)
}

/// Wins in a row after which a merge starts to gallop.
const MIN_GALLOP: usize = 7;

struct Timsort<'a> {
    t: &'a Thread,
    keys: &'a [Value],
    /// All keys are exact tuples.
    tuples: bool,
    min_gallop: usize,
}

/// A sorted stretch, and the power of the boundary behind it.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

impl Timsort<'_> {
    #[inline]
    fn less(&self, a: u32, b: u32) -> R<bool> {
        let (x, y) = (&self.keys[a as usize], &self.keys[b as usize]);
        if self.tuples
            && let (Some(p), Some(q)) = (x.cast_exact::<Tuple>(), y.cast_exact::<Tuple>())
        {
            return self.tuple_less(p, q);
        }
        less(self.t, x, y)
    }

    /// The first items that differ decide, as `tuple.__lt__` does.
    fn tuple_less(&self, p: &Tuple, q: &Tuple) -> R<bool> {
        for (a, b) in p.items().iter().zip(q.items()) {
            if !protocol::eq(self.t, a, b)? {
                return less(self.t, a, b);
            }
        }
        Ok(p.len() < q.len())
    }

    fn sort(&mut self, order: &mut [u32]) -> R<()> {
        let n = order.len();
        let min_run = min_run(n);
        let mut pending: Vec<Run> = Vec::new();
        let mut start = 0;
        while start < n {
            let mut len = self.count_run(&mut order[start..])?;
            if len < min_run {
                let forced = min_run.min(n - start);
                self.binary_insertion(&mut order[start..start + forced], len)?;
                len = forced;
            }
            if let Some(last) = pending.last().copied() {
                let power = run_power(last.start, last.len, len, n);
                while pending.len() > 1 && pending[pending.len() - 2].power > power {
                    self.merge_last(order, &mut pending)?;
                }
                pending.last_mut().expect("merging leaves a run").power = power;
            }
            pending.push(Run { start, len, power: 0 });
            start += len;
        }
        while pending.len() > 1 {
            self.merge_last(order, &mut pending)?;
        }
        Ok(())
    }

    /// The length of the run at the beginning, which ascends afterwards: a strictly descending one is reversed.
    fn count_run(&self, run: &mut [u32]) -> R<usize> {
        if run.len() < 2 {
            return Ok(run.len());
        }
        let mut n = 2;
        if self.less(run[1], run[0])? {
            while n < run.len() && self.less(run[n], run[n - 1])? {
                n += 1;
            }
            run[..n].reverse();
        } else {
            while n < run.len() && !self.less(run[n], run[n - 1])? {
                n += 1;
            }
        }
        Ok(n)
    }

    /// Sorts a short stretch whose first `sorted` items are sorted.
    fn binary_insertion(&self, run: &mut [u32], sorted: usize) -> R<()> {
        for i in sorted.max(1)..run.len() {
            let pivot = run[i];
            let (mut low, mut high) = (0, i);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.less(pivot, run[middle])? { high = middle } else { low = middle + 1 }
            }
            run.copy_within(low..i, low + 1);
            run[low] = pivot;
        }
        Ok(())
    }

    fn merge_last(&mut self, order: &mut [u32], pending: &mut Vec<Run>) -> R<()> {
        let b = pending.pop().expect("two runs are pending");
        let a = pending.last_mut().expect("two runs are pending");
        let (start, middle, end) = (a.start, b.start, b.start + b.len);
        a.len += b.len;
        a.power = b.power;
        // What of the first run is below all of the second is in place, and the other way round.
        let start = start + self.gallop_right(order[middle], &order[start..middle], 0)?;
        if start == middle {
            return Ok(());
        }
        let end = middle + self.gallop_left(order[middle - 1], &order[middle..end], end - middle - 1)?;
        if end == middle {
            return Ok(());
        }
        if middle - start <= end - middle {
            self.merge_low(&mut order[start..end], middle - start)
        } else {
            self.merge_high(&mut order[start..end], middle - start)
        }
    }

    /// Where `key` goes before equal items, searched outwards from `hint`.
    fn gallop_left(&self, key: u32, run: &[u32], hint: usize) -> R<usize> {
        let (mut last, mut offset) = (0usize, 1usize);
        let (mut low, high);
        if self.less(run[hint], key)? {
            let max = run.len() - hint;
            while offset < max && self.less(run[hint + offset], key)? {
                last = offset;
                offset = offset * 2 + 1;
            }
            low = hint + last + 1;
            high = hint + offset.min(max);
        } else {
            let max = hint + 1;
            while offset < max && !self.less(run[hint - offset], key)? {
                last = offset;
                offset = offset * 2 + 1;
            }
            low = hint + 1 - offset.min(max);
            high = hint - last;
        }
        let mut high = high;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(run[middle], key)? { low = middle + 1 } else { high = middle }
        }
        Ok(high)
    }

    /// Where `key` goes behind equal items, searched outwards from `hint`.
    fn gallop_right(&self, key: u32, run: &[u32], hint: usize) -> R<usize> {
        let (mut last, mut offset) = (0usize, 1usize);
        let (mut low, high);
        if self.less(key, run[hint])? {
            let max = hint + 1;
            while offset < max && self.less(key, run[hint - offset])? {
                last = offset;
                offset = offset * 2 + 1;
            }
            low = hint + 1 - offset.min(max);
            high = hint - last;
        } else {
            let max = run.len() - hint;
            while offset < max && !self.less(key, run[hint + offset])? {
                last = offset;
                offset = offset * 2 + 1;
            }
            low = hint + last + 1;
            high = hint + offset.min(max);
        }
        let mut high = high;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(key, run[middle])? { high = middle } else { low = middle + 1 }
        }
        Ok(high)
    }

    /// Merges two neighbouring runs from the left; the first, of `na` items, is the shorter.
    fn merge_low(&mut self, run: &mut [u32], na: usize) -> R<()> {
        let a: Vec<u32> = run[..na].to_vec();
        let end = run.len();
        // Next of a, next of b, next place.
        let (mut i, mut j, mut d) = (0, na, 0);
        let result = self.merge_low_steps(run, &a, &mut i, &mut j, &mut d);
        // What is left of `a` fills the gap: this holds after an error too.
        if i < a.len() {
            let rest = a.len() - i;
            if result.is_ok() {
                // b is used up, or its rest moves in front of the last of a.
                run.copy_within(j..end, d);
                let d = d + (end - j);
                run[d..d + rest].copy_from_slice(&a[i..]);
            } else {
                run[d..d + rest].copy_from_slice(&a[i..]);
            }
        }
        result
    }

    /// The first item of b is known to be less than the first of a, and the last of a greater than all of b.
    fn merge_low_steps(&mut self, run: &mut [u32], a: &[u32], i: &mut usize, j: &mut usize, d: &mut usize) -> R<()> {
        let end = run.len();
        run[*d] = run[*j];
        *d += 1;
        *j += 1;
        if *j == end || a.len() - *i == 1 {
            return Ok(());
        }
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if self.less(run[*j], a[*i])? {
                    run[*d] = run[*j];
                    *d += 1;
                    *j += 1;
                    wins_b += 1;
                    wins_a = 0;
                    if *j == end {
                        return Ok(());
                    }
                    if wins_b >= self.min_gallop {
                        break;
                    }
                } else {
                    run[*d] = a[*i];
                    *d += 1;
                    *i += 1;
                    wins_a += 1;
                    wins_b = 0;
                    if a.len() - *i == 1 {
                        return Ok(());
                    }
                    if wins_a >= self.min_gallop {
                        break;
                    }
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop -= usize::from(self.min_gallop > 1);
                let k = self.gallop_right(run[*j], &a[*i..], 0)?;
                run[*d..*d + k].copy_from_slice(&a[*i..*i + k]);
                *d += k;
                *i += k;
                // An inconsistent comparison can use a up.
                if a.len() - *i <= 1 {
                    return Ok(());
                }
                run[*d] = run[*j];
                *d += 1;
                *j += 1;
                if *j == end {
                    return Ok(());
                }
                let l = self.gallop_left(a[*i], &run[*j..end], 0)?;
                run.copy_within(*j..*j + l, *d);
                *d += l;
                *j += l;
                if *j == end {
                    return Ok(());
                }
                run[*d] = a[*i];
                *d += 1;
                *i += 1;
                if a.len() - *i == 1 {
                    return Ok(());
                }
                if k < MIN_GALLOP && l < MIN_GALLOP {
                    break;
                }
            }
            self.min_gallop += 1;
        }
    }

    /// Merges two neighbouring runs from the right; the second is the shorter.
    fn merge_high(&mut self, run: &mut [u32], na: usize) -> R<()> {
        let b: Vec<u32> = run[na..].to_vec();
        // Items left of a and of b, and the end of the gap.
        let (mut i, mut j, mut d) = (na, b.len(), run.len());
        let result = self.merge_high_steps(run, &b, &mut i, &mut j, &mut d);
        if j > 0 {
            if result.is_ok() && i > 0 {
                run.copy_within(0..i, d - i);
                run[d - i - j..d - i].copy_from_slice(&b[..j]);
            } else {
                run[d - j..d].copy_from_slice(&b[..j]);
            }
        }
        result
    }

    /// The last item of a is known to be greater than the last of b, and the first of b less than all of a.
    fn merge_high_steps(&mut self, run: &mut [u32], b: &[u32], i: &mut usize, j: &mut usize, d: &mut usize) -> R<()> {
        *d -= 1;
        *i -= 1;
        run[*d] = run[*i];
        if *i == 0 || *j == 1 {
            return Ok(());
        }
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if self.less(b[*j - 1], run[*i - 1])? {
                    *d -= 1;
                    *i -= 1;
                    run[*d] = run[*i];
                    wins_a += 1;
                    wins_b = 0;
                    if *i == 0 {
                        return Ok(());
                    }
                    if wins_a >= self.min_gallop {
                        break;
                    }
                } else {
                    *d -= 1;
                    *j -= 1;
                    run[*d] = b[*j];
                    wins_b += 1;
                    wins_a = 0;
                    if *j == 1 {
                        return Ok(());
                    }
                    if wins_b >= self.min_gallop {
                        break;
                    }
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop -= usize::from(self.min_gallop > 1);
                let keep = self.gallop_right(b[*j - 1], &run[..*i], *i - 1)?;
                let k = *i - keep;
                run.copy_within(keep..*i, *d - k);
                *d -= k;
                *i = keep;
                if *i == 0 {
                    return Ok(());
                }
                *d -= 1;
                *j -= 1;
                run[*d] = b[*j];
                if *j == 1 {
                    return Ok(());
                }
                let keep = self.gallop_left(run[*i - 1], &b[..*j], *j - 1)?;
                let l = *j - keep;
                run[*d - l..*d].copy_from_slice(&b[keep..*j]);
                *d -= l;
                *j = keep;
                // An inconsistent comparison can use b up.
                if *j <= 1 {
                    return Ok(());
                }
                *d -= 1;
                *i -= 1;
                run[*d] = run[*i];
                if *i == 0 {
                    return Ok(());
                }
                if k < MIN_GALLOP && l < MIN_GALLOP {
                    break;
                }
            }
            self.min_gallop += 1;
        }
    }
}

/// `a < b`.
#[inline]
fn less(t: &Thread, a: &Value, b: &Value) -> R<bool> {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Ok(x < y);
    }
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Ok(x.compare(y).is_lt());
    }
    protocol::compare_bool(t, a, b, CmpOp::Lt)
}

/// The length to which short runs are extended: n divided by it is a power of two, or just below one.
fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n > 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// How deep in the nearly balanced merge tree the boundary between two runs lies (powersort).
fn run_power(start: usize, len_a: usize, len_b: usize, n: usize) -> u32 {
    // Twice the middles of the runs, as fractions of 2n.
    let mut a = 2 * start + len_a;
    let mut b = a + len_a + len_b;
    let mut power = 0;
    loop {
        power += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}
