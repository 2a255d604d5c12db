//! `zlib.Decompress`: what `decompressobj` makes.

use super::stream::{Output, Stream};
use super::{BUFFER_SIZE, Held, Shared, WBITS, dictionary, error};
use crate::modules::module_type;
use crate::modules::system::{c_int_or, given};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use libz_rs_sys as z;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// What works on the data.
pub struct Inflater {
    pub stream: Stream,
    /// What the stream asks for when the data says so.
    pub zdict: Option<Vec<u8>>,
}

impl Inflater {
    /// Opens a stream. A raw one gets its dictionary at once.
    pub fn new(t: &Thread, wbits: i32, zdict: Option<Vec<u8>>) -> R<Inflater> {
        let stream = Stream::inflate(wbits).map_err(|code| match code {
            z::Z_STREAM_ERROR => t.value_error("Invalid initialization option"),
            z::Z_MEM_ERROR => {
                t.raise_message(&t.types().memory_error, "Can't allocate memory for decompression object")
            }
            _ => error(t, None, code, "while creating decompression object"),
        })?;
        let mut inflater = Inflater { stream, zdict };
        if wbits < 0 {
            match inflater.give_dictionary() {
                Some(z::Z_OK) | None => {}
                Some(code) => return Err(inflater.dictionary_error(t, code)),
            }
        }
        Ok(inflater)
    }

    fn give_dictionary(&mut self) -> Option<i32> {
        self.zdict.as_ref().map(|zdict| self.stream.set_dictionary(zdict))
    }

    #[cold]
    fn dictionary_error(&self, t: &Thread, code: i32) -> Raised {
        error(t, Some(&self.stream), code, "while setting zdict")
    }

    /// Works on input, giving the dictionary if asked for it; returns the library's last code.
    pub fn run(&mut self, t: &Thread, input: &mut &[u8], out: &mut Output, flush: fn(bool) -> i32) -> R<i32> {
        loop {
            match t.blocking(|| self.stream.run(input, out, flush)) {
                z::Z_NEED_DICT => match self.give_dictionary() {
                    Some(z::Z_OK) => {}
                    Some(code) => return Err(self.dictionary_error(t, code)),
                    None => return Ok(z::Z_NEED_DICT),
                },
                z::Z_MEM_ERROR => return Err(t.memory_error()),
                code => return Ok(code),
            }
        }
    }
}

/// The payload.
struct Decompress {
    inflater: Shared<Inflater>,
    /// Behind the end of the compressed data. Written by whoever has entered the inflater, as the next two.
    unused: Slot,
    /// Input that did not fit into the output's limit.
    tail: Slot,
    eof: AtomicBool,
}

impl Native for Decompress {}

fn payload(v: &Value) -> &Decompress {
    v.opaque::<Decompress>().expect("methods of `Decompress` get them")
}

fn make(t: &Thread, inflater: Inflater, unused: Value, tail: Value, eof: bool) -> R {
    let class = module_type(t, &SPEC);
    let object = Decompress {
        inflater: Shared::new(inflater),
        unused: Slot::new(unused),
        tail: Slot::new(tail),
        eof: AtomicBool::new(eof),
    };
    opaque::new(t, class.cast::<Type>().expect("a type"), object)
}

pub fn new(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let wbits = c_int_or(t, &args[0], WBITS)?;
    let zdict = args[1].as_ref().map(|v| dictionary(t, v)).transpose()?;
    let empty = Bytes::make(t, b"");
    make(t, Inflater::new(t, wbits, zdict)?, empty.clone(), empty, false)
}

impl Decompress {
    fn bytes(&self, t: &Thread, slot: &Slot) -> Value {
        slot.get(t).unwrap_or_else(|| Bytes::make(t, b""))
    }

    /// Keeps what was not consumed.
    fn keep(&self, t: &Thread, rest: &[u8], code: i32) -> R<()> {
        let mut rest = rest;
        if code == z::Z_STREAM_END && !rest.is_empty() {
            let unused = self.bytes(t, &self.unused);
            let old = unused.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
            let mut all = Vec::new();
            if all.try_reserve_exact(old.len() + rest.len()).is_err() {
                return Err(t.memory_error());
            }
            all.extend_from_slice(old);
            all.extend_from_slice(rest);
            self.unused.set(Bytes::try_make(t, &all)?);
            rest = &[];
        }
        self.tail.set(Bytes::try_make(t, rest)?);
        Ok(())
    }
}

fn decompress(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, given(&args[0]))?;
    let limit = match args[1].as_ref().map_or(Ok(0), |v| int::arg_isize(t, v))? {
        0 => usize::MAX,
        n => usize::try_from(n).map_err(|_| t.value_error("max_length must be non-negative"))?,
    };
    let this = payload(v);
    let mut inflater = this.inflater.enter(t)?;
    let mut out = Output::new(limit, BUFFER_SIZE);
    let mut input = &*data;
    let code = inflater.run(t, &mut input, &mut out, |_| z::Z_SYNC_FLUSH)?;
    this.keep(t, input, code)?;
    match code {
        z::Z_STREAM_END => this.eof.store(true, Release),
        z::Z_OK | z::Z_BUF_ERROR => {}
        _ => return Err(error(t, Some(&inflater.stream), code, "while decompressing data")),
    }
    Bytes::try_make(t, out.bytes())
}

fn flush(t: &Thread, v: &Value, args: &[Value]) -> R {
    let length = args.first().map_or(Ok(BUFFER_SIZE as isize), |v| int::arg_isize(t, v))?;
    if length <= 0 {
        return Err(t.value_error("length must be greater than zero"));
    }
    let this = payload(v);
    let mut inflater = this.inflater.enter(t)?;
    let tail = this.bytes(t, &this.tail);
    let mut input = tail.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
    if this.eof.load(Acquire) && input.is_empty() {
        // A stream that has ended is closed; the second time there is nothing to close.
        let _ = inflater.stream.end();
        return Ok(Bytes::make(t, b""));
    }
    let mut out = Output::new(usize::MAX, length as usize);
    let flush = |all: bool| if all { z::Z_FINISH } else { z::Z_NO_FLUSH };
    let code = inflater.run(t, &mut input, &mut out, flush)?;
    this.keep(t, input, code)?;
    match code {
        z::Z_STREAM_END => {
            this.eof.store(true, Release);
            match inflater.stream.end() {
                z::Z_OK => {}
                code => return Err(error(t, Some(&inflater.stream), code, "while finishing decompression")),
            }
        }
        z::Z_OK | z::Z_BUF_ERROR => {}
        _ => return Err(error(t, Some(&inflater.stream), code, "while decompressing data")),
    }
    Bytes::try_make(t, out.bytes())
}

fn copy(t: &Thread, v: &Value) -> R {
    let this = payload(v);
    let mut inflater: Held<'_, Inflater> = this.inflater.enter(t)?;
    let stream = inflater.stream.copy().map_err(|code| match code {
        z::Z_STREAM_ERROR => t.value_error("Inconsistent stream state"),
        z::Z_MEM_ERROR => t.raise_message(&t.types().memory_error, "Can't allocate memory for decompression object"),
        _ => error(t, Some(&inflater.stream), code, "while copying decompression object"),
    })?;
    let copied = Inflater { stream, zdict: inflater.zdict.clone() };
    let (unused, tail) = (this.bytes(t, &this.unused), this.bytes(t, &this.tail));
    make(t, copied, unused, tail, this.eof.load(Acquire))
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("decompress", Func::Bound(decompress), "($self, data, /, max_length=0)", "Return a bytes object containing the decompressed version of the data.\n\n  data\n    The binary data to decompress.\n  max_length\n    The maximum allowable length of the decompressed data.\n    Unconsumed input data will be stored in\n    the unconsumed_tail attribute.\n\nAfter calling this function, some of the input data may still be\nstored in internal buffers for later processing.\nCall the flush() method to clear these buffers."),
    Def::new("flush", Func::Pos(flush, 0, 1), "($self, length=zlib.DEF_BUF_SIZE, /)", "Return a bytes object containing any remaining decompressed data.\n\n  length\n    the initial size of the output buffer."),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a copy of the decompression object."),
    Def::new("__copy__", Func::NoArgs(copy), "($self, /)", ""),
    Def::new("__deepcopy__", Func::One(|t, v, _| copy(t, v)), "($self, memo, /)", ""),
];

static GETSET: &[GetSet] = &[
    GetSet::member("unused_data", |t, v| Ok(payload(v).bytes(t, &payload(v).unused)), ""),
    GetSet::member("unconsumed_tail", |t, v| Ok(payload(v).bytes(t, &payload(v).tail)), ""),
    GetSet::member("eof", |_, v| Ok(Value::bool(payload(v).eof.load(Acquire))), ""),
];

pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Decompress>("zlib.Decompress");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.methods = METHODS;
    spec.getset = GETSET;
    spec
};
