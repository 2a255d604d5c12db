//! The three types with one buffer: their construction, their tables, and what they pass on to the raw stream.

use super::state::State;
use super::{Buffered, of, raw_of, read, write};
use crate::modules::_io::{FLAGS, base, bool_field, both, call0, file};
use crate::modules::native_type::Signature;
use crate::modules::system::given;
use crate::objects::int;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::Lock;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = Buffered {
        lock: Lock::new(),
        owner: AtomicU64::new(0),
        raw: Slot::EMPTY,
        detached: AtomicBool::new(false),
        finalizing: AtomicBool::new(false),
        state: UnsafeCell::new(State::default()),
    };
    opaque::new(t, class.cast::<Type>().expect("a class"), payload)
}

/// What all three constructors do: `check` is what is asked of the raw stream.
fn init(t: &Thread, v: &Value, a: [Option<Value>; 2], readable: bool, writable: bool) -> R<()> {
    let this = of(t, v)?;
    drop(this.raw.take());
    this.detached.store(false, Relaxed);
    let raw = given(&a[0]);
    if readable && writable {
        base::check_seekable(t, raw)?;
    }
    if readable {
        base::check_readable(t, raw)?;
    }
    if writable {
        base::check_writable(t, raw)?;
    }
    let size = match &a[1] {
        Some(n) => int::arg_isize(t, n)?,
        None => crate::modules::_io::DEFAULT_BUFFER_SIZE as isize,
    };
    let Some(size) = usize::try_from(size).ok().filter(|&n| n > 0) else {
        return Err(t.value_error("buffer size must be strictly positive"));
    };
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(size).is_err() {
        return Err(t.memory_error());
    }
    buffer.resize(size, 0);
    let mut held = super::hold(t, v, raw.clone())?;
    let state = held.state();
    *state = State { buffer, readable, writable, ..State::default() };
    // A stream that cannot tell where it stands is used all the same.
    if let Err(raised) = state.tell_raw(t, raw) {
        drop(t.take_exception(raised));
    }
    drop(held);
    this.raw.set(raw.clone());
    Ok(())
}

macro_rules! constructor {
    ($init:ident $name:literal $readable:literal $writable:literal) => {
        fn $init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
            static SIGNATURE: Signature = Signature::new($name, "(raw, buffer_size=131072)");
            init(t, v, SIGNATURE.bind::<2>(t, args)?, $readable, $writable)
        }
    };
}

constructor!(init_reader "BufferedReader" true false);
constructor!(init_writer "BufferedWriter" false true);
constructor!(init_random "BufferedRandom" true true);

/// `BufferedReader.flush`: nothing of its own to flush.
fn simple_flush(t: &Thread, v: &Value) -> R {
    let raw = raw_of(t, v)?;
    call0(t, &raw, "flush")
}

fn close(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    let raw = raw_of(t, v)?;
    if super::raw_is_closed(t, &raw)? {
        return Ok(Value::NONE);
    }
    if this.finalizing.load(Relaxed)
        && let Err(raised) = protocol::call_method_str(t, &raw, "_dealloc_warn", std::slice::from_ref(v))
    {
        drop(t.take_exception(raised));
    }
    let flushed = call0(t, v, "flush");
    both(t, flushed, || {
        let closed = call0(t, &raw, "close");
        // Gone in the meantime, if `flush` detached the stream.
        if let Some(raw) = this.raw.get(t) {
            super::hold(t, v, raw)?.state().buffer = Vec::new();
        }
        closed
    })
}

fn detach(t: &Thread, v: &Value) -> R {
    let raw = raw_of(t, v)?;
    call0(t, v, "flush")?;
    let this = of(t, v)?;
    this.detached.store(true, Relaxed);
    drop(this.raw.take());
    Ok(raw)
}

macro_rules! delegates {
    ($($name:ident $method:literal;)*) => {
        $(fn $name(t: &Thread, v: &Value) -> R {
            let raw = raw_of(t, v)?;
            call0(t, &raw, $method)
        })*
    };
}

delegates! {
    seekable "seekable"; readable "readable"; writable "writable"; fileno "fileno"; isatty "isatty";
}

fn dealloc_warn(t: &Thread, v: &Value, source: &Value) -> R {
    if let Some(raw) = of(t, v)?.raw.get(t)
        && let Err(raised) = protocol::call_method_str(t, &raw, "_dealloc_warn", std::slice::from_ref(source))
    {
        drop(t.take_exception(raised));
    }
    Ok(Value::NONE)
}

fn raw(t: &Thread, v: &Value) -> R {
    // Absent before initialization and after `detach`.
    match of(t, v)?.raw.get(t) {
        Some(raw) => Ok(raw),
        None => Ok(Value::NONE),
    }
}

fn closed(t: &Thread, v: &Value) -> R {
    let raw = raw_of(t, v)?;
    protocol::getattr(t, &raw, &t.names().closed)
}

fn name(t: &Thread, v: &Value) -> R {
    let raw = raw_of(t, v)?;
    protocol::getattr(t, &raw, &t.names().name)
}

fn mode(t: &Thread, v: &Value) -> R {
    let raw = raw_of(t, v)?;
    protocol::getattr(t, &raw, &t.names().mode)
}

fn finalizing(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.finalizing.load(Relaxed)))
}

fn set_finalizing(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    of(t, v)?.finalizing.store(bool_field(t, value)?, Relaxed);
    Ok(())
}

/// `<class name='...'>`, also of a pair's halves.
fn repr(t: &Thread, v: &Value) -> R {
    let class = v.type_of(t).name_str();
    let name = match protocol::getattr_opt(t, v, &t.names().name) {
        Ok(name) => name,
        // A detached stream has none.
        Err(raised) if t.raised_is(&raised, &t.types().value_error) => {
            drop(t.take_exception(raised));
            None
        }
        Err(raised) => return Err(raised),
    };
    let Some(name) = name else { return Ok(t.str(format!("<{class}>"))) };
    let Some(_guard) = crate::objects::container::ReprGuard::enter(t, v) else {
        return Err(t.runtime_error(format!("reentrant call inside {class}.__repr__")));
    };
    Ok(t.str(format!("<{class} name={}>", protocol::repr_text(t, &name)?)))
}

const SLOTS: Slots = Slots { repr: Some(repr), new: Some(new), ..opaque::spec::<Buffered>("").slots };

const GETSET: &[GetSet] = &[
    GetSet::member("raw", raw, ""),
    GetSet::member_rw("_finalizing", finalizing, set_finalizing, ""),
    GetSet::ro("closed", closed, ""),
    GetSet::ro("name", name, ""),
    GetSet::ro("mode", mode, ""),
];

macro_rules! method {
    (close) => {
        Def::new("close", Func::NoArgs(close), "($self, /)", "")
    };
    (detach) => {
        Def::new("detach", Func::NoArgs(detach), "($self, /)", "")
    };
    (seekable) => {
        Def::new("seekable", Func::NoArgs(seekable), "($self, /)", "")
    };
    (readable) => {
        Def::new("readable", Func::NoArgs(readable), "($self, /)", "")
    };
    (writable) => {
        Def::new("writable", Func::NoArgs(writable), "($self, /)", "")
    };
    (fileno) => {
        Def::new("fileno", Func::NoArgs(fileno), "($self, /)", "")
    };
    (isatty) => {
        Def::new("isatty", Func::NoArgs(isatty), "($self, /)", "")
    };
    (dealloc_warn) => {
        Def::new("_dealloc_warn", Func::One(dealloc_warn), "($self, source, /)", "")
    };
    (simple_flush) => {
        Def::new("flush", Func::NoArgs(simple_flush), "($self, /)", "")
    };
    (flush) => {
        Def::new("flush", Func::NoArgs(write::flush), "($self, /)", "")
    };
    (read) => {
        Def::new("read", Func::Pos(read::read, 0, 1), "($self, size=-1, /)", "")
    };
    (peek) => {
        Def::new("peek", Func::Pos(read::peek, 0, 1), "($self, size=0, /)", "")
    };
    (read1) => {
        Def::new("read1", Func::Pos(read::read1, 0, 1), "($self, size=-1, /)", "")
    };
    (readinto) => {
        Def::new("readinto", Func::One(read::readinto), "($self, buffer, /)", "")
    };
    (readinto1) => {
        Def::new("readinto1", Func::One(read::readinto1), "($self, buffer, /)", "")
    };
    (readline) => {
        Def::new("readline", Func::Pos(read::readline, 0, 1), "($self, size=-1, /)", "")
    };
    (seek) => {
        Def::new("seek", Func::Pos(read::seek, 1, 2), "($self, target, whence=0, /)", "")
    };
    (tell) => {
        Def::new("tell", Func::NoArgs(read::tell), "($self, /)", "")
    };
    (truncate) => {
        Def::new("truncate", Func::Pos(read::truncate, 0, 1), "($self, pos=None, /)", "")
    };
    (write) => {
        Def::new("write", Func::One(write::write), "($self, buffer, /)", "Write buffer b to the IO stream.")
    };
    (sizeof) => {
        Def::new("__sizeof__", Func::NoArgs(read::sizeof), "($self, /)", "")
    };
    (getstate) => {
        Def::new("__getstate__", Func::NoArgs(file::getstate), "($self, /)", "")
    };
}

macro_rules! methods {
    ($($name:ident)*) => { &[$(method!($name)),*] };
}

pub static READER: Spec = Spec {
    flags: FLAGS,
    doc: "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nCreate a new buffered reader using the given readable raw IO object.",
    slots: Slots { init: Some(init_reader), next: Some(read::next), ..SLOTS },
    methods: methods! {
        detach simple_flush close seekable readable fileno isatty dealloc_warn read peek read1 readinto readinto1
        readline seek tell truncate sizeof getstate
    },
    getset: GETSET,
    ..opaque::spec::<Buffered>("_io.BufferedReader")
};

pub static WRITER: Spec = Spec {
    flags: FLAGS,
    doc: "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer for a writeable sequential RawIO object.\n\nThe constructor creates a BufferedWriter for the given writeable raw\nstream. If the buffer_size is not given, it defaults to\nDEFAULT_BUFFER_SIZE.",
    slots: Slots { init: Some(init_writer), ..SLOTS },
    methods: methods! {
        close detach seekable writable fileno isatty dealloc_warn write truncate flush seek tell sizeof getstate
    },
    getset: GETSET,
    ..opaque::spec::<Buffered>("_io.BufferedWriter")
};

pub static RANDOM: Spec = Spec {
    flags: FLAGS,
    doc: "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffered interface to random access streams.\n\nThe constructor creates a reader and writer for a seekable stream,\nraw, given in the first argument. If the buffer_size is omitted it\ndefaults to DEFAULT_BUFFER_SIZE.",
    slots: Slots { init: Some(init_random), next: Some(read::next), ..SLOTS },
    methods: methods! {
        close detach seekable readable writable fileno isatty dealloc_warn flush seek tell truncate read read1
        readinto readinto1 readline peek write sizeof getstate
    },
    getset: GETSET,
    ..opaque::spec::<Buffered>("_io.BufferedRandom")
};
