//! ISO 8601: dates and times as text, and back.

use super::calendar;

/// A date as numbers; not checked.
pub type Ymd = (i32, i32, i32);

/// What a time says. The offset is in microseconds; `None` where there is none.
#[derive(Default)]
pub struct ParsedTime {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub microsecond: i32,
    pub offset: Option<i64>,
}

fn digits(text: &[u8], from: usize, count: usize) -> Option<i32> {
    let part = text.get(from..from + count)?;
    part.iter().try_fold(0, |n, &b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
}

/// `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`.
pub fn parse_date(text: &[u8]) -> Option<Ymd> {
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    let year = digits(text, 0, 4)?;
    let dashed = text[4] == b'-';
    let mut at = 4 + usize::from(dashed);
    if text[at] == b'W' {
        at += 1;
        let week = digits(text, at, 2)?;
        at += 2;
        let mut day = 1;
        if at < text.len() {
            if (text[at] == b'-') != dashed {
                return None;
            }
            at += usize::from(dashed);
            day = digits(text, at, 1)?;
            at += 1;
        }
        return if at == text.len() { calendar::from_iso_calendar(year, week, day).ok() } else { None };
    }
    let month = digits(text, at, 2)?;
    at += 2;
    if (text.get(at) == Some(&b'-')) != dashed {
        return None;
    }
    at += usize::from(dashed);
    let day = digits(text, at, 2)?;
    (at + 2 == text.len()).then_some((year, month, day))
}

/// `HH[:?MM[:?SS[{.,}f+]]]`: hour, minute, second and microsecond.
fn parse_clock(text: &[u8]) -> Option<[i32; 4]> {
    let mut parts = [0; 4];
    let mut at = 0;
    let mut colons = false;
    for i in 0..3 {
        parts[i] = digits(text, at, 2)?;
        at += 2;
        let next = text.get(at);
        if i == 0 {
            colons = next == Some(&b':');
        }
        match next {
            None => return Some(parts),
            Some(b'.' | b',') if i > 1 => break,
            Some(b':') if colons && i < 2 => at += 1,
            Some(_) if !colons && i < 2 => {}
            _ => return None,
        }
    }
    let fraction = text.get(at + 1..)?;
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // What is finer than a microsecond is cut off.
    parts[3] = (0..6).fold(0, |n, i| n * 10 + fraction.get(i).map_or(0, |b| i32::from(b - b'0')));
    Some(parts)
}

/// A time, with an offset or `Z` behind it or not.
pub fn parse_time(text: &[u8]) -> Option<ParsedTime> {
    let sign = text.iter().position(|b| matches!(b, b'+' | b'-' | b'Z'));
    let [hour, minute, second, microsecond] = parse_clock(&text[..sign.unwrap_or(text.len())])?;
    let mut parsed = ParsedTime { hour, minute, second, microsecond, offset: None };
    let Some(sign) = sign else { return Some(parsed) };
    let zone = &text[sign + 1..];
    if text[sign] == b'Z' {
        parsed.offset = Some(0);
        return zone.is_empty().then_some(parsed);
    }
    if matches!(zone.len(), 0 | 1 | 3) {
        return None;
    }
    let [h, m, s, us] = parse_clock(zone)?.map(i64::from);
    let offset = ((h * 60 + m) * 60 + s) * 1_000_000 + us;
    parsed.offset = Some(if text[sign] == b'-' { -offset } else { offset });
    Some(parsed)
}

/// Where in a date with a time the separator stands: both parts have several forms.
pub fn separator(text: &[u8]) -> Option<usize> {
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    let length = text.len();
    if length == 7 {
        return Some(7);
    }
    if text[4] == b'-' {
        if text.get(5) != Some(&b'W') {
            return Some(10);
        }
        if length < 8 {
            return None;
        }
        if length > 8 && text[8] == b'-' {
            if length == 9 {
                return None;
            }
            // `YYYY-Www-##`: the hyphen is more likely the separator than a digit is.
            return Some(if length > 10 && digit(10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if text[4] != b'W' {
        return Some(8);
    }
    let end = (7..length).find(|&i| !digit(i)).unwrap_or(length);
    if end < 9 {
        return Some(end);
    }
    // An even number of digits: the last one before the time is the day.
    Some(if end % 2 == 0 { 7 } else { 8 })
}

/// How precise a time is written (`timespec`); `None` for a word that is none.
pub fn clock(hour: u8, minute: u8, second: u8, microsecond: u32, timespec: &str) -> Option<String> {
    let timespec = match timespec {
        "auto" if microsecond == 0 => "seconds",
        "auto" => "microseconds",
        other => other,
    };
    Some(match timespec {
        "hours" => format!("{hour:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", microsecond / 1000),
        "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}"),
        _ => return None,
    })
}

/// An offset, given in microseconds: `+HH:MM[:SS[.ffffff]]`.
pub fn offset(microseconds: i64, separator: &str) -> String {
    let sign = if microseconds < 0 { '-' } else { '+' };
    let us = microseconds.unsigned_abs();
    let (seconds, us) = (us / 1_000_000, us % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || us != 0 {
        text += &format!("{separator}{seconds:02}");
    }
    if us != 0 {
        text += &format!(".{us:06}");
    }
    text
}
