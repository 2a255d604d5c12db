//! The stack of exceptions that are being handled: what `sys.exc_info()` and a bare `raise` see.
//!
//! Every generator has an entry of its own, linked below the caller's while it runs.

use super::slot::Slot;
use std::cell::Cell;

/// One entry. Empty where no exception is being handled at this level.
pub struct ExcInfo {
    pub value: Slot,
    /// The next entry outwards.
    pub previous: Cell<*const ExcInfo>,
}

impl Default for ExcInfo {
    fn default() -> ExcInfo {
        ExcInfo { value: Slot::EMPTY, previous: Cell::new(std::ptr::null()) }
    }
}
