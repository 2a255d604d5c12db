//! `resource`: limits on what a process uses, and what it has used.

use super::ModuleSpec;
use crate::modules::sys::audit::audit;
use crate::modules::system::{self, c_int};
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::mem::MaybeUninit;

static STRUCT_RUSAGE: Description = Description::new(
    "resource.struct_rusage",
    "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
    &[
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ],
    16,
);

/// A `struct_rusage` of what the system has counted.
pub fn usage(t: &Thread, u: &libc::rusage) -> R {
    let time = |tv: libc::timeval| float::new(t, tv.tv_sec as f64 + tv.tv_usec as f64 * 1e-6);
    let counts = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    let values = [time(u.ru_utime), time(u.ru_stime)].into_iter().chain(counts.map(|n| int::from_i64(t, n)));
    struct_sequence::make(t, &STRUCT_RUSAGE, values)
}

fn getrusage(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let who = c_int(t, &a[0])?;
    let mut found = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: room for the structure, zeroed.
    let (answer, found) = unsafe { (libc::getrusage(who as _, found.as_mut_ptr()), found.assume_init()) };
    match answer {
        0 => usage(t, &found),
        _ if system::errno() == libc::EINVAL => Err(t.value_error("invalid who parameter")),
        _ => Err(t.last_os_error()),
    }
}

/// A limit; -1 is none.
fn limit(t: &Thread, v: &Value) -> R<libc::rlim_t> {
    let i = protocol::index(t, v)?;
    match (int::as_i64(&i), int::as_u64(&i)) {
        (Some(-1), _) => Ok(libc::RLIM_INFINITY),
        (_, Some(n)) => Ok(n),
        _ if int::clamp_isize(&i) < 0 => Err(t.value_error("Cannot convert negative int")),
        _ => Err(t.overflow_error("Python int too large to convert to C rlim_t")),
    }
}

fn limits(t: &Thread, v: &Value) -> R<libc::rlimit> {
    let pair = protocol::collect(t, v)?;
    let [soft, hard] = &pair[..] else { return Err(t.value_error("expected a tuple of 2 integers")) };
    Ok(libc::rlimit { rlim_cur: limit(t, soft)?, rlim_max: limit(t, hard)? })
}

fn limits_to_python(t: &Thread, limits: libc::rlimit) -> Value {
    let number = |n| if n == libc::RLIM_INFINITY { Value::small(-1) } else { int::from_u64(t, n) };
    t.tuple([number(limits.rlim_cur), number(limits.rlim_max)])
}

fn resource_number(t: &Thread, v: &Value) -> R<u32> {
    let n = c_int(t, v)?;
    u32::try_from(n).ok().filter(|&n| n < 16).ok_or_else(|| t.value_error("invalid resource specified"))
}

fn getrlimit(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let resource = resource_number(t, &a[0])?;
    let mut found = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: room for the limits.
    system::check(t, unsafe { libc::getrlimit(resource, &mut found) })?;
    Ok(limits_to_python(t, found))
}

/// The error of a call that sets limits.
fn refused(t: &Thread) -> R {
    match system::errno() {
        libc::EINVAL => Err(t.value_error("current limit exceeds maximum limit")),
        libc::EPERM => Err(t.value_error("not allowed to raise maximum limit")),
        error => Err(t.os_error(error)),
    }
}

fn setrlimit(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let resource = resource_number(t, &a[0])?;
    audit(t, "resource.setrlimit", a)?;
    let new = limits(t, &a[1])?;
    // SAFETY: reads the limits.
    match unsafe { libc::setrlimit(resource, &new) } {
        0 => Ok(Value::NONE),
        _ => refused(t),
    }
}

fn prlimit(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (pid, resource) = (c_int(t, &a[0])?, resource_number(t, &a[1])?);
    let given = a.get(2).filter(|v| !v.is_none());
    audit(t, "resource.prlimit", &[a[0].clone(), a[1].clone(), given.cloned().unwrap_or(Value::NONE)])?;
    let new = given.map(|v| limits(t, v)).transpose()?;
    let new = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: reads the new limits, if there are any; room for the old ones.
    match unsafe { libc::prlimit(pid, resource, new, &mut old) } {
        0 => Ok(limits_to_python(t, old)),
        _ if system::errno() == libc::EINVAL => Err(t.value_error("current limit exceeds maximum limit")),
        _ => Err(t.last_os_error()),
    }
}

fn getpagesize(_t: &Thread, _m: &Value) -> R {
    // SAFETY: asks for a number.
    Ok(Value::small(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_NOFILE RLIMIT_AS RLIMIT_RSS RLIMIT_NPROC
    RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RUSAGE_SELF
    RUSAGE_CHILDREN RUSAGE_THREAD
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "error", t.types().os_error.value());
    module.set(t, "struct_rusage", struct_sequence::type_of(t, &STRUCT_RUSAGE));
    NUMBERS.iter().for_each(|&(name, n)| module.set(t, name, Value::small(n)));
    module.set(t, "RLIMIT_OFILE", Value::small(libc::RLIMIT_NOFILE.into()));
    module.set(t, "RLIM_INFINITY", Value::small(-1));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "resource",
    functions: &[
        Def::new("getrusage", Func::Pos(getrusage, 1, 1), "($module, who, /)", ""),
        Def::new("getrlimit", Func::Pos(getrlimit, 1, 1), "($module, resource, /)", ""),
        Def::new("prlimit", Func::Pos(prlimit, 2, 3), "($module, pid, resource, limits=None, /)", ""),
        Def::new("setrlimit", Func::Pos(setrlimit, 2, 2), "($module, resource, limits, /)", ""),
        Def::new("getpagesize", Func::NoArgs(getpagesize), "($module, /)", ""),
    ],
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
