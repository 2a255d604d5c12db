//! Reading and writing several buffers at once, moving data between descriptors, and the room files take.

use super::names::offset;
use crate::modules::system::{self, c_int, c_int_or, given, not_none};
use crate::objects::buffer::{self, Buffer};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::Cell;

/// Buffers, and where they lie as the system wants to know it.
struct Vectors {
    _lent: Vec<Buffer>,
    places: Vec<libc::iovec>,
}

impl Vectors {
    fn new(t: &Thread, v: &Value, function: &str, flags: u32) -> R<Vectors> {
        if !protocol::is_sequence(t, v) {
            return Err(t.type_error(format!("{function}() arg 2 must be a sequence")));
        }
        let mut lent = Vec::new();
        for item in protocol::collect(t, v)? {
            lent.push(buffer::get_with(t, &item, flags)?);
        }
        let places = lent.iter().map(|b: &Buffer| libc::iovec { iov_base: b.ptr().cast(), iov_len: b.len() }).collect();
        Ok(Vectors { _lent: lent, places })
    }

    fn ptr(&self) -> *const libc::iovec {
        self.places.as_ptr()
    }

    fn count(&self) -> i32 {
        self.places.len().min(i32::MAX as usize) as i32
    }
}

fn readv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let vectors = Vectors::new(t, &a[1], "readv", buffer::flags::WRITABLE)?;
    system::ready::before_read(t, fd)?;
    // SAFETY: buffers that stay where they are while they are lent.
    let n = system::call(t, || unsafe { libc::readv(fd, vectors.ptr(), vectors.count()) })?;
    Ok(int::from_i64(t, n as i64))
}

fn writev(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let vectors = Vectors::new(t, &a[1], "writev", buffer::flags::SIMPLE)?;
    // SAFETY: as in `readv`.
    let n = system::call(t, || unsafe { libc::writev(fd, vectors.ptr(), vectors.count()) })?;
    Ok(int::from_i64(t, n as i64))
}

fn preadv(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, at) = (c_int(t, &a[0])?, offset(t, &a[2])?);
    let flags = a.get(3).map_or(Ok(0), |v| c_int(t, v))?;
    let vectors = Vectors::new(t, &a[1], "preadv2", buffer::flags::WRITABLE)?;
    // SAFETY: as in `readv`.
    let n = system::call(t, || unsafe { libc::preadv2(fd, vectors.ptr(), vectors.count(), at, flags) })?;
    Ok(int::from_i64(t, n as i64))
}

fn pwritev(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, at) = (c_int(t, &a[0])?, offset(t, &a[2])?);
    let flags = a.get(3).map_or(Ok(0), |v| c_int(t, v))?;
    let vectors = Vectors::new(t, &a[1], "pwritev", buffer::flags::SIMPLE)?;
    // SAFETY: as in `readv`.
    let n = system::call(t, || unsafe { libc::pwritev2(fd, vectors.ptr(), vectors.count(), at, flags) })?;
    Ok(int::from_i64(t, n as i64))
}

fn readinto(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = c_int(t, &a[0])?;
    let room = buffer::writable(t, &a[1], "readinto() argument 2")?;
    let length = room.len().min(0x7FFF_F000);
    system::ready::before_read(t, fd)?;
    // SAFETY: as in `readv`.
    let n = system::call(t, || unsafe { libc::read(fd, room.ptr().cast(), length) })?;
    Ok(int::from_i64(t, n as i64))
}

fn sendfile(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (out, from) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?);
    let count = int::arg_isize(t, given(&a[3]))?;
    let at = not_none(&a[2]).map(|v| offset(t, v)).transpose()?;
    let n = system::call(t, || {
        let mut at = at;
        let place = at.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: takes numbers, and a place for the offset.
        unsafe { libc::sendfile(out, from, place, count as usize) }
    })?;
    Ok(int::from_i64(t, n as i64))
}

/// A count that may not be negative.
fn count_arg(t: &Thread, v: &Option<Value>) -> R<usize> {
    let count = int::arg_isize(t, given(v))?;
    usize::try_from(count).map_err(|_| t.value_error("negative value for 'count' not allowed"))
}

/// An offset that may be missing or `None`.
fn offset_or_none(t: &Thread, v: &Option<Value>) -> R<Cell<Option<i64>>> {
    Ok(Cell::new(not_none(v).map(|v| offset(t, v)).transpose()?))
}

/// The place of an offset for a call, or none.
fn place_of(offset: &Cell<Option<i64>>) -> *mut i64 {
    // SAFETY: a cell of this thread; the system writes a number there.
    unsafe { (*offset.as_ptr()).as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut) }
}

fn copy_file_range(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (src, dst, count) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?, count_arg(t, &a[2])?);
    let (from, to) = (offset_or_none(t, &a[3])?, offset_or_none(t, &a[4])?);
    // SAFETY: takes numbers, and places for the offsets.
    let n = system::call(t, || unsafe { libc::copy_file_range(src, place_of(&from), dst, place_of(&to), count, 0) })?;
    Ok(int::from_i64(t, n as i64))
}

fn splice(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (src, dst, count) = (c_int(t, given(&a[0]))?, c_int(t, given(&a[1]))?, count_arg(t, &a[2])?);
    let (from, to) = (offset_or_none(t, &a[3])?, offset_or_none(t, &a[4])?);
    let flags = c_int_or(t, &a[5], 0)? as u32;
    // SAFETY: takes numbers, and places for the offsets.
    let n = system::call(t, || unsafe { libc::splice(src, place_of(&from), dst, place_of(&to), count, flags) })?;
    Ok(int::from_i64(t, n as i64))
}

/// A call that returns its error number; it is made again after a signal.
fn numbered(t: &Thread, call: impl Fn() -> i32) -> R {
    loop {
        match t.blocking(&call) {
            0 => return Ok(Value::NONE),
            libc::EINTR => crate::vm::breaker::handle(t)?,
            error => return Err(t.os_error(error)),
        }
    }
}

fn posix_fallocate(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, at, length) = (c_int(t, &a[0])?, offset(t, &a[1])?, offset(t, &a[2])?);
    // SAFETY: takes numbers.
    numbered(t, || unsafe { libc::posix_fallocate(fd, at, length) })
}

fn posix_fadvise(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, at, length, advice) = (c_int(t, &a[0])?, offset(t, &a[1])?, offset(t, &a[2])?, c_int(t, &a[3])?);
    // SAFETY: takes numbers.
    numbered(t, || unsafe { libc::posix_fadvise(fd, at, length, advice) })
}

fn lockf(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, command, length) = (c_int(t, &a[0])?, c_int(t, &a[1])?, offset(t, &a[2])?);
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::lockf(fd, command, length) })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "readv",
        Func::Pos(readv, 2, 2),
        "($module, fd, buffers, /)",
        "Read from a file descriptor fd into an iterable of buffers.\n\nThe buffers should be mutable buffers accepting bytes.\nreadv will transfer data into each buffer until it is full\nand then move on to the next buffer in the sequence to hold\nthe rest of the data.\n\nreadv returns the total number of bytes read,\nwhich may be less than the total capacity of all the buffers.",
    ),
    Def::new(
        "writev",
        Func::Pos(writev, 2, 2),
        "($module, fd, buffers, /)",
        "Iterate over buffers, and write the contents of each to a file descriptor.\n\nReturns the total number of bytes written.\nbuffers must be a sequence of bytes-like objects.",
    ),
    Def::new(
        "preadv",
        Func::Pos(preadv, 3, 4),
        "($module, fd, buffers, offset, flags=0, /)",
        "Reads from a file descriptor into a number of mutable bytes-like objects.\n\nCombines the functionality of readv() and pread().  As readv(), it will\ntransfer data into each buffer until it is full and then move on to the\nnext buffer in the sequence to hold the rest of the data.  Its fourth\nargument, specifies the file offset at which the input operation is to\nbe performed.  It will return the total number of bytes read (which can\nbe less than the total capacity of all the objects).\n\nThe flags argument contains a bitwise OR of zero or more of the\nfollowing flags:\n\n- RWF_HIPRI\n- RWF_NOWAIT\n\nUsing non-zero flags requires Linux 4.6 or newer.",
    ),
    Def::new(
        "pwritev",
        Func::Pos(pwritev, 3, 4),
        "($module, fd, buffers, offset, flags=0, /)",
        "Writes the contents of bytes-like objects to a file descriptor at a given offset.\n\nCombines the functionality of writev() and pwrite(). All buffers must be\na sequence of bytes-like objects.  Buffers are processed in array order.\nEntire contents of first buffer is written before proceeding to second,\nand so on. The operating system may set a limit (sysconf() value\nSC_IOV_MAX) on the number of buffers that can be used.\nThis function writes the contents of each object to the file descriptor\nand returns the total number of bytes written.\n\nThe flags argument contains a bitwise OR of zero or more of the\nfollowing flags:\n\n- RWF_DSYNC\n- RWF_SYNC\n- RWF_APPEND\n\nUsing non-zero flags requires Linux 4.7 or newer.",
    ),
    Def::new(
        "readinto",
        Func::Pos(readinto, 2, 2),
        "($module, fd, buffer, /)",
        "Read into a buffer object from a file descriptor.\n\nThe buffer should be mutable and bytes-like.  On success, returns the\nnumber of bytes read.  Less bytes may be read than the size of the\nbuffer.  The underlying system call will be retried when interrupted by\na signal, unless the signal handler raises an exception.  Other errors\nwill not be retried and an error will be raised.\n\nReturns 0 if *fd* is at end of file or if the provided *buffer* has\nlength 0 (which can be used to check for errors without reading data).\nNever returns negative.",
    ),
    Def::new(
        "sendfile",
        Func::Bound(sendfile),
        "($module, /, out_fd, in_fd, offset, count)",
        "Copy count bytes from file descriptor in_fd to file descriptor out_fd.",
    ),
    Def::new(
        "copy_file_range",
        Func::Bound(copy_file_range),
        "($module, /, src, dst, count, offset_src=None, offset_dst=None)",
        "Copy count bytes from one file descriptor to another.\n\n  src\n    Source file descriptor.\n  dst\n    Destination file descriptor.\n  count\n    Number of bytes to copy.\n  offset_src\n    Starting offset in src.\n  offset_dst\n    Starting offset in dst.\n\nIf offset_src is None, then src is read from the current position;\nrespectively for offset_dst.",
    ),
    Def::new(
        "splice",
        Func::Bound(splice),
        "($module, /, src, dst, count, offset_src=None, offset_dst=None, flags=0)",
        "Transfer count bytes from one pipe to a descriptor or vice versa.\n\n  src\n    Source file descriptor.\n  dst\n    Destination file descriptor.\n  count\n    Number of bytes to copy.\n  offset_src\n    Starting offset in src.\n  offset_dst\n    Starting offset in dst.\n  flags\n    Flags to modify the semantics of the call.\n\nIf offset_src is None, then src is read from the current position;\nrespectively for offset_dst. The offset associated to the file\ndescriptor that refers to a pipe must be None.",
    ),
    Def::new(
        "posix_fallocate",
        Func::Pos(posix_fallocate, 3, 3),
        "($module, fd, offset, length, /)",
        "Ensure a file has allocated at least a particular number of bytes on disk.\n\nEnsure that the file specified by fd encompasses a range of bytes\nstarting at offset bytes from the beginning and continuing for length\nbytes.",
    ),
    Def::new(
        "posix_fadvise",
        Func::Pos(posix_fadvise, 4, 4),
        "($module, fd, offset, length, advice, /)",
        "Announce an intention to access data in a specific pattern.\n\nAnnounce an intention to access data in a specific pattern, thus\nallowing the kernel to make optimizations.\nThe advice applies to the region of the file specified by fd starting at\noffset and continuing for length bytes.\nadvice is one of POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL,\nPOSIX_FADV_RANDOM, POSIX_FADV_NOREUSE, POSIX_FADV_WILLNEED, or\nPOSIX_FADV_DONTNEED.",
    ),
    Def::new(
        "lockf",
        Func::Pos(lockf, 3, 3),
        "($module, fd, command, length, /)",
        "Apply, test or remove a POSIX lock on an open file descriptor.\n\n  fd\n    An open file descriptor.\n  command\n    One of F_LOCK, F_TLOCK, F_ULOCK or F_TEST.\n  length\n    The number of bytes to lock, starting at the current position.",
    ),
];
