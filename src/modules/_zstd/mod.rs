//! `_zstd`: compression by Zstandard, piece by piece, with dictionaries.
//!
//! The library is libzstd itself. [`raw`] wraps its streams; [`dictionary`] has dictionaries and their making.

mod dictionary;
mod raw;

use crate::modules::compression::{Decompressor, Done, Engine, Trouble, run};
use crate::modules::exceptions::Exception;
use crate::modules::native_type::{Signature, add_types};
use crate::modules::shared::Shared;
use crate::modules::system::{c_int, c_int_or, given, not_none};
use crate::modules::{ModuleSpec, module_type};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use dictionary::argument;
use raw::{Compression, Decompression, Direction, Error, Use, bounds};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering::*};
use zstd_sys as zs;

static ERROR: Exception = Exception { module: "compression.zstd", name: "ZstdError", base: |types| &types.exception };

/// Raises `ZstdError` with the library's words behind others.
#[cold]
fn error(t: &Thread, what: &str, error: Error) -> Raised {
    ERROR.raise(t, format!("{what}: {}", error.text()))
}

/// The enumerations of parameters that `compression.zstd` has told.
#[derive(Default)]
struct ParameterTypes {
    compression: Slot,
    decompression: Slot,
}

const CONTINUE: u32 = 0;
const FLUSH_BLOCK: u32 = 1;
const FLUSH_FRAME: u32 = 2;

fn directive(mode: u32) -> zs::ZSTD_EndDirective {
    match mode {
        CONTINUE => zs::ZSTD_EndDirective::ZSTD_e_continue,
        FLUSH_BLOCK => zs::ZSTD_EndDirective::ZSTD_e_flush,
        _ => zs::ZSTD_EndDirective::ZSTD_e_end,
    }
}

/// The parameters that can be named in messages.
static COMPRESSION_PARAMETERS: &[(&str, i32, &str)] = &[
    ("compression_level", 100, "ZSTD_c_compressionLevel"),
    ("window_log", 101, "ZSTD_c_windowLog"),
    ("hash_log", 102, "ZSTD_c_hashLog"),
    ("chain_log", 103, "ZSTD_c_chainLog"),
    ("search_log", 104, "ZSTD_c_searchLog"),
    ("min_match", 105, "ZSTD_c_minMatch"),
    ("target_length", 106, "ZSTD_c_targetLength"),
    ("strategy", 107, "ZSTD_c_strategy"),
    ("enable_long_distance_matching", 160, "ZSTD_c_enableLongDistanceMatching"),
    ("ldm_hash_log", 161, "ZSTD_c_ldmHashLog"),
    ("ldm_min_match", 162, "ZSTD_c_ldmMinMatch"),
    ("ldm_bucket_size_log", 163, "ZSTD_c_ldmBucketSizeLog"),
    ("ldm_hash_rate_log", 164, "ZSTD_c_ldmHashRateLog"),
    ("content_size_flag", 200, "ZSTD_c_contentSizeFlag"),
    ("checksum_flag", 201, "ZSTD_c_checksumFlag"),
    ("dict_id_flag", 202, "ZSTD_c_dictIDFlag"),
    ("nb_workers", 400, "ZSTD_c_nbWorkers"),
    ("job_size", 401, "ZSTD_c_jobSize"),
    ("overlap_log", 402, "ZSTD_c_overlapLog"),
];

static DECOMPRESSION_PARAMETERS: &[(&str, i32, &str)] = &[("window_log_max", 100, "ZSTD_d_windowLogMax")];

/// Raises what is wrong with a parameter.
#[cold]
fn parameter_error(t: &Thread, direction: Direction, parameter: i32, value: i32) -> Raised {
    let (table, kind) = match direction {
        Direction::Compress => (COMPRESSION_PARAMETERS, "compression"),
        Direction::Decompress => (DECOMPRESSION_PARAMETERS, "decompression"),
    };
    let name = match table.iter().find(|row| row.1 == parameter) {
        Some(row) => row.0.to_owned(),
        None => format!("unknown parameter (key {parameter})"),
    };
    t.value_error(match bounds(direction, parameter) {
        Ok((lower, upper)) => {
            format!(
                "{kind} parameter '{name}' received an illegal value {value}; the valid range is [{lower}, {upper}]"
            )
        }
        Err(_) => format!("invalid {kind} parameter '{name}'"),
    })
}

/// Sets the parameters of a dictionary.
fn set_options(
    t: &Thread,
    function: &str,
    options: &Value,
    direction: Direction,
    mut set: impl FnMut(i32, i32) -> Result<(), Error>,
) -> R<()> {
    let Some(dict) = options.cast::<Dict>() else {
        let found = options.type_of(t).name_str().to_owned();
        return Err(t.type_error(format!("{function}() argument 'options' must be dict, not {found}")));
    };
    let types = t.interp.state::<ParameterTypes>();
    let (other, words) = match direction {
        Direction::Compress => {
            (&types.decompression, "compression options dictionary key must not be a DecompressionParameter attribute")
        }
        Direction::Decompress => {
            (&types.compression, "decompression options dictionary key must not be a CompressionParameter attribute")
        }
    };
    let other = other.get(t);
    for (key, value) in dict.pairs(t) {
        if other
            .as_ref()
            .and_then(|other| other.cast::<Type>())
            .is_some_and(|other| std::ptr::eq(key.type_of(t), other))
        {
            return Err(t.type_error(words));
        }
        let (key, value) = (c_int(t, &key)?, c_int(t, &value)?);
        // A value out of range is an error even where the library would take the nearest one.
        let inside = bounds(direction, key).is_ok_and(|(lower, upper)| (lower..=upper).contains(&value) || value == 0);
        if !inside || set(key, value).is_err() {
            return Err(parameter_error(t, direction, key, value));
        }
    }
    Ok(())
}

/// The payload of a compressor.
struct Compressor {
    stream: Shared<Compression>,
    last_mode: AtomicU32,
}

impl Native for Compressor {}

static COMPRESSOR_SIGNATURE: Signature = Signature::new("ZstdCompressor", "(level=None, options=None, zstd_dict=None)");

fn new_compressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [level, options, dictionary] = COMPRESSOR_SIGNATURE.bind(t, args)?;
    let (level, options) = (not_none(&level), not_none(&options));
    if level.is_some() && options.is_some() {
        return Err(t.type_error("Only one of level or options should be used."));
    }
    let mut stream = Compression::new().ok_or_else(|| t.memory_error())?;
    if let Some(level) = level {
        const LEVEL: i32 = 100;
        if !int::is_int(level) {
            return Err(t.type_error("invalid type for level, expected int"));
        }
        let (lower, upper) = bounds(Direction::Compress, LEVEL).unwrap_or_default();
        let wanted = int::as_i64(level).and_then(|n| i32::try_from(n).ok()).filter(|n| (lower..=upper).contains(n));
        let Some(wanted) = wanted else {
            let shown = protocol::repr_text(t, level)?;
            return Err(
                t.value_error(format!("illegal compression level {shown}; the valid range is [{lower}, {upper}]"))
            );
        };
        stream.set(LEVEL, wanted).map_err(|_| parameter_error(t, Direction::Compress, LEVEL, wanted))?;
    }
    if let Some(options) = options {
        set_options(t, "ZstdCompressor", options, Direction::Compress, |key, value| stream.set(key, value))?;
    }
    if let Some(dictionary) = not_none(&dictionary) {
        let (content, how) = argument(t, dictionary, Use::Undigested)?;
        let content = content.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        stream.load(content, how).map_err(|e| dictionary::failed(t, e, false))?;
    }
    let object = Compressor { stream: Shared::new(stream), last_mode: AtomicU32::new(FLUSH_FRAME) };
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, object),
        None => Err(t.type_error("expected a class")),
    }
}

fn compressor(v: &Value) -> &Compressor {
    v.opaque::<Compressor>().expect("methods of `ZstdCompressor` get them")
}

fn work(t: &Thread, this: &Compressor, data: &[u8], mode: u32) -> R {
    let mut stream = this.stream.enter(t)?;
    let mut input = data;
    // SAFETY: the stream writes what it says.
    let result = t.blocking(|| unsafe {
        run(usize::MAX, &mut input, |input, room| {
            let space = room.len();
            let done = stream.step(input, room, directive(mode))?;
            // Without a flush there is no end: only room that was enough.
            let ended = done.ended && (mode != CONTINUE || done.written < space);
            Ok(Done { ended, ..done })
        })
    });
    match result {
        Ok((out, _)) => {
            this.last_mode.store(mode, Release);
            drop(stream);
            Bytes::try_make(t, &out)
        }
        Err(trouble) => {
            this.last_mode.store(FLUSH_FRAME, Release);
            stream.reset();
            drop(stream);
            Err(match trouble {
                Trouble::Memory => t.memory_error(),
                Trouble::Library(e) => error(t, "Unable to compress Zstandard data", e),
            })
        }
    }
}

fn compress(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    let mode = c_int_or(t, &args[1], CONTINUE as i32)?;
    match u32::try_from(mode) {
        Ok(mode @ 0..=2) => work(t, compressor(v), &data, mode),
        _ => Err(t.value_error("mode argument wrong value, it should be one of ZstdCompressor.CONTINUE, ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME.")),
    }
}

fn flush(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let mode = c_int_or(t, &args[0], FLUSH_FRAME as i32)?;
    match u32::try_from(mode) {
        Ok(mode @ 1..=2) => work(t, compressor(v), b"", mode),
        _ => Err(t.value_error(
            "mode argument wrong value, it should be ZstdCompressor.FLUSH_FRAME or ZstdCompressor.FLUSH_BLOCK.",
        )),
    }
}

fn set_pledged_input_size(t: &Thread, v: &Value, size: &Value) -> R {
    /// Larger numbers have other meanings for the library.
    const LIMIT: u64 = u64::MAX - 1;
    let size = match size {
        v if v.is_none() => u64::MAX,
        v if !int::is_int(v) => return Err(t.type_error("an integer is required")),
        v => match int::as_u64(v).filter(|&n| n < LIMIT) {
            Some(n) => n,
            None => {
                return Err(t.value_error(format!("size argument should be a positive int less than {LIMIT}")));
            }
        },
    };
    let this = compressor(v);
    let mut stream = this.stream.enter(t)?;
    if this.last_mode.load(Acquire) != FLUSH_FRAME {
        return Err(t.value_error("set_pledged_input_size() method must be called when last_mode == FLUSH_FRAME"));
    }
    let result = stream.pledge(size);
    drop(stream);
    match result {
        Ok(()) => Ok(Value::NONE),
        Err(e) => Err(error(t, "Unable to set pledged uncompressed content size", e)),
    }
}

#[rustfmt::skip]
static COMPRESSOR_METHODS: &[Def] = &[
    Def::new("compress", Func::Bound(compress), "($self, /, data, mode=ZstdCompressor.CONTINUE)", "Provide data to the compressor object.\n\n  mode\n    Can be these 3 values ZstdCompressor.CONTINUE,\n    ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME\n\nReturn a chunk of compressed data if possible, or b'' otherwise. When you have\nfinished providing data to the compressor, call the flush() method to finish\nthe compression process."),
    Def::new("flush", Func::Bound(flush), "($self, /, mode=ZstdCompressor.FLUSH_FRAME)", "Finish the compression process.\n\n  mode\n    Can be these 2 values ZstdCompressor.FLUSH_FRAME,\n    ZstdCompressor.FLUSH_BLOCK\n\nFlush any remaining data left in internal buffers. Since Zstandard data\nconsists of one or more independent frames, the compressor object can still\nbe used after this method is called."),
    Def::new("set_pledged_input_size", Func::One(set_pledged_input_size), "($self, size, /)", "Set the uncompressed content size to be written into the frame header.\n\n  size\n    The size of the uncompressed data to be provided to the compressor."),
];

static COMPRESSOR_GETSET: &[GetSet] = &[GetSet::member(
    "last_mode",
    |_, v| Ok(Value::small(compressor(v).last_mode.load(Acquire).into())),
    "The last mode used to this compressor object, its value can be .CONTINUE,\n.FLUSH_BLOCK, .FLUSH_FRAME. Initialized to .FLUSH_FRAME.\n\nIt can be used to get the current state of a compressor, such as, data\nflushed, or a frame ended.",
)];

static COMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Compressor>("compression.zstd.ZstdCompressor");
    spec.doc = "Create a compressor object for compressing data incrementally.\n\n  level\n    The compression level to use. Defaults to COMPRESSION_LEVEL_DEFAULT.\n  options\n    A dict object that contains advanced compression parameters.\n  zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.\n\nThread-safe at method level. For one-shot compression, use the compress()\nfunction instead.";
    spec.methods = COMPRESSOR_METHODS;
    spec.getset = COMPRESSOR_GETSET;
    spec.slots.new = Some(new_compressor);
    spec
};

impl Engine for Decompression {
    type Error = Error;

    fn step(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>]) -> Result<Done, Error> {
        // Nothing is the start of every frame, not the end of one.
        if input.is_empty() && room.is_empty() {
            return Ok(Done { written: 0, ended: false });
        }
        Decompression::step(self, input, room)
    }

    fn raise(t: &Thread, e: Error) -> Raised {
        error(t, "Unable to decompress Zstandard data", e)
    }

    const END_MESSAGE: &'static str = "Already at the end of a Zstandard frame.";
}

static DECOMPRESSOR_SIGNATURE: Signature = Signature::new("ZstdDecompressor", "(zstd_dict=None, options=None)");

fn new_decompressor(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [dictionary, options] = DECOMPRESSOR_SIGNATURE.bind(t, args)?;
    let mut stream = Decompression::new().ok_or_else(|| t.memory_error())?;
    if let Some(dictionary) = not_none(&dictionary) {
        let (content, how) = argument(t, dictionary, Use::Digested)?;
        let content = content.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        stream.load(content, how).map_err(|e| dictionary::failed(t, e, true))?;
    }
    if let Some(options) = not_none(&options) {
        set_options(t, "ZstdDecompressor", options, Direction::Decompress, |key, value| stream.set(key, value))?;
    }
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, Decompressor::new(stream)),
        None => Err(t.type_error("expected a class")),
    }
}

fn decompress(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    Decompressor::<Decompression>::this(v).decompress(t, &data, args[1].as_ref())
}

#[rustfmt::skip]
static DECOMPRESSOR_METHODS: &[Def] = &[
    Def::new("decompress", Func::Bound(decompress), "($self, /, data, max_length=-1)", "Decompress *data*, returning uncompressed bytes if possible, or b'' otherwise.\n\n  data\n    A bytes-like object, Zstandard data to be decompressed.\n  max_length\n    Maximum size of returned data. When it is negative, the size of\n    output buffer is unlimited. When it is nonnegative, returns at\n    most max_length bytes of decompressed data."),
];

static DECOMPRESSOR_GETSET: &[GetSet] = &[
    Decompressor::<Decompression>::EOF,
    Decompressor::<Decompression>::NEEDS_INPUT,
    Decompressor::<Decompression>::UNUSED_DATA,
];

static DECOMPRESSOR: Spec = {
    let mut spec = opaque::spec::<Decompressor<Decompression>>("compression.zstd.ZstdDecompressor");
    spec.doc = "Create a decompressor object for decompressing data incrementally.\n\n  zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.\n  options\n    A dict object that contains advanced decompression parameters.\n\nThread-safe at method level. For one-shot decompression, use the decompress()\nfunction instead.";
    spec.methods = DECOMPRESSOR_METHODS;
    spec.getset = DECOMPRESSOR_GETSET;
    spec.slots.new = Some(new_decompressor);
    spec
};

fn get_frame_info(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    // SAFETY: the bytes are readable.
    let (size, id) = unsafe {
        let ptr = data.as_ptr().cast();
        (zs::ZSTD_getFrameContentSize(ptr, data.len()), zs::ZSTD_getDictID_fromFrame(ptr, data.len()))
    };
    let size = match size {
        // `ZSTD_CONTENTSIZE_UNKNOWN` and `ZSTD_CONTENTSIZE_ERROR`.
        u64::MAX => Value::NONE,
        n if n == u64::MAX - 1 => {
            return Err(ERROR.raise(t, "Error when getting information from the header of a Zstandard frame. Ensure the frame_buffer argument starts from the beginning of a frame, and its length is not less than the frame header (6~18 bytes)."));
        }
        n => int::from_u64(t, n),
    };
    Ok(t.tuple([size, int::from_u64(t, id.into())]))
}

fn get_frame_size(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    // SAFETY: the bytes are readable.
    match raw::answer(unsafe { zs::ZSTD_findFrameCompressedSize(data.as_ptr().cast(), data.len()) }) {
        Ok(size) => Ok(int::from_usize(t, size)),
        Err(e) => Err(ERROR.raise(t, format!("Error when finding the compressed size of a Zstandard frame. Ensure the frame_buffer argument starts from the beginning of a frame, and its length is not less than this complete frame. Zstd error message: {}.", e.text()))),
    }
}

fn get_param_bounds(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let parameter = c_int(t, given(&args[0]))?;
    let (direction, words) = match protocol::truth(t, given(&args[1]))? {
        true => (Direction::Compress, "Unable to get zstd compression parameter bounds"),
        false => (Direction::Decompress, "Unable to get zstd decompression parameter bounds"),
    };
    match bounds(direction, parameter) {
        Ok((lower, upper)) => Ok(t.tuple([Value::small(lower.into()), Value::small(upper.into())])),
        Err(e) => Err(error(t, words, e)),
    }
}

fn set_parameter_types(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let types = t.interp.state::<ParameterTypes>();
    let names = ["c_parameter_type", "d_parameter_type"];
    for (v, name) in args.iter().zip(names) {
        let v = given(v);
        if v.cast::<Type>().is_none() {
            let found = v.type_of(t).name_str().to_owned();
            return Err(t.type_error(format!("set_parameter_types() argument '{name}' must be type, not {found}")));
        }
    }
    drop(types.compression.replace(args[0].clone()));
    drop(types.decompression.replace(args[1].clone()));
    Ok(Value::NONE)
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("train_dict", Func::Pos(dictionary::train, 3, 3), "($module, samples_bytes, samples_sizes, dict_size, /)", "Train a Zstandard dictionary on sample data.\n\n  samples_bytes\n    Concatenation of samples.\n  samples_sizes\n    Tuple of samples' sizes.\n  dict_size\n    The size of the dictionary."),
    Def::new("finalize_dict", Func::Pos(dictionary::finalize, 5, 5), "($module, custom_dict_bytes, samples_bytes, samples_sizes,\n              dict_size, compression_level, /)", "Finalize a Zstandard dictionary.\n\n  custom_dict_bytes\n    Custom dictionary content.\n  samples_bytes\n    Concatenation of samples.\n  samples_sizes\n    Tuple of samples' sizes.\n  dict_size\n    The size of the dictionary.\n  compression_level\n    Optimize for a specific Zstandard compression level, 0 means default."),
    Def::new("get_param_bounds", Func::Bound(get_param_bounds), "($module, /, parameter, is_compress)", "Get CompressionParameter/DecompressionParameter bounds.\n\n  parameter\n    The parameter to get bounds.\n  is_compress\n    True for CompressionParameter, False for DecompressionParameter."),
    Def::new("get_frame_size", Func::Bound(get_frame_size), "($module, /, frame_buffer)", "Get the size of a Zstandard frame, including the header and optional checksum.\n\n  frame_buffer\n    A bytes-like object, it should start from the beginning of a frame,\n    and contains at least one complete frame."),
    Def::new("get_frame_info", Func::Bound(get_frame_info), "($module, /, frame_buffer)", "Get Zstandard frame infomation from a frame header.\n\n  frame_buffer\n    A bytes-like object, containing the header of a Zstandard frame."),
    Def::new("set_parameter_types", Func::Bound(set_parameter_types), "($module, /, c_parameter_type, d_parameter_type)", "Set CompressionParameter and DecompressionParameter types for validity check.\n\n  c_parameter_type\n    CompressionParameter IntEnum type object\n  d_parameter_type\n    DecompressionParameter IntEnum type object"),
];

static STRATEGIES: [&str; 9] = ["fast", "dfast", "greedy", "lazy", "lazy2", "btlazy2", "btopt", "btultra", "btultra2"];

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&COMPRESSOR, &DECOMPRESSOR, &dictionary::SPEC]);
    let class = module_type(t, &COMPRESSOR);
    let namespace = class.cast::<Type>().map(|class| class.dict(t));
    if let Some(dict) = namespace.as_ref().and_then(|namespace| namespace.cast::<Dict>()) {
        for (name, mode) in [("CONTINUE", CONTINUE), ("FLUSH_BLOCK", FLUSH_BLOCK), ("FLUSH_FRAME", FLUSH_FRAME)] {
            dict.set_name(t, name, Value::small(mode.into()));
        }
    }
    module.set(t, "ZstdError", ERROR.class(t)?);
    for &(_, number, name) in COMPRESSION_PARAMETERS.iter().chain(DECOMPRESSION_PARAMETERS) {
        module.set(t, name, Value::small(number.into()));
    }
    for (i, name) in STRATEGIES.iter().enumerate() {
        module.set(t, &format!("ZSTD_{name}"), Value::small(i as i64 + 1));
    }
    // SAFETY: constants of the library.
    let (version, number, level, room) = unsafe {
        let version = std::ffi::CStr::from_ptr(zs::ZSTD_versionString()).to_string_lossy();
        (version, zs::ZSTD_versionNumber(), zs::ZSTD_defaultCLevel(), zs::ZSTD_DStreamOutSize())
    };
    module.set(t, "zstd_version", t.str(&version));
    module.set(t, "zstd_version_number", Value::small(number.into()));
    module.set(t, "ZSTD_CLEVEL_DEFAULT", Value::small(level.into()));
    module.set(t, "ZSTD_DStreamOutSize", int::from_usize(t, room));
    Ok(())
}

/// `_zstd`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_zstd",
    doc: "Implementation module for Zstandard compression.",
    functions: FUNCTIONS,
    exec: Some(exec),
};
