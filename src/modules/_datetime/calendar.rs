//! The proleptic Gregorian calendar: the one in use today, extended in both directions.
//!
//! Days are numbered from 1, the first of January of the year 1 (`date.toordinal`).

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
/// 31 December of the last year.
pub const MAX_ORDINAL: i64 = 3_652_059;

const DAYS_IN_MONTH: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_MONTH: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

const DAYS_IN_4_YEARS: i64 = 4 * 365 + 1;
const DAYS_IN_100_YEARS: i64 = 25 * DAYS_IN_4_YEARS - 1;
const DAYS_IN_400_YEARS: i64 = 4 * DAYS_IN_100_YEARS + 1;

pub const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
pub const MONTH_NAMES: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month, 1 to 12.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    if month == 2 && is_leap(year) { 29 } else { DAYS_IN_MONTH[(month - 1) as usize] }
}

/// Days of the year before the first of a month.
pub fn days_before_month(year: i32, month: i32) -> i32 {
    DAYS_BEFORE_MONTH[(month - 1) as usize] + i32::from(month > 2 && is_leap(year))
}

fn days_before_year(year: i32) -> i64 {
    let y = i64::from(year) - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)
}

/// The number of a day.
pub fn ordinal(year: i32, month: i32, day: i32) -> i64 {
    days_before_year(year) + i64::from(days_before_month(year, month)) + i64::from(day)
}

/// Year, month and day of a number.
pub fn from_ordinal(ordinal: i64) -> (i32, i32, i32) {
    // Cycles of 400, 100, 4 and 1 years; the last day of a cycle would begin a fifth part of it.
    let n = ordinal - 1;
    let (n400, n) = (n.div_euclid(DAYS_IN_400_YEARS), n.rem_euclid(DAYS_IN_400_YEARS));
    let (n100, n) = (n / DAYS_IN_100_YEARS, n % DAYS_IN_100_YEARS);
    let (n4, n) = (n / DAYS_IN_4_YEARS, n % DAYS_IN_4_YEARS);
    let (n1, n) = (n / 365, n % 365);
    let year = (n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1) as i32;
    if n1 == 4 || n100 == 4 {
        return (year - 1, 12, 31);
    }
    let mut month = 12;
    while i64::from(days_before_month(year, month)) > n {
        month -= 1;
    }
    (year, month, (n - i64::from(days_before_month(year, month))) as i32 + 1)
}

/// Monday is 0.
pub fn weekday(ordinal: i64) -> i32 {
    (ordinal + 6).rem_euclid(7) as i32
}

/// The number of the Monday that begins the first ISO week of a year: the week with the year's first Thursday.
pub fn first_iso_monday(year: i32) -> i64 {
    let first = ordinal(year, 1, 1);
    let weekday = i64::from(weekday(first));
    let monday = first - weekday;
    if weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week from 1, and day from 1, of a date.
pub fn iso_calendar(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = ordinal(year, month, day);
    let mut year = year;
    let mut monday = first_iso_monday(year);
    if today < monday {
        year -= 1;
        monday = first_iso_monday(year);
    } else if today - monday >= 52 * 7 && today >= first_iso_monday(year + 1) {
        year += 1;
        monday = today - i64::from(weekday(today));
    }
    (year, ((today - monday) / 7) as i32 + 1, ((today - monday) % 7) as i32 + 1)
}

/// Why an ISO date is none.
pub enum IsoError {
    Year,
    Week,
    Day,
}

/// The date of an ISO year, week and day.
pub fn from_iso_calendar(year: i32, week: i32, day: i32) -> Result<(i32, i32, i32), IsoError> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoError::Year);
    }
    if !(1..=52).contains(&week) {
        // Years that begin on a Thursday, and leap years on a Wednesday, have 53 weeks.
        let first = weekday(ordinal(year, 1, 1));
        if week != 53 || !(first == 3 || first == 2 && is_leap(year)) {
            return Err(IsoError::Week);
        }
    }
    if !(1..=7).contains(&day) {
        return Err(IsoError::Day);
    }
    Ok(from_ordinal(first_iso_monday(year) + i64::from((week - 1) * 7 + day - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_and_dates_are_inverse() {
        let mut expected = 0;
        for year in [1, 4, 99, 100, 101, 399, 400, 401, 1900, 1999, 2000, 2001, 2024, 9999] {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let n = ordinal(year, month, day);
                    assert_eq!(from_ordinal(n), (year, month, day));
                    assert!(n > expected);
                    expected = n;
                }
            }
        }
        assert_eq!(expected, MAX_ORDINAL);
    }

    #[test]
    fn iso_weeks_are_inverse() {
        for n in (ordinal(1995, 1, 1)..ordinal(2012, 1, 1)).chain([1, MAX_ORDINAL - 7]) {
            let (y, m, d) = from_ordinal(n);
            let (iso, week, day) = iso_calendar(y, m, d);
            assert_eq!(from_iso_calendar(iso, week, day).ok(), Some((y, m, d)));
        }
    }
}
