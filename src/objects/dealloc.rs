//! The end of an object: its count reached zero.
//!
//! In CPython's order: the finalizer runs (and may resurrect the object), weak references are cleared and
//! their callbacks called, attributes go, then the payload, then the memory.

use super::header::{DEAD, Header, IS_MERGED, MERGED, QUEUED, SHARED_SHIFT, flag, gc_bits};
use super::instance::Part;
use super::thread::{self, TRASH_DEPTH, Thread};
use super::value::Value;
use std::sync::atomic::Ordering::*;

/// The owner's count of an object reached zero.
///
/// # Safety
/// The caller is the owner and has just taken the last local count.
#[cold]
#[inline(never)]
pub unsafe fn local_zero(header: *const Header) {
    // SAFETY: the object's memory is valid until it is freed here.
    unsafe {
        let h = &*header;
        let t = thread::current();
        if !t.gil_enabled() {
            // Others may hold counts, or be about to take one: decide in one step.
            if h.shared.compare_exchange(0, DEAD, AcqRel, Acquire).is_err() {
                return merge(t, header);
            }
            h.shared.store(0, Relaxed);
        }
        destroy(t, header);
    }
}

/// Adds the owner's count to the shared one; the object belongs to nobody in particular from now on.
unsafe fn merge(t: &Thread, header: *const Header) {
    // SAFETY: as in `local_zero`.
    unsafe {
        let h = &*header;
        let local = h.local.swap(0, Relaxed);
        h.owner.store(MERGED, Release);
        let old = h.shared.fetch_add((local << SHARED_SHIFT) | IS_MERGED, AcqRel);
        let now = old.wrapping_add((local << SHARED_SHIFT) | IS_MERGED);
        if (now as i32) >> SHARED_SHIFT == 0 && now & QUEUED == 0 {
            destroy(t, header);
        }
    }
}

/// A thread that does not own the object gives a count back.
///
/// # Safety
/// The caller owns one count.
pub unsafe fn shared_decref(header: *const Header) {
    // SAFETY: as above.
    unsafe {
        let h = &*header;
        let old = h.shared.fetch_sub(1 << SHARED_SHIFT, AcqRel);
        let now = old.wrapping_sub(1 << SHARED_SHIFT);
        if now & IS_MERGED != 0 && (now as i32) >> SHARED_SHIFT == 0 {
            destroy(thread::current(), header);
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
        let slots = (*typ).slots();
        if t.trash_depth.get() >= TRASH_DEPTH {
            t.trash.borrow_mut().push(header);
            return;
        }
        t.trash_depth.set(t.trash_depth.get() + 1);
        if let Some(finalize) = slots.finalize
            && !h.has_flag(flag::FINALIZED)
        {
            h.set_flag(flag::FINALIZED);
            if resurrected(t, header, |v| finalize(t, v)) {
                return leave(t);
            }
        }
        if h.has_flag(flag::WEAKLY_REFERENCED) {
            super::weakref::clear(t, h);
        }
        h.set_gc(gc_bits::DYING);
        if h.has_gc(gc_bits::TRACKED) {
            t.heap.0.young.set(t.heap.0.young.get() - 1);
        }
        if (*typ).part_offset() != 0
            && let Some(part) = Part::of(h)
        {
            part.clear(t, &*typ);
        }
        if let Some(drop) = slots.drop {
            drop(header as *mut Header);
        }
        h.mark_free();
        t.heap.0.free(header as *mut Header);
        // A heap type lives as long as its instances.
        Header::decref(typ as *const Header, t.tid());
        leave(t);
    }
}

/// The outermost deallocation works off what the nested ones left.
unsafe fn leave(t: &Thread) {
    let depth = t.trash_depth.get() - 1;
    t.trash_depth.set(depth);
    if depth == 0 {
        while let Some(header) = { t.trash.borrow_mut().pop() } {
            // SAFETY: it was put there with a count of zero.
            unsafe { destroy(t, header) };
        }
    }
}

/// Runs a finalizer on a dead object; whether somebody took a reference meanwhile.
unsafe fn resurrected(t: &Thread, header: *const Header, f: impl FnOnce(&Value)) -> bool {
    // SAFETY: the count goes from zero to one for the length of the call.
    unsafe {
        let h = &*header;
        if h.owner.load(Relaxed) == MERGED {
            h.shared.fetch_add(1 << SHARED_SHIFT, Relaxed);
        } else {
            h.local.store(1, Relaxed);
        }
        let value = std::mem::ManuallyDrop::new(Value::from_header(header));
        // An exception under way is none of the finalizer's business.
        let raised = t.raised.take();
        f(&value);
        t.raised.set(raised);
        if h.owner.load(Relaxed) == MERGED {
            let old = h.shared.fetch_sub(1 << SHARED_SHIFT, AcqRel);
            (old.wrapping_sub(1 << SHARED_SHIFT) as i32) >> SHARED_SHIFT != 0
        } else {
            let left = h.local.load(Relaxed).wrapping_sub(1);
            h.local.store(left, Relaxed);
            left != 0
        }
    }
}
