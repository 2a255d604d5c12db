//! Finding one text in another: `find`, `rfind`, `count`, `replace`, in linear time for any input.
//!
//! Bytes use `memchr`'s search. Wider units use the two-way algorithm (Crochemore and Perrin, 1991), which
//! CPython also takes for long needles; a mismatch moves it forward by what the needle's own repetition
//! allows, so `'a' * n in 'a' * m` style inputs stay linear.

use memchr::memmem;

use super::{CodePoints, Unit};

/// The needle in the haystack's units; `None` if it does not fit, and so cannot occur.
pub fn convert<U: Unit, V: Unit>(needle: &[V]) -> Option<Vec<U>> {
    needle.iter().map(|u| U::from_u32(u.to_u32())).collect()
}

/// A needle prepared for searching several times.
#[derive(Debug)]
pub struct Finder<'n, U: Unit> {
    needle: &'n [U],
    method: Method<'n>,
}

#[derive(Debug)]
enum Method<'n> {
    Empty,
    Single,
    Bytes(Box<memmem::Finder<'n>>),
    TwoWay(TwoWay),
}

impl<'n, U: Unit> Finder<'n, U> {
    /// Studies the needle.
    pub fn new(needle: &'n [U]) -> Finder<'n, U> {
        let method = match (needle.len(), U::as_bytes(needle)) {
            (0, _) => Method::Empty,
            (1, _) => Method::Single,
            (_, Some(bytes)) => Method::Bytes(Box::new(memmem::Finder::new(bytes))),
            _ => Method::TwoWay(TwoWay::new(needle.len(), |i| needle[i])),
        };
        Finder { needle, method }
    }

    /// The first place at or after `from`.
    pub fn find(&self, haystack: &[U], from: usize) -> Option<usize> {
        let rest = haystack.get(from..)?;
        let at = match &self.method {
            Method::Empty => Some(0),
            Method::Single => match (U::as_bytes(rest), self.needle[0].to_u32()) {
                (Some(bytes), code) => memchr::memchr(code as u8, bytes),
                _ => rest.iter().position(|&u| u == self.needle[0]),
            },
            Method::Bytes(finder) => finder.find(U::as_bytes(rest).unwrap_or(&[])),
            Method::TwoWay(two_way) => two_way.find(rest.len(), |i| rest[i], |i| self.needle[i]),
        };
        at.map(|at| from + at)
    }

    /// All places that do not overlap, from the left.
    pub fn find_all<'h>(&'h self, haystack: &'h [U]) -> impl Iterator<Item = usize> + 'h {
        let mut from = 0;
        let step = self.needle.len().max(1);
        std::iter::from_fn(move || {
            let at = self.find(haystack, from)?;
            from = at + step;
            Some(at)
        })
    }
}

/// The first place of the needle.
pub fn find<U: Unit>(haystack: &[U], needle: &[U]) -> Option<usize> {
    match needle.len() > haystack.len() {
        true => None,
        false => Finder::new(needle).find(haystack, 0),
    }
}

/// The last place of the needle.
pub fn rfind<U: Unit>(haystack: &[U], needle: &[U]) -> Option<usize> {
    let (long, short) = (haystack.len(), needle.len());
    if short > long {
        return None;
    }
    if let (Some(haystack), Some(needle)) = (U::as_bytes(haystack), U::as_bytes(needle)) {
        return memmem::rfind(haystack, needle);
    }
    match needle {
        [] => Some(long),
        [only] => haystack.iter().rposition(|u| u == only),
        _ => {
            let backwards = |i: usize| needle[short - 1 - i];
            let at = TwoWay::new(short, backwards).find(long, |i| haystack[long - 1 - i], backwards)?;
            Some(long - short - at)
        }
    }
}

/// How often the needle occurs without overlap; an empty needle occurs around every unit.
pub fn count<U: Unit>(haystack: &[U], needle: &[U]) -> usize {
    match needle {
        [] => haystack.len() + 1,
        [only] => match (U::as_bytes(haystack), only.to_u32()) {
            (Some(bytes), code) => memchr::memchr_iter(code as u8, bytes).count(),
            _ => haystack.iter().filter(|&u| u == only).count(),
        },
        _ if needle.len() > haystack.len() => 0,
        _ => Finder::new(needle).find_all(haystack).count(),
    }
}

/// Where `replace(old, …, limit)` puts the new text: the places of `old`, or for an empty `old` before
/// every unit and at the end.
pub fn replacement_places<U: Unit>(text: &[U], old: &[U], limit: Option<usize>) -> Vec<usize> {
    let limit = limit.unwrap_or(usize::MAX);
    match old.is_empty() {
        true => (0..=text.len()).take(limit).collect(),
        false => Finder::new(old).find_all(text).take(limit).collect(),
    }
}

/// `str.replace`; `None` if nothing changes. The new text may be wider than the old.
pub fn replace<U: Unit, V: Unit>(text: &[U], old: &[U], new: &[V], limit: Option<usize>) -> Option<CodePoints> {
    let places = replacement_places(text, old, limit);
    if places.is_empty() {
        return None;
    }
    let mut out = CodePoints::with_capacity(text.len());
    let mut done = 0;
    for place in places {
        out.push_units(&text[done..place]);
        out.push_units(new);
        done = place + old.len();
    }
    out.push_units(&text[done..]);
    Some(out)
}

/// `bytes.replace`; `None` if nothing changes.
pub fn replace_bytes(text: &[u8], old: &[u8], new: &[u8], limit: Option<usize>) -> Option<Vec<u8>> {
    let places = replacement_places(text, old, limit);
    if places.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for place in places {
        out.extend_from_slice(&text[done..place]);
        out.extend_from_slice(new);
        done = place + old.len();
    }
    out.extend_from_slice(&text[done..]);
    Some(out)
}

/// A needle cut where its left part, read backwards, and its right part, read forwards, can be compared so
/// that no unit of the haystack is looked at more than a fixed number of times.
#[derive(Debug)]
struct TwoWay {
    length: usize,
    /// The cut.
    critical: usize,
    /// How far a mismatch left of the cut moves the needle.
    period: usize,
    /// The needle repeats itself with `period`: what matched before a move is remembered.
    repeats: bool,
    /// Low six bits of the units that occur: if the haystack's last unit cannot match, the needle jumps.
    present: u64,
}

impl TwoWay {
    fn new<U: Unit>(length: usize, needle: impl Fn(usize) -> U) -> TwoWay {
        let (forward, backward) = (maximal_suffix(length, &needle, false), maximal_suffix(length, &needle, true));
        let (critical, period) = if forward.0 > backward.0 { forward } else { backward };
        let repeats = critical + period <= length && (0..critical).all(|i| needle(i) == needle(i + period));
        let present = (0..length).fold(0, |set, i| set | 1u64 << (needle(i).to_u32() & 63));
        let period = if repeats { period } else { critical.max(length - critical) + 1 };
        TwoWay { length, critical, period, repeats, present }
    }

    fn find<U: Unit>(
        &self,
        length: usize,
        haystack: impl Fn(usize) -> U,
        needle: impl Fn(usize) -> U,
    ) -> Option<usize> {
        let (mut at, mut known) = (0, 0);
        'place: while at + self.length <= length {
            if self.present >> (haystack(at + self.length - 1).to_u32() & 63) & 1 == 0 {
                (at, known) = (at + self.length, 0);
                continue;
            }
            for i in self.critical.max(known)..self.length {
                if needle(i) != haystack(at + i) {
                    (at, known) = (at + i - self.critical + 1, 0);
                    continue 'place;
                }
            }
            for i in (known..self.critical).rev() {
                if needle(i) != haystack(at + i) {
                    at += self.period;
                    known = if self.repeats { self.length - self.period } else { 0 };
                    continue 'place;
                }
            }
            return Some(at);
        }
        None
    }
}

/// Start and period of the needle's greatest suffix, in the order of units or its reverse.
fn maximal_suffix<U: Unit>(length: usize, needle: impl Fn(usize) -> U, reverse: bool) -> (usize, usize) {
    let (mut left, mut right, mut offset, mut period) = (0, 1, 0, 1);
    while right + offset < length {
        let (a, b) = (needle(right + offset), needle(left + offset));
        if a == b {
            if offset + 1 == period {
                right += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != reverse {
            right += offset + 1;
            offset = 0;
            period = right - left;
        } else {
            left = right;
            right += 1;
            offset = 0;
            period = 1;
        }
    }
    (left, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &[u8]) -> Vec<u16> {
        text.iter().map(|&b| u16::from(b) + 0x100).collect()
    }

    #[test]
    fn all_widths_agree_with_the_naive_search() {
        // Every pair of words over two letters up to these lengths.
        let words =
            |n: usize| (0..1u32 << n).map(move |w| (0..n).map(|i| b'a' + (w >> i & 1) as u8).collect::<Vec<_>>());
        for haystack in words(9) {
            for length in 1..6 {
                for needle in words(length) {
                    let naive: Vec<_> = (0..=9 - length).filter(|&i| haystack[i..i + length] == needle[..]).collect();
                    let (h, n) = (wide(&haystack), wide(&needle));
                    assert_eq!(find(&h, &n), naive.first().copied());
                    assert_eq!(rfind(&h, &n), naive.last().copied());
                    assert_eq!(find(&haystack, &needle), naive.first().copied());
                    assert_eq!(rfind(&haystack, &needle), naive.last().copied());
                    assert_eq!(count(&h, &n), count(&haystack, &needle));
                }
            }
        }
    }

    #[test]
    fn edges() {
        assert_eq!((find::<u16>(&[], &[]), rfind::<u16>(&[1], &[]), count::<u8>(b"abc", b"")), (Some(0), Some(1), 4));
        assert_eq!(find(&[1u32, 2, 3], &[3]), Some(2));
        assert_eq!(convert::<u8, u16>(&[0x100]), None);
        let text = |r: Option<CodePoints>| r.map(|r| r.to_string_lossy());
        assert_eq!(text(replace(b"abab", b"b", &[0x20acu16], None)).as_deref(), Some("a€a€"));
        assert_eq!(text(replace(b"ab", b"", b"-", None)).as_deref(), Some("-a-b-"));
        assert_eq!(text(replace(b"ab", b"", b"-", Some(2))).as_deref(), Some("-a-b"));
        assert_eq!(text(replace(b"ab", b"c", b"-", None)), None);
        assert_eq!(replace_bytes(b"aaa", b"aa", b"b", None).as_deref(), Some(&b"ba"[..]));
    }

    #[test]
    fn repetition_stays_linear() {
        let haystack = vec![0x100u16; 200_000];
        let mut needle = vec![0x100u16; 50_000];
        needle[0] = 0x101;
        assert_eq!(find(&haystack, &needle), None);
        assert_eq!(rfind(&haystack, &needle), None);
        needle[0] = 0x100;
        needle[49_999] = 0x101;
        assert_eq!(find(&haystack, &needle), None);
    }
}
