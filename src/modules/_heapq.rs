//! `_heapq`: a list as a heap, with the smallest item (or the largest) first.
//!
//! Comparing may run Python code, which may change the list: it is looked at afresh after each comparison, and
//! another length is an error.
//!
//! With the GIL off the list is locked for as long as comparing takes no Python code (numbers, strings and tuples of
//! them): then each function is one step for all threads.

use crate::modules::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::list::{List, Whole};
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{CmpOp, R};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::cmp::Ordering;

/// Which items come first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}

/// Where a sift stopped because comparing needs Python code: on its way down, or up again.
enum Stop {
    Up(usize),
    Down(usize),
}

/// A list that is, or is to be, a heap.
struct Heap<'a> {
    t: &'a Thread,
    list: &'a List,
    order: Order,
}

impl<'a> Heap<'a> {
    /// The argument of a function that takes a heap; `which` names it in the error.
    fn new(t: &'a Thread, v: &'a Value, order: Order, which: &str) -> R<Heap<'a>> {
        match v.cast::<List>() {
            Some(list) => Ok(Heap { t, list, order }),
            None => Err(t.type_error(format!("{which} must be list, not {}", v.type_of(t).name_str()))),
        }
    }

    fn get(&self, index: usize) -> R {
        self.list.get(self.t, index).ok_or_else(|| self.t.index_error("index out of range"))
    }

    fn set(&self, index: usize, item: Value) -> R<()> {
        self.list.set(self.t, index, item).map_err(|_| self.t.index_error("index out of range"))
    }

    /// Whether `a` comes before `b`.
    fn before(&self, a: &Value, b: &Value) -> R<bool> {
        let (a, b) = if self.order == Order::Min { (a, b) } else { (b, a) };
        protocol::compare_bool(self.t, a, b, CmpOp::Lt)
    }

    /// Whether `a` comes before `b`, if that takes no Python code.
    fn plainly_before(&self, a: &Value, b: &Value) -> Option<bool> {
        let (a, b) = if self.order == Order::Min { (a, b) } else { (b, a) };
        Some(plain_order(a, b, PLAIN_DEPTH)? == Ordering::Less)
    }

    /// [`Heap::sift_down`] on a list that nobody else changes, as far as comparing takes no Python code: where it
    /// came to, and whether that is the end.
    fn sift_down_held(&self, list: &mut Whole<'_>, start: usize, at: usize) -> Result<(), usize> {
        let mut at = at;
        while at > start {
            let parent = (at - 1) >> 1;
            match self.plainly_before(list.item(at), list.item(parent)) {
                Some(true) => list.swap(at, parent),
                Some(false) => break,
                None => return Err(at),
            }
            at = parent;
        }
        Ok(())
    }

    /// As [`Heap::sift_down_held`], for [`Heap::sift_up`].
    fn sift_up_held(&self, list: &mut Whole<'_>, start: usize) -> Result<(), Stop> {
        let end = list.len();
        let mut at = start;
        while at < end >> 1 {
            let mut child = 2 * at + 1;
            if child + 1 < end {
                match self.plainly_before(list.item(child), list.item(child + 1)) {
                    Some(true) => {}
                    Some(false) => child += 1,
                    None => return Err(Stop::Up(at)),
                }
            }
            list.swap(at, child);
            at = child;
        }
        self.sift_down_held(list, start, at).map_err(Stop::Down)
    }

    /// What is left of a sift where comparing needs Python code.
    fn go_on(&self, start: usize, done: Result<(), Stop>) -> R<()> {
        match done {
            Ok(()) => Ok(()),
            Err(Stop::Up(at)) => self.sift_up_from(start, at),
            Err(Stop::Down(at)) => self.sift_down(start, at),
        }
    }

    fn check_size(&self, size: usize) -> R<()> {
        match self.list.len() == size {
            true => Ok(()),
            false => Err(self.t.runtime_error("list changed size during iteration")),
        }
    }

    /// Moves the item at `at` towards `start`, past all that it comes before.
    fn sift_down(&self, start: usize, at: usize) -> R<()> {
        let size = self.list.len();
        let mut at = at;
        let item = self.get(at)?;
        while at > start {
            let parent = (at - 1) >> 1;
            let before = self.before(&item, &self.get(parent)?)?;
            self.check_size(size)?;
            if !before {
                break;
            }
            self.list.swap(self.t, at, parent);
            at = parent;
        }
        Ok(())
    }

    /// Moves the item at `at` down to a leaf, letting the first of each two children up, then up to its place.
    fn sift_up(&self, at: usize) -> R<()> {
        self.sift_up_from(at, at)
    }

    fn sift_up_from(&self, start: usize, at: usize) -> R<()> {
        let end = self.list.len();
        let mut at = at;
        if at >= end {
            return Err(self.t.index_error("index out of range"));
        }
        while at < end >> 1 {
            let mut child = 2 * at + 1;
            if child + 1 < end {
                if !self.before(&self.get(child)?, &self.get(child + 1)?)? {
                    child += 1;
                }
                self.check_size(end)?;
            }
            self.list.swap(self.t, at, child);
            at = child;
        }
        self.sift_down(start, at)
    }

    fn push(&self, item: &Value) -> R {
        if !self.t.gil_enabled() {
            let mut list = self.list.hold(self.t);
            list.push(item.clone());
            let last = list.len() - 1;
            let done = self.sift_down_held(&mut list, 0, last).map_err(Stop::Down);
            drop(list);
            self.go_on(0, done)?;
            return Ok(Value::NONE);
        }
        self.list.push(self.t, item.clone());
        self.sift_down(0, self.list.len().saturating_sub(1))?;
        Ok(Value::NONE)
    }

    fn pop(&self) -> R {
        if !self.t.gil_enabled() {
            let mut list = self.list.hold(self.t);
            let Some(last) = list.pop() else {
                drop(list);
                return Err(self.t.index_error("index out of range"));
            };
            if list.is_empty() {
                return Ok(last);
            }
            let first = list.replace(0, last);
            let done = self.sift_up_held(&mut list, 0);
            drop(list);
            self.go_on(0, done)?;
            return Ok(first.unwrap_or(Value::NONE));
        }
        let Some(last) = self.list.pop(self.t) else { return Err(self.t.index_error("index out of range")) };
        if self.list.is_empty() {
            return Ok(last);
        }
        self.replace(&last)
    }

    fn replace(&self, item: &Value) -> R {
        if !self.t.gil_enabled() {
            let mut list = self.list.hold(self.t);
            if list.is_empty() {
                drop(list);
                return Err(self.t.index_error("index out of range"));
            }
            let first = list.replace(0, item.clone());
            let done = self.sift_up_held(&mut list, 0);
            drop(list);
            self.go_on(0, done)?;
            return Ok(first.unwrap_or(Value::NONE));
        }
        let first = self.get(0)?;
        self.set(0, item.clone())?;
        self.sift_up(0)?;
        Ok(first)
    }

    fn push_pop(&self, item: &Value) -> R {
        if !self.t.gil_enabled() {
            let mut list = self.list.hold(self.t);
            if list.is_empty() {
                return Ok(item.clone());
            }
            match self.plainly_before(list.item(0), item) {
                Some(false) => return Ok(item.clone()),
                Some(true) => {
                    let first = list.replace(0, item.clone());
                    let done = self.sift_up_held(&mut list, 0);
                    drop(list);
                    self.go_on(0, done)?;
                    return Ok(first.unwrap_or(Value::NONE));
                }
                None => drop(list),
            }
        }
        let Some(first) = self.list.get(self.t, 0) else { return Ok(item.clone()) };
        if self.before(&first, item)? { self.replace(item) } else { Ok(item.clone()) }
    }

    fn heapify(&self) -> R {
        if !self.t.gil_enabled() {
            let mut list = self.list.hold(self.t);
            let done = (0..list.len() / 2).rev().all(|at| self.sift_up_held(&mut list, at).is_ok());
            drop(list);
            if done {
                return Ok(Value::NONE);
            }
        }
        for at in (0..self.list.len() / 2).rev() {
            self.sift_up(at)?;
        }
        Ok(Value::NONE)
    }
}

/// Tuples in tuples are looked into so deep.
const PLAIN_DEPTH: u32 = 4;

/// How two values compare, if that takes no Python code: numbers, strings and tuples of them.
fn plain_order(a: &Value, b: &Value, depth: u32) -> Option<Ordering> {
    let number = |v: &Value| v.as_immediate_float().or_else(|| v.as_small().map(|i| i as f64));
    if let (Some(a), Some(b)) = (a.as_small(), b.as_small()) {
        return Some(a.cmp(&b));
    }
    // An immediate int is a float exactly.
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.partial_cmp(&b);
    }
    if let (Some(a), Some(b)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Some(a.compare(b));
    }
    let (a, b) = (a.cast_exact::<Tuple>()?, b.cast_exact::<Tuple>()?);
    let depth = depth.checked_sub(1)?;
    for (a, b) in a.items().iter().zip(b.items()) {
        match plain_order(a, b, depth)? {
            Ordering::Equal => {}
            order => return Some(order),
        }
    }
    Some(a.len().cmp(&b.len()))
}

macro_rules! functions {
    ($($order:ident $push:ident $push_pop:ident $pop:ident $replace:ident $heapify:ident $suffix:literal;)*) => {
        $(
            fn $push(t: &Thread, _: &Value, args: &[Value]) -> R {
                Heap::new(t, &args[0], Order::$order, concat!("heappush", $suffix, "() argument 1"))?.push(&args[1])
            }

            fn $push_pop(t: &Thread, _: &Value, args: &[Value]) -> R {
                let which = concat!("heappushpop", $suffix, "() argument 1");
                Heap::new(t, &args[0], Order::$order, which)?.push_pop(&args[1])
            }

            fn $pop(t: &Thread, _: &Value, heap: &Value) -> R {
                Heap::new(t, heap, Order::$order, concat!("heappop", $suffix, "() argument"))?.pop()
            }

            fn $replace(t: &Thread, _: &Value, args: &[Value]) -> R {
                let which = concat!("heapreplace", $suffix, "() argument 1");
                Heap::new(t, &args[0], Order::$order, which)?.replace(&args[1])
            }

            fn $heapify(t: &Thread, _: &Value, heap: &Value) -> R {
                Heap::new(t, heap, Order::$order, concat!("heapify", $suffix, "() argument"))?.heapify()
            }
        )*
    };
}

functions! {
    Min push push_pop pop replace heapify "";
    Max push_max push_pop_max pop_max replace_max heapify_max "_max";
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "__about__", t.str(ABOUT));
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("heappush", Func::Pos(push, 2, 2), "($module, heap, item, /)", "Push item onto heap, maintaining the heap invariant."),
    Def::new("heappushpop", Func::Pos(push_pop, 2, 2), "($module, heap, item, /)", "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop()."),
    Def::new("heappop", Func::One(pop), "($module, heap, /)", "Pop the smallest item off the heap, maintaining the heap invariant."),
    Def::new("heapreplace", Func::Pos(replace, 2, 2), "($module, heap, item, /)", "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)"),
    Def::new("heapify", Func::One(heapify), "($module, heap, /)", "Transform list into a heap, in-place, in O(len(heap)) time."),
    Def::new("heappush_max", Func::Pos(push_max, 2, 2), "($module, heap, item, /)", "Push item onto max heap, maintaining the heap invariant."),
    Def::new("heappushpop_max", Func::Pos(push_pop_max, 2, 2), "($module, heap, item, /)", "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max()\nfollowed by a separate call to heappop_max()."),
    Def::new("heappop_max", Func::One(pop_max), "($module, heap, /)", "Maxheap variant of heappop."),
    Def::new("heapreplace_max", Func::Pos(replace_max, 2, 2), "($module, heap, item, /)", "Maxheap variant of heapreplace."),
    Def::new("heapify_max", Func::One(heapify_max), "($module, heap, /)", "Maxheap variant of heapify."),
];

const ABOUT: &str = "Heap queues: a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for all k, counting items from 0.";

/// `_heapq`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).",
    functions: FUNCTIONS,
    exec: Some(exec),
};
