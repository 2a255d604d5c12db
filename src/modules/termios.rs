//! `termios`: how a terminal behaves.

use super::ModuleSpec;
use super::exceptions::Exception;
use crate::modules::system::{self, c_int, file_descriptor};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::cell::Cell;
use std::mem::MaybeUninit;

/// `termios.error`.
static ERROR: Exception = Exception { module: "termios", name: "error", base: |types| &types.exception };

/// The system's error, as the module's own exception with number and text.
fn failure(t: &Thread, error: i32) -> Raised {
    match ERROR.class(t) {
        Ok(class) => match class.cast::<Type>() {
            Some(class) => t.raise_with(class, &[Value::small(error.into()), t.str(crate::objects::os_message(error))]),
            None => t.os_error(error),
        },
        Err(raised) => raised,
    }
}

/// Makes a system call that may block.
fn call(t: &Thread, f: impl Fn() -> i32) -> R<()> {
    system::attempt(t, f)?.map(drop).map_err(|error| failure(t, error))
}

/// The settings now.
fn settings(t: &Thread, fd: i32) -> R<libc::termios> {
    let found = Cell::new(MaybeUninit::<libc::termios>::zeroed());
    // SAFETY: room for the settings.
    call(t, || unsafe { libc::tcgetattr(fd, found.as_ptr().cast()) })?;
    // SAFETY: filled by the call.
    Ok(unsafe { found.into_inner().assume_init() })
}

fn tcgetattr(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let found = settings(t, file_descriptor(t, &a[0])?)?;
    let mut characters: Vec<Value> = found.c_cc.iter().map(|&c| Bytes::make(t, &[c])).collect();
    if found.c_lflag & libc::ICANON == 0 {
        for i in [libc::VMIN, libc::VTIME] {
            characters[i] = Value::small(found.c_cc[i].into());
        }
    }
    // SAFETY: read the settings.
    let speeds = unsafe { [libc::cfgetispeed(&found), libc::cfgetospeed(&found)] };
    let flags = [found.c_iflag, found.c_oflag, found.c_cflag, found.c_lflag];
    let numbers = flags.into_iter().chain(speeds).map(|n| int::from_u64(t, n.into()));
    let list: Vec<Value> = numbers.chain([List::make(t, characters)]).collect();
    Ok(List::make(t, list))
}

/// A number whose low 32 bits count.
fn flags_arg(t: &Thread, v: &Value) -> R<u32> {
    let i = protocol::index(t, v)?;
    let low = int::as_i64(&i).or_else(|| int::as_u64(&i).map(|n| n as i64));
    low.map(|n| n as u32).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

fn tcsetattr(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (fd, when) = (file_descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let wrong = || t.type_error("tcsetattr, arg 3: must be 7 element list");
    let attributes = a[2].cast::<List>().map(|l| l.snapshot(t)).filter(|l| l.len() == 7).ok_or_else(wrong)?;
    let mut new = settings(t, fd)?;
    let places = [&mut new.c_iflag, &mut new.c_oflag, &mut new.c_cflag, &mut new.c_lflag];
    for (place, value) in places.into_iter().zip(&attributes) {
        *place = flags_arg(t, value)?;
    }
    let (input, output) = (flags_arg(t, &attributes[4])?, flags_arg(t, &attributes[5])?);
    let characters = attributes[6].cast::<List>().map(|l| l.snapshot(t)).filter(|l| l.len() == new.c_cc.len());
    let Some(characters) = characters else {
        return Err(t.type_error(format!("tcsetattr: attributes[6] must be {} element list", new.c_cc.len())));
    };
    for (place, value) in new.c_cc.iter_mut().zip(&characters) {
        *place = match value.cast::<Bytes>().map(|b| b.as_slice()) {
            Some(&[c]) => c,
            None if int::is_int(value) => flags_arg(t, value)? as u8,
            _ => {
                let message = "tcsetattr: elements of attributes must be bytes objects of length 1 or integers";
                return Err(t.type_error(message));
            }
        };
    }
    // SAFETY: change the settings; unknown speeds are refused.
    unsafe {
        if libc::cfsetispeed(&mut new, input) == -1 || libc::cfsetospeed(&mut new, output) == -1 {
            return Err(failure(t, system::errno()));
        }
    }
    // SAFETY: reads the settings.
    call(t, || unsafe { libc::tcsetattr(fd, when, &new) })?;
    Ok(Value::NONE)
}

macro_rules! calls {
    ($($name:ident($($arg:ident)*))*) => {
        $(fn $name(t: &Thread, _m: &Value, a: &[Value]) -> R {
            let fd = file_descriptor(t, &a[0])?;
            let mut _rest = a[1..].iter();
            $(let $arg = c_int(t, _rest.next().unwrap_or(Value::none()))?;)*
            // SAFETY: takes numbers.
            call(t, || unsafe { libc::$name(fd $(, $arg)*) })?;
            Ok(Value::NONE)
        })*
    };
}

calls! { tcsendbreak(duration) tcdrain() tcflush(queue) tcflow(action) }

fn tcgetwinsize(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = file_descriptor(t, &a[0])?;
    let size = Cell::new(libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 });
    // SAFETY: room for the size.
    call(t, || unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, size.as_ptr()) })?;
    let size = size.into_inner();
    Ok(t.tuple([size.ws_row, size.ws_col].map(|n| Value::small(n.into()))))
}

fn tcsetwinsize(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = file_descriptor(t, &a[0])?;
    let wrong = || t.type_error("tcsetwinsize, arg 2: must be a two-item sequence");
    if !protocol::is_sequence(t, &a[1]) || protocol::len(t, &a[1])? != 2 {
        return Err(wrong());
    }
    let items = protocol::collect(t, &a[1])?;
    let [rows, columns] = &items[..] else { return Err(wrong()) };
    let dimension = |v: &Value| {
        let n = int::clamp_isize(&protocol::index(t, v)?);
        u16::try_from(n).map_err(|_| t.overflow_error("winsize value(s) out of range."))
    };
    let (rows, columns) = (dimension(rows)?, dimension(columns)?);
    let size = Cell::new(libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 });
    // SAFETY: room for the size.
    call(t, || unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, size.as_ptr()) })?;
    let new = libc::winsize { ws_row: rows, ws_col: columns, ..size.into_inner() };
    // SAFETY: reads the size.
    call(t, || unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &new) })?;
    Ok(Value::NONE)
}

/// The numbers of Linux, by name.
static NUMBERS: &[(&str, i64)] = &[
    ("B0", 0),
    ("B1000000", 1000000),
    ("B110", 110),
    ("B115200", 115200),
    ("B1152000", 1152000),
    ("B1200", 1200),
    ("B134", 134),
    ("B14400", 14400),
    ("B150", 150),
    ("B1500000", 1500000),
    ("B1800", 1800),
    ("B19200", 19200),
    ("B200", 200),
    ("B2000000", 2000000),
    ("B230400", 230400),
    ("B2400", 2400),
    ("B2500000", 2500000),
    ("B28800", 28800),
    ("B300", 300),
    ("B3000000", 3000000),
    ("B3500000", 3500000),
    ("B38400", 38400),
    ("B4000000", 4000000),
    ("B460800", 460800),
    ("B4800", 4800),
    ("B50", 50),
    ("B500000", 500000),
    ("B57600", 57600),
    ("B576000", 576000),
    ("B600", 600),
    ("B7200", 7200),
    ("B75", 75),
    ("B76800", 76800),
    ("B921600", 921600),
    ("B9600", 9600),
    ("BRKINT", 2),
    ("BS0", 0),
    ("BS1", 8192),
    ("BSDLY", 8192),
    ("CBAUD", 4111),
    ("CBAUDEX", 4096),
    ("CDSUSP", 25),
    ("CEOF", 4),
    ("CEOL", 0),
    ("CEOT", 4),
    ("CERASE", 127),
    ("CFLUSH", 15),
    ("CIBAUD", 269418496),
    ("CINTR", 3),
    ("CKILL", 21),
    ("CLNEXT", 22),
    ("CLOCAL", 2048),
    ("CQUIT", 28),
    ("CR0", 0),
    ("CR1", 512),
    ("CR2", 1024),
    ("CR3", 1536),
    ("CRDLY", 1536),
    ("CREAD", 128),
    ("CRPRNT", 18),
    ("CRTSCTS", 2147483648),
    ("CS5", 0),
    ("CS6", 16),
    ("CS7", 32),
    ("CS8", 48),
    ("CSIZE", 48),
    ("CSTART", 17),
    ("CSTOP", 19),
    ("CSTOPB", 64),
    ("CSUSP", 26),
    ("CWERASE", 23),
    ("ECHO", 8),
    ("ECHOCTL", 512),
    ("ECHOE", 16),
    ("ECHOK", 32),
    ("ECHOKE", 2048),
    ("ECHONL", 64),
    ("ECHOPRT", 1024),
    ("EXTA", 19200),
    ("EXTB", 38400),
    ("EXTPROC", 65536),
    ("FF0", 0),
    ("FF1", 32768),
    ("FFDLY", 32768),
    ("FIOASYNC", 21586),
    ("FIOCLEX", 21585),
    ("FIONBIO", 21537),
    ("FIONCLEX", 21584),
    ("FIONREAD", 21531),
    ("FLUSHO", 4096),
    ("HUPCL", 1024),
    ("IBSHIFT", 16),
    ("ICANON", 2),
    ("ICRNL", 256),
    ("IEXTEN", 32768),
    ("IGNBRK", 1),
    ("IGNCR", 128),
    ("IGNPAR", 4),
    ("IMAXBEL", 8192),
    ("INLCR", 64),
    ("INPCK", 16),
    ("IOCSIZE_MASK", 1073676288),
    ("IOCSIZE_SHIFT", 16),
    ("ISIG", 1),
    ("ISTRIP", 32),
    ("IUCLC", 512),
    ("IUTF8", 16384),
    ("IXANY", 2048),
    ("IXOFF", 4096),
    ("IXON", 1024),
    ("NCCS", 32),
    ("NL0", 0),
    ("NL1", 256),
    ("NLDLY", 256),
    ("NOFLSH", 128),
    ("N_MOUSE", 2),
    ("N_PPP", 3),
    ("N_SLIP", 1),
    ("N_STRIP", 4),
    ("N_TTY", 0),
    ("OCRNL", 8),
    ("OFDEL", 128),
    ("OFILL", 64),
    ("OLCUC", 2),
    ("ONLCR", 4),
    ("ONLRET", 32),
    ("ONOCR", 16),
    ("OPOST", 1),
    ("PARENB", 256),
    ("PARMRK", 8),
    ("PARODD", 512),
    ("PENDIN", 16384),
    ("TAB0", 0),
    ("TAB1", 2048),
    ("TAB2", 4096),
    ("TAB3", 6144),
    ("TABDLY", 6144),
    ("TCFLSH", 21515),
    ("TCGETS", 21505),
    ("TCIFLUSH", 0),
    ("TCIOFF", 2),
    ("TCIOFLUSH", 2),
    ("TCION", 3),
    ("TCOFLUSH", 1),
    ("TCOOFF", 0),
    ("TCOON", 1),
    ("TCSADRAIN", 1),
    ("TCSAFLUSH", 2),
    ("TCSANOW", 0),
    ("TCSBRK", 21513),
    ("TCSBRKP", 21541),
    ("TCSETS", 21506),
    ("TCSETSF", 21508),
    ("TCSETSW", 21507),
    ("TCXONC", 21514),
    ("TIOCCONS", 21533),
    ("TIOCEXCL", 21516),
    ("TIOCGETD", 21540),
    ("TIOCGICOUNT", 21597),
    ("TIOCGLCKTRMIOS", 21590),
    ("TIOCGPGRP", 21519),
    ("TIOCGSERIAL", 21534),
    ("TIOCGSOFTCAR", 21529),
    ("TIOCGWINSZ", 21523),
    ("TIOCINQ", 21531),
    ("TIOCLINUX", 21532),
    ("TIOCMBIC", 21527),
    ("TIOCMBIS", 21526),
    ("TIOCMGET", 21525),
    ("TIOCMIWAIT", 21596),
    ("TIOCMSET", 21528),
    ("TIOCM_CAR", 64),
    ("TIOCM_CD", 64),
    ("TIOCM_CTS", 32),
    ("TIOCM_DSR", 256),
    ("TIOCM_DTR", 2),
    ("TIOCM_LE", 1),
    ("TIOCM_RI", 128),
    ("TIOCM_RNG", 128),
    ("TIOCM_RTS", 4),
    ("TIOCM_SR", 16),
    ("TIOCM_ST", 8),
    ("TIOCNOTTY", 21538),
    ("TIOCNXCL", 21517),
    ("TIOCOUTQ", 21521),
    ("TIOCPKT", 21536),
    ("TIOCPKT_DATA", 0),
    ("TIOCPKT_DOSTOP", 32),
    ("TIOCPKT_FLUSHREAD", 1),
    ("TIOCPKT_FLUSHWRITE", 2),
    ("TIOCPKT_NOSTOP", 16),
    ("TIOCPKT_START", 8),
    ("TIOCPKT_STOP", 4),
    ("TIOCSCTTY", 21518),
    ("TIOCSERCONFIG", 21587),
    ("TIOCSERGETLSR", 21593),
    ("TIOCSERGETMULTI", 21594),
    ("TIOCSERGSTRUCT", 21592),
    ("TIOCSERGWILD", 21588),
    ("TIOCSERSETMULTI", 21595),
    ("TIOCSERSWILD", 21589),
    ("TIOCSER_TEMT", 1),
    ("TIOCSETD", 21539),
    ("TIOCSLCKTRMIOS", 21591),
    ("TIOCSPGRP", 21520),
    ("TIOCSSERIAL", 21535),
    ("TIOCSSOFTCAR", 21530),
    ("TIOCSTI", 21522),
    ("TIOCSWINSZ", 21524),
    ("TOSTOP", 256),
    ("VDISCARD", 13),
    ("VEOF", 4),
    ("VEOL", 11),
    ("VEOL2", 16),
    ("VERASE", 2),
    ("VINTR", 0),
    ("VKILL", 3),
    ("VLNEXT", 15),
    ("VMIN", 6),
    ("VQUIT", 1),
    ("VREPRINT", 12),
    ("VSTART", 8),
    ("VSTOP", 9),
    ("VSUSP", 10),
    ("VSWTC", 7),
    ("VSWTCH", 7),
    ("VT0", 0),
    ("VT1", 16384),
    ("VTDLY", 16384),
    ("VTIME", 5),
    ("VWERASE", 14),
    ("XCASE", 4),
    ("XTABS", 6144),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    NUMBERS.iter().for_each(|&(name, n)| module.set(t, name, int::from_i64(t, n)));
    module.set(t, "error", ERROR.class(t)?);
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.\nFor a complete description of these calls, see the Posix or Unix manual\npages. It is only available for those Unix versions that support Posix\ntermios style tty I/O control (and then only if configured at installation\ntime).\n\nAll functions in this module take a file descriptor fd as their first\nargument. This can be an integer file descriptor, such as returned by\nsys.stdin.fileno(), or a file object, such as sys.stdin itself.",
    functions: &[
        Def::new(
            "tcgetattr",
            Func::Pos(tcgetattr, 1, 1),
            "($module, fd, /)",
            "Get the tty attributes for file descriptor fd.",
        ),
        Def::new(
            "tcsetattr",
            Func::Pos(tcsetattr, 3, 3),
            "($module, fd, when, attributes, /)",
            "Set the tty attributes for file descriptor fd.",
        ),
        Def::new(
            "tcsendbreak",
            Func::Pos(tcsendbreak, 2, 2),
            "($module, fd, duration, /)",
            "Send a break on file descriptor fd.",
        ),
        Def::new(
            "tcdrain",
            Func::Pos(tcdrain, 1, 1),
            "($module, fd, /)",
            "Wait until all output written to file descriptor fd has been transmitted.",
        ),
        Def::new(
            "tcflush",
            Func::Pos(tcflush, 2, 2),
            "($module, fd, queue, /)",
            "Discard queued data on file descriptor fd.",
        ),
        Def::new(
            "tcflow",
            Func::Pos(tcflow, 2, 2),
            "($module, fd, action, /)",
            "Suspend or resume input or output on file descriptor fd.",
        ),
        Def::new(
            "tcgetwinsize",
            Func::Pos(tcgetwinsize, 1, 1),
            "($module, fd, /)",
            "Get the tty winsize for file descriptor fd.",
        ),
        Def::new(
            "tcsetwinsize",
            Func::Pos(tcsetwinsize, 2, 2),
            "($module, fd, winsize, /)",
            "Set the tty winsize for file descriptor fd.",
        ),
    ],
    exec: Some(exec),
};
