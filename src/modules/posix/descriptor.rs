//! Open descriptors: opening, reading, writing, copying and closing them.

use super::names::offset;
use crate::modules::system::path;
use crate::modules::system::{self, c_int, c_int_or, flag_or, given, packaged, ready};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn open(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "open")?;
    let (flags, mode, dir) = (c_int(t, given(&a[1]))?, c_int_or(t, &a[2], 0o777)?, path::dir_fd(t, &a[3])?);
    let flags = flags | libc::O_CLOEXEC;
    // SAFETY: the name ends with a zero.
    let opened = system::attempt(t, || unsafe { libc::openat(dir, p.ptr(), flags, mode as libc::c_uint) })?;
    let fd = opened.or_else(|error| packaged::open(error, p.name(), flags));
    fd.map(|fd| Value::small(fd.into())).map_err(|error| t.os_error_with(error, p.files()))
}

/// Closes a descriptor. After `EINTR` it is closed all the same.
pub fn close_fd(t: &Thread, fd: i32) -> Result<(), i32> {
    t.blocking(|| {
        // SAFETY: takes a number; whose it is is the caller's business.
        match unsafe { libc::close(fd) } {
            0 => Ok(()),
            _ => match system::errno() {
                libc::EINTR => Ok(()),
                error => Err(error),
            },
        }
    })
}

fn close(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = c_int(t, given(&a[0]))?;
    close_fd(t, fd).map_err(|error| t.os_error(error))?;
    Ok(Value::NONE)
}

fn closerange(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (low, high) = (c_int(t, &a[0])?.max(0), c_int(t, &a[1])?);
    if low < high {
        t.blocking(|| {
            // SAFETY: takes numbers.
            let done = unsafe { libc::close_range(low as u32, high as u32 - 1, 0) } == 0;
            if !done {
                // SAFETY: as above.
                unsafe { (low..high).for_each(|fd| _ = libc::close(fd)) };
            }
        });
    }
    Ok(Value::NONE)
}

/// The most that one call reads or writes on Linux.
const MOST: usize = 0x7FFF_F000;

/// Reads into fresh memory of that size; `read` gets the place and the room.
fn read_with(t: &Thread, length: isize, read: impl Fn(*mut libc::c_void, usize) -> isize) -> R {
    let Ok(length) = usize::try_from(length) else { return Err(t.os_error(libc::EINVAL)) };
    let length = length.min(MOST);
    let mut data = Vec::new();
    if data.try_reserve_exact(length).is_err() {
        return Err(t.memory_error());
    }
    let place: *mut u8 = data.as_mut_ptr();
    let n = system::call(t, || read(place.cast(), length))?;
    // SAFETY: the call filled `n` bytes.
    unsafe { data.set_len(n as usize) };
    Ok(Bytes::make(t, &data))
}

fn read(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, length) = (c_int(t, &a[0])?, int::arg_isize(t, &a[1])?);
    ready::before_read(t, fd)?;
    // SAFETY: the place has that room.
    read_with(t, length, |place, room| unsafe { libc::read(fd, place, room) })
}

fn pread(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, length, at) = (c_int(t, &a[0])?, int::arg_isize(t, &a[1])?, offset(t, &a[2])?);
    // SAFETY: the place has that room.
    read_with(t, length, |place, room| unsafe { libc::pread(fd, place, room, at) })
}

fn write(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let data = buffer_arg(t, &a[1])?;
    let n = write_once(t, fd, &data)?.map_err(|error| t.os_error(error))?;
    Ok(int::from_usize(t, n))
}

/// One `write` call; `Err` is the error number.
pub fn write_once(t: &Thread, fd: i32, data: &[u8]) -> R<Result<usize, i32>> {
    // The prompt shows it above the line that is being typed.
    if t.interp.console.get().is_some_and(|console| console(fd, data)) {
        return Ok(Ok(data.len()));
    }
    let mut done = 0;
    loop {
        let rest = &data[done..data.len().min(MOST)];
        let room = ready::before_write(t, fd, rest.len())?;
        // SAFETY: the data has that length.
        match system::attempt(t, || unsafe { libc::write(fd, rest.as_ptr().cast(), room) })? {
            // In pieces, until the system would have come back too.
            Ok(n) if room < rest.len() => done += n as usize,
            Ok(n) => return Ok(Ok(done + n as usize)),
            Err(error) => return Ok(if done > 0 { Ok(done) } else { Err(error) }),
        }
    }
}

fn pwrite(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let data = buffer_arg(t, &a[1])?;
    let at = offset(t, &a[2])?;
    // SAFETY: the data has that length.
    let n = system::call(t, || unsafe { libc::pwrite(fd, data.as_ptr().cast(), data.len().min(MOST), at) })?;
    Ok(int::from_i64(t, n as i64))
}

/// The bytes of a bytes-like argument.
fn buffer_arg<'a>(t: &Thread, v: &'a Value) -> R<impl std::ops::Deref<Target = [u8]> + use<'a>> {
    match buffer::contiguous_bytes(t, v)? {
        Some(data) => Ok(data),
        None => Err(t.type_error(format!("a bytes-like object is required, not '{}'", v.type_of(t).name_str()))),
    }
}

fn lseek(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, position, whence) = (c_int(t, &a[0])?, offset(t, &a[1])?, c_int(t, &a[2])?);
    // SAFETY: takes numbers.
    let at = system::call(t, || unsafe { libc::lseek(fd, position, whence) })?;
    Ok(int::from_i64(t, at))
}

fn isatty(_t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(_t, &a[0])?;
    // SAFETY: takes a number.
    Ok(Value::bool(_t.blocking(|| unsafe { libc::isatty(fd) }) == 1))
}

fn fsync(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = path::fildes(t, &a[0])?;
    // SAFETY: takes a number.
    system::call(t, || unsafe { libc::fsync(fd) })?;
    Ok(Value::NONE)
}

fn fdatasync(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = path::fildes(t, &a[0])?;
    // SAFETY: takes a number.
    system::call(t, || unsafe { libc::fdatasync(fd) })?;
    Ok(Value::NONE)
}

fn sync(t: &Thread, _m: &Value) -> R {
    // SAFETY: takes nothing.
    t.blocking(|| unsafe { libc::sync() });
    Ok(Value::NONE)
}

fn ftruncate(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, length) = (c_int(t, &a[0])?, offset(t, &a[1])?);
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::ftruncate(fd, length) })?;
    Ok(Value::NONE)
}

fn dup(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    // SAFETY: takes numbers.
    let copy = system::check(t, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
    Ok(Value::small(copy.into()))
}

fn dup2(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (fd, to) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?);
    let inheritable = flag_or(t, &a[2], true)?;
    if fd < 0 || to < 0 {
        return Err(t.os_error(libc::EBADF));
    }
    // SAFETY: takes numbers.
    let copy = system::call(t, || unsafe {
        if inheritable || fd == to { libc::dup2(fd, to) } else { libc::dup3(fd, to, libc::O_CLOEXEC) }
    })?;
    Ok(Value::small(copy.into()))
}

fn pipe_with(t: &Thread, flags: i32) -> R {
    let mut ends = [0i32; 2];
    // SAFETY: room for two descriptors.
    system::check(t, unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    Ok(t.tuple(ends.map(|fd| Value::small(fd.into()))))
}

fn pipe(t: &Thread, _m: &Value) -> R {
    pipe_with(t, libc::O_CLOEXEC)
}

fn pipe2(t: &Thread, _m: &Value, v: &Value) -> R {
    pipe_with(t, c_int(t, v)?)
}

fn get_inheritable(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    // SAFETY: takes numbers.
    let flags = system::check(t, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    Ok(Value::bool(flags & libc::FD_CLOEXEC == 0))
}

/// Lets child processes have the descriptor, or not.
pub fn set_inheritable_fd(t: &Thread, fd: i32, inheritable: bool) -> R<()> {
    // SAFETY: takes numbers.
    unsafe {
        let flags = system::check(t, libc::fcntl(fd, libc::F_GETFD))?;
        let new = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
        if new != flags {
            system::check(t, libc::fcntl(fd, libc::F_SETFD, new))?;
        }
    }
    Ok(())
}

fn set_inheritable(t: &Thread, _m: &Value, a: &[Value]) -> R {
    set_inheritable_fd(t, c_int(t, &a[0])?, c_int(t, &a[1])? != 0)?;
    Ok(Value::NONE)
}

fn get_blocking(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    // SAFETY: takes numbers.
    let flags = system::check(t, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    Ok(Value::bool(flags & libc::O_NONBLOCK == 0))
}

fn set_blocking(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, blocking) = (c_int(t, &a[0])?, crate::objects::protocol::truth(t, &a[1])?);
    // SAFETY: takes numbers.
    unsafe {
        let flags = system::check(t, libc::fcntl(fd, libc::F_GETFL))?;
        let new = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        system::check(t, libc::fcntl(fd, libc::F_SETFL, new))?;
    }
    Ok(Value::NONE)
}

fn device_encoding(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = c_int(t, given(&a[0]))?;
    // SAFETY: takes a number.
    Ok(if unsafe { libc::isatty(fd) } == 1 { t.str("utf-8") } else { Value::NONE })
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "open",
        Func::Bound(open),
        "($module, /, path, flags, mode=511, *, dir_fd=None)",
        "Open a file for low level IO.  Returns a file descriptor (integer).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.",
    ),
    Def::new("close", Func::Bound(close), "($module, /, fd)", "Close a file descriptor."),
    Def::new(
        "closerange",
        Func::Pos(closerange, 2, 2),
        "($module, fd_low, fd_high, /)",
        "Closes all file descriptors in [fd_low, fd_high), ignoring errors.",
    ),
    Def::new(
        "read",
        Func::Pos(read, 2, 2),
        "($module, fd, length, /)",
        "Read from a file descriptor.  Returns a bytes object.",
    ),
    Def::new(
        "pread",
        Func::Pos(pread, 3, 3),
        "($module, fd, length, offset, /)",
        "Read a number of bytes from a file descriptor starting at a particular offset.\n\nRead length bytes from file descriptor fd, starting at offset bytes from\nthe beginning of the file.  The file offset remains unchanged.",
    ),
    Def::new("write", Func::Pos(write, 2, 2), "($module, fd, data, /)", "Write a bytes object to a file descriptor."),
    Def::new(
        "pwrite",
        Func::Pos(pwrite, 3, 3),
        "($module, fd, buffer, offset, /)",
        "Write bytes to a file descriptor starting at a particular offset.\n\nWrite buffer to fd, starting at offset bytes from the beginning of\nthe file.  Returns the number of bytes written.  Does not change the\ncurrent file offset.",
    ),
    Def::new(
        "lseek",
        Func::Pos(lseek, 3, 3),
        "($module, fd, position, whence, /)",
        "Set the position of a file descriptor.  Return the new position.\n\n  fd\n    An open file descriptor, as returned by os.open().\n  position\n    Position, interpreted relative to 'whence'.\n  whence\n    The relative position to seek from. Valid values are:\n    - SEEK_SET: seek from the start of the file.\n    - SEEK_CUR: seek from the current file position.\n    - SEEK_END: seek from the end of the file.\n\nThe return value is the number of bytes relative to the beginning of\nthe file.",
    ),
    Def::new(
        "isatty",
        Func::Pos(isatty, 1, 1),
        "($module, fd, /)",
        "Return True if the fd is connected to a terminal.\n\nReturn True if the file descriptor is an open file descriptor\nconnected to the slave end of a terminal.",
    ),
    Def::new("fsync", Func::Bound(fsync), "($module, /, fd)", "Force write of fd to disk."),
    Def::new(
        "fdatasync",
        Func::Bound(fdatasync),
        "($module, /, fd)",
        "Force write of fd to disk without forcing update of metadata.",
    ),
    Def::new("sync", Func::NoArgs(sync), "($module, /)", "Force write of everything to disk."),
    Def::new(
        "ftruncate",
        Func::Pos(ftruncate, 2, 2),
        "($module, fd, length, /)",
        "Truncate a file, specified by file descriptor, to a specific length.",
    ),
    Def::new("dup", Func::Pos(dup, 1, 1), "($module, fd, /)", "Return a duplicate of a file descriptor."),
    Def::new("dup2", Func::Bound(dup2), "($module, /, fd, fd2, inheritable=True)", "Duplicate file descriptor."),
    Def::new(
        "pipe",
        Func::NoArgs(pipe),
        "($module, /)",
        "Create a pipe.\n\nReturns a tuple of two file descriptors:\n  (read_fd, write_fd)",
    ),
    Def::new(
        "pipe2",
        Func::One(pipe2),
        "($module, flags, /)",
        "Create a pipe with flags set atomically.\n\nReturns a tuple of two file descriptors:\n  (read_fd, write_fd)\n\nflags can be constructed by ORing together one or more of these values:\nO_NONBLOCK, O_CLOEXEC.",
    ),
    Def::new(
        "get_inheritable",
        Func::Pos(get_inheritable, 1, 1),
        "($module, fd, /)",
        "Get the close-on-exe flag of the specified file descriptor.",
    ),
    Def::new(
        "set_inheritable",
        Func::Pos(set_inheritable, 2, 2),
        "($module, fd, inheritable, /)",
        "Set the inheritable flag of the specified file descriptor.",
    ),
    Def::new(
        "get_blocking",
        Func::Pos(get_blocking, 1, 1),
        "($module, fd, /)",
        "Get the blocking mode of the file descriptor.\n\nReturn False if the O_NONBLOCK flag is set, True if the flag is cleared.",
    ),
    Def::new(
        "set_blocking",
        Func::Pos(set_blocking, 2, 2),
        "($module, fd, blocking, /)",
        "Set the blocking mode of the specified file descriptor.\n\nSet the O_NONBLOCK flag if blocking is False,\nclear the O_NONBLOCK flag otherwise.",
    ),
    Def::new(
        "device_encoding",
        Func::Bound(device_encoding),
        "($module, /, fd)",
        "Return a string describing the encoding of a terminal's file descriptor.\n\nThe file descriptor must be attached to a terminal.\nIf the device is not a terminal, return None.",
    ),
];
