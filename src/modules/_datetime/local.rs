//! Between `datetime`s and the system's clock: POSIX timestamps and local time.

use super::calendar::{self, ordinal};
use super::date::Date;
use super::iso::Ymd;
use super::time::Clock;
use super::{datetime, delta, zone};
use crate::modules::time as time_module;
use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Seconds of POSIX time zero since the day before the first.
pub const EPOCH: i64 = 719_163 * 86_400;

/// A clock is set back by no more than this.
const MAX_FOLD: i64 = 24 * 3600;

/// Seconds since the day before the first.
fn seconds((year, month, day): Ymd, (hour, minute, second): (i32, i32, i32)) -> i64 {
    ordinal(year, month, day) * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
}

/// What local clocks show at a moment; both in seconds since the day before the first.
fn local(t: &Thread, utc: i64) -> R<i64> {
    let (f, _) = time_module::local_fields(t, utc - EPOCH)?;
    if !(calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&f[0]) {
        return Err(t.value_error(format!("year {} is out of range", f[0])));
    }
    Ok(seconds((f[0], f[1], f[2]), (f[3], f[4], f[5])))
}

/// When local clocks show a time: the inverse of [`local`], by trying.
fn local_to_utc(t: &Thread, shown: i64, fold: bool) -> R<i64> {
    let a = local(t, shown)? - shown;
    let u1 = shown - a;
    let t1 = local(t, u1)?;
    let b = if t1 == shown {
        // One solution, perhaps not the one that the fold asks for.
        let u2 = if fold { u1 + MAX_FOLD } else { u1 - MAX_FOLD };
        let b = local(t, u2)? - u2;
        if a == b {
            return Ok(u1);
        }
        b
    } else {
        t1 - u1
    };
    let u2 = shown - b;
    if local(t, u2)? == shown {
        return Ok(u2);
    }
    if t1 == shown {
        return Ok(u1);
    }
    // Clocks were set forward and never showed it.
    Ok(if fold { u1.min(u2) } else { u1.max(u2) })
}

fn shown(date: &Date, clock: &Clock) -> i64 {
    date.ordinal() * 86_400 + clock.micros() / 1_000_000
}

/// The POSIX timestamp, in seconds, of a time without a zone.
pub fn timestamp(t: &Thread, date: &Date, clock: &Clock) -> R<i64> {
    Ok(local_to_utc(t, shown(date, clock), clock.fold())? - EPOCH)
}

/// The zone of local clocks at a POSIX timestamp.
pub fn zone_at(t: &Thread, timestamp: i64) -> R {
    let (_, zone) = time_module::local_fields(t, timestamp)?;
    let offset = delta::from_micros(t, i128::from(zone.offset) * 1_000_000)?;
    zone::make(t, &offset, Some(t.str(zone.name)))
}

/// The zone of local clocks when they show a time.
pub fn zone_when(t: &Thread, date: &Date, clock: &Clock) -> R {
    let shown = shown(date, clock);
    let (mut at, other) = (local_to_utc(t, shown, clock.fold())?, local_to_utc(t, shown, !clock.fold())?);
    // In a gap the fold means the other offset.
    if other != at && (other > at) == clock.fold() {
        at = other;
    }
    zone_at(t, at - EPOCH)
}

/// Seconds and microseconds of a timestamp, rounded half to even.
fn split(t: &Thread, timestamp: &Value) -> R<(i64, u32)> {
    let too_large = || t.overflow_error("timestamp out of range for platform time_t");
    let Some(f) = float::as_f64(timestamp) else {
        let i = protocol::index(t, timestamp)?;
        return int::as_i64(&i).map(|seconds| (seconds, 0)).ok_or_else(too_large);
    };
    if f.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    let mut whole = f.trunc();
    let mut micros = ((f - whole) * 1e6).round_ties_even();
    if micros >= 1e6 {
        (whole, micros) = (whole + 1.0, micros - 1e6);
    } else if micros < 0.0 {
        (whole, micros) = (whole - 1.0, micros + 1e6);
    }
    if !(i64::MIN as f64..i64::MAX as f64).contains(&whole) {
        return Err(too_large());
    }
    Ok((whole as i64, micros as u32))
}

/// A moment as an instance of a class: in a zone, in UTC without saying so, or in local time.
fn from_parts(t: &Thread, class: &Value, (whole, micros): (i64, u32), utc: bool, zone: &Value) -> R {
    let aware = !zone.is_none();
    let f = match utc || aware {
        true => time_module::utc_fields(t, whole)?,
        false => time_module::local_fields(t, whole)?.0,
    };
    // Leap seconds do not exist here.
    let (ymd, clock) = ((f[0], f[1], f[2]), [f[3], f[4], f[5].min(59), micros as i32]);
    let mut fold = false;
    if !utc && !aware {
        super::date::check(t, ymd)?;
        let result = seconds(ymd, (clock[0], clock[1], clock[2]));
        let at = EPOCH + whole;
        // Did clocks show something later a while before?
        let transition = result - local(t, at.saturating_sub(MAX_FOLD).max(EPOCH - 62_135_596_800))? - MAX_FOLD;
        fold = transition < 0 && local(t, at + transition)? == result;
    }
    super::date::check(t, ymd)?;
    let made = datetime::call(t, class, ymd, Clock::checked(t, clock, zone, fold.into())?)?;
    match aware {
        true => protocol::call_method_str(t, zone, "fromutc", &[made]),
        false => Ok(made),
    }
}

/// `fromtimestamp(timestamp, tz)`.
pub fn from_timestamp(t: &Thread, class: &Value, timestamp: &Value, utc: bool, zone: &Value) -> R {
    zone::check(t, zone)?;
    from_parts(t, class, split(t, timestamp)?, utc, zone)
}

/// `now(tz)`.
pub fn now(t: &Thread, class: &Value, utc: bool, zone: &Value) -> R {
    zone::check(t, zone)?;
    let now = time_module::now(t)?;
    let micros = now.rem_euclid(1_000_000_000) / 1000;
    from_parts(t, class, (now.div_euclid(1_000_000_000), micros as u32), utc, zone)
}
