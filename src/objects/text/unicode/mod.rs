//! Properties of a code point, by Unicode 16.0.0, the version of CPython 3.14's `unicodedata`.
//!
//! The tables are those of several crates. `unicode-general-category`, `unicode-case-mapping` and
//! `unicode_names2` are of that version; `icu_properties` and `unicode-normalization` are newer, so [`is_assigned`] masks what came
//! later, and the few characters whose properties changed stand in the constants below. Compared with
//! CPython over all code points, nothing else differs.

use icu_properties::props::{
    BidiClass, BidiMirrored, CaseIgnorable, Cased, EastAsianWidth, EnumeratedProperty, Lowercase,
    NamedEnumeratedProperty, Uppercase, XidContinue, XidStart,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_general_category::{GeneralCategory, get_general_category};

mod decomposition;
mod decomposition_table;
mod mapping;
mod normalize;
mod numeric;
mod numeric_table;

pub use crate::syntax::character_names::{lookup, name};
pub use decomposition::decomposition;
pub use mapping::{Mapped, to_folded, to_lower, to_title, to_upper};
pub use normalize::{Form, is_normalized, normalize};
pub use numeric::{decimal, digit, numeric};

/// The version these properties are of: `unicodedata.unidata_version`.
pub const VERSION: &str = "16.0.0";

/// A lower-case letter in Unicode 16 that later versions take for one without case.
const LOWER_UNTIL_16: u32 = 0x295;
/// Spacing marks whose bidirectional class was still NSM in Unicode 16.
const NSM_UNTIL_16: [u32; 3] = [0x1b3a, 0x1b3c, 0x1b42];

fn general_category(code: u32) -> GeneralCategory {
    char::from_u32(code).map_or(GeneralCategory::Surrogate, get_general_category)
}

/// Whether Unicode 16 knows the character.
pub fn is_assigned(code: u32) -> bool {
    general_category(code) != GeneralCategory::Unassigned
}

/// `unicodedata.category`.
pub fn category(code: u32) -> &'static str {
    use GeneralCategory::*;
    match general_category(code) {
        UppercaseLetter => "Lu",
        LowercaseLetter => "Ll",
        TitlecaseLetter => "Lt",
        ModifierLetter => "Lm",
        OtherLetter => "Lo",
        NonspacingMark => "Mn",
        SpacingMark => "Mc",
        EnclosingMark => "Me",
        DecimalNumber => "Nd",
        LetterNumber => "Nl",
        OtherNumber => "No",
        ConnectorPunctuation => "Pc",
        DashPunctuation => "Pd",
        OpenPunctuation => "Ps",
        ClosePunctuation => "Pe",
        InitialPunctuation => "Pi",
        FinalPunctuation => "Pf",
        OtherPunctuation => "Po",
        MathSymbol => "Sm",
        CurrencySymbol => "Sc",
        ModifierSymbol => "Sk",
        OtherSymbol => "So",
        SpaceSeparator => "Zs",
        LineSeparator => "Zl",
        ParagraphSeparator => "Zp",
        Control => "Cc",
        Format => "Cf",
        Surrogate => "Cs",
        PrivateUse => "Co",
        _ => "Cn",
    }
}

/// `str.isalpha` of one character: a letter.
#[inline]
pub fn is_alpha(code: u32) -> bool {
    use GeneralCategory::*;
    match code {
        0..0x80 => (code as u8).is_ascii_alphabetic(),
        _ => matches!(
            general_category(code),
            UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
        ),
    }
}

/// `str.isdecimal` of one character.
#[inline]
pub fn is_decimal(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_digit(),
        _ => general_category(code) == GeneralCategory::DecimalNumber,
    }
}

/// `str.isdigit` of one character.
#[inline]
pub fn is_digit(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_digit(),
        _ => digit(code).is_some(),
    }
}

/// `str.isnumeric` of one character.
#[inline]
pub fn is_numeric(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_digit(),
        _ => numeric(code).is_some(),
    }
}

/// `str.isalnum` of one character.
#[inline]
pub fn is_alnum(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_alphanumeric(),
        _ => is_alpha(code) || is_numeric(code),
    }
}

/// `str.isspace` of one character: category Zs, or bidirectional class WS, B or S.
#[inline]
pub fn is_space(code: u32) -> bool {
    matches!(
        code,
        0x09..=0x0d
            | 0x1c..=0x20
            | 0x85
            | 0xa0
            | 0x1680
            | 0x2000..=0x200a
            | 0x2028
            | 0x2029
            | 0x202f
            | 0x205f
            | 0x3000
    )
}

/// Where `str.splitlines` ends a line (`\r\n` is one end).
#[inline]
pub fn is_line_break(code: u32) -> bool {
    matches!(code, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

/// Whether `repr` shows the character itself.
#[inline]
pub fn is_printable(code: u32) -> bool {
    use GeneralCategory::*;
    match code {
        0..0x7f => code >= 0x20,
        _ => !matches!(
            general_category(code),
            Control
                | Format
                | Surrogate
                | PrivateUse
                | Unassigned
                | LineSeparator
                | ParagraphSeparator
                | SpaceSeparator
        ),
    }
}

/// `str.islower` of one character.
#[inline]
pub fn is_lower(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_lowercase(),
        LOWER_UNTIL_16 => true,
        _ => CodePointSetData::new::<Lowercase>().contains32(code) && is_assigned(code),
    }
}

/// `str.isupper` of one character.
#[inline]
pub fn is_upper(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_uppercase(),
        _ => CodePointSetData::new::<Uppercase>().contains32(code) && is_assigned(code),
    }
}

/// Whether it is a title-case letter, like `ǅ`.
pub fn is_title(code: u32) -> bool {
    code >= 0x80 && general_category(code) == GeneralCategory::TitlecaseLetter
}

/// Whether it has a case: what makes the next letter of `str.title` lower case.
#[inline]
pub fn is_cased(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_alphabetic(),
        LOWER_UNTIL_16 => true,
        _ => CodePointSetData::new::<Cased>().contains32(code) && is_assigned(code),
    }
}

/// Whether the rule of the final sigma looks through it.
pub fn is_case_ignorable(code: u32) -> bool {
    CodePointSetData::new::<CaseIgnorable>().contains32(code) && is_assigned(code)
}

/// Whether an identifier may start with it.
#[inline]
pub fn is_identifier_start(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_alphabetic() || code == '_' as u32,
        _ => CodePointSetData::new::<XidStart>().contains32(code) && is_assigned(code),
    }
}

/// Whether an identifier may go on with it.
#[inline]
pub fn is_identifier_continue(code: u32) -> bool {
    match code {
        0..0x80 => (code as u8).is_ascii_alphanumeric() || code == '_' as u32,
        _ => CodePointSetData::new::<XidContinue>().contains32(code) && is_assigned(code),
    }
}

fn short_name<P: EnumeratedProperty + NamedEnumeratedProperty>(code: u32) -> &'static str {
    CodePointMapData::<P>::new().get32(code).short_name()
}

/// `unicodedata.east_asian_width`.
pub fn east_asian_width(code: u32) -> &'static str {
    match is_assigned(code) {
        true => short_name::<EastAsianWidth>(code),
        // The ideograph blocks are wide even where no character is assigned.
        false => match code {
            0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x2_fffd | 0x3_0000..=0x3_fffd => "W",
            _ => "N",
        },
    }
}

/// `unicodedata.bidirectional`.
pub fn bidirectional(code: u32) -> &'static str {
    match code {
        _ if !is_assigned(code) => "",
        _ if NSM_UNTIL_16.contains(&code) => "NSM",
        _ => short_name::<BidiClass>(code),
    }
}

/// `unicodedata.combining`.
pub fn combining(code: u32) -> u8 {
    match char::from_u32(code) {
        Some(c) if is_assigned(code) => unicode_normalization::char::canonical_combining_class(c),
        _ => 0,
    }
}

/// `unicodedata.mirrored`.
pub fn mirrored(code: u32) -> bool {
    CodePointSetData::new::<BidiMirrored>().contains32(code) && is_assigned(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties() {
        assert_eq!((category(0x41), category(0xd800), category(0x378), category(0x1f600)), ("Lu", "Cs", "Cn", "So"));
        assert!(is_alpha(0xaa) && is_alpha(0x4e00) && !is_alpha(0x2160));
        assert!(is_digit(0xb2) && !is_decimal(0xb2) && is_decimal(0x663) && is_numeric(0xbd) && is_alnum(0x2160));
        assert!(is_lower(0xaa) && is_lower(0x295) && is_upper(0x2160) && is_title(0x1c5) && !is_upper(0xa7ce));
        assert!(!is_printable(0xa0) && is_printable(0x20) && !is_printable(0xad) && is_printable(0x1f600));
        assert!(is_identifier_start(0xb5) && !is_identifier_start(0xb7) && is_identifier_continue(0xb7));
        assert!(is_space(0x3000) && !is_space(0x200b) && is_line_break(0x2028) && !is_line_break(0x1f));
        assert_eq!((east_asian_width(0x4e00), east_asian_width(0x3fffd), east_asian_width(0x41)), ("W", "W", "Na"));
        assert_eq!((bidirectional(0x5d0), bidirectional(0x1b3a), bidirectional(0x378)), ("R", "NSM", ""));
        assert_eq!((combining(0x301), combining(0x41), mirrored(0x28)), (230, 0, true));
        assert_eq!(name(0x20ac).as_deref(), Some("EURO SIGN"));
        assert_eq!(name(0xac01).as_deref(), Some("HANGUL SYLLABLE GAG"));
        assert_eq!((name(0), name(0xd800)), (None, None));
        assert_eq!((lookup("euro sign"), lookup("EUROSIGN"), lookup("backspace")), (Some(0x20ac), None, Some(8)));
        assert_eq!((lookup("CJK UNIFIED IDEOGRAPH-4E00"), lookup("new line")), (Some(0x4e00), Some(0x0a)));
        assert_eq!((lookup("-"), lookup("NEWLINE"), lookup("VS17")), (None, None, Some(0xe0100)));
    }
}
