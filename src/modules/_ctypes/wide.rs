//! Wide characters: 4 bytes each, a code point.

use super::memory::Block;
use super::memory::store;
use crate::modules::module_type;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::R;
use crate::objects::spec::Spec;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// A wide string in memory, with a zero at its end.
pub struct Text(Block);

impl Native for Text {}

static SPEC: Spec = opaque::spec::<Text>("PyCapsule");

impl Text {
    /// A copy of a `str`.
    pub fn make(t: &Thread, string: &Str) -> R {
        let units = string.units();
        let block = Block::new(t, (units.len() + 1) * 4)?;
        for (i, unit) in units.iter().enumerate() {
            // SAFETY: there is room for all of them and a zero.
            unsafe { store(block.place().add(i * 4), &unit.to_ne_bytes()) };
        }
        let class = module_type(t, &SPEC);
        opaque::new(t, class.cast::<Type>().expect("a type"), Text(block))
    }

    /// Where the text of such an object lies.
    pub fn place(v: &Value) -> *const u8 {
        v.opaque::<Text>().map_or(std::ptr::null(), |text| text.0.place())
    }
}

/// A code point that C gave.
pub fn point(t: &Thread, point: u32) -> R<u32> {
    if point > 0x10FFFF {
        return Err(t.value_error(format!("character U+{point:x} is not in range [U+0000; U+10ffff]")));
    }
    Ok(point)
}

/// A `str` of code points that C gave.
pub fn to_str(t: &Thread, points: &[u32]) -> R {
    points.iter().try_for_each(|&p| point(t, p).map(|_| ()))?;
    Ok(Str::from_code_points(t, points))
}

/// The character that a `c_wchar` is given.
pub fn char_of(t: &Thread, value: &Value) -> R<u32> {
    let Some(string) = value.cast::<Str>() else {
        let given = value.type_of(t).qualified_name(t);
        return Err(t.type_error(format!("a unicode character expected, not instance of {given}")));
    };
    if string.len() != 1 {
        return Err(t.type_error(format!("a unicode character expected, not a string of length {}", string.len())));
    }
    Ok(string.units().at(0))
}
