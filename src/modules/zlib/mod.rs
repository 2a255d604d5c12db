//! `zlib`: compression as in gzip files and PNG images, at once or piece by piece, and two checksums.
//!
//! [`stream`] wraps the library; [`compress`], [`decompress`] and [`incremental`] are the objects that take data
//! piece by piece. The library works while others run (`Thread::blocking`). An object has a lock of its own, so
//! that two threads which share one take turns.

mod compress;
mod decompress;
mod incremental;
mod stream;

use crate::modules::ModuleSpec;
use crate::modules::exceptions::Exception;
use crate::modules::native_type::add_types;
use crate::modules::shared::{Held, Shared};
use crate::modules::system::c_int_or;
use crate::modules::system::given;
use crate::objects::buffer::{BytesLike, bytes_like};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use libz_rs_sys as z;
use stream::{Options, Output, Stream};

static ERROR: Exception = Exception { module: "zlib", name: "error", base: |types| &types.exception };

/// Room for output to begin with (`DEF_BUF_SIZE`).
const BUFFER_SIZE: usize = 16 * 1024;
const MEM_LEVEL: i32 = 8;
const WBITS: i32 = 15;

/// Bytes from which on a checksum lets others run meanwhile.
const LARGE: usize = 1024 * 5;

/// `zlib.error` for a code of the library; `stream` may know more.
#[cold]
fn error(t: &Thread, stream: Option<&Stream>, code: i32, doing: &str) -> Raised {
    let known = match code {
        z::Z_VERSION_ERROR => Some("library version mismatch"),
        _ => stream.and_then(Stream::message),
    };
    let message = known.or(match code {
        z::Z_BUF_ERROR => Some("incomplete or truncated stream"),
        z::Z_STREAM_ERROR => Some("inconsistent stream state"),
        z::Z_DATA_ERROR => Some("invalid input data"),
        _ => None,
    });
    match message {
        Some(message) => ERROR.raise(t, format!("Error {code} {doing}: {message}")),
        None => ERROR.raise(t, format!("Error {code} {doing}")),
    }
}

/// The `zdict` of a constructor, which must be able to lend bytes.
fn dictionary(t: &Thread, v: &Value) -> R<Vec<u8>> {
    if !crate::objects::buffer::is_exporter(t, v) {
        return Err(t.type_error("zdict argument must support the buffer protocol"));
    }
    let bytes = bytes_like(t, v)?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(t.overflow_error("zdict length does not fit in an unsigned int"));
    }
    Ok(bytes.to_vec())
}

fn compress_at_once(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    let level = c_int_or(t, &args[1], z::Z_DEFAULT_COMPRESSION)?;
    let wbits = c_int_or(t, &args[2], WBITS)?;
    let options =
        Options { level, method: z::Z_DEFLATED, wbits, mem_level: MEM_LEVEL, strategy: z::Z_DEFAULT_STRATEGY };
    let mut stream = Stream::deflate(&options).map_err(|code| match code {
        z::Z_MEM_ERROR => t.raise_message(&t.types().memory_error, "Out of memory while compressing data"),
        z::Z_STREAM_ERROR => ERROR.raise(t, "Bad compression level"),
        _ => error(t, None, code, "while compressing data"),
    })?;
    let mut out = Output::new(usize::MAX, BUFFER_SIZE);
    let mut input = &*data;
    let flush = |all: bool| if all { z::Z_FINISH } else { z::Z_NO_FLUSH };
    match t.blocking(|| stream.run(&mut input, &mut out, flush)) {
        z::Z_STREAM_END => Bytes::try_make(t, out.bytes()),
        z::Z_MEM_ERROR => Err(t.memory_error()),
        code => Err(error(t, Some(&stream), code, "while compressing data")),
    }
}

fn decompress_at_once(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    let wbits = c_int_or(t, &args[1], WBITS)?;
    let size = args[2].as_ref().map_or(Ok(BUFFER_SIZE as isize), |v| int::arg_isize(t, v))?;
    let Ok(size) = usize::try_from(size) else { return Err(t.value_error("bufsize must be non-negative")) };
    let out_of_memory = || t.raise_message(&t.types().memory_error, "Out of memory while decompressing data");
    let mut stream = Stream::inflate(wbits).map_err(|code| match code {
        z::Z_MEM_ERROR => out_of_memory(),
        _ => error(t, None, code, "while preparing to decompress data"),
    })?;
    let mut out = Output::new(usize::MAX, size);
    let mut input = &*data;
    let flush = |all: bool| if all { z::Z_FINISH } else { z::Z_NO_FLUSH };
    match t.blocking(|| stream.run(&mut input, &mut out, flush)) {
        z::Z_STREAM_END => Bytes::try_make(t, out.bytes()),
        z::Z_MEM_ERROR => Err(out_of_memory()),
        code => Err(error(t, Some(&stream), code, "while decompressing data")),
    }
}

/// An unsigned 32-bit argument, of which only the low bits count.
fn low_bits(t: &Thread, v: &Value) -> R<u32> {
    let i = protocol::index(t, v)?;
    let big = int::big_of(&i).map(|b| b.into_owned()).unwrap_or_default();
    let low: num_bigint::BigInt = big & num_bigint::BigInt::from(u32::MAX);
    Ok(u32::try_from(low).unwrap_or(0))
}

fn checksum(t: &Thread, args: &[Value], start: u32, compute: impl FnOnce(u32, &BytesLike) -> u32) -> R {
    let data = bytes_like(t, &args[0])?;
    let start = args.get(1).map_or(Ok(start), |v| low_bits(t, v))?;
    let sum = match data.len() {
        LARGE.. => t.blocking(|| compute(start, &data)),
        _ => compute(start, &data),
    };
    Ok(int::from_u64(t, sum.into()))
}

fn adler32(t: &Thread, _: &Value, args: &[Value]) -> R {
    // SAFETY: the bytes are readable.
    checksum(t, args, 1, |start, data| unsafe { z::adler32_z(start.into(), data.as_ptr(), data.len()) as u32 })
}

fn crc32(t: &Thread, _: &Value, args: &[Value]) -> R {
    checksum(t, args, 0, |start, data| {
        let mut hasher = crc32fast::Hasher::new_with_initial(start);
        hasher.update(data);
        hasher.finalize()
    })
}

static CONSTANTS: &[(&str, i32)] = &[
    ("MAX_WBITS", WBITS),
    ("DEFLATED", z::Z_DEFLATED),
    ("DEF_MEM_LEVEL", MEM_LEVEL),
    ("DEF_BUF_SIZE", BUFFER_SIZE as i32),
    ("Z_BEST_SPEED", z::Z_BEST_SPEED),
    ("Z_BEST_COMPRESSION", z::Z_BEST_COMPRESSION),
    ("Z_DEFAULT_COMPRESSION", z::Z_DEFAULT_COMPRESSION),
    ("Z_NO_COMPRESSION", z::Z_NO_COMPRESSION),
    ("Z_FILTERED", z::Z_FILTERED),
    ("Z_HUFFMAN_ONLY", z::Z_HUFFMAN_ONLY),
    ("Z_RLE", z::Z_RLE),
    ("Z_FIXED", z::Z_FIXED),
    ("Z_DEFAULT_STRATEGY", z::Z_DEFAULT_STRATEGY),
    ("Z_NO_FLUSH", z::Z_NO_FLUSH),
    ("Z_PARTIAL_FLUSH", z::Z_PARTIAL_FLUSH),
    ("Z_SYNC_FLUSH", z::Z_SYNC_FLUSH),
    ("Z_FULL_FLUSH", z::Z_FULL_FLUSH),
    ("Z_FINISH", z::Z_FINISH),
    ("Z_BLOCK", z::Z_BLOCK),
    ("Z_TREES", z::Z_TREES),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&incremental::SPEC]);
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    dict.set_name(t, "error", ERROR.class(t)?);
    for (name, value) in CONSTANTS {
        dict.set_name(t, name, Value::small((*value).into()));
    }
    // SAFETY: a constant C string.
    let version = unsafe { std::ffi::CStr::from_ptr(z::zlibVersion()) }.to_string_lossy();
    dict.set_name(t, "ZLIB_VERSION", t.str(&version));
    dict.set_name(t, "ZLIB_RUNTIME_VERSION", t.str(&version));
    dict.set_name(t, "__version__", t.str("1.0"));
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("adler32", Func::Pos(adler32, 1, 2), "($module, data, value=1, /)", "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer."),
    Def::new("compress", Func::Bound(compress_at_once), "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n  level\n    Compression level, in 0-9 or -1.\n  wbits\n    The window buffer size and container format."),
    Def::new("compressobj", Func::Bound(compress::new), "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)", "Return a compressor object.\n\n  level\n    The compression level (an integer in the range 0-9 or -1; default is\n    currently equivalent to 6).  Higher compression levels are slower,\n    but produce smaller results.\n  method\n    The compression algorithm.  If given, this must be DEFLATED.\n  wbits\n    +9 to +15: The base-two logarithm of the window size.  Include a zlib\n        container.\n    -9 to -15: Generate a raw stream.\n    +25 to +31: Include a gzip container.\n  memLevel\n    Controls the amount of memory used for internal compression state.\n    Valid values range from 1 to 9.  Higher values result in higher memory\n    usage, faster compression, and smaller output.\n  strategy\n    Used to tune the compression algorithm.  Possible values are\n    Z_DEFAULT_STRATEGY, Z_FILTERED, and Z_HUFFMAN_ONLY.\n  zdict\n    The predefined compression dictionary - a sequence of bytes\n    containing subsequences that are likely to occur in the input data."),
    Def::new("crc32", Func::Pos(crc32, 1, 2), "($module, data, value=0, /)", "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer."),
    Def::new("decompress", Func::Bound(decompress_at_once), "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", "Returns a bytes object containing the uncompressed data.\n\n  data\n    Compressed data.\n  wbits\n    The window buffer size and container format.\n  bufsize\n    The initial output buffer size."),
    Def::new("decompressobj", Func::Bound(decompress::new), "($module, /, wbits=MAX_WBITS, zdict=b'')", "Return a decompressor object.\n\n  wbits\n    The window buffer size and container format.\n  zdict\n    The predefined compression dictionary.  This must be the same\n    dictionary as used by the compressor that produced the input data."),
];

/// `zlib`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.\n\nadler32(string[, start]) -- Compute an Adler-32 checksum.\ncompress(data[, level]) -- Compress data, with compression level 0-9 or -1.\ncompressobj([level[, ...]]) -- Return a compressor object.\ncrc32(string[, start]) -- Compute a CRC-32 checksum.\ndecompress(string,[wbits],[bufsize]) -- Decompresses a compressed string.\ndecompressobj([wbits[, zdict]]) -- Return a decompressor object.\n\n'wbits' is window buffer size and container format.\nCompressor objects support compress() and flush() methods; decompressor\nobjects support decompress() and flush().",
    functions: FUNCTIONS,
    exec: Some(exec),
};
