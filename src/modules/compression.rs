//! What the compressing modules share (`_bz2`, `_lzma`, `_zstd`): output that grows, and decompressors that take
//! data piece by piece and give no more than is wanted.

use super::shared::Shared;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::opaque::Native;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::GetSet;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// Room for output to begin with.
const FIRST_ROOM: usize = 32 * 1024;

/// What a call of a library did: how much room it filled, and whether that was the end.
pub struct Done {
    pub written: usize,
    pub ended: bool,
}

/// Why a piece of work failed.
pub enum Trouble<E> {
    Memory,
    Library(E),
}

/// Calls `step` with room for output until it has taken all the input, or has ended, or the output has `limit`
/// bytes. `step` takes away what it consumed.
///
/// # Safety
/// `step` has written as many bytes of the room as it says.
pub unsafe fn run<E>(
    limit: usize,
    input: &mut &[u8],
    mut step: impl FnMut(&mut &[u8], &mut [MaybeUninit<u8>]) -> Result<Done, E>,
) -> Result<(Vec<u8>, bool), Trouble<E>> {
    let mut out: Vec<u8> = Vec::new();
    loop {
        if out.len() == out.capacity() {
            let more = out.len().max(FIRST_ROOM).min(limit - out.len());
            out.try_reserve_exact(more).map_err(|_| Trouble::Memory)?;
        }
        let room = (out.capacity() - out.len()).min(limit - out.len());
        let done = step(input, &mut out.spare_capacity_mut()[..room]).map_err(Trouble::Library)?;
        // SAFETY: so much of the room was written.
        unsafe { out.set_len(out.len() + done.written) };
        if done.ended || out.len() == limit || (input.is_empty() && done.written < room) {
            return Ok((out, done.ended));
        }
    }
}

/// A library's decompression under way.
pub trait Engine: Send + Sized + 'static {
    type Error: Send;

    /// One call of the library. It has written as many bytes of the room as it says.
    fn step(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>]) -> Result<Done, Self::Error>;

    /// Raises the library's error.
    fn raise(t: &Thread, error: Self::Error) -> Raised;

    /// Whether data after the end begins anew: such decompressors are at an end only where input is, too.
    const END_MESSAGE: &'static str = "End of stream already reached";
}

/// The payload of a decompressor.
pub struct Decompressor<E: Engine> {
    state: Shared<(E, Vec<u8>)>,
    /// Behind the end of the compressed data. Written by whoever has entered the state, as the next two.
    unused: Slot,
    eof: AtomicBool,
    needs_input: AtomicBool,
}

impl<E: Engine> Native for Decompressor<E> {}

impl<E: Engine> Decompressor<E> {
    pub fn new(engine: E) -> Decompressor<E> {
        Decompressor {
            state: Shared::new((engine, Vec::new())),
            unused: Slot::EMPTY,
            eof: AtomicBool::new(false),
            needs_input: AtomicBool::new(true),
        }
    }

    pub fn this(v: &Value) -> &Decompressor<E> {
        v.opaque::<Decompressor<E>>().expect("methods of a decompressor get them")
    }

    /// Looks at the library's state.
    pub fn with<T>(&self, t: &Thread, f: impl FnOnce(&E) -> T) -> R<T> {
        Ok(f(&self.state.enter(t)?.0))
    }

    /// `decompress(data, max_length)`.
    pub fn decompress(&self, t: &Thread, data: &[u8], limit: Option<&Value>) -> R {
        let limit = limit.map_or(Ok(-1), |v| int::arg_isize(t, v))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut state = self.state.enter(t)?;
        if self.eof.load(Acquire) {
            return Err(t.raise_message(&t.types().eof_error, E::END_MESSAGE));
        }
        let (engine, pending) = &mut *state;
        let mut waiting = std::mem::take(pending);
        let mut input = data;
        if !waiting.is_empty() {
            if waiting.try_reserve_exact(data.len()).is_err() {
                return Err(t.memory_error());
            }
            waiting.extend_from_slice(data);
            input = &waiting;
        }
        // SAFETY: engines write what they say.
        let result = t.blocking(|| unsafe { run(limit, &mut input, |input, room| engine.step(input, room)) });
        let (out, ended) = match result {
            Ok(found) => found,
            Err(Trouble::Memory) => return Err(t.memory_error()),
            Err(Trouble::Library(error)) => {
                self.needs_input.store(false, Release);
                return Err(E::raise(t, error));
            }
        };
        if ended {
            self.eof.store(true, Release);
            self.needs_input.store(false, Release);
            self.unused.set(Bytes::try_make(t, input)?);
        } else {
            // With the output full the library may hold more of it.
            let full = out.len() == limit;
            self.needs_input.store(input.is_empty() && !full, Release);
            pending.extend_from_slice(input);
        }
        drop(state);
        Bytes::try_make(t, &out)
    }

    pub const EOF: GetSet = GetSet::member(
        "eof",
        |_, v| Ok(Value::bool(Self::this(v).eof.load(Acquire))),
        "True if the end-of-stream marker has been reached.",
    );

    pub const NEEDS_INPUT: GetSet = GetSet::member(
        "needs_input",
        |_, v| Ok(Value::bool(Self::this(v).needs_input.load(Acquire))),
        "True if more input is needed before more decompressed data can be produced.",
    );

    pub const UNUSED_DATA: GetSet = GetSet::member(
        "unused_data",
        |t, v| Ok(Self::this(v).unused.get(t).unwrap_or_else(|| Bytes::make(t, b""))),
        "Data found after the end of the compressed stream.",
    );
}
