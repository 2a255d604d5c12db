//! `zlib._ZlibDecompressor`: as the decompressors of `bz2` and `lzma`, for `gzip` and `zipfile`.

use super::decompress::Inflater;
use super::stream::Output;
use super::{BUFFER_SIZE, Shared, WBITS, dictionary, error};
use crate::modules::native_type::Signature;
use crate::modules::system::{c_int_or, given};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::container::class_of;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use libz_rs_sys as z;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// The inflater, and input that waits for room.
struct State {
    inflater: Inflater,
    pending: Vec<u8>,
}

/// The payload.
struct Decompressor {
    state: Shared<State>,
    /// Behind the end of the compressed data. Written by whoever has entered the state, as the next two.
    unused: Slot,
    eof: AtomicBool,
    needs_input: AtomicBool,
}

impl Native for Decompressor {}

fn payload(v: &Value) -> &Decompressor {
    v.opaque::<Decompressor>().expect("methods of `_ZlibDecompressor` get them")
}

static SIGNATURE: Signature = Signature::new("_ZlibDecompressor", "(wbits=15, zdict=b'')");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [wbits, zdict] = SIGNATURE.bind(t, args)?;
    let wbits = c_int_or(t, &wbits, WBITS)?;
    let zdict = zdict.as_ref().map(|v| dictionary(t, v)).transpose()?;
    let object = Decompressor {
        state: Shared::new(State { inflater: Inflater::new(t, wbits, zdict)?, pending: Vec::new() }),
        unused: Slot::EMPTY,
        eof: AtomicBool::new(false),
        needs_input: AtomicBool::new(true),
    };
    opaque::new(t, class_of(t, class)?, object)
}

fn decompress(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    let limit = args[1].as_ref().map_or(Ok(-1), |v| int::arg_isize(t, v))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let this = payload(v);
    let mut state = this.state.enter(t)?;
    if this.eof.load(Acquire) {
        return Err(t.raise_message(&t.types().eof_error, "End of stream already reached"));
    }
    let State { inflater, pending } = &mut *state;
    let mut out = Output::new(limit, BUFFER_SIZE);
    let mut waiting = std::mem::take(pending);
    let mut input = &*data;
    if !waiting.is_empty() {
        if waiting.try_reserve_exact(data.len()).is_err() {
            return Err(t.memory_error());
        }
        waiting.extend_from_slice(&data);
        input = &waiting;
    }
    let code = inflater.run(t, &mut input, &mut out, |_| z::Z_SYNC_FLUSH)?;
    match code {
        z::Z_STREAM_END => {
            this.eof.store(true, Release);
            this.needs_input.store(false, Release);
            this.unused.set(Bytes::try_make(t, input)?);
            match inflater.stream.end() {
                z::Z_OK => {}
                code => return Err(error(t, Some(&inflater.stream), code, "while finishing decompression")),
            }
        }
        z::Z_OK | z::Z_BUF_ERROR => {
            // With the output full the stream may hold more of it.
            let full = out.bytes().len() == limit;
            this.needs_input.store(input.is_empty() && !full, Release);
            pending.extend_from_slice(input);
        }
        _ => return Err(error(t, Some(&inflater.stream), code, "while decompressing data")),
    }
    Bytes::try_make(t, out.bytes())
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("decompress", Func::Bound(decompress), "($self, /, data, max_length=-1)", "Decompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes\nof decompressed data.  If this limit is reached and further output\ncan be produced, *self.needs_input* will be set to ``False``.  In\nthis case, the next call to *decompress()* may provide *data* as b''\nto obtain more of the output.\n\nIf all of the input data was decompressed and returned (either\nbecause this was less than *max_length* bytes, or because\n*max_length* was negative), *self.needs_input* will be set to True.\n\nAttempting to decompress data after the end of stream is reached\nraises an EOFError.  Any data found after the end of the stream is\nignored and saved in the unused_data attribute."),
];

static GETSET: &[GetSet] = &[
    GetSet::member(
        "eof",
        |_, v| Ok(Value::bool(payload(v).eof.load(Acquire))),
        "True if the end-of-stream marker has been reached.",
    ),
    GetSet::ro(
        "unused_data",
        |t, v| Ok(payload(v).unused.get(t).unwrap_or_else(|| Bytes::make(t, b""))),
        "Data found after the end of the compressed stream.",
    ),
    GetSet::ro(
        "needs_input",
        |_, v| Ok(Value::bool(payload(v).needs_input.load(Acquire))),
        "True if more input is needed before more decompressed data can be produced.",
    ),
];

pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Decompressor>("zlib._ZlibDecompressor");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "Create a decompressor object for decompressing data incrementally.\n\n  wbits = 15\n  zdict\n     The predefined compression dictionary. This is a sequence of bytes\n     (such as a bytes object) containing subsequences that are expected\n     to occur frequently in the data that is to be compressed. Those\n     subsequences that are expected to be most common should come at the\n     end of the dictionary. This must be the same dictionary as used by the\n     compressor that produced the input data.\n\n";
    spec.methods = METHODS;
    spec.getset = GETSET;
    spec.slots.new = Some(new);
    spec
};
