//! The abstract bases: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`.

use super::{FLAGS, both, bytes_result, call0, closed_error, is_closed, size_arg, unsupported};
use crate::modules::system::os_error_text;
use crate::objects::buffer;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::exception::report_unraisable;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

const CLOSED: &str = "__IOBase_closed";

fn base_is_closed(t: &Thread, v: &Value) -> R<bool> {
    Ok(protocol::getattr_opt(t, v, &t.intern(CLOSED))?.is_some())
}

fn seek(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(unsupported(t, "seek"))
}

fn tell(t: &Thread, v: &Value) -> R {
    protocol::call_method_str(t, v, "seek", &[Value::small(0), Value::small(1)])
}

fn truncate(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(unsupported(t, "truncate"))
}

fn fileno(t: &Thread, _v: &Value) -> R {
    Err(unsupported(t, "fileno"))
}

fn flush(t: &Thread, v: &Value) -> R {
    if base_is_closed(t, v)? {
        return Err(closed_error(t));
    }
    Ok(Value::NONE)
}

/// `_IOBase.close`, which `FileIO` calls too.
pub fn close(t: &Thread, v: &Value) -> R {
    if base_is_closed(t, v)? {
        return Ok(Value::NONE);
    }
    let flushed = call0(t, v, "flush");
    both(t, flushed, || {
        protocol::setattr(t, v, &t.intern(CLOSED), Some(&Value::TRUE))?;
        Ok(Value::NONE)
    })
}

fn closed(t: &Thread, v: &Value) -> R {
    base_is_closed(t, v).map(Value::bool)
}

fn no(_t: &Thread, _v: &Value) -> R {
    Ok(Value::FALSE)
}

/// Raises `ValueError` if the stream is closed.
pub fn check_closed(t: &Thread, v: &Value) -> R<()> {
    match protocol::getattr_opt(t, v, &t.names().closed)? {
        Some(closed) if protocol::truth(t, &closed)? => Err(closed_error(t)),
        _ => Ok(()),
    }
}

fn checked_closed(t: &Thread, v: &Value) -> R {
    check_closed(t, v)?;
    Ok(Value::NONE)
}

fn check(t: &Thread, v: &Value, method: &str) -> R<Value> {
    let answer = call0(t, v, method)?;
    if answer.as_bool() == Some(true) {
        Ok(answer)
    } else {
        Err(unsupported(t, &format!("File or stream is not {method}.")))
    }
}

/// Raises `UnsupportedOperation` unless `stream.readable()`.
pub fn check_readable(t: &Thread, v: &Value) -> R {
    check(t, v, "readable")
}

/// Raises `UnsupportedOperation` unless `stream.writable()`.
pub fn check_writable(t: &Thread, v: &Value) -> R {
    check(t, v, "writable")
}

/// Raises `UnsupportedOperation` unless `stream.seekable()`.
pub fn check_seekable(t: &Thread, v: &Value) -> R {
    check(t, v, "seekable")
}

fn isatty(t: &Thread, v: &Value) -> R {
    check_closed(t, v)?;
    Ok(Value::FALSE)
}

fn enter(t: &Thread, v: &Value) -> R {
    check_closed(t, v)?;
    Ok(v.clone())
}

fn exit(t: &Thread, v: &Value, _a: &[Value]) -> R {
    call0(t, v, "close")
}

fn iter(t: &Thread, v: &Value) -> R {
    check_closed(t, v)?;
    Ok(v.clone())
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let line = protocol::call_method(t, v, &t.names().readline, &[])?;
    Ok(if protocol::len(t, &line)? == 0 { None } else { Some(line) })
}

/// The finalizer of all streams: closes what is open, and reports what goes wrong with that.
fn finalize(t: &Thread, v: &Value) {
    let closed = match is_closed(t, v) {
        Ok(closed) => closed,
        Err(raised) => {
            // One that was never made properly.
            drop(t.take_exception(raised));
            true
        }
    };
    if closed {
        return;
    }
    // So that `close` warns of the file that was left open.
    if let Err(raised) = protocol::setattr(t, v, &t.intern("_finalizing"), Some(&Value::TRUE)) {
        drop(t.take_exception(raised));
    }
    if let Err(raised) = call0(t, v, "close") {
        // Taken first: `repr` may raise and catch exceptions of its own.
        let e = t.take_exception(raised);
        let what = protocol::repr_text(t, v).unwrap_or_else(|raised| {
            drop(t.take_exception(raised));
            format!("<{} object>", v.type_of(t).full_name(t))
        });
        report_unraisable(t, e, &format!("Exception ignored while finalizing file {what}"), None);
    }
}

fn readline(t: &Thread, v: &Value, a: &[Value]) -> R {
    let limit = size_arg(t, a.first())?;
    let peek = protocol::getattr_opt(t, v, &t.intern("peek"))?;
    let read = protocol::getattr_opt(t, v, &t.names().read)?;
    let Some(read) = read else { return Err(t.no_attribute(v, &t.names().read)) };
    let mut line: Vec<u8> = Vec::new();
    while limit < 0 || (line.len() as isize) < limit {
        let mut wanted = 1;
        if let Some(peek) = &peek {
            let ahead = protocol::call(t, peek, &[Value::small(1)])?;
            let Some(ahead) = ahead.cast::<Bytes>() else {
                let message =
                    format!("peek() should have returned a bytes object, not '{}'", ahead.type_of(t).name_str());
                return Err(os_error_text(t, &message));
            };
            let ahead = ahead.as_slice();
            if !ahead.is_empty() {
                let end = memchr::memchr(b'\n', ahead).map_or(ahead.len(), |i| i + 1);
                wanted = if limit < 0 { end } else { end.min(limit as usize - line.len()) };
            }
        }
        let got = protocol::call(t, &read, &[int::from_usize(t, wanted)])?;
        let Some(got) = got.cast::<Bytes>() else {
            let message = format!("read() should have returned a bytes object, not '{}'", got.type_of(t).name_str());
            return Err(os_error_text(t, &message));
        };
        if got.is_empty() {
            break;
        }
        line.extend_from_slice(got.as_slice());
        if line.ends_with(b"\n") {
            break;
        }
    }
    Bytes::try_make(t, &line)
}

fn readlines(t: &Thread, v: &Value, a: &[Value]) -> R {
    let hint = size_arg(t, a.first())?;
    let lines = List::make(t, []);
    let list = lines.cast::<List>().expect("just made");
    let it = protocol::iter(t, v)?;
    let mut total = 0;
    while let Some(line) = protocol::next(t, &it)? {
        let n = if hint > 0 { protocol::len(t, &line)? } else { 0 };
        list.push(t, line);
        if hint > 0 {
            if n as isize > hint - total {
                break;
            }
            total += n as isize;
        }
    }
    Ok(lines)
}

fn writelines(t: &Thread, v: &Value, lines: &Value) -> R {
    check_closed(t, v)?;
    let it = protocol::iter(t, lines)?;
    let write = t.names().write.clone();
    while let Some(line) = protocol::next(t, &it)? {
        protocol::call_method(t, v, &write, &[line])?;
    }
    Ok(Value::NONE)
}

pub static IO_BASE: Spec = Spec {
    name: "_io._IOBase",
    flags: FLAGS,
    doc: "The abstract base class for all I/O classes.",
    slots: Slots {
        new: Some(crate::objects::object::new),
        iter: Some(iter),
        next: Some(next),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new(
            "seek",
            Func::VarPos(seek),
            "($self, offset, whence=os.SEEK_SET, /)",
            "Change the stream position to the given byte offset.\n\n  offset\n    The stream position, relative to 'whence'.\n  whence\n    The relative position to seek from.\n\nThe offset is interpreted relative to the position indicated by\nwhence.  Values for whence are:\n\n* os.SEEK_SET or 0 -- start of stream (the default); offset should\n  be zero or positive\n* os.SEEK_CUR or 1 -- current stream position; offset may be\n  negative\n* os.SEEK_END or 2 -- end of stream; offset is usually negative\n\nReturn the new absolute position.",
        ),
        Def::new("tell", Func::NoArgs(tell), "($self, /)", "Return current stream position."),
        Def::new(
            "truncate",
            Func::VarPos(truncate),
            "($self, size=None, /)",
            "Truncate file to size bytes.\n\nFile pointer is left unchanged.  Size defaults to the current IO\nposition as reported by tell().  Return the new size.",
        ),
        Def::new(
            "flush",
            Func::NoArgs(flush),
            "($self, /)",
            "Flush write buffers, if applicable.\n\nThis is not implemented for read-only and non-blocking streams.",
        ),
        Def::new(
            "close",
            Func::NoArgs(close),
            "($self, /)",
            "Flush and close the IO object.\n\nThis method has no effect if the file is already closed.",
        ),
        Def::new(
            "seekable",
            Func::NoArgs(no),
            "($self, /)",
            "Return whether object supports random access.\n\nIf False, seek(), tell() and truncate() will raise OSError.\nThis method may need to do a test seek().",
        ),
        Def::new(
            "readable",
            Func::NoArgs(no),
            "($self, /)",
            "Return whether object was opened for reading.\n\nIf False, read() will raise OSError.",
        ),
        Def::new(
            "writable",
            Func::NoArgs(no),
            "($self, /)",
            "Return whether object was opened for writing.\n\nIf False, write() will raise OSError.",
        ),
        Def::new("_checkClosed", Func::NoArgs(checked_closed), "($self, /)", ""),
        Def::new("_checkSeekable", Func::NoArgs(check_seekable), "($self, /)", ""),
        Def::new("_checkReadable", Func::NoArgs(check_readable), "($self, /)", ""),
        Def::new("_checkWritable", Func::NoArgs(check_writable), "($self, /)", ""),
        Def::new(
            "fileno",
            Func::NoArgs(fileno),
            "($self, /)",
            "Return underlying file descriptor if one exists.\n\nRaise OSError if the IO object does not use a file descriptor.",
        ),
        Def::new(
            "isatty",
            Func::NoArgs(isatty),
            "($self, /)",
            "Return whether this is an 'interactive' stream.\n\nReturn False if it can't be determined.",
        ),
        Def::new("__enter__", Func::NoArgs(enter), "($self, /)", ""),
        Def::new("__exit__", Func::VarPos(exit), "", ""),
        Def::new(
            "readline",
            Func::Pos(readline, 0, 1),
            "($self, size=-1, /)",
            "Read and return a line from the stream.\n\nIf size is specified, at most size bytes will be read.\n\nThe line terminator is always b'\\n' for binary files; for text\nfiles, the newlines argument to open can be used to select the line\nterminator(s) recognized.",
        ),
        Def::new(
            "readlines",
            Func::Pos(readlines, 0, 1),
            "($self, hint=-1, /)",
            "Return a list of lines from the stream.\n\nhint can be specified to control the number of lines read: no more\nlines will be read if the total size (in bytes/characters) of all\nlines so far exceeds hint.",
        ),
        Def::new(
            "writelines",
            Func::One(writelines),
            "($self, lines, /)",
            "Write a list of lines to stream.\n\nLine separators are not added, so it is usual for each of the\nlines provided to have a line separator at the end.",
        ),
    ],
    getset: &[
        GetSet::rw("__dict__", crate::objects::attribute::get_dict, crate::objects::attribute::set_dict, ""),
        GetSet::ro("closed", closed, ""),
    ],
    ..Spec::DEFAULT
};

fn raw_read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = match a.first() {
        Some(v) if v.is_none() => -1,
        Some(v) => int::arg_isize(t, v)?,
        None => -1,
    };
    let Ok(n) = usize::try_from(n) else { return call0(t, v, "readall") };
    let mut room = Vec::new();
    if room.try_reserve_exact(n).is_err() {
        return Err(t.memory_error());
    }
    room.resize(n, 0);
    let array = ByteArray::make(t, room);
    let got = protocol::call_method_str(t, v, "readinto", std::slice::from_ref(&array))?;
    if got.is_none() {
        return Ok(got);
    }
    let got = protocol::index_isize(t, &got)?;
    let data = buffer::to_vec(t, &array)?;
    match usize::try_from(got) {
        Ok(got) if got <= data.len() => Bytes::try_make(t, &data[..got]),
        _ => Err(t.value_error(format!("readinto returned {got} outside buffer size {n}"))),
    }
}

fn readall(t: &Thread, v: &Value) -> R {
    let mut all: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let data = protocol::call_method(t, v, &t.names().read, &[Value::small(super::DEFAULT_BUFFER_SIZE as i64)])?;
        if data.is_none() {
            if first {
                return Ok(data);
            }
            break;
        }
        let chunk = bytes_result(t, &data, "read")?.as_slice();
        if chunk.is_empty() {
            break;
        }
        first = false;
        all.extend_from_slice(chunk);
    }
    Bytes::try_make(t, &all)
}

fn not_implemented(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(t.raise_with(&t.types().not_implemented_error, &[]))
}

pub static RAW_BASE: Spec = Spec {
    name: "_io._RawIOBase",
    flags: FLAGS,
    doc: "Base class for raw binary I/O.",
    methods: &[
        Def::new("read", Func::Pos(raw_read, 0, 1), "($self, size=-1, /)", ""),
        Def::new("readall", Func::NoArgs(readall), "($self, /)", "Read until EOF, using multiple read() call."),
        Def::new("readinto", Func::VarPos(not_implemented), "", ""),
        Def::new("write", Func::VarPos(not_implemented), "", ""),
    ],
    ..Spec::DEFAULT
};

fn readinto_by(t: &Thread, v: &Value, target: &Value, function: &str, method: &str) -> R {
    let mut place = buffer::writable(t, target, &format!("{function}() argument"))?;
    let data = protocol::call_method_str(t, v, method, &[int::from_usize(t, place.len())])?;
    let Some(data) = data.cast::<Bytes>() else {
        return Err(t.type_error(format!("{method}() should return bytes")));
    };
    let (n, room) = (data.len(), place.len());
    if n > room {
        return Err(t.value_error(format!("{method}() returned too much data: {room} bytes requested, {n} returned")));
    }
    if let Some(place) = place.as_mut_slice() {
        place[..n].copy_from_slice(data.as_slice());
    }
    Ok(int::from_usize(t, n))
}

fn readinto(t: &Thread, v: &Value, target: &Value) -> R {
    readinto_by(t, v, target, "readinto", "read")
}

fn readinto1(t: &Thread, v: &Value, target: &Value) -> R {
    readinto_by(t, v, target, "readinto1", "read1")
}

fn no_detach(t: &Thread, _v: &Value) -> R {
    Err(unsupported(t, "detach"))
}

fn no_read(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(unsupported(t, "read"))
}

fn no_read1(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(unsupported(t, "read1"))
}

fn no_write(t: &Thread, _v: &Value, _a: &Value) -> R {
    Err(unsupported(t, "write"))
}

fn no_readline(t: &Thread, _v: &Value, _a: &[Value]) -> R {
    Err(unsupported(t, "readline"))
}

pub static BUFFERED_BASE: Spec = Spec {
    name: "_io._BufferedIOBase",
    flags: FLAGS,
    doc: "Base class for buffered IO objects.",
    methods: &[
        Def::new(
            "detach",
            Func::NoArgs(no_detach),
            "($self, /)",
            "Disconnect this buffer from its underlying raw stream and return it.\n\nAfter the raw stream has been detached, the buffer is in an unusable\nstate.",
        ),
        Def::new(
            "read",
            Func::Pos(no_read, 0, 1),
            "($self, size=-1, /)",
            "Read and return up to n bytes.\n\nIf the size argument is omitted, None, or negative, read and\nreturn all data until EOF.\n\nIf the size argument is positive, and the underlying raw stream is\nnot 'interactive', multiple raw reads may be issued to satisfy\nthe byte count (unless EOF is reached first).\nHowever, for interactive raw streams (as well as sockets and pipes),\nat most one raw read will be issued, and a short result does not\nimply that EOF is imminent.\n\nReturn an empty bytes object on EOF.\n\nReturn None if the underlying raw stream was open in non-blocking\nmode and no data is available at the moment.",
        ),
        Def::new(
            "read1",
            Func::Pos(no_read1, 0, 1),
            "($self, size=-1, /)",
            "Read and return up to size bytes, with at most one read() call to the underlying raw stream.\n\nReturn an empty bytes object on EOF.\nA short result does not imply that EOF is imminent.",
        ),
        Def::new("readinto", Func::One(readinto), "($self, buffer, /)", ""),
        Def::new("readinto1", Func::One(readinto1), "($self, buffer, /)", ""),
        Def::new("write", Func::One(no_write), "($self, b, /)", "Write buffer b to the IO stream."),
    ],
    ..Spec::DEFAULT
};

fn none(_t: &Thread, _v: &Value) -> R {
    Ok(Value::NONE)
}

pub static TEXT_BASE: Spec = Spec {
    name: "_io._TextIOBase",
    flags: FLAGS,
    doc: "Base class for text I/O.\n\nThis class provides a character and line based interface to stream\nI/O. There is no readinto method because Python's character strings\nare immutable.",
    methods: &[
        Def::new(
            "detach",
            Func::NoArgs(no_detach),
            "($self, /)",
            "Separate the underlying buffer from the TextIOBase and return it.\n\nAfter the underlying buffer has been detached, the TextIO is in\nan unusable state.",
        ),
        Def::new(
            "read",
            Func::Pos(no_read, 0, 1),
            "($self, size=-1, /)",
            "Read at most size characters from stream.\n\nRead from underlying buffer until we have size characters or we hit\nEOF.  If size is negative or omitted, read until EOF.",
        ),
        Def::new("readline", Func::Pos(no_readline, 0, 1), "($self, size=-1, /)", "Read until newline or EOF."),
        Def::new(
            "write",
            Func::One(no_write),
            "($self, s, /)",
            "Write string s to stream.\n\nReturn the number of characters written\n(which is always equal to the length of the string).",
        ),
    ],
    getset: &[
        GetSet::ro("encoding", none, "Encoding of the text stream.\n\nSubclasses should override."),
        GetSet::ro(
            "newlines",
            none,
            "Line endings translated so far.\n\nOnly line endings translated during reading are considered.\n\nSubclasses should override.",
        ),
        GetSet::ro("errors", none, "The error setting of the decoder or encoder.\n\nSubclasses should override."),
    ],
    ..Spec::DEFAULT
};
