//! `zlib.Compress`: what `compressobj` makes.

use super::stream::{Options, Output, Stream};
use super::{BUFFER_SIZE, Held, MEM_LEVEL, Shared, WBITS, dictionary, error};
use crate::modules::module_type;
use crate::modules::system::c_int_or;
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use libz_rs_sys as z;

/// The payload.
struct Compress(Shared<Stream>);

impl Native for Compress {}

fn this<'a>(t: &Thread, v: &'a Value) -> R<Held<'a, Stream>> {
    v.opaque::<Compress>().expect("methods of `Compress` get them").0.enter(t)
}

fn make(t: &Thread, stream: Stream) -> R {
    let class = module_type(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), Compress(Shared::new(stream)))
}

pub fn new(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let options = Options {
        level: c_int_or(t, &args[0], z::Z_DEFAULT_COMPRESSION)?,
        method: c_int_or(t, &args[1], z::Z_DEFLATED)?,
        wbits: c_int_or(t, &args[2], WBITS)?,
        mem_level: c_int_or(t, &args[3], MEM_LEVEL)?,
        strategy: c_int_or(t, &args[4], z::Z_DEFAULT_STRATEGY)?,
    };
    let zdict = args[5].as_ref().map(|v| dictionary(t, v)).transpose()?;
    let mut stream = Stream::deflate(&options).map_err(|code| match code {
        z::Z_MEM_ERROR => t.raise_message(&t.types().memory_error, "Can't allocate memory for compression object"),
        z::Z_STREAM_ERROR => t.value_error("Invalid initialization option"),
        _ => error(t, None, code, "while creating compression object"),
    })?;
    if let Some(zdict) = zdict {
        match stream.set_dictionary(&zdict) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(t.value_error("Invalid dictionary")),
            _ => return Err(t.value_error("deflateSetDictionary()")),
        }
    }
    make(t, stream)
}

fn compress(t: &Thread, v: &Value, data: &Value) -> R {
    let data = bytes_like(t, data)?;
    let mut stream = this(t, v)?;
    let mut out = Output::new(usize::MAX, BUFFER_SIZE);
    let mut input = &*data;
    match t.blocking(|| stream.run(&mut input, &mut out, |_| z::Z_NO_FLUSH)) {
        z::Z_STREAM_ERROR => Err(error(t, Some(&stream), z::Z_STREAM_ERROR, "while compressing data")),
        z::Z_MEM_ERROR => Err(t.memory_error()),
        _ => Bytes::try_make(t, out.bytes()),
    }
}

fn flush(t: &Thread, v: &Value, args: &[Value]) -> R {
    let mode = args.first().map_or(Ok(z::Z_FINISH), |v| crate::modules::system::c_int(t, v))?;
    if mode == z::Z_NO_FLUSH {
        return Ok(Bytes::make(t, b""));
    }
    let mut stream = this(t, v)?;
    let mut out = Output::new(usize::MAX, BUFFER_SIZE);
    match t.blocking(|| stream.run(&mut &b""[..], &mut out, |_| mode)) {
        z::Z_MEM_ERROR => return Err(t.memory_error()),
        z::Z_STREAM_END if mode == z::Z_FINISH => match stream.end() {
            z::Z_OK => {}
            code => return Err(error(t, Some(&stream), code, "while finishing compression")),
        },
        z::Z_OK | z::Z_BUF_ERROR => {}
        code => return Err(error(t, Some(&stream), code, "while flushing")),
    }
    Bytes::try_make(t, out.bytes())
}

fn copy(t: &Thread, v: &Value) -> R {
    let mut stream = this(t, v)?;
    let copied = stream.copy().map_err(|code| match code {
        z::Z_STREAM_ERROR => t.value_error("Inconsistent stream state"),
        z::Z_MEM_ERROR => t.raise_message(&t.types().memory_error, "Can't allocate memory for compression object"),
        _ => error(t, Some(&stream), code, "while copying compression object"),
    })?;
    drop(stream);
    make(t, copied)
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("compress", Func::One(compress), "($self, data, /)", "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n\nAfter calling this function, some of the input data may still\nbe stored in internal buffers for later processing.\nCall the flush() method to clear these buffers."),
    Def::new("flush", Func::Pos(flush, 0, 1), "($self, mode=zlib.Z_FINISH, /)", "Return a bytes object containing any remaining compressed data.\n\n  mode\n    One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.\n    If mode == Z_FINISH, the compressor object can no longer be\n    used after calling the flush() method.  Otherwise, more data\n    can still be compressed."),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a copy of the compression object."),
    Def::new("__copy__", Func::NoArgs(copy), "($self, /)", ""),
    Def::new("__deepcopy__", Func::One(|t, v, _| copy(t, v)), "($self, memo, /)", ""),
];

pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Compress>("zlib.Compress");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.methods = METHODS;
    spec
};
