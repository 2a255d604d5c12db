//! `IncrementalNewlineDecoder`: line ends of all kinds become `\n`, or are only noted.

use crate::modules::native_type::Signature;
use crate::modules::system::{flag_or, given};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::{Str, Units};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;

const CR: u8 = 1;
const LF: u8 = 2;
const CRLF: u8 = 4;

/// What is known of a text's line ends.
#[derive(Clone, Copy, Default)]
pub struct Newlines {
    pub translate: bool,
    /// A `\r` that was the last character so far: a `\n` may follow.
    pub pending_cr: bool,
    /// Kinds seen.
    seen: u8,
}

impl Newlines {
    pub fn new(translate: bool) -> Newlines {
        Newlines { translate, ..Newlines::default() }
    }

    /// Back to the start of a text.
    pub fn reset(&mut self) {
        (self.pending_cr, self.seen) = (false, 0);
    }

    /// Notes, and if asked for translates, the line ends of the next piece of text.
    pub fn decode(&mut self, t: &Thread, text: Value, last: bool) -> Value {
        let Some(s) = text.cast::<Str>() else { return text };
        let mut units = s.units();
        // The usual case by far: nothing to do but to look.
        if !self.pending_cr
            && let Units::One(bytes) = units
            && memchr::memchr(b'\r', bytes).is_none()
        {
            if self.seen & LF == 0 && memchr::memchr(b'\n', bytes).is_some() {
                self.seen |= LF;
            }
            return text;
        }
        let mut lead = false;
        if self.pending_cr && (last || !units.is_empty()) {
            (lead, self.pending_cr) = (true, false);
        }
        if !last && !units.is_empty() && units.at(units.len() - 1) == '\r' as u32 {
            units = units.slice(0, units.len() - 1);
            self.pending_cr = true;
        } else if !last && lead && units.is_empty() {
            (lead, self.pending_cr) = (false, true);
        }
        let mut out = Vec::with_capacity(units.len() + 1);
        let mut points = lead.then_some('\r' as u32).into_iter().chain(units.iter()).peekable();
        while let Some(c) = points.next() {
            let end: &[u32] = match c {
                0x0D if points.peek() == Some(&0x0A) => {
                    points.next();
                    self.seen |= CRLF;
                    &[0x0D, 0x0A]
                }
                0x0D => {
                    self.seen |= CR;
                    &[0x0D]
                }
                0x0A => {
                    self.seen |= LF;
                    &[0x0A]
                }
                _ => {
                    out.push(c);
                    continue;
                }
            };
            out.extend_from_slice(if self.translate { &[0x0A] } else { end });
        }
        Str::from_code_points(t, &out)
    }

    /// The `newlines` attribute: `None`, a `str`, or a tuple of several.
    pub fn kinds(&self, t: &Thread) -> Value {
        let all = [(CR, "\r"), (LF, "\n"), (CRLF, "\r\n")];
        let mut found: Vec<Value> =
            all.iter().filter(|(bit, _)| self.seen & bit != 0).map(|(_, text)| t.str(text)).collect();
        match found.len() {
            0 => Value::NONE,
            1 => found.remove(0),
            _ => t.tuple(found),
        }
    }
}

/// The payload.
struct Decoder {
    /// The decoder of bytes that comes before; `None` if text comes in.
    decoder: Slot,
    state: Mutex<Newlines>,
}

impl Native for Decoder {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.decoder.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.decoder.take());
    }
}

impl Decoder {
    fn with<T>(&self, f: impl FnOnce(&mut Newlines) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = Decoder { decoder: Slot::EMPTY, state: Mutex::default() };
    opaque::new(t, class.cast::<Type>().expect("a class"), payload)
}

static SIGNATURE: Signature = Signature::new("IncrementalNewlineDecoder", "(decoder, translate, errors='strict')");

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let a = SIGNATURE.bind::<3>(t, args)?;
    let translate = flag_or(t, &a[1], false)?;
    let Some(this) = v.opaque::<Decoder>() else { return Ok(()) };
    this.decoder.set(given(&a[0]).clone());
    this.with(|state| *state = Newlines::new(translate));
    Ok(())
}

/// The payload and the decoder before it.
fn of<'a>(t: &Thread, v: &'a Value) -> R<(&'a Decoder, Value)> {
    let this = v.opaque::<Decoder>().ok_or_else(|| t.type_error("an IncrementalNewlineDecoder is required"))?;
    match this.decoder.get(t) {
        Some(decoder) => Ok((this, decoder)),
        None => Err(t.value_error("IncrementalNewlineDecoder.__init__() not called")),
    }
}

fn decode(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    let (this, decoder) = of(t, v)?;
    let last = flag_or(t, &a[1], false)?;
    let input = given(&a[0]);
    let text = match decoder.is_none() {
        true => input.clone(),
        false => protocol::call_method(t, &decoder, &t.names().decode, &[input.clone(), Value::bool(last)])?,
    };
    if text.cast::<Str>().is_none() {
        return Err(
            t.type_error(format!("decoder should return a string result, not '{}'", text.type_of(t).name_str()))
        );
    }
    Ok(this.with(|state| state.decode(t, text, last)))
}

fn getstate(t: &Thread, v: &Value) -> R {
    let (this, decoder) = of(t, v)?;
    let (bytes, flags) = match decoder.is_none() {
        true => (Bytes::make(t, b""), 0),
        false => parse_state(t, &protocol::call_method_str(t, &decoder, "getstate", &[])?)?,
    };
    let cr = this.with(|state| state.pending_cr);
    Ok(t.tuple([bytes, int::from_i128(t, i128::from(flags) << 1 | i128::from(cr))]))
}

/// The two parts of a decoder's state.
pub fn parse_state(t: &Thread, state: &Value) -> R<(Value, i64)> {
    let Some(pair) = state.cast::<Tuple>() else { return Err(t.type_error("illegal decoder state")) };
    match pair.items() {
        [bytes, _] if bytes.cast::<Bytes>().is_none() => {
            let given = bytes.type_of(t).name_str();
            Err(t.type_error(format!("illegal decoder state: the first item should be a bytes object, not '{given}'")))
        }
        [bytes, flags] => match int::as_i64(flags) {
            Some(flags) => Ok((bytes.clone(), flags)),
            None if int::is_int(flags) => Err(t.overflow_error("decoder state is too large")),
            None => Err(t.type_error("illegal decoder state")),
        },
        _ => Err(t.type_error("illegal decoder state")),
    }
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let (this, decoder) = of(t, v)?;
    let Some(pair) = state.cast::<Tuple>() else { return Err(t.type_error("state argument must be a tuple")) };
    let [bytes, flags] = pair.items() else { return Err(t.type_error("illegal decoder state")) };
    let Some(flags) = int::as_i64(flags) else { return Err(t.type_error("illegal decoder state")) };
    this.with(|state| state.pending_cr = flags & 1 != 0);
    if decoder.is_none() {
        return Ok(Value::NONE);
    }
    let state = t.tuple([bytes.clone(), int::from_i64(t, flags >> 1)]);
    protocol::call_method_str(t, &decoder, "setstate", &[state])
}

fn reset(t: &Thread, v: &Value) -> R {
    let (this, decoder) = of(t, v)?;
    this.with(Newlines::reset);
    if decoder.is_none() { Ok(Value::NONE) } else { protocol::call_method_str(t, &decoder, "reset", &[]) }
}

fn newlines(t: &Thread, v: &Value) -> R {
    let (this, _) = of(t, v)?;
    let state = this.with(|state| *state);
    Ok(state.kinds(t))
}

pub static SPEC: Spec = Spec {
    flags: type_flags::BASETYPE | type_flags::HAVE_GC,
    doc: "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nCodec used when reading a file in universal newlines mode.\n\nIt wraps another incremental decoder, translating \\r\\n and \\r into \\n.\nIt also records the types of newlines encountered.  When used with\ntranslate=False, it ensures that the newline sequence is returned in\none piece. When used with decoder=None, it expects unicode strings as\ndecode input and translates newlines without first invoking an external\ndecoder.",
    slots: Slots { new: Some(new), init: Some(init), ..opaque::spec::<Decoder>("").slots },
    methods: &[
        Def::new("decode", Func::Bound(decode), "($self, /, input, final=False)", ""),
        Def::new("getstate", Func::NoArgs(getstate), "($self, /)", ""),
        Def::new("setstate", Func::One(setstate), "($self, state, /)", ""),
        Def::new("reset", Func::NoArgs(reset), "($self, /)", ""),
    ],
    getset: &[GetSet::ro("newlines", newlines, "")],
    ..opaque::spec::<Decoder>("_io.IncrementalNewlineDecoder")
};
