//! `strftime` of dates and times: the C library's, with what it knows nothing of put in before.

use super::{calendar, date, iso, time, zone};
use crate::modules::time as time_module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The directives that are replaced here, for one object.
struct Directives<'a> {
    t: &'a Thread,
    clock: Option<&'a time::Clock>,
    /// What a zone is asked about: a `datetime`, or `None` for a `time`.
    moment: Value,
    tuple: Value,
    year: i32,
}

impl Directives<'_> {
    fn offset(&self, separator: &str) -> R<String> {
        let zone = self.clock.and_then(|clock| clock.zone());
        let offset = zone::offset(self.t, zone, "utcoffset", &self.moment)?;
        Ok(offset.map_or(String::new(), |offset| iso::offset(offset, separator)))
    }

    /// The zone's name. What follows reads it as a format.
    fn zone_name(&self, v: &Value) -> R<Vec<u32>> {
        if self.clock.is_none_or(|clock| clock.zone().is_none()) {
            return Ok(Vec::new());
        }
        let t = self.t;
        let name = protocol::call_method_str(t, v, "tzname", &[])?;
        if name.is_none() {
            return Ok(Vec::new());
        }
        if name.cast_exact::<Str>().is_none() {
            let escaped = protocol::call_method_str(t, &name, "replace", &[t.str("%"), t.str("%%")])?;
            let Some(text) = escaped.cast::<Str>() else {
                return Err(t.type_error("tzname.replace() did not return a string"));
            };
            return Ok(text.units().iter().collect());
        }
        let mut escaped = Vec::new();
        for c in name.cast::<Str>().into_iter().flat_map(|name| name.units().iter()) {
            escaped.extend(std::iter::repeat_n(c, if c == u32::from(b'%') { 2 } else { 1 }));
        }
        Ok(escaped)
    }

    /// Years of fewer than four digits, which the C library does not fill up.
    fn short_year(&self, directive: u8) -> R<Option<String>> {
        if self.year >= 1000 {
            return Ok(None);
        }
        let year = match directive {
            b'G' => {
                let text = time_module::strftime(self.t, &self.t.str("%G"), &self.tuple)?;
                protocol::to_text(self.t, &text)?.parse().unwrap_or(self.year)
            }
            _ => self.year,
        };
        Ok(match directive {
            b'C' => Some(format!("{:02}", year / 100)),
            b'Y' | b'G' => Some(format!("{year:04}")),
            b'F' => Some(format!("{year:04}-%m-%d")),
            _ => None,
        })
    }
}

/// `v.strftime(format)`.
pub fn strftime(t: &Thread, v: &Value, format: &Value) -> R {
    let (clock, moment, tuple, year) = match (date::any(v), time::of(v)) {
        (Some(date), _) => {
            let tuple = protocol::call_method_str(t, v, "timetuple", &[])?;
            (date.clock.as_ref(), v.clone(), tuple, date.ymd.0)
        }
        (_, Some(time)) => {
            let [hour, minute, second, _] = time.clock.numbers();
            let numbers = [1900, 1, 1, hour, minute, second, 0, 1, -1];
            let tuple = t.tuple(numbers.map(|n| Value::small(n.into())));
            (Some(&time.clock), Value::NONE, tuple, 1900)
        }
        _ => return Err(t.type_error("a date or time is required")),
    };
    debug_assert!((calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year));
    let directives = Directives { t, clock, moment, tuple, year };
    let Some(text) = format.cast::<Str>() else { return Err(t.type_error("a str is required")) };
    let text: Vec<u32> = text.units().iter().collect();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    let percent = u32::from(b'%');
    while let Some((&c, after)) = rest.split_first() {
        rest = after;
        if c != percent {
            out.push(c);
            continue;
        }
        let directive = rest.first().and_then(|&c| u8::try_from(c).ok()).unwrap_or(0);
        let colon = directive == b':' && rest.get(1) == Some(&u32::from(b'z'));
        let put = match directive {
            b'z' => Some(directives.offset("")?),
            b':' if colon => Some(directives.offset(":")?),
            b'Z' => {
                out.extend(directives.zone_name(v)?);
                Some(String::new())
            }
            b'f' => Some(format!("{:06}", clock.map_or(0, |clock| clock.microsecond))),
            b'Y' | b'G' | b'C' | b'F' => directives.short_year(directive)?,
            _ => None,
        };
        match put {
            Some(put) => {
                out.extend(put.chars().map(u32::from));
                rest = &rest[1 + usize::from(colon)..];
            }
            None => {
                out.push(percent);
                if let Some((&c, after)) = rest.split_first() {
                    out.push(c);
                    rest = after;
                }
            }
        }
    }
    time_module::strftime(t, &Str::from_code_points(t, &out), &directives.tuple)
}
