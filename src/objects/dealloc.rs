//! The end of an object: its count reached zero.
//!
//! In CPython's order: the finalizer runs (and may resurrect the object), weak references are cleared and
//! their callbacks called, attributes go, then the payload, then the memory.

use super::generator::Generator;
use super::header::{GIL_TID, Header, Kind, flag, gc_bits};
use super::instance::Part;
use super::interpreter::Interpreter;
use super::naive;
use super::thread::{self, TRASH_DEPTH, Thread};
use super::tuple::Tuple;
use super::value::Value;
use crate::sync::biased::{self, Outcome};
use crate::sync::{Guarded, SchedThread, bit};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Objects whose last reference was dropped by a thread that does not own them, by owner: the owner merges
/// their counts at its next switch point. Threads that are not here have ended.
#[derive(Default)]
pub struct MergeQueues(Guarded<HashMap<u32, Queue>>);

struct Queue {
    owner: Arc<SchedThread>,
    objects: Vec<usize>,
}

impl MergeQueues {
    /// Keeps threads from beginning and ending, for the length of a fork.
    pub fn hold(&self) -> impl Sized + '_ {
        self.0.lock()
    }
}

/// In the child of a fork: the queues of the threads that are gone are merged by the one that is left.
pub fn adopt_queues(t: &Thread) {
    let gone: Vec<Queue> = {
        let mut queues = t.interp.merge_queues.0.lock();
        let dead: Vec<u32> = queues.keys().copied().filter(|&owner| owner != t.tid()).collect();
        dead.iter().filter_map(|owner| queues.remove(owner)).collect()
    };
    gone.into_iter().for_each(|queue| merge_all(t, queue.objects));
}

impl Interpreter {
    /// A thread begins to own objects.
    pub(super) fn owner_begins(&self, tid: u32, sched: &Arc<SchedThread>) {
        let queue = Queue { owner: sched.clone(), objects: Vec::new() };
        self.merge_queues.0.lock().insert(tid, queue);
        self.owners.lock().insert(tid, sched.clone());
    }

    /// In the child of a fork: no thread but `t` is left to own anything.
    pub fn forget_owners(&self, t: &Thread) {
        self.owners.lock().retain(|&owner, _| owner == t.tid());
    }
}

/// A thread ends: what waits for it is merged, and from now on whoever drops a last reference merges himself.
pub(super) fn owner_ends(t: &Thread) {
    merge_queue(t);
    let rest = t.interp.merge_queues.0.lock().remove(&t.tid());
    merge_all(t, rest.map(|q| q.objects).unwrap_or_default());
}

/// Merges the objects that others have put into this thread's queue.
pub fn merge_queue(t: &Thread) {
    let objects = match t.interp.merge_queues.0.lock().get_mut(&t.tid()) {
        Some(queue) => std::mem::take(&mut queue.objects),
        None => return,
    };
    merge_all(t, objects);
}

/// Merges what waits for a thread that is detached, and may stay so for long.
fn merge_for(t: &Thread, owner: u32, sched: &SchedThread) {
    let mut dead = Vec::new();
    t.interp.scheduler.while_detached(sched, || {
        let mut queues = t.interp.merge_queues.0.lock();
        let objects = queues.get_mut(&owner).map(|queue| std::mem::take(&mut queue.objects)).unwrap_or_default();
        for header in objects.into_iter().map(|object| object as *const Header) {
            // SAFETY: the queue owns a reference of the object, which the merge takes; the owner counts nothing.
            let outcome = unsafe { biased::merge(&(*header).owner, &(*header).local, &(*header).shared, -1) };
            if outcome == Outcome::Dead {
                dead.push(header);
            }
        }
    });
    // SAFETY: nobody refers to them.
    dead.into_iter().for_each(|header| unsafe { destroy(t, header) });
}

fn merge_all(t: &Thread, objects: Vec<usize>) {
    for object in objects {
        // SAFETY: the queue owns a reference of the object, which the merge takes.
        unsafe { merge(t, object as *const Header) };
    }
}

/// # Safety
/// The caller gives a reference of the object, and owns it or knows that its owner has ended.
unsafe fn merge(t: &Thread, header: *const Header) {
    // SAFETY: see above.
    unsafe {
        if biased::merge(&(*header).owner, &(*header).local, &(*header).shared, -1) == Outcome::Dead {
            destroy(t, header);
        }
    }
}

/// What looked like the last reference is gone: frees the object, or has its owner look.
///
/// # Safety
/// The outcome is that of the decrement that gave the reference back.
#[cold]
#[inline(never)]
pub unsafe fn last_reference(header: *const Header, outcome: Outcome) {
    let t = thread::current();
    // SAFETY: see above.
    unsafe {
        match outcome {
            Outcome::Alive => {}
            Outcome::Dead => destroy(t, header),
            Outcome::QueueForOwner(owner) => {
                let mut queues = t.interp.merge_queues.0.lock();
                match queues.get_mut(&owner) {
                    Some(queue) => {
                        queue.objects.push(header as usize);
                        queue.owner.breaker.set(bit::MERGE_COUNTS);
                        let sched = queue.owner.clone();
                        drop(queues);
                        merge_for(t, owner, &sched);
                    }
                    None => {
                        drop(queues);
                        merge(t, header);
                    }
                }
            }
        }
    }
}

/// Ends an object that nobody refers to.
///
/// # Safety
/// Its count is zero and nobody can get at it any more, except through weak references.
#[inline(never)]
unsafe fn destroy(t: &Thread, header: *const Header) {
    // SAFETY: as above.
    unsafe {
        let h = &*header;
        let typ = h.type_ptr();
        // The collector leaves it alone, here, in the trash, and from the end of its finalizer on.
        h.set_gc_alone(gc_bits::DYING);
        let depth = t.trash_depth.get();
        // At a depth of one it may be `leave` that asks, which would get it back at once.
        if depth >= TRASH_DEPTH || (depth > 1 && t.native_stack_low()) {
            t.trash.borrow_mut().push(header);
            return;
        }
        t.trash_depth.set(depth + 1);
        if h.has_gc(gc_bits::TRACKED) {
            t.heap.0.young.set(t.heap.0.young.get() - 1);
        }
        // Exact tuples are most of what dies: they have no finalizer, no attributes and no weak references.
        if h.kind_byte() == Kind::Tuple as u8 {
            Tuple::drop_items(header as *mut Tuple, t.tid());
            release(t, header);
            return leave(t);
        }
        let slots = (*typ).slots();
        if let Some(finalize) = slots.finalize
            && !h.has_flag(flag::FINALIZED)
            && !Generator::is_finished(h)
        {
            h.set_flag(flag::FINALIZED);
            h.clear_gc(gc_bits::DYING);
            if resurrected(t, header, |v| finalize(t, v)) {
                if h.has_gc(gc_bits::TRACKED) {
                    t.heap.0.young.set(t.heap.0.young.get() + 1);
                }
                return leave(t);
            }
            h.set_gc_alone(gc_bits::DYING);
        }
        if h.has_flag(flag::WEAKLY_REFERENCED) {
            super::weakref::clear(t, h);
        }
        if (*typ).part_offset() != 0
            && let Some(part) = Part::of(h)
        {
            part.clear(t, &*typ);
        }
        if let Some(drop) = slots.drop {
            drop(header as *mut Header);
        }
        release(t, header);
        // A heap type lives as long as its instances.
        if !(*(typ as *const Header)).is_immortal() {
            Header::decref(typ as *const Header, t.tid());
        }
        leave(t);
    }
}

/// Gives the memory of a dead object back.
#[inline(always)]
unsafe fn release(t: &Thread, header: *const Header) {
    // SAFETY: as in `destroy`, whose last step but the type it is.
    unsafe {
        if (*header).flags.load(Relaxed) & (flag::LARGE | flag::ROOMY) != 0 {
            give_back(t, header);
        } else {
            (*header).mark_free();
            t.heap.0.free(header as *mut Header);
        }
    }
}

/// The memory of a large object, or of one with racy counts.
#[cold]
#[inline(never)]
unsafe fn give_back(t: &Thread, header: *const Header) {
    // SAFETY: as in `destroy`, whose last step it is.
    unsafe {
        let h = &*header;
        if h.has_flag(flag::ROOMY) {
            naive::died(t, h);
        }
        h.mark_free();
        if h.has_flag(flag::LARGE) {
            let memory = t.heap.0.unlink_large(header as *mut Header);
            t.retire_memory(memory);
        } else {
            t.heap.0.free(header as *mut Header);
        }
    }
}

/// The outermost deallocation works off what the nested ones left. It stays the outermost one meanwhile: what dies then
/// is left to it as well, however long the chain.
unsafe fn leave(t: &Thread) {
    let depth = t.trash_depth.get() - 1;
    if depth == 0 {
        while let Some(header) = { t.trash.borrow_mut().pop() } {
            // SAFETY: it was put there with a count of zero.
            unsafe { destroy(t, header) };
        }
    }
    t.trash_depth.set(depth);
}

/// Runs a finalizer on a dead object; whether somebody took a reference meanwhile.
unsafe fn resurrected(t: &Thread, header: *const Header, f: impl FnOnce(&Value)) -> bool {
    // SAFETY: the count goes from zero to one for the length of the call.
    unsafe {
        let h = &*header;
        let naive = h.owner.load(Relaxed) == naive::OWNER;
        if naive {
            naive::revive(h);
        } else {
            biased::revive(&h.owner, &h.local, &h.shared, t.tid());
            if t.tid() != GIL_TID {
                biased::publish(&h.shared);
            }
        }
        let value = std::mem::ManuallyDrop::new(Value::from_header(header));
        // An exception under way is none of the finalizer's business.
        let raised = t.raised.take();
        f(&value);
        t.raised.set(raised);
        let end = match naive {
            true => naive::end_revival(h),
            false => biased::end_revival(&h.owner, &h.local, &h.shared, t.tid()),
        };
        match end {
            Outcome::Dead => false,
            Outcome::Alive => true,
            queued => {
                last_reference(header, queued);
                true
            }
        }
    }
}
