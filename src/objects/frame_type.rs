//! The type `frame`: what Python code sees of a running or ended block.

use super::frame::{Frame, FrameObject, Owner};
use super::frame_jump;
use super::frame_locals;
use super::generator::{Generator, State};
use super::header::Kind;
use super::int;
use super::slots::{R, Raised, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::*};

fn frame<'a>(t: &Thread, v: &'a Value) -> R<&'a FrameObject> {
    v.cast::<FrameObject>().ok_or_else(|| t.type_error("a frame is required"))
}

/// The generator that a frame lies in.
fn generator_of(f: *mut Frame) -> Option<&'static Generator> {
    // SAFETY: the frame object's pointer is to a live frame; the caller uses the generator while it is.
    unsafe { ((*f).owner == Owner::Generator).then(|| Generator::of_frame(f)) }
}

/// The line that the frame executes.
pub fn line(v: &FrameObject) -> Option<u32> {
    match v.line.load(Relaxed) {
        // SAFETY: the pointer is to a live frame whose `pc` is saved.
        0 => unsafe { Frame::line(v.frame()?) },
        line => Some(line),
    }
}

fn f_lineno(t: &Thread, v: &Value) -> R {
    Ok(line(frame(t, v)?).map_or(Value::NONE, |line| Value::small(line as i64)))
}

/// Sends the frame to another line ([`frame_jump`]).
fn set_lineno(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(cannot_delete(t, "f_lineno")) };
    if !int::is_exact(value) {
        return Err(t.value_error("lineno must be an integer"));
    }
    let line = int::as_i64(value).unwrap_or(i64::MAX);
    // SAFETY: the frame is looked at by its own thread, whose frames are saved during calls.
    unsafe { frame_jump::set_lineno(t, frame(t, v)?, line) }
}

#[cold]
fn cannot_delete(t: &Thread, name: &str) -> Raised {
    t.raise_message(&t.types().attribute_error, &format!("attribute '{name}' of 'frame' objects cannot be deleted"))
}

fn f_back(t: &Thread, v: &Value) -> R {
    let object = frame(t, v)?;
    let Some(f) = object.frame() else { return Ok(object.back.get(t).unwrap_or(Value::NONE)) };
    // SAFETY: callers of a running frame live as long as it runs; ended frames have none.
    unsafe {
        if (*f).owner == Owner::FrameObject || (*f).previous.is_null() {
            return Ok(object.back.get(t).unwrap_or(Value::NONE));
        }
        Ok(Frame::object(t, (*f).previous))
    }
}

/// A word of the frame that holds a value.
fn word(v: &FrameObject, pick: fn(&Frame) -> u64) -> Value {
    let Some(f) = v.frame() else { return Value::NONE };
    // SAFETY: the frame lives, and its words are valid.
    unsafe {
        match pick(&*f) {
            0 => Value::NONE,
            w => Value::from_ref(&w).clone(),
        }
    }
}

fn f_lasti(t: &Thread, v: &Value) -> R {
    let Some(f) = frame(t, v)?.frame() else { return Ok(Value::small(-1)) };
    // SAFETY: the frame lives and its `pc` is saved.
    Ok(Value::small(unsafe { Frame::unit(f) } as i64 * 2))
}

fn f_generator(t: &Thread, v: &Value) -> R {
    Ok(frame(t, v)?.frame().and_then(generator_of).map_or(Value::NONE, |g| g.value()))
}

fn f_trace(t: &Thread, v: &Value) -> R {
    Ok(frame(t, v)?.trace.get(t).unwrap_or(Value::NONE))
}

fn set_trace(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(frame(t, v)?.trace.replace(value.filter(|v| !v.is_none()).cloned()));
    Ok(())
}

/// The setter of a flag.
fn set_flag(t: &Thread, flag: &AtomicBool, name: &str, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(cannot_delete(t, name)) };
    let Some(b) = value.as_bool() else { return Err(t.type_error("attribute value type must be bool")) };
    flag.store(b, Relaxed);
    Ok(())
}

fn clear(t: &Thread, v: &Value) -> R {
    let object = frame(t, v)?;
    let Some(f) = object.frame() else { return Ok(Value::NONE) };
    // SAFETY: the frame lives.
    let owner = unsafe { (*f).owner };
    match owner {
        Owner::Thread => return Err(t.runtime_error("cannot clear an executing frame")),
        Owner::Generator => {
            let generator = generator_of(f).map(|g| g.value()).unwrap_or(Value::NONE);
            match Generator::of(&generator).map(|g| g.state()) {
                Some(State::Running) => return Err(t.runtime_error("cannot clear an executing frame")),
                Some(State::Suspended) => return Err(t.runtime_error("cannot clear a suspended frame")),
                _ => super::generator_type::finalize(t, &generator),
            }
        }
        Owner::FrameObject => {}
    }
    FrameObject::clear_refs(t, v);
    Ok(Value::NONE)
}

fn repr(t: &Thread, v: &Value) -> R {
    let object = frame(t, v)?;
    let code = object.code.get(t);
    let mut out = super::container::Text::default();
    out.push(&format!("<frame at {:#x}, file ", v.id()));
    if let Some(code) = code.as_ref().and_then(|c| c.cast::<super::code_object::CodeObject>()) {
        out.push_repr(t, &code.filename)?;
        out.push(&format!(", line {}, code ", line(object).map_or("None".into(), |l| l.to_string())));
        out.push_str(&code.name);
    }
    out.push(">");
    Ok(out.finish(t))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let code = frame(t, v)?.code.get(t);
    let words = code.as_ref().and_then(|c| c.cast::<super::code_object::CodeObject>()).map_or(0, |c| c.frame_words);
    let size = std::mem::size_of::<FrameObject>() + (super::frame::FRAME_WORDS + words) * 8;
    Ok(Value::small(size as i64))
}

/// What `f_locals` gives: the namespace of a module or class body; of a function, a view that writes through.
pub fn locals(t: &Thread, v: &Value) -> R {
    let object = frame(t, v)?;
    let code = object.code.get(t);
    let optimized = code
        .as_ref()
        .and_then(|c| c.cast::<super::code_object::CodeObject>())
        .is_some_and(|c| c.flags & crate::compiler::code::flags::OPTIMIZED != 0);
    if optimized {
        return Ok(frame_locals::make(t, v));
    }
    let locals = word(object, |f| f.locals);
    Ok(if locals.is_none() { word(object, |f| f.globals) } else { locals })
}

pub static SPEC: Spec = Spec {
    name: "frame",
    kind: Kind::Frame,
    size: std::mem::size_of::<FrameObject>(),
    flags: type_flags::HAVE_GC,
    slots: Slots {
        repr: Some(repr),
        traverse: Some(FrameObject::traverse),
        clear: Some(FrameObject::clear_refs),
        drop: Some(FrameObject::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("clear", Func::NoArgs(clear), "($self, /)", "Clear all references held by the frame."),
        Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Return the size of the frame in memory, in bytes."),
    ],
    getset: &[
        GetSet::member_rw(
            "f_trace_lines",
            |t, v| Ok(Value::bool(frame(t, v)?.trace_lines.load(Relaxed))),
            |t, v, value| set_flag(t, &frame(t, v)?.trace_lines, "f_trace_lines", value),
            "",
        ),
        GetSet::ro("f_back", f_back, ""),
        GetSet::ro("f_locals", locals, "Return the mapping used by the frame to look up local variables."),
        GetSet::rw("f_lineno", f_lineno, set_lineno, "Return the current line number in the frame."),
        GetSet::rw(
            "f_trace",
            f_trace,
            set_trace,
            "Return the trace function for this frame, or None if no trace function is set.",
        ),
        GetSet::ro("f_lasti", f_lasti, "Return the index of the last attempted instruction in the frame."),
        GetSet::ro(
            "f_globals",
            |t, v| Ok(word(frame(t, v)?, |f| f.globals)),
            "Return the global variables in the frame.",
        ),
        GetSet::ro(
            "f_builtins",
            |t, v| Ok(word(frame(t, v)?, |f| f.builtins)),
            "Return the built-in variables in the frame.",
        ),
        GetSet::ro(
            "f_code",
            |t, v| Ok(frame(t, v)?.code.get(t).unwrap_or(Value::NONE)),
            "Return the code object being executed in this frame.",
        ),
        GetSet::rw(
            "f_trace_opcodes",
            |t, v| Ok(Value::bool(frame(t, v)?.trace_opcodes.load(Relaxed))),
            |t, v, value| set_flag(t, &frame(t, v)?.trace_opcodes, "f_trace_opcodes", value),
            "Return True if opcode tracing is enabled, False otherwise.",
        ),
        GetSet::ro(
            "f_generator",
            f_generator,
            "Return the generator or coroutine associated with this frame, or None.",
        ),
    ],
    ..Spec::DEFAULT
};
