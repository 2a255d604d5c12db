//! Units of stored text, and the builder of new text.

use std::fmt;

/// The unit in which a string is stored: one code point in one, two or four bytes.
pub trait Unit: Copy + Eq + Ord + fmt::Debug + 'static {
    /// The largest code point it can hold.
    const MAX: u32;
    /// The code point.
    fn to_u32(self) -> u32;
    /// The unit that holds this code point, if it fits.
    fn from_u32(code: u32) -> Option<Self>;
    /// The slice as bytes, for units of one byte.
    fn as_bytes(units: &[Self]) -> Option<&[u8]>;
}

impl Unit for u8 {
    const MAX: u32 = 0xff;
    #[inline(always)]
    fn to_u32(self) -> u32 {
        self.into()
    }
    #[inline(always)]
    fn from_u32(code: u32) -> Option<u8> {
        code.try_into().ok()
    }
    #[inline(always)]
    fn as_bytes(units: &[u8]) -> Option<&[u8]> {
        Some(units)
    }
}

impl Unit for u16 {
    const MAX: u32 = 0xffff;
    #[inline(always)]
    fn to_u32(self) -> u32 {
        self.into()
    }
    #[inline(always)]
    fn from_u32(code: u32) -> Option<u16> {
        code.try_into().ok()
    }
    #[inline(always)]
    fn as_bytes(_: &[u16]) -> Option<&[u8]> {
        None
    }
}

impl Unit for u32 {
    const MAX: u32 = 0x10_ffff;
    #[inline(always)]
    fn to_u32(self) -> u32 {
        self
    }
    #[inline(always)]
    fn from_u32(code: u32) -> Option<u32> {
        Some(code)
    }
    #[inline(always)]
    fn as_bytes(_: &[u32]) -> Option<&[u8]> {
        None
    }
}

/// Text in the narrowest units that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Units {
    /// Every code point is below 0x100.
    One(Vec<u8>),
    /// The largest is below 0x1_0000.
    Two(Vec<u16>),
    /// The largest is 0x1_0000 or above.
    Four(Vec<u32>),
}

/// A string under construction. It starts in one-byte units and widens at the first code point that does
/// not fit, so text that stays ASCII is built and handed over without a copy.
#[derive(Clone, Debug)]
pub struct CodePoints {
    units: Units,
    max: u32,
}

impl Default for CodePoints {
    fn default() -> CodePoints {
        CodePoints { units: Units::One(Vec::new()), max: 0 }
    }
}

impl CodePoints {
    /// Nothing yet.
    pub fn new() -> CodePoints {
        CodePoints::default()
    }

    /// Nothing yet, with room for so many one-byte units.
    pub fn with_capacity(capacity: usize) -> CodePoints {
        CodePoints { units: Units::One(Vec::with_capacity(capacity)), max: 0 }
    }

    /// Of bytes that are all below 0x80.
    pub fn from_ascii(text: Vec<u8>) -> CodePoints {
        debug_assert!(text.is_ascii());
        CodePoints { units: Units::One(text), max: 0 }
    }

    /// The units so far.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// How many code points there are.
    pub fn len(&self) -> usize {
        match &self.units {
            Units::One(units) => units.len(),
            Units::Two(units) => units.len(),
            Units::Four(units) => units.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every code point is below 0x80.
    pub fn is_ascii(&self) -> bool {
        self.max < 0x80
    }

    /// A bound on the code points so far: the largest if it is 0x80 or more, and text may have been
    /// truncated since.
    pub fn max_char(&self) -> u32 {
        self.max
    }

    /// The code point at an index.
    pub fn get(&self, index: usize) -> Option<u32> {
        match &self.units {
            Units::One(units) => units.get(index).map(|&u| u.into()),
            Units::Two(units) => units.get(index).map(|&u| u.into()),
            Units::Four(units) => units.get(index).copied(),
        }
    }

    /// The code points in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).filter_map(|i| self.get(i))
    }

    /// Appends a code point.
    #[inline]
    pub fn push(&mut self, code: u32) {
        debug_assert!(code <= 0x10_ffff);
        match &mut self.units {
            Units::One(units) if code < 0x100 => units.push(code as u8),
            Units::Two(units) if code < 0x1_0000 => units.push(code as u16),
            Units::Four(units) => units.push(code),
            _ => {
                self.widen(code);
                return self.push(code);
            }
        }
        self.max = self.max.max(code);
    }

    #[cold]
    fn widen(&mut self, code: u32) {
        self.units = match (std::mem::replace(&mut self.units, Units::One(Vec::new())), code) {
            (Units::One(units), 0..0x1_0000) => Units::Two(units.into_iter().map(u16::from).collect()),
            (Units::One(units), _) => Units::Four(units.into_iter().map(u32::from).collect()),
            (Units::Two(units), 0x1_0000..) => Units::Four(units.into_iter().map(u32::from).collect()),
            (units, _) => units,
        };
    }

    /// Appends a code point so many times.
    pub fn push_repeated(&mut self, code: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.push(code);
        let more = count - 1;
        match &mut self.units {
            Units::One(units) => units.resize(units.len() + more, code as u8),
            Units::Two(units) => units.resize(units.len() + more, code as u16),
            Units::Four(units) => units.resize(units.len() + more, code),
        }
    }

    /// Appends bytes that are all below 0x80.
    #[inline]
    pub fn push_ascii(&mut self, text: &[u8]) {
        debug_assert!(text.is_ascii());
        match &mut self.units {
            Units::One(units) => units.extend_from_slice(text),
            Units::Two(units) => units.extend(text.iter().map(|&b| u16::from(b))),
            Units::Four(units) => units.extend(text.iter().map(|&b| u32::from(b))),
        }
    }

    /// Appends Rust text.
    pub fn push_str(&mut self, text: &str) {
        match text.is_ascii() {
            true => self.push_ascii(text.as_bytes()),
            false => text.chars().for_each(|c| self.push(c.into())),
        }
    }

    /// Appends stored text.
    pub fn push_units<U: Unit>(&mut self, text: &[U]) {
        if let (Some(bytes), Units::One(units)) = (U::as_bytes(text), &mut self.units) {
            units.extend_from_slice(bytes);
            self.max = self.max.max(bytes.iter().copied().max().unwrap_or(0).into());
            return;
        }
        text.iter().for_each(|u| self.push(u.to_u32()));
    }

    /// Appends other new text.
    pub fn append(&mut self, other: &CodePoints) {
        match &other.units {
            Units::One(units) => self.push_units(units),
            Units::Two(units) => self.push_units(units),
            Units::Four(units) => self.push_units(units),
        }
    }

    /// Drops everything from an index on.
    pub fn truncate(&mut self, length: usize) {
        match &mut self.units {
            Units::One(units) => units.truncate(length),
            Units::Two(units) => units.truncate(length),
            Units::Four(units) => units.truncate(length),
        }
    }

    /// The text in the narrowest units that hold it, and whether it is ASCII.
    pub fn finish(self) -> (Units, bool) {
        // Truncation may have removed what made it wide.
        let max = match &self.units {
            _ if self.max < 0x80 => 0,
            Units::One(units) => units.iter().copied().max().unwrap_or(0).into(),
            Units::Two(units) => units.iter().copied().max().unwrap_or(0).into(),
            Units::Four(units) => units.iter().copied().max().unwrap_or(0),
        };
        let units = match (self.units, max) {
            (Units::Two(units), 0..0x100) => Units::One(units.iter().map(|&u| u as u8).collect()),
            (Units::Four(units), 0..0x100) => Units::One(units.iter().map(|&u| u as u8).collect()),
            (Units::Four(units), 0..0x1_0000) => Units::Two(units.iter().map(|&u| u as u16).collect()),
            (units, _) => units,
        };
        (units, max < 0x80)
    }

    /// The text as Rust's, with U+FFFD for lone surrogates: for messages.
    pub fn to_string_lossy(&self) -> String {
        self.iter().map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

impl FromIterator<u32> for CodePoints {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> CodePoints {
        let mut text = CodePoints::new();
        codes.into_iter().for_each(|c| text.push(c));
        text
    }
}

impl Extend<u32> for CodePoints {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, codes: I) {
        codes.into_iter().for_each(|c| self.push(c));
    }
}

impl From<&str> for CodePoints {
    fn from(text: &str) -> CodePoints {
        let mut out = CodePoints::with_capacity(text.len());
        out.push_str(text);
        out
    }
}

impl PartialEq for CodePoints {
    fn eq(&self, other: &CodePoints) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for CodePoints {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_and_narrows() {
        let mut text = CodePoints::from("ab");
        assert!(text.is_ascii());
        text.push(0x20ac);
        text.push_ascii(b"c");
        text.push(0x1f600);
        text.push_repeated(0xd800, 2);
        assert_eq!(text.max_char(), 0x1f600);
        assert_eq!(text.clone().finish(), (Units::Four(vec![97, 98, 0x20ac, 99, 0x1f600, 0xd800, 0xd800]), false));
        text.truncate(4);
        assert_eq!(text.clone().finish(), (Units::Two(vec![97, 98, 0x20ac, 99]), false));
        text.truncate(2);
        assert_eq!(text.finish(), (Units::One(vec![97, 98]), true));
        let mut latin = CodePoints::new();
        latin.push_units(&[0xe9u16, 0x41]);
        assert_eq!(latin.finish(), (Units::One(vec![0xe9, 0x41]), false));
    }
}
