//! `_bz2`: compression by bzip2, piece by piece.
//!
//! The library is `libbz2-rs-sys`, bzip2 in Rust with bzip2's own C interface.

use crate::modules::ModuleSpec;
use crate::modules::compression::{Decompressor, Done, Engine, Trouble, run};
use crate::modules::native_type::{Signature, add_types};
use crate::modules::shared::Shared;
use crate::modules::system::{c_int_or, given};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use libbz2_rs_sys as bz;
use std::mem::MaybeUninit;

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Compress,
    Decompress,
}

/// A stream of the library.
struct Stream {
    /// In one place: its inner state points back to it.
    raw: Box<bz::bz_stream>,
    direction: Direction,
}

// SAFETY: a stream owns what it points to between calls, and no thread is bound to it.
unsafe impl Send for Stream {}

impl Stream {
    fn open(direction: Direction, init: impl FnOnce(*mut bz::bz_stream) -> i32) -> Result<Stream, i32> {
        let raw = Box::new(bz::bz_stream {
            next_in: std::ptr::null(),
            avail_in: 0,
            total_in_lo32: 0,
            total_in_hi32: 0,
            next_out: std::ptr::null_mut(),
            avail_out: 0,
            total_out_lo32: 0,
            total_out_hi32: 0,
            state: std::ptr::null_mut(),
            bzalloc: None,
            bzfree: None,
            opaque: std::ptr::null_mut(),
        });
        let mut stream = Stream { raw, direction };
        match init(&mut *stream.raw) {
            bz::BZ_OK => Ok(stream),
            code => Err(code),
        }
    }

    /// One call of the library; `action` counts for compression.
    fn call(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>], action: i32) -> (i32, usize) {
        let available = input.len().min(u32::MAX as usize);
        let space = room.len().min(u32::MAX as usize);
        let raw = &mut *self.raw;
        (raw.next_in, raw.avail_in) = (input.as_ptr().cast(), available as u32);
        (raw.next_out, raw.avail_out) = (room.as_mut_ptr().cast(), space as u32);
        // SAFETY: the stream reads the input and writes to the room during the call, no further.
        let code = unsafe {
            match self.direction {
                Direction::Compress => bz::BZ2_bzCompress(raw, action),
                Direction::Decompress => bz::BZ2_bzDecompress(raw),
            }
        };
        let written = space - (raw.avail_out as usize).min(space);
        let consumed = available - (raw.avail_in as usize).min(available);
        (raw.next_in, raw.avail_in) = (std::ptr::null(), 0);
        (raw.next_out, raw.avail_out) = (std::ptr::null_mut(), 0);
        *input = &input[consumed..];
        (code, written)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: a stream of that direction, or one that was never opened, which is refused.
        unsafe {
            match self.direction {
                Direction::Compress => bz::BZ2_bzCompressEnd(&mut *self.raw),
                Direction::Decompress => bz::BZ2_bzDecompressEnd(&mut *self.raw),
            };
        }
    }
}

/// Raises the library's error.
#[cold]
fn raise(t: &Thread, code: i32) -> Raised {
    let types = t.types();
    match code {
        bz::BZ_PARAM_ERROR => t.value_error("Internal error - invalid parameters passed to libbzip2"),
        bz::BZ_MEM_ERROR => t.memory_error(),
        bz::BZ_DATA_ERROR | bz::BZ_DATA_ERROR_MAGIC => t.raise_message(&types.os_error, "Invalid data stream"),
        bz::BZ_IO_ERROR => t.raise_message(&types.os_error, "Unknown I/O error"),
        bz::BZ_UNEXPECTED_EOF => {
            t.raise_message(&types.eof_error, "Compressed file ended before the logical end-of-stream was detected")
        }
        bz::BZ_SEQUENCE_ERROR => t.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2"),
        _ => t.raise_message(&types.os_error, &format!("Unrecognized error from libbzip2: {code}")),
    }
}

/// The payload of a compressor: its stream, until it was flushed.
struct Compressor(Shared<Option<Stream>>);

impl Native for Compressor {}

static COMPRESSOR_SIGNATURE: Signature = Signature::new("BZ2Compressor", "(compresslevel=9, /)");

fn new_compressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [level] = COMPRESSOR_SIGNATURE.bind(t, args)?;
    let level = c_int_or(t, &level, 9)?;
    if !(1..=9).contains(&level) {
        return Err(t.value_error("compresslevel must be between 1 and 9"));
    }
    // SAFETY: a fresh stream, which stays where it is.
    let stream = Stream::open(Direction::Compress, |raw| unsafe { bz::BZ2_bzCompressInit(raw, level, 0, 0) })
        .map_err(|code| raise(t, code))?;
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, Compressor(Shared::new(Some(stream)))),
        None => Err(t.type_error("expected a class")),
    }
}

/// Compresses; `action` says whether that is all.
fn work(t: &Thread, stream: &mut Stream, data: &[u8], action: i32) -> R {
    let mut input = data;
    // SAFETY: the stream writes what it says.
    let result = t.blocking(|| unsafe {
        run(usize::MAX, &mut input, |input, room| {
            let space = room.len();
            let (code, written) = stream.call(input, room, action);
            let wants_more = input.is_empty() && written < space;
            match code {
                bz::BZ_STREAM_END => Ok(Done { written, ended: true }),
                bz::BZ_RUN_OK | bz::BZ_FLUSH_OK => Ok(Done { written, ended: wants_more }),
                bz::BZ_FINISH_OK => Ok(Done { written, ended: false }),
                code => Err(code),
            }
        })
    });
    match result {
        Ok((out, _)) => Bytes::try_make(t, &out),
        Err(Trouble::Memory) => Err(t.memory_error()),
        Err(Trouble::Library(code)) => Err(raise(t, code)),
    }
}

fn compressor(v: &Value) -> &Compressor {
    v.opaque::<Compressor>().expect("methods of `BZ2Compressor` get them")
}

fn compress(t: &Thread, v: &Value, data: &Value) -> R {
    let data = bytes_like(t, data)?;
    let mut state = compressor(v).0.enter(t)?;
    match &mut *state {
        // The library takes a call without input for an error.
        Some(_) if data.is_empty() => Ok(Bytes::make(t, b"")),
        Some(stream) => work(t, stream, &data, bz::BZ_RUN),
        None => Err(t.value_error("Compressor has been flushed")),
    }
}

fn flush(t: &Thread, v: &Value) -> R {
    let mut state = compressor(v).0.enter(t)?;
    match state.take() {
        Some(mut stream) => work(t, &mut stream, b"", bz::BZ_FINISH),
        None => Err(t.value_error("Repeated call to flush()")),
    }
}

#[rustfmt::skip]
static COMPRESSOR_METHODS: &[Def] = &[
    Def::new("compress", Func::One(compress), "($self, data, /)", "Provide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process."),
    Def::new("flush", Func::NoArgs(flush), "($self, /)", "Finish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called."),
];

static COMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Compressor>("_bz2.BZ2Compressor");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "Create a compressor object for compressing data incrementally.\n\n  compresslevel\n    Compression level, as a number between 1 and 9.\n\nFor one-shot compression, use the compress() function instead.";
    spec.methods = COMPRESSOR_METHODS;
    spec.slots.new = Some(new_compressor);
    spec
};

impl Engine for Stream {
    type Error = i32;

    fn step(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>]) -> Result<Done, i32> {
        let (code, written) = self.call(input, room, 0);
        match code {
            bz::BZ_OK => Ok(Done { written, ended: false }),
            bz::BZ_STREAM_END => Ok(Done { written, ended: true }),
            code => Err(code),
        }
    }

    fn raise(t: &Thread, error: i32) -> Raised {
        raise(t, error)
    }
}

static DECOMPRESSOR_SIGNATURE: Signature = Signature::new("BZ2Decompressor", "()");

fn new_decompressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [] = DECOMPRESSOR_SIGNATURE.bind(t, args)?;
    // SAFETY: a fresh stream, which stays where it is.
    let stream = Stream::open(Direction::Decompress, |raw| unsafe { bz::BZ2_bzDecompressInit(raw, 0, 0) })
        .map_err(|code| raise(t, code))?;
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, Decompressor::new(stream)),
        None => Err(t.type_error("expected a class")),
    }
}

fn decompress(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    Decompressor::<Stream>::this(v).decompress(t, &data, args[1].as_ref())
}

#[rustfmt::skip]
static DECOMPRESSOR_METHODS: &[Def] = &[
    Def::new("decompress", Func::Bound(decompress), "($self, /, data, max_length=-1)", "Decompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes of\ndecompressed data. If this limit is reached and further output can be\nproduced, *self.needs_input* will be set to ``False``. In this case, the next\ncall to *decompress()* may provide *data* as b'' to obtain more of the output.\n\nIf all of the input data was decompressed and returned (either because this\nwas less than *max_length* bytes, or because *max_length* was negative),\n*self.needs_input* will be set to True.\n\nAttempting to decompress data after the end of stream is reached raises an\nEOFError.  Any data found after the end of the stream is ignored and saved in\nthe unused_data attribute."),
];

static DECOMPRESSOR_GETSET: &[GetSet] =
    &[Decompressor::<Stream>::EOF, Decompressor::<Stream>::UNUSED_DATA, Decompressor::<Stream>::NEEDS_INPUT];

static DECOMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Decompressor<Stream>>("_bz2.BZ2Decompressor");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "Create a decompressor object for decompressing data incrementally.\n\nFor one-shot decompression, use the decompress() function instead.";
    spec.methods = DECOMPRESSOR_METHODS;
    spec.getset = DECOMPRESSOR_GETSET;
    spec.slots.new = Some(new_decompressor);
    spec
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&COMPRESSOR, &DECOMPRESSOR]);
    Ok(())
}

/// `_bz2`.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_bz2", exec: Some(exec), ..ModuleSpec::DEFAULT };
