//! What a thread remembers while somebody watches it: `sys.settrace`, `sys.setprofile`, `sys.monitoring`.
//!
//! The watching itself is the VM's. Nothing here is looked at by a thread that nobody watches.

use super::frame::Frame;
use super::slot::Slot;
use super::value::Value;
use std::cell::{Cell, RefCell};

/// What is to be told when a frame's next instruction shows how the last one ended.
pub enum After {
    /// Something that is no Python function was called: the callable and its first argument.
    Call(Value, Value),
    /// A conditional jump; `true` for a `for` loop's.
    Branch(bool),
}

/// What was last seen of a running frame.
pub struct Seen {
    pub frame: *mut Frame,
    /// The code unit executed last; `u32::MAX` for none.
    pub unit: u32,
    pub after: Option<After>,
}

/// The event that a callback is told of, for those who ask whether it may jump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum During {
    #[default]
    Nothing,
    Event(u8),
}

/// A thread's part of watching.
#[derive(Default)]
pub struct ThreadWatch {
    /// `sys.settrace` and `sys.setprofile`.
    pub trace: Slot,
    pub profile: Slot,
    /// Frames run with the handlers that tell what they do.
    pub on: Cell<bool>,
    /// How many callbacks are running: what they do is not told.
    pub inside: Cell<u32>,
    pub during: Cell<During>,
    /// The running frames that were seen, outermost first.
    pub seen: RefCell<Vec<Seen>>,
}
