//! What the system says of itself: names, limits, errors, randomness, terminals, devices.

use crate::modules::system::path::decode;
use crate::modules::system::{self, c_int, c_int_or, given};
use crate::objects::bytes::Bytes;
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::CStr;
use std::mem::MaybeUninit;

static UNAME_RESULT: Description = Description::new(
    "posix.uname_result",
    "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.",
    &[
        ("sysname", "operating system name"),
        ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"),
        ("version", "operating system version"),
        ("machine", "hardware identifier"),
    ],
    5,
);

static TERMINAL_SIZE: Description = Description::new(
    "os.terminal_size",
    "A tuple of (columns, lines) for holding terminal window size",
    &[
        ("columns", "width of the terminal window in characters"),
        ("lines", "height of the terminal window in characters"),
    ],
    2,
);

static TIMES_RESULT: Description = Description::new(
    "posix.times_result",
    "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.",
    &[
        ("user", "user time"),
        ("system", "system time"),
        ("children_user", "user time of children"),
        ("children_system", "system time of children"),
        ("elapsed", "elapsed time since an arbitrary point in the past"),
    ],
    5,
);

fn uname(t: &Thread, _m: &Value) -> R {
    let mut found = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: room for the structure, which the call fills with strings that end with a zero.
    let u = unsafe {
        system::check(t, libc::uname(found.as_mut_ptr()))?;
        found.assume_init()
    };
    let fields = [&u.sysname, &u.nodename, &u.release, &u.version, &u.machine];
    // SAFETY: as above.
    let text = fields.map(|f| decode(t, unsafe { CStr::from_ptr(f.as_ptr()) }.to_bytes()));
    struct_sequence::make(t, &UNAME_RESULT, text)
}

fn times(t: &Thread, _m: &Value) -> R {
    let mut found = MaybeUninit::<libc::tms>::zeroed();
    // SAFETY: room for the structure, zeroed.
    let (elapsed, tms, ticks) =
        unsafe { (libc::times(found.as_mut_ptr()), found.assume_init(), libc::sysconf(libc::_SC_CLK_TCK)) };
    let values = [tms.tms_utime, tms.tms_stime, tms.tms_cutime, tms.tms_cstime, elapsed];
    struct_sequence::make(t, &TIMES_RESULT, values.map(|v| float::new(t, v as f64 / ticks.max(1) as f64)))
}

/// Only an extension module in C could set the hook.
fn has_input_hook(_t: &Thread, _m: &Value) -> R {
    Ok(Value::FALSE)
}

fn input_hook(_t: &Thread, _m: &Value) -> R {
    Ok(Value::NONE)
}

fn cpu_count(t: &Thread, _m: &Value) -> R {
    // `-X cpu_count`, `PYTHON_CPU_COUNT`
    let set = crate::modules::sys::settings::cpu_count_config(t, Value::none())?;
    if int::as_i64(&set).is_some_and(|n| n > 0) {
        return Ok(set);
    }
    // SAFETY: asks for a number.
    match unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) } {
        n if n < 1 => Ok(Value::NONE),
        n => Ok(Value::small(n)),
    }
}

fn strerror(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let code = c_int(t, &a[0])?;
    // SAFETY: the string ends with a zero and stays until the next call in this thread.
    let message = unsafe { CStr::from_ptr(libc::strerror(code)) };
    Ok(decode(t, message.to_bytes()))
}

/// Random bytes from the system.
fn random(t: &Thread, size: usize, flags: u32) -> R<Vec<u8>> {
    let mut data = Vec::new();
    if data.try_reserve_exact(size).is_err() {
        return Err(t.memory_error());
    }
    data.resize(size, 0u8);
    let mut done = 0;
    while done < size {
        let rest = &mut data[done..];
        let (place, room) = (rest.as_mut_ptr(), rest.len());
        // SAFETY: the rest has that room.
        done += system::call(t, || unsafe { libc::getrandom(place.cast(), room, flags) })? as usize;
    }
    Ok(data)
}

fn urandom(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let Ok(size) = usize::try_from(int::arg_isize(t, &a[0])?) else {
        return Err(t.value_error("negative argument not allowed"));
    };
    Ok(Bytes::make(t, &random(t, size, 0)?))
}

fn getrandom(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (size, flags) = (int::arg_isize(t, given(&a[0]))?, c_int_or(t, &a[1], 0)?);
    let Ok(size) = usize::try_from(size) else { return Err(t.os_error(libc::EINVAL)) };
    let mut data = vec![0u8; size.min(0x1FF_FFFF)];
    let (place, room) = (data.as_mut_ptr(), data.len());
    // SAFETY: the data has that room.
    let n = system::call(t, || unsafe { libc::getrandom(place.cast(), room, flags as u32) })?;
    Ok(Bytes::make(t, &data[..n as usize]))
}

fn get_terminal_size(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let fd = a.first().map_or(Ok(1), |v| c_int(t, v))?;
    let mut found = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: room for the structure, zeroed.
    let size = unsafe {
        system::check(t, libc::ioctl(fd, libc::TIOCGWINSZ, found.as_mut_ptr()))?;
        found.assume_init()
    };
    struct_sequence::make(t, &TERMINAL_SIZE, [size.ws_col, size.ws_row].map(|n| Value::small(n.into())))
}

fn getloadavg(t: &Thread, _m: &Value) -> R {
    let mut load = [0f64; 3];
    // SAFETY: room for three.
    if unsafe { libc::getloadavg(load.as_mut_ptr(), 3) } != 3 {
        return Err(system::os_error_text(t, "Load averages are unobtainable"));
    }
    Ok(t.tuple(load.map(|l| float::new(t, l))))
}

/// A device number.
pub fn device(t: &Thread, v: &Value) -> R<libc::dev_t> {
    let i = protocol::index(t, v)?;
    match (int::as_u64(&i), int::as_i64(&i)) {
        (Some(d), _) => Ok(d),
        // `NODEV`.
        (None, Some(-1)) => Ok(libc::dev_t::MAX),
        _ => Err(t.overflow_error("can't convert negative int to unsigned")),
    }
}

fn major(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let device = device(t, &a[0])?;
    Ok(if device == libc::dev_t::MAX { Value::small(-1) } else { Value::small(libc::major(device).into()) })
}

fn minor(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let device = device(t, &a[0])?;
    Ok(if device == libc::dev_t::MAX { Value::small(-1) } else { Value::small(libc::minor(device).into()) })
}

fn makedev(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (major, minor) = (device(t, &a[0])?, device(t, &a[1])?);
    match (u32::try_from(major), u32::try_from(minor)) {
        (Ok(major), Ok(minor)) => Ok(int::from_u64(t, libc::makedev(major, minor))),
        _ if major == libc::dev_t::MAX && minor == libc::dev_t::MAX => Ok(Value::small(-1)),
        _ => Err(t.overflow_error("Python int too large to convert to C unsigned int")),
    }
}

/// Adds the types.
pub fn add(t: &Thread, module: &Module) {
    module.set(t, "uname_result", struct_sequence::type_of(t, &UNAME_RESULT));
    module.set(t, "terminal_size", struct_sequence::type_of(t, &TERMINAL_SIZE));
    module.set(t, "times_result", struct_sequence::type_of(t, &TIMES_RESULT));
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "uname",
        Func::NoArgs(uname),
        "($module, /)",
        "Return an object identifying the current operating system.\n\nThe object behaves like a named tuple with the following fields:\n  (sysname, nodename, release, version, machine)",
    ),
    Def::new(
        "times",
        Func::NoArgs(times),
        "($module, /)",
        "Return a collection containing process timing information.\n\nThe object returned behaves like a named tuple with these fields:\n  (utime, stime, cutime, cstime, elapsed_time)\nAll fields are floating-point numbers.",
    ),
    Def::new("_inputhook", Func::NoArgs(input_hook), "($module, /)", "Calls PyOS_CallInputHook droppong the GIL first"),
    Def::new(
        "_is_inputhook_installed",
        Func::NoArgs(has_input_hook),
        "($module, /)",
        "Checks if PyOS_CallInputHook is set",
    ),
    Def::new(
        "cpu_count",
        Func::NoArgs(cpu_count),
        "($module, /)",
        "Return the number of logical CPUs in the system.\n\nReturn None if indeterminable.",
    ),
    Def::new(
        "strerror",
        Func::Pos(strerror, 1, 1),
        "($module, code, /)",
        "Translate an error code to a message string.",
    ),
    Def::new(
        "urandom",
        Func::Pos(urandom, 1, 1),
        "($module, size, /)",
        "Return a bytes object containing random bytes suitable for cryptographic use.",
    ),
    Def::new("getrandom", Func::Bound(getrandom), "($module, /, size, flags=0)", "Obtain a series of random bytes."),
    Def::new(
        "get_terminal_size",
        Func::Pos(get_terminal_size, 0, 1),
        "($module, fd=<unrepresentable>, /)",
        "Return the size of the terminal window as (columns, lines).\n\nThe optional argument fd (default standard output) specifies\nwhich file descriptor should be queried.\n\nIf the file descriptor is not connected to a terminal, an OSError\nis thrown.\n\nThis function will only be defined if an implementation is\navailable for this system.\n\nshutil.get_terminal_size is the high-level function which should\nnormally be used, os.get_terminal_size is the low-level implementation.",
    ),
    Def::new(
        "getloadavg",
        Func::NoArgs(getloadavg),
        "($module, /)",
        "Return average recent system load information.\n\nReturn the number of processes in the system run queue averaged over\nthe last 1, 5, and 15 minutes as a tuple of three floats.\nRaises OSError if the load average was unobtainable.",
    ),
    Def::new(
        "major",
        Func::Pos(major, 1, 1),
        "($module, device, /)",
        "Extracts a device major number from a raw device number.",
    ),
    Def::new(
        "minor",
        Func::Pos(minor, 1, 1),
        "($module, device, /)",
        "Extracts a device minor number from a raw device number.",
    ),
    Def::new(
        "makedev",
        Func::Pos(makedev, 2, 2),
        "($module, major, minor, /)",
        "Composes a raw device number from the major and minor device numbers.",
    ),
];
