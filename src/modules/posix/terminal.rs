//! Terminals: pseudo-terminals, their names, their foreground process groups.

use crate::modules::system::path::{self, decode};
use crate::modules::system::{self, c_int};
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::{CStr, c_char};

fn openpty(t: &Thread, _m: &Value) -> R {
    let (mut master, mut slave) = (-1, -1);
    let (null, no_termios, no_size) = (std::ptr::null_mut(), std::ptr::null(), std::ptr::null());
    // SAFETY: room for two descriptors.
    system::check(t, unsafe { libc::openpty(&mut master, &mut slave, null, no_termios, no_size) })?;
    super::descriptor::set_inheritable_fd(t, master, false)?;
    super::descriptor::set_inheritable_fd(t, slave, false)?;
    Ok(t.tuple([master, slave].map(|fd| Value::small(fd.into()))))
}

fn login_tty(t: &Thread, _m: &Value, v: &Value) -> R {
    let fd = system::file_descriptor(t, v)?;
    // SAFETY: takes a number.
    system::check(t, unsafe { libc::login_tty(fd) })?;
    Ok(Value::NONE)
}

fn ctermid(t: &Thread, _m: &Value) -> R {
    unsafe extern "C" {
        fn ctermid(room: *mut c_char) -> *mut c_char;
    }
    let mut room = [0; 64];
    // SAFETY: more room than `L_ctermid`; a string comes back.
    Ok(decode(t, unsafe { CStr::from_ptr(ctermid(room.as_mut_ptr())) }.to_bytes()))
}

/// A name that a function of the C library writes; it returns an error number.
fn name_of(t: &Thread, fd: i32, f: unsafe extern "C" fn(i32, *mut c_char, usize) -> i32) -> R {
    let mut room = [0; 256];
    // SAFETY: room for the name; errors leave it as it is.
    match unsafe { f(fd, room.as_mut_ptr(), room.len()) } {
        // SAFETY: a string that ends with a zero.
        0 => Ok(decode(t, unsafe { CStr::from_ptr(room.as_ptr()) }.to_bytes())),
        error => Err(t.os_error(error)),
    }
}

fn ttyname(t: &Thread, _m: &Value, a: &[Value]) -> R {
    name_of(t, c_int(t, &a[0])?, libc::ttyname_r)
}

fn ptsname(t: &Thread, _m: &Value, v: &Value) -> R {
    name_of(t, system::file_descriptor(t, v)?, libc::ptsname_r)
}

fn grantpt(t: &Thread, _m: &Value, v: &Value) -> R {
    let fd = system::file_descriptor(t, v)?;
    // SAFETY: takes a number.
    system::check(t, unsafe { libc::grantpt(fd) })?;
    Ok(Value::NONE)
}

fn unlockpt(t: &Thread, _m: &Value, v: &Value) -> R {
    let fd = system::file_descriptor(t, v)?;
    // SAFETY: takes a number.
    system::check(t, unsafe { libc::unlockpt(fd) })?;
    Ok(Value::NONE)
}

fn posix_openpt(t: &Thread, _m: &Value, v: &Value) -> R {
    let flags = c_int(t, v)? | libc::O_CLOEXEC;
    // SAFETY: takes a number.
    Ok(Value::small(system::check(t, unsafe { libc::posix_openpt(flags) })?.into()))
}

fn tcgetpgrp(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = path::fd(t, &a[0])?;
    // SAFETY: takes a number.
    Ok(int::from_i64(t, system::check(t, unsafe { libc::tcgetpgrp(fd) })?.into()))
}

fn tcsetpgrp(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, group) = (path::fd(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    system::check(t, unsafe { libc::tcsetpgrp(fd, group) })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "openpty",
        Func::NoArgs(openpty),
        "($module, /)",
        "Open a pseudo-terminal.\n\nReturn a tuple of (master_fd, slave_fd) containing open file descriptors\nfor both the master and slave ends.",
    ),
    Def::new(
        "login_tty",
        Func::One(login_tty),
        "($module, fd, /)",
        "Prepare the tty of which fd is a file descriptor for a new login session.\n\nMake the calling process a session leader; make the tty the\ncontrolling tty, the stdin, the stdout, and the stderr of the\ncalling process; close fd.",
    ),
    Def::new(
        "ctermid",
        Func::NoArgs(ctermid),
        "($module, /)",
        "Return the name of the controlling terminal for this process.",
    ),
    Def::new(
        "ttyname",
        Func::Pos(ttyname, 1, 1),
        "($module, fd, /)",
        "Return the name of the terminal device connected to 'fd'.\n\n  fd\n    Integer file descriptor handle.",
    ),
    Def::new(
        "ptsname",
        Func::One(ptsname),
        "($module, fd, /)",
        "Return the name of the slave pseudo-terminal device.\n\n  fd\n    File descriptor of a master pseudo-terminal device.\n\nIf the ptsname_r() C function is available, it is called;\notherwise, performs a ptsname() C function call.",
    ),
    Def::new(
        "grantpt",
        Func::One(grantpt),
        "($module, fd, /)",
        "Grant access to the slave pseudo-terminal device.\n\n  fd\n    File descriptor of a master pseudo-terminal device.\n\nPerforms a grantpt() C function call.",
    ),
    Def::new(
        "unlockpt",
        Func::One(unlockpt),
        "($module, fd, /)",
        "Unlock a pseudo-terminal master/slave pair.\n\n  fd\n    File descriptor of a master pseudo-terminal device.\n\nPerforms an unlockpt() C function call.",
    ),
    Def::new(
        "posix_openpt",
        Func::One(posix_openpt),
        "($module, oflag, /)",
        "Open and return a file descriptor for a master pseudo-terminal device.\n\nPerforms a posix_openpt() C function call. The oflag argument is used to\nset file status flags and file access modes as specified in the manual\npage of posix_openpt() of your system.",
    ),
    Def::new(
        "tcgetpgrp",
        Func::Pos(tcgetpgrp, 1, 1),
        "($module, fd, /)",
        "Return the process group associated with the terminal specified by fd.",
    ),
    Def::new(
        "tcsetpgrp",
        Func::Pos(tcsetpgrp, 2, 2),
        "($module, fd, pgid, /)",
        "Set the process group associated with the terminal specified by fd.",
    ),
];
