//! The type of native stream transports: methods and attributes. `_native_loop` adds what is rare.

use super::flag::flag;
use super::future;
use super::future_type::{bind, not_none};
use super::transport::{self, Transport, get, this};
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::container::class_of;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::native::Signature;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, Transport::default())
}

/// `(loop, sock, protocol, waiter, extra, server)`; `_native_loop` fills `extra` and begins.
fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let text = "(loop, sock, protocol, waiter=None, extra=None, server=None)";
    let bound = bind(t, &SIGNATURE, "_SelectorSocketTransport", text, args)?;
    let [Some(of_loop), Some(sock), Some(target), waiter, extra, server] = bound else { return Ok(()) };
    let tr = this(v);
    let fd = protocol::call_method(t, &sock, &t.names().fileno, &[])?;
    let fd = int::as_i64(&fd).and_then(|fd| i32::try_from(fd).ok()).unwrap_or(-1);
    tr.fd.store(fd, Relaxed);
    tr.event_loop.set(of_loop);
    tr.sock.set(sock);
    tr.extra.set(extra.unwrap_or(Value::NONE));
    tr.waiter.set(waiter.unwrap_or(Value::NONE));
    tr.server.set(server.unwrap_or(Value::NONE));
    protocol::call_method_str(t, v, "set_protocol", &[target]).map(drop)
}

fn set_protocol(t: &Thread, v: &Value, target: &Value) -> R {
    let tr = this(v);
    let class = super::state::state(t).buffered_protocol.get(t)?;
    tr.buffered.store(protocol::isinstance(t, target, &class)?, Relaxed);
    tr.protocol.set(target.clone());
    tr.connected.store(true, Relaxed);
    Ok(Value::NONE)
}

fn is_bytes(v: &Value) -> bool {
    v.cast::<Bytes>().is_some()
        || v.cast::<ByteArray>().is_some()
        || v.cast::<crate::objects::memoryview::MemoryView>().is_some()
}

fn write(t: &Thread, v: &Value, data: &Value) -> R {
    if !is_bytes(data) {
        let name = protocol::repr_text(t, &data.type_of(t).name(t))?;
        return Err(t.type_error(format!("data argument must be a bytes, bytearray, or memoryview object, not {name}")));
    }
    match data.cast::<Bytes>() {
        Some(bytes) => transport::write(t, v, bytes.as_slice(), "write")?,
        None => transport::write(t, v, &buffer::to_vec(t, data)?, "write")?,
    }
    Ok(Value::NONE)
}

fn writelines(t: &Thread, v: &Value, lines: &Value) -> R {
    let mut all = Vec::new();
    for line in protocol::collect(t, lines)? {
        all.extend_from_slice(&buffer::bytes_like(t, &line)?);
    }
    transport::write(t, v, &all, "writelines")?;
    Ok(Value::NONE)
}

fn write_eof(t: &Thread, v: &Value) -> R {
    let tr = this(v);
    if tr.closing.load(Relaxed) || tr.eof.swap(true, Relaxed) {
        return Ok(Value::NONE);
    }
    if tr.pending.lock().is_empty() {
        transport::shut_down(t, tr)?;
    }
    Ok(Value::NONE)
}

/// A number of bytes; `None` if it is below 0 or no finite number.
fn bytes_of(t: &Thread, v: &Value) -> R<Option<usize>> {
    let f = float::to_f64(t, v)?;
    Ok((f >= 0.0 && f.is_finite()).then_some(f as usize))
}

fn set_limits(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (given_high, given_low) = (not_none(&args[0]), not_none(&args[1]));
    let number = |v: Option<&Value>| v.map(|v| Ok((v.clone(), bytes_of(t, v)?))).transpose();
    let (high, low) = (number(given_high)?, number(given_low)?);
    let high_bytes = match (&high, &low) {
        (Some((_, high)), _) => *high,
        (None, None) => Some(transport::HIGH_WATER),
        (None, Some((_, low))) => low.map(|low| low.saturating_mul(4)),
    };
    let low_bytes = match &low {
        Some((_, low)) => *low,
        None => high_bytes.map(|high| high / 4),
    };
    match (high_bytes, low_bytes) {
        (Some(high), Some(low)) if high >= low => {
            this(v).high.store(high, Relaxed);
            this(v).low.store(low, Relaxed);
        }
        _ => {
            let show = |given: &Option<(Value, Option<usize>)>, bytes: Option<usize>| match (given, bytes) {
                (Some((v, _)), _) => protocol::repr_text(t, v),
                (None, bytes) => Ok(bytes.unwrap_or(0).to_string()),
            };
            let (high, low) = (show(&high, high_bytes)?, show(&low, low_bytes)?);
            return Err(t.value_error(format!("high ({high}) must be >= low ({low}) must be >= 0")));
        }
    }
    transport::pause_protocol(t, v)?;
    Ok(Value::NONE)
}

fn make_empty_waiter(t: &Thread, v: &Value) -> R {
    let tr = this(v);
    if tr.empty_waiter.get(t).is_some_and(|w| !w.is_none()) {
        return Err(t.runtime_error("Empty waiter is already set"));
    }
    let waiter = protocol::call_method_str(t, &get(t, &tr.event_loop), "create_future", &[])?;
    if tr.pending.lock().is_empty() {
        future::set_result(t, &waiter, Value::none())?;
    }
    tr.empty_waiter.set(waiter.clone());
    Ok(waiter)
}

fn fatal_error(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let message = match &args[1] {
        Some(message) => protocol::to_text(t, message)?,
        None => "Fatal error on transport".to_owned(),
    };
    transport::fatal_error(t, v, args[0].clone().unwrap_or(Value::NONE), &message)?;
    Ok(Value::NONE)
}

fn done(done: R<()>) -> R {
    done.map(|()| Value::NONE)
}

/// An attribute that is a slot of the payload.
macro_rules! slot {
    ($name:literal, $field:ident) => {
        GetSet::rw(
            $name,
            |t, v| Ok(get(t, &this(v).$field)),
            |_, v, value| {
                drop(this(v).$field.replace(value.cloned()));
                Ok(())
            },
            "",
        )
    };
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots { new: Some(new), init: Some(init), ..opaque::spec::<Transport>("").slots },
    methods: METHODS,
    getset: &[
        slot!("_loop", event_loop),
        slot!("_sock", sock),
        slot!("_protocol", protocol),
        slot!("_server", server),
        slot!("_extra", extra),
        slot!("_empty_waiter", empty_waiter),
        flag!("_closing", closing),
        flag!("_paused", paused),
        flag!("_eof", eof),
        flag!("_protocol_connected", connected),
        flag!("_protocol_paused", protocol_paused),
        GetSet::ro("_sock_fd", |_, v| Ok(Value::small(this(v).fd.load(Relaxed).into())), ""),
        GetSet::ro("_conn_lost", |_, v| Ok(Value::small(this(v).lost.load(Relaxed).into())), ""),
    ],
    ..opaque::spec::<Transport>("_event_loop.SocketTransport")
};

const METHODS: &[Def] = &[
    Def::new("_begin", Func::NoArgs(|t, v| done(transport::begin(t, v))), "($self, /)", ""),
    Def::new("_start", Func::One(|t, v, _| done(transport::start(t, v))), "($self, nothing, /)", ""),
    Def::new("set_protocol", Func::One(set_protocol), "($self, protocol, /)", "Set a new protocol."),
    Def::new(
        "get_protocol",
        Func::NoArgs(|t, v| Ok(get(t, &this(v).protocol))),
        "($self, /)",
        "Return the current protocol.",
    ),
    Def::new(
        "is_closing",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).closing.load(Relaxed)))),
        "($self, /)",
        "Return True if the transport is closing or closed.",
    ),
    Def::new(
        "is_reading",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).is_reading()))),
        "($self, /)",
        "Return True if the transport is receiving.",
    ),
    Def::new(
        "pause_reading",
        Func::NoArgs(|t, v| done(transport::pause_reading(t, v))),
        "($self, /)",
        "Pause the receiving end.\n\nNo data will be passed to the protocol's data_received()\nmethod until resume_reading() is called.",
    ),
    Def::new(
        "resume_reading",
        Func::NoArgs(|t, v| done(transport::resume_reading(t, v))),
        "($self, /)",
        "Resume the receiving end.\n\nData received will once again be passed to the protocol's\ndata_received() method.",
    ),
    Def::new(
        "close",
        Func::NoArgs(|t, v| done(transport::close(t, v))),
        "($self, /)",
        "Close the transport.\n\nBuffered data will be flushed asynchronously.  No more data\nwill be received.  After all buffered data is flushed, the\nprotocol's connection_lost() method will (eventually) be\ncalled with None as its argument.",
    ),
    Def::new(
        "abort",
        Func::NoArgs(|t, v| done(transport::force_close(t, v, None))),
        "($self, /)",
        "Close the transport immediately.\n\nBuffered data will be lost.  No more data will be received.\nThe protocol's connection_lost() method will (eventually) be\ncalled with None as its argument.",
    ),
    Def::new(
        "write",
        Func::One(write),
        "($self, data, /)",
        "Write some data bytes to the transport.\n\nThis does not block; it buffers the data and arranges for it\nto be sent out asynchronously.",
    ),
    Def::new(
        "writelines",
        Func::One(writelines),
        "($self, list_of_data, /)",
        "Write a list (or any iterable) of data bytes to the transport.",
    ),
    Def::new(
        "write_eof",
        Func::NoArgs(write_eof),
        "($self, /)",
        "Close the write end after flushing buffered data.\n\n(This is like typing ^D into a UNIX program reading from stdin.)\n\nData may still be received.",
    ),
    Def::new(
        "can_write_eof",
        Func::NoArgs(|_, _| Ok(Value::TRUE)),
        "($self, /)",
        "Return True if this transport supports write_eof(), False if not.",
    ),
    Def::new(
        "get_write_buffer_size",
        Func::NoArgs(|t, v| Ok(int::from_usize(t, this(v).pending.lock().len()))),
        "($self, /)",
        "Return the current size of the write buffer.",
    ),
    Def::new(
        "get_write_buffer_limits",
        Func::NoArgs(|t, v| {
            let limits = [&this(v).low, &this(v).high].map(|limit| int::from_usize(t, limit.load(Relaxed)));
            Ok(t.tuple(limits))
        }),
        "($self, /)",
        "Get the high and low watermarks for write flow control.\nReturn a tuple (low, high) where low and high are\npositive number of bytes.",
    ),
    Def::new(
        "set_write_buffer_limits",
        Func::Bound(set_limits),
        "($self, /, high=None, low=None)",
        "Set the high- and low-water limits for write flow control.",
    ),
    Def::new("_make_empty_waiter", Func::NoArgs(make_empty_waiter), "($self, /)", ""),
    Def::new(
        "_reset_empty_waiter",
        Func::NoArgs(|_, v| {
            drop(this(v).empty_waiter.take());
            Ok(Value::NONE)
        }),
        "($self, /)",
        "",
    ),
    Def::new(
        "_force_close",
        Func::One(|t, v, e| done(transport::force_close(t, v, (!e.is_none()).then(|| e.clone())))),
        "($self, exc, /)",
        "",
    ),
    Def::new("_fatal_error", Func::Bound(fatal_error), "($self, /, exc, message=None)", ""),
    Def::new(
        "_call_connection_lost",
        Func::One(|t, v, e| done(transport::connection_lost(t, v, e))),
        "($self, exc, /)",
        "",
    ),
    Def::new(
        "_waiting",
        Func::NoArgs(|t, v| {
            let interest = match super::event_loop::of(&get(t, &this(v).event_loop)) {
                Some(l) => l.interest(this(v).fd.load(Relaxed)),
                None => Default::default(),
            };
            Ok(List::make(t, [Value::bool(interest.read), Value::bool(interest.write)]))
        }),
        "($self, /)",
        "",
    ),
];
