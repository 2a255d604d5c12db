//! What a thread waits for: kept while it waits, so that a deadlock can be told as a story.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The kinds of waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// A `_thread.lock`.
    Lock,
    /// A `_thread.RLock`.
    RLock,
    /// The lock of a container that another thread changes (GIL off).
    ObjectLock,
    /// The end of a thread.
    Join,
    /// An item of a queue.
    Queue,
    /// `time.sleep`.
    Sleep,
    /// Whatever else is signalled by another thread.
    Event,
}

/// A wait, as a report shows it.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// What kind of thing is waited for.
    pub kind: WaitKind,
    /// Which one: its address.
    pub address: usize,
    /// Where the number of the thread stands that can end the wait, if it is known. Whoever waits keeps the
    /// thing it waits for alive, so the pointer is good while the wait lasts.
    holder: Option<*const AtomicU64>,
}

// SAFETY: an atomic that outlives the wait.
unsafe impl Send for Waiting {}
// SAFETY: as above.
unsafe impl Sync for Waiting {}

impl Waiting {
    /// A wait for something of no known holder.
    pub fn new(kind: WaitKind, address: usize) -> Waiting {
        Waiting { kind, address, holder: None }
    }

    /// A wait for something whose holder's number stands in `holder` (0: nobody). The caller keeps it alive
    /// until the wait is over.
    pub fn held(kind: WaitKind, address: usize, holder: &AtomicU64) -> Waiting {
        Waiting { kind, address, holder: Some(holder) }
    }

    /// The number of the thread that can end the wait.
    pub(super) fn holder(&self) -> Option<u64> {
        // SAFETY: called only while the wait lasts.
        self.holder.map(|at| unsafe { (*at).load(Relaxed) }).filter(|&n| n != 0)
    }
}
