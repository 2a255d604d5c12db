//! `unicodedata.normalize` and `is_normalized`.

use unicode_normalization::UnicodeNormalization;

use super::super::{CodePoints, Unit};
use super::is_assigned;

/// A normalization form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// The form of a name; any other is a `ValueError`, "invalid normalization form".
    pub fn by_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }
}

/// The text in a normalization form.
pub fn normalize<U: Unit>(text: &[U], form: Form) -> CodePoints {
    let mut out = CodePoints::with_capacity(text.len());
    let mut run = String::new();
    for unit in text {
        let code = unit.to_u32();
        match char::from_u32(code) {
            Some(c) if c.is_ascii() || is_assigned(code) => run.push(c),
            // Lone surrogates, and characters the crate's newer Unicode knows and ours does not, stand for
            // themselves, and nothing joins across them.
            _ => {
                push(&run, form, &mut out);
                run.clear();
                out.push(code);
            }
        }
    }
    push(&run, form, &mut out);
    out
}

fn push(run: &str, form: Form, out: &mut CodePoints) {
    if run.is_ascii() {
        return out.push_str(run);
    }
    match form {
        Form::Nfc => out.extend(run.nfc().map(u32::from)),
        Form::Nfd => out.extend(run.nfd().map(u32::from)),
        Form::Nfkc => out.extend(run.nfkc().map(u32::from)),
        Form::Nfkd => out.extend(run.nfkd().map(u32::from)),
    }
}

/// `unicodedata.is_normalized`.
pub fn is_normalized<U: Unit>(text: &[U], form: Form) -> bool {
    text.iter().all(|u| u.to_u32() < 0x80) || normalize(text, form).iter().eq(text.iter().map(|u| u.to_u32()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let text: Vec<u32> = "e\u{301}ﬁÅ".chars().map(u32::from).chain([0xd800]).collect();
        let shown = |form| normalize(&text, form).to_string_lossy();
        assert_eq!(shown(Form::Nfc), "éﬁÅ\u{fffd}");
        assert_eq!(shown(Form::Nfkd), "e\u{301}fiA\u{30a}\u{fffd}");
        assert!(!is_normalized(&text, Form::Nfd) && is_normalized(b"abc", Form::Nfc));
    }
}
