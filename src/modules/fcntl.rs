//! `fcntl`: control of descriptors, and locks on files.

use super::ModuleSpec;
use crate::modules::sys::audit::audit;
use crate::modules::system::{self, c_int, file_descriptor};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::cell::UnsafeCell;

/// The most that is passed by way of memory.
const ROOM: usize = 1024;
/// What lies behind it, and must still be there afterwards: the system does not know how much room it has.
const GUARD: [u8; 8] = [0x00, 0xfa, 0x69, 0xc4, 0x67, 0xa3, 0x6c, 0x58];

/// Memory for an argument, in which the system leaves its answer.
struct Scratch(UnsafeCell<[u8; ROOM + GUARD.len()]>);

impl Scratch {
    fn new(data: &[u8]) -> Scratch {
        let mut room = [0; ROOM + GUARD.len()];
        room[..data.len()].copy_from_slice(data);
        room[data.len()..][..GUARD.len()].copy_from_slice(&GUARD);
        Scratch(UnsafeCell::new(room))
    }

    fn place(&self) -> *mut u8 {
        self.0.get().cast()
    }

    /// What lies there now.
    fn answer(self, t: &Thread, len: usize) -> R<Vec<u8>> {
        let room = self.0.into_inner();
        if room[len..][..GUARD.len()] != GUARD {
            return Err(t.system_error("buffer overflow"));
        }
        Ok(room[..len].to_vec())
    }
}

/// An argument that is an int: its low 32 bits.
fn low_bits(t: &Thread, v: &Value) -> R<i32> {
    let i = protocol::index(t, v)?;
    let low = int::as_i64(&i).or_else(|| int::as_u64(&i).map(|n| n as i64));
    low.map(|n| n as i32).ok_or_else(|| t.overflow_error("Python int too large to convert to C unsigned long"))
}

/// The bytes of a `str` or a bytes-like object; `None` for anything else.
fn data_of(t: &Thread, v: &Value) -> R<Option<Vec<u8>>> {
    match v.cast::<Str>() {
        Some(_) => Ok(Some(system::path::encode(t, v)?.into_owned())),
        None => Ok(buffer::contiguous_bytes(t, v)?.map(|b| b.to_vec())),
    }
}

fn wrong_type(t: &Thread, function: &str, v: &Value) -> R {
    let given = v.type_of(t).name_str();
    let expected = "an integer, a bytes-like object, or a string";
    Err(t.type_error(format!("{function}() argument 3 must be {expected}, not {given}")))
}

fn is_index(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().nb_index.is_some()
}

fn fcntl(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, command) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let argument = a.get(2).cloned().unwrap_or(Value::small(0));
    audit(t, "fcntl.fcntl", &[Value::small(fd.into()), Value::small(command.into()), argument.clone()])?;
    if is_index(t, &argument) {
        let number = low_bits(t, &argument)?;
        // SAFETY: takes numbers. Whoever passes an address as one answers for it, as in C.
        let answer = system::call(t, || unsafe { libc::fcntl(fd, command, number) })?;
        return Ok(int::from_i64(t, answer.into()));
    }
    let Some(data) = data_of(t, &argument)? else { return wrong_type(t, "fcntl", &argument) };
    if data.len() > ROOM {
        return Err(t.value_error("fcntl argument 3 is too long"));
    }
    let scratch = Scratch::new(&data);
    // SAFETY: room for what commands take.
    system::call(t, || unsafe { libc::fcntl(fd, command, scratch.place()) })?;
    Ok(Bytes::make(t, &scratch.answer(t, data.len())?))
}

/// The request of `ioctl`: any int, of which the low bits count.
fn request(t: &Thread, v: &Value) -> R<libc::c_ulong> {
    if !int::is_int(v) {
        return Err(t.type_error(format!("ioctl() argument 2 must be int, not {}", v.type_of(t).name_str())));
    }
    let wide = int::as_i64(v).map(|n| n as u64).or_else(|| int::as_u64(v));
    match wide.or_else(|| int::big_of(v).map(|big| big.iter_u64_digits().next().unwrap_or(0))) {
        Some(n) => Ok(n as libc::c_ulong),
        None => Err(t.overflow_error("int too large")),
    }
}

fn ioctl(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, code) = (file_descriptor(t, &a[0])?, request(t, &a[1])?);
    let argument = a.get(2).cloned().unwrap_or(Value::small(0));
    let mutate = a.get(3).map_or(Ok(true), |v| protocol::truth(t, v))?;
    audit(t, "fcntl.ioctl", &[Value::small(fd.into()), a[1].clone(), argument.clone()])?;
    if is_index(t, &argument) {
        let number = low_bits(t, &argument)?;
        // SAFETY: takes numbers, as in `fcntl`.
        let answer = system::call(t, || unsafe { libc::ioctl(fd, code as _, number) })?;
        return Ok(int::from_i64(t, answer.into()));
    }
    if mutate
        && argument.cast::<Str>().is_none()
        && argument.cast::<Bytes>().is_none()
        && let Some(mut lent) = writable(t, &argument)?
    {
        let length = lent.len();
        let Some(memory) = lent.as_mut_slice() else { return wrong_type(t, "ioctl", &argument) };
        if length > ROOM {
            let place = memory.as_mut_ptr();
            // SAFETY: memory that its owner keeps where it is.
            let answer = system::call(t, || unsafe { libc::ioctl(fd, code as _, place) })?;
            return Ok(int::from_i64(t, answer.into()));
        }
        let scratch = Scratch::new(memory);
        // SAFETY: room for what requests take.
        let answer = system::call(t, || unsafe { libc::ioctl(fd, code as _, scratch.place()) })?;
        memory.copy_from_slice(&scratch.answer(t, length)?);
        return Ok(int::from_i64(t, answer.into()));
    }
    let Some(data) = data_of(t, &argument)? else { return wrong_type(t, "ioctl", &argument) };
    if data.len() > ROOM {
        return Err(t.value_error("ioctl argument 3 is too long"));
    }
    let scratch = Scratch::new(&data);
    // SAFETY: as above.
    system::call(t, || unsafe { libc::ioctl(fd, code as _, scratch.place()) })?;
    Ok(Bytes::make(t, &scratch.answer(t, data.len())?))
}

/// Memory that can be written to; `None` if the object lends none.
fn writable(t: &Thread, v: &Value) -> R<Option<buffer::Buffer>> {
    if !buffer::is_exporter(t, v) {
        return Ok(None);
    }
    t.catch(buffer::get_with(t, v, buffer::flags::WRITABLE), |types| &types.buffer_error)
}

fn flock(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, operation) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    audit(t, "fcntl.flock", &[Value::small(fd.into()), Value::small(operation.into())])?;
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::flock(fd, operation) })?;
    Ok(Value::NONE)
}

fn lockf(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, command) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let whence = a.get(4).map_or(Ok(0), |v| c_int(t, v))?;
    let object = |i: usize| a.get(i).cloned().unwrap_or(Value::NONE);
    audit(
        t,
        "fcntl.lockf",
        &[Value::small(fd.into()), a[1].clone(), object(2), object(3), Value::small(whence.into())],
    )?;
    let kind = match command {
        libc::LOCK_UN => libc::F_UNLCK,
        c if c & libc::LOCK_SH != 0 => libc::F_RDLCK,
        c if c & libc::LOCK_EX != 0 => libc::F_WRLCK,
        _ => return Err(t.value_error("unrecognized lockf argument")),
    };
    // SAFETY: all zero is a valid lock.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as _;
    lock.l_whence = whence as _;
    if let Some(start) = a.get(3) {
        lock.l_start = int::arg_i64(t, start)?;
    }
    if let Some(length) = a.get(2) {
        lock.l_len = int::arg_i64(t, length)?;
    }
    let command = if command & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    // SAFETY: reads the lock.
    system::call(t, || unsafe { libc::fcntl(fd, command, &lock) })?;
    Ok(Value::NONE)
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    FD_CLOEXEC FICLONE FICLONERANGE F_ADD_SEALS F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_GETFL F_GETLEASE F_GETLK
    F_GETOWN F_GETPIPE_SZ F_GET_SEALS F_NOTIFY F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_RDLCK F_SEAL_FUTURE_WRITE
    F_SEAL_GROW F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_WRITE F_SETFD F_SETFL F_SETLEASE F_SETLK F_SETLKW F_SETOWN
    F_SETPIPE_SZ F_UNLCK F_WRLCK LOCK_EX LOCK_NB LOCK_SH LOCK_UN
};

/// Those that the C library's bindings do not have.
static LITERALS: &[(&str, i64)] = &[
    ("FASYNC", 8192),
    ("F_EXLCK", 4),
    ("F_GETOWN_EX", 16),
    ("F_GETSIG", 11),
    ("F_OWNER_PGRP", 2),
    ("F_OWNER_PID", 1),
    ("F_OWNER_TID", 0),
    ("F_SETOWN_EX", 15),
    ("F_SETSIG", 10),
    ("F_SHLCK", 8),
    ("DN_ACCESS", 1),
    ("DN_ATTRIB", 32),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_MODIFY", 2),
    ("DN_MULTISHOT", 2147483648),
    ("DN_RENAME", 16),
    ("F_DUPFD_QUERY", 1027),
    ("F_GETLK64", 5),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_GET_RW_HINT", 1035),
    ("F_SETLK64", 6),
    ("F_SETLKW64", 7),
    ("F_SET_FILE_RW_HINT", 1038),
    ("F_SET_RW_HINT", 1036),
    ("LOCK_MAND", 32),
    ("LOCK_READ", 64),
    ("LOCK_RW", 192),
    ("LOCK_WRITE", 128),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_SHORT", 2),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    NUMBERS.iter().chain(LITERALS).for_each(|&(name, n)| module.set(t, name, int::from_i64(t, n)));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    functions: &[
        Def::new(
            "fcntl",
            Func::Pos(fcntl, 2, 3),
            "($module, fd, cmd, arg=0, /)",
            "Perform the operation cmd on file descriptor fd.\n\nThe values used for cmd are operating system dependent, and are\navailable as constants in the fcntl module, using the same names as used\nin the relevant C header files.  The argument arg is optional, and\ndefaults to 0; it may be an integer, a bytes-like object or a string.\nIf arg is given as a string, it will be encoded to binary using the\nUTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the fcntl() call in\nthe C code.\n\nIf arg is given as a bytes-like object, the return value of fcntl() is a\nbytes object of that length, containing the resulting value put in the\narg buffer by the operating system.  The length of the arg buffer is not\nallowed to exceed 1024 bytes.",
        ),
        Def::new(
            "ioctl",
            Func::Pos(ioctl, 2, 4),
            "($module, fd, request, arg=0, mutate_flag=True, /)",
            "Perform the operation request on file descriptor fd.\n\nThe values used for request are operating system dependent, and are\navailable as constants in the fcntl or termios library modules, using\nthe same names as used in the relevant C header files.\n\nThe argument arg is optional, and defaults to 0; it may be an integer, a\nbytes-like object or a string.  If arg is given as a string, it will be\nencoded to binary using the UTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the ioctl() call in\nthe C code.\n\nIf the argument is a mutable buffer (such as a bytearray) and the\nmutate_flag argument is true (default) then the buffer is (in effect)\npassed to the operating system and changes made by the OS will be\nreflected in the contents of the buffer after the call has returned.\nThe return value is the integer returned by the ioctl() system call.\n\nIf the argument is a mutable buffer and the mutable_flag argument is\nfalse, the behavior is as if an immutable buffer had been passed.\n\nIf the argument is an immutable buffer then a copy of the buffer is\npassed to the operating system and the return value is a bytes object of\nthe same length containing whatever the operating system put in the\nbuffer.  The length of the arg buffer in this case is not allowed to\nexceed 1024 bytes.",
        ),
        Def::new(
            "flock",
            Func::Pos(flock, 2, 2),
            "($module, fd, operation, /)",
            "Perform the lock operation on file descriptor fd.\n\nSee the Unix manual page for flock(2) for details (On some systems, this\nfunction is emulated using fcntl()).",
        ),
        Def::new(
            "lockf",
            Func::Pos(lockf, 2, 5),
            "($module, fd, cmd, len=0, start=0, whence=0, /)",
            "A wrapper around the fcntl() locking calls.\n\nfd is the file descriptor of the file to lock or unlock, and operation\nis one of the following values:\n\n    LOCK_UN - unlock\n    LOCK_SH - acquire a shared lock\n    LOCK_EX - acquire an exclusive lock\n\nWhen operation is LOCK_SH or LOCK_EX, it can also be bitwise ORed with\nLOCK_NB to avoid blocking on lock acquisition.  If LOCK_NB is used and\nthe lock cannot be acquired, an OSError will be raised and the exception\nwill have an errno attribute set to EACCES or EAGAIN (depending on the\noperating system -- for portability, check for either value).\n\nlen is the number of bytes to lock, with the default meaning to lock to\nEOF.  start is the byte offset, relative to whence, to that the lock\nstarts.  whence is as with fileobj.seek(), specifically:\n\n    0 - relative to the start of the file (SEEK_SET)\n    1 - relative to the current buffer position (SEEK_CUR)\n    2 - relative to the end of the file (SEEK_END)",
        ),
    ],
    exec: Some(exec),
};
