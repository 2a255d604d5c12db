//! How the system schedules processes.

use crate::modules::native_type::Signature;
use crate::modules::system::{self, c_int, given};
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::set::Set;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

static SCHED_PARAM: Description = Description::new(
    "posix.sched_param",
    "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.",
    &[("sched_priority", "the scheduling priority")],
    1,
)
.with_constructor(new_param, &[Def::new("__reduce__", Func::NoArgs(reduce_param), "", ""), struct_sequence::REPLACE]);

fn new_param(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("sched_param", "(sched_priority)");
    let [priority] = SIGNATURE.bind(t, args)?;
    struct_sequence::make(t, &SCHED_PARAM, priority)
}

fn reduce_param(t: &Thread, v: &Value) -> R {
    let items = v.cast::<Tuple>().map_or(&[][..], |v| v.items());
    Ok(t.tuple([v.type_of_value(t), Tuple::from_slice(t, items)]))
}

/// The parameters that a `sched_param` stands for.
pub fn param(t: &Thread, v: &Value) -> R<libc::sched_param> {
    if !v.type_of_value(t).is(&struct_sequence::type_of(t, &SCHED_PARAM)) {
        return Err(t.type_error("must have a sched_param object"));
    }
    let priority = v.cast::<Tuple>().and_then(|tuple| tuple.items().first()).unwrap_or(Value::none());
    let priority = protocol::index(t, priority)?;
    match int::as_i64(&priority).map(i32::try_from) {
        Some(Ok(sched_priority)) => Ok(libc::sched_param { sched_priority }),
        _ => Err(t.overflow_error("sched_priority out of range")),
    }
}

fn priority_max(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let policy = c_int(t, given(&a[0]))?;
    // SAFETY: takes a number.
    Ok(Value::small(system::check(t, unsafe { libc::sched_get_priority_max(policy) })?.into()))
}

fn priority_min(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let policy = c_int(t, given(&a[0]))?;
    // SAFETY: takes a number.
    Ok(Value::small(system::check(t, unsafe { libc::sched_get_priority_min(policy) })?.into()))
}

fn getscheduler(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    // SAFETY: takes a number.
    Ok(Value::small(system::check(t, unsafe { libc::sched_getscheduler(pid) })?.into()))
}

fn setscheduler(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (pid, policy, param) = (c_int(t, &a[0])?, c_int(t, &a[1])?, param(t, &a[2])?);
    // SAFETY: reads the parameters.
    system::check(t, unsafe { libc::sched_setscheduler(pid, policy, &param) })?;
    Ok(Value::NONE)
}

fn getparam(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    let mut param = libc::sched_param { sched_priority: 0 };
    // SAFETY: room for the parameters.
    system::check(t, unsafe { libc::sched_getparam(pid, &mut param) })?;
    struct_sequence::make(t, &SCHED_PARAM, [Value::small(param.sched_priority.into())])
}

fn setparam(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (pid, param) = (c_int(t, &a[0])?, param(t, &a[1])?);
    // SAFETY: reads the parameters.
    system::check(t, unsafe { libc::sched_setparam(pid, &param) })?;
    Ok(Value::NONE)
}

fn rr_get_interval(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    let mut interval = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for the interval.
    system::check(t, unsafe { libc::sched_rr_get_interval(pid, &mut interval) })?;
    Ok(float::new(t, interval.tv_sec as f64 + 1e-9 * interval.tv_nsec as f64))
}

fn sched_yield(t: &Thread, _m: &Value) -> R {
    // SAFETY: takes nothing.
    let answer = t.blocking(|| unsafe { libc::sched_yield() });
    system::check(t, answer)?;
    Ok(Value::NONE)
}

/// Processors are bits of words: so many fit one.
const WORD: usize = 64;
/// More processors than any system has.
const MOST: usize = 1 << 24;

fn setaffinity(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    let mut bits: Vec<u64> = vec![0; 16];
    protocol::for_each(t, &a[1], |item| {
        if !int::is_int(&item) {
            let given = item.type_of(t).name_str();
            return Err(t.type_error(format!("expected an iterator of ints, but iterator yielded <class '{given}'>")));
        }
        let cpu = match int::clamp_isize(&item) {
            n if n < 0 => return Err(t.value_error("negative CPU number")),
            n if n as usize > i32::MAX as usize - 1 => return Err(t.overflow_error("CPU number too large")),
            n if n as usize >= MOST => return Err(t.os_error(libc::EINVAL)),
            n => n as usize,
        };
        if cpu / WORD >= bits.len() {
            bits.resize(cpu / WORD + 1, 0);
        }
        bits[cpu / WORD] |= 1 << (cpu % WORD);
        Ok(())
    })?;
    // SAFETY: a set of that many bytes.
    system::check(t, unsafe { libc::sched_setaffinity(pid, bits.len() * 8, bits.as_ptr().cast()) })?;
    Ok(Value::NONE)
}

fn getaffinity(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let pid = c_int(t, &a[0])?;
    let mut bits: Vec<u64> = vec![0; 16];
    loop {
        // SAFETY: room for a set of that many bytes.
        let answer = unsafe { libc::sched_getaffinity(pid, bits.len() * 8, bits.as_mut_ptr().cast()) };
        match answer {
            -1 if system::errno() == libc::EINVAL && bits.len() < MOST / WORD => bits = vec![0; bits.len() * 2],
            -1 => return Err(t.last_os_error()),
            _ => break,
        }
    }
    let found = Set::make(t);
    let set = found.cast::<Set>().expect("just made");
    for cpu in (0..bits.len() * WORD).filter(|cpu| bits[cpu / WORD] & 1 << (cpu % WORD) != 0) {
        set.add(t, &Value::small(cpu as i64))?;
    }
    Ok(found)
}

pub fn add(t: &Thread, module: &Module) {
    module.set(t, "sched_param", struct_sequence::type_of(t, &SCHED_PARAM));
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "sched_get_priority_max",
        Func::Bound(priority_max),
        "($module, /, policy)",
        "Get the maximum scheduling priority for policy.",
    ),
    Def::new(
        "sched_get_priority_min",
        Func::Bound(priority_min),
        "($module, /, policy)",
        "Get the minimum scheduling priority for policy.",
    ),
    Def::new(
        "sched_getscheduler",
        Func::Pos(getscheduler, 1, 1),
        "($module, pid, /)",
        "Get the scheduling policy for the process identified by pid.\n\nPassing 0 for pid returns the scheduling policy for the calling process.",
    ),
    Def::new(
        "sched_setscheduler",
        Func::Pos(setscheduler, 3, 3),
        "($module, pid, policy, param, /)",
        "Set the scheduling policy for the process identified by pid.\n\nIf pid is 0, the calling process is changed.\nparam is an instance of sched_param.",
    ),
    Def::new(
        "sched_getparam",
        Func::Pos(getparam, 1, 1),
        "($module, pid, /)",
        "Returns scheduling parameters for the process identified by pid.\n\nIf pid is 0, returns parameters for the calling process.\nReturn value is an instance of sched_param.",
    ),
    Def::new(
        "sched_setparam",
        Func::Pos(setparam, 2, 2),
        "($module, pid, param, /)",
        "Set scheduling parameters for the process identified by pid.\n\nIf pid is 0, sets parameters for the calling process.\nparam should be an instance of sched_param.",
    ),
    Def::new(
        "sched_rr_get_interval",
        Func::Pos(rr_get_interval, 1, 1),
        "($module, pid, /)",
        "Return the round-robin quantum for the process identified by pid, in seconds.\n\nValue returned is a float.",
    ),
    Def::new("sched_yield", Func::NoArgs(sched_yield), "($module, /)", "Voluntarily relinquish the CPU."),
    Def::new(
        "sched_setaffinity",
        Func::Pos(setaffinity, 2, 2),
        "($module, pid, mask, /)",
        "Set the CPU affinity of the process identified by pid to mask.\n\nmask should be an iterable of integers identifying CPUs.",
    ),
    Def::new(
        "sched_getaffinity",
        Func::Pos(getaffinity, 1, 1),
        "($module, pid, /)",
        "Return the affinity of the process identified by pid (or the current process if zero).\n\nThe affinity is returned as a set of CPU identifiers.",
    ),
];
