//! `BytesIO`: a stream of bytes in memory.

use super::{FLAGS, bytes_io_buffer, saved, size_arg};
use crate::modules::native_type::Signature;
use crate::modules::system::{c_int, not_none};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::memoryview::MemoryView;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;

/// What the stream holds.
#[derive(Default)]
struct State {
    data: Vec<u8>,
    pos: usize,
    /// How many have borrowed the memory: meanwhile it keeps its size.
    exports: usize,
    closed: bool,
}

impl State {
    fn rest(&self) -> &[u8] {
        self.data.get(self.pos..).unwrap_or(&[])
    }

    /// The next line, or `limit` bytes of it.
    fn line(&mut self, limit: usize) -> (usize, usize) {
        let rest = self.rest();
        let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1).min(limit);
        let start = self.pos.min(self.data.len());
        if n > 0 {
            self.pos = start + n;
        }
        (start, start + n)
    }
}

/// The payload.
struct BytesIo(Mutex<State>);

impl Native for BytesIo {}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class.cast::<Type>().expect("a class"), BytesIo(Mutex::default()))
}

fn with<T>(t: &Thread, v: &Value, f: impl FnOnce(&mut State) -> T) -> R<T> {
    let this = v.opaque::<BytesIo>().ok_or_else(|| t.type_error("a BytesIO is required"))?;
    Ok(f(&mut this.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())))
}

fn check_open(t: &Thread, v: &Value) -> R<()> {
    if with(t, v, |s| s.closed)? { Err(super::closed_error(t)) } else { Ok(()) }
}

fn check_exports(t: &Thread, v: &Value) -> R<()> {
    match with(t, v, |s| s.exports)? {
        0 => Ok(()),
        _ => Err(t.buffer_error("Existing exports of data: object cannot be re-sized")),
    }
}

static SIGNATURE: Signature = Signature::new("BytesIO", "(initial_bytes=b'')");

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let a = SIGNATURE.bind::<1>(t, args)?;
    check_exports(t, v)?;
    let data = match not_none(&a[0]) {
        Some(initial) => buffer::bytes_like(t, initial)?.to_vec(),
        None => Vec::new(),
    };
    with(t, v, |s| (s.data, s.pos) = (data, 0))
}

/// Writes at the position; a gap before it is filled with zeros.
fn put(t: &Thread, v: &Value, data: &[u8]) -> R<usize> {
    check_open(t, v)?;
    check_exports(t, v)?;
    if data.is_empty() {
        return Ok(0);
    }
    let done = with(t, v, |s| {
        let Some(end) = s.pos.checked_add(data.len()).filter(|&end| end <= isize::MAX as usize) else {
            return false;
        };
        if end > s.data.len() {
            if s.data.try_reserve(end - s.data.len()).is_err() {
                return false;
            }
            s.data.resize(end, 0);
        }
        s.data[s.pos..end].copy_from_slice(data);
        s.pos = end;
        true
    })?;
    if done { Ok(data.len()) } else { Err(t.overflow_error("new buffer size too large")) }
}

fn write(t: &Thread, v: &Value, data: &Value) -> R {
    check_open(t, v)?;
    check_exports(t, v)?;
    let n = match data.cast::<Bytes>() {
        Some(bytes) => put(t, v, bytes.as_slice())?,
        None => {
            // A copy: the data may be this stream's own.
            let data = buffer::bytes_like(t, data)?.to_vec();
            put(t, v, &data)?
        }
    };
    Ok(int::from_usize(t, n))
}

fn writelines(t: &Thread, v: &Value, lines: &Value) -> R {
    check_open(t, v)?;
    let it = protocol::iter(t, lines)?;
    while let Some(line) = protocol::next(t, &it)? {
        write(t, v, &line)?;
    }
    Ok(Value::NONE)
}

fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = usize::try_from(size_arg(t, a.first())?).unwrap_or(usize::MAX);
    check_open(t, v)?;
    let data = with(t, v, |s| {
        let rest = s.rest();
        let data = rest[..n.min(rest.len())].to_vec();
        s.pos += data.len();
        data
    })?;
    Bytes::try_make(t, &data)
}

fn readinto(t: &Thread, v: &Value, target: &Value) -> R {
    let mut target = buffer::writable(t, target, "readinto() argument")?;
    check_open(t, v)?;
    let Some(place) = target.as_mut_slice() else { return Err(t.buffer_error("memory is not contiguous")) };
    let n = with(t, v, |s| {
        let rest = s.rest();
        let n = rest.len().min(place.len());
        place[..n].copy_from_slice(&rest[..n]);
        s.pos += n;
        n
    })?;
    Ok(int::from_usize(t, n))
}

fn take_line(t: &Thread, v: &Value, limit: usize) -> R<Vec<u8>> {
    check_open(t, v)?;
    with(t, v, |s| {
        let (start, end) = s.line(limit);
        s.data[start..end].to_vec()
    })
}

fn readline(t: &Thread, v: &Value, a: &[Value]) -> R {
    let limit = usize::try_from(size_arg(t, a.first())?).unwrap_or(usize::MAX);
    Bytes::try_make(t, &take_line(t, v, limit)?)
}

fn readlines(t: &Thread, v: &Value, a: &[Value]) -> R {
    let most = usize::try_from(size_arg(t, a.first())?).ok().filter(|&n| n > 0).unwrap_or(usize::MAX);
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        let line = take_line(t, v, usize::MAX)?;
        if line.is_empty() {
            break;
        }
        total += line.len();
        lines.push(Bytes::try_make(t, &line)?);
        if total >= most {
            break;
        }
    }
    Ok(List::make(t, lines))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let line = take_line(t, v, usize::MAX)?;
    if line.is_empty() { Ok(None) } else { Bytes::try_make(t, &line).map(Some) }
}

fn iter(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(v.clone())
}

fn yes(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(Value::TRUE)
}

fn isatty(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(Value::FALSE)
}

fn flush(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(Value::NONE)
}

fn tell(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(int::from_usize(t, with(t, v, |s| s.pos)?))
}

fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    let at = int::arg_isize(t, &a[0])?;
    let whence = a.get(1).map_or(Ok(0), |w| c_int(t, w))?;
    check_open(t, v)?;
    let from = match whence {
        0 if at < 0 => return Err(t.value_error(format!("negative seek value {at}"))),
        0 => 0,
        1 => with(t, v, |s| s.pos)?,
        2 => with(t, v, |s| s.data.len())?,
        _ => return Err(t.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(to) = (from as isize).checked_add(at) else { return Err(t.overflow_error("new position too large")) };
    let to = to.max(0) as usize;
    with(t, v, |s| s.pos = to)?;
    Ok(int::from_usize(t, to))
}

fn truncate(t: &Thread, v: &Value, a: &[Value]) -> R {
    check_open(t, v)?;
    check_exports(t, v)?;
    let size = match a.first().filter(|s| !s.is_none()) {
        Some(_) => size_arg_signed(t, &a[0])?,
        None => with(t, v, |s| s.pos)? as isize,
    };
    let Ok(size) = usize::try_from(size) else { return Err(t.value_error(format!("negative size value {size}"))) };
    // Looking at the size may have closed the stream or lent its memory out.
    check_open(t, v)?;
    check_exports(t, v)?;
    with(t, v, |s| s.data.truncate(size))?;
    Ok(int::from_usize(t, size))
}

fn size_arg_signed(t: &Thread, v: &Value) -> R<isize> {
    if v.type_of(t).slots().nb_index.is_none() && !int::is_int(v) {
        return Err(t.type_error(format!("argument should be integer or None, not '{}'", v.type_of(t).name_str())));
    }
    int::arg_isize(t, v)
}

fn close(t: &Thread, v: &Value) -> R {
    check_exports(t, v)?;
    with(t, v, |s| {
        s.closed = true;
        s.data = Vec::new();
    })?;
    Ok(Value::NONE)
}

fn closed(t: &Thread, v: &Value) -> R {
    with(t, v, |s| s.closed).map(Value::bool)
}

fn getvalue(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    let data = with(t, v, |s| s.data.clone())?;
    Bytes::try_make(t, &data)
}

fn getbuffer(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    let lender = bytes_io_buffer::make(t, v)?;
    MemoryView::of_object(t, &lender, buffer::flags::FULL)
}

/// Lends the memory out; [`give_back`] ends the loan.
pub fn lend(t: &Thread, v: &Value) -> R<(*mut u8, usize)> {
    with(t, v, |s| {
        s.exports += 1;
        (s.data.as_mut_ptr(), s.data.len())
    })
}

/// Ends a loan.
pub fn give_back(v: &Value) {
    if let Some(this) = v.opaque::<BytesIo>() {
        this.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).exports -= 1;
    }
}

fn getstate(t: &Thread, v: &Value) -> R {
    let value = getvalue(t, v)?;
    let dict = saved::attributes(t, v)?;
    let pos = with(t, v, |s| s.pos)?;
    Ok(t.tuple([value, int::from_usize(t, pos), dict]))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let class = v.type_of(t).name_str();
    let Some([initial, position, dict, ..]) = state.cast::<Tuple>().map(|s| s.items()) else {
        let given = state.type_of(t).name_str();
        return Err(t.type_error(format!("{class}.__setstate__ argument should be 3-tuple, got {given}")));
    };
    check_exports(t, v)?;
    with(t, v, |s| (s.data, s.pos) = (Vec::new(), 0))?;
    write(t, v, initial)?;
    let pos = saved::position(t, position, "second item of state must be an integer, not")?;
    with(t, v, |s| s.pos = pos)?;
    saved::restore_attributes(t, v, dict, "third")?;
    Ok(Value::NONE)
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let n = with(t, v, |s| s.data.len())?;
    Ok(int::from_usize(t, opaque::size::<BytesIo>() + n))
}

pub static SPEC: Spec = Spec {
    flags: FLAGS,
    doc: "BytesIO(initial_bytes=b'')\n--\n\nBuffered I/O implementation using an in-memory bytes buffer.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        iter: Some(iter),
        next: Some(next),
        ..opaque::spec::<BytesIo>("").slots
    },
    methods: &[
        Def::new("readable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be read."),
        Def::new("seekable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be seeked."),
        Def::new("writable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be written."),
        Def::new("close", Func::NoArgs(close), "($self, /)", "Disable all I/O operations."),
        Def::new("flush", Func::NoArgs(flush), "($self, /)", "Does nothing."),
        Def::new(
            "isatty",
            Func::NoArgs(isatty),
            "($self, /)",
            "Always returns False.\n\nBytesIO objects are not connected to a TTY-like device.",
        ),
        Def::new("tell", Func::NoArgs(tell), "($self, /)", "Current file position, an integer."),
        Def::new(
            "write",
            Func::One(write),
            "($self, b, /)",
            "Write bytes to file.\n\nReturn the number of bytes written.",
        ),
        Def::new(
            "writelines",
            Func::One(writelines),
            "($self, lines, /)",
            "Write lines to the file.\n\nNote that newlines are not added.  lines can be any iterable object\nproducing bytes-like objects.  This is equivalent to calling write()\nfor each element.",
        ),
        Def::new(
            "read1",
            Func::Pos(read, 0, 1),
            "($self, size=-1, /)",
            "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative or omitted, read until EOF is\nreached.  Return an empty bytes object at EOF.",
        ),
        Def::new(
            "readinto",
            Func::One(readinto),
            "($self, buffer, /)",
            "Read bytes into buffer.\n\nReturns number of bytes read (0 for EOF), or None if the object\nis set not to block and has no data to read.",
        ),
        Def::new(
            "readline",
            Func::Pos(readline, 0, 1),
            "($self, size=-1, /)",
            "Next line from the file, as a bytes object.\n\nRetain newline.  A non-negative size argument limits the maximum\nnumber of bytes to return (an incomplete line may be returned then).\nReturn an empty bytes object at EOF.",
        ),
        Def::new(
            "readlines",
            Func::Pos(readlines, 0, 1),
            "($self, size=None, /)",
            "List of bytes objects, each a line from the file.\n\nCall readline() repeatedly and return a list of the lines so read.\nThe optional size argument, if given, is an approximate bound on the\ntotal number of bytes in the lines returned.",
        ),
        Def::new(
            "read",
            Func::Pos(read, 0, 1),
            "($self, size=-1, /)",
            "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative, read until EOF is reached.\nReturn an empty bytes object at EOF.",
        ),
        Def::new(
            "getbuffer",
            Func::NoArgs(getbuffer),
            "($self, /)",
            "Get a read-write view over the contents of the BytesIO object.",
        ),
        Def::new(
            "getvalue",
            Func::NoArgs(getvalue),
            "($self, /)",
            "Retrieve the entire contents of the BytesIO object.",
        ),
        Def::new("seek", Func::Pos(seek, 1, 2), "($self, pos, whence=0, /)", "Change stream position."),
        Def::new(
            "truncate",
            Func::Pos(truncate, 0, 1),
            "($self, size=None, /)",
            "Truncate the file to at most size bytes.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is unchanged.  Returns the new size.",
        ),
        Def::new("__getstate__", Func::NoArgs(getstate), "($self, /)", ""),
        Def::new("__setstate__", Func::One(setstate), "($self, object, /)", ""),
        Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", ""),
    ],
    getset: &[GetSet::ro("closed", closed, "True if the file is closed.")],
    ..opaque::spec::<BytesIo>("_io.BytesIO")
};
