//! Type codes: how items are read and written, and what is said of those that do not fit.

use crate::objects::float;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Signed,
    Unsigned,
    Float,
    Character,
}

/// A type code.
pub struct Code {
    pub letter: char,
    /// Bytes of an item.
    pub size: usize,
    pub kind: Kind,
    /// What a memory view shows as its format.
    pub buffer_format: &'static str,
    /// What an int too small, and one too large, is told.
    too_small: &'static str,
    too_large: &'static str,
    /// The machine format code for pickles, little-endian.
    pub machine: u8,
}

macro_rules! codes {
    ($($letter:literal $size:literal $kind:ident $format:literal $machine:literal $small:literal $large:literal;)*) => {
        /// Every type code.
        pub static CODES: &[Code] = &[$(Code {
            letter: $letter, size: $size, kind: Kind::$kind, buffer_format: $format, machine: $machine,
            too_small: $small, too_large: $large,
        }),*];
    };
}

codes! {
    'b' 1 Signed "b" 1 "signed char is less than minimum" "signed char is greater than maximum";
    'B' 1 Unsigned "B" 0 "unsigned byte integer is less than minimum" "unsigned byte integer is greater than maximum";
    'u' 4 Character "w" 20 "" "";
    'w' 4 Character "w" 20 "" "";
    'h' 2 Signed "h" 4 "signed short integer is less than minimum" "signed short integer is greater than maximum";
    'H' 2 Unsigned "H" 2 "unsigned short is less than minimum" "unsigned short is greater than maximum";
    'i' 4 Signed "i" 8 "signed integer is less than minimum" "signed integer is greater than maximum";
    'I' 4 Unsigned "I" 6 "can't convert negative value to unsigned int" "unsigned int is greater than maximum";
    'l' 8 Signed "l" 12 "Python int too large to convert to C long" "Python int too large to convert to C long";
    'L' 8 Unsigned "L" 10 "can't convert negative value to unsigned int" "Python int too large to convert to C unsigned long";
    'q' 8 Signed "q" 12 "int too big to convert" "int too big to convert";
    'Q' 8 Unsigned "Q" 10 "can't convert negative int to unsigned" "int too big to convert";
    'f' 4 Float "f" 14 "" "";
    'd' 8 Float "d" 16 "" "";
}

impl Code {
    /// The code of a letter.
    pub fn of(letter: char) -> Option<&'static Code> {
        CODES.iter().find(|code| code.letter == letter)
    }

    /// An item as an object; `bytes` are as many as an item has.
    pub fn unpack(&self, t: &Thread, bytes: &[u8]) -> Value {
        let mut wide = [0; 8];
        wide[..self.size.min(bytes.len())].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(wide);
        let unused = 64 - 8 * self.size as u32;
        match self.kind {
            Kind::Unsigned => int::from_u64(t, unsigned),
            Kind::Signed => int::new(t, (unsigned << unused) as i64 >> unused),
            Kind::Float if self.size == 4 => float::new(t, f32::from_bits(unsigned as u32).into()),
            Kind::Float => float::new(t, f64::from_bits(unsigned)),
            // Bytes that are no character can be put in by `frombytes`.
            Kind::Character => Str::from_char(t, (unsigned as u32).min(0x10_ffff)),
        }
    }

    /// The bytes of an item, of which `self.size` count.
    pub fn pack(&self, t: &Thread, v: &Value) -> R<[u8; 8]> {
        match self.kind {
            Kind::Character => {
                let Some(s) = v.cast::<Str>() else {
                    return Err(t.type_error(format!(
                        "array item must be a unicode character, not {}",
                        v.type_of(t).name_str()
                    )));
                };
                if s.len() != 1 {
                    return Err(t.type_error(format!(
                        "array item must be a unicode character, not a string of length {}",
                        s.len()
                    )));
                }
                Ok(u64::from(s.units().at(0)).to_le_bytes())
            }
            Kind::Float => {
                let f = float::to_f64(t, v)?;
                Ok(if self.size == 4 {
                    u64::from((f as f32).to_bits()).to_le_bytes()
                } else {
                    f.to_bits().to_le_bytes()
                })
            }
            Kind::Signed | Kind::Unsigned => {
                let i = protocol::index(t, v)?;
                let number = match (int::as_i64(&i), int::as_u64(&i)) {
                    (Some(i), _) => Some(i128::from(i)),
                    (None, u) => u.map(i128::from),
                };
                let negative = int::view(&i).is_some_and(int::View::is_negative);
                let bits = 8 * self.size as u32;
                let (least, most) = match self.kind {
                    Kind::Signed => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
                    _ => (0, (1i128 << bits) - 1),
                };
                match number.filter(|n| (least..=most).contains(n)) {
                    Some(number) => Ok((number as u64).to_le_bytes()),
                    None if negative => Err(t.overflow_error(self.too_small)),
                    None => Err(t.overflow_error(self.too_large)),
                }
            }
        }
    }
}
