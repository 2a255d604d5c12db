//! How deep the passes may recurse: a tree that is too deep is a `RecursionError`, never an overflow.

use crate::syntax::ast::Span;
use crate::syntax::error::{SyntaxError, SyntaxErrorKind};

/// Far more than people write, and little enough that the deepest pass fits in some tens of megabytes.
const LIMIT: u32 = 10_000;

/// Counts how deep a pass is.
#[derive(Default)]
pub(super) struct Depth {
    now: u32,
}

impl Depth {
    /// One level down. Errors: `RecursionError` below the limit.
    pub fn enter(&mut self, span: Span) -> Result<(), Box<SyntaxError>> {
        self.now += 1;
        if self.now > LIMIT {
            let message = "maximum recursion depth exceeded during compilation";
            return Err(Box::new(SyntaxError::new(SyntaxErrorKind::RecursionError, message, span)));
        }
        Ok(())
    }

    /// One level up.
    pub fn leave(&mut self) {
        self.now -= 1;
    }
}

/// Runs `f` on a new piece of stack when this one is nearly used up.
pub(super) fn grow<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, f)
}
