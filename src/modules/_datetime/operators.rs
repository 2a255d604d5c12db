//! Comparing `datetime`s, and counting with them.

use super::calendar::{self, MAX_ORDINAL};
use super::date::{self, Date};
use super::delta;
use super::time::Clock;
use super::{datetime, out_of_range, zone};
use crate::objects::bytes::Bytes;
use crate::objects::protocol;
use crate::objects::slots::{CmpOp, R};
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};

/// Microseconds of a day.
pub const DAY: i128 = 86_400_000_000;

/// Whether two times have one zone, so that their offsets need not be asked for.
pub fn same_zone(a: &Clock, b: &Clock) -> bool {
    match (a.zone(), b.zone()) {
        (None, None) => true,
        (Some(a), Some(b)) => a.is(b),
        _ => false,
    }
}

/// A `datetime` and its parts.
fn parts(v: &Value) -> Option<(&Date, &Clock)> {
    let date = date::any(v)?;
    Some((date, date.clock.as_ref()?))
}

/// Microseconds from the day before the first, as the clock shows.
pub fn micros(date: &Date, clock: &Clock) -> i128 {
    i128::from(date.ordinal()) * DAY + i128::from(clock.micros())
}

fn offset(t: &Thread, v: &Value) -> R<Option<i64>> {
    match datetime::clock(v) {
        Some(clock) => zone::offset(t, clock.zone(), "utcoffset", v),
        None => Ok(None),
    }
}

/// The date and clock of a number of microseconds.
pub fn from_micros(t: &Thread, micros: i128, zone: Option<Value>) -> R<(super::iso::Ymd, Clock)> {
    let (day, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY) as i64);
    if !(1..=i128::from(MAX_ORDINAL)).contains(&day) {
        return Err(out_of_range(t));
    }
    let (seconds, microsecond) = (rest / 1_000_000, (rest % 1_000_000) as u32);
    let (hour, minute, second) = ((seconds / 3600) as u8, (seconds / 60 % 60) as u8, (seconds % 60) as u8);
    let clock = Clock::new(hour, minute, second, microsecond, zone, false);
    Ok((calendar::from_ordinal(day as i64), clock))
}

/// A `datetime` moved by so many microseconds, in its zone.
pub fn moved(t: &Thread, v: &Value, by: i128) -> R {
    let Some((date, clock)) = parts(v) else { return Err(t.type_error("a datetime is required")) };
    let (ymd, moved) = from_micros(t, micros(date, clock) + by, clock.zone().cloned())?;
    datetime::call(t, &v.type_of(t).value(), ymd, moved)
}

pub fn add(t: &Thread, a: &Value, b: &Value) -> R {
    match (parts(a), delta::of(a), parts(b), delta::of(b)) {
        (Some(_), _, _, Some(delta)) => moved(t, a, delta.total()),
        (_, Some(delta), Some(_), _) => moved(t, b, delta.total()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

pub fn subtract(t: &Thread, a: &Value, b: &Value) -> R {
    let Some((date, clock)) = parts(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(delta) = delta::of(b) {
        return moved(t, a, -delta.total());
    }
    let Some((other_date, other_clock)) = parts(b) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (mine, other) = match same_zone(clock, other_clock) {
        true => (None, None),
        false => (offset(t, a)?, offset(t, b)?),
    };
    if mine.is_some() != other.is_some() {
        return Err(t.type_error("can't subtract offset-naive and offset-aware datetimes"));
    }
    let shift = i128::from(mine.unwrap_or(0) - other.unwrap_or(0));
    delta::from_micros(t, micros(date, clock) - micros(other_date, other_clock) - shift)
}

/// The offset with the other fold.
fn flipped_offset(t: &Thread, v: &Value) -> R<Option<i64>> {
    let Some((date, clock)) = parts(v) else { return Ok(None) };
    let flipped = datetime::make(t, date.ymd, clock.with_fold(!clock.fold()))?;
    offset(t, &flipped)
}

/// Whether one of two moments is ambiguous (PEP 495): then it equals nothing in another zone.
fn is_ambiguous(t: &Thread, a: &Value, b: &Value, mine: Option<i64>, other: Option<i64>) -> R<bool> {
    Ok(flipped_offset(t, a)? != mine || flipped_offset(t, b)? != other)
}

pub fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some((date, clock)), Some((other_date, other_clock))) = (parts(a), parts(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (left, right) = (micros(date, clock), micros(other_date, other_clock));
    if same_zone(clock, other_clock) {
        return Ok(Value::bool(op.holds(left.cmp(&right))));
    }
    let (mine, other) = (offset(t, a)?, offset(t, b)?);
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    if mine.is_some() != other.is_some() {
        return match equality {
            true => Ok(Value::bool(op == CmpOp::Ne)),
            false => Err(t.type_error("can't compare offset-naive and offset-aware datetimes")),
        };
    }
    let ordering = (left - i128::from(mine.unwrap_or(0))).cmp(&(right - i128::from(other.unwrap_or(0))));
    if equality && ordering.is_eq() && is_ambiguous(t, a, b, mine, other)? {
        return Ok(Value::bool(op == CmpOp::Ne));
    }
    Ok(Value::bool(op.holds(ordering)))
}

pub fn hash(t: &Thread, v: &Value) -> R<i64> {
    let (date, clock) = parts(v).expect("slots of `datetime` get them");
    date.hash.get(|| {
        let offset = match clock.fold() {
            true => offset(t, &datetime::make(t, date.ymd, clock.with_fold(false))?)?,
            false => offset(t, v)?,
        };
        match offset {
            None => {
                let state = [&date.state()[..], &clock.state()[..]].concat();
                protocol::hash(t, &Bytes::make(t, &state))
            }
            Some(offset) => delta::hash(t, &delta::from_micros(t, micros(date, clock) - i128::from(offset))?),
        }
    })
}
