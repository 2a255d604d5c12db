//! `_lzma`: compression by LZMA, in `.xz` and `.lzma` files or bare, piece by piece.
//!
//! The library is liblzma itself. [`filters`] translates filter chains.

mod filters;

use crate::modules::ModuleSpec;
use crate::modules::compression::{Decompressor, Done, Engine, Trouble, run};
use crate::modules::exceptions::Exception;
use crate::modules::native_type::{Signature, add_types};
use crate::modules::shared::Shared;
use crate::modules::system::{c_int, c_int_or, given, not_none};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use filters::Chain;
use liblzma_sys as lzma;
use std::mem::MaybeUninit;

static ERROR: Exception = Exception { module: "_lzma", name: "LZMAError", base: |types| &types.exception };

const FORMAT_AUTO: i32 = 0;
const FORMAT_XZ: i32 = 1;
const FORMAT_ALONE: i32 = 2;
const FORMAT_RAW: i32 = 3;

/// The check of a stream of which nothing is known.
const CHECK_UNKNOWN: u32 = 16;

/// Raises the library's error, if it is one.
fn check(t: &Thread, code: lzma::lzma_ret) -> R<()> {
    let message = match code {
        lzma::LZMA_OK | lzma::LZMA_GET_CHECK | lzma::LZMA_NO_CHECK | lzma::LZMA_STREAM_END => return Ok(()),
        lzma::LZMA_UNSUPPORTED_CHECK => "Unsupported integrity check",
        lzma::LZMA_MEM_ERROR => return Err(t.memory_error()),
        lzma::LZMA_MEMLIMIT_ERROR => "Memory usage limit exceeded",
        lzma::LZMA_FORMAT_ERROR => "Input format not supported by decoder",
        lzma::LZMA_OPTIONS_ERROR => "Invalid or unsupported options",
        lzma::LZMA_DATA_ERROR => "Corrupt input data",
        lzma::LZMA_BUF_ERROR => "Insufficient buffer space",
        lzma::LZMA_PROG_ERROR => "Internal error",
        _ => return Err(ERROR.raise(t, format!("Unrecognized error from liblzma: {code}"))),
    };
    Err(ERROR.raise(t, message))
}

/// A stream of the library.
struct Stream {
    raw: Box<lzma::lzma_stream>,
    /// The check of the data, once it is known.
    check: u32,
}

// SAFETY: a stream owns what it points to between calls, and no thread is bound to it.
unsafe impl Send for Stream {}

impl Stream {
    fn open(t: &Thread, init: impl FnOnce(*mut lzma::lzma_stream) -> lzma::lzma_ret) -> R<Stream> {
        // SAFETY: numbers and null pointers: `LZMA_STREAM_INIT`.
        let raw = Box::new(unsafe { std::mem::zeroed() });
        let mut stream = Stream { raw, check: CHECK_UNKNOWN };
        check(t, init(&mut *stream.raw))?;
        Ok(stream)
    }

    /// One call of the library.
    fn call(
        &mut self,
        input: &mut &[u8],
        room: &mut [MaybeUninit<u8>],
        action: lzma::lzma_action,
    ) -> (lzma::lzma_ret, usize) {
        let raw = &mut *self.raw;
        (raw.next_in, raw.avail_in) = (input.as_ptr(), input.len());
        (raw.next_out, raw.avail_out) = (room.as_mut_ptr().cast(), room.len());
        // SAFETY: the stream reads the input and writes to the room during the call, no further.
        let code = unsafe { lzma::lzma_code(raw, action) };
        let (left, written) = (raw.avail_in, room.len() - raw.avail_out);
        (raw.next_in, raw.avail_in) = (std::ptr::null(), 0);
        (raw.next_out, raw.avail_out) = (std::ptr::null_mut(), 0);
        *input = &input[input.len() - left..];
        match code {
            lzma::LZMA_GET_CHECK | lzma::LZMA_NO_CHECK => {
                // SAFETY: a stream that has just told of its check.
                self.check = unsafe { lzma::lzma_get_check(&*self.raw) };
                (lzma::LZMA_OK, written)
            }
            // No progress is possible without more input or room, which is no error here.
            lzma::LZMA_BUF_ERROR if input.is_empty() || written == room.len() => (lzma::LZMA_OK, written),
            code => (code, written),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: an open stream, or a new one.
        unsafe { lzma::lzma_end(&mut *self.raw) };
    }
}

/// The payload of a compressor: its stream, until it was flushed.
struct Compressor(Shared<Option<Stream>>);

impl Native for Compressor {}

static COMPRESSOR_SIGNATURE: Signature =
    Signature::new("LZMACompressor", "(format=FORMAT_XZ, check=-1, preset=None, filters=None)");

fn new_compressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [format, integrity, preset, filters] = COMPRESSOR_SIGNATURE.bind(t, args)?;
    let format = c_int_or(t, &format, FORMAT_XZ)?;
    let integrity = c_int_or(t, &integrity, -1)?;
    let (preset, filters) = (not_none(&preset), not_none(&filters));
    if preset.is_some() && filters.is_some() {
        return Err(t.value_error("Cannot specify both preset and filter chain"));
    }
    if format != FORMAT_XZ && integrity != -1 && integrity != lzma::LZMA_CHECK_NONE as i32 {
        return Err(t.value_error("Integrity checks are only supported by FORMAT_XZ"));
    }
    let preset = match preset {
        Some(v) => match int::as_u64(&protocol::index(t, v)?).and_then(|n| u32::try_from(n).ok()) {
            Some(preset) => preset,
            None => return Err(t.overflow_error("Value too large for uint32_t type")),
        },
        None => lzma::LZMA_PRESET_DEFAULT,
    };
    let mut chain = filters.map(|specs| Chain::of(t, specs)).transpose()?;
    // SAFETY: a fresh stream; the chain lives through the call, and the library copies it.
    let stream = unsafe {
        match (format, &mut chain) {
            (FORMAT_XZ, None) => {
                let integrity = if integrity == -1 { lzma::LZMA_CHECK_CRC64 } else { integrity as u32 };
                Stream::open(t, |raw| lzma::lzma_easy_encoder(raw, preset, integrity))?
            }
            (FORMAT_XZ, Some(chain)) => {
                let integrity = if integrity == -1 { lzma::LZMA_CHECK_CRC64 } else { integrity as u32 };
                Stream::open(t, |raw| lzma::lzma_stream_encoder(raw, chain.raw().as_ptr(), integrity))?
            }
            (FORMAT_ALONE, None) => {
                let mut options: lzma::lzma_options_lzma = std::mem::zeroed();
                if lzma::lzma_lzma_preset(&mut options, preset) != 0 {
                    return Err(ERROR.raise(t, format!("Invalid compression preset: {preset}")));
                }
                Stream::open(t, |raw| lzma::lzma_alone_encoder(raw, &options))?
            }
            (FORMAT_ALONE, Some(chain)) => match chain.lzma1() {
                Some(options) => Stream::open(t, |raw| lzma::lzma_alone_encoder(raw, options))?,
                None => {
                    return Err(t.value_error("Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter"));
                }
            },
            (FORMAT_RAW, None) => return Err(t.value_error("Must specify filters for FORMAT_RAW")),
            (FORMAT_RAW, Some(chain)) => Stream::open(t, |raw| lzma::lzma_raw_encoder(raw, chain.raw().as_ptr()))?,
            _ => return Err(t.value_error(format!("Invalid container format: {format}"))),
        }
    };
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, Compressor(Shared::new(Some(stream)))),
        None => Err(t.type_error("expected a class")),
    }
}

fn work(t: &Thread, stream: &mut Stream, data: &[u8], action: lzma::lzma_action) -> R {
    let mut input = data;
    // SAFETY: the stream writes what it says.
    let result = t.blocking(|| unsafe {
        run(usize::MAX, &mut input, |input, room| match stream.call(input, room, action) {
            (lzma::LZMA_OK, written) => Ok(Done { written, ended: false }),
            (lzma::LZMA_STREAM_END, written) => Ok(Done { written, ended: true }),
            (code, _) => Err(code),
        })
    });
    match result {
        Ok((out, _)) => Bytes::try_make(t, &out),
        Err(Trouble::Memory) => Err(t.memory_error()),
        Err(Trouble::Library(code)) => Err(Stream::raise(t, code)),
    }
}

fn compressor(v: &Value) -> &Compressor {
    v.opaque::<Compressor>().expect("methods of `LZMACompressor` get them")
}

fn compress(t: &Thread, v: &Value, data: &Value) -> R {
    let data = bytes_like(t, data)?;
    let mut state = compressor(v).0.enter(t)?;
    match &mut *state {
        Some(stream) => work(t, stream, &data, lzma::LZMA_RUN),
        None => Err(t.value_error("Compressor has been flushed")),
    }
}

fn flush(t: &Thread, v: &Value) -> R {
    let mut state = compressor(v).0.enter(t)?;
    match state.take() {
        Some(mut stream) => work(t, &mut stream, b"", lzma::LZMA_FINISH),
        None => Err(t.value_error("Repeated call to flush()")),
    }
}

#[rustfmt::skip]
static COMPRESSOR_METHODS: &[Def] = &[
    Def::new("compress", Func::One(compress), "($self, data, /)", "Provide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process."),
    Def::new("flush", Func::NoArgs(flush), "($self, /)", "Finish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called."),
];

static COMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Compressor>("_lzma.LZMACompressor");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\nCreate a compressor object for compressing data incrementally.\n\nformat specifies the container format to use for the output. This can\nbe FORMAT_XZ (default), FORMAT_ALONE, or FORMAT_RAW.\n\ncheck specifies the integrity check to use. For FORMAT_XZ, the default\nis CHECK_CRC64. FORMAT_ALONE and FORMAT_RAW do not support integrity\nchecks; for these formats, check must be omitted, or be CHECK_NONE.\n\nThe settings used by the compressor can be specified either as a\npreset compression level (with the 'preset' argument), or in detail\nas a custom filter chain (with the 'filters' argument).";
    spec.methods = COMPRESSOR_METHODS;
    spec.slots.new = Some(new_compressor);
    spec
};

impl Engine for Stream {
    type Error = lzma::lzma_ret;

    fn step(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>]) -> Result<Done, lzma::lzma_ret> {
        match self.call(input, room, lzma::LZMA_RUN) {
            (lzma::LZMA_OK, written) => Ok(Done { written, ended: false }),
            (lzma::LZMA_STREAM_END, written) => Ok(Done { written, ended: true }),
            (code, _) => Err(code),
        }
    }

    fn raise(t: &Thread, error: lzma::lzma_ret) -> Raised {
        match check(t, error) {
            Err(raised) => raised,
            Ok(()) => ERROR.raise(t, "Internal error"),
        }
    }

    const END_MESSAGE: &'static str = "Already at end of stream";
}

static DECOMPRESSOR_SIGNATURE: Signature =
    Signature::new("LZMADecompressor", "(format=FORMAT_AUTO, memlimit=None, filters=None)");

fn new_decompressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [format, limit, filters] = DECOMPRESSOR_SIGNATURE.bind(t, args)?;
    let format = c_int_or(t, &format, FORMAT_AUTO)?;
    let (limit, filters) = (not_none(&limit), not_none(&filters));
    if limit.is_some() && format == FORMAT_RAW {
        return Err(t.value_error("Cannot specify memory limit with FORMAT_RAW"));
    }
    let limit = match limit {
        Some(v) => match int::as_u64(&protocol::index(t, v)?) {
            Some(limit) => limit,
            None => return Err(t.overflow_error("Python int too large to convert to C unsigned long long")),
        },
        None => u64::MAX,
    };
    if format == FORMAT_RAW && filters.is_none() {
        return Err(t.value_error("Must specify filters for FORMAT_RAW"));
    }
    if format != FORMAT_RAW && filters.is_some() {
        return Err(t.value_error("Cannot specify filters except with FORMAT_RAW"));
    }
    let flags = lzma::LZMA_TELL_ANY_CHECK | lzma::LZMA_TELL_NO_CHECK;
    let mut chain = filters.map(|specs| Chain::of(t, specs)).transpose()?;
    // SAFETY: a fresh stream; the chain lives through the call, and the library copies it.
    let mut stream = unsafe {
        match (format, &mut chain) {
            (FORMAT_AUTO, _) => Stream::open(t, |raw| lzma::lzma_auto_decoder(raw, limit, flags))?,
            (FORMAT_XZ, _) => Stream::open(t, |raw| lzma::lzma_stream_decoder(raw, limit, flags))?,
            (FORMAT_ALONE, _) => Stream::open(t, |raw| lzma::lzma_alone_decoder(raw, limit))?,
            (FORMAT_RAW, Some(chain)) => Stream::open(t, |raw| lzma::lzma_raw_decoder(raw, chain.raw().as_ptr()))?,
            _ => return Err(t.value_error(format!("Invalid container format: {format}"))),
        }
    };
    if matches!(format, FORMAT_ALONE | FORMAT_RAW) {
        stream.check = lzma::LZMA_CHECK_NONE;
    }
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

static DECOMPRESSOR_GETSET: &[GetSet] = &[
    GetSet::member(
        "check",
        |t, v| Ok(Value::small(Decompressor::<Stream>::this(v).with(t, |stream| stream.check)?.into())),
        "ID of the integrity check used by the input stream.",
    ),
    Decompressor::<Stream>::EOF,
    Decompressor::<Stream>::UNUSED_DATA,
    Decompressor::<Stream>::NEEDS_INPUT,
];

static DECOMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Decompressor<Stream>>("_lzma.LZMADecompressor");
    spec.flags |= type_flags::IMMUTABLE;
    spec.doc = "Create a decompressor object for decompressing data incrementally.\n\n  format\n    Specifies the container format of the input stream.  If this is\n    FORMAT_AUTO (the default), the decompressor will automatically detect\n    whether the input is FORMAT_XZ or FORMAT_ALONE.  Streams created with\n    FORMAT_RAW cannot be autodetected.\n  memlimit\n    Limit the amount of memory used by the decompressor.  This will cause\n    decompression to fail if the input cannot be decompressed within this\n    limit.\n  filters\n    A custom filter chain.  This argument is required for FORMAT_RAW, and\n    not accepted with any other format.  When provided, this should be a\n    sequence of dicts, each indicating the ID and options for a single\n    filter.\n\nFor one-shot decompression, use the decompress() function instead.";
    spec.methods = DECOMPRESSOR_METHODS;
    spec.getset = DECOMPRESSOR_GETSET;
    spec.slots.new = Some(new_decompressor);
    spec
};

fn is_check_supported(t: &Thread, _: &Value, id: &Value) -> R {
    let id = c_int(t, id)?;
    // SAFETY: any number may be asked for.
    Ok(Value::bool(unsafe { lzma::lzma_check_is_supported(id as u32) } != 0))
}

static CONSTANTS: &[(&str, u64)] = &[
    ("FORMAT_AUTO", FORMAT_AUTO as u64),
    ("FORMAT_XZ", FORMAT_XZ as u64),
    ("FORMAT_ALONE", FORMAT_ALONE as u64),
    ("FORMAT_RAW", FORMAT_RAW as u64),
    ("CHECK_NONE", lzma::LZMA_CHECK_NONE as u64),
    ("CHECK_CRC32", lzma::LZMA_CHECK_CRC32 as u64),
    ("CHECK_CRC64", lzma::LZMA_CHECK_CRC64 as u64),
    ("CHECK_SHA256", lzma::LZMA_CHECK_SHA256 as u64),
    ("CHECK_ID_MAX", 15),
    ("CHECK_UNKNOWN", CHECK_UNKNOWN as u64),
    ("FILTER_LZMA1", lzma::LZMA_FILTER_LZMA1),
    ("FILTER_LZMA2", lzma::LZMA_FILTER_LZMA2),
    ("FILTER_DELTA", lzma::LZMA_FILTER_DELTA),
    ("FILTER_X86", lzma::LZMA_FILTER_X86),
    ("FILTER_POWERPC", lzma::LZMA_FILTER_POWERPC),
    ("FILTER_IA64", lzma::LZMA_FILTER_IA64),
    ("FILTER_ARM", lzma::LZMA_FILTER_ARM),
    ("FILTER_ARMTHUMB", lzma::LZMA_FILTER_ARMTHUMB),
    ("FILTER_SPARC", lzma::LZMA_FILTER_SPARC),
    ("MF_HC3", lzma::LZMA_MF_HC3 as u64),
    ("MF_HC4", lzma::LZMA_MF_HC4 as u64),
    ("MF_BT2", lzma::LZMA_MF_BT2 as u64),
    ("MF_BT3", lzma::LZMA_MF_BT3 as u64),
    ("MF_BT4", lzma::LZMA_MF_BT4 as u64),
    ("MODE_FAST", lzma::LZMA_MODE_FAST as u64),
    ("MODE_NORMAL", lzma::LZMA_MODE_NORMAL as u64),
    ("PRESET_DEFAULT", lzma::LZMA_PRESET_DEFAULT as u64),
    ("PRESET_EXTREME", lzma::LZMA_PRESET_EXTREME as u64),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&COMPRESSOR, &DECOMPRESSOR]);
    module.set(t, "LZMAError", ERROR.class(t)?);
    for (name, value) in CONSTANTS {
        module.set(t, name, int::from_u64(t, *value));
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("is_check_supported", Func::One(is_check_supported), "($module, check_id, /)", "Test whether the given integrity check is supported.\n\nAlways returns True for CHECK_NONE and CHECK_CRC32."),
    Def::new("_encode_filter_properties", Func::One(filters::encode_properties), "($module, filter, /)", "Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."),
    Def::new("_decode_filter_properties", Func::Pos(filters::decode_properties, 2, 2), "($module, filter_id, encoded_props, /)", "Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."),
];

/// `_lzma`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_lzma", functions: FUNCTIONS, exec: Some(exec), ..ModuleSpec::DEFAULT };
