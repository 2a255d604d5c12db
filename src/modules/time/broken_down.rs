//! `struct_time` and C's `struct tm`.

use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use crate::objects::{float, int, protocol};
use std::ffi::{CStr, CString};

/// The type of what `gmtime` and `localtime` return.
pub static STRUCT_TIME: Description = Description::new(
    "time.struct_time",
    "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and \
     strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the \
     same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year \
     is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
    &[
        ("tm_year", "year, for example, 1993"),
        ("tm_mon", "month of year, range [1, 12]"),
        ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"),
        ("tm_min", "minutes, range [0, 59]"),
        ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"),
        ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ("tm_zone", "abbreviation of timezone name"),
        ("tm_gmtoff", "offset from UTC in seconds"),
    ],
    9,
);

/// How many fields a `struct_time` has.
pub const FIELDS: i64 = 11;
/// Items of the tuple.
const ITEMS: usize = 9;
/// What C counts years from.
const FIRST_YEAR: i32 = 1900;

/// A `struct tm` that owns the name of its zone.
pub struct Broken {
    pub tm: libc::tm,
    zone: Option<CString>,
}

fn empty() -> libc::tm {
    // SAFETY: numbers and a pointer, for all of which zero is a value.
    unsafe { std::mem::zeroed() }
}

impl Broken {
    /// The structure, with the zone's name in place.
    pub fn with_zone(&self) -> libc::tm {
        let mut tm = self.tm;
        if let Some(zone) = &self.zone {
            tm.tm_zone = zone.as_ptr().cast_mut();
        }
        tm
    }

    /// From a tuple of nine ints or a `struct_time`; `function` names the caller in errors.
    pub fn from_tuple(t: &Thread, v: &Value, function: &str) -> R<Broken> {
        let Some(tuple) = v.cast::<Tuple>() else {
            return Err(t.type_error("Tuple or struct_time argument required"));
        };
        if tuple.len() != ITEMS {
            return Err(t.type_error(format!("{function}(): illegal time tuple argument")));
        }
        let mut numbers = [0i32; ITEMS];
        for (number, item) in numbers.iter_mut().zip(tuple.items()) {
            *number = int::arg_i32(t, item)?;
        }
        let [year, mon, mday, hour, min, sec, wday, yday, isdst] = numbers;
        let Some(year) = year.checked_sub(FIRST_YEAR) else { return Err(t.overflow_error("year out of range")) };
        let mut tm = empty();
        (tm.tm_year, tm.tm_mon, tm.tm_mday) = (year, mon.wrapping_sub(1), mday);
        (tm.tm_hour, tm.tm_min, tm.tm_sec) = (hour, min, sec);
        // C's week begins on Sunday.
        (tm.tm_wday, tm.tm_yday, tm.tm_isdst) = (wday.wrapping_add(1) % 7, yday.wrapping_sub(1), isdst);
        let mut broken = Broken { tm, zone: None };
        if v.type_of(t).value().is(&struct_sequence::type_of(t, &STRUCT_TIME)) {
            broken.take_zone(t, v)?;
        }
        Ok(broken)
    }

    fn take_zone(&mut self, t: &Thread, v: &Value) -> R<()> {
        let zone = protocol::getattr_str(t, v, "tm_zone")?;
        if !zone.is_none() {
            let Some(text) = zone.cast::<Str>().and_then(|s| s.to_utf8().map(|s| s.into_owned())) else {
                return Err(t.type_error("bad argument type for built-in operation"));
            };
            self.zone = CString::new(text).ok();
        }
        let offset = protocol::getattr_str(t, v, "tm_gmtoff")?;
        if !offset.is_none() {
            self.tm.tm_gmtoff = int::arg_i64(t, &offset)? as libc::c_long;
        }
        Ok(())
    }

    /// What C takes for granted: every field in its range.
    pub fn check(&mut self, t: &Thread) -> R<()> {
        let tm = &mut self.tm;
        if tm.tm_mon == -1 {
            tm.tm_mon = 0;
        }
        if tm.tm_mday == 0 {
            tm.tm_mday = 1;
        }
        if tm.tm_yday == -1 {
            tm.tm_yday = 0;
        }
        let fields = [
            (tm.tm_mon, 0..=11, "month"),
            (tm.tm_mday, 0..=31, "day of month"),
            (tm.tm_hour, 0..=23, "hour"),
            (tm.tm_min, 0..=59, "minute"),
            (tm.tm_sec, 0..=61, "seconds"),
            (tm.tm_wday, 0..=6, "day of week"),
            (tm.tm_yday, 0..=365, "day of year"),
        ];
        match fields.iter().find(|(value, range, _)| !range.contains(value)) {
            Some((_, _, name)) => Err(t.value_error(format!("{name} out of range"))),
            None => Ok(()),
        }
    }

    /// The moment in local time.
    pub fn local(t: &Thread, seconds: i64) -> R<Broken> {
        Broken::convert(t, seconds, libc::localtime_r)
    }

    /// The moment in UTC.
    pub fn utc(t: &Thread, seconds: i64) -> R<Broken> {
        Broken::convert(t, seconds, libc::gmtime_r)
    }

    fn convert(
        t: &Thread,
        seconds: i64,
        f: unsafe extern "C" fn(*const libc::time_t, *mut libc::tm) -> *mut libc::tm,
    ) -> R<Broken> {
        let mut tm = empty();
        // SAFETY: both point to live memory; `localtime_r` and `gmtime_r` fill the structure or fail.
        if unsafe { f(&seconds, &mut tm) }.is_null() {
            let errno = std::io::Error::last_os_error().raw_os_error();
            return Err(t.os_error(errno.filter(|&e| e != 0).unwrap_or(libc::EINVAL)));
        }
        // The name lies in memory that the next `tzset` may free.
        let zone = (!tm.tm_zone.is_null()).then(|| {
            // SAFETY: the system's names end with a zero.
            unsafe { CStr::from_ptr(tm.tm_zone) }.to_owned()
        });
        tm.tm_zone = std::ptr::null_mut();
        Ok(Broken { tm, zone })
    }

    /// As a `struct_time`.
    pub fn to_struct_time(&self, t: &Thread) -> R {
        let tm = &self.tm;
        let year = i64::from(tm.tm_year) + i64::from(FIRST_YEAR);
        let weekday = (tm.tm_wday + 6) % 7;
        let rest = [tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, weekday, tm.tm_yday + 1, tm.tm_isdst];
        let mut values = vec![int::new(t, year)];
        values.extend(rest.iter().map(|&n| Value::small(i64::from(n))));
        values.push(t.str(self.zone_name()));
        values.push(int::new(t, tm.tm_gmtoff));
        struct_sequence::make(t, &STRUCT_TIME, values)
    }

    /// The zone's abbreviation.
    pub fn zone_name(&self) -> std::borrow::Cow<'_, str> {
        self.zone.as_ref().map(|zone| zone.to_string_lossy()).unwrap_or_default()
    }

    /// `Mon Jan  1 00:00:00 2000`
    pub fn to_text(&self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let tm = &self.tm;
        let name = |names: &[&'static str], i: i32| usize::try_from(i).ok().and_then(|i| names.get(i).copied());
        format!(
            "{} {}{:3} {:02}:{:02}:{:02} {}",
            name(&DAYS, tm.tm_wday).unwrap_or("???"),
            name(&MONTHS, tm.tm_mon).unwrap_or("???"),
            tm.tm_mday,
            tm.tm_hour,
            tm.tm_min,
            tm.tm_sec,
            i64::from(tm.tm_year) + i64::from(FIRST_YEAR)
        )
    }
}

/// The argument of `gmtime`, `localtime` and `ctime`: whole seconds, now if there is none.
pub fn moment(t: &Thread, arg: Option<&Value>) -> R<i64> {
    let too_large = || t.overflow_error("timestamp out of range for platform time_t");
    let Some(arg) = arg.filter(|a| !a.is_none()) else {
        return Ok(super::clocks::nanoseconds(libc::CLOCK_REALTIME).unwrap_or(0).div_euclid(1_000_000_000));
    };
    if let Some(f) = float::as_f64(arg) {
        if f.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let f = f.floor();
        // The greatest i64 is no double: the next one is out of range.
        if !(i64::MIN as f64..i64::MAX as f64).contains(&f) {
            return Err(too_large());
        }
        return Ok(f as i64);
    }
    let i = protocol::index(t, arg)?;
    int::as_i64(&i).ok_or_else(too_large)
}
