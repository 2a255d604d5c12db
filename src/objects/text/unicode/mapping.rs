//! Full case mappings of one character: a mapping may be up to three characters long.

/// The characters a character maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    codes: [u32; 3],
    length: u8,
}

impl Mapped {
    fn one(code: u32) -> Mapped {
        Mapped { codes: [code, 0, 0], length: 1 }
    }

    /// From a crate's answer, in which zeros fill up and all zeros mean "itself".
    fn filled(code: u32, codes: [u32; 3]) -> Mapped {
        match codes.iter().take_while(|&&c| c != 0).count() {
            0 => Mapped::one(code),
            length => Mapped { codes, length: length as u8 },
        }
    }

    /// One to three code points.
    pub fn as_slice(&self) -> &[u32] {
        &self.codes[..self.length as usize]
    }
}

/// `str.upper` of one character.
#[inline]
pub fn to_upper(code: u32) -> Mapped {
    match char::from_u32(code) {
        Some(c) if c.is_ascii() => Mapped::one(c.to_ascii_uppercase().into()),
        Some(c) => Mapped::filled(code, unicode_case_mapping::to_uppercase(c)),
        None => Mapped::one(code),
    }
}

/// `str.lower` of one character, out of context: a final sigma is the caller's.
#[inline]
pub fn to_lower(code: u32) -> Mapped {
    match char::from_u32(code) {
        Some(c) if c.is_ascii() => Mapped::one(c.to_ascii_lowercase().into()),
        Some(c) => {
            let [first, second] = unicode_case_mapping::to_lowercase(c);
            Mapped::filled(code, [first, second, 0])
        }
        None => Mapped::one(code),
    }
}

/// `str.title` of one character.
#[inline]
pub fn to_title(code: u32) -> Mapped {
    match char::from_u32(code) {
        Some(c) if c.is_ascii() => Mapped::one(c.to_ascii_uppercase().into()),
        Some(c) => Mapped::filled(code, unicode_case_mapping::to_titlecase(c)),
        None => Mapped::one(code),
    }
}

/// `str.casefold` of one character.
#[inline]
pub fn to_folded(code: u32) -> Mapped {
    let Some(c) = char::from_u32(code) else { return Mapped::one(code) };
    if c.is_ascii() {
        return Mapped::one(c.to_ascii_lowercase().into());
    }
    // The crate folds one to one. A character that folds to several is one whose upper case is several,
    // and it folds to their lower case; only capital ß (U+1E9E) and dotted İ (U+0130) are exceptions.
    match code {
        0x1e9e => return Mapped { codes: ['s' as u32, 's' as u32, 0], length: 2 },
        0x130 => return to_lower(code),
        _ => {}
    }
    let upper = to_upper(code);
    if upper.length > 1 {
        return Mapped { codes: upper.codes.map(|c| to_lower(c).codes[0]), length: upper.length };
    }
    Mapped::one(unicode_case_mapping::case_folded(c).map_or(code, |folded| folded.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_mappings() {
        let s = |m: Mapped| m.as_slice().iter().filter_map(|&c| char::from_u32(c)).collect::<String>();
        assert_eq!(s(to_upper('ß' as u32)), "SS");
        assert_eq!(s(to_title('ß' as u32)), "Ss");
        assert_eq!(s(to_title(0x1c4)), "\u{1c5}");
        assert_eq!(s(to_lower(0x130)), "i\u{307}");
        assert_eq!(s(to_folded(0x1e9e)), "ss");
        assert_eq!(s(to_folded(0x130)), "i\u{307}");
        assert_eq!(s(to_folded(0x390)), "\u{3b9}\u{308}\u{301}");
        assert_eq!(s(to_folded(0xb5)), "μ");
        assert_eq!(to_upper(0xd800).as_slice(), [0xd800]);
    }
}
