//! `str`: an array of code points, 1, 2 or 4 bytes each, with an ASCII flag, cached hash and inline data.
//!
//! This file holds the memory of a string and how one is made. What can be done with it lies beside:
//!
//! * [`view`]: between stored units and the pure functions of `text`, which do the work;
//! * [`slots`]: operators, subscripts, `str(...)`; [`methods`]: the table of methods, and the plain ones;
//! * [`search`]: finding, replacing, splitting, stripping, joining; [`translate`]: `maketrans`, `translate`;
//! * [`format`]: `str.format` and `__format__`; [`percent`]: `%`.

mod format;
mod methods;
mod percent;
mod search;
mod slots;
mod translate;
pub mod view;

pub use format::formatted;
pub use search::join;
pub use slots::SPEC;
pub(crate) use view::each_width;
pub use view::{Stored, in_units};

use super::alloc::alloc_sized;
use super::header::{Header, Kind};
use super::slots::R;
use super::text::{self, CodePoints};
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// How wide a string's units are; kept in the header's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Width {
    /// One byte, all below 0x80: the data is UTF-8 as it stands.
    Ascii = 0x00,
    /// One byte.
    Latin1 = 0x10,
    /// Two bytes.
    Ucs2 = 0x20,
    /// Four bytes.
    Ucs4 = 0x30,
}

impl Width {
    /// The narrowest width that holds the code point.
    pub fn of(max: u32) -> Width {
        match max {
            0..0x80 => Width::Ascii,
            0x80..0x100 => Width::Latin1,
            0x100..0x10000 => Width::Ucs2,
            _ => Width::Ucs4,
        }
    }

    /// Bytes per unit.
    pub fn bytes(self) -> usize {
        match self {
            Width::Ascii | Width::Latin1 => 1,
            Width::Ucs2 => 2,
            Width::Ucs4 => 4,
        }
    }
}

const WIDTH_MASK: u8 = 0x30;
const INTERNED: u8 = 0x40;

/// The payload of a `str`. The units follow it.
#[repr(C)]
pub struct Str {
    header: Header,
    /// The hash; -1 while it is unknown.
    hash: AtomicI64,
    /// Length in code points.
    len: usize,
}

// SAFETY: `repr(C)`, header first; all objects of kind `Str` are made here.
unsafe impl Payload for Str {
    const KIND: Kind = Kind::Str;
}

/// The units of a string.
#[derive(Clone, Copy)]
pub enum Units<'a> {
    /// ASCII or Latin-1.
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

impl<'a> Units<'a> {
    pub fn len(&self) -> usize {
        match self {
            Units::One(u) => u.len(),
            Units::Two(u) => u.len(),
            Units::Four(u) => u.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code point at an index, which must be in range.
    #[inline(always)]
    pub fn at(&self, i: usize) -> u32 {
        match self {
            Units::One(u) => u[i] as u32,
            Units::Two(u) => u[i] as u32,
            Units::Four(u) => u[i],
        }
    }

    /// The units from `start` to `end`.
    pub fn slice(&self, start: usize, end: usize) -> Units<'a> {
        match self {
            Units::One(u) => Units::One(&u[start..end]),
            Units::Two(u) => Units::Two(&u[start..end]),
            Units::Four(u) => Units::Four(&u[start..end]),
        }
    }

    /// The code points.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u32> + 'a {
        (0..self.len()).map(move |i| self.at(i))
    }

    pub fn max(&self) -> u32 {
        match self {
            Units::One(u) => {
                if u.is_ascii() {
                    u.iter().copied().max().unwrap_or(0).into()
                } else {
                    0xFF
                }
            }
            Units::Two(u) => u.iter().copied().max().unwrap_or(0).into(),
            Units::Four(u) => u.iter().copied().max().unwrap_or(0),
        }
    }
}

impl Str {
    /// Room for `len` units of that width, to be filled by `fill`, which gets the data as bytes.
    ///
    /// Memory exhaustion ends in `MemoryError` in `try_alloc`; this form is for sizes that are known to be sane.
    fn alloc(t: &Thread, len: usize, width: Width, fill: impl FnOnce(&mut [u8])) -> Option<Value> {
        let bytes = len.checked_mul(width.bytes())?;
        let size = std::mem::size_of::<Str>().checked_add(bytes)?;
        // SAFETY: fresh memory of the right size, filled completely before anybody sees it. `str` is immortal.
        unsafe {
            let memory = t.heap.0.allocate(size)?;
            Header::init(memory, t, Kind::Str as u8, 0, t.types().str_.get());
            let s = memory as *mut Str;
            (&raw mut (*s).hash).write(AtomicI64::new(-1));
            (&raw mut (*s).len).write(len);
            (*s).header.set_flag(width as u8);
            fill(std::slice::from_raw_parts_mut(s.add(1) as *mut u8, bytes));
            Some(Value::from_header(memory))
        }
    }

    /// A string from UTF-8.
    pub fn new(t: &Thread, s: &str) -> Value {
        if s.is_ascii() {
            return Str::make_ascii(t, s.as_bytes());
        }
        let max = s.chars().map(|c| c as u32).max().unwrap_or(0);
        let len = s.chars().count();
        Str::collect_sized(t, len, max, s.chars().map(|c| c as u32))
    }

    /// A string from WTF-8: UTF-8 that may hold surrogates.
    pub fn from_wtf8(t: &Thread, bytes: &[u8]) -> Value {
        match std::str::from_utf8(bytes) {
            Ok(s) => Str::new(t, s),
            Err(_) => Str::from_code_points(t, &decode_wtf8(bytes)),
        }
    }

    /// A string of ASCII bytes.
    pub fn make_ascii(t: &Thread, bytes: &[u8]) -> Value {
        debug_assert!(bytes.is_ascii());
        if bytes.len() == 1 && !t.interp.latin1.is_empty() {
            return t.interp.latin1[bytes[0] as usize].clone();
        }
        if bytes.is_empty() && !t.interp.empty_str.is_none() {
            return t.interp.empty_str.clone();
        }
        Str::alloc(t, bytes.len(), Width::Ascii, |data| data.copy_from_slice(bytes)).unwrap_or_else(|| out_of_memory())
    }

    pub(super) fn make_latin1_char(t: &Thread, c: u8) -> Value {
        let width = Width::of(c as u32);
        let v = Str::alloc(t, 1, width, |data| data[0] = c).unwrap_or_else(|| out_of_memory());
        v.cast::<Str>().expect("just made").header.make_immortal();
        v
    }

    /// A string of code points.
    pub fn from_code_points(t: &Thread, points: &[u32]) -> Value {
        Str::collect_sized(t, points.len(), points.iter().copied().max().unwrap_or(0), points.iter().copied())
    }

    /// One character.
    pub fn from_char(t: &Thread, c: u32) -> Value {
        if c < 256 {
            return t.interp.latin1[c as usize].clone();
        }
        Str::collect_sized(t, 1, c, std::iter::once(c))
    }

    /// A string from `len` code points of which the greatest is `max` (or an upper bound of the same width).
    pub fn collect_sized(t: &Thread, len: usize, max: u32, points: impl Iterator<Item = u32>) -> Value {
        if len == 0 {
            return t.interp.empty_str.clone();
        }
        if len == 1 && max < 256 {
            let mut points = points;
            return t.interp.latin1[points.next().unwrap_or(0) as usize].clone();
        }
        let width = Width::of(max);
        Str::alloc(t, len, width, |data| match width {
            Width::Ascii | Width::Latin1 => data.iter_mut().zip(points).for_each(|(d, c)| *d = c as u8),
            Width::Ucs2 => {
                data.chunks_exact_mut(2).zip(points).for_each(|(d, c)| d.copy_from_slice(&(c as u16).to_ne_bytes()))
            }
            Width::Ucs4 => data.chunks_exact_mut(4).zip(points).for_each(|(d, c)| d.copy_from_slice(&c.to_ne_bytes())),
        })
        .unwrap_or_else(|| out_of_memory())
    }

    /// A string from units; narrowed to the width its code points need.
    pub fn from_units(t: &Thread, units: Units<'_>) -> Value {
        match units {
            Units::One(u) if u.is_ascii() => Str::make_ascii(t, u),
            _ => {
                let max = units.max();
                Str::collect_sized(t, units.len(), max, units.iter())
            }
        }
    }

    /// As [`Str::alloc`], with `MemoryError` where the system has no such memory.
    pub fn try_alloc(t: &Thread, len: usize, width: Width, fill: impl FnOnce(&mut [u8])) -> R {
        if len == 0 {
            return Ok(t.interp.empty_str.clone());
        }
        match Str::alloc(t, len, width, fill) {
            Some(v) => Ok(v),
            None => Err(t.memory_error()),
        }
    }

    /// A string of new text.
    pub fn from_text(t: &Thread, text: CodePoints) -> R {
        let (units, ascii) = text.finish();
        match units {
            text::Units::One(u) if ascii => match u.len() {
                0 | 1 => Ok(Str::make_ascii(t, &u)),
                len => Str::try_alloc(t, len, Width::Ascii, |data| data.copy_from_slice(&u)),
            },
            text::Units::One(u) if u.len() == 1 => Ok(Str::from_char(t, u[0].into())),
            text::Units::One(u) => Str::try_alloc(t, u.len(), Width::Latin1, |data| data.copy_from_slice(&u)),
            text::Units::Two(u) => Str::try_alloc(t, u.len(), Width::Ucs2, |data| {
                data.chunks_exact_mut(2).zip(&u).for_each(|(d, c)| d.copy_from_slice(&c.to_ne_bytes()))
            }),
            text::Units::Four(u) => Str::try_alloc(t, u.len(), Width::Ucs4, |data| {
                data.chunks_exact_mut(4).zip(&u).for_each(|(d, c)| d.copy_from_slice(&c.to_ne_bytes()))
            }),
        }
    }

    /// The part of `s` from `start` to `end`, as an exact `str`.
    pub fn substring(t: &Thread, s: &Value, start: usize, end: usize) -> Value {
        match s.cast::<Str>() {
            Some(text) if start == 0 && end >= text.len() && s.cast_exact::<Str>().is_some() => s.clone(),
            Some(text) => Str::from_units(t, text.units().slice(start, end)),
            None => t.interp.empty_str.clone(),
        }
    }

    /// A string of class `class`, a subclass of `str`, with this text.
    pub fn in_class(t: &Thread, class: &Type, text: &Str) -> R {
        let (width, units) = (text.width(), text.unit_bytes());
        let size = std::mem::size_of::<Str>() + units.len();
        // SAFETY: everything behind the header is written; the width, a flag of the header, follows.
        let value = unsafe {
            alloc_sized(t, class, size, |memory| {
                let s = memory as *mut Str;
                (&raw mut (*s).hash).write(AtomicI64::new(-1));
                (&raw mut (*s).len).write(text.len);
                std::ptr::copy_nonoverlapping(units.as_ptr(), s.add(1) as *mut u8, units.len());
            })?
        };
        if let Some(s) = value.cast::<Str>() {
            s.header.set_flag(width as u8);
        }
        Ok(value)
    }

    /// The string itself if it is an exact `str`, else an exact copy.
    pub fn exact(t: &Thread, v: &Value) -> Value {
        match v.cast::<Str>() {
            Some(s) if v.cast_exact::<Str>().is_none() => Str::from_units(t, s.units()),
            _ => v.clone(),
        }
    }

    /// `a + b`.
    pub fn concat(t: &Thread, a: &Str, b: &Str) -> R {
        if a.len == 0 && b.header.kind() == Kind::Str {
            return Ok(b.value());
        }
        if b.len == 0 && a.header.kind() == Kind::Str {
            return Ok(a.value());
        }
        let width = a.width().max(b.width());
        let Some(len) = a.len.checked_add(b.len).filter(|&l| l <= isize::MAX as usize) else {
            return Err(t.overflow_error("strings are too large to concat"));
        };
        Str::try_alloc(t, len, width, |data| {
            let (left, right) = data.split_at_mut(a.len * width.bytes());
            a.write_units(width, left);
            b.write_units(width, right);
        })
    }

    /// Copies the units, widened to `width`, as native-endian bytes.
    pub fn write_units(&self, width: Width, data: &mut [u8]) {
        match (self.units(), width.bytes()) {
            (Units::One(u), 1) => data.copy_from_slice(u),
            (units, 1) => data.iter_mut().zip(units.iter()).for_each(|(d, c)| *d = c as u8),
            (units, 2) => data
                .chunks_exact_mut(2)
                .zip(units.iter())
                .for_each(|(d, c)| d.copy_from_slice(&(c as u16).to_ne_bytes())),
            (units, _) => {
                data.chunks_exact_mut(4).zip(units.iter()).for_each(|(d, c)| d.copy_from_slice(&c.to_ne_bytes()))
            }
        }
    }

    #[inline(always)]
    pub fn width(&self) -> Width {
        match self.header.flags.load(Relaxed) & WIDTH_MASK {
            0x00 => Width::Ascii,
            0x10 => Width::Latin1,
            0x20 => Width::Ucs2,
            _ => Width::Ucs4,
        }
    }

    /// Length in code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.header.flags.load(Relaxed) & WIDTH_MASK == 0
    }

    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.header.has_flag(INTERNED)
    }

    pub(super) fn set_interned(&self) {
        self.header.set_flag(INTERNED);
    }

    #[inline(always)]
    fn data(&self) -> *const u8 {
        // SAFETY: the units follow the payload.
        unsafe { (self as *const Str).add(1) as *const u8 }
    }

    /// The units as they stand.
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        // SAFETY: `alloc` made room for `len` units of this width behind the payload, aligned to 8.
        unsafe {
            match self.width() {
                Width::Ascii | Width::Latin1 => Units::One(std::slice::from_raw_parts(self.data(), self.len)),
                Width::Ucs2 => Units::Two(std::slice::from_raw_parts(self.data() as *const u16, self.len)),
                Width::Ucs4 => Units::Four(std::slice::from_raw_parts(self.data() as *const u32, self.len)),
            }
        }
    }

    /// The raw bytes of the units.
    #[inline(always)]
    pub fn unit_bytes(&self) -> &[u8] {
        // SAFETY: as in `units`.
        unsafe { std::slice::from_raw_parts(self.data(), self.len * self.width().bytes()) }
    }

    /// The text, if it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        // SAFETY: ASCII is UTF-8.
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(self.unit_bytes()) })
    }

    /// The text as UTF-8, lone surrogates shown as U+FFFD.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        match self.as_ascii() {
            Some(s) => Cow::Borrowed(s),
            None => Cow::Owned(
                self.units().iter().map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
            ),
        }
    }

    /// The text as UTF-8; `None` if it holds a lone surrogate.
    pub fn to_utf8(&self) -> Option<Cow<'_, str>> {
        match self.as_ascii() {
            Some(s) => Some(Cow::Borrowed(s)),
            None => self.units().iter().map(char::from_u32).collect::<Option<String>>().map(Cow::Owned),
        }
    }

    /// The text as WTF-8.
    pub fn to_wtf8(&self) -> Cow<'_, [u8]> {
        match self.as_ascii() {
            Some(s) => Cow::Borrowed(s.as_bytes()),
            None => {
                let mut out = Vec::with_capacity(self.len * 2);
                for c in self.units().iter() {
                    push_wtf8(&mut out, c);
                }
                Cow::Owned(out)
            }
        }
    }

    pub(super) fn intern_key(&self) -> Cow<'_, [u8]> {
        self.to_wtf8()
    }

    /// Equality of text.
    #[inline(always)]
    pub fn equals(&self, other: &Str) -> bool {
        std::ptr::eq(self, other)
            || (self.len == other.len && self.width() == other.width() && self.unit_bytes() == other.unit_bytes())
    }

    /// Whether the text is that ASCII string.
    pub fn is(&self, s: &str) -> bool {
        self.is_ascii() && self.unit_bytes() == s.as_bytes()
    }

    /// Order by code points.
    pub fn compare(&self, other: &Str) -> std::cmp::Ordering {
        match (self.units(), other.units()) {
            (Units::One(a), Units::One(b)) => a.cmp(b),
            (a, b) => a.iter().cmp(b.iter()),
        }
    }

    /// The hash: SipHash-1-3 of the units.
    #[inline(always)]
    pub fn hash(&self, t: &Thread) -> i64 {
        match self.hash.load(Relaxed) {
            -1 => self.compute_hash(t),
            h => h,
        }
    }

    /// The hash, or -1 if nobody has asked for it yet.
    #[inline(always)]
    pub fn known_hash(&self) -> i64 {
        self.hash.load(Relaxed)
    }

    #[cold]
    fn compute_hash(&self, t: &Thread) -> i64 {
        let h = super::hash::bytes(t.interp.hash_key, self.unit_bytes());
        self.hash.store(h, Relaxed);
        h
    }
}

/// Adds a code point, which may be a surrogate, as WTF-8.
pub fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match char::from_u32(c) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([0xE0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3F) as u8, 0x80 | (c & 0x3F) as u8]),
    }
}

/// The code points of well-formed WTF-8.
pub fn decode_wtf8(bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        let (n, first) = match b {
            0..0x80 => (1, b as u32),
            0x80..0xE0 => (2, (b & 0x1F) as u32),
            0xE0..0xF0 => (3, (b & 0x0F) as u32),
            _ => (4, (b & 0x07) as u32),
        };
        let rest = bytes.get(i + 1..(i + n).min(bytes.len())).unwrap_or(&[]);
        out.push(rest.iter().fold(first, |c, &b| c << 6 | (b & 0x3F) as u32));
        i += n;
    }
    out
}

/// Small allocations that fail leave nothing to go on with.
pub fn out_of_memory() -> ! {
    eprintln!("Fatal Python error: out of memory");
    std::process::abort()
}
