//! How the engine walks over text: units of one, two or four bytes, in place.
//!
//! The engine knows no way to be stopped. It does call the drive for every step, so the drive counts the steps
//! and now and then looks whether somebody wants the thread: a signal, the world to be stopped. If a signal
//! handler raises, the search is left by unwinding, which [`interruptible`] turns into the exception. As in
//! CPython, matching does not hand over the GIL.

use super::engine::{StrDrive, StringCursor};
use crate::objects::slots::R;
use crate::objects::thread::{self, Thread};
use crate::sync::bit;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Text whose units have `WIDTH` bytes, in native order.
#[derive(Clone, Copy)]
pub(super) struct Drive<'a, const WIDTH: usize>(pub &'a [u8]);

/// Steps between two looks: some hundred microseconds of work.
const STEPS: u32 = 1 << 16;

thread_local! {
    static STEP: Cell<u32> = const { Cell::new(0) };
}

/// What unwinds a search whose interruption raised.
struct Interrupted;

/// Counts a step.
#[inline(always)]
fn step() {
    let n = STEP.get().wrapping_add(1);
    STEP.set(n);
    if n.is_multiple_of(STEPS) {
        look_up();
    }
}

#[cold]
#[inline(never)]
fn look_up() {
    if !thread::has_current() {
        return;
    }
    let t = thread::current();
    let wanted = bit::SIGNALS_PENDING | bit::STOP_THE_WORLD | bit::ASYNC_EXCEPTION | bit::EXIT;
    if t.sched.breaker.has(wanted) && crate::vm::breaker::handle(t).is_err() {
        resume_unwind(Box::new(Interrupted));
    }
}

/// Runs a search; an exception raised on the way ends it.
pub(super) fn interruptible<T>(t: &Thread, search: impl FnOnce() -> T) -> R<T> {
    match catch_unwind(AssertUnwindSafe(search)) {
        Ok(found) => Ok(found),
        Err(why) if why.is::<Interrupted>() => Err(t.raised_token()),
        Err(panic) => resume_unwind(panic),
    }
}

/// The engine's own drive over bytes does the stepping; positions count units.
type Raw<'a> = &'a [u8];

impl<const WIDTH: usize> Drive<'_, WIDTH> {
    /// The unit that begins at a place, which must not be the end.
    #[inline(always)]
    fn unit(mut cursor: StringCursor) -> u32 {
        let mut bytes = [0; 4];
        for byte in &mut bytes[..WIDTH] {
            *byte = <Raw<'_>>::peek(&cursor) as u8;
            <Raw<'_>>::skip(&mut cursor, 1);
        }
        match WIDTH {
            1 => bytes[0] as u32,
            2 => u16::from_ne_bytes([bytes[0], bytes[1]]) as u32,
            _ => u32::from_ne_bytes(bytes),
        }
    }
}

impl<const WIDTH: usize> StrDrive for Drive<'_, WIDTH> {
    #[inline]
    fn count(&self) -> usize {
        self.0.len() / WIDTH
    }

    #[inline]
    fn create_cursor(&self, n: usize) -> StringCursor {
        let mut cursor = self.0.create_cursor(n * WIDTH);
        cursor.position = n;
        cursor
    }

    #[inline]
    fn adjust_cursor(&self, cursor: &mut StringCursor, n: usize) {
        *cursor = self.create_cursor(n);
    }

    #[inline]
    fn advance(cursor: &mut StringCursor) -> u32 {
        let unit = Self::peek(cursor);
        Self::skip(cursor, 1);
        unit
    }

    #[inline]
    fn peek(cursor: &StringCursor) -> u32 {
        Self::unit(*cursor)
    }

    #[inline]
    fn skip(cursor: &mut StringCursor, n: usize) {
        step();
        let position = cursor.position;
        <Raw<'_>>::skip(cursor, n * WIDTH);
        cursor.position = position + n;
    }

    #[inline]
    fn back_advance(cursor: &mut StringCursor) -> u32 {
        Self::back_skip(cursor, 1);
        Self::peek(cursor)
    }

    #[inline]
    fn back_peek(cursor: &StringCursor) -> u32 {
        let mut cursor = *cursor;
        cursor.position = WIDTH;
        <Raw<'_>>::back_skip(&mut cursor, WIDTH);
        Self::unit(cursor)
    }

    #[inline]
    fn back_skip(cursor: &mut StringCursor, n: usize) {
        step();
        let position = cursor.position;
        // The raw drive counts its own units: let it have as many as it takes away.
        cursor.position = n * WIDTH;
        <Raw<'_>>::back_skip(cursor, n * WIDTH);
        cursor.position = position - n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk<const WIDTH: usize>(units: &[u32]) {
        let bytes: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()[..WIDTH].to_vec()).collect();
        let drive = Drive::<WIDTH>(&bytes);
        assert_eq!(drive.count(), units.len());
        let mut cursor = drive.create_cursor(0);
        for (i, &unit) in units.iter().enumerate() {
            assert_eq!((cursor.position, Drive::<WIDTH>::peek(&cursor)), (i, unit));
            assert_eq!(Drive::<WIDTH>::advance(&mut cursor), unit);
            assert_eq!(Drive::<WIDTH>::back_peek(&cursor), unit);
        }
        for &unit in units.iter().rev() {
            assert_eq!(Drive::<WIDTH>::back_advance(&mut cursor), unit);
        }
        assert_eq!(cursor.position, 0);
    }

    #[test]
    fn positions_count_units_of_any_width() {
        walk::<1>(&[1, 2, 0xFF]);
        walk::<2>(&[1, 0x20AC, 0xD800]);
        walk::<4>(&[1, 0x1F600, 0x10_FFFF]);
    }
}
