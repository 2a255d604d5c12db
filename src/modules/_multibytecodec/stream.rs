//! The classes that encode and decode piece by piece. A subclass has the codec as its class attribute `codec`.

use super::codec::{Codec, State};
use super::{codec_of, decode, encode, error_name};
use crate::modules::native_type::Signature;
use crate::modules::system::given;
use crate::objects::bytes::{self, Bytes};
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::{Mutex, PoisonError};

/// What is kept between two pieces.
#[derive(Clone)]
struct Kept {
    state: State,
    /// The start of a character.
    pending: Vec<u8>,
}

/// The payload of all four classes.
struct Piecewise {
    codec: &'static Codec,
    /// Locked for a moment only: no Python code runs meanwhile.
    kept: Mutex<Kept>,
    errors: Slot,
    stream: Slot,
}

impl Native for Piecewise {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.errors.visit(visit);
        self.stream.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.stream.take());
    }
}

/// The longest start of a character that may wait.
const MOST_PENDING: usize = 8;

impl Piecewise {
    fn this(v: &Value) -> &Piecewise {
        v.opaque::<Piecewise>().expect("methods of a piecewise codec get them")
    }

    fn kept(&self) -> Kept {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, kept: Kept) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    fn error_name(&self, t: &Thread) -> R<String> {
        error_name(t, "codec", self.errors.get(t).as_ref())
    }

    fn encode(&self, t: &Thread, text: &Value, last: bool) -> R {
        if text.cast::<Str>().is_none() {
            return Err(super::not_text(t));
        }
        let mut kept = self.kept();
        let bytes = encode(t, self.codec, &mut kept.state, text, &self.error_name(t)?, last)?;
        if last {
            kept.state = State::START;
        }
        self.keep(kept);
        Ok(bytes)
    }

    fn decode(&self, t: &Thread, input: &[u8], last: bool) -> R {
        let mut kept = self.kept();
        let mut all = std::mem::take(&mut kept.pending);
        all.extend_from_slice(input);
        let source = Bytes::try_make(t, &all)?;
        let (text, used) = decode(t, self.codec, &mut kept.state, &source, &self.error_name(t)?, last)?;
        if all.len() - used > MOST_PENDING {
            return Err(t.raise_message(&t.types().unicode_error, "pending buffer overflow"));
        }
        kept.pending = all[used..].to_vec();
        self.keep(kept);
        Ok(text)
    }
}

static INCREMENTAL: Signature = Signature::new("MultibyteIncrementalCodec", "(errors='strict')");
static STREAM: Signature = Signature::new("MultibyteStreamCodec", "(stream, errors=None)");

fn make(t: &Thread, class: &Value, stream: Option<Value>, errors: Option<Value>) -> R {
    let codec = protocol::getattr(t, class, &t.str("codec"))?;
    let Some(codec) = codec_of(&codec) else {
        return Err(t.type_error("codec is unexpected type"));
    };
    // The name is checked now.
    error_name(t, "codec", errors.as_ref())?;
    let kept = Mutex::new(Kept { state: State::START, pending: Vec::new() });
    let errors = errors.filter(|v| !v.is_none()).unwrap_or_else(|| t.str("strict"));
    let object = Piecewise { codec, kept, errors: Slot::new(errors), stream: Slot::from_option(stream) };
    match class.cast::<Type>() {
        Some(class) => opaque::new(t, class, object),
        None => Err(t.type_error("expected a class")),
    }
}

fn new_incremental(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [errors] = INCREMENTAL.bind(t, args)?;
    make(t, class, None, errors)
}

fn new_stream(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [stream, errors] = STREAM.bind(t, args)?;
    make(t, class, stream, errors)
}

fn final_flag(t: &Thread, v: &Option<Value>) -> R<bool> {
    v.as_ref().map_or(Ok(false), |v| protocol::truth(t, v))
}

fn incremental_encode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    Piecewise::this(v).encode(t, given(&args[0]), final_flag(t, &args[1])?)
}

fn incremental_decode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let input = bytes::to_bytes(t, given(&args[0]))?;
    let last = final_flag(t, &args[1])?;
    Piecewise::this(v).decode(t, input.cast::<Bytes>().map_or(&[][..], Bytes::as_slice), last)
}

fn reset(_: &Thread, v: &Value) -> R {
    Piecewise::this(v).keep(Kept { state: State::START, pending: Vec::new() });
    Ok(Value::NONE)
}

fn encoder_state(t: &Thread, v: &Value) -> R {
    Ok(int::from_u64(t, Piecewise::this(v).kept().state.to_number()))
}

fn set_encoder_state(t: &Thread, v: &Value, state: &Value) -> R {
    let Some(number) = int::as_u64(&protocol::index(t, state)?) else {
        return Err(t.overflow_error("int too big to convert"));
    };
    Piecewise::this(v).keep(Kept { state: State::from_number(number), pending: Vec::new() });
    Ok(Value::NONE)
}

fn decoder_state(t: &Thread, v: &Value) -> R {
    let kept = Piecewise::this(v).kept();
    let state = int::from_u64(t, kept.state.to_number());
    Ok(t.tuple([Bytes::try_make(t, &kept.pending)?, state]))
}

fn set_decoder_state(t: &Thread, v: &Value, state: &Value) -> R {
    let Some(items) = state.cast::<Tuple>().map(Tuple::items) else {
        let found = state.type_of(t).name_str().to_owned();
        return Err(t.type_error(format!("setstate() argument must be tuple, not {found}")));
    };
    let [pending, number] = items else {
        return Err(t.type_error("setstate() argument must be a tuple of two items"));
    };
    let Some(pending) = pending.cast::<Bytes>() else {
        return Err(t.type_error("setstate() argument 1, item 0 must be bytes"));
    };
    if pending.len() > MOST_PENDING {
        return Err(t.raise_message(&t.types().unicode_error, "pending buffer too large"));
    }
    let Some(number) = int::as_u64(&protocol::index(t, number)?) else {
        return Err(t.overflow_error("int too big to convert"));
    };
    let pending = pending.as_slice().to_vec();
    Piecewise::this(v).keep(Kept { state: State::from_number(number), pending });
    Ok(Value::NONE)
}

/// Reads by a method of the stream; everything there is without a size.
fn read_with(t: &Thread, v: &Value, method: &str, size: Option<&Value>) -> R {
    let this = Piecewise::this(v);
    let Some(stream) = this.stream.get(t) else { return Err(t.value_error("the stream is gone")) };
    let size = size.filter(|v| !v.is_none());
    let whole = match size {
        Some(v) => int::arg_isize(t, v)? < 0,
        None => true,
    };
    loop {
        let data = match size.filter(|_| !whole) {
            Some(size) => protocol::call_method_str(t, &stream, method, std::slice::from_ref(size))?,
            None => protocol::call_method_str(t, &stream, method, &[])?,
        };
        let Some(bytes) = data.cast::<Bytes>() else {
            let found = data.type_of(t).name_str().to_owned();
            return Err(t.type_error(format!("stream function returned a non-bytes object ({found})")));
        };
        let ended = whole && method != "readline" || bytes.is_empty();
        let text = this.decode(t, bytes.as_slice(), ended)?;
        // A piece that is only the start of a character is no end.
        if ended || whole || text.cast::<Str>().is_some_and(|s| !s.is_empty()) {
            return Ok(text);
        }
    }
}

fn read(t: &Thread, v: &Value, args: &[Value]) -> R {
    read_with(t, v, "read", args.first())
}

fn readline(t: &Thread, v: &Value, args: &[Value]) -> R {
    read_with(t, v, "readline", args.first())
}

fn readlines(t: &Thread, v: &Value, args: &[Value]) -> R {
    let text = read_with(t, v, "read", args.first())?;
    protocol::call_method_str(t, &text, "splitlines", &[Value::TRUE])
}

fn write(t: &Thread, v: &Value, text: &Value) -> R {
    let this = Piecewise::this(v);
    let Some(stream) = this.stream.get(t) else { return Err(t.value_error("the stream is gone")) };
    let bytes = this.encode(t, text, false)?;
    protocol::call_method_str(t, &stream, "write", &[bytes])?;
    Ok(Value::NONE)
}

fn writelines(t: &Thread, v: &Value, lines: &Value) -> R {
    protocol::for_each(t, lines, |line| write(t, v, &line).map(drop))?;
    Ok(Value::NONE)
}

fn reset_writer(t: &Thread, v: &Value) -> R {
    let this = Piecewise::this(v);
    let bytes = this.encode(t, &t.str(""), true)?;
    if let Some(stream) = this.stream.get(t).filter(|_| bytes.cast::<Bytes>().is_some_and(|b| !b.is_empty())) {
        protocol::call_method_str(t, &stream, "write", &[bytes])?;
    }
    Ok(Value::NONE)
}

fn errors(t: &Thread, v: &Value) -> R {
    Ok(Piecewise::this(v).errors.get(t).unwrap_or(Value::NONE))
}

fn set_errors(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    match value {
        None => Err(t.attribute_error("cannot delete attribute", v, &t.str("errors"))),
        Some(value) if value.cast::<Str>().is_none() => Err(t.type_error("errors must be a string")),
        Some(value) => {
            drop(Piecewise::this(v).errors.replace(Some(value.clone())));
            Ok(())
        }
    }
}

const ERRORS: GetSet = GetSet::rw("errors", errors, set_errors, "how to treat errors");

static GETSET: &[GetSet] = &[ERRORS];
static STREAM_GETSET: &[GetSet] =
    &[ERRORS, GetSet::member("stream", |t, v| Ok(Piecewise::this(v).stream.get(t).unwrap_or(Value::NONE)), "")];

#[rustfmt::skip]
static ENCODER_METHODS: &[Def] = &[
    Def::new("encode", Func::Bound(incremental_encode), "($self, /, input, final=False)", ""),
    Def::new("getstate", Func::NoArgs(encoder_state), "($self, /)", ""),
    Def::new("setstate", Func::One(set_encoder_state), "($self, statelong, /)", ""),
    Def::new("reset", Func::NoArgs(reset), "($self, /)", ""),
];

#[rustfmt::skip]
static DECODER_METHODS: &[Def] = &[
    Def::new("decode", Func::Bound(incremental_decode), "($self, /, input, final=False)", ""),
    Def::new("getstate", Func::NoArgs(decoder_state), "($self, /)", ""),
    Def::new("setstate", Func::One(set_decoder_state), "($self, state, /)", ""),
    Def::new("reset", Func::NoArgs(reset), "($self, /)", ""),
];

#[rustfmt::skip]
static READER_METHODS: &[Def] = &[
    Def::new("read", Func::Pos(read, 0, 1), "($self, sizeobj=None, /)", ""),
    Def::new("readline", Func::Pos(readline, 0, 1), "($self, sizeobj=None, /)", ""),
    Def::new("readlines", Func::Pos(readlines, 0, 1), "($self, sizehintobj=None, /)", ""),
    Def::new("reset", Func::NoArgs(reset), "($self, /)", ""),
];

#[rustfmt::skip]
static WRITER_METHODS: &[Def] = &[
    Def::new("write", Func::One(write), "($self, strobj, /)", ""),
    Def::new("writelines", Func::One(writelines), "($self, lines, /)", ""),
    Def::new("reset", Func::NoArgs(reset_writer), "($self, /)", ""),
];

const fn class(
    name: &'static str,
    methods: &'static [Def],
    getset: &'static [GetSet],
    new: fn(&Thread, &Value, Args<'_>) -> R,
) -> Spec {
    let mut spec = opaque::spec::<Piecewise>(name);
    spec.flags |= type_flags::IMMUTABLE | type_flags::BASETYPE;
    spec.methods = methods;
    spec.getset = getset;
    spec.slots.new = Some(new);
    spec.slots.init = Some(|_, _, _| Ok(()));
    spec
}

static ENCODER: Spec = class("_multibytecodec.MultibyteIncrementalEncoder", ENCODER_METHODS, GETSET, new_incremental);
static DECODER: Spec = class("_multibytecodec.MultibyteIncrementalDecoder", DECODER_METHODS, GETSET, new_incremental);
static READER: Spec = class("_multibytecodec.MultibyteStreamReader", READER_METHODS, STREAM_GETSET, new_stream);
static WRITER: Spec = class("_multibytecodec.MultibyteStreamWriter", WRITER_METHODS, STREAM_GETSET, new_stream);

/// The classes.
pub static TYPES: [&Spec; 4] = [&ENCODER, &DECODER, &READER, &WRITER];
