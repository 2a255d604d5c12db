//! The methods of a map.

use super::{ACCESS_COPY, ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, State, this};
use crate::modules::system::{self, c_int};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use memchr::memmem;
use std::mem::MaybeUninit;

/// An index that may be missing or `None`.
fn index_or(t: &Thread, v: Option<&Value>, default: isize) -> R<isize> {
    v.filter(|v| !v.is_none()).map_or(Ok(default), |v| int::arg_isize(t, v))
}

fn close(t: &Thread, v: &Value) -> R {
    let mut state = this(v).lock();
    if state.exports > 0 {
        drop(state);
        return Err(t.buffer_error("cannot close exported pointers exist"));
    }
    state.unmap();
    Ok(Value::NONE)
}

/// Copies the next `count` bytes out.
fn take(t: &Thread, state: &mut State, count: usize) -> R<Vec<u8>> {
    // A map made smaller may have left the position behind its end.
    let pos = state.pos.min(state.size);
    let mut out = Vec::new();
    if out.try_reserve_exact(count).is_err() {
        return Err(t.memory_error());
    }
    out.extend_from_slice(&state.bytes()[pos..pos + count]);
    state.pos += count;
    Ok(out)
}

fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let count = match a.first() {
        Some(n) if !n.is_none() => {
            if n.type_of(t).slots().nb_index.is_none() {
                let given = n.type_of(t).name_str();
                return Err(t.type_error(format!("argument should be integer or None, not '{given}'")));
            }
            int::arg_isize(t, n)?
        }
        _ => isize::MAX,
    };
    let mut state = this(v).open(t)?;
    let rest = state.size.saturating_sub(state.pos);
    let count = usize::try_from(count).map_or(rest, |n| n.min(rest));
    let out = take(t, &mut state, count)?;
    drop(state);
    Ok(Bytes::make(t, &out))
}

fn read_byte(t: &Thread, v: &Value) -> R {
    let mut state = this(v).open(t)?;
    let pos = state.pos;
    match state.bytes().get(pos).copied() {
        Some(byte) => {
            state.pos += 1;
            Ok(Value::small(byte.into()))
        }
        None => {
            drop(state);
            Err(t.value_error("read byte out of range"))
        }
    }
}

fn readline(t: &Thread, v: &Value) -> R {
    let mut state = this(v).open(t)?;
    let pos = state.pos.min(state.size);
    let rest = &state.bytes()[pos..];
    let count = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    let out = take(t, &mut state, count)?;
    drop(state);
    Ok(Bytes::make(t, &out))
}

/// `find` and `rfind`: from the position to the end, unless told otherwise.
fn search(t: &Thread, v: &Value, a: &[Value], search: fn(&[u8], &[u8]) -> Option<usize>) -> R {
    let map = this(v);
    let (pos, size) = {
        let state = map.open(t)?;
        (state.pos, state.size)
    };
    let needle = buffer::bytes_like(t, &a[0])?;
    let clip = |n: isize, size: usize| if n < 0 { (n + size as isize).max(0) } else { n.min(size as isize) };
    let (start, end) = (index_or(t, a.get(1), pos as isize)?, index_or(t, a.get(2), size as isize)?);
    let mut state = map.open(t)?;
    let size = state.size;
    let (start, end) = (clip(start, size) as usize, clip(end, size) as usize);
    let found = if start > end { None } else { search(&state.bytes()[start..end], &needle) };
    drop(state);
    Ok(found.map_or(Value::small(-1), |at| int::from_usize(t, at + start)))
}

fn find(t: &Thread, v: &Value, a: &[Value]) -> R {
    search(t, v, a, memmem::find)
}

fn rfind(t: &Thread, v: &Value, a: &[Value]) -> R {
    search(t, v, a, memmem::rfind)
}

fn write(t: &Thread, v: &Value, a: &[Value]) -> R {
    let map = this(v);
    drop(map.open(t)?);
    let data = buffer::bytes_like(t, &a[0])?;
    map.check_writable(t)?;
    // What is written may lie in this very map.
    let data = data.to_vec();
    let mut state = map.open(t)?;
    let pos = state.pos;
    match state.bytes().get_mut(pos..).and_then(|rest| rest.get_mut(..data.len())) {
        Some(place) => {
            place.copy_from_slice(&data);
            state.pos += data.len();
            Ok(int::from_usize(t, data.len()))
        }
        None => {
            drop(state);
            Err(t.value_error("data out of range"))
        }
    }
}

fn write_byte(t: &Thread, v: &Value, a: &[Value]) -> R {
    let map = this(v);
    drop(map.open(t)?);
    let byte = protocol::index(t, &a[0])?;
    let byte = match int::clamp_isize(&byte) {
        n if n < 0 => return Err(t.overflow_error("unsigned byte integer is less than minimum")),
        n => u8::try_from(n).map_err(|_| t.overflow_error("unsigned byte integer is greater than maximum"))?,
    };
    map.check_writable(t)?;
    let mut state = map.open(t)?;
    let pos = state.pos;
    match state.bytes().get_mut(pos) {
        Some(place) => {
            *place = byte;
            state.pos += 1;
            Ok(Value::NONE)
        }
        None => {
            drop(state);
            Err(t.value_error("write byte out of range"))
        }
    }
}

fn size(t: &Thread, v: &Value) -> R {
    let fd = this(v).open(t)?.fd;
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: room for the answer.
    let answer = t.blocking(|| match unsafe { libc::fstat(fd, found.as_mut_ptr()) } {
        0 => 0,
        _ => system::errno(),
    });
    match answer {
        // SAFETY: filled by the call.
        0 => Ok(int::from_i64(t, unsafe { found.assume_init() }.st_size)),
        error => Err(t.os_error(error)),
    }
}

fn tell(t: &Thread, v: &Value) -> R {
    let pos = this(v).open(t)?.pos;
    Ok(int::from_usize(t, pos))
}

fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    let distance = int::arg_isize(t, &a[0])?;
    let whence = a.get(1).map_or(Ok(0), |v| c_int(t, v))?;
    let mut state = this(v).open(t)?;
    let from = match whence {
        0 => 0,
        1 => state.pos,
        2 => state.size,
        _ => {
            drop(state);
            return Err(t.value_error("unknown seek type"));
        }
    };
    let to = (from as isize).checked_add(distance).and_then(|n| usize::try_from(n).ok());
    match to.filter(|&n| n <= state.size) {
        Some(to) => {
            state.pos = to;
            drop(state);
            Ok(int::from_usize(t, to))
        }
        None => {
            drop(state);
            Err(t.value_error("seek out of range"))
        }
    }
}

fn seekable(_t: &Thread, _v: &Value) -> R {
    Ok(Value::TRUE)
}

fn resize(t: &Thread, v: &Value, a: &[Value]) -> R {
    let map = this(v);
    drop(map.open(t)?);
    let size = int::arg_isize(t, &a[0])?;
    let mut state = map.open(t)?;
    let refuse = if state.exports > 0 {
        Some(t.buffer_error("mmap can't resize with extant buffers exported."))
    } else if !map.trackfd {
        Some(t.value_error("mmap can't resize with trackfd=False."))
    } else if map.access != ACCESS_WRITE && map.access != ACCESS_DEFAULT {
        Some(t.type_error("mmap can't resize a readonly or copy-on-write memory map."))
    } else if size < 0 || (size as i64).checked_add(map.offset).is_none() {
        Some(t.value_error("new size out of range"))
    } else if state.fd == -1 && map.flags & libc::MAP_PRIVATE == 0 && size as usize > state.size {
        Some(t.value_error("mmap: can't expand a shared anonymous mapping"))
    } else {
        None
    };
    if let Some(raised) = refuse {
        drop(state);
        return Err(raised);
    }
    let (size, data) = (size as usize, state.data.unwrap_or(std::ptr::null_mut()));
    // SAFETY: our own descriptor and mapping, which nobody borrows while the state is locked.
    let moved = unsafe {
        if state.fd != -1 && libc::ftruncate(state.fd, map.offset + size as i64) == -1 {
            Err(system::errno())
        } else {
            match libc::mremap(data.cast(), state.size, size, libc::MREMAP_MAYMOVE) {
                libc::MAP_FAILED => Err(system::errno()),
                place => Ok(place),
            }
        }
    };
    match moved {
        Ok(place) => {
            (state.data, state.size) = (Some(place.cast()), size);
            Ok(Value::NONE)
        }
        Err(error) => {
            drop(state);
            Err(t.os_error(error))
        }
    }
}

fn move_bytes(t: &Thread, v: &Value, a: &[Value]) -> R {
    let [to, from, count] =
        [int::arg_isize(t, &a[0])?, int::arg_isize(t, &a[1])?, int::arg_isize(t, &a[2])?].map(usize::try_from);
    let map = this(v);
    drop(map.open(t)?);
    map.check_writable(t)?;
    let mut state = map.open(t)?;
    let size = state.size;
    if let (Ok(to), Ok(from), Ok(count)) = (to, from, count)
        && size.checked_sub(to).is_some_and(|room| room >= count)
        && size.checked_sub(from).is_some_and(|room| room >= count)
    {
        state.bytes().copy_within(from..from + count, to);
        return Ok(Value::NONE);
    }
    drop(state);
    Err(t.value_error("source, destination, or count out of range"))
}

fn flush(t: &Thread, v: &Value, a: &[Value]) -> R {
    let map = this(v);
    let offset = a.first().map_or(Ok(0), |v| int::arg_isize(t, v))?;
    let length = a.get(1).filter(|v| !v.is_none()).map(|v| int::arg_isize(t, v)).transpose()?;
    let state = map.open(t)?;
    let size = state.size as isize;
    let length = length.unwrap_or(size);
    if length < 0 || offset < 0 || size - offset < length {
        drop(state);
        return Err(t.value_error("flush values out of range"));
    }
    if map.access == ACCESS_READ || map.access == ACCESS_COPY {
        return Ok(Value::NONE);
    }
    let data = state.data.unwrap_or(std::ptr::null_mut());
    // SAFETY: within the mapping, which stays while the state is locked.
    let answer = unsafe { libc::msync(data.add(offset as usize).cast(), length as usize, libc::MS_SYNC) };
    let error = system::errno();
    drop(state);
    if answer == -1 { Err(t.os_error(error)) } else { Ok(Value::NONE) }
}

fn madvise(t: &Thread, v: &Value, a: &[Value]) -> R {
    let option = c_int(t, &a[0])?;
    let start = a.get(1).map_or(Ok(0), |v| int::arg_isize(t, v))?;
    let length = a.get(2).filter(|v| !v.is_none()).map(|v| int::arg_isize(t, v)).transpose()?;
    let state = this(v).open(t)?;
    let size = state.size as isize;
    let length = length.unwrap_or(size);
    let refuse = if start < 0 || start >= size {
        Some(t.value_error("madvise start out of bounds"))
    } else if length < 0 {
        Some(t.value_error("madvise length invalid"))
    } else if isize::MAX - start < length {
        Some(t.overflow_error("madvise length too large"))
    } else {
        None
    };
    if let Some(raised) = refuse {
        drop(state);
        return Err(raised);
    }
    let length = length.min(size - start);
    let data = state.data.unwrap_or(std::ptr::null_mut());
    // SAFETY: within the mapping, which stays while the state is locked.
    let answer = unsafe { libc::madvise(data.add(start as usize).cast(), length as usize, option) };
    let error = system::errno();
    drop(state);
    if answer == -1 { Err(t.os_error(error)) } else { Ok(Value::NONE) }
}

fn enter(t: &Thread, v: &Value) -> R {
    drop(this(v).open(t)?);
    Ok(v.clone())
}

fn exit(t: &Thread, v: &Value, _a: &[Value]) -> R {
    close(t, v)
}

fn closed(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(this(v).lock().data.is_none()))
}

pub static GETSET: &[GetSet] = &[GetSet::ro("closed", closed, "")];

pub static METHODS: &[Def] = &[
    Def::new("close", Func::NoArgs(close), "($self, /)", ""),
    Def::new("find", Func::Pos(find, 1, 3), "($self, view, start=None, end=None, /)", ""),
    Def::new("rfind", Func::Pos(rfind, 1, 3), "($self, view, start=None, end=None, /)", ""),
    Def::new("flush", Func::Pos(flush, 0, 2), "($self, offset=0, size=None, /)", ""),
    Def::new("madvise", Func::Pos(madvise, 1, 3), "($self, option, start=0, length=None, /)", ""),
    Def::new("move", Func::Pos(move_bytes, 3, 3), "($self, dest, src, count, /)", ""),
    Def::new("read", Func::Pos(read, 0, 1), "($self, n=None, /)", ""),
    Def::new("read_byte", Func::NoArgs(read_byte), "($self, /)", ""),
    Def::new("readline", Func::NoArgs(readline), "($self, /)", ""),
    Def::new("resize", Func::Pos(resize, 1, 1), "($self, newsize, /)", ""),
    Def::new("seek", Func::Pos(seek, 1, 2), "($self, pos, whence=0, /)", ""),
    Def::new("seekable", Func::NoArgs(seekable), "($self, /)", ""),
    Def::new("size", Func::NoArgs(size), "($self, /)", ""),
    Def::new("tell", Func::NoArgs(tell), "($self, /)", ""),
    Def::new("write", Func::Pos(write, 1, 1), "($self, bytes, /)", ""),
    Def::new("write_byte", Func::Pos(write_byte, 1, 1), "($self, byte, /)", ""),
    Def::new("__enter__", Func::NoArgs(enter), "($self, /)", ""),
    Def::new("__exit__", Func::Pos(exit, 3, 3), "($self, exc_type, exc_value, traceback, /)", ""),
];
