//! `time`: clocks, sleeping, and dates as the C library knows them.
//!
//! * [`clocks`]: reading the system's clocks, `sleep`; [`broken_down`]: `struct_time`; [`text`]: `strftime`.
//!
//! Sleeping and the monotonic clock go through the scheduler: under a script time is the script's.

mod broken_down;
pub(super) mod clocks;
mod text;

use crate::modules::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{float, int};
use broken_down::{Broken, FIELDS, STRUCT_TIME, moment};

/// Nanoseconds since the epoch, by the system's clock.
pub fn now(t: &Thread) -> R<i64> {
    clocks::nanoseconds(libc::CLOCK_REALTIME).map_err(|errno| t.os_error(errno))
}

/// A timestamp in whole seconds, rounded down.
pub fn whole_seconds(t: &Thread, timestamp: &Value) -> R<i64> {
    moment(t, Some(timestamp))
}

/// The name of a zone, and its offset from UTC in seconds.
pub struct Zone {
    pub name: String,
    pub offset: i64,
}

/// Year, month, day, hour, minute and second.
pub type Fields = [i32; 6];

fn fields(t: &Thread, tm: &libc::tm) -> R<Fields> {
    let Some(year) = tm.tm_year.checked_add(1900) else { return Err(t.overflow_error("year is out of range")) };
    Ok([year, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec])
}

/// What local clocks show at a timestamp.
pub fn local_fields(t: &Thread, seconds: i64) -> R<(Fields, Zone)> {
    let broken = Broken::local(t, seconds)?;
    let zone = Zone { name: broken.zone_name().into_owned(), offset: broken.tm.tm_gmtoff };
    Ok((fields(t, &broken.tm)?, zone))
}

/// What clocks in UTC show at a timestamp.
pub fn utc_fields(t: &Thread, seconds: i64) -> R<Fields> {
    fields(t, &Broken::utc(t, seconds)?.tm)
}

/// A `struct_time` of nine numbers.
pub fn struct_time(t: &Thread, numbers: [i32; 9]) -> R {
    struct_sequence::make(t, &STRUCT_TIME, numbers.map(|n| Value::small(n.into())))
}

/// `strftime(format, tuple)`.
pub fn strftime(t: &Thread, format: &Value, tuple: &Value) -> R {
    text::strftime(t, &Value::NONE, &[format.clone(), tuple.clone()])
}

/// The one argument that may be given.
fn optional<'a>(t: &Thread, args: &'a [Value], name: &str) -> R<Option<&'a Value>> {
    match args {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        more => Err(t.type_error(format!("{name}() takes at most 1 argument ({} given)", more.len()))),
    }
}

fn gmtime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let when = moment(t, optional(t, args, "gmtime")?)?;
    Broken::utc(t, when)?.to_struct_time(t)
}

fn localtime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let when = moment(t, optional(t, args, "localtime")?)?;
    Broken::local(t, when)?.to_struct_time(t)
}

fn ctime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let when = moment(t, optional(t, args, "ctime")?)?;
    Ok(t.str(Broken::local(t, when)?.to_text()))
}

fn asctime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let broken = match args {
        [] => Broken::local(t, moment(t, None)?)?,
        [tuple] => {
            let mut broken = Broken::from_tuple(t, tuple, "asctime")?;
            broken.check(t)?;
            broken
        }
        more => return Err(t.type_error(format!("asctime expected at most 1 argument, got {}", more.len()))),
    };
    Ok(t.str(broken.to_text()))
}

fn mktime(t: &Thread, _: &Value, tuple: &Value) -> R {
    let mut tm = Broken::from_tuple(t, tuple, "mktime")?.with_zone();
    // A mark: C sets the day of the week if the date is one.
    tm.tm_wday = -1;
    // SAFETY: the structure is ours. The zone is written, not read.
    let when = unsafe { libc::mktime(&mut tm) };
    if when == -1 && tm.tm_wday == -1 {
        return Err(t.overflow_error("mktime argument out of range"));
    }
    Ok(float::new(t, when as f64))
}

fn strptime(t: &Thread, _: &Value, args: &[Value]) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("nothing can be imported yet")) };
    let module = (hooks.import)(t, &t.intern("_strptime"), None, None, None, 0)?;
    protocol::call_method_str(t, &module, "_strptime_time", args)
}

fn tzset(t: &Thread, module: &Value) -> R {
    set_zone(t, module.cast::<Module>())?;
    Ok(Value::NONE)
}

/// Reads `TZ` again and sets `timezone`, `altzone`, `daylight` and `tzname`.
fn set_zone(t: &Thread, module: Option<&Module>) -> R<()> {
    unsafe extern "C" {
        safe fn tzset();
    }
    /// Julian years, so that half of one after their start it is summer.
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    tzset();
    let Some(module) = module else { return Ok(()) };
    let start = moment(t, None)? / YEAR * YEAR;
    let (january, july) = (Broken::local(t, start)?, Broken::local(t, start + YEAR / 2)?);
    // In the south summer is in January.
    let (winter, summer) = if january.tm.tm_gmtoff > july.tm.tm_gmtoff { (&july, &january) } else { (&january, &july) };
    module.set(t, "timezone", int::new(t, -winter.tm.tm_gmtoff));
    module.set(t, "altzone", int::new(t, -summer.tm.tm_gmtoff));
    module.set(t, "daylight", Value::small(i64::from(winter.tm.tm_gmtoff != summer.tm.tm_gmtoff)));
    module.set(t, "tzname", t.tuple([t.str(winter.zone_name()), t.str(summer.zone_name())]));
    Ok(())
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let clocks = [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        #[cfg(target_os = "linux")]
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        #[cfg(target_os = "linux")]
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        #[cfg(target_os = "linux")]
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ];
    for (name, id) in clocks {
        module.set(t, name, Value::small(i64::from(id)));
    }
    module.set(t, "_STRUCT_TM_ITEMS", Value::small(FIELDS));
    module.set(t, "struct_time", struct_sequence::type_of(t, &STRUCT_TIME));
    set_zone(t, Some(module))
}

static FUNCTIONS: &[Def] = &[
    Def::new(
        "asctime",
        Func::VarPos(asctime),
        "",
        "asctime([time_tuple]) -> string\n\nConvert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.\nWhen the time tuple is not present, current time as returned by localtime()\nis used.",
    ),
    Def::new(
        "clock_getres",
        Func::VarPos(clocks::clock_getres),
        "",
        "clock_getres(clk_id) -> floating-point number\n\nReturn the resolution (precision) of the specified clock clk_id.",
    ),
    Def::new(
        "clock_gettime",
        Func::One(clocks::clock_gettime),
        "($module, clk_id, /)",
        "Return the time of the specified clock clk_id as a float.",
    ),
    Def::new(
        "clock_gettime_ns",
        Func::One(clocks::clock_gettime_ns),
        "($module, clk_id, /)",
        "Return the time of the specified clock clk_id as nanoseconds (int).",
    ),
    Def::new(
        "clock_settime",
        Func::VarPos(clocks::clock_settime),
        "",
        "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id.",
    ),
    Def::new(
        "clock_settime_ns",
        Func::VarPos(clocks::clock_settime_ns),
        "",
        "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds.",
    ),
    Def::new(
        "ctime",
        Func::VarPos(ctime),
        "",
        "ctime([seconds]) -> string\n\nConvert a time in seconds since the Epoch to a string in local time.\nThis is equivalent to asctime(localtime(seconds)). When 'seconds' is not\npassed in, convert the current time instead.",
    ),
    Def::new(
        "get_clock_info",
        Func::VarPos(clocks::get_clock_info),
        "",
        "get_clock_info(name: str) -> dict\n\nGet information of the specified clock.",
    ),
    Def::new(
        "gmtime",
        Func::VarPos(gmtime),
        "",
        "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n                       tm_sec, tm_wday, tm_yday, tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing UTC (a.k.a.\nGMT).  When 'seconds' is not passed in, convert the current time instead.\n\nIf the platform supports the tm_gmtoff and tm_zone, they are available as\nattributes only.",
    ),
    Def::new(
        "localtime",
        Func::VarPos(localtime),
        "",
        "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                          tm_sec,tm_wday,tm_yday,tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing local time.\nWhen 'seconds' is not passed in, convert the current time instead.",
    ),
    Def::new(
        "mktime",
        Func::One(mktime),
        "($self, object, /)",
        "mktime(time_tuple) -> floating-point number\n\nConvert a time tuple in local time to seconds since the Epoch.\nNote that mktime(gmtime(0)) will not generally return zero for most\ntime zones; instead the returned value will either be equal to that\nof the timezone or altzone attributes on the time module.",
    ),
    Def::new(
        "monotonic",
        Func::NoArgs(clocks::monotonic),
        "($self, /)",
        "monotonic() -> float\n\nMonotonic clock, cannot go backward.",
    ),
    Def::new(
        "monotonic_ns",
        Func::NoArgs(clocks::monotonic_ns),
        "($self, /)",
        "monotonic_ns() -> int\n\nMonotonic clock, cannot go backward, as nanoseconds.",
    ),
    Def::new(
        "perf_counter",
        Func::NoArgs(clocks::monotonic),
        "($self, /)",
        "perf_counter() -> float\n\nPerformance counter for benchmarking.",
    ),
    Def::new(
        "perf_counter_ns",
        Func::NoArgs(clocks::monotonic_ns),
        "($self, /)",
        "perf_counter_ns() -> int\n\nPerformance counter for benchmarking as nanoseconds.",
    ),
    Def::new(
        "process_time",
        Func::NoArgs(clocks::process_time),
        "($self, /)",
        "process_time() -> float\n\nProcess time for profiling: sum of the kernel and user-space CPU time.",
    ),
    Def::new(
        "process_time_ns",
        Func::NoArgs(clocks::process_time_ns),
        "($self, /)",
        "process_time() -> int\n\nProcess time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
    ),
    Def::new(
        "pthread_getcpuclockid",
        Func::VarPos(clocks::pthread_getcpuclockid),
        "",
        "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock.",
    ),
    Def::new(
        "sleep",
        Func::One(clocks::sleep),
        "($self, object, /)",
        "sleep(seconds)\n\nDelay execution for a given number of seconds.  The argument may be\na floating-point number for subsecond precision.",
    ),
    Def::new(
        "strftime",
        Func::VarPos(text::strftime),
        "",
        "strftime(format[, time_tuple]) -> string\n\nConvert a time tuple to a string according to a format specification.\nSee the library reference manual for formatting codes. When the time tuple\nis not present, current time as returned by localtime() is used.\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
    ),
    Def::new(
        "strptime",
        Func::VarPos(strptime),
        "",
        "strptime(string[, format]) -> struct_time\n\nParse a string to a time tuple according to a format specification.\nSee the library reference manual for formatting codes (same as\nstrftime()).\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
    ),
    Def::new(
        "thread_time",
        Func::NoArgs(clocks::thread_time),
        "($self, /)",
        "thread_time() -> float\n\nThread time for profiling: sum of the kernel and user-space CPU time.",
    ),
    Def::new(
        "thread_time_ns",
        Func::NoArgs(clocks::thread_time_ns),
        "($self, /)",
        "thread_time() -> int\n\nThread time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
    ),
    Def::new(
        "time",
        Func::NoArgs(clocks::time),
        "($self, /)",
        "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch.\nFractions of a second may be present if the system clock provides them.",
    ),
    Def::new(
        "time_ns",
        Func::NoArgs(clocks::time_ns),
        "($self, /)",
        "time_ns() -> int\n\nReturn the current time in nanoseconds since the Epoch.",
    ),
    Def::new(
        "tzset",
        Func::NoArgs(tzset),
        "($self, /)",
        "tzset()\n\nInitialize, or reinitialize, the local timezone to the value stored in\nos.environ['TZ']. The TZ environment variable should be specified in\nstandard Unix timezone format as documented in the tzset man page\n(eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently\nfall back to UTC. If the TZ environment variable is not set, the local\ntimezone is set to the systems best guess of wallclock time.\nChanging the TZ environment variable without calling tzset *may* change\nthe local timezone used by methods such as localtime, but this behaviour\nshould not be relied on.",
    ),
];

const DOC: &str = "This module provides various functions to manipulate time values.\n\nThere are two standard representations of time.  One is the number\nof seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer\nor a floating-point number (to represent fractions of seconds).\nThe epoch is the point where the time starts, the return value of time.gmtime(0).\nIt is January 1, 1970, 00:00:00 (UTC) on all platforms.\n\nThe other representation is a tuple of 9 integers giving local time.\nThe tuple items are:\n  year (including century, e.g. 1998)\n  month (1-12)\n  day (1-31)\n  hours (0-23)\n  minutes (0-59)\n  seconds (0-59)\n  weekday (0-6, Monday is 0)\n  Julian day (day in the year, 1-366)\n  DST (Daylight Savings Time) flag (-1, 0 or 1)\nIf the DST flag is 0, the time is given in the regular time zone;\nif it is 1, the time is given in the DST time zone;\nif it is -1, mktime() should guess based on the date and time.\n";

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "time", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
