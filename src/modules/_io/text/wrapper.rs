//! The type `TextIOWrapper`: construction, reconfiguration, attributes.

use super::state::{Newline, State};
use super::{Text, attached, codec, of, read, seek, write};
use crate::modules::_io::{FLAGS, bool_field, both, call0, file};
use crate::modules::native_type::Signature;
use crate::modules::system::{flag_or, given, not_none};
use crate::objects::codecs;
use crate::objects::int;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = Text {
        buffer: Slot::EMPTY,
        encoding: Slot::EMPTY,
        errors: Slot::EMPTY,
        encoder: Slot::EMPTY,
        decoder: Slot::EMPTY,
        state: Mutex::new(State::default()),
    };
    opaque::new(t, class.cast::<Type>().expect("a class"), payload)
}

static SIGNATURE: Signature = Signature::new(
    "TextIOWrapper",
    "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
);

/// A `str` argument that may be `None`.
fn text_arg<'a>(t: &Thread, v: &'a Option<Value>, name: &str) -> R<Option<&'a Value>> {
    let Some(v) = not_none(v) else { return Ok(None) };
    let Some(s) = v.cast::<Str>() else {
        let given = v.type_of(t).name_str();
        return Err(t.type_error(format!("TextIOWrapper() argument '{name}' must be str or None, not {given}")));
    };
    if s.units().iter().any(|c| c == 0) {
        return Err(t.value_error("embedded null character"));
    }
    check_encodable(t, v)?;
    Ok(Some(v))
}

/// Names are UTF-8 to C.
fn check_encodable(t: &Thread, v: &Value) -> R<()> {
    match v.cast::<Str>() {
        Some(s) if s.to_utf8().is_none() => Err(codecs::surrogates_not_allowed(t, v)),
        _ => Ok(()),
    }
}

/// The encoding for text whose encoding nobody said.
fn default_encoding(t: &Thread) -> Value {
    // The locale's encoding is always UTF-8; its name tells whether UTF-8 mode is on.
    t.str("UTF-8")
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let a = SIGNATURE.bind::<6>(t, args)?;
    let this = of(t, v)?;
    drop(this.buffer.take());
    let encoding = text_arg(t, &a[1], "encoding")?;
    let errors = text_arg(t, &a[2], "errors")?;
    let newline = text_arg(t, &a[3], "newline")?;
    let (line_buffering, write_through) = (flag_or(t, &a[4], false)?, flag_or(t, &a[5], false)?);
    let newline = Newline::parse(t, newline.unwrap_or(Value::none()))?;
    let encoding = match encoding {
        Some(e) if !e.cast::<Str>().is_some_and(|s| s.is("locale")) => e.clone(),
        _ => default_encoding(t),
    };
    let buffer = given(&a[0]);
    let asked = |name: &str| call0(t, buffer, name).and_then(|answer| protocol::truth(t, &answer));
    let (readable, writable) = (asked("readable")?, asked("writable")?);
    this.errors.set(errors.cloned().unwrap_or_else(|| t.names().strict.clone()));
    this.encoding.set(encoding.clone());
    set_codec(t, this, &encoding, readable, writable)?;
    let seekable = asked("seekable")?;
    let has_read1 = protocol::getattr_opt(t, buffer, &t.intern("read1"))?.is_some();
    let native = this.with(|s| s.native);
    let old = this.with(|s| {
        let fresh = State {
            native,
            newline,
            newlines: newline.decoder(),
            line_buffering,
            write_through,
            can_encode: writable,
            can_decode: readable,
            seekable,
            telling: seekable,
            has_read1,
            ..State::default()
        };
        std::mem::replace(s, fresh)
    });
    drop(old);
    this.buffer.set(buffer.clone());
    fix_encoder(t, this, buffer, seekable)
}

/// In the middle of a file no byte order mark is written.
fn fix_encoder(t: &Thread, this: &Text, buffer: &Value, seekable: bool) -> R<()> {
    if seekable && !this.encoder.is_empty() {
        let at = call0(t, buffer, "tell")?;
        if !protocol::eq(t, &at, &Value::small(0))? {
            codec::set_encoder_start(t, this, false)?;
        }
    }
    Ok(())
}

fn set_codec(t: &Thread, this: &Text, encoding: &Value, readable: bool, writable: bool) -> R<()> {
    let name = encoding.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
    let native = codec::native(&name);
    drop(this.encoder.take());
    drop(this.decoder.take());
    if native.is_none() {
        codec::find(t, this, &name, readable, writable)?;
    }
    this.with(|s| s.native = native);
    Ok(())
}

fn reconfigure(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    let (this, buffer) = attached(t, v)?;
    let [encoding, errors, newline, line_buffering, write_through] = a else { return Ok(Value::NONE) };
    let named = |v: &Option<Value>, name: &str| -> R<Option<Value>> {
        match not_none(v) {
            Some(v) if v.cast::<Str>().is_none() => {
                let given = v.type_of(t).name_str();
                Err(t.type_error(format!("reconfigure() argument '{name}' must be str or None, not {given}")))
            }
            other => {
                other.map_or(Ok(()), |v| check_encodable(t, v))?;
                Ok(other.cloned())
            }
        }
    };
    let (encoding, errors) = (named(encoding, "encoding")?, named(errors, "errors")?);
    if this.with(|s| s.decoded.is_some()) && (encoding.is_some() || errors.is_some() || newline.is_some()) {
        let message = "It is not possible to set the encoding or newline of stream after the first read";
        return Err(super::super::unsupported(t, message));
    }
    if let Some(v) = newline.as_ref().filter(|v| !v.is_none() && v.cast::<Str>().is_none()) {
        let given = v.type_of(t).name_str();
        return Err(t.type_error(format!("reconfigure() argument 'newline' must be str or None, not {given}")));
    }
    newline.as_ref().map_or(Ok(()), |v| check_encodable(t, v))?;
    let newline = newline.as_ref().map(|n| Newline::parse(t, n)).transpose()?;
    let truth = |v: &Option<Value>| not_none(v).map(|v| int::arg_i32(t, v).map(|i| i != 0)).transpose();
    let (line_buffering, write_through) = (truth(line_buffering)?, truth(write_through)?);
    call0(t, v, "flush")?;
    if encoding.is_some() || errors.is_some() {
        let old = this.encoding.get(t).unwrap_or_else(|| default_encoding(t));
        let new_encoding = match &encoding {
            Some(e) if e.cast::<Str>().is_some_and(|s| s.is("locale")) => default_encoding(t),
            Some(e) => e.clone(),
            None => old,
        };
        match (errors, encoding.is_some()) {
            (Some(errors), _) => this.errors.set(errors),
            (None, true) => this.errors.set(t.names().strict.clone()),
            (None, false) => {}
        }
        let (readable, writable) = this.with(|s| (s.can_decode, s.can_encode));
        set_codec(t, this, &new_encoding, readable, writable)?;
        this.encoding.set(new_encoding);
        let seekable = this.with(|s| s.seekable);
        fix_encoder(t, this, &buffer, seekable)?;
    }
    this.with(|s| {
        if let Some(newline) = newline {
            (s.newline, s.newlines) = (newline, newline.decoder());
        }
        s.line_buffering = line_buffering.unwrap_or(s.line_buffering);
        s.write_through = write_through.unwrap_or(s.write_through);
    });
    Ok(Value::NONE)
}

fn detach(t: &Thread, v: &Value) -> R {
    attached(t, v)?;
    call0(t, v, "flush")?;
    let (this, buffer) = attached(t, v)?;
    this.with(|s| s.detached = true);
    drop(this.buffer.take());
    Ok(buffer)
}

fn close(t: &Thread, v: &Value) -> R {
    let (this, buffer) = attached(t, v)?;
    // Asking may have detached it.
    if super::is_closed(t, &buffer)? || this.with(|s| s.detached) {
        return Ok(Value::NONE);
    }
    if this.with(|s| s.finalizing)
        && let Err(raised) = protocol::call_method_str(t, &buffer, "_dealloc_warn", std::slice::from_ref(v))
    {
        drop(t.take_exception(raised));
    }
    let flushed = call0(t, v, "flush");
    both(t, flushed, || call0(t, &buffer, "close"))
}

macro_rules! delegates {
    ($($name:ident;)*) => {
        $(fn $name(t: &Thread, v: &Value) -> R {
            let (_, buffer) = attached(t, v)?;
            call0(t, &buffer, stringify!($name))
        })*
    };
}

delegates! { fileno; seekable; readable; writable; isatty; }

fn encoding(t: &Thread, v: &Value) -> R {
    Ok(of(t, v)?.encoding.get(t).unwrap_or(Value::NONE))
}

fn errors(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    if this.buffer.is_empty() && !this.with(|s| s.detached) {
        return attached(t, v).map(|_| Value::NONE);
    }
    Ok(this.errors(t))
}

fn buffer(t: &Thread, v: &Value) -> R {
    Ok(attached(t, v)?.1)
}

fn name(t: &Thread, v: &Value) -> R {
    let (_, buffer) = attached(t, v)?;
    protocol::getattr(t, &buffer, &t.names().name)
}

fn closed(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    if this.buffer.is_empty() && !this.with(|s| s.detached) {
        return Ok(Value::TRUE);
    }
    let (_, buffer) = attached(t, v)?;
    protocol::getattr(t, &buffer, &t.names().closed)
}

fn newlines(t: &Thread, v: &Value) -> R {
    let (this, _) = attached(t, v)?;
    let newlines = this.with(|s| s.newlines.filter(|_| s.can_decode));
    Ok(newlines.map_or(Value::NONE, |n| n.kinds(t)))
}

fn line_buffering(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.with(|s| s.line_buffering)))
}

fn write_through(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.with(|s| s.write_through)))
}

fn finalizing(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.with(|s| s.finalizing)))
}

fn set_finalizing(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let on = bool_field(t, value)?;
    of(t, v)?.with(|s| s.finalizing = on);
    Ok(())
}

fn chunk_size(t: &Thread, v: &Value) -> R {
    let (this, _) = attached(t, v)?;
    Ok(int::from_usize(t, this.with(|s| s.chunk_size)))
}

fn set_chunk_size(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let (this, _) = attached(t, v)?;
    let Some(value) = value else {
        let message = format!("attribute '_CHUNK_SIZE' of '{}' objects cannot be deleted", v.type_of(t).name_str());
        return Err(t.attribute_error(&message, v, &t.intern("_CHUNK_SIZE")));
    };
    let Some(size) = t.catch(protocol::index_isize(t, value), |types| &types.index_error)? else {
        return Err(t.value_error("cannot fit 'int' into an index-sized integer"));
    };
    match usize::try_from(size) {
        Ok(n) if n > 0 => {
            this.with(|s| s.chunk_size = n);
            Ok(())
        }
        _ => Err(t.value_error("a strictly positive integer is required")),
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    let class = v.type_of(t).name_str();
    let Some(encoding) = this.encoding.get(t) else {
        return Err(t.value_error("I/O operation on uninitialized object"));
    };
    let Some(_guard) = crate::objects::container::ReprGuard::enter(t, v) else {
        return Err(t.runtime_error(format!("reentrant call inside {class}.__repr__")));
    };
    let mut text = format!("<{class}");
    let optional = |result: R<Option<Value>>| match result {
        // A detached stream has neither.
        Err(raised) if t.raised_is(&raised, &t.types().value_error) => {
            drop(t.take_exception(raised));
            Ok(None)
        }
        other => other,
    };
    if let Some(name) = optional(protocol::getattr_opt(t, v, &t.names().name))? {
        text.push_str(&format!(" name={}", protocol::repr_text(t, &name)?));
    }
    if let Some(mode) = optional(protocol::getattr_opt(t, v, &t.names().mode))? {
        text.push_str(&format!(" mode={}", protocol::repr_text(t, &mode)?));
    }
    Ok(t.str(format!("{text} encoding={}>", protocol::repr_text(t, &encoding)?)))
}

pub static SPEC: Spec = Spec {
    flags: FLAGS,
    doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.\n\nencoding gives the name of the encoding that the stream will be\ndecoded or encoded with. It defaults to locale.getencoding().\n\nerrors determines the strictness of encoding and decoding (see\nhelp(codecs.Codec) or the documentation for codecs.register) and\ndefaults to \"strict\".\n\nnewline controls how line endings are handled. It can be None, '',\n'\\n', '\\r', and '\\r\\n'.  It works as follows:\n\n* On input, if newline is None, universal newlines mode is\n  enabled. Lines in the input can end in '\\n', '\\r', or '\\r\\n', and\n  these are translated into '\\n' before being returned to the\n  caller. If it is '', universal newline mode is enabled, but line\n  endings are returned to the caller untranslated. If it has any of\n  the other legal values, input lines are only terminated by the given\n  string, and the line ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep. If\n  newline is '' or '\\n', no translation takes place. If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf line_buffering is True, a call to flush is implied when a call to\nwrite contains a newline character.",
    slots: Slots {
        repr: Some(repr),
        new: Some(new),
        init: Some(init),
        next: Some(read::next),
        ..opaque::spec::<Text>("").slots
    },
    methods: &[
        Def::new("detach", Func::NoArgs(detach), "($self, /)", ""),
        Def::new(
            "reconfigure",
            Func::Bound(reconfigure),
            "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)",
            "Reconfigure the text stream with new parameters.\n\nThis also does an implicit stream flush.",
        ),
        Def::new("write", Func::One(write::write), "($self, text, /)", ""),
        Def::new("read", Func::Pos(read::read, 0, 1), "($self, size=-1, /)", ""),
        Def::new("readline", Func::Pos(read::readline, 0, 1), "($self, size=-1, /)", ""),
        Def::new("flush", Func::NoArgs(write::flush), "($self, /)", ""),
        Def::new("close", Func::NoArgs(close), "($self, /)", ""),
        Def::new("fileno", Func::NoArgs(fileno), "($self, /)", ""),
        Def::new("seekable", Func::NoArgs(seekable), "($self, /)", ""),
        Def::new("readable", Func::NoArgs(readable), "($self, /)", ""),
        Def::new("writable", Func::NoArgs(writable), "($self, /)", ""),
        Def::new("isatty", Func::NoArgs(isatty), "($self, /)", ""),
        Def::new(
            "seek",
            Func::Pos(seek::seek, 1, 2),
            "($self, cookie, whence=os.SEEK_SET, /)",
            "Set the stream position, and return the new stream position.\n\n  cookie\n    Zero or an opaque number returned by tell().\n  whence\n    The relative position to seek from.\n\nFour operations are supported, given by the following argument\ncombinations:\n\n- seek(0, SEEK_SET): Rewind to the start of the stream.\n- seek(cookie, SEEK_SET): Restore a previous position;\n  'cookie' must be a number returned by tell().\n- seek(0, SEEK_END): Fast-forward to the end of the stream.\n- seek(0, SEEK_CUR): Leave the current stream position unchanged.\n\nAny other argument combinations are invalid,\nand may raise exceptions.",
        ),
        Def::new(
            "tell",
            Func::NoArgs(seek::tell),
            "($self, /)",
            "Return the stream position as an opaque number.\n\nThe return value of tell() can be given as input to seek(), to\nrestore a previous stream position.",
        ),
        Def::new("truncate", Func::Pos(seek::truncate, 0, 1), "($self, pos=None, /)", ""),
        Def::new("__getstate__", Func::NoArgs(file::getstate), "($self, /)", ""),
    ],
    getset: &[
        GetSet::member("encoding", encoding, ""),
        GetSet::member("line_buffering", line_buffering, ""),
        GetSet::member("write_through", write_through, ""),
        GetSet::member_rw("_finalizing", finalizing, set_finalizing, ""),
        GetSet::ro("name", name, ""),
        GetSet::ro("closed", closed, ""),
        GetSet::ro("newlines", newlines, ""),
        GetSet::ro("errors", errors, ""),
        GetSet::rw("_CHUNK_SIZE", chunk_size, set_chunk_size, ""),
        GetSet::ro("buffer", buffer, ""),
    ],
    ..opaque::spec::<Text>("_io.TextIOWrapper")
};
