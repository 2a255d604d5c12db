//! `BufferedRWPair`: a reader and a writer that belong together, such as the two ends of a pipe.

use super::types::{READER, WRITER};
use crate::modules::_io::{FLAGS, base, both, call0, construct};
use crate::objects::container;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

struct Pair {
    reader: Slot,
    writer: Slot,
}

impl Native for Pair {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.reader.visit(visit);
        self.writer.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.reader.take());
        drop(self.writer.take());
    }
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = Pair { reader: Slot::EMPTY, writer: Slot::EMPTY };
    opaque::new(t, class.cast::<Type>().expect("a class"), payload)
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    container::no_keywords(t, "BufferedRWPair", args)?;
    container::check_positional(t, "BufferedRWPair", args.pos.len(), 2, 3)?;
    let this = of(t, v)?;
    let (reader, writer) = (&args.pos[0], &args.pos[1]);
    base::check_readable(t, reader)?;
    base::check_writable(t, writer)?;
    let rest = &args.pos[2..];
    let with = |stream: &Value| std::iter::once(stream).chain(rest).cloned().collect::<Vec<_>>();
    this.reader.set(construct(t, &READER, &with(reader))?);
    this.writer.set(construct(t, &WRITER, &with(writer))?);
    Ok(())
}

fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a Pair> {
    v.opaque::<Pair>().ok_or_else(|| t.type_error("a BufferedRWPair is required"))
}

fn half(t: &Thread, slot: &Slot) -> R {
    slot.get(t).ok_or_else(|| t.value_error("I/O operation on uninitialized object"))
}

macro_rules! passed_on {
    ($($name:ident $half:ident;)*) => {
        $(fn $name(t: &Thread, v: &Value, a: &[Value]) -> R {
            let stream = half(t, &of(t, v)?.$half)?;
            protocol::call_method_str(t, &stream, stringify!($name), a)
        })*
    };
}

passed_on! {
    read reader; peek reader; read1 reader; readinto reader; readinto1 reader; write writer; flush writer;
    readable reader; writable writer;
}

fn close(t: &Thread, v: &Value) -> R {
    let writer = half(t, &of(t, v)?.writer)?;
    let first = call0(t, &writer, "close");
    both(t, first, || {
        let reader = half(t, &of(t, v)?.reader)?;
        call0(t, &reader, "close")
    })
}

fn isatty(t: &Thread, v: &Value) -> R {
    let writer = half(t, &of(t, v)?.writer)?;
    let answer = call0(t, &writer, "isatty")?;
    if protocol::truth(t, &answer)? {
        return Ok(answer);
    }
    let reader = half(t, &of(t, v)?.reader)?;
    call0(t, &reader, "isatty")
}

fn closed(t: &Thread, v: &Value) -> R {
    match of(t, v)?.writer.get(t) {
        Some(writer) => protocol::getattr(t, &writer, &t.names().closed),
        None => Err(t.runtime_error("the BufferedRWPair object is being garbage-collected")),
    }
}

pub static SPEC: Spec = Spec {
    flags: FLAGS,
    doc: "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA buffered reader and writer object together.\n\nA buffered reader object and buffered writer object put together to\nform a sequential IO object that can read and write. This is typically\nused with a socket or two-way pipe.\n\nreader and writer are RawIOBase objects that are readable and\nwriteable respectively. If the buffer_size is omitted it defaults to\nDEFAULT_BUFFER_SIZE.",
    slots: Slots { new: Some(new), init: Some(init), ..opaque::spec::<Pair>("").slots },
    methods: &[
        Def::new("read", Func::VarPos(read), "", ""),
        Def::new("peek", Func::VarPos(peek), "", ""),
        Def::new("read1", Func::VarPos(read1), "", ""),
        Def::new("readinto", Func::VarPos(readinto), "", ""),
        Def::new("readinto1", Func::VarPos(readinto1), "", ""),
        Def::new("write", Func::VarPos(write), "", ""),
        Def::new("flush", Func::VarPos(flush), "($self, /)", ""),
        Def::new("readable", Func::VarPos(readable), "($self, /)", ""),
        Def::new("writable", Func::VarPos(writable), "($self, /)", ""),
        Def::new("close", Func::NoArgs(close), "($self, /)", ""),
        Def::new("isatty", Func::NoArgs(isatty), "($self, /)", ""),
    ],
    getset: &[GetSet::ro("closed", closed, "")],
    ..opaque::spec::<Pair>("_io.BufferedRWPair")
};
