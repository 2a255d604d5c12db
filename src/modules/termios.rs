//! `termios`: control of terminals.

use super::ModuleSpec;
use crate::modules::exceptions::Exception;
use crate::modules::system::{self, c_int, file_descriptor};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

static ERROR: Exception = Exception { module: "termios", name: "error", base: |types| &types.exception };

/// `termios.error(errno, message)`.
fn error(t: &Thread, errno: i32) -> Raised {
    let arguments = [Value::small(errno.into()), t.str(crate::objects::os_message(errno))];
    let made = ERROR.class(t).and_then(|class| protocol::call(t, &class, &arguments));
    match made {
        Ok(e) => t.raise(e),
        Err(raised) => raised,
    }
}

/// Makes a call that may block.
fn call(t: &Thread, f: impl Fn() -> i32) -> R<()> {
    system::attempt(t, f)?.map(drop).map_err(|errno| error(t, errno))
}

fn attributes(t: &Thread, fd: i32) -> R<libc::termios> {
    // SAFETY: a structure of numbers, for which zeros are valid; the call fills it.
    let mut mode: libc::termios = unsafe { std::mem::zeroed() };
    let place = &raw mut mode as usize;
    // SAFETY: the structure outlives the call.
    call(t, || unsafe { libc::tcgetattr(fd, place as *mut libc::termios) })?;
    Ok(mode)
}

/// Where `c_cc` holds numbers and no characters.
fn holds_numbers(mode: &libc::termios, index: usize) -> bool {
    mode.c_lflag & libc::ICANON == 0 && (index == libc::VMIN || index == libc::VTIME)
}

fn tcgetattr(t: &Thread, _m: &Value, fd: &Value) -> R {
    let fd = file_descriptor(t, fd)?;
    let mode = attributes(t, fd)?;
    let characters = mode
        .c_cc
        .iter()
        .enumerate()
        .map(|(index, &c)| if holds_numbers(&mode, index) { Value::small(c.into()) } else { Bytes::make(t, &[c]) });
    let characters = List::make(t, characters.collect::<Vec<_>>());
    let number = |n: u64| int::from_u64(t, n);
    // SAFETY: they read the structure.
    let speeds = unsafe { [libc::cfgetispeed(&mode), libc::cfgetospeed(&mode)] };
    #[allow(clippy::unnecessary_cast)]
    let fields = vec![
        number(mode.c_iflag as u64),
        number(mode.c_oflag as u64),
        number(mode.c_cflag as u64),
        number(mode.c_lflag as u64),
        number(speeds[0] as u64),
        number(speeds[1] as u64),
        characters,
    ];
    Ok(List::make(t, fields))
}

/// Flags and speeds: any int, of which the low bits count.
fn flags(t: &Thread, v: &Value) -> R<libc::tcflag_t> {
    let i = protocol::index(t, v)?;
    let low = int::as_i64(&i).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))?;
    Ok(low as libc::tcflag_t)
}

fn tcsetattr(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, when) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let given = a[2].cast::<List>().map(|list| list.snapshot(t)).filter(|items| items.len() == 7);
    let Some(given) = given else { return Err(t.type_error("tcsetattr, arg 3: must be 7 element list")) };
    // What the structure holds besides stays as it is.
    let mut mode = attributes(t, fd)?;
    mode.c_iflag = flags(t, &given[0])?;
    mode.c_oflag = flags(t, &given[1])?;
    mode.c_cflag = flags(t, &given[2])?;
    mode.c_lflag = flags(t, &given[3])?;
    let (input, output) = (flags(t, &given[4])?, flags(t, &given[5])?);
    let count = mode.c_cc.len();
    let characters = given[6].cast::<List>().map(|list| list.snapshot(t)).filter(|items| items.len() == count);
    let Some(characters) = characters else {
        return Err(t.type_error(format!("tcsetattr: attributes[6] must be {count} element list")));
    };
    for (index, item) in characters.iter().enumerate() {
        mode.c_cc[index] = match item.cast::<Bytes>().map(|bytes| bytes.as_slice().to_vec()).as_deref() {
            Some(&[byte]) => byte,
            None if int::is_int(item) => flags(t, item)? as libc::cc_t,
            _ => {
                let message = "tcsetattr: elements of attributes must be characters or integers";
                return Err(t.type_error(message));
            }
        };
    }
    // SAFETY: they write the structure.
    let speeds = unsafe { [libc::cfsetispeed(&mut mode, input as _), libc::cfsetospeed(&mut mode, output as _)] };
    if speeds.contains(&-1) {
        return Err(error(t, system::errno()));
    }
    let place = &raw const mode as usize;
    // SAFETY: the structure outlives the call.
    call(t, || unsafe { libc::tcsetattr(fd, when, place as *const libc::termios) })?;
    Ok(Value::NONE)
}

fn tcsendbreak(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, duration) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    call(t, || unsafe { libc::tcsendbreak(fd, duration) })?;
    Ok(Value::NONE)
}

fn tcdrain(t: &Thread, _m: &Value, fd: &Value) -> R {
    let fd = file_descriptor(t, fd)?;
    // SAFETY: takes a number.
    call(t, || unsafe { libc::tcdrain(fd) })?;
    Ok(Value::NONE)
}

fn tcflush(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, queue) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    call(t, || unsafe { libc::tcflush(fd, queue) })?;
    Ok(Value::NONE)
}

fn tcflow(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, action) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    // SAFETY: takes numbers.
    call(t, || unsafe { libc::tcflow(fd, action) })?;
    Ok(Value::NONE)
}

fn window(t: &Thread, fd: i32) -> R<libc::winsize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    let place = &raw mut size as usize;
    // SAFETY: the structure outlives the call, which fills it.
    call(t, || unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, place as *mut libc::winsize) })?;
    Ok(size)
}

fn tcgetwinsize(t: &Thread, _m: &Value, fd: &Value) -> R {
    let size = window(t, file_descriptor(t, fd)?)?;
    Ok(t.tuple([Value::small(size.ws_row.into()), Value::small(size.ws_col.into())]))
}

fn tcsetwinsize(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = file_descriptor(t, &a[0])?;
    let wrong = "tcsetwinsize, arg 2: must be a two-item sequence";
    if !protocol::is_sequence(t, &a[1]) || protocol::len(t, &a[1])? != 2 {
        return Err(t.type_error(wrong));
    }
    let items = [0, 1].map(|i| protocol::getitem(t, &a[1], &Value::small(i)).and_then(|v| protocol::index(t, &v)));
    let mut numbers = [0; 2];
    for (number, item) in numbers.iter_mut().zip(items) {
        *number = int::as_i64(&item?)
            .and_then(|n| u16::try_from(n).ok())
            .ok_or_else(|| t.overflow_error("winsize value(s) out of range."))?;
    }
    // The pixels stay as they are.
    let mut size = window(t, fd)?;
    [size.ws_row, size.ws_col] = numbers;
    let place = &raw const size as usize;
    // SAFETY: the structure outlives the call.
    call(t, || unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, place as *const libc::winsize) })?;
    Ok(Value::NONE)
}

/// The constants that `libc` has for all systems with terminals.
macro_rules! constants {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static CONSTANTS: &[(&str, i64)] = constants! {
    B0 B50 B75 B110 B134 B150 B200 B300 B600 B1200 B1800 B2400 B4800 B9600 B19200 B38400 B57600 B115200 B230400
    CSIZE CSTOPB CREAD PARENB PARODD HUPCL CLOCAL CRTSCTS CS5 CS6 CS7 CS8
    TCSANOW TCSADRAIN TCSAFLUSH TCIFLUSH TCOFLUSH TCIOFLUSH TCOOFF TCOON TCIOFF TCION
    IGNBRK BRKINT IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IXON IXANY IXOFF IMAXBEL IUTF8
    OPOST ONLCR OCRNL ONOCR ONLRET OFILL OFDEL NLDLY CRDLY TABDLY BSDLY VTDLY FFDLY
    ISIG ICANON ECHO ECHOE ECHOK ECHONL NOFLSH TOSTOP IEXTEN ECHOCTL ECHOPRT ECHOKE FLUSHO PENDIN EXTPROC
    VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT VEOL2 NCCS
    TIOCGWINSZ TIOCSWINSZ TIOCGPGRP TIOCSPGRP TIOCSCTTY TIOCNOTTY TIOCEXCL TIOCNXCL TIOCOUTQ TIOCSTI TIOCCONS
    TIOCMGET TIOCMSET TIOCMBIS TIOCMBIC TIOCM_LE TIOCM_DTR TIOCM_RTS TIOCM_ST TIOCM_SR TIOCM_CTS TIOCM_CAR TIOCM_RNG
    TIOCM_DSR TIOCM_CD TIOCM_RI FIONREAD FIONBIO FIOASYNC FIOCLEX FIONCLEX
};

#[cfg(target_os = "linux")]
static LINUX: &[(&str, i64)] = constants! {
    B460800 B500000 B576000 B921600 B1000000 B1152000 B1500000 B2000000 B2500000 B3000000 B3500000 B4000000
    CBAUD CBAUDEX CIBAUD EXTA EXTB IUCLC OLCUC XCASE XTABS NL0 NL1 CR0 CR1 CR2 CR3 TAB0 TAB1 TAB2 TAB3 BS0 BS1 VT0 VT1
    FF0 FF1 VSWTC TCGETS TCSETS TCSETSW TCSETSF TCSBRK TCSBRKP TCXONC TCFLSH TIOCINQ TIOCGSERIAL TIOCSSERIAL TIOCGSOFTCAR
    TIOCSSOFTCAR TIOCLINUX TIOCPKT TIOCGETD TIOCSETD TIOCMIWAIT TIOCGICOUNT
};
#[cfg(not(target_os = "linux"))]
static LINUX: &[(&str, i64)] = &[];

fn exec(t: &Thread, module: &Module) -> R<()> {
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    let class = ERROR.class(t)?;
    debug_assert!(class.cast::<Type>().is_some());
    dict.set_name(t, "error", class);
    for (name, value) in CONSTANTS.iter().chain(LINUX) {
        dict.set_name(t, name, int::from_i64(t, *value));
    }
    // What `sys/ttydefaults.h` assigns to the control characters, and a character that stands for none.
    let control =
        [("CINTR", 3), ("CQUIT", 28), ("CERASE", 127), ("CKILL", 21), ("CEOF", 4), ("CEOL", 0), ("CSUSP", 26)];
    let more = [("CSTART", 17), ("CSTOP", 19), ("CRPRNT", 18), ("CFLUSH", 15), ("CWERASE", 23), ("CLNEXT", 22)];
    for (name, value) in control.into_iter().chain(more).chain([("CEOT", 4), ("CDSUSP", 25), ("_POSIX_VDISABLE", 0)]) {
        dict.set_name(t, name, Value::small(value));
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("tcdrain", Func::One(tcdrain), "($module, fd, /)", "Wait until all output written to file descriptor fd has been transmitted."),
    Def::new("tcflow", Func::Pos(tcflow, 2, 2), "($module, fd, action, /)", "Suspend or resume input or output on file descriptor fd.\n\nThe action argument can be termios.TCOOFF to suspend output,\ntermios.TCOON to restart output, termios.TCIOFF to suspend input,\nor termios.TCION to restart input."),
    Def::new("tcflush", Func::Pos(tcflush, 2, 2), "($module, fd, queue, /)", "Discard queued data on file descriptor fd.\n\nThe queue selector specifies which queue: termios.TCIFLUSH for the input\nqueue, termios.TCOFLUSH for the output queue, or termios.TCIOFLUSH for\nboth queues."),
    Def::new("tcgetattr", Func::One(tcgetattr), "($module, fd, /)", "Get the tty attributes for file descriptor fd.\n\nReturns a list [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]\nwhere cc is a list of the tty special characters (each a string of\nlength 1, except the items with indices VMIN and VTIME, which are\nintegers when these fields are defined).  The interpretation of the\nflags and the speeds as well as the indexing in the cc array must be\ndone using the symbolic constants defined in this module."),
    Def::new("tcgetwinsize", Func::One(tcgetwinsize), "($module, fd, /)", "Get the tty winsize for file descriptor fd.\n\nReturns a tuple (ws_row, ws_col)."),
    Def::new("tcsendbreak", Func::Pos(tcsendbreak, 2, 2), "($module, fd, duration, /)", "Send a break on file descriptor fd.\n\nA zero duration sends a break for 0.25-0.5 seconds; a nonzero duration\nhas a system dependent meaning."),
    Def::new("tcsetattr", Func::Pos(tcsetattr, 3, 3), "($module, fd, when, attributes, /)", "Set the tty attributes for file descriptor fd.\n\nThe attributes to be set are taken from the attributes argument, which\nis a list like the one returned by tcgetattr(). The when argument\ndetermines when the attributes are changed: termios.TCSANOW to\nchange immediately, termios.TCSADRAIN to change after transmitting all\nqueued output, or termios.TCSAFLUSH to change after transmitting all\nqueued output and discarding all queued input."),
    Def::new("tcsetwinsize", Func::Pos(tcsetwinsize, 2, 2), "($module, fd, winsize, /)", "Set the tty winsize for file descriptor fd.\n\nThe winsize to be set is taken from the winsize argument, which\nis a two-item tuple (ws_row, ws_col) like the one returned by\ntcgetwinsize()."),
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.\n\
For a complete description of these calls, see the Posix or Unix manual\n\
pages. It is only available for those Unix versions that support Posix\n\
termios style tty I/O control.\n\n\
All functions in this module take a file descriptor fd as their first\n\
argument. This can be an integer file descriptor, such as returned by\n\
sys.stdin.fileno(), or a file object, such as sys.stdin itself.",
    functions: FUNCTIONS,
    exec: Some(exec),
};
