//! What a thread remembers while somebody watches it: `sys.settrace`, `sys.setprofile`, `sys.monitoring`.
//!
//! The watching itself is the VM's. Nothing here is looked at by a thread that nobody watches.

use super::frame::Frame;
use super::slot::Slot;
use super::value::Value;
use std::cell::{Cell, RefCell};

/// Events by CPython's numbers.
#[allow(missing_docs)]
pub mod event {
    pub const PY_START: u8 = 0;
    pub const PY_RESUME: u8 = 1;
    pub const PY_RETURN: u8 = 2;
    pub const PY_YIELD: u8 = 3;
    pub const CALL: u8 = 4;
    pub const LINE: u8 = 5;
    pub const INSTRUCTION: u8 = 6;
    pub const JUMP: u8 = 7;
    pub const BRANCH_LEFT: u8 = 8;
    pub const BRANCH_RIGHT: u8 = 9;
    pub const STOP_ITERATION: u8 = 10;
    pub const RAISE: u8 = 11;
    pub const EXCEPTION_HANDLED: u8 = 12;
    pub const PY_UNWIND: u8 = 13;
    pub const PY_THROW: u8 = 14;
    pub const RERAISE: u8 = 15;
    pub const C_RETURN: u8 = 16;
    pub const C_RAISE: u8 = 17;
    pub const BRANCH: u8 = 18;
    /// How many there are.
    pub const COUNT: usize = 19;
    /// How many can be wanted of one code object, and turned off at one place.
    pub const LOCAL: u8 = 11;

    /// Names by number.
    pub const NAMES: [&str; COUNT] = [
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
        "BRANCH",
    ];
}

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
