//! `traceback`: one frame that an exception passed through, linked to the next inner one.

use super::frame::Frame;
use super::frame::FrameObject;
use super::header::{Header, Kind, gc_bits};
use super::int;
use super::list::List;
use super::native::Signature;
use super::native::allocate;
use super::slot::Slot;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// The payload of a `traceback`.
#[repr(C)]
pub struct Traceback {
    header: Header,
    /// The next inner entry, or empty.
    pub next: Slot,
    /// A `frame` object.
    pub frame: Slot,
    /// Byte offset of the instruction in the canonical bytecode.
    pub lasti: AtomicI64,
    /// The line; -1 to have it computed from `lasti`.
    pub line: AtomicI64,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for Traceback {
    const KIND: Kind = Kind::Traceback;
}

impl Traceback {
    /// An entry.
    pub fn make(t: &Thread, next: Option<Value>, frame: Value, lasti: i64, line: i64) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Traceback>(t, Kind::Traceback, t.types().traceback.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).next).write(Slot::from_option(next));
                (&raw mut (*this).frame).write(Slot::new(frame));
                (&raw mut (*this).lasti).write(AtomicI64::new(lasti));
                (&raw mut (*this).line).write(AtomicI64::new(line));
            })
        }
    }

    /// `tb_lineno`.
    pub fn line(&self, t: &Thread) -> Option<u32> {
        match self.line.load(Relaxed) {
            -1 => {
                let frame = self.frame.get(t)?;
                let code = frame.cast::<super::frame::FrameObject>()?.code.get(t)?;
                code.cast::<super::code_object::CodeObject>()?.line_of(self.lasti.load(Relaxed) as usize / 2)
            }
            line => Some(line as u32),
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = &*(this as *const Traceback);
            drop(this.next.take_last());
            drop(this.frame.take_last());
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(tb) = value.cast::<Traceback>() {
            tb.next.visit(visit);
            tb.frame.visit(visit);
        }
    }

    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(tb) = value.cast::<Traceback>() {
            drop(tb.next.take());
            drop(tb.frame.take());
        }
    }
}

/// Adds the running frame to the traceback of the exception being propagated.
///
/// # Safety
/// `frame` is the calling thread's, with `pc` saved.
pub unsafe fn add_here(t: &Thread, frame: *mut Frame) {
    let Some(e) = t.current_exception() else { return };
    let Some(exception) = e.cast::<super::exception::Exception>() else { return };
    // SAFETY: see above.
    unsafe {
        let unit = Frame::unit(frame);
        let line = Frame::code_of(frame).line_of(unit).map_or(-1, |l| l as i64);
        let next = exception.traceback.get(t).filter(|v| !v.is_none());
        let tb = Traceback::make(t, next, Frame::object(t, frame), unit as i64 * 2, line);
        exception.traceback.set(tb);
    }
}

fn entry<'a>(t: &Thread, v: &'a Value) -> R<&'a Traceback> {
    v.cast::<Traceback>().ok_or_else(|| t.type_error("a traceback is required"))
}

/// What `tb_next` may be: a traceback, or `None` for none.
fn next_entry(t: &Thread, value: &Value) -> R<Option<Value>> {
    if value.is_none() {
        return Ok(None);
    }
    match value.cast::<Traceback>() {
        Some(_) => Ok(Some(value.clone())),
        None => Err(t.type_error(format!("expected traceback object, got '{}'", value.type_of(t).name_str()))),
    }
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 4];
    SIGNATURE
        .get_or_init(|| Signature::parse_text("traceback", "(tb_next, tb_frame, tb_lasti, tb_lineno)"))
        .bind(t, args, &mut bound)?;
    let [next, frame, lasti, line] = bound.map(|v| v.unwrap_or(Value::NONE));
    if frame.cast::<FrameObject>().is_none() {
        let name = frame.type_of(t).name_str();
        return Err(t.type_error(format!("traceback() argument 'tb_frame' must be frame, not {name}")));
    }
    let (lasti, line) = (int::arg_i32(t, &lasti)?, int::arg_i32(t, &line)?);
    let next = next_entry(t, &next)?;
    Ok(Traceback::make(t, next, frame, lasti as i64, line as i64))
}

fn set_next(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete tb_next attribute")) };
    let next = next_entry(t, value)?;
    let mut at = next.clone();
    while let Some(current) = at {
        if current.is(v) {
            return Err(t.value_error("traceback loop detected"));
        }
        at = current.cast::<Traceback>().and_then(|e| e.next.get(t)).filter(|n| !n.is_none());
    }
    drop(entry(t, v)?.next.replace(next));
    Ok(())
}

pub static SPEC: Spec = Spec {
    name: "traceback",
    kind: Kind::Traceback,
    size: std::mem::size_of::<Traceback>(),
    flags: type_flags::HAVE_GC,
    doc: "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    slots: Slots {
        new: Some(new),
        traverse: Some(Traceback::traverse),
        clear: Some(Traceback::clear_refs),
        drop: Some(Traceback::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new(
        "__dir__",
        Func::NoArgs(|t, _| Ok(List::make(t, ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(|n| t.intern(n))))),
        "($self, /)",
        "",
    )],
    getset: &[
        GetSet::member("tb_frame", |t, v| Ok(entry(t, v)?.frame.get(t).unwrap_or(Value::NONE)), ""),
        GetSet::member("tb_lasti", |t, v| Ok(Value::small(entry(t, v)?.lasti.load(Relaxed))), ""),
        GetSet::rw("tb_next", |t, v| Ok(entry(t, v)?.next.get(t).unwrap_or(Value::NONE)), set_next, ""),
        GetSet::ro(
            "tb_lineno",
            |t, v| Ok(entry(t, v)?.line(t).map_or(Value::NONE, |line| Value::small(line as i64))),
            "",
        ),
    ],
    ..Spec::DEFAULT
};
