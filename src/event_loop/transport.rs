//! Stream transports: a connected socket, a protocol, and the bytes between them.
//!
//! When the loop finds the socket readable it reads into memory of its own and calls `protocol.data_received` with the
//! bytes (or has a buffered protocol's memory filled). What is written is sent at once if nothing waits to be sent;
//! the rest waits until the socket is writable, and a protocol is told when too much of it does.

use super::event_loop::{self, EventLoop};
use super::future;
use super::handle::{ends_program, in_context};
use super::running::context_of;
use super::soon::Job;
use super::state::state;
use super::watch::Watcher;
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::context;
use crate::objects::opaque::Native;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering::*};

/// Bytes asked for in one read (CPython's `max_size`).
const READ_SIZE: usize = 256 * 1024;
/// Writes to a lost connection that pass without a warning (`LOG_THRESHOLD_FOR_CONNLOST_WRITES`).
pub const SILENT_WRITES: u32 = 5;
/// `_FlowControlMixin`'s default.
pub const HIGH_WATER: usize = 64 * 1024;

/// Bytes that wait to be sent: those before `start` were.
#[derive(Default)]
pub struct Pending {
    bytes: Vec<u8>,
    start: usize,
}

impl Pending {
    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn unsent(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn sent(&mut self, n: usize) {
        self.start += n;
        if self.start == self.bytes.len() {
            *self = Pending::default();
        }
    }

    /// Adds bytes; false if there is no memory for them.
    fn add(&mut self, bytes: &[u8]) -> bool {
        if self.start > READ_SIZE {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let room = self.bytes.try_reserve(bytes.len()).is_ok();
        if room {
            self.bytes.extend_from_slice(bytes);
        }
        room
    }
}

/// The payload of a transport.
pub struct Transport {
    pub event_loop: Slot,
    pub sock: Slot,
    pub protocol: Slot,
    pub server: Slot,
    /// A dict for `get_extra_info`.
    pub extra: Slot,
    /// Completed once the protocol knows of the connection.
    pub waiter: Slot,
    /// Completed once everything is sent (`sendfile`).
    pub empty_waiter: Slot,
    /// The context that the protocol is called in.
    pub context: Slot,
    pub fd: AtomicI32,
    pub pending: Guarded<Pending>,
    /// The protocol is a `BufferedProtocol`.
    pub buffered: AtomicBool,
    pub connected: AtomicBool,
    pub closing: AtomicBool,
    pub paused: AtomicBool,
    pub eof: AtomicBool,
    /// The protocol was asked to write no more.
    pub protocol_paused: AtomicBool,
    /// More than 0 once `connection_lost` is on its way; counts writes in vain.
    pub lost: AtomicU32,
    pub high: AtomicUsize,
    pub low: AtomicUsize,
}

impl Default for Transport {
    fn default() -> Transport {
        Transport {
            event_loop: Slot::EMPTY,
            sock: Slot::EMPTY,
            protocol: Slot::EMPTY,
            server: Slot::EMPTY,
            extra: Slot::EMPTY,
            waiter: Slot::EMPTY,
            empty_waiter: Slot::EMPTY,
            context: Slot::EMPTY,
            fd: AtomicI32::new(-1),
            pending: Guarded::default(),
            buffered: AtomicBool::new(false),
            connected: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            eof: AtomicBool::new(false),
            protocol_paused: AtomicBool::new(false),
            lost: AtomicU32::new(0),
            high: AtomicUsize::new(HIGH_WATER),
            low: AtomicUsize::new(HIGH_WATER / 4),
        }
    }
}

impl Transport {
    fn slots(&self) -> [&Slot; 8] {
        [
            &self.event_loop,
            &self.sock,
            &self.protocol,
            &self.server,
            &self.extra,
            &self.waiter,
            &self.empty_waiter,
            &self.context,
        ]
    }

    pub fn is_reading(&self) -> bool {
        !self.closing.load(Relaxed) && !self.paused.load(Relaxed)
    }

    fn fd(&self) -> i32 {
        self.fd.load(Relaxed)
    }
}

impl Native for Transport {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.slots().iter().for_each(|slot| slot.visit(visit));
    }

    fn clear(&self, _t: &Thread) {
        self.slots().iter().for_each(|slot| drop(slot.take()));
    }
}

/// The payload that a method was called on.
pub fn this(v: &Value) -> &Transport {
    v.opaque::<Transport>().expect("methods of a native type get its objects")
}

/// The value in a slot, `None` if it is empty.
pub fn get(t: &Thread, slot: &Slot) -> Value {
    slot.get(t).unwrap_or(Value::NONE)
}

/// The loop, until the connection is lost.
fn with_loop<T>(t: &Thread, tr: &Transport, f: impl FnOnce(&Value, &EventLoop) -> R<T>) -> R<Option<T>> {
    match tr.event_loop.get(t) {
        Some(v) => match event_loop::of(&v) {
            Some(l) => f(&v, l).map(Some),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// Watches the socket, or stops watching it.
fn watch(t: &Thread, v: &Value, write: bool, on: bool) -> R<()> {
    let tr = this(v);
    let watcher = on.then(|| Watcher::Transport(v.clone()));
    with_loop(t, tr, |_, l| if l.closed.load(Relaxed) { Ok(None) } else { l.watch(t, tr.fd(), write, watcher) })
        .map(drop)
}

/// Whether the loop is in debug mode: then things are logged that are not otherwise.
fn log_debug(t: &Thread, v: &Value, message: &str) -> R<()> {
    let debug = with_loop(t, this(v), |_, l| Ok(l.debug.load(Relaxed)))?;
    if debug == Some(true) {
        protocol::call_method_str(t, v, "_log_debug", &[t.str(message)])?;
    }
    Ok(())
}

/// The transport is made: its protocol is told soon, and then reading begins.
pub fn begin(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    let of = context::copy_current(t)?;
    tr.context.set(of.clone());
    let connection_made = protocol::getattr_str(t, &get(t, &tr.protocol), "connection_made")?;
    with_loop(t, tr, |on, _| {
        super::soon::soon(t, on, Job::Call(connection_made, v.clone(), of.clone()))?;
        let start = protocol::getattr_str(t, v, "_start")?;
        super::soon::soon(t, on, Job::Call(start, Value::NONE, of))
    })
    .map(drop)
}

/// The protocol knows of the connection.
pub fn start(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.is_reading() {
        watch(t, v, false, true)?;
    }
    match tr.waiter.take() {
        Some(waiter) if !waiter.is_none() => {
            let cancelled = match future::of(&waiter) {
                Some(f) => f.status() == future::Status::Cancelled,
                None => protocol::truth(t, &protocol::call_method_str(t, &waiter, "cancelled", &[])?)?,
            };
            if cancelled {
                return Ok(());
            }
            protocol::call_method_str(t, &waiter, "set_result", &[Value::NONE]).map(drop)
        }
        _ => Ok(()),
    }
}

/// The socket is ready.
pub fn ready(t: &Thread, v: &Value, write: bool) -> R<()> {
    let tr = this(v);
    if tr.lost.load(Relaxed) != 0 {
        return Ok(());
    }
    let Some(of) = tr.context.get(t) else { return Ok(()) };
    match write {
        true => in_context(t, &of, || write_ready(t, v)),
        false if tr.is_reading() => in_context(t, &of, || read_ready(t, v)),
        false => Ok(()),
    }
}

/// A system call on the socket that does not block: `None` if it would have, or was interrupted.
fn attempt(call: impl FnOnce() -> isize) -> Result<Option<usize>, i32> {
    let n = call();
    if n >= 0 {
        return Ok(Some(n as usize));
    }
    match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
        error if [libc::EAGAIN, libc::EWOULDBLOCK, libc::EINTR].contains(&error) => Ok(None),
        error => Err(error),
    }
}

fn receive(fd: i32, into: &mut [u8]) -> Result<Option<usize>, i32> {
    // SAFETY: room for as many bytes as are asked for.
    attempt(|| unsafe { libc::recv(fd, into.as_mut_ptr().cast(), into.len(), libc::MSG_DONTWAIT) })
}

fn send(fd: i32, bytes: &[u8]) -> Result<Option<usize>, i32> {
    // SAFETY: as many bytes as are lent.
    attempt(|| unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) })
}

/// Calls something of the protocol's; what it raises closes the connection.
fn call_protocol<T>(t: &Thread, v: &Value, what: &str, f: impl FnOnce() -> R<T>) -> R<Option<T>> {
    match f() {
        Ok(value) => Ok(Some(value)),
        Err(raised) => {
            let e = t.take_exception(raised);
            if ends_program(t, &e) {
                return Err(t.raise_as_is(e));
            }
            fatal_error(t, v, e, &format!("Fatal error: protocol.{what}() call failed."))?;
            Ok(None)
        }
    }
}

fn read_ready(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.buffered.load(Relaxed) {
        return fill_buffer(t, v);
    }
    let data = with_loop(t, tr, |_, l| {
        let mut room = std::mem::take(&mut *l.scratch.lock());
        if room.is_empty() {
            room.resize(READ_SIZE, 0);
        }
        let data = match receive(tr.fd(), &mut room) {
            Ok(Some(n)) => Bytes::try_make(t, &room[..n]).map(Ok),
            Ok(None) => Ok(Err(0)),
            Err(error) => Ok(Err(error)),
        };
        *l.scratch.lock() = room;
        data
    })?;
    match data {
        None | Some(Err(0)) => Ok(()),
        Some(Err(error)) => failed(t, v, error, "Fatal read error on socket transport"),
        Some(Ok(data)) if data.cast::<Bytes>().is_some_and(Bytes::is_empty) => end_of_file(t, v),
        Some(Ok(data)) => {
            let target = get(t, &tr.protocol);
            let name = state(t).names(t).data_received.clone();
            call_protocol(t, v, "data_received", || protocol::call_method(t, &target, &name, &[data])).map(drop)
        }
    }
}

/// Has the memory filled that a buffered protocol offers.
fn fill_buffer(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    let target = get(t, &tr.protocol);
    let memory = call_protocol(t, v, "get_buffer", || {
        let memory = protocol::call_method_str(t, &target, "get_buffer", &[Value::small(-1)])?;
        if protocol::len(t, &memory)? == 0 {
            return Err(t.runtime_error("get_buffer() returned an empty buffer"));
        }
        Ok(memory)
    })?;
    let Some(memory) = memory else { return Ok(()) };
    let received = match buffer::writable(t, &memory, "recv_into") {
        Ok(mut lent) => lent.as_mut_slice().map(|bytes| receive(tr.fd(), bytes)),
        Err(raised) => {
            let e = t.take_exception(raised);
            return fatal_error(t, v, e, "Fatal read error on socket transport");
        }
    };
    match received {
        None | Some(Ok(None)) => Ok(()),
        Some(Err(error)) => failed(t, v, error, "Fatal read error on socket transport"),
        Some(Ok(Some(0))) => end_of_file(t, v),
        Some(Ok(Some(n))) => {
            let n = crate::objects::int::from_usize(t, n);
            call_protocol(t, v, "buffer_updated", || protocol::call_method_str(t, &target, "buffer_updated", &[n]))
                .map(drop)
        }
    }
}

fn end_of_file(t: &Thread, v: &Value) -> R<()> {
    log_debug(t, v, "%r received EOF")?;
    let target = get(t, &this(v).protocol);
    let keep_open = call_protocol(t, v, "eof_received", || {
        protocol::truth(t, &protocol::call_method_str(t, &target, "eof_received", &[])?)
    })?;
    match keep_open {
        None => Ok(()),
        // The other side writes no more, but may still read.
        Some(true) => watch(t, v, false, false),
        Some(false) => close(t, v),
    }
}

/// A system call has failed.
fn failed(t: &Thread, v: &Value, error: i32, message: &str) -> R<()> {
    let raised = t.os_error(error);
    let e = t.take_exception(raised);
    fatal_error(t, v, e, message)
}

/// The connection cannot go on. An `OSError` is nothing unusual; others are reported.
pub fn fatal_error(t: &Thread, v: &Value, e: Value, message: &str) -> R<()> {
    let tr = this(v);
    if e.type_of(t).is_subtype(&t.types().os_error) {
        let debug = with_loop(t, tr, |_, l| Ok(l.debug.load(Relaxed)))?;
        if debug == Some(true) {
            protocol::call_method_str(t, v, "_log_error", &[t.str(message), e.clone()])?;
        }
    } else {
        report(t, v, message, &e)?;
    }
    force_close(t, v, Some(e))
}

fn report(t: &Thread, v: &Value, message: &str, e: &Value) -> R<()> {
    let tr = this(v);
    let message = t.str(message);
    let target = get(t, &tr.protocol);
    let entries = [("message", &message), ("exception", e), ("transport", v), ("protocol", &target)];
    let context = context_of(t, &entries);
    let name = state(t).names(t).call_exception_handler.clone();
    with_loop(t, tr, |on, _| protocol::call_method(t, on, &name, &[context])).map(drop)
}

/// Closes without sending what waits; `connection_lost` comes soon.
pub fn force_close(t: &Thread, v: &Value, e: Option<Value>) -> R<()> {
    let tr = this(v);
    if tr.lost.load(Relaxed) != 0 {
        return Ok(());
    }
    if !tr.pending.lock().is_empty() {
        *tr.pending.lock() = Pending::default();
        watch(t, v, true, false)?;
    }
    if !tr.closing.swap(true, Relaxed) {
        watch(t, v, false, false)?;
    }
    lose_soon(t, v, e)
}

fn lose_soon(t: &Thread, v: &Value, e: Option<Value>) -> R<()> {
    let tr = this(v);
    tr.lost.fetch_add(1, Relaxed);
    let callback = protocol::getattr_str(t, v, "_call_connection_lost")?;
    let of = context::copy_current(t)?;
    with_loop(t, tr, |on, _| super::soon::soon(t, on, Job::Call(callback, e.unwrap_or(Value::NONE), of))).map(drop)
}

/// `transport.close()`: what waits is still sent.
pub fn close(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.closing.swap(true, Relaxed) {
        return Ok(());
    }
    watch(t, v, false, false)?;
    if !tr.pending.lock().is_empty() {
        return Ok(());
    }
    watch(t, v, true, false)?;
    lose_soon(t, v, None)
}

/// Tells the protocol that the connection is gone and lets go of everything.
pub fn connection_lost(t: &Thread, v: &Value, e: &Value) -> R<()> {
    let tr = this(v);
    let target = get(t, &tr.protocol);
    let told = match tr.connected.load(Relaxed) {
        true => protocol::call_method_str(t, &target, "connection_lost", std::slice::from_ref(e)).map(drop),
        false => Ok(()),
    };
    let raised = t.take_raised();
    let closed = release(t, v);
    match (told, raised) {
        (Err(_), Some(e)) => Err(t.raise_as_is(e)),
        _ => closed,
    }
}

fn release(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    let (sock, server) = (tr.sock.take(), tr.server.take());
    if let Some(waiter) = tr.empty_waiter.get(t).filter(|w| !w.is_none()) {
        let e = t.raise_message(&t.types().connection_error, "Connection is closed by peer");
        let e = t.take_exception(e);
        if future::of(&waiter).is_none_or(|f| !f.is_done()) {
            protocol::call_method_str(t, &waiter, "set_exception", &[e])?;
        }
    }
    if let Some(sock) = sock {
        protocol::call_method_str(t, &sock, "close", &[])?;
    }
    drop((tr.protocol.take(), tr.event_loop.take(), tr.context.take()));
    if let Some(server) = server.filter(|s| !s.is_none()) {
        protocol::call_method_str(t, &server, "_detach", std::slice::from_ref(v))?;
    }
    Ok(())
}

/// The socket can be written to: what waits is sent.
fn write_ready(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    let sent = {
        let mut pending = tr.pending.lock();
        if pending.is_empty() {
            Ok(false)
        } else {
            send(tr.fd(), pending.unsent()).map(|n| {
                pending.sent(n.unwrap_or(0));
                n.is_some()
            })
        }
    };
    match sent {
        Ok(false) => return Ok(()),
        Ok(true) => {}
        Err(error) => {
            watch(t, v, true, false)?;
            *tr.pending.lock() = Pending::default();
            let raised = t.os_error(error);
            let e = t.take_exception(raised);
            fatal_error(t, v, e.clone(), "Fatal write error on socket transport")?;
            if let Some(waiter) = tr.empty_waiter.get(t).filter(|w| !w.is_none()) {
                protocol::call_method_str(t, &waiter, "set_exception", &[e])?;
            }
            return Ok(());
        }
    }
    // May add more.
    resume_protocol(t, v)?;
    if !tr.pending.lock().is_empty() {
        return Ok(());
    }
    watch(t, v, true, false)?;
    if let Some(waiter) = tr.empty_waiter.get(t).filter(|w| !w.is_none()) {
        protocol::call_method_str(t, &waiter, "set_result", &[Value::NONE])?;
    }
    if tr.closing.load(Relaxed) {
        return protocol::call_method_str(t, v, "_call_connection_lost", &[Value::NONE]).map(drop);
    }
    if tr.eof.load(Relaxed) {
        shut_down(t, tr)?;
    }
    Ok(())
}

/// Tells the other side that no more will come.
pub fn shut_down(t: &Thread, tr: &Transport) -> R<()> {
    // SAFETY: takes numbers.
    if unsafe { libc::shutdown(tr.fd(), libc::SHUT_WR) } == -1 {
        return Err(t.last_os_error());
    }
    Ok(())
}

/// Sends bytes, or has them wait; `what` is the method that was called.
pub fn write(t: &Thread, v: &Value, bytes: &[u8], what: &str) -> R<()> {
    let tr = this(v);
    if tr.eof.load(Relaxed) {
        return Err(t.runtime_error(format!("Cannot call {what}() after write_eof()")));
    }
    if tr.empty_waiter.get(t).is_some_and(|w| !w.is_none()) {
        let verb = if what == "write" { "write" } else { "writelines" };
        return Err(t.runtime_error(format!("unable to {verb}; sendfile is in progress")));
    }
    if bytes.is_empty() {
        return Ok(());
    }
    let lost = tr.lost.load(Relaxed);
    if lost != 0 {
        tr.lost.fetch_add(1, Relaxed);
        if lost >= SILENT_WRITES {
            protocol::call_method_str(t, v, "_log_lost_write", &[])?;
        }
        return Ok(());
    }
    let mut rest = bytes;
    if tr.pending.lock().is_empty() {
        match send(tr.fd(), bytes) {
            Ok(n) => rest = &bytes[n.unwrap_or(0)..],
            Err(error) => return failed(t, v, error, "Fatal write error on socket transport"),
        }
        if rest.is_empty() {
            return Ok(());
        }
        watch(t, v, true, true)?;
    }
    if !tr.pending.lock().add(rest) {
        return Err(t.memory_error());
    }
    pause_protocol(t, v)
}

/// Calls `pause_writing` or `resume_writing`; an exception is reported and changes nothing.
fn tell(t: &Thread, v: &Value, what: &str) -> R<()> {
    let target = get(t, &this(v).protocol);
    match protocol::call_method_str(t, &target, what, &[]) {
        Ok(_) => Ok(()),
        Err(raised) => {
            let e = t.take_exception(raised);
            if ends_program(t, &e) {
                return Err(t.raise_as_is(e));
            }
            report(t, v, &format!("protocol.{what}() failed"), &e)
        }
    }
}

/// Too much waits: the protocol is asked to write no more.
pub fn pause_protocol(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.pending.lock().len() <= tr.high.load(Relaxed) || tr.protocol_paused.swap(true, Relaxed) {
        return Ok(());
    }
    tell(t, v, "pause_writing")
}

/// Enough was sent: the protocol may write again.
fn resume_protocol(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.pending.lock().len() > tr.low.load(Relaxed) || !tr.protocol_paused.swap(false, Relaxed) {
        return Ok(());
    }
    tell(t, v, "resume_writing")
}

/// `transport.pause_reading()`.
pub fn pause_reading(t: &Thread, v: &Value) -> R<()> {
    if !this(v).is_reading() {
        return Ok(());
    }
    this(v).paused.store(true, Relaxed);
    watch(t, v, false, false)?;
    log_debug(t, v, "%r pauses reading")
}

/// `transport.resume_reading()`.
pub fn resume_reading(t: &Thread, v: &Value) -> R<()> {
    let tr = this(v);
    if tr.closing.load(Relaxed) || !tr.paused.swap(false, Relaxed) {
        return Ok(());
    }
    watch(t, v, false, true)?;
    log_debug(t, v, "%r resumes reading")
}
