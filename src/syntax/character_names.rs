//! The names of characters: what `\N{…}` in a literal means, and what `unicodedata` looks up.

use super::character_aliases::ALIASES;

/// The official name of a character.
pub fn name(code: u32) -> Option<String> {
    Some(unicode_names2::name(char::from_u32(code)?)?.to_string())
}

/// The character of a name or an alias, in any case: `\N{…}` and `unicodedata.lookup` (which also knows
/// the names of sequences).
pub fn lookup(name: &str) -> Option<u32> {
    // The longest name has 88 characters. The crate expects no hyphen at the start.
    if name.len() > 88 || !name.is_ascii() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    if let Ok(row) = ALIASES.binary_search_by_key(&upper.as_str(), |row| row.0) {
        return Some(ALIASES[row].1);
    }
    let found = unicode_names2::character(&upper)?.into();
    // The crate looks names up without regard to spaces and hyphens; Python is exact. What has neither and
    // is no name is an alias.
    let is_name = self::name(found).is_some_and(|official| official == upper);
    let is_word = upper.bytes().all(|b| b.is_ascii_alphanumeric());
    let letters = |text: String| text.bytes().filter(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
    let is_alias = is_word && self::name(found).is_none_or(|official| letters(official) != upper.as_bytes());
    (is_name || is_alias).then_some(found)
}
